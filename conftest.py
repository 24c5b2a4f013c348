"""pytest runs every notebook as a reader would: alone, in an empty folder, in quick profile, without warnings."""

import collections
import os
import tempfile

import nbval.plugin
import pytest

from course import CourseError
from course.chapters import data, notebook

# oneDNN's code for AVX-512 and AMX writes beyond its memory in some convolutions of one channel: TensorFlow 2.21 ended with
# "double free or corruption" in test_ledger.py on such a processor. Its code for AVX2 does not.
CODE = os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX2")

KEY = pytest.StashKey[str]()


class AloneKernel(nbval.plugin.RunningKernel):
    """nbval's kernel, started in an empty folder."""

    def __init__(self, kernel_name, cwd=None, **settings):
        self.empty = tempfile.TemporaryDirectory(prefix="course-")
        super().__init__(kernel_name, cwd=self.empty.name, **settings)


nbval.plugin.RunningKernel = AloneKernel


def pytest_configure(config):
    if hasattr(config, "workerinput"):  # a worker of xdist: the first process has looked already
        source = os.environ["COURSE_DATA_SOURCE"]
        # Two notebooks at once: a thread each, instead of four threads that wait for two cores.
        os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    else:
        try:
            source = data.checked_source()
        except CourseError as error:
            raise pytest.UsageError(str(error)) from None
    os.environ.update(notebook.environment("quick", source))
    config.stash[KEY] = source


def pytest_report_header(config):
    source = config.stash[KEY]
    if source == "stand-in":
        return ["DATA: made STAND-IN for images, speech, sentences and weights (no network, no COURSE_DATA). Outputs that "
                "depend on them are not compared."]
    return [f"DATA: {source}"]


def pytest_terminal_summary(terminalreporter):
    """What was not run for want of a tool: a line for each reason, with the number of tests."""
    reasons = collections.Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reasons[str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")] += 1
    for reason, count in reasons.most_common():
        terminalreporter.line(f"NOT RUN: {count} test{'s' if count > 1 else ''}: {reason}", yellow=True)


def pytest_collection_modifyitems(config, items):
    for item in items:
        if isinstance(item, nbval.plugin.IPyNbCell):
            if config.stash[KEY] == "stand-in" and "depends-on-data" in item.cell.metadata.get("tags", []):
                item.options["check"] = False
            if unanswered(item):  # pytest_runtest_call looks at it instead
                item.options["check"] = False


def unanswered(item):
    """Is it a check in an exercise, where no task is answered?"""
    return item.path.parent.name == "exercises" and "check" in item.cell.metadata.get("tags", [])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Before a notebook's kernel starts. TensorFlow asks the processor, not the variable, for 16-bit units; the code for AVX2 has none."""
    if isinstance(item, nbval.plugin.IPyNbCell):
        half = any("mixed_bfloat16" in cell.source for cell in item.parent.nb.cells)
        os.environ["ONEDNN_MAX_CPU_ISA"] = "DEFAULT" if half else CODE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    yield
    if isinstance(item, nbval.plugin.IPyNbCell):
        for output in item.test_outputs or []:
            if output.output_type == "stream" and output.name == "stderr":
                item.raise_cell_error(f"The reader would see a warning: {output.text[:300]}")
        errors = [output.ename for output in item.test_outputs or [] if output.output_type == "error"]
        if unanswered(item) and errors != ["NotImplementedError"]:
            item.raise_cell_error(f"An unanswered task must fail with NotImplementedError, not with {errors}.")
