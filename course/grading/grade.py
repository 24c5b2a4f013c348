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
from . import handin, judging, plain, review, sandbox

SOURCE = 5000  # characters of a cell in the transcript
DRAWS = 20  # so many attempts draw hidden cases of their own; all later ones share the last
STOPPED = {
    "time": "took too long", "total time": "took the whole notebook's time", "memory": "took too much memory",
    "processes": "started too many processes", "output": "wrote too much", "died": "ended the process",
    "nonsense": "disturbed the grader's messages",
}


def settings(exercises, seed, limits):
    """What the scores depend on; kept in every result. The checks of each task have a mark of their own."""
    checks = {}
    for name, tasks in exercises.items():
        solution = (ROOT / "solutions" / f"{name}.ipynb").read_bytes()
        checks[name] = {task.name: hashlib.sha256(solution + json.dumps([name, task.name, task.points, task.rules()]).encode()
                                                  + plain.pack(task.job(seed))).hexdigest()[:16] for task in tasks}
    versions = {name: importlib.metadata.version(name) for name in ("keras", "numpy", "scipy")}
    return {"seed": seed, "limits": dataclasses.asdict(limits), "checks": checks, "versions": versions}


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
        problem, wrong = verdicts.get(task.name, (f"it {stopped[step]}" if step in stopped else "no answer came", None))
        if problem and re.match(r"it raises NotImplementedError\b|NotImplementedError\b", problem):
            problem = "not answered"
        rows.append({"name": task.name, "points": task.points if problem is None else 0, "max": task.points, "problem": problem,
                     "wrong": wrong})
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
        rows = [{"name": task.name, "points": 0, "max": task.points, "problem": "not run", "wrong": None} for task in tasks]
    return {
        "student": item.student, "full_name": item.full_name, "lms": item.lms, "file": item.path, "time": item.time, "notebook": name,
        "score": sum(row["points"] for row in rows), "max": sum(row["max"] for row in rows), "status": status,
        "reason": reason, "tasks": rows, "cells": list(cells),
    }


def seed_of(seed, attempt):
    """Seed of an attempt: whoever has seen what the first was asked meets new hidden cases in the second."""
    attempt = min(attempt, DRAWS)
    return seed if attempt == 1 else int(np.random.SeedSequence([seed, attempt]).generate_state(1)[0])


def key(student, path, notebook=""):
    """Name for the files of one result: unique for each hand-in and exercise, readable, safe."""
    readable = re.sub(r"[^\w-]+", "_", f"{student}-{Path(path).stem}", flags=re.ASCII)[:60]
    unique = json.dumps([student, path, notebook]).encode()  # ASCII: what is no Unicode is escaped
    return f"{readable}-{hashlib.sha256(unique).hexdigest()[:10]}"


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


class Again:
    """What is graded anew though it has a result: texts such as ``student=ada``, ``exercise=05``, ``task=output_size``.

    All kinds that are given must fit; of one kind, one of those given.
    """

    def __init__(self, wishes, exercises):
        self.wishes = {"student": set(), "exercise": set(), "task": set()}
        known = {"exercise": {*exercises, *(name[:2] for name in exercises)},
                 "task": {task.name for tasks in exercises.values() for task in tasks}}
        for wish in wishes:
            kind, _, value = wish.partition("=")
            if kind not in self.wishes or not value or value not in known.get(kind, {value}):
                raise CourseError(f"--regrade {wish} is not understood: give student=ID, exercise=NN or task=NAME as scores.csv has them.")
            self.wishes[kind].add(value)

    def __bool__(self):
        return any(self.wishes.values())

    def tasks(self, name, tasks):
        """Names of the tasks of an exercise that are judged anew, whoever the student is."""
        if self and (not self.wishes["exercise"] or {name, name[:2]} & self.wishes["exercise"]):
            return {task.name for task in tasks} & self.wishes["task"] if self.wishes["task"] else {task.name for task in tasks}
        return set()

    def fits(self, student):
        return not self.wishes["student"] or student in self.wishes["student"]


def merged(old, new, tasks):
    """A result in which only `tasks` are of the new run."""
    rows = {row["name"]: row for row in old["tasks"]}
    rows = [row if row["name"] in tasks or row["name"] not in rows else rows[row["name"]] for row in new["tasks"]]
    return new | {"tasks": rows, "score": sum(row["points"] for row in rows)}


def _settings(out, exercises, seed, limits, again, resume):
    """Settings of this run, kept in OUT/settings.json. CourseError when the results there are of another kind."""
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
    if there:
        try:
            old = {name: stored["checks"].get(name, checks) for name, checks in current["checks"].items()}
            changed = {(name, task) for name, checks in current["checks"].items() for task in {*checks, *old[name]}
                       if checks.get(task) != old[name].get(task)}
            renewed = {(name, task) for name, tasks in exercises.items() for task in again.tasks(name, tasks) if not again.wishes["student"]}
            same = all(stored[part] == current[part] for part in ("seed", "versions") + (() if again else ("limits",)))
        except (KeyError, TypeError, AttributeError):
            same, changed, renewed = False, set(), set()
        if not same:
            raise CourseError(f"{out} was graded with another seed, other limits, checks or versions. Name another folder with --out.")
        if changed - renewed:
            tasks = ", ".join(sorted(task for _, task in changed - renewed)[:5])
            raise CourseError(f"{out} was graded with other checks of {tasks}. Grade them anew with --regrade task=NAME or "
                              "exercise=NN, or name another folder with --out.")
        keep({**stored, "checks": stored["checks"] | current["checks"]}, out / "settings.json")
    else:
        keep(current, out / "settings.json")
    return current


