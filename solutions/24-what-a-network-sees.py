"""Hidden checks of exercise 24: what a network sees."""

import numpy as np

from course.grading.tasks import Task

grad_cam_map = Task("grad_cam_map", points=2)


@grad_cam_map.cases
def _(rng):
    """Several shapes; maps as after a ReLU and with signs; nothing that argues for the class; whole numbers."""
    cases = [(np.maximum(rng.normal(size=shape), 0), rng.normal(size=shape)) for shape in [(4, 6, 5), (3, 3, 8), (1, 1, 4), (5, 2, 1)]]
    cases += [(rng.normal(size=(4, 4, 3)), rng.normal(size=(4, 4, 3)) + 1), (rng.uniform(0, 1, (3, 4, 6)), -rng.uniform(0, 1, (3, 4, 6)))]
    cases.append((rng.integers(0, 9, (3, 5, 4)), rng.integers(-5, 9, (3, 5, 4))))
    return [*cases, (np.zeros((2, 3, 4)), np.ones((2, 3, 4)))]


def _cam(maps, gradients, weigh=lambda g: g.mean(axis=(0, 1)), total=lambda a, m: (a * m).sum(axis=2), keep=lambda e: np.maximum(e, 0),
         scale=lambda e: e / e.max() if e.max() > 0 else e):
    """The map; the options are mistakes, or none."""
    with np.errstate(all="ignore"):
        return scale(keep(total(weigh(np.asarray(gradients, float)), np.asarray(maps, float))))


@grad_cam_map.right("channel by channel")
def _(maps, gradients):
    found = np.zeros(maps.shape[:2])
    for k in range(maps.shape[2]):
        found += gradients[:, :, k].mean() * maps[:, :, k]
    found[found < 0] = 0
    return (found / found.max() if found.any() else found).tolist()


@grad_cam_map.right("einsum, in float32")
def _(maps, gradients):
    found = np.einsum("ijk,k->ij", maps.astype("float32"), gradients.astype("float32").sum(axis=(0, 1)))
    return np.clip(found / max(found.max(), 1e-20), 0, None)


for _name, _options in {
    "forgets to drop the negative part": {"keep": lambda e: e},
    "the absolute value": {"keep": np.abs},
    "does not divide by the largest": {"scale": lambda e: e},
    "divides by the sum": {"scale": lambda e: e / e.sum() if e.sum() > 0 else e},
    "divides by zero when nothing argues for the class": {"scale": lambda e: e / e.max()},
    "stretches from 0 to 1": {"scale": lambda e: (e - e.min()) / (e.max() - e.min()) if e.max() > e.min() else e},
    "gradient times map at each place": {"weigh": lambda g: g},
    "drops negative weights": {"weigh": lambda g: np.maximum(g.mean(axis=(0, 1)), 0)},
    "the absolute gradient": {"weigh": lambda g: np.abs(g).mean(axis=(0, 1))},
    "the largest gradient instead of the mean": {"weigh": lambda g: g.max(axis=(0, 1))},
    "all maps weigh the same": {"weigh": lambda g: np.ones(g.shape[2])},
    "the strongest map only": {"total": lambda a, m: m[:, :, np.abs(a).argmax()] * a[np.abs(a).argmax()]},
}.items():
    grad_cam_map.wrong(_name)(lambda *case, _options=_options: _cam(*case, **_options))


@grad_cam_map.wrong("input modified in place")
def _(maps, gradients):
    for k in range(maps.shape[2]):
        maps[:, :, k] = maps[:, :, k] * gradients[:, :, k].mean()
    return _cam(maps, np.ones(maps.shape))


share_in_box = Task("share_in_box", points=1)


@share_in_box.cases
def _(rng):
    """Boxes of unequal sides inside and at the border, the whole map, whole numbers, and maps without a positive value."""
    cases = [(np.array([[3.0, -2.0], [0.0, 1.0]]), (0, 0, 1, 2)), (-np.ones((3, 2)), (0, 0, 2, 1)), (np.zeros((2, 2)), (1, 1, 1, 1))]
    for rows, columns in [(8, 8), (5, 9), (7, 3)]:
        top, left = int(rng.integers(1, rows - 1)), int(rng.integers(0, columns - 1))
        cases.append((rng.normal(0.3, 1, (rows, columns)), (top, left, int(rng.integers(1, rows - top + 1)), int(rng.integers(1, columns - left + 1)))))
    return [*cases, (rng.integers(-4, 9, (6, 7)), (1, 2, 3, 4)), (rng.normal(size=(4, 4)), (0, 0, 4, 4)), (rng.normal(size=(6, 5)), (3, 0, 2, 3))]


