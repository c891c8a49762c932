"""The tar loop against the standard library's tarfile."""

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.errors import FormatError
from wordloom.text.readers.streams import open_stream
from wordloom.text.readers.tar import TarMembers

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def archive_of(files, form=tarfile.PAX_FORMAT):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            if data is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def contents(data, reopen=None):
    members = TarMembers(io.BytesIO(data), "a.tar", reopen)
    return {name: members.read() for name in members}


names = st.text(st.characters(exclude_characters="\0/\\", exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=60)
@given(
    st.dictionaries(names.filter(lambda name: len(name) < 200), st.binary(max_size=1500)),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_files_come_as_they_were_written(files, form):
    assert contents(archive_of(files, form)) == files


@pytest.mark.parametrize("form", FORMATS)
def test_long_names_are_read(form):
    long = "folder" * 16 + "/" + "name" * 20 + ".txt"
    files = {"a": None, long: b"long", "b.txt": b"", "c.txt": b"x" * 512}
    expected = {name: data for name, data in files.items() if data is not None}
    assert contents(archive_of(files, FORMATS[form])) == expected


def test_files_that_are_not_read_are_skipped():
    data = archive_of({str(number): bytes(number) for number in range(0, 3000, 7)})
    members = TarMembers(io.BytesIO(data), "a.tar")
    found = {name: len(members.read(100)) for name in members if int(name) % 5 == 0}
    assert found == {str(n): min(n, 100) for n in range(0, 3000, 7) if n % 5 == 0}


def with_header(data, start, fields):
    """Return an archive with some fields of one header changed, and its checksum made right."""
    header = bytearray(data[start : start + 512])
    for place, field in fields.items():
        header[place : place + len(field)] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return data[:start] + bytes(header) + data[start + 512 :]


def test_base_256_sizes_are_read():
    size = b"\x80" + (3).to_bytes(11, "big")
    data = with_header(archive_of({"a": b"abc"}, tarfile.GNU_FORMAT), 0, {124: size})
    assert contents(data) == {"a": b"abc"}


def test_sparse_files_are_left_to_tarfile(tmp_path):
    files = {"a": b"first", "odd": b"odd", "b": b"last"}
    sparse = {156: b"S", 386: b"%011o\0%011o\0" % (0, 3), 483: b"%011o\0" % 6}
    data = with_header(archive_of(files, tarfile.GNU_FORMAT), 1024, sparse)
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    assert contents(data, lambda: open_stream(path)) == files | {"odd": b"odd\0\0\0"}
    with pytest.raises(FormatError, match="must be a plain one"):
        contents(data)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:700], "cut short"),
        (lambda data: data[:1800], "cut short"),
        (lambda data: b"x" * 2000, "valid header"),
        (lambda data: data[:1024] + b"x" + data[1025:], "checksum"),
        (lambda data: data[:124] + b"zzzzz" + data[129:], "header"),
    ],
)
def test_damage_is_refused(damage, message):
    data = archive_of({"a": b"a" * 300, "b": b"b" * 700}, tarfile.GNU_FORMAT)
    with pytest.raises(FormatError, match=message):
        contents(damage(data))


@settings(max_examples=200)
@given(st.data())
def test_any_damage_is_refused_or_harmless(data):
    original = archive_of({"a": b"a" * 300, "folder" * 30: b"b" * 700})
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    try:
        found = contents(bytes(damaged[:cut]))
    except FormatError:
        return
    assert sum(map(len, found.values())) <= len(original)


@pytest.mark.parametrize(
    "record", [b"9" * 5000 + b" size=1\n", b"5015 size=" + b"9" * 5004 + b"\n"]
)
def test_numbers_too_long_for_python_are_refused(record):
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(record)
    data = header.tobuf(tarfile.USTAR_FORMAT) + record + b"\0" * (-len(record) % 512)
    with pytest.raises(FormatError, match="pax header"):
        contents(data + archive_of({"a": b"abc"}, tarfile.USTAR_FORMAT))


def test_a_stated_size_costs_no_memory():
    size = b"\x80" + (1 << 60).to_bytes(11, "big")
    data = with_header(archive_of({"a": b"abc"}, tarfile.GNU_FORMAT), 0, {124: size})
    members = TarMembers(io.BytesIO(data), "a.tar")
    with pytest.raises(FormatError, match="cut short"):
        for _ in members:
            members.read(100)
