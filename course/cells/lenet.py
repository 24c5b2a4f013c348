#@title LeNet-5 of 1998, and LeNet as it is written today {display-mode: "form"}
import keras
import numpy as np


# %% pieces
# Which of the six maps of S2 each of the 16 maps of C3 reads (LeCun et al. 1998, table I).
C3_TABLE = [
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),                    # three neighbours (5 and 0 are)
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),  # four neighbours
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),                                            # two and two
    (0, 1, 2, 3, 4, 5),                                                                  # all
]


def scaled_tanh(a):
    """The paper's squashing function: 1 stays 1, -1 stays -1."""
    return 1.7159 * keras.ops.tanh(2 / 3 * a)


def subsampling(x, name):
    """Average 2x2 blocks, then one coefficient and one bias for each map, then squash."""
    x = keras.layers.AveragePooling2D(2, name=f"{name}_average")(x)
    return keras.layers.DepthwiseConv2D(1, depthwise_initializer="ones", activation=scaled_tanh, name=name)(x)


# %% patterns
def digit_patterns():
    """Ten digits of 12x7 pixels as a column each, 1 for ink and -1 for paper: (84, 10)."""
    strokes = [np.s_[:2], np.s_[:7, 5:], np.s_[5:, 5:], np.s_[10:], np.s_[5:, :2], np.s_[:7, :2], np.s_[5:7]]
    digits = -np.ones((10, 12, 7), "float32")
    # strokes: 0 top, 1 upper right, 2 lower right, 3 bottom, 4 lower left, 5 upper left, 6 middle
    for digit, used in zip(digits, ("012345", "12", "01346", "01236", "1256", "02356", "023456", "012", "0123456", "012356")):
        for stroke in used:
            digit[strokes[int(stroke)]] = 1
    return digits.reshape(10, 84).T


# %% lenet5
def lenet5(input_shape=(32, 32, 1), classes=10):
    """LeNet-5 as published: 60,000 trainable parameters, and 84 fixed ones for each class (at most ten)."""
    s2, c3 = [], []
    inputs = keras.Input(input_shape)
    for i in range(6):
        x = keras.layers.Conv2D(1, 5, activation=scaled_tanh, name=f"C1_{i}")(inputs)       # (28, 28, 1)
        s2.append(subsampling(x, f"S2_{i}"))                                                # (14, 14, 1)
    for i, reads in enumerate(C3_TABLE):
        x = keras.layers.Concatenate(name=f"C3_{i}_reads")([s2[j] for j in reads])
        c3.append(keras.layers.Conv2D(1, 5, activation=scaled_tanh, name=f"C3_{i}")(x))     # (10, 10, 1)
    x = subsampling(keras.layers.Concatenate(name="C3")(c3), "S4")                          # (5, 5, 16)
    x = keras.layers.Conv2D(120, 5, activation=scaled_tanh, name="C5")(x)                   # (1, 1, 120)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(84, activation=scaled_tanh, name="F6")(x)
    fixed = keras.initializers.Constant(2 / 10 * digit_patterns()[:, :classes])  # softmax of -distance / 10
    nearest = keras.layers.Dense(classes, activation="softmax", use_bias=False, trainable=False, name="output",
                                 kernel_initializer=fixed)
    return keras.Model(inputs, nearest(x), name="lenet5")


# %% lenet
def lenet(input_shape=(28, 28, 1), classes=10, padding="same"):
    """LeNet as written today (Dinh's lecture). `padding` is that of the first convolution."""
    return keras.Sequential([
        keras.Input(input_shape),
        keras.layers.Conv2D(6, 5, padding=padding, activation="relu", name="C1"),   # (28, 28, 6)
        keras.layers.MaxPooling2D(2, name="S2"),                                    # (14, 14, 6)
        keras.layers.Conv2D(16, 5, activation="relu", name="C3"),                   # (10, 10, 16)
        keras.layers.MaxPooling2D(2, name="S4"),                                    # (5, 5, 16)
        keras.layers.Flatten(),                                                     # (400,)
        keras.layers.Dense(120, activation="relu", name="C5"),
        keras.layers.Dense(84, activation="relu", name="F6"),
        keras.layers.Dense(classes, activation="softmax", name="output"),
    ], name="lenet")


# %% lenet_scully
def lenet_scully(input_shape=(28, 28, 1), classes=10, second_pooling=True):
    """Scully's wider variant; `second_pooling=False` leaves out its second pooling layer."""
    return keras.Sequential([
        keras.Input(input_shape),
        keras.layers.Conv2D(20, 5, padding="same", activation="relu", name="conv1"),    # (28, 28, 20)
        keras.layers.MaxPooling2D(2, name="pool1"),                                     # (14, 14, 20)
        keras.layers.Conv2D(50, 5, padding="same", activation="relu", name="conv2"),    # (14, 14, 50)
        *([keras.layers.MaxPooling2D(2, name="pool2")] if second_pooling else []),      # (7, 7, 50)
        keras.layers.Flatten(),                                                         # (2450,) or (9800,)
        keras.layers.Dense(500, activation="relu", name="dense"),
        keras.layers.Dense(classes, activation="softmax", name="output"),
    ], name="lenet_scully")
