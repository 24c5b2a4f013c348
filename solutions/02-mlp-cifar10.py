"""Hidden checks of exercise 02: where the MLP stops."""

import math

import keras
import numpy as np
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

from course.grading import probes
from course.grading.tasks import Task

largest_square_image = Task("largest_square_image", points=2)


def _parameters(side, channels, hidden, classes, bias=1):
    widths = [side * side * channels, *hidden, classes]
    return sum((a + bias) * b for a, b in zip(widths, widths[1:]))


@largest_square_image.cases
def _(rng):
    """Budgets that are used up exactly, that are one short, and in between; none that fits; no hidden layer."""
    cases = []
    for depth in (0, 1, 1, 2, 3):
        shape = int(rng.integers(1, 5)), [int(v) for v in rng.integers(8, 200, depth)], int(rng.integers(2, 100))
        side = int(rng.integers(3, 300))
        exact, above = _parameters(side, *shape), _parameters(side + 1, *shape)
        cases += [(budget, *shape) for budget in (exact, exact - 1, int(rng.integers(exact + 1, above)), exact // 2)]
    return cases + [(5, 3, [128], 10), (0, 1, [], 2), (1288, 3, [4, 4], 10), (10**12, 3, [1000], 1000), (4, 1, [], 2)]


@largest_square_image.right("counts up")
def _(budget, channels, hidden, classes):
    side = 0
    while _parameters(side + 1, channels, hidden, classes) <= budget:
        side += 1
    return side


@largest_square_image.right("a floating-point root, put right")
def _(budget, channels, hidden, classes):
    rest = budget - _parameters(0, channels, hidden, classes)
    first = hidden[0] if hidden else classes
    return 0 if rest < 0 else int(np.floor(np.sqrt(rest / (channels * first) + 1e-9)))


def _side(budget, channels, hidden, classes, fixed=None, finish=math.floor, power=0.5):
    """The right answer with one thing changed."""
    units = [*hidden, classes]
    fixed = _parameters(0, channels, hidden, classes) if fixed is None else fixed
    return finish((max(0, budget - fixed) / (channels * units[0])) ** power)


@largest_square_image.wrong("rounds to the nearest")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden, classes, finish=round)


@largest_square_image.wrong("rounds up")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden, classes, finish=math.ceil)


@largest_square_image.wrong("leaves a fraction")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden, classes, finish=float)


@largest_square_image.wrong("pixels of the image, not of its side")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden, classes, power=1)


@largest_square_image.wrong("forgets the channels")
def _(budget, channels, hidden, classes):
    return _side(budget, 1, hidden, classes)


@largest_square_image.wrong("forgets the biases")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden, classes, fixed=_parameters(0, channels, hidden, classes, bias=0))


@largest_square_image.wrong("the first layer only")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden, classes, fixed=[*hidden, classes][0])


@largest_square_image.wrong("the budget must not be used up")
def _(budget, channels, hidden, classes):
    return _side(budget - 1, channels, hidden, classes)


@largest_square_image.wrong("at least one pixel")
def _(budget, channels, hidden, classes):
    return max(1, _side(budget, channels, hidden, classes))


@largest_square_image.wrong("one hidden layer for all")
def _(budget, channels, hidden, classes):
    return _side(budget, channels, hidden[:1], classes)


standardise_images = Task("standardise_images", points=2, atol=1e-5)  # float32 is right too


@standardise_images.cases
def _(rng):
    """Channels of different brightness, sets of different size and brightness, whole numbers, a channel without spread."""
    cases = []
    for channels in (1, 3, 4):
        n, m, height, width = (int(v) for v in rng.integers(2, 9, 4))
        scale, move = rng.uniform(0.2, 3, channels), rng.normal(0, 2, channels)
        train = rng.normal(size=(n, height, width, channels)) * scale + move
        cases.append((train, rng.normal(1, 2, (m, height, width, channels))))
    pixels = rng.integers(0, 200, (5, 4, 6, 3), dtype=np.uint8), rng.integers(90, 256, (3, 4, 6, 3), dtype=np.uint8)
    flat = rng.integers(0, 256, (4, 2, 3, 3), dtype=np.uint8)
    flat[..., 1] = 64
    black = rng.uniform(0, 1, (3, 2, 2, 2)) * [1, 0]
    single = rng.uniform(0, 1, (1, 3, 2, 3)), rng.uniform(0, 1, (1, 3, 2, 3))
    return [*cases, pixels, (flat, pixels[1][:, :2, :3]), (black, rng.uniform(0, 1, (2, 2, 2, 2))), single]


