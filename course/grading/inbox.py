"""The inbox: every file below the folder of hand-ins, and whose it is.

A platform writes the student into a name; where it does not, the folders that are people do. Nothing that a student
named is asked before what the platform or the teacher named.
"""

import datetime
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .. import CourseError
from . import handin
from .handin import HandIn, is_notebook, what

# How platforms name what they hand out. `id` and `name` are the student's, `time` the hand-in's. The first that fits
# most names of a level counts. The pattern is asked for the name without `.zip`; the shortest match wins.
PLATFORMS = {
    "moodle": r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_[a-z]+(_.*)?",  # mod/assign/locallib.php
    "canvas": r"(LATE_)?anon_(?P<id>[^\W_]+)_(\d+_.+|text\.html|link\.html)",  # lib/content_zipper.rb, anonymous
    "canvas ": r"(?P<name>\w+?)(_LATE)?_(?P<id>\d{3,})_(\d{3,}_.+|text\.html|link\.html)",
    "blackboard": r"(?P<id>.+?)_attempt_(?P<time>\d{4}(-\d\d?){5})([._].*)?",  # the assignment stands before the id
    "brightspace": r"(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<time>[^-]*\b\d{4}\b[^-]*?\d{3,4}( ?[AP]M)?)( - .*)?",
    "sakai": r"(?P<name>[^()]+, [^()]+)\((?P<id>[^()]+)\)",
    "ilias": r"(?P<name>[^_]+_[^_]+)_(?P<id>[^_]+)_\d+",  # last name, first name, login, number
    "gradescope": r"submission_(?P<id>\d+)",  # submission_metadata.yml says who that is
}
FOLDERS = {"sakai", "ilias", "gradescope"}  # their pattern is a folder's; a file of that name is not theirs
TIMES = ("%Y-%m-%d-%H-%M-%S", "%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %H%M", "%d %b, %Y %H%M", "%d %B %Y %H%M")
METADATA = "submission_metadata.yml"

# Names that are nobody's: what weeks, exercises and downloads are called, in the languages of those who wrote to us.
NOBODY = frozenset("""
    week woche semaine semana settimana hw homework hausaufgabe hausaufgaben exercise exercises ex exo übung übungen uebung
    ue blatt aufgabe serie sheet assignment assignments abgabe abgaben submission submissions submitted handin handins hand in
    ins lab labs tp td devoir devoirs tarea tareas práctica practica compito compiti opdracht task tasks project projekt unit
    module chapter kapitel lecture lesson session part topic download downloads export moodle canvas ilias gradescope
    blackboard brightspace sakai classroom drive file files data src code notebook notebooks untitled image images figures
    class course kurs cours curso students studenten alle all final solution answer answers new neu version copy done
    attachment wise sose of the and
    """.split())
COPY = re.compile(r"^(copy of|kopie von|kopie van|copia de|copia di|copie de|cópia de|kopia|копия)\s+"
                  r"|\s*(\(\d+\)|[-–] (copy|kopie|copie|copia))$", re.I)
JOINERS = "\u200c\u200d"  # characters without a shape of their own that names and emoji need
ENDINGS = re.compile(r"(\.(ipynb|txt|json|html?|zip|py|pdf))+$", re.I)
SKIPPED = re.compile(r"^(\.|__MACOSX$|~\$)|^(Thumbs\.db|desktop\.ini)$")
MEMBERS = 20_000  # files in one zip
NESTED = 3  # zips in one another
LOOKED_MB = 500  # unpacked from one file of the folder while looking for notebooks, zips in it included
SNIFFED = 4 * 2**20  # bytes of a file that is called otherwise than .ipynb
NAME = 255  # characters of a file's name, as on a disk; in a zip it may have 65,535, and patterns take their time
MOST = 100  # notebooks of one student; who hands in more keeps the grader busy for days
ZIP_ERRORS = (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, KeyError, zlib.error)


@dataclass
class Inbox:
    """Hand-ins and what a teacher should know of them.

    Attributes
    ----------
    items : list of HandIn
        One for each notebook, and one for each student who handed in other files alone.
    others : list of str
        Files beside a notebook, or of nobody. They are not graded.
    notes : list of str
        How the students were known, and where that is in doubt.
    """

    items: list
    others: list = field(default_factory=list)
    notes: list = field(default_factory=list)


@dataclass
class _Leaf:
    """One file: the parts of its path, where it lies, and what is known before it is read."""

    parts: list
    file: Path
    member: tuple = ()
    problem: str | None = None
    time: str = ""
    notebook: bool = False


