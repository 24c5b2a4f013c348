"""A training that was cut off goes on where it stopped, and only where it is the same training."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from course import ROOT, CourseError
from course.chapters import notebook, resume, rules

X = np.linspace(-1, 1, 64, dtype="float32")[:, None]


class CutOff(Exception):
    pass


class Stop(keras.callbacks.Callback):
    """Stand for a run that is cut off: an exception in the given epoch."""

    def __init__(self, at=None):
        super().__init__()
        self.at, self.seen = at, []

    def on_train_begin(self, logs=None):
        self.begun = True

    def on_epoch_end(self, epoch, logs=None):
        assert self.begun
        self.seen.append(epoch)
        if epoch == self.at:
            raise CutOff


@pytest.fixture
def fit(tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    resume.install(tmp_path)

    def training(epochs, stop=None, rate=0.1, y=2 * X, metrics=None):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", metrics=metrics)
        callback = Stop(stop)
        history = model.fit(X, y, epochs=epochs, shuffle=False, verbose=0, callbacks=[callback])
        return model, history.history, callback

    return training


def test_a_cut_training_goes_on_to_the_same_end(fit, tmp_path):
    whole, history, _ = fit(6)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(CutOff):
        fit(6, stop=3)
    model, resumed, callback = fit(6)
    assert callback.seen == [0, 1, 2, 3, 4, 5]  # old epochs are told once more
    np.testing.assert_allclose(resumed["loss"], history["loss"], rtol=1e-6)
    np.testing.assert_allclose(model.get_weights()[0], whole.get_weights()[0], rtol=1e-6)
    assert np.all(np.diff(resumed["seconds"]) > 0)


def test_a_finished_training_is_not_run_again(fit):
    model, history, _ = fit(3)
    again, same, _ = fit(3)
    assert same == history
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_a_metric_counts_by_its_name(fit):
    _, history, _ = fit(3, metrics=["mae"])
    assert fit(3, metrics=[keras.metrics.MeanAbsoluteError("mae")])[1] == history
    assert "other" in fit(3, metrics=[keras.metrics.MeanAbsoluteError("other")])[1]


def test_more_epochs_go_on_from_fewer(fit):
    _, three, _ = fit(3)
    _, five, _ = fit(5)
    assert five["loss"][:3] == three["loss"] and len(five["loss"]) == 5


@pytest.mark.parametrize("limit, kept", [({"minutes": 0}, 2), ({"most": 2}, 2), ({"most": 2}, 1)])
def test_a_training_at_its_limit_stops_and_a_later_run_goes_on(tmp_path, fit, monkeypatch, limit, kept):
    _, two, _ = fit(2)
    if kept < 2:
        for file in tmp_path.iterdir():
            file.unlink()
        fit(kept)
    monkeypatch.undo()
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    resume.install(tmp_path, **limit)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
    history = model.fit(X, 2 * X, epochs=5, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], two["loss"], rtol=1e-6)


@pytest.mark.parametrize("change", [{"rate": 0.2}, {"y": 3 * X}])
def test_another_training_starts_anew(fit, change):
    _, history, _ = fit(3)
    _, other, _ = fit(3, **change)
    assert other["loss"] != history["loss"]


def test_every_part_of_several_targets_counts():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    targets = {"boxes": 2 * X, "labels": np.arange(64)}
    key = resume.training_key(model, X, targets, {})
    assert key == resume.training_key(model, X, dict(reversed(targets.items())), {})
    assert key != resume.training_key(model, X, targets | {"labels": np.arange(64)[::-1]}, {})
    assert resume.training_key(model, X, 2 * X, {}) != resume.training_key(model, 2 * X, X, {})


KEY = """
import keras
import numpy as np
from course.chapters import resume

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing={smoothing}))
print(resume.training_key(model, np.zeros((4, 1)), np.eye(2)[[0, 1, 0, 1]], {{}}))
"""


def test_a_loss_object_counts_by_its_settings_in_every_process(capsys):
    keys = []
    for smoothing in (0.1, 0.2):
        code = KEY.format(smoothing=smoothing)
        keys.append(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        exec(code, {})
        assert capsys.readouterr().out == keys[-1]
    assert keys[0] != keys[1]


def test_damaged_files_start_anew(fit, tmp_path):
    _, history, _ = fit(3)
    for file in tmp_path.glob("*.npz"):
        file.write_bytes(file.read_bytes()[:50])
    _, again, _ = fit(3)
    np.testing.assert_allclose(again["loss"], history["loss"], rtol=1e-6)


def test_a_training_tells_its_last_epoch_and_every_machine_it_ran_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    chapter = {}
    exec(rules.shared_cell("setup"), chapter)

    def training(most):
        resume.install(tmp_path, most=most)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile(loss="mse")
        return chapter["train"](lambda: model, X, 2 * X, epochs=30)[1]

    chapter["MACHINE"] = "a fast machine"
    for _ in ("trained", "kept"):
        assert training(most=2)["machine"] == ["a fast machine"] * 2
        assert "epoch   2 of 30" in capsys.readouterr().out  # else every third epoch is told
        monkeypatch.undo()
        monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    chapter["MACHINE"] = "a slow machine"
    history = training(most=4)
    out = capsys.readouterr().out
    assert "epoch   3 of 30" in out and "epoch   4 of 30" in out and "epoch   2 of 30" not in out
    chapter["report"]("D01", "loss", 0.1, None, history)
    assert '"machine": "a fast machine, then a slow machine"' in capsys.readouterr().out


def test_a_training_in_16_bits_has_a_name_of_its_own_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    plain_fit, asked = keras.Model.fit, []

    def option():
        return tf.config.optimizer.get_experimental_options().get("auto_mixed_precision_onednn_bfloat16", False)

    class Machine(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            asked.append(option())
            logs.setdefault("machine", "a processor")

    for half in (False, True, True):
        keras.Model.fit = plain_fit
        resume.install(tmp_path, half=half)
        model = keras.Sequential([keras.Input((1,)), keras.layers.BatchNormalization()])  # no product: the tests run on any processor
        model.compile(loss="mse")
        history = model.fit(X, 2 * X, epochs=2, verbose=0, callbacks=[Machine()]).history
        assert history["machine"] == ["a processor" + ", products in 16 bits" * half] * 2
        assert not option()
    assert asked[:4] == [False, False, True, True]
    assert len(list(tmp_path.glob("*.json"))) == 2


@pytest.mark.parametrize("backend, folder", [("jax", "trainings"), ("tensorflow", None)])
def test_16_bits_are_refused_where_they_would_do_nothing(backend, folder, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with pytest.raises(CourseError, match="--half is for trainings with TensorFlow that are kept"):
        notebook.environment("full", "download", folder, half=True)


@pytest.fixture
def early(fit, tmp_path):
    """Train with early stopping on a validation set that gets worse after some epochs; a checkpoint beside it."""

    def training(epochs=30, stop=None, patience=2):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
        stopping = keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)
        best = tmp_path / "best.keras"
        best.unlink(missing_ok=True)
        callbacks = [Stop(stop), stopping, keras.callbacks.ModelCheckpoint(best, "val_loss", save_best_only=True)]
        history = model.fit(X, 2 * X, validation_data=(X, X), epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)
        return model, history.history, stopping, keras.models.load_model(best)

    return training


def test_early_stopping_and_checkpoint_see_the_best_epoch_again(early):
    model, history, stopping, saved = early()
    assert 3 < len(history["loss"]) < 30 and stopping.best_epoch == int(np.argmin(history["val_loss"]))
    again, same, stopped, loaded = early()
    assert same == history and stopped.best_epoch == stopping.best_epoch  # no epoch more
    for other in (saved, again, loaded):
        np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_a_cut_training_with_early_stopping_goes_on_to_the_same_end(early, tmp_path):
    whole, history, _, _ = early()
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(CutOff):
        early(stop=len(history["loss"]) - 2)  # between the best epoch and the end
    model, resumed, _, saved = early()
    np.testing.assert_allclose(resumed["val_loss"], history["val_loss"], rtol=1e-6)
    for other in (model, saved):
        np.testing.assert_allclose(other.get_weights()[0], whole.get_weights()[0], rtol=1e-6)


def test_another_patience_is_another_training(early):
    assert len(early(patience=4)[1]["loss"]) == len(early()[1]["loss"]) + 2
