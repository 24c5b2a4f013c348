"""Hidden checks of exercise 06: down-sampling."""

import math

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

sliding = np.lib.stride_tricks.sliding_window_view


def _numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


pool_nhwc = Task("pool_nhwc", points=2)


@pool_nhwc.cases
def _(rng):
    """Overlap, gaps, a rest, one window only, negative maps, bytes that overflow when added; both kinds of each."""
    draws = []
    for size, stride in [(2, 2), (3, 2), (2, 1), (2, 3), (3, 3), (1, 1)]:
        shape = rng.integers(1, 4), *rng.integers(5, 10, 2), rng.integers(1, 4)
        draws.append((rng.normal(-3, 1, shape), size, stride))
    draws.append((rng.integers(120, 256, (2, 6, 7, 3)).astype("uint8"), 2, 2))
    draws.append((rng.integers(-9, 10, (1, 4, 4, 2)), 4, 2))
    return [(*draw, kind) for draw in draws for kind in ("max", "average")]


def _pool_loops(x, size, stride, kind, how=None):
    how = how or {"max": np.max, "average": np.mean}[kind]
    rows, columns = ((n - size) // stride + 1 for n in x.shape[1:3])
    return np.stack([np.stack([how(x[:, i * stride:i * stride + size, j * stride:j * stride + size], axis=(1, 2))
                               for j in range(columns)], 1) for i in range(rows)], 1)


@pool_nhwc.right("loops")
def _(x, size, stride, kind):
    return _pool_loops(x, size, stride, kind)


@pool_nhwc.right("Keras")
def _(x, size, stride, kind):
    operation = keras.ops.max_pool if kind == "max" else keras.ops.average_pool
    return operation(x.astype("float32"), size, stride, "valid")


@pool_nhwc.right("a running maximum or sum")
def _(x, size, stride, kind):
    rows, columns = ((n - size) // stride + 1 for n in x.shape[1:3])
    parts = [x[:, a:a + (rows - 1) * stride + 1:stride, b:b + (columns - 1) * stride + 1:stride].astype(float)
             for a in range(size) for b in range(size)]
    return np.maximum.reduce(parts) if kind == "max" else sum(parts) / size**2


@pool_nhwc.right("sums of all pixels above and to the left")
def _(x, size, stride, kind):
    if kind == "max":
        windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
        return windows[:, ::stride, ::stride].max((-2, -1))
    total = np.pad(np.cumsum(np.cumsum(x.astype(float), 1), 2), ((0, 0), (1, 0), (1, 0), (0, 0)))
    sums = total[:, size:, size:] - total[:, :-size, size:] - total[:, size:, :-size] + total[:, :-size, :-size]
    return (sums / size**2)[:, ::stride, ::stride]


@pool_nhwc.wrong("always the maximum")
def _(x, size, stride, kind):
    return _pool_loops(x, size, stride, "max")


@pool_nhwc.wrong("the stride is the size")
def _(x, size, stride, kind):
    return _pool_loops(x, size, size, kind)


@pool_nhwc.wrong("the last window missing")
def _(x, size, stride, kind):
    result = _pool_loops(x, size, stride, kind)
    return result[:, :-1, :-1] if min(result.shape[1:3]) > 1 else result


@pool_nhwc.wrong("the maximum starts at 0")
def _(x, size, stride, kind):
    result = _pool_loops(x, size, stride, kind)
    return np.maximum(result, 0) if kind == "max" else result


@pool_nhwc.wrong("same padding")
def _(x, size, stride, kind):
    operation = keras.ops.max_pool if kind == "max" else keras.ops.average_pool
    return operation(x.astype("float32"), size, stride, "same")


@pool_nhwc.wrong("pools over the channels too")
def _(x, size, stride, kind):
    result = _pool_loops(x, size, stride, kind)
    return np.broadcast_to(result.max(-1, keepdims=True) if kind == "max" else result.mean(-1, keepdims=True), result.shape)


@pool_nhwc.wrong("channels first")
def _(x, size, stride, kind):
    return _pool_loops(x.transpose(0, 2, 3, 1), size, stride, kind) if x.shape[-1] >= size else x


@pool_nhwc.wrong("transposed")
def _(x, size, stride, kind):
    return _pool_loops(x, size, stride, kind).swapaxes(1, 2)


@pool_nhwc.wrong("integer overflow")
def _(x, size, stride, kind):
    windows = sliding(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return windows.max((-2, -1)) if kind == "max" else windows.sum((-2, -1), dtype=x.dtype) / size**2


@pool_nhwc.wrong("the average rounded down for whole numbers")
def _(x, size, stride, kind):
    return _pool_loops(x, size, stride, kind).astype(x.dtype)


pool_or_stride_bill = Task("pool_or_stride_bill", points=2)


@pool_or_stride_bill.cases
def _(rng):
    """Outputs that divide by w and outputs that do not, no down-sampling, a bill too large for int32."""
    draw = [tuple(int(v) for v in (rng.integers(14, 60), rng.integers(1, 8), rng.integers(1, 9), rng.integers(2, 33),
                                   rng.integers(2, 5))) for _ in range(10)]
    return [*draw, (8, 3, 2, 4, 2), (9, 4, 1, 3, 4), (7, 2, 3, 2, 1), (224, 3, 512, 512, 2)]


def _bill(n, k, channels, filters, w, **changes):
    convolved, pooled, strided = n - k + 1, (n - k + 1) // w, (n - k) // w + 1
    weights = k * k * channels * filters
    return {"discarded": 1 - (pooled / convolved) ** 2, "sizes": [pooled, strided], "pool_macs": convolved**2 * weights,
            "stride_macs": strided**2 * weights, "larger": "stride" if strided > pooled else "neither"} | changes


@pool_or_stride_bill.right("counts the places")
def _(n, k, channels, filters, w):
    every, strided = range(n - k + 1), range(0, n - k + 1, w)
    pooled = range(0, len(every) - w + 1, w)
    weights = math.prod((k, k, channels, filters))
    larger = {-1: "pool", 0: "neither", 1: "stride"}[int(np.sign(len(strided) - len(pooled)))]
    return {"discarded": (len(every) ** 2 - len(pooled) ** 2) / len(every) ** 2, "sizes": (len(pooled), len(strided)),
            "pool_macs": weights * len(every) ** 2, "stride_macs": weights * len(strided) ** 2, "larger": larger}


@pool_or_stride_bill.right("asks Keras")
def _(n, k, channels, filters, w):
    def height(*layers):
        return keras.Sequential([keras.Input((n, n, 1)), *layers]).output_shape[1]

    convolved = height(keras.layers.Conv2D(1, k))
    pooled = height(keras.layers.Conv2D(1, k), keras.layers.MaxPooling2D(w))
    strided = height(keras.layers.Conv2D(1, k, strides=w))
    weights = k**2 * channels * filters
    return {"larger": "neither" if pooled == strided else "stride", "sizes": np.array([pooled, strided]),
            "discarded": np.float32(1 - pooled**2 / convolved**2), "pool_macs": float(weights * convolved**2),
            "stride_macs": float(weights * strided**2)}


@pool_or_stride_bill.wrong("1 - 1/w² whatever is left over")
def _(n, k, channels, filters, w):
    return _bill(n, k, channels, filters, w, discarded=1 - 1 / w**2)


@pool_or_stride_bill.wrong("the share that stays")
def _(n, k, channels, filters, w):
    return _bill(n, k, channels, filters, w, discarded=((n - k + 1) // w / (n - k + 1)) ** 2)


@pool_or_stride_bill.wrong("one direction only")
def _(n, k, channels, filters, w):
    return _bill(n, k, channels, filters, w, discarded=1 - (n - k + 1) // w / (n - k + 1))


@pool_or_stride_bill.wrong("pooling work divided by the window")
def _(n, k, channels, filters, w):
    return _bill(n, k, channels, filters, w, pool_macs=((n - k + 1) // w) ** 2 * k * k * channels * filters)


@pool_or_stride_bill.wrong("pooling rounds up")
def _(n, k, channels, filters, w):
    size = (n - k) // w + 1
    return _bill(n, k, channels, filters, w, sizes=[size, size], larger="neither")


@pool_or_stride_bill.wrong("same padding")
def _(n, k, channels, filters, w):
    return _bill(n + k - 1, k, channels, filters, w)


@pool_or_stride_bill.wrong("forgets the channels")
def _(n, k, channels, filters, w):
    return _bill(n, k, 1, filters, w)


@pool_or_stride_bill.wrong("pools the image, not the convolution")
def _(n, k, channels, filters, w):
    return _bill(n, k, channels, filters, w, sizes=[n // w - k + 1, (n - k) // w + 1])


@pool_or_stride_bill.wrong("never the same")
def _(n, k, channels, filters, w):
    return _bill(n, k, channels, filters, w, larger="stride")


@pool_or_stride_bill.wrong("integer overflow")
def _(n, k, channels, filters, w):
    right = _bill(n, k, channels, filters, w)
    return right | {key: int(np.array(right[key]).astype(np.int32)) for key in ("pool_macs", "stride_macs")}


correlate_with_stride = Task("correlate_with_stride", points=2, atol=1e-5)  # sums in float32 that come out near 0


@correlate_with_stride.cases
def _(rng):
    """Strides that differ, even kernels, a rest, a single place, bytes; with and without padding."""
    cases = []
    for p in (0, 1, 2, 0, 3):
        kernel, stride = rng.normal(size=rng.integers(1, 5, 2)), tuple(int(v) for v in rng.integers(1, 4, 2))
        cases.append((rng.normal(size=rng.integers(6, 11, 2)), kernel, stride, p))
    byte = rng.integers(0, 256, (7, 6)).astype("uint8")
    return [*cases, (byte, rng.integers(-4, 5, (3, 3)), (2, 2), 1), (byte, rng.integers(-4, 5, (2, 3)), (3, 2)),
            (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), (2, 2)), (byte, rng.integers(1, 5, (1, 1)), (2, 3), 0)]


def _stride_loops(image, kernel, stride, p=0):
    x, (k_h, k_w) = np.pad(image, p), kernel.shape
    return np.array([[(x[i:i + k_h, j:j + k_w] * kernel).sum() for j in range(0, x.shape[1] - k_w + 1, stride[1])]
                     for i in range(0, x.shape[0] - k_h + 1, stride[0])])


@correlate_with_stride.right("loops")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, stride, p)


@correlate_with_stride.right("Keras computes every place, then we skip")
def _(image, kernel, stride, p=0):
    x = np.pad(image, ((p, p), (p, p)))[None, :, :, None].astype("float32")
    return _numpy(keras.ops.conv(x, kernel[:, :, None, None].astype("float32")))[0, ::stride[0], ::stride[1], 0]


@correlate_with_stride.right("SciPy")
def _(image, kernel, stride, p=0):
    from scipy.signal import correlate2d

    return correlate2d(np.pad(image, p).astype(float), kernel, mode="valid")[::stride[0], ::stride[1]]


@correlate_with_stride.right("a Fourier transform")
def _(image, kernel, stride, p=0):
    from scipy.signal import fftconvolve

    every = fftconvolve(np.pad(image, p).astype(float), kernel[::-1, ::-1].astype(float), mode="valid")
    return every[::stride[0], ::stride[1]]


@correlate_with_stride.wrong("kernel flipped")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel[::-1, ::-1], stride, p)


@correlate_with_stride.wrong("no padding")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, stride)


@correlate_with_stride.wrong("padding at the end only")
def _(image, kernel, stride, p=0):
    return _stride_loops(np.pad(image, (0, p)), kernel, stride)


@correlate_with_stride.wrong("one stride for both directions")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, (stride[0], stride[0]), p)


@correlate_with_stride.wrong("strides swapped")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, stride[::-1], p)


@correlate_with_stride.wrong("skips pixels before the convolution")
def _(image, kernel, stride, p=0):
    x = np.pad(image, p)[::stride[0], ::stride[1]]
    short = [max(0, k - n) for k, n in zip(kernel.shape, x.shape)]
    return _stride_loops(np.pad(x, [(0, n) for n in short]), kernel, (1, 1))


@correlate_with_stride.wrong("the last place missing")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, stride, p)[:-1, :-1]


@correlate_with_stride.wrong("starts one stride late")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, (1, 1), p)[stride[0] - 1::stride[0], stride[1] - 1::stride[1]]


@correlate_with_stride.wrong("transposed")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel, stride, p).T


@correlate_with_stride.wrong("integer overflow")
def _(image, kernel, stride, p=0):
    return _stride_loops(image, kernel.astype(image.dtype), stride, p).astype(image.dtype)


max_pool_gradient = Task("max_pool_gradient", points=3)


@max_pool_gradient.cases
def _(rng):
    """Ties, overlap, gaps and a rest, axes that differ; whole numbers and floats, gradients of both signs."""
    cases = []
    for size, stride in [((2, 2), (2, 2)), ((3, 3), (1, 1)), ((3, 2), (2, 1)), ((2, 2), (3, 3)), ((1, 3), (1, 2)),
                         ((1, 1), (1, 1)), ((2, 4), (1, 3)), ((4, 1), (2, 2))]:
        for ties in (True, False):
            shape = rng.integers(4, 9, 2)
            x = rng.integers(-4, 0, shape) if ties else rng.normal(-2, 1, shape)
            places = [(n - k) // s + 1 for n, k, s in zip(shape, size, stride)]
            cases.append((x, size, stride, rng.normal(size=places)))
    return [*cases, (np.zeros((5, 7)), (3, 3), (2, 2), rng.normal(size=(2, 3)))]


def _route(x, size, stride, gradient, share, add=True, dtype=float):
    """Share each value of the gradient out over its window."""
    result = np.zeros(x.shape, dtype)
    for (i, j), value in np.ndenumerate(gradient):
        place = np.s_[i * stride[0]:i * stride[0] + size[0], j * stride[1]:j * stride[1] + size[1]]
        part = (value * share(x[place])).astype(dtype)
        result[place] = result[place] + part if add else np.where(part != 0, part, result[place])
    return result


def _first(window):
    return (np.arange(window.size) == window.argmax()).reshape(window.shape)


@max_pool_gradient.right("a mask for each window")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, _first)


@max_pool_gradient.right("a search in four loops")
def _(x, size, stride, gradient):
    result = [[0.0] * x.shape[1] for _ in range(x.shape[0])]
    for i in range(gradient.shape[0]):
        for j in range(gradient.shape[1]):
            best = None
            for a in range(i * stride[0], i * stride[0] + size[0]):
                for b in range(j * stride[1], j * stride[1] + size[1]):
                    if best is None or x[a, b] > x[best]:
                        best = a, b
            result[best[0]][best[1]] += float(gradient[i, j])
    return result


@max_pool_gradient.right("TensorFlow's gradient, float32")
def _(x, size, stride, gradient):
    import tensorflow as tf

    x = tf.constant(x[None, :, :, None].astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.max_pool2d(x, size, stride, "VALID")
    return tape.gradient(y, x, tf.constant(gradient[None, :, :, None].astype("float32")))[0, :, :, 0]


@max_pool_gradient.wrong("every largest value gets all")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: w == w.max())


@max_pool_gradient.wrong("ties share")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: (w == w.max()) / (w == w.max()).sum())


