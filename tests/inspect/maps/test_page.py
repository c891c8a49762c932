import base64
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.maps.page import map_page
from wordloom.inspect.maps.word_map import make_map
from wordloom.text.vocabulary import Vocabulary

HOSTILE = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<!--",
    "<script>",
    "]]>",
    "a\nb\x00\t",
    "$title",
    "${document.title='owned'}",
    "新冠病毒",
    "\u2028",
    "__proto__",
    "&lt;b&gt;",
    "'\"`\\",
]
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.fixture(scope="module")
def hostile():
    vectors = np.random.default_rng(0).normal(size=(len(HOSTILE), 5))
    counts = np.arange(len(HOSTILE), 0, -1)
    embedding = StaticEmbedding(Vocabulary.from_words(HOSTILE, counts), vectors)
    return make_map(embedding, method="pca", clusters=3, highlight=["新冠病毒"])


@pytest.fixture(scope="module")
def page(hostile):
    return map_page(hostile, title="<b>Strange & hostile</b>")


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text inside of scripts and titles."""

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


def test_the_page_holds_the_map(page, hostile):
    data = embedded(page)
    assert data["words"] == HOSTILE
    assert data["counts"] == hostile.counts.tolist()
    np.testing.assert_array_equal(
        decoded(data["neighbors"]).reshape(len(HOSTILE), -1), hostile.neighbors
    )
    np.testing.assert_allclose(
        decoded(data["similarities"]) / 100, hostile.similarities.ravel(), atol=0.0051
    )
    np.testing.assert_array_equal(decoded(data["clusters"]), hostile.clusters)
    positions = decoded(data["positions"]).reshape(-1, 2)
    assert np.abs(positions).max() == pytest.approx(1)
    scale = np.ptp(positions, axis=0) / np.ptp(hostile.positions, axis=0)
    assert scale[0] == pytest.approx(scale[1], rel=1e-4)


def test_no_word_becomes_markup(page):
    elements = Elements(page)
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert "b" not in tags[: tags.index("style")]
    assert elements.text["title"] == ["<b>Strange & hostile</b>"]


def test_the_page_fetches_nothing(page):
    assert "default-src 'none'" in page
    for tag, attributes in Elements(page).found:
        assert not {"src", "href", "action", "data"} & set(attributes), tag
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|import\(", page)


def test_every_control_has_a_name(page):
    for tag, attributes in Elements(page).found:
        if attributes.get("role") == "combobox" or tag == "button":
            assert attributes.get("aria-label") or attributes.get("id") == "every"


def test_a_word_takes_few_bytes():
    n_words = 3000
    words = [f"word{row}" for row in range(n_words)]
    vectors = np.random.default_rng(0).normal(size=(n_words, 4))
    embedding = StaticEmbedding(Vocabulary.from_words(words), vectors)
    data = embedded(map_page(make_map(embedding, method="pca", clusters=0)))
    assert data["counts"] is None
    assert data["neighbors"]["type"] == "uint16"
    assert len(json.dumps(data)) < 70 * n_words


def test_one_word_makes_a_page():
    embedding = StaticEmbedding(Vocabulary.from_words(["alone"]), [[1.0, 2.0]])
    data = embedded(map_page(make_map(embedding)))
    assert data["n_neighbors"] == 0
    assert decoded(data["positions"]).tolist() == [0, 0]


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
@pytest.mark.parametrize("graphics", ["--enable-unsafe-swiftshader", "--disable-3d-apis"])
def test_a_browser_shows_the_word_that_the_address_names(page, tmp_path, graphics):
    file = tmp_path / "map.html"
    file.write_text(page, "utf-8")
    command = [
        BROWSER,
        "--headless=new",
        "--no-sandbox",
        graphics,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=800",
        "--dump-dom",
        f"{file.as_uri()}#word=%3C!--&zoom=2",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    shown = Elements(done.stdout)
    assert shown.text["title"] == ["<b>Strange & hostile</b>"]
    assert shown.text["h2"] == ["<!--"]
    assert [tag for tag, _ in shown.found].count("script") == 2
    assert "img" not in [tag for tag, _ in shown.found]
    # The card with its neighbours, and the legend, were filled in: the whole script ran.
    assert "11 times · no. 3 of 13" in shown.text["p"]
    assert done.stdout.count('<li style="--swatch') == 3
    assert done.stdout.count('class="bar"') == 8
