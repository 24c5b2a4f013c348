"""Hidden checks of exercise 18: transfer learning."""

import keras
import numpy as np

from course.grading import plain
from course.grading.tasks import Task

trained_numbers = Task("trained_numbers", points=2)


@trained_numbers.cases
def _(rng):
    """None, some and all blocks frozen, one block, and equal and unequal channels."""
    cases = [([(3, 5)], 0, 2), ([(3, 5)], 1, 2), ([(8, 16), (16, 32), (32, 32)], 1, 10)]
    for frozen in range(5):
        widths = [int(w) for w in rng.choice(np.arange(3, 90), 6, replace=False)]
        cases.append((list(zip(widths, widths[1:])), frozen + 1 if frozen else 0, int(rng.integers(2, 30))))
    return cases


def _numbers(blocks, frozen, classes, kernel=lambda c, d: 9 * c, norms=lambda c, d: c + d, statistics=0, head=lambda d, n: (d + 1) * n,
             open_block=lambda i, frozen, count: i >= frozen, learn_frozen=0, bias=0):
    """Trained and fixed numbers; the options are mistakes, or none."""
    trained = fixed = 0
    for i, (c, d) in enumerate(blocks):
        n, k = norms(c, d), kernel(c, d) + c * d + bias * (c + d)
        if open_block(i, frozen, len(blocks)):
            trained, fixed = trained + k + 2 * n + statistics * 2 * n, fixed + 2 * n * (1 - statistics)
        else:
            trained, fixed = trained + learn_frozen * 2 * n, fixed + k + 4 * n - learn_frozen * 2 * n
    return trained + head(blocks[-1][1], classes), fixed


