#@title Scenes: items on textured ground, with the exact class of each pixel {display-mode: "form"}
from scipy import ndimage


def make_scenes(items, labels, count, seed, side=64, most=3, zoom=(0.9, 1.7)):
    """Draw `count` scenes of 1 to `most` items (uint8, 28x28) in several sizes; later ones may hide a part of earlier ones.

    Returns images (count, side, side, 1) from 0 to 1; classes (count, side, side): 0 is ground, else the label + 1;
    instances (count, side, side): 0 is ground, else the number of the item from 1 on; boxes (count, most, 4): top, left,
    bottom, right, the last two exclusive; and the items' labels (count, most). Where there is no item: box 0, label -1.
    """
    draw = np.random.default_rng(seed)
    images = np.zeros((count, side, side, 1), "float32")
    classes, instances = np.zeros((2, count, side, side), "uint8")
    boxes, names = np.zeros((count, most, 4), "int32"), np.full((count, most), -1)
    for image, of_class, of_item, box, name in zip(images[..., 0], classes, instances, boxes, names):
        image[:] = ndimage.zoom(draw.uniform(0, 0.6, (8, 8)), side / 8, order=1)       # spots of light and shade
        wanted, areas = draw.integers(1, most + 1), []
        for chosen in draw.integers(len(items), size=20):                              # not every one will fit
            if len(areas) == wanted:
                break
            item = ndimage.zoom(items[chosen] / 255, draw.uniform(*zoom), order=1)     # how much it covers, 0 to 1
            top, left = draw.integers(side - len(item) + 1, size=2)
            window, mask = np.s_[top:top + len(item), left:left + len(item)], item > 0.25
            after = of_item.copy()
            after[window][mask] = len(areas) + 1
            visible = np.bincount(after.ravel(), minlength=len(areas) + 2)[1:]         # pixels of each item
            if (visible[:-1] >= 0.8 * np.array(areas)).all():                          # hides at most a fifth of another
                name[len(areas)] = labels[chosen]
                areas.append(visible[-1])
                of_item[:], of_class[window][mask] = after, labels[chosen] + 1
                image[window] += item * (draw.uniform(0.7, 1) - image[window])
        for k, (rows, columns) in enumerate(ndimage.find_objects(of_item)):
            box[k] = rows.start, columns.start, rows.stop, columns.stop
        image += draw.normal(0, 0.05, image.shape)                                     # grain
    return images.clip(0, 1), classes, instances, boxes, names
