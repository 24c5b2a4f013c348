"""What comes out of a hand-in's process is bytes from anybody: arbitrary ones, and real ones with parts exchanged.

Seconds here; `make fuzz MINUTES=60` goes on with new examples for an hour.
"""

import functools
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.grading import grade, judging, messages, plain, probes, sandbox, tasks
from course.grading.handin import HandIn

NAME = "05-feature-maps"
EXERCISE = tasks.exercises()[NAME]
LIMITS = {"output_mb": 1, "output_characters": 100, "pictures": 2}

numbers = st.integers() | st.floats() | st.booleans() | st.none() | st.text(max_size=5)
arrays = st.builds(lambda shape, dtype: np.zeros(shape, dtype), st.lists(st.integers(0, 3), min_size=1, max_size=3),
                   st.sampled_from(["f4", "f8", "i8", "u1", "?", "c16", "U3"]))
trees = st.recursive(numbers | arrays, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.sampled_from(["answer", "error", "name", "value", "changed", "text", "__array__", "__complex__", "y"]), inner, max_size=3), max_leaves=20)


def packed(tree):
    """As a student's process may say it, even what `pack` itself would not."""
    text = json.dumps(tree, default=lambda array: {"__array__": [array.dtype.str, list(array.shape)]}).encode()
    return plain.LENGTH.pack(len(text)) + text


@functools.cache
def reference(number):
    """Reply of a right variant to the hidden cases of seed 0."""
    task = EXERCISE[number]
    job = plain.unpack(plain.pack(task.job(0)))
    return plain.pack({"answer": probes.run(job["probe"], next(iter(task.rights.values())), job["cases"], job["seed"])})


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        plain.unpack(data)
    except plain.NotPlain:
        pass


@given(trees, st.binary(max_size=100))
def test_any_tree_is_read_or_refused_in_bounded_memory(tree, tail):
    data = packed(tree) + tail
    tracemalloc.start()
    try:
        plain.unpack(data)
    except plain.NotPlain:
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 100_000 + 100 * len(data)


@given(trees)
def test_what_is_packed_comes_back(tree):
    try:
        data = plain.pack(tree)
    except plain.NotPlain:
        return
    marked = "__array__" in str(tree) or "__complex__" in str(tree)  # a student's dict that looks like a mark may be refused
    try:
        back = plain.unpack(data)
    except plain.NotPlain:
        assert marked
        return
    assert marked or plain.pack(back) == data


words = st.builds(lambda kind, data: messages.HEAD.pack(kind, len(data)) + data,
                  st.sampled_from([messages.CELL, messages.OUTPUT, messages.PICTURE, messages.TASK, messages.ANSWER, messages.END, b"?"]),
                  st.sampled_from([b"", b"0", b"1", b"-1", b"9" * 6, b"9" * 5000, b'{"text": "", "error": null}', messages.PNG, b"[" * 500,
                                   b'{"text": "", "error": ["E", "", 1e999]}', b'{"text": 1, "error": null}', packed({"answer": []})])
                  | st.binary(max_size=20))


@given(st.lists(words | st.binary(max_size=20), max_size=12), st.lists(st.integers(1, 50), max_size=10))
def test_the_reader_passes_on_what_has_its_form(said, cuts):
    """In whatever pieces it comes: only known kinds, each step once and in order, an answer behind its task."""
    reader, data, seen = messages.Reader(3, 2, LIMITS), b"".join(said), []
    try:
        for cut in [*cuts, len(data)]:
            part, data = data[:cut], data[cut:]
            seen += reader.feed(part)
    except (messages.Nonsense, OverflowError):
        pass
    for kind, most in ((messages.CELL, 3), (messages.TASK, 2)):
        steps = [content for k, content in seen if k == kind]
        assert steps == sorted(set(steps)) and all(0 <= n < most for n in steps)
    for (before, _), (kind, content) in zip([(None, None), *seen], seen):
        assert kind != messages.ANSWER or before == messages.TASK
        assert kind != messages.OUTPUT or before == messages.CELL and content.keys() == {"text", "error"} and len(content["text"]) <= 110
        assert kind != messages.PICTURE or content.startswith(messages.PNG)
        assert before != messages.END


@given(st.integers(0, 4), trees | st.fixed_dictionaries({"answer": trees}) | st.fixed_dictionaries({"error": trees}), st.booleans())
def test_only_the_references_answer_earns_points(number, tree, with_zeros):
    number %= len(EXERCISE)
    data = packed(tree)
    if with_zeros:
        data += bytes(64)
    problem = judging.judge_task(EXERCISE[number], data, reference(number), 0)
    assert isinstance(problem, str) and problem.strip() or plain.unpack(data) == {"answer": plain.unpack(reference(number))["answer"]}


