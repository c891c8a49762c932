import copy
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest

from wordloom.compare.page import comparison_page, write_page
from wordloom.compare.page_parts.confusion import DEEP_DARK, DEEP_LIGHT
from wordloom.compare.page_parts.spread import spread
from wordloom.errors import FormatError, InputError

HOSTILE = [
    "</script><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "' onmouseover='alert(1)",
    "</style>{}",
    "$title ${x}",
    "\u202eevil\u2066 \x00 \ud800",
    "لغة العلم",
    "咳嗽 👩‍🔬",
    "x" * 200,
    "",
]
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MODELS = [
    ("auto", "n-grams and vectors together", "hybrid", 0.856),
    ("dme", "DME, network", "network", 0.851),
    ("concatenation", "concatenation, pooled", "vectors", 0.838),
    ("nb", "NB-SVM", "baseline", 0.829),
    ("tfidf", "TF-IDF + linear SVM", "baseline", 0.821),
    ("scicite", "scicite-skipgram, pooled", "vectors", 0.812),
    ("glove", "glove-6B-100d, pooled", "vectors", 0.774),
    ("majority", "most frequent label", "baseline", 0.248),
]
LABELS = {"background": 4840, "method": 2294, "result": 1109}


def score_of(mean, generator, width=0.008):
    values = np.clip(mean + width * generator.standard_normal(5), 0, 1)
    middle = float(values.mean())
    return {
        "mean": middle,
        "low": middle - width,
        "high": min(1.0, middle + width),
        "values": values.tolist(),
    }


def row_of(name, title, group, mean, generator, state="done"):
    known = state in {"done", "partial"}
    curve = [
        {"labels": count, **score_of(max(0.24, mean - 0.5 / np.sqrt(count / 5)), generator, 0.02)}
        for count in (20, 50, 100, 200, 500, 6594)
    ]
    return {
        "id": name,
        "name": title,
        "group": group,
        "embeddings": ["scicite-skipgram"],
        "description": "Logistic regression on what it sees, its strength by cross-validation.",
        "state": state,
        "error": "The file has no vectors. Received: 0 words." if state == "failed" else None,
        "score": score_of(mean, generator) if known else None,
        "accuracy": score_of(mean + 0.02, generator) if known else None,
        "difference": {"mean": mean - 0.856, "low": -0.02, "high": 0.01, "p": (0.87 - mean) ** 2}
        if known and mean < 0.856
        else None,
        "level": mean > 0.84,
        "fit_seconds": 12.3 if known else None,
        "texts_per_second": 15_300.0 if known else None,
        "bytes": 24_100_000 if known else None,
        "curve": curve if known else [],
    }


def make_comparison(models=MODELS, labels=LABELS, **parts):
    generator = np.random.default_rng(0)
    names = list(labels)
    confusion = generator.integers(0, 60, (len(names),) * 2) + np.diag(list(labels.values()))
    text = "We used the procedure of earlier work to label the cells, as shown by others (ref)."
    made = {
        "format": "wordloom-comparison",
        "format_version": 1,
        "data": {
            "name": "scicite",
            "texts": sum(labels.values()),
            "test_texts": 1861,
            "labels": dict(labels),
            "duplicates": {"n_train": 8243, "within_train": 31, "across": 4},
            "notes": ["The texts are as they were given."],
        },
        "protocol": {
            "folds": 5,
            "seed": 0,
            "metric": "macro_f1",
            "description": "Each row is fitted on four fifths of the texts and judged on the rest.",
            "label_counts": [20, 50, 100, 200, 500, 6594],
        },
        "embeddings": [
            {
                "name": name,
                "path": f"models/{name}",
                "kind": "static",
                "dim": 100,
                "words": 400_000,
                "known_tokens": 0.94,
                "error": None,
            }
            for name in ("scicite-skipgram", "glove-6B-100d")
        ],
        "rows": [row_of(*model[:4], generator, *model[4:]) for model in models],
        "best": models[0][0] if models else None,
        "recommended": models[0][0] if models else None,
        "why": "It has the highest macro-F1, and no cheaper row is level with it.",
        "saved": "compared/model",
        "test": {
            "metrics": {
                "n_texts": 1861,
                "accuracy": 0.871,
                "accuracy_interval": [0.855, 0.886],
                "macro_f1": 0.851,
                "labels": [],
                "confusion": [],
            },
            "baseline": {"name": "TF-IDF + linear SVM", "metrics": {"macro_f1": 0.82}},
        },
        "judged": {
            "where": "the five held-out folds",
            "labels": names,
            "confusion": confusion.tolist(),
            "mistakes": [
                {
                    "text": text * (1 + 3 * (number % 3)),
                    "label": names[0],
                    "predicted": names[-1],
                    "probability": 0.99 - number / 50,
                }
                for number in range(20)
            ],
        },
        "attention": {
            "row": "dme",
            "embeddings": ["scicite-skipgram", "glove-6B-100d"],
            "overall": [0.63, 0.37],
            "words": [
                {"word": f"word{number}", "count": 5 * number, "weights": [share, 1 - share]}
                for number, share in enumerate(generator.random(60).tolist())
            ],
            "by_frequency": [
                {"band": band, "weights": [share, 1 - share]}
                for band, share in (("1 to 9 times", 0.4), ("10 to 99", 0.6), ("100 or more", 0.7))
            ],
        },
        "next": [
            "Label more texts: the curve still rises.",
            "wordloom classify predict compared/model NEW-TEXTS",
        ],
        "seconds": 341.0,
        "complete": True,
        "version": "0.1.0",
    }
    return made | parts


