"""From results to marks: attempts, proportion, marks by hand, the roster, and what Moodle and Canvas take."""

import csv
import io
import json
import os
import zipfile

import numpy as np
import pytest

from course import CourseError
from course.grading import grade, judging, marks, plain, report, review, tables, tasks
from course.grading.handin import HandIn


def exercise(*names, cases=4):
    made = []
    for name in names:
        task = tasks.Task(name, points=2)
        task.cases(lambda rng: [(n, np.zeros((2, 3))) for n in range(cases)])
        made.append(task)
    return made


EXERCISES = {"05-feature-maps": exercise("a", "b"), "06-downsampling": exercise("c")}


def result(student, name="05-feature-maps", wrong=(), status="ok", time="2026-11-20T10:00:00", file=None, full_name="", lms="", reason="", cells=()):
    """As `grade` gives it; `wrong`: {task: (problem, wrong cases)}."""
    wrong = dict.fromkeys(wrong, ("it returns a wrong value (2 of 4 hidden cases)", [[1, 3], 4])) if not isinstance(wrong, dict) else wrong
    rows = [{"name": task.name, "points": 0 if task.name in wrong else task.points, "max": task.points, "problem": wrong.get(task.name, (None,))[0],
             "wrong": wrong[task.name][1] if task.name in wrong else None} for task in EXERCISES.get(name, ())]
    return {"student": student, "full_name": full_name, "lms": lms, "file": file or f"{student}/x.ipynb", "time": time, "notebook": name,
            "score": sum(row["points"] for row in rows), "max": sum(row["max"] for row in rows), "status": status, "reason": reason, "tasks": rows,
            "cells": list(cells), "sha256": "", "draw": 1, "settings": {"seed": 1}}


def written(results, out, **options):
    out.mkdir(exist_ok=True)
    (out / "results").mkdir(exist_ok=True)
    return report.write(results, out, exercises=EXERCISES, **options)[1]


def table(path, key=None):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row[key]: row for row in rows} if key else rows


# Several hand-ins ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule, counting", [("best", "two"), ("last", "three")])
def test_which_hand_in_counts(rule, counting, tmp_path):
    results = [result("ada", wrong="ab", file="three", time="2026-11-22T10:00:00"), result("ada", wrong="a", file="one"),
               result("ada", file="two", time="2026-11-21T10:00:00"), result("bob")]
    notes = written(results, tmp_path, rule=rule)
    rows = table(tmp_path / "scores.csv", "file")
    assert [(rows[file]["attempt"], rows[file]["counts"]) for file in ("one", "two", "three")] == [
        (number, "yes" if file == counting else "no") for number, file in zip("123", ("one", "two", "three"))]
    assert (rows["bob/x.ipynb"]["attempt"], rows["bob/x.ipynb"]["counts"]) == ("1", "yes")
    said = [note for note in notes if "hand-ins" in note]
    assert said == [f"ada has 3 hand-ins of 05-feature-maps: one (2 of 4), two (4 of 4), three (0 of 4). The {rule} counts."]
    page = (tmp_path / "index.html").read_text()
    assert said[0] in page and f"{'23'[rule == 'last']} of 3, counts" in page
    assert table(tmp_path / "summary.csv", "student")["ada"]["05-feature-maps"] == ("4" if rule == "best" else "0")
    feedback = {path.read_text().split("file <code>")[1].split("</code>")[0]: path.read_text() for path in (tmp_path / "feedback").iterdir()}
    assert "This one counts." in feedback[counting] and "Another one counts." in feedback["one"] and "counts" not in feedback["bob/x.ipynb"]


def test_of_two_that_are_equal_the_later_counts():
    first, second = marks.attempts([result("ada", file="a"), result("ada", file="b", time="2026-11-21T10:00:00")], "best")
    assert (first["counts"], second["counts"]) == (False, True)


def test_what_could_not_be_judged_does_not_hide_what_could():
    results = [result("ada", wrong="ab"), result("ada", wrong="ab", status="unreadable", time="2026-11-22T10:00:00", file="y")]
    assert [one["counts"] for one in marks.attempts(results, "last")] == [True, False]


# Proportion ----------------------------------------------------------------------------------------------------------


def test_points_in_proportion(tmp_path):
    results = [result("ada", wrong={"a": ("wrong (1 of 3)", [[2], 3]), "b": ("judged as a whole", None)}), result("bob")]
    for share, score in ((False, "0"), (True, "1.33")):
        written(results, tmp_path, share=share)
        rows = table(tmp_path / "scores.csv", "student")
        assert (rows["ada"]["score"], rows["ada"]["a"], rows["ada"]["b"], rows["bob"]["score"]) == (score, score, "0", "4")


