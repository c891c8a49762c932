"""What ``wordloom keywords`` prints, for people and as JSON."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wordloom.cli.options import counted, print_lines, same_width, to_stderr

if TYPE_CHECKING:
    from wordloom.embedding.protocol import Embedding
    from wordloom.inspect.keywords.comparison import Comparison, Match
    from wordloom.inspect.keywords.coverage import Coverage
    from wordloom.inspect.keywords.index import SimilarDocument
    from wordloom.inspect.keywords.lists import KeywordLists

__all__ = [
    "coverage_json",
    "match_json",
    "near_json",
    "near_lines",
    "print_comparison",
    "report_coverage",
    "rounded",
    "shown",
]

SHOWN_COLUMNS = 100
UNKNOWN_SHOWN = 5


def print_comparison(compared: "Comparison") -> None:
    """Print all measures, and which keyword met which."""
    for name, similarity in compared.similarities.items():
        written = f"  ({compared.jaccard_as_written:.3f} as written)" if name == "jaccard" else ""
        print_lines(f"{name:15} {similarity:6.3f}{written}")
    if compared.shared:
        print_lines(f"{'in both':15} {'; '.join(compared.shared)}")
    keywords = iter(same_width([match.keyword for match in compared.left + compared.right]))
    for side in (compared.left, compared.right):
        if side:
            print_lines("")
        for match in side:
            keyword = next(keywords)
            if match.closest is None:
                print_lines(f"    –   {keyword}  meets nothing")
            else:
                print_lines(f"  {match.similarity:6.3f}  {keyword}  →  {match.closest}")
    if compared.unknown or compared.missing_words:
        print_lines("")
    if compared.unknown:
        print_lines(f"no vector: {'; '.join(compared.unknown)}")
    for keyword, words in compared.missing_words.items():
        print_lines(f"no vector for a part of {keyword}: {', '.join(words)}")


def near_lines(found: list["SimilarDocument"], lists: "KeywordLists") -> list[str]:
    """Return a line for each document that was found."""
    if not found:
        return ["  nothing is similar"]
    ids = same_width([near.id for near in found])
    return [
        f"  {near.similarity:.3f}  {name}  {shown(lists, near.number)}"
        for name, near in zip(ids, found, strict=True)
    ]


def near_json(near: "SimilarDocument", lists: "KeywordLists", asked: list[str]) -> dict[str, Any]:
    """Return a document that was found for JSON."""
    from wordloom.inspect.keywords.lists import normalized_keyword

    own = lists[near.number]
    forms = set(map(normalized_keyword, asked))
    return {
        "id": near.id,
        "similarity": round(near.similarity, 6),
        "keywords": own,
        "shared": [keyword for keyword in own if normalized_keyword(keyword) in forms],
    }


def match_json(match: "Match") -> dict[str, Any]:
    """Return what a keyword met for JSON."""
    return {
        "keyword": match.keyword,
        "closest": match.closest,
        "similarity": round(match.similarity, 6),
    }


def rounded(similarities: dict[str, float]) -> dict[str, float]:
    """Return similarities with the six decimals that float32 holds."""
    return {name: round(similarity, 6) for name, similarity in similarities.items()}


@lru_cache(maxsize=1 << 16)
def shown(lists: "KeywordLists", number: int) -> str:
    """Return the keywords of a document on one line."""
    from wordloom.inspect.pictures import shortened

    return shortened("; ".join(lists[number]), SHOWN_COLUMNS)


def report_coverage(coverage: "Coverage", embedding: "Embedding") -> None:
    """Say on stderr what the embedding knows of the keywords."""
    from wordloom.embedding.static import StaticEmbedding

    total = counted(coverage.n_keywords, "keyword")
    if isinstance(embedding, StaticEmbedding):
        to_stderr(
            f"{total}: {coverage.n_whole:,} in the vocabulary of {embedding.name}, "
            f"{coverage.n_composed:,} composed of their words ({coverage.n_partial:,} lack some), "
            f"{len(coverage.unknown):,} without a vector."
        )
    else:
        to_stderr(
            f"{total}: {coverage.n_composed:,} read by {embedding.name} as texts, "
            f"{len(coverage.unknown):,} without a vector."
        )
    for keyword, ids in list(coverage.unknown.items())[:UNKNOWN_SHOWN]:
        more = f" and {len(ids) - 3:,} more" if len(ids) > 3 else ""
        to_stderr(f"  no vector: {keyword!r} in {', '.join(ids[:3])}{more}")
    if len(coverage.unknown) > UNKNOWN_SHOWN:
        to_stderr("  … --json lists all of them.")
    if coverage.n_documents_unknown:
        to_stderr(
            f"{counted(coverage.n_documents_unknown, 'document')} with keywords, but none that "
            "has a vector."
        )
    if coverage.n_documents_empty:
        to_stderr(f"{counted(coverage.n_documents_empty, 'document')} without a keyword.")


def coverage_json(coverage: "Coverage") -> dict[str, Any]:
    """Return the coverage for JSON."""
    return {
        "keywords": coverage.n_keywords,
        "whole": coverage.n_whole,
        "composed": coverage.n_composed,
        "partly_known": coverage.n_partial,
        "unknown": coverage.unknown,
        "documents_unknown": coverage.n_documents_unknown,
        "documents_empty": coverage.n_documents_empty,
    }
