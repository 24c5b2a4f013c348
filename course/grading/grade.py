"""Grade a folder: run every hand-in in the sandbox, judge what comes out, keep each result as soon as it is there."""

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import re
import secrets
from pathlib import Path

import numpy as np

from .. import ROOT, CourseError, whole_file
from . import handin, judging, plain, sandbox

SOURCE = 5000  # characters of a cell in the transcript
ATTEMPTS = 20  # so many draw hidden cases of their own; all later ones share the last
STOPPED = {
    "time": "took too long", "total time": "took the whole notebook's time", "memory": "took too much memory",
    "processes": "started too many processes", "output": "wrote too much", "died": "ended the process",
    "nonsense": "disturbed the grader's messages",
}


def settings(exercises, seed, limits):
    """What the scores depend on; kept in every result."""
    checks = hashlib.sha256()
    for name, tasks in exercises.items():
        checks.update((ROOT / "solutions" / f"{name}.ipynb").read_bytes())
        for task in tasks:
            checks.update(json.dumps([name, task.name, task.points]).encode() + plain.pack(task.job(seed)))
    versions = {name: importlib.metadata.version(name) for name in ("keras", "numpy", "scipy")}
    return {"seed": seed, "limits": dataclasses.asdict(limits), "checks": checks.hexdigest()[:16], "versions": versions}


def reference(name, tasks, seed, submit):
    """Replies of the solution to the hidden cases: bytes by task.

    `submit` : callable ``(cells, jobs) -> Future``.

    Raises
    ------
    CourseError
        When the solution does not pass its own checks.
    """
    path = ROOT / "solutions" / f"{name}.ipynb"
    cells = handin.code_cells(path.read_bytes())
    raw = submit(cells, [task.job(seed) for task in tasks]).result()
    for task in tasks:
        reply = raw["answers"].get(task.name)
        problem = judging.judge_task(task, reply, reply, seed) if reply else "no answer"
        if problem or not raw["finished"]:
            raise CourseError(f"{path} does not pass its own check of {task.name}: {problem or raw['stopped'] or raw['lost']}.")
    return raw["answers"]


def judge(item, name, tasks, cells, raw, answers, seed):
    """Result of one hand-in.

    Parameters
    ----------
    item : HandIn
    name : str
        Its exercise.
    tasks : list of Task
    cells : list of str
        Its code, for the transcript.
    raw : dict
        From `sandbox.perform`. Nothing in it is trusted.
    answers : dict
        From `reference`.

    Returns
    -------
    dict
        Plain data, the same each time: no clock, no machine.
    """
    if raw["lost"]:
        return outcome(item, name, tasks, "not graded", f"the sandbox failed ({raw['lost']}); grade it again with --resume")
    stopped = {step: STOPPED[reason] for step, reason in raw["stopped"]}
    replies = [(task.name, raw["answers"][task.name], answers[task.name]) for task in tasks if task.name in raw["answers"]]
    verdicts = judging.judge(tasks[0].path, replies, seed)
    rows = []
    for task in tasks:
        step = f"task {task.name}"
        problem = verdicts.get(task.name, f"it {stopped[step]}" if step in stopped else "no answer came")
        if problem and re.match(r"it raises NotImplementedError\b|NotImplementedError\b", problem):
            problem = "not answered"
        rows.append({"name": task.name, "points": task.points if problem is None else 0, "max": task.points, "problem": problem})
    reasons = [f"{_name(step)} {phrase}" for step, phrase in stopped.items()]
    if raw["left_out"] is not None:
        first, last = raw["left_out"] + 1, len(cells)
        which = f"code cell {first} was" if first == last else f"code cells {first} to {last} were"
        reasons.append(f"{which} left out, so that time was left for the tasks")
    errors = [f"code cell {cell['cell'] + 1} raises {_exception(cell['error'][0])}" for cell in raw["cells"]
              if cell["error"] and cell["error"][0] not in ("NotImplementedError", "AssertionError")]
    review = bool(stopped) or not raw["finished"] or raw["left_out"] is not None
    return outcome(item, name, tasks, "needs review" if review else "ok", "; ".join([*reasons, *errors[:3]]), rows,
                   [cell | {"source": cells[cell["cell"]][:SOURCE]} for cell in raw["cells"]])