def test_the_wrong_cases_of_an_answer():
    task = tasks.Task("f", 2)
    right = [{"value": 1}, {"value": np.arange(3)}, {"error": "ValueError", "text": "x"}]
    assert task.wrong_cases([{"value": 2}, {"value": [0, 1, 2]}, {"value": 1}], right) == ([0, 2], 3)
    assert task.wrong_cases([{"value": 1}, {"value": [0, 1, 2], "changed": True}, {"error": "ValueError"}], right) == ([1], 3)
    for nonsense in (None, [], right[:2], [1, 2, 3], [{"value": 1}] * 2 + [{}], {"value": 1}):
        assert task.wrong_cases(nonsense, right) is None  # no proportion of something else
    assert task.wrong_cases([{"value": 2}], [{"value": 1}]) is None  # one case is all or nothing
    task.judge(lambda answer, reference, cases: "wrong")
    assert task.wrong_cases([{"value": 2}] * 3, right) is None


def test_bytes_that_are_no_answer_have_no_wrong_cases():
    task = tasks.Task("f", 2)
    right = plain.pack({"answer": [{"value": 1}, {"value": 2}]})
    assert judging.wrong_cases(task, plain.pack({"answer": [{"value": 1}, {"value": 3}]}), right) == ([1], 2)
    for data in (b"", plain.pack({"error": "x"}), plain.pack({"answer": [{"value": {}}] * 3}), plain.pack({"answer": [[], {}]})):
        assert judging.wrong_cases(task, data, right) is None


# By hand -------------------------------------------------------------------------------------------------------------

HEAD = "student,exercise,task,points,remark\n"


def test_marks_by_hand_are_shown_and_stay(tmp_path):
    file = tmp_path / marks.FILE
    text = HEAD + "ada,05,a,1,The idea is right.\nADA,5,,,See me.\nbob,05-feature-maps,,3.5,late\ncem,06,c,2,on paper\ndan,05,b,,Nice.\n"
    file.write_text(text)
    results = [result("ada", wrong="a", status="needs review"), result("ada", wrong="ab", file="y"), result("bob"), result("dan")]
    before = json.dumps(results)
    written(results, tmp_path, by_hand=marks.read_marks(file, EXERCISES))
    assert json.dumps(results) == before and file.read_text() == text
    rows = table(tmp_path / "scores.csv", "file")
    assert [(row["score"], row["status"], row["remark"]) for row in rows.values()] == [
        ("3", "reviewed", "See me.; a: The idea is right."), ("1", "ok", "See me.; a: The idea is right."), ("3.5", "ok", "late"), ("4", "ok", "b: Nice."),
        ("2", "by hand", "c: on paper")]
    assert table(tmp_path / "summary.csv", "student")["cem"]["06-downsampling"] == "2"
    assert table(tmp_path / "summary.csv", "student")["ada"]["total"] == "3"
    pages = "".join(path.read_text() for path in (tmp_path / "feedback").iterdir())
    for words in ("1 of 2, by hand", "The idea is right.", "See me.", "3.5 of 4 points", "the hidden cases alone: 4", "on paper"):
        assert words in pages
    assert "a: 1 of 2 (The idea is right.)" in (tmp_path / "moodle-05-feature-maps.csv").read_text()
    assert ",3.5" in (tmp_path / "canvas.csv").read_text()


@pytest.mark.parametrize("line, words", [
    ("ada,99,a,1,", "line 2: 99 is no exercise"), ("ada,05,x,1,", "line 2: x is no task of 05-feature-maps. Tasks: a, b"),
    ("ada,05,a,3,", "line 2: 3 is no number of points from 0 to 2"), ("ada,05,a,-1,", "no number"), ("ada,05,a,nan,", "no number"),
    ("ada,05,a,two,", "no number"), ("ada,05,,5,", "from 0 to 4"), ("ada,05,a,1,\nAda,05,a,2,", "line 3: Ada has two marks for a"),
])
def test_a_wrong_mark_is_told(line, words, tmp_path):
    (tmp_path / marks.FILE).write_text(HEAD + line)
    with pytest.raises(CourseError, match=words):
        marks.read_marks(tmp_path / marks.FILE, EXERCISES)


@pytest.mark.parametrize("data, words", [(b"", "is empty"), (b"name,points\na,1", "must be student,exercise,task,points,remark")])
def test_a_table_of_marks_has_its_head(data, words, tmp_path):
    (tmp_path / marks.FILE).write_bytes(data)
    with pytest.raises(CourseError, match=words):
        marks.read_marks(tmp_path / marks.FILE, EXERCISES)
    assert marks.read_marks(tmp_path / "none.csv", EXERCISES) == {}


@pytest.mark.parametrize("encode", [lambda text: text.encode(), lambda text: b"\xef\xbb\xbf" + text.encode(), lambda text: text.encode("cp1252"),
                                    lambda text: text.replace(",", ";").encode("utf-16")])
def test_tables_as_excel_saves_them(encode, tmp_path):
    (tmp_path / "x.csv").write_bytes(encode(HEAD + "Zoë,05,a,1,\n"))
    assert marks.read_marks(tmp_path / "x.csv", EXERCISES)["zoë", "05-feature-maps"]["a"] == (1.0, "")


