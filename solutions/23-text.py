"""Hidden checks of exercise 23: text."""

from collections import Counter

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

text_rows = Task("text_rows", points=2)


@text_rows.cases
def _(rng):
    """Words with ties in frequency, rare and unknown ones, sentences that are cut, and one without words."""
    cases = [([["b", "a", "c"], ["c", "d"]], [["d", "b", "a", "c", "e"], []], 1, 6)]
    for least, length in [(1, 8), (2, 5), (3, 12), (2, 3), (4, 9), (1, 1)]:
        words = ["".join(rng.choice(list("aeiklmnorst"), 3)) for _ in range(30)]

        def draw(count, words=words):
            return [[words[min(int(rng.zipf(1.4)), 30) - 1] for _ in range(rng.integers(0, 12))] for _ in range(count)]

        training = draw(12) + [["tie", "ant"] * least]  # equally frequent, not in the order of the alphabet
        cases.append((training, [*draw(6), ["new", "tie", "ant", "tie"]], least, length))
    return cases


def _rows(training, sentences, least, length, first=2, other=1, key=None, counts=None, part=None, front=False):
    """Rows of numbers; the options are mistakes, or none."""
    counts = Counter(w for s in training for w in s) if counts is None else counts
    kept = sorted((w for w in counts if counts[w] >= least), key=key(counts) if key else lambda w: (-counts[w], w))
    numbers = dict(zip(kept, range(first, first + len(kept))))
    rows = []
    for sentence in sentences:
        row = [numbers.get(w, other) for w in (part(sentence) if part else sentence[:length])]
        row = [n for n in row if n is not None][:length]
        zeros = [0] * (length - len(row))
        rows.append(zeros + row if front else row + zeros)
    return np.array(rows, int)


@text_rows.right("lists")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length).tolist()


@text_rows.right("NumPy counts")
def _(training, sentences, least, length):
    words, counts = np.unique([w for s in training for w in s], return_counts=True)  # in the order of the alphabet
    order = np.argsort(-counts, kind="stable")
    ranked = [str(words[i]) for i in order if counts[i] >= least]
    index = {w: i + 2 for i, w in enumerate(ranked)}
    out = np.zeros((len(sentences), length), "int32")
    for i, s in enumerate(sentences):
        numbers = [index.get(w, 1) for w in s][:length]
        out[i, :len(numbers)] = numbers
    return out


@text_rows.wrong("counts the new sentences, too")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, counts=Counter(w for s in training + sentences for w in s))


@text_rows.wrong("ties in the order of appearance")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, key=lambda counts: lambda w: -counts[w])


@text_rows.wrong("in the order of the alphabet")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, key=lambda counts: lambda w: w)


@text_rows.wrong("rare words first")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, key=lambda counts: lambda w: (counts[w], w))


@text_rows.wrong("numbers from 1 on")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, first=1)


@text_rows.wrong("unknown words become padding")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, other=0)


@text_rows.wrong("unknown words are left out")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, other=None, part=lambda s: s)


@text_rows.wrong("more than least instead of at least")
def _(training, sentences, least, length):
    return _rows(training, sentences, least + 1, length)


@text_rows.wrong("counts sentences, not words")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, counts=Counter(w for s in training for w in set(s)))


@text_rows.wrong("padding in front")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, front=True)


@text_rows.wrong("keeps the last words")
def _(training, sentences, least, length):
    return _rows(training, sentences, least, length, part=lambda s: s[-length:])


text_detector = Task("text_detector", points=1)


@text_detector.cases
def _(rng):
    """Several sizes, one window alone, filters that never fire, and equal windows."""
    cases = []
    for length, height, d, filters in [(9, 3, 4, 5), (6, 6, 2, 3), (12, 1, 3, 4), (15, 5, 6, 8), (7, 2, 1, 6)]:
        cases.append((rng.normal(size=(length, d)), rng.normal(size=(height, d, filters)), rng.normal(size=filters)))
    matrix, kernel = rng.normal(size=(8, 3)), rng.normal(size=(2, 3, 4))
    twice = np.concatenate([matrix[:4], matrix[:4]])  # each window of the first half comes again
    return [*cases, (matrix, kernel, np.full(4, -50.0)), (np.round(twice * 4), np.round(kernel * 4), np.arange(4.0))]


def _responses(matrix, kernel, bias):
    h = len(kernel)
    return np.stack([np.einsum("hd,hdf->f", matrix[i:i + h], kernel) + bias for i in range(len(matrix) - h + 1)])


