"""Tables: scores.csv, summary.csv, and what Moodle and Canvas take."""

import collections
import csv
import io
import re
import unicodedata
import zipfile

from .. import CourseError, whole_file
from .inbox import few, tidy
from .marks import number, read_table, same

HARMLESS = re.compile(r"[+\-@][\w.@+\-]*")  # an id or a number: no formula can be made of it
PAGES_MB = 50  # of feedback pages in one zip for Moodle


def safe(value):
    """Text that a spreadsheet will not take for a formula. Ids and numbers stay as they are, so that tables can be joined.

    Where the comma is a decimal point, spreadsheets read a semicolon as the end of a cell, in the midst of a text too.
    """
    def guarded(text):
        first = unicodedata.normalize("NFKC", text[:1])
        return "'" + text if first in ("=", "+", "-", "@") and first and not HARMLESS.fullmatch(text) else text

    return "".join(part if number % 2 else guarded(part) for number, part in enumerate(re.split("([;\uff1b] *)", tidy(value))))


def write(path, rows, delimiter=",", encoding="utf-8", guard=safe):
    """Write a CSV whole."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([guard(cell) for cell in row] for row in rows)
    with whole_file(path) as file:
        file.write(text.getvalue().encode(encoding, "replace"))


def scores(results, path):
    """One row for each hand-in and exercise; a column for each task, empty where the exercise has no such task."""
    names = list(dict.fromkeys(task["name"] for result in sorted(results, key=lambda r: r["notebook"]) for task in result["tasks"]))
    head = ["student", "notebook", "score", "max", "status", "reason", "file", "time", "attempt", "counts", "full_name", "remark", *names]
    rows = []
    for result in results:
        points = {task["name"]: task["points"] for task in result["tasks"]}
        remarks = [result["remark"], *(f"{task['name']}: {task['remark']}" for task in result["tasks"] if task["remark"])]
        rows.append([result["student"], result["notebook"], result["score"], result["max"], result["status"], result["reason"], result["file"],
                     result["time"], result["attempt"], "yes" if result["counts"] and result["notebook"] else "no", result["full_name"],
                     "; ".join(filter(None, remarks)), *(points.get(name, "") for name in names)])
    write(path, [head, *rows])


def counted(results):
    """The result of each student in each exercise that counts: {notebook: {student: result}}."""
    found = collections.defaultdict(dict)
    for result in results:
        if result["notebook"] and result["counts"]:
            found[result["notebook"]][result["student"]] = result
    return dict(sorted(found.items()))


def trouble(results):
    """{student: what stands in his way}: hand-ins that could not be judged."""
    found = collections.defaultdict(list)
    for result in results:
        if result["status"] not in ("ok", "reviewed", "by hand"):
            found[result["student"]].append(f"{result['file']}: {result['status']}" + (f", {result['reason']}" if result["reason"] else ""))
    return {student: "; ".join(texts) for student, texts in found.items()}


def summary(results, path, roster=None):
    """One row for each student, one column for each exercise, the total; those of the roster who are missing too.

    Returns
    -------
    list of str
        Sentences for the teacher.
    """
    table, notes = counted(results), []
    students = {result["student"]: result["full_name"] for result in results}
    places = roster.match(results) if roster else {}
    people = [(shown, name, [student for student, place in places.items() if place == line])
              for line, (shown, name, _) in enumerate(roster.rows)] if roster else []
    people += [(student, name, [student]) for student, name in sorted(students.items()) if student not in places]
    hindered, rows = trouble(results), []
    most = sum(max(result["max"] for result in mine.values()) for mine in table.values())
    for shown, name, mine in people:
        given = [[grade(marks[student]) for student in mine if student in marks] for marks in table.values()]
        points = [max((value for value in values if value != ""), default="") for values in given]
        note = "; ".join(hindered[student] for student in mine if student in hindered) if mine else "no hand-in"
        note = "; ".join(filter(None, [note, "not on the roster" if roster and mine and mine[0] not in places else "",
                                       f"hand-ins under {few(mine)}" if len(mine) > 1 else ""]))
        rows.append([shown, name or next((students[student] for student in mine if students[student]), ""), *points,
                     number(sum(value for value in points if value != "")), most, note])
    write(path, [["student", "full_name", *table, "total", "max", "note"], *rows])
    if roster:
        missing = [shown for shown, _, mine in people if not mine]
        strangers = [student for student in students if student not in places]
        if missing:
            notes.append(f"{len(missing)} of {len(roster.rows)} on the roster handed in nothing: {few(missing, 10)}.")
        if strangers:
            notes.append(f"{len(strangers)} who handed in are not on the roster: {few(strangers, 10)}.")
    return notes


def comment(result):
    """What a student reads beside the grade."""
    if result["status"] == "unreadable":
        return f"The hand-in could not be read: {result['reason']}."
    parts = [f"{task['name']}: {task['points']} of {task['max']}" + (f" ({task['remark']})" if task["remark"] else "")
             for task in result["tasks"]]
    return "; ".join([*parts, *filter(None, [result["remark"]])])


def grade(result):
    """The points as they go to a platform; "" where nothing could be judged."""
    return "" if result["status"] in ("unreadable", "not graded") and "machine" not in result else result["score"]


def everybody(results, name, table):
    """{student: result} of an exercise, with those whose hand-in of no known exercise may be of this one."""
    lost = {result["student"]: result for result in results if not result["notebook"]}
    return {**{student: result for student, result in lost.items() if len(table) == 1 or not any(student in mine for mine in table.values())},
            **table[name]}


# Moodle --------------------------------------------------------------------------------------------------------------

MOODLE = ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]


def moodle(results, out):
    """A worksheet for each exercise, for a Moodle in English; see `worksheet` for the one that Moodle gives."""
    table = counted(results)
    for name in table:
        rows = [[f"Participant {student}" if result["lms"] == "moodle" else student, result["full_name"], grade(result),
                 table_max(table[name]), "", comment(result)]
                for student, result in sorted(everybody(results, name, table).items())]
        write(out / f"moodle-{name}.csv", [MOODLE, *rows])


def table_max(mine):
    return max(result["max"] for result in mine.values())


def worksheet(path, results, name, out):
    """Fill in the worksheet that Moodle gave: grades and comments of those who are in it, nothing else changed.

    Its columns are known by what stands in them, whatever the language: ids end with a number, the maximum is one number
    in every row and follows the grade, comments are the last column when it is not full.

    Returns
    -------
    list of str
        Sentences for the teacher.

    Raises
    ------
    CourseError
        When it is no such worksheet, or its maximum is another.
    """
    rows, delimiter, encoding = read_table(path)
    head, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    columns = list(zip(*body)) if body else []
    ids = [re.search(r"(\d+)$", row[0].strip()) for row in body]
    highest = next((column for column in range(2, len(columns)) if len(set(columns[column])) == 1 and _float(columns[column][0])
                    and all(not cell.strip() or _float(cell) is not None for cell in columns[column - 1])), None)
    if highest is None or not all(ids):
        raise CourseError(f"{path} is no grading worksheet of Moodle: ids in the first column, and a grade before the maximum grade, "
                          "are expected. Take it from the assignment's page of submissions, Download grading worksheet.")
    most = table_max(counted(results)[name])
    if _float(columns[highest][0]) != most:
        raise CourseError(f"{path} gives {columns[highest][0]} points at most, {name} gives {most}. Set the assignment's maximum grade "
                          f"to {most} and take the worksheet anew, else Moodle drops or misreads the grades.")
    comments = len(head) - 1 if len(head) - 1 > highest and not all(cell.strip() for cell in columns[-1]) else None
    mine, met = everybody(results, name, counted(results)), set()
    comma = "," in columns[highest][0]
    for row, match in zip(body, ids):
        keys = {same(cell) for cell in row[:highest - 1] if cell.strip()}  # for folders that are called after an ID number, say
        result = mine.get(match[1]) or next((r for r in mine.values() if r["lms"] != "moodle" and same(r["student"]) in keys), None)
        if result:
            met.add(result["student"])
            if grade(result) != "":
                row[highest - 1] = str(grade(result)).replace(".", "," if comma else ".")
            if comments:
                row[comments] = safe(comment(result))
    write(out / f"moodle-{name}.csv", rows, delimiter, encoding, guard=str)
    notes = [f"moodle-{name}.csv: {path} with {len(met)} of {len(body)} rows filled in."]
    if not comments:
        notes.append(f"{path} has no column for comments (or none is empty): only grades were filled in.")
    if lost := [student for student in mine if student not in met]:
        notes.append(f"{len(lost)} who handed in are not in {path}: {few(lost, 10)}.")
    return notes


def _float(text):
    try:
        return float(str(text).replace(",", "."))
    except ValueError:
        return None


def feedback_zip(results, out, page_name):
    """Pages as Moodle's "Upload multiple feedback files in a zip" takes them, one zip for each exercise. Returns sentences."""
    notes = []
    for name, mine in counted(results).items():
        pages = [(result, out / "feedback" / page_name(result)) for _, result in sorted(mine.items()) if result["lms"] == "moodle"]
        path = out / f"feedback-moodle-{name}.zip"
        if not pages:
            path.unlink(missing_ok=True)
        else:
            room, left_out = PAGES_MB * 2**20, []
            for result, page in sorted(pages, key=lambda pair: pair[1].stat().st_size):  # a page of one costs the others nothing
                room -= page.stat().st_size
                left_out += [result["student"]] if room < 0 else []
            if left_out:
                notes.append(f"{path.name} holds {PAGES_MB} MB of pages at most, and not those of {few(left_out, 10)}: hand them out "
                             f"from {out / 'feedback'}.")
            pages = [(result, page) for result, page in pages if result["student"] not in left_out]
            with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for result, page in pages:
                    person = re.sub(r"[_/\\]", " ", result["full_name"])
                    entry = zipfile.ZipInfo(f"{person}_{result['student']}_assignfeedback_file_feedback-{name}.html", (1980, 1, 1, 0, 0, 0))
                    entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                    archive.writestr(entry, page.read_bytes())
    return notes