def exchanged(tree, path, value):
    """A copy with one part exchanged; `path` holds numbers that choose a child on each level."""
    children = list(tree) if isinstance(tree, dict) else list(range(len(tree))) if isinstance(tree, list) else []
    if not path or not children:
        return value
    key = children[path[0] % len(children)]
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[key] = exchanged(tree[key], path[1:], value)
    return copy


@given(st.integers(0, 4), st.lists(st.integers(0, 30), min_size=1, max_size=4), trees | st.just(float("nan")) | st.just([]) | st.just({}))
def test_a_right_answer_with_a_part_exchanged(number, path, value):
    number %= len(EXERCISE)
    right = plain.unpack(reference(number))
    changed = exchanged(right, path, value)
    try:
        data = plain.pack(changed)
    except plain.NotPlain:
        return
    if judging.judge_task(EXERCISE[number], data, reference(number), 0) is None:
        assert _same(plain.unpack(data), right)


def _same(mine, right):
    """Equal for the judge: as `difference` has it, parts that no verdict looks at apart ("changed": False, "text")."""
    if isinstance(right, dict):
        return isinstance(mine, dict) and all(key in mine and _same(mine[key], value) for key, value in right.items())
    if isinstance(right, list) and any(isinstance(r, (dict, list)) for r in right):
        return isinstance(mine, list) and len(mine) == len(right) and all(map(_same, mine, right))
    return plain.difference(mine, right, 1e-3, 1e-5) is None


@pytest.fixture(scope="module")
def judged():
    judging.warm_up()
    item = HandIn("a.ipynb", "a", "", "", None)
    answers = {task.name: reference(number) for number, task in enumerate(EXERCISE)}

    def judge(replies):
        raw = {"cells": [], "answers": replies, "stopped": [], "left_out": None, "finished": True, "lost": None}
        return grade.judge(item, NAME, EXERCISE, [], raw, answers, 0)

    assert judge(answers)["score"] == sum(task.points for task in EXERCISE)
    return judge, answers


def test_one_task_judged_out_of_bounds_costs_itself_alone(judged):
    """An answer at which the judge needs more than it has: no points for it, all points for the others."""
    judge, answers = judged
    first = EXERCISE[0].name
    zeros = plain.pack({"answer": [{"value": np.zeros(10**6)}] * 7})
    text = b"[" + b"[]," * (plain.MAX_TEXT // 4) + b"[]]"
    for reply in (zeros, plain.LENGTH.pack(len(text)) + text, b"", packed({"error": ""})):
        result = judge({**answers, first: reply})
        assert [row["points"] for row in result["tasks"]] == [0, *(task.points for task in EXERCISE[1:])]
    json.dumps(result)


def test_a_judge_that_hangs_or_eats_is_stopped(tmp_path, judged):
    """Limits of time and memory hold for the judge, too."""
    checks = tmp_path / "05-feature-maps.py"
    checks.write_text(
        "from course.grading.tasks import Task\n"
        "a, b, c = Task('a', 1), Task('b', 1), Task('c', 1)\n"
        "@a.judge\ndef _(answer, reference, cases):\n    while True: pass\n"
        "@b.judge\ndef _(answer, reference, cases):\n    bytearray(10**10)\n"
        "@c.judge\ndef _(answer, reference, cases):\n    return None\n")
    reply = plain.pack({"answer": 1})
    found = {name: problem for name, (problem, _) in judging.judge(checks, [(name, reply, reply) for name in "abc"], 0, seconds=5).items()}
    assert "too much time" in found["a"] and found["b"] and found["c"] is None


def test_whatever_the_keeper_says_last_is_checked():
    for payload in (b"", b"[]", b"{}", b"9" * 400, b'{"reason": "done"}', b'{"reason": "x", "step": "start", "left_out": null}',
                    b'{"reason": "done", "step": "cell 9", "left_out": null}', b'{"reason": "done", "step": "task -1", "left_out": null}',
                    b'{"reason": "done", "step": "start", "left_out": 1e999}', b'{"reason": ["done"], "step": 3, "left_out": null}'):
        with pytest.raises(sandbox.SandboxLost):
            sandbox._end(payload, 2, 2)
    assert sandbox._end(b'{"reason": "done", "step": "task 1", "left_out": 1}', 2, 2)["left_out"] == 1
