"""The judge by hand, without a sandbox: what it reads, what it calls right, checks files that are none, and what becomes a result."""

import concurrent.futures
import json
import sys
import types

import numpy as np
import pytest

from course import ROOT, CourseError
from course.grading import grade, judging, plain, probes, sandbox, tasks
from course.grading.handin import HandIn

TASK = tasks.Task("double", 1)


@pytest.mark.parametrize("said, answer, problem", [
    ({"answer": [1, 2]}, [1, 2], None),
    ({"answer": None}, None, None),
    ({"error": "it never ends"}, None, "it never ends"),
    ({"error": "x" * 10_000}, None, "x" * judging.MAX_PHRASE),
    *[(said, None, "its answer does not have the form of one") for said in (
        {"error": " "}, {"error": 3}, {"error": "a", "answer": 1}, {}, [], "answer", None, {"answer": 1, "more": 2})],
])
def test_a_reply_is_an_answer_or_a_phrase(said, answer, problem):
    assert judging.read_answer(plain.pack(said)) == (answer, problem)


def test_a_reply_that_is_no_plain_data_gets_a_phrase():
    answer, problem = judging.read_answer(b"{")
    assert answer is None and problem.startswith("its answer is no plain data (")


def cases(*values):
    return [value if isinstance(value, dict) else {"value": value} for value in values]


RAISED, TOLD = {"error": "ValueError"}, {"error": "KeyError", "text": "'k'"}


@pytest.mark.parametrize("answer, reference, phrase", [
    (cases(1, 2.0), cases(1, 2.0), None),
    (cases(1, 3), cases(1, 2), "it returns a wrong value (1 of 2 hidden cases)"),
    (cases(3), cases(2), "it returns a wrong value"),
    (cases(1), cases(1, 2), "no answer for each case"),
    (cases(1, 2, 3), cases(1, 2), "no answer for each case"),
    (7, cases(1, 2), "no answer for each case"),
    (cases(RAISED, 1), cases(RAISED, 1), None),
    (cases(5, 1), cases(RAISED, 1), "no ValueError where one is due (1 of 2 hidden cases)"),
    (cases(TOLD), cases(RAISED), "no ValueError where one is due"),
    (cases(RAISED), cases(1), "it raises ValueError"),
    (cases(TOLD, TOLD), cases(1, 2), "it raises KeyError: 'k' (2 of 2 hidden cases)"),
    (cases({"value": 1, "changed": True}), cases(1), "its input is modified in place"),
    (cases({"value": 1, "changed": True}), cases({"value": 1, "changed": True}), None),
    (cases("a", 1, 1), cases(1, 2, 2), "it returns a wrong value (2 of 3 hidden cases)"),  # the most frequent phrase
    ({"y": 1}, {"y": 1}, None),  # a probe of the task's own
    ({"y": 2}, {"y": 1}, 'a wrong value under "y"'),
])
def test_answers_are_compared_case_by_case(answer, reference, phrase):
    assert TASK.verdict(answer, reference, 0) == phrase


def network(**changed):
    return {"input": [4], "output": [2], "parameters": 10, "weights": [[4, 2], [2]], "dropout": [0.5], "y": [1.0, 2.0]} | changed


@pytest.mark.parametrize("changed, phrase", [
    ({}, None), ({"y": [1.0005, 2.0]}, None),
    ({"input": [5]}, "the network takes inputs of another shape"), ({"output": [3]}, "the network gives outputs of another shape"),
    ({"parameters": 11}, "the network has another number of parameters"), ({"weights": [[2, 4], [2]]}, "the network has weights of other shapes"),
    ({"dropout": [0.2]}, "the network has another dropout"), ({"y": [1.0, 2.1]}, "with the same weights the network computes something else"),
])
def test_networks_are_compared_part_by_part(changed, phrase):
    assert tasks.Task("build", 1, probe=probes.network).verdict([{"value": network(**changed)}], [{"value": network()}], 0) == phrase