@standardise_images.right("scikit-learn")
def _(train, test):
    scaler = StandardScaler().fit(train.reshape(-1, train.shape[-1]).astype(float))
    return [scaler.transform(x.reshape(-1, x.shape[-1]).astype(float)).reshape(x.shape) for x in (train, test)]


@standardise_images.right("float32, channel by channel")
def _(train, test):
    train, test = train.astype("float32"), test.astype("float32")
    for channel in range(train.shape[3]):
        mean, spread = train[..., channel].mean(), train[..., channel].std()
        for images in (train, test):
            images[..., channel] = (images[..., channel] - mean) / (spread or 1)
    return train, test


def _scale(train, test, by=None, axis=(0, 1, 2), spread=None):
    """The right answer with one thing changed: the set that gives the numbers, their axes or the divisor."""
    by = train if by is None else by
    divisor = by.std(axis=axis) if spread is None else spread
    return tuple((x - by.mean(axis=axis)) / np.where(divisor > 0, divisor, 1) for x in (train, test))


@standardise_images.wrong("each set by its own numbers")
def _(train, test):
    return _scale(train, test)[0], _scale(test, test)[0]


@standardise_images.wrong("numbers of both sets together")
def _(train, test):
    return _scale(train, test, by=np.concatenate([train, test]))


@standardise_images.wrong("numbers of the test set")
def _(train, test):
    return _scale(train, test, by=test)


@standardise_images.wrong("one mean for all channels")
def _(train, test):
    return _scale(train, test, axis=None)


@standardise_images.wrong("a mean for each pixel")
def _(train, test):
    return _scale(train, test, axis=0)


@standardise_images.wrong("only centred")
def _(train, test):
    return _scale(train, test, spread=np.float64(1))


@standardise_images.wrong("divides by the variance")
def _(train, test):
    return _scale(train, test, spread=train.var(axis=(0, 1, 2)))


@standardise_images.wrong("training mean, spread of the test set")
def _(train, test):
    return _scale(train, test)[0], _scale(train, test, spread=test.std(axis=(0, 1, 2)))[1]


@standardise_images.wrong("divides by zero")
def _(train, test):
    with np.errstate(all="ignore"):
        return tuple((x - train.mean(axis=(0, 1, 2))) / train.std(axis=(0, 1, 2)) for x in (train, test))


@standardise_images.wrong("a tiny number added where nothing must be divided")
def _(train, test):
    return tuple((x - train.mean(axis=(0, 1, 2))) / (train.std(axis=(0, 1, 2)) + 1e-7) for x in (train, test))


@standardise_images.wrong("integer overflow")
def _(train, test):
    mean = train.mean(axis=(0, 1, 2)).astype(train.dtype)
    spread = np.where(train.std(axis=(0, 1, 2)) > 0, train.std(axis=(0, 1, 2)), 1)
    return (train - mean) / spread, (test - mean) / spread


@standardise_images.wrong("the sets exchanged")
def _(train, test):
    return _scale(train, test)[::-1]


@standardise_images.wrong("input modified in place")
def _(train, test):
    answer = _scale(train, test)
    train[:], test[:] = answer
    return answer


top_k_accuracy = Task("top_k_accuracy", points=2)


@top_k_accuracy.cases
def _(rng):
    """Last batches that are smaller, both shapes of labels, k from 1 to more than all classes, negative sums."""
    cases = []
    for k, sizes in ((1, [8, 8, 3]), (1, [7]), (2, [16, 5]), (3, [4, 4, 4, 1]), (5, [32, 9]), (9, [6, 2]), (1, [1])):
        classes = 10 if k > 4 else int(rng.integers(4, 9))
        batches = []
        for i, n in enumerate(sizes):
            labels = rng.integers(0, classes, n)
            sums = rng.normal(-1, 1, (n, classes)) + (1.5 if i == 0 else -0.5) * np.eye(classes)[labels]
            batches.append((sums, labels[:, None] if len(cases) % 2 else labels))
        cases.append((batches, k))
    two = [(rng.normal(size=(n, 3)), rng.integers(0, 3, (n, 1))) for n in (4, 2)]
    return [*cases, (two, 5), (two, 1)]


