"""The site builds without a warning, and its buttons lead somewhere or are not there."""

import subprocess
import sys

import pytest

from course import ROOT
from course.sphinx_site import repository

COLAB = "https://colab.research.google.com/github/someone/cnn/blob/main/notebooks/04-from-mlp-to-cnn.ipynb"


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Build the site as `make site` does, into a folder of its own."""

    def jupyter_book(**env):
        import os

        out = tmp_path_factory.mktemp("site")
        result = subprocess.run(
            [ROOT / ".venv-site/bin/jupyter-book", "build", ".", "-n", "-W", "--keep-going", "--path-output", out],
            cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True,
        )
        assert result.returncode == 0, result.stderr[-3000:] + result.stdout[-3000:]
        return out / "_build" / "html"

    return jupyter_book


def test_site_builds_and_offers_colab_when_the_address_is_known(build):
    site = build(GITHUB_REPOSITORY="someone/cnn", GITHUB_SERVER_URL="https://github.com")
    page = (site / "notebooks/04-from-mlp-to-cnn.html").read_text()
    assert COLAB in page
    assert "download" in (site / "book/how-to-use.html").read_text()


def test_site_without_an_address_offers_the_download_only(build, monkeypatch):
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(name, raising=False)
    if repository("", ROOT):
        pytest.skip("this checkout has a remote, so its address is known")
    site = build()
    page = (site / "notebooks/04-from-mlp-to-cnn.html").read_text()
    assert "colab.research.google.com/github" not in page and "github.com" not in page.split("</header>")[0]
    assert "04-from-mlp-to-cnn.ipynb" in page  # the download button


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


def test_workflows_are_valid():
    files = sorted((ROOT / ".github/workflows").glob("*.yml"))
    result = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files],
        capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stdout
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"]).returncode == 0
