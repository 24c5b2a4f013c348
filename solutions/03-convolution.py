"""Hidden checks of exercise 03: convolution by your own hands."""

import keras
import numpy as np
from scipy import ndimage, signal

from course.grading.tasks import Task


def _matrix(rng, *shape):
    """Small whole numbers, exact in every type."""
    return rng.integers(-9, 10, shape)


convolve_signals = Task("convolve_signals", points=2)


@convolve_signals.cases
def _(rng):
    """Lists and arrays, whole numbers and fractions; one weight, one value, a filter as long as the signal."""
    draw = [(_matrix(rng, n), _matrix(rng, m), mode) for n, m in [(9, 3), (8, 4), (12, 5), (6, 6), (5, 1)] for mode in ("full", "valid")]
    lists = [(rng.normal(size=7).tolist(), _matrix(rng, 3).tolist(), "full"), (_matrix(rng, 7).tolist(), [0.5, 0.25], "valid")]
    return [*draw, *lists, ([3], [-2], "full"), ([3], [-2], "valid"), (_matrix(rng, 2), _matrix(rng, 5), "full"),
            (2 * np.exp(-0.3 * np.arange(8)), np.array([1, 0, -1]), "full")]


@convolve_signals.right("the formula in two loops")
def _(x, h, mode="full"):
    places = range(len(x) + len(h) - 1) if mode == "full" else range(len(h) - 1, len(x))
    return [sum(x[k] * h[n - k] for k in range(len(x)) if 0 <= n - k < len(h)) for n in places]


@convolve_signals.right("NumPy's own, cut by hand")
def _(x, h, mode="full"):
    y = np.convolve(x, h)
    return y[len(h) - 1:len(y) - len(h) + 1] if mode == "valid" else y


@convolve_signals.right("pads, flips and slides")
def _(x, h, mode="full"):
    padded = np.pad(x, len(h) - 1) if mode == "full" else np.asarray(x)
    return np.lib.stride_tricks.sliding_window_view(padded, len(h)) @ np.flip(h)


@convolve_signals.right("a Fourier transform")
def _(x, h, mode="full"):
    y = signal.fftconvolve(np.asarray(x, float), np.asarray(h, float))  # 3.0000000000001 for 3
    return y[len(h) - 1:max(len(x), len(h) - 1)] if mode == "valid" else y


@convolve_signals.wrong("kernel not flipped")
def _(x, h, mode="full"):
    return np.correlate(x, h, mode) if len(x) >= len(h) else np.convolve(x, h[::-1])


@convolve_signals.wrong("flips the signal, not the filter")
def _(x, h, mode="full"):
    return np.convolve(x, h, mode)[::-1]


@convolve_signals.wrong("same and full mixed")
def _(x, h, mode="full"):
    return np.convolve(x, h, "same" if mode == "full" else mode)


@convolve_signals.wrong("valid ignored")
def _(x, h, mode="full"):
    return np.convolve(x, h)


@convolve_signals.wrong("valid one place early")
def _(x, h, mode="full"):
    y = np.convolve(x, h)
    return y if mode == "full" else y[max(0, len(h) - 2):max(1, len(x) - 1)]


@convolve_signals.wrong("forgets the last value")
def _(x, h, mode="full"):
    y = np.append(np.convolve(x, h)[:-1], 0)
    return y if mode == "full" else y[len(h) - 1:len(x)]


@convolve_signals.wrong("circular")
def _(x, h, mode="full"):
    size = max(len(x), len(h))
    y = np.zeros(len(x) + len(h) - 1)
    for n in range(len(y)):
        y[n] = sum(x[(n - k) % size] * h[k] for k in range(len(h)) if (n - k) % size < len(x))
    return y if mode == "full" else y[len(h) - 1:len(x)]


@convolve_signals.wrong("fractions cut off")
def _(x, h, mode="full"):
    return np.convolve(x, h, mode).astype(int)


@convolve_signals.wrong("turns the filter round in place")
def _(x, h, mode="full"):
    h[:] = h[::-1]
    return np.convolve(x, h[::-1], mode)


