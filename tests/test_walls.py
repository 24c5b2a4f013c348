"""The walls of the sandbox, one by one: each test asks for what one line of sandbox.py or worker.py denies.

`make mutants` takes the lines out and shows that a test goes red.
"""

import ctypes
import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from course import ROOT
from course.grading import sandbox

pytestmark = pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is missing (Debian: apt install bubblewrap)")
LIMITS = dataclasses.asdict(sandbox.Limits(memory_mb=2000, processes=60, files_mb=64, cell_seconds=120))
KEY = 0x51DE  # of a segment of shared memory

LOOK = r"""
import ctypes, glob, json, os, platform, resource, signal, socket, sys, time
facts = {}

def attempt(action):
    # What an action gives, or the name of its exception.
    try:
        return action()
    except BaseException as error:
        return type(error).__name__

def status(name):
    return next(line.split(":")[1].strip() for line in open("/proc/self/status") if line.startswith(name + ":"))

facts["env"] = sorted(os.environ)
facts["user"] = [os.getuid(), os.getgid(), os.getgroups()]
facts["status"] = {name: status(name) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")}
facts["host name"] = platform.node()
facts["descriptors"] = sorted(attempt(lambda: os.readlink(f"/proc/self/fd/{n}")).split(":")[0] for n in range(64)
                              if os.path.lexists(f"/proc/self/fd/{n}"))
facts["oom"] = open("/proc/self/oom_score_adj").read().strip()
facts["terminal"] = attempt(lambda: os.open("/dev/tty", os.O_RDWR))
facts["devices"] = sorted(os.listdir("/dev"))
facts["root"] = sorted(os.listdir("/"))

# Mounts: where it may be written, and how
facts["mounts"] = {}
for line in open("/proc/self/mountinfo"):
    path, options = line.split()[4:6]
    facts["mounts"][path] = options.split(",")

# Other processes: what can be seen and opened of them
me, facts["processes"], facts["opened"], facts["sentenced"] = os.readlink("/proc/self"), [], [], []
for number in filter(str.isdigit, os.listdir("/proc")):
    if number == me:
        continue
    facts["processes"].append(attempt(lambda: open(f"/proc/{number}/cmdline").read()))
    for file in ("environ", "mem", "maps", "fd/0", "fd/1", "cwd/."):
        if attempt(lambda: os.stat(f"/proc/{number}/{file}") and os.close(os.open(f"/proc/{number}/{file}", os.O_RDONLY))) is None:
            facts["opened"].append(f"{number} {file}")
    if attempt(lambda: open(f"/proc/{number}/comm").read()).startswith("python"):  # ours; bubblewrap stands outside
        if attempt(lambda: os.close(os.open(f"/proc/{number}/oom_score_adj", os.O_WRONLY))) is None:
            facts["sentenced"].append(number)

# Network: a listener on this machine's loopback, and one without an address
facts["loopback"] = attempt(lambda: socket.create_connection(("127.0.0.1", PORT), 3).recv(9).decode())
def abstract():
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("\0" + NAME)
        return s.recv(9).decode()
facts["abstract"] = attempt(abstract)

# Shared memory
libc = ctypes.CDLL(None, use_errno=True)
facts["shared memory"] = libc.shmget(KEY, 0, 0)
libc.shmget(KEY + 1, 4096, 0o1666)
facts["left behind"] = LEFT and libc.shmget(KEY + 1, 0, 0)
# What only a filter of system calls denies: rights anew in namespaces of one's own, memory that no limit counts, keys, traces
facts["refused"] = {}
def refuses(name, number, *arguments):
    ctypes.set_errno(0)
    said = libc.syscall(number, *arguments) if isinstance(number, int) else number(*arguments)
    if said == 0 and name == "clone":
        os._exit(0)
    facts["refused"][name] = said == -1 and ctypes.get_errno() == 1  # EPERM
refuses("unshare", libc.unshare, 0x10020000)
refuses("memfd_create", libc.memfd_create, b"x", 0)
refuses("semget", libc.semget, 0, 100, 0o1600)
refuses("msgget", libc.msgget, 0, 0o1600)
refuses("mq_open", libc.mq_open, b"/x", 0o102, 0o600, None)
refuses("ptrace", libc.ptrace, 0, 0, 0, 0)
refuses("keyctl", 250 if platform.machine() == "x86_64" else 219, 0, -3, 1)
refuses("add_key", 248 if platform.machine() == "x86_64" else 217, b"user", b"x", b"x", 1, -3)
refuses("io_uring_setup", 425, 8, ctypes.create_string_buffer(256))
refuses("clone", 56 if platform.machine() == "x86_64" else 220, 0x10000011, 0, 0, 0, 0)
if platform.machine() == "x86_64":
    refuses("calls of x32", 0x40000000 + 39)
facts["mount"] = [libc.mount(b"t", b"/work", b"tmpfs", 0, None), libc.umount2(b"/tmp", 2), libc.sethostname(b"x", 1)]
"""
# The limits, each reached with small means
LIMITED = r"""
def grow(path, mb):
    with open(path, "wb") as file:
        file.seek(mb * 2**20)
        file.write(b"x")
facts["one large file"] = attempt(lambda: grow("/tmp/large", 100))
def fill(folder):
    done = 0
    try:
        for number in range(20):
            with open(f"{folder}/{number}", "wb") as file:
                file.write(bytes(10 * 2**20))
            done += 10
    except OSError:
        return done
    finally:
        for file in glob.glob(folder + "/*"):
            os.remove(file)
    return done
facts["filled"] = {folder: fill(folder) for folder in ("/tmp", "/work", "/dev/shm")}
facts["open files"] = attempt(lambda: len([os.open("/dev/null", os.O_RDONLY) for _ in range(600)]))
for number in range(20, 1000):
    attempt(lambda: os.close(number))
facts["core"] = resource.getrlimit(resource.RLIMIT_CORE)
facts["untouched memory"] = attempt(lambda: len(__import__("mmap").mmap(-1, 3 * 2**30, flags=0x22)))
def forks(most):
    children = []
    try:
        for number in range(most):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    except BlockingIOError:
        pass
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return len(children)
facts["forks"] = attempt(lambda: forks(300))
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """What two hand-ins, one after the other, see and can do."""
    listener, abstract = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    name = f"course-{os.getpid()}"
    abstract.bind("\0" + name)
    abstract.listen()
    child = os.fork()
    if child == 0:  # answers whoever comes
        import selectors

        selector = selectors.DefaultSelector()
        for server in (listener, abstract):
            selector.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                key.fileobj.accept()[0].send(b"reached")
    libc = ctypes.CDLL(None, use_errno=True)
    segment = libc.shmget(KEY, 4096, 0o1666)
    os.environ["COURSE_SECRET"] = "x"
    groups = os.getgroups()
    if os.geteuid() == 0:
        os.setgroups([4, *groups])  # rights of the grader that no hand-in may have
    data = tmp_path_factory.mktemp("data")
    values = f"PORT, NAME, KEY, LEFT = {listener.getsockname()[1]}, {name!r}, {KEY}, "
    seen = []
    try:
        # What this test can do, no hand-in may.
        assert socket.create_connection(("127.0.0.1", listener.getsockname()[1]), 3).recv(9) == b"reached"
        assert libc.shmget(KEY, 0, 0) == segment >= 0
        for left in (False, True):
            cells = [values + str(left), LOOK, LIMITED, "print(json.dumps(facts))"]
            raw = sandbox.perform([textwrap.dedent(cell) for cell in cells], [], LIMITS, str(data))
            assert raw["finished"] and not raw["stopped"], raw
            assert [cell["error"] for cell in raw["cells"]] == [None] * 4, raw["cells"]
            seen.append(json.loads(raw["cells"][3]["text"]))
        if left:
            inside = [_status(pid) for pid in _below(sandbox._mine.sandbox.process.pid)]
            seen[1]["warm"] = next(status for status in inside if status and not status.startswith("Name:\tbwrap"))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        libc.shmctl(segment, 0, None)
        del os.environ["COURSE_SECRET"]
        if os.geteuid() == 0:
            os.setgroups(groups)
        sandbox.close_all()
    return seen


def _below(pid):
    """Processes below one. Those of the last hand-in may be ending: they count as long as they are there."""
    try:
        children = [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [*children, *(p for child in children for p in _below(child))]


def _status(pid):
    """What the kernel says of a process; nothing where it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_the_environment_is_the_sandboxs_own(facts):
    assert "COURSE_SECRET" not in facts[0]["env"] and "PATH" in facts[0]["env"]


