"""Hidden checks of exercise 14: Inception."""

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task


def _widths(rng, low, high):
    """Six different widths: no two weights of a module then have the same shape."""
    return tuple(int(w) for w in rng.choice(np.arange(low, high), 6, replace=False))


inception_bill = Task("inception_bill", points=2)


@inception_bill.cases
def _(rng):
    """Modules with each of the three widths at 0 and with all of them, one pixel, and one too large for an int32."""
    fixed = [(28, 192, (64, 96, 128, 16, 32, 32)), (1, 3, (2, 4, 5, 6, 7, 8)), (112, 2048, (512, 0, 1024, 0, 256, 0))]
    draw = []
    for zeros in [(), (1,), (3,), (5,), (1, 3), (1, 3, 5)] * 2:
        widths = list(_widths(rng, 2, 99))
        for i in zeros:
            widths[i] = 0
        draw.append((int(rng.integers(6, 40)), int(rng.integers(100, 500)), tuple(widths)))
    return fixed + draw


@inception_bill.right("asks Keras")
def _(size, channels, widths):
    def conv(x, filters, k):
        return keras.layers.Conv2D(filters, k, padding="same")(x) if filters else x

    n1, r3, n3, r5, n5, p = widths
    x = keras.Input((size, size, channels))
    pooled = keras.layers.MaxPooling2D(3, 1, "same")(x)
    branches = [conv(x, n1, 1), conv(conv(x, r3, 1), n3, 3), conv(conv(x, r5, 1), n5, 5), conv(pooled, p, 1)]
    model = keras.Model(x, keras.layers.Concatenate()(branches))
    kernels = sum(int(np.prod(w.shape)) for w in model.weights if len(w.shape) == 4)
    return [model.output_shape[-1], model.count_params(), kernels * size**2]


def _bill(size, channels, widths, bias=1, bias_work=0, zero=None, places=None, power=2, read=None, out=None):
    """The bill branch by branch; the options are mistakes, or none."""
    n1, r3, n3, r5, n5, p = widths
    parameters = work = 0
    for reduce, k, filters in [(0, 1, n1), (r3, 3, n3), (r5, 5, n5), (0, 1, p)]:
        weights = k**power * (read or reduce or (channels if zero is None or k == 1 else zero)) * filters + channels * reduce
        parameters += weights + bias * (filters + reduce)
        work += (weights + bias_work * (filters + reduce)) * (size * size if places is None else places(size, k))
    return (n1 + n3 + n5 + (p if p else channels)) if out is None else out, parameters, work


@inception_bill.right("branch by branch")
def _(size, channels, widths):
    return _bill(size, channels, widths)


@inception_bill.wrong("forgets the biases")
def _(size, channels, widths):
    return _bill(size, channels, widths, bias=0)


@inception_bill.wrong("biases counted as work")
def _(size, channels, widths):
    return _bill(size, channels, widths, bias_work=1)


@inception_bill.wrong("a kernel without a reduction costs nothing")
def _(size, channels, widths):
    return _bill(size, channels, widths, zero=0)


@inception_bill.wrong("large kernels read the input in spite of the reduction")
def _(size, channels, widths):
    return _bill(size, channels, widths, read=channels)


@inception_bill.wrong("same and valid mixed")
def _(size, channels, widths):
    return _bill(size, channels, widths, places=lambda n, k: (n - k + 1) ** 2)


@inception_bill.wrong("the side for the area")
def _(size, channels, widths):
    return _bill(size, channels, widths, places=lambda n, k: n)


@inception_bill.wrong("kernels of k values")
def _(size, channels, widths):
    return _bill(size, channels, widths, power=1)


@inception_bill.wrong("pooling counted as work")
def _(size, channels, widths):
    out, parameters, work = _bill(size, channels, widths)
    return out, parameters, work + 9 * channels * size * size


@inception_bill.wrong("reductions counted as output")
def _(size, channels, widths):
    return _bill(size, channels, widths, out=sum(widths) + (0 if widths[5] else channels))


@inception_bill.wrong("the bare pooling branch gives no channels")
def _(size, channels, widths):
    return _bill(size, channels, widths, out=widths[0] + widths[2] + widths[4] + widths[5])


@inception_bill.wrong("the widest branch instead of all")
def _(size, channels, widths):
    return _bill(size, channels, widths, out=max(widths[0], widths[2], widths[4], widths[5] or channels))


@inception_bill.wrong("integer overflow")
def _(size, channels, widths):
    out, parameters, work = _bill(size, channels, widths)
    return out, parameters, np.array(work).astype(np.int32)


