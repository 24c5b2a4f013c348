#@title Setup: imports, seed, style and small helpers {display-mode: "form"}
import json
import os
import platform
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up messages stay away
import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

# Quick: part of the data or few epochs, for a CPU. Full: the lecture's own setting, for a GPU.
GPU = bool(keras.distribution.list_devices("gpu"))
PROFILE = os.environ.get("COURSE_PROFILE") or ("full" if GPU else "quick")
QUICK = PROFILE == "quick"
MACHINE = (f"{'GPU' if GPU else f'CPU, {os.cpu_count()} cores'}, Python {platform.python_version()}, "
           f"Keras {keras.__version__} ({keras.backend.backend()})")
SEED = 42
keras.utils.set_random_seed(SEED)

BLUE, ORANGE, GREEN, PINK, SKY, YELLOW = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442"
plt.rcParams.update({
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PINK, SKY]),  # Okabe and Ito: colour-blind-safe
    "figure.dpi": 110, "figure.constrained_layout.use": True, "font.size": 11,
    "axes.spines.top": False, "axes.spines.right": False, "image.cmap": "gray",
})


class Progress(keras.callbacks.Callback):
    """Print about ten lines for one training; note at each epoch the seconds and the machine."""

    def on_train_begin(self, logs=None):
        self.start, self.told = time.perf_counter(), True

    def on_epoch_end(self, epoch, logs):
        logs.setdefault("seconds", time.perf_counter() - self.start)
        logs.setdefault("machine", MACHINE)
        epochs = self.params["epochs"]
        values = "  ".join(f"{name} {value:.4f}" for name, value in logs.items() if name not in ("seconds", "machine"))
        self.line = f"epoch {epoch + 1:3d} of {epochs}  {logs['seconds']:5.0f} s  {values}"
        self.told = (epoch + 1) % max(1, epochs // 10) == 0 or epoch + 1 == epochs
        if self.told:
            print(self.line)

    def on_train_end(self, logs=None):
        if not self.told:  # stopped before the last epoch
            print(self.line)


def train(build, x, y, **settings):
    """Build a model, fit it and return it with its history.

    Each training starts from the same seed: cells may run in any order.
    """
    keras.utils.set_random_seed(SEED)
    model = build()
    history = model.fit(x, y, verbose=0, callbacks=[Progress()], **settings)
    return model, history.history | {"planned": settings.get("epochs", 1)}


def learning_curves(histories):
    """Draw loss and accuracy by epoch. `histories`: {label: history}. Solid: training, dashed: validation."""
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    for ax, metric in zip(axes, ("loss", "accuracy")):
        for i, (label, history) in enumerate(histories.items()):
            epochs = range(1, len(history[metric]) + 1)
            marker = "o" if len(epochs) < 15 else ""
            ax.plot(epochs, history[metric], f"C{i}-{marker}", markersize=3, label=label)
            if f"val_{metric}" in history:
                ax.plot(epochs, history[f"val_{metric}"], f"C{i}--{marker}", markersize=3)
        ax.set(xlabel="epoch", ylabel=metric)
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0].legend(frameon=False)
    if any("val_loss" in history for history in histories.values()):
        axes[1].plot([], [], "k-", label="training")
        axes[1].plot([], [], "k--", label="validation")
        axes[1].legend(frameon=False)
    plt.show()


def show_images(images, titles=None, columns=10, size=1.1):
    """Draw images (n, height, width) or (n, height, width, channels) in rows of `columns`."""
    rows = -(-len(images) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(size * columns, (size + 0.25 * bool(titles)) * rows))
    for ax in np.ravel(axes):
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(np.ravel(axes), images)):
        ax.imshow(image)
        if titles:
            ax.set_title(titles[i], fontsize=9)
    plt.show()


RESULTS = []


def report(figure, quantity, measured, lecture=None, history=None):
    """Print one measured figure as a line that a program can read, and keep it for `comparison`.

    `history` of a training adds how it was made: profile, seed, epochs, seconds, machine.
    """
    row = {"id": figure, "quantity": quantity, "measured": measured, "lecture": lecture}
    if history:
        row |= {"profile": PROFILE, "seed": SEED, "epochs": len(history["loss"]), "planned": history["planned"],
                "seconds": round(history["seconds"][-1]), "machine": ", then ".join(dict.fromkeys(history["machine"]))}
    RESULTS.append(row)
    print(json.dumps(row))


def comparison():
    """Show a table of all reported figures: the lecture's beside the measured."""
    lines = ["| Figure | Quantity | Lecture | Measured |", "|---|---|---|---|"]
    for row in RESULTS:
        lecture = "not given" if row["lecture"] is None else row["lecture"]
        epochs = f" ({row['epochs']} of {row['planned']} epochs, {row['profile']})" if "epochs" in row else ""
        lines.append(f"| {row['id']} | {row['quantity']} | {lecture} | {row['measured']}{epochs} |")
    display(Markdown("\n".join(lines)))
