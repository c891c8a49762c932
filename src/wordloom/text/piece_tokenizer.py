"""Splitting texts into pieces of words as a `tokenizer.json` of Hugging Face says."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from wordloom.errors import FormatError, MissingExtraError
from wordloom.kernels.compile import read_only
from wordloom.kernels.corpus import gather_words
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.tokenizer import Tokenizer, Tokens

__all__ = ["PIECES", "PieceTokenizer", "piece_names"]

PIECES = "tokenizer.json"
"""The name of this way of splitting, where others have the name of a preset."""

# What pieces at the start of a word begin with: those of SentencePiece, and of GPT-2's kind.
STARTS = ("\u2581", "\u0120")


class PieceTokenizer(Tokenizer):
    """Splits texts with the package tokenizers (extra ``tokenizers``).

    Unknown pieces are left out, as model2vec does.

    Args:
        description: The content of a `tokenizer.json`.

    Attributes:
        description: The content of the `tokenizer.json`.

    Raises:
        FormatError: It describes no tokenizer.
        MissingExtraError: The package tokenizers is not installed.
    """

    def __init__(self, description: str) -> None:
        super().__init__("spaces")
        self.preset = PIECES
        self.description = description
        try:
            import tokenizers
        except ImportError:
            raise MissingExtraError(
                "tokenizers", "tokenizers", "splitting texts as a tokenizer.json says"
            ) from None
        names, self.unknown = piece_names(description)
        try:
            self.splitter: Any = tokenizers.Tokenizer.from_str(description)
            self.splitter.no_truncation()
            self.splitter.no_padding()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # The package is written in Rust, and may panic.
            raise FormatError(
                f"A tokenizer.json must describe a tokenizer. Received: one that does not "
                f"({str(error)[:200]}). Copy it again."
            ) from None
        n_pieces = max(names, default=-1) + 1
        if n_pieces > 2 * len(names) + 1000:
            raise FormatError(
                f"The pieces of a tokenizer have consecutive numbers. Received: {len(names):,} "
                f"pieces with numbers up to {n_pieces - 1:,}."
            )
        pieces = pack_texts([names.get(index, "") for index in range(n_pieces)])
        self.pieces = TextBatch(read_only(pieces.data), read_only(pieces.offsets))

    def settings(self) -> dict[str, object]:
        """Return what `Tokenizer.from_settings` needs, ready for JSON."""
        return {"preset": PIECES, "lowercase": False, "description": self.description}

    def tokenize_batch(self, batch: TextBatch) -> Tokens:
        """Split a batch of documents into pieces.

        Args:
            batch: The documents.

        Returns:
            Their pieces, as `piece_names` spells them.

        Raises:
            FormatError: The description contradicts itself.
        """
        texts = batch.texts()
        try:
            found = self.splitter.encode_batch_fast(texts, add_special_tokens=False)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # The package is written in Rust, and may panic.
            raise FormatError(
                "A tokenizer.json must describe a tokenizer that splits any text. Received: one "
                f"that does not ({str(error)[:200]}). Copy it again."
            ) from None
        numbers = [np.array(encoding.ids, np.int64) for encoding in found]
        numbers = [ids[(ids != self.unknown) & (ids < len(self.pieces))] for ids in numbers]
        splits = np.append(0, np.cumsum([len(ids) for ids in numbers])).astype(np.int64)
        chosen = np.concatenate([*numbers, np.empty(0, np.int64)])
        starts = self.pieces.offsets
        data = np.empty(int((starts[chosen + 1] - starts[chosen]).sum()), np.uint8)
        offsets = np.zeros(len(chosen) + 1, np.int64)
        gather_words(self.pieces.data, starts, chosen, data, offsets)
        return Tokens(data, offsets, splits)


def piece_names(description: str) -> tuple[dict[int, str], int]:
    """Return the pieces that a tokenizer knows, spelled in one way for all kinds of tokenizers.

    A whole word, and a piece at the start of a word, is spelled as it is; a piece that goes on in a
    word has ``##`` before it, as WordPiece has it. Where two pieces would be spelled alike, they
    keep their own spelling. Bytes that GPT-2's kind writes as other characters stay so.

    Args:
        description: The content of a `tokenizer.json`.

    Returns:
        The pieces by number, and the number that stands for unknown ones, -1 if there is none.

    Raises:
        FormatError: It describes no tokenizer.

    Example:
        >>> model = {"type": "Unigram", "vocab": [["<unk>", 0], ["▁cough", -2], ["ing", -3]]}
        >>> piece_names(json.dumps({"model": {**model, "unk_id": 0}}))
        ({0: '<unk>', 1: 'cough', 2: '##ing'}, 0)
    """
    try:
        parsed = json.loads(description)
        model = parsed["model"]
        vocabulary = model["vocab"]
        if isinstance(vocabulary, Mapping):
            pieces = {checked(index): str(piece) for piece, index in vocabulary.items()}
        else:
            pieces = {index: str(entry[0]) for index, entry in enumerate(vocabulary)}
        special = {
            checked(entry["id"]): str(entry["content"])
            for entry in parsed.get("added_tokens") or []
        }
        unknown = model.get("unk_id")
        if model.get("unk_token") is not None:
            wanted = model["unk_token"]
            unknown = next((i for i, piece in (pieces | special).items() if piece == wanted), None)
        unknown = -1 if unknown is None else checked(unknown)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise FormatError(
            f"A tokenizer.json holds a model with a vocabulary. Received: one that does not "
            f"({type(error).__name__}: {str(error)[:100]}). Copy it again."
        ) from None
    if unknown in pieces:
        special[unknown] = pieces[unknown]
    return respelled(pieces, special) | special, unknown


def checked(index: object) -> int:
    """Return the number of a piece if it can be one."""
    if type(index) is not int or not 0 <= index < 1 << 31:
        raise ValueError(f"a piece has the number {index!r:.40}")
    return index


def respelled(pieces: dict[int, str], special: Mapping[int, str]) -> dict[int, str]:
    """Spell pieces with the mark on those that go on in a word, not on those that start one."""
    if not any(piece.startswith(STARTS) for piece in pieces.values()):
        return pieces
    names = {}
    for index, piece in pieces.items():
        plain = index in special or piece in STARTS
        names[index] = piece if plain else piece[1:] if piece.startswith(STARTS) else f"##{piece}"
    repeats = Counter(names.values())
    names = {i: name if repeats[name] == 1 else pieces[i] for i, name in names.items()}
    return names if len(set(names.values())) == len(names) else pieces
