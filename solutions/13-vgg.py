"""Hidden checks of exercise 13: VGG."""

import itertools

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

vgg_bill = Task("vgg_bill", points=2)


@vgg_bill.cases
def _(rng):
    """VGG-13 and VGG-16, windows of 3, no dense layer, no pooling, no layer, costs beyond an int32, sides that are odd."""
    d = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
    b = [item for number, item in enumerate(d) if number not in (8, 12, 16)]
    cases = [(d, 224, [4096, 4096, 1000]), (d, 224, [4096, 4096, 1000], 3), (b, 224, [4096, 4096, 1000]), (d, 97, []),
             ([5, 7], 9, [3], 2, 1), ([], 6, [4]), ([64, "M", 512], 2000, [4096, 10])]
    for _ in range(5):
        config = []
        for _ in range(rng.integers(1, 4)):
            config += [*rng.integers(2, 40, rng.integers(1, 4)).tolist(), "M"]
        cases.append((config, int(rng.integers(30, 60)), rng.integers(2, 99, rng.integers(0, 3)).tolist(),
                      int(rng.integers(2, 5)), int(rng.integers(1, 5))))
    return cases


@vgg_bill.right("lists of costs")
def _(config, side, units, window=2, channels=3):
    sizes, weights = [side**2 * channels], []
    for item in config:
        if isinstance(item, str):
            side = len(range(0, side - window + 1, 2))
        else:
            weights.append(9 * channels * item + item)
            channels = item
        sizes.append(side**2 * channels)
    dense = [side**2 * channels, *units]
    weights += [a * b + b for a, b in zip(dense, dense[1:])]
    return {"activations": sum(sizes) + sum(units), "parameters": sum(weights)}


@vgg_bill.right("from the image on, layer by layer")
def _(config, side, units, window=2, channels=3):
    values, weights = np.array([side, side, channels], "float64"), 0
    total = values.prod()
    for item in config:
        if item == "M":
            values[:2] = np.floor((values[:2] - window) / 2) + 1
        else:
            weights += item * (9 * values[2] + 1)
            values[2] = item
        total += values.prod()
    n = values.prod()
    for unit in units:
        weights, total, n = weights + unit * n + unit, total + unit, unit
    return {"parameters": float(weights), "activations": int(total)}


def _bill(config, side, units, window=2, channels=3, stride=lambda w: 2, up=0, bias=1, flat=lambda n: n * n, image=True,
          pools=True, relu=1, flatten=False, reads=lambda c: c):
    parameters, activations = 0, side * side * channels if image else 0
    for item in config:
        if item == "M":
            side = (side - window + up) // stride(window) + 1
            activations += side * side * channels if pools else 0
        else:
            parameters += item * (9 * reads(channels) + bias)
            channels = item
            activations += relu * side * side * channels
    inputs = flat(side) * channels
    activations += inputs if flatten else 0
    for n in units:
        parameters, activations, inputs = parameters + n * (inputs + bias), activations + n, n
    return {"parameters": parameters, "activations": activations}


@vgg_bill.wrong("pooling windows always of 2")
def _(config, side, units, window=2, channels=3):
    return _bill(config, side, units, 2, channels)


@vgg_bill.wrong("stride as large as the window")
def _(*case):
    return _bill(*case, stride=lambda window: window)


@vgg_bill.wrong("pooling rounds up")
def _(*case):
    return _bill(*case, up=1)


@vgg_bill.wrong("no biases")
def _(*case):
    return _bill(*case, bias=0)


@vgg_bill.wrong("flattens one side only")
def _(*case):
    return _bill(*case, flat=lambda n: n)


@vgg_bill.wrong("the image left out")
def _(*case):
    return _bill(*case, image=False)


@vgg_bill.wrong("poolings left out")
def _(*case):
    return _bill(*case, pools=False)


@vgg_bill.wrong("ReLU counted as maps of its own")
def _(*case):
    return _bill(*case, relu=2)


@vgg_bill.wrong("the flattened maps counted twice")
def _(*case):
    return _bill(*case, flatten=True)


@vgg_bill.wrong("a kernel for each filter, not for each channel")
def _(*case):
    return _bill(*case, reads=lambda channels: 1)


@vgg_bill.wrong("always three channels")
def _(config, side, units, window=2, channels=3):
    return _bill(config, side, units, window)


@vgg_bill.wrong("bytes for values")
def _(*case):
    bill = _bill(*case)
    return {**bill, "activations": 4 * bill["activations"]}


