"""Pairs of hand-ins that are alike: what counts, what does not, and what the page says."""

import os
import re

import nbformat
import pytest

from course.grading import judging, report, similar, tables
from course.grading.handin import HandIn

ONE = '''
def output_size(n, k, p, s):
    """Places of a kernel."""
    padded = n + 2 * p  # both sides
    if padded < k:
        raise ValueError("too large")
    steps = (padded - k) // s
    return steps + 1

def receptive_field(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump = jump * stride
    return field
'''
DISGUISED = '''
def receptive_field(stack):
    # my own work
    a, b = 1, 1
    for c, d in stack:
        a += (c - 1) * b
        b = d * b
    return a

def output_size(breite, kern, rand, schritt):
    ganz = 2 * rand + breite
    if ganz < kern:
        raise ValueError("Kern zu gross")
    r = (ganz - kern) // schritt
    return 1 + r
'''
OTHER = '''
def output_size(n, k, p, s):
    return len(range(0, n + 2 * p - k + 1, s))

def receptive_field(layers):
    if not layers:
        return 1
    *rest, (kernel, stride) = layers
    strides = 1
    for _, step in rest:
        strides *= step
    return receptive_field(rest) + (kernel - 1) * strides
'''


def shares(*sources, known=()):
    return {(a, b): share for share, a, b, _ in similar.pairs([similar.read([source]) for source in sources], similar.read(known).pieces)}


def test_names_comments_and_order_do_not_count():
    assert shares(ONE, DISGUISED, OTHER) == {(0, 1): 1.0}


def test_what_was_given_does_not_count():
    assert shares(ONE, ONE, known=[ONE]) == {}
    both = "\n".join(f"def given_{n}(a, b, c):\n    return a[{n}:b + {n}] * (c - {n}) + a[b - {n}]" for n in range(20))
    assert shares(both + ONE, both + OTHER) and not shares(both + ONE, both + OTHER, known=[both])


def test_most_alike_first_and_what_many_have_weighs_little():
    changed = DISGUISED.replace("(c - 1) * b", "c * b - b").replace("2 * rand", "rand + rand")
    found = similar.pairs([similar.read([source]) for source in (ONE, DISGUISED, changed, OTHER)])
    assert [(a, b) for _, a, b, _ in found][0] == (0, 1) and sorted(pair[0] for pair in found)[::-1] == [pair[0] for pair in found] and len(found) == 3
    common = "\n".join(f"x{n} = numpy.sum(a[{n}] + b[{n}] * c) - {n}" for n in range(8))
    own = [f"def f(a):\n    return [{', '.join(f'a[{n * 7 + m}] + a[{n + m}] * {m}' for m in range(6))}]" for n in range(9)]
    assert shares(*(common + "\n" + text for text in own)) == {}


@pytest.mark.parametrize("source", ["def broken(:", "x = " + "(" * 300, "-" * 5000 + "1", "a" + ".b" * 5000, "not " * 1200 + "1", "x = 1\0", "y" * 50_000, "elif " * 3])
def test_code_that_python_cannot_read_is_left_out(source):
    assert similar.read([source, ONE]).pieces >= similar.read([ONE]).pieces


def killed(data):
    """As `of_notebook`, but one notebook ends the process."""
    if b"die" in data:
        os._exit(1)
    yield from READ(data)


READ = similar.of_notebook  # before a test replaces it


def test_a_notebook_at_which_python_dies_costs_itself_alone(tmp_path, monkeypatch):
    """The others are compared all the same."""
    monkeypatch.setattr(similar, "of_notebook", killed)
    monkeypatch.setattr(similar, "given", lambda name: set())
    mine, items = {}, []
    for student, sources in {"ada": [ONE], "bob": ["die"], "cem": [DISGUISED]}.items():
        path = tmp_path / f"{student}.ipynb"
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])))
        items.append(HandIn(path.name, student, "", "", path))
        mine[student] = {"student": student, "file": path.name, "settings": {"limits": {"notebook_mb": 1}}}
    [(_, first, second, *_)] = similar.compare({"05-x": mine}, items)["05-x"]
    assert (first["student"], second["student"]) == ("ada", "cem")


