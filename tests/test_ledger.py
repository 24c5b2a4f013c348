"""The cost ledger against Keras, against published totals and against counting."""

import ast
import functools
import math

import keras
import nbformat
import numpy as np
import pytest

from course import ROOT
from course.cells import ledger as cost
from course.cells.ledger import ledger, totals

L = keras.layers


@pytest.fixture(autouse=True)
def zeros_instead_of_random_weights(monkeypatch):
    """Large models in a fraction of the time: the ledger never looks at a weight."""
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__",
                        lambda self, shape, dtype=None, **_: keras.ops.zeros(shape, dtype))


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def separable_block():
    x = inputs = keras.Input((9, 11, 4))
    for stride in (1, 2):
        x = L.DepthwiseConv2D(3, strides=stride, padding="same", depth_multiplier=2, use_bias=stride == 1)(x)
        x = L.ReLU()(L.BatchNormalization(scale=stride == 1)(x))
        x = L.SeparableConv2D(6, 3, padding="same", depth_multiplier=stride)(x)
    return keras.Model(inputs, x)


def merging():
    inputs = keras.Input((8, 8, 2))
    a = L.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    b = L.Conv2D(4, 1)(L.MaxPooling2D(3, strides=1, padding="same")(a))
    gate = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(b))
    x = L.Multiply()([L.Add()([a, b]), gate])
    return keras.Model(inputs, L.Conv2D(3, 3)(L.Concatenate()([x, a, b])))


def u_shaped():
    inputs = keras.Input((16, 16, 1))
    fine = L.Conv2D(4, 3, padding="same")(inputs)
    coarse = L.Conv2D(8, 3, padding="same")(L.AveragePooling2D(2)(fine))
    up = L.Conv2DTranspose(4, 2, strides=2)(coarse)
    return keras.Model(inputs, L.Conv2D(1, 1)(L.Concatenate()([up, L.UpSampling2D()(coarse), fine])))


def nested():
    """Two images through the same model, which holds another model."""
    trunk = keras.Sequential([L.Conv2D(3, 3), sequential((6, 6, 3), L.Conv2D(5, 3), L.Flatten())])
    a, b = keras.Input((8, 8, 1), name="a"), keras.Input((8, 8, 1), name="b")
    return keras.Model([a, b], L.Dense(2)(L.Concatenate()([trunk(a), trunk(b)])))


def grown_with_add():
    model = keras.Sequential()
    for layer in (keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.SpatialDropout2D(0.5), L.Flatten(), L.Dense(2)):
        model.add(layer)
    return model


def with_operations():
    """Merges, activations and slices that are operations, not layers."""
    x = inputs = keras.Input((8, 8, 3))
    a = L.Conv2D(4, 3, padding="same")(x)
    b = keras.ops.relu(a) + 2 * L.Conv2D(4, 1)(x)
    gate = keras.ops.sigmoid(L.Dense(4)(keras.ops.mean(b, axis=(1, 2), keepdims=True)))
    short = keras.ops.pad(b[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (2, 2)))
    return keras.Model(inputs, keras.ops.concatenate([L.Conv2D(8, 3, strides=2, padding="same")(b * gate), short]))


def sentence():
    """A text classifier as Kim's (2014): vectors of words, filters over 3 and 4 words, maximum over time."""
    words = keras.Input((20,), dtype="int32")
    x = L.Embedding(100, 6)(words)
    heights = [L.GlobalMaxPooling1D()(L.Conv1D(5, height, activation="relu")(x)) for height in (3, 4)]
    return keras.Model(words, L.Dense(2, activation="softmax")(L.Dropout(0.5)(L.Concatenate()(heights))))


def normalised():
    x = inputs = keras.Input((8, 8, 4))
    for layer in (L.Normalization(mean=[1.0] * 4, variance=[2.0] * 4, axis=[-1]), L.LayerNormalization(axis=[-1]),
                  L.LayerNormalization(axis=[1, 2, 3]), L.GroupNormalization(2), L.UnitNormalization(),
                  L.RMSNormalization(), L.BatchNormalization(axis=3), L.Cropping2D(((1, 0), (2, 1))), L.Activation("gelu")):
        x = layer(x)
    return keras.Model(inputs, x)


