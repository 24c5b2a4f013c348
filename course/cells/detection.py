"""Detection: how to measure it, and R-CNN, Fast R-CNN, Faster R-CNN and Mask R-CNN in plain Keras (chapter 20)."""

import keras
import numpy as np


# %% overlap
from keras import ops


def iou(a, b):
    """Intersection over union of boxes (..., n, 4) and (..., m, 4): (..., n, m). A box: top, left, bottom, right."""
    a, b = ops.cast(a, "float32")[..., :, None, :], ops.cast(b, "float32")[..., None, :, :]
    sides = ops.relu(ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2]))
    both, in_a, in_b = (s[..., 0] * s[..., 1] for s in (sides, a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]))
    return both / ops.maximum(in_a + in_b - both, 1e-6)


def nms(boxes, scores, threshold):
    """Non-maximum suppression: numbers of the boxes that stay, the surest first."""
    overlap, waiting, stay = np.asarray(iou(boxes, boxes)), np.argsort(-scores, kind="stable"), []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        stay.append(best)
        waiting = waiting[overlap[best, waiting] <= threshold]
    return np.array(stay, int)


# %% precision
THRESHOLDS = np.linspace(0.5, 0.95, 10)


def hits(overlap, threshold):
    """Which detections, the surest first, find a true item that none before them has? (detections, items) to (detections,)"""
    overlap, right = overlap.copy(), np.zeros(len(overlap), bool)
    for i in range(len(overlap) if overlap.size else 0):
        item = overlap[i].argmax()
        if overlap[i, item] >= threshold:
            right[i], overlap[:, item] = True, -1          # taken: the next one that finds it is a duplicate
    return right


def average_precision(scores, right, items):
    """Area under precision against recall: the mean at 101 recalls from 0 to 1, as COCO does it."""
    right = right[np.argsort(-scores, kind="stable")].cumsum()
    recall, precision = right / items, right / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]  # the best that is to be had at this recall or beyond
    return np.append(precision, 0)[np.searchsorted(recall, np.linspace(0, 1, 101))].mean()


def mean_ap(found, true, classes, overlaps):
    """Average precision at each of the ten thresholds, the mean over the classes: (10,).

    `found` : for each scene a dict with "labels" and "scores", the surest first.  `true` : for each scene its labels.
    `overlaps` : for each scene the overlap of what was found with what is there, (detections, items).
    """
    table = []
    for c in range(classes):
        items = sum((labels == c).sum() for labels in true)
        if items:
            parts = [(scene["scores"][scene["labels"] == c], overlap[scene["labels"] == c][:, labels == c])
                     for scene, labels, overlap in zip(found, true, overlaps)]
            scores = np.concatenate([scores for scores, _ in parts])
            table.append([average_precision(scores, np.concatenate([hits(overlap, t) for _, overlap in parts]), items)
                          for t in THRESHOLDS])
    return np.mean(table, axis=0)


def box_ap(found, boxes, labels, classes):
    """`mean_ap` of boxes. `boxes` (n, most, 4) and `labels` (n, most) as `make_scenes` gives them."""
    overlaps = [np.asarray(iou(scene["boxes"], box[name >= 0])) for scene, box, name in zip(found, boxes, labels)]
    return mean_ap(found, [name[name >= 0] for name in labels], classes, overlaps)


def mask_ap(found, instances, labels, classes):
    """`mean_ap` of masks: the same rule, with the overlap of pixels. `instances` (n, side, side)."""
    overlaps = []
    for scene, of_item, name in zip(found, instances, labels):
        a = scene["masks"].reshape(len(scene["masks"]), of_item.size).astype("float32")              # (detections, pixels)
        b = (of_item.ravel() == np.arange(1, (name >= 0).sum() + 1)[:, None]).astype("float32")       # (items, pixels)
        both = a @ b.T
        overlaps.append(both / np.maximum(a.sum(1)[:, None] + b.sum(1) - both, 1))
    return mean_ap(found, [name[name >= 0] for name in labels], classes, overlaps)


# %% deltas
SCALE = np.array([10, 10, 5, 5], "float32")  # deltas of a good anchor are small; so that they weigh in the loss


