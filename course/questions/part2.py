"""Questions on part 2, the building blocks: chapters 5 to 8."""

import math

import numpy as np

from . import Question, Wrong, grid, template
from .part1 import LAPLACIAN, LECTURE, MARQUES, SCULLY, TRUE, by_loops, conv_parameters, mlp_parameters, slide
from .tools import Statement, big, choose, code, pick, plus, some

FLOOR, CEIL = r"\lfloor {} \rfloor", r"\lceil {} \rceil"


def output_size(n, k, s=1, p=0, d=1):
    """Side of a feature map: p zeros at each end, stride s, dilation d."""
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def places(n, k, s=1, before=0, after=0, d=1):
    """The same by trying: how many windows fit."""
    return sum(1 for start in range(0, before + n + after, s) if start + d * (k - 1) + 1 <= before + n + after)


# ---------------------------------------------------------------------------- chapter 5: feature maps


@template(5, "side of a feature map", reads=("05-feature-maps", r"feature maps \((\d+), (\d+), 6\)"), example=lambda: (output_size(106, 3), output_size(106, 3)))
def side_of_a_feature_map(rng):
    n, k, s, p = int(rng.integers(20, 65)), pick(rng, 3, 5, 7), pick(rng, 1, 2, 2, 3, 4), pick(rng, 0, 1, 2, 3)
    d = pick(rng, 1, 2, 3) if s == 1 else 1
    extent, right = d * (k - 1) + 1, output_size(n, k, s, p, d)
    extra = f", dilation {d}" if d > 1 else ""
    wrong = [Wrong(output_size(n, k, s, 0, d), "forgets the padding", f"The padding adds {p} at each end.")] if p else []
    wrong += [Wrong(output_size(n, k, 1, p), "forgets the stride", f"The kernel moves {s} values at a time.")] if s > 1 else []
    wrong += [Wrong(output_size(n, k, 1, p), "forgets the dilation", rf"The kernel's values lie {d} apart, so it covers ${d} \cdot {k - 1} + 1 = {extent}$ values, not {k}."),
              Wrong(output_size(n, d * k, s, p), "multiplies the kernel by the dilation", rf"{k} values with {k - 1} gaps cover ${d} \cdot {k - 1} + 1 = {extent}$, not {d * k}.")] if d > 1 else []
    wrong += [Wrong(right - 1, "forgets the first place", "Add 1: the kernel stands at the start before it makes its first step."),
              Wrong(-(-(n + 2 * p - extent) // s) + 1, "rounds up", "A window that does not fit is no place: round down."),
              Wrong(math.ceil(n / s) if s > 1 else n, "takes the padding for `same`", f"`same` would pad just enough. Here {p or 'no'} zeros stand at each end."),
              Wrong((n + p - extent) // s + 1, "pads one end", f"Both ends get {p}: the side grows by {2 * p}.")]
    inside = rf"({n} + 2 \cdot {p} - {extent}) / {s}"
    return Question(
        text=f"An image has {n}×{n} values, a kernel {k}×{k}. Stride {s}, {p or 'no'} zeros at each end{extra}. How long is a side of the feature map?",
        answer=right,
        why=(f"With dilation {d} the kernel covers {extent} values. " if d > 1 else "") + rf"${FLOOR.format(inside)} + 1 = {right}$.",
        wrong=wrong[:5],
        check=lambda: places(n, k, s, p, p, d))


@template(5, "how many filters", reads=("05-feature-maps", r"^10 filters 3x3 on depth 5 +([\d,]+)"), example=lambda: conv_parameters(3, 5, 10))
def how_many_filters(rng):
    k, channels, filters = pick(rng, 1, 3, 5), pick(rng, 2, 3, 4, 5, 6, 8), pick(rng, 4, 5, 8, 10, 12, 16, 20, 32, 64)
    total, one = conv_parameters(k, channels, filters), k * k * channels + 1
    return Question(
        text=f"A convolutional layer with {k}×{k} kernels and biases reads {channels} channels and has {total:,d} parameters. How many maps does it write?",
        answer=filters,
        why=rf"A filter has ${k} \cdot {k} \cdot {channels} + 1 = {one}$ parameters: ${big(total)} / {one} = {filters}$ filters, and as many maps.",
        wrong=[
            Wrong(filters * channels, "writes a map for each slice", f"A filter adds its {channels} slices up into one map."),
            Wrong(round(total / (k * k + 1)), "forgets the channels", f"A filter has a slice for each of the {channels} channels."),
            Wrong(math.ceil(total / (one - 1)) if math.ceil(total / (one - 1)) != filters else filters + 1, "forgets the bias", f"Each filter also has a bias, so divide by {one}."),
            Wrong(total // channels, "divides by the channels alone", f"A filter has {k * k} weights for each channel, and a bias."),
            Wrong(channels, "keeps the channels", "The number of filters is free. It does not follow from the input."),
        ],
        check=lambda: next(f for f in range(1, 200) if np.empty((k, k, channels, f)).size + np.empty(f).size == total))


def multiply_adds(n, k, s, c_in, filters, p=0):
    """Multiply-adds of a convolution on n x n values."""
    return output_size(n, k, s, p) ** 2 * filters * k * k * c_in


@template(5, "multiply-adds", reads=("05-feature-maps", r"products counted ([\d,]+),"), example=lambda: multiply_adds(32, 3, 2, 5, 10), slow=True)
def multiply_adds_of_a_layer(rng):
    n, k, s = pick(rng, 8, 9, 10, 11, 12, 16, 20), pick(rng, 2, 3, 5), pick(rng, 1, 2)
    channels, filters = pick(rng, 2, 3, 4, 5), pick(rng, 4, 5, 8, 10)
    side, right = output_size(n, k, s), multiply_adds(n, k, s, channels, filters)

    def check():
        import keras
        return int(keras.ops.sum(keras.ops.conv(np.ones((1, n, n, channels), "float32"), np.ones((k, k, channels, filters), "float32"), strides=s)))

    return Question(
        text=f"{n}×{n} values with {channels} channels go through {filters} filters of {k}×{k}, stride {s}, no padding. How many multiply-adds does the layer need? (The biases do not count.)",
        answer=right,
        why=rf"The maps have {side}×{side} places, and each weight works once at each: ${side * side} \cdot {filters} \cdot {k * k} \cdot {channels} = {big(right)}$.",
        wrong=[
            Wrong(n * n * filters * k * k * channels, "counts the places of the input", f"The kernel stands at {side}×{side} places only, those of the *output*."),
            Wrong(side * side * filters * k * k, "forgets the channels", f"At each place a filter multiplies {channels} slices."),
            Wrong(side * side * k * k * channels, "counts one filter", f"{filters} filters do this."),
            Wrong(2 * right, "counts products and sums apart", "One product and its addition make one multiply-add."),
            Wrong(conv_parameters(k, channels, filters), "counts parameters", f"That is what the layer learns. Each weight is used at {side * side} places."),
        ],
        check=check)


def output_bytes(height, width, filters, images=1):
    """Bytes of the maps in 32-bit floats."""
    return height * width * filters * 4 * images


@template(5, "memory of the maps", reads=("05-feature-maps", r"= (\d+) MiB$"), example=lambda: output_bytes(512, 512, 100) // 2 ** 20)
def memory_of_the_maps(rng):
    side, filters, images = pick(rng, 128, 256, 512), pick(rng, 16, 32, 64, 96, 128), pick(rng, 2, 4, 8, 10, 32)
    right = output_bytes(side, side, filters, images) / 2 ** 20
    return Question(
        text=f"{filters} filters of 5×5 read RGB images of {side}×{side} with `same` padding. How much memory do the maps of a batch of {images} take, in 32-bit floats? (1 MiB is $2^{{20}}$ bytes.)",
        answer=right, unit="MiB",
        why=rf"${images} \cdot {side} \cdot {side} \cdot {filters}$ values of 4 bytes: {right:,.0f} MiB. A filter adds the three channels up into one map.",
        wrong=[
            Wrong(3 * right, "counts the input's channels again", "The three channels do not come back in the output. A lecture makes this very slip."),
            Wrong(8 * right, "takes bits for bytes", "32 bits are 4 bytes."),
            Wrong(right / images, "counts one image", f"The batch has {images} images, each with maps of its own."),
            Wrong(right / 4, "takes a value for a byte", "A 32-bit float has 4 bytes."),
            Wrong(right / filters, "counts one map", f"The layer writes {filters} maps."),
        ],
        check=lambda: images * filters * np.lib.stride_tricks.as_strided(np.zeros(1, "float32"), (side, side), (0, 0)).nbytes / 2 ** 20)


def field_and_jump(layers):
    """Receptive field and jump after layers (k, s)."""
    r = j = 1
    for k, s in layers:
        r, j = r + (k - 1) * j, j * s
    return r, j


@template(5, "receptive field", reads=("05-feature-maps", r"'3 conv': (\d+), 'conv, pool, conv': (\d+)"),
          example=lambda: (field_and_jump([(3, 1)] * 3)[0], field_and_jump([(3, 1), (2, 2), (3, 1)])[0]))
def receptive_field(rng):
    layers = [(pick(rng, 3, 5), pick(rng, 1, 1, 2)), (2, 2), (pick(rng, 3, 5), pick(rng, 1, 2)), (pick(rng, 2, 3), pick(rng, 1, 2))]
    layers = layers[:int(rng.integers(3, 5))]
    if rng.integers(2):
        layers = layers[1:] + layers[:1]
    right, jump = field_and_jump(layers)
    r, steps = 1, []
    for i, (k, _) in enumerate(layers):
        steps.append(rf"{k - 1} \cdot {field_and_jump(layers[:i])[1]}")
    late = 1
    for i, (k, s) in enumerate(layers):
        late += (k - 1) * field_and_jump(layers[:i + 1])[1]

    def check():
        seen = {0}
        for k, s in reversed(layers):
            seen = {unit * s + step for unit in seen for step in range(k)}
        return max(seen) + 1

    return Question(
        text="How many pixels along one side does a unit of the last layer see, its receptive field?"
             + grid([[i, f"{k}×{k}", s] for i, (k, s) in enumerate(layers, 1)], ["layer", "kernel", "stride"]),
        answer=right, unit="pixels",
        why=f"Each layer adds $(k - 1)$ times the jump before it: $1 + {' + '.join(steps)} = {right}$.",
        wrong=[
            Wrong(1 + sum(k - 1 for k, _ in layers), "forgets the strides", "After a stride of 2, neighbouring units lie 2 pixels apart, so later kernels reach twice as far."),
            Wrong(late, "lets a stride act at once", "A layer's own stride makes later layers reach further, not its own kernel."),
            Wrong(sum(k for k, _ in layers), "adds up the kernels", "A kernel of $k$ adds $k - 1$ steps to what its first unit sees."),
            Wrong(math.prod(k for k, _ in layers), "multiplies the kernels", "Windows of neighbouring units overlap. The field grows by sums."),
            Wrong(jump, "takes the jump for the field", f"{jump} is how far apart two neighbouring units look."),
        ],
        check=check)


@template(5, "jump")
def jump_of_a_layer(rng):
    layers = [(pick(rng, 3, 5, 7), pick(rng, 1, 2, 3)), (2, 2), (3, pick(rng, 1, 2, 4)), (pick(rng, 2, 3), pick(rng, 1, 2, 3))]
    right = field_and_jump(layers)[1]
    strides = [s for _, s in layers]
    product = r" \cdot ".join(map(str, strides))

    def check():
        def first(unit):
            for _, s in reversed(layers):
                unit *= s
            return unit
        return first(4) - first(3)

    return Question(
        text="How many pixels of the image lie between the receptive fields of two neighbouring units of the last layer, from start to start (the jump)?"
             + grid([[i, f"{k}×{k}", s] for i, (k, s) in enumerate(layers, 1)], ["layer", "kernel", "stride"]),
        answer=right, unit="pixels",
        why=rf"One step in a layer is its stride in steps of the layer before, so strides multiply: ${product} = {right}$.",
        wrong=[
            Wrong(sum(strides), "adds the strides", "A step of a later layer is made of steps of earlier ones: strides multiply."),
            Wrong(strides[-1], "looks at the last layer", "That is the step in units of the layer before, not in pixels."),
            Wrong(field_and_jump(layers)[0], "takes the field for the jump", "That is how many pixels a unit sees. Neighbouring fields overlap."),
            Wrong(right // 2, "forgets the pooling", "The second layer has stride 2; pooling or convolution, it counts alike."),
            Wrong(max(strides), "takes the largest stride", "All strides work together: they multiply."),
        ],
        check=check)


def separable_multiply_adds(side, k, c_in, filters):
    """Multiply-adds of a depthwise convolution and the 1x1 convolution behind it, `same`, stride 1."""
    return side * side * (k * k * c_in + c_in * filters)


@template(5, "a separable convolution", reads=("05-feature-maps", r"^3x3 +64 +[\d,]+ +([\d,]+)"), example=lambda: separable_multiply_adds(56, 3, 64, 64))
def a_separable_convolution(rng):
    k, channels, filters = pick(rng, 3, 5, 7), pick(rng, 4, 8, 10, 16, 32, 64), pick(rng, 8, 10, 16, 20, 32, 64, 128)
    depthwise, mixing = k * k * channels, channels * filters
    return Question(
        text=f"A depthwise separable convolution: {k}×{k} kernels, one for each of {channels} channels, then 1×1 filters to {filters} channels. How many weights has it in all, without biases?",
        answer=depthwise + mixing,
        why=rf"${k} \cdot {k} \cdot {channels} = {depthwise}$ for the neighbours and ${channels} \cdot {filters} = {mixing}$ for the channels.",
        wrong=[
            Wrong(k * k * channels * filters, "takes the plain convolution", "A plain filter looks at neighbours in all channels at once. Here the jobs are split, and the costs added."),
            Wrong(depthwise, "forgets the 1×1 filters", f"The channels are mixed by {filters} filters with {channels} weights each."),
            Wrong(mixing, "forgets the depthwise kernels", f"Each of the {channels} channels has a {k}×{k} kernel of its own."),
            Wrong(k * k + mixing, "shares one kernel among the channels", f"There are {channels} kernels, one for each channel."),
            Wrong(k * k * filters + mixing, "gives each output a kernel", f"The {k}×{k} kernels work on the {channels} channels of the *input*."),
        ],
        check=lambda: np.empty((k, k, channels, 1)).size + np.empty((1, 1, channels, filters)).size)


@template(5, "small kernels in place of a large one")
def small_kernels_in_place_of_a_large_one(rng):
    layers, channels, saved = pick(rng, 2, 3, 4, 5), pick(rng, 4, 8, 10, 16, 20, 32, 64), bool(rng.integers(2))
    large = 2 * layers + 1
    few, many = layers * 9 * channels ** 2, large ** 2 * channels ** 2
    right = many - few if saved else few
    return Question(
        text=f"{layers} convolutions of 3×3 follow each other, stride 1. They see as much as one of {large}×{large}. All have {channels} channels in and out, no biases. "
             + (f"How many weights do the {layers} save against the one?" if saved else f"How many weights do the {layers} have together?"),
        answer=right,
        why=rf"${layers} \cdot 9 \cdot {channels}^2 = {big(few)}$ weights" + (rf" against ${large}^2 \cdot {channels}^2 = {big(many)}$." if saved else f", where the large one has {many:,d}."),
        wrong=[
            Wrong(few if saved else many, "answers another question" if saved else "takes the large kernel", f"That is what the {layers} have together." if saved else f"That is one convolution of {large}×{large}."),
            Wrong(many - 9 * channels ** 2 if saved else 9 * channels ** 2, "counts one layer", f"There are {layers} layers with $9 \\cdot {channels}^2$ weights each."),
            Wrong((large ** 2 - 9 * layers) * channels if saved else 9 * layers * channels, "counts one filter", f"Each layer has {channels} filters with {channels} slices: ${channels}^2$ slices."),
            Wrong(large ** 2 - 9 * layers if saved else 9 * layers, "forgets the channels", f"Each layer has ${channels} \\cdot {channels}$ slices of 3×3."),
            Wrong((large - 3) ** 2 * channels ** 2 if saved else 9 ** layers * channels ** 2, "squares a difference" if saved else "multiplies the layers", "Take the difference of the two counts, each squared by itself." if saved else "Layers stand one after the other: their weights are added."),
        ],
        check=lambda: (np.empty((large, large, channels, channels)).size if saved else 0) + (-1 if saved else 1) * sum(np.empty((3, 3, channels, channels)).size for _ in range(layers)))


@template(5, "what a row is read of")
def what_a_row_is_read_of(rng):
    k, s = pick(rng, (3, 2), (5, 2), (4, 3), (5, 3), (5, 4), (7, 4), (7, 5), (11, 4))
    n = int(rng.integers(k + 8, 70))
    while (n - k) % s == 0:
        n += 1
    count = output_size(n, k, s)
    right = (count - 1) * s + k
    return Question(
        text=f"A window of {k} values moves along a row of {n} values with stride {s}, without padding. How many values of the row are read by at least one window?",
        answer=right,
        why=rf"There are {count} windows. The last begins {count - 1} steps after the first: ${count - 1} \cdot {s} + {k} = {right}$. The last {n - right} of the row are never read.",
        wrong=[
            Wrong(n, "takes the windows to reach the end", f"After {count} windows another one does not fit: {n - right} value{'s are' * (n - right > 1)}{' is' * (n - right == 1)} left over."),
            Wrong(count * k, "counts overlaps twice", f"Neighbouring windows share {k - s} values."),
            Wrong(count * s, "adds up the steps", f"The last window has {k} values, not {s}."),
            Wrong(count, "counts the windows", f"Each of the {count} windows reads {k} values."),
            Wrong(right + s, "lets a window hang over", f"A window that began {s} further on would need {right + s} values."),
        ],
        check=lambda: len({start + i for start in range(0, n - k + 1, s) for i in range(k)}))


def most_alive(sizes):
    """Largest memory at once of a plain chain, without training: an input and an output."""
    return max(a + b for a, b in zip(sizes, sizes[1:]))


@template(5, "alive at once", reads=("05-feature-maps", r"Without training at most (61\.2) KiB"), example=lambda: most_alive([3136 / 1024, 49, 12.25, 18, 0.0625, 0.0390625]))
def alive_at_once(rng):
    sizes = [int(x) for x in rng.permutation(np.arange(2, 40))[:5]]
    training = bool(rng.integers(2))
    pair = most_alive(sizes)
    right = sum(sizes) if training else pair
    i = int(np.argmax([a + b for a, b in zip(sizes, sizes[1:])]))
    return Question(
        text="A plain chain of layers makes these maps one after the other. How much memory must they have at the same time, "
             + ("in *training*, when the backward pass needs all maps?" if training else "*without* training, if a map goes as soon as the next one is made?")
             + grid([sizes], ["input, MiB", *[f"map {j}, MiB" for j in range(1, 5)]]),
        answer=right, unit="MiB",
        why=f"All stay until the backward pass has used them: ${plus(sizes)} = {right}$." if training else
            f"Only a layer's input and its output are alive at once. The largest pair is ${sizes[i]} + {sizes[i + 1]} = {right}$.",
        wrong=[
            Wrong(pair if training else sum(sizes), "thinks of use without training" if training else "keeps all maps",
                  "Without training a map may go early. In training it is needed again on the way back." if training else "That is so in training. Without it, a map goes when its reader has run."),
            Wrong(max(sizes), "takes the largest map", "While a layer runs, its input and its output must both be there."),
            Wrong(sum(sorted(sizes)[-2:]), "takes the two largest", "Two maps are alive together only if one is made from the other."),
            Wrong(sizes[0] + sizes[-1], "takes the ends", "The input is long gone when the last map is made." if not training else "The maps between are needed for the gradients."),
            Wrong(sizes[-1], "takes the last map", "Large maps come before it, and they need their place."),
        ],
        check=lambda: sum(sizes) if training else max(sum(sizes[j:j + 2]) for j in range(4)))


@template(5, "a kernel that does not fit", kind="choice", slow=True)
def a_kernel_that_does_not_fit(rng):
    k, filters, pools = pick(rng, 3, 5, 7), pick(rng, 8, 16, 32), pick(rng, 2, 3)
    side = int(rng.integers(1, k))
    start = side * 2 ** pools
    right = f"The maps have shrunk to {side}×{side}, too small for a {k}×{k} kernel."

    def check():
        import keras
        layers = [keras.Input((start, start, 4)), *[keras.layers.MaxPooling2D(2) for _ in range(pools)]]
        try:
            keras.Sequential([*layers, keras.layers.Conv2D(filters, k)])
        except ValueError as error:
            return right if "size would be zero or negative" in str(error) and f"(None, {side}, {side}, 4)" in str(error) else str(error)
        return "no error"

    return Question(
        text=f"A network for {start}×{start} images pools 2×2 {'twice' if pools == 2 else 'three times'}, then comes `Conv2D({filters}, {k})`. Building it fails: "
             "*Computed output size would be zero or negative*. Why?",
        answer=right,
        why=f"{start} halved {pools} times is {side}, and {side} − {k} + 1 = {side - k + 1}: there is no place for the kernel. Use `same`, or pool less.".replace("= -", "= −"),
        wrong=[
            Wrong(f"{filters} filters are too many for so small an image.", "looks at the filters", "The number of filters is free: each writes one map, of whatever size."),
            Wrong("Some weights are negative.", "takes the size for a value", "The message is about the *size* of the output, and no weight has been made yet."),
            Wrong("The channel axis is missing.", "thinks of another error", "Then the message would count the axes (*ndim*). Here it computes a size."),
            Wrong("A 2×2 pooling needs stride 1.", "blames the stride", f"Pooling may halve the maps. It is the kernel of {k} that no longer fits."),
            Wrong("There are too many parameters for the memory.", "looks at the parameters", "The message speaks of the output's size, which is found before any memory is used."),
        ],
        check=check)


@template(5, "statements on cost", kind="choice")
def statements_on_cost(rng):
    right = [
        Statement("The multiply-adds of a convolution grow with the size of the image, its parameters do not.",
                  lambda: multiply_adds(64, 3, 1, 3, 8) > multiply_adds(32, 3, 1, 3, 8), "Each weight works once at each place of the output."),
        Statement("Two 3×3 layers see as many pixels as one 5×5 layer.", lambda: field_and_jump([(3, 1)] * 2)[0] == field_and_jump([(5, 1)])[0], "$1 + 2 + 2 = 5$, with fewer weights and a ReLU more."),
        Statement("100 filters of 5×5 (`same`) on a 512×512 RGB image need more multiply-adds than a dense layer of 100 units there.",
                  lambda: 512 * 512 * 100 * 25 * 3 > 512 * 512 * 3 * 100, "25 times as many: they make $512 \\cdot 512 \\cdot 100$ values, not 100."),
        Statement("In training, the maps of all layers must stay in memory until the backward pass.", lambda: sum([3, 5, 2]) > most_alive([3, 5, 2]), "The gradient of a layer is made from its input map."),
        Statement("Pooling after a convolution does not shrink the memory of that convolution's own maps.", lambda: 100 + 25 > 25, "They must be written before they can be pooled. Stride 2 would shrink them."),
    ]
    wrong = [
        Statement("The output of 100 filters on an RGB image has 300 channels.", lambda: np.tensordot(np.zeros((2, 2, 75)), np.zeros((75, 100)), 1).shape[-1] == 300, "A filter adds its three slices up: 100 maps.", "does not add the channels up"),
        Statement("A layer of half the side has half the values.", lambda: 16 * 16 * 2 == 32 * 32, "Height *and* width are halved: a quarter of the values.", "halves one side"),
        Statement("Three 3×3 layers have more weights than one 7×7 layer with as many channels.", lambda: 3 * 9 > 49, "$27\\,C^2$ against $49\\,C^2$.", "counts layers, not weights"),
        Statement("A 2×2 pooling with stride 2 leaves the receptive field as it is.", lambda: field_and_jump([(3, 1), (2, 2)])[0] == 3, "It counts like a convolution: it adds one jump, and doubles the jump.", "takes pooling for no layer"),
        Statement("Most of VGG-16's multiply-adds are in its dense layers, where most of its parameters are.", lambda: 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000 > 56 * 56 * 9 * 256 * 256 * 2,
                  "Dense weights work once for each image, convolutional ones at every place: 0.8 % of the work is dense.", "takes parameters for work"),
        Statement("With dilation 2 a 3×3 kernel covers 6×6 values.", lambda: 2 * (3 - 1) + 1 == 6, "$2 \\cdot (3 - 1) + 1 = 5$: 5×5.", "multiplies the kernel by the dilation"),
        Statement("A depthwise convolution mixes the channels.", lambda: np.empty((3, 3, 8, 1)).size == np.empty((3, 3, 8, 8)).size, "Each channel has a kernel of its own. 1×1 filters do the mixing.", "takes depthwise for separable"),
        Statement("A stride of 2 makes a layer's own receptive field twice as large.", lambda: field_and_jump([(3, 2)])[0] == 6, "Its own kernel reaches as far as before. Later kernels reach further.", "lets a stride act at once"),
    ]
    return choose(rng, TRUE, right, wrong)


@template(5, "a slip in a lecture", kind="choice")
def a_slip_in_lecture_5(rng):
    slips = [
        Statement(r"100 filters on a 512×512 RGB image write $3 \cdot 512 \cdot 512 \cdot 100 \cdot 32$ bits, exactly 300 MB.", lambda: output_bytes(512, 512, 100) * 8 == 3 * 512 * 512 * 100 * 32,
                  "The factor 3 is too much: a filter adds its three slices up into one map. It is 100 MiB."),
        Statement("Larger strides save less memory than pooling layers after the convolution.", lambda: 512 * 512 > 256 * 256 + 512 * 512,
                  "For that layer it is the other way round: with stride 2 it stores 25 MiB, with pooling 100 and 25."),
        Statement("A batch of 100 such outputs (100 filters, 512×512) takes over 29 GB.", lambda: output_bytes(512, 512, 100, 100) > 29e9, "It takes 9.8 GiB. The count had the input's three channels in it once more."),
    ]
    mistake = "doubts a right statement"
    good = [
        Statement("10 filters of 3×3 on an input of depth 5 have 460 parameters.", lambda: conv_parameters(3, 5, 10) == 460, r"$(3 \cdot 3 \cdot 5 + 1) \cdot 10 = 460$.", mistake),
        Statement("100 filters of 5×5 on an RGB image have 7,600 parameters.", lambda: conv_parameters(5, 3, 100) == 7600, r"$(5 \cdot 5 \cdot 3 + 1) \cdot 100 = 7{,}600$.", mistake),
        Statement("A dense layer of 100 units on a 512×512 RGB image has 78,643,300 parameters.", lambda: mlp_parameters(512 * 512 * 3, 100) == 78_643_300, r"$(512 \cdot 512 \cdot 3 + 1) \cdot 100$.", mistake),
        Statement(r"The output width is $\lfloor (in + 2p - k)/s \rfloor + 1$.", lambda: all(output_size(n, 3, 2, 1) == places(n, 3, 2, 1, 1) for n in range(3, 30)), "So it is, for equal padding at both ends; the chapter tries 942 settings.", mistake),
        Statement("The channels of a feature volume are as many as the filters that made it.", lambda: np.tensordot(np.zeros((2, 2, 27)), np.zeros((27, 6)), 1).shape[-1] == 6, "Each filter writes one map.", mistake),
        Statement("Without its last layer's 850 parameters, and with fewer connections in C3 and learned sub-sampling, LeNet-5 has 60,000 parameters.",
                  lambda: 61_706 - 2416 + 60 * 25 + 16 + 44 - 850 == 60_000, "The chapter adds it up: 61,706 in the usual rebuilding, 60,000 in the paper.", mistake),
    ]
    return choose(rng, LECTURE, slips, good)


# ---------------------------------------------------------------------------- chapter 6: down-sampling


def pooled(grid_, size, how=np.max, stride=None):
    """Pool windows of a map; the stride is the size unless given."""
    stride = stride or size
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(grid_), (size, size))[::stride, ::stride]
    return how(windows, axis=(-2, -1))


POOLED_SCULLY = np.array([[5, 1, 3, 5, 7, 9], [3, 4, 4, 0, 7, 8], [6, 1, 8, 6, 3, 4], [1, 3, 5, 8, 4, 6], [1, 1, 5, 3, 1, 2], [1, 2, 2, 6, 4, 6]])
EIGHT = np.array([[1, 2, 3, 0, 6, 4, 8, 5], [3, 9, 1, 3, 5, 7, 9, 7], [4, 3, 4, 4, 0, 7, 8, 1], [3, 6, 1, 8, 6, 3, 4, 7],
                  [0, 1, 3, 5, 8, 4, 6, 3], [1, 1, 7, 5, 3, 1, 2, 4], [5, 7, 2, 2, 6, 4, 1, 1], [4, 2, 1, 2, 5, 3, 0, 0]])


@template(6, "max pooling by hand", kind="choice", reads=("06-downsampling", r"^\[\[(\d) (\d) (\d) (\d)\]\n \[6 8 7 8\]"), example=lambda: tuple(pooled(EIGHT, 2)[0].tolist()))
def max_pooling_by_hand(rng):
    image = rng.integers(0, 10, (4, 4))
    right = pooled(image, 2)
    return Question(
        text="What does max pooling with 2×2 windows and stride 2 make of this map?" + grid(image),
        answer=code(right), why=f"The four windows lie side by side. The largest value of the first is {right[0, 0]}, of the last {right[1, 1]}.",
        wrong=[
            Wrong(code(image[::2, ::2]), "takes every second value", "That is sub-sampling, as a stride does it: it looks at one value of each window."),
            Wrong(code(pooled(image, 2, np.min)), "takes the smallest", "Max pooling keeps the *largest* value of each window."),
            Wrong(code(pooled(image, 2, np.max, 1)), "moves by one", "With stride 2 the windows do not overlap, so the map is 2×2."),
            Wrong(code(pooled(image, 2, np.sum)), "adds the window up", "Max pooling keeps one value and drops the others."),
            Wrong(code(np.array([image.max(axis=1)[:2], image.max(axis=1)[2:]])), "takes the largest of a row", "A window is 2×2: two rows and two columns, not a row of four."),
        ],
        check=lambda: code([[max(int(image[2 * r + i, 2 * c + j]) for i in range(2) for j in range(2)) for c in range(2)] for r in range(2)]))


@template(6, "average pooling by hand")
def average_pooling_by_hand(rng):
    image, row, column = rng.integers(0, 10, (4, 4)), int(rng.integers(2)), int(rng.integers(2))
    window = image[2 * row:2 * row + 2, 2 * column:2 * column + 2]
    values = [int(x) for x in window.ravel()]
    corner = f"{'upper' if row == 0 else 'lower'} {'left' if column == 0 else 'right'}"
    return Question(
        text=f"Average pooling with 2×2 windows and stride 2 makes a 2×2 map of this one. Which number stands at its {corner}?" + grid(image),
        answer=sum(values) / 4, why=f"The mean of the four values at the {corner}: $({plus(values)}) / 4 = {sum(values) / 4:g}$.",
        wrong=[
            Wrong(max(values), "takes the largest", "That is max pooling."),
            Wrong(sum(values), "does not divide", "The mean divides the sum by 4."),
            Wrong(sum(values) / 2, "divides by the side", "A 2×2 window has four values."),
            Wrong(float(image[row:row + 2, column:column + 2].mean()) if (row, column) != (0, 0) else float(image[1:3, 1:3].mean()), "moves by one" if (row, column) != (0, 0) else "takes the middle",
                  "With stride 2 the next window begins two places further on." if (row, column) != (0, 0) else "The windows lie side by side from the corner on; none lies in the middle."),
            Wrong(float(np.median(values)), "takes the median", "The average is the mean, not the value in the middle."),
        ],
        check=lambda: float(pooled(image, 2, np.mean)[row, column]))


@template(6, "size after pooling", reads=("06-downsampling", r"^max 3x3 +\((\d+), (\d+)\)"), example=lambda: (220 // 3, 220 // 3))
def size_after_pooling(rng):
    n, size, twice = int(rng.integers(20, 120)), pick(rng, 2, 3, 4), bool(rng.integers(2))
    right = n // size // size if twice else n // size

    def check():
        side = n
        for _ in range(1 + twice):
            side = places(side, size, size)
        return side

    up = math.ceil(math.ceil(n / size) / size) if twice else math.ceil(n / size)
    return Question(
        text=f"A map of {n}×{n} goes through `MaxPooling2D({size})`{' twice' * twice}, with Keras's defaults for stride and padding. How long is its side then?",
        answer=right,
        why=rf"The stride is the window's size unless you say otherwise, and what fills no window is dropped: $\lfloor {n} / {size} \rfloor = {n // size}$" + (rf", $\lfloor {n // size} / {size} \rfloor = {right}$." if twice else "."),
        wrong=[
            Wrong(up, "rounds up", "Without padding a window that is not whole is dropped: round down."),
            Wrong(n - (size - 1) * (1 + twice), "takes stride 1", f"Pooling steps by its own size, {size}, unless you say otherwise."),
            Wrong(n // size if twice else n // size // size, "counts one pooling" if twice else "counts two poolings", "The layer comes twice." if twice else "The layer comes once."),
            Wrong(n // size ** 2 + 1 if twice else n // size - 1, "adds a place" if twice else "forgets the first place", f"{right} windows fit side by side."),
            Wrong(n // (size * 2) if size != 2 or twice is False else n // 3, "divides by another number", f"Each pooling divides by {size}."),
        ],
        check=check)


def never_seen(n, size=2):
    """Cells of an n x n map that no pooling window sees."""
    return n * n - (n // size * size) ** 2


@template(6, "cells that no window sees", reads=("06-downsampling", r"7x7 .*ever sees: (\d+)\n 5x5 .*ever sees: (\d+)"), example=lambda: (never_seen(7), never_seen(5)))
def cells_that_no_window_sees(rng):
    size = pick(rng, 2, 3, 4, 5)
    n = size * int(rng.integers(2, 14)) + int(rng.integers(1, size))
    rest, right = n % size, never_seen(n, size)

    def check():
        seen = np.zeros((n, n), bool)
        for r in range(0, n - size + 1, size):
            for c in range(0, n - size + 1, size):
                seen[r:r + size, c:c + size] = True
        return int((~seen).sum())

    return Question(
        text=f"A {n}×{n} map goes through max pooling with {size}×{size} windows and stride {size}, without padding. How many of its cells does no window see?",
        answer=right,
        why=f"The windows cover {n - rest}×{n - rest} cells: $%d - %d = {right}$." % (n * n, (n - rest) ** 2),
        wrong=[
            Wrong(2 * rest * n, "counts the corner twice", f"Row{'s' * (rest > 1)} and column{'s' * (rest > 1)} that are dropped share {rest * rest} cell{'s' * (rest > 1)}."),
            Wrong(rest * n, "drops rows only", "Columns are dropped as well as rows."),
            Wrong(rest * rest, "takes the corner alone", "Whole rows and columns are left over, not their corner alone."),
            Wrong(0, "takes all cells for seen", f"{n} is no multiple of {size}: {rest} row{'s' * (rest > 1)} and column{'s' * (rest > 1)} fill no window."),
            Wrong(n * n - (n // size) ** 2, "counts what is dropped within windows", "Cells that lose against the largest of their window have been *seen*."),
        ],
        check=check)


@template(6, "values after pooling", reads=("06-downsampling", r"kept (\d+) of 36"), example=lambda: (6 // 2) ** 2)
def values_after_pooling(rng):
    size = pick(rng, 2, 3, 4)
    height, width, channels = size * int(rng.integers(2, 9)), size * int(rng.integers(2, 9)), pick(rng, 3, 8, 10, 16, 32)
    right = height // size * (width // size) * channels
    return Question(
        text=f"A volume of {height}×{width} with {channels} channels goes through average pooling with {size}×{size} windows that lie side by side. How many values are left?",
        answer=right,
        why=rf"${height // size} \cdot {width // size} \cdot {channels} = {big(right)}$: pooling treats each channel alone and keeps one of {size * size} values.",
        wrong=[
            Wrong(height * width * channels // size, "shrinks one side", f"Height and width both shrink: one of {size * size} values is left."),
            Wrong(height // size * (width // size), "mixes the channels", f"Pooling works on each channel alone: {channels} channels stay."),
            Wrong(max(1, height // size * (width // size) * channels // size), "pools the channels", "The windows lie in height and width only."),
            Wrong((height - size + 1) * (width - size + 1) * channels, "moves by one", f"The windows lie side by side: stride {size}."),
            Wrong(height * width * channels - right, "counts what is lost", "That many values are dropped; asked are those that stay."),
        ],
        check=lambda: int(np.zeros((height // size, size, width // size, size, channels)).mean(axis=(1, 3)).size))


@template(6, "a stride skips", kind="choice", reads=("06-downsampling", r"Laplacian, stride 2:\n \[\[ *(-?\d+) +(-?\d+) +(-?\d+)\]"),
          example=lambda: tuple(slide(np.pad(MARQUES, 1), LAPLACIAN)[::2, ::2][0].tolist()))
def a_stride_skips(rng):
    image = rng.integers(-9, 10, (4, 5))
    right = image[::2, ::2]
    return Question(
        text="A convolution with stride 1 makes this map. What does the same convolution make with stride 2?" + grid(image),
        answer=code(right), why="It computes the same places but leaves every second row and column out, and it begins at the first.",
        wrong=[
            Wrong(code(image[1::2, 1::2]), "begins at the second", "The first place is that of stride 1; then every second follows."),
            Wrong(code(pooled(image, 2)), "pools", "A stride does not look for the largest: it skips places unseen."),
            Wrong(code(image[::2]), "skips rows only", "The stride holds in both directions."),
            Wrong(code(image[:2, :3]), "cuts off the rest", "The kernel takes longer steps over the whole image, it does not stop halfway."),
        ],
        check=lambda: code([[int(image[r][c]) for c in range(5) if c % 2 == 0] for r in range(4) if r % 2 == 0]))


@template(6, "pooling against stride", reads=("06-downsampling", r"places: (\d+) with stride 1, (\d+) with stride 2"), example=lambda: (output_size(27, 3) ** 2, output_size(27, 3, 2) ** 2))
def pooling_against_stride(rng):
    n, k = pick(rng, 20, 24, 26, 28, 32), pick(rng, 3, 5)
    channels, filters = pick(rng, 2, 4, 8), pick(rng, 4, 8, 10, 16)
    one, two = multiply_adds(n, k, 1, channels, filters), multiply_adds(n, k, 2, channels, filters)
    a, b = output_size(n, k), output_size(n, k, 2)
    return Question(
        text=f"`Conv2D({filters}, {k})` on {n}×{n} values with {channels} channels, no padding, then 2×2 pooling. You give the convolution stride 2 and drop the pooling. How many multiply-adds does that save?",
        answer=one - two,
        why=rf"The convolution makes {b}×{b} places instead of {a}×{a}: $({a * a} - {b * b}) \cdot {k * k * channels * filters}$. Pooling itself counts none.",
        wrong=[
            Wrong(0, "takes the sizes after both for the work", "The maps are alike in the end, but pooling must have all places computed before it drops three of four."),
            Wrong(two, "names what is left", f"That is the work with stride 2. Saved is the difference from {one:,d}."),
            Wrong(one // 2, "halves", "Height *and* width are halved: a quarter of the places is left."),
            Wrong(one, "saves all", f"The convolution still works at {b}×{b} places."),
            Wrong((a * a - b * b) * k * k * filters, "forgets the channels", f"A filter multiplies {channels} slices at each place."),
        ],
        check=lambda: sum(k * k * channels * filters for r in range(a) for c in range(a)) - sum(k * k * channels * filters for r in range(0, a, 2) for c in range(0, a, 2)))


@template(6, "a pixel moves", kind="choice")
def a_pixel_moves(rng):
    n, method = 8, pick(rng, "stride 2", "max pooling", "average pooling")
    place, step = int(rng.integers(0, 6)), pick(rng, 1, 1, 2)
    bright = pick(rng, 1, 2, 4, 6, 8)
    do = {"stride 2": lambda x: x[::2], "max pooling": lambda x: x.reshape(-1, 2).max(axis=1), "average pooling": lambda x: x.reshape(-1, 2).mean(axis=1)}

    def row(p):
        x = np.zeros(n)
        x[p] = bright
        return x

    def out(values):
        return code([int(v) if v == int(v) else float(v) for v in values])

    right, before = do[method](row(place + step)), do[method](row(place))
    seen = {name: f(row(place + step)) for name, f in do.items()}
    other = {name: Wrong(out(value), f"takes {name}", {"stride 2": "A stride keeps places 1, 3, 5 and 7 and does not look at the others.",
                         "max pooling": "Max pooling keeps the larger of each pair.", "average pooling": "Average pooling writes the mean of each pair."}[name])
             for name, value in seen.items() if name != method}
    x = [int(v) for v in row(place)]
    return Question(
        text=f"A row of 8 pixels, {code(x)}, is down-sampled by *{method}*" + (", windows of 2 side by side" if method != "stride 2" else "")
             + f". Now its bright pixel moves {step} place{'s' * (step > 1)} to the right. What does the output hold then?",
        answer=out(right),
        why=f"The pixel stands at place {place + step + 1} of 8 now, in pair {(place + step) // 2 + 1}" + (
            (": first of its pair, so the stride sees it." if (place + step) % 2 == 0 else ": second of its pair, so the stride skips it.") if method == "stride 2" else
            (", which keeps it at full strength." if method == "max pooling" else ", whose mean is half of it.")),
        wrong=[*other.values(),
               Wrong(out(before), "takes the layer for invariant", "That is the output before the move. Down-sampling is not invariant: a step across the border of a pair shows."),
               Wrong(out(np.roll(right, 1)), "moves too far", "Two pixels of the input make one place of the output."),
               Wrong(out(row(place + step)), "forgets to down-sample", "Half of the places are left.")][:5],
        check=lambda: out([{"stride 2": pair[0], "max pooling": max(pair), "average pooling": sum(pair) / 2}[method]
                           for pair in ([bright * (2 * i + j == place + step) for j in (0, 1)] for i in range(4))]))


@template(6, "stripes", kind="choice")
def stripes(rng):
    width, s = pick(rng, (1, 2), (1, 3), (2, 3), (2, 4), (3, 2), (1, 4), (3, 4))
    dark, bright, n = int(rng.integers(0, 4)), int(rng.integers(5, 10)), 12
    start = int(rng.integers(2))
    row = [(dark, bright)[(i // width + start) % 2] for i in range(n)]
    kept = row[::s]
    seen = code(kept)
    blurred = [max(row[i:i + s]) for i in range(0, n, s)]
    mean = [round(sum(row[i:i + s]) / s, 2) for i in range(0, n, s)]
    return Question(
        text=f"Stripes: a row of pixels holds {code(row)}. What is left if you keep every {'second third fourth'.split()[s - 2]} pixel, from the first on?",
        answer=seen, why=f"Places 1, {1 + s}, {1 + 2 * s} ... are kept. Stripes that are fine against the new grid turn into another pattern: aliasing.",
        wrong=[
            Wrong(code(row[s - 1::s]), "begins at the end of a group", "Keep the first pixel, then skip."),
            Wrong(code(blurred), "pools", "That is max pooling. Skipping does not look at the pixels between."),
            Wrong(code([int(m) if m == int(m) else m for m in mean]), "blurs first", "A mean of each group would blur the stripes to grey. Skipping does not."),
            Wrong(code(row[:n // s]), "takes the stripes to stay", "The first pixels are kept in a row here, and the rest is cut off. Keep one of each group."),
            Wrong(code([dark + bright - x for x in kept]), "exchanges dark and bright", f"The first pixel is {row[0]}, and it stays."),
        ],
        check=lambda: code([row[i] for i in range(n) if i % s == 0]))


@template(6, "ReLU and pooling")
def relu_and_pooling(rng):
    values, average = rng.integers(-9, 10, 4), bool(rng.integers(2)) or bool(rng.integers(2))
    if (values > 0).sum() in (0, 4):
        values[:2] = [-int(rng.integers(1, 9)), int(rng.integers(1, 10))]
    values = [int(v) for v in values]
    positive = [max(0, v) for v in values]
    first = bool(rng.integers(2)) if average else True
    relu_first, pool_first = sum(positive) / 4, max(0, sum(values) / 4)
    right = (relu_first if first else pool_first) if average else max(0, max(values))
    kind = "average" if average else "max"
    order = f"first ReLU, then {kind} pooling" if first else f"first {kind} pooling, then ReLU"
    return Question(
        text=f"A 2×2 window of a map holds the values below. It goes through {order}. What comes out?" + grid([values[:2], values[2:]]),
        answer=right,
        why=(f"ReLU leaves {', '.join(map(str, positive))}. " if first else f"The mean is {sum(values) / 4:g}. ").replace("-", "−")
            + ((f"Their mean is {relu_first:g}." if first else f"ReLU makes {pool_first:g} of it.") if average else f"The largest is {right}. For the maximum the order would not matter."),
        wrong=[
            Wrong(pool_first if first and average else relu_first if average else sum(positive) / 4, "exchanges the order" if average else "takes the mean", "With the mean the order matters: negative values count in one order and not in the other." if average else "Max pooling keeps the largest value."),
            Wrong(sum(values) / 4, "forgets ReLU", "ReLU turns what is negative into 0."),
            Wrong(sum(positive) if average else max(map(abs, values)), "does not divide" if average else "drops the signs", "The mean divides by 4." if average else "Negative values become 0, not positive."),
            Wrong(sum(positive) / max(1, sum(v > 0 for v in values)), "averages the positive ones" , "The zeros that ReLU makes count as values of the window."),
            Wrong(max(0, max(values)) if average else min(positive), "takes the largest" if average else "takes the smallest", "Average pooling writes the mean." if average else "Max pooling keeps the *largest* value."),
        ],
        check=lambda: float((np.mean if average else np.max)(np.maximum(values, 0)) if first else np.maximum(np.mean(values), 0)))


def error_of_difference(p, q, n):
    """Standard error of the difference of two accuracies, each on n images."""
    return math.sqrt((p * (1 - p) + q * (1 - q)) / n)


@template(6, "standard error of a difference", reads=("06-downsampling", r"^with_pooling +\S+ +([\d.]+) .*\n.*\n.*\nstandard error of such a difference on 10000 test images: ([\d.]+)"),
          example=lambda: (0.9036, error_of_difference(0.9036, 0.8978, 10_000)))
def standard_error_of_a_difference(rng):
    p, n = round(float(rng.integers(50, 98)) / 100, 2), pick(rng, 400, 500, 1000, 2500, 5000, 10_000)
    q = round(p + pick(rng, -0.02, -0.01, 0.01, 0.02), 2)
    right, single = error_of_difference(p, q, n), math.sqrt(p * (1 - p) / n)
    return Question(
        text=f"Two networks get {p:g} and {q:g} of {n:,d} test images right. How large is the standard error of the difference of the two accuracies (taken as independent)?",
        answer=round(right, 8),
        why=rf"The variances add: $\sqrt{{({p:g} \cdot {1 - p:.2g} + {q:g} \cdot {1 - q:.2g}) / {n}}} = {right:.4g}$.",
        wrong=[
            Wrong(round(single, 8), "takes the error of one", r"Both accuracies are uncertain. Their difference has about $\sqrt 2$ times the error of one."),
            Wrong(round(single + math.sqrt(q * (1 - q) / n), 8), "adds the errors", "Variances add, not standard errors: chance partly cancels."),
            Wrong(round(right ** 2, 10), "forgets the root", "That is the variance of the difference."),
            Wrong(round(abs(p - q), 4), "takes the difference itself", f"{abs(p - q):.2g} is the difference. The question is how much chance alone would move it."),
            Wrong(round(right * math.sqrt(n) / n, 10), "takes the root of the numerator alone", r"The root covers $n$, too."),
        ],
        check=lambda: round(float(np.sqrt(np.sum([x * (1 - x) for x in (p, q)]) / n)), 8))


@template(6, "statements on down-sampling", kind="choice")
def statements_on_down_sampling(rng):
    draw = np.random.default_rng(0)
    image, x = draw.integers(-9, 10, (8, 8)), draw.integers(-9, 10, 8)
    right = [
        Statement("Max pooling and ReLU may change places: the result is the same.", lambda: np.array_equal(np.maximum(pooled(image, 2), 0), pooled(np.maximum(image, 0), 2)), "ReLU keeps the order of numbers, so the largest stays the largest."),
        Statement("If you shuffle the four values within each window, max pooling does not notice.", lambda: np.array_equal(pooled(image, 2), pooled(image.reshape(4, 2, 4, 2)[:, ::-1, :, ::-1].reshape(8, 8), 2)),
                  "It keeps how strong the largest is, not where in its window."),
        Statement("A convolution with stride 2 gives every second row and column of the one with stride 1.", lambda: np.array_equal(slide(image, LAPLACIAN)[::2, ::2], np.array([[by_loops(image, LAPLACIAN, r, c) for c in (0, 2, 4)] for r in (0, 2, 4)])),
                  "It computes the same places and leaves the others out."),
        Statement("A pooling layer has no parameters.", lambda: pooled(image, 2).shape == (4, 4), "It takes the largest, or the mean: there is nothing to learn."),
        Statement("Max pooling of a picture is nowhere darker than average pooling of it.", lambda: bool((pooled(image, 2) >= pooled(image, 2, np.mean)).all()), "The largest value of a window is at least its mean."),
    ]
    wrong = [
        Statement("Average pooling and ReLU may change places: the result is the same.", lambda: np.array_equal(np.maximum(pooled(image, 2, np.mean), 0), pooled(np.maximum(image, 0), 2, np.mean)),
                  "Negative values count before ReLU and not after it. Only for the maximum the order is free.", "takes the mean for the maximum"),
        Statement("After 2×2 pooling half of the values are left.", lambda: pooled(image, 2).size * 2 == image.size, "A quarter: height and width are both halved.", "halves one side"),
        Statement("A 2×2 max pooling makes a network invariant to a shift by one pixel.", lambda: np.array_equal(pooled(image, 2), pooled(np.roll(image, 1, axis=1), 2)),
                  "It makes it steadier. A value that crosses into the next window moves the output.", "takes steadier for invariant"),
        Statement("A stride of 2 alone makes the output steadier under small shifts.", lambda: np.abs(x[::2] - np.roll(x, 1)[::2]).sum() < np.abs(x - np.roll(x, 1)).sum() / 4,
                  "It skips places unseen. The chapter measures no steadiness at all: blur before you skip.", "takes a stride for pooling"),
        Statement("2×2 pooling of a 7×7 map gives 4×4 with Keras's defaults.", lambda: 7 // 2 == 4, "3×3: the last row and column fill no window and are dropped.", "rounds up"),
        Statement("Pooling after a convolution saves as much work of that convolution as stride 2 does.", lambda: multiply_adds(28, 3, 1, 1, 1) == multiply_adds(28, 3, 2, 1, 1),
                  "Pooling has all places computed first and then drops three of four.", "takes the sizes for the work"),
        Statement("Max pooling of 3 channels writes the largest of the three.", lambda: pooled(image, 2).ndim == 3, "It treats each channel alone: three channels come out.", "mixes the channels"),
        Statement("Keeping every second pixel never changes what a picture shows.", lambda: len(set([0, 1] * 4)) == len(set(([0, 1] * 4)[::2])), "Stripes one pixel wide become all white or all black: aliasing.", "forgets fine detail"),
        Statement("One training run each decides that pooling beats stride if it is 0.0058 better on 10,000 images.", lambda: 0.0058 > 2 * error_of_difference(0.9036, 0.8978, 10_000),
                  "That is less than two standard errors (0.0042 each), and the seed adds more.", "takes a difference for a proof"),
    ]
    return choose(rng, TRUE, right, wrong)
