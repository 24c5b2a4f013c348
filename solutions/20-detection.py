"""Hidden checks of exercise 20: detection."""

import numpy as np

from course.grading.tasks import Task

overlap_of_boxes = Task("overlap_of_boxes", points=2)


def _boxes(rng, n, side=40):
    """Boxes of whole pixels of many sizes."""
    low = rng.integers(0, side - 2, (n, 2))
    return np.concatenate([low, np.minimum(low + rng.integers(2, side, (n, 2)), side)], axis=1)


@overlap_of_boxes.cases
def _(rng):
    """One and many, fractions, one inside the other, boxes that do not touch or touch at an edge, boxes without an area."""
    fixed = np.array([[0, 0, 8, 6], [2, 1, 5, 4], [8, 0, 12, 6], [20, 20, 30, 25], [3, 3, 3, 9], [4, 4, 4, 4]])
    return [(fixed, fixed.copy()), (_boxes(rng, 1), _boxes(rng, 7)), (_boxes(rng, 9), _boxes(rng, 4)),
            (_boxes(rng, 5) + rng.random((5, 4)).cumsum(axis=1) / 4, _boxes(rng, 6).astype(float))]


def _overlap(a, b, sides=lambda s: s.clip(0), area=lambda box: (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1]),
             share=lambda both, p, q: both / (p + q - both), order=(0, 1, 2, 3), empty=0.0, turn=False):
    """IoU; the options are mistakes, or none."""
    a, b = np.asarray(a, float)[:, None, order], np.asarray(b, float)[None][..., order]
    s = sides(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]))
    both = s[..., 0] * s[..., 1]
    with np.errstate(all="ignore"):
        values = share(both, area(a), area(b))
    values = np.where(np.isfinite(values), values, empty)
    return values.T if turn else values


@overlap_of_boxes.right("pair by pair, lists")
def _(a, b):
    def one(p, q):
        h, w = min(p[2], q[2]) - max(p[0], q[0]), min(p[3], q[3]) - max(p[1], q[1])
        if h <= 0 or w <= 0:
            return 0.0
        return float(h * w / ((p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - h * w))

    return [[one(p, q) for q in b] for p in a]


@overlap_of_boxes.right("rows and columns apart")
def _(a, b):
    def common(i):
        return np.maximum(np.minimum.outer(a[:, i + 2], b[:, i + 2]) - np.maximum.outer(a[:, i], b[:, i]), 0)

    both, (p, q) = common(0) * common(1), ((np.diff(box[:, ::2]) * np.diff(box[:, 1::2]))[:, 0] for box in (a, b))
    return both / np.maximum(np.add.outer(p, q) - both, 1e-9)


for _name, _options in {
    "negative sides count": {"sides": lambda s: s},
    "negative sides made positive": {"sides": np.abs},
    "a pixel too many": {"sides": lambda s: (s + 1).clip(0)},
    "bottom and right taken as inside": {"sides": lambda s: (s + 1).clip(0), "area": lambda box: (box[..., 2] - box[..., 0] + 1) * (box[..., 3] - box[..., 1] + 1)},
    "both twice in the union": {"share": lambda both, p, q: both / (p + q)},
    "Dice": {"share": lambda both, p, q: 2 * both / (p + q)},
    "the share of the first box": {"share": lambda both, p, q: both / (p + 0 * q)},
    "the share of the smaller box": {"share": lambda both, p, q: both / np.minimum(p, q)},
    "bottom and right taken as height and width": {"area": lambda box: box[..., 2] * box[..., 3]},
    "left and top swapped": {"order": (1, 0, 2, 3)},
    "1 for boxes without an area": {"empty": 1.0},
    "nan for boxes without an area": {"empty": np.nan},
    "items and boxes swapped": {"turn": True},
}.items():
    overlap_of_boxes.wrong(_name)(lambda a, b, _options=_options: _overlap(a, b, **_options))


@overlap_of_boxes.wrong("only each with its partner")
def _(a, b):
    n = min(len(a), len(b))
    return np.diag(_overlap(a[:n], b[:n]))


surest_boxes = Task("surest_boxes", points=2)


@surest_boxes.cases
def _(rng):
    """A row in which each box overlaps the next; equal overlap and threshold; crowds of one, two and many classes; one box."""
    row = np.stack([np.zeros(6), 4 * np.arange(6), np.full(6, 10), 4 * np.arange(6) + 16], axis=1).astype(int)
    cases = [(row, np.zeros(6, int), np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), 0.5), (row, np.array([0, 0, 1, 1, 0, 0]), rng.permutation(6) / 7 + 0.1, 0.5),
             (np.array([[0, 0, 8, 8], [0, 0, 8, 4], [0, 4, 8, 8]]), np.zeros(3, int), np.array([0.3, 0.9, 0.8]), 0.5),
             (row[:1], np.array([3]), np.array([0.2]), 0.5)]
    for n, classes, threshold in [(25, 1, 0.3), (30, 2, 0.2), (30, 6, 0.1)]:
        cases.append((_boxes(rng, n, 24), rng.integers(0, classes, n), (rng.permutation(n) + 1) / (n + 1), threshold))
    return cases


