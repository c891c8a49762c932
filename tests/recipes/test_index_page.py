from wordloom.recipes.index_page import Entry, write_index
from wordloom.recipes.page import Figure


def written(folder, entries):
    path = folder / "index.html"
    write_index(path, entries)
    return path.read_text("utf-8")


def test_each_experiment_has_its_figures_and_leads_to_its_page(tmp_path):
    entries = [
        Entry("bbc", "News", "bbc/report.html", [Figure("accuracy", "0.93", "0.98")], 60.0, None),
        Entry("imdb", "Reviews", "imdb/report.html", [], 5.5, None),
    ]
    page = written(tmp_path, entries)
    assert page.index('<a href="bbc/report.html">News</a>') < page.index("0.98")
    assert '<a href="imdb/report.html">Reviews</a>' in page
    assert "2 experiments, each run here again; the times add up to 1 min 6 s" in page
    assert "failed" not in page


def test_a_failed_experiment_says_why_and_leads_nowhere(tmp_path):
    page = written(tmp_path, [Entry("imdb", "Reviews", "imdb/report.html", [], 1.0, "No <data>.")])
    assert "Failed: No &lt;data&gt;." in page
    assert "href" not in page
    assert "1 of them failed" in page


def test_a_page_is_a_file_beside_the_index_never_a_script(tmp_path):
    page = written(tmp_path, [Entry("<b>", "<i>", 'javascript:alert(1)">\ud800', [], 0.0, None)])
    assert 'href="javascript%3Aalert%281%29%22%3E' in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_no_experiments_make_a_page(tmp_path):
    assert "0 experiments" in written(tmp_path, [])
