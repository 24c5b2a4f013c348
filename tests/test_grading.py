"""The grader on whole folders: right scores, and hand-ins that are broken or hostile."""

import csv
import dataclasses
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import nbformat
import pytest

from course import ROOT
from course.chapters import notebook, release
from course.grading import judging, plain, probes, sandbox, tasks
from course.site.browser import CHROMIUM

NAME = "05-feature-maps"
BWRAP = pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is missing (Debian: apt install bubblewrap)")
SOLUTION = [cell.source for cell in notebook.code_cells(notebook.read(ROOT / "solutions" / f"{NAME}.ipynb"))]
EXERCISE = [cell.source for cell in notebook.code_cells(notebook.read(ROOT / "exercises" / f"{NAME}.ipynb"))]
EXERCISES = tasks.exercises()
TASKS = [task.name for task in EXERCISES[NAME]]
FULL = sum(task.points for task in EXERCISES[NAME])


def as_notebook(cells, **metadata):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(source)) for source in cells], metadata=metadata)
    return nbformat.writes(nb).encode()


def with_cell(source, at=3):
    """The solution with one more cell in its middle."""
    return as_notebook([*SOLUTION[:at], source, *SOLUTION[at:]])


def unsolved_with(source):
    """The empty exercise with an attack as its first and last cell."""
    return as_notebook([source, *EXERCISE, source])


def forged(*said):
    """Messages to the grader, (kind, bytes as an expression), written to every open file, as a student could."""
    return unsolved_with(f"""
        import json, os, struct
        def message(kind, data): return struct.pack("<cI", kind, len(data)) + data
        def plain(tree, tail=b""): return struct.pack("<I", len(json.dumps(tree))) + json.dumps(tree).encode() + tail
        for number in range(3, 64):
            try:
                os.write(number, b"".join(message(kind, data) for kind, data in [{", ".join(f"({kind!r}, {data})" for kind, data in said)}]))
            except OSError:
                pass
        """)


def replies(tree):
    """The runner's own code made to say something else for each task: `tree` is an expression, `name` and `reply` are there."""
    return unsolved_with(f"""
        import course.grading.plain as p, course.grading.worker as w
        if not hasattr(p, "whole"): p.whole = p.pack
        def lie(reply):
            name = "output_size"
            return p.whole({tree}) if isinstance(reply, dict) and reply.keys() & {{"answer", "error"}} else p.whole(reply)
        p.pack = lie
        """)


SEEN = "if SEEN: raise RuntimeError(str(SEEN))"  # when an attack succeeded: the row's reason tells it

