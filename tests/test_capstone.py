"""Chapter 25: its own layers, initialiser, schedule and optimiser, and that a training with them is kept and taken up again."""

import ast
import json
import re

import keras
import numpy as np
import pytest

from course import ROOT
from course.chapters import notebook, resume

CELLS = notebook.code_cells(notebook.read(ROOT / "notebooks" / "25-capstone.ipynb"))


KEPT = ("FULL", "DTYPE_POLICY", "MEAN", "layers", "INGREDIENTS", "FITTING")  # what the chapter's functions need, by the first name of the assignment


def first_name(node):
    """The name that an assignment gives first; None for another statement."""
    names = [n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)] if isinstance(node, ast.Assign) else []
    return min(names, key=ast.unparse(node).find, default=None)


@pytest.fixture(scope="module")
def chapter():
    """What the chapter defines: imports, functions and classes, its constants in a tiny size, and no data."""
    space = {"QUICK": True, "GPU": False, "SEED": 42}
    for cell in CELLS:
        tree = ast.parse(cell.source)
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef) or first_name(node) in KEPT]
        exec(compile(tree, "25-capstone", "exec"), space)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (40, 32, 32, 3)).astype("uint8"), np.eye(10, dtype="float32")[rng.integers(0, 10, 40)]
    kernel, _ = space["whitening_filters"](images)
    return type("Chapter", (), space | {"x": images, "y": labels}), space | {"WIDTHS": (4, 6, 6), "BATCH": 10, "KERNEL": kernel}


def own(chapter):
    return chapter[0]


def build(chapter, ingredients=None, epochs=2, seed=1, **policy):
    space = chapter[1]
    function = space["build"]
    function.__globals__.update(space)
    return function(space["INGREDIENTS"] if ingredients is None else ingredients, 40, epochs, seed, **policy)


def test_own_parts_are_short_and_described():
    for cell in CELLS[1:]:
        if cell.metadata.get("course"):
            continue
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.ClassDef):
                lines = [line for line in ast.unparse(node).splitlines() if line.strip()]
                assert ast.get_docstring(node), node.name
                assert len(lines) - 1 <= 15, f"{node.name} has {len(lines) - 1} lines"


def test_whitened_patches_are_independent_and_equally_strong(chapter):
    c = own(chapter)
    smooth = np.cumsum(c.x.astype(float), axis=1).cumsum(axis=2) / 4_000          # neighbours depend on each other
    smooth = np.clip(smooth + c.x / 8, 0, 255).astype("uint8")
    kernel, strengths = c.whitening_filters(smooth, epsilon=0)
    patches = c.patches_of((smooth - c.MEAN) / c.DEVIATION)
    white = patches @ kernel.reshape(12, 24)[:, :12]
    assert np.allclose(white.T @ white / len(white), np.eye(12), atol=1e-2)
    assert np.allclose(kernel[..., 12:], -kernel[..., :12]) and (np.diff(strengths) <= 0).all()
    layer = c.Whitening(24, 2)
    layer.build((None, 32, 32, 3))
    layer._kernel.assign(kernel)
    out = np.asarray(layer(((smooth[:2] - c.MEAN) / c.DEVIATION).astype("float32")))
    assert np.allclose(out[0, 0, 0], patches[0] @ kernel.reshape(12, 24), atol=1e-3), "a patch is read in the order of the kernel"


def test_the_whitening_kernel_stays_and_its_bias_learns(chapter):
    model = build(chapter)
    net = model.layers[-1]
    before = net.layers[0]._kernel.numpy(), net.layers[0].bias.numpy()
    model.fit(own(chapter).x, own(chapter).y, epochs=1, batch_size=10, verbose=0)
    assert np.array_equal(net.layers[0]._kernel, before[0]) and not np.array_equal(net.layers[0].bias, before[1])


@pytest.mark.parametrize("channels, filters", [(6, 6), (4, 7), (7, 4)])
def test_identity_start(chapter, channels, filters):
    layer = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer=own(chapter).IdentityStart())
    maps = np.random.default_rng(1).normal(size=(2, 5, 6, channels)).astype("float32")
    out, same = np.asarray(layer(maps)), min(channels, filters)
    assert np.array_equal(out[..., :same], maps[..., :same])
    kernel = np.asarray(layer.kernel)[..., same:]
    assert (kernel != 0).all() and np.abs(kernel).max(initial=0) <= (9 * channels) ** -0.5


