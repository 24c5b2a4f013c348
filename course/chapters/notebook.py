"""Notebooks as files: find, read, run, store."""

import datetime
import hashlib
import importlib.metadata
import math
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from .. import ROOT, CourseError, whole_file

RUNTIME = "2026.07"  # of Colab: TensorFlow 2.20, Python 3.12.13, NumPy 2.0.2
CELL_TIMEOUT = {"quick": 300, "full": None}  # seconds for one cell
STARTUP = """\
# Written by the course's tools: data from a folder instead of a download, trainings that can be resumed.
import os as _os, sys as _sys
_sys.path.insert(0, {root!r})
from course.chapters.data import replace_downloads as _replace
if _os.environ.get("COURSE_DATA_SOURCE", "download") != "download":
    _replace(_os.environ["COURSE_DATA_SOURCE"])
if _os.environ.get("COURSE_TRAININGS"):
    from course.chapters.resume import install as _install
    _install(_os.environ["COURSE_TRAININGS"], float(_os.environ["COURSE_MINUTES"]), float(_os.environ["COURSE_EPOCHS"]),
             bool(_os.environ["COURSE_HALF"]))
_sys.path.remove({root!r})
"""


def in_folder(name):
    """Paths of the numbered notebooks in a folder of the course, in their order."""
    return sorted((ROOT / name).glob("[0-9][0-9]-*.ipynb"))


def find(names):
    """Paths of the notebooks that `names` ask for: all chapters, a path, or a number such as "04".

    Raises
    ------
    CourseError
        When a name fits no notebook.
    """
    chapters = in_folder("notebooks")
    if not names:
        return chapters
    found = []
    for name in names:
        matching = [p for p in chapters if name in (p.name, p.stem, p.name[:2])]
        if Path(name).is_file():
            matching = [Path(name).resolve()]
        if not matching:
            known = ", ".join(p.stem for p in chapters)
            raise CourseError(f"{name} is no chapter. Chapters: {known}.")
        found += matching
    return found


def read(path):
    """Read a notebook; CourseError when it is none."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing.") from None
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise CourseError(f"{path} is no notebook ({reason}). Restore it from git or save it again.") from error


def write(nb, path):
    """Store a notebook whole or not at all."""
    with whole_file(path) as file:
        file.write((nbformat.writes(nb).rstrip("\n") + "\n").encode())


def code_cells(nb):
    """The code cells of a notebook, in their order."""
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def code_hash(nb):
    """SHA-256 of the code cells: tells whether stored outputs belong to the code."""
    code = "\0".join(cell.source for cell in code_cells(nb))
    return hashlib.sha256(code.encode()).hexdigest()


def name_runtime(nb):
    """Name Colab's runtime in the metadata; True when another or none was named."""
    attributes = nb.metadata.setdefault("colab", {}).setdefault("runtime_attributes", {})
    other = attributes.get("runtime_version") != RUNTIME
    attributes["runtime_version"] = RUNTIME
    return other