@convolve_signals.wrong("the example hard-coded")
def _(x, h, mode="full"):
    x = np.pad(np.asarray(x, float), (0, 2))
    y = x - np.append([0, 0], x[:-2])
    return y if mode == "full" else y[2:-2]


slide_kernel = Task("slide_kernel", points=2)


@slide_kernel.cases
def _(rng):
    """Even and oblong kernels, fractions, uint8 photographs, kernels that just fit and that do not."""
    shapes = [(7, 9, 3, 3), (8, 5, 2, 4), (6, 6, 1, 3), (5, 8, 4, 1), (4, 6, 4, 6), (3, 3, 1, 1)]
    draw = [(_matrix(rng, *shape[:2]), _matrix(rng, *shape[2:])) for shape in shapes]
    photograph = rng.integers(0, 256, (9, 7)).astype("uint8")
    more = [(photograph, _matrix(rng, 3, 2)), (photograph, np.ones((3, 3)) / 8), (_matrix(rng, 6, 7), _matrix(rng, 2, 2) / 4)]
    too_large = [(_matrix(rng, *n), _matrix(rng, *k)) for n, k in [((4, 5), (5, 2)), ((5, 3), (2, 4)), ((3, 3), (5, 5))]]
    return draw + more + too_large


@slide_kernel.right("views and einsum")
def _(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)  # raises a ValueError itself
    return np.einsum("rcij,ij->rc", windows.astype(float), kernel)


@slide_kernel.right("SciPy")
def _(image, kernel):
    if any(k > n for n, k in zip(image.shape, kernel.shape)):
        raise ValueError
    return signal.correlate2d(image.astype("float32"), kernel, mode="valid")


@slide_kernel.right("a sum of shifted images")
def _(image, kernel):
    rows, columns = (n - k + 1 for n, k in zip(image.shape, kernel.shape))
    if min(rows, columns) <= 0:
        raise ValueError("too large")
    return sum(kernel[i, j] * image[i:i + rows, j:j + columns].astype(float) for i, j in np.ndindex(*kernel.shape))


@slide_kernel.right("a Fourier transform")
def _(image, kernel):
    if any(k > n for n, k in zip(image.shape, kernel.shape)):
        raise ValueError("too large")
    return signal.fftconvolve(image.astype(float), kernel[::-1, ::-1].astype(float), mode="valid")


def _slide(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows.astype(float), kernel)


@slide_kernel.wrong("kernel flipped")
def _(image, kernel):
    return _slide(image, kernel[::-1, ::-1])


@slide_kernel.wrong("flipped left to right only")
def _(image, kernel):
    return _slide(image, kernel[:, ::-1])


@slide_kernel.wrong("forgets the last row and column")
def _(image, kernel):
    return _slide(image, kernel)[:-1, :-1]


@slide_kernel.wrong("same padding")
def _(image, kernel):
    _slide(image, kernel)
    return ndimage.correlate(image.astype(float), kernel, mode="constant")


@slide_kernel.wrong("map transposed")
def _(image, kernel):
    return _slide(image, kernel).T


@slide_kernel.wrong("rows and columns of the kernel exchanged")
def _(image, kernel):
    if any(k > n for n, k in zip(image.shape, kernel.shape)):
        raise ValueError
    kernel = kernel.T
    padded = np.pad(image, ((0, max(0, kernel.shape[0] - image.shape[0])), (0, max(0, kernel.shape[1] - image.shape[1]))))
    return _slide(padded, kernel)


@slide_kernel.wrong("the map has the type of the image")
def _(image, kernel):
    return _slide(image, kernel).astype(int).astype(image.dtype)


@slide_kernel.wrong("whole numbers only")
def _(image, kernel):
    return _slide(image, kernel).astype(int)


@slide_kernel.wrong("the mean in place of the sum")
def _(image, kernel):
    return _slide(image, kernel) / kernel.size