@top_k_accuracy.right("counts the larger sums")
def _(batches, k):
    right = []
    for sums, labels in batches:
        own = np.take_along_axis(sums, np.reshape(labels, (-1, 1)), axis=1)
        right += list((sums > own).sum(axis=1) < k)
    return np.mean(right)


@top_k_accuracy.right("image by image")
def _(batches, k):
    pairs = [(line, int(label)) for sums, labels in batches for line, label in zip(sums.tolist(), np.ravel(labels))]
    return sum(label in sorted(range(len(line)), key=line.__getitem__)[-k:] for line, label in pairs) / len(pairs)


@top_k_accuracy.right("Keras's metric")
def _(batches, k):
    metric = keras.metrics.SparseTopKCategoricalAccuracy(k=min(k, batches[0][0].shape[1]))
    for sums, labels in batches:
        metric.update_state(labels.reshape(-1), sums.astype("float32"))
    return float(metric.result())


def _hits(sums, labels, k):
    return (np.argsort(-sums, axis=1)[:, :k] == labels.reshape(-1, 1)).any(axis=1)


@top_k_accuracy.wrong("the mean of the batches")
def _(batches, k):
    return np.mean([_hits(sums, labels, k).mean() for sums, labels in batches])


@top_k_accuracy.wrong("the shape of the labels overlooked")
def _(batches, k):
    right = 0
    for sums, labels in batches:
        best = np.argsort(-sums, axis=1)[:, :k]
        right += sum((best[:, j] == labels).sum() for j in range(best.shape[1]))
    return right / sum(len(sums) for sums, _ in batches)


@top_k_accuracy.wrong("the smallest sums")
def _(batches, k):
    return np.mean(np.concatenate([_hits(-sums, labels, k) for sums, labels in batches]))


@top_k_accuracy.wrong("k = 1 for all")
def _(batches, k):
    return np.mean(np.concatenate([_hits(sums, labels, 1) for sums, labels in batches]))


@top_k_accuracy.wrong("one class too many")
def _(batches, k):
    return np.mean(np.concatenate([_hits(sums, labels, k + 1) for sums, labels in batches]))


@top_k_accuracy.wrong("the largest left out")
def _(batches, k):
    return np.mean(np.concatenate([(np.argsort(sums, axis=1)[:, -k - 1:-1] == labels.reshape(-1, 1)).any(axis=1)
                                   for sums, labels in batches]))


@top_k_accuracy.wrong("exactly the k-th")
def _(batches, k):
    return np.mean(np.concatenate([np.argsort(-sums, axis=1)[:, min(k, sums.shape[1]) - 1] == labels.ravel()
                                   for sums, labels in batches]))


@top_k_accuracy.wrong("all batches as large as the first")
def _(batches, k):
    return sum(_hits(sums, labels, k).sum() for sums, labels in batches) / (len(batches) * len(batches[0][0]))


@top_k_accuracy.wrong("the last batch only")
def _(batches, k):
    return _hits(*batches[-1], k).mean()


@top_k_accuracy.wrong("per cent")
def _(batches, k):
    return 100 * np.mean(np.concatenate([_hits(sums, labels, k) for sums, labels in batches]))


@top_k_accuracy.wrong("divided by k")
def _(batches, k):
    return np.mean(np.concatenate([_hits(sums, labels, k) for sums, labels in batches])) / k


@top_k_accuracy.wrong("sorts the input in place")
def _(batches, k):
    answer = np.mean(np.concatenate([_hits(sums, labels, k) for sums, labels in batches]))
    for sums, _ in batches:
        sums.sort(axis=1)
    return answer


dead_units = Task("dead_units", points=2)


@dead_units.cases
def _(rng):
    """None to three hidden layers with some units pushed below zero, units that are exactly zero, one image."""
    cases = []
    for n, hidden in ((20, 1), (30, 2), (12, 3), (1, 2), (5, 0), (40, 2)):
        shape = [int(v) for v in rng.integers(2, 5, 2)] + [3]
        widths, weights = [math.prod(shape), *(int(v) for v in rng.integers(12, 30, hidden)), 5], []
        for a, b in zip(widths, widths[1:]):
            weights += [rng.normal(0, 1 / np.sqrt(a), (a, b)), rng.choice([0.3, -1.0, -6.0], b)]
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
            kernel[:, :2], bias[:2] = 0, 0                         # two units whose sum is exactly zero
        cases.append((weights, rng.uniform(0, 1, (n, *shape))))
    dark = [np.array([[-1.0, 1.0, -2.0]]), np.array([1.5, -3.0, 0.1]), np.ones((3, 2)), np.array([-10.0, -20.0])]
    return [*cases, (dark, np.array([1.0, 2.0, 0.5]).reshape(3, 1, 1, 1)), (cases[1][0], cases[1][1][:3] - 0.5)]


