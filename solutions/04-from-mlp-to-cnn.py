"""Hidden checks of exercise 04: from a dense layer to a convolution."""

import keras
import numpy as np
from scipy import linalg, signal

from course.grading import plain, probes
from course.grading.tasks import Task

connection_bills = Task("connection_bills", points=2)


@connection_bills.cases
def _(rng):
    """Oblong images, kernels of one pixel and of the whole image, one case beyond an int32."""
    draw = [tuple(int(v) for v in (rng.integers(8, 40), rng.integers(8, 40), rng.integers(2, 6), rng.integers(2, 8), rng.integers(2, 33)))
            for _ in range(7)]
    return [*draw, (3, 3, 1, 2, 2), (7, 5, 3, 1, 4), (6, 6, 2, 6, 3), (512, 512, 3, 5, 100)]


def _bills(height, width, channels, k, filters, outputs=None, dense=1, local=1, shared=1):
    """The right bills, or ones with another number of outputs or of biases (for each output, or for each kernel)."""
    outputs = (height - k + 1) * (width - k + 1) * filters if outputs is None else outputs
    window, image = k * k * channels, height * width * channels
    return {"dense": outputs * (image + dense), "local": outputs * (window + local), "shared": filters * (window + shared)}


@connection_bills.right("asks Keras")
def _(height, width, channels, k, filters):
    conv = keras.layers.Conv2D(filters, k)
    conv.build((None, height, width, channels))
    units = int(np.prod(conv.compute_output_shape((1, height, width, channels)), dtype=np.int64))
    return {"shared": conv.count_params(), "dense": units * (height * width * channels + 1), "local": units * (k * k * channels + 1)}


@connection_bills.right("weights and biases apart")
def _(height, width, channels, k, filters):
    places = (height - k + 1) * (width - k + 1)
    weights = {"dense": places * filters * height * width * channels, "local": places * filters * k**2 * channels,
               "shared": filters * k**2 * channels}
    biases = {"dense": places * filters, "local": places * filters, "shared": filters}
    return {key: np.float64(weights[key] + biases[key]) for key in weights}


@connection_bills.wrong("no biases")
def _(*args):
    return _bills(*args, dense=0, local=0, shared=0)


@connection_bills.wrong("local layers share the bias")
def _(height, width, channels, k, filters):
    bills = _bills(height, width, channels, k, filters, local=0)
    return bills | {"local": bills["local"] + filters}


@connection_bills.wrong("a dense unit for each filter only")
def _(height, width, channels, k, filters):
    return _bills(height, width, channels, k, filters) | {"dense": filters * (height * width * channels + 1)}


@connection_bills.wrong("outputs of one filter")
def _(height, width, channels, k, filters):
    return _bills(height, width, channels, k, filters, outputs=(height - k + 1) * (width - k + 1))


@connection_bills.wrong("same and valid mixed")
def _(height, width, channels, k, filters):
    return _bills(height, width, channels, k, filters, outputs=height * width * filters)


@connection_bills.wrong("off by one")
def _(height, width, channels, k, filters):
    return _bills(height, width, channels, k, filters, outputs=(height - k) * (width - k) * filters)


@connection_bills.wrong("forgets the channels")
def _(height, width, channels, k, filters):
    return _bills(height, width, 1, k, filters)


@connection_bills.wrong("a bias for each channel")
def _(height, width, channels, k, filters):
    return _bills(height, width, channels, k, filters, shared=channels)


@connection_bills.wrong("integer overflow")
def _(*args):
    return {key: int(np.array(value).astype(np.int32)) for key, value in _bills(*args).items()}


@connection_bills.wrong("square images only")
def _(height, width, channels, k, filters):
    return _bills(height, height, channels, k, filters)


convolution_matrix = Task("convolution_matrix", points=2)


@convolution_matrix.cases
def _(rng):
    """Oblong kernels and images, fractions, kernels of one pixel, one row, one column and the whole image."""
    sizes = [(2, 2, 4, 5), (3, 2, 5, 4), (2, 3, 3, 6), (1, 3, 4, 4), (3, 1, 5, 3), (1, 1, 3, 2), (3, 4, 3, 4), (3, 3, 6, 6)]
    return [(rng.integers(1, 9, (h, w)) * rng.choice([-1, 1], (h, w)) / (1 + n % 2), H, W) for n, (h, w, H, W) in enumerate(sizes)]


