"""Hidden checks of exercise 07: padding."""

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

sliding = np.lib.stride_tricks.sliding_window_view


def _integers(rng, low, high, size=2):
    return tuple(int(v) for v in rng.integers(low, high, size))


same_frame = Task("same_frame", points=2)


@same_frame.cases
def _(rng):
    """Even and odd sizes and kernels, strides larger than the kernel, kernels larger than the image, size 1."""
    draw = [(_integers(rng, 1, 20), _integers(rng, 1, 8), int(rng.integers(1, 5))) for _ in range(16)]
    return [*draw, ((28, 28), (5, 5), 1), ((224, 225), (7, 7), 2), ((1, 1), (4, 3), 1), ((7, 9), (1, 2), 4),
            ((6, 8), (2, 4), 1)]


def _frame(shape, kernel, s, split=lambda total: (total // 2, total - total // 2), up=True, at_least=0):
    """The rule with one thing changed."""
    return [split(max(((n + s - 1 if up else n) // s - 1) * s + k - n, at_least)) for n, k in zip(shape, kernel)]


@same_frame.right("TensorFlow's own words")
def _(shape, kernel, s):
    frame = np.zeros((2, 2), int)
    for axis, (n, k) in enumerate(zip(shape, kernel)):
        along = max(k - s, 0) if n % s == 0 else max(k - n % s, 0)
        frame[axis] = along // 2, along - along // 2
    return frame


@same_frame.right("rounds with NumPy")
def _(shape, kernel, s):
    n, k = np.array(shape), np.array(kernel)
    total = np.maximum((np.ceil(n / s) - 1) * s + k - n, 0)
    return np.stack([np.floor(total / 2), np.ceil(total / 2)], axis=1)


@same_frame.wrong("the extra zero before")
def _(shape, kernel, s):
    return _frame(shape, kernel, s, lambda total: (total - total // 2, total // 2))


@same_frame.wrong("(k - 1) / 2 on each side")
def _(shape, kernel, s):
    return [[(k - 1) // 2] * 2 for k in kernel]


@same_frame.wrong("the stride ignored")
def _(shape, kernel, s):
    return _frame(shape, kernel, 1)


@same_frame.wrong("the size rounded down")
def _(shape, kernel, s):
    return _frame(shape, kernel, s, up=False)


@same_frame.wrong("negative numbers of zeros")
def _(shape, kernel, s):
    return _frame(shape, kernel, s, at_least=-99)


@same_frame.wrong("all of it after")
def _(shape, kernel, s):
    return _frame(shape, kernel, s, lambda total: (0, total))


@same_frame.wrong("the odd zero lost")
def _(shape, kernel, s):
    return _frame(shape, kernel, s, lambda total: (total // 2, total // 2))


@same_frame.wrong("height and width swapped")
def _(shape, kernel, s):
    return _frame(shape, kernel, s)[::-1]


@same_frame.wrong("full padding")
def _(shape, kernel, s):
    return [[k - 1] * 2 for k in kernel]


@same_frame.wrong("left and top in the first pair")
def _(shape, kernel, s):
    return np.transpose(_frame(shape, kernel, s))


correlate_same = Task("correlate_same", points=2, atol=1e-5)  # sums in float32 that come out near 0


@correlate_same.cases
def _(rng):
    """Even and odd sizes, kernels and strides, a kernel larger than the image, bytes and floats."""
    cases = [(rng.normal(size=_integers(rng, 4, 11)), rng.normal(size=_integers(rng, 1, 6)), int(rng.integers(1, 4)))
             for _ in range(8)]
    byte = rng.integers(0, 256, (6, 8)).astype("uint8")
    return [*cases, (byte, rng.integers(-4, 5, (3, 3)), 2), (byte, rng.integers(-4, 5, (2, 4))),
            (rng.normal(size=(3, 2)), rng.normal(size=(5, 6)), 1), (np.ones((1, 1)), rng.normal(size=(2, 2)), 1)]


def _correlate(image, kernel, s=1, frame=((0, 0), (0, 0)), mode="constant"):
    windows = sliding(np.pad(image, frame, mode=mode), kernel.shape)[::s, ::s]
    return np.einsum("ijkl,kl->ij", windows.astype(float), kernel)


def _same(image, kernel, s=1, mode="constant"):
    return _correlate(image, kernel, s, _frame(image.shape, kernel.shape, s), mode)


@correlate_same.right("Keras")
def _(image, kernel, s=1):
    x, kernel = image[None, :, :, None].astype("float32"), kernel[:, :, None, None].astype("float32")
    return keras.ops.conv(x, kernel, strides=s, padding="same")[0, :, :, 0]


@correlate_same.right("asks for each pixel whether it is there")
def _(image, kernel, s=1):
    (top, _), (left, _) = _frame(image.shape, kernel.shape, s)
    rows, columns = (-(-n // s) for n in image.shape)
    result = np.zeros((rows, columns))
    for (i, j), (a, b) in ((at, step) for at in np.ndindex(rows, columns) for step in np.ndindex(*kernel.shape)):
        y, x = i * s + a - top, j * s + b - left
        if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
            result[i, j] += float(image[y, x]) * kernel[a, b]
    return result


@correlate_same.right("a Fourier transform")
def _(image, kernel, s=1):
    from scipy.signal import fftconvolve

    framed = np.pad(image, _frame(image.shape, kernel.shape, s)).astype(float)
    return fftconvolve(framed, kernel[::-1, ::-1].astype(float), mode="valid")[::s, ::s]


@correlate_same.wrong("kernel flipped")
def _(image, kernel, s=1):
    return _same(image, kernel[::-1, ::-1], s)


@correlate_same.wrong("valid")
def _(image, kernel, s=1):
    return _correlate(image, kernel, s) if np.all(np.array(image.shape) >= kernel.shape) else np.zeros((0, 0))


@correlate_same.wrong("the same zeros on each side, as PyTorch")
def _(image, kernel, s=1):
    return _correlate(image, kernel, s, [((k - 1) // 2, k // 2) for k in kernel.shape])


@correlate_same.wrong("stride 1 with same, then skips")
def _(image, kernel, s=1):
    return _same(image, kernel)[::s, ::s]


@correlate_same.wrong("the extra zero before")
def _(image, kernel, s=1):
    return _correlate(image, kernel, s, [pair[::-1] for pair in _frame(image.shape, kernel.shape, s)])


@correlate_same.wrong("the border copied")
def _(image, kernel, s=1):
    return _same(image, kernel, s, "edge")


@correlate_same.wrong("the stride ignored")
def _(image, kernel, s=1):
    return _same(image, kernel)


@correlate_same.wrong("transposed")
def _(image, kernel, s=1):
    return _same(image, kernel, s).T


@correlate_same.wrong("kernel transposed")
def _(image, kernel, s=1):
    return _same(image, kernel.T, s)


@correlate_same.wrong("integer overflow: the result in the image's type")
def _(image, kernel, s=1):
    return _same(image, kernel, s).astype(int).astype(image.dtype) if image.dtype == "uint8" else _same(image, kernel, s)


@correlate_same.wrong("the kernel's height for both frames")
def _(image, kernel, s=1):
    return _correlate(image, kernel, s, _frame(image.shape, kernel.shape[:1] * 2, s))


times_seen = Task("times_seen", points=2)


@times_seen.cases
def _(rng):
    """Not square, even kernels, strides with a rest and strides with gaps, wide frames, one pixel."""
    draw = [(_integers(rng, 5, 12), _integers(rng, 1, 6), int(rng.integers(0, 4)), int(rng.integers(1, 4)))
            for _ in range(10)]
    return [*draw, ((6, 7), (3, 3), 0, 2), ((6, 8), (2, 3), 1, 3), ((4, 9), (4, 2), 0, 1), ((1, 1), (3, 3), 1, 1),
            ((5, 6), (1, 1), 2, 2)]


def _axis(n, k, p, s):
    """Windows in one direction that hold each of n pixels."""
    starts = np.arange(0, n + 2 * p - k + 1, s)[:, None]
    at = np.arange(p, p + n)
    return ((starts <= at) & (at < starts + k)).sum(0)


@times_seen.right("rows times columns")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, s) for n, k in zip(shape, kernel)))


@times_seen.right("a transposed convolution of ones")
def _(shape, kernel, p, s):
    size = [n + 2 * p for n in shape]
    ones = np.ones([(n - k) // s + 1 for n, k in zip(size, kernel)])
    spread = np.zeros(size)
    spread[:s * (ones.shape[0] - 1) + 1:s, :s * (ones.shape[1] - 1) + 1:s] = ones
    framed = np.pad(spread, [(k - 1, 0) for k in kernel])
    return sliding(framed, kernel).sum((-2, -1))[p:p + shape[0], p:p + shape[1]]


@times_seen.right("a Fourier transform")
def _(shape, kernel, p, s):
    from scipy.signal import fftconvolve

    corners = np.zeros([n + 2 * p - k + 1 for n, k in zip(shape, kernel)])
    corners[::s, ::s] = 1
    return fftconvolve(corners, np.ones(kernel))[p:p + shape[0], p:p + shape[1]]


@times_seen.wrong("with the frame")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n + 2 * p, k, 0, s) for n, k in zip(shape, kernel)))


@times_seen.wrong("without padding")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, 0, s) if n >= k else np.zeros(n, int) for n, k in zip(shape, kernel)))


@times_seen.wrong("the last window missing")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k + 1, p, s) if n + 2 * p > k else np.ones(n, int) for n, k in zip(shape, kernel)))


@times_seen.wrong("rows plus columns")
def _(shape, kernel, p, s):
    return np.add.outer(*(_axis(n, k, p, s) for n, k in zip(shape, kernel)))


@times_seen.wrong("the stride ignored")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, 1) for n, k in zip(shape, kernel)))


@times_seen.wrong("stride 1 divided by the stride")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, 1) for n, k in zip(shape, kernel))) // s**2


@times_seen.wrong("seen or not")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, s) for n, k in zip(shape, kernel))) > 0


