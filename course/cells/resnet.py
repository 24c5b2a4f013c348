#@title ResNet: plain and residual networks for CIFAR and ImageNet {display-mode: "form"}
import keras


# %% norm
def conv_norm(x, filters, size, stride, name, use_bias=False):
    """Convolution, then batch normalisation. On each side size // 2 zeros, as in the paper."""
    same = stride == 1 or size == 1
    if not same:  # for a stride of 2 Keras's "same" would pad below and at the right only: chapter 7
        x = keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    x = keras.layers.Conv2D(filters, size, strides=stride, padding="same" if same else "valid", use_bias=use_bias,
                            kernel_initializer="he_normal", name=f"{name}_conv")(x)
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


# %% shortcut
def shortcut(x, filters, stride, option, name, use_bias=False):
    """The way around a block: the input itself or, where the shape changes, option A or B; option C always projects."""
    if stride == 1 and x.shape[-1] == filters and option != "C":
        return x
    if option == "A":  # no parameters: every second pixel, zeros in the new channels
        x = keras.layers.MaxPooling2D(1, strides=stride, name=f"{name}_0_pixels")(x)
        zeros = keras.layers.Rescaling(0.0, name=f"{name}_0_zeros")(x)
        return keras.layers.Concatenate(name=f"{name}_0_pad")([x] + [zeros] * (filters // x.shape[-1] - 1))
    return conv_norm(x, filters, 1, stride, f"{name}_0", use_bias)


# %% block
def block(x, layers, option, name, use_bias=False):
    """Residual block: the convolutions `layers`, each (filters, size, stride), plus the shortcut. Option None: plain."""
    y, steps = x, 1
    for i, (filters, size, stride) in enumerate(layers, 1):
        y = conv_norm(y, filters, size, stride, f"{name}_{i}", use_bias)
        if i < len(layers):
            y = keras.layers.ReLU(name=f"{name}_{i}_relu")(y)
        steps *= stride
    if option:
        y = keras.layers.Add(name=f"{name}_add")([shortcut(x, filters, steps, option, name, use_bias), y])
    return keras.layers.ReLU(name=f"{name}_out")(y)


# %% kinds
def basic(filters, stride):
    return [(filters, 3, stride), (filters, 3, 1)]


def bottleneck(filters, stride):
    return [(filters, 1, stride), (filters, 3, 1), (4 * filters, 1, 1)]


def bottleneck_v15(filters, stride):  # the stride one convolution later
    return [(filters, 1, 1), (filters, 3, stride), (4 * filters, 1, 1)]


# %% stages
def stages(x, layers, filters, counts, option, use_bias=False):
    """Stages conv2, conv3, ... of `counts` blocks. Each but the first begins with a stride of 2."""
    for stage, (width, count) in enumerate(zip(filters, counts), 2):
        for i in range(1, count + 1):
            stride = 2 if stage > 2 and i == 1 else 1
            x = block(x, layers(width, stride), option, f"conv{stage}_block{i}", use_bias)
    return x


def classifier(inputs, x, classes, name):
    x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax", name="predictions")(x), name=name)


# %% cifar
def resnet_cifar(depth, shortcuts=True, option="A", input_shape=(32, 32, 3), classes=10):
    """ResNet for CIFAR with `depth` = 6n + 2 layers (He et al. 2016). Without shortcuts: the paper's plain network."""
    if depth < 8 or depth % 6 != 2:
        raise ValueError(f"The depth is 6n + 2 (8, 14, 20, ...), not {depth}.")
    inputs = keras.Input(input_shape)
    x = keras.layers.ReLU(name="conv1_relu")(conv_norm(inputs, 16, 3, 1, "conv1"))
    x = stages(x, basic, (16, 32, 64), [(depth - 2) // 6] * 3, option if shortcuts else None)
    return classifier(inputs, x, classes, f"{'resnet' if shortcuts else 'plain'}{depth}")


# %% imagenet
RESNETS = {18: (basic, (2, 2, 2, 2)), 34: (basic, (3, 4, 6, 3)), 50: (bottleneck, (3, 4, 6, 3)),
           101: (bottleneck, (3, 4, 23, 3)), 152: (bottleneck, (3, 8, 36, 3))}  # table 1 of the paper


def resnet_imagenet(depth, input_shape=(224, 224, 3), classes=1000, option="B", use_bias=False, v15=False):
    """ResNet for ImageNet. `v15`: stride in the 3x3 convolution of a bottleneck, as in torchvision."""
    layers, counts = RESNETS[depth]
    inputs = keras.Input(input_shape)
    x = keras.layers.ReLU(name="conv1_relu")(conv_norm(inputs, 64, 7, 2, "conv1", use_bias))
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    x = stages(x, bottleneck_v15 if v15 else layers, (64, 128, 256, 512), counts, option, use_bias)
    return classifier(inputs, x, classes, f"resnet{depth}")


# %% names
def resnet20(input_shape=(32, 32, 3), classes=10):
    return resnet_cifar(20, input_shape=input_shape, classes=classes)


def resnet32(input_shape=(32, 32, 3), classes=10):
    return resnet_cifar(32, input_shape=input_shape, classes=classes)


def resnet44(input_shape=(32, 32, 3), classes=10):
    return resnet_cifar(44, input_shape=input_shape, classes=classes)


def resnet56(input_shape=(32, 32, 3), classes=10):
    return resnet_cifar(56, input_shape=input_shape, classes=classes)


def resnet110(input_shape=(32, 32, 3), classes=10):
    return resnet_cifar(110, input_shape=input_shape, classes=classes)


def resnet18(input_shape=(224, 224, 3), classes=1000):
    return resnet_imagenet(18, input_shape, classes)


def resnet34(input_shape=(224, 224, 3), classes=1000):
    return resnet_imagenet(34, input_shape, classes)


def resnet50(input_shape=(224, 224, 3), classes=1000, **options):
    return resnet_imagenet(50, input_shape, classes, **options)


def resnet101(input_shape=(224, 224, 3), classes=1000, **options):
    return resnet_imagenet(101, input_shape, classes, **options)


def resnet152(input_shape=(224, 224, 3), classes=1000, **options):
    return resnet_imagenet(152, input_shape, classes, **options)