def unet(side=572):
    """U-Net of Ronneberger, Fischer and Brox 2015: four steps down, four up, no padding."""
    def two(x, maps):
        return L.Conv2D(maps, 3, activation="relu")(L.Conv2D(maps, 3, activation="relu")(x))

    x, down = (inputs := keras.Input((side, side, 1))), []
    for maps in (64, 128, 256, 512):
        down.append(two(x, maps))
        x = L.MaxPooling2D(2)(down[-1])
    x = two(x, 1024)
    for maps in (512, 256, 128, 64):
        x, copy = L.Conv2DTranspose(maps, 2, strides=2)(x), down.pop()
        cut = (copy.shape[1] - x.shape[1]) // 2
        x = two(L.Concatenate()([L.Cropping2D(cut)(copy), x]), maps)
    return keras.Model(inputs, L.Conv2D(2, 1)(x))


SMALL = {
    "operations": with_operations, "sentence": sentence, "normalised": normalised,
    "wave": lambda: sequential((64, 1), L.ZeroPadding1D(2), L.Conv1D(4, 5, strides=2, dilation_rate=1), L.MaxPooling1D(2),
                               L.SeparableConv1D(6, 3), L.DepthwiseConv1D(3), L.UpSampling1D(3), L.Cropping1D(1),
                               L.Conv1DTranspose(2, 4, strides=2), L.SpatialDropout1D(0.5), L.GlobalAveragePooling1D()),
    "film": lambda: sequential((4, 9, 9, 2), L.Conv3D(4, (2, 3, 3), padding="same"), L.AveragePooling3D((1, 2, 2)),
                               L.Conv3DTranspose(2, 2, strides=2), L.UpSampling3D(2), L.GlobalMaxPooling3D()),
    "conv": lambda: sequential((13, 17, 6), L.Rescaling(1 / 255), L.Conv2D(8, (3, 5), strides=(2, 1)),
                               L.Conv2D(4, 3, padding="same", dilation_rate=2, groups=2, use_bias=False),
                               L.ZeroPadding2D(((1, 0), (2, 3))), L.Conv2D(3, 2, strides=2, padding="same")),
    "transpose": lambda: sequential((5, 6, 3), L.Conv2DTranspose(7, 3, strides=2), L.UpSampling2D((2, 3)),
                                    L.Conv2DTranspose(2, (2, 4), padding="same", use_bias=False)),
    "head": lambda: sequential((8, 8, 3), L.GlobalMaxPooling2D(), L.Reshape((1, 1, 3)), L.Conv2D(5, 1), L.Dropout(0.5),
                               L.Flatten(), L.Dense(4, use_bias=False), L.Activation("tanh"), L.Softmax()),
    "mlp": lambda: sequential((784,), L.Dense(128, activation="relu"), L.BatchNormalization(center=False), L.Dense(10)),
    "separable": separable_block, "merging": merging, "u-shaped": u_shaped, "nested": nested, "add": grown_with_add,
}


def lenet():
    """LeNet-5 as most people rebuild it: C3 sees all maps, a plain dense layer at the end."""
    return sequential((32, 32, 1), L.Conv2D(6, 5, activation="tanh"), L.AveragePooling2D(2),
                      L.Conv2D(16, 5, activation="tanh"), L.AveragePooling2D(2), L.Conv2D(120, 5, activation="tanh"),
                      L.Flatten(), L.Dense(84, activation="tanh"), L.Dense(10, activation="softmax"))


def lenet_of_the_paper():
    """LeNet-5 of LeCun et al. 1998: sub-sampling with a coefficient and a bias, C3 by its table I, RBF at the end."""
    def subsample(x):
        return L.DepthwiseConv2D(1)(L.AveragePooling2D(2)(x))

    inputs = keras.Input((32, 32, 1))
    s2 = [subsample(L.Conv2D(1, 5)(inputs)) for _ in range(6)]
    table = [[i, i + 1, i + 2] for i in range(6)] + [[i, i + 1, i + 2, i + 3] for i in range(6)]
    table += [[0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], range(6)]
    c3 = L.Concatenate()([L.Conv2D(1, 5)(L.Concatenate()([s2[i % 6] for i in maps])) for maps in table])
    f6 = L.Dense(84)(L.Flatten()(L.Conv2D(120, 5)(subsample(c3))))
    return keras.Model(inputs, L.Dense(10, use_bias=False, trainable=False)(f6))  # distances to 84 fixed values