def test_commands_of_a_notebook_do_not_hide_the_code():
    assert similar.read(["%matplotlib inline\n!pip install x\n" + ONE]).pieces >= similar.read([ONE]).pieces
    assert similar.read(["%%time\n" + ONE]).pieces >= similar.read([ONE]).pieces


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(similar, "given", lambda name: set())
    results, items = [], []
    for number, (student, source) in enumerate({"ada": ONE, "bob": DISGUISED, "<cem>": OTHER}.items()):
        path = tmp_path / f"{number}.ipynb"
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source), nbformat.v4.new_code_cell("x = '</pre><script>'")])))
        items += [HandIn(path.name, student, "", "", path), HandIn("old.ipynb", student, "", "", path)]
        for file, score in ((path.name, 2), ("old.ipynb", 0)):
            results.append({"student": student, "full_name": "", "lms": "", "file": file, "time": "", "notebook": "05-x", "score": score, "max": 2, "status": "ok",
                            "reason": "", "tasks": [{"name": "f", "points": score, "max": 2, "problem": None, "wrong": None}], "cells": [],
                            "settings": {"limits": {"notebook_mb": 1}}})
    report.write(results, tmp_path, exercises={}, items=items)
    return (tmp_path / "similar.html").read_text(), tmp_path


def test_the_page_shows_pairs_side_by_side_and_is_no_verdict(page):
    """Of each student the hand-in that counts, never two of one."""
    text, folder = page
    assert "never a verdict" in text and len(re.findall("<h3>", text)) == 1 and "100 % alike" in text
    assert 'aria-label="Code of ada"' in text and 'aria-label="Code of bob"' in text and "cem" not in text
    assert "<mark>    steps = (padded - k) // s</mark>" in text and "<mark>    r = (ganz - kern) // schritt</mark>" in text
    assert "    # my own work" in text and "<mark>    # my own work" not in text
    for link in re.findall(r'<h3>.*?href="(.*?)".*?href="(.*?)"', text):
        assert all((folder / part).is_file() for part in link)
    assert "similar.html#05-x" in (folder / "index.html").read_text()


def test_nothing_runs_and_nothing_is_fetched(page):
    assert "<script" not in page[0] and "default-src 'none'" in page[0] and not re.search(r'(src|href)="(https?:)?//', page[0])


def test_the_exercise_is_what_was_given():
    """What every student of a real exercise got: an empty hand-in has nothing of its own."""
    from course import ROOT
    from course.grading import handin

    cells = handin.code_cells((ROOT / "exercises" / "05-feature-maps.ipynb").read_bytes())
    assert similar.read(cells).pieces == similar.given("05-feature-maps") != set()


def test_an_empty_class(tmp_path):
    report.write([], tmp_path, exercises={})
    assert "There is nothing to compare." in (tmp_path / "similar.html").read_text()
    assert tables.counted([]) == {}


@pytest.mark.parametrize("source", ["(" * 19_000, "-" * 19_000 + "1", "a" + ".a" * 9_000, "x" + " if x else x" * 1_500, "[" * 95 + "]" * 95,
                                    "f'{" * 3_000, "not " * 4_900 + "x", "def f():\n" + " if x:\n" * 2_000], ids=lambda source: source[:9])
def test_code_that_breaks_a_parser_breaks_nothing(source):
    """Python's own parser can end a process; it works in one of its own."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source), nbformat.v4.new_code_cell(ONE)])
    codes = list(judging.bounded(similar.of_notebook, nbformat.writes(nb).encode()))
    assert not codes or codes[0].pieces >= similar.read([ONE]).pieces