@vgg_bill.wrong("integer overflow")
def _(*case):
    return {key: int(np.array(value).astype(np.int32)) for key, value in _bill(*case).items()}


@vgg_bill.wrong("empties the list")
def _(config, *rest):
    bill = _bill(config, *rest)
    while config:
        config.pop()
    return bill


stack_costs = Task("stack_costs", points=2)


@stack_costs.cases
def _(rng):
    """No layer, 1x1 layers, layers too costly for an int32, kernels larger than the maps, drawn stacks."""
    fixed = [([], 8, 8), ([1], 16, 7), ([3, 3, 3], 512, 224), ([7], 512, 224), ([11, 5], 3, 2), ([3, 1, 3], 1, 1)]
    return fixed + [(rng.choice([1, 3, 5, 7, 9], rng.integers(1, 6)).tolist(), *rng.integers(2, 60, 2).tolist())
                    for _ in range(6)]


@stack_costs.right("layer by layer")
def _(kernels, channels, side):
    costs = {"multiply_adds": 0, "parameters": 0, "field": 1}
    for k in kernels:
        costs["field"] += 2 * (k // 2)
        costs["parameters"] += (k**2 * channels + 1) * channels
        costs["multiply_adds"] += side**2 * channels * k**2 * channels
    return costs


@stack_costs.right("asks Keras")
def _(kernels, channels, side):
    parameters = 0
    for k in kernels:
        layer = keras.layers.Conv2D(channels, k, padding="same")
        layer.build((None, side, side, channels))
        parameters += layer.count_params()
    return {"field": np.sum(kernels) - len(kernels) + 1, "parameters": parameters,
            "multiply_adds": (parameters - channels * len(kernels)) * side * side}


def _costs(kernels, channels, side, field=None, bias=None, weights=lambda k, c: k * k * c * c, places=lambda n, k: n * n,
           extra=0):
    return {"field": 1 + sum(k - 1 for k in kernels) if field is None else field,
            "parameters": sum(weights(k, channels) for k in kernels) + (channels * len(kernels) if bias is None else bias),
            "multiply_adds": sum((weights(k, channels) + extra * channels) * places(side, k) for k in kernels)}


@stack_costs.wrong("sum of the kernels")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, field=sum(kernels))


@stack_costs.wrong("the largest kernel")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, field=max(kernels, default=1))


@stack_costs.wrong("product of the kernels")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, field=int(np.prod(kernels, dtype=np.int64)))


@stack_costs.wrong("no biases")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, bias=0)


@stack_costs.wrong("biases of one layer only")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, bias=channels)


@stack_costs.wrong("each filter reads one map")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, weights=lambda k, c: k * k * c)


@stack_costs.wrong("one-dimensional kernels")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, weights=lambda k, c: k * c * c)


@stack_costs.wrong("multiply-adds of one row")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, places=lambda n, k: n)


@stack_costs.wrong("valid places instead of same")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, places=lambda n, k: max(0, n - k + 1) ** 2)


@stack_costs.wrong("multiplications and additions apart")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, places=lambda n, k: 2 * n * n)


@stack_costs.wrong("biases counted as work")
def _(kernels, channels, side):
    return _costs(kernels, channels, side, extra=1)


@stack_costs.wrong("integer overflow")
def _(kernels, channels, side):
    return {key: int(np.array(value).astype(np.int32)) for key, value in _costs(kernels, channels, side).items()}


inverted_dropout = Task("inverted_dropout", points=2)


@inverted_dropout.cases
def _(rng):
    """Rates on both sides of a half, and 0; draws equal to the rate; 1 to 4 axes; whole numbers; not training."""
    cases = [(rng.normal(size=shape), rate, rng.random(shape)) for shape, rate in
             [((40,), 0.25), ((6, 5), 0.8), ((2, 4, 4, 3), 0.5), ((3, 7), 0.0), ((1,), 0.1), ((5, 5), 0.9)]]
    ties = rng.choice([0.0, 0.25, 0.5], 30)
    cases += [(rng.normal(size=30), rate, ties) for rate in (0.25, 0.0)] + [(rng.integers(1, 9, 30), 0.25, rng.random(30))]
    return cases + [(x, rate, draws, False) for x, rate, draws in cases[:3]] + [(*cases[1], True)]


@inverted_dropout.right("where")
def _(x, rate, draws, training=True):
    return np.where(draws < rate, 0, x / (1 - rate)) if training else x.copy()


