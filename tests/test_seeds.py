"""Trained figures from other seeds: the code that they need, where they are kept, what the verdict makes of them."""

import json
import re

import nbformat
import pytest

from course import CourseError
from course.chapters import data, notebook, results, seeds, slices

REPORT = """\
def report(figure, quantity, measured, epochs=None):
    row = {"id": figure, "quantity": quantity, "measured": measured, "lecture": 0.9}
    print(json.dumps(row | ({"epochs": epochs, "planned": 2, "profile": "full", "seed": SEED, "seconds": 1, "machine": "CPU, 2 cores"} if epochs else {})))
"""
CELLS = [
    ("import json\nSEED = 42\n" + REPORT, "setup"),
    ("runs, pictures = {}, []", None),
    ("def learn(x):\n    scale = x\n    return shift + scale", None),
    ("shift = 0.5", None),
    ("pictures.append(learn(1) / 0)", None),                     # no figure needs it; it would stop the run
    ("shift = 0", None),
    ("for i in range(2):\n    runs[i] = learn(SEED / 1000)", None),
    ("if SEED > 42:\n    runs[1] = 0.25", None),
    ("scale = 1 / 0", None),                                     # the name of a variable that is another in `learn`
    ('report("D01", "training accuracy", runs[0], 2)\nreport("D01", "loss", runs[1], 2)\nreport("D01", "parameters", 7)', None),
    ("comparison = pictures[0] / 0", None),
]


