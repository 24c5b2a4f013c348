#@title Cost ledger: parameters, multiply-adds, memory, receptive field {display-mode: "form"}
import math
import re

import keras

# %% rules
# Classes of keras.layers (without 1D, 2D, 3D) and of keras.ops (x + y is an Add) that the ledger knows.
WINDOWS = {"Conv", "DepthwiseConv", "SeparableConv", "MaxPooling", "AveragePooling"}
KERNELS = {"Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose", "Dense"}  # their weights multiply
NORMALISATIONS = {"BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
                  "UnitNormalization", "LayerScale"}
SLOPE_FROM_OUTPUT = set("ELU Elu Exp LeakyReLU LeakyRelu LogSoftmax ReLU Relu Relu6 Rsqrt Sigmoid Softmax Sqrt Tanh".split())
SLOPE_FROM_INPUT = set("Abs Absolute Clip Gelu HardSigmoid HardSilu Log Power Silu Softplus Square".split())
MASKS = {"AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout"}
PRODUCTS = {"Divide", "Maximum", "Minimum", "Multiply", "TrueDivide"}
LINEAR = set("""ActivityRegularization Add Average Cast Concatenate Cropping GaussianNoise Identity InputLayer Negative
    Normalization Pad Rescaling Subtract ZeroPadding""".split())
VIEWS = {"ExpandDims", "Flatten", "Identity", "Reshape", "Squeeze"}  # the same values in another shape
ANYWHERE = {"ConvTranspose", "Embedding", "Flip", "GetItem", "GlobalAveragePooling", "GlobalMaxPooling", "Max", "Mean",
            "Min", "Permute", "RepeatVector", "Roll", "Split", "Stack", "Sum", "Transpose", "UpSampling"} | VIEWS
WEIGHTLESS = SLOPE_FROM_OUTPUT | SLOPE_FROM_INPUT | PRODUCTS | LINEAR | VIEWS | ANYWHERE - {"ConvTranspose"}
KNOWN = WINDOWS | KERNELS | NORMALISATIONS | MASKS | WEIGHTLESS | {"Activation"}


def rule(layer):
    """Name of the rule for a layer or operation: its class, or the class of Keras that it is derived from."""
    known = KNOWN if isinstance(layer, keras.layers.Layer) else WEIGHTLESS
    for kind in type(layer).__mro__:
        name = re.sub("[123]D", "", kind.__name__)
        if kind.__module__.startswith("keras.") and name in known:
            return name
    raise NotImplementedError(f"The ledger does not know layer {layer.name!r} of the class {type(layer).__name__}.")


# %% geometry
def window(layer, name, axes):
    """Reach and step of a layer along each of its `axes`; None when a unit may read any place.

    A unit reads `reach` neighbours of its input, the next unit `step` further on (Dumoulin and Visin 2016).
    """
    one = (1,) * axes
    if hasattr(layer, "kernel_size"):
        reach, step = [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate)], layer.strides
        if name == "ConvTranspose":  # one step in the output is 1/s step in the input
            return [math.ceil(r / s) for r, s in zip(reach, step)], [1 / s for s in step]
        return reach, step
    if name in WINDOWS:
        return layer.pool_size, layer.strides
    if name == "UpSampling":
        size = layer.size if isinstance(layer.size, (tuple, list)) else (layer.size,)
        reach = {"nearest": 1, "bilinear": 2}.get(getattr(layer, "interpolation", "nearest"), 4)
        return [reach] * axes, [1 / s for s in size]
    axis = getattr(layer, "axis", -1)  # a normalisation or a softmax over other axes reads other places
    other = name in {"LayerNormalization", "RMSNormalization", "UnitNormalization", "Softmax"} and not {
        -1, axes + 1}.issuperset(axis if isinstance(axis, (tuple, list)) else [axis])
    return None if name in ANYWHERE or name == "GroupNormalization" or other else (one, one)


# %% field
def receptive_field(layer, reach_and_step, fields):
    """Receptive field r and jump j of a layer's units, in input pixels (Araujo, Norris and Sim 2019).

    `fields` : list of (r, j), one for each input of the layer; r and j have a number for each axis. A merge takes the
    largest r. After up-sampling r is an upper bound: there a unit's reach depends on its place.
    """
    jumps = {j for _, j in fields if j}
    if len(jumps) > 1:
        raise ValueError(f"Layer {layer.name!r} merges maps whose units lie {' and '.join(map(str, sorted(jumps)))} "
                         "pixels apart: give its branches the same strides.")
    if not (jumps and reach_and_step):
        return (math.inf, math.inf), None  # a unit may see the whole input
    (jump,), (reach, step) = jumps, reach_and_step
    largest = [max(r[min(i, len(r) - 1)] for r, _ in fields) for i in range(len(jump))]
    return (tuple(r + (k - 1) * j for r, k, j in zip(largest, reach, jump)),
            tuple(j * s for j, s in zip(jump, step)))


