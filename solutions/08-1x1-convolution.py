"""Hidden checks of exercise 08: dense layers as convolutions."""

import keras
import numpy as np

from course.grading import plain
from course.grading.tasks import Task

# float32 sums of products with values up to 255 may nearly cancel
pointwise_convolution = Task("pointwise_convolution", points=2, atol=1e-3)


@pointwise_convolution.cases
def _(rng):
    """As many filters as channels (a transposed kernel fits), one channel, one filter, strides that leave a rest, uint8."""
    sizes = [(4, 5, 3, 3), (1, 1, 6, 3), (5, 3, 1, 4), (7, 4, 2, 1, 2), (6, 9, 4, 4, 3), (8, 8, 3, 2, 2), (2, 3, 5, 5, 4)]
    draws = []
    for height, width, channels, filters, *stride in sizes:
        draws.append((rng.normal(size=(2, height, width, channels)), rng.normal(size=(1, 1, channels, filters)),
                      rng.normal(size=filters), *stride))
    photo = rng.integers(0, 256, (3, 4, 6, 3)).astype("uint8")
    return [*draws, (photo, rng.normal(size=(1, 1, 3, 3)).astype("float32"), np.array([1.5, -2.5, 0.0], "float32"), 2)]


@pointwise_convolution.right("loops")
def _(x, kernel, bias, stride=1):
    batch, height, width, channels = x.shape
    y = np.zeros((batch, -(-height // stride), -(-width // stride), kernel.shape[3]))
    for row in range(y.shape[1]):
        for column in range(y.shape[2]):
            for f in range(kernel.shape[3]):
                for c in range(channels):
                    y[:, row, column, f] += x[:, row * stride, column * stride, c] * kernel[0, 0, c, f]
                y[:, row, column, f] += bias[f]
    return y


@pointwise_convolution.right("einsum, stride last")
def _(x, kernel, bias, stride=1):
    return (np.einsum("bhwc,cf->bhwf", x, kernel[0, 0]) + bias)[:, ::stride, ::stride]


@pointwise_convolution.right("Keras in float32")
def _(x, kernel, bias, stride=1):
    return keras.ops.conv(x.astype("float32"), kernel.astype("float32"), stride) + bias.astype("float32")


@pointwise_convolution.wrong("kernel transposed where it fits")
def _(x, kernel, bias, stride=1):
    channels, filters = kernel.shape[2:]
    return x[:, ::stride, ::stride] @ kernel[0, 0].T.reshape(channels, filters) + bias


@pointwise_convolution.wrong("no bias")
def _(x, kernel, bias, stride=1):
    return x[:, ::stride, ::stride] @ kernel[0, 0]


@pointwise_convolution.wrong("a ReLU behind")
def _(x, kernel, bias, stride=1):
    return np.maximum(x[:, ::stride, ::stride] @ kernel[0, 0] + bias, 0)


@pointwise_convolution.wrong("no stride")
def _(x, kernel, bias, stride=1):
    return x @ kernel[0, 0] + bias


@pointwise_convolution.wrong("stride on the rows only")
def _(x, kernel, bias, stride=1):
    return x[:, ::stride] @ kernel[0, 0] + bias


@pointwise_convolution.wrong("starts behind the first stride")
def _(x, kernel, bias, stride=1):
    return x[:, stride - 1::stride, stride - 1::stride] @ kernel[0, 0] + bias


@pointwise_convolution.wrong("drops the rest of a stride")
def _(x, kernel, bias, stride=1):
    height, width = x.shape[1] // stride * stride, x.shape[2] // stride * stride
    return x[:, :height:stride, :width:stride] @ kernel[0, 0] + bias


@pointwise_convolution.wrong("each channel for itself")
def _(x, kernel, bias, stride=1):
    return x[:, ::stride, ::stride].sum(axis=-1, keepdims=True) * kernel[0, 0].sum(axis=0) + bias


@pointwise_convolution.wrong("channels first")
def _(x, kernel, bias, stride=1):
    return np.moveaxis(x[:, ::stride, ::stride] @ kernel[0, 0] + bias, -1, 1)


@pointwise_convolution.wrong("keeps the type of the image")
def _(x, kernel, bias, stride=1):
    return (x[:, ::stride, ::stride] @ kernel[0, 0] + bias).astype(x.dtype)


@pointwise_convolution.wrong("modifies the image")
def _(x, kernel, bias, stride=1):
    x += x.dtype.type(1)
    return x[:, ::stride, ::stride] @ kernel[0, 0] + bias - kernel[0, 0].sum(axis=0)


kernel_from_torch = Task("kernel_from_torch", points=2)


@kernel_from_torch.cases
def _(rng):
    """Square and not, all four sizes equal, one channel, one pixel, integers."""
    # units, channels, height, width
    shapes = [(2, 3, 4, 5), (3, 3, 3, 3), (1, 4, 2, 6), (5, 1, 3, 2), (4, 6, 1, 1), (1, 2, 5, 5)]
    cases = [(rng.normal(size=(units, np.prod(volume))), *volume) for units, *volume in shapes]
    return [*cases, (rng.integers(-9, 9, (2, 24)), 4, 3, 2)]


@kernel_from_torch.right("axes moved first")
def _(weight, channels, height, width):
    return np.moveaxis(weight.T.reshape(channels, height, width, len(weight)), 0, 2)


@kernel_from_torch.right("loops")
def _(weight, channels, height, width):
    kernel = np.zeros((height, width, channels, len(weight)))
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                kernel[i, j, c] = weight[:, (c * height + i) * width + j]
    return kernel


@kernel_from_torch.wrong("as it was")
def _(weight, channels, height, width):
    return weight.T.reshape(height, width, channels, -1)


@kernel_from_torch.wrong("not transposed")
def _(weight, channels, height, width):
    return weight.reshape(height, width, channels, -1)


@kernel_from_torch.wrong("units and inputs mixed")
def _(weight, channels, height, width):
    return weight.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)


@kernel_from_torch.wrong("width before height")
def _(weight, channels, height, width):
    return weight.reshape(-1, channels, width, height).transpose(3, 2, 1, 0)


@kernel_from_torch.wrong("all axes turned round")
def _(weight, channels, height, width):
    return weight.reshape(-1, channels, height, width).T


@kernel_from_torch.wrong("the order of PyTorch left")
def _(weight, channels, height, width):
    return weight.reshape(-1, channels, height, width)


@kernel_from_torch.wrong("kernel flipped")
def _(weight, channels, height, width):
    return weight.reshape(-1, channels, height, width).transpose(2, 3, 1, 0)[::-1, ::-1]


@kernel_from_torch.wrong("reshape where axes must move")
def _(weight, channels, height, width):
    return weight.reshape(-1, channels, height, width).reshape(height, width, channels, -1)


@kernel_from_torch.wrong("modifies the weight")
def _(weight, channels, height, width):
    kernel = weight.reshape(-1, channels, height, width).transpose(2, 3, 1, 0).copy()
    weight[:] = 0
    return kernel


fully_convolutional = Task("fully_convolutional", points=3)


@fully_convolutional.cases
def _(rng):
    """Classifiers (input shape, layers, [(units, activation)]) and larger images: not square, pooled, padded, an MLP."""
    return [
        ((9, 7, 2), [("conv", 5, 3, 1, "valid"), ("pool", 2)], [(6, "relu"), (4, "softmax")], [(9, 12), (15, 7), (20, 23)]),
        ((8, 8, 3), [("conv", 4, 3, 2, "same"), ("conv", 4, 3, 1, "same")], [(4, "tanh"), (4, "relu"), (4, "softmax")],
         [(13, 11)]),
        ((6, 6, 1), [], [(8, "relu"), (3, None)], [(7, 9)]),
        ((5, 8, 3), [("pool", 2)], [(1, "sigmoid")], [(10, 10)]),
        ((4, 4, 2), [("conv", 3, 4, 1, "valid")], [(5, "softmax")], [(6, 5)]),
    ]


@fully_convolutional.probe
def _(f, cases, seed):
    """Answers of the network on images of the classifier's size and larger, and of the classifier before and after."""
    import keras

    def ask(shape, body, dense, larger):
        layers = [keras.Input(shape)]
        for kind, *options in body:
            if kind == "conv":
                filters, size, strides, padding = options
                layers.append(keras.layers.Conv2D(filters, size, strides=strides, padding=padding, activation="relu"))
            else:
                layers.append(keras.layers.MaxPooling2D(options[0]))
        layers += [keras.layers.Flatten(), *(keras.layers.Dense(units, activation=name) for units, name in dense)]
        classifier = keras.Sequential(layers)
        rng = np.random.default_rng([seed, *shape])
        for variable in classifier.weights:
            fan_in = np.prod(variable.shape[:-1]) if len(variable.shape) > 1 else 1
            variable.assign(rng.normal(size=variable.shape) / np.sqrt(fan_in))
        sizes = [tuple(shape[:2]), *map(tuple, larger)]
        images = [rng.normal(size=(2, *size, shape[2])).astype("float32") for size in sizes]
        network = f(classifier)
        return {"maps": [np.asarray(network(x)) for x in images], "classifier": np.asarray(classifier(images[0])),
                "open": list(network.input_shape[1:3]) == [None, None]}

    return call(ask, cases, seed)


@fully_convolutional.compare
def _(mine, theirs):
    if plain.difference(mine["classifier"], theirs["classifier"], 1e-3, 1e-4):
        return "the classifier does not work as before"
    if mine["open"] is not True:
        return "height and width of its input are not open"
    if plain.difference(mine["maps"][0], theirs["maps"][0], 1e-3, 1e-4):
        return "on an image of the classifier's own size it gives something else than the classifier"
    return "on larger images the map is wrong" if plain.difference(mine["maps"], theirs["maps"], 1e-3, 1e-4) else None


@fully_convolutional.right("new layers, functional")
def _(classifier):
    inputs = x = keras.Input((None, None, classifier.input_shape[-1]))
    volume, copies = classifier.input_shape[1:], []
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Flatten):
            continue
        if isinstance(layer, keras.layers.Dense):
            new = keras.layers.Conv2D(layer.units, volume[:2], activation=layer.activation)
            volume = (1, 1, layer.units)
        else:
            new = layer.__class__.from_config(layer.get_config())
            volume = layer.output.shape[1:]
        x = new(x)
        copies.append((new, layer))
    for new, layer in copies:
        new.set_weights([w.reshape(v.shape) for w, v in zip(layer.get_weights(), new.weights)])
    return keras.Model(inputs, x)


@fully_convolutional.right("only the first dense layer, Dense works on the last axis")
def _(classifier):
    at = [type(layer).__name__ for layer in classifier.layers].index("Flatten")
    _, height, width, channels = classifier.layers[at].input.shape
    first = classifier.layers[at + 1]
    kernel = keras.layers.Conv2D(first.units, (height, width), padding="valid", activation=first.activation)
    network = keras.Sequential([keras.Input((None, None, classifier.input_shape[-1])), *classifier.layers[:at], kernel,
                                *classifier.layers[at + 2:]])
    weights, bias = first.get_weights()
    kernel.set_weights([weights.reshape(height, width, channels, -1), bias])
    return network


def _converted(classifier, order=None, padding="valid", activations=True, middle=None, biases=True, weights=True, end=(),
               size=(None, None)):
    """The solution with one mistake."""
    at = [type(layer).__name__ for layer in classifier.layers].index("Flatten")
    shape, dense, head = classifier.layers[at].input.shape[1:3], classifier.layers[at + 1:], []
    for layer in dense:
        activation = (middle if middle and layer is not dense[-1] else layer.activation) if activations else None
        head.append(keras.layers.Conv2D(layer.units, shape, activation=activation, padding=padding))
        shape = (1, 1)
    network = keras.Sequential([keras.Input((*size, classifier.input_shape[-1])), *classifier.layers[:at], *head, *end])
    for layer, new in zip(dense, head):
        kernel, bias = layer.get_weights()
        height, width, channels, units = new.kernel.shape
        kernel = order(kernel, height, width, channels, units) if order else kernel.reshape(new.kernel.shape)
        if weights:
            new.set_weights([kernel, bias if biases else 0 * bias])
    return network


@fully_convolutional.wrong("channels first in the first kernel")
def _(classifier):
    return _converted(classifier, order=lambda w, h, b, c, u: w.reshape(c, h, b, u).transpose(1, 2, 0, 3))


@fully_convolutional.wrong("height and width swapped")
def _(classifier):
    return _converted(classifier, order=lambda w, h, b, c, u: w.reshape(b, h, c, u).transpose(1, 0, 2, 3))


@fully_convolutional.wrong("kernel flipped")
def _(classifier):
    return _converted(classifier, order=lambda w, h, b, c, u: w.reshape(h, b, c, u)[::-1, ::-1])


@fully_convolutional.wrong("same padding in the head")
def _(classifier):
    return _converted(classifier, padding="same")


@fully_convolutional.wrong("no activations")
def _(classifier):
    return _converted(classifier, activations=False)


@fully_convolutional.wrong("ReLU in all layers but the last")
def _(classifier):
    return _converted(classifier, middle="relu")


@fully_convolutional.wrong("no biases")
def _(classifier):
    return _converted(classifier, biases=False)


@fully_convolutional.wrong("weights not copied")
def _(classifier):
    return _converted(classifier, weights=False)


@fully_convolutional.wrong("one answer for the image")
def _(classifier):
    return _converted(classifier, end=[keras.layers.GlobalMaxPooling2D(keepdims=True)])


@fully_convolutional.wrong("a second softmax")
def _(classifier):
    return _converted(classifier, end=[keras.layers.Softmax()])


@fully_convolutional.wrong("the size of the classifier only")
def _(classifier):
    return _converted(classifier, size=classifier.input_shape[1:3])


@fully_convolutional.wrong("the classifier loses its head")
def _(classifier):
    network = _converted(classifier)
    classifier.pop()
    return network


@fully_convolutional.wrong("the classifier itself")
def _(classifier):
    return classifier


widest_bottleneck = Task("widest_bottleneck", points=2)


def _bottleneck(channels, k, s):
    return (channels + 1) * s + (k * k * s + 1) * s + (s + 1) * channels


def _widest(cost, budget):
    return sum(1 for _ in iter(lambda s=iter(range(1, 10**6)): cost(next(s)) <= budget, False))


@widest_bottleneck.cases
def _(rng):
    """Budgets that are met exactly, that lack one, that nothing fits in; kernels of 1, 3, 4 and 5."""
    cases = [(256, 3, 73760), (64, 3, 0), (16, 3, 16), (1, 1, 6), (1, 1, 5)]
    for k in (1, 3, 3, 4, 5):
        channels, s = int(rng.integers(2, 400)), int(rng.integers(2, 120))
        exact = _bottleneck(channels, k, s)
        cases += [(channels, k, exact), (channels, k, exact - 1), (channels, k, exact + channels)]
    return cases


@widest_bottleneck.right("a quadratic equation")
def _(channels, k, budget):
    half, rest = channels + 1, channels - budget  # k^2 s^2 + 2 (channels + 1) s + channels - budget <= 0
    if half**2 < k * k * rest:
        return 0
    return max(0, int((np.sqrt(half**2 - k * k * rest) - half) / (k * k) + 1e-9))


@widest_bottleneck.right("counts down")
def _(channels, k, budget):
    s = budget
    while s > 0 and _bottleneck(channels, k, s) > budget:
        s -= 1
    return s


@widest_bottleneck.wrong("no biases")
def _(channels, k, budget):
    return _widest(lambda s: 2 * channels * s + k * k * s * s, budget)


@widest_bottleneck.wrong("the last bias is missing")
def _(channels, k, budget):
    return _widest(lambda s: _bottleneck(channels, k, s) - channels, budget)


@widest_bottleneck.wrong("less than the budget")
def _(channels, k, budget):
    return _widest(lambda s: _bottleneck(channels, k, s) + 1, budget)


@widest_bottleneck.wrong("the first that does not fit")
def _(channels, k, budget):
    return _widest(lambda s: _bottleneck(channels, k, s), budget) + 1


@widest_bottleneck.wrong("k instead of k times k")
def _(channels, k, budget):
    return _widest(lambda s: (channels + 1) * s + (k * s + 1) * s + (s + 1) * channels, budget)


@widest_bottleneck.wrong("no layer that widens")
def _(channels, k, budget):
    return _widest(lambda s: (channels + 1) * s + (k * k * s + 1) * s, budget)


@widest_bottleneck.wrong("widens in the middle layer")
def _(channels, k, budget):
    return _widest(lambda s: (channels + 1) * s + (k * k * s + 1) * channels, budget)


@widest_bottleneck.wrong("powers of two only")
def _(channels, k, budget):
    s = _widest(lambda s: _bottleneck(channels, k, s), budget)
    return 2 ** int(np.log2(s)) if s else 0


@widest_bottleneck.wrong("leaves a fraction")
def _(channels, k, budget):
    half = channels + 1
    return max(0, (np.sqrt(half**2 + k * k * max(0, budget - channels)) - half) / (k * k))


@widest_bottleneck.wrong("at least one")
def _(channels, k, budget):
    return max(1, _widest(lambda s: _bottleneck(channels, k, s), budget))


strongest_window = Task("strongest_window", points=1)


@strongest_window.cases
def _(rng):
    """Maps that are not square, one place, ties, values that are not positive."""
    cases, maps = [], [((5, 3, 4), 4, 28), ((2, 7, 3), 2, 9), ((6, 6, 10), 8, 8), ((1, 5, 2), 3, 12), ((7, 2, 3), 1, 5)]
    for shape, step, window in maps:
        cases += [(rng.normal(size=shape), int(rng.integers(1, shape[2])), step, window) for _ in range(2)]
    tie = np.zeros((4, 5, 2))
    tie[3, 0, 1] = tie[1, 3, 1] = tie[1, 4, 1] = 0.5
    negative = -1 - rng.uniform(size=(3, 4, 2))
    return [*cases, (tie, 1, 4, 28), (tie, 0, 4, 28), (negative, 1, 2, 6), (np.ones((1, 1, 1)), 0, 4, 28)]


@strongest_window.right("loops")
def _(answers, label, step, window):
    best = (0, 0)
    for i in range(answers.shape[0]):
        for j in range(answers.shape[1]):
            if answers[i, j, label] > answers[(*best, label)]:
                best = (i, j)
    return np.array([step * best[0], step * best[1], step * best[0] + window, step * best[1] + window])


@strongest_window.right("argwhere")
def _(answers, label, step, window):
    i, j = np.argwhere(answers[..., label] == answers[..., label].max())[0]
    return i * step, j * step, i * step + window, j * step + window


@strongest_window.wrong("rows and columns swapped")
def _(answers, label, step, window):
    row, column = np.unravel_index(answers[..., label].argmax(), answers.shape[:2])
    return [column * step, row * step, column * step + window, row * step + window]


@strongest_window.wrong("divided by the number of rows")
def _(answers, label, step, window):
    row, column = divmod(int(answers[..., label].argmax()), answers.shape[0])
    return [row * step, column * step, row * step + window, column * step + window]


@strongest_window.wrong("places, not pixels")
def _(answers, label, step, window):
    row, column = np.unravel_index(answers[..., label].argmax(), answers.shape[:2])
    return [row, column, row + window, column + window]


@strongest_window.wrong("the last row and column, not the ones behind")
def _(answers, label, step, window):
    row, column = np.unravel_index(answers[..., label].argmax(), answers.shape[:2])
    return [row * step, column * step, row * step + window - 1, column * step + window - 1]


@strongest_window.wrong("window around the place")
def _(answers, label, step, window):
    row, column = np.unravel_index(answers[..., label].argmax(), answers.shape[:2])
    top, left = row * step - window // 2, column * step - window // 2
    return [top, left, top + window, left + window]


@strongest_window.wrong("the strongest of all classes")
def _(answers, label, step, window):
    row, column, _ = np.unravel_index(answers.argmax(), answers.shape)
    return [row * step, column * step, row * step + window, column * step + window]


@strongest_window.wrong("step and window mixed")
def _(answers, label, step, window):
    row, column = np.unravel_index(answers[..., label].argmax(), answers.shape[:2])
    return [row * step, column * step, (row + 1) * step, (column + 1) * step]


@strongest_window.wrong("height and width instead of bottom and right")
def _(answers, label, step, window):
    row, column = np.unravel_index(answers[..., label].argmax(), answers.shape[:2])
    return [row * step, column * step, window, window]


@strongest_window.wrong("the last of equal values")
def _(answers, label, step, window):
    row, column = np.argwhere(answers[..., label] == answers[..., label].max())[-1]
    return [row * step, column * step, row * step + window, column * step + window]


against_dense = Task("against_dense", points=2)


@against_dense.cases
def _(rng):
    """One place, one channel, not square, the volume of the lecture, numbers beyond int32."""
    draws = [tuple(int(v) for v in rng.integers(2, 20, 4)) for _ in range(5)]
    return [*draws, (1, 1, 6, 3), (7, 7, 256, 512), (3, 8, 1, 5), (500, 700, 64, 256)]


def _facts(height, width, channels, units, conclusions="ADF", **changes):
    places = height * width
    facts = {
        "parameters": [(channels + 1) * units, (places * channels + 1) * units, (places * channels + 1) * units],
        "multiply_adds": [places * channels * units] * 3,
        "outputs": [places * units, units, units],
        "conclusions": conclusions,
    }
    return {**facts, **changes}


@against_dense.right("formulas")
def _(height, width, channels, units):
    return _facts(height, width, channels, units)


@against_dense.right("asks Keras")
def _(height, width, channels, units):
    layers = keras.layers
    facts = {"conclusions": "ADF", "parameters": [], "multiply_adds": [], "outputs": []}
    volume = (None, height, width, channels)
    for layer in (layers.Conv2D(units, 1), layers.Dense(units), layers.Conv2D(units, (height, width))):
        flat = isinstance(layer, layers.Dense)
        shape = (None, height * width * channels) if flat else volume
        outputs = int(np.prod(layer.compute_output_shape(shape)[1:]))
        weights = (height * width if flat or layer.kernel_size != (1, 1) else 1) * channels * units
        facts["parameters"].append(weights + units)
        facts["multiply_adds"].append(weights * outputs // units)
        facts["outputs"].append(outputs)
    return facts


@against_dense.wrong("no biases")
def _(height, width, channels, units):
    weights = channels * units
    return _facts(height, width, channels, units, parameters=[weights, height * width * weights, height * width * weights])


@against_dense.wrong("one bias for each layer")
def _(height, width, channels, units):
    weights = channels * units
    return _facts(height, width, channels, units, parameters=[weights + 1] + [height * width * weights + 1] * 2)


@against_dense.wrong("a 1x1 kernel for each place")
def _(height, width, channels, units):
    facts = _facts(height, width, channels, units)
    return {**facts, "parameters": [height * width * (channels + 1) * units, *facts["parameters"][1:]]}


@against_dense.wrong("multiply-adds of one place")
def _(height, width, channels, units):
    macs = height * width * channels * units
    return _facts(height, width, channels, units, multiply_adds=[channels * units, macs, macs])


@against_dense.wrong("multiply-adds with biases")
def _(height, width, channels, units):
    facts = _facts(height, width, channels, units)
    return {**facts, "multiply_adds": [m + o for m, o in zip(facts["multiply_adds"], facts["outputs"])]}


@against_dense.wrong("outputs of a place")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, outputs=[units] * 3)


@against_dense.wrong("the full-size kernel with same padding")
def _(height, width, channels, units):
    facts, places = _facts(height, width, channels, units), height * width
    return {**facts, "outputs": [places * units, units, places * units],
            "multiply_adds": [*facts["multiply_adds"][:2], places * facts["multiply_adds"][2]]}


@against_dense.wrong("integer overflow")
def _(height, width, channels, units):
    macs = int(np.prod(np.array([height, width, channels, units], np.int32), dtype=np.int32))
    return _facts(height, width, channels, units, multiply_adds=[macs] * 3)


@against_dense.wrong("the example of the text as conclusion")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "BE")


@against_dense.wrong("all statements")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "ABCDEF")


@against_dense.wrong("fewer multiply-adds, too")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "ABDF")


@against_dense.wrong("sees edges")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "ACDF")


@against_dense.wrong("a head becomes smaller")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "ADEF")


@against_dense.wrong("the map forgotten")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "AD")


@against_dense.wrong("conclusions from the size of the case")
def _(height, width, channels, units):
    return _facts(height, width, channels, units, "ADF" if height * width > 1 else "AF")
