import json

import numpy as np
import pytest

import wordloom
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.published import write_published
from wordloom.text.vocabulary import Vocabulary

OPTIONS = ELMoOptions(
    lstm_dim=12, projection_dim=5, character_dim=3, filters=((1, 4), (2, 6)), n_highway=1
)
WORDS = ["the", "bank", "river", "money", "cough"]
TEXTS = "The bank of the river is wet.\nThe bank lends money.\n\nA river, a bank!\n"


@pytest.fixture(scope="module")
def elmo():
    report = {"algorithm": "elmo", "perplexities": [{"average": 90.5}, {"average": 45.25}]}
    vocabulary = Vocabulary.from_words(WORDS, [9, 7, 5, 3, 1])
    weights = random_weights(OPTIONS, seed=3)
    return ELMoEmbedding(OPTIONS, weights, name="toy", vocabulary=vocabulary, report=report)


@pytest.fixture(scope="module")
def own(elmo, tmp_path_factory):
    return elmo.save(tmp_path_factory.mktemp("own") / "elmo")


@pytest.fixture(scope="module")
def published(elmo, tmp_path_factory):
    pytest.importorskip("h5py")
    return write_published(elmo, tmp_path_factory.mktemp("published") / "net")


@pytest.fixture
def texts(write):
    return write("texts.txt", TEXTS)


def test_info_says_what_a_network_is(run, own, published):
    out = run("info", own).out
    assert out.startswith("toy: ELMo, 3,468 parameters, 10 dimensions, 0.0 MB\n")
    assert "layer weights     0.333 0.333 0.333 × 1\n" in out
    assert "trained on        5 different words, 25 tokens\n" in out
    assert "perplexities      90.500 → 45.250\n" in out
    facts = run("info", own, "--json").json
    assert (facts["kind"], facts["parameters"], facts["layers"]) == ("elmo", 3468, 3)
    assert facts["most_frequent"] == WORDS
    assert facts["report"]["perplexities"][1]["average"] == 45.25
    assert "trained on        not known\n" in run("info", published).out
    assert run("info", published, "--json").json["words"] is None


def test_neighbors_are_looked_for_among_the_words_of_the_training(run, refused, own, published):
    answer = run("neighbors", own, "bank", "unseen", "-n", 3, "--json")
    first, second = answer.json["neighbors"]
    assert {near["word"] for near in first["neighbors"]} <= {*WORDS, "unseen"}
    assert "unseen" not in {near["word"] for near in second["neighbors"]}
    assert "its 5 most frequent words are read alone" in answer.err
    assert "--contexts TEXTS, or --words FILE" in refused("neighbors", published, "bank")


def test_other_verbs_that_need_a_table_have_it(run, own, published, write, tmp_path):
    assert len(run("analogy", own, "the", "bank", "river", "--json").json["answers"]) == 2
    assert (
        run("map", own, "-o", tmp_path / "a.html", "--method", "pca", "--json").json["words"] == 5
    )
    words = ("--words", "cough", "money", "bank", "river", "--method", "pca", "--json")
    assert run("map", published, "-o", tmp_path / "b.html", *words).json["words"] == 4
    pairs = write(
        "pairs.csv", "".join(f"{a},{b},{len(a)}\n" for a in WORDS for b in WORDS if a < b)
    )
    judged = run("evaluate", own, "--benchmarks", pairs, "--resamples", 0, "--json").json
    assert judged
    assert "at least as many shared words" in run("moved", own, own).err


def test_texts_are_compared_by_their_contextual_vectors(run, elmo, published, own, tmp_path):
    items = ["bank", "the bank of the river", "money"]
    vectors = elmo.embed(items)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for place in (own, published):
        found = run("similarity", place, *items, "--json").json["similarity"]
        np.testing.assert_allclose(found, vectors @ vectors.T, atol=2e-6)
    facts = run("heatmap", own, *items, "-o", tmp_path / "a.svg", "--json").json
    np.testing.assert_allclose(facts["matrix"], vectors @ vectors.T, atol=2e-6)


def test_keywords_are_read_as_texts(run, elmo, own, write):
    path = write("papers.txt", "dry cough; money\nriver bank; water\ncough; \n")
    answer = run("keywords", path, "-e", own, "--json")
    assert answer.json["coverage"]["composed"] == 5
    assert "5 keywords: 5 read by toy as texts, 0 without a vector." in answer.err


def test_texts_are_embedded(run, elmo, own, texts, tmp_path):
    lines = TEXTS.split("\n")[:-1]
    run("embed", own, texts, "-o", tmp_path / "a.npy")
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), elmo.embed(lines), atol=1e-6)
    assert run("embed", own, texts, "--pooling", "idf").code == 2


