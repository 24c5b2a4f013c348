"""Questions on part 1, from MLP to CNN: chapters 1 to 4."""

import math
from itertools import combinations

import numpy as np

from . import Question, Wrong, grid, template
from .tools import Statement, big, choose, code, pick, plus, product, some, times

TRUE, LECTURE = "Which statement is right?", "Three of these statements are right, one is a slip of a lecture. Which one?"

# ---------------------------------------------------------------------------- chapter 1: an MLP on Fashion-MNIST


def mlp_parameters(*widths):
    """Weights and biases of dense layers between these widths."""
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def made_arrays(*widths):
    """The same count: make the arrays and add up their sizes."""
    return sum(np.empty((a, b)).size + np.empty(b).size for a, b in zip(widths, widths[1:]))


@template(1, "parameters of an MLP", reads=("01-mlp-fashion-mnist", r"^total +([\d,]+)$"),
          example=lambda: mlp_parameters(784, 128, 10))
def parameters_of_an_mlp(rng):
    side, hidden, classes = pick(rng, 8, 10, 12, 16, 20, 28), pick(rng, 16, 20, 32, 50, 64, 100, 128), pick(rng, 2, 3, 4, 5, 10)
    pixels, right = side * side, mlp_parameters(side * side, hidden, classes)
    return Question(
        text=f"Grey images of {side}×{side} pixels are flattened. Then come one hidden dense layer of {hidden} units and an output "
             f"layer of {classes} units, both with biases. How many parameters does the network have?",
        answer=right,
        why=rf"$({pixels} + 1) \cdot {hidden} + ({hidden} + 1) \cdot {classes} = {big(right)}$: each unit has a weight for each of its "
            "inputs, and one bias.",
        wrong=[
            Wrong(pixels * hidden + hidden * classes, "forgets the biases",
                  f"Each of the {hidden} + {classes} units also learns a bias."),
            Wrong(mlp_parameters(pixels, hidden), "forgets the output layer",
                  rf"The output layer adds $({hidden} + 1) \cdot {classes} = {big(mlp_parameters(hidden, classes))}$."),
            Wrong(pixels * hidden + hidden * classes + 2, "gives a layer one bias",
                  f"Every unit has its own bias: {hidden} in the first layer, {classes} in the second, not one for each layer."),
            Wrong(mlp_parameters(side, hidden, classes), "takes the side for the image",
                  rf"Flattened, the image has ${side} \cdot {side} = {pixels}$ numbers, not {side}."),
            Wrong((pixels + 1) * hidden + hidden * classes, "forgets the output layer's biases",
                  f"The {classes} output units have biases, too."),
        ],
        check=lambda: made_arrays(pixels, hidden, classes))


@template(1, "one more hidden layer", reads=("01-mlp-fashion-mnist", r"^Dense +output \(10,\) +parameters +([\d,]+)$"),
          example=lambda: mlp_parameters(128, 10))
def one_more_hidden_layer(rng):
    (a, b), c = some(rng, 2, [16, 20, 32, 50, 64, 100, 128]), pick(rng, 2, 5, 10)
    right = mlp_parameters(a, b, c) - mlp_parameters(a, c)
    return Question(
        text=f"An MLP has a hidden layer of {a} units, then an output layer of {c}. You put another hidden layer of {b} units between "
             "the two. By how many parameters does the network grow?",
        answer=right,
        why=rf"The new layer adds $({a} + 1) \cdot {b} = {big((a + 1) * b)}$. The output layer now reads {b} values, not {a}: "
            "it goes from "
            rf"$({a} + 1) \cdot {c} = {big((a + 1) * c)}$ to $({b} + 1) \cdot {c} = {big((b + 1) * c)}$.",
        wrong=[
            Wrong((a + 1) * b, "forgets that the output layer changes",
                  f"The output layer had {a} inputs and now has {b}, so its own count changes by {abs(b - a) * c}."),
            Wrong(mlp_parameters(a, b, c), "does not take the old output layer away",
                  f"The output layer was there before: its old {big((a + 1) * c)} parameters go, before "
                  f"{big((b + 1) * c)} new ones come.".replace("{,}", ",")),
            Wrong(a * b, "counts the new weights alone",
                  f"The {b} new units have biases, and the output layer reads {b} values now instead of {a}."),
            Wrong(a * b + b * c - a * c, "forgets the biases", f"Each of the {b} new units brings a bias."),
        ],
        check=lambda: made_arrays(a, b, c) - made_arrays(a, c))


def softmax(scores):
    """Softmax of a few scores."""
    powers = np.exp(np.asarray(scores, float) - max(scores))
    return powers / powers.sum()


@template(1, "softmax", reads=("01-mlp-fashion-mnist", r"softmax \[([\d.]+), ([\d.]+), ([\d.]+)\]"),
          example=lambda: tuple(softmax([2, 1, 0]).tolist()))
def softmax_of_logarithms(rng):
    (a, b), first = some(rng, 2, range(2, 10)), bool(rng.integers(2))
    total, shown = a + b + 1, rf"$\ln {a}$, $\ln {b}$" if first else rf"$\ln {b}$, $\ln {a}$"
    return Question(
        text=rf"The last layer of a network gives the three sums {shown} and $0$. Which probability does softmax give to the "
             rf"{'first' if first else 'second'} class? (Remember that $e^{{\ln {a}}} = {a}$.)",
        answer=float(softmax(np.log([a, b, 1]))[0]),
        why=rf"The powers are ${a}$, ${b}$ and $e^0 = 1$, so this class gets ${a} / ({a} + {b} + 1) = {a} / {total}$.",
        wrong=[
            Wrong(a / (a + b), "takes the sum 0 for no share", "A sum of 0 has the power $e^0 = 1$, not 0: the third class counts."),
            Wrong(math.log(a) / math.log(a * b), "divides the sums themselves",
                  "Softmax first takes powers of $e$, then divides by their sum."),
            Wrong(a / (a + 1), "takes the sigmoid", rf"$\sigma(\ln {a}) = {a} / ({a} + 1)$ leaves out the other two classes."),
            Wrong(1 / 3, "shares equally", "The shares would be equal only if the three sums were equal."),
            Wrong(float(a > b), "takes the largest for certain",
                  "Softmax is soft: no class gets 0 or 1, each gets its share of the powers."),
        ],
        check=lambda: np.exp(np.log(a)) / np.exp(np.log([a, b, 1.0])).sum())


def cross_entropy(p):
    """Loss of an image whose right class has the probability p."""
    return -math.log(p)


@template(1, "cross-entropy of an image",
          reads=("01-mlp-fashion-mnist", r"first class is right: ([\d.]+)\nloss if the last class is right: +([\d.]+)"),
          example=lambda: tuple(cross_entropy(p) for p in softmax([2, 1, 0])[[0, 2]]))
def cross_entropy_of_an_image(rng):
    p = [x / 100 for x in pick(rng, (60, 25, 10, 5), (50, 30, 15, 5), (40, 30, 20, 10), (70, 15, 10, 5), (45, 35, 15, 5))]
    names = some(rng, 4, ["bag", "coat", "dress", "shirt", "sandal", "trouser"])
    order = [int(i) for i in rng.permutation(4)]
    place = int(rng.integers(4))
    name, right = names[place], p[order[place]]
    shown = [p[i] for i in order]
    return Question(
        text=f"A network gives an image these probabilities. The image shows a {name}. How large is the cross-entropy loss? "
             "(Take a calculator.)" + grid([shown], names),
        answer=cross_entropy(right),
        why=rf"The loss is $-\ln p$ of the right class: $-\ln {right} = {cross_entropy(right):.4g}$. The others do not enter.",
        wrong=[
            Wrong(1 - right, "takes what is missing to 1",
                  rf"The loss is a logarithm, $-\ln {right}$, not the difference $1 - {right}$."),
            Wrong(-math.log(1 - right), "takes the wrong classes together",
                  rf"The right class has ${right}$. $-\ln {1 - right:.2g}$ is the loss for the event that it is *not* this class."),
            Wrong(-math.log10(right), "takes the logarithm to base 10", "The loss uses the natural logarithm, to base $e$."),
            Wrong(-math.log(max(p)), "takes the class that the network prefers",
                  f"The label decides, not the largest probability: the image shows a {name}."),
            Wrong(-sum(x * math.log(x) for x in p), "weighs all classes by the network's own probabilities",
                  "That is the entropy of the answer. The loss asks only for the probability of the right class."),
        ],
        check=lambda: float(np.eye(4)[place] @ -np.log(shown)))


@template(1, "loss of a batch")
def loss_of_a_batch(rng):
    exponents = [int(x) for x in rng.integers(0, 4, 4)]
    p, mean = [0.5 ** e for e in exponents], sum(exponents) / 4
    return Question(
        text="A batch has four images. The table shows the probability that the network gives to the *right* class of each. "
             "How large is "
             r"the batch's cross-entropy loss? Use $\ln 2 = 0.6931$." + grid([p], ["image 1", "image 2", "image 3", "image 4"]),
        answer=mean * math.log(2),
        why=rf"The losses are ${' + '.join(map(str, exponents))} = {sum(exponents)}$ times $\ln 2$ together, and their mean is "
            rf"${mean:g} \cdot \ln 2$.",
        wrong=[
            Wrong(-math.log(sum(p) / 4), "takes the logarithm of the mean",
                  rf"First each image's loss, then the mean: $-\ln {sum(p) / 4:.4g}$, from the mean probability, is another number."),
            Wrong(sum(exponents) * math.log(2), "adds up and does not divide",
                  "The loss of a batch is the mean over its four images, so divide by 4."),
            Wrong(1 - sum(p) / 4, "takes the mean of what is missing to 1", r"The loss of an image is $-\ln p$, not $1 - p$."),
            Wrong(max(exponents) * math.log(2), "takes the worst image", "All four images count the same, not the worst one alone."),
            Wrong(mean, "counts in powers of 2", r"The logarithm is natural: each halving of $p$ costs $\ln 2$, not 1."),
        ],
        check=lambda: float(np.mean(-np.log(p))))


def steps(images, batch, epochs):
    """Optimiser steps of a training; the last batch of an epoch may be smaller."""
    return math.ceil(images / batch) * epochs


@template(1, "steps of a training", reads=("01-mlp-fashion-mnist", r"80 epochs are (\d+) steps"),
          example=lambda: steps(60_000, 1024, 80))
def steps_of_a_training(rng):
    images, batch = pick(rng, 1000, 2000, 5000, 6000, 10_000, 50_000, 60_000), pick(rng, 32, 64, 128, 256, 300, 512)
    epochs = pick(rng, 5, 10, 15, 20, 30, 50)
    whole, rest = divmod(images, batch)
    once = steps(images, batch, 1)
    return Question(
        text=f"A training set has {images:,d} images. They come in batches of {batch}, the last batch of an epoch takes what is left. "
             f"How many steps does the optimiser make in {epochs} epochs?",
        answer=steps(images, batch, epochs),
        why=f"An epoch has {whole} full batches" + (f" and one of {rest}" if rest else "") + f", so {once} steps; {epochs} epochs have "
            f"{once * epochs:,d}.",
        wrong=[
            Wrong(whole * epochs, "drops the last batch", f"The {rest} images that are left make a batch, too, in every epoch."),
            Wrong(once, "counts one epoch", f"The images come round {epochs} times."),
            Wrong(math.ceil(images * epochs / batch), "lets batches run across epochs",
                  "Each epoch ends with its own small batch. Round up first, then multiply."),
            Wrong(images * epochs, "counts images", "One step uses a whole batch, not one image."),
            Wrong(batch * epochs, "multiplies by the size of a batch", "The size of a batch tells how many images one step uses."),
        ],
        check=lambda: sum(1 for _ in range(epochs) for _ in range(0, images, batch)))


@template(1, "error through a sigmoid")
def error_through_a_sigmoid(rng):
    h, weight = pick(rng, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9), pick(rng, -4, -3, -2, 2, 3, 4)
    delta = pick(rng, 0.1, 0.2, 0.5, -0.1, -0.5)
    right = round(delta * weight * h * (1 - h), 6)
    z = math.log(h / (1 - h))

    def check(step=1e-4):
        loss = [delta * weight / (1 + math.exp(-(z + side))) for side in (-step, step)]  # as far as it depends on this unit
        return round((loss[1] - loss[0]) / (2 * step), 6)

    return Question(
        text=rf"A sigmoid unit has the sum $z$ and answers $h = \sigma(z) = {h}$. A weight of ${weight}$ leads from it to one "
             "unit behind, "
             rf"whose sum has the gradient $\partial L / \partial z' = {delta}$. How large is $\partial L / \partial z$?",
        answer=right,
        why=rf"The slope is $h (1 - h) = {h} \cdot {1 - h:.1f} = {h * (1 - h):.2f}$, so "
            rf"${times(delta, weight)} \cdot {h * (1 - h):.2f} = {right}$.",
        wrong=[
            Wrong(round(delta * weight, 6), "forgets the slope",
                  f"The step from $h$ back to $z$ multiplies by the slope, {h * (1 - h):.2f}."),
            Wrong(round(delta * h * (1 - h), 6), "forgets the weight",
                  f"The step back from $z'$ to $h$ multiplies by the weight, ${weight}$."),
            Wrong(round(delta * weight * h, 6), "takes the output for the slope",
                  rf"The slope is $h (1 - h) = {h * (1 - h):.2f}$, not $h$."),
            Wrong(round(delta * weight / 4, 6), "takes the largest slope",
                  f"The slope is 1/4 only at $z = 0$, where $h = 0.5$. Here $h = {h}$."),
            Wrong(round(delta * weight * (1 - h * h), 6), "takes the slope of tanh",
                  r"$1 - h^2$ belongs to tanh; the sigmoid has $h (1 - h)$."),
        ],
        check=check)