def _by_impulses(kernel, height, width, operation=signal.correlate2d, mode="valid"):
    """A matrix from what an operation makes of each single white pixel."""
    images = np.eye(height * width).reshape(-1, height, width)
    return np.array([operation(image, kernel, mode=mode).ravel() for image in images]).T


@convolution_matrix.right("one white pixel after the other")
def _(kernel, height, width):
    return _by_impulses(kernel, height, width)


@convolution_matrix.right("four loops")
def _(kernel, height, width):
    (h, w), rows, columns = kernel.shape, height - kernel.shape[0] + 1, width - kernel.shape[1] + 1
    matrix = [[0.0] * (height * width) for _ in range(rows * columns)]
    for row, column, i, j in np.ndindex(rows, columns, h, w):
        matrix[row * columns + column][(row + i) * width + column + j] = float(kernel[i, j])
    return matrix


@convolution_matrix.wrong("kernel flipped")
def _(kernel, height, width):
    return _by_impulses(kernel, height, width, signal.convolve2d)


@convolution_matrix.wrong("matrix transposed")
def _(kernel, height, width):
    return _by_impulses(kernel, height, width).T


@convolution_matrix.wrong("windows go on over the end of a line")
def _(kernel, height, width):
    first = np.zeros((height, width))
    first[:kernel.shape[0], :kernel.shape[1]] = kernel
    return np.array([np.roll(first.ravel(), n) for n in range((height - kernel.shape[0] + 1) * (width - kernel.shape[1] + 1))])


@convolution_matrix.wrong("all cyclic shifts")
def _(kernel, height, width):
    first = np.zeros((height, width))
    first[:kernel.shape[0], :kernel.shape[1]] = kernel
    return linalg.circulant(first.ravel()).T


@convolution_matrix.wrong("same padding")
def _(kernel, height, width):
    return _by_impulses(kernel, height, width, mode="same")


@convolution_matrix.wrong("image read column by column")
def _(kernel, height, width):
    matrix = _by_impulses(kernel, height, width)
    return matrix.reshape(-1, height, width).swapaxes(1, 2).reshape(matrix.shape)


@convolution_matrix.wrong("map read column by column")
def _(kernel, height, width):
    rows, columns = height - kernel.shape[0] + 1, width - kernel.shape[1] + 1
    return _by_impulses(kernel, height, width).reshape(rows, columns, -1).swapaxes(0, 1).reshape(rows * columns, -1)


@convolution_matrix.wrong("kernel transposed")
def _(kernel, height, width):
    matrix = _by_impulses(kernel, height, width)
    for row in matrix:
        row[row != 0] = kernel.T.ravel()
    return matrix


@convolution_matrix.wrong("connections, not weights")
def _(kernel, height, width):
    return _by_impulses(kernel, height, width) != 0


@convolution_matrix.wrong("whole numbers only")
def _(kernel, height, width):
    return _by_impulses(kernel, height, width).astype(int)


@convolution_matrix.wrong("weights side by side")
def _(kernel, height, width):
    rows, columns = height - kernel.shape[0] + 1, width - kernel.shape[1] + 1
    matrix = np.zeros((rows * columns, height * width))
    for n in range(rows * columns):
        start = min(n, height * width - kernel.size)
        matrix[n, start:start + kernel.size] = kernel.ravel()
    return matrix


load_pictures = Task("load_pictures", points=2)


@load_pictures.cases
def _(rng):
    """Oblong and square pictures, many and one, a single pixel."""
    return [(rng.integers(0, 256, (n, 3 * height * width)).astype("uint8"), height, width)
            for n, height, width in [(2, 4, 6), (1, 5, 5), (3, 3, 2), (4, 1, 1), (1, 32, 32), (3, 3, 3)]]


@load_pictures.right("one plane after the other")
def _(rows, height, width):
    size = height * width
    return np.stack([rows[:, c * size:(c + 1) * size].reshape(-1, height, width) for c in range(3)], axis=-1).astype("float32") / 255


@load_pictures.right("moves the axis")
def _(rows, height, width):
    return np.moveaxis(np.reshape(rows, (len(rows), 3, height, width)) / 255.0, 1, 3).tolist()


@load_pictures.right("transposes before it reshapes")
def _(rows, height, width):
    return rows.reshape(len(rows), 3, -1).swapaxes(1, 2).reshape(-1, height, width, 3) / np.float32(255)


