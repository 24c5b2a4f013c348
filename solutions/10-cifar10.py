"""Hidden checks of exercise 10: training and testing on photographs."""

import keras
import numpy as np

from course.grading import probes
from course.grading.tasks import Task

# a value near 0 is a difference of two float32 numbers near 1
standardise_channels = Task("standardise_channels", points=2, atol=2e-5)


@standardise_channels.cases
def _(rng):
    """Test images darker or brighter than the training images, one alone, as many as there are training images."""
    cases = []
    for n, m, height, width in [(6, 4, 5, 7), (8, 1, 4, 4), (3, 9, 6, 2), (5, 5, 3, 3)]:
        low, high = rng.integers(0, 120, 3), rng.integers(150, 256, 3)  # of each channel
        train = rng.integers(low, high, (n, height, width, 3)).astype("uint8")
        cases.append((train, rng.integers(0, rng.integers(60, 256, 3), (m, height, width, 3)).astype("uint8")))
    return cases


@standardise_channels.right("rows of pixels in float64")
def _(x_train, x_test):
    pixels = x_train.reshape(-1, 3) / 255
    return [((x / 255 - pixels.mean(axis=0)) / pixels.std(axis=0)).astype("float32") for x in (x_train, x_test)]


@standardise_channels.right("scikit-learn, channel values from 0 to 255")
def _(x_train, x_test):
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x_train.reshape(-1, 3).astype("float64"))
    return tuple(scaler.transform(x.reshape(-1, 3)).reshape(x.shape) for x in (x_train, x_test))


def _standardise(x, like, axis=(0, 1, 2), power=1):
    like = like / 255
    return (x / 255 - like.mean(axis=axis, keepdims=True)) / like.std(axis=axis, keepdims=True) ** power


@standardise_channels.wrong("as it was")
def _(x_train, x_test):
    return _standardise(x_train, x_train), _standardise(x_test, x_test)


@standardise_channels.wrong("means of training and test images together")
def _(x_train, x_test):
    both = np.concatenate([x_train, x_test])
    return _standardise(x_train, both), _standardise(x_test, both)


@standardise_channels.wrong("means of the test images for both")
def _(x_train, x_test):
    return _standardise(x_train, x_test), _standardise(x_test, x_test)


@standardise_channels.wrong("one mean for all channels")
def _(x_train, x_test):
    return tuple(_standardise(x, x_train, axis=None) for x in (x_train, x_test))


@standardise_channels.wrong("one mean for each pixel")
def _(x_train, x_test):
    return tuple(_standardise(x, x_train, axis=0) for x in (x_train, x_test))


@standardise_channels.wrong("each image by itself")
def _(x_train, x_test):
    return tuple(_standardise(x, x, axis=(1, 2)) for x in (x_train, x_test))


@standardise_channels.wrong("divided by the variance")
def _(x_train, x_test):
    return tuple(_standardise(x, x_train, power=2) for x in (x_train, x_test))


@standardise_channels.wrong("shifted, not scaled")
def _(x_train, x_test):
    return tuple(_standardise(x, x_train, power=0) for x in (x_train, x_test))


@standardise_channels.wrong("the test images forgotten")
def _(x_train, x_test):
    return _standardise(x_train, x_train), x_test / 255


@standardise_channels.wrong("test images first")
def _(x_train, x_test):
    return _standardise(x_test, x_train), _standardise(x_train, x_train)


@standardise_channels.wrong("integer overflow")
def _(x_train, x_test):
    mean, deviation = x_train.mean(axis=(0, 1, 2)).astype("uint8"), x_train.std(axis=(0, 1, 2))
    return (x_train - mean) / deviation, (x_test - mean) / deviation


shift_and_flip = Task("shift_and_flip", points=2)


@shift_and_flip.cases
def _(rng):
    """Not square, one image, one and four channels, any pad, the four corners, uint8 and float, the default pad."""
    cases, sizes = [], [(5, 6, 9, 3, 2), (4, 8, 5, 1, 3), (1, 4, 4, 4, 1), (3, 5, 5, 3, 0), (6, 12, 12, 3, 5)]
    for n, height, width, channels, pad in sizes:
        tops, lefts = rng.integers(0, 2 * pad + 1, (2, n))
        cases.append((rng.normal(size=(n, height, width, channels)), tops, lefts, rng.integers(0, 2, n).astype(bool), pad))
    corners = [0, 0, 8, 8, 4], [0, 8, 0, 8, 4], [True, False, True, False, True]
    return [*cases, (rng.integers(1, 256, (5, 10, 7, 3)).astype("uint8"), *corners)]