def middle_and_size(boxes):
    """Of boxes (..., 4): middles (..., 2) and sizes (..., 2). Boxes without a size get 1 pixel: their logarithm is used."""
    boxes = ops.cast(boxes, "float32")
    return (boxes[..., :2] + boxes[..., 2:]) / 2, ops.maximum(boxes[..., 2:] - boxes[..., :2], 1)


def encode(boxes, anchors):
    """The deltas that lead from anchors to boxes, both (..., 4)."""
    (to, size), (at, side) = middle_and_size(boxes), middle_and_size(anchors)
    return SCALE * ops.concatenate([(to - at) / side, ops.log(size / side)], axis=-1)


def decode(deltas, anchors, side=64):
    """The boxes to which deltas lead from anchors, cut at the edge of the scene."""
    at, size = middle_and_size(anchors)
    deltas = deltas / SCALE
    to, half = at + deltas[..., :2] * size, size * ops.exp(ops.clip(deltas[..., 2:], -2, 2)) / 2
    return ops.clip(ops.concatenate([to - half, to + half], axis=-1), 0, side)


# %% regions
def hats(places, size):
    """Bilinear weights: a value at position p takes max(0, 1 - distance) of each of `size` cells. (...,) to (..., size)"""
    return ops.relu(1 - ops.abs(places[..., None] - ops.arange(size, dtype="float32")))


def take_rows(maps, places):
    """Rows of maps (n, h, w, c) at places (n, r, a), which may lie between two rows: (n, r, a, w, c)."""
    return ops.einsum("nrah,nhwc->nrawc", hats(places, maps.shape[1]), maps)


def take_columns(rows, places):
    """Columns of rows (n, r, a, w, c) at places (n, r, b): (n, r, a, b, c)."""
    return ops.einsum("nrbw,nrawc->nrabc", hats(places, rows.shape[3]), rows)


def roi_align(maps, boxes, bins, stride):
    """One value for each of bins x bins cells of a box: the bilinear value at the middle of the cell.

    `maps` (n, h, w, c), a value for every `stride` pixels; `boxes` (n, r, 4) in pixels: (n, r, bins, bins, c).
    """
    boxes = ops.cast(boxes, "float32") / stride
    share = (np.arange(bins, dtype="float32") + 0.5) / bins
    places = [boxes[..., i, None] + share * (boxes[..., i + 2, None] - boxes[..., i, None]) - 0.5 for i in (0, 1)]
    rows, columns = (ops.clip(p, 0, size - 1) for p, size in zip(places, maps.shape[1:3]))
    return take_columns(take_rows(maps, rows), columns)


def roi_pool(maps, boxes, bins, stride, most=3):
    """The older way: round the box to whole cells of the map, round the bins, take the maximum in each.

    A bin is at most `most` cells wide here; shapes as in `roi_align`.
    """
    boxes = ops.round(ops.cast(boxes, "float32") / stride)
    for i, take in enumerate((take_rows, take_columns)):
        first, size = boxes[..., i, None], ops.maximum(boxes[..., i + 2, None] - boxes[..., i, None], 1)
        start = ops.floor(np.arange(bins, dtype="float32") * size / bins)                            # (n, r, bins)
        last = ops.ceil(np.arange(1, bins + 1, dtype="float32") * size / bins) - 1
        end = maps.shape[1] - 1 if i == 0 else maps.shape[3] - 1
        cells = [ops.clip(first + ops.minimum(start + j, last), 0, end) for j in range(most)]        # whole cells: no mixing
        maps = ops.max(ops.stack([take(maps, places) for places in cells]), axis=0)
    return maps


# %% matching
def match(boxes, items, labels, forced=False):
    """For each box (n, b, 4) the item (n, most, 4) that it overlaps most: its number and the overlap, both (n, b).

    Where `labels` is -1 there is no item. `forced`: the best box of each item counts as a full overlap.
    """
    overlap = ops.where(labels[:, None, :] >= 0, iou(boxes, items), -1)                              # (n, b, most)
    if forced:
        best = ops.transpose(ops.one_hot(ops.argmax(overlap, axis=1), overlap.shape[1]), (0, 2, 1))  # (n, b, most)
        overlap = ops.where((best > 0) & (overlap > 0), 1 + overlap, overlap)
    return ops.argmax(overlap, axis=-1), ops.max(overlap, axis=-1)


