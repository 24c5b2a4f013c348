"""The data sets: checked copies from a folder, or a made stand-in, in place of Keras's download."""

import functools
import hashlib
import os
import sys
import tempfile
import wave
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
WEIGHTS = "mobilenet_2_5_224_tf_no_top.h5"  # keras.applications.MobileNet(alpha=0.25, include_top=False)
SPEECH = "free-spoken-digit-dataset"  # holds recordings/DIGIT_SPEAKER_INDEX.wav
REVIEWS = ("rt-polarity.neg", "rt-polarity.pos")
# What part 5 needs besides: the chapter, and the SHA-256 of a file, or of names and bytes of the recordings in a folder.
FILES = {
    WEIGHTS: ("18", "dbdb03ee2a22fd895301636cd328b234bb3a9952358f436d82f46b81e0d5b0bf"),
    SPEECH: ("22", "45a9b976ba3397a2fd5c70a9f2e43c34f442a3a6be47392ecfc41174b678f37e"),
    REVIEWS[0]: ("23", "4ace77d558c3714723843f1d65b60c01e3417b208180f0728808d76ad0eeeaca"),
    REVIEWS[1]: ("23", "2da124ec187a9d5a29c9f04e91c540e02baed5af8868f550a26bd6fd4dbf8bf0"),
}
# What notebooks ask keras.utils.get_file for, and the files above that it stands for.
FETCHED = {WEIGHTS: (WEIGHTS,), f"{SPEECH}.zip": (SPEECH,), "rt-polaritydata.tar.gz": REVIEWS}
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
RECORDINGS = [f"{digit}_{speaker}_{index}.wav" for digit in range(10) for speaker in SPEAKERS for index in range(50)]
MADE = "STAND-IN.txt"  # lies beside made files


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


def _fault_of_recordings(path):
    """What is wrong with the recordings in `path`: the part of a sentence that follows its name, or None."""
    missing = [name for name in RECORDINGS if not (path / name).is_file()]
    if missing:
        return f"lacks {len(missing)} of {len(RECORDINGS)} recordings, {missing[0]} for one"
    digest = hashlib.sha256()
    for name in sorted(RECORDINGS):
        content = (path / name).read_bytes()
        digest.update(name.encode() + content)
        try:
            with wave.open(str(path / name)) as file:
                whole = len(file.readframes(file.getnframes())) == file.getnframes() * file.getsampwidth() * file.getnchannels()
        except (wave.Error, EOFError):
            whole = False
        if not whole:
            return f"holds {name}, which is cut off or no wav file"
    return None if digest.hexdigest() == FILES[SPEECH][1] else "does not hold the published recordings (version 1.0.10)"


def _fault_of_file(path):
    content = path.read_bytes()

    def published(content):
        return hashlib.sha256(content).hexdigest() == FILES[path.name][1]

    if published(content):
        return None
    for encoding in ("utf-8-sig", "utf-16") if path.name in REVIEWS else ():
        try:
            if published(content.decode(encoding).encode("latin-1")):
                return f"is encoded in {encoding[:6].rstrip('-').upper()}, the published file in Latin-1"
        except UnicodeError:
            pass
    return f"is not the published file ({len(content):,} bytes, another SHA-256)"


def file(name, folder):
    """Path of one of `FILES` in `folder`, after a look whether it is the right one.

    Raises
    ------
    CourseError
        When the file is missing, damaged, or not the published one.
    """
    path = Path(folder) / name
    look, path = (_fault_of_recordings, path / "recordings") if name == SPEECH else (_fault_of_file, path)
    try:
        fault = look(path) if path.exists() else f"is missing (chapter {FILES[name][0]} needs it)"
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
    if fault:
        raise CourseError(f"{path} {fault}. Put a fresh copy there, or unset COURSE_DATA to let Keras download it.")
    return Path(folder) / name


def check(folder):
    """Check everything in `folder`; raise CourseError at the first file that is wrong.

    Returns
    -------
    list of str
        Those of `FILES` that are not there: only one chapter each needs them.
    """
    if not Path(folder).is_dir():
        raise CourseError(f"COURSE_DATA names {folder}, which is no folder. Name a folder with {', '.join(SHAPES)}.")
    for name in SHAPES:
        load(name, folder)
    missing = [name for name in FILES if not (Path(folder) / name).exists()]
    for name in FILES.keys() - missing:
        file(name, folder)
    return missing


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


def _made_weights(path):
    """Random weights for MobileNet 0.25, spread as He et al. 2015 advise, in the layout of Keras's own file."""
    import h5py

    rng = np.random.default_rng(18)
    channels = [8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256]  # of the first layer and the 13 blocks
    layers = {"conv1": [(3, 3, 3, 8)], "conv1_bn": [(8,)] * 4}
    for block, (c, d) in enumerate(zip(channels, channels[1:]), 1):
        layers |= {f"conv_dw_{block}": [(3, 3, c, 1)], f"conv_dw_{block}_bn": [(c,)] * 4}
        layers |= {f"conv_pw_{block}": [(1, 1, c, d)], f"conv_pw_{block}_bn": [(d,)] * 4}
    with h5py.File(path, "w") as target:
        target.attrs["layer_names"] = [name.encode() for name in layers]
        for name, shapes in layers.items():
            group = target.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{i}".encode() for i in range(len(shapes))]
            for i, shape in enumerate(shapes):
                inputs = np.prod(shape[:2]) if "dw" in name else np.prod(shape[:3])
                # Of a kernel; of batch normalization: scale 1, shift 0, mean 0, variance 1.
                values = rng.normal(0, np.sqrt(2 / inputs), shape) if len(shape) == 4 else np.full(shape, i in (0, 3))
                group.create_dataset(f"{name}/{i}", data=values.astype("float32"))


