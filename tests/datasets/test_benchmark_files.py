import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.datasets.benchmark_files import (
    AnalogyQuestions,
    WordPairs,
    read_analogies,
    read_benchmark,
    read_word_pairs,
)
from wordloom.errors import FormatError, InputError, WordloomError


@pytest.fixture
def write(tmp_path):
    def write(content, name="mine.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        "tiger\tcat\t7.35\ncup\tmug\t9\n",
        "tiger\tcat\t7.35\r\ncup\tmug\t9",
        "tiger cat 7.35\ncup  mug 9\n",
        "tiger,cat,7.35\ncup, mug,9\n",
        'tiger;cat;7.35\n"cup";"mug";9\n',
        "Word 1,Word 2,Human (mean)\ntiger,cat,7.35\ncup,mug,9\n",
        "# similarity\n\n# 0-10\ntiger\tcat\t7.35\n\n#left out\ncup\tmug\t9\n",
        "\ufefftiger\t cat\t7.35\ncup \tmug\t9\n",
        "word1\tword2\tPOS\tSimLex999\tconc\ntiger\tcat\tN\t7.35\t1\ncup\tmug\tN\t9.00\t3\n",
        "tiger\tcat\tV\t7.35\tNONE\ncup\tmug\tV\t9\tNONE\n",
    ],
)
def test_layouts_of_word_pairs(write, content):
    for read in (read_benchmark, read_word_pairs):
        pairs = read(write(content))
        assert (pairs.name, pairs.left, pairs.right) == ("mine", ("tiger", "cup"), ("cat", "mug"))
        assert pairs.scores.tolist() == [7.35, 9]


def test_words_may_hold_spaces_and_be_of_any_script(write):
    pairs = read_benchmark(write("耶路撒冷\t 以色列\t2.6\nNew York\tRome\t3\n2020\t2021\t5\n"))
    assert pairs.left == ("耶路撒冷", "New York", "2020")
    assert pairs.right == ("以色列", "Rome", "2021")


def test_a_pair_may_occur_twice(write):
    assert len(read_benchmark(write("money cash 9.15\nmoney cash 9.08\n"))) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a b 1\nc d\n", "line 2: 'c d'"),
        ("a b 1\n# x\n\nc d high\n", "line 4"),
        ("x y z\nw1 w2 w3\n", "line 2"),
        ("a b\nc d\n", "line 1"),
        ("a\tb\t1\n\tb\t1\n", "line 2"),
        ("a b nan\nc d inf\n", "line 2"),
        ("a,b,3\nc,d,3,5\ne,,3\n", "line 3"),
        ("word,other,score\n", "holds none"),
        ("", "holds none"),
        ("# nothing\n\n", "holds none"),
        (b"a b 1\nc \xff 2\n", "line 2 of which is not"),
        (b"a b 1\nc\0 d 2\n", "line 2 of which is not"),
        (b"a b " + b"1" * 20_000, "line 1 of which is not"),
    ],
)
def test_a_wrong_line_of_word_pairs_is_named(write, content, message):
    with pytest.raises(FormatError, match=message):
        read_benchmark(write(content))


def test_analogies_with_categories(write):
    content = ": capitals\nAthens Greece Oslo Norway\n: gram8\n a b c d \n: capitals\ne f g h\n"
    asked = read_benchmark(write(content))
    assert isinstance(asked, AnalogyQuestions)
    assert asked.categories == ("capitals", "gram8")
    assert asked.category.tolist() == [0, 1, 0]
    assert asked.questions[1] == ("a", "b", "c", "d")


@pytest.mark.parametrize("content", ["good better rough rougher\n", "a\tb\tc\tnew d\n"])
def test_analogies_without_a_category_are_recognised(write, content):
    asked = read_benchmark(write(content))
    assert asked.categories == ("all",)
    assert len(asked) == 1


def test_questions_and_answers_in_two_files(write):
    write("JJ_JJR rougher\nNN_NNS cats\n", "word.answers")
    path = write("good better rough\ndog dogs cat\n", "word.questions")
    asked = read_benchmark(path)
    assert asked.categories == ("JJ_JJR", "NN_NNS")
    assert asked.questions[0] == ("good", "better", "rough", "rougher")
    path.write_text("good better rough\n")
    with pytest.raises(FormatError, match=r"with 1 lines and .* with 2"):
        read_benchmark(path)
    path.write_text("good better rough\ndog dogs\n")
    with pytest.raises(FormatError, match="line 2: 'dog dogs'"):
        read_benchmark(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (": c\na b c d\na b c\n", "line 3: 'a b c'"),
        (": c\na b c d e\n", "line 2"),
        (": c\n", "holds none"),
        (": c\na\tb\t\td\n", "line 2"),
    ],
)
def test_a_wrong_line_of_analogies_is_named(write, content, message):
    for read in (read_benchmark, read_analogies):
        with pytest.raises(FormatError, match=message):
            read(write(content))


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_benchmark(tmp_path / "missing.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_benchmark(tmp_path)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='ab:#"\t ,;.1-\r\nné', max_size=80).map(str.encode),
    )
)
def test_any_bytes_are_a_benchmark_or_an_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    try:
        found = read_benchmark(path)
    except WordloomError:
        return
    assert len(found) >= 1
    if isinstance(found, WordPairs):
        assert len(found.left) == len(found.right) == len(found.scores)
        assert all(found.left)
        assert all(found.right)


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@given(
    st.lists(st.tuples(words, words, st.floats(-10, 10, width=32)), min_size=1),
    st.sampled_from("\t;, "),
)
def test_word_pairs_come_back(tmp_path_factory, rows, between):
    path = tmp_path_factory.getbasetemp() / "pairs.txt"
    path.write_text("".join(f"{a}{between}{b}{between}{score}\n" for a, b, score in rows), "utf-8")
    found = read_benchmark(path)
    assert list(zip(found.left, found.right, found.scores.tolist(), strict=True)) == rows