def of_items(values, number):
    """Rows of `values` (n, most, k) by number (n, b): (n, b, k)."""
    return ops.take_along_axis(values, number[..., None], axis=1)


# %% losses
def mean_of(losses, chosen):
    """The mean of those losses that are chosen; 0 when none is."""
    chosen = ops.cast(chosen, losses.dtype)
    return ops.sum(losses * chosen) / ops.maximum(ops.sum(chosen), 1)


def delta_loss(given, true):
    """Squared error for small differences, absolute error for large ones (n, b, 4): (n, b)."""
    difference = ops.abs(given - true)
    return ops.sum(ops.where(difference < 1, difference**2 / 2, difference - 0.5), axis=-1)


def anchor_losses(objectness, deltas, anchors, y):
    """Objectness and deltas of all anchors (n, a), (n, a, 4). An overlap between 0.3 and 0.5 counts neither way."""
    number, overlap = match(anchors[None], y["boxes"], y["labels"], forced=True)
    item = overlap >= 0.5
    return {"objectness": mean_of(ops.softplus(-objectness), item) + mean_of(ops.softplus(objectness), overlap < 0.3),
            "anchors": mean_of(delta_loss(deltas, encode(of_items(y["boxes"], number), anchors)), item)}


def region_losses(logits, deltas, regions, y):
    """Classes and deltas of regions (n, r, 4). Class 0 is ground; regions without a size count nothing."""
    number, overlap = match(regions, y["boxes"], y["labels"])
    item, real = overlap >= 0.5, regions[..., 2] > regions[..., 0]
    name = ops.where(item, of_items(y["labels"][..., None], number)[..., 0] + 1, 0)
    entropy = keras.losses.sparse_categorical_crossentropy(name, logits, from_logits=True)           # (n, r)
    return {"classes": mean_of(entropy, item) + mean_of(entropy, ~item & real),
            "boxes": mean_of(delta_loss(deltas, encode(of_items(y["boxes"], number), regions)), item)}


def mask_loss(logits, regions, y):
    """Pixel by pixel, in the map of the true class only. `logits` (n, r, 14, 14, classes)."""
    number, overlap = match(regions, y["boxes"], y["labels"])
    most, (bins, classes) = y["labels"].shape[1], logits.shape[-2:]
    items = ops.cast(ops.cast(y["instances"], "int32")[..., None] == ops.arange(1, most + 1), "float32")  # (n, 64, 64, most)
    seen = roi_align(items, regions, bins, 1)                                                        # (n, r, 14, 14, most)
    true = ops.cast(ops.sum(seen * ops.one_hot(number, most)[:, :, None, None], axis=-1) >= 0.5, "float32")
    name = of_items(y["labels"][..., None], number)[..., 0]                                          # (n, r)
    given = ops.sum(logits * ops.one_hot(name, classes)[:, :, None, None], axis=-1)                  # (n, r, 14, 14)
    return mean_of(ops.mean(ops.softplus(given) - true * given, axis=(2, 3)), overlap >= 0.5)


# %% parts
def backbone():
    """From pixels to 64 feature maps with a value for every 4 pixels: (h, w, 1) to (h/4, w/4, 64)."""
    x = inputs = keras.Input((None, None, 1))
    for filters, strides in [(16, 2), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1)]:
        x = keras.layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))
    return keras.Model(inputs, x, name="backbone")


def region_head(classes):
    """From the 7x7 features of a region to its class, ground being 0, and four deltas."""
    inputs = keras.Input((7, 7, 64))
    x = keras.layers.Dense(128, activation="relu")(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, [keras.layers.Dense(classes + 1)(x), keras.layers.Dense(4)(x)], name="region_head")


def proposal_head(shapes=3):
    """At each place of the feature map: for each anchor shape a logit of objectness, and four deltas."""
    inputs = keras.Input((None, None, 64))
    x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(inputs)
    return keras.Model(inputs, [keras.layers.Conv2D(shapes, 1)(x), keras.layers.Conv2D(4 * shapes, 1)(x)], name="proposal_head")


