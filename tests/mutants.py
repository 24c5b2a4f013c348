"""Take protections out, one by one, and see that a test goes red: ``make mutants`` (minutes; not part of ``make test``).

Two kinds. Of the sandbox each line that protects is named here, with what takes its place. Of the judge, the release and the
rules every `if` whose body ends something (raise, return, continue, or a complaint) is switched off, each alone.
A mutant that survives is a missing test.
"""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from course import ROOT

SANDBOX, WORKER = "course/grading/sandbox.py", "course/grading/worker.py"
WALLS = ["tests/test_walls.py"]
HOSTILE = ["tests/test_grading.py", "-k", "gets_its_row or stays_for or special"]

# (file, what stands there, what takes its place, tests that must go red)
LINES = [
    (SANDBOX, '"--die-with-parent", ', "", WALLS),
    (SANDBOX, '"--clearenv", ', "", WALLS),
    (SANDBOX, '"--unshare-pid", ', "", WALLS),
    (SANDBOX, '"--unshare-net", ', '"--share-net", ', WALLS),
    (SANDBOX, '"--unshare-uts", "--hostname", "grader"', "", WALLS),
    (SANDBOX, '["--ro-bind", "/usr", "/usr"]', '["--bind", "/usr", "/usr"]', WALLS),
    (SANDBOX, '"--dev", "/dev"', '"--dev-bind", "/dev", "/dev"', WALLS),
    (SANDBOX, '["--ro-bind", str(base), str(base)]', '["--bind", str(base), str(base)]', WALLS),
    (SANDBOX, '["--ro-bind", sys.prefix, "/env"]', '["--bind", sys.prefix, "/env"]', WALLS),
    (SANDBOX, '["--ro-bind", str(ROOT / "course"), "/course/course"]', '["--bind", str(ROOT / "course"), "/course/course"]', WALLS),
    (SANDBOX, '["--ro-bind", str(Path(data).resolve()), "/data"]', '["--bind", str(Path(data).resolve()), "/data"]', WALLS),
    (SANDBOX, 'words += ["--remount-ro", "/"]', "pass", WALLS),
    (SANDBOX, '"--reuid", user, "--regid", user, ', "", [*WALLS, "-k", "nobody"]),
    (SANDBOX, '"--clear-groups"', '"--keep-groups"', WALLS),
    (SANDBOX, ', "--bounding-set=-all"', "", WALLS),
    (WORKER, '_call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)  # no other process may look into this one', "pass", WALLS),
    (WORKER, 'handle.write(text)\n    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)', "handle.write(text)", WALLS),
    (WORKER, "NEWUSER | NEWNS | NEWIPC | NEWPID", "NEWUSER | NEWNS | NEWPID", WALLS),
    (WORKER, "NEWUSER | NEWNS | NEWIPC | NEWPID", "NEWUSER | NEWNS | NEWIPC", HOSTILE),
    (WORKER, "            os.close(out)\n", "", WALLS),
    (WORKER, "            os.close(ask)\n", "", WALLS),
    (WORKER, "            os.close(replies)\n", "", WALLS),
    (WORKER, "os.dup2(null, number)", "pass", WALLS),
    (WORKER, "            os.setsid()", "            pass", [*WALLS, "tests/test_grading.py", "-k", "terminal or kill_parent or kill_all"]),
    *[(WORKER, '(b"/tmp", b"/work", b"/dev/shm")', left, WALLS) for left in
      ('(b"/work", b"/dev/shm")', '(b"/tmp", b"/dev/shm")', '(b"/tmp", b"/work")')],
    (WORKER, "MS_NOSUID | MS_NODEV, size", "MS_NOSUID, size", WALLS),
    (WORKER, "MS_NOSUID | MS_NODEV, size", "MS_NODEV, size", WALLS),
    (WORKER, 'f"size={limits[\'files_mb\']}m,mode=0777"', '"mode=0777"', WALLS),
    (WORKER, "libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)", "pass", WALLS),
    (WORKER, '_call("capset", header, bytes(24))', "pass", WALLS),
    (WORKER, "    if isolated:\n        refuse_calls()\n", "", WALLS),
    (WORKER, "(flags, 1, 0, NAMESPACES)", "(flags, 0, 0, NAMESPACES)", WALLS),
    (WORKER, "rest + 5, 0, 0x40000000", "0, 0, 0x40000000", WALLS),
    (WORKER, "if os.waitpid(keeper, 0)[1]:", "if os.waitpid(keeper, 0)[1] and False:", [*WALLS, "-k", "keeper"]),
    (WORKER, 'line.startswith("VmPTE:")', "False", HOSTILE),
    (WORKER, "sum(sum(map(int, line.split()[14:16])) for line in list(file)[1:])", "0", HOSTILE),
    (WORKER, 'file.write("1000")', 'file.write("0")', WALLS),
    *[(WORKER, f'("{name}", {value})', '("RLIMIT_CORE", 0)' if name != "RLIMIT_CORE" else '("RLIMIT_NOFILE", 512)', WALLS) for name, value in (
        ("RLIMIT_DATA", 'limits["memory_mb"] * megabyte'), ("RLIMIT_FSIZE", 'limits["files_mb"] * megabyte'), ("RLIMIT_CORE", "0"),
        ("RLIMIT_NOFILE", "512"), ("RLIMIT_NPROC", 'limits["processes"]'))],
    (WORKER, 'usage(own) > limits["memory_mb"] * 2**20', "False", HOSTILE),
    (WORKER, "or now > step_end:", "or False:", HOSTILE),
    (WORKER, "cells_end if step.startswith", "last if step.startswith", ["tests/test_grading.py", "-k", "tasks_are_asked"]),
    (WORKER, "time.monotonic() - start > cells_time", "False", ["tests/test_grading.py", "-k", "tasks_are_asked"]),
    (WORKER, '"nonsense" if due or asked else "done"', '"done"', HOSTILE),
]  # Not tried: os.kill(runner, signal.SIGKILL). Without it the keeper waits for ever, and no test comes to its end.