@text_detector.right("row by row of the kernel")
def _(matrix, kernel, bias):
    places = len(matrix) - len(kernel) + 1
    responses = sum(matrix[i:i + places] @ kernel[i] for i in range(len(kernel))) + bias
    return {"places": np.argmax(responses, axis=0).tolist(), "maxima": np.clip(responses.max(axis=0), 0, None)}


@text_detector.right("asks Keras")
def _(matrix, kernel, bias):
    x, w = np.asarray(matrix, "float64"), np.asarray(kernel, "float64")
    responses = keras.ops.convert_to_numpy(keras.ops.conv(x[None], w))[0] + bias
    return {"maxima": np.maximum(responses.max(axis=0), 0), "places": responses.argmax(axis=0)}


@text_detector.wrong("kernel flipped")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel[::-1], bias)
    return {"maxima": np.maximum(r.max(0), 0), "places": r.argmax(0)}


@text_detector.wrong("without the bias")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel, 0 * bias)
    return {"maxima": np.maximum(r.max(0), 0), "places": r.argmax(0)}


@text_detector.wrong("without the ReLU")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel, bias)
    return {"maxima": r.max(0), "places": r.argmax(0)}


@text_detector.wrong("places after the ReLU")
def _(matrix, kernel, bias):
    r = np.maximum(_responses(matrix, kernel, bias), 0)
    return {"maxima": r.max(0), "places": r.argmax(0)}


@text_detector.wrong("the last of equal windows")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel, bias)
    return {"maxima": np.maximum(r.max(0), 0), "places": len(r) - 1 - r[::-1].argmax(0)}


@text_detector.wrong("the mean over time")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel, bias)
    return {"maxima": np.maximum(r, 0).mean(0), "places": r.argmax(0)}


@text_detector.wrong("one window too few")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel, bias)
    r = r[:-1] if len(r) > 1 else r
    return {"maxima": np.maximum(r.max(0), 0), "places": r.argmax(0)}


@text_detector.wrong("same padding")
def _(matrix, kernel, bias):
    before = (len(kernel) - 1) // 2
    padded = np.pad(matrix, ((before, len(kernel) - 1 - before), (0, 0)))
    r = _responses(padded, kernel, bias)
    return {"maxima": np.maximum(r.max(0), 0), "places": r.argmax(0)}


@text_detector.wrong("places counted from 1")
def _(matrix, kernel, bias):
    r = _responses(matrix, kernel, bias)
    return {"maxima": np.maximum(r.max(0), 0), "places": r.argmax(0) + 1}


@text_detector.wrong("the largest size instead of the largest value")
def _(matrix, kernel, bias):
    r = np.abs(_responses(matrix, kernel, bias))
    return {"maxima": r.max(0), "places": r.argmax(0)}


text_bill = Task("text_bill", points=1)


@text_bill.cases
def _(rng):
    """Several heights, one alone, one as tall as the sentence, and numbers too large for an int32."""
    fixed = [(18_765, 300, (3, 4, 5), 100, 64, 2), (50, 8, (7,), 5, 7, 3), (4_000_000, 1024, (2, 3, 9), 512, 2048, 5)]
    draw = []
    for count in (1, 2, 3, 4):
        heights = tuple(int(h) for h in rng.choice(np.arange(1, 9), count, replace=False))
        draw.append((int(rng.integers(50, 9_000)), int(rng.integers(2, 200)), heights, int(rng.integers(3, 90)),
                     int(rng.integers(9, 70)), int(rng.integers(3, 9))))
    return fixed + draw


def _bill(words, d, heights, filters, length, classes, rows=1, bias=1, places=None, lookup=0, features=None, out_bias=1):
    places = places or (lambda h: length - h + 1)
    features = filters * len(heights) if features is None else features
    parameters = (words + rows) * d + sum(filters * (h * d + bias) for h in heights) + (features + out_bias) * classes
    return parameters, lookup + sum(filters * h * d * places(h) for h in heights) + features * classes


@text_bill.right("sums")
def _(*case):
    return list(_bill(*case))


