import json

import numpy as np
import pytest

from wordloom.datasets.benchmark_files import AnalogyQuestions, WordPairs
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.benchmarks.evaluate import evaluate
from wordloom.text.vocabulary import Vocabulary

N_WORDS = 400


@pytest.fixture(scope="module")
def truth():
    return np.random.default_rng(0).standard_normal((N_WORDS, 6)).astype(np.float32)


def embedding_of(vectors, noise=0.0, seed=1, words=None, name="toy"):
    random = np.random.default_rng(seed)
    words = [f"word{index}" for index in range(len(vectors))] if words is None else words
    noisy = vectors + noise * random.standard_normal(vectors.shape)
    return StaticEmbedding(Vocabulary.from_words(words), noisy, name=name)


@pytest.fixture(scope="module")
def pairs(truth):
    unit = truth / np.linalg.norm(truth, axis=1, keepdims=True)
    left, right = np.arange(0, N_WORDS, 2), np.arange(1, N_WORDS, 2)
    cosines = (unit[left] * unit[right]).sum(axis=1)
    return WordPairs(
        "pairs",
        tuple(f"word{index}" for index in left),
        tuple(f"word{index}" for index in right),
        10 * cosines,
    )


@pytest.fixture
def questions():
    asked = tuple((f"word{i}", f"word{i + 1}", f"word{i + 2}", f"word{i + 3}") for i in range(300))
    return AnalogyQuestions("asked", asked, ("first", "gram"), np.arange(300) // 150)


def shared_row(report):
    """The row of "pairs" in the table of what all cover."""
    table = report.table().partition("on what all cover")[2]
    (row,) = (line for line in table.splitlines() if line.startswith("pairs"))
    return row


def test_one_embedding_gets_scores_intervals_and_coverage(truth, pairs, questions):
    half = embedding_of(truth[: N_WORDS // 2])
    report = evaluate(half, [questions, pairs], resamples=50)
    assert [result.title for result in report.results] == [
        "pairs",
        "asked 3CosAdd",
        "asked 3CosMul",
    ]
    (score,) = report["pairs"].scores
    assert score.score == pytest.approx(1)
    assert score.interval == pytest.approx((1, 1))
    assert 0 < score.score_with_oov < 1
    assert (score.n_covered, score.n_in_vocabulary, report["pairs"].n_items) == (100, 100, 200)
    assert report["pairs"].shared is None
    (asked,) = report["asked 3CosAdd"].scores
    assert asked.n_covered == 197
    assert asked.score_with_oov <= asked.score
    assert [part.n_answered for part in asked.categories] == [150, 47]


def test_embeddings_are_compared_on_what_all_cover(truth, pairs):
    good = embedding_of(truth, noise=0.1, name="good")
    twin = embedding_of(truth, noise=0.1, seed=2, name="twin")
    bad = embedding_of(truth[:300], noise=2.0, name="bad")
    report = evaluate(iter([good, twin, bad]), [pairs], resamples=200)
    shared = report["pairs"].shared
    assert shared.n_items == 150
    alone = evaluate(
        [each.replaced(vocabulary=each.vocabulary) for each in (good,)],
        [WordPairs("cut", pairs.left[:150], pairs.right[:150], pairs.scores[:150])],
        resamples=0,
    )
    assert shared.scores[0] == alone["cut"].scores[0].score
    to_twin, to_bad = shared.differences
    assert to_twin.within_noise
    assert to_twin.interval[0] < to_twin.difference < to_twin.interval[1]
    assert not to_bad.within_noise
    assert to_bad.difference == pytest.approx(shared.scores[2] - shared.scores[0])
    assert to_bad.interval[1] < 0


def test_an_embedding_does_not_differ_from_itself(truth, pairs, questions):
    one = embedding_of(truth, noise=0.5)
    report = evaluate([one, one], [pairs, questions], resamples=20)
    assert report.embeddings == ("toy", "toy (2)")
    for result in report.results:
        assert result.shared.differences[0].difference == 0
        assert result.shared.differences[0].interval == (0, 0)


def test_results_are_reproducible(truth, pairs):
    embeddings = [embedding_of(truth, 0.5), embedding_of(truth, 0.6)]
    first, again, other = (
        evaluate(embeddings, [pairs], resamples=50, seed=seed) for seed in (3, 3, 4)
    )
    assert first == again
    assert first["pairs"].scores[0].interval != other["pairs"].scores[0].interval


def test_without_draws_there_are_no_intervals(truth, pairs):
    report = evaluate([embedding_of(truth), embedding_of(truth, 1.0)], [pairs], resamples=0)
    assert report["pairs"].scores[0].interval is None
    assert report["pairs"].shared.differences[0].within_noise is None
    assert shared_row(report).endswith("?")
    assert " to " not in shared_row(report)


def test_too_few_pairs_get_a_dash(truth):
    few = WordPairs("few", ("word0", "x"), ("word1", "y"), np.array([1.0, 2.0]))
    report = evaluate([embedding_of(truth), embedding_of(truth)], [few])
    assert report["few"].scores[0].score is None
    assert report["few"].shared.differences == (None,)
    assert report.table().count(" -") >= 4


def test_everything_fits_into_strict_json(truth, pairs, questions):
    few = WordPairs("few", ("word0",), ("x",), np.array([1.0]))
    for embeddings in ([embedding_of(truth)], [embedding_of(truth), embedding_of(truth[:50])]):
        report = evaluate(embeddings, [few, pairs, questions], resamples=10)
        told = json.loads(json.dumps(report.to_json(), allow_nan=False))
        assert [row["name"] for row in told["benchmarks"]] == ["few", "pairs", "asked", "asked"]
        assert told["benchmarks"][0]["scores"][0]["score"] is None
        assert told["benchmarks"][2]["method"] == "3cosadd"
        assert len(told["benchmarks"][2]["scores"][0]["categories"]) == 2
        assert ("shared" in told["benchmarks"][1]) == (len(embeddings) > 1)
    by_category = told["benchmarks"][2]["shared"]["by_category"]
    assert [[part["answered"] for part in row["categories"]] for row in by_category] == [
        [47, 0]
    ] * 2


def test_the_table_marks_differences_within_noise(truth, pairs):
    first = embedding_of(truth, 0.3, name="first")
    twin, bad = embedding_of(truth, 0.3, 2, name="twin"), embedding_of(truth, 3.0, 3, name="bad")
    report = evaluate([first, twin, bad], [pairs], resamples=100)
    assert shared_row(report).count("≈") == 1
    assert not shared_row(report).endswith("≈")
    assert "difference to first holds 0" in report.table()


def test_the_table_of_one_embedding(truth, pairs):
    table = evaluate(embedding_of(truth), [pairs], resamples=10).table()
    assert table.splitlines() == [
        "toy: 400 words × 6",
        "",
        "word similarity  items  covered  Spearman    95% interval  OOV as 0",
        "pairs              200     100%     1.000  1.000 to 1.000     1.000",
    ]


def test_installed_benchmarks_without_a_known_word_are_named(truth, tmp_path, monkeypatch):
    folder = tmp_path / "wordsim"
    folder.mkdir()
    (folder / "EN-MC-30.txt").write_text("word0\tword1\t3\nword2\tword3\t1\nword4\tword5\t2\n")
    (folder / "zh-wordsim-240.txt").write_text("咳嗽\t发烧\t9\n", "utf-8")
    monkeypatch.setenv("WORDLOOM_DATA", str(tmp_path))
    monkeypatch.setenv("WORDLOOM_CACHE", str(tmp_path / "cache"))
    report = evaluate(embedding_of(truth))
    assert [result.name for result in report.results] == ["MC-30"]
    assert report.table().endswith("No word in common with: wordsim-240 (zh).")
    asked = evaluate(embedding_of(truth), ["wordsim-240"])
    assert asked.results[0].scores[0].n_covered == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"benchmarks": []}, "At least one benchmark"),
        ({"benchmarks": "men"}, r"Write \[name\]"),
        ({"benchmarks": ["no-such"]}, "one of ws-353"),
        ({"methods": ["3cosdiv"]}, "3cosdiv"),
        ({"resamples": -1}, "resamples=-1"),
        ({"max_rank": 0}, "at least 1"),
    ],
)
def test_wrong_arguments_are_refused(truth, pairs, settings, message):
    with pytest.raises(InputError, match=message):
        evaluate(embedding_of(truth), **{"benchmarks": [pairs], **settings})


