"""The live demos in a real browser: their arithmetic is Keras's, and the keyboard alone drives them."""

import base64
import gzip
import html
import json
import re
import types

import keras
import numpy as np
import pytest

from course import ROOT
from course.chapters import data
from course.site import demos, sphinx_demos
from course.site.browser import CHROMIUM
from course.cells import go
from course.cells.alexnet import alexnet as build_alexnet
from course.cells.ledger import ledger, totals
from course.cells.lenet import lenet as build_lenet

pytest.importorskip("playwright", reason="Playwright is missing (pip install playwright): no demo was tested")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is missing (Debian: apt install chromium)")

FOLDER, NAMES = demos.FOLDER, demos.NAMES
L = keras.layers
PAUSE = 700  # milliseconds after which a screen reader is told


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with every demo, opened from the file system."""
    path = tmp_path_factory.mktemp("demos") / "page.html"
    demos.page(path)
    return path.as_uri()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: message.type == "error" and errors.append(message.text))
    tab.goto(address)
    yield tab
    context.close()
    assert not errors


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def shown(value):
    """A number as the demos write it: two decimals at most."""
    return pytest.approx(value, abs=0.00501)


# ---------------------------------------------------------------------------------------------------------- arithmetic

def random_convolutions(count):
    rng = np.random.default_rng(7)
    for _ in range(count):
        kernel = rng.integers(-4, 5, rng.integers(1, 6, 2))
        stride, dilation = [(int(rng.integers(1, 5)), 1), (1, int(rng.integers(1, 4)))][rng.integers(2)]
        padding = ["valid", "same", "explicit"][rng.integers(3)]
        before, after = (int(n) for n in rng.integers(0, 4, 2))
        yield {"image": rng.integers(-9, 10, rng.integers(3, 13, 2)).tolist(), "kernel": kernel.tolist(), "stride": stride,
               "dilation": dilation, "padding": padding, "before": before, "after": after,
               "operation": ["correlation", "convolution"][rng.integers(2)]}


def by_keras(case):
    """The map that Keras makes of a case, or None when the kernel does not fit."""
    image, kernel = (np.array(case[key], "float32") for key in ("image", "kernel"))
    if case["operation"] == "convolution":
        kernel = kernel[::-1, ::-1]
    padding = case["padding"]
    if padding == "explicit":
        image, padding = np.pad(image, (case["before"], case["after"])), "valid"
    if padding == "valid" and any(case["dilation"] * (k - 1) + 1 > n for n, k in zip(image.shape, kernel.shape)):
        return None
    result = keras.ops.conv(image[None, ..., None], kernel[..., None, None].copy(), strides=case["stride"], padding=padding,
                            dilation_rate=case["dilation"])
    return keras.ops.convert_to_numpy(result)[0, ..., 0]


SHOW_CONVOLUTIONS = """cases => {
    const demo = document.querySelector("course-sliding-kernel");
    const texts = table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent));
    return cases.map(({at, ...settings}) => {
        demo.set(settings);
        if (at) demo.go(...at);
        return {map: texts(demo.output.node), products: texts(demo.products.node).flat(), sum: demo.sum.lastChild.textContent,
                problem: demo.problem.textContent,
                windows: demo.input.node.querySelectorAll(".demo-window").length, padded: demo.input.node.querySelectorAll(".demo-padding").length};
    });
}"""


def test_the_sliding_kernel_shows_what_keras_computes(page):
    cases = list(random_convolutions(400))
    expected = [by_keras(case) for case in cases]
    rng = np.random.default_rng(8)
    for case, result in zip(cases, expected):
        if result is not None:
            case["at"] = [int(rng.integers(n)) for n in result.shape]
    fitting = 0
    for case, result, seen in zip(cases, expected, page.evaluate(SHOW_CONVOLUTIONS, cases)):
        if result is None:
            assert seen["map"] == [] and "does not fit" in seen["problem"], case
            continue
        fitting += 1
        assert [[number(text) for text in row] for row in seen["map"]] == result.tolist(), case
        products = [number(text.split("= ")[1]) for text in seen["products"]]
        assert number(seen["sum"]) == sum(products) == result[tuple(case["at"])], case
        assert seen["windows"] == len(products) == np.size(case["kernel"]), case
    assert fitting > 250
    assert len({(case["padding"], case["operation"]) for case in cases}) == 6
    # The frame of Keras's `same` is one cell longer at the end: what makes the settings above worth testing.
    assert page.evaluate("courseDemos.arithmetic.side(6, 3, 2, 'same')") == {"size": 3, "before": 0, "after": 1, "extent": 3}


def test_the_lectures_examples(page):
    def chosen(preset):
        page.evaluate("key => document.querySelector('course-sliding-kernel').preset(key)", preset)
        rows = page.locator("course-sliding-kernel table[role=grid] tr").all()
        return [[int(number(text)) for text in row.locator("td").all_text_contents()] for row in rows]

    figures = (ROOT / "course" / "figures.csv").read_text()
    for figure in ("M05", "M06", "H01"):  # the numbers stand in the table of figures
        line = next(line for line in figures.splitlines() if line.startswith(figure))
        assert json.dumps(chosen(figure)).replace(" ", "") in line
    assert chosen("M04") == [[14, -12, 25], [17, -14, -7], [-14, 24, -3]]  # two signs of the slide are wrong: erratum E3
    assert chosen("S01")[0] == [1, 5, 2, 10] and chosen("S01")[1][0] == 7
    assert chosen("H02")[0] == [3, -3]
    assert chosen("flip")[1:4] == [[0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 7, 8, 9, 0]]  # a true convolution copies the kernel


def test_pooling_shows_what_keras_computes(page):
    rng = np.random.default_rng(9)
    cases = []
    for _ in range(300):
        shape = rng.integers(2, 11, 2)
        cases.append({"image": (rng.permutation(np.prod(shape)) - 20).reshape(shape).tolist(), "size": int(rng.integers(1, 6)),
                      "stride": int(rng.integers(1, 6)), "padding": ["valid", "same"][rng.integers(2)], "kind": ["max", "average"][rng.integers(2)]})
    seen = page.evaluate("""cases => {
        const demo = document.querySelector("course-pooling");
        const count = kind => demo.input.node.querySelectorAll(kind).length;
        return cases.map(settings => {
            demo.set(settings);
            return {map: [...demo.output.node.rows].map(row => [...row.cells].map(cell => cell.textContent)),
                    kept: count(".demo-kept"), lost: count(".demo-lost"), unread: count(".demo-unread"), words: demo.lost.textContent};
        });
    }""", cases)
    fitting = 0
    for case, found in zip(cases, seen):
        image = np.array(case["image"], "float32")
        if case["padding"] == "valid" and case["size"] > min(image.shape):
            assert found["map"] == []
            continue
        fitting += 1
        layer = (L.MaxPooling2D if case["kind"] == "max" else L.AveragePooling2D)(case["size"], case["stride"], case["padding"])
        result = keras.ops.convert_to_numpy(layer(image[None, ..., None]))[0, ..., 0]
        assert [[number(text) for text in row] for row in found["map"]] == [[shown(value) for value in row] for row in result.tolist()], case
        # A value that can change nothing is never read. One whose own increase changes nothing was thrown away.
        ones = [np.eye(image.size)[i].reshape(image.shape) for i in range(image.size)]
        pooled = np.ravel(L.AveragePooling2D(case["size"], case["stride"], case["padding"])(np.stack(ones)[..., None].astype("float32")))
        unread = image.size - np.count_nonzero(pooled.reshape(image.size, -1).any(axis=1))
        assert found["unread"] == unread, case
        told = re.search(r"(\d+) (?:is|are) never read", found["words"])
        assert (int(told[1]) if told else 0) == unread, case
        assert found["words"].startswith(f"{image.size} values in, {result.size} out.")
        if case["kind"] == "max":  # all values differ, so a value that the output shows was kept
            assert found["kept"] == len(np.unique(result)) and found["lost"] == image.size - found["kept"] - unread, case
    assert fitting > 200


def layer_of(settings):
    """The Keras layer of a row of the size calculator."""
    kind, s = settings["kind"], settings
    window = {"strides": s.get("stride"), "padding": s.get("padding")}
    match kind:
        case "Conv2D":
            return L.Conv2D(s["filters"], s["kernel"], dilation_rate=s["dilation"], groups=s["groups"], use_bias=s["bias"], **window)
        case "DepthwiseConv2D":
            return L.DepthwiseConv2D(s["kernel"], dilation_rate=s["dilation"], use_bias=s["bias"], **window)
        case "SeparableConv2D":
            return L.SeparableConv2D(s["filters"], s["kernel"], dilation_rate=s["dilation"], use_bias=s["bias"], **window)
        case "MaxPooling2D" | "AveragePooling2D":
            return getattr(L, kind)(s["kernel"], **window)
        case "ZeroPadding2D":
            return L.ZeroPadding2D(s["cells"])
        case "Dense":
            return L.Dense(s["units"], use_bias=s["bias"])
        case "Activation":
            return L.Activation("relu")
        case "Dropout":
            return L.Dropout(0.5)
    return getattr(L, kind)()


def random_network(rng):
    """Input and settings of layers; they need not fit together."""
    def pick(*values):
        return values[rng.integers(len(values))]

    layers = []
    for _ in range(rng.integers(1, 7)):
        kind = pick("Conv2D", "Conv2D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D", "ZeroPadding2D",
                    "BatchNormalization", "Activation", "Dropout", "Dense")
        slides = {"kernel": pick(1, 2, 3, 5), "stride": pick(1, 1, 2, 3), "padding": pick("valid", "same")}
        more = {"dilation": pick(1, 1, 2) if slides["stride"] == 1 else 1, "bias": pick(True, True, False)}
        layers.append({"kind": kind} | {
            "Conv2D": slides | more | {"filters": pick(2, 4, 6), "groups": pick(1, 1, 1, 2)}, "DepthwiseConv2D": slides | more,
            "SeparableConv2D": slides | more | {"filters": pick(2, 4, 6)}, "MaxPooling2D": slides, "AveragePooling2D": slides,
            "ZeroPadding2D": {"cells": pick(1, 2)}, "Dense": {"units": pick(3, 4), "bias": pick(True, False)}}.get(kind, {}))
    for kind in pick(("Flatten",), ("GlobalAveragePooling2D", "BatchNormalization"), ()):
        layers.append({"kind": kind})
    if layers[-1]["kind"] in ("Flatten", "BatchNormalization"):
        layers += [{"kind": "Dense", "units": 5, "bias": True}, {"kind": "Dropout"}, pick({"kind": "Flatten"}, {"kind": "Activation"})]
    return {"input": [int(n) for n in (*rng.integers(6, 30, 2), pick(1, 2, 4))], "layers": layers}


def build(network):
    """The Keras model of a network, and the layer at which Keras refuses it, or None."""
    x = inputs = keras.Input(network["input"])
    for i, settings in enumerate(network["layers"]):
        try:
            x = layer_of(settings)(x)
        except ValueError:
            return keras.Model(inputs, x), i
        if 0 in x.shape[1:]:
            return None, i
    return keras.Model(inputs, x), None


@pytest.fixture
def zeros_instead_of_random_weights(monkeypatch):
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", lambda self, shape, dtype=None, **_: keras.ops.zeros(shape, dtype))


SHOW_NETWORKS = """networks => {
    const demo = document.querySelector("course-size-calculator");
    const { ledger, totals } = courseDemos.arithmetic;
    return networks.map(network => {
        if (typeof network === "string") demo.preset(network); else demo.set(network);
        const rows = ledger(demo.input, demo.layers);
        const texts = [...demo.body.rows].map(row => [...row.cells].map(cell => cell.textContent));
        const again = courseDemos.networks.read(courseDemos.networks.write(demo.input, demo.layers));
        return {rows: rows.map(row => ({...row, field: row.field && row.field.map(r => r === Infinity ? "all" : r)})),
                totals: totals(rows), texts, words: demo.sums.textContent,
                same: JSON.stringify(again) === JSON.stringify({input: demo.input, layers: again.layers})
                    && courseDemos.networks.write(again.input, again.layers) === courseDemos.networks.write(demo.input, demo.layers)};
    });
}"""


def counted(rows):
    """The sums that the calculator shows: all but what a training step keeps, which it does not count."""
    return {name: value for name, value in totals(rows).items() if name != "kept"}


def assert_equal_costs(found, model):
    rows = ledger(model)
    assert len(found["rows"]) == len(rows)
    for seen, text, row in zip(found["rows"], found["texts"], rows):
        field = ["all", "all"] if np.isinf(row["field"][0]) else list(row["field"])
        assert seen["shape"] == list(row["shape"]) and seen["field"] == field
        assert [seen[key] for key in ("parameters", "macs", "bytes", "alive")] == [row[key] for key in ("parameters", "macs", "bytes", "alive")]
        assert seen["jump"] == (row["jump"] and list(row["jump"]))
        assert text[1:4] == ["×".join(map(str, row["shape"])), f"{row['parameters']:,d}", f"{row['macs']:,d}"]
        assert number(text[4]) == pytest.approx(row["bytes"] / 1024, abs=0.0501)
        assert text[5:] == [str(field[0]), str(row["jump"][0]) if row["jump"] else "–"]
    assert found["totals"] == counted(rows)
    assert f"{totals(rows)['parameters']:,d} parameters" in found["words"]


def test_the_size_calculator_agrees_with_the_ledger(page, zeros_instead_of_random_weights):
    rng = np.random.default_rng(10)
    networks = [random_network(rng) for _ in range(200)]
    whole = 0
    for network, found in zip(networks, page.evaluate(SHOW_NETWORKS, networks)):
        assert found["same"], network
        model, refused = build(network)
        if refused is None:
            assert not any("error" in row for row in found["rows"]), network
            assert_equal_costs(found, model)
            assert found["totals"]["parameters"] == model.count_params()
            whole += 1
        else:
            assert [i for i, row in enumerate(found["rows"]) if row.get("error")] == [refused + 1], network
    assert whole > 120


def test_known_networks(page, zeros_instead_of_random_weights):
    lenet, lenet5, alexnet, vgg16 = page.evaluate(SHOW_NETWORKS, ["lenet", "lenet-5", "alexnet", "vgg-16"])
    assert_equal_costs(lenet, build_lenet())
    assert_equal_costs(alexnet, build_alexnet())
    assert lenet["totals"]["parameters"] == lenet5["totals"]["parameters"] == 61_706  # chapters 5 and 7
    assert vgg16["totals"] == counted(ledger(keras.applications.VGG16(weights=None)))


def test_the_receptive_field_is_what_a_pixel_can_change(page):
    rng = np.random.default_rng(11)
    cases = []
    while len(cases) < 120:
        n, layers, sizes = int(rng.integers(5, 20)), [], []
        x = keras.Input((n, n, 1))
        for _ in range(rng.integers(1, 4)):
            stride = int(rng.integers(1, 4))
            layer = {"kind": "convolution", "kernel": int(rng.integers(1, 5)), "stride": stride, "padding": ["valid", "same"][rng.integers(2)],
                     "dilation": int(rng.integers(1, 4)) if stride == 1 else 1}
            length = sizes[-1] if sizes else n
            if layer["padding"] == "valid" and layer["dilation"] * (layer["kernel"] - 1) + 1 > length:
                break
            layers.append(layer)
            sizes.append(-(-length // stride) if layer["padding"] == "same" else (length - layer["dilation"] * (layer["kernel"] - 1) - 1) // stride + 1)
        if layers:
            cases.append({"n": n, "layers": layers, "at": [int(i) for i in rng.integers(0, sizes[-1], 2)]})
    seen = page.evaluate("""cases => {
        const demo = document.querySelector("course-receptive-field");
        return cases.map(({n, layers, at}) => {
            demo.set({n, layers});
            demo.go(layers.length, ...at);
            const paths = [0, 1].map(axis => courseDemos.arithmetic.paths(n, layers, layers.length, at[axis])[0]);
            const marked = [...demo.grids[0].node.rows].map(row => [...row.cells].map(cell => Number(cell.className === "demo-seen")));
            return {paths, marked, words: demo.words.textContent};
        });
    }""", cases)
    for case, found in zip(cases, seen):
        # With all weights one, the map of an image that is 1 in a single row counts the paths from that row (and so for columns).
        n, counts = case["n"], []
        for axis, place in enumerate(case["at"]):
            x = np.eye(n, dtype="float32")[:, :, None]  # image i is 1 at place i
            for layer in case["layers"]:
                x = keras.ops.conv(x, np.ones((layer["kernel"], 1, 1), "float32"), strides=layer["stride"], padding=layer["padding"],
                                   dilation_rate=layer["dilation"])
            counts.append(keras.ops.convert_to_numpy(x)[:, place, 0])
        assert found["paths"] == [list(map(int, count)) for count in counts], case
        expected = np.outer(counts[0] > 0, counts[1] > 0)
        assert found["marked"] == expected.astype(int).tolist(), case
        assert f"It sees {expected.sum()} of {n * n} pixels" in found["words"]
    model = keras.Sequential([keras.Input((16, 16, 1)), L.Conv2D(1, 3), L.MaxPooling2D(2), L.Conv2D(1, 3)])
    page.evaluate("document.querySelector('course-receptive-field').preset('pool')")
    row = ledger(model)[-1]
    assert f"r = {row['field'][0]}, jump j = {row['jump'][0]}" in page.locator("course-receptive-field .demo-sum").text_content()


# --------------------------------------------------------------------------------------------------------------- digits

@pytest.fixture(scope="module")
def digits():
    """The MNIST test digits, or those of the stand-in, from 0 to 1, with their labels; and whether they are real."""
    source = data.checked_source()
    if source == "download":
        _, (images, labels) = keras.datasets.mnist.load_data()
    else:
        _, (images, labels) = data.stand_in("mnist") if source == "stand-in" else data.load("mnist", source)
    return images[..., None].astype("float32") / 255, labels, source != "stand-in"


@pytest.fixture(scope="module")
def network():
    model = build_lenet()
    model.set_weights(demos.read()["weights"])
    return model


def test_the_page_runs_lenet_as_keras_does(page, digits, network):
    images, _, _ = digits
    page.evaluate("document.querySelector('course-draw-digit').wake()")
    page.wait_for_function("document.querySelector('course-draw-digit').weights")
    runs = page.evaluate("""images => images.map(pixels => {
        const {maps, probabilities} = courseDemos.arithmetic.lenet(document.querySelector("course-draw-digit").weights, pixels);
        return [...maps.map(map => Array.from(map.values)), probabilities];
    })""", [image.ravel().tolist() for image in images[:100]])
    outputs = keras.Model(network.inputs[0], [layer.output for layer in network.layers if not isinstance(layer, L.Flatten)])(images[:100])
    assert len(runs[0]) == len(outputs) == 7
    largest = [max(np.abs(np.array(run[i]) - np.ravel(output[n])).max() for n, run in enumerate(runs)) for i, output in enumerate(outputs)]
    assert largest[-1] < 1e-5 and max(largest) < 1e-4, largest  # probabilities; feature maps, which reach 10 and more


def test_the_weights_are_those_of_a_trained_network(digits, network):
    images, labels, real = digits
    content = demos.read()
    assert demos.FILE.stat().st_size < 300_000
    assert sum(weights.size for weights in content["weights"]) == 61_706
    assert content["accuracy"] > 0.98
    if not real:
        pytest.skip("the stand-in holds no digits: the accuracy was not measured again")
    accuracy = (network.predict(images, batch_size=1000, verbose=0).argmax(axis=1) == labels).mean()
    assert accuracy == pytest.approx(content["accuracy"], abs=2e-4)


def test_fixed_numbers_keep_what_a_float_keeps(tmp_path):
    rng = np.random.default_rng(12)
    for array in (rng.normal(0, 0.1, (5, 4)).astype("float32"), np.zeros(3, "float32"), np.array([1.0, -1.0, 0.5], "float32")):
        raw, scale = demos.fixed(array)
        content = {"tensors": [{"shape": list(array.shape), "scale": scale}], "data": base64.b64encode(raw).decode()}
        demos.write(content, tmp_path / "w.js")
        (again,) = demos.read(tmp_path / "w.js")["weights"]
        assert again.shape == array.shape and np.abs(again - array).max() <= np.abs(array).max() * 2.0**-23


def test_a_drawing_becomes_a_digit_like_mnists(page, digits, network):
    images, labels, real = digits
    if not real:
        pytest.skip("the stand-in holds no digits")
    moved = [np.pad(np.kron(image[..., 0], np.ones((3, 3))), ((6, 30), (24, 12))) for image in images[:50]]  # large, and off the centre
    drawn = page.evaluate("""drawings => drawings.map(
        ([ink, height, width]) => Array.from(courseDemos.arithmetic.likeMnist(ink, width, height)))""",
        [[np.round(ink, 3).ravel().tolist(), *ink.shape] for ink in moved])
    drawn = np.array(drawn, "float32").reshape(-1, 28, 28, 1)
    assert np.abs(drawn - images[:50]).mean() < 0.02
    for image in drawn[..., 0]:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert max(rows[-1] - rows[0], columns[-1] - columns[0]) == 19
        assert [np.average(np.arange(28), weights=image.sum(axis=axis)) for axis in (1, 0)] == [pytest.approx(14, abs=0.51)] * 2
    assert (network(drawn).numpy().argmax(axis=1) == labels[:50]).mean() > 0.95
    assert page.evaluate("courseDemos.arithmetic.likeMnist(new Array(100).fill(0), 10, 10)") is None


# ------------------------------------------------------------------------------------------------------------------- Go

@pytest.fixture(scope="module")
def player():
    model = go.policy(7, 3, 32, 6)
    model.set_weights(demos.read(demos.PLAYER)["weights"])
    return model


def test_the_page_runs_the_policy_network_as_keras_does(page, player):
    boards = go.positions(100, 7, seed=4)
    page.evaluate("document.querySelector('course-capture-go').wake()")
    page.wait_for_function("document.querySelector('course-capture-go').weights")
    found = page.evaluate("boards => boards.map(board => courseDemos.arithmetic.policy(document.querySelector('course-capture-go').weights, board))",
                          boards.reshape(100, -1).tolist())
    assert np.abs(np.array(found) - player(go.planes(boards)).numpy()).max() < 1e-5


def test_the_page_knows_the_rules(page):
    """Each point of random boards: legal or not, which stones are captured, chains and liberties."""
    boards = go.positions(30, 7, seed=5)
    found = page.evaluate("""boards => boards.map(board => board.map((stone, point) => {
        const { chain, moveStone } = courseDemos.arithmetic;
        if (stone) { const { stones, liberties } = chain(board, point); return [stones.size, liberties.size]; }
        const made = moveStone(board, point, 1);
        return made && [made.captured.length, made.board[point]];
    }))""", boards.reshape(30, -1).tolist())
    allowed, taken = go.legal(boards), go.captures(boards)
    assert allowed.any() and not allowed[boards == 0].all()
    for b, row, column in np.ndindex(boards.shape):
        if boards[b, row, column]:
            expected = [len(part) for part in go.chain(boards[b], (row, column))]
        else:
            expected = [taken[b, row, column], 1] if allowed[b, row, column] else None
        assert found[b][7 * row + column] == expected


def test_the_player_is_small_and_plays_well(player):
    content = demos.read(demos.PLAYER)
    assert demos.PLAYER.stat().st_size < 300_000
    assert sum(weights.size for weights in content["weights"]) == player.count_params() == 48_753
    assert content["random"] >= 0.95

    def network(boards):
        return player(go.planes(boards)).numpy().reshape(boards.shape)

    assert go.match(network, lambda boards: np.zeros(boards.shape), 100, 7, seed=12) >= 0.9


# ------------------------------------------------------------------------------------------------------------- keyboard

def tab_to(page, selector, back=False):
    """Press Tab until the focus is on an element; fails when the keyboard does not lead there."""
    for _ in range(150):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            style = page.evaluate("(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))")
            assert style[0] != "none" and float(style[1][:-2]) >= 2, f"no visible focus on {selector}"
            return
    raise AssertionError(f"the Tab key does not lead to {selector}")


def voice(page, name):
    page.wait_for_timeout(PAUSE)
    return page.locator(f"course-{name} [aria-live=polite]").text_content()


def test_keyboard_sliding_kernel(page):
    demo = "course-sliding-kernel"
    tab_to(page, f"{demo} select")
    page.keyboard.press("ArrowDown")  # from M04 to M05
    assert page.locator(f"{demo} [role=grid] tr").count() == 5
    assert voice(page, "sliding-kernel") == "Row 1, column 1 of 5 by 5: the sum of 9 products is 9."
    tab_to(page, f"{demo} .demo-weights input")
    page.keyboard.press("Control+a")
    page.keyboard.type("-2.5")
    tab_to(page, f"{demo} [role=gridcell]")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator(f"{demo} td[aria-selected=true]").get_attribute("aria-label").startswith("row 2, column 3")
    assert voice(page, "sliding-kernel").endswith("the sum of 9 products is −32.")  # -12 - 2.5 * 8
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowDown")  # the edge: it stays
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("row 5, column 5")
    tab_to(page, f"{demo} .demo-button")
    page.keyboard.press("Enter")  # First
    assert page.locator(f"{demo} .demo-sum").text_content().startswith("Row 1, column 1:")
    assert page.locator(f"{demo} [role=gridcell]").all_text_contents()[1:] == [""] * 24
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # Step
    assert page.locator(f"{demo} .demo-sum").text_content().startswith("Row 1, column 2:")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Play
    page.wait_for_timeout(1600)
    page.keyboard.press("Enter")  # Pause
    place = page.locator(f"{demo} .demo-sum").text_content()
    assert not place.startswith("Row 1, column 2:")
    page.wait_for_timeout(900)
    assert page.locator(f"{demo} .demo-sum").text_content() == place
    tab_to(page, f"{demo} summary")
    page.keyboard.press("Enter")
    tab_to(page, f"{demo} textarea")
    page.keyboard.press("Control+a")
    page.keyboard.type("1 2 3\n4 5 x")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "Only numbers" in page.locator(f"{demo} details [role=alert]").text_content()


def test_keyboard_photograph(page):
    page.evaluate("document.querySelector('course-sliding-kernel').preset('photo')")
    page.wait_for_function("document.querySelector('course-sliding-kernel').state.image.length === 96")
    tab_to(page, "course-sliding-kernel input[type=range]")
    before = page.locator("course-sliding-kernel .demo-sum").text_content()
    page.keyboard.press("ArrowRight")
    after = page.locator("course-sliding-kernel .demo-sum").text_content()
    assert before.startswith("Row 49,") and after.startswith("Row 50,")
    image, seen = page.evaluate("(d => [d.state.image, d.map])(document.querySelector('course-sliding-kernel'))")
    kernel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    result = by_keras({"image": image, "kernel": kernel, "operation": "correlation", "padding": "valid", "stride": 1, "dilation": 1})
    assert np.array_equal(result, seen)
    assert number(re.search(r"([−\d,.]+)$", after)[1]) == result[49, 72]


def test_keyboard_size_calculator(page):
    demo = "course-size-calculator"
    tab_to(page, f"{demo} .demo-row")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    page.keyboard.press("Tab")  # filters
    page.keyboard.press("Control+a")
    page.keyboard.type("32")
    first = page.locator(f"{demo} tbody tr").nth(1)
    assert first.locator("td").all_text_contents()[:3] == ["28×28×32", "320", "225,792"]
    assert "parameters" in voice(page, "size-calculator")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")  # an empty field changes nothing, and is put right when it is left
    page.keyboard.press("Tab")
    assert page.locator(f"{demo} .demo-editor input").first.input_value() == "32"
    tab_to(page, f"{demo} button[aria-label='Remove this layer']")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent").startswith("MaxPooling2D")
    before = page.locator(f"{demo} .demo-row").count()
    tab_to(page, f"{demo} .demo-buttons select")
    page.keyboard.type("Flat")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator(f"{demo} .demo-row").count() == before + 1
    assert page.locator(f"{demo} .demo-row").last.text_content() == "Flatten"


def test_a_network_has_an_address(page, address):
    page.goto("about:blank")
    page.goto(f"{address}#net=32x32x3_C8k5s2pn_M3s2_F_D7")
    demo = page.locator("course-size-calculator")
    assert demo.locator(".demo-row").all_text_contents() == ["Conv2D 8 @ 5×5, stride 2, same, no bias", "MaxPooling2D 3×3, stride 2",
                                                             "Flatten", "Dense 7"]
    assert demo.locator(".demo-link").input_value() == page.url
    for broken in ("x", "1x1", "0x1x1_F", "8x8x1_Q", "8x8x1_C0k3", "8x8x1_C4", "8x8x1_C4k0", "99999x1x1", "8x8x1_M2s0", "8x8x1_<img>"):
        network = page.evaluate("text => courseDemos.networks.read(text)", broken)
        assert network is None or broken == "8x8x1_C4" and network["layers"][0]["kernel"] == 1


def test_keyboard_pooling(page):
    demo = "course-pooling"
    tab_to(page, f"{demo} [role=gridcell]")
    page.keyboard.press("ArrowRight")
    text = voice(page, "pooling")
    assert text.startswith("Row 1, column 2: the largest of 3, 5, 4, 0 is 5. 36 values in, 9 out. 27 lie in a window and are thrown away")
    tab_to(page, f"{demo} select", back=True)
    tab_to(page, f"{demo} input[type=number]", back=True)  # stride
    page.keyboard.press("ArrowUp")
    assert page.locator(f"{demo} [role=grid] td").count() == 4


def test_keyboard_receptive_field(page):
    demo = "course-receptive-field"
    tab_to(page, f"{demo} [role=gridcell]")
    page.keyboard.press("ArrowRight")
    assert voice(page, "receptive-field") == ("Layer 3, row 3, column 4: receptive field r = 8, jump j = 2. "
                                              "It sees 64 of 256 pixels, rows 5 to 12 and columns 7 to 14.")
    page.keyboard.press("Tab")  # the next layer below
    page.keyboard.press("Home")
    assert page.locator(f"{demo} .demo-sum").text_content().startswith("Layer 2, row 3, column 1: receptive field r = 4, jump j = 2.")


def test_keyboard_draws_a_one(page):
    demo = "course-draw-digit"
    tab_to(page, f"{demo} canvas")
    page.wait_for_function(f"document.querySelector('{demo}').weights")
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    assert "It reads a 1" in voice(page, "draw-digit")
    page.keyboard.press("Delete")
    assert voice(page, "draw-digit") == "The sheet is empty."
    tab_to(page, f"{demo} select")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"document.querySelector('{demo}').picked")
    assert voice(page, "draw-digit").startswith("It reads a 0")
    assert page.locator(f"{demo} .demo-maps canvas").count() == 6


def test_keyboard_plays_capture_go(page):
    demo = "course-capture-go"
    page.evaluate(f"document.querySelector('{demo}').scrollIntoView()")
    page.wait_for_function(f"document.querySelector('{demo}').weights")
    tab_to(page, f"{demo} [role=gridcell]")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "row 4, column 4: empty"
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelector('{demo}').turn === 1 && document.querySelector('{demo}').history.length")
    assert re.fullmatch(r"The network plays row \d, column \d\. Your turn\.", voice(page, "capture-go"))
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("row 4, column 4: black, chain of 1 stone, ")
    page.keyboard.press("Space")
    assert voice(page, "capture-go") == "There is a stone already."
    tab_to(page, f"{demo} input[type=checkbox]")
    page.keyboard.press("Space")
    labels = page.locator(f"{demo} td").evaluate_all("cells => cells.map(cell => cell.getAttribute('aria-label'))")
    assert sum(label.endswith("percent") for label in labels) == 47
    page.evaluate(f"document.querySelector('{demo}').takeBack()")
    assert voice(page, "capture-go") == "Taken back. Your turn."
    assert page.evaluate(f"document.querySelector('{demo}').board.every(stone => stone === 0)")


def test_a_game_of_capture_go_ends(page):
    """A capture ends it, suicide is refused, and the reader may be white."""
    demo = "course-capture-go"
    page.evaluate(f"document.querySelector('{demo}').wake()")
    page.wait_for_function(f"document.querySelector('{demo}').weights")
    said = page.evaluate("""() => {
        const demo = document.querySelector("course-capture-go");
        const board = new Array(49).fill(0);
        board[1] = board[7] = -1;               // white around the corner
        demo.set({ board, turn: 1 });
        demo.play(0);
        const suicide = demo.answer.textContent;
        board[2] = board[8] = board[14] = 1;    // now the corner takes both
        demo.set({ board: [...board], turn: 1 });
        demo.play(0);
        const won = demo.answer.textContent;
        demo.play(20);
        return [suicide, won, demo.answer.textContent, demo.over];
    }""")
    assert said == ["That would be suicide: the stone would have no liberty.", "You play row 1, column 1 and capture 2 stones. You win.",
                    "The game is over. Choose New game.", True]
    page.locator(f"{demo} select").select_option("-1")
    page.wait_for_function(f"document.querySelector('{demo}').turn === -1")
    assert page.locator(f"{demo} td.demo-black").count() == 1 and "Your turn" in page.locator(f"{demo} .demo-answer").text_content()


def test_mouse_and_finger(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(address)
    paper = page.locator("course-draw-digit canvas").first
    paper.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('course-draw-digit').weights")
    box = paper.bounding_box()
    page.mouse.move(box["x"] + 140, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 220, steps=12)
    page.mouse.up()
    page.wait_for_timeout(200)
    assert "It reads a 1" in page.locator("course-draw-digit .demo-answer").text_content()
    unit = page.locator("course-pooling [role=gridcell]").nth(4)
    unit.tap()
    assert page.locator("course-pooling .demo-sum").first.text_content().startswith("Row 2, column 2:")
    source, goal = (page.locator("course-sliding-kernel .demo-grab td").nth(i) for i in (6, 18))
    source.scroll_into_view_if_needed()
    source.hover()
    page.mouse.down()
    goal.hover()
    page.mouse.up()
    assert page.locator("course-sliding-kernel .demo-sum").text_content().startswith("Row 3, column 3:")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_less_motion(browser, address):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Fill the map").click()
    assert page.locator("course-sliding-kernel .demo-sum").text_content().startswith("Row 3, column 3:")
    assert page.evaluate("document.getAnimations().length") == 0
    context.close()


# --------------------------------------------------------------------------------------------------------------- pages

class App:
    def __init__(self, builder):
        self.files, self.builder = [], types.SimpleNamespace(name=builder)

    def add_css_file(self, name):
        self.files.append(name)

    def add_js_file(self, name, loading_method):
        assert loading_method == "defer"
        self.files.append(name)


def test_only_pages_with_a_demo_load_its_scripts():
    def render(body, builder="html"):
        app, context = App(builder), {"body": body, "pathto": lambda name, resource: f"../{name}"}
        sphinx_demos.add_demos(app, "page", "page.html", context, None)
        return app.files, context["body"]

    assert render("<p>No demo, course-pooling is only named.</p>") == ([], "<p>No demo, course-pooling is only named.</p>")
    files, body = render('<course-pooling preset="S04">\n<p>Words.</p></course-pooling>')
    assert files == ["demos/demos.css", "demos/arithmetic.js", "demos/ui.js", "demos/pooling.js"]
    assert body.startswith('<course-pooling preset="S04">\n<noscript><img') and "<p>Words.</p>" in body
    files_of_a_book, body = render("<course-pooling>\n<p>Words.</p></course-pooling>", "epub")
    assert not files_of_a_book and re.fullmatch(r"<div><img [^>]*/>\s*<p>Words.</p></div>", body)
    for name, words in sphinx_demos.DEMOS.items():
        assert re.fullmatch(r"[A-Z].{40,}\.", html.unescape(words))
        assert (FOLDER / f"{name}.png").stat().st_size < 80_000
    for file in files:
        assert (FOLDER / file.removeprefix("demos/")).is_file()


def test_demos_are_small():
    files = [path for path in FOLDER.iterdir() if path.suffix in (".js", ".css") and path.name not in ("digits.js", "go-player.js")]
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert sum(sizes.values()) < 60_000, sizes


def test_a_phone_and_words_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("course-pooling p").text_content() == "Words."
    context.close()
