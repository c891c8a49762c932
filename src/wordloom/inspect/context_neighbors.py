"""The tokens of some texts that are nearest to a word in its own sentence.

In a static embedding a word has one vector for all that it can mean. A contextual one gives each
occurrence its own, so that the bank of a river and a bank that lends have different neighbours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import TokenVectors
from wordloom.errors import InputError
from wordloom.inspect.queries import unit_vectors
from wordloom.progress import progress_bar
from wordloom.text.batches import as_list, in_blocks

__all__ = ["WHICH", "ContextNeighbor", "ContextualEmbedding", "context_neighbors"]

WHICH = ("any", "same", "other")
"""Which tokens can be neighbours: any, only the same word in other places, or only other words."""

BLOCK_CHARACTERS = 1 << 16
# Tokens with the same words this far around count as one: texts repeat themselves.
AROUND = 8
SHOWN_CHARACTERS = 200


class ContextualEmbedding(Protocol):
    """What is asked of an embedding: token vectors of a layer, as ELMo has them.

    Attributes:
        n_layers: How many layers there are.
    """

    n_layers: int

    def embed_tokens(self, texts: Sequence[str], *, layer: int | None = None) -> TokenVectors:
        """Turn each token of each text into one vector."""


@dataclass(frozen=True)
class ContextNeighbor:
    """A token near another one, and where it stands.

    Attributes:
        word: The token.
        similarity: Cosine of the two vectors, from -1 to 1.
        before: What stands before it in its text, at most 200 characters.
        after: What stands behind it.
        text: The number of the text, from 0.
    """

    word: str
    similarity: float
    before: str
    after: str
    text: int


@dataclass
class Best:
    """The nearest tokens of one query so far, the nearest first.

    Attributes:
        found: The tokens.
        known: The words around each, which no other may have too.
    """

    own: tuple[str, ...]
    found: list[ContextNeighbor] = field(default_factory=list)
    known: list[tuple[str, ...]] = field(default_factory=list)


def context_neighbors(
    embedding: ContextualEmbedding,
    word: str,
    contexts: Sequence[str],
    texts: Iterable[str],
    count: int = 10,
    *,
    layer: int | None = None,
    which: str = "any",
    max_tokens: int | None = None,
    progress: bool = False,
) -> list[list[ContextNeighbor]]:
    """Find the tokens of texts that are nearest to a word in its contexts, by cosine.

    Args:
        embedding: A contextual embedding, as ELMo.
        word: The word; case matters only where the context has it in both.
        contexts: Sentences with the word in it; where it stands twice, its first place counts.
        texts: Where neighbours are looked for; they are read once, and memory stays flat.
        count: How many neighbours each context gets.
        layer: Which layer, from 0; None takes the top one, which tells senses apart best (Peters et
            al. 2018, section 5.3).
        which: One of `WHICH`.
        max_tokens: Read so many tokens of the texts, and no more; None reads all.
        progress: Show a progress bar on stderr.

    Returns:
        For each context its neighbours, the nearest first. Tokens without a letter or digit are
        none; of tokens with the same words around them there is one, and none like the context.

    Raises:
        InputError: A context lacks the word, or an argument is out of range.

    Example:
        >>> from wordloom.elmo.embedding import ELMoEmbedding
        >>> from wordloom.elmo.network_at_random import random_weights
        >>> from wordloom.elmo.options import ELMoOptions
        >>> options = ELMoOptions(8, 4, character_dim=2, filters=((1, 4), (2, 4)), n_highway=1)
        >>> elmo = ELMoEmbedding(options, random_weights(options, seed=1))
        >>> texts = ["Down by the bank of a river.", "The bank lends money."]
        >>> ((near,),) = context_neighbors(
        ...     elmo, "bank", ["The bank of the river."], texts, 1, which="same"
        ... )
        >>> near.before, near.word, near.after
        ('The ', 'bank', ' lends money.')
    """
    if which not in WHICH:
        raise InputError(f"`which` is one of {', '.join(WHICH)}. Received: {which!r}.")
    if count < 1:
        raise InputError(f"At least 1 neighbour can be asked for. Received: count={count}.")
    layer = embedding.n_layers - 1 if layer is None else layer
    queries, best = located(embedding, word, as_list(contexts), layer)
    n_texts = n_tokens = 0
    with progress_bar("Reading", max_tokens, "tokens", show=progress) as advance:
        for block in in_blocks(texts, BLOCK_CHARACTERS):
            tokens = embedding.embed_tokens(block, layer=layer)
            cosines = unit_vectors(tokens.vectors) @ queries.T
            if which != "any":
                same = np.array(
                    [token.casefold() == word.casefold() for token in tokens.tokens], np.bool_
                )
                cosines[same if which == "other" else ~same] = -np.inf
            if max_tokens is not None:
                cosines[max_tokens - n_tokens :] = -np.inf
            for query, column in zip(best, cosines.T, strict=True):
                collect(query, column, tokens, block, n_texts, count)
            n_texts += len(block)
            n_tokens += len(tokens.tokens)
            advance(n_tokens)
            if max_tokens is not None and n_tokens >= max_tokens:
                break
    return [query.found for query in best]


def located(
    embedding: ContextualEmbedding, word: str, contexts: list[str], layer: int
) -> tuple[NDArray[np.float32], list[Best]]:
    """Return the vectors of a word in its contexts, of length one, and no neighbours yet."""
    if not contexts:
        raise InputError("A word is looked at in a context. Received: none. Give a sentence.")
    found = embedding.embed_tokens(contexts, layer=layer)
    places: list[int] = []
    best: list[Best] = []
    for number, context in enumerate(contexts):
        tokens = found[number].tokens
        forms = [token.casefold() for token in tokens]
        if word in tokens:
            place = tokens.index(word)
        elif word.casefold() in forms:
            place = forms.index(word.casefold())
        else:
            shown = " ".join(tokens) or "nothing"
            raise InputError(
                f"A context holds its word, as one token. Received: {word!r} for {context!r:.200}, "
                f"which is read as: {shown:.300}"
            )
        places.append(int(found.row_splits[number]) + place)
        best.append(Best(words_around(tokens, place)))
    return unit_vectors(found.vectors[places]), best


def collect(
    query: Best,
    cosines: NDArray[np.float32],
    tokens: TokenVectors,
    texts: list[str],
    n_before: int,
    count: int,
) -> None:
    """Take in those tokens of some texts that are nearer than what was found before."""
    floor = query.found[-1].similarity if len(query.found) == count else -np.inf
    nearer = np.flatnonzero(cosines > floor)
    nearer = nearer[np.argsort(-cosines[nearer], kind="stable")]
    taken: list[tuple[ContextNeighbor, tuple[str, ...]]] = []
    known = {query.own, *query.known}
    for token in nearer.tolist():
        if len(taken) == count:
            break
        if not any(map(str.isalnum, tokens.tokens[token])):
            continue
        text = int(np.searchsorted(tokens.row_splits, token, side="right")) - 1
        own, place = tokens[text].tokens, token - int(tokens.row_splits[text])
        around = words_around(own, place)
        if around not in known:
            known.add(around)
            before, after = parted(texts[text], own, place)
            near = ContextNeighbor(
                own[place], float(cosines[token]), before, after, n_before + text
            )
            taken.append((near, around))
    both = [*zip(query.found, query.known, strict=True), *taken]
    both.sort(key=lambda pair: -pair[0].similarity)
    query.found = [near for near, _ in both[:count]]
    query.known = [around for _, around in both[:count]]


def words_around(tokens: list[str], place: int) -> tuple[str, ...]:
    """Return a token with its neighbours in the text."""
    return tuple(tokens[max(0, place - AROUND) : place + AROUND + 1])


def parted(text: str, tokens: list[str], place: int) -> tuple[str, str]:
    """Return what stands before and behind a token in its text, white space made single.

    Example:
        >>> parted("By  the bank, I'd say", ["by", "the", "bank", ",", "I'd", "say"], 2)
        ('By the ', ", I'd say")
    """
    start = end = 0
    lowered = text.lower() if len(text.lower()) == len(text) else text
    for token in tokens[: place + 1]:
        start = text.find(token, end)
        start = lowered.find(token, end) if start < 0 else start
        if start < 0:  # a tokenizer that rewrites what it reads
            before = "".join(f"{token} " for token in tokens[:place])
            after = "".join(f" {token}" for token in tokens[place + 1 :])
            return before[-SHOWN_CHARACTERS:], after[:SHOWN_CHARACTERS]
        end = start + len(token)
    before, after = text[max(0, start - SHOWN_CHARACTERS) : start], text[end:][:SHOWN_CHARACTERS]
    return single_spaced(before), single_spaced(after)


def single_spaced(text: str) -> str:
    """Return a text with each run of white space as one space."""
    inside = " ".join(text.split())
    return f"{' ' * text[:1].isspace()}{inside}{' ' * (bool(inside) and text[-1:].isspace())}"