def test_no_embedding_and_equal_names_are_refused(truth, pairs):
    with pytest.raises(InputError, match="At least one embedding"):
        evaluate([], [pairs])
    with pytest.raises(InputError, match="'pairs' twice"):
        evaluate(embedding_of(truth), [pairs, pairs])


def test_scores_are_gensims(truth, tmp_path):
    keyed = pytest.importorskip("gensim.models.keyedvectors")
    random = np.random.default_rng(3)
    embedding = embedding_of(truth[:300])
    vectors = keyed.KeyedVectors(embedding.dim)
    vectors.add_vectors(embedding.vocabulary.words, embedding.vectors)
    # Words beyond the 300th are OOV; scores of one decimal have ties.
    words = [f"{'word' if index % 7 else 'Word'}{index}" for index in range(N_WORDS)]
    pairs, asked = tmp_path / "pairs.txt", tmp_path / "asked.txt"
    rows = random.choice(words, (150, 2)).tolist()
    pairs.write_text("".join(f"{a}\t{b}\t{random.random():.1f}\n" for a, b in rows))
    rows = random.choice(words[:350], (400, 4)).tolist()
    asked.write_text(": one\n" + "".join(" ".join(row) + "\n" for row in rows))
    report = evaluate(embedding, [pairs, asked], max_rank=250, resamples=0)
    for oov in (False, True):
        score = report["pairs"].scores[0]
        _, expected, share = vectors.evaluate_word_pairs(pairs, dummy4unknown=oov)
        assert (score.score_with_oov if oov else score.score) == pytest.approx(expected[0])
        assert 100 * (1 - score.n_covered / 150) == pytest.approx(share)
        score = report["asked 3CosAdd"].scores[0]
        right, _ = vectors.evaluate_word_analogies(asked, restrict_vocab=250, dummy4unknown=oov)
        assert (score.score_with_oov if oov else score.score) == pytest.approx(right)
