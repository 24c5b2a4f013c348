"""Hidden checks of exercise 01: inside an MLP."""

import math

import keras
import numpy as np
from scipy.special import expit, logsumexp

from course.grading import probes
from course.grading.tasks import Task

mlp_parameters = Task("mlp_parameters", points=1)


@mlp_parameters.cases
def _(rng):
    """No layer, one layer, units of 1, more parameters than an int32 holds."""
    draw = [[int(v) for v in rng.integers(2, 900, rng.integers(2, 7))] for _ in range(8)]
    return [(widths,) for widths in [*draw, [12], [1, 1], [784, 128, 128, 10], [1024 * 1024 * 3, 4096, 1000]]]


@mlp_parameters.right("weights and biases apart")
def _(widths):
    weights = sum(widths[i] * widths[i + 1] for i in range(len(widths) - 1))
    return weights + sum(widths[1:])


@mlp_parameters.right("NumPy, 64 bits")
def _(widths):
    w = np.array(widths, dtype=np.int64)
    return np.dot(w[:-1] + 1, w[1:])


@mlp_parameters.wrong("no biases")
def _(widths):
    return sum(a * b for a, b in zip(widths, widths[1:]))


@mlp_parameters.wrong("a bias for each input, not for each unit")
def _(widths):
    return sum(a * (b + 1) for a, b in zip(widths, widths[1:]))


@mlp_parameters.wrong("one bias for the layer")
def _(widths):
    return sum(a * b + 1 for a, b in zip(widths, widths[1:]))


@mlp_parameters.wrong("a bias for the inputs too")
def _(widths):
    return sum(a * b for a, b in zip(widths, widths[1:])) + sum(widths)


@mlp_parameters.wrong("forgets the output layer")
def _(widths):
    return sum((a + 1) * b for a, b in zip(widths[:-1], widths[1:-1]))


@mlp_parameters.wrong("one hidden layer for all")
def _(widths):
    return (widths[0] + 1) * widths[1] + (widths[1] + 1) * widths[-1] if len(widths) > 1 else 0


@mlp_parameters.wrong("integer overflow")
def _(widths):
    w = np.array(widths, dtype=np.int32)
    return int(((w[:-1] + 1) * w[1:]).sum(dtype=np.int32))


@mlp_parameters.wrong("empties the list")
def _(widths):
    total = 0
    while len(widths) > 1:
        total += (widths.pop(0) + 1) * widths[0]
    return total


mlp_sums = Task("mlp_sums", points=2, atol=1e-5)  # float32, as Keras computes, is right too


def _network(rng, widths):
    """Weights of an MLP, biases included, as get_weights() lists them."""
    pairs = zip(widths, widths[1:])
    return [array for a, b in pairs for array in (rng.normal(0, 1.5 / np.sqrt(a), (a, b)), rng.normal(0, 1, b))]


@mlp_sums.cases
def _(rng):
    """None to four hidden layers; one image, images that are not square, whole-number pixels, float32."""
    cases = []
    for hidden in (0, 1, 2, 4):
        for activation in ("sigmoid", "relu"):
            n, height, width = (int(v) for v in rng.integers(2, 6, 3))
            widths = [height * width, *(int(v) for v in rng.integers(3, 9, hidden)), 3]
            cases.append((rng.normal(size=(n, height, width)), _network(rng, widths), activation))
    one, row = rng.normal(size=(1, 4, 2)), rng.integers(0, 4, (3, 1, 6)).astype(np.uint8)
    small = [array.astype(np.float32) for array in _network(rng, [8, 5, 5, 4])]
    return [*cases, (one.astype(np.float32), small, "relu"), (row, _network(rng, [6, 7, 2]), "sigmoid")]


@mlp_sums.right("pairs of weights, all but the last bent")
def _(images, weights, activation):
    bend = {"relu": lambda z: z * (z > 0), "sigmoid": expit}[activation]
    out = np.array([image.ravel() for image in images], dtype=float)
    *hidden, (kernel, bias) = zip(weights[::2], weights[1::2])
    for w, b in hidden:
        out = bend(np.dot(out, w) + b)
    return out @ kernel + bias