def alexnet(groups=2):
    """AlexNet of Krizhevsky et al. 2012; 227 is the input size with which its 55x55 maps come out."""
    return sequential((227, 227, 3), L.Conv2D(96, 11, strides=4), L.MaxPooling2D(3, 2),
                      L.Conv2D(256, 5, padding="same", groups=groups), L.MaxPooling2D(3, 2),
                      L.Conv2D(384, 3, padding="same"), L.Conv2D(384, 3, padding="same", groups=groups),
                      L.Conv2D(256, 3, padding="same", groups=groups), L.MaxPooling2D(3, 2), L.Flatten(),
                      L.Dense(4096), L.Dense(4096), L.Dense(1000))


LARGE = {"LeNet-5": lenet, "LeNet-5 of the paper": lenet_of_the_paper, "AlexNet": alexnet} | {
    name: lambda name=name: getattr(keras.applications, name)(weights=None)
    for name in ("VGG16", "ResNet50", "MobileNet", "DenseNet121", "InceptionV3", "EfficientNetB0", "ConvNeXtTiny")} | {
    "NASNetMobile": lambda: keras.applications.NASNetMobile((224, 224, 3), weights=None), "U-Net": unet}


@functools.cache
def rows_of(name):
    return ledger((SMALL | LARGE)[name]())


@pytest.mark.parametrize("name", SMALL | LARGE)
def test_shapes_and_parameters_are_those_of_keras(name):
    model = (SMALL | LARGE)[name]()
    rows = ledger(model)
    assert totals(rows)["parameters"] == model.count_params()
    layers = {layer.name: layer for layer in model._flatten_layers()}
    operations = {operation.name: operation for operation in model.operations} if hasattr(model, "operations") else {}
    for row in rows:
        layer = (operations | layers)[row["name"]]
        assert row["kind"] == type(layer).__name__
        assert "compute_output_spec" not in vars(layer)  # the ledger leaves nothing behind
        assert row["shape"] == tuple(layer.output.shape[1:])
        assert all(i < number for number, row in enumerate(rows) for i in row["inputs"])  # made before it is read
    by_layer = {}
    for row in rows:
        by_layer[row["name"]] = by_layer.get(row["name"], 0) + row["parameters"]
    assert by_layer == {name: layers[name].count_params() if name in layers else 0 for name in by_layer}
    with_weights = {name for name, layer in layers.items() if layer.weights and not isinstance(layer, keras.Model)}
    assert with_weights <= set(by_layer)


def test_lenet_has_the_parameters_and_connections_of_the_paper():
    # LeCun, Bottou, Bengio, Haffner 1998, section II.B: C1 156 parameters, S2 12, C3 1,516, S4 32, C5 48,120,
    # F6 10,164: 60,000 in all; 340,908 connections, which count a bias as one and sub-sampling as 2x2 and a bias.
    model = lenet_of_the_paper()
    rows = ledger(model)
    trainable = [row["parameters"] for row in rows if row["shape"] != (10,)]
    assert sum(trainable) == 60_000
    assert sum(row["parameters"] for row in rows if row["shape"] == (28, 28, 1)) == 156
    assert sum(row["parameters"] for row in rows if row["shape"] == (10, 10, 1)) == 1_516
    connections = 0
    for row in rows:
        if row["kind"] == "DepthwiseConv2D":
            connections += 5 * math.prod(row["shape"])
        elif row["macs"]:
            connections += row["macs"] + math.prod(row["shape"]) * (row["shape"] != (10,))
    assert connections == 340_908


# multiply-adds None: the source rounds, see the next test
@pytest.mark.parametrize("name, parameters, macs", [
    # The rebuilt LeNet-5: C3 with all 6 x 16 kernels has 2,416 parameters, the last layer 850.
    ("LeNet-5", 156 + 2_416 + 48_120 + 10_164 + 850, 117_600 + 240_000 + 48_000 + 10_080 + 840),
    # Krizhevsky et al. 2012, figure 2: 11x11x3, 5x5x48, 3x3x256, 3x3x192, 3x3x192 and three dense layers.
    ("AlexNet", 60_965_224, 724_406_816),
    # Keras's own count for VGG16; 15.5 G in Sze et al. 2017, table II.
    ("VGG16", 138_357_544, 15_470_264_320),
    # Howard et al. 2017, table 8: 569 million multiply-adds, 4.2 million parameters; exact with Keras's statistics.
    ("MobileNet", 4_253_864, 568_740_352),
    ("ResNet50", 25_636_712, None),
    # Keras's own counts; the multiply-adds stand in the next test.
    ("EfficientNetB0", 5_330_571, None), ("NASNetMobile", 5_326_716, None), ("ConvNeXtTiny", 28_589_128, None),
])
def test_totals(name, parameters, macs):
    sums = totals(rows_of(name))
    assert sums["parameters"] == parameters
    assert macs in (None, sums["macs"])


