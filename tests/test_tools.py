"""The command line: what is stored is whole, and wrong input gets one sentence."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course import ROOT, CourseError
from course.chapters import notebook
from course.chapters import run as chapters

ENV = {**os.environ, "COURSE_DATA": "stand-in"}


def course(*arguments, **env):
    return subprocess.run(
        [sys.executable, "-m", "course", *map(str, arguments)], cwd=ROOT, env={**ENV, **env}, capture_output=True, text=True
    )


def one_sentence(result, *words):
    assert result.returncode not in (0, None)
    assert "Traceback" not in result.stderr
    last = result.stderr.strip().splitlines()[-1]
    for word in words:
        assert word in last, last


def test_unknown_chapter_is_named():
    one_sentence(course("check", "77"), "77 is no chapter", "Chapters:")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b'{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_named_and_kept(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    one_sentence(course("check", path), "broken.ipynb", "is no notebook")
    assert path.read_bytes() == content


def test_missing_data_folder_is_named(tmp_path):
    one_sentence(course("execute", "04", COURSE_DATA=str(tmp_path / "nowhere")), "nowhere", "no folder")


def test_damaged_data_is_named(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04")
    one_sentence(course("data", tmp_path), "mnist.npz", "damaged")


def test_outputs_are_not_stored_from_the_stand_in():
    one_sentence(course("execute", "04"), "real data only")


def run(path, profile="quick"):
    return notebook.run(path, notebook.environment(profile, "download"))


def test_run_alone_fills_outputs_and_leaves_the_file(small):
    path = small("import os\nprint(os.listdir())", "x = 2", "x + 3")
    before = path.read_bytes()
    nb, seconds = run(path)
    assert nb.cells[0].outputs[0].text == "[]\n"  # an empty folder
    assert nb.cells[2].outputs[0].data["text/plain"] == "5"
    assert path.read_bytes() == before and seconds > 0


def test_a_run_stores_figures_whatever_the_shell_says(small, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    nb, _ = run(small("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"))
    assert "image/png" in nb.cells[0].outputs[0].data


@pytest.mark.parametrize("cells", [(), ("1 / 0",)])
def test_a_run_leaves_no_kernel_behind(small, tmp_path, cells):
    """Seventeen chapters in a row would fill the memory."""
    noted = tmp_path / "pid"
    try:
        run(small(f"import os\nopen({str(noted)!r}, 'w').write(str(os.getpid()))", *cells))
    except CourseError:
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


@pytest.mark.parametrize("cell, words", [
    ("1 / 0", "ZeroDivisionError"),
    ("import warnings; warnings.warn('careful')", "shows a warning in cell 0"),
    ("import os; os._exit(1)", "kernel"),
])
def test_a_run_that_fails_is_told_and_changes_nothing(small, cell, words):
    path = small(cell)
    before = path.read_bytes()
    with pytest.raises(CourseError, match=words):
        run(path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CourseError, match="cannot be written"):
        notebook.write(nbformat.v4.new_notebook(), tmp_path / "file" / "n.ipynb")


def test_a_notebook_is_written_whole_or_not_at_all(small, tmp_path, monkeypatch):
    path = small("1")
    before = path.read_bytes()

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CourseError, match="No space left"):
        notebook.write(nbformat.v4.new_notebook(), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_stamp_tells_when_code_changes(small):
    nb = notebook.read(small("x = 1"))
    notebook.stamp(nb, "full", 1.0)
    assert nb.metadata.course.code == notebook.code_hash(nb)
    nb.cells[0].source = "x = 2"
    assert nb.metadata.course.code != notebook.code_hash(nb)


MEET = """\
import pathlib, time
mine, other = (pathlib.Path({folder!r}) / name for name in {names!r})
mine.touch()
for _ in range(600):
    if other.exists():
        break
    time.sleep(0.1)
