"""The teacher's real inbox: whose hand-in it is, what a file is, and what is told."""

import io
import json
import os
import resource
import subprocess
import sys
import tracemalloc
import unicodedata
import zipfile

import nbformat
import pytest

from course import ROOT, CourseError
from course.grading import handin, inbox, judging, tasks

NAMES = [path.stem for path in sorted((ROOT / "solutions").glob("[0-9][0-9]-*.py"))]
NOTEBOOK = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])).encode()
LINK = 0o120777 << 16


def packed(tree):
    """A zip of {path: content}; a list of pairs may hold a path twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in tree.items() if isinstance(tree, dict) else tree:
            archive.writestr(path, NOTEBOOK if content is None else content)
    return file.getvalue()


def folder(tmp_path, tree):
    """Files below a folder: {path: content}, None for a notebook."""
    for path, content in tree.items():
        file = tmp_path / "in" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(NOTEBOOK if content is None else content)
    return tmp_path / "in"


def students(found):
    return sorted((item.path, item.student) for item in found.items)


def who(tmp_path, *paths, **options):
    """{path: student} for notebooks at these paths."""
    return dict(students(inbox.find(folder(tmp_path, dict.fromkeys(paths)), NAMES, **options)))


# Names of platforms --------------------------------------------------------------------------------------------------

PLATFORMS = {  # what a teacher downloads: {path: (student, full name, platform, time)}
    "moodle, a folder each": {
        "Jane Doe_1234567_assignsubmission_file_/x.ipynb": ("1234567", "Jane Doe", "moodle", None),
        "Zoë O'Neil-Ré_1234568_assignsubmission_file/x.ipynb": ("1234568", "Zoë O'Neil-Ré", "moodle", None),
    },
    "moodle, flat": {
        "Jane Doe_111_assignsubmission_file_x.ipynb": ("111", "Jane Doe", "moodle", None),
        "Jane Roe_112_assignsubmission_file_Max_222_assignsubmission_file_x.ipynb": ("112", "Jane Roe", "moodle", None),
    },
    "canvas": {
        "doejane_12345_678901_05-feature-maps-1.ipynb": ("12345", "doejane", "canvas", None),
        "müllerzoë_LATE_12346_678902_x.ipynb": ("12346", "müllerzoë", "canvas", None),
        "roejane_12347_678903_doejane_12345_678901_x.ipynb": ("12347", "roejane", "canvas", None),
    },
    "canvas, anonymous": {
        "anon_b5xyz_678903_x.ipynb": ("b5xyz", "", "canvas", None),
        "LATE_anon_c6abc_678904_x.ipynb": ("c6abc", "", "canvas", None),
    },
    "blackboard": {
        "HW5_adal_attempt_2026-11-20-13-45-10_file.ipynb": ("adal", "", "blackboard", "2026-11-20T13:45:10"),
        "HW5_b_ob_attempt_2026-11-21-03-45-10_HW5_adal_attempt_2026-11-20-13-45-10_x.ipynb": ("b_ob", "", "blackboard", "2026-11-21T03:45:10"),
    },
    "brightspace, a folder each": {
        "1234567-987654 - Ada Lovelace - Nov 20, 2026 1145 AM/x.ipynb": ("1234567", "Ada Lovelace", "brightspace", "2026-11-20T11:45:00"),
        "1234568-987654 - Jean-Luc Li - Nov 2, 2026 205 PM/x.ipynb": ("1234568", "Jean-Luc Li", "brightspace", "2026-11-02T14:05:00"),
    },
    "brightspace, flat": {
        "1234567-987654 - Ada Lovelace - Nov 20, 2026 1145 AM - x.ipynb": ("1234567", "Ada Lovelace", "brightspace", "2026-11-20T11:45:00"),
        "1234568-987654 - Bob - 3 December, 2026 905 - 1-2 - Ada - Nov 20, 2026 1145 AM.ipynb": ("1234568", "Bob", "brightspace", "2026-12-03T09:05:00"),
    },
    "sakai": {
        "Hopper, Grace(ghopper)/Submission attachment(s)/x.ipynb": ("ghopper", "Hopper, Grace", "sakai", None),
        "Noether, Emmy(enoether)/Submission attachment(s)/x.ipynb": ("enoether", "Noether, Emmy", "sakai", None),
    },
    "ilias": {
        "Hopper_Grace_ghopper_4711/20261120134510_x.ipynb": ("ghopper", "Hopper Grace", "ilias", None),
        "Noether_Emmy_enoether_4712/20261120134511_x.ipynb": ("enoether", "Noether Emmy", "ilias", None),
    },
    "gradescope without its list": {
        "submission_101/x.ipynb": ("101", "", "gradescope", None),
        "submission_102/x.ipynb": ("102", "", "gradescope", None),
    },
}


@pytest.mark.parametrize("above", ["", "CS101-week 5/", "download/inner/"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_a_platform_wrote_names_the_student(platform, above, tmp_path):
    tree = {above + path: expected for path, expected in PLATFORMS[platform].items()}
    found = inbox.find(folder(tmp_path, dict.fromkeys(tree)), NAMES)
    for item in found.items:
        student, full_name, lms, time = tree[item.path]
        assert (item.student, item.full_name, item.lms) == (student, full_name, lms), found.notes
        assert time is None or item.time == time
    assert len(found.items) == len(tree)
    assert not [note for note in found.notes if "two names" in note or "no student" in note]


def test_every_platform_of_the_table_has_an_example():
    assert {name.split(",")[0].split()[0] for name in PLATFORMS} == {name.strip() for name in inbox.PLATFORMS}


def test_gradescopes_list_names_the_students(tmp_path):
    """A group's hand-in counts for each of its students."""
    listed = b"""---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: '7001'
    :email: ada@uni.edu
submission_102:
  :submitters:
  - :name: Bob
    :sid:
    :email: bob@uni.edu
  - :name: Cem
    :sid: 7003
"""
    tree = {"assignment_9_export/submission_metadata.yml": listed, "assignment_9_export/submission_101/x.ipynb": None, "assignment_9_export/submission_102/x.ipynb": None}
    found = inbox.find(folder(tmp_path, tree), NAMES)
    assert [(item.student, item.full_name) for item in found.items] == [("7001", "Ada Lovelace"), ("7003", "Cem"), ("bob@uni.edu", "Bob")]
    (tmp_path / "in" / "assignment_9_export" / "submission_metadata.yml").write_bytes(b"- [no, list\n")
    assert {item.student for item in inbox.find(tmp_path / "in", NAMES).items} == {"101", "102"}