# Canvas --------------------------------------------------------------------------------------------------------------

CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def canvas(results, path):
    """A gradebook for Canvas. An id of Canvas's own stands under ID, any other under SIS Login ID."""
    table = counted(results)
    if table:
        students = {result["student"]: result for result in results}
        rows = [[result["full_name"], *((student, "", "") if result["lms"] == "canvas" else ("", "", student)), "",
                 *(grade(mine[student]) if student in mine else "" for mine in table.values())] for student, result in sorted(students.items())]
        write(path, [[*CANVAS, *table], *rows])


def gradebook(path, results, out, columns=()):
    """Fill in the gradebook that Canvas gave: the columns of the exercises, for those who are in it; the rest is left out.

    Parameters
    ----------
    columns : iterable of str
        ``NN=TITLE`` for an exercise whose column is not called after it.

    Returns
    -------
    list of str

    Raises
    ------
    CourseError
    """
    rows, delimiter, encoding = read_table(path)
    head = [re.sub(r"\s*\(read only\)$", "", cell).strip() for cell in rows[0]]
    if "Student" not in head or "ID" not in head:
        raise CourseError(f"{path} is no gradebook of Canvas: the columns Student and ID are expected. Take it from Grades, Export.")
    table, chosen = counted(results), {}
    titles = [re.sub(r"\s*\(\d+\)$", "", cell) for cell in head]
    wishes = dict(wish.partition("=")[::2] for wish in columns)
    for name in table:
        wish = wishes.get(name, wishes.get(name[:2]))
        plain = re.sub(r"[\W_]+", "", name[3:]).casefold()
        fitting = [place for place, title in enumerate(titles)
                   if (same(title) == same(wish) if wish else plain in re.sub(r"[\W_]+", "", title).casefold())]
        if len(fitting) != 1:
            raise CourseError(f"{path} has {len(fitting) or 'no'} columns for {name}. Name one: --column \"{name[:2]}=TITLE\". "
                              f"Columns: {few([title for title in titles if title not in CANVAS], 12)}.")
        chosen[name] = fitting[0]
    keep = [place for place, title in enumerate(head) if title in (*CANVAS, "Integration ID")]
    filled, met = [[rows[0][place] for place in [*keep, *chosen.values()]]], set()
    names = collections.Counter(same(row[head.index("Student")]) for row in rows[1:] if row)
    for row in (row for row in rows[1:] if len(row) == len(head)):
        cells = {title: row[place].strip() for place, title in enumerate(head) if place in keep}
        points = [row[place] for place in chosen.values()]
        if cells["Student"] == "Points Possible":
            for (name, place), mine in zip(chosen.items(), table.values()):
                if _float(row[place]) != table_max(mine):
                    raise CourseError(f"{path} gives {row[place] or 'no'} points for {name}, which has {table_max(mine)}. "
                                      "Set the assignment's points in Canvas and export anew.")
        elif cells["ID"] or cells.get("SIS Login ID"):
            ids = {same(cells.get(title, "")) for title in ("ID", "SIS Login ID", "SIS User ID", "Integration ID")} - {""}
            name = same(cells["Student"]) if names[same(cells["Student"])] == 1 else None

            def fits(result):  # Canvas's own id is enough; a name is its owner's to choose, so it is never taken for an id
                if result["lms"] == "canvas" and cells["ID"]:
                    return result["student"] == cells["ID"]
                return same(result["student"]) in {*ids, name} or same(result["full_name"]) == name

            for number, mine in enumerate(table.values()):
                found = [result for result in mine.values() if fits(result)]
                met |= {result["student"] for result in found}
                given = [grade(result) for result in found if grade(result) != ""]
                points[number] = str(max(given)) if given else points[number]
        filled.append([*(row[place] for place in keep), *points])
    write(out / "canvas.csv", filled, delimiter, encoding, guard=str)
    everyone = {student for mine in table.values() for student in mine}
    notes = [f"canvas.csv: {path} with {len(met)} students filled in."]
    if everyone - met:
        notes.append(f"{len(everyone - met)} who handed in are not in {path}: {few(sorted(everyone - met), 10)}.")
    return notes