@pytest.mark.parametrize("name, convolutions, everything", [
    # Sze, Chen, Yang and Emer 2017, table II: MACs of the convolutional layers and of all layers.
    ("AlexNet", "666 M", "724 M"),
    ("VGG16", "15.3 G", "15.5 G"),
    ("ResNet50", "3.86 G", "3.9 G"),
])
def test_multiply_adds_of_the_survey(name, convolutions, everything):
    rows = rows_of(name)
    for expected, sum_ in ((convolutions, sum(row["macs"] for row in rows if row["kind"] == "Conv2D")),
                           (everything, totals(rows)["macs"])):
        number, unit = expected.split()
        digits = len(number.partition(".")[2])
        assert round(sum_ / {"M": 1e6, "G": 1e9}[unit], digits) == float(number)


@pytest.mark.parametrize("name, published", [
    ("EfficientNetB0", "0.39 G"),  # Tan and Le 2019, table 2
    ("ConvNeXtTiny", "4.5 G"),     # Liu et al. 2022, table 1
    ("NASNetMobile", "564 M"),     # Zoph et al. 2018, table 3
])
def test_multiply_adds_of_newer_networks(name, published):
    number, unit = published.split()
    macs = totals(rows_of(name))["macs"] / {"M": 1e6, "G": 1e9}[unit]
    assert round(macs, len(number.partition(".")[2])) == float(number)


def test_unet():
    # Ronneberger, Fischer and Brox 2015, figure 1: 23 convolutions, 572x572 in, 388x388 out, 28x28 at the bottom.
    rows = rows_of("U-Net")
    assert sum(row["macs"] > 0 for row in rows) == 23 and rows[-1]["shape"] == (388, 388, 2)
    steps = [(1, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512), (512, 512),
             (512, 1024), (1024, 1024), (1024, 512), (512, 512), (512, 256), (256, 256), (256, 128), (128, 128),
             (128, 64), (64, 64)]
    sides = [570, 568, 282, 280, 138, 136, 66, 64, 30, 28, 54, 52, 102, 100, 198, 196, 390, 388]
    up = [(1024, 512, 28), (512, 256, 52), (256, 128, 100), (128, 64, 196)]  # at their inputs
    parameters = sum((9 * a + 1) * b for a, b in steps) + sum((4 * a + 1) * b for a, b, _ in up) + 65 * 2
    macs = (sum(9 * a * b * side**2 for (a, b), side in zip(steps, sides)) + sum(4 * a * b * n**2 for a, b, n in up)
            + 64 * 2 * 388**2)
    assert (totals(rows)["parameters"], totals(rows)["macs"]) == (parameters, macs)


@pytest.mark.parametrize("name, r, j", [
    # Araujo, Norris and Sim 2019, and their table in github.com/google-research/receptive_field.
    ("AlexNet", 195, 32), ("VGG16", 212, 32),
    ("ResNet50", 483, 32), ("MobileNet", 315, 32),
    ("InceptionV3", 1311, 32),
])
def test_published_receptive_fields(name, r, j):
    last_map = [row for row in rows_of(name) if row["jump"]][-1]
    assert (last_map["field"], last_map["jump"]) == ((r, r), (j, j))


@pytest.mark.parametrize("layers", [
    [L.Conv2D(5, (3, 2), strides=(2, 1), use_bias=False)], [L.Conv2D(4, 2, groups=2, use_bias=False)],
    [L.Conv2D(3, 3, dilation_rate=2, use_bias=False)], [L.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)],
    [L.Conv2DTranspose(3, 3, strides=2, use_bias=False)], [L.Dense(3, use_bias=False)],
    [L.Flatten(), L.Dense(3, use_bias=False)], [L.MaxPooling2D(), L.Conv2D(3, 1, use_bias=False)],
], ids=lambda layers: type(layers[-1]).__name__)
def test_multiply_adds_by_counting(layers):
    # All weights and all inputs are ones: the sum of the outputs is the number of products.
    model = sequential((8, 9, 4), *layers)
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    products = float(keras.ops.sum(model(np.ones((1, 8, 9, 4), "float32"))))
    assert totals(ledger(model))["macs"] == products