print("met" if other.exists() else "alone")
"""


def test_notebooks_run_side_by_side_and_a_broken_one_keeps_its_outputs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(chapters.data, "told_source", lambda: "download")
    paths = []
    for names in ("ab", "ba", "c"):
        source = MEET.format(folder=str(tmp_path), names=tuple(names)) if names != "c" else "1 / 0"
        cell = nbformat.v4.new_code_cell(source, outputs=[nbformat.v4.new_output("stream", text="old\n")])
        paths.append(tmp_path / f"{names}.ipynb")
        notebook.write(nbformat.v4.new_notebook(cells=[cell]), paths[-1])
    with pytest.raises(CourseError, match="^1 of 3 notebooks did not run; their outputs are the old ones.$"):
        chapters.execute([paths[0], paths[2], paths[1]], "quick", fresh=True, jobs=3)
    assert [notebook.read(path).cells[0].outputs[0].text for path in paths] == ["met\n", "met\n", "old\n"]
    assert "c.ipynb stopped with ZeroDivisionError" in capsys.readouterr().err


def committed(tmp_path, cells, stored="1\n", profile="full"):
    """A repository with one notebook whose cells are (source, name of a shared cell or None), run and committed."""
    path = tmp_path / "small.ipynb"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, metadata={"course": {"cell": name}} if name else {})
                                         for source, name in cells])
    nb.cells[-1].outputs = [nbformat.v4.new_output("stream", text=stored)]
    notebook.stamp(nb, profile, 1.0)
    notebook.write(nb, path)
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return path


def change(path, number, source):
    nb = notebook.read(path)
    nb.cells[number].source = source
    notebook.write(nb, path)
    return nb


TIMED = "import time\nprint(time.perf_counter_ns())"


def test_outputs_stay_when_a_shared_cell_changed_and_nothing_else_came_out(tmp_path):
    path = committed(tmp_path, [("def f():\n    return 1", "ledger"), (TIMED, None), ("print(f())", None)])
    new = change(path, 0, "def f():\n    return 2 - 1")
    said = course("keep", path)
    assert said.returncode == 0, said.stderr
    assert "2 of 3 code cells compared, not comparable (other in each run): 2" in said.stdout
    kept = notebook.read(path)
    assert kept.cells == new.cells and kept.metadata.course.code == notebook.code_hash(new)
    assert kept.metadata.course.kept.changed == ["ledger"] and kept.metadata.course.profile == "full"


@pytest.mark.parametrize("number, source, words", [
    (0, "def f():\n    return 2", "code cell 2 gives another output"),
    (1, "print(f() + 0)", "more changed since the last commit than shared cells"),
])
def test_outputs_do_not_stay_when_they_may_be_others(number, source, words, tmp_path):
    path = committed(tmp_path, [("def f():\n    return 1", "ledger"), ("print(f())", None)])
    change(path, number, source)
    before = path.read_bytes()
    one_sentence(course("keep", path), "small.ipynb", words, "make execute")
    assert path.read_bytes() == before


@pytest.fixture
def real_data(monkeypatch):
    """The commands run here, and do not ask where the data are."""
    from course.chapters import data, run

    monkeypatch.setattr(data, "told_source", lambda: "download")
    return run


PARTS = [("import random\nshift = 1", None), (TIMED, None), ("def f(x):\n    return x + shift", None), ("print('trained for days', shift)", None),
         ("print(f(1))", None), ("random.seed(3)\nprint(f(2))", None)]


def test_only_what_a_change_touches_is_run(tmp_path, real_data, capsys):
    path = committed(tmp_path, PARTS)
    nb = notebook.read(path)
    nb.cells[3].outputs = [nbformat.v4.new_output("stream", text="trained for days\n")]  # only the stored outputs know
    notebook.write(nb, path)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "b"], cwd=tmp_path, check=True)
    change(path, 2, "def f(x):\n    return 10 * x + shift")
    nb = notebook.read(path)
    nb.cells.insert(4, nbformat.v4.new_code_cell("print('new', f(0))"))
    notebook.write(nb, path)
    real_data.part([path])
    assert "5 of 7 code cells run, for the outputs of 3, 5, 6, 7" in (said := capsys.readouterr().out)
    assert "6 of 7 code cells compared, not comparable (other in each run): 2" in said
    kept = notebook.read(path)
    assert [cell.outputs[0].text for cell in kept.cells if cell.outputs] == ["trained for days\n", "new 1\n", "11\n", "21\n"]
    assert [cell.execution_count for cell in kept.cells] == [1, 2, 3, 4, 5, 6, 7], "a cell that was not run has no outputs, for nbval"
    assert kept.metadata.course.code == notebook.code_hash(kept) and kept.metadata.course.kept.changed == ["cell 3", "cell 5", "cell 6", "cell 7"]


TABLE = """import json
RESULTS = []
def report(name, value):
    RESULTS.append({"id": name, "quantity": "q", "measured": value, "lecture": None})
    print(json.dumps(RESULTS[-1]))