@inception_bill.wrong("the examples hard-coded")
def _(size, channels, widths):
    return (256, 163696, 128049152) if widths[1] else (416, 387296, 303464448)


inception_reduction = Task("inception_reduction", points=2)


@inception_reduction.cases
def _(rng):
    """Narrow and wide reductions, kernels with few columns, one channel, and a reduction with repeated filters."""
    sizes = [(8, 3, 3, 5), (4, 6, 3, 5), (6, 6, 1, 6), (9, 4, 1, 2), (5, 2, 2, 7), (1, 1, 1, 1), (6, 1, 5, 2), (3, 3, 3, 3),
             (7, 5, 1, 3)]
    cases = [(rng.normal(size=(c, r)), rng.normal(size=(k, k, r, n))) for c, r, k, n in sizes]
    repeated = rng.normal(size=(6, 2))[:, [0, 1, 0, 1]]
    whole = np.array([[2, 0], [1, 1], [0, 3]]), rng.integers(1, 9, (3, 3, 2, 4))
    return [*cases, (repeated, rng.normal(size=(3, 3, 4, 5))), whole]


@inception_reduction.right("einsum and singular values")
def _(reduce, kernel):
    merged = np.einsum("cr,ijrf->ijcf", reduce, kernel)
    columns = merged.transpose(0, 1, 3, 2).reshape(-1, len(reduce))  # (k * k * filters, channels): the same rank
    values = np.linalg.svd(columns, compute_uv=False)
    rank = int((values > 1e-9 * values[0]).sum())
    return {"kernel": merged, "rank": rank, "verdict": ["free", "limited"][rank < min(columns.shape)]}


@inception_reduction.right("place by place in float32")
def _(reduce, kernel):
    merged = np.zeros((*kernel.shape[:2], len(reduce), kernel.shape[3]), "float32")
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            merged[i, j] = reduce @ kernel[i, j]
    rows = [merged[:, :, c].ravel() for c in range(len(reduce))]
    rank = np.linalg.matrix_rank(rows)
    return {"kernel": merged, "rank": rank, "verdict": "limited" if rank < min(len(rows), len(rows[0])) else "free"}


def _reduction(reduce, kernel, flip=False, rank=None, most=None, scrambled=False):
    """The answer with a rank, a largest rank or a kernel of one's own."""
    merged = np.einsum("cr,ijrf->ijcf", reduce, kernel)
    rows = (merged if scrambled else np.moveaxis(merged, 2, 0)).reshape(len(reduce), -1)
    rank = int(np.linalg.matrix_rank(rows)) if rank is None else rank
    verdict = "limited" if rank < (min(rows.shape) if most is None else most) else "free"
    return {"kernel": merged[::-1, ::-1] if flip else merged, "rank": rank, "verdict": verdict}


@inception_reduction.wrong("kernel flipped")
def _(reduce, kernel):
    return _reduction(reduce, kernel, flip=True)


@inception_reduction.wrong("reshaped without moving the channels")
def _(reduce, kernel):
    return _reduction(reduce, kernel, scrambled=True)


@inception_reduction.wrong("the rank is r")
def _(reduce, kernel):
    return _reduction(reduce, kernel, rank=reduce.shape[1])


@inception_reduction.wrong("the rank is that of the reduction")
def _(reduce, kernel):
    return _reduction(reduce, kernel, rank=int(np.linalg.matrix_rank(reduce)))


@inception_reduction.wrong("the smallest size for the rank")
def _(reduce, kernel):
    return _reduction(reduce, kernel, rank=min(*reduce.shape, kernel[:, :, 0].size))


@inception_reduction.wrong("compared with the channels alone")
def _(reduce, kernel):
    return _reduction(reduce, kernel, most=len(reduce))


@inception_reduction.wrong("compared with r")
def _(reduce, kernel):
    return _reduction(reduce, kernel, most=reduce.shape[1])


@inception_reduction.wrong("limited when r is smaller than the channels")
def _(reduce, kernel):
    return {**_reduction(reduce, kernel), "verdict": "limited" if reduce.shape[1] < len(reduce) else "free"}


@inception_reduction.wrong("channels and filters swapped")
def _(reduce, kernel):
    answer = _reduction(reduce, kernel)
    return {**answer, "kernel": answer["kernel"].swapaxes(2, 3)}


@inception_reduction.wrong("the verdicts swapped")
def _(reduce, kernel):
    answer = _reduction(reduce, kernel)
    return {**answer, "verdict": {"free": "limited", "limited": "free"}[answer["verdict"]]}


inception_pooling = Task("inception_pooling", points=1)


