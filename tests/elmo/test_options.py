import copy
import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.elmo.options import SIZES, ELMoOptions
from wordloom.errors import FormatError, InputError

PUBLISHED = SIZES["small"].to_json()


def changed(path, value):
    content = copy.deepcopy(PUBLISHED)
    *parts, last = path.split(".")
    place = content
    for part in parts:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return content


def test_published_sizes_have_their_published_numbers_of_parameters():
    millions = {name: round(size.n_parameters / 1e6, 1) for name, size in SIZES.items()}
    assert (millions["small"], millions["medium"], millions["original"]) == (13.6, 28.0, 93.6)


@pytest.mark.parametrize("options", SIZES.values(), ids=SIZES)
def test_options_survive_json(options):
    other = dataclasses.replace(
        options, skip_connections=False, cell_clip=0.0, n_layers=3, activation="tanh"
    )
    for each in (options, other):
        assert ELMoOptions.read(json.dumps(each.to_json())) == each


def test_options_of_training_are_read_as_well():
    content = changed("char_cnn.n_characters", 261) | {"unidirectional": False, "dropout": 0.1}
    assert ELMoOptions.from_json(content) == SIZES["small"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("lstm", None, "`lstm` is needed, of the type dict"),
        ("char_cnn", [], "`char_cnn` is needed"),
        ("lstm.dim", None, r"`lstm\.dim` is needed"),
        ("lstm.dim", "4096", "of the type int. Received: '4096'"),
        ("lstm.dim", 64.0, "of the type int. Received: 64.0"),
        ("lstm.dim", True, "of the type int. Received: True"),
        ("lstm.dim", 0, "whole number from 1"),
        ("lstm.dim", 10**12, "whole number from 1"),
        ("lstm.n_layers", -1, "whole number from 1"),
        ("lstm.n_layers", 10**5, "whole number from 1 to 64"),
        ("char_cnn.n_highway", 10**5, "whole number from 0 to 64"),
        ("char_cnn.max_characters_per_token", 10**5, "from 3 to 1,024"),
        ("lstm.cell_clip", -3, "from 0"),
        ("lstm.cell_clip", float("nan"), "from 0"),
        ("lstm.proj_clip", float("inf"), "from 0"),
        ("lstm.proj_clip", 10**400, "type float"),
        ("lstm.use_skip_connections", 1, "type bool"),
        ("char_cnn.embedding", {}, r"embedding\.dim` is needed"),
        ("char_cnn.filters", [], "no filters"),
        ("char_cnn.filters", [[1, 2, 3]], r"pairs of \[width, number\]"),
        ("char_cnn.filters", [[51, 2]], "spans at most"),
        ("char_cnn.filters", 5, "type list"),
        ("char_cnn.n_characters", 300, "261"),
        ("char_cnn.max_characters_per_token", 2, "whole number from 3"),
        ("char_cnn.activation", "gelu", "relu, tanh"),
    ],
)
def test_options_that_describe_no_network_are_refused_by_name(path, value, message):
    with pytest.raises(FormatError, match=message):
        ELMoOptions.from_json(changed(path, value))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["lstm", "char_cnn", "dim", "filters"]), inner)
        ),
    )
)
def test_no_json_makes_anything_but_options_or_a_format_error(content):
    for text in (json.dumps(content), json.dumps(content)[:-1], "[" * 100_000):
        with pytest.raises(FormatError):
            ELMoOptions.read(text)


def test_options_made_in_python_are_checked():
    with pytest.raises(InputError, match="lstm_dim is a whole number"):
        ELMoOptions(lstm_dim=2.5)