@inverted_dropout.right("value by value")
def _(x, rate, draws, training=True):
    y = np.array(x, dtype="float32")
    if training:
        for place in np.ndindex(y.shape):
            y[place] = 0 if draws[place] < rate else y[place] / (1 - rate)
    return y


@inverted_dropout.right("the rate of the other side")
def _(x, rate, draws, training=True):
    keep = 1 - rate if training else 1.0
    return x * np.logical_not(training & (draws < rate)) / keep


@inverted_dropout.wrong("the rate as the share that stays")
def _(x, rate, draws, training=True):
    return x * (draws < rate) / (rate or 1) if training else x


@inverted_dropout.wrong("the mask mended, the scale not")
def _(x, rate, draws, training=True):
    return x * (draws >= rate) / (rate or 1) if training else x


@inverted_dropout.wrong("the scale mended, the mask not")
def _(x, rate, draws, training=True):
    return x * (draws < rate) / (1 - rate) if training else x


@inverted_dropout.wrong("not rescaled")
def _(x, rate, draws, training=True):
    return x * (draws >= rate) if training else x


@inverted_dropout.wrong("rescaled the wrong way")
def _(x, rate, draws, training=True):
    return x * (draws >= rate) * (1 - rate) if training else x


@inverted_dropout.wrong("active when the network is used")
def _(x, rate, draws, training=True):
    return x * (draws >= rate) / (1 - rate)


@inverted_dropout.wrong("scaled again when the network is used")
def _(x, rate, draws, training=True):
    return x * (draws >= rate) / (1 - rate) if training else x * (1 - rate)


@inverted_dropout.wrong("rescaled by the share that happened to stay")
def _(x, rate, draws, training=True):
    return x * (draws >= rate) / max(np.mean(draws >= rate), 1e-9) if training else x


@inverted_dropout.wrong("equal draws dropped too")
def _(x, rate, draws, training=True):
    return x * (draws > rate) / (1 - rate) if training else x


@inverted_dropout.wrong("1 - draws, the other tail")
def _(x, rate, draws, training=True):
    return x * (draws < 1 - rate) / (1 - rate) if training else x


@inverted_dropout.wrong("draws of its own")
def _(x, rate, draws, training=True):
    return x * (np.random.default_rng(0).random(x.shape) >= rate) / (1 - rate) if training else x


@inverted_dropout.wrong("cuts to whole numbers")
def _(x, rate, draws, training=True):
    return (x * (draws >= rate) / (1 - rate)).astype(x.dtype) if training else x


@inverted_dropout.wrong("modified in place")
def _(x, rate, draws, training=True):
    if training:
        x[draws < rate] = 0
        return x / (1 - rate)
    return x


spatial_dropout = Task("spatial_dropout", points=2)


@spatial_dropout.cases
def _(rng):
    """All axes equal, all different, one image, one map, one pixel; rates on both sides of a half, and 0."""
    return [(rng.normal(size=shape), rate, rng.random((shape[0], shape[3]))) for shape, rate in
            [((4, 4, 4, 4), 0.25), ((3, 5, 2, 8), 0.7), ((1, 4, 4, 6), 0.5), ((6, 3, 4, 1), 0.4), ((5, 1, 1, 5), 0.3),
             ((2, 3, 3, 4), 0.0), ((8, 2, 3, 16), 0.1)]]


@spatial_dropout.right("map by map")
def _(x, rate, draws):
    y = np.array(x)
    for image, channel in np.ndindex(draws.shape):
        y[image, :, :, channel] *= 0 if draws[image, channel] < rate else 1 / (1 - rate)
    return y


@spatial_dropout.right("repeated draws")
def _(x, rate, draws):
    n, h, w, c = x.shape
    every = np.tile(draws.reshape(n, 1, 1, c), (1, h, w, 1))
    return np.where(every < rate, 0.0, x / (1.0 - rate))


@spatial_dropout.right("einsum in float32")
def _(x, rate, draws):
    return np.einsum("nhwc,nc->nhwc", x.astype("float32"), ((draws >= rate) / (1 - rate)).astype("float32"))


def _dropped(x, rate, mask):
    return x * (mask >= rate) / (1 - rate)


@spatial_dropout.wrong("the same maps in all images")
def _(x, rate, draws):
    return _dropped(x, rate, draws[:1, None, None, :])


