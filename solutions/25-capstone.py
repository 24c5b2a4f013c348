"""Hidden checks of exercise 25: the capstone."""

import numpy as np

from course.grading.tasks import Task

work_in_pflop = Task("work_in_pflop", points=1)


@work_in_pflop.cases
def _(rng):
    """Training alone, answers alone, both, one view and many."""
    cases = [(118_000_000, 50_000, 10, 10_000, 6), (40_551_040, 45_000, 31, 10_000, 1), (5_000_000_000, 1_000, 0, 20_000, 4), (10**9, 30_000, 3, 0, 6)]
    return cases + [tuple(int(v) for v in (rng.integers(1e7, 1e9), rng.integers(1e3, 6e4), rng.integers(2, 40), rng.integers(5e4, 9e5), rng.integers(3, 9))) for _ in range(3)]


def _work(macs, images, epochs, tested, views, there=6, back=2, unit=1e15, each=lambda v: v):
    """The work; the options are mistakes, or none."""
    return (there * macs * images * epochs + back * macs * tested * each(views)) / unit


@work_in_pflop.right("forward and backward apart")
def _(macs, images, epochs, tested, views):
    forward = 2 * macs
    return np.float64((forward + 2 * forward) * (images * epochs) + forward * (tested * views)) / 10**15


@work_in_pflop.right("in giga first")
def _(macs, images, epochs, tested, views):
    giga = macs / 1e9
    return giga * (3 * images * epochs + tested * views) * 2 / 1e6


for _name, _options in {
    "multiply-adds instead of operations": {"there": 3, "back": 1},
    "forgets the backward pass": {"there": 2},
    "backward as dear as forward": {"there": 4},
    "trains while it answers": {"back": 6},
    "forgets the views": {"each": lambda v: 1},
    "one view too few": {"each": lambda v: v - 1},
    "in teraflop": {"unit": 1e12},
    "forgets the answers": {"back": 0},
}.items():
    work_in_pflop.wrong(_name)(lambda *case, _options=_options: _work(*case, **_options))


@work_in_pflop.wrong("one epoch")
def _(macs, images, epochs, tested, views):
    return _work(macs, images, 1, tested, views)


rate_with_one_peak = Task("rate_with_one_peak", points=1)


@rate_with_one_peak.cases
def _(rng):
    """Both ends, the peak itself, both slopes, peaks early and late."""
    cases = [(step, 100, 2.0, 0.5, 0.2, 0.1) for step in (0, 20, 100, 7, 63)]
    for _ in range(5):
        steps = int(rng.integers(50, 900))
        settings = (float(rng.uniform(0.1, 3)), float(rng.uniform(0.05, 0.6)), float(rng.uniform(0.1, 0.7)), float(rng.uniform(0.01, 0.3)))
        cases += [(int(step), steps, *settings) for step in (0, 0.4 * settings[2] * steps, 0.5 * (1 + settings[2]) * steps, steps)]
    return cases


def _rate(step, steps, peak, start, top, end, scale=True, low=None, floor=None, turn=None):
    """The rate; the options are mistakes, or none."""
    done, low, floor, turn = step / steps, start if low is None else low, end if floor is None else floor, top if turn is None else turn
    if done <= turn:
        return (peak if scale else 1) * (low + (1 - low) * done / turn)
    return (peak if scale else 1) * (floor + (1 - floor) * (1 - done) / (1 - turn))


@rate_with_one_peak.right("np.interp")
def _(step, steps, peak, start, top, end):
    return np.interp(step, [0, top * steps, steps], [start * peak, peak, end * peak])


@rate_with_one_peak.right("the lower of two lines")
def _(step, steps, peak, start, top, end):
    up = start + (1 - start) * step / (top * steps)
    down = 1 - (1 - end) * (step - top * steps) / (steps - top * steps)
    return min(up, down) * peak


