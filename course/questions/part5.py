"""Questions of part 5, beyond classification: transfer learning, segmentation, detection, Go and text."""

import math

import numpy as np

from . import Question, Wrong, grid, template
from .tools import Statement, big, choose, pick, some

# ---------------------------------------------------------------------------- chapter 18: transfer learning


def head_parameters(numbers, classes):
    """Parameters of a dense layer with biases on a code."""
    return (numbers + 1) * classes


@template(18, "a new head")
def a_new_head(rng):
    numbers, classes = pick(rng, 128, 256, 512, 1024), int(rng.integers(3, 21))
    return Question(
        text=f"A base gives {numbers} numbers for an image. Your head is one dense layer with a bias for each of {classes} classes. "
             "How many parameters does it have?",
        answer=head_parameters(numbers, classes), why=rf"$({numbers} + 1) \cdot {classes} = {big(head_parameters(numbers, classes))}$.",
        wrong=[
            Wrong(numbers * classes, "forgets the biases", f"Each of the {classes} classes has a bias, too."),
            Wrong(numbers + classes, "adds instead of multiplying", "Each class has a weight for each number of the code."),
            Wrong(numbers * classes + numbers, "gives the biases to the inputs", "A bias belongs to an output."),
            Wrong(numbers * classes + 1, "has one bias for the layer", f"There is one for each of the {classes} outputs."),
        ],
        check=lambda: sum(1 + sum(1 for _ in range(numbers)) for _ in range(classes)))


def separable(k, channels, filters):
    """Weights of a depthwise convolution and a 1x1 convolution, without biases."""
    return k * k * channels + channels * filters


@template(18, "depthwise and 1x1")
def depthwise_and_1x1(rng):
    channels, filters = pick(rng, 16, 32, 64, 128), pick(rng, 32, 64, 128, 256)
    right, whole = separable(3, channels, filters), 9 * channels * filters
    return Question(
        text=f"A depthwise 3×3 convolution on {channels} channels, then a 1×1 convolution with {filters} filters, both without biases. "
             "How many weights have they together?",
        answer=right, why=rf"$9 \cdot {channels} + {channels} \cdot {filters} = {big(right)}$; one ordinary 3×3 convolution has ${big(whole)}$.",
        wrong=[
            Wrong(whole, "takes an ordinary convolution", "A depthwise kernel looks at one channel only, and 1×1 kernels look at one pixel only."),
            Wrong(9 * channels + 9 * channels * filters, "gives the second kernel 3×3 pixels", "The second kernel has 1×1 pixels."),
            Wrong(9 + channels * filters, "shares one depthwise kernel", f"Each of the {channels} channels has a kernel of its own."),
            Wrong(9 * filters + channels * filters, "makes a depthwise kernel for each filter", "Depthwise there is one for each *input* channel."),
        ],
        check=lambda: len([0 for _ in range(channels) for _ in range(9)]) + len([0 for _ in range(channels) for _ in range(filters)]))


@template(18, "pixels from -1 to 1")
def pixels_from_minus_one_to_one(rng):
    pixel = int(rng.integers(0, 52)) * 5
    right = round(pixel / 127.5 - 1, 3)
    return Question(
        text=f"MobileNet wants pixels from −1 to 1. What becomes of the value {pixel} (of 0 to 255)? Three decimals.",
        answer=right, why=rf"${pixel} / 127.5 - 1 = {right:g}$.",
        wrong=[
            Wrong(round(pixel / 255, 3), "scales to 0 to 1", "That range has no negative half: black must become −1."),
            Wrong(round(pixel / 127.5, 3), "forgets to subtract 1", "Division by 127.5 alone gives 0 to 2."),
            Wrong(round(pixel / 255 - 0.5, 3), "centres without stretching", "That gives −0.5 to 0.5."),
            Wrong(float(pixel), "leaves the pixel as it is", "The base never saw such large inputs."),
            Wrong(round(1 - pixel / 127.5, 3), "turns black into white", "0 must become −1, 255 must become 1."),
        ],
        check=lambda: round(-1 + 2 * (pixel / 255), 3))


@template(18, "how many images pass")
def how_many_images_pass(rng):
    images, epochs = pick(rng, 500, 1000, 2000, 5000), int(rng.integers(5, 31))
    return Question(
        text=f"The base is frozen and nothing is augmented. You keep the codes of {images:,d} images and train the head for {epochs} epochs. "
             "How many images must pass through the base?",
        answer=images, why=f"A frozen base gives the same code each time, so each of the {images:,d} images passes once.",
        wrong=[
            Wrong(images * epochs, "sends each image through in each epoch", "The codes are kept; only the head sees them again."),
            Wrong(images * (epochs + 1), "adds one pass to those of the epochs", "The epochs read the kept codes."),
            Wrong(0, "thinks that a frozen base is not used", "Somebody must compute the codes once."),
            Wrong(epochs, "counts epochs", "What passes are images."),
        ],
        check=lambda: len({image for epoch in range(epochs) for image in range(images)}))


@template(18, "what trains")
def what_trains(rng):
    blocks, frozen = int(rng.integers(8, 15)), int(rng.integers(2, 7))
    right = blocks - frozen + 2
    return Question(
        text=f"A base of {blocks} layers, each with one kernel and no bias. The first {frozen} are frozen. A head with kernel and bias stands on "
             "top. How many arrays are in `model.trainable_variables` after compiling?",
        answer=right, why=f"${blocks} - {frozen}$ kernels of the base and the head's kernel and bias: {right}.",
        wrong=[
            Wrong(blocks + 2, "forgets to take the frozen ones off", "Frozen layers stand in `non_trainable_variables`."),
            Wrong(blocks - frozen, "forgets the head", "The head trains, too: a kernel and a bias."),
            Wrong(2, "unfreezes nothing", f"Only the first {frozen} layers are frozen."),
            Wrong(blocks - frozen + 1, "forgets the head's bias", "A dense layer has a kernel and a bias."),
            Wrong(frozen + 2, "counts the frozen ones", f"The other {blocks - frozen} train."),
        ],
        check=lambda: len([n for n in range(blocks) if n >= frozen] + ["kernel", "bias"]))


@template(18, "the nearest code", kind="choice")
def the_nearest_code(rng):
    query = [int(v) for v in rng.integers(1, 5, 3)]
    scale = pick(rng, 2, 3)
    codes = {"A": [scale * v for v in query]}
    while len(codes) < 4:
        other = [int(v) for v in rng.integers(0, 6, 3)]
        if sum(other) and _cosine(query, other) < 0.97:
            codes["ABCD"[len(codes)]] = other
    names = list("ABCD")
    order = [int(i) for i in rng.permutation(4)]
    shown = {names[place]: list(codes.values())[i] for place, i in enumerate(order)}
    right = names[order.index(0)]
    closest = min(names, key=lambda name: math.dist(query, shown[name]))
    wrong = [Wrong(name, "goes by the distance" if name == closest else "goes by single numbers",
                   f"Its cosine with the query is {_cosine(query, shown[name]):.2f}; the longer code {right} has 1.")
             for name in names if name != right]
    return Question(
        text=f"A search takes the code with the largest *cosine*. The query's code is ({', '.join(map(str, query))}). Which image comes first?"
             + grid([[name, *code] for name, code in shown.items()], ["image", "1", "2", "3"]),
        answer=right, why=f"Code {right} is the query's times {scale}: the same direction, cosine 1.", wrong=wrong, choices=names,
        check=lambda: max(names, key=lambda name: sum(a * b for a, b in zip(query, shown[name])) ** 2 / sum(b * b for b in shown[name])))