class Elements(HTMLParser):
    """The elements of a page with their attributes; fails where they do not close in order."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, page):
        super().__init__()
        self.found, self.open, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"script", "style"} and data.strip():
            self.texts.append(data.strip())

    def having(self, name):
        return [each for _, each in self.found if name in each.get("class", "").split()]


def section(page, name):
    found = re.search(rf'<section id="{name}".*?</section>', page, re.S)
    return found and found[0]


def test_the_top_says_what_to_use_and_how_good_it_is():
    top = re.search(r"<header.*?</header>", comparison_page(make_comparison()), re.S)[0]
    texts = Elements(top).texts
    assert texts[:5] == [
        "scicite",
        ", 8,243 texts, 3 labels",
        "Use",
        "n-grams and vectors together",
        "It has the highest macro-F1, and no cheaper row is level with it.",
    ]
    comparison = make_comparison()
    score = comparison["rows"][0]["score"]
    assert f"{score['mean']:.3f}" in texts
    assert f"95% from {score['low']:.3f} to {score['high']:.3f}" in texts
    assert "0.851" in texts
    assert "wordloom classify predict compared/model NEW-TEXTS" in texts
    assert "NB-SVM" in texts


def test_the_leaderboard_marks_the_best_and_those_level_with_it():
    board = section(comparison_page(make_comparison()), "leaderboard")
    rows = re.findall(r"<tr.*?</tr>", board, re.S)[1:]
    assert len(rows) == len(MODELS)
    assert ">recommended<" in rows[0]
    assert ">best<" in rows[0]
    assert [">level<" in row for row in rows] == [False, True, *[False] * 6]
    # Far below all others: an arrow at the edge, so that it does not press them together.
    assert ['class="outside"' in row for row in rows] == [*[False] * 7, True]
    assert "p &lt; 0.001" in rows[1]
    assert 'aria-hidden="true"' in board


def test_rows_that_are_not_done_say_so():
    models = [
        *MODELS[:2],
        ("cdme", "CDME", "network", 0.8, "partial"),
        ("gru", "GRU", "network", 0.8, "waiting"),
        ("broken", "broken, pooled", "vectors", 0.8, "failed"),
    ]
    comparison = make_comparison(models, complete=False)
    comparison["rows"][2]["score"]["values"] = [0.8, 0.81]
    page = comparison_page(comparison)
    assert "2 of 5 rows are done, 1 in part, 1 waiting" in page
    assert "The same command goes on" in page
    board = Elements(section(page, "leaderboard")).texts
    assert "2 of 5 folds" in board
    assert "waiting" in board
    assert "The file has no vectors. Received: 0 words." in board
    assert "Not finished" not in comparison_page(make_comparison())


def test_every_line_of_the_learning_curves_has_its_points_and_a_name():
    comparison = make_comparison()
    part = section(comparison_page(comparison), "curves")
    for kind in ("broad", "narrow"):
        svg = Elements(re.search(rf'<svg class="{kind}".*?</svg>', part, re.S)[0])
        assert len(svg.having("curve")) == len(MODELS)
        assert sum(tag == "circle" for tag, _ in svg.found) == 6 * len(MODELS)
        named = [each["data-row"] for each in svg.having("named")]
        assert {each["data-row"] for each in svg.having("name")} == set(named)
        assert {"auto", "dme", "concatenation", "nb"} <= set(named)
    point = comparison["rows"][0]["curve"][0]
    assert f'title="{point["low"]:.3f} to {point["high"]:.3f}">{point["mean"]:.3f}<' in part


def test_names_beside_lines_do_not_collide_and_stay_as_near_as_can_be():
    random = np.random.default_rng(1)
    for _ in range(50):
        wanted = random.uniform(0, 100, 6).tolist()
        moved = spread(wanted, 15, 0, 100)
        order = np.argsort(wanted)
        assert np.diff(np.array(moved)[order]).min() >= 15 - 1e-9
        assert min(moved) >= -1e-9
        assert max(moved) <= 100 + 1e-9
    assert spread([10, 50, 90], 15, 0, 100) == [10, 50, 90]
    assert spread([], 15, 0, 100) == []
    # Too many for the room: they begin above it, still apart.
    assert spread([0] * 4, 15, 0, 30) == [-15, 0, 15, 30]


def test_the_confusion_matrix_holds_the_counts_and_names_the_worst():
    judged = {"where": "folds", "labels": ["a", "b"], "confusion": [[8, 2], [0, 5]], "mistakes": []}
    part = section(comparison_page(make_comparison(judged=judged)), "confusion")
    assert "2 times, 20% of its texts" in part
    assert re.findall(r"--s:([\d.]+)", part) == ["0.800", "0.200", "0.000", "1.000"]
    shown = ["a", "8", "2", "80%", "b", "5", "100%", "precision", "100%", "71%"]
    assert Elements(part).texts[-10:] == shown


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("room", ["compare", "recipes"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_inks_can_be_read_on_all_papers(room, scheme):
    style = files(f"wordloom.{room}").joinpath("page_files", "style.css").read_text("utf-8")
    block = style.split(":root {")[1 if scheme == "light" else 2].split("}")[0]
    colors = {}
    for name, digits in re.findall(r"--([\w-]+): #(\w+);", block):
        digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
        colors[name] = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    inks = {"ink", "soft", "accent", "bad", "baseline", "vectors", "hybrid", "network"}
    papers = {"paper", "ground", "wash", "tint", "warm"}
    assert len(inks & colors.keys()) >= 4
    for ink in inks & colors.keys():
        for paper in papers & colors.keys():
            assert contrast(colors[ink], colors[paper]) >= 4.5, (ink, paper)
    if "on-accent" in colors:
        assert contrast(colors["on-accent"], colors["accent"]) >= 4.5


@pytest.mark.parametrize(
    ("paper", "accent", "edge", "inks"),
    [
        ((255, 255, 255), (31, 95, 153), DEEP_LIGHT, (0.0, 1.0)),
        ((23, 28, 34), (125, 184, 238), DEEP_DARK, (1.0, 0.0)),
    ],
)
def test_counts_can_be_read_on_every_shade(paper, accent, edge, inks):
    for share in np.linspace(0, 1, 101):
        part = 0.04 + 0.96 * share
        shade = [(p + part * (a - p)) / 255 for p, a in zip(paper, accent, strict=True)]
        assert contrast(shade, [inks[int(share > edge)]] * 3) >= 4.5


def test_long_texts_are_cut_and_can_be_opened():
    part = section(comparison_page(make_comparison()), "mistakes")
    assert part.count("<li>") == 20
    elements = Elements(part)
    assert "12 more" in elements.texts
    assert "99% sure" in elements.texts
    assert sum(tag == "details" for tag, _ in elements.found) == 1 + 13


def test_attention_shows_shares_and_the_most_one_sided_words():
    comparison = make_comparison()
    part = section(comparison_page(comparison), "attention")
    assert 'aria-label="scicite-skipgram 63%, glove-6B-100d 37%"' in part
    most = max(comparison["attention"]["words"], key=lambda entry: entry["weights"][0])
    first = re.search(r'<ul class="words"><li title="([^"]*)"><bdi>(\w+)', part)
    assert first[1].startswith(f"{most['weights'][0]:.1%}")
    assert first[2] == most["word"]


def replaced(value, generator):
    """Return the same JSON with every text but those that steer replaced by a hostile one."""
    steering = {"id", "group", "state", "best", "recommended", "format", "row", "metric"}
    if isinstance(value, dict):
        return {
            (HOSTILE[len(key) % len(HOSTILE)] + key if key in LABELS else key): (
                each if key in steering else replaced(each, generator)
            )
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [replaced(each, generator) for each in value]
    return str(generator.choice(HOSTILE)) if isinstance(value, str) else value


def test_no_text_becomes_markup():
    comparison = replaced(make_comparison(), np.random.default_rng(2))
    for row, text in zip(comparison["rows"], HOSTILE, strict=False):
        row["id"] = row["group"] = text
    comparison["rows"][0]["state"] = comparison["best"] = HOSTILE[0]
    comparison["recommended"] = comparison["attention"]["row"] = HOSTILE[1]
    page = comparison_page(comparison)
    page.encode()
    elements = Elements(page)
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 1
    assert "img" not in tags
    for tag, attributes in elements.found:
        assert not {"src", "href", "action", "onerror", "onmouseover"} & set(attributes), tag
    assert not set("\u202e\u2066\x00\ud800") & set(page)


def test_the_page_fetches_nothing():
    page = comparison_page(make_comparison())
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|import\(|innerHTML", page)


@pytest.mark.parametrize("missing", [None, {}, "absent"])
def test_any_part_may_be_missing(missing):
    whole = make_comparison()
    for name in whole.keys() - {"format", "format_version"}:
        comparison = copy.deepcopy(whole)
        if missing == "absent":
            del comparison[name]
        else:
            comparison[name] = missing
        Elements(comparison_page(comparison))


def test_every_figure_of_a_row_may_be_missing():
    whole = make_comparison()
    for name in whole["rows"][0].keys() - {"id"}:
        for missing in (None, float("nan")):
            comparison = copy.deepcopy(whole)
            for row in comparison["rows"]:
                row[name] = None if name in {"score", "accuracy", "curve"} else missing
                if name == "difference":
                    row[name] = {"mean": missing, "low": missing, "high": missing, "p": missing}
            if name == "curve":
                assert section(comparison_page(comparison), "curves") is None
            Elements(comparison_page(comparison))


@pytest.mark.parametrize("n_rows", [0, 1, 60])
@pytest.mark.parametrize("n_labels", [2, 70])
def test_few_and_many_rows_and_labels_make_a_page(n_rows, n_labels):
    groups = ["baseline", "vectors", "hybrid", "network"]
    models = [
        (f"row{number}", f"Row {number} " + "long " * (number % 7), groups[number % 4], 0.8)
        for number in range(n_rows)
    ]
    labels = {f"label {number}": 100 + number for number in range(n_labels)}
    page = comparison_page(make_comparison(models, labels))
    board, matrix = section(page, "leaderboard"), section(page, "confusion")
    assert (board or "").count("<tr") == n_rows + bool(n_rows)
    assert matrix.count("--s:") == min(n_labels, 50) ** 2
    assert len(page) < 1_500_000
    Elements(page)


def test_what_is_no_comparison_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"comparison\.json"):
        comparison_page({"format": "other", "format_version": 1})
    with pytest.raises(FormatError, match="fixed places"):
        comparison_page(make_comparison(rows=[1, 2]))
    with pytest.raises(FormatError):
        write_page(tmp_path / "report.html", {})
    assert not list(tmp_path.iterdir())


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    write_page(tmp_path / "report.html", make_comparison())
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match="cannot be saved"):
        write_page(tmp_path / "missing" / "report.html", make_comparison())
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
def test_in_a_browser_the_whole_script_runs_and_texts_stay_texts(tmp_path):
    comparison = replaced(make_comparison(MODELS * 3), np.random.default_rng(3))
    for number, row in enumerate(comparison["rows"]):
        row["id"] = f"row{number}"
    path = tmp_path / "report.html"
    write_page(path, comparison)
    command = [
        BROWSER,
        "--headless=new",
        "--no-sandbox",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=500",
        "--dump-dom",
        path.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Show all 24 rows" in done.stdout
    assert 'aria-sort="descending"' in done.stdout
    # Each line's name has become a button, at the end of the script.
    assert done.stdout.count("<button") >= 7 + 24
    assert "<img" not in done.stdout
    assert done.stdout.count("<script") == 1
