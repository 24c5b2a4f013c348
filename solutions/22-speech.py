"""Hidden checks of exercise 22: speech."""

import keras
import numpy as np
import scipy.signal

from course.grading import probes
from course.grading.tasks import Task

speech_power = Task("speech_power", points=2)


@speech_power.cases
def _(rng):
    """Several frames and hops, samples left over, one frame alone, frames without overlap, and a pure tone."""
    cases = [(rng.normal(size=n), frame, hop) for n, frame, hop in [(300, 64, 32), (101, 16, 8), (32, 32, 16), (90, 20, 20), (77, 12, 5)]]
    return [*cases, (np.sin(2 * np.pi * 5 * np.arange(128) / 32 + rng.uniform()), 32, 8)]


def _frames(wave, frame, hop):
    return np.stack([wave[i:i + frame] for i in range(0, len(wave) - frame + 1, hop)])


def _power(wave, frame, hop, window="periodic", parts=lambda z: z.real**2 + z.imag**2, tones=None, frames=_frames):
    """Power of each tone in each frame; the options are mistakes, or none."""
    n = np.arange(frame)
    windows = {"periodic": 0.5 - 0.5 * np.cos(2 * np.pi * n / frame), "none": np.ones(frame), "sine": np.sin(np.pi * n / frame),
               "symmetric": 0.5 - 0.5 * np.cos(2 * np.pi * n / (frame - 1)), "Hamming": 0.54 - 0.46 * np.cos(2 * np.pi * n / frame)}
    return parts(np.fft.rfft(frames(wave, frame, hop) * windows[window]))[:, :tones]


@speech_power.right("fast Fourier transform")
def _(wave, frame, hop):
    return _power(wave, frame, hop).tolist()


