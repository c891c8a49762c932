import re

import pytest

from wordloom.errors import InputError
from wordloom.recipes.page import Figure, Section, write_experiment_page

HOSTILE = "</style><script>alert(1)</script> \u202e \ud800 $title 'x' \"y\""
SVG = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="10pt" height="5pt"><path d="M0 0"/></svg>'
PNG = "data:image/png;base64,iVBORw0KGgo="


def written(folder, **parts):
    path = folder / "report.html"
    defaults = {
        "title": "Title",
        "lead": "Lead.",
        "figures": [Figure("accuracy", "0.76", "0.80", "whole text")],
        "sections": [],
        "notes": [],
    }
    write_experiment_page(path, **(defaults | parts))
    return path.read_text("utf-8")


def test_published_figures_stand_beside_ours(tmp_path):
    page = written(tmp_path, figures=[Figure("accuracy", "0.76", "0.80"), Figure("F1", "", "0.7")])
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page)
    assert cells[:4] == ["figure", "published", "ours", "note"]
    assert cells[4:] == ["accuracy", "0.76", "0.80", "", "F1", "–", "0.7", ""]


def test_sections_hold_text_tables_pictures_and_lists(tmp_path):
    section = Section(
        "Steps",
        ["First.", "Second."],
        [["step", "loss"], ["1", "0.69"]],
        [SVG, PNG, f'<img src="{PNG}" alt="losses">'],
        [["one", "two"], ["three"]],
    )
    page = written(tmp_path, sections=[section], notes=["A note."])
    assert "<p>First.</p><p>Second.</p>" in page
    assert '<td class="number">0.69</td>' in page
    assert '<svg width="10pt" height="5pt"><path d="M0 0"/></svg>' in page
    assert "<!DOCTYPE" not in page
    assert page.count(f'<img src="{PNG}"') == 2
    assert page.count("<ul") == 3
    assert "<li>A note.</li>" in page


def test_no_text_becomes_markup_and_nothing_is_fetched(tmp_path):
    page = written(
        tmp_path,
        title=HOSTILE,
        lead=HOSTILE,
        figures=[Figure(*[HOSTILE] * 4)],
        sections=[Section(HOSTILE, [HOSTILE], [[HOSTILE] * 2] * 2, [PNG], [[HOSTILE]])] * 4,
        notes=[HOSTILE],
    )
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "default-src 'none'" in page
    assert "script-src" not in page
    assert not re.search(r"https?://|@import|url\(", page)


def test_many_sections_have_a_list_of_links(tmp_path):
    sections = [Section(f"Part {number}") for number in range(4)]
    page = written(tmp_path, sections=sections)
    for target in re.findall(r'href="#([^"]*)"', page):
        assert f'id="{target}"' in page
    assert page.count("href=") == 4
    assert "href=" not in written(tmp_path, sections=sections[:3])


def test_an_empty_page_is_a_page(tmp_path):
    page = written(tmp_path, lead="", figures=[])
    assert "<section" not in page
    assert page.rstrip().endswith("</html>")


def test_what_is_no_picture_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="the picture itself"):
        written(tmp_path, sections=[Section("a", pictures=["losses.png"])])
    assert not list(tmp_path.iterdir())