@pytest.mark.parametrize("tree, expected", [
    # the level at which the folders are people
    (["week5/ada/x.ipynb", "week5/bob/x.ipynb"], ["ada", "bob"]),
    (["week5/ada/x.ipynb", "week6/ada/x.ipynb", "week6/bob/x.ipynb"], ["ada", "ada", "bob"]),
    (["CS101-Assignment-2026/ada/x.ipynb", "CS101-Assignment-2026/bob/x.ipynb"], ["ada", "bob"]),
    (["a/week5/download/ada/x.ipynb", "a/week5/download/bob/x.ipynb"], ["ada", "bob"]),
    (["Blatt 05/ada/x.ipynb", "Blatt 06/bob/x.ipynb"], ["ada", "bob"]),
    (["pensum5/ada/x.ipynb", "pensum5/bob/x.ipynb", "pensum6/ada/x.ipynb"], ["ada", "bob", "ada"]),
    (["05-feature-maps/ada.ipynb", "05-feature-maps/bob.ipynb"], ["ada", "bob"]),
    (["ada/hw5/x.ipynb", "ada/hw6/x.ipynb", "bob/hw5/x.ipynb"], ["ada", "ada", "bob"]),
    (["ada/05-feature-maps/x.ipynb", "ada/06-downsampling/x.ipynb"], ["ada", "ada"]),
    (["ada/05.ipynb", "ada/06.ipynb"], ["ada", "ada"]),
    (["ada/deep/er/x.ipynb"], ["ada"]),
    (["s1234/a/x.ipynb", "s1234/b/x.ipynb", "s1235/a/x.ipynb", "s1235/b/x.ipynb"], ["s1234", "s1234", "s1235", "s1235"]),
    (["1234567/x.ipynb", "1234568/x.ipynb"], ["1234567", "1234568"]),
    (["student1/a/x.ipynb", "student1/b/x.ipynb", "student2/a/x.ipynb"], ["student1", "student1", "student2"]),
    # a student's names say nothing, whatever they look like
    (["alice/Bob_222_assignsubmission_file_x.ipynb", "bob/x.ipynb"], ["alice", "bob"]),
    (["alice/Bob_222_assignsubmission_file_x.ipynb"], ["alice"]),
    (["alice/Bob_222_assignsubmission_file_/x.ipynb", "bob/x.ipynb"], ["alice", "bob"]),
    (["Jane Doe_111_assignsubmission_file_/Max_222_assignsubmission_file_/x.ipynb"], ["111"]),
    (["anna_05_2026_feature-maps.ipynb", "ben_05_2026_feature-maps.ipynb"], ["anna_05_2026_feature-maps", "ben_05_2026_feature-maps"]),
    (["anna_2026_1120_x.ipynb", "ben_2026_1120_x.ipynb"], ["anna_2026_1120_x", "ben_2026_1120_x"]),
    (["CS101-5-77/Jane Doe_11_assignsubmission_file_x.ipynb", "CS101-5-77/Max_12_assignsubmission_file_x.ipynb",
      "CS101-6-78/Jane Doe_11_assignsubmission_file_x.ipynb", "CS101-6-78/Max_12_assignsubmission_file_x.ipynb"], ["11", "12", "11", "12"]),
    # Drive and Classroom
    (["Ada Lovelace - 05-feature-maps.ipynb", "Copy of Bob - 05_feature_maps.ipynb"], ["Ada Lovelace", "Bob"]),
    (["ada.ipynb", "ada (1).ipynb", "Kopie von bob.ipynb"], ["ada", "ada", "bob"]),
    (["05-feature-maps.ipynb", "05-feature-maps (1).ipynb", "Copy of 05-feature-maps.ipynb"],
     ["05-feature-maps", "05-feature-maps (1)", "Copy of 05-feature-maps"]),
    (["week5/hw5.ipynb", "week6/hw5.ipynb"], ["week5/hw5", "week6/hw5"]),
    # GitHub Classroom
    (["05-feature-maps-adal/x.ipynb", "05-feature-maps-bob-m/x.ipynb"], ["adal", "bob-m"]),
    (["cnn-lab-submissions/cnn-lab-adal/x.ipynb", "cnn-lab-submissions/cnn-lab-bob/x.ipynb"], ["adal", "bob"]),
    (["anna-maria/x.ipynb", "anna-lena/x.ipynb"], ["anna-maria", "anna-lena"]),
])
def test_the_student_is_what_differs(tree, expected, tmp_path):
    assert who(tmp_path, *tree) == dict(zip(tree, expected))