def _suppressed(boxes, labels, scores, threshold, drops=lambda overlap, threshold: overlap > threshold, by_class=True, chain=False, order=lambda scores: np.argsort(-scores),
                finish=list):
    """Suppression; the options are mistakes, or none."""
    overlap, stay, seen = _overlap(boxes, boxes), [], []
    for k in order(np.asarray(scores)):
        if not any((labels[j] == labels[k] or not by_class) and drops(overlap[j, k], threshold) for j in (seen if chain else stay)):
            stay.append(int(k))
        seen.append(int(k))
    return finish(stay)


@surest_boxes.right("drop from a list, an array")
def _(boxes, labels, scores, threshold):
    waiting, stay = np.argsort(scores)[::-1], []
    overlap = _overlap(boxes, boxes)
    while waiting.size:
        first = waiting[0]
        stay.append(first)
        waiting = waiting[1:]
        waiting = waiting[(overlap[first, waiting] <= threshold) | (labels[waiting] != labels[first])]
    return np.array(stay)


@surest_boxes.right("classes far apart")
def _(boxes, labels, scores, threshold):
    apart = boxes + 1000 * np.asarray(labels)[:, None]
    return _suppressed(apart, labels, scores, threshold, by_class=False)


for _name, _options in {
    "all classes together": {"by_class": False},
    "a box that was dropped drops others": {"chain": True},
    "dropped at the threshold": {"drops": lambda overlap, threshold: overlap >= threshold},
    "dropped when the overlap is small": {"drops": lambda overlap, threshold: overlap < threshold},
    "the least sure first": {"order": np.argsort},
    "in the order of the list": {"order": lambda scores: np.arange(len(scores))},
    "numbers sorted": {"finish": sorted},
    "the least sure at the head": {"finish": lambda stay: stay[::-1]},
    "only the surest": {"finish": lambda stay: stay[:1]},
    "how many": {"finish": len},
}.items():
    surest_boxes.wrong(_name)(lambda *case, _options=_options: _suppressed(*case, **_options))


@surest_boxes.wrong("boxes instead of numbers")
def _(boxes, labels, scores, threshold):
    return boxes[_suppressed(boxes, labels, scores, threshold)]


@surest_boxes.wrong("the surest of each class")
def _(boxes, labels, scores, threshold):
    best = [max(np.flatnonzero(labels == c), key=lambda k: scores[k]) for c in np.unique(labels)]
    return sorted((int(k) for k in best), key=lambda k: -scores[k])


average_precision_of = Task("average_precision_of", points=2)


@average_precision_of.cases
def _(rng):
    """Orders of all kinds, items that nobody finds, nothing right, nothing found, long lists, recalls on the grid."""
    cases = [(np.zeros(0), np.zeros(0, bool), 2), (np.array([0.4, 0.9]), np.array([False, False]), 1),
             (np.arange(10, 0, -1) / 11, np.array([1, 1, 0, 1, 0, 0, 1, 0, 0, 0], bool), 10)]
    for n, share, items in [(8, 0.6, 6), (40, 0.5, 25), (150, 0.3, 60), (30, 0.8, 40)]:
        scores = (rng.permutation(n) + 1) / (n + 1)
        right = rng.random(n) < np.clip(share + 0.4 * (scores - 0.5), 0, 1)
        right &= np.cumsum(right) <= items
        cases.append((scores, right, items))
    return cases