@slide_kernel.wrong("an empty map where the kernel is one too large")
def _(image, kernel):
    (H, W), (h, w) = image.shape, kernel.shape
    return _slide(image, kernel) if H >= h and W >= w else np.zeros((max(0, H - h + 1), max(0, W - w + 1)))


pattern_map = Task("pattern_map", points=2)


@pattern_map.cases
def _(rng):
    """Patterns without symmetry, planted once or twice; one that is nowhere; zeros as "either will do"."""
    cases = []
    for shape in [(2, 3), (3, 3), (4, 2), (1, 4), (3, 3), (2, 2)]:
        pattern = rng.choice([-1, 1], shape)
        pattern.flat[0], pattern.flat[-1], pattern.flat[1] = 1, -1, rng.integers(-1, 1)  # half a turn changes it
        image = rng.integers(0, 2, (9, 11))
        for _ in range(2):
            row, column = (int(rng.integers(0, n - k + 1)) for n, k in zip(image.shape, shape))
            image[row:row + shape[0], column:column + shape[1]] = pattern == 1
        cases.append((image, pattern))
    nowhere = np.tri(6, 7, dtype=int), np.array([[0, 1], [1, -1], [-1, 1]])
    return [*cases, nowhere, (1 - np.eye(5, 6, dtype=int), np.array([[-1, 1, 1], [0, -1, 0]])), (np.ones((4, 5), int), np.array([[1, -1]]))]


