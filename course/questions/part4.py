"""Questions to part 4, architectures: chapters 11 to 17."""

import math

import numpy as np

from . import Question, Wrong, grid, template
from .statements import erratum, pick, printed, said, wrong_statement


def tex(number):
    """A whole number inside a formula: the comma takes no space."""
    return f"{number:,d}".replace(",", "{,}")


def term(value):
    """A number inside a sum or a product: in brackets when it is negative."""
    return f"{value:g}" if value >= 0 else f"({value:g})"


def conv(k, channels, filters, bias=True):
    """Parameters of a convolution with kernels of k x k."""
    return (k * k * channels + bias) * filters


def dense(inputs, *units):
    """Parameters of dense layers in a row."""
    return sum((a + 1) * b for a, b in zip((inputs, *units), units))


# Chapter 11: LeNet


def squashed_sum(block, coefficient, bias):
    """What LeNet-5's subsampling puts into its tanh."""
    return round(sum(block) * coefficient + bias, 4)


@template(11, "subsampling that learns", reads=("11-lenet", r"by hand: a = ([\d.]+)"), example=lambda: squashed_sum([0.2, 0.4, 0.6, 0.8], 0.5, 0.1))
def subsampling(rng):
    block = [int(v) for v in rng.integers(0, 10, 4)]
    c, bias = pick(rng, [0.25, 0.5, 1.5, 2.0]), pick(rng, [-1.0, -0.5, 0.5, 1.0])
    answer = squashed_sum(block, c, bias)
    return Question(
        text=f"LeNet-5's subsampling reads this 2x2 block; its map has the coefficient {c:g} and the bias ${bias:g}$.{grid([block[:2], block[2:]])}"
             "Which value $a$ goes into the tanh?",
        answer=answer,
        why=rf"The four values are *added*: ${' + '.join(map(str, block))} = {sum(block)}$, and ${sum(block)} \cdot {c:g} + {term(bias)} = "
            rf"{answer:g}$.",
        wrong=[
            Wrong(squashed_sum([sum(block) / 4], c, bias), "takes the average",
                  "The paper adds the four values; the coefficient does the rest."),
            Wrong(squashed_sum([max(block)], c, bias), "takes the maximum", "LeNet-5 has no max pooling: all four values count."),
            Wrong(round(sum(block) * c, 4), "forgets the bias", f"Each map has a bias, here ${bias:g}$."),
            Wrong(round(sum(block) * c + 4 * bias, 4), "adds the bias four times", "The bias is added once, to the sum."),
            Wrong(round((sum(block) + bias) * c, 4), "multiplies the bias, too", "First the coefficient, then the bias."),
        ],
        check=lambda: round(float(np.mean(block) * (4 * c) + bias), 4),  # as in Keras: average, then a weight of 4c
    )