@inception_pooling.cases
def _(rng):
    """Negative values, one pixel, one row, one column, and whole numbers."""
    sizes = [(4, 6, 3), (5, 5, 1), (1, 1, 2), (1, 7, 2), (6, 1, 4), (3, 3, 3), (9, 8, 2)]
    draw = [rng.normal(-1, 2, size) for size in sizes]
    return [(x,) for x in [*draw, -rng.uniform(1, 2, (5, 4, 2)), rng.integers(-9, 9, (6, 5, 2))]]


def _window(x, rows=(-1, 0, 1), columns=(-1, 0, 1), outside=-np.inf, reduce=np.max):
    """Pool over a window of these offsets, with a value outside."""
    padded = np.pad(np.array(x, float), ((1, 1), (1, 1), (0, 0)), constant_values=outside)
    height, width, _ = x.shape
    return reduce([padded[1 + i:1 + i + height, 1 + j:1 + j + width] for i in rows for j in columns], axis=0)


@inception_pooling.right("asks Keras")
def _(x):
    return keras.layers.MaxPooling2D(3, strides=1, padding="same")(np.asarray(x, "float32")[None])[0]


@inception_pooling.right("a loop over pixels")
def _(x):
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = x[max(0, i - 1):i + 2, max(0, j - 1):j + 2].max(axis=(0, 1))
    return out


@inception_pooling.right("the border repeated")
def _(x):
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), "edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (0, 1)).max(axis=(3, 4))


@inception_pooling.wrong("zeros outside")
def _(x):
    return _window(x, outside=0)


@inception_pooling.wrong("same and valid mixed")
def _(x):
    return _window(x)[1:-1, 1:-1]


@inception_pooling.wrong("stride 3")
def _(x):
    return _window(x)[::3, ::3]


@inception_pooling.wrong("the mean for the maximum")
def _(x):
    return _window(x, outside=np.nan, reduce=np.nanmean)


@inception_pooling.wrong("windows of 2x2")
def _(x):
    return _window(x, (0, 1), (0, 1))


@inception_pooling.wrong("window to the right and below")
def _(x):
    padded = np.pad(np.array(x, float), ((0, 2), (0, 2), (0, 0)), constant_values=-np.inf)
    return np.max([padded[i:i + x.shape[0], j:j + x.shape[1]] for i in range(3) for j in range(3)], axis=0)


@inception_pooling.wrong("a cross instead of a square")
def _(x):
    return np.maximum(_window(x, columns=(0,)), _window(x, rows=(0,)))


@inception_pooling.wrong("over neighbouring channels, too")
def _(x):
    pooled = np.pad(_window(x), ((0, 0), (0, 0), (1, 1)), constant_values=-np.inf)
    return np.max([pooled[..., i:i + x.shape[2]] for i in range(3)], axis=0)


