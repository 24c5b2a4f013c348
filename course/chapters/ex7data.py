"""The file of Hoàng's exercise 11, ``ex7data.mat``, made from MNIST: the original is not distributed."""

import io

import numpy as np
import scipy.io

from .. import CourseError, whole_file

SIDE, EACH = 20, 500  # pixels along an image, images of each digit


def digits(images, labels):
    """Binary 20x20 digits from MNIST images.

    The centre of *mass* of an MNIST digit stands in the middle of its 28x28 image, so the middle 20x20 pixels cut three
    digits of four (3 % of the ink). But each digit itself fits a box of 20x20. That box is taken, the digit in its middle.

    Parameters
    ----------
    images : array of shape (n, 28, 28)
        Grey values, 0 (paper) to 255 (ink).
    labels : array of shape (n,)
        Digits 0 to 9, each at least 500 times.

    Returns
    -------
    X : array of shape (5000, 400), uint8
        The first 500 images of each digit, zeros first. Ink (128 and above) is 1. Pixels go column after column, as MATLAB
        writes an image: row i, column j stands at ``i + 20 * j``.
    y : array of shape (5000, 1), uint8
        The labels, 0 to 9.
    """
    chosen = np.concatenate([np.flatnonzero(labels == digit)[:EACH] for digit in range(10)])
    rows = np.empty((len(chosen), SIDE * SIDE), np.uint8)
    for row, image in zip(rows, images[chosen]):
        top, left = (_start(image.any(axis=axis)) for axis in (1, 0))
        row[:] = (image[top : top + SIDE, left : left + SIDE] >= 128).ravel(order="F")
    return rows, labels[chosen].astype(np.uint8)[:, None]


def _start(ink):
    """First of 20 places that hold all ink, the ink in their middle as far as the image allows."""
    places = np.flatnonzero(ink)
    return int(np.clip((places[0] + places[-1] + 1 - SIDE) // 2, 0, len(ink) - SIDE))


def write(path):
    """Write ``ex7data.mat``: 5000 binary digits from the training images of MNIST, always the same.

    Parameters
    ----------
    path : path
        An existing file is replaced. It gets the variables ``X`` and ``y`` that `digits` returns.

    Raises
    ------
    CourseError
        When MNIST cannot be had or the file cannot be written.
    """
    import keras

    try:
        (images, labels), _ = keras.datasets.mnist.load_data()
    except CourseError:
        raise
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise CourseError(f"MNIST cannot be loaded ({error}). Connect to the network or set COURSE_DATA.") from error
    X, y = digits(images, labels)
    content = io.BytesIO()
    scipy.io.savemat(content, {"X": X, "y": y}, do_compression=True)
    with whole_file(path) as file:
        file.write(content.getbuffer())
