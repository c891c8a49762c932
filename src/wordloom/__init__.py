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
    from wordloom.classify.classifier import TextClassifier
    from wordloom.cooccurrence.cooccurrences import Cooccurrences
    from wordloom.embedding.alignment import align
    from wordloom.embedding.postprocess import postprocess
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.embedding.subwords import Subwords
    from wordloom.formats.loading import load
    from wordloom.formats.saving import save
    from wordloom.inspect.analogies import analogy
    from wordloom.inspect.benchmarks.evaluate import evaluate
    from wordloom.inspect.heatmap import save_heatmap
    from wordloom.inspect.keywords.comparison import compare_keywords
    from wordloom.inspect.keywords.files import read_keyword_lists
    from wordloom.inspect.keywords.index import KeywordIndex
    from wordloom.inspect.keywords.lists import KeywordLists
    from wordloom.inspect.maps.word_map import make_map
    from wordloom.inspect.moved_words import moved_words
    from wordloom.inspect.neighbors import NeighborIndex, neighbors
    from wordloom.inspect.similarity import pair_similarities, similarity, similarity_matrix
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
    "CBOW": "wordloom.train.cbow",
    "Cooccurrences": "wordloom.cooccurrence.cooccurrences",
    "Corpus": "wordloom.text.corpus",
    "FastText": "wordloom.train.fasttext",
    "GloVe": "wordloom.train.glove",
    "KeywordIndex": "wordloom.inspect.keywords.index",
    "KeywordLists": "wordloom.inspect.keywords.lists",
    "NeighborIndex": "wordloom.inspect.neighbors",
    "SkipGram": "wordloom.train.skipgram",
    "StaticEmbedding": "wordloom.embedding.static",
    "Subwords": "wordloom.embedding.subwords",
    "Swivel": "wordloom.train.swivel",
    "TextClassifier": "wordloom.classify.classifier",
    "Tokenizer": "wordloom.text.tokenizer",
    "Vocabulary": "wordloom.text.vocabulary",
    "align": "wordloom.embedding.alignment",
    "analogy": "wordloom.inspect.analogies",
    "compare_keywords": "wordloom.inspect.keywords.comparison",
    "evaluate": "wordloom.inspect.benchmarks.evaluate",
    "find_phrases": "wordloom.text.phrase_finder",
    "load": "wordloom.formats.loading",
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
}

__all__ = [
    "CBOW",
    "Cooccurrences",
    "Corpus",
    "FastText",
    "GloVe",
    "KeywordIndex",
    "KeywordLists",
    "NeighborIndex",
    "SkipGram",
    "StaticEmbedding",
    "Subwords",
    "Swivel",
    "TextClassifier",
    "Tokenizer",
    "Vocabulary",
    "__version__",
    "align",
    "analogy",
    "compare_keywords",
    "evaluate",
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
]


def __getattr__(name: str) -> object:
    """Load a public name from its room at first use."""
    if name not in HOMES:
        raise AttributeError(f"module 'wordloom' has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