@times_seen.wrong("windows that hang over the edge count")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, s) + (np.arange(n) >= (n + 2 * p - k) // s * s + s - p) for n, k in zip(shape, kernel)))


@times_seen.wrong("kernel height and width swapped")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, s) for n, k in zip(shape, kernel[::-1])))


@times_seen.wrong("transposed")
def _(shape, kernel, p, s):
    return np.outer(*(_axis(n, k, p, s) for n, k in zip(shape, kernel))).T


white_after_blurs = Task("white_after_blurs", points=2)


@white_after_blurs.cases
def _(rng):
    """Each frame, from no layer to so many that no pixel stays white; an even and an odd size, kernels of 1 to 7."""
    draw = [(int(rng.integers(6, 16)), int(rng.choice([3, 5, 7])), int(rng.integers(1, 5)), mode)
            for mode in ("constant", "constant", "constant", "edge", "reflect")]
    zeros = [(*sizes, "constant") for sizes in [(5, 3, 3), (9, 5, 2), (8, 7, 1), (6, 1, 3), (4, 3, 0), (1, 3, 1)]]
    return draw + zeros


def _report(image, **changes):
    white = int(np.isclose(image, 1, rtol=0, atol=1e-6).sum())
    frame = "invisible" if white == image.size else "border only" if white else "everywhere"
    return {"mean": float(image.mean()), "corner": float(image[0, 0]), "white": white, "frame": frame} | changes