def tidy(text):
    """A name as it is compared and shown: one form of Unicode, no control characters, no change of direction, nothing invisible."""
    text = "".join(f"\\x{ord(c) & 0xFF:02x}" if "\ud800" <= c <= "\udfff" else " " if unicodedata.category(c) == "Cc" else c
                   for c in unicodedata.normalize("NFC", str(text)) if c in JOINERS or unicodedata.category(c) != "Cf")
    return " ".join(text.split())


# Files ---------------------------------------------------------------------------------------------------------------


def _leaves(folder):
    """Every file below a folder; zips are opened where they lie, and zips in them."""
    found, budget = [], _Budget()
    handin.forget()

    def add(parts, file, member=(), problem=None, time="", read=None):
        leaf = _Leaf(parts, file, member, problem, time)
        leaf.notebook = ".ipynb" in parts[-1].lower() or (problem is None and _holds_notebook(read, budget))
        found.append(leaf)

    def walk(here, parts):
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            return found.append(_Leaf(parts, here, problem=f"the folder cannot be opened ({error.strerror})", notebook=True))
        for entry in entries:
            path, inner = Path(entry.path), [*parts, entry.name]
            budget.renew()
            if SKIPPED.match(entry.name):
                continue
            about = entry.stat(follow_symlinks=False)
            time = datetime.datetime.fromtimestamp(about.st_mtime).isoformat(timespec="seconds")
            if stat.S_ISDIR(about.st_mode):
                walk(path, inner)
            elif not stat.S_ISREG(about.st_mode):
                add(inner, path, problem="it is a link or a special file, no notebook", time=time)
            elif path.suffix.lower() == ".zip":
                unzip(lambda path=path: zipfile.ZipFile(path), inner, path, (), time)
            else:
                add(inner, path, time=time, read=lambda path=path: path.open("rb"))

    def unzip(opened, parts, path, member, time):
        try:
            with opened() as archive:
                budget.take_entries(len(archive.infolist()))
                entries = [(number, _zip_parts(info), info) for number, info in enumerate(archive.infolist())]
                entries = [entry for entry in entries if entry[1] and not any(SKIPPED.match(part) for part in entry[1])]
                problem = ("the zip file holds no file" if not entries else "it is a zip in a zip in a zip" if len(member) >= NESTED else None)
                if problem:
                    return found.append(_Leaf(parts, path, member, problem, time, notebook=True))
                for number, names, info in sorted(entries, key=lambda entry: entry[1]):
                    inner, place = [*parts, *names], (*member, number)
                    try:
                        changed = datetime.datetime(*info.date_time).isoformat(timespec="seconds")
                    except ValueError:
                        changed = time
                    if stat.S_ISLNK(info.external_attr >> 16):
                        add(inner, path, place, "it is a link or a special file, no notebook", changed)
                    elif names[-1].lower().endswith(".zip"):
                        unzip(lambda info=info: zipfile.ZipFile(_inner_zip(archive, info, budget)), inner, path, place, changed)
                    else:
                        add(inner, path, place, time=changed, read=lambda info=info: archive.open(info))
        except ZIP_ERRORS as error:
            found.append(_Leaf(parts, path, member, f"the zip file cannot be opened ({error})", time, notebook=True))

    walk(folder, [])
    return found


