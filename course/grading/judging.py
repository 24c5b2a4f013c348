"""The judge: reads answers and compares them with the reference, in a process of its own that may use so much and no more.

What it reads was written by a student's process. Whatever that does to it, the grader's own process only waits, and the
task has no points.
"""

import multiprocessing
import resource
from multiprocessing import forkserver
from pathlib import Path

from . import plain, tasks

SECONDS = 60  # for all tasks of a hand-in
MEMORY_MB = 1024  # beyond what Python and Keras have when the judge begins
MAX_PHRASE = 300  # characters of what is said to the student

_context = multiprocessing.get_context("forkserver")


def warm_up():
    """Begin to import what judges need; returns at once."""
    _context.set_forkserver_preload(["course.grading.judging", "keras"])
    forkserver.ensure_running()


def read_answer(data):
    """The answer in a reply of the hand-in's process.

    Parameters
    ----------
    data : bytes
        From anybody. Right is one form alone: ``{"answer": ...}``, or ``{"error": text}`` with a text that is not empty.

    Returns
    -------
    answer, problem
        The problem is None when there is an answer, else a phrase. There is no third case.
    """
    try:
        said = plain.unpack(data)
    except plain.NotPlain as error:
        return None, f"its answer is no plain data ({error})"
    if isinstance(said, dict) and said.keys() == {"answer"}:
        return said["answer"], None
    if isinstance(said, dict) and said.keys() == {"error"} and isinstance(said["error"], str) and said["error"].strip():
        return None, said["error"][:MAX_PHRASE]
    return None, "its answer does not have the form of one"


def judge_task(task, data, reference, seed):
    """None when the answer is right, else a phrase for the student.

    Parameters
    ----------
    task : Task
    data, reference : bytes
        Replies of the hand-in and of the solution.
    seed : int
    """
    answer, problem = read_answer(data)
    if problem is None:
        problem = task.verdict(answer, read_answer(reference)[0], seed)
    return problem if problem is None else problem[:MAX_PHRASE]


def wrong_cases(task, data, reference):
    """Numbers of the hidden cases that are wrong, and how many there are; None for an answer that cannot be judged case by case."""
    answer, problem = read_answer(data)
    try:
        return None if problem else task.wrong_cases(answer, read_answer(reference)[0])
    except Exception:  # what the verdict lets pass must do no harm here
        return None


def bounded(function, *arguments, seconds=SECONDS):
    """What a function yields, from a process of its own that may use so much memory and time and no more.

    For whatever reads what students wrote. The function is ours; its arguments are bytes and texts of anybody's.

    Parameters
    ----------
    function : callable
        A generator function of a module.
    seconds : float
        For one value.

    Yields
    ------
    object
        Fewer values than the function has when the process had to be ended.
    """
    here, there = _context.Pipe(duplex=False)
    process = _context.Process(target=_send_all, args=(there, function, arguments), daemon=True)
    process.start()
    there.close()
    try:
        while here.poll(seconds):
            yield here.recv()
    except (EOFError, OSError):
        pass
    finally:
        process.kill()
        process.join()
        here.close()


def _send_all(pipe, function, arguments):
    try:
        used = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
        most = used * 1024 + MEMORY_MB * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    except (OSError, StopIteration):  # no Linux: there is no sandbox either
        pass
    for value in function(*arguments):
        pipe.send(value)
    pipe.close()


def _verdicts(path, replies, seed):
    known = {task.name: task for task in tasks.load(path)}
    for name, data, reference in replies:
        try:
            problem = judge_task(known[name], data, reference, seed)
            yield problem, problem and wrong_cases(known[name], data, reference)
        except MemoryError:
            yield "its answer is too large to be judged", None


def judge(path, replies, seed, seconds=SECONDS):
    """Judge the replies of one hand-in.

    Parameters
    ----------
    path : Path
        The checks file with the tasks.
    replies : list of (str, bytes, bytes)
        Name of the task, reply of the hand-in, reply of the solution.
    seed : int
    seconds : float
        After that time the task that is being judged is given up, and the judge begins anew with the next.

    Returns
    -------
    dict
        For each name the verdict, None when right, else a phrase for the student, and what `wrong_cases` gives.
    """
    found, waiting = {}, list(replies)
    while waiting:
        for verdict in bounded(_verdicts, path, waiting.copy(), seed, seconds=seconds):
            found[waiting.pop(0)[0]] = verdict
        if waiting:
            found[waiting.pop(0)[0]] = "judging its answer took too much time or memory", None
    return found
