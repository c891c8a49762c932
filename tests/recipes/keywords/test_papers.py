import pytest

from wordloom.errors import FormatError, InputError
from wordloom.recipes.keywords.papers import open_papers


def test_inspec_has_a_text_and_keywords_for_each_paper(inspec):
    papers = open_papers(str(inspec))
    assert (papers.name, len(papers), papers.topics, papers.others) == ("Inspec", 48, [], [])
    assert papers.texts[3].startswith("Title 3 ")
    assert all(len(keywords) == 4 for keywords in papers.keywords)
    assert all(keyword == keyword.strip() for keyword in papers.keywords[0])
    assert [*papers.cuts()] == ["keywords", "words"]


def test_csl_has_a_discipline_for_each_paper_and_other_titles(csl):
    papers = open_papers(str(csl))
    assert (papers.name, len(papers), len(papers.others)) == ("CSL", 48, 24)
    assert papers.topics[1:3] == ["医学", "法学"]
    assert "患者" in papers.texts[0]
    assert papers.texts[0].endswith("之24")
    assert papers.others[0].endswith("之0")


def test_chinese_keywords_are_also_compared_by_characters(csl):
    pytest.importorskip("jieba")
    cuts = open_papers(str(csl)).cuts()
    assert cuts["characters"]("高血压-A1") == ["高", "血", "压", "a", "1"]
    assert cuts["keywords"]("高血压 A") == ["高血压 a"]


def test_sets_are_found_where_data_lie(csl, inspec, monkeypatch):
    monkeypatch.setenv("WORDLOOM_DATA", str(csl.parent))
    monkeypatch.setenv("WORDLOOM_CACHE", str(csl.parent / "cache"))
    with pytest.raises(InputError, match="'csl' is not on this machine"):
        open_papers("data:csl")
    csl.rename(csl.with_name("csl"))
    inspec.rename(inspec.with_name("Inspec.zip"))
    assert len(open_papers("data:csl")) == len(open_papers("data:inspec")) == 48
    with pytest.raises(InputError, match="data:csl, data:inspec"):
        open_papers("data:arxiv")


def test_what_is_laid_out_otherwise_is_refused(csl, inspec, tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        open_papers(str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"laid out as CSL .* or as Inspec"):
        open_papers(str(tmp_path / "empty"))
    titles = csl / "cls_ctg" / "test.tsv"
    content = titles.read_text()
    titles.write_text(content + "to category\tone more\t医学\n")
    with pytest.raises(FormatError, match="25 and 24 rows in test"):
        open_papers(str(csl))
    titles.write_text(content.replace("论", "谈", 1))
    with pytest.raises(FormatError, match="ends with its title"):
        open_papers(str(csl))
    titles.write_text(content.replace("\t", " ", 1))
    with pytest.raises(FormatError, match=r"test\.tsv, whose line 1 has 2"):
        open_papers(str(csl))
    titles.unlink()
    with pytest.raises(InputError, match=r"cls_ctg/test\.tsv"):
        open_papers(str(csl))
