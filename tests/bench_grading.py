"""Seconds for each hand-in, beside nbgrader and otter-grader in environments of their own: ``make bench``."""

import copy
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import click
import nbformat

from course import ROOT
from course.chapters import notebook, release

NAME = "05-feature-maps"
OTHERS = {"nbgrader": ["nbgrader==0.9.6", "jupyter-server"], "otter": ["otter-grader==7.0.0"]}


def environment(name, packages):
    """An environment with the other grader and the course's TensorFlow."""
    folder = ROOT / f".venv-{name}"
    if not (folder / "made").is_file():
        click.echo(f"Installing {packages[0]} into {folder} ...")
        venv.create(folder, with_pip=True, clear=True)
        tensorflow = subprocess.run([sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout
        wanted = [line for line in tensorflow.splitlines() if line.startswith(("tensorflow", "keras=="))]
        subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages, *wanted, "matplotlib", "ipykernel"],
                       check=True)
        (folder / "made").touch()
    return folder / "bin"


def run(words, cwd):
    start = time.perf_counter()
    path = f"{Path(words[0]).parent}:{os.environ['PATH']}"  # nbgrader calls alembic, which stands beside it
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, env=os.environ | {"PATH": path})
    if done.returncode:
        raise click.ClickException(f"{' '.join(map(str, words))} failed: {done.stderr[-600:]}")
    return time.perf_counter() - start


def ours(solution, count, folder):
    for number in range(count):
        (folder / f"student{number:02d}.ipynb").write_text(nbformat.writes(solution))
    return run([sys.executable, "-m", "course", "grade", folder, "--out", folder.parent / "graded"], ROOT)


def nbgrader(solution, count, folder):
    """The same notebook with nbgrader's metadata: answers autograded, checks with points."""
    binaries = environment("nbgrader", OTHERS["nbgrader"])
    nb = copy.deepcopy(solution)
    for number, cell in enumerate(nb.cells):
        check, answer = "check" in cell.metadata.get("tags", []), release.BEGIN in cell.source
        if check or answer:
            cell.metadata["nbgrader"] = {"grade": check, "solution": answer, "locked": check, "task": False, "schema_version": 3,
                                         "grade_id": f"cell{number}", **({"points": 2} if check else {})}
    source = folder / "source" / "one"
    source.mkdir(parents=True)
    nbformat.write(nb, source / f"{NAME}.ipynb")
    run([binaries / "nbgrader", "generate_assignment", "one"], folder)
    for number in range(count):
        student = folder / "submitted" / f"student{number:02d}" / "one"
        student.mkdir(parents=True)
        shutil.copy(source / f"{NAME}.ipynb", student)
    return run([binaries / "nbgrader", "autograde", "one"], folder)


def otter(solution, count, folder):
    """The same checks as otter's tests, one for each task."""
    binaries = environment("otter", OTHERS["otter"])
    (folder / "tests").mkdir(parents=True)
    (folder / "out").mkdir()
    checks = [cell.source for cell in solution.cells if "check" in cell.metadata.get("tags", [])]
    for number, source in enumerate(checks):
        lines = [line for line in source.splitlines() if not line.startswith("print")]
        code = "".join(f">>> {line}\n" for line in lines)
        (folder / "tests" / f"q{number}.py").write_text(
            f"OK_FORMAT = True\ntest = {{'name': 'q{number}', 'points': 2, 'suites': [{{'cases': [{{'code': {code!r}}}], 'type': 'doctest'}}]}}\n")
    run([binaries / "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment"], folder)
    seconds = 0
    for number in range(count):
        path = folder / f"student{number:02d}.ipynb"
        path.write_text(nbformat.writes(solution))
        seconds += run([binaries / "otter", "run", path, "-a", "autograder.zip", "-o", folder / "out"], folder)
    return seconds


@click.command()
@click.option("--count", default=40, show_default=True, help="Hand-ins for this course's grader.")
@click.option("--others", default=40, show_default=True, help="Hand-ins for the other two; 0 leaves them out.")
def main(count, others):
    """Print seconds for each hand-in: the solution of exercise 05, handed in COUNT times."""
    solution = notebook.read(ROOT / "solutions" / f"{NAME}.ipynb")
    with tempfile.TemporaryDirectory() as folder:
        for grader, number in ((ours, count), (nbgrader, others), (otter, others)):
            if number:
                place = Path(folder) / grader.__name__ / "in"
                place.mkdir(parents=True)
                seconds = grader(solution, number, place)
                click.echo(f"{grader.__name__:10s} {number:4d} hand-ins {seconds:7.0f} s {seconds / number:7.2f} s each")


if __name__ == "__main__":
    main()