@template(1, "error through a ReLU")
def error_through_a_relu(rng):
    z, weight = pick(rng, -5, -3, -2, -0.5, 0.5, 2, 3, 5), pick(rng, -4, -3, -2, 2, 3, 4)
    delta = pick(rng, 0.1, 0.2, 0.4, -0.1, -0.5)
    right = round(delta * weight, 6) if z > 0 else 0.0

    def check(step=1e-4):
        loss = [delta * weight * max(0.0, z + side) for side in (-step, step)]
        return round((loss[1] - loss[0]) / (2 * step), 6)

    quarter = Wrong(round(delta * weight / 4, 6), "takes the sigmoid's slope", "1/4 is the sigmoid's largest slope. ReLU's is 1 or 0.")
    wrong = [
        quarter,
        Wrong(round(delta * weight * z, 6), "multiplies by the sum itself",
              f"The slope does not depend on how large $z$ is: it is {int(z > 0)} at ${z}$."),
        Wrong(round(delta, 6), "forgets weight and slope" if z < 0 else "forgets the weight",
              f"The step back from $z'$ multiplies by the weight ${weight}$, and then by ReLU's slope."),
    ]
    wrong.append(Wrong(0.0, "takes the unit for dead", f"Its sum ${z}$ is positive, so it is active and its slope is 1.") if z > 0 else
                 Wrong(round(delta * weight, 6), "lets the gradient through",
                       f"Its sum ${z}$ is negative: there ReLU is flat, slope 0."))
    return Question(
        text=f"A ReLU unit has the sum $z = {z}$ for an image. A weight of ${weight}$ leads from it to one unit behind, whose "
             "sum has the "
             rf"gradient $\partial L / \partial z' = {delta}$. How large is $\partial L / \partial z$?",
        answer=right,
        why=rf"ReLU's slope is {int(z > 0)} for a {'positive' if z > 0 else 'negative'} sum, so the gradient is "
            rf"${times(delta, weight)} \cdot {int(z > 0)} = {right:g}$.",
        wrong=wrong, check=check)


def one_step_back(units, stddev):
    """What one sigmoid layer multiplies the size of a gradient by, where its slope is 1/4."""
    return stddev * math.sqrt(units) / 4


@template(1, "how a gradient shrinks", reads=("01-mlp-fashion-mnist", r"sigmoid, 0\.01 +[\d.]+ +([\d.]+)$"),
          example=lambda: one_step_back(128, 0.01))
def how_a_gradient_shrinks(rng):
    units, root = pick(rng, (16, 4), (25, 5), (64, 12), (100, 10), (400, 20), (2500, 50))
    stddev, layers = round(pick(rng, 0.4, 0.6, 0.8, 1.2, 1.6, 2) / root, 4), pick(rng, 1, 2, 3)
    right = one_step_back(units, stddev) ** layers
    ask = "one step back, through one such layer," if layers == 1 else f"the way back through {layers} such layers"
    power = "" if layers == 1 else f"^{layers}"
    return Question(
        text=f"Sigmoid layers of {units} units have random weights with mean 0 and standard deviation {stddev:g}. Take all slopes at "
             f"their largest, 1/4. By about which factor does {ask} multiply the size of the gradient?",
        answer=round(right, 12),
        why=rf"A sum of {units} independent terms is $\sqrt{{{units}}} = {root}$ times as large as one: "
            rf"$({stddev:g} \cdot {root} \cdot \tfrac14){power} = {right:.4g}$.",
        wrong=[
            Wrong(round((stddev * units / 4) ** layers, 12), "adds the terms as if they all had one sign",
                  rf"Random terms cancel in part: their sum grows with $\sqrt{{{units}}}$, not with {units}."),
            Wrong(round((stddev * root) ** layers, 12), "forgets the slope",
                  "Each layer also multiplies by the sigmoid's slope, at most 1/4."),
            Wrong(0.25 ** layers, "leaves out the weights",
                  rf"The weights leave the size alone only if $\sigma \sqrt{{n}} = 1$. Here it is {stddev * root:g}."),
            Wrong(round((stddev / 4) ** layers, 12), "takes one weight for the layer",
                  f"Each unit gets gradients from {units} units behind, not from one."),
            Wrong(round(right ** (1 / layers), 12), "counts one layer", f"The factor comes {layers} times, once for each layer."),
        ],
        check=lambda: round(math.prod([0.5 * (1 - 0.5) * math.sqrt(sum([stddev ** 2] * units))] * layers), 12))


def glorot_limit(n_in, n_out):
    """Glorot's uniform weights lie between minus and plus this."""
    return math.sqrt(6 / (n_in + n_out))


@template(1, "Glorot's limit", reads=("01-mlp-fashion-mnist", r"weights \(784, 128\) +limit ([\d.]+)"),
          example=lambda: glorot_limit(784, 128))
def limit_of_glorot(rng):
    total = pick(rng, 24, 54, 96, 150, 600, 2400)
    n_out = int(rng.integers(4, total // 2))
    n_in = total - n_out
    return Question(
        text=f"A dense layer has {n_in} inputs and {n_out} units. Glorot's uniform initialisation draws its weights between "
             "$-a$ and $a$. How large is $a$?",
        answer=round(glorot_limit(n_in, n_out), 6),
        why=rf"$a = \sqrt{{6 / (n_{{in}} + n_{{out}})}} = \sqrt{{6 / {total}}}$. A uniform number has the variance $a^2 / 3$, "
            rf"which makes $2 / {total}$.",
        wrong=[
            Wrong(round(math.sqrt(2 / total), 6), "takes the standard deviation for the limit",
                  rf"$\sqrt{{2 / {total}}}$ is the standard deviation. The limit is $\sqrt 3$ times as large."),
            Wrong(round(2 / total, 6), "takes the variance for the limit", rf"$2 / {total}$ is the variance of the weights."),
            Wrong(round(6 / total, 6), "forgets the root", rf"$6 / {total}$ is $a^2$."),
            Wrong(round(math.sqrt(6 / n_in), 6), "looks at the inputs alone",
                  f"That is He's rule, $2 / n_{{in}}$, as a uniform limit. Glorot counts the {n_out} outputs, too."),
            Wrong(round(math.sqrt(6 / (n_in * n_out)), 6), "multiplies inputs and outputs",
                  f"Inputs and outputs are added, {n_in} + {n_out}, not multiplied."),
        ],
        check=lambda: round(math.sqrt(3 / np.mean([n_in, n_out])), 6))


@template(1, "first step of Adam")
def first_step_of_adam(rng):
    rate, gradient = pick(rng, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01,
                          0.02), pick(rng, 0.01, 0.04, 0.09, 0.16, 0.25, 0.36, 4, 9, 16, 25, 100)

    def check():
        m, v = (1 - 0.9) * gradient, (1 - 0.999) * gradient ** 2
        return round(rate * (m / (1 - 0.9)) / math.sqrt(v / (1 - 0.999)), 10)

    return Question(
        text=f"A weight has the gradient {gradient:g} in the first mini-batch. By how much does Adam change it in its first "
             "step, at the "
             rf"learning rate {rate:g}? ($\epsilon$ is too small to matter.)",
        answer=rate,
        why=r"In the first step $\hat m = g$ and $\sqrt{\hat v} = |g|$, so $\hat m / \sqrt{\hat v} = 1$: the step is the "
            "learning rate, whatever the gradient.",
        wrong=[
            Wrong(round(rate * gradient, 10), "takes the step of SGD", "SGD multiplies by the gradient. In Adam its size cancels out."),
            Wrong(round(rate * gradient ** 2, 10), "multiplies by the square",
                  r"Adam *divides* by the root of $\hat v$, it does not multiply."),
            Wrong(round(rate * math.sqrt(gradient), 10), "forgets the square in v",
                  r"$\hat v$ is a mean of *squares*, so its root has the size of $g$."),
            Wrong(round(rate / gradient, 10), "divides by the square of the gradient",
                  r"$\hat m$ is divided by $\sqrt{\hat v}$, not by $\hat v$."),
            Wrong(round(rate / 10, 10), "forgets the correction of the start",
                  r"$m$ begins with $0.1\,g$, but the hat divides by $1 - 0.9$ again, and so for $v$."),
        ],
        check=check)


@template(1, "which network overfits", kind="choice")
def which_network_overfits(rng):
    def two(low, high):
        return round(float(rng.uniform(low, high)), 2)

    start = {name: two(0.5, 0.8) for name in ("overfits", "learns", "stuck", "diverges")}
    rows = {  # training loss at epochs 10 and 50, validation loss at epochs 10 and 50
        "overfits": (start["overfits"], two(0.05, 0.2), two(0.8, 0.9), two(1.1, 1.6)),
        "learns": (start["learns"], two(0.2, 0.4), two(0.8, 0.9), two(0.45, 0.6)),
        "stuck": (2.31, 2.3, 2.3, 2.3),
        "diverges": (start["diverges"], two(2.5, 4), two(0.8, 0.9), two(2.6, 4.2)),
    }
    order = some(rng, 4, list(rows))
    letter = dict(zip(order, "ABCD"))
    a, b, c, d = rows["overfits"]
    table = [[letter[name], *rows[name]] for name in order]

    def check():
        (found,) = [row[0] for row in table if row[2] < row[1] and row[4] > row[3]]
        return found

    return Question(
        text="The losses of four trainings after 10 and after 50 epochs, on training images and on validation images. Which network "
             "overfits between the two?" + grid(table, ["network", "training, 10", "training, 50", "validation, 10", "validation, 50"]),
        answer=letter["overfits"], choices=list("ABCD"),
        why=f"Its training loss falls from {a} to {b} while its validation loss rises from {c} to {d}: it learns single images "
            "by heart.",
        wrong=[
            Wrong(letter["learns"], "takes a gap for overfitting",
                  f"Both of its losses still fall, the one for validation from {rows['learns'][2]} to {rows['learns'][3]}. It "
                  "should train on."),
            Wrong(letter["stuck"], "takes a bad network for overfitted",
                  r"It does not learn at all: both losses stay near $\ln 10 \approx 2.30$, which is guessing among ten classes."),
            Wrong(letter["diverges"], "looks at the validation loss alone",
                  "Its training loss rises as well. The training diverges; a smaller learning rate may help."),
        ],
        check=check)


@template(1, "one change at a time", kind="choice")
def one_change_at_a_time(rng):
    factors = {"start": ["stddev 0.01", "Glorot"], "optimiser": ["SGD", "Adam"], "activation": ["sigmoid", "ReLU"],
               "hidden layers": [1, 3], "epochs": [50, 80]}
    names = list(factors)
    asked = pick(rng, *names)
    others = [name for name in names if name != asked]

    def changed(run, *which):
        return {name: (factors[name][1 - factors[name].index(value)] if name in which else value) for name, value in run.items()}

    def differences(i, j):
        return [name for name in names if runs[i][name] != runs[j][name]]

    while True:
        base = {name: pick(rng, *values) for name, values in factors.items()}
        runs = [base, changed(base, asked), changed(base, asked, *some(rng, 1, others)), changed(base, asked, *some(rng, 2, others)),
                changed(base, *some(rng, 1, others))]
        pairs = list(combinations(range(5), 2))
        if sum(differences(i, j) == [asked] for i, j in pairs) == 1:  # only one pair answers the question
            break
    order = [int(i) for i in rng.permutation(5)]
    letter = {run: "ABCDE"[place] for place, run in enumerate(order)}

    def pair(i, j):
        return " and ".join(sorted((letter[i], letter[j])))

    table = [[letter[run], *(runs[run][name] for name in names)] for run in order]
    wrong = [Wrong(pair(i, j), "changes more than one thing" if asked in differences(i, j) else "changes another thing",
                   f"They differ in: {', '.join(differences(i, j))}." if asked in differences(i, j) else
                   f"They agree in the {asked} and differ in: {', '.join(differences(i, j))}.")
             for i, j in pairs if (i, j) != (0, 1) and differences(i, j)]
    return Question(
        text=f"Five trainings. Which two must you compare to see the effect of the *{asked}* alone?"
             + grid(table, ["training", *names]),
        answer=pair(0, 1), why=f"They differ in the {asked} alone. Any other pair leaves it open which change did the work.",
        wrong=some(rng, 4, wrong),
        check=lambda: " and ".join(sorted(row[0] for row in next(
            two for two in combinations(table, 2)
            if [x == y for x, y in zip(two[0][1:], two[1][1:])] == [name != asked for name in names]))))


@template(1, "accuracy without looking")
def accuracy_without_looking(rng):
    classes = int(rng.integers(3, 6))
    counts = [int(x) * 10 for x in rng.integers(2, 40, classes)]
    total, most = sum(counts), max(counts)
    return Question(
        text="A test set holds these numbers of images of its classes. A program does not look and always names the most "
             "frequent class. Which accuracy does it reach?" + grid([counts], [f"class {i}" for i in range(classes)]),
        answer=most / total,
        why=rf"It is right for the {most} images of that class, of {total} in all: ${most} / {total} = {most / total:.4g}$.",
        wrong=[
            Wrong(1 / classes, "takes the classes for equally frequent",
                  f"1/{classes} would be right if all classes were equally frequent."),
            Wrong(sum((x / total) ** 2 for x in counts), "guesses in proportion",
                  "That is the accuracy of guessing each class as often as it occurs. Always naming the largest class does better."),
            *([Wrong(most / (total - most), "divides by the others",
                     f"The share is taken of all {total} images, not of the {total - most} of the other classes.")]
                     if 2 * most < total else []),
            Wrong(0.0, "takes a blind answer for always wrong", f"It is right by luck {most} times."),
        ],
        check=lambda: float(np.mean(np.repeat(np.arange(classes), counts) == np.argmax(counts))))


def standard_error(p, n):
    """Standard error of an accuracy p, measured on n images."""
    return math.sqrt(p * (1 - p) / n)


@template(1, "standard error of an accuracy", reads=("01-mlp-fashion-mnist", r"standard error of one network ([\d.]+)"),
          example=lambda: standard_error(0.88, 10_000))
def standard_error_of_an_accuracy(rng):
    p, n = pick(rng, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.95,
                0.98), pick(rng, 100, 200, 400, 900, 1000, 2500, 5000, 10_000)
    right = standard_error(p, n)
    return Question(
        text=f"A network gets {p:g} of {n:,d} test images right. How large is the standard error of this accuracy?",
        answer=round(right, 8),
        why=rf"$\sqrt{{p (1 - p) / n}} = \sqrt{{{p:g} \cdot {1 - p:.2g} / {n}}} = {right:.4g}$.",
        wrong=[
            Wrong(round(p * (1 - p) / n, 10), "forgets the root",
                  "That is the variance of the accuracy. The standard error is its root."),
            Wrong(round(math.sqrt(p * (1 - p)) / n, 10), "takes the root of the numerator alone",
                  r"The root covers $n$, too: the error shrinks with $\sqrt{n}$, not with $n$."),
            Wrong(round(math.sqrt(p / n), 8), "forgets the images that are wrong", r"Both shares count: $p (1 - p)$."),
            Wrong(round(math.sqrt(p * (1 - p)), 8), "forgets the number of images",
                  f"That is the spread of a single answer, right or wrong. The mean of {n:,d} answers spreads less."),
            Wrong(round(1 - p, 8), "takes the share of errors",
                  "The share of wrong answers is not the uncertainty of the share of right ones."),
        ],
        check=lambda: round(float(np.std([1.0] * round(p * n) + [0.0] * (n - round(p * n))) / n ** 0.5), 8))


def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, float)))


