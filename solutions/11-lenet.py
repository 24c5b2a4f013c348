"""Hidden checks of exercise 11: LeNet, then and now."""

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

# Task 1
lenet5_parameters = Task("lenet5_parameters", points=2)


@lenet5_parameters.cases
def _(rng):
    """Tables of other networks, maps that read one map or all; sizes all different, so that none stands for another."""

    def draw():
        maps = int(rng.integers(3, 9))
        table = [tuple(sorted(int(i) for i in rng.choice(maps, rng.integers(1, maps + 1), replace=False)))
                 for _ in range(rng.integers(9, 20))]
        return maps, table, int(rng.integers(30, 200)), int(rng.integers(20, 100))

    return [draw() for _ in range(8)] + [(1, [(0,)], 1, 1), (4, [(0, 1, 2, 3)] * 7, 50, 21)]


@lenet5_parameters.right("connections counted first")
def _(c1_maps, c3_table, c5_maps, f6_units):
    links = sum(map(len, c3_table))
    n = len(c3_table)
    return dict(F6=f6_units * c5_maps + f6_units, C5=25 * n * c5_maps + c5_maps, S4=n + n, C3=links * 25 + n,
                S2=c1_maps + c1_maps, C1=c1_maps * 26)


@lenet5_parameters.right("NumPy numbers")
def _(c1_maps, c3_table, c5_maps, f6_units):
    sizes = np.array([len(row) for row in c3_table])
    return {"C1": np.int64(26) * c1_maps, "S2": 2.0 * c1_maps, "C3": np.sum(25 * sizes + 1), "S4": 2 * sizes.size,
            "C5": np.int64(c5_maps) * (25 * sizes.size + 1), "F6": (c5_maps + 1) * f6_units}


def _bill(c1_maps, c3_table, c5_maps, f6_units, **other):
    n = len(c3_table)
    return {"C1": 26 * c1_maps, "S2": 2 * c1_maps, "C3": sum(25 * len(row) + 1 for row in c3_table), "S4": 2 * n,
            "C5": c5_maps * (25 * n + 1), "F6": f6_units * (c5_maps + 1), **other}


@lenet5_parameters.wrong("C3 reads all maps, as in Keras")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, C3=len(c3_table) * (25 * c1_maps + 1))


@lenet5_parameters.wrong("a bias for each kernel of C3")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, C3=sum(26 * len(row) for row in c3_table))


@lenet5_parameters.wrong("no biases in C3")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, C3=sum(25 * len(row) for row in c3_table))


@lenet5_parameters.wrong("pooling learns nothing")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, S2=0, S4=0)


@lenet5_parameters.wrong("two numbers for each subsampling layer")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, S2=2, S4=2)


@lenet5_parameters.wrong("1x1 kernels in C5")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, C5=c5_maps * (len(c3_table) + 1))


@lenet5_parameters.wrong("the paper's 16 maps for every table")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, S4=32, C5=c5_maps * 401)


@lenet5_parameters.wrong("F6 without biases")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, F6=f6_units * c5_maps)


@lenet5_parameters.wrong("F6 with the inputs' biases")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return _bill(c1_maps, c3_table, c5_maps, f6_units, F6=(f6_units + 1) * c5_maps)


@lenet5_parameters.wrong("the paper's numbers")
def _(c1_maps, c3_table, c5_maps, f6_units):
    return {"C1": 156, "S2": 12, "C3": 1516, "S4": 32, "C5": 48120, "F6": 10164}


# Task 2
trainable_subsampling = Task("trainable_subsampling", points=2)