def _made_speech(folder):
    """Recordings of two tones for a digit over the hum of a speaker, as loud, as long and as many as the real ones."""
    rng = np.random.default_rng(22)
    (folder / "recordings").mkdir()
    for name in RECORDINGS:
        digit, speaker, _ = name.split("_")
        digit, speaker = int(digit), SPEAKERS.index(speaker)
        time = np.arange(int(8000 * np.clip(rng.lognormal(np.log(0.42), 0.35), 0.15, 2.28))) / 8000
        tones = (100 + 20 * speaker, 350 + 80 * (digit % 5) + 5 * speaker, 1200 + 900 * (digit // 5) + 20 * speaker)
        sound = sum(np.sin(2 * np.pi * (f * rng.uniform(0.97, 1.03) * time + rng.uniform())) for f in tones)
        sound = 3000 * np.hanning(len(time)) * sound + rng.normal(0, 100, len(time))
        with wave.open(str(folder / "recordings" / name), "wb") as target:
            target.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            target.writeframes(sound.astype("<i2").tobytes())


def _made_reviews(folder):
    """Lines of made words, common ones and rare ones; three words of each line tell the opinion."""
    rng = np.random.default_rng(23)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou\xe9"]
    words = np.array(list(dict.fromkeys("".join(rng.choice(syllables, rng.integers(1, 4))) for _ in range(12000))))
    opinions, words = np.split(words, [400])
    for name, mine in zip(REVIEWS, np.split(opinions, 2)):
        lines = []
        for length in rng.integers(4, 37, 5331):
            line = words[np.minimum(rng.zipf(1.3, length), len(words)) - 1]
            line[rng.choice(length, 3, replace=False)] = rng.choice(mine, 3)
            lines.append(" ".join(line) + " . \n")
        (folder / name).write_bytes("".join(lines).encode("latin-1"))


@functools.cache
def _made(asked):
    """Temporary folder with what is made in place of ``FETCHED[asked]``; it goes when the process ends."""
    held = tempfile.TemporaryDirectory(prefix="course-stand-in-")
    folder = Path(held.name)
    (folder / MADE).write_text("Made by the course's tools because no data was within reach. Not for results.\n")
    if asked == WEIGHTS:
        _made_weights(folder / WEIGHTS)
    else:
        (_made_reviews if REVIEWS[0] in FETCHED[asked] else _made_speech)(folder)
    return held


def fetched(asked, where):
    """What ``keras.utils.get_file`` returns for one of `FETCHED`: the file of weights, else the folder with the files.

    Parameters
    ----------
    asked : str
        The name of the file that would be downloaded.
    where : path or "stand-in"
        Random weights, made speech and made sentences, in place of those in a folder; ``STAND-IN.txt`` lies beside them.

    Returns
    -------
    str
    """
    if where == "stand-in":
        folder = Path(_made(asked).name)
    else:
        for name in FETCHED[asked]:
            file(name, where)
        folder = Path(where, SPEECH) if FETCHED[asked] == (SPEECH,) else Path(where)
    return str(folder / asked if asked == WEIGHTS else folder)


def source():
    """Where a notebook's data will come from: a folder, "download" or "stand-in".

    COURSE_DATA names the folder. ``COURSE_DATA=stand-in`` asks for the stand-in. Without it: Keras's
    download where its host answers or the file is already there, else the stand-in.
    """
    chosen = os.environ.get("COURSE_DATA", "")
    if chosen:
        return chosen
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    there = ["datasets/mnist.npz", "datasets/fashion-mnist", "datasets/cifar-10-batches-py*", f"models/{WEIGHTS}"]
    there += [f"datasets/{name}" for name in FETCHED if name != WEIGHTS]
    if all(list(home.glob(name)) for name in there):
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
        print("WARNING: no data set within reach: a made STAND-IN replaces images, speech, sentences and weights.", file=sys.stderr)
    return where


def real_source():
    """What `told_source` gives; CourseError when that is the stand-in: outputs are stored from real data only."""
    found = told_source()
    if found == "stand-in":
        raise CourseError("Outputs are stored from real data only. Name a folder in COURSE_DATA, or connect to the network.")
    return found


def replace_downloads(where):
    """Make Keras read from `where` (a folder or "stand-in"), here and now.

    That is ``keras.datasets.*.load_data``, and ``keras.utils.get_file`` for `FETCHED`, which `keras.applications` calls too.
    """
    import keras
    from keras.src.utils import file_utils

    for name in SHAPES:
        module = getattr(keras.datasets, name)
        if where == "stand-in":
            module.load_data = lambda name=name: stand_in(name)
        else:
            module.load_data = lambda name=name: load(name, where)

    download = file_utils.get_file

    @functools.wraps(download)
    def get_file(fname=None, origin=None, *arguments, **settings):
        asked = str(fname or origin).rpartition("/")[2]
        if asked in FETCHED:
            return fetched(asked, where)
        return download(fname, origin, *arguments, **settings)

    keras.utils.get_file = file_utils.get_file = get_file