def equal_start_stays_equal():
    """Whether two hidden units that start alike get the same gradient."""
    rng = np.random.default_rng(0)
    x, wanted, first, second = rng.normal(size=(6, 3)), rng.normal(size=(6, 1)), np.full((3, 2), 0.5), np.full((2, 1), 0.5)
    h = sigmoid(x @ first)
    gradient = x.T @ ((h @ second - wanted) @ second.T * h * (1 - h))
    return np.allclose(gradient[:, 0], gradient[:, 1])


@template(1, "statements on MLPs", kind="choice")
def statements_on_mlps(rng):
    z = np.linspace(-20, 20, 4001)
    slope = sigmoid(z) * (1 - sigmoid(z))
    right = [
        Statement("The slope of the sigmoid is never larger than 1/4.", lambda: slope.max() <= 0.25,
                  r"It is $\sigma (1 - \sigma)$, largest where $\sigma = 1/2$."),
        Statement("If you add 5 to every sum of the last layer, softmax gives the same probabilities.",
                  lambda: np.allclose(softmax([2, 1, 0]), softmax([7, 6, 5])),
                  "All powers get the factor $e^5$, which cancels in the division."),
        Statement("Hidden units that all start with the same weights stay copies of each other.", equal_start_stays_equal,
                  "They compute the same, so they get the same gradient, in every step."),
        Statement("A network that gives each of ten classes 0.1 has a loss of about 2.30.",
                  lambda: round(cross_entropy(0.1), 2) == 2.30, r"$-\ln 0.1 = \ln 10 \approx 2.30$."),
        Statement("A ReLU unit with the sum 300 passes the gradient on as well as one with the sum 3.",
                  lambda: (max(0, 300.1) - max(0, 300.0)) - (max(0, 3.1) - max(0, 3.0)) < 1e-9,
                  "The slope is 1 for every positive sum."),
    ]
    wrong = [
        Statement("If you double every sum of the last layer, softmax gives the same probabilities.",
                  lambda: np.allclose(softmax([1, 0]), softmax([2, 0])),
                  "Sums 1 and 0 give 0.73, sums 2 and 0 give 0.88: differences count.",
                  "takes softmax for a plain share"),
        Statement("Three dense layers without activations can compute more than one dense layer.",
                  lambda: not np.allclose(np.eye(3) * 2 @ (np.eye(3) * 3) @ (np.eye(3) * 4), np.eye(3) * 24),
                  "The product of three matrices is one matrix: the stack is one linear map.", "forgets what activations are for"),
        Statement("The larger the sum of a sigmoid unit, the larger its slope.", lambda: slope[-1] > slope[2000],
                  "The sigmoid is flat at both ends: there the unit is saturated.", "takes the slope for the output"),
        Statement("Large random weights give a sigmoid network large gradients.",
                  lambda: (lambda h: (h * (1 - h)).mean())(sigmoid(z * 5)) > (lambda h: (h * (1 - h)).mean())(sigmoid(z * 0.05)),
                  "Large weights make large sums, and there the sigmoid is flat.", "forgets saturation"),
        Statement("The cross-entropy loss of an image is at most 1.", lambda: cross_entropy(0.01) <= 1,
                  r"It has no largest value: $-\ln 0.01 = 4.6$.", "takes the loss for a share"),
        Statement("A hidden unit on 784 pixels has 784 parameters.", lambda: made_arrays(784, 1) == 784,
                  "It has 784 weights and a bias.", "forgets the bias"),
        Statement("All weights zero are a good start: training will make the hidden units differ.",
                  lambda: not equal_start_stays_equal(), "Equal units get equal gradients. Random numbers must break the tie.",
                  "forgets that the tie must be broken"),
        Statement("A loss of 0 means that the network gives the right class the probability 0.5.", lambda: cross_entropy(0.5) == 0,
                  r"$-\ln 0.5 = 0.69$. The loss is 0 only where the probability is 1.", "takes the loss for a mean"),
    ]
    return choose(rng, TRUE, right, wrong)


# ---------------------------------------------------------------------------- chapter 2: an MLP on CIFAR-10


@template(2, "first layer on a colour image", reads=("02-mlp-cifar10", r"^1 hidden: ([\d,]+) parameters, of them ([\d,]+)"),
          example=lambda: (mlp_parameters(32 * 32 * 3, 128, 10), mlp_parameters(32 * 32 * 3, 128)))
def first_layer_on_a_colour_image(rng):
    height, width, units = pick(rng, 10, 20, 24, 32), pick(rng, 10, 16, 30, 32), pick(rng, 10, 20, 50, 64, 100, 128)
    values, right = height * width * 3, mlp_parameters(height * width * 3, units)
    return Question(
        text=f"Colour images with {height} rows, {width} columns and 3 channels are flattened. How many parameters does a first dense "
             f"layer of {units} units have?",
        answer=right,
        why=rf"The image flattens to ${height} \cdot {width} \cdot 3 = {big(values)}$ numbers: $({big(values)} + 1) \cdot "
            f"{units} = {big(right)}$.",
        wrong=[
            Wrong(mlp_parameters(height * width, units), "forgets the channels",
                  "Each pixel has three numbers, red, green and blue, each with a weight."),
            Wrong(values * units, "forgets the biases", f"Each of the {units} units has a bias as well."),
            Wrong(3 * mlp_parameters(height * width, units), "gives each channel a bias",
                  "A unit has one bias in all, not one for each channel."),
            Wrong(values + units, "adds where weights multiply",
                  f"Every one of the {units} units has a weight for every one of the {values:,d} numbers."),
            Wrong(mlp_parameters((height + width) * 3, units), "adds height and width",
                  rf"The image has ${height} \cdot {width}$ pixels, not ${height} + {width}$."),
        ],
        check=lambda: made_arrays(np.zeros((height, width, 3)).ravel().size, units))


@template(2, "weights of a larger image")
def weights_of_a_larger_image(rng):
    side, factor, units = pick(rng, 8, 10, 16, 20, 32), pick(rng, 2, 3, 4, 5), pick(rng, 10, 50, 64, 100)
    channels = pick(rng, 1, 3)
    before, right = side * side * channels * units, (side * factor) ** 2 * channels * units
    return Question(
        text=f"The first dense layer of an MLP has {before:,d} weights (without biases) for images of {side}×{side} pixels. "
             f"How many does it have for images of {side * factor}×{side * factor} pixels, with as many units and channels?",
        answer=right,
        why=f"Both sides grow by the factor {factor}, so there are ${factor}^2 = {factor ** 2}$ times as many pixels, each "
            "with its weights: "
            rf"${factor ** 2} \cdot {big(before)} = {big(right)}$.",
        wrong=[
            Wrong(before * factor, "lets one side grow", f"Height *and* width grow by {factor}: {factor ** 2} times the pixels."),
            Wrong(before, "takes the layer for a convolution",
                  "A convolution would keep its weights. A dense layer pays for each pixel."),
            Wrong(before * factor ** 3, "lets the channels grow, too",
                  f"The image still has {channels} channel{'s' * (channels > 1)}."),
            Wrong(before * factor * 2, "adds the factors",
                  rf"Two sides with the factor {factor} make ${factor} \cdot {factor}$, not ${factor} + {factor}$."),
            Wrong(before + ((side * factor) ** 2 - side ** 2) * channels, "adds one weight for each new number",
                  f"Every new number needs a weight in each of the {units} units."),
        ],
        check=lambda: np.empty((side * factor, side * factor, channels)).size * units)


@template(2, "the dead unit", kind="choice")
def the_dead_unit(rng):
    def unit(dead):
        while True:
            weights, bias = [int(x) for x in rng.integers(-4, 5, 3)], int(rng.integers(-6, 5))
            if (sum(max(0, w) for w in weights) + bias <= 0) == dead and min(weights) < 0 and (dead is False or max(weights) > 0):
                return weights, bias

    units = [unit(True), unit(False), unit(False), unit(False)]
    order = [int(i) for i in rng.permutation(4)]
    letter = {index: "ABCD"[place] for place, index in enumerate(order)}
    table = [[letter[i], *units[i][0], units[i][1]] for i in order]

    def best(i):
        weights, bias = units[i]
        return sum(max(0, w) for w in weights) + bias

    def check():
        corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, 8).T
        (found,) = [row[0] for row in table if (corners @ row[1:4] + row[4]).max() <= 0]
        return found

    return Question(
        text="Four ReLU units look at three pixels, each between 0 and 1. The table shows their weights and biases. One unit "
             "is dead: it answers 0 to every image. Which?" + grid(table, ["unit", "weight 1", "weight 2", "weight 3", "bias"]),
        answer=letter[0], choices=list("ABCD"),
        why="Its largest sum comes from pixels of 1 where the weight is positive and 0 elsewhere, and is "
            f"${plus([*[w for w in units[0][0] if w > 0], units[0][1]])} = {best(0)}$: never positive.",
        wrong=[Wrong(letter[i], "looks at the sum of all weights" if sum(units[i][0]) + units[i][1] <= 0
                     else "misses an image that wakes it",
                     "It wakes up: pixels of 1 where its weights are positive and 0 elsewhere give "
                     f"${plus([*[w for w in units[i][0] if w > 0], units[i][1]])} = {best(i)}$, which is positive.")
                     for i in (1, 2, 3)],
        check=check)


def last_epoch(losses, patience):
    """The epoch (from 1) after which Keras's EarlyStopping ends a training."""
    for epoch in range(1, len(losses) + 1):
        if epoch - 1 - int(np.argmin(losses[:epoch])) >= patience:
            return epoch
    return len(losses)


@template(2, "early stopping", slow=True)
def early_stopping(rng):
    best, patience = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    falls = sorted(rng.choice(np.arange(60, 100), best, replace=False), reverse=True)
    early = [round(float(x) / 50, 2) for x in falls]
    late = [round(early[-1] + float(x) / 50, 2) for x in rng.integers(1, 15, 9 - best)]
    losses = early + late
    stop, turn = last_epoch(losses, patience), best + 1
    last = len(losses)

    def check():
        import keras

        class Model:
            stop_training = False

            def get_weights(self):
                return []

        callback, model = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience), Model()
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, loss in enumerate(losses):
            callback.on_epoch_end(epoch, {"val_loss": loss})
            if model.stop_training:
                return epoch + 1
        return last

    return Question(
        text="The validation loss of a training, by epoch. After which epoch does `EarlyStopping(monitor=\"val_loss\", "
             f"patience={patience})` end it?" + grid([[epoch, loss] for epoch, loss in enumerate(losses, 1)], ["epoch", "loss"]),
        answer=stop,
        why=f"Epoch {best} has the lowest loss. {patience} epochs without a better one follow, so it ends after epoch {best} + "
            f"{patience} = {stop}.",
        wrong=[
            Wrong(best, "names the best epoch",
                  "Nobody knows yet that it is the best: the training waits for a better one, as long as its patience lasts."),
            Wrong(turn, "stops at the first rise", f"The patience of {patience} allows {patience} epochs without a better loss."),
            Wrong(stop + 1, "waits one epoch too long",
                  f"After epoch {stop} there have been {patience} epochs in a row without a better loss: enough."),
            Wrong(last, "trains to the end", f"No epoch after {best} beats the loss {losses[best - 1]}, so the patience runs out."),
            Wrong(patience, "takes the patience for an epoch", f"The {patience} epochs are counted from the best one."),
        ],
        check=check)


@template(2, "a unit as a template")
def a_unit_as_a_template(rng):
    weights, pixels, bias = rng.integers(-2, 4, (2, 3)), rng.integers(0, 6, (2, 3)), int(rng.integers(-4, 5)) or 2
    terms = [int(w * p) for w, p in zip(weights.ravel(), pixels.ravel())]
    z = sum(terms) + bias
    return Question(
        text="A ReLU unit looks at an image of 2×3 pixels. On the left the pixels, on the right the unit's weights in the same "
             f"places. Its bias is {bias}. What does it answer?".replace("-", "−")
             + grid([[*pixels[r], "", *weights[r]] for r in range(2)]),
        answer=max(0, z),
        why=rf"The products are ${plus(terms)}$, with the bias ${z}$"
            + (", and ReLU leaves it." if z > 0 else ", and ReLU makes 0 of what is not positive."),
        wrong=[
            Wrong(z, "forgets ReLU", "ReLU turns a negative sum into 0."),
            Wrong(max(0, z - bias), "forgets the bias", f"The bias ${bias}$ is added to the sum of the products."),
            Wrong(max(0, sum(x for x in terms if x > 0) + bias), "drops each negative product",
                  "ReLU acts on the sum, once, not on each product."),
            Wrong(max(0, int(np.sum(weights[::-1] * pixels)) + bias), "exchanges the rows",
                  "Each weight belongs to the pixel in the same place."),
            Wrong(abs(z), "drops the sign", f"The sum is ${z}$: ReLU makes 0 of a negative sum, it does not turn its sign."),
        ],
        check=lambda: int(np.maximum(weights.ravel() @ pixels.ravel() + bias, 0)))


