import json

import numpy as np
import pytest

from wordloom.embedding import postprocess as module
from wordloom.embedding.folder import load
from wordloom.embedding.postprocess import (
    all_but_the_top,
    normalize,
    postprocess,
    reduce_dimensions,
    whiten,
    zipfian_whiten,
)
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, InputError
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"{first}o{second}e" for first in "bcdfghklmnprstvw" for second in "bcdfghklmnprst"]
COUNTS = 100_000 // np.arange(1, len(WORDS) + 1) ** 2
STEPS = ("all-but-the-top", "all-but-the-top=3", "whitening", "whitening=4", "zipfian-whitening")
STEPS += ("zipfian-whitening=4", "zipfian-whitening=ranks", "pca=4", "normalize")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 100)


@pytest.fixture
def embedding():
    """A FastText-like embedding: each word is the mean of its n-grams."""
    vocabulary = Vocabulary.from_words(WORDS, COUNTS)
    random = np.random.default_rng(3)
    used = np.unique(ngram_buckets(vocabulary.data, vocabulary.offsets, 3, 4, 1 << 20)[1])
    mix = random.standard_normal((8, 8))
    grams = Subwords(3, 4, 1 << 20, used, random.standard_normal((len(used), 8)) @ mix + 2)
    vectors, _ = grams.compose(vocabulary.data, vocabulary.offsets)
    return StaticEmbedding(vocabulary, vectors, name="toy", oov="subwords", subwords=grams)


def covariance(vectors, weights=None):
    return np.cov(vectors.T.astype(float), aweights=weights, ddof=0)


@pytest.mark.parametrize("step", [step for step in STEPS if step != "normalize"])
def test_unknown_words_stay_where_they_belong(embedding, step):
    """In this embedding, a word of the vocabulary is what its n-grams compose."""
    done = postprocess(embedding, step)
    vocabulary = done.vocabulary
    composed, _ = done.subwords.compose(vocabulary.data, vocabulary.offsets)
    np.testing.assert_allclose(composed, done.vectors, atol=1e-4)
    assert np.abs(done.vectors).max() > 0.1


def test_normalizing_keeps_the_direction_of_unknown_words(embedding):
    done = normalize(embedding)
    np.testing.assert_allclose(np.linalg.norm(done.vectors, axis=1), 1, rtol=1e-6)
    (before,), (after,) = embedding.word_vectors(["babe"])[0], done.word_vectors(["babe"])[0]
    ratio = before / after
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)
    np.testing.assert_allclose(
        ratio[0], np.linalg.norm(embedding.vectors, axis=1).mean(), rtol=1e-4
    )


@pytest.mark.parametrize("step", STEPS)
def test_all_else_is_kept_and_the_report_says_what_was_done(embedding, step, tmp_path):
    before = embedding.vectors.copy()
    reported = embedding.replaced(report={"epochs": 5})
    done = postprocess(postprocess(reported, step), "normalize")
    assert done.report["epochs"] == 5
    assert [entry["name"] for entry in done.report["postprocessing"]] == [
        step.split("=")[0],
        "normalize",
    ]
    assert json.dumps(done.report)
    assert done.vocabulary is embedding.vocabulary
    assert (done.name, done.oov, done.vectors.dtype) == ("toy", "subwords", np.float32)
    np.testing.assert_array_equal(embedding.vectors, before)
    saved = load(done.save(tmp_path / "saved"))
    assert saved.report == json.loads(json.dumps(done.report))


def test_all_but_the_top_leaves_no_mean_and_none_of_the_strongest_directions(embedding):
    done = all_but_the_top(embedding, 3)
    centred = embedding.vectors - embedding.vectors.mean(axis=0)
    top = np.linalg.svd(centred, full_matrices=False)[2][:3]
    np.testing.assert_allclose(done.vectors, centred - centred @ top.T @ top, atol=1e-4)
    assert all_but_the_top(embedding).report["postprocessing"][0]["components"] == 1


def test_whitening_makes_all_variances_one(embedding):
    np.testing.assert_allclose(covariance(whiten(embedding).vectors), np.eye(8), atol=1e-4)
    np.testing.assert_allclose(
        whiten(embedding, 3).vectors, whiten(embedding).vectors[:, :3], atol=1e-5
    )