def _pieces(images, tops, lefts, flips, pad, **options):
    height, width = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)), **options)
    pieces = [padded[i, t:t + height, left:left + width] for i, (t, left) in enumerate(zip(tops, lefts))]
    return np.stack([piece[:, ::-1] if flip else piece for piece, flip in zip(pieces, flips)])


@shift_and_flip.right("a canvas for each image")
def _(images, tops, lefts, flips, pad=4):
    n, height, width, channels = np.shape(images)
    result = []
    for i in range(n):
        canvas = np.zeros((height + 2 * pad, width + 2 * pad, channels), images.dtype)
        canvas[pad:pad + height, pad:pad + width] = images[i]
        piece = canvas[tops[i]:tops[i] + height, lefts[i]:lefts[i] + width]
        result.append(np.fliplr(piece) if flips[i] else piece)
    return np.array(result)


@shift_and_flip.right("index arrays")
def _(images, tops, lefts, flips, pad=4):
    n, height, width, _ = images.shape
    padded = np.pad(images, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    rows = np.asarray(tops)[:, None] + np.arange(height)      # (n, height)
    columns = np.asarray(lefts)[:, None] + np.arange(width)   # (n, width)
    result = padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return np.where(np.asarray(flips)[:, None, None, None], result[:, :, ::-1], result)


@shift_and_flip.wrong("upside down")
def _(images, tops, lefts, flips, pad=4):
    pieces = _pieces(images, tops, lefts, [False] * len(images), pad)
    return np.stack([piece[::-1] if flip else piece for piece, flip in zip(pieces, flips)])


@shift_and_flip.wrong("flipped before the cut")
def _(images, tops, lefts, flips, pad=4):
    mirrored = np.where(np.reshape(flips, (-1, 1, 1, 1)), images[:, :, ::-1], images)
    return _pieces(mirrored, tops, lefts, [False] * len(images), pad)


@shift_and_flip.wrong("colours reversed instead of columns")
def _(images, tops, lefts, flips, pad=4):
    pieces = _pieces(images, tops, lefts, [False] * len(images), pad)
    return np.stack([piece[..., ::-1] if flip else piece for piece, flip in zip(pieces, flips)])


@shift_and_flip.wrong("rows and columns swapped")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, lefts, tops, flips, pad)


@shift_and_flip.wrong("shifted the other way")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, 2 * pad - np.asarray(tops), 2 * pad - np.asarray(lefts), flips, pad)


@shift_and_flip.wrong("one shift for all")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, [tops[0]] * len(images), [lefts[0]] * len(images), flips, pad)


@shift_and_flip.wrong("all flipped")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, tops, lefts, [True] * len(images), pad)


@shift_and_flip.wrong("no flip")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, tops, lefts, [False] * len(images), pad)


@shift_and_flip.wrong("the edge repeated instead of zeros")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, tops, lefts, flips, pad, mode="edge")


@shift_and_flip.wrong("rolled round")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, tops, lefts, flips, pad, mode="wrap")


@shift_and_flip.wrong("pads by 4, whatever is asked")
def _(images, tops, lefts, flips, pad=4):
    return _pieces(images, tops, lefts, flips, 4)


@shift_and_flip.wrong("modifies the images")
def _(images, tops, lefts, flips, pad=4):
    images[:] = _pieces(images, tops, lefts, flips, pad)
    return images


network_from_row = Task("network_from_row", points=2, probe=probes.network)


@network_from_row.cases
def _(rng):
    """ShallowNet, the six convolutions with an eighth of the filters, an MLP, a stride of 3, deep heads."""
    six = [(4, 1), (8, 2), (16, 1), (32, 2), (64, 1), (128, 2)]
    return [([(64, 1)], [10]), (six, [64, 10]), ([], [12, 5]), ([(6, 3), (5, 1)], [7, 9, 4]), ([(3, 2)] * 3, [8, 8, 8])]


