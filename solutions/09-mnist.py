"""Hidden checks of exercise 09: five thousand digits in a file."""

import keras
import numpy as np

from course.grading.tasks import Kept, Task


def _error(answers):
    """A phrase when one of the calls raised an error, else None."""
    return next((f"it raises {a['error']}: {a['text']}" for a in answers if "error" in a), None)


def _digits(rng, count):
    """Made digits, as the exercise draws them: images (count, 20, 20) of 0 and 1, labels (count,)."""
    rows = [[int(row) for row in digit] for digit in
            "75557 22222 71747 71717 55711 74717 74757 71111 75757 75717".split()]
    large = np.kron(np.array(rows)[..., None] >> np.array([2, 1, 0]) & 1, np.ones((1, 3, 3), int))
    labels = rng.permutation(np.arange(count) % 10)
    images = np.zeros((count, 20, 20), int)
    for image, label in zip(images, labels):
        top, left = rng.integers(0, 6), rng.integers(3, 9)
        image[top : top + 15, left : left + 9] = large[label]
    return np.where(rng.random(images.shape) < 0.03, 1 - images, images), labels


# Task 1
read_digits = Task("read_digits", points=2)


@read_digits.cases
def _(rng):
    """X and y of files with many images and with one, of several types."""
    cases = [(n, x_type, y_type) for n, x_type, y_type in
             ((7, "uint8", "uint8"), (30, "float64", "float64"), (1, "int64", "uint16"), (12, "float32", "int32"))]
    return [(rng.integers(0, 2, (n, 400)).astype(x_type), rng.integers(0, 10, (n, 1)).astype(y_type))
            for n, x_type, y_type in cases]


@read_digits.probe
def _(read, cases, seed):
    import os

    import scipy.io

    def answer(X, y):
        scipy.io.savemat("hidden_digits.mat", {"X": X, "y": y})
        try:
            images, labels = read("hidden_digits.mat")
        finally:
            os.remove("hidden_digits.mat")
        images, labels = np.asarray(images), np.asarray(labels)
        return [images, str(images.dtype), labels, labels.dtype.kind in "iu"]

    return call(answer, cases, seed)


@read_digits.judge
def _(answer, reference, cases):
    if _error(answer):
        return _error(answer)
    for mine, theirs in zip(answer, reference, strict=True):
        (x, dtype, y, whole), (right_x, _, right_y, _) = mine["value"], theirs["value"]
        if x.shape != right_x.shape:
            return "the images have a wrong shape"
        if dtype != "float32":
            return "the images are no float32"
        if not np.array_equal(x, right_x):
            return "the images have their pixels at wrong places"
        if y.shape != right_y.shape:
            return "the labels have a wrong shape"
        if not (whole is True and np.array_equal(y, right_y)):
            return "the labels are wrong"
    return None


def _file(path):
    import scipy.io

    file = scipy.io.loadmat(path)
    return file["X"], file["y"]


@read_digits.right("Fortran order, image by image")
def _(path):
    X, y = _file(path)
    x = np.stack([row.reshape((20, 20), order="F") for row in X])
    return np.float32(x)[..., np.newaxis], y[:, 0].astype("uint8")


@read_digits.right("Fortran order over all images")
def _(path):
    X, y = _file(path)
    return X.reshape((-1, 20, 20, 1), order="F").astype("float32"), y.ravel().astype(int)


@read_digits.right("the formula, pixel by pixel")
def _(path):
    X, y = _file(path)
    x = np.zeros((len(X), 20, 20, 1), "float32")
    for i in range(20):
        for j in range(20):
            x[:, i, j, 0] = X[:, i + 20 * j]
    return x, [int(label) for label in y[:, 0]]


@read_digits.wrong("row after row")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20, 1).astype("float32"), y.ravel().astype(int)


@read_digits.wrong("Fortran order, then turned once more")
def _(path):
    X, y = _file(path)
    return X.reshape((-1, 20, 20, 1), order="F").swapaxes(1, 2).astype("float32"), y.ravel().astype(int)


@read_digits.wrong("rotated, not transposed")
def _(path):
    X, y = _file(path)
    return np.rot90(X.reshape(-1, 20, 20, 1), axes=(1, 2)).astype("float32"), y.ravel().astype(int)


@read_digits.wrong("no channel axis")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20).transpose(0, 2, 1).astype("float32"), y.ravel().astype(int)