@mlp_sums.right("a Keras network")
def _(images, weights, activation):
    *hidden, last = [len(bias) for bias in weights[1::2]]
    dense = [keras.layers.Dense(units, activation) for units in hidden]
    model = keras.Sequential([keras.Input(images.shape[1:]), keras.layers.Flatten(), *dense, keras.layers.Dense(last)])
    model.set_weights(weights)
    return model(images.astype("float32"))


@mlp_sums.right("unit by unit")
def _(images, weights, activation):
    bend = {"relu": lambda z: max(z, 0), "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    answers = []
    for image in images:
        out = [float(v) for line in image for v in line]
        for layer in range(0, len(weights), 2):
            kernel, bias = weights[layer], weights[layer + 1]
            out = [sum(v * w for v, w in zip(out, kernel[:, unit])) + bias[unit] for unit in range(len(bias))]
            if layer + 2 < len(weights):
                out = [bend(v) for v in out]
        answers.append(out)
    return answers


def _forward(images, weights, activation, order="C", bias=1, last=None, hidden=True):
    """The right answer with one thing changed."""
    bend = {"relu": lambda z: np.maximum(z, 0), "sigmoid": expit}[activation]
    out = images.reshape(len(images), -1) if order == "C" else images.transpose(0, 2, 1).reshape(len(images), -1)
    for i in range(0, len(weights), 2):
        out = out @ weights[i] + bias * weights[i + 1]
        if hidden and i + 2 < len(weights):
            out = bend(out)
    return last(out) if last else out


@mlp_sums.wrong("activation on the last layer too")
def _(images, weights, activation):
    return _forward(images, weights, activation, last=expit if activation == "sigmoid" else lambda z: np.maximum(z, 0))


@mlp_sums.wrong("softmax at the end")
def _(images, weights, activation):
    return _forward(images, weights, activation, last=lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


@mlp_sums.wrong("forgets the biases")
def _(images, weights, activation):
    return _forward(images, weights, activation, bias=0)


@mlp_sums.wrong("subtracts the biases, as thresholds")
def _(images, weights, activation):
    return _forward(images, weights, activation, bias=-1)


@mlp_sums.wrong("flattens column by column")
def _(images, weights, activation):
    return _forward(images, weights, activation, order="F")


@mlp_sums.wrong("no activation at all")
def _(images, weights, activation):
    return _forward(images, weights, activation, hidden=False)


@mlp_sums.wrong("always the sigmoid")
def _(images, weights, activation):
    return _forward(images, weights, "sigmoid")


@mlp_sums.wrong("always ReLU")
def _(images, weights, activation):
    return _forward(images, weights, "relu")


@mlp_sums.wrong("one hidden layer for all")
def _(images, weights, activation):
    return _forward(images, weights[:2] + weights[-2:] if len(weights) > 4 and weights[0].shape[1] == len(weights[-2])
                    else weights[:4], activation)


@mlp_sums.wrong("images as columns")
def _(images, weights, activation):
    return _forward(images, weights, activation).T


@mlp_sums.wrong("bends the pixels in place")
def _(images, weights, activation):
    answer = _forward(images, weights, activation)
    images[:] = np.maximum(images, 0)
    return answer


loss_from_sums = Task("loss_from_sums", points=2, rtol=2e-4)  # float32 at sums of some thousands


@loss_from_sums.cases
def _(rng):
    """Ordinary sums and huge ones of both signs, in one batch too; one image, one class, whole numbers."""
    cases = []
    for size in (1, 5, 100, 3000):
        n, classes = (int(v) for v in rng.integers(2, 9, 2))
        cases.append((rng.normal(0, size, (n, classes)), rng.integers(0, classes, n)))
    far = np.array([[5000.0, 4999.0, 4990.0], [-5000.0, -5001.0, -5009.0], [0.5, 0.25, 0.0]])
    return cases + [(far, rng.integers(0, 3, 3)), (np.array([[0.0, -800.0, -900.0]]), np.array([2])),
                    (np.array([[7.0], [-7.0]]), np.array([0, 0])), (np.array([[4, 1, 2], [1, 9, 2]]), np.array([1, 1])),
                    (np.zeros((4, 10)), np.array([0, 3, 5, 9])), (np.full((2, 4), -1e4), np.array([1, 2]))]


@loss_from_sums.right("logsumexp of SciPy")
def _(sums, labels):
    return np.mean(logsumexp(sums, axis=-1) - np.take_along_axis(sums, labels[:, None], 1)[:, 0])


@loss_from_sums.right("Keras, from logits")
def _(sums, labels):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return loss(labels, sums.astype("float32"))


@loss_from_sums.right("image by image")
def _(sums, labels):
    total = 0.0
    for line, label in zip(sums.tolist(), labels.tolist()):
        top = max(line)
        total += top + math.log(sum(math.exp(z - top) for z in line)) - line[label]
    return total / len(labels)


def _chosen(table, labels):
    return table[np.arange(len(labels)), labels]


@loss_from_sums.wrong("nothing subtracted")
def _(sums, labels):
    with np.errstate(all="ignore"):
        return np.mean(np.log(np.exp(sums).sum(axis=1)) - _chosen(sums, labels))


def _softmax(sums, axis=1):
    powers = np.exp(sums - sums.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@loss_from_sums.wrong("a stable softmax, then its logarithm")
def _(sums, labels):
    with np.errstate(all="ignore"):
        return -np.mean(np.log(_chosen(_softmax(sums), labels)))


@loss_from_sums.wrong("probabilities clipped")
def _(sums, labels):
    return -np.mean(np.log(np.clip(_chosen(_softmax(sums), labels), 1e-7, 1)))


@loss_from_sums.wrong("the largest sum of the whole batch subtracted")
def _(sums, labels):
    with np.errstate(all="ignore"):
        z = sums - sums.max()
        return np.mean(np.log(np.exp(z).sum(axis=1)) - _chosen(z, labels))


@loss_from_sums.wrong("softmax over the images")
def _(sums, labels):
    z = sums - sums.max(axis=0)
    return np.mean(np.log(np.exp(z).sum(axis=0)).mean() - _chosen(z, labels))


@loss_from_sums.wrong("the sum, not the mean")
def _(sums, labels):
    return np.sum(logsumexp(sums, axis=1) - _chosen(sums, labels))


@loss_from_sums.wrong("logarithm to base 2")
def _(sums, labels):
    return np.mean(logsumexp(sums, axis=1) - _chosen(sums, labels)) / np.log(2)


@loss_from_sums.wrong("sign wrong")
def _(sums, labels):
    return np.mean(_chosen(sums, labels) - logsumexp(sums, axis=1))


@loss_from_sums.wrong("the mean over images and classes")
def _(sums, labels):
    return np.sum(logsumexp(sums, axis=1) - _chosen(sums, labels)) / sums.size


@loss_from_sums.wrong("every label with every image")
def _(sums, labels):
    return np.mean(logsumexp(sums, axis=1)[:, None] - sums[:, labels])


@loss_from_sums.wrong("input modified in place")
def _(sums, labels):
    sums -= sums.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(sums).sum(axis=1)) - _chosen(sums, labels))


glorot_kernel = Task("glorot_kernel", points=2)


@glorot_kernel.cases
def _(rng):
    """Sizes that are far from square, so that inputs, units and their mean differ."""
    return [(300, 40), (40, 300), (784, 128), (90, 90), tuple(int(v) for v in rng.integers(60, 400, 2))]


@glorot_kernel.probe
def _(f, cases, seed):
    """Kernels drawn twice from one generator, from its twin and from another: any way to draw them is welcome."""

    def draw(n_in, n_out):
        rng, twin, other = (np.random.default_rng(s) for s in (seed, seed, seed + 1))
        return [np.asarray(f(n_in, n_out, g), dtype="float32") for g in (rng, rng, twin, other)]

    return call(draw, cases, seed)


def _raised(answer):
    """A phrase when an answer of `probes.call` is an error."""
    return f"it raises {answer['error']}: {answer['text']}" if "error" in answer else None


@glorot_kernel.judge
def _(answer, reference, cases):
    for kernel, (n_in, n_out) in zip(answer, cases, strict=True):
        if phrase := _raised(kernel):
            return phrase
        first, second, again, other = kernel["value"]
        if any(k.shape != (n_in, n_out) for k in (first, second, again, other)):
            return "the shape of the kernel is wrong"
        if not np.array_equal(first, again) or any(np.array_equal(first, k) for k in (second, other)):
            return "the random numbers do not come from the generator that is given"
        w = first.astype(float) / (6 / (n_in + n_out)) ** 0.5  # in units of the right limit
        if not abs(w.mean()) <= 0.05:
            return "the weights do not have mean 0"
        if not 0.93 < 3 * w.var() < 1.07:
            return "the variance of the weights is wrong"
        if not 0.98 < abs(w).max() < 1 + 1e-6 or not abs((abs(w) < 0.5).mean() - 0.5) <= 0.05:
            return "the weights are not uniformly distributed up to the limit"
    return None


@glorot_kernel.right("Keras draws")
def _(n_in, n_out, rng):
    return keras.initializers.GlorotUniform(seed=int(rng.integers(2**31)))((n_in, n_out))


@glorot_kernel.right("from the variance")
def _(n_in, n_out, rng):
    variance = 1 / ((n_in + n_out) / 2)
    return (2 * rng.random((n_in, n_out)) - 1) * math.sqrt(3 * variance)


@glorot_kernel.wrong("the standard deviation taken for the limit")
def _(n_in, n_out, rng):
    limit = np.sqrt(2 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_in, n_out))


