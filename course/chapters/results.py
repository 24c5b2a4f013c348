"""Measured figures beside the lectures': from stored outputs to book/results.md."""

import csv
import json
import re

from .. import ROOT, CourseError
from . import notebook, rules

KEYS = {"id", "quantity", "measured", "lecture"}  # of a result, as `report` in course/cells/setup.py prints it
TRAINED = KEYS | {"profile", "seed", "epochs", "planned", "seconds", "machine"}
CLOSE = 0.01  # trained accuracies within one point: the spread between seeds and machines
HEAD = """\
# Results

Every figure that the lectures print, beside what the chapters measured. This page is made from the stored
outputs by `make results`; a test fails when it is out of date.

*Same*: equal to the last digit. *Holds*: a statement that was tested. *Agrees*: a trained value within {close} of the lecture's. *Differs*: with
the reason. *Stopped early*: the training ended before the lecture's number of epochs, for want of time. *No figure*: the
lecture gives none, ours is new. A training is one run with one seed; it differs a little between machines.
"""


def figures():
    """Rows of course/figures.csv by id: what the lectures print, the chapter it belongs to, remarks."""
    path = ROOT / "course" / "figures.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["id"]: row for row in csv.DictReader(file)}
    except (OSError, KeyError) as error:
        raise CourseError(f"{path} cannot be read ({error}). Restore it from git.") from error


def measured(nb, path):
    """Figures that a notebook reported. `path` is for messages.

    Returns
    -------
    list of dict
        With `KEYS`, for trainings `TRAINED`.

    Raises
    ------
    CourseError
        When a result lacks one of them.
    """
    rows = []
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                for line in output.text.splitlines():
                    if line.startswith('{"id": '):
                        try:
                            row = json.loads(line)
                        except ValueError:
                            row = {}
                        if not (TRAINED if "epochs" in row else KEYS) <= row.keys():
                            raise CourseError(f"{path} has a result that cannot be read: {line[:60]}. Run `make execute`.")
                        rows.append(row)
    return rows


def verdict(row, remark):
    """One of same, holds, agrees, differs, stopped early, no figure.

    Raises
    ------
    CourseError
        When a figure differs and no remark in course/figures.csv says why.
    """
    lecture, value = row["lecture"], row["measured"]
    if lecture is None:
        return "no figure"
    if value is True:
        return "holds"
    if lecture == value:
        return "same"
    numbers = all(isinstance(v, (int, float)) for v in (lecture, value))
    if "epochs" in row and numbers and abs(lecture - value) <= CLOSE:
        return "agrees"
    if row.get("epochs", 0) < row.get("planned", 0):
        return "stopped early"
    if not remark:
        raise CourseError(
            f"{row['id']} {row['quantity']}: lecture {lecture}, measured {value}. "
            "Give the reason in the remark column of course/figures.csv."
        )
    return "differs"


def _show(value):
    return "" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def page():
    """The text of book/results.md."""
    known = figures()
    lines = [HEAD.format(close=CLOSE)]
    for path in notebook.find(()):
        nb = notebook.read(path)
        rows = measured(nb, path)
        printed = set().union(*(rules.numbers_in(rules.shown(cell)) for cell in notebook.code_cells(nb)))
        title = nb.cells[0].source.splitlines()[0].removeprefix("# ")
        lines += [f"## [{path.stem[:2]} {title}](../notebooks/{path.name})\n"]
        remarks = {}
        lines += ["| Figure | Lecture | Measured | Verdict |", "|---|---|---|---|"]
        for row in rows:
            if row["id"] not in known:
                raise CourseError(f"{path} reports {row['id']}, which course/figures.csv does not know.")
            remark = known[row["id"]]["remark"]
            word = verdict(row, remark)
            if word == "differs":
                remarks[row["id"]] = remark
                values = printed | rules.numbers_in(known[row["id"]]["value"])
                for number in re.findall(r"\b0\.\d{2,4}\b", remark):
                    if not rules.stands_in(number, values):
                        raise CourseError(f"course/figures.csv, {row['id']}: the remark says {number}, which {path} does not print.")
            lines.append(f"| {row['id']} {row['quantity']} | {_show(row['lecture'])} | {_show(row['measured'])} | {word} |")
        lines.append("")
        lines += [f"- **{figure}** differs: {remark}" for figure, remark in remarks.items()]
        runs = {}
        for row in rows:
            if "epochs" in row:
                of = f" of {row['planned']}" if row["epochs"] < row["planned"] else ""
                how = f"{row['epochs']}{of} epochs in {row['seconds']} s"
                runs.setdefault((row["profile"], row["seed"], row["machine"]), {})[f"{row['id']}: {how}"] = None
        for (profile, seed, machine), hows in runs.items():
            lines.append(f"- Trained in {profile} profile, seed {seed}, {machine}. {'; '.join(hows)}.")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"