# Roster and summary --------------------------------------------------------------------------------------------------


def test_a_row_for_each_student_and_those_who_are_missing(tmp_path):
    (tmp_path / "roster.csv").write_text("id;Family name;First name;login\n1;Lovelace;Ada;adal\n2;Roe;Bob;broe\n3;Öz;Cem;coez\n4;Li;Bo;boli\n")
    results = [result("adal"), result("adal", "06-downsampling", wrong="c"), result("777", full_name="Roe Bob", lms="moodle"), result("eve"),
               result("boli", "", status="unreadable", reason="it is a web page")]
    notes = written(results, tmp_path, roster=marks.Roster.read(tmp_path / "roster.csv"))
    rows = table(tmp_path / "summary.csv", "student")
    assert [(name, row["full_name"], row["05-feature-maps"], row["06-downsampling"], row["total"], row["max"]) for name, row in rows.items()] == [
        ("1", "Lovelace Ada", "4", "0", "4", "6"), ("2", "Roe Bob", "4", "", "4", "6"), ("3", "Öz Cem", "", "", "0", "6"), ("4", "Li Bo", "", "", "0", "6"),
        ("eve", "", "4", "", "4", "6")]
    assert [rows[name]["note"] for name in "34"] == ["no hand-in", "boli/x.ipynb: unreadable, it is a web page"] and rows["eve"]["note"] == "not on the roster"
    assert "1 of 4 on the roster handed in nothing: 3." in notes and "1 who handed in are not on the roster: eve." in notes


@pytest.mark.parametrize("text, words", [("id\n", "names no student"), ("id,name\n1,a\n1,b\n", "names somebody twice"), ("", "is empty")])
def test_a_roster_that_is_none(text, words, tmp_path):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(CourseError, match=words):
        marks.Roster.read(tmp_path / "roster.csv")
    with pytest.raises(CourseError, match="cannot be read"):
        marks.Roster.read(tmp_path / "none.csv")


@pytest.mark.parametrize("text, shown", [
    ("+49", "+49"), ("-5", "-5"), ("@x", "@x"), ("ada@uni.edu", "ada@uni.edu"), ("=1+1", "'=1+1"), (" =1+1", "'=1+1"), ("＝1+1", "'＝1+1"), ("+cmd|'/c calc'!A0", "'+cmd|'/c calc'!A0"),
    ("@SUM(1)", "'@SUM(1)"), ("-2+3+cmd(1)", "'-2+3+cmd(1)"), ("a\nb\x1b[31m\u202e", "a b [31m"), ("\t=1", "'=1"), ("eve;=cmd|'/C calc'!A0", "eve;'=cmd|'/C calc'!A0"),
    ("a; @SUM(1);-2", "a; '@SUM(1);-2"), ("a；＝1+1", "a；'＝1+1"), ("code cell 2 raises E; it is 3 - 2", "code cell 2 raises E; it is 3 - 2"), (3.5, "3.5"), ("", ""),
])
def test_no_formula_and_no_control_character_and_ids_stay(text, shown):
    assert tables.safe(text) == shown


# Moodle --------------------------------------------------------------------------------------------------------------

CLASS = [result("11", full_name="Jane Doe", lms="moodle"), result("12", full_name="Max Öz", lms="moodle", wrong="a"),
         result("13", "", full_name="Bo Li", lms="moodle", status="unreadable", reason="it is a web page")]
WORKSHEETS = {  # headers as Moodle's languages have them, columns that its settings add
    "English": ("Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments",
                "Participant {id},{name},x@y,Submitted for grading,{grade},4.00,Yes,\"Friday, 20 November 2026, 1:45 PM\",-,{comment}"),
    "German": ("ID;Vollständiger Name;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar",
               "Teilnehmer/in{id};{name};Zur Bewertung abgegeben;{grade};4,00;Ja;Freitag, 20. November 2026, 13:45;-;{comment}"),
    "Japanese, no comments": ("識別子,氏名,ステータス,評定,最大評点,評定変更可,最終更新日時 (提出),最終更新日時 (評定)", "参加者 {id},{name},提出済み,{grade},4.00,Yes,2026年 11月 20日,-"),
}