def _exception(name):
    """The name of an exception, when it is one: a student may call it anything."""
    return name if re.fullmatch(r"[A-Za-z_]\w{0,60}", name, re.ASCII) else "an exception with an odd name"


def _name(step):
    """A step as people count: ``"cell 3"`` is code cell 4."""
    kind, _, name = step.partition(" ")
    return f"code cell {int(name) + 1}" if kind == "cell" and name.isdecimal() else step


def outcome(item, name, tasks, status, reason, rows=None, cells=()):
    """A result, for a hand-in that ran or that did not."""
    if rows is None:
        rows = [{"name": task.name, "points": 0, "max": task.points, "problem": "not run"} for task in tasks]
    return {
        "student": item.student, "full_name": item.full_name, "lms": item.lms, "file": item.path, "notebook": name,
        "score": sum(row["points"] for row in rows), "max": sum(row["max"] for row in rows), "status": status,
        "reason": reason, "tasks": rows, "cells": list(cells),
    }


def seed_of(seed, attempt):
    """Seed of an attempt: whoever has seen what the first was asked meets new hidden cases in the second."""
    attempt = min(attempt, ATTEMPTS)
    return seed if attempt == 1 else int(np.random.SeedSequence([seed, attempt]).generate_state(1)[0])


def key(student, path):
    """Name for the files of one result: unique for each hand-in, readable, safe."""
    readable = re.sub(r"[^\w-]+", "_", f"{student}-{Path(path).stem}", flags=re.ASCII)[:60]
    return f"{readable}-{hashlib.sha256(path.encode('utf-8', 'replace')).hexdigest()[:10]}"


def keep(result, path):
    """Store one result, whole or not at all."""
    text = json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    with whole_file(path) as file:
        file.write(text.encode("utf-8", "replace"))


class Local:
    """Threads of this machine, each with a sandbox of its own."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)

    def submit(self, *arguments):
        return self.pool.submit(sandbox.perform, *arguments)

    def close(self):
        self.pool.shutdown(wait=True, cancel_futures=True)
        sandbox.close_all()


class Cluster:
    """Workers of a Dask cluster; a lost worker's work is done by another."""

    def __init__(self, address):
        try:
            from distributed import Client
        except ImportError:
            raise CourseError("Dask is missing: pip install distributed") from None
        try:
            self.client = Client(address, timeout=20)
        except (OSError, ValueError, TimeoutError) as error:
            raise CourseError(f"No Dask scheduler answers at {address} ({type(error).__name__}). Start one: dask scheduler") from None
        self.pool = self.client.get_executor(pure=False, retries=3)
        self.jobs = sum(self.client.nthreads().values())
        if not self.jobs:
            raise CourseError(f"The Dask scheduler at {address} has no worker. Start one: dask worker {address}")

    def submit(self, *arguments):
        return self.pool.submit(sandbox.perform, *arguments)

    def close(self):
        self.client.close()


