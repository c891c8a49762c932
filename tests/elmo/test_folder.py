import json
import shutil

import numpy as np
import pytest

from wordloom.elmo.folder import is_elmo_folder, load, save
from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.tokenizer import Tokenizer

TEXTS = ["The bank of the river. It was wet!", "Bank"]


@pytest.fixture
def saved(elmo, tmp_path):
    return elmo.save(tmp_path / "elmo")


def change_config(folder, **changes):
    place = folder / "config.json"
    config = json.loads(place.read_text()) | changes
    place.write_text(json.dumps({key: value for key, value in config.items() if value != "gone"}))


def change_tensors(folder, **changes):
    tensors = {
        name: array.copy() for name, array in read_tensors(folder / "model.safetensors").items()
    }
    tensors |= changes
    write_tensors(
        folder / "model.safetensors",
        {name: array for name, array in tensors.items() if array is not None},
    )


def test_all_that_an_elmo_has_comes_back(elmo, tmp_path):
    softmax = {"W": np.ones((4, 5), np.float32), "b": np.zeros(4, np.float32)}
    changed = elmo.replaced(
        name="näme\n|",
        tokenizer=Tokenizer("words"),
        sentences=False,
        layer_weights=[0.1, 0, -2],
        gamma=3,
        pooling="max",
        softmax=softmax,
        report={"perplexities": [9.5, 8.25], "text": "a | b"},
    )
    for each in (elmo, elmo.replaced(vocabulary=None), changed):
        again = load(save(each, tmp_path / "elmo"))
        assert (again.embed(TEXTS) == each.embed(TEXTS)).all()
        for part in ("name", "tokenizer", "sentences", "gamma", "pooling", "report", "options"):
            assert getattr(again, part) == getattr(each, part)
        assert (again.layer_weights == each.layer_weights).all()
        if each.vocabulary is None:
            assert again.vocabulary is None
        else:
            assert again.vocabulary.words == each.vocabulary.words
            assert again.vocabulary.counts.tolist() == each.vocabulary.counts.tolist()
    assert {name: array.tolist() for name, array in again.softmax.items()} == {
        name: array.tolist() for name, array in softmax.items()
    }
    assert "a / b" in (tmp_path / "elmo" / "README.md").read_text()


def test_other_folders_are_not_replaced(elmo, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        elmo.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_is_not_there(tmp_path):
    assert not is_elmo_folder(tmp_path)
    with pytest.raises(InputError, match="cannot be opened"):
        load(tmp_path / "none")
    (tmp_path / "config.json").write_text('{"format": "wordloom"}')
    with pytest.raises(FormatError, match="not that of an ELMo"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 2}, "Update wordloom"),
        ({"name": 5}, "'name'"),
        ({"options": {"lstm": {}}}, "`char_cnn` is needed"),
        ({"options": "gone"}, "`lstm` is needed"),
        ({"tokenizer": {"preset": "guess"}}, "tokenizer settings"),
        ({"sentences": 1}, "'sentences'"),
        ({"layer_weights": [1, 2]}, "3 finite numbers"),
        ({"layer_weights": [1, 2, "3"]}, "should hold numbers"),
        ({"layer_weights": [1, 2, 10**400]}, "should hold numbers"),
        ({"layer_weights": "gone"}, "'layer_weights'"),
        ({"gamma": float("nan")}, "'gamma'"),
        ({"gamma": 10**400}, "'gamma'"),
        ({"gamma": True}, "'gamma'"),
        ({"pooling": "idf"}, "mean, sum"),
        ({"n_words": 7}, "its vocabulary has 3 words"),
        ({"n_words": "three"}, "'n_words'"),
        ({"n_outputs": 3}, r"W of shape \(n_outputs"),
        ({"report": [1]}, "'report'"),
    ],
)
def test_a_damaged_config_is_refused(saved, changes, message):
    change_config(saved, **changes)
    with pytest.raises(FormatError, match=message):
        load(saved)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": "\\'])
def test_a_config_that_is_not_json_is_refused(saved, text):
    (saved / "config.json").write_text(text)
    assert not is_elmo_folder(saved)
    with pytest.raises(FormatError):
        load(saved)


def test_damaged_tensors_are_named(saved):
    for changes, message in (
        ({"char_embed": None}, "'char_embed'"),
        ({"char_embed": np.zeros((260, 3), np.float32)}, r"\(261, 3\).*\(260, 3\)"),
        ({"char_embed": np.full((261, 3), np.nan, np.float32)}, "NaN"),
    ):
        change_tensors(saved, **changes)
        with pytest.raises(FormatError, match=message):
            load(saved)
    change_tensors(saved, char_embed=np.zeros((261, 3), np.float32))
    softmax = {"softmax/W": np.zeros((3, 5), np.float32), "softmax/b": np.zeros((), np.float32)}
    change_tensors(saved, **softmax)
    change_config(saved, n_outputs=3)
    with pytest.raises(FormatError, match="A softmax has W"):
        load(saved)
    change_tensors(saved, **{"vocabulary/vocabulary.counts": None})
    with pytest.raises(FormatError, match=r"'vocabulary\.counts'"):
        load(saved)


def test_a_truncated_file_is_refused(saved, tmp_path):
    size = (saved / "model.safetensors").stat().st_size
    for kept in (0, 4, 100, size // 2, size - 1):
        shutil.copytree(saved, tmp_path / "cut", dirs_exist_ok=True)
        with (tmp_path / "cut" / "model.safetensors").open("rb+") as file:
            file.truncate(kept)
        with pytest.raises(FormatError):
            load(tmp_path / "cut")
        (tmp_path / "cut" / "model.safetensors").unlink()
    with pytest.raises(InputError):
        load(tmp_path / "cut")