@load_pictures.wrong("the bug left in")
def _(rows, height, width):
    return rows.reshape(-1, height, width, 3) / 255


@load_pictures.wrong("lines and columns exchanged")
def _(rows, height, width):
    return rows.reshape(-1, 3, width, height).transpose(0, 3, 2, 1) / 255


@load_pictures.wrong("pictures on their side")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).T.transpose(3, 0, 1, 2) / 255


@load_pictures.wrong("shape reversed by a plain transpose")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).T.reshape(-1, height, width, 3) / 255


@load_pictures.wrong("blue, green, red")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).transpose(0, 2, 3, 1)[..., ::-1] / 255


@load_pictures.wrong("channels first")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width) / 255


@load_pictures.wrong("not divided by 255")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).transpose(0, 2, 3, 1)


@load_pictures.wrong("a whole division")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).transpose(0, 2, 3, 1) // 255


@load_pictures.wrong("divided by 256")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).transpose(0, 2, 3, 1) / 256


@load_pictures.wrong("one picture only")
def _(rows, height, width):
    return rows[:1].reshape(-1, 3, height, width).transpose(0, 2, 3, 1) / 255


@load_pictures.wrong("another reshape")
def _(rows, height, width):
    return rows.reshape(-1, 3, height, width).reshape(-1, height, width, 3) / 255


conv_relu_layer = Task("conv_relu_layer", points=2)


@conv_relu_layer.cases
def _(rng):
    """Oblong and even kernels, one channel and many; quarters, which are exact in float32."""
    sizes = [(2, 6, 8, 3, 3, 2, 4), (1, 5, 7, 1, 2, 4, 3), (3, 4, 4, 2, 1, 1, 5), (2, 3, 5, 4, 3, 5, 2), (1, 7, 4, 3, 4, 1, 1),
             (2, 5, 5, 3, 3, 3, 3)]
    draw = [tuple(rng.integers(-8, 9, shape) / 4 for shape in ((n, H, W, C), (h, w, C, filters), (filters,)))
            for n, H, W, C, h, w, filters in sizes]
    return [*draw, tuple(a.astype("float32") for a in draw[0]), (rng.integers(-5, 6, (1, 4, 5, 2)), rng.integers(-3, 4, (2, 2, 2, 3)),
                                                                  np.array([-0.5, 0.5, 2.5]))]


def _sums(images, kernels):
    windows = np.lib.stride_tricks.sliding_window_view(images, kernels.shape[:2], axis=(1, 2))  # (N, H', W', C, h, w)
    return np.einsum("nrcdij,ijdf->nrcf", windows, kernels)


@conv_relu_layer.right("Keras")
def _(images, kernels, bias):
    total = keras.ops.conv(images.astype("float32"), kernels.astype("float32")) + bias.astype("float32")
    return keras.ops.relu(total)


@conv_relu_layer.right("loops over pictures, places and kernels")
def _(images, kernels, bias):
    (h, w, _, filters), (n, H, W, _) = kernels.shape, images.shape
    result = np.zeros((n, H - h + 1, W - w + 1, filters))
    for picture, row, column, f in np.ndindex(*result.shape):
        total = np.sum(images[picture, row:row + h, column:column + w] * kernels[..., f]) + bias[f]
        result[picture, row, column, f] = max(0, total)
    return result


@conv_relu_layer.right("SciPy, channel by channel")
def _(images, kernels, bias):
    maps = [[sum(signal.correlate2d(x[..., c], kernels[..., c, f], "valid") for c in range(x.shape[2])) + bias[f]
             for f in range(kernels.shape[3])] for x in images]
    return np.moveaxis(np.array(maps), 1, -1).clip(min=0)


@conv_relu_layer.right("a matrix product: windows as rows, kernels as columns")
def _(images, kernels, bias):
    h, w, channels, filters = kernels.shape
    windows = np.lib.stride_tricks.sliding_window_view(images, (h, w, channels), axis=(1, 2, 3))[:, :, :, 0]
    total = windows.reshape(*windows.shape[:3], -1) @ kernels.reshape(-1, filters) + bias
    return np.where(total > 0, total, 0)


