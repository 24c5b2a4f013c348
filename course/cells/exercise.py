#@title Setup: imports and seed {display-mode: "form"}
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up messages stay away
import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(42)
