"""The game of Go: rules, positions by the thousand, a search for capture Go, and AlphaGo's policy network (chapter 21)."""

import keras
import numpy as np


# %% rules
def around(point, size):
    """The points above, below, left and right of a point, as far as the board goes."""
    row, column = point
    places = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [(r, c) for r, c in places if 0 <= r < size and 0 <= c < size]


def chain(board, point):
    """The stones that hang together with the stone on `point`, and their liberties: two sets of points."""
    stones, liberties, waiting = {point}, set(), [point]
    while waiting:
        for other in around(waiting.pop(), len(board)):
            if board[other] == 0:
                liberties.add(other)
            elif board[other] == board[point] and other not in stones:
                stones.add(other)
                waiting.append(other)
    return stones, liberties


def play(board, point, colour, before=None):
    """The board after a move. ValueError when the rules forbid it.

    `board` : (size, size), 1 for black, -1 for white, 0 for an empty point. It stays as it is.
    `before` : the board before the opponent's last move; it must not come back (ko).
    """
    if board[point] != 0:
        raise ValueError("There is a stone already.")
    after = board.copy()
    after[point] = colour
    for other in around(point, len(board)):
        if after[other] == -colour:
            stones, liberties = chain(after, other)
            if not liberties:
                after[tuple(zip(*stones))] = 0        # captured: the whole chain leaves the board
    if not chain(after, point)[1]:
        raise ValueError("Suicide: the stone would have no liberty.")
    if before is not None and np.array_equal(after, before):
        raise ValueError("Ko: this board was there one move ago.")
    return after


# %% batch
from scipy import ndimage


def beside(a):
    """What stands above, below, left and right of each point; 0 beyond the edge. (n, s, s) to (4, n, s, s)."""
    padded = np.pad(a, ((0, 0), (1, 1), (1, 1)))
    return np.stack([padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]])


def chains(boards, colour):
    """All chains of one colour on all boards at once.

    Returns the number of the chain at each point (n, s, s), 0 for none; the chains that touch each empty point,
    each once (4, n, s, s); and for each chain its liberties and its stones. Entry 0 of both is 0.
    """
    cross = np.zeros((3, 3, 3), int)
    cross[1] = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]      # stones touch within a board, never from board to board
    numbers, count = ndimage.label(boards == colour, cross)
    touched = beside(numbers) * (boards == 0)
    for i in range(1, 4):
        touched[i] *= (touched[i] != touched[:i]).all(axis=0)  # a chain that touches a point twice counts once
    liberties = np.bincount(touched.ravel(), minlength=count + 1)
    stones = np.bincount(numbers.ravel(), minlength=count + 1)
    liberties[0] = stones[0] = 0
    return numbers, touched, liberties, stones


def captures(boards, colour=1):
    """For each point: how many stones a move of `colour` there would take. (n, s, s)"""
    _, touched, liberties, stones = chains(boards, -colour)
    return np.where(liberties == 1, stones, 0)[touched].sum(axis=0)


# %% positions
def positions(count, size, seed):
    """Random positions in which black can capture: (count, size, size) of 1, -1 and 0."""
    rng, found, there = np.random.default_rng(seed), [], 0
    while there < count:
        noise = ndimage.gaussian_filter(rng.normal(size=(2_000, size, size)), (0, 0.7, 0.7))  # smooth: long chains
        boards = np.where(noise > 0, 1, -1) * (rng.random(noise.shape) < rng.uniform(0.3, 0.9, (2_000, 1, 1)))
        for colour in (1, -1):                        # chains without a liberty cannot be there
            numbers, _, liberties, _ = chains(boards, colour)
            boards = np.where((numbers > 0) & (liberties[numbers] == 0), 0, boards)
        found.append(boards[captures(boards).max(axis=(1, 2)) > 0].astype("int8"))
        there += len(found[-1])
    return np.concatenate(found)[:count]


def planes(boards):
    """Own stones, the opponent's stones, empty points: (n, s, s) to (n, s, s, 3)."""
    return np.stack([boards == 1, boards == -1, boards == 0], axis=-1).astype("float32")


def shared(best):
    """Training targets: the best moves share the probability. (n, s, s) to (n, s * s)."""
    flat = best.reshape(len(best), -1).astype("float32")
    return flat / flat.sum(axis=1, keepdims=True)


# %% network
class BiasPerPoint(keras.layers.Layer):
    """Add a number of its own to each point of the board."""

    def build(self, shape):
        self.bias = self.add_weight(shape=shape[1:], initializer="zeros", name="bias")

    def call(self, x):
        return x + self.bias


