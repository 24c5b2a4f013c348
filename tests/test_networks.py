"""Every network of the course: parameters as published, shapes, and the same outputs as keras.applications."""

import math

import keras
import numpy as np
import pytest

from course.chapters import rules
from course.cells.densenet import densenet121, densenet_cifar
from course.cells.inception import googlenet, googlenet_cifar, inception, inception_conv
from course.cells import alexnet, vgg
from course.cells import resnet
from course.cells import lenet
from course.cells.ledger import ledger, totals

# Each row: function, arguments, published parameters, source.
NETWORKS = [
    (lenet.lenet5, {}, 60_000 + 840, "LeCun et al. 1998: 60,000 are learned; ten fixed patterns of 84 values"),
    (lenet.lenet, {}, 61_706, "Dinh (D23), as Dive into Deep Learning"),
    (lenet.lenet, {"input_shape": (32, 32, 3), "padding": "valid"}, 61_706 + 25 * 2 * 6, "by hand: two more channels in C1"),
    (lenet.lenet_scully, {}, 1_256_080, "Scully, part 2 (S11)"),
    (lenet.lenet_scully, {"second_pooling": False}, 4_931_080, "Scully, part 2 (S13)"),
    # The kernels and widths of section 3.5 of the paper, which says 60 million; groups=1 is Scully's table (S14).
    (alexnet.alexnet, {}, 60_965_224, "Krizhevsky, Sutskever and Hinton 2012"),
    (alexnet.alexnet, {"groups": 1}, 62_378_344, "book/errata.md, E17"),
    (alexnet.alexnet_cifar, {}, 234_080 + 590_848 + 1_049_600 + 10_250, "by hand: five convolutions, three dense layers"),
    (vgg.vgg16, {}, 138_357_544, "Simonyan and Zisserman 2015, table 2: 138 million; keras.applications"),
    (vgg.vgg19, {}, 143_667_240, "Simonyan and Zisserman 2015, table 2: 144 million; keras.applications"),
    (vgg.shallow_vgg, {}, 2_168_362, "Scully, part 2 (S17)"),
    (vgg.shallow_vgg, {"map_rate": 0.25, "unit_rate": 0.5}, 2_168_362, "dropout has no parameters"),
    (vgg.shallow_vgg, {"blocks": ((2, 32), (2, 64), (2, 128)), "map_rate": 0.25}, 1_341_226, "by hand: (2048 + 1) * 512 in the dense layer"),
    (vgg.vgg_cifar, {}, 288_298, "by hand: 287,008 in the convolutions, (128 + 1) * 10"),
    (googlenet, {}, 6_998_552, "Caffe's bvlc_googlenet, without the auxiliary classifiers"),
    # Per auxiliary classifier a 1x1 convolution with 128 filters and dense layers of 1024 and 1000 (section 5).
    (googlenet, {"auxiliary": True}, 6_998_552 + 3_188_840 + 3_190_888, "Szegedy et al. 2015, by hand"),
    # Lippe's tutorial 5 prints 260,650: with a bias for each of the 1,312 filters, without the moving averages.
    (googlenet_cifar, {}, 260_650 - 1_312 + 2 * 1_312, "Lippe, tutorial 5"),
    (densenet121, {}, 8_062_504, "keras.applications; torchvision's 7,978,856 do not count the moving averages"),
    (densenet_cifar, {}, 239_994, "by hand"),
    # Lippe's tutorial 5 prints 239,146: with a bias for the first 32 filters, without the moving averages of 3,960 maps.
    (densenet_cifar, {"blocks": (6, 6, 6, 6)}, 239_146 - 32 + 2 * 3_960, "Lippe, tutorial 5"),
]


@pytest.fixture
def zeros_instead_of_random_weights(monkeypatch):
    """Large models in a fraction of the time, where no weight is looked at."""
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__",
                        lambda self, shape, dtype=None, **_: keras.ops.zeros(shape, dtype))


@pytest.mark.parametrize("build, arguments, parameters, source", NETWORKS, ids=lambda value: getattr(value, "__name__", ""))
def test_parameters_are_the_published_ones(build, arguments, parameters, source, zeros_instead_of_random_weights):
    model = build(**arguments)
    assert model.count_params() == parameters, source
    assert totals(ledger(model))["parameters"] == parameters