def _share(values, box, positive=lambda v: np.maximum(v, 0), cut=lambda t, l, h, w: np.s_[t:t + h, l:l + w], divide=lambda a, p: a.sum() / p.sum(),
           empty=0.0):
    """The share; the options are mistakes, or none."""
    part = positive(np.asarray(values, float))
    with np.errstate(all="ignore"):
        return float(divide(part[cut(*box)], part)) if empty is None or (part > 0).any() else empty


@share_in_box.right("place by place")
def _(values, box):
    top, left, height, width = box
    inside = total = 0.0
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            if value > 0:
                total += value
                inside += value * (top <= i < top + height and left <= j < left + width)
    return inside / total if total else 0


@share_in_box.right("a mask")
def _(values, box):
    mask = np.zeros(values.shape, bool)
    mask[box[0]:box[0] + box[2], box[1]:box[1] + box[3]] = True
    positive = values * (values > 0)
    return np.float64(positive[mask].sum() / max(positive.sum(), 1e-30))


for _name, _options in {
    "negative values count": {"positive": lambda v: v},
    "absolute values": {"positive": np.abs},
    "nan without a positive value": {"empty": None},
    "1 without a positive value": {"empty": 1.0},
    "the box as two corners": {"cut": lambda t, l, h, w: np.s_[t:h, l:w]},
    "height and width swapped": {"cut": lambda t, l, h, w: np.s_[t:t + w, l:l + h]},
    "top and left swapped": {"cut": lambda t, l, h, w: np.s_[l:l + h, t:t + w]},
    "one row and column too many": {"cut": lambda t, l, h, w: np.s_[t:t + h + 1, l:l + w + 1]},
    "inside by outside": {"divide": lambda a, p: a.sum() / max(p.sum() - a.sum(), 1e-12)},
    "the share of places, not of values": {"divide": lambda a, p: (a > 0).sum() / (p > 0).sum()},
    "means instead of sums": {"divide": lambda a, p: a.mean() / p.mean()},
}.items():
    share_in_box.wrong(_name)(lambda *case, _options=_options: _share(*case, **_options))


@share_in_box.wrong("input modified in place")
def _(values, box):
    values[values < 0] = 0
    return _share(values, box)


fgsm_bytes = Task("fgsm_bytes", points=2)


@fgsm_bytes.cases
def _(rng):
    """All values, with steps that leave the range on both sides; gradients of 0 and tiny ones; a step of 0 and of 255."""
    cases = []
    for shape, size in [((2, 6, 5, 3), 8), ((3, 4, 4, 1), 1), ((40,), 60), ((5, 5), 0), ((4, 6), 255)]:
        images = rng.choice(np.array([0, 1, 3, 90, 128, 200, 252, 255], "uint8"), shape)
        gradients = rng.normal(size=shape) * 10.0 ** rng.integers(-12, 3, shape) * (rng.random(shape) > 0.2)
        cases.append((images, gradients, size))
    return cases


def _step(images, gradients, size, direction=np.sign, add=lambda x, d: x.astype(float) + d, stop=lambda x: np.clip(x, 0, 255), kind="uint8"):
    """The changed images; the options are mistakes, or none."""
    return stop(add(images, size * direction(gradients))).astype(kind)


@fgsm_bytes.compare
def _(mine, theirs):
    if not isinstance(mine, np.ndarray) or mine.dtype != np.uint8:
        return "it does not return an array of uint8"
    if mine.shape != theirs.shape:
        return "it returns another shape"
    return None if np.array_equal(mine, theirs) else "it returns other pixels"


@fgsm_bytes.right("where")
def _(images, gradients, size):
    up = np.minimum(images.astype("int16") + size, 255)
    down = np.maximum(images.astype("int16") - size, 0)
    return np.where(gradients > 0, up, np.where(gradients < 0, down, images)).astype("uint8")


@fgsm_bytes.right("pixel by pixel")
def _(images, gradients, size):
    changed = images.copy()
    for place, value in np.ndenumerate(images):
        sign = int(gradients[place] > 0) - int(gradients[place] < 0)
        changed[place] = min(max(int(value) + sign * size, 0), 255)
    return changed


for _name, _options in {
    "down the gradient": {"direction": lambda g: -np.sign(g)},
    "the gradient without its sign function": {"direction": lambda g: g},
    "the gradient divided by its largest value": {"direction": lambda g: g / max(np.abs(g).max(), 1e-30)},
    "only up": {"direction": lambda g: (g != 0).astype(int)},
    "no gradient counts as up": {"direction": lambda g: np.where(g >= 0, 1, -1)},
    "no gradient counts as down": {"direction": lambda g: np.where(g > 0, 1, -1)},
    "tiny gradients count as none": {"direction": lambda g: np.sign(np.round(g, 6))},
    "bytes overflow": {"add": lambda x, d: (x.astype(int) + d.astype(int)) % 256},
    "stops at 1": {"stop": lambda x: np.clip(x, 0, 1)},
    "does not stop below": {"stop": lambda x: np.minimum(x, 255) % 256},
    "stops at 254": {"stop": lambda x: np.clip(x, 0, 254)},
    "returns floats": {"kind": "float32"},
    "returns int64": {"kind": "int64"},
}.items():
    fgsm_bytes.wrong(_name)(lambda *case, _options=_options: _step(*case, **_options))