def test_multiply_adds_with_padding_and_separable():
    same = ledger(sequential((8, 9, 4), L.Conv2D(5, 3, padding="same")))
    padded = ledger(sequential((8, 9, 4), L.ZeroPadding2D(1), L.Conv2D(5, 3)))
    assert totals(same)["macs"] == totals(padded)["macs"] == 8 * 9 * 5 * 3 * 3 * 4
    separable = ledger(sequential((8, 9, 4), L.SeparableConv2D(5, 3, depth_multiplier=2)))
    in_two = ledger(sequential((8, 9, 4), L.DepthwiseConv2D(3, depth_multiplier=2), L.Conv2D(5, 1)))
    assert totals(separable)["macs"] == totals(in_two)["macs"] == 6 * 7 * 8 * 3 * 3 + 6 * 7 * 8 * 5


def seen_pixels(model, n):
    """First row and number of rows that the units (i, i) of the output see (None: none); the same for columns.

    Image b has ones in row (or column) b and zeros elsewhere. With all weights one, a unit that sees it is positive.
    """
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    rows = np.zeros((n, n, n, 1), "float32")
    rows[np.arange(n), np.arange(n)] = 1
    seen = []
    for images in (rows, rows.transpose(0, 2, 1, 3)):
        maps = keras.ops.convert_to_numpy(model(images))[..., 0]  # (image, height, width)
        units = [maps[:, i, i] > 0 for i in range(min(maps.shape[1:]))]
        seen.append([(np.flatnonzero(u)[0], np.ptp(np.flatnonzero(u)) + 1) if u.any() else (None, 0) for u in units])
    return seen


def random_stack(rng):
    layers = []
    for _ in range(rng.integers(2, 5)):
        kernel, stride = rng.integers(1, 5, 2).tolist(), rng.integers(1, 3, 2).tolist()
        padding = str(rng.choice(["valid", "same"]))
        plain = max(stride) == 1
        layers.append([
            lambda: L.Conv2D(1, kernel, strides=stride, padding=padding, use_bias=False,
                             dilation_rate=rng.integers(1, 4, 2).tolist() if plain else 1),
            lambda: L.DepthwiseConv2D(kernel, strides=stride[:1] * 2, padding=padding, use_bias=False),
            lambda: L.SeparableConv2D(1, kernel, strides=stride[:1] * 2, padding=padding, use_bias=False),
            lambda: L.MaxPooling2D(kernel, strides=stride, padding=padding),
            lambda: L.AveragePooling2D(kernel, strides=stride, padding=padding),
            lambda: L.ZeroPadding2D(stride),
        ][rng.integers(6)]())
    return layers


@pytest.mark.parametrize("seed", range(12))
def test_receptive_field_of_random_stacks(seed):
    n = 112
    while True:
        model = sequential((n, n, 1), *random_stack(np.random.default_rng(seed)))
        row = ledger(model)[-1]
        if max(row["field"]) < n / 3:
            break
        seed += 100
    for axis, units in enumerate(seen_pixels(model, n)):
        middle = len(units) // 2
        (first, size), (second, _) = units[middle:middle + 2]
        assert size == row["field"][axis]
        assert second - first == row["jump"][axis]


def two_branches(n):
    inputs = keras.Input((n, n, 1))
    long = L.Conv2D(1, (3, 5), strides=2, padding="same", use_bias=False)(inputs)
    long = L.Conv2D(1, 3, padding="same", use_bias=False)(long)
    short = L.Conv2D(1, 1, strides=2, use_bias=False)(inputs)
    return keras.Model(inputs, L.Add()([long, short]))


def test_receptive_field_of_merged_branches():
    row = ledger(two_branches(64))[-1]
    assert [size for units in seen_pixels(two_branches(64), 64) for _, size in units[16:17]] == list(row["field"])
    assert row["field"] == (7, 9) and row["jump"] == (2, 2)