@max_pool_gradient.wrong("the last of the largest")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: _first(w[::-1, ::-1])[::-1, ::-1])


@max_pool_gradient.wrong("column by column")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: _first(w.T).T)


@max_pool_gradient.wrong("overlaps overwrite")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, _first, add=False)


@max_pool_gradient.wrong("the gradient of average pooling")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: np.full(w.shape, 1 / w.size))


@max_pool_gradient.wrong("all values of a window get the gradient")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, np.ones_like)


@max_pool_gradient.wrong("the largest in size, whatever its sign")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: _first(np.abs(w)))


@max_pool_gradient.wrong("whole numbers like x")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, _first, dtype=x.dtype)


@max_pool_gradient.wrong("times the value")
def _(x, size, stride, gradient):
    return _route(x, size, stride, gradient, lambda w: w * _first(w))


@max_pool_gradient.wrong("the stride is the size")
def _(x, size, stride, gradient):
    rows, columns = (n // k for n, k in zip(x.shape, size))
    return _route(x, size, size, gradient[:rows, :columns], _first)


@max_pool_gradient.wrong("square windows")
def _(x, size, stride, gradient):
    return _route(x, (size[0], size[0]), (stride[0], stride[0]), gradient, lambda w: _first(w) if w.size else w)


@max_pool_gradient.wrong("writes into x")
def _(x, size, stride, gradient):
    result = _route(x, size, stride, gradient, _first)
    x[:] = 0
    return result


shrink_by_mean = Task("shrink_by_mean", points=2)


@shrink_by_mean.cases
def _(rng):
    """Blocks of 1 to 4, images that are not square, with a rest, several channels; bytes."""
    shapes = [(2, 8, 6, 3, 2), (1, 9, 12, 1, 3), (3, 7, 5, 2, 2), (1, 5, 4, 3, 1), (2, 9, 11, 2, 4), (1, 3, 3, 1, 3)]
    cases = [(rng.normal(size=shape[:4]), shape[4]) for shape in shapes]
    return [*cases, (rng.integers(100, 256, (2, 7, 6, 3)).astype("uint8"), 2)]


@shrink_by_mean.right("loops")
def _(images, n):
    return _pool_loops(images, n, n, "average")


@shrink_by_mean.right("Keras")
def _(images, n):
    return keras.layers.AveragePooling2D(n)(images.astype("float32"))


@shrink_by_mean.right("one direction, then the other")
def _(images, n):
    b, h, w, c = images.shape
    rows = images[:, :h - h % n].reshape(b, h // n, n, w, c).mean(2)
    return rows[:, :, :w - w % n].reshape(b, h // n, w // n, n, c).mean(3)


def _blocks(images, n, shape, axes, how=np.mean):
    """Cut off the rest, reshape, reduce. `shape` names the axes of the blocks."""
    b, h, w, c = images.shape
    sizes = {"b": b, "r": h // n, "q": w // n, "n": n, "c": c}
    cut = images[:, :h // n * n, :w // n * n]
    return how(cut.reshape([sizes[letter] for letter in shape]), axis=axes)


@shrink_by_mean.wrong("the given one")
def _(images, n):
    return _blocks(images, n, "brqnnc", (3, 4))


@shrink_by_mean.wrong("the other axes averaged")
def _(images, n):
    return _blocks(images, n, "bnrnqc", (1, 3))


@shrink_by_mean.wrong("only the rows mended")
def _(images, n):
    return _blocks(images, n, "brnnqc", (2, 3))


@shrink_by_mean.wrong("the maximum")
def _(images, n):
    return _blocks(images, n, "brnqnc", (2, 4), np.max)


@shrink_by_mean.wrong("rows and columns swapped")
def _(images, n):
    return _blocks(images, n, "brnqnc", (2, 4)).swapaxes(1, 2)


@shrink_by_mean.wrong("the sum")
def _(images, n):
    return _blocks(images, n, "brnqnc", (2, 4), np.sum)


@shrink_by_mean.wrong("the channels averaged too")
def _(images, n):
    return np.repeat(_blocks(images, n, "brnqnc", (2, 4, 5))[..., None], images.shape[-1], -1)


@shrink_by_mean.wrong("one pixel of each block")
def _(images, n):
    return images[:, :images.shape[1] // n * n:n, :images.shape[2] // n * n:n]


@shrink_by_mean.wrong("cuts the rest off at the beginning")
def _(images, n):
    return _blocks(images[:, images.shape[1] % n:, images.shape[2] % n:], n, "brnqnc", (2, 4))


@shrink_by_mean.wrong("keeps the rest, with zeros")
def _(images, n):
    rest = [(0, -size % n) for size in images.shape[1:3]]
    return _blocks(np.pad(images, [(0, 0), *rest, (0, 0)]), n, "brnqnc", (2, 4))


@shrink_by_mean.wrong("integer overflow")
def _(images, n):
    return _blocks(images, n, "brnqnc", (2, 4), lambda x, axis: x.sum(axis, dtype=x.dtype)) / n**2


down_sampling_network = Task("down_sampling_network", points=2, probe=probes.network)


@down_sampling_network.cases
def _(rng):
    """The three kinds, and one that is none."""
    return [("max",), ("average",), ("stride",), ("median",)]


def _network(kind, pools=None, strict=True, padding="valid", activation="relu", last="softmax", stride=2,
             top=lambda: keras.layers.Flatten(), bias=True):
    """The network of the table with one thing changed."""
    pools = pools or {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    if strict and kind not in (*pools, "stride"):
        raise ValueError(kind)
    layers = []
    for filters in (16, 32):
        step = 1 if kind in pools else stride
        layers.append(keras.layers.Conv2D(filters, 3, step, padding, activation=activation, use_bias=bias))
        layers += [pools[kind](2)] if kind in pools else []
    layers += [keras.layers.Conv2D(64, 3, padding=padding, activation=activation, use_bias=bias), top()]
    return keras.Sequential([keras.Input((30, 30, 3)), *layers, keras.layers.Dense(10, last)])


@down_sampling_network.right("functional, ReLU as a layer")
def _(kind):
    layers = keras.layers
    inputs = x = keras.Input((30, 30, 3))
    for filters in (16, 32):
        if kind == "stride":
            x = layers.ReLU()(layers.Conv2D(filters, (3, 3), (2, 2))(x))
        elif kind == "max":
            x = layers.ReLU()(layers.MaxPool2D()(layers.Conv2D(filters, 3)(x)))  # the order does not matter
        elif kind == "average":
            x = layers.AvgPool2D(2)(layers.ReLU()(layers.Conv2D(filters, 3)(x)))
        else:
            raise ValueError("max, average or stride")
    x = layers.Flatten()(layers.Conv2D(64, 3, activation="relu")(x))
    return keras.Model(inputs, layers.Softmax()(layers.Dense(10)(x)))


@down_sampling_network.right("a list of layers")
def _(kind):
    return _network(kind)


@down_sampling_network.wrong("max pooling for average")
def _(kind):
    return _network(kind, pools={"max": keras.layers.MaxPooling2D, "average": keras.layers.MaxPooling2D})


@down_sampling_network.wrong("max and average swapped")
def _(kind):
    return _network(kind, pools={"average": keras.layers.MaxPooling2D, "max": keras.layers.AveragePooling2D})


@down_sampling_network.wrong("any other kind is stride")
def _(kind):
    return _network(kind, strict=False)


@down_sampling_network.wrong("None for an unknown kind")
def _(kind):
    return _network(kind) if kind in ("max", "average", "stride") else None


@down_sampling_network.wrong("same padding")
def _(kind):
    return _network(kind, padding="same")


@down_sampling_network.wrong("no ReLU")
def _(kind):
    return _network(kind, activation=None)


@down_sampling_network.wrong("sigmoid for softmax")
def _(kind):
    return _network(kind, last="sigmoid")


@down_sampling_network.wrong("stride forgotten")
def _(kind):
    return _network(kind, stride=1)


@down_sampling_network.wrong("global pooling for flatten")
def _(kind):
    return _network(kind, top=keras.layers.GlobalAveragePooling2D)


@down_sampling_network.wrong("ReLU after average pooling")
def _(kind):
    if kind != "average":
        return _network(kind)
    layers = keras.layers
    inputs = x = keras.Input((30, 30, 3))
    for filters in (16, 32):
        x = layers.ReLU()(layers.AveragePooling2D(2)(layers.Conv2D(filters, 3)(x)))
    x = layers.Flatten()(layers.Conv2D(64, 3, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(10, "softmax")(x))


@down_sampling_network.wrong("channels first")
def _(kind):
    return keras.Sequential([keras.Input((3, 30, 30)), keras.layers.Permute((2, 3, 1)), *_network(kind).layers])


@down_sampling_network.wrong("no bias")
def _(kind):
    return _network(kind, bias=False)