@text_bill.right("asks Keras")
def _(words, d, heights, filters, length, classes):
    x = keras.Input((length, d))
    maps = [keras.layers.Conv1D(filters, h)(x) for h in heights]
    pooled = [keras.layers.GlobalMaxPooling1D()(m) for m in maps]
    y = keras.layers.Dense(classes)(keras.layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0])
    work = sum(m.shape[1] * h * d * filters for m, h in zip(maps, heights)) + y.shape[1] * filters * len(heights)
    parameters = (words + 1) * d + filters * len(heights) + filters * d * sum(heights) + classes * (filters * len(heights) + 1)
    return parameters, work


@text_bill.wrong("no vector for the padding")
def _(*case):
    return _bill(*case, rows=0)


@text_bill.wrong("filters without a bias")
def _(*case):
    return _bill(*case, bias=0)


@text_bill.wrong("classes without a bias")
def _(*case):
    return _bill(*case, out_bias=0)


@text_bill.wrong("same padding")
def _(words, d, heights, filters, length, classes):
    return _bill(words, d, heights, filters, length, classes, places=lambda h: length)


@text_bill.wrong("one place too few")
def _(words, d, heights, filters, length, classes):
    return _bill(words, d, heights, filters, length, classes, places=lambda h: length - h)


@text_bill.wrong("the lookup counted as a product")
def _(words, d, heights, filters, length, classes):
    return _bill(words, d, heights, filters, length, classes, lookup=words * d)


@text_bill.wrong("the classes see one height only")
def _(words, d, heights, filters, length, classes):
    return _bill(words, d, heights, filters, length, classes, features=filters if len(heights) > 1 else filters + 1)


@text_bill.wrong("every window goes to the classes")
def _(words, d, heights, filters, length, classes):
    return _bill(words, d, heights, filters, length, classes, features=filters * sum(length - h + 1 for h in heights))


@text_bill.wrong("integer overflow")
def _(*case):
    parameters, work = _bill(*case)
    return np.array(parameters).astype(np.int32), np.array(work).astype(np.int32)


@text_bill.wrong("a bias at each place")
def _(words, d, heights, filters, length, classes):
    parameters, work = _bill(words, d, heights, filters, length, classes)
    return parameters, work + sum(filters * (length - h + 1) for h in heights)


text_network = Task("text_network", points=2, probe=probes.network)


@text_network.cases
def _(rng):
    """Heights in rising and falling order, one alone, other numbers of classes."""
    return [(12, 6, (3, 4, 5), 7, 2), (20, 5, (4, 1, 2), 6, 3), (9, 8, (3,), 4, 5), (15, 3, (5, 2), 9, 4)]


def _network(length, d, heights, filters, classes, padding="valid", activation="relu", rate=0.5, pool=None, last="softmax",
             order=1, chain=False, before=None):
    """Kim's network; the options are mistakes, or none."""
    layers = keras.layers
    x = inputs = keras.Input((length, d))
    if before:
        x = before(x)
    pooled = []
    for h in heights:
        maps = layers.Conv1D(filters, h, padding=padding, activation=activation)(x)
        x = maps if chain else x
        pooled.append((pool or layers.GlobalMaxPooling1D())(maps))
    pooled = pooled[::order]
    y = layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0]
    if rate:
        y = layers.Dropout(rate)(y)
    return keras.Model(inputs, layers.Dense(classes, activation=last)(y))


@text_network.right("a layer for each step")
def _(length, d, heights, filters, classes):
    inputs = keras.Input((length, d))
    maps = [keras.layers.Conv1D(filters, h)(inputs) for h in heights]
    maxima = [keras.ops.max(keras.layers.ReLU()(m), axis=1) for m in maps]
    joined = keras.ops.concatenate(maxima, axis=-1)
    scores = keras.layers.Dense(classes)(keras.layers.Dropout(0.5)(joined))
    return keras.Model(inputs, keras.layers.Softmax()(scores))


@text_network.right("MaxPooling1D as wide as the map")
def _(length, d, heights, filters, classes):
    inputs = keras.Input((length, d))
    pooled = []
    for h in heights:
        maps = keras.layers.Conv1D(filters, h, activation="relu")(inputs)
        pooled.append(keras.layers.Flatten()(keras.layers.MaxPooling1D(length - h + 1)(maps)))
    y = keras.layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0]
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(keras.layers.Dropout(0.5)(y)))


@text_network.wrong("same padding")
def _(*case):
    return _network(*case, padding="same")


@text_network.wrong("no ReLU")
def _(*case):
    return _network(*case, activation=None)


@text_network.wrong("no dropout")
def _(*case):
    return _network(*case, rate=0)


