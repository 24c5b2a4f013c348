"""Inside the sandbox: import Keras once, then run each hand-in in a forked process of its own.

Three kinds of processes, each trusting only the one before:

- the *warm* process imports the libraries and waits. It never sees a hand-in, so the next one finds nothing of the last.
- for each hand-in it forks a *keeper*, which reads the job, opens new namespaces and keeps the limits.
- the keeper forks the *runner*, in which the student's cells and the probes run. When the runner ends, the kernel ends
  every process that it started and forgets every file that it wrote.

What the runner says is never trusted: the keeper passes on a few kinds of messages, cut to size.
"""

import ctypes
import errno
import io
import json
import os
import platform
import resource
import select
import signal
import struct
import sys
import time
import traceback
import types
import warnings

from . import plain, probes
from .messages import ANSWER, CELL, END, HEAD, MAX_ERROR, MAX_LINE, MAX_PICTURE, OUTPUT, PICTURE, TASK, Nonsense, Reader, is_picture

FRAME = struct.Struct("<Q")  # length of what the grader sends
GIVES_UP = {77: "memory", 78: "processes"}  # exit status of a runner whose cell left too little for the rest
POLL = 0.2  # seconds between two looks at the memory
CELLS_SHARE = 2 / 3  # of a run's time for the cells; the rest is kept for the tasks

# From linux/sched.h, sys/mount.h and linux/prctl.h
NEWNS, NEWIPC, NEWUSER, NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
MS_NOSUID, MS_NODEV = 0x2, 0x4
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 4, 22, 24

# System calls that no cell needs: their numbers on x86-64 and on ARM. New namespaces give rights anew; memory without a file,
# semaphores and queues are counted by nobody; keys and traces reach other processes; the rest has opened kernels before.
SYSTEM_CALLS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # linux/audit.h, and which of the numbers
REFUSED = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "memfd_create": (319, 279), "memfd_secret": (447, 447), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "io_uring_setup": (425, 425), "bpf": (321, 280),
    "userfaultfd": (323, 282), "perf_event_open": (298, 241),
}
CLONE, CLONE3, NAMESPACES = (56, 220), 435, 0x7E020000  # clone starts threads and processes; with these flags it is refused
libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *arguments):
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def send(file, kind, payload=b""):
    data = memoryview(HEAD.pack(kind, len(payload)) + payload)
    while data:
        data = data[os.write(file, data):]