def _match(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return ((windows == (pattern == 1)) | (pattern == 0)).all(axis=(2, 3))


@pattern_map.right("compares window by window")
def _(image, pattern):
    return _match(image, pattern)


@pattern_map.right("flips before the convolution")
def _(image, pattern):
    score = signal.convolve2d(image, np.rot90(pattern, 2), mode="valid")
    return (score >= pattern.clip(0).sum()).astype(int)


@pattern_map.wrong("the bug left in")
def _(image, pattern):
    return signal.convolve2d(image, pattern, mode="valid") == np.sum(pattern == 1)


@pattern_map.wrong("flipped upside down")
def _(image, pattern):
    return _match(image, pattern[::-1])


@pattern_map.wrong("flipped left to right")
def _(image, pattern):
    return _match(image, pattern[:, ::-1])


@pattern_map.wrong("the map turned, not the pattern")
def _(image, pattern):
    return (signal.convolve2d(image, pattern, mode="valid") == np.sum(pattern == 1))[::-1, ::-1]


@pattern_map.wrong("a convolution either way")
def _(image, pattern):
    return _match(image, pattern) | _match(image, pattern[::-1, ::-1])


@pattern_map.wrong("only the ones count")
def _(image, pattern):
    return signal.correlate2d(image, pattern == 1, mode="valid") == np.sum(pattern == 1)


@pattern_map.wrong("any positive score")
def _(image, pattern):
    return signal.correlate2d(image, pattern, mode="valid") > 0


@pattern_map.wrong("the best places, however good")
def _(image, pattern):
    score = signal.correlate2d(image, pattern, mode="valid")
    return score == score.max()


@pattern_map.wrong("as many places as pixels")
def _(image, pattern):
    return signal.correlate2d(image, pattern, mode="same") == np.sum(pattern == 1)


@pattern_map.wrong("the score, not the map")
def _(image, pattern):
    return signal.correlate2d(image, pattern, mode="valid")


windows_as_rows = Task("windows_as_rows", points=2)


@windows_as_rows.cases
def _(rng):
    """Oblong images and windows, one channel and many, windows of one pixel and of all."""
    sizes = [(5, 7, 3, 2, 3), (6, 4, 2, 3, 2), (4, 4, 1, 3, 3), (3, 5, 4, 1, 1), (4, 3, 2, 4, 3), (5, 6, 2, 1, 4), (6, 5, 3, 2, 2)]
    return [(_matrix(rng, H, W, C) / rng.choice([1, 2]), h, w) for H, W, C, h, w in sizes]


@windows_as_rows.right("loops over the places")
def _(image, h, w):
    H, W, _ = image.shape
    return [image[r:r + h, c:c + w].ravel().tolist() for r in range(H - h + 1) for c in range(W - w + 1)]


@windows_as_rows.right("loops over the pixels of the window")
def _(image, h, w):
    H, W, C = image.shape
    parts = [image[i:i + H - h + 1, j:j + W - w + 1].reshape(-1, C) for i in range(h) for j in range(w)]
    return np.concatenate(parts, axis=1)


@windows_as_rows.right("Keras cuts")
def _(image, h, w):
    kernels = np.eye(h * w * image.shape[2], dtype="float32").reshape(h, w, image.shape[2], -1)
    return keras.ops.conv(image[None].astype("float32"), kernels)[0].numpy().reshape(-1, h * w * image.shape[2])


def _view(image, h, w):
    return np.lib.stride_tricks.sliding_window_view(image, (h, w), axis=(0, 1))  # (H', W', C, h, w)


@windows_as_rows.wrong("channels before pixels")
def _(image, h, w):
    return _view(image, h, w).reshape(-1, h * w * image.shape[2])


@windows_as_rows.wrong("windows as columns")
def _(image, h, w):
    return _view(image, h, w).transpose(0, 1, 3, 4, 2).reshape(-1, h * w * image.shape[2]).T


@windows_as_rows.wrong("windows from top to bottom")
def _(image, h, w):
    return _view(image, h, w).transpose(1, 0, 3, 4, 2).reshape(-1, h * w * image.shape[2])


@windows_as_rows.wrong("pixels from top to bottom")
def _(image, h, w):
    return _view(image, h, w).transpose(0, 1, 4, 3, 2).reshape(-1, h * w * image.shape[2])


@windows_as_rows.wrong("pixels backwards")
def _(image, h, w):
    return _view(image, h, w)[..., ::-1, ::-1].transpose(0, 1, 3, 4, 2).reshape(-1, h * w * image.shape[2])


@windows_as_rows.wrong("windows side by side")
def _(image, h, w):
    return _view(image, h, w)[::h, ::w].transpose(0, 1, 3, 4, 2).reshape(-1, h * w * image.shape[2])


@windows_as_rows.wrong("last windows missing")
def _(image, h, w):
    H, W, C = image.shape
    rows = [image[r:r + h, c:c + w].ravel() for r in range(H - h) for c in range(W - w)]
    return np.array(rows).reshape(-1, h * w * C)


@windows_as_rows.wrong("height and width of the window exchanged")
def _(image, h, w):
    h, w = min(w, image.shape[0]), min(h, image.shape[1])
    return _view(image, h, w).transpose(0, 1, 3, 4, 2).reshape(-1, h * w * image.shape[2])


@windows_as_rows.wrong("first channel only")
def _(image, h, w):
    return _view(image[..., :1], h, w).reshape(-1, h * w)


separable_cost = Task("separable_cost", points=2)


@separable_cost.cases
def _(rng):
    """Separable kernels with fractions and with a zero in the corner, symmetric ones that are not separable, one row, 2x2."""
    outer = [np.outer(rng.normal(size=h), rng.normal(size=w)) for h, w in [(3, 3), (5, 3), (2, 7), (2, 2), (9, 9), (1, 6), (5, 1)]]
    whole = [np.outer([1, 0, -1], [1, 2, 1]), np.outer([0, 1, 2], [1, 3, 0, 2]), np.ones((3, 3)) / 9]
    others = [rng.normal(size=(4, 3)), np.eye(5), np.array([[1, 2, 1], [2, 5, 2], [1, 2, 1]]), np.array([[1, 0, -1], [2, 0, 2]])]
    sizes = rng.integers(12, 90, (len(outer + whole + others), 2)).tolist()
    return [*((K, H, W) for K, (H, W) in zip(outer + whole + others, sizes)), (np.ones((2, 2)), 2, 2),
            (np.ones((7, 7)), 60000, 60000), (np.ones((3, 3)), 4, 30)]


def _bill(kernel, H, W, rank=None, between=None, passes=None):
    """The right bill, or one with a part of it exchanged."""
    h, w = kernel.shape
    rank = int(np.linalg.matrix_rank(kernel)) if rank is None else rank
    at_once = (H - h + 1) * (W - w + 1) * h * w
    first = H * (W - w + 1) * w if between is None else between
    two = (first + (H - h + 1) * (W - w + 1) * h if passes is None else passes) if rank == 1 else None
    return {"rank": rank, "at once": at_once, "two passes": two, "choice": "two passes" if rank == 1 and two < at_once else "at once"}


@separable_cost.right("rank from the singular values")
def _(kernel, H, W):
    values = np.linalg.svd(kernel, compute_uv=False)
    return _bill(kernel, H, W, rank=int((values > 1e-8 * values[0]).sum()))


@separable_cost.right("counts the maps")
def _(kernel, H, W):
    h, w = kernel.shape
    between, last = (H, W - w + 1), (H - h + 1, W - w + 1)
    answer = {"rank": np.linalg.matrix_rank(kernel), "at once": float(last[0] * last[1] * kernel.size), "two passes": None,
              "choice": "at once"}
    if answer["rank"] == 1:
        answer["two passes"] = w * between[0] * between[1] + h * last[0] * last[1]
        answer["choice"] = min(["at once", "two passes"], key=answer.get)
    return answer


@separable_cost.wrong("forgets that the map between is higher")
def _(kernel, H, W):
    h, w = kernel.shape
    return _bill(kernel, H, W, passes=(H - h + 1) * (W - w + 1) * (h + w))


@separable_cost.wrong("column first")
def _(kernel, H, W):
    h, w = kernel.shape
    return _bill(kernel, H, W, passes=(H - h + 1) * W * h + (H - h + 1) * (W - w + 1) * w)


@separable_cost.wrong("the map between as large as the image")
def _(kernel, H, W):
    return _bill(kernel, H, W, between=H * W * kernel.shape[1])


@separable_cost.wrong("padded maps")
def _(kernel, H, W):
    h, w = kernel.shape
    bill = _bill(kernel, H, W, passes=H * W * (h + w))
    return bill | {"at once": H * W * h * w}


@separable_cost.wrong("symmetric means separable")
def _(kernel, H, W):
    symmetric = kernel.shape[0] == kernel.shape[1] and np.allclose(kernel, kernel.T)
    return _bill(kernel, H, W, rank=1 if symmetric else max(2, int(np.linalg.matrix_rank(kernel))))


@separable_cost.wrong("products of the first row and column, compared exactly")
def _(kernel, H, W):
    exact = kernel[0, 0] != 0 and np.array_equal(np.outer(kernel[:, 0], kernel[0]) / kernel[0, 0], kernel)
    return _bill(kernel, H, W, rank=1 if exact else max(2, int(np.linalg.matrix_rank(kernel))))


@separable_cost.wrong("two passes whenever possible")
def _(kernel, H, W):
    bill = _bill(kernel, H, W)
    return bill | {"choice": "at once" if bill["two passes"] is None else "two passes"}


@separable_cost.wrong("passes counted for every kernel")
def _(kernel, H, W):
    h, w = kernel.shape
    return _bill(kernel, H, W) | {"two passes": H * (W - w + 1) * w + (H - h + 1) * (W - w + 1) * h}


@separable_cost.wrong("weights that are 0 cost nothing")
def _(kernel, H, W):
    h, w = kernel.shape
    return _bill(kernel, H, W) | {"at once": (H - h + 1) * (W - w + 1) * int(np.count_nonzero(kernel))}


@separable_cost.wrong("integer overflow")
def _(kernel, H, W):
    h, w = kernel.shape
    with np.errstate(over="ignore"):
        return _bill(kernel, H, W) | {"at once": int(np.prod(np.array([H - h + 1, W - w + 1, h, w], np.int32), dtype=np.int32))}


inspect_box = Task("inspect_box", points=2, atol=1e-3)  # gradient descent gets this close, and the task calls it equal


@inspect_box.cases
def _(rng):
    """All four operations; "both" for kernels that half a turn leaves, "neither" for a transposed, a mirrored, a doubled one."""
    cases = []

    def box(kernel, applied, size=(13, 16)):
        image = rng.normal(size=size)
        cases.append((image, signal.correlate2d(image, applied, mode="valid"), kernel))

    for shape in [(3, 3), (2, 4), (1, 3), (4, 2)]:
        kernel = _matrix(rng, *shape) / 4
        kernel[0, 0], kernel[-1, -1] = 2, -1  # half a turn changes it
        box(kernel, kernel)
        box(kernel, kernel[::-1, ::-1])
    kernel = np.array([[2, 1, 0.5], [0, -1, 3], [1, -2, -1]])
    for applied in (kernel.T, kernel[:, ::-1], kernel[::-1], 2 * kernel, -kernel):
        box(kernel, applied)
    for kernel in (np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]), np.array([[1, 2, 3], [3, 2, 1]]), np.array([[0.5]])):
        box(kernel, kernel, (9, 8))
    return cases