@pytest.mark.parametrize("language", WORKSHEETS)
def test_moodles_worksheet_is_filled_in(language, tmp_path):
    """All students stay, those without a hand-in as they were, and every other cell."""
    head, line = WORKSHEETS[language]
    people = [("11", "Jane Doe"), ("12", "Max Öz"), ("13", "Bo Li"), ("14", "Ann Old")]
    given = {"14": ("3.00", "by hand")}
    text = "\n".join([head, *(line.format(id=i, name=name, grade=given.get(i, ("", ""))[0], comment=given.get(i, ("", ""))[1]) for i, name in people)]) + "\n"
    file = tmp_path / "sheet.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    notes = written(CLASS, tmp_path / "out", worksheets=[str(file)])
    filled = (tmp_path / "out" / "moodle-05-feature-maps.csv").read_bytes()
    assert filled.startswith(b"\xef\xbb\xbf")
    delimiter = ";" if language == "German" else ","
    old, new = (list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter)) for data in (file.read_bytes(), filled))
    grade_column = next(n for n, cell in enumerate(old[1]) if cell.startswith("4")) - 1
    assert [row[grade_column] for row in new[1:]] == ["4", "2", "", "3.00"]
    comments = [] if "no comments" in language else [len(old[0]) - 1]
    for before, after in zip(old, new):
        assert [c for n, c in enumerate(before) if n not in (grade_column, *comments)] == [c for n, c in enumerate(after) if n not in (grade_column, *comments)]
    if comments:
        assert [row[-1] for row in new[1:]] == ["a: 2 of 2; b: 2 of 2", "a: 0 of 2; b: 2 of 2", "The hand-in could not be read: it is a web page.", "by hand"]
    assert any("3 of 4 rows filled in" in note for note in notes)


def test_a_point_or_a_comma(tmp_path):
    head, line = WORKSHEETS["German"]
    (tmp_path / "sheet.csv").write_text("\n".join([head, line.format(id="11", name="J", grade="", comment="")]))
    results = [result("11", lms="moodle", wrong={"a": ("x", [[1], 4])})]
    written(results, tmp_path / "out", worksheets=["05=" + str(tmp_path / "sheet.csv")], share=True)
    assert ";3,5;4,00;" in (tmp_path / "out" / "moodle-05-feature-maps.csv").read_text()


@pytest.mark.parametrize("change, words", [
    (lambda text: text.replace("4.00", "100.00"), "gives 100.00 points at most, 05-feature-maps gives 4. Set the assignment's maximum"),
    (lambda text: text.replace("Participant 11", "Jane"), "is no grading worksheet of Moodle"), (lambda text: "a,b\n1,2\n", "is no grading worksheet"),
])
def test_a_worksheet_that_does_not_fit_is_told(change, words, tmp_path):
    """Everything else is written."""
    head, line = WORKSHEETS["English"]
    (tmp_path / "sheet.csv").write_text(change("\n".join([head, line.format(id="11", name="J", grade="", comment="")])))
    with pytest.raises(CourseError, match=words):
        written(CLASS, tmp_path / "out", worksheets=[str(tmp_path / "sheet.csv")])
    assert (tmp_path / "out" / "canvas.csv").is_file() and (tmp_path / "out" / "index.html").is_file()


def test_a_worksheet_is_of_one_exercise(tmp_path):
    (tmp_path / "sheet.csv").write_text("x")
    with pytest.raises(CourseError, match="05-feature-maps, 06-downsampling. A worksheet is of one: --worksheet NN=FILE"):
        written([*CLASS, result("11", "06-downsampling")], tmp_path / "out", worksheets=[str(tmp_path / "sheet.csv")])


def test_without_a_worksheet_moodle_finds_its_columns(tmp_path):
    """What importgradeslib.php asks for; who could not be judged has a row without a grade."""
    written(CLASS, tmp_path)
    rows = table(tmp_path / "moodle-05-feature-maps.csv", "Identifier")
    assert {"Identifier", "Grade", "Last modified (grade)", "Feedback comments"} <= set(rows["Participant 11"])
    assert [(row["Full name"], row["Grade"]) for row in rows.values()] == [("Jane Doe", "4"), ("Max Öz", "2"), ("Bo Li", "")]
    assert rows["Participant 13"]["Feedback comments"] == "The hand-in could not be read: it is a web page."


def test_feedback_pages_go_back_to_moodle(tmp_path):
    """Named as importziplib.php splits them: full name, id, type, plugin, file."""
    written([*CLASS, result("eve")], tmp_path)
    with zipfile.ZipFile(tmp_path / "feedback-moodle-05-feature-maps.zip") as archive:
        names = archive.namelist()
        assert [name.split("_", 4)[1:] for name in names] == [[i, "assignfeedback", "file", "feedback-05-feature-maps.html"] for i in ("11", "12")]
        assert b"Jane Doe" in archive.read(names[0])
    first = (tmp_path / "feedback-moodle-05-feature-maps.zip").read_bytes()
    written([*CLASS, result("eve")], tmp_path)
    assert (tmp_path / "feedback-moodle-05-feature-maps.zip").read_bytes() == first
    written([result("eve")], tmp_path)
    assert not (tmp_path / "feedback-moodle-05-feature-maps.zip").exists()
    assert len(list((tmp_path / "feedback").iterdir())) == 1  # no page of the earlier folder


def test_a_fat_page_costs_the_others_nothing(tmp_path, monkeypatch):
    """Whoever fills his page with pictures is left out of the zip, and named; the pages of the class stay."""
    monkeypatch.setattr(tables, "PAGES_MB", 1)
    fat = result("13", full_name="Eve", lms="moodle", cells=[cell(0, "x", None) | {"text": "y" * 2**20}])
    notes = written([*CLASS, fat], tmp_path)
    with zipfile.ZipFile(tmp_path / "feedback-moodle-05-feature-maps.zip") as archive:
        assert [name.split("_", 2)[1] for name in archive.namelist()] == ["11", "12"]
    assert any("not those of 13: hand them out" in note for note in notes)


