"""Questions to part 3, image classification: chapters 9 and 10."""

import math

import numpy as np

from . import Question, Wrong, grid, template
from .statements import erratum, pick, printed, wrong_statement

TRIOS = [("cat", "dog", "frog"), ("ship", "truck", "car"), ("bird", "deer", "horse"), ("coat", "shirt", "bag"), ("3", "5", "8")]


def tex(number):
    """A whole number inside a formula: the comma takes no space."""
    return f"{number:,d}".replace(",", "{,}")


# Chapter 9


def matrix(rng):
    """Three names, a confusion matrix (labels, answers) and a class whose row and column give whole percentages."""
    while True:
        counts = rng.integers(1, 13, (3, 3))
        counts[np.diag_indices(3)] = rng.integers(8, 41, 3)
        i = int(rng.integers(3))
        sums = int(counts[i].sum()), int(counts[:, i].sum())
        if sums[0] != sums[1] and all(100 * int(counts[i, i]) % total == 0 for total in sums):
            return pick(rng, TRIOS), counts, i


def table_of(names, counts):
    return grid([[name, *map(int, row)] for name, row in zip(names, counts)], ["label", *names])


def as_lists(counts):
    """Labels and answers of all images of a confusion matrix, one by one."""
    pairs = [(i, j) for i in range(len(counts)) for j in range(len(counts)) for _ in range(counts[i][j])]
    return np.array(pairs).T


def percent(part, whole):
    return round(100 * int(part) / int(whole))


@template(9, "recall in a confusion matrix")
def recall(rng):
    names, counts, i = matrix(rng)
    hit, row, column, total, right = (int(v) for v in (counts[i, i], counts[i].sum(), counts[:, i].sum(), counts.sum(),
                                                       np.trace(counts)))
    labels, answers = as_lists(counts)
    return Question(
        text=f"Rows are labels, columns are the network's answers.{table_of(names, counts)}"
             f"Of the images that *are* **{names[i]}**, what share does the network call {names[i]}? (This is the *recall*.)",
        answer=percent(hit, row), unit="%",
        why=f"The row of the label {names[i]} has {row} images, and {hit} of them got the right answer: ${hit}/{row}$.",
        wrong=[
            Wrong(percent(hit, column), "reads the column",
                  f"The column holds everything that was *called* {names[i]}; that share is the precision."),
            Wrong(100 - percent(hit, row), "counts the errors", f"{row - hit} of {row} are the errors, not the right answers."),
            Wrong(percent(right, total), "takes all classes", f"{right} of {total} is the accuracy over all three classes."),
            Wrong(percent(hit, total), "divides by all images",
                  f"Divide by the {row} images with this label, not by all {total}."),
            Wrong(percent(row, total), "takes the size of the class", f"{row} of {total} is how common the class is."),
        ],
        check=lambda: round(100 * float(np.mean(answers[labels == i] == i))),
    )


@template(9, "precision in a confusion matrix")
def precision(rng):
    names, counts, i = matrix(rng)
    hit, row, column, total, right = (int(v) for v in (counts[i, i], counts[i].sum(), counts[:, i].sum(), counts.sum(),
                                                       np.trace(counts)))
    labels, answers = as_lists(counts)
    return Question(
        text=f"Rows are labels, columns are the network's answers.{table_of(names, counts)}"
             f"The network *answers* **{names[i]}**. How often is it right then? (This is the *precision*.)",
        answer=percent(hit, column), unit="%",
        why=f"The column of the answer {names[i]} has {column} images, and {hit} of them are {names[i]}: ${hit}/{column}$.",
        wrong=[
            Wrong(percent(hit, row), "reads the row",
                  f"The row holds everything that *is* {names[i]}; that share is the recall."),
            Wrong(100 - percent(hit, column), "counts the errors", f"{column - hit} of {column} are the false answers."),
            Wrong(percent(right, total), "takes all classes", f"{right} of {total} is the accuracy over all three classes."),
            Wrong(percent(hit, total), "divides by all images",
                  f"Divide by the {column} answers {names[i]}, not by all {total}."),
            Wrong(percent(column, total), "counts the answers", f"{column} of {total} is how often the network says {names[i]}."),
        ],
        check=lambda: round(100 * float(np.mean(labels[answers == i] == i))),
    )


def standard_error(p, n):
    return math.sqrt(p * (1 - p) / n)


@template(9, "standard error of an accuracy", reads=("09-mnist", r"accuracy 0\.9919: .* standard error ([\d.]+)"),
          example=lambda: standard_error(0.9919, 10_000))
def error_bar(rng):
    p, n = pick(rng, [0.5, 0.64, 0.8, 0.9, 0.98]), pick(rng, [100, 400, 1600, 2500, 10_000])

    def points(value):
        return round(100 * value, 4)

    def check():
        from scipy.stats import binom

        return points(binom(n, p).std() / n)

    return Question(
        text=f"A network is right on {100 * p:g} % of {n:,d} test images. What is the standard error of this accuracy, "
             "in percentage points?",
        answer=points(standard_error(p, n)), unit="points",
        why=rf"$\sqrt{{{p:g} \cdot {1 - p:.4g} / {tex(n)}}} = {standard_error(p, n):.4g}$, that is {points(standard_error(p, n)):g} points.",
        wrong=[
            Wrong(points(p * (1 - p) / n), "forgets the root", "That is the variance; the standard error is its square root."),
            Wrong(points(math.sqrt(p / n)), "forgets the factor 1 - p", f"Under the root stands $p (1 - p)$, here $p = {p:g}$."),
            Wrong(points(math.sqrt(p * (1 - p)) / n), "takes n out of the root",
                  rf"The images stand under the root: divide by $\sqrt{{{tex(n)}}}$, not by {n:,d}."),
            Wrong(points(math.sqrt(p * (1 - p))), "forgets the number of images",
                  f"That is the spread of a single image; the mean of {n:,d} spreads less."),
            Wrong(points(2 * standard_error(p, n)), "gives two standard errors",
                  "Two standard errors stand behind the ± of the tables; asked is one."),
        ],
        check=check,
    )