def mean_output(_, outputs):
    return keras.ops.mean(outputs, axis=(1, 2, 3))


def test_a_fast_bias_goes_64_times_as_far(chapter):
    ways = {}
    for make, times in ((own(chapter).plain_normalisation, 1), (own(chapter).fast_normalisation, 8)):
        model = keras.Sequential([keras.Input((2, 2, 3)), make()])
        model.compile(keras.optimizers.SGD(0.01), mean_output)
        x = np.random.default_rng(2).normal(size=(8, 2, 2, 3))
        before = model.predict(x, verbose=0)
        model.fit(x, np.zeros((8, 1)), epochs=3, batch_size=8, verbose=0, shuffle=False)
        ways[times] = times * np.asarray(model.layers[0].beta)
        model.layers[0].moving_mean.assign([0, 0, 0])
        model.layers[0].moving_variance.assign([1, 1, 1])
        assert np.allclose(model.predict(x, verbose=0) - before, ways[times], atol=1e-5), "what is added is the whole bias"
    assert np.allclose(ways[8] / ways[1], 64, rtol=1e-4)


def test_the_schedule(chapter):
    schedule = own(chapter).Triangle(2.0, 100)
    assert np.allclose([float(schedule(step)) for step in (0, 23, 100)], [0.4, 2, 0.14])
    rates = np.array([float(schedule(step)) for step in range(101)])
    assert (np.diff(rates[:24]) > 0).all() and (np.diff(rates[23:]) < 0).all()
    again = type(schedule).from_config(json.loads(json.dumps(schedule.get_config())))
    assert float(again(50)) == float(schedule(50))
    assert all(float(own(chapter).Triangle(0.3, 9, start=1, end=1)(step)) == pytest.approx(0.3) for step in range(10))


def test_lookahead_by_hand(chapter):
    """Each weight has its own slow copy; the last step mixes, too."""
    c, rng = own(chapter), np.random.default_rng(3)
    starts, gradients = [rng.normal(size=3), rng.normal(size=(2, 2))], [[rng.normal(size=3), rng.normal(size=(2, 2))] for _ in range(12)]
    weights = [keras.Variable(start) for start in starts]
    optimizer = c.Lookahead(c.Triangle(0.1, 12, start=1, end=1))
    optimizer.build(weights)
    for pair in gradients:
        optimizer.apply([np.asarray(g, "float32") for g in pair])
    for i, start in enumerate(starts):
        fast = slow = start
        for step, pair in enumerate(gradients, 1):
            fast = fast - 0.1 * pair[i]
            if step in (5, 10, 12):
                share = 0.95**5 * (step / 12) ** 3
                fast = slow = share * slow + (1 - share) * fast
        assert np.allclose(weights[i], fast, atol=1e-5)


def test_muon_by_hand(chapter):
    """Its steps have the directions of the gradients that it remembers, the polynomial's lengths, and a rate of their own; a bias has SGD's."""
    c, rng = own(chapter), np.random.default_rng(4)
    starts = [rng.normal(size=(3, 3, 2, 5)).astype("float32"), rng.normal(size=5).astype("float32")]
    gradients = [[rng.normal(size=start.shape) for start in starts] for _ in range(3)]
    weights = [keras.Variable(start) for start in starts]
    settings = {"learning_rate": keras.optimizers.schedules.PolynomialDecay(1.5, 9, 1.5), "momentum": 0.85, "nesterov": True}  # constant
    optimizer = c.Muon(**settings)
    optimizer.build(weights)
    plain, bias = keras.optimizers.SGD(**settings), keras.Variable(starts[1])
    plain.build([bias])
    kernel, memory = starts[0], 0
    for pair in gradients:
        optimizer.apply([np.asarray(g, "float32") for g in pair])
        plain.apply([np.asarray(pair[1], "float32")])
        memory = 0.6 * memory + pair[0]
        u, s, vt = np.linalg.svd((pair[0] + 0.6 * memory).reshape(18, 5), full_matrices=False)
        s = s / np.sqrt((s**2).sum())
        for _ in range(3):
            s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
        assert (s > 0.6).all() and (s < 1.3).all()
        kernel = kernel * np.sqrt(5 / (kernel**2).sum()) - 0.24 * (u * s @ vt).reshape(3, 3, 2, 5)
        assert np.allclose(weights[0], kernel, atol=1e-4)
    assert np.array_equal(weights[1], bias)