@fgsm_bytes.wrong("input modified in place")
def _(images, gradients, size):
    images[:] = _step(images, gradients, size)
    return images


occlusion_falls = Task("occlusion_falls", points=2)


@occlusion_falls.cases
def _(rng):
    """Unequal sides, steps that leave a rest, squares that overlap, another grey, bytes."""
    cases = []
    for shape, square, step, grey in [((6, 9, 3), 2, 2, 0.5), ((7, 5, 1), 3, 1, 0.5), ((8, 7, 2), 3, 2, 0.0), ((5, 5, 3), 5, 1, 0.5), ((9, 6, 1), 1, 4, 1.0)]:
        cases.append((rng.uniform(0, 1, shape), rng.normal(size=shape), square, step, grey))
    return [*cases, (rng.integers(0, 256, (6, 8, 3)).astype("uint8"), rng.normal(size=(6, 8, 3)), 3, 2, 128)]


@occlusion_falls.probe
def _(f, cases, seed):
    """A score that is a weighted sum and not linear; the function may ask it as often as it likes. Does the image stay?"""
    import numpy as np

    def describe(image, weights, square, step, grey):
        def score(x):
            value = float((np.asarray(x, float) * weights).sum())
            return value + 0.1 * value * abs(value)

        mine = image.copy()
        falls = np.array(f(score, mine, square, step) if grey == 0.5 else f(score, mine, square, step, grey), float)
        return {"falls": falls, "kept": bool(np.array_equal(mine, image))}

    return call(lambda *case: describe(*case), cases, seed)  # noqa: F821 (`call` is there in the sandbox)


def _falls(score, image, square, step, grey=0.5, ends=1, fall=lambda before, after: before - after, copy=np.copy, cover=None, swap=False, keep=False):
    """The falls; the options are mistakes, or none."""
    before = score(image)
    tops, lefts = (range(0, side - square + ends, step) for side in image.shape[:2])
    falls = np.zeros((len(tops), len(lefts)))
    covered = copy(image)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            covered = covered if keep else copy(image)
            covered[top:top + (cover or square), left:left + (cover or square)] = grey
            falls[i, j] = fall(before, score(covered))
    return falls.T if swap else falls


@occlusion_falls.right("a mask and np.where")
def _(score, image, square, step, grey=0.5):
    h, w, _ = image.shape
    rows = []
    for top in range(0, h - square + 1, step):
        rows.append([])
        for left in range(0, w - square + 1, step):
            mask = np.zeros((h, w, 1), bool)
            mask[top:top + square, left:left + square] = True
            rows[-1].append(score(image) - score(np.where(mask, grey, image)))
    return rows


