"""Hand-ins as files: find them, tell whose they are, read them whatever was done to them."""

import json
import os
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import nbformat

from .. import CourseError

MOODLE = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_\w*?(?:_(?P<file>.*))?$")
CANVAS = re.compile(r"^(?P<name>[^_]+)(?:_LATE)?_(?P<id>\d+)_\d+_.+$")
SKIPPED = re.compile(r"^(\.|__MACOSX$|~\$)|^(Thumbs\.db|desktop\.ini)$")
MEMBERS = 20_000  # files in one zip


class Unreadable(ValueError):
    """A hand-in that is no notebook; the text is the reason for the teacher's table."""


@dataclass(frozen=True)
class HandIn:
    """One file.

    Attributes
    ----------
    path : str
        Relative to the folder of hand-ins; members of a zip follow its name.
    student, full_name, lms : str
        Id in an LMS name, the name there, and which LMS it is; else the folder or the file's name, and "".
    file : Path
        On disk, the zip for a member of one.
    member : str or None
    problem : str or None
        Why it cannot be read, as far as that is known before reading.
    """

    path: str
    student: str
    full_name: str
    lms: str
    file: Path
    member: str | None = None
    problem: str | None = None

    def bytes(self, limit):
        """Content, at most `limit` bytes; Unreadable with a reason."""
        if self.problem:
            raise Unreadable(self.problem)
        try:
            if self.member is None:
                handle = os.open(self.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                with os.fdopen(handle, "rb") as file:
                    data = file.read(limit + 1)
            else:
                with zipfile.ZipFile(self.file) as archive, archive.open(self.member) as file:
                    data = file.read(limit + 1)
        except (OSError, RuntimeError, NotImplementedError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
            raise Unreadable(f"it cannot be read ({error})") from None
        if len(data) > limit:
            raise Unreadable(f"it is larger than {limit // 2**20} MB")
        return data


def owner(parts):
    """Student, full name and LMS from the parts of a path below the folder of hand-ins."""
    for part in parts:
        for lms, pattern in (("moodle", MOODLE), ("canvas", CANVAS)):
            if match := pattern.match(part):
                return match["id"], match["name"], lms
    return (parts[0] if len(parts) > 1 else Path(parts[0]).stem), "", ""


def find(folder):
    """Every file below a folder, zip files opened, in the order of their paths.

    Parameters
    ----------
    folder : path

    Returns
    -------
    list of HandIn

    Raises
    ------
    CourseError
        When the folder is none or holds no file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder. Name the folder with the hand-ins.")
    found = []

    def add(parts, file, member=None, problem=None):
        found.append(HandIn("/".join(parts), *owner(parts), file, member, problem))

    def walk(here, parts):
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            return add(parts, here, problem=f"the folder cannot be opened ({error.strerror})")
        for entry in entries:
            path, inner = Path(entry.path), [*parts, entry.name]
            if SKIPPED.match(entry.name):
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                walk(path, inner)
            elif not stat.S_ISREG(mode):
                add(inner, path, problem="it is a link or a special file, no notebook")
            elif path.suffix.lower() == ".zip":
                unzip(path, parts)
            elif path.suffix.lower() == ".ipynb":
                add(inner, path)
            else:
                add(inner, path, problem="it is no .ipynb file")

    def unzip(path, parts):
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            return add([*parts, path.name], path, problem=f"the zip file cannot be opened ({error})")
        names = [[p for p in m.filename.split("/") if p not in ("", ".", "..")] for m in members if not m.is_dir()]
        names = [n for n in names if n and not any(SKIPPED.match(p) for p in n)]
        if not names or len(names) > MEMBERS:
            return add([*parts, path.name], path, problem="the zip file holds no notebook" if not names else "the zip file holds too many files")
        # A download of the whole class has a folder or an LMS name for each student; a student's own zip is one work.
        class_download = not parts and (len({n[0] for n in names if len(n) > 1}) > 1 or any(owner(n)[2] for n in names))
        for member in sorted((m for m in members if not m.is_dir()), key=lambda m: m.filename):
            inner = [p for p in member.filename.split("/") if p not in ("", ".", "..")]
            if not inner or any(SKIPPED.match(p) for p in inner):
                continue
            student, full_name, lms = owner(inner if class_download else [*parts, path.stem, *inner])
            problem = None if member.filename.lower().endswith(".ipynb") else "it is no .ipynb file"
            found.append(HandIn("/".join([*parts, path.name, *inner]), student, full_name, lms, path, member.filename, problem))

    walk(folder, [])
    if not found:
        raise CourseError(f"{folder} holds no file. Put the hand-ins there, as files, folders or the zip of an LMS.")
    return sorted(found, key=lambda handin: handin.path)


def decode(data):
    """Text of a notebook: UTF-8 with or without mark, UTF-16, else Latin-1."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:4]:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def code_cells(data):
    """Sources of the code cells of a notebook.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    list of str

    Raises
    ------
    Unreadable
    """
    if not data.strip(b"\0 \r\n\t"):
        raise Unreadable("the file is empty")
    try:
        nb = json.loads(decode(data))
        if isinstance(nb, dict) and nb.get("nbformat", 4) < 4:
            nb = nbformat.convert(nbformat.from_dict(nb), 4)
        cells = [cell["source"] for cell in nb["cells"] if cell["cell_type"] == "code"]
        return ["".join(source) if isinstance(source, list) else str(source) for source in cells]
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is no JSON ({error.msg}, line {error.lineno}): the file is cut off or damaged") from None
    except RecursionError:
        raise Unreadable("it is nested too deep to be a notebook") from None
    except Exception as error:  # nbformat raises whatever it stumbles over
        raise Unreadable(f"it is JSON, but no notebook ({type(error).__name__}: {str(error)[:80]})") from None


def defined(cells):
    """Names that the cells define or assign at the start of a line."""
    return {a or b for source in cells for a, b in re.findall(r"^(?:async[ \t]+)?(?:def[ \t]+(\w+)|(\w+)[ \t]*=)", source, re.M)}


def identify(cells, exercises):
    """Name of the exercise whose functions a notebook defines; None when it defines none.

    Parameters
    ----------
    cells : list of str
    exercises : dict
        From `tasks.exercises`.
    """
    names = defined(cells)
    counts = {name: sum(task.name in names for task in tasks) for name, tasks in exercises.items()}
    best = max(counts, key=counts.get)
    return best if counts[best] else None
