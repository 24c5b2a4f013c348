"""Data from a folder is the published data or refused; the stand-in looks like it and can be learned."""

import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.io

from course import ROOT, CourseError
from course.chapters import data, ex7data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a small data set, known to the checks."""
    import hashlib

    arrays = [np.arange(24, dtype=np.uint8).reshape(2, 3, 4) + i for i in range(4)]
    monkeypatch.setitem(data.SHA256, "mnist", tuple(hashlib.sha256(a).hexdigest() for a in arrays))
    np.savez(tmp_path / "mnist.npz", **dict(zip(data.ARRAYS, arrays)))
    return tmp_path


def test_right_file_is_read(folder):
    (x_train, _), (_, y_test) = data.load("mnist", folder)
    assert x_train.shape == (2, 3, 4) and y_test[0, 0, 0] == 3


def refused(folder, *words):
    with pytest.raises(CourseError) as error:
        data.load("mnist", folder)
    for word in ("mnist.npz", "COURSE_DATA", *words):
        assert word in str(error.value)


def test_missing_file_is_refused(tmp_path):
    refused(tmp_path, "missing")


@pytest.mark.parametrize("length", [0, 10, 200, -30])
def test_truncated_file_is_refused(folder, length):
    path = folder / "mnist.npz"
    path.write_bytes(path.read_bytes()[:length])
    refused(folder, "damaged")


def test_one_changed_byte_is_refused(folder):
    path = folder / "mnist.npz"
    content = bytearray(path.read_bytes())
    content[content.index(bytes(range(24)))] ^= 1
    path.write_bytes(content)
    refused(folder, "damaged")  # the zip's own sum tells


def test_other_data_is_refused(folder):
    with np.load(folder / "mnist.npz") as file:
        arrays = dict(file)
    arrays["y_test"][0] += 1
    np.savez(folder / "mnist.npz", **arrays)
    refused(folder, "y_test")


def test_missing_array_is_refused(folder):
    np.savez(folder / "mnist.npz", x_train=np.zeros(3))
    refused(folder, "damaged")


def test_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(CourseError, match="no folder"):
        data.check(tmp_path / "nowhere")


@pytest.mark.parametrize("name", data.SHAPES)
def test_stand_in_has_the_real_shapes_and_can_be_learned(name):
    image, label, *counts = data.SHAPES[name]
    for (x, y), count in zip(parts := data.stand_in(name), counts):
        assert x.shape == (count, *image) and x.dtype == np.uint8
        assert y.shape == ((count, 1) if label == (-1, 1) else (count,)) and y.dtype == np.uint8
        assert (np.bincount(y.ravel()) == count // 10).all()
    (x, y), (x_test, y_test) = parts
    means = np.stack([x[y.ravel() == k][:500].mean(axis=0) for k in range(10)])
    distance = ((x_test[:200, None].astype("float32") - means) ** 2).reshape(200, 10, -1).sum(axis=2)
    assert (distance.argmin(axis=1) == y_test[:200].ravel()).mean() > 0.9


def test_source_follows_the_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", "stand-in")
    assert data.source() == "stand-in"
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert data.source() == str(tmp_path)


def test_ex7data_holds_what_the_lecture_says(tmp_path):
    """5000 binary digits, 500 of each; pixels column after column, the digit in the middle."""
    images = np.zeros((6000, 28, 28), np.uint8)
    labels = np.arange(6000, dtype=np.uint8) % 10
    images[:, 2:6, 20:23] = 200  # ink in a corner: 4 rows, 3 columns
    images[:, 2, 20] = 100  # faint ink counts for the place, not as a pixel
    X, y = ex7data.digits(images, labels)
    assert X.shape == (5000, 400) and y.shape == (5000, 1)
    assert (np.bincount(y[:, 0]) == 500).all() and (np.diff(y[:, 0].astype(int)) >= 0).all()
    image = X[0].reshape(20, 20, order="F")
    rows, columns = np.nonzero(image)
    assert image.sum() == 11 and set(rows) == {2, 3, 4, 5} and set(columns) == {12, 13, 14}


def test_ex7data_is_written_by_a_command(tmp_path):
    command = [sys.executable, "-m", "course", "ex7data"]
    env = {**os.environ, "COURSE_DATA": "stand-in"}
    subprocess.run([*command, tmp_path / "ex7data.mat"], cwd=ROOT, env=env, check=True, capture_output=True)
    file = scipy.io.loadmat(tmp_path / "ex7data.mat")
    assert file["X"].shape == (5000, 400) and set(np.unique(file["X"])) == {0, 1} and file["y"].shape == (5000, 1)
    failed = subprocess.run([*command, tmp_path / "nowhere" / "x.mat"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert failed.returncode == 1 and "cannot be written" in failed.stderr and "Traceback" not in failed.stderr