@trainable_subsampling.cases
def _(rng):
    """One block, non-square maps, negative values, single precision, bytes whose sum is more than 255."""
    cases = []
    for height, width, maps, dtype in ((2, 2, 1, "float64"), (4, 6, 3, "float64"), (10, 4, 4, "float32"), (6, 8, 2, "uint8"),
                                       (2, 12, 12, "int64")):
        x = rng.normal(0, 1, (height, width, maps)) if dtype[0] == "f" else rng.integers(0, 256, (height, width, maps))
        scale = 0.3 if dtype[0] == "f" else 0.003
        cases.append((x.astype(dtype), rng.normal(scale, scale / 2, maps), rng.normal(-0.3, 0.3, maps)))
    return cases


def _blocks(x):
    """The four values of each block: (4, height / 2, width / 2, maps)."""
    x = x.astype(float)
    return np.stack([x[i::2, j::2] for i in (0, 1) for j in (0, 1)])


def _squash(a):
    return 1.7159 * np.tanh(2 * a / 3)


@trainable_subsampling.right("four slices")
def _(x, coefficient, bias):
    return _squash(_blocks(x).sum(axis=0) * coefficient + bias)


@trainable_subsampling.right("loops, tanh from exponentials")
def _(x, coefficient, bias):
    y = np.zeros((x.shape[0] // 2, x.shape[1] // 2, x.shape[2]), "float32")
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for m in range(y.shape[2]):
                a = coefficient[m] * sum(float(v) for v in x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, m].ravel()) + bias[m]
                y[i, j, m] = 1.7159 * (1 - 2 / (np.exp(4 * a / 3) + 1))
    return y


@trainable_subsampling.right("Keras pools and squashes")
def _(x, coefficient, bias):
    mean = keras.ops.average_pool(keras.ops.convert_to_tensor(x[None].astype("float32")), 2)[0]
    return _squash(4 * keras.ops.convert_to_numpy(mean) * coefficient + bias)


@trainable_subsampling.wrong("mean for sum")
def _(x, coefficient, bias):
    return _squash(_blocks(x).mean(axis=0) * coefficient + bias)


@trainable_subsampling.wrong("maximum for sum")
def _(x, coefficient, bias):
    return _squash(_blocks(x).max(axis=0) * coefficient + bias)


@trainable_subsampling.wrong("no squashing")
def _(x, coefficient, bias):
    return _blocks(x).sum(axis=0) * coefficient + bias


@trainable_subsampling.wrong("plain tanh")
def _(x, coefficient, bias):
    return np.tanh(_blocks(x).sum(axis=0) * coefficient + bias)


@trainable_subsampling.wrong("2/3 outside the tanh")
def _(x, coefficient, bias):
    return 1.7159 * 2 / 3 * np.tanh(_blocks(x).sum(axis=0) * coefficient + bias)


@trainable_subsampling.wrong("sigmoid")
def _(x, coefficient, bias):
    return 1 / (1 + np.exp(-(_blocks(x).sum(axis=0) * coefficient + bias)))


@trainable_subsampling.wrong("bias before the coefficient")
def _(x, coefficient, bias):
    return _squash((_blocks(x).sum(axis=0) + bias) * coefficient)


@trainable_subsampling.wrong("no bias")
def _(x, coefficient, bias):
    return _squash(_blocks(x).sum(axis=0) * coefficient)


@trainable_subsampling.wrong("a bias for each of the four")
def _(x, coefficient, bias):
    return _squash((_blocks(x) * coefficient + bias).sum(axis=0))


@trainable_subsampling.wrong("squashes, then weighs")
def _(x, coefficient, bias):
    return _squash(_blocks(x).sum(axis=0)) * coefficient + bias


@trainable_subsampling.wrong("the first coefficient for all maps")
def _(x, coefficient, bias):
    return _squash(_blocks(x).sum(axis=0) * coefficient[0] + bias[0])


@trainable_subsampling.wrong("integer overflow")
def _(x, coefficient, bias):
    return _squash((x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) * coefficient + bias)


@trainable_subsampling.wrong("overlapping blocks")
def _(x, coefficient, bias):
    x = x.astype(float)
    return _squash((x[:-1, :-1] + x[1:, :-1] + x[:-1, 1:] + x[1:, 1:]) * coefficient + bias)


@trainable_subsampling.wrong("four neighbours of one row")
def _(x, coefficient, bias):
    height, width, maps = x.shape
    a = x.astype(float).reshape(height // 2, width // 2, 4, maps).sum(axis=2)
    return _squash(a * coefficient + bias)


# Task 3
lenet_input = Task("lenet_input", points=2)


@lenet_input.cases
def _(rng):
    """Grey images of several brightnesses, ink at the edges, one empty."""
    images = [rng.integers(0, high, (n, 28, 28)).astype("uint8") for n, high in ((3, 256), (1, 256), (2, 90))]
    return [(batch,) for batch in [*images, np.zeros((1, 28, 28), "uint8")]]


@lenet_input.right("pads with the value of paper")
def _(images):
    x = images[..., None] * 0.005 - 0.1
    return np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=-0.1)


@lenet_input.right("writes into a sheet of paper")
def _(images):
    x = np.full((len(images), 32, 32, 1), -0.1, "float32")
    x[:, 2:30, 2:30, 0] += images.astype("float32") * np.float32(1.275 / 255)
    return x


def _sheet(images, frame=-0.1, low=-0.1, high=1.175, pad=((2, 2), (2, 2)), full=255.0):
    x = images.astype("float32") / full * (high - low) + low
    return np.pad(x, ((0, 0), *pad), constant_values=frame)[..., None]


@lenet_input.wrong("the bug as given: a frame of zeros")
def _(images):
    return _sheet(images, frame=0)


@lenet_input.wrong("a frame of ink")
def _(images):
    return _sheet(images, frame=1.175)


@lenet_input.wrong("sign of the frame")
def _(images):
    return _sheet(images, frame=0.1)


@lenet_input.wrong("values from 0 to 1")
def _(images):
    return _sheet(images, 0, 0, 1)


@lenet_input.wrong("1.175 is the range, not the end")
def _(images):
    return _sheet(images, high=1.075)


@lenet_input.wrong("all padding on one side")
def _(images):
    return _sheet(images, pad=((0, 4), (0, 4)))


@lenet_input.wrong("one pixel on each side")
def _(images):
    return _sheet(images, pad=((1, 1), (1, 1)))


@lenet_input.wrong("repeats the edge")
def _(images):
    return np.pad(_sheet(images)[:, 2:-2, 2:-2], ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")


@lenet_input.wrong("the brightest pixel of the batch for 255")
def _(images):
    return _sheet(images, full=max(1.0, images.max()))


@lenet_input.wrong("black and white exchanged")
def _(images):
    return _sheet(255 - images)


@lenet_input.wrong("no channel axis")
def _(images):
    return _sheet(images)[..., 0]


@lenet_input.wrong("channels first")
def _(images):
    return np.moveaxis(_sheet(images), -1, 1)


@lenet_input.wrong("integer overflow")
def _(images):
    return np.pad(images * np.uint8(5) / 1000 - 0.1, ((0, 0), (2, 2), (2, 2)), constant_values=-0.1)[..., None]


# Task 4
spread_through_layers = Task("spread_through_layers", points=2)


@spread_through_layers.cases
def _(rng):
    """Large and small signals, one layer and many, matrices that are not square."""

    def case(start, sizes, gain=1.0):
        weights = [rng.normal(0, gain / np.sqrt(a), (a, b)) for a, b in zip(sizes, sizes[1:])]
        return rng.normal(0.5 * start, start, (60, sizes[0])), weights

    return [case(1, [50] * 6), case(0.05, [50] * 9), case(2, [40] * 11), case(0.02, [60] * 5), case(1, [30, 60, 20, 45]),
            case(0.1, [80, 40]), case(1, [40] * 5, 0.5), case(0.3, [40] * 4, 1.6)]


def _run(x, weights, squash):
    for w in weights:
        x = squash(x @ w)
    return x


def _spread(x, weights, plain=np.tanh, scaled=_squash, measure=np.std):
    a, b = measure(_run(x, weights, plain)), measure(_run(x, weights, scaled))
    return {"tanh": a, "scaled": b, "keeps": "tanh" if abs(a - measure(x)) < abs(b - measure(x)) else "scaled"}


@spread_through_layers.right("recursion")
def _(x, weights):
    def through(x, weights, inner, outer):
        return through(outer * np.tanh(inner * np.matmul(x, weights[0])), weights[1:], inner, outer) if len(weights) else x

    a, b = np.std(through(x, weights, 1, 1)), np.std(through(x, weights, 2 / 3, 1.7159))
    return {"keeps": ["scaled", "tanh"][bool(abs(a - np.std(x)) < abs(b - np.std(x)))], "tanh": a, "scaled": b}


@spread_through_layers.right("single precision, mean of squares")
def _(x, weights):
    x, weights = x.astype("float32"), [w.astype("float32") for w in weights]
    return _spread(x, weights, measure=lambda v: float(np.sqrt(np.mean((v - v.mean()) ** 2, dtype="float64"))))


@spread_through_layers.wrong("squashes before the weights")
def _(x, weights):
    def late(x, squash):
        for w in weights:
            x = squash(x) @ w
        return np.std(x)

    a, b = late(x, np.tanh), late(x, _squash)
    return {"tanh": a, "scaled": b, "keeps": "tanh" if abs(a - np.std(x)) < abs(b - np.std(x)) else "scaled"}


@spread_through_layers.wrong("the scaled one goes on where the plain one ended")
def _(x, weights):
    return {**_spread(x, weights), "scaled": np.std(_run(_run(x, weights, np.tanh), weights, _squash))}


@spread_through_layers.wrong("variance")
def _(x, weights):
    return _spread(x, weights, measure=np.var)


@spread_through_layers.wrong("root of the mean square: the mean not taken off")
def _(x, weights):
    return _spread(x, weights, measure=lambda v: np.sqrt(np.mean(v**2)))


@spread_through_layers.wrong("the first row only")
def _(x, weights):
    return _spread(x, weights, measure=lambda v: np.std(v[0]))


@spread_through_layers.wrong("one deviation for each unit, averaged")
def _(x, weights):
    return _spread(x, weights, measure=lambda v: v.std(axis=0).mean())


@spread_through_layers.wrong("2/3 outside the tanh")
def _(x, weights):
    return _spread(x, weights, scaled=lambda a: 1.7159 * 2 / 3 * np.tanh(a))


@spread_through_layers.wrong("3/2 for 2/3")
def _(x, weights):
    return _spread(x, weights, scaled=lambda a: 1.7159 * np.tanh(3 / 2 * a))


@spread_through_layers.wrong("the first layer only")
def _(x, weights):
    return _spread(x, weights[:1])


@spread_through_layers.wrong("always the paper's")
def _(x, weights):
    return {**_spread(x, weights), "keeps": "scaled"}


@spread_through_layers.wrong("the larger one keeps")
def _(x, weights):
    found = _spread(x, weights)
    return {**found, "keeps": "tanh" if found["tanh"] > found["scaled"] else "scaled"}


@spread_through_layers.wrong("nearer to 1, not to the signal")
def _(x, weights):
    found = _spread(x, weights)
    return {**found, "keeps": min(("tanh", "scaled"), key=lambda name: abs(found[name] - 1))}


# Task 5
modern_lenet = Task("modern_lenet", points=2, probe=probes.network)


@modern_lenet.cases
def _(rng):
    """The two data sets, other numbers of classes, an image that is not square."""
    return [((28, 28, 1), "same", 10), ((32, 32, 3), "valid", 10), ((32, 32, 3), "same", 7), ((36, 28, 2), "valid", 4)]


@modern_lenet.right("functional")
def _(input_shape, padding, classes):
    x = inputs = keras.layers.Input(shape=input_shape)
    for filters, edge in ((6, padding), (16, "valid")):
        x = keras.layers.Conv2D(filters, (5, 5), (1, 1), edge, activation=keras.activations.relu)(x)
        x = keras.layers.MaxPool2D((2, 2), strides=(2, 2))(x)
    x = keras.layers.Flatten()(x)
    for units in (120, 84):
        x = keras.layers.Dense(units, "relu")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(x))


@modern_lenet.right("add, activations as layers")
def _(input_shape, padding, classes):
    layers, model = keras.layers, keras.Sequential()
    model.add(keras.Input(input_shape))
    for layer in (layers.Conv2D(6, 5, padding=padding), layers.ReLU(), layers.MaxPooling2D(), layers.Conv2D(16, 5),
                  layers.Activation("relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(120), layers.ReLU(),
                  layers.Dense(84), layers.ReLU(), layers.Dense(classes), layers.Softmax()):
        model.add(layer)
    return model


def _lenet(input_shape, padding, classes, pool=lambda *sizes: keras.layers.MaxPooling2D(*sizes), activation="relu",
           second="valid", last="softmax", k=5, middle=(120, 84), strides=2):
    layers = keras.layers
    return keras.Sequential([
        keras.Input(input_shape), layers.Conv2D(6, k, padding=padding, activation=activation), pool(2, strides),
        layers.Conv2D(16, k, padding=second, activation=activation), pool(2, strides), layers.Flatten(),
        *(layers.Dense(units, activation) for units in middle), layers.Dense(classes, last)])


@modern_lenet.wrong("average pooling")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, pool=keras.layers.AveragePooling2D)


@modern_lenet.wrong("tanh, as in 1998")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, activation="tanh")


