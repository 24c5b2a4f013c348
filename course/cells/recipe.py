#@title Recipe: how the networks of part 4 train on CIFAR-10 {display-mode: "form"}
import math

# In each period of 1, 2, 4, 8 and 16 epochs the learning rate falls from its peak to 0, then it starts anew (cosine
# annealing with warm restarts, Loshchilov and Hutter 2017). A training may end after 1, 3, 7, 15 or 31 epochs.
EPOCHS = 3 if QUICK else 31
BATCH = 32 if QUICK else 128
PEAK, DECAY = 1e-3, 1e-2  # AdamW: the highest learning rate and the weight decay (Loshchilov and Hutter 2019)


def cifar10(quick=1_000):
    """Return CIFAR-10 as (training, validation, test), each (images, labels).

    Images (n, 32, 32, 3) and labels (n,), both uint8. 5,000 of the 50,000 training images are held out for
    validation, as in He et al. 2016. Quick: `quick` images for training, half as many for each other part.
    """
    (x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
    count, held_out, tested = (quick, quick // 2, quick // 2) if QUICK else (45_000, 5_000, 10_000)
    return ((x[:count], y[:count, 0]), (x[-held_out:], y[-held_out:, 0]), (x_test[:tested], y_test[:tested, 0]))


def with_recipe(network, images):
    """Put standardisation and augmentation before a network (32x32x3 to 10 probabilities) and compile it.

    `images` : number of training images, which sets the steps of an epoch. Augmentation, in training only: mirrored
    left to right for half of the images, moved by up to 4 pixels.
    """
    mean, deviation = np.array([0.4914, 0.4822, 0.4465]) * 255, np.array([0.2470, 0.2435, 0.2616]) * 255  # chapter 10
    model = keras.Sequential([
        keras.Input((32, 32, 3), dtype="uint8"),
        keras.layers.Normalization(mean=mean, variance=deviation**2),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomTranslation(4 / 32, 4 / 32, fill_mode="constant", interpolation="nearest"),
        network,
    ])
    rate = keras.optimizers.schedules.CosineDecayRestarts(PEAK, first_decay_steps=math.ceil(images / BATCH), t_mul=2.0)
    # Metric and optimiser make their variables here. Made in the first step, they have TensorFlow trace it twice.
    model.compile(keras.optimizers.AdamW(rate, weight_decay=DECAY), "sparse_categorical_crossentropy",
                  metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")])
    model.optimizer.build(model.trainable_variables)
    return model


def train_on_cifar10(build, data, **settings):
    """Train what the function `build` returns with the recipe; the trained model, recipe included, and its history."""
    (x, y), validation, _ = data
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "validation_data": validation} | settings
    return train(lambda: with_recipe(build(), len(x)), x, y, **settings)