def _ap(scores, right, items, order=lambda scores: np.argsort(-scores), points=101, best=lambda p, r, at: p[r >= at - 1e-9].max(initial=0), divide=None, skip=False):
    """Average precision; the options are mistakes, or none."""
    found = np.cumsum(np.asarray(right, int)[order(np.asarray(scores))])
    p, r = found / np.arange(1, len(found) + 1), found / (divide(right, items) if divide else items)
    values = [best(p, r, at) for at in np.linspace(0, 1, points)]
    values = [v for v in values if v > 0] if skip else values
    return float(np.mean(values)) if values else 0.0


@average_precision_of.right("the best so far, from the end")
def _(scores, right, items):
    pairs = sorted(zip(scores, right), key=lambda pair: -pair[0])
    points, found = [], 0
    for k, (_, good) in enumerate(pairs, start=1):
        found += bool(good)
        points.append((found / items, found / k))
    total = 0.0
    for i in range(101):
        total += max((p for r, p in points if r + 1e-9 >= i / 100), default=0.0)
    return total / 101


@average_precision_of.right("searchsorted")
def _(scores, right, items):
    found = np.asarray(right)[np.argsort(scores)[::-1]].cumsum()
    precision = np.append(found / (np.arange(len(found)) + 1), 0.0)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return np.float64(precision[np.searchsorted(found / items, np.arange(101) / 100 - 1e-9)].mean())


def _at(p, r, at):
    """The precision of the first point that reaches a recall."""
    reached = p[r >= at - 1e-9]
    return reached[0] if len(reached) else 0.0


for _name, _options in {
    "in the order of the list": {"order": lambda scores: np.arange(len(scores))},
    "the least sure first": {"order": np.argsort},
    "not the best beyond, the first": {"best": _at},
    "the best before": {"best": lambda p, r, at: p[r <= at + 1e-9].max(initial=0)},
    "11 recalls": {"points": 11},
    "recall of what was found only": {"divide": lambda right, items: max(np.sum(right), 1)},
    "recall by the number of detections": {"divide": lambda right, items: max(len(right), 1)},
    "recalls that are not reached left out": {"skip": True},
    "the last precision": {"best": lambda p, r, at: p[-1] if len(p) else 0.0},
    "the precision alone, over all points": {"best": lambda p, r, at: p.mean() if len(p) else 0.0},
}.items():
    average_precision_of.wrong(_name)(lambda *case, _options=_options: _ap(*case, **_options))


@average_precision_of.wrong("the mean precision at the right ones")
def _(scores, right, items):
    right = np.asarray(right)[np.argsort(-np.asarray(scores))]
    p = right.cumsum() / np.arange(1, len(right) + 1)
    return float(p[right].mean()) if right.any() else 0.0


@average_precision_of.wrong("in percent")
def _(scores, right, items):
    return 100 * _ap(scores, right, items)


count_crops = Task("count_crops", points=1)


@count_crops.cases
def _(rng):
    """Steps that divide and that do not, windows too large, as large as the image, tall and wide; a large image."""
    cases = [(6, 8, [(3, 4)], 2), (5, 9, [(5, 9), (6, 3), (2, 10)], 3), (4_000, 6_000, [(64, 64), (128, 64), (64, 128)], 1)]
    for step in (1, 3, 4, 7):
        shapes = [tuple(int(n) for n in rng.integers(3, 40, 2)) for _ in range(4)]
        cases.append((int(rng.integers(20, 60)), int(rng.integers(30, 90)), shapes, step))
    return cases