@pytest.mark.parametrize("layers, r, j", [
    ([L.Conv2DTranspose(1, 3, strides=2, use_bias=False)], 2, 0.5),
    ([L.Conv2DTranspose(1, 2, strides=2, use_bias=False)], 1, 0.5),
    ([L.UpSampling2D(3)], 1, 1 / 3),
    ([L.UpSampling2D(2, interpolation="bilinear")], 2, 0.5),
    ([L.UpSampling2D(2), L.Conv2D(1, 3, use_bias=False)], 2, 0.5),
    ([L.MaxPooling2D(), L.Conv2D(1, 3, use_bias=False), L.Conv2DTranspose(1, 2, strides=2, use_bias=False)], 6, 1),
    ([L.Conv2DTranspose(1, 3, strides=2, use_bias=False), L.Conv2D(1, 4, use_bias=False)], 3.5, 0.5),  # a bound: 3
])
def test_receptive_field_after_up_sampling_is_a_bound(layers, r, j):
    model = sequential((16, 16, 1), *layers)
    row = ledger(model)[-1]
    assert row["field"] == (r, r) and row["jump"] == (j, j)
    largest = max(size for units in seen_pixels(model, 16) for _, size in units)
    assert largest <= math.ceil(r)
    assert largest == r or not float(r).is_integer()


def test_transposed_convolution_of_stride_1_reaches_as_far_as_a_convolution():
    # Compared, not run: TensorFlow has no dilated transposed convolution for CPUs.
    fields = [ledger(sequential((16, 16, 1), kind(1, (3, 2), dilation_rate=(2, 3))))[-1]["field"]
              for kind in (L.Conv2D, L.Conv2DTranspose)]
    assert fields == [(5, 4), (5, 4)]


def test_field_ends_where_all_places_are_read():
    rows = {row["kind"]: row for row in ledger(SMALL["head"]())}
    assert rows["InputLayer"]["field"] == (1, 1)
    for kind in ("GlobalMaxPooling2D", "Reshape", "Conv2D", "Dense", "Softmax"):
        assert (rows[kind]["field"], rows[kind]["jump"]) == ((math.inf, math.inf), None)
    gated = {row["kind"]: row for row in ledger(merging())}
    assert gated["Multiply"]["field"] == (math.inf, math.inf) and gated["Multiply"]["jump"] == (1, 1)


def test_memory_by_hand():
    inputs = keras.Input((8, 8, 1))                                          # 256 bytes
    a = L.Conv2D(2, 3, padding="same", activation="relu")(inputs)            # 512
    b = L.Conv2D(2, 3, padding="same")(L.Dropout(0.5)(a))                    # 512, dropout 512 in training only
    outputs = L.Dense(3)(L.Flatten()(L.Add()([a, b])))                       # 512, 0, 12
    rows = ledger(keras.Model(inputs, outputs))
    assert [row["kind"] for row in rows] == ["InputLayer", "Conv2D", "Dropout", "Conv2D", "Add", "Flatten", "Dense"]
    assert [row["bytes"] for row in rows] == [256, 512, 512, 512, 512, 0, 12]
    assert [row["alive"] for row in rows] == [256, 768, 512, 1024, 1536, 512, 524]
    assert totals(rows)["inference"] == 1536 and totals(rows)["training"] == 2316


def test_memory_keeps_outputs_to_the_end():
    inputs = keras.Input((4, 4, 1))                                          # 64 bytes
    early = L.Conv2D(1, 1)(inputs)                                           # 64
    late = L.Conv2D(1, 1)(L.Conv2D(1, 1)(early))
    assert [row["alive"] for row in ledger(keras.Model(inputs, late))] == [64, 128, 128, 128]
    assert [row["alive"] for row in ledger(keras.Model(inputs, [early, late]))] == [64, 128, 128, 192]


def test_memory_of_vgg16():
    # The largest pair of neighbours: two maps of 224x224x64. CS231n's notes list the same values for all layers;
    # they add up to 15.2 million (the notes print a total of 24 million).
    sums = totals(rows_of("VGG16"))
    assert sums["inference"] == 2 * 224 * 224 * 64 * 4
    assert round(sums["training"] / 4 / 1e6, 1) == 15.2


