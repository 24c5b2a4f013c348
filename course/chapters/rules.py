"""What every chapter must keep: shared cells, stored outputs, alt texts, markup that Colab shows."""

import ast
import re
import sys
from pathlib import Path

from .. import ROOT, CourseError
from . import notebook

STOCK = {"numpy", "scipy", "matplotlib", "keras", "tensorflow", "sklearn", "IPython"}
PARTS = ("You will", "**Needs:**", "<details>", "## What the lecture says", "## Summary", "**Practise:**", "**Sources:**")
IGNORE = "nbval-ignore-output"
MAX_IGNORED = 0.4  # share of the code cells of a chapter that trains

# Words that claim a measurement of our own, and words that give it to somebody else.
CLAIM = re.compile(r"\bin (our|this|the) (full |stored |first |last )?(run|training)\b|\bwe (measured|reached|got)\b"
                   r"|\bour (full|stored|measured)\b", re.I)
SOURCE = re.compile(r"\b(paper|tutorial|lecture|slide|article|authors?|et al|ILSVRC|ImageNet|reports?|(18|19|20)\d\d)\b|\btables? \d", re.I)
SETTING = re.compile(r"rate|decay|momentum|deviation|epsilon|Adam|if ", re.I)
NUMBER = re.compile(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\w])")


def shared_cell(name):
    """Source of a shared cell. ``setup`` is a whole file, ``ledger:table`` a region of one."""
    file, _, region = name.partition(":")
    path = ROOT / "course" / "cells" / f"{file}.py"
    if not path.is_file():
        raise CourseError(f"{path} is missing, but a notebook asks for the shared cell {name}.")
    source = path.read_text(encoding="utf-8")
    if region:
        regions = dict(re.findall(r"^# %% (\w+)\n(.*?)(?=^# %% |\Z)", source, re.M | re.S))
        if region not in regions:
            raise CourseError(f"{path} has no region {region}.")
        source = regions[region]
    return source.strip("\n")


def stale_cells(nb):
    """Shared cells of a notebook that differ from their source: (number, name of the shared cell)."""
    names = ((number, cell.metadata.get("course", {}).get("cell")) for number, cell in enumerate(nb.cells))
    return [(number, name) for number, name in names if name and nb.cells[number].source != shared_cell(name)]


def synchronise(nb):
    """Write the shared cells and Colab's runtime into a notebook; True when one had changed."""
    stale = stale_cells(nb)
    for number, name in stale:
        nb.cells[number].source = shared_cell(name)
    return notebook.name_runtime(nb) or bool(stale)


def shown(cell):
    """Source of a code cell and all that it prints, one text."""
    outputs = (o.get("text", "") or "\n".join(str(t) for kind, t in o.get("data", {}).items() if kind.startswith("text/")) for o in cell.outputs)
    return "\n".join([cell.source, *outputs])


def numbers_in(text):
    """The values of all numbers of a text, as a set of float."""
    return {float(found.replace(",", "")) for found in re.findall(r"\d{1,3}(?:,\d{3})+|\d+\.?\d*", text)}


def stands_in(number, known, percent=False):
    """Whether a number of the prose is among known values, there perhaps with more digits (0.8666 for 0.87) or as a share (0.79 for 79 %)."""
    digits, value = len(number.partition(".")[2]), float(number.replace(",", ""))
    return any(value in (round(k, digits), round(100 * k, digits) if percent else None) for k in known)


