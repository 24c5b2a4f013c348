"""From results to what teachers and students read: tables, feedback, an overview, pairs that are alike."""

import collections
import re
from pathlib import Path

import jinja2
import numpy as np

from .. import CourseError, whole_file
from . import marks, similar, tables
from .grade import key
from .inbox import tidy
from .tasks import Kept

PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True,
                           trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
PAGES.filters["tidy"] = tidy
SHOWN_CELLS = 300  # in one page of feedback


def _page(template, path, **values):
    with whole_file(path) as file:
        file.write(PAGES.get_template(template).render(**values).encode("utf-8", "replace"))


def feedback(result, path):
    """A page for the student: points, what failed, the transcript. Text and PNG only, no scripts."""
    _page("feedback.html", path, result=result, cells=result["cells"][:SHOWN_CELLS], left=max(0, len(result["cells"]) - SHOWN_CELLS))


def _spread(students):
    """How many students have each tenth of the points, and the longest bar."""
    counts = collections.Counter(min(int(10 * result["score"] // result["max"]), 9) for result in students)
    rows = [(f"{10 * step} to {10 * step + (10 if step == 9 else 9)} %", counts[step]) for step in range(10)]
    return rows, max(counts.values())


def _argument(value):
    """An argument of a hidden case in a few words."""
    if isinstance(value, np.ndarray):
        return f"array of {' x '.join(map(str, value.shape))}"
    text = f"[{', '.join(map(_argument, value))}]" if isinstance(value, (list, tuple)) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def statistics(students, tasks):
    """For each task, the hardest first: name, share right in percent, counts, frequent reasons, cases that most fail.

    Parameters
    ----------
    students : list of dict
        Results that count.
    tasks : list of Task or None
        To say what a hidden case is called with. The page is the teacher's.
    """
    rows, by_name = [], {task.name: task for task in tasks or ()}
    for name in dict.fromkeys(row["name"] for result in students for row in result["tasks"]):
        mine = [row for result in students for row in result["tasks"] if row["name"] == name]
        right = sum(not row["problem"] for row in mine)
        reasons = collections.Counter(re.sub(r" \(\d+ of \d+ hidden cases\)", "", row["problem"]) for row in mine if row["problem"])
        # Who failed in all cases says nothing of which is the harder one.
        partly = [row["wrong"][0] for row in mine if row["wrong"] and len(row["wrong"][0]) < row["wrong"][1]]
        cases = collections.Counter(case for wrong in partly for case in wrong).most_common(3)
        first = next((result["settings"]["seed"] for result in students if result.get("draw") == 1), None)  # later attempts drew others
        inputs = by_name[name].inputs(first)[0] if cases and name in by_name and first is not None else []
        shown = {case: ", ".join(_argument(value) for value in values if not isinstance(value, Kept)) for case, values in enumerate(inputs)}
        said = [f"case {case + 1}{f' ({shown[case]})' if shown.get(case) else ''}: {count}" for case, count in cases]
        rows.append({"name": name, "right": right, "all": len(mine), "share": round(100 * right / len(mine)),
                     "reasons": [f"{reason}: {count}" for reason, count in reasons.most_common(3)], "cases": said})
    return sorted(rows, key=lambda row: row["share"])


def overview(results, path, exercises, notes, others, pairs):
    """The teacher's page: what to look at, how the scores are spread, each task, one row for each hand-in."""
    parts = []
    for name, students in tables.counted(results).items():
        judged = [result for result in students.values() if result["max"]]
        rows, most = _spread(judged)
        ran = [result for result in judged if result["status"] not in ("unreadable", "not graded", "by hand")]
        parts.append({"name": name, "spread": rows, "most": most, "tasks": statistics(ran, exercises.get(name)) if ran else [],
                      "pairs": len(pairs.get(name, ()))})
    _page("overview.html", path, results=results, parts=parts, notes=notes, others=others,
          page=lambda result: f"feedback/{page_name(result)}", statuses=collections.Counter(result["status"] for result in results).most_common())


def page_name(result):
    return key(result["student"], result["file"], result["notebook"]) + ".html"


def write(results, out, *, exercises, items=(), notes=(), others=(), rule="best", share=False, by_hand=None, roster=None,
          worksheets=(), gradebook=None, columns=()):
    """Write every table and page.

    Parameters
    ----------
    results : list of dict
        From `grade.grade`.
    out : Path
    exercises : dict of str to list of Task
    items : list of HandIn
        To compare their code.
    notes, others : list of str
        From `inbox.find`.
    rule : {"best", "last"}
        Which of several hand-ins of one exercise counts.
    share : bool
        Points in proportion to the right cases.
    by_hand : dict
        From `marks.read_marks`.
    roster : Roster or None
    worksheets : iterable of str
        Moodle's own, ``FILE`` or ``NN=FILE``.
    gradebook : path or None
        Canvas's own.
    columns : iterable of str
        See `tables.gradebook`.

    Returns
    -------
    results : list of dict
        With attempts and marks by hand.
    notes : list of str
        What the teacher should know.

    Raises
    ------
    CourseError
        When a table cannot be filled in; everything else is written then.
    """
    try:
        (out / "feedback").mkdir(exist_ok=True)
    except OSError as error:
        raise CourseError(f"{out} cannot be written ({error.strerror}). Name another folder with --out.") from None
    results = marks.by_hand(marks.partial(results) if share else results, by_hand or {}, exercises)
    results = marks.attempts(results, rule)
    notes = [*notes, *marks.several(results, rule)]
    tables.scores(results, out / "scores.csv")
    notes += tables.summary(results, out / "summary.csv", roster)
    for result in results:
        feedback(result, out / "feedback" / page_name(result))
    for page in (out / "feedback").glob("*.html"):
        if page.name not in {page_name(result) for result in results}:
            page.unlink()  # of an earlier run; its result stays in results/
    found = similar.compare(tables.counted(results), items)
    _page("similar.html", out / "similar.html", found=found, page=lambda result: f"feedback/{page_name(result)}")
    tables.moodle(results, out)
    tables.canvas(results, out / "canvas.csv")
    notes += tables.feedback_zip(results, out, page_name)
    problems = []
    for wish in worksheets:
        problems += _tried(notes, lambda wish=wish: _worksheet(wish, results, out))
    if gradebook:
        problems += _tried(notes, lambda: tables.gradebook(gradebook, results, out, columns))
    notes = [tidy(note) for note in notes]  # names of files may hold anything
    overview(results, out / "index.html", exercises, [*notes, *problems], [tidy(path) for path in others], found)
    if problems:
        raise CourseError(" ".join(problems) + " Everything else is written; mend it and go on with --resume.")
    return results, notes


def _tried(notes, fill):
    """Fill in a table of a platform; what stands in the way is told, and the other tables are written all the same."""
    try:
        notes += fill()
        return []
    except CourseError as error:
        return [str(error)]


def _worksheet(wish, results, out):
    """Fill in a worksheet ``FILE`` or ``NN=FILE``."""
    number, path = re.fullmatch(r"(?:(\d\d)=)?(.+)", wish, re.S).groups()
    names = [name for name in tables.counted(results) if not number or name.startswith(number)]
    if len(names) != 1:
        raise CourseError(f"--worksheet {wish}: the hand-ins are of {tables.few(names, 20) or 'no such exercise'}. "
                          "A worksheet is of one: --worksheet NN=FILE.")
    return tables.worksheet(path, results, names[0], out)