@network_from_row.right("functional")
def _(convolutions, dense):
    x = inputs = keras.Input((32, 32, 3))
    for filters, stride in convolutions:
        x = keras.layers.Conv2D(filters, (3, 3), (stride, stride), "same", activation="relu")(x)
    x = keras.layers.Flatten()(x)
    for i, units in enumerate(dense):
        x = keras.layers.Dense(units, "softmax" if i == len(dense) - 1 else "relu")(x)
    return keras.Model(inputs, x)


@network_from_row.right("a list of layers, activations apart")
def _(convolutions, dense):
    layers = [keras.Input((32, 32, 3))]
    for filters, stride in convolutions:
        layers += [keras.layers.Conv2D(filters, 3, stride, padding="same"), keras.layers.ReLU()]
    layers += [keras.layers.Reshape((-1,))]
    for units in dense:
        layers += [keras.layers.Dense(units), keras.layers.ReLU()]
    return keras.Sequential([*layers[:-1], keras.layers.Softmax()])


def _row(convolutions, dense, size=32, kernel=3, padding="same", strides=lambda i, s: s, first="relu", middle="relu",
         last="softmax", flatten=lambda: keras.layers.Flatten(), pool=False, bias=True):
    layers = [keras.Input((size, size, 3))]
    for i, (filters, stride) in enumerate(convolutions):
        layers.append(keras.layers.Conv2D(filters, kernel, strides=1 if pool else strides(i, stride), padding=padding,
                                          activation=first, use_bias=bias))
        if pool and stride > 1:
            layers.append(keras.layers.MaxPooling2D(stride, padding="same"))
    layers.append(flatten())
    layers += [keras.layers.Dense(units, middle) for units in dense[:-1]]
    return keras.Sequential([*layers, keras.layers.Dense(dense[-1], last)])


@network_from_row.wrong("valid padding")
def _(convolutions, dense):
    return _row(convolutions, dense, padding="valid")


@network_from_row.wrong("strides ignored")
def _(convolutions, dense):
    return _row(convolutions, dense, strides=lambda i, s: 1)


@network_from_row.wrong("every second layer has stride 2, as in the example")
def _(convolutions, dense):
    return _row(convolutions, dense, strides=lambda i, s: 1 + i % 2)


@network_from_row.wrong("pooling instead of strides")
def _(convolutions, dense):
    return _row(convolutions, dense, pool=True)


@network_from_row.wrong("kernels of 5x5")
def _(convolutions, dense):
    return _row(convolutions, dense, kernel=5)


@network_from_row.wrong("no ReLU in the convolutions")
def _(convolutions, dense):
    return _row(convolutions, dense, first=None)


@network_from_row.wrong("no ReLU in the dense layers")
def _(convolutions, dense):
    return _row(convolutions, dense, middle=None)


@network_from_row.wrong("no softmax")
def _(convolutions, dense):
    return _row(convolutions, dense, last=None)


@network_from_row.wrong("a ReLU before the softmax")
def _(convolutions, dense):
    model = _row(convolutions, dense, last="relu")
    return keras.Sequential([*model.layers, keras.layers.Softmax()])


@network_from_row.wrong("the last dense layer only")
def _(convolutions, dense):
    return _row(convolutions, dense[-1:])


@network_from_row.wrong("global average pooling")
def _(convolutions, dense):
    return _row(convolutions, dense, flatten=keras.layers.GlobalAveragePooling2D)


@network_from_row.wrong("images of MNIST's size")
def _(convolutions, dense):
    return _row(convolutions, dense, size=28)


@network_from_row.wrong("no bias")
def _(convolutions, dense):
    return _row(convolutions, dense, bias=False)


@network_from_row.wrong("always ten classes")
def _(convolutions, dense):
    return _row(convolutions, [*dense[:-1], 10])


stop_early = Task("stop_early", points=2)