@read_digits.wrong("channels first")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20).transpose(0, 2, 1)[:, None].astype("float32"), y.ravel().astype(int)


@read_digits.wrong("labels as a column")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20).transpose(0, 2, 1)[..., None].astype("float32"), y.astype(int)


@read_digits.wrong("labels as fractions")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20).transpose(0, 2, 1)[..., None].astype("float32"), y.ravel().astype("float32")


@read_digits.wrong("one-hot labels")
def _(path):
    X, y = _file(path)
    x = X.reshape(-1, 20, 20).transpose(0, 2, 1)[..., None].astype("float32")
    return x, keras.utils.to_categorical(y, 10).astype(int)


@read_digits.wrong("divides by 255")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20).transpose(0, 2, 1)[..., None].astype("float32") / 255, y.ravel().astype(int)


@read_digits.wrong("keeps the file's type")
def _(path):
    X, y = _file(path)
    return X.reshape(-1, 20, 20).transpose(0, 2, 1)[..., None], y.ravel().astype(int)


# Task 2
split_digits = Task("split_digits", points=2)


@split_digits.cases
def _(rng):
    """Labels sorted and mixed, classes equal and unequal, digits and other numbers of classes."""
    uneven = np.repeat(np.arange(4), (600, 300, 60, 40))
    return [(np.repeat(np.arange(10), 150), 3), (rng.permutation(uneven), 8), (rng.permutation(np.arange(1200) % 10), 0),
            (uneven[::-1].copy(), 21)]


@split_digits.probe
def _(split, cases, seed):
    def answer(y, number):
        return [[np.asarray(part) for part in split(y, s)] for s in (number, number, number + 1)]

    return call(answer, cases, seed)


@split_digits.judge
def _(answer, reference, cases):
    if _error(answer):
        return _error(answer)
    for (y, _), mine in zip(cases, answer, strict=True):
        if mine.get("changed"):
            return "its input is modified in place"
        first, again, other = mine["value"]
        for parts in (first, again, other):
            if len(parts) != 3 or any(part.ndim != 1 or part.dtype.kind not in "iu" for part in parts):
                return "it returns no three arrays of indices"
            if not np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(y))):
                return "some images stand in no part or in two"
        rest = np.concatenate(first[:2])
        for label in np.unique(y):
            if abs((y[first[2]] == label).sum() - 0.3 * (y == label).sum()) > 2:
                return "the test part does not hold its share of each digit"
            if abs((y[first[1]] == label).sum() - 0.1 * (y[rest] == label).sum()) > 2:
                return "the validation part does not hold its share of each digit"
        if not all(np.array_equal(np.sort(a), np.sort(b)) for a, b in zip(first, again, strict=True)):
            return "the same seed gives another split"
        if any(np.array_equal(np.sort(a), np.sort(b)) for a, b in zip(first, other, strict=True)):
            return "another seed gives the same split: it is not drawn at random"
    return None


def _by_class(y, cut, mixed=True, seed=0):
    """Parts made class by class; ``cut(n)`` gives the numbers of test and validation images of n."""
    rng, parts = np.random.default_rng(seed), ([], [], [])
    for label in np.unique(y):
        places = np.flatnonzero(y == label)
        places = rng.permutation(places) if mixed else places
        test, validation = cut(len(places))
        for part, chosen in zip(parts, (places[test + validation :], places[test : test + validation], places[:test])):
            part.extend(chosen)
    return parts


@split_digits.right("digit by digit")
def _(y, seed):
    return _by_class(y, lambda n: (round(0.3 * n), round(0.07 * n)), seed=seed)


@split_digits.right("arrays, rounded up")
def _(y, seed):
    parts = _by_class(y, lambda n: (int(np.ceil(0.3 * n)), int(np.ceil(0.07 * n))), seed=seed)
    return tuple(np.array(part) for part in parts)


@split_digits.right("StratifiedShuffleSplit")
def _(y, seed):
    from sklearn.model_selection import StratifiedShuffleSplit

    rest, test = next(StratifiedShuffleSplit(1, test_size=0.3, random_state=seed).split(y, y))
    train, validation = next(StratifiedShuffleSplit(1, train_size=0.9, random_state=seed).split(rest, y[rest]))
    return rest[train], rest[validation], test


