"""Docstrings as a data set."""

import ast
import gc
from collections import Counter

import pytest

from wordloom.datasets import python_docs, registry
from wordloom.datasets.python_docs import running_text
from wordloom.errors import InputError

LONG = "explains at some length what the function does for its callers"


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Two packages, of 40 and 3 docstrings, in place of the installed ones."""
    for package, count in [("big", 40), ("small", 3)]:
        folder = tmp_path / package
        (folder / "tests").mkdir(parents=True)
        functions = (
            f'def f{n}():\n    """Text {n} of {package} {LONG}."""\n\n' for n in range(count)
        )
        (folder / "module.py").write_text("".join(functions))
        (folder / "tests" / "test_module.py").write_text(f'"""A test {LONG}."""\n')
        (folder / "short.py").write_text('"""Too short."""\n')
        (folder / "odd.py").write_text(
            '"""\\d is an odd escape, and this is long enough."""\nx = 1 is 1\n'
        )
        (folder / "broken.py").write_text('"""Not Python."""\ndef :\n')
    found = [("big", tmp_path / "big"), ("small", tmp_path / "small")]
    monkeypatch.setattr(python_docs, "folders", lambda: iter(found))
    monkeypatch.setattr(python_docs, "MIN_TEXTS", 20)
    monkeypatch.setattr(python_docs, "MAX_TEXTS", 30)
    python_docs.read_docs.cache_clear()
    yield tmp_path
    python_docs.read_docs.cache_clear()


def test_docstrings_are_read_once_and_without_tests(packages):
    docs = python_docs.read_docs()
    assert Counter(package for package, _ in docs) == {"big": 41, "small": 3}
    assert docs[0] == ("big", f"Text 0 of big {LONG}.")
    assert gc.isenabled()


def test_splits_are_fixed_disjoint_and_capped(packages):
    train = registry.open_labelled("python-docs", "train")
    test = registry.open_labelled("python-docs", "test")
    assert len(train) + len(test) == 30
    assert set(train.labels) == {"big"}
    assert set(train.texts).isdisjoint(test.texts)
    python_docs.read_docs.cache_clear()
    assert registry.open_labelled("python-docs", "train") == train


def test_the_source_leaves_out_test_texts_only(packages):
    texts = [t for batch in registry.open_source("python-docs").batches() for t in batch.texts()]
    test = {text for package, text in python_docs.read_docs() if python_docs.is_test(text)}
    small = [text for package, text in python_docs.read_docs() if package == "small"]
    assert set(small) <= set(texts)
    assert test.intersection(texts) <= set(small)
    assert len(texts) == sum(
        package == "small" or text not in test for package, text in python_docs.read_docs()
    )


def test_a_python_without_sources_is_refused(monkeypatch):
    monkeypatch.setattr(python_docs, "read_docs", lambda: ())
    with pytest.raises(InputError, match="needs a package with at least"):
        registry.open_labelled("python-docs", "train")


def test_running_text_is_prose():
    docstring = """Sum up.

    Returns
    -------
    The sum.

    >>> f(1,
    ...   2)
    3

    Fast.
    """
    assert running_text(docstring) == "Sum up. Returns The sum. Fast."


def test_docstrings_come_in_the_order_of_the_file(tmp_path):
    path = tmp_path / "a.py"
    path.write_text('"""M."""\nclass A:\n    """A."""\n    def f(self):\n        """F."""\n'
                    'async def g():\n    """G."""\n')  # fmt: skip
    assert list(python_docs.docstrings(path)) == ["M.", "A.", "F.", "G."]
    assert ast.get_docstring(ast.parse(path.read_text())) == "M."


def test_about_one_text_in_five_is_a_test_text():
    share = sum(python_docs.is_test(f"text {number}") for number in range(5000)) / 5000
    assert 0.18 < share < 0.22


def test_the_standard_library_is_always_there():
    python_docs.read_docs.cache_clear()
    folder = python_docs.standard_library()
    texts = list(python_docs.docstrings(folder / "textwrap.py"))
    assert any("wrap" in text for text in texts)
    assert registry.path("python-docs") == folder