def policy(size, channels, filters, layers):
    """AlphaGo's policy network: a 5x5 layer, 3x3 layers, a 1x1 layer with a bias for each point, softmax."""
    x = inputs = keras.Input((size, size, channels))
    for number in range(layers):
        x = keras.layers.Conv2D(filters, 3 if number else 5, padding="same", activation="relu")(x)
    x = BiasPerPoint()(keras.layers.Conv2D(1, 1, use_bias=False)(x))  # (batch, size, size, 1)
    return keras.Model(inputs, keras.layers.Softmax()(keras.layers.Flatten()(x)))  # (batch, size * size)


# %% game
def legal(boards):
    """Where black may play in capture Go: on empty points, but no suicide. (n, s, s)"""
    _, touched, liberties, _ = chains(boards, 1)
    breathes = beside(boards == 0).any(axis=0) | (liberties[touched] > 1).any(axis=0) | (captures(boards) > 0)
    return (boards == 0) & breathes


def danger(boards, colour):
    """How weak the stones of a colour are: for each stone 1 / (liberties of its chain) squared, added up. (n,)"""
    numbers, _, liberties, _ = chains(boards, colour)
    return np.where(numbers > 0, 1 / np.maximum(liberties, 1)[numbers] ** 2, 0).sum(axis=(1, 2))


def search(boards):
    """How good each move of black is, by looking a little ahead. (n, s, s), -inf where a move is not legal.

    A capture wins the game: 1000. A move after which white can capture loses it: -1000. A threat at two points at
    once: 500, for white can answer one. All other moves: the danger of white's stones minus that of black's.
    """
    board, row, column = np.nonzero(legal(boards))
    after = boards[board]                             # one board for each move
    after[np.arange(len(board)), row, column] = 1
    value = np.round(danger(after, -1) - danger(after, 1), 3)
    value += 500 * ((captures(after) > 0).sum(axis=(1, 2)) > 1)
    value -= 1000 * (captures(after, -1) > 0).any(axis=(1, 2))
    value[captures(boards)[board, row, column] > 0] = 1000
    values = np.full(boards.shape, -np.inf)
    values[board, row, column] = value
    return values


# %% match
def choose(values, rng):
    """For each board the point with the highest value, counted row by row; between equals chance decides."""
    flat = values.reshape(len(values), -1)
    return np.where(flat == flat.max(axis=1, keepdims=True), rng.random(flat.shape), -1).argmax(axis=1)


def move(boards, places):
    """Black plays on each board; then the colours change, so that the next player is black again.

    Returns the boards that go on and, for each of the old ones, whether the move captured and won the game.
    """
    row, column = np.divmod(places, boards.shape[1])
    everyone = np.arange(len(boards))
    won = captures(boards)[everyone, row, column] > 0
    after = boards.copy()
    after[everyone, row, column] = 1
    return -after[~won], won


def match(player, opponent, games, size, seed):
    """Share of the games of capture Go that `player` wins. Each begins half of them.

    A player is a function from boards (n, s, s), on which it is black, to a value for each point. Who has no legal
    move loses.
    """
    rng, wins = np.random.default_rng(seed), 0
    for begins in (True, False):
        boards, on_move = np.zeros((games // 2, size, size), int), begins
        while len(boards):
            able = legal(boards).any(axis=(1, 2))
            wins += 0 if on_move else (~able).sum()
            boards = boards[able]
            if len(boards):
                values = np.where(legal(boards), (player if on_move else opponent)(boards), -np.inf)
                boards, won = move(boards, choose(values, rng))
                wins += won.sum() if on_move else 0
            on_move = not on_move
    return wins / (2 * (games // 2))


def lessons(games, size, seed):
    """Positions from games that the search plays against itself, every third move by chance, and its best moves.

    Each position once: boards (n, s, s) and best (n, s, s), True for all moves with the highest value.
    """
    rng, boards = np.random.default_rng(seed), np.zeros((games, size, size), int)
    seen, best = [], []
    while len(boards := boards[legal(boards).any(axis=(1, 2))]):
        values = search(boards)
        seen.append(boards)
        best.append(values == values.max(axis=(1, 2), keepdims=True))
        careless = (rng.random(len(boards)) < 1 / 3)[:, None, None] & np.isfinite(values)
        boards, _ = move(boards, choose(np.where(careless, 0, values), rng))
    seen, index = np.unique(np.concatenate(seen), axis=0, return_index=True)
    return seen.astype("int8"), np.concatenate(best)[index]
