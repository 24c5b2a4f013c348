"""Questions on part 2, the building blocks: chapters 5 to 8."""

import math

import numpy as np

from . import Question, Wrong, grid, template
from .part1 import LAPLACIAN, LECTURE, MARQUES, TRUE, by_loops, conv_parameters, mlp_parameters, slide
from .tools import Statement, big, choose, code, pick, plus, product, some


def output_size(n, k, s=1, p=0, d=1):
    """Side of a feature map: p zeros at each end, stride s, dilation d."""
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def places(n, k, s=1, before=0, after=0, d=1):
    """The same by trying: how many windows fit."""
    return sum(1 for start in range(0, before + n + after, s) if start + d * (k - 1) + 1 <= before + n + after)


# ---------------------------------------------------------------------------- chapter 5: feature maps


@template(5, "side of a feature map", reads=("05-feature-maps", r"feature maps \((\d+), (\d+), 8\)"),
          example=lambda: (output_size(106, 3), output_size(106, 3)))
def side_of_a_feature_map(rng):
    n, k, s, p = int(rng.integers(20, 65)), pick(rng, 3, 5, 7), pick(rng, 1, 2, 2, 3, 4), pick(rng, 0, 1, 2, 3)
    d = pick(rng, 1, 2, 3) if s == 1 else 1
    extent, right = d * (k - 1) + 1, output_size(n, k, s, p, d)
    extra, frame = f", dilation {d}" if d > 1 else "", f"{p} zero{'s' * (p > 1)} at each end" if p else "no padding"
    wrong = [Wrong(output_size(n, k, s, 0, d), "forgets the padding", f"The padding adds {p} at each end.")] if p else []
    wrong += [Wrong(output_size(n, k, 1, p), "forgets the stride", f"The kernel moves {s} values at a time.")] if s > 1 else []
    wrong += [Wrong(output_size(n, k, 1, p), "forgets the dilation",
                    rf"The kernel's values lie {d} apart, so it covers ${d} \cdot {k - 1} + 1 = {extent}$ values, not {k}."),
              Wrong(output_size(n, d * k, s, p), "multiplies the kernel by the dilation",
                    rf"{k} values with {k - 1} gaps cover ${d} \cdot {k - 1} + 1 = {extent}$, not {d * k}.")] if d > 1 else []
    wrong += [Wrong(right - 1, "forgets the first place", "Add 1: the kernel stands at the start before it makes its first step."),
              Wrong(-(-(n + 2 * p - extent) // s) + 1, "rounds up", "A window that does not fit is no place: round down."),
              Wrong(math.ceil(n / s) if s > 1 else n, "takes the padding for `same`",
                    f"`same` pads just enough to read everything. Here it is: {frame}."),
              Wrong((n + p - extent) // s + 1, "pads one end", f"Both ends get {p}: the side grows by {2 * p}.")]
    zeros = rf" + 2 \cdot {p}" if p else ""
    inside = f"({n}{zeros} - {extent}) / {s}"
    return Question(
        text=f"An image has {n}×{n} values, a kernel {k}×{k}. Stride {s}, {frame}{extra}. How long is a side of the feature map?",
        answer=right,
        why=(f"With dilation {d} the kernel covers {extent} values. " if d > 1 else "") + rf"$\lfloor {inside} \rfloor + 1 = {right}$.",
        wrong=wrong[:5],
        check=lambda: places(n, k, s, p, p, d))


@template(5, "how many filters", reads=("05-feature-maps", r"^10 filters 3x3 on depth 5 +([\d,]+)"),
          example=lambda: conv_parameters(3, 5, 10))
def how_many_filters(rng):
    k, channels, filters = pick(rng, 1, 3, 5), pick(rng, 2, 3, 4, 5, 6, 8), pick(rng, 4, 5, 8, 10, 12, 16, 20, 32, 64)
    total, one = conv_parameters(k, channels, filters), k * k * channels + 1
    return Question(
        text=f"A convolutional layer with {k}×{k} kernels and biases reads {channels} channels and has {total:,d} parameters. "
             "How many maps does it write?",
        answer=filters,
        why=rf"A filter has ${k} \cdot {k} \cdot {channels} + 1 = {one}$ parameters: ${big(total)} / {one} = {filters}$ "
            "filters, and as many maps.",
        wrong=[
            Wrong(filters * channels, "writes a map for each slice", f"A filter adds its {channels} slices up into one map."),
            Wrong(round(total / (k * k + 1)), "forgets the channels", f"A filter has a slice for each of the {channels} channels."),
            Wrong(math.ceil(total / (one - 1)) if math.ceil(total / (one - 1)) != filters else filters + 1, "forgets the bias",
                  f"Each filter also has a bias, so divide by {one}."),
            Wrong(total // channels, "divides by the channels alone", f"A filter has {k * k} weights for each channel, and a bias."),
            Wrong(channels, "keeps the channels", "The number of filters is free. It does not follow from the input."),
        ],
        check=lambda: next(f for f in range(1, 200) if np.empty((k, k, channels, f)).size + np.empty(f).size == total))


def multiply_adds(n, k, s, c_in, filters, p=0):
    """Multiply-adds of a convolution on n x n values."""
    return output_size(n, k, s, p) ** 2 * filters * k * k * c_in


@template(5, "multiply-adds", reads=("05-feature-maps", r"products counted ([\d,]+),"),
          example=lambda: multiply_adds(32, 3, 2, 5, 10), slow=True)
def multiply_adds_of_a_layer(rng):
    n, k, s = pick(rng, 8, 9, 10, 11, 12, 16, 20), pick(rng, 2, 3, 5), pick(rng, 1, 2)
    channels, filters = pick(rng, 2, 3, 4, 5), pick(rng, 4, 5, 8, 10)
    side, right = output_size(n, k, s), multiply_adds(n, k, s, channels, filters)

    def check():
        import keras
        return int(keras.ops.sum(keras.ops.conv(np.ones((1, n, n, channels), "float32"),
                                                np.ones((k, k, channels, filters), "float32"), strides=s)))

    return Question(
        text=f"{n}×{n} values with {channels} channels go through {filters} filters of {k}×{k}, stride {s}, no padding. How "
             "many multiply-adds does the layer need? (The biases do not count.)",
        answer=right,
        why=rf"The maps have {side}×{side} places, and each weight works once at each: ${side * side} \cdot {filters} \cdot "
            rf"{k * k} \cdot {channels} = {big(right)}$.",
        wrong=[
            Wrong(n * n * filters * k * k * channels, "counts the places of the input",
                  f"The kernel stands at {side}×{side} places only, those of the *output*."),
            Wrong(side * side * filters * k * k, "forgets the channels", f"At each place a filter multiplies {channels} slices."),
            Wrong(side * side * k * k * channels, "counts one filter", f"{filters} filters do this."),
            Wrong(2 * right, "counts products and sums apart", "One product and its addition make one multiply-add."),
            Wrong(conv_parameters(k, channels, filters), "counts parameters",
                  f"That is what the layer learns. Each weight is used at {side * side} places."),
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
        text=f"{filters} filters of 5×5 read RGB images of {side}×{side} with `same` padding. How much memory do the maps of a "
             f"batch of {images} take, in 32-bit floats? (1 MiB is $2^{{20}}$ bytes.)",
        answer=right, unit="MiB",
        why=rf"${images} \cdot {side} \cdot {side} \cdot {filters}$ values of 4 bytes: {right:,.0f} MiB. A filter adds the "
            "three channels up into one map.",
        wrong=[
            Wrong(3 * right, "counts the input's channels again",
                  "The three channels do not come back in the output. A lecture makes this very slip."),
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
    steps = []
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
            Wrong(1 + sum(k - 1 for k, _ in layers), "forgets the strides",
                  "After a stride of 2, neighbouring units lie 2 pixels apart, so later kernels reach twice as far."),
            Wrong(late, "lets a stride act at once", "A layer's own stride makes later layers reach further, not its own kernel."),
            Wrong(sum(k for k, _ in layers), "adds up the kernels", "A kernel of $k$ adds $k - 1$ steps to what its first unit sees."),
            Wrong(math.prod(k for k, _ in layers), "multiplies the kernels",
                  "Windows of neighbouring units overlap. The field grows by sums."),
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
        text="How many pixels of the image lie between the receptive fields of two neighbouring units of the last layer, from "
             "start to start (the jump)?"
             + grid([[i, f"{k}×{k}", s] for i, (k, s) in enumerate(layers, 1)], ["layer", "kernel", "stride"]),
        answer=right, unit="pixels",
        why=rf"One step in a layer is its stride in steps of the layer before, so strides multiply: ${product} = {right}$.",
        wrong=[
            Wrong(sum(strides), "adds the strides", "A step of a later layer is made of steps of earlier ones: strides multiply."),
            Wrong(strides[-1], "looks at the last layer", "That is the step in units of the layer before, not in pixels."),
            Wrong(field_and_jump(layers)[0], "takes the field for the jump",
                  "That is how many pixels a unit sees. Neighbouring fields overlap."),
            Wrong(right // 2, "forgets the pooling", "The second layer has stride 2; pooling or convolution, it counts alike."),
            Wrong(max(strides), "takes the largest stride", "All strides work together: they multiply."),
        ],
        check=check)


def separable_multiply_adds(side, k, c_in, filters):
    """Multiply-adds of a depthwise convolution and the 1x1 convolution behind it, `same`, stride 1."""
    return side * side * (k * k * c_in + c_in * filters)


@template(5, "a separable convolution", reads=("05-feature-maps", r"^3x3 +64 +[\d,]+ +([\d,]+)"),
          example=lambda: separable_multiply_adds(56, 3, 64, 64))
def a_separable_convolution(rng):
    k, channels, filters = pick(rng, 3, 5, 7), pick(rng, 4, 8, 10, 16, 32, 64), pick(rng, 8, 10, 16, 20, 32, 64, 128)
    depthwise, mixing = k * k * channels, channels * filters
    return Question(
        text=f"A depthwise separable convolution: {k}×{k} kernels, one for each of {channels} channels, then 1×1 filters to "
             f"{filters} channels. How many weights has it in all, without biases?",
        answer=depthwise + mixing,
        why=rf"${k} \cdot {k} \cdot {channels} = {depthwise}$ for the neighbours and ${channels} \cdot {filters} = {mixing}$ "
            "for the channels.",
        wrong=[
            Wrong(k * k * channels * filters, "takes the plain convolution",
                  "A plain filter looks at neighbours in all channels at once. Here the jobs are split, and the costs added."),
            Wrong(depthwise, "forgets the 1×1 filters", f"The channels are mixed by {filters} filters with {channels} weights each."),
            Wrong(mixing, "forgets the depthwise kernels", f"Each of the {channels} channels has a {k}×{k} kernel of its own."),
            Wrong(k * k + mixing, "shares one kernel among the channels", f"There are {channels} kernels, one for each channel."),
            Wrong(k * k * filters + mixing, "gives each output a kernel",
                  f"The {k}×{k} kernels work on the {channels} channels of the *input*."),
        ],
        check=lambda: np.empty((k, k, channels, 1)).size + np.empty((1, 1, channels, filters)).size)


@template(5, "small kernels in place of a large one")
def small_kernels_in_place_of_a_large_one(rng):
    layers, channels, saved = pick(rng, 2, 3, 4, 5), pick(rng, 3, 4, 5, 6, 8, 10, 12, 16, 20, 32, 50, 64), bool(rng.integers(2))
    large = 2 * layers + 1
    few, many = layers * 9 * channels ** 2, large ** 2 * channels ** 2
    right = many - few if saved else few
    return Question(
        text=f"{layers} convolutions of 3×3 follow each other, stride 1. They see as much as one of {large}×{large}. All have "
             f"{channels} channels in and out, no biases. "
             + (f"How many weights do the {layers} save against the one?" if saved
                else f"How many weights do the {layers} have together?"),
        answer=right,
        why=rf"${layers} \cdot 9 \cdot {channels}^2 = {big(few)}$ weights"
            + (rf" against ${large}^2 \cdot {channels}^2 = {big(many)}$." if saved else f", where the large one has {many:,d}."),
        wrong=[
            Wrong(few if saved else many, "counts the small kernels" if saved else "takes the large kernel",
                  f"That is what the {layers} have together." if saved else f"That is one convolution of {large}×{large}."),
            Wrong(many - 9 * channels ** 2 if saved else 9 * channels ** 2, "counts one layer",
                  f"There are {layers} layers with $9 \\cdot {channels}^2$ weights each."),
            Wrong((large ** 2 - 9 * layers) * channels if saved else 9 * layers * channels, "counts one filter",
                  f"Each layer has {channels} filters with {channels} slices: ${channels}^2$ slices."),
            Wrong(large ** 2 - 9 * layers if saved else 9 * layers, "forgets the channels",
                  f"Each layer has ${channels} \\cdot {channels}$ slices of 3×3."),
            Wrong((large - 3) ** 2 * channels ** 2 if saved else 9 ** layers * channels ** 2,
                  "squares a difference" if saved else "multiplies the layers",
                  "Take the difference of the two counts, each squared by itself." if saved
                  else "Layers stand one after the other: their weights are added."),
        ],
        check=lambda: (np.empty((large, large, channels, channels)).size if saved
                       else 0) + (-1 if saved else 1) * sum(np.empty((3, 3, channels, channels)).size for _ in range(layers)))


@template(5, "what a row is read of")
def what_a_row_is_read_of(rng):
    k, s = pick(rng, (3, 2), (5, 2), (4, 3), (5, 3), (5, 4), (7, 4), (7, 5), (11, 4))
    n = int(rng.integers(k + 8, 70))
    while (n - k) % s == 0:
        n += 1
    count = output_size(n, k, s)
    right = (count - 1) * s + k
    return Question(
        text=f"A window of {k} values moves along a row of {n} values with stride {s}, without padding. How many values of the "
             "row are read by at least one window?",
        answer=right,
        why=rf"There are {count} windows. The last begins {count - 1} steps after the first: ${count - 1} \cdot {s} + {k} = "
            f"{right}$. At the end {n - right} {'is' if n - right == 1 else 'are'} never read.",
        wrong=[
            Wrong(n, "takes the windows to reach the end",
                  f"After {count} windows another one does not fit: {n - right} value{' is' if n - right == 1 else 's are'} "
                  "left over."),
            Wrong(count * k, "counts overlaps twice", f"Neighbouring windows share {k - s} value{'s' * (k - s > 1)}."),
            Wrong(count * s, "adds up the steps", f"The last window has {k} values, not {s}."),
            Wrong(count, "counts the windows", f"Each of the {count} windows reads {k} values."),
            Wrong(right + s, "lets a window hang over", f"A window that began {s} further on would need {right + s} values."),
        ],
        check=lambda: len({start + i for start in range(0, n - k + 1, s) for i in range(k)}))


def most_alive(sizes):
    """Largest memory at once of a plain chain, without training: an input and an output."""
    return max(a + b for a, b in zip(sizes, sizes[1:]))


@template(5, "alive at once", reads=("05-feature-maps", r"Without training at most (61\.2) KiB"),
          example=lambda: most_alive([3136 / 1024, 49, 12.25, 18, 0.0625, 0.0390625]))
def alive_at_once(rng):
    sizes = [int(x) for x in rng.permutation(np.arange(2, 40))[:5]]
    training = bool(rng.integers(2))
    pair = most_alive(sizes)
    right = sum(sizes) if training else pair
    i = int(np.argmax([a + b for a, b in zip(sizes, sizes[1:])]))
    return Question(
        text="A plain chain of layers makes these maps one after the other. How much memory must they have at the same time, "
             + ("in *training*, when the backward pass needs all maps?" if training
                else "*without* training, if a map goes as soon as the next one is made?")
             + grid([sizes], ["input, MiB", *[f"map {j}, MiB" for j in range(1, 5)]]),
        answer=right, unit="MiB",
        why=f"All stay until the backward pass has used them: ${plus(sizes)} = {right}$." if training else
            f"Only a layer's input and its output are alive at once. The largest pair is ${sizes[i]} + {sizes[i + 1]} = {right}$.",
        wrong=[
            Wrong(pair if training else sum(sizes), "thinks of use without training" if training else "keeps all maps",
                  "Without training a map may go early. In training it is needed again on the way back." if training
                  else "That is so in training. Without it, a map goes when its reader has run."),
            Wrong(max(sizes), "takes the largest map", "While a layer runs, its input and its output must both be there."),
            Wrong(sum(sorted(sizes)[-2:]), "takes the two largest", "Two maps are alive together only if one is made from the other."),
            Wrong(sizes[0] + sizes[-1], "takes the ends",
                  "The input is long gone when the last map is made." if not training
                  else "The maps between are needed for the gradients."),
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
        text=f"A network for {start}×{start} images pools 2×2 {'twice' if pools == 2 else 'three times'}, then comes "
             f"`Conv2D({filters}, {k})`. Building it fails: *Computed output size would be zero or negative*. Why?",
        answer=right,
        why=f"{start} halved {pools} times is {side}, and {side} − {k} + 1 = {side - k + 1}: there is no place for the kernel. "
            "Use `same`, or pool less.".replace("= -", "= −"),
        wrong=[
            Wrong(f"{filters} filters are too many for so small an image.", "looks at the filters",
                  "The number of filters is free: each writes one map, of whatever size."),
            Wrong("Some weights are negative.", "takes the size for a value",
                  "The message is about the *size* of the output, and no weight has been made yet."),
            Wrong("The channel axis is missing.", "thinks of another error",
                  "Then the message would count the axes (*ndim*). Here it computes a size."),
            Wrong("A 2×2 pooling needs stride 1.", "blames the stride",
                  f"Pooling may halve the maps. It is the kernel of {k} that no longer fits."),
            Wrong("There are too many parameters for the memory.", "looks at the parameters",
                  "The message speaks of the output's size, which is found before any memory is used."),
        ],
        check=check)


@template(5, "statements on cost", kind="choice")
def statements_on_cost(rng):
    right = [
        Statement("The multiply-adds of a convolution grow with the size of the image, its parameters do not.",
                  lambda: multiply_adds(64, 3, 1, 3, 8) > multiply_adds(32, 3, 1, 3, 8),
                  "Each weight works once at each place of the output."),
        Statement("Two 3×3 layers see as many pixels as one 5×5 layer.",
                  lambda: field_and_jump([(3, 1)] * 2)[0] == field_and_jump([(5, 1)])[0],
                  "$1 + 2 + 2 = 5$, with fewer weights and a ReLU more."),
        Statement("100 filters of 5×5 (`same`) on a 512×512 RGB image need more multiply-adds than a dense layer of 100 units there.",
                  lambda: 512 * 512 * 100 * 25 * 3 > 512 * 512 * 3 * 100,
                  "25 times as many: they make $512 \\cdot 512 \\cdot 100$ values, not 100."),
        Statement("In training, the maps of all layers must stay in memory until the backward pass.",
                  lambda: sum([3, 5, 2]) > most_alive([3, 5, 2]), "The gradient of a layer is made from its input map."),
        Statement("Pooling after a convolution does not shrink the memory of that convolution's own maps.",
                  lambda: 100 + 25 > 25, "They must be written before they can be pooled. Stride 2 would shrink them."),
    ]
    wrong = [
        Statement("The output of 100 filters on an RGB image has 300 channels.",
                  lambda: np.tensordot(np.zeros((2, 2, 75)), np.zeros((75, 100)), 1).shape[-1] == 300,
                  "A filter adds its three slices up: 100 maps.", "does not add the channels up"),
        Statement("A layer of half the side has half the values.", lambda: 16 * 16 * 2 == 32 * 32,
                  "Height *and* width are halved: a quarter of the values.", "halves one side"),
        Statement("Three 3×3 layers have more weights than one 7×7 layer with as many channels.", lambda: 3 * 9 > 49,
                  "$27\\,C^2$ against $49\\,C^2$.", "counts layers, not weights"),
        Statement("A 2×2 pooling with stride 2 leaves the receptive field as it is.",
                  lambda: field_and_jump([(3, 1), (2, 2)])[0] == 3,
                  "It counts like a convolution: it adds one jump, and doubles the jump.", "takes pooling for no layer"),
        Statement("Most of VGG-16's multiply-adds are in its dense layers, where most of its parameters are.",
                  lambda: 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000 > 56 * 56 * 9 * 256 * 256 * 2,
                  "Dense weights work once for each image, convolutional ones at every place: 0.8 % of the work is dense.",
                  "takes parameters for work"),
        Statement("With dilation 2 a 3×3 kernel covers 6×6 values.", lambda: 2 * (3 - 1) + 1 == 6,
                  "$2 \\cdot (3 - 1) + 1 = 5$: 5×5.", "multiplies the kernel by the dilation"),
        Statement("A depthwise convolution mixes the channels.",
                  lambda: np.empty((3, 3, 8, 1)).size == np.empty((3, 3, 8, 8)).size,
                  "Each channel has a kernel of its own. 1×1 filters do the mixing.", "takes depthwise for separable"),
        Statement("A stride of 2 makes a layer's own receptive field twice as large.", lambda: field_and_jump([(3, 2)])[0] == 6,
                  "Its own kernel reaches as far as before. Later kernels reach further.", "lets a stride act at once"),
    ]
    return choose(rng, TRUE, right, wrong)


@template(5, "a slip in a lecture", kind="choice")
def a_slip_in_lecture_5(rng):
    slips = [
        Statement(r"100 filters on a 512×512 RGB image write $3 \cdot 512 \cdot 512 \cdot 100 \cdot 32$ bits, exactly 300 MB.",
                  lambda: output_bytes(512, 512, 100) * 8 == 3 * 512 * 512 * 100 * 32,
                  "The factor 3 is too much: a filter adds its three slices up into one map. It is 100 MiB."),
        Statement("Larger strides save less memory than pooling layers after the convolution.",
                  lambda: 512 * 512 > 256 * 256 + 512 * 512,
                  "For that layer it is the other way round: with stride 2 it stores 25 MiB, with pooling 100 and 25."),
        Statement("A batch of 100 such outputs (100 filters, 512×512) takes over 29 GB.",
                  lambda: output_bytes(512, 512, 100, 100) > 29e9,
                  "It takes 9.8 GiB. The count had the input's three channels in it once more."),
    ]
    mistake = "doubts a right statement"
    good = [
        Statement("10 filters of 3×3 on an input of depth 5 have 460 parameters.", lambda: conv_parameters(3, 5, 10) == 460,
                  r"$(3 \cdot 3 \cdot 5 + 1) \cdot 10 = 460$.", mistake),
        Statement("100 filters of 5×5 on an RGB image have 7,600 parameters.", lambda: conv_parameters(5, 3, 100) == 7600,
                  r"$(5 \cdot 5 \cdot 3 + 1) \cdot 100 = 7{,}600$.", mistake),
        Statement("A dense layer of 100 units on a 512×512 RGB image has 78,643,300 parameters.",
                  lambda: mlp_parameters(512 * 512 * 3, 100) == 78_643_300, r"$(512 \cdot 512 \cdot 3 + 1) \cdot 100$.", mistake),
        Statement(r"The output width is $\lfloor (in + 2p - k)/s \rfloor + 1$.",
                  lambda: all(output_size(n, 3, 2, 1) == places(n, 3, 2, 1, 1) for n in range(3, 30)),
                  "So it is, for equal padding at both ends; the chapter tries 942 settings.", mistake),
        Statement("The channels of a feature volume are as many as the filters that made it.",
                  lambda: np.tensordot(np.zeros((2, 2, 27)), np.zeros((27, 6)), 1).shape[-1] == 6,
                  "Each filter writes one map.", mistake),
        Statement("The LeNet-5 of the paper of 1998 has 60,000 trainable parameters.",
                  lambda: 61_706 - 2416 + 60 * 25 + 16 + 44 - 850 == 60_000,
                  "61,706 in the usual rebuilding; fewer connections in C3, learned sub-sampling and a fixed last layer make "
                  "it 60,000.", mistake),
    ]
    return choose(rng, LECTURE, slips, good)


# ---------------------------------------------------------------------------- chapter 6: down-sampling


def pooled(grid_, size, how=np.max, stride=None):
    """Pool windows of a map; the stride is the size unless given."""
    stride = stride or size
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(grid_), (size, size))[::stride, ::stride]
    return how(windows, axis=(-2, -1))


EIGHT = np.array([[1, 2, 3, 0, 6, 4, 8, 5], [3, 9, 1, 3, 5, 7, 9, 7], [4, 3, 4, 4, 0, 7, 8, 1], [3, 6, 1, 8, 6, 3, 4, 7],
                  [0, 1, 3, 5, 8, 4, 6, 3], [1, 1, 7, 5, 3, 1, 2, 4], [5, 7, 2, 2, 6, 4, 1, 1], [4, 2, 1, 2, 5, 3, 0, 0]])


@template(6, "max pooling by hand", kind="choice", reads=("06-downsampling", r"^\[\[(\d) (\d) (\d) (\d)\]\n \[6 8 7 8\]"),
          example=lambda: tuple(pooled(EIGHT, 2)[0].tolist()))
def max_pooling_by_hand(rng):
    image = rng.integers(0, 10, (4, 4))
    right = pooled(image, 2)
    return Question(
        text="What does max pooling with 2×2 windows and stride 2 make of this map?" + grid(image),
        answer=code(right), why=f"The four windows lie side by side. The largest value of the first is {right[0, 0]}, of the "
                                f"last {right[1, 1]}.",
        wrong=[
            Wrong(code(image[::2, ::2]), "takes every second value",
                  "That is sub-sampling, as a stride does it: it looks at one value of each window."),
            Wrong(code(pooled(image, 2, np.min)), "takes the smallest", "Max pooling keeps the *largest* value of each window."),
            Wrong(code(pooled(image, 2, np.max, 1)), "moves by one", "With stride 2 the windows do not overlap, so the map is 2×2."),
            Wrong(code(pooled(image, 2, np.sum)), "adds the window up", "Max pooling keeps one value and drops the others."),
            Wrong(code(np.array([image.max(axis=1)[:2], image.max(axis=1)[2:]])), "takes the largest of a row",
                  "A window is 2×2: two rows and two columns, not a row of four."),
        ],
        check=lambda: code([[max(int(image[2 * r + i, 2 * c + j]) for i in range(2) for j in range(2)) for c in range(2)]
                            for r in range(2)]))


@template(6, "average pooling by hand")
def average_pooling_by_hand(rng):
    image, row, column = rng.integers(0, 10, (4, 4)), int(rng.integers(2)), int(rng.integers(2))
    window = image[2 * row:2 * row + 2, 2 * column:2 * column + 2]
    values = [int(x) for x in window.ravel()]
    corner = f"{'upper' if row == 0 else 'lower'} {'left' if column == 0 else 'right'}"
    return Question(
        text=f"Average pooling with 2×2 windows and stride 2 makes a 2×2 map of this one. Which number stands at its {corner}?"
             + grid(image),
        answer=sum(values) / 4, why=f"The mean of the four values at the {corner}: $({plus(values)}) / 4 = {sum(values) / 4:g}$.",
        wrong=[
            Wrong(max(values), "takes the largest", "That is max pooling."),
            Wrong(sum(values), "does not divide", "The mean divides the sum by 4."),
            Wrong(sum(values) / 2, "divides by the side", "A 2×2 window has four values."),
            Wrong(float(image[row:row + 2, column:column + 2].mean()) if (row, column) != (0, 0)
                  else float(image[1:3, 1:3].mean()), "moves by one" if (row, column) != (0, 0) else "takes the middle",
                  "With stride 2 the next window begins two places further on." if (row, column) != (0, 0)
                  else "The windows lie side by side from the corner on; none lies in the middle."),
            Wrong(float(np.median(values)), "takes the median", "The average is the mean, not the value in the middle."),
        ],
        check=lambda: float(pooled(image, 2, np.mean)[row, column]))


def side_after_pooling(n, size, times=1):
    """Side of a map after pooling layers without padding whose windows lie side by side."""
    for _ in range(times):
        n //= size
    return n


@template(6, "size after pooling", reads=("06-downsampling", r"^max 3x3 +\((\d+), (\d+)\)"), example=lambda: (side_after_pooling(220, 3),) * 2)
def size_after_pooling(rng):
    n, size, twice = int(rng.integers(20, 120)), pick(rng, 2, 3, 4), bool(rng.integers(2))
    right = side_after_pooling(n, size, 1 + twice)

    def check():
        side = n
        for _ in range(1 + twice):
            side = places(side, size, size)
        return side

    up = math.ceil(math.ceil(n / size) / size) if twice else math.ceil(n / size)
    return Question(
        text=f"A map of {n}×{n} goes through `MaxPooling2D({size})`{' twice' * twice}, with Keras's defaults for stride and "
             "padding. How long is its side then?",
        answer=right,
        why=rf"The stride is the window's size unless you say otherwise, and what fills no window is dropped: $\lfloor {n} / "
            rf"{size} \rfloor = {n // size}$" + (rf", $\lfloor {n // size} / {size} \rfloor = {right}$." if twice else "."),
        wrong=[
            Wrong(up, "rounds up", "Without padding a window that is not whole is dropped: round down."),
            Wrong(n - (size - 1) * (1 + twice), "takes stride 1", f"Pooling steps by its own size, {size}, unless you say otherwise."),
            Wrong(n // size if twice else n // size // size, "counts one pooling" if twice else "counts two poolings",
                  "The layer comes twice." if twice else "The layer comes once."),
            Wrong(n // (2 * size), "adds the factors",
                  f"Two poolings divide by {size} and by {size} again, so by {size * size}.") if twice else
            Wrong(n, "takes the padding for `same` and the stride for 1", f"By default nothing is padded, and the stride is {size}."),
            Wrong(right - 1, "stops one window early", f"{right} windows fit side by side."),
        ],
        check=check)


def never_seen(n, size=2):
    """Cells of an n x n map that no pooling window sees."""
    return n * n - (n // size * size) ** 2


@template(6, "cells that no window sees", reads=("06-downsampling", r"7x7 .*ever sees: (\d+)\n 5x5 .*ever sees: (\d+)"),
          example=lambda: (never_seen(7), never_seen(5)))
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
        text=f"A map of {n}×{n} goes through max pooling with {size}×{size} windows and stride {size}, without padding. How "
             "many of its cells does no window see?",
        answer=right,
        why=f"The windows cover {n - rest}×{n - rest} cells: $%d - %d = {right}$." % (n * n, (n - rest) ** 2),
        wrong=[
            Wrong(2 * rest * n, "counts the corner twice",
                  f"Row{'s' * (rest > 1)} and column{'s' * (rest > 1)} that are dropped share {rest * rest} cell{'s' * (rest > 1)}."),
            Wrong(rest * n, "drops rows only", "Columns are dropped as well as rows."),
            Wrong(rest * rest, "takes the corner alone", "Whole rows and columns are left over, not their corner alone."),
            Wrong(0, "takes all cells for seen",
                  f"{n} is no multiple of {size}: {rest} row{'s' * (rest > 1)} and column{'s' * (rest > 1)} fill no window."),
            Wrong(n * n - (n // size) ** 2, "counts what is dropped within windows",
                  "Cells that lose against the largest of their window have been *seen*."),
        ],
        check=check)


def values_left(height, width, channels, size):
    """Values of a volume after pooling windows that lie side by side."""
    return height // size * (width // size) * channels


@template(6, "values after pooling", reads=("06-downsampling", r"kept (\d+) of 36"), example=lambda: values_left(6, 6, 1, 2))
def values_after_pooling(rng):
    size = pick(rng, 2, 3, 4)
    height, width, channels = size * int(rng.integers(2, 9)), size * int(rng.integers(2, 9)), pick(rng, 3, 8, 10, 16, 32)
    right = values_left(height, width, channels, size)
    return Question(
        text=f"A volume of {height}×{width} with {channels} channels goes through average pooling with {size}×{size} windows "
             "that lie side by side. How many values are left?",
        answer=right,
        why=rf"${height // size} \cdot {width // size} \cdot {channels} = {big(right)}$: pooling treats each channel alone and "
            f"keeps one of {size * size} values.",
        wrong=[
            Wrong(height * width * channels // size, "shrinks one side",
                  f"Height and width both shrink: one of {size * size} values is left."),
            Wrong(height // size * (width // size), "mixes the channels",
                  f"Pooling works on each channel alone: {channels} channels stay."),
            Wrong(max(1, height // size * (width // size) * channels // size), "pools the channels",
                  "The windows lie in height and width only."),
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
            Wrong(code(image[:2, :3]), "cuts off the rest",
                  "The kernel takes longer steps over the whole image, it does not stop halfway."),
        ],
        check=lambda: code([[int(image[r][c]) for c in range(5) if c % 2 == 0] for r in range(4) if r % 2 == 0]))


@template(6, "pooling against stride", reads=("06-downsampling", r"places: (\d+) with stride 1, (\d+) with stride 2"),
          example=lambda: (output_size(27, 3) ** 2, output_size(27, 3, 2) ** 2))
def pooling_against_stride(rng):
    n, k = pick(rng, 20, 24, 26, 28, 32), pick(rng, 3, 5)
    channels, filters = pick(rng, 2, 4, 8), pick(rng, 4, 8, 10, 16)
    one, two = multiply_adds(n, k, 1, channels, filters), multiply_adds(n, k, 2, channels, filters)
    a, b = output_size(n, k), output_size(n, k, 2)
    return Question(
        text=f"`Conv2D({filters}, {k})` on {n}×{n} values with {channels} channels, no padding, then 2×2 pooling. You give the "
             "convolution stride 2 and drop the pooling. How many multiply-adds does that save?",
        answer=one - two,
        why=rf"The convolution makes {b}×{b} places instead of {a}×{a}: $({a * a} - {b * b}) \cdot "
            f"{k * k * channels * filters}$. Pooling itself counts none.",
        wrong=[
            Wrong(0, "takes the sizes after both for the work",
                  "The maps are alike in the end, but pooling must have all places computed before it drops three of four."),
            Wrong(two, "names what is left", f"That is the work with stride 2. Saved is the difference from {one:,d}."),
            Wrong(one // 2, "halves", "Height *and* width are halved: a quarter of the places is left."),
            Wrong(one, "saves all", f"The convolution still works at {b}×{b} places."),
            Wrong((a * a - b * b) * k * k * filters, "forgets the channels", f"A filter multiplies {channels} slices at each place."),
        ],
        check=lambda: sum(k * k * channels * filters for r in range(a)
                          for c in range(a)) - sum(k * k * channels * filters for r in range(0, a, 2) for c in range(0, a, 2)))


@template(6, "a pixel moves", kind="choice")
def a_pixel_moves(rng):
    n, method = 8, pick(rng, "stride 2", "max pooling", "average pooling")
    place, step = int(rng.integers(0, 6)), pick(rng, 1, 1, 2)
    bright = pick(rng, 1, 2, 4, 6, 8)
    do = {"stride 2": lambda x: x[::2], "max pooling": lambda x: x.reshape(-1, 2).max(axis=1),
          "average pooling": lambda x: x.reshape(-1, 2).mean(axis=1)}

    def row(p):
        x = np.zeros(n)
        x[p] = bright
        return x

    def out(values):
        return code([int(v) if v == int(v) else float(v) for v in values])

    right, before = do[method](row(place + step)), do[method](row(place))
    seen = {name: f(row(place + step)) for name, f in do.items()}
    other = {name: Wrong(out(value), f"takes {name}",
                         {"stride 2": "A stride keeps places 1, 3, 5 and 7 and does not look at the others.",
                         "max pooling": "Max pooling keeps the larger of each pair.",
                         "average pooling": "Average pooling writes the mean of each pair."}[name])
             for name, value in seen.items() if name != method}
    x = [int(v) for v in row(place)]
    return Question(
        text=f"A row of 8 pixels, {code(x)}, is down-sampled by *{method}*"
             + (", windows of 2 side by side" if method != "stride 2" else "")
             + f". Now its bright pixel moves {step} place{'s' * (step > 1)} to the right. What does the output hold then?",
        answer=out(right),
        why=f"The pixel stands at place {place + step + 1} of 8 now, in pair {(place + step) // 2 + 1}" + (
            (": first of its pair, so the stride sees it." if (place + step) % 2 == 0
             else ": second of its pair, so the stride skips it.") if method == "stride 2" else
            (", which keeps it at full strength." if method == "max pooling" else ", whose mean is half of it.")),
        wrong=[*other.values(),
               Wrong(out(before), "takes the layer for invariant",
                     "That is the output before the move. Down-sampling is not invariant: a step across the border of a pair shows."),
               Wrong(out(np.roll(right, -1 if right[-1] else 1)), "is one place off",
                     "Two pixels of the input make one place of the output: count in pairs."),
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
        text=f"Stripes: a row of pixels holds {code(row)}. What is left if you keep every "
             f"{'second third fourth'.split()[s - 2]} pixel, from the first on?",
        answer=seen, why=f"Places 1, {1 + s}, {1 + 2 * s} ... are kept. Stripes that are fine against the new grid turn into "
                         "another pattern: aliasing.",
        wrong=[
            Wrong(code(row[s - 1::s]), "begins at the end of a group", "Keep the first pixel, then skip."),
            Wrong(code(blurred), "pools", "That is max pooling. Skipping does not look at the pixels between."),
            Wrong(code([int(m) if m == int(m) else m for m in mean]), "blurs first",
                  "A mean of each group would blur the stripes to grey. Skipping does not."),
            Wrong(code(row[:n // s]), "takes the stripes to stay",
                  "This keeps the first pixels and cuts the rest off. Keep one of each group, along the whole row."),
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
            + ((f"Their mean is {relu_first:g}." if first else f"ReLU makes {pool_first:g} of it.") if average
               else f"The largest is {right}. For the maximum the order would not matter."),
        wrong=[
            Wrong(pool_first if first and average else relu_first if average else sum(positive) / 4,
                  "exchanges the order" if average else "takes the mean",
                  "With the mean the order matters: negative values count in one order and not in the other." if average
                  else "Max pooling keeps the largest value."),
            Wrong(sum(values) / 4, "forgets ReLU", "ReLU turns what is negative into 0."),
            Wrong(sum(positive) if average else max(map(abs, values)), "does not divide" if average else "drops the signs",
                  "The mean divides by 4." if average else "Negative values become 0, not positive."),
            Wrong(sum(positive) / max(1, sum(v > 0 for v in values)), "averages the positive ones" ,
                  "The zeros that ReLU makes count as values of the window."),
            Wrong(max(0, max(values)) if average else min(positive), "takes the largest" if average else "takes the smallest",
                  "Average pooling writes the mean." if average else "Max pooling keeps the *largest* value."),
        ],
        check=lambda: float((np.mean if average else np.max)(np.maximum(values, 0)) if first else np.maximum(np.mean(values), 0)))


def error_of_difference(p, q, n):
    """Standard error of the difference of two accuracies, each on n images."""
    return math.sqrt((p * (1 - p) + q * (1 - q)) / n)


@template(6, "standard error of a difference")
def standard_error_of_a_difference(rng):
    p, n = round(float(rng.integers(50, 98)) / 100, 2), pick(rng, 400, 500, 1000, 2500, 5000, 10_000)
    q = round(p + pick(rng, -0.02, -0.01, 0.01, 0.02), 2)
    right, single = error_of_difference(p, q, n), math.sqrt(p * (1 - p) / n)
    return Question(
        text=f"Two networks get {p:g} and {q:g} of {n:,d} test images right. How large is the standard error of the difference "
             "of the two accuracies (taken as independent)?",
        answer=round(right, 8),
        why=rf"The variances add: $\sqrt{{({p:g} \cdot {1 - p:.2g} + {q:g} \cdot {1 - q:.2g}) / {n}}} = {right:.4g}$.",
        wrong=[
            Wrong(round(single, 8), "takes the error of one",
                  r"Both accuracies are uncertain. Their difference has about $\sqrt 2$ times the error of one."),
            Wrong(round(single + math.sqrt(q * (1 - q) / n), 8), "adds the errors",
                  "Variances add, not standard errors: chance partly cancels."),
            Wrong(round(right ** 2, 10), "forgets the root", "That is the variance of the difference."),
            Wrong(round(abs(p - q), 4), "takes the difference itself",
                  f"{abs(p - q):.2g} is the difference. The question is how much chance alone would move it."),
            Wrong(round(right * math.sqrt(n) / n, 10), "takes the root of the numerator alone", r"The root covers $n$, too."),
        ],
        check=lambda: round(float(np.sqrt(np.sum([x * (1 - x) for x in (p, q)]) / n)), 8))


@template(6, "statements on down-sampling", kind="choice")
def statements_on_down_sampling(rng):
    draw = np.random.default_rng(0)
    image, x = draw.integers(-9, 10, (8, 8)), draw.integers(-9, 10, 8)
    right = [
        Statement("Max pooling and ReLU may change places: the result is the same.",
                  lambda: np.array_equal(np.maximum(pooled(image, 2), 0), pooled(np.maximum(image, 0), 2)),
                  "ReLU keeps the order of numbers, so the largest stays the largest."),
        Statement("If you shuffle the four values within each window, max pooling does not notice.",
                  lambda: np.array_equal(pooled(image, 2), pooled(image.reshape(4, 2, 4, 2)[:, ::-1, :, ::-1].reshape(8, 8), 2)),
                  "It keeps how strong the largest is, not where in its window."),
        Statement("A convolution with stride 2 gives every second row and column of the one with stride 1.",
                  lambda: np.array_equal(slide(image, LAPLACIAN)[::2, ::2],
                                         np.array([[by_loops(image, LAPLACIAN, r, c) for c in (0, 2, 4)] for r in (0, 2, 4)])),
                  "It computes the same places and leaves the others out."),
        Statement("A pooling layer has no parameters.", lambda: pooled(image, 2).shape == (4, 4),
                  "It takes the largest, or the mean: there is nothing to learn."),
        Statement("Max pooling of a picture is nowhere darker than average pooling of it.",
                  lambda: bool((pooled(image, 2) >= pooled(image, 2, np.mean)).all()),
                  "The largest value of a window is at least its mean."),
    ]
    wrong = [
        Statement("Average pooling and ReLU may change places: the result is the same.",
                  lambda: np.array_equal(np.maximum(pooled(image, 2, np.mean), 0), pooled(np.maximum(image, 0), 2, np.mean)),
                  "Negative values count before ReLU and not after it. Only for the maximum the order is free.",
                  "takes the mean for the maximum"),
        Statement("After 2×2 pooling half of the values are left.", lambda: pooled(image, 2).size * 2 == image.size,
                  "A quarter: height and width are both halved.", "halves one side"),
        Statement("A 2×2 max pooling makes a network invariant to a shift by one pixel.",
                  lambda: np.array_equal(pooled(image, 2), pooled(np.roll(image, 1, axis=1), 2)),
                  "It makes it steadier. A value that crosses into the next window moves the output.", "takes steadier for invariant"),
        Statement("A stride of 2 alone makes the output steadier under small shifts.",
                  lambda: np.abs(x[::2] - np.roll(x, 1)[::2]).sum() < np.abs(x - np.roll(x, 1)).sum() / 4,
                  "It skips places unseen. The chapter measures no steadiness at all: blur before you skip.",
                  "takes a stride for pooling"),
        Statement("2×2 pooling of a 7×7 map gives 4×4 with Keras's defaults.", lambda: 7 // 2 == 4,
                  "3×3: the last row and column fill no window and are dropped.", "rounds up"),
        Statement("Pooling after a convolution saves as much work of that convolution as stride 2 does.",
                  lambda: multiply_adds(28, 3, 1, 1, 1) == multiply_adds(28, 3, 2, 1, 1),
                  "Pooling has all places computed first and then drops three of four.", "takes the sizes for the work"),
        Statement("Max pooling of 3 channels writes the largest of the three.", lambda: pooled(image, 2).ndim == 3,
                  "It treats each channel alone: three channels come out.", "mixes the channels"),
        Statement("Keeping every second pixel never changes what a picture shows.",
                  lambda: len(set([0, 1] * 4)) == len(set(([0, 1] * 4)[::2])),
                  "Stripes one pixel wide become all white or all black: aliasing.", "forgets fine detail"),
        Statement("One training run each decides that pooling beats stride if it is 0.0058 better on 10,000 images.",
                  lambda: 0.0058 > 2 * error_of_difference(0.9036, 0.8978, 10_000),
                  "That is less than two standard errors (0.0042 each), and the seed adds more.", "takes a difference for a proof"),
    ]
    return choose(rng, TRUE, right, wrong)


# ---------------------------------------------------------------------------- chapter 7: padding


def windows_over(place, n, k, p=0, s=1):
    """In how many windows a place (from 0) of a row of n values lies, with p zeros at each end."""
    return sum(1 for start in range(-p, n + p - k + 1, s) if start <= place < start + k)


@template(7, "how often a pixel is seen")
def how_often_a_pixel_is_seen(rng):
    n, k, p = pick(rng, 6, 7, 8, 9, 10, 12), pick(rng, 3, 5), pick(rng, 0, 0, 1)
    row, column = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    a, b = windows_over(row - 1, n, k, p), windows_over(column - 1, n, k, p)

    def check():
        count = np.zeros((n + 2 * p, n + 2 * p), int)
        for r in range(n + 2 * p - k + 1):
            for c in range(n + 2 * p - k + 1):
                count[r:r + k, c:c + k] += 1
        return int(count[row - 1 + p, column - 1 + p])

    return Question(
        text=f"A kernel of {k}×{k} slides over {n}×{n} pixels with stride 1 and "
             f"{'a frame of one cell' if p else 'no padding'}. In how many windows lies the pixel in row {row}, column "
             f"{column}, counted from 1?",
        answer=a * b,
        why=f"Along the rows {a} place{'s' * (a > 1)} of the window reach{'es' * (a == 1)} it, along the columns {b}: ${a} "
            rf"\cdot {b} = {a * b}$.",
        wrong=[
            Wrong(k * k, "takes it for a pixel in the middle",
                  f"Only pixels far enough from the border lie in all {k * k} places of the kernel."),
            Wrong(a + b, "adds rows and columns", "Each place along the rows goes with each along the columns: multiply."),
            Wrong(windows_over(row - 1, n, k, 1 - min(p, 1)) * windows_over(column - 1, n, k, 1 - min(p, 1)),
                  "forgets the frame" if p else "adds a frame",
                  "The frame lets the kernel reach over the border." if p else "Without padding the kernel stays inside."),
            Wrong(row * column, "takes row times column", f"Count the places of the window that reach it: {a} and {b}."),
            Wrong(1, "takes it for the corner", "Only a corner without padding lies in one window. This pixel lies in more."),
            Wrong((a + 1) * (b + 1), "counts one place too many",
                  f"Try it: {a} start row{'s' * (a > 1)} and {b} start column{'s' * (b > 1)} of the window reach it."),
        ][:5] if a * b > 1 else [
            Wrong(k * k, "takes it for a pixel in the middle",
                  f"Only pixels far enough from the border lie in all {k * k} places of the kernel."),
            Wrong(2, "adds rows and columns", "One place along the rows goes with one along the columns: $1 \\cdot 1$."),
            Wrong(4, "adds a frame", "With a frame of one cell the corner would lie in four windows. Here the kernel stays inside."),
            Wrong(0, "takes the corner for unseen", "The first window begins there."),
        ],
        check=check)


@template(7, "zero padding by hand", reads=("07-padding", r"^\[\[ *(\d+) +(\d+) +(-\d+) +(-\d+) +(\d+)\]"),
          example=lambda: tuple(slide(np.pad(MARQUES, 1), LAPLACIAN)[0].tolist()))
def zero_padding_by_hand(rng):
    image, corner = rng.integers(1, 10, (4, 4)), pick(rng, (0, 0), (0, 3), (3, 0), (3, 3), (0, 1), (0, 2), (1, 0), (2, 3))
    row, column = corner
    near = [int(image[r, c]) for r, c in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column))
            if 0 <= r < 4 and 0 <= c < 4]
    centre, right = int(image[row, column]), int(slide(np.pad(image, 1), LAPLACIAN)[row, column])
    r, c = min(max(row, 1), 2), min(max(column, 1), 2)
    return Question(
        text=f"The Laplacian {code(LAPLACIAN)} slides over this image with a frame of zeros (`same`). What does it give at row "
             f"{row + 1}, column {column + 1}, counted from 1?" + grid(image),
        answer=right,
        why=rf"Four times the pixel, minus its neighbours; those outside are zero: $4 \cdot {centre} - ({plus(near)}) = {right}$.",
        wrong=[
            Wrong(int(slide(np.pad(image, 1, mode="edge"), LAPLACIAN)[row, column]), "copies the border",
                  "That is the padding *edge*. `same` puts zeros in the frame."),
            Wrong(int(slide(np.pad(image, 1, mode="reflect"), LAPLACIAN)[row, column]), "mirrors at the border",
                  "That is the padding *reflect*. `same` puts zeros in the frame."),
            Wrong(len(near) * centre - sum(near), "adapts the kernel to the border",
                  "The kernel stays as it is: its middle weight is 4 everywhere."),
            Wrong(int(slide(image, LAPLACIAN)[r - 1, c - 1]), "moves inside",
                  f"That is the value at row {r + 1}, column {c + 1}, where the kernel needs no frame."),
            Wrong(0, "takes the border for 0", "Only the frame holds zeros. The map has a value at each pixel."),
        ],
        check=lambda: by_loops(np.pad(image, 1), LAPLACIAN, row, column))


@template(7, "padding that keeps the size", reads=("07-padding", r"frame that Keras adds: \((\d), (\d)\)"),
          example=lambda: same_padding(28, 5, 1))
def padding_that_keeps_the_size(rng):
    n, k, d = int(rng.integers(20, 65)), pick(rng, 3, 5, 7, 9, 11), pick(rng, 1, 1, 2, 3)
    right = d * (k - 1) // 2
    return Question(
        text=f"A kernel of {k}×{k} with stride 1{f' and dilation {d}' * (d > 1)} is to keep the size of {n}×{n} maps. How many "
             "zeros must stand on *each* side?",
        answer=right,
        why=(f"The kernel covers {d * (k - 1) + 1} values. " if d > 1
             else "") + rf"A side loses {d * (k - 1)} values, half of them at each end: ${d * (k - 1)} / 2 = {right}$.",
        wrong=[
            Wrong(d * (k - 1), "takes the sum of both sides",
                  "That many are missing in all; each side gets half. On each side they would make a *full* convolution."),
            Wrong((k - 1) // 2 if d > 1 else k // 2 + 1, "forgets the dilation" if d > 1 else "rounds up",
                  f"The kernel's values lie {d} apart." if d > 1 else f"The kernel reaches {right} values to each side of its middle."),
            Wrong(k * d, "takes the size of the kernel",
                  f"The middle of the kernel stands on the pixel; it reaches only {right} to each side."),
            Wrong(1, "takes 1 for all kernels", "One zero on each side is enough only for a 3×3 kernel without dilation."),
            Wrong(0, "lets no size be lost", f"Without padding a side loses {d * (k - 1)}."),
        ],
        check=lambda: next(p for p in range(99) if places(n, k, 1, p, p, d) == n))


def same_size(n, s):
    """Side of a map with Keras's padding="same"."""
    return -(-n // s)


@template(7, "size with same padding", reads=("07-padding", r"^Conv2D\(64\), stride 2 +\(12, 12, 64\) +\((\d+), (\d+), 64\)"),
          example=lambda: (same_size(28, 2),) * 2)
def size_with_same_padding(rng):
    n, k, s = int(rng.integers(15, 100)), pick(rng, 2, 3, 5, 7), pick(rng, 2, 3, 4)
    right = same_size(n, s)
    return Question(
        text=f"`Conv2D(8, {k}, strides={s}, padding=\"same\")` reads maps of {n}×{n}. How long is a side of its own maps?",
        answer=right, why=rf"With `same` Keras makes $\lceil n / s \rceil = \lceil {n} / {s} \rceil = {right}$ places, "
                          "whatever the kernel.",
        wrong=[
            Wrong(n, "takes `same` at its word", "`same` keeps the size for stride 1 only. In general it is $\\lceil n / s \\rceil$."),
            Wrong(n // s if n % s else n // s - 1, "rounds down" if n % s else "forgets a place",
                  "`same` rounds up: what is left over gets a window of its own." if n % s
                  else f"{n} is a multiple of {s}: each group of {s} values gets a window."),
            Wrong(output_size(n, k, s), "takes `valid`", "Without padding the windows would have to stay inside."),
            Wrong(n - s, "subtracts the stride", f"The kernel steps by {s}, so there is one place for {s} values."),
            Wrong(same_size(n, s) + 1, "adds a place too many",
                  f"{right} windows are enough for {n} values: the last one may hang over."),
        ],
        check=lambda: len(range(0, n, s)))


def same_padding(n, k, s):
    """Zeros that Keras's padding="same" adds before and after."""
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


@template(7, "which side gets the zero", kind="choice",
          reads=("07-padding", r"n = 28, 3x3 kernel: stride 1 \((\d), (\d)\), stride 2 \((\d), (\d)\)"),
          example=lambda: same_padding(28, 3, 1) + same_padding(28, 3, 2))
def which_side_gets_the_zero(rng):
    while True:
        n, k, s = int(rng.integers(10, 100)), pick(rng, 2, 3, 4, 5, 6, 7), pick(rng, 1, 2, 3, 4)
        before, after = same_padding(n, k, s)
        if after > before:
            break

    def say(a, b):
        return f"{a or 'none'} before, {b or 'none'} after"

    def check():
        outputs = len(range(0, n, s))
        total = next(t for t in range(99) if n + t >= (outputs - 1) * s + k)
        return say(total - (total + 1) // 2, (total + 1) // 2)

    return Question(
        text=f"A row of {n} values, a kernel of {k}, stride {s}, `padding=\"same\"`. How many zeros does Keras put before and "
             "after the row?",
        answer=say(before, after),
        why=rf"{same_size(n, s)} places need $({same_size(n, s)} - 1) \cdot {s} + {k} = {(same_size(n, s) - 1) * s + k}$ "
            f"values, so {before + after} zero{'s' * (before + after > 1)}. Of an odd number the extra one goes *after*.",
        wrong=[
            Wrong(say(after, before), "puts the extra zero first", "Keras puts the extra one at the end."),
            Wrong(say(after, after), "pads both ends alike", "That is PyTorch's way, with equal padding. Keras adds as few as it can."),
            Wrong(say(0, 0) if before else say(0, after + 1), "takes `same` for `valid`" if before else "adds one too many",
                  f"Without zeros there would be {output_size(n, k, s)} places, not {same_size(n, s)}." if before
                  else f"{after} is enough for the last window."),
            Wrong(say(before + after, 0), "puts all in front", "Half goes before, half after, and an odd one after."),
            Wrong(say((k - 1) // 2, (k - 1) // 2), "rounds down", "Then one zero is missing for the last window.") if s == 1 else
            Wrong(say((k - 1) // 2, (k - 1) // 2), "pads for stride 1",
                  f"That is the frame of an odd kernel with stride 1. What must fit here is {same_size(n, s)} windows, {s} apart."),
        ],
        check=check)


@template(7, "valid, same, full", reads=("07-padding", r"^7x7 kernel +(\d+) +(\d+) +(\d+)"),
          example=lambda: tuple(output_size(28, 7, 1, p) for p in (0, 3, 6)))
def valid_same_full(rng):
    n, k = int(rng.integers(16, 65)), pick(rng, 3, 5, 7, 9)
    sizes = {"valid": n - k + 1, "same": n, "full": n + k - 1}
    kind = pick(rng, "valid", "full", "full")
    frame = {"valid": 0, "same": (k - 1) // 2, "full": k - 1}[kind]
    right = output_size(n, k, 1, frame)
    meaning = {"valid": "the kernel stays inside", "same": "the output is as large as the input",
               "full": "the kernel need only touch the image"}
    return Question(
        text=f"A {k}×{k} kernel slides over {n}×{n} pixels with stride 1 and *{kind}* padding. How long is a side of the result?",
        answer=right,
        why=rf"In *{kind}*, {meaning[kind]}. {frame or 'No'} zeros on each side: ${n} + 2 \cdot {frame} - {k} + 1 = {right}$.",
        wrong=[
            *[Wrong(size, f"takes it for {name}", f"In *{name}*, {meaning[name]}.") for name, size in sizes.items() if name != kind],
            Wrong(n + k if kind == "full" else n - k, "is one off", "Try a kernel of one value: it must leave the size alone."),
            Wrong(n + 2 * (k - 1) if kind == "full" else n - 2 * (k - 1),
                  "counts the frame, not the places" if kind == "full" else "takes away both ends twice",
                  f"The padded image is that large; the kernel fits in {right} places." if kind == "full"
                  else f"A side loses {k - 1} in all, not at each end."),
        ],
        check=lambda: len(np.convolve(np.ones(n), np.ones(k), kind)))


MODES = {"constant": ("zeros", "puts zeros"), "edge": ("copies of its last pixel", "copies the last pixel"),
         "reflect": ("its mirror image, without the last pixel once more", "mirrors and does not repeat the last pixel"),
         "symmetric": ("its mirror image, with the last pixel once more", "mirrors and repeats the last pixel"),
         "wrap": ("what stands at the other end", "goes round to the other end")}


@template(7, "what stands in the frame", kind="choice", reads=("07-padding", r"^reflect +(\d) (\d) 1 2 3 4 (\d) (\d)"),
          example=lambda: tuple(np.pad([1, 2, 3, 4], 2, mode="reflect")[[0, 1, 6, 7]].tolist()))
def what_stands_in_the_frame(rng):
    row, mode = [int(x) for x in rng.choice(np.arange(1, 10), 4, replace=False)], pick(rng, *MODES)
    # what NumPy's modes do, by place in the row
    by_place = {"constant": [None, None, 0, 1, 2, 3, None, None], "edge": [0, 0, 0, 1, 2, 3, 3, 3], "reflect": [2, 1, 0, 1, 2, 3, 2, 1],
                "symmetric": [1, 0, 0, 1, 2, 3, 3, 2], "wrap": [2, 3, 0, 1, 2, 3, 0, 1]}
    return Question(
        text=f"The row {code(row)} gets a frame of two cells at each end. The frame holds {MODES[mode][0]}. What does the row "
             "hold then?",
        answer=code(np.pad(row, 2, mode=mode)), why=f"NumPy calls it `{mode}`: it {MODES[mode][1]}.",
        wrong=[Wrong(code(np.pad(row, 2, mode=other)), f"takes `{other}`", f"That is `{other}`, which {MODES[other][1]}.")
               for other in MODES if other != mode],
        check=lambda: code([0 if i is None else row[i] for i in by_place[mode]]))


@template(7, "a blur darkens the border", reads=("07-padding", r"^constant +corner ([\d.]+) +border ([\d.]+)"),
          example=lambda: (blurred_white(3, 1, True), blurred_white(3, 1, False)))
def a_blur_darkens_the_border(rng):
    k, corner = pick(rng, 3, 5), bool(rng.integers(2))
    light = int(rng.integers(1, 29 if k == 3 else 11)) * k * k
    right, half = blurred_white(k, light, corner), (k + 1) // 2
    place = "in a corner" if corner else "in the middle of a border"
    inside = half * half if corner else half * k
    return Question(
        text=f"All pixels of a large image have the value {light}. It is blurred with the mean over {k}×{k} pixels, with a "
             f"frame of zeros so that the size stays. Which value stands {place}?",
        answer=right,
        why=rf"{inside} of the {k * k} pixels lie in the image, the others are zero: ${light} \cdot {inside} / {k * k} = {right:g}$.",
        wrong=[
            Wrong(light, "takes the blur to leave white alone", "Inside it does. Here part of the window lies in the frame, on zeros."),
            Wrong(blurred_white(k, light, not corner),
                  "takes a border for a corner" if corner else "takes a corner for a border",
                  f"That is the value {'in the middle of a border' if corner else 'in a corner'}: "
                  f"{half * k if corner else half * half} of {k * k} pixels lie inside."),
            Wrong(light / 2 if not corner else light / 4, "halves" if not corner else "takes a quarter",
                  f"The row{'' if not corner else ' and the column'} of the pixel itself lie{'s' * (not corner)} inside: "
                  f"{inside} of {k * k}, more than {'half' if not corner else 'a quarter'}."),
            Wrong(0, "takes the border for 0", "The zeros stand in the frame, outside the image."),
            Wrong(light - right, "counts the pixels outside", f"{k * k - inside} pixels lie outside and give 0; {inside} lie inside."),
        ],
        check=lambda: float(np.pad(np.full((15, 15), light), k // 2)[0:k, 0:k].mean() if corner
                            else np.pad(np.full((15, 15), light), k // 2)[0:k, 7:7 + k].mean()))


def blurred_white(k, light, corner):
    """A white image under a k x k mean with zero padding: its corner, or the middle of its border."""
    half = (k + 1) // 2
    return light * half * (half if corner else k) / k ** 2


@template(7, "pixels that no zero reaches")
def pixels_that_no_zero_reaches(rng):
    n, k, layers = int(rng.integers(16, 49)), pick(rng, 3, 5), pick(rng, 1, 2, 3)
    reach = layers * (k - 1) // 2
    right = (n - 2 * reach) ** 2

    def check():
        touched = np.zeros((n, n), bool)
        for _ in range(layers):
            padded = np.pad(touched, k // 2, constant_values=True)
            touched = np.lib.stride_tricks.sliding_window_view(padded, (k, k)).any(axis=(-2, -1))
        return int((~touched).sum())

    return Question(
        text=f"{n}×{n} pixels go through {layers} convolution{'s' * (layers > 1)} of {k}×{k} with `same` padding and stride 1. "
             "How many values of the last map do not depend on any zero of a frame?",
        answer=right,
        why=rf"Each layer carries the zeros {(k - 1) // 2} further inwards, {reach} in all from every side: $({n} - 2 \cdot "
            f"{reach})^2 = {right}$.",
        wrong=[
            Wrong((n - reach) ** 2, "comes from one side", "Zeros come from all four sides."),
            Wrong((n - 2 * reach // layers) ** 2 if layers > 1 else (n - k) ** 2,
                  "counts one layer" if layers > 1 else "takes the whole kernel",
                  f"Each of the {layers} layers pads anew and carries the zeros further." if layers > 1
                  else f"The kernel reaches {reach} beyond its middle."),
            Wrong(n * n, "takes the frame for harmless", "The windows at the border read zeros."),
            Wrong(n * n - 4 * n * reach, "takes the corners away twice", "The four strips at the borders overlap in the corners."),
            Wrong(n - 2 * reach, "counts one side", f"The free part is a square, {n - 2 * reach} on a side."),
        ],
        check=check)


@template(7, "how many layers fit")
def how_many_layers_fit(rng):
    n, k = int(rng.integers(16, 100)), pick(rng, 3, 5, 7)
    right = (n - 1) // (k - 1)

    def check():
        side, count = n, 0
        while side >= k:
            side, count = side - k + 1, count + 1
        return count

    left = n - right * (k - 1)
    return Question(
        text=f"How many {k}×{k} convolutions without padding, stride 1, can you put one behind the other on {n}×{n} pixels "
             "before the kernel no longer fits?",
        answer=right,
        why=rf"Each takes {k - 1}. After {right} a side has ${n} - {right} \cdot {k - 1} = {left}$ value{'s' * (left > 1)}, "
            f"too few for a kernel of {k}.",
        wrong=[
            Wrong(n // k, "divides by the kernel", f"A convolution takes {k - 1} from a side, not {k}."),
            Wrong(right + 1, "lets one too many in", f"After {right} the side has {left}: a {k}×{k} kernel does not fit."),
            Wrong(right - 1, "stops too early", f"After {right - 1} the side has {left + k - 1}, which holds one more kernel."),
            Wrong((n - 1) // ((k - 1) // 2), "counts one border", f"Both borders lose {(k - 1) // 2} each time."),
            Wrong(n - k + 1, "counts places", "That is the side of the first map."),
        ],
        check=check)


def lenet_features(n, p, filters=16):
    """Values after the two convolutions (5x5) and poolings (2x2) of LeNet."""
    side = output_size(n, 5, 1, p) // 2
    return (output_size(side, 5) // 2) ** 2 * filters


@template(7, "LeNet's frame", reads=("07-padding", r"^Flatten +\((\d+),\) +0"), example=lambda: lenet_features(28, 2))
def frame_of_lenet(rng):
    n, p, filters = 4 * int(rng.integers(6, 17)), pick(rng, 0, 2), pick(rng, 8, 10, 12, 16, 20, 24, 32)
    right = lenet_features(n, p, filters)
    a = output_size(n, 5, 1, p)
    b = output_size(a // 2, 5)
    same_again = (a // 2) // 2
    return Question(
        text=f"{n}×{n} images; 5×5 convolution with padding {p} on each side, 2×2 max pooling, 5×5 convolution without padding "
             f"to {filters} maps, 2×2 max pooling. How many values does `Flatten` give?",
        answer=right,
        why=rf"The sides are {n}, {a}, {a // 2}, {b}, {b // 2}: ${b // 2} \cdot {b // 2} \cdot {filters} = {right}$.",
        wrong=[
            Wrong(lenet_features(n, 2 - p, filters), "forgets the frame" if p else "adds a frame",
                  f"The first convolution has padding {p}: its maps have {a}×{a}."),
            Wrong(same_again ** 2 * filters, "pads both convolutions",
                  "The second convolution has no padding and takes 4 from a side."),
            Wrong(b * b * filters, "forgets the last pooling", f"It halves {b} to {b // 2}."),
            Wrong((b // 2) ** 2, "forgets the maps", f"There are {filters} maps of {b // 2}×{b // 2}."),
            Wrong(b // 2 * filters, "takes one side", f"Each map has ${b // 2} \\cdot {b // 2}$ values."),
        ],
        check=lambda: pooled(np.zeros([len(np.convolve(pooled(np.zeros([places(n, 5, 1, p, p)] * 2), 2)[0], np.ones(5),
                                                       "valid"))] * 2), 2).size * filters)


@template(7, "statements on padding", kind="choice")
def statements_on_padding(rng):
    image = np.random.default_rng(0).integers(0, 10, (6, 6))
    framed = slide(np.pad(image, 1), LAPLACIAN)
    right = [
        Statement("Zero padding changes no value inside the map; it adds values at the border.",
                  lambda: np.array_equal(framed[1:-1, 1:-1], slide(image, LAPLACIAN)),
                  "Where the kernel needs no frame, it computes what it did before."),
        Statement("Padding adds no parameters to a convolution.", lambda: len({conv_parameters(3, 8, 8) for p in (0, 1)}) == 1,
                  "The kernel stays the same; it stands at more places."),
        Statement("With an even size, a 3×3 kernel and stride 2, Keras's `same` puts its only zero at the end.",
                  lambda: all(same_padding(n, 3, 2) == (0, 1) for n in range(4, 40, 2)),
                  "$P = (n/2 - 1) \\cdot 2 + 3 - n = 1$, and an odd one goes after."),
        Statement("For odd sizes, a 3×3 kernel and stride 2, `same` in Keras and `padding=1` in PyTorch agree.",
                  lambda: all(same_padding(n, 3, 2) == (1, 1) for n in range(5, 41, 2)),
                  "Then two zeros are needed, one on each side."),
        Statement("Blurring a white image with zero padding darkens its border.",
                  lambda: slide(np.pad(np.ones((5, 5)), 1), np.ones((3, 3)) / 9)[0, 0] < 1,
                  "Part of the window lies on zeros. In a corner 4 of 9 ninths are left."),
    ]
    wrong = [
        Statement("`padding=\"same\"` always keeps the size.", lambda: same_size(28, 2) == 28,
                  "Only for stride 1: in general the side is $\\lceil n / s \\rceil$.", "takes `same` at its word"),
        Statement("With equal shapes, Keras's `same` and PyTorch's `padding=1` give equal numbers.",
                  lambda: np.array_equal(slide(np.pad(image, (0, 1)), LAPLACIAN)[::2, ::2], framed[::2, ::2]),
                  "With stride 2 and an even size their windows are one pixel apart, so the numbers differ.", "trusts the shape"),
        Statement("A 2×2 kernel keeps the size with equal zeros on both sides.",
                  lambda: any(places(8, 2, 1, p, p) == 8 for p in range(4)),
                  "$(2 - 1) / 2$ is not whole: Keras puts one zero at the end.", "forgets even kernels"),
        Statement("With zero padding a convolution gives the same answer wherever a pattern stands.",
                  lambda: np.ptp(slide(np.pad(np.ones((5, 5)), 1), np.ones((3, 3)))) == 0,
                  "Not near the border: there its window reads zeros.", "forgets the border"),
        Statement("Padding costs no work, since its zeros need not be multiplied.",
                  lambda: multiply_adds(28, 3, 1, 1, 1, 1) == multiply_adds(28, 3, 1, 1, 1),
                  "It keeps places alive, and each place costs a full set of products.", "looks at the zeros alone"),
        Statement("*Full* padding puts $(k - 1) / 2$ zeros on each side.", lambda: output_size(28, 7, 1, 3) == 28 + 7 - 1,
                  "That is *same*. *Full* puts $k - 1$ on each side.", "takes same for full"),
        Statement("With `reflect` the frame of the row 1 2 3 4 holds 2 1 before it.",
                  lambda: np.pad([1, 2, 3, 4], 2, mode="reflect")[:2].tolist() == [2, 1],
                  "It holds 3 2: the last pixel is not repeated. 2 1 is `symmetric`.", "takes symmetric for reflect"),
        Statement("On 6×6 pixels a 3×3 kernel with stride 2 and no padding reads every pixel.",
                  lambda: all(windows_over(i, 6, 3, 0, 2) for i in range(6)),
                  "Its windows cover five: the last row and column are never read.", "forgets what is left over"),
        Statement("LeNet's first layer pads 28×28 images to 30×30.", lambda: 28 + sum(same_padding(28, 5, 1)) == 30,
                  "A 5×5 kernel needs two zeros on each side: 32×32, LeNet's own size.", "takes 1 for all kernels"),
    ]
    return choose(rng, TRUE, right, wrong)


@template(7, "a slip in a lecture", kind="choice")
def a_slip_in_lecture_7(rng):
    mistake = "doubts a right statement"
    labels = [3 * r + c + 1 for r in range(3) for c in range(3)]
    slips = [
        Statement("`same` means: pad with zeros to make the output as large as the input.",
                  lambda: all(same_size(28, s) == 28 for s in (1, 2)), "That holds for stride 1 only. With stride 2, 28 becomes 14."),
        Statement("A 3×3 kernel on 4×4 pixels without padding gives the outputs $m_1, m_2, m_4, m_5$.",
                  lambda: len(labels[:4]) == 4 and [1, 2, 3, 4] == [1, 2, 4, 5],
                  "Four outputs are $m_1, m_2, m_3, m_4$. The printed labels belong to a corner of a 3×3 map."),
        Statement("A 6×6 image with a frame one zero wide makes a 7×7 grid.", lambda: 6 + 2 * 1 == 7,
                  "It makes 8×8. The slides had lost a row and a column of the image on the way."),
    ]
    good = [
        Statement("A 3×3 kernel on 4×4 pixels gives 2×2, with padding 1 it gives 4×4.",
                  lambda: (output_size(4, 3), output_size(4, 3, 1, 1)) == (2, 4), "$4 - 3 + 1 = 2$ and $4 + 2 - 3 + 1 = 4$.", mistake),
        Statement("The Laplacian with zero padding gives 9 at a corner pixel 5 whose two neighbours are 8 and 3.",
                  lambda: slide(np.pad(MARQUES, 1), LAPLACIAN)[0, 0] == 9,
                  r"The neighbours outside are zero: $4 \cdot 5 - 8 - 3 = 9$.", mistake),
        Statement("LeNet with padding in its first layer has 61,706 parameters on 28×28 images.",
                  lambda: conv_parameters(5, 1, 6) + conv_parameters(5, 6, 16) + mlp_parameters(400, 120, 84, 10) == 61_706,
                  r"$156 + 2{,}416 + 48{,}120 + 10{,}164 + 850$.", mistake),
        Statement("A 6×6 image with padding 1, a 3×3 kernel and stride 2 give a 3×3 map.", lambda: output_size(6, 3, 2, 1) == 3,
                  r"$\lfloor (6 + 2 - 3) / 2 \rfloor + 1 = 3$; the last row and column of the frame stay unused.", mistake),
        Statement("From 28×28 pixels, five `same` convolutions with strides 1, 2, 1, 2, 1 make sides of 28, 14, 14, 7, 7.",
                  lambda: [same_size(28, s) for s in (1, 2, 2, 4, 4)] == [28, 14, 14, 7, 7],
                  "Each stride of 2 halves; `same` keeps the rest.", mistake),
        Statement("Padding lets a border pixel enter more windows.",
                  lambda: windows_over(0, 6, 3, 1) > windows_over(0, 6, 3, 0),
                  "With a frame of one cell a corner lies in four windows of 3×3, without it in one.", mistake),
    ]
    return choose(rng, LECTURE, slips, good)


# ---------------------------------------------------------------------------- chapter 8: 1x1 convolution


@template(8, "parameters of a 1×1 convolution",
          reads=("08-1x1-convolution", r"input +4 x +4 x 6 +1x1 convolution (\d+) parameters +Flatten and Dense +(\d+)"),
          example=lambda: (conv_parameters(1, 6, 3), mlp_parameters(4 * 4 * 6, 3)))
def parameters_of_a_1x1_convolution(rng):
    side, channels, filters = pick(rng, 4, 7, 8, 10, 14, 20, 100), pick(rng, 6, 8, 16, 32, 64, 256), pick(rng, 2, 3, 4, 10, 16, 64)
    dense = bool(rng.integers(3) == 0)
    one, flat = conv_parameters(1, channels, filters), mlp_parameters(side * side * channels, filters)
    return Question(
        text=f"A volume of {side}×{side} with {channels} channels goes into "
             + (f"`Flatten` and `Dense({filters})`" if dense else f"`Conv2D({filters}, 1)`")
             + ". How many parameters, biases included?",
        answer=flat if dense else one,
        why=rf"Each unit has a weight for each of the {side * side * channels:,d} values, and a bias." if dense else
            rf"Each filter has a weight for each channel, and a bias: $({channels} + 1) \cdot {filters} = {big(one)}$, "
            "whatever the size.",
        wrong=[
            Wrong(one if dense else flat, "takes the 1×1 convolution" if dense else "takes Flatten and Dense",
                  f"A 1×1 convolution would share {channels} weights among all pixels." if dense
                  else "The weights are shared by all pixels: height and width do not count."),
            Wrong(side * side * channels * filters if dense else channels * filters, "forgets the biases",
                  f"Each of the {filters} outputs has a bias."),
            Wrong(filters * 2 if not dense else (side * side + 1) * filters, "forgets the channels",
                  f"A pixel is a vector of {channels} values, each with its weight."),
            Wrong(channels + filters if not dense else side * side * channels + filters, "adds where weights multiply",
                  f"Every one of the {filters} outputs has weights of its own."),
            Wrong(one * side * side if not dense else one * side,
                  "gives each pixel its own weights" if not dense else "multiplies by one side",
                  "All pixels share one set of weights." if not dense else f"The volume has {side}×{side} places."),
        ],
        check=lambda: np.empty((side * side * channels if dense else channels, filters)).size + np.empty(filters).size)


@template(8, "one pixel by hand")
def one_pixel_by_hand(rng):
    x, weights = rng.integers(-3, 6, 4), rng.integers(-3, 4, (4, 2))
    bias, which, relu = [int(b) for b in rng.integers(-5, 6, 2)], int(rng.integers(2)), bool(rng.integers(2))
    terms = [product(int(a), int(w)) for a, w in zip(x, weights[:, which])]
    z = int(x @ weights[:, which]) + bias[which]
    end = (lambda v: max(0, v)) if relu else (lambda v: v)
    return Question(
        text=f"A pixel has four channels. A 1×1 convolution with two filters{' and ReLU' * relu} has the weights below and the "
             f"biases {bias[0]} and {bias[1]}. What does filter {which + 1} answer at this pixel?".replace("-", "−")
             + grid([[i + 1, x[i], *weights[i]] for i in range(4)], ["channel", "pixel", "filter 1", "filter 2"]),
        answer=end(z),
        why=f"The weighted sum is ${' + '.join(terms)} = {z - bias[which]}$, with the bias ${z}$"
            + (", and ReLU makes 0 of what is not positive." if relu and z <= 0 else "."),
        wrong=[
            Wrong(end(z - bias[which]), "forgets the bias", f"The bias ${bias[which]}$ is added once."),
            Wrong(end(int(x @ weights[:, 1 - which]) + bias[1 - which]), "takes the other filter", f"That is filter {2 - which}."),
            Wrong(z, "forgets ReLU", "ReLU turns a negative sum into 0.") if relu and z < 0 else
            Wrong(0, "adds a ReLU", "This layer has no activation.") if z < 0 else
            Wrong(end(z + bias[which]), "adds the bias twice", f"The bias ${bias[which]}$ is added once."),
            Wrong(end(int(np.abs(x) @ np.abs(weights[:, which])) + bias[which]), "drops the signs",
                  "Products of a positive and a negative number are subtracted."),
            Wrong(end(int(x.sum() * weights[:, which].sum()) + bias[which]), "multiplies the sums",
                  "Multiply channel by channel, then add up."),
        ],
        check=lambda: end(sum(int(x[c]) * int(weights[c, which]) for c in range(4)) + bias[which]))


def bottleneck(channels, narrow, k=3):
    """Parameters of 1x1, k x k and 1x1 convolutions that squeeze and widen."""
    return conv_parameters(1, channels, narrow) + conv_parameters(k, narrow, narrow) + conv_parameters(1, narrow, channels)


@template(8, "a bottleneck", reads=("08-1x1-convolution", r"bottleneck total +([\d,]+) parameters"),
          example=lambda: bottleneck(256, 64))
def a_bottleneck(rng):
    channels, narrow, k = pick(rng, 32, 48, 64, 80, 100, 128, 200, 256), pick(rng, 4, 5, 8, 10, 12, 16, 20, 24), pick(rng, 3, 5)
    right = bottleneck(channels, narrow, k)
    squeeze, middle, widen = conv_parameters(1, channels,
                                             narrow), conv_parameters(k, narrow, narrow), conv_parameters(1, narrow, channels)
    return Question(
        text=f"A bottleneck: a 1×1 convolution squeezes {channels} channels into {narrow}, a {k}×{k} convolution keeps "
             f"{narrow}, a 1×1 convolution widens to {channels} again. How many parameters in all, biases included?",
        answer=right,
        why=rf"$({channels} + 1) \cdot {narrow} = {big(squeeze)}$, $({k} \cdot {k} \cdot {narrow} + 1) \cdot {narrow} = "
            rf"{big(middle)}$ and $({narrow} + 1) \cdot {channels} = {big(widen)}$.",
        wrong=[
            Wrong(right - 2 * narrow - channels, "forgets the biases", f"There are {narrow} + {narrow} + {channels} of them."),
            Wrong(squeeze + middle, "forgets to widen", f"The last 1×1 convolution adds {widen:,d}."),
            Wrong(conv_parameters(k, channels, channels), "takes the direct way",
                  f"That is one {k}×{k} convolution from {channels} to {channels} channels. The bottleneck is there to avoid it."),
            Wrong(squeeze + conv_parameters(k, channels, narrow) + widen, "lets the large kernel read all channels",
                  f"After the squeeze only {narrow} channels are left."),
            Wrong(2 * squeeze + middle, "widens with as many biases as it squeezes",
                  f"The last layer has {channels} filters with {narrow} weights each, and so {channels} biases."),
        ],
        check=lambda: sum(np.empty(shape).size + shape[-1]
                          for shape in ((1, 1, channels, narrow), (k, k, narrow, narrow), (1, 1, narrow, channels))))


@template(8, "a dense layer as a convolution", kind="choice",
          reads=("08-1x1-convolution", r"kernels: \((\d+), (\d+), (\d+), (\d+)\), \(1, 1"),
          example=lambda: dense_as_kernel(10, 10, 50, 128))
def a_dense_layer_as_a_convolution(rng):
    h, w, c = pick(rng, 4, 5, 6, 7, 8, 10), pick(rng, 4, 5, 6, 7, 9, 10), pick(rng, 16, 32, 50, 64, 256)
    units = pick(rng, 12, 40, 100, 120, 128, 512)

    def check():
        volume = np.random.default_rng(0).normal(size=(h, w, c))
        dense = np.random.default_rng(1).normal(size=(h * w * c, 2))
        kernel = dense.reshape(h, w, c, 2)
        same = np.allclose(np.tensordot(volume, kernel, axes=3), volume.ravel() @ dense)
        return code((*kernel.shape[:3], units)) if same else "no"

    return Question(
        text=f"`Flatten` and `Dense({units})` behind a volume of shape {code((h, w, c))} are to become one convolution with "
             "the same weights. Which shape has its array of weights in Keras?",
        answer=code(dense_as_kernel(h, w, c, units)),
        why=f"A kernel as large as the volume, {h}×{w}×{c}, has a weight for each of its {h * w * c:,d} values. Without "
            "padding it fits in one place.",
        wrong=[
            Wrong(code((1, 1, h * w * c, units)), "flattens in spite of all",
                  f"The volume has {c} channels. A kernel of 1×1 would see one place only."),
            Wrong(code((1, 1, c, units)), "takes a 1×1 kernel",
                  "That looks at one pixel. The dense layer looks at all places at once."),
            Wrong(code((units, c, h, w)), "takes PyTorch's order",
                  "Keras has height, width, input channels, filters; a reshape in another order gives wrong numbers without an error."),
            Wrong(code((h, w, units)), "forgets the depth", f"Each filter has a slice for each of the {c} channels."),
            Wrong(code((h, w, units, c)), "exchanges channels and filters", "Input channels come before filters."),
        ],
        check=check)


def dense_as_kernel(h, w, c, units):
    """Shape of the kernel that does what Flatten and Dense do."""
    return (h, w, c, units)


@template(8, "parameters of a dense head", reads=("08-1x1-convolution", r"^Dense +\(128,\) +([\d,]+) parameters"),
          example=lambda: mlp_parameters(10 * 10 * 50, 128))
def parameters_of_a_dense_head(rng):
    side, channels, units = pick(rng, 4, 5, 7, 8, 10), pick(rng, 10, 20, 50, 100), pick(rng, 10, 20, 64, 128)
    right = mlp_parameters(side * side * channels, units)
    return Question(
        text=f"{units} kernels of {side}×{side} read a volume of {side}×{side} with {channels} channels, without padding. How "
             "many parameters has this layer, biases included?",
        answer=right,
        why=rf"$({side} \cdot {side} \cdot {channels} + 1) \cdot {units} = {big(right)}$, as many as `Flatten` and "
            f"`Dense({units})`: they are the same layer.",
        wrong=[
            Wrong(mlp_parameters(side * side * channels // 10, units), "loses a zero",
                  f"The volume has {side * side * channels:,d} values. A lecture loses a zero of the channels in the same way."),
            Wrong(conv_parameters(1, channels, units), "takes a 1×1 kernel", f"These kernels look at all {side * side} places."),
            Wrong(conv_parameters(side, 1, units), "forgets the channels",
                  f"A kernel has a slice for each of the {channels} channels."),
            Wrong(side * side * channels * units, "forgets the biases", f"Each of the {units} kernels has a bias."),
            Wrong(side * side * channels + units, "counts one kernel",
                  f"Each of the {units} kernels has {side * side * channels:,d} weights of its own."),
        ],
        check=lambda: np.empty((side, side, channels, units)).size + np.empty(units).size)


def side_of_map(n, step, k):
    """Side of a map of answers: `same` layers with a total stride, then a k x k kernel without padding."""
    return -(-n // step) - k + 1


@template(8, "side of the map of answers",
          reads=("08-1x1-convolution", r"side of the map by side of the image: \{25: (\d+), 28: (\d+), 29: (\d+), 64: (\d+), "
                                       r"100: (\d+)\}"),
          example=lambda: tuple(side_of_map(n, 4, 7) for n in (25, 28, 29, 64, 100)))
def side_of_the_map_of_answers(rng):
    step, k = pick(rng, 2, 4, 8), pick(rng, 4, 5, 6, 7, 8)
    base = step * k
    n = base + int(rng.integers(2, 60))
    right = side_of_map(n, step, k)

    def check():
        side = n
        for _ in range(int(math.log2(step))):
            side = len(range(0, side, 2))
        return sum(1 for start in range(side) if start + k <= side)

    twos = {2: "one stride of 2", 4: "two strides of 2", 8: "three strides of 2"}[step]
    return Question(
        text=f"A classifier for {base}×{base} images: convolutions with `same` padding and {twos}, then a kernel of {k}×{k} "
             f"without padding, then 1×1. All are convolutions. How long is a side of the map for {n}×{n} pixels?",
        answer=right,
        why=rf"The strides leave $\lceil {n} / {step} \rceil = {-(-n // step)}$, and the {k}×{k} kernel fits in "
            f"${-(-n // step)} - {k} + 1 = {right}$ places.",
        wrong=[
            Wrong(n // base, "lays windows side by side",
                  f"The windows overlap: from one place to the next the network moves by {step} pixels."),
            Wrong(-(-n // step), "forgets the kernel", f"The {k}×{k} kernel has no padding and takes {k - 1} from the side."),
            Wrong(n - base + 1, "moves by one pixel", f"The strides make the network move by {step} pixels from place to place."),
            Wrong(-(-n // step) - k, "forgets the first place", f"A kernel of {k} takes {k - 1} from the side."),
            Wrong(1, "takes the answer to be one", f"One place is what {base}×{base} pixels give. A larger image has room for more."),
        ],
        check=check)


@template(8, "the smallest image")
def the_smallest_image(rng):
    step, k = pick(rng, 2, 4, 8, 16), int(rng.integers(3, 20))
    right = step * (k - 1) + 1
    strides = {2: "one stride of 2", 4: "two strides of 2", 8: "three strides of 2", 16: "four strides of 2"}[step]

    def check():
        def last(side):
            for _ in range(int(math.log2(step))):
                side = len(range(0, side, 2))
            return side
        return next(n for n in range(1, 999) if last(n) >= k)

    return Question(
        text=f"A network of convolutions: `same` padding with {strides} in all, then a kernel of {k}×{k} without padding. How "
             "many pixels must a side of the image have at least?",
        answer=right, unit="pixels",
        why=rf"$\lceil n / {step} \rceil$ must reach {k}. Since it rounds up, $n = {step} \cdot {k - 1} + 1 = {right}$ is enough.",
        wrong=[
            Wrong(step * k, "forgets that `same` rounds up", f"{step * k} pixels give {k}, but {right} give {k} as well."),
            Wrong(step * (k - 1), "stops one pixel early", f"{step * (k - 1)} pixels leave {k - 1}, too few for the kernel."),
            Wrong(k, "forgets the strides", f"{k} pixels have shrunk to {-(-k // step)} when they come to the kernel."),
            Wrong(step + k, "adds", f"The strides divide the side by {step}."),
            Wrong(step * k + 1, "is one too far", f"{step * k} pixels are more than enough already."),
        ],
        check=check)


@template(8, "where in the image", kind="choice")
def where_in_the_image(rng):
    step, window = pick(rng, 2, 4, 8), pick(rng, 24, 28, 32, 64)
    i, j = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    if i == j:
        j += 1

    def say(r, c):
        return f"rows {r} to {r + window - 1}, columns {c} to {c + window - 1}"

    def check():
        numbers = np.arange(1000)
        return say(int(numbers[::step][i]), int(numbers[::step][j]))

    return Question(
        text=f"A map of answers has its largest value in row {i}, column {j}, counted from 0. A step of the map is {step} "
             f"pixels, and each place stands for a window of {window}×{window} pixels. Which window is it?",
        answer=say(step * i, step * j),
        why=rf"It begins at row ${step} \cdot {i} = {step * i}$ and column ${step} \cdot {j} = {step * j}$ and ends "
            f"{window - 1} further on.",
        wrong=[
            Wrong(say(step * j, step * i), "exchanges rows and columns", f"Row {i} of the map goes with the rows of the image."),
            Wrong(say(i, j), "forgets the step", f"Neighbouring places lie {step} pixels apart."),
            Wrong(say(window * i, window * j), "lays windows side by side",
                  f"The windows overlap: they lie {step} pixels apart, not {window}."),
            Wrong(f"rows {step * i} to {step * i + step - 1}, columns {step * j} to {step * j + step - 1}",
                  "takes the step for the window", f"{step} is how far apart windows lie. Each is {window} wide."),
            Wrong(say(max(0, step * i - window // 2), max(0, step * j - window // 2)), "takes the corner for the centre",
                  f"Row {step * i} and column {step * j} are where the window begins, not its centre."),
        ],
        check=check)


@template(8, "a head that averages",
          reads=("08-1x1-convolution", r"^parameters: [\d,]+, in the head ([\d,]+)\nwith the 7x7 head: [\d,]+, in the head ([\d,]+)"),
          example=lambda: (conv_parameters(1, 256, 10), mlp_parameters(7 * 7 * 256, 512, 10)))
def a_head_that_averages(rng):
    side, channels, classes = pick(rng, 4, 6, 7, 8, 14), pick(rng, 32, 64, 128, 256, 512), pick(rng, 2, 5, 10, 20, 100)
    flat, right = mlp_parameters(side * side * channels, classes), conv_parameters(1, channels, classes)
    return Question(
        text=f"The last maps are {side}×{side} with {channels} channels. The head is `GlobalAveragePooling2D` and "
             f"`Dense({classes})`. How many parameters has the head?",
        answer=right,
        why=rf"The average leaves one number for each channel: $({channels} + 1) \cdot {classes} = {big(right)}$. Averaging "
            "itself has none.",
        wrong=[
            Wrong(flat, "flattens", f"`Flatten` would hand on {side * side * channels:,d} values. The average makes {channels} "
                                    "of them."),
            Wrong(channels * classes, "forgets the biases", f"Each of the {classes} units has a bias."),
            Wrong(mlp_parameters(side * side, classes), "averages over the channels",
                  f"The average runs over the {side * side} places; the {channels} channels stay."),
            Wrong(right + channels, "gives the average weights", "Averaging has nothing to learn."),
            Wrong(mlp_parameters(channels // 4, classes), "averages 2×2 only",
                  "The average is *global*: it runs over all places of a map."),
        ],
        check=lambda: np.empty((np.zeros((side, side, channels)).mean(axis=(0, 1)).size, classes)).size + np.empty(classes).size)


@template(8, "crops or one pass", reads=("08-1x1-convolution", r"^(361) crops"), example=lambda: crops(100, 28, 4))
def crops_or_one_pass(rng):
    window, step = pick(rng, 24, 28, 32, 64), pick(rng, 2, 4, 8)
    steps = int(rng.integers(2, 25))
    n = window + steps * step
    right = crops(n, window, step)
    return Question(
        text=f"A classifier for {window}×{window} pixels is to look at every window of an image of {n}×{n} whose corner lies "
             f"on a multiple of {step} pixels. How many crops must it classify?",
        answer=right,
        why=f"Along a side $({n} - {window}) / {step} + 1 = {steps + 1}$ windows begin: ${steps + 1}^2 = {right}$. One pass "
            "of a network of convolutions shares the work of their overlap.",
        wrong=[
            Wrong(steps ** 2, "forgets the first window", f"{steps} steps make {steps + 1} places."),
            Wrong((n // window) ** 2, "lays windows side by side", f"They overlap: they lie {step} pixels apart."),
            Wrong(steps + 1, "counts one side", "Windows begin along rows and columns."),
            Wrong((n // step) ** 2, "lets windows hang over", f"The last window must begin {window} pixels before the end."),
            Wrong((n - window + 1) ** 2, "moves by one pixel", f"Windows begin every {step} pixels."),
        ],
        check=lambda: sum(1 for r in range(0, n, step) for c in range(0, n, step) if r + window <= n and c + window <= n))


def crops(n, window, step):
    """Windows of an n x n image that lie `step` pixels apart."""
    return ((n - window) // step + 1) ** 2


@template(8, "an open size and a dense head", kind="choice", slow=True)
def an_open_size_and_a_dense_head(rng):
    filters, classes, k = pick(rng, 4, 8, 16, 32, 64), pick(rng, 2, 5, 10), pick(rng, 3, 5)
    right = "`Flatten` cannot tell how many values it will give, so the dense layer's weights have no size."

    def check():
        import keras
        try:
            keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(filters, k), keras.layers.Flatten(),
                              keras.layers.Dense(classes)])
        except ValueError as error:
            broken = f"shape=(None, {classes})" in str(error) and "fully-defined" in str(error)
        fine = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(filters, k),
                                 keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(classes)])
        return right if broken and fine.output_shape == (None, classes) else "something else"

    pool = [
        Wrong("`Conv2D` needs to know the height and the width.", "blames the convolution",
              "Its kernel does not depend on them. Convolutions take any size."),
        Wrong("The number of channels is missing.", "looks at the channels",
              "It is 1: the input is (None, None, 1). Missing are height and width."),
        Wrong("The size of the batch is missing.", "looks at the batch",
              "Keras always leaves the batch open; weights do not depend on it."),
        Wrong(f"`Dense({classes})` must come before `Flatten`.", "exchanges the layers",
              "A dense layer before it would work on the channels, and the flat size would still be open."),
        Wrong("`None` must be written as 0.", "takes None for a value",
              "`None` means *any*. A size of 0 would be an image without pixels."),
        Wrong(f"{filters} filters do not fit {classes} classes.", "looks at the filters",
              "Any number of filters can lead to any number of classes."),
    ]
    return Question(
        text=f"`keras.Input((None, None, 1))`, `Conv2D({filters}, {k})`, `Flatten()`, `Dense({classes})` fails: *Shapes used "
             f"to initialize variables must be fully-defined. Received: shape=(None, {classes})*. Why?",
        answer=right,
        why="The weights of a dense layer have a row for each input. Global average pooling or a convolution in its place "
            "takes any size.",
        wrong=some(rng, 4, pool), check=check)


@template(8, "statements on 1×1 convolutions", kind="choice")
def statements_on_1x1_convolutions(rng):
    draw = np.random.default_rng(0)
    volume, mix = draw.integers(-5, 6, (4, 4, 6)), draw.integers(-3, 4, (6, 3))
    order = draw.permutation(16)
    right = [
        Statement("A 1×1 convolution is one small dense layer, with the same weights at every pixel.",
                  lambda: np.array_equal((volume @ mix)[2, 1], volume[2, 1] @ mix),
                  "Each pixel's channels are its inputs, the filters its units."),
        Statement("If you shuffle the pixels, a 1×1 convolution gives the same values, shuffled.",
                  lambda: np.array_equal(volume.reshape(16, 6)[order] @ mix, (volume @ mix).reshape(16, 3)[order]),
                  "It looks at one pixel at a time and at no neighbour."),
        Statement("`Flatten` and `Dense` on an h×w volume equal a convolution with an h×w kernel without padding.",
                  lambda: np.array_equal(volume.ravel() @ np.arange(96 * 2).reshape(96, 2),
                                         np.tensordot(volume, np.arange(96 * 2).reshape(4, 4, 6, 2), 3)),
                                         "The kernel has a weight for each value, and fits in one place."),
        Statement("A 1×1 convolution and then a global average give the same as the average and then a dense layer.",
                  lambda: np.allclose((volume @ mix).mean(axis=(0, 1)), volume.mean(axis=(0, 1)) @ mix),
                  "A mean of weighted sums is the weighted sum of the means, if no activation stands between."),
        Statement("`Dense` on a volume works on its last axis, so it is a 1×1 convolution.",
                  lambda: np.array_equal(np.tensordot(volume, mix, 1), volume @ mix),
                  "Keras's `Dense` leaves all axes but the last alone."),
    ]
    wrong = [
        Statement("A 1×1 convolution can find the edge between a pixel and its neighbour.",
                  lambda: not np.array_equal(volume.reshape(16, 6)[order] @ mix, (volume @ mix).reshape(16, 3)[order]),
                  "It sees one pixel only. Other layers must bring in the surroundings.", "takes it for a 3×3 kernel"),
        Statement("A 7×7 kernel that replaces `Flatten` and `Dense` has fewer parameters.",
                  lambda: conv_parameters(7, 256, 512) < mlp_parameters(7 * 7 * 256, 512),
                  "It has exactly as many: it is the same layer in another form.", "takes the form for the cost"),
        Statement("The parameters of a 1×1 convolution grow with the size of the image.", lambda: (mix.size != 18),
                  "Its weights depend on the channels alone: 18 and 3 biases from 6 to 3 channels, at any size.",
                  "takes the layer for a dense one"),
        Statement("A 1×1 convolution keeps the number of channels.", lambda: (volume @ mix).shape == volume.shape,
                  "It has as many maps as filters: it may squeeze or widen.", "takes 1×1 for no change"),
        Statement("One pass over a large image saves work in the dense head, too, by the same factor as in the 3×3 layers.",
                  lambda: np.isclose(361 * 7 * 7 * 256 * 512 / (19 * 19 * 7 * 7 * 256 * 512), 28.3),
                  "The 7×7 kernel works once at each place either way: the head saves nothing.", "promises a speed-up everywhere"),
        Statement("A 10×10×50 volume flattens to 500 values.", lambda: np.zeros((10, 10, 50)).size == 500,
                  r"$10 \cdot 10 \cdot 50 = 5{,}000$. A lecture lost the zero.", "loses a zero"),
        Statement("Two 1×1 convolutions without an activation between can do more than one.",
                  lambda: not np.array_equal(volume @ mix @ np.ones((3, 2), int), volume @ (mix @ np.ones((3, 2), int))),
                  "Both are linear, so together they are one 1×1 convolution.", "forgets what activations are for"),
        Statement("Weights from a library that puts channels first fit after a plain reshape.",
                  lambda: np.array_equal(volume.ravel(), volume.transpose(2, 0, 1).ravel()),
                  "The reshape runs without an error and mixes the weights up: move the axes.", "trusts the shape"),
        Statement("A global average knows where in the map a feature was found.",
                  lambda: not np.allclose(volume.mean(axis=(0, 1)), volume.reshape(16, 6)[order].mean(axis=0)),
                  "It forgets the places: shuffled maps have the same mean.", "forgets what a mean loses"),
    ]
    return choose(rng, TRUE, right, wrong)
