"""Hidden checks of exercise 16: DenseNet."""

import math

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

densenet_channels = Task("densenet_channels", points=2)


@densenet_channels.cases
def _(rng):
    """One block, odd channels, several compressions, and the networks of the paper."""
    fixed = [(64, [6, 12, 24, 16], 32, 0.5), (64, [6, 12, 32, 32], 32, 0.5), (24, [16, 16, 16], 12, 0.5), (16, [5], 12, 0.5),
             (9, [1, 1, 1], 5, 0.75), (7, [3, 2, 4, 1, 2], 3, 0.5), (11, [2, 2, 3], 7, 1.0), (13, [4, 3, 2], 6, 0.25)]
    draw = []
    for compression in (0.25, 0.5, 0.75, 0.5):
        blocks = [int(n) for n in rng.integers(1, 20, int(rng.integers(2, 6)))]
        draw.append((int(rng.integers(3, 90)), blocks, int(rng.integers(3, 40)), compression))
    return fixed + draw


def _channels(start, blocks, growth, compression, convs=2, transitions=1, ends=2, last=False, each=False, whole=math.floor):
    """Depth and channels; the options are mistakes, or none."""
    channels = []
    for i, layers in enumerate(blocks):
        channels.append(start + layers * growth)
        start = channels[-1]
        if i < len(blocks) - 1 or last:
            start = whole(compression * start)
            channels.append(start)
    if each:
        channels = channels[::2]
    return convs * sum(blocks) + transitions * (len(blocks) - 1) + ends, channels


@densenet_channels.right("transitions after blocks")
def _(start, blocks, growth, compression):
    return list(_channels(start, blocks, growth, compression))