def _learn(image, result, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape).reshape(-1, kernel.size)
    return np.linalg.lstsq(windows, result.ravel(), rcond=None)[0].reshape(kernel.shape)


def _name(learned, kernel, flip=lambda K: K[::-1, ::-1]):
    plain, flipped = (np.allclose(learned, K, atol=1e-3) for K in (kernel, flip(kernel)))
    return "both" if plain and flipped else "cross-correlation" if plain else "convolution" if flipped else "neither"


@inspect_box.right("normal equations")
def _(image, result, kernel):
    h, w = kernel.shape
    rows = np.array([image[r:r + h, c:c + w].ravel() for r in range(result.shape[0]) for c in range(result.shape[1])])
    learned = np.linalg.solve(rows.T @ rows, rows.T @ result.ravel()).reshape(h, w)
    return {"operation": _name(learned, kernel), "learned": learned.tolist()}


@inspect_box.right("gradient descent")
def _(image, result, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    learned = np.zeros(kernel.shape)
    for _ in range(500):
        error = np.tensordot(windows, learned, 2) - result
        learned -= 0.3 * np.tensordot(error, windows, 2) / error.size
    return {"learned": learned, "operation": _name(learned, kernel)}


@inspect_box.wrong("learns the flipped kernel")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned[::-1, ::-1], "operation": _name(learned, kernel)}