@glorot_kernel.wrong("the limit taken for the standard deviation")
def _(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(6 / (n_in + n_out)), (n_in, n_out))


@glorot_kernel.wrong("right variance, but normal")
def _(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out))


@glorot_kernel.wrong("no negative weights")
def _(n_in, n_out, rng):
    return rng.uniform(0, np.sqrt(6 / (n_in + n_out)), (n_in, n_out))


@glorot_kernel.wrong("He's limit")
def _(n_in, n_out, rng):
    return rng.uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / n_in)


@glorot_kernel.wrong("inputs only")
def _(n_in, n_out, rng):
    return rng.uniform(-1, 1, (n_in, n_out)) * np.sqrt(3 / n_in)


@glorot_kernel.wrong("no root")
def _(n_in, n_out, rng):
    return rng.uniform(-1, 1, (n_in, n_out)) * 6 / (n_in + n_out)


@glorot_kernel.wrong("a bracket missing")
def _(n_in, n_out, rng):
    return rng.uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / n_in + n_out)


@glorot_kernel.wrong("transposed")
def _(n_in, n_out, rng):
    return rng.uniform(-1, 1, (n_out, n_in)) * np.sqrt(6 / (n_in + n_out))


@glorot_kernel.wrong("a generator of its own, always the same")
def _(n_in, n_out, rng):
    return np.random.default_rng(0).uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / (n_in + n_out))