def test_an_expression_of_the_teachers_own(tmp_path):
    tree = ["2026/hw5__ada__late.ipynb", "2026/hw5__bob__.ipynb"]
    assert list(who(tmp_path, *tree, student_from=r"__(\w+?)__").values()) == ["ada", "bob"]
    found = inbox.find(tmp_path / "in", NAMES, r"hw5__(?P<student>a\w+?)__(?P<name>\w*)")
    assert {(item.student, item.full_name) for item in found.items} == {("2026/hw5__bob__.ipynb", ""), ("ada", "late")}
    assert any("does not fit 2026/hw5__bob__.ipynb" in note for note in found.notes)
    for wrong, words in (("(", "no regular expression"), ("nobody", "finds nobody")):
        with pytest.raises(CourseError, match=words):
            inbox.find(tmp_path / "in", NAMES, wrong)


# Zips ----------------------------------------------------------------------------------------------------------------


def test_a_download_and_a_students_own_zip(tmp_path):
    """A download has the platform's names in it; a student's zip is one work, whatever he called his folders."""
    download = packed({"Jane Doe_11_assignsubmission_file_/x.ipynb": None, "Max Roe_12_assignsubmission_file_/x.ipynb": None, "__MACOSX/._x.ipynb": b""})
    own = packed({"hw5/05.ipynb": None, "hw6/06.ipynb": None})
    forged = packed({"Max Roe_12_assignsubmission_file_/x.ipynb": None})
    two = packed({f"{name}_assignsubmission_file_/x.ipynb": None for name in ("Max Roe_12", "Jane Doe_11")})
    found = inbox.find(folder(tmp_path, {"class.zip": download, "ivy.zip": two, "alice.zip": own, "bob.zip": own, "eve.zip": forged, "broken.zip": b"PK\3\4 no zip"}), NAMES)
    assert {(item.path, item.student) for item in found.items} == {
        ("class.zip/Jane Doe_11_assignsubmission_file_/x.ipynb", "11"), ("class.zip/Max Roe_12_assignsubmission_file_/x.ipynb", "12"),
        *((f"{name}.zip/hw{n}/0{n}.ipynb", name) for name in ("alice", "bob") for n in (5, 6)),
        *((f"ivy.zip/{name}_assignsubmission_file_/x.ipynb", "ivy") for name in ("Max Roe_12", "Jane Doe_11")),
        ("eve.zip/Max Roe_12_assignsubmission_file_/x.ipynb", "eve"), ("broken.zip", "broken")}
    assert [note for note in found.notes if "download" in note] == [
        "ivy.zip looks like a download, but stands beside other hand-ins. If it is one, put it into a folder of its own."]
    item = next(item for item in found.items if item.student == "11")
    assert item.bytes(10**6) == NOTEBOOK
    with pytest.raises(handin.Unreadable, match="larger"):
        item.bytes(1)
    with pytest.raises(handin.Unreadable, match="cannot be opened"):
        next(item for item in found.items if item.student == "broken").bytes(10**6)


