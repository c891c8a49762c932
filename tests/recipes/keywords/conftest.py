import zipfile

import numpy as np
import pytest

TOPICS = {
    "physics": ["quark", "boson", "lepton", "photon", "gluon", "hadron"],
    "biology": ["ribosome", "enzyme", "protein", "membrane", "genome", "plasmid"],
}
CHINESE = {
    "医学": ["患者", "高血压", "药物", "治疗", "血管", "临床"],
    "法学": ["法律", "刑法", "权利", "合同", "司法", "立法"],
}


def paper(words, random):
    """Four words of a paper as its keywords, and a text that holds them."""
    keywords = random.choice(words, 4, replace=False).tolist()
    return keywords, random.choice([*keywords, *keywords, *words], 30).tolist()


@pytest.fixture
def inspec(tmp_path):
    """An archive laid out as Inspec, of 48 papers on two topics; the first has an odd spelling."""
    random = np.random.default_rng(1)
    path = tmp_path / "Tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(48):
            keywords, text = paper(list(TOPICS.values())[number // 2 % 2], random)
            title = f"Title {number}\r\n\t"
            archive.writestr(f"Tiny/docsutf8/{number}.txt", title + " ".join(text))
            lines = [keywords[0], "\t" + keywords[1].capitalize(), *keywords[2:]]
            archive.writestr(f"Tiny/keys/{number}.key", "\r\n".join(lines))
        archive.writestr("Tiny/lan.txt", "en")
    return path


@pytest.fixture
def csl(tmp_path):
    """A folder laid out as CSL, of 24 papers in each of dev and test."""
    random = np.random.default_rng(1)
    for name in ("kg", "cls_ctg"):
        (tmp_path / "tiny" / name).mkdir(parents=True)
    number = 0
    for part in ("train", "dev", "test"):
        papers, titles = [], []
        for _ in range(24):
            topic = list(CHINESE)[number // 2 % 2]
            keywords, text = paper(CHINESE[topic], random)
            title = f"论{keywords[0]}之{number}"
            papers.append(f"to keywords\t{'，'.join(text)}。 {title}\t{'_'.join(keywords)}")
            titles.append(f"to category\t{title}\t{topic}")
            number += 1
        for name, lines in (("kg", papers), ("cls_ctg", titles)):
            if (name, part) != ("kg", "train"):
                (tmp_path / "tiny" / name / f"{part}.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path / "tiny"
