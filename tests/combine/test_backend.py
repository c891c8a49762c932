"""Which backend Keras runs on; each case needs a fresh interpreter, since Keras chooses once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(program: str, home: Path, **environment: str) -> str:
    """Run a program in a new interpreter, in a home that is empty but for Keras' settings."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("KERAS_BACKEND", "KERAS_HOME")}
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**inherited, "HOME": str(home), "USERPROFILE": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_jax_is_taken_though_keras_own_settings_say_tensorflow(tmp_path):
    (tmp_path / ".keras").mkdir()
    settings = {"floatx": "float32", "backend": "tensorflow", "image_data_format": "channels_last"}
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    program = (
        "import os; from wordloom.combine.backend import keras; "
        "print(keras.backend.backend(), 'KERAS_BACKEND' in os.environ)"
    )
    assert run(program, tmp_path) == "jax False"


# Stands in for Keras where only the choice counts: importing Keras takes seconds.
FAKE = """
import os, sys, types
fake = types.ModuleType("keras")
fake.ops = None
sys.modules["keras"] = fake
from wordloom.combine import backend
print(backend.keras is fake, os.environ.get("KERAS_BACKEND"))
"""


def test_a_keras_that_is_imported_already_is_taken(tmp_path):
    assert run(FAKE, tmp_path) == "True None"


def test_the_users_choice_is_honoured(tmp_path):
    (tmp_path / "keras.py").write_text("import os; ops = None; found = os.environ['KERAS_BACKEND']")
    program = "from wordloom.combine.backend import keras; print(keras.found)"
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert run(program, tmp_path, KERAS_BACKEND="numpy", PYTHONPATH=paths) == "numpy"


def test_a_keras_before_3_is_too_old(tmp_path):
    program = """
import sys, types
sys.modules["keras"] = types.ModuleType("keras")
from wordloom.errors import MissingExtraError
try:
    import wordloom.combine.backend
except MissingExtraError as error:
    print(error.package)
"""
    assert run(program, tmp_path) == "keras 3"


def test_a_backend_that_keras_does_not_have_is_named(tmp_path):
    program = """
from wordloom.errors import InputError
try:
    import wordloom.combine.backend
except InputError as error:
    print(error)
"""
    assert "Received: 'theano'" in run(program, tmp_path, KERAS_BACKEND="theano")


@pytest.mark.parametrize("absent", ["keras", "jax"])
def test_what_is_missing_is_named_with_the_extra_that_brings_it(tmp_path, absent):
    program = f"""
import importlib.util, sys
find_spec = importlib.util.find_spec
absent = ("keras",) if {absent!r} == "keras" else ("jax", "tensorflow", "torch")
importlib.util.find_spec = lambda name, *rest: None if name in absent else find_spec(name, *rest)
for name in absent:
    sys.modules[name] = None
from wordloom.errors import MissingExtraError
try:
    import wordloom.combine.backend
except MissingExtraError as error:
    print(error.package, error.extra, "pip install 'wordloom[neural]'" in str(error))
"""
    assert run(program, tmp_path) == f"{absent} neural True"
