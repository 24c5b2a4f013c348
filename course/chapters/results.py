"""Measured figures beside the lectures': from stored outputs to book/results.md."""

import csv
import json
import math
import re

from .. import ROOT, CourseError
from . import notebook, rules

KEYS = {"id", "quantity", "measured", "lecture"}  # of a result, as `report` in course/cells/setup.py prints it
TRAINED = KEYS | {"profile", "seed", "epochs", "planned", "seconds", "machine"}
SEEDS = ROOT / "course" / "seeds.csv"  # trained figures from other seeds, written by course.chapters.seeds
SEEDS_COLUMNS = ("id", "quantity", "seed", "measured", "epochs", "seconds", "machine")
TESTED = 10_000  # images in the test set of MNIST, Fashion-MNIST and CIFAR-10
CLOSE = 0.01  # two accuracies from one seed each are close within one point,
CLOSE_SHARE = 0.1  # two counts of errors or two losses within a tenth: the standard error of chapter 9's loss (0.026) is 0.0026
HEAD = """\
# Results

Every figure that the lectures print, beside what the chapters measured. This page is made from the stored
outputs by `make results`; a test fails when it is out of date.

*Same*: equal to the last digit. *Holds*: a statement that was tested. *Differs*: with the reason. *Stopped early*: the training ended
before the lecture's number of epochs, for want of time. *No figure*: the lecture gives none, ours is new.

*Agrees*, for a trained value: where we trained from several seeds, the mean is given with the lowest and the highest, and the lecture's
value lies between these two, widened on both sides by one standard error on {tested:,} test images ({share:.0%} for a loss: a few hard images make most of
it). Where we have one seed only, an accuracy is within {close} of the lecture's, a loss or a count of errors within {share:.0%}. A training differs
a little between machines, too.
"""


def figures():
    """Rows of course/figures.csv by id: what the lectures print, the chapter it belongs to, remarks."""
    path = ROOT / "course" / "figures.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["id"]: row for row in csv.DictReader(file)}
    except (OSError, KeyError) as error:
        raise CourseError(f"{path} cannot be read ({error}). Restore it from git.") from error


def other_seeds():
    """Rows of course/seeds.csv: one trained figure from one seed that is not the chapter's own.

    Returns
    -------
    list of dict
        With `SEEDS_COLUMNS`; seed, epochs and seconds are int, measured is a number.
    """
    try:
        with SEEDS.open(encoding="utf-8", newline="") as file:
            return [row | {name: int(row[name]) for name in ("seed", "epochs", "seconds")} | {"measured": json.loads(row["measured"])}
                    for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise CourseError(f"{SEEDS} cannot be read ({error}). Restore it from git.") from error


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
    return [row for cell in notebook.code_cells(nb) for row in rows_in(cell, path)]


def rows_in(cell, path):
    """Figures that one code cell reported."""
    rows = []
    for output in cell.outputs:
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


def agrees(lecture, values, quantity):
    """Whether a lecture's trained value is one that chance gives: `values` are ours, one from each seed.

    From several seeds: it lies between the lowest and the highest, widened by the standard error of an accuracy,
    sqrt(p (1 - p) / n) on n = `TESTED` images; that of a count of errors is n times as large, that of a loss `CLOSE_SHARE` of it.
    From one seed: within `CLOSE`, a loss or a count within `CLOSE_SHARE` of the lecture's.
    """
    losses = "loss" in quantity
    counts = lecture > 1 and not losses
    if len(values) == 1:
        return abs(lecture - values[0]) <= (CLOSE_SHARE * abs(lecture) if counts or losses else CLOSE)
    share = lecture / TESTED if counts else lecture
    error = CLOSE_SHARE * lecture if losses else math.sqrt(share * (1 - share) / TESTED) * (TESTED if counts else 1)
    return min(values) - error <= lecture <= max(values) + error


def verdict(row, remark, others=()):
    """One of same, holds, agrees, differs, stopped early, no figure. `others`: the figure's values from other seeds.

    Raises
    ------
    CourseError
        When a figure differs and no remark in course/figures.csv says why.
    """
    lecture, value = row["lecture"], row["measured"]
    if lecture is None:
        return "no figure"
    if value is True and lecture is not False:
        return "holds"
    if lecture == value and not others:
        return "same"
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (lecture, value))
    if "epochs" in row and numbers and agrees(lecture, [value, *others], row["quantity"]):
        return "agrees"
    if row.get("epochs", 0) < row.get("planned", 0):
        return "stopped early"
    if not remark:
        raise CourseError(
            f"{row['id']} {row['quantity']}: lecture {lecture}, measured {', '.join(map(str, [value, *others]))}. "
            "Give the reason in the remark column of course/figures.csv."
        )
    return "differs"


def _show(value):
    return "" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _show_all(values):
    """One value, or the mean of several with the lowest and the highest."""
    if len(values) == 1:
        return _show(values[0])
    digits = max(len(str(value).partition(".")[2]) for value in values)
    mean, low, high = (f"{value:.{digits}f}" for value in (sum(values) / len(values), min(values), max(values)))
    return f"{mean} ({low} to {high}, {len(values)} seeds)"


def page():
    """The text of book/results.md."""
    known = figures()
    others = {}
    for row in other_seeds():
        others.setdefault((row["id"], row["quantity"], row["epochs"]), []).append(row["measured"])
    lines = [HEAD.format(close=CLOSE, share=CLOSE_SHARE, tested=TESTED)]
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
            more = others.pop((row["id"], row["quantity"], row.get("epochs")), [])
            word = verdict(row, remark, more)
            if word == "differs":
                remarks[row["id"]] = remark
                values = printed | rules.numbers_in(known[row["id"]]["value"])
                for number in re.findall(r"\b0\.\d{2,4}\b", remark):
                    if not rules.stands_in(number, values):
                        raise CourseError(f"course/figures.csv, {row['id']}: the remark says {number}, which {path} does not print.")
            lines.append(f"| {row['id']} {row['quantity']} | {_show(row['lecture'])} | {_show_all([row['measured'], *more])} | {word} |")
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
    if others:
        raise CourseError(f"{SEEDS} has figures that no chapter reports with as many epochs: {', '.join(sorted(key[0] for key in others))}. "
                          "Train them again with `python -m course seeds`, or take them out.")
    return "\n".join(lines).rstrip("\n") + "\n"