# name: (content, score, status, words of the reason)
HANDINS = {
    "good": (as_notebook(SOLUTION), FULL, "ok", ""),
    "unsolved": (as_notebook(EXERCISE), 0, "ok", ""),
    "endless_loop": (with_cell("while True: pass"), FULL, "needs review", "code cell 4 took too long"),
    "loop_swallows_interrupt": (with_cell("""
        while True:
            try:
                while True: pass
            except BaseException: pass"""), FULL, "needs review", "took too long"),
    "exit": (with_cell("import os; os._exit(0)"), FULL, "needs review", "code cell 4 ended the process"),
    "system_exit": (with_cell("raise SystemExit"), FULL, "ok", "SystemExit"),
    "kill_parent": (with_cell("import os; os.kill(os.getppid(), 9)"), FULL, None, ""),
    "kill_all": (with_cell("import os; os.kill(-1, 9)"), FULL, None, ""),
    "abort": (with_cell("import os; os.abort()"), FULL, "needs review", "ended the process"),
    "fifty_gb": (with_cell("a = bytearray(50 * 10**9)"), FULL, "needs review", "code cell 4 took too much memory"),
    "fifty_gb_in_chunks": (with_cell("a = []\nwhile True: a.append(bytearray(10**8))"), FULL, "needs review", "code cell 4 took too much memory"),
    "shared_memory_that_nobody_holds": (with_cell("""
        import ctypes, time
        c = ctypes.CDLL(None)
        c.shmat.restype = ctypes.c_void_p
        for i in range(16):
            segment = c.shmat(c.shmget(0, ctypes.c_size_t(250 * 2**20), 0o1600), None, 0)
            ctypes.memset(segment, 1, 250 * 2**20)
            c.shmdt(ctypes.c_void_p(segment))
        time.sleep(60)"""), FULL, "needs review", "code cell 4 took too much memory"),
    "tables_of_pages": (with_cell("""
        import ctypes, time
        c = ctypes.CDLL(None)
        c.mmap.restype, c.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
        for i in range(4):
            start = c.mmap(None, 2**40, 1, 0x4022, -1, 0)
            pages = np.frombuffer((ctypes.c_char * 2**40).from_address(start), "u1")
            pages[::2**21].sum()
        time.sleep(60)"""), FULL, "needs review", "code cell 4 took too much memory"),
    "fifty_gb_in_processes": (with_cell("""
        import os, time
        for i in range(30):
            if os.fork() == 0:
                a = b'x' * 10**9
                time.sleep(60)
        time.sleep(60)"""), FULL, "needs review", "too much memory"),
    "five_hundred_processes": (with_cell("import os, time\nfor i in range(500):\n    if os.fork() == 0: time.sleep(100)"), FULL,
                               "needs review", "too many processes"),
    "fork_and_go_on": (with_cell("import os\nos.fork()"), FULL, None, ""),
    "two_hundred_mb_printed": (with_cell("print('x' * 200_000_000)"), FULL, "ok", ""),
    "prints_for_ever": (with_cell("while True: print('x' * 1000)"), FULL, "needs review", "too long"),
    "check_deleted": (as_notebook([s for s in SOLUTION if "assert" not in s]), FULL, "ok", ""),
    "check_edited": (as_notebook([re.sub("assert .*", "assert False", s) for s in SOLUTION]), FULL, "ok", ""),
    "check_duplicated": (as_notebook([s for s in SOLUTION for _ in range(1 + ("assert" in s))]), FULL, "ok", ""),
    "every_cell_twice": (as_notebook([s for s in SOLUTION for _ in range(2)]), FULL, "ok", ""),
    "wrong_then_right": (with_cell("def output_size(n, k, p, s): return 0", at=1), FULL, "ok", ""),
    "right_then_wrong": (as_notebook([*SOLUTION, "def output_size(n, k, p, s): return 0"]), FULL - 2, "ok", ""),
    "no_metadata": (json.dumps({"cells": [{"cell_type": "code", "source": s} for s in SOLUTION], "nbformat": 4}).encode(), FULL, "ok", ""),
    "unknown_kernel": (as_notebook(SOLUTION, kernelspec={"name": "julia", "display_name": "Julia", "language": "julia"}), FULL, "ok", ""),
    "truncated": (as_notebook(SOLUTION)[:2000], 0, "unreadable", "no JSON"),
    "zero_bytes": (b"", 0, "unreadable", "empty"),
    "a_list": (b"[1, 2]", 0, "unreadable", "no notebook"),
    "deep": (b"[" * 200_000, 0, "unreadable", "deep|no JSON"),
    "utf16": (as_notebook(SOLUTION).decode().encode("utf-16"), FULL, "ok", ""),
    "utf16_no_mark": (as_notebook(SOLUTION).decode().encode("utf-16-le"), FULL, "ok", ""),
    "utf8_mark": (b"\xef\xbb\xbf" + as_notebook(SOLUTION), FULL, "ok", ""),
    "latin1": (json.dumps({"cells": [{"cell_type": "code", "source": s} for s in ["# caf\xe9", *SOLUTION]], "nbformat": 4},
                          ensure_ascii=False).replace("\N{CHECK MARK}", "").encode("latin-1"), FULL, "ok", ""),
    "nbformat3": (nbformat.writes(nbformat.convert(nbformat.reads(as_notebook(SOLUTION).decode(), 4), 3), 3).encode(), FULL, "ok", ""),
    "colab": (with_cell("""
        %tensorflow_version 2.x
        %load_ext tensorboard
        !pip install -q numpy==1.0
        %pip install torch
        from google.colab import drive, files
        drive.mount("/content/drive")
        %matplotlib inline
        SEEN = True"""), FULL, "ok", ""),
    "input": (with_cell("name = input('your name? ')"), FULL, "ok", "EOFError"),
    "syntax_error": (with_cell("def broken(:"), FULL, "ok", "code cell 4 raises SyntaxError"),
    "syntax_error_in_task": (as_notebook([s.replace("def output_size(n, k, p, s):", "def output_size(n, k, p, s:") for s in SOLUTION]),
                             FULL - 2, "needs review", r"output_size was not judged \(it is not defined\); code cell . raises SyntaxError"),
    "patches_numpy": (unsolved_with("""
        import numpy as np
        np.allclose = np.array_equal = lambda *a, **k: True
        np.savez = np.savez_compressed = np.load = None"""), 0, None, ""),
    "patches_assert": (unsolved_with("""
        import builtins
        builtins.AssertionError = builtins.NotImplementedError = type("Fine", (Exception,), {})
        __import__("sys").excepthook = lambda *a: None"""), 0, None, ""),
    "patches_grader": (unsolved_with("""
        import course.grading.probes, course.grading.plain, course.grading.worker as w, course.grading.tasks as t
        course.grading.probes.run = lambda *a: [{"value": 28}] * 99
        course.grading.plain.difference = lambda *a, **k: None
        t.Task.verdict = lambda *a: None
        w.END = b"A" """), 0, None, ""),
    "patches_ipython": (unsolved_with("""
        shell = get_ipython()
        shell.run_cell = lambda *a, **k: None
        shell.events.register("post_run_cell", lambda *a: print("here"))
        shell.input_transformers_post.append(lambda lines: [])
        shell.user_ns = {}"""), 0, None, ""),
    "reads_hidden_inputs": (as_notebook([*EXERCISE, """
        import gc, sys
        frame, seen = sys._getframe(), []
        while frame:  # the worker's own variables
            seen += [str(v) for v in frame.f_locals.values() if "output_size" in str(v)[:2000]]
            frame = frame.f_back
        def output_size(n, k, p, s):
            return seen"""]), 0, "ok", ""),
    "reads_other_files": (with_cell("""
        import os, glob
        SEEN = [f for f in ("/etc/shadow", "/etc/passwd", "/home", "/var") if os.path.exists(f)]
        for top in set(os.listdir("/")) - {"proc", "usr", "lib", "lib64", "bin", "sbin", "env", "dev", "data"}:
            for folder, _, files in os.walk("/" + top):
                SEEN += [folder for part in ("solutions", "submissions", "results") if folder.endswith(part)]
                SEEN += [f for f in files if f.endswith(".ipynb")]
        for number in ("1", "2", str(os.getppid())):
            for file in ("environ", "mem", "maps", "fd/0"):
                try:
                    open(f"/proc/{number}/{file}").read()
                    SEEN.append(f"/proc/{number}/{file}") if number != "1" or os.getpid() != 1 else None
                except OSError:
                    pass
        SEEN += [k for k in os.environ if "SECRET" in k or k in ("SUDO_USER", "SSH_AUTH_SOCK", "COURSE_DATA")]
        """ + SEEN), FULL, "ok", "^$"),
    "writes_outside": (with_cell("""
        SEEN = []
        for path in ("/x", "/usr/x", "/env/x", "/course/course/x", "/course/course/__init__.py", "/etc/x", "/proc/sys/kernel/hostname", "/dev/x"):
            try:
                with open(path, "a") as f: f.write("x")
                SEEN.append(path)
            except OSError:
                pass
        """ + SEEN), FULL, "ok", "^$"),
    "mounts": (with_cell("""
        import ctypes
        c = ctypes.CDLL(None)
        SEEN = [c.mount(b"t", b"/work", b"tmpfs", 0, None) == 0, c.umount2(b"/tmp", 2) == 0, c.setuid(0) == 0]
        SEEN = [s for s in SEEN if s]
        """ + SEEN), FULL, "ok", "^$"),
    "network": (with_cell("""
        import socket
        SEEN = []
        for address in (("1.1.1.1", 53), ("127.0.0.1", 22), ("::1", 22)):
            try:
                SEEN.append(socket.create_connection(address, 2))
            except OSError:
                pass
        """ + SEEN), FULL, "ok", "^$"),
    "answer_object": (as_notebook([*SOLUTION, "def output_size(n, k, p, s): return open('/work/x', 'w')"]), FULL - 2, "ok", "^$"),
    "answer_link": (as_notebook([*SOLUTION, "import os, pathlib\nos.symlink('/etc/passwd', '/work/l')\n"
                                 "def output_size(n, k, p, s): return pathlib.Path('/work/l')"]), FULL - 2, "ok", "^$"),
    "answer_fifo": (as_notebook([*SOLUTION, "import os\nos.mkfifo('/work/f')\ndef output_size(n, k, p, s): return open('/work/f').read()"]),
                    FULL - 2, "needs review", "output_size took too long"),
    "answer_nan": (as_notebook([*SOLUTION, "def output_size(n, k, p, s): return float('nan')"]), FULL - 2, "ok", "^$"),
    "answer_huge": (as_notebook([*SOLUTION, "def output_size(n, k, p, s): return np.zeros((20_000, 20_000))"]), FULL - 2, None, ""),
    "answer_nested": (as_notebook([*SOLUTION, "nest = []\nnest.append(nest)\ndef output_size(n, k, p, s): return nest"]), FULL - 2, None, ""),
    "answer_dies": (as_notebook([*SOLUTION, "import os\ndef output_size(n, k, p, s): os._exit(0)"]), FULL - 2, "needs review", "output_size ended"),
    "says_error_empty": (replies('{"error": ""}'), 0, "ok", ""),
    "says_error_array": (replies('{"error": __import__("numpy").zeros(2), "name": name}'), 0, "ok", ""),
    "says_array": (replies('__import__("numpy").zeros(3)'), 0, "ok", ""),
    "says_both": (replies('{"answer": 28, "error": ""}'), 0, "ok", ""),
    "forged_before_its_task": (forged((b"A", 'plain({"answer": [{"value": 28}] * 15})')), 0, "needs review", "disturbed"),
    "forged_task_and_answer": (forged((b"T", 'b"0"'), (b"A", 'plain({"error": ""})')), 0, "needs review", ""),
    "forged_answer_twice": (forged((b"T", 'b"0"'), *[(b"A", 'plain({"answer": []})')] * 2), 0, "needs review", "disturbed"),
    "forged_all_tasks": (forged(*[(kind, data) for n in range(len(TASKS)) for kind, data in
                                  [(b"T", f'b"{n}"'), (b"A", 'plain({"error": ""})')]], (b"X", 'b""')), 0, None, ""),
    "forged_after_the_end": (forged((b"X", 'b""'), (b"T", 'b"0"'), (b"A", 'plain({"error": ""})')), 0, "needs review", "disturbed"),
    "forged_end": (forged((b"X", 'b""')), 0, "needs review", "disturbed"),
    "forged_nonsense": (forged((b"A", "os.urandom(1000)")), 0, "needs review", "disturbed"),
    "forged_kind": (forged((b"Z", 'b""')), 0, "needs review", "disturbed"),
    "forged_cell_of_many_digits": (forged((b"O", """b'{"cell": ' + b"9" * 4300 + b', "text": "", "error": ["E", "", null], "images": []}'""")), 0,
                                   "needs review", "disturbed"),
    "forged_cell_infinite": (forged((b"O", """b'{"cell": 1e999, "text": "", "error": null}'""")), 0, "needs review", "disturbed"),
    "forged_next_cell": (forged((b"O", """b'{"text": "", "error": null}'"""), (b"C", 'b"9" * 5000')), 0, "needs review", "disturbed"),
    "forged_output_deep": (forged((b"O", 'b"[" * 100_000')), 0, "needs review", "disturbed"),
    "forged_picture": (forged((b"O", """b'{"text": "", "error": null}'"""), (b"P", 'b"<svg onload=alert(1)>"')), 0, "needs review", "disturbed"),
    "picture_of_gigabytes": (with_cell("""
        import gc, struct, types
        [worker] = [f.__globals__ for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__name__ == "close_doors"]
        png = b"\\x89PNG\\r\\n\\x1a\\n" + struct.pack(">I4sII", 13, b"IHDR", 30_000, 30_000) + bytes(99)
        worker["pictures"] = lambda most: [png]"""), FULL, "needs review", "code cell 4 disturbed"),
    "large_figures": (with_cell("""
        import matplotlib.pyplot as plt
        for size in ((6, 4), (90, 90)):
            plt.figure(figsize=size)"""), FULL, "ok", "^$"),
    "forged_pickle": (forged((b"T", 'b"0"'), (b"A", 'b"\\x80\\x04cos\\nsystem\\n(S\'true\'\\ntR."')), 0, None, ""),
    "forged_bomb": (forged((b"T", 'b"0"'), (b"A", 'plain({"answer": [{"__array__": ["<f8", [10**9]]}] * 10_000}, bytes(100))')), 0, None, ""),
    "forged_references": (forged((b"T", 'b"0"'), (b"A", 'plain({"answer": [{"__array__": ["<f8", [10**6]]}] * 40}, bytes(8 * 10**6))')), 0, None, ""),
    "forged_tree": (forged((b"T", 'b"0"'), (b"A", '(lambda t: struct.pack("<I", len(t)) + t)(b"[" + b"[]," * 10**6 + b"[]]")')), 0, None, ""),
    "forged_flood": (unsolved_with("""
        import os, struct, time
        start = time.time()
        while time.time() - start < 100:
            for number in range(3, 64):
                try: os.write(number, struct.pack("<cI", b"C", 1) + b"1" + struct.pack("<cI", b"O", 2) + b"{}")
                except OSError: pass"""), 0, "needs review", "disturbed"),
    "odd_exception": (with_cell("""raise type("=cmd|calc\\n\\x1b[31m: full marks were agreed", (Exception,), {})("\\u202e")"""), FULL, "ok",
                      "^code cell 4 raises an exception with an odd name$"),
    "hidden_cases_in_memory": (as_notebook([*EXERCISE, """
        import gc
        SEEN = [o for o in gc.get_objects() if isinstance(o, dict) and {"probe", "cases"} <= o.keys()]
        SEEN += [str(o)[:200] for o in gc.get_objects() if isinstance(o, (list, tuple)) and str(o).startswith("[(32, 5, 0, 1), (5, 5")]
        """ + SEEN]), 0, "ok", "^$"),
    "five_stopped_cells": (as_notebook([*SOLUTION, *["import os; os._exit(0)"] * 5, "x = 1"]), FULL, "needs review",
                           "code cells? .* left out"),
    "ten_thousand_cells": (as_notebook([*SOLUTION, *["x = 1"] * 10_000]), FULL, "ok", ""),
    "three_hundred_mb": (b'{"cells": [], "metadata": {"x": "' + b"x" * 300_000_000 + b'"}}', 0, "unreadable", "larger than 30 MB"),
    "comments_for_ever": (b"#\n" * 2000 + b"x", 0, "unreadable", "it is text"),
    "scripts": (with_cell("""
        from IPython.display import HTML, Javascript, display
        display(HTML("<script>document.title = 'owned'</script><img src=x onerror=\\"document.title='owned'\\">"))
        print("</pre><script>document.title = 'owned'</script>")
        raise ValueError("<script>document.title = 'owned'</script>")"""), FULL, "ok", "ValueError"),
    "no_task": (as_notebook(["x = 1"]), 0, "unknown exercise", "defines none"),
}