@modern_lenet.wrong("no activation")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, activation=None)


@modern_lenet.wrong("second convolution padded too")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, second=padding)


@modern_lenet.wrong("always same")
def _(input_shape, padding, classes):
    return _lenet(input_shape, "same", classes)


@modern_lenet.wrong("always valid")
def _(input_shape, padding, classes):
    return _lenet(input_shape, "valid", classes)


@modern_lenet.wrong("always ten classes")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, 10)


@modern_lenet.wrong("no softmax")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, last=None)


@modern_lenet.wrong("3x3 kernels")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, k=3)


@modern_lenet.wrong("the dense layers exchanged")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, middle=(84, 120))


@modern_lenet.wrong("pooling with stride 1")
def _(input_shape, padding, classes):
    return _lenet(input_shape, padding, classes, strides=1)


@modern_lenet.wrong("channels first")
def _(input_shape, padding, classes):
    inner = _lenet(input_shape, padding, classes)
    turned = (input_shape[2], *input_shape[:2])
    return keras.Sequential([keras.Input(turned), keras.layers.Permute((2, 3, 1)), *inner.layers])


# Task 6
layer_bill = Task("layer_bill", points=2)


@layer_bill.cases
def _(rng):
    """Networks of every kind of layer, images that are not square, pooling with a rest, no layers."""
    cases = []
    for _ in range(6):
        layers, image = [], (int(rng.integers(24, 40)), int(rng.integers(41, 60)), int(rng.integers(2, 5)))
        for _ in range(rng.integers(1, 3)):
            layers.append(("conv", int(rng.integers(2, 40)), int(rng.integers(1, 6)), str(rng.choice(["same", "valid"]))))
            layers.append(("pool", int(rng.integers(2, 4))))
        layers += [("flatten",), ("dropout", 0.3), ("dense", int(rng.integers(2, 200))), ("dense", 7)]
        cases.append((image, layers))
    mixed = [("conv", 5, 4, "valid"), ("dropout", 0.5), ("conv", 9, 2, "same"), ("pool", 3)]
    small = [("flatten",), ("dense", 3)]
    return cases + [((11, 9, 3), mixed), ((5, 8, 2), []), ((3, 4, 2), small[:1]), ((1, 1, 6), small)]