def environment(profile, data, trainings=None, minutes=math.inf, epochs=math.inf, half=False):
    """Environment variables for a kernel that runs a chapter.

    Parameters
    ----------
    profile : {"quick", "full"}
    data : str
        What `course.chapters.data.source` gives.
    trainings : path, optional
        Folder where trainings are kept and taken up again.
    minutes, epochs : float
        Stop each training after that time, or after so many epochs.
    half : bool
        Train with products in 16 bits.

    Raises
    ------
    CourseError
        If that is asked of trainings that are not kept, or not TensorFlow's.
    """
    if half and (not trainings or os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"):
        raise CourseError("--half is for trainings with TensorFlow that are kept. Leave out --fresh and KERAS_BACKEND.")
    ipython = ROOT / ".cache" / "ipython"
    startup = ipython / "profile_default" / "startup" / "00-course.py"
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(STARTUP.format(root=str(ROOT)))
    return {
        "COURSE_PROFILE": profile,
        "COURSE_DATA_SOURCE": data,
        "COURSE_TRAININGS": str(trainings or ""),
        "COURSE_MINUTES": str(minutes),
        "COURSE_EPOCHS": str(epochs),
        "COURSE_HALF": "1" if half else "",
        "IPYTHONDIR": str(ipython),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # On processors without AVX-512 oneDNN is off by default, and convolutions are up to ten times slower.
        "TF_ENABLE_ONEDNN_OPTS": "1",
        # ipykernel then leaves the kernel's own stderr alone: TensorFlow's C++ lines stay out of the outputs.
        "PYTEST_CURRENT_TEST": "1",
        "NO_COLOR": "",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # with another no figure is stored
    }


def peak_memory(pid):
    """The most memory that a process has had, in MB; None where the system does not tell (only Linux does, in /proc)."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 // 10**6
    except (OSError, TypeError):
        return None


def run(path, env, python=sys.executable, progress=lambda done, count, seconds: None):
    """Run a notebook alone, in an empty folder, as a reader would.

    Parameters
    ----------
    path : path
        The notebook. The file is left as it is.
    env : dict
        From `environment`.
    python : str
        Interpreter with an ipykernel.
    progress : callable
        Called with (cells done, cells, seconds) after each cell.

    Returns
    -------
    nb : nbformat.NotebookNode
        With outputs, and in ``metadata.course.memory`` the most memory that its kernel had, in MB.
    seconds : float

    Raises
    ------
    CourseError
        When a cell fails, writes to stderr or runs out of time. The notebook as far as it ran is
        kept beside the other temporary files, and the message says where.
    """
    nb, memory = read(path), None
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="course-") as empty:
        manager = AsyncKernelManager()
        manager.kernel_spec.argv[0] = str(python)
        client = NotebookClient(
            nb,
            km=manager,
            timeout=CELL_TIMEOUT[env["COURSE_PROFILE"]],
            startup_timeout=300,
            resources={"metadata": {"path": empty}},
            on_cell_executed=lambda cell, cell_index, **_: progress(
                cell_index + 1, len(nb.cells), time.perf_counter() - start
            ),
        )
        problem = None
        try:
            with (ROOT / ".cache" / "kernel.log").open("w") as log:  # what TensorFlow and the kernel say of themselves
                client.execute(env={**os.environ, **env}, cwd=empty, stderr=log)
        except CellExecutionError as error:
            problem = f"stopped with {error.ename}: {error.evalue.splitlines()[0] if error.evalue else ''}"
        except CellTimeoutError:
            problem = f"has a cell that took more than {CELL_TIMEOUT[env['COURSE_PROFILE']]} seconds"
        except (DeadKernelError, RuntimeError) as error:
            problem = f"lost its kernel ({error})"
        finally:  # nbclient leaves a manager that is not its own alone
            if manager.has_kernel:
                memory = peak_memory(manager.provisioner.pid)
                run_sync(manager.shutdown_kernel)(now=True)
    seconds = time.perf_counter() - start
    nb.metadata["course"] = nbformat.from_dict({**nb.metadata.get("course", {}), "memory": memory})
    for number, cell in enumerate(nb.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr" and not problem:
                problem = f"shows a warning in cell {number}: {output.text.strip().splitlines()[0]}"
        cell.get("metadata", {}).pop("execution", None)
    if problem:
        raise CourseError(f"{path} {problem}. As far as it ran: {set_aside(nb, path)}.")
    return nb, seconds


def set_aside(nb, path):
    """Write a notebook that is not to be stored at `path` into .cache/failed, under the same name; return that place."""
    failed = ROOT / ".cache" / "failed" / Path(path).name
    failed.parent.mkdir(parents=True, exist_ok=True)
    write(nb, failed)
    return failed


def run_copy(nb, name, env, progress=lambda done, count, seconds: None):
    """`run` a notebook that is no file, under a name for messages."""
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        write(nb, Path(folder) / name)
        return run(Path(folder) / name, env, progress=progress)


def stamp(nb, profile, seconds):
    """Note in the metadata what made the outputs."""
    nb.metadata["course"] = {
        "code": code_hash(nb),
        "profile": profile,
        "date": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "memory": nb.metadata.get("course", {}).get("memory"),
        "versions": {
            name: importlib.metadata.version(name) for name in ("keras", "numpy", "matplotlib", "scipy")
        },
    }
    name_runtime(nb)
    nb.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nb.metadata["language_info"] = {"name": "python"}
