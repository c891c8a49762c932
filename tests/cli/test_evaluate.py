import pytest

PAIRS = "word,other,score\ncough,fever,9\ncough,goal,1\nmatch,goal,8\nmatch,virus,2\n"
ANALOGIES = ": topics\ncough fever goal match\ncough fever goal unheard\n"


def test_scores_as_table_and_json(run, vectors, write):
    files = (write("pairs.csv", PAIRS), write("asked.txt", ANALOGIES))
    told = run("evaluate", vectors, "--benchmarks", *files, "--json").json
    assert [row["name"] for row in told["benchmarks"]] == ["pairs", "asked", "asked"]
    pairs, asked, _ = told["benchmarks"]
    assert pairs["scores"][0]["score"] > 0.5
    assert asked["scores"][0]["covered"] == 1
    answer = run("evaluate", vectors, "--benchmarks", *files, "--method", "3cosadd")
    assert answer.code == 0
    assert answer.out.startswith("vectors: 14 words × 8\n\nword similarity")
    assert "asked 3CosAdd" in answer.out
    assert "3CosMul" not in answer.out


def test_two_embeddings_of_one_name_go_by_their_paths(run, vectors, write, tmp_path):
    other = tmp_path / "vectors"
    other.symlink_to(vectors)
    pairs = write("pairs.csv", PAIRS)
    told = run("evaluate", vectors, other, "--benchmarks", pairs, "--json").json
    assert [row["name"] for row in told["embeddings"]] == [str(vectors), str(other)]
    assert told["benchmarks"][0]["shared"]["differences_to_first"][0]["difference"] == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("pairs.txt", "cough fever 9\ncough\n", "line 2"),
        ("asked.txt", ": topics\ncough fever goal\n", "line 2"),
        ("empty.txt", "", "must not be empty"),
    ],
)
def test_a_damaged_benchmark_is_refused(refused, vectors, write, name, content, message):
    assert message in refused("evaluate", vectors, "--benchmarks", write(name, content))


def test_an_unknown_benchmark_or_embedding_is_refused(refused, vectors, write, tmp_path):
    assert "one of ws-353" in refused("evaluate", vectors, "--benchmarks", "no-such")
    pairs = write("pairs.csv", PAIRS)
    assert "missing" in refused("evaluate", tmp_path / "missing", "--benchmarks", pairs)