for _name, _options in {
    "forgets the peak": {"scale": False},
    "begins at 0": {"low": 0.0},
    "ends at 0": {"floor": 0.0},
    "the peak in the middle": {"turn": 0.5},
}.items():
    rate_with_one_peak.wrong(_name)(lambda *case, _options=_options: _rate(*case, **_options))


@rate_with_one_peak.wrong("start and end swapped")
def _(step, steps, peak, start, top, end):
    return _rate(step, steps, peak, end, top, start)


@rate_with_one_peak.wrong("falls in the time of the whole")
def _(step, steps, peak, start, top, end):
    done = step / steps
    return peak * (start + (1 - start) * done / top if done <= top else end + (1 - end) * (1 - done))


@rate_with_one_peak.wrong("start and end as rates, not as shares")
def _(step, steps, peak, start, top, end):
    return float(np.interp(step, [0, top * steps, steps], [start, peak, end]))


@rate_with_one_peak.wrong("a cosine down")
def _(step, steps, peak, start, top, end):
    done = step / steps
    return _rate(step, steps, peak, start, top, end) if done <= top else peak * (end + (1 - end) * (1 + np.cos(np.pi * (done - top) / (1 - top))) / 2)


@rate_with_one_peak.wrong("whole steps only")
def _(step, steps, peak, start, top, end):
    return _rate(step, steps, peak, start, max(int(top * steps), 1) // 10 * 10 / steps or 0.01, end)


whitening_columns = Task("whitening_columns", points=2, rtol=1e-3, atol=1e-5)


@whitening_columns.cases
def _(rng):
    """Correlated values of unequal strength, with a mean that is not 0, with and without epsilon, two values and twelve."""
    cases = []
    for values, epsilon in [(2, 0.0), (3, 0.1), (5, 0.5), (12, 0.05), (4, 2.0)]:
        mix = rng.normal(size=(values, values)) * np.linspace(2, 0.5, values)
        cases.append((rng.normal(size=(400, values)) @ mix + rng.normal(size=values), epsilon))
    return [*cases, (np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 0.0)]


def _whiten(patches, epsilon, centre=False, count=None, weakest=False, root=np.sqrt, outside=False, negatives=True, sign=True, rows=False, wide=False, behind=True):
    """The filters; the options are mistakes, or none."""
    x = patches - patches.mean(axis=0) if centre else patches
    strengths, directions = np.linalg.eigh(x.T @ x / (count or len)(x))
    order = slice(None) if weakest else slice(None, None, -1)
    strengths, directions = strengths[order], directions[:, order]
    if rows:
        directions = directions.T
    if sign:
        largest = np.abs(directions).argmax(axis=0)
        directions = directions * np.sign(directions[largest, np.arange(len(strengths))])
    else:
        directions = directions * -np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(len(strengths))])
    scale = root(strengths) + epsilon if outside else root(strengths + epsilon)
    filters = directions / (scale[:, None] if wide else scale)
    if not negatives:
        return filters
    return np.concatenate([filters, -filters], axis=1) if behind else np.stack([filters, -filters], axis=2).reshape(len(strengths), -1)


@whitening_columns.right("singular values")
def _(patches, epsilon):
    _, singular, rows = np.linalg.svd(patches / len(patches) ** 0.5, full_matrices=False)
    columns = []
    for value, row in zip(singular**2, rows):
        row = row if row[np.argmax(np.abs(row))] > 0 else -row
        columns.append(row / (value + epsilon) ** 0.5)
    return np.array(columns + [-c for c in columns]).T


@whitening_columns.right("sorted by hand")
def _(patches, epsilon):
    strengths, directions = np.linalg.eig(sum(np.outer(p, p) for p in patches) / len(patches))
    order = np.argsort(-strengths.real)
    out = np.zeros((patches.shape[1], 2 * patches.shape[1]))
    for place, i in enumerate(order):
        v = directions[:, i].real / np.linalg.norm(directions[:, i].real)
        v = v * np.sign(v[np.abs(v).argmax()]) / np.sqrt(strengths[i].real + epsilon)
        out[:, place], out[:, place + len(order)] = v, -v
    return out


