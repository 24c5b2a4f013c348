"""Hidden checks of exercise 15: ResNet."""

import keras
import numpy as np

from course.grading import plain
from course.grading.tasks import Task

batch_norm_nhwc = Task("batch_norm_nhwc", points=2)


@batch_norm_nhwc.cases
def _(rng):
    """Training and use; one value for each channel, all four sizes alike, pixels as bytes, a large epsilon."""
    cases = []
    for size in [(4, 5, 6, 3), (3, 3, 3, 3), (1, 4, 2, 5), (2, 1, 1, 4), (1, 1, 1, 2), (6, 3, 4, 1)]:
        for training in (True, False):
            x, c = rng.normal(rng.uniform(-2, 2, size[-1]), 1.5, size), size[-1]
            settings = (0.9, 0.3) if training else (float(rng.uniform(0.6, 0.98)), 0.05)
            gamma, beta, mean = rng.normal(size=(3, c))
            cases.append((x, gamma, beta, mean, rng.uniform(0.3, 4, c), training, *settings))
    bytes_ = rng.integers(0, 256, (3, 6, 5, 2), dtype=np.uint8)
    return [*cases, (bytes_, *rng.uniform(0.5, 2, (4, 2)), True), (bytes_, *rng.uniform(0.5, 2, (4, 2)), False)]


@batch_norm_nhwc.right("asks Keras")
def _(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=1e-3):
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon)
    layer.build((None, *x.shape[1:]))
    layer.set_weights([gamma, beta, moving_mean, moving_variance])
    y = layer(np.asarray(x, "float32"), training=training)
    return y, layer.moving_mean.numpy(), layer.moving_variance.numpy()


@batch_norm_nhwc.right("channel by channel, a list")
def _(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=1e-3):
    y, means, variances = np.empty(x.shape), [], []
    for c in range(x.shape[-1]):
        values = x[..., c].astype(float)
        mean, variance = moving_mean[c], moving_variance[c]
        if training:
            mean = values.mean()
            variance = ((values - mean) ** 2).mean()
        y[..., c] = (values - mean) / (variance + epsilon) ** 0.5 * gamma[c] + beta[c]
        means.append(moving_mean[c] + (1 - momentum) * (mean - moving_mean[c]))  # without training: the same again
        variances.append(moving_variance[c] + (1 - momentum) * (variance - moving_variance[c]))
    return [y, means, variances]


