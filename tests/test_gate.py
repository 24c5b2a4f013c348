"""The gate itself: a notebook that is not as it should be is red. nbval is seldom renewed, pytest often."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from course import ROOT
from course.chapters import notebook


def printed(text):
    return [nbformat.v4.new_output("stream", name="stdout", text=text)]


CELLS = {  # code, stored outputs, is it green?
    "right": ("print(1 + 2)", printed("3\n"), True),
    "wrong": ("print(1 + 2)", printed("2\n"), False),
    "stale": ("x = 1 + 2", printed("3\n"), False),
    "not stored": ("print(1 + 2)", [], False),
    "no figure": ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", [], False),
    "raises": ("1 / 0", [], False),
    "warns": ("import sys\nprint('careful', file=sys.stderr)", [nbformat.v4.new_output("stream", name="stderr", text="careful\n")], False),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What `pytest --nbval` says of each cell."""
    folder = tmp_path_factory.mktemp("gate")
    cells = [nbformat.v4.new_code_cell(code, outputs=outputs, execution_count=1) for code, outputs, _ in CELLS.values()]
    notebook.write(nbformat.v4.new_notebook(cells=cells), folder / "gate.ipynb")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-rA", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "conftest",
         "--rootdir", ROOT, "-c", ROOT / "pyproject.toml", folder],
        cwd=ROOT, env={**env, "COURSE_DATA": "stand-in", "MPLBACKEND": "agg"}, capture_output=True, text=True,
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR) .*?gate\.ipynb::Cell (\d+)", result.stdout, re.M)
    assert len(found) == len(CELLS), result.stdout + result.stderr
    return {int(number): word == "PASSED" for word, number in found}


@pytest.mark.parametrize("number, green", [(i, green) for i, (*_, green) in enumerate(CELLS.values())], ids=list(CELLS))
def test_a_cell_is_green_only_when_it_runs_to_what_it_stores(outcomes, number, green):
    assert outcomes[number] == green
