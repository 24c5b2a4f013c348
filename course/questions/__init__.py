r"""A bank of questions whose numbers are drawn and whose answers are computed.

A *template* is a function that draws numbers and returns a `Question`. Each wrong answer is made by a mistake with a name, and
has a sentence for whoever made it. The same bank feeds *Check yourself* in the pages of the site, ``make quiz`` (Moodle, Canvas,
a printed exam) and the tests. The templates stand in ``part1.py`` to ``part6.py``, as the parts of the course do::

    from . import Question, Wrong, template

    def side(n, k, p, s):
        return int(n + 2 * p - k) // s + 1

    @template(5, "output side", reads=("05-feature-maps", r"side of the map: (\d+)"), example=lambda: side(7, 3, 0, 2))
    def output_side(rng):
        n, k, p, s = int(rng.integers(24, 65)), int(rng.choice([5, 7])), int(rng.integers(2, 5)), int(rng.integers(2, 4))
        return Question(
            text=f"An image of {n}×{n} pixels, a kernel of {k}×{k}, padding {p} on each side, stride {s}. "
                 "How many values has one side of the feature map?",
            answer=side(n, k, p, s),
            why=rf"$\lfloor ({n} + 2\cdot{p} - {k})/{s} \rfloor + 1 = {side(n, k, p, s)}$.",
            wrong=[
                Wrong(side(n, k, 0, s), "forgets the padding", f"The padding adds {p} on each of the two sides."),
                Wrong(side(n, k, p, 1), "forgets the stride", f"The kernel moves {s} places at a time, not one."),
                Wrong(side(n, k, p / 2, s), "pads one side only", f"Both ends get {p}, so the side grows by {2 * p}."),
                Wrong(side(n, k, p, s) - 1, "forgets the first place", "Add 1: the kernel stands at the start, too."),
                Wrong(n // s, "divides by the stride alone", f"The kernel's {k} values must fit in, and the padding counts."),
            ],
            check=lambda: len(range(0, n + 2 * p - k + 1, s)),
        )

Rules for a template:

- It imports and draws without TensorFlow: only ``check`` may import Keras, inside itself. Drawing comes from ``rng`` alone.
- ``text``, ``why`` and each ``Wrong.why`` are CommonMark with ``$...$`` and tables of pipes; a `str` option as well. No HTML,
  no picture: a small grid is a table, which `grid` makes, and the text says in words what the table holds.
- The text has at most 350 characters outside its tables, a table at most 8 columns: it stands on a phone.
- ``answer`` and ``Wrong.value`` are numbers (``kind="number"``) or strings (``kind="choice"``). Numbers are shown by `label`: 12,345
  or 0.3679, four digits for what is not whole; two values that are shown alike count as equal. Round in the template what
  has fewer digits. A shape is a string with back ticks: ``"`(26, 26, 32)`"``, kind "choice".
- 3 to 5 wrong answers. Those equal to the right one or to an earlier one are dropped; where fewer than three are left, the
  question is drawn again with the next state of ``rng``. A test holds that this is rare (at most one draw in four).
- ``unit`` stands after every number ("pixels", "%").
- ``choices``: the order in which to show the options (all values, the right one among them) where one is natural, such as
  "smaller, equal, larger". By default they are shuffled.
- ``check`` computes the right answer in a second, independent way; tests compare what `label` shows. Say ``slow=True`` in the
  decorator where it takes more than about 10 ms (Keras, say): then it runs for 8 instances instead of 200.
- ``reads=(stem, regex)`` holds the template against its chapter: the regex (multi-line, searched in everything that the notebook's
  stored outputs say as text) must match, its groups are the numbers (commas are dropped), and ``example()`` must return the
  same number, or a tuple of numbers for several groups, by the function that computes the template's answer, fed with the
  chapter's own example. A group that is no number is compared as text. Printed decimals are compared at their own precision.
"""

import importlib
import math
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from .. import CourseError

TEMPLATES = []  # in the order in which they were defined
FEWEST, TRIES = 3, 50  # wrong answers of a question; draws until there are so many


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: its value, the mistake's name ("forgets the padding"), one sentence for who made it."""

    value: object
    mistake: str
    why: str


@dataclass(frozen=True)
class Option:
    """What is offered: Markdown to show, whether it is right, the mistake's name (empty: right), the explanation."""

    label: str
    right: bool
    mistake: str
    why: str

    @property
    def says(self):
        """What a reader is told who chose it: "Forgets the padding: …", or for the right one why it is right."""
        return self.why if self.right else f"{self.mistake[0].upper()}{self.mistake[1:]}: {self.why}"


@dataclass(frozen=True)
class Question:
    """One question; the module's docstring describes the fields. `draw` adds ``options`` and ``tries``."""

    text: str
    answer: object
    wrong: list
    why: str
    check: Callable | None = None
    unit: str = ""
    choices: list | None = None
    options: list = field(default_factory=list)  # of Option, in the order to show
    tries: int = 0  # draws that it took


