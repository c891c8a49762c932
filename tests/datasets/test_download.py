"""Downloads from a server on this machine that behaves well, or does not."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wordloom.datasets import download as module
from wordloom.datasets.dataset import Download
from wordloom.datasets.download import fetch
from wordloom.errors import FormatError, InputError

CONTENT = bytes(range(256)) * 8192
SIZE = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves `CONTENT`; the path says how."""

    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        start = 0
        asked = self.headers.get("Range")
        if asked and self.path != "/no-range":
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(CONTENT):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        elif self.path == "/missing":
            self.send_error(404)
            return
        else:
            self.send_response(200)
        body = CONTENT[start:]
        if self.path == "/wrong":
            body = bytes(len(body))
        if self.path != "/no-length":
            self.send_header("Content-Length", str(len(body) + (self.path == "/long")))
        self.end_headers()
        if self.path == "/interrupted" and not asked:
            body = body[: len(body) // 2]
        self.wfile.write(body + b"x" * (self.path == "/long"))

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.ranges = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def at(server, path="/", size=SIZE, sha256=SHA256):
    return Download(f"http://127.0.0.1:{server.server_port}{path}", "a.bin", size, sha256)


def test_a_file_is_downloaded_and_checked(server, tmp_path):
    for size in (len(CONTENT), None):
        folder = tmp_path / f"new-{size}"
        path = fetch(at(server, size=size), folder)
        assert path.read_bytes() == CONTENT
        assert [file.name for file in folder.iterdir()] == ["a.bin"]


def test_an_interrupted_download_is_kept_and_resumed(server, tmp_path):
    with pytest.raises(InputError, match=r"Try again to go on.*copy it to .*a\.bin"):
        fetch(at(server, "/interrupted"), tmp_path)
    assert (tmp_path / "a.bin.part").stat().st_size == len(CONTENT) // 2
    assert not (tmp_path / "a.bin").exists()
    assert fetch(at(server, "/interrupted"), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={len(CONTENT) // 2}-"]


def test_ctrl_c_keeps_what_came(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 1 << 16)

    class Bar:
        def __enter__(self):
            return self.advance

        def __exit__(self, *args):
            pass

        def advance(self, done):
            if done > len(CONTENT) // 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(module, "progress_bar", lambda *args, **kwargs: Bar())
    with pytest.raises(KeyboardInterrupt):
        fetch(at(server), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin.part"]
    monkeypatch.undo()
    assert fetch(at(server), tmp_path).read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_starts_anew(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(b"old bytes")
    assert fetch(at(server, "/no-range"), tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=9-"]


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_part_that_is_too_long_starts_anew(server, tmp_path, size):
    (tmp_path / "a.bin.part").write_bytes(CONTENT + b"more")
    assert fetch(at(server, size=size), tmp_path).read_bytes() == CONTENT


def test_a_complete_part_needs_no_server(tmp_path):
    (tmp_path / "a.bin.part").write_bytes(CONTENT)
    gone = Download("http://127.0.0.1:9/a", "a.bin", len(CONTENT), SHA256)
    assert fetch(gone, tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_removed(server, tmp_path):
    with pytest.raises(FormatError, match=f"must have the SHA-256 {SHA256}"):
        fetch(at(server, "/wrong"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_long_is_refused(server, tmp_path):
    with pytest.raises(FormatError, match="is larger"):
        fetch(at(server, "/long"), tmp_path)
    assert not (tmp_path / "a.bin").exists()


def test_without_a_published_checksum_it_is_shown(server, tmp_path, capsys):
    fetch(at(server, "/no-length", None, None), tmp_path)
    assert SHA256 in capsys.readouterr().err


def test_without_a_network_it_says_where_to_put_the_file(server, tmp_path):
    gone = Download("http://127.0.0.1:9/a", "a.bin", 3, SHA256)
    with pytest.raises(InputError, match=r"copy it to .*a\.bin or to \$WORDLOOM_DATA/imdb/a\.bin"):
        fetch(gone, tmp_path, name="imdb")
    with pytest.raises(InputError, match="Not Found"):
        fetch(at(server, "/missing"), tmp_path)
    with pytest.raises(InputError, match="must start with https"):
        fetch(Download("file:///etc/passwd", "a.bin", 3, SHA256), tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="WORDLOOM_CACHE"):
        fetch(Download("http://127.0.0.1:9/a", "a.bin", 3, SHA256), tmp_path / "file" / "x")
