"""The sandbox: bubblewrap around a warm Python process that runs hand-ins, one after the other, each apart."""

import base64
import dataclasses
import json
import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .. import ROOT, CourseError
from . import plain, worker

JOB_USER = 61000  # runs hand-ins when the grader is root; no account needs to have this number
START_SECONDS = 180


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
    root = os.geteuid() == 0
    words = [bwrap, "--die-with-parent", "--new-session", "--clearenv", "--unshare-ipc", "--unshare-pid", "--unshare-net",
             "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL"]
    if root:  # gives up root with setpriv, once the mounts are made
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    else:
        words += ["--unshare-user"]
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
    if root:
        user = str(JOB_USER)
        words += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
                  "--no-new-privs"]
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
            self._message(time.monotonic() + START_SECONDS)
        except SandboxLost:
            self.log.seek(0)
            last = (self.log.read().strip().splitlines() or ["it gave no reason"])[-1]
            self.close()
            raise CourseError(f"The sandbox does not start ({last}). Try it by hand: bwrap --ro-bind / / true") from None

    def _message(self, deadline):
        """Next message of the keeper: kind and payload."""
        parts, need, head = [], worker.HEAD.size, None
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise SandboxLost("it does not answer")
            part = os.read(self.process.stdout.fileno(), need)
            if not part:
                raise SandboxLost("it ended")
            parts.append(part)
            need -= len(part)
            if need == 0 and head is None:
                head, parts = worker.HEAD.unpack(b"".join(parts)), []
                need = head[1]
            if need == 0 and head is not None:
                return head[0], b"".join(parts)

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
            Steps to leave out, such as ``"cell 3"`` or ``"task output_size"``.

        Returns
        -------
        dict
            ``outputs`` and ``answers``, lists of bytes as they came; ``end`` with the keys reason and step.

        Raises
        ------
        SandboxLost
        """
        if self.process is None or self.process.poll() is not None:
            self._start()
        job = plain.pack({"cells": cells, "tasks": tasks, "limits": limits, "skip": list(skip)})
        result = {"outputs": [], "answers": []}
        try:
            data = memoryview(b"1" + struct.pack("<Q", len(job)) + job)
            while data:
                data = data[os.write(self.process.stdin.fileno(), data):]
            deadline = time.monotonic() + limits["total_seconds"] + 60
            while True:
                kind, payload = self._message(deadline)
                if kind == worker.END:
                    return result | {"end": json.loads(payload)}
                if kind in (worker.OUTPUT, worker.ANSWER):
                    result["outputs" if kind == worker.OUTPUT else "answers"].append(payload)
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
        (step, reason). ``finished``: False when the last run did not come to its end. ``lost``: why the sandbox failed, twice.
    """
    sandbox = getattr(_mine, "sandbox", None)
    if sandbox is None or (sandbox.data, sandbox.isolated) != (data, isolated):
        sandbox = _mine.sandbox = Sandbox(data, isolated)
        _open.append(sandbox)
    skip, stopped, lost = [], [], []
    start = time.monotonic()
    while True:
        left = max(1, int(limits["total_seconds"] - (time.monotonic() - start)))
        try:
            result = sandbox.run(cells, tasks, limits | {"total_seconds": left}, skip)
        except SandboxLost as error:
            lost.append(str(error))
            if len(lost) == 2:
                return {"cells": [], "answers": {}, "stopped": [], "finished": False, "lost": lost[-1]}
            continue
        reason, step = result["end"]["reason"], result["end"]["step"]
        if reason == "done":
            break
        stopped.append((step, reason))
        cells_stopped = sum(s.startswith("cell") for s, _ in stopped)
        if reason == "total time" or step == "start" or step in skip or cells_stopped > limits["stopped_cells"]:
            break
        skip.append(step)
        if len(skip) > limits["stopped_cells"] + len(tasks):
            break
    return {"cells": _outputs(result["outputs"], limits), "answers": _answers(result["answers"], tasks), "stopped": stopped,
            "finished": reason == "done", "lost": None}


def close_all():
    """End the sandboxes of every thread."""
    while _open:
        _open.pop().close()


def _outputs(payloads, limits):
    """Outputs of cells, whatever the runner sent: anything of another form is dropped."""
    cells = {}
    for payload in payloads:
        try:
            said = json.loads(payload)
            error = said["error"]
            images = [image for image in said["images"][: limits["pictures"]] if _is_png(image)]
            number = abs(int(said["cell"]))
            cells[number] = {
                "cell": number,
                "text": str(said["text"])[: limits["output_characters"] + 10],
                "error": error and [str(error[0])[:100], str(error[1])[:500], error[2] if isinstance(error[2], int) else None],
                "images": images,
            }
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            continue
    return [cells[number] for number in sorted(cells)]


def _is_png(text):
    try:
        return len(text) < 2 * 2**20 and base64.b64decode(text, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    except (ValueError, TypeError):
        return False


def _answers(payloads, tasks):
    """Bytes of the answers by task. The judge reads them."""
    names = {task["name"] for task in tasks}
    answers = {}
    for payload in payloads:
        try:
            name = plain.unpack(payload)["name"]
        except (plain.NotPlain, KeyError, TypeError):
            continue
        if isinstance(name, str) and name in names:
            answers[name] = payload
    return answers
