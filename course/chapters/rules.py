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

    code = [cell for cell in nb.cells if cell.cell_type == "code"]
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
