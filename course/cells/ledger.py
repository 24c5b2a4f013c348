#@title Cost ledger: parameters, multiply-adds, memory, receptive field {display-mode: "form"}
import math

import keras


# %% geometry
def window(layer):
    """Reach and step of a layer, each (height, width); None when it reads all places at once.

    A unit reads `reach` neighbours of its input, the next unit `step` further on (Dumoulin and Visin 2016).
    NotImplementedError for a kind of layer without a rule.
    """
    match layer:
        case keras.layers.Conv2D() | keras.layers.DepthwiseConv2D() | keras.layers.SeparableConv2D():
            return [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate)], layer.strides
        case keras.layers.MaxPooling2D() | keras.layers.AveragePooling2D():
            return layer.pool_size, layer.strides
        case keras.layers.Conv2DTranspose():  # one step in the output is 1/s step in the input
            extents = [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate)]
            return [math.ceil(e / s) for e, s in zip(extents, layer.strides)], [1 / s for s in layer.strides]
        case keras.layers.UpSampling2D(interpolation="nearest" | "bilinear"):
            return [1 if layer.interpolation == "nearest" else 2] * 2, [1 / s for s in layer.size]
        case (keras.layers.GlobalAveragePooling2D() | keras.layers.GlobalMaxPooling2D()
              | keras.layers.Flatten() | keras.layers.Reshape()):
            return None
        case (keras.layers.InputLayer() | keras.layers.Dense() | keras.layers.BatchNormalization()
              | keras.layers.Activation() | keras.layers.ReLU() | keras.layers.Softmax() | keras.layers.Rescaling()
              | keras.layers.Dropout() | keras.layers.SpatialDropout2D() | keras.layers.ZeroPadding2D()
              | keras.layers.Add() | keras.layers.Multiply() | keras.layers.Concatenate()):
            return (1, 1), (1, 1)
    raise NotImplementedError(f"The ledger does not know layer {layer.name!r} of the class {type(layer).__name__}.")


# %% field
WHOLE = (math.inf, math.inf), None  # receptive field and jump of a unit that may see the whole input


def receptive_field(layer, fields):
    """Receptive field r and jump j of a layer's units, in input pixels (Araujo, Norris and Sim 2019).

    `fields` : list of (r, j), one for each input of the layer; r and j are pairs (height, width). A merge takes the
    largest r. After up-sampling r is an upper bound: there a unit's reach depends on its place.
    """
    reach_and_step = window(layer)
    jumps = {j for _, j in fields if j}
    if len(jumps) > 1:
        raise ValueError(f"Layer {layer.name!r} merges maps whose units lie {' and '.join(map(str, sorted(jumps)))} "
                         "pixels apart: give its branches the same strides.")
    if not (jumps and reach_and_step):
        return WHOLE
    (jump,), (reach, step) = jumps, reach_and_step
    largest = [max(sizes) for sizes in zip(*(r for r, _ in fields))]
    return (tuple(r + (k - 1) * j for r, k, j in zip(largest, reach, jump)),
            tuple(j * s for j, s in zip(jump, step)))


# %% arithmetic
def weights(layer, c_in, c_out):
    """Numbers of weights that multiply a value, and of all other parameters.

    `c_in`, `c_out` : channels (or features) of input and output.
    """
    k = math.prod(getattr(layer, "kernel_size", ()))  # values under one slice of the kernel; 1 without a kernel
    match layer:
        case keras.layers.Conv2D():
            multiplied = k * c_in // layer.groups * c_out
        case keras.layers.Conv2DTranspose() | keras.layers.Dense():
            multiplied = k * c_in * c_out
        case keras.layers.DepthwiseConv2D():  # one slice for each output channel
            multiplied = k * c_out
        case keras.layers.SeparableConv2D():  # depthwise, then 1x1
            between = c_in * layer.depth_multiplier
            multiplied = k * between + between * c_out
        case keras.layers.BatchNormalization():  # mean and variance, scale and shift
            return 0, (2 + layer.scale + layer.center) * c_in
        case _:
            return 0, 0
    return multiplied, layer.use_bias * c_out


def multiply_adds(layer, multiplied, shape_in, shape_out):
    """Multiply-adds (MACs) for one image: every weight works once at each place of the output.

    A transposed convolution lays its kernel down at each place of the *input*. Adding a bias, pooling, activations
    and merges count nothing, as in papers; nor does batch normalization, which folds into the layer before it.
    Shapes: (height, width, channels) or (features,).
    """
    places = shape_in if isinstance(layer, keras.layers.Conv2DTranspose) else shape_out
    return multiplied * math.prod(places[:-1])