@densenet_channels.right("arrays and whole numbers")
def _(start, blocks, growth, compression):
    out, quarters = [start], round(4 * compression)
    for layers in blocks:
        out += [out[-1] + layers * growth]
        out += [out[-1] * quarters // 4]
    return np.int64(1 + sum(2 * n + 1 for n in blocks)), np.array(out[1:-1])


@densenet_channels.wrong("one convolution for each layer")
def _(*case):
    return _channels(*case, convs=1)


@densenet_channels.wrong("transitions not counted")
def _(*case):
    return _channels(*case, transitions=0)


@densenet_channels.wrong("the last dense layer not counted")
def _(*case):
    return _channels(*case, ends=1)


@densenet_channels.wrong("a transition after the last block")
def _(*case):
    return _channels(*case, last=True)


@densenet_channels.wrong("blocks only")
def _(*case):
    return _channels(*case, each=True)


@densenet_channels.wrong("rounded up")
def _(*case):
    return _channels(*case, whole=math.ceil)


@densenet_channels.wrong("rounded to the nearest")
def _(*case):
    return _channels(*case, whole=lambda c: math.floor(c + 0.5))


@densenet_channels.wrong("not rounded")
def _(*case):
    return _channels(*case, whole=float)


@densenet_channels.wrong("no compression")
def _(start, blocks, growth, compression):
    return _channels(start, blocks, growth, 1)


@densenet_channels.wrong("always halved")
def _(start, blocks, growth, compression):
    return _channels(start, blocks, growth, 0.5)


@densenet_channels.wrong("the input of a block forgotten")
def _(start, blocks, growth, compression):
    out = []
    for layers in blocks:
        out += [layers * growth, int(compression * layers * growth)]
    return 2 * sum(blocks) + len(blocks) + 1, out[:-1]


@densenet_channels.wrong("the example hard-coded")
def _(*case):
    return 121, [256, 128, 512, 256, 1024, 512, 1024]


dense_block_bill = Task("dense_block_bill", points=2)


@dense_block_bill.cases
def _(rng):
    """With and without bottleneck, one layer and many, one pixel, and one too large for an int32."""
    fixed = [(56, 64, 6, 32, True), (1, 5, 3, 2, True), (1, 5, 3, 2, False), (112, 512, 24, 48, True), (7, 3, 1, 9, False)]
    sizes = rng.integers([2, 3, 2, 3], [40, 200, 20, 40], (6, 4))
    return fixed + [(*(int(n) for n in row), bool(i % 2)) for i, row in enumerate(sizes)]


def _bill(size, channels, layers, growth, bottleneck, wide=4, norm=2, second=True, bias=0, grow=True, power=2, places=None,
          norm_work=0):
    """Layer by layer; the options are mistakes, or none."""
    parameters = work = 0
    for i in range(layers):
        c = channels + i * growth if grow else channels
        convolutions = [(1, c, wide * growth), (3, wide * growth, growth)] if bottleneck else [(3, c, growth)]
        for n, (k, c_in, filters) in enumerate(convolutions):
            weights = k**power * c_in * filters
            normed = c_in if second or n == 0 else 0
            parameters += weights + norm * normed + bias * filters
            work += (weights + norm_work * normed) * (size * size if places is None else places(size, k))
    return parameters, work


@dense_block_bill.right("asks Keras")
def _(size, channels, layers, growth, bottleneck):
    x = inputs = keras.Input((size, size, channels))
    for _ in range(layers):
        y = keras.layers.BatchNormalization()(x)
        if bottleneck:
            y = keras.layers.BatchNormalization()(keras.layers.Conv2D(4 * growth, 1, use_bias=False)(y))
        y = keras.layers.Conv2D(growth, 3, padding="same", use_bias=False)(y)
        x = keras.layers.Concatenate()([x, y])
    learned = [math.prod(w.shape) for w in keras.Model(inputs, x).trainable_weights]
    kernels = [math.prod(w.shape) for w in keras.Model(inputs, x).trainable_weights if len(w.shape) == 4]
    return [sum(learned), sum(kernels) * size**2]


@dense_block_bill.right("in closed form")
def _(size, channels, layers, growth, bottleneck):
    read = layers * channels + growth * layers * (layers - 1) // 2  # channels read by all layers together
    if bottleneck:
        weights = 4 * growth * read + 36 * growth**2 * layers
        return weights + 2 * read + 8 * growth * layers, weights * size**2
    return 9 * growth * read + 2 * read, 9 * growth * read * size**2


@dense_block_bill.wrong("all layers read what the first reads")
def _(*case):
    return _bill(*case, grow=False)


@dense_block_bill.wrong("the bottleneck always")
def _(size, channels, layers, growth, bottleneck):
    return _bill(size, channels, layers, growth, True)


@dense_block_bill.wrong("the bottleneck never")
def _(size, channels, layers, growth, bottleneck):
    return _bill(size, channels, layers, growth, False)


@dense_block_bill.wrong("a bottleneck as wide as the growth")
def _(*case):
    return _bill(*case, wide=1)


@dense_block_bill.wrong("no normalisation")
def _(*case):
    return _bill(*case, norm=0)


@dense_block_bill.wrong("four numbers of a normalisation")
def _(*case):
    return _bill(*case, norm=4)


@dense_block_bill.wrong("the second normalisation forgotten")
def _(*case):
    return _bill(*case, second=False)


@dense_block_bill.wrong("biases")
def _(*case):
    return _bill(*case, bias=1)


@dense_block_bill.wrong("normalisation counted as work")
def _(*case):
    return _bill(*case, norm_work=1)


@dense_block_bill.wrong("additions counted, too")
def _(*case):
    parameters, work = _bill(*case)
    return parameters, 2 * work


@dense_block_bill.wrong("same and valid mixed")
def _(*case):
    return _bill(*case, places=lambda n, k: max(n - k + 1, 0) ** 2)


@dense_block_bill.wrong("the side for the area")
def _(*case):
    return _bill(*case, places=lambda n, k: n)


@dense_block_bill.wrong("kernels of k values")
def _(*case):
    return _bill(*case, power=1)


dense_block_numpy = Task("dense_block_numpy", points=2)


@dense_block_numpy.cases
def _(rng):
    """No layer, one and several; also layers that give different numbers of maps."""
    cases = []
    for shape, new in [((2, 3, 4, 3), (2, 2, 2)), ((1, 1, 1, 2), (1, 3, 2)), ((3, 2, 5, 4), (5,)),
                       ((1, 4, 3, 1), (2, 1, 1, 3)), ((2, 2, 2, 3), ()), ((1, 3, 3, 5), (4, 4))]:
        layers, channels = [], shape[-1]
        for n in new:
            layers.append((rng.normal(1, 0.5, channels), rng.normal(0, 0.5, channels), rng.normal(size=(channels, n))))
            channels += n
        cases.append((rng.normal(size=shape), layers))
    return cases


def _block(x, layers, front=False, relu=True, late=False, swapped=False, shift=True, last=False, source=None, only=False):
    """The stack; the options are mistakes, or none."""
    stack, newest = x, x.shape[-1]
    for scale, offset, kernel in layers:
        read = {None: slice(None), "newest": slice(-newest, None), "first": slice(0, x.shape[-1])}[source]
        maps = stack[..., read]
        if swapped:
            maps = scale[read] * np.maximum(maps, 0) + offset[read]
        else:
            maps = scale[read] * maps + (offset[read] if shift else 0)
            maps = np.maximum(maps, 0) if relu and not late else maps
        new = maps @ kernel[read]
        new = np.maximum(new, 0) if late else new
        stack, newest = np.concatenate([new, stack] if front else [stack, new], axis=-1), new.shape[-1]
    return stack[..., x.shape[-1]:] if only else stack


@dense_block_numpy.right("a list of maps, channel by channel")
def _(x, layers):
    maps = [x[..., c] for c in range(x.shape[-1])]
    for scale, shift, kernel in layers:
        read = [np.maximum(s * m + b, 0) for s, m, b in zip(scale, maps, shift)]
        maps += [sum(w * r for w, r in zip(column, read)) for column in kernel.T]
    return np.stack(maps, axis=-1)


@dense_block_numpy.right("room for all, read from a copy")
def _(x, layers):
    channels = x.shape[-1]
    stack = np.zeros((*x.shape[:-1], channels + sum(k.shape[1] for _, _, k in layers)))
    stack[..., :channels] = x
    for scale, shift, kernel in layers:
        maps = stack[..., :channels].copy()
        maps *= scale
        maps += shift
        maps[maps < 0] = 0
        stack[..., channels:channels + kernel.shape[1]] = maps @ kernel
        channels += kernel.shape[1]
    return stack


@dense_block_numpy.right("Keras in float32")
def _(x, layers):
    stack = np.asarray(x, "float32")
    for scale, shift, kernel in layers:
        maps = keras.ops.relu(stack * np.asarray(scale, "float32") + np.asarray(shift, "float32"))
        stack = keras.ops.concatenate([stack, keras.ops.conv(maps, np.asarray(kernel[None, None], "float32"))], axis=-1)
    return stack


def _written_over(x, layers, relu_only=False):
    stack = x
    for scale, shift, kernel in layers:
        read = np.maximum(scale * stack + shift, 0)
        stack = np.concatenate([np.maximum(stack, 0) if relu_only else read, read @ kernel], axis=-1)
    return stack


@dense_block_numpy.wrong("maps written over")
def _(x, layers):
    return _written_over(x, layers)


@dense_block_numpy.wrong("only the ReLU written over")
def _(x, layers):
    return _written_over(x, layers, relu_only=True)


@dense_block_numpy.wrong("only the output's first part mended")
def _(x, layers):
    stack = _written_over(x, layers)
    stack = stack.copy()
    stack[..., :x.shape[-1]] = x
    return stack


@dense_block_numpy.wrong("input modified in place")
def _(x, layers):
    out = _block(x, layers)
    np.maximum(x, 0, out=x)
    return out


@dense_block_numpy.wrong("new maps in front")
def _(*case):
    return _block(*case, front=True)


@dense_block_numpy.wrong("no ReLU")
def _(*case):
    return _block(*case, relu=False)


@dense_block_numpy.wrong("ReLU after the convolution")
def _(*case):
    return _block(*case, late=True)


@dense_block_numpy.wrong("ReLU before the normalisation")
def _(*case):
    return _block(*case, swapped=True)


@dense_block_numpy.wrong("no shift")
def _(*case):
    return _block(*case, shift=False)


@dense_block_numpy.wrong("reads the newest maps only")
def _(*case):
    return _block(*case, source="newest")


@dense_block_numpy.wrong("reads the input only")
def _(*case):
    return _block(*case, source="first")


@dense_block_numpy.wrong("the new maps alone")
def _(*case):
    return _block(*case, only=True)


@dense_block_numpy.wrong("adds instead of stacking")
def _(x, layers):
    out = _block(x, layers)
    shared = min(x.shape[-1], out.shape[-1] - x.shape[-1])
    out = out.copy()
    out[..., :shared] += out[..., x.shape[-1]:x.shape[-1] + shared]
    return out[..., :x.shape[-1]]


densenet_block = Task("densenet_block", points=2, probe=probes.network)


@densenet_block.cases
def _(rng):
    """Sides that differ, one layer and several, growth 1."""
    drawn = (5, 5, int(rng.integers(9, 12))), 2, int(rng.integers(4, 7))
    return [((6, 5, 7), 2, 3), ((4, 7, 5), 3, 1), ((1, 1, 3), 1, 2), drawn]


def _keras_block(shape, layers, growth, order="nac", wide=4, bias=False, front=False, bottleneck=True, source="all",
                 relu=(1, 1), norm=(1, 1), sizes=(1, 3), only=False, final=False):
    """A dense block; order: n norm, a activation, c convolution. The options are mistakes, or none."""
    def part(x, filters, size, i):
        for step in order:
            if step == "n" and norm[i]:
                x = keras.layers.BatchNormalization()(x)
            if step == "a" and relu[i]:
                x = keras.layers.ReLU()(x)
            if step == "c":
                x = keras.layers.Conv2D(filters, size, padding="same", use_bias=bias)(x)
        return x

    x = inputs = newest = keras.Input(shape)
    made = []
    for _ in range(layers):
        read = {"all": x, "newest": newest, "first": inputs}[source]
        newest = part(part(read, wide * growth, sizes[0], 0) if bottleneck else read, growth, sizes[1], 1)
        made.append(newest)
        x = keras.layers.Concatenate()([newest, x] if front else [x, newest])
    if only:
        x = keras.layers.Concatenate()(made) if len(made) > 1 else made[0]
    return keras.Model(inputs, keras.layers.ReLU()(x) if final else x)


@densenet_block.right("activations as layers, all maps joined anew")
def _(shape, layers, growth):
    inputs = keras.Input(shape)
    maps = [inputs]
    for _ in range(layers):
        x = keras.layers.concatenate(maps, axis=3) if len(maps) > 1 else inputs
        x = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(x))
        x = keras.layers.Conv2D(4 * growth, (1, 1), use_bias=False)(x)
        x = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(x))
        maps.append(keras.layers.Conv2D(growth, (3, 3), (1, 1), "same", use_bias=False)(x))
    return keras.Model(inputs, keras.layers.concatenate(maps))


