import subprocess
import sys

import pytest

import wordloom

HEAVY = ("llvmlite", "matplotlib", "numba", "pyarrow", "rich", "scipy", "sklearn")


@pytest.mark.parametrize(
    "action", ["pass", "from wordloom.cli.main import build_parser; build_parser()"]
)
def test_importing_and_parsing_load_nothing_heavy(action):
    code = f"import sys, wordloom; {action}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "wordloom" in loaded
    assert not loaded & {*HEAVY, "numpy"}


def test_every_public_name_can_be_loaded():
    assert dir(wordloom) == sorted(wordloom.__all__)
    assert set(wordloom.HOMES) == set(wordloom.__all__) - {"__version__"}
    for name in wordloom.__all__:
        assert getattr(wordloom, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Swivle'"):
        _ = wordloom.Swivle


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "wordloom", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"wordloom {wordloom.__version__}\n"
