"""Hidden checks of exercise 12: AlexNet."""

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

alexnet_shapes = Task("alexnet_shapes", points=2)

LAYERS = [(11, 4, 0, 96), (3, 2, 0, 96), (5, 1, 2, 256), (3, 2, 0, 256),  # kernel, stride, padding, channels
          (3, 1, 1, 384), (3, 1, 1, 384), (3, 1, 1, 256), (3, 2, 0, 256)]


@alexnet_shapes.cases
def _(rng):
    """The sizes of the dispute, the smallest image, and images that are not square, with and without zeros."""
    fixed = [(227, 227), (224, 224), (224, 224, (1, 2)), (224, 224, (2, 2)), (67, 67), (256, 131), (240, 180)]
    return fixed + [(int(rng.integers(67, 300)), int(rng.integers(67, 300)), tuple(int(v) for v in rng.integers(0, 6, 2)))
                    for _ in range(8)]


@alexnet_shapes.right("asks Keras")
def _(height, width, zeros=(0, 0)):
    layers = keras.layers
    shape, shapes = layers.ZeroPadding2D((zeros, zeros)).compute_output_shape((1, height, width, 3)), []
    for kernel, stride, padding, channels in LAYERS:
        layer = layers.Conv2D(channels, kernel, stride, padding="same" if padding else "valid")
        if stride == 2:
            layer = layers.MaxPooling2D(kernel, stride)
        shape = layer.compute_output_shape(shape)
        shapes.append(list(shape[1:]))
    return shapes


@alexnet_shapes.right("an array, places counted")
def _(height, width, zeros=(0, 0)):
    def side(n):
        first = len(range(0, n + zeros[0] + zeros[1] - 10, 4))
        pools = [first]
        for _ in range(3):
            pools.append(len(range(0, pools[-1] - 2, 2)))
        return np.array([pools[i] for i in (0, 1, 1, 2, 2, 2, 2, 3)])

    return np.stack([side(height), side(width), [layer[3] for layer in LAYERS]], axis=1)


