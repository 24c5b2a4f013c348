"""Three question templates for tests of what the bank feeds: formulas, a grid, code, a fixed order, a unit."""

import contextlib

import numpy as np

from course import questions
from course.questions import Question, Wrong, grid, template


def side(n, k, p, s):
    return int(n + 2 * p - k) // s + 1


def output_side(rng):
    n, k, p, s = int(rng.integers(24, 65)), int(rng.choice([5, 7])), int(rng.integers(2, 5)), int(rng.integers(2, 4))
    return Question(
        text=f"An image of {n}×{n} pixels, a kernel of {k}×{k}, padding {p} on each side, stride $s = {s}$. "
             "How many values has one side of the feature map?",
        answer=side(n, k, p, s), unit="values",
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


def largest(rng):
    window = rng.permutation(np.arange(-4, 10))[:4].reshape(2, 2)
    values = [int(v) for v in window.ravel()]
    return Question(
        text=f"Max pooling reads the window {', '.join(map(str, values))}:{grid(window)}Which value does it write?",
        answer=max(values), why="It writes the largest of the four.",
        wrong=[
            Wrong(min(values), "takes the minimum", "Max pooling keeps the largest, not the smallest value."),
            Wrong(float(np.mean(values)), "takes the average", "That is average pooling."),
            Wrong(sum(values), "adds up", "Nothing is added in max pooling."),
            Wrong(values[0], "takes the first", "The place in the window does not count."),
        ],
        check=lambda: sorted(values)[-1],
    )


def shape(rng):
    n, d = int(rng.integers(20, 40)), int(rng.choice([8, 16]))
    shown = ["`({0}, {0}, {1})`".format(*size) for size in ((n - 2, d), (n, d), (n - 2, 3), (d, n - 2))]
    return Question(
        text=f"`Conv2D({d}, 3)` reads an image of shape `({n}, {n}, 3)`. Which shape comes out, if $a < b$ & so on?",
        answer=shown[0], choices=shown, why="Two pixels of each side are lost, and each filter gives a channel.",
        wrong=[
            Wrong(shown[1], "takes valid for same", "Without padding two pixels are lost."),
            Wrong(shown[2], "keeps the channels", "The number of filters is that of the channels."),
            Wrong(shown[3], "mixes up sides and channels", "Keras puts the channels last."),
        ],
        check=lambda: f"`({len(range(n - 3 + 1))}, {len(range(n - 3 + 1))}, {d})`",
    )


@contextlib.contextmanager
def only_samples():
    """A bank that holds these templates only: two in chapter 5 and one in chapter 7."""
    questions.bank()  # the course's own modules are imported once
    kept = questions.TEMPLATES[:]
    questions.TEMPLATES.clear()
    try:
        template(5, "output side")(output_side)
        template(5, "shape", kind="choice")(shape)
        template(7, "largest")(largest)
        yield questions.TEMPLATES
    finally:
        questions.TEMPLATES[:] = kept
