"""Hidden checks of exercise 19: segmentation."""

import numpy as np

from course.grading.tasks import Task

iou_of_classes = Task("iou_of_classes", points=2)


@iou_of_classes.cases
def _(rng):
    """One image and many; bytes; rare classes; classes that only one of the two has, or neither."""
    cases = [(np.array([[2, 2], [3, 3]]), np.array([[2, 3], [1, 1]]), 5)]
    for shape, classes in [((6, 7), 3), ((4, 9, 8), 11), ((3, 20, 20), 30)]:
        true = rng.choice(classes, shape, p=rng.dirichlet(np.full(classes, 0.6))).astype("uint8")
        given = np.where(rng.uniform(size=shape) < 0.4, rng.integers(0, classes, shape), true).astype("uint8")
        cases.append((true, given, classes + 1))
    return [*cases, (np.zeros((3, 4), "int64"), np.ones((3, 4), "int64"), 2)]


def _iou(true, given, classes, value=lambda both, a, b: both / (a + b - both), missing=np.nan, skip=False, dtype=int, number=None):
    """IoU from the confusion matrix; the options are mistakes, or none."""
    count = number or classes
    pairs = (true.astype(dtype) * dtype(count) + given.astype(dtype)).astype(int)
    table = np.bincount(pairs.ravel(), minlength=count**2)[:count**2].reshape(count, count)
    both, a, b = np.diag(table).astype(float), table.sum(axis=1), table.sum(axis=0)
    with np.errstate(all="ignore"):
        values = np.where(a + b == 0, missing, value(both, a, b))
    return values[~np.isnan(values)] if skip else values


@iou_of_classes.right("from the confusion matrix")
def _(true, given, classes):
    return _iou(true, given, classes)


@iou_of_classes.right("sets of places, a list")
def _(true, given, classes):
    values = []
    for c in range(classes):
        a, b = set(np.flatnonzero(true.ravel() == c).tolist()), set(np.flatnonzero(given.ravel() == c).tolist())
        values.append(len(a & b) / len(a | b) if a | b else float("nan"))
    return values


def _quiet(value):
    return lambda both, a, b: value(both, np.asarray(a, float), np.asarray(b, float))


for _name, _options in {
    "both twice in the union": {"value": _quiet(lambda both, a, b: both / (a + b))},
    "Dice instead of IoU": {"value": _quiet(lambda both, a, b: 2 * both / (a + b))},
    "the share of the true pixels": {"value": _quiet(lambda both, a, b: both / np.maximum(a, 1))},
    "the share of the given pixels": {"value": _quiet(lambda both, a, b: both / np.maximum(b, 1))},
    "divided by the larger of the two": {"value": _quiet(lambda both, a, b: both / np.maximum(a, b))},
    "0 for a class that is nowhere": {"missing": 0.0},
    "1 for a class that is nowhere": {"missing": 1.0},
    "a class that is nowhere is left out": {"skip": True},
    "bytes overflow": {"dtype": np.uint8},
}.items():
    iou_of_classes.wrong(_name)(lambda *case, _options=_options: _iou(*case, **_options))


@iou_of_classes.wrong("nan for a class that only one has")
def _(true, given, classes):
    values = _iou(true, given, classes)
    return np.where(np.isin(np.arange(classes), np.intersect1d(true, given)), values, np.nan)


@iou_of_classes.wrong("the mean of the IoU of each row")
def _(true, given, classes):
    return np.mean([_iou(t, g, classes) for t, g in zip(true, given)], axis=0)


@iou_of_classes.wrong("accuracy of each class against the rest")
def _(true, given, classes):
    return [float(np.mean((true == c) == (given == c))) for c in range(classes)]


@iou_of_classes.wrong("their mean")
def _(true, given, classes):
    return float(np.nanmean(_iou(true, given, classes)))


windows_and_pass = Task("windows_and_pass", points=2)


