import json

import pytest

from wordloom.compare.journal import Journal
from wordloom.errors import InputError

IDENTITY = {"data": "abc", "seed": 0}


def test_results_are_there_again(tmp_path):
    with Journal(tmp_path / "jobs.jsonl", IDENTITY) as journal:
        journal.add("a/fold-0", {"macro_f1": 0.5, "predicted": [0, 1]})
    with Journal(tmp_path / "jobs.jsonl", IDENTITY) as journal:
        assert journal.results == {"a/fold-0": {"macro_f1": 0.5, "predicted": [0, 1]}}
        journal.add("b/fold-0", {})
    assert list(Journal(tmp_path / "jobs.jsonl", IDENTITY).results) == ["a/fold-0", "b/fold-0"]


@pytest.mark.parametrize("torn", [b'{"job": "b", "resu', b'{"job": "b"}\n', b"\xff\xfe\n", b"[]\n"])
def test_a_torn_end_is_cut_off(tmp_path, torn):
    path = tmp_path / "jobs.jsonl"
    with Journal(path, IDENTITY) as journal:
        journal.add("a", {"x": 1})
    with path.open("ab") as file:
        file.write(torn)
    with Journal(path, IDENTITY) as journal:
        assert list(journal.results) == ["a"]
        journal.add("c", {"x": 2})
    assert [json.loads(line).get("job") for line in path.read_text().splitlines()] == [
        None,
        "a",
        "c",
    ]


@pytest.mark.parametrize("beginning", [b"", b'{"format": "wordloom-comp'])
def test_a_process_may_be_killed_at_the_very_start(tmp_path, beginning):
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(beginning)
    with Journal(path, IDENTITY) as journal:
        journal.add("a", {})
    assert list(Journal(path, IDENTITY).results) == ["a"]


def test_another_comparison_is_refused(tmp_path):
    path = tmp_path / "jobs.jsonl"
    with Journal(path, IDENTITY):
        pass
    with pytest.raises(InputError, match=r"with seed other than now.*--overwrite"):
        Journal(path, {**IDENTITY, "seed": 1})


@pytest.mark.parametrize("content", ["hello\n", "[]\n", '{"format": "x"}\n'])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "jobs.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match="something else"):
        Journal(path, IDENTITY)
    assert path.read_text() == content