@dead_units.right("the largest sum")
def _(weights, images):
    out, counts = np.reshape(images, (len(images), -1)), np.zeros(len(weights) // 2 - 1, int)
    for layer in range(len(counts)):
        sums = out @ weights[2 * layer] + weights[2 * layer + 1]
        counts[layer] = (sums.max(axis=0) <= 0).sum()
        out = sums * (sums > 0)
    return counts


@dead_units.right("asks a Keras network")
def _(weights, images):
    inputs = keras.Input(images.shape[1:])
    h, outputs = keras.layers.Flatten()(inputs), []
    for bias in weights[1:-2:2]:
        h = keras.layers.Dense(len(bias), "relu")(h)
        outputs.append(h)
    if not outputs:
        return []
    model = keras.Model(inputs, outputs)
    model.set_weights(weights[:-2])
    answers = model(images.astype("float32"))
    return [int(np.sum(~np.any(np.asarray(a), axis=0))) for a in (answers if isinstance(answers, list) else [answers])]


def _layers(weights, images, bias=1, relu=True, count=lambda z: (z <= 0).all(axis=0).sum(), last=2):
    """The right answer with one thing changed."""
    out, counts = images.reshape(len(images), -1), []
    for i in range(0, len(weights) - last, 2):
        z = out @ weights[i] + bias * weights[i + 1]
        counts.append(int(count(z)))
        out = np.maximum(z, 0) if relu else z
    return counts


@dead_units.wrong("zero for some image is enough")
def _(weights, images):
    return _layers(weights, images, count=lambda z: (z <= 0).any(axis=0).sum())


@dead_units.wrong("counts the living")
def _(weights, images):
    return _layers(weights, images, count=lambda z: (z > 0).any(axis=0).sum())


@dead_units.wrong("counts images, not units")
def _(weights, images):
    return _layers(weights, images, count=lambda z: (z <= 0).all(axis=1).sum())


@dead_units.wrong("a sum of exactly zero counts as alive")
def _(weights, images):
    return _layers(weights, images, count=lambda z: (z < 0).all(axis=0).sum())


@dead_units.wrong("the mean is negative")
def _(weights, images):
    return _layers(weights, images, count=lambda z: (z.mean(axis=0) <= 0).sum())


@dead_units.wrong("forgets the biases")
def _(weights, images):
    return _layers(weights, images, bias=0)


@dead_units.wrong("no ReLU between the layers")
def _(weights, images):
    return _layers(weights, images, relu=False)


@dead_units.wrong("the output layer too")
def _(weights, images):
    return _layers(weights, images, last=0)


@dead_units.wrong("the first layer only")
def _(weights, images):
    return _layers(weights, images)[:1]


@dead_units.wrong("all layers together")
def _(weights, images):
    return sum(_layers(weights, images))


@dead_units.wrong("per cent")
def _(weights, images):
    return _layers(weights, images, count=lambda z: 100 * (z <= 0).all(axis=0).mean())


@dead_units.wrong("channels first")
def _(weights, images):
    return _layers(weights, images.transpose(0, 3, 1, 2))


template_experiment = Task("template_experiment", points=3)


@template_experiment.cases
def _(rng):
    """Classes that differ by colour or by the place of a patch, in images that are not square."""
    cases = []
    for kind in ("place", "colour", "place", "colour", "place"):
        height, width, classes = (int(v) for v in rng.integers((6, 11, 3), (9, 15, 6)))
        y = np.concatenate([np.arange(classes), rng.integers(0, classes, 140)])
        x = rng.normal(0.5, 0.35, (len(y), height, width, 3))
        if kind == "colour":
            x += 0.2 * rng.permutation(np.vstack([np.eye(3), 1 - np.eye(3)]))[y % 6][:, None, None, :]
        else:
            left, top = rng.permutation(width - 2)[:classes], rng.integers(0, height - 3, classes)
            for image, label in zip(x, y):
                image[top[label]:top[label] + 3, left[label]:left[label] + 3] += 0.5
        cases.append((x[:50], y[:50], x[50:], y[50:], int(rng.integers(2, 5))))
    return cases


def _nearest(train, y_train, test, y_test, far=False):
    """Accuracy of the nearest (or farthest) mean."""
    train, test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    means = np.array([train[y_train == k].mean(axis=0) for k in range(y_train.max() + 1)])
    squares = ((test[:, None] - means) ** 2).sum(axis=-1)
    return np.mean((-squares if far else squares).argmin(axis=1) == y_test)


def _mix(images, seed=1):
    return images.reshape(len(images), -1)[:, np.random.default_rng(seed).permutation(images[0].size)]


def _report(x, y, u, v, shift, moved=None, templates=None, mixed=None, border=0.2, far=False, scale=1, looks_at=None):
    """The right dict with one thing changed; x, y train, u, v test."""
    moved = np.roll(u, shift, axis=2) if moved is None else moved
    plain = scale * _nearest(x, y, u, v, far)
    shifted = scale * _nearest(x if templates is None else templates, y, moved, v, far)
    mixed = scale * _nearest(*(mixed or (_mix(x), y, _mix(u), v)), far)
    return {"plain": plain, "shifted": shifted, "mixed": mixed,
            "looks_at": looks_at or ("place" if plain - shifted > border else "colour")}


@template_experiment.right("scikit-learn's nearest centroid")
def _(x_train, y_train, x_test, y_test, shift):
    flat = lambda images: images.reshape(len(images), -1)
    model = NearestCentroid().fit(flat(x_train), y_train)
    moved = np.concatenate([x_test[:, :, -shift:], x_test[:, :, :-shift]], axis=2)
    plain, shifted = model.score(flat(x_test), y_test), model.score(flat(moved), y_test)
    mixed = NearestCentroid().fit(_mix(x_train), y_train).score(_mix(x_test), y_test)
    return dict(plain=plain, shifted=shifted, mixed=mixed, looks_at="colour" if shifted >= plain - 0.2 else "place")


@template_experiment.right("by inner products, in float32, in reverse order")
def _(x_train, y_train, x_test, y_test, shift):
    def score(train, test):
        train, test = (a.reshape(len(a), -1).astype("float32") for a in (train, test))
        one_hot = np.eye(y_train.max() + 1, dtype="float32")[y_train]
        means = one_hot.T @ train / one_hot.sum(axis=0)[:, None]
        return float(((2 * test @ means.T - (means**2).sum(axis=1)).argmax(axis=1) == y_test).mean())

    backwards = lambda images: images[:, ::-1, ::-1, ::-1]
    found = {"plain": score(x_train, x_test), "shifted": score(x_train, np.roll(x_test, (0, 0, shift, 0), (0, 1, 2, 3))),
             "mixed": score(backwards(x_train), backwards(x_test))}
    return found | {"looks_at": "place" if found["shifted"] < found["plain"] - 0.2 else "colour"}


@template_experiment.wrong("moves down")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, moved=np.roll(u, shift, axis=1))