@occlusion_falls.right("puts the pixels back, in a copy")
def _(score, image, square, step, grey=0.5):
    own, before = np.array(image), score(image)
    falls = np.empty(((image.shape[0] - square) // step + 1, (image.shape[1] - square) // step + 1))
    for i, j in np.ndindex(falls.shape):
        area = np.s_[i * step:i * step + square, j * step:j * step + square]
        own[area] = grey
        falls[i, j] = before - score(own)
        own[area] = image[area]
    return falls


for _name, _options in {
    "the bug: image[:] is no copy": {"copy": lambda image: image[:]},
    "one copy for all squares": {"keep": True},
    "a rise instead of a fall": {"fall": lambda before, after: after - before},
    "the score itself": {"fall": lambda before, after: after},
    "the absolute change": {"fall": lambda before, after: abs(before - after)},
    "the share of the score": {"fall": lambda before, after: (before - after) / abs(before)},
    "the last place is left out": {"ends": 0},
    "squares that hang over the border": {"ends": 2},
    "everything behind the corner is covered": {"cover": 99},
    "rows and columns swapped": {"swap": True},
}.items():
    occlusion_falls.wrong(_name)(lambda *case, _options=_options: _falls(*case, **_options))


@occlusion_falls.wrong("always grey 0.5")
def _(score, image, square, step, grey=0.5):
    return _falls(score, image, square, step)


@occlusion_falls.wrong("squares side by side, whatever the step")
def _(score, image, square, step, grey=0.5):
    return _falls(score, image, square, square, grey)


@occlusion_falls.wrong("only the first channel is covered")
def _(score, image, square, step, grey=0.5):
    def first(x):
        return score(np.concatenate([x[:, :, :1], image[:, :, 1:]], axis=2))

    return _falls(first, image, square, step, grey)


quantised_filters = Task("quantised_filters", points=2)


@quantised_filters.cases
def _(rng):
    """Filters of very unequal size, each number of bits, a filter of zeros, 1x1 kernels, and one filter."""
    cases = []
    for bits, shape in [(8, (3, 3, 4, 5)), (4, (3, 2, 3, 6)), (2, (1, 1, 8, 4)), (3, (5, 5, 1, 1)), (6, (2, 2, 2, 3)), (5, (1, 3, 4, 2)), (7, (2, 1, 5, 3))]:
        cases.append((rng.normal(size=shape) * 10.0 ** rng.integers(-3, 2, shape[3]), bits))
    cases[0][0][..., 2] = 0
    cases[1][0][..., [0, 3]] = 0
    return cases


def _quantised(kernel, bits, most=lambda b: 2 ** (b - 1) - 1, axis=(0, 1, 2), largest=np.abs, turn=np.round, zero=1.0, spread=False, inverse=False):
    """Numbers and scales; the options are mistakes, or none."""
    with np.errstate(all="ignore"):
        top = largest(kernel).max(axis=axis)
        top = np.full(kernel.shape[3], top) if np.ndim(top) == 0 or np.shape(top) != (kernel.shape[3],) and not spread else top
        scales = np.where(top > 0, top / most(bits), zero)
        numbers = turn(np.nan_to_num(kernel / scales))
        return numbers.astype(int), 1 / scales if inverse else scales


@quantised_filters.compare
def _(mine, theirs):
    if not isinstance(mine, list) or len(mine) != 2:
        return "it does not return a pair"
    (numbers, scales), (right, wanted) = mine, theirs
    if not isinstance(numbers, np.ndarray) or numbers.dtype.kind not in "iu":
        return "its numbers are no array of whole numbers"
    if not isinstance(scales, np.ndarray) or scales.shape != wanted.shape or scales.dtype.kind not in "fiu":
        return "it does not return one scale for each filter"
    if numbers.shape != right.shape or np.abs(numbers.astype(int) - right).max() > 0:
        return "it returns other numbers"
    return None if np.allclose(scales, wanted, rtol=1e-4, atol=0) else "it returns other scales"


@quantised_filters.right("filter by filter")
def _(kernel, bits):
    numbers, scales = np.zeros(kernel.shape, "int16"), []
    for f in range(kernel.shape[-1]):
        largest = max(abs(float(w)) for w in kernel[..., f].ravel())
        scales.append(largest / (2 ** (bits - 1) - 1) if largest else 1.0)
        numbers[..., f] = np.rint(kernel[..., f] / scales[-1])
    return numbers, np.array(scales)


@quantised_filters.right("one row for each filter")
def _(kernel, bits):
    rows = kernel.reshape(-1, kernel.shape[-1]).T
    scales = np.max([rows.max(axis=1), -rows.min(axis=1)], axis=0) / (2 ** (bits - 1) - 1)
    scales[scales == 0] = 1
    return np.around(rows / scales[:, None]).T.reshape(kernel.shape).astype("int32"), scales


for _name, _options in {
    "one scale for the whole kernel": {"axis": None},
    "2 ** bits levels on each side": {"most": lambda b: 2 ** b - 1},
    "128 instead of 127": {"most": lambda b: 2 ** (b - 1)},
    "always 8 bits": {"most": lambda b: 127},
    "the largest weight without its absolute value": {"largest": lambda k: k},
    "cuts off instead of rounding": {"turn": np.trunc},
    "rounds down": {"turn": np.floor},
    "rounds up": {"turn": np.ceil},
    "a filter of zeros gets the scale 0": {"zero": 0.0},
    "the scale upside down": {"inverse": True},
}.items():
    quantised_filters.wrong(_name)(lambda *case, _options=_options: _quantised(*case, **_options))


@quantised_filters.wrong("a scale for each input channel")
def _(kernel, bits):
    scales = np.abs(kernel).max(axis=(0, 1, 3), keepdims=True) / (2 ** (bits - 1) - 1)
    scales[scales == 0] = 1
    return np.round(kernel / scales).astype("int8"), scales.ravel()


@quantised_filters.wrong("returns the rounded weights")
def _(kernel, bits):
    numbers, scales = _quantised(kernel, bits)
    return numbers * scales, scales


@quantised_filters.wrong("numbers as floats")
def _(kernel, bits):
    numbers, scales = _quantised(kernel, bits)
    return numbers.astype(float), scales
