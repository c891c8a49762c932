import struct
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from wordloom.errors import DataWarning, InputError, MissingExtraError
from wordloom.inspect.heatmap import color_scale, draw_heatmap, save_heatmap
from wordloom.inspect.pictures import FORMATS, INK, PAPER

pytest.importorskip("matplotlib")
MATRIX = [[1, 0.25, -0.5], [0.25, 1, 0], [-0.5, 0, 1]]
LABELS = ["cough", "fever", "lung"]


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if "text" in element.tag]  # noqa: S314


def size(png):
    return struct.unpack(">II", png[16:24])


def test_an_svg_holds_labels_numbers_and_title_as_text():
    drawn = texts(draw_heatmap(MATRIX, LABELS, title="Three <words>", file_format="svg"))
    assert [drawn.count(label) for label in LABELS] == [2, 2, 2]
    assert [drawn.count(number) for number in ("0.25", "\u22120.50", "1.00")] == [2, 2, 3]
    assert "Three <words>" in drawn
    assert "cosine similarity" in drawn


def test_long_labels_stand_beside_numbered_rows():
    labels = ["a dry cough and a fever that lasts for days", *LABELS[1:]]
    drawn = texts(draw_heatmap(MATRIX, labels, file_format="svg"))
    assert [drawn.count(number) for number in "123"] == [2, 2, 2]
    assert drawn.count("fever") == 1
    assert "a dry cough and a fever" in drawn
    assert "that lasts for days" in drawn


def test_the_picture_grows_with_the_items_and_drops_numbers_that_do_not_fit():
    small = draw_heatmap(np.eye(3), LABELS)
    large = draw_heatmap(np.eye(60), [f"w{i}" for i in range(60)])
    assert min(size(large)) > 2 * max(size(small))
    assert "1.00" not in texts(
        draw_heatmap(np.eye(60) * 0.997, [f"w{i}" for i in range(60)], file_format="svg")
    )


@pytest.mark.filterwarnings("ignore:Characters that no installed font has")
@pytest.mark.parametrize(
    "label", ["$x_{1", "新冠病毒", "لغة", "हिन्दी", "\U0001f600", "a\nb\tc\x00", "\ud800", "", "<&>"]
)
def test_any_label_can_be_drawn(label):
    for file_format in FORMATS:
        assert draw_heatmap([[1, 0], [0, 1]], [label, "x"], title=label, file_format=file_format)


def test_characters_without_a_font_are_named():
    label = "\N{CUNEIFORM SIGN A}"
    with pytest.warns(DataWarning, match=f"drawn as boxes: {label}"):
        draw_heatmap([[1.0]], [label])
    assert label in texts(draw_heatmap([[1.0]], [label], file_format="svg"))


def test_the_scale_of_equal_values_begins_at_0():
    assert color_scale(np.ones((2, 2)))[:2] == (0.0, 1.0)
    assert color_scale(np.zeros((1, 1)))[:2] == (0.0, 1.0)
    assert color_scale(np.array([[1.0, 0.54], [0.54, 1.0]]))[:2] == (0.5, 1.0)


@pytest.mark.parametrize("matrix", [[[0.0]], [[-1.0]], np.full((2, 2), 0.7), np.zeros((2, 2))])
def test_flat_matrices_can_be_drawn(matrix):
    assert draw_heatmap(matrix, LABELS[: len(matrix)])


def test_drawing_leaves_matplotlibs_settings_alone_and_repeats_itself():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    first = draw_heatmap(MATRIX, LABELS, file_format="svg")
    assert dict(mpl.rcParams) == before
    assert draw_heatmap(MATRIX, LABELS, file_format="svg") == first


def test_numbers_stand_out_from_their_cells():
    svg = draw_heatmap([[0.99, 0.01], [0.01, 0.99]], ["a", "b"], file_format="svg")
    fills = {
        element.text: element.get("style")
        for element in ElementTree.fromstring(svg).iter()  # noqa: S314
        if element.text in ("0.99", "0.01")
    }
    assert PAPER in fills["0.99"]
    assert INK in fills["0.01"]


@pytest.mark.parametrize("ending", ["png", "svg", "PNG"])
def test_saving_writes_one_file(ending, tmp_path):
    path = save_heatmap(tmp_path / f"map.{ending}", MATRIX, LABELS)
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm")
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be saved"):
        save_heatmap(tmp_path / "absent" / "map.png", MATRIX, LABELS)
    with pytest.raises(InputError, match=r"ends in \.png or \.svg"):
        save_heatmap(tmp_path / "map.pdf", MATRIX, LABELS)
    assert not any(tmp_path.iterdir())


def test_wrong_input_is_refused_with_the_rule():
    for matrix, labels in (
        (MATRIX, LABELS[:2]),
        (MATRIX[:2], LABELS[:2]),
        (np.full((2, 2), np.nan), LABELS[:2]),
        (np.empty((0, 0)), []),
    ):
        with pytest.raises(InputError, match="A heatmap needs a square matrix"):
            draw_heatmap(matrix, labels)
    with pytest.raises(InputError, match="one of png, svg"):
        draw_heatmap(MATRIX, LABELS, file_format="gif")
    with pytest.raises(InputError, match="at most 300 items"):
        draw_heatmap(np.eye(301), ["x"] * 301)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[plots\]"):
        draw_heatmap(MATRIX, LABELS)


def test_clustering_puts_similar_items_side_by_side_with_a_tree():
    matrix = np.eye(4)
    matrix[0, 2] = matrix[2, 0] = matrix[1, 3] = matrix[3, 1] = 0.9
    plain = draw_heatmap(matrix, ["a1", "b1", "a2", "b2"], file_format="svg")
    clustered = draw_heatmap(matrix, ["a1", "b1", "a2", "b2"], cluster=True, file_format="svg")
    rows = [text for text in texts(clustered) if text in ("a1", "b1", "a2", "b2")][:4]
    assert sorted([{rows[0][0], rows[1][0]}, {rows[2][0], rows[3][0]}], key=min) == [{"a"}, {"b"}]
    assert clustered.count(b"LineCollection") > plain.count(b"LineCollection")


@pytest.mark.parametrize("n_items", [1, 2, 90])
def test_any_number_of_items_can_be_clustered(n_items):
    assert draw_heatmap(np.ones((n_items, n_items)), ["x"] * n_items, cluster=True)


def test_groups_are_parted():
    whole = draw_heatmap(MATRIX, LABELS, file_format="svg")
    assert draw_heatmap(MATRIX, LABELS, groups=[3], file_format="svg") == whole
    parted = draw_heatmap(MATRIX, LABELS, groups=[1, 2], file_format="svg")
    assert parted.count(b"<path") == whole.count(b"<path") + 2
    for groups in ([1, 1], [3, 1], [0, 3], []):
        with pytest.raises(InputError, match="add up to all items"):
            draw_heatmap(MATRIX, LABELS, groups=groups)
