import pytest

from wordloom.elmo import options as elmo_options
from wordloom.elmo.loading import load
from wordloom.elmo.options import ELMoOptions

FEW = ("--epochs", 1, "--batch-size", 4, "--steps", 5)
SMALLEST = ELMoOptions(
    12, 8, 1, character_dim=4, filters=((1, 4), (2, 8)), n_highway=1, max_characters=8
)


@pytest.fixture(autouse=True)
def smallest(monkeypatch):
    """The network that is called tiny is one that compiles in seconds."""
    monkeypatch.setitem(elmo_options.SIZES, "tiny", SMALLEST)


@pytest.fixture
def text(write):
    return write("text.txt", "A dry cough. And a high fever!\nThe team won the match.\n" * 20)


def test_training_saves_an_elmo_and_goes_on_from_it(run, text, tmp_path):
    answer = run("train", "elmo", text, "-o", tmp_path / "colds", "--json", *FEW)
    assert answer.code == 0
    assert "40 documents, 300 tokens of 14 words" in answer.err
    assert answer.json["algorithm"] == "elmo"
    assert len(answer.json["perplexities"]) == 1
    embedding = load(tmp_path / "colds")
    assert embedding.name == "colds"
    assert embedding.tokenizer.preset == "marks"
    again = run("train", "elmo", text, "-o", tmp_path / "two", "--init", tmp_path / "colds", *FEW)
    assert again.code == 0
    assert again.out.splitlines()[0].endswith(f"parameters × 16 saved to {tmp_path / 'two'}")
    assert "held-out perplexity" in again.out


def test_word_vectors_are_no_start(refused, text, tmp_path, vectors):
    message = refused("train", "elmo", text, "-o", tmp_path / "x", "--init", vectors)
    assert "Training starts from an ELMo" in message


def test_settings_out_of_range_are_refused_before_text_is_read(refused, tmp_path):
    message = refused("train", "elmo", "nowhere.txt", "-o", tmp_path / "x", "--dropout", 1)
    assert "dropout" in message