@glorot_kernel.wrong("NumPy's global generator")
def _(n_in, n_out, rng):
    return np.random.uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / (n_in + n_out))


# Norms go down to 1e-12, so no absolute tolerance; automatic gradients in float32 are right too
gradient_report = Task("gradient_report", points=3, rtol=2e-3, atol=0)


def _layers(rng, hidden, stddev=None):
    """Kernels of an MLP with layers of different widths; Glorot, or normal."""
    widths = [12, *(int(v) for v in rng.integers(24, 33, hidden)), 4]
    pairs = list(zip(widths, widths[1:]))
    return [rng.normal(0, stddev or np.sqrt(2 / (a + b)), (a, b)) for a, b in pairs]


@gradient_report.cases
def _(rng):
    """Shallow and deep, Glorot, small and large weights; no hidden layer; far enough from the border 0.001."""
    found = []
    for hidden, stddev in ((0, None), (1, None), (2, None), (8, None), (9, None), (4, 0.01), (6, 0.02), (5, 1.0)):
        n = int(rng.integers(20, 40))
        found.append((_layers(rng, hidden, stddev), rng.normal(size=(n, 12)), rng.integers(0, 4, n)))
    return found


def _norms(kernels, x, labels, slopes=None, outputs_first=False, mean=True, norm=np.linalg.norm, back=True):
    """Norms by activation; the arguments change one thing."""
    known = {"sigmoid": lambda z, h: h * (1 - h), "tanh": lambda z, h: 1 - h * h, "relu": lambda z, h: 1.0 * (z > 0)}
    slopes = known | (slopes or {})
    found = {}
    for name, f in {"sigmoid": expit, "tanh": np.tanh, "relu": lambda z: z * (z > 0)}.items():
        h, z = [x], []
        for kernel in kernels[:-1]:
            z.append(h[-1] @ kernel)
            h.append(f(z[-1]))
        delta = (_softmax(h[-1] @ kernels[-1]) - np.eye(kernels[-1].shape[1])[labels]) / (len(x) if mean else 1)
        gradients = [h[-1].T @ delta]
        for layer in range(len(kernels) - 1, 0, -1):
            delta = delta @ kernels[layer].T if back else delta.sum(axis=1, keepdims=True)
            delta = delta * slopes[name](z[layer - 1], h[layer])
            gradients.append(h[layer - 1].T @ delta)
        found[name] = [float(norm(gradient)) for gradient in (gradients if outputs_first else gradients[::-1])]
    return found


