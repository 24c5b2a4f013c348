"""Trainings that survive being cut off: every finished epoch is kept, a second run goes on from there.

Where a callback stops early or saves the best weights, the state of the epoch with the lowest ``val_loss`` is kept as well,
so that such callbacks see it again.

Active only while ``course execute`` runs a notebook; the notebook itself knows nothing of it.
"""

import contextlib
import hashlib
import json
import math
import re
import time
import zipfile
from pathlib import Path

import numpy as np

from .. import whole_file
from .epoch import can_take_whole, whole_epochs


def _digest(*arrays):
    sha = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        sha.update(f"{array.dtype}{array.shape}".encode())
        sha.update(array)
    return sha.hexdigest()


def _watching(callbacks):
    """Those of `callbacks` that look for the best epoch."""
    import keras

    return [c for c in callbacks or [] if isinstance(c, (keras.callbacks.EarlyStopping, keras.callbacks.ModelCheckpoint))]


def training_key(model, x, y, settings, half=False):
    """Name of a training: equal for two trainings exactly when they start alike.

    Parameters
    ----------
    model : keras.Model
        Compiled and built, with its initial weights.
    x, y : numpy.ndarray, or a dict of them
        Training data.
    settings : dict
        Keyword arguments of ``fit``. The number of epochs does not count: a longer training goes on
        from a shorter one.
    half : bool
        Whether all products are in 16 bits, whatever the model asks for.

    Returns
    -------
    str
        Hexadecimal, 16 characters.
    """
    import keras

    validation = settings.get("validation_data") or ()
    config = json.loads(model.to_json())
    metrics = config["compile_config"]["metrics"]  # they count by the name under which the log keeps them
    config["compile_config"]["metrics"] = metrics and [m if isinstance(m, str) else m["config"]["name"] for m in metrics]
    parts = {
        # Names, and the numbers that Keras gives them (conv2d_7), say nothing about the training.
        "model": re.sub(r'"name": "[^"]*"|_\d+(?=")', "", json.dumps(config)),
        "weights": _digest(*[np.asarray(v) for v in model.variables]),
        "optimizer": str({k: v for k, v in model.optimizer.get_config().items() if k != "name"}),
        # A loss object counts by its settings: its text tells where in memory it lies.
        "loss": str(model.loss.get_config() if isinstance(model.loss, keras.Loss) else getattr(model.loss, "__name__", model.loss)),
        "data": _digest(*[np.asarray(a) for a in keras.tree.flatten([x, y, *validation])]),
        "settings": [settings.get("batch_size") or 32, settings.get("validation_split", 0.0)],
        "keras": [keras.__version__, keras.backend.backend()],
    }
    policies = sorted({layer.dtype_policy.name for layer in model._flatten_layers() if "16" in layer.dtype_policy.name})
    if policies:  # the model's part has no names, and so not these
        parts["half precision"] = policies
    if half:
        parts["products"] = "bfloat16"
    watching = [(type(c).__name__, c.monitor, getattr(c, "patience", None)) for c in _watching(settings.get("callbacks"))]
    if watching:
        parts["watching"] = watching
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