# %% arithmetic
def multiply_adds(layer, name, shape_in, shape_out):
    """Multiply-adds (MACs) for one image: every weight of a kernel works once at each place of the output.

    A transposed convolution lays its kernel down at each place of the *input*. Adding a bias, pooling, activations
    and merges count nothing, as in papers; nor does normalisation.
    """
    if name not in KERNELS:
        return 0
    kernels = [getattr(layer, kernel).shape for kernel in ("kernel", "depthwise_kernel", "pointwise_kernel")
               if hasattr(layer, kernel)]
    places = shape_in if name == "ConvTranspose" else shape_out
    return sum(map(math.prod, kernels)) * math.prod(places[:-1])


# %% memory
def alive(rows, outputs):
    """Bytes of activations in memory while each layer runs, without training.

    A tensor lives until the last layer that reads it has run; those of the rows `outputs` live to the end.
    """
    owner = []  # for each row, the row whose tensor it hands on: itself, except for views
    for i, row in enumerate(rows):
        owner.append(owner[row["inputs"][0]] if row["rule"] in VIEWS | MASKS else i)
    last_use = {}
    for i, row in enumerate(rows):
        last_use |= {owner[j]: i for j in [i, *row["inputs"]]}
    last_use |= {owner[j]: len(rows) for j in outputs}
    return [sum(rows[j]["bytes"] for j, last in last_use.items() if j <= i <= last) for i in range(len(rows))]


def asks(layer, name, inputs):
    """What the backward pass asks of a layer: (its inputs?, its output?, further arrays as large as the output).

    `inputs` : how many. Weights ask for what they were multiplied with; the slope of ReLU, sigmoid, tanh and softmax
    follows from the output, that of other activations from the input; max pooling finds its winners in both.
    """
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    by_output = activation in ("relu", "relu6", "leaky_relu", "elu", "sigmoid", "tanh", "softmax", "exponential")
    bends = activation != "linear" and not by_output
    if name == "Activation":
        return bends, by_output, 0
    return (name in KERNELS | NORMALISATIONS | SLOPE_FROM_INPUT | {"MaxPooling", "GlobalMaxPooling", "Max", "Min"}
            or name in PRODUCTS and inputs > 1,
            name in SLOPE_FROM_OUTPUT | {"MaxPooling", "GlobalMaxPooling", "Max", "Min"} or by_output,
            bends + (name in MASKS - {"SpatialDropout"} and layer.noise_shape is None) / 4)  # a mask: one byte a value


def kept_bytes(rows):
    """Bytes that a training step must keep of each row: its output once, if anybody asks for it, and what `asks` adds."""
    owner, wanted = [], set()
    for i, row in enumerate(rows):
        owner.append(owner[row["inputs"][0]] if row["rule"] in VIEWS else i)
        of_inputs, of_output, _ = row["asks"]
        wanted |= {owner[j] for j in row["inputs"] if of_inputs} | ({owner[i]} if of_output else set())
    return [row["bytes"] * (i in wanted) + int(row["bytes"] * row["asks"][2]) + row["between"]
            for i, row in enumerate(rows)]


