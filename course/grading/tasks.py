"""Tasks of an exercise: what their functions are called with, and how the answers are judged."""

import importlib
import importlib.util
import sys
import types
import zlib
from pathlib import Path

import numpy as np

from .. import ROOT, CourseError
from . import plain, probes


class Kept:
    """A part of a case for the judge alone, labels of new images say: it is not sent into the sandbox.

    Attributes
    ----------
    value : anything
    """

    def __init__(self, value):
        self.value = value


class Task:
    """One task of an exercise: a function that the student writes.

    Parameters
    ----------
    name : str
        Name of the function; unique in the course.
    points : int
    probe : callable
        ``probe(function, cases, seed)`` runs in the sandbox and returns plain data. `probes.call` (default) calls the
        function once for each case; `probes.network` takes what it returns as a Keras model, sets weights and runs it.
    rtol, atol : float
        How close numbers must be to those of the reference.
    """

    def __init__(self, name, points, probe=probes.call, rtol=1e-4, atol=1e-6):
        self.name, self.points, self._probe, self.rtol, self.atol = name, points, probe, rtol, atol
        self._cases, self._judge, self._comparison = lambda rng: [()], None, None
        self.rights, self.wrongs = {}, {}
        self.path = None  # of its checks file; `load` knows it

    # Decorators: what a checks file says of a task
    def cases(self, function):
        """``function(rng)`` gives the hidden inputs: a list of argument tuples. Default: one call without arguments."""
        self._cases = function
        return function

    def probe(self, function):
        """``function(f, cases, seed)`` replaces the probe. Its source is sent: it must be whole by itself."""
        self._probe = function
        return function

    def compare(self, function):
        """``function(mine, theirs)`` replaces the comparison of what one call gave: None when right, else a phrase for the student."""
        self._comparison = function
        return function

    def judge(self, function):
        """``function(answer, reference, cases)`` judges all calls together: None when right, else a phrase for the student."""
        self._judge = function
        return function

    def right(self, name):
        """Another right answer, in a different style. The tests hold that it passes."""
        return lambda function: self.rights.setdefault(name, function)

    def wrong(self, name):
        """A wrong answer that students give. The tests hold that it fails."""
        return lambda function: self.wrongs.setdefault(name, function)

    # What the grader does with it
    def inputs(self, seed):
        """Hidden inputs drawn from a seed, and a seed for the probe itself."""
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        return self._cases(rng), int(rng.integers(2**31))

    def job(self, seed):
        """What is sent into the sandbox: name, source of the probe, cases and seed. What is `Kept` stays here."""
        cases, probe_seed = self.inputs(seed)
        cases = [tuple(value for value in case if not isinstance(value, Kept)) for case in cases]
        return {"name": self.name, "probe": probes.source(self._probe), "cases": cases, "seed": probe_seed}

    def rules(self):
        """How answers are compared: what `job` does not say, and the scores depend on."""
        return [self.rtol, self.atol, *(function and probes.source(function) for function in (self._judge, self._comparison))]

    def verdict(self, answer, reference, seed):
        """None when an answer is right, else a phrase that says what is wrong without telling the answer.

        Parameters
        ----------
        answer, reference : plain data
            What the probe gave for the student and for the solution. `answer` may be anything at all.
        """
        try:
            if self._judge:
                problem = self._judge(answer, reference, self.inputs(seed)[0])
            else:
                problem = self._compare(answer, reference)
            return problem if problem is None or isinstance(problem, str) and problem else "an answer that cannot be judged"
        except Exception as error:  # a judge is written for sensible answers; this one was not
            return f"an answer of the wrong kind ({type(error).__name__})"

    def wrong_cases(self, answer, reference):
        """Numbers of the hidden cases that are wrong, from 0, and how many there are: (list, int); None for a task that is judged as a whole.

        Only for an answer that has not passed `verdict`.
        """
        by_case = all(isinstance(said, list) and all(isinstance(r, dict) and ("value" in r or "error" in r) for r in said)
                      for said in (answer, reference))
        if self._judge or not by_case or len(answer) != len(reference) or len(reference) < 2:
            return None
        return [n for n, (mine, theirs) in enumerate(zip(answer, reference)) if self.verdict([mine], [theirs], None)], len(reference)

    def _compare(self, answer, reference):
        by_case = isinstance(reference, list) and all(isinstance(r, dict) and ("value" in r or "error" in r) for r in reference)
        if not by_case:  # a probe of the task's own
            return plain.difference(answer, reference, self.rtol, self.atol)
        if not isinstance(answer, list) or len(answer) != len(reference):
            return "no answer for each case"
        failed = {}
        for mine, theirs in zip(answer, reference):
            if mine.get("changed") and not theirs.get("changed"):
                phrase = "its input is modified in place"
            elif "error" in theirs:
                phrase = None if mine.get("error") == theirs["error"] else f"no {theirs['error']} where one is due"
            elif "error" in mine:
                phrase = f"it raises {mine['error']}: {mine['text']}" if mine.get("text") else f"it raises {mine['error']}"
            else:
                phrase = self._difference(mine["value"], theirs["value"])
            if phrase is not None:
                failed[phrase] = failed.get(phrase, 0) + 1
        if failed:
            phrase, count = max(failed.items(), key=lambda item: item[1])
            return phrase if len(reference) == 1 else f"{phrase} ({count} of {len(reference)} hidden cases)"
        return None

    def _difference(self, mine, theirs):
        if self._comparison:
            return self._comparison(mine, theirs)
        if self._probe is probes.network:
            return self._compare_networks(mine, theirs)
        phrase = plain.difference(mine, theirs, self.rtol, self.atol)
        return phrase and f"it returns {phrase}"

    def _compare_networks(self, mine, theirs):
        phrase = plain.first_difference(mine, theirs, {
            "input": "takes inputs of another shape", "output": "gives outputs of another shape",
            "parameters": "has another number of parameters", "weights": "has weights of other shapes", "dropout": "has another dropout"})
        if phrase:
            return f"the network {phrase}"
        if plain.difference(mine["y"], theirs["y"], 1e-3, 1e-5):
            return "with the same weights the network computes something else"
        return None


