"""Every template of the bank: the right answer by a second way, wrong answers that are wrong, texts that fit a phone."""

import importlib
import math
import re

import nbformat
import numpy as np
import pytest

from course import ROOT, CourseError, questions
from course.questions import Question, Wrong, bank, draw, label, template
from course.questions.render import to_html
from tests.sample_questions import only_samples, output_side

INSTANCES, SLOW = 200, 8  # drawn of each template; how many of them a slow check sees
LETTERS, COLUMNS, SENTENCE = 350, 8, 400
CHAPTERS = {"part1": range(1, 5), "part2": range(5, 9), "part3": range(9, 11), "part4": range(11, 18), "part5": range(18, 24), "part6": [24, 25]}
TEMPLATES = bank()


def tables(text):
    """The rows of a text's tables, and the text without them."""
    lines = text.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return rows, "\n".join(line for line in lines if not line.startswith("|"))


def problems(made):
    """What is wrong with a template, as sentences."""
    drawn = [draw(made, seed) for seed in range(INSTANCES)]
    found = set()
    for number, question in enumerate(drawn):
        shown = [option.label for option in question.options]
        right = [option for option in question.options if option.right]
        rows, prose = tables(question.text)
        if question.check is None:
            return {"it has no check"}
        if number < (SLOW if made.slow else INSTANCES) and not same(question.check(), question.answer, question.unit):
            found.add(f"seed {number}: answer {question.answer!r}, check {question.check()!r}")
        if len(right) != 1 or right[0].label != label(question.answer, question.unit) or right[0].why != question.why:
            found.add(f"seed {number}: not exactly one option is right")
        if len(set(shown)) != len(shown) or not 4 <= len(shown) <= 6:
            found.add(f"seed {number}: options {shown}")
        if len(prose) > LETTERS:
            found.add(f"seed {number}: the text has {len(prose)} characters")
        if rows and max(row.count("|") - 1 for row in rows) > COLUMNS:
            found.add(f"seed {number}: a table is wider than {COLUMNS} columns")
        if not prose.strip() or (rows and len(prose.strip()) < 20):
            found.add(f"seed {number}: no words")
        for wrong in question.wrong:
            if not wrong.mistake.strip() or wrong.mistake != wrong.mistake.strip(" .:"):
                found.add(f"mistake {wrong.mistake!r} is no name")
            if not sentence(wrong.why):
                found.add(f"seed {number}: no sentence for who {wrong.mistake}: {wrong.why!r}")
        if not sentence(question.why):
            found.add(f"seed {number}: no sentence: {question.why!r}")
        values = [question.answer, *(wrong.value for wrong in question.wrong)]
        if any(isinstance(value, str) != (made.kind == "choice") for value in values):
            found.add(f"seed {number}: kind {made.kind} with the values {values}")
        for text in (question.text, *shown, *(option.why for option in question.options)):
            if re.search(r"<(?!\s|=|\d)[a-z/]", re.sub(r"`[^`]*`|\$[^$]*\$", "", text)):
                found.add(f"seed {number}: HTML in {text!r}")
            if "$" in re.sub(r"<span class=.math.*?</span>", "", to_html(text)):
                found.add(f"seed {number}: a dollar that ends no formula in {text!r}")
    if sum(question.tries for question in drawn) > INSTANCES * 4 / 3:
        found.add(f"{sum(question.tries for question in drawn)} draws for {INSTANCES} questions: too often fewer than three mistakes differ")
    if len({(question.text, tuple(sorted(o.label for o in question.options))) for question in drawn}) < 4:
        found.add("it has hardly any numbers: fewer than four different questions")
    if not any(question.choices for question in drawn):
        places = {[option.right for option in question.options].index(True) for question in drawn}
        if len(places) < 3:
            found.add("the right answer always stands in the same place")
    return found


def same(computed, answer, unit=""):
    if isinstance(answer, str) or isinstance(computed, str):
        return computed == answer
    return label(computed, unit) == label(answer, unit) or math.isclose(computed, answer, rel_tol=1e-6)


def sentence(text):
    """Does it begin as a sentence or a formula does, and end with a full stop?"""
    return bool(re.fullmatch(r"[A-Z0-9$`(−-].{8,}[.?]", text.strip(), re.S)) and len(text) <= SENTENCE