def _blur(image, k):
    return sliding(image, (k, k)).mean((-2, -1))


def _blurs(n, k, layers, mode, start=1.0):
    image = np.full((n, n), start)
    for _ in range(layers):
        image = _blur(np.pad(image, k // 2, mode=mode), k)
    return image


@white_after_blurs.right("one direction at a time")
def _(n, k, layers, mode):
    row = np.ones(n)
    for _ in range(layers):
        row = np.convolve(np.pad(row, k // 2, mode=mode), np.ones(k) / k, "valid")
    return _report(np.outer(row, row))


@white_after_blurs.right("Keras, float32")
def _(n, k, layers, mode):
    x, kernel = np.ones((1, n, n, 1), "float32"), np.full((k, k, 1, 1), 1 / k**2, "float32")
    for _ in range(layers):
        if mode == "constant":
            x = keras.ops.conv(x, kernel, padding="same")
        else:
            frame = [(0, 0), (k // 2, k // 2), (k // 2, k // 2), (0, 0)]
            x = keras.ops.conv(np.pad(x, frame, mode=mode), kernel)
    return _report(keras.ops.convert_to_numpy(x)[0, :, :, 0])


@white_after_blurs.right("SciPy")
def _(n, k, layers, mode):
    from scipy.ndimage import uniform_filter

    image = np.ones((n, n))
    for _ in range(layers):
        image = uniform_filter(image, k, mode={"edge": "nearest", "reflect": "mirror"}.get(mode, mode))
    return _report(image)


@white_after_blurs.wrong("always zeros")
def _(n, k, layers, mode):
    return _report(_blurs(n, k, layers, "constant"))


@white_after_blurs.wrong("never zeros")
def _(n, k, layers, mode):
    return _report(_blurs(n, k, layers, "edge"))


@white_after_blurs.wrong("one wide frame for all layers")
def _(n, k, layers, mode):
    image = np.pad(np.ones((n, n)), layers * (k // 2), mode=mode)
    for _ in range(layers):
        image = _blur(image, k)
    return _report(image)


@white_after_blurs.wrong("one layer only")
def _(n, k, layers, mode):
    return _report(_blurs(n, k, 1, mode))


@white_after_blurs.wrong("divided by the cells that are there")
def _(n, k, layers, mode):
    image = np.ones((n, n))
    for _ in range(layers):
        image = _blur(np.pad(image, k // 2, mode=mode), k) / _blur(np.pad(np.ones((n, n)), k // 2, mode=mode), k)
    return _report(image)


@white_after_blurs.wrong("all of the frame at the end")
def _(n, k, layers, mode):
    image = np.ones((n, n))
    for _ in range(layers):
        image = _blur(np.pad(image, (0, k - 1), mode=mode), k)
    return _report(image)


@white_after_blurs.wrong("a frame of 1 for every kernel")
def _(n, k, layers, mode):
    image = np.ones((n, n))
    for _ in range(layers):
        image = _blur(np.pad(image, 1 if min(image.shape) + 2 >= k else k // 2, mode=mode), k)
    return _report(image)


@white_after_blurs.wrong("whole numbers")
def _(n, k, layers, mode):
    image = np.ones((n, n), int)
    for _ in range(layers):
        image = _blur(np.pad(image, k // 2, mode=mode), k).astype(int)
    return _report(image)


@white_after_blurs.wrong("the mean with the frame")
def _(n, k, layers, mode):
    image = _blurs(n, k, layers, mode)
    return _report(image, mean=float(np.pad(image, k // 2).mean()))


@white_after_blurs.wrong("counts the pixels that are grey")
def _(n, k, layers, mode):
    right = _report(_blurs(n, k, layers, mode))
    return right | {"white": n * n - right["white"]}


@white_after_blurs.wrong("the conclusion of the example for zeros, always")
def _(n, k, layers, mode):
    return _report(_blurs(n, k, layers, mode), frame="border only" if mode == "constant" else "invisible")


@white_after_blurs.wrong("concludes from the mean")
def _(n, k, layers, mode):
    right = _report(_blurs(n, k, layers, mode))
    return right | {"frame": "everywhere" if right["mean"] < 0.7 else right["frame"]}


conv_like_pytorch = Task("conv_like_pytorch", points=2, atol=1e-4)  # sums of up to 200 products in float32


@conv_like_pytorch.cases
def _(rng):
    """Sizes for which the bug shows and sizes for which it hides; frames narrower and wider than `same`; even kernels."""
    settings = [(6, 8, 3, 2, 1), (7, 9, 3, 2, 1), (6, 5, 3, 1, 0), (8, 6, 5, 2, 2), (5, 6, 3, 1, 2), (6, 7, 5, 1, 1),
                (8, 7, 3, 3, 1), (6, 9, 2, 2, 1), (4, 5, 1, 2, 1), (9, 8, 4, 2, 1), (12, 10, 7, 2, 3)]
    cases = []
    for height, width, k, stride, padding in settings:
        batch, channels, filters = _integers(rng, 1, 5, 3)
        cases.append((rng.normal(size=(batch, channels, height, width)), rng.normal(size=(filters, channels, k, k)),
                      rng.normal(size=filters), stride, padding))
    return [*cases, (rng.integers(0, 256, (2, 3, 6, 6)), rng.integers(-4, 5, (2, 3, 3, 3)), np.array([1, -2]), 2, 1)]


def _torch(x, weight, bias, stride, frame, mode="constant"):
    """The layer in NumPy, channels first; `frame` is (before, after) or one pair for each direction."""
    frame = frame if np.ndim(frame) == 2 else (frame, frame)
    padded = np.pad(x, ((0, 0), (0, 0), *frame), mode=mode)
    windows = sliding(padded, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("bcijkl,fckl->bfij", windows, weight) + np.reshape(bias, (-1, 1, 1))


@conv_like_pytorch.right("NumPy")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, stride, (padding, padding))


@conv_like_pytorch.right("Keras layers, float32")
def _(x, weight, bias, stride, padding):
    conv = keras.layers.Conv2D(len(weight), weight.shape[2], strides=stride)
    y = np.moveaxis(x, 1, -1).astype("float32")
    y = keras.layers.ZeroPadding2D(padding)(y)
    conv.build(y.shape)
    conv.set_weights([weight.transpose(2, 3, 1, 0), bias])
    return np.moveaxis(keras.ops.convert_to_numpy(conv(y)), -1, 1)


@conv_like_pytorch.right("loops over the places")
def _(x, weight, bias, stride, padding):
    padded = np.pad(x, [(0, 0)] * 2 + [(padding, padding)] * 2)
    k = weight.shape[2]
    rows, columns = ((n - k) // stride + 1 for n in padded.shape[2:])
    y = np.zeros((len(x), len(weight), rows, columns))
    for i, j in np.ndindex(rows, columns):
        window = padded[:, :, i * stride:i * stride + k, j * stride:j * stride + k]
        y[:, :, i, j] = np.tensordot(window, weight, axes=([1, 2, 3], [1, 2, 3])) + bias
    return y


@conv_like_pytorch.wrong("the given one")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, stride, _frame(x.shape[2:], weight.shape[2:], stride) if padding else (0, 0))


@conv_like_pytorch.wrong("same for every padding")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, stride, _frame(x.shape[2:], weight.shape[2:], stride))


@conv_like_pytorch.wrong("the extra zero before")
def _(x, weight, bias, stride, padding):
    frame = _frame(x.shape[2:], weight.shape[2:], stride) if padding else [(0, 0), (0, 0)]
    return _torch(x, weight, bias, stride, [pair[::-1] for pair in frame])


@conv_like_pytorch.wrong("valid for every padding")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, stride, (0, 0))


@conv_like_pytorch.wrong("always a frame of 1")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, stride, (1, 1) if padding else (0, 0))


@conv_like_pytorch.wrong("(k - 1) / 2 instead of the padding")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, stride, ((weight.shape[2] - 1) // 2,) * 2 if padding else (0, 0))


@conv_like_pytorch.wrong("the frame added and same on top")
def _(x, weight, bias, stride, padding):
    framed = np.pad(x, [(0, 0)] * 2 + [(padding, padding)] * 2)
    return _torch(framed, weight, bias, stride, _frame(framed.shape[2:], weight.shape[2:], stride))


@conv_like_pytorch.wrong("kernel flipped")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight[:, :, ::-1, ::-1], bias, stride, (padding, padding))


@conv_like_pytorch.wrong("kernel transposed")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight.swapaxes(2, 3), bias, stride, (padding, padding))


@conv_like_pytorch.wrong("forgets the bias")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, 0 * bias, stride, (padding, padding))


@conv_like_pytorch.wrong("channels last in the result")
def _(x, weight, bias, stride, padding):
    return np.moveaxis(_torch(x, weight, bias, stride, (padding, padding)), 1, -1)


@conv_like_pytorch.wrong("same at stride 1, then skips")
def _(x, weight, bias, stride, padding):
    return _torch(x, weight, bias, 1, _frame(x.shape[2:], weight.shape[2:], 1))[:, :, ::stride, ::stride]


network_with_frames = Task("network_with_frames", points=2, probe=probes.network)


def _frames(first=None, second=None, frame=None, fifth=None, pool=None, last="softmax", activation="relu", start=28):
    """The network of the table with one thing changed."""
    layers = keras.layers

    def conv(filters, k=3, padding="valid", s=1):
        return layers.Conv2D(filters, k, strides=s, padding=padding, activation=activation)

    return keras.Sequential([
        keras.Input((start, start, 1)), *(first or [conv(6, 5, "same")]), *(second or [conv(12, 3, "same", 2)]), conv(12),
        *(frame or [layers.ZeroPadding2D(2), conv(8)]), *(fifth or [conv(8, 3, "same", 2)]),
        pool or layers.MaxPooling2D(2, padding="same"), layers.Flatten(), layers.Dense(10, last)])


def _conv(filters, *args, **settings):
    return keras.layers.Conv2D(filters, *args, activation="relu", **settings)


@network_with_frames.right("functional, the frame in four numbers")
def _():
    layers = keras.layers
    inputs = keras.Input((28, 28, 1))
    x = _conv(6, (5, 5), padding="same")(inputs)
    x = _conv(12, (3, 3), strides=(2, 2), padding="same")(x)
    x = _conv(12, (3, 3), padding="valid")(x)
    x = layers.ZeroPadding2D(((2, 2), (2, 2)))(x)
    x = _conv(8, (3, 3))(x)
    x = _conv(8, (3, 3), strides=2, padding="same")(x)
    x = layers.MaxPool2D(padding="same")(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))


@network_with_frames.right("a frame of 1 and then same")
def _():
    return _frames(frame=[keras.layers.ZeroPadding2D(1), _conv(8, 3, padding="same")])


@network_with_frames.right("every frame spelled out")
def _():
    return _frames(first=[keras.layers.ZeroPadding2D(2), _conv(6, 5)],
                   second=[keras.layers.ZeroPadding2D(((0, 1), (0, 1))), _conv(12, 3, strides=2)])


@network_with_frames.wrong("equal frames before the strides, as PyTorch")
def _():
    return _frames(second=[keras.layers.ZeroPadding2D(1), _conv(12, 3, strides=2)])


@network_with_frames.wrong("an equal frame before the last stride")
def _():
    return _frames(fifth=[keras.layers.ZeroPadding2D(1), _conv(8, 3, strides=2)])


@network_with_frames.wrong("a transposed convolution")
def _():
    return _frames(frame=[keras.layers.Conv2DTranspose(8, 3, activation="relu")])


@network_with_frames.wrong("enlarged before the convolution")
def _():
    return _frames(frame=[keras.layers.Resizing(16, 16), _conv(8, 3)])


@network_with_frames.wrong("the frame after the convolution")
def _():
    return _frames(frame=[_conv(8, 3), keras.layers.ZeroPadding2D(2)])


@network_with_frames.wrong("same, and the frame after it")
def _():
    return _frames(frame=[_conv(8, 3, padding="same"), keras.layers.ZeroPadding2D(1)])


@network_with_frames.wrong("all zeros at the end")
def _():
    return _frames(frame=[keras.layers.ZeroPadding2D(((0, 4), (0, 4))), _conv(8, 3)])


@network_with_frames.wrong("pooling for the stride")
def _():
    return _frames(second=[_conv(12, 3, padding="same"), keras.layers.MaxPooling2D(2)])


@network_with_frames.wrong("valid pooling")
def _():
    return _frames(pool=keras.layers.MaxPooling2D(2))


@network_with_frames.wrong("average pooling")
def _():
    return _frames(pool=keras.layers.AveragePooling2D(2, padding="same"))


@network_with_frames.wrong("no ReLU")
def _():
    return _frames(activation=None)


@network_with_frames.wrong("no softmax")
def _():
    return _frames(last=None)


@network_with_frames.wrong("valid in the first layer, 32x32 images")
def _():
    return _frames(first=[_conv(6, 5)], start=32)
