"""Questions of part 5, beyond classification: transfer learning and text."""

import math

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
