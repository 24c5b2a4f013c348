"""No answer leaks through a marker that is wrong."""

import nbformat
import pytest

from course import CourseError
from course.chapters import notebook, release

GOOD = "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x + 0 * x\n    ### END SOLUTION"


def released(code, text="Say why."):
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell("f(2)")]
    return release.exercise(nbformat.v4.new_notebook(cells=cells), "x.ipynb")


def test_right_markers_are_taken():
    assert "2 * x" not in released(GOOD).cells[1].source


@pytest.mark.parametrize("code", [
    GOOD.replace("BEGIN SOLUTION", "BEGIN SOLUTON"), GOOD.replace("BEGIN SOLUTION", "BEGINN SOLUTION"), GOOD.replace("### BEGIN", "## BEGIN"),
    GOOD.replace("### BEGIN SOLUTION", "### begin solution"), GOOD.replace("### BEGIN SOLUTION", "###BEGIN SOLUTION"),
    GOOD.replace("END SOLUTION", "END SOLUTIONS"), GOOD.replace("END SOLUTION", "ENDE SOLUTION"), GOOD.replace("### END", "#### END"),
    GOOD.replace("    ### BEGIN", "    y = x  ### BEGIN"), GOOD.replace("BEGIN SOLUTION", "BEGIN_SOLUTION"), GOOD.replace("### BEGIN SOLUTION", "# BEGIN: SOLUTION"),
    GOOD + "\n### BEGIN HIDDEN TESTS\nassert f(1) == 2\n### END HIDDEN TESTS", GOOD + "\n### BEGIN MARK SCHEME", GOOD + "\n### TEACHERS ONLY",
    GOOD.replace("    ### END SOLUTION", ""), GOOD.replace("    ### BEGIN SOLUTION\n", ""), GOOD + "\n    ### END SOLUTION",
    GOOD.replace("    return", "    ### BEGIN SOLUTION\n    return"),
])
def test_a_marker_that_is_none_stops_the_release(code):
    with pytest.raises(CourseError, match="marker|partner"):
        released(code)


@pytest.mark.parametrize("text", ["### BEGIN SOLUTION\nIt is 7.\n### END SOLUTION", "**begin solution** It is 7.", "### BEGIN SOLUTON\nIt is 7.", "<!-- BEGIN SOLUTION --> 7"])
def test_a_marker_in_a_text_cell_stops_the_release(text):
    with pytest.raises(CourseError, match="cell 0.*no marker"):
        released(GOOD, text)


@pytest.mark.parametrize("code, text", [
    (GOOD + "\n# At the end the solution is compared.\n# begin with one kernel", "## The end of the chapter\n\n### Begin here"),
    (GOOD + '\nprint("end of the solution")\nx = 1  # END', "The solutions begin below. In the end, solutions are compared."),
])
def test_ordinary_words_are_no_markers(code, text):
    released(code, text)


TWO = "def f(x):\n    ### BEGIN SOLUTION\n    doubled = 2 * x + 0\n    return doubled + 0 * x\n    ### END SOLUTION"


@pytest.mark.parametrize("other, tags, leaks", [
    ("    return doubled + 0 * x", [], True), ("    return doubled + 0 * x", ["given"], False),
    ("    doubled = 2 * x + 0\n    return doubled + 0 * x", ["given"], True), ("print(f(2))", [], False),
])
def test_an_answer_that_stays_in_another_cell_stops_the_release(other, tags, leaks):
    """A cell with faulty code that is given may share lines with the mended one, but not all."""
    cells = [nbformat.v4.new_code_cell(TWO), nbformat.v4.new_code_cell("def g(x):\n" + other, metadata={"tags": tags})]
    nb = nbformat.v4.new_notebook(cells=cells)
    if leaks:
        with pytest.raises(CourseError, match="cell 1: the answer .* would stay"):
            release.exercise(nb, "x.ipynb")
    else:
        release.exercise(nb, "x.ipynb")


def test_a_solution_without_an_answer_stops_the_release():
    with pytest.raises(CourseError, match="no answer between"):
        released("def f(x):\n    return 2 * x")


def test_a_text_cell_stays_as_it_is():
    cell = nbformat.v4.new_markdown_cell("Say why.", metadata={"tags": ["check"]})
    new = release.exercise(nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell(GOOD)]), "x.ipynb").cells[0]
    assert "outputs" not in new and new.metadata == cell.metadata


def test_only_what_changed_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(notebook, "ROOT", tmp_path)
    (tmp_path / "solutions").mkdir()
    notebook.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(GOOD)]), tmp_path / "solutions" / "01-x.ipynb")
    target = tmp_path / "exercises" / "01-x.ipynb"
    assert release.release() == [target] and "2 * x" not in target.read_text(encoding="utf-8")
    assert release.release() == []
    target.write_text(target.read_text(encoding="utf-8").replace("def f", "def g"), encoding="utf-8")
    assert release.release() == [target]
