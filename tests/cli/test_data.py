def test_data_sets_are_listed_with_their_places(run, monkeypatch, tmp_path):
    monkeypatch.setenv("WORDLOOM_CACHE", str(tmp_path))
    monkeypatch.delenv("WORDLOOM_DATA", raising=False)
    answer = run("data", "list")
    assert "not here yet: wordloom data get imdb" in answer.out
    rows = {row["name"]: row for row in run("data", "list", "--json").json["datasets"]}
    assert list(rows) == ["python-docs", "imdb", "scicite", "bbc", "cord19", "wordsim"]
    assert rows["imdb"]["path"] is None
    assert rows["imdb"]["url"].startswith("https://")


def test_the_place_of_a_data_set_is_printed(run, refused, monkeypatch, tmp_path):
    monkeypatch.setenv("WORDLOOM_CACHE", str(tmp_path))
    monkeypatch.delenv("WORDLOOM_DATA", raising=False)
    assert "wordloom data get imdb" in refused("data", "path", "imdb")
    (tmp_path / "imdb").mkdir()
    archive = tmp_path / "imdb" / "aclImdb_v1.tar.gz"
    archive.write_bytes(b"")
    for action in ("path", "get"):
        assert run("data", action, "imdb").out == f"{archive}\n"
        answer = run("data", action, "imdb", "--json").json
        assert answer == {"name": "imdb", "path": str(archive)}


def test_an_unknown_data_set_is_refused(refused):
    assert "Data sets are: python-docs, imdb" in refused("data", "get", "mnist")
    assert "Data sets are: python-docs, imdb" in refused("train", "cbow", "data:mnist", "-o", "v")
