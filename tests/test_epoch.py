"""An epoch as one compiled loop is the same training as `fit`. JAX has an environment of its own."""

import json
import os
import subprocess

import pytest

from course import ROOT

PYTHON = ROOT / ".venv-jax/bin/python"
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="JAX's environment is missing (make .venv-jax/made): whole epochs were not tested")

CODE = """
import json
import keras
import numpy as np
import jax
from course.chapters import epoch, resume

kinds = []
plain_fit, compiled = keras.Model.fit, epoch.whole_epochs
resume.whole_epochs = lambda model: kinds.append("whole") or compiled(model)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(150, 8, 8, 3)).astype("float32"), rng.integers(3, size=150)  # four batches of 32 and one of 22


class Looks(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


def training(device, folder, epochs=3, callbacks=()):
    keras.Model.fit, jax.default_backend = plain_fit, lambda: device
    resume.install(folder)
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((8, 8, 3)), layers.RandomFlip("horizontal"), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU(),
        layers.Dropout(0.3), layers.Flatten(), layers.Dense(3, activation="softmax")])
    rate = keras.optimizers.schedules.CosineDecay(0.1, 15)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=1e-3), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    history = model.fit(x, y, batch_size=32, epochs=epochs, validation_data=(x[:40], y[:40]), verbose=0, callbacks=list(callbacks)).history
    history.pop("seconds")
    return history, [w.tolist() for w in model.get_weights()], model.evaluate(x, y, verbose=0)


found = {"fit": training("cpu", FOLDER + "/a")}
found["whole"] = training("gpu", FOLDER + "/b")
training("cpu", FOLDER + "/c", 2)
found["both"] = training("gpu", FOLDER + "/c")
saved = keras.callbacks.ModelCheckpoint(FOLDER + "/best.keras", "val_loss", save_best_only=True)
found["checkpoint"] = training("gpu", FOLDER + "/d", callbacks=[saved])
before = len(kinds)
training("gpu", FOLDER + "/e", callbacks=[Looks()])
print(json.dumps({**found, "kinds": kinds, "looked": len(kinds) - before}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("trainings"))
    ran = subprocess.run([PYTHON, "-c", f"FOLDER = {folder!r}\n{CODE}"], cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"})
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


def alike(one, two):
    (logs, weights, end), (logs2, weights2, end2) = one, two
    assert logs.keys() == logs2.keys() and {"loss", "accuracy", "val_loss", "val_accuracy"} == logs.keys()
    for key in logs:
        assert logs[key] == pytest.approx(logs2[key], rel=1e-5)
    for a, b in zip(weights, weights2, strict=True):
        assert flat(a) == pytest.approx(flat(b), abs=1e-5)
    assert end == pytest.approx(end2, rel=1e-5)


def flat(values):
    return [leaf for value in values for leaf in flat(value)] if isinstance(values, list) else [values]


def test_a_whole_epoch_is_the_same_training_as_fit(found):
    alike(found["fit"], found["whole"])
    assert found["kinds"] == ["whole"] * 3


def test_a_checkpoint_at_the_end_of_epochs_does_not_hinder(found):
    alike(found["whole"], found["checkpoint"])


def test_a_kept_training_goes_on_in_the_other_way(found):
    assert len(found["both"][0]["loss"]) == 3
    assert found["both"][0]["loss"][:2] == pytest.approx(found["fit"][0]["loss"][:2], rel=1e-5)


def test_a_callback_that_looks_at_batches_gets_them(found):
    assert found["looked"] == 0