def _count(height, width, shapes, step, places=lambda n, k, s: (n - k) // s + 1, keep=True, join=lambda a, b: a * b, finish=sum):
    """Crops; the options are mistakes, or none."""
    return int(finish([join(places(height, h, step), places(width, w, step)) for h, w in shapes if not keep or (h <= height and w <= width)] or [0]))


@count_crops.right("ranges")
def _(height, width, shapes, step):
    return sum(len(range(0, height - h + 1, step)) * len(range(0, width - w + 1, step)) for h, w in shapes)


@count_crops.right("rounded up, an array")
def _(height, width, shapes, step):
    h, w = np.array(shapes).T
    return np.sum(-(-np.maximum(height - h + 1, 0) // step) * -(-np.maximum(width - w + 1, 0) // step))


for _name, _options in {
    "the last place forgotten": {"places": lambda n, k, s: (n - k) // s},
    "rounded up": {"places": lambda n, k, s: -(-(n - k) // s) + 1},
    "step forgotten": {"places": lambda n, k, s: n - k + 1},
    "windows side by side": {"places": lambda n, k, s: n // k},
    "a crop for each pixel": {"places": lambda n, k, s: n},
    "same padding": {"places": lambda n, k, s: -(-n // s)},
    "added instead of multiplied": {"join": lambda a, b: a + b},
    "the largest shape only": {"finish": max},
    "the first shape only": {"finish": lambda counts: counts[0]},
    "the mean over the shapes": {"finish": np.mean},
}.items():
    count_crops.wrong(_name)(lambda *case, _options=_options: _count(*case, **_options))


@count_crops.wrong("height and width of the window swapped")
def _(height, width, shapes, step):
    return _count(height, width, [(w, h) for h, w in shapes], step)


@count_crops.wrong("windows that are too large count")
def _(height, width, shapes, step):
    return _count(height, width, shapes, step, keep=False, places=lambda n, k, s: abs(n - k) // s + 1)


read_region = Task("read_region", points=2)


@read_region.cases
def _(rng):
    """Maps that are no squares, boxes with fractions, at the edges, small and large; few and many bins."""
    cases = []
    for (h, w), box, bins in [((7, 9), (1, 2, 5, 6), 4), ((6, 5), (0, 0, 6, 5), 7), ((8, 12), (1.3, 4.9, 6.2, 11.7), 3), ((5, 7), (0, 3.4, 0.8, 7), 5),
                              ((9, 4), (2.2, 0.1, 8.9, 2.6), 1), ((12, 12), (3.5, 2.25, 10, 9.75), 14)]:
        cases.append((rng.normal(size=(h, w)), box, bins))
    return cases


def _read(maps, box, bins, share=lambda bins: (np.arange(bins) + 0.5) / bins, shift=0.5, limit=True, turn=lambda p: p, box_rule=lambda box: box, order=(0, 1, 2, 3)):
    """Cutting a region; the options are mistakes, or none."""
    box, weights = [box_rule(box)[i] for i in order], []
    for size, low, high in ((maps.shape[0], box[0], box[2]), (maps.shape[1], box[1], box[3])):
        places = turn(low + share(bins) * (high - low) - shift)
        places = places.clip(0, size - 1) if limit else places
        weights.append(np.maximum(1 - np.abs(places[:, None] - np.arange(size)), 0))
    return weights[0] @ maps @ weights[1].T


@read_region.right("value by value")
def _(maps, box, bins):
    h, w = maps.shape
    out = np.zeros((bins, bins))
    for i in range(bins):
        for j in range(bins):
            y = min(max(box[0] + (i + 0.5) * (box[2] - box[0]) / bins - 0.5, 0), h - 1)
            x = min(max(box[1] + (j + 0.5) * (box[3] - box[1]) / bins - 0.5, 0), w - 1)
            a, b = min(int(y), h - 2), min(int(x), w - 2)
            p, q = y - a, x - b
            out[i, j] = (1 - p) * ((1 - q) * maps[a, b] + q * maps[a, b + 1]) + p * ((1 - q) * maps[a + 1, b] + q * maps[a + 1, b + 1])
    return out


@read_region.right("np.interp twice, a list")
def _(maps, box, bins):
    part = (np.arange(bins) + 0.5) / bins
    y, x = box[0] + part * (box[2] - box[0]), box[1] + part * (box[3] - box[1])
    rows = np.stack([np.interp(y, np.arange(maps.shape[0]) + 0.5, column) for column in maps.T], axis=1)
    return [list(np.interp(x, np.arange(maps.shape[1]) + 0.5, row)) for row in rows]


for _name, _options in {
    "the bug: the upper left corner of each part": {"share": lambda bins: np.arange(bins) / bins, "shift": 0, "limit": False},
    "middles, but the half cell forgotten": {"shift": 0},
    "the half cell, but corners of the parts": {"share": lambda bins: np.arange(bins) / bins},
    "half a cell in the wrong direction": {"shift": -0.5},
    "the places not limited": {"limit": False},
    "from edge to edge": {"share": lambda bins: np.linspace(0, 1, bins)},
    "rounded to cells": {"turn": np.round},
    "rounded down to cells": {"turn": np.floor},
    "the box rounded": {"box_rule": lambda box: np.round(box)},
    "the box cut to whole cells": {"box_rule": lambda box: np.floor(box)},
    "rows and columns of the box swapped": {"order": (1, 0, 3, 2)},
    "the lower right corner of each part": {"share": lambda bins: (np.arange(bins) + 1) / bins},
}.items():
    read_region.wrong(_name)(lambda *case, _options=_options: _read(*case, **_options))


@read_region.wrong("the answer transposed")
def _(maps, box, bins):
    return _read(maps, box, bins).T


anchor_roles = Task("anchor_roles", points=1)


@anchor_roles.cases
def _(rng):
    """No item, items without an anchor, an anchor that is the best of two, overlaps exactly at the bounds, crowds."""
    cases = [(np.zeros((4, 0)), 0.5, 0.3), (np.array([[0.1, 0.0], [0.3, 0.0], [0.5, 0.0], [0.8, 0.0], [0.29, 0.0]]), 0.5, 0.3),
             (np.array([[0.2, 0.05], [0.1, 0.15], [0.0, 0.1]]), 0.5, 0.3),
             (np.array([[0.35, 0.4], [0.2, 0.1], [0.31, 0.39]]), 0.5, 0.3), (np.array([[0.2, 0.6], [0.2, 0.1], [0.1, 0.7]]), 0.6, 0.25)]
    for n, items in [(40, 3), (60, 6)]:
        cases.append((np.round(rng.beta(0.5, 1.5, (n, items)) * (rng.random((n, items)) < 0.6), 3), 0.7, 0.3))
    return cases


def _roles(overlap, high, low, item=lambda most, high: most >= high, ground=lambda most, low: most < low, best="each", touch=True, names=(1, 0, -1), over=lambda o: o.max(axis=1, initial=0)):
    """Roles; the options are mistakes, or none."""
    most = over(overlap)
    roles = np.where(item(most, high), names[0], np.where(ground(most, low), names[1], names[2]))
    for k in range(overlap.shape[1]) if best == "each" else ():
        first = overlap[:, k].argmax()
        if overlap[first, k] > 0 or not touch:
            roles[first] = names[0]
    if best == "one" and overlap.size and overlap.max() > 0:
        roles[np.unravel_index(overlap.argmax(), overlap.shape)[0]] = names[0]
    if best == "only":
        roles[:] = names[1]
        for k in range(overlap.shape[1]):
            if overlap[:, k].max() > 0:
                roles[overlap[:, k].argmax()] = names[0]
    return roles


@anchor_roles.right("a set of best ones, a list")
def _(overlap, high, low):
    best = {int(np.argmax(column)) for column in overlap.T if column.max() > 0}
    roles = []
    for k, row in enumerate(overlap):
        most = max(row, default=0.0)
        roles.append(1 if k in best or most >= high else 0 if most < low else -1)
    return roles


@anchor_roles.right("masks of booleans")
def _(overlap, high, low):
    if overlap.shape[1] == 0:
        return np.zeros(len(overlap), int)
    forced = np.zeros(overlap.shape, bool)
    forced[overlap.argmax(axis=0), np.arange(overlap.shape[1])] = True
    item = (overlap >= high).any(axis=1) | (forced & (overlap > 0)).any(axis=1)
    return np.where(item, 1, np.where((overlap < low).all(axis=1), 0, -1))


for _name, _options in {
    "no anchor is forced": {"best": "none"},
    "only one anchor is forced": {"best": "one"},
    "only the best anchors": {"best": "only"},
    "an item that nobody touches forces an anchor": {"touch": False},
    "more than high": {"item": lambda most, high: most > high},
    "low is ground, too": {"ground": lambda most, low: most <= low},
    "nothing between the two": {"ground": lambda most, low: most < 1},
    "ground and neither swapped": {"names": (1, -1, 0)},
    "the mean over the items": {"over": lambda o: o.mean(axis=1) if o.shape[1] else np.zeros(len(o))},
    "the first item only": {"over": lambda o: o[:, 0] if o.shape[1] else np.zeros(len(o))},
    "the sum over the items": {"over": lambda o: o.sum(axis=1)},
}.items():
    anchor_roles.wrong(_name)(lambda *case, _options=_options: _roles(*case, **_options))
