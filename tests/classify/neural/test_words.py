import numpy as np

from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.neural.words import TunedWords, WordReader
from wordloom.embedding.static import StaticEmbedding
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary


def embedding(vectors, **settings):
    return StaticEmbedding(Vocabulary.from_words(vectors), list(vectors.values()), **settings)


def vectors_of(reading, text, place=0):
    start, end = reading.splits[text], reading.splits[text + 1]
    return reading.vectors[place][reading.ids[start:end]].tolist()


def test_words_that_no_embedding_knows_are_left_out():
    reader = WordReader([embedding({"cat": [1, 0]}), embedding({"dog": [2, 0, 0]})])
    reading = reader.read(["A cat, a dog.", "", "Dog"])
    assert reading.words.words == ["cat", "dog"]
    assert reading.lengths.tolist() == [2, 0, 1]
    assert vectors_of(reading, 0) == [[1, 0], [0, 0]]
    assert vectors_of(reading, 0, 1) == [[0, 0, 0], [2, 0, 0]]
    assert reading.known.tolist() == [[False, False], [True, False], [False, True]]
    assert reading.words.counts.tolist() == [1, 2]


def test_an_embedding_of_another_spelling_is_asked_in_its_own():
    cased = embedding({"Cat": [1]}, tokenizer=Tokenizer("spaces"))
    lower = embedding({"cat": [5], "new": [1], "york": [3]})
    reading = WordReader([cased, lower]).read(["Cat new-york"])
    # The first splits at spaces; the second finds `cat`, and the mean of two words.
    assert reading.words.words == ["Cat", "new-york"]
    assert vectors_of(reading, 0, 1) == [[5], [2]]


def test_vectors_are_scaled_to_numbers_of_the_same_size():
    small = embedding({"cat": [0.01, -0.01], "dog": [0.01, 0.01]})
    large = embedding({"cat": [30.0], "dog": [-40.0]})
    reading = WordReader([small, large]).fit(["cat dog"])
    for vectors in reading.vectors:
        np.testing.assert_allclose(np.sqrt(np.mean(vectors[1:] ** 2)), 1, rtol=1e-6)


def test_scales_of_the_fit_stay_for_other_texts():
    reader = WordReader([embedding({"cat": [2.0], "dog": [4.0]})])
    reader.fit(["cat"])
    assert vectors_of(reader.read(["dog"]), 0) == [[2.0]]


def test_a_learned_embedding_knows_the_most_frequent_words():
    reader = WordReader([LearnedEmbedding(3, max_words=2)])
    reading = reader.fit(["a b b c c c", "d"])
    assert reading.words.words == ["b", "c"]
    assert reading.lengths.tolist() == [5, 0]
    assert not reader.read(["b c"]).lengths.any()  # nothing is learned before training


def test_tuned_vectors_take_the_place_of_the_first_ones():
    reader = WordReader([embedding({"cat": [1.0], "dog": [1.0]}), LearnedEmbedding(1)])
    reader.fit(["cat"])
    words = Vocabulary.from_words(["cat"])
    reader.tuned = TunedWords(
        words, (None, np.array([[7.0]], np.float32)), np.array([[True, True]])
    )
    reading = reader.read(["cat dog"])
    assert vectors_of(reading, 0) == [[1.0], [1.0]]
    assert vectors_of(reading, 0, 1) == [[7.0], [0.0]]
    assert reading.known[1:].tolist() == [[True, True], [True, False]]


def test_padding_has_a_vector_of_zeros():
    reading = WordReader([embedding({"cat": [1.0]})]).fit(["cat"])
    assert reading.vectors[0][0].tolist() == [0.0]
    assert not reading.known[0].any()