def judged(said):
    task = tasks.Task("judged", 1)
    task.judge(lambda answer, reference, inputs: said(answer))
    return task


@pytest.mark.parametrize("said, phrase", [
    (lambda answer: None, None), (lambda answer: "too dark", "too dark"),
    (lambda answer: True, "an answer that cannot be judged"), (lambda answer: "", "an answer that cannot be judged"),
    (lambda answer: answer.shape, "an answer of the wrong kind (AttributeError)"),
])
def test_a_judge_of_the_tasks_own_has_the_word(said, phrase):
    assert judged(said).verdict(1, 1, 0) == phrase


def compared(mine, theirs):
    return None if abs(mine - theirs) < 2 else "far away"


def by_comparison():
    task = tasks.Task("compared", 1)
    assert task.compare(compared) is compared
    return task


@pytest.mark.parametrize("answer, phrase", [
    (cases(1, 3, 2), None), (cases(1, 9, 8), "far away (2 of 3 hidden cases)"), (cases(1, 2), "no answer for each case"),
    ([{"value": 1}, {"error": "ValueError", "text": "no"}, {"value": 3}], "it raises ValueError: no (1 of 3 hidden cases)"),
    ([{"value": 1}, {"value": 2, "changed": True}, {"value": 3}], "its input is modified in place (1 of 3 hidden cases)"),
    (cases("a", 2, 3), "an answer of the wrong kind (TypeError)"),
])
def test_a_comparison_of_the_tasks_own_is_asked_for_each_case(answer, phrase):
    assert by_comparison().verdict(answer, cases(1, 2, 3), 0) == phrase


def test_a_comparison_belongs_to_the_rules():
    assert "far away" in str(by_comparison().rules()) and by_comparison().rules() != TASK.rules()


@pytest.mark.parametrize("task, answer, reference, wrong", [
    (by_comparison(), cases(1, 9, "a"), cases(1, 2, 3), ([1, 2], 3)),
    (TASK, cases(1, 3, 4), cases(1, 2, 3), ([1, 2], 3)),
    (TASK, cases(1, 2), cases(1, 2, 3), None), (TASK, cases(3), cases(2), None),   # not case by case; one case only
    (TASK, {"y": 1}, {"y": 1}, None), (TASK, 7, cases(1, 2), None), (TASK, cases(1, 2), 7, None), (TASK, [1, 2], cases(1, 2), None),
    (judged(lambda answer: "no"), cases(1, 3), cases(1, 2), None),
])
def test_wrong_cases_are_counted_where_there_are_cases(task, answer, reference, wrong):
    assert task.wrong_cases(answer, reference) == wrong


@pytest.mark.parametrize("text, words", [
    (None, "05-feature-maps.py is missing"), ("x = 1", "05-feature-maps.py makes no Task"),
    ("1 / 0", r"05-feature-maps.py cannot be run \(ZeroDivisionError: .*Mend the checks"), ("def (", "cannot be run .SyntaxError"),
])
def test_a_checks_file_that_is_none_is_named(text, words, tmp_path):
    path = tmp_path / "05-feature-maps.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CourseError, match=words):
        tasks.load(path)


def test_a_folder_of_checks_must_hold_checks_of_exercises(tmp_path):
    with pytest.raises(CourseError, match="holds no checks: a file is named as its exercise"):
        tasks.exercises(tmp_path)
    (tmp_path / "55-nothing.py").write_bytes((ROOT / "solutions" / "05-feature-maps.py").read_bytes())
    with pytest.raises(CourseError, match="55-nothing.py belongs to no exercise"):
        tasks.exercises(tmp_path)


# From what the sandbox says to a result ------------------------------------------------------------------------------

