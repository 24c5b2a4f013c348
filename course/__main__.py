"""Command line of the course's tools: ``python -m course --help``."""

import collections
import functools
import math
import os
import sys
from pathlib import Path

import click

from . import ROOT, CourseError, whole_file

# TensorFlow's start-up messages stay away. (This process trains nothing; what it starts gets an environment of its own.)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


def plain_errors(command):
    """Show a CourseError as one sentence, with exit status 1."""

    @functools.wraps(command)
    def wrapped(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except CourseError as error:
            raise click.ClickException(str(error)) from None

    return wrapped


@click.group()
def main():
    """Tools for the authors of the course."""


@main.command()
@click.argument("notebooks", nargs=-1)
@click.option("--profile", type=click.Choice(["quick", "full"]), default="full", show_default=True)
@click.option("--fresh", is_flag=True, help="Train anew instead of going on from kept trainings.")
@click.option("--minutes", type=float, default=math.inf, help="Stop each training after that time; a later run goes on.")
@click.option("--epochs", type=float, default=math.inf, help="Stop each training after so many epochs; a later run goes on.")
@click.option("--half", is_flag=True, help="Train with products in 16 bits, on processors that are faster with them (AMX).")
@click.option("--jobs", type=click.IntRange(1), default=1, help="Notebooks at a time: several trainings fill a GPU.")
@plain_errors
def execute(notebooks, profile, fresh, minutes, epochs, half, jobs):
    """Run NOTEBOOKS (all chapters by default) and store their outputs.

    Each finished epoch of a training is kept in .cache/trainings. A run that was cut off goes on from there.
    """
    from .chapters import notebook, run

    run.execute(notebook.find(notebooks), profile, fresh, minutes, epochs, half, jobs)


@main.command()
@click.argument("notebooks", nargs=-1)
@click.option("--python", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=sys.executable,
              help="Interpreter to run them with (it needs ipykernel).")
@plain_errors
def alone(notebooks, python):
    """Run NOTEBOOKS in quick profile, each in an empty folder, and store nothing."""
    from .chapters import notebook, run

    run.alone(notebook.find(notebooks), python)


@main.command()
@click.argument("notebooks", nargs=-1)
@plain_errors
def check(notebooks):
    """Check NOTEBOOKS (all chapters and solutions by default) against the rules."""
    from .chapters import notebook, rules

    paths = notebook.find(notebooks) + (notebook.in_folder("solutions") if not notebooks else [])
    problems = [line for path in paths for line in rules.problems(path)]
    for line in problems:
        click.echo(line)
    if problems:
        raise CourseError(f"{len(problems)} rules broken.")
    click.echo("all rules kept")


@main.command()
@click.argument("notebooks", nargs=-1)
@plain_errors
def sync(notebooks):
    """Write shared cells and Colab's runtime into NOTEBOOKS (all chapters and solutions by default)."""
    from .chapters import notebook, rules

    for path in notebook.find(notebooks) + (notebook.in_folder("solutions") if not notebooks else []):
        nb = notebook.read(path)
        before = notebook.code_hash(nb)
        if rules.synchronise(nb):
            notebook.write(nb, path)
            click.echo(f"{path}: written" + ("; run it again to renew its outputs" if notebook.code_hash(nb) != before else ""))


@main.command()
@click.argument("notebooks", nargs=-1, required=True)
@plain_errors
def keep(notebooks):
    """Let outputs of NOTEBOOKS stay where nothing but the quick profile changed, or shared cells only: three quick runs tell."""
    from .chapters import notebook, run

    run.keep(notebook.find(notebooks))


@main.command()
@click.argument("notebooks", nargs=-1, required=True)
@click.option("--half", is_flag=True, help="As for `execute`: the trainings of the part have products in 16 bits.")
@plain_errors
def part(notebooks, half):
    """Run the cells of NOTEBOOKS that changed since the last commit and what depends on them, and store their outputs."""
    from .chapters import notebook, run

    run.part(notebook.find(notebooks), half)


@main.command()
@click.argument("notebooks", nargs=-1, required=True)
@click.option("--seed", "seeds", type=click.IntRange(0), multiple=True, default=(1, 2), show_default=True, help="Give it once for each seed.")
@plain_errors
def seeds(notebooks, seeds):
    """Train the figures of NOTEBOOKS from other seeds, in full profile, and keep what came out in course/seeds.csv."""
    from .chapters import notebook
    from .chapters import seeds as others

    others.gather(notebook.find(notebooks), seeds)


@main.command()
@plain_errors
def results():
    """Gather every measured figure from the stored outputs into book/results.md."""
    from .chapters import results

    path = ROOT / "book" / "results.md"
    with whole_file(path) as file:
        file.write(results.page().encode())
    click.echo(f"{path}: written")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@plain_errors
def data(folder):
    """Check the data sets in FOLDER."""
    from .chapters import data

    missing = data.check(folder)
    there = [*data.SHAPES, *(name for name in data.FILES if name not in missing)]
    click.echo(f"{folder}: {', '.join(there)} are there and right")
    for name in missing:
        click.echo(f"{folder}: {name} is missing; only chapter {data.FILES[name][0]} needs it")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@plain_errors
def ex7data(file):
    """Make FILE, the ex7data.mat of exercise 09: 5000 binary digits of 20x20 pixels from MNIST."""
    from .chapters import data, ex7data

    source = data.told_source()
    if source != "download":
        data.replace_downloads(source)
    ex7data.write(file)
    click.echo(f"{file}: written, X 5000 x 400 and y 5000 x 1")


@main.command()
@click.argument("site", type=click.Path(path_type=Path), default=ROOT / "_build/html")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "_build/course.pdf")
@plain_errors
def pdf(site, out):
    """Print the built SITE into one PDF (needs chromium and Playwright)."""
    from .site import pdf

    count = pdf.make(site, out)
    click.echo(f"Open {out} ({count} pages, {out.stat().st_size / 1e6:.1f} MB)")


