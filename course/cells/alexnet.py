#@title AlexNet: as published, and scaled to 32x32 {display-mode: "form"}
import keras


# %% normalisation
def local_response_normalisation(maps, k=2, n=5, alpha=1e-4, beta=0.75):
    """Divide each value by (k + alpha * sum of the squares of the n maps around its own, at the same place) ** beta."""
    channels = maps.shape[-1]
    squares = keras.ops.pad(keras.ops.square(maps), [(0, 0), (0, 0), (0, 0), (n // 2, n // 2)])
    sums = sum(squares[..., i:i + channels] for i in range(n))  # the maps, moved by -2, -1, 0, 1 and 2 channels
    return maps / (k + alpha * sums) ** beta


# %% alexnet
def alexnet(input_shape=(227, 227, 3), classes=1000, groups=2):
    """AlexNet (Krizhevsky, Sutskever and Hinton 2012). groups=1 joins the halves that the paper keeps on two GPUs."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input(input_shape),
        layers.Conv2D(96, 11, strides=4, activation="relu", name="conv1"),                      # (55, 55, 96)
        layers.Activation(local_response_normalisation, name="norm1"),
        layers.MaxPooling2D(3, strides=2, name="pool1"),                                        # (27, 27, 96)
        layers.Conv2D(256, 5, padding="same", groups=groups, activation="relu", name="conv2"),  # (27, 27, 256)
        layers.Activation(local_response_normalisation, name="norm2"),
        layers.MaxPooling2D(3, strides=2, name="pool2"),                                        # (13, 13, 256)
        layers.Conv2D(384, 3, padding="same", activation="relu", name="conv3"),                 # (13, 13, 384)
        layers.Conv2D(384, 3, padding="same", groups=groups, activation="relu", name="conv4"),  # (13, 13, 384)
        layers.Conv2D(256, 3, padding="same", groups=groups, activation="relu", name="conv5"),  # (13, 13, 256)
        layers.MaxPooling2D(3, strides=2, name="pool5"),                                        # (6, 6, 256)
        layers.Flatten(name="flatten"),                                                         # (9216,)
        layers.Dense(4096, activation="relu", name="fc6"),
        layers.Dropout(0.5, name="drop6"),
        layers.Dense(4096, activation="relu", name="fc7"),
        layers.Dropout(0.5, name="drop7"),
        layers.Dense(classes, activation="softmax", name="fc8"),
    ], name="alexnet")


# %% alexnet_cifar
def alexnet_cifar(input_shape=(32, 32, 3), classes=10):
    """AlexNet for 32x32 images: a quarter of the filters and units, no groups, no response normalisation.

    The first layer keeps the size (5x5, stride 1) where the published one divides it by 4 (11x11, stride 4).
    """
    layers = keras.layers
    return keras.Sequential([
        keras.Input(input_shape),
        layers.Conv2D(24, 5, padding="same", activation="relu", name="conv1"),  # (32, 32, 24)
        layers.MaxPooling2D(3, strides=2, name="pool1"),                        # (15, 15, 24)
        layers.Conv2D(64, 5, padding="same", activation="relu", name="conv2"),  # (15, 15, 64)
        layers.MaxPooling2D(3, strides=2, name="pool2"),                        # (7, 7, 64)
        layers.Conv2D(96, 3, padding="same", activation="relu", name="conv3"),  # (7, 7, 96)
        layers.Conv2D(96, 3, padding="same", activation="relu", name="conv4"),  # (7, 7, 96)
        layers.Conv2D(64, 3, padding="same", activation="relu", name="conv5"),  # (7, 7, 64)
        layers.MaxPooling2D(3, strides=2, name="pool5"),                        # (3, 3, 64)
        layers.Flatten(name="flatten"),                                         # (576,)
        layers.Dense(1024, activation="relu", name="fc6"),
        layers.Dropout(0.5, name="drop6"),
        layers.Dense(1024, activation="relu", name="fc7"),
        layers.Dropout(0.5, name="drop7"),
        layers.Dense(classes, activation="softmax", name="fc8"),
    ], name="alexnet_cifar")