@inspect_box.wrong("the two words exchanged")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned, "operation": _name(learned[::-1, ::-1], kernel)}


@inspect_box.wrong("flips left to right only")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned, "operation": _name(learned, kernel, np.fliplr)}


@inspect_box.wrong("never says both")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned, "operation": _name(learned, kernel).replace("both", "cross-correlation")}


@inspect_box.wrong("never says neither")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned, "operation": _name(learned, kernel).replace("neither", "convolution")}


@inspect_box.wrong("compares up to a factor")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned, "operation": _name(learned / np.linalg.norm(learned), kernel / np.linalg.norm(kernel))}


@inspect_box.wrong("compares absolute values")
def _(image, result, kernel):
    learned = _learn(image, result, kernel)
    return {"learned": learned, "operation": _name(np.abs(learned), np.abs(kernel))}


@inspect_box.wrong("pixels of a window from top to bottom")
def _(image, result, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape).swapaxes(2, 3).reshape(-1, kernel.size)
    learned = np.linalg.lstsq(windows, result.ravel(), rcond=None)[0].reshape(kernel.shape)
    return {"learned": learned, "operation": _name(learned, kernel)}


@inspect_box.wrong("copies the manual")
def _(image, result, kernel):
    return {"learned": kernel, "operation": _name(_learn(image, result, kernel), kernel)}


@inspect_box.wrong("stops the descent too early")
def _(image, result, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    learned = np.zeros(kernel.shape)
    for _ in range(8):
        learned -= 0.3 * np.tensordot(np.tensordot(windows, learned, 2) - result, windows, 2) / result.size
    return {"learned": learned, "operation": _name(learned, kernel)}
