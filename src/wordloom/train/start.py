"""Starting from an embedding that is there: its words stay, the text's new words join them."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.text.vocabulary import Vocabulary

__all__ = ["Start"]


class Start:
    """Which vectors a training begins with.

    Args:
        init: The embedding to start from; None starts from nothing.
        dim: Length of the trainer's vectors.

    Raises:
        InputError: The embedding's vectors are of another length.
    """

    def __init__(self, init: StaticEmbedding | None, dim: int) -> None:
        if init is not None and init.dim != dim:
            raise InputError(
                "Training goes on with vectors of the same length. Received: "
                f"dim={dim} and init '{init.name}' with {init.dim}. Set dim={init.dim}."
            )
        self.init = init

    def fill(self, table: NDArray[np.float32], vocabulary: Vocabulary, share: float = 1.0) -> None:
        """Write the vectors of the words that the embedding has into a new table.

        Args:
            table: float32 (n_words, at least dim), changed in place.
            vocabulary: The words of its rows.
            share: What to multiply the vectors by.
        """
        if self.init is None:
            return
        ids = self.init.vocabulary.find(vocabulary.data, vocabulary.offsets)
        rows = np.flatnonzero(ids >= 0)
        table[rows, : self.init.dim] = self.init.vectors[ids[rows]] * np.float32(share)

    def joined(
        self, vocabulary: Vocabulary, vectors: NDArray[np.float32]
    ) -> tuple[Vocabulary, NDArray[np.float32]]:
        """Add the words that only the embedding has, with their vectors.

        Args:
            vocabulary: The words of the text.
            vectors: float32 (n_words, dim), their vectors.

        Returns:
            All words by falling count, where the counts of both add up; and float32 (n_all_words,
            dim), their vectors.
        """
        if self.init is None:
            return vocabulary, vectors
        earlier = self.init.vocabulary
        ids = earlier.find(vocabulary.data, vocabulary.offsets)
        shared = np.flatnonzero(ids >= 0)
        only_earlier = np.ones(len(earlier), np.bool_)
        only_earlier[ids[shared]] = False
        kept = np.flatnonzero(only_earlier)
        words = vocabulary.words + [earlier.word(index) for index in kept.tolist()]
        counts = np.concatenate([vocabulary.counts, earlier.counts[kept]])
        counts[shared] += earlier.counts[ids[shared]]
        documents = np.concatenate([vocabulary.document_counts, earlier.document_counts[kept]])
        documents[shared] += earlier.document_counts[ids[shared]]
        order = np.argsort(-counts, kind="stable")
        joined = Vocabulary.from_words(
            [words[index] for index in order.tolist()],
            counts[order],
            documents[order],
            vocabulary.n_documents + earlier.n_documents,
        )
        return joined, np.concatenate([vectors, self.init.vectors[kept]])[order]

    def summary(self, vocabulary: Vocabulary) -> dict[str, object] | None:
        """Return for the report how many words are shared, new and kept; None for no embedding.

        Example:
            >>> init = StaticEmbedding(Vocabulary.from_words(["red", "wine"]), [[1], [2]])
            >>> start = Start(init, dim=1)
            >>> start.summary(Vocabulary.from_words(["wine", "bar", "list"]))
            {'name': 'embedding', 'shared_words': 1, 'new_words': 2, 'kept_words': 1}
        """
        if self.init is None:
            return None
        ids = self.init.vocabulary.find(vocabulary.data, vocabulary.offsets)
        shared = int(np.count_nonzero(ids >= 0))
        return {
            "name": self.init.name,
            "shared_words": shared,
            "new_words": len(vocabulary) - shared,
            "kept_words": len(self.init) - shared,
        }

    def fingerprint(self) -> str | None:
        """Return a digest of all of the embedding that training takes in; None for none."""
        if self.init is None:
            return None
        digest = hashlib.blake2b(digest_size=16)
        arrays = [*self.init.vocabulary.tensors().values(), self.init.vectors]
        subwords = self.init.subwords
        if subwords is not None:
            digest.update(f"{subwords!r} {subwords.encoding}".encode())
            arrays += [subwords.buckets, subwords.vectors]
        for array in arrays:
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
