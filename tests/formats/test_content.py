import gzip
import os
import zipfile
from pathlib import Path

import pytest

from wordloom.errors import FormatError, InputError
from wordloom.formats import content
from wordloom.formats.content import START_BYTES, open_content
from wordloom.text.readers.streams import Meter

TEXT = b"cough 1 2\nfever 3 4\n"


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def read_all(path: Path) -> bytes:
    with open_content(path).stream() as stream:
        return stream.read()


def test_a_plain_file_is_itself(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT * 10_000)
    found = open_content(path)
    assert (found.compressed, found.member, found.is_folder) == (False, None, False)
    assert found.size == 10_000 * len(TEXT)
    assert found.start == (TEXT * 10_000)[:START_BYTES]
    assert read_all(path) == TEXT * 10_000


def test_gzip_is_recognised_by_content(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(gzip.compress(TEXT))
    found = open_content(path)
    assert (found.compressed, found.size, found.start) == (True, None, TEXT)


def test_the_only_file_of_an_archive_is_read(tmp_path):
    path = zipped(tmp_path / "a.zip", {"__MACOSX/._x": b"junk", ".hidden": b"", "x/g.txt": TEXT})
    found = open_content(path)
    assert found.name == f"{path}/x/g.txt"
    assert found.stem == "g"
    assert read_all(path) == TEXT


def test_a_gzip_file_in_an_archive_is_unpacked_too(tmp_path):
    assert read_all(zipped(tmp_path / "a.zip", {"g.vec.gz": gzip.compress(TEXT)})) == TEXT


def test_one_of_several_files_is_named_behind_the_archive(tmp_path):
    path = zipped(tmp_path / "glove.zip", {"g.50d.txt": b"fifty", "g.100d.txt": b"hundred"})
    with pytest.raises(InputError, match=r"holds 2: g\.50d\.txt, g\.100d\.txt"):
        open_content(path)
    assert read_all(path / "g.100d.txt") == b"hundred"
    with pytest.raises(InputError, match=r"no file 'g\.200d\.txt'"):
        open_content(path / "g.200d.txt")


def test_a_member_cannot_lead_out_of_the_archive(tmp_path):
    (tmp_path / "secret.txt").write_bytes(b"secret")
    path = zipped(tmp_path / "a.zip", {"../secret.txt": TEXT, "b.txt": TEXT})
    with pytest.raises(InputError, match=r"It holds: b\.txt"):
        open_content(path / "../secret.txt")


def test_arrays_in_an_npz_are_not_members(tmp_path):
    path = zipped(tmp_path / "a.npz", {"words.npy": b"", "vectors.npy": b""})
    assert open_content(path).member is None


def test_a_folder_lists_its_names(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    found = open_content(tmp_path)
    assert found.is_folder
    assert (found.names, found.start, found.size) == (frozenset({"saved_model.pb"}), b"", None)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.txt, which does not exist"):
        open_content(tmp_path / "nothing.txt")


@pytest.mark.parametrize("cut", [30, -8, -1])
def test_a_gzip_file_that_is_cut_short_is_refused(tmp_path, cut):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(TEXT * 100)[:cut])
    with pytest.raises(FormatError, match=r"a\.gz"):
        read_all(path)


def test_a_damaged_archive_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.txt": TEXT * 1000})
    data = bytearray(path.read_bytes())
    for place in range(45, 60):
        data[place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"a\.zip"):
        read_all(path)
    path.write_bytes(bytes(data[:80]))
    with pytest.raises(FormatError, match=r"a\.zip"):
        read_all(path)


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_archives_that_expand_beyond_reason_are_stopped(tmp_path, monkeypatch, packing):
    monkeypatch.setattr(content, "ALWAYS_ALLOWED", 1 << 20)
    bomb = b"a 0 0\n" * 2_000_000
    path = tmp_path / f"bomb.{packing}"
    if packing == "gz":
        path.write_bytes(gzip.compress(bomb))
    else:
        zipped(path, {"bomb.txt": bomb})
    read = 0
    with open_content(path).stream() as stream, pytest.raises(FormatError, match="unpack it first"):
        while block := stream.read(1 << 16):
            read += len(block)
    assert read < len(bomb)


def test_the_meter_counts_bytes_on_disk(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 4000))
    meter = Meter()
    with open_content(path).stream(meter) as stream:
        while stream.read(1 << 16):
            assert 0 < meter.bytes <= path.stat().st_size
    assert meter.bytes == path.stat().st_size


def test_a_password_is_reported(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.txt": TEXT})
    data = bytearray(path.read_bytes())
    # The flag "encrypted", in the file's own header and in the archive's directory.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match="encrypted"):
        read_all(path)


def test_a_stream_that_can_be_read_once_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="a stream"):
        open_content(tmp_path / "pipe")


def test_an_archive_of_hidden_files_holds_none(tmp_path):
    path = zipped(tmp_path / "a.zip", {".hidden": TEXT})
    with pytest.raises(InputError, match="holds 0: none"):
        open_content(path)


def test_a_file_without_a_name_is_reported(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x": TEXT})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 28] = 0  # the length of its name in the archive's list
    path.write_bytes(data)
    with pytest.raises(FormatError, match="cannot be unpacked"):
        open_content(path)
