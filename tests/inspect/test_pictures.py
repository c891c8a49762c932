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


def test_words_are_broken_only_where_much_would_be_lost():
    assert wrapped("data mining and extraction", 16) == "data mining\nand extraction"
    assert wrapped("information retrieval and text", 16) == "information\nretrieval and t…"
    assert wrapped(f"1 {'x' * 34}", 20) == f"1 {'x' * 16}\n{'x' * 18}"
