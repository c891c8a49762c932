import json

import numpy as np
import pytest

WORDS = {
    "method": ["protocol", "measured", "calculated", "software", "using"],
    "background": ["reported", "known", "reviewed", "common", "virus"],
    "result": ["consistent", "agreement", "similarly", "contrast", "findings"],
}
FILLERS = ["the", "of", "in", "was", "by"]


def citation(label, random):
    words = random.choice([*WORDS[label], *WORDS[label], *FILLERS], 12)
    return f"{' '.join(words)} (Smith, 2003)."


@pytest.fixture(scope="session")
def scicite(tmp_path_factory):
    """A folder laid out as SciCite."""
    random = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("scicite")
    for split, count in (("train", 90), ("dev", 30), ("test", 30)):
        labels = random.choice([*WORDS], count)
        rows = [{"string": citation(label, random), "label": label} for label in labels]
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="session")
def papers(tmp_path_factory):
    """A file of three topics, in whose lines citations' words occur, too."""
    lines = [
        "In Italy, Spain and Europe hospitals were full. Travel to Spain from Italy stopped.",
        "A dry cough, fever and a sore throat: the cough and the fever of the throat.",
        "The coronavirus of SARS (2003) and the coronavirus of MERS; SARS and MERS differ.",
    ]
    lines += [" ".join(words) for words in WORDS.values()]
    file = tmp_path_factory.mktemp("papers") / "papers.txt"
    file.write_text("\n".join(lines * 30))
    return file
