"""The tools of the course's authors. ``python -m course --help`` lists them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """A problem the user can mend: one sentence that names the file and the remedy."""