@inception_pooling.wrong("round the edge")
def _(x):
    return np.max([np.roll(x, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)


@inception_pooling.wrong("input modified in place")
def _(x):
    x[...] = _window(x)
    return x


inception_module = Task("inception_module", points=2, probe=probes.network)


@inception_module.cases
def _(rng):
    """Six different widths each: then the order in which the branches were written does not matter."""
    sizes = [(7, 7, 11), (6, 9, 5), (1, 1, 7)]
    return [(size, _widths(rng, 2, 16)) for size in sizes]


def _module(shape, widths, order=(0, 1, 2, 3), pool=None, first="relu", second="relu", sizes=(3, 5), bias=True, dead=False,
            pool_last=False, project=True):
    """An inception module; the options are mistakes, or none."""
    def conv(x, filters, k, activation=second):
        return keras.layers.Conv2D(filters, k, padding="same", activation=activation, use_bias=bias)(x)

    n1, r3, n3, r5, n5, p = widths
    x = keras.Input(shape)
    pool = pool or keras.layers.MaxPooling2D(3, 1, "same")
    fourth = pool(conv(x, p, 1)) if pool_last else conv(pool(x), p, 1) if project else pool(x)
    branches = [conv(x, n1, 1), conv(x if dead else conv(x, r3, 1, first), n3, sizes[0]),
                conv(x if dead else conv(x, r5, 1, first), n5, sizes[1]), fourth]
    return keras.Model(x, keras.layers.Concatenate()([branches[i] for i in order]))


@inception_module.right("activations as layers, written backwards")
def _(shape, widths):
    layers = keras.layers
    x = inputs = keras.Input(shape)
    fourth = layers.ReLU()(layers.Conv2D(widths[5], (1, 1))(layers.MaxPool2D((3, 3), (1, 1), padding="same")(x)))
    third = layers.Activation("relu")(layers.Conv2D(widths[3], 1)(x))
    third = layers.Activation("relu")(layers.Conv2D(widths[4], 5, padding="same")(third))
    second = layers.Conv2D(widths[1], 1, activation=keras.ops.relu)(x)
    second = layers.Conv2D(widths[2], 3, padding="same", activation="relu")(second)
    first = layers.Conv2D(widths[0], 1, activation="relu")(x)
    return keras.Model(inputs, layers.concatenate([first, second, third, fourth], axis=-1))


@inception_module.right("one ReLU over all, a Sequential for each branch")
def _(shape, widths):
    def branch(*layers):
        return keras.Sequential([keras.Input(shape), *layers])(inputs)

    conv, inputs = keras.layers.Conv2D, keras.Input(shape)
    n1, r3, n3, r5, n5, p = widths
    stack = keras.ops.concatenate([branch(conv(n1, 1)), branch(conv(r3, 1, activation="relu"), conv(n3, 3, padding="same")),
                                   branch(conv(r5, 1, activation="relu"), conv(n5, 5, padding="same")),
                                   branch(keras.layers.MaxPooling2D(3, 1, "same"), conv(p, 1))], axis=3)
    return keras.Model(inputs, keras.layers.ReLU()(stack))


@inception_module.wrong("3x3 kernels in branch 3")
def _(shape, widths):
    return _module(shape, widths, sizes=(3, 3))


@inception_module.wrong("3x3 and 5x5 swapped")
def _(shape, widths):
    return _module(shape, widths, sizes=(5, 3))


@inception_module.wrong("the reductions are not used")
def _(shape, widths):
    return _module(shape, widths, dead=True)


@inception_module.wrong("no ReLU after the reductions")
def _(shape, widths):
    return _module(shape, widths, first=None)


@inception_module.wrong("ReLU only after the reductions")
def _(shape, widths):
    return _module(shape, widths, second=None)


@inception_module.wrong("average pooling")
def _(shape, widths):
    return _module(shape, widths, pool=keras.layers.AveragePooling2D(3, 1, "same"))


@inception_module.wrong("pooling of 2x2")
def _(shape, widths):
    return _module(shape, widths, pool=keras.layers.MaxPooling2D(2, 1, "same"))


@inception_module.wrong("pooling after its convolution")
def _(shape, widths):
    return _module(shape, widths, pool_last=True)


@inception_module.wrong("no convolution after the pooling")
def _(shape, widths):
    return _module(shape, widths, project=False)


@inception_module.wrong("branches in another order")
def _(shape, widths):
    return _module(shape, widths, order=(3, 0, 1, 2))


@inception_module.wrong("no biases")
def _(shape, widths):
    return _module(shape, widths, bias=False)


@inception_module.wrong("widths in the order of the branches' names")
def _(shape, widths):
    n1, n3, r3, n5, r5, p = widths
    return _module(shape, (n1, r3, n3, r5, n5, p))


@inception_module.wrong("the example hard-coded")
def _(shape, widths):
    return _module((28, 28, 192), (64, 96, 128, 16, 32, 32))


googlenet_head = Task("googlenet_head", points=2)


@googlenet_head.cases
def _(rng):
    """Several sizes, one pixel, as many channels as pixels, and scores far too large for an exponential."""
    sizes = [(3, 4, 5, 6, 7), (2, 3, 2, 4, 4), (1, 1, 1, 5, 3), (4, 2, 2, 4, 2), (5, 1, 6, 1, 3), (3, 3, 3, 3, 3)]
    draw = [(rng.normal(size=(b, h, w, c)), rng.normal(size=(c, k)), rng.normal(size=k)) for b, h, w, c, k in sizes]
    large = np.ones((2, 2, 3, 2)), np.array([[1000.0, 1001, 998], [500, 500, 501]]), np.array([0.0, 1, 0])
    return [*draw, large]


@googlenet_head.right("asks Keras")
def _(maps, kernel, bias):
    means = keras.layers.GlobalAveragePooling2D()(np.asarray(maps, "float32"))
    return keras.ops.softmax(means @ np.asarray(kernel, "float32") + np.asarray(bias, "float32"))


@googlenet_head.right("reshaped in the right order, image by image")
def _(maps, kernel, bias):
    rows = []
    for image in maps:
        scores = image.reshape(-1, image.shape[-1]).mean(axis=0) @ kernel + bias
        powers = np.exp(scores - max(scores))
        rows.append(powers / sum(powers))
    return np.array(rows)


def _softmax(scores, axis=1, shift=True):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=axis, keepdims=True) if shift else scores)
        return powers / powers.sum(axis=axis, keepdims=True)