def mask_head(classes):
    """From the 7x7 features of a region to a 14x14 mask for each class."""
    x = inputs = keras.Input((7, 7, 64))
    for _ in range(2):
        x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    x = keras.layers.Conv2DTranspose(64, 2, 2, activation="relu")(x)                                  # (14, 14, 64)
    return keras.Model(inputs, keras.layers.Conv2D(classes, 1)(x), name="mask_head")


def for_each(network, x, training=False):
    """Apply a network to regions (n, r, ...): its outputs, each (n, r, ...)."""
    flat = ops.reshape(x, (-1, *x.shape[2:]))
    return keras.tree.map_structure(lambda out: ops.reshape(out, (-1, x.shape[1], *out.shape[1:])), network(flat, training=training))


# %% rcnn
class RCNN(keras.Model):
    """R-CNN: cut a region out, bring it to 28x28 pixels, and let a network say what it shows and where exactly."""

    def __init__(self, classes):
        super().__init__()
        self.backbone, self.head = backbone(), region_head(classes)
        self.means = {name: keras.metrics.Mean(name) for name in ("classes", "boxes")}

    def get_config(self):                                      # so that Keras can save and load it
        return {"classes": self.head.output_shape[0][-1] - 1}

    def call(self, images, training=False):                    # what is done once for an image: here, nothing
        return images

    def read(self, maps, regions, training=False):
        """Logits (n, r, classes + 1) and deltas (n, r, 4) of regions (n, r, 4)."""
        crops = roi_align(maps, regions, 28, stride=1)                                               # (n, r, 28, 28, 1)
        return for_each(self.head, for_each(self.backbone, crops, training))                         # (n, r, 7, 7, 64) between

    def all_losses(self, maps, y, training):
        return region_losses(*self.read(maps, y["regions"], training), y["regions"], y)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        """What `fit` minimises: the sum of all losses. Each is shown by its name."""
        losses = self.all_losses(y_pred, y, training)
        for name, value in losses.items():
            self.means[name].update_state(value)
        return sum(losses.values())

    def detect(self, images, regions, floor=0.05, refine=True, most=20):
        """What is in the images: for each a dict of boxes (k, 4), labels (k,) and scores (k,), the surest first."""
        logits, deltas = self.read(self(images), regions)
        p = np.asarray(ops.softmax(logits))[..., 1:]                                                 # (n, r, classes)
        boxes = np.asarray(decode(deltas, regions) if refine else regions)
        found = []
        for p, box, region in zip(p, boxes, np.asarray(regions)):
            r, label = np.nonzero((p > floor) & (region[:, 2:] > region[:, :2]).all(axis=1, keepdims=True))
            stay = nms(box[r] + 100 * label[:, None], p[r, label], 0.5)[:most]  # classes 100 pixels apart: each alone
            found.append({"boxes": box[r][stay], "labels": label[stay], "scores": p[r, label][stay]})
        return found


# %% fast
class FastRCNN(RCNN):
    """Fast R-CNN: the features are computed once for the whole image, and cut out there."""

    def __init__(self, classes, align=True):
        super().__init__(classes)
        self.cut = roi_align if align else roi_pool

    def get_config(self):
        return super().get_config() | {"align": self.cut is roi_align}

    def call(self, images, training=False):
        return self.backbone(images, training=training)                                              # (n, 16, 16, 64)

    def read(self, maps, regions, training=False):
        return for_each(self.head, self.cut(maps, regions, 7, stride=4))


# %% faster
def make_anchors(side=64, stride=4, shapes=((24, 20), (25, 11), (11, 24))):
    """Boxes of each shape (height, width) around the middle of each cell: (side/stride * side/stride * shapes, 4)."""
    middles = np.arange(stride / 2, side, stride)
    at = np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1)[:, :, None]                 # (16, 16, 1, 2)
    half = np.array(shapes) / 2
    return np.concatenate([at - half, at + half], axis=-1).reshape(-1, 4).astype("float32")