# Canvas --------------------------------------------------------------------------------------------------------------

GRADEBOOK = """Student,ID,SIS User ID,SIS Login ID,Section,Feature maps (9001),Homework 6 (9002),Current Score
    Points Possible,,,,,4,2,(read only)
"Doe, Jane",12345,u1,jdoe,A,,,50
"Öz, Cem",12346,u2,coez,A,,1,60
"Li, Bo",12347,u3,boli,A,3,,70
"""


def test_canvass_gradebook_is_filled_in(tmp_path):
    (tmp_path / "book.csv").write_text(GRADEBOOK)
    results = [result("12345", lms="canvas", full_name="doejane"), result("coez", wrong="a"), result("jdoe", "06-downsampling"), result("eve")]
    notes = written(results, tmp_path / "out", gradebook=tmp_path / "book.csv", columns=["06=Homework 6"])
    assert (tmp_path / "out" / "canvas.csv").read_text() == """Student,ID,SIS User ID,SIS Login ID,Section,Feature maps (9001),Homework 6 (9002)
    Points Possible,,,,,4,2
"Doe, Jane",12345,u1,jdoe,A,4,2
"Öz, Cem",12346,u2,coez,A,2,1
"Li, Bo",12347,u3,boli,A,3,
"""
    assert any("1 who handed in are not in" in note and "eve" in note for note in notes)


def test_a_name_is_never_taken_for_an_id(tmp_path):
    """Whoever calls himself by another's id (names are free to choose) gives him no points, and takes none."""
    (tmp_path / "book.csv").write_text(GRADEBOOK)
    results = [result("12346", lms="canvas", full_name="12345"), result("99999", lms="canvas", full_name="boli"), result("eve", full_name="jdoe")]
    written(results, tmp_path / "out", gradebook=tmp_path / "book.csv")
    rows = {row["ID"]: row["Feature maps (9001)"] for row in table(tmp_path / "out" / "canvas.csv")}
    assert (rows["12345"], rows["12346"], rows["12347"]) == ("", "4", "3")


@pytest.mark.parametrize("text, columns, words", [
    (GRADEBOOK, [], "has no columns for 06-downsampling. Name one: --column \"06=TITLE\""), (GRADEBOOK, ["06=Nothing"], "has no columns"),
    (GRADEBOOK.replace(",4,2,", ",10,2,"), ["06=Homework 6"], "gives 10 points for 05-feature-maps, which has 4"), ("a,b\n1,2", [], "is no gradebook of Canvas"),
    (GRADEBOOK.replace("Homework 6", "feature-maps late"), [], "has 2 columns for 05"),
])
def test_a_gradebook_that_does_not_fit_is_told(text, columns, words, tmp_path):
    (tmp_path / "book.csv").write_text(text)
    with pytest.raises(CourseError, match=words):
        written([result("12345", lms="canvas"), result("jdoe", "06-downsampling")], tmp_path / "out", gradebook=tmp_path / "book.csv", columns=columns)


def test_an_id_stands_where_canvas_looks_for_it(tmp_path):
    written([result("12345", lms="canvas", full_name="doejane"), result("alice")], tmp_path)
    rows = table(tmp_path / "canvas.csv")
    assert [(row["ID"], row["SIS Login ID"]) for row in rows] == [("12345", ""), ("", "alice")]
    assert not any("Possible" in row["Student"] for row in rows)  # it would change the assignment's points


# The teacher's page --------------------------------------------------------------------------------------------------


def test_statistics_of_each_task(tmp_path):
    right = [result(f"s{n}") for n in range(3)]
    results = [*right, result("t", wrong={"a": ("it returns a wrong value (2 of 4 hidden cases)", [[1, 3], 4])}),
               result("u", wrong={"a": ("it returns a wrong value (1 of 4 hidden cases)", [[3], 4]), "b": ("not answered", None)})]
    a, b = report.statistics(results, EXERCISES["05-feature-maps"])
    assert (a["name"], a["share"], a["right"], a["all"]) == ("a", 60, 3, 5) and (b["name"], b["share"]) == ("b", 80)
    assert a["reasons"] == ["it returns a wrong value: 2"] and b["reasons"] == ["not answered: 1"]
    assert a["cases"] == ["case 4 (3, array of 2 x 3): 2", "case 2 (1, array of 2 x 3): 1"] and b["cases"] == []
    written(results, tmp_path)
    page = (tmp_path / "index.html").read_text()
    for words in ("60 %, 3 of 5", "it returns a wrong value: 2", "case 4 (3, array of 2 x 3): 2"):
        assert words in page
    assert "array of" not in "".join(path.read_text() for path in (tmp_path / "feedback").iterdir())  # hidden inputs are the teacher's