def comparison():
    print([(row["id"], row["measured"]) for row in RESULTS])"""


def test_a_part_keeps_what_the_others_reported_and_runs_no_statement_in_vain(tmp_path, real_data):
    ran = tmp_path / "ran.txt"
    long = f"with open({str(ran)!r}, 'a') as note:\n    note.write('long\\n')\nsize = 4"
    path = committed(tmp_path, [(TABLE, None), (long, None), ("report('D01', 7)", None), ("x = size\nreport('D02', x)", None), ("comparison()", None)])
    nb = notebook.read(path)
    stored = json.dumps({"id": "D01", "quantity": "q", "measured": 8, "lecture": None}) + "\n"  # a full run's
    nb.cells[2].outputs = [nbformat.v4.new_output("stream", text=stored)]
    notebook.write(nb, path)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "b"], cwd=tmp_path, check=True)
    change(path, 3, "x = 2 * size\nreport('D02', x)")
    real_data.part([path])
    kept = notebook.read(path)
    assert kept.cells[2].outputs[0].text == stored and '"measured": 8' in kept.cells[3].outputs[0].text
    assert kept.cells[4].outputs[0].text == "[('D01', 8), ('D02', 8)]\n"
    assert len(ran.read_text().splitlines()) == 4, "two quick runs as it was and two as it is; the part never"


@pytest.mark.parametrize("number, source, words", [
    (1, "shift = 1\n__import__('random').seed(9)", "code cell 4 gives another output"),   # reaches a cell by no name
    (2, "def f(x):\n    return x + random.random()", "code cell 5 gives another output"),    # the part draws other numbers than the whole
])
def test_a_change_that_reaches_further_is_refused(number, source, words, tmp_path, real_data):
    cells = [("import random\nrandom.seed(0)", None), ("shift = 1", None), ("def f(x):\n    return x", None), ("print(random.random())", None),
             ("print(f(1))", None)]
    path = committed(tmp_path, cells)
    change(path, number, source)
    before = path.read_bytes()
    with pytest.raises(notebook.CourseError, match=words) as told:
        real_data.part([path])
    assert path.read_bytes() == before
    aside = Path(re.search(r"outputs of the part: (.*)\.$", str(told.value))[1])
    assert notebook.read(aside).cells[4].outputs, "a long run's outputs are lost"


def test_a_quick_run_that_fails_and_the_outputs_of_the_part_are_both_kept(tmp_path, real_data):
    path = committed(tmp_path, [("x = 1", None), ("print(x)", None)])
    change(path, 0, "import os\nx = 2 if os.environ['COURSE_PROFILE'] == 'full' else 1 / 0")
    with pytest.raises(notebook.CourseError, match="stopped with ZeroDivisionError") as told:
        real_data.part([path])
    quick, whole = (notebook.read(Path(re.search(rf"{words}: (\S+)\.( |$)", str(told.value))[1])) for words in ("far as it ran", "of the part"))
    assert quick.cells[0].outputs[0].ename == "ZeroDivisionError" and whole.cells[1].outputs[0].text == "2\n"


def test_times_are_no_difference_between_two_runs():
    def outputs(text):
        cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text=text)])
        return chapters._outputs(nbformat.v4.new_notebook(cells=[cell]))

    assert outputs("0.2 minutes each, 12 s in all") == outputs("0.3 minutes each,  9 s in all")
    assert outputs("loss 0.2") != outputs("loss 0.3") and outputs("2 steps") != outputs("3 steps")


SIZES = "QUICK = False\nn = 2 if QUICK else 5  # images\nif not QUICK:\n    n += 1\nif QUICK:\n    n = 0\nelse:\n    n *= 1"
SMALLER = "QUICK = False\nn = 1 if QUICK else 5\nn += 1\nif QUICK:\n    n = 9\n    print(n)\nelse:\n    n *= 1"


def test_a_run_tells_its_peak_memory(small):
    """That of its own kernel, also when the array is gone; kernels of other runs do not count."""
    large, little = (run(small(f"array = bytearray({size})\narray[::4096] = b'x' * len(array[::4096])\ndel array")) for size in (600_000_000, 10))
    memory = large[0].metadata.course.memory
    assert memory > 600 and little[0].metadata.course.memory < memory - 500
    notebook.stamp(large[0], "quick", large[1])
    assert large[0].metadata.course.memory == memory and notebook.peak_memory(2**22 + 1) is None


@pytest.mark.parametrize("source, profile, stay", [
    (SMALLER, "full", True),
    (SMALLER, "quick", False),                                  # such outputs are the quick program's
    (SMALLER.replace("else 5", "else 6"), "full", False),
    (SMALLER.replace("if QUICK:", "if not QUICK:"), "full", False),
    (SMALLER.replace("n *= 1", "n *= 2"), "full", False),
    ("%time\n" + SMALLER, "full", False),
])
def test_outputs_of_a_full_run_stay_when_only_the_quick_profile_changed(source, profile, stay, tmp_path):
    path = committed(tmp_path, [(SIZES, None), ("print(n)", None)], profile=profile)
    new = change(path, 0, source)
    before = path.read_bytes()
    said = course("keep", path)
    if stay:
        assert said.returncode == 0 and "in full profile the program is the same" in said.stdout
        kept = notebook.read(path)
        assert kept.cells == new.cells and kept.metadata.course.code == notebook.code_hash(new)
    else:
        one_sentence(said, "small.ipynb", "than the quick profile", "make execute")
        assert path.read_bytes() == before


def test_outputs_do_not_stay_when_somebody_wrote_them(tmp_path):
    path = committed(tmp_path, [("def f():\n    return 1", "ledger"), ("print(f())", None)])
    nb = change(path, 0, "def f():\n    return 2 - 1")
    nb.cells[1].outputs[0].text = "0.99\n"
    notebook.write(nb, path)
    one_sentence(course("keep", path), "stored outputs changed since the last commit")


def test_outputs_that_never_belonged_to_the_code_do_not_stay(tmp_path):
    path = committed(tmp_path, [("def f():\n    return 1", "ledger"), ("print(f())", None)])
    change(path, 0, "def f():\n    return 3 - 2")
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "stale"], cwd=tmp_path, check=True)
    change(path, 0, "def f():\n    return 2 - 1")
    one_sentence(course("keep", path), "do not belong to its code")
    one_sentence(course("keep", tmp_path / "small.ipynb", GIT_DIR=str(tmp_path / "none")), "is in no commit")