def _shapes(height, width, zeros, layers=LAYERS, up=(), first=None):
    """Shapes with some layers rounded up or a total of zeros of one's own."""
    extra = sum(zeros) if first is None else first
    sides, shapes = (height + extra, width + extra), []
    for number, (kernel, stride, padding, channels) in enumerate(layers):
        rest = stride - 1 if number in up else 0
        sides = [(n + 2 * padding - kernel + rest) // stride + 1 for n in sides]
        shapes.append((*sides, channels))
    return shapes


@alexnet_shapes.wrong("pooling rounds up, as in Caffe")
def _(height, width, zeros=(0, 0)):
    return _shapes(height, width, zeros, up=(1, 3, 7))


@alexnet_shapes.wrong("the first convolution rounds up")
def _(height, width, zeros=(0, 0)):
    return _shapes(height, width, zeros, up=(0,))


@alexnet_shapes.wrong("zeros[0] on both sides")
def _(height, width, zeros=(0, 0)):
    return _shapes(height, width, zeros, first=2 * zeros[0])


@alexnet_shapes.wrong("zeros forgotten")
def _(height, width, zeros=(0, 0)):
    return _shapes(height, width, zeros, first=0)


@alexnet_shapes.wrong("pooling of 2x2")
def _(height, width, zeros=(0, 0)):
    return _shapes(height, width, zeros, [(2, 2, 0, layer[3]) if layer[1] == 2 else layer for layer in LAYERS])


@alexnet_shapes.wrong("later convolutions not padded")
def _(height, width, zeros=(0, 0)):
    return [tuple(max(1, v) for v in shape)
            for shape in _shapes(height, width, zeros, [(k, s, 0, filters) for k, s, _, filters in LAYERS])]


@alexnet_shapes.wrong("384 maps at the end, as on the slide")
def _(height, width, zeros=(0, 0)):
    return _shapes(height, width, zeros, [*LAYERS[:-1], (3, 2, 0, 384)])


@alexnet_shapes.wrong("height and width swapped")
def _(height, width, zeros=(0, 0)):
    return _shapes(width, height, zeros)


@alexnet_shapes.wrong("the slide hard-coded")
def _(height, width, zeros=(0, 0)):
    return [(n, n, layer[3]) for n, layer in zip((55, 27, 27, 13, 13, 13, 13, 6), LAYERS)]


alexnet_parameters = Task("alexnet_parameters", points=2)


@alexnet_parameters.cases
def _(rng):
    """AlexNet with and without groups, empty lists, a dense layer larger than an int32 holds, drawn stacks."""
    published = [(11, 96, 1), (5, 256, 2), (3, 384, 1), (3, 384, 2), (3, 256, 2)]
    cases = [(published, 6, [4096, 4096, 1000]), ([(k, f, 1) for k, f, _ in published], 5, [4096, 10]),
             ([], 8, [10], 4), ([(3, 6, 3)], 4, []), ([(1, 512, 1)], 100, [4096])]
    for _ in range(5):
        groups, layers = int(rng.integers(2, 5)), []
        for _ in range(rng.integers(1, 5)):
            layers.append((int(rng.integers(1, 8)), groups * int(rng.integers(1, 20)), int(rng.choice([1, groups]))))
        cases.append((layers, int(rng.integers(2, 12)), rng.integers(2, 300, rng.integers(1, 4)).tolist(), 2 * groups))
    return cases


@alexnet_parameters.right("asks Keras")
def _(convolutions, side, units, channels=3):
    counts, shape = [], (None, 16, 16, channels)
    for kernel, filters, groups in convolutions:
        layer = keras.layers.Conv2D(filters, kernel, groups=groups, padding="same")
        layer.build(shape)
        counts.append(layer.count_params())
        shape = layer.compute_output_shape(shape)
    inputs = side**2 * shape[-1]
    for n in units:
        counts.append((inputs + 1) * n)
        inputs = n
    return counts


@alexnet_parameters.right("group by group, as an array")
def _(convolutions, side, units, channels=3):
    widths = [channels, *(filters for _, filters, _ in convolutions)]
    convolved = [sum(k * k * (c // g) * (f // g) for _ in range(g)) + f for c, (k, f, g) in zip(widths, convolutions)]
    sizes = [side * side * widths[-1], *units]
    return np.array(convolved + [a * b + b for a, b in zip(sizes, sizes[1:])])


def _parameters(convolutions, side, units, channels=3, reads=lambda c, g: c // g, writes=lambda f, g: f, bias=lambda f, g: f,
                places=lambda n: n * n):
    counts = []
    for kernel, filters, groups in convolutions:
        counts.append(kernel**2 * reads(channels, groups) * writes(filters, groups) + bias(filters, groups))
        channels = filters
    inputs = places(side) * channels
    for n in units:
        counts.append(inputs * n + n)
        inputs = n
    return counts


@alexnet_parameters.wrong("groups ignored")
def _(*case):
    return _parameters(*case, reads=lambda c, g: c)


@alexnet_parameters.wrong("channels and filters both divided")
def _(*case):
    return _parameters(*case, writes=lambda f, g: f // g)


@alexnet_parameters.wrong("the bias divided too")
def _(*case):
    return _parameters(*case, bias=lambda f, g: f // g)


@alexnet_parameters.wrong("no biases in convolutions")
def _(*case):
    return _parameters(*case, bias=lambda f, g: 0)


@alexnet_parameters.wrong("a bias for each group")
def _(*case):
    return _parameters(*case, bias=lambda f, g: f * g)


@alexnet_parameters.wrong("flattens one side only")
def _(*case):
    return _parameters(*case, places=lambda n: n)


@alexnet_parameters.wrong("always three channels")
def _(convolutions, side, units, channels=3):
    return _parameters(convolutions, side, units, 3)


@alexnet_parameters.wrong("the total only")
def _(*case):
    return [sum(_parameters(*case))]


@alexnet_parameters.wrong("integer overflow")
def _(*case):
    return np.array(_parameters(*case)).astype(np.int32)


@alexnet_parameters.wrong("AlexNet hard-coded")
def _(*case):
    return [34944, 307456, 885120, 663936, 442624, 37752832, 16781312, 4097000]


grouped_convolution = Task("grouped_convolution", points=2, atol=1e-4)  # sums of up to 64 products in float32 may be near 0


@grouped_convolution.cases
def _(rng):
    """One group, two, one for each channel; square kernels and others, even and odd, just fitting; whole numbers."""
    cases = []
    for h, w, k_h, k_w, depth, share, groups in [
            (6, 5, 3, 3, 2, 2, 2), (5, 7, 2, 3, 3, 2, 1), (4, 6, 1, 2, 1, 1, 4), (5, 5, 5, 5, 2, 3, 3),
            (7, 4, 3, 1, 1, 3, 2), (8, 8, 4, 4, 4, 4, 2), (1, 1, 1, 1, 2, 2, 2)]:
        cases.append((rng.normal(size=(h, w, depth * groups)), rng.normal(size=(k_h, k_w, depth, share * groups)), groups))
    image, kernels = rng.integers(0, 256, (6, 6, 4)), rng.integers(-3, 4, (3, 2, 2, 6))
    return cases + [(image, kernels, 2), (image, kernels / 4, 2), tuple(a.astype("float32") for a in cases[0][:2]) + (2,)]


@grouped_convolution.right("Keras, group by group")
def _(image, kernels, groups):
    images = np.split(image.astype("float32"), groups, axis=-1)
    weights = np.split(kernels.astype("float32"), groups, axis=-1)
    maps = [keras.ops.conv(x[None], w, padding="valid")[0] for x, w in zip(images, weights)]
    return keras.ops.concatenate(maps, axis=-1)


@grouped_convolution.right("loops over places and filters")
def _(image, kernels, groups):
    k_h, k_w, depth, filters = kernels.shape
    out = np.zeros((image.shape[0] - k_h + 1, image.shape[1] - k_w + 1, filters))
    for f in range(filters):
        start = f // (filters // groups) * depth
        for y, x in np.ndindex(out.shape[:2]):
            out[y, x, f] = np.sum(image[y:y + k_h, x:x + k_w, start:start + depth] * kernels[..., f])
    return out


@grouped_convolution.right("one large kernel with zeros")
def _(image, kernels, groups):
    k_h, k_w, depth, filters = kernels.shape
    full = np.zeros((k_h, k_w, depth * groups, filters))
    for g in range(groups):
        f = slice(g * filters // groups, (g + 1) * filters // groups)
        full[:, :, g * depth:(g + 1) * depth, f] = kernels[..., f]
    return _grouped(image, full, 1)


@grouped_convolution.right("a Fourier transform")
def _(image, kernels, groups):
    from scipy.signal import fftconvolve

    images, weights = np.split(image.astype(float), groups, axis=-1), np.split(kernels[::-1, ::-1, ::-1].astype(float), groups, axis=-1)
    return np.concatenate([np.stack([fftconvolve(x, w[..., f], mode="valid")[..., 0] for f in range(w.shape[-1])], -1)
                           for x, w in zip(images, weights)], -1)


def _grouped(image, kernels, groups, channels=None):
    """Grouped convolution; `channels(filter)` says which channels a filter reads."""
    k_h, k_w, depth, filters = kernels.shape
    channels = channels or (lambda f: f * groups // filters * depth + np.arange(depth))
    windows = np.lib.stride_tricks.sliding_window_view(image, (k_h, k_w), axis=(0, 1))
    maps = [np.einsum("xycij,ijc->xy", windows[:, :, channels(f)], kernels[..., f]) for f in range(filters)]
    return np.stack(maps, axis=-1)


@grouped_convolution.wrong("kernels flipped")
def _(image, kernels, groups):
    return _grouped(image, kernels[::-1, ::-1], groups)


@grouped_convolution.wrong("channels dealt out in turn")
def _(image, kernels, groups):
    filters = kernels.shape[-1]
    return _grouped(image, kernels, groups, lambda f: np.arange(f * groups // filters, image.shape[-1], groups))


@grouped_convolution.wrong("filters dealt out in turn")
def _(image, kernels, groups):
    depth = kernels.shape[2]
    return _grouped(image, kernels, groups, lambda f: f % groups * depth + np.arange(depth))


@grouped_convolution.wrong("all filters read the first group")
def _(image, kernels, groups):
    return _grouped(image, kernels, groups, lambda f: np.arange(kernels.shape[2]))


@grouped_convolution.wrong("groups added up")
def _(image, kernels, groups):
    return sum(np.split(_grouped(image, kernels, groups), groups, axis=-1))


@grouped_convolution.wrong("same padding")
def _(image, kernels, groups):
    rows, columns = kernels.shape[0] - 1, kernels.shape[1] - 1
    padded = np.pad(image, ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0)))
    return _grouped(padded, kernels, groups)


@grouped_convolution.wrong("channels first")
def _(image, kernels, groups):
    return np.moveaxis(_grouped(image, kernels, groups), -1, 0)


@grouped_convolution.wrong("image transposed")
def _(image, kernels, groups):
    return _grouped(image.transpose(1, 0, 2), kernels.transpose(1, 0, 2, 3), groups)


@grouped_convolution.wrong("the last row and column forgotten")
def _(image, kernels, groups):
    return _grouped(image, kernels, groups)[:-1, :-1]


@grouped_convolution.wrong("keeps the type of the image")
def _(image, kernels, groups):
    return _grouped(image, kernels, groups).astype(image.dtype)


response_normalisation = Task("response_normalisation", points=2)


@response_normalisation.cases
def _(rng):
    """Maps as large as early layers of AlexNet see them: fewer than a window, more, one; other constants; whole numbers."""
    shapes = [(2, 3, 4, 12), (1, 5, 5, 5), (1, 2, 3, 3), (2, 2, 2, 1), (1, 1, 1, 30)]
    cases = [(rng.normal(0, 120, shape),) for shape in shapes]
    cases += [(rng.normal(0, 5, (1, 4, 3, 9)), 1, 3, 0.05, 0.5), (rng.normal(0, 5, (2, 3, 3, 8)), 1.5, 7, 0.02, 1.0),
              (rng.normal(0, 5, (1, 3, 4, 6)), 2, 1, 0.1, 0.75)]
    return cases + [(rng.integers(0, 300, (1, 4, 4, 8)),)]


@response_normalisation.right("padded with zeros, cumulative sums")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    squares = np.pad(np.square(a, dtype="float64"), [(0, 0)] * 3 + [(n // 2 + 1, n // 2)])
    sums = np.cumsum(squares, axis=-1)
    return a / (k + alpha * (sums[..., n:] - sums[..., :-n])) ** beta


@response_normalisation.right("TensorFlow, half the window")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    import tensorflow as tf

    return tf.nn.local_response_normalization(a.astype("float32"), n // 2, k, alpha, beta)


def _normalised(a, k=2, n=5, alpha=1e-4, beta=0.75, before=None, after=None, axis=-1, wrap=False):
    """Windows from `before` maps before to `after` maps after each map, along any axis, cut or wrapped around."""
    before, after = n // 2 if before is None else before, n // 2 if after is None else after
    maps = np.moveaxis(a, axis, -1)
    indices = np.arange(maps.shape[-1])
    near = (indices >= indices[:, None] - before) & (indices <= indices[:, None] + after)  # (map, its neighbours)
    if wrap:
        near = (indices - indices[:, None] + before) % len(indices) <= before + after
    sums = np.einsum("...j,ij->...i", maps.astype("float64") ** 2, near)
    return np.moveaxis(maps / (k + alpha * sums) ** beta, -1, axis)


@response_normalisation.wrong("n maps on each side")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    return _normalised(a, k, n, alpha, beta, n, n)


@response_normalisation.wrong("alpha divided by n, as in Caffe")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    return _normalised(a, k, n, alpha / n, beta)


@response_normalisation.wrong("along the rows of the image")
def _(*case):
    return _normalised(*case, axis=1)


@response_normalisation.wrong("along the batch")
def _(*case):
    return _normalised(*case, axis=0)


@response_normalisation.wrong("the window goes round")
def _(*case):
    return _normalised(*case, wrap=True)


@response_normalisation.wrong("the last map of the window left out")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    return _normalised(a, k, n, alpha, beta, n // 2, n // 2 - 1)


@response_normalisation.wrong("the window ends at the map")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    return _normalised(a, k, n, alpha, beta, n - 1, 0)


@response_normalisation.wrong("all maps in the sum")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    return _normalised(a, k, n, alpha, beta, a.shape[-1], a.shape[-1])


@response_normalisation.wrong("no power")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    return _normalised(a, k, n, alpha, 1)


@response_normalisation.wrong("constants of the paper for all")
def _(a, *constants):
    return _normalised(a)


@response_normalisation.wrong("cuts to whole numbers")
def _(a, *constants):
    return _normalised(a, *constants).astype(a.dtype)


@response_normalisation.wrong("neighbours that are normalised already")
def _(a, k=2, n=5, alpha=1e-4, beta=0.75):
    b = a.astype("float64")
    for i in range(a.shape[-1]):
        window = b[..., max(0, i - n // 2):i + n // 2 + 1]
        b[..., i] /= (k + alpha * (window**2).sum(axis=-1)) ** beta
    return b


@response_normalisation.wrong("modified in place")
def _(a, *constants):
    result = _normalised(a, *constants)
    a[:] = result
    return result


ten_crops = Task("ten_crops", points=2)


@ten_crops.cases
def _(rng):
    """Even and odd rests, upright and lying images, grey and colour, bytes and floats, a crop as large as the image."""
    sizes = [(256, 256, 1, 224), (9, 7, 3, 4), (6, 11, 3, 5), (5, 5, 3, 5), (8, 5, 1, 5), (4, 6, 2, 1)]
    return ([(rng.integers(0, 256, (h, w, c)).astype("uint8"), size) for h, w, c, size in sizes]
            + [(rng.normal(size=(10, 13, 3)), 7), (rng.normal(size=(13, 10, 3)).astype("float32"), 6)])


@ten_crops.right("a list of arrays")
def _(image, size):
    h, w = image.shape[:2]
    y, x = (h - size) // 2, (w - size) // 2
    crops = [image[:size, :size], image[:size, w - size:], image[h - size:, :size], image[h - size:, w - size:],
             image[y:y + size, x:x + size]]
    return crops + [np.fliplr(crop) for crop in crops]


@ten_crops.right("sliding windows")
def _(image, size):
    windows = np.moveaxis(np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(0, 1)), 2, -1)
    y, x = windows.shape[0] - 1, windows.shape[1] - 1
    five = windows[[0, 0, y, y, y // 2], [0, x, 0, x, x // 2]]
    return np.concatenate([five, np.flip(five, axis=2)])


def _crops(image, size, up=0, mirror=2, order=(0, 1, 2, 3, 4)):
    down, right = image.shape[0] - size, image.shape[1] - size
    starts = [(0, 0), (0, right), (down, 0), (down, right), ((down + up) // 2, (right + up) // 2)]
    five = np.stack([image[y:y + size, x:x + size] for y, x in (starts[i] for i in order)])
    return np.concatenate([five, np.flip(five, mirror)])


@ten_crops.wrong("upside down instead of mirrored")
def _(image, size):
    return _crops(image, size, mirror=1)


@ten_crops.wrong("turned by 180 degrees")
def _(image, size):
    return _crops(image, size, mirror=(1, 2))


@ten_crops.wrong("colours reversed")
def _(image, size):
    return _crops(image, size, mirror=3)


@ten_crops.wrong("the image mirrored, then cropped")
def _(image, size):
    return np.concatenate([_crops(image, size)[:5], _crops(image[:, ::-1], size)[:5]])


@ten_crops.wrong("the centre rounded up")
def _(image, size):
    return _crops(image, size, up=1)


@ten_crops.wrong("columns before rows")
def _(image, size):
    return _crops(image, size, order=(0, 2, 1, 3, 4))


@ten_crops.wrong("the centre first")
def _(image, size):
    return _crops(image, size, order=(4, 0, 1, 2, 3))


@ten_crops.wrong("each piece with its mirror image")
def _(image, size):
    return _crops(image, size)[[0, 5, 1, 6, 2, 7, 3, 8, 4, 9]]


@ten_crops.wrong("height and width swapped")
def _(image, size):
    return _crops(image.transpose(1, 0, 2), size)


@ten_crops.wrong("no mirror images")
def _(image, size):
    return _crops(image, size)[[0, 1, 2, 3, 4] * 2]


@ten_crops.wrong("scaled to 0 to 1")
def _(image, size):
    return _crops(image, size) / 255


@ten_crops.wrong("mirrors the image in place")
def _(image, size):
    crops = _crops(image, size)
    image[:] = image[:, ::-1].copy()
    return crops


alexnet_divided = Task("alexnet_divided", points=2, probe=probes.network)


@alexnet_divided.cases
def _(rng):
    return [(16, (99, 99, 3), 10), (32, (227, 227, 3), 7), (16, (67, 90, 1), 3),
            (32, (int(rng.integers(100, 140)), 75, 3), 20)]


@alexnet_divided.right("functional")
def _(divisor, input_shape=(227, 227, 3), classes=1000):
    layers = keras.layers
    inputs = x = keras.Input(input_shape)
    x = layers.MaxPool2D((3, 3), (2, 2))(layers.ReLU()(layers.Conv2D(96 // divisor, (11, 11), (4, 4), padding="valid")(x)))
    x = layers.MaxPool2D((3, 3), (2, 2))(layers.Conv2D(256 // divisor, 5, padding="same", activation="relu")(x))
    for filters in (384, 384, 256):
        x = layers.Conv2D(filters // divisor, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(layers.MaxPool2D(3, 2)(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096 // divisor, "relu")(x))
    return keras.Model(inputs, layers.Softmax()(layers.Dense(classes)(x)))


@alexnet_divided.right("two networks in one, dropout before ReLU")
def _(divisor, input_shape=(227, 227, 3), classes=1000):
    layers = keras.layers
    features = keras.Sequential([keras.Input(input_shape), layers.Conv2D(96 // divisor, 11, 4, activation="relu")])
    for filters, kernel in [("pool", 3), (256, 5), ("pool", 3), (384, 3), (384, 3), (256, 3), ("pool", 3)]:
        features.add(layers.MaxPooling2D(kernel, 2) if filters == "pool" else
                     layers.Conv2D(int(filters / divisor), kernel, padding="same", activation="relu"))
    head = keras.Sequential([layers.Flatten()])
    for _ in range(2):
        for layer in (layers.Dense(4096 // divisor), layers.Dropout(0.5), layers.Activation("relu")):
            head.add(layer)
    return keras.Sequential([features, head, layers.Dense(classes, "softmax")])


def _alexnet(divisor, input_shape=(227, 227, 3), classes=1000, pool=lambda: keras.layers.MaxPooling2D(3, 2), first=None,
             activation="relu", last="softmax", flatten=lambda: keras.layers.Flatten(), units=None, middle=(384, 384, 256),
             head="DdDdD", rate=0.5):
    """AlexNet with one thing changed; the head's dense layers (D) and dropouts (d) in any order."""
    layers = keras.layers
    first = layers.Conv2D(96 // divisor, 11, **(first or dict(strides=4)), activation=activation)
    second = layers.Conv2D(256 // divisor, 5, padding="same", activation=activation)
    model = keras.Sequential([keras.Input(input_shape), first, pool(), second, pool()])
    for filters in middle:
        model.add(layers.Conv2D(filters // divisor, 3, padding="same", activation=activation))
    model.add(pool())
    model.add(flatten())
    dense = iter([layers.Dense(units or 4096 // divisor, activation) for _ in range(2)] + [layers.Dense(classes, last)])
    for kind in head:
        model.add(next(dense) if kind == "D" else layers.Dropout(rate))
    return model


@alexnet_divided.wrong("pooling of 2x2")
def _(*case):
    return _alexnet(*case, pool=lambda: keras.layers.MaxPooling2D(2))


@alexnet_divided.wrong("average pooling")
def _(*case):
    return _alexnet(*case, pool=lambda: keras.layers.AveragePooling2D(3, 2))


@alexnet_divided.wrong("padded pooling")
def _(*case):
    return _alexnet(*case, pool=lambda: keras.layers.MaxPooling2D(3, 2, padding="same"))


@alexnet_divided.wrong("the first convolution padded")
def _(*case):
    return _alexnet(*case, first=dict(strides=4, padding="same"))


@alexnet_divided.wrong("stride 2 in the first convolution")
def _(*case):
    return _alexnet(*case, first=dict(strides=2))


@alexnet_divided.wrong("tanh, as in LeNet")
def _(*case):
    return _alexnet(*case, activation="tanh")


@alexnet_divided.wrong("no softmax")
def _(*case):
    return _alexnet(*case, last=None)


@alexnet_divided.wrong("global pooling instead of flatten")
def _(*case):
    return _alexnet(*case, flatten=keras.layers.GlobalAveragePooling2D)


@alexnet_divided.wrong("dense layers not divided")
def _(*case):
    return _alexnet(*case, units=1024)


@alexnet_divided.wrong("classes divided too")
def _(divisor, input_shape=(227, 227, 3), classes=1000):
    return _alexnet(divisor, input_shape, max(2, classes // divisor))


@alexnet_divided.wrong("384 maps in the last convolution, as on the slide")
def _(*case):
    return _alexnet(*case, middle=(384, 384, 384))


@alexnet_divided.wrong("dropout before the dense layers")
def _(*case):
    return _alexnet(*case, head="dDdDD")


@alexnet_divided.wrong("dropout of the answer")
def _(*case):
    return _alexnet(*case, head="DDdDd")


@alexnet_divided.wrong("a rate of 0.25")
def _(*case):
    return _alexnet(*case, rate=0.25)


@alexnet_divided.wrong("no dropout")
def _(*case):
    return _alexnet(*case, rate=0.0)


@alexnet_divided.wrong("the size hard-coded")
def _(divisor, input_shape=(227, 227, 3), classes=1000):
    return _alexnet(divisor, (227, 227, 3), classes)
