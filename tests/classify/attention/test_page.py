import base64
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from wordloom.classify.attention.page import attention_page, save_page
from wordloom.classify.attention.report import AttentionReport
from wordloom.errors import InputError

HOSTILE = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<!--",
    "'\"`\\",
    "$title",
    "${document.title='owned'}",
    "&lt;b&gt;",
    "a\nb\x00\t",
    "\ud800",
    "\u202eevil\u2066",
    "لغة",
    "👩‍🔬",
    "__proto__",
    "x" * 5000,
    "\u2028",
    "",
]
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def make_report(names=("news <b>", "medicine"), words=HOSTILE, **parts):
    random = np.random.default_rng(0)
    n_tokens = 2 * len(words)
    weights = random.dirichlet([1] * len(names), n_tokens)
    defaults = {
        "labels": ["<i>ill</i>", "well", "empty"],
        "known": np.arange(n_tokens * len(names)).reshape(n_tokens, -1) % 7 > 0,
        "frequency": np.arange(n_tokens),
    }
    splits = [0, len(words), n_tokens, n_tokens]
    return AttentionReport(names, [*words, *words], weights, splits, **(defaults | parts))


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the texts of each kind of element."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        if data.strip():
            self.text.setdefault(self.found[-1][0], []).append(data)


def embedded(page):
    return json.loads(re.search(r'type="application/json">(.*?)</script>', page, re.S)[1])


def decoded(entry):
    return np.frombuffer(base64.b64decode(entry["data"]), entry["type"])


def test_the_page_holds_the_texts_with_their_weights():
    words = ["the", "fever", "the", "cough"]
    report = make_report(words=words)
    data = embedded(attention_page(report))
    shown = [data["words"]["names"][place] for place in decoded(data["texts"]["words"])]
    assert shown == words * 2
    weights = decoded(data["texts"]["weights"]).reshape(-1, 2) / 65535
    np.testing.assert_allclose(weights, report.weights, atol=1e-5)
    assert data["texts"]["lengths"] == [4, 4, 0]
    assert data["texts"]["labels"] == [["<i>ill</i>"], ["well"], ["empty"]]
    rows = {row.name: row for row in report.by_word()}
    means = decoded(data["words"]["means"]).reshape(-1, 2) / 65535
    for name, count, mean in zip(
        data["words"]["names"], data["words"]["counts"], means, strict=True
    ):
        assert count == rows[name].n_tokens
        np.testing.assert_allclose(mean, rows[name].mean, atol=1e-5)


def test_no_word_label_or_title_becomes_markup():
    page = attention_page(make_report(), title="<b>Strange & hostile</b>")
    page.encode()
    elements = Elements(page)
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 2
    assert not {"img", "b", "i"} & set(tags)
    assert elements.text["title"] == elements.text["h1"] == ["<b>Strange & hostile</b>"]
    names = embedded(page)["words"]["names"]
    assert {"a\ufffdb\ufffd\ufffd", "\ufffd", "evil", "∅", f"{'x' * 60}…", "👩‍🔬"} <= set(names)


def test_the_page_fetches_nothing():
    page = attention_page(make_report())
    assert "default-src 'none'" in page
    for tag, attributes in Elements(page).found:
        assert not {"src", "href", "action", "data"} & set(attributes), tag
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|import\(|innerHTML", page)


@pytest.mark.parametrize(
    "report",
    [
        AttentionReport(("a", "b"), [], np.empty((0, 2)), [0, 0]),
        AttentionReport(("a",), ["x"], [[0.5]], [0, 1]),
        make_report(labels=None, known=None, frequency=None),
        make_report(known=np.zeros((2 * len(HOSTILE), 2), bool)),
        make_report(tuple("abcdefghi")),
        make_report(labels=[["a", "b"], [], ["b"]]),
        replace(make_report(), weights=np.zeros((2 * len(HOSTILE), 2))),
    ],
    ids=["empty", "one", "bare", "unknown", "nine", "several labels", "shut gates"],
)
def test_any_report_makes_a_page(report):
    data = embedded(attention_page(report, words=["cough"]))
    assert len(data["names"]) == len(data["colors"]["dark"]) == len(report.embeddings)
    assert set(data["groupings"]) == set(report.groupings(["cough"]))


def test_texts_are_limited_and_may_be_chosen():
    n_texts = 500
    splits = np.arange(0, 100 * n_texts + 1, 100)
    words = [f"word{number % 5000}" for number in range(100 * n_texts)]
    report = AttentionReport(("a", "b"), words, np.full((len(words), 2), 0.5), splits)
    assert embedded(attention_page(report))["texts"]["numbers"] == list(range(200))
    # Beyond 40,000 words, no further text.
    page = attention_page(report, texts=n_texts)
    assert len(embedded(page)["texts"]["numbers"]) == 400
    assert len(page) < 1_200_000
    assert embedded(attention_page(report, texts=[7, 3]))["texts"]["numbers"] == [7, 3]
    with pytest.raises(InputError, match="from 0 to 499"):
        attention_page(report, texts=[500])
    with pytest.raises(InputError, match="0 texts or more"):
        attention_page(report, texts=-1)


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    file = tmp_path / "report.html"
    assert save_page(make_report(), file) == file
    assert file.read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match=r"\.html"):
        save_page(make_report(), tmp_path / "report.txt")
    with pytest.raises(InputError, match="cannot be saved"):
        save_page(make_report(), tmp_path / "missing" / "report.html")
    with pytest.raises(InputError):
        save_page(make_report(), tmp_path / "other.html", texts=[99])
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
def test_a_browser_shows_hostile_words_as_they_are(tmp_path):
    file = tmp_path / "report.html"
    save_page(make_report(), file, words=["<!--", "absent"])
    command = [
        BROWSER,
        "--headless=new",
        "--no-sandbox",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=800",
        "--dump-dom",
        file.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    shown = Elements(done.stdout)
    tags = [tag for tag, _ in shown.found]
    assert shown.text["title"] == ["How much each embedding was used"]
    assert tags.count("script") == 2
    assert "img" not in tags
    tokens = [attributes for tag, attributes in shown.found if "data-token" in attributes]
    assert len(tokens) == 2 * len(HOSTILE)
    assert {"<!--", "&lt;b&gt;", "لغة"} <= set(shown.text["span"])
    assert shown.text["h2"][:4] == ["Word by word", "By frequency", "By class", "Chosen words"]
    # The table of words comes last: the whole script ran.
    assert f"{len(HOSTILE)} words. Choose one to see the texts that it stands in." in done.stdout
