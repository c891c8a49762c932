import os

import pytest

from wordloom.classify.baselines import tfidf_classifier
from wordloom.datasets.registry import open_labelled


@pytest.mark.data
@pytest.mark.skipif("WORDLOOM_DATA" not in os.environ, reason="WORDLOOM_DATA is not set")
def test_the_tfidf_baseline_is_as_strong_on_scicite_as_published_ones():
    train, dev = open_labelled("scicite", "train"), open_labelled("scicite", "dev")
    baseline = tfidf_classifier("svm").fit(train.texts, train.labels)
    assert baseline.score(dev.texts, dev.labels) >= 0.835