@speech_power.right("asks Keras")
def _(wave, frame, hop):
    angle = 2 * np.pi * np.outer(np.arange(frame), np.arange(frame // 2 + 1)) / frame
    window = scipy.signal.get_window("hann", frame)[:, None]
    y = sum(keras.ops.convert_to_numpy(keras.ops.conv(wave[None, :, None], (window * wiggle(angle))[:, None], hop)) ** 2
            for wiggle in (np.cos, np.sin))
    return y[0]


for _name, _options in {
    "without a window": {"window": "none"},
    "symmetric window": {"window": "symmetric"},
    "Hamming's window": {"window": "Hamming"},
    "half a sine as window": {"window": "sine"},
    "magnitude instead of power": {"parts": np.abs},
    "cosines alone": {"parts": lambda z: z.real**2},
    "sines alone": {"parts": lambda z: z.imag**2},
    "the sum before the square": {"parts": lambda z: (z.real + z.imag) ** 2},
    "without the highest tone": {"tones": -1},
    "a last frame filled up with zeros": {"frames": lambda w, f, h: _frames(np.pad(w, (0, h)), f, h)},
    "half a frame of zeros before": {"frames": lambda w, f, h: _frames(np.pad(w, (f // 2, 0)), f, h)},
    "frames without overlap": {"frames": lambda w, f, h: _frames(w, f, f)},
}.items():
    speech_power.wrong(_name)(lambda *case, _options=_options: _power(*case, **_options))


@speech_power.wrong("tones by frames")
def _(wave, frame, hop):
    return _power(wave, frame, hop).T


speech_decibels = Task("speech_decibels", points=1)


@speech_decibels.cases
def _(rng):
    """Several ranges, whole numbers, silence in part, one point, and a range that cuts nothing."""
    cases = [(10 ** rng.uniform(-9, 3, (6, 5)), 40.0), (10 ** rng.uniform(-2, 0, (4, 7)), 60.0), (np.array([[5.0]]), 20.0),
             (rng.integers(1, 2_000, (5, 4)), 25.0)]
    quiet = 10 ** rng.uniform(-4, 2, (8, 3))
    quiet[2:4] = 0
    return [*cases, (quiet, 30.0), (10 ** rng.uniform(-6, 6, (3, 9)), 90.0)]


def _decibels(power, span, factor=10, log=np.log10, against=np.max, floor=None):
    """Decibels below the loudest point; the options are mistakes, or none."""
    floor = -span if floor is None else floor
    with np.errstate(all="ignore"):
        y = factor * log(np.asarray(power, float) / against(power))
    return np.where(y < floor, floor, y)


@speech_decibels.right("logarithms first")
def _(power, span):
    with np.errstate(divide="ignore"):
        y = 10 * np.log10(power)
    return np.maximum(y - y.max(), -span).tolist()


@speech_decibels.right("cuts the ratio first")
def _(power, span):
    return 10 * np.log10(np.clip(power / np.max(power), 10 ** (-span / 10), None))


for _name, _options in {
    "20 for 10": {"factor": 20},
    "natural logarithm": {"log": np.log},
    "logarithm to the base 2": {"log": np.log2},
    "against the mean": {"against": np.mean},
    "against the loudest point of each frame": {"against": lambda p: p.max(axis=1, keepdims=True)},
    "against the loudest point of each tone": {"against": lambda p: p.max(axis=0, keepdims=True)},
    "not against anything": {"against": lambda p: 1.0},
    "nothing cut off": {"floor": -np.inf},
    "the range counted in bels": {"floor": -3.0},
}.items():
    speech_decibels.wrong(_name)(lambda *case, _options=_options: _decibels(*case, **_options))


@speech_decibels.wrong("scaled to 0 to 1")
def _(power, span):
    return 1 + _decibels(power, span) / span


@speech_decibels.wrong("what is too quiet becomes 0")
def _(power, span):
    y = _decibels(power, span)
    return np.where(y <= -span, 0, y)


@speech_decibels.wrong("input modified in place")
def _(power, span):
    y = _decibels(power, span)
    power[:] = y
    return y


speech_mel = Task("speech_mel", points=2)


@speech_mel.cases
def _(rng):
    """Several numbers of tones and bands, one band, bands that hold no tone, and tones at the corners."""
    cases = [(np.linspace(0, 4_000, n), bands, low, high) for n, bands, low, high in
             [(129, 20, 60.0, 4_000.0), (65, 8, 100.0, 3_500.0), (33, 1, 0.0, 4_000.0), (17, 24, 50.0, 4_000.0)]]
    return [*cases, (np.sort(rng.uniform(0, 8_000, 40)), 6, 300.0, 7_000.0), (np.array([0.0, 200.0, 700.0, 2_000.0, 4_000.0]), 3, 200.0, 4_000.0)]


def _mel(tones, bands, low, high, to=lambda f: np.log10(1 + f / 700), back=lambda m: 700 * (10**m - 1), points=2, area=False, shape=None):
    """Weights of triangles; the options are mistakes, or none."""
    edges = back(np.linspace(to(low), to(high), bands + points))
    edges = np.append(edges, edges[-1] + 100)[:bands + 2]
    tones = np.asarray(tones)[:, None]
    weights = np.clip(np.minimum((tones - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - tones) / np.diff(edges)[1:]), 0, None)
    if shape:
        weights = shape(weights)
    return weights * (2 / (edges[2:] - edges[:-2])) if area else weights


@speech_mel.right("natural logarithms")
def _(tones, bands, low, high):
    return _mel(tones, bands, low, high, to=lambda f: 1_127 * np.log(1 + f / 700), back=lambda m: 700 * np.expm1(m / 1_127))


@speech_mel.right("np.interp, band by band")
def _(tones, bands, low, high):
    edges = 700 * (10 ** (np.linspace(np.log10(1 + low / 700), np.log10(1 + high / 700), bands + 2)) - 1)
    return np.stack([np.interp(tones, edges[b:b + 3], [0, 1, 0]) for b in range(bands)], axis=1).tolist()


for _name, _options in {
    "equally wide in hertz": {"to": lambda f: f, "back": lambda m: m},
    "another scale: logarithm of the frequency": {"to": lambda f: np.log(f + 1), "back": lambda m: np.exp(m) - 1},
    "1000 for 700": {"to": lambda f: np.log10(1 + f / 1_000), "back": lambda m: 1_000 * (10**m - 1)},
    "one corner too few": {"points": 1},
    "one corner too many": {"points": 3},
    "triangles of equal area": {"area": True},
    "boxes for triangles": {"shape": lambda w: (w > 0).astype(float)},
    "squares": {"shape": lambda w: w**2},
    "high bands first": {"shape": lambda w: w[:, ::-1] if w.shape[1] > 1 else 0 * w},
    "bands by tones": {"shape": np.transpose},
    "weights that add up to 1": {"shape": lambda w: w / np.maximum(w.sum(axis=0), 1e-9)},
}.items():
    speech_mel.wrong(_name)(lambda *case, _options=_options: np.array(_mel(*case, **_options)) if "area" in _options or "shape" not in _options
                            else _options["shape"](_mel(*case)))


speech_push = Task("speech_push", points=1)


@speech_push.cases
def _(rng):
    """All signs, no push at all, whole numbers, and pushes that leave nothing."""
    pushes = [(3, 2), (-2, 1), (1, -3), (-4, -2), (0, 0), (5, 0), (0, 4), (12, 1), (2, -9)]
    return [(rng.uniform(0.1, 1, (12, 9)), *push) for push in pushes] + [(rng.integers(1, 9, (7, 5)), 2, 1)]


def _push(picture, frames, bands, silence=0):
    y = np.full_like(picture, silence)
    for t in range(len(picture)):
        for b in range(picture.shape[1]):
            if 0 <= t - frames < len(picture) and 0 <= b - bands < picture.shape[1]:
                y[t, b] = picture[t - frames, b - bands]
    return y


@speech_push.right("pads, then cuts")
def _(picture, frames, bands):
    far = max(abs(frames), abs(bands), *picture.shape)
    padded = np.pad(picture, far)
    return padded[far - frames:far - frames + picture.shape[0], far - bands:far - bands + picture.shape[1]].tolist()


@speech_push.right("as products with shifted identities")
def _(picture, frames, bands):
    return np.eye(len(picture), k=-frames) @ picture @ np.eye(picture.shape[1], k=bands)


@speech_push.wrong("what leaves comes in again")
def _(picture, frames, bands):
    return np.roll(picture, (frames, bands), axis=(0, 1))


@speech_push.wrong("sooner and lower")
def _(picture, frames, bands):
    return _push(picture, -frames, -bands)


@speech_push.wrong("sooner")
def _(picture, frames, bands):
    return _push(picture, -frames, bands)


@speech_push.wrong("lower")
def _(picture, frames, bands):
    return _push(picture, frames, -bands)


@speech_push.wrong("directions exchanged")
def _(picture, frames, bands):
    return _push(picture, bands, frames)


@speech_push.wrong("the edge is repeated")
def _(picture, frames, bands):
    t = np.clip(np.arange(len(picture)) - frames, 0, len(picture) - 1)
    return picture[t][:, np.clip(np.arange(picture.shape[1]) - bands, 0, picture.shape[1] - 1)]


@speech_push.wrong("silence is the quietest point")
def _(picture, frames, bands):
    return _push(picture, frames, bands, picture.min())


@speech_push.wrong("negative pushes do nothing")
def _(picture, frames, bands):
    return _push(picture, max(frames, 0), max(bands, 0))


@speech_push.wrong("the picture shrinks")
def _(picture, frames, bands):
    return picture[max(-frames, 0):len(picture) - max(frames, 0), max(-bands, 0):picture.shape[1] - max(bands, 0)]


@speech_push.wrong("input modified in place")
def _(picture, frames, bands):
    picture[:] = _push(picture, frames, bands)
    return picture


speech_network = Task("speech_network", points=2, probe=probes.network)


@speech_network.cases
def _(rng):
    """Odd and even sizes, one to three convolutions, other numbers of classes."""
    return [(13, 8, (4, 6), 10), (16, 10, (5,), 3), (21, 17, (3, 4, 5), 4)]


def _network(frames, bands, filters, classes, strides=2, padding="same", activation="relu", size=3, rate=0.3, last="softmax",
             pool=lambda x: keras.ops.mean(x, axis=1)):
    """The network of the chapter without batch normalisation; the options are mistakes, or none."""
    x = inputs = keras.Input((frames, bands, 1))
    for n in filters:
        x = keras.layers.Conv2D(n, size, strides, padding=padding, activation=activation)(x)
    y = keras.layers.Flatten()(pool(x))
    y = keras.layers.Dropout(rate)(y) if rate else y
    return keras.Model(inputs, keras.layers.Dense(classes, activation=last)(y))


@speech_network.right("average pooling as tall as the map")
def _(frames, bands, filters, classes):
    model = keras.Sequential([keras.Input((frames, bands, 1))])
    for n in filters:
        model.add(keras.layers.Conv2D(n, 3, 2, "same"))
        model.add(keras.layers.ReLU())
    model.add(keras.layers.AveragePooling2D((model.output_shape[1], 1)))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dropout(0.3))
    model.add(keras.layers.Dense(classes))
    model.add(keras.layers.Softmax())
    return model


@speech_network.right("reshape and a 1-D mean")
def _(frames, bands, filters, classes):
    def pool(x):
        return keras.layers.GlobalAveragePooling1D()(keras.layers.Reshape((x.shape[1], x.shape[2] * x.shape[3]))(x))

    return _network(frames, bands, filters, classes, pool=pool)


for _name, _options in {
    "the mean over frequency": {"pool": lambda x: keras.ops.mean(x, axis=2)},
    "the mean over both": {"pool": lambda x: keras.ops.mean(x, axis=(1, 2))},
    "the mean over the maps": {"pool": lambda x: keras.ops.mean(x, axis=3)},
    "the maximum over time": {"pool": lambda x: keras.ops.max(x, axis=1)},
    "the sum over time": {"pool": lambda x: keras.ops.sum(x, axis=1)},
    "no mean at all": {"pool": lambda x: x},
    "no stride": {"strides": 1},
    "stride in time only": {"strides": (2, 1)},
    "valid padding": {"padding": "valid"},
    "no ReLU": {"activation": None},
    "no dropout": {"rate": 0},
    "dropout of 0.5": {"rate": 0.5},
    "no softmax": {"last": None},
    "sigmoid for softmax": {"last": "sigmoid"},
    "5x5 kernels": {"size": 5},
}.items():
    speech_network.wrong(_name)(lambda *case, _options=_options: _network(*case, **_options))


speech_folds = Task("speech_folds", points=2)


@speech_folds.cases
def _(rng):
    """Speakers that leave their mark on everything, unequal numbers of recordings, numbers that are not in order, two speakers."""
    cases = []
    for names, counts, mark in [((3, 1, 2), (12, 9, 15), 3.0), ((9, 7, 5, 4, 0), (8, 8, 8, 8, 8), 1.0), ((1, 4), (10, 14), 0.5),
                               ((6, 2, 4, 1), (20, 6, 9, 11), 2.0)]:
        who = np.repeat(names, counts)
        digit = rng.integers(0, 4, len(who))
        marks = dict(zip(names, rng.normal(0, mark, (len(names), 6))))
        x = rng.normal(0, 1.5, (4, 6))[digit] + np.stack([marks[name] for name in who]) + rng.normal(0, 0.7, (len(who), 6))
        order = rng.permutation(len(who))
        cases.append((x[order], digit[order], who[order]))
    return cases


def _folds(x, y, who, allowed=lambda who, i: who != who[i], order=np.unique, measure=lambda d: (d**2).sum(axis=-1), middle=None, judge=np.mean):
    """Accuracy of each speaker by the nearest recording; the options are mistakes, or none."""
    x = middle(x) if middle else x
    said = []
    for i in range(len(x)):
        distance = np.where(allowed(who, i), measure(x - x[i]), np.inf)
        said.append(y[distance.argmin()])
    return np.array([judge((np.array(said) == y)[who == name]) for name in order(who)])


@speech_folds.right("speaker by speaker")
def _(x, y, who):
    accuracies = []
    for name in sorted(set(who.tolist())):
        x_train, y_train = x[who != name], y[who != name]
        said = [y_train[np.linalg.norm(x_train - row, axis=1).argmin()] for row in x[who == name]]
        accuracies.append(float(np.mean(np.array(said) == y[who == name])))
    return accuracies


@speech_folds.right("scikit-learn")
def _(x, y, who):
    from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    return cross_val_score(KNeighborsClassifier(1), x, y, groups=who, cv=LeaveOneGroupOut())


for _name, _options in {
    "the bug left in": {"allowed": lambda who, i: np.arange(len(who)) != i},
    "nothing left out": {"allowed": lambda who, i: np.full(len(who), True)},
    "asks only the same speaker": {"allowed": lambda who, i: (who == who[i]) & (np.arange(len(who)) != i)},
    "only the next speaker trains": {"allowed": lambda who, i: who == np.unique(who)[(np.unique(who).tolist().index(who[i]) + 1) % len(np.unique(who))]},
    "speakers in the order of appearance": {"order": lambda who: list(dict.fromkeys(who.tolist()))},
    "speakers backwards": {"order": lambda who: np.unique(who)[::-1]},
    "the sum of the differences": {"measure": lambda d: d.sum(axis=-1)},
    "the largest difference": {"measure": lambda d: np.abs(d).max(axis=-1)},
    "errors instead of right answers": {"judge": lambda hits: 1 - hits.mean()},
    "counts instead of shares": {"judge": np.sum},
}.items():
    speech_folds.wrong(_name)(lambda *case, _options=_options: _folds(*case, **_options))


@speech_folds.wrong("one accuracy for all")
def _(x, y, who):
    return np.full(len(np.unique(who)), _folds(x, y, who).mean())
