"""How far chance goes: the trained figures of a chapter once more from other seeds, kept in course/seeds.csv."""

import csv
import io

import click
import nbformat

from .. import ROOT, CourseError, whole_file
from . import data, notebook, results, slices


def from_seed(nb, seed):
    """A notebook of all that the trained figures depend on and of the shared cells, without outputs, that draws from another seed."""
    trained = {i for i, cell in enumerate(notebook.code_cells(nb)) if any("epochs" in row for row in results.rows_in(cell, "the notebook"))}
    cells = [nbformat.v4.new_code_cell(source) for source in slices.program(nb, trained).values()]
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
    env = notebook.environment("full", data.real_source(), ROOT / ".cache" / "trainings")
    for path in paths:
        nb = notebook.read(path)
        own = {row["seed"] for row in results.measured(nb, path) if "epochs" in row}
        if not own:
            raise CourseError(f"{path} reports no training. Name a chapter that does.")
        for seed in seeds:
            if seed in own:
                raise CourseError(f"{path} has seed {seed} already, in its own outputs. Name another.")
            ran, seconds = notebook.run_copy(from_seed(nb, seed), path.name, env)
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