def _sklearn(y, seed, stratify=(True, True), test=0.3, validation=0.1):
    from sklearn.model_selection import train_test_split

    first, second = stratify
    rest, held = train_test_split(np.arange(len(y)), test_size=test, stratify=y if first else None, random_state=seed)
    y = y[rest]
    train, watched = train_test_split(rest, test_size=validation, stratify=y if second else None, random_state=seed)
    return train, watched, held


@split_digits.wrong("not stratified")
def _(y, seed):
    return _sklearn(y, seed, (False, False))


@split_digits.wrong("only the first split stratified")
def _(y, seed):
    return _sklearn(y, seed, (True, False))


@split_digits.wrong("indices into the training part, not into y")
def _(y, seed):
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(y)), test_size=0.3, stratify=y, random_state=seed)
    inner, validation = train_test_split(np.arange(len(train)), test_size=0.1, stratify=y[train], random_state=seed)
    return inner, validation, test


@split_digits.wrong("validation taken from the test part")
def _(y, seed):
    return _by_class(y, lambda n: (round(0.27 * n), round(0.03 * n)), seed=seed)


@split_digits.wrong("validation is 10 % of all")
def _(y, seed):
    return _by_class(y, lambda n: (round(0.3 * n), round(0.1 * n)), seed=seed)


@split_digits.wrong("shares the wrong way round")
def _(y, seed):
    return _sklearn(y, seed, test=0.7)


@split_digits.wrong("test part first")
def _(y, seed):
    return _sklearn(y, seed)[::-1]


@split_digits.wrong("validation images stay in the training part")
def _(y, seed):
    train, validation, test = _sklearn(y, seed)
    return np.concatenate([train, validation]), validation, test


@split_digits.wrong("the first of each digit, not at random")
def _(y, seed):
    return _by_class(y, lambda n: (round(0.3 * n), round(0.07 * n)), mixed=False)


@split_digits.wrong("ignores the seed: always another split")
def _(y, seed):
    return _sklearn(y, None)


@split_digits.wrong("ignores the seed: always the same split")
def _(y, seed):
    return _sklearn(y, 42)


@split_digits.wrong("labels instead of indices")
def _(y, seed):
    return [y[part] for part in _sklearn(y, seed)]


# Task 3
digit_cnn = Task("digit_cnn", points=2)


@digit_cnn.cases
def _(rng):
    """Not arguments: made digits for the probe to train on, and new ones, whose labels stay with the judge."""
    (x, y), (new_x, new_y) = _digits(rng, 800), _digits(rng, 200)
    return [(x.astype("uint8"), y, new_x.astype("uint8"), Kept(new_y))]


@digit_cnn.probe
def _(build, cases, seed):
    import keras

    def flat(layers):
        for layer in layers:
            yield from flat(layer.layers) if hasattr(layer, "layers") else [layer]

    def predict(model, x):
        return np.asarray(model(x.astype("float32"), training=False))

    def answer(x, y, new_x):
        keras.utils.set_random_seed(seed)
        model = build()
        facts = {
            "input": [0 if d is None else d for d in model.input_shape],
            "output": [0 if d is None else d for d in model.output_shape],
            "parameters": model.count_params(),
            "convolutions": sum(type(layer).__name__ == "Conv2D" for layer in flat(model.layers)),
        }
        shapes = facts["input"] == [0, 20, 20, 1] and facts["output"] == [0, 10]
        if shapes and facts["parameters"] <= 40_000 and facts["convolutions"] >= 2:
            facts["p"] = predict(model, np.random.default_rng(seed).normal(0, 3, (20, 20, 20, 1)))
            model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
            model.fit(x[..., None].astype("float32"), y, batch_size=16, epochs=10, verbose=0)
            facts["answers"] = predict(model, new_x[..., None]).argmax(axis=1)
        return facts

    return call(answer, cases, seed)


def _counted(number):
    """A whole number from 1 to a million, and nothing that only compares like one."""
    return type(number) is int and 1 <= number <= 10**6