@template(2, "Adam's push")
def push_of_adam(rng):
    side, channels = pick(rng, 10, 20, 28, 32, 64), pick(rng, 1, 3)
    mean, rate, moves = pick(rng, 0.2, 0.25, 0.4, 0.5), pick(rng, 0.001, 0.002, 0.01), pick(rng, 1, 2, 5)
    values = side * side * channels
    right = round(values * mean * rate * moves, 6)
    return Question(
        text=f"Images of {side}×{side}×{channels} have pixels with mean {mean}, none negative. Adam's first "
             f"{'step' if moves == 1 else f'{moves} steps'} "
             f"change{'s' * (moves == 1)} each weight of a first-layer unit by {rate:g}{' each time' * (moves > 1)}, all in "
             "the same direction. By how much does the unit's sum move, on average?",
        answer=right,
        why=rf"Each of the {values:,d} inputs moves the sum by its value times {rate * moves:g}: ${big(values)} \cdot {mean} "
            rf"\cdot {rate * moves:g} = {right:g}$. "
            "That is why many units die at once.",
        wrong=[
            Wrong(round(rate * moves, 6), "looks at one weight", f"The sum has {values:,d} terms, and all of them move."),
            Wrong(round(values * rate * moves, 6), "takes all pixels for 1",
                  f"Each change is multiplied by its pixel, {mean} on average."),
            Wrong(round(side * side * mean * rate * moves, 6), "forgets the channels", f"There are {channels} numbers for each pixel."),
            Wrong(round(math.sqrt(values) * mean * rate * moves, 6), "lets the changes cancel",
                  "They all have the same direction and the pixels the same sign, so nothing cancels. With centred pixels it would."),
            Wrong(0.0, "takes the pixels for centred", f"That would be so with centred pixels. Here the mean is {mean}."),
        ],
        check=lambda: round(float(np.sum(np.full((side, side, channels), mean) * rate)) * moves, 6))