class OnUse(types.ModuleType):
    """Stands for a module that is imported when something of it is used: who only names tasks need not wait for Keras."""

    def __getattr__(self, name):
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def load(path):
    """Tasks of a checks file, in the order in which it makes them.

    Raises
    ------
    CourseError
        When the file cannot be run or makes no task.
    """
    path = Path(path)
    spec = importlib.util.spec_from_file_location("checks_" + path.stem.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    keras = sys.modules.setdefault("keras", OnUse("keras"))
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing.") from None
    except Exception as error:
        raise CourseError(f"{path} cannot be run ({type(error).__name__}: {error}). Mend the checks.") from error
    finally:
        if sys.modules.get("keras") is keras and isinstance(keras, OnUse):
            del sys.modules["keras"]
    tasks = [value for value in vars(module).values() if isinstance(value, Task)]
    if not tasks:
        raise CourseError(f"{path} makes no Task.")
    for task in tasks:
        task.path = path
    return tasks


def exercises(checks=None):
    """Tasks of every exercise by notebook name, a teacher's own `checks` folder before the course's.

    Returns
    -------
    dict of str to list of Task
        Keys such as ``"05-feature-maps"``.
    """
    paths = {path.stem: path for path in sorted((ROOT / "solutions").glob("[0-9][0-9]-*.py"))}
    if checks:
        own = sorted(Path(checks).glob("[0-9][0-9]-*.py"))
        if not own:
            raise CourseError(f"{checks} holds no checks: a file is named as its exercise, 05-feature-maps.py say.")
        for path in own:
            if path.stem not in paths:
                raise CourseError(f"{path} belongs to no exercise. Exercises: {', '.join(paths)}.")
            paths[path.stem] = path
    return {name: load(path) for name, path in paths.items()}