class FasterRCNN(FastRCNN):
    """Faster R-CNN: a head on the same features proposes the regions."""

    def __init__(self, classes, align=True):
        super().__init__(classes, align)
        self.proposal_head, self.anchors = proposal_head(), make_anchors()
        self.means |= {name: keras.metrics.Mean(name) for name in ("objectness", "anchors")}

    def propose(self, maps):
        """Objectness (n, anchors) and deltas (n, anchors, 4)."""
        objectness, deltas = self.proposal_head(maps)
        return ops.reshape(objectness, (-1, len(self.anchors))), ops.reshape(deltas, (-1, len(self.anchors), 4))

    def all_losses(self, maps, y, training):
        objectness, deltas = self.propose(maps)
        best = ops.top_k(objectness, 32)[1]                                                          # (n, 32)
        regions = ops.concatenate([of_items(decode(deltas, self.anchors), best), ops.cast(y["boxes"], "float32")], axis=1)
        regions = ops.stop_gradient(regions)                  # the second stage judges the regions, it does not move them
        return (anchor_losses(objectness, deltas, self.anchors, y) | region_losses(*self.read(maps, regions), regions, y)
                | self.more_losses(maps, regions, y))

    def more_losses(self, maps, regions, y):
        return {}

    def regions(self, maps, most=20):
        """The `most` best proposals of each image that overlap each other by at most 0.7: (n, most, 4), 0 where there are fewer."""
        objectness, deltas = self.propose(maps)
        scores, best = (np.asarray(a) for a in ops.top_k(objectness, 100))
        boxes, chosen = np.asarray(of_items(decode(deltas, self.anchors), best)), np.zeros((len(scores), most, 4), "float32")
        for out, box, score in zip(chosen, boxes, scores):
            stay = nms(box, score, 0.7)[:most]
            out[:len(stay)] = box[stay]
        return chosen

    def detect(self, images, floor=0.05):
        return super().detect(images, self.regions(self(images)), floor)


# %% mask
class MaskRCNN(FasterRCNN):
    """Mask R-CNN: one more head, which draws each item's mask."""

    def __init__(self, classes, align=True):
        super().__init__(classes, align)
        self.mask_head = mask_head(classes)
        self.means["masks"] = keras.metrics.Mean("masks")

    def more_losses(self, maps, regions, y):
        best = ops.top_k(match(regions, y["boxes"], y["labels"])[1], 8)[1]   # masks are learned where an item is
        regions = of_items(regions, best)                                                            # (n, 8, 4)
        return {"masks": mask_loss(for_each(self.mask_head, self.cut(maps, regions, 7, stride=4)), regions, y)}

    def detect(self, images, floor=0.05):
        """Boxes as before, and for each its mask (k, 64, 64)."""
        found, maps = super().detect(images, floor), self(images)
        boxes = np.zeros((len(found), 20, 4), "float32")                                             # as many for each image
        for box, scene in zip(boxes, found):
            box[:len(scene["boxes"])] = scene["boxes"]
        masks = np.asarray(ops.sigmoid(for_each(self.mask_head, self.cut(maps, boxes, 7, stride=4))))  # (n, 20, 14, 14, classes)
        for mask, scene in zip(masks, found):
            chosen = mask[np.arange(len(scene["boxes"])), :, :, scene["labels"]]                     # (k, 14, 14)
            scene["masks"] = paste(chosen, scene["boxes"], images.shape[1])
        return found


def paste(masks, boxes, side):
    """Masks (k, bins, bins) with values from 0 to 1 enlarged into their boxes, cut at one half: (k, side, side)."""
    middles, bins = np.arange(side) + 0.5, masks.shape[1]
    out = np.zeros((len(masks), side, side), bool)
    for full, mask, (top, left, bottom, right) in zip(out, masks, boxes):
        inside, weights = [], []
        for low, high in ((top, bottom), (left, right)):
            place = ((middles - low) / max(high - low, 1e-3) * bins - 0.5).clip(0, bins - 1)
            weights.append((1 - np.abs(place[:, None] - np.arange(bins))).clip(0))                    # (side, bins)
            inside.append((middles > low) & (middles < high))
        full[:] = (weights[0] @ mask @ weights[1].T > 0.5) & inside[0][:, None] & inside[1]
    return out
