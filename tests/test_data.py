"""Data from a folder is the published data or refused; the stand-in looks like it and can be learned."""

import hashlib
import os
import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest
import scipy.io

from course import ROOT, CourseError
from course.chapters import data, ex7data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a small data set, known to the checks."""
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


# What part 5 needs besides -------------------------------------------------------------------------------------------


@pytest.fixture
def part5(tmp_path, monkeypatch):
    """A folder with small files of part 5, known to the checks: weights, two recordings, two files of sentences."""
    monkeypatch.setattr(data, "RECORDINGS", ["0_theo_0.wav", "1_theo_0.wav"])
    (recordings := tmp_path / data.SPEECH / "recordings").mkdir(parents=True)
    digest = hashlib.sha256()
    for name in data.RECORDINGS:
        with wave.open(str(recordings / name), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(200))
        digest.update(name.encode() + (recordings / name).read_bytes())
    contents = {data.WEIGHTS: b"weights", data.REVIEWS[0]: "na\xefve .\n".encode("latin-1"), data.REVIEWS[1]: b"fine .\n"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    shas = {data.SPEECH: digest.hexdigest()} | {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()}
    for name, sha in shas.items():
        monkeypatch.setitem(data.FILES, name, (data.FILES[name][0], sha))
    return tmp_path


@pytest.mark.parametrize("name", data.FILES)
def test_right_files_of_part_5_are_found(part5, name):
    assert data.file(name, part5) == part5 / name


def refused_in_part_5(folder, name, *words):
    with pytest.raises(CourseError) as error:
        data.file(name, folder)
    assert str(error.value).count(". ") == 1  # one sentence, and the remedy
    for word in ("COURSE_DATA", *words):
        assert word in str(error.value)


@pytest.mark.parametrize("name", data.FILES)
def test_a_missing_file_of_part_5_is_named_with_its_chapter(tmp_path, name):
    refused_in_part_5(tmp_path, name, name, f"is missing (chapter {data.FILES[name][0]}")


@pytest.mark.parametrize("length", [0, 20, 43, 100, -1])
def test_a_recording_that_is_cut_off_is_named(part5, length):
    path = part5 / data.SPEECH / "recordings" / "1_theo_0.wav"
    path.write_bytes(path.read_bytes()[:length])
    refused_in_part_5(part5, data.SPEECH, "1_theo_0.wav", "cut off")


def test_a_recording_that_lacks_or_differs_is_told(part5):
    path = part5 / data.SPEECH / "recordings" / "1_theo_0.wav"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    refused_in_part_5(part5, data.SPEECH, data.SPEECH, "published recordings")
    path.unlink()
    refused_in_part_5(part5, data.SPEECH, data.SPEECH, "lacks 1 of 2", "1_theo_0.wav")


def test_weights_of_another_shape_are_refused(part5):
    data._made_weights(part5 / data.WEIGHTS)
    refused_in_part_5(part5, data.WEIGHTS, data.WEIGHTS, "not the published file")


@pytest.mark.parametrize("encoding, word", [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16")])
def test_sentences_in_another_encoding_are_told(part5, encoding, word):
    (part5 / data.REVIEWS[0]).write_bytes("na\xefve .\n".encode(encoding))
    refused_in_part_5(part5, data.REVIEWS[0], data.REVIEWS[0], word, "Latin-1")


def test_a_folder_without_the_files_of_part_5_stays_valid(part5, monkeypatch):
    monkeypatch.setattr(data, "SHAPES", {})
    assert data.check(part5) == []
    (part5 / data.REVIEWS[1]).unlink()
    shutil.rmtree(part5 / data.SPEECH)
    assert data.check(part5) == [data.SPEECH, data.REVIEWS[1]]
    (part5 / data.WEIGHTS).write_bytes(b"other")
    with pytest.raises(CourseError, match=data.WEIGHTS):
        data.check(part5)


def test_the_command_tells_what_is_there_and_what_only_one_chapter_needs(part5, monkeypatch):
    from click.testing import CliRunner

    from course.__main__ import main

    monkeypatch.setattr(data, "SHAPES", {})
    (part5 / data.WEIGHTS).unlink()
    result = CliRunner().invoke(main, ["data", str(part5)])
    assert result.exit_code == 0 and f"{data.SPEECH}, {', '.join(data.REVIEWS)} are there and right" in result.output
    assert f"{data.WEIGHTS} is missing; only chapter 18 needs it" in result.output


# What notebooks do, with the downloads replaced
FETCH = """
import os, sys
sys.path.insert(0, {root!r})
import keras
from course.chapters import data
data.RECORDINGS = data.RECORDINGS if {where!r} == "stand-in" else {recordings!r}
data.FILES = {files!r}
data.replace_downloads({where!r})
exec(open({cell!r}).read())
before = {before!r}
exec(before)
print(*[path.name for path in fetch("free-spoken-digit-dataset.zip", "https://host/x.zip", "*.wav", {speech!r})][:2])
print(*[path.name for path in fetch("rt-polaritydata.tar.gz", "https://host/y.tar.gz", "rt-polarity.*", {reviews!r})])
"""


def fetch(where, before=""):
    """Run the shared cell `fetch` in a process of its own, as a notebook runs it."""
    digest = hashlib.sha256()
    for name in data.REVIEWS if where != "stand-in" else ():
        digest.update(name.encode() + (where / name).read_bytes())
    code = FETCH.format(root=str(ROOT), where=str(where), recordings=data.RECORDINGS, files=data.FILES, before=before,
                        cell=str(ROOT / "course/cells/fetch.py"), speech=data.FILES[data.SPEECH][1], reviews=digest.hexdigest())
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_notebooks_fetch_from_the_folder(part5):
    result = fetch(part5)
    assert result.stdout.split() == ["0_theo_0.wav", "1_theo_0.wav", "rt-polarity.neg", "rt-polarity.pos"], result.stderr


def test_notebooks_fetch_the_stand_in():
    result = fetch("stand-in")
    assert result.stdout.split() == ["0_george_0.wav", "0_george_1.wav", "rt-polarity.neg", "rt-polarity.pos"], result.stderr


@pytest.mark.parametrize("before, words", [
    ("def fail(*args, **settings): raise OSError('no route to host')\nkeras.utils.get_file = fail",  # the host is down
     ("free-spoken-digit-dataset.zip", "https://host/x.zip", "no route to host", "again later", "~/.keras/datasets")),
    (f"keras.utils.get_file = lambda *args, **settings: {str(ROOT / 'book')!r}",  # an archive with other files
     ("does not hold the published files", "Delete it")),
])
def test_a_fetch_that_fails_is_one_sentence_with_the_remedy(part5, before, words):
    last = fetch(part5, before).stderr.strip().splitlines()[-1]
    for word in words:
        assert word in last, last


def test_weights_come_from_the_folder_or_are_made(part5):
    """keras.applications asks in its own module; other files are still downloaded."""
    import keras
    from keras.src.utils import file_utils

    before = file_utils.get_file, {name: getattr(keras.datasets, name).load_data for name in data.SHAPES}
    try:
        file_utils.get_file = lambda *args, **settings: ("plain", *args)
        data.replace_downloads(part5)
        assert file_utils.get_file(data.WEIGHTS, "https://host/w.h5", cache_subdir="models") == str(part5 / data.WEIGHTS)
        assert keras.utils.get_file(origin=f"https://host/{data.WEIGHTS}") == str(part5 / data.WEIGHTS)
        assert keras.utils.get_file("other.h5", "https://host/other.h5") == ("plain", "other.h5", "https://host/other.h5")
        data.replace_downloads("stand-in")
        model = keras.applications.MobileNet((64, 64, 3), 0.25, include_top=False, pooling="avg")
    finally:
        file_utils.get_file = keras.utils.get_file = before[0]
        for name, load_data in before[1].items():
            getattr(keras.datasets, name).load_data = load_data
    assert model.count_params() == 218_544
    images = np.kron(np.random.default_rng(0).uniform(-1, 1, (32, 8, 8, 3)), np.ones((1, 8, 8, 1)))
    codes = model.predict(images, verbose=0)
    assert np.median(codes.std(axis=0)) > 1e-3 and codes.max() < 10  # with the first weights of Keras: about 1e-18


def test_made_speech_and_sentences_can_be_learned():
    """The two tones tell the digit, the words the opinion; and both look like the real ones."""
    import scipy.io.wavfile
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    folder = data.fetched("free-spoken-digit-dataset.zip", "stand-in")
    names = [name for name in data.RECORDINGS if name.endswith(("_1.wav", "_2.wav", "_3.wav"))]
    sounds = [scipy.io.wavfile.read(f"{folder}/recordings/{name}") for name in names]
    assert all(rate == 8000 and sound.dtype == np.int16 and 1148 <= len(sound) <= 18262 for rate, sound in sounds)
    spectra = np.stack([np.abs(np.fft.rfft(sound, 8000))[200:2400].reshape(-1, 40).max(axis=1) for _, sound in sounds])
    first = np.array([f"_{data.SPEAKERS[0]}_" in name for name in names])
    digits = np.array([int(name[0]) for name in names])
    model = LogisticRegression(max_iter=200).fit(np.log1p(spectra[~first]), digits[~first])
    assert model.score(np.log1p(spectra[first]), digits[first]) > 0.8  # of a speaker whom it never heard

    folder = data.fetched("rt-polaritydata.tar.gz", "stand-in")
    texts = [open(f"{folder}/{name}", "rb").read().decode("latin-1").splitlines() for name in data.REVIEWS]
    assert [len(lines) for lines in texts] == [5331, 5331] and any("\xe9" in line for line in texts[0])
    counts = CountVectorizer().fit_transform(texts[0] + texts[1])
    labels = np.repeat([0, 1], 5331)
    model = LogisticRegression(max_iter=200).fit(counts[::2], labels[::2])
    assert model.score(counts[1::2], labels[1::2]) > 0.9


def test_the_sums_are_those_of_the_real_files():
    """Only where they are at hand."""
    where = data.source()
    if where in ("download", "stand-in"):
        pytest.skip("no folder of real data")
    for name in data.FILES.keys() - data.check(where):
        assert data.file(name, where).exists()


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
