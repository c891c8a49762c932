import json
import math
import sys
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.classify.neural.history import History, Measurement
from wordloom.errors import FormatError, InputError, MissingExtraError

SCORES = {"accuracy": 0.8, "macro_precision": 0.79, "macro_recall": 0.7, "macro_f1": 0.74}


def measured(epoch, **figures):
    return Measurement(
        epoch, 10 * epoch, 2.5 * epoch, 1 / epoch, **({"loss": 0.5} | SCORES | figures)
    )


def history(epochs=4, **settings):
    measurements = [measured(epoch) for epoch in range(1, epochs + 1)]
    return History(measurements, **({"stop_reason": "all 4 epochs are done"} | settings))


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if "text" in element.tag]  # noqa: S314


def test_the_table_shows_the_measurements_and_marks_the_best():
    lines = history(best_epoch=3).table().splitlines()
    assert lines[0].split("  ")[0] == "epoch"
    assert [line.split()[0] for line in lines[1:5]] == ["1", "2", "3", "4"]
    assert [line.endswith("best") for line in lines] == [False, False, False, True, False, False]
    assert lines[3].split()[1:] == [
        *("30", "7.5", "0.3333", "0.5000", "0.8000", "0.7900", "0.7000", "0.7400", "best")
    ]
    assert lines[-1] == "The fit ended: all 4 epochs are done."


def test_without_a_held_out_part_the_table_shows_the_training_alone():
    table = History((Measurement(1, 5, 0.5, 2.0),)).table()
    assert table.splitlines()[0].split() == ["epoch", "step", "seconds", "training", "loss"]


@pytest.mark.parametrize(
    "record", [History(), History((Measurement(1, 5, 0, 2),)), history(best_epoch=2)]
)
def test_a_history_survives_json(record):
    assert History.from_json(json.loads(json.dumps(record.to_json(), allow_nan=False))) == record


def test_the_best_measurement_is_the_last_of_its_epoch():
    twice = [measured(1), Measurement(1, 15, 3, 0.9, loss=0.4, **SCORES), measured(2)]
    assert History(twice, best_epoch=1).best is twice[1]
    assert History(twice).best is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Measurement(1, 5, 1.0, math.nan), "`training_loss` must be a finite number"),
        (lambda: Measurement(1, 5, math.inf, 1.0), "`seconds`"),
        (lambda: Measurement(1.5, 5, 1.0, 1.0), "`epoch` must be a whole number"),
        (lambda: Measurement(1, -5, 1.0, 1.0), "`step`"),
        (lambda: Measurement(1, 5, 1.0, 1.0, loss=0.5), "`accuracy`.*Received: None"),
        (lambda: measured(1, macro_f1=1.01), "from 0 to 1"),
        (lambda: History((measured(2), measured(1))), "steps of a history's measurements grow"),
        (lambda: History((measured(1), measured(1))), "steps of a history's measurements grow"),
        (lambda: History((measured(1), Measurement(2, 20, 9, 1.0))), "or none has"),
        (lambda: history(best_epoch=9), "must be a measured one"),
    ],
)
def test_what_no_fit_records_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(st.data())
def test_what_is_no_history_is_a_format_error(data):
    whole = history(best_epoch=2).to_json()
    part = data.draw(st.sampled_from([whole, whole["measurements"][1]]))
    part[data.draw(st.sampled_from(sorted(part)) | st.text(max_size=5))] = data.draw(JSON)
    for hostile in (whole, data.draw(JSON)):
        try:
            read = History.from_json(hostile)
        except FormatError as error:
            assert "A saved history is damaged" in str(error)
        else:
            assert History.from_json(read.to_json()) == read


def test_a_picture_names_its_lines_and_the_best_epoch(tmp_path):
    pytest.importorskip("matplotlib")
    record = history(epochs=30, best_epoch=3)
    drawn = texts(record.save_picture(tmp_path / "fit.svg", title="My fit").read_bytes())
    for label in ("training", "held-out", "accuracy", "macro precision", "macro recall", "My fit"):
        assert drawn.count(label) == 1
    assert "best: epoch 3" in drawn
    assert "best: epoch 3, accuracy 0.800" in drawn
    alone = History((Measurement(1, 5, 0, 2), Measurement(2, 9, 1, 1)))
    drawn = texts(alone.save_picture(tmp_path / "alone.svg").read_bytes())
    assert "training" in drawn
    assert "held-out" not in drawn


def test_pictures_are_of_the_format_that_the_ending_names(tmp_path):
    pytest.importorskip("matplotlib")
    record = history(epochs=1, best_epoch=1)
    for ending, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")):
        path = record.save_picture(tmp_path / f"fit.{ending}")
        assert path.read_bytes().startswith(start)
        assert record.save_picture(tmp_path / f"again.{ending}").read_bytes() == path.read_bytes()
    assert len(list(tmp_path.iterdir())) == 6


def test_flat_losses_can_be_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    zeros = dict.fromkeys(SCORES, 0.0)
    History((Measurement(0, 0, 0, 0, 0, **zeros),)).save_picture(tmp_path / "zero.png")
    ones = dict.fromkeys(SCORES, 1)
    History((Measurement(0, 0, 0, 0, 0, **ones),), "", 0).save_picture(tmp_path / "one.png")


def test_what_cannot_be_drawn_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"ends in .png, .svg or .pdf"):
        history().save_picture(tmp_path / "fit.jpg")
    with pytest.raises(InputError, match="at least one measurement"):
        History().save_picture(tmp_path / "fit.png")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[plots\]"):
        history().save_picture(tmp_path / "fit.png")
    assert not list(tmp_path.iterdir())


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0.01, 0.3))
def test_labels_are_moved_apart_and_keep_their_order(places, gap):
    from wordloom.classify.neural.history_picture import spread

    moved = spread(sorted(places), gap)
    assert all(after - before > gap - 1e-9 for before, after in pairwise(moved))
    assert sum(moved) == pytest.approx(sum(places))
    if all(b - a >= gap for a, b in pairwise(sorted(places))):
        assert moved == pytest.approx(sorted(places))