@template_experiment.wrong("moves to the left")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, moved=np.roll(u, -shift, axis=2))


@template_experiment.wrong("moves the colours")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, moved=np.roll(u, shift, axis=3))


@template_experiment.wrong("rolls the whole array")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, moved=np.roll(u, shift))


@template_experiment.wrong("moves the training images too")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, templates=np.roll(x, shift, axis=2))


@template_experiment.wrong("mixes the test images only")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, mixed=(x, y, _mix(u), v))


@template_experiment.wrong("a new order for the test images")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, mixed=(_mix(x, 1), y, _mix(u, 2), v))


@template_experiment.wrong("mixes the images, not their numbers")
def _(x, y, u, v, shift):
    rng = np.random.default_rng(0)
    return _report(x, y, u, v, shift, mixed=(rng.permutation(x), y, rng.permutation(u), v))


@template_experiment.wrong("the farthest template")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, far=True)


@template_experiment.wrong("templates of the test images")
def _(x, y, u, v, shift):
    return _report(u, v, u, v, shift)


@template_experiment.wrong("accuracy on the training images")
def _(x, y, u, v, shift):
    return _report(x, y, x, y, shift)


@template_experiment.wrong("always concludes place")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, looks_at="place")


@template_experiment.wrong("concludes the other way round")
def _(x, y, u, v, shift):
    report = _report(x, y, u, v, shift)
    return report | {"looks_at": {"place": "colour", "colour": "place"}[report["looks_at"]]}


