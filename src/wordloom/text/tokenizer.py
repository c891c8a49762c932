"""Text to tokens, in the ways that the embeddings' makers did it."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError, MissingExtraError
from wordloom.kernels.compile import read_only
from wordloom.kernels.tokenize import LINK, SINGLE, tokenize_text
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.character_classes import PRESETS, CharacterTable, character_table
from wordloom.text.phrases import Phrases

__all__ = ["Tokenizer", "Tokens"]


@dataclass(frozen=True)
class Tokens:
    """The tokens of a batch of documents.

    Attributes:
        data: uint8 (n_bytes,), the tokens' UTF-8 bytes end to end.
        offsets: int64 (n_tokens + 1,), where each token starts and the last one ends.
        splits: int64 (n_documents + 1,), the first token of each document, then n_tokens.
        invalid: How many times U+FFFD stood in for bytes that are not UTF-8.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    splits: NDArray[np.int64]
    invalid: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def words(self) -> list[list[str]]:
        """Return the tokens of each document as str."""
        tokens = TextBatch(self.data, self.offsets).texts()
        return [tokens[first:last] for first, last in pairwise(self.splits.tolist())]


class Tokenizer:
    """Splits text into tokens by a named preset.

    The presets:

    - ``words``: lower-cased runs of letters, marks, numbers and connectors such as the underscore
      (Unicode categories L, M, N, Pc). An apostrophe (``'`` or U+2019, written ``'``) between two
      of these stays, as in ``don't``; all else separates. After Unicode's word boundaries
      (UAX #29), scripts written without spaces are cut where its default rules cut them: each
      ideograph and each Hiragana is a token, since no run of them is a word, while Katakana
      (mostly loan words) and Hangul (which has spaces) stay runs. Sound marks and variation
      selectors stay with their character. So do the zero-width joiner and non-joiner inside words
      (Persian, Indic scripts), and the soft hyphen, which only hints at a line break, is deleted.
      Thai, Lao, Khmer and Burmese need a dictionary: their runs stay whole.
    - ``spaces``: split at white space (where `str.split` does), nothing changed.
    - ``strip``: split at white space, ASCII punctuation stripped from token ends, case kept, tokens
      that become empty dropped; what the CORD-19 Swivel vectors were trained with.
    - ``tfhub``: Unicode punctuation (categories P) deleted, then split at each U+0020: two in a row
      have an empty token between them, and an empty text is one empty token. What the exporter of
      TensorFlow Hub's text modules does.
    - ``keras``: lower-cased, split at the space, tab, newline and the punctuation that the
      Tokenizer of Keras filters (all of ASCII's but the apostrophe), empty tokens dropped.
    - ``characters``: each character that is not white space, with the combining marks behind it.
    - ``marks``: as ``words``, but case is kept, and punctuation marks and symbols are tokens too,
      each by itself. An apostrophe, a full stop or a hyphen between two word characters stays
      inside, as in ``don't``, ``e.g.`` (whose last stop is a token), ``3.5`` and ``COVID-19``. For
      models that read sentences, such as ELMo.
    - ``jieba``: Chinese word segmentation by the package jieba (extra ``chinese``), white space
      dropped. Much slower than the others.

    Lower-casing is Unicode's simple one: character by character and without context. Where the
    text is not valid UTF-8, U+FFFD is read, just as ``bytes.decode("utf-8", "replace")`` does.

    Args:
        preset: The name of the preset.
        lowercase: Lower-case the tokens; None leaves the choice to the preset.
        phrases: Multi-word units, each of which becomes one token, as ``new_york``; such as
            `wordloom.text.phrase_finder.find_phrases` finds. None or an empty set joins nothing.

    Attributes:
        preset: The name of the preset.
        lowercase: Whether tokens are lower-cased.
        phrases: What is joined after splitting, or None.

    Raises:
        InputError: There is no preset of this name.
        MissingExtraError: The preset is "jieba" and the package jieba is not installed.

    Example:
        >>> Tokenizer().tokenize("Don't mix COVID-19 & 'flu'!")
        ["don't", 'mix', 'covid', '19', 'flu']
        >>> Tokenizer("strip").tokenize("Don't mix COVID-19 & 'flu'!")
        ["Don't", 'mix', 'COVID-19', 'flu']
    """

    def __init__(
        self,
        preset: str = "words",
        lowercase: bool | None = None,
        phrases: Phrases | None = None,
    ) -> None:
        if preset not in PRESETS:
            raise InputError(
                f"The tokenizer's preset must be one of {', '.join(PRESETS)}. Received: {preset!r}."
            )
        if preset == "jieba":
            jieba_cutter()
        self.preset = preset
        self.lowercase = PRESETS[preset] if lowercase is None else bool(lowercase)
        self.phrases = phrases or None

    def __repr__(self) -> str:
        phrases = f", phrases={self.phrases}" if self.phrases else ""
        return f"Tokenizer({self.preset!r}, lowercase={self.lowercase}{phrases})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tokenizer) and self.settings() == other.settings()

    def __hash__(self) -> int:
        return hash((self.preset, self.lowercase))

    def settings(self) -> dict[str, object]:
        """Return what `from_settings` needs to make the same tokenizer, ready for JSON."""
        settings: dict[str, object] = {"preset": self.preset, "lowercase": self.lowercase}
        if self.phrases:
            settings["phrases"] = self.phrases.settings()
        return settings

    @classmethod
    def from_settings(cls, settings: object) -> "Tokenizer":
        """Make a tokenizer from saved settings.

        Raises:
            FormatError: The settings are not those of a tokenizer.
            MissingExtraError: The preset is "jieba" and the package jieba is not installed.

        Example:
            >>> Tokenizer.from_settings({"preset": "keras", "lowercase": False})
            Tokenizer('keras', lowercase=False)
        """
        if isinstance(settings, Mapping) and isinstance(settings.get("description"), str):
            from wordloom.text.piece_tokenizer import PieceTokenizer

            return PieceTokenizer(settings["description"])
        if (
            not isinstance(settings, Mapping)
            or settings.get("preset") not in list(PRESETS)
            or not isinstance(settings.get("lowercase"), bool)
        ):
            raise FormatError(
                "Saved tokenizer settings hold the name of a preset and lowercase, true or false. "
                f"Received: {settings!r:.200}. The file is damaged or of a newer version."
            )
        phrases = settings.get("phrases")
        return cls(
            settings["preset"],
            settings["lowercase"],
            None if phrases is None else Phrases.from_settings(phrases),
        )

    def tokenize(self, text: str) -> list[str]:
        """Split one text into tokens.

        Args:
            text: The text.

        Returns:
            The tokens in order.

        Example:
            >>> Tokenizer("characters").tokenize("na ja")
            ['n', 'a', 'j', 'a']
        """
        return self.tokenize_batch(pack_texts([text])).words()[0]

    def tokenize_batch(self, batch: TextBatch) -> Tokens:
        """Split a batch of documents into tokens; other Python threads run meanwhile.

        Args:
            batch: The documents.

        Returns:
            Their tokens.
        """
        tokens = (
            split_with_jieba(batch, self.lowercase)
            if self.preset == "jieba"
            else split_by_table(batch, character_table(self.preset, self.lowercase))
        )
        return self.phrases.join(tokens) if self.phrases else tokens


