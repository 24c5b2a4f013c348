#@title GoogLeNet: as published, and a small one for 32x32 {display-mode: "form"}
import keras


# %% normalisation
def local_response_normalisation(maps, k=2, n=5, alpha=1e-4, beta=0.75):
    """Divide each value by (k + alpha * sum of the squares of the n maps around its own, at the same place) ** beta."""
    channels = maps.shape[-1]
    squares = keras.ops.pad(keras.ops.square(maps), [(0, 0), (0, 0), (0, 0), (n // 2, n // 2)])
    sums = sum(squares[..., i:i + channels] for i in range(n))  # the maps, moved by -2, -1, 0, 1 and 2 channels
    return maps / (k + alpha * sums) ** beta


# %% convolution
def inception_conv(x, filters, size, name, strides=1, norm=False):
    """Convolution and ReLU; with `norm` batch normalisation between them, and no bias."""
    if not norm:
        return keras.layers.Conv2D(filters, size, strides, padding="same", activation="relu", name=name)(x)
    x = keras.layers.Conv2D(filters, size, strides, padding="same", use_bias=False, name=name)(x)
    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


# %% module
def inception(x, widths, name, norm=False):
    """Four branches that read the same maps, stacked along the channels (Szegedy et al. 2015, figure 2b).

    widths : filters (n1, r3, n3, r5, n5, p), r3 and r5 of the 1x1 convolutions before 3x3 and 5x5, p after pooling
    """
    n1, r3, n3, r5, n5, p = widths
    one = inception_conv(x, n1, 1, f"{name}_1x1", norm=norm)
    three = inception_conv(x, r3, 1, f"{name}_3x3_reduce", norm=norm)
    three = inception_conv(three, n3, 3, f"{name}_3x3", norm=norm)
    five = inception_conv(x, r5, 1, f"{name}_5x5_reduce", norm=norm)
    five = inception_conv(five, n5, 5, f"{name}_5x5", norm=norm)
    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    pooled = inception_conv(pooled, p, 1, f"{name}_pool_1x1", norm=norm)
    return keras.layers.Concatenate(name=name)([one, three, five, pooled])


# %% auxiliary
def auxiliary_classifier(x, classes, name):
    """Small classifier on the maps of a module, there for training only (section 5 of the paper)."""
    x = keras.layers.AveragePooling2D(5, strides=3, name=f"{name}_pool")(x)  # (4, 4, channels)
    x = inception_conv(x, 128, 1, f"{name}_1x1")
    x = keras.layers.Flatten(name=f"{name}_flatten")(x)                      # (2048,)
    x = keras.layers.Dense(1024, activation="relu", name=f"{name}_dense")(x)
    x = keras.layers.Dropout(0.7, name=f"{name}_drop")(x)
    return keras.layers.Dense(classes, activation="softmax", name=f"{name}_classes")(x)


# %% widths
GOOGLENET = {  # widths of the modules (table 1 of the paper)
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64), "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}


# %% googlenet
def googlenet(input_shape=(224, 224, 3), classes=1000, auxiliary=False):
    """GoogLeNet (Szegedy et al. 2015). auxiliary=True adds the outputs of the two classifiers for training."""
    def halve(x, name):
        return keras.layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)

    inputs, helpers = keras.Input(input_shape), []
    x = halve(inception_conv(inputs, 64, 7, "conv1", strides=2), "pool1")            # (56, 56, 64)
    x = keras.layers.Activation(local_response_normalisation, name="norm1")(x)
    x = inception_conv(inception_conv(x, 64, 1, "conv2_reduce"), 192, 3, "conv2")    # (56, 56, 192)
    x = halve(keras.layers.Activation(local_response_normalisation, name="norm2")(x), "pool2")
    for name, widths in GOOGLENET.items():
        x = inception(x, widths, name)
        if auxiliary and name in ("4a", "4d"):
            helpers.append(auxiliary_classifier(x, classes, f"helper_{name}"))
        if name in ("3b", "4e"):
            x = halve(x, f"pool{name[0]}")
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)                          # (1024,)
    x = keras.layers.Dropout(0.4, name="drop")(x)
    x = keras.layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, [x, *helpers] if auxiliary else x, name="googlenet")


# %% widths_cifar
GOOGLENET_CIFAR = {  # widths of the modules (Lippe, tutorial 5)
    "2a": (16, 32, 32, 16, 8, 8), "2b": (24, 32, 48, 16, 12, 12),
    "3a": (24, 32, 48, 16, 12, 12), "3b": (16, 32, 48, 16, 16, 16),
    "3c": (16, 32, 48, 16, 16, 16), "3d": (32, 32, 48, 16, 24, 24),
    "4a": (32, 48, 64, 16, 16, 16), "4b": (32, 48, 64, 16, 16, 16),
}


# %% googlenet_cifar
def googlenet_cifar(input_shape=(32, 32, 3), classes=10):
    """Small GoogLeNet with batch normalisation, after Lippe's tutorial; its first pooling stands before module 2a."""
    inputs = keras.Input(input_shape)
    x = inception_conv(inputs, 64, 3, "conv1", norm=True)
    x = keras.layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)     # (16, 16, 64)
    for name, widths in GOOGLENET_CIFAR.items():
        x = inception(x, widths, name, norm=True)
        if name == "3d":
            x = keras.layers.MaxPooling2D(3, strides=2, padding="same", name="pool3")(x)  # (8, 8, 128)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)                          # (128,)
    x = keras.layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, x, name="googlenet_cifar")
