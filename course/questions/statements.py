"""Questions that ask which of four statements is wrong. Every statement can be tested by computing."""

import functools
import json
import re

from .. import ROOT
from . import Question, Wrong


def pick(rng, items):
    """One of the items, drawn."""
    return items[int(rng.integers(len(items)))]


def erratum(number, phrase):
    """Whether an entry of the errata ("E16") says the phrase, wherever its lines end."""
    page = (ROOT / "book" / "errata.md").read_text(encoding="utf-8")
    entry = re.search(rf"^### {number}\. (.*?)(?=^##|\Z)", page, re.M | re.S)
    return entry is not None and phrase in " ".join(entry[1].split())


@functools.lru_cache
def _texts(stem):
    """All prose and all output of a chapter, with single blanks."""
    cells = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    outputs = [output.get("text", output.get("data", {}).get("text/plain", ""))
               for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]
    return " ".join(" ".join(prose).split()), " ".join(" ".join("".join(text) for text in outputs).split())


def printed(stem, text):
    """Whether a chapter's stored outputs say the text; blanks and ends of lines count as one blank."""
    return text in _texts(stem)[1]


def said(stem, text):
    """Whether a chapter's prose says the text, wherever its lines end."""
    return text in _texts(stem)[0]


def wrong_statement(rng, text, true, false):
    """Ask for the wrong one among three true statements and one false one.

    Parameters
    ----------
    rng : numpy.random.Generator
    text : str
    true : list of (str, str, str, callable)
        Statement, name of the mistake of those who doubt it, why it is true, a test that it holds.
    false : list of (str, str, callable)
        Statement, why it is wrong, a test that must fail.
    """
    statement, why, holds = pick(rng, false)
    others = [true[i] for i in rng.permutation(len(true))[:3]]
    tests = {statement: holds} | {other[0]: other[3] for other in others}

    def check():
        [refuted] = [words for words, test in tests.items() if not test()]
        return refuted

    return Question(text=text, answer=statement, why=why, check=check,
                    wrong=[Wrong(words, mistake, reason) for words, mistake, reason, _ in others])