@pytest.mark.parametrize("name", ["Jane Doe_11_assignsubmission_file_/mine.zip", "Jane Doe_11_assignsubmission_file_mine.zip"])
def test_a_zip_inside_a_download_is_read(name, tmp_path):
    inner = packed({"hw5/x.ipynb": None, "hw5/data.csv": b"1"})
    tree = {"download.zip": packed({name: inner, name.replace("Jane Doe_11", "Max Roe_12"): inner})}
    found = inbox.find(folder(tmp_path, tree), NAMES)
    assert [item.student for item in found.items] == ["11", "12"]
    assert found.items[0].bytes(10**6) == NOTEBOOK
    assert len(found.others) == 2


def test_zips_in_zips_come_to_an_end(tmp_path):
    data = packed({"x.ipynb": None})
    for _ in range(6):
        data = packed({"a.zip": data})
    item, = inbox.find(folder(tmp_path, {"ada.zip": data, "bob.ipynb": None}), NAMES).items[:1]
    assert (item.student, item.problem) == ("ada", "it is a zip in a zip in a zip")


def test_zips_of_windows_and_macos(tmp_path):
    """Backslashes between folders, and UTF-8 without the flag that says so."""
    windows = packed({r"class\ada\x.ipynb": None, r"class\bob\x.ipynb": None})
    assert [item.student for item in inbox.find(folder(tmp_path, {"a.zip": windows}), NAMES).items] == ["ada", "bob"]
    name = unicodedata.normalize("NFD", "Zoë")
    mac = packed({f"{name}/x.ipynb": None, "bob/x.ipynb": None})
    assert mac.count(b"\x00\x08") >= 2  # the flag
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := mac.find(signature, at + 1)) >= 0:
            mac = mac[:at + offset] + b"\0\0" + mac[at + offset + 2:]
    (tmp_path / "in" / "a.zip").write_bytes(mac)
    assert [item.student for item in inbox.find(tmp_path / "in", NAMES).items] == ["Zoë", "bob"]


def test_one_name_twice_in_a_zip(tmp_path):
    other = NOTEBOOK.replace(b"x = 1", b"x = 2")
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed([("x.ipynb", None), ("x.ipynb", other)])
    found = inbox.find(folder(tmp_path, {"ada.zip": data, "bob.ipynb": None}), NAMES)
    assert [(item.path, item.student) for item in found.items] == [("ada.zip/x.ipynb", "ada"), ("ada.zip/x.ipynb [2]", "ada"), ("bob.ipynb", "bob")]
    assert [item.bytes(10**6) for item in found.items[:2]] == [NOTEBOOK, other]


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("x.ipynb")
        link.external_attr = LINK
        archive.writestr(link, "/etc/passwd")
    item, = inbox.find(folder(tmp_path, {"ada.zip": file.getvalue()}), NAMES).items
    assert "link" in item.problem


# One student or two --------------------------------------------------------------------------------------------------