@trained_numbers.right("asks Keras")
def _(blocks, frozen, classes):
    layers = keras.layers
    x = inputs = keras.Input((4, 4, blocks[0][0]))
    for i, (_, d) in enumerate(blocks):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, trainable=i >= frozen)(x)
        x = layers.BatchNormalization(trainable=i >= frozen)(x)
        x = layers.Conv2D(d, 1, use_bias=False, trainable=i >= frozen)(x)
        x = layers.BatchNormalization(trainable=i >= frozen)(x)
    model = keras.Model(inputs, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
    trained = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    return [trained, model.count_params() - trained]


@trained_numbers.right("all, less what is frozen")
def _(blocks, frozen, classes):
    everything = sum(13 * c + c * d + 4 * d for c, d in blocks)
    fixed = sum(13 * c + c * d + 4 * d for c, d in blocks[:frozen]) + sum(2 * (c + d) for c, d in blocks[frozen:])
    return np.array([everything - fixed + blocks[-1][1] * classes + classes, fixed])


for _name, _options in {
    "mean and variance are trained": {"statistics": 1},
    "an ordinary 3x3 convolution": {"kernel": lambda c, d: 9 * c * d},
    "one kernel for all channels": {"kernel": lambda c, d: 9},
    "forgets the first batch normalisation": {"norms": lambda c, d: d},
    "both batch normalisations of the output": {"norms": lambda c, d: 2 * d},
    "the dense layer without a bias": {"head": lambda d, n: d * n},
    "forgets the dense layer": {"head": lambda d, n: 0},
    "freezes the last blocks": {"open_block": lambda i, frozen, count: i < count - frozen},
    "freezes one block too many": {"open_block": lambda i, frozen, count: i > frozen},
    "never freezes": {"open_block": lambda i, frozen, count: True},
    "never unfreezes": {"open_block": lambda i, frozen, count: False},
    "scale and shift of frozen blocks are trained": {"learn_frozen": 1},
    "convolutions with a bias": {"bias": 1},
}.items():
    trained_numbers.wrong(_name)(lambda *case, _options=_options: _numbers(*case, **_options))


@trained_numbers.wrong("the example hard-coded")
def _(blocks, frozen, classes):
    return 138, 119


nearest_codes = Task("nearest_codes", points=2)


@nearest_codes.cases
def _(rng):
    """Many codes; bytes; negative numbers; a code of zeros, in the bank and as the query; repeated codes."""
    cases = [(np.abs(rng.normal(size=(40, 7))) * rng.uniform(0.1, 9, (40, 1)), np.abs(rng.normal(size=7)), k) for k in (1, 5, 40)]
    cases.append((rng.integers(0, 256, (30, 20)).astype("uint8"), rng.integers(0, 256, 20).astype("uint8"), 6))
    signed = rng.normal(size=(25, 5)) * rng.uniform(0.1, 9, (25, 1))
    signed[[3, 11]] = 0
    cases.append((signed, rng.normal(size=5), 25))
    cases.append((signed, np.zeros(5), 4))
    twice = rng.permutation(np.eye(6)[[0, 1, 2, 0, 1, 2, 0, 3]] * 3)
    return [*cases, (twice, np.array([4.0, 2, 1, 0, 0, 0]), 8)]


def _cosines(bank, query):
    bank, query = np.asarray(bank, float), np.asarray(query, float)
    lengths = np.linalg.norm(bank, axis=1) * np.linalg.norm(query)
    return bank @ query / np.where(lengths > 0, lengths, 1)


@nearest_codes.right("code by code, sorted by Python")
def _(bank, query, k):
    def cosine(a, b):
        a, b = [float(v) for v in a], [float(v) for v in b]
        length = sum(v * v for v in a) ** 0.5 * sum(v * v for v in b) ** 0.5
        return sum(v * w for v, w in zip(a, b)) / length if length else 0.0

    cosines = [cosine(code, query) for code in bank]
    return sorted(range(len(bank)), key=lambda i: -cosines[i])[:k]


@nearest_codes.right("unit vectors")
def _(bank, query, k):
    def unit(codes):
        codes = codes.astype("float64")
        length = np.sqrt((codes**2).sum(axis=-1, keepdims=True))
        return np.divide(codes, length, out=np.zeros_like(codes), where=length > 0)

    return np.lexsort((np.arange(len(bank)), -(unit(bank) * unit(query)).sum(axis=1).round(12)))[:k].tolist()


@nearest_codes.wrong("distance instead of cosine")
def _(bank, query, k):
    return np.argsort(np.linalg.norm(bank.astype(float) - query, axis=1), kind="stable")[:k]


@nearest_codes.wrong("scalar product without the lengths")
def _(bank, query, k):
    return np.argsort(-(bank.astype(float) @ query), kind="stable")[:k]


@nearest_codes.wrong("the least alike first")
def _(bank, query, k):
    return np.argsort(_cosines(bank, query), kind="stable")[:k]


@nearest_codes.wrong("ascending, the last k")
def _(bank, query, k):
    return np.argsort(_cosines(bank, query), kind="stable")[-k:]


@nearest_codes.wrong("reversed, so that equals swap")
def _(bank, query, k):
    return np.argsort(_cosines(bank, query), kind="stable")[::-1][:k]


@nearest_codes.wrong("leaves out the best, as if it were the query itself")
def _(bank, query, k):
    return np.argsort(-_cosines(bank, query), kind="stable")[1:k + 1]


@nearest_codes.wrong("always five")
def _(bank, query, k):
    return np.argsort(-_cosines(bank, query), kind="stable")[:5]


@nearest_codes.wrong("a code of zeros gives nan")
def _(bank, query, k):
    bank, query = bank.astype(float), query.astype(float)
    with np.errstate(all="ignore"):
        return np.argsort(-(bank @ query / np.linalg.norm(bank, axis=1) / np.linalg.norm(query)), kind="stable")[:k]


@nearest_codes.wrong("integer overflow")
def _(bank, query, k):
    lengths = np.sqrt((bank * bank).sum(axis=1).astype(float)) * np.sqrt(float((query * query).sum()))
    return np.argsort(-((bank * query).sum(axis=1) / np.where(lengths > 0, lengths, 1)), kind="stable")[:k]


@nearest_codes.wrong("lengths along the wrong axis")
def _(bank, query, k):
    bank = bank.astype(float)
    lengths = np.linalg.norm(bank, axis=0)
    return np.argsort(-(bank / np.where(lengths > 0, lengths, 1) @ query.astype(float)), kind="stable")[:k]


@nearest_codes.wrong("the cosines instead of the indices")
def _(bank, query, k):
    return np.sort(_cosines(bank, query))[::-1][:k]


@nearest_codes.wrong("input modified in place")
def _(bank, query, k):
    order = np.argsort(-_cosines(bank, query), kind="stable")[:k]
    bank[:] = bank[::-1] + 1
    return order


layer_on_raw_codes = Task("layer_on_raw_codes", points=1)


@layer_on_raw_codes.cases
def _(rng):
    """Several features and classes, as many classes as features, one of each, and features that never vary."""
    cases = []
    for features, classes in [(6, 3), (4, 4), (1, 1), (5, 2), (3, 7)]:
        deviation = rng.uniform(0.2, 3, features)
        cases.append((rng.normal(size=(features, classes)), rng.normal(size=classes), rng.normal(2, 1, features), deviation))
    for case in cases[:2]:
        deviation = case[3].copy()
        deviation[[0, 2]] = 0
        cases.append((*case[:3], deviation))
    return cases


def _raw(kernel, bias, mean, deviation, divide=lambda k, s: k / s[:, None], shift=lambda b, m, old, new: b - m @ new, dead=1.0):
    """The pair for raw codes; the options are mistakes, or none."""
    with np.errstate(all="ignore"):
        new = divide(kernel, np.where(deviation == 0, dead, deviation))
        return new, shift(bias, mean, kernel, new)


@layer_on_raw_codes.right("class by class")
def _(kernel, bias, mean, deviation):
    new, shifted = kernel.copy(), bias.copy()
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            new[i, j] = kernel[i, j] / (deviation[i] or 1)
            shifted[j] -= mean[i] * new[i, j]
    return [new, shifted]


@layer_on_raw_codes.right("asks the classifier at 0 and at each unit vector")
def _(kernel, bias, mean, deviation):
    scale = deviation + (deviation == 0)
    at_zero = -mean / scale @ kernel + bias
    return ((np.eye(len(mean)) - mean) / scale @ kernel + bias) - at_zero, at_zero


for _name, _options in {
    "multiplies by the deviation": {"divide": lambda k, s: k * s[:, None]},
    "divides along the classes": {"divide": lambda k, s: k / np.resize(s, k.shape[1])},
    "divides by the variance": {"divide": lambda k, s: k / s[:, None] ** 2},
    "does not divide": {"divide": lambda k, s: k},
    "leaves the bias": {"shift": lambda b, m, old, new: b},
    "the shift with the old kernel": {"shift": lambda b, m, old, new: b - m @ old},
    "adds the shift": {"shift": lambda b, m, old, new: b + m @ new},
    "a feature that never varies is dropped": {"dead": np.inf},
    "divides by zero": {"dead": 0.0},
    "a tiny number in place of 0": {"dead": 1e-7},
}.items():
    layer_on_raw_codes.wrong(_name)(lambda *case, _options=_options: _raw(*case, **_options))


@layer_on_raw_codes.wrong("input modified in place")
def _(kernel, bias, mean, deviation):
    deviation[deviation == 0] = 1
    kernel /= deviation[:, None]
    return kernel, bias - mean @ kernel


classifier_on_base = Task("classifier_on_base", points=2)


@classifier_on_base.cases
def _(rng):
    """(side of the image, filters, classes) of a base that the probe builds."""
    return [(8, (4, 6), 5), (7, (3, 5), 2), (6, (5,), int(rng.integers(3, 9)))]


@classifier_on_base.probe
def _(f, cases, seed):
    """Build a base, let the function put a head on it, and look at the model: what trains, what moves, what comes out."""
    import keras

    def describe(side, filters, classes):
        rng = np.random.default_rng([seed, side])
        layers = [keras.Input((side, side, 3))]
        for n in filters:
            layers += [keras.layers.Conv2D(n, 3, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
        base = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D()])
        for v in base.variables:
            v.assign(rng.uniform(0.5, 1.5, v.shape) if v.path.endswith(("variance", "gamma")) else rng.normal(0, 0.5, v.shape))
        before = base.get_weights()
        model = f(base, classes)
        own = {id(v) for v in base.variables}
        size = lambda variables: sum(int(np.prod(v.shape)) for v in variables)  # noqa: E731
        found = {"input": [d or 0 for d in model.input_shape], "output": [d or 0 for d in model.output_shape],
                 "of the base": size(v for v in model.weights if id(v) in own), "trainable": size(model.trainable_variables),
                 "kept": all(np.array_equal(a, v) for a, v in zip(before, base.get_weights()))}
        for v in model.weights:
            if id(v) not in own:
                v.assign(np.random.default_rng([seed, *v.shape]).normal(0, 1, v.shape))
        x = rng.uniform(-1, 1, (64, side, side, 3)).astype("float32")
        found["y"] = np.asarray(model(x, training=False))
        y = np.asarray(model(x, training=True))
        found["still"] = all(np.array_equal(a, v) for a, v in zip(before, base.get_weights()))
        found["sums"] = bool(np.allclose(y.sum(axis=1), 1, atol=1e-3))
        rates = []

        def look(layer):
            if isinstance(layer, keras.layers.Dropout):
                rates.append(round(float(layer.rate), 4))
            for inner in getattr(layer, "layers", []):
                look(inner)

        look(model)
        return {**found, "dropout": rates, "drops": not np.allclose(y, found["y"], atol=1e-5)}

    return call(lambda *case: describe(*case), cases, seed)  # noqa: F821 (`call` is there in the sandbox)


@classifier_on_base.compare
def _(mine, theirs):
    phrase = plain.first_difference(mine, theirs, {
        "input": "the input shape is wrong", "output": "the output shape is wrong",
        "of the base": "the model does not hold the base itself", "kept": "the base has other weights than before",
        "trainable": "another number of weights can be trained", "still": "the base's statistics move in training",
        "sums": "in training the probabilities do not add up to 1", "dropout": "the dropout is not the one asked for",
        "drops": "the dropout does nothing"})
    if phrase:
        return phrase
    return "with the same weights the model computes something else" if plain.difference(mine["y"], theirs["y"], 1e-3, 1e-5) else None


def _on_base(base, classes, frozen=True, norms=True, rate=0.2, activation="softmax", where="before", copied=False):
    """The model; the options are mistakes, or none."""
    base = keras.models.clone_model(base) if copied else base
    for layer in base.layers:
        layer.trainable = not frozen or (not norms and isinstance(layer, keras.layers.BatchNormalization))
    inputs = keras.Input(base.input_shape[1:])
    x = base(inputs)
    x = keras.layers.Dropout(rate)(x) if where == "before" else x
    x = keras.layers.Dense(classes, activation=activation)(x)
    return keras.Model(inputs, keras.layers.Dropout(rate)(x) if where == "behind" else x)


@classifier_on_base.right("layer by layer, softmax as a layer")
def _(base, classes):
    for layer in base.layers:
        layer.trainable = False
    inputs = keras.layers.Input(shape=base.input_shape[1:])
    scores = keras.layers.Dense(classes)(keras.layers.Dropout(rate=0.2)(base(inputs, training=False)))
    return keras.Model(inputs=inputs, outputs=keras.layers.Softmax()(scores))


@classifier_on_base.wrong("only the last layer with weights is frozen")
def _(base, classes):
    model = _on_base(base, classes, frozen=False)
    [layer for layer in base.layers if layer.weights][-1].trainable = False
    return model


@classifier_on_base.right("frozen after it was called")
def _(base, classes):
    model = _on_base(base, classes, frozen=False)
    base.trainable = False
    return model


for _name, _options in {
    "the base is not frozen": {"frozen": False},
    "batch normalisation is not frozen": {"norms": False},
    "a copy of the base with new weights": {"copied": True},
    "no softmax": {"activation": None},
    "a sigmoid for each class": {"activation": "sigmoid"},
    "no dropout": {"where": None},
    "dropout behind the probabilities": {"where": "behind"},
    "keeps 0.2 instead of dropping it": {"rate": 0.8},
}.items():
    classifier_on_base.wrong(_name)(lambda *case, _options=_options: _on_base(*case, **_options))


@classifier_on_base.wrong("freezes the whole model")
def _(base, classes):
    model = _on_base(base, classes)
    model.trainable = False
    return model


@classifier_on_base.right("a Sequential")
def _(base, classes):
    base.trainable = False
    return keras.Sequential([base, keras.layers.Dropout(0.2), keras.layers.Dense(classes, activation="softmax")])


open_last_layers = Task("open_last_layers", points=2)


@open_last_layers.cases
def _(rng):
    """(widths, count, how the base comes): no layer, some, all; frozen, open or half open."""
    cases = [((4, 6), 0, "open"), ((4, 6), 7, "frozen"), ((4, 6), 4, "open"), ((4, 6), 4, "frozen"), ((3,), 1, "half")]
    return [*cases, ((2, 3, 4), int(rng.integers(3, 6)), "half"), ((2, 3, 4), int(rng.integers(6, 10)), "frozen")]


@open_last_layers.probe
def _(f, cases, seed):
    """Build a base, call the function and read what is trainable."""
    import keras

    def describe(widths, count, comes):
        layers = [keras.Input((9, 9, 2))]
        for n in widths:
            layers += [keras.layers.Conv2D(n, 3, use_bias=n % 2 == 1), keras.layers.BatchNormalization(), keras.layers.ReLU()]
        base = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D()])
        if comes != "open":
            base.trainable = False
        if comes == "half":
            base.layers[-3].trainable = True
            base.trainable = True
            base.layers[0].trainable = False
        before = base.get_weights()
        returned = f(base, count)
        return {"came": comes, "same": returned is base, "flags": [bool(layer.trainable) for layer in base.layers],
                "numbers": sum(int(np.prod(v.shape)) for v in base.trainable_variables),
                "kept": all(np.array_equal(a, v) for a, v in zip(before, base.get_weights()))}

    return call(lambda *case: describe(*case), cases, seed)  # noqa: F821 (`call` is there in the sandbox)


