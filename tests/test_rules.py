"""Each rule for chapters goes red on a chapter that breaks it."""

import nbformat
import pytest

from course.chapters import notebook, release, rules

GOOD_TEXT = (
    "# Title\n\nYou will see.\n\n**Needs:** nothing.\n\n<details><summary>Question: why?</summary>\n\nSo.\n</details>\n\n"
    "## What the lecture says, and what we measured\n\n## Summary\n\n**Practise:** more.\n\n**Sources:** [all](other.md)."
)
PNG = nbformat.v4.new_output("display_data", data={"image/png": "aGk=", "text/plain": "<Figure size 1x1>"})
ALT = {"mystnb": {"image": {"alt": "A curve falls from the upper left to the lower right."}}}


@pytest.fixture
def chapter(tmp_path):
    """Write a chapter that keeps all rules, changed by a function, and return what the rules say of it."""
    (tmp_path / "other.md").write_text("")

    def problems(change=lambda nb: None, stamp=True):
        setup = nbformat.v4.new_code_cell(rules.shared_cell("setup"), metadata={"course": {"cell": "setup"}})
        figure = nbformat.v4.new_code_cell("plt.show()", metadata=ALT, outputs=[PNG], execution_count=2)
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(GOOD_TEXT), setup, figure])
        if stamp:
            change(nb)
        notebook.stamp(nb, "full", 1)
        if not stamp:
            change(nb)
        notebook.write(nb, tmp_path / "99-test.ipynb")
        return rules.problems(tmp_path / "99-test.ipynb")

    return problems


def test_a_good_chapter_breaks_no_rule(chapter):
    assert chapter() == []


def replace(old, new):
    def change(nb):
        assert old in nb.cells[0].source
        nb.cells[0].source = nb.cells[0].source.replace(old, new)

    return change


def figure(**changes):
    def change(nb):
        nb.cells[2].update(changes)

    return change


def output(kind, **fields):
    return figure(outputs=[nbformat.v4.new_output(kind, **fields)])


@pytest.mark.parametrize("change, word", [
    (lambda nb: nb.cells.pop(1), "not the shared cell setup"),
    (lambda nb: nb.cells[1].update(source="SEED = 1"), "differs from course/cells"),
    (figure(metadata={}), "alt text"),
    (figure(metadata={"mystnb": {"image": {"alt": "curve.png"}}}), "alt text"),
    (figure(source="import torch"), "not on stock Colab"),
    (figure(source="from torch import nn"), "not on stock Colab"),
    (figure(source="tf.keras.layers"), "tf.keras"),
    (figure(metadata={**ALT, "tags": ["nbval-ignore-output"]}), "not compared"),
    (output("error", ename="E", evalue="", traceback=[]), "stores an error"),
    (output("stream", name="stderr", text="Warning"), "stores a warning"),
    (output("stream", name="stdout", text="saved to /home/me/x"), "stores a path"),
    (replace("# Title", "Title"), "title"),
    (replace("## Summary", ""), "lacks ## Summary"),
    (replace("<details>", ""), "lacks <details>"),
    (replace("You will see.", "```{note}\nSee.\n```\nYou will see."), "MyST"),
    (replace("You will see.", "{ref}`x` You will see."), "MyST"),
    (replace("You will see.", "![x](x.png) You will see."), "image from a file"),
    (replace("other.md", "nowhere.md"), "nowhere.md"),
])
def test_a_broken_rule_is_named(chapter, change, word):
    assert any(word in line for line in chapter(change)), chapter(change)


def printed(text):
    return nbformat.v4.new_code_cell("print(found)", outputs=[nbformat.v4.new_output("stream", name="stdout", text=text)])


@pytest.mark.parametrize("prose, missing", [
    ("But many errors (in our full run 21 of 79) have a confidence above 0.9.", ["21", "79"]),  # stood in chapter 9: the output says 81
    ("But many errors (in our full run 22 of 81) have a confidence above 0.9.", []),
    ("The network reaches 0.87.", []), ("The network reaches 0.874.", ["0.874"]), ("That is 86.7 % of all.", []), ("It gains 3.1 points.", ["3.1"]),
    ("The paper has 8.75 %.", []), ("With a rate of 0.001 it starts.", []), ("Take `0.874` and $0.874$.", []), ("| 0.874 | 79 % |", []),
    ("### A new section\n\nIn our full run 22 are wrong.", ["22"]), ("About 700 of 900 images.", []), ("Wrong are 700 of 900 images.", ["700", "900"]),
])
def test_a_number_that_no_output_shows_is_named(prose, missing):
    """The prose cannot go stale: what it says of our own run must stand in an output."""
    nb = nbformat.v4.new_notebook(cells=[printed("wrong: 81, of these above 0.9: 22, accuracy 0.8666"), nbformat.v4.new_markdown_cell(prose)])
    assert [number for _, number, _ in rules.unproved(nb)] == missing


def test_check_tells_of_such_a_number(chapter):
    assert any("0.123 claims a measurement" in line for line in chapter(replace("You will see.", "It reaches 0.123.")))


def test_stale_outputs_are_named(chapter):
    assert any("code changed" in line for line in chapter(figure(source="plt.show()  "), stamp=False))


def test_quick_outputs_are_named(chapter):
    assert any("full run" in line for line in chapter(lambda nb: notebook.stamp(nb, "quick", 1), stamp=False))


def test_a_missing_runtime_is_named_and_kept_by_all_commands(chapter):
    assert any("Colab's runtime 2026.07" in line for line in chapter(lambda nb: nb.metadata.pop("colab"), stamp=False))
    assert any("Colab's runtime" in line for line in chapter(
        lambda nb: nb.metadata["colab"]["runtime_attributes"].update(runtime_version="2025.07"), stamp=False))
    nb = nbformat.v4.new_notebook(metadata={"colab": {"provenance": []}})
    assert rules.synchronise(nb) and not rules.synchronise(nb)
    named = {"provenance": [], "runtime_attributes": {"runtime_version": "2026.07"}}
    notebook.stamp(nb, "full", 1)
    assert nb.metadata.colab == named
    nb.cells = [nbformat.v4.new_code_cell(f"def f(x):\n    {release.BEGIN}\n    return x + x + x + x\n    {release.END}")]
    assert release.exercise(nb, "f.ipynb").metadata["colab"] == {"runtime_attributes": named["runtime_attributes"]}


def test_sync_mends_a_shared_cell(chapter):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("old", metadata={"course": {"cell": "setup"}})])
    assert rules.synchronise(nb) and nb.cells[0].source == rules.shared_cell("setup")
    assert not rules.synchronise(nb)


@pytest.mark.parametrize("name, words", [("nothing", "nothing.py is missing"), ("ledger:nothing", "no region nothing")])
def test_an_unknown_shared_cell_is_named(name, words):
    with pytest.raises(rules.CourseError, match=words):
        rules.shared_cell(name)