def kept_by_tensorflow(model):
    """Bytes for one image that TensorFlow's training step carries from its forward to its backward pass.

    As in chapter 5: the tensors with a batch axis that an operation of the backward pass reads from the forward pass.
    """
    import tensorflow as tf

    waiting = {}

    @tf.function
    def step(images):
        operations = tf.compat.v1.get_default_graph().get_operations
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(images, training=True))
        forward = {operation.name for operation in operations()}
        tape.gradient(loss, model.trainable_variables)
        for operation in operations():
            for tensor in operation.inputs if operation.name not in forward else ():
                while tensor.op.type == "Reshape":
                    tensor = tensor.op.inputs[0]
                if tensor.op.name in forward and tensor.shape.rank and tensor.shape[0] == 11:  # no kernel has 11 rows here
                    waiting[tensor.name] = math.prod(tensor.shape[1:]) * tensor.dtype.size

    step.get_concrete_function(tf.TensorSpec((11, *model.input_shape[1:])))
    return sum(waiting.values())


def relu_apart():
    return sequential((28, 28, 1), L.Conv2D(16, 3, padding="same"), L.ReLU(), L.MaxPooling2D(2), L.Conv2D(32, 3), L.ReLU(),
                      L.GlobalAveragePooling2D(), L.Dense(10), L.Softmax())


def relu_inside():
    return sequential((28, 28, 1), L.Conv2D(16, 3, padding="same", activation="relu"), L.MaxPooling2D(2),
                      L.Conv2D(32, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dense(10, activation="softmax"))


def dropped():
    return sequential((8, 8, 2), L.Conv2D(4, 3, activation="relu"), L.SeparableConv2D(6, 3, activation="relu"), L.Flatten(),
                      L.Dropout(0.5), L.Dense(8, activation="sigmoid"), L.Dropout(0.5), L.Dense(3))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="looks into TensorFlow's graph")
@pytest.mark.parametrize("build", [relu_apart, relu_inside, dropped, merging, u_shaped, LARGE["VGG16"], LARGE["MobileNet"],
                                   LARGE["ResNet50"], LARGE["DenseNet121"]],
                         ids="apart inside dropped merging u-shaped VGG16 MobileNet ResNet50 DenseNet121".split())
def test_training_keeps_what_tensorflow_keeps(build):
    model = build()
    assert totals(ledger(model))["kept"] == kept_by_tensorflow(model)


def test_spelling_changes_the_maps_but_not_what_training_keeps():
    apart, inside = (totals(ledger(build())) for build in (relu_apart, relu_inside))
    assert apart["kept"] == inside["kept"] and apart["training"] > inside["training"]


@pytest.mark.parametrize("layer, arrays", [
    (L.Conv2D(1, 1, activation="gelu"), 2), (L.Activation("gelu"), 1), (L.Activation("relu"), 1), (L.BatchNormalization(), 1),
    (L.LayerNormalization(), 1), (L.MaxPooling2D(1), 2), (L.AveragePooling2D(1), 0), (L.ZeroPadding2D(0), 0),
])
def test_what_one_layer_keeps(layer, arrays):
    # Nothing stands behind it that asks for its output. With gelu inside: the input and the values before gelu.
    assert totals(ledger(sequential((4, 4, 1), layer)))["kept"] == 64 * arrays


def test_a_model_inside_a_model_costs_what_its_layers_cost():
    rows = ledger(nested())
    assert [row["kind"] for row in rows].count("Conv2D") == 4 and totals(rows)["parameters"] == nested().count_params()
    assert totals(rows)["macs"] == 2 * (36 * 3 * 9 + 16 * 5 * 27) + 160 * 2
    dense = rows[-1]
    assert [rows[i]["kind"] for i in rows[dense["inputs"][0]]["inputs"]] == ["Flatten", "Flatten"]
    assert len(set(rows[dense["inputs"][0]]["inputs"])) == 2  # each image has come its own way
    assert sorted(rows[i]["name"] for row in rows if row["shape"] == (6, 6, 3) for i in row["inputs"]) == ["a", "b"]


@pytest.mark.parametrize("name", SMALL | LARGE)
def test_table_fits_80_characters(name, capsys):
    rows = rows_of(name)
    cost.print_ledger(rows)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows) + 3
    assert max(map(len, lines)) <= 80


