import pytest

from wordloom.errors import InputError
from wordloom.inspect.item_file import read_items


def test_items_are_lines_and_groups_stand_between_empty_lines(tmp_path):
    file = tmp_path / "items.txt"
    file.write_bytes("\ufeff\n cough \r\ndry cough\n\n \n新冠\n\n".encode())
    assert read_items(file) == (["cough", "dry cough", "新冠"], [2, 1])


@pytest.mark.parametrize("content", [b"", b"\n \n", b"a\xff\n"])
def test_a_file_without_items_or_of_another_encoding_is_refused(content, tmp_path):
    file = tmp_path / "items.txt"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"UTF-8, one on each line.*items\.txt"):
        read_items(file)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="Check the path"):
            read_items(path)
