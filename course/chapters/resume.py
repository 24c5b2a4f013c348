"""Trainings that survive being cut off: every finished epoch is kept, a second run goes on from there.

Active only while ``course execute`` runs a notebook; the notebook itself knows nothing of it.
"""

import hashlib
import json
import math
import re
import time
import zipfile
from pathlib import Path

import numpy as np

from .. import whole_file


def _digest(*arrays):
    sha = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        sha.update(f"{array.dtype}{array.shape}".encode())
        sha.update(array)
    return sha.hexdigest()


def training_key(model, x, y, settings):
    """Name of a training: equal for two trainings exactly when they start alike.

    Parameters
    ----------
    model : keras.Model
        Compiled and built, with its initial weights.
    x, y : numpy.ndarray
        Training data.
    settings : dict
        Keyword arguments of ``fit``. The number of epochs does not count: a longer training goes on
        from a shorter one.

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
        "loss": str(getattr(model.loss, "__name__", model.loss)),
        "data": _digest(np.asarray(x), np.asarray(y), *[np.asarray(a) for a in validation]),
        "settings": [settings.get("batch_size") or 32, settings.get("validation_split", 0.0)],
        "keras": [keras.__version__, keras.backend.backend()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def install(folder, minutes=math.inf, most=math.inf):
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

        def __init__(self, path, logs):
            super().__init__()
            self.path, self.logs = path, logs

        def on_epoch_end(self, epoch, logs=None):
            self.logs.append({k: v if isinstance(v, str) else float(v) for k, v in logs.items()})
            state = [np.asarray(v) for v in self.model.variables + self.model.optimizer.variables]
            with whole_file(self.path.with_suffix(".npz")) as file:
                np.savez(file, *state, epochs=len(self.logs))
            with whole_file(self.path.with_suffix(".json")) as file:
                file.write(json.dumps(self.logs).encode())
            if stopped(self.logs):
                self.model.stop_training = True

    def restore(model, path, epochs):
        """Logs of the epochs that are there, with the model put in the state after the last of them."""
        try:
            logs = json.loads(path.with_suffix(".json").read_text())
            with np.load(path.with_suffix(".npz")) as state:
                if not 0 < len(logs) <= epochs or int(state["epochs"]) != len(logs):
                    return []
                variables = model.variables + model.optimizer.variables
                arrays = [state[f"arr_{i}"] for i in range(len(variables))]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return []
        for variable, array in zip(variables, arrays):
            variable.assign(array)
        return logs

    def fit(self, x=None, y=None, **settings):
        epochs = settings.get("epochs", 1)
        # Off: XLA makes convolutions on a CPU slower than oneDNN's (measured: 0.079 s against 0.058 s a batch).
        self.jit_compile = False
        self.optimizer.build(self.trainable_variables)
        path = folder / training_key(self, x, y, settings)
        logs = restore(self, path, epochs)
        callbacks = list(settings.pop("callbacks", None) or [])

        def tell(_):  # what the notebook prints at each epoch, once more for the kept ones; notes what they lack
            for epoch, old in enumerate(logs):
                for callback in callbacks:
                    callback.on_epoch_end(epoch, old)

        told = keras.callbacks.LambdaCallback(on_train_begin=tell)
        around = [Clock(logs), *callbacks, told, Keep(path, logs)]
        done = epochs if stopped(logs) else len(logs)
        history = plain_fit(self, x, y, callbacks=around, initial_epoch=done, **settings)
        history.epoch = list(range(len(logs)))
        history.history = {k: [log[k] for log in logs] for k in logs[-1]}
        return history

    keras.Model.fit = fit