def chapter(folder, cells=CELLS, seed=42):
    """A notebook that has run, in so far as its figures go."""
    rows = [{"id": "D01", "quantity": quantity, "measured": 0.042, "lecture": 0.9, "epochs": 2, "planned": 2, "profile": "full", "seed": seed,
             "seconds": 1, "machine": "CPU"} for quantity in ("training accuracy", "loss")]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, metadata={"course": {"cell": shared}} if shared else {})
                                         for source, shared in cells])
    nb.cells[9].outputs = [nbformat.v4.new_output("stream", name="stdout", text="\n".join(map(json.dumps, rows)))]
    notebook.write(nb, folder / "01-small.ipynb")
    return folder / "01-small.ipynb"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty course/seeds.csv elsewhere, and no stand-in for the data."""
    monkeypatch.setattr(results, "SEEDS", tmp_path / "seeds.csv")
    monkeypatch.setattr(data, "told_source", lambda: "download")
    results.SEEDS.write_text(",".join(results.SEEDS_COLUMNS) + "\n")
    return results.SEEDS


def test_only_what_the_figures_need_is_run(tmp_path):
    nb = notebook.read(chapter(tmp_path))
    setup, *cells, last = [cell.source for cell in seeds.from_seed(nb, 7).cells]
    assert "SEED = 7" in setup and last == CELLS[9][0]
    assert cells == ["runs, pictures = ({}, [])", *(CELLS[n][0] for n in (2, 5, 6, 7))]


@pytest.mark.parametrize("change", ["total += i", "total = total + i", "total = i"])
def test_a_sum_in_a_loop_needs_its_start(change):
    cells = ["total = 0", f"for i in range(3):\n    {change}", "i = 1 / 0", "print(total)"]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    assert list(slices.program(nb, {3})) == ([1, 3] if change == "total = i" else [0, 1, 3])


def test_figures_from_other_seeds_are_kept_and_renewed(tmp_path, kept, capsys):
    kept.write_text(kept.read_text() + "D01,loss,7,0.3,2,1,CPU\nD01,loss,8,0.3,2,1,CPU\n")
    seeds.gather([chapter(tmp_path)], (7, 1007))
    assert [(row["quantity"], row["seed"], row["measured"]) for row in results.other_seeds()] == [
        ("loss", 1007, 0.25), ("loss", 7, 0.007), ("loss", 8, 0.3), ("training accuracy", 1007, 1.007), ("training accuracy", 7, 0.007)]
    assert {row["machine"] for row in results.other_seeds()} == {"CPU, 2 cores", "CPU"}
    assert "01-small, seed 7: 2 figures in " in capsys.readouterr().out


@pytest.mark.parametrize("change, given, words", [
    (lambda nb: nb.cells[9].update(outputs=[]), 7, "reports no training"),
    (lambda nb: None, 42, "has seed 42 already"),
    (lambda nb: nb.cells[0].update(source=nb.cells[0].source.replace("SEED = 42", "SEED = 6 * 7")), 7, "seed is not set once"),
    (lambda nb: nb.cells[9].update(source="1 / 0"), 7, "stopped with ZeroDivisionError"),
])
def test_what_cannot_be_trained_is_told_and_changes_nothing(change, given, words, tmp_path, kept):
    path, before = chapter(tmp_path), kept.read_bytes()
    nb = notebook.read(path)
    change(nb)
    notebook.write(nb, path)
    with pytest.raises(CourseError, match=words):
        seeds.gather([path], (given,))
    assert kept.read_bytes() == before


def test_no_figure_is_measured_on_the_stand_in(tmp_path, kept, monkeypatch):
    monkeypatch.setattr(data, "told_source", lambda: "stand-in")
    with pytest.raises(CourseError, match="from real data only"):
        seeds.gather([chapter(tmp_path)], (7,))


@pytest.mark.parametrize("text", ["id,quantity\nD01,loss\n", ",".join(results.SEEDS_COLUMNS) + "\nD01,loss,one,0.3,2,1,CPU\n",
                                  ",".join(results.SEEDS_COLUMNS) + "\nD01,loss,1,much,2,1,CPU\n", None])
def test_a_damaged_file_is_named(text, kept):
    kept.unlink() if text is None else kept.write_text(text)
    with pytest.raises(CourseError, match=rf"{re.escape(str(kept))} cannot be read"):
        results.other_seeds()


@pytest.mark.parametrize("quantity, lecture, values, agrees", [
    ("validation accuracy", 0.90, [0.909], True),                # one seed: within a point
    ("validation accuracy", 0.90, [0.911], False),
    ("validation accuracy", 0.90, [0.905, 0.909, 0.911], False),  # several: the range and 0.003 beside it
    ("validation accuracy", 0.90, [0.902, 0.909, 0.911], True),
    ("validation accuracy", 0.90, [0.88, 0.92], True),
    ("validation accuracy", 0.90, [0.88, 0.896], False),
    ("test loss", 0.0242, [0.0264], True),                       # a tenth
    ("test loss", 0.0242, [0.0143], False),
    ("test loss", 0.0242, [0.0262, 0.0264], True),
    ("test loss", 0.0242, [0.0267, 0.0290], False),
    ("misclassified digits", 215, [119], False),
    ("misclassified digits", 215, [200], True),
    ("misclassified digits", 215, [180, 199], False),         # a standard error of 14.5
    ("misclassified digits", 215, [180, 201], True),
])
def test_a_lecture_agrees_when_chance_gives_its_value(quantity, lecture, values, agrees):
    row = {"id": "D01", "quantity": quantity, "measured": values[0], "lecture": lecture, "epochs": 2, "planned": 2}
    assert results.verdict(row, "a reason", values[1:]) == ("agrees" if agrees else "differs")


def test_our_true_is_no_proof_of_a_false():
    row = {"id": "Z01", "quantity": "cross-correlation commutes", "measured": True, "lecture": False}
    assert results.verdict(row, "a reason") == "differs" and results.verdict(row | {"measured": False}, "") == "same"


def test_the_page_shows_mean_and_range_and_refuses_what_no_chapter_reports(kept):
    row = next(row for path in notebook.find(["01"]) for row in results.measured(notebook.read(path), path) if "epochs" in row)
    line = ",".join([row["id"], row["quantity"], "7", str(row["measured"] + 0.002), str(row["epochs"]), "1", "CPU"]) + "\n"
    kept.write_text(kept.read_text() + line)
    low, high = row["measured"], row["measured"] + 0.002
    assert f"| {row['id']} {row['quantity']} | {row['lecture']} | {low + 0.001:.4f} ({low:.4f} to {high:.4f}, 2 seeds) |" in results.page()
    kept.write_text(kept.read_text().replace(f",{row['epochs']},1,CPU", ",3,1,CPU"))
    with pytest.raises(CourseError, match=f"no chapter reports with as many epochs: {row['id']}"):
        results.page()