@template(2, "scale a pixel")
def scale_a_pixel(rng):
    top = pick(rng, 100, 200, 255, 1000)
    share = pick(rng, 0.2, 0.4, 0.6, 0.8) if top == 255 else pick(rng, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
    low, high = pick(rng, (-0.5, 0.5), (-1, 1), (-2, 2), (-1, 0), (-3, 3))
    pixel, right = round(share * top), round(low + (high - low) * share, 6)
    return Question(
        text=f"Pixels from 0 to {top} are mapped evenly to the range from {low:g} to {high:g}: 0 becomes {low:g}, {top} "
             f"becomes {high:g}. ".replace("-", "−")
             + f"What becomes of {pixel}?",
        answer=right,
        why=rf"${pixel} / {top} = {share:g}$ of the way from ${low:g}$ to ${high:g}$: ${low:g} + {share:g} \cdot "
            f"{high - low:g} = {right:g}$.",
        wrong=[
            Wrong(share, f"divides by {top} alone",
                  f"{share:g} lies in the range from 0 to 1. The new range begins at {low:g}.".replace("-", "−")),
            Wrong(round(share + low, 6), "moves without stretching",
                  f"The range is {high - low:g} wide, so multiply by {high - low:g} first."),
            Wrong(round((high - low) * share, 6), "stretches without moving", rf"0 would become 0 in place of ${low:g}$."),
            Wrong(round(high - (high - low) * share, 6), "turns bright into dark",
                  f"0 becomes {low:g} and {top} becomes {high:g}, not the other way round.".replace("-", "−")),
            Wrong(round(low + (high - low) * pixel / (top + 1), 6), "divides by the number of values",
                  f"The largest value is {top}, and it must reach {high:g} exactly."),
        ],
        check=lambda: round(float(np.interp(pixel, [0, top], [low, high])), 6))


@template(2, "the nearest mean", kind="choice")
def the_nearest_mean(rng):
    names = ["cat", "deer", "frog", "ship"]
    while True:
        means, image = rng.integers(0, 10, (4, 3)), rng.integers(0, 10, 3)
        squares = ((means - image) ** 2).sum(axis=1)
        traps = {"adds signed differences": np.abs((means - image).sum(axis=1)), "takes the largest product": -(means @ image),
                 "looks at the first pixel": np.abs(means[:, 0] - image[0])}
        chosen = {name: int(np.argmin(value)) for name, value in traps.items() if np.sum(value == value.min()) == 1}
        best = int(np.argmin(squares))
        if np.sum(squares == squares.min()) == 1 and len(chosen) == 3 and len({best, *chosen.values()}) >= 3:
            break
    reason = {"adds signed differences": "differences of opposite sign must not cancel, so each is squared",
              "takes the largest product": "a bright mean has a large product with every image; distance is what counts",
              "looks at the first pixel": "all three pixels count"}
    by_name = {best: None}
    for mistake, index in chosen.items():
        by_name.setdefault(index, mistake)
    wrong = [Wrong(names[i], by_name.get(i) or "judges by eye",
                   f"Its squared distance is {squares[i]}, that of the {names[best]} is {squares[best]}"
                   + (f"; {reason[by_name[i]]}." if by_name.get(i) else ".")) for i in range(4) if i != best]
    a = " + ".join(f"{int(x)}^2" for x in np.abs(means[best] - image))
    return Question(
        text="Images of three pixels are classified by the nearest mean, the smallest sum of squared differences. The table "
             "holds the mean of each class and a test image. Which class does the image get?"
             + grid([*[[name, *means[i]] for i, name in enumerate(names)], ["image", *image]], ["values of", "pixel 1", "pixel 2", "pixel 3"]),
        answer=names[best], why=f"Its distance is ${a} = {squares[best]}$, smaller than "
                                f"{', '.join(str(squares[i]) for i in range(4) if i != best)}.",
        wrong=wrong, choices=names,
        check=lambda: min(names, key=lambda name: math.dist([int(x) for x in means[names.index(name)]], [int(x) for x in image])))


def same_sums(change):
    """Whether rearranged weights give an MLP the same sums when `change` is done to every image alike."""
    rng = np.random.default_rng(0)
    images, kernel = rng.normal(size=(20, 4, 4, 3)), rng.normal(size=(48, 5))
    order = change(np.arange(48).reshape(1, 4, 4, 3))[0].ravel()
    if order.size != 48 or len(set(order.tolist())) != 48:
        return False
    return np.allclose(images.reshape(20, -1) @ kernel, np.stack([change(x[None])[0].ravel() for x in images]) @ kernel[order])


def unmoved(change):
    """Whether an MLP with the weights that it has gives changed images the same sums."""
    rng = np.random.default_rng(0)
    images, kernel = rng.normal(size=(20, 8, 8, 3)), rng.normal(size=(192, 5))
    return np.allclose(images.reshape(20, -1) @ kernel, change(images).reshape(20, -1) @ kernel)


@template(2, "what an MLP does not notice", kind="choice")
def what_an_mlp_does_not_notice(rng):
    order = np.random.default_rng(1).permutation(48)
    rights = [
        Statement("All images, training and test, are turned upside down.", lambda: same_sums(lambda x: x[:, ::-1]), ""),
        Statement("The numbers of all images, training and test, are put into one new random order.",
                  lambda: same_sums(lambda x: x.reshape(-1, 48)[:, order].reshape(-1, 4, 4, 3)), ""),
        Statement("The red and the blue channel of all images, training and test, change places.",
                  lambda: same_sums(lambda x: x[..., ::-1]), ""),
        Statement("All images, training and test, are turned by 90 degrees.",
                  lambda: same_sums(lambda x: np.rot90(x, axes=(1, 2))), ""),
    ]
    shared = "It is the same change of places for all images, so the same weights in other places give the same sums."
    rights = [Statement(s.text, s.holds, shared) for s in rights]
    draw = np.random.default_rng(2)
    wrongs = [
        Statement("Each image gets a random order of its own.",
                  lambda: same_sums(lambda x: draw.permutation(x.reshape(-1)).reshape(x.shape)),
                  "A weight then meets another pixel in each image: nothing is left to learn.", "takes any order for the same order"),
        Statement("Only the test images are moved 4 pixels to the right.", lambda: unmoved(lambda x: np.roll(x, 4, axis=2)),
                  "The weights were learned for the old places: the chapter measures a clear loss.",
                  "takes an MLP for shift-invariant"),
        Statement("Only the test images are turned upside down.", lambda: unmoved(lambda x: x[:, ::-1]),
                  "Training and test must be changed alike. The weights know the old places only.", "forgets the training images"),
        Statement("All images, training and test, lose their lower half.", lambda: same_sums(lambda x: x[:, :2]),
                  "Numbers are lost, not moved: no rearranged weights can bring them back.", "takes loss for a new order"),
        Statement("All images, training and test, are turned grey: each channel becomes the mean of the three.",
                  lambda: same_sums(lambda x: np.repeat(x.mean(axis=-1, keepdims=True), 3, axis=-1)),
                  "The colour is lost. A change of order loses nothing.", "takes loss for a new order"),
        Statement("Each image is moved sideways by a random number of pixels of its own.",
                  lambda: same_sums(lambda x: np.roll(x, int(draw.integers(1, 4)), axis=2)),
                  "A pattern then meets other weights each time, and must be learned once for each place.",
                  "takes an MLP for shift-invariant"),
    ]
    return choose(rng, "Which change leaves the accuracy of an MLP as it is, but for luck, if you train it anew afterwards?",
                  rights, wrongs)


@template(2, "shift a row", kind="choice")
def shift_a_row(rng):
    row, amount = [int(x) for x in rng.choice(np.arange(1, 10), 6, replace=False)], pick(rng, -2, -1, 1, 2)
    way, room = ("right" if amount > 0 else "left"), abs(amount)

    def moved(by, mode):
        padded = np.pad(row, abs(by), mode=mode)
        return code(padded[abs(by) - by:abs(by) - by + 6])

    return Question(
        text=f"A row of an image holds {code(row)}. It is moved {room} pixel{'s' * (room > 1)} to the {way}; the border pixel "
             "fills the gap. What does the row hold now?",
        answer=moved(amount, "edge"),
        why=f"Every value stands {room} place{'s' * (room > 1)} further to the {way}, and {row[0] if amount > 0 else row[-1]} "
            "fills the gap.",
        wrong=[
            Wrong(moved(-amount, "edge"), "moves the other way", f"The values must go to the {way}."),
            Wrong(moved(amount, "constant"), "fills with zeros", "The border pixel is repeated, no zeros come in."),
            Wrong(moved(amount, "wrap"), "goes round", "What leaves on one side does not come back on the other."),
            Wrong(moved(amount, "symmetric") if room > 1 else moved(2 * amount, "edge"),
                  "mirrors at the border" if room > 1 else "moves twice as far",
                  "The gap holds copies of the border pixel, not a mirror image." if room > 1 else "The row moves by one pixel only."),
        ],
        check=lambda: code([row[min(5, max(0, place - amount))] for place in range(6)]))


@template(2, "a shape error of a dense layer", kind="choice", slow=True)
def a_shape_error_of_a_dense_layer(rng):
    side, other = some(rng, 2, [8, 10, 12, 16, 20, 28, 32])
    channels, units = pick(rng, 1, 3), pick(rng, 4, 10, 64)
    built, got = side * side * channels, other * other * channels
    say = "The network was built for images of {0}×{0} with {1}, and gets images of {2}×{2}."
    word = f"{channels} channel{'s' * (channels > 1)}"
    right = say.format(side, word, other)

    def check():
        import keras
        layer = keras.layers.Dense(units)
        layer(np.zeros((2, side, side, channels), "float32").reshape(2, -1))
        try:
            layer(np.zeros((2, other, other, channels), "float32").reshape(2, -1))
        except ValueError as error:
            return right if f"have value {built}, but received input with shape (2, {got})" in " ".join(str(error).split()) else str(error)
        return "no error"

    return Question(
        text=f"An MLP that flattens its images fails: *expected axis −1 of input shape to have value {built}, but received "
             f"input with shape (2, {got})*. What has happened?",
        answer=right,
        why=rf"$\,{side} \cdot {side} \cdot {channels} = {built}$ and ${other} \cdot {other} \cdot {channels} = {got}$: the "
            "first kernel has a row for each of its numbers, so a dense layer takes one size only.".replace(r"\,", ""),
        wrong=[
            Wrong(say.format(other, word, side), "exchanges expected and received",
                  f"The layer was built with what it *expected*, {built} numbers. {got} is what it got."),
            Wrong(f"The network has {built} classes, but the labels have {got}.", "looks at the labels",
                  "The message speaks of the *input* of a layer; labels enter only in the loss."),
            Wrong(f"The batch has {got} images, but the layer takes {built}.", "takes an axis for the batch",
                  "Axis −1 is the last one. The batch is the first: it has 2 images, and any number is allowed."),
            Wrong(f"The layer has {built} units, but should have {got}.", "takes inputs for units",
                  "The number of units is free. The message is about the numbers that come in."),
        ],
        check=check)


@template(2, "accuracy over batches")
def accuracy_over_batches(rng):
    size = pick(rng, 10, 20, 50)
    last = pick(rng, 1, 2, 4, 5)
    sizes = [size, size, last]
    good = [int(rng.integers(size // 2, size)), int(rng.integers(size // 2, size)), int(rng.integers(0, last + 1))]
    right, mean = sum(good) / sum(sizes), sum(g / s for g, s in zip(good, sizes)) / 3
    return Question(
        text="Test images come in three batches, the last one smaller. What is the accuracy?"
             + grid([[i + 1, s, g] for i, (s, g) in enumerate(zip(sizes, good))], ["batch", "images", "right"]),
        answer=right,
        why=rf"Every image counts the same: $({plus(good)}) / ({plus(sizes)}) = {sum(good)} / {sum(sizes)} = {right:.4g}$.",
        wrong=[
            Wrong(mean, "averages the batches",
                  f"The mean of the three accuracies lets an image of the small batch count {size // last} times as much as others."),
            Wrong(sum(good[:2]) / sum(sizes[:2]), "drops the last batch", f"Its {last} image{'s' * (last > 1)} must count, too."),
            Wrong(sum(good) / (3 * size), "takes all batches for full", f"The last batch has {last}, not {size}."),
            Wrong(1 - right, "counts the errors", "The accuracy is the share of *right* answers."),
        ],
        check=lambda: float(np.mean(np.concatenate([np.arange(s) < g for s, g in zip(sizes, good)]))))


@template(2, "statements on CIFAR-10", kind="choice")
def statements_on_cifar10(rng):
    values = 32 * 32 * 3
    right = [
        Statement("Almost all parameters of an MLP with one hidden layer of 128 units for 32×32 colour images sit in the first layer.",
                  lambda: made_arrays(values, 128) / made_arrays(values, 128, 10) > 0.99,
                  "393,344 of 394,634: the image is by far the largest of its layers."),
        Statement("Early stopping limits overfitting, but cannot make an MLP see neighbours.",
                  lambda: same_sums(lambda x: np.rot90(x, axes=(1, 2))),
                  "It chooses an epoch. What the network can express stays the same."),
        Statement("Test images must be standardised with mean and spread of the training images.",
                  lambda: not np.isclose(((np.array([8, 9.0]) - 8.5) / 0.5).mean(), ((np.array([8, 9.0]) - 5) / 2).mean()),
                  "The network learned on that scale. With numbers of their own, a brighter test set would look as bright as "
                  "the training set."),
        Statement("A ReLU unit that answers 0 to every training image gets no gradient.",
                  lambda: all(max(0, -2 + e) - max(0, -2 - e) == 0 for e in (1e-3, 0.1)),
                  "Its slope is 0 everywhere, so its weights stay as they are."),
    ]
    wrong = [
        Statement("If training accuracy is 0.95 and validation accuracy 0.50, the network is too small.", lambda: 0.95 - 0.50 < 0.1,
                  "It fits its training images well. The gap of 0.45 says that it learned them by heart.",
                  "takes overfitting for underfitting"),
        Statement("Shifting all test images by 4 pixels changes nothing for an MLP.", lambda: unmoved(lambda x: np.roll(x, 4, axis=2)),
                  "Each weight belongs to one pixel. The chapter's networks lose accuracy at once.",
                  "takes an MLP for shift-invariant"),
        Statement("The epoch with the highest test accuracy gives an unbiased estimate for new images.",
                  lambda: np.random.default_rng(0).binomial(1000, 0.5, (500, 20)).max(axis=1).mean() <= 505,
                  "The best of many looks better than it is, as luck was part of the choice.", "chooses by the test images"),
        Statement("An MLP works on a volume of 32×32×3 as such and knows which pixels touch.",
                  lambda: not same_sums(lambda x: x[:, ::-1]),
                  "It sees a list of 3,072 numbers. Another order would be as good.", "forgets what flattening loses"),
        Statement("On 10 equally frequent classes, an accuracy of 0.48 is worse than guessing.", lambda: 0.48 < 1 / 10,
                  "Guessing reaches 0.1.", "compares with 0.5"),
        Statement("Centred pixels lower the number of parameters.", lambda: made_arrays(values, 128) < mlp_parameters(values, 128),
                  "Subtracting 0.5 changes the inputs, not the layer.", "takes data for weights"),
        Statement("A dead ReLU unit wakes up when the learning rate rises.", lambda: 10 * (max(0, -2.0 + 1e-3) - max(0, -2.0)) != 0,
                  "Its gradient is 0, and 0 times any learning rate is 0.", "forgets that its gradient is zero"),
    ]
    return choose(rng, TRUE, right, wrong)


# ---------------------------------------------------------------------------- chapter 3: convolution

SCULLY = np.array([[5, 1, 3, 5, 7, 9], [3, 4, 4, 0, 7, 8], [6, 1, 8, 6, 3, 4], [1, 3, 5, 8, 4, 6], [1, 7, 5, 3, 1, 2],
                   [7, 2, 2, 6, 4, 6]])
MARQUES = np.array([[5, 8, 0, 4, 8], [3, 9, 2, 9, 2], [4, 9, 2, 3, 6], [5, 4, 8, 2, 0], [5, 8, 0, 0, 8]])
LAPLACIAN = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])


def slide(image, kernel):
    """Feature map of a kernel that slides over an image, without flip and without padding."""
    return (np.lib.stride_tricks.sliding_window_view(image, kernel.shape) * kernel).sum(axis=(-2, -1))


def by_loops(image, kernel, row, column):
    """One value of the feature map, product by product."""
    return sum(int(image[row + i][column + j]) * int(kernel[i][j]) for i in range(len(kernel)) for j in range(len(kernel[0])))


@template(3, "one value of a feature map", reads=("03-convolution", r"^\[\[ +(\d+) +(\d+) +(\d+) +(\d+)\]\n \[ +7 +6"),
          example=lambda: tuple(slide(SCULLY, np.array([[-1, 0, 1]] * 3))[0].tolist()))
def one_value_of_a_feature_map(rng):
    image, kernel = rng.integers(0, 10, (4, 4)), rng.integers(-2, 3, (2, 2))
    row, column = (int(x) for x in rng.integers(0, 3, 2))
    if len(set(kernel.ravel().tolist())) < 3:
        kernel = np.array([[1, -1], [2, 0]])
    window = image[row:row + 2, column:column + 2]
    terms = [times(int(p), int(w)) for p, w in zip(window.ravel(), kernel.ravel())]
    right = int(slide(image, kernel)[row, column])
    other = (row, (column + 1) % 3)
    return Question(
        text=f"A kernel with the rows {code(kernel)} slides over this image as in Keras, without padding. Which number stands in row "
             f"{row + 1}, column {column + 1} of the feature map, counted from 1?" + grid(image),
        answer=right,
        why=f"The window begins in row {row + 1}, column {column + 1}: ${' + '.join(terms)} = {right}$.",
        wrong=[
            Wrong(int(slide(image, kernel[::-1, ::-1])[row, column]), "flips the kernel",
                  "Keras does not flip: the kernel's first weight meets the window's first pixel."),
            Wrong(int(slide(image, kernel.T)[row, column]), "exchanges the kernel's rows and columns",
                  f"The kernel's first row is {code(kernel[0])}; it lies on the window's first row."),
            Wrong(int(slide(image, kernel)[column, row]), "exchanges row and column",
                  f"Row {row + 1} is counted from above, column {column + 1} from the left."),
            Wrong(int(slide(image, np.abs(kernel))[row, column]), "drops the signs", "Products with negative weights are subtracted."),
            Wrong(int(slide(image, kernel)[other]), "is one place off", f"That is the value of column {other[1] + 1}."),
        ],
        check=lambda: by_loops(image, kernel, row, column))


@template(3, "convolution of two signals",
          reads=("03-convolution", r"f convolved with g: +\[ *(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)\]"),
          example=lambda: tuple(np.convolve([1, 2, 3], [4, 0, -1, 5]).tolist()))
def convolution_of_two_signals(rng):
    x, h = [int(v) for v in rng.integers(-3, 6, 5)], [int(v) for v in rng.integers(-2, 4, 3)]
    n = int(rng.integers(2, 5))
    y, right = np.convolve(x, h), int(np.convolve(x, h)[n])
    return Question(
        text=f"A signal $x$ has the values {code(x)}, a filter $h$ the values {code(h)}, both from index 0 on. How large is "
             f"$y[{n}]$ of the true "
             r"convolution, $y[n] = \sum_k x[k]\,h[n - k]$?",
        answer=right,
        why=f"$x[{n - 2}] h[2] + x[{n - 1}] h[1] + x[{n}] h[0] = {product(x[n - 2], h[2])} + {product(x[n - 1], h[1])} + "
            f"{product(x[n], h[0])} = {right}$.",
        wrong=[
            Wrong(int(np.dot(x[n - 2:n + 1], h)), "forgets the flip",
                  f"In $h[n - k]$ the index runs backwards: $x[{n}]$ meets $h[0]$."),
            Wrong(int(y[n + 1]), "is one place too late", f"That is $y[{n + 1}]$."),
            Wrong(int(y[n - 1]), "is one place too early", f"That is $y[{n - 1}]$."),
            Wrong(x[n] * h[n] if n < 3 else x[n] * h[0], "takes one product",
                  "Three products are added, one for each weight of the filter."),
            Wrong(sum(x[n - 2:n + 1]) * sum(h), "multiplies the sums", "Multiply term by term, then add up."),
        ],
        check=lambda: sum(x[k] * h[n - k] for k in range(5) if 0 <= n - k < 3))


@template(3, "length of a convolution")
def length_of_a_convolution(rng):
    n, m, full = int(rng.integers(8, 60)), int(rng.integers(3, 8)), bool(rng.integers(2))
    right = n + m - 1 if full else n - m + 1
    return Question(
        text=f"A signal of {n} values is convolved with a filter of {m} values. How many values has the "
             f"*{'full' if full else 'valid'}* result"
             + (", from the first overlap to the last?" if full else ", where the filter lies wholly on the signal?"),
        answer=right,
        why=f"${n} {'+' if full else '-'} {m} {'-' if full else '+'} 1 = {right}$: "
            + ("the filter sticks out by up to its length less one at both ends." if full
               else "the first place needs all of the filter, then it moves on one by one."),
        wrong=[
            Wrong(n - m + 1 if full else n + m - 1, "takes valid for full" if full else "takes full for valid",
                  "That counts only places where the filter lies wholly on the signal." if full
                  else "That counts places where the filter sticks out as well."),
            Wrong(n + m if full else n - m, "is one off",
                  f"One place is {'counted too much' if full else 'missing'}: try a filter of one value, which must give {n}."),
            Wrong(n, "takes the size of the signal", "That is *same*, a third way to treat the ends."),
            Wrong(n + 2 * (m - 1) if full else n - 2 * (m - 1), "counts both ends twice",
                  f"Each weight but one {'adds' if full else 'costs'} one place in all, not one at each end."),
            Wrong(n * m, "counts the products", "That is the number of products, not of sums."),
        ],
        check=lambda: len(np.convolve(np.ones(n), np.ones(m), "full" if full else "valid")))


def side_after(n, *kernels):
    """Side of a map after kernels of these sizes, without padding."""
    return n - sum(k - 1 for k in kernels)


@template(3, "size after several kernels", reads=("03-convolution", r"6x6 image, 3x3 kernel: \((\d+), \d+\)"),
          example=lambda: side_after(6, 3))
def size_after_several_kernels(rng):
    n, k, layers = int(rng.integers(28, 100)), pick(rng, 3, 5, 7), int(rng.integers(2, 5))
    right = side_after(n, *[k] * layers)

    def check():
        row = np.ones(n)
        for _ in range(layers):
            row = np.convolve(row, np.ones(k), "valid")
        return len(row)

    return Question(
        text=f"An image of {n}×{n} pixels goes through {layers} convolutions with {k}×{k} kernels, one after the other, "
             "without padding. How long is a side of the last map?",
        answer=right,
        why=rf"Each takes away $k - 1 = {k - 1}$: ${n} - {layers} \cdot {k - 1} = {right}$.",
        wrong=[
            Wrong(n - layers * k, "takes away the whole kernel",
                  f"A {k}×{k} kernel fits in {n} − {k} + 1 places: a side loses {k - 1}, not {k}."),
            Wrong(side_after(n, k), "counts one kernel", f"There are {layers} of them, and each takes away {k - 1}."),
            Wrong(n - layers * (k - 1) // 2, "counts one border", f"Both borders lose {(k - 1) // 2} at each convolution."),
            Wrong(n, "takes the padding for granted", "Without padding every map is smaller than its input."),
            Wrong(n - 2 * layers * (k - 1), "takes the loss for one border's", f"{k - 1} is the loss at both ends together."),
        ],
        check=check)


@template(3, "Laplacian of a pixel", reads=("03-convolution", r"row 1, column 0: 4 \* 9 - 19 = (-?\d+)"),
          example=lambda: int(slide(MARQUES, LAPLACIAN)[1, 0]))
def laplacian_of_a_pixel(rng):
    image = rng.integers(0, 10, (3, 3))
    centre, near = int(image[1, 1]), [int(image[r, c]) for r, c in ((0, 1), (1, 0), (1, 2), (2, 1))]
    corners = int(image.sum()) - centre - sum(near)
    right = int(slide(image, LAPLACIAN)[0, 0])
    return Question(
        text=f"What does the Laplacian kernel {code(LAPLACIAN)} give on this window?" + grid(image),
        answer=right,
        why=rf"Four times the middle, minus its four neighbours: $4 \cdot {centre} - ({' + '.join(map(str, near))}) = {right}$.",
        wrong=[
            Wrong(-right, "turns the sign", "The middle counts positive, the neighbours negative."),
            Wrong(centre * 4 - sum(near) - corners, "subtracts the corners, too", "The corners have weight 0."),
            Wrong(centre - sum(near), "forgets the weight 4", "The middle is taken four times, so that a flat area gives 0."),
            Wrong(centre * 4 + sum(near), "drops the signs", "The neighbours' weights are −1."),
            Wrong(centre * 4 - corners, "takes the corners for the neighbours",
                  "The weights −1 lie above, below, left and right; the corners have 0."),
        ],
        check=lambda: by_loops(image, LAPLACIAN, 0, 0))


@template(3, "a kernel is a pattern")
def a_kernel_is_a_pattern(rng):
    kernel = np.where(rng.random((3, 3)) < 0.5, 1, -1)
    ones, largest = int((kernel == 1).sum()), bool(rng.integers(2))
    right = ones if largest else ones - 9
    return Question(
        text=f"The kernel {code(kernel)} slides over an image of zeros and ones. What is the "
             f"{'largest' if largest else 'smallest'} value that its feature map can hold?",
        answer=right,
        why=f"{'Largest' if largest else 'Smallest'} where all {ones if largest else 9 - ones} weights of "
            f"{'+1' if largest else '−1'} lie on ones and all others on zeros: ${right}$.",
        wrong=[
            Wrong(9 if largest else -9, "counts all weights",
                  f"Only {ones if largest else 9 - ones} of the nine weights are {'+1' if largest else '−1'}."),
            Wrong(2 * ones - 9, "lets all pixels be 1",
                  "The pixels under the other weights may be 0, and then those weights do not count."),
            Wrong(ones - 9 if largest else ones, f"takes the {'smallest' if largest else 'largest'}",
                  f"That is the {'smallest' if largest else 'largest'} value, where the pattern is exactly the opposite."),
            Wrong(1 if largest else -1, "takes the value of one weight", "The products of all nine places are added up."),
            Wrong(0, "takes an empty image", f"A window of zeros gives 0, but others give {'more' if largest else 'less'}."),
        ],
        check=lambda: (max if largest
                       else min)(int((kernel.ravel() * ((picture >> np.arange(9)) & 1)).sum()) for picture in range(512)))


@template(3, "where the flip does not matter", kind="choice")
def where_the_flip_does_not_matter(rng):
    def distinct(*shape):
        return rng.permutation(np.arange(-3, 10))[:math.prod(shape)].reshape(shape)

    a, b, c, d, e = (int(x) for x in distinct(5))
    f, g = (int(x) for x in rng.permutation(np.arange(10, 14))[:2])
    half_turn = np.array([[a, b, c], [d, e, d], [c, b, a]])
    symmetric = np.array([[a, b, c], [b, d, e], [c, e, f]])
    left_right = np.array([[a, b, a], [c, d, c], [e, f, e]])
    up_down = np.array([[a, b, c], [d, e, g], [a, b, c]])
    odd = np.array([[a, b, c], [d, 0, -d], [-c, -b, -a]])
    picture = np.random.default_rng(0).integers(0, 100, (6, 6))
    shown = {code(k): k for k in (half_turn, symmetric, left_right, up_down, odd)}
    same = lambda kernel: np.array_equal(slide(picture, kernel), slide(picture, kernel[::-1, ::-1]))
    return Question(
        text="For which kernel do true convolution and cross-correlation give the same map on every image?",
        answer=code(half_turn),
        why=f"Half a turn leaves it as it is: its first row {code(half_turn[0])} read backwards is its last row {code(half_turn[2])}.",
        wrong=[
            Wrong(code(symmetric), "takes symmetric as in algebra",
                  f"It equals its transpose, but half a turn exchanges its corners ${symmetric[0, 0]}$ and ${symmetric[2, 2]}$."),
            Wrong(code(left_right), "mirrors left and right only",
                  f"Half a turn exchanges its first row {code(left_right[0])} and its last {code(left_right[2])}."),
            Wrong(code(up_down), "mirrors above and below only",
                  f"Half a turn also reads each row backwards, and {code(up_down[0])} backwards is another row."),
            Wrong(code(odd), "forgets the sign",
                  "Half a turn changes all its signs, as with a Sobel kernel: convolution gives the negative."),
        ],
        check=lambda: next(iter([name for name, kernel in shown.items() if same(kernel)])))


@template(3, "a flat area")
def a_flat_area(rng):
    kernel, light = rng.integers(-3, 4, (3, 3)), int(rng.integers(2, 10))
    total = int(kernel.sum())
    return Question(
        text=f"All pixels of a window have the value {light}. What does this kernel give there?" + grid(kernel),
        answer=light * total,
        why=f"Every product is a weight times {light}, so the sum is ${light}$ times the sum of the weights, "
            f"${times(light, total)} = {light * total}$.",
        wrong=[
            Wrong(0, "takes every kernel for an edge detector",
                  f"A flat area gives 0 only if the weights sum to 0. Here they sum to {total}.".replace("-", "−")),
            Wrong(light, "takes every kernel for a blur",
                  f"A flat area keeps its value only if the weights sum to 1. Here they sum to {total}.".replace("-", "−")),
            Wrong(total, "forgets the pixels", f"Each weight is multiplied by {light}."),
            Wrong(9 * light, "forgets the weights", "That is the sum of the nine pixels, each with weight 1."),
            Wrong(light * int(np.abs(kernel).sum()), "drops the signs", "Negative weights are subtracted."),
        ],
        check=lambda: by_loops(np.full((3, 3), light), kernel, 0, 0))


def noise_factor(kernel):
    """What a kernel multiplies the standard deviation of independent noise by."""
    return float(np.sqrt((np.asarray(kernel, float) ** 2).sum()))


@template(3, "noise after a mean", reads=("03-convolution", r"^3x3 average +1\.00 +([\d.]+)"),
          example=lambda: noise_factor(np.ones((3, 3)) / 9))
def noise_after_a_mean(rng):
    h, w = pick(rng, (3, 3), (2, 2), (5, 5), (4, 4), (1, 4), (1, 9), (9, 1), (2, 8))
    spread = int(rng.integers(5, 31)) * 2
    n = h * w
    root = math.isqrt(n)
    return Question(
        text=f"The noise of an image is independent from pixel to pixel, with standard deviation {spread}. The image is "
             f"blurred with the mean over {h}×{w} pixels. Which standard deviation has the noise then?",
        answer=spread / root,
        why=rf"The mean of {n} independent values spreads by $1 / \sqrt{{{n}}} = 1/{root}$ of one: ${spread} / {root}$.",
        wrong=[
            Wrong(spread / n, "forgets the root",
                  rf"Independent noise cancels only in part: it shrinks by $\sqrt{{{n}}} = {root}$, not by {n}."),
            Wrong(spread, "takes a blur to leave noise alone",
                  "The mean keeps what the pixels have in common; independent noise cancels in part."),
            Wrong(spread * root, "adds and does not divide",
                  f"That is the spread of the *sum* of {n} pixels. The mean divides it by {n}."),
            Wrong(spread / math.sqrt(root), "takes the root twice",
                  rf"${n}$ values are averaged, so divide by $\sqrt{{{n}}} = {root}$."),
            Wrong(0, "takes the mean of noise for 0", "Its mean is 0, but single blurred pixels still vary."),
        ],
        check=lambda: spread * noise_factor(np.ones((h, w)) / n))


@template(3, "which kernel answers", kind="choice")
def which_kernel_answers(rng):
    kernels = {"right minus left": np.array([[-1, 0, 1]] * 3), "left minus right": np.array([[1, 0, -1]] * 3),
               "below minus above": np.array([[-1] * 3, [0] * 3, [1] * 3]), "above minus below": np.array([[1] * 3, [0] * 3, [-1] * 3])}
    words = {"right minus left": "the left half is dark and the right half bright",
             "left minus right": "the left half is bright and the right half dark",
             "below minus above": "the upper half is dark and the lower half bright",
             "above minus below": "the upper half is bright and the lower half dark"}
    wanted = pick(rng, *kernels)
    scale, low, step = pick(rng, 1, 2, 3), int(rng.integers(0, 4)), int(rng.integers(2, 7))
    kernels = {name: scale * kernel for name, kernel in kernels.items()} | {"Laplacian": LAPLACIAN}
    light = {"right minus left": [[0, 0, 1]] * 3, "left minus right": [[1, 0, 0]] * 3, "below minus above": [[0] * 3, [0] * 3, [1] * 3],
             "above minus below": [[1] * 3, [0] * 3, [0] * 3]}[wanted]
    window = low + step * np.array(light)
    answers = {name: int((kernel * window).sum()) for name, kernel in kernels.items()}
    opposite = next(name for name in words if answers[name] == -answers[wanted])
    sideways = [name for name in words if answers[name] == 0]
    return Question(
        text=f"In an image {words[wanted]}. Which kernel, slid over it as in Keras, gives the largest positive value on this "
             "window, which lies on the edge?" + grid(window),
        answer=code(kernels[wanted]), why=f"It subtracts the dark side from the bright one and gives {answers[wanted]} on this window.",
        wrong=[
            Wrong(code(kernels[opposite]), "turns the sign", f"It subtracts the bright side from the dark one: −{answers[wanted]}."),
            *[Wrong(code(kernels[name]), "takes the wrong direction",
                    "It compares across the other direction, in which nothing changes here: 0.") for name in sideways],
            Wrong(code(LAPLACIAN), "takes the kernel for fine detail",
                  f"It compares the middle with its four neighbours and gives {answers['Laplacian']} here.".replace("-", "−")),
        ],
        check=lambda: code(max(kernels.values(), key=lambda kernel: by_loops(window, kernel, 0, 0))))


def im2col_values(height, width, channels, k):
    """Numbers in the im2col matrix."""
    return (height - k + 1) * (width - k + 1) * k * k * channels


@template(3, "size of the im2col matrix", reads=("03-convolution", r"^im2col +[\d,]+ +1 +([\d,]+)"),
          example=lambda: im2col_values(427, 640, 3, 3))
def size_of_the_im2col_matrix(rng):
    height, width, channels, k = pick(rng, 6, 8, 10, 12, 22), pick(rng, 6, 7, 12, 32), pick(rng, 1, 2, 3), pick(rng, 2, 3, 5)
    right = im2col_values(height, width, channels, k)
    rows, columns = (height - k + 1) * (width - k + 1), k * k * channels
    return Question(
        text=f"An image of {height}×{width} with {channels} channel{'s' * (channels > 1)} is written as an im2col matrix for a "
             f"{k}×{k} kernel without padding: one row for each window. How many numbers does the matrix hold?",
        answer=right,
        why=rf"${height - k + 1} \cdot {width - k + 1} = {rows}$ windows, each with ${k} \cdot {k} \cdot {channels} = "
            f"{columns}$ numbers: {right:,d}.",
        wrong=[
            Wrong(height * width * columns, "takes a window for each pixel",
                  f"Without padding a side has {height} − {k} + 1 places, not {height}."),
            Wrong(rows * k * k, "forgets the channels", f"A window reaches through all {channels} channels."),
            Wrong(height * width * channels, "counts each number once",
                  f"Neighbouring windows overlap: most numbers stand in it up to {k * k} times."),
            Wrong(rows, "counts the rows", f"Each row holds {columns} numbers."),
            Wrong((height - k) * (width - k) * columns, "forgets the first place",
                  f"There are {height} − {k} *plus 1* places on a side."),
        ],
        check=lambda: int(np.lib.stride_tricks.sliding_window_view(np.zeros((height, width, channels)), (k, k), axis=(0, 1)).size))


@template(3, "an impulse", kind="choice")
def an_impulse(rng):
    kernel = [int(x) for x in rng.choice(np.arange(1, 10), 3, replace=False)]
    n, place = 7, int(rng.integers(2, 5))
    flip = bool(rng.integers(2))
    impulse = np.eye(n, dtype=int)[place]
    same, back = np.convolve(impulse, kernel, "same"), np.convolve(impulse, kernel[::-1], "same")
    right, other = (same, back) if flip else (back, same)
    gone = np.where(impulse == 1, kernel[1], 0)
    return Question(
        text=f"The signal {code(impulse)}, an impulse, goes through "
             f"{'a *true convolution*' if flip else 'a *cross-correlation*, as in Keras,'} with the kernel "
             f"{code(kernel)}. A zero pads each end, so the length stays. What comes out?",
        answer=code(right),
        why="Convolution copies the kernel to the place of the impulse." if flip else
            "Without the flip the last weight meets the impulse first: the kernel appears backwards.",
        wrong=[
            Wrong(code(other), "takes the one for the other",
                  "That is cross-correlation, which writes the kernel backwards." if flip
                  else "That is true convolution, which copies the kernel as it is."),
            Wrong(code(np.roll(right, 1)), "is one place off", "The middle of the kernel comes to the place of the impulse."),
            Wrong(code(gone), "lets one weight act", "The kernel meets the impulse at three places, with another weight each time."),
            Wrong(code(impulse * sum(kernel)), "adds the weights up", "At each place only one weight lies on the impulse."),
        ],
        check=lambda: code([sum(kernel[j] * int(impulse[i + (1 - j if flip else j - 1)]
                                                if 0 <= i + (1 - j if flip else j - 1) < n else 0)
                                for j in range(3)) for i in range(n)]))


@template(3, "two passes instead of one")
def two_passes_instead_of_one(rng):
    k, size, other = pick(rng, 3, 5, 7, 9, 11), *(pick(rng, 10, 20, 30, 40, 50, 60, 80, 100) for _ in range(2))
    places, right = size * other, 2 * k * size * other
    return Question(
        text=f"A Gaussian of {k}×{k} is separable. It filters an image with first a row, then a column of {k} weights. How "
             f"many multiplications do {size}×{other} results take? (Leave the border aside.)",
        answer=right,
        why=rf"Each pixel takes ${k} + {k} = {2 * k}$ multiplications in place of ${k} \cdot {k} = {k * k}$: ${2 * k} \cdot "
            f"{places} = {big(right)}$.",
        wrong=[
            Wrong(k * k * places, "does it in one pass", f"That is the whole kernel at each place. Two passes need {k} each."),
            Wrong(k * places, "counts one pass", "There are two passes, along the rows and along the columns."),
            Wrong(2 * k * size, "counts one line", f"There are {places:,d} results, not {size}."),
            Wrong(2 * k * k * places, "takes each pass for the whole kernel", f"A pass has {k} weights, not {k * k}."),
        ],
        check=lambda: sum(np.ones(k).size for _ in range(2)) * np.ones((size, other)).size)


def learns_unflipped():
    """Whether least squares without a flip finds a kernel that made its targets with one: turned by half a turn."""
    image, kernel = np.random.default_rng(0).normal(size=(9, 9)), np.arange(9.0).reshape(3, 3)
    columns = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(-1, 9)
    found = np.linalg.lstsq(columns, slide(image, kernel[::-1, ::-1]).ravel(), rcond=None)[0]
    return np.allclose(found.reshape(3, 3), kernel[::-1, ::-1])


@template(3, "statements on convolution", kind="choice")
def statements_on_convolution(rng):
    f, g, picture = np.array([1, 2, 3]), np.array([4, 0, -1, 5]), np.random.default_rng(0).integers(0, 9, (6, 6))
    sobel = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
    right = [
        Statement("A convolution does not care which of its two signals is called the kernel.",
                  lambda: np.array_equal(np.convolve(f, g), np.convolve(g, f)),
                  "True convolution commutes: $f * g = g * f$. Cross-correlation does not."),
        Statement("Turning a Sobel kernel by half a turn changes only the sign of its map.",
                  lambda: np.array_equal(slide(picture, sobel), -slide(picture, sobel[::-1, ::-1])),
                  "Half a turn turns every sign of a Sobel kernel, so the map becomes its negative."),
        Statement("A kernel whose weights sum to 0 gives 0 on a flat area.",
                  lambda: not slide(np.full((5, 5), 7), LAPLACIAN).any(), "The value of the area is a common factor of all products."),
        Statement("Writing a convolution as a matrix product (im2col) needs as many multiplications as the loops.",
                  lambda: np.lib.stride_tricks.sliding_window_view(picture, (3, 3)).size == 16 * 9,
                  "The products are the same. It saves Python steps and costs memory."),
        Statement("Keras's `Conv2D` computes a cross-correlation: it does not flip the kernel.",
                  lambda: not np.array_equal(np.correlate(g, f, "valid"), np.convolve(g, f, "valid")),
                  "The weights are learned anyway. It matters when you write a kernel into a layer."),
    ]
    wrong = [
        Statement("A kernel that equals its transpose gives the same map with and without the flip.",
                  lambda: (lambda k: np.array_equal(slide(picture, k),
                                                    slide(picture, k[::-1, ::-1])))(np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])),
                  "The flip is half a turn. `[[0, 1, 2], [1, 3, 4], [2, 4, 5]]` equals its transpose, and half a turn changes "
                  "it.", "takes symmetric as in algebra"),
        Statement("The horizontal Sobel kernel answers most to vertical edges.",
                  lambda: np.abs(slide(np.repeat([[0, 0, 0, 1, 1, 1]], 6, axis=0), sobel)).max() > 0,
                  "It compares rows: an edge between left and right gives 0.", "takes the wrong direction"),
        Statement("A 3×3 mean divides the spread of independent noise by 9.",
                  lambda: np.isclose(noise_factor(np.ones((3, 3)) / 9), 1 / 9),
                  r"By $\sqrt 9 = 3$: independent noise cancels only in part.", "forgets the root"),
        Statement("An edge kernel makes noise weaker.", lambda: noise_factor(LAPLACIAN) < 1,
                  r"The Laplacian multiplies it by $\sqrt{20} \approx 4.5$. So smooth first.", "takes every kernel for a blur"),
        Statement("Every 3×3 kernel can be made of a row and a column of three weights.", lambda: np.linalg.matrix_rank(LAPLACIAN) == 1,
                  "Only kernels of rank 1 can. The Laplacian has rank 2.", "takes every kernel for separable"),
        Statement("A 6×6 image and a 3×3 kernel give a 3×3 map without padding.",
                  lambda: slide(picture, LAPLACIAN).shape == (3, 3), "$6 - 3 + 1 = 4$ places on each side.", "forgets the first place"),
        Statement("Each filter writes three maps for a colour image, one for each channel.",
                  lambda: np.tensordot(np.zeros((4, 4, 27)), np.zeros((27, 1)), 1).shape[-1] == 3,
                  "A filter has a slice for each channel and adds their products up into one map.", "does not add the channels up"),
        Statement("A network must flip its kernels to learn them.", lambda: not learns_unflipped(),
                  "A flipped kernel is as easy to learn as an unflipped one, so libraries leave the flip out.",
                  "takes the flip for necessary"),
    ]
    return choose(rng, TRUE, right, wrong)


@template(3, "a slip in a lecture", kind="choice")
def a_slip_in_lecture_3(rng):
    picture = np.random.default_rng(0).integers(0, 9, (6, 6))
    y = np.convolve(2 * np.exp(-0.3 * np.arange(8)), [1, 0, -1])
    slips = [
        Statement(r"An $N \times N$ kernel: $u[n, m] = \sum_{i,j=0}^{N} I[n+i, m+j]\,W[i, j] + b$.",
                  lambda: len(range(0, 3 + 1)) ** 2 == 3 * 3,
                  "The sum must end at $N - 1$: from 0 to $N$ it has $(N + 1)^2$ terms."),
        Statement("The Laplacian (4 in the middle, −1 at its four neighbours) gives −17 where the middle is 9 and the neighbours are "
                  "9, 4, 2 and 4.", lambda: slide(MARQUES, LAPLACIAN)[1, 0] == -17,
                  r"It gives $4 \cdot 9 - (9 + 4 + 2 + 4) = 17$. The lecture printed the wrong sign."),
        Statement("The convolutional layer makes a CNN translation-invariant.",
                  lambda: np.array_equal(slide(picture, LAPLACIAN), slide(np.roll(picture, 1, axis=1), LAPLACIAN)),
                  "The map moves along with the object. That is *equivariant*; invariant would be a map that stays."),
    ]
    good = [
        Statement(r"For $x[n] = 2e^{-0.3n}$ ($n = 0 \dots 7$), $h[0] = 1$ and $h[2] = -1$, $y[n]$ is 0 for $n > 9$.",
                  lambda: len(y) == 10,
                  "The result has $8 + 3 - 1 = 10$ values, $n = 0$ to 9.", "doubts a right statement"),
        Statement("A 6×6 image and a 3×3 kernel give a 4×4 map.", lambda: slide(picture, LAPLACIAN).shape == (4, 4),
                  "$6 - 3 + 1 = 4$.", "doubts a right statement"),
        Statement("The weights of a Sobel kernel sum to 0.", lambda: np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]).sum() == 0,
                  "$1 + 2 + 1 - 1 - 2 - 1 = 0$: a flat area gives 0.", "doubts a right statement"),
        Statement("Cross-correlation does not commute, convolution does.",
                  lambda: not np.array_equal(np.correlate([1, 2, 3], [4, 0, 5], "full"),
                                             np.correlate([4, 0, 5], [1, 2, 3], "full")),
                                             "Exchanging the two reverses a cross-correlation in time.", "doubts a right statement"),
        Statement("Since the weights are trained, it does not matter for training whether the kernel is flipped.",
                  lambda: np.array_equal(slide(picture, LAPLACIAN[::-1, ::-1]), slide(picture, LAPLACIAN)),
                  "The training finds the flipped weights as easily. It matters when you carry weights over.",
                  "doubts a right statement"),
        Statement("The weights of the 3×3 mean sum to 1.", lambda: np.isclose((np.ones((3, 3)) / 9).sum(), 1),
                  "Nine times 1/9.", "doubts a right statement"),
    ]
    return choose(rng, LECTURE, slips, good)


