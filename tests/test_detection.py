"""Chapter 20: overlap, suppression, average precision, regions, matching, losses and the detectors, on cases made by hand."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from course.cells import detection as d


def boxes(*rows):
    return np.array(rows, "float32")


def test_iou():
    a = boxes([0, 0, 4, 4], [0, 0, 2, 2], [5, 5, 5, 5])
    b = boxes([0, 0, 4, 4], [2, 2, 6, 6], [4, 0, 8, 4], [1, 1, 3, 2])
    expected = [[1, 4 / 28, 0, 2 / 16], [4 / 16, 0, 0, 1 / 5], [0, 0, 0, 0]]  # a box without a size overlaps nothing
    assert np.allclose(d.iou(a, b), expected)
    assert np.allclose(d.iou(np.stack([a, a]), b), [expected, expected]), "boxes of many scenes against the same boxes"


def test_nms_keeps_the_surest_of_those_that_overlap():
    box = boxes([0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30], [0, 0, 10, 5])
    scores = np.array([0.6, 0.9, 0.3, 0.8])
    assert d.nms(box, scores, 0.5).tolist() == [1, 2]     # 0.8 with box 0, 0.625 with box 3
    assert d.nms(box, scores, 0.7).tolist() == [1, 3, 2]
    assert d.nms(box[:0], scores[:0], 0.5).tolist() == []
    # Box 0 overlaps box 1 and is dropped; box 3, which only box 0 would drop, stays
    chain = boxes([0, 0, 10, 10], [0, 4, 10, 14], [0, 8, 10, 18])
    assert d.nms(chain, np.array([0.8, 0.9, 0.7]), 0.4).tolist() == [1] and d.nms(chain[[0, 2]], scores[:2], 0.4).tolist() == [1, 0]


def test_each_item_is_found_once():
    overlap = np.array([[0.6, 0.7], [0.65, 0.72], [0.8, 0.0]])
    before = overlap.copy()
    assert d.hits(overlap, 0.5).tolist() == [True, True, False]  # the second takes the item that is left, the third finds none
    assert d.hits(overlap, 0.7).tolist() == [True, False, True]
    assert np.array_equal(overlap, before)
    assert d.hits(np.zeros((3, 0)), 0.5).tolist() == [False] * 3 and d.hits(np.zeros((0, 2)), 0.5).tolist() == []


@pytest.mark.parametrize("right, items, expected", [
    ([1, 1], 2, 1),
    ([1, 0, 1], 2, (51 + 50 * 2 / 3) / 101),     # recalls 0 to 0.50 at precision 1, 0.51 to 1 at 2/3
    ([0, 1], 1, 0.5),
    ([0, 1, 1], 2, 2 / 3),                       # precision 1/2, then 2/3: the later one counts for both
    ([1], 2, 51 / 101),
    ([0, 0], 2, 0),
    ([], 3, 0),
])
def test_average_precision(right, items, expected):
    scores = np.linspace(0.9, 0.1, len(right))
    assert np.isclose(d.average_precision(scores, np.array(right, bool), items), expected)
    turned = np.arange(len(right))[::-1]         # the order of the list does not matter, the scores do
    assert np.isclose(d.average_precision(scores[turned], np.array(right, bool)[turned], items), expected)


@pytest.fixture(scope="module")
def truth():
    """Twelve scenes of rectangles: instances, boxes, labels of three classes."""
    draw = np.random.default_rng(1)
    instances, all_boxes, labels = np.zeros((12, 64, 64), "uint8"), np.zeros((12, 4, 4), "float32"), np.full((12, 4), -1)
    for of_item, box, label in zip(instances, all_boxes, labels):
        for k in range(draw.integers(1, 5)):
            h, w = draw.integers(10, 20, 2)
            top, left = 32 * (k // 2) + draw.integers(0, 32 - h), 32 * (k % 2) + draw.integers(0, 32 - w)
            box[k], label[k] = (top, left, top + h, left + w), draw.integers(3)
            of_item[top:top + h, left:left + w] = k + 1
    return instances, all_boxes, labels


def perfect(truth, move=0):
    draw, found = np.random.default_rng(2), []
    for of_item, box, label in zip(*truth):
        count = (label >= 0).sum()
        scores = np.sort(draw.random(count))[::-1]
        found.append({"boxes": box[:count] + move, "labels": label[:count], "scores": scores,
                      "masks": of_item == np.arange(1, count + 1)[:, None, None]})
    return found


def test_the_truth_scores_1_whatever_its_scores(truth):
    instances, box, label = truth
    assert np.allclose(d.box_ap(perfect(truth), box, label, 3), 1)
    assert np.allclose(d.mask_ap(perfect(truth), instances, label, 3), 1)


def test_what_costs_and_what_does_not(truth):
    instances, box, label = truth
    found, double = perfect(truth), perfect(truth)
    for a, b, c in zip(found, perfect(truth), double):
        for name in ("boxes", "labels", "scores", "masks"):
            a[name] = np.concatenate([a[name], b[name] * (0.001 if name == "scores" else 1)])
            c[name] = np.concatenate([b[name] + 1 if name == "scores" else b[name], c[name]])
    assert np.allclose(d.box_ap(found, box, label, 3), 1), "duplicates below everything cost nothing"
    wrong = perfect(truth)
    for scene in wrong:
        scene["labels"] = (scene["labels"] + 1) % 3
    assert np.allclose(d.box_ap(wrong, box, label, 3), 0) and np.allclose(d.mask_ap(wrong, instances, label, 3), 0)
    assert d.box_ap(double, box, label, 3)[0] == 1, "the surer of two counts; which of two equal boxes it is does not matter"
    for scene in double:                       # now something else stands above everything
        half = len(scene["boxes"]) // 2
        scene["boxes"][:half] = [0, 0, 3, 3]
    assert d.box_ap(double, box, label, 3)[0] < 0.7
    moved = d.box_ap(perfect(truth, move=2), box, label, 3)
    assert moved[0] == 1 and moved[-1] == 0 and (np.diff(moved) <= 0).all()
    nothing = [{name: value[:0] for name, value in scene.items()} for scene in perfect(truth)]
    assert np.allclose(d.box_ap(nothing, box, label, 3), 0) and np.allclose(d.mask_ap(nothing, instances, label, 3), 0)


def test_a_class_that_is_nowhere_is_left_out(truth):
    _, box, label = truth
    assert np.allclose(d.box_ap(perfect(truth), box, label, 7), 1)


def test_deltas_there_and_back():
    anchors, items = boxes([10, 10, 30, 20], [0, 0, 8, 8]), boxes([12, 8, 36, 20], [1, 2, 9, 10])
    deltas = np.array(d.encode(items, anchors))
    assert np.allclose(deltas[0], [10 * 4 / 20, 10 * -1 / 10, 5 * np.log(24 / 20), 5 * np.log(12 / 10)], atol=1e-5)
    assert np.allclose(d.decode(deltas, anchors), items, atol=1e-4)
    assert np.isfinite(np.array(d.encode(boxes([0, 0, 0, 0]), anchors))).all(), "an item that is only padding"
    assert np.array_equal(d.decode(np.zeros((1, 4), "float32"), boxes([-5, 50, 10, 70])), [[0, 50, 10, 64]]), "cut at the edge"


def bilinear(maps, y, x):
    """The value at (y, x), by a loop."""
    (y, x), out = (np.clip(p, 0, s - 1) for p, s in zip((y, x), maps.shape)), 0
    for i in range(maps.shape[0]):
        for j in range(maps.shape[1]):
            out = out + max(0, 1 - abs(y - i)) * max(0, 1 - abs(x - j)) * maps[i, j]
    return out


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(5).normal(size=(2, 16, 12, 3)).astype("float32")


def test_roi_align_is_bilinear(maps):
    regions = np.array([[[3, 5, 33.5, 21], [0, 0, 64, 48]], [[50, 40, 63, 47], [7, 9, 8, 10]]], "float32")
    out = np.array(d.roi_align(maps, regions, 5, stride=4))
    assert out.shape == (2, 2, 5, 5, 3)
    for n, r, i, j in np.ndindex(2, 2, 5, 5):
        top, left, bottom, right = regions[n, r] / 4
        y, x = top + (i + 0.5) / 5 * (bottom - top) - 0.5, left + (j + 0.5) / 5 * (right - left) - 0.5
        assert np.allclose(out[n, r, i, j], bilinear(maps[n], y, x), atol=1e-5)


def test_cells_that_fit_the_map_come_back_as_they_are(maps):
    region = np.array([[[8, 4, 36, 32]]] * 2, "float32")  # 7x7 cells from row 2, column 1 on
    for cut in (d.roi_align, d.roi_pool):
        assert np.allclose(np.array(cut(maps, region, 7, stride=4))[:, 0], maps[:, 2:9, 1:8], atol=1e-5)


def test_roi_pool_is_the_maximum_of_rounded_bins(maps):
    regions = np.array([[[3, 5, 43, 21], [0, 0, 64, 47]], [[50, 40, 63, 47], [7, 9, 8, 10]]], "float32")
    out = np.array(d.roi_pool(maps, regions, 7, stride=4, most=4))
    for n, r, i, j in np.ndindex(2, 2, 7, 7):
        top, left, bottom, right = np.round(regions[n, r] / 4).astype(int)
        spans = []
        for first, last, b, size in ((top, bottom, i, 16), (left, right, j, 12)):
            extent = max(last - first, 1)
            spans.append(np.unique(np.clip(np.arange(first + b * extent // 7, first + -(-(b + 1) * extent // 7)), 0, size - 1)))
        assert np.allclose(out[n, r, i, j], maps[n][np.ix_(*spans)].max(axis=(0, 1)), atol=1e-6)


def test_pooling_jumps_and_align_does_not():
    ramp = np.broadcast_to(np.arange(16, dtype="float32")[:, None, None], (16, 16, 1))[None]
    moved = np.array([[[12 + m, 12, 36 + m, 36] for m in np.arange(0, 4.1, 0.5)]], "float32")
    align, pool = (np.array(cut(ramp, moved, 7, 4))[0].mean(axis=(1, 2, 3)) for cut in (d.roi_align, d.roi_pool))
    assert np.allclose(np.diff(align), 0.125, atol=1e-4)
    assert sorted(np.diff(pool).round(5))[-1] == 1 and np.count_nonzero(np.diff(pool)) == 1


def test_matching():
    regions = boxes([0, 0, 10, 10], [0, 0, 10, 6], [40, 40, 50, 50], [20, 20, 30, 24])[None]
    items = boxes([0, 0, 10, 10], [20, 20, 30, 30], [0, 0, 0, 0])[None]
    labels = np.array([[2, 0, -1]])
    number, overlap = d.match(regions, items, labels)
    assert np.allclose(overlap, [[1, 0.6, 0, 0.4]]) and np.array_equal(np.array(number)[0, [0, 1, 3]], [0, 0, 1])
    number, overlap = d.match(regions, items, labels, forced=True)
    assert np.allclose(overlap, [[2, 0.6, 0, 1.4]]) and np.array_equal(np.array(number)[0, [0, 3]], [0, 1])
    only_padding = d.match(regions, items, np.array([[-1, -1, -1]]), forced=True)[1]
    assert (np.array(only_padding) < 0).all(), "padding matches nothing"
    rows = np.array(d.of_items(items, np.array([[1, 1, 0, 2]])))[0]
    assert np.array_equal(rows, items[0][[1, 1, 0, 2]])


def test_a_box_that_fits_two_items_best_goes_to_the_one_it_overlaps_more():
    items = boxes([0, 0, 10, 10], [0, 0, 10, 7])[None]
    number, overlap = d.match(boxes([0, 0, 10, 9], [30, 30, 40, 40])[None], items, np.array([[1, 1]]), forced=True)
    assert np.array_equal(number, [[0, 0]]) and np.allclose(overlap, [[1.9, 0]])


def test_small_losses():
    assert np.isclose(d.mean_of(np.array([1.0, 2, 6]), np.array([True, False, True])), 3.5)
    assert float(d.mean_of(np.array([1.0]), np.array([False]))) == 0
    assert np.allclose(d.delta_loss(np.array([[0.5, 0, 3, -2]]), np.array([[0.0, 0, 0, 0]])), [0.125 + 2.5 + 1.5])


@pytest.fixture
def y():
    """One scene: an item of class 2, and padding."""
    instances = np.zeros((1, 64, 64), "uint8")
    instances[0, 8:36, 8:36] = 1
    return {"boxes": boxes([8, 8, 36, 36], [0, 0, 0, 0])[None], "labels": np.array([[2, -1]], "int32"), "instances": instances}


def test_anchor_losses(y):
    anchors = boxes([8, 8, 36, 36], [8, 8, 36, 20], [40, 40, 60, 60])  # the item, 0.43 of it, ground
    zeros = np.zeros((1, 3, 4), "float32")
    sure = {k: float(v) for k, v in d.anchor_losses(np.array([[20.0, 0, -20]], "float32"), zeros, anchors, y).items()}
    assert sure["objectness"] < 1e-6 and sure["anchors"] == 0
    silent = d.anchor_losses(np.array([[0.0, 30, 0]], "float32"), zeros, anchors, y)
    assert np.isclose(silent["objectness"], 2 * np.log(2)), "between 0.3 and 0.5 nothing counts; items and ground weigh the same"
    off = zeros.copy()
    off[0, 0, 0], off[0, 1:] = 3, 99
    assert np.isclose(d.anchor_losses(np.zeros((1, 3), "float32"), off, anchors, y)["anchors"], 2.5), "deltas count at items only"
    far = boxes([20, 20, 40, 40], [40, 40, 60, 60])
    assert float(d.anchor_losses(np.array([[20.0, -20]], "float32"), zeros[:, :2], far, y)["objectness"]) < 1e-6, "the best anchor counts, however poor"


def test_region_losses(y):
    regions = boxes([8, 8, 36, 36], [40, 40, 60, 60], [0, 0, 0, 0])[None]
    logits = np.zeros((1, 3, 5), "float32")
    logits[0, 0, 3] = logits[0, 1, 0] = 30                 # class 2 stands at 3, ground at 0
    logits[0, 2, 4] = 30                                   # padding: whatever
    right = d.region_losses(logits, np.zeros((1, 3, 4), "float32"), regions, y)
    assert float(right["classes"]) < 1e-6 and float(right["boxes"]) == 0
    assert np.isclose(d.region_losses(0 * logits, np.zeros((1, 3, 4), "float32"), regions, y)["classes"], 2 * np.log(5))
    assert float(d.region_losses(logits[:, :, ::-1], np.zeros((1, 3, 4), "float32"), regions, y)["classes"]) > 20


def test_mask_loss(y):
    regions = boxes([8, 8, 36, 36], [8, 8, 36, 64], [40, 40, 60, 60])[None]  # the item; half of it item; no item
    y["instances"][0, 8:22, 8:36] = 0                      # the upper half is hidden
    logits = np.zeros((1, 3, 14, 14, 4), "float32")
    logits[..., 2] = 30
    logits[0, 0, :7, :, 2] = -30
    logits[0, 1, :7, :, 2] = logits[0, 1, :, 7:, 2] = -30
    assert float(d.mask_loss(logits, regions, y)) < 1e-6, "only the true class counts, only where an item is"
    assert np.isclose(d.mask_loss(0 * logits, regions, y), np.log(2))
    assert np.isclose(d.mask_loss(-logits, regions, y), 30, atol=1e-3)


def test_masks_of_two_items_are_told_apart(y):
    y["boxes"][0, 1], y["labels"][0, 1] = (8, 22, 36, 50), 0
    y["instances"][0, 8:36, 22:50] = 2                     # the right half of the first item is hidden by the second
    regions = boxes([8, 22, 36, 50], [8, 8, 36, 36])[None]
    logits = np.full((1, 2, 14, 14, 3), -30, "float32")
    logits[0, 0, ..., 0] = logits[0, 1, :, :7, 2] = 30
    assert float(d.mask_loss(logits, regions, y)) < 1e-6


def test_pasting_undoes_the_cut():
    side, masks, box = 64, [], boxes([8, 4, 50, 60], [10, 10, 24, 24], [0, 30, 29.5, 63.7])
    truth = np.zeros((3, side, side), bool)
    truth[0, 10:40, 12:50] = truth[1, 10:24, 10:17] = truth[2, 5:29, 32:60] = True
    for one, where in zip(truth, box):
        cut = d.roi_align(one[None, :, :, None].astype("float32"), where[None, None], 14, 1)
        masks.append(np.array(cut)[0, 0, :, :, 0])
    for one, back, where in zip(truth, d.paste(np.array(masks), box, side), box):
        inside = np.zeros_like(one)
        inside[int(where[0]):int(where[2] + 0.5), int(where[1]):int(where[3] + 0.5)] = True
        assert not back[~inside].any() and (one & back).sum() / (one | back).sum() > 0.9
    full = d.paste(np.ones((1, 14, 14)), boxes([3, 5, 20, 30]), side)
    assert full.sum() == 17 * 25, "a full mask fills its box up to the edge"
    assert d.paste(np.ones((1, 14, 14)), boxes([2, 1, 62, 63]), side).sum() == 60 * 62, "a large box, too: its corners lie far from the outermost values"


def test_anchors():
    anchors = d.make_anchors(side=8, stride=4, shapes=((4, 2), (2, 6)))
    assert anchors.shape == (8, 4)
    assert anchors[:2].tolist() == [[0, 1, 4, 3], [1, -1, 3, 5]] and anchors[2].tolist() == [0, 5, 4, 7]


@pytest.mark.parametrize("kind, align", [("RCNN", None), ("FastRCNN", True), ("FastRCNN", False), ("FasterRCNN", True), ("MaskRCNN", True)])
def test_each_detector_learns_a_scene(kind, align):
    """A few steps on bright rectangles: the sum of the losses falls, and what is detected has the shapes that AP needs."""
    keras.utils.set_random_seed(3)
    draw = np.random.default_rng(4)
    instances = np.zeros((8, 64, 64), "uint8")
    box, labels = np.zeros((8, 2, 4), "float32"), np.full((8, 2), -1, "int32")
    for of_item, b, label in zip(instances, box, labels):
        top, left = draw.integers(0, 40, 2)
        b[0], label[0] = (top, left, top + 22, left + 20), 1
        of_item[top:top + 22, left:left + 20] = 1
    images = ndimage.gaussian_filter(instances.astype("float32"), (0, 1, 1))[..., None]
    regions = np.concatenate([box, box + 3, np.full((8, 3, 4), [0, 0, 16, 16], "float32")], axis=1)
    model = getattr(d, kind)(2) if align is None else getattr(d, kind)(2, align=align)
    model.compile(keras.optimizers.Adam(2e-3), jit_compile=False)
    losses = model.fit(images, {"boxes": box, "labels": labels, "instances": instances, "regions": regions}, batch_size=8, epochs=6, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < 0.8 * losses[0]
    found = model.detect(images) if hasattr(model, "regions") else model.detect(images, regions)
    assert len(found) == 8
    for scene in found:
        k = len(scene["scores"])
        assert scene["boxes"].shape == (k, 4) and scene["labels"].shape == (k,) and (np.diff(scene["scores"]) <= 0).all()
        assert kind != "MaskRCNN" or scene["masks"].shape == (k, 64, 64)
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert copy.get_config() == model.get_config() and np.allclose(copy(images), model(images), atol=1e-5)


def test_a_detector_keeps_classes_apart_and_drops_what_is_unsure():
    model, region = d.FastRCNN(2), boxes([8, 8, 36, 36], [8, 9, 36, 37], [0, 0, 0, 0])[None]
    answers = np.log(np.array([[[0.1, 0.5, 0.4], [0.5, 0.46, 0.04], [0.1, 0.8, 0.1]]], "float32"))
    model.read = lambda maps, regions: (answers, np.zeros((1, 3, 4), "float32"))
    (found,) = model.detect(np.zeros((1, 64, 64, 1), "float32"), region)
    assert found["labels"].tolist() == [0, 1] and np.allclose(found["scores"], [0.5, 0.4])  # one of each class, none of the padding
    assert np.array_equal(found["boxes"], region[0][[0, 0]])