def grade(folder, out, *options, env=None):
    return subprocess.run([sys.executable, "-m", "course", "grade", str(folder), "--out", str(out), *options], cwd=ROOT,
                          capture_output=True, text=True, env={**os.environ, **(env or {})})


def rows(out):
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


NEVER_END = {"endless_loop", "loop_swallows_interrupt", "prints_for_ever", "answer_fifo"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Every hand-in above, graded in two goes, with a secret in the grader's environment."""
    folder, for_ever, out = tmp_path_factory.mktemp("submissions"), tmp_path_factory.mktemp("for_ever"), tmp_path_factory.mktemp("out")
    for name, (content, *_) in HANDINS.items():
        ((for_ever if name in NEVER_END else folder) / f"{name}.ipynb").write_bytes(content)
    os.mkfifo(folder / "fifo.ipynb")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    # 30 seconds: on a busy machine 120 forks of a large process, or 3 GB, may take 10, and the clock must not be first. What never
    # ends may take less.
    for hand_ins, seconds in ((folder, 30), (for_ever, 8)):
        ran = grade(hand_ins, out / hand_ins.name, "--only", "05", "--limit", f"cell_seconds={seconds}", "--limit", "memory_mb=3000",
                    "--limit", "processes=120", env={"COURSE_SECRET": "1"})
        assert ran.returncode == 0, ran.stderr[-2000:]
        assert "Traceback" not in ran.stderr
    return out / folder.name, rows(out / folder.name) | rows(out / for_ever.name)


@BWRAP
@pytest.mark.parametrize("name", HANDINS)
def test_a_hand_in_gets_its_row(name, hostile):
    _, score, status, reason = HANDINS[name]
    row = hostile[1][name]
    assert (int(row["score"]), row["status"]) == (score, status or row["status"]), row
    assert re.search(reason, row["reason"]), row


@BWRAP
def test_a_page_shows_no_picture_that_fills_a_browsers_memory(hostile):
    """Few bytes may be many pixels: of two figures, 6 by 4 and 90 by 90 inches, the page has the small one."""
    page, = (hostile[0] / "feedback").glob("large_figures-*.html")
    assert page.read_text().count("data:image/png") == 1


@BWRAP
def test_nothing_stays_for_the_next(tmp_path):
    """Two hand-ins in one warm process: the second finds neither processes nor files of the first."""
    first = """
        import os, subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", "left" + "behind"], start_new_session=True)
        for folder in ("/tmp", "/work", "/dev/shm"):
            open(folder + "/leftbehind", "w").write("x")
            print(folder)"""
    second = """
        import glob, os
        print([f for f in ("/tmp", "/work", "/dev/shm") if os.path.exists(f + "/leftbehind")])
        for file in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                if "left" + "behind" in open(file).read(): print(file)
            except OSError:
                pass"""
    limits = dataclasses.asdict(sandbox.Limits())
    try:
        said = [sandbox.perform([textwrap.dedent(cell)], [], limits, "stand-in")["cells"][0]["text"] for cell in (first, second)]
    finally:
        sandbox.close_all()
    assert said == ["/tmp\n/work\n/dev/shm\n", "[]\n"]


@BWRAP
@pytest.mark.parametrize("cells, stopped, left_out", [
    ([SOLUTION, *["import time; time.sleep(3)"] * 12], [], range(16, 24)),
    ([SOLUTION, "import time; time.sleep(100)", "x = 1"], [("cell 13", "total time")], [14]),
], ids=["many", "one"])
def test_tasks_are_asked_when_the_cells_take_the_time(cells, stopped, left_out):
    """A part of the time is kept for them, and the row says which cells were left out."""
    first = [SOLUTION[0], *[cell for cell in SOLUTION[1:] if release.BEGIN in cell]]
    cells = [*first, *["pass"] * (13 - len(first)), *cells[1:]]
    limits = dataclasses.asdict(sandbox.Limits(total_seconds=30, cell_seconds=60 if stopped else 10))
    try:
        raw = sandbox.perform(cells, [task.job(0) for task in EXERCISES[NAME][:3]], limits, "stand-in")
    finally:
        sandbox.close_all()
    assert raw["stopped"] == stopped and raw["finished"]
    assert raw["left_out"] in left_out and list(raw["answers"]) == TASKS[:3]


@BWRAP
def test_an_ordinary_user_can_grade(tmp_path):
    """The sandbox without root's rights. (In CI the whole file runs as an ordinary user.)"""
    if os.geteuid() != 0:
        pytest.skip("all other tests run as an ordinary user already")
    # Root's home is closed to others: an empty open one takes its place, with the interpreter and the course in it.
    nobody = ["bwrap", "--dev-bind", "/", "/", "--perms", "0755", "--tmpfs", str(Path.home()), "--cap-add", "ALL"]
    for path in map(Path, (sys.base_prefix, sys.prefix, ROOT)):
        for parent in reversed([p for p in path.parents if p.is_relative_to(Path.home())]):
            nobody += ["--perms", "0755", "--dir", str(parent)]
        nobody += ["--ro-bind", str(path), str(path)]
    nobody += ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    code = ("import dataclasses, sys; sys.path.insert(0, sys.argv[1]); from course.grading import sandbox; "
            "print(sandbox.perform(['import os; print(os.getuid())'], [], dataclasses.asdict(sandbox.Limits()), 'stand-in')['cells'][0]['text'])")
    ran = subprocess.run([*nobody, sys.executable, "-c", code, ROOT], cwd="/", capture_output=True, text=True)
    assert ran.stdout.strip() == "65534", ran.stderr[-1000:]


@BWRAP
def test_special_files_get_a_row(hostile):
    assert len(hostile[1]) == len(HANDINS) + 2
    for name in ("fifo", "link"):
        assert hostile[1][name]["status"] == "unreadable"


@BWRAP
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is missing (Debian: apt install chromium)")
def test_nothing_runs_in_the_teachers_browser(hostile):
    page = next((hostile[0] / "feedback").glob("scripts-*.html"))
    ran = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom",
                          f"file://{page}"], capture_output=True, text=True, timeout=120)
    assert "<h1>" in ran.stdout
    assert "<title>owned" not in ran.stdout
    assert "<script" not in ran.stdout and "onerror" not in re.sub(r"<pre.*?</pre>", "", ran.stdout, flags=re.S)


