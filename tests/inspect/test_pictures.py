from wordloom.inspect.pictures import shortened, width, wrapped


def test_labels_are_cut_and_broken_to_width():
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"
    assert width("日本") == 4
    assert width(shortened("日本語日本語", 6)) <= 6
    for label in ("word " * 30, "x" * 200, "日" * 100, "short"):
        lines = wrapped(label, 20).split("\n")
        assert len(lines) <= 2
        assert all(width(line) <= 21 for line in lines)
