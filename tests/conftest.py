"""Notebooks made for tests."""

import nbformat
import pytest

from course import notebook


@pytest.fixture
def small(tmp_path):
    """Write a notebook of the given code cells to a file of its own and return the path."""

    def make(*sources, name="notebook.ipynb"):
        path = tmp_path / name
        notebook.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources]), path)
        return path

    return make
