"""wordloom: word embeddings for the text of your own field.

Train them fast, see what they learned, and classify texts with them. The names below are loaded
when they are first used, so that importing the package costs nothing.

Example:
    >>> import wordloom
    >>> corpus = wordloom.Corpus.from_texts(["red wine and white wine"] * 20, min_count=1)
    >>> embedding = wordloom.SkipGram(dim=8, subsample=0).train(corpus, threads=1)
    >>> embedding.embed(["red wine"]).shape
    (1, 8)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wordloom.classify.attention.report import attention_report
    from wordloom.classify.classifier import TextClassifier
    from wordloom.classify.examples import example_predictions
    from wordloom.classify.neural.learned import LearnedEmbedding
    from wordloom.combine.concatenated import ConcatenatedEmbedding
    from wordloom.combine.contextual import ContextualDynamicMetaEmbedding
    from wordloom.combine.gated import GatedMetaEmbedding
    from wordloom.combine.meta_embedding import DynamicMetaEmbedding, UnweightedMetaEmbedding
    from wordloom.combine.pooling import (
        AttentionPooling,
        MaxPooling,
        MeanPooling,
        SqrtnPooling,
        SumPooling,
    )
    from wordloom.combine.scalar_mix import ScalarMix
    from wordloom.combine.text_embedding import TextEmbedding
    from wordloom.combine.word_embedding import WordEmbedding
    from wordloom.compare.result import Comparison
    from wordloom.compare.run import compare_embeddings
    from wordloom.cooccurrence.cooccurrences import Cooccurrences
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.elmo.loading import load
    from wordloom.elmo.options import ELMoOptions
    from wordloom.elmo.training.trainer import ELMo
    from wordloom.embedding.alignment import align
    from wordloom.embedding.postprocess import postprocess
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.embedding.subwords import Subwords
    from wordloom.formats.saving import save
    from wordloom.inspect.analogies import analogy
    from wordloom.inspect.benchmarks.evaluate import evaluate
    from wordloom.inspect.context_neighbors import context_neighbors
    from wordloom.inspect.heatmap import save_heatmap
    from wordloom.inspect.keywords.comparison import compare_keywords
    from wordloom.inspect.keywords.files import read_keyword_lists
    from wordloom.inspect.keywords.index import KeywordIndex
    from wordloom.inspect.keywords.lists import KeywordLists
    from wordloom.inspect.maps.word_map import make_map
    from wordloom.inspect.moved_words import moved_words
    from wordloom.inspect.neighbors import NeighborIndex, neighbors
    from wordloom.inspect.similarity import pair_similarities, similarity, similarity_matrix
    from wordloom.inspect.word_senses import word_senses
    from wordloom.text.corpus import Corpus
    from wordloom.text.phrase_finder import find_phrases
    from wordloom.text.sources import open_source
    from wordloom.text.tokenizer import Tokenizer
    from wordloom.text.vocabulary import Vocabulary
    from wordloom.train.cbow import CBOW
    from wordloom.train.fasttext import FastText
    from wordloom.train.glove import GloVe
    from wordloom.train.skipgram import SkipGram
    from wordloom.train.swivel import Swivel

__version__ = "0.1.0"

HOMES = {
    "AttentionPooling": "wordloom.combine.pooling",
    "CBOW": "wordloom.train.cbow",
    "Comparison": "wordloom.compare.result",
    "ConcatenatedEmbedding": "wordloom.combine.concatenated",
    "ContextualDynamicMetaEmbedding": "wordloom.combine.contextual",
    "Cooccurrences": "wordloom.cooccurrence.cooccurrences",
    "Corpus": "wordloom.text.corpus",
    "DynamicMetaEmbedding": "wordloom.combine.meta_embedding",
    "ELMo": "wordloom.elmo.training.trainer",
    "ELMoEmbedding": "wordloom.elmo.embedding",
    "ELMoOptions": "wordloom.elmo.options",
    "FastText": "wordloom.train.fasttext",
    "GatedMetaEmbedding": "wordloom.combine.gated",
    "GloVe": "wordloom.train.glove",
    "KeywordIndex": "wordloom.inspect.keywords.index",
    "KeywordLists": "wordloom.inspect.keywords.lists",
    "LearnedEmbedding": "wordloom.classify.neural.learned",
    "MaxPooling": "wordloom.combine.pooling",
    "MeanPooling": "wordloom.combine.pooling",
    "NeighborIndex": "wordloom.inspect.neighbors",
    "ScalarMix": "wordloom.combine.scalar_mix",
    "SkipGram": "wordloom.train.skipgram",
    "SqrtnPooling": "wordloom.combine.pooling",
    "StaticEmbedding": "wordloom.embedding.static",
    "Subwords": "wordloom.embedding.subwords",
    "SumPooling": "wordloom.combine.pooling",
    "Swivel": "wordloom.train.swivel",
    "TextClassifier": "wordloom.classify.classifier",
    "TextEmbedding": "wordloom.combine.text_embedding",
    "Tokenizer": "wordloom.text.tokenizer",
    "UnweightedMetaEmbedding": "wordloom.combine.meta_embedding",
    "Vocabulary": "wordloom.text.vocabulary",
    "WordEmbedding": "wordloom.combine.word_embedding",
    "align": "wordloom.embedding.alignment",
    "analogy": "wordloom.inspect.analogies",
    "attention_report": "wordloom.classify.attention.report",
    "compare_embeddings": "wordloom.compare.run",
    "compare_keywords": "wordloom.inspect.keywords.comparison",
    "context_neighbors": "wordloom.inspect.context_neighbors",
    "evaluate": "wordloom.inspect.benchmarks.evaluate",
    "example_predictions": "wordloom.classify.examples",
    "find_phrases": "wordloom.text.phrase_finder",
    "load": "wordloom.elmo.loading",
    "make_map": "wordloom.inspect.maps.word_map",
    "moved_words": "wordloom.inspect.moved_words",
    "neighbors": "wordloom.inspect.neighbors",
    "open_source": "wordloom.text.sources",
    "pair_similarities": "wordloom.inspect.similarity",
    "postprocess": "wordloom.embedding.postprocess",
    "read_keyword_lists": "wordloom.inspect.keywords.files",
    "save": "wordloom.formats.saving",
    "save_heatmap": "wordloom.inspect.heatmap",
    "similarity": "wordloom.inspect.similarity",
    "similarity_matrix": "wordloom.inspect.similarity",
    "word_senses": "wordloom.inspect.word_senses",
}

__all__ = [
    "CBOW",
    "AttentionPooling",
    "Comparison",
    "ConcatenatedEmbedding",
    "ContextualDynamicMetaEmbedding",
    "Cooccurrences",
    "Corpus",
    "DynamicMetaEmbedding",
    "ELMo",
    "ELMoEmbedding",
    "ELMoOptions",
    "FastText",
    "GatedMetaEmbedding",
    "GloVe",
    "KeywordIndex",
    "KeywordLists",
    "LearnedEmbedding",
    "MaxPooling",
    "MeanPooling",
    "NeighborIndex",
    "ScalarMix",
    "SkipGram",
    "SqrtnPooling",
    "StaticEmbedding",
    "Subwords",
    "SumPooling",
    "Swivel",
    "TextClassifier",
    "TextEmbedding",
    "Tokenizer",
    "UnweightedMetaEmbedding",
    "Vocabulary",
    "WordEmbedding",
    "__version__",
    "align",
    "analogy",
    "attention_report",
    "compare_embeddings",
    "compare_keywords",
    "context_neighbors",
    "evaluate",
    "example_predictions",
    "find_phrases",
    "load",
    "make_map",
    "moved_words",
    "neighbors",
    "open_source",
    "pair_similarities",
    "postprocess",
    "read_keyword_lists",
    "save",
    "save_heatmap",
    "similarity",
    "similarity_matrix",
    "word_senses",
]


def __getattr__(name: str) -> object:
    """Load a public name from its room at first use."""
    if name not in HOMES:
        raise AttributeError(f"module 'wordloom' has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
