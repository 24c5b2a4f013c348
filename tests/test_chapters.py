"""Every chapter keeps the rules, and every figure of the lectures has its place."""

import json

import pytest

from course import ROOT
from course.chapters import notebook, results, rules

CHAPTERS = notebook.find(())


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_keeps_the_rules(path):
    assert rules.problems(path) == []


def test_every_figure_is_measured_in_its_chapter():
    reported = {(path.stem[:2], row["id"]) for path in CHAPTERS for row in results.measured(notebook.read(path), path)}
    there = {path.stem[:2] for path in CHAPTERS}
    wanted = {(row["chapter"], figure) for figure, row in results.figures().items() if row["chapter"] in there}
    wanted.discard(("08", "D30"))  # a question, answered in the chapter's words
    assert wanted - reported == set()


def numbers(value):
    """All numbers in a figure, each as the texts that stand for it."""
    if isinstance(value, list):
        return [text for item in value for text in numbers(item)]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return []
    return [{str(value), f"{value:g}", f"{value:.2f}", f"{value * 100:g}", f"{value:.4f}", f"{value:.3f}"}]


def test_lecture_figures_in_the_notebooks_are_those_of_the_lectures():
    known = results.figures()
    wrong = []
    for path in CHAPTERS:
        for row in results.measured(notebook.read(path), path):
            if known[row["id"]]["kind"] == "claim":  # words: the chapter tests them on a case of its own
                continue
            lecture = known[row["id"]]["lecture"]
            printed = " ".join(" ".join((f["value"], f["setup"])) for f in known.values() if f["lecture"] == lecture)
            if any(not any(text in printed for text in texts) for texts in numbers(row["lecture"])):
                wrong.append((path.stem, row["id"], row["quantity"], row["lecture"]))
    assert wrong == [], wrong


def test_results_page_is_up_to_date():
    assert (ROOT / "book" / "results.md").read_text(encoding="utf-8") == results.page(), "run `make results`"


def test_table_of_contents_lists_every_chapter():
    toc = (ROOT / "_toc.yml").read_text()
    assert [path.stem for path in CHAPTERS if f"notebooks/{path.stem}\n" not in toc] == []


def rows_of(tmp_path, *rows):
    import nbformat

    output = nbformat.v4.new_output("stream", name="stdout", text="\n".join(json.dumps(row) for row in rows))
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    notebook.write(nb, tmp_path / "n.ipynb")
    return results.measured(notebook.read(tmp_path / "n.ipynb"), tmp_path / "n.ipynb")


def test_verdicts(tmp_path):
    exact = {"id": "D12", "quantity": "parameters", "measured": 5, "lecture": 5}
    trained = {"id": "D16", "quantity": "accuracy", "measured": 0.89, "lecture": 0.8858, "epochs": 10, "planned": 10}
    trained |= {"profile": "full", "seed": 0, "seconds": 60, "machine": "CPU, TensorFlow"}
    assert rows_of(tmp_path, exact, trained) == [exact, trained]
    trained.pop("machine")
    with pytest.raises(results.CourseError, match="make execute"):  # an output of an older set-up cell
        rows_of(tmp_path, trained)
    assert results.verdict(exact, "") == "same"
    assert results.verdict({**exact, "lecture": None}, "") == "no figure"
    assert results.verdict({**exact, "measured": True, "lecture": "a formula"}, "") == "holds"
    assert results.verdict(trained, "") == "agrees"
    assert results.verdict({**trained, "measured": 0.8}, "another seed") == "differs"
    assert results.verdict({**trained, "measured": 0.8, "epochs": 3}, "") == "stopped early"


@pytest.mark.parametrize("row", [
    {"id": "D12", "quantity": "parameters", "measured": 6, "lecture": 5},
    {"id": "D16", "quantity": "accuracy", "measured": 0.87, "lecture": 0.8858, "epochs": 10, "planned": 10},
    {"id": "M03", "quantity": "a statement", "measured": False, "lecture": True},
    {"id": "D16", "quantity": "an exact figure", "measured": 0.89, "lecture": 0.8858},
])
def test_a_difference_needs_a_reason(row):
    with pytest.raises(results.CourseError, match="remark"):
        results.verdict(row, "")


def test_a_reason_is_made_of_values(monkeypatch):
    """A number in the reason for a difference stands in an output of the chapter, or in the lecture."""
    known = results.figures()
    known["D20"]["remark"] = "It ends at 0.7777."
    monkeypatch.setattr(results, "figures", lambda: known)
    with pytest.raises(results.CourseError, match="D20: the remark says 0.7777"):
        results.page()