@spatial_dropout.wrong("whole images")
def _(x, rate, draws):
    return _dropped(x, rate, draws[:, :1, None, None])


@spatial_dropout.wrong("single values, as plain dropout")
def _(x, rate, draws):
    return _dropped(x, rate, np.resize(draws, x.shape))


@spatial_dropout.wrong("places in all maps")
def _(x, rate, draws):
    return _dropped(x, rate, np.resize(draws, (*x.shape[:3], 1)))


@spatial_dropout.wrong("rows, as with channels first")
def _(x, rate, draws):
    return _dropped(x, rate, np.resize(draws, x.shape[:2])[:, :, None, None])


@spatial_dropout.wrong("draws in the wrong order")
def _(x, rate, draws):
    return _dropped(x, rate, draws.T.reshape(len(x), 1, 1, -1))


@spatial_dropout.wrong("not rescaled")
def _(x, rate, draws):
    return x * (draws >= rate)[:, None, None, :]


@spatial_dropout.wrong("drops what should stay")
def _(x, rate, draws):
    return x * (draws < rate)[:, None, None, :] / (1 - rate)


@spatial_dropout.wrong("divided by the rate")
def _(x, rate, draws):
    return x * (draws >= rate)[:, None, None, :] / (rate or 1)


@spatial_dropout.wrong("the mask instead of the maps")
def _(x, rate, draws):
    return (draws >= rate)[:, None, None, :] / (1 - rate)


@spatial_dropout.wrong("modified in place")
def _(x, rate, draws):
    x *= (draws >= rate)[:, None, None, :] / (1 - rate)
    return x


dropout_average = Task("dropout_average", points=2)


@dropout_average.cases
def _(rng):
    """Units that ReLU cuts for some masks, for all and for none; one input; rates of a half, 0 and others."""
    fixed = [([1, 1], [1, -1], 0, 0.25), ([2.0, 1.0, 3.0], [1.0, 0.5, 2.0], 1.0, 0.3), ([1.0, 2.0], [-1.0, -3.0], -0.5, 0.2),
             ([3], [-1], 2, 0.4), (rng.normal(size=5), rng.normal(size=5), 0.1, 0.0)]
    return fixed + [(rng.normal(size=n), rng.normal(size=n), float(rng.normal(0, 0.5)), float(rate))
                    for n, rate in [(1, 0.5), (4, 0.5), (6, 0.25), (8, 0.8), (10, 0.1)]]


@dropout_average.right("bits of a number, all masks at once")
def _(x, w, b, rate):
    n = len(x)
    masks = np.arange(2**n)[:, None] >> np.arange(n) & 1  # (2**n, n)
    p = np.where(masks, 1 - rate, rate).prod(axis=1)
    z = masks @ (np.array(x) * w) / (1 - rate) + b
    plain = float(np.dot(x, w) + b)
    result = {"mean": p @ z, "plain": plain, "mean_relu": p @ np.maximum(z, 0), "plain_relu": max(plain, 0.0)}
    gap = result["plain_relu"] - result["mean_relu"]
    return {**result, "verdict": "equal" if abs(gap) < 1e-9 else "too high" if gap > 0 else "too low"}


@dropout_average.right("input by input")
def _(x, w, b, rate):
    values = [(1.0, b)]
    for x_i, w_i in zip(x, w):
        values = [pair for p, z in values for pair in ((p * rate, z), (p * (1 - rate), z + w_i * x_i / (1 - rate)))]
    mean, relu = sum(p * z for p, z in values), sum(p * z for p, z in values if z > 0)
    plain = sum(x_i * w_i for x_i, w_i in zip(x, w)) + b
    cut = plain if plain > 0 else 0
    return {"mean": mean, "plain": plain, "mean_relu": relu, "plain_relu": cut,
            "verdict": "equal" if np.isclose(relu, cut, rtol=0, atol=1e-9) else "too low"}


def _average(x, w, b, rate, weight=None, scale=None, bias=lambda mask, scale: 1, verdict=None, masks=None, relu=None):
    x, w = np.array(x, float), np.array(w, float)
    scale = 1 - rate if scale is None else scale
    masks = masks or [np.array(mask) for mask in itertools.product([0, 1], repeat=len(x))]
    p = np.array([weight or np.where(mask, 1 - rate, rate).prod() for mask in masks])
    z = np.array([w @ (x * mask / scale) + b * bias(mask, scale) for mask in masks])
    plain = w @ x + b
    found = {"mean": p @ z, "plain": plain, "mean_relu": p @ np.maximum(z, 0), "plain_relu": max(0, plain)}
    if relu is not None:
        found["mean_relu"] = relu(found, p, z)
    gap = found["plain_relu"] - found["mean_relu"]
    return {**found, "verdict": verdict or ("equal" if abs(gap) < 1e-9 else "too low" if gap < 0 else "too high")}


