import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.markup import as_html, duration, html_table


@given(st.text(st.characters(codec=None)))
def test_no_text_becomes_markup(text):
    shown = as_html(text)
    shown.encode()
    assert not set("<>\"'\x00\x1b\u202e\u2066") & set(shown)


def test_numbers_stand_to_the_right_and_sentences_have_room():
    table = html_table(
        [
            ["model", "F1", "range", "time", "what"],
            ["svm", "0.81", "0.80 to 0.82", "–", "word and character n-grams, one against all"],
            ["<nb>", "−0.02 ± 0.01", "0.8 (0.7 to 0.9)", "4.2 s", ""],
        ]
    )
    assert '<th scope="row">&lt;nb&gt;</th>' in table
    assert '<td class="number">−0.02 ± 0.01</td>' in table
    assert "<td>0.80 to 0.82</td>" in table
    assert table.count('class="sentence"') == 3
    # Two columns of three cells each.
    assert table.count('class="number"') == 6


def test_a_table_may_be_a_head_alone_and_rows_may_be_ragged():
    assert "<tbody></tbody>" in html_table([["a", "b"]])
    assert html_table([["a", "b"], ["1"], ["1", "2", "<3>"]]).count("<td") == 4


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.00 s"), (9.94, "9.9 s"), (60.4, "60 s"), (61, "1 min 1 s"), (3599.8, "1 h")],
)
def test_durations_never_overflow_their_unit(seconds, said):
    assert duration(seconds) == said