@template(9, "two networks, the same images")
def paired(rng):
    side = int(rng.integers(4, 13))
    k = pick(rng, [1, 2, 3])
    if side * (side + k) % 2:
        side += 1
    a, b = (side * side + k * side) // 2, (side * side - k * side) // 2
    both = int(rng.integers(10, 60))

    def check():  # under luck, each of the n images goes to the first with probability 1/2
        n = a + b
        return round((a - n / 2) / math.sqrt(n / 4), 4)

    return Question(
        text=f"Two networks read the same test digits. On {a} digits only the first is right, on {b} only the second, on {both} "
             "both are wrong. How many standard errors lie between them (McNemar)?",
        answer=k,
        why=rf"Only the {a + b} digits on which they differ count: $({a} - {b}) / \sqrt{{{a} + {b}}} = {a - b} / {side}$.",
        wrong=[
            Wrong(a - b, "stops at the difference",
                  rf"The difference is measured in standard errors of $\sqrt{{{a + b}}} = {side}$."),
            Wrong(round((a - b) / (a + b), 4), "forgets the root", "Divide by the square root of the sum, not by the sum."),
            Wrong(round((a - b) / math.sqrt(a + b + both), 4), "counts the common errors",
                  f"The {both} digits that both get wrong say nothing about which is better."),
            Wrong(round(a / b, 4), "takes the ratio",
                  "The ratio does not tell how far from luck it is: 2 to 1 is nothing, 200 to 100 is much."),
            Wrong(round((a - b) / math.sqrt(a), 4), "counts one network's wins",
                  f"The standard error comes from all {a + b} digits on which they differ."),
        ],
        check=check,
    )


@template(9, "loss before training")
def first_loss(rng):
    k = pick(rng, [2, 3, 4, 5, 8, 10, 12, 20, 26, 50, 62, 100, 200, 1000])
    p = np.full(k, 1 / k)
    return Question(
        text=f"An untrained network with {k:,d} classes spreads its probability evenly. Which cross-entropy (natural logarithm) "
             "should the first batch show?",
        answer=round(math.log(k), 2),
        why=rf"The right class has the probability $1/{tex(k)}$, and $-\ln(1/{tex(k)}) = {math.log(k):.2f}$.",
        wrong=[
            Wrong(round(math.log10(k), 2), "takes the logarithm to base 10", "Keras takes the natural logarithm."),
            Wrong(round(math.log2(k), 2), "takes the logarithm to base 2",
                  "That is the loss in bits; Keras takes the natural logarithm."),
            Wrong(round(1 / k, 3), "gives the probability", r"The loss is $-\ln p$, not the probability $p$ itself."),
            Wrong(round(1 - 1 / k, 3), "gives the error rate", r"The share of wrong answers is not the loss, which is $-\ln p$."),
            Wrong(round(k * math.log(k), 2), "adds over all classes",
                  "Only the class of the label counts: the other labels are 0."),
        ],
        check=lambda: round(float(-(np.eye(k)[0] * np.log(p)).sum()), 2),
    )