def _conclude(norms, at=0, relative=False):
    """The dict with its conclusion."""
    alive = {name: values[at] >= 0.001 * (values[-1] if relative else 1) for name, values in norms.items()}
    return norms | {"cause": "nothing" if alive["sigmoid"] else "slopes" if alive["tanh"] and alive["relu"] else "weights"}


@gradient_report.right("slopes from the sums")
def _(kernels, x, labels):
    slopes = {"sigmoid": lambda z, h: expit(z) * expit(-z), "tanh": lambda z, h: 1 / np.cosh(z) ** 2,
              "relu": lambda z, h: np.where(z > 0, 1, 0)}
    return _conclude(_norms(kernels, x, labels, slopes, norm=lambda g: np.sqrt((g**2).sum())))


@gradient_report.right("TensorFlow's tape")
def _(kernels, x, labels):
    import tensorflow as tf

    report = {}
    for name in ("sigmoid", "tanh", "relu"):
        variables = [tf.Variable(kernel, dtype="float32") for kernel in kernels]
        with tf.GradientTape() as tape:
            h = tf.constant(x, "float32")
            for kernel in variables[:-1]:
                h = keras.activations.get(name)(h @ kernel)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, h @ variables[-1]))
        report[name] = [np.linalg.norm(g) for g in tape.gradient(loss, variables)]
    return _conclude(report)


@gradient_report.wrong("forgets the slopes")
def _(kernels, x, labels):
    one = lambda z, h: 1
    return _conclude(_norms(kernels, x, labels, {"sigmoid": one, "tanh": one, "relu": one}))


@gradient_report.wrong("the sigmoid's slope at its output")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, {"sigmoid": lambda z, h: expit(h) * (1 - expit(h))}))


@gradient_report.wrong("the slope formula on the sums")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, {"sigmoid": lambda z, h: z * (1 - z), "tanh": lambda z, h: 1 - z**2}))


@gradient_report.wrong("tanh with the sigmoid's slope")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, {"tanh": lambda z, h: h * (1 - h)}))


@gradient_report.wrong("ReLU with slope 1 everywhere")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, {"relu": lambda z, h: 1}))


@gradient_report.wrong("the sum over the images, not the mean")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, mean=False))


