"""The map of the lectures has every figure, in the order of the slides, and its links lead to headings that are there."""

import json
import re

import pytest
from myst_parser.mdit_to_docutils.base import default_slugify

from course import ROOT
from course.site.lectures import hours, minutes

PAGE = (ROOT / "book" / "lectures.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!Slides|---)(.*?) \|$", PAGE, re.M)
LINKS = re.findall(r"\]\(([^)\s]+)\)", PAGE)


def figures():
    """{id: (chapter, lecture)} of course/figures.csv."""
    import csv

    with open(ROOT / "course" / "figures.csv", encoding="utf-8", newline="") as file:
        return {row["id"]: (row["chapter"], row["lecture"]) for row in csv.DictReader(file)}


def headings(path):
    """Texts of a page's headings of the levels that have anchors (myst_heading_anchors in _config.yml)."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return [re.sub(r"[`*]|\$", "", heading) for heading in re.findall(r"^#{1,3} (.+?)\s*$", text, re.M)]


def anchors(path):
    """Anchors as MyST makes them: the slug of the heading; the second of its kind gets -1."""
    found = []
    for heading in headings(path):
        slug, number = default_slugify(heading), 1
        while slug in found:
            slug, number = f"{default_slugify(heading)}-{number}", number + 1
        found.append(slug)
    return found


@pytest.mark.parametrize("link", sorted(set(LINKS)))
def test_link_leads_somewhere(link):
    target, _, anchor = link.partition("#")
    if not target:
        assert f"({anchor})=" in (ROOT / "book" / "references.md").read_text(encoding="utf-8"), f"references.md has no ({anchor})="
        return
    path = (ROOT / "book" / target).resolve()
    assert path.is_file(), f"{target} is not there"
    if anchor:
        assert anchor in anchors(path), f"{path.name} has no heading #{anchor}; it has {', '.join(anchors(path))}"


def test_every_figure_stands_once_and_with_its_lecture():
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
    assert [name.lower() for name in sections] == ["dinh", "marques", "scully", "hoàng", "zhang"]
    listed = {name.lower().replace("à", "a"): re.findall(r"\b[DMSHZ]\d\d\b", " ".join(row.split(" | ")[2] for row in rows_of(text)))
              for name, text in sections.items()}
    wanted = {}
    for figure, (_, lecture) in figures().items():
        wanted.setdefault(lecture, []).append(figure)
    assert {name: sorted(found) for name, found in listed.items()} == wanted


def rows_of(text):
    return re.findall(r"^\| (?!Slides|---)(.*?) \|$", text, re.M)


def test_each_row_leads_to_the_chapter_of_its_figures():
    wrong = []
    for row in ROWS:
        slides, places, ids, _ = row.split(" | ")
        for figure in re.findall(r"[DMSHZ]\d\d", ids):
            chapter = figures()[figure][0]
            if chapter.isdigit():
                right = f"notebooks/{chapter}-" in places
            else:  # no chapter yet, or in an exercise
                right = "*part 5, coming*" in places or "../exercises/" in places
            if not right:
                wrong.append(f"{figure} ({slides}) belongs to {chapter}: link it in this row")
    assert wrong == []


def test_each_entry_of_the_errata_is_named():
    entries = re.findall(r"^### (E\d+)\.", (ROOT / "book" / "errata.md").read_text(encoding="utf-8"), re.M)
    assert [entry for entry in entries if f"[{entry}](errata.md#{entry.lower()}-" not in PAGE] == []


def test_paths_name_chapters_of_the_course():
    paths = re.findall(r"^```\{reading-path\} (.+)$", PAGE, re.M)
    there = {path.name[:2] for path in (ROOT / "notebooks").glob("*.ipynb")}
    planned = {f"{number}" for number in range(18, 24)}
    assert len(paths) == 5
    for path in paths:
        numbers = path.split()
        assert len(set(numbers)) == len(numbers) > 4 and set(numbers) <= there | planned, path


def test_the_landing_page_leads_to_it():
    assert "](lectures.md)" in (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    assert "file: book/lectures\n" in (ROOT / "_toc.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("line, expected", [
    ("25 minutes to read · To run: about 1 minute on a CPU (quick profile), 10 minutes on a GPU (full profile)", (25, 1)),
    ("40 minutes to read · To run: less than a minute on a CPU, in both profiles · Outputs from a full run", (40, 1)),
    ("35 minutes to read · To run: about half a minute on a CPU", (35, 0.5)),
    ("20 minutes to read · To run: 30 seconds", (20, 0.5)),
    ("15 minutes to read", (15, 0)),
])
def test_minutes_of_a_chapter(line, expected):
    assert minutes(line) == expected


@pytest.mark.parametrize("total, words", [
    (20, "about half an hour"), (60, "about 1 hour"), (61, "about 1 and a half hours"), (125, "about 2 and a half hours"), (180, "about 3 hours"),
])
def test_hours(total, words):
    assert hours(total) == words


def test_site_shows_path_and_hours(site):
    page = (site / "book" / "lectures.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert len(re.findall(r"About \d+(?: and a half)? hours?: \d+ minutes to read \d+ chapters, \d+ minutes to run them", text)) == 5
    read = [int(number) for number in re.findall(r": (\d+) minutes(?! to)", text[:text.index("About ")])]
    assert f"{sum(read)} minutes to read {len(read)} chapters" in text