@digit_cnn.judge
def _(answer, reference, cases):
    if _error(answer):
        return _error(answer)
    network, = (a["value"] for a in answer)
    if network["input"] != [0, 20, 20, 1]:
        return "the input shape of the network is wrong"
    if network["output"] != [0, 10]:
        return "the output shape of the network is wrong"
    if not (_counted(network["parameters"]) and network["parameters"] <= 40_000):
        return "the network has more parameters than allowed"
    if not (_counted(network["convolutions"]) and network["convolutions"] >= 2):
        return "the network has fewer than two convolutions"
    if not network["p"].min() >= 0 or not np.allclose(network["p"].sum(axis=1), 1, atol=1e-3):
        return "the ten outputs are no probabilities"
    if not (network["answers"] == cases[0][3].value).mean() >= 0.65:
        return "the network learns too little in ten epochs"
    return None


def _stack(*layers, size=(20, 20, 1)):
    return keras.Sequential([keras.Input(size), *layers])


def _conv(filters, k=3, activation="relu", **more):
    return keras.layers.Conv2D(filters, k, activation=activation, **more)


def _head(units=10, activation="softmax"):
    return [keras.layers.Flatten(), keras.layers.Dense(units, activation)]


@digit_cnn.right("strides instead of pooling")
def _():
    return _stack(_conv(16, strides=2), _conv(32, strides=2), *_head())


@digit_cnn.right("functional, batch normalisation, dropout")
def _():
    inputs = keras.Input((20, 20, 1))
    x = inputs
    for filters in (16, 32):
        x = _conv(filters, activation=None, padding="same")(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Softmax()(keras.layers.Dense(10)(x)))


@digit_cnn.right("like LeNet")
def _():
    pool = keras.layers.AveragePooling2D
    return _stack(_conv(6, 5, "tanh", padding="same"), pool(2), _conv(16, 5, "tanh"), pool(2), keras.layers.Flatten(),
                  keras.layers.Dense(84, "tanh"), keras.layers.Dense(10, "softmax"))


@digit_cnn.wrong("no softmax")
def _():
    return _stack(_conv(16, strides=2), _conv(32, strides=2), *_head(activation=None))


@digit_cnn.wrong("sigmoid for softmax")
def _():
    return _stack(_conv(16, strides=2), _conv(32, strides=2), *_head(activation="sigmoid"))


@digit_cnn.wrong("no pooling: too many parameters")
def _():
    return _stack(_conv(16), _conv(32), *_head())


@digit_cnn.wrong("one convolution")
def _():
    return _stack(_conv(16, strides=2), *_head())


@digit_cnn.wrong("no convolution")
def _():
    return _stack(keras.layers.Flatten(), keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax"))


@digit_cnn.wrong("MNIST's 28x28")
def _():
    return _stack(_conv(16, strides=2), _conv(32, strides=2), *_head(), size=(28, 28, 1))


@digit_cnn.wrong("channels first")
def _():
    return _stack(keras.layers.Permute((2, 3, 1)), _conv(16, strides=2), _conv(32, strides=2), *_head(), size=(1, 20, 20))


@digit_cnn.wrong("one output")
def _():
    return _stack(_conv(16, strides=2), _conv(32, strides=2), *_head(units=1, activation=None))


@digit_cnn.wrong("eleven classes")
def _():
    return _stack(_conv(16, strides=2), _conv(32, strides=2), *_head(units=11))


@digit_cnn.wrong("weights that start at zero never learn")
def _():
    zero = dict(strides=2, kernel_initializer="zeros")
    return _stack(_conv(8, **zero), _conv(16, **zero), *_head())


@digit_cnn.wrong("pools all places away before it looks")
def _():
    return _stack(keras.layers.MaxPooling2D(20), _conv(16, 1), _conv(32, 1), *_head())


# Task 4
train_digit_cnn = Task("train_digit_cnn", points=2)


@train_digit_cnn.cases
def _(rng):
    """Some test images have paper and ink exchanged: only a network that trained on the test part reads them."""
    x, y = _digits(rng, 570)
    train, validation, test = np.split(rng.permutation(570), (400, 450))
    x[test[:60]] = 1 - x[test[:60]]
    return [(x[..., None].astype("float32"), y, (train, validation, test), 15)]


@train_digit_cnn.probe
def _(train, cases, seed):
    import keras

    def answer(x, y, parts, epochs):
        keras.utils.set_random_seed(seed)
        layers = keras.layers
        model = keras.Sequential([keras.Input((20, 20, 1)), layers.Conv2D(12, 5, strides=2, activation="relu"),
                                  layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, activation="softmax")])
        result = train(model, x, y, parts, epochs)
        used = getattr(model, "optimizer", None)
        used = used and {"steps": int(used.iterations), "kind": type(used).__name__, "rate": float(used.learning_rate)}
        return {"result": result, "p": np.asarray(model(x)), "used": used}

    return call(answer, cases, seed)