def _batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=1e-3, axis=(0, 1, 2), ddof=0,
                moving_ddof=0, update=None, root=lambda v, e: np.sqrt(v + e), batch=None, old=None):
    """Batch normalisation; the options are mistakes, or none."""
    with np.errstate(all="ignore"):
        mean = x.mean(axis=axis)
        n = np.float64(x.size // mean.size)  # values for each mean
        variance = x.var(axis=axis) * n / (n - ddof)
        new = momentum if old is None else old(momentum)
        moved = moving_mean, moving_variance
        if training if update is None else update:
            moved = (new * moving_mean + (1 - new) * np.resize(mean, len(gamma)),
                     new * moving_variance + (1 - new) * np.resize(x.var(axis=axis) * n / (n - moving_ddof), len(gamma)))
        if not (training if batch is None else batch):
            mean, variance = moving_mean, moving_variance
        elif axis != (0, 1, 2):
            mean, variance = (np.broadcast_to(np.expand_dims(v, axis), x.shape) for v in (mean, variance))
        return gamma * (x - mean) / root(variance, epsilon) + beta, *moved


@batch_norm_nhwc.wrong("statistics of the batch at test time")
def _(*case):
    return _batch_norm(*case, batch=True)


@batch_norm_nhwc.wrong("moving values in training")
def _(*case):
    return _batch_norm(*case, batch=False)


@batch_norm_nhwc.wrong("moving values go on moving at test time")
def _(*case):
    return _batch_norm(*case, update=True)


@batch_norm_nhwc.wrong("moving values never move")
def _(*case):
    return _batch_norm(*case, update=False)


@batch_norm_nhwc.wrong("momentum the other way round")
def _(*case):
    return _batch_norm(*case, old=lambda momentum: 1 - momentum)


@batch_norm_nhwc.wrong("channels first")
def _(*case):
    return _batch_norm(*case, axis=(0, 2, 3))


@batch_norm_nhwc.wrong("over the batch alone")
def _(*case):
    return _batch_norm(*case, axis=(0,))


@batch_norm_nhwc.wrong("each image for itself")
def _(*case):
    return _batch_norm(*case, axis=(1, 2))


@batch_norm_nhwc.wrong("over the channels")
def _(*case):
    return _batch_norm(*case, axis=(3,))


@batch_norm_nhwc.wrong("over everything")
def _(*case):
    return _batch_norm(*case, axis=(0, 1, 2, 3))


@batch_norm_nhwc.wrong("divides by n - 1")
def _(*case):
    return _batch_norm(*case, ddof=1, moving_ddof=1)


@batch_norm_nhwc.wrong("divides by n - 1 in the moving variance")
def _(*case):
    return _batch_norm(*case, moving_ddof=1)


@batch_norm_nhwc.wrong("epsilon outside the root")
def _(*case):
    return _batch_norm(*case, root=lambda variance, epsilon: np.sqrt(variance) + epsilon)


@batch_norm_nhwc.wrong("divides by the variance")
def _(*case):
    return _batch_norm(*case, root=lambda variance, epsilon: variance + epsilon)


@batch_norm_nhwc.wrong("no gamma and beta")
def _(x, gamma, beta, *rest):
    return _batch_norm(x, np.ones_like(gamma), np.zeros_like(beta), *rest)


@batch_norm_nhwc.wrong("momentum of the default for all")
def _(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(x, gamma, beta, moving_mean, moving_variance, training, 0.99, epsilon)


@batch_norm_nhwc.wrong("input modified in place")
def _(x, gamma, beta, moving_mean, moving_variance, *rest):
    y, mean, variance = _batch_norm(x, gamma, beta, moving_mean, moving_variance, *rest)
    moving_mean[:], moving_variance[:] = mean, variance
    return y, moving_mean, moving_variance


@batch_norm_nhwc.wrong("integer overflow")
def _(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=1e-3):
    mean, variance = moving_mean, moving_variance
    if training:
        mean = x.mean(axis=(0, 1, 2))
        variance = (x * x).mean(axis=(0, 1, 2)) - mean**2  # x * x of bytes
        moving_mean = momentum * moving_mean + (1 - momentum) * mean
        moving_variance = momentum * moving_variance + (1 - momentum) * variance
    with np.errstate(all="ignore"):
        return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta, moving_mean, moving_variance


fold_batch_norm = Task("fold_batch_norm", points=2)


@fold_batch_norm.cases
def _(rng):
    """Kernels of several sizes, as many channels as filters, one weight, a negative gamma and a large epsilon."""
    cases = []
    for k, c, f in [(3, 4, 6), (3, 3, 3), (1, 5, 2), (5, 1, 4), (1, 1, 1), (2, 6, 1)]:
        bias, gamma, beta, mean = rng.normal(size=(4, f))
        cases.append((rng.normal(size=(k, k, c, f)), bias, gamma, beta, mean, rng.uniform(0.2, 3, f)))
    return cases + [(*case, 0.5) for case in cases[:3]]


def _fold(kernel, bias, gamma, beta, mean, variance, epsilon=1e-3, axis=3, root=lambda v, e: np.sqrt(v + e),
          scale_bias=True):
    """The folded pair; the options are mistakes, or none."""
    scale = gamma / root(variance, epsilon)
    along = np.resize(scale, kernel.shape[axis]).reshape([-1 if i == axis else 1 for i in range(4)])
    return kernel * along, (bias - mean) * (scale if scale_bias else 1) + beta


@fold_batch_norm.right("einsum")
def _(kernel, bias, gamma, beta, mean, variance, epsilon=1e-3):
    scale = gamma * (variance + epsilon) ** -0.5
    return [np.einsum("hwcf,f->hwcf", kernel, scale), beta + bias * scale - mean * scale]


@fold_batch_norm.right("filter by filter in float32")
def _(kernel, bias, gamma, beta, mean, variance, epsilon=1e-3):
    new_kernel, new_bias = kernel.astype("float32"), []
    for f in range(len(bias)):
        scale = gamma[f] / np.sqrt(variance[f] + epsilon)
        new_kernel[..., f] *= scale
        new_bias.append(scale * (bias[f] - mean[f]) + beta[f])
    return new_kernel, new_bias


@fold_batch_norm.wrong("forgets the bias of the convolution")
def _(kernel, bias, *rest):
    return _fold(kernel, 0 * bias, *rest)


@fold_batch_norm.wrong("the bias is not scaled")
def _(*case):
    return _fold(*case, scale_bias=False)


@fold_batch_norm.wrong("along the channels of the input")
def _(*case):
    return _fold(*case, axis=2)


@fold_batch_norm.wrong("kernel read as filters first")
def _(*case):
    return _fold(*case, axis=0)


@fold_batch_norm.wrong("epsilon outside the root")
def _(*case):
    return _fold(*case, root=lambda variance, epsilon: np.sqrt(variance) + epsilon)


@fold_batch_norm.wrong("no epsilon")
def _(*case):
    return _fold(*case, root=lambda variance, epsilon: np.sqrt(variance))


@fold_batch_norm.wrong("divides by the variance")
def _(*case):
    return _fold(*case, root=lambda variance, epsilon: variance + epsilon)


@fold_batch_norm.wrong("forgets gamma")
def _(kernel, bias, gamma, *rest):
    return _fold(kernel, bias, np.ones_like(gamma), *rest)


@fold_batch_norm.wrong("forgets beta")
def _(kernel, bias, gamma, beta, *rest):
    return _fold(kernel, bias, gamma, 0 * beta, *rest)


@fold_batch_norm.wrong("forgets the mean")
def _(kernel, bias, gamma, beta, mean, *rest):
    return _fold(kernel, bias, gamma, beta, 0 * mean, *rest)


@fold_batch_norm.wrong("kernel flipped")
def _(*case):
    kernel, bias = _fold(*case)
    return kernel[::-1, ::-1], bias


@fold_batch_norm.wrong("input modified in place")
def _(kernel, *rest):
    new_kernel, bias = _fold(kernel, *rest)
    kernel[...] = new_kernel
    return kernel, bias


resnet_basic_block = Task("resnet_basic_block", points=2)


@resnet_basic_block.cases
def _(rng):
    """Identity; more channels, a stride, both; fewer channels; odd sizes; a stride of 3."""
    fixed = [((6, 6, 4), 4), ((8, 6, 3), 5), ((8, 8, 4), 4, 2), ((7, 9, 3), 6, 2), ((5, 5, 6), 2, 1), ((10, 7, 2), 3, 3)]
    side = int(rng.integers(4, 12))
    return [*fixed, ((side, side + 1, 5), 5, 1)]


@resnet_basic_block.probe
def _(f, cases, seed):
    """Weights by shape and kind alone: in which order the two ways were written does not matter."""
    def describe(model):
        for variable in model.weights:
            shape, kind = tuple(variable.shape), variable.name.split("/")[-1]
            rng = np.random.default_rng([seed, *shape, *kind.encode()])
            fan_in = max(1, int(np.prod(shape[:-1])))
            spread = rng.uniform(0.5, 1.5, shape)
            values = spread if kind in ("gamma", "moving_variance") else rng.normal(0.1 / fan_in, 1 / np.sqrt(fan_in), shape)
            variable.assign(values.astype("float32"))
        size = [2] + [d or 8 for d in model.input_shape[1:]]
        x = np.random.default_rng([seed, *size]).normal(0, 1, size).astype("float32")
        trained = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
        return {"input": [d or 0 for d in model.input_shape], "output": [d or 0 for d in model.output_shape],
                "trainable": trained, "fixed": model.count_params() - trained, "y": np.asarray(model(x, training=False))}

    return call(lambda *case: describe(f(*case)), cases, seed)  # `call` is there in the sandbox


@resnet_basic_block.compare
def _(mine, theirs):
    part = plain.first_difference(mine, theirs, {
        "input": "the input shape", "output": "the output shape", "trainable": "the number of trainable parameters",
        "fixed": "the number of parameters that are not trainable"})
    if part:
        return f"{part} of the block is wrong"
    return "with the same weights the block computes something else" if plain.difference(mine["y"], theirs["y"], 1e-3, 1e-5) else None


def _block(shape, filters, stride=1, strides=None, relu="after", second_norm=True, first_relu=True, bias=False, normed=True,
           project=False, size=1, merge=lambda: keras.layers.Add(), norm_first=True, shortcut=True):
    """A basic block; the options are mistakes, or none."""
    layers = keras.layers

    def conv(x, k, step, norm=True):
        x = layers.Conv2D(filters, k, step, padding="same", use_bias=bias)(x)
        return layers.BatchNormalization()(x) if norm else x

    x = inputs = keras.Input(shape)
    steps = strides or (stride, 1)
    x = conv(x, 3, steps[0]) if norm_first else layers.BatchNormalization()(layers.ReLU()(conv(x, 3, steps[0], norm=False)))
    x = layers.ReLU()(x) if first_relu and norm_first else x
    x = conv(x, 3, steps[1], second_norm)
    x = layers.ReLU()(x) if relu in ("before", "both") else x
    fits = stride == 1 and shape[-1] == filters and not project
    x = merge()([x, inputs if fits else conv(inputs, size, stride, normed)]) if shortcut else x
    return keras.Model(inputs, layers.ReLU()(x) if relu in ("after", "both") else x)


@resnet_basic_block.right("the shortcut first, the other way round in the sum")
def _(shape, filters, stride=1):
    layers = keras.layers
    inputs = way = keras.Input(shape)
    if stride != 1 or shape[-1] != filters:
        way = layers.BatchNormalization(name="shortcut_norm")(layers.Conv2D(filters, 1, stride, use_bias=False)(inputs))
    x = layers.Conv2D(filters, (3, 3), (stride, stride), "same", use_bias=False)(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
    return keras.Model(inputs, layers.Activation("relu")(layers.add([way, x])))


@resnet_basic_block.right("operators and ops")
def _(shape, filters, stride=1):
    def conv(x, k, step):
        return keras.layers.BatchNormalization()(keras.layers.Conv2D(filters, k, step, "same", use_bias=False)(x))

    x = keras.Input(tuple(shape))
    y = conv(keras.ops.relu(conv(x, 3, stride)), 3, 1)
    if stride == 1 and shape[2] == filters:
        return keras.Model(x, keras.ops.relu(x + y))
    return keras.Model(inputs=x, outputs=keras.ops.relu(y + conv(x, 1, stride)))


@resnet_basic_block.right("the main way as a Sequential inside")
def _(shape, filters, stride=1):
    layers = keras.layers
    inputs = keras.Input(shape)
    main = keras.Sequential([keras.Input(shape), layers.Conv2D(filters, 3, stride, padding="same", use_bias=False),
                             layers.BatchNormalization(), layers.ReLU(),
                             layers.Conv2D(filters, 3, padding="same", use_bias=False), layers.BatchNormalization()])
    side = keras.Sequential([keras.Input(shape), layers.Conv2D(filters, 1, stride, use_bias=False),
                             layers.BatchNormalization()])
    way = inputs if stride == 1 and filters == shape[-1] else side(inputs)
    return keras.Model(inputs, layers.ReLU()(layers.Add()([main(inputs), way])))


@resnet_basic_block.wrong("no shortcut")
def _(*case):
    return _block(*case, shortcut=False)


@resnet_basic_block.wrong("ReLU before the sum")
def _(*case):
    return _block(*case, relu="before")


@resnet_basic_block.wrong("ReLU before and after the sum")
def _(*case):
    return _block(*case, relu="both")


@resnet_basic_block.wrong("no ReLU at the end")
def _(*case):
    return _block(*case, relu="none")


@resnet_basic_block.wrong("no ReLU in the middle")
def _(*case):
    return _block(*case, first_relu=False)


@resnet_basic_block.wrong("ReLU before batch normalisation")
def _(*case):
    return _block(*case, norm_first=False)


@resnet_basic_block.wrong("no batch normalisation after the second convolution")
def _(*case):
    return _block(*case, second_norm=False)


@resnet_basic_block.wrong("no batch normalisation in the projection")
def _(*case):
    return _block(*case, normed=False)


@resnet_basic_block.wrong("a projection always")
def _(*case):
    return _block(*case, project=True)


@resnet_basic_block.wrong("a projection of 3x3")
def _(*case):
    return _block(*case, size=3)


@resnet_basic_block.wrong("stride in the second convolution")
def _(shape, filters, stride=1):
    return _block(shape, filters, stride, strides=(1, stride))


@resnet_basic_block.wrong("never a stride")
def _(shape, filters, stride=1):
    return _block(shape, filters)


@resnet_basic_block.wrong("stride 2 wherever channels change")
def _(shape, filters, stride=1):
    return _block(shape, filters, 1 if shape[-1] == filters else 2)


@resnet_basic_block.wrong("biases in the convolutions")
def _(*case):
    return _block(*case, bias=True)


@resnet_basic_block.wrong("a product for the sum")
def _(*case):
    return _block(*case, merge=keras.layers.Multiply)


@resnet_basic_block.wrong("the mean for the sum")
def _(*case):
    return _block(*case, merge=keras.layers.Average)


@resnet_basic_block.wrong("pooling and a projection without stride")
def _(shape, filters, stride=1):
    if stride == 1:
        return _block(shape, filters)
    layers, inputs = keras.layers, keras.Input(shape)
    main = keras.Sequential([keras.Input(shape), layers.Conv2D(filters, 3, stride, "same", use_bias=False),
                             layers.BatchNormalization(), layers.ReLU(),
                             layers.Conv2D(filters, 3, padding="same", use_bias=False), layers.BatchNormalization()])
    way = layers.AveragePooling2D(stride, padding="same")(inputs)
    way = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(way))
    return keras.Model(inputs, layers.ReLU()(layers.Add()([main(inputs), way])))


@resnet_basic_block.wrong("one convolution used twice")
def _(shape, filters, stride=1):
    layers, inputs = keras.layers, keras.Input(shape)
    if stride != 1 or shape[-1] != filters:
        return _block(shape, filters, stride)
    conv = layers.Conv2D(filters, 3, padding="same", use_bias=False)
    x = layers.ReLU()(layers.BatchNormalization()(conv(inputs)))
    x = layers.BatchNormalization()(conv(x))
    return keras.Model(inputs, layers.ReLU()(layers.Add()([x, inputs])))


preactivation_block = Task("preactivation_block", points=2)


@preactivation_block.cases
def _(rng):
    """Wider and narrower inside, square matrices, one pixel, weights of 0, whole numbers."""
    sizes = [(3, 4, 5, 2), (2, 2, 3, 6), (4, 3, 4, 4), (1, 1, 2, 2), (1, 5, 1, 3), (4, 4, 4, 4)]
    cases = [(rng.normal(size=(h, w, c)), rng.normal(size=(c, n)), rng.normal(size=(n, c))) for h, w, c, n in sizes]
    whole = tuple(rng.integers(-5, 6, size) for size in [(3, 2, 4), (4, 3), (3, 4)])
    return [*cases, (cases[0][0], np.zeros((5, 2)), np.zeros((2, 5))), whole]


def _relu(x):
    return np.maximum(x, 0)


@preactivation_block.right("pixel by pixel")
def _(x, w1, w2):
    out = np.zeros(x.shape)
    for i, row in enumerate(x):
        for j, pixel in enumerate(row):
            out[i, j] = pixel + _relu(_relu(pixel) @ w1) @ w2
    return out


@preactivation_block.right("the shortcut copied")
def _(x, w1, w2):
    shortcut = x.copy()
    h = np.einsum("hwc,cn->hwn", np.where(x > 0, x, 0), w1)
    h[h < 0] = 0
    return np.tensordot(h, w2, axes=1) + shortcut


@preactivation_block.right("1x1 convolutions of Keras")
def _(x, w1, w2):
    x, w1, w2 = (np.asarray(a, "float32") for a in (x, w1, w2))
    h = keras.ops.conv(keras.ops.relu(x[None]), w1[None, None])
    return x + keras.ops.conv(keras.ops.relu(h), w2[None, None])[0]


@preactivation_block.wrong("still in place")
def _(x, w1, w2):
    h = np.maximum(x, 0, out=x)
    return _relu(h @ w1) @ w2 + x


@preactivation_block.wrong("ReLU on the shortcut")
def _(x, w1, w2):
    h = _relu(x)
    return h + _relu(h @ w1) @ w2


@preactivation_block.wrong("right, and the input modified in place")
def _(x, w1, w2):
    answer = x + _relu(_relu(x) @ w1) @ w2
    x[...] = _relu(x)
    return answer


@preactivation_block.wrong("ReLU after the sum")
def _(x, w1, w2):
    return _relu(x + _relu(_relu(x) @ w1) @ w2)


@preactivation_block.wrong("no ReLU at the start")
def _(x, w1, w2):
    return x + _relu(x @ w1) @ w2


@preactivation_block.wrong("no ReLU in the middle")
def _(x, w1, w2):
    return x + _relu(x) @ w1 @ w2


@preactivation_block.wrong("ReLU after the second convolution, too")
def _(x, w1, w2):
    return x + _relu(_relu(_relu(x) @ w1) @ w2)


@preactivation_block.wrong("ReLU after the convolutions")
def _(x, w1, w2):
    return x + _relu(_relu(x @ w1) @ w2)


@preactivation_block.wrong("no shortcut")
def _(x, w1, w2):
    return _relu(_relu(x) @ w1) @ w2


@preactivation_block.wrong("everything inside one ReLU")
def _(x, w1, w2):
    return _relu(x @ w1 @ w2 + x)


@preactivation_block.wrong("the input and nothing else")
def _(x, w1, w2):
    return x


cifar_resnet_bill = Task("cifar_resnet_bill", points=2)


@cifar_resnet_bill.cases
def _(rng):
    """Every n of the paper and some others, with both options."""
    numbers = [1, 2, 3, 5, 9, 18, 200, int(rng.integers(10, 18)), int(rng.integers(20, 200))]
    return [(n, option) for n in numbers for option in "AB"]


@cifar_resnet_bill.right("in closed form")
def _(n, option):
    channels = 16 + 2 * n * (16 + 32 + 64) + (32 + 64) * (option == "B")
    kernels = 27 * 16 + 9 * (2 * n * 16**2 + 16 * 32 + (2 * n - 1) * 32**2 + 32 * 64 + (2 * n - 1) * 64**2)
    return [2 + 6 * n, kernels + (16 * 32 + 32 * 64) * (option == "B") + 2 * channels + 650, 2 * channels]


@cifar_resnet_bill.right("from the difference between two Keras models")
def _(n, option):
    def model(n):
        def conv(x, filters, k, stride):
            return keras.layers.BatchNormalization()(keras.layers.Conv2D(filters, k, stride, "same", use_bias=False)(x))

        inputs = keras.Input((32, 32, 3))
        x = conv(inputs, 16, 3, 1)
        for filters in (16, 32, 64):
            for i in range(n):
                stride = 2 if i == 0 and filters > 16 else 1
                y, way = conv(conv(x, filters, 3, stride), filters, 3, 1), x
                if stride == 2 and option == "B":
                    way = conv(x, filters, 1, 2)
                elif stride == 2:
                    way = keras.ops.pad(x[:, ::2, ::2], [(0, 0), (0, 0), (0, 0), (0, filters // 2)])
                x = y + way
        x = keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x))
        model = keras.Model(inputs, x)
        return np.array([sum(int(np.prod(v.shape)) for v in group)
                         for group in (model.trainable_variables, model.non_trainable_variables)])

    one, two = model(1), model(2)
    trainable, fixed = one + (n - 1) * (two - one)
    return 6 * n + 2, int(trainable), int(fixed)


def _resnet(n, option, bias=0, norm=True, dense=650, start=27 * 16, learned=2, fixed=2, depth=0, bn_start=16):
    """The bill; the options are mistakes, or none."""
    weights, normalised, biases, channels = start, bn_start, bias * 16, 16
    for filters in (16, 32, 64):
        for _ in range(n):
            weights += 9 * (channels + filters) * filters
            normalised += 2 * filters
            biases += bias * 2 * filters
            if channels != filters and option == "B":
                weights += channels * filters
                normalised += filters * norm
            channels = filters
    return 6 * n + 2 + depth, weights + biases + learned * normalised + dense, fixed * normalised


@cifar_resnet_bill.wrong("biases in the convolutions")
def _(n, option):
    return _resnet(n, option, bias=1)


@cifar_resnet_bill.wrong("everything of batch normalisation trainable")
def _(n, option):
    return _resnet(n, option, learned=4, fixed=0)


@cifar_resnet_bill.wrong("no batch normalisation")
def _(n, option):
    return _resnet(n, option, learned=0, fixed=0)


@cifar_resnet_bill.wrong("batch normalisation with two parameters in all")
def _(n, option):
    return _resnet(n, option, learned=1, fixed=1)


@cifar_resnet_bill.wrong("option A for both")
def _(n, option):
    return _resnet(n, "A")


@cifar_resnet_bill.wrong("option B for both")
def _(n, option):
    return _resnet(n, "B")


@cifar_resnet_bill.wrong("no batch normalisation in the projections")
def _(n, option):
    return _resnet(n, option, norm=False)


@cifar_resnet_bill.wrong("the first block of a stage as wide as the others")
def _(n, option):
    depth, trainable, fixed = _resnet(n, option)
    return depth, trainable + 9 * 16 * 32 + 9 * 32 * 64, fixed


@cifar_resnet_bill.wrong("no bias in the dense layer")
def _(n, option):
    return _resnet(n, option, dense=640)


@cifar_resnet_bill.wrong("a dense layer on the flattened maps")
def _(n, option):
    return _resnet(n, option, dense=8 * 8 * 64 * 10 + 10)


@cifar_resnet_bill.wrong("the start reads one channel")
def _(n, option):
    return _resnet(n, option, start=9 * 16)


@cifar_resnet_bill.wrong("the start without batch normalisation")
def _(n, option):
    return _resnet(n, option, bn_start=0)


@cifar_resnet_bill.wrong("projections in the depth")
def _(n, option):
    return _resnet(n, option, depth=2 * (option == "B"))


@cifar_resnet_bill.wrong("the dense layer missing in the depth")
def _(n, option):
    return _resnet(n, option, depth=-1)


@cifar_resnet_bill.wrong("all parameters as trainable")
def _(n, option):
    depth, trainable, fixed = _resnet(n, option)
    return depth, trainable + fixed, fixed


@cifar_resnet_bill.wrong("the example hard-coded")
def _(n, option):
    return 20, 269722, 1376


# float32 and finite differences are right, too; an error of 1e-6 grows with every layer
stack_gradient = Task("stack_gradient", points=2, rtol=2e-3)


def _gradient(x, weights, residual, top=None, mask=True, transpose=True, around=True, inside=False, shift=0):
    """(ratio, how close a ReLU comes to its edge); the options are mistakes, or none."""
    h, opened, edge = np.asarray(x, float), [], np.inf
    for w in weights:
        z = h @ w
        edge = min(edge, np.abs(z).min() / max(np.abs(z).max(), 1e-300))
        opened.append(z + (h if residual and inside else 0) > 0)
        h = np.maximum(z + h, 0) if residual and inside else np.maximum(z, 0) + (h if residual else 0)
    gradient = np.ones_like(h)
    for w, is_open in zip(weights[::-1], opened[::-1]):
        back = gradient * (is_open if mask else 1)
        through = back @ (w.T if transpose else w)
        gradient = through + (back if inside else gradient) if residual and around else through
    return np.linalg.norm(gradient) / (np.sqrt(h.size) if top is None else top(h)), edge


def _word(ratio):
    return "vanishes" if ratio < 0.01 else "explodes" if ratio > 100 else "passes"


@stack_gradient.cases
def _(rng):
    """All three words for both kinds, no layer, layers that are shut. No ReLU near its edge, no ratio near a limit."""
    cases = []
    for layers, units, factor, residual in [(20, 8, 0.5, False), (20, 8, 0.3, True), (6, 5, 1.4, False), (12, 6, 1.5, True),
                                            (25, 8, 2.4, False), (4, 7, 1.0, True), (1, 4, 1.0, False), (1, 4, 1.0, True)]:
        while True:
            batch = int(rng.integers(2, 6))
            x, weights = rng.normal(size=(batch, units)), rng.normal(size=(layers, units, units))
            weights *= factor * np.sqrt(2 / units)
            ratio, edge = _gradient(x, weights, residual)
            if edge > 1e-5 and (ratio > 1e-8) and all(abs(np.log(ratio / limit)) > 0.1 for limit in (0.01, 100)):
                break
        cases.append((x, weights, residual))
    positive, shut = rng.uniform(0.5, 1, (2, 3)), -rng.uniform(0.5, 1, (2, 3, 3))
    cases += [(positive, weights, residual) for weights in (shut[:0], shut[:1]) for residual in (False, True)]
    halves = np.stack([np.eye(3) / 2] * 13)  # the ratio is a power of 0.5 or of 1.5
    return [*cases, (positive, halves[:4], False), (positive, halves[:8], False), (positive, halves, True)]


@stack_gradient.right("GradientTape in float32")
def _(x, weights, residual):
    import tensorflow as tf

    x = tf.convert_to_tensor(np.asarray(x, "float32"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        h = tf.identity(x)
        for w in np.asarray(weights, "float32"):
            h = tf.nn.relu(h @ w) + (h if residual else 0)
        loss = tf.reduce_sum(h)
    ratio = float(tf.norm(tape.gradient(loss, x))) / float(tf.norm(tf.ones_like(h)))
    return ratio, "vanishes" if ratio < 0.01 else "explodes" if ratio > 100 else "passes"


@stack_gradient.right("the matrix of each image")
def _(x, weights, residual):
    squares = 0.0
    for row in x:
        jacobian, h = np.eye(len(row)), row
        for w in weights:
            z = h @ w
            step = w * (z > 0)
            h = np.maximum(z, 0) + (h if residual else 0)
            jacobian = jacobian @ (step + np.eye(len(row)) if residual else step)
        squares += (jacobian.sum(axis=1) ** 2).sum()
    ratio = (squares / x.size) ** 0.5
    return [ratio, _word(ratio)]


def _answer(*case, **mistakes):
    ratio = _gradient(*case, **mistakes)[0]
    return ratio, _word(ratio)


@stack_gradient.wrong("plain for both")
def _(x, weights, residual):
    return _answer(x, weights, False)


@stack_gradient.wrong("residual for both")
def _(x, weights, residual):
    return _answer(x, weights, True)


@stack_gradient.wrong("the shortcut forgotten on the way back")
def _(*case):
    return _answer(*case, around=False)


@stack_gradient.wrong("the ReLUs forgotten on the way back")
def _(*case):
    return _answer(*case, mask=False)


@stack_gradient.wrong("matrices not transposed")
def _(*case):
    return _answer(*case, transpose=False)


@stack_gradient.wrong("ReLU after the sum")
def _(*case):
    return _answer(*case, inside=True)


@stack_gradient.wrong("the norm at x alone")
def _(*case):
    return _answer(*case, top=lambda h: 1)


@stack_gradient.wrong("divided by the number of values")
def _(*case):
    return _answer(*case, top=np.size)


@stack_gradient.wrong("divided by the norm of the outputs")
def _(*case):
    return _answer(*case, top=lambda h: np.linalg.norm(h) or 1)


@stack_gradient.wrong("the weights in the order of the way forward")
def _(x, weights, residual):
    return _answer(x, weights[::-1], residual)


@stack_gradient.wrong("the ratio upside down")
def _(*case):
    ratio = 1 / max(_answer(*case)[0], 1e-300)
    return ratio, _word(ratio)


@stack_gradient.wrong("the words swapped")
def _(*case):
    ratio, word = _answer(*case)
    return ratio, {"vanishes": "explodes", "explodes": "vanishes"}.get(word, word)


@stack_gradient.wrong("anything below 1 vanishes")
def _(*case):
    ratio = _answer(*case)[0]
    return ratio, "vanishes" if ratio < 1 else "explodes" if ratio > 100 else "passes"
