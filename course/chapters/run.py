"""Run chapters for the command line: progress is shown, what fails is named."""

import math
import sys

import click

from .. import ROOT, CourseError
from . import data, notebook


def _show_progress(name):
    def progress(done, count, seconds):
        if sys.stderr.isatty() or done == count:
            click.echo(f"\r{name}: cell {done} of {count}, {seconds:.0f} s", nl=done == count, err=True)

    return progress


def execute(paths, profile="full", fresh=False, minutes=math.inf, epochs=math.inf):
    """Run notebooks and store their outputs; trainings are kept in .cache/trainings."""
    source = data.told_source()
    if source == "stand-in":
        raise CourseError("Outputs are stored from real data only. Name a folder in COURSE_DATA, or connect to the network.")
    env = notebook.environment(profile, source, None if fresh else ROOT / ".cache" / "trainings", minutes, epochs)
    for path in paths:
        nb, seconds = notebook.run(path, env, progress=_show_progress(path.stem))
        notebook.stamp(nb, profile, seconds)
        notebook.write(nb, path)
        click.echo(f"{path}: ran in {seconds:.0f} s ({profile}), outputs stored")


def alone(paths, python, table=False):
    """Run notebooks in quick profile, each in an empty folder, and store nothing. `table`: print the seconds."""
    env = notebook.environment("quick", data.told_source())
    rows, problems = [], []
    for path in paths:
        try:
            _, seconds = notebook.run(path, env, python.absolute(), _show_progress(path.stem))
            rows.append((path.stem, seconds))
        except CourseError as error:
            problems.append(str(error))
            click.echo(str(error), err=True)
    if table:
        for name, seconds in [*rows, ("all", sum(s for _, s in rows))]:
            click.echo(f"{name:30s} {seconds:6.0f} s")
    if problems:
        raise CourseError(f"{len(problems)} of {len(problems) + len(rows)} chapters do not run alone.")
    click.echo(f"{len(rows)} chapters ran alone, without an error or a warning")