def test_table_says_what_the_rows_say(capsys):
    cost.print_ledger(ledger(sequential((64, 64, 3), L.Conv2D(16, (1, 3)), L.MaxPooling2D(8, 128, padding="same"),
                                        L.UpSampling2D(3), L.Conv2D(1, 2), L.Flatten())))
    assert [line.split() for line in capsys.readouterr().out.splitlines()[:-1]] == [
        "layer output parameters MACs KiB field jump".split(),
        "InputLayer 64x64x3 0 0 48.0 1 1".split(),
        "Conv2D 64x62x16 160 571,392 248.0 3 1".split(),
        "MaxPooling2D 1x1x16 0 0 0.1 10 128".split(),
        "UpSampling2D 3x3x16 0 0 0.6 10 42.6".split(),
        "Conv2D 2x2x1 65 256 0.0 53 42.6".split(),  # 10 + 42.67, rounded up
        "Flatten 4 0 0 0.0 all -".split(),
        "total 225 571,648 296.6".split(),
    ]


class Unbuilt(keras.Model):
    def call(self, x):
        return x


class Mystery(L.Layer):
    def call(self, x):
        return x


def unlike_branches():
    inputs = keras.Input((8, 8, 1))
    return keras.Model(inputs, L.Add()([L.Conv2D(1, 1, strides=2)(inputs), L.Conv2D(1, 5)(inputs)]))


class Add(L.Layer):
    """A reader's own layer with a name of Keras's."""

    def call(self, x):
        return x + 1


def product_of_maps():
    inputs = keras.Input((8, 8, 8))
    return keras.Model(inputs, keras.ops.matmul(inputs, inputs))


@pytest.mark.parametrize("build, error, words", [
    (lambda: "a model", TypeError, "needs a Keras model, not str"),
    (lambda: L.Conv2D(1, 1), TypeError, "needs a Keras model, not Conv2D"),
    (lambda: None, TypeError, "needs a Keras model, not NoneType"),
    (lambda: keras.Sequential([L.Dense(2)]), ValueError, "has no shapes: make it .* keras.Input"),
    (Unbuilt, ValueError, "has no shapes: make it .* keras.Input"),
    (lambda: sequential((None, None, 3), L.Conv2D(2, 3)), ValueError, "open shape .* give keras.Input fixed numbers"),
    (lambda: sequential((8, 8, 3), Mystery(name="riddle")), NotImplementedError, "'riddle' of the class Mystery"),
    (lambda: sequential((8, 8, 3), Add(name="mine")), NotImplementedError, "'mine' of the class Add"),
    (lambda: sequential((8, 3), L.LSTM(2, name="memory")), NotImplementedError, "'memory' of the class LSTM"),
    (product_of_maps, NotImplementedError, "of the class Matmul"),
    (unlike_branches, ValueError, r"\(1, 1\) and \(2, 2\) pixels apart: give its branches the same strides"),
    (lambda: sequential((3, 8, 8), L.MaxPooling2D(data_format="channels_first")), ValueError, "channels last"),
    (lambda: sequential((3, 8, 8), L.BatchNormalization(axis=1)), ValueError, "channels last"),
])
def test_bad_input(build, error, words):
    with pytest.raises(error, match=words) as caught:
        ledger(build())
    assert "\n" not in str(caught.value)


def functions_of(chapter, names, **values):
    """Functions that a chapter defines, in a namespace with `values`."""
    space = {"keras": keras, "np": np, **values}
    for cell in nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", 4).cells:
        if cell.cell_type == "code":
            for function in (node for node in ast.parse(cell.source).body if getattr(node, "name", "") in names.split()):
                exec(ast.get_source_segment(cell.source, function), space)
    return space


@pytest.mark.parametrize("name, side, arguments", [
    ("backbone", 64, []), ("backbone", 28, []), ("proposal_head", 16, []), ("region_head", 7, [6]), ("mask_head", 7, [6])])
def test_the_short_count_of_chapter_20_is_the_ledgers(name, side, arguments):
    chapter = functions_of("20-detection", f"macs {name}")
    network = chapter[name](*arguments)
    inputs = keras.Input((side, side, network.input_shape[-1]))
    assert chapter["macs"](network, side) == totals(ledger(keras.Model(inputs, network(inputs))))["macs"] > 0


@pytest.mark.parametrize("name", ["picture_network", "wave_network"])
def test_the_short_count_of_chapter_22_is_the_ledgers(name):
    chapter = functions_of("22-speech", f"macs convolutions classifier {name}", FRAMES=61, BANDS=40, SAMPLES=8000, EPOCHS=1, BATCH=64)
    network = chapter[name](1)
    assert chapter["macs"](network) == totals(ledger(network))["macs"] > 0