def test_two_forms_of_unicode_are_one_student(tmp_path):
    forms = [unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD")]
    assert set(who(tmp_path, *(f"{name}/{n}.ipynb" for n, name in enumerate(forms)), "bob/x.ipynb").values()) == {"Zoë", "bob"}


def test_two_names_for_one_id_are_told(tmp_path):
    found = inbox.find(folder(tmp_path, dict.fromkeys(["Jane Doe_11_assignsubmission_file_x.ipynb", "Max Roe_11_assignsubmission_file_y.ipynb",
                                                       "Bo Li_12_assignsubmission_file_y.ipynb"])), NAMES)
    assert [note for note in found.notes if "two names" in note] == ["11 has two names: Jane Doe, Max Roe. Are these two people?"]


def test_ids_hold_no_control_characters(tmp_path):
    names = ["a\nb", "c\x1b[31md", "e\u202ef", os.fsdecode(b"g\xff"), os.fsdecode(b"g\xfe")]
    found = who(tmp_path, *(f"{name}/x.ipynb" for name in names))
    assert sorted(found.values()) == ["a b", "c [31md", "ef", r"g\xfe", r"g\xff"]


@pytest.mark.parametrize("text, shown", [
    ("ada\u200b", "ada"), ("a\u00adda", "ada"), ("ada\u061c", "ada"), ("ada\U000e0041", "ada"), ("\u2066ada\u2069", "ada"), ("ada\u2028x", "ada x"),
    ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"), ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
])
def test_names_that_look_alike_are_alike(text, shown):
    """Nothing invisible, but for the joiners that Persian names and emoji need."""
    assert inbox.tidy(text) == shown


def test_one_student_does_not_keep_the_grader_busy_for_days(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MOST", 3)
    found = inbox.find(folder(tmp_path, {"eve.zip": packed({f"x{n}.ipynb": None for n in range(5)}), "bob/x.ipynb": None}), NAMES)
    assert [item.path for item in found.items] == ["bob/x.ipynb", *(f"eve.zip/x{n}.ipynb" for n in (2, 3, 4))]
    assert found.others == ["eve.zip/x0.ipynb", "eve.zip/x1.ipynb"]
    assert any("of which the last 3 are graded: eve" in note for note in found.notes)


def test_how_students_were_known_is_told(tmp_path):
    found = inbox.find(folder(tmp_path, dict.fromkeys(["Jane Doe_11_assignsubmission_file_x.ipynb", "Bo Li_12_assignsubmission_file_y.ipynb"])), NAMES)
    assert found.notes == ["Students: 2 by Moodle's names."]
    found = inbox.find(folder(tmp_path / "b", dict.fromkeys(["05-feature-maps.ipynb", "ada.ipynb"])), NAMES)
    assert "Named after no student: 05-feature-maps.ipynb." in found.notes[1]


# Files ---------------------------------------------------------------------------------------------------------------


def test_other_files_are_listed_once(tmp_path):
    """Beside a notebook they are no row; a student who handed in nothing else has one."""
    tree = {"ada/x.ipynb": None, "ada/report.pdf": b"%PDF-1.7", "ada/x.html": b"<html>", "ada/fig.png": b"\x89PNG", "ada/data.json": b'{"a": 1}',
            "bob/report.pdf": b"%PDF-1.7", "cem/a.py": b"import os", "cem/b.rar": b"Rar!", "list.csv": b"a,b"}
    found = inbox.find(folder(tmp_path, tree), NAMES)
    assert [(item.path, item.problem) for item in found.items] == [
        ("ada/x.ipynb", None), ("bob/report.pdf", "it is a PDF"), ("cem/a.py", "there is no notebook, only cem/a.py, cem/b.rar")]
    assert found.others == ["ada/data.json", "ada/fig.png", "ada/report.pdf", "ada/x.html", "list.csv"]
    assert found.notes[-1] == "Not graded, 5 in number: ada/data.json, ada/fig.png, ada/report.pdf and 2 more."


def test_moodles_online_text_is_no_hand_in_of_its_own(tmp_path):
    tree = {"Jane Doe_11_assignsubmission_file_/x.ipynb": None, "Jane Doe_11_assignsubmission_onlinetext_/onlinetext.html": b"<p>done</p>",
            "Max Roe_12_assignsubmission_onlinetext_/onlinetext.html": b"<!DOCTYPE html><p>see mail</p>"}
    found = inbox.find(folder(tmp_path, tree), NAMES)
    assert [(item.student, item.problem) for item in found.items] == [("11", None), ("12", "it is a web page, a log-in page or an export say")]


@pytest.mark.parametrize("name", ["ada.ipynb.txt", "ada.ipynb.json", "ada.ipynb.html", "ada.json", "ada.txt", "ada.IPYNB", "ada"])
@pytest.mark.parametrize("encode", [lambda data: data, lambda data: b"\xef\xbb\xbf\r\n" + data, lambda data: data.decode().encode("utf-16")])
def test_the_content_makes_a_notebook(name, encode, tmp_path):
    found = inbox.find(folder(tmp_path, {name: encode(NOTEBOOK), "bob.ipynb": None}), NAMES)
    assert [(item.student, item.problem) for item in found.items] == [("ada", None), ("bob", None)]
    assert handin.code_cells(found.items[0].bytes(10**6)) == ["x = 1"]


CONFLICT = NOTEBOOK.replace(b'"cells"', b'\n<<<<<<< HEAD\n "a": 1,\n=======\n "b": 2,\n>>>>>>> other\n "cells"')


@pytest.mark.parametrize("data, words", [
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "it is a pointer of Git LFS"),
    (b"\n<!DOCTYPE html>\n<html><title>Log in</title>", "it is a web page"),
    (b"\xef\xbb\xbf<html>", "it is a web page"),
    (CONFLICT, "it is text with a merge conflict of Git"),
    (b"https://colab.research.google.com/drive/1abc\n", "it is a link"),
    (b"[InternetShortcut]\r\nURL=https://colab", "it is a link"),
    (b'{"url": "https://docs.google.com/open?id=1", "doc_id": "1"}', "it is a link"),
    (b"# my answer\nimport numpy as np\n", "it is Python code"),
    (b"def output_size(n):\n    return n\n", "it is Python code"),
    (b"%PDF-1.7\n%", "it is a PDF"), (b"\x89PNG\r\n\x1a\n", "it is a picture"), (b"PK\3\4\x14\0", "it is a zip file"), (b"7z\xbc\xaf\x27", "it is an archive that is no zip"),
    (NOTEBOOK[:-40], "cut off or damaged"), (b"[1]", "no notebook"), (b" \n", "empty"),
])
def test_what_is_no_notebook_is_told(data, words):
    with pytest.raises(handin.Unreadable, match=words):
        handin.code_cells(data)


@pytest.mark.parametrize("data, words", [
    (b"#\n" * 2000 + b"x", "it is text, no notebook"), (b"#\n " * 1300 + b"x", "it is text"), (b"#\n" * 2000 + b"import os", "it is Python code"),
], ids=["lines", "spaces", "code"])
def test_saying_what_a_file_is_comes_to_an_end(data, words):
    """Each line once: in a subprocess, for a regular expression cannot be interrupted."""
    code = f"from course.grading import handin; print('it is', handin.what({data!r}))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert words in ran.stdout


@pytest.mark.parametrize("notebook, cells", [
    ({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x\n", "y"]}, {"cell_type": "markdown", "source": "text"}]},
                                    {"cells": [{"cell_type": "code", "input": "z"}]}]}, ["x\ny", "z"]),
    ({"nbformat": 2, "worksheets": [{"cells": [{"cell_type": "code", "input": "x"}]}]}, ["x"]),
    ({"nbformat": 1, "cells": [{"cell_type": "code", "code": "x"}, {"cell_type": "text", "text": "t"}]}, ["x"]),
])
def test_notebooks_of_ipythons_years(notebook, cells):
    assert handin.code_cells(json.dumps(notebook).encode()) == cells


