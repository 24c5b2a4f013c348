"""Exercises from solutions: answers taken out, nothing else changed."""

import copy
import difflib
import re

from .. import ROOT, CourseError
from . import notebook, rules

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def strange(source, code):
    """Lines that look like a marker and are none: misspelt, not alone in its line, of another kind, or in a text cell.

    Parameters
    ----------
    source : str
    code : bool
        Whether it is code; there a line of capitals behind three hashes counts too.
    """
    found = []
    for line in source.splitlines():
        clauses = [re.findall(r"\w+", clause) for clause in re.split("[,.;]", line.upper())]
        pairs = [pair for words in clauses for pair in zip(words, words[1:])]
        alike = any(difflib.get_close_matches(first, ("BEGIN", "END", "START", "STOP"), 1, 0.66)
                    and difflib.get_close_matches(second, ("SOLUTION", "SOLUTIONS"), 1, 0.7) for first, second in pairs)
        joined = any(re.fullmatch(r"(BEGIN|END|START|STOP)_?SOLUTIONS?", word) for words in clauses for word in words)
        shouts = code and re.match(r"\s*###\s*[A-Z][A-Z ]+$", line)
        if (alike and ("#" in line or not code) or joined or shouts) and not (code and line.strip() in (BEGIN, END)):
            found.append(line.strip())
    return found


def strip(source, where):
    """Replace each answer in a cell by a line that raises NotImplementedError.

    Parameters
    ----------
    source : str
        Code of a cell of a solution.
    where : str
        Names the cell in messages.

    Returns
    -------
    code : str
    answer : list of str
        The lines that were taken out, without their indentation.

    Raises
    ------
    CourseError
        When markers do not come in pairs.
    """
    code, answer, inside, name = [], [], False, "this"
    for line in source.splitlines():
        if match := re.match(r"\s*def (\w+)", line):
            name = name if inside else match[1]
        mark = line.strip()
        if mark in (BEGIN, END):
            if inside == (mark == BEGIN):
                raise CourseError(f"{where}: {mark} without its partner. Put the markers in pairs.")
            inside = mark == BEGIN
            if inside:
                indent = line[: len(line) - len(line.lstrip())]
                code.append(f'{indent}raise NotImplementedError("Write {name} here.")')
        elif inside:
            answer.append(line.strip())
        else:
            code.append(line)
    if inside:
        raise CourseError(f"{where}: {BEGIN} without its partner. Put the markers in pairs.")
    return "\n".join(code), answer


def exercise(solution, name):
    """The notebook that students get.

    Parameters
    ----------
    solution : nbformat.NotebookNode
        Left as it is.
    name : str
        File name, for messages.

    Raises
    ------
    CourseError
        When markers are unbalanced, unknown or in a text cell, nothing is taken out, or an answer stays somewhere.
    """
    nb = copy.deepcopy(solution)
    answers, given = [], []  # lines of each answer; cells that show faulty code share lines with the mended one
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{number:02d}"
        if lines := strange(cell.source, cell.cell_type == "code"):
            raise CourseError(f"{name}, cell {number}: {lines[0]!r} is no marker that the release knows. In a code cell write {BEGIN} and "
                              f"{END}, each alone in its line; in a text cell it can hide nothing.")
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        if BEGIN in cell.source or END in cell.source:
            cell.source, answer = strip(cell.source, f"{name}, cell {number}")
            answers.append({line for line in answer if len(line) > 12 and not line.startswith("#")})
            cell.outputs, cell.execution_count = [], None
        if "given" in tags:
            given.append(number)
        if "check" in tags:
            cell.metadata["tags"] = [*tags, "raises-exception"]  # until the task is answered
            cell.outputs, cell.execution_count = [], None  # other cells do in the exercise what they do in the solution
    if not any(answers):
        raise CourseError(f"{name} has no answer between {BEGIN} and {END}.")
    for number, cell in enumerate(nb.cells):
        lines = {line.strip() for line in cell.source.splitlines()}
        for answer in answers:
            leaked = answer & lines
            if leaked and (number not in given or leaked == answer):
                raise CourseError(f"{name}, cell {number}: the answer {min(leaked)!r} would stay. Say it in other words.")
    nb.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                   "language_info": {"name": "python"}}
    notebook.name_runtime(nb)
    return nb


def release():
    """Write every exercise. Returns the paths that changed."""
    changed = []
    for path in notebook.in_folder("solutions"):
        nb = notebook.read(path)
        rules.synchronise(nb)
        target = ROOT / "exercises" / path.name
        new = exercise(nb, path.name)
        if not target.is_file() or notebook.read(target) != new:
            target.parent.mkdir(exist_ok=True)
            notebook.write(new, target)
            changed.append(target)
    return changed
