"""Finding a document's other half by its keywords: Jaccard beside embeddings, on Inspec and CSL.

The keywords of each document are split at random into two halves. Each first half is a query, the
second halves of all documents are ranked, and the right one is the one of the same document. As the
halves share no keyword, Jaccard's measure of keywords sees nothing at all, and what it gets is
chance; the lexical baselines see words or characters that the halves share.

Embeddings are trained on abstracts, never on keyword lists. There are two cases: a librarian has
the abstracts of the ranked documents and trains on them too ("seen"), so that words which stand in
one abstract become alike; or the embedding never saw these documents ("unseen"), and all that
counts is what keywords mean. In each case, trainer and measure are chosen on one half of the
documents, and the figures are of the other half. Equal scores share their ranks: each gets what a
random order of them would get on average. "Hard" are the documents whose halves share no word.
"""

import gzip
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.keywords.files import read_keyword_lists
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.tiles import MEASURES, keyword_table, make_tiles
from wordloom.inspect.keywords.vectors import keyword_vectors
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.fasttext import FastText
from wordloom.train.skipgram import SkipGram

__all__ = ["run"]

THREADS = 2
FIGURES = (
    "MRR",
    "hits@1",
    "hits@10",
    "percentile",
    "MRR, hard",
    "hits@10, hard",
)
Halves = tuple[list[list[str]], list[list[str]]]
Scores = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Task:
    """A collection, and how embeddings for it are trained.

    Attributes:
        name: What the table calls it.
        lists: The keywords of each document.
        abstracts: The abstract of each document.
        titles: The title of each document, where `others` may hold it.
        others: More texts of the field.
        tokenizer: What splits texts, and keywords for the lexical baselines.
        trainers: The trainers to choose from.
        min_count: The rarest words that get a vector.
        characters: The shortest and the longest character n-grams of the lexical baseline.
    """

    name: str
    lists: list[list[str]]
    abstracts: list[str]
    titles: list[str]
    others: list[str]
    tokenizer: Tokenizer
    trainers: dict[str, SkipGram | FastText]
    min_count: int
    characters: tuple[int, int]


def run(seeds: int) -> list[Row]:
    """Measure on both collections, with at least three splits of the keywords."""
    data = Path(os.environ["WORDLOOM_DATA"])
    return [row for task in (inspec(data), csl(data)) for row in measure(task, max(seeds, 3))]


def inspec(data: Path) -> Task:
    """Inspec: 2,000 English abstracts with some 14 keyphrases each; arXiv abstracts beside."""
    path = data / "keywords" / "Inspec.zip"
    keys = read_keyword_lists(path)
    with zipfile.ZipFile(path) as archive:
        abstracts = [
            archive.read(f"Inspec/docsutf8/{name}.txt").decode("utf-8", "replace")
            for name in keys.ids
        ]
    with gzip.open(data / "science" / "arxiv_abstracts.tsv.gz", "rt", encoding="utf-8") as file:
        next(file)
        others = [". ".join(line.rstrip("\n").split("\t")[3:]) for line in file]
    # A third of them keeps the seven trainings to some minutes.
    others = others[::3]
    trainers = {
        "skip-gram, window 20": SkipGram(window=20),
        "FastText, window 5": FastText(),
        "FastText, window 20": FastText(window=20),
    }
    lists = [keys[number] for number in range(len(keys))]
    return Task("Inspec", lists, abstracts, [], others, Tokenizer(), trainers, 5, (3, 5))


