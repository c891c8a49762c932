from xml.etree import ElementTree

import numpy as np
import pytest

from wordloom.classify.attention.picture import backgrounds, draw_picture, save_picture
from wordloom.classify.attention.report import AttentionReport
from wordloom.errors import InputError

pytest.importorskip("matplotlib")


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if "text" in element.tag]  # noqa: S314


def make_report(words=("the", "fever"), names=("news", "medicine"), **parts):
    weights = np.random.default_rng(0).dirichlet([1] * len(names), len(words))
    return AttentionReport(names, list(words), weights, [0, len(words), len(words)], **parts)


def test_an_svg_holds_words_names_and_groups_as_text():
    report = make_report(
        labels=["ill", "well"],
        known=np.array([[1, 0], [1, 1]], bool),
        frequency=[70, 3],
    )
    drawn = texts(draw_picture(report, words=["fever"], title="A <title>", file_format="svg"))
    for part in ("the", "A <title>", "Text 1 · ill", "10+", "1–9", "By class", "Chosen words"):
        assert part in drawn
    assert drawn.count("fever") == 2
    assert "no words that the network sees" in drawn
    assert any("Dashed" in part for part in drawn)


@pytest.mark.filterwarnings("ignore:Characters that no installed font has")
@pytest.mark.parametrize(
    "word", ["$x_{1", "新冠病毒", "لغة", "\U0001f600", "a\nb\x00", "\ud800", "", "<&>", "x" * 900]
)
def test_any_word_can_be_drawn(word):
    report = make_report([word, "x"], (word or "y", "z"), labels=[word, [word, "other"]])
    for file_format in ("png", "svg"):
        assert draw_picture(report, words=[word], file_format=file_format)


@pytest.mark.parametrize(
    "report",
    [
        AttentionReport(("a", "b"), [], np.empty((0, 2)), [0, 0], ["x"], None, []),
        AttentionReport(("a",), ["x"], [[0.5]], [0, 1]),
        AttentionReport(("a", "b"), ["x"], [[0, 0]], [0, 1], ["y"]),
        AttentionReport(("a", "b"), ["x"], [[1, 1]], [0, 1], ["y"]),
        make_report(names=tuple("abcdefghi")),
    ],
    ids=["empty", "one", "shut gates", "open gates", "nine"],
)
def test_any_report_can_be_drawn(report):
    assert draw_picture(report)


def test_long_texts_are_cut_and_many_texts_refused():
    report = make_report(["word"] * 1000)
    assert any("more words" in part for part in texts(draw_picture(report, file_format="svg")))
    long = AttentionReport(("a",), ["x"] * 99, np.ones((99, 1)), np.arange(100))
    for wrong in (-1, 41, [0] * 41):
        with pytest.raises(InputError, match="from 0 to 40 texts"):
            draw_picture(long, texts=wrong)
    with pytest.raises(InputError, match="from 0 to 98"):
        draw_picture(long, texts=[99])


def test_a_word_takes_the_colour_of_what_stands_out():
    weights = [[1, 0], [0, 1], [0.5, 0.5], [0.75, 0.25]]
    report = AttentionReport(("a", "b"), list("wxyz"), weights, [0, 4])
    shown = backgrounds(report, ["#ff0000", "#0000ff"])
    np.testing.assert_allclose(shown[:3], [[1, 0.45, 0.45], [0.45, 0.45, 1], [1, 1, 1]])
    np.testing.assert_allclose(shown[3], [1, 0.725, 0.725])


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    file = tmp_path / "report.png"
    assert save_picture(make_report(), file) == file
    assert file.read_bytes()[1:4] == b"PNG"
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        save_picture(make_report(), tmp_path / "report.txt")
    with pytest.raises(InputError, match="cannot be saved"):
        save_picture(make_report(), tmp_path / "missing" / "report.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["report.png"]
