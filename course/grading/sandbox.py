"""The sandbox: bubblewrap around a warm Python process that runs hand-ins, one after the other, each apart."""

import base64
import dataclasses
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .. import ROOT, CourseError
from . import messages, plain, worker

JOB_USER = 61000  # runs hand-ins when the grader is root; no account needs to have this number
START_SECONDS = 180
REASONS = ("done", "time", "total time", "memory", "processes", "output", "died", "nonsense")


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one hand-in may use. The one place where these numbers stand; `--limit NAME=VALUE` changes one."""

    cell_seconds: int = 60  # one cell, or one task's hidden cases
    total_seconds: int = 600  # the whole notebook, runs after a stopped cell included
    memory_mb: int = 4096  # all its processes together
    files_mb: int = 256  # each of /tmp, /work and /dev/shm, and the largest file
    processes: int = 256  # processes and threads
    output_characters: int = 20_000  # printed by one cell; the rest is cut
    output_mb: int = 100  # everything that comes out, pictures and answers
    pictures: int = 4  # from one cell
    notebook_mb: int = 30  # the file
    hand_ins: int = 50  # of one exercise by one student; more are not run
    stopped_cells: int = 3  # after so many cells that had to be stopped the rest is not run

    @classmethod
    def parse(cls, settings):
        """Limits from texts such as ``memory_mb=2048``; CourseError for anything else."""
        values = {}
        names = [field.name for field in dataclasses.fields(cls)]
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in names or not value.isdigit() or int(value) < 1:
                raise CourseError(f"--limit {setting} is not understood: give NAME=NUMBER with a name of {', '.join(names)}.")
            values[name] = int(value)
        return cls(**values)


class SandboxLost(Exception):
    """The sandbox itself failed, not the hand-in."""


def command(data):
    """The bubblewrap command up to Python's arguments, and the folder of data as seen inside.

    Raises
    ------
    CourseError
        When bubblewrap is missing.
    """
    bwrap = shutil.which("bwrap")
    if not bwrap:
        raise CourseError("bubblewrap is missing, so hand-ins cannot be run safely: apt install bubblewrap "
                          "(on macOS and Windows use a Linux machine).")
    # bubblewrap itself forbids new rights (no_new_privs). Processes, shared memory and users of its own: worker.open_namespaces.
    words = [bwrap, "--die-with-parent", "--clearenv", "--unshare-pid", "--unshare-net", "--unshare-uts", "--hostname", "grader"]
    words += ["--ro-bind", "/usr", "/usr"]
    for folder in ("/bin", "/sbin", "/lib", "/lib64"):
        if os.path.islink(folder):
            words += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            words += ["--ro-bind", folder, folder]
    words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
    for folder in ("/etc", "/work", "/env", "/course"):
        words += ["--perms", "0755", "--dir", folder]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        words += ["--ro-bind-try", path, path]
    base = Path(sys.base_prefix).resolve()
    if not base.is_relative_to("/usr"):
        for parent in reversed(base.parents[:-1]):
            words += ["--perms", "0755", "--dir", str(parent)]
        words += ["--ro-bind", str(base), str(base)]
    python = str(base / "bin" / f"python3.{sys.version_info[1]}")
    if sys.prefix != sys.base_prefix:
        words += ["--ro-bind", sys.prefix, "/env"]
        python = "/env/bin/python"
    words += ["--ro-bind", str(ROOT / "course"), "/course/course"]
    if data != "stand-in":
        words += ["--ro-bind", str(Path(data).resolve()), "/data"]
        data = "/data"
    words += ["--remount-ro", "/"]
    for name, value in {**environment(), "PATH": "/usr/bin:/bin", "HOME": "/work", "PYTHONPATH": "/course", "TMPDIR": "/tmp"}.items():
        words += ["--setenv", name, value]
    if os.geteuid() == 0:  # gives up root once the mounts are made, and with it all capabilities
        user = str(JOB_USER)
        words += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--bounding-set=-all"]
    return [*words, python], data


def environment():
    """One thread each and AVX2 at most, so that sums come out the same everywhere; no start-up messages."""
    return {"LANG": "C.UTF-8", "ONEDNN_MAX_CPU_ISA": "AVX2", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1",
            "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "", "MPLCONFIGDIR": "/tmp/matplotlib", "KERAS_HOME": "/tmp/keras", "PYTHONHASHSEED": "0"}


class Sandbox:
    """A warm process behind walls. Not for several threads at once.

    Parameters
    ----------
    data : str
        Folder with data sets, or "stand-in".
    isolated : bool
        False runs hand-ins without any wall, with this user's rights.
    """

    def __init__(self, data="stand-in", isolated=True):
        self.data, self.isolated, self.process = data, isolated, None

    def _start(self):
        if self.isolated:
            words, data = command(self.data)
            env = None
        else:
            words, data = [sys.executable], self.data
            env = {**os.environ, **environment(), "PYTHONPATH": str(ROOT)}
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*words, "-m", "course.grading.worker", data, "isolated" if self.isolated else "open"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, env=env, cwd="/", bufsize=0)
        try:
            ready = messages.Reader(0, 0, {"output_mb": 1, "output_characters": 0, "pictures": 0})
            list(self._messages(ready, time.monotonic() + START_SECONDS))
        except SandboxLost:
            self.log.seek(0)
            last = (self.log.read().strip().splitlines() or ["it gave no reason"])[-1]
            self.close()
            raise CourseError(f"The sandbox does not start ({last}). Try it by hand: bwrap --ro-bind / / true") from None

    def _messages(self, reader, deadline):
        """Messages of the keeper, checked by `reader`: pairs of kind and content, up to its END."""
        out = self.process.stdout.fileno()
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                raise SandboxLost("it does not answer")
            part = os.read(out, 2**20)
            if not part:
                raise SandboxLost("it ended")
            try:
                for kind, content in reader.feed(part):
                    yield kind, content
                    if kind == messages.END:
                        return
            except (messages.Nonsense, OverflowError):
                raise SandboxLost("it sends nonsense") from None

    def run(self, cells, tasks, limits, skip=()):
        """Run one hand-in once.

        Parameters
        ----------
        cells : list of str
        tasks : list of dict
            From `Task.job`.
        limits : dict
            Fields of `Limits`.
        skip : list of str
            Steps to leave out, such as ``"cell 3"`` or ``"task 0"``.

        Returns
        -------
        dict
            ``cells``: what came of each cell, by number: text, error, images. ``answers``: bytes by number of the task.
            ``end``: the reason, the step where it came, and the first cell that was left out for want of time, or None.

        Raises
        ------
        SandboxLost
        """
        if self.process is None or self.process.poll() is not None:
            self._start()
        job = json.dumps({"cells": cells, "tasks": len(tasks), "limits": limits, "skip": list(skip)}).encode()
        frames = b"".join(worker.FRAME.pack(len(frame)) + frame for frame in [job, *map(plain.pack, tasks)])
        # The keeper passes on what it has checked, and adds its END.
        reader = messages.Reader(len(cells), len(tasks), limits | {"output_mb": limits["output_mb"] + 1})
        result, step = {"cells": {}, "answers": {}}, None
        try:
            data = memoryview(b"1" + frames)
            while data:
                data = data[os.write(self.process.stdin.fileno(), data):]
            for kind, content in self._messages(reader, time.monotonic() + limits["total_seconds"] + 60):
                if kind in (messages.CELL, messages.TASK):
                    step = content
                elif kind == messages.OUTPUT:
                    result["cells"][step] = content | {"images": []}
                elif kind == messages.PICTURE:
                    result["cells"][step]["images"].append(base64.b64encode(content).decode())
                elif kind == messages.ANSWER:
                    result["answers"][step] = content
            return result | {"end": _end(content, len(cells), len(tasks))}
        except (SandboxLost, OSError) as error:
            self.close()
            raise SandboxLost(str(error)) from None

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.log.close()
            self.process = None


_mine = threading.local()  # one sandbox for each thread, here and on the machines of a cluster
_open = []


def perform(cells, tasks, limits, data, isolated=True):
    """Run a hand-in to its end: what stops it is left out, and the rest runs again.

    A function of plain arguments, so that a cluster can call it.

    Returns
    -------
    dict
        ``cells``: for each cell that ran number, text, error, images. ``answers``: bytes by task. ``stopped``: pairs
        (step, reason). ``left_out``: number of the first cell for which no time was left, or None. ``finished``: False when
        the last run did not come to its end. ``lost``: why the sandbox failed, twice.
    """
    sandbox = getattr(_mine, "sandbox", None)
    if sandbox is None or (sandbox.data, sandbox.isolated) != (data, isolated):
        sandbox = _mine.sandbox = Sandbox(data, isolated)
        _open.append(sandbox)
    skip, stopped, lost, left_out = [], [], [], None
    end = time.monotonic() + limits["total_seconds"]
    while True:
        left = max(1, int(end - time.monotonic()))
        try:
            result = sandbox.run(cells, tasks, limits | {"total_seconds": left}, skip)
        except SandboxLost as error:
            lost.append(str(error))
            if len(lost) == 2:
                return {"cells": [], "answers": {}, "stopped": [], "left_out": None, "finished": False, "lost": lost[-1]}
            continue
        reason, step = result["end"]["reason"], result["end"]["step"]
        if reason == "done":
            break
        stopped.append((step, reason))
        kind, _, number = step.partition(" ")
        if kind == "start" or step in skip or time.monotonic() >= end:
            break
        skip.append(step)
        if kind == "cell" and (reason == "total time" or sum(s.startswith("cell") for s, _ in stopped) > limits["stopped_cells"]):
            # The time that is left belongs to the tasks: they are asked with the cells so far.
            left_out = int(number) + 1
            skip += [f"cell {n}" for n in range(left_out, len(cells))]
    if left_out is None or left_out >= len(cells):
        left_out = result["end"]["left_out"]
    return {"cells": [{"cell": n, **said} for n, said in sorted(result["cells"].items())],
            "answers": {tasks[n]["name"]: answer for n, answer in result["answers"].items()},
            "stopped": [(_named(step, tasks), reason) for step, reason in stopped],
            "left_out": left_out, "finished": reason == "done", "lost": None}


def close_all():
    """End the sandboxes of every thread."""
    while _open:
        _open.pop().close()


def _end(payload, cells, tasks):
    """The keeper's last word, checked like all others."""
    try:
        said = json.loads(payload)
        reason, step, left_out = said["reason"], said["step"], said["left_out"]
        kind, _, number = step.partition(" ")
        known = step == "start" or number.isdecimal() and int(number) < {"cell": cells, "task": tasks}[kind]
        if known and reason in REASONS and (left_out is None or type(left_out) is int and 0 <= left_out < cells):
            return {"reason": reason, "step": step, "left_out": left_out}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise SandboxLost("it sends nonsense")


def _named(step, tasks):
    """A task's step with its name: ``"task 0"`` becomes ``"task output_size"``."""
    kind, _, number = step.partition(" ")
    return f"task {tasks[int(number)]['name']}" if kind == "task" else step
