"""From results to tables and pages: scores.csv, imports for Moodle and Canvas, feedback, an overview."""

import collections
import csv
import io
from pathlib import Path

import jinja2

from .. import CourseError, whole_file
from .grade import key

PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True,
                           trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
SHOWN_CELLS = 300  # in one page of feedback


def _safe(value):
    """Text that a spreadsheet will not take for a formula."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _table(path, head, rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(cell) for cell in head])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    with whole_file(path) as file:
        file.write(text.getvalue().encode("utf-8", "replace"))


def scores(results, path):
    """One row for each hand-in; a column for each task, empty where the exercise has no such task."""
    names = list(dict.fromkeys(task["name"] for result in sorted(results, key=lambda r: r["notebook"]) for task in result["tasks"]))
    rows = []
    for result in results:
        points = {task["name"]: task["points"] for task in result["tasks"]}
        rows.append([result["student"], result["notebook"], result["score"], result["max"], result["status"],
                     result["reason"], *(points.get(name, "") for name in names)])
    _table(path, ["student", "notebook", "score", "max", "status", "reason", *names], rows)


def best(results):
    """The best result of each student in each exercise: {notebook: {student: result}}."""
    found = collections.defaultdict(dict)
    for result in results:
        if result["notebook"]:
            mine = found[result["notebook"]]
            old = mine.get(result["student"])
            if old is None or result["score"] > old["score"]:
                mine[result["student"]] = result
    return dict(sorted(found.items()))


def imports(results, out):
    """Files for Moodle's grading worksheet, one for each exercise, and for Canvas's gradebook."""
    table = best(results)
    for name, students in table.items():
        rows = [[f"Participant {student}" if result["lms"] == "moodle" else student, result["full_name"], result["score"], result["max"],
                 "; ".join(f"{task['name']}: {task['points']} of {task['max']}" for task in result["tasks"])]
                for student, result in sorted(students.items())]
        _table(out / f"moodle-{name}.csv", ["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments"], rows)
    if table:
        students = {student: result["full_name"] for mine in table.values() for student, result in mine.items()}
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *table]
        most = [max(result["max"] for result in mine.values()) for mine in table.values()]
        rows = [[full_name, student, "", "", "", *(mine[student]["score"] if student in mine else "" for mine in table.values())]
                for student, full_name in sorted(students.items())]
        _table(out / "canvas.csv", head, [["    Points Possible", "", "", "", "", *most], *rows])


def feedback(result, path):
    """A page for the student: points, what failed, the transcript. Text and PNG only, no scripts."""
    page = PAGES.get_template("feedback.html").render(
        result=result, cells=result["cells"][:SHOWN_CELLS], left=max(0, len(result["cells"]) - SHOWN_CELLS))
    with whole_file(path) as file:
        file.write(page.encode("utf-8", "replace"))


def overview(results, path):
    """The teacher's page: how the scores are spread, which tasks failed most, one row for each hand-in."""
    spread, most, failed = {}, {}, {}
    for name, students in best(results).items():
        shares = [10 * r["score"] // r["max"] for r in students.values()]
        counts = collections.Counter(min(share, 9) for share in shares)
        spread[name] = [(f"{10 * step} to {10 * step + (10 if step == 9 else 9)} %", counts[step]) for step in range(10)]
        most[name] = max(counts.values())
        tasks = next(iter(students.values()))["tasks"]
        missed = [sum(r["tasks"][i]["points"] == 0 for r in students.values()) for i in range(len(tasks))]
        problems = [collections.Counter(r["tasks"][i]["problem"] for r in students.values() if r["tasks"][i]["problem"])
                    for i in range(len(tasks))]
        failed[name] = sorted(((task["name"], count, len(students), ", ".join(p for p, _ in problem.most_common(2)))
                               for task, count, problem in zip(tasks, missed, problems)), key=lambda row: -row[1])
    page = PAGES.get_template("overview.html").render(
        results=results, spread=spread, most=most, failed=failed, page=lambda result: f"feedback/{page_name(result)}",
        statuses=collections.Counter(result["status"] for result in results).most_common())
    with whole_file(path) as file:
        file.write(page.encode("utf-8", "replace"))


def page_name(result):
    return key(result["student"], result["file"]) + ".html"


def write(results, out):
    """Write every table and page.

    Parameters
    ----------
    results : list of dict
        From `grade.grade`.
    out : Path
    """
    try:
        (out / "feedback").mkdir(exist_ok=True)
    except OSError as error:
        raise CourseError(f"{out} cannot be written ({error.strerror}). Name another folder with --out.") from None
    scores(results, out / "scores.csv")
    imports(results, out)
    for result in results:
        feedback(result, out / "feedback" / page_name(result))
    overview(results, out / "index.html")