@text_network.wrong("dropout of 0.2")
def _(*case):
    return _network(*case, rate=0.2)


@text_network.wrong("the mean over time")
def _(*case):
    return _network(*case, pool=keras.layers.GlobalAveragePooling1D())


@text_network.wrong("all places to the classes")
def _(*case):
    return _network(*case, pool=keras.layers.Flatten())


@text_network.wrong("no softmax")
def _(*case):
    return _network(*case, last=None)


@text_network.wrong("sigmoid for softmax")
def _(*case):
    return _network(*case, last="sigmoid")


@text_network.wrong("one convolution behind the other")
def _(*case):
    return _network(*case, chain=True)


@text_network.wrong("maxima in the reverse order")
def _(*case):
    return _network(*case, order=-1)


@text_network.wrong("slides along the columns")
def _(length, d, heights, filters, classes):
    return _network(length, d, heights, filters, classes, before=keras.layers.Permute((2, 1)), padding="same")


@text_network.wrong("the examples hard-coded")
def _(length, d, heights, filters, classes):
    return _network(length, d, (3, 4, 5), filters, 2)


text_folds = Task("text_folds", points=2)


@text_folds.cases
def _(rng):
    """Noise with many words, sentences in which some words tell, folds of unequal size, and one word kept."""
    cases = []
    for count, words, kept, folds, tell in [(90, 400, 10, 5, 0), (80, 600, 15, 4, 0), (120, 60, 4, 6, 3), (60, 30, 1, 3, 2), (100, 300, 8, 10, 1)]:
        y = rng.permutation(np.arange(count) % 2)
        x = rng.normal(size=(count, words))
        x[:, rng.choice(words, tell, replace=False)] += rng.choice([-1, 1]) * 1.5 * y[:, None]
        cases.append((x, y, rng.permutation(np.concatenate([np.arange(folds), rng.integers(0, folds, count - folds)])), kept))
    return cases


def _folds(x, y, fold_of, kept, choose="train", learn="train", score="test", rank=None):
    """Accuracy of each fold; the options are mistakes, or none."""
    results = []
    for k in range(int(fold_of.max()) + 1):
        sets = {"train": fold_of != k, "test": fold_of == k, "all": np.full(len(y), True)}
        a, b, c = sets[choose], sets[learn], sets[score]
        gap = x[a & (y == 1)].mean(axis=0) - x[a & (y == 0)].mean(axis=0)
        best = np.argsort((rank or (lambda g: -np.abs(g)))(gap))[:kept]
        zero, one = (x[b & (y == label)][:, best].mean(axis=0) for label in (0, 1))
        says = ((x[c][:, best] - one) ** 2).sum(axis=1) < ((x[c][:, best] - zero) ** 2).sum(axis=1)
        results.append((says == y[c]).mean())
    return np.array(results)


@text_folds.right("two distances")
def _(*case):
    return _folds(*case).tolist()


@text_folds.right("a dot product in place of distances")
def _(x, y, fold_of, kept):
    answer = []
    for k in np.unique(fold_of):
        rest_x, rest_y = x[fold_of != k], y[fold_of != k]
        one, zero = rest_x[rest_y == 1].mean(0), rest_x[rest_y == 0].mean(0)
        words = np.argsort(np.abs(one - zero))[::-1][:kept]
        one, zero = one[words], zero[words]
        side = (x[fold_of == k][:, words] - (one + zero) / 2) @ (one - zero) > 0
        answer.append(float(np.mean(side == y[fold_of == k])))
    return answer


@text_folds.wrong("as given")
def _(*case):
    return _folds(*case, choose="all")


@text_folds.wrong("words chosen on the test fold")
def _(*case):
    return _folds(*case, choose="test")


@text_folds.wrong("means of all sentences")
def _(*case):
    return _folds(*case, learn="all")


@text_folds.wrong("scores the training sentences")
def _(*case):
    return _folds(*case, score="train")


@text_folds.wrong("trains on the test fold")
def _(*case):
    return _folds(*case, choose="test", learn="test", score="train")


@text_folds.wrong("words that differ least")
def _(*case):
    return _folds(*case, rank=np.abs)


@text_folds.wrong("only words for class 1")
def _(*case):
    return _folds(*case, rank=lambda gap: -gap)


@text_folds.wrong("keeps one word too many")
def _(x, y, fold_of, kept):
    return _folds(x, y, fold_of, kept + 1)


@text_folds.wrong("the mean instead of each fold")
def _(*case):
    return _folds(*case).mean()