def test_muon_trains_with_twice_the_batch(chapter):
    """The mirror turns after an epoch, the rate ends at 0, and the network is the one with lookahead."""
    c, space = own(chapter), chapter[1]
    function = space["train_with_muon"]
    function.__globals__.update(space | {"x_all": c.x, "one_hot": c.y, "MACHINE": "here"})
    model, _ = function(40, 2)
    assert model.layers[0].steps == 2 and int(model.optimizer.iterations) == 4, "40 images are two batches of 20"
    assert float(model.optimizer.learning_rate) == 0 and isinstance(model.optimizer, c.Muon)
    assert [v.shape for v in model.variables] == [v.shape for v in build(chapter).variables]


def test_mirror_by_turns(chapter):
    c = own(chapter)
    mirror = c.Mirror(steps=2)                                   # an epoch of two batches
    epochs = [np.concatenate([np.asarray(mirror(c.x[:20], training=True)), np.asarray(mirror(c.x[20:], training=True))]) for _ in range(4)]
    odd = c.x.sum(axis=(1, 2, 3)) % 2 == 1
    assert 5 < odd.sum() < 35
    assert np.array_equal(epochs[0], np.where(odd[:, None, None, None], c.x[:, :, ::-1], c.x))
    assert np.array_equal(epochs[1], epochs[0][:, :, ::-1]) and np.array_equal(epochs[2], epochs[0]) and epochs[0].dtype == np.uint8
    assert int(mirror.batches) == 8
    assert np.array_equal(mirror(c.x), c.x) and int(mirror.batches) == 8, "in use nothing happens"
    coin = c.Mirror(steps=1, by_turns=False)
    first, second = (np.asarray(coin(c.x, training=True)) for _ in range(2))
    turned = (first == second[:, :, ::-1]).all(axis=(1, 2, 3)).sum()
    assert 0 < turned < len(c.x), "by a coin, some are seen from the same side twice"