def receive(file, count):
    """Exactly `count` bytes; EOFError when there are fewer."""
    parts = []
    while count:
        part = os.read(file, min(count, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


# The warm process ----------------------------------------------------------------------------------------------------


def stand_in_for_colab():
    """Modules that exist in Colab alone; a cell that mounts a drive goes on."""
    colab = types.ModuleType("google.colab")
    for name in ("drive", "files", "output", "userdata", "patches"):
        module = types.ModuleType(f"google.colab.{name}")
        module.__getattr__ = lambda _: lambda *args, **kwargs: None
        setattr(colab, name, module)
        sys.modules[f"google.colab.{name}"] = module
    sys.modules["google.colab"] = colab


def warm(data):
    """Import what hand-ins use. Nothing is computed: threads would not survive a fork."""
    import keras  # noqa: F401
    import matplotlib
    import scipy.io
    import scipy.ndimage
    import scipy.signal  # noqa: F401
    import sklearn.metrics
    import sklearn.model_selection  # noqa: F401

    matplotlib.use("agg")
    import IPython.core.interactiveshell  # noqa: F401
    import matplotlib.pyplot  # noqa: F401

    from course.chapters.data import replace_downloads

    replace_downloads(data)
    stand_in_for_colab()


def main(data, isolated):
    """Wait for jobs on standard input: one byte, then the job, which only the keeper reads."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)  # no other process may look into this one
    replies = os.dup(1)
    os.dup2(2, 1)  # what libraries print goes to the log
    warm(data)
    send(replies, END, b"{}")  # ready
    while os.read(0, 1):
        keeper = os.fork()
        if keeper == 0:
            code = 1
            try:
                keep(replies, isolated)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        if os.waitpid(keeper, 0)[1]:
            sys.exit("the keeper of a job has failed")  # nobody would answer: whoever waits sees the end


# The keeper ----------------------------------------------------------------------------------------------------------


def keep(replies, isolated):
    """Run one job under its limits and report what came out.

    The tasks are read after the runner has begun: its memory never held the hidden cases of a task that it was not asked.
    """
    job = json.loads(receive(0, *FRAME.unpack(receive(0, FRAME.size))))
    limits = job["limits"]
    own = {os.getpid(), os.getppid(), 1} if isolated else None
    if isolated:
        open_namespaces()
    (out, into), (asked, ask) = os.pipe(), os.pipe()
    runner = os.fork()
    if runner == 0:
        try:
            os.close(out)
            os.close(ask)
            os.close(replies)
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            os.close(null)
            os.setsid()  # a signal to its group reaches none of ours, and no terminal is its own
            close_doors(limits, isolated)
            run(job, into, asked)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(into)
    os.close(asked)
    tasks = [receive(0, *FRAME.unpack(receive(0, FRAME.size))) for _ in range(job["tasks"])]
    end = watch(out, ask, replies, runner, job, tasks, own)
    _, status = os.waitpid(runner, 0)
    if end["reason"] == "died" and os.WIFEXITED(status):
        end["reason"] = GIVES_UP.get(os.WEXITSTATUS(status), "died")
    send(replies, END, json.dumps(end).encode())


def watch(out, ask, replies, runner, job, tasks, own):
    """Pass on the runner's messages, hand it each task when its turn comes, and end it when it breaks a limit."""
    limits, reader, to_send = job["limits"], Reader(len(job["cells"]), len(tasks), job["limits"]), b""
    due = {number for number in range(len(tasks)) if f"task {number}" not in job["skip"]}
    step, reason, last_cell, asked = "start", None, -1, False
    os.set_blocking(ask, False)
    now = time.monotonic()
    last, step_end, looked = now + limits["total_seconds"], now + limits["cell_seconds"], now
    cells_end = now + limits["total_seconds"] * CELLS_SHARE
    while reason is None:
        now = time.monotonic()
        if now > (cells_end if step.startswith("cell") else last) or now > step_end:
            reason = "time" if now > step_end else "total time"
        elif own and now - looked > POLL:
            looked, reason = now, "memory" if usage(own) > limits["memory_mb"] * 2**20 else None
        readable, writable, _ = ([], [], []) if reason else select.select([out], [ask] if to_send else [], [], POLL)
        if writable:
            try:
                to_send = to_send[os.write(ask, to_send):]
            except BlockingIOError:
                pass
            except OSError:  # nobody listens any more
                to_send = b""
        if not readable:
            continue
        part = os.read(out, 2**18)
        if not part:
            reason = "died"
        try:
            for kind, content in reader.feed(part):
                if kind == END:
                    reason = "nonsense" if due or asked else "done"
                    break
                if kind in (CELL, TASK):
                    step, step_end = f"{'cell' if kind == CELL else 'task'} {content}", time.monotonic() + limits["cell_seconds"]
                asked = kind == TASK
                if kind == CELL:
                    last_cell = content
                if kind == TASK:  # the reader knows that each comes once
                    due.discard(content)
                    to_send = FRAME.pack(len(tasks[content])) + tasks[content]
                send(replies, kind, reader.payload)
        except Nonsense:
            reason = "nonsense"
        except OverflowError:
            reason = "output"
    os.kill(runner, signal.SIGKILL)
    left_out = [n for n in range(last_cell + 1, len(job["cells"])) if f"cell {n}" not in job["skip"]]
    return {"reason": reason, "step": step, "left_out": left_out[0] if left_out and step.startswith("task") else None}


def usage(own):
    """Memory of the hand-in in bytes. (Processes are counted by RLIMIT_NPROC.)

    Pages that are shared with the warm process count for their share; a process that hides counts whole. The kernel's tables of
    pages count, and so does shared memory that nobody holds at the moment.
    """
    with open("/proc/sysvipc/shm") as file:  # of the keeper's namespace, which is the hand-in's
        memory = sum(sum(map(int, line.split()[14:16])) for line in list(file)[1:]) // 1024
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in own:
            continue
        try:
            with open(f"/proc/{name}/status") as file:
                memory += sum(int(line.split()[1]) for line in file if line.startswith("VmPTE:"))
            with open(f"/proc/{name}/smaps_rollup") as file:
                memory += sum(int(line.split()[1]) for line in file if line.startswith(("Pss:", "SwapPss:")))
        except PermissionError:
            with open(f"/proc/{name}/status") as file:
                memory += sum(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
        except (OSError, ValueError):  # it has just ended
            continue
    return memory * 1024


def open_namespaces():
    """Users, mounts, processes and shared memory of its own for what is forked next."""
    uid, gid = os.getuid(), os.getgid()
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # for the three files
    _call("unshare", NEWUSER | NEWNS | NEWIPC | NEWPID)
    for file, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{file}", "w") as handle:
            handle.write(text)
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def close_doors(limits, isolated):
    """Empty folders to write to, limits, and no right to change either."""
    if isolated:
        size = f"size={limits['files_mb']}m,mode=0777".encode()
        for folder in (b"/tmp", b"/work", b"/dev/shm"):
            _call("mount", b"tmpfs", folder, b"tmpfs", MS_NOSUID | MS_NODEV, size)
        os.chdir("/work")
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        header = struct.pack("<Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
        _call("capset", header, bytes(24))
        _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # when memory ends, this process goes first
    megabyte = 2**20
    for name, value in (("RLIMIT_DATA", limits["memory_mb"] * megabyte), ("RLIMIT_FSIZE", limits["files_mb"] * megabyte),
                        ("RLIMIT_CORE", 0), ("RLIMIT_NOFILE", 512), ("RLIMIT_NPROC", limits["processes"])):
        if name != "RLIMIT_NPROC" or isolated:  # without a namespace it would count every process of the user
            resource.setrlimit(getattr(resource, name), (value, value))
    if isolated:
        refuse_calls()


def refuse_calls():
    """A filter in the kernel for this process and all that it starts: REFUSED fail with EPERM, and so does whatever is of another kind."""
    audit, place = SYSTEM_CALLS[platform.machine()]
    load, equal, least, flags, end = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ, JGE and JSET, BPF_RET (linux/bpf_common.h)
    allow, fail, absent = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
    numbers = [both[place] for both in REFUSED.values()]
    rest = len(numbers)  # of the list; jumps are counted from the next instruction
    program = [
        (load, 0, 0, 4), (equal, 0, rest + 7, audit),  # seccomp_data.arch; 32-bit calls have other numbers
        (load, 0, 0, 0), (least, rest + 5, 0, 0x40000000),  # seccomp_data.nr; the x32 calls
        *[(equal, rest + 4 - row, 0, number) for row, number in enumerate(numbers)],
        (equal, 5, 0, CLONE3),  # its flags cannot be read from here; libraries fall back on clone
        (equal, 0, 2, CLONE[place]), (load, 0, 0, 16), (flags, 1, 0, NAMESPACES),  # seccomp_data.args[0]
        (end, 0, 0, allow), (end, 0, 0, fail), (end, 0, 0, absent),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *one) for one in program))
    _call("prctl", PR_SET_SECCOMP, 2, ctypes.byref(ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))), 0, 0)


