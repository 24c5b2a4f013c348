"""No answer leaks through a marker that is wrong."""

import nbformat
import pytest

from course import CourseError
from course.chapters import release

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