@pytest.mark.parametrize("made", TEMPLATES, ids=lambda made: made.key)
def test_template(made):
    found = sorted(problems(made))
    assert not found, "\n".join(found[:10])


def printed(stem):
    """Everything that a notebook's stored outputs say as text."""
    parts = []
    for cell in nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4).cells:
        outputs = cell.get("outputs", ())
        parts.append("".join(output.text for output in outputs if output.output_type == "stream"))  # in one piece or several
        parts += [content for output in outputs for kind, content in output.get("data", {}).items()
                  if kind in ("text/plain", "text/markdown", "text/html")]
    return "\n".join(parts)


def disagreement(made, text):
    """What the chapter prints against what the template computes for the chapter's example; None when they agree."""
    match = re.search(made.reads[1], text, re.M)
    if not match:
        return f"{made.reads[0]} prints nothing like {made.reads[1]!r}"
    computed = made.example()
    computed = computed if isinstance(computed, tuple) else (computed,)
    if len(computed) != len(match.groups()):
        return f"{len(match.groups())} groups, {len(computed)} numbers in example()"
    for shown, value in zip(match.groups(), computed):
        plain = shown.replace(",", "").replace("−", "-").strip()
        try:
            decimals = len(plain.partition(".")[2])
            agree = f"{float(value):.{decimals}f}" == f"{float(plain):.{decimals}f}"
        except ValueError:
            agree = shown == str(value)
        if not agree:
            return f"{made.reads[0]} prints {shown}, the template computes {value}"
    return None


@pytest.mark.parametrize("made", [made for made in TEMPLATES if made.reads], ids=lambda made: made.key)
def test_the_chapter_prints_what_the_template_computes(made):
    assert made.reads[0].startswith(f"{made.chapter:02d}-")
    assert disagreement(made, printed(made.reads[0])) is None


@pytest.mark.parametrize("part", CHAPTERS)
def test_each_chapter_has_six_templates(part):
    try:
        importlib.import_module(f"course.questions.{part}")
    except ModuleNotFoundError as error:
        if error.name != f"course.questions.{part}":
            raise
        pytest.skip(f"{part}.py is not there")
    counts = {chapter: len(bank([chapter])) for chapter in CHAPTERS[part]}
    assert min(counts.values()) >= 6, counts