@windows_and_pass.cases
def _(rng):
    """No, one and two poolings, of 2 and 3; images of one window and of many; sides that do not divide."""
    cases = [([("conv", 3, 4)], 3, 9, 2), ([("conv", 1, 5)], 1, 6, 3),
             ([("conv", 5, 8), ("pool", 2), ("conv", 5, 16), ("pool", 2), ("conv", 4, 64), ("conv", 1, 11)], 28, 91, 1)]
    for side in (0, 1, 5, 14):
        f, g, h = (int(n) for n in rng.integers(2, 20, 3))
        cases.append(([("conv", 3, f), ("pool", 3), ("conv", 2, g), ("conv", 1, h)], 8, 8 + side, int(rng.integers(1, 5))))
    return cases


def _costs(layers, window, side, channels, conv=lambda n, k: n - k + 1, places=lambda n, m: m, pool=lambda n, k: n // k, weights=None, answers=None,
           swap=False, extra=None):
    """Both costs; the options are mistakes, or none."""
    def one_pass(size):
        macs, c = 0, channels
        for kind, k, *filters in layers:
            if kind == "pool":
                size = pool(size, k)
                macs += extra(size, k, c) if extra else 0
            else:
                before, size = size, conv(size, k)
                macs += places(before, size) ** 2 * (weights or (lambda k, c, d: k * k * c * d))(k, c, filters[0])
                c = filters[0]
        return macs, size

    macs, reached = one_pass(side)
    jump = int(np.prod([k for kind, k, *_ in layers if kind == "pool"]))
    count = answers(side, window, jump) if answers else reached
    pair = (count**2 * one_pass(window)[0], macs)
    return pair[::-1] if swap else pair


@windows_and_pass.right("a list of sides")
def _(layers, window, side, channels):
    totals = []
    for size in (window, side):
        total, c = 0, channels
        for layer in layers:
            if layer[0] == "conv":
                size = size - layer[1] + 1
                total, c = total + (size * layer[1]) ** 2 * c * layer[2], layer[2]
            else:
                size = int(np.floor(size / layer[1]))
        totals.append(total)
    return [totals[0] * size**2, totals[1]]


