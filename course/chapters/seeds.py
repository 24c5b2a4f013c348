"""How far chance goes: the trained figures of a chapter once more from other seeds, kept in course/seeds.csv."""

import ast
import csv
import io
import symtable
import tempfile
from pathlib import Path

import click
import nbformat

from .. import ROOT, CourseError, whole_file
from . import data, notebook, results

MODULES = {"np", "plt", "keras"}  # read by all cells; np.random.seed() is no change of one


def _names(statement):
    """Names that a statement gives a value, and the names that it reads from outside; those local to a function are neither."""
    sets, reads, tables = set(), set(), [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            outermost = table.get_type() == "module"
            if outermost and (symbol.is_assigned() or symbol.is_imported()):
                sets.add(symbol.get_name())
            if symbol.is_referenced() and (outermost or symbol.is_global()):
                reads.add(symbol.get_name())
    if isinstance(statement, (ast.For, ast.With)):  # their variables have a value before they are read
        reads -= sets
    return sets, reads


def _changed(statement):
    """Names whose value a statement changes in place: runs[name] = ..., rows.append(...), for ...: rows.append(...)."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            node = node.value.func
        elif not (isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)):
            continue
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
            if isinstance(node, ast.Name):
                yield node.id


def needed(nb):
    """Code cells that the trained figures of a notebook depend on, found by the names that they share, and all shared cells."""
    cells = [(cell, ast.parse(cell.source).body) for cell in notebook.code_cells(nb)]
    inside = {}  # what a function reads when it is called, perhaps from a cell behind its own
    for _, body in cells:
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                inside.setdefault(statement.name, set()).update(_names(statement)[1])
    wanted, found = set(), []
    for cell, body in reversed(cells):
        gives, changes, reads = set(), set(), set()
        for statement in body:
            sets, read = _names(statement)
            reads |= read - gives
            changes |= set(_changed(statement)) - gives | (sets if isinstance(statement, ast.If) else set())
            gives |= set() if isinstance(statement, ast.If) else sets
        shared = "cell" in cell.metadata.get("course", {})
        if shared or (gives | changes) & wanted or any("epochs" in row for row in results.rows_in(cell, "the notebook")):
            found.insert(0, cell)
            new = reads - MODULES
            while new:
                reads |= new
                new = set().union(*(inside.get(name, set()) for name in new)) - reads - MODULES
            wanted = wanted - gives | reads - MODULES
    return found


def from_seed(nb, seed):
    """A notebook of the cells that are `needed`, without outputs, that draws from another seed."""
    cells = [nbformat.v4.new_code_cell(cell.source) for cell in needed(nb)]
    before = [cell.source for cell in cells]
    for cell in cells:
        cell.source = cell.source.replace("\nSEED = 42\n", f"\nSEED = {seed}\n")
    if sum(a != cell.source for a, cell in zip(before, cells)) != 1:
        raise CourseError("The seed is not set once, by `SEED = 42` in the setup cell. Run `make sync`.")
    return nbformat.v4.new_notebook(cells=cells)


def gather(paths, seeds):
    """Train the figures of chapters from other seeds, in full profile, and write them to course/seeds.csv.

    Each run keeps its trainings in .cache/trainings, so one that was cut off goes on.
    """
    source = data.told_source()
    if source == "stand-in":
        raise CourseError("Figures are measured on real data only. Name a folder in COURSE_DATA, or connect to the network.")
    env = notebook.environment("full", source, ROOT / ".cache" / "trainings")
    for path in paths:
        nb = notebook.read(path)
        own = {row["seed"] for row in results.measured(nb, path) if "epochs" in row}
        if not own:
            raise CourseError(f"{path} reports no training. Name a chapter that does.")
        for seed in seeds:
            if seed in own:
                raise CourseError(f"{path} has seed {seed} already, in its own outputs. Name another.")
            short = from_seed(nb, seed)
            with tempfile.TemporaryDirectory(prefix="course-") as folder:
                copy = Path(folder) / path.name
                notebook.write(short, copy)
                ran, seconds = notebook.run(copy, env)
            new = {}
            for row in results.measured(ran, path):
                if "epochs" in row and isinstance(row["measured"], (int, float)) and not isinstance(row["measured"], bool):
                    new[row["id"], row["quantity"], str(seed)] = {name: row[name] for name in results.SEEDS_COLUMNS}
            rows = {(row["id"], row["quantity"], str(row["seed"])): row for row in results.other_seeds()} | new
            text = io.StringIO()
            writer = csv.DictWriter(text, results.SEEDS_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[key] for key in sorted(rows))
            with whole_file(results.SEEDS) as file:
                file.write(text.getvalue().encode())
            click.echo(f"{path.stem}, seed {seed}: {len(new)} figures in {seconds:.0f} s, written to {results.SEEDS}")