@layer_bill.right("asks Keras")
def _(input_shape, layers):
    make = {"conv": lambda f, k, p: keras.layers.Conv2D(f, k, padding=p), "pool": keras.layers.MaxPooling2D,
            "flatten": keras.layers.Flatten, "dropout": keras.layers.Dropout, "dense": keras.layers.Dense}
    x, bill = keras.Input(input_shape), []
    for kind, *arguments in layers:
        layer = make[kind](*arguments)
        x = layer(x)
        bill.append([list(x.shape[1:]), layer.count_params()])
    return bill


def _layer_bill(input_shape, layers, bias=1, up=False, valid=True, same=True, rest=0, channels=True, extra=0):
    """The bill, in a way that each argument makes wrong."""
    shape, bill = tuple(input_shape), []
    for layer in layers:
        parameters = 0
        if layer[0] == "conv":
            _, filters, k, padding = layer
            parameters = (k * k * (shape[2] if channels else 1) + bias) * filters
            cut = k - 1 + extra if (padding == "valid" and valid) or (padding == "same" and not same) else 0
            shape = (shape[0] - cut, shape[1] - cut, filters)
        if layer[0] == "pool":
            shape = tuple(-(-n // layer[1]) if up else n // layer[1] for n in shape[:2]) + shape[2:]
        if layer[0] == "flatten":
            shape = (int(np.prod(shape)),)
        if layer[0] == "dense":
            parameters, shape = (shape[0] + bias) * layer[1], (layer[1],)
        if layer[0] == "dropout" and rest:
            shape = tuple(int(n * layer[1]) for n in shape)
        bill.append((shape, parameters))
    return bill


@layer_bill.right("lists of NumPy numbers")
def _(input_shape, layers):
    return [[np.array(shape), np.float64(parameters)] for shape, parameters in _layer_bill(input_shape, layers)]


@layer_bill.wrong("no biases")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, bias=0)


@layer_bill.wrong("pooling rounds up")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, up=True)