@template(11, "parameters of the subsampling", reads=("11-lenet", r"^S2 +(\d+).*\n.*\nS4 +(\d+)"), example=lambda: (2 * 6, 2 * 16))
def subsampling_parameters(rng):
    maps, side = int(rng.integers(4, 65)), 2 * int(rng.integers(3, 15))
    return Question(
        text=f"A subsampling layer as in LeNet-5 (2x2) reads {maps} maps of {side}x{side}. How many parameters does it learn?",
        answer=2 * maps,
        why=f"One coefficient and one bias for each of the {maps} maps, wherever in the map they are used.",
        wrong=[
            Wrong(0, "thinks of max pooling",
                  "Max pooling learns nothing, but LeNet-5's subsampling has a coefficient and a bias for each map."),
            Wrong(maps, "forgets the bias", "Each map has a coefficient *and* a bias."),
            Wrong(5 * maps, "gives each input a weight", "The four values of a block share one coefficient."),
            Wrong(2, "shares over the maps", "Each map has a pair of its own."),
            Wrong(2 * maps * (side // 2) ** 2, "gives each place its own", "The pair is used at every place of the map."),
        ],
        check=lambda: sum(np.zeros(maps).size for _ in ("coefficients", "biases")),
    )


def connections(side, k, filters, channels=1):
    """Uses of weights and biases of a convolution, `valid`, as the paper counts them."""
    return (side - k + 1) ** 2 * filters * (k * k * channels + 1)


@template(11, "connections", reads=("11-lenet", r"^C1 +\d+ +\d+ +([\d,]+)"), example=lambda: connections(32, 5, 6))
def count_connections(rng):
    side, k, filters = int(rng.integers(10, 25)), pick(rng, [3, 5]), int(rng.integers(2, 9))
    out = side - k + 1
    answer = connections(side, k, filters)
    return Question(
        text=f"The paper of LeNet-5 counts *connections*: every use of a weight or a bias. A grey image of {side}x{side} goes through "
             f"{filters} kernels of {k}x{k} (`valid`). How many connections are there?",
        answer=answer,
        why=rf"Each of the ${out} \cdot {out} \cdot {filters}$ values uses {k * k} weights and a bias: ${tex(out * out * filters)} \cdot "
            rf"{k * k + 1}$.",
        wrong=[
            Wrong(conv(k, 1, filters), "counts parameters", f"Each parameter is used at {out * out} places."),
            Wrong(out * out * filters * k * k, "forgets the biases", "The bias is a connection of every value, too."),
            Wrong(side * side * filters * (k * k + 1), "pads the image", f"`valid` leaves {out}x{out} places."),
            Wrong(out * out * (k * k + 1), "counts one map", f"There are {filters} maps."),
            Wrong(side * side * out * out * filters, "connects everything",
                  f"A value sees {k}x{k} pixels, not all {side * side}."),
        ],
        check=lambda: sum(k * k + 1 for _ in range(filters) for _ in range(len(range(0, side - k + 1))) for _ in range(len(range(0, side - k + 1)))),
    )


def by_table(readings, k=5):
    """Parameters of a convolution whose maps read so many maps each: {maps read: number of such maps}."""
    return sum(read * count for read, count in readings.items()) * k * k + sum(readings.values())


@template(11, "a table of connections", reads=("11-lenet", r"^C3 +([\d,]+)"), example=lambda: by_table({3: 6, 4: 9, 6: 1}))
def table_of_connections(rng):
    a, b, c = int(rng.integers(2, 8)), int(rng.integers(2, 9)), int(rng.integers(1, 4))
    readings, before = {3: a, 4: b, 6: c}, 6
    n, pairs = a + b + c, 3 * a + 4 * b + 6 * c
    return Question(
        text=f"A layer like LeNet-5's C3 (5x5 kernels) reads {before} maps. {a} of its maps read 3 of them, {b} read 4 and {c} "
             f"{'reads' if c == 1 else 'read'} all 6. Every map has a bias. How many parameters?",
        answer=by_table(readings),
        why=rf"{pairs} pairs of maps are connected, and each pair has a 5x5 kernel: ${pairs} \cdot 25 + {n} = {tex(by_table(readings))}$.",
        wrong=[
            Wrong(conv(5, before, n), "connects all maps", f"Only {pairs} of the {before * n} pairs are connected."),
            Wrong(pairs * 25, "forgets the biases", f"Each of the {n} maps has one."),
            Wrong(pairs * 26, "gives each kernel a bias", f"A map adds up its kernels and has *one* bias, {n} in all."),
            Wrong(pairs + n, "forgets the kernels' size", "Each connected pair has 25 weights."),
            Wrong(n * 26, "lets kernels be flat", "A map has one 5x5 kernel for each map that it reads."),
        ],
        check=lambda: sum(np.zeros((read, 5, 5)).size + 1 for read, count in readings.items() for _ in range(count)),
    )


@template(11, "distance to a pattern")
def pattern(rng):
    w = rng.choice([-1, 1], 4)
    x = rng.integers(-4, 5, 4) / 2
    answer = float(((x - w) ** 2).sum())

    def row(values):
        return [f"{v:g}" for v in values]

    return Question(
        text=f"An output of LeNet-5 compares what F6 draws with its fixed pattern, here of four "
             f"pixels.{grid([['F6', *row(x)], ['pattern', *row(w)]], ['pixel', '1', '2', '3', '4'])}"
             "Which value $y$ does it give?",
        answer=answer,
        why=f"It is the squared distance: ${' + '.join(f'({a:g} - {term(b)})^2' for a, b in zip(x, w))} = {answer:g}$.",
        wrong=[
            Wrong(round(math.sqrt(answer), 3), "takes the root", "The paper's units give the *squared* distance."),
            Wrong(float(np.abs(x - w).sum()), "forgets the squares", "Each difference is squared before it is added."),
            Wrong(float(x @ w), "takes the dot product", "That is what a dense layer computes; this unit measures a distance."),
            Wrong(float((x - w).sum()), "lets signs cancel", "Squares are never negative, so nothing cancels."),
            Wrong(float(((x + w) ** 2).sum()), "adds instead of subtracting", "The distance comes from the differences."),
        ],
        check=lambda: float(x @ x - 2 * x @ w + len(w)),  # as the chapter multiplies it out
    )


def lenet_first_dense(side, padding, units=120):
    for pad in (padding, "valid"):
        side = (side if pad == "same" else side - 4) // 2
    return dense(side * side * 16, units)


@template(11, "LeNet's first dense layer", reads=("11-lenet", r"^Dense +120 +([\d,]+)"), example=lambda: lenet_first_dense(28, "same"))
def lenet_dense(rng):
    side, padding, units = 4 * int(rng.integers(5, 13)), pick(rng, ["same", "valid"]), pick(rng, [30, 60, 84, 120])
    first = side if padding == "same" else side - 4
    small = (first // 2 - 4) // 2
    answer = lenet_first_dense(side, padding, units)

    def check():
        x = np.zeros((side + 4 * (padding == "same"),) * 2)
        for _ in range(2):
            x = x[:len(x) - 4, :len(x) - 4]  # valid 5x5 on what is there
            x = x[:len(x) // 2 * 2:2, :len(x) // 2 * 2:2]
        return np.zeros((x.size * 16, units)).size + units

    return Question(
        text=f"LeNet today reads {side}x{side} pixels: 5x5 convolution (6 filters, `{padding}`), 2x2 pooling, 5x5 convolution (16 filters, "
             f"`valid`), 2x2 pooling, `Flatten`, `Dense({units})`. How many parameters has this dense layer?",
        answer=answer,
        why=rf"The sides are {first}, {first // 2}, {first // 2 - 4}, {small}, so $({small} \cdot {small} \cdot 16 + 1) \cdot {units} = "
            rf"{tex(answer)}$.",
        wrong=[
            Wrong(lenet_first_dense(side, "valid" if padding == "same" else "same", units), "mixes up `same` and `valid`",
                  f"The first convolution is `{padding}`: it gives {first}x{first}."),
            Wrong(small * small * 16 * units, "forgets the biases", f"Each of the {units} units has a bias."),
            Wrong(dense(small * small, units), "flattens one map", "There are 16 maps."),
            Wrong(dense((side // 4) ** 2 * 16, units), "only counts the poolings",
                  "A `valid` 5x5 convolution takes four from the side."),
            Wrong(dense(small * 16, units), "forgets one side", f"Each map has {small}x{small} values."),
        ],
        check=check,
    )


def flat(side, maps, poolings):
    return (side // 2**poolings) ** 2 * maps


@template(11, "what pooling saves", reads=("11-lenet", r"^both pooling layers +([\d,]+).*\nwithout the second +([\d,]+).*\nwithout both +([\d,]+)"),
          example=lambda: (flat(28, 50, 2), flat(28, 50, 1), flat(28, 50, 0)))
def pooling_saves(rng):
    side, maps, units = pick(rng, [16, 24, 28, 32]), pick(rng, [8, 10, 20, 50]), pick(rng, [50, 100, 500])
    two, one = dense(flat(side, maps, 2), units), dense(flat(side, maps, 1), units)
    return Question(
        text=f"Two `same` convolutions with a 2x2 pooling behind each read {side}x{side} pixels; the second gives {maps} maps. Then "
             f"`Flatten`, `Dense({units})`. The *second* pooling is taken out. How many parameters does the dense layer gain?",
        answer=one - two,
        why=rf"It reads {tex(flat(side, maps, 1))} values instead of {tex(flat(side, maps, 2))}, and each value costs {units} "
            rf"weights.".replace("{,}", ","),
        wrong=[
            Wrong(one, "gives the new total", f"The layer had {two:,d} parameters before."),
            Wrong(two, "thinks that the size doubles",
                  "Height and width both double, so there are four times the values, three times as many more."),
            Wrong(dense(flat(side, maps, 0), units) - two, "takes both poolings out", "The first pooling stays."),
            Wrong(flat(side, maps, 1) - flat(side, maps, 2), "counts values",
                  f"Each further value has a weight to each of {units} units."),
            Wrong(0, "thinks that pooling has no effect",
                  "Pooling has no parameters itself, but it decides how many the dense layer has."),
        ],
        check=lambda: (np.zeros((side // 2, side // 2, maps)).size - np.zeros((side // 4, side // 4, maps)).size) * units,
    )


@template(11, "three channels instead of one")
def colour(rng):
    k, filters, channels = pick(rng, [3, 5, 7]), int(rng.integers(4, 33)), pick(rng, [3, 4])
    return Question(
        text=f"The first convolution of a network has {filters} filters of {k}x{k}. Its input gets {channels} channels instead of one. "
             "How many parameters does the layer gain?",
        answer=k * k * (channels - 1) * filters,
        why=rf"Each kernel gets {channels - 1} more slices of {k * k} weights: ${k * k} \cdot {channels - 1} \cdot {filters}$; the biases stay.",
        wrong=[
            Wrong((k * k + 1) * (channels - 1) * filters, "adds biases", "A filter has one bias, however deep it is."),
            Wrong(k * k * channels * filters, "counts all slices", "One slice was there before."),
            Wrong(conv(k, channels, filters), "gives the new total", "Asked is what is added."),
            Wrong(0, "thinks that a kernel is flat", "A kernel is as deep as its input."),
            Wrong(k * k * (channels - 1), "counts one filter", f"There are {filters} filters."),
        ],
        check=lambda: np.zeros((k, k, channels, filters)).size - np.zeros((k, k, 1, filters)).size,
    )


def cosine(peak, share):
    """Learning rate after a share of the steps, falling from `peak` to 0 along half a cosine wave."""
    return round(peak * (1 + math.cos(math.pi * share)) / 2, 8)


@template(11, "learning rate along a cosine")
def cosine_rate(rng):
    peak, (part, whole) = pick(rng, [0.002, 0.004, 0.01, 0.02, 0.04, 0.1, 0.2, 0.4]), pick(rng, [(1, 3), (1, 2), (2, 3)])
    steps, share = 60 * int(rng.integers(5, 60)), part / whole
    answer = cosine(peak, share)

    def check():
        x = np.linspace(0, math.pi, 6001)  # the falling part of a cosine between -1 and 1, moved to 0 and the peak
        return round(float(peak * np.interp(share * math.pi, x, np.cos(x) / 2 + 0.5)), 8)

    return Question(
        text=f"The learning rate falls from {peak:g} to 0 along half a cosine wave in {steps:,d} steps. What is it after "
             f"{steps * part // whole:,d} steps?",
        answer=answer,
        why=rf"${steps * part // whole}/{steps} = {part}/{whole}$ of the way, and ${peak:g} \cdot (1 + \cos({part}\pi/{whole}))/2 = {answer:g}$.",
        wrong=[
            Wrong(round(peak * (1 - share), 8) if share != 0.5 else round(peak / math.sqrt(2), 8),
                  "falls along a line" if share != 0.5 else "takes a quarter of a wave",
                  "A cosine falls slowly at first, fast in the middle, slowly at the end." if share != 0.5
                  else "The whole way is half a wave, from $\\cos 0$ to $\\cos \\pi$."),
            Wrong(round(peak * math.cos(math.pi * share / 2) ** 4, 8), "squares the wave",
                  "The factor is $(1 + \\cos)/2$ itself."),
            Wrong(cosine(peak, 1 - share) if share != 0.5 else peak, "goes the other way" if share != 0.5 else "keeps the rate",
                  "The rate begins at its peak and falls." if share != 0.5 else "The rate falls from the first step on."),
            Wrong(round(peak * abs(math.cos(math.pi * share)), 8), "forgets to shift the wave",
                  "The cosine itself would become negative: it is lifted by 1 and halved."),
            Wrong(round(peak * math.exp(-share * 3), 8), "falls by a constant factor",
                  "A constant factor in each step never reaches 0."),
        ],
        check=check,
    )


@template(11, "work of a training", reads=("11-lenet", r"multiply-adds of the training +([\d.]+)e\+12"),
          example=lambda: 3 * 328_096 * 20 * 60_000 / 1e12)
def training_work(rng):
    macs, images, epochs = int(rng.integers(2, 41)), pick(rng, [1000, 5000, 10_000, 50_000]), pick(rng, [2, 5, 10, 20, 50])
    unit = "billion multiply-adds"
    base = macs * images * epochs / 1000
    return Question(
        text=f"A network needs {macs} million multiply-adds for an image. It is trained on {images:,d} images for {epochs} epochs. How much work is "
             "that, if a training step costs three forward passes?",
        answer=round(3 * base), unit=unit,
        why=rf"$3 \cdot {macs} \cdot 10^6 \cdot {tex(images)} \cdot {epochs}$: one pass forward, two backward, for the gradients of maps "
            rf"and of weights.",
        wrong=[
            Wrong(round(base), "counts the forward pass only", "The way back costs about two passes more."),
            Wrong(round(2 * base), "counts one pass back",
                  "The way back computes two kinds of gradients: of the maps and of the weights."),
            Wrong(round(3 * base / epochs), "counts one epoch", f"There are {epochs} epochs."),
            Wrong(round(3 * base) * 1000, "slips by a thousand", r"$10^6$ times $10^3$ is a billion, $10^9$."),
            Wrong(round(6 * base), "counts additions apart", "A multiply-add is one multiplication *and* one addition."),
        ],
        check=lambda: sum(passes * macs * 10**6 * images * epochs for passes in (1, 1, 1)) // 10**9,
    )


def distances_are_a_dense_layer():
    """Whether the squared distances to patterns of +1 and -1 differ as -2 times the dot products do."""
    x, patterns = np.array([0.3, 2]), np.array([[1, 1], [1, -1]])
    return np.allclose(np.diff(((x - patterns) ** 2).sum(axis=1)), np.diff(-2 * patterns @ x))


@template(11, "wrong statement: LeNet", kind="choice")
def statements_11(rng):
    return wrong_statement(rng, "Three of these statements about LeNet are right. Which one is **wrong**?", true=[
        ("LeNet-5 learns 60,000 parameters.", "confuses it with today's version",
         r"$156 + 12 + 1{,}516 + 32 + 48{,}120 + 10{,}164 = 60{,}000$.",
         lambda: conv(5, 1, 6) + 12 + by_table({3: 6, 4: 9, 6: 1}) + 32 + conv(5, 16, 120) + dense(120, 84) == 60_000),
        ("Without its second pooling Scully's LeNet has 4,931,080 parameters.", "takes it for the count without any pooling",
         "The first pooling is still there; without both it would be 19,631,080 (errata, E14).",
         lambda: conv(5, 1, 20) + conv(5, 20, 50) + dense(flat(28, 50, 1), 500, 10) == 4_931_080),
        ("LeNet-5's output is a softmax layer with fixed weights.", "thinks that it is another kind of function",
         "The squared distances to patterns of +1 and -1 become a dense layer when multiplied out, up to a term common to all classes.",
         distances_are_a_dense_layer),
        ("On colour images LeNet's first layer has 300 weights more.", "forgets that a kernel is as deep as its input",
         r"$25 \cdot 2 \cdot 6 = 300$.",
         lambda: conv(5, 3, 6) - conv(5, 1, 6) == 300),
        ("The scaled tanh of LeNet-5 maps 1 to 1.", "thinks that it is the plain tanh",
         r"$1.7159 \tanh(2/3) = 1.000$: a signal of size 1 keeps its size.",
         lambda: round(1.7159 * math.tanh(2 / 3), 3) == 1),
        ("In C3 fifteen of sixteen maps read only a part of the six maps before.", "thinks of Keras, where each reads all",
         "Only the last map reads all six; the table keeps the maps different.",
         lambda: 6 * 3 + 9 * 4 + 6 == 60),
    ], false=[
        ("LeNet-5 uses the logistic sigmoid beside tanh.",
         "The paper calls its scaled tanh a sigmoid; there is no other one (errata, E15).",
         lambda: not erratum("E15", "There is no logistic sigmoid beside it")),
        ("99 % on the validation data and 0.988 on the test data are two measurements in Scully's lecture.",
         "The code validates with the test images, so both numbers describe the same 10,000 images (errata, E13).",
         lambda: not erratum("E13", "describe the same 10,000 images")),
        ("Without any pooling layer Scully's LeNet has 4,931,080 parameters.",
         "That is the network without its second pooling; without both it has 19,631,080 (errata, E14).",
         lambda: conv(5, 1, 20) + conv(5, 20, 50) + dense(flat(28, 50, 0), 500, 10) == 4_931_080),
        ("C5 is a dense layer in every respect.",
         "On a larger image C5 gives larger maps: it is a convolution whose kernel is as large as its input here.",
         lambda: 32 - 28 + 1 != 5),
        ("A pooling layer without parameters saves no parameters.",
         "One pooling before `Flatten` saves three of four weights of the dense layer behind it.",
         lambda: dense(2450, 500) == dense(9800, 500)),
        ("LeNet-5's subsampling takes the average and learns nothing.",
         "It multiplies the sum by a learned coefficient and adds a learned bias.",
         lambda: 2 * 6 + 2 * 16 == 0),
    ])


# Chapter 12: AlexNet


@template(12, "top-5 and top-1 error")
def top_errors(rng):
    n = pick(rng, [8, 10, 20])
    n = 10 if n == 8 else n
    ranks = np.sort(np.where(rng.random(n) < 0.45, 1, rng.integers(2, 10, n)))
    if not (ranks == 5).any():
        ranks[-2] = 5
    ranks = rng.permutation(ranks)
    five = bool(rng.integers(2))
    k = 5 if five else 1
    answer = round(100 * int((ranks > k).sum()) / n)
    return Question(
        text=f"A network sorts its classes by score. For {n} test images the right class stands at these places: "
             f"{', '.join(map(str, ranks.tolist()))}. What is the **top-{k} error**?",
        answer=answer, unit="%",
        why=f"For {int((ranks > k).sum())} of {n} images the right class is not {'among the first five' if five else 'the first'}.",
        wrong=[
            Wrong(100 - answer, "gives the accuracy", "The error counts the images on which it fails."),
            Wrong(round(100 * int((ranks > 6 - k).sum()) / n), "takes the other number",
                  "Top-5 counts five answers, top-1 only the first."),
            Wrong(round(100 * int((ranks >= k).sum()) / n) if five else round(100 * float(np.mean(ranks == 2))),
                  "leaves out the fifth" if five else "counts the second places", "Place 5 is among the five." if five else "Every place "
                  "but the first is an error."),
            Wrong(int((ranks > k).sum()), "gives the number of images", f"The error is a share: divide by {n}."),
            Wrong(round(10 * float(ranks.mean())), "averages the places",
                  "The place itself does not count, only whether it is good enough."),
        ],
        check=lambda: round(100 * (1 - sum(r in range(1, k + 1) for r in ranks.tolist()) / n)),
    )


def response(values, i, n, k, alpha):
    """Local response normalisation of map i, with beta = 1."""
    near = values[max(0, i - n // 2):i + n // 2 + 1]
    return round(values[i] / (k + alpha * sum(v * v for v in near)), 4)


@template(12, "neighbouring maps compete")
def neighbours(rng):
    values = [int(v) for v in rng.integers(0, 6, 6)]
    i = int(rng.integers(6))
    values[i] = int(rng.integers(2, 9))
    k, alpha, n = 2, pick(rng, [0.5, 1, 2]), 3
    answer = response(values, i, n, k, alpha)
    near = values[max(0, i - 1):i + 2]

    def check():
        squares = np.convolve(np.square(values), [1, 1, 1])[1:-1]
        return round(float(values[i] / (k + alpha * squares[i])), 4)

    return Question(
        text=f"Six maps have these values at one place:{grid([values], [f'map {m}' for m in range(1, 7)])}Local response normalisation over $n = 3$ "
             rf"maps, $b_i = a_i / (2 + {alpha:g} \sum_j a_j^2)$ (here $\beta = 1$). What becomes of map {i + 1}?",
        answer=answer,
        why=rf"The sum runs over map {i + 1} and its neighbours: ${values[i]} / (2 + {alpha:g} \cdot {sum(v * v for v in near)}) = {answer:g}$.",
        wrong=[
            Wrong(response(values, i, 1, k, alpha), "counts itself only", "The maps on both sides damp it, too."),
            Wrong(response(values, i, 13, k, alpha), "counts all maps", "Only the neighbours count, at the ends fewer of them."),
            Wrong(round(values[i] / (k + alpha * sum(near)), 4), "forgets the squares", "The squares are added."),
            Wrong(round(values[i] / (alpha * max(sum(v * v for v in near), 1)), 4), "forgets the constant",
                  "The 2 keeps the denominator from vanishing."),
            Wrong(round(values[i] / (k + alpha * (sum(v * v for v in near) - values[i] ** 2)), 4), "leaves itself out",
                  "The map's own square is part of the sum."),
        ],
        check=check,
    )


def grouped(k, channels, filters, groups):
    return (k * k * channels // groups + 1) * filters


@template(12, "a convolution in groups", reads=("12-alexnet", r"^conv2 +([\d,]+) +([\d,]+)"),
          example=lambda: (grouped(5, 96, 256, 1), grouped(5, 96, 256, 2)))
def groups(rng):
    k, g, c, f = pick(rng, [3, 5]), pick(rng, [2, 4]), 8 * int(rng.integers(1, 7)), 8 * int(rng.integers(1, 7))
    answer = grouped(k, c, f, g)
    return Question(
        text=f"`Conv2D({f}, {k}, groups={g})` reads {c} maps. How many parameters has it?",
        answer=answer,
        why=rf"Each of the {f} filters reads {c // g} of the {c} maps: $({k * k} \cdot {c // g} + 1) \cdot {f} = {tex(answer)}$.",
        wrong=[
            Wrong(grouped(k, c, f, 1), "ignores the groups", f"With {g} groups a kernel is only {c // g} maps deep."),
            Wrong((k * k * c // g + 1) * (f // g), "divides the filters, too",
                  f"There are {f} filters in all, {f // g} in each group."),
            Wrong(k * k * (c // g) * f, "forgets the biases", f"Each of the {f} filters has a bias."),
            Wrong(grouped(k, c, f, 1) * g, "multiplies by the groups", "Groups cut connections: they save weights."),
            Wrong(grouped(k, c, f, 1) // g, "divides the biases, too",
                  "Every filter keeps its bias; only the weights become fewer."),
        ],
        check=lambda: sum(np.zeros((k, k, c // g, f // g)).size + f // g for _ in range(g)),
    )


def places(n, k, s, zeros=0):
    return (n + zeros - k) // s + 1


@template(12, "places of a large kernel", reads=("12-alexnet", r"^ +224 +0 +[\d.]+ +(\d+)\n(?:.*\n){2} +227 +0 +[\d.]+ +(\d+)"),
          example=lambda: (places(224, 11, 4), places(227, 11, 4)))
def first_layer(rng):
    n, k, s = int(rng.integers(60, 257)), pick(rng, [7, 9, 11]), pick(rng, [2, 3, 4])
    left = (n - k) % s
    return Question(
        text=f"An image of {n}x{n} pixels, kernels of {k}x{k}, stride {s}, no padding. How many places does the kernel find along one side?",
        answer=places(n, k, s),
        why=rf"$\lfloor ({n} - {k}) / {s} \rfloor + 1 = {places(n, k, s)}$" + (f"; {left} pixel{'s' if left > 1 else ''} at the end "
            f"{'are' if left > 1 else 'is'} not seen." if left else "; no pixel is left over."),
        wrong=[
            Wrong(math.ceil((n - k) / s) + 1, "rounds up", "A kernel that would stick out of the image has no place."),
            Wrong((n - k) // s, "forgets the first place", "The kernel stands at the start, too: add 1."),
            Wrong(n // s, "divides by the stride", "The kernel must fit in: subtract its size first."),
            Wrong(math.ceil(n / s), "thinks of `same`", r"$\lceil n/s \rceil$ holds for `same` padding; here is none."),
            Wrong(n - k + 1, "forgets the stride", f"The kernel moves {s} pixels at a time."),
        ],
        check=lambda: len(range(0, n - k + 1, s)),
    )


def comparisons(side, channels, window, stride=2):
    return ((side - window) // stride + 1) ** 2 * channels * (window * window - 1)


@template(12, "comparisons of overlapping pooling", reads=("12-alexnet", r"^55x55x96 +\d+ +([\d,]+) +\d+ +([\d,]+)"),
          example=lambda: (comparisons(55, 96, 2), comparisons(55, 96, 3)))
def overlap(rng):
    side, channels, window = int(rng.integers(7, 30)), int(rng.integers(2, 17)), pick(rng, [2, 3])
    p = (side - window) // 2 + 1
    return Question(
        text=f"{window}x{window} max pooling with stride 2 and no padding reads {channels} maps of {side}x{side}. How many comparisons of "
             f"two numbers does it need?",
        answer=comparisons(side, channels, window),
        why=rf"{p}x{p} places, and the maximum of {window**2} values takes {window**2 - 1} comparisons: ${p * p} \cdot {channels} \cdot "
            rf"{window**2 - 1}$.",
        wrong=[
            Wrong(p * p * channels * window**2, "counts the values",
                  f"The first value has nothing to be compared with: {window**2 - 1}, not {window**2}."),
            Wrong(p * p * (window**2 - 1), "counts one map", f"Every one of the {channels} maps is pooled."),
            Wrong(side * side * channels * (window**2 - 1), "forgets the stride", f"The window stands at {p}x{p} places only."),
            Wrong(p * p * channels, "counts one for each output", f"A window holds {window**2} values."),
            Wrong(0, "thinks that pooling costs nothing", "It needs no parameter and no multiply-add, but it compares."),
        ],
        check=lambda: sum(window**2 - 1 for _ in range(channels) for _ in range(0, side - window + 1, 2) for _ in range(0, side - window + 1, 2)),
    )


@template(12, "how many crops")
def crops(rng):
    size, margin, mirror = pick(rng, [24, 28, 32, 64, 224]), int(rng.integers(2, 17)), bool(rng.integers(2))
    n = size + margin
    times = 2 if mirror else 1
    answer = (margin + 1) ** 2 * times
    return Question(
        text=f"Pieces of {size}x{size} pixels are cut out of an image of {n}x{n}" + (", and each may be mirrored" if mirror else "")
             + ". How many different pieces are there at most?",
        answer=answer,
        why=rf"The piece finds ${n} - {size} + 1 = {margin + 1}$ places in each direction: ${margin + 1} \cdot {margin + 1}" + (r" \cdot "
            r"2$." if mirror else "$."),
        wrong=[
            Wrong(margin**2 * times, "forgets the first place",
                  "The piece may be moved by 0, too; AlexNet's paper counts this way and gets 2,048 for 33 places."),
            Wrong((margin + 1) * times, "moves in one direction", "It moves in height and in width."),
            Wrong((margin + 1) ** 2 * (3 - times), "forgets mirroring" if mirror else "adds mirror images",
                  "Each piece counts twice: as it is and mirrored." if mirror else "Nothing is mirrored here."),
            Wrong((n // size) ** 2 * times, "cuts without overlap",
                  "Pieces may overlap: any shift by a pixel gives another one."),
            Wrong(n * n * times, "starts at every pixel", "Near the right and lower edge the piece does not fit in."),
        ],
        check=lambda: sum(times for top in range(n) for left in range(n) if top + size <= n and left + size <= n),
    )


@template(12, "an average of several looks", kind="choice")
def looks(rng):
    classes = pick(rng, [("cat", "dog", "frog", "deer"), ("ship", "plane", "car", "truck"), ("bird", "horse", "dog", "frog")])
    while True:
        p = rng.integers(1, 17, (5, 4)).astype(float)
        p = np.round(p / p.sum(axis=1, keepdims=True), 2)
        p[:, 0] += np.round(1 - p.sum(axis=1), 2)
        mean = p.mean(axis=0)
        top, votes = p.argmax(axis=1), np.bincount(p.argmax(axis=1), minlength=4)
        order = np.sort(mean)
        best, boldest, voted, first = int(mean.argmax()), int(p.max(axis=0).argmax()), int(votes.argmax()), int(top[0])
        clear = order[-1] - order[-2] > 0.015 and (votes == votes.max()).sum() == 1 and np.ptp(np.sort(p.ravel())[-2:]) > 0.01
        if clear and best not in (boldest, voted):
            break
    rest = [c for c in range(4) if c not in (best, boldest, voted)]
    named = {voted: Wrong(classes[voted], "lets the looks vote", f"Most single looks say {classes[voted]}, but averaged are the probabilities."),
             boldest: Wrong(classes[boldest], "trusts the surest look", "One sure look is one of five; the others count as much.")}
    for c in rest:
        named.setdefault(c, Wrong(classes[c], "takes the first look" if c == first else "misjudges the mean",
                                  f"Its mean is {mean[c]:.3f}, that of {classes[best]} {mean[best]:.3f}."))
    return Question(
        text="A network looks at an image five times, shifted and mirrored."
             f"{grid([[str(i + 1), *(f'{v:.2f}' for v in row)] for i, row in enumerate(p)], ['look', *classes])}"
             "As AlexNet did, the answers are averaged. Which class is the result?",
        answer=classes[best], choices=list(classes),
        why=f"The mean probability of {classes[best]}, {mean[best]:.3f}, is the largest of the four.",
        wrong=list(named.values()),
        check=lambda: classes[int(np.argsort(p.sum(axis=0))[-1])],
    )


@template(12, "memory for weights in training", reads=("12-alexnet", r"weights, gradients, momentum +([\d,]+) MiB"),
          example=lambda: 12 * 60_965_224 / 2**20)
def weight_memory(rng):
    millions = int(rng.integers(1, 141))
    return Question(
        text=f"A network has {millions} million parameters, 32-bit floats. It is trained by SGD with momentum, which keeps one more number "
             f"for each weight. "
             "How many megabytes (million bytes) do weights, gradients and momentum take?",
        answer=12 * millions, unit="MB",
        why=rf"Three numbers of four bytes for each weight: ${millions} \cdot 3 \cdot 4$ million bytes.",
        wrong=[
            Wrong(4 * millions, "counts the weights only", "Their gradients and the momentum are as many numbers again, each."),
            Wrong(8 * millions, "forgets the momentum", "Momentum remembers the last step of each weight."),
            Wrong(3 * millions, "takes a byte for each number", "A 32-bit float has four bytes."),
            Wrong(96 * millions, "counts bits", "32 bits are four bytes."),
            Wrong(16 * millions, "thinks of Adam", "Adam keeps two numbers for each weight, momentum only one."),
        ],
        check=lambda: sum(np.zeros(1000, "float32").nbytes for _ in ("weights", "gradients", "momentum")) * millions // 1000,
    )


@template(12, "slope of tanh")
def slope(rng):
    t = pick(rng, [-0.9, -0.8, -0.6, -0.5, -0.4, -0.2, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    answer = round(1 - t * t, 4)

    def check():
        z = math.atanh(t)
        return round((math.tanh(z + 1e-5) - math.tanh(z - 1e-5)) / 2e-5, 4)

    return Question(
        text=f"A unit with tanh gives ${t:g}$. By which factor does it multiply the gradient on the way back?",
        answer=answer,
        why=rf"The slope of tanh is $1 - \tanh^2 z = 1 - {term(t)}^2 = {answer:g}$.",
        wrong=[
            Wrong(t, "takes the value itself", r"The slope is $1 - \tanh^2 z$, not $\tanh z$."),
            Wrong(round(1 - abs(t), 4), "forgets the square", "The value is squared."),
            Wrong(round(t * t, 4), "forgets the 1", "Far from zero the slope vanishes; it is *one minus* the square."),
            Wrong(1.0, "thinks of ReLU", "ReLU's slope is 1 where it answers; tanh has that slope at zero only."),
            Wrong(round(t * (1 - t), 4), "thinks of the sigmoid",
                  "For the logistic sigmoid the slope is $s (1 - s)$; tanh has another one."),
        ],
        check=check,
    )


@template(12, "steps with momentum")
def momentum(rng):
    factor = pick(rng, [0.5, 0.9, 0.8])
    steps = [int(v) for v in rng.integers(1, 9, 3)]
    answer = round(steps[2] + factor * steps[1] + factor**2 * steps[0], 4)

    def check():
        step = 0.0
        for g in steps:
            step = g + factor * step
        return round(step, 4)

    return Question(
        text=f"With momentum {factor:g} each step is the gradient's step plus {factor:g} times the step before. The gradient asks for steps of "
             f"{steps[0]}, {steps[1]} and {steps[2]}, one after the other, from rest. How large is the third step?",
        answer=answer,
        why=rf"${steps[2]} + {factor:g} \cdot ({steps[1]} + {factor:g} \cdot {steps[0]}) = {answer:g}$.",
        wrong=[
            Wrong(steps[2], "forgets the momentum", "The steps before go on with it."),
            Wrong(round(steps[2] + factor * steps[1], 4), "remembers one gradient",
                  "The second *step* holds a part of the first already."),
            Wrong(sum(steps), "lets nothing fade", f"Each step before counts {factor:g} times as much as the next."),
            Wrong(round(factor * (steps[2] + factor * steps[1] + factor**2 * steps[0]), 4), "fades the new gradient",
                  "The newest gradient counts fully."),
            Wrong(round((1 - factor) * steps[2] + factor * ((1 - factor) * steps[1] + factor * (1 - factor) * steps[0]), 4),
                  "takes a moving average", "That is Adam's way; SGD with momentum adds the whole gradient."),
        ],
        check=check,
    )


AUGMENTATIONS = [  # data, change, whether the label stays
    ("handwritten digits", "mirror left and right", False, "a mirrored 2 is no 2"), ("letters", "mirror left and right", False,
     "b becomes d"),
    ("digits", "turn by 180 degrees", False, "6 becomes 9"), ("traffic signs", "mirror left and right", False,
     "*turn left* becomes *turn right*"),
    ("photographs of ripe and unripe tomatoes", "swap the red and the green channel", False, "a ripe one turns unripe"),
    ("arrows (up, down, left, right)", "turn by 90 degrees", False, "up becomes right"),
    ("photographs of animals", "mirror left and right", True, "a cat stays a cat"), ("photographs of vehicles",
     "shift by 4 pixels", True, "a truck stays a truck"),
    ("handwritten digits", "shift by 2 pixels", True, "a 7 stays a 7"), ("photographs of animals",
     "change the brightness a little", True, "a dog in the shade is a dog"),
    ("satellite images of forest and water", "turn by 90 degrees", True, "from above there is no up"), ("letters",
     "make the strokes a little thicker", True, "an A stays an A"),
    ("photographs of birds", "cut out a piece of 224x224 from 256x256", True, "most of the bird is still there"), ("clothes",
     "mirror left and right", True, "a shirt stays a shirt"),
]


HARMLESS = {  # what may be done to which data, by the first word of the change
    "handwritten digits": {"shift", "make"}, "letters": {"shift", "make"}, "digits": {"shift", "make"}, "traffic signs": {"shift", "change"},
    "photographs of ripe and unripe tomatoes": {"mirror", "turn", "shift"}, "arrows (up, down, left, right)": {"shift", "make"},
    "photographs of animals": {"mirror", "shift", "change"}, "photographs of vehicles": {"mirror", "shift", "change"},
    "satellite images of forest and water": {"mirror", "turn", "shift"}, "photographs of birds": {"mirror", "shift", "cut"},
    "clothes": {"mirror", "shift"},
}


@template(12, "augmentation that changes the label", kind="choice")
def augmentation(rng):
    bad = pick(rng, [a for a in AUGMENTATIONS if not a[2]])
    good = [a for a in AUGMENTATIONS if a[2]]
    good = [good[i] for i in rng.permutation(len(good))[:3]]

    def words(a):
        return f"{a[0][0].upper()}{a[0][1:]}: {a[1]}."

    return Question(
        text="Augmentation makes more training images from those that are there. Three of these keep the label. Which one does **not**?",
        answer=words(bad), why=f"An augmentation must keep the label, and here {bad[3]}.",
        wrong=[Wrong(words(a), f"distrusts: {a[1]}", f"The label stays: {a[3]}.") for a in good],
        check=lambda: next(words(a) for a in (bad, *good) if a[1].split()[0] not in HARMLESS[a[0]]),
    )


@template(12, "wrong statement: AlexNet", kind="choice")
def statements_12(rng):
    return wrong_statement(rng, "Three of these statements about AlexNet are right. Which one is **wrong**?", true=[
        ("The dense layers hold 96 % of the parameters.", "thinks that convolutions hold the parameters",
         "58.6 of 61.0 million; the convolutions do 92 % of the work.",
         lambda: round(100 * dense(9216, 4096, 4096, 1000) / 60_965_224) == 96),
        ("With 227 pixels, 11x11 kernels and stride 4 the first maps are 55x55.", "expects padding",
         r"$(227 - 11) / 4 + 1 = 55$.", lambda: places(227, 11, 4) == 55),
        ("Its last pooling gives 6x6x256 values.", "takes the channels of an earlier layer",
         "Pooling keeps the 256 channels of the convolution before it (errata, E16).",
         lambda: places(13, 3, 2) ** 2 * 256 == 9216),
        ("Its response normalisation does next to nothing on standardised pixels.", "trusts constants on any scale",
         "With small values the sum is tiny beside $k = 2$: every value is multiplied by about 0.595.",
         lambda: abs(2**-0.75 - (2 + 1e-4 * 5 * 0.2) ** -0.75) < 1e-3),
        ("Its two groups save about a third of the multiply-adds.", "thinks that groups only split memory",
         "724 instead of 1,135 million multiply-adds.", lambda: printed("12-alexnet", "36% of the work")),
        ("In 2012 the entry with 15.3 % top-5 error was 10.9 points ahead.", "mixes up the two entries",
         r"$26.172 - 15.315 = 10.857$ (errata, E18).", lambda: round(26.172 - 15.315, 1) == 10.9),
    ], false=[
        ("Its last pooling gives 6x6x384 values.",
         "Pooling keeps the 256 channels of the convolution before it: 6x6x256 = 9,216 values (errata, E16).",
         lambda: 6 * 6 * 384 == 9216),
        ("Between the last pooling and the layers of 4,096 units stands a dense layer of 9,216 units.",
         "9,216 is the flattened volume; a dense layer of that size would have 85 million parameters (errata, "
         "E17).", lambda: dense(9216, 9216) < 60_965_224),
        ("The entry of 2012 with 16.4 % top-5 error was more than 10.8 points ahead.",
         "That entry was 9.75 points ahead; 10.9 points belong to the one with 15.3 % (errata, E18).",
         lambda: 26.172 - 16.422 > 10.8),
        ("With 224 pixels, 11x11 kernels, stride 4 and no padding the first maps are 55x55.",
         "$(224 - 11) / 4 + 1 = 54.25$ is no size; it takes 227 pixels (errata, E21).", lambda: places(224, 11, 4) == 55),
        ("Its two groups save half of all parameters.",
         "They save 2.3 %: nearly all parameters sit in the dense layers, which have no groups.",
         lambda: 60_965_224 < 0.6 * 62_378_344),
        ("Overlapping pooling costs additional parameters.", "Pooling has no parameters; overlap costs comparisons only.",
         lambda: not printed("12-alexnet", "MaxPooling2D 27x27x96 0")),
    ])


# Chapter 13: VGG


def stack(n, channels, k=3):
    return n * k * k * channels * channels


@template(13, "two small kernels for a large one", reads=("13-vgg", r"^\[5\] +\d+ +\d+ +([\d,]+).*\n\[3, 3\] +\d+ +\d+ +([\d,]+)"),
          example=lambda: (stack(1, 256, 5) + 256, stack(2, 256) + 2 * 256))
def two_for_one(rng):
    n, c = pick(rng, [2, 3, 4]), pick(rng, [4, 8, 10, 16, 20, 32, 64])
    k = 2 * n + 1
    saved = stack(1, c, k) - stack(n, c)
    return Question(
        text=f"One {k}x{k} convolution is replaced by {n} of 3x3 one behind the other, all from {c} to {c} maps, without biases. How many "
             f"weights are saved?",
        answer=saved,
        why=rf"${k * k} \cdot {c}^2 - {n} \cdot 9 \cdot {c}^2 = {k * k - 9 * n} \cdot {c * c}$.",
        wrong=[
            Wrong(stack(1, c, k) - stack(1, c), "counts one small layer", f"It takes {n} layers of 3x3 to see {k}x{k} pixels."),
            Wrong(k * k - 9 * n, "forgets the channels", f"Each of the {c} filters reads {c} maps: times ${c}^2$."),
            Wrong((k * k - 9 * n) * c, "forgets the depth of the kernels", f"There are {c} filters, and each reads {c} maps."),
            Wrong(stack(n, c), "gives what is left", "That is the cost of the stack; asked is the difference."),
            Wrong(stack(1, c, k) - 9**n * c, "multiplies the kernels", "Layers one behind the other add their weights."),
        ],
        check=lambda: np.zeros((k, k, c, c)).size - sum(np.zeros((3, 3, c, c)).size for _ in range(n)),
    )


@template(13, "field of VGG blocks", reads=("13-vgg", r"^MaxPooling2D +4x4x128 +\d+ +\d+ +[\d.]+ +(\d+)"), example=lambda: vgg_field([2, 2, 2]))
def blocks_field(rng):
    blocks = [int(b) for b in rng.integers(1, 4, int(rng.integers(2, 4)))]
    n = sum(blocks)

    def check():
        units = {0}
        for b in reversed(blocks):
            units = {2 * u + i for u in units for i in range(2)}
            for _ in range(b):
                units = {u + i for u in units for i in range(3)}
        return len(units)

    jump = 2 ** len(blocks)
    return Question(
        text=f"{len(blocks)} VGG blocks with {', '.join(map(str, blocks))} convolutions (3x3, stride 1), each block with a 2x2 pooling "
             f"(stride 2) at its end. How many pixels wide is the "
             "receptive field of a value behind the last pooling?",
        answer=vgg_field(blocks),
        why="Start at 1; in block $b$ each convolution adds $2 \\cdot 2^{b-1}$ and the pooling $2^{b-1}$: "
            + "$1 + " + " + ".join(rf"{2 * c + 1} \cdot {2**i}" for i, c in enumerate(blocks)) + f" = {vgg_field(blocks)}$.",
        wrong=[
            Wrong(1 + 2 * n, "forgets the poolings",
                  "Behind a pooling neighbours lie twice as far apart, and the window itself adds, too."),
            Wrong(1 + 2 * n + len(blocks), "forgets the jumps",
                  "Behind each pooling a step is two pixels, then four: later layers add more."),
            Wrong(1 + sum(2 * c * 2**i for i, c in enumerate(blocks)), "forgets the pooling windows",
                  "A 2x2 window sees one more value than a single one."),
            Wrong((1 + 2 * n) * jump, "multiplies at the end", "Only layers *behind* a pooling add more."),
            Wrong(1 + sum((2 * c + 1) * 2 ** (i + 1) for i, c in enumerate(blocks)), "counts a pooling's own stride",
                  "A pooling moves the layers behind it apart, not its own block."),
        ],
        check=check,
    )


def vgg_field(blocks):
    return 1 + sum((2 * c + 1) * 2**i for i, c in enumerate(blocks))


@template(13, "work of a VGG layer", reads=("13-vgg", r"^Conv2D +112x112x128 +73,856 +([\d,]+)"),
          example=lambda: 112 * 112 * 9 * 64 * 128)
def layer_work(rng):
    side, c, f = pick(rng, [4, 7, 8, 10, 14]), pick(rng, [4, 8, 16, 32]), pick(rng, [4, 8, 16, 32])
    answer = side * side * 9 * c * f
    return Question(
        text=f"A 3x3 convolution (`same`, stride 1) reads {c} maps of {side}x{side} and gives {f}. How many multiply-adds does it need, "
             f"biases left aside?",
        answer=answer,
        why=rf"Each of the ${side} \cdot {side} \cdot {f}$ values takes $9 \cdot {c}$ multiply-adds.",
        wrong=[
            Wrong(9 * c * f, "counts weights", f"Every weight is used at {side * side} places."),
            Wrong(side * side * 9 * f, "makes flat kernels", f"A kernel is {c} maps deep."),
            Wrong(side * side * 9 * c, "counts one filter", f"There are {f} filters."),
            Wrong((side - 2) ** 2 * 9 * c * f, "shrinks the map", f"`same` padding keeps {side}x{side} places."),
            Wrong(2 * answer, "counts additions apart", "A multiply-add is one multiplication *and* one addition."),
        ],
        check=lambda: np.broadcast_to(np.int8(0), (side, side, f, 3, 3, c)).size,
    )


@template(13, "dropout by hand", reads=("13-vgg", r"training=True +zero: ([\d.]+) +largest: ([\d.]+)"), example=lambda: (0.25, 1 / (1 - 0.25)))
def dropout(rng):
    rate = pick(rng, [0.2, 0.25, 0.5, 0.75])
    values = [int(v) for v in rng.integers(1, 10, 5)]
    keep = rng.random(5) < 0.6
    keep[int(rng.integers(5))] = True
    keep[int(rng.integers(5))] = False
    left = int(np.dot(values, keep))
    answer = round(left / (1 - rate), 4)
    return Question(
        text=f"`Dropout({rate})` meets five values in a training "
             f"step.{grid([['value', *values], ['kept?', *('yes' if k else 'no' for k in keep)]], ['unit', '1', '2', '3', '4', '5'])}"
             "What is the sum of its five outputs?",
        answer=answer,
        why=rf"What stays, {left}, is divided by $1 - {rate:g} = {1 - rate:g}$, so that the mean over many steps is that of all values.",
        wrong=[
            Wrong(left, "forgets to enlarge", "Inverted dropout divides what stays by $1 - $ rate."),
            Wrong(round(left * (1 - rate), 4), "makes it smaller", "What stays is made larger, to make up for what is missing."),
            Wrong(round(left / rate, 4), "divides by the rate", "Divide by the share that stays, $1 - $ rate."),
            Wrong(sum(values), "gives the expected value",
                  "That is the mean over many steps; in this step other units are kept."),
            Wrong(round((sum(values) - left) / (1 - rate), 4), "keeps the dropped ones", "What is marked *no* is set to zero."),
        ],
        check=lambda: round(sum(v * (1 / (1 - rate)) if k else 0 for v, k in zip(values, keep)), 4),
    )


@template(13, "expected value under dropout")
def expected(rng):
    rate, scaled = pick(rng, [0.2, 0.25, 0.5, 0.75]), bool(rng.integers(2))
    n, v = pick(rng, [8, 20, 40, 100]), int(rng.integers(2, 9))
    answer = n * v if scaled else round(n * v * (1 - rate), 4)

    def check():  # over all numbers of kept units, by their probability
        mean = sum(math.comb(n, m) * (1 - rate) ** m * rate ** (n - m) * m * v for m in range(n + 1))
        return round(mean / (1 - rate) if scaled else mean, 4)

    return Question(
        text=f"{n} units have the value {v}. Dropout with rate {rate:g} sets each to zero with that probability"
             + (", and Keras divides the others by $1 - $ rate" if scaled else ", and the others are *not* enlarged")
             + ". What is the sum of all units, on average over many steps?",
        answer=answer,
        why=(rf"Each unit is ${v}/{1 - rate:g}$ with probability {1 - rate:g}, so its mean stays {v}." if scaled
             else rf"Each unit stays with probability {1 - rate:g}: ${n} \cdot {v} \cdot {1 - rate:g} = {answer:g}$."),
        wrong=[
            Wrong(n * v if not scaled else round(n * v * (1 - rate), 4),
                  "thinks that the mean stays" if not scaled else "forgets that the rest is enlarged",
                  "Without enlarging the sum shrinks with the number of units." if not scaled else "Enlarging makes up exactly for the "
                  "missing units."),
            Wrong(round(n * v * rate, 4), "counts the dropped units", "The rate is the share that is lost."),
            Wrong(round(n * v / (1 - rate), 4), "enlarges and drops nothing",
                  "Some units are zero; that is what the enlarging makes up for."),
            Wrong(round(n * v * (1 - rate) ** 2, 4), "makes the rest smaller", "The units that stay are never made smaller."),
        ],
        check=check,
    )


@template(13, "draws of spatial dropout")
def spatial(rng):
    b, side, c = pick(rng, [2, 4, 8, 16, 32]), pick(rng, [4, 8, 10, 16]), pick(rng, [8, 16, 32, 64])
    plain = bool(rng.integers(3) == 0)
    answer = b * side * side * c if plain else b * c
    name = "Dropout" if plain else "SpatialDropout2D"
    return Question(
        text=f"`{name}(0.25)` reads a batch of {b} images with {c} maps of {side}x{side}. How many independent random draws does it make "
             f"in a training step?",
        answer=answer,
        why=f"One draw for each map of each image: {b} times {c}." if not plain else f"One draw for each single value: {b} times "
            f"{side}x{side} times {c}.",
        wrong=[
            Wrong(b * c if plain else b * side * side * c, "drops whole maps" if plain else "drops single values",
                  "Whole maps fall with `SpatialDropout2D` only." if plain else "Neighbours tell nearly the same, so whole maps are dropped."),
            Wrong(c, "draws once for the batch", "Every image has draws of its own."),
            Wrong(b * side * side, "draws for places",
                  "A place is not dropped through all maps; " + ("each value falls by itself." if plain else "a map falls at all places.")),
            Wrong(side * side * c, "draws for one image", f"There are {b} images, each with draws of its own."),
            Wrong(b, "drops whole images", "Then nothing would be left of an image."),
        ],
        check=lambda: np.empty((b, side, side, c) if plain else (b, 1, 1, c)).size,
    )


@template(13, "the dense layer behind VGG", reads=("13-vgg", r"^fc1 +([\d,]+)"), example=lambda: dense(7 * 7 * 512, 4096))
def vgg_dense(rng):
    side, blocks, maps, units = 32 * int(rng.integers(1, 8)), pick(rng, [3, 4, 5]), pick(rng, [8, 16, 64, 128]), pick(rng, [10, 64, 100, 512])
    small = side // 2**blocks
    answer = dense(small * small * maps, units)
    return Question(
        text=f"An image of {side}x{side} pixels goes through {blocks} VGG blocks (`same` convolutions, each block with one 2x2 pooling). "
             f"The last block has {maps} maps. "
             f"Then `Flatten` and `Dense({units})`. How many parameters has the dense layer?",
        answer=answer,
        why=rf"Only the poolings shrink: ${side} / 2^{{{blocks}}} = {small}$, so $({small} \cdot {small} \cdot {maps} + 1) \cdot {units} = "
            rf"{tex(answer)}$.",
        wrong=[
            Wrong(dense((side // (2 * blocks)) ** 2 * maps, units), "divides by twice the blocks",
                  "Each pooling halves what the one before left."),
            Wrong(small * small * maps * units, "forgets the biases", f"Each of the {units} units has a bias."),
            Wrong(dense(maps, units), "averages the maps", "That would be global average pooling; `Flatten` keeps all places."),
            Wrong(dense(small * maps, units), "forgets one side", f"A map has {small}x{small} values."),
            Wrong(dense(max((side // 2 ** (blocks - 1)), 1) ** 2 * maps, units), "forgets the last pooling",
                  "The last block has a pooling, too."),
        ],
        check=lambda: np.zeros((side, side))[::2**blocks, ::2**blocks].size * maps * units + units,
    )


@template(13, "layers in the name", reads=("13-vgg", r'"layers with weights", "measured": (\d+)'), example=lambda: sum([2, 2, 3, 3, 3]) + 3)
def name_layers(rng):
    blocks, head = [int(b) for b in rng.integers(1, 5, 5)], pick(rng, [1, 2, 3])
    n = sum(blocks)
    return Question(
        text=f"A network in the style of VGG has five blocks with {', '.join(map(str, blocks))} convolutions, each with a pooling at its "
             f"end, and {head} dense layer{'s' if head > 1 else ''}. "
             "Which number belongs into its name VGG-...?",
        answer=n + head,
        why=f"Layers with weights count: {n} convolutions and {head} dense layer{'s' if head > 1 else ''}.",
        wrong=[
            Wrong(n + head + 5, "counts the poolings", "Poolings have no weights."),
            Wrong(n, "counts convolutions only", "Dense layers have weights, too."),
            Wrong(5 + head, "counts blocks", "A block holds several convolutions, and each counts."),
            Wrong(n + head + 6, "counts poolings and Flatten", "Neither poolings nor `Flatten` have weights."),
            Wrong(5 * max(blocks) + head, "takes all blocks as equal", "The blocks have different numbers of convolutions."),
        ],
        check=lambda: len([layer for b in blocks for layer in ["conv"] * b + ["pool"] if layer != "pool"] + ["dense"] * head),
    )


@template(13, "memory of a stack of maps", reads=("13-vgg", r"^Conv2D +224x224x64 +[\d,]+ +[\d,]+ +([\d,.]+)"),
          example=lambda: 224 * 224 * 64 * 4 / 1024)
def map_memory(rng):
    side, c, f = 16 * int(rng.integers(1, 9)), pick(rng, [3, 16, 32]), pick(rng, [8, 16, 32, 64])
    answer = side * side * f * 4 // 1024
    return Question(
        text=f"A `same` convolution with {f} filters reads {c} maps of {side}x{side}. How many KiB (1,024 bytes) does its output take for "
             f"one image, as 32-bit floats?",
        answer=answer, unit="KiB",
        why=rf"${side} \cdot {side} \cdot {f}$ values of 4 bytes, divided by 1,024.",
        wrong=[
            Wrong(side * side * f * c * 4 // 1024, "multiplies by the input maps",
                  f"A kernel adds its {c} slices up into *one* map."),
            Wrong(side * side * f * 32 // 1024, "counts bits", "32 bits are four bytes."),
            Wrong(side * side * f // 1024, "takes a byte for each value", "A 32-bit float has four bytes."),
            Wrong(side * side * c * 4 / 1024, "counts the input", f"The output has {f} maps."),
            Wrong(side * f * 4 / 1024, "forgets one side", f"A map has {side}x{side} values."),
        ],
        check=lambda: np.zeros((side, side, f), "float32").nbytes // 1024,
    )


@template(13, "a head of means", reads=("13-vgg", r"^dense layers: ([\d,]+) parameters here, ([\d,]+)"),
          example=lambda: (dense(128, 10), dense(4 * 4 * 128, 512, 10)))
def mean_head(rng):
    side, maps, classes = pick(rng, [4, 6, 7, 8]), pick(rng, [32, 64, 128, 256]), pick(rng, [10, 20, 100])
    answer = dense(maps, classes)
    return Question(
        text=f"{maps} maps of {side}x{side} go through global average pooling into `Dense({classes})`. How many parameters has this head?",
        answer=answer,
        why=rf"One mean for each map: $({maps} + 1) \cdot {classes} = {tex(answer)}$.",
        wrong=[
            Wrong(dense(side * side * maps, classes), "flattens",
                  "Global average pooling leaves one number of each map, whatever its size."),
            Wrong(maps * classes, "forgets the biases", f"Each of the {classes} units has a bias."),
            Wrong(answer + maps, "gives the mean a weight", "A mean has nothing to learn."),
            Wrong(dense(side * side, classes), "averages over the maps",
                  "Averaged is over the places of each map, not over the maps."),
            Wrong(0, "thinks that the means are the answer",
                  f"{maps} means are not {classes} classes: the dense layer weighs them."),
        ],
        check=lambda: np.zeros((side, side, maps)).mean(axis=(0, 1)).size * classes + classes,
    )


def two_are_one():
    """Whether two kernels one behind the other do what their convolution does at once."""
    signal, first, second = np.arange(1, 7), [1, 2, 1], [0, 1, -1]
    return np.array_equal(np.convolve(np.convolve(signal, first), second), np.convolve(signal, np.convolve(first, second)))


@template(13, "wrong statement: VGG", kind="choice")
def statements_13(rng):
    vgg16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]

    def total(blocks, side=7):
        count, before = 0, 3
        for n, f in blocks:
            count += conv(3, before, f) + (n - 1) * conv(3, f, f)
            before = f
        return count + dense(side * side * before, 4096, 4096, 1000)

    return wrong_statement(rng, "Three of these statements about VGG and dropout are right. Which one is **wrong**?", true=[
        ("Three quarters of VGG-16's parameters sit in one dense layer.", "looks for them in the convolutions",
         "102.8 of 138.4 million are in the first dense layer.",
         lambda: 0.7 < dense(25_088, 4096) / total(vgg16) < 0.8),
        ("A stack of two 3x3 convolutions sees 5x5 pixels.", "adds the kernels",
         "The second sees 3x3 units of the first, and these see 5x5 pixels together.",
         lambda: len(np.convolve(np.ones(3), np.ones(3))) == 5),
        ("Without a ReLU between them two 3x3 convolutions are one 5x5 convolution.", "thinks that depth alone helps",
         "Two linear steps are one linear step.",
         two_are_one),
        ("VGG-16's last map is 7x7x512.", "pools windows of 3",
         "Five poolings of 2x2 halve 224 five times, and the last block has 512 filters.",
         lambda: 224 // 2**5 == 7 and vgg16[-1][1] == 512),
        ("Dropout has no parameters.", "thinks that dropout learns", "Dropout only draws; nothing is trained in it.",
         lambda: printed("13-vgg", "Flatten 4096 0")),
        ("Spatial dropout leaves out whole feature maps.", "thinks of single values",
         "Neighbours in a map tell nearly the same, so single values are hardly missed.",
         lambda: np.empty((4, 1, 1, 8)).size == 4 * 8),
        ("A third block makes ShallowVGGNet deeper and *smaller*.", "thinks that depth always costs parameters",
         "The third pooling halves what the dense layer reads: 1.34 instead of 2.17 million parameters.",
         lambda: dense(2048, 512) + conv(3, 64, 128) + conv(3, 128, 128) < dense(4096, 512)),
    ], false=[
        ("VGG-16 pools windows of 3x3 with stride 2.",
         "The paper pools 2x2; with 3x3 the last map would be 6x6 and the network would have 111 million parameters (errata, E19).",
         lambda: total(vgg16, side=6) > 138_000_000),
        ("VGG-16's filters double after every block.", "The blocks have 64, 128, 256, 512 and 512 filters (errata, E20).",
         lambda: all(b[1] == 2 * a[1] for a, b in zip(vgg16, vgg16[1:]))),
        ("VGG won the classification of ILSVRC 2014.",
         "GoogLeNet won it; VGG came second and won the localisation (errata, to read with care).",
         lambda: not said("14-inception", "won the classification of ILSVRC 2014")),
        ("Most of VGG-16's work is done in its dense layers.",
         "They do less than 1 % of the multiply-adds; blocks 3 and 4 do 60 %.", lambda: 123_633_664 > 15_470_264_320 / 2),
        ("Dropout is switched on when the network is used.",
         "It drops in training only; then `Dropout` in Keras hands values through as they are.",
         lambda: not printed("13-vgg", "training=False zero: 0.00")),
        ("Without a ReLU between them two 3x3 kernels can make every 5x5 kernel.", "They have 18 numbers, a 5x5 kernel has 25.",
         lambda: 2 * 9 >= 25),
        ("VGG-16 keeps 24 million values for each image in training.", "Its maps add up to 15.2 million values, 58 MiB.",
         lambda: not printed("13-vgg", "15,237,608 values")),
    ])


# Chapter 14: Inception


MODULES = [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (16, 32, 32, 16, 8, 8),
           (24, 32, 48, 16, 12, 12), (32, 48, 64, 16, 16, 16), (112, 144, 288, 32, 64, 64), (32, 32, 48, 16, 24, 24)]


def stacked(widths):
    n1, _, n3, _, n5, p = widths
    return n1 + n3 + n5 + p


@template(14, "channels of a module", reads=("14-inception", r"^3a +28x28x(\d+).*\n3b +28x28x(\d+)"),
          example=lambda: (stacked(MODULES[0]), stacked(MODULES[1])))
def module_channels(rng):
    n1, r3, n3, r5, n5, p = (int(v) * 4 for v in rng.integers(2, 33, 6))
    r3, r5 = max(4, n3 // 2), max(4, n5 // 4)
    c = 16 * int(rng.integers(4, 20))
    return Question(
        text=f"An inception module reads {c} "
             f"maps.{grid([['1x1', '—', n1], ['3x3', r3, n3], ['5x5', r5, n5], ['pooling, 1x1', '—', p]], ['branch', 'reduced to', 'filters'])}"
             "How many channels does `Concatenate` give?",
        answer=n1 + n3 + n5 + p,
        why=f"The results are stacked, so the channels add up: ${n1} + {n3} + {n5} + {p}$.",
        wrong=[
            Wrong(n1 + n3 + n5 + p + r3 + r5, "counts the reductions",
                  "The reductions feed the large kernels; they do not go into the stack."),
            Wrong(n1 + n3 + n5 + c, "hands the pooling on whole",
                  f"A 1x1 convolution behind the pooling makes {p} of the {c} maps."),
            Wrong(n1 + n3 + n5, "forgets the pooling branch", "The pooling branch is the fourth part of the stack."),
            Wrong(max(n1, n3, n5, p), "adds the values", "Stacking puts maps beside each other; it does not add them."),
            Wrong(n1 + n3 + n5 + p + c, "keeps the input", "The input itself is not stacked; that would be a dense block."),
        ],
        check=lambda: np.concatenate([np.zeros((2, 2, n)) for n in (n1, n3, n5, p)], axis=-1).shape[-1],
    )


@template(14, "naive module on naive module", reads=("14-inception", r"^Concatenate +28x28x(\d+)"), example=lambda: 64 + 128 + 32 + 192)
def naive(rng):
    c, times = 16 * int(rng.integers(2, 13)), int(rng.integers(1, 4))
    n1, n3, n5 = (8 * int(v) for v in rng.integers(1, 13, 3))
    add = n1 + n3 + n5

    def check():
        maps = np.zeros(c)
        for _ in range(times):
            maps = np.concatenate([np.zeros(n1), np.zeros(n3), np.zeros(n5), maps])
        return maps.size

    return Question(
        text=f"A naive inception module (pooling without a 1x1 behind it) has {n1} filters of 1x1, {n3} of 3x3 and {n5} of 5x5. "
             + (f"{times} such modules stand one behind the other. {c} channels go in. How many come out at the "
             f"end?" if times > 1 else f"{c} channels go in. How many come out?"),
        answer=c + times * add,
        why=rf"The pooling hands on every channel it gets, and each module adds ${n1} + {n3} + {n5} = {add}$: ${c}" + (rf" + {times} \cdot "
            rf"{add}$." if times > 1 else f" + {add}$."),
        wrong=[
            Wrong(add, "forgets the pooling branch", "The pooling's channels are stacked, too."),
            Wrong(times * (c + add), "adds the input each time", f"The {c} channels are handed on, not made again."),
            Wrong(c * 4, "copies the input", "Each convolution gives as many channels as it has filters."),
            Wrong(max(n1, n3, n5, c), "takes the widest branch",
                  "The branches are put beside each other: their channels add up."),
            Wrong(c + times * add + c, "counts the input twice", "The input comes through the pooling branch only."),
        ],
        check=check,
    )


@template(14, "what a reduction saves", reads=("14-inception", r"^5x5 +[\d,]+ +([\d,]+) +[\d,]+ +([\d,]+)"),
          example=lambda: (784 * per_place(192, None, 32, 5), 784 * per_place(192, 16, 32, 5)))
def reduction(rng):
    c, r, f, k = pick(rng, [64, 100, 128, 192, 256]), pick(rng, [8, 10, 16, 20]), pick(rng, [16, 20, 32, 40]), pick(rng, [3, 5])
    saved = bool(rng.integers(2))
    with_r, without = per_place(c, r, f, k), per_place(c, None, f, k)
    answer = without - with_r if saved else with_r
    return Question(
        text=f"A {k}x{k} convolution with {f} filters reads {c} maps. A 1x1 convolution now reduces them to {r} first. How many multiply-adds "
             + ("are saved at each place?" if saved else "do both together need at each place?"),
        answer=answer,
        why=rf"With it: ${c} \cdot {r} + {k * k} \cdot {r} \cdot {f} = {tex(with_r)}$" + (rf", without: ${k * k} \cdot {c} \cdot {f} = "
            rf"{tex(without)}$." if saved else "."),
        wrong=[
            Wrong(with_r if saved else without, "gives the new cost" if saved else "gives the old cost",
                  "Asked is the difference." if saved else f"That is the {k}x{k} convolution on all {c} maps."),
            Wrong(without - k * k * r * f if saved else k * k * r * f, "forgets the reduction itself",
                  f"The 1x1 convolution costs {c} times {r} multiply-adds."),
            Wrong(without - (c + f) * r if saved else (c + f) * r, f"forgets that the kernel is {k}x{k}",
                  f"A {k}x{k} kernel has {k * k} weights for each map that it reads."),
            Wrong(without - k * k * r * (c + f) if saved else k * k * r * (c + f), f"makes the reduction {k}x{k}",
                  "The reduction reads each pixel by itself: one weight for each map."),
            Wrong(without if saved else without - with_r, "gives the old cost" if saved else "gives what is saved",
                  "The reduced way costs something, too." if saved else "Asked is what both need together."),
        ],
        check=lambda: abs((np.zeros((k, k, c, f)).size if saved else 0) - np.zeros((c, r)).size - np.zeros((k, k, r, f)).size),
    )


def per_place(c, r, f, k):
    """Multiply-adds at each place of a k x k convolution, with a reduction to r maps before it or without."""
    return k * k * c * f if r is None else c * r + k * k * r * f


@template(14, "a row and a column", reads=("14-inception", r"^1x3, 3x1 .* (\d+)%\n.*\n1x7, 7x1 .* (\d+)%"),
          example=lambda: (saved_share(3), saved_share(7)))
def row_and_column(rng):
    k, c = pick(rng, [3, 5, 7, 9, 11]), pick(rng, [8, 10, 16, 32])
    ask = bool(rng.integers(2))
    answer = saved_share(k) if ask else 2 * k * c * c
    return Question(
        text=f"A {k}x{k} convolution from {c} to {c} maps is replaced by 1x{k} and {k}x1 one behind the other, also with {c} maps, without biases. "
             + ("How many per cent of the weights are saved?" if ask else "How many weights remain?"),
        answer=answer, unit="%" if ask else "",
        why=rf"$2 \cdot {k}$ instead of ${k} \cdot {k}$ weights for each pair of maps" + (rf": $1 - 2/{k} = "
            rf"{1 - 2 / k:.2f}$." if ask else rf": $2 \cdot {k} \cdot {c}^2 = {tex(2 * k * c * c)}$."),
        wrong=[
            Wrong(100 - saved_share(k) if ask else k * k * c * c, "gives what remains" if ask else "gives the old weights",
                  "Asked is what is saved." if ask else f"That is the {k}x{k} convolution."),
            Wrong(round(100 * (1 - 1 / k)) if ask else k * c * c, "counts one of the two", "A row *and* a column are needed."),
            Wrong(0 if ask else 2 * k * c, "thinks that the field costs" if ask else "forgets one channel factor",
                  f"The field stays {k}x{k}, but the weights become fewer." if ask else f"Each of {c} filters reads {c} maps."),
            Wrong(round(100 * (1 - 2 / (k * k))) if ask else (2 * k - 1) * c * c,
                  "takes two weights" if ask else "shares the middle weight",
                  f"Row and column have {k} weights each." if ask else "Row and column are two layers; they share nothing."),
            Wrong(50 if ask else 2 * c * c, "halves" if ask else "forgets the length",
                  f"It depends on the size: {2 * k} of {k * k} remain." if ask else f"Each piece has {k} weights for a pair of maps."),
        ],
        check=lambda: round(100 - 100 * (np.zeros((1, k)).size + np.zeros((k, 1)).size) / np.zeros((k, k)).size) if ask
        else np.zeros((1, k, c, c)).size + np.zeros((k, 1, c, c)).size,
    )


def saved_share(k):
    return round(100 * (1 - 2 / k))


@template(14, "fields side by side", reads=("14-inception", r"module 3a alone: \{'1x1': (\d+), '3x3': (\d+), '5x5': (\d+)"),
          example=lambda: (largest_field(1, 1, 0), largest_field(1, 1, 1, 3), largest_field(1, 1, 1)))
def fields(rng):
    start, jump, modules = int(rng.integers(3, 40)), pick(rng, [1, 2, 4, 8]), int(rng.integers(1, 5))
    answer = largest_field(start, jump, modules)

    def check():  # walk back from one place
        places = {0}
        for _ in range(modules):
            places = {p + i for p in places for i in range(-2, 3)}
        pixels = [jump * p + i for p in places for i in range(start)]
        return max(pixels) - min(pixels) + 1

    return Question(
        text=f"A value sees {start} pixels, and neighbouring values lie {jump} pixel{'s' if jump > 1 else ''} apart. Then "
             f"come{'s' if modules == 1 else ''} {modules} inception module{'s' if modules > 1 else ''} "
             "(1x1, 3x3, 5x5, pooling 3x3, all with stride 1). How many pixels do the channels with the *largest* field see?",
        answer=answer,
        why=rf"The 5x5 branch adds $4 \cdot {jump}$ in each module: ${start} + {modules} \cdot {4 * jump} = {answer}$.",
        wrong=[
            Wrong(start, "takes the smallest way", "Through the 1x1 branches the field stays as it was; asked is the largest."),
            Wrong(largest_field(start, 1, modules) if jump > 1 else start + 5 * modules,
                  "forgets the distance" if jump > 1 else "adds the kernel",
                  f"Neighbours lie {jump} pixels apart, so four steps are {4 * jump} pixels." if jump > 1 else "A 5x5 kernel adds four "
                  "places to the one that was there."),
            Wrong(largest_field(start, jump, modules, 3), "takes the 3x3 branch", "The 5x5 branch sees further."),
            Wrong(start + 8 * jump * modules, "adds the branches",
                  "Branches stand side by side: the largest counts, not the sum."),
            Wrong(start + 5 * jump * modules, "adds the whole kernel",
                  "A 5x5 kernel adds four steps to the place in the middle."),
        ],
        check=check,
    )


def largest_field(start, jump, modules, k=5):
    return start + (k - 1) * jump * modules


@template(14, "the loss with helpers")
def helpers(rng):
    main, a, b = (round(float(v), 1) for v in rng.uniform(0.5, 3, 3))
    weight = pick(rng, [0.2, 0.3, 0.4])
    answer = round(main + weight * (a + b), 3)
    return Question(
        text=f"A network with two auxiliary classifiers has the losses {main:g} (main), {a:g} and {b:g} (helpers). The helpers count "
             f"{weight:g} each. Which loss is minimised in training?",
        answer=answer,
        why=rf"${main:g} + {weight:g} \cdot {a:g} + {weight:g} \cdot {b:g} = {answer:g}$.",
        wrong=[
            Wrong(main, "leaves the helpers out", "They are thrown away when the network is used; in training they count."),
            Wrong(round(main + a + b, 3), "counts them fully", f"Each helper counts {weight:g} only."),
            Wrong(round(answer / 3, 3), "takes the mean", "The losses are added, not averaged."),
            Wrong(round(main * (1 - 2 * weight) + weight * (a + b), 3), "makes the weights sum to 1",
                  "The main loss counts fully."),
            Wrong(round(main + weight * (a + b) / 2, 3), "averages the helpers", f"Each of the two counts {weight:g}."),
        ],
        check=lambda: round(float(np.dot([1, weight, weight], [main, a, b])), 3),
    )


@template(14, "mean or flatten",
          reads=("14-inception", r"^GoogLeNet, flatten and one dense layer +([\d,]+)\nGoogLeNet, mean and one dense layer +([\d,]+)"),
          example=lambda: (dense(7 * 7 * 1024, 1000), dense(1024, 1000)))
def mean_or_flatten(rng):
    side, maps, classes = pick(rng, [4, 5, 7, 8]), pick(rng, [64, 100, 128, 256]), pick(rng, [10, 20, 50])
    answer = dense(side * side * maps, classes) - dense(maps, classes)
    return Question(
        text=f"Behind the last {maps} maps of {side}x{side} stand `Flatten` and `Dense({classes})`. `Flatten` is replaced by global "
             f"average pooling. How many parameters are saved?",
        answer=answer,
        why=rf"The dense layer reads {maps} means instead of {side * side * maps:,d} values: $({side * side} - 1) \cdot {maps} \cdot {classes}$.",
        wrong=[
            Wrong(dense(maps, classes), "gives what remains", "Asked is the difference."),
            Wrong(dense(side * side * maps, classes), "takes all of it", "The dense layer stays, with fewer inputs."),
            Wrong(side * side * maps * classes, "forgets the means", f"{maps} means remain, each with {classes} weights."),
            Wrong((side - 1) * maps * classes, "forgets one side", f"A map has {side * side} values, of which one mean remains."),
            Wrong(0, "thinks that a mean saves nothing",
                  "The mean has no parameters, but it shortens what the dense layer reads."),
        ],
        check=lambda: np.zeros((side * side * maps, classes)).size - np.zeros((maps, classes)).size,
    )


def separable(k, c, multiplier, filters):
    return k * k * c * multiplier + c * multiplier * filters + filters


@template(14, "depthwise separable", reads=("14-inception", r"7 \* 7 \* 3 \* 8 \+ 3 \* 8 \* 64 \+ 64 = ([\d,]+)"),
          example=lambda: separable(7, 3, 8, 64))
def depthwise_separable(rng):
    k, c, f = pick(rng, [3, 5, 7]), pick(rng, [3, 4, 8, 16, 32]), pick(rng, [8, 16, 32, 64])
    answer = separable(k, c, 1, f)
    return Question(
        text=f"A depthwise separable convolution reads {c} maps: one {k}x{k} kernel for each map by itself, then 1x1 kernels to {f} maps "
             f"with biases. How many parameters?",
        answer=answer,
        why=rf"${k * k} \cdot {c} + {c} \cdot {f} + {f} = {tex(answer)}$.",
        wrong=[
            Wrong(conv(k, c, f), "takes a plain convolution",
                  "There every filter has a kernel for every map; here each map has one."),
            Wrong(k * k * c + c * f, "forgets the biases", f"The {f} filters at the end have biases."),
            Wrong(k * k * c, "forgets the 1x1 kernels", "Something must mix the maps: the 1x1 convolution."),
            Wrong(c * f + f, "forgets the depthwise kernels", f"Each of the {c} maps has a {k}x{k} kernel."),
            Wrong(k * k * f + c * f + f, "gives each filter a kernel", "The large kernels belong to the maps that are read."),
        ],
        check=lambda: sum(np.zeros(shape).size for shape in ((k, k, c, 1), (1, 1, c, f), (f,))),
    )


@template(14, "depth and number of layers", reads=("14-inception", r"layers with weights on the longest way: (\d+)"), example=lambda: 3 + 2 * 9 + 1)
def depth(rng):
    stem, modules = int(rng.integers(1, 5)), int(rng.integers(3, 13))
    longest = bool(rng.integers(2))
    answer = stem + 2 * modules + 1 if longest else stem + 6 * modules + 1
    return Question(
        text=f"A network has {stem} convolution{'s' if stem > 1 else ''}, {modules} inception modules (with the reductions) and one dense "
             f"layer, one behind the other. How many layers with weights "
             + ("lie on the longest way from input to answer?" if longest else "has it in all, those side by side counted, too?"),
        answer=answer,
        why=(rf"A module is two convolutions deep: ${stem} + 2 \cdot {modules} + 1 = {answer}$." if longest
             else rf"A module holds six convolutions, four branches and two of them with a reduction, and one behind the pooling: ${stem} "
             rf"+ 6 \cdot {modules} + 1 = {answer}$."),
        wrong=[
            Wrong(stem + 6 * modules + 1 if longest else stem + 2 * modules + 1,
                  "counts the branches" if longest else "counts one way only",
                  "Branches stand side by side, not behind each other." if longest else "All branches have weights."),
            Wrong(stem + modules + 1, "counts modules", "A module holds more than one layer."),
            Wrong(stem + 4 * modules + 1, "counts the branches once", "Reductions are layers, too."),
            Wrong(answer - 1, "forgets the dense layer", "The dense layer has weights."),
            Wrong(answer + modules, "counts the poolings", "Poolings have no weights."),
        ],
        check=lambda: stem + 1 + modules * (max if longest else sum)([1, 2, 2, 1]),
    )


@template(14, "wrong statement: Inception", kind="choice")
def statements_14(rng):
    return wrong_statement(rng, "Three of these statements about Inception and GoogLeNet are right. Which one is **wrong**?", true=[
        ("The branches of a module must keep height and width.", "thinks that any maps can be stacked",
         "Maps of different sizes cannot be put beside each other.", lambda: printed("14-inception", "(28, 28, 416)")),
        ("1x1 reductions cut the work of module 3a to 42 %.", "thinks that more layers mean more work",
         "128 instead of 303 million multiply-adds.", lambda: round(100 * 128_049_152 / 303_464_448) == 42),
        ("GoogLeNet's two auxiliary classifiers have nearly as many parameters as the network.", "thinks that helpers are small",
         "6.4 million against 7.0 million; most sit in one dense layer each.",
         lambda: 6_379_728 / 6_998_552 > 0.9),
        ("A bias just before a batch normalisation has no effect.", "thinks that every convolution needs a bias",
         "The mean contains the bias, and the mean is subtracted.",
         lambda: np.allclose(np.array([1, 3]) - 2, np.array([6, 8]) - np.mean([6, 8]))),
        ("AlexNet has 8.7 times as many parameters as GoogLeNet.", "thinks that 22 layers need more",
         "GoogLeNet has no large dense layers.", lambda: round(60_965_224 / 6_998_552, 1) == 8.7),
        ("The mean of each map serves images of any size.", "thinks of `Flatten`",
         "One number of each map remains, whatever its height and width.",
         lambda: np.zeros((5, 8, 7)).mean(axis=(0, 1)).shape == (7,)),
        ("The diagonal kernel cannot be made of one row and one column.", "thinks that pieces make everything",
         "A column times a row has rank 1, the diagonal has rank 3.", lambda: np.linalg.matrix_rank(np.eye(3)) == 3),
    ], false=[
        ("GoogLeNet has twelve times fewer parameters than AlexNet.", "The paper says so, but its own table gives 9 times.",
         lambda: 60_965_224 / 6_998_552 > 11),
        ("In a module the results of the branches are added.", "They are stacked: the channels add up, not the values.",
         lambda: not printed("14-inception", "(28, 28, 416)")),
        ("The auxiliary classifiers stay in the network when it is used.", "They are thrown away; they only help in training.",
         lambda: 6_998_552 + 6_379_728 == 6_998_552),
        ("A pooling branch with stride 1 halves the maps.", "Stride 1 with `same` padding keeps height and width.",
         lambda: len(range(0, 28 + 2 - 3 + 1, 1)) == 14),
        ("VGG won the ILSVRC classification of 2014, before GoogLeNet.", "GoogLeNet won it; VGG came second (errata, to read with care).",
         lambda: not said("14-inception", "won the classification of ILSVRC 2014")),
        ("All channels of module 3a see equally many pixels.", "Its branches see 1, 3, 5 and 3 places of the module's input.",
         lambda: largest_field(1, 1, 1) == largest_field(1, 1, 0)),
        ("In front of a 5x5 convolution a 1x1 reduction always saves work.",
         "With too many reduction filters it costs more: for 192 maps and 32 filters from about 155 on.",
         lambda: per_place(192, 160, 32, 5) < per_place(192, None, 32, 5)),
    ])


# Chapter 15: ResNet


@template(15, "batch normalisation by hand")
def batch_norm(rng):
    shape, std = pick(rng, [([-7, -1, 1, 7], 5), ([-1, -1, 1, 1], 1), ([-4, 1, 1, 1, 1], 2), ([4, -1, -1, -1, -1], 2), ([-3, -1, -1, 5], 3)])
    scale, mean = pick(rng, [1, 2, 3]), int(rng.integers(-3, 12))
    x = rng.permutation(np.array(shape) * scale + mean)
    std *= scale
    gamma, beta = pick(rng, [0.5, 2.0, 3.0]), pick(rng, [-2.0, -1.0, 1.0, 2.0])
    v = int(x[int(rng.integers(len(x)))])
    answer = round(gamma * (v - mean) / std + beta, 4)
    return Question(
        text=f"In a batch a channel has the values ${', '.join(map(str, x.tolist()))}$. Batch normalisation with $\\gamma = {gamma:g}$, "
             f"$\\beta = {beta:g}$ ($\\epsilon$ left aside): what becomes of ${v}$?",
        answer=answer,
        why=rf"The mean is ${mean}$, the standard deviation {std}: ${gamma:g} \cdot ({v} - {term(mean)}) / {std} + {term(beta)} = {answer:g}$.",
        wrong=[
            Wrong(round(gamma * (v - mean) / std**2 + beta, 4), "divides by the variance", "Divide by the root of the variance."),
            Wrong(round((v - mean) / std, 4), r"forgets gamma and beta",
                  r"$\gamma$ and $\beta$ follow: the network may choose another scale and another mean."),
            Wrong(round(gamma * (v - mean) / std, 4), "forgets beta", r"$\beta$ is added at the end."),
            Wrong(round(gamma * v / std + beta, 4), "keeps the mean", "The mean of the batch is subtracted first."),
            Wrong(round(gamma * ((v - mean) / std + beta), 4), "scales beta, too", r"First $\gamma$, then $\beta$."),
        ],
        check=lambda: round(float((gamma * (x - x.mean()) / x.std() + beta)[list(x).index(v)]), 4),
    )


def with_norm(k, c, f):
    """All parameters of a convolution without bias and its batch normalisation; those that are trained."""
    return conv(k, c, f, bias=False) + 4 * f, conv(k, c, f, bias=False) + 2 * f


@template(15, "parameters with batch normalisation", reads=("15-resnet", r"^parameters: (\d+) before, (\d+) after"),
          example=lambda: (with_norm(3, 3, 16)[0], conv(3, 3, 16)))
def norm_parameters(rng):
    k, c, f, only = pick(rng, [1, 3]), pick(rng, [3, 8, 16, 32]), pick(rng, [8, 16, 32, 64]), bool(rng.integers(2))
    everything, learned = with_norm(k, c, f)
    answer = learned if only else everything
    return Question(
        text=f"`Conv2D({f}, {k}, use_bias=False)` reads {c} maps; `BatchNormalization` follows. " + ("How many parameters of the two are "
             "*trained*?" if only else "How many parameters does `count_params` give for the two?"),
        answer=answer,
        why=rf"${k * k} \cdot {c} \cdot {f}$ weights, and for each of the {f} channels " + ("two trained numbers (the moving averages are "
            "not trained)." if only else "four numbers: two trained, two moving averages."),
        wrong=[
            Wrong(everything if only else learned, "counts the moving averages" if only else "forgets the moving averages",
                  "Moving mean and variance are tracked, not trained." if only else "Keras counts moving mean and variance as well."),
            Wrong(answer + f, "gives the convolution a bias", "`use_bias=False`: $\\beta$ does its work."),
            Wrong(conv(k, c, f, bias=False), "forgets the normalisation",
                  r"It has $\gamma$, $\beta$ and two moving averages for each channel."),
            Wrong(conv(k, c, f, bias=False) + 4, "normalises all channels alike",
                  f"Each of the {f} channels has numbers of its own."),
            Wrong(conv(k, c, f, bias=False) + (2 if only else 4) * c, "counts the input channels",
                  f"Normalised are the {f} channels that the convolution gives."),
        ],
        check=lambda: sum(np.zeros(shape).size for shape in [(k, k, c, f)] + [(f,)] * (2 if only else 4)),
    )


def moving(start, batches, momentum):
    for value in batches:
        start = momentum * start + (1 - momentum) * value
    return round(start, 6)


@template(15, "a moving mean", reads=("15-resnet", r"moving average  \[ *([\d.]+)"), example=lambda: moving(0, [5], 0.9))
def moving_mean(rng):
    m, batches = pick(rng, [0.5, 0.8, 0.9]), [int(v) for v in rng.integers(1, 21, 2)]
    answer = moving(0, batches, m)
    return Question(
        text=f"A batch normalisation has `momentum={m}` and a moving mean of 0. Two batches have the means {batches[0]} and {batches[1]}. "
             f"What is the moving mean then?",
        answer=answer,
        why=rf"${m:g} \cdot 0 + {1 - m:.1f} \cdot {batches[0]} = {moving(0, batches[:1], m):g}$, then ${m:g} \cdot "
            rf"{moving(0, batches[:1], m):g} + {1 - m:.1f} \cdot {batches[1]} = {answer:g}$.",
        wrong=[
            Wrong(moving(0, batches, 1 - m) if m != 0.5 else moving(0, batches[:1], m),
                  "takes PyTorch's momentum" if m != 0.5 else "counts one batch",
                  "In Keras momentum is the share of the *old* value; PyTorch calls the other factor momentum." if m != 0.5 else "There "
                  "were two batches."),
            Wrong(round(sum(batches) / 2, 4), "takes the mean of the batches", "The old value counts, and it was 0."),
            Wrong(moving(0, batches[::-1], m), "mixes up the order", "The last batch has the larger weight."),
            Wrong(round((1 - m) * sum(batches), 4), "lets nothing fade",
                  f"The first batch's share is multiplied by {m:g} once more."),
            Wrong(batches[1], "takes the last batch", "That is what training uses; the moving mean goes a part of the way only."),
        ],
        check=lambda: round(sum((1 - m) * m ** (1 - i) * value for i, value in enumerate(batches)), 6),
    )


@template(15, "fold it away")
def fold(rng):
    sigma, gamma = pick(rng, [2.0, 4.0, 5.0]), pick(rng, [1.0, 3.0, 6.0, 10.0])
    mu, beta = pick(rng, [-3.0, -1.0, 2.0, 4.0]), pick(rng, [-1.0, 0.5, 1.0, 2.0])
    w = int(rng.integers(1, 9))
    ask = bool(rng.integers(2))
    s = gamma / sigma
    answer = round(s * w, 4) if ask else round(beta - s * mu, 4)

    def check():  # the output for the input 1 and for the input 0
        one, zero = (gamma * (w * x - mu) / math.sqrt(sigma**2) + beta for x in (1, 0))
        return round(one - zero if ask else zero, 4)

    thing = f"the kernel's weight {w}" if ask else "the convolution's bias (it had none)"
    return Question(
        text=rf"Batch normalisation with $\gamma = {gamma:g}$, $\beta = {beta:g}$, moving mean $\mu = {mu:g}$ and moving variance "
             rf"$\sigma^2 = {sigma**2:g}$ is folded into the convolution before it. What becomes of {thing}?",
        answer=answer,
        why=(rf"It is multiplied by $s = \gamma/\sigma = {gamma:g}/{sigma:g} = {s:g}$." if ask
             else rf"$\beta - s\mu = {beta:g} - {s:g} \cdot {term(mu)} = {answer:g}$ with $s = {gamma:g}/{sigma:g}$."),
        wrong=[
            Wrong(round(gamma / sigma**2 * w, 4) if ask else round(beta - gamma / sigma**2 * mu, 4), "divides by the variance",
                  r"$s = \gamma / \sqrt{\sigma^2}$: take the root."),
            Wrong(round(s * w + beta, 4) if ask else beta, "adds beta to the weight" if ask else "forgets the mean",
                  r"$\beta$ goes into the bias." if ask else r"The mean is subtracted and scaled, too: $-s\mu$."),
            Wrong(round(gamma * w, 4) if ask else round(beta - gamma * mu, 4), "forgets the deviation",
                  r"The result is divided by $\sigma$."),
            Wrong(round(s * (w - mu), 4) if ask else round(beta - mu, 4),
                  "subtracts the mean from the weight" if ask else "forgets to scale the mean",
                  r"The mean goes into the bias." if ask else r"$\mu$ is multiplied by $s$."),
            Wrong(round(w / s, 4) if ask else round(beta + s * mu, 4), "divides by s" if ask else "gets the sign wrong",
                  r"The output is multiplied by $s$." if ask else "The mean is *subtracted*."),
        ],
        check=check,
    )


@template(15, "a residual block by hand")
def residual(rng):
    x, f = rng.integers(0, 7, 4), rng.integers(-6, 7, 4)
    if (f + x >= 0).all() or (f >= 0).all():
        f[0] = -int(x[0]) - 2
    answer = int(np.maximum(x + f, 0).sum())
    return Question(
        text=f"The two convolutions of a basic ResNet block give $F(x)$ at four "
             f"places.{grid([['$x$', *x.tolist()], ['$F(x)$', *f.tolist()]], ['place', '1', '2', '3', '4'])}"
             "What is the sum of the four values that the block hands on?",
        answer=answer,
        why=f"First the shortcut is added: ${', '.join(map(str, (x + f).tolist()))}$. Then comes the ReLU.",
        wrong=[
            Wrong(int((x + f).sum()), "forgets the ReLU", "A basic block ends with a ReLU: negative sums become 0."),
            Wrong(int((x + np.maximum(f, 0)).sum()), "applies the ReLU before the sum", "The ReLU stands behind the sum."),
            Wrong(int(np.maximum(f, 0).sum()), "forgets the shortcut", "$x$ is added: that is the point of the block."),
            Wrong(int(np.abs(x + f).sum()), "drops the signs", "ReLU makes negative values 0, not positive."),
            Wrong(int(np.maximum(f - x, 0).sum()), "subtracts the input", "$F$ learns what is missing; the block adds $x$ back."),
        ],
        check=lambda: sum(max(0, a + b) for a, b in zip(x.tolist(), f.tolist())),
    )


@template(15, "layers of a CIFAR ResNet", reads=("15-resnet", r"^ResNet-20 +([\d,]+)"), example=lambda: resnet_weights(3))
def six_n(rng):
    n = int(rng.integers(1, 21))
    backwards = bool(rng.integers(2))
    answer = n if backwards else 6 * n + 2
    return Question(
        text=(f"A ResNet for CIFAR-10 has {6 * n + 2} layers: three stages of basic blocks. How many blocks has each stage?" if backwards
              else f"A ResNet for CIFAR-10 has three stages with {n} basic block{'s' if n > 1 else ''} each. Which number stands in its name?"),
        answer=answer,
        why=rf"Two convolutions in each block, one at the start and one dense layer at the end: $6 \cdot {n} + 2 = {6 * n + 2}$.",
        wrong=[
            Wrong(2 * n if backwards else 3 * n + 2, "counts one layer in a block", "A basic block has two convolutions."),
            Wrong(3 * n if backwards else 6 * n, "counts all blocks" if backwards else "forgets both ends",
                  "Divide by the three stages as well." if backwards else "One convolution at the start and one dense layer at the end count, too."),
            Wrong(n + 1 if backwards else 6 * n + 1, "forgets an end",
                  "Two layers lie outside the blocks: the first convolution and the dense layer."),
            Wrong(6 * n if backwards else 6 * n + 4, "counts convolutions" if backwards else "counts the projections",
                  "There are two in a block." if backwards else "Projections lie beside the longest way, and option A has none."),
            Wrong(max(1, n // 2) if backwards else 2 * n + 2, "halves once more" if backwards else "counts one stage",
                  "Each stage has so many blocks, each block two convolutions." if backwards else "There are three stages."),
        ],
        check=lambda: next(m for m in range(99) if len(["conv"] + 3 * m * ["conv", "conv"] + ["dense"]) == 6 * n + 2) if backwards
        else len(["conv"] + 3 * n * ["conv", "conv"] + ["dense"]),
    )


def resnet_weights(n):
    """Trained parameters of the CIFAR ResNet with n blocks in a stage, option A."""
    widths = [16] + [16] * 2 * n + [32] * 2 * n + [64] * 2 * n
    return 9 * 3 * 16 + sum(9 * a * b for a, b in zip(widths, widths[1:])) + 2 * sum(widths) + dense(64, 10)


def bottleneck(c):
    return 2 * c * (c // 4) + 9 * (c // 4) ** 2


@template(15, "weights of a bottleneck", reads=("15-resnet", r"^bottleneck, 256 channels +([\d,]+)"),
          example=lambda: bottleneck(256) + 2 * (64 + 64 + 256))
def bottleneck_weights(rng):
    c = 16 * int(rng.integers(1, 17))
    q = c // 4
    return Question(
        text=f"A bottleneck block on {c} channels: 1x1 to {q} maps, 3x3 on these, 1x1 back to {c}. How many weights have its three "
             f"convolutions, without biases?",
        answer=bottleneck(c),
        why=rf"${c} \cdot {q} + 9 \cdot {q} \cdot {q} + {q} \cdot {c} = {tex(bottleneck(c))}$.",
        wrong=[
            Wrong(2 * 9 * c * c, "takes a basic block",
                  "Two 3x3 convolutions on all channels: that is what the bottleneck avoids."),
            Wrong(c * q + 9 * q * q, "forgets the way back", f"Another 1x1 convolution widens {q} maps to {c} again."),
            Wrong(9 * q * q, "counts the 3x3 only", "The two 1x1 convolutions have weights, too."),
            Wrong(2 * c * q + 9 * c * q, "lets the 3x3 read all channels", f"The 3x3 convolution works on {q} maps, in and out."),
            Wrong(2 * c * q + q * q, "forgets the 3x3", "A 3x3 kernel has nine weights for each pair of maps."),
        ],
        check=lambda: sum(np.zeros(shape).size for shape in ((1, 1, c, q), (3, 3, q, q), (1, 1, q, c))),
    )


@template(15, "a projection in the shortcut", reads=("15-resnet", r"^option A +([\d,]+).*\noption B +([\d,]+)"),
          example=lambda: (resnet_weights(3), resnet_weights(3) + projection(16, 32) + projection(32, 64)))
def projection_cost(rng):
    c = pick(rng, [8, 16, 24, 32, 48, 64, 128, 256])
    f = c * pick(rng, [2, 2, 4])
    answer = projection(c, f)
    return Question(
        text=f"Where a ResNet goes from {c} to {f} channels, option B puts a 1x1 convolution (stride 2, no bias) and batch normalisation "
             f"into the shortcut. How many *trained* parameters are that?",
        answer=answer,
        why=rf"${c} \cdot {f}$ weights and two trained numbers for each of {f} channels: ${tex(c * f)} + {2 * f}$.",
        wrong=[
            Wrong(c * f, "forgets the normalisation", r"$\gamma$ and $\beta$ of each channel are trained."),
            Wrong(c * f + 4 * f, "counts the moving averages", "They are tracked, not trained."),
            Wrong(9 * c * f + 2 * f, "takes 3x3 kernels",
                  "The projection has 1x1 kernels: one weight for each pair of channels."),
            Wrong(0, "thinks of option A", "Option A takes every second pixel and zeros; option B learns a projection."),
            Wrong(c * f // 4 + 2 * f, "divides by the stride", "A stride saves work, not weights."),
        ],
        check=lambda: np.zeros((1, 1, c, f)).size + np.zeros(f).size + np.zeros(f).size,
    )


def projection(c, f):
    return c * f + 2 * f


@template(15, "degradation or overfitting", kind="choice")
def degradation(rng):
    base = rng.uniform(6, 15)
    kinds = {  # training and validation error of the shallow and of the deep network
        "degradation": (base, base + 4, base + rng.uniform(3, 9), base + 4 + rng.uniform(3, 9)),
        "overfitting": (base, base + 4, base - rng.uniform(3, 5), base + 4 + rng.uniform(2, 6)),
        "depth helps": (base, base + 4, base - rng.uniform(3, 5), base + 4 - rng.uniform(1, 3)),
        "no difference": (base, base + 4, base + rng.uniform(-0.05, 0.05), base + 4 + rng.uniform(-0.05, 0.05)),
    }
    reasons = {"degradation": "the deeper one is worse on its *training* images, too",
               "overfitting": "the deeper one is better on its training images and worse on others: it learned by heart",
               "depth helps": "the deeper one is better on both", "no difference": "the two are as good as equal"}
    taken = {"no difference": "equal networks", "depth helps": "a gain from depth", "degradation": "degradation", "overfitting": "overfitting"}
    letters = ["A", "B", "C", "D"]
    order = [list(kinds)[i] for i in rng.permutation(4)]
    numbers = {name: [round(float(v), 1) for v in kinds[kind]] for name, kind in zip(letters, order)}
    asked = pick(rng, ["degradation", "degradation", "overfitting"])

    def check():
        for name, (t1, v1, t2, v2) in numbers.items():
            if v2 > v1 + 0.5 and (t2 > t1 + 0.5) == (asked == "degradation"):
                return name

    return Question(
        text="Errors in %, training / validation, of a shallow and a deep network, trained alike, in four experiments:"
             + grid([[name, *(f"{a:.1f} / {b:.1f}" for a, b in (v[:2], v[2:]))] for name, v in numbers.items()], ["experiment", "20 "
             "layers", "56 layers"])
             + f"Which one shows **{asked}** in the deep network?",
        answer=letters[order.index(asked)], choices=letters,
        why=f"In {letters[order.index(asked)]} {reasons[asked]}.",
        wrong=[Wrong(name, f"takes {taken[kind]} for {asked}", f"In {name} {reasons[kind]}.") for name, kind in zip(letters, order) if kind != asked],
        check=check,
    )


@template(15, "who counts what", reads=("15-resnet", r"^\+ +([\d,]+) moving means.*\n\+ +([\d,]+) biases"), example=lambda: (2 * 26_560, 26_560))
def who_counts(rng):
    channels, biases = 10 * int(rng.integers(5, 300)), bool(rng.integers(2))
    learned = 1000 * int(rng.integers(100, 900))
    answer = learned + (3 if biases else 2) * channels
    return Question(
        text=f"torchvision counts {learned:,d} parameters: what is trained, without biases in the convolutions. {channels:,d} channels are "
             f"batch-normalised. Keras's version "
             + ("has a bias in every such convolution" if biases else "has no such biases, either") + ". What does its `count_params` give?",
        answer=answer,
        why=rf"Keras adds a moving mean and a moving variance for each channel" + (", and the biases" if biases else "") + rf": "
            rf"${tex(learned)} + {3 if biases else 2} \cdot {tex(channels)}$.",
        wrong=[
            Wrong(learned, "forgets the moving averages", "Keras counts what is stored, torchvision what is trained."),
            Wrong(learned + channels, "adds one number for each channel",
                  "Two moving averages for each channel: mean and variance."),
            Wrong(learned + 4 * channels, "adds all four numbers",
                  r"$\gamma$ and $\beta$ are trained, so torchvision has counted them."),
            Wrong(learned + (2 if biases else 3) * channels, "forgets the biases" if biases else "adds biases",
                  "Every convolution's bias is a parameter, even a useless one." if biases else "There are none here."),
            Wrong(learned - 2 * channels, "subtracts", "Keras counts more, not less."),
        ],
        check=lambda: learned + sum(channels for _ in (("mean", "variance", "bias") if biases else ("mean", "variance"))),
    )


@template(15, "gradient through shortcuts")
def gradient(rng):
    slope, n, plain = pick(rng, [0.1, 0.2, 0.5, -0.5]), pick(rng, [2, 3]), bool(rng.integers(3) == 0)
    answer = round(slope**n if plain else (1 + slope) ** n, 6)

    def check():  # by moving the input a little, through linear blocks
        def through(x):
            for _ in range(n):
                x = slope * x + (0 if plain else x)
            return x
        return round((through(1 + 1e-3) - through(1)) / 1e-3, 6)

    return Question(
        text=f"{n} blocks stand one behind the other. In each, $F$ has the slope ${slope:g}$. "
             + ("There are *no* shortcuts, $y = F(x)$. " if plain else "Each has a shortcut, $y = F(x) + x$. ") + "By which factor does "
             "the gradient change on the way back (ReLUs left aside)?",
        answer=answer,
        why=(rf"The slopes multiply: ${term(slope)}^{n} = {answer:g}$." if plain else rf"Each block has the slope $1 + {term(slope)}$, and "
            rf"${1 + slope:g}^{n} = {answer:g}$."),
        wrong=[
            Wrong(round((1 + slope) ** n if plain else slope**n, 6), "adds shortcuts" if plain else "forgets the shortcut",
                  "Without shortcuts there is no 1 to add." if plain else "The direct way adds 1 to the slope of each block."),
            Wrong(round(n * slope if plain else 1 + n * slope, 6), "adds the blocks", "One behind the other, factors multiply."),
            Wrong(round(1 + slope**n, 6), "adds one shortcut",
                  "A shortcut around each block, not one around all of them." if not plain else "There is no shortcut at all."),
            Wrong(round(n * (1 + slope), 6), "adds the slopes", "One behind the other, factors multiply."),
            Wrong(1.0, "lets the shortcut do it all", "The way through $F$ counts as well."),
        ],
        check=check,
    )


@template(15, "shape of a shortcut", kind="choice")
def shortcut_shape(rng):
    side, c = pick(rng, [8, 16, 32, 28, 56]), pick(rng, [16, 32, 64, 128])
    return Question(
        text=f"A block reads `({side}, {side}, {c})`. Its first convolution has {2 * c} filters and stride 2, its second stride 1, both "
             f"padded. Which shape must the shortcut bring to the sum?",
        answer=f"`({side // 2}, {side // 2}, {2 * c})`",
        why=f"The sum needs equal shapes: stride 2 halves {side}, and {2 * c} filters give {2 * c} channels.",
        wrong=[
            Wrong(f"`({side}, {side}, {c})`", "hands the input on as it is",
                  "Then the shapes would differ, and the sum would fail."),
            Wrong(f"`({side // 2}, {side // 2}, {c})`", "forgets the channels",
                  f"The block's {2 * c} channels need {2 * c} partners: zeros (option A) or a projection (B)."),
            Wrong(f"`({side}, {side}, {2 * c})`", "forgets the stride", f"The block's maps are {side // 2}x{side // 2}."),
            Wrong(f"`({side // 2}, {side // 2}, {3 * c})`", "stacks", "A ResNet adds; a DenseNet stacks."),
            Wrong(f"`({side // 4}, {side // 4}, {2 * c})`", "counts the stride twice",
                  "Only the first convolution has stride 2."),
        ],
        check=lambda: f"`({len(range(0, side, 2))}, {len(range(0, side, 2))}, {c + c})`",
    )


@template(15, "wrong statement: ResNet", kind="choice")
def statements_15(rng):
    return wrong_statement(rng, "Three of these statements about ResNet and batch normalisation are right. Which one is **wrong**?", true=[
        ("Degradation is a higher *training* error of the deeper network.", "takes it for overfitting",
         "Overfitting would lower the training error.", lambda: printed("15-resnet", "the deeper one is worse by")),
        ("With zero weights in its convolutions a residual block hands its positive input on.", "thinks that zeros give zero",
         "$F(x) = 0$, so $y = x$.", lambda: printed("15-resnet", "residual output equals input: True")),
        ("A convolution in front of batch normalisation needs no bias.", "thinks that every layer needs a bias",
         "The mean contains it and is subtracted.", lambda: np.allclose(np.array([1, 3]) - 2, np.array([8, 10]) - 9)),
        ("Of four numbers for each channel batch normalisation trains two.", "thinks that all are trained",
         "Moving mean and variance are tracked only.", lambda: with_norm(3, 3, 16)[0] - with_norm(3, 3, 16)[1] == 2 * 16),
        ("ResNet-50 has 53 convolutions.", "takes the name for the count",
         "Four of them are projections in shortcuts, which lie beside the longest way: $53 - 4 + 1 = 50$.",
         lambda: 1 + 3 * (3 + 4 + 6 + 3) + 4 == 53),
        ("Option A's shortcuts have no parameters.", "thinks of projections",
         "It takes every second pixel and fills up with zeros.",
         lambda: resnet_weights(3) == 269_722 and printed("15-resnet", "plain 269,722")),
        ("ResNet-152 needs fewer multiply-adds than VGG-16.", "thinks that depth is work", "11.3 against 15.5 billion.",
         lambda: 11.28e9 < 15_470_264_320),
    ], false=[
        ("Degradation is overfitting: the deep network learns its images by heart.",
         "The deep plain network is worse on its training images, too.",
         lambda: not printed("15-resnet", "the deeper one is worse by")),
        ("To evaluate a single image batch normalisation takes that image's own mean.",
         "It takes the moving averages; with the image's own mean all exposures would look alike.",
         lambda: not printed("15-resnet", "dark mean of the output 0.00")),
        ("Batch normalisation slows down a finished network on a phone.",
         "After training it is a constant factor and shift, which the convolution before it can do.",
         lambda: not printed("15-resnet", "largest difference below 0.0001: True")),
        ("The two moving averages are trained by gradient descent.",
         "They follow the batches; only $\\gamma$ and $\\beta$ are trained.",
         lambda: with_norm(3, 3, 16)[0] == with_norm(3, 3, 16)[1]),
        ("In Keras `momentum=0.9` moves the average nine tenths of the way to each batch.",
         "It keeps nine tenths of the old value and goes one tenth of the way.", lambda: moving(0, [10], 0.9) == 9),
        ("The shortcut of option B costs nothing.", "Option B learns a 1x1 projection; option A costs nothing.",
         lambda: projection(16, 32) == 0),
        ("Depth must cost accuracy: a deeper network cannot even copy a shallow one.",
         "With layers that hand their input on it could be exactly as good; the optimiser does not find them.",
         lambda: not printed("15-resnet", "largest difference of the answers below 0.00001: True")),
    ])


# Chapter 16: DenseNet


def channels_after(c0, k, layers):
    return c0 + layers * k


@template(16, "channels of a dense block", reads=("16-densenet", r"^Concatenate +8x8x(\d+)"), example=lambda: channels_after(6, 4, 1))
def block_channels(rng):
    c0, k, layers = pick(rng, [6, 8, 16, 24, 32, 64]), pick(rng, [4, 8, 12, 16, 32]), int(rng.integers(2, 13))
    i = int(rng.integers(2, layers + 1))
    reads = bool(rng.integers(2))
    answer = channels_after(c0, k, i - 1) if reads else channels_after(c0, k, layers)
    return Question(
        text=f"{c0} channels come into a dense block of {layers} layers with growth rate {k}. " + (f"How many channels does layer {i} "
             f"read?" if reads else "How many channels leave it?"),
        answer=answer,
        why=(rf"Layer {i} reads what came in and what the {i - 1} layer{'s' if i > 2 else ''} before it added: ${c0} + {i - 1} \cdot "
            rf"{k}$." if reads else rf"Each layer puts {k} maps on the stack: ${c0} + {layers} \cdot {k}$."),
        wrong=[
            Wrong(answer + k if reads else answer - k, "counts the layer itself" if reads else "forgets the last layer",
                  "What a layer adds it cannot read." if reads else "All layers add to the stack."),
            Wrong(answer - c0, "forgets what came in", f"The {c0} channels stay in the stack."),
            Wrong(k if reads else c0, "reads the last layer only" if reads else "thinks that the number stays",
                  "Every layer reads *all* maps so far." if reads else f"Each layer adds {k} maps."),
            Wrong(c0 + (i if reads else layers), "adds one map for each layer", f"Each layer adds {k} maps, the growth rate."),
            Wrong(c0 * (i if reads else layers), "copies what came in", f"A layer adds {k} maps, however many it reads."),
        ],
        check=lambda: np.concatenate([np.zeros(c0)] + [np.zeros(k)] * (i - 1 if reads else layers)).size,
    )


@template(16, "connections of a dense block", reads=("16-densenet", r'connections of 5 layers", "measured": (\d+)'), example=lambda: 5 * 6 // 2)
def dense_connections(rng):
    layers = int(rng.integers(3, 41))
    return Question(
        text=f"In a dense block of {layers} layers each layer reads what came in and the maps of all layers before it. How many "
             f"connections are there, those from what came in counted?",
        answer=layers * (layers + 1) // 2,
        why=rf"Layer 1 has 1, layer 2 has 2, ..., layer {layers} has {layers}: ${layers} \cdot {layers + 1} / 2$.",
        wrong=[
            Wrong(layers, "counts a plain chain", "That many has a network in which each layer reads only the one before."),
            Wrong(layers * (layers - 1) // 2, "forgets what came in", "What came into the block is read by every layer, too."),
            Wrong(layers * layers, "connects both ways", "A layer reads only what was made before it."),
            Wrong(layers * (layers + 1), "counts each twice", "Each connection goes one way: halve it."),
            Wrong((layers + 1) * (layers + 2) // 2, "counts the output, too", "The connections end at the block's layers."),
        ],
        check=lambda: sum(1 for end in range(1, layers + 1) for start in range(end)),
    )


def after_transitions(c, k, blocks):
    """Channels that leave the last block: each block adds, each transition between blocks halves."""
    for n, layers in enumerate(blocks):
        c = channels_after(c // 2 if n else c, k, layers)
    return c


@template(16, "channels through transitions")
def transitions(rng):
    c, k = pick(rng, [16, 24, 32, 64]), pick(rng, [4, 8, 12, 16, 32])
    blocks = [2 * int(v) for v in rng.integers(1, 7, 2)]
    answer = after_transitions(c, k, blocks)
    first = channels_after(c, k, blocks[0])
    return Question(
        text=f"{c} channels go into a dense block of {blocks[0]} layers, then through a transition (compression 0.5), then into a block of "
             f"{blocks[1]} layers. Growth rate {k}. How many channels leave the second block?",
        answer=answer,
        why=rf"${c} + {blocks[0]} \cdot {k} = {first}$, halved {first // 2}, and ${first // 2} + {blocks[1]} \cdot {k} = {answer}$.",
        wrong=[
            Wrong(first + blocks[1] * k, "forgets the transition", "It keeps half of the channels."),
            Wrong((first + blocks[1] * k) // 2, "halves at the end", "The transition stands between the blocks."),
            Wrong(first // 4 + blocks[1] * k, "divides by four",
                  "Pooling halves height and width; the channels are halved once, by the 1x1 convolution."),
            Wrong(blocks[1] * k, "begins anew", "The second block gets the compressed stack of the first."),
            Wrong(first // 2, "stops at the transition", f"The second block adds {blocks[1]} times {k}."),
        ],
        check=lambda: np.concatenate([np.concatenate([np.zeros(c), np.zeros(blocks[0] * k)])[::2], np.zeros(blocks[1] * k)]).size,
    )


def layer_weights(c, k, b=4):
    return b * c * k + 9 * b * k * k


@template(16, "weights of a dense layer", reads=("16-densenet", r"^ +64 +([\d,]+) +([\d,]+)"), example=lambda: (9 * 64 * 32, layer_weights(64, 32)))
def dense_layer_weights(rng):
    c, k = 16 * int(rng.integers(1, 33)), pick(rng, [8, 12, 16, 24, 32])
    return Question(
        text=f"A dense layer reads {c} maps: a 1x1 convolution to $4k$ maps, then a 3x3 convolution to $k = {k}$ maps, both without "
             f"biases. How many weights have the two?",
        answer=layer_weights(c, k),
        why=rf"${c} \cdot {4 * k} + 9 \cdot {4 * k} \cdot {k} = {tex(4 * c * k)} + {tex(36 * k * k)}$.",
        wrong=[
            Wrong(9 * c * k, "forgets the bottleneck", f"The 3x3 convolution reads {4 * k} maps, not {c}."),
            Wrong(4 * c * k, "counts the 1x1 only", "The 3x3 convolution has weights, too."),
            Wrong(36 * k * k, "counts the 3x3 only", "The bottleneck itself has weights."),
            Wrong(4 * c * k + 9 * c * k, "lets the 3x3 read the stack", f"It reads the {4 * k} maps of the bottleneck."),
            Wrong(4 * c * k + 4 * k * k, "forgets the 3x3", "A 3x3 kernel has nine weights for each pair of maps."),
        ],
        check=lambda: np.zeros((1, 1, c, 4 * k)).size + np.zeros((3, 3, 4 * k, k)).size,
    )


@template(16, "when the bottleneck pays", reads=("16-densenet", r"^ +256 +([\d,]+) +([\d,]+)"),
          example=lambda: (9 * 256 * 32, layer_weights(256, 32)))
def bottleneck_pays(rng):
    k, b = pick(rng, [4, 6, 8, 10, 12, 16, 20, 24, 32, 40]), pick(rng, [2, 3, 4])
    answer = math.floor(9 * b * k / (9 - b)) + 1
    return Question(
        text=f"A dense layer with growth rate $k = {k}$ may use a 3x3 convolution on all $c$ channels, $9ck$ weights, or a bottleneck of "
             f"${b}k$ maps first, ${b}ck + {9 * b}k^2$. From how many channels $c$ on has the bottleneck fewer weights?",
        answer=answer,
        why=rf"$9ck > {b}ck + {9 * b}k^2$ means $c > {9 * b}k/{9 - b} = {9 * b * k / (9 - b):.4g}$.",
        wrong=[
            Wrong(answer - 1, "stops where both are equal or before", "There the bottleneck is not yet cheaper."),
            Wrong(b * k + 1, "compares the maps only", f"The 3x3 convolution behind the bottleneck costs ${9 * b}k^2$."),
            Wrong(b * k * 9 + 1, "forgets the 1x1", f"The bottleneck itself grows with the channels: ${b}ck$."),
            Wrong(k + 1, "compares with the growth rate", "Compare the two formulas; $k$ alone decides nothing."),
        ],
        check=lambda: next(c for c in range(1, 5000) if b * c * k + 9 * b * k * k < 9 * c * k),
    )


def weighted_depth(blocks):
    return 1 + 2 * sum(blocks) + len(blocks) - 1 + 1


@template(16, "the number in the name", reads=("16-densenet", r"layers with weights that multiply: (\d+)"),
          example=lambda: weighted_depth([6, 12, 24, 16]))
def densenet_name(rng):
    blocks = [2 * int(v) for v in rng.integers(1, 17, int(rng.integers(3, 5)))]
    n = sum(blocks)
    return Question(
        text=f"A DenseNet with bottlenecks has blocks of {', '.join(map(str, blocks))} layers, transitions between them, one convolution "
             f"at the start and one dense layer at the end. Which number belongs into its name?",
        answer=weighted_depth(blocks),
        why=rf"$1 + 2 \cdot {n} + {len(blocks) - 1} + 1$: each dense layer has two convolutions, each transition one.",
        wrong=[
            Wrong(n + len(blocks) + 1, "counts a dense layer once", "A dense layer has a 1x1 and a 3x3 convolution."),
            Wrong(2 * n + 2, "forgets the transitions", "Each transition has a 1x1 convolution."),
            Wrong(2 * n + len(blocks) + 2, "puts a transition behind the last block",
                  f"{len(blocks)} blocks have {len(blocks) - 1} transitions between them."),
            Wrong(2 * n, "counts the blocks only", "The ends and the transitions have weights, too."),
            Wrong(n, "counts dense layers", "The name counts convolutions and dense layers with weights."),
        ],
        check=lambda: len(["conv"] + sum((2 * b * ["conv"] + ["transition"] for b in blocks), [])[:-1] + ["dense"]),
    )


@template(16, "add or stack")
def add_or_stack(rng):
    a, b = int(rng.integers(-5, 10)), int(rng.integers(-5, 10))
    w = [int(v) for v in rng.choice([-2, -1, 1, 2, 3, 4], 2, replace=False)]
    answer = w[0] * a + w[1] * b
    return Question(
        text=f"At one pixel an old map has the value ${a}$, a new map ${b}$. They are *stacked*, and a 1x1 convolution reads the stack "
             f"with the weights ${w[0]}$ (old) and ${w[1]}$ (new), no bias. What does it give?",
        answer=answer,
        why=rf"On the stack each map has a weight of its own: ${w[0]} \cdot {term(a)} + {term(w[1])} \cdot {term(b)} = {answer}$.",
        wrong=[
            Wrong(w[0] * (a + b), "adds first", "After adding one weight would serve both; the stack keeps them apart."),
            Wrong(a + b, "only adds", "That is what a ResNet hands on; the 1x1 convolution weighs the maps."),
            Wrong(w[1] * a + w[0] * b, "mixes up the weights", f"The old map has the weight ${w[0]}$."),
            Wrong(sum(w) * (a + b), "multiplies the sums", "Each value is multiplied by its own weight, then they are added."),
            Wrong(w[1] * b, "reads the new map only", "The stack holds both."),
        ],
        check=lambda: int((np.array([[[a, b]]]) @ np.array([[w[0]], [w[1]]])).item()),
    )


@template(16, "copies of the stack", reads=("16-densenet", r"^ReLU +8x8x6 +0 +0 +([\d.]+)"), example=lambda: 8 * 8 * 6 * 4 / 1024)
def copies(rng):
    c0, k, layers = pick(rng, [8, 16, 24, 32]), pick(rng, [4, 8, 12, 16]), int(rng.integers(2, 9))
    sizes = [channels_after(c0, k, i) for i in range(1, layers + 1)]
    return Question(
        text=f"{c0} channels come into a dense block of {layers} layers, growth rate {k}. Each layer ends with `Concatenate`, which writes "
             f"a copy of the whole stack. How many channels do all these copies have together?",
        answer=sum(sizes),
        why=f"The copies have {', '.join(map(str, sizes))} channels: the sum grows with the square of the number of layers.",
        wrong=[
            Wrong(sizes[-1], "counts the last copy", "In training every copy is kept for the way back."),
            Wrong(layers * k, "counts new maps only", "Each copy holds the old maps as well."),
            Wrong(sum(sizes) - layers * k, "copies before adding", "The new maps are part of the copy."),
            Wrong(layers * sizes[-1], "takes the last size for all", "The first copies are smaller."),
            Wrong(c0 + sum(sizes), "counts what came in as a copy",
                  f"The {c0} channels that came in are no output of `Concatenate`."),
        ],
        check=lambda: sum(np.zeros(c0 + n * k).size for n in range(1, layers + 1)),
    )


def layer_parameters(c, k, b=4):
    """All parameters of a dense layer in Keras: two normalisations and two convolutions."""
    return 4 * c + c * b * k + 4 * b * k + 9 * b * k * k


@template(16, "all parameters of a dense layer",
          reads=("16-densenet", r"^BatchNormalization +8x8x6 +(\d+)[^\n]*\n[^\n]*\nConv2D +8x8x16 +(\d+)[^\n]*\nBatchNormalization +8x8x16 "
          r"+(\d+)[^\n]*\n[^\n]*\nConv2D +8x8x4 +(\d+)"),
          example=lambda: (4 * 6, 6 * 16, 4 * 16, 9 * 16 * 4))
def all_parameters(rng):
    c, k = 2 * int(rng.integers(3, 33)), pick(rng, [4, 6, 8, 12])
    answer = layer_parameters(c, k)
    return Question(
        text=f"A dense layer in Keras reads {c} maps: batch normalisation, ReLU, 1x1 convolution to {4 * k}; batch normalisation, ReLU, "
             f"3x3 convolution to {k}; no biases. What does `count_params` give for it?",
        answer=answer,
        why=rf"$4 \cdot {c} + {c} \cdot {4 * k} + 4 \cdot {4 * k} + 9 \cdot {4 * k} \cdot {k} = {tex(answer)}$.",
        wrong=[
            Wrong(layer_weights(c, k), "forgets the normalisations", "Each has four numbers for each of its channels."),
            Wrong(layer_weights(c, k) + 2 * (c + 4 * k), "counts what is trained",
                  "`count_params` counts the moving averages, too."),
            Wrong(layer_weights(c, k) + 4 * (4 * k + k), "normalises behind the convolutions",
                  "In a DenseNet the normalisation stands *before* each convolution."),
            Wrong(answer + 5 * k, "adds biases", "The convolutions have no biases."),
            Wrong(layer_weights(c, k) + 4 * 2, "takes four numbers in all", "Four for each channel."),
        ],
        check=lambda: sum(np.zeros(shape).size for shape in [(c,)] * 4 + [(c, 4 * k)] + [(4 * k,)] * 4 + [(3, 3, 4 * k, k)]),
    )


@template(16, "wrong statement: DenseNet", kind="choice")
def statements_16(rng):
    return wrong_statement(rng, "Three of these statements about DenseNet are right. Which one is **wrong**?", true=[
        ("A stack followed by a 1x1 convolution can compute whatever a sum can.", "thinks that stacking loses the sum",
         "Equal weights for old and new maps give exactly the sum.", lambda: np.isclose(3 * (2 + 5), np.dot([3, 3], [2, 5]))),
        ("After adding, nobody can tell which summand a value came from.", "thinks that a sum keeps its parts",
         "1 + 0 and 0 + 1 are the same.", lambda: 1 + 0 == 0 + 1),
        ("DenseNet-121 has a third of ResNet-50's parameters and needs more memory in training.",
         "thinks that few parameters mean little memory",
         "8.1 against 25.6 million parameters, 123 against 80 MiB to keep for an image.",
         lambda: printed("16-densenet", "MiB kept to train 123.3 79.6")),
        ("Keras counts 8,062,504 parameters for DenseNet-121, torchvision 7,978,856.", "thinks that one of them is wrong",
         "The difference is two moving averages for each of 41,824 normalised channels.",
         lambda: 8_062_504 - 7_978_856 == 2 * 41_824),
        ("A block of 5 layers has 15 connections.", "counts a chain", r"$5 \cdot 6 / 2 = 15$.", lambda: 5 * 6 // 2 == 15),
        ("A transition keeps half of the channels and halves height and width.", "thinks that it shrinks one of them",
         "A 1x1 convolution compresses, average pooling halves.", lambda: after_transitions(64, 32, [6, 0]) == 128),
        ("Layers of a DenseNet can be narrow.", "thinks of VGG's 512 filters",
         "A layer need not repeat what is known: growth rates are 12 to 40.", lambda: channels_after(64, 32, 6) == 256),
    ], false=[
        ("A DenseNet adds the maps of all layers before.", "It stacks them along the channels.",
         lambda: not printed("16-densenet", "what came in stands unchanged at the beginning of the output: True")),
        ("Few parameters mean little memory in training: DenseNet-121 needs less than ResNet-50.",
         "It must keep 123 MiB for an image, most of them copies of the stack; ResNet-50 keeps 80.", lambda: 123.3 < 79.6),
        ("The *dense layer* of a DenseNet is Keras's `Dense`.",
         "It is named for its connections: normalisation, ReLU and convolutions.", lambda: layer_weights(6, 4) == dense(6, 4)),
        ("The bottleneck saves weights in every dense layer.",
         "It pays from 7.2 times the growth rate on: below 231 channels for growth rate 32 it costs more.",
         lambda: layer_weights(64, 32) < 9 * 64 * 32),
        ("Through a transition a block can read every single map of the block before.", "It reads half as many mixtures of them.",
         lambda: after_transitions(64, 32, [6, 0]) >= 256),
        ("In a dense block the number of channels doubles with each layer.", "It grows by the growth rate: in a straight line.",
         lambda: channels_after(16, 16, 3) == 16 * 2**3),
        ("For the same network all programs count the same number of parameters.",
         "Keras counts the moving averages, torchvision does not.", lambda: 8_062_504 == 7_978_856),
    ])


# Chapter 17: comparing architectures


@template(17, "who is beaten", kind="choice")
def beaten(rng):
    letters = ["A", "B", "C", "D", "E"]
    macs = np.sort(rng.choice(np.arange(4, 160), 5, replace=False)) / 10
    accuracy = np.sort(rng.choice(np.arange(600, 800, 8), 5, replace=False)) / 10
    i = int(rng.integers(2, 5))  # this one gets an accuracy below that of the one before
    accuracy[i] = round(float(rng.uniform(accuracy[i - 2] + 0.1, accuracy[i - 1] - 0.1)), 1)
    names = [letters[j] for j in rng.permutation(5)]
    rows = sorted(zip(names, macs, accuracy))
    cheapest, dearest = names[0], names[4]
    worst = names[int(accuracy.argmin())]
    slope = names[int(np.argmax(macs / accuracy))]
    others = [n for n in names if n != names[i]]
    wrongs = {}
    for name, mistake, why in ((worst, "takes the least accurate", "Nobody does as well for less work: it is the cheapest of its kind."),
                               (dearest, "takes the dearest", "It is dear, but nobody is as accurate."),
                               (cheapest, "takes the cheapest", "Nobody is cheaper, so nobody beats it."),
                               (slope, "divides work by accuracy",
                                "A poor ratio alone does not mean that another is better in both.")):
        if name in others:
            wrongs.setdefault(name, Wrong(name, mistake, why))
    for name in others:
        wrongs.setdefault(name, Wrong(name, "sees no trade", f"To get more accuracy than {name} one must pay more, for less work one gets less."))
    return Question(
        text="Billions of multiply-adds and accuracy of five "
             "networks:" + grid([[n, f"{m:.1f}", f"{a:.1f}"] for n, m, a in rows], ["network", "multiply-adds", "accuracy in %"])
             + "Which one is *beaten*: another is at least as accurate for no more work?",
        answer=names[i], choices=letters,
        why=f"{names[i - 1]} needs less work than {names[i]} ({macs[i - 1]:.1f} against {macs[i]:.1f}) and is more accurate "
            f"({accuracy[i - 1]:.1f} against {accuracy[i]:.1f}).",
        wrong=list(wrongs.values()),
        check=lambda: [a for a, m, p in rows if any(m2 <= m and p2 >= p for b, m2, p2 in rows if b != a)][0],
    )


@template(17, "memory of a training")
def training_memory(rng):
    millions, mib, batch = int(rng.integers(5, 140)), int(rng.integers(20, 200)), pick(rng, [8, 16, 32, 64])
    adam = bool(rng.integers(2))
    per = 16 if adam else 12
    answer = per * millions + batch * mib
    return Question(
        text=f"A network has {millions} million parameters and keeps {mib} MB of activations for an image. It is trained with "
             f"{'Adam (two moments)' if adam else 'SGD and momentum'} and batches of {batch}, 32-bit floats. How many MB are needed at least?",
        answer=answer, unit="MB",
        why=rf"Weights, gradients and {'two moments' if adam else 'momentum'} take {per} bytes for each parameter: ${per} \cdot {millions} "
            rf"+ {batch} \cdot {mib}$.",
        wrong=[
            Wrong(4 * millions + batch * mib, "counts the weights once",
                  "Gradients and the optimiser's memory are as large as the weights, each."),
            Wrong(per * millions + mib, "forgets the batch", f"Every one of the {batch} images has activations of its own."),
            Wrong(batch * (per * millions + mib), "copies the weights for each image", "All images share the weights."),
            Wrong((28 - per) * millions + batch * mib, "takes the other optimiser",
                  "Adam keeps two numbers for each weight, momentum one."),
            Wrong(per * millions, "forgets the activations", "They wait for the way back, and they are often the larger part."),
        ],
        check=lambda: sum([4 * millions] * (2 + (2 if adam else 1))) + sum(mib for _ in range(batch)),
    )


def spearman(a, b):
    ranks = [np.argsort(np.argsort(values)) for values in (a, b)]
    return round(float(np.corrcoef(*ranks)[0, 1]), 4)


@template(17, "rank correlation")
def ranks(rng):
    n = 5
    macs = np.sort(rng.choice(np.arange(3, 200), n, replace=False)) / 10
    ms = np.sort(rng.choice(np.arange(10, 260), n, replace=False))
    order = np.arange(n)
    for _ in range(int(rng.integers(1, 4))):
        i = int(rng.integers(n - 1))
        order[[i, i + 1]] = order[[i + 1, i]]
    times = ms[order]
    d2 = int(((np.argsort(np.argsort(times)) - np.arange(n)) ** 2).sum())
    answer = round(1 - 6 * d2 / (n * (n * n - 1)), 4)

    def check():
        from scipy.stats import spearmanr

        return round(float(spearmanr(macs, times).statistic), 4)

    return Question(
        text="Work and time of five networks:"
             + grid([["multiply-adds", *(f"{v:.1f}" for v in macs)], ["milliseconds", *times.tolist()]], ["network", *"ABCDE"])
             + r"Spearman's rank correlation is $1 - \sum d^2 / 20$ for five networks, with $d$ the difference of the two ranks. What is it here?",
        answer=answer,
        why=rf"The times have the ranks {', '.join(str(int(r) + 1) for r in np.argsort(np.argsort(times)))}, so $\sum d^2 = {d2}$ and $1 - "
            rf"{d2}/20 = {answer:g}$.",
        wrong=[
            Wrong(round(1 - math.sqrt(d2) / 20, 4), "forgets the squares", "The differences are squared before they are added."),
            Wrong(round(d2 / 20, 4), "forgets the 1", "Equal orders have no differences and the correlation 1."),
            Wrong(round(float(np.mean(np.argsort(np.argsort(times)) == np.arange(n))), 4), "counts equal ranks",
                  "How far a network is displaced counts, not only whether."),
            Wrong(round(float(np.corrcoef(macs, times)[0, 1]), 4), "correlates the values",
                  "Only the order counts, not how large the values are."),
            Wrong(1.0, "looks at the trend", "1 would mean exactly the same order."),
        ],
        check=check,
    )


@template(17, "two standard errors")
def how_far(rng):
    a, b, c = pick(rng, [(3, 4, 5), (6, 8, 10), (5, 12, 13), (8, 15, 17)])
    k = pick(rng, [0.5, 1, 1.5, 2, 3, 4])
    e1, e2, spread = a / 10, b / 10, c / 10
    gap = round(k * spread, 4)
    p = int(rng.integers(70, 90))
    return Question(
        text=f"Network A reaches {p + gap:g} % on one test set, network B {p:g} % on another. The standard errors are {e1:g} and {e2:g} "
             f"points. How many standard errors of their difference lie between them?",
        answer=k,
        why=rf"The squares add up: $\sqrt{{{e1:g}^2 + {e2:g}^2}} = {spread:g}$, and ${gap:g} / {spread:g} = {k:g}$" + (": hardly "
            "luck." if k >= 3 else "."),
        wrong=[
            Wrong(round(gap / (e1 + e2), 3), "adds the standard errors", "Not the errors, their squares add up."),
            Wrong(round(gap / (e2 - e1), 3), "subtracts the standard errors",
                  "Both measurements scatter, so the difference scatters more, not less."),
            Wrong(round(gap / max(e1, e2), 3), "takes the larger one", "The smaller one adds its share, too."),
            Wrong(gap, "gives the difference", f"Divide by the standard error of the difference, {spread:g} points."),
            Wrong(round(gap / spread**2, 3), "forgets the root", "The root of the summed squares is the standard error."),
        ],
        check=lambda: round(gap / math.hypot(e1, e2), 4),
    )


@template(17, "the rate of a machine", reads=("17-comparing-architectures", r"^AlexNet +0\.72 +255\.2 +([\d.]+)"),
          example=lambda: 724_406_816 / 255.2e6)
def rate(rng):
    ms, speed = int(rng.integers(5, 200)), int(rng.integers(20, 100))
    macs = round(ms * speed / 1000, 3)
    return Question(
        text=f"A network needs {macs:g} billion multiply-adds for an image and {ms} milliseconds. How many billion multiply-adds a second "
             f"does the machine do?",
        answer=round(macs / ms * 1000, 1),
        why=rf"${macs:g} / {ms / 1000:g} = {macs / ms * 1000:.1f}$: {ms} ms are {ms / 1000:g} seconds.",
        wrong=[
            Wrong(round(macs / ms, 4), "forgets the milliseconds", "A second has 1,000 milliseconds."),
            Wrong(round(macs * ms, 3), "multiplies", "Work divided by time is the rate."),
            Wrong(round(ms / macs, 3), "divides the wrong way", "That is milliseconds for a billion multiply-adds."),
            Wrong(round(2000 * macs / ms, 1), "counts additions apart",
                  "A multiply-add is one multiplication *and* one addition."),
            Wrong(round(1000 / ms, 3), "counts images", "That is images a second."),
        ],
        check=lambda: round(macs * (1 / (ms * 1e-3)), 1),
    )


@template(17, "operations or multiply-adds", reads=("17-comparing-architectures", r"^VGG-16 .* ([\d,]+) +24\.50"), example=lambda: 15_470_264_320)
def flops(rng):
    macs = round(float(rng.integers(5, 200)) / 10, 1)
    to_flops = bool(rng.integers(2))
    given, answer = (macs, round(2 * macs, 1)) if to_flops else (round(2 * macs, 1), macs)
    return Question(
        text=(f"The ledger counts {given:g} billion multiply-adds for a network. A paper counts multiplications and additions apart. What "
             f"does it print, in billions?" if to_flops
              else f"A paper prints {given:g} billion operations for a network, multiplications and additions counted apart. How many "
              f"billion multiply-adds does the ledger count?"),
        answer=answer,
        why="A multiply-add is two operations: one multiplication and one addition.",
        wrong=[
            Wrong(given, "takes both for the same", "Some papers count a multiply-add as one operation, some as two."),
            Wrong(round(given / 2, 2) if to_flops else round(given * 2, 1), "converts the wrong way",
                  "There are more operations than multiply-adds."),
            Wrong(round(3 * macs, 1), "thinks of training", "Three times is the cost of a training step, not of counting."),
            Wrong(round(4 * macs, 1), "counts bytes", "Four is the number of bytes of a float."),
        ],
        check=lambda: round(sum([macs, macs]), 1) if to_flops else round(given * 0.5, 1),
    )


@template(17, "points for a million parameters", reads=("17-comparing-architectures", r"^VGG-16 +71\.6 %: +([\d.]+) points"),
          example=lambda: 71.59 / 138.357544)
def density(rng):
    names = ["A", "B", "C"]
    while True:
        parameters = [pick(rng, [2, 4, 5, 8, 10, 20, 25, 40, 50]) for _ in names]
        accuracy = [pick(rng, [60, 64, 66, 70, 72, 75, 76, 78, 80]) for _ in names]
        if len(set(parameters)) == len(set(accuracy)) == 3:
            break
    values = [a / p for a, p in zip(accuracy, parameters)]
    return Question(
        text="Three networks:" + grid([[n, p, f"{a} %"] for n, p, a in zip(names, parameters, accuracy)], ["network", "million "
             "parameters", "accuracy"])
             + "What is the largest *information density* among them, in points for a million parameters?",
        answer=round(max(values), 2),
        why=f"Accuracy divided by millions of parameters: {', '.join(f'{n} {v:.4g}' for n, v in zip(names, values))}.",
        wrong=[
            Wrong(round(values[int(np.argmax(accuracy))], 2), "takes the most accurate",
                  "The density divides by the parameters."),
            Wrong(round(min(values), 2), "takes the smallest", "Asked is the largest."),
            Wrong(round(max(p / a for a, p in zip(accuracy, parameters)), 4), "divides the wrong way",
                  "Points *for a million parameters*: accuracy divided by parameters."),
            Wrong(round(sum(accuracy) / sum(parameters), 2), "mixes all three", "Each network has a density of its own."),
            Wrong(max(accuracy), "gives the accuracy", "The density divides the accuracy by the size."),
        ],
        check=lambda: round(float(np.max(np.array(accuracy) / np.array(parameters))), 2),
    )


@template(17, "bytes and a batch")
def intensity(rng):
    inputs, units, batch = pick(rng, [1000, 2000, 4000]), pick(rng, [500, 1000, 4000]), pick(rng, [1, 2, 8, 16, 32, 64])
    answer = batch / 4
    return Question(
        text=f"A dense layer with {inputs:,d} inputs and {units:,d} units answers a batch of {batch} image{'s' if batch > 1 else ''}. Its "
             f"weights (4 bytes each) are read once. How many multiply-adds does it do for each byte of weights?",
        answer=answer,
        why=rf"Each weight is used once for each image, so ${batch}$ multiply-add{'s' if batch > 1 else ''} for 4 bytes.",
        wrong=[
            Wrong(0.25 if batch != 1 else 4.0, "forgets the batch" if batch != 1 else "divides the wrong way",
                  "The weights are read once for all images." if batch != 1 else "Four bytes serve one multiply-add."),
            Wrong(float(batch), "takes a byte for each weight", "A 32-bit float has four bytes."),
            Wrong(batch * inputs / 4, "uses each weight at every input",
                  "In a dense layer a weight joins one input and one unit."),
            Wrong(4 * batch + 0.0, "multiplies by the bytes", "More bytes mean fewer multiply-adds for each."),
            Wrong(batch / 32, "counts bits", "Asked is for each byte; 32 bits are four bytes."),
        ],
        check=lambda: batch * inputs * units / np.broadcast_to(np.float32(0), (inputs, units)).size / 4,
    )


@template(17, "wrong statement: comparing", kind="choice")
def statements_17(rng):
    return wrong_statement(rng, "Three of these statements about comparing networks are right. Which one is **wrong**?", true=[
        ("From recipe to recipe ResNet-50 differs by more than 102 further layers bring.", "thinks that height is architecture",
         "4.7 points between recipes, 2.2 from ResNet-50 to ResNet-152.",
         lambda: printed("17-comparing-architectures", "from recipe to recipe: 4.7 points") and printed("17-comparing-architectures", "same recipe: 2.2 points")),
        ("VGG-19 does the most work and has the most parameters of the eleven networks.", "takes the deepest for the dearest",
         "19.6 billion multiply-adds and 144 million parameters.",
         lambda: printed("17-comparing-architectures", "most multiply-adds, most parameters: VGG-19, VGG-19")),
        ("GoogLeNet has a ninth of AlexNet's parameters and twice its multiply-adds.", "takes size for work",
         "Weights of convolutions are used at many places.",
         lambda: 60_965_224 / 6_998_552 > 8.5 and 1_582_671_872 > 2 * 724_406_816),
        ("Accuracies from one crop and from ten crops must not be compared.", "takes all accuracies alike",
         "More looks at an image give a higher accuracy.", lambda: 77.15 > 76.15),
        ("A network that always gives the same answer can have the highest information density.",
         "trusts points for a million parameters",
         "It needs hardly any parameters, so even a poor accuracy divided by them is large.", lambda: 0.1 / 0.001 > 74.65 / 8.06),
        ("A batch makes AlexNet's dense layers do more work for each byte that is moved.", "thinks that a batch changes nothing",
         "The weights are read once for all images.", lambda: 32 / 4 > 1 / 4),
        ("GoogLeNet's 22 layers and the ledger's 58 describe the same network.", "thinks that one must be wrong",
         "The paper counts along the longest way, the ledger all layers.", lambda: (3 + 2 * 9 + 1, 3 + 6 * 9 + 1) == (22, 58)),
    ], false=[
        ("A network with fewer multiply-adds is always faster.",
         "Traffic and the number of layers count as well: AlexNet does 2.8 multiply-adds for each byte, VGG-16 23.",
         lambda: not printed("17-comparing-architectures", "AlexNet 0.72 255.2 2.8")),
        ("DenseNet-121 needs less memory in training than ResNet-50, since it has fewer parameters.",
         "It must keep 123.3 MiB for an image, ResNet-50 79.6.", lambda: 123.3 < 79.6),
        ("A new network with a new recipe that beats an old one shows the better architecture.",
         "The recipe alone moved ResNet-50 by 4.7 points; change one thing at a time.", lambda: 80.86 - 76.13 < 2.2),
        ("The deepest of the networks has the most parameters.", "ResNet-152 has 60 million, VGG-19 with 19 layers 144 million.",
         lambda: 60_192_808 > 143_667_240),
        ("VGG-16 is beaten by no network of the chart: nobody is as accurate for less work.",
         "ResNet-50 is more accurate with a quarter of its multiply-adds.", lambda: not (76.15 >= 71.59 and 3.86 <= 15.47)),
        ("On new test images by the old rules the accuracies stayed the same.",
         "They fell by 11 to 14 points on ImageNet, but the order of the networks stayed nearly the same (Recht et al. 2019).",
         lambda: not said("17-comparing-architectures", "accuracy fell by 11 to 14 points")),
    ])
