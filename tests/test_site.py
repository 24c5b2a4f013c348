"""The site builds without a warning, and its buttons lead somewhere or are not there."""

import base64
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from xml.etree import ElementTree

import pytest

from course import ROOT
from course.site.buttons import repository
from tests.conftest import build_site

COLAB = "https://colab.research.google.com/github/someone/cnn/blob/main/notebooks/04-from-mlp-to-cnn.ipynb"


def test_site_builds_and_offers_colab_when_the_address_is_known(site):
    page = (site / "notebooks/04-from-mlp-to-cnn.html").read_text()
    assert COLAB in page
    assert "download" in (site / "book/how-to-use.html").read_text()


@pytest.mark.parametrize("theirs, ours", [
    (r"(?!)", r"dataset\.theme = matchMedia"),  # colours from the first moment
    (r'tex-chtml\.js"', r"tex-chtml\.js\?v="),  # MathJax is there before the first page: one address for all
    (r"thebe", r"<html"),
    (r'<span class="[npw]">', r'<span class="nb">'),
    (r'(?<!"course-formula">)(?<!"course-formula">\()<span class="math [^>]*>[^<]*</span>[.,;:!?)]',
     r'<span class="course-formula">\(?<span class="math [^>]*>[^<]*</span>[.,;:!?)]+</span>'),
    (r"<summary[^>]*>\s*<p", r'<summary>\n<span class="collapsed admonition-title">Show the code</span>\n<span class="expanded '),
    (r'<button class="btn search-button-field [^>]*(title|aria-label)', r'<button class="btn search-button-field '),
    (r'role="presentation"', r'<summary aria-label="Pages under Exercises"><span class="toctree-toggle">'),
    (r'<i class="theme-switch [^>]*title=', r'<i class="theme-switch '),
    (r'<div id="pst-primary-sidebar" class', r'<div id="pst-primary-sidebar" role="complementary" aria-label="Course"'),
    (r"searchindex\.js", r'<meta name="viewport"'),
])
def test_the_theme_is_mended(site, theirs, ours):
    """One line for each change of the theme, of MyST-NB or of Sphinx in course/site: red when theirs is another than it was."""
    page = (site / "notebooks/05-feature-maps.html").read_text()
    assert not re.search(theirs, page) and re.search(ours, page)


def test_sounds_are_files_and_not_in_the_page(site):
    page = site / "notebooks/22-speech.html"
    sounds = re.findall(r'<audio [^>]*src="([^"]*)"', page.read_text())
    stored = re.findall(r'data:audio/wav;base64,([A-Za-z0-9+/=]+)', (ROOT / "notebooks/22-speech.ipynb").read_text())
    assert sounds and [(page.parent / sound).read_bytes() for sound in sounds] == [base64.b64decode(data) for data in stored]


def test_site_without_an_address_offers_the_download_only(tmp_path, monkeypatch):
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(name, raising=False)
    if repository("", ROOT):
        pytest.skip("this checkout has a remote, so its address is known")
    site = build_site(tmp_path)
    page = (site / "notebooks/04-from-mlp-to-cnn.html").read_text()
    assert "colab.research.google.com/github" not in page and "github.com" not in page.split("</header>")[0]
    assert "04-from-mlp-to-cnn.ipynb" in page  # the download button


def test_the_map_shows_the_last_part_and_plans_nothing(site):
    page = (site / "book/index.html").read_text()
    picture = page[page.index("course-map wide"):page.index("course-map narrow")]
    part = picture[picture.index("Practice"):]
    assert "24-what-a-network-sees.html" in part and "25-capstone.html" in part
    assert page.count("Part 6: Practice") == page.count("Part 5: Beyond classification")  # one part, not two
    assert "Planned" not in page


@pytest.mark.parametrize("remote, address", [
    ("https://github.com/someone/cnn.git", "https://github.com/someone/cnn"),
    ("git@github.com:someone/cnn.git", "https://github.com/someone/cnn"),
    ("https://user:token@github.com/someone/cnn", "https://github.com/someone/cnn"),
    ("ssh://git@gitlab.example.org/group/sub/cnn.git", "https://gitlab.example.org/group/sub/cnn"),
    ("/srv/git/cnn.git", None),
    ("file:///srv/git/cnn.git", None),
])
def test_address_from_the_remote(tmp_path, monkeypatch, remote, address):
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(name, raising=False)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert repository("", tmp_path) is None
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=tmp_path, check=True)
    assert repository("", tmp_path) == address
    assert repository("https://example.org/a/b/", tmp_path) == "https://example.org/a/b"


def test_make_site_prints_an_address_that_a_terminal_opens(tmp_path):
    folder = tmp_path / "Kurs für \"Bild\" & Ton 100%"
    (folder / ".venv-site/bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("requirements-site.txt", "requirements.lock", ".venv-site/made"):
        (folder / name).touch()
    (folder / ".venv-site/bin/jupyter-book").write_text("#!/bin/sh\n")
    (folder / ".venv-site/bin/jupyter-book").chmod(0o755)
    (folder / ".venv-site/bin/python").symlink_to(sys.executable)
    result = subprocess.run(["make", "-s", "site"], cwd=folder, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    address = result.stdout.split()[-1]
    assert result.stdout == f"Open {address}\n" and address.isascii() and address.endswith("/_build/html/index.html"), result.stderr
    assert urllib.request.url2pathname(address.removeprefix("file://")) == str(folder / "_build/html/index.html")


def test_workflows_are_valid():
    files = sorted((ROOT / ".github/workflows").glob("*.yml"))
    result = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files],
        capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stdout
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"]).returncode == 0


def test_epub_has_all_pages_and_formulas_without_scripts(tmp_path):
    """Two pages are enough: a folder's page and a page with formulas."""
    toc = tmp_path / "toc.yml"
    toc.write_text("format: jb-book\nroot: book/index\nchapters:\n  - file: book/notation\n")
    result = subprocess.run(
        [ROOT / ".venv-site/bin/jupyter-book", "build", ".", "--toc", toc, "--path-output", tmp_path,
         "--builder", "custom", "--custom-builder", "epub"], cwd=ROOT, capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    # Links to the pages left out are missing here; every other warning would stop `make epub`.
    assert not [line for line in result.stderr.splitlines() if "WARNING" in line and "xref_missing" not in line]
    book = zipfile.ZipFile(tmp_path / "_build/epub/course.epub")
    pages = {name: book.read(name).decode() for name in book.namelist() if name.endswith((".xhtml", ".opf"))}
    for name, page in pages.items():
        ElementTree.fromstring(page.replace("&nbsp;", "&#160;"))  # well-formed
        assert "<script" not in page and "noscript" not in page, name
    assert "<math" in pages["book/notation.xhtml"]
    assert re.search(r'href="book/notation.xhtml"[^>]*properties="mathml"', pages["content.opf"])
    assert 'href="book/notation.xhtml"' in pages["nav.xhtml"]