FAST = ["tests/test_fuzz.py", "tests/test_grading.py", "-k", "fuzz or other_data or other_bytes or array_is_read or compared or plain_data or phrase or nesting or whole_number"]  # seconds
SLOW = ["tests/test_grading.py", "-k", "only_a_right"]  # a minute or two, when the fast ones stay green
FILES = {  # whose ifs are switched off, and the tests of which one must go red
    "course/grading/plain.py": (FAST, SLOW),
    "course/grading/messages.py": (["tests/test_messages.py"], FAST),
    "course/grading/judging.py": (["tests/test_judging.py"], FAST, SLOW),
    "course/grading/tasks.py": (["tests/test_judging.py"], FAST, SLOW),
    "course/grading/grade.py": (["tests/test_judging.py"],),
    "course/chapters/release.py": (["tests/test_release.py", "tests/test_tools.py", "tests/test_exercises.py", "-k", "release or leak or marker"],),
    "course/chapters/rules.py": (["tests/test_rules.py"],),
}


def switched_off(path):
    """Mutants of a file: (line number, the condition, the new source), one for each `if` that ends something."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.If) or not isinstance(node.body[-1], (ast.Raise, ast.Return, ast.Continue, ast.Expr)):
            continue
        test, changed = node.test, lines.copy()
        first, last = test.lineno - 1, test.end_lineno - 1
        before, after = lines[first].encode()[: test.col_offset].decode(), lines[last].encode()[test.end_col_offset:].decode()
        changed[first:last + 1] = [f"{before}False{after}"]
        yield node.lineno, " ".join(ast.unparse(test).split()), "".join(changed)


def copy_of_the_course(folder):
    """The files that git knows, in a folder of their own."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, folder / name)


def red(folder, *stages):
    """The first test that fails, "" when none does."""
    return next(filter(None, (_red(folder, tests) for tests in stages)), "")


def _red(folder, tests):
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]
    try:
        ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        return "(stopped after 10 minutes)"
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", ran.stdout, re.M)
    return "" if ran.returncode == 0 else found[1] if found else f"(exit status {ran.returncode})"


@click.command()
@click.argument("only", nargs=-1)
def main(only):
    """Try every mutant, or those whose file or text holds one of the words ONLY."""
    mutants = []
    for name, old, new, tests in LINES:
        source = (ROOT / name).read_text(encoding="utf-8")
        if source.count(old) != 1:
            raise click.ClickException(f"{name}: {old!r} stands there {source.count(old)} times. Mend the list in {__file__}.")
        mutants.append((name, f"{old.strip()} -> {new.strip() or 'nothing'}", source.replace(old, new), (tests,)))
    for name, stages in FILES.items():
        mutants += [(name, f"line {line}: if {test}", source, stages) for line, test, source in switched_off(ROOT / name)]
    if only:
        mutants = [m for m in mutants if any(word in m[0] + m[1] for word in only)]
    survived = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)  # an ordinary user's tests read it
        copy_of_the_course(folder)
        for tests in {tuple(tests): tests for *_, stages in mutants for tests in stages}.values():
            if found := red(folder, tests):
                raise click.ClickException(f"{found} is red with every line in its place: mend it first.")
        for number, (name, what, source, stages) in enumerate(mutants, 1):
            start, original = time.perf_counter(), (folder / name).read_text(encoding="utf-8")
            (folder / name).write_text(source, encoding="utf-8")
            found = red(folder, *stages)
            (folder / name).write_text(original, encoding="utf-8")
            survived += not found
            click.echo(f"{number:3d} of {len(mutants)}  {time.perf_counter() - start:4.0f} s  {Path(name).name}  {what[:90]}\n"
                       f"             {'red: ' + found if found else 'SURVIVED'}")
    click.echo(f"{len(mutants)} mutants, {survived} survived")
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