# ---------------------------------------------------------------------------- chapter 4: from MLP to CNN


def conv_parameters(k, c_in, filters):
    """Weights and biases of a convolutional layer."""
    return (k * k * c_in + 1) * filters


@template(4, "parameters of a convolution", reads=("04-from-mlp-to-cnn", r"^conv2d +\(16, 16, 64\) +([\d,]+)"),
          example=lambda: conv_parameters(7, 32, 64))
def parameters_of_a_convolution(rng):
    k, channels, filters, side = pick(rng, 3, 5, 7), pick(rng, 3, 6, 8, 16, 32), pick(rng, 4, 10, 16, 20, 64), pick(rng, 16, 28, 32, 64)
    right, weights = conv_parameters(k, channels, filters), k * k * channels
    return Question(
        text=f"A convolutional layer has {filters} kernels of {k}×{k} with biases. Its input has {side}×{side} pixels and "
             f"{channels} channels. How many parameters does the layer have?",
        answer=right,
        why=rf"A kernel has ${k} \cdot {k} \cdot {channels} = {weights}$ weights and a bias: $({weights} + 1) \cdot {filters} "
            f"= {big(right)}$. The size of the image does not enter.",
        wrong=[
            Wrong(weights * filters, "forgets the biases", f"Each of the {filters} kernels has a bias."),
            Wrong(conv_parameters(k, 1, filters), "forgets the input's channels",
                  f"A kernel is as deep as its input: {channels} slices of {k}×{k}."),
            Wrong((k * k + 1) * channels * filters, "gives each slice a bias",
                  "A kernel adds its slices up into one map and has one bias."),
            Wrong(weights * filters + 1, "gives the layer one bias", f"There are {filters} biases, one for each map."),
            Wrong(mlp_parameters(side * side * channels, filters), "takes the layer for a dense one",
                  "A kernel's weights are shared by all places. The image's size does not count."),
        ],
        check=lambda: np.empty((k, k, channels, filters)).size + np.empty(filters).size)