# --- Inception ---

# Szegedy et al. 2015, table 1: output, parameters and operations. None: the table contradicts its own widths.
GOOGLENET_TABLE = {
    "conv2": ("56x56x192", 112, 360), "3a": ("28x28x256", 159, 128), "3b": ("28x28x480", 380, 304),
    "4a": ("14x14x512", None, 73), "4b": ("14x14x512", None, 88), "4c": ("14x14x512", None, 100),
    "4d": ("14x14x528", None, 119), "4e": ("14x14x832", None, 170), "5a": ("7x7x832", None, None),
    "5b": ("7x7x1024", None, 71), "classes": ("1000", 1000, 1),
}


def test_googlenet_agrees_with_the_papers_table(zeros_instead_of_random_weights):
    rows = ledger(googlenet())
    assert sum(1 for row in rows if row["macs"]) == 3 + 9 * 6 + 1
    for name, (shape, parameters, operations) in GOOGLENET_TABLE.items():
        stage = [row for row in rows if row["name"].split("_")[0] == name]
        assert "x".join(map(str, stage[-1]["shape"])) == shape
        # K = 1024; some rows are rounded, some cut off
        assert parameters is None or abs(sum(row["parameters"] for row in stage) / 1024 - parameters) < 1, name
        assert operations is None or abs(sum(row["macs"] for row in stage) / 1e6 - operations) < 1, name


def test_torchvisions_googlenet_follows_from_ours(zeros_instead_of_random_weights):
    # torchvision: 6,624,904 without auxiliary classifiers. Batch normalisation (two trained numbers a channel) in place
    # of biases, and 3x3 kernels in the 5x5 branch (pytorch/vision issue 906).
    expected = 0
    for row in ledger(googlenet()):
        if row["kind"] == "Conv2D":
            weights, filters = row["macs"] // math.prod(row["shape"][:2]), row["shape"][-1]
            expected += weights * (9 if row["name"].endswith("_5x5") else 25) // 25 + 2 * filters
        else:
            expected += row["parameters"]
    assert expected == 6_624_904


@pytest.mark.parametrize("build, sides, classes", [(googlenet, (224, 96), 1000), (googlenet_cifar, (32, 48), 10)])
def test_inception_networks_take_other_sizes(build, sides, classes):
    for side in sides:
        model = build(input_shape=(side, side, 3))
        answer = keras.ops.convert_to_numpy(model(np.random.default_rng(1).random((2, side, side, 3), "float32")))
        assert answer.shape == (2, classes) and np.allclose(answer.sum(axis=1), 1, atol=1e-4)


def test_inception_module_stacks_four_branches():
    inputs = keras.Input((9, 11, 5))
    model = keras.Model(inputs, inception(inputs, (1, 2, 3, 4, 5, 6), "m"))
    x = np.random.default_rng(2).normal(size=(1, 9, 11, 5)).astype("float32")
    branches = [model.get_layer(f"m_{branch}").output for branch in ("1x1", "3x3", "5x5", "pool_1x1")]
    parts = keras.Model(inputs, branches)(x)
    assert [part.shape[-1] for part in parts] == [1, 3, 5, 6]
    assert np.array_equal(np.concatenate(parts, axis=-1), model(x))
    fields = {row["name"]: max(row["field"]) for row in ledger(model)}
    assert [fields[f"m_{branch}"] for branch in ("1x1", "3x3", "5x5", "pool_1x1")] == [1, 3, 5, 3]


def test_googlenet_and_alexnet_normalise_alike():
    # Chapter 17 holds both cells: the later definition replaces the earlier.
    assert rules.shared_cell("inception:normalisation") == rules.shared_cell("alexnet:normalisation")


