import shutil

import numpy as np
import pytest

import wordloom
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.embedding_places import checksum
from wordloom.elmo.published import write_published
from wordloom.errors import FormatError, InputError


@pytest.fixture
def vectors(static_embedding, tmp_path):
    return static_embedding.save(tmp_path / "vectors")


@pytest.fixture
def saved(vectors, make_texts, tmp_path):
    classifier = TextClassifier(vectors, C=1).fit(*make_texts(30, seed=0))
    return classifier.save(tmp_path / "classifier", "reference")


def test_a_classifier_can_refer_to_its_embedding(saved, vectors, make_texts):
    assert not (saved / "embeddings").exists()
    assert TextClassifier.load(saved).score(*make_texts(30, seed=1)) == 1


def test_an_embedding_that_moved_is_named(saved, vectors, make_texts, tmp_path):
    digest = checksum(vectors)
    moved = vectors.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="'topics'") as error:
        TextClassifier.load(saved)
    assert str(vectors) in str(error.value) and digest in str(error.value)
    again = TextClassifier.load(saved, {"topics": moved})
    assert again.score(*make_texts(30, seed=1)) == 1
    # Saved anew, it knows the new place.
    again.save(saved, "reference")
    TextClassifier.load(saved)


def test_an_embedding_that_changed_is_named_with_both_checksums(saved, vectors, static_embedding):
    before = checksum(vectors)
    static_embedding.replaced(vectors=static_embedding.vectors * 2).save(vectors)
    with pytest.raises(InputError, match=f"{before}.*{checksum(vectors)}"):
        TextClassifier.load(saved)


def test_a_changed_model_card_is_no_change(saved, vectors):
    (vectors / "README.md").write_text("better words", "utf-8")
    TextClassifier.load(saved)


def test_a_copy_that_changed_is_damaged(static_embedding, make_texts, tmp_path):
    folder = TextClassifier(static_embedding, C=1).fit(*make_texts(30, seed=0)).save(tmp_path / "c")
    static_embedding.replaced(vectors=static_embedding.vectors * 2).save(
        folder / "embeddings" / "0"
    )
    with pytest.raises(FormatError, match="SHA-256"):
        TextClassifier.load(folder)


def test_a_file_of_any_format_can_be_referred_to(static_embedding, make_texts, tmp_path):
    path = tmp_path / "topics.bin"
    wordloom.save(static_embedding, path)
    classifier = TextClassifier(path, C=1).fit(*make_texts(30, seed=0))
    folder = classifier.save(tmp_path / "c", "reference")
    assert TextClassifier.load(folder).score(*make_texts(30, seed=1)) == 1


def test_an_embedding_without_a_path_cannot_be_referred_to(static_embedding, make_texts, tmp_path):
    classifier = TextClassifier(static_embedding, C=1).fit(*make_texts(30, seed=0))
    with pytest.raises(InputError, match="given as paths"):
        classifier.save(tmp_path / "c", "reference")
    with pytest.raises(InputError, match="'copy' or 'reference'"):
        classifier.save(tmp_path / "c", "link")
    assert not (tmp_path / "c").exists()


def test_embeddings_of_the_same_name_can_move_one_by_one(static_embedding, make_texts, tmp_path):
    for place in "ab":
        static_embedding.save(tmp_path / place)
    classifier = TextClassifier([tmp_path / "a", tmp_path / "b"], C=1)
    folder = classifier.fit(*make_texts(30, seed=0)).save(tmp_path / "c", "reference")
    (tmp_path / "b").rename(tmp_path / "z")
    with pytest.raises(InputError, match="'topics-2'"):
        TextClassifier.load(folder)
    moved = TextClassifier.load(folder, {"topics-2": tmp_path / "z"})
    assert moved.score(*make_texts(30, seed=1)) == 1


def test_a_path_for_an_unknown_embedding_is_refused(saved, vectors):
    with pytest.raises(InputError, match="'glove'"):
        TextClassifier.load(saved, {"glove": vectors})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"kind": "copy"', '"kind": "link"'),
        ('"kind": "copy"', '"sort": "copy"'),
        ("embeddings/0", "../../../outside"),
        ('"embeddings": [', '"embeddings": [7,'),
        ('"embeddings": [', '"embeddings": [{"kind": "learned", "dim": -1},'),
    ],
)
def test_a_damaged_list_of_embeddings_is_refused(static_embedding, make_texts, tmp_path, old, new):
    folder = TextClassifier(static_embedding, C=1).fit(*make_texts(30, seed=0)).save(tmp_path / "c")
    path = folder / "classifier.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(FormatError, match="damaged"):
        TextClassifier.load(folder)


def test_the_checksum_of_a_folder_follows_names_and_contents(tmp_path):
    folder = tmp_path / "f"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").write_text("1")
    first = checksum(folder)
    shutil.copytree(folder, tmp_path / "g")
    assert checksum(tmp_path / "g") == first
    (folder / "deep" / "a").rename(folder / "deep" / "b")
    assert checksum(folder) != first


@pytest.mark.parametrize("published", [False, True])
def test_elmo_is_copied_or_referred_to_like_others(
    elmo, static_embedding, make_texts, tmp_path, published
):
    path = tmp_path / "elmo"
    write_published(elmo, path) if published else elmo.save(path)
    texts, labels = make_texts(60, seed=0)
    classifier = TextClassifier([str(path), static_embedding], C=1, features="dense+tfidf")
    classifier.fit(texts, labels)
    expected = classifier.decision_function(texts)
    copied = TextClassifier.load(classifier.save(tmp_path / "copy"))
    assert np.array_equal(copied.decision_function(texts), expected)

    # The file of weights names the network as well; its options count with it.
    place = path / "weights.hdf5" if published else path
    alone = TextClassifier(place, C=1).fit(texts, labels)
    folder = alone.save(tmp_path / "c", "reference")
    again = TextClassifier.load(folder)
    assert np.array_equal(again.decision_function(texts), alone.decision_function(texts))
    options = path / ("options.json" if published else "config.json")
    options.write_text(options.read_text().replace("3.0", "2.0"))
    with pytest.raises(InputError, match="SHA-256"):
        TextClassifier.load(folder)