def three_counts(n, k):
    """Entries of the matrix of a dense layer that makes the same map, connections of a convolution, its weights."""
    places = (n - k + 1) ** 2
    return places * n * n, places * k * k, k * k


@template(4, "local and shared", reads=("04-from-mlp-to-cnn", r"entries: (\d+) +connections: (\d+) +different weights: (\d+)"),
          example=lambda: three_counts(6, 3))
def local_and_shared(rng):
    n, k = int(rng.integers(5, 15)), pick(rng, 2, 3, 4)
    which = int(rng.integers(3))
    counts, side = three_counts(n, k), n - k + 1
    names = ["a dense layer with as many outputs", "local connections alone, with weights of its own for each place",
             "local connections *and* shared weights"]
    say = [f"Each of the {side ** 2} outputs has a weight for each of the {n * n} pixels: that is dense.",
           f"Each of the {side ** 2} outputs has {k * k} weights of its own: that is local, but not shared.",
           f"All outputs use the same {k * k} weights: that is local and shared."]
    labels = ["takes the dense layer", "does not share", "shares"]

    def check():
        kernel, rows = np.arange(1, k * k + 1).reshape(k, k), []
        for top in range(side):
            for left in range(side):
                window = np.zeros((n, n), int)
                window[top:top + k, left:left + k] = kernel
                rows.append(window.ravel())
        return [np.array(rows).size, int(np.count_nonzero(rows)), len(np.unique(rows)) - 1][which]

    return Question(
        text=f"One kernel of {k}×{k} on an image of {n}×{n}, one channel, no padding, makes a map of {side}×{side}. How many "
             f"weights would be needed for these {side * side} outputs by {names[which]}? (Biases aside.)",
        answer=counts[which], why=say[which],
        wrong=[*[Wrong(counts[i], labels[i], say[i] + f" The question is about {names[which]}.") for i in range(3) if i != which],
               Wrong(n * n * k * k, "takes a place for each pixel", f"The kernel fits in {side}×{side} places, not in {n}×{n}."),
               Wrong(side * side, "counts outputs", f"There are {side * side} outputs; asked are the weights that make them.")],
        check=check)


def kernel_shape(k, channels, filters):
    """Shape of a Conv2D's weights in Keras."""
    return (k, k, channels, filters)


@template(4, "shape of the weights", kind="choice", slow=True,
          reads=("04-from-mlp-to-cnn", r"Conv2D\(4, 5\) +weights \(5, 5, (\d), (\d)\) +feature maps \(28, 28, 4\)"),
          example=lambda: kernel_shape(5, 1, 4)[2:])
def shape_of_the_weights(rng):
    k, side = pick(rng, 3, 5, 7), pick(rng, 16, 28, 32)
    channels, filters = some(rng, 2, [2, 4, 6, 8, 10, 12, 16, 32])

    def check():
        import keras
        layer = keras.layers.Conv2D(filters, k)
        layer.build((None, side, side, channels))
        return code(tuple(layer.kernel.shape))

    return Question(
        text=f"Feature maps of shape {code((side, side, channels))} go into `Conv2D({filters}, {k})`. Which shape has the "
             "array of its weights in Keras?",
        answer=code(kernel_shape(k, channels, filters)),
        why=f"Height and width of the kernel, input channels, filters: each of the {filters} kernels has {channels} slices of {k}×{k}.",
        wrong=[
            Wrong(code((filters, channels, k, k)), "takes PyTorch's order",
                  "PyTorch puts filters and channels first; Keras puts them last."),
            Wrong(code((k, k, filters, channels)), "exchanges channels and filters",
                  f"Input channels ({channels}) come before filters ({filters})."),
            Wrong(code((k, k, filters)), "forgets the depth", f"A kernel has a slice for each of the {channels} input channels."),
            Wrong(code((k, k, 1, filters)), "takes flat kernels", f"A kernel is as deep as its input, {channels} channels."),
            Wrong(code((side - k + 1, side - k + 1, channels, filters)), "takes the map's size for the kernel's",
                  f"{side - k + 1} is the side of the map. The kernel has {k}×{k}."),
        ],
        check=check)


@template(4, "shape of the maps", kind="choice",
          reads=("04-from-mlp-to-cnn", r"Conv2D\(4, 5\) +weights \(5, 5, 3, 4\) +feature maps \((\d+), (\d+), 4\)"),
          example=lambda: (side_after(32, 5), side_after(32, 5)))