@dropout_average.wrong("all masks equally likely")
def _(x, w, b, rate):
    return _average(x, w, b, rate, weight=0.5 ** len(x))


@dropout_average.wrong("dropped and kept mixed up")
def _(x, w, b, rate):
    return _average(x, w, b, 1 - rate, scale=1 - rate)


@dropout_average.wrong("not rescaled")
def _(x, w, b, rate):
    return _average(x, w, b, rate, scale=1)


@dropout_average.wrong("the bias rescaled too")
def _(x, w, b, rate):
    return _average(x, w, b, rate, bias=lambda mask, scale: 1 / scale)


@dropout_average.wrong("the bias dropped with the inputs")
def _(x, w, b, rate):
    return _average(x, w, b, rate, bias=lambda mask, scale: mask.any())


@dropout_average.wrong("ReLU of the average")
def _(x, w, b, rate):
    return _average(x, w, b, rate, relu=lambda found, p, z: max(0, found["mean"]))


@dropout_average.wrong("average of the values that ReLU lets through")
def _(x, w, b, rate):
    return _average(x, w, b, rate, relu=lambda found, p, z: p[z > 0] @ z[z > 0] / max(p[z > 0].sum(), 1e-12))


@dropout_average.wrong("without the empty mask")
def _(x, w, b, rate):
    return _average(x, w, b, rate, masks=[np.array(m) for m in itertools.product([0, 1], repeat=len(x)) if any(m)])


@dropout_average.wrong("a sample of masks")
def _(x, w, b, rate):
    masks = list(np.random.default_rng(0).random((200, len(x))) >= rate)
    return _average(x, w, b, rate, weight=1 / 200, masks=masks)


@dropout_average.wrong("always the same verdict: too low")
def _(x, w, b, rate):
    return _average(x, w, b, rate, verdict="too low")


@dropout_average.wrong("always the same verdict: equal")
def _(x, w, b, rate):
    return _average(x, w, b, rate, verdict="equal")


@dropout_average.wrong("the verdict turned round")
def _(x, w, b, rate):
    found = _average(x, w, b, rate)
    return {**found, "verdict": {"too low": "too high"}.get(found["verdict"], found["verdict"])}


vgg_network = Task("vgg_network", points=2, probe=probes.network)


@vgg_network.cases
def _(rng):
    """The lecture's first network, its third at a quarter; others on images that are not square; one without a block."""
    return [([(2, 32), (2, 64)],), ([(2, 8), (2, 16), (2, 32)], (32, 32, 3), 10, 128, 0.25, 0.5),
            ([(1, 6), (3, 8), (1, 4)], (27, 18, 1), int(rng.integers(3, 9)), 16, 0.1, 0.4),
            ([(1, 5)], (9, 12, 2), 4, 8, 0.3), ([], (4, 5, 3), 3, 7, 0.2, 0.3)]


@vgg_network.right("functional, layers only where a rate is not 0")
def _(blocks, input_shape=(32, 32, 3), classes=10, units=512, map_rate=0.0, unit_rate=0.0):
    layers = keras.layers
    inputs = x = keras.Input(input_shape)
    for convolutions, filters in blocks:
        for _ in range(convolutions):
            x = layers.ReLU()(layers.Conv2D(filters, (3, 3), padding="same")(x))
        x = layers.MaxPool2D((2, 2), strides=(2, 2))(x)
        x = layers.SpatialDropout2D(map_rate)(x) if map_rate else x
    x = layers.Dense(units, activation="relu")(layers.Flatten()(x))
    x = layers.Dropout(unit_rate)(x) if unit_rate > 0 else x
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


@vgg_network.right("a network of blocks, dropout with a noise shape")
def _(blocks, input_shape=(32, 32, 3), classes=10, units=512, map_rate=0.0, unit_rate=0.0):
    layers, parts = keras.layers, []
    for convolutions, filters in blocks:
        block = [layers.Conv2D(filters, 3, padding="same", activation="relu") for _ in range(convolutions)]
        drop = layers.Dropout(map_rate, noise_shape=(None, 1, 1, filters))
        parts.append(keras.Sequential([*block, layers.MaxPooling2D(), drop]))
    head = [layers.Flatten(), layers.Dense(units), layers.Activation("relu"), layers.Dropout(unit_rate)]
    return keras.Sequential([keras.Input(input_shape), *parts, *head, layers.Dense(classes), layers.Softmax()])