# The runner ----------------------------------------------------------------------------------------------------------


class Cut(io.TextIOBase):
    """Text that stops growing."""

    def __init__(self, most):
        self.parts, self.room = [], most

    def write(self, text):
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
        return len(text)

    def writable(self):
        return True

    def text(self):
        return "".join(self.parts) + ("\n[cut]" if self.room < 0 else "")


def make_shell():
    """An IPython shell that runs cells as a notebook does, without commands of the system and without a history file."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Hook(DisplayHook):
        def write_output_prompt(self):
            pass

    class Publisher(DisplayPublisher):
        def publish(self, data, *args, **kwargs):
            if "text/plain" in data:
                print(data["text/plain"])

        def clear_output(self, wait=False):
            pass

    class Shell(InteractiveShell):
        def system(self, command):
            print(f"[not run here: !{str(command)[:80]}]")

        def getoutput(self, command, split=True, depth=0):
            self.system(command)
            return []

        def run_line_magic(self, name, line, _stack_depth=1):
            if name in ("pip", "conda", "matplotlib", "tensorflow_version", "load_ext") or not self.find_line_magic(name):
                return print(f"[not run here: %{name}]")
            return super().run_line_magic(name, line, _stack_depth=_stack_depth + 1)

        def run_cell_magic(self, name, line, cell):
            if name in ("bash", "sh", "script") or not self.find_cell_magic(name):
                return print(f"[not run here: %%{name}]")
            return super().run_cell_magic(name, line, cell)

        def showtraceback(self, *args, **kwargs):
            pass

        showsyntaxerror = showindentationerror = showtraceback

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.displayhook_class = Hook
    config.InteractiveShell.display_pub_class = Publisher
    return Shell.instance(config=config)


def pictures(most):
    """Open figures as PNG, and close them."""
    import matplotlib.pyplot as plt

    found = []
    for number in plt.get_fignums()[:most]:
        file = io.BytesIO()
        plt.figure(number).savefig(file, format="png", dpi=60)
        if file.tell() <= MAX_PICTURE and is_picture(file.getvalue()):
            found.append(file.getvalue())
    plt.close("all")
    return found


def run(job, into, asked):
    """Run the cells, then the probes, in one process. Nothing here is safe from the student's code, and need not be."""
    import builtins

    def no_input(*args):
        raise EOFError("input() gets no answer when a notebook is graded")

    builtins.input = no_input
    sys.path.insert(0, "")  # what %%writefile wrote can be imported, as in Colab
    limits, me, start = job["limits"], os.getpid(), time.monotonic()
    # A cell that begins may take its whole time and still leaves the tasks theirs.
    cells_time = limits["total_seconds"] * CELLS_SHARE - min(limits["cell_seconds"], limits["total_seconds"] / 6)
    warnings.filterwarnings("ignore", message=".*non-interactive.*")
    shell = make_shell()
    for number, source in enumerate(job["cells"]):
        if f"cell {number}" in job["skip"]:
            continue
        if time.monotonic() - start > cells_time:
            break
        send(into, CELL, str(number).encode())
        sys.stdout = sys.stderr = output = Cut(limits["output_characters"])
        error, images = None, []
        try:
            result = shell.run_cell(source, store_history=False)
            problem = result.error_before_exec or result.error_in_exec
            if isinstance(problem, (MemoryError, BlockingIOError)):
                os._exit(77 if isinstance(problem, MemoryError) else 78)
            if problem is not None:
                line = getattr(problem, "lineno", None) or next(
                    (f.lineno for f in reversed(traceback.extract_tb(problem.__traceback__)) if "ipython-input" in f.filename
                     or "<ipython" in f.filename or "/ipykernel_" in f.filename), None)
                line = line if type(line) is int and 0 < line < MAX_LINE else None
                error = [type(problem).__name__[:MAX_ERROR], str(problem)[:MAX_ERROR].split(" (<ipython-input")[0], line]
            if os.getpid() != me:  # a process that the cell has forked, on its way to the next cells
                os._exit(0)
            images = pictures(limits["pictures"])
        except BaseException as problem:
            error = [type(problem).__name__[:MAX_ERROR], str(problem)[:MAX_ERROR], None]
        send(into, OUTPUT, json.dumps({"text": output.text(), "error": error}).encode())
        for image in images:
            send(into, PICTURE, image)
    for number in range(job["tasks"]):
        if f"task {number}" in job["skip"]:
            continue
        send(into, TASK, str(number).encode())
        task = plain.unpack(receive(asked, *FRAME.unpack(receive(asked, FRAME.size))))
        sys.stdout = sys.stderr = Cut(limits["output_characters"])
        try:
            function = shell.user_ns.get(task["name"])
            if callable(function):
                reply = {"answer": probes.run(task["probe"], function, task["cases"], task["seed"])}
            else:
                reply = {"error": "it is not defined"}
            packed = plain.pack(reply)
        except BaseException as problem:
            packed = plain.pack({"error": f"{type(problem).__name__}: {str(problem)[:300]}"})
        send(into, ANSWER, packed)
    send(into, END)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "isolated")