def shape_of_the_maps(rng):
    k, height, width, filters = pick(rng, 3, 5, 7), pick(rng, 16, 20, 28, 32), pick(rng, 18, 24, 30, 32), pick(rng, 4, 8, 10, 16)
    h, w = side_after(height, k), side_after(width, k)

    def check():
        image = np.zeros((height, width, 3))
        windows = np.lib.stride_tricks.sliding_window_view(image, (k, k), axis=(0, 1))
        return code(np.tensordot(windows, np.zeros((3, k, k, filters)), axes=3).shape)

    return Question(
        text=f"A colour image of shape {code((height, width, 3))} goes through `Conv2D({filters}, {k})`. Which shape have the "
             "feature maps?",
        answer=code((h, w, filters)),
        why=f"Height {height} − {k} + 1 = {h}, width {width} − {k} + 1 = {w}, and one map for each of the {filters} filters.",
        wrong=[
            Wrong(code((h, w, 3 * filters)), "does not add the channels up",
                  "A filter adds its products over all three channels and writes one map."),
            Wrong(code((h, w, 3)), "keeps the channels", f"The channels of the output are the {filters} filters."),
            Wrong(code((height, width, filters)), "takes the padding for granted", "Keras's default is `valid`: no padding."),
            Wrong(code((height - k, width - k, filters)), "forgets the first place", f"{height} − {k} *plus 1* places."),
            Wrong(code((filters, h, w)), "puts the channels first", "Keras puts the channels last."),
        ],
        check=check)


@template(4, "neighbours in a flat image")
def neighbours_in_a_flat_image(rng):
    height, width, channels = pick(rng, 20, 24, 28, 32), int(rng.integers(10, 50)), pick(rng, 1, 3)
    right = width * channels
    return Question(
        text=f"An image with {height} rows, {width} columns and {channels} channel{'s' * (channels > 1)} is flattened, row by "
             "row. How many places apart are a value and the one directly below it, in the same channel?",
        answer=right,
        why="They are a whole row apart: " + (rf"${width} \cdot {channels} = {right}$ numbers." if channels > 1
                                              else f"{right} numbers."),
        wrong=[
            Wrong(height * channels, "takes a column for a row", f"A row has {width} pixels. {height} is the number of rows."),
            Wrong(1, "takes them for neighbours", "They touch in the image. In the list they are a whole row apart."),
            Wrong(width if channels > 1 else width + 1, "forgets the channels" if channels > 1 else "counts one too many",
                  f"Each pixel of the row has {channels} numbers." if channels > 1
                  else f"From column c to column c of the next row are {width} steps."),
            Wrong(height * width, "takes channels one after the other",
                  "Keras's last axis is the channel: the channels of a pixel stand together."),
            Wrong(right - 1, "counts the values between", f"{right - 1} values lie between the two, so they are {right} places apart."),
        ],
        check=lambda: int(np.ravel_multi_index((3, 4, 0),
                                               (height, width, channels)) - np.ravel_multi_index((2, 4, 0), (height, width, channels))))


@template(4, "an object moves", kind="choice")
def an_object_moves(rng):
    row, column = (int(x) for x in rng.integers(10, 20, 2))
    down, right = pick(rng, -1, 1) * int(rng.integers(2, 6)), int(rng.integers(2, 7))
    where = f"{abs(down)} pixels {'down' if down > 0 else 'up'} and {right} pixel{'s' * (right > 1)} to the right"

    def check():
        image = np.zeros((40, 40))
        image[row + 1, column + 1] = 1
        moved = np.roll(image, (down, right), axis=(0, 1))
        kernel = np.zeros((3, 3))
        kernel[1, 1] = 1
        found = np.unravel_index(slide(moved, kernel).argmax(), (38, 38))
        return f"row {found[0]}, column {found[1]}"

    def place(r, c):
        return f"row {r}, column {c}"

    return Question(
        text=f"A kernel finds a button: its map is largest in {place(row, column)}. The stride is 1. The button moves {where}, "
             "still away from the border. Where is the map largest now?",
        answer=place(row + down, column + right),
        why=f"The map moves with the image: row {row} {'+' if down > 0 else '−'} {abs(down)}, column {column} + {right}. A "
            "convolution is equivariant.",
        wrong=[
            Wrong(place(row, column), "takes equivariant for invariant",
                  "The map does not stay, it moves along. *Invariant* would be a map that stays."),
            Wrong(place(row - down, column - right), "moves against it",
                  "The same weights find the button in its new place, in the same direction."),
            Wrong(place(row + right, column + down), "exchanges rows and columns",
                  f"Up and down change the row, {'+' if down > 0 else '−'}{abs(down)}; right changes the column, +{right}."),
            Wrong("Nowhere: the kernel must be learned anew.", "takes the layer for a dense one",
                  "The weights are shared by all places. A dense layer would have to learn it again."),
        ],
        check=check)


@template(4, "values after flattening", reads=("04-from-mlp-to-cnn", r"^flatten +\((\d+),\)"),
          example=lambda: side_after(28, 7, 7, 7, 7) ** 2 * 256)
def values_after_flattening(rng):
    n, k, layers = pick(rng, 20, 24, 28, 32), pick(rng, 3, 5), pick(rng, 2, 3, 4)
    filters = [pick(rng, 4, 8, 16) * 2 ** i for i in range(layers)]
    last = side_after(n, *[k] * layers)
    right = last * last * filters[-1]
    names = ", ".join(map(str, filters[:-1])) + f" and {filters[-1]}"

    def check():
        volume = np.zeros((n, n, 1))
        for f in filters:
            volume = np.zeros((*np.lib.stride_tricks.sliding_window_view(volume, (k, k), axis=(0, 1)).shape[:2], f))
        return volume.ravel().size

    return Question(
        text=f"A grey image of {n}×{n} goes through {layers} convolutions with {names} filters of {k}×{k}, without padding. "
             "How many values does `Flatten` give after the last?",
        answer=right,
        why=rf"The side shrinks to ${n} - {layers} \cdot {k - 1} = {last}$, and the last layer has {filters[-1]} maps: ${last} "
            rf"\cdot {last} \cdot {filters[-1]} = {big(right)}$.",
        wrong=[
            Wrong(last * filters[-1], "takes one side", f"A map has ${last} \\cdot {last}$ values."),
            Wrong(last * last, "forgets the maps", f"There are {filters[-1]} maps of {last}×{last}."),
            Wrong(last * last * sum(filters), "adds all layers' maps",
                  "Only the last layer's maps arrive; they are made from the others."),
            Wrong(n * n * filters[-1], "lets the size stay", f"Without padding each convolution takes {k - 1} from a side."),
            Wrong((n - layers * k) ** 2 * filters[-1], "takes away the whole kernel",
                  f"A side loses {k - 1}, not {k}, at each convolution."),
        ],
        check=check)


@template(4, "a high loss beside a high accuracy")
def a_high_loss_beside_a_high_accuracy(rng):
    images, errors, sure = pick(rng, 100, 200, 400, 1000), pick(rng, 2, 3, 4, 5, 8, 10, 20), pick(rng, 2, 3, 4, 5, 6)
    wrong = images * errors // 100
    right = errors / 100 * sure * math.log(10)
    return Question(
        text=f"Of {images} test images {images - wrong} are right with probability 1. The other {wrong} are wrong: their "
             rf"right class gets $10^{{-{sure}}}$. How large is the mean cross-entropy loss? Use $\ln 10 = 2.303$.",
        answer=round(right, 3),
        why=rf"A wrong image costs ${sure} \cdot 2.303 = {sure * math.log(10):.4g}$, a right one 0. The mean is "
            rf"${errors / 100:g} \cdot {sure * math.log(10):.4g}$: few errors, made with great confidence.",
        wrong=[
            Wrong(round(errors / 100, 3), "takes the share of errors",
                  f"An error costs as much as its confidence: here {sure * math.log(10):.4g}, not 1."),
            Wrong(round(sure * math.log(10), 3), "takes the loss of one error",
                  f"Only {errors} in 100 images cost that much; the others cost 0."),
            Wrong(round(wrong * sure * math.log(10), 3), "adds up and does not divide",
                  f"The loss is the mean over all {images} images."),
            Wrong(round(-math.log(1 - errors / 100), 3), "takes the logarithm of the accuracy",
                  "The logarithm is taken of each image's own probability, and then averaged."),
            Wrong(round(errors / 100 * sure, 3), "takes the logarithm to base 10",
                  r"The loss uses $\ln$: each power of ten costs 2.303."),
        ],
        check=lambda: round(float(np.mean(-np.log(np.r_[np.ones(images - wrong), np.full(wrong, 10.0 ** -sure)]))), 3))


@template(4, "a convolution wants four axes", kind="choice", slow=True)
def a_convolution_wants_four_axes(rng):
    images, side, filters, k = pick(rng, 8, 16, 32, 64, 100), pick(rng, 16, 20, 28, 32), pick(rng, 4, 16, 32), pick(rng, 3, 5)
    right = "The axis of the channels is missing: `x[..., None]` adds it."

    def check():
        import keras
        layer = keras.layers.Conv2D(filters, k)
        try:
            layer(np.zeros((images, side, side), "float32"))
        except ValueError as error:
            expected = "expected min_ndim=4, found ndim=3" in str(error)
        fits = tuple(layer(np.zeros((images, side, side), "float32")[..., None]).shape) == (images, side - k + 1, side - k + 1, filters)
        return right if expected and fits else "another error"

    return Question(
        text=f"`Conv2D({filters}, {k})` gets an array `x` of shape {code((images, side, side))}, {images} grey images, and "
             "fails: *expected min_ndim=4, found ndim=3*. What is wrong?",
        answer=right,
        why=f"A convolution wants (batch, height, width, channels). Grey images have one channel: {code((images, side, side, 1))}.",
        wrong=[
            Wrong("The axis of the batch is missing: `x[None]` adds it.", "takes the images for one",
                  f"The {images} images are the batch. With `x[None]` they would become one image of {images} rows."),
            Wrong("The images must be flattened before.", "thinks of a dense layer",
                  "Flattening takes axes away. A convolution needs rows and columns."),
            Wrong("The kernel is too large for the images.", "looks at the sizes",
                  f"A {k}×{k} kernel fits into {side}×{side} pixels. *ndim* is the number of axes."),
            Wrong(f"The layer must have {side} filters.", "takes an axis for the filters",
                  "The number of filters is free. The message counts the axes of the input."),
            Wrong("The labels have the wrong shape.", "looks at the labels",
                  "The message is about the input of the layer. Labels enter in the loss."),
        ],
        check=check)


@template(4, "statements on CNNs", kind="choice")
def statements_on_cnns(rng):
    picture = np.random.default_rng(0).integers(0, 9, (8, 8))
    order = np.random.default_rng(1).permutation(64)
    mixed = picture.ravel()[order].reshape(8, 8)
    right = [
        Statement("A 5×5 kernel on a colour image has 75 weights and one bias.", lambda: conv_parameters(5, 3, 1) == 76,
                  r"$5 \cdot 5 \cdot 3 = 75$: a slice for each channel."),
        Statement("Any convolution could be written as a dense layer with most weights zero.",
                  lambda: three_counts(6, 3)[1] < three_counts(6, 3)[0],
                  "Each row of that matrix holds the kernel's weights in another place, and zeros."),
        Statement("The parameters of a convolutional layer do not depend on the size of the image.",
                  lambda: len({conv_parameters(3, 3, 8) for _ in (28, 512)}) == 1,
                  "Its weights are shared by all places, however many there are."),
        Statement("If all images are shuffled by one order of pixels, a convolution loses what an MLP does not miss.",
                  lambda: not np.array_equal(np.sort(slide(picture, LAPLACIAN).ravel()),
                                             np.sort(slide(mixed, LAPLACIAN).ravel())),
                                             "A kernel looks at neighbours, and after the shuffle they have nothing to do with "
                                             "each other."),
        Statement("A stack of convolutions without activations could be replaced by one convolution.",
                  lambda: np.array_equal(slide(slide(picture, LAPLACIAN), LAPLACIAN)[0, 0],
                                         (np.lib.stride_tricks.sliding_window_view(picture, (5, 5))[0, 0] * sum(
                      LAPLACIAN[i, j] * np.pad(LAPLACIAN, ((i, 2 - i), (j, 2 - j))) for i in range(3)
                      for j in range(3))).sum()), "Each is linear, so together they are one linear map with a larger kernel."),
    ]
    wrong = [
        Statement("A convolution is invariant: its map stays the same when the object moves.",
                  lambda: np.array_equal(slide(picture, LAPLACIAN), slide(np.roll(picture, 1, 1), LAPLACIAN)),
                  "It is equivariant: the map moves along.", "takes equivariant for invariant"),
        Statement("A CNN always has fewer parameters than an MLP.", lambda: conv_parameters(7, 128, 256) < mlp_parameters(784, 128, 10),
                  "The chapter's CNN has 2,150,410, twenty times as many as its MLP. Sharing is cheap for each map, but wide "
                  "layers add up.", "takes sharing for a promise"),
        Statement("Sixteen filters on a colour image write 48 maps.", lambda: 16 * 3 == 16,
                  "A filter adds the channels up: 16 filters, 16 maps.", "does not add the channels up"),
        Statement("On a colour image a kernel of shape 5×5×1 slides over each channel in turn.", lambda: kernel_shape(5, 3, 1)[2] == 1,
                  "A kernel of a convolutional layer is as deep as its input: 5×5×3.", "takes flat kernels"),
        Statement("A second filter doubles the parameters of a layer, but not its maps.",
                  lambda: conv_parameters(2, 1, 2) != 2 * conv_parameters(2, 1, 1),
                  "Each filter writes a map of its own: two filters, two maps.", "forgets that a filter is a map"),
        Statement("A dense layer learns a pattern at all places when it sees it at one.",
                  lambda: conv_parameters(3, 1, 1) == np.count_nonzero(np.kron(np.eye(16), np.ones((1, 9)))),
                  "Each place has weights of its own, so the pattern must be learned once for each.",
                  "takes the layer for a shared one"),
        Statement("Four 7×7 kernels without padding leave a 28×28 image at 24×24.", lambda: side_after(28, 7, 7, 7, 7) == 24,
                  "Each takes 6 from a side: 22, 16, 10, 4.", "takes one from each border"),
        Statement("A 3×3 convolution with 8 filters on 8 channels has 80 parameters.", lambda: conv_parameters(3, 8, 8) == 80,
                  r"$(3 \cdot 3 \cdot 8 + 1) \cdot 8 = 584$.", "forgets the input's channels"),
    ]
    return choose(rng, TRUE, right, wrong)
