from pathlib import Path

import pytest

from wordloom.compare.candidates import list_candidates
from wordloom.compare.embeddings import (
    ComparedEmbedding,
    fingerprint,
    list_embeddings,
    open_all,
    path_name,
    without_failed,
)
from wordloom.errors import InputError


class ToldPool:
    """Answers with what it was given, the last task first."""

    def __init__(self, answers):
        self.answers = answers

    def run(self, tasks):
        for name, make in reversed(tasks):
            task = make()
            assert task["do"] == "open"
            yield name, *self.answers[task["path"]](task)


def test_names_come_from_paths_and_differ():
    assert path_name(str(Path("a", "glove.6B.50d.txt"))) == "glove.6B.50d"
    assert path_name("hub:user/vectors") == "vectors"
    found = list_embeddings(["a/one.txt", Path("b/one.bin")], Path("unused"))
    assert [each.name for each in found] == ["one", "one-2"]
    assert [each.given for each in found] == ["a/one.txt", str(Path("b/one.bin"))]


def test_the_same_path_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.txt twice"):
        list_embeddings(
            [str(tmp_path / "a.txt"), "b.txt", tmp_path / "x" / ".." / "a.txt"], tmp_path
        )


def test_objects_are_saved_for_the_workers(static_embedding, tmp_path):
    (found,) = list_embeddings([static_embedding], tmp_path)
    assert Path(found.path).is_dir()
    assert found.to_json()["path"] is None
    assert fingerprint(found.path) != found.path


def test_what_cannot_be_saved_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no `save`"):
        list_embeddings([object()], tmp_path)


def test_fingerprints_tell_files_by_their_content(tmp_path):
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    for path, content in ((one, "a 1"), (same, "a 1"), (other, "a 2")):
        path.write_text(content)
    assert fingerprint(str(one)) == fingerprint(str(same)) != fingerprint(str(other))
    assert fingerprint("hub:user/vectors") == "hub:user/vectors"


def test_what_workers_found_is_noted_and_why_they_found_nothing(tmp_path):
    known = {"kind": "StaticEmbedding", "dim": 4, "words": 9, "known_tokens": 0.5}
    pool = ToldPool(
        {
            "one.txt": lambda task: ({**known, "path": task["store"]}, None),
            "two.txt": lambda task: (None, "It is broken."),
        }
    )
    one, two = open_all(pool, list_embeddings(["one.txt", "two.txt"], tmp_path), tmp_path)
    assert one.to_json() == {"name": "one", "path": "one.txt", **known, "error": None}
    assert one.path == str(tmp_path / "1")
    assert two.error == "It is broken."
    assert two.dim is None


@pytest.mark.parametrize(
    ("n_broken", "failed"),
    [
        (0, {}),
        (1, {"vectors-1": "Broken 1."}),
        (2, {"vectors-1": "Broken 1.", "vectors-2": "Broken 2.", "vectors": "Only one"}),
        (
            3,
            {
                "vectors-1": "Broken 1.",
                "vectors-2": "Broken 2.",
                "vectors-3": "Broken 3.",
                "vectors": "No embedding",
                "default": "No embedding",
            },
        ),
    ],
)
def test_broken_embeddings_take_only_rows_along_that_have_no_others(n_broken, failed):
    embeddings = [
        ComparedEmbedding(str(n), str(n), None, error=f"Broken {n + 1}." if n < n_broken else None)
        for n in range(3)
    ]
    candidates = list_candidates(["0", "1", "2"], networks=False)
    kept, errors = without_failed(candidates, embeddings)
    assert [candidate.id for candidate in kept] == [candidate.id for candidate in candidates]
    assert errors.keys() == failed.keys()
    assert all(errors[id].startswith(start) for id, start in failed.items())
    good = tuple(range(n_broken, 3))
    by_id = {candidate.id: candidate for candidate in kept}
    assert n_broken == 3 or by_id["default"].embeddings == good
    assert by_id["tfidf-svm"].embeddings == ()