# %% walk
def check(model):
    """Refuse what has no layers (TypeError) or no shapes (ValueError)."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"The ledger needs a Keras model, not {type(model).__name__}.")
    if not getattr(model, "outputs", None):
        raise ValueError(f"Model {model.name!r} has no shapes: make it Sequential or functional and begin with "
                         "keras.Input((height, width, channels)).")


def calls(model):
    """Operations in the order in which Keras runs them, [(operation, tensors it reads, tensors it makes)], and outputs.

    Keras finds the shapes for another batch size by asking each operation in turn, those of a model inside the model,
    too. We listen.
    """
    found, listening = [], {}

    def listen(model):
        check(model)
        for operation in keras.Function(model.inputs, model.outputs).operations:
            if isinstance(operation, keras.Model):
                listen(operation)
            elif id(operation) not in listening:
                listening[id(operation)] = operation
                operation.compute_output_spec = hear(operation, operation.compute_output_spec)

    def hear(operation, shapes_of):
        def answer(*args, **kwargs):
            made = shapes_of(*args, **kwargs)
            read = [x for x in keras.tree.flatten((args, kwargs)) if isinstance(x, keras.KerasTensor)]
            found.append((operation, read, keras.tree.flatten(made)))
            return made
        return answer

    try:
        listen(model)
        for x in model.inputs:
            layer = next(o for o in listening.values() if isinstance(o, keras.layers.InputLayer) and o.output is x)
            found.append((layer, [], [keras.KerasTensor((1 + (x.shape[0] or 1), *x.shape[1:]), x.dtype)]))
        made = keras.Function(model.inputs, model.outputs).compute_output_spec([outs[0] for _, _, outs in found])
    finally:
        for operation in listening.values():
            del operation.compute_output_spec
    return found, keras.tree.flatten(made)


# %% ledger
def ledger(model):
    """Cost of a Keras model for one image, operation by operation.

    Returns
    -------
    list of dict
        name, kind, shape (without batch), parameters (of a shared layer once), macs; bytes of the float32 output;
        kept, the bytes that a training step keeps of them; alive, the bytes in memory while the layer runs without
        training; field and jump in pixels, one for each axis, or inf and None where a unit may see the whole input;
        inputs, the numbers of the rows that it reads; rule, the name of the rule that was used.

    Raises
    ------
    TypeError, ValueError, NotImplementedError
        Not a model; no fixed shapes, channels not last or unlike branches; a kind of layer without a rule.
    """
    rows, made_by, seen = [], {}, set()
    found, outputs = calls(model)
    for layer, read, made in found:
        name, shape, sources = rule(layer), tuple(made[0].shape[1:]), [made_by[id(x)] for x in read]
        made_by |= {id(x): len(rows) for x in made}
        if None in shape:
            raise ValueError(f"Layer {layer.name!r} has the open shape {shape}: give keras.Input fixed numbers.")
        first = getattr(layer, "data_format", "") == "channels_first"
        if first or name == "BatchNormalization" and layer.axis not in (-1, len(shape)):
            raise ValueError(f"Layer {layer.name!r} does not work on the last axis: put the channels last.")
        axes, shape_in = len(shape) - 1, rows[sources[0]]["shape"] if sources else shape
        if name == "Embedding" or not sources and axes:  # a word, or a pixel, sees itself
            field, jump = (1,) * axes, (1,) * axes
        else:
            field, jump = receptive_field(layer, sources and window(layer, name, axes),
                                          [(rows[i]["field"], rows[i]["jump"]) for i in sources])
        size = sum(math.prod(x.shape[1:]) for x in made)
        between = layer.pointwise_kernel.shape[-2] if name == "SeparableConv" else 0  # maps between its two convolutions
        counted = id(layer) in seen or not isinstance(layer, keras.layers.Layer)
        rows.append({"name": layer.name, "kind": type(layer).__name__, "shape": shape,
                     "parameters": 0 if counted else layer.count_params(),
                     "macs": multiply_adds(layer, name, shape_in, shape),
                     "bytes": 0 if name in VIEWS else 4 * size,
                     "field": field, "jump": jump, "inputs": sources,
                     "rule": name, "asks": asks(layer, name, len(sources)),
                     "between": 4 * between * math.prod(shape[:-1])})
        seen.add(id(layer))
    for row, size, stays in zip(rows, alive(rows, [made_by[id(x)] for x in outputs]), kept_bytes(rows)):
        row |= {"alive": size, "kept": stays}
    return rows


def totals(rows):
    """Sums over a ledger: parameters and macs; bytes for one image, of all maps, kept in training, at inference (peak)."""
    return {"parameters": sum(row["parameters"] for row in rows), "macs": sum(row["macs"] for row in rows),
            "inference": max(row["alive"] for row in rows), "training": sum(row["bytes"] for row in rows),
            "kept": sum(row["kept"] for row in rows)}


# %% table
def print_ledger(rows):
    """Print a ledger as a table of 80 characters.

    KiB: outputs for one image. Field and jump: pixels, the longer side.
    """
    print(f"{'layer':20} {'output':>11} {'parameters':>11} {'MACs':>14} {'KiB':>9} {'field':>5} {'jump':>4}")
    for row in rows:
        shape, field = "x".join(map(str, row["shape"])), max(row["field"])
        field = "all" if math.isinf(field) else f"{math.ceil(field)}"
        jump = f"{max(row['jump']):g}"[:4] if row["jump"] else "-"
        print(f"{row['kind']:20.20} {shape:>11} {row['parameters']:11,d} {row['macs']:14,d} "
              f"{row['bytes'] / 1024:9,.1f} {field:>5} {jump:>4}")
    sums = totals(rows)
    print(f"{'total':32} {sums['parameters']:11,d} {sums['macs']:14,d} {sums['training'] / 1024:9,.1f}\n"
          f"Without training at most {sums['inference'] / 1024:,.1f} KiB are alive at once.")