def unproved(nb):
    """Numbers of the prose that claim a measurement and stand in no output.

    A sentence that speaks of our own run is held to what its section shows (code and outputs since the last heading). An
    accuracy (0.87), a share (79 %, 2.1 points) or a count (21 of 79) elsewhere must stand somewhere in the notebook or in
    course/figures.csv. Code, formulas, table rows and sentences that name a source are left out.

    Parameters
    ----------
    nb : nbformat notebook

    Returns
    -------
    list of (int, str, str)
        Number of the cell, the number, the sentence.
    """
    everything = (ROOT / "course" / "figures.csv").read_text(encoding="utf-8")
    everything = numbers_in(everything).union(*(numbers_in(shown(cell)) for cell in notebook.code_cells(nb)))
    section, found = set(), []
    for place, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            section |= numbers_in(shown(cell))
            continue
        prose = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)|https?://\S+", "", cell.source, flags=re.S)
        for sentence in re.split(r"(?<=[.?!:])\s+|\n\n|\n(?=[|#*-])", prose):
            sentence = " ".join(sentence.split())
            if sentence.startswith("#"):
                section = set()
            if sentence.startswith(("|", "#")) or SOURCE.search(sentence):
                continue
            ours = CLAIM.search(sentence)
            counts = {n for pair in re.findall(r"(?<!about )\b([\d,.]+) of (?:the )?([\d,]+\d)", sentence, re.I) for n in pair}
            for match in NUMBER.finditer(sentence):
                number, behind = match[0], sentence[match.end():]
                percent = bool(re.match(r" ?%| points?\b", behind))
                accuracy = re.fullmatch(r"0\.\d{2,4}", number) and not SETTING.search(sentence[:match.start()])
                if (ours or percent or accuracy or number in counts) and not stands_in(number, section if ours else everything, percent):
                    found.append((place, number, sentence))
    return found


def _imports(source):
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def problems(path):
    """Broken rules of one chapter or one solution, each a sentence that names the file.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of str
    """
    nb = notebook.read(path)
    chapter = Path(path).parent.name != "solutions"
    found = []

    def say(text, number=None):
        found.append(f"{Path(path).name}{'' if number is None else f', cell {number}'}: {text}")

    code = notebook.code_cells(nb)
    text = "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")

    # Shared cells, and outputs that belong to the code
    first = "setup" if chapter else "exercise"
    if first not in [cell.metadata.get("course", {}).get("cell") for cell in code[:1]]:
        say(f"its first code cell is not the shared cell {first}.")
    for number, name in stale_cells(nb):
        say(f"the shared cell {name} differs from course/cells. Run `make sync`.", number)
    stamp = nb.metadata.get("course", {})
    if stamp.get("code") != notebook.code_hash(nb):
        say("the code changed after its outputs were made. Run `make execute`.")
    if notebook.name_runtime(nb):
        say(f"does not name Colab's runtime {notebook.RUNTIME}. Run `make sync`.")
    if stamp.get("profile") != "full":
        say("its outputs do not come from a full run.")

    # Cells
    ignored = 0
    for number, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        ignored += IGNORE in tags
        for module in _imports(cell.source):
            if module not in STOCK and module not in sys.stdlib_module_names:
                say(f"imports {module}, which is not on stock Colab.", number)
        if "tf.keras" in cell.source:
            say("uses tf.keras: import keras.", number)
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags:
                say("stores an error.", number)
            if output.output_type == "stream" and output.name == "stderr":
                say("stores a warning.", number)
            if "image/png" in output.get("data", {}):
                alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
                if not re.fullmatch(r"[A-Z].{20,}[.?]", alt, re.S):
                    say("shows a figure without a sentence as alt text.", number)
        if re.search(r"/(root|home|work|Users|tmp)/\w", str(cell.outputs)):
            say("stores a path of the machine it ran on.", number)
    trains = any(re.search(r"\btrain\(|\.fit\(", cell.source) for cell in code[1:])
    if ignored > (MAX_IGNORED if trains else 0) * len(code):
        say(f"{ignored} of {len(code)} code cells are not compared.")

    # Words
    for number, value, sentence in unproved(nb) if chapter else ():
        say(f"{value} claims a measurement and stands in no output: {sentence[:80]!r}. Let a cell print it, or name its source.", number)
    if not text.startswith("# "):
        say("does not begin with a title.")
    for part in PARTS if chapter else ():
        if part not in text:
            say(f"lacks {part}")
    if re.search(r"^```\{|^:::|\{[a-z:]+\}`", text, re.M):
        say("uses MyST markup, which Colab does not show.")
    if re.search(r"!\[[^\]]*\]\(|<img", text):
        say("shows an image from a file. Make it in a cell.")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target and not (Path(path).parent / target).exists():
            say(f"links to {target}, which is not there.")
    return found