for _name, _options in {
    "subtracts the mean": {"centre": True},
    "does not divide by the number of patches": {"count": lambda x: 1},
    "weakest first": {"weakest": True},
    "no root": {"root": lambda x: x},
    "epsilon outside the root": {"outside": True},
    "forgets the negatives": {"negatives": False},
    "negatives first": {"sign": False},
    "each negative beside its filter": {"behind": False},
    "eigenvectors in rows": {"rows": True},
    "divides rows instead of columns": {"wide": True},
}.items():
    whitening_columns.wrong(_name)(lambda *case, _options=_options: _whiten(*case, **_options))


@whitening_columns.wrong("forgets epsilon")
def _(patches, epsilon):
    return _whiten(patches, 0.0)


@whitening_columns.wrong("input modified in place")
def _(patches, epsilon):
    filters = _whiten(patches, epsilon)
    patches /= len(patches)
    return filters


mirrored_by_turns = Task("mirrored_by_turns", points=1)


@mirrored_by_turns.cases
def _(rng):
    """Even and odd epochs, bytes and floats, all coins alike, images that are no squares."""
    cases = []
    for epoch, shape in [(0, (6, 4, 5, 3)), (1, (5, 3, 6, 1)), (2, (4, 5, 5, 3)), (7, (6, 4, 4, 2)), (10, (3, 2, 7, 3))]:
        coins = rng.random(shape[0]) < 0.5
        coins[:2] = [True, False]
        cases.append((rng.integers(0, 256, shape).astype("uint8"), coins, epoch))
    return [*cases, (rng.normal(size=(4, 3, 4, 3)).astype("float32"), np.ones(4, bool), 3), (rng.integers(0, 9, (3, 3, 3, 1)).astype("uint8"), np.zeros(3, bool), 5)]


@mirrored_by_turns.compare
def _(mine, theirs):
    if not isinstance(mine, np.ndarray) or mine.dtype != theirs.dtype:
        return "it does not return images of the type that they had"
    if mine.shape != theirs.shape:
        return "it returns another shape"
    return None if np.array_equal(mine, theirs) else "it returns other images"


def _turns(images, coins, epoch, first=0, axis=2, both=lambda coin, odd: coin ^ odd):
    """The images; the options are mistakes, or none."""
    turned = both(np.asarray(coins, bool), (epoch + first) % 2 == 1)
    return np.where(turned[:, None, None, None], np.flip(images, axis), images)


@mirrored_by_turns.right("image by image")
def _(images, coins, epoch):
    shown = images.copy()
    for i, coin in enumerate(coins):
        if (int(coin) + epoch) % 2 == 1:
            shown[i] = images[i, :, ::-1]
    return shown


@mirrored_by_turns.right("a mask")
def _(images, coins, epoch):
    shown = np.array(images)
    chosen = coins if epoch % 2 == 0 else ~coins
    shown[chosen] = np.flip(shown[chosen], axis=2)
    return shown


for _name, _options in {
    "epochs counted from 1": {"first": 1},
    "upside down": {"axis": 1},
    "channels turned": {"axis": 3},
    "the coin alone": {"both": lambda coin, odd: coin},
    "the epoch alone": {"both": lambda coin, odd: np.full(len(coin), odd)},
    "only in odd epochs": {"both": lambda coin, odd: coin & odd},
    "coin or epoch": {"both": lambda coin, odd: coin | odd},
    "never": {"both": lambda coin, odd: coin & ~coin},
}.items():
    mirrored_by_turns.wrong(_name)(lambda *case, _options=_options: _turns(*case, **_options))


@mirrored_by_turns.wrong("returns floats")
def _(images, coins, epoch):
    return _turns(images, coins, epoch).astype("float64")


