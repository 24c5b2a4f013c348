"""The tools of the course's authors. ``python -m course --help`` lists them."""

import contextlib
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """A problem the user can mend: one sentence that names the file and the remedy."""


@contextlib.contextmanager
def whole_file(path):
    """Write a file whole or not at all: a new one takes the old one's place in one step.

    Yields a binary file. When it cannot be written, CourseError, and the old file stays.
    """
    path = Path(path)
    partial = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            partial = Path(file.name)
            yield file
        partial.chmod(0o644)
        partial.replace(path)
    except BaseException as error:
        if partial:
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CourseError(f"{path} cannot be written ({error.strerror}). Nothing was changed.") from error
        raise