@densenet_block.right("a Sequential for each layer")
def _(shape, layers, growth):
    x = inputs = keras.Input(shape)
    for _ in range(layers):
        one = keras.Sequential([keras.layers.BatchNormalization(axis=-1), keras.layers.ReLU(),
                                keras.layers.Conv2D(growth * 4, 1, use_bias=False), keras.layers.BatchNormalization(),
                                keras.layers.ReLU(), keras.layers.Conv2D(growth, 3, padding="same", use_bias=False)])
        x = keras.ops.concatenate([x, one(x)], axis=-1)
    return keras.Model(inputs, x)


@densenet_block.wrong("convolution first, then normalisation")
def _(*case):
    return _keras_block(*case, order="cna")


@densenet_block.wrong("ReLU before the normalisation")
def _(*case):
    return _keras_block(*case, order="anc")


@densenet_block.wrong("no ReLU in the bottleneck")
def _(*case):
    return _keras_block(*case, relu=(0, 1))


@densenet_block.wrong("no ReLU before the 3x3 convolution")
def _(*case):
    return _keras_block(*case, relu=(1, 0))


@densenet_block.wrong("one normalisation")
def _(*case):
    return _keras_block(*case, norm=(1, 0))


@densenet_block.wrong("no bottleneck")
def _(*case):
    return _keras_block(*case, bottleneck=False)


