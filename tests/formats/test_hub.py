import base64
import importlib.util
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import numpy as np
import pytest

from wordloom.cli.main import main
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.loading import load as load_any
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.published import write_published
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError
from wordloom.formats import hub
from wordloom.formats.hub import pull, push
from wordloom.formats.loading import load
from wordloom.text.vocabulary import Vocabulary

COMMIT = "a" * 40


class Repositories(BaseHTTPRequestHandler):
    """As much of the Hub as its client asks for."""

    files: ClassVar[dict[str, dict[str, bytes]]] = {}
    log: ClassVar[list[str]] = []
    refusal: ClassVar[tuple[int, str] | None] = None

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        parts = path.removeprefix("/api/models").strip("/").split("/")
        repository = "/".join(parts[:2])
        self.log.append(f"{self.command} {path}")
        if self.refusal is not None:
            return self.answer(self.refusal[0], X_Error_Code=self.refusal[1])
        if repository not in self.files:
            return self.answer(404, X_Error_Code="RepoNotFound")
        files, kind, rest = self.files[repository], parts[2], "/".join(parts[4:])
        if parts[3] not in ("main", COMMIT):
            return self.answer(404, X_Error_Code="RevisionNotFound")
        if kind == "resolve" and rest in files:
            tag = f'"{abs(hash(files[rest]))}"'
            return self.answer(200, files[rest], ETag=tag, X_Repo_Commit=COMMIT)
        if kind == "resolve":
            return self.answer(404, X_Error_Code="EntryNotFound")
        listed: object = [
            {"type": "file", "path": name, "oid": "b" * 40, "size": len(data)}
            for name, data in files.items()
        ]
        if kind == "revision":
            siblings = [{"rfilename": name} for name in files]
            listed = {"id": repository, "sha": COMMIT, "siblings": siblings}
        return self.answer(200, json.dumps(listed).encode())

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.log.append(f"POST {self.path}")
        answer: dict[str, object] = {"errors": [], "warnings": []}
        if self.headers.get("Authorization") != "Bearer hf_right":
            return self.answer(401)
        if self.path == "/api/repos/create":
            answer = {"url": f"http://{self.headers['Host']}/ann/new", "id": "ann/new"}
            self.files["ann/new"] = {"private": str(json.loads(body).get("visibility")).encode()}
        elif "/preupload/" in self.path:
            wanted = [file["path"] for file in json.loads(body)["files"]]
            answer = {"files": [{"path": name, "uploadMode": "regular"} for name in wanted]}
            for file in answer["files"]:
                file["shouldIgnore"] = False
        elif "/commit/" in self.path:
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    content = base64.b64decode(entry["value"]["content"])
                    self.files["ann/new"][entry["value"]["path"]] = content
            answer = {
                "commitUrl": f"https://huggingface.co/ann/new/commit/{COMMIT}",
                "commitOid": COMMIT,
            }
        return self.answer(200, json.dumps(answer).encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    pytest.importorskip("huggingface_hub.utils").disable_progress_bars()
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(Repositories, "files", {})
    monkeypatch.setattr(Repositories, "log", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Repositories)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def embedding():
    return StaticEmbedding(Vocabulary.from_words(["dry", "cough"], [3, 1]), [[1, 2], [3, 4]])


@pytest.fixture
def repository(server, embedding, tmp_path):
    folder = embedding.save(tmp_path / "toy")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files |= {"pickled.pkl": b"evil", "code.py": b"evil", "vectors/toy.vec": b"1 2\ncough 5 6\n"}
    Repositories.files["ann/toy"] = files
    return "ann/toy"


def test_a_module_folder_is_pulled_and_only_what_it_takes(repository, embedding):
    again = load(f"hub:{repository}")
    np.testing.assert_array_equal(again.vectors, embedding.vectors)
    fetched = {line.rsplit("/", 1)[1] for line in Repositories.log if line.startswith("GET /ann")}
    assert fetched == {
        "README.md",
        "config.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    }


def test_a_single_file_is_pulled(repository):
    assert load(f"hub:{repository}/vectors/toy.vec")["cough"].tolist() == [5, 6]
    assert pull(f"{repository}@main/vectors/toy.vec").name == "toy.vec"


def test_what_was_pulled_is_there_without_a_network(repository, server):
    folder = pull(repository)
    server.shutdown()
    server.server_close()
    assert pull(repository) == folder
    with pytest.raises(InputError, match="is not in the cache as a whole"):
        pull("ann/other")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bob/none", "no repository bob/none on the Hub that you may see.*HF_TOKEN"),
        ("ann/toy@v9", "has no revision 'v9'"),
        ("ann/toy/none.bin", "holds no such file"),
    ],
)
def test_what_is_not_there_is_named(repository, name, message):
    with pytest.raises(InputError, match=message):
        pull(name)