@text_folds.wrong("chance, whatever the data")
def _(x, y, fold_of, kept):
    return np.full(fold_of.max() + 1, 0.5)


text_shares = Task("text_shares", points=2)


@text_shares.cases
def _(rng):
    """Filters that fire and filters that do not, one window alone, height 1, and equal windows."""
    cases = []
    for length, height, d, filters in [(9, 3, 4, 8), (5, 5, 2, 6), (12, 1, 3, 9), (14, 4, 5, 12)]:
        cases.append((rng.normal(size=(length, d)), rng.normal(size=(height, d, filters)),
                      rng.normal(size=filters) * 3 - height, rng.normal(size=filters)))
    half = np.round(rng.normal(size=(4, 3)) * 4)
    twice = np.concatenate([half, half]), np.round(rng.normal(size=(2, 3, 6)) * 4), np.arange(6.0), rng.normal(size=6)
    silent = rng.normal(size=(6, 2)), rng.normal(size=(2, 2, 3)), np.full(3, -60.0), rng.normal(size=3)
    return [*cases, twice, silent]


def _shares(matrix, kernel, bias, weights, gate=True, places=None, even=False, first=False, weigh=True, flip=False, spread=False):
    """The split, filter by filter; the options are mistakes, or none."""
    h, shares, rest = len(kernel), np.zeros(len(matrix)), 0.0
    for f in range(kernel.shape[2]):
        rows = kernel[::-1, :, f] if flip else kernel[:, :, f]
        parts = np.stack([(matrix[p:p + h] * rows).sum(1) for p in range(len(matrix) - h + 1)])
        r = parts.sum(1) + bias[f]
        p = (places or np.argmax)(r)
        if gate and not r[p] > 0:
            continue
        w = weights[f] if weigh else 1.0
        part = np.full(h, parts[p].mean()) if even else parts[p]
        if first:
            part = np.r_[parts[p].sum(), np.zeros(h - 1)]
        shares[p:p + h] += w * (part + (bias[f] / h if spread else 0))
        rest += 0 if spread else w * bias[f]
    return {"shares": shares, "rest": rest}


@text_shares.right("filter by filter")
def _(*case):
    return _shares(*case)


@text_shares.right("all filters at once")
def _(matrix, kernel, bias, weights):
    places = len(matrix) - len(kernel) + 1
    parts = np.stack([matrix[i:i + places] @ kernel[i] for i in range(len(kernel))])  # (h, places, filters)
    r = parts.sum(axis=0) + bias
    p, w = r.argmax(axis=0), weights * (r.max(axis=0) > 0)
    shares = np.zeros(len(matrix))
    for i in range(len(kernel)):
        np.add.at(shares, p + i, w * parts[i, p, np.arange(len(w))])
    return {"rest": float(w @ bias), "shares": shares.tolist()}


@text_shares.wrong("without the ReLU")
def _(*case):
    return _shares(*case, gate=False)


@text_shares.wrong("a response divided evenly")
def _(*case):
    return _shares(*case, even=True)


@text_shares.wrong("all to the first word of the window")
def _(*case):
    return _shares(*case, first=True)


@text_shares.wrong("without the weights of the score")
def _(*case):
    return _shares(*case, weigh=False)


@text_shares.wrong("kernel flipped")
def _(*case):
    return _shares(*case, flip=True)


@text_shares.wrong("the biases spread over the words")
def _(*case):
    return _shares(*case, spread=True)


@text_shares.wrong("the first window instead of the largest")
def _(*case):
    return _shares(*case, places=lambda r: 0)


@text_shares.wrong("the last of equal windows")
def _(*case):
    return _shares(*case, places=lambda r: len(r) - 1 - r[::-1].argmax())


@text_shares.wrong("biases of all filters in the rest")
def _(matrix, kernel, bias, weights):
    return _shares(matrix, kernel, bias, weights) | {"rest": float(weights @ bias)}


@text_shares.wrong("only one filter for each word")
def _(matrix, kernel, bias, weights):
    h, shares, rest = len(kernel), np.zeros(len(matrix)), 0.0
    for f, w in enumerate(weights):
        one = _shares(matrix, kernel[:, :, f:f + 1], bias[f:f + 1], weights[f:f + 1])
        shares = np.where(one["shares"] != 0, one["shares"], shares)
        rest += one["rest"]
    return {"shares": shares, "rest": rest}
