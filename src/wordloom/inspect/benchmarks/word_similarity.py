"""Word similarity: do vectors find those words similar that people find similar?"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from wordloom.datasets.benchmark_files import WordPairs
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.benchmarks.benchmark import (
    FEWEST_DRAWN,
    Answers,
    find_words,
    has_lower_case_words,
)
from wordloom.inspect.benchmarks.resampling import resampled_spearman, spearman

__all__ = ["SimilarityBenchmark"]


@dataclass(frozen=True)
class SimilarityBenchmark:
    """Spearman's rank correlation of cosines with human scores.

    Words are looked up as `wordloom.inspect.benchmarks.benchmark.find_words` says. With the OOV
    policy "subwords" the others are composed of character n-grams, in lower case if the embedding's
    words are. A pair is covered if both of its words have a finite vector that is not zero.

    Attributes:
        pairs: The pairs and human scores.
        match_case: Look words up only as they are written.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "flu"]), [[3, 0], [3, 4]])
        >>> pairs = WordPairs("toy", ("cough", "flu"), ("Flu", "Rome"), np.array([9.0, 2.0]))
        >>> answers = SimilarityBenchmark(pairs).answers(embedding)
        >>> answers.values.round(2).tolist(), answers.covered.tolist()
        ([0.6, 0.0], [True, False])
    """

    pairs: WordPairs
    match_case: bool = False

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.pairs.name

    @property
    def method(self) -> str:
        """How items are answered; there is one way only."""
        return ""

    @property
    def measure(self) -> str:
        """What the score is."""
        return "Spearman"

    def __len__(self) -> int:
        return len(self.pairs)

    def answers(self, embedding: StaticEmbedding) -> Answers:
        """Return the cosine of each pair."""
        words = list(dict.fromkeys(chain(self.pairs.left, self.pairs.right)))
        places = {word: place for place, word in enumerate(words)}
        ids = find_words(embedding, words, match_case=self.match_case)
        vectors = np.zeros((len(words), embedding.dim))
        vectors[ids >= 0] = embedding.vectors[ids[ids >= 0]]
        unknown = np.flatnonzero(ids < 0)
        if embedding.oov == "subwords" and len(unknown):
            spelled = str.lower if has_lower_case_words(embedding) else str
            vectors[unknown], _ = embedding.word_vectors([spelled(words[at]) for at in unknown])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        # A vector that is zero, infinite or no number has no direction.
        directed = np.isfinite(lengths) & (lengths > 0)
        known = directed[:, 0]
        units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=directed)
        left = np.array([places[word] for word in self.pairs.left])
        right = np.array([places[word] for word in self.pairs.right])
        covered = known[left] & known[right]
        written = known & (ids >= 0)
        cosines = np.einsum("ij,ij->i", units[left], units[right])
        return Answers(cosines, covered, written[left] & written[right])

    def score(self, values: NDArray[np.float64], items: NDArray[np.bool_]) -> float | None:
        """Return Spearman's rank correlation on some of the pairs."""
        return spearman(self.pairs.scores[items], values[items])

    def resampled(
        self, values: NDArray[np.float64], items: NDArray[np.bool_], resamples: int, seed: int
    ) -> NDArray[np.float64]:
        """Return several embeddings' correlations on the same draws of pairs."""
        if items.sum() < FEWEST_DRAWN:
            return np.full((len(values), resamples), np.nan)
        return resampled_spearman(self.pairs.scores[items], list(values[:, items]), resamples, seed)