@conv_relu_layer.right("a Fourier transform")
def _(images, kernels, bias):
    maps = [[signal.fftconvolve(x.astype(float), kernels[::-1, ::-1, ::-1, f].astype(float), mode="valid")[..., 0] + bias[f]
             for f in range(kernels.shape[3])] for x in images]
    return np.maximum(np.moveaxis(np.array(maps), 1, -1), 0)


@conv_relu_layer.wrong("kernels flipped")
def _(images, kernels, bias):
    return np.maximum(_sums(images, kernels[::-1, ::-1]) + bias, 0)


@conv_relu_layer.wrong("forgets the bias")
def _(images, kernels, bias):
    return np.maximum(_sums(images, kernels), 0)


@conv_relu_layer.wrong("forgets ReLU")
def _(images, kernels, bias):
    return _sums(images, kernels) + bias


@conv_relu_layer.wrong("ReLU before the bias")
def _(images, kernels, bias):
    return np.maximum(_sums(images, kernels), 0) + bias


@conv_relu_layer.wrong("adds the bias once for each channel")
def _(images, kernels, bias):
    return np.maximum(_sums(images, kernels) + kernels.shape[2] * bias, 0)


@conv_relu_layer.wrong("first channel only")
def _(images, kernels, bias):
    return np.maximum(_sums(images[..., :1], kernels[:, :, :1]) + bias, 0)


@conv_relu_layer.wrong("mean over the channels")
def _(images, kernels, bias):
    return np.maximum(_sums(images, kernels) / images.shape[3] + bias, 0)


@conv_relu_layer.wrong("ReLU on each channel's sum")
def _(images, kernels, bias):
    return sum(np.maximum(_sums(images[..., [c]], kernels[:, :, [c]]), 0) for c in range(images.shape[3])) + bias