@train_digit_cnn.judge
def _(answer, reference, cases):
    if _error(answer):
        return _error(answer)
    (mine,), ((_, y, (train, validation, test), epochs),) = answer, cases
    result, p, used = (mine["value"][key] for key in ("result", "p", "used"))
    if not isinstance(result, dict) or set(result) != {"loss", "val_loss", "accuracy"}:
        return "it returns no dict with the three keys"
    loss, val_loss, right = np.array(result["loss"], float), np.array(result["val_loss"], float), p.argmax(axis=1) == y
    if loss.shape != (epochs,) or val_loss.shape != (epochs,):
        return "there is not one loss for each epoch"
    if not (np.isfinite([loss, val_loss]).all() and 0 < min(loss.min(), val_loss.min()) and max(loss.max(), val_loss.max()) < 100):
        return "a loss is no positive number, or far too large"
    if not right[test[:60]].mean() <= 0.6:
        return "the network was trained on test images"
    if used is not None and used["steps"] != epochs * -(-len(train) // 32):
        return "the number of training steps is not that of the training part in batches of 32"
    if used is not None and not (used["kind"] == "Adam" and np.isclose(used["rate"], 0.003)):
        return "the optimiser is not Adam with the learning rate of the task"
    if right[train].mean() < 0.8 or right[test[60:]].mean() < 0.5:
        return "the model that was passed in has learned too little"
    if not (1 < loss[0] < 4 and loss[-1] < 0.6 * loss[0]):
        return "the training loss does not fall from about 2.3"
    cross_entropy = -np.log(np.maximum(p[np.arange(len(y)), y], 1e-7))
    if not np.isclose(val_loss[-1], cross_entropy[validation].mean(), rtol=1e-2):
        return "the last validation loss is not that of the validation part"
    if not np.isclose(result["accuracy"], right[test].mean(), rtol=0, atol=1e-3):
        return "the accuracy is not that of the test part"
    return "its input is modified in place" if mine.get("changed") else None


def _fit(model, x, y, train, watched, epochs, batch_size=32, optimizer=None):
    """History of a training; `watched` is the validation data."""
    model.compile(optimizer or keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x[train], y[train], batch_size=batch_size, epochs=epochs, validation_data=(x[watched], y[watched]),
                     verbose=0).history


def _share(model, x, y, part):
    return float((model.predict(x[part], verbose=0).argmax(axis=1) == y[part]).mean())


def _told(history, model, x, y, part):
    """The dict that the task asks for, with the accuracy on `part`."""
    return {"loss": history["loss"], "val_loss": history["val_loss"], "accuracy": _share(model, x, y, part)}


@train_digit_cnn.right("predicts and counts")
def _(model, x, y, parts, epochs):
    train, validation, test = parts
    history = _fit(model, x, y, train, validation, epochs)
    loss, val_loss = (np.array(history[key]) for key in ("loss", "val_loss"))
    return dict(accuracy=_share(model, x, y, test), loss=loss, val_loss=val_loss)


@train_digit_cnn.right("epoch by epoch, one-hot labels")
def _(model, x, y, parts, epochs):
    (a, b), (c, d), (e, f) = ((x[part], keras.utils.to_categorical(y[part], 10)) for part in parts)
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["acc"])
    loss, val_loss = [], []
    for _ in range(epochs):
        loss += model.fit(a, b, verbose=0).history["loss"]
        val_loss.append(model.evaluate(c, d, verbose=0)[0])
    return {"loss": loss, "val_loss": val_loss, "accuracy": model.evaluate(e, f, verbose=0)[1]}


@train_digit_cnn.wrong("trains on all images")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, np.arange(len(y)), parts[1], epochs)
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("trains on the validation part too")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, np.concatenate(parts[:2]), parts[1], epochs)
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("validates with the test part")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[2], epochs)
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("accuracy of the validation part")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs)
    return {"loss": history["loss"], "val_loss": history["val_loss"], "accuracy": history["val_accuracy"][-1]}


@train_digit_cnn.wrong("accuracy of the training part")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs)
    return {"loss": history["loss"], "val_loss": history["val_loss"], "accuracy": history["accuracy"][-1]}


