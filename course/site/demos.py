"""What the live demos need and a command makes: the networks of *draw a digit* and *capture Go*, and still pictures of all."""

import base64
import json
import math
from pathlib import Path

import numpy as np

from .. import ROOT, whole_file
from .sphinx_demos import DEMOS

FOLDER = ROOT / "book" / "_static" / "demos"
FILE, PLAYER = FOLDER / "digits.js", FOLDER / "go-player.js"
NAMES = tuple(DEMOS)
EPOCHS, BATCH, HELD_OUT, SEED = 10, 128, 0.1, 42  # as chapter 11 trains it, so that its kept training will do
GAMES, LESSONS, PEAK = 800, 12, 3e-3  # as chapter 21 trains the player of capture Go: games, epochs, learning rate
BITS = 23  # of a weight, without its sign: as many as a float32 has


def fixed(array):
    """Write an array as whole numbers of 24 bits and one power of two.

    A float32 also has 24 bits for its digits. So the largest weights of a tensor keep them all, and a small one is off by
    at most 2**-24 of the largest. A base64 text of float32 would not fit into 300 kB; this does.

    Parameters
    ----------
    array : numpy.ndarray
        Any shape, finite.

    Returns
    -------
    bytes
        Three for each number, low byte first, two's complement.
    float
        What to multiply the whole numbers with.
    """
    largest = float(np.abs(array).max(initial=0))
    exponent = math.frexp(largest)[1] if largest else 0  # largest < 2**exponent
    whole = np.rint(np.asarray(array, np.float64) * 2.0 ** (BITS - exponent))
    whole = np.clip(whole, -(2**BITS) + 1, 2**BITS - 1).astype("<i4")
    return whole.reshape(-1, 1).view(np.uint8)[:, :3].tobytes(), 2.0 ** (exponent - BITS)


def read(path=FILE):
    """Read a file that `export` wrote.

    Returns
    -------
    dict
        Whatever the file says, and ``weights``, a list of float32 arrays in the order of ``model.get_weights()``.
    """
    content = json.loads(Path(path).read_text().partition(" = ")[2].rstrip().rstrip(";"))
    raw = np.frombuffer(base64.b64decode(content["data"]), np.uint8).reshape(-1, 3)
    whole = np.zeros((len(raw), 4), np.uint8)
    whole[:, 1:] = raw  # the three bytes become the upper ones of an int32, so the sign is right
    numbers = whole.view("<i4")[:, 0] >> 8
    weights, start = [], 0
    for tensor in content["tensors"]:
        count = math.prod(tensor["shape"])
        weights.append((numbers[start:start + count] * tensor["scale"]).astype("float32").reshape(tensor["shape"]))
        start += count
    return content | {"weights": weights}


def _use_kept(trainings):
    """Let `fit` take what is kept in a folder of trainings, if one is named."""
    if trainings:
        from ..chapters import resume

        resume.install(trainings)


def export(path=FILE, trainings=None, epochs=EPOCHS, images=None):
    """Train the network on MNIST, or take its kept training, and write it as a script.

    Parameters
    ----------
    path : path
        The script to write.
    trainings : path, optional
        Folder of the kept trainings, see `course.chapters.resume`.
    epochs : int
    images : int, optional
        Use that many images for training (for a test); all by default.

    Returns
    -------
    dict
        accuracy, the share of right answers on the 10,000 test digits with the weights as written; difference, the largest
        difference of a probability between the weights as trained and as written.
    """
    import keras

    from ..cells.lenet import lenet  # chapter 11's

    _use_kept(trainings)
    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
    x, x_test = x[:images, ..., None].astype("float32") / 255, x_test[..., None].astype("float32") / 255
    keras.utils.set_random_seed(SEED)
    model = lenet()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y[:images], batch_size=BATCH, epochs=epochs, validation_split=HELD_OUT, verbose=2)

    before = model.predict(x_test, batch_size=1000, verbose=0)
    content = {
        "trained": f"{epochs} epochs of Adam in batches of {BATCH} on {round(len(x) * (1 - HELD_OUT)):,d} MNIST digits, "
                   f"seed {SEED}, Keras {keras.__version__}",
        "examples": base64.b64encode(examples(x_test, y_test)).decode(),
    } | packed(model)
    write(content, path)
    model.set_weights(read(path)["weights"])
    after = model.predict(x_test, batch_size=1000, verbose=0)
    accuracy = float((after.argmax(axis=1) == y_test).mean())
    write({"accuracy": round(accuracy, 4)} | content, path)
    return {"accuracy": accuracy, "difference": float(np.abs(after - before).max())}


def examples(images, labels):
    """The first test digit of each class, 28x28 bytes each, zero first."""
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    return np.rint(images[first] * 255).astype(np.uint8).tobytes()


