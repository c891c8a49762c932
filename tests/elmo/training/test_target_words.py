import numpy as np

from wordloom.elmo.training.target_words import MARKS, UNKNOWN, TargetWords
from wordloom.text.vocabulary import Vocabulary

WORDS = Vocabulary.from_words(["the", "cough", "<UNK>", "flu", "rash"], [9, 8, 7, 2, 1])


def test_frequent_words_follow_the_marks_by_their_count_in_what_is_trained_on():
    counts = np.array([4, 8, 7, 2, 1])
    chosen = TargetWords.choose(WORDS, counts, 2, 100)
    assert chosen.words == [*MARKS, "cough", "the", "flu"]
    assert chosen.vocabulary.counts.tolist() == [8, 4, 2]
    # The marks, then the corpus's words; one that is spelled like a mark is not predicted.
    assert chosen.rows.tolist() == [0, 1, 4, 3, UNKNOWN, 5, UNKNOWN]


def test_only_so_many_are_taken():
    assert TargetWords.choose(WORDS, WORDS.counts, 1, 2).words == [*MARKS, "the", "cough"]


def test_a_vocabulary_without_a_frequent_word_has_the_marks_alone():
    chosen = TargetWords.choose(WORDS, WORDS.counts, 100, 100)
    assert chosen.words == list(MARKS)
    assert chosen.rows.tolist() == [0, 1, *[UNKNOWN] * 5]


def test_earlier_words_stay_and_those_of_the_corpus_count():
    chosen = TargetWords.choose(WORDS, WORDS.counts, 5, 100, ["sneeze", "the", "rash"])
    assert chosen.words == [*MARKS, "the", "cough", "sneeze", "rash"]
    assert chosen.vocabulary.counts.tolist() == [9, 8, 0, 1]
    assert chosen.rows.tolist() == [0, 1, 3, 4, UNKNOWN, UNKNOWN, 6]