@pytest.mark.parametrize("version", [3, 4])
def test_reading_a_notebook_takes_little_memory(version):
    """A million empty dicts in a notebook of 3 MB: nbformat's conversion took half a gigabyte for them."""
    cells = ['"cells":[{"cell_type":"code","source":"x"}]', '"worksheets":[{"cells":[{"cell_type":"code","input":"x"}]}]'][version == 3]
    data = f'{{"nbformat":{version},"metadata":{{"a":[{"{},"*10**6}{{}}]}},{cells}}}'.encode()
    tracemalloc.start()
    try:
        assert handin.code_cells(data) == ["x"]
        assert tracemalloc.get_traced_memory()[1] < 40 * len(data)
    finally:
        tracemalloc.stop()


def test_an_ordinary_text_is_no_merge_conflict():
    assert handin.what(b'{"cells": [') is None


def test_a_notebook_with_two_exercises():
    exercises = {"05-a": [tasks.Task("a1", 1), tasks.Task("a2", 1)], "06-b": [tasks.Task("b1", 1), tasks.Task("b2", 1), tasks.Task("b3", 1)], "07-c": [tasks.Task("c", 1)]}
    assert handin.identify(["def a1(): 0\ndef a2(): 0\ndef b1(): 0\ndef b2(): 0"], exercises) == (["05-a", "06-b"], [])
    assert handin.identify(["def a1(): 0\ndef a2(): 0\ndef b1(): 0"], exercises) == (["05-a"], ["06-b"])
    assert handin.identify(["d = 1"], exercises) == ([], [])
    assert handin.named("x/06_b (1).ipynb", exercises) == "06-b" and handin.named("x.ipynb", exercises) == ""
    assert handin.named("x.ipynb", {"05-a": []}) == "05-a"