@BWRAP
def test_hidden_inputs_stay_hidden(hostile):
    """No page says what a hidden case was or what was expected."""
    task = EXERCISES[NAME][0]
    page = next((hostile[0] / "feedback").glob("right_then_wrong-*.html")).read_text()
    assert "hidden cases" in page
    for case in task.inputs(0)[0][3:]:
        assert str(list(case))[1:-1] not in page and str(tuple(case)) not in page


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """For each exercise: solved, unsolved, and one task answered wrong. test_exercises judges every wrong answer."""
    folder, out = tmp_path_factory.mktemp("mixed"), tmp_path_factory.mktemp("mixed-out") / "graded"
    expected = {}
    for name, found in EXERCISES.items():
        nb = notebook.read(ROOT / "solutions" / f"{name}.ipynb")
        cells = [cell.source for cell in notebook.code_cells(nb)]
        full = sum(task.points for task in found)

        def put(student, cells, score, lost=None):
            path = folder / student / f"{name} (1).ipynb"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(as_notebook(cells))
            expected[student, name] = score, lost

        put("solved", cells, full)
        unsolved = release.exercise(nb, name)
        put("unsolved", [cell.source for cell in notebook.code_cells(unsolved)], 0)
        task = found[int(name[:2]) % len(found)]
        put("wrong", [*cells, f"def {task.name}(*args, **kwargs):\n    return -1"], full - task.points, task.name)
    ran = grade(folder, out, "--seed", "7")
    assert ran.returncode == 0, ran.stderr[-2000:]
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        return {(row["student"], row["notebook"]): row for row in csv.DictReader(file)}, expected