def test_the_page_lists_other_files_and_notes(tmp_path):
    written([result("ada")], tmp_path, others=["<b>.pdf"], notes=["Students: 1 by folders."])
    page = (tmp_path / "index.html").read_text()
    assert "&lt;b&gt;.pdf" in page and "Students: 1 by folders." in page


# What kept a task from being judged ----------------------------------------------------------------------------------


def cell(number, source, error=None):
    return {"cell": number, "source": source, "text": "", "error": error, "images": []}


SETUP = cell(0, "import pandas\nimport numpy as np", ["ModuleNotFoundError", "No module named 'pandas'", 1])


@pytest.mark.parametrize("problem, cells, status, words", [
    ("it is not defined", [SETUP], "needs review", "a was not judged (it is not defined); code cell 1 raises ModuleNotFoundError (No module named 'pandas')"),
    ("it is not defined", [], "needs review", "a was not judged (it is not defined)"),
    ("it is not defined", [cell(1, "assert a(1)", ["NameError", "name 'a' is not defined", 1])], "needs review", "a was not judged (it is not defined)"),
    ("it raises NameError: name 'np' is not defined (4 of 4 hidden cases)", [SETUP], "needs review", "code cell 1 raises ModuleNotFoundError"),
    ("it raises NameError: name 'retrun' is not defined (4 of 4 hidden cases)", [cell(0, "x = 1")], "ok", ""),
    ("it raises ModuleNotFoundError: No module named 'pandas' (4 of 4 hidden cases)", [], "needs review", "a was not judged (it raises ModuleNotFoundError"),
    ("it raises FileNotFoundError: data.csv", [cell(0, "os.chdir('/content')", ["FileNotFoundError", "/content", 1])], "needs review", "code cell 1 raises FileNotFoundError (/content)"),
    ("not answered", [cell(0, "def a(): raise NotImplementedError"), cell(1, "import cv2\ndef a(): return 1", ["ModuleNotFoundError", "cv2", 1])], "needs review", "code cell 2 raises"),
    ("it returns a wrong value", [cell(0, "def a(): return 0"), cell(1, "download()\ndef a(): return 1", ["URLError", "no network", 1])], "needs review", "code cell 2 raises URLError"),
    ("it returns a wrong value", [SETUP, cell(1, "def a(): return 0")], "ok", ""),
    ("not answered", [cell(0, "def a(): raise NotImplementedError"), cell(1, "assert a()", ["NotImplementedError", "", 1])], "ok", ""),
    (None, [SETUP], "ok", ""),
])
def test_what_kept_a_task_from_being_judged_is_named(problem, cells, status, words):
    found = review.review(result("ada", wrong={"a": (problem, None)} if problem else (), cells=cells))
    assert (found["status"], words in found["reason"]) == (status, True), found["reason"]


def test_the_graders_reasons_are_kept_once():
    errors = [SETUP, cell(2, "1/0", ["ZeroDivisionError", "", 1]), cell(3, "a()", ["NameError", "name 'a' is not defined", 1])]
    found = review.review(result("ada", wrong={"a": ("it is not defined", None)}, cells=errors, status="needs review",
                                 reason="code cell 2 took too long; code cell 1 raises ModuleNotFoundError; code cell 3 raises ZeroDivisionError; "
                                        "code cell 4 raises NameError"))
    assert found["reason"] == ("a was not judged (it is not defined); code cell 1 raises ModuleNotFoundError (No module named 'pandas'); "
                               "code cell 3 raises ZeroDivisionError; code cell 2 took too long")


def test_an_error_with_a_name_that_lies():
    lies = [cell(0, "def a(): 0", ["GraderError: full marks were agreed", "yes", 1])]
    assert "agreed" not in review.review(result("ada", wrong={"a": ("it is not defined", None)}, cells=lies))["reason"]


def test_no_control_characters_in_what_is_told(tmp_path, capsys):
    bad = "x\x1b[31m\u202e" + os.fsdecode(b"\xff") + ".ipynb"
    found = review.review(result("ada", wrong={"a": ("it raises E: \x1b[31mred\u202e", None)}, reason="code cell 1 raises E\x07"))
    assert (found["reason"], found["tasks"][0]["problem"]) == ("code cell 1 raises E", "it raises E: [31mred")
    notes = written([result("ada", file=bad), result("ada", file="y")], tmp_path, others=[bad], notes=[f"Not graded: {bad}."])
    assert [note for note in notes if "hand-ins" in note or "graded" in note] == [
        "Not graded: x [31m\\xff.ipynb.", "ada has 2 hand-ins of 05-feature-maps: x [31m\\xff.ipynb (4 of 4), y (4 of 4). The best counts."]
    for file in ("scores.csv", "index.html"):
        assert not set("\x1b\u202e") & set((tmp_path / file).read_text())