@googlenet_head.wrong("reshaped as channels first")
def _(maps, kernel, bias):
    return _softmax(maps.reshape(len(maps), maps.shape[3], -1).mean(axis=2) @ kernel + bias)


@googlenet_head.wrong("the axes of channels first")
def _(maps, kernel, bias):
    means = maps.mean(axis=(2, 3))
    return _softmax(np.resize(means, (len(maps), maps.shape[3])) @ kernel + bias)


@googlenet_head.wrong("the mean over the batch, too")
def _(maps, kernel, bias):
    return _softmax(np.tile(maps.mean(axis=(0, 1, 2)), (len(maps), 1)) @ kernel + bias)


@googlenet_head.wrong("the maximum of each channel")
def _(maps, kernel, bias):
    return _softmax(maps.max(axis=(1, 2)) @ kernel + bias)


@googlenet_head.wrong("the sum of each channel")
def _(maps, kernel, bias):
    return _softmax(maps.sum(axis=(1, 2)) @ kernel + bias)


@googlenet_head.wrong("the first row only")
def _(maps, kernel, bias):
    return _softmax(maps[:, 0].mean(axis=1) @ kernel + bias)


@googlenet_head.wrong("softmax over the batch")
def _(maps, kernel, bias):
    return _softmax(maps.mean(axis=(1, 2)) @ kernel + bias, axis=0)


@googlenet_head.wrong("no softmax")
def _(maps, kernel, bias):
    return maps.mean(axis=(1, 2)) @ kernel + bias


@googlenet_head.wrong("exponentials overflow")
def _(maps, kernel, bias):
    return _softmax(maps.mean(axis=(1, 2)) @ kernel + bias, shift=False)


@googlenet_head.wrong("no bias")
def _(maps, kernel, bias):
    return _softmax(maps.mean(axis=(1, 2)) @ kernel)


googlenet_loss = Task("googlenet_loss", points=1)


@googlenet_loss.cases
def _(rng):
    """Batches of one and more, two classes and more, with and without training."""
    cases = []
    for batch, classes, training in [(1, 2, True), (1, 3, False), (5, 4, True), (5, 4, False), (8, 10, True), (3, 3, True)]:
        outputs = rng.dirichlet(np.full(classes, 2.0), (3, batch)) * 0.99 + 0.01 / classes  # rows with the sum 1, none 0
        cases.append((rng.integers(0, classes, batch), *outputs, training))
    return cases


@googlenet_loss.right("asks Keras")
def _(labels, main, first, second, training):
    cross_entropy = keras.losses.SparseCategoricalCrossentropy()
    losses = [float(cross_entropy(labels, np.asarray(p, "float32"))) for p in (main, first, second)]
    return losses[0] + 0.3 * (losses[1] + losses[2]) if training else losses[0]


@googlenet_loss.right("a loop over images")
def _(labels, main, first, second, training):
    total = 0.0
    for i, label in enumerate(labels):
        total -= np.log(main[i][label])
        if training:
            total -= 0.3 * np.log(first[i][label] * second[i][label])
    return total / len(labels)


def _loss(labels, outputs, weights, reduce=np.mean, log=np.log):
    return sum(w * reduce(-log(p[np.arange(len(labels)), labels])) for p, w in zip(outputs, weights))


@googlenet_loss.wrong("helpers count fully")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, training, training))


@googlenet_loss.wrong("helpers count without training, too")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.3, 0.3))


@googlenet_loss.wrong("helpers never count")
def _(labels, main, first, second, training):
    return _loss(labels, (main,), (1,))


@googlenet_loss.wrong("helpers only without training")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.3 * (not training), 0.3 * (not training)))


@googlenet_loss.wrong("0.3 for both together")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.15 * training, 0.15 * training))


@googlenet_loss.wrong("a weighted mean")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.3 * training, 0.3 * training)) / (1.6 if training else 1)


@googlenet_loss.wrong("the sum over the batch")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.3 * training, 0.3 * training), reduce=np.sum)


@googlenet_loss.wrong("logarithm to base 2")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.3 * training, 0.3 * training), log=np.log2)


@googlenet_loss.wrong("no minus")
def _(labels, main, first, second, training):
    return -_loss(labels, (main, first, second), (1, 0.3 * training, 0.3 * training))


@googlenet_loss.wrong("the last output as the main one")
def _(labels, main, first, second, training):
    return _loss(labels, (second, first, main), (1, 0.3 * training, 0.3 * training))


@googlenet_loss.wrong("the mean over classes, too")
def _(labels, main, first, second, training):
    return _loss(labels, (main, first, second), (1, 0.3 * training, 0.3 * training)) / main.shape[1]
