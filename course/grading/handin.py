"""Hand-ins as content: read them whatever was done to them, and say what they are. `inbox` finds them."""

import functools
import io
import json
import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

# What a file is that is no notebook, by how it begins; the first that fits counts.
KINDS = (
    (rb"\s*version https://git-lfs", "a pointer of Git LFS; the notebook itself was never uploaded"),
    (rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)", "a web page, a log-in page or an export say"),
    (rb"<{7} ", "text with a merge conflict of Git (lines that begin with <<<<<<< and >>>>>>>)"),
    (rb"\s*(\[InternetShortcut\]|\{?\s*(\"\w+\":\s*)?\"?https?://\S+\s*(\}|$|\"))", "a link; the notebook itself was not handed in"),
    (rb"PK\x03\x04", "a zip file under another name"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ", "an archive that is no zip; hand in the .ipynb itself, or a zip"),
    (rb"%PDF", "a PDF"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP", "a picture"),
    (rb"\xd0\xcf\x11\xe0", "an Office document"),
    (rb"\s*(#[^\n]*\n\s*)*(import|from|def|class|@\w+|\"\"\"|%|print\()", "Python code, no notebook; hand in the .ipynb"),
    (rb"\s*#", "text, no notebook"),
)


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
        Id and name as `inbox.find` knows them, and the platform that wrote them, else "".
    file : Path
        On disk, the zip for a member of one.
    member : tuple of int
        Number of the entry in the zip, and in the zip within it.
    problem : str or None
        Why it cannot be read, as far as that is known before reading.
    time : str
        When it was handed in, in ISO form: from the platform's name, else from the zip or the file.
    """

    path: str
    student: str
    full_name: str
    lms: str
    file: Path
    member: tuple = ()
    problem: str | None = None
    time: str = ""

    def bytes(self, limit):
        """Content, at most `limit` bytes; Unreadable with a reason."""
        if self.problem:
            raise Unreadable(self.problem)
        try:
            data = self.head(limit + 1)
        except (OSError, RuntimeError, NotImplementedError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
            raise Unreadable(f"it cannot be read ({error})") from None
        if len(data) > limit:
            raise Unreadable(f"it is larger than {limit // 2**20} MB")
        return data

    def head(self, size=4096):
        """Its first bytes, as they are."""
        if not self.member:
            handle = os.open(self.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                return file.read(size)
        archive = _archive(self.file, self.member[:-1])
        with archive.open(archive.infolist()[self.member[-1]]) as file:
            return file.read(size)


@functools.lru_cache(maxsize=2)
def _archive(file, members):
    """A zip, or one in it, open. The last ones are kept: what stands in a zip within a zip is unpacked once for all its files."""
    if not members:
        return zipfile.ZipFile(file)
    outer = _archive(file, members[:-1])
    return zipfile.ZipFile(io.BytesIO(outer.read(outer.infolist()[members[-1]])))


def forget():
    """Close the zips that are kept open: the files may have changed."""
    _archive.cache_clear()


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


def what(data):
    """What a file is that is no notebook, in words; None when it is none of the usual things."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = decode(data).encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    conflict = re.search(rb"^<{7} [^\n]*\n", data, re.M)
    start = conflict.start() if conflict else 0
    return next((words for pattern, words in KINDS if re.match(pattern, data[start:start + 4096], re.I | re.S)), None)


def is_notebook(data):
    """Whether the content is a notebook's, whatever the file is called."""
    text = decode(data)
    return text.lstrip().startswith("{") and ('"cells"' in text and '"cell_type"' in text or '"worksheets"' in text)


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
        if nb.get("nbformat", 4) < 4:  # of IPython's years; nbformat would take gigabytes to convert a file of 30 MB
            cells = [cell.get("input", cell.get("code", "")) for sheet in nb.get("worksheets", [nb]) for cell in sheet["cells"]
                     if cell["cell_type"] == "code"]
        else:
            cells = [cell["source"] for cell in nb["cells"] if cell["cell_type"] == "code"]
        return ["".join(source) if isinstance(source, list) else str(source) for source in cells]
    except json.JSONDecodeError as error:
        if kind := what(data):
            raise Unreadable(f"it is {kind}") from None
        raise Unreadable(f"it is no JSON ({error.msg}, line {error.lineno}): the file is cut off or damaged") from None
    except RecursionError:
        raise Unreadable("it is nested too deep to be a notebook") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # it has another form
        if kind := what(data):
            raise Unreadable(f"it is {kind}") from None
        raise Unreadable(f"it is JSON, but no notebook ({type(error).__name__}: {str(error)[:80]})") from None


def contents(data):
    """`code_cells` for `judging.bounded`: yields the list, or the text of an Unreadable. (30 MB of JSON may become gigabytes.)"""
    try:
        yield code_cells(data)
    except Unreadable as error:
        yield str(error)
    except MemoryError:
        yield "reading it takes too much memory"


def defined(cells):
    """Names that the cells define or assign at the start of a line."""
    return {a or b for source in cells for a, b in re.findall(r"^(?:async[ \t]+)?(?:def[ \t]+(\w+)|(\w+)[ \t]*=)", source, re.M)}


def identify(cells, exercises):
    """Exercises whose functions a notebook defines, and those of which it defines a few.

    Parameters
    ----------
    cells : list of str
    exercises : dict
        From `tasks.exercises`.

    Returns
    -------
    judged : list of str
        The exercise of which it defines most, first, and others of which it defines at least half.
    touched : list of str
        Others of which it defines some.
    """
    names = defined(cells)
    shares = {name: (sum(task.name in names for task in tasks), len(tasks)) for name, tasks in exercises.items()}
    found = sorted((name for name in shares if shares[name][0]), key=lambda name: -shares[name][0])
    judged = [name for name in found if name == found[0] or 2 * shares[name][0] >= shares[name][1]]
    return judged, [name for name in found if name not in judged]


def named(path, exercises):
    """Exercise that a file is called after, for one that cannot be read; "" when that cannot be told."""
    words = re.sub(r"[\W_]+", "-", path.casefold())
    found = [name for name in exercises if re.sub(r"[\W_]+", "-", name) in words]
    return found[0] if len(found) == 1 else next(iter(exercises)) if len(exercises) == 1 else ""