def split_by_table(batch: TextBatch, table: CharacterTable) -> Tokens:
    """Split a batch as the tables of a preset say."""
    n_bytes, n_documents = len(batch.data), len(batch)
    # Two tokens have a byte between them, unless empty or one-byte tokens may adjoin.
    adjoin = table.keep_empty or bool(np.isin([SINGLE, LINK], table.actions[:128]).any())
    room = (n_bytes if adjoin else n_bytes // 2) + n_documents
    data = np.empty(3 * n_bytes, np.uint8)
    offsets = np.empty(1 + room, np.int64)
    splits = np.empty(n_documents + 1, np.int64)
    invalid = tokenize_text(
        read_only(batch.data),
        read_only(batch.offsets),
        table.actions,
        table.written,
        table.quick,
        table.keep_empty,
        data,
        offsets,
        splits,
    )
    offsets = offsets[: splits[-1] + 1]
    return Tokens(data[: offsets[-1]], offsets, splits, invalid)


def split_with_jieba(batch: TextBatch, lowercase: bool) -> Tokens:
    """Split a batch with jieba's default mode."""
    cut = jieba_cutter()
    tokens: list[str] = []
    splits = [0]
    invalid = 0
    for number, text in enumerate(batch.texts()):
        raw = batch.data[batch.offsets[number] : batch.offsets[number + 1]].tobytes()
        invalid += text.count("\ufffd") - raw.count("\ufffd".encode())
        tokens += [token for token in cut(text.lower() if lowercase else text) if token.strip()]
        splits.append(len(tokens))
    packed = pack_texts(tokens)
    return Tokens(packed.data, packed.offsets, np.array(splits, np.int64), invalid)


@cache
def jieba_cutter() -> Callable[[str], list[str]]:
    """Return jieba's function from a text to its words, with the default dictionary."""
    try:
        # jieba 0.42 has invalid escapes in its sources and imports what setuptools deprecated.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jieba
    except ImportError:
        raise MissingExtraError("jieba", "chinese", "splitting Chinese text into words") from None
    # Filling the dictionary here keeps jieba from logging on stderr, and from trusting a cache
    # file in a folder where everybody may write.
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cast("Callable[[str], list[str]]", cutter.lcut)