@layer_bill.wrong("always same")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, valid=False)


@layer_bill.wrong("always valid")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, same=False)


@layer_bill.wrong("the kernel takes k pixels")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, extra=1)


@layer_bill.wrong("kernels of one channel")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, channels=False)


@layer_bill.wrong("dropout takes values away")
def _(input_shape, layers):
    return _layer_bill(input_shape, layers, rest=1)


@layer_bill.wrong("flatten forgets the channels")
def _(input_shape, layers):
    bill = _layer_bill(input_shape, layers)
    for n, (kind, *_) in enumerate(layers):
        if kind == "flatten":
            before = bill[n - 1][0] if n else input_shape
            bill[n] = ((before[0] * before[1],), 0)
    return bill


@layer_bill.wrong("height and width exchanged")
def _(input_shape, layers):
    return [(shape[1::-1] + shape[2:], n) for shape, n in _layer_bill(input_shape, layers)]


@layer_bill.wrong("with the batch")
def _(input_shape, layers):
    return [((None, *shape), n) for shape, n in _layer_bill(input_shape, layers)]


@layer_bill.wrong("leaves out layers without parameters")
def _(input_shape, layers):
    return [entry for entry in _layer_bill(input_shape, layers) if entry[1]]


@layer_bill.wrong("starts with the input")
def _(input_shape, layers):
    return [(input_shape, 0), *_layer_bill(input_shape, layers)]


@layer_bill.wrong("always the lecture's network")
def _(input_shape, layers):
    zhang = [("conv", 32, 3, "valid"), ("pool", 2), ("conv", 64, 3, "valid"), ("pool", 2), ("flatten",), ("dropout", 0.5)]
    return _layer_bill((28, 28, 1), [*zhang, ("dense", 10)])


@layer_bill.wrong("empties the list")
def _(input_shape, layers):
    bill = _layer_bill(input_shape, layers)
    layers.clear()
    return bill