@train_digit_cnn.wrong("accuracy in percent")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs)
    return {"loss": history["loss"], "val_loss": history["val_loss"], "accuracy": 100 * _share(model, x, y, parts[2])}


@train_digit_cnn.wrong("test loss for accuracy")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs)
    loss = model.evaluate(x[parts[2]], y[parts[2]], verbose=0)[0]
    return {"loss": history["loss"], "val_loss": history["val_loss"], "accuracy": loss}


@train_digit_cnn.wrong("validation accuracy for loss")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs)
    return {"loss": history["loss"], "val_loss": history["val_accuracy"], "accuracy": _share(model, x, y, parts[2])}


@train_digit_cnn.wrong("ten epochs, as in the example")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], 10)
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("one batch for all")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs, batch_size=len(y))
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("Adam at Keras's default rate")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs, optimizer="adam")
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("another optimiser at that rate")
def _(model, x, y, parts, epochs):
    history = _fit(model, x, y, parts[0], parts[1], epochs, optimizer=keras.optimizers.RMSprop(0.003))
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("images mixed without their labels")
def _(model, x, y, parts, epochs):
    mixed = x.copy()
    mixed[parts[0]] = x[np.random.default_rng(0).permutation(parts[0])]
    history = _fit(model, mixed, y, parts[0], parts[1], epochs)
    return _told(history, model, x, y, parts[2])


@train_digit_cnn.wrong("trains a copy")
def _(model, x, y, parts, epochs):
    copy = keras.models.clone_model(model)
    history = _fit(copy, x, y, parts[0], parts[1], epochs)
    return {"loss": history["loss"], "val_loss": history["val_loss"], "accuracy": _share(copy, x, y, parts[2])}


# Task 5
digit_accuracy = Task("digit_accuracy", points=2)


@digit_accuracy.cases
def _(rng):
    """Labels as rows and as columns, all right, all wrong, one image, more classes than images."""
    cases = []
    for n, classes in ((40, 10), (25, 3), (6, 12), (1, 10)):
        p = rng.dirichlet(np.ones(classes), n)
        y = np.where(rng.random(n) < 0.6, p.argmax(axis=1), rng.integers(0, classes, n))
        cases += [(p, y), (p, y[:, None])]
    p = rng.dirichlet(np.ones(5), 8)
    return cases + [(p, (p.argmax(axis=1)[:, None] + k) % 5) for k in (0, 1)]


@digit_accuracy.right("a column of answers for a column of labels")
def _(p, y):
    return np.mean(np.argmax(p, axis=-1).reshape(y.shape) == y)


@digit_accuracy.right("counts in a loop")
def _(p, y):
    return sum(int(np.argmax(row)) == int(label) for row, label in zip(p, np.ravel(y))) / len(p)


@digit_accuracy.wrong("the bug as given")
def _(p, y):
    return (p.argmax(axis=1) == y).mean()


@digit_accuracy.wrong("answers as a column, whatever the labels")
def _(p, y):
    return (p.argmax(axis=1)[:, None] == y).mean()


@digit_accuracy.wrong("any label that fits")
def _(p, y):
    return (p.argmax(axis=1) == y).any(axis=-1).mean()


@digit_accuracy.wrong("a count")
def _(p, y):
    return (p.argmax(axis=1) == y.ravel()).sum()


@digit_accuracy.wrong("percent")
def _(p, y):
    return 100 * (p.argmax(axis=1) == y.ravel()).mean()


@digit_accuracy.wrong("the share of errors")
def _(p, y):
    return (p.argmax(axis=1) != y.ravel()).mean()


@digit_accuracy.wrong("the smallest probability")
def _(p, y):
    return (p.argmin(axis=1) == y.ravel()).mean()


@digit_accuracy.wrong("probabilities above one half")
def _(p, y):
    return (p[np.arange(len(p)), y.ravel()] > 0.5).mean()


@digit_accuracy.wrong("the mean probability of the label")
def _(p, y):
    return p[np.arange(len(p)), y.ravel()].mean()


@digit_accuracy.wrong("the first label for all")
def _(p, y):
    return (p.argmax(axis=1) == y[0]).mean()


@digit_accuracy.wrong("changes the shape of the labels")
def _(p, y):
    y.resize(len(p), refcheck=False)
    return (p.argmax(axis=1) == y).mean()