def _zip_parts(info):
    """Parts of a member's name, none for a folder. Windows writes backslashes, macOS UTF-8 without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    name = name.replace("\\", "/")
    return [] if name.endswith("/") else [part[:NAME] for part in name.split("/") if part not in ("", ".", "..")]


class _Budget:
    """What looking into one file of the folder may cost: a few kilobytes of a zip can become hours of unpacking."""

    def renew(self):
        self.bytes, self.entries = LOOKED_MB * 2**20, MEMBERS

    def take(self, count):
        self.bytes -= count
        if self.bytes < 0:
            raise ValueError(f"it unpacks to more than {LOOKED_MB} MB")

    def take_entries(self, count):
        self.entries -= count
        if self.entries < 0:
            raise ValueError(f"it holds more than {MEMBERS:,d} files")


def _inner_zip(archive, info, budget):
    with archive.open(info) as file:
        data = file.read(budget.bytes + 1)
    budget.take(len(data))
    return io.BytesIO(data)


def _holds_notebook(read, budget):
    """Whether a file of another name holds a notebook: a browser saves it as .txt, .json or .html."""
    try:
        with read() as file:
            head = file.read(100)
            if head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t")[:1] != b"{":
                return False
            data = file.read(SNIFFED)
        budget.take(len(data))
        return is_notebook(head + data)
    except ZIP_ERRORS:
        return False


# People --------------------------------------------------------------------------------------------------------------


def _stem(name, folder=False):
    """A name without its endings and marks of a copy."""
    old, name = None, ENDINGS.sub("", name) if not folder else re.sub(r"\.zip$", "", name, flags=re.I)
    while name != old:
        old, name = name, COPY.sub("", name).strip()
    return name


class _Sorter:
    """Gives each file its owner: (student, full name, platform, time), or None for nobody's."""

    def __init__(self, exercises):
        self.owners, self.notes, self.unnamed = {}, [], []
        self.known = {}  # files by how they were known
        names = [r"[\s_-]+".join(re.findall(r"\w+", name)) for name in exercises]
        self.exercises = re.compile("|".join(names) or r"(?!)", re.I)
        self.words = NOBODY | {word for name in exercises for word in re.findall(r"[^\W\d_]+", name.casefold())}

    def nobody(self, name):
        """Whether a name is that of a week, an exercise or a download rather than a person's."""
        words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", _stem(name)).casefold())
        number = len(re.sub(r"\D", "", name))  # a matriculation number is somebody's
        return all(word in self.words for word in words) and not re.search(r"\d{5}", name) and (bool(words) or number < 3)

    def platform(self, groups, depth):
        """The platform whose pattern fits most names of a level, and its matches."""
        names = {name: leaves for name, leaves in groups.items() if any(leaf.notebook for leaf in leaves)} or groups
        for platform, pattern in PLATFORMS.items():
            matches = {name: match for name, leaves in groups.items()
                       if (platform not in FOLDERS or len(leaves[0].parts) > depth + 1)
                       and (match := re.fullmatch(pattern, re.sub(r"\.zip$", "", unicodedata.normalize("NFC", name), flags=re.I), re.S))}
            people = {match.groupdict().get("name", match["id"]) for match in matches.values()}
            one_number = len(people) > 1 and len({match["id"] for match in matches.values()}) == 1  # a date, say
            if not one_number and 2 * sum(name in matches for name in names) >= max(1, len(names)) and matches:
                return platform.strip(), matches
        return None, {}

    def sort(self, leaves, depth=0, above=""):
        """Owners of files that share the first `depth` parts of their paths."""
        groups = {}
        for leaf in leaves:
            groups.setdefault(leaf.parts[depth], []).append(leaf)
        platform, matches = self.platform(groups, depth)
        if platform:
            self._platform(platform, matches, groups, leaves, depth)
            groups = {name: found for name, found in groups.items() if name not in matches}
        folders = {name: found for name, found in groups.items() if len(found[0].parts) > depth + 1}
        files = {name: found[0] for name, found in groups.items() if name not in folders}
        alone = len(folders) == 1 and not any(leaf.notebook for leaf in files.values()) and not platform
        weeks = self._weeks(folders, depth)
        downloads = {name: found for name, found in folders.items() if self._download(found, depth + 1)}
        if not alone and len(downloads) < len(folders):  # a student may call his files as a platform would
            self.notes += [f"{name} looks like a download, but stands beside other hand-ins. If it is one, put it into a folder of its own."
                           for name in downloads if not self.nobody(name)]
            downloads = {}
        prefix = self._classroom(folders, above)
        for name, found in folders.items():
            if not prefix and (name in downloads or weeks or self.nobody(name) or alone and self._wraps(found, depth + 1)):
                self.sort(found, depth + 1, name)
            else:
                student = _stem(name, folder=True).removeprefix(prefix)
                self._own(found, student, "", "", "GitHub Classroom's names" if prefix else "folders")
        for name, leaf in files.items():
            if not leaf.notebook and (folders or platform):
                continue  # a list or a page of the platform, nobody's
            student = self.exercises.sub("", _stem(name)).strip(" -_")
            if self.nobody(student):
                self.unnamed.append("/".join(leaf.parts))
                student = "/".join([*leaf.parts[:-1], ENDINGS.sub("", name)])
            self._own([leaf], student, "", "", "names of files")

    def _download(self, leaves, depth):
        """Whether a platform named all that stands in a folder, and several students."""
        below = {}
        for leaf in leaves:
            below.setdefault(leaf.parts[depth], []).append(leaf)
        _, matches = self.platform(below, depth)
        return len({match["id"] for match in matches.values()}) > 1 and all(
            name in matches for name, found in below.items() if any(leaf.notebook for leaf in found))

    def _wraps(self, leaves, depth):
        """Whether a folder that is the only one holds people rather than being one."""
        below = {leaf.parts[depth] for leaf in leaves}
        if len(below) == 1 and len(leaves[0].parts) > depth + 1:
            return self.nobody(*below) or self._download(leaves, depth + 1) or self._wraps(leaves, depth + 1)
        return len(self._people(leaves, depth)) > 1

    def _people(self, leaves, depth, folders=False):
        """Names of a level that hold a notebook and may be people's."""
        return {leaf.parts[depth] for leaf in leaves if leaf.notebook and len(leaf.parts) > depth + folders
                and not self.nobody(self.exercises.sub("", _stem(leaf.parts[depth])))}

    def _weeks(self, folders, depth):
        """Whether folders differ in a number alone, as weeks do, and hold people. (As students do: s1234, student1.)"""
        stems = {re.sub(r"\d+", "", name) for name in folders}
        stem = re.sub(r"[\W_]+", "", min(stems, default="")).casefold()
        return (len(folders) > 1 == len(stems) and len(stem) > 3 and not re.match("stud|user|anon|parti|group|gr[ou]p|team|cand|kand", stem)
                and any(len(self._people(found, depth + 1, folders=True)) > 1 for found in folders.values()))

    def _classroom(self, folders, above):
        """What GitHub Classroom writes before each login: the assignment's name, the same for all."""
        named = re.sub("-submissions$", "-", above)
        if named != above and folders and all(name.startswith(named) for name in folders):
            return named
        prefix = os.path.commonprefix(list(folders)) if len(folders) > 1 else ""
        prefix = prefix[: prefix.rfind("-") + 1]
        return prefix if prefix and self.nobody(prefix) and all(len(name) > len(prefix) for name in folders) else ""

    def _platform(self, platform, matches, groups, leaves, depth):
        before = ""
        if platform == "blackboard":  # the name of the assignment may hold underscores, and so may a login
            before = os.path.commonprefix([match["id"] for match in matches.values()])
            ids = {match["id"] for match in matches.values()}
            before = before[: before.rfind("_") + 1] if len(ids) > 1 else next(iter(ids))[: next(iter(ids)).rfind("_") + 1]
        submitters = _submitters(leaves, depth) if platform == "gradescope" else {}
        for name, match in matches.items():
            found = match.groupdict()
            person = found["id"].removeprefix(before), (found.get("name") or "").replace("_", " " if platform == "ilias" else "_")
            for student, full_name in submitters.get(name) or [person]:
                self._own(groups[name], student, full_name, platform, f"{platform.title()}'s names", _time(found.get("time")))

    def _own(self, leaves, student, full_name, platform, how, time=""):
        for leaf in leaves:
            self.owners.setdefault(id(leaf), []).append((tidy(student), tidy(full_name), platform, time or leaf.time))
        self.known.setdefault(how, set()).add(tidy(student))