@conv_relu_layer.wrong("same padding")
def _(images, kernels, bias):
    h, w = kernels.shape[:2]
    padded = np.pad(images, ((0, 0), ((h - 1) // 2, h // 2), ((w - 1) // 2, w // 2), (0, 0)))
    return np.maximum(_sums(padded, kernels) + bias, 0)


@conv_relu_layer.wrong("channels first")
def _(images, kernels, bias):
    return np.moveaxis(np.maximum(_sums(images, kernels) + bias, 0), 3, 1)


@conv_relu_layer.wrong("absolute value for ReLU")
def _(images, kernels, bias):
    return np.abs(_sums(images, kernels) + bias)


@conv_relu_layer.wrong("forgets the last row and column")
def _(images, kernels, bias):
    return np.maximum(_sums(images, kernels) + bias, 0)[:, :-1, :-1]


shift_test = Task("shift_test", points=2)


@shift_test.cases
def _(rng):
    """Kinds of models, images with an object far from the border or all over the place, and shifts of both signs."""
    def picture(margin, n=2):
        image = np.zeros((n, 16, 16, 2), "float32")
        image[:, margin:16 - margin, margin:16 - margin] = rng.uniform(0.2, 1, (n, 16 - 2 * margin, 16 - 2 * margin, 2))
        return image

    middle, full = picture(6), picture(0)
    shifts = [("conv", middle, 3, -2), ("conv", full, 3, -2), ("conv", middle, 0, 0), ("pool", middle, -3, 1), ("dense", middle, 2, 1),
              ("stride", middle, 2, -2), ("stride", middle, 1, 0), ("stride", middle, 2, 1), ("columns", middle, 3, 0),
              ("columns", middle, 0, 3), ("pixel", full, 5, -7), ("pixel", picture(0, 1), 16, 0), ("deep", middle, 2, 2)]
    return [(kind, image, int(rows), int(columns)) for kind, image, rows, columns in shifts]


@shift_test.probe
def _(function, cases, seed):
    """Build the model that a case names, with weights drawn from the seed, and hand it to the function."""
    import keras

    layers = keras.layers
    stacks = {
        "conv": lambda: [layers.Conv2D(3, 3, padding="same", activation="relu")],
        "pool": lambda: [layers.MaxPooling2D(3, strides=1, padding="same")],
        "dense": lambda: [layers.Flatten(), layers.Dense(256), layers.Reshape((16, 16, 1))],
        "stride": lambda: [layers.Conv2D(2, 3, strides=2, padding="same"), layers.UpSampling2D(2)],
        "columns": lambda: [layers.Permute((1, 3, 2)), layers.Dense(16), layers.Permute((1, 3, 2))],  # mixes each row's pixels
        "pixel": lambda: [layers.Conv2D(4, 1)],
        "deep": lambda: [layers.Conv2D(3, 3, padding="same", activation="relu"), layers.Conv2D(2, 3, padding="same")],
    }

    def build(kind):
        model = keras.Sequential([keras.Input((16, 16, 2)), *stacks[kind]()])
        rng = np.random.default_rng(seed)
        for variable in model.weights:
            variable.assign(rng.normal(0.2, 0.5, tuple(variable.shape)).astype("float32"))
        return model

    return call(lambda kind, *rest: function(build(kind), *rest), cases, seed)  # noqa: F821


@shift_test.judge
def _(answer, reference, cases):
    """As for other functions, but errors of rounding (float32, other ways to call a model) do not count."""
    for mine, theirs in zip(answer, reference, strict=True):
        if "error" in mine:
            return f"it raises {mine['error']}: {mine['text']}"
        if mine.get("changed"):
            return "its input is modified in place"
        phrase = plain.difference(mine["value"], theirs["value"], rtol=1e-3, atol=1e-4)
        if phrase:
            return f"it returns {phrase}"
    return None


def _report(moved_first, moved_after):
    error = np.abs(moved_first - moved_after).max()
    return {"error": error, "verdict": "equivariant" if error < 1e-4 else "not equivariant"}


def _run(model, images):
    return np.asarray(model(images), "float64")


@shift_test.right("predict, one axis after the other")
def _(model, images, rows, columns):
    moved = np.roll(np.roll(images, rows, axis=1), columns, axis=2)
    maps = np.roll(np.roll(model.predict(images, verbose=0), rows, axis=1), columns, axis=2)
    return _report(model.predict(moved, verbose=0), maps)


@shift_test.right("moves the map back")
def _(model, images, rows, columns):
    moved = _run(model, np.roll(images, (rows, columns), (1, 2)))
    return _report(np.roll(moved, (-rows, -columns), (-3, -2)), _run(model, images))


@shift_test.right("indices modulo the size")
def _(model, images, rows, columns):
    def move(x):
        return x[:, (np.arange(x.shape[1]) - rows) % x.shape[1]][:, :, (np.arange(x.shape[2]) - columns) % x.shape[2]]

    return _report(_run(model, move(images)), move(_run(model, images)))


@shift_test.wrong("invariant in place of equivariant")
def _(model, images, rows, columns):
    return _report(_run(model, np.roll(images, (rows, columns), (1, 2))), _run(model, images))


@shift_test.wrong("rows and columns exchanged in the map")
def _(model, images, rows, columns):
    return _report(_run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (2, 1)))


@shift_test.wrong("moves the pictures of the batch")
def _(model, images, rows, columns):
    return _report(_run(model, np.roll(images, (rows, columns), (0, 1))), np.roll(_run(model, images), (rows, columns), (0, 1)))


@shift_test.wrong("moves width and channels")
def _(model, images, rows, columns):
    return _report(_run(model, np.roll(images, (rows, columns), (2, 3))), np.roll(_run(model, images), (rows, columns), (2, 3)))


@shift_test.wrong("the map moved the other way")
def _(model, images, rows, columns):
    return _report(_run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (-rows, -columns), (1, 2)))


@shift_test.wrong("the mean difference")
def _(model, images, rows, columns):
    moved, maps = _run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (1, 2))
    return _report(moved, maps) | {"error": np.abs(moved - maps).mean()}


@shift_test.wrong("the largest difference with its sign")
def _(model, images, rows, columns):
    moved, maps = _run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (1, 2))
    return _report(moved, maps) | {"error": (moved - maps).max()}


@shift_test.wrong("the first picture only")
def _(model, images, rows, columns):
    moved, maps = _run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (1, 2))
    return _report(moved[0], maps[0])


@shift_test.wrong("verdicts exchanged")
def _(model, images, rows, columns):
    report = _report(_run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (1, 2)))
    return report | {"verdict": "not equivariant" if report["verdict"] == "equivariant" else "equivariant"}


@shift_test.wrong("exactly equal or nothing")
def _(model, images, rows, columns):
    report = _report(_run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (1, 2)))
    return report | {"verdict": "equivariant" if report["error"] < 0 else "not equivariant"}


