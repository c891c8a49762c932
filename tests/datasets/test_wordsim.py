import pytest

from wordloom.datasets import registry
from wordloom.datasets.wordsim import BENCHMARKS, installed_benchmarks, open_benchmark
from wordloom.errors import InputError


@pytest.fixture
def places(tmp_path, monkeypatch):
    data, cache = tmp_path / "data", tmp_path / "cache"
    (data / "wordsim").mkdir(parents=True)
    monkeypatch.setenv("WORDLOOM_DATA", str(data))
    monkeypatch.setenv("WORDLOOM_CACHE", str(cache))
    return data / "wordsim", cache / "wordsim"


@pytest.mark.parametrize("name", ["ws-353", "WS353", "WS-353", "Ws_353"])
def test_a_benchmark_is_found_by_any_spelling_of_its_name(places, name):
    (places[0] / "EN-WS-353-ALL.txt").write_text("tiger\tcat\t7.35\n")
    assert open_benchmark(name).name == "WS-353"


def test_every_title_is_a_name_too(places):
    for benchmark in BENCHMARKS.values():
        with pytest.raises(InputError, match=benchmark.file):
            open_benchmark(benchmark.title)


def test_the_users_folder_comes_before_the_cache(places):
    data, cache = places
    cache.mkdir(parents=True)
    (cache / "EN-MEN-TR-3k.txt").write_text("a b 1\n")
    assert open_benchmark("men").left == ("a",)
    (data / "EN-MEN-TR-3k.txt").write_text("c d 1\n")
    assert open_benchmark("men").left == ("c",)


def test_a_path_is_read_as_it_is(places, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "men").write_text("a b 1\n")
    assert open_benchmark("./men").name == "men"
    assert open_benchmark(tmp_path / "men").left == ("a",)
    with pytest.raises(InputError, match=r"EN-MEN-TR-3k\.txt"):
        open_benchmark("men")


def test_what_is_not_here_is_named_with_its_place(places):
    with pytest.raises(InputError, match=r"EN-SIMLEX-999\.txt .*WORDLOOM_DATA/wordsim/"):
        open_benchmark("simlex")
    with pytest.raises(InputError, match=r"one of ws-353, .*Received: 'bless'"):
        open_benchmark("bless")
    with pytest.raises(InputError, match="neither holds one"):
        installed_benchmarks()


def test_it_is_no_text_and_has_no_labels(places):
    with pytest.raises(InputError, match="It cannot be downloaded"):
        registry.get("wordsim")
    (places[0] / "EN-MC-30.txt").write_text("a b 1\n")
    assert registry.get("wordsim") == places[0]
    assert installed_benchmarks() == ["mc-30"]
    with pytest.raises(InputError, match="wordloom evaluate"):
        registry.open_source("wordsim")
    with pytest.raises(InputError, match="wordloom evaluate"):
        registry.open_labelled("wordsim")


@pytest.mark.data
def test_the_published_files_hold_what_was_published():
    expected = {
        "ws-353": 353, "ws-353-sim": 203, "ws-353-rel": 252, "simlex": 999, "simverb": 3500,
        "men": 3000, "rw": 2034, "mturk-287": 287, "mturk-771": 771, "rg-65": 65, "mc-30": 30,
        "yp-130": 130, "verb-143": 144, "wordsim-240": 240, "wordsim-297": 297, "google": 19544,
    }  # fmt: skip
    assert {name: len(open_benchmark(name)) for name in installed_benchmarks()} == expected
    assert len(open_benchmark("google").categories) == 14
    assert open_benchmark("wordsim-297").right[:2] == ("足球", "老虎")