def _cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.hypot(*a) / math.hypot(*b)


@template(18, "fine-tuning, a wrong sentence", kind="choice")
def fine_tuning_a_wrong_sentence(rng):
    true = [
        Statement("The new head is trained before the base is unfrozen.", lambda: True, "A random head would send random gradients into the base.",
                  "doubts the order"),
        Statement("After `trainable` was changed, the model is compiled again.", lambda: True, "The training step was built for the old setting.",
                  "forgets to compile"),
        Statement("Fine-tuning takes a smaller learning rate than training from scratch.", lambda: True,
                  "Large steps destroy what was borrowed.", "takes a large rate"),
        Statement("Batch normalisation that is not trainable works as at inference, even during `fit`.", lambda: True,
                  "In Keras `trainable = False` does both for this layer.", "mixes up trainable and training"),
    ]
    false = [
        Statement("With `base.trainable = False`, the base's weights move a little during `fit`.", lambda: False,
                  "They do not move at all; a checksum shows it."),
        Statement("A wrong pixel scale raises an error in the first layer.", lambda: False, "It runs without an error, and the accuracy falls."),
        Statement("The earliest layers are the most specific to ImageNet's classes.", lambda: False,
                  "They are the most general: edges and blobs of colour."),
        Statement("Setting `trainable = True` is enough; compiling again only costs time.", lambda: False,
                  "Until then the old training step leaves the base alone."),
    ]
    return choose(rng, "Which sentence on fine-tuning is wrong?", false, true)


# ---------------------------------------------------------------------------- chapter 23: text


def text_filter(height, d, filters):
    """Parameters of the filters of one height, biases included."""
    return (height * d + 1) * filters


@template(23, "filters over words", reads=("23-text", r"^height 3 +([\d,]+)"), example=lambda: text_filter(3, 32, 100))
def filters_over_words(rng):
    height, d, filters = int(rng.integers(2, 6)), pick(rng, 16, 32, 50, 64), pick(rng, 10, 50, 100)
    right = text_filter(height, d, filters)
    return Question(
        text=f"Each word is a vector of {d} numbers. A `Conv1D` layer has {filters} filters of height {height}, with biases. How many "
             "parameters?",
        answer=right, why=rf"$({height} \cdot {d} + 1) \cdot {filters} = {big(right)}$.",
        wrong=[
            Wrong(height * d * filters, "forgets the biases", "Each filter has one."),
            Wrong((height + 1) * filters, "takes vectors of one number", f"A filter is as wide as the matrix: {d} columns."),
            Wrong((height * height * d + 1) * filters, "takes a square window", f"The window is {height} words high and slides in one direction."),
            Wrong((height * d + 1) * filters + d, "adds a word", "The vectors of words belong to another layer."),
        ],
        check=lambda: sum(len([0 for _ in range(height) for _ in range(d)]) + 1 for _ in range(filters)))


