"""Run chapters for the command line: progress is shown, what fails is named."""

import ast
import datetime
import json
import math
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import click
import nbformat

from .. import ROOT, CourseError
from . import data, notebook, results, slices


def _show_progress(name):
    def progress(done, count, seconds):
        if sys.stderr.isatty() or done == count:
            click.echo(f"\r{name}: cell {done} of {count}, {seconds:.0f} s", nl=done == count, err=True)

    return progress


def execute(paths, profile="full", fresh=False, minutes=math.inf, epochs=math.inf, half=False, jobs=1):
    """Run notebooks, `jobs` at a time, and store their outputs; trainings are kept in .cache/trainings."""
    env = notebook.environment(profile, data.real_source(), None if fresh else ROOT / ".cache" / "trainings", minutes, epochs, half)

    def run_and_store(path):
        try:
            nb, seconds = notebook.run(path, env, progress=_show_progress(path.stem))
        except CourseError as error:
            click.echo(str(error), err=True)
            return str(error)
        notebook.stamp(nb, profile, seconds)
        notebook.write(nb, path)
        click.echo(f"{path}: ran in {seconds:.0f} s ({profile}), outputs stored")

    if jobs == 1:  # not in a thread: Ctrl-C ends the kernel at once
        ends = [run_and_store(path) for path in paths]
    else:
        with ThreadPoolExecutor(jobs) as pool:
            ends = list(pool.map(run_and_store, paths))
    problems = [problem for problem in ends if problem]
    if problems:
        raise CourseError(f"{len(problems)} of {len(paths)} notebooks did not run; their outputs are the old ones.")


def alone(paths, python):
    """Run notebooks in quick profile, each in an empty folder, say how many seconds and how much memory each took, and store nothing."""
    env = notebook.environment("quick", data.told_source())
    taken, problems = [], []
    for path in paths:
        try:
            nb, seconds = notebook.run(path, env, python.absolute(), _show_progress(path.stem))
            taken.append(seconds)
            memory = nb.metadata.course.memory
            click.echo(f"{path.stem:30s} {seconds:6.0f} s" + (f" {memory:7,d} MB" if memory else ""))
        except CourseError as error:
            problems.append(str(error))
            click.echo(str(error), err=True)
    if problems:
        raise CourseError(f"{len(problems)} of {len(paths)} chapters do not run alone.")
    click.echo(f"{len(taken)} chapters ran alone in {sum(taken):.0f} s, without an error or a warning")


ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}  # two runs, one result


def _committed(path):
    """A notebook as the last commit has it."""
    shown = subprocess.run(["git", "show", f"HEAD:./{path.name}"], cwd=path.parent, capture_output=True)
    if shown.returncode:
        raise CourseError(f"{path} is in no commit, so there is nothing to compare it with. Run `make execute`.")
    return nbformat.reads(shown.stdout.decode(), as_version=4)


class _QuickRuns:
    """A notebook's runs in quick profile with one thread, each made when it is first asked for."""

    def __init__(self, nb, path):
        self.nb, self.path, self.made = nb, path, []

    def __getitem__(self, number):
        while len(self.made) <= number:
            env = {**notebook.environment("quick", data.told_source()), **ONE_THREAD}
            self.made.append(notebook.run_copy(self.nb, self.path.name, env, _show_progress(self.path.name))[0])
        return self.made[number]


def _outputs(ran):
    """Outputs of each code cell after a run, as text without the times in it: rounded to minutes they agree, and do not, by chance."""
    printed = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.code_cells(ran)]  # in one piece or several
    shown = [[output for output in cell.outputs if output.output_type != "stream"] for cell in notebook.code_cells(ran)]
    return [re.sub(r" *\b[\d.]+ (minutes?|seconds?|s)\b", "", json.dumps(both, sort_keys=True)) for both in zip(printed, shown)]


def _moved(runs, now):
    """Places of the outputs that are alike in all `runs`, and another `now`."""
    return [n for n, (new, *old) in enumerate(zip(now, *runs)) if len(set(old)) == 1 and new != old[0]]


def _compare(old, new, pairs):
    """Compare some code cells of two runs of `old` and one of `new`.

    What comes out alike in the first two must come out of the third. When it does not, a third run as `old` tells whether those
    agreed by chance.

    Parameters
    ----------
    old, new : _QuickRuns
    pairs : list of (int, int, int)
        For each compared cell its number in `old`, in `new`, and the one by which a message calls it, counted from 1.

    Returns
    -------
    list of str
        Numbers of the cells that differ between equal runs (they measure time).
    """
    def outputs(ran, side):
        every = _outputs(ran)
        return [every[pair[side]] for pair in pairs]

    runs, now = [outputs(old[0], 0), outputs(old[1], 0)], outputs(new[0], 1)
    if _moved(runs, now):
        runs.append(outputs(old[2], 0))  # seconds may agree twice by chance, hardly three times
    if moved := _moved(runs, now):
        raise CourseError(f"{new.path}: code cell {', '.join(str(pairs[n][2]) for n in moved)} gives another output. Run `make execute`.")
    return [str(pairs[n][2]) for n, values in enumerate(zip(*runs)) if len(set(values)) > 1]


class _InFull(ast.NodeTransformer):
    """A program with QUICK put to False: what only the quick profile does is gone."""

    def _take(self, node):
        self.generic_visit(node)
        match node.test:
            case ast.Name("QUICK"):
                return node.orelse
            case ast.UnaryOp(ast.Not(), ast.Name("QUICK")):
                return node.body
        return node

    visit_If = visit_IfExp = _take


def same_in_full(before, after):
    """Whether two sources of a cell are the same program in full profile: comments and what stands for quick may differ."""
    try:
        return ast.dump(_InFull().visit(ast.parse(before))) == ast.dump(_InFull().visit(ast.parse(after)))
    except SyntaxError:  # a magic of IPython
        return False


