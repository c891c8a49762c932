"""The parser spells choices out, so that help need not load the rooms; they must not drift."""

import pytest

from wordloom.cli.main import build_parser
from wordloom.cli.train_text import TOKENIZERS
from wordloom.embedding.pooling import POOLINGS
from wordloom.text.character_classes import PRESETS


def test_every_tokenizer_preset_can_be_chosen():
    assert set(TOKENIZERS) == {*PRESETS, "jieba"}


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling_can_be_chosen(pooling):
    parse = build_parser().parse_args
    assert parse(["embed", "vectors", "--pooling", pooling]).pooling == pooling
    fit = ["classify", "fit", "data.csv", "-e", "vectors", "-o", "out", "--pooling", pooling]
    assert parse(fit).pooling == pooling