def grade(items, exercises, out, *, seed, limits, pool, data, isolated=True, resume=False, progress=lambda result: None):
    """Grade hand-ins and keep each result in OUT/results.

    Parameters
    ----------
    items : list of HandIn
    exercises : dict of str to list of Task
        Those that count; a hand-in for another gets the status "other exercise".
    out : Path
    seed : int or None
        Draws the hidden inputs. None: that of OUT when there is one, else a new one.
    limits : Limits
    pool : Local or Cluster
    data : str
        Folder of data sets, or "stand-in".
    resume : bool
        Go on with the results that are there.
    progress : callable
        Called with each result.

    Returns
    -------
    list of dict
        One result for each item, in their order.

    Raises
    ------
    CourseError
        When OUT holds results of another kind, or cannot be written, or a solution fails.
    """
    folder = out / "results"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = any(folder.iterdir())
        stored = json.loads((out / "settings.json").read_text(encoding="utf-8")) if there else None
    except FileNotFoundError:
        stored = None
    except (OSError, ValueError) as error:
        raise CourseError(f"{out} cannot be used ({error}). Name another folder with --out.") from None
    if there and not resume:
        raise CourseError(f"{out} holds results already. Go on with --resume, or name another folder with --out.")
    if seed is None:
        seed = stored["seed"] if isinstance(stored, dict) and "seed" in stored else secrets.randbelow(2**31)
    current = settings(exercises, seed, limits)
    if there and stored != current:
        raise CourseError(f"{out} was graded with another seed, other limits, checks or versions. Name another folder with --out.")
    keep(current, out / "settings.json")

    results, references = {}, {}
    dict_limits = dataclasses.asdict(limits)
    waiting = {}
    attempts = _attempts(folder)
    judging.warm_up()

    def submit(cells, jobs):
        return pool.submit(cells, jobs, dict_limits, data, isolated)

    def done(item, result, digest, attempt=1):
        results[item.path] = result | {"sha256": digest, "attempt": attempt, "settings": current}
        keep(results[item.path], folder / f"{key(item.student, item.path)}.json")
        progress(result)

    def collect(when):
        finished, _ = concurrent.futures.wait(waiting, return_when=when)
        for future in finished:
            item, name, cells, digest, attempt = waiting.pop(future)
            own_seed = seed_of(seed, attempt)
            try:
                result = judge(item, name, exercises[name], cells, future.result(), references[name, own_seed], own_seed)
            except CourseError:
                raise
            except Exception as error:  # a worker was lost more often than the scheduler retries, or the judge met what it must not
                reason = f"the grader failed at it ({type(error).__name__}); grade it again with --resume"
                result = outcome(item, name, exercises[name], "not graded", reason)
            done(item, result, digest, attempt)

    def begin(item):
        digest = ""
        try:
            content = item.bytes(limits.notebook_mb * 2**20)
            digest = hashlib.sha256(content).hexdigest()
            if resume and (old := _kept(folder / f"{key(item.student, item.path)}.json", digest, current)):
                results[item.path] = old
                progress(old)
                return
            cells = handin.code_cells(content)
            name = handin.identify(cells, exercises)
        except handin.Unreadable as error:
            return done(item, outcome(item, "", [], "unreadable", str(error)), digest)
        if name is None:
            return done(item, outcome(item, "", [], "unknown exercise", "it defines none of the functions that are asked for"), digest)
        mine = attempts.setdefault((item.student, name), {})
        attempt = mine.setdefault(digest, len(mine) + 1)
        own_seed = seed_of(seed, attempt)
        if (name, own_seed) not in references:
            references[name, own_seed] = reference(name, exercises[name], own_seed, submit)
        waiting[submit(cells, [task.job(own_seed) for task in exercises[name]])] = item, name, cells, digest, attempt

    with contextlib.ExitStack() as stack:
        stack.callback(pool.close)
        for item in items:
            try:
                begin(item)
            except CourseError:
                raise
            except Exception as error:
                done(item, outcome(item, "", [], "not graded", f"the grader failed at it ({type(error).__name__}); grade it again "
                                   "with --resume"), "")
            if len(waiting) >= 4 * pool.jobs:
                collect(concurrent.futures.FIRST_COMPLETED)
        while waiting:
            collect(concurrent.futures.FIRST_COMPLETED)
    return [results[item.path] for item in items]


def _attempts(folder):
    """Attempts that were graded here before: number by hash of the file, by student and exercise."""
    attempts = {}
    for path in sorted(folder.glob("*.json")):
        try:
            old = json.loads(path.read_text(encoding="utf-8"))
            attempts.setdefault((old["student"], old["notebook"]), {})[old["sha256"]] = int(old["attempt"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return attempts


def _kept(path, digest, current):
    """A result of an earlier run, when it is of the same file and not one to grade again."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        same = old["sha256"] == digest and old["settings"] == current and old["status"] != "not graded"
        return old if same else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