def test_tokens_are_embedded_as_json_lines(run, elmo, own, vectors, texts, tmp_path):
    lines = TEXTS.split("\n")[:-1]
    out = tmp_path / "tokens.jsonl"
    answer = run("embed", own, texts, "--tokens", "--layer", 2, "-o", out)
    assert answer.out == f"19 tokens × 10 of 4 texts saved to {out}\n"
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    expected = elmo.embed_tokens(lines, layer=2)
    for number, row in enumerate(rows):
        assert row["text"] == lines[number]
        assert row["tokens"] == expected[number].tokens
        if row["tokens"]:
            np.testing.assert_allclose(row["vectors"], expected[number].vectors, atol=1e-6)
    assert run("embed", vectors, texts, "--tokens", "-o", out).code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layer", "1"], "Add --tokens"),
        (["--tokens", "--pooling", "max"], "Leave one out"),
        (["--tokens", "-o", "a.npy"], "JSON lines"),
        (["--tokens", "--json"], "JSON lines"),
        (["--tokens", "--layer", "3"], "numbered from 0 to 2"),
        (["--tokens", "--layer", "3", "-o", "a.jsonl"], "numbered from 0 to 2"),
    ],
)
def test_wrong_ways_to_embed_are_refused(
    refused, own, texts, tmp_path, monkeypatch, options, message
):
    monkeypatch.chdir(tmp_path)
    assert message in refused("embed", own, texts, *options)


def test_only_elmo_has_layers(refused, vectors, texts):
    assert "Only ELMo has layers" in refused("embed", vectors, texts, "--tokens", "--layer", 1)