def test_no_control_characters_in_why_a_file_cannot_be_read(tmp_path):
    """A damaged zip names its members in the error."""
    bad = review.review(result("ada", status="unreadable", reason="it cannot be read (name '\u202e\x1b[31mx' in directory)"))
    assert bad["reason"] == "it cannot be read (name ' [31mx' in directory)"


def test_other_exercises_in_the_notebook_are_told():
    found = review.review(result("ada"), ["06-downsampling"], [])
    assert (found["status"], found["reason"]) == ("ok", "the notebook also holds 06-downsampling, in a row of its own")
    assert review.review(result("ada"), [], ["06-downsampling"])["status"] == "needs review"


@pytest.mark.parametrize("said, told", [
    ("it raises NotPlain: it is or holds a type (11 of 11 hidden cases)", "it returns or holds a type; asked for are numbers, text, lists, dicts or arrays (11 of 11 hidden cases)"),
    ("it raises NotPlain: it is or holds an array of object", "it returns or holds an array of object; asked for are numbers, text, lists, dicts or arrays"),
    ("it raises NotPlain: it is nested more than 20 levels deep (2 of 3 hidden cases)", "what it returns is nested more than 20 levels deep (2 of 3 hidden cases)"),
    ("NotPlain: it is or holds a Functional", "it returns or holds a Functional; asked for are numbers, text, lists, dicts or arrays"),
    ("NotPlain: it is larger than 64 MB", "what it returns is larger than 64 MB"), ("it raises ValueError: x", "it raises ValueError: x"),
])
def test_no_exception_of_the_grader_in_a_students_face(said, told):
    assert review.phrase(said) == told


# Rounding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer, reference, right", [
    (3.0000000000001, 3, True), (2.9999, 3, False), ([1e6 + 1e-4, 2], [10**6, 2], True), ([1e6, 2.01], [10**6, 2], False), (0.5, 0, False), (1e-13, 0, True), (1e-6, 0, False),
    ([1e-13, 5], [0, 5], True), (np.array([3 + 1e-13j]), np.array([3]), True), (np.array([3 + 1j]), np.array([3]), False), (10**12 + 0.4, 10**12, False),
    (10**12 + 1.0, 10**12, False), (10**18 + 1, 10**18, False), (1 + 1e-12, True, False), (np.float32(3) + np.float32(1e-6), 3, False), (np.nan, 3, False),
    (np.array([-1e-14, 255]), np.array([0, 255], "uint8"), True), (np.array([0.1, 255]), np.array([0, 255], "uint8"), False), (np.array([], float), np.array([], int), True),
])
def test_rounding_is_no_mistake_and_a_fraction_is(answer, reference, right):
    assert (plain.difference(answer, reference) is None) == right


# Regrading -----------------------------------------------------------------------------------------------------------