def test_inception_conv_without_bias_before_normalisation():
    inputs = keras.Input((4, 4, 3))
    plain = keras.Model(inputs, inception_conv(inputs, 2, 3, "c"))
    normed = keras.Model(inputs, inception_conv(inputs, 2, 3, "c", norm=True))
    assert plain.count_params() == 3 * 3 * 3 * 2 + 2 and normed.count_params() == 3 * 3 * 3 * 2 + 4 * 2
    x = np.random.default_rng(3).normal(size=(2, 4, 4, 3)).astype("float32")
    assert np.min(plain(x)) == 0 and np.min(normed(x)) == 0  # a ReLU ends both
    assert normed.get_layer("c_bn").momentum == 0.9


@pytest.mark.parametrize("build, published", [(vgg.vgg16, keras.applications.VGG16), (vgg.vgg19, keras.applications.VGG19)],
                         ids=["vgg16", "vgg19"])
def test_vgg_answers_as_keras_applications(build, published):
    ours, theirs = build((64, 32, 3), 10), published(weights=None, input_shape=(64, 32, 3), classes=10)
    assert [layer.name for layer in theirs.layers[1:]] == [layer.name for layer in ours.layers if "drop" not in layer.name]
    theirs.set_weights([1.6 * w for w in ours.get_weights()])  # larger weights: answers that differ between images
    ours.set_weights(theirs.get_weights())
    images = np.random.default_rng(0).normal(size=(4, 64, 32, 3)).astype("float32")
    expected = keras.ops.convert_to_numpy(theirs(images))
    assert np.ptp(expected, axis=0).max() > 0.01
    np.testing.assert_allclose(keras.ops.convert_to_numpy(ours(images)), expected, atol=1e-4)


@pytest.mark.parametrize("build", [vgg.shallow_vgg, vgg.vgg_cifar, vgg.vgg16])
@pytest.mark.parametrize("shape, classes", [((32, 32, 3), 10), ((48, 64, 1), 7)])
def test_vgg_takes_other_images(build, shape, classes, zeros_instead_of_random_weights):
    probabilities = keras.ops.convert_to_numpy(build(input_shape=shape, classes=classes)(np.ones((2, *shape), "float32")))
    np.testing.assert_allclose(probabilities, np.full((2, classes), 1 / classes), atol=1e-6)


def test_vgg_for_cifar_keeps_the_budget():
    assert totals(ledger(vgg.vgg_cifar()))["macs"] < 40e6


def test_dropout_of_shallow_vgg_drops_maps_behind_each_block():
    layers = vgg.shallow_vgg(map_rate=0.25, unit_rate=0.5).layers
    found = [(type(layer).__name__, layer.rate) for layer in layers if "Dropout" in type(layer).__name__]
    assert found == [("SpatialDropout2D", 0.25), ("SpatialDropout2D", 0.25), ("Dropout", 0.5)]
    assert [type(layer).__name__ for layer in vgg.shallow_vgg().layers if "Dropout" in type(layer).__name__] == []


# --- DenseNet ---

def test_densenet121_answers_as_keras_applications():
    ours, published = densenet121((64, 64, 3), 10), keras.applications.DenseNet121(weights=None, input_shape=(64, 64, 3), classes=10)
    assert [w.shape for w in ours.weights] == [w.shape for w in published.weights]
    rng = np.random.default_rng(16)
    values = [rng.uniform(0.5, 1.5, w.shape) if len(w.shape) == 1 else rng.normal(0, 1.4 / math.sqrt(math.prod(w.shape[:-1])), w.shape)
              for w in published.weights]  # scales, shifts and moving averages too
    for model in (ours, published):
        model.set_weights(values)
    images = rng.normal(0, 1, (2, 64, 64, 3)).astype("float32")
    expected = np.asarray(published(images, training=False))
    assert np.ptp(expected) > 0.01, "equal probabilities would tell nothing"
    assert np.allclose(np.asarray(ours(images, training=False)), expected, atol=1e-4)


def test_densenet121_has_121_layers_and_the_papers_channels(zeros_instead_of_random_weights):
    model = densenet121()
    rows = ledger(model)
    assert sum(1 for row in rows if row["macs"]) == 121
    shapes = {row["name"]: row["shape"] for row in rows}
    assert [shapes[f"block{b}_{n}_stack"] for b, n in enumerate((6, 12, 24, 16), 1)] == [
        (56, 56, 256), (28, 28, 512), (14, 14, 1024), (7, 7, 1024)]
    assert sum(math.prod(w.shape) for w in model.trainable_weights) == 7_978_856  # torchvision