CHECKS = """from course.grading.tasks import Task

double = Task("double", points=2)


@double.cases
def _(rng):
    return [(int(n),) for n in rng.integers(1, 9, 3)]
"""
RIGHT = plain.pack({"answer": cases(2, 4, 6)})
OTHER = plain.pack({"answer": cases(2, 4, 7)})
CELLS = ["import math", "def double(x):\n    return 2 * x", "double(2)"]


class Sandboxes:
    """Stands for the pool of sandboxes: the solution is right, unless `solution` says otherwise; hand-ins do what `said` says."""

    jobs = 1

    def __init__(self, solution=(), **said):
        self.solution, self.said, self.runs = dict(solution), said, []

    def submit(self, cells, jobs, *_):
        mine = cells == CELLS
        self.runs += ["hand-in" if mine else "solution"]
        done = concurrent.futures.Future()
        done.set_result({"cells": [], "answers": {"double": RIGHT}, "stopped": [], "left_out": None, "finished": True, "lost": None}
                        | (self.said if mine else self.solution))
        return done

    def close(self):
        pass


@pytest.fixture
def class_of(tmp_path):
    """A function (students, options) that grades a hand-in of each, and says what was run and told, in its order."""
    checks = tmp_path / "checks" / "05-feature-maps.py"
    checks.parent.mkdir()
    checks.write_text(CHECKS)

    def graded(*students, content=CELLS, solution=(), seed=1, limits=(), resume=False, again=(), **said):
        items = []
        for number, student in enumerate(students):
            file = tmp_path / f"{number}-{student}.ipynb"
            file.write_text(content if isinstance(content, str) else json.dumps(
                {"nbformat": 4, "metadata": {"name": file.name}, "cells": [{"cell_type": "code", "source": cell} for cell in content]}))
            items.append(HandIn(file.name, student, "", "", file))
        pool = Sandboxes(solution, **said)
        results = grade.grade(items, tasks.exercises(checks.parent), tmp_path / "out", seed=seed, limits=sandbox.Limits.parse(limits), pool=pool,
                              data="stand-in", resume=resume, again=again, progress=lambda result: pool.runs.append("result"))
        return results, pool.runs

    graded.checks = checks
    return graded


@pytest.mark.parametrize("said, status, points, reason", [
    ({}, "ok", 2, ""),
    ({"answers": {"double": OTHER}}, "ok", 0, ""),
    ({"finished": False}, "needs review", 2, ""),
    ({"lost": "it never answers"}, "not graded", 0, "the sandbox failed (it never answers); grade it again with --resume"),
    ({"stopped": [("cell 2", "memory")]}, "needs review", 2, "code cell 3 took too much memory"),
    ({"left_out": 2}, "needs review", 2, "code cell 3 was left out, so that time was left for the tasks"),
    ({"left_out": 1}, "needs review", 2, "code cells 2 to 3 were left out, so that time was left for the tasks"),
    ({"cells": [{"cell": 0, "text": "", "error": ["ModuleNotFoundError", ""], "images": []}]}, "ok", 2, "code cell 1 raises ModuleNotFoundError"),
    ({"cells": [{"cell": 0, "text": "", "error": ["</td><b>", ""], "images": []}]}, "ok", 2, "code cell 1 raises an exception with an odd name"),
])
def test_what_the_sandbox_says_becomes_a_result(said, status, points, reason, class_of):
    (result,), _ = class_of("ada", **said)
    assert (result["status"], result["score"], result["reason"]) == (status, points, reason)


@pytest.mark.parametrize("said, problem", [
    ({"answers": {}}, "no answer came"),
    ({"answers": {}, "stopped": [("task double", "time")]}, "it took too long"),
    ({"answers": {"double": plain.pack({"answer": cases(*3 * [{"error": "NotImplementedError"}])})}}, "not answered"),
    ({"answers": {"double": OTHER}}, "it returns a wrong value (1 of 3 hidden cases)"),
])
def test_a_task_without_points_says_why(said, problem, class_of):
    (result,), _ = class_of("ada", **said)
    assert [row["problem"] for row in result["tasks"]] == [problem]