@template_experiment.wrong("per cent")
def _(x, y, u, v, shift):
    return _report(x, y, u, v, shift, scale=100, border=20)


@template_experiment.wrong("input modified in place")
def _(x, y, u, v, shift):
    report = _report(x, y, u, v, shift)
    u[:] = np.roll(u, shift, axis=2)
    return report


raw_pixel_mlp = Task("raw_pixel_mlp", points=1)


@raw_pixel_mlp.cases
def _(rng):
    """Colour and grey, not square, no hidden layer."""
    sizes = [int(v) for v in rng.integers(5, 40, 3)]
    return [((32, 32, 3), [128, 128], 10), ((28, 28, 1), [64], 10), ((4, 7, 3), sizes, 5), ((6, 5, 2), [], 3)]


@raw_pixel_mlp.probe
def _(f, cases, seed):
    """As `network`, but with whole pixels from 0 to 255 in front."""
    import keras

    def on_pixels(*case):
        model = f(*case)
        pixels = keras.layers.Lambda(lambda x: keras.ops.round(255 * x))
        return keras.Sequential([keras.Input(model.input_shape[1:]), pixels, model])

    return network(on_pixels, cases, seed)


@raw_pixel_mlp.judge
def _(answer, reference, cases):
    return Task("raw_pixel_mlp", 1, probes.network).verdict(answer, reference, 0)


@raw_pixel_mlp.right("functional, scaling after flattening, whole numbers in")
def _(shape, hidden, classes):
    inputs = keras.Input(tuple(shape), dtype="uint8")
    x = keras.layers.Rescaling(scale=1.0 / 255, offset=-0.5)(keras.layers.Flatten()(inputs))
    for units in hidden:
        x = keras.layers.ReLU()(keras.layers.Dense(units)(x))
    return keras.Model(inputs, keras.layers.Softmax()(keras.layers.Dense(classes)(x)))


@raw_pixel_mlp.right("a normalisation with given numbers")
def _(shape, hidden, classes):
    model = keras.Sequential([keras.Input(shape), keras.layers.Normalization(axis=None, mean=127.5, variance=255.0**2)])
    model.add(keras.layers.Flatten())
    for units in hidden:
        model.add(keras.layers.Dense(units, "relu"))
    model.add(keras.layers.Dense(classes, "softmax"))
    return model


def _mlp(shape, hidden, classes, first=(1 / 255, -0.5), activation="relu", last="softmax", **options):
    """The network with one thing changed."""
    dense = [keras.layers.Dense(units, activation, **options) for units in hidden]
    scaling = [keras.layers.Rescaling(*first)] if first else []
    return keras.Sequential([keras.Input(shape), *scaling, keras.layers.Flatten(), *dense,
                             keras.layers.Dense(classes, last, **options)])


@raw_pixel_mlp.wrong("no scaling")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, first=None)


@raw_pixel_mlp.wrong("scaled, not centred")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, first=(1 / 255, 0.0))


@raw_pixel_mlp.wrong("from -1 to 1")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, first=(1 / 127.5, -1.0))


@raw_pixel_mlp.wrong("the offset before the scaling")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, first=(1 / 255, -0.5 / 255))


@raw_pixel_mlp.wrong("from 0.5 to 1.5")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, first=(1 / 255, 0.5))


@raw_pixel_mlp.wrong("divides by 256")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, first=(1 / 256, -0.5))


@raw_pixel_mlp.wrong("no ReLU")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, activation=None)


@raw_pixel_mlp.wrong("sigmoid for ReLU")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, activation="sigmoid")


@raw_pixel_mlp.wrong("no softmax")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, last=None)


@raw_pixel_mlp.wrong("no biases")
def _(shape, hidden, classes):
    return _mlp(shape, hidden, classes, use_bias=False)


@raw_pixel_mlp.wrong("a normalisation that was never adapted")
def _(shape, hidden, classes):
    model = _mlp(shape, hidden, classes, first=None)
    return keras.Sequential([keras.Input(shape), keras.layers.Normalization(), *model.layers])


@raw_pixel_mlp.wrong("the example hard-coded")
def _(shape, hidden, classes):
    return _mlp((32, 32, 3), [128, 128], 10)
