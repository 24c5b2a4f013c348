"""The judge by hand, case by case, without a sandbox: what it reads, what it calls right, and checks files that are none."""

import pytest

from course import ROOT, CourseError
from course.grading import judging, plain, probes, tasks

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


@pytest.mark.parametrize("task, answer, reference, wrong", [
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