@mirrored_by_turns.wrong("input modified in place")
def _(images, coins, epoch):
    images[:] = _turns(images, coins, epoch)
    return images


lookahead_weights = Task("lookahead_weights", points=2)


@lookahead_weights.cases
def _(rng):
    """Weights of several shapes, mixings that end with the last step and before it, shares that grow, each step mixed, none."""
    cases = []
    for shape, steps, every in [((3,), 10, 5), ((2, 4), 12, 5), ((1,), 7, 2), ((2, 2, 3), 6, 1), ((5,), 4, 9), ((4, 1), 15, 3)]:
        cases.append((rng.normal(size=shape), rng.normal(size=(steps, *shape)), float(rng.uniform(0.05, 0.5)), every, np.sort(rng.uniform(0.1, 0.9, max(steps // every, 1)))))
    return cases


def _ahead(start, gradients, rate, every, shares, alias=False, keep_slow=False, keep_weights=False, swap=False, up=False, first=0, pick=lambda s, n: s[n], last=False):
    """The weights; the options are mistakes, or none."""
    weights = start.astype(float).copy()
    slow = weights if alias else weights.copy()
    for step, gradient in enumerate(gradients, 1 - first):
        weights += (1 if up else -1) * rate * gradient
        if (step % every == 0 and step) or (last and step == len(gradients)):
            share = pick(shares, min((step - 1) // every, len(shares) - 1))
            share = 1 - share if swap else share
            mixed = share * slow + (1 - share) * weights
            if not keep_weights:
                weights[...] = mixed
            if not keep_slow:
                slow[...] = mixed
    return slow if keep_weights else weights


@lookahead_weights.right("a list of all weights")
def _(start, gradients, rate, every, shares):
    slow = weights = start
    for n in range(len(gradients)):
        weights = weights - rate * gradients[n]
        if (n + 1) % every == 0:
            a = shares[(n + 1) // every - 1]
            slow = weights = a * slow + (1 - a) * weights
    return weights


@lookahead_weights.right("in rounds")
def _(start, gradients, rate, every, shares):
    weights, rounds = np.array(start, float), len(gradients) // every
    for i in range(rounds):
        weights = weights - (1 - shares[i]) * rate * gradients[i * every:(i + 1) * every].sum(axis=0)
    return weights - rate * gradients[rounds * every:].sum(axis=0)


for _name, _options in {
    "the bug: the slow copy is the same memory": {"alias": True},
    "the slow copy never moves": {"keep_slow": True},
    "the weights are not pulled back": {"keep_weights": True},
    "share and rest swapped": {"swap": True},
    "up the gradient": {"up": True},
    "mixes one step late": {"first": 1},
    "always the first share": {"pick": lambda s, n: s[0]},
    "always the last share": {"pick": lambda s, n: s[-1]},
    "mixes after the last step in any case": {"last": True},
}.items():
    lookahead_weights.wrong(_name)(lambda *case, _options=_options: _ahead(*case, **_options))


@lookahead_weights.wrong("input modified in place")
def _(start, gradients, rate, every, shares):
    start[...] = _ahead(start, gradients, rate, every, shares)
    return start


@lookahead_weights.wrong("no lookahead")
def _(start, gradients, rate, every, shares):
    return start - rate * gradients.sum(axis=0)


calibration_error = Task("calibration_error", points=2)


@calibration_error.cases
def _(rng):
    """Networks that are too sure and too modest, few and many groups, empty groups, answers of exactly 1 and on a border."""
    cases = []
    for count, classes, groups, width in [(60, 10, 10, 3.0), (200, 4, 5, 1.0), (40, 3, 20, 2.0), (300, 10, 15, 0.5), (25, 2, 1, 2.0)]:
        scores = rng.normal(0, width, (count, classes))
        chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        labels = np.where(rng.random(count) < 0.6, chances.argmax(axis=1), rng.integers(0, classes, count))
        cases.append((chances, labels, groups))
    cases.append((np.array([[1.0, 0.0], [0.5, 0.5], [0.625, 0.375], [0.125, 0.875]]), np.array([1, 1, 0, 1]), 4))
    return cases


def _gap(probabilities, labels, groups, sure=lambda p: p.max(axis=1), size=abs, weigh=True, root=False, half=False, worst=False, drop=False, answer=lambda p: p.argmax(axis=1),
         width=lambda s, n: np.minimum((s * n).astype(int), n - 1)):
    """The error; the options are mistakes, or none."""
    how, right = sure(probabilities), answer(probabilities) == labels
    group = width(how, groups)
    gaps, shares = [], []
    for g in range(groups):
        inside = group == g
        if inside.any():
            middle = (g + 0.5) / groups if half else how[inside].mean()
            gaps.append(size(middle - right[inside].mean()))
            shares.append(inside.mean() if weigh else 1 / groups)
    gaps, shares = np.array(gaps), np.array(shares)
    if worst:
        return float(gaps.max())
    return float(np.sqrt((shares * gaps**2).sum()) if root else (shares * gaps).sum())


@calibration_error.right("sums instead of means")
def _(probabilities, labels, groups):
    sure = np.sort(probabilities, axis=1)[:, -1]
    place = np.clip(np.floor(sure * groups), 0, groups - 1).astype(int)
    gaps = np.zeros(groups)
    np.add.at(gaps, place, sure - (np.argmax(probabilities, axis=1) == labels))
    return np.abs(gaps).sum() / len(labels)


@calibration_error.right("image by image")
def _(probabilities, labels, groups):
    boxes = {}
    for row, label in zip(probabilities.tolist(), labels.tolist()):
        best = max(row)
        boxes.setdefault(min(int(best * groups), groups - 1), []).append((best, row.index(best) == label))
    return sum(abs(sum(s for s, _ in box) - sum(r for _, r in box)) for box in boxes.values()) / len(labels)


for _name, _options in {
    "with signs": {"size": lambda x: x},
    "all groups weigh the same": {"weigh": False},
    "the root of the mean square": {"root": True},
    "the middle of the group instead of how sure": {"half": True},
    "the largest gap": {"worst": True},
    "always the first class": {"answer": lambda p: np.full(len(p), 0)},
    "the smallest probability": {"sure": lambda p: p.min(axis=1)},
    "entirely sure answers fall out": {"width": lambda s, n: (s * n).astype(int)},
    "rounds to the next group": {"width": lambda s, n: np.minimum(np.round(s * n).astype(int), n - 1)},
    "the upper border belongs to the group": {"width": lambda s, n: np.maximum(np.ceil(s * n).astype(int) - 1, 0)},
    "the last of two largest": {"answer": lambda p: p.shape[1] - 1 - p[:, ::-1].argmax(axis=1)},
}.items():
    calibration_error.wrong(_name)(lambda *case, _options=_options: _gap(*case, **_options))


@calibration_error.wrong("groups of equal counts")
def _(probabilities, labels, groups):
    order = np.argsort(probabilities.max(axis=1))
    sure, right = probabilities.max(axis=1)[order], (probabilities.argmax(axis=1) == labels)[order]
    parts = [(s, r) for s, r in zip(np.array_split(sure, groups), np.array_split(right, groups)) if len(s)]
    return float(sum(len(s) / len(labels) * abs(s.mean() - r.mean()) for s, r in parts))


@calibration_error.wrong("accuracy minus mean sureness")
def _(probabilities, labels, groups):
    return float(abs(probabilities.max(axis=1).mean() - (probabilities.argmax(axis=1) == labels).mean()))


@calibration_error.wrong("in per cent")
def _(probabilities, labels, groups):
    return 100 * _gap(probabilities, labels, groups)
