"""The data sets: checked copies from a folder, or a made stand-in, in place of Keras's download."""

import hashlib
import os
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .. import CourseError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
SHAPES = {  # of one image, of the labels of n images, images for training and testing
    "mnist": ((28, 28), (-1,), 60000, 10000),
    "fashion_mnist": ((28, 28), (-1,), 60000, 10000),
    "cifar10": ((32, 32, 3), (-1, 1), 50000, 10000),
}
# SHA-256 of the bytes of each array as keras.datasets returns it.
SHA256 = {
    "mnist": (
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
    "fashion_mnist": (
        "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
        "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
        "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
        "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
    ),
    "cifar10": (
        "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a",
        "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
        "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
        "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5",
    ),
}


def load(name, folder):
    """Read one data set from `folder` and make sure that it is the right one.

    Parameters
    ----------
    name : {"mnist", "fashion_mnist", "cifar10"}
    folder : path
        Holds ``NAME.npz`` with the arrays x_train, y_train, x_test, y_test.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: shapes and dtypes as ``keras.datasets.NAME.load_data()``.

    Raises
    ------
    CourseError
        When the file is missing, damaged, or not the published data.
    """
    path = Path(folder) / f"{name}.npz"
    remedy = "Put a fresh copy there, or unset COURSE_DATA to let Keras download it."
    if not path.is_file():
        raise CourseError(f"{path} is missing. {remedy}")
    try:
        with np.load(path) as file:
            arrays = [np.ascontiguousarray(file[key]) for key in ARRAYS]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CourseError(f"{path} is damaged ({error}). {remedy}") from error
    for key, array, expected in zip(ARRAYS, arrays, SHA256[name]):
        if hashlib.sha256(array).hexdigest() != expected:
            raise CourseError(f"{path} is not the published data: {key} differs. {remedy}")
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)


def check(folder):
    """Check every data set in `folder`; raise CourseError at the first that is wrong."""
    if not Path(folder).is_dir():
        raise CourseError(f"COURSE_DATA names {folder}, which is no folder. Name a folder with {', '.join(SHAPES)}.")
    for name in SHAPES:
        load(name, folder)


def stand_in(name):
    """Make a learnable data set with the shapes and dtypes of the real one.

    Each class is a blurred random picture of its own; each image is its class's picture, shifted by up to
    two pixels, with noise. Not for results: for running the code where neither network nor data is.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``, as `load`.
    """
    image, label, *counts = SHAPES[name]
    rng = np.random.default_rng(list(SHAPES).index(name))
    coarse = rng.uniform(0, 255, (10, 7, 7, *image[2:]))
    zoom = image[0] // 7 + 1
    classes = np.kron(coarse, np.ones((1, zoom, zoom) + (1,) * len(image[2:])))[:, : image[0], : image[1]]
    parts = []
    for count in counts:
        labels = rng.permutation(np.arange(count) % 10).astype(np.uint8)
        shifts = rng.integers(-2, 3, (count, 2))
        images = np.empty((count, *image), np.uint8)
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                here = (shifts == (dy, dx)).all(axis=1)
                clean = np.roll(classes, (dy, dx), axis=(1, 2))[labels[here]]
                noise = rng.normal(0, 40, clean.shape).astype(np.float32)
                images[here] = np.clip(clean + noise, 0, 255)
        parts.append((images, labels.reshape(label)))
    return tuple(parts)


def source():
    """Where a notebook's data will come from: a folder, "download" or "stand-in".

    COURSE_DATA names the folder. ``COURSE_DATA=stand-in`` asks for the stand-in. Without it: Keras's
    download where its host answers or the file is already there, else the stand-in.
    """
    chosen = os.environ.get("COURSE_DATA", "")
    if chosen:
        return chosen
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    if (home / "mnist.npz").exists() and (home / "fashion-mnist").exists() and list(home.glob("cifar-10-batches-py*")):
        return "download"
    import socket

    try:
        socket.create_connection(("storage.googleapis.com", 443), timeout=5).close()
    except OSError:
        return "stand-in"
    return "download"


def checked_source():
    """`source`, after a check of the folder; CourseError when a file there is missing or wrong."""
    where = source()
    if where not in ("download", "stand-in"):
        check(where)
    return where


def told_source():
    """`checked_source`, with a warning when it is the stand-in."""
    where = checked_source()
    if where == "stand-in":
        print("WARNING: no data set within reach: a made STAND-IN replaces the images.", file=sys.stderr)
    return where


def replace_downloads(where):
    """Make ``keras.datasets.*.load_data`` read from `where` (a folder or "stand-in"), here and now."""
    import keras

    for name in SHAPES:
        module = getattr(keras.datasets, name)
        if where == "stand-in":
            module.load_data = lambda name=name: stand_in(name)
        else:
            module.load_data = lambda name=name: load(name, where)
