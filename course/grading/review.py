"""What a teacher must look at: why a task was not judged, in the words of the row, and phrases that a student understands."""

import re

from .handin import defined
from .inbox import tidy

STUDENTS_OWN = ("NotImplementedError", "AssertionError")  # an open task, and a check that failed
NOT_JUDGED = re.compile(r"it is not defined|no answer came|it raises (ModuleNotFoundError|ImportError)\b")
IN_WANT = re.compile(r"it raises (NameError|FileNotFoundError|NotADirectoryError|URLError|HTTPError|ConnectionError)\b")
TEXTS = ("ModuleNotFoundError", "ImportError", "FileNotFoundError", "NameError", "SyntaxError")  # whose text says what is missing
NO_DATA = "it returns or holds \\1; asked for are numbers, text, lists, dicts or arrays"
PHRASES = (  # what the sandbox says, and how it is told
    (re.compile(r"it raises NotPlain: it is or holds (an? [^()]+?)(?= \(|$)"), NO_DATA),
    (re.compile(r"(it raises )?NotPlain: it is (larger than|nested)"), r"what it returns is \2"),
    (re.compile(r"^NotPlain: it is or holds (.*)"), NO_DATA),
)


def phrase(problem):
    """A problem in words for the student."""
    for pattern, words in PHRASES:
        problem = pattern.sub(words, problem)
    return tidy(problem)


def _error(cell):
    kind, text, _ = cell["error"]
    kind = kind if re.fullmatch(r"[A-Za-z_]\w{0,60}", kind) else "an error"  # whoever names it may name it a mark
    text = " ".join(str(text).split())[:120] if kind in TEXTS else ""
    return f"code cell {cell['cell'] + 1} raises {kind}" + (f" ({text})" if text else "")


def _misses(cell, names):
    """Whether a cell only says that a task is not defined: a check that has nothing to check."""
    return cell["error"][0] == "NameError" and any(f"'{name}'" in cell["error"][1] for name in names)


def review(result, also=(), touched=()):
    """A result with what kept a task from being judged.

    A task without points needs review when there was nothing to judge (it is not defined, or it misses a module), when it
    misses a name or a file after a cell that stopped early, or when an older version was judged because the cell with the
    new one stopped early. A slip in the function itself is a mistake like others.

    Parameters
    ----------
    result : dict
        From `grade.outcome`.
    also, touched : iterable of str
        Other exercises in the same notebook: judged in rows of their own; not judged.

    Returns
    -------
    dict
        A copy; ``status``, ``reason`` and the problems of tasks may differ.
    """
    if result["status"] not in ("ok", "needs review"):
        return result | {"reason": tidy(result["reason"])}  # names in a damaged zip, say
    stopped = [cell for cell in result["cells"] if cell["error"] and cell["error"][0] not in STUDENTS_OWN]
    rows, lost, causes = [], [], []
    for row in result["tasks"]:
        row = row | {"problem": row["problem"] and phrase(row["problem"])}
        rows.append(row)
        if not row["problem"]:
            continue
        mine = [cell for cell in result["cells"] if row["name"] in defined([cell["source"]])]  # the last that ran to its end counts
        older = row["problem"] == "not answered" or len(mine) > 1
        mine = [cell for cell in mine if cell in stopped]
        if mine and older or NOT_JUDGED.match(row["problem"]) or stopped and IN_WANT.match(row["problem"]):
            lost.append(row["name"])
            causes += [cell for cell in mine or stopped if cell not in causes]
    reasons = [result["reason"]] if result["reason"] else []
    if lost:
        because = [_error(cell) for cell in sorted(causes, key=lambda cell: cell["cell"]) if not _misses(cell, lost)][:4]
        told = tuple(f"code cell {cell['cell'] + 1} raises " for cell in stopped if cell in causes or _misses(cell, lost))
        others = [part for part in result["reason"].split("; ") if part and not part.startswith(told)]
        problems = {row["name"]: row["problem"] for row in rows}
        said = [f"{name} was not judged ({problems[name]})" for name in lost[:5]]
        reasons = [*said, *because, *others]
    if also:
        reasons.append(f"the notebook also holds {', '.join(also)}, in a row of its own")
    if touched:
        reasons.append(f"the notebook defines functions of {', '.join(touched)}, which were not judged")
    status = "needs review" if lost or touched else result["status"]
    return result | {"tasks": rows, "reason": tidy("; ".join(reasons)), "status": status}