# Task 6
worst_confusion = Task("worst_confusion", points=2)


@worst_confusion.cases
def _(rng):
    """Digits and other classes, ties, no error, a class without images, one image."""
    cases = []
    for n, classes in ((200, 10), (60, 4), (500, 6), (30, 10)):
        labels = rng.choice(classes, n, p=rng.dirichlet(np.ones(classes)))
        answers = np.where(rng.random(n) < 0.6, labels, rng.integers(0, classes, n))
        cases.append((labels, answers, classes))
    tied = np.array([3, 3, 0, 0, 2, 2, 2, 2]), np.array([0, 3, 2, 0, 1, 1, 0, 0])  # four shares of one half
    rare = np.array([0] * 9 + [2] * 3), np.array([0] * 5 + [1] * 4 + [1, 1, 2])    # more errors, but a smaller share
    return cases + [(*tied, 4), (*rare, 5), (np.array([4]), np.array([1]), 6), (np.arange(4), np.arange(4), 5)]


@worst_confusion.right("scikit-learn's matrix")
def _(labels, answers, classes):
    from sklearn.metrics import confusion_matrix

    shares = np.nan_to_num(confusion_matrix(labels, answers, labels=range(classes), normalize="true"))
    shares[np.eye(classes, dtype=bool)] = 0
    best = np.argmax(shares)
    return [best // classes, best % classes, shares.flat[best]] if shares.flat[best] > 0 else None


@worst_confusion.right("loops")
def _(labels, answers, classes):
    best = None
    for a in range(classes):
        for b in range(classes):
            number = sum(1 for i, j in zip(labels, answers) if (i, j) == (a, b))
            if a != b and number:
                share = number / sum(1 for i in labels if i == a)
                if best is None or share > best[2]:
                    best = (a, b, share)
    return best


def _worst(labels, answers, classes, by="label", swap=False, diagonal=False, last=False):
    """The worst pair, in a way that `by`, `swap`, `diagonal` and `last` make wrong."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (answers, labels) if swap else (labels, answers), 1)
    total = {"label": counts.sum(axis=1, keepdims=True), "answer": counts.sum(axis=0), "all": counts.sum(), "count": 1}[by]
    shares = counts / np.maximum(total, 1)
    if not diagonal:
        np.fill_diagonal(shares, 0)
    flat = shares.size - 1 - shares.ravel()[::-1].argmax() if last else shares.argmax()
    label, answer = np.unravel_index(flat, shares.shape)
    return (int(label), int(answer), float(shares.max())) if shares.any() else None


@worst_confusion.wrong("counts, not shares")
def _(labels, answers, classes):
    return _worst(labels, answers, classes, by="count")


@worst_confusion.wrong("shares of all images")
def _(labels, answers, classes):
    return _worst(labels, answers, classes, by="all")


@worst_confusion.wrong("shares of the answers")
def _(labels, answers, classes):
    return _worst(labels, answers, classes, by="answer")


@worst_confusion.wrong("rows and columns exchanged")
def _(labels, answers, classes):
    return _worst(labels, answers, classes, swap=True)


@worst_confusion.wrong("the diagonal counts as confusion")
def _(labels, answers, classes):
    return _worst(labels, answers, classes, diagonal=True)


@worst_confusion.wrong("the last of equals")
def _(labels, answers, classes):
    return _worst(labels, answers, classes, last=True)


@worst_confusion.wrong("answer before label")
def _(labels, answers, classes):
    found = _worst(labels, answers, classes)
    return found and (found[1], found[0], found[2])


@worst_confusion.wrong("the pair of the largest count with its share")
def _(labels, answers, classes):
    found = _worst(labels, answers, classes, by="count")
    return found and (*found[:2], found[2] / (labels == found[0]).sum())


@worst_confusion.wrong("zeros where nothing is confused")
def _(labels, answers, classes):
    return _worst(labels, answers, classes) or (0, 0, 0.0)


@worst_confusion.wrong("indices add only once")
def _(labels, answers, classes):
    counts = np.zeros((classes, classes))
    counts[labels, answers] += 1
    np.fill_diagonal(counts, 0)
    label, answer = np.unravel_index(counts.argmax(), counts.shape)
    return (int(label), int(answer), float(counts.max() / (labels == label).sum())) if counts.any() else None