@densenet_block.wrong("a bottleneck as wide as the growth")
def _(*case):
    return _keras_block(*case, wide=1)


@densenet_block.wrong("1x1 and 3x3 swapped")
def _(*case):
    return _keras_block(*case, sizes=(3, 1))


@densenet_block.wrong("biases")
def _(*case):
    return _keras_block(*case, bias=True)


@densenet_block.wrong("new maps in front")
def _(*case):
    return _keras_block(*case, front=True)


@densenet_block.wrong("reads the newest maps only")
def _(*case):
    return _keras_block(*case, source="newest")


@densenet_block.wrong("reads the input only")
def _(*case):
    return _keras_block(*case, source="first")


@densenet_block.wrong("the new maps alone")
def _(*case):
    return _keras_block(*case, only=True)


@densenet_block.wrong("a layer too many")
def _(shape, layers, growth):
    return _keras_block(shape, layers + 1, growth)


@densenet_block.wrong("ReLU after the block")
def _(*case):
    return _keras_block(*case, final=True)


@densenet_block.wrong("the example hard-coded")
def _(shape, layers, growth):
    return _keras_block((14, 14, 64), 3, 32)


densenet_transition = Task("densenet_transition", points=1, probe=probes.network)


@densenet_transition.cases
def _(rng):
    """Odd sides and odd channels, several compressions."""
    drawn = (2, 2, int(rng.integers(12, 16)))
    return [((6, 4, 8), 0.5), ((5, 9, 7), 0.5), ((7, 3, 11), 0.75), (drawn, 0.25), ((3, 8, 5), 1.0)]