@open_last_layers.compare
def _(mine, theirs):
    phrase = plain.first_difference(mine, theirs, {
        "came": "it answers for another base", "same": "it does not return the base that it got", "kept": "it changes weights",
        "flags": "other layers are trainable than those asked for", "numbers": "another number of weights can be trained"})
    return phrase and f"{phrase} (a base that came {theirs['came'].replace('half', 'half open')})"


def _opened(base, count, order="first", norms=False, last=lambda i, n, count: i >= n - count, reset=True):
    """The base with layers opened; the options are mistakes, or none."""
    if reset and order == "first":
        base.trainable = True
    for i, layer in enumerate(base.layers):
        norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = last(i, len(base.layers), count) and (norms or not norm)
    if reset and order == "behind":
        base.trainable = True
    return base


@open_last_layers.right("from the end")
def _(base, count):
    base.trainable = True
    rest = list(base.layers)
    for _ in range(count):
        layer = rest.pop()
        layer.trainable = layer.__class__.__name__ != "BatchNormalization"
    for layer in rest:
        layer.trainable = False
    return base


@open_last_layers.right("all off, then some on")
def _(base, count):
    base.trainable = True
    for layer in base.layers:
        layer.trainable = False
    for layer in base.layers[len(base.layers) - count:]:
        if not isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = True
    return base