def grade(items, exercises, out, *, seed, limits, pool, data, isolated=True, resume=False, again=(),
          progress=lambda result: None):
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
    again : iterable of str
        What is graded anew all the same; see `Again`.
    progress : callable
        Called with each result.

    Returns
    -------
    list of dict
        One result for each item, in their order; several for a notebook that holds several exercises.

    Raises
    ------
    CourseError
        When OUT holds results of another kind, or cannot be written, or a solution fails.
    """
    again = Again(again, exercises)
    current = _settings(out, exercises, seed, limits, again, resume or bool(again))
    seed, folder = current["seed"], out / "results"
    results, references, waiting, count = {}, {}, {}, 0
    dict_limits = dataclasses.asdict(limits)
    draws = _draws(folder)

    def submit(cells, jobs):
        judging.warm_up()
        return pool.submit(cells, jobs, dict_limits, data, isolated)

    def place(item, name):
        return folder / f"{key(item.student, item.path, name)}.json"

    def done(item, result, digest, draw=1, old=None, others=((), ())):
        result = review.review(result, *others)
        if old:
            result = merged(old, result, again.tasks(result["notebook"], exercises[result["notebook"]]))
        used = current | {"checks": current["checks"].get(result["notebook"], {})}
        results[item.student, item.path, result["notebook"]] = result | {"sha256": digest, "draw": draw, "settings": used}
        keep(results[item.student, item.path, result["notebook"]], place(item, result["notebook"]))
        progress(result)

    def collect(when):
        finished, _ = concurrent.futures.wait(waiting, return_when=when)
        for future in finished:
            item, name, cells, digest, draw, old, others = waiting.pop(future)
            own_seed = seed_of(seed, draw)
            try:
                result = judge(item, name, exercises[name], cells, future.result(), references[name, own_seed], own_seed)
            except CourseError:
                raise
            except Exception as error:  # a worker was lost more often than the scheduler retries, or the judge met what it must not
                reason = f"the grader failed at it ({type(error).__name__}); grade it again with --resume"
                result, old = outcome(item, name, exercises[name], "not graded", reason), None
            done(item, result, digest, draw, old, others)

    def begin(item):
        nonlocal count
        digest = ""
        try:
            content = item.bytes(limits.notebook_mb * 2**20)
            digest = hashlib.sha256(content).hexdigest()
            cells = next(judging.bounded(handin.contents, content), "reading it takes too much time or memory")
            if isinstance(cells, str):
                raise handin.Unreadable(cells)
            names, touched = handin.identify(cells, exercises)
        except handin.Unreadable as error:
            name = handin.named(item.path, exercises)
            return done(item, outcome(item, name, exercises.get(name, []), "unreadable", str(error)), digest)
        if not names:
            return done(item, outcome(item, "", [], "unknown exercise", "it defines none of the functions that are asked for"), digest)
        for name in names:
            anew = again.tasks(name, exercises[name]) if again.fits(item.student) else set()
            count += bool(anew)
            old = _kept(place(item, name), digest, current, name, anew)
            if old and not anew:
                results[item.student, item.path, name] = old
                progress(old)
                continue
            mine = draws.setdefault((item.student, name), {})
            draw = mine.setdefault(digest, len(mine) + 1)
            if draw > limits.hand_ins:
                reason = f"not run: it is hand-in {draw} of this exercise by one student (--limit hand_ins={limits.hand_ins})"
                done(item, outcome(item, name, exercises[name], "needs review", reason), digest, draw)
                continue
            own_seed = seed_of(seed, draw)
            if (name, own_seed) not in references:
                references[name, own_seed] = reference(name, exercises[name], own_seed, submit)
            future = submit(cells, [task.job(own_seed) for task in exercises[name]])
            others = [other for other in names if other != name], touched
            waiting[future] = item, name, cells, digest, draw, old if len(anew) < len(exercises[name]) else None, others

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
    if again and not count:
        raise CourseError("--regrade fits no hand-in; scores.csv has the names of students, exercises and tasks.")
    order = {(item.student, item.path): number for number, item in enumerate(items)}
    return [results[where] for where in sorted(results, key=lambda where: (order[where[:2]], where[2]))]


def _draws(folder):
    """Hidden cases that were drawn here before: number by hash of the file, by student and exercise."""
    draws = {}
    for path in sorted(folder.glob("*.json")):
        try:
            old = json.loads(path.read_text(encoding="utf-8"))
            draws.setdefault((old["student"], old["notebook"]), {})[old["sha256"]] = int(old["draw"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return draws


def _kept(path, digest, current, name, anew):
    """A result of an earlier run, when it is of the same file and checks, but for the tasks that are judged `anew`."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        checks, wanted = old["settings"]["checks"], current["checks"][name]
        same = (old["sha256"] == digest and old["notebook"] == name and old["status"] not in ("not graded", "unreadable")
                and all(old["settings"][part] == current[part] for part in ("seed", "versions"))
                and {task for task in {*checks, *wanted} if checks.get(task) != wanted.get(task)} <= anew)
        return old if same else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
