#@title VGG: blocks of 3x3 convolutions {display-mode: "form"}
import keras


# %% blocks
def vgg_blocks(blocks, map_rate=0.0):
    """List the layers of VGG blocks.

    blocks : (convolutions, filters) of each block; 3x3 convolutions with ReLU, then max pooling 2x2
    map_rate : share of the maps that spatial dropout leaves out behind each block; 0: no such layers
    """
    layers = []
    for b, (convolutions, filters) in enumerate(blocks, start=1):
        layers += [keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{b}_conv{i}")
                   for i in range(1, convolutions + 1)]
        layers.append(keras.layers.MaxPooling2D(2, name=f"block{b}_pool"))
        if map_rate:
            layers.append(keras.layers.SpatialDropout2D(map_rate, name=f"block{b}_drop"))
    return layers


# %% vgg
def vgg(name, blocks, input_shape, classes):
    """VGG for ImageNet: blocks, then three dense layers (Simonyan and Zisserman 2015, table 1)."""
    return keras.Sequential([
        keras.Input(input_shape),
        *vgg_blocks(blocks),
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(4096, activation="relu", name="fc1"),
        keras.layers.Dropout(0.5, name="fc1_drop"),
        keras.layers.Dense(4096, activation="relu", name="fc2"),
        keras.layers.Dropout(0.5, name="fc2_drop"),
        keras.layers.Dense(classes, activation="softmax", name="predictions"),
    ], name=name)


def vgg16(input_shape=(224, 224, 3), classes=1000):
    """VGG-16, the paper's configuration D."""
    return vgg("vgg16", [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], input_shape, classes)


def vgg19(input_shape=(224, 224, 3), classes=1000):
    """VGG-19, the paper's configuration E."""
    return vgg("vgg19", [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)], input_shape, classes)


# %% shallow
def shallow_vgg(input_shape=(32, 32, 3), classes=10, blocks=((2, 32), (2, 64)), map_rate=0.0, unit_rate=0.0):
    """ShallowVGGNet of Scully's lecture, with or without dropout; a third block makes it deeper.

    map_rate : of the spatial dropout behind each block; unit_rate : of the dropout behind the dense layer
    """
    return keras.Sequential([
        keras.Input(input_shape),
        *vgg_blocks(blocks, map_rate),
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(512, activation="relu", name="fc1"),
        *([keras.layers.Dropout(unit_rate, name="fc1_drop")] if unit_rate else []),
        keras.layers.Dense(classes, activation="softmax", name="predictions"),
    ], name="shallow_vgg")


# %% vgg_cifar
def vgg_cifar(input_shape=(32, 32, 3), classes=10):
    """Small VGG for 32x32 images: three blocks, then the mean of each map instead of the large dense layers."""
    return keras.Sequential([
        keras.Input(input_shape),
        *vgg_blocks([(2, 32), (2, 64), (2, 128)]),
        keras.layers.GlobalAveragePooling2D(name="mean"),
        keras.layers.Dense(classes, activation="softmax", name="predictions"),
    ], name="vgg_cifar")