def test_a_gated_repository_is_explained(repository, monkeypatch):
    monkeypatch.setattr(Repositories, "refusal", (403, "GatedRepo"))
    with pytest.raises(InputError, match="grants access one by one"):
        pull(repository)


def test_a_network_is_refused_before_its_weights_are_fetched(server):
    config = b'{"architectures": ["BertModel"]}'
    Repositories.files["ann/bert"] = {"config.json": config, "model.safetensors": b"\0" * 99}
    with pytest.raises(InputError, match=r"a network \(BertModel\)"):
        pull("ann/bert")
    assert not any("safetensors" in line for line in Repositories.log)


def test_a_repository_without_a_module_folder_lists_its_files(server):
    Repositories.files["ann/files"] = {"model.bin": b"", "README.md": b""}
    with pytest.raises(InputError, match=r"holds model\.bin, README\.md. Name one of its files"):
        pull("ann/files")


@pytest.mark.parametrize(
    "name", ["toy", "ann/", "ann/toy/../../x", "https://x/ann/toy", "a/b@", ""]
)
def test_names_that_are_none_are_refused(name):
    with pytest.raises(InputError, match="called USER/NAME"):
        pull(name)


@pytest.mark.parametrize("kind", ["embedding", "folder", "file"])
def test_what_is_pushed_can_be_pulled(server, embedding, tmp_path, kind):
    source = embedding
    if kind == "folder":
        source = embedding.save(tmp_path / "toy")
        (source / "secret.txt").write_text("not for the Hub")
    if kind == "file":
        source = tmp_path / "toy.vec"
        source.write_text("2 2\ndry 1 2\ncough 3 4\n")
    url = push(source, "ann/new", private=True, token="hf_right")  # noqa: S106
    assert url.endswith("/ann/new")
    files = Repositories.files["ann/new"]
    assert files.pop("private") == b"private"
    assert set(files) == {*hub.PUSHED}
    assert files["README.md"].startswith(b"---\nlibrary_name: wordloom\n")
    np.testing.assert_array_equal(load("hub:ann/new").vectors, embedding.vectors)


def test_vectors_are_pushed_in_fewer_bits(server, embedding, tmp_path):
    source = embedding.save(tmp_path / "toy")
    push(source, "ann/new", token="hf_right", dtype="float16")  # noqa: S106
    assert json.loads(Repositories.files["ann/new"]["config.json"])["embedding_dtype"] == "float16"


def test_pushing_needs_a_token_and_a_network(server, embedding):
    with pytest.raises(InputError, match="hf auth login"):
        push(embedding, "ann/new", token="hf_wrong")  # noqa: S106
    with pytest.raises(InputError, match="hf auth login"):
        push(embedding, "ann/new")
    with pytest.raises(InputError, match="called USER/NAME"):
        push(embedding, "ann/new/file.bin")
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match="The Hub cannot be reached"):
        push(embedding, "ann/new", token="hf_right")  # noqa: S106


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[hub\]"):
        pull("ann/toy")


def test_an_elmo_network_is_pushed_and_pulled(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    options = ELMoOptions(8, 4, character_dim=2, filters=((1, 4),), n_highway=1)
    elmo = ELMoEmbedding(options, random_weights(options, seed=1), name="toy")
    places = [elmo.save(tmp_path / "toy")]
    if importlib.util.find_spec("h5py"):
        places.append(write_published(elmo, tmp_path / "published"))
    for number, place in enumerate(places):
        assert main(["push", str(place), "ann/new"]) == 0
        again = load_any("hub:ann/new")
        assert again.name == "new"
        np.testing.assert_array_equal(again["cough"], elmo["cough"])
        out = tmp_path / f"again{number}"
        assert main(["pull", "ann/new", "-o", str(out)]) == 0
        np.testing.assert_array_equal(load_any(out)["cough"], elmo["cough"])
        assert main(["convert", "hub:ann/new", str(tmp_path / f"c{number}")]) == 0
    assert main(["push", str(places[0]), "ann/new", "--dtype", "int8"]) == 2
    assert "--dtype is for word vectors" in capsys.readouterr().err
