"""CORD-19 papers in the layouts of its releases."""

import io
import json
import tarfile

import pytest

from wordloom.errors import FormatError, InputError
from wordloom.text.readers.cord19 import read_papers
from wordloom.text.sources import open_source

PDF = "a" * 40
OTHER = "b" * 40
METADATA = f"cord_uid,sha,pmcid\nu1,{PDF},PMC1\nu2,,PMC2\n"


def paper(paper_id, title, **parts):
    return json.dumps(
        {
            "paper_id": paper_id,
            "metadata": {
                "title": title,
                "authors": [{"first": "Ada", "middle": ["B."], "last": "Clark", "suffix": ""}],
            },
            "body_text": [{"text": "First part."}, {"text": "Second part."}],
            "bib_entries": {"BIBREF0": {"title": "A cited paper"}, "BIBREF1": {"title": ""}},
        }
        | parts
    )


PAPERS = {
    f"pdf_json/{PDF}.json": paper(PDF, "One", abstract=[{"text": "In short."}]),
    f"pdf_json/{OTHER}.json": paper(OTHER, "Three"),
    "pmc_json/PMC1.xml.json": paper("PMC1", "One"),
    "pmc_json/PMC2.xml.json": paper("PMC2", "Two"),
}


def write_folder(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def write_tar(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            encoded = data if isinstance(data, bytes) else data.encode()
            info = tarfile.TarInfo(name)
            info.size = len(encoded)
            archive.addfile(info, io.BytesIO(encoded))
    return path


def titles(path):
    return [text.decode() for text in read_papers(path, ["title"])]


def test_all_fields_make_one_document(tmp_path):
    write_folder(tmp_path, {f"pdf_json/{PDF}.json": PAPERS[f"pdf_json/{PDF}.json"]})
    (batch,) = open_source(tmp_path).batches()
    assert batch.texts() == [
        "One\nAda B. Clark\nIn short.\nFirst part.\nSecond part.\nA cited paper"
    ]


def test_fields_are_selected_in_a_fixed_order(tmp_path):
    write_folder(tmp_path, {f"pdf_json/{PDF}.json": PAPERS[f"pdf_json/{PDF}.json"]})
    (batch,) = open_source(tmp_path, fields=["references", "title"]).batches()
    assert batch.texts() == ["One\nA cited paper"]
    with pytest.raises(InputError, match="Received: affiliation"):
        list(open_source(tmp_path, fields=["affiliation"]).batches())


def test_without_metadata_both_parses_of_a_paper_are_read(tmp_path):
    folder = write_folder(tmp_path / "document_parses", PAPERS)
    assert titles(folder) == ["One", "Three", "One", "Two"]


def test_with_metadata_the_parse_that_comes_first_is_read(tmp_path):
    release = {f"document_parses/{name}": text for name, text in PAPERS.items()}
    folder = write_folder(tmp_path / "release", {"metadata.csv": METADATA, **release})
    assert titles(folder) == ["One", "Three", "Two"]
    archive = write_tar(tmp_path / "cord-19.tar.gz", {"x/metadata.csv": METADATA, **release})
    assert titles(archive) == ["One", "Three", "Two"]


def test_the_old_layout_and_archives_in_the_release_are_read(tmp_path):
    old = {f"comm_use_subset/comm_use_subset/{name}": text for name, text in PAPERS.items()}
    assert titles(write_folder(tmp_path / "old", old)) == ["One", "Three", "One", "Two"]
    inner = write_tar(tmp_path / "inner.tar.gz", old).read_bytes()
    release = {
        "2020-03-13/metadata.csv": METADATA,
        "2020-03-13/comm_use_subset.tar.gz": inner,
        "2020-03-13/cord_19_embeddings.tar.gz": b"not read",
    }
    (batch,) = open_source(
        write_tar(tmp_path / "cord-19_2020-03-13.tar.gz", release), fields=["title"]
    ).batches()
    assert batch.texts() == ["One", "Three", "Two"]


def test_a_paper_id_that_occurred_is_dropped(tmp_path):
    text = PAPERS[f"pdf_json/{PDF}.json"]
    folder = write_folder(
        tmp_path, {f"a/pdf_json/{PDF}.json": text, f"b/pdf_json/{OTHER}.json": text}
    )
    assert titles(folder) == ["One"]


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000])
def test_what_is_no_paper_is_refused(tmp_path, content):
    write_folder(tmp_path, {f"pdf_json/{PDF}.json": content})
    with pytest.raises(FormatError, match="must be a JSON object"):
        titles(tmp_path)


def test_odd_types_count_as_missing(tmp_path):
    odd = json.dumps({"paper_id": 3, "metadata": [], "abstract": "x", "bib_entries": [1]})
    write_folder(tmp_path, {f"pdf_json/{PDF}.json": odd})
    assert list(read_papers(tmp_path)) == [b""]