@stop_early.cases
def _(rng):
    """Falling, rising and wavy losses, equal ones, a late minimum behind the stop, one epoch, patience never used up."""
    histories = []
    for n in (8, 12, 20, 30, 30):
        loss = 1 + 0.01 * (np.arange(n) - n / 2) ** 2 / n + 0.1 * rng.normal(size=n)
        histories.append((loss.tolist(), int(rng.integers(2, 5))))
    histories += [([2, 1.8, 1.6, 1.4, 1.2], 2), ([1, 1.1, 1.2, 1.3, 1.4, 1.5], 3), ([1.5, 1.2, 1.2, 1.2, 1.1, 1.3], 2),
                  ([1.3], 1), ([2, 1.5, 1.6, 1.4, 1.45, 1.42, 1.41, 0.9], 3), ([1, 1.1, 0.9, 1.2, 1.1, 0.8, 0.7], 1),
                  ([1, 0.9, 0.95, 0.97], 2), ([1, 0.9, 0.95, 0.97], 3)]
    cases = []
    for loss, patience in histories:
        accuracy = np.round(0.3 + 0.02 * np.arange(len(loss)) + 0.05 * rng.uniform(size=(2, len(loss))), 3)
        validation, test = accuracy.tolist()
        cases.append(({"val_loss": loss, "val_accuracy": validation, "test_accuracy": test}, patience))
    return cases


def _told(history, kept, stopped, until=None, report="test_accuracy"):
    best = max(history["test_accuracy"][:until if until else stopped + 1])
    value = history[report][kept]
    return {"stopped": stopped + 1, "kept": kept + 1, "report": value, "too_good": best - value}


def _stop(losses, patience, better=lambda new, best, before: new < best, limit=lambda wait, patience: wait >= patience):
    """Last epoch and kept epoch, from 0."""
    best, kept, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if epoch == 0 or better(loss, best, losses[epoch - 1]):
            best, kept, wait = loss, epoch, 0
        else:
            wait += 1
            if limit(wait, patience):
                return epoch, kept
    return len(losses) - 1, kept


@stop_early.right("a counter, as in Keras")
def _(history, patience):
    best, wait, stopped = float("inf"), 0, None
    for epoch, loss in enumerate(history["val_loss"], start=1):
        wait += 1
        if loss < best:
            best, kept, wait = loss, epoch, 0
        stopped = epoch
        if wait >= patience:
            break
    test = history["test_accuracy"]
    return {"kept": kept, "stopped": stopped, "report": test[kept - 1], "too_good": max(test[:stopped]) - test[kept - 1]}


@stop_early.right("argmin of each beginning")
def _(history, patience):
    loss, test = np.array(history["val_loss"]), np.array(history["test_accuracy"])
    kept = np.array([loss[:n + 1].argmin() for n in range(len(loss))])
    over = np.flatnonzero(np.arange(len(loss)) - kept >= patience)
    stopped = over[0] if len(over) else len(loss) - 1
    at = kept[stopped]
    return {"stopped": stopped + 1, "kept": at + 1, "report": test[at], "too_good": test[:stopped + 1].max() - test[at]}


@stop_early.wrong("epochs from 0")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience)
    return {**_told(history, kept, stopped), "stopped": stopped, "kept": kept}


@stop_early.wrong("one epoch too patient")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience, limit=lambda wait, patience: wait > patience)
    return _told(history, kept, stopped)


@stop_early.wrong("one epoch too impatient")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience, limit=lambda wait, patience: wait + 1 >= patience)
    return _told(history, kept, stopped)


@stop_early.wrong("equal counts as better")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience, better=lambda new, best, before: new <= best)
    return _told(history, kept, stopped)


@stop_early.wrong("better than the epoch before")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience, better=lambda new, best, before: new < before)
    return _told(history, kept, stopped)


@stop_early.wrong("sees epochs that were never trained")
def _(history, patience):
    kept = int(np.argmin(history["val_loss"]))
    return _told(history, kept, min(kept + patience, len(history["val_loss"]) - 1))


@stop_early.wrong("never stops")
def _(history, patience):
    return _told(history, int(np.argmin(history["val_loss"])), len(history["val_loss"]) - 1)


@stop_early.wrong("keeps the last weights")
def _(history, patience):
    stopped, _ = _stop(history["val_loss"], patience)
    return _told(history, stopped, stopped)


