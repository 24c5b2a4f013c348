"""From results to marks: which of several hand-ins counts, points in proportion, marks by hand, the roster."""

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from .. import CourseError
from .inbox import few

FILE = "marks.csv"  # beside the results; only the teacher writes it
HEAD = ["student", "exercise", "task", "points", "remark"]


def same(text):
    """A name or an id as it is compared."""
    return " ".join(unicodedata.normalize("NFC", str(text)).casefold().split())


def read_table(path):
    """Rows of a CSV as lists, its delimiter, encoding and first bytes: (rows, delimiter, encoding).

    Raises
    ------
    CourseError
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}).") from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "cp1252", data.decode("cp1252", "replace")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise CourseError(f"{path} is no table ({error}). Save it as CSV.") from None
    if not any(rows):
        raise CourseError(f"{path} is empty.")
    return rows, delimiter, encoding


# Points in proportion ------------------------------------------------------------------------------------------------


def partial(results):
    """Results with points in proportion to the hidden cases that were right. A task that is judged as a whole keeps all or none."""
    def row(task):
        if not task["wrong"]:
            return task
        wrong, cases = task["wrong"]
        return task | {"points": round(task["max"] * (cases - len(wrong)) / cases, 2)}
    return [_with_tasks(result, [row(task) for task in result["tasks"]]) for result in results]


def number(value):
    """Whole numbers without a point, others with two digits at most."""
    value = round(float(value), 2)
    return int(value) if value == int(value) else value


def _with_tasks(result, tasks):
    return result | {"tasks": tasks, "score": number(sum(task["points"] for task in tasks))}


# Several hand-ins of one exercise ------------------------------------------------------------------------------------


def attempts(results, rule):
    """Results with ``attempt`` (1 is the first), ``attempts`` (how many) and ``counts``.

    Parameters
    ----------
    results : list of dict
    rule : {"best", "last"}
        Which of several hand-ins of one exercise counts. One that could not be judged counts only where no other is.
    """
    groups = {}
    for result in results:
        groups.setdefault((result["student"], result["notebook"]), []).append(result)
    found = {}
    for group in groups.values():
        ordered = sorted(group, key=lambda result: (result["time"], result["file"]))
        judged = [result for result in ordered if result["status"] not in ("unreadable", "not graded")] or ordered
        best = max(reversed(judged), key=lambda result: result["score"]) if rule == "best" else judged[-1]
        for place, result in enumerate(ordered, 1):
            found[id(result)] = {"attempt": place, "attempts": len(ordered), "counts": result is best}
    return [result | found[id(result)] for result in results]


def several(results, rule):
    """Sentences for students with more than one hand-in of an exercise."""
    groups = {}
    for result in results:
        if result["attempts"] > 1:
            groups.setdefault((result["student"], result["notebook"]), []).append(result)
    sentences = []
    for (student, notebook), group in groups.items():
        files = [f"{result['file']} ({result['score']} of {result['max']})" for result in sorted(group, key=lambda r: r["attempt"])]
        sentences.append(f"{student} has {len(group)} hand-ins of {notebook or 'no known exercise'}: {few(files, 4)}."
                         + (f" The {rule} counts." if notebook else ""))
    return sentences


# By hand -------------------------------------------------------------------------------------------------------------


def read_marks(path, exercises):
    """Marks by hand: {(student, exercise): {task or "": (points or None, remark)}}; nothing where there is no file.

    Raises
    ------
    CourseError
        Names the line that cannot be used.
    """
    if not Path(path).is_file():
        return {}
    rows, _, _ = read_table(path)
    head = [same(cell) for cell in rows[0]]
    if head != HEAD:
        raise CourseError(f"{path}: the first line is {', '.join(rows[0])}; it must be {','.join(HEAD)}.")
    marks = {}
    for line, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        student, exercise, task, points, remark = [cell.strip() for cell in [*cells, "", "", "", "", ""][:5]]
        names = [name for name in exercises if exercise in (name, name[:2], name[:2].lstrip("0"))]
        if not names:
            raise CourseError(f"{path}, line {line}: {exercise or 'nothing'} is no exercise. Exercises: {', '.join(exercises)}.")
        most = {one.name: one.points for one in exercises[names[0]]}
        if task and task not in most:
            raise CourseError(f"{path}, line {line}: {task} is no task of {names[0]}. Tasks: {', '.join(most)}; "
                              "leave it empty to mark the whole.")
        try:
            value = float(points.replace(",", ".")) if points else None
        except ValueError:
            value = -1.0
        top = most.get(task, sum(most.values()))
        if value is not None and not 0 <= value <= top:
            raise CourseError(f"{path}, line {line}: {points} is no number of points from 0 to {top}.")
        mine = marks.setdefault((same(student), names[0]), {"": None, "student": student})
        if mine.get(task):
            raise CourseError(f"{path}, line {line}: {student} has two marks for {task or 'the whole'} of {names[0]}. Keep one.")
        mine[task] = (value, remark)
    return marks


def by_hand(results, marks, exercises):
    """Results with the teacher's marks and remarks, and a result for each student who has marks and no hand-in.

    What the machine gave stays in ``machine``; a row that was not ok and got a mark is ``reviewed``.
    """
    marked, met = [], set()
    for result in results:
        result = result | {"remark": "", "by_hand": False, "tasks": [row | {"remark": ""} for row in result["tasks"]]}
        mine = marks.get((same(result["student"]), result["notebook"]))
        met.add((same(result["student"]), result["notebook"]))
        marked.append(_marked(result, mine) if mine else result)
    for where, mine in marks.items():
        if where not in met:
            rows = [{"name": task.name, "points": 0, "max": task.points, "problem": "not handed in", "wrong": None, "remark": ""}
                    for task in exercises[where[1]]]
            empty = {"student": mine["student"], "full_name": "", "lms": "", "file": "", "time": "", "notebook": where[1], "score": 0,
                     "max": sum(row["max"] for row in rows), "status": "by hand", "reason": "", "tasks": rows, "cells": []}
            marked.append(_marked(empty, mine))
    return marked


def _marked(result, mine):
    rows = []
    for row in result["tasks"]:
        points, remark = mine.get(row["name"]) or (None, "")
        row = row | {"remark": remark} if remark else row
        rows.append(row if points is None else row | {"points": number(points), "machine": row["points"]})
    points, remark = mine[""] or (None, "")
    new = _with_tasks(result, rows) | {"remark": remark}
    if points is not None:
        new |= {"score": number(points), "machine": new["score"]}
    given = points is not None or any("machine" in row for row in rows)
    return new | {"status": "reviewed" if given and new["status"] not in ("ok", "by hand") else new["status"], "by_hand": True}


# The roster ----------------------------------------------------------------------------------------------------------


@dataclass
class Roster:
    """A course's list of students: the first column names each, every other may be what a platform knows him by."""

    rows: list  # of (shown, name, keys)
    path: str = ""

    @classmethod
    def read(cls, path):
        """From a CSV with a head. A column whose head holds "name" is the name.

        Raises
        ------
        CourseError
        """
        table, _, _ = read_table(path)
        head, rows = [same(cell) for cell in table[0]], []
        names = [column for column, title in enumerate(head) if "name" in title and "user" not in title and column]
        for cells in table[1:]:
            if any(cell.strip() for cell in cells):
                name = " ".join(cells[column].strip() for column in names if column < len(cells))
                rows.append((cells[0].strip(), name, {same(cell) for cell in [*cells, name] if cell.strip()}))
        if not rows:
            raise CourseError(f"{path} names no student: a head and a line for each student are expected.")
        if len({same(row[0]) for row in rows}) < len(rows):
            raise CourseError(f"{path}: its first column names somebody twice. Put what is different for everybody there, an id say.")
        return cls(rows, str(path))

    def match(self, results):
        """{student of a hand-in: number of a row}. Found by id in any column, else by the full name; only where that is one row."""
        found = {}
        for result in results:
            for key in (result["student"], result["full_name"]):
                rows = [number for number, (_, _, keys) in enumerate(self.rows) if key and same(key) in keys]
                if len(rows) == 1:
                    found.setdefault(result["student"], rows[0])
        return found