@dataclass(frozen=True)
class Template:
    """A question that is to be drawn: called with a generator it returns a `Question`."""

    chapter: int
    name: str
    kind: str
    make: Callable
    reads: tuple | None = None
    example: Callable | None = None
    slow: bool = False

    @property
    def key(self):
        """What tells it from all others: "05 output side"."""
        return f"{self.chapter:02d} {self.name}"

    def __call__(self, rng):
        return self.make(rng)


def template(chapter, name, kind="number", reads=None, example=None, slow=False):
    """Put a function into the bank as a template; see the module's docstring.

    Parameters
    ----------
    chapter : int
    name : str
        Short, in words, unlike those of the chapter's other templates.
    kind : {"number", "choice"}
    reads : (str, str), optional
        Stem of a notebook and a regular expression for its stored outputs; needs ``example``.
    example : callable, optional
    slow : bool
        Whether ``check`` takes long.
    """
    if kind not in ("number", "choice"):
        raise CourseError(f"Question template {name!r}: kind is number or choice, not {kind!r}.")
    if (reads is None) != (example is None):
        raise CourseError(f"Question template {name!r}: reads and example go together.")

    def register(make):
        made = Template(int(chapter), name, kind, make, reads, example, slow)
        if made.key in {other.key for other in TEMPLATES}:
            raise CourseError(f"Two question templates have the name {made.key!r}. Rename one of them.")
        TEMPLATES.append(made)
        return made

    return register


def label(value, unit=""):
    """Show a value: 12,345; 0.3679 (four digits for what is not whole); a string as it is."""
    if isinstance(value, str):
        return value
    value = float(value) if isinstance(value, (float, np.floating)) else int(value)
    if isinstance(value, int):
        text = f"{value:,d}"
    elif not math.isfinite(value):
        text = "∞" if value > 0 else "−∞" if value < 0 else "not a number"
    else:
        digits = 3 - math.floor(math.log10(abs(value))) if value else 0
        text = f"{value:,.{max(0, digits)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return (text if text != "-0" else "0").replace("-", "−") + (("" if unit == "%" else " ") + unit if unit else "")


def grid(rows, head=None):
    """Show a small grid of numbers or words as a Markdown table.

    Parameters
    ----------
    rows : sequence of sequences
    head : sequence of str, optional
        Names of the columns. Without it the table is a plain grid.
    """
    head = head or [" "] * len(rows[0])
    lines = [head, ["---:"] * len(head), *([label(value) for value in row] for row in rows)]
    return "\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n\n"


def _options(question, rng):
    """The options in the order to show, or None when too few wrong ones are left."""
    right = label(question.answer, question.unit)
    options = [Option(right, True, "", question.why)]
    for wrong in question.wrong:
        shown = label(wrong.value, question.unit)
        if shown not in {option.label for option in options}:
            options.append(Option(shown, False, wrong.mistake, wrong.why))
    if len(options) <= FEWEST:
        return None
    if question.choices is None:
        return [options[i] for i in rng.permutation(len(options))]
    order = [label(value, question.unit) for value in question.choices]
    if missing := {option.label for option in options} - set(order):
        raise CourseError(f"choices lacks {', '.join(sorted(missing))} of the question {question.text[:60]!r}.")
    return sorted(options, key=lambda option: order.index(option.label))


def draw(template, seed):
    """Draw a question. The same template and seed give the same question.

    Parameters
    ----------
    template : Template
    seed : int
        Not negative.

    Returns
    -------
    Question
        With ``options`` in the order to show.
    """
    rng = np.random.default_rng([zlib.crc32(template.key.encode()), int(seed)])
    for tries in range(1, TRIES + 1):
        question = template(rng)
        if options := _options(question, rng):
            return replace(question, options=options, tries=tries)
    raise CourseError(f"Question template {template.key!r}: {TRIES} draws gave fewer than {FEWEST} wrong answers each. "
                      "Give it more mistakes or other numbers.")


def chapter_number(chapter):
    """The number of a chapter given as 5, "5", "05" or "05-feature-maps"."""
    try:
        return int(str(chapter).strip().partition("-")[0])
    except ValueError:
        raise CourseError(f"{chapter!r} is no chapter. Name it by its number: 05, say.") from None


def bank(chapters=None):
    """The templates of the bank, by chapter and then in the order in which they were defined.

    Parameters
    ----------
    chapters : iterable of int or str, optional
        All chapters by default.

    Returns
    -------
    list of Template
    """
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name.startswith("part")):
        importlib.import_module(f"{__name__}.{module}")
    wanted = None if chapters is None else {chapter_number(chapter) for chapter in chapters}
    return sorted((made for made in TEMPLATES if wanted is None or made.chapter in wanted), key=lambda made: made.chapter)