def _transition(shape, compression, whole=math.floor, pool=None, norm=True, relu=True, bias=False, order="nacp", stride=1,
                size=1):
    """A transition; the options are mistakes, or none."""
    filters = whole(compression * shape[-1])
    parts = {"n": keras.layers.BatchNormalization() if norm else None, "a": keras.layers.ReLU() if relu else None,
             "c": keras.layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=bias),
             "p": pool or keras.layers.AveragePooling2D(2)}
    return keras.Sequential([keras.Input(shape), *(parts[p] for p in order if parts[p] is not None)])


@densenet_transition.right("functional, the pooling first")
def _(shape, compression):
    inputs = keras.Input(shape)
    x = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(inputs))
    x = keras.layers.AvgPool2D((2, 2), strides=(2, 2), padding="valid")(x)
    return keras.Model(inputs, keras.layers.Conv2D(math.floor(shape[2] * compression), (1, 1), use_bias=False)(x))


@densenet_transition.right("in the order of the text")
def _(shape, compression):
    return _transition(shape, compression)


@densenet_transition.wrong("rounded up")
def _(*case):
    return _transition(*case, whole=math.ceil)


@densenet_transition.wrong("rounded to the nearest")
def _(*case):
    return _transition(*case, whole=lambda c: math.floor(c + 0.5))


@densenet_transition.wrong("always halved")
def _(shape, compression):
    return _transition(shape, 0.5)


@densenet_transition.wrong("no compression")
def _(shape, compression):
    return _transition(shape, 1)


@densenet_transition.wrong("max pooling")
def _(*case):
    return _transition(*case, pool=keras.layers.MaxPooling2D(2))


@densenet_transition.wrong("pooling with same padding")
def _(*case):
    return _transition(*case, pool=keras.layers.AveragePooling2D(2, padding="same"))


@densenet_transition.wrong("stride 2 in the convolution")
def _(*case):
    return _transition(*case, order="nac", stride=2)


@densenet_transition.wrong("no ReLU")
def _(*case):
    return _transition(*case, relu=False)


@densenet_transition.wrong("no normalisation")
def _(*case):
    return _transition(*case, norm=False)


@densenet_transition.wrong("ReLU after the convolution")
def _(*case):
    return _transition(*case, order="ncap")


@densenet_transition.wrong("pooled before the ReLU")
def _(*case):
    return _transition(*case, order="npac")


@densenet_transition.wrong("a bias")
def _(*case):
    return _transition(*case, bias=True)