@main.command("demo-stills")
@plain_errors
def demo_stills():
    """Photograph the live demos for readers without scripts (needs chromium and Playwright)."""
    import tempfile

    from .site import browser, demos

    with tempfile.TemporaryDirectory() as folder, browser.open_browser() as chromium:
        demos.stills(chromium, Path(folder) / "page.html")
    click.echo(f"{demos.FOLDER}/*.png: written")


@main.command("export-digits")
@click.option("--fresh", is_flag=True, help="Train anew instead of taking the kept training.")
@plain_errors
def export_digits(fresh):
    """Train LeNet on MNIST and write its weights for the demo "draw a digit"."""
    from .chapters import data
    from .site import demos

    source = data.told_source()
    if source == "stand-in":
        raise CourseError("The weights come from real digits only. Name a folder in COURSE_DATA, or connect to the network.")
    if source != "download":
        data.replace_downloads(source)
    found = demos.export(trainings=None if fresh else ROOT / ".cache" / "trainings")
    click.echo(f"{demos.FILE}: written, {demos.FILE.stat().st_size / 1000:.0f} kB. {found['accuracy']:.2%} of the test digits are right; "
               f"no probability differs by more than {found['difference']:.0e} from the network as trained.")


@main.command("export-go")
@click.option("--fresh", is_flag=True, help="Train anew instead of taking the kept training.")
@plain_errors
def export_go(fresh):
    """Train the player of capture Go and write its weights for the demo."""
    from .site import demos

    found = demos.export_player(trainings=None if fresh else ROOT / ".cache" / "trainings")
    click.echo(f"{demos.PLAYER}: written, {demos.PLAYER.stat().st_size / 1000:.0f} kB. It wins {found['random']:.1%} of 400 games against random "
               f"moves and {found['search']:.1%} against the search; no probability differs by more than {found['difference']:.0e} from the network as trained.")


