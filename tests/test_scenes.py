"""The scenes of chapters 19 and 20: their answers are exact, whatever the items."""

import numpy as np
import pytest

from course.chapters.rules import shared_cell


@pytest.fixture(scope="module")
def make_scenes():
    space = {"np": np}
    exec(shared_cell("scenes"), space)
    return space["make_scenes"]


@pytest.fixture(scope="module")
def items():
    """Squares of 16x16 pixels with a rim that covers too little to count, as edges of a stroke do."""
    images = np.zeros((10, 28, 28), "uint8")
    images[:, 5:23, 5:23] = 40
    images[:, 6:22, 6:22] = 255
    return images, np.arange(10)


def test_the_answers_agree_with_each_other(make_scenes, items):
    images, classes, instances, boxes, labels = make_scenes(*items, 60, seed=3)
    assert images.shape == (60, 64, 64, 1) and images.dtype == "float32" and images.min() >= 0 and images.max() <= 1
    assert ((classes > 0) == (instances > 0)).all()
    for of_class, of_item, box, label in zip(classes, instances, boxes, labels):
        count = (label >= 0).sum()
        assert 1 <= count <= 3 and (label[:count] >= 0).all() and (box[count:] == 0).all()
        assert set(np.unique(of_item)) == set(range(count + 1))
        for k in range(count):
            rows, columns = np.nonzero(of_item == k + 1)
            assert set(of_class[rows, columns]) == {label[k] + 1}
            assert box[k].tolist() == [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]


def test_items_come_in_several_sizes(make_scenes, items):
    boxes, labels = make_scenes(*items, 60, seed=3)[3:]
    heights = (boxes[..., 2] - boxes[..., 0])[labels >= 0]
    assert heights.max() > 1.5 * heights.min()


def test_an_item_is_never_hidden_by_more_than_a_fifth(make_scenes, items):
    _, _, instances, _, labels = make_scenes(*items, 80, seed=4, most=6, zoom=(1, 1))
    areas = np.array([(scene == k + 1).sum() for scene, label in zip(instances, labels) for k in range((label >= 0).sum())])
    assert areas.max() == 256 and 0.8 * 256 <= areas.min() < 256  # some are hidden in part, none by more than that


def test_a_seed_gives_the_same_scenes_however_many(make_scenes, items):
    few, more, others = make_scenes(*items, 3, seed=5), make_scenes(*items, 6, seed=5), make_scenes(*items, 3, seed=6)
    assert all(np.array_equal(a, b[:3]) for a, b in zip(few, more))
    assert not np.array_equal(few[0], others[0])


def test_the_cell_is_short(make_scenes):
    code = [line for line in shared_cell("scenes").split('"""')[2].splitlines() if line.strip()]
    assert len(code) <= 30