class Pool:
    """In place of the sandbox: every function returns what `answers` has for it."""

    jobs = 1

    def __init__(self):
        self.ran, self.answers = [], {}

    def submit(self, cells, jobs, *_):
        import concurrent.futures

        self.ran.append(cells[0])
        future = concurrent.futures.Future()
        future.set_result({"cells": [], "stopped": [], "finished": True, "lost": None, "left_out": None, "answers": {
            job["name"]: plain.pack({"answer": [{"value": self.answers.get(job["name"], 1)}] * 4}) for job in jobs}})
        return future

    def close(self):
        pass


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two exercises and two students, graded."""
    import nbformat

    from course.grading import sandbox

    by_name = {task.name: task for found in EXERCISES.values() for task in found}
    monkeypatch.setattr(grade, "ROOT", tmp_path)
    monkeypatch.setattr(grade.judging, "warm_up", lambda: None)
    monkeypatch.setattr(grade.judging, "judge", lambda path, replies, seed: {  # in this process
        name: (judging.judge_task(by_name[name], data, right, seed), judging.wrong_cases(by_name[name], data, right)) for name, data, right in replies})
    (tmp_path / "solutions").mkdir()

    def notebook(path, *sources):
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])))

    items = []
    for name, found in EXERCISES.items():
        code = "\n".join(f"def {task.name}(): 1" for task in found)
        notebook(tmp_path / "solutions" / f"{name}.ipynb", f"# solution {name[:2]}\n" + code)
        for student in ("ada", "bob"):
            path = tmp_path / f"{student}{name[:2]}.ipynb"
            notebook(path, f"# {student} {name[:2]}\n" + code)
            items.append(HandIn(path.name, student, "", "", path))
    pool = Pool()

    def run(exercises=EXERCISES, limits=sandbox.Limits(), **options):
        pool.ran.clear()
        found = grade.grade(items, exercises, tmp_path / "out", seed=1, limits=limits, pool=pool, data="stand-in", **options)
        return {(one["student"], one["notebook"][:2]): one["score"] for one in found}, [first.split("\n")[0][2:] for first in pool.ran]

    def stamps():
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "results").iterdir()}

    run()
    run.pool, run.stamps, run.items, run.out, run.limits = pool, stamps, items, tmp_path / "out", sandbox.Limits
    return run


@pytest.mark.parametrize("wishes, ran", [
    (["student=ada"], ["ada 05", "ada 06"]), (["exercise=05"], ["ada 05", "bob 05"]), (["student=bob", "exercise=06-downsampling"], ["bob 06"]),
    (["task=c"], ["ada 06", "bob 06"]), (["task=a", "student=ada"], ["ada 05"]), (["student=ada", "student=bob", "task=c"], ["ada 06", "bob 06"]),
])
def test_what_fits_is_graded_anew_and_the_rest_is_not_touched(wishes, ran, course):
    before = course.stamps()
    _, names = course(again=wishes)
    assert sorted(name for name in names if not name.startswith("solution")) == sorted(ran)
    changed = {name for name, stamp in course.stamps().items() if stamp != before[name]}
    assert len(changed) == len(ran) and len(before) == 4


def test_one_task_is_judged_anew(course):
    """Nothing but the task changes, though the others would come out differently now."""
    reference = grade.reference
    course.pool.answers = {"a": 2, "b": 2}
    grade.reference = lambda *_: {name: plain.pack({"answer": [{"value": 1}] * 4}) for name in "abc"}
    try:
        scores, _ = course(again=["task=a", "student=ada"])
        assert scores == {("ada", "05"): 2, ("bob", "05"): 4, ("ada", "06"): 2, ("bob", "06"): 2}
        scores, _ = course(again=["exercise=05"])
        assert scores == {("ada", "05"): 0, ("bob", "05"): 0, ("ada", "06"): 2, ("bob", "06"): 2}
    finally:
        grade.reference = reference


def test_a_mended_check_asks_for_its_task_alone(course):
    mended = {"05-feature-maps": [*exercise("a", cases=5), EXERCISES["05-feature-maps"][1]], "06-downsampling": EXERCISES["06-downsampling"]}
    for options in ({"resume": True}, {"again": ["task=b"]}, {"again": ["task=a", "student=ada"]}):
        with pytest.raises(CourseError, match="graded with other checks of a. Grade them anew with --regrade task=NAME"):
            course(mended, **options)
    course.pool.answers = {}
    _, names = course(mended, again=["task=a"])
    assert sorted(names) == ["ada 05", "bob 05", "solution 05"]
    assert course(mended, resume=True)[1] == []  # and then all is done


def test_more_time_for_one_student(course):
    """Limits of that run alone; a later --resume neither refuses nor undoes it."""
    with pytest.raises(CourseError, match="other limits"):
        course(limits=course.limits(cell_seconds=120), resume=True)
    assert "ada 05" in course(limits=course.limits(cell_seconds=120), again=["student=ada"])[1]
    assert course(resume=True)[1] == []


@pytest.mark.parametrize("wish, words", [("ada", "is not understood"), ("task=x", "is not understood"), ("exercise=99", "is not understood"), ("student=", "is not understood"),
                                         ("student=nobody", "fits no hand-in")])
def test_a_wish_that_fits_nothing_is_told(wish, words, course):
    with pytest.raises(CourseError, match=words):
        course(again=[wish])


def test_two_exercises_in_one_notebook_are_two_rows(course):
    import nbformat

    path = course.items[0].file
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("# ada both\ndef a(): 1\ndef b(): 1\ndef c(): 1")])))
    scores, names = course(resume=True)
    assert names.count("ada both") == 2 and scores["ada", "05"] == 4 and scores["ada", "06"] == 2
    reasons = [json.loads(file.read_text())["reason"] for file in course.out.glob("results/ada-ada05-*.json")]
    assert sorted(reasons) == ["the notebook also holds 05-feature-maps, in a row of its own", "the notebook also holds 06-downsampling, in a row of its own"]


def test_an_unreadable_hand_in_is_in_the_tables(course, tmp_path):
    """Of the exercise that its name says; else in the summary."""
    (tmp_path / "05-feature-maps.ipynb").write_text("<html>")
    course.items += [HandIn("eve/05-feature-maps.ipynb", "eve", "", "", tmp_path / "05-feature-maps.ipynb"), HandIn("dan/x.ipynb", "dan", "", "", tmp_path / "05-feature-maps.ipynb")]
    results = grade.grade(course.items, EXERCISES, course.out, seed=1, limits=course.limits(), pool=course.pool, data="stand-in", resume=True)
    written(results, course.out)
    assert {row["student"]: row["notebook"] for row in table(course.out / "scores.csv") if row["status"] == "unreadable"} == {"eve": "05-feature-maps", "dan": ""}
    assert {row["Identifier"]: row["Grade"] for row in table(course.out / "moodle-05-feature-maps.csv")} == {"ada": "4", "bob": "4", "eve": "", "dan": ""}
    assert "it is a web page" in table(course.out / "summary.csv", "student")["dan"]["note"]


def test_two_files_that_differ_in_what_is_no_unicode_have_two_results():
    names = {grade.key("s", os.fsdecode(data)) for data in (b"a\xff", b"a\xfe", b"a?")}
    assert len(names) == 3