@main.command()
@plain_errors
def release():
    """Write the students' notebooks into exercises/ from solutions/."""
    from .chapters import release

    changed = release.release()
    for path in changed:
        click.echo(f"{path}: written")
    click.echo(f"exercises/ is up to date, {len(changed)} of its notebooks changed")


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default="graded", show_default=True, help="Folder for results, tables and pages.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), show_default="cores", help="Hand-ins at once.")
@click.option("--scheduler", metavar="ADDRESS", help="Send the work to a Dask cluster, tcp://host:8786 say.")
@click.option("--resume", is_flag=True, help="Go on with a run that was cut off; write all tables anew.")
@click.option("--regrade", multiple=True, metavar="KIND=VALUE", help="Grade anew what fits, and leave the rest: student=ID, exercise=NN, task=NAME.")
@click.option("--only", multiple=True, metavar="NN", help="Count this exercise alone; may be repeated.")
@click.option("--seed", type=click.IntRange(0), help="Draws the hidden inputs; keep it private. Default: a new number, noted in settings.json.")
@click.option("--checks", type=click.Path(path_type=Path), help="Folder with checks of your own, named as the exercises.")
@click.option("--student-from", metavar="REGEX", help="Find the student in the path of a file; a group named student, or the first, is the id.")
@click.option("--attempts", type=click.Choice(["best", "last"]), default="best", show_default=True, help="Which of several hand-ins of one exercise counts.")
@click.option("--partial", is_flag=True, help="Points in proportion to the hidden cases that were right.")
@click.option("--roster", type=click.Path(path_type=Path), help="CSV of your students: who is missing is named in summary.csv.")
@click.option("--worksheet", "worksheets", multiple=True, metavar="[NN=]FILE", help="Fill in the grading worksheet that Moodle gave.")
@click.option("--gradebook", type=click.Path(path_type=Path), help="Fill in the gradebook that Canvas gave.")
@click.option("--column", "columns", multiple=True, metavar="NN=TITLE", help="Column of the gradebook for an exercise, where it is not called after it.")
@click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE", help="Change a limit of the sandbox; see Limits in course/grading/sandbox.py.")
@click.option("--without-sandbox", is_flag=True, help="DANGEROUS: run hand-ins with your own rights, on a machine that may be lost.")
@plain_errors
def grade(submissions, out, jobs, scheduler, resume, regrade, only, seed, checks, student_from, attempts, partial, roster, worksheets, gradebook,
          columns, limits, without_sandbox):
    """Grade every hand-in in the folder SUBMISSIONS."""
    from .grading import grade, inbox, marks, report, sandbox, tasks

    settings = sandbox.Limits.parse(limits)
    exercises = tasks.exercises(checks)
    chosen = {name: found for name, found in exercises.items() if not only or name[:2] in only or name in only}
    if not chosen:
        raise CourseError(f"--only {' '.join(only)} is no exercise. Exercises: {', '.join(exercises)}.")
    grade.Again(regrade, chosen)
    by_hand = marks.read_marks(out / marks.FILE, exercises)
    roster = roster and marks.Roster.read(roster)
    for wish in worksheets:
        marks.read_table(wish[3:] if wish[2:3] == "=" else wish)
    if gradebook:
        marks.read_table(gradebook)
    found = inbox.find(submissions, exercises, student_from)
    if not without_sandbox:
        sandbox.command("stand-in")
    data = os.environ.get("COURSE_DATA") or "stand-in"
    pool = grade.Cluster(scheduler) if scheduler else grade.Local(min(jobs, len(found.items) or 1))
    with click.progressbar(length=len(found.items), label=f"Grading {len(found.items)} hand-ins", file=sys.stderr,
                           item_show_func=lambda result: result and f"{result['student']}: {result['status']}"[:40]) as bar:
        results = grade.grade(found.items, chosen, out, seed=seed, limits=settings, pool=pool, data=data, isolated=not without_sandbox,
                              resume=resume, again=regrade, progress=lambda result: bar.update(1, result))
    results, notes = report.write(results, out, exercises=exercises, items=found.items, notes=found.notes, others=found.others, rule=attempts,
                                  share=partial, by_hand=by_hand, roster=roster, worksheets=worksheets,
                                  gradebook=gradebook, columns=columns)
    counts = collections.Counter(result["status"] for result in results)
    for note in notes:
        click.echo(note)
    click.echo(f"{len(results)} hand-ins graded: {', '.join(f'{count} {status}' for status, count in counts.most_common())}")
    click.echo(f"{out / 'scores.csv'}, {out / 'summary.csv'}, {out / 'index.html'}, {out / 'similar.html'}, {out / 'feedback'}/: written")


@main.command()
@click.option("--chapters", metavar="05,07", help="Chapters to draw from. Default: all that have questions.")
@click.option("--count", type=click.IntRange(1), default=10, show_default=True, help="Questions in the quiz.")
@click.option("--versions", type=click.IntRange(1), default=1, show_default=True, help="Versions of it, with other numbers each.")
@click.option("--seed", type=click.IntRange(0), help="The same seed writes the same files. Default: a new number, which is printed.")
@click.option("--title", default="Convolutional neural networks", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="quiz", show_default=True, help="A new folder.")
@click.option("--no-pdf", is_flag=True, help="Without the printed exam; no chromium is needed then.")
@plain_errors
def quiz(chapters, count, versions, seed, title, out, no_pdf):
    """Write a quiz for Moodle, for Canvas and for paper, with its key."""
    import secrets

    from .questions import quiz

    seed = secrets.randbelow(10**6) if seed is None else seed
    named = [part for part in chapters.split(",") if part.strip()] if chapters is not None else None
    paths = quiz.write(out, named, count, versions, seed, title, pdf=not no_pdf)
    click.echo(f"{count} questions in {versions} version{'s' * (versions > 1)}, seed {seed}")
    for path in paths:
        click.echo(f"{path}: written")


if __name__ == "__main__":
    main(prog_name="python -m course")