@pytest.mark.parametrize("solution, words", [
    ({"finished": False, "stopped": "the end"}, "does not pass its own check of double: the end"),
    ({"answers": {}}, "does not pass its own check of double: no answer"),
    ({"answers": {"double": plain.pack({"error": "it never ends"})}}, "does not pass its own check of double: it never ends"),
])
def test_a_solution_that_fails_stops_the_grading(solution, words, class_of):
    with pytest.raises(CourseError, match=words):
        class_of("ada", solution=solution)


@pytest.mark.parametrize("content, status, reason", [
    ("%PDF-1.7", "unreadable", "a PDF"), (["def halve(x):\n    return x"], "unknown exercise", "it defines none of the functions that are asked for"),
])
def test_what_is_no_hand_in_is_not_run(content, status, reason, class_of):
    (result,), runs = class_of("ada", content=content)
    assert (result["status"], runs) == (status, ["result"]) and reason in result["reason"]


def test_results_are_kept_and_what_failed_is_graded_again(class_of):
    assert class_of("ada", lost="it never answers")[0][0]["status"] == "not graded"
    (result,), runs = class_of("ada", resume=True)
    assert (result["status"], runs) == ("ok", ["solution", "hand-in", "result"])
    assert class_of("ada", resume=True) == ([result], ["result"])
    assert class_of("ada", again=["student=ada"])[1] == ["solution", "hand-in", "result"]


def test_few_hand_ins_wait_for_their_result(class_of):
    _, runs = class_of(*"abcdefghi")
    waiting = np.cumsum([{"hand-in": 1, "result": -1}.get(run, 0) for run in runs])
    assert waiting.max() == 4 and waiting[-1] == 0


def test_hand_ins_beyond_the_limit_are_not_run(class_of):
    results, runs = class_of("ada", "ada", "bob", limits=["hand_ins=1"])
    assert runs.count("hand-in") == 2
    assert [result["status"] for result in results] == ["ok", "needs review", "ok"]
    assert results[1]["reason"] == "not run: it is hand-in 2 of this exercise by one student (--limit hand_ins=1)"


@pytest.mark.parametrize("options, words", [
    ({}, "holds results already. Go on with --resume"),
    ({"resume": True, "seed": 2}, "was graded with another seed, other limits, checks or versions"),
    ({"resume": True, "limits": ["memory_mb=100"]}, "was graded with another seed, other limits, checks or versions"),
    ({"again": ["student=eve"]}, "--regrade fits no hand-in"),
    *[({"again": [wish]}, f"--regrade {wish} is not understood") for wish in ("student=", "pupil=ada", "task=halve", "exercise=55", "ada")],
])
def test_a_folder_with_results_is_gone_on_with_or_left_alone(options, words, class_of, tmp_path):
    class_of("ada")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.json")}
    with pytest.raises(CourseError, match=words):
        class_of("ada", **options)
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.json")}


def test_other_checks_ask_for_a_regrading_of_their_task(class_of):
    class_of("ada")
    class_of.checks.write_text(CHECKS.replace("points=2", "points=3"))
    with pytest.raises(CourseError, match="was graded with other checks of double. Grade them anew with --regrade task=NAME"):
        class_of("ada", resume=True)
    with pytest.raises(CourseError, match="was graded with other checks of double"):
        class_of("ada", again=["student=ada"])  # others would keep their old points
    assert class_of("ada", again=["task=double"])[0][0]["score"] == 3


def test_a_cluster_without_workers_is_named(monkeypatch):
    client = types.SimpleNamespace(get_executor=lambda **_: None, nthreads=dict)
    monkeypatch.setitem(sys.modules, "distributed", types.SimpleNamespace(Client=lambda *_, **__: client))
    with pytest.raises(CourseError, match="The Dask scheduler at tcp://x has no worker. Start one: dask worker tcp://x"):
        grade.Cluster("tcp://x")