@template(23, "places of a filter")
def places_of_a_filter(rng):
    words, height = int(rng.integers(8, 57)), int(rng.integers(3, 6))
    return Question(
        text=f"A filter of height {height} slides over a sentence of {words} words, without padding. How many responses does it give?",
        answer=words - height + 1, why=f"${words} - {height} + 1 = {words - height + 1}$.",
        wrong=[
            Wrong(words - height, "forgets the first place", "Add 1: the filter stands at the start, too."),
            Wrong(words, "pads", "Without padding the last windows do not fit."),
            Wrong(words // height, "moves a whole window at a time", "The stride is 1 word."),
            Wrong(words - height - 1, "takes one too many off", f"Windows begin at words 1 to {words - height + 1}."),
            Wrong(words + height - 1, "lets it hang over the ends", "Only whole windows count."),
        ],
        check=lambda: sum(1 for start in range(words) if start + height <= words))


@template(23, "numbers for a sentence")
def numbers_for_a_sentence(rng):
    filters, heights = pick(rng, 20, 50, 100, 128), pick(rng, (3, 4), (3, 4, 5), (2, 3, 4, 5))
    words = int(rng.integers(12, 40))
    right = filters * len(heights)
    return Question(
        text=f"Filters of the heights {', '.join(map(str, heights))}, {filters} of each, read a sentence of {words} words. Each is followed by the "
             "maximum over time. How many numbers reach the dense layer?",
        answer=right, why=rf"One number for each filter: ${len(heights)} \cdot {filters} = {right}$, however long the sentence.",
        wrong=[
            Wrong(sum(filters * (words - h + 1) for h in heights), "forgets the maximum", "Of all places of a filter one number is left."),
            Wrong(filters, "counts one height", f"There are {len(heights)} heights."),
            Wrong(sum(heights) * filters, "multiplies by the heights", "A filter gives one number, however high it is."),
            Wrong(len(heights), "counts heights only", f"Each height has {filters} filters."),
        ],
        check=lambda: len([max(range(words - h + 1)) for h in heights for _ in range(filters)]))


@template(23, "the maximum over time")
def the_maximum_over_time(rng):
    d = 2
    vectors = {word: [int(v) for v in rng.integers(-3, 5, d)] for word in ("a", "very", "dull", "film")}
    kernel = [[int(v) for v in rng.integers(-2, 3, d)] for _ in range(2)]
    words = some(rng, 4, list(vectors))
    rows = [vectors[word] for word in words]
    responses = [sum(x * w for row, weights in zip(rows[i:i + 2], kernel) for x, w in zip(row, weights)) for i in range(3)]
    right = max(responses)
    return Question(
        text=f"The rows are the words of a sentence, two numbers each. A filter of height 2 has the weights ({kernel[0][0]}, {kernel[0][1]}) for its first "
             f"and ({kernel[1][0]}, {kernel[1][1]}) for its second word, bias 0. What is the maximum over time, without a ReLU?"
             + grid([[word, *row] for word, row in zip(words, rows)], ["word", "1", "2"]),
        answer=right, why=f"The three windows give {', '.join(map(str, responses))}.",
        wrong=[
            Wrong(responses[0], "stops at the first window", "There are three windows."),
            Wrong(sum(responses), "adds the windows", "The maximum keeps one of them."),
            Wrong(max(abs(r) for r in responses), "takes the largest size", "A negative response is no hit."),
            Wrong(min(responses), "takes the smallest", "The maximum is the largest."),
            Wrong(max(sum(x * w for x, w in zip(row, kernel[0])) for row in rows), "reads one word at a time", "A window holds two words."),
            Wrong(responses[-1], "takes the last window", "The maximum asks all windows."),
        ],
        check=lambda: sorted(kernel[0][0] * a[0] + kernel[0][1] * a[1] + kernel[1][0] * b[0] + kernel[1][1] * b[1]
                             for a, b in zip(rows, rows[1:]))[-1])


@template(23, "parameters of word vectors", reads=("23-text", r"^word vectors +([\d,]+)"), example=lambda: 18_370 * 32)
def parameters_of_word_vectors(rng):
    words, d = int(rng.integers(50, 200)) * 100, pick(rng, 32, 50, 100, 300)
    right = (words + 1) * d
    return Question(
        text=f"A vocabulary of {words:,d} words, and the number 0 for padding. An `Embedding` layer gives each a vector of {d} numbers. How many "
             "parameters?",
        answer=right, why=rf"$({big(words)} + 1) \cdot {d} = {big(right)}$.",
        wrong=[
            Wrong(words * d, "forgets the padding's row", "Number 0 has a row, too."),
            Wrong(words + d, "adds", "Each word has a vector of its own."),
            Wrong((words + 1) * (d + 1), "adds biases", "A lookup has no bias."),
            Wrong((words + 1) ** 2, "takes one-hot vectors", f"The vectors have {d} numbers."),
        ],
        check=lambda: sum(d for _ in range(words + 1)))


@template(23, "folds")
def folds(rng):
    count, parts = int(rng.integers(20, 121)) * 100, pick(rng, 5, 10, 20)
    test = count // parts
    right = count - test
    return Question(
        text=f"{count:,d} sentences, {parts}-fold cross-validation. How many sentences are *not* for testing in one of the runs?",
        answer=right, why=rf"One fold of ${big(test)}$ is for testing: ${big(count)} - {big(test)} = {big(right)}$.",
        wrong=[
            Wrong(test, "counts the test fold", "These are tested in this run."),
            Wrong(count, "forgets that a fold is held back", f"Each run holds back one of {parts} folds."),
            Wrong(count // 2, "cuts in half", f"A fold is one of {parts} equal parts."),
            Wrong(count - 2 * test, "holds two folds back for testing", "One fold is for testing in each run."),
        ],
        check=lambda: sum(1 for sentence in range(count) if sentence % parts != 0))


@template(23, "text, a wrong sentence", kind="choice")
def text_a_wrong_sentence(rng):
    true = [
        Statement("The maximum over time does not depend on where in the sentence a phrase stands.",
                  lambda: max([3, 1, 0]) == max([0, 1, 3]), "It keeps the largest response of all places.", "thinks that the place counts"),
        Statement("The maximum over time does not tell how often a phrase occurs.", lambda: max([3, 1]) == max([3, 1, 3]),
                  "Twice the same response has the same maximum.", "thinks that repetition counts"),
        Statement("A bag of words gives a shuffled sentence the same score.", lambda: sorted("abc") == sorted("cab"),
                  "It only counts which words there are.", "thinks that a bag knows the order"),
        Statement("A filter over words is as wide as the word vectors.", lambda: True, "Neighbouring columns of a word vector have no order.",
                  "slides in two directions"),
    ]
    false = [
        Statement("A filter of height 3 can tell that a *not* stands six words before it.", lambda: 6 < 3, "It sees three words."),
        Statement("The epoch may be chosen on the test fold, as long as the average of all folds is reported.", lambda: False,
                  "Then each fold's score is the best of several looks at it."),
        Statement("A longer sentence gives the dense layer more numbers.", lambda: len([max(range(9))]) > len([max(range(5))]),
                  "The maximum leaves one number for each filter."),
        Statement("Looking up word vectors costs a multiply-add for each word of the vocabulary.", lambda: False, "A lookup reads one row."),
    ]
    return choose(rng, "Which sentence on convolutions over text is wrong?", false, true)


# ---------------------------------------------------------------------------- chapter 19: segmentation


def came_up(n, k, s, p=0):
    """Side of the output of a transposed convolution: the input size to which a convolution gives n."""
    return (n - 1) * s + k - 2 * p


@template(19, "side after a transposed convolution")
def side_after_a_transposed_convolution(rng):
    n, k, s = int(rng.integers(4, 33)), int(rng.integers(3, 6)), int(rng.integers(2, 4))
    return Question(
        text=f"A transposed convolution with a {k}×{k} kernel and stride {s}, without padding (*valid*), reads maps of {n}×{n}. How many values "
             "has one side of its output?",
        answer=came_up(n, k, s), why=rf"$({n} - 1) \cdot {s} + {k} = {came_up(n, k, s)}$: the last stamp begins at ${(n - 1) * s}$.",
        wrong=[
            Wrong((n - k) // s + 1, "goes down instead of up", "That is the convolution of which this one is the transpose."),
            Wrong(n * s, "multiplies by the stride alone", "That is *same*; the last stamp sticks out here."),
            Wrong(n * s + k, "begins the last stamp too late", f"{n} stamps have {n - 1} steps between them."),
            Wrong(n + k - 1, "forgets the stride", f"Neighbouring stamps lie {s} places apart."),
            Wrong((n - 1) * s, "forgets the kernel's width", f"The last stamp covers {k} places."),
        ],
        check=lambda: len({start * s + i for start in range(n) for i in range(k)} | set(range((n - 1) * s))))


@template(19, "intersection over union")
def intersection_over_union(rng):
    both, first, second = int(rng.integers(10, 60)), int(rng.integers(5, 40)), int(rng.integers(5, 40))
    right = round(both / (both + first + second), 3)
    return Question(
        text=f"For one class {both} pixels are both predicted and true, {first} are predicted only, {second} are true only. "
             "What is its IoU? Three decimals.",
        answer=right, why=rf"${both} / ({both} + {first} + {second}) = {right:g}$.",
        wrong=[
            Wrong(round(both / (both + first), 3), "gives the precision", "True pixels that were not found count in the union, too."),
            Wrong(round(both / (both + second), 3), "gives the recall", "Pixels that were predicted in vain count in the union, too."),
            Wrong(round(2 * both / (2 * both + first + second), 3), "gives the Dice score", "IoU counts the intersection once."),
            Wrong(round(both / (2 * both + first + second), 3), "counts the intersection twice in the union", "The union holds each pixel once."),
            Wrong(round((first + second) / (both + first + second), 3), "counts the errors", "The intersection stands above the line."),
        ],
        check=lambda: round(len(set(range(both + first)) & set(range(first, first + both + second)))
                            / len(set(range(both + first)) | set(range(first, first + both + second))), 3))


@template(19, "pixel accuracy of nothing")
def pixel_accuracy_of_nothing(rng):
    side, items, pixels = pick(rng, 32, 48, 64), int(rng.integers(2, 6)), int(rng.integers(8, 30)) * 5
    if items * pixels > side * side / 3:
        items, pixels = 2, 100
    right = round(100 * (1 - items * pixels / side**2), 1)
    return Question(
        text=f"A scene of {side}×{side} pixels holds {items} items of {pixels} pixels each, none hidden. A network calls everything background. "
             "What is its pixel accuracy? One decimal.",
        answer=right, unit="%", why=rf"${big(side**2 - items * pixels)}$ of ${big(side**2)}$ pixels are background: {right:g} %.",
        wrong=[
            Wrong(0.0, "thinks that who finds nothing gets nothing", "Background is right nearly everywhere; that is why pixel accuracy lies."),
            Wrong(round(100 * items * pixels / side**2, 1), "counts the items", "Their pixels are the ones that are wrong."),
            Wrong(round(100 * (1 - pixels / side**2), 1), "counts one item", f"There are {items}."),
            Wrong(50.0, "guesses a half", "Accuracy counts pixels, not classes."),
            Wrong(round(100 / (items + 1), 1), "counts classes", "Each pixel counts, and most are background."),
        ],
        check=lambda: round(100 * sum(1 for pixel in range(side**2) if pixel >= items * pixels) / side**2, 1))


@template(19, "windows or one pass")
def windows_or_one_pass(rng):
    side, window = pick(rng, 48, 64, 96, 128), pick(rng, 15, 17, 21, 33)
    right = (side - window + 1) ** 2
    return Question(
        text=f"A network classifies the middle pixel of a {window}×{window} window. Instead of one fully convolutional pass you cut every window out of "
             f"an image of {side}×{side}, without padding. How many times does the network run?",
        answer=right, why=rf"$({side} - {window} + 1)^2 = {big(right)}$ places.",
        wrong=[
            Wrong(side**2, "gives border pixels a window", "Without padding their windows do not fit."),
            Wrong((side // window) ** 2, "puts the windows side by side", "The window moves by one pixel."),
            Wrong(side - window + 1, "moves in one direction", "The window moves down and to the side."),
            Wrong((side - window) ** 2, "forgets the first place", "Add 1 in each direction."),
        ],
        check=lambda: sum(1 for r in range(side) for c in range(side) if r + window <= side and c + window <= side))


@template(19, "checkerboard", kind="choice")
def checkerboard(rng):
    k, s = pick(rng, (3, 2), (5, 2), (4, 3), (5, 3), (4, 2), (6, 2), (6, 3))
    counts = sorted({sum(1 for start in range(-20, 21) if 0 <= place - start * s < k) for place in range(s)})
    right = " and ".join(map(str, counts)) if len(counts) > 1 else f"{counts[0]} everywhere"
    low, high = k // s, k // s + 1
    values = [f"{low} and {high}", f"{low} everywhere", f"{high} everywhere", f"{k} everywhere", f"{max(1, low - 1)} and {low}"]
    why = {f"{low} and {high}": "Unequal counts need a kernel that the stride does not divide."}
    return Question(
        text=f"In one direction: a transposed convolution with a kernel of {k} and stride {s}. How many stamps cover a place, far from the border?",
        answer=right, why=f"{k} is {'' if k % s == 0 else 'not '}a multiple of {s}, so the counts are {'equal' if k % s == 0 else 'unequal: a checkerboard'}.",
        wrong=[Wrong(value, "counts the overlaps wrongly" if "and" in value else "takes the counts for equal" if k % s else "takes another number of overlaps",
                     why.get(value, f"Stamps of {k} begin every {s} places: count them on paper.")) for value in values if value != right],
        check=lambda: (lambda covered: " and ".join(map(str, covered)) if len(covered) > 1 else f"{covered[0]} everywhere")(
            sorted({len([start for start in range(0, 300, s) if start <= place < start + k]) for place in range(100, 160)})))


@template(19, "mean IoU")
def mean_iou(rng):
    values = [int(v) * 5 for v in rng.integers(8, 19, 3)] + [95]
    right = round(sum(values) / 4 / 100, 4)
    return Question(
        text=f"IoU of three classes of items: {values[0] / 100:g}, {values[1] / 100:g} and {values[2] / 100:g}; of the background, which fills "
             "nine tenths of the pixels: 0.95. What is the mean IoU over all four classes? Four decimals.",
        answer=right, why="The mean gives each class the same weight, background included.",
        wrong=[
            Wrong(round(sum(values[:3]) / 3 / 100, 4), "leaves out the background", "Here it is one of the four classes."),
            Wrong(round((0.9 * 95 + 0.1 * sum(values[:3]) / 3) / 100, 4), "weighs by pixels", "Then the background would drown all others; the mean does not."),
            Wrong(round(sorted(values)[1] / 100, 4), "takes a middle value", "The mean adds up and divides."),
            Wrong(0.95, "takes the background's", "It is one class of four."),
            Wrong(min(values) / 100, "takes the worst class", "The mean adds up and divides."),
        ],
        check=lambda: round(float(np.mean([v / 100 for v in values])), 4))


@template(19, "segmentation, a wrong sentence", kind="choice")
def segmentation_a_wrong_sentence(rng):
    true = [
        Statement("A fully convolutional network reads images of any size.", lambda: True, "A kernel does not know how large the image is.",
                  "thinks of a dense layer"),
        Statement("A skip connection brings back *where* things are.", lambda: True, "Early maps have more places.", "undervalues early maps"),
        Statement("Max pooling can remember its winners' places for unpooling.", lambda: True, "That is how SegNet comes up again.", "forgets the places"),
        Statement("A class of few pixels counts in the mean IoU as much as a large one.", lambda: True, "The mean is over classes.", "weighs by pixels"),
    ]
    false = [
        Statement("A transposed convolution is the inverse of a convolution.", lambda: False, "It has the shapes of the way back, not the values: it is the transpose."),
        Statement("With 0.95 of the pixels right, a segmentation is good.", lambda: False, "All background may reach that."),
        Statement("Bilinear up-sampling learns its weights.", lambda: False, "Its weights are fixed; a transposed convolution learns."),
        Statement("A mask of class numbers may be resized bilinearly.", lambda: False, "Between 2 and 6 that invents class 4; take the nearest."),
    ]
    return choose(rng, "Which sentence on segmentation is wrong?", false, true)


# ---------------------------------------------------------------------------- chapter 20: detection


def shifted(side, down, right):
    """IoU of a square and its copy moved down and to the right."""
    both = (side - down) * (side - right)
    return both / (2 * side * side - both)


@template(20, "overlap of two boxes", reads=("20-detection", r"\[\[1\.\s+(0\.\d+)"), example=lambda: shifted(20, 2, 2))
def overlap_of_two_boxes(rng):
    side, down, right = int(rng.integers(10, 31)), int(rng.integers(1, 8)), int(rng.integers(1, 8))
    both, area = (side - down) * (side - right), side * side
    return Question(
        text=f"A box of {side}×{side} pixels, and a second one of the same size {down} pixels further down and {right} further right. "
             "What is their intersection over union? Three decimals.",
        answer=round(shifted(side, down, right), 3), why=rf"Common are ${side - down} \cdot {side - right} = {both}$ pixels, together they have $2 \cdot {area} - {both} = {big(2 * area - both)}$.",
        wrong=[
            Wrong(round(both / area, 3), "divides by one box", "Below the line stand all pixels that either box has."),
            Wrong(round(both / (2 * area), 3), "counts the common pixels twice in the union", "The union holds each pixel once."),
            Wrong(round(2 * both / (2 * area), 3) if down != right else round((side - down) / (2 * side - (side - down)), 3), "takes another measure", "Common pixels above, all pixels below, each once."),
            Wrong(round(down * right / (2 * area - down * right), 3), "multiplies the shifts", f"The common part is {side - down} high and {side - right} wide."),
            Wrong(round((both / area) ** 2, 3), "squares the share", "Areas are already products of two sides."),
        ],
        check=lambda: (lambda a, b: round(len(a & b) / len(a | b), 3))(
            {(r, c) for r in range(side) for c in range(side)}, {(r + down, c + right) for r in range(side) for c in range(side)}))


def crops(height, width, h, w, step):
    """Places of one window in an image."""
    return ((height - h) // step + 1) * ((width - w) // step + 1)


@template(20, "crops of a sliding window")
def crops_of_a_sliding_window(rng):
    height, width = int(rng.integers(20, 41)) * 10, int(rng.integers(42, 65)) * 10
    h, w, step = pick(rng, 48, 64, 96), pick(rng, 32, 80, 128), pick(rng, 2, 4, 8)
    right = crops(height, width, h, w, step)
    return Question(
        text=f"A window of {h}×{w} pixels (height×width) slides over an image of {height}×{width} in steps of {step} pixels and stays inside. How many crops does the classifier see?",
        answer=right, why=rf"$(\lfloor ({height} - {h}) / {step} \rfloor + 1) \cdot (\lfloor ({width} - {w}) / {step} \rfloor + 1) = {big(right)}$. More scales and shapes multiply that.",
        wrong=[
            Wrong(((height - h) // step) * ((width - w) // step), "forgets the first place", "The window stands in the corner, too: add 1 in each direction."),
            Wrong((height // step) * (width // step), "lets the window stick out", "At the lower and right edge it would leave the image."),
            Wrong((height - h + 1) * (width - w + 1), "forgets the step", f"It moves {step} pixels at a time."),
            Wrong((height // h) * (width // w), "puts windows side by side", f"They overlap: the next one begins {step} pixels further."),
            Wrong((height - h + 1) * (width - w + 1) // step, "divides by the step once", "The step counts in both directions."),
        ],
        check=lambda: len(range(0, height - h + 1, step)) * len(range(0, width - w + 1, step)))


def area_under(right, items):
    """Average precision at 101 recalls."""
    found = np.cumsum(right)
    recall, precision = found / items, found / np.arange(1, len(right) + 1)
    return float(np.mean([precision[recall >= at - 1e-9].max(initial=0) for at in np.arange(101) / 100]))


@template(20, "average precision of two items", reads=("20-detection", r"\[1, 0, 1\]\s+AP (0\.\d+)"), example=lambda: area_under([1, 0, 1], 2))
def average_precision_of_two_items(rng):
    before, between = int(rng.integers(0, 3)), int(rng.integers(1, 4))
    right = [0] * before + [1] + [0] * between + [1]
    first, last = 1 / (before + 1), 2 / len(right)
    best = max(first, last)
    answer = round((51 * best + 50 * last) / 101, 4)
    words = ", ".join("right" if r else "wrong" for r in right)
    return Question(
        text=f"A class has two items. The detections, the surest first, are: {words}. What is the average precision over the 101 recalls 0, 0.01, ..., 1? Four decimals.",
        answer=answer, why=rf"The best precision for the 51 recalls up to 0.5 is ${best:.4g}$, for the other 50 it is ${last:.4g}$; their mean is ${answer:g}$.",
        wrong=[
            Wrong(round(2 / len(right), 4), "gives the precision of the whole list", "Average precision looks at each recall."),
            Wrong(1.0, "gives the recall", "Both items are found, but wrong detections stand before them."),
            Wrong(round((51 * best) / 101, 4), "stops at the first item", "The second item is found, too, at a lower precision."),
            Wrong(round(1 - (before + between) / len(right) / 2, 4), "counts each wrong one as a half", "The place of a wrong detection decides."),
            Wrong(round(float(np.mean(np.cumsum(right) / np.arange(1, len(right) + 1))), 4), "takes the mean over the detections", "The mean is over recalls: a point of the list is no recall of its own."),
        ],
        check=lambda: round(area_under(right, 2), 4))


@template(20, "anchors of a feature map", reads=("20-detection", r"anchors: (\d+) = 16 x 16 x 3"), example=lambda: (64 // 4) ** 2 * 3)
def anchors_of_a_feature_map(rng):
    stride = pick(rng, 4, 8, 16)
    rows, columns, scales, ratios = int(rng.integers(8, 33)), int(rng.integers(8, 33)), pick(rng, 1, 3, 4), pick(rng, 2, 3)
    right = rows * columns * scales * ratios
    return Question(
        text=f"A backbone with a stride of {stride} reads an image of {rows * stride}×{columns * stride} pixels. Around each cell of its map stand anchors of {scales} "
             f"{'size' if scales == 1 else 'sizes'} and {ratios} aspect ratios. How many anchors has the image?",
        answer=right, why=rf"The map has ${rows} \cdot {columns}$ cells, each has ${scales} \cdot {ratios}$ anchors: ${big(right)}$.",
        wrong=[
            Wrong(rows * columns * (scales + ratios), "adds sizes and ratios", "Each size comes with each ratio."),
            Wrong(right * stride * stride, "puts anchors at each pixel", f"A cell stands for {stride}×{stride} pixels."),
            Wrong(right * stride, "applies the stride in one direction", "Height and width are both divided by it."),
            Wrong(rows * columns, "counts the cells", f"Each cell has {scales * ratios} anchors."),
            Wrong(4 * right, "counts the deltas", "Each anchor has four deltas; asked are the anchors."),
        ],
        check=lambda: sum(1 for r in range(0, rows * stride, stride) for c in range(0, columns * stride, stride) for _ in range(scales * ratios)))


@template(20, "a box rounded to cells")
def a_box_rounded_to_cells(rng):
    stride = pick(rng, 8, 16, 32)
    cell, rest = int(rng.integers(2, 12)), int(rng.integers(1, stride))
    if rest == stride // 2:
        rest += 1
    edge = cell * stride + rest
    right = min(rest, stride - rest)
    return Question(
        text=f"RoI pooling rounds the upper edge of a box, {edge} pixels from the top, to whole cells of a feature map with a stride of {stride}. By how many pixels does that move the edge?",
        answer=right, unit="pixels", why=f"{edge} / {stride} is {edge / stride:g}, rounded {round(edge / stride)}: {round(edge / stride) * stride} pixels. RoIAlign would not move it.",
        wrong=[
            Wrong(stride - right, "rounds to the other side", "The nearest whole cell counts."),
            Wrong(0, "thinks of RoIAlign", "Pooling works on whole cells."),
            Wrong(stride // 2, "gives the largest possible error", "That happens only halfway between two cells."),
            Wrong(stride, "gives a whole cell", "Rounding moves an edge by half a cell at most."),
            Wrong(round(edge / stride), "gives the cell", "Asked is the way from the old edge to the new one."),
        ],
        check=lambda: min(abs(edge - k * stride) for k in range(edge + 1)))


@template(20, "box deltas")
def delta_of_a_box(rng):
    height, top, move = int(rng.integers(4, 13)) * 4, int(rng.integers(5, 30)), int(rng.integers(1, 6)) * pick(rng, -1, 1)
    stretch = pick(rng, 1.25, 1.5, 2)
    tall = height * stretch
    new_top = top + height / 2 + move - tall / 2
    right = round(move / height, 4)
    return Question(
        text=f"A proposal reaches from row {top} to row {top + height}, its item from row {new_top:g} to row {new_top + tall:g}. What is the delta of the middle in the "
             "direction of the rows, before it is multiplied by 10? Four decimals.",
        answer=right, why=rf"The middles are {top + height / 2:g} and {new_top + tall / 2:g}; the way is measured in heights of the proposal: ${move} / {height} = {right:g}$.",
        wrong=[
            Wrong(round((new_top - top) / height, 4), "compares the upper edges", "Deltas lead from middle to middle; the size has a delta of its own."),
            Wrong(round(move / tall, 4), "divides by the item's height", "At test time the item's height is not known, the proposal's is."),
            Wrong(move, "gives pixels", "In heights of the proposal large and small boxes ask for the same numbers."),
            Wrong(round(-move / height, 4), "goes the other way", "Deltas lead from the proposal to the item."),
            Wrong(round(math.log(stretch), 4), "gives the delta of the height", "That one is the logarithm of the ratio of the heights."),
        ],
        check=lambda: round((np.mean([new_top, new_top + tall]) - np.mean([top, top + height])) / len(range(top, top + height)), 4))


@template(20, "detection, a wrong sentence", kind="choice")
def detection_a_wrong_sentence(rng):
    true = [
        Statement("A second box on an item that is found already counts as wrong.", lambda: area_under([1, 0], 1) == 1 and area_under([0, 1], 1) < 1,
                  "Each item can be found once.", "lets duplicates count"),
        Statement("Wrong detections below all right ones cost no average precision, once each item is found.", lambda: area_under([1, 1, 0, 0], 2) == 1,
                  "The best precision at each recall stays.", "takes AP for precision"),
        Statement("Fast R-CNN runs its backbone once for an image, R-CNN once for a proposal.", lambda: True, "That is what makes it fast.", "confuses the two"),
        Statement("An overlap of 0.6 is right for AP50 and wrong at a threshold of 0.75.", lambda: 0.5 <= 0.6 < 0.75, "AP50 asks for 0.5.", "takes one threshold for all"),
        Statement("RoIAlign reads between the cells of a feature map.", lambda: True, "It interpolates.", "thinks of RoI pooling"),
    ]
    false = [
        Statement("Two boxes that do not overlap may have a negative IoU.", lambda: shifted(4, 4, 0) < 0, "Without common pixels it is 0."),
        Statement("Suppression with a threshold of 0.5 never loses a true item.", lambda: False, "Of two items side by side whose boxes overlap by more, one is lost."),
        Statement("In Mask R-CNN the masks of the classes compete in a softmax.", lambda: False, "Each class has a sigmoid of its own; the class comes from the other head."),
        Statement("Faster R-CNN takes its proposals from selective search.", lambda: False, "It learns them: anchors and objectness."),
        Statement("An anchor with an overlap between the two bounds is trained as ground.", lambda: False, "It counts nothing."),
    ]
    return choose(rng, "Which sentence on detection is wrong?", false, true)


# ---------------------------------------------------------------------------- chapter 21: Go


def policy_parameters(planes, filters, layers, points):
    """Parameters of AlphaGo's policy network: a 5x5 layer, 3x3 layers, a 1x1 layer with a bias for each point."""
    return (25 * planes + 1) * filters + (layers - 2) * (9 * filters + 1) * filters + filters + points


@template(21, "the policy network")
def the_policy_network(rng):
    filters, side = pick(rng, 64, 96, 128, 192, 256), pick(rng, 9, 13, 19)
    right = policy_parameters(48, filters, 13, side**2)
    deep = (9 * filters + 1) * filters
    return Question(
        text=f"AlphaGo's policy network on a {side}×{side} board with 48 planes and {filters} filters: a 5×5 layer, eleven 3×3 layers, one 1×1 filter "
             "without a shared bias, and a bias for each point. How many parameters?",
        answer=right,
        why=rf"$(25 \cdot 48 + 1) \cdot {filters} + 11 \cdot (9 \cdot {filters} + 1) \cdot {filters} + {filters} + {side**2} = {big(right)}$.",
        wrong=[
            Wrong(right - side**2 + 1, "shares the last bias", f"Each of the {side**2} points has its own."),
            Wrong(right + deep, "counts twelve 3×3 layers", "Layers 2 to 12 are eleven."),
            Wrong(right - 11 * filters - filters, "forgets the biases of the filters", "Every filter of the first twelve layers has one."),
            Wrong(right - 25 * 48 * filters + 9 * 48 * filters, "makes the first layer 3×3", "The first kernels are 5×5."),
            Wrong(right + (filters - 1) * side**2, "ends with a dense layer", "The last layer is a 1×1 convolution: one weight for each map."),
        ],
        check=lambda: sum((k * k * into + 1) * filters for k, into in [(5, 48)] + [(3, filters)] * 11) + filters + side * side)


@template(21, "receptive field of a policy")
def receptive_field_of_a_policy(rng):
    layers = int(rng.integers(3, 14))
    right = 5 + 2 * (layers - 1)
    return Question(
        text=f"A 5×5 layer and then {layers - 1} layers of 3×3, all with stride 1. How many points wide is the receptive field of one output?",
        answer=right, why=rf"$5 + 2 \cdot {layers - 1} = {right}$.",
        wrong=[
            Wrong(5 + 3 * (layers - 1), "adds whole kernels", "A 3×3 kernel adds one point on each side."),
            Wrong(3 + 2 * (layers - 1), "begins with 3", "The first kernel is 5 wide."),
            Wrong(5 + (layers - 1), "adds one side only", "Each 3×3 layer adds a point on both sides."),
            Wrong(5, "looks at the first layer", "Each layer looks a little further."),
            Wrong(5 + 2 * layers, "counts the first layer twice", f"There are {layers - 1} layers of 3×3."),
        ],
        check=lambda: len({0 + a + sum(b) for a in range(-2, 3) for b in ([step] * (layers - 1) for step in (-1, 0, 1))}
                          | set(range(-2 - layers + 1, 3 + layers - 1))))


def _beside(stones):
    """The points above, below, left and right of stones, as a set of (row, column)."""
    return {(r + dr, c + dc) for r, c in stones for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))}


@template(21, "liberties of a chain")
def liberties_of_a_chain(rng):
    side, length = 7, int(rng.integers(2, 5))
    row, column = int(rng.integers(0, side)), int(rng.integers(0, side - length + 1))
    chain = {(row, column + i) for i in range(length)}
    cells = {(r, c) for r in range(side) for c in range(side)}
    around = sorted(_beside(chain) & cells - chain)
    white = set(some(rng, int(rng.integers(1, 4)), around))
    free = cells - chain - white
    right = len(_beside(chain) & free)
    shared = sum(len(_beside({stone}) & free) for stone in chain)
    board = [["X" if (r, c) in chain else "O" if (r, c) in white else "·" for c in range(side)] for r in range(side)]
    return Question(
        text="X are black stones of one chain, O white ones, · free points. How many liberties has the black chain?" + grid(board),
        answer=right, why=f"{len(around)} points touch the chain, {len(white)} of them are white.",
        wrong=[
            Wrong(len(around), "counts occupied points", "A liberty is a free point."),
            Wrong(len(chain) * 4 - len(white), "gives each stone four", "Stones of the chain and the border take some away."),
            Wrong(shared + len(chain) - 1, "counts points between the stones", "Stones of the chain are no free points."),
            Wrong(right + 1, "counts a point that is not beside the chain", "Diagonal neighbours are no neighbours in Go."),
            Wrong(len(white), "counts the enemy", "A liberty is a free point."),
        ],
        check=lambda: sum(1 for r in range(side) for c in range(side) if board[r][c] == "·" and any(
            0 <= a < side and 0 <= b < side and board[a][b] == "X" for a, b in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)))))


@template(21, "softmax over the board")
def softmax_over_the_board(rng):
    side = pick(rng, 5, 7, 9, 13, 19)
    return Question(
        text=f"A policy network ends in maps of {side}×{side}×1. By mistake the softmax runs over the last axis of the board's rows, for each row alone. "
             "What do all its outputs add up to?",
        answer=side, why=f"Each of the {side} rows adds up to 1. Flatten first, then the whole board adds up to 1.",
        wrong=[
            Wrong(1, "trusts the softmax", "It normalises over one axis only."),
            Wrong(side**2, "takes each point alone", "Each row, not each point, adds up to 1."),
            Wrong(2 * side, "counts rows and columns", "Only rows are normalised."),
            Wrong(round(1 / side, 3), "divides", "There are several rows that add up to 1 each."),
        ],
        check=lambda: round(float((lambda p: (p / p.sum(axis=1, keepdims=True)).sum())(np.exp(np.arange(side * side).reshape(side, side) / 10.0)))))


@template(21, "eight symmetries")
def eight_symmetries(rng):
    boards, passes = int(rng.integers(2, 31)) * 1000, int(rng.integers(2, 11))
    return Question(
        text=f"{boards:,d} board positions, none of them symmetric. How many different positions do they give with all turns and mirror images, themselves "
             "included?",
        answer=8 * boards, why=f"Four turns, each also mirrored: eight of each, ${big(8 * boards)}$.",
        wrong=[
            Wrong(4 * boards, "forgets the mirror images", "Each of the four turns can be mirrored."),
            Wrong(2 * boards, "only mirrors", "The board can be turned by 90 degrees, too."),
            Wrong(16 * boards, "mirrors twice", "A mirror in the other direction is a turn of the first one."),
            Wrong(7 * boards, "forgets the position itself", "The position counts, too."),
            Wrong(passes * boards, "counts epochs", "An epoch makes no new position."),
        ],
        check=lambda: boards * len({np.rot90(board, turns).tobytes() for board in (np.arange(9).reshape(3, 3), np.arange(9).reshape(3, 3)[:, ::-1])
                                    for turns in range(4)}))


@template(21, "multiply-adds of a layer on the board")
def multiply_adds_on_the_board(rng):
    side, filters = pick(rng, 9, 13, 19), pick(rng, 32, 48, 64, 96)
    right = side**2 * 9 * filters**2
    return Question(
        text=f"A 3×3 layer, padding *same*, reads {filters} maps of {side}×{side} and has {filters} filters. How many multiply-adds does one position cost?",
        answer=right, why=rf"${side}^2 \cdot 9 \cdot {filters} \cdot {filters} = {big(right)}$.",
        wrong=[
            Wrong(9 * filters**2, "counts one place", f"The filters stand at {side**2} points."),
            Wrong(side**2 * 9 * filters, "looks at one map", f"A filter reads all {filters} maps."),
            Wrong((side - 2) ** 2 * 9 * filters**2, "forgets the padding", "With *same* there are as many places as points."),
            Wrong(side**2 * filters**2, "takes 1×1 kernels", "A kernel has nine weights for each map."),
        ],
        check=lambda: sum(9 * filters for _ in range(side * side) for _ in range(filters)))


@template(21, "Go, a wrong sentence", kind="choice")
def go_a_wrong_sentence(rng):
    true = [
        Statement("Shared kernels suit Go because a shape is worth about the same everywhere.", lambda: True, "Capturing works alike all over the board.", "doubts shared weights"),
        Statement("The answer of a policy is a place, so pooling throws away what is asked for.", lambda: True, "A pooled map no longer knows which point.", "would pool"),
        Statement("A bias for each point lets the network prefer places whatever stands on them.", lambda: True, "A shared bias adds the same everywhere and changes no softmax.", "overlooks the bias"),
        Statement("A chain without liberties is taken off the board.", lambda: True, "That is capture.", "forgets the rule"),
    ]
    false = [
        Statement("The published policy network has a max pooling after each second layer.", lambda: False, "It has none: each point of the board keeps its place."),
        Statement("A bias that all points share changes which move a softmax prefers.", lambda: False, "The same number added everywhere cancels in the softmax."),
        Statement("A dense network of the same size knows from the start that a shape may be shifted.", lambda: False, "It must see the shape at every place."),
        Statement("Two stones that touch at a corner only are one chain.", lambda: False, "Chains are joined along the lines."),
    ]
    return choose(rng, "Which sentence on Go is wrong?", false, true)


# ---------------------------------------------------------------------------- chapter 22: speech


def frames(samples, window, hop):
    """Places at which a window fits into a recording."""
    return (samples - window) // hop + 1


@template(22, "frames of a spectrogram")
def frames_of_a_spectrogram(rng):
    rate, window, hop = 8000, pick(rng, 200, 256, 400, 512), pick(rng, 64, 80, 128, 160)
    samples = int(rng.integers(30, 81)) * 100
    right = frames(samples, window, hop)
    return Question(
        text=f"A recording of {samples:,d} samples ({samples / rate:g} s at 8 kHz). Windows of {window} samples, moved by {hop}, without padding. How many columns "
             "has the spectrogram?",
        answer=right, why=rf"$\lfloor ({samples} - {window}) / {hop} \rfloor + 1 = {right}$: the output size of a convolution with stride {hop}.",
        wrong=[
            Wrong(samples // window, "puts the windows side by side", f"A window begins every {hop} samples."),
            Wrong(samples // hop, "lets the last windows hang over the end", "Without padding they do not fit."),
            Wrong(right - 1, "forgets the first place", "Add 1: the window stands at the start, too."),
            Wrong(samples - window + 1, "moves by one sample", f"The stride is {hop}."),
            Wrong((samples - hop) // window + 1, "mixes up window and hop", "The window is what must fit, the hop is the stride."),
        ],
        check=lambda: sum(1 for start in range(0, samples, hop) if start + window <= samples))


@template(22, "frequencies of a window")
def frequencies_of_a_window(rng):
    window = pick(rng, 128, 200, 256, 400, 512)
    return Question(
        text=f"A real Fourier transform of a window of {window} samples. How many frequencies does it give, 0 and the highest included?",
        answer=window // 2 + 1, why=f"${window} / 2 + 1 = {window // 2 + 1}$; the others would repeat them.",
        wrong=[
            Wrong(window, "counts each frequency twice", "For real samples the upper half mirrors the lower."),
            Wrong(window // 2, "forgets one end", "0 and the highest both count."),
            Wrong(window // 2 - 1, "forgets both ends", "0 and the highest both count."),
            Wrong(2 * window, "counts sines and cosines apart", "A sine and a cosine make one frequency."),
        ],
        check=lambda: len(np.fft.rfft(np.zeros(window))))


@template(22, "frequency of a row")
def frequency_of_a_row(rng):
    rate, window = pick(rng, 8000, 16000), pick(rng, 160, 200, 320, 400)
    row = int(rng.integers(3, 60))
    right = row * rate / window
    return Question(
        text=f"{rate:,d} samples a second, windows of {window} samples. Which frequency does row {row} of the spectrogram show (row 0 is frequency 0)?",
        answer=right, unit="Hz", why=rf"Row $k$ makes $k$ periods in a window: ${row} \cdot {rate} / {window} = {right:g}$.",
        wrong=[
            Wrong(row * rate / (2 * window), "halves the rate", "The highest row is at half the rate; the steps are rate / window."),
            Wrong(float(row), "reads the row as hertz", "A row is rate / window wide."),
            Wrong((row + 1) * rate / window, "counts rows from 1", "Row 0 is frequency 0."),
            Wrong(row * window / rate, "turns the fraction round", "Longer windows make finer steps."),
            Wrong(row * rate / (window // 2 + 1), "divides by the number of rows", "The rows go to half the rate only."),
        ],
        check=lambda: float(np.fft.rfftfreq(window, 1 / rate)[row]))


@template(22, "spectrogram as a convolution")
def spectrogram_as_a_convolution(rng):
    window = pick(rng, 128, 200, 256, 400)
    rows = window // 2 + 1
    right = 2 * rows * window
    return Question(
        text=f"The short-time Fourier transform as a `Conv1D` without biases: a cosine and a sine of {window} samples for each of {rows} frequencies. How "
             "many fixed weights does it hold?",
        answer=right, why=rf"$2 \cdot {rows} \cdot {window} = {big(right)}$.",
        wrong=[
            Wrong(rows * window, "forgets the sines", "A cosine alone would depend on where the wave begins."),
            Wrong(2 * rows, "counts filters", f"A filter has {window} weights."),
            Wrong(2 * window * window, "takes as many frequencies as samples", f"There are {rows}."),
            Wrong(2 * rows * (window + 1), "adds biases", "It has none."),
        ],
        check=lambda: sum(1 for _ in ("cosine", "sine") for _ in range(rows) for _ in range(window)))


@template(22, "recordings held out")
def recordings_held_out(rng):
    speakers, digits, each = int(rng.integers(4, 9)), 10, pick(rng, 20, 30, 50)
    held = int(rng.integers(3, 7))
    whole, part = digits * each, speakers * digits * held
    return Question(
        text=f"{speakers} speakers say each of {digits} digits {each} times. Test set: one whole speaker. How many recordings are left for training?",
        answer=(speakers - 1) * whole, why=rf"${speakers - 1}$ speakers of ${digits} \cdot {each} = {whole}$ recordings.",
        wrong=[
            Wrong(speakers * whole - part, f"holds out {held} recordings of each", "Then every voice of the test is known from training."),
            Wrong(whole, "counts the test", "The one speaker is for testing."),
            Wrong(speakers * whole, "forgets the test", "One speaker is held out."),
            Wrong((speakers - 1) * each, "counts one digit", f"There are {digits} digits."),
        ],
        check=lambda: sum(1 for speaker in range(speakers) for _ in range(digits) for _ in range(each) if speaker))


@template(22, "a delay in columns")
def a_delay_in_columns(rng):
    hop, columns = pick(rng, 64, 80, 128, 160), int(rng.integers(3, 16))
    milliseconds = 1000 * hop * columns / 8000
    return Question(
        text=f"At 8 kHz a spectrogram has a column every {hop} samples. A word begins {milliseconds:g} ms later. By how many columns does its picture move?",
        answer=columns, why=rf"${milliseconds:g}$ ms are ${hop * columns}$ samples: ${hop * columns} / {hop} = {columns}$.",
        wrong=[
            Wrong(hop * columns, "counts samples", f"A column is {hop} samples."),
            Wrong(round(milliseconds / hop, 2), "divides milliseconds by samples", "Turn milliseconds into samples first."),
            Wrong(0, "thinks that a spectrogram shows no time", "Time runs from left to right."),
            Wrong(2 * columns, "counts frequencies up and down", "A delay moves in one direction."),
            Wrong(columns + 1, "counts the column where it began", "Count steps, not columns."),
        ],
        check=lambda: round(milliseconds / 1000 * 8000 / hop))


@template(22, "speech, a wrong sentence", kind="choice")
def speech_a_wrong_sentence(rng):
    true = [
        Statement("A word spoken later moves its spectrogram along the time axis.", lambda: True, "That is the shift that a convolution copes with.", "mixes up the axes"),
        Statement("A higher voice stretches its spectrogram along the frequency axis.", lambda: True, "All its overtones rise by the same factor.", "mixes up the axes"),
        Statement("Longer windows tell frequencies better apart, and times worse.", lambda: True, "The rows lie rate / window apart.", "wants both at once"),
        Statement("A speaker who is in training and test makes the test easier.", lambda: True, "The voice is known.", "trusts a random split"),
    ]
    false = [
        Statement("A split that holds out some recordings of each speaker tells how the network does on new voices.", lambda: False, "Every voice of its test was heard in training."),
        Statement("The rows of a mel spectrogram lie equally many hertz apart.", lambda: False, "They lie closer at low frequencies, as the ear hears."),
        Statement("A spectrogram keeps all that is in the wave.", lambda: False, "Its size drops the phase."),
        Statement("A 2-D kernel costs a spectrogram nothing when pitch changes, since pitch is a plain shift in hertz.", lambda: False, "Pitch multiplies frequencies: in hertz it stretches."),
    ]
    return choose(rng, "Which sentence on speech is wrong?", false, true)
