"""An epoch as one compiled loop, for trainings with JAX: the steps of ``fit``, with no Python between them."""

import contextlib
import functools


def can_take_whole(model, callbacks):
    """Whether a training with JAX may take its epochs whole: on an accelerator, compiled, and no callback looks at single batches.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    callbacks : list of keras.callbacks.Callback
    """
    import jax
    import keras

    def looks(callback):
        if isinstance(callback, keras.callbacks.ModelCheckpoint):
            return callback.save_freq != "epoch"
        names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
        return any(getattr(type(callback), name) is not getattr(keras.callbacks.Callback, name) for name in names)

    compiled = model.jit_compile and not model.run_eagerly
    return bool(compiled and jax.default_backend() != "cpu" and not any(looks(callback) for callback in callbacks))


@contextlib.contextmanager
def whole_epochs(model):
    """Let ``model.fit`` take each epoch in one compiled loop over its own ``train_step``: the same batches, logs and weights.

    All batches of an epoch lie in the accelerator's memory at once.
    """
    import jax

    def step(state, batch):
        logs, state = model.train_step(state, batch)
        return state, logs

    @functools.partial(jax.jit, donate_argnums=0)
    def loop(state, batches):
        state, logs = jax.lax.scan(step, state, batches)
        return jax.tree.map(lambda log: log[-1], logs), state

    def train_function(state, iterator):
        batches = list(iterator)
        size = len(jax.tree.leaves(batches[0])[0])
        full = [batch for batch in batches if len(jax.tree.leaves(batch)[0]) == size]
        for part in (full, batches[len(full):]):  # the last batch may be smaller
            if part:
                logs, state = loop(state, jax.tree.map(lambda *arrays: jax.numpy.stack(arrays), *part))
        return logs, state

    before = model.steps_per_execution
    model.steps_per_execution, model.train_function = 10**9, train_function
    try:
        yield
    finally:
        model.steps_per_execution, model.train_function = before, None