@contextlib.contextmanager
def products_in_16_bits():
    """Let TensorFlow multiply and convolve in 16 bits (bfloat16) where it can, and keep all weights and sums in 32."""
    import tensorflow as tf

    option = "auto_mixed_precision_onednn_bfloat16"
    before = tf.config.optimizer.get_experimental_options().get(option, False)
    tf.config.optimizer.set_experimental_options({option: True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({option: before})


def install(folder, minutes=math.inf, most=math.inf, half=False):
    """Make every ``keras.Model.fit`` keep its epochs in `folder` and go on from what it finds there.

    Parameters
    ----------
    folder : path
        Made when it is missing. One file of weights and one of logs for each training.
    minutes : float
        Stop each training at the end of the epoch in which it has taken that long, kept epochs included.
        A later run goes on from there.
    most : float
        Stop each training after so many epochs, kept ones included.
    half : bool
        Train with products in 16 bits: another training, with a name of its own and a note beside the machine's.
    """
    import keras

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    plain_fit = keras.Model.fit

    def stopped(logs):
        return bool(logs) and (logs[-1]["seconds"] > 60 * minutes or len(logs) >= most)

    class Clock(keras.callbacks.Callback):
        """Note the seconds, those of the kept epochs included. Comes first."""

        def __init__(self, logs):
            super().__init__()
            self.spent = logs[-1]["seconds"] if logs else 0.0

        def on_train_begin(self, logs=None):
            self.start = time.perf_counter() - self.spent

        def on_epoch_end(self, epoch, logs=None):
            logs["seconds"] = time.perf_counter() - self.start

    class Keep(keras.callbacks.Callback):
        """Keep an epoch with all that the others noted. Comes last."""

        def __init__(self, path, logs, watched):
            super().__init__()
            self.path, self.logs, self.watched = path, logs, watched

        def on_epoch_end(self, epoch, logs=None):
            if half and "machine" in logs:
                logs["machine"] += ", products in 16 bits"
            self.logs.append({k: v if isinstance(v, str) else float(v) for k, v in logs.items()})
            state = [np.asarray(v) for v in self.model.variables + self.model.optimizer.variables]
            losses = [log.get("val_loss") for log in self.logs]
            if self.watched and losses[-1] == min(losses):
                with whole_file(self.path.with_suffix(".best.npz")) as file:
                    np.savez(file, *state, epochs=len(self.logs))
            with whole_file(self.path.with_suffix(".npz")) as file:
                np.savez(file, *state, epochs=len(self.logs), ended=bool(self.watched and self.model.stop_training))
            with whole_file(self.path.with_suffix(".json")) as file:
                file.write(json.dumps(self.logs).encode())
            if stopped(self.logs):
                self.model.stop_training = True

    def read(path, model):
        """Arrays of a kept state, the number of its epochs, and whether a callback had ended the training."""
        with np.load(path) as state:
            arrays = [state[f"arr_{i}"] for i in range(len(model.variables + model.optimizer.variables))]
            return arrays, int(state["epochs"]), "ended" in state and bool(state["ended"])

    def assign(model, arrays):
        for variable, array in zip(model.variables + model.optimizer.variables, arrays):
            variable.assign(array)

    def restore(model, path, epochs, watched):
        """What is there: logs, state after the last and after the best epoch, whether a callback had ended it."""
        nothing = [], None, (None, 0), False
        try:
            logs = json.loads(path.with_suffix(".json").read_text())
            last, count, ended = read(path.with_suffix(".npz"), model)
            best = read(path.with_suffix(".best.npz"), model)[:2] if watched else (None, 0)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return nothing
        return (logs, last, best, ended) if 0 < len(logs) <= epochs and count == len(logs) >= best[1] else nothing

    def fit(self, x=None, y=None, **settings):
        epochs = settings.get("epochs", 1)
        jax = keras.backend.backend() == "jax"
        if not jax:  # XLA makes convolutions on a CPU slower than oneDNN's (measured: 0.079 s against 0.058 s a batch)
            self.jit_compile = False
        self.optimizer.build(self.trainable_variables)
        path = folder / training_key(self, x, y, settings, half)
        callbacks = list(settings.pop("callbacks", None) or [])
        watched = bool(_watching(callbacks))
        logs, last, (best, best_epoch), ended = restore(self, path, epochs, watched)
        if logs:
            assign(self, last)

        def tell(_):  # what the notebook prints at each epoch, once more for the kept ones; notes what they lack
            for epoch, old in enumerate(logs):
                if epoch + 1 == best_epoch:
                    assign(self, best)
                for callback in callbacks:
                    callback.on_epoch_end(epoch, old)
                if epoch + 1 == best_epoch:
                    assign(self, last)

        told = keras.callbacks.LambdaCallback(on_train_begin=tell)
        around = [Clock(logs), *callbacks, told, Keep(path, logs, watched)]
        done = epochs if ended or stopped(logs) else len(logs)
        with contextlib.ExitStack() as ways:
            if half:
                ways.enter_context(products_in_16_bits())
            if jax and can_take_whole(self, around):
                ways.enter_context(whole_epochs(self))
            history = plain_fit(self, x, y, callbacks=around, initial_epoch=done, **settings)
        history.epoch = list(range(len(logs)))
        history.history = {k: [log[k] for log in logs] for k in logs[-1]}
        return history

    keras.Model.fit = fit