# %% memory
VIEWS = ["Flatten", "Reshape"]  # the same values in another shape: no memory of their own
ONLY_IN_TRAINING = ["Dropout", "SpatialDropout2D"]  # pass their input on when nobody trains


def alive(rows, outputs):
    """Bytes of activations in memory while each layer runs, without training.

    A tensor lives until the last layer that reads it has run; those of the rows `outputs` live to the end.
    """
    owner = []  # for each row, the row whose tensor it hands on: itself, except for views
    for i, row in enumerate(rows):
        owner.append(owner[row["inputs"][0]] if row["kind"] in VIEWS + ONLY_IN_TRAINING else i)
    last_use = {}
    for i, row in enumerate(rows):
        last_use |= {owner[j]: i for j in [i, *row["inputs"]]}
    last_use |= {owner[j]: len(rows) for j in outputs}
    return [sum(rows[j]["bytes"] for j, last in last_use.items() if j <= i <= last) for i in range(len(rows))]


# %% walk
def check(model):
    """Refuse what has no layers (TypeError) or no shapes (ValueError)."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"The ledger needs a Keras model, not {type(model).__name__}.")
    if not hasattr(model, "outputs"):
        raise ValueError(f"Model {model.name!r} has no shapes: make it Sequential or functional and begin with "
                         "keras.Input((height, width, channels)).")


def calls(model, made_by):
    """Yield (layer, rows it reads, output tensor) in the order in which Keras runs the layers.

    `made_by` : the row that made each tensor, by the tensor's id. A model inside the model is opened.
    """
    check(model)
    nodes_by_depth = keras.Model(model.inputs, model.outputs)._nodes_by_depth
    for node in (node for depth in sorted(nodes_by_depth, reverse=True) for node in nodes_by_depth[depth]):
        layer, output = node.operation, node.outputs[0]
        sources = [made_by[id(x)] for x in node.input_tensors]
        if isinstance(layer, keras.Model):
            made_by |= {id(x): row for x, row in zip(layer.inputs, sources)}
            yield from calls(layer, made_by)
            made_by |= {id(x): made_by[id(inner)] for x, inner in zip(node.outputs, layer.outputs)}
        elif not (isinstance(layer, keras.layers.InputLayer) and id(output) in made_by):
            yield layer, sources, output


# %% ledger
def ledger(model):
    """Cost of a Keras model for one image, layer by layer.

    Returns
    -------
    list of dict
        name, kind, shape (without batch), parameters (of a shared layer once), macs; bytes of the float32 output;
        alive, the bytes in memory while the layer runs; field and jump in pixels, each (height, width), or inf and
        None where a unit may see the whole input; inputs, the numbers of the rows that it reads.

    Raises
    ------
    TypeError, ValueError, NotImplementedError
        Not a model; no fixed shapes, channels not last or unlike branches; a kind of layer without a rule.
    """
    rows, made_by, seen = [], {}, set()
    for layer, sources, output in calls(model, made_by):
        kind, shape = type(layer).__name__, tuple(output.shape[1:])
        if None in shape:
            raise ValueError(f"Layer {layer.name!r} has the open shape {shape}: give keras.Input fixed numbers.")
        if getattr(layer, "data_format", "") == "channels_first" or getattr(layer, "axis", -1) not in (-1, len(shape)):
            raise ValueError(f"Layer {layer.name!r} does not work on the last axis: put the channels last.")
        pixel = ((1, 1), (1, 1)) if len(shape) == 3 else WHOLE  # a unit of the input sees itself
        field, jump = receptive_field(layer, [(rows[i]["field"], rows[i]["jump"]) for i in sources] or [pixel])
        shape_in = rows[sources[0]]["shape"] if sources else shape
        multiplied, others = weights(layer, shape_in[-1], shape[-1])
        made_by[id(output)] = len(rows)
        rows.append({"name": layer.name, "kind": kind, "shape": shape,
                     "parameters": 0 if id(layer) in seen else multiplied + others,
                     "macs": multiply_adds(layer, multiplied, shape_in, shape),
                     "bytes": 0 if kind in VIEWS else 4 * math.prod(shape),
                     "field": field, "jump": jump, "inputs": sources})
        seen.add(id(layer))
    for row, size in zip(rows, alive(rows, [made_by[id(x)] for x in model.outputs])):
        row["alive"] = size
    return rows


def totals(rows):
    """Sums over a ledger: parameters and macs; bytes for one image at inference (peak) and in training (all)."""
    return {"parameters": sum(row["parameters"] for row in rows), "macs": sum(row["macs"] for row in rows),
            "inference": max(row["alive"] for row in rows), "training": sum(row["bytes"] for row in rows)}


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
