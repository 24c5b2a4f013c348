"""Notebooks made for tests, and the site, built once for all tests."""

import fcntl
import os
import subprocess
from pathlib import Path

import hypothesis
import nbformat
import pytest

from course import ROOT
from course.chapters import notebook
from course.site.browser import open_browser


# Random examples: no deadline, the machine may be busy; in `make test` always the same ones, so that it is red or green by the code
# alone. `make fuzz` takes the profile "long".
hypothesis.settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=3000, suppress_health_check=list(hypothesis.HealthCheck))
hypothesis.settings.load_profile("default")


@pytest.fixture
def small(tmp_path):
    """Write a notebook of the given code cells to a file of its own and return the path."""

    def make(*sources, name="notebook.ipynb"):
        path = tmp_path / name
        notebook.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources]), path)
        return path

    return make


@pytest.fixture(scope="module")
def browser():
    with open_browser() as chromium:
        yield chromium


def build_site(out, **env):
    """Build the site as `make site` does, into a folder of its own; gives the folder with the pages."""
    result = subprocess.run(
        [ROOT / ".venv-site/bin/jupyter-book", "build", ".", "-n", "-W", "--keep-going", "--path-output", out],
        cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr[-3000:] + result.stdout[-3000:]
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """The built site of a repository whose address is known. The processes of one test run share it.

    COURSE_SITE names a site that is built already, for those who change the tests.
    """
    if "COURSE_SITE" in os.environ:
        return Path(os.environ["COURSE_SITE"]).resolve()
    shared = tmp_path_factory.getbasetemp()
    out = (shared if worker_id == "master" else shared.parent) / "site"
    out.mkdir(exist_ok=True)
    with open(out / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "done").exists():
            build_site(out, GITHUB_REPOSITORY="someone/cnn", GITHUB_SERVER_URL="https://github.com")
            (out / "done").touch()
    return out / "_build" / "html"