@pytest.mark.parametrize("side", [32, 48])
def test_densenet_cifar_takes_other_sizes(side):
    model = densenet_cifar((side, side, 3))
    answer = np.asarray(model(np.zeros((2, side, side, 3), "float32")))
    assert answer.shape == (2, 10) and np.allclose(answer.sum(axis=1), 1, atol=1e-5)
    assert totals(ledger(model))["macs"] < 60e6 * (side / 32) ** 2


def test_a_dense_layer_leaves_the_stack_below_it_as_it_is():
    from course.cells.densenet import dense_layer

    inputs = keras.Input((8, 8, 5))
    images = np.random.default_rng(0).normal(size=(1, 8, 8, 5)).astype("float32")
    stack = np.asarray(keras.Model(inputs, dense_layer(dense_layer(inputs, 3, 2, "a"), 3, 2, "b"))(images))
    assert stack.shape == (1, 8, 8, 11) and np.array_equal(stack[..., :5], images)


# --- AlexNet ---

def test_alexnet_has_the_papers_shapes_and_work(zeros_instead_of_random_weights):
    rows = {row["name"]: row for row in ledger(alexnet.alexnet())}
    # The paper's list of units behind each layer; its 253,440 for the first contradicts its own 55x55x96.
    units = [math.prod(rows[name]["shape"]) for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")]
    assert units == [55 * 55 * 96, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]
    assert sum(row["macs"] for row in rows.values()) == 724_406_816  # 724 M in Sze et al. 2017, table II
    assert rows["pool5"]["field"] == (195, 195)  # with overlapping windows; Araujo, Norris and Sim 2019
    names = [name for name in rows if name.startswith(("norm", "pool", "drop"))]
    assert names == ["norm1", "pool1", "norm2", "pool2", "pool5", "drop6", "drop7"]


def test_alexnet_reads_half_of_the_maps_in_three_layers(zeros_instead_of_random_weights):
    depths = {layer.name: layer.kernel.shape[2] for layer in alexnet.alexnet().layers if layer.name.startswith("conv")}
    assert depths == {"conv1": 3, "conv2": 48, "conv3": 256, "conv4": 192, "conv5": 192}


@pytest.mark.parametrize("channels", [1, 3, 12])
def test_response_normalisation_is_tensorflows(channels):
    tf = pytest.importorskip("tensorflow")
    maps = np.random.default_rng(4).normal(0, 120, (2, 3, 4, channels)).astype("float32")
    ours = keras.ops.convert_to_numpy(alexnet.local_response_normalisation(maps))
    np.testing.assert_allclose(ours, tf.nn.local_response_normalization(maps, 2, 2.0, 1e-4, 0.75), rtol=1e-4, atol=1e-5)


def test_response_normalisation_of_equal_maps_by_hand():
    values = keras.ops.convert_to_numpy(alexnet.local_response_normalisation(np.full((1, 1, 1, 9), 100, "float32")))[0, 0, 0]
    np.testing.assert_allclose(values[[0, 1, 4]], [100 / 5**0.75, 100 / 6**0.75, 100 / 7**0.75], rtol=1e-5)


@pytest.mark.parametrize("build, shape, classes", [(alexnet.alexnet, (67, 75, 3), 7), (alexnet.alexnet_cifar, (32, 32, 3), 10),
                                                   (alexnet.alexnet_cifar, (48, 40, 1), 5)])
def test_alexnet_takes_other_images(build, shape, classes):
    images = np.random.default_rng(5).normal(size=(2, *shape)).astype("float32")
    probabilities = keras.ops.convert_to_numpy(build(input_shape=shape, classes=classes)(images))
    assert probabilities.shape == (2, classes) and np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_alexnet_for_cifar_is_a_quarter_of_alexnet(zeros_instead_of_random_weights):
    large, small = (model.layers for model in (alexnet.alexnet(), alexnet.alexnet_cifar()))
    large = [layer for layer in large if not layer.name.startswith("norm")]
    assert [layer.name for layer in large] == [layer.name for layer in small]
    widths = [[getattr(layer, "filters", None) or getattr(layer, "units", None) for layer in layers] for layers in (large, small)]
    assert [w for w in widths[1] if w][:-1] == [w // 4 for w in widths[0] if w][:-1]
    assert totals(ledger(alexnet.alexnet_cifar()))["macs"] < 40e6


# --- ResNet ---

def trained(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


# torchvision's parameters, the ledger's multiply-adds: table 1 of He et al. 2016 prints 1.8, 3.6, 3.8, 7.6 and 11.3 billion.
@pytest.mark.parametrize("build, depth, parameters, macs", [
    (resnet.resnet18, 18, 11_689_512, 1_814_073_344), (resnet.resnet34, 34, 21_797_672, 3_663_761_408),
    (resnet.resnet50, 50, 25_557_032, 3_857_973_248), (resnet.resnet101, 101, 44_549_160, 7_570_194_432),
    (resnet.resnet152, 152, 60_192_808, 11_282_415_616)], ids=lambda value: getattr(value, "__name__", ""))
def test_resnets_have_torchvisions_parameters(build, depth, parameters, macs, zeros_instead_of_random_weights):
    model = build()
    rows = ledger(model)
    assert (model.name, trained(model), totals(rows)["macs"]) == (f"resnet{depth}", parameters, macs)
    weighted = [row for row in rows if row["kind"] in ("Conv2D", "Dense")]
    assert sum("_0_" not in row["name"] for row in weighted) == depth  # projections lie on a side way


@pytest.mark.parametrize("build, depth, parameters, paper", [
    (resnet.resnet20, 20, 269_722, 0.27), (resnet.resnet32, 32, 464_154, 0.46), (resnet.resnet44, 44, 658_586, 0.66),
    (resnet.resnet56, 56, 853_018, 0.85), (resnet.resnet110, 110, 1_727_962, 1.7)], ids=lambda value: getattr(value, "__name__", ""))
def test_resnets_for_cifar_have_the_papers_parameters(build, depth, parameters, paper, zeros_instead_of_random_weights):
    model, plain = build(), resnet.resnet_cifar(depth, shortcuts=False)
    assert (model.name, plain.name) == (f"resnet{depth}", f"plain{depth}")
    assert trained(model) == trained(plain) == parameters and round(parameters / 1e6, 1 if paper > 1 else 2) == paper
    assert totals(ledger(model))["macs"] == totals(ledger(plain))["macs"]


def test_resnet_options_cost_what_the_projections_cost(zeros_instead_of_random_weights):
    a, b, c = (trained(resnet.resnet_cifar(20, option=option)) for option in "ABC")
    assert b - a == 16 * 32 + 32 * 64 + 2 * (32 + 64)
    assert c - b == sum(filters * filters + 2 * filters for filters in (16, 16, 16, 32, 32, 64, 64))
    with pytest.raises(ValueError, match="6n"):
        resnet.resnet_cifar(21)


def test_resnet50_v15_moves_the_stride_only(zeros_instead_of_random_weights):
    v1, v15 = resnet.resnet50(), resnet.resnet50(v15=True)
    assert trained(v1) == trained(v15) and totals(ledger(v15))["macs"] == 4_089_184_256  # torchvision: 4.09 billion
    assert [layer.name for layer in v15.layers if layer.name.endswith("_2_pad")] == [f"conv{i}_block1_2_pad" for i in (3, 4, 5)]


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_resnets_answer_as_keras_applications(depth, zeros_instead_of_random_weights):
    theirs = getattr(keras.applications, f"ResNet{depth}")(weights=None, input_shape=(64, 64, 3), classes=10)
    ours = getattr(resnet, f"resnet{depth}")((64, 64, 3), 10, use_bias=True)
    assert ours.count_params() == theirs.count_params()
    if depth == 50:
        assert ours.count_params() == 25_636_712 - 990 * 2049  # 1,000 classes
    rng = np.random.default_rng(depth)
    for layer in theirs.layers:
        values = []
        for weight in layer.weights:
            shape, kind = tuple(weight.shape), weight.path.split("/")[-1]
            if kind == "kernel":
                values.append(rng.standard_normal(shape, "float32") * math.sqrt(2 / math.prod(shape[:-1])))
            elif kind in ("gamma", "moving_variance"):  # a block adds little: 50 blocks must not explode
                values.append(rng.uniform(0.5, 1.5, shape) * (0.3 if kind == "gamma" and layer.name.endswith("_3_bn") else 1))
            else:
                values.append(rng.normal(0, 0.2, shape))
        if values:
            layer.set_weights(values)
            ours.get_layer(layer.name).set_weights(values)
    images = rng.standard_normal((2, 64, 64, 3), "float32")
    features = [keras.Model(model.inputs[0], model.get_layer("avg_pool").output)(images, training=False) for model in (ours, theirs)]
    answer, expected = map(keras.ops.convert_to_numpy, features)
    assert np.ptp(expected, axis=-1).min() > 0.1, "equal values would tell nothing"
    np.testing.assert_allclose(answer, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    kernel = rng.standard_normal((2048, 10), "float32") / np.linalg.norm(expected, axis=-1).max()  # no answer is too sure
    for model in (ours, theirs):
        model.get_layer("predictions").set_weights([kernel, np.arange(10) / 10])
    answer, expected = (keras.ops.convert_to_numpy(model(images, training=False)) for model in (ours, theirs))
    assert np.ptp(expected) > 0.01 and expected.max() < 0.9
    np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("build, side, classes", [(resnet.resnet20, 32, 10), (resnet.resnet20, 45, 7), (resnet.resnet18, 64, 10),
                                                  (resnet.resnet50, 97, 5)], ids=lambda value: getattr(value, "__name__", ""))
def test_resnets_take_other_images(build, side, classes, zeros_instead_of_random_weights):
    answer = keras.ops.convert_to_numpy(build((side, side, 3), classes)(np.ones((2, side, side, 3), "float32")))
    np.testing.assert_allclose(answer, np.full((2, classes), 1 / classes), atol=1e-6)


@pytest.mark.parametrize("kind", [resnet.basic, resnet.bottleneck, resnet.bottleneck_v15], ids=lambda kind: kind.__name__)
def test_a_residual_block_without_its_last_scale_is_the_identity(kind):
    layers = kind(4, 1)
    inputs = keras.Input((6, 7, layers[-1][0]))
    model = keras.Model(inputs, resnet.block(inputs, layers, "B", "b"))
    model.get_layer(f"b_{len(layers)}_bn").gamma.assign(np.zeros(layers[-1][0]))
    images = np.random.default_rng(0).random((2, 6, 7, layers[-1][0]), "float32")
    assert np.array_equal(model(images), images)


def test_option_a_takes_every_second_pixel_and_adds_zeros():
    inputs = keras.Input((7, 8, 2))
    images = np.random.default_rng(1).normal(size=(3, 7, 8, 2)).astype("float32")
    maps = np.asarray(keras.Model(inputs, resnet.shortcut(inputs, 6, 2, "A", "s"))(images))
    assert np.array_equal(maps[..., :2], images[:, ::2, ::2]) and maps.shape == (3, 4, 4, 6) and not maps[..., 2:].any()


def test_resnets_see_the_same_pixels_through_block_and_shortcut():
    # With stride 2 the centre of the 3x3 kernel must sit where the shortcut reads: pixels 0, 2, 4 ...
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, resnet.conv_norm(inputs, 1, 3, 2, "c"))
    model.get_layer("c_conv").set_weights([np.pad(np.ones((1, 1, 1, 1)), [(1, 1), (1, 1), (0, 0), (0, 0)])])
    images = np.random.default_rng(2).normal(size=(1, 8, 8, 1)).astype("float32")
    np.testing.assert_allclose(model(images, training=False), images[:, ::2, ::2], atol=1e-4)


def test_resnets_start_as_the_paper_says():
    convolutions = [layer for layer in resnet.resnet_cifar(8).layers if isinstance(layer, keras.layers.Conv2D)]
    for layer in convolutions:  # He et al. 2015: variance 2 / n
        values = layer.get_weights()[0]
        assert not layer.use_bias and abs(values.std() * math.sqrt(values[..., 0].size / 2) - 1) < 0.15


# --- LeNet ---

# LeCun et al. 1998, section II-B: trainable parameters and connections.
LENET5 = {"C1": (156, 122_304), "S2": (12, 5_880), "C3": (1_516, 151_600), "S4": (32, 2_000), "C5": (48_120, 48_120),
          "F6": (10_164, 10_164)}


def test_lenet5_agrees_with_the_paper_layer_by_layer():
    model = lenet.lenet5()
    counted = dict.fromkeys(LENET5, (0, 0))
    for row in ledger(model):
        name = row["name"].split("_")[0]
        if row["parameters"] and name in LENET5:
            places = 5 * math.prod(row["shape"]) if name[0] == "S" else row["parameters"] * math.prod(row["shape"][:-1])
            counted[name] = (counted[name][0] + row["parameters"], counted[name][1] + places)
    assert counted == LENET5
    assert sum(math.prod(variable.shape) for variable in model.trainable_variables) == 60_000
    assert all(layer.activation is lenet.scaled_tanh for layer in model.layers
               if layer.name != "output" and hasattr(layer, "kernel"))
    assert sum(connections for _, connections in counted.values()) + 840 == 340_908


def test_lenet5_reads_the_papers_table():
    model = lenet.lenet5()
    s2 = [model.get_layer(f"S2_{i}").output for i in range(6)]
    c3 = keras.Model(s2, model.get_layer("C3").output)
    maps = np.random.default_rng(1).normal(size=(6, 1, 14, 14, 1)).astype("float32")
    before = np.asarray(c3(list(maps)))
    changed = np.zeros((6, 16), int)
    for i in range(6):
        other = maps.copy()
        other[i] += 1
        changed[i] = np.any(np.asarray(c3(list(other))) != before, axis=(0, 1, 2))
    table = ["X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX", ".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X",
             "...XXX..XXXX.XXX"]  # table I of the paper, a line for each map of S2
    assert changed.tolist() == [[mark == "X" for mark in line] for line in table]


def test_lenet5_answers_with_the_nearest_pattern():
    model = lenet.lenet5()
    patterns = lenet.digit_patterns()  # (84, 10)
    assert set(np.unique(patterns)) == {-1, 1} and len(np.unique(patterns, axis=1).T) == 10
    images = np.random.default_rng(1).normal(size=(5, 32, 32, 1)).astype("float32")
    drawn, answers = (np.asarray(part) for part in keras.Model(model.inputs[0], [model.get_layer("F6").output, model.output])(images))
    distances = ((drawn[:, :, None] - patterns) ** 2).sum(axis=1)
    likely = np.exp(-distances / 10)
    np.testing.assert_allclose(answers, likely / likely.sum(axis=1, keepdims=True), rtol=1e-3)


def test_lenet5_subsamples_as_the_paper_says():
    x = keras.Input((6, 4, 2))
    layers = keras.Model(x, lenet.subsampling(x, "S"))
    coefficient, bias = np.array([0.3, -1.2]), np.array([0.1, 0.4])
    layers.set_weights([4 * coefficient.reshape(1, 1, 2, 1), bias])
    maps = np.random.default_rng(1).normal(size=(3, 6, 4, 2)).astype("float32")
    sums = maps.reshape(3, 3, 2, 2, 2, 2).sum(axis=(2, 4))
    np.testing.assert_allclose(layers(maps), 1.7159 * np.tanh(2 / 3 * (sums * coefficient + bias)), atol=1e-5)


@pytest.mark.parametrize("build, shape, classes", [(lenet.lenet5, (32, 32, 1), 10), (lenet.lenet5, (36, 40, 3), 7),
                                                   (lenet.lenet, (28, 28, 1), 10), (lenet.lenet, (45, 32, 3), 4),
                                                   (lenet.lenet_scully, (28, 28, 1), 10), (lenet.lenet_scully, (20, 17, 3), 3)])
def test_lenets_take_other_images(build, shape, classes):
    answers = np.asarray(build(shape, classes)(np.zeros((2, *shape), "float32")))
    assert answers.shape == (2, classes)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-4)