def test_json_beside_a_notebook_is_no_notebook(tmp_path):
    assert not handin.is_notebook(json.dumps({"cells": 3}).encode())


def test_a_folder_without_files(tmp_path):
    for where, words in ((tmp_path, "holds no file"), (tmp_path / "x", "is no folder")):
        with pytest.raises(CourseError, match=words):
            inbox.find(where, NAMES)


# Zips that cost more than they weigh


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_a_zip_that_unpacks_without_end_is_told(tmp_path, monkeypatch):
    """What is looked into has a budget, over all files and zips in one zip; other hand-ins are found all the same."""
    monkeypatch.setattr(inbox, "LOOKED_MB", 3)
    inner = zipped(tmp_path / "inner", [("x.ipynb", "{}"), ("zeros", bytes(2 * 2**20))], zipfile.ZIP_STORED).read_bytes()
    (tmp_path / "in").mkdir()
    zipped(tmp_path / "in" / "ann.zip", [(f"{n}.zip", inner) for n in range(9)])
    zipped(tmp_path / "in" / "bob.zip", [(f"{n}.txt", b"{" + bytes(2**20)) for n in range(9)] + [("x.ipynb", "{}")])
    (tmp_path / "in" / "cem.ipynb").write_text("{}")
    found = inbox.find(tmp_path / "in")
    problems = [item.problem for item in found.items if item.student == "ann"]
    assert problems.count(None) == 1 and all("unpacks to more than 3 MB" in p for p in problems if p) and len(problems) == 9
    assert [(item.student, item.problem) for item in found.items if item.student != "ann"] == [("bob", None), ("cem", None)]


def test_a_zip_of_many_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MEMBERS", 20)
    inner = zipped(tmp_path / "inner", [(f"{n}.ipynb", "{}") for n in range(15)]).read_bytes()
    (tmp_path / "in").mkdir()
    zipped(tmp_path / "in" / "ann.zip", [("1.zip", inner), ("2.zip", inner)])
    problems = [item.problem for item in inbox.find(tmp_path / "in").items]
    assert problems.count(None) == 15 and problems[-1].endswith("it holds more than 20 files)")


def test_long_names_take_no_time(tmp_path):
    """Patterns of names are asked for 255 characters at most."""
    zipped(tmp_path / "x.zip", [("1_" * 30_000 + "/a.ipynb", "{}"), ("_1" * 30_000 + ".ipynb", "{}")])
    assert all(len(part) <= 255 for item in inbox.find(tmp_path).items for part in item.path.split("/"))


def test_a_zip_in_a_zip_is_unpacked_once_for_its_files(tmp_path):
    inner = zipped(tmp_path / "inner", [(f"{n}.ipynb", str(n)) for n in range(5)]).read_bytes()
    (tmp_path / "in").mkdir()
    zipped(tmp_path / "in" / "ann.zip", [("1.zip", inner)])
    items = inbox.find(tmp_path / "in").items
    assert [item.bytes(9) for item in items] == [b"0", b"1", b"2", b"3", b"4"]
    assert handin._archive.cache_info().misses == 2


def test_names_in_metadata_are_texts(tmp_path):
    """YAML can name one list many times; such a name is none."""
    with pytest.raises(TypeError):
        inbox._text([["x"] * 9] * 9)
    assert inbox._text(7) == "7"


def test_a_notebook_that_grows_while_it_is_read(tmp_path):
    """20 MB of JSON, 20 kB in a zip, would be more than a gigabyte of lists: it is read elsewhere, and given up there."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = b'{"nbformat": 4, "cells": [' + b"[]," * 14_000_000 + b"[]]}"
    [said] = list(judging.bounded(handin.contents, data)) or ["given up"]
    assert isinstance(said, str)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024
