import pytest

from wordloom.progress import figures, progress_bar


def bar(capsys, title, total, unit, steps):
    with progress_bar(title, total, unit, show=True) as advance:
        for done in steps:
            advance(done)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_nothing_is_shown_unless_asked_for(capsys):
    with progress_bar("Reading", 10, "bytes", show=False) as advance:
        advance(5)
    assert capsys.readouterr() == ("", "")


def test_a_bar_ends_at_its_total_on_stderr(capsys):
    shown = bar(capsys, "Training", 100, "words", [20, 60])
    assert "Training" in shown
    assert "100%" in shown
    assert "words/s" in shown
    assert "left" not in shown


@pytest.mark.parametrize("total", [None, 0])
def test_an_unknown_or_empty_total_has_no_share(capsys, total):
    shown = bar(capsys, "Reading", total, "bytes", [0])
    assert "Reading" in shown
    assert "%" not in shown


def test_a_bar_that_is_broken_off_does_not_claim_to_be_complete(capsys):
    with pytest.raises(KeyboardInterrupt), progress_bar("Reading", 9, "bytes", show=True):
        raise KeyboardInterrupt
    assert "100%" not in capsys.readouterr().err


def test_nothing_done_yet_has_no_time_left():
    assert figures(0, 10, 0, "words") == "0 words/s 0:00"
    assert figures(0, 10, 5, "words") == "0 words/s 0:05"


def test_the_rate_is_the_mean_since_the_start():
    assert figures(90, 100, 9, "words") == "10 words/s 0:09, 0:01 left"