def csl(data: Path) -> Task:
    """CSL: 2,000 Chinese abstracts with some 5 keywords each; titles of other papers beside."""
    folder = data / "zh" / "csl"
    lists, abstracts, titles = [], [], []
    for part in ("dev", "test"):
        path = folder / "kg" / f"{part}.tsv"
        keys = read_keyword_lists(path, "3")
        lists += [keys[number] for number in range(len(keys))]
        abstracts += [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()]
    for part in ("train", "dev", "test"):
        path = folder / "cls_ctg" / f"{part}.tsv"
        titles += [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()]
    # The texts are few, so that more epochs are needed.
    trainers = {
        "skip-gram, window 20": SkipGram(epochs=40, window=20),
        "FastText, window 5": FastText(epochs=40, min_n=1, max_n=3),
        "FastText, window 20": FastText(epochs=40, min_n=1, max_n=3, window=20),
    }
    known = set(titles)
    # An abstract ends with a space and the title, which may hold spaces itself.
    own_titles = []
    for abstract in abstracts:
        parts = abstract.split(" ")
        ends = [" ".join(parts[place:]) for place in range(len(parts))]
        own_titles.append(next((end for end in ends if end in known), parts[-1]))
    return Task(
        "CSL", lists, abstracts, own_titles, titles, Tokenizer("jieba"), trainers, 2, (1, 2)
    )


def measure(task: Task, seeds: int) -> list[Row]:
    """Choose on the even documents, measure on the odd ones, and print all methods."""
    chosen = [
        number for number, own in enumerate(task.lists) if len(KeywordLists([own]).members) > 1
    ]
    development, test = chosen[::2], chosen[1::2]
    cases: dict[str, tuple[StaticEmbedding, str]] = {}
    for case in ("seen", "unseen"):
        hidden = (set(development), set(test)) if case == "unseen" else (set(), set())
        embeddings = {name: train(task, name, hidden[0]) for name in task.trainers}
        trainer, own = choose(task, development, embeddings, case)
        chosen_one = embeddings[trainer] if case == "seen" else train(task, trainer, hidden[1])
        cases[f"{case}: {trainer}"] = (chosen_one, own)
    found: dict[str, list[list[float]]] = {}
    share_hard = []
    for seed in range(1, seeds + 1):
        halves = split(task, test, seed)
        words = [[set(words_of(task, keywords)) for keywords in side] for side in halves]
        hard = np.array([not one & other for one, other in zip(*words, strict=True)])
        share_hard.append(hard.mean())
        methods: dict[str, Scores] = {
            "Jaccard of keywords": scores(halves, None, "jaccard"),
            "Jaccard of words": jaccard_of_words(*words),
            "TF-IDF of words": tfidf(halves, lambda text: words_of(task, text.split("\n"))),
            "TF-IDF of characters": tfidf(halves, None, task.characters),
        }
        for name, (embedding, _) in cases.items():
            for own in MEASURES[1:]:
                methods[f"{name}, {own}"] = scores(halves, embedding, own)
        for name, table in methods.items():
            found.setdefault(name, []).append(figures(table, hard))
    print(
        f"{task.name}: {len(test):,} other documents, {seeds} splits; in {np.mean(share_hard):.0%} "
        "the halves share no word"
    )
    width = max(map(len, found))
    print("  ".join([f"  {'':{width}}", *(f"{name:13}" for name in FIGURES)]))
    for name, runs in found.items():
        cells = [
            f"{mean:.3f} ± {spread:.3f}"
            for mean, spread in zip(np.mean(runs, 0), np.std(runs, 0), strict=True)
        ]
        print(f"  {name:{width}}  " + "  ".join(cells))
    return [
        row for name, (_, own) in cases.items() for row in rows(task.name, f"{name}, {own}", found)
    ]


def choose(
    task: Task, documents: list[int], embeddings: dict[str, StaticEmbedding], case: str
) -> tuple[str, str]:
    """Return the trainer and the measure that rank best on the documents for development."""
    halves = split(task, documents, 0)
    nothing_hard = np.zeros(len(documents), np.bool_)
    ranked = {
        (name, own): figures(scores(halves, embedding, own), nothing_hard)[0]
        for name, embedding in embeddings.items()
        for own in MEASURES[1:]
    }
    print(f"{task.name}, {case}: MRR of {len(documents):,} documents for development")
    for (name, own), value in ranked.items():
        print(f"  {value:.3f}  {name}, {own}")
    return max(ranked, key=lambda key: ranked[key])