@gradient_report.wrong("forgets the factor of the weights")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, back=False))


@gradient_report.wrong("the output layer first")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, outputs_first=True), at=-1)


@gradient_report.wrong("no square root")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, norm=lambda g: (g**2).sum()))


@gradient_report.wrong("the mean size of a gradient")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels, norm=lambda g: np.abs(g).mean()))


@gradient_report.wrong("in float32, by one step of SGD with rate 1")
def _(kernels, x, labels):
    report = {}
    for name in ("sigmoid", "tanh", "relu"):
        dense = [keras.layers.Dense(k.shape[1], name, use_bias=False) for k in kernels[:-1]]
        last = keras.layers.Dense(kernels[-1].shape[1], "softmax", use_bias=False)
        model = keras.Sequential([keras.Input((x.shape[1],)), *dense, last])
        model.set_weights(kernels)
        model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
        before = model.get_weights()
        model.train_on_batch(x, labels)
        report[name] = [float(np.linalg.norm(a - b)) for a, b in zip(before, model.get_weights())]
    return _conclude(report)


@gradient_report.wrong("always blames the slopes")
def _(kernels, x, labels):
    return _norms(kernels, x, labels) | {"cause": "slopes"}


@gradient_report.wrong("compares the first layer with the last")
def _(kernels, x, labels):
    return _conclude(_norms(kernels, x, labels), relative=True)


@gradient_report.wrong("looks at the last layer")
def _(kernels, x, labels):
    return _norms(kernels, x, labels) | {"cause": _conclude(_norms(kernels, x, labels), at=-1)["cause"]}


lecture_mlp = Task("lecture_mlp", points=2)


@lecture_mlp.cases
def _(rng):
    return [("D01",), ("D02",), ("D03",), ("D05",), ("D08",)]


@lecture_mlp.probe
def _(f, cases, seed):
    """The network itself as `network` sees it, how it starts and how it is compiled."""

    def describe(row):
        model = f(row)
        if model.optimizer is None:
            raise ValueError("the network is not compiled")
        weights = model.get_weights()
        found = {"spread": [float(np.std(w)) for w in weights if w.ndim == 2],
                 "bias": max((float(np.abs(w).max()) for w in weights if w.ndim == 1), default=0.0),
                 "optimizer": type(model.optimizer).__name__, "rate": float(np.asarray(model.optimizer.learning_rate)),
                 "network": network(lambda: model, [()], seed)}  # sets weights of its own
        rng = np.random.default_rng(seed)
        x, y = rng.uniform(0, 1, (16, 28, 28)), rng.integers(0, 10, 16)
        return found | {"loss": float(model.compute_loss(y=y, y_pred=model(x)))}

    return call(describe, cases, seed)


@lecture_mlp.judge
def _(answer, reference, cases):
    for (row,), mine, theirs in zip(cases, answer, reference, strict=True):
        if phrase := _raised(mine):
            return f"{row}: {phrase}"
        mine, theirs = mine["value"], theirs["value"]
        if phrase := Task("lecture_mlp", 0, probes.network).verdict(mine["network"], theirs["network"], 0):
            return f"{row}: {phrase}"
        alike = all(abs(a / b - 1) <= 0.1 for a, b in zip(mine["spread"], theirs["spread"], strict=True))
        if not (alike and 0 <= mine["bias"] <= 1e-6):
            return f"{row}: the initial weights are drawn in another way"
        if mine["optimizer"] != theirs["optimizer"] or not np.isclose(mine["rate"], theirs["rate"]):
            return f"{row}: the optimiser or its learning rate is wrong"
        if not np.isclose(mine["loss"], theirs["loss"], rtol=1e-3):
            return f"{row}: the loss is wrong"
    return None


