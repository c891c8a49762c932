import json
import subprocess

import numpy as np
import pytest

import wordloom

LINES = ["dry cough", "", "a goal", "", ""]


@pytest.fixture
def lines(write):
    return write("lines.txt", "\n".join(LINES) + "\n")


@pytest.fixture
def expected(vectors):
    return wordloom.load(vectors).embed(LINES)


def read_jsonl(path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row["text"] for row in rows], [row["vector"] for row in rows]


def read_parquet(path):
    table = pytest.importorskip("pyarrow.parquet").read_table(path).to_pydict()
    return table["text"], table["vector"]


def read_npy(path):
    array = np.load(path)
    assert array.dtype == np.float32
    return LINES, array


@pytest.mark.parametrize(
    ("name", "read"), [("v.npy", read_npy), ("v.jsonl", read_jsonl), ("v.parquet", read_parquet)]
)
def test_each_line_has_its_vector_in_every_format(
    run, vectors, lines, expected, tmp_path, name, read
):
    answer = run("embed", vectors, lines, "-o", tmp_path / name)
    assert answer.out == f"5 texts × 8 saved to {tmp_path / name}\n"
    texts, rows = read(tmp_path / name)
    assert texts == LINES
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    assert not np.any(rows[1])
    assert {path.name for path in tmp_path.iterdir()} == {"lines.txt", name}


def test_vectors_go_to_standard_output_unless_a_file_is_named(run, vectors, lines, expected):
    rows = [json.loads(line) for line in run("embed", vectors, lines).out.splitlines()]
    assert [row["text"] for row in rows] == LINES
    np.testing.assert_allclose([row["vector"] for row in rows], expected, rtol=1e-6)


def test_json_is_one_object(run, vectors, lines, expected, tmp_path):
    answer = run("embed", vectors, lines, "--json").json
    assert (answer["dim"], answer["texts"]) == (8, 5)
    np.testing.assert_allclose(answer["vectors"], expected, rtol=1e-6)
    file = str(tmp_path / "v.npy")
    answer = run("embed", vectors, lines, "-o", file, "--json", "--pooling", "max").json
    assert answer == {"dim": 8, "texts": 5, "output": file}


def test_rows_of_tables_keep_their_place_too(run, vectors, write):
    table = write("t.csv", 'id,text\n1,cough\n2,\n3,"fever\nand pain"\n')
    assert run("embed", vectors, table, "--json").json["texts"] == 3


def test_standard_input_is_read_unless_a_file_is_named(run, vectors, lines, monkeypatch):
    with lines.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run("embed", vectors, "--json").json["texts"] == 5


def test_no_end_of_line_is_needed(run, vectors, write):
    assert run("embed", vectors, write("a.txt", "cough\n\nfever"), "--json").json["texts"] == 3


def test_many_lines_of_all_sizes_keep_their_order(run, vectors, write, tmp_path):
    random = np.random.default_rng(1)
    texts = ["cough " * int(n) for n in random.choice([0, 0, 1, 2000], 3000)]
    run("embed", vectors, write("many.txt", "\n".join(texts) + "\n"), "-o", tmp_path / "v.npy")
    assert np.load(tmp_path / "v.npy").any(axis=1).tolist() == [bool(text) for text in texts]


def test_other_endings_and_folders_are_refused(refused, vectors, lines, tmp_path):
    assert "ends in .npy, .parquet, .jsonl" in refused("embed", vectors, lines, "-o", "v.txt")
    (tmp_path / "v.npy").mkdir()
    assert "a folder" in refused("embed", vectors, lines, "-o", tmp_path / "v.npy")


def test_a_full_disk_leaves_what_was_there(refused, vectors, lines, tmp_path, monkeypatch):
    def write(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / "v.npy").write_bytes(b"earlier")
    monkeypatch.setattr("wordloom.cli.embed.NumpyFile.write", write)
    message = refused("embed", vectors, lines, "-o", tmp_path / "v.npy")
    assert "No space left on device" in message


def test_a_reader_that_goes_ends_it_quietly(command, vectors, write):
    lines = write("lines.txt", "cough\n" * 5000)
    process = subprocess.Popen(
        [*command, "embed", str(vectors), str(lines)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert json.loads(process.stdout.readline())["text"] == "cough"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0
