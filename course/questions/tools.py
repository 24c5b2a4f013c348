"""What the templates of several chapters share: how to draw, how to write numbers, and statements that are checked by computing."""

from collections.abc import Callable
from dataclasses import dataclass

from . import Question, Wrong


def pick(rng, *values):
    """One of the values, each as likely as the others."""
    return values[int(rng.integers(len(values)))]


def some(rng, count, values):
    """So many of the values, no value twice, in random order."""
    return [values[i] for i in rng.permutation(len(values))[:count]]


def big(number):
    """A whole number inside a formula, with its thousands apart: 100{,}480."""
    return f"{number:,d}".replace(",", "{,}")


def plus(numbers):
    """A sum inside a formula, negative terms in brackets: 3 + (-4) + 0."""
    return " + ".join(f"({x})" if x < 0 else f"{x}" for x in numbers)


def times(a, b):
    r"""A product inside a formula, a negative second factor in brackets: 3 \cdot (-4)."""
    return rf"{a} \cdot ({b})" if b < 0 else rf"{a} \cdot {b}"


def product(a, b):
    """As `times`, for a product inside a sum: a negative first factor stands in brackets, too."""
    return times(f"({a})" if a < 0 else a, b)


def code(value):
    """A shape or a grid as Python writes it, in back ticks."""
    return f"`{value.tolist() if hasattr(value, 'tolist') else value}`"


@dataclass(frozen=True)
class Statement:
    """A sentence, whether it holds (found by computing), why, and the mistake of who chooses it wrongly."""

    text: str
    holds: Callable
    why: str
    mistake: str = ""


def choose(rng, ask, answers, others, count=3):
    """A question whose options are statements: one of `answers`, and so many of `others`.

    `check` computes which statement differs from all the others in whether it holds.

    Parameters
    ----------
    rng : numpy.random.Generator
    ask : str
    answers, others : list of Statement
        All answers hold and no other does, or the other way round.
    count : int
    """
    answer, offered = pick(rng, *answers), some(rng, count, others)

    def check():
        found = {shown.text: bool(shown.holds()) for shown in (answer, *offered)}
        alone = [text for text, holds in found.items() if list(found.values()).count(holds) == 1]
        return alone[0] if len(alone) == 1 else f"no single answer: {found}"

    return Question(text=ask, answer=answer.text, why=answer.why, check=check,
                    wrong=[Wrong(other.text, other.mistake, other.why) for other in offered])