def test_shift(chapter):
    c = own(chapter)
    moved = np.asarray(c.Shift()(c.x, training=True))
    padded = np.pad(c.x, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    moves = [[(i, j) for i in range(5) for j in range(5) if np.array_equal(m, p[i:i + 32, j:j + 32])] for m, p in zip(moved, padded)]
    assert all(len(m) == 1 for m in moves)
    assert {i for (i, _), in moves} == {j for (_, j), in moves} == set(range(5)), "each move in each direction occurs"
    assert moved.dtype == np.uint8 and np.array_equal(c.Shift()(c.x), c.x)


def test_six_views(chapter):
    c = own(chapter)
    views = c.six_views(c.x)
    assert [weight for _, weight in views] == [1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8]
    for (x, _), (mirrored, _) in zip(views[::2], views[1::2]):
        assert np.array_equal(x[:, :, ::-1], mirrored) and x.shape == c.x.shape
    assert np.array_equal(views[0][0], c.x)
    assert np.array_equal(views[2][0][:, 1:, 1:], c.x[:, :-1, :-1]) and np.array_equal(views[4][0][:, :-1, :-1], c.x[:, 1:, 1:])

    class Says:
        """Stands for a network: its score is the upper left pixel."""

        def __call__(self, x, training):
            return keras.ops.convert_to_tensor(x[:, 0, 0].astype("float32"))

    by_hand = sum(weight * x[:, 0, 0].astype(float) for x, weight in views)
    assert np.allclose(c.scores_of(Says(), c.x), by_hand)
    assert np.allclose(c.scores_of(Says(), c.x, views=2), (c.x[:, 0, 0] + c.x[:, 0, -1].astype(float)) / 2)
    assert np.allclose(c.scores_of(Says(), c.x, views=1), c.x[:, 0, 0])


def test_the_published_network_and_its_work(chapter):
    from course.cells.ledger import ledger, totals

    c = own(chapter)
    net = c.network([c.Whitening(24, 2)], c.IdentityStart, c.fast_normalisation)
    assert totals(ledger(net))["macs"] == 118_147_360
    assert net.count_params() == 1_973_944
    assert c.residual_macs(3, (16, 32, 64)) == 40_551_040              # chapter 17's ResNet-20
    assert c.residual_macs(4, (160, 320, 640), True) // 10**7 == 524   # 5.2 billion, as the literature has it


def test_each_ingredient_makes_another_training(chapter):
    """Kept trainings are told apart by it: no two may share a key, nor two lengths of one."""
    c = own(chapter)
    sets = [c.INGREDIENTS, *([i for i in c.INGREDIENTS if i != left] for left in c.INGREDIENTS)]

    def key(model):
        return resume.training_key(model, c.x, c.y, {"batch_size": 10})

    keys = [key(build(chapter, ingredients)) for ingredients in sets]
    assert len(set(keys)) == len(keys)
    assert key(build(chapter)) == keys[0] and key(build(chapter, seed=2)) != keys[0] and key(build(chapter, epochs=3)) != keys[0]
    assert key(build(chapter, policy="mixed_bfloat16")) != keys[0], "half precision is another training"
    muon = build(chapter)
    muon.compile(c.Muon(muon.optimizer._learning_rate, momentum=0.85, nesterov=True, weight_decay=0.0133 / 1.5), muon.loss, metrics=["accuracy"])
    assert key(muon) != keys[0]
    assert key(build(chapter)) == keys[0], "and lasts for this training only"


def test_a_training_that_was_cut_off_goes_on(chapter, tmp_path, monkeypatch):
    """The count of batches, the slow copy and the steps of the schedule are there again."""
    c = own(chapter)

    def train(most):
        monkeypatch.setattr(keras.Model, "fit", plain)
        resume.install(tmp_path, most=most)
        model = build(chapter, epochs=3)
        model.fit(c.x, c.y, batch_size=10, epochs=3, verbose=0, shuffle=False)
        return model

    plain = keras.Model.fit
    first = train(most=2)
    assert int(first.optimizer.iterations) == 8
    whole = train(most=3)
    assert int(whole.optimizer.iterations) == 12 and int(whole.layers[0].batches) == 12
    assert all(np.array_equal(slow, weight) for slow, weight in zip(whole.optimizer.slow, whole.trainable_variables)), "mixed after the last step"
    again = train(most=3)
    assert all(np.array_equal(a, b) for a, b in zip(again.variables, whole.variables))


def test_averages_are_fitted_to_the_last_weights(chapter):
    """They forget what they were, each batch counts the same, and the weights stay."""
    model, c = build(chapter), own(chapter)
    c.fit_averages.__globals__.update(chapter[1])
    images = np.broadcast_to(6 * np.arange(40, dtype="uint8")[:, None, None, None], c.x.shape).copy()    # moved or mirrored, they are the same
    net = model.layers[-1]
    first = next(layer for layer in net.layers if isinstance(layer, keras.layers.BatchNormalization))
    read = np.asarray(keras.Model(net.inputs, first.input)(model.layers[-2](images))).mean(axis=(1, 2))   # what it reads, for each image
    first.moving_mean.assign(np.full(first.moving_mean.shape, 1e3))
    before = [np.asarray(w) for w in model.trainable_variables]
    c.fit_averages(model, images)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.trainable_variables))
    draw = np.random.default_rng(c.SEED)
    drawn = np.concatenate([draw.choice(40, 10) for _ in range(c.FITTING)])
    assert c.FITTING == 10 and np.allclose(first.moving_mean, read[drawn].mean(axis=0), atol=1e-3)


def test_numbers_of_part_4_are_those_of_chapter_17(chapter):
    text = "\n".join(str(o.get("text", "")) for cell in notebook.code_cells(notebook.read(ROOT / "notebooks" / "17-comparing-architectures.ipynb")) for o in cell.outputs)
    table = {name: (int(macs.replace(",", "")), float(share)) for name, macs, share in re.findall(r"^(\S+) +[\d,]+ +([\d,]+) +(0\.\d{3}) ± ", text, re.M)}
    source = next(cell.source for cell in CELLS if "PART_4 = {" in cell.source)
    assert len(table) == 6 and ast.literal_eval(re.search(r"PART_4 = (\{.*?\})\n", source, re.S)[1]) == table