@densenet_transition.wrong("3x3 convolution")
def _(*case):
    return _transition(*case, size=3)


dense_layers_that_fit = Task("dense_layers_that_fit", points=2)


def _maps(channels, growth, n, copies=True):
    """Maps that n layers keep."""
    return channels + n * growth + copies * (n * channels + growth * n * (n - 1) // 2)


@dense_layers_that_fit.cases
def _(rng):
    """Limits that are just enough and a byte short for both ways, and no layer at all."""
    cases = [(32, 24, 12, 8 * 10**6), (1, 1, 1, 4), (5, 2, 7, 4 * 25 * 2 + 3), (56, 64, 32, 3 * 10**9)]
    for copies in (True, False):
        for short in (0, 1):
            size, channels, growth, n = (int(v) for v in rng.integers([3, 2, 2, 3], [30, 40, 20, 25]))
            cases.append((size, channels, growth, 4 * size**2 * _maps(channels, growth, n, copies) - short))
    return cases


def _fit(size, channels, growth, limit, value=4, area=None, shared=None, copied=None, strict=False, more=0):
    """Layers that fit for two rules maps(n); the options are mistakes, or none."""
    room = limit / (value * (size * size if area is None else area(size)))

    def most(maps):
        n = 0
        while maps(n + 1) < room or (maps(n + 1) == room and not strict):
            n += 1
        return n + more

    return {"shared": most(shared or (lambda n: _maps(channels, growth, n, False))),
            "copied": most(copied or (lambda n: _maps(channels, growth, n)))}


@dense_layers_that_fit.right("tries one layer after the other")
def _(*case):
    return _fit(*case)


@dense_layers_that_fit.right("adds arrays up")
def _(size, channels, growth, limit):
    layers = np.arange(limit // (4 * size**2 * growth) + 2, dtype=np.int64)
    read = channels + growth * layers  # maps that layer 0, 1, ... read
    both = np.concatenate([[0], np.cumsum(read)[:-1]]) + read
    return {"shared": np.sum(4 * size**2 * read <= limit) - 1, "copied": int(np.sum(4 * size**2 * both <= limit)) - 1}


@dense_layers_that_fit.wrong("a layer too many")
def _(*case):
    return _fit(*case, more=1)


@dense_layers_that_fit.wrong("not all bytes used")
def _(*case):
    return _fit(*case, strict=True)


@dense_layers_that_fit.wrong("a byte for a value")
def _(*case):
    return _fit(*case, value=1)


@dense_layers_that_fit.wrong("eight bytes for a value")
def _(*case):
    return _fit(*case, value=8)


@dense_layers_that_fit.wrong("the side for the area")
def _(*case):
    return _fit(*case, area=lambda size: size)


@dense_layers_that_fit.wrong("what comes in forgotten")
def _(size, channels, growth, limit):
    return _fit(size, channels, growth, limit, shared=lambda n: n * growth,
                copied=lambda n: _maps(channels, growth, n) - channels)


@dense_layers_that_fit.wrong("copies only")
def _(size, channels, growth, limit):
    return _fit(size, channels, growth, limit, copied=lambda n: n * channels + growth * n * (n - 1) // 2)


@dense_layers_that_fit.wrong("the copy of the first layer forgotten")
def _(size, channels, growth, limit):
    return _fit(size, channels, growth, limit, copied=lambda n: _maps(channels, growth, n) - channels)


@dense_layers_that_fit.wrong("a layer copies its own maps, too")
def _(size, channels, growth, limit):
    return _fit(size, channels, growth, limit, copied=lambda n: _maps(channels, growth, n) + n * growth)


@dense_layers_that_fit.wrong("copies do not grow")
def _(size, channels, growth, limit):
    return _fit(size, channels, growth, limit, copied=lambda n: channels + n * (growth + channels))


@dense_layers_that_fit.wrong("every map twice")
def _(size, channels, growth, limit):
    return _fit(size, channels, growth, limit, copied=lambda n: 2 * (channels + n * growth))


@dense_layers_that_fit.wrong("the two ways swapped")
def _(*case):
    fits = _fit(*case)
    return {"shared": fits["copied"], "copied": fits["shared"]}