@template(9, "number of updates")
def updates(rng):
    images, split = pick(rng, [1000, 2000, 5000, 12_000, 50_000, 60_000]), pick(rng, [0.1, 0.2, 0.25])
    batch, epochs = pick(rng, [32, 64, 128, 256]), int(rng.integers(3, 21))
    kept = round(images * (1 - split))
    steps = math.ceil(kept / batch)
    return Question(
        text=f"{images:,d} images, `validation_split={split}`, batches of {batch}, {epochs} epochs. "
             "How often does the optimiser change the weights?",
        answer=epochs * steps,
        why=rf"{kept:,d} images are left to train with, so an epoch has $\lceil {tex(kept)} / {batch} \rceil = {tex(steps)}$ steps.",
        wrong=[
            Wrong(epochs * (kept // batch), "drops the last batch", "The last batch is smaller, but it is a step, too."),
            Wrong(epochs * math.ceil(images / batch), "trains on the validation images",
                  f"A share of {split} is held out and changes no weight."),
            Wrong(steps, "counts one epoch", f"That is one epoch; there are {epochs}."),
            Wrong(epochs * kept, "counts images", f"The weights change once for each batch of {batch} images."),
            Wrong(epochs, "counts epochs", f"Each epoch has {steps:,d} batches, and each batch is a step."),
        ],
        check=lambda: sum(1 for _ in range(epochs) for _ in range(0, kept, batch)),
    )


SETS = ["the training images", "the validation images", "the test images", "all images together"]
JOBS = {  # what is to be done, and with which set
    "let the optimiser set the weights": 0,
    "compute the mean and the spread with which pixels are standardised": 0,
    "compute the average image of each digit for a baseline": 0,
    "choose between dropout 0.25 and 0.5": 1,
    "decide after how many epochs to stop": 1,
    "choose the learning rate": 1,
    "pick one of five networks": 1,
    "find the confidence below which a human reads the digit": 1,
    "tell how many of new digits the finished network will read": 2,
    "print the accuracy of the finished network in a report": 2,
}
NOT_THAT = {  # (right set, wrong set): why not
    (0, 1): "What is computed from the validation images cannot be judged by them any more.",
    (0, 2): "Then the test images would shape the network that they are to judge.",
    (0, 3): "Then no image would be left to choose with and to test on.",
    (1, 0): "The network knows its training images: they favour whatever learns by heart.",
    (1, 2): "The best of several test scores is partly luck, and the final number would be too good.",
    (1, 3): "Then the choice would use the test images and what was learned by heart.",
    (2, 0): "The network has seen them, so it is better on them than on new digits.",
    (2, 1): "The choices were made to look well on them, so their score is a little too good.",
    (2, 3): "Most of them were trained on, so the number says little about new digits.",
}


@template(9, "which set for which job", kind="choice")
def which_set(rng):
    job, right = pick(rng, list(JOBS.items()))
    verbs = {"let": 0, "compute": 0, "choose": 1, "decide": 1, "pick": 1, "find": 1, "tell": 2, "print": 2}
    reason = ["Whatever sets numbers inside the network or before it comes from the training images.",
              "Choices are made with the validation images, so that the test images stay untouched.",
              "The test images are for the end: nothing was learned from them and nothing chosen with them."][right]
    mistakes = ["judges by what was learned", "mixes up choosing and learning or reporting", "uses the test images too early",
                "wants as many images as possible"]
    return Question(
        text=f"MNIST is split into training, validation and test images. You want to {job}. Which images do you take?",
        answer=SETS[right], choices=SETS, why=reason,
        wrong=[Wrong(SETS[other], mistakes[other], NOT_THAT[right, other]) for other in range(4) if other != right],
        check=lambda: SETS[verbs[job.split()[0]]],
    )


@template(9, "errors above a threshold")
def threshold(rng):
    while True:  # until some errors are found and some slip through
        confidence = np.sort(rng.choice(np.arange(40, 100), 7, replace=False))[::-1]
        right = rng.random(7) < np.linspace(0.8, 0.3, 7)
        limit = int(pick(rng, [60, 70, 80]))
        kept = confidence >= limit
        if (kept & ~right).any() and (~kept & ~right).any() and (kept & right).any():
            break
    table = grid([["right?", *("yes" if r else "no" for r in right)]], ["confidence", *(f"{c / 100:.2f}" for c in confidence)])
    remain = int((kept & ~right).sum())
    return Question(
        text=f"Seven answers, each with its confidence, and whether it is right.{table}"
             f"A human reads all digits with a confidence below {limit / 100:.2f}. How many errors remain?",
        answer=remain,
        why=f"Of the {int(kept.sum())} answers with a confidence of {limit / 100:.2f} or more, {remain} {'is' if remain == 1 else 'are'} wrong.",
        wrong=[
            Wrong(int((~right).sum()), "counts all errors", "The human finds the errors with a low confidence."),
            Wrong(int((~kept & ~right).sum()), "counts the errors that the human reads",
                  "Those are found; asked is what slips through."),
            Wrong(int(kept.sum()), "counts all sure answers", "Most sure answers are right; count the wrong ones among them."),
            Wrong(int((kept & right).sum()), "counts the right ones", "Those are the sure and right answers, not the errors."),
            Wrong(int((~kept).sum()), "counts the human's work", "So many digits the human must read; it is not what remains."),
        ],
        check=lambda: sum(1 for c, r in zip(confidence.tolist(), right.tolist()) if not r and not c < limit),
    )


def flattened(n, filters):
    """Values after two times 3x3 convolution (valid) and 2x2 pooling of n x n pixels."""
    for _ in range(2):
        n = (n - 2) // 2
    return n * n * filters


@template(9, "values after Flatten", reads=("09-mnist", r"^Flatten +(\d+)"), example=lambda: flattened(28, 64))
def flatten(rng):
    n, f1, f2 = int(rng.integers(20, 41)), pick(rng, [8, 16, 20, 32]), pick(rng, [10, 24, 40, 50, 64])
    up = math.ceil((math.ceil((n - 2) / 2) - 2) / 2)

    def check():
        image, size = np.zeros((n, n)), 0
        for _ in range(2):
            places = range(0, len(image) - 2)
            image = np.zeros((len(places), len(places)))  # convolution, valid
            image = image[0:len(image) - 1:2, 0:len(image) - 1:2]  # pooling: only whole windows
        size = image.size
        return size * f2

    side = (((n - 2) // 2) - 2) // 2
    return Question(
        text=f"A grey image of {n}x{n} pixels goes through 3x3 convolution ({f1} filters, `valid`), 2x2 max pooling, 3x3 convolution "
             f"({f2} filters, `valid`), 2x2 max pooling. How many values does `Flatten` give?",
        answer=flattened(n, f2),
        why=rf"The sides are {n}, {n - 2}, {(n - 2) // 2}, {(n - 2) // 2 - 2}, {side}, so there are ${side} \cdot {side} \cdot {f2}$ values.",
        wrong=[
            Wrong(up * up * f2, "rounds up in the pooling", "Keras's pooling drops a row and a column that fill no window."),
            Wrong((n // 4) ** 2 * f2, "thinks that `valid` keeps the size",
                  "Each 3x3 convolution without padding takes two from the side."),
            Wrong(side * f2, "forgets one side", f"A map has height and width: ${side} \\cdot {side}$ places."),
            Wrong(side * side * f1 * f2, "multiplies the filters",
                  f"The second convolution adds up the {f1} maps; {f2} maps come out."),
            Wrong(side * side, "forgets the channels", f"There are {f2} maps, each with {side * side} values."),
        ],
        check=check,
    )


def first_dense(c5, maps, units):
    """Parameters of the dense layer behind C5: kernels of c5 x c5 on maps of 5x5."""
    return ((6 - c5) ** 2 * maps + 1) * units


@template(9, "dense layer behind C5", reads=("09-mnist", r"1x1 kernels +[\d,]+ +([\d,]+)[^\n]*\n5x5 kernels +[\d,]+ +([\d,]+)"),
          example=lambda: (first_dense(1, 120, 84), first_dense(5, 120, 84)))
def dense_behind_c5(rng):
    c5, maps, units = int(rng.integers(1, 6)), pick(rng, [20, 40, 60, 80, 100]), pick(rng, [10, 30, 50, 84])
    side = 6 - c5
    answer = first_dense(c5, maps, units)
    return Question(
        text=f"Maps of 5x5 go through a convolution with {maps} kernels of {c5}x{c5} (`valid`), then `Flatten`, then "
             f"`Dense({units})`. How many parameters has the dense layer?",
        answer=answer,
        why=rf"{side}x{side} places stay in each map, so $({side * side} \cdot {maps} + 1) \cdot {units} = {tex(answer)}$.",
        wrong=[
            Wrong((maps + 1) * units, "leaves one value in each map",
                  "One value stays only when the kernel is as large as the map, 5x5."),
            Wrong((25 * maps + 1) * units, "keeps the 5x5 places",
                  f"A {c5}x{c5} kernel without padding fits at {side}x{side} places."),
            Wrong(side * side * maps * units, "forgets the biases", f"Each of the {units} units has a bias."),
            Wrong((c5 * c5 * maps + 1) * units, "takes the kernel's size",
                  f"The dense layer reads the {side}x{side} places of the maps, not the kernels."),
            Wrong((side * side + 1) * units, "flattens one map", f"`Flatten` hands on all {maps} maps."),
        ],
        check=lambda: np.zeros((len(range(6 - c5)), len(range(6 - c5)), maps, units)).size + units,
    )


def softmax(x):
    e = np.exp(np.asarray(x, float) - np.max(x))
    return e / e.sum()


def halves_are_weaker():
    """Whether a vote of 40 noisy units is right more often than a vote of half of them."""
    units = np.random.default_rng(0).normal(0.2, 1, (2000, 40))
    return (units[:, :20].sum(axis=1) > 0).mean() < (units.sum(axis=1) > 0).mean()


@template(9, "wrong statement: MNIST", kind="choice")
def statements_9(rng):
    return wrong_statement(rng, "Three of these statements about MNIST and its networks are right. Which one is **wrong**?", true=[
        ("One-hot and sparse labels give the same loss.", "thinks that the way of writing the label matters",
         "Nine of the ten products with a one-hot vector are zero; what stays is the same term.",
         lambda: np.isclose(-(np.eye(3)[1] * np.log([0.2, 0.5, 0.3])).sum(), -np.log(0.5))),
        ("An accuracy of 0.9881 on 10,000 digits means 119 errors.", "miscounts the errors",
         r"$(1 - 0.9881) \cdot 10{,}000 = 119$.", lambda: round((1 - 0.9881) * 10_000) == 119),
        ("In Keras, LeNet-5 with 5x5 kernels in its third convolution has a quarter of the parameters that 1x1 kernels give.",
         "thinks that small kernels always save", "With 1x1 kernels the dense layer gets 3,000 inputs instead of 120: 257,546 parameters "
         "instead of 61,706.",
         lambda: 0.2 < (2572 + 401 * 120 + 121 * 84 + 850) / (2572 + 17 * 120 + 3001 * 84 + 850) < 0.25),
        ("The winner among 100 equally good networks looks better on the test set than it is.", "trusts the best of many scores",
         "The best of many scores is partly luck, and fresh digits take the luck away.",
         lambda: np.random.default_rng(0).binomial(10_000, 0.99, 100).max() > 9900),
        ("With dropout the training accuracy may stay below the validation accuracy.",
         "thinks that training accuracy is always higher",
         "The training accuracy is measured with a part of the units switched off, the validation accuracy with all.",
         halves_are_weaker),
        ("In the LeNet-5 of 1998 the pooling layers learn parameters.", "thinks that pooling never learns",
         "Each map has a coefficient and a bias there: 12 parameters in S2 and 32 in "
         "S4.", lambda: 156 + 2 * 6 + 1516 + 2 * 16 + 48_120 + 10_164 == 60_000),
    ], false=[
        ("More than 98 % of the weights of LeNet-5, as published, belong to dense layers.",
         "That holds for a slide's version with 1x1 kernels; with the paper's 5x5 kernels 17.8 % are in dense layers (errata, E8).",
         lambda: not erratum("E8", "17.8 %")),
        ("Zhang's network has a twelfth of an MLP's parameters, so it needs a twelfth of its multiply-adds.",
         "Each shared weight works at hundreds of places: against the MLP 784-512-10 it needs six times the multiply-adds.",
         lambda: 26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 16_000 < (784 * 512 + 5120) / 6),
        ("An untrained network with ten classes should start with a loss of about 0.1.",
         r"0.1 is the probability of the right class; the loss is $-\ln 0.1 = 2.30$.", lambda: -math.log(0.1) < 1),
        ("A validation accuracy of 0.9779 (20,000 images) and a test accuracy of 0.9881 (10,000 images) differ by luck of the draw.",
         "They lie 6.8 standard errors apart, so something other than luck is at work.",
         lambda: 0.9881 - 0.9779 < 2 * math.hypot(standard_error(0.9779, 20_000), standard_error(0.9881, 10_000))),
        ("A confidence of 0.99 shows that the picture is a digit at all.",
         "Softmax shares out exactly 1 among ten digits, whatever the picture is; it has no answer *none of these*.",
         lambda: not np.isclose(softmax([9, 1, 0]).sum(), 1)),
        ("It is honest to report the highest test accuracy of all epochs.",
         "Then the epoch is chosen with the test images, and the number is partly luck.",
         lambda: np.random.default_rng(1).normal(0.99, 0.001, 60).max() <= 0.99),
    ])


# Chapter 10


LETTERS = ["A", "B", "C", "D"]


@template(10, "where overfitting begins")
def turn(rng):
    k = int(rng.integers(3, 6))
    train = np.round(np.cumsum([2.2, *(-rng.uniform(0.15, 0.3, 6))]), 2)
    start = int(rng.integers(1, k))  # epochs in which the validation loss is still below the training loss
    val = train + np.where(np.arange(7) < start, -rng.uniform(0.01, 0.04, 7), np.sort(rng.uniform(0.02, 0.09, 7)))
    for e in range(k, 7):
        val[e] = val[e - 1] + rng.uniform(0.03, 0.15)
    val = np.round(val, 2)
    table = grid([["training", *(f"{v:.2f}" for v in train)], ["validation", *(f"{v:.2f}" for v in val)]], ["loss", *map(str, range(1, 8))])
    k = int(val.argmin()) + 1
    above = int(np.argmax(val > train)) + 1
    return Question(
        text=f"The losses of a network in its first seven epochs:{table}After which epoch does it begin to overfit?",
        answer=k,
        why=f"The validation loss is lowest in epoch {k}; from then on it rises while the training loss goes on falling.",
        wrong=[
            Wrong(7, "looks at the training loss", "The training loss is lowest at the end in every overfitting network."),
            Wrong(above, "takes the first gap",
                  "A validation loss above the training loss is normal; overfitting begins where it turns."),
            Wrong(k + 1, "is one epoch late", f"In epoch {k + 1} the validation loss has risen already."),
            Wrong(int(np.abs(val - train).argmin()) + 1, "takes the closest curves",
                  "How close the curves are does not matter; look for the turn."),
            Wrong(int(np.abs(np.diff(val)).argmax()) + 1, "takes the largest step",
                  "The size of a step does not matter; its direction does."),
        ],
        check=lambda: next(e for e in range(1, 7) if val[e] > val[e - 1]),
    )


@template(10, "which network to take", kind="choice")
def take(rng):
    best = rng.uniform(0.70, 0.80)
    rows = {  # training and validation accuracy
        "best": (best + rng.uniform(0.06, 0.10), best),
        "memory": (rng.uniform(0.97, 0.999), best - rng.uniform(0.03, 0.08)),
        "equal": (best - 0.18 + rng.uniform(0, 0.05), 0),
        "middle": (best + rng.uniform(0.04, 0.05), best - rng.uniform(0.01, 0.02)),
    }
    rows["equal"] = (rows["equal"][0], rows["equal"][0] - rng.uniform(0, 0.004))
    order = [list(rows)[i] for i in rng.permutation(4)]
    letter = dict(zip(order, LETTERS))
    numbers = {letter[name]: tuple(round(float(v), 3) for v in rows[name]) for name in order}
    table = grid([[name, *(f"{v:.3f}" for v in numbers[name])] for name in LETTERS], ["network", "training", "validation"])
    return Question(
        text=f"Accuracies of four networks on the same training and validation images:{table}Which network do you take?",
        answer=letter["best"], choices=LETTERS,
        why=f"{letter['best']} has the highest validation accuracy; the gap to the training accuracy decides nothing.",
        wrong=[
            Wrong(letter["memory"], "takes the highest training accuracy",
                  "It knows its training images by heart; on others it is worse."),
            Wrong(letter["equal"], "takes the smallest gap", "A network that has learned little has a small gap, too."),
            Wrong(letter["middle"], "pays for a smaller gap",
                  "Its gap is smaller, but so is its accuracy on images that it has not seen."),
        ],
        check=lambda: max(numbers, key=lambda name: numbers[name][1]),
    )


@template(10, "reading loss curves", kind="choice")
def curves(rng):
    def draw(kind):
        start = rng.uniform(1.2, 1.7)
        if kind == "overfits":
            return start, start * rng.uniform(0.2, 0.4), start + rng.uniform(0.0, 0.1), start + rng.uniform(0.3, 0.8)
        if kind == "still learns":
            return start, start * rng.uniform(0.6, 0.75), start + rng.uniform(0.0, 0.1), start * rng.uniform(0.76, 0.85)
        if kind == "has not started":
            return 2.30 + rng.uniform(0, 0.01), 2.30 + rng.uniform(0, 0.005), 2.30 + rng.uniform(0, 0.01), 2.30 + rng.uniform(0, 0.005)
        return start, start + rng.uniform(1, 4), start + rng.uniform(0.0, 0.1), start + rng.uniform(1.5, 5)

    kinds = {"overfits": "overfits", "still learns": "is not at its end: more epochs would help",
             "has not started": "has not begun to learn", "diverges": "takes steps that are too large"}
    told = {"overfits": "its training loss falls while its validation loss rises",
            "still learns": "both its losses still fall",
            "has not started": "its losses stay at 2.30, the loss of ten equal probabilities",
            "diverges": "both its losses rise"}
    order = [list(kinds)[i] for i in rng.permutation(4)]
    values = {name: [round(float(v), 2) for v in draw(kind)] for name, kind in zip(LETTERS, order)}
    table = grid([[name, *(f"{v:.2f}" for v in values[name])] for name in LETTERS],
                 ["network", "training, epoch 5", "training, epoch 30", "validation, epoch 5", "validation, epoch 30"])
    asked = pick(rng, list(kinds))

    def check():
        def judge(a, b, c, d):
            if abs(a - b) < 0.03:
                return "has not started"
            return "diverges" if b > a else "overfits" if d > c else "still learns"
        return next(name for name in LETTERS if judge(*values[name]) == asked)

    return Question(
        text=f"Losses of four networks with ten classes:{table}Which one {kinds[asked]}?",
        answer=LETTERS[order.index(asked)], choices=LETTERS,
        why=f"Network {LETTERS[order.index(asked)]}: {told[asked]}.",
        wrong=[Wrong(name, f"takes a network that {kinds[kind].split(':')[0]}", f"In network {name} it is different: {told[kind]}.")
               for name, kind in zip(LETTERS, order) if kind != asked],
        check=check,
    )


def table_mean(answers, labels):
    """Mean of (answers == labels) for a vector and a column: a table of all pairs."""
    return round(sum(a == b for a in answers for b in labels) / len(answers) ** 2, 2)


@template(10, "a column of labels", reads=("10-cifar10", r"wrong: \(3, 3\) mean ([\d.]+)"),
          example=lambda: table_mean([3, 8, 8], [3, 8, 8]))
def column_of_labels(rng):
    n = int(rng.integers(3, 6))
    classes = rng.choice(10, 3, replace=False)
    labels = rng.choice(classes, n)
    answers = np.where(rng.random(n) < 0.7, labels, rng.choice(classes, n))
    right = int((answers == labels).sum())
    return Question(
        text=f"`answers` is {answers.tolist()}, of shape ({n},). `labels` is {[[int(v)] for v in labels]}, of shape ({n}, 1). "
             "What does `(answers == labels).mean()` give in NumPy?",
        answer=table_mean(answers.tolist(), labels.tolist()),
        why=f"NumPy compares every answer with every label, a table of {n}x{n} values, and takes their mean.",
        wrong=[
            Wrong(round(right / n, 2), "expects the accuracy",
                  f"That needs `labels[:, 0]`; with a column NumPy compares all {n * n} pairs."),
            Wrong(round(right / n**2, 2), "counts the diagonal only",
                  "Every pair that is equal counts, not only an image's own answer and label."),
            Wrong(0.0, "thinks that nothing is equal", "The shapes differ, but NumPy stretches both to a table and compares."),
            Wrong(1.0, "thinks that the classes are compared", "Each pair of values is compared, one by one."),
            Wrong(round(1 - right / n, 2), "counts the errors", "`==` is true where two values agree."),
        ],
        check=lambda: round(float((answers == labels[:, None]).mean()), 2),
    )


@template(10, "points or per cent")
def points_or_percent(rng):
    while True:
        a, b = int(rng.integers(20, 85)), int(rng.integers(25, 99))
        if a + 4 < b < a + 36 and 100 * (b - a) % a == 0:
            break
    relative = bool(rng.integers(2))
    exact = {"points": b - a, "per cent": 100 * (b - a) // a}
    asked, other = ("per cent", "points") if relative else ("points", "per cent")
    words = {"points": "percentage points", "per cent": "per cent of the old accuracy"}
    return Question(
        text=f"A network's accuracy rises from 0.{a} to 0.{b}. How much is that in **{words[asked]}**?",
        answer=exact[asked],
        why=(rf"$({b} - {a}) / {a} = {exact['per cent'] / 100:g}$, so it grew by {exact['per cent']} per cent of what it was." if relative
             else f"${b} - {a} = {b - a}$: points are the plain difference of two percentages."),
        wrong=[
            Wrong(exact[other], f"gives {words[other].split(' of')[0]}",
                  "Points are the plain difference of two percentages." if relative else "That is the growth relative to the old accuracy."),
            Wrong(round(100 * (b - a) / b), "divides by the new value", "Growth is measured against where it began."),
            Wrong(round(100 * b / a), "gives the ratio",
                  "The new accuracy is that many per cent of the old one; the growth is 100 less."),
            Wrong(round(100 * (b - a) / (100 - a)), "looks at the errors",
                  f"That is the share of the {100 - a} % errors which is gone."),
            Wrong(b, "gives the new accuracy", "Asked is the change."),
        ],
        check=lambda: round(100 * (b / a - 1)) if relative else round(100 * (b / 100 - a / 100)),
    )


def shallow(side, k, filters, classes=10):
    return (k * k * 3 + 1) * filters + (side * side * filters + 1) * classes


@template(10, "parameters of a ShallowNet", reads=("10-cifar10", r"^total +([\d,]+)"), example=lambda: shallow(32, 3, 64))
def shallow_net(rng):
    side, k, filters = pick(rng, [8, 10, 12, 16, 20, 32]), pick(rng, [3, 5]), pick(rng, [4, 8, 10, 16, 20])
    dense = (side * side * filters + 1) * 10
    conv = (k * k * 3 + 1) * filters
    return Question(
        text=f"Colour images of {side}x{side} pixels, one `same` convolution with {filters} filters of {k}x{k}, `Flatten`, `Dense(10)`. "
             "How many parameters in all?",
        answer=conv + dense,
        why=rf"$({k * k} \cdot 3 + 1) \cdot {filters} + ({side * side} \cdot {filters} + 1) \cdot 10 = {tex(conv)} + {tex(dense)}$.",
        wrong=[
            Wrong(conv + dense - filters - 10, "forgets the biases", "Each filter and each of the ten units has a bias."),
            Wrong((k * k + 1) * filters + dense, "makes flat kernels", "On a colour image a kernel is three channels deep."),
            Wrong(conv + (side * side + 1) * 10, "flattens one map", f"`Flatten` hands on all {filters} maps."),
            Wrong(conv + ((side - k + 1) ** 2 * filters + 1) * 10, "shrinks the maps", "`same` padding keeps height and width."),
            Wrong(conv, "stops at the convolution", "The dense layer has a weight for each place of each map."),
        ],
        check=lambda: sum(int(np.prod(shape)) for shape in ((k, k, 3, filters), (filters,), (side, side, filters, 10), (10,))),
    )


@template(10, "pooling before Flatten")
def pooled_head(rng):
    side, p, filters = pick(rng, [16, 24, 32]), pick(rng, [2, 4, 8]), pick(rng, [8, 16, 32, 64])
    small = side // p
    answer = (small * small * filters + 1) * 10
    return Question(
        text=f"`MaxPooling2D({p})` is put between the {filters} maps of {side}x{side} and `Flatten`. How many parameters has the "
             "`Dense(10)` behind it?",
        answer=answer,
        why=rf"The maps shrink to {small}x{small}, so $({small * small} \cdot {filters} + 1) \cdot 10 = {tex(answer)}$.",
        wrong=[
            Wrong((side * side * filters + 1) * 10, "forgets the pooling", f"Pooling divides height *and* width by {p}."),
            Wrong((side * side * filters // p + 1) * 10, "divides once",
                  f"Height and width both shrink: a factor of {p * p}, not of {p}."),
            Wrong((small * small * filters // p + 1) * 10, "shrinks the channels, too",
                  "Pooling works on each map by itself and keeps their number."),
            Wrong(small * small * filters * 10, "forgets the biases", "Each of the ten units has a bias."),
            Wrong((small * small + 1) * 10, "flattens one map", f"`Flatten` hands on all {filters} maps."),
        ],
        check=lambda: np.zeros((side, side, filters))[::p, ::p].size * 10 + 10,
    )


def conv_macs(side, channels, filters, k=3):
    """Multiply-adds of a convolution whose maps have side x side places."""
    return side * side * k * k * channels * filters


@template(10, "work of the next convolution", reads=("10-cifar10", r"16x16x128 +[\d,]+ +([\d,]+)"), example=lambda: conv_macs(16, 64, 128))
def next_work(rng):
    side, c = pick(rng, [16, 32, 64]), pick(rng, [8, 16, 32])
    a, b, s = pick(rng, [1, 2, 4]), pick(rng, [1, 2, 4]), pick(rng, [2, 4])
    f = 2 * c
    factor = a * b / s**2
    return Question(
        text=f"3x3 convolution P reads {c} maps and gives {f} maps of {side}x{side}. 3x3 convolution Q reads {a * c} maps and gives "
             f"{b * f} maps of {side // s}x{side // s}. How many times the multiply-adds of P does Q need?",
        answer=factor,
        why=rf"Input maps times {a}, filters times {b}, places divided by {s * s}: ${a} \cdot {b} / {s * s} = {factor:g}$.",
        wrong=[
            Wrong(float(a * b), "forgets the places", f"Q works at {s * s} times fewer places."),
            Wrong(a * b / s, "shrinks one side", f"Height and width are both divided by {s}."),
            Wrong(b / s**2, "forgets the depth of the kernel", f"Each kernel of Q is {a} times as deep."),
            Wrong(a / s**2, "forgets the number of filters", f"Q has {b} times as many filters."),
            Wrong(1.0, "expects equal work", "Equal work needs four times the weights for each halving of the side."),
        ],
        check=lambda: conv_macs(side // s, a * c, b * f) / conv_macs(side, c, f),
    )


def field(strides, k=3):
    size, jump = 1, 1
    for s in strides:
        size, jump = size + (k - 1) * jump, jump * s
    return size


@template(10, "field of a stack with strides", reads=("10-cifar10", r"4x4x1024 +[\d,]+ +[\d,]+ +[\d.]+ +(\d+)"),
          example=lambda: field([1, 2, 1, 2, 1, 2]))
def stack_field(rng):
    strides = [int(s) for s in rng.integers(1, 3, int(rng.integers(3, 6)))]
    if len(set(strides)) == 1:
        strides[0] = 3 - strides[0]
    jumps = np.cumprod([1, *strides])
    n = len(strides)

    def check():  # walk back from one unit to the pixels
        units = {0}
        for s in reversed(strides):
            units = {s * u + i for u in units for i in range(3)}
        return len(units)

    return Question(
        text=f"3x3 convolutions with the strides {', '.join(map(str, strides))} stand one behind the other. How many pixels wide is the "
             "receptive field of a unit in the last one?",
        answer=field(strides),
        why=rf"$1 + 2 \cdot ({' + '.join(map(str, jumps[:-1]))}) = {field(strides)}$: each layer adds 2 times the product of the strides "
            rf"*before* it.",
        wrong=[
            Wrong(1 + 2 * n, "forgets the strides",
                  "Behind a stride of 2 neighbours lie two pixels apart, so each layer adds more."),
            Wrong(3 * n, "adds the kernels", "Windows overlap: a layer adds two places, not three."),
            Wrong(int(1 + 2 * sum(jumps[1:])), "counts a layer's own stride",
                  "A layer's own stride moves the next layers apart, not its own window."),
            Wrong(int(3 * jumps[-1]), "multiplies the strides",
                  "That would be three windows side by side; fields grow layer by layer."),
            Wrong(3**n, "multiplies the kernels", "Windows overlap, so fields grow by adding."),
        ],
        check=check,
    )


@template(10, "the pair that is confused most", kind="choice")
def pair(rng):
    names = pick(rng, [("cat", "dog", "deer", "frog"), ("car", "truck", "ship", "plane"), ("bird", "plane", "cat", "dog"), ("3", "5", "8", "9")])
    def name(i, j):
        return f"{names[min(i, j)]} and {names[max(i, j)]}"

    while True:  # until the largest cell lies in another pair
        counts = rng.choice(np.arange(2, 40), (4, 4), replace=False)
        errors = np.where(np.eye(4, dtype=bool), 0, counts)
        both = {(i, j): int(errors[i, j] + errors[j, i]) for i in range(4) for j in range(i + 1, 4)}
        best, single = max(both, key=both.get), np.unravel_index(errors.argmax(), (4, 4))
        if name(*best) != name(*single):
            break
    diagonal = rng.choice(np.arange(150, 200), 4, replace=False)
    counts[np.diag_indices(4)] = diagonal
    by_label, by_answer = np.argsort(errors.sum(axis=1))[-2:], np.argsort(errors.sum(axis=0))[-2:]
    return Question(
        text=f"Rows are labels, columns are answers.{table_of(names, counts)}Which two classes are confused most often, both directions together?",
        answer=name(*best),
        why=f"${int(errors[best])} + {int(errors[best[::-1]])} = {both[best]}$ is the largest sum of two cells that lie opposite each other.",
        wrong=[
            Wrong(name(*single), "looks for the largest cell",
                  "The largest single cell is one direction; add the cell on the other side of the diagonal."),
            Wrong(name(*np.argsort(diagonal)[-2:]), "looks at the diagonal", "The diagonal holds the right answers."),
            Wrong(name(*by_label), "looks for the worst rows",
                  "These two labels have the most errors, but fewer of them with each other."),
            Wrong(name(*by_answer), "looks for the worst columns",
                  "These two answers are given wrongly most often, but less often for each other."),
            Wrong(name(*min(both, key=both.get)), "takes the smallest sum", "That pair is confused least."),
        ],
        check=lambda: name(*np.unravel_index(np.triu(errors + errors.T).argmax(), (4, 4))),
    )


def within(*groups):
    """Share in % of random errors that stay within a group of classes."""
    n = sum(groups)
    return round(100 * sum(g * (g - 1) for g in groups) / (n * (n - 1)))


@template(10, "errors within a group", reads=("10-cifar10", r"random answers: (\d+)%"), example=lambda: within(6, 4))
def group_errors(rng):
    a, b = int(rng.integers(3, 9)), int(rng.integers(2, 8))
    if a == b:
        a += 1
    n = a + b
    return Question(
        text=f"{a} of {n} classes are animals, {b} are vehicles, all equally common. If every *error* were random, how many per cent of "
             "the errors would take an animal for an animal or a vehicle for a vehicle?",
        answer=within(a, b), unit="%",
        why=rf"Of the ${n} \cdot {n - 1}$ pairs of different classes ${a} \cdot {a - 1} + {b} \cdot {b - 1}$ lie within a group: {within(a, b)} %.",
        wrong=[
            Wrong(round(100 * (a * a + b * b) / n**2), "counts right answers",
                  "An error names another class, so the pairs of a class with itself do not count."),
            Wrong(50, "thinks of two groups only", "The groups have different sizes, and an error cannot name its own class."),
            Wrong(100 - within(a, b), "counts the other errors", "That is the share of the errors that change the group."),
            Wrong(round(100 * max(a, b) / n), "takes the larger group", "That is the share of images in the larger group."),
            Wrong(round(100 * 2 / n), "divides the groups by the classes", "Count pairs of label and answer."),
        ],
        check=lambda: round(100 * np.mean([(i < a) == (j < a) for i in range(n) for j in range(n) if i != j])),
    )


@template(10, "a standardised pixel")
def standardise(rng):
    value, mean, spread = 51 * int(rng.integers(0, 6)), pick(rng, [0.4, 0.45, 0.5, 0.55]), pick(rng, [0.2, 0.25, 0.5])
    x = value / 255
    exact = round((x - mean) / spread, 4)
    return Question(
        text=f"On a scale from 0 to 1 the red channel has mean {mean} and standard deviation {spread} over all training images. A red pixel "
             f"has the value {value} (of 255). What is it when standardised?",
        answer=exact,
        why=rf"$({value} / 255 - {mean}) / {spread} = ({x:g} - {mean}) / {spread} = {exact:g}$.",
        wrong=[
            Wrong(round((x - mean) / spread**2, 4), "divides by the variance",
                  "Divide by the standard deviation, the root of the variance."),
            Wrong(round((value - mean) / spread, 4), "mixes the scales",
                  "Mean and deviation are given from 0 to 1: divide the pixel by 255 first."),
            Wrong(round(x / spread, 4), "forgets the mean", "Subtract the mean first, so that the channel's average becomes 0."),
            Wrong(round(x / spread - mean, 4), "subtracts after dividing", "First subtract the mean, then divide."),
            Wrong(round(x, 4), "only scales", "That is the pixel from 0 to 1, not yet standardised."),
        ],
        check=lambda: round(float(((np.array([value]) / 255 - mean) * (1 / spread))[0]), 4),
    )


@template(10, "wrong statement: CIFAR-10", kind="choice")
def statements_10(rng):
    six = [(16, 64, 128), (8, 128, 256), (8, 256, 512), (4, 512, 1024)]
    return wrong_statement(rng, "Three of these statements about CIFAR-10 and its networks are right. Which one is **wrong**?", true=[
        ("In ShallowNet the dense layer holds more than 99 % of the parameters.", "thinks that convolutions hold the parameters",
         "655,370 of 657,162 parameters are in the dense layer.", lambda: 655_370 / shallow(32, 3, 64) > 0.99),
        ("From 0.48 to 0.61 are 13 percentage points, or 27 per cent of 0.48.", "mixes up points and per cent",
         r"$0.61 - 0.48 = 0.13$ and $0.13 / 0.48 = 0.27$ (errata, E12).", lambda: round(13 / 0.48) == 27 and erratum("E12", "13 percentage points")),
        ("Convolutions 3 and 4 of the six need equally many multiply-adds.", "thinks that more filters always mean more work",
         "Convolution 4 has four times the weights at a quarter of the places.", lambda: conv_macs(*six[0]) == conv_macs(*six[1])),
        ("A unit behind the six convolutions sees 29x29 pixels.", "adds up kernels without the strides",
         r"$1 + 2 \cdot (1 + 1 + 2 + 2 + 4 + 4) = 29$.", lambda: field([1, 2, 1, 2, 1, 2]) == 29),
        ("The labels of CIFAR-10 come as a column of shape (50000, 1).", "expects a vector of labels",
         "So they do, and comparing them with a vector of answers gives a table of all pairs.", lambda: printed("10-cifar10", "training "
         "labels (50000, 1)")),
        ("Of random errors 47 % would stay among animals or among vehicles.", "expects a half",
         r"$(6 \cdot 5 + 4 \cdot 3) / 90 = 0.47$: an error cannot name its own class.", lambda: within(6, 4) == 47),
    ], false=[
        ("The step from 0.48 to 0.61 is a gain of 13 per cent.",
         "It is 13 percentage *points*; relative to 0.48 it is 27 per cent (errata, E12).",
         lambda: round(13 / 0.48) == 13),
        ("In the six-convolution network most of the work is in the dense layers.",
         "The dense layers need 8 of 203 million multiply-adds; the last two convolutions do three quarters of the work.",
         lambda: 16_384 * 512 > sum(conv_macs(*layer) for layer in six)),
        ("In the six-convolution network most parameters sit in the convolutions.",
         "8.4 of 14.7 million parameters sit in the first dense layer.",
         lambda: 16_385 * 512 < 14_682_442 / 2),
        ("A small gap between training and validation accuracy shows a good network.",
         "A network that has learned nothing has no gap at all; look at the validation accuracy itself.",
         lambda: not (0.10 - 0.10 < 0.85 - 0.70)),
        ("The best of 60 epochs, picked with the test images, tells what to expect of new images.",
         "The best of many scores is partly luck; pick the epoch with validation images.",
         lambda: np.random.default_rng(3).normal(0.62, 0.005, 60).max() <= 0.62),
        ("The pixels' means for standardising may come from the test images as well.",
         "Then the network is told something about its test; a new photograph has no such mean.",
         lambda: np.isclose(np.mean([0.2, 0.4]), np.mean([0.2, 0.4, 0.9]))),
        ("If the loss stays at 2.30, the network overfits.",
         r"A loss of $\ln 10 = 2.30$ means ten equal probabilities: it has not begun to learn.",
         lambda: not np.isclose(math.log(10), 2.30, atol=0.01)),
    ])