@open_last_layers.wrong("the bug: all layers opened at the end")
def _(base, count):
    return _opened(base, count, order="behind")


@open_last_layers.wrong("only moved above batch normalisation")
def _(base, count):
    for layer in base.layers[:-count]:
        layer.trainable = False
    base.trainable = True
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return base


@open_last_layers.wrong("base.layers[:-0] is empty")
def _(base, count):
    base.trainable = True
    for layer in base.layers[:-count]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return base


@open_last_layers.wrong("never opens what came frozen")
def _(base, count):
    for i, layer in enumerate(base.layers):
        if i < len(base.layers) - count or isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return base


@open_last_layers.wrong("the base itself stays frozen")
def _(base, count):
    base.trainable = False
    for layer in base.layers[len(base.layers) - count:]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    return base


@open_last_layers.wrong("never unfrozen")
def _(base, count):
    base.trainable = False
    return base


for _name, _options in {
    "batch normalisation opened too": {"norms": True},
    "one layer too few": {"last": lambda i, n, count: i > n - count},
    "one layer too many": {"last": lambda i, n, count: i >= n - count - 1},
    "the first layers instead of the last": {"last": lambda i, n, count: i < count},
    "everything opened": {"last": lambda i, n, count: True},
}.items():
    open_last_layers.wrong(_name)(lambda *case, _options=_options: _opened(*case, **_options))


