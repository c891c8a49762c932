"""A tokenizer and its vocabulary in the format of Hugging Face's tokenizers.

This is for other programs, which read `tokenizer.json`; wordloom itself reads the settings in
`config.json`. The format has no rule that equals each preset exactly; `differences` says, for the
model card, where the two part.
"""

import json
import string
from collections.abc import Sequence

from wordloom.text.character_classes import (
    APOSTROPHES,
    JOINERS,
    KANA_MARKS,
    KERAS_FILTERS,
    LINKS,
    SINGLE_RANGES,
    SOFT_HYPHEN,
)
from wordloom.text.piece_tokenizer import PieceTokenizer
from wordloom.text.tokenizer import Tokenizer

__all__ = ["differences", "tokenizer_json", "unknown_token"]


def unknown_token(words: Sequence[str]) -> str:
    """Return the name of the row for unknown words: ``[UNK]``, unless that is a word itself.

    Example:
        >>> unknown_token(["cough"]), unknown_token(["[UNK]"])
        ('[UNK]', '[[UNK]]')
    """
    name = "[UNK]"
    while name in words:
        name = f"[{name}]"
    return name


def tokenizer_json(tokenizer: Tokenizer, words: Sequence[str]) -> dict[str, object]:
    """Describe a tokenizer and its words for other programs.

    Args:
        tokenizer: What splits texts into words.
        words: The words by id.

    Returns:
        The content of `tokenizer.json`: a WordLevel model with one entry for each word and, last,
        the entry for unknown words; that of a `PieceTokenizer` as it is.

    Example:
        >>> described = tokenizer_json(Tokenizer("spaces"), ["cough"])
        >>> described["pre_tokenizer"], described["model"]["vocab"]
        ({'type': 'WhitespaceSplit'}, {'cough': 0, '[UNK]': 1})
    """
    if isinstance(tokenizer, PieceTokenizer):
        return dict(json.loads(tokenizer.description))
    vocabulary: dict[str, int] = {}
    for index, word in enumerate(words):
        # Bytes that are not UTF-8 may make two words look alike; each keeps an entry of its own.
        while word in vocabulary:
            word += "\ufffd"
        vocabulary[word] = index
    unknown = unknown_token(words)
    vocabulary[unknown] = len(vocabulary)
    normalizers, pre_tokenizer = closest_rules(tokenizer.preset)
    if tokenizer.lowercase:
        normalizers.append({"type": "Lowercase"})
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": normalizers} if normalizers else None,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": unknown},
    }


def differences(tokenizer: Tokenizer) -> str:
    """Say where `tokenizer.json` and wordloom's own tokenizer part."""
    text = splitting_differences(tokenizer)
    if tokenizer.phrases:
        first = tokenizer.phrases.passes[0][0].word.replace("`", "'")
        text += (
            f" It joins no phrases, such as `{first}`, so that other programs never find the "
            "vectors of these: join them in the text first, as `Tokenizer.tokenize` does."
        )
    return text


def splitting_differences(tokenizer: Tokenizer) -> str:
    """Say in one sentence how the two differ in splitting text."""
    if isinstance(tokenizer, PieceTokenizer):
        return "All split texts by `tokenizer.json`."
    if tokenizer.preset == "jieba":
        return (
            "`tokenizer.json` cannot segment Chinese text: it splits at white space, so segment "
            "the text with jieba first and join the words by spaces."
        )
    if tokenizer.preset == "tfhub":
        return (
            "`tokenizer.json` splits as wordloom does, except that wordloom counts the empty "
            "token between two spaces."
        )
    return (
        "`tokenizer.json` splits ordinary text as wordloom does; the two may differ on characters "
        "that are newer than one of the Unicode versions they use, and on the few capitals whose "
        "lower case depends on the language."
    )


def closest_rules(preset: str) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Return the normalizers and the pre-tokenizer that come closest to a preset."""
    if preset in ("words", "marks"):
        mark = rf"\p{{M}}{escaped_points(KANA_MARKS)}"
        single = "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in SINGLE_RANGES)
        letters = r"\p{L}\p{N}\p{Pc}"
        run = rf"(?:[{mark}]|[{letters}&&[^{single}]])+"
        inner = f"[{escaped_points((LINKS if preset == 'marks' else APOSTROPHES) + JOINERS)}]"
        alone = rf"[{letters}&&[{single}]]"
        if preset == "marks":
            alone = rf"(?:{alone}|[\p{{P}}\p{{S}}&&[^\p{{Pc}}{mark}]])"
        return (
            [replacing({"String": SOFT_HYPHEN}, ""), replacing({"String": "\u2019"}, "'")],
            matches_of(rf"{run}(?:{inner}{run})*|{alone}[{mark}]*"),
        )
    if preset == "strip":
        inside = rf"[^\s{escaped_points(string.punctuation)}]"
        return [], matches_of(rf"{inside}(?:\S*{inside})?")
    if preset == "tfhub":
        return [replacing({"Regex": r"\p{P}"}, "")], matches_of("[^ ]+")
    if preset == "keras":
        return [], matches_of(f"[^{escaped_points(KERAS_FILTERS + ' ')}]+")
    if preset == "characters":
        return [], matches_of(r"[^\s\p{M}]\p{M}*|\p{M}+")
    return [], {"type": "WhitespaceSplit"}


def matches_of(pattern: str) -> dict[str, object]:
    """Return the pre-tokenizer whose tokens are the matches of a pattern."""
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True}


def replacing(pattern: dict[str, str], content: str) -> dict[str, object]:
    """Return the normalizer that replaces what a pattern finds."""
    return {"type": "Replace", "pattern": pattern, "content": content}


def escaped_points(characters: str) -> str:
    """Return characters as they stand inside a character class of a pattern."""
    return "".join(rf"\x{{{ord(character):x}}}" for character in characters)