@shift_test.wrong("images moved in place")
def _(model, images, rows, columns):
    maps = np.roll(_run(model, images), (rows, columns), (1, 2))
    images[:] = np.roll(images, (rows, columns), (1, 2))
    return _report(_run(model, images), maps)


@shift_test.wrong("fills with zeros")
def _(model, images, rows, columns):
    def move(x):
        moved = np.roll(x, (rows, columns), (1, 2))
        moved[:, :max(rows, 0)] = 0
        moved[:, :, 16 + min(columns, 0):] = 0
        return moved

    return _report(_run(model, move(images)), move(_run(model, images)))


@shift_test.wrong("all convolutions are equivariant")
def _(model, images, rows, columns):
    conv = any(isinstance(layer, keras.layers.Conv2D) for layer in model.layers)
    report = _report(_run(model, np.roll(images, (rows, columns), (1, 2))), np.roll(_run(model, images), (rows, columns), (1, 2)))
    return report | {"verdict": "equivariant" if conv else report["verdict"]}


conv_stack = Task("conv_stack", points=2, probe=probes.network)


@conv_stack.cases
def _(rng):
    """Odd and even kernels, one layer and many, down to a map of one pixel."""
    first, second, third = (int(n) for n in rng.permutation(np.arange(3, 9))[:3])
    return [(12, 1, [first, second], 3), (14, 3, [second], 4), (9, 2, [first, second, third, 4], 3),
            (28, 1, [8, 12, 16, 20], 5), (10, 4, [7], 2)]


@conv_stack.right("functional")
def _(size, channels, filters, k):
    x = inputs = keras.Input((size, size, channels))
    for f in filters:
        x = keras.layers.Conv2D(f, (k, k), padding="valid", activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(10, "softmax")(keras.layers.Flatten()(x)))


@conv_stack.right("activations as layers")
def _(size, channels, filters, k):
    pairs = [layer for f in filters for layer in (keras.layers.Conv2D(f, k), keras.layers.ReLU())]
    end = [keras.layers.Reshape((-1,)), keras.layers.Dense(10), keras.layers.Softmax()]
    return keras.Sequential([keras.Input((size, size, channels)), *pairs, *end])


def _stack(size, channels, filters, k, last=None, end=None, **options):
    """The right network, or one with other options."""
    options = {"activation": "relu"} | options
    convolutions = [keras.layers.Conv2D(f, k, **options) for f in filters]
    if last:
        convolutions[-1] = keras.layers.Conv2D(filters[-1], k, **last)
    end = end or [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((size, size, channels)), *convolutions, *end])


@conv_stack.wrong("same padding")
def _(*args):
    return _stack(*args, padding="same")


@conv_stack.wrong("no ReLU")
def _(*args):
    return _stack(*args, activation=None)


@conv_stack.wrong("no ReLU in the last convolution")
def _(*args):
    return _stack(*args, last={"activation": None})


@conv_stack.wrong("no biases")
def _(*args):
    return _stack(*args, use_bias=False)


@conv_stack.wrong("no softmax")
def _(*args):
    return _stack(*args, end=[keras.layers.Flatten(), keras.layers.Dense(10)])


@conv_stack.wrong("sigmoid for softmax")
def _(*args):
    return _stack(*args, end=[keras.layers.Flatten(), keras.layers.Dense(10, activation="sigmoid")])


@conv_stack.wrong("average in place of flatten")
def _(*args):
    return _stack(*args, end=[keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10, activation="softmax")])


@conv_stack.wrong("flattening forgotten")
def _(*args):
    return _stack(*args, end=[keras.layers.Dense(10, activation="softmax")])


@conv_stack.wrong("always 3x3")
def _(size, channels, filters, k):
    return _stack(size, channels, filters, 3)


@conv_stack.wrong("filters in reverse")
def _(size, channels, filters, k):
    return _stack(size, channels, filters[::-1], k)


@conv_stack.wrong("one channel whatever is asked")
def _(size, channels, filters, k):
    return _stack(size, 1, filters, k)


@conv_stack.wrong("the first layer only")
def _(size, channels, filters, k):
    return _stack(size, channels, filters[:1], k)


@conv_stack.wrong("a hidden layer too many")
def _(*args):
    dense = keras.layers.Dense
    return _stack(*args, end=[keras.layers.Flatten(), dense(32, activation="relu"), dense(10, activation="softmax")])