def _build(row, depth=None, activation=None, stddev=0.01, output_stddev="same", last="softmax",
           loss="sparse_categorical_crossentropy", optimizer=None, **options):
    """The network of a row with one thing changed."""
    draw = lambda stddev: keras.initializers.RandomNormal(stddev=stddev) if row == "D01" and stddev else "glorot_uniform"
    depth = depth or {"D03": 2, "D05": 5, "D08": 3}.get(row, 1)
    activation = activation or ("relu" if row == "D08" else "sigmoid")
    model = keras.Sequential([
        keras.Input((28, 28)), keras.layers.Flatten(),
        *[keras.layers.Dense(128, activation, kernel_initializer=draw(stddev), **options) for _ in range(depth)],
        keras.layers.Dense(10, last, kernel_initializer=draw(stddev if output_stddev == "same" else output_stddev))])
    model.compile(optimizer or ("sgd" if row in ("D01", "D02") else "adam"), loss)
    return model


@lecture_mlp.right("functional, activations as layers, objects for names")
def _(row):
    depth, activation, draw, optimizer = {
        "D01": (1, "sigmoid", keras.initializers.RandomNormal(0, 0.01), keras.optimizers.SGD(0.01)),
        "D02": (1, "sigmoid", None, keras.optimizers.SGD()), "D03": (2, "sigmoid", None, keras.optimizers.Adam()),
        "D05": (5, "sigmoid", None, keras.optimizers.Adam(1e-3)), "D08": (3, "relu", None, keras.optimizers.Adam())}[row]
    inputs = keras.Input((28, 28))
    x = keras.layers.Reshape((784,))(inputs)
    for _ in range(depth):
        x = keras.layers.Activation(activation)(keras.layers.Dense(128, kernel_initializer=draw or "glorot_uniform")(x))
    x = keras.layers.Softmax()(keras.layers.Dense(10, kernel_initializer=draw or "glorot_uniform")(x))
    model = keras.Model(inputs, x)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return model


@lecture_mlp.right("compiled twice, a metric of its own")
def _(row):
    model = _build(row)
    model.compile("SGD" if row < "D03" else "Adam", keras.losses.sparse_categorical_crossentropy,
                  metrics=[keras.metrics.SparseCategoricalAccuracy()])
    return model


@lecture_mlp.wrong("Keras's default start for all")
def _(row):
    return _build(row, stddev=None)


@lecture_mlp.wrong("small weights in the hidden layer only")
def _(row):
    return _build(row, output_stddev=None)


@lecture_mlp.wrong("standard deviation 0.1")
def _(row):
    return _build(row, stddev=0.1)


@lecture_mlp.wrong("Adam for all")
def _(row):
    return _build(row, optimizer="adam")


@lecture_mlp.wrong("SGD with learning rate 0.1")
def _(row):
    return _build(row, optimizer=keras.optimizers.SGD(0.1) if row < "D03" else "adam")


@lecture_mlp.wrong("sigmoid for all")
def _(row):
    return _build(row, activation="sigmoid")


@lecture_mlp.wrong("no softmax")
def _(row):
    return _build(row, last=None, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@lecture_mlp.wrong("sigmoid in the output layer")
def _(row):
    return _build(row, last="sigmoid")


@lecture_mlp.wrong("not compiled")
def _(row):
    return keras.Sequential(_build(row).layers)


@lecture_mlp.wrong("squared error")
def _(row):
    return _build(row, loss=lambda y, p: keras.ops.mean((p - keras.ops.one_hot(keras.ops.reshape(y, (-1,)), 10)) ** 2))


@lecture_mlp.wrong("the output layer counted as a hidden one")
def _(row):
    return _build(row, depth={"D03": 1, "D05": 4, "D08": 2}.get(row, 1))


@lecture_mlp.wrong("one hidden layer for all")
def _(row):
    return _build(row, depth=1)


@lecture_mlp.wrong("no biases")
def _(row):
    return _build(row, use_bias=False)


@lecture_mlp.wrong("biases start at one")
def _(row):
    return _build(row, bias_initializer="ones")


@lecture_mlp.wrong("a channel axis")
def _(row):
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Reshape((28, 28)), *_build(row).layers])
    model.compile("sgd" if row < "D03" else "adam", "sparse_categorical_crossentropy")
    return model
