"""Exercises: made from their solutions, no answer leaks, and the hidden checks tell right from wrong."""

import ast
import functools
import itertools
import re
import subprocess
import sys

import numpy as np
import pytest

from course import ROOT
from course.chapters import notebook, release, rules
from course.grading import plain, probes, tasks

EXERCISES = tasks.exercises()
SEED = 20
caught = {}


def ask(task, function):
    """What the sandbox would bring back for one function."""
    job = task.job(SEED)
    answer = probes.run(job["probe"], function, plain.unpack(plain.pack(job["cases"])), job["seed"])
    return plain.unpack(plain.pack(answer))


@pytest.fixture(scope="module")
def solution():
    """Namespaces of the solutions, each run once."""
    spaces = {}

    def space(name):
        if name not in spaces:
            nb = notebook.read(ROOT / "solutions" / f"{name}.ipynb")
            spaces[name] = {}
            for cell in nb.cells:
                if cell.cell_type == "code":
                    exec(cell.source, spaces[name])
        return spaces[name]

    return space


@pytest.fixture(scope="module")
def reference(solution):
    """Answers of the solutions, each asked once."""
    answers = {}

    def get(name, task):
        if task.name not in answers:
            answers[task.name] = ask(task, solution(name)[task.name])
        return answers[task.name]

    return get


CASES = [pytest.param(name, task, id=f"{name[:2]}-{task.name}") for name, found in EXERCISES.items() for task in found]


@pytest.mark.parametrize("name, task", CASES)
def test_the_solution_passes(name, task, solution, reference):
    assert task.verdict(ask(task, solution(name)[task.name]), reference(name, task), SEED) is None


@pytest.mark.parametrize("name, task", CASES)
def test_right_variants_pass(name, task, reference):
    assert len(task.rights) >= 2
    problems = {style: task.verdict(ask(task, f), reference(name, task), SEED) for style, f in task.rights.items()}
    assert not any(problems.values()), problems


@pytest.mark.parametrize("name, task", CASES)
def test_wrong_answers_fail(name, task, reference):
    assert len(task.wrongs) >= 6
    verdicts = {}
    for mistake, function in task.wrongs.items():
        try:
            verdicts[mistake] = task.verdict(ask(task, function), reference(name, task), SEED)
        except Exception as error:  # the sandbox reports it as the task's failure
            verdicts[mistake] = f"{type(error).__name__}: {error}"
    caught[task.name] = sum(map(bool, verdicts.values())), len(verdicts)
    print(verdicts)
    assert all(verdicts.values()), [mistake for mistake, verdict in verdicts.items() if not verdict]


@pytest.mark.parametrize("name, task", CASES)
def test_an_unanswered_task_fails(name, task, reference):
    def unanswered(*args, **kwargs):
        raise NotImplementedError

    def nothing(*args, **kwargs):
        return None

    for function in (unanswered, nothing):
        assert task.verdict(ask(task, function), reference(name, task), SEED)


ODD = [None, True, False, 0, -1, 1.5, float("nan"), float("inf"), 1j, "", "x", [], {}, [[]], [{}], [None], {"value": None}, {"error": "x"},
       np.zeros(0), np.zeros((0, 3)), np.array([np.nan]), np.array(["x"]), 10**200]


def with_odd_parts(answer, path=()):
    """The answer with each of its parts, one at a time, replaced by odd ones: (path of keys, the odd part, the copy)."""
    children = answer.items() if isinstance(answer, dict) else enumerate(answer) if isinstance(answer, list) else ()
    for key, part in children:
        for where, odd, mended in [*(((*path, key), odd, odd) for odd in ODD), *with_odd_parts(part, (*path, key))]:
            copy = answer.copy()
            copy[key] = mended
            yield where, odd, copy


@pytest.mark.parametrize("name, task", CASES)
def test_odd_answers_fail(name, task, reference):
    """Whatever stands in place of the answer or of a part of it: no points, and a phrase. No judge lets a NaN or nothing pass."""
    right = plain.unpack(plain.pack(reference(name, task)))
    for odd in ODD:
        verdict = task.verdict(odd, right, SEED)
        assert isinstance(verdict, str) and verdict, odd
    passed = []
    for where, odd, answer in itertools.islice(with_odd_parts(right), 2000):
        verdict = task.verdict(answer, right, SEED)
        assert verdict is None or isinstance(verdict, str) and verdict
        part = functools.reduce(lambda tree, key: tree[key], where, right)
        # The text of an exception that is due is not judged. A network may be trained without an optimiser of Keras, and any
        # positive loss of an epoch in between is as good as another.
        free = where[-1] == "text" or task.name == "train_digit_cnn" and (
            where[-1] == "used" and odd is None or "result" in where and repr(odd) in ("True", "1.5"))
        if verdict is None and not free and plain.difference(odd, part) is not None:
            passed.append((where, repr(odd), repr(part)[:50]))
    assert not passed, passed[:10]


def test_who_only_names_tasks_does_not_wait_for_keras():
    """Half of the seconds before `course grade` says a word were an import that only the judge needs."""
    code = "import sys; from course.grading import tasks; tasks.exercises(); print({'keras', 'tensorflow'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"


def test_the_share_of_wrong_answers_caught(capsys):
    """Printed, and 100 %."""
    right, all_ = (sum(n) for n in zip(*caught.values())) if caught else (0, 0)
    with capsys.disabled():
        print(f"\n{right} of {all_} wrong answers caught, in {len(caught)} tasks")
    assert right == all_


def test_task_names_are_unique():
    names = [task.name for found in EXERCISES.values() for task in found]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", EXERCISES)
def test_text_and_checks_name_the_same_tasks(name):
    nb = notebook.read(ROOT / "solutions" / f"{name}.ipynb")
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    points = [int(n) for n in re.findall(r"^## Task \d: .*\((\d+) points?\)$", text, re.M)]
    assert points == [task.points for task in EXERCISES[name]]
    assert f"**Points:** {sum(points)} in {len(points)} tasks" in text
    assert 4 <= len(points) <= 6
    answers = [cell for cell in nb.cells if release.BEGIN in cell.source]
    defined = [node.name for cell in answers for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
    assert defined == [task.name for task in EXERCISES[name]]
    checks = [cell for cell in nb.cells if "check" in cell.metadata.get("tags", [])]
    assert len(checks) == len(points)


@pytest.mark.parametrize("name", EXERCISES)
def test_solutions_keep_the_rules(name):
    """Outputs belong to the code, figures have a sentence, links lead somewhere."""
    assert rules.problems(ROOT / "solutions" / f"{name}.ipynb") == []


@pytest.mark.parametrize("name", EXERCISES)
def test_exercises_are_released(name):
    solution = notebook.read(ROOT / "solutions" / f"{name}.ipynb")
    assert notebook.read(ROOT / "exercises" / f"{name}.ipynb") == release.exercise(solution, name), "run `make release`"
