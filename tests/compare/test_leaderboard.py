from dataclasses import replace

import numpy as np
import pytest

from wordloom.compare.advice import advice
from wordloom.compare.candidates import list_candidates
from wordloom.compare.jobs import list_jobs
from wordloom.compare.leaderboard import Leaderboard, best_row, reason, recommended_row
from wordloom.compare.result import ComparisonRow, CurvePoint
from wordloom.compare.statistics import Difference, Interval

N_TEXTS, N_FOLDS = 600, 3
CODES = np.arange(N_TEXTS) % 4 % 3
FOLDS = np.arange(N_TEXTS) // 4 % N_FOLDS
SHARES = {"majority": 1.0, "tfidf-svm": 0.3, "nb-svm": 0.28, "vectors-1": 0.8}


@pytest.fixture(scope="module")
def board():
    candidates = list_candidates(["one"], networks=False)
    jobs = list_jobs(candidates, N_FOLDS, [20])
    return Leaderboard(candidates, ["one"], jobs, CODES, FOLDS, 3, seed=0)


def result(row, fold, size=1000):
    """A result of which a share is drawn at random."""
    true = CODES[fold == FOLDS]
    random = np.random.default_rng([fold, *row.encode()])
    guess = np.where(random.random(len(true)) < SHARES[row], random.integers(0, 3, len(true)), true)
    return {
        "predicted": guess.tolist(),
        "fit_seconds": float(fold),
        "texts_per_second": 100.0 * (fold + 1),
        "bytes": size if fold == 0 else None,
    }


@pytest.fixture(scope="module")
def results():
    found = {f"{row}/fold-{fold}": result(row, fold) for row in SHARES for fold in range(N_FOLDS)}
    del found["vectors-1/fold-2"]
    for draw, score in enumerate([0.5, 0.6, 0.55]):
        found[f"tfidf-svm/fold-{draw}/labels-20/draw-{draw}"] = {"macro_f1": score}
    return found


def test_rows_are_sorted_scored_and_compared_with_the_best(board, results):
    rows = board.rows(results, {"default": "No reason."})
    states = {row.id: row.state for row in rows}
    assert states == {
        "nb-svm": "done",
        "tfidf-svm": "done",
        "majority": "done",
        "vectors-1": "partial",
        "default-ngrams": "waiting",
        "default": "failed",
    }
    assert rows[-1].error == "No reason."
    scores = [row.score.mean for row in rows[:4]]
    assert scores == sorted(scores, reverse=True)
    by_id = {row.id: row for row in rows}
    best = best_row(rows)
    assert best.difference is None
    assert best.level
    other = by_id["tfidf-svm" if best.id == "nb-svm" else "nb-svm"]
    assert other.level
    assert other.difference.mean == pytest.approx(other.score.mean - best.score.mean)
    assert not by_id["majority"].level
    assert by_id["majority"].difference.p < 0.01
    assert by_id["vectors-1"].difference.mean < 0


def test_figures_of_the_folds_are_summed_up(board, results):
    row = {row.id: row for row in board.rows(results, {})}["tfidf-svm"]
    assert (row.fit_seconds, row.texts_per_second, row.bytes) == (1.0, 300.0, 1000)
    assert [point.labels for point in row.curve] == [20, 400]
    assert row.curve[0].score.mean == pytest.approx(0.55)
    assert row.curve[1].score == row.score


def test_nothing_done_is_nothing_recommended(board):
    rows = board.rows({}, {})
    assert best_row(rows) is None
    assert recommended_row(rows) is None
    assert reason(rows) == ""


def row(id, mean, *, p=None, price=1.0, group="baseline", embeddings=(), level=True, error=0.01):
    score = Interval(mean, mean - 0.01, mean + 0.01, (mean, mean))
    ends = 1.96 * error
    difference = (
        None if p is None else Difference(mean - 0.8, mean - 0.8 - ends, mean - 0.8 + ends, p)
    )
    return ComparisonRow(
        id, id, group, embeddings, "", "done", None, score, score, difference, level,
        1.0, 1000.0, round(1000 * price),
    )  # fmt: skip


def test_the_cheapest_of_those_as_good_is_recommended():
    rows = [
        row("a", 0.8, price=9),
        row("b", 0.795, p=0.5, price=2),
        row("c", 0.795, p=0.5, price=4),
    ]
    assert recommended_row(rows).id == "b"
    assert reason(rows).startswith(
        "Its macro-F1 of 0.795 is not significantly below that of the best, a with 0.800"
    )
    assert "3 models as good" in reason(rows)


def test_the_best_is_recommended_where_no_other_as_good_is_cheaper():
    rows = [row("a", 0.8, price=1), row("b", 0.795, p=0.5, price=2)]
    assert recommended_row(rows).id == "a"
    start = "It has the highest macro-F1, 0.800; "
    assert reason(rows) == f"{start}the other one that is as good is no cheaper to use."
    rows.append(row("c", 0.795, p=0.5, price=2))
    assert reason(rows) == f"{start}the 2 others that are as good are no cheaper to use."


def test_what_is_level_for_want_of_texts_alone_is_not_recommended():
    rows = [row("a", 0.8, price=9), row("b", 0.7, p=0.2, price=1, error=0.07)]
    assert recommended_row(rows).id == "a"
    assert reason(rows).endswith("no other model is as good.")
    rows = [row("a", 0.8), row("b", 0.795, p=0.01, level=False, price=0.1)]
    assert recommended_row(rows).id == "a"


def advised(rows, **changes):
    given = {
        "best": rows[0].id,
        "recommended": rows[0].id,
        "data": {"labels": {"x": 60, "y": 50}, "duplicates": None},
        "embeddings": [],
        "judged": None,
        "saved": None,
        "complete": True,
    }
    return " ".join(advice(rows, **{**given, **changes}))


@pytest.mark.parametrize(("before", "says"), [(0.7, "should help further"), (0.797, "help little")])
def test_more_labels_are_advised_by_the_slope_of_the_curve(before, says):
    point = Interval(before, 0, 1, (before,))
    last = Interval(0.8, 0, 1, (0.8,))
    rows = [replace(row("a", 0.8), curve=(CurvePoint(100, point), CurvePoint(400, last)))]
    assert says in advised(rows)


def test_what_embeddings_add_is_told():
    ngrams = row("tfidf-svm", 0.79, p=0.5)
    vectors = row("vectors", 0.8, group="vectors", embeddings=("one",))
    assert "may be luck" in advised([vectors, ngrams])
    better = row("tfidf-svm", 0.81)
    assert "add nothing that these texts can show" in advised([better, vectors])
    assert "Embeddings add 1.0 points" in advised([vectors, replace(ngrams, level=False)])


def test_advice_comes_from_the_figures():
    rows = [row("a", 0.8)]
    judged = {"labels": ["x", "y"], "confusion": [[9, 3], [1, 9]]}
    assert "Of 4 mistakes, 3 are “x” taken for “y”" in advised(rows, judged=judged)
    embeddings = [{"name": "one", "known_tokens": 0.5}, {"name": "two", "known_tokens": 0.95}]
    sentences = advised(rows, embeddings=embeddings)
    assert "one knows only 50% of the tokens" in sentences
    assert "two" not in sentences
    data = {"labels": {"x": 60, "y": 5}, "duplicates": {"across": 7}}
    sentences = advised(rows, data=data)
    assert "unbalanced (x: 60 texts, y: 5)" in sentences
    assert "7 test texts occur among" in sentences
    assert "goes on where it was interrupted" in advised(rows, complete=False)
    assert "classify predict out/model" in advised(rows, saved="out/model")