def test_the_bank_needs_no_tensorflow():
    import subprocess
    import sys

    code = ("import sys; from course.questions import bank, draw; [draw(made, 0) for made in bank()]; "
            "assert not {'keras', 'tensorflow'} & set(sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


# ------------------------------------------------------------------------------------------- the framework, and these checks


def made(question, kind="number", **fields):
    """A template that always gives one question, outside the bank."""
    return questions.Template(5, "made", kind, lambda rng: question(rng) if callable(question) else question, **fields)


def wrongs(*values):
    return [Wrong(value, f"takes {value}", f"The value {value} is not right.") for value in values]


def test_samples_are_sound():
    with only_samples() as templates:
        assert [sorted(problems(sample)) for sample in templates] == [[], [], []]
        assert [sample.key for sample in bank(["07-padding", 5])] == ["05 output side", "05 shape", "07 largest"]


def test_a_draw_depends_on_template_and_seed_alone():
    with only_samples() as (first, *_):
        again = questions.Template(5, "output side", "number", output_side)
        shown = [(question.text, [o.label for o in question.options]) for question in (draw(first, 3), draw(first, 3), draw(again, 3))]
        assert shown[0] == shown[1] == shown[2]
        assert len({draw(first, seed).text for seed in range(20)}) > 10
        other = questions.Template(5, "another name", "number", output_side)
        assert [draw(other, seed).text for seed in range(5)] != [draw(first, seed).text for seed in range(5)]


def test_equal_wrong_answers_are_dropped_and_poor_questions_drawn_again():
    question = draw(made(Question("Why?", 2, wrongs(2, 3.0, 3, 4, 5), "Because.")), 0)
    assert sorted(o.label for o in question.options) == ["2", "3", "4", "5"] and question.tries == 1
    numbers = iter([3, 3, 9])
    question = draw(made(lambda rng: Question("Why?", 2, wrongs(4, 5, next(numbers), 4, 2), "Because.")
                         if rng.random() > 2 else Question("Why?", 2, wrongs(4, 5, 4 if next(numbers) == 3 else 9), "Because.")), 0)
    assert question.tries == 3
    with pytest.raises(CourseError, match="05 made.*fewer than 3 wrong"):
        draw(made(Question("Why?", 2, wrongs(2, 3, 4), "Because.")), 0)


def test_a_fixed_order_is_kept():
    question = Question("Which?", "equal", wrongs("smaller", "larger", "neither"), "So it is.", choices=["smaller", "equal", "larger", "neither"])
    assert [o.label for o in draw(made(question, "choice"), 1).options] == question.choices
    with pytest.raises(CourseError, match="choices lacks neither"):
        draw(made(Question("Which?", "equal", question.wrong, "So.", choices=["smaller", "equal", "larger"]), "choice"), 1)


@pytest.mark.parametrize("value, unit, shown", [
    (1234567, "", "1,234,567"), (np.int64(-3), "", "−3"), (0.367879, "", "0.3679"), (12.0, "%", "12%"), (2, "pixels", "2 pixels"),
    (1234.56, "", "1,235"), (99.9999, "", "100"), (-0.0, "", "0"), (float("inf"), "", "∞"), ("`(2, 3)`", "px", "`(2, 3)`"),
])
def test_label(value, unit, shown):
    assert label(value, unit) == shown


def test_mistakes_of_authors_are_told():
    with only_samples():
        with pytest.raises(CourseError, match="'05 shape'"):
            template(5, "shape")(output_side)
        with pytest.raises(CourseError, match="kind"):
            template(5, "x", kind="text")
        with pytest.raises(CourseError, match="go together"):
            template(5, "x", reads=("05-feature-maps", "x"))
    with pytest.raises(CourseError, match="'five' is no chapter"):
        bank(["five"])


GOOD = Question("How many pixels are there?", 2, wrongs(3, 4, 5), "There are two of them.", check=lambda: 2)


@pytest.mark.parametrize("change, problem", [
    ({"check": None}, "no check"),
    ({"check": lambda: 3}, "answer 2, check 3"),
    ({"text": "How many? " * 40}, "characters"),
    ({"text": "How many of these pixels?\n\n" + "| 1 " * 9 + "|\n" + "| --- " * 9 + "|\n"}, "wider than 8"),
    ({"text": "|1|\n|---|\n|2|"}, "no words"),
    ({"wrong": [*GOOD.wrong, Wrong(6, "", "A sentence that is one.")]}, "is no name"),
    ({"wrong": [*GOOD.wrong, Wrong(6, "counts badly", "nothing")]}, "no sentence for who counts badly"),
    ({"why": "so"}, "no sentence"),
    ({"wrong": wrongs(3, 4, "five")}, "kind number with the values"),
    ({"why": "There are <b>two</b> of them."}, "HTML"),
    ({"why": "There are $two of them."}, "dollar"),
    ({"wrong": wrongs(3, 4, 5, 6, 7, 8)}, "options"),
    ({}, "hardly any numbers"),
])
def test_each_rule_for_templates_can_be_broken(change, problem):
    from dataclasses import replace

    assert any(problem in found for found in problems(made(replace(GOOD, **change))))


def test_too_many_draws_are_found():
    def often(rng):
        return Question(f"How many pixels are in {rng.integers(99)}?", 2, wrongs(3, 4, int(rng.integers(3, 7))), "There are two of them.", check=lambda: 2)

    assert any("draws for 200" in found for found in problems(made(often)))


@pytest.mark.parametrize("text, value, agrees", [
    ("side: 1,234", 1234, True), ("side: 1234", 1233, False), ("loss 0.37\nside: 0.37", 0.36788, True), ("side: 0.37", 0.36, False),
    ("no number", 3, False), ("side: −2", -2, True),
])
def test_a_template_is_held_against_its_chapter(text, value, agrees):
    template = made(GOOD, reads=("05-feature-maps", r"^side: ([-−\d.,]+)$"), example=lambda: value)
    assert (disagreement(template, text) is None) == agrees