def _submitters(leaves, depth):
    """Gradescope's list of who handed in which folder: {folder: [(student, full name), ...]}; groups have several."""
    for leaf in leaves:
        if leaf.parts[depth:] == [METADATA]:
            try:
                said = yaml.safe_load(HandIn("", "", "", "", leaf.file, leaf.member).bytes(20 * 2**20))
                return {folder: [(_text(one.get(":sid") or one.get(":email") or one[":name"]), _text(one.get(":name", "")))
                                 for one in about[":submitters"]] for folder, about in said.items()}
            except (ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError, RecursionError):
                break
    return {}


def _text(value):
    """A text or a number as text; TypeError for lists, which YAML can make as large as it likes."""
    if not isinstance(value, (str, int)):
        raise TypeError
    return str(value)[:NAME]


def _time(text):
    """A time from a platform's name in ISO form, or "" when it is written in another way."""
    for form in TIMES if text else ():
        try:
            return datetime.datetime.strptime(text, form).isoformat(timespec="seconds")
        except ValueError:
            continue
    return ""


def find(folder, exercises=(), student_from=None):
    """Every hand-in below a folder.

    Parameters
    ----------
    folder : path
    exercises : iterable of str
        Their names, such as ``"05-feature-maps"``: these are nobody's.
    student_from : str, optional
        Regular expression that finds the student in a path; its group `student`, else its first, else all of it. A
        group `name` is the full name.

    Returns
    -------
    Inbox

    Raises
    ------
    CourseError
        When the folder is none or holds no file, or the expression is none or finds nobody.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder. Name the folder with the hand-ins.")
    leaves = _leaves(folder)
    if not leaves:
        raise CourseError(f"{folder} holds no file. Put the hand-ins there, as files, folders or the zip of an LMS.")
    sorter = _Sorter(list(exercises))
    if student_from is None:
        sorter.sort(leaves)
    else:
        _by_expression(sorter, leaves, student_from)
    return _inbox(leaves, sorter)


def _by_expression(sorter, leaves, student_from):
    try:
        pattern = re.compile(student_from)
    except re.error as error:
        raise CourseError(f"--student-from {student_from} is no regular expression ({error}).") from None
    missed = []
    for leaf in leaves:
        path = unicodedata.normalize("NFC", "/".join(leaf.parts))
        if match := pattern.search(path):
            student = match["student"] if "student" in pattern.groupindex else match[1] if pattern.groups else match[0]
            name = match["name"] if "name" in pattern.groupindex else ""
            sorter._own([leaf], student or path, name or "", "", "--student-from")
        elif leaf.notebook:
            missed.append(path)
            sorter._own([leaf], path, "", "", "paths")
    if "--student-from" not in sorter.known:
        raise CourseError(f"--student-from {student_from} finds nobody in paths such as {'/'.join(leaves[0].parts)}.")
    if missed:
        sorter.notes.append(f"--student-from does not fit {few(missed)}; these stand under their paths.")


def few(names, most=3):
    """A list for a sentence: the first ones, and how many more."""
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _what(item):
    try:
        return f"it is {what(item.head()) or 'no notebook'}"
    except ZIP_ERRORS as error:
        return f"it cannot be read ({error})"


def _inbox(leaves, sorter):
    """Hand-ins: notebooks, and one for each student who has none."""
    inbox, without, taken = Inbox([], notes=sorter.notes), {}, {}
    owners = {id(leaf): list(dict.fromkeys(sorter.owners.get(id(leaf), []))) for leaf in leaves}
    have = {owner[0] for leaf in leaves if leaf.notebook for owner in owners[id(leaf)]}
    for leaf in sorted(leaves, key=lambda leaf: leaf.parts):
        path = "/".join(leaf.parts)
        taken[path] = taken.get(path, 0) + 1  # a zip may hold one name twice
        path += f" [{taken[path]}]" if taken[path] > 1 else ""
        mine = [owner for owner in owners[id(leaf)] if leaf.notebook or owner[0] not in have]
        for student, full_name, platform, time in mine:
            item = HandIn(path, student, full_name, platform, leaf.file, leaf.member, leaf.problem, time)
            if leaf.notebook:
                inbox.items.append(item)
            else:
                without.setdefault(student, []).append(item)
        if not mine:
            inbox.others.append(path)
    for items in without.values():
        first = items[0]
        names = few([item.path for item in items]) if len(items) > 1 else ""
        problem = f"there is no notebook, only {names}" if names else first.problem or _what(first)
        inbox.items.append(HandIn(first.path, first.student, first.full_name, first.lms, first.file, first.member, problem, first.time))
    by_student = {}
    for item in sorted(inbox.items, key=lambda item: (item.time, item.path)):
        by_student.setdefault(item.student, []).append(item)
    if busy := {student: found for student, found in by_student.items() if len(found) > MOST}:
        inbox.notes.append(f"More than {MOST} notebooks, of which the last {MOST} are graded: {few(busy)}.")
        dropped = {id(item) for found in busy.values() for item in found[:-MOST]}
        inbox.others += [item.path for item in inbox.items if id(item) in dropped]
        inbox.items = [item for item in inbox.items if id(item) not in dropped]
    inbox.items.sort(key=lambda item: (item.path, item.student))
    names = {}
    for item in inbox.items:
        names.setdefault(item.student, {}).setdefault(item.full_name.casefold(), item.full_name)
    known = ", ".join(f"{len(people)} by {how}" for how, people in sorted(sorter.known.items()))
    inbox.notes.insert(0, f"Students: {known or 'none'}.")
    inbox.notes += [f"{student} has two names: {few(found.values())}. Are these two people?"
                    for student, found in names.items() if len(found) > 1]
    if sorter.unnamed:
        inbox.notes.append(f"Named after no student: {few(sorter.unnamed)}. Such hand-ins stand under their files' names; "
                           "--student-from tells where the student is.")
    if inbox.others:
        inbox.notes.append(f"Not graded, {len(inbox.others)} in number: {few(inbox.others)}.")
    return inbox
