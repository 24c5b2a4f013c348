"""Hidden checks of exercise 05: sizes and costs."""

import math

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

output_size = Task("output_size", points=2)


@output_size.cases
def _(rng):
    """Kernels that leave a rest and kernels that do not, up to the one that just fits."""
    fixed = [(32, 5, 0, 1), (5, 5, 0, 3), (224, 11, 2, 4)]
    return fixed + [tuple(int(v) for v in (rng.integers(12, 60), rng.integers(1, 8), rng.integers(0, 4), rng.integers(2, 5)))
                    for _ in range(12)]


@output_size.right("counts the places")
def _(n, k, p, s):
    return len(range(0, n + 2 * p - k + 1, s))


@output_size.right("a NumPy number")
def _(n, k, p, s):
    return np.floor((n + 2 * p - k) / s) + 1


@output_size.wrong("rounds up")
def _(n, k, p, s):
    return math.ceil((n + 2 * p - k) / s) + 1


@output_size.wrong("forgets the last place")
def _(n, k, p, s):
    return (n + 2 * p - k) // s


@output_size.wrong("padding on one side only")
def _(n, k, p, s):
    return (n + p - k) // s + 1


@output_size.wrong("stride divides before the kernel is taken off")
def _(n, k, p, s):
    return (n + 2 * p) // s - k + 1


@output_size.wrong("leaves a fraction")
def _(n, k, p, s):
    return (n + 2 * p - k) / s + 1


@output_size.wrong("same and valid mixed")
def _(n, k, p, s):
    return math.ceil(n / s)


@output_size.wrong("the example hard-coded")
def _(n, k, p, s):
    return 28 if n == 32 else 4


conv_parameters = Task("conv_parameters", points=2)


@conv_parameters.cases
def _(rng):
    """With and without a bias, one channel and many."""
    draw = [tuple(int(v) for v in (rng.integers(1, 8), rng.integers(2, 65), rng.integers(2, 129))) for _ in range(8)]
    return [*draw, *((*case, False) for case in draw[:4]), (3, 512, 512)]


@conv_parameters.right("asks Keras")
def _(k, channels, filters, use_bias=True):
    layer = keras.layers.Conv2D(filters, k, use_bias=use_bias)
    layer.build((None, 32, 32, channels))
    return layer.count_params()


@conv_parameters.right("weights and biases apart")
def _(k, channels, filters, use_bias=True):
    weights = k**2 * channels * filters
    return weights + filters if use_bias else weights


@conv_parameters.wrong("forgets the channels")
def _(k, channels, filters, use_bias=True):
    return filters * (k * k + use_bias)


@conv_parameters.wrong("always a bias")
def _(k, channels, filters, use_bias=True):
    return filters * (k * k * channels + 1)


@conv_parameters.wrong("never a bias")
def _(k, channels, filters, use_bias=True):
    return filters * k * k * channels


@conv_parameters.wrong("a bias for each channel")
def _(k, channels, filters, use_bias=True):
    return filters * channels * (k * k + use_bias)


@conv_parameters.wrong("one bias for the layer")
def _(k, channels, filters, use_bias=True):
    return filters * k * k * channels + use_bias


@conv_parameters.wrong("integer overflow")
def _(k, channels, filters, use_bias=True):
    return np.prod(np.array([filters, k, k, channels], dtype=np.int16), dtype=np.int16) + filters * use_bias


activation_bytes = Task("activation_bytes", points=2)


@activation_bytes.cases
def _(rng):
    """Stacks of maps, one of them empty, one larger than an int32 holds."""
    stacks = [[tuple(int(v) for v in rng.integers(1, 64, 3)) for _ in range(rng.integers(1, 6))] for _ in range(6)]
    return [(stack,) for stack in [*stacks, [], [(30000, 30000, 3)]]]


@activation_bytes.right("a sum of products")
def _(shapes):
    return 4 * sum(math.prod(shape) for shape in shapes)


@activation_bytes.right("counts the bytes of arrays")
def _(shapes):
    return sum(np.dtype("float32").itemsize * h * w * c for h, w, c in shapes)


@activation_bytes.wrong("the channels missing")
def _(shapes):
    return sum(4 * h * w for h, w, c in shapes)


@activation_bytes.wrong("values, not bytes")
def _(shapes):
    return sum(h * w * c for h, w, c in shapes)


@activation_bytes.wrong("eight bytes a value")
def _(shapes):
    return sum(8 * h * w * c for h, w, c in shapes)