@BWRAP
def test_a_mixed_folder_gets_the_right_scores(mixed):
    """Reference solutions full marks, unsolved exercises 0, a wrong answer costs exactly its task."""
    found, expected = mixed
    assert found.keys() == expected.keys()
    for key, (score, lost) in expected.items():
        row = found[key]
        assert (int(row["score"]), row["status"]) == (score, "ok"), row
        if lost:
            assert row[lost] == "0" and all(row[t.name] == str(t.points) for t in EXERCISES[key[1]] if t.name != lost)


@BWRAP
def test_a_run_that_was_cut_off_goes_on(tmp_path):
    """--resume grades what is missing and nothing twice; the tables are the same."""
    folder = tmp_path / "in"
    folder.mkdir()
    for student in ("a", "b", "c"):
        (folder / f"{student}.ipynb").write_bytes(as_notebook(SOLUTION))
    assert grade(folder, tmp_path / "whole", "--only", "05").returncode == 0
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    kept, lost, *_ = sorted((tmp_path / "cut" / "results").iterdir())
    lost.unlink()
    (tmp_path / "cut" / "scores.csv").unlink()
    before = kept.stat().st_mtime_ns
    refused = grade(folder, tmp_path / "cut", "--only", "05")
    assert refused.returncode == 1 and "--resume" in refused.stderr and "Traceback" not in refused.stderr
    other = grade(folder, tmp_path / "cut", "--only", "05", "--resume", "--seed", "1")
    assert other.returncode == 1 and "another seed" in other.stderr
    assert grade(folder, tmp_path / "cut", "--only", "05", "--resume").returncode == 0
    assert kept.stat().st_mtime_ns == before
    for file in ("scores.csv", "canvas.csv", "index.html", f"results/{lost.name}"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


@BWRAP
def test_hidden_inputs_are_drawn_anew_for_each_run(tmp_path):
    """Whoever has the repository must not be able to draw them at home."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_bytes(as_notebook(SOLUTION))
    seeds = set()
    for out in (tmp_path / "first", tmp_path / "second"):
        assert grade(tmp_path / "in", out, "--only", "05").returncode == 0
        seeds.add(json.loads((out / "settings.json").read_text())["seed"])
    assert len(seeds) == 2


@BWRAP
def test_own_checks_replace_the_courses(tmp_path):
    """A teacher's private file asks for one task alone."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.ipynb").write_bytes(as_notebook(SOLUTION))
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / f"{NAME}.py").write_text(
        "from course.grading.tasks import Task\noutput_size = Task('output_size', points=9)\n"
        "@output_size.cases\ndef _(rng):\n    return [(9, 3, 0, 1)]\n")
    assert grade(tmp_path / "in", tmp_path / "out", "--checks", str(tmp_path / "checks")).returncode == 0
    row = rows(tmp_path / "out")["x"]
    assert (row["score"], row["max"], row["output_size"]) == ("9", "9", "9")


