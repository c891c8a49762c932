import shlex

import pytest

import wordloom
from wordloom.errors import TrainingError
from wordloom.train.skipgram import SkipGram

FEW = ("--dim", 4, "--epochs", 1, "--threads", 1, "--subsample", 0)
TINY = (*FEW, "--min-count", 1)


@pytest.fixture
def text(write):
    return write("text.txt", "a dry cough and a high fever\nthe team won the match\n" * 20)


@pytest.mark.parametrize("algorithm", ["skipgram", "cbow"])
def test_training_saves_an_embedding_named_after_its_folder(run, text, tmp_path, algorithm):
    answer = run("train", algorithm, text, "-o", tmp_path / "deep" / "colds", *TINY)
    assert answer.code == 0
    assert answer.out.startswith(f"10 words × 4 saved to {tmp_path}/deep/colds\n")
    assert "40 documents, 240 tokens of 10 words; 0 tokens of rarer words left out" in answer.err
    embedding = wordloom.load(tmp_path / "deep" / "colds")
    assert embedding.name == "colds"
    assert embedding.report["algorithm"] == algorithm


def test_json_is_the_report(run, text, tmp_path):
    answer = run("train", "skipgram", text, "-o", tmp_path / "v", "--json", "--name", "x", *TINY)
    assert answer.json["embedding"] == str(tmp_path / "v")
    assert answer.json["settings"]["dim"] == 4
    assert len(answer.json["losses"]) == 1
    assert wordloom.load(tmp_path / "v").name == "x"


def test_the_command_that_comes_next_works_as_it_is_printed(run, text, tmp_path):
    answer = run("train", "skipgram", text, "-o", tmp_path / "my vectors", *TINY)
    program, *arguments = shlex.split(answer.out.splitlines()[-1].removeprefix("next: "))
    assert program == "wordloom"
    assert run(*arguments).code == 0


def test_one_thread_and_seed_repeat_exactly(run, text, tmp_path):
    for name in ("one", "two"):
        assert run("train", "cbow", text, "-o", tmp_path / name, "--seed", 7, *TINY).code == 0
    first, second = (wordloom.load(tmp_path / name).vectors for name in ("one", "two"))
    assert first.tobytes() == second.tobytes()


def test_a_corpus_is_kept_and_trained_on_again(run, refused, text, tmp_path):
    corpus = tmp_path / "corpus"
    run("train", "skipgram", text, "-o", tmp_path / "one", "--corpus", corpus, *TINY)
    answer = run("train", "skipgram", corpus, "-o", tmp_path / "two", *FEW)
    assert "40 documents, 240 tokens" in answer.err
    one, two = (wordloom.load(tmp_path / name).vectors for name in ("one", "two"))
    assert one.tobytes() == two.tobytes()
    message = refused("train", "skipgram", corpus, "-o", tmp_path / "three", "--min-count", 2)
    assert "keeps what it was made with" in message
    assert "--min-count" in message


def test_a_corpus_inside_the_embedding_is_refused_before_work_begins(refused, text, tmp_path):
    for corpus in (tmp_path / "v", tmp_path / "v" / "corpus"):
        message = refused("train", "cbow", text, "-o", tmp_path / "v", "--corpus", corpus)
        assert "corpus must lie outside the folder of the embedding" in message


def test_text_comes_from_standard_input(run, text, tmp_path, monkeypatch):
    with text.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        answer = run("train", "skipgram", "-", "-o", tmp_path / "v", *TINY)
    assert answer.code == 0
    assert answer.err.startswith("Reading")
    assert "standard input: 40 documents" in answer.err


def test_a_folder_of_files_and_chosen_columns_are_read(run, write, tmp_path):
    (tmp_path / "texts").mkdir()
    for name in ("a.txt", "b.txt"):
        write(f"texts/{name}", "dry cough\nhigh fever\n")
    table = write("table.tsv", "title\tabstract\tother\nflu\ta cough\tlong gone\n")
    answer = run(
        "train", "skipgram", tmp_path / "texts", table, "--columns", "title,abstract",
        "--document", "file", "-o", tmp_path / "v", *TINY,
    )  # fmt: skip
    assert "3 documents, 11 tokens of 6 words" in answer.err
    assert "gone" not in wordloom.load(tmp_path / "v")


def test_overflow_ends_with_1_and_says_what_to_lower(refused, text, tmp_path):
    rate = ("--learning-rate", 1e30, "--dim", 4, "--min-count", 1, "--threads", 1)
    message = refused("train", "skipgram", text, "-o", tmp_path / "v", *rate, code=1)
    assert "diverged (NaN, infinity or a huge loss) in epoch 1 of 5" in message
    assert "Lower `learning_rate`" in message


def test_overflow_keeps_the_last_good_epoch(run, text, tmp_path, vectors, monkeypatch):
    good = wordloom.load(vectors)

    def train(*_, **__):
        raise TrainingError("It overflowed.", good)

    monkeypatch.setattr(SkipGram, "train", train)
    answer = run("train", "skipgram", text, "-o", tmp_path / "v")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.endswith(
        f"The vectors of the last good epoch are in {tmp_path / 'v'}.\n"
        "wordloom: error: It overflowed.\n"
    )
    assert wordloom.load(tmp_path / "v").vectors.tobytes() == good.vectors.tobytes()


@pytest.mark.data
def test_real_tables_are_trained_on_by_name(run, tmp_path):
    answer = run("train", "skipgram", "data:bbc", "-o", tmp_path / "v", *FEW, "--json")
    assert answer.json["documents"] == 1780
    assert answer.json["vocabulary"] == 9653