def keep(paths):
    """Let stored outputs stay where a change since the last commit cannot touch them, and show that it cannot.

    Outputs of a full run stay without a run when the changed cells are the same program in full profile (`same_in_full`).

    A change of a shared cell would ask for days of training in chapters whose results it cannot touch. Here a chapter runs three
    times in quick profile, twice as committed and once as it is. What comes out alike in the first two must come out of the third,
    in each cell and each picture; cells that differ between the first two (they measure time) are named. When the third differs,
    a third run as committed tells whether those agreed by chance. A chapter whose own code changed is refused.
    """
    for path in paths:
        old, new = _committed(path), notebook.read(path)
        before, after = notebook.code_cells(old), notebook.code_cells(new)
        if _unchanged(old, new, path):
            continue
        changed = [(a, b) for a, b in zip(before, after) if a.source != b.source]
        shared = [b.metadata.get("course", {}).get("cell") for _, b in changed]
        same = old.metadata.course.get("profile") == "full" and all(same_in_full(a.source, b.source) for a, b in changed)
        if len(before) != len(after) or not (same or all(shared)):
            raise CourseError(f"{path}: more changed since the last commit than shared cells, or than the quick profile. Run `make execute`.")
        if [cell.outputs for cell in before] != [cell.outputs for cell in after]:
            raise CourseError(f"{path}: stored outputs changed since the last commit. Restore them, or run `make execute`.")
        if same:
            new.metadata["course"]["code"] = notebook.code_hash(new)
            notebook.write(new, path)
            click.echo(f"{path}: outputs stay; in full profile the program is the same")
            continue
        never = _compare(_QuickRuns(old, path), _QuickRuns(new, path), [(n, n, n + 1) for n in range(len(after))])
        _note(new, path, shared)
        _say_compared(f"{path}: outputs stay", len(after), never)


def _say_compared(what, count, never):
    """Print how many of `count` code cells were compared, and name those that `never` can be."""
    click.echo(f"{what}; {count - len(never)} of {count} code cells compared"
               + (f", not comparable (other in each run): {', '.join(never)}" if never else ""))


def _unchanged(old, new, path):
    """Say that no code changed, if so; refuse a chapter whose outputs were stale before."""
    if notebook.code_hash(old) == notebook.code_hash(new):
        click.echo(f"{path}: no code changed")
        return True
    if old.metadata.get("course", {}).get("code") != notebook.code_hash(old):
        raise CourseError(f"{path}: the outputs of the last commit do not belong to its code. Run `make execute`.")
    return False


def _note(nb, path, changed):
    """Store a notebook whose outputs belong to its code again, and note what changed since its last run as a whole."""
    changed = sorted({*changed, *nb.metadata["course"].get("kept", {}).get("changed", [])})
    nb.metadata["course"]["code"] = notebook.code_hash(nb)
    nb.metadata["course"]["kept"] = {"date": datetime.date.today().isoformat(), "changed": changed}
    notebook.write(nb, path)


def _short(nb, others, ran, path):
    """The cells `others` of a notebook with what they need, and their numbers; what the rest reported is taken from another run."""
    pieces = slices.program(nb, others)
    for n, cell in enumerate(notebook.code_cells(ran)):
        if n not in others and (rows := results.rows_in(cell, path)):
            pieces[n] = f"RESULTS += {rows!r}\n\n" + pieces.get(n, "")
    return sorted(pieces), nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(pieces[n]) for n in sorted(pieces)])


def part(paths, half=False):
    """Run the cells that changed since the last commit, with all that depends on them and all that they need, in full profile.

    The other outputs stay: their cells share no name with what changed (`slices.touched`). That nothing else reaches them, such as a
    stream of random numbers, quick runs show, as for `keep`; so do they that the part gives what the whole gives. What the other cells
    reported stays, too, and stands in the table of all figures.
    """
    env = notebook.environment("full", data.real_source(), ROOT / ".cache" / "trainings", half=half)
    for path in paths:
        old, new = _committed(path), notebook.read(path)
        if _unchanged(old, new, path):
            continue
        if old.metadata.course.profile != "full":
            raise CourseError(f"{path}: its outputs are not those of a full run. Run `make execute`.")
        before, after = notebook.code_cells(old), notebook.code_cells(new)
        same, others = slices.touched(old, new)
        for j, i in same.items():
            after[j].outputs = before[i].outputs
        cells, short = _short(new, others, new, path)
        click.echo(f"{path}: {len(cells)} of {len(after)} code cells run, for the outputs of {', '.join(str(n + 1) for n in sorted(others))}")
        ran, _ = notebook.run_copy(short, path.name, env, _show_progress(path.stem))
        for n, cell in zip(cells, ran.cells):
            if n in others:
                after[n].outputs = cell.outputs
        for n, cell in enumerate(after):
            cell.execution_count = n + 1
        whole = _QuickRuns(new, path)
        try:
            never = _compare(_QuickRuns(old, path), whole, [(i, j, j + 1) for j, i in same.items()])
            _, short = _short(new, others, whole[0], path)
            never += _compare(whole, _QuickRuns(short, path), [(n, k, n + 1) for k, n in enumerate(cells) if n in others])
        except CourseError as error:
            aside = notebook.set_aside(new, path.with_stem(f"{path.stem}-part"))  # a quick run that failed lies under the other name
            raise CourseError(f"{error} With the outputs of the part: {aside}.") from None
        _note(new, path, [after[n].metadata.get("course", {}).get("cell", f"cell {n + 1}") for n in sorted(others)])
        _say_compared(f"{path}: stored", len(after), never)