@pytest.mark.parametrize("arguments, words", [
    (["/nowhere"], "no folder"),
    ([".", "--only", "99"], "is no exercise"),
    ([".", "--limit", "memory=2"], "NAME=NUMBER"),
    ([".", "--checks", "/nowhere"], "holds no checks"),
])
def test_wrong_input_gets_one_sentence(arguments, words, tmp_path):
    ran = grade(arguments[0], tmp_path / "out", *arguments[1:])
    assert ran.returncode == 1 and words in ran.stderr and "Traceback" not in ran.stderr


def test_without_bubblewrap_it_says_what_to_install(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(as_notebook(SOLUTION))
    ran = grade(tmp_path, tmp_path / "out", env={"PATH": "/nowhere"})
    assert ran.returncode == 1 and "apt install bubblewrap" in ran.stderr and "Traceback" not in ran.stderr


def test_plain_data_comes_back_as_it_went():
    import numpy as np

    tree = {"a": [1, 2.5, None, True, "x"], "b": np.arange(6).reshape(2, 3), "c": {"d": 1j}, "e": float("nan")}
    back = plain.unpack(plain.pack(tree))
    assert back["a"] == tree["a"] and back["c"] == tree["c"] and np.isnan(back["e"])
    assert (back["b"] == tree["b"]).all() and back["b"].dtype == tree["b"].dtype


@pytest.mark.parametrize("reply", [
    *({"error": e} for e in ("", " ", None, [], 0, False, {}, 1, True, 0.0, ["x"], {"a": 1})), {"error": "", "name": "output_size"},
    {"answer": [], "error": ""}, {"answer": None, "error": None}, {}, {"name": "output_size"}, {"Answer": []}, None, [], 0, False, "", "answer", 1.5,
    {"answer": None}, {"answer": []}, {"answer": {}}, {"answer": True}, {"answer": 0}, {"answer": ""},
    *({"answer": [case] * 15} for case in ({}, None, [], 0, "", {"error": ""}, {"error": None}, {"value": None}, {"value": float("nan")},
                                           {"value": True}, {"value": []}, {"value": {}}, {"changed": True}, {"value": 28, "error": ""})),
], ids=repr)
def test_only_a_right_answer_earns_points(reply):
    """Every other reply, of whatever shape, gets a phrase for every task."""
    for task in EXERCISES[NAME][:3]:  # those whose answers are numbers: 28 stands for the right one here
        reference = plain.pack({"answer": probes.run("call", lambda *case: 28, task.job(0)["cases"], 0)})
        assert judging.judge_task(task, reference, reference, 0) is None
        problem = judging.judge_task(task, plain.pack(reply), reference, 0)
        assert isinstance(problem, str) and problem.strip()


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", lambda: 0, __import__("numpy").array([object()])])
def test_other_data_is_refused(value):
    with pytest.raises(plain.NotPlain):
        plain.pack([value])


def raw(tree, tail=b""):
    """Plain data as anybody could write it."""
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return plain.LENGTH.pack(len(text)) + text + tail


@pytest.mark.parametrize("data", [
    b"", b"x", b"nonsense", plain.pack([1])[:-1], plain.pack([1]) + b"x", raw(b"\xff"), raw(b"[" * 100_000), raw(b"9" * 5000),
    raw({"__array__": 0}), raw({"__array__": ["<f8", [10**12]]}), raw({"__array__": ["<f8", [2, -1]]}, bytes(8)),
    raw({"__array__": ["<f8", [1.0]]}, bytes(8)), raw({"__array__": ["|O", [1]]}, bytes(8)), raw({"__array__": ["<f8", [1] * 40]}, bytes(8)),
    raw({"__array__": ["<V8", [1]]}, bytes(8)), raw({"__array__": ["U0", [9]]}), raw({"__array__": ["f8,f8", [1]]}, bytes(16)),
    raw([{"__array__": ["<f8", [1]]}] * 2, bytes(8)), raw({"__complex__": [1]}), raw({"__complex__": ["1", [2]]}),
], ids=lambda data: repr(data[:40]))
def test_other_bytes_are_not_read(data):
    with pytest.raises(plain.NotPlain):
        plain.unpack(data)


def test_an_array_is_read_once(tmp_path):
    """However often it is named: its bytes are used up. And a large text is refused before it is parsed."""
    with pytest.raises(plain.NotPlain, match="without its bytes"):
        plain.unpack(raw([{"__array__": ["<f8", [1000]]}] * 40, bytes(8000)))
    with pytest.raises(plain.NotPlain):
        plain.unpack(raw(b"[" + b"0," * plain.MAX_TEXT + b"0]"))
    with pytest.raises(plain.NotPlain, match="larger"):
        plain.pack(["x" * (plain.MAX_TEXT + 1)])
    with pytest.raises(plain.NotPlain, match="hundreds of digits"):
        plain.pack(10**1000)


@pytest.mark.parametrize("answer, reference, right", [
    (3.0, 3, True), (3, 3.0, True), (3.5, 3, False), (True, True, True), (1, True, True), (0, True, False), ("a ", "a", True),
    ([1, 2], [1.0, 2.0], True), ([1, 2], [[1, 2]], False), (None, 1, False), ("1", 1, False), (float("nan"), 1.0, False),
    ({"a": 1}, {"a": 1}, True), ({"a": 1, "b": 2}, {"a": 1}, False), ([[1], [2, 3]], [[1], [2, 3]], True), ([[1], [2, 4]], [[1], [2, 3]], False),
    (None, None, True), (0, None, False), (1.00001, 1.0, True), (1.01, 1.0, False), (False, None, False), ([], [], True),
    (100_000.5, 100_000, False), ([3 + 1e-13], [3], True), ([1 - 1e-13], [True], False), ({}, 1.0, False),
])
def test_answers_are_compared_by_value(answer, reference, right):
    assert (plain.difference(answer, reference) is None) == right


@pytest.mark.parametrize("answer, reference, phrase", [
    (float("nan"), 1.0, "values that are not finite"), ([[1, 2]], [1, 2], "a wrong shape"), (1.5, [1, 2], "a wrong shape"), ("1", 1, "no number"),
    ("1", [1], "no array of numbers"), (None, 1, "nothing"), ({"a": 1}, {"b": 1}, "a dict with other keys"), ([1], {"b": 1}, "no dict"),
    ({"a": 2}, {"a": 1}, 'a wrong value under "a"'), (1, ["a", 2], "no list"), (["a"], ["a", 2], "a list of a wrong length"), ("b", "a", "a wrong text"),
])
def test_a_phrase_says_what_is_wrong(answer, reference, phrase):
    assert plain.difference(answer, reference) == phrase


def test_deep_nesting_is_refused_both_ways():
    deep = 1
    for _ in range(plain.MAX_DEPTH + 3):
        deep = [deep]
    with pytest.raises(plain.NotPlain, match="nested"):
        plain.pack(deep)
    with pytest.raises(plain.NotPlain, match="nested"):
        plain.unpack(raw(deep))


def test_single_numbers_of_numpy_are_plain_data():
    import numpy as np

    back = plain.unpack(plain.pack([np.int64(3), np.bool_(True), np.array(2.5)]))
    assert back == [3, True, 2.5] and [type(v) for v in back] == [int, bool, float]
    with pytest.raises(plain.NotPlain, match="holds a set"):
        plain.pack([{1, 2}])


def test_a_long_whole_number_is_not_read():
    with pytest.raises(plain.NotPlain, match="hundreds of digits"):
        plain.unpack(raw(b"9" * (plain.MAX_DIGITS + 1)))


@BWRAP
def test_a_cluster_gives_the_same_and_survives_a_lost_worker(tmp_path):
    """Two Dask workers, one killed on the way: results equal to the byte."""
    distributed = pytest.importorskip("distributed")
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(8):
        slow = ["import time; time.sleep(2)"] if number else []
        (folder / f"s{number}.ipynb").write_bytes(as_notebook([*SOLUTION, *slow]))
    assert grade(folder, tmp_path / "here", "--only", "05", "--seed", "7").returncode == 0
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        run = subprocess.Popen([sys.executable, "-m", "course", "grade", str(folder), "--out", str(tmp_path / "there"), "--only", "05", "--seed", "7",
                                "--scheduler", cluster.scheduler_address], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        while len(list((tmp_path / "there" / "results").glob("*.json"))) < 2 and run.poll() is None:
            time.sleep(0.2)
        os.kill(victim, 9)
        assert run.wait() == 0, run.stderr.read()[-2000:]
    for file in sorted((tmp_path / "here").rglob("*")):
        if file.is_file():
            assert file.read_bytes() == (tmp_path / "there" / file.relative_to(tmp_path / "here")).read_bytes(), file


def test_the_teachers_page_keeps_its_word(tmp_path):
    """Each command of book/for-teachers.md runs as it stands there, on a folder of two hand-ins."""
    page = (ROOT / "book" / "for-teachers.md").read_text(encoding="utf-8")
    commands = [line.strip() for block in re.findall(r"```bash\n(.*?)```", page, re.S) for line in block.splitlines()]
    assert sum("grade" in command for command in commands) == 8
    options = set(re.findall(r"(--[a-z-]+)", " ".join(commands)))
    assert options >= {"--student-from", "--attempts", "--partial", "--roster", "--worksheet", "--gradebook", "--column", "--regrade"}
    folder = tmp_path / "handins"
    folder.mkdir()
    (folder / "ann.ipynb").write_bytes(as_notebook(SOLUTION))
    (folder / "bob.ipynb").write_bytes(as_notebook(EXERCISE))
    files = {
        "roster.csv": "id,name\nann,Ann\nbob,Bob\ncem,Cem\n",
        "worksheet.csv": f"Identifier,Full name,ID number,Grade,Maximum grade,Last modified (grade),Feedback comments\nParticipant 1,Ann,ann,,{FULL}.00,-,\n",
        "gradebook.csv": f"Student,ID,SIS Login ID,Section,Homework 5 (7)\n    Points Possible,,,,{FULL}\nAnn,1,ann,,\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    env = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}", "OUT": str(tmp_path / "graded"), "MAKEFLAGS": ""}
    servers = []

    def run(command, out):
        more = [f"OUT={out}"] if command.startswith("make grade") else ["--out", str(out)] if "grade" in command else []
        if command.startswith("make quiz"):
            command += f" OUT={tmp_path / 'quiz'}"
        ran = subprocess.run([*shlex.split(command), *more], cwd=ROOT, env=env, capture_output=True, text=True)
        assert ran.returncode == 0, (command, ran.stderr[-1000:])
        return {student: row["score"] for student, row in rows(out).items()} if more else None

    try:
        for number, command in enumerate(commands):
            for name in ("handins", *files):
                command = command.replace(name, str(tmp_path / name))
            if not shutil.which("bwrap") and "grade" in command or command.startswith("pip install"):
                continue
            if not CHROMIUM and "quiz" in command:
                continue
            if "dask" in command and "grade" not in command:
                servers.append(subprocess.Popen(command.split(), cwd=ROOT, env=env, stderr=subprocess.DEVNULL, start_new_session=True))
                time.sleep(10)
                continue
            out = tmp_path / (f"out{number}" if "--scheduler" in command else "out")
            assert run(command, out) in (None, {"ann": str(FULL), "bob": "0"}), command
            if "--worksheet" in command:
                assert f",{FULL},{FULL}.00,-,output_size: 2 of 2" in (out / f"moodle-{NAME}.csv").read_text()
        if shutil.which("bwrap"):
            (tmp_path / "out" / "marks.csv").write_text(re.search(r"```text\n(student,.*?)```", page, re.S)[1])
            assert run(f"python -m course grade {folder} --resume", tmp_path / "out") == {"ann": str(FULL), "bob": "1"}
    finally:
        for server in servers:
            os.killpg(server.pid, 9)
            server.wait()


def test_the_task_of_the_teachers_page_works():
    """Taken literally, it passes what the tests ask of each task."""
    import numpy as np

    page = (ROOT / "book" / "for-teachers.md").read_text(encoding="utf-8")
    answer, checks = (textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", page, re.S))
    space = {"Task": tasks.Task, "np": np}
    exec(answer, space)
    exec(checks.replace("double", "task").replace('"task"', '"double"'), space)
    task, double = space["task"], space["double"]
    reference = probes.call(double, *task.inputs(0))
    assert len(task.rights) >= 2 and len(task.wrongs) >= 6
    assert all(task.verdict(probes.call(f, *task.inputs(0)), reference, 0) is None for f in [double, *task.rights.values()])
    assert all(task.verdict(probes.call(f, *task.inputs(0)), reference, 0) for f in task.wrongs.values())
    nb = notebook.read(ROOT / "solutions" / f"{NAME}.ipynb")
    nb.cells += [nbformat.v4.new_code_cell(answer)]
    assert "return 2 * x" not in release.exercise(nb, "x").cells[-1].source