@stop_early.wrong("watches the validation accuracy")
def _(history, patience):
    stopped, kept = _stop([-a for a in history["val_accuracy"]], patience)
    return _told(history, kept, stopped)


@stop_early.wrong("chooses by the test images")
def _(history, patience):
    stopped, _ = _stop(history["val_loss"], patience)
    return _told(history, int(np.argmax(history["test_accuracy"][:stopped + 1])), stopped)


@stop_early.wrong("reports the validation accuracy")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience)
    return _told(history, kept, stopped, report="val_accuracy")


@stop_early.wrong("best test accuracy of all epochs")
def _(history, patience):
    stopped, kept = _stop(history["val_loss"], patience)
    return _told(history, kept, stopped, until=len(history["val_loss"]))


@stop_early.wrong("counts bad epochs, not in a row")
def _(history, patience):
    best, kept, wait = np.inf, 0, 0
    for epoch, loss in enumerate(history["val_loss"]):
        if loss < best:
            best, kept = loss, epoch
        else:
            wait += 1
        if wait >= patience:
            break
    return _told(history, kept, epoch)


group_report = Task("group_report", points=2)


@group_report.cases
def _(rng):
    """Ten classes, a hundred (products of uint8 overflow), classes without images or answers, all right, all wrong."""
    cifar = [0, 0, 1, 1, 1, 1, 1, 1, 0, 0]
    cases = []
    for n, groups in [(60, cifar), (300, (np.arange(100) // 5).tolist()), (7, cifar), (40, [2, 0, 1, 0]), (1, [0, 1, 1])]:
        labels = rng.integers(0, len(groups), n)
        answers = np.where(rng.uniform(size=n) < 0.5, labels, rng.integers(0, len(groups), n))
        cases.append((labels[:, None].astype("uint8"), answers, groups))
    labels = np.repeat(np.arange(5), 3)
    shift = (labels + 1) % 10
    return [*cases, (labels[:, None].astype("uint8"), labels, cifar), (labels[:, None].astype("uint8"), shift, cifar)]


def _groups(labels, answers, groups, by=None, near=None, of=None, **changes):
    labels, groups = labels[:, 0].astype(int), np.array(groups)
    right, same = labels == answers, groups[labels] == groups[answers]
    by = labels if by is None else by
    by_class = np.bincount(by, weights=right, minlength=len(groups)) / np.maximum(1, np.bincount(by, minlength=len(groups)))
    counts = np.zeros((groups.max() + 1, groups.max() + 1), int)
    np.add.at(counts, (groups[labels], groups[answers]), 1)
    within = (same & ~right).sum() / max(1, (~right).sum())
    return {**{"by_class": by_class, "counts": counts, "within": within}, **changes}


@group_report.right("loops")
def _(labels, answers, groups):
    pairs = [(int(a), int(b)) for (a,), b in zip(labels, answers)]
    by_class = []
    for i in range(len(groups)):
        mine = [a == b for a, b in pairs if a == i]
        by_class.append(sum(mine) / len(mine) if mine else 0)
    counts = [[0] * (max(groups) + 1) for _ in range(max(groups) + 1)]
    for a, b in pairs:
        counts[groups[a]][groups[b]] += 1
    wrong = [groups[a] == groups[b] for a, b in pairs if a != b]
    return {"by_class": by_class, "counts": counts, "within": sum(wrong) / len(wrong) if wrong else 0}


@group_report.right("from the confusion matrix")
def _(labels, answers, groups):
    from sklearn.metrics import confusion_matrix

    table = confusion_matrix(labels[:, 0], answers, labels=range(len(groups)))
    member = np.eye(max(groups) + 1, dtype=int)[np.array(groups)]  # (classes, groups)
    counts = member.T @ table @ member
    return {"by_class": np.diag(table) / np.maximum(1, table.sum(axis=1)), "counts": counts,
            "within": (np.trace(counts) - np.trace(table)) / max(1, len(labels) - np.trace(table))}


@group_report.wrong("column compared with a vector")
def _(labels, answers, groups):
    right = labels == answers  # (n, n)
    by_class = [right[labels[:, 0] == i].mean() if (labels == i).any() else 0 for i in range(len(groups))]
    return _groups(labels, answers, groups, by_class=by_class)


@group_report.wrong("share of the answers, not of the labels")
def _(labels, answers, groups):
    return _groups(labels, answers, groups, by=answers)


@group_report.wrong("counts transposed")
def _(labels, answers, groups):
    return _groups(labels, answers, groups, counts=_groups(labels, answers, groups)["counts"].T)


@group_report.wrong("counts each pair of groups once")
def _(labels, answers, groups):
    counts, groups = np.zeros((max(groups) + 1,) * 2, int), np.array(groups)
    counts[groups[labels[:, 0]], groups[answers]] += 1
    return _groups(labels, answers, groups, counts=counts)


@group_report.wrong("shares instead of counts")
def _(labels, answers, groups):
    return _groups(labels, answers, groups, counts=_groups(labels, answers, groups)["counts"] / len(labels))


@group_report.wrong("within of all images")
def _(labels, answers, groups):
    good = np.array(groups)[labels[:, 0]] == np.array(groups)[answers]
    return _groups(labels, answers, groups, within=(good & (labels[:, 0] != answers)).mean())


@group_report.wrong("right answers count as within")
def _(labels, answers, groups):
    return _groups(labels, answers, groups, within=(np.array(groups)[labels[:, 0]] == np.array(groups)[answers]).mean())


@group_report.wrong("classes without images left out")
def _(labels, answers, groups):
    return _groups(labels, answers, groups, by_class=[(answers[labels[:, 0] == i] == i).mean() for i in np.unique(labels)])


@group_report.wrong("nan for a class without images")
def _(labels, answers, groups):
    told = _groups(labels, answers, groups)
    empty = np.bincount(labels[:, 0], minlength=len(groups)) == 0
    return {**told, "by_class": np.where(empty, np.nan, told["by_class"])}


@group_report.wrong("integer overflow")
def _(labels, answers, groups):
    pairs = labels[:, 0] * np.uint8(len(groups)) + answers.astype("uint8")
    table = np.bincount(pairs, minlength=len(groups) ** 2).reshape(len(groups), len(groups))
    member = np.eye(max(groups) + 1, dtype=int)[np.array(groups)]
    return _groups(labels, answers, groups, counts=member.T @ table @ member)


@group_report.wrong("two groups, as in the example")
def _(labels, answers, groups):
    return _groups(labels, answers, np.minimum(groups, 1))


compare_networks = Task("compare_networks", points=2)


@compare_networks.cases
def _(rng):
    """Paired and unpaired apart and alike, either better, exactly 2, equal networks, always right against never."""
    cases, images = [], [(9, 1, 60, 30), (40, 20, 500, 200), (3, 14, 30, 50), (4, 0, 20, 6), (0, 4, 20, 6), (5, 5, 3, 2),
                         (0, 0, 7, 3), (12, 0, 0, 0), (0, 3, 0, 0), (25, 31, 10, 20), (60, 30, 5, 25)]
    for b, c, both, neither in images:
        n = b + c + both + neither
        labels = rng.integers(0, 10, n)
        first_right = np.repeat([True, False, True, False], [b, c, both, neither])
        second_right = np.repeat([False, True, True, False], [b, c, both, neither])
        miss = (labels + rng.integers(1, 10, (2, n))) % 10
        order = rng.permutation(n)
        first, second = np.where(first_right, labels, miss[0]), np.where(second_right, labels, miss[1])
        cases.append((labels[order, None].astype("uint8"), first[order], second[order]))
    return cases


def _compared(labels, first, second, unpaired=None, paired=None, verdict=lambda unpaired, paired: paired, limit=2, p=None):
    a, d = first == labels[:, 0], second == labels[:, 0]
    n, b, c = len(labels), int((a & ~d).sum()), int((~a & d).sum())
    p = p or [float(a.mean()), float(d.mean())]
    spread = np.sqrt(sum(q * (1 - q) / n for q in p))
    u = unpaired(p, n) if unpaired else (p[0] - p[1]) / spread if spread else 0.0
    m = paired(b, c, n) if paired else (b - c) / np.sqrt(b + c) if b + c else 0.0
    distance = verdict(u, m)
    better = "first" if distance > limit else "second" if distance < -limit else "undecided"
    return {"accuracy": p, "unpaired": u, "paired": m, "better": better}


@compare_networks.right("loops")
def _(labels, first, second):
    b = c = 0
    hits = [0, 0]
    for (label,), one, two in zip(labels.tolist(), first.tolist(), second.tolist()):
        hits[0] += one == label
        hits[1] += two == label
        b += one == label != two
        c += two == label != one
    n = len(labels)
    p = [h / n for h in hits]
    variance = sum(q * (1 - q) for q in p) / n
    told = {"accuracy": p, "unpaired": (p[0] - p[1]) / variance**0.5 if variance else 0, "paired": 0, "better": "undecided"}
    if b + c:
        told["paired"] = (b - c) / (b + c) ** 0.5
    if abs(told["paired"]) > 2:
        told["better"] = "first" if b > c else "second"
    return told


@compare_networks.right("signs of the differences")
def _(labels, first, second):
    right = np.stack([first, second]) == labels.ravel()  # (2, n)
    sign = right[0].astype(int) - right[1]
    paired = sign.sum() / max(np.sqrt(np.abs(sign).sum()), 1e-12)
    spread = np.sqrt(right.var(axis=1).sum() / right.shape[1])
    return {"accuracy": right.mean(axis=1), "unpaired": sign.mean() / spread if spread > 0 else 0, "paired": paired,
            "better": ["undecided", "first", "second"][int(np.sign(paired)) if abs(paired) > 2 else 0]}


@compare_networks.wrong("column compared with a vector")
def _(labels, first, second):
    return _compared(labels, first, second, p=[float((labels == first).mean()), float((labels == second).mean())])


@compare_networks.wrong("decides by the unpaired distance")
def _(labels, first, second):
    return _compared(labels, first, second, verdict=lambda unpaired, paired: unpaired)


@compare_networks.wrong("decides by the larger accuracy")
def _(labels, first, second):
    return _compared(labels, first, second, limit=0)


@compare_networks.wrong("one standard error is enough")
def _(labels, first, second):
    return _compared(labels, first, second, limit=1)


@compare_networks.wrong("2 is enough")
def _(labels, first, second):
    return _compared(labels, first, second, limit=1.9999)


@compare_networks.wrong("without the root")
def _(labels, first, second):
    return _compared(labels, first, second, paired=lambda b, c, n: (b - c) / max(1, b + c))


@compare_networks.wrong("all images under the root")
def _(labels, first, second):
    return _compared(labels, first, second, paired=lambda b, c, n: (b - c) / np.sqrt(n))


@compare_networks.wrong("squared, as in the chi-squared form")
def _(labels, first, second):
    return _compared(labels, first, second, paired=lambda b, c, n: (b - c) ** 2 / max(1, b + c))


@compare_networks.wrong("the sign lost")
def _(labels, first, second):
    return _compared(labels, first, second, paired=lambda b, c, n: abs(b - c) / np.sqrt(max(1, b + c)))


@compare_networks.wrong("the sign turned round")
def _(labels, first, second):
    return _compared(labels, first, second, paired=lambda b, c, n: (c - b) / np.sqrt(max(1, b + c)))


@compare_networks.wrong("standard errors added")
def _(labels, first, second):
    def distance(p, n):
        spread = sum(np.sqrt(q * (1 - q) / n) for q in p)
        return (p[0] - p[1]) / spread if spread else 0.0
    return _compared(labels, first, second, unpaired=distance)


@compare_networks.wrong("not divided by n")
def _(labels, first, second):
    def distance(p, n):
        spread = np.sqrt(sum(q * (1 - q) for q in p))
        return (p[0] - p[1]) / spread if spread else 0.0
    return _compared(labels, first, second, unpaired=distance)


@compare_networks.wrong("nan for equal networks")
def _(labels, first, second):
    return _compared(labels, first, second, paired=lambda b, c, n: (b - c) / np.sqrt(b + c) if b + c else np.nan)


@compare_networks.wrong("compares the answers, not whether they are right")
def _(labels, first, second):
    other = first != second
    return _compared(labels, first, second, paired=lambda b, c, n: (b - c) / np.sqrt(max(1, other.sum())))