def test_the_user_is_nobody(facts):
    user = sandbox.JOB_USER if os.geteuid() == 0 else os.geteuid()
    assert facts[0]["user"][:2] == [user, user if os.geteuid() == 0 else os.getegid()]
    assert user != 0 and 0 not in facts[0]["user"][2]


@pytest.mark.parametrize("name", ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
def test_no_capability_is_left(facts, name):
    assert int(facts[0]["status"][name], 16) == 0


def test_no_new_rights(facts):
    assert facts[0]["status"]["NoNewPrivs"] == "1"
    assert facts[0]["mount"] == [-1, -1, -1]


def test_the_warm_process_is_not_root(facts):
    """Whoever breaks out of the runner finds no more than a user without groups. (bubblewrap itself waits outside.)"""
    warm = dict(line.split(":", 1) for line in facts[1]["warm"].splitlines())
    assert warm["Name"].strip().startswith("python") and int(warm["CapEff"], 16) == 0
    if os.geteuid() == 0:
        assert warm["Uid"].split() == warm["Gid"].split() == [str(sandbox.JOB_USER)] * 4 and not warm["Groups"].split()
        assert int(warm["CapBnd"], 16) == int(warm["CapInh"], 16) == 0


def test_the_machines_name_is_hidden(facts):
    assert facts[0]["host name"] == "grader"


def test_only_the_two_pipes_are_open(facts):
    assert facts[0]["descriptors"] == ["/dev/null"] * 3 + ["pipe"] * 2


def test_it_dies_first(facts):
    assert facts[0]["oom"] == "1000"


def test_no_devices_but_the_usual(facts):
    assert set(facts[0]["devices"]) <= {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout",
                                        "tty", "urandom", "zero"}


def test_nothing_else_of_the_machine_is_there(facts):
    top = {part for part in Path(sys.base_prefix).resolve().parts[1:2]}
    assert set(facts[0]["root"]) <= {"bin", "course", "data", "dev", "env", "etc", "lib", "lib64", "proc", "sbin", "tmp", "usr", "work"} | top


def test_system_calls_that_no_cell_needs_are_refused(facts):
    assert len(facts[0]["refused"]) >= 10 and all(facts[0]["refused"].values()), facts[0]["refused"]


def test_the_teachers_keys_are_not_read():
    """Keys of a log-in (Kerberos tickets, say) go from process to process; what is put there would stay for the next hand-in."""
    number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
    cell = f"import ctypes\nprint(ctypes.CDLL(None).syscall({number}, 10, -3, b'user', b'ticket', 0))"
    code = (f"import ctypes, dataclasses; c = ctypes.CDLL(None); from course.grading import sandbox; c.syscall({number}, 1, b'teacher'); "
            f"assert c.syscall({number - 2}, b'user', b'ticket', b'x', 1, -3) > 0; "
            f"print('said', sandbox.perform([{cell!r}], [], dataclasses.asdict(sandbox.Limits()), 'stand-in')['cells'][0]['text']); sandbox.close_all()")
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    if "AssertionError" in ran.stderr:
        pytest.skip("this kernel, or the container around it, keeps no keys")
    assert ran.stdout.strip() == "said -1", ran


def test_it_may_be_written_to_three_folders(facts):
    """Every other mount is read-only, that of the root too; no device and no foreign rights in the three."""
    for path, options in facts[0]["mounts"].items():
        if path in ("/tmp", "/work", "/dev/shm") and "ro" not in options:
            assert {"nosuid", "nodev"} <= set(options), path
        elif not path.startswith(("/proc", "/dev")):
            assert "ro" in options, path
    assert "ro" in facts[0]["mounts"]["/"]


def test_the_machines_processes_are_not_seen(facts):
    """bubblewrap, the warm process, the keeper: no other, and nothing of these can be opened."""
    assert len(facts[0]["processes"]) <= 4 and not any("\0pytest\0" in words for words in facts[0]["processes"])
    assert [name for name in facts[0]["opened"] if not name.startswith("1 ") or "cwd" not in name] == []


def test_no_hand_in_chooses_who_goes_first_when_memory_ends(facts):
    """Files of a process that the kernel checks by their owner alone: only for one that may be dumped is that its user."""
    assert facts[0]["sentenced"] == facts[1]["sentenced"] == []


def test_no_network(facts):
    assert facts[0]["loopback"] != "reached"
    assert facts[0]["abstract"] != "reached"


def test_no_shared_memory(facts):
    """Neither the machine's, nor that of the hand-in before."""
    assert facts[0]["shared memory"] == -1
    assert facts[1]["left behind"] is not False and facts[1]["left behind"] >= 0  # its own, made a line before
    assert facts[1]["shared memory"] == -1


def test_one_file_has_a_size(facts):
    assert facts[0]["one large file"] == "OSError"


def test_folders_have_a_size(facts):
    assert all(0 < done <= 64 for done in facts[0]["filled"].values()), facts[0]["filled"]


def test_open_files_are_counted(facts):
    assert facts[0]["open files"] == "OSError"


def test_no_core_file(facts):
    assert facts[0]["core"] == [0, 0]


def test_memory_counts_when_it_is_asked_for(facts):
    assert facts[0]["untouched memory"] in ("OSError", "MemoryError")


def test_forks_are_counted(facts):
    assert 0 < facts[0]["forks"] < 60


def test_shared_memory_does_not_outlive_a_hand_in():
    make = "import ctypes\nprint(ctypes.CDLL(None).shmget(%d, %d, %s))"
    try:
        said = [sandbox.perform([make % (KEY + 2, size, flags)], [], LIMITS, "stand-in")["cells"][0]["text"].strip()
                for size, flags in ((4096, "0o1666"), (0, "0"))]
    finally:
        sandbox.close_all()
    assert int(said[0]) >= 0 and said[1] == "-1"


def test_a_keeper_that_fails_is_told():
    """Nobody waits for an answer that will not come (here for a minute)."""
    box = sandbox.Sandbox()
    try:
        with pytest.raises(sandbox.SandboxLost, match="it ended"):
            box.run(["1"], [], {name: value for name, value in (LIMITS | {"total_seconds": 0}).items() if name != "cell_seconds"})
    finally:
        box.close()


def test_no_terminal():
    """A hand-in cannot type into the teacher's terminal."""
    code = ("import dataclasses, sys; from course.grading import sandbox; cell = 'import os\\n"
            "try: print(os.open(\"/dev/tty\", os.O_RDWR))\\nexcept OSError: print(\"none\")'; "
            "print('said', sandbox.perform([cell], [], dataclasses.asdict(sandbox.Limits()), 'stand-in')['cells'][0]['text'])")
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-c", f"import os; os.close(os.open('/dev/tty', os.O_RDWR)); {code}"])
    said = b""
    try:
        while part := os.read(terminal, 1000):
            said += part
    except OSError:
        pass
    os.waitpid(pid, 0)
    assert b"said none" in said, said


def test_it_ends_with_the_grader(tmp_path):
    """Killed at once, the grader leaves no sandbox behind, even when a cell is in a loop."""
    code = ("import dataclasses, sys; from course.grading import sandbox; "
            "sandbox.perform(['print(1)', 'while True: pass'], [], dataclasses.asdict(sandbox.Limits()), 'stand-in')")
    grader = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    below, end = [], time.monotonic() + 120
    while len(below) < 4 and time.monotonic() < end:  # bubblewrap twice, warm, keeper, runner
        time.sleep(0.5)
        below = _below(grader.pid)
    time.sleep(3)
    below = _below(grader.pid)
    grader.kill()
    grader.wait()
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/cmdline").exists() for pid in below) and time.monotonic() < end:
        time.sleep(0.2)
    left = [pid for pid in below if Path(f"/proc/{pid}/cmdline").exists()]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert len(below) >= 4 and not left