@activation_bytes.wrong("the last layer only")
def _(shapes):
    height, width, channels = shapes[-1] if shapes else (0, 0, 0)
    return 4 * height * width * channels


@activation_bytes.wrong("channels of the first layer for all")
def _(shapes):
    return sum(4 * h * w * shapes[0][2] for h, w, c in shapes)


@activation_bytes.wrong("integer overflow")
def _(shapes):
    return int(sum(np.prod(np.array(shape, dtype=np.int32), dtype=np.int32) * 4 for shape in shapes))


@activation_bytes.wrong("empties the list")
def _(shapes):
    total = 0
    while shapes:
        total += 4 * math.prod(shapes.pop())
    return total


receptive_field = Task("receptive_field", points=2)


@receptive_field.cases
def _(rng):
    """No layer, one, and stacks with and without strides."""
    stacks = [[(int(rng.integers(1, 8)), int(rng.integers(1, 4))) for _ in range(rng.integers(2, 7))] for _ in range(8)]
    return [(stack,) for stack in [*stacks, [], [(7, 2)], [(3, 1)] * 5]]


@receptive_field.right("from the last layer back")
def _(layers):
    field = 1
    for k, s in reversed(layers):
        field = (field - 1) * s + k
    return field


@receptive_field.right("sum over layers")
def _(layers):
    return 1 + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))


@receptive_field.wrong("without the jump")
def _(layers):
    return 1 + sum(k - 1 for k, _ in layers)


@receptive_field.wrong("sum of kernels")
def _(layers):
    return sum(k for k, _ in layers)


@receptive_field.wrong("the stride one layer too early")
def _(layers):
    field, jump = 1, 1
    for k, s in layers:
        jump *= s
        field += (k - 1) * jump
    return field


@receptive_field.wrong("adds strides instead of multiplying")
def _(layers):
    field, jump = 1, 1
    for k, s in layers:
        field += (k - 1) * jump
        jump += s - 1
    return field


@receptive_field.wrong("product of kernels")
def _(layers):
    return math.prod(k for k, _ in layers)


@receptive_field.wrong("starts at 0")
def _(layers):
    field, jump = 0, 1
    for k, s in layers:
        field += (k - 1) * jump
        jump *= s
    return field


network_from_bill = Task("network_from_bill", points=2, probe=probes.network)


@network_from_bill.right("functional")
def _():
    inputs = keras.Input((28, 28, 1))
    x = keras.layers.Conv2D(8, (3, 3), activation="relu", padding="valid")(inputs)
    x = keras.layers.MaxPool2D()(x)
    x = keras.layers.Conv2D(16, (3, 3), (2, 2), activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(10, "softmax")(keras.layers.Flatten()(x)))


@network_from_bill.right("activations as layers")
def _():
    layers = keras.layers
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.ReLU(), layers.MaxPooling2D(2, 2),
                             layers.Conv2D(16, 3, 2), layers.Activation("relu"), layers.Flatten(), layers.Dense(10), layers.Softmax()])


def _variant(pool=lambda size: keras.layers.MaxPooling2D(size), first="relu", last="softmax", second=None, size=28):
    second = second or dict(filters=16, kernel_size=3, strides=2)
    layers = keras.layers
    return keras.Sequential([keras.Input((size, size, 1)), layers.Conv2D(8, 3, activation=first), pool(2),
                             layers.Conv2D(**second, activation=first), layers.Flatten(), layers.Dense(10, last)])


@network_from_bill.wrong("average pooling")
def _():
    return _variant(pool=keras.layers.AveragePooling2D)


@network_from_bill.wrong("no softmax")
def _():
    return _variant(last=None)


@network_from_bill.wrong("sigmoid for softmax")
def _():
    return _variant(last="sigmoid")


@network_from_bill.wrong("no ReLU")
def _():
    return _variant(first=None)


@network_from_bill.wrong("no stride")
def _():
    return _variant(second=dict(filters=16, kernel_size=3))


@network_from_bill.wrong("same padding")
def _():
    return _variant(second=dict(filters=16, kernel_size=3, strides=2, padding="same"))


@network_from_bill.wrong("channels first")
def _():
    return keras.Sequential([keras.Input((1, 28, 28)), keras.layers.Permute((2, 3, 1)), *_variant().layers])


@network_from_bill.wrong("no bias")
def _():
    return _variant(second=dict(filters=16, kernel_size=3, strides=2, use_bias=False))