def packed(model):
    """The weights of a model as ``tensors`` and ``data``: see `fixed`."""
    weights = model.get_weights()
    parts = [fixed(array) for array in weights]
    return {"tensors": [{"shape": list(array.shape), "scale": scale} for array, (_, scale) in zip(weights, parts)],
            "data": base64.b64encode(b"".join(data for data, _ in parts)).decode()}


def export_player(path=PLAYER, trainings=None, games=GAMES, epochs=LESSONS):
    """Train the player of capture Go as chapter 21 does, or take its kept training, and write it as a script.

    Parameters
    ----------
    path : path
        The script to write.
    trainings : path, optional
        Folder of the kept trainings, see `course.chapters.resume`.
    games : int
        Games of the search against itself, from which the network learns.
    epochs : int

    Returns
    -------
    dict
        random and search, the share of 400 games that the network wins against each, with the weights as written;
        difference, the largest difference of a probability between the weights as trained and as written.
    """
    import keras

    from ..cells import go

    _use_kept(trainings)
    boards, best = go.lessons(games, 7, seed=1)
    mixed = np.random.default_rng(3).permutation(len(boards))
    boards, best = boards[mixed], best[mixed]
    keras.utils.set_random_seed(SEED)
    model = go.policy(7, 3, 32, 6)
    rate = keras.optimizers.schedules.CosineDecay(PEAK, epochs * math.ceil(len(boards) / BATCH))
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy")
    model.fit(go.planes(boards), go.shared(best), batch_size=BATCH, epochs=epochs, verbose=2)

    def player(boards):
        return np.asarray(model(go.planes(boards))).reshape(boards.shape)

    before = player(boards[:2_000])
    content = {"trained": f"{epochs} epochs of Adam in batches of {BATCH} on {len(boards):,d} positions, seed {SEED}, "
                          f"Keras {keras.__version__}"} | packed(model)
    write(content, path, "player")
    model.set_weights(read(path)["weights"])
    shares = {name: float(go.match(player, opponent, 400, 7, seed=11))
              for name, opponent in (("random", lambda boards: np.zeros(boards.shape)), ("search", go.search))}
    write(shares | content, path, "player")
    return shares | {"difference": float(np.abs(player(boards[:2_000]) - before).max())}


def write(content, path, name="digits"):
    """Write what a demo reads as ``courseDemos.name``."""
    with whole_file(path) as file:
        file.write(f"courseDemos.{name} = {json.dumps(content)};\n".encode())


# The theme's colours in its light mode, for a page without the theme.
COLOURS = """:root { --pst-color-text-base: #222832; --pst-color-text-muted: #48566b; --pst-color-background: #ffffff;
--pst-color-surface: #f3f4f5; --pst-color-border: #d1d5da; --pst-color-primary: #0a7d91; } body { font-family: sans-serif; }"""
# What a still picture does not show: that which works only alive.
LEFT_OUT = (".demo-title, .demo-hint, .demo-fields, .demo-buttons, .demo-own, .demo-sliders, .demo-key, "
            ".demo-field:not(.demo-weights .demo-field)")


def page(path):
    """Write a page that holds every demo and nothing else; it works from the file system."""
    scripts = "".join(f'<script defer src="{(FOLDER / name).as_uri()}.js"></script>' for name in ("arithmetic", "ui", *NAMES))
    tags = "".join(f"<course-{name}><p>Words.</p></course-{name}>" for name in NAMES)
    path.write_text(f'''<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Demos</title><style>{COLOURS}</style>
<link rel="stylesheet" href="{(FOLDER / "demos.css").as_uri()}">{scripts}
<main class="bd-article-container"><h1>Demos</h1>{tags}</main></html>''')


def stills(browser, path):
    """Photograph each demo, without its fields, for readers without scripts.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    path : path
        Where the page for that may be written.
    """
    page(path)
    tab = browser.new_page(viewport={"width": 720, "height": 900})
    tab.goto(path.as_uri())
    tab.add_style_tag(content=f"{LEFT_OUT} {{ display: none !important; }}")
    tab.evaluate("document.querySelector('course-sliding-kernel').go(1, 1)")
    tab.evaluate("document.querySelector('course-draw-digit').take(2)")
    tab.wait_for_function("document.querySelector('course-draw-digit').probabilities")
    tab.evaluate("document.querySelector('course-capture-go').wake()")
    tab.wait_for_function("document.querySelector('course-capture-go').weights")
    tab.evaluate("""() => {
        const demo = document.querySelector("course-capture-go");
        for (const point of [24, 17, 18, 25, 31]) demo.put(point);
        demo.colour = -1;
        demo.open.control.checked = true;
        demo.show();
    }""")
    for name in NAMES:
        tab.locator(f"course-{name}").screenshot(path=FOLDER / f"{name}.png")
    tab.close()