@open_last_layers.wrong("counts only layers with weights")
def _(base, count):
    base.trainable = True
    with_weights = [layer for layer in base.layers if layer.weights]
    opened = with_weights[len(with_weights) - count:] if count <= len(with_weights) else with_weights
    for layer in base.layers:
        layer.trainable = layer in opened and not isinstance(layer, keras.layers.BatchNormalization)
    return base


@open_last_layers.wrong("returns nothing")
def _(base, count):
    _opened(base, count)


scratch_catches_up = Task("scratch_catches_up", points=1)


@scratch_catches_up.cases
def _(rng):
    """Crossings between points and at a point, several crossings, none, and one at the start."""
    cases = [([100, 1000], [0.6, 0.7], [0.4, 0.8]), ([10, 20, 80], [0.5, 0.6, 0.7], [0.4, 0.6, 0.6]), ([5, 50], [0.2, 0.3], [0.2, 0.1]),
             ([5, 50], [0.2, 0.3], [0.4, 0.1]), ([10, 100, 1000], [0.3, 0.6, 0.7], [0.2, 0.5, 0.6]), ([7], [0.5], [0.4]), ([7], [0.4], [0.5])]
    for signs in [(1, 1, -1, -1), (1, -1, 1, -1), (1, 1, 1, -1), (1, 1, 1, 1)]:
        labels = np.cumsum(rng.integers(5, 400, 4)).tolist()
        borrowed = np.sort(rng.uniform(0.3, 0.6, 4))
        cases.append((labels, borrowed.tolist(), (borrowed - np.array(signs) * rng.uniform(0.02, 0.2, 4)).tolist()))
    return cases