def rows(collection: str, ours: str, found: dict[str, list[list[float]]]) -> list[Row]:
    """Return the main figures beside each peer's."""
    made = []
    for figure in ("MRR", "percentile"):
        place = FIGURES.index(figure)
        for peer in ("Jaccard of keywords", "TF-IDF of words", "TF-IDF of characters"):
            own, other = (np.array(found[name])[:, place] for name in (ours, peer))
            note = f"{ours}; ± {own.std():.3f} and {other.std():.3f} over {len(own)} splits"
            made.append(
                Row(
                    f"{collection}, {figure}",
                    float(own.mean()),
                    "",
                    float(other.mean()),
                    peer,
                    note=note,
                )
            )
    return made


def train(task: Task, name: str, left_out: set[int]) -> StaticEmbedding:
    """Train on the abstracts but those left out, and on the other texts but their titles."""
    abstracts = [own for number, own in enumerate(task.abstracts) if number not in left_out]
    hidden = {own for number, own in enumerate(task.titles) if number in left_out}
    others = [text for text in task.others if text not in hidden]
    texts = list(dict.fromkeys(abstracts + others))
    corpus = Corpus.from_texts(texts, tokenizer=task.tokenizer, min_count=task.min_count)
    embedding = task.trainers[name].train(corpus, threads=THREADS)
    print(f"{task.name}: {name} trained on {corpus.n_tokens:,} words", flush=True)
    return embedding


def split(task: Task, documents: list[int], seed: int) -> Halves:
    """Split the keywords of each document at random."""
    random = np.random.default_rng(seed)
    halves: Halves = ([], [])
    for number in documents:
        # Spellings of one keyword must not get into both halves.
        keywords = KeywordLists([task.lists[number]])[0]
        order = random.permutation(len(keywords)).tolist()
        middle = len(keywords) // 2
        halves[0].append([keywords[place] for place in order[:middle]])
        halves[1].append([keywords[place] for place in order[middle:]])
    return halves


def scores(halves: Halves, embedding: StaticEmbedding | None, own: str) -> Scores:
    """Return how similar each first half is to each second one."""
    asked, collection = (KeywordLists(side) for side in halves)
    tables = [
        keyword_table(
            lists,
            None if embedding is None else keyword_vectors(embedding, lists.spellings),
            collection,
        )
        for lists in (asked, collection)
    ]
    tiles = [make_tiles(table, own) for table in tables]
    return np.concatenate(
        [np.concatenate([left.scores(right) for right in tiles[1]], axis=1) for left in tiles[0]]
    )


def words_of(task: Task, keywords: list[str]) -> list[str]:
    """Return the words of keywords."""
    return [word for keyword in keywords for word in task.tokenizer.tokenize(keyword)]


def jaccard_of_words(left: list[set[str]], right: list[set[str]]) -> Scores:
    """Return shared words over all words of the two."""
    return np.array([[len(a & b) / len(a | b) if a | b else 0 for b in right] for a in left])


def tfidf(halves: Halves, analyzer: Any, ngrams: tuple[int, int] = (1, 1)) -> Scores:  # noqa: ANN401
    """Return cosines of TF-IDF vectors, of words or of characters within words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=analyzer or "char_wb", ngram_range=ngrams, sublinear_tf=True
    )
    texts = [["\n".join(keywords) for keywords in side] for side in halves]
    collection = vectorizer.fit_transform(texts[1])
    return (vectorizer.transform(texts[0]) @ collection.T).toarray()


def figures(table: Scores, hard: NDArray[np.bool_]) -> list[float]:
    """Return `FIGURES`: the right one of each row stands on the diagonal."""
    right = np.diag(table)[:, None]
    n = len(table)
    better = (table > right).sum(axis=1)
    ties = (table == right).sum(axis=1)
    # The mean of 1 / rank over the ranks that equal scores share.
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])
    reciprocal = (harmonic[better + ties] - harmonic[better]) / ties
    hits = {top: np.clip((top - better) / ties, 0, 1) for top in (1, 10)}
    percentile = 1 - (better + (ties - 1) / 2) / (n - 1)
    return [
        float(values.mean()) if len(values) else float("nan")
        for values in (
            reciprocal,
            hits[1],
            hits[10],
            percentile,
            reciprocal[hard],
            hits[10][hard],
        )
    ]