@windows_and_pass.right("windows counted by their jump, an array")
def _(layers, window, side, channels):
    return np.array(_costs(layers, window, side, channels, answers=lambda side, window, jump: (side - window) // jump + 1))


for _name, _options in {
    "a window for each pixel": {"answers": lambda side, window, jump: side},
    "windows one pixel apart": {"answers": lambda side, window, jump: side - window + 1},
    "windows side by side": {"answers": lambda side, window, jump: side // window},
    "one window too few": {"answers": lambda side, window, jump: (side - window) // jump},
    "one window only": {"answers": lambda side, window, jump: 1},
    "same instead of valid": {"conv": lambda n, k: n},
    "places counted at the input": {"places": lambda n, m: n},
    "the channels that come in forgotten": {"weights": lambda k, c, d: k * k * d},
    "a kernel of k instead of k times k": {"weights": lambda k, c, d: k * c * d},
    "biases counted": {"weights": lambda k, c, d: (k * k * c + 1) * d},
    "pooling rounds up": {"pool": lambda n, k: -(-n // k)},
    "pooling moves by one": {"pool": lambda n, k: n - k + 1},
    "pooling multiplies": {"extra": lambda n, k, c: n * n * k * k * c},
    "the two swapped": {"swap": True},
}.items():
    windows_and_pass.wrong(_name)(lambda *case, _options=_options: _costs(*case, **_options))


@windows_and_pass.wrong("windows in one direction only")
def _(layers, window, side, channels):
    all_windows, one = _costs(layers, window, side, channels)
    single = _costs(layers, window, window, channels)[0]
    return round((all_windows / single) ** 0.5) * single, one


transposed_maps = Task("transposed_maps", points=2)


@transposed_maps.cases
def _(rng):
    """Strides from 1 to the kernel's side, even and odd kernels, maps that are no squares, equal and unequal channels."""
    cases = []
    for h, w, c, d, k, stride in [(3, 4, 2, 3, 3, 2), (4, 3, 2, 2, 3, 1), (2, 5, 1, 4, 4, 2), (5, 2, 3, 1, 2, 2), (1, 1, 2, 2, 5, 3), (3, 3, 3, 3, 4, 3)]:
        cases.append((rng.normal(size=(h, w, c)), rng.normal(size=(k, k, d, c)), stride))
    return cases


def _transposed(x, kernel, stride, turn=lambda kernel: kernel, step=lambda stride: (stride, stride), add=True, product="klij,j->kli", crop=lambda out, *_: out):
    """Kernels laid down; the options are mistakes, or none."""
    kernel = turn(kernel)
    (h, w, _), (k, _, d, _), (down, right) = x.shape, kernel.shape, step(stride)
    out = np.zeros(((h - 1) * down + k, (w - 1) * right + k, d))
    for i, j in np.ndindex(h, w):
        place = np.s_[i * down:i * down + k, j * right:j * right + k]
        copy = np.einsum(product, kernel, x[i, j])
        out[place] = out[place] + copy if add else copy
    return crop(out, h, w, k, stride)


@transposed_maps.right("zeros between the pixels, then a turned kernel slides")
def _(x, kernel, stride):
    (h, w, c), (k, _, d, _) = x.shape, kernel.shape
    wide = np.zeros(((h - 1) * stride + 2 * k - 1, (w - 1) * stride + 2 * k - 1, c))
    wide[k - 1:wide.shape[0] - k + 1:stride, k - 1:wide.shape[1] - k + 1:stride] = x
    windows = np.lib.stride_tricks.sliding_window_view(wide, (k, k), axis=(0, 1))
    return np.einsum("hwcij,ijdc->hwd", windows, kernel[::-1, ::-1])


@transposed_maps.right("kernel pixel by kernel pixel")
def _(x, kernel, stride):
    (h, w, _), (k, _, d, _) = x.shape, kernel.shape
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k, d))
    for i in range(k):
        for j in range(k):
            out[i:i + (h - 1) * stride + 1:stride, j:j + (w - 1) * stride + 1:stride] += x @ kernel[i, j].T
    return out


def _same(out, h, w, k, stride):
    begin = max(k - stride, 0) // 2
    return out[begin:begin + h * stride, begin:begin + w * stride]


for _name, _options in {
    "the kernel flipped": {"turn": lambda kernel: kernel[::-1, ::-1]},
    "the kernel's rows and columns swapped": {"turn": lambda kernel: kernel.swapaxes(0, 1)},
    "the last copy wins": {"add": False},
    "same instead of valid": {"crop": _same},
    "stride in the rows only": {"step": lambda stride: (stride, 1)},
    "stride forgotten": {"step": lambda stride: (1, 1)},
    "a step too large": {"step": lambda stride: (stride + 1, stride + 1)},
    "one row and column too few": {"crop": lambda out, *_: out[:-1, :-1]},
    "n times stride pixels": {"crop": lambda out, h, w, k, stride: out[:h * stride, :w * stride]},
}.items():
    transposed_maps.wrong(_name)(lambda *case, _options=_options: _transposed(*case, **_options))


@transposed_maps.wrong("input and output channels swapped where that is possible")
def _(x, kernel, stride):
    swap = kernel.shape[2] == kernel.shape[3]
    return _transposed(x, kernel, stride, product="klji,j->kli" if swap else "klij,j->kli")


@transposed_maps.wrong("only the first input channel")
def _(x, kernel, stride):
    return _transposed(x[..., :1], kernel[..., :1], stride)


@transposed_maps.wrong("divided by the number of copies")
def _(x, kernel, stride):
    return _transposed(x, kernel, stride) / _transposed(np.ones(x.shape[:2] + (1,)), np.ones(kernel.shape[:2] + (1, 1)), stride).clip(1)


@transposed_maps.wrong("a convolution with that stride")
def _(x, kernel, stride):
    k = len(kernel)
    wide = np.pad(x, [(k - 1, k - 1), (k - 1, k - 1), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(wide, (k, k), axis=(0, 1))[::stride, ::stride]
    return np.einsum("hwcij,ijdc->hwd", windows, kernel)


unpool_maps = Task("unpool_maps", points=1)


@unpool_maps.cases
def _(rng):
    """Random maps, negative ones, equal maxima, maps of zeros, maps that are no squares; small values of either sign."""
    cases = []
    for h, w, c in [(4, 6, 3), (2, 2, 1), (6, 4, 2)]:
        cases.append((rng.normal(size=(h // 2, w // 2, c)), rng.normal(size=(h, w, c)) - 1))
    cases += [(rng.normal(size=(side // 2, 2, 3)), rng.integers(0, 2, (side, 4, 3)).astype(float)) for side in (6, 16)]
    return [*cases, (rng.normal(size=(2, 2, 2)), np.zeros((4, 4, 2)))]


def _split(before):
    h, w, c = before.shape
    return before.reshape(h // 2, 2, w // 2, 2, c).transpose(0, 2, 4, 1, 3).reshape(h // 2, w // 2, c, 4)


def _joined(parts):
    h, w, c, _ = parts.shape
    return parts.reshape(h, w, c, 2, 2).transpose(0, 3, 1, 4, 2).reshape(2 * h, 2 * w, c)


def _unpooled(small, before, places):
    return _joined(np.asarray(small)[..., None] * places(_split(before)))


@unpool_maps.right("one of four")
def _(small, before):
    return _unpooled(small, before, lambda parts: np.eye(4)[parts.argmax(axis=-1)])


@unpool_maps.right("place by place, the first that equals the maximum")
def _(small, before):
    out, taken = np.zeros(before.shape), np.zeros(np.shape(small), bool)
    highest = np.maximum(np.maximum(before[::2, ::2], before[::2, 1::2]), np.maximum(before[1::2, ::2], before[1::2, 1::2]))
    for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        here = (before[y::2, x::2] == highest) & ~taken
        out[y::2, x::2][here] = small[here]
        taken |= here
    return out


for _name, _places in {
    "every place of the window": lambda parts: np.ones_like(parts),
    "always the first place": lambda parts: np.eye(4)[0 * parts.argmax(axis=-1)],
    "all of several maxima": lambda parts: (parts == parts.max(axis=-1, keepdims=True)).astype(float),
    "the last of several maxima": lambda parts: np.eye(4)[3 - parts[..., ::-1].argmax(axis=-1)],
    "the minimum": lambda parts: np.eye(4)[parts.argmin(axis=-1)],
    "the largest without its sign": lambda parts: np.eye(4)[np.abs(parts).argmax(axis=-1)],
    "rows and columns of the window swapped": lambda parts: np.eye(4)[[0, 2, 1, 3]][parts.argmax(axis=-1)],
    "the place of the first channel for all": lambda parts: np.eye(4)[np.broadcast_to(parts[..., :1, :].argmax(axis=-1), parts.shape[:3])],
    "column by column": lambda parts: np.eye(4)[[0, 2, 1, 3]][parts[..., [0, 2, 1, 3]].argmax(axis=-1)],
}.items():
    unpool_maps.wrong(_name)(lambda small, before, _places=_places: _unpooled(small, before, _places))


@unpool_maps.wrong("the maxima themselves instead of the new values")
def _(small, before):
    return _unpooled(_split(before).max(axis=-1), before, lambda parts: np.eye(4)[parts.argmax(axis=-1)])


@unpool_maps.wrong("input modified in place")
def _(small, before):
    out = _unpooled(small, before, lambda parts: np.eye(4)[parts.argmax(axis=-1)])
    before[out == 0] = 0
    return out


@unpool_maps.wrong("as small as it came")
def _(small, before):
    return small


resize_mask = Task("resize_mask", points=2)


@resize_mask.cases
def _(rng):
    """Larger, smaller, both at once, the same size; odd sides, so that no middle lies on a border between two pixels."""
    cases = []
    for h, w, height, width in [(5, 7, 9, 13), (9, 11, 4, 5), (7, 5, 12, 3), (3, 9, 3, 9), (13, 5, 6, 20)]:
        cases.append((rng.integers(0, 11, (h, w)).astype("uint8"), height, width))
    return [*cases, (rng.integers(0, 200, (5, 5)), 8, 6)]


def _resized(mask, height, width, place=lambda i, n, m: (2 * i + 1) * n // (2 * m), kind=None):
    """Nearest, by a rule for the places; the options are mistakes, or none."""
    rows = np.array([min(max(int(place(i, mask.shape[0], height)), 0), mask.shape[0] - 1) for i in range(height)])
    columns = np.array([min(max(int(place(i, mask.shape[1], width)), 0), mask.shape[1] - 1) for i in range(width)])
    return mask[rows[:, None], columns] if kind is None else mask[rows[:, None], columns].astype(kind)


def _blurred(mask, height, width, finish):
    """Bilinear, as in the bug."""
    def matrix(n, m):
        places = ((np.arange(m) + 0.5) * n / m - 0.5).clip(0, n - 1)
        return np.maximum(1 - np.abs(places[:, None] - np.arange(n)), 0)

    return finish(matrix(mask.shape[0], height) @ mask @ matrix(mask.shape[1], width).T).astype(mask.dtype)


@resize_mask.right("pixel by pixel")
def _(mask, height, width):
    out = np.empty((height, width), mask.dtype)
    for i in range(height):
        for j in range(width):
            out[i, j] = mask[int((i + 0.5) * mask.shape[0] / height), int((j + 0.5) * mask.shape[1] / width)]
    return out


@resize_mask.right("the nearest middle")
def _(mask, height, width):
    def nearest(n, m):
        return np.abs((np.arange(m)[:, None] + 0.5) * n / m - np.arange(n) - 0.5).argmin(axis=1)

    return np.take(np.take(mask, nearest(mask.shape[0], height), axis=0), nearest(mask.shape[1], width), axis=1)


@resize_mask.right("one class after the other")
def _(mask, height, width):
    out = np.zeros((height, width), mask.dtype)
    for c in np.unique(mask):
        out[_resized(mask == c, height, width)] = c
    return out


resize_mask.wrong("the bug: bilinear and rounded")(lambda *case: _blurred(*case, np.round))
resize_mask.wrong("bilinear, rounded down")(lambda *case: _blurred(*case, np.floor))
resize_mask.wrong("bilinear, rounded up")(lambda *case: _blurred(*case, np.ceil))

for _name, _place in {
    "the upper left corner instead of the middle": lambda i, n, m: i * n // m,
    "first and last pixel tied to each other": lambda i, n, m: np.round(i * (n - 1) / max(m - 1, 1)),
    "the lower right corner": lambda i, n, m: -(-(i + 1) * n // m),
    "rounded instead of cut": lambda i, n, m: np.round((i + 0.5) * n / m),
    "half a pixel of the old mask": lambda i, n, m: (i * n / m + 0.5),
    "only whole factors": lambda i, n, m: i // max(m // n, 1),
    "cropped or repeated, not resized": lambda i, n, m: i % n,
}.items():
    resize_mask.wrong(_name)(lambda mask, height, width, _place=_place: _resized(mask, height, width, _place))


@resize_mask.wrong("height and width swapped")
def _(mask, height, width):
    return _resized(mask, width, height)


@resize_mask.wrong("bilinear, then the nearest class that the mask has")
def _(mask, height, width):
    blurred = _blurred(mask.astype(float), height, width, lambda values: values)
    known = np.unique(mask)
    return known[np.abs(blurred[..., None] - known).argmin(axis=-1)].astype(mask.dtype)


dice_of_probabilities = Task("dice_of_probabilities", points=1)


@dice_of_probabilities.cases
def _(rng):
    """One image and several; all classes there, and some missing; unsure and sure answers."""
    cases = []
    for n, h, w, classes, used in [(1, 4, 5, 3, 3), (3, 5, 4, 6, 4), (4, 3, 3, 4, 2), (2, 6, 6, 2, 2), (2, 3, 4, 5, 1)]:
        true = rng.permutation(classes)[:used][rng.integers(0, used, (n, h, w))]
        scores = rng.normal(size=(n, h, w, classes)) + 1.5 * np.eye(classes)[true]
        p = np.exp(scores)
        cases.append((p / p.sum(axis=-1, keepdims=True), true))
    return cases


def _dice(p, true, axes=(0, 1, 2), power=1, twice=2, present=True, cut=None, finish=lambda overlaps: 1 - overlaps.mean(), bottom=lambda both, a, b: a + b):
    """The loss; the options are mistakes, or none."""
    t = np.eye(p.shape[-1])[true]
    p = cut(p) if cut else p
    both, a, b = (p * t).sum(axis=axes), (p**power).sum(axis=axes), t.sum(axis=axes)
    with np.errstate(all="ignore"):
        overlaps = twice * both / bottom(both, a, b)
    return float(finish(overlaps[b > 0] if present else np.nan_to_num(overlaps)))


@dice_of_probabilities.right("one-hot and matrix products")
def _(p, true):
    p = p.reshape(-1, p.shape[-1])
    t = (true.reshape(-1, 1) == np.arange(p.shape[-1])).astype(float)
    there = t.any(axis=0)
    return 1 - (2 * np.diag(p.T @ t)[there] / (p.sum(axis=0) + t.sum(axis=0))[there]).mean()


@dice_of_probabilities.right("a mean of losses")
def _(p, true):
    losses = []
    for c in range(p.shape[-1]):
        if (true == c).any():
            q, t = p[..., c].ravel(), (true == c).ravel().astype(float)
            losses.append(1 - 2 * np.dot(q, t) / (q.sum() + t.sum()))
    return sum(losses) / len(losses)


for _name, _options in {
    "classes that do not occur count": {"present": False},
    "the 2 forgotten": {"twice": 1},
    "the union below": {"bottom": lambda both, a, b: a + b - both},
    "IoU": {"twice": 1, "bottom": lambda both, a, b: a + b - both},
    "squares below": {"power": 2},
    "the class instead of its probability": {"cut": lambda p: np.eye(p.shape[-1])[p.argmax(axis=-1)]},
    "the overlap instead of the loss": {"finish": lambda overlaps: overlaps.mean()},
    "the sum over the classes": {"finish": lambda overlaps: (1 - overlaps).sum()},
    "the logarithm": {"finish": lambda overlaps: -np.log(overlaps).mean()},
    "image by image": {"axes": (1, 2)},
}.items():
    dice_of_probabilities.wrong(_name)(lambda *case, _options=_options: _dice(*case, **_options))


@dice_of_probabilities.wrong("all classes in one sum")
def _(p, true):
    t = np.eye(p.shape[-1])[true]
    return 1 - 2 * (p * t).sum() / (p.sum() + t.sum())


@dice_of_probabilities.wrong("without the ground")
def _(p, true):
    t = np.eye(p.shape[-1])[true][..., 1:]
    p, there = p[..., 1:], t.any(axis=(0, 1, 2))
    overlaps = 2 * (p * t).sum(axis=(0, 1, 2)) / (p.sum(axis=(0, 1, 2)) + t.sum(axis=(0, 1, 2)) + 1e-9)
    return 1 - overlaps[there].mean() if there.any() else 0.0