def test_zipfian_whitening_does_so_for_the_words_of_a_text(embedding):
    done = zipfian_whiten(embedding)
    np.testing.assert_allclose(covariance(done.vectors, COUNTS), np.eye(8), atol=1e-3)
    np.testing.assert_allclose(COUNTS @ done.vectors / COUNTS.sum(), 0, atol=1e-4)
    ranks = 1 / np.arange(1, len(WORDS) + 1)
    done = zipfian_whiten(embedding, assume_zipf=True)
    np.testing.assert_allclose(covariance(done.vectors, ranks), np.eye(8), atol=1e-3)


def test_directions_without_variance_become_zero():
    flat = np.random.default_rng(1).standard_normal((50, 3)) @ np.ones((3, 5)) + 1
    embedding = StaticEmbedding(Vocabulary.from_words(WORDS[:50]), flat)
    done = whiten(embedding).vectors
    np.testing.assert_allclose(done.var(axis=0), [1, 0, 0, 0, 0], atol=1e-5)


def test_principal_components_keep_as_much_as_can_be_kept(embedding):
    done = reduce_dimensions(embedding, 4)
    variances = np.linalg.eigvalsh(covariance(embedding.vectors))[::-1]
    np.testing.assert_allclose(covariance(done.vectors), np.diag(variances[:4]), atol=1e-3)
    share = done.report["postprocessing"][0]["explained_variance"]
    assert share == pytest.approx(variances[:4].sum() / variances.sum(), rel=1e-4)


def test_a_turned_space_gives_the_same_components(embedding):
    turn = np.linalg.qr(np.random.default_rng(4).standard_normal((8, 8)))[0]
    turned = embedding.replaced(vectors=embedding.vectors @ turn, subwords=None, oov="skip")
    left, right = reduce_dimensions(embedding, 3).vectors, reduce_dimensions(turned, 3).vectors
    np.testing.assert_allclose(np.abs(left), np.abs(right), atol=1e-4)


def test_a_common_component_is_left_out_with_a_note(embedding):
    with pytest.warns(DataWarning, match="Fit it again"):
        done = whiten(embedding.replaced(common_component=np.ones(8)))
    assert done.common_component is None


def test_zipfian_whitening_needs_counts_or_ranks(embedding):
    bare = embedding.replaced(vocabulary=Vocabulary.from_words(WORDS))
    with pytest.raises(InputError, match="assume_zipf=True, or 'zipfian-whitening=ranks'"):
        zipfian_whiten(bare)
    assert zipfian_whiten(bare, assume_zipf=True).dim == 8


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("pca", "needs a number of dimensions"),
        ("pca=", "takes a whole number"),
        ("pca=0", "from 1 to 8"),
        ("pca=9", "from 1 to 8"),
        ("whitening=-1", "from 1 to 8"),
        ("all-but-the-top=8", "leaves at least 1"),
        ("all-but-the-top=0", "at least 1 direction"),
        ("all-but-the-top=x", "takes a whole number"),
        ("normalize=2", "takes no value"),
        ("magic", "one of all-but-the-top, whitening"),
        ("", "one of all-but-the-top"),
    ],
)
def test_wrong_steps_are_refused_with_the_rule(embedding, step, message):
    with pytest.raises(InputError, match=message):
        postprocess(embedding, step)


@pytest.mark.parametrize("step", ["all-but-the-top", "whitening", "zipfian-whitening", "pca=1"])
def test_words_that_do_not_differ_are_refused(step):
    for n_words in (1, 3):
        vocabulary = Vocabulary.from_words(WORDS[:n_words], [5] * n_words)
        with pytest.raises(InputError, match="different vectors"):
            postprocess(StaticEmbedding(vocabulary, np.ones((n_words, 2))), step)
    broken = StaticEmbedding(Vocabulary.from_words(["a", "b"], [1, 1]), [[1, np.inf], [2, 0]])
    with pytest.raises(InputError, match="finite"):
        postprocess(broken, step)