def test_neighbors_in_context(run, own, published, texts):
    contexts = ("--context", "By the bank of a river", "--context", "A bank account")
    for place in (own, published):
        answer = run("neighbors", place, "bank", *contexts, "--in", texts, "-n", 2)
        lines = answer.out.splitlines()
        assert (lines[0], lines[3]) == (
            "bank in: By the bank of a river",
            "bank in: A bank account",
        )
        assert len({line.index("[") for line in lines[1:3] + lines[4:]}) == 1
    options = ("--which", "same", "--layer", 1, "--json")
    found = run("neighbors", own, "bank", *contexts, "--in", texts, *options).json
    assert [row["context"] for row in found["contexts"]] == [contexts[1], contexts[3]]
    assert {near["word"] for near in found["contexts"][0]["neighbors"]} == {"bank"}
    near = found["contexts"][0]["neighbors"][0]
    assert (
        near["before"] + near["word"] + near["after"]
        == TEXTS.split("\n\n")[near["text"] // 2].split("\n")[near["text"] % 2]
    )


def test_senses_of_a_word(run, own, texts):
    pytest.importorskip("sklearn")
    answer = run("neighbors", own, "bank", "--in", texts, "--senses", 2, "-n", 1)
    lines = answer.out.splitlines()
    assert lines[0] in ("bank, sense 1: 2 places", "bank, sense 1: 3 places")
    assert len(lines) == 4
    facts = run("neighbors", own, "bank", "--in", texts, "--senses", 2, "--json").json
    assert sum(sense["count"] for sense in facts["senses"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bank", "--senses", "2"], "0 sources"),
        (["bank", "--senses", "2", "--context", "a bank", "--in", "texts.txt"], "--senses 2"),
        (["cloud", "--senses", "2", "--in", "texts.txt"], "occurs in the texts"),
        (["bank", "--context", "a bank"], "0 sources"),
        (["bank", "--in", "texts.txt"], "0 contexts"),
        (["bank", "cash", "--context", "a bank", "--in", "texts.txt"], "2 words"),
        (["bank", "--context", "a river", "--in", "texts.txt"], "as one token"),
        (["bank", "--context", "a bank", "--in", "none.txt"], "none.txt"),
        (["bank", "--context", "a bank", "--in", "texts.txt", "--layer", "9"], "from 0 to 2"),
        (["bank", "--context", "a bank", "--in", "texts.txt", "--pattern", "^b"], "--pattern"),
        (["bank", "--which", "same"], "--which is for neighbours in context"),
        (["bank", "--layer", "0"], "--layer is for neighbours in context"),
        (["bank", "--max-tokens", "9"], "--max-tokens is for neighbours in context"),
        (["bank", "--senses", "2", "--in", "texts.txt", "--which", "any"], "with --senses"),
        (["bank", "--senses", "2", "--in", "texts.txt", "--max-tokens", "9"], "with --senses"),
    ],
)
def test_wrong_contexts_are_refused(refused, own, texts, monkeypatch, arguments, message):
    monkeypatch.chdir(texts.parent)
    assert message in refused("neighbors", own, *arguments)


def test_word_vectors_have_no_contexts(refused, vectors, texts):
    options = ("--context", "goal", "--in", texts)
    assert "ELMo alone" in refused("neighbors", vectors, "goal", *options)


def test_a_network_goes_to_the_published_files_and_back(run, elmo, own, tmp_path):
    pytest.importorskip("h5py")
    net, again = tmp_path / "net", tmp_path / "again"
    assert run("convert", own, net, "--to", "elmo", "--json").json == {
        "output": str(net),
        "format": "elmo",
        "dim": 10,
    }
    assert sorted(path.name for path in net.iterdir()) == ["options.json", "weights.hdf5"]
    answer = run("convert", net, again, "--name", "renamed")
    assert answer.out == f"ELMo of 3,468 parameters × 10 saved to {again} (folder of wordloom)\n"
    opened = wordloom.load(again)
    assert opened.name == "renamed"
    assert (opened.embed(["The bank."]) == elmo.embed(["The bank."])).all()
    assert run("convert", net, again).code == 0


def test_a_network_becomes_a_table_of_words_alone(run, elmo, own, published, write, tmp_path):
    words = write("words.txt", "river\nunseen\nriver\n")
    answer = run("convert", published, tmp_path / "table", "--words", words)
    assert answer.out == f"2 words × 10 saved to {tmp_path / 'table'} (module folder of wordloom)\n"
    np.testing.assert_allclose(wordloom.load(tmp_path / "table")["river"], elmo["river"], atol=1e-6)
    run("convert", own, tmp_path / "all.vec", "--limit", 3)
    assert wordloom.load(tmp_path / "all.vec").vocabulary.words == WORDS[:3]


def test_a_network_becomes_the_means_over_contexts(run, elmo, own, texts, tmp_path):
    options = ("--contexts", texts, "--min-count", 2, "--max-occurrences", 2, "--layer", 1)
    facts = run("convert", own, tmp_path / "table", *options, "--json").json
    expected = elmo.static_from(TEXTS.split("\n"), min_count=2, max_occurrences=2, layer=1)
    assert (facts["words"], facts["dim"]) == (len(expected), 10)
    found = wordloom.load(tmp_path / "table")
    assert found.vocabulary.words == expected.vocabulary.words
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-6)
    answer = run("neighbors", tmp_path / "table", "bank", "--min-count", 2)
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["out", "--limit", "3"], "--limit is for a table"),
        (["out", "--dtype", "int8"], "--dtype is for a table"),
        (["out", "--postprocess", "normalize"], "--postprocess is for a table"),
        (["out", "--layer", "1"], "--layer is for a table"),
        (["out.vec", "--layer", "1"], "Add --contexts"),
        (["out", "--from", "glove"], "--from is for files"),
        (["out.vec"], "Add --words FILE or --contexts"),
        (["out.what", "--words", "texts.txt"], "The ending of the name"),
        (["out", "--to", "elmo", "--words", "texts.txt"], "Leave one out"),
        (["out", "--words", "none.txt"], "none.txt cannot be read"),
        (["out", "--contexts", "none.txt"], "none.txt"),
        (["out", "--contexts", "texts.txt"], "5 times or more"),
        (["."], "holds other files"),
        (["no/deep/a.vec", "--words", "texts.txt"], "does not exist"),
    ],
)
def test_wrong_conversions_are_refused(refused, published, texts, monkeypatch, options, message):
    monkeypatch.chdir(texts.parent)
    assert message in refused("convert", published, *options)


def test_word_vectors_have_no_contexts_to_average(refused, vectors, texts, tmp_path):
    assert "is no ELMo" in refused("convert", vectors, tmp_path / "a", "--contexts", texts)
    assert "--layer" in refused("convert", vectors, tmp_path / "a", "--layer", 0)


def test_formats_name_the_published_network(run):
    assert run("formats", "--json").json["formats"][-1]["name"] == "elmo"


@pytest.mark.parametrize("verb", ["info", "neighbors", "embed", "similarity", "keywords"])
def test_a_damaged_network_is_explained(refused, own, tmp_path, verb, texts):
    folder = tmp_path / "cut"
    folder.mkdir()
    for path in own.iterdir():
        (folder / path.name).write_bytes(path.read_bytes()[: 5000 if "safe" in path.name else None])
    arguments = {
        "info": [folder],
        "neighbors": [folder, "bank"],
        "embed": [folder, texts],
        "similarity": [folder, "a", "b"],
        "keywords": [texts, "-e", folder],
    }
    assert "model.safetensors" in refused(verb, *arguments[verb])