def _vgg(blocks, input_shape=(32, 32, 3), classes=10, units=512, map_rate=0.0, unit_rate=0.0, kernel=3, relu="relu",
         pool=lambda: keras.layers.MaxPooling2D(2), drop=lambda rate: keras.layers.SpatialDropout2D(rate), early=False, each=False,
         flatten=lambda: keras.layers.Flatten(), hidden="relu", last="softmax", head="DdD"):
    """A VGG network with one thing changed; the head's dense layers (D) and dropout (d) in any order."""
    layers, model = keras.layers, keras.Sequential([keras.Input(input_shape)])
    for convolutions, filters in blocks:
        for _ in range(convolutions):
            model.add(layers.Conv2D(filters, kernel, padding="same", activation=relu))
            if each:
                model.add(pool())
        block_end = [] if each else [pool()]
        for layer in [drop(map_rate), *block_end] if early else [*block_end, drop(map_rate)]:
            model.add(layer)
    model.add(flatten())
    dense = iter([layers.Dense(units, hidden), layers.Dense(classes, last)])
    for kind in head:
        model.add(next(dense) if kind == "D" else layers.Dropout(unit_rate))
    return model


@vgg_network.wrong("dropout of single values in the blocks")
def _(*case):
    return _vgg(*case, drop=keras.layers.Dropout)


@vgg_network.wrong("spatial dropout before the pooling")
def _(*case):
    return _vgg(*case, early=True)


@vgg_network.wrong("dropout before the dense layer")
def _(*case):
    return _vgg(*case, head="dDD")


@vgg_network.wrong("dropout of the answer")
def _(*case):
    return _vgg(*case, head="DDd")


@vgg_network.wrong("no dropout")
def _(*case):
    return _vgg(*case[:4])


@vgg_network.wrong("the two rates swapped")
def _(blocks, input_shape=(32, 32, 3), classes=10, units=512, map_rate=0.0, unit_rate=0.0):
    return _vgg(blocks, input_shape, classes, units, unit_rate, map_rate)


@vgg_network.wrong("the lecture's rates for all")
def _(blocks, input_shape=(32, 32, 3), classes=10, units=512, map_rate=0.0, unit_rate=0.0):
    return _vgg(blocks, input_shape, classes, units, 0.25, 0.5)


@vgg_network.wrong("5x5 kernels")
def _(*case):
    return _vgg(*case, kernel=5)


@vgg_network.wrong("pooling windows of 3, as on a slide")
def _(*case):
    return _vgg(*case, pool=lambda: keras.layers.MaxPooling2D(3, 2, padding="same"))


@vgg_network.wrong("average pooling")
def _(*case):
    return _vgg(*case, pool=lambda: keras.layers.AveragePooling2D(2))


@vgg_network.wrong("padded pooling")
def _(*case):
    return _vgg(*case, pool=lambda: keras.layers.MaxPooling2D(2, padding="same"))


@vgg_network.wrong("a pooling behind each convolution")
def _(*case):
    return _vgg(*case, each=True, pool=lambda: keras.layers.MaxPooling2D(2, padding="same"))


@vgg_network.wrong("one convolution in each block")
def _(blocks, *rest):
    return _vgg([(1, filters) for _, filters in blocks], *rest)


@vgg_network.wrong("no ReLU in the blocks")
def _(*case):
    return _vgg(*case, relu=None)


@vgg_network.wrong("no ReLU in the dense layer")
def _(*case):
    return _vgg(*case, hidden=None)


@vgg_network.wrong("no softmax")
def _(*case):
    return _vgg(*case, last=None)


@vgg_network.wrong("global pooling instead of flatten")
def _(*case):
    return _vgg(*case, flatten=keras.layers.GlobalAveragePooling2D)


@vgg_network.wrong("units hard-coded")
def _(blocks, input_shape=(32, 32, 3), classes=10, units=512, *rates):
    return _vgg(blocks, input_shape, classes, 512, *rates)


@vgg_network.wrong("two blocks only")
def _(blocks, *rest):
    return _vgg(blocks[:2], *rest)
