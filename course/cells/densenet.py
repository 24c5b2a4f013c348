#@title DenseNet (Huang et al. 2017) {display-mode: "form"}
import keras


# %% layer
def preactivated(x, filters, kernel, name):
    """Batch normalisation, ReLU and then a convolution without bias: the order of DenseNet."""
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    x = keras.layers.ReLU(name=f"{name}_relu")(x)
    return keras.layers.Conv2D(filters, kernel, padding="same", use_bias=False, kernel_initializer="he_normal",
                               name=name)(x)


def dense_layer(stack, growth, bottleneck, name):
    """Read the whole stack of maps and put `growth` new maps on top of it."""
    narrow = preactivated(stack, bottleneck * growth, 1, f"{name}_1x1")
    new = preactivated(narrow, growth, 3, f"{name}_3x3")
    return keras.layers.Concatenate(name=f"{name}_stack")([stack, new])


# %% transition
def transition(stack, compression, name):
    """Keep a part of the channels, then halve height and width."""
    stack = preactivated(stack, int(compression * stack.shape[-1]), 1, f"{name}_1x1")
    return keras.layers.AveragePooling2D(2, name=f"{name}_pool")(stack)


# %% network
def densenet(inputs, stack, blocks, growth, bottleneck, classes, name):
    """Dense blocks of the given numbers of layers with transitions between them, then the classifier."""
    for number, layers in enumerate(blocks, start=1):
        for layer in range(1, layers + 1):
            stack = dense_layer(stack, growth, bottleneck, f"block{number}_{layer}")
        if number < len(blocks):
            stack = transition(stack, 0.5, f"transition{number}")
    stack = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name="last_bn")(stack)
    stack = keras.layers.ReLU(name="last_relu")(stack)
    features = keras.layers.GlobalAveragePooling2D(name="mean")(stack)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax", name="classes")(features), name=name)


# %% densenet121
def densenet121(input_shape=(224, 224, 3), classes=1000):
    """DenseNet-121 for ImageNet: growth rate 32, bottlenecks of 4 * 32 maps, half of the channels kept."""
    inputs = keras.Input(input_shape)
    x = keras.layers.ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = keras.layers.Conv2D(64, 7, strides=2, use_bias=False, kernel_initializer="he_normal", name="conv1")(x)
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name="conv1_bn")(x)
    x = keras.layers.ReLU(name="conv1_relu")(x)
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    return densenet(inputs, x, (6, 12, 24, 16), growth=32, bottleneck=4, classes=classes, name="densenet121")


# %% cifar
def densenet_cifar(input_shape=(32, 32, 3), classes=10, blocks=(2, 4, 8, 10)):
    """A small DenseNet for 32x32 images, after Lippe's tutorial: growth rate 16, bottlenecks of 2 * 16 maps."""
    inputs = keras.Input(input_shape)
    x = keras.layers.Conv2D(32, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name="conv1")(inputs)
    return densenet(inputs, x, blocks, growth=16, bottleneck=2, classes=classes, name="densenet_cifar")