def _crossing(labels, borrowed, scratch, to=np.log, back=np.exp, place=None, order=1, never=None, start=True, share=None):
    """The crossing; the options are mistakes, or none."""
    gaps = np.subtract(borrowed, scratch)
    if start and gaps[0] <= 0:
        return float(labels[0])
    for i in list(range(1, len(gaps)))[::order]:
        if gaps[i - 1] > 0 >= gaps[i]:
            part = share(gaps[i - 1], gaps[i]) if share else gaps[i - 1] / (gaps[i - 1] - gaps[i])
            if place is not None:
                return float(labels[i + place])
            return float(back(to(labels[i - 1]) + part * (to(labels[i]) - to(labels[i - 1]))))
    return never(labels) if never else None


@scratch_catches_up.right("powers of the ratio")
def _(labels, borrowed, scratch):
    if scratch[0] >= borrowed[0]:
        return labels[0]
    for (n, b, s), (n2, b2, s2) in zip(zip(labels, borrowed, scratch), zip(labels[1:], borrowed[1:], scratch[1:])):
        if s2 >= b2:
            return n * (n2 / n) ** ((b - s) / (b - s + s2 - b2))
    return None


@scratch_catches_up.right("np.interp on the gap, logarithm to base 10")
def _(labels, borrowed, scratch):
    gaps = np.array(scratch) - np.array(borrowed)
    reached = np.flatnonzero(gaps >= 0)
    if not reached.size:
        return None
    i = max(1, reached[0])
    return 10 ** np.interp(0, gaps[i - 1:i + 1], np.log10(labels[i - 1:i + 1])) if reached[0] else np.float64(labels[0])


for _name, _options in {
    "straight over the number of labels": {"to": lambda n: n, "back": lambda n: n},
    "forgets to come back from the logarithm": {"back": lambda n: n},
    "base 10 one way, e the other": {"to": np.log10},
    "the next measured number": {"place": 0},
    "the last measured number before": {"place": -1},
    "the middle of the interval": {"share": lambda a, b: 0.5},
    "the share from the wrong end": {"share": lambda a, b: -b / (a - b)},
    "the last crossing": {"order": -1},
    "0 when it never does": {"never": lambda labels: 0.0},
    "the last number when it never does": {"never": lambda labels: float(labels[-1])},
    "does not look at the first point": {"start": False},
}.items():
    scratch_catches_up.wrong(_name)(lambda *case, _options=_options: _crossing(*case, **_options))


@scratch_catches_up.wrong("borrowed and scratch swapped")
def _(labels, borrowed, scratch):
    return _crossing(labels, scratch, borrowed)


@scratch_catches_up.wrong("the index instead of the number of labels")
def _(labels, borrowed, scratch):
    return next((i for i, (b, s) in enumerate(zip(borrowed, scratch)) if s >= b), None)
