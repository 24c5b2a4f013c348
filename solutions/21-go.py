"""Hidden checks of exercise 21: Go."""

import keras
import numpy as np
from scipy import ndimage

from course.grading import probes
from course.grading.tasks import OnUse, Task

go = OnUse("course.cells.go")

EYES = np.array([[0, 1, 0, 1, -1], [1, 1, 1, -1, 0], [0, 1, -1, -1, -1], [1, -1, 0, -1, 0], [-1, 0, -1, -1, -1]])  # winding, with eyes


def _boards(rng, count=4):
    """Random legal boards of several sizes, and one with winding chains."""
    found = [go.positions(3, size, int(rng.integers(1_000_000)))[-1].astype(int) for size in (5, 6, 7, 9)[:count]]
    return [EYES, *found]


go_liberties = Task("go_liberties", points=2)


@go_liberties.cases
def _(rng):
    """Winding chains, shared liberties, an empty board, lone stones, one stone in a corner."""
    lone = np.zeros((4, 4), int)
    lone[0, 0], lone[2, 2] = 1, -1
    return [(np.zeros((3, 3), int),), (lone,), *((board,) for board in _boards(rng))]


def _liberties(board, diagonal=False, once=True, both=False, edge=False, stones=False, mixed=False, mark=0):
    """Liberties of the chain at each stone; the options are mistakes."""
    size, out = len(board), np.full(board.shape, mark)
    steps = [(-1, 0), (1, 0), (0, -1), (0, 1)] + diagonal * [(-1, -1), (1, 1), (-1, 1), (1, -1)]
    for start in zip(*np.nonzero(board)):
        chain, free, waiting = {start}, [], [start]
        while waiting:
            row, column = waiting.pop()
            for dr, dc in steps:
                r, c = row + dr, column + dc
                if not (0 <= r < size and 0 <= c < size):
                    free += edge * [(r, c)]
                elif board[r, c] == 0:
                    free.append((r, c))
                elif (mixed or board[r, c] == board[start]) and (r, c) not in chain:
                    chain.add((r, c))
                    waiting.append((r, c))
        out[start] = len(chain) if stones else len(set(free)) if once else len(free)
    return out


@go_liberties.right("numbers all chains with SciPy")
def _(board):
    result = np.zeros_like(board)
    for colour in (1, -1):
        labels, count = ndimage.label(board == colour)
        for number in range(1, count + 1):
            chain = labels == number
            result[chain] = (ndimage.binary_dilation(chain) & (board == 0)).sum()
    return result


@go_liberties.right("lists and recursion")
def _(board):
    size = len(board)

    def visit(r, c, colour, seen, free):
        if not (0 <= r < size and 0 <= c < size) or (r, c) in seen:
            return
        if board[r, c] == 0:
            free.add((r, c))
        elif board[r, c] == colour:
            seen.add((r, c))
            for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                visit(r + dr, c + dc, colour, seen, free)

    rows = []
    for r in range(size):
        rows.append([])
        for c in range(size):
            free = set()
            if board[r, c]:
                visit(r, c, board[r, c], set(), free)
            rows[-1].append(len(free))
    return rows


@go_liberties.wrong("of the stone, not of its chain")
def _(board):
    return (board != 0) * go.beside((board == 0)[None]).sum(axis=0)[0]


@go_liberties.wrong("a liberty of two stones counts twice")
def _(board):
    return _liberties(board, once=False)


@go_liberties.wrong("stones touch across corners")
def _(board):
    return _liberties(board, diagonal=True)


@go_liberties.wrong("the edge is a liberty")
def _(board):
    return _liberties(board, edge=True)


@go_liberties.wrong("counts the stones of the chain")
def _(board):
    return _liberties(board, stones=True)


@go_liberties.wrong("both colours in one chain")
def _(board):
    return _liberties(board, mixed=True)


@go_liberties.wrong("the board goes round")
def _(board):
    out = np.zeros_like(board)
    for colour in (1, -1):
        labels, count = ndimage.label(board == colour)
        for number in range(1, count + 1):
            chain = labels == number
            near = sum(np.roll(chain, shift, axis) for shift in (1, -1) for axis in (0, 1)) > 0
            out[chain] = (near & (board == 0)).sum()
    return out


@go_liberties.wrong("black only")
def _(board):
    return np.where(board == 1, _liberties(board), 0)


@go_liberties.wrong("-1 on empty points")
def _(board):
    return _liberties(board, mark=-1)


go_play = Task("go_play", points=2)

CORNER = np.array([[0, -1, 0, 0], [-1, -1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]])    # black takes three in the corner
FILL = np.array([[0, 1, -1, 0], [1, 1, -1, 0], [-1, -1, -1, 0], [0, 0, 0, 0]])    # suicide of four


@go_play.cases
def _(rng):
    """Captures of one and several chains, suicide of one and of many, taken points, both colours, quiet moves."""
    two = np.array([[0, -1, 1], [-1, 1, 1], [1, 1, 0]])  # one move takes two chains and has no liberty before
    fixed = [(CORNER, 0, 0, 1), (CORNER, 0, 0, -1), (FILL, 0, 0, 1), (FILL, 0, 0, -1), (two, 0, 0, 1), (two, 0, 1, 1), (-FILL, 0, 0, -1),
             (CORNER, 3, 3, -1)]
    for board in _boards(rng):
        taken = go.captures(board[None])[0]
        for row, column in [np.unravel_index(taken.argmax(), board.shape), *rng.integers(0, len(board), (3, 2))]:
            fixed.append((board, int(row), int(column), int(rng.choice([1, -1])) if taken[row, column] == 0 else 1))
    return fixed


def _play(board, row, column, colour, capture=True, first=True, forbid=True, check=True, most=None, own=False, single=False):
    """The board after a move; the options are mistakes."""
    if board[row, column] != 0 and check:
        raise ValueError("taken")
    after = board.copy()
    after[row, column] = colour

    def suicide():
        return not go.chain(after, (row, column))[1]

    if not first and forbid and suicide():
        raise ValueError("suicide")
    dead = []
    for other in go.around((row, column), len(board)):
        if capture and after[other] == -colour and not go.chain(after, other)[1]:
            dead.append([other] if single else list(go.chain(after, other)[0]))
    for stones in dead[:most]:
        for stone in stones:
            after[stone] = 0
    if forbid and suicide():
        raise ValueError("suicide")
    if own and suicide():
        for stone in go.chain(after, (row, column))[0]:
            after[stone] = 0
    return after


@go_play.right("as in the chapter")
def _(board, row, column, colour):
    return go.play(board, (row, column), colour)


@go_play.right("SciPy, the whole board")
def _(board, row, column, colour):
    if board[row, column]:
        raise ValueError("There is a stone.")
    after = np.array(board)
    after[row, column] = colour
    for side in (-colour, colour):
        labels, count = ndimage.label(after == side)
        for number in range(1, count + 1):
            chain = labels == number
            if not (ndimage.binary_dilation(chain) & (after == 0)).any():
                if side == colour:
                    raise ValueError("Suicide.")
                after[chain] = 0
    return after.tolist()


@go_play.wrong("captures nothing")
def _(board, row, column, colour):
    return _play(board, row, column, colour, capture=False)


@go_play.wrong("asks for suicide before it captures")
def _(board, row, column, colour):
    return _play(board, row, column, colour, first=False)


@go_play.wrong("allows suicide")
def _(board, row, column, colour):
    return _play(board, row, column, colour, forbid=False)


@go_play.wrong("suicide takes the own stones off")
def _(board, row, column, colour):
    return _play(board, row, column, colour, forbid=False, own=True)


@go_play.wrong("plays on stones")
def _(board, row, column, colour):
    return _play(board, row, column, colour, check=False)


@go_play.wrong("captures one chain at most")
def _(board, row, column, colour):
    return _play(board, row, column, colour, most=1)


@go_play.wrong("takes only the stone beside the move")
def _(board, row, column, colour):
    return _play(board, row, column, colour, single=True)


@go_play.wrong("changes the board that it got")
def _(board, row, column, colour):
    after = _play(board, row, column, colour)
    board[:] = after
    return board


@go_play.wrong("always black")
def _(board, row, column, colour):
    return _play(board, row, column, 1)


@go_play.wrong("row and column exchanged")
def _(board, row, column, colour):
    return _play(board, column, row, colour)


go_planes = Task("go_planes", points=1)


@go_planes.cases
def _(rng):
    """Few liberties, exactly eight, more than eight, and more than sixteen."""
    cases = []
    for size in (3, 5, 9):
        board = rng.integers(-1, 2, (size, size))
        cases.append((board, np.where(board != 0, rng.integers(1, 21, (size, size)), 0)))
    board = np.ones((4, 5), int)
    return [*cases, (board, np.arange(1, 21).reshape(4, 5)), (0 * board, 0 * board)]


def _planes(board, liberties, most=8, first=1, order=(1, -1, 0), cap=True, least=False, offset=3):
    """Eleven planes; the options are mistakes."""
    out = np.zeros((*board.shape, 11))
    for plane, colour in enumerate(order):
        out[..., plane] = board == colour
    for row, column in np.ndindex(board.shape):
        n = int(liberties[row, column])
        n = min(n, most) if cap else n
        if board[row, column] and 0 <= offset + n - first < 11:
            out[row, column, offset + n - first] = 1
            if least:
                out[row, column, offset:offset + n - first] = 1
    return out


@go_planes.right("point by point")
def _(board, liberties):
    return _planes(board, liberties).tolist()


@go_planes.right("rows of a unit matrix")
def _(board, liberties):
    libs = np.eye(9, dtype="float32")[np.minimum(liberties, 8)][..., 1:]
    stones = np.stack([board > 0, board < 0, board == 0], -1)
    return np.concatenate([stones, libs], -1)


@go_planes.wrong("one plane too high")
def _(board, liberties):
    return _planes(board, liberties, first=0)


@go_planes.wrong("more than eight liberties are left out")
def _(board, liberties):
    return _planes(board, liberties, cap=False)


@go_planes.wrong("the opponent's stones first")
def _(board, liberties):
    return _planes(board, liberties, order=(-1, 1, 0))


@go_planes.wrong("empty points first")
def _(board, liberties):
    return _planes(board, liberties, order=(0, 1, -1))


@go_planes.wrong("so many or more")
def _(board, liberties):
    return _planes(board, liberties, least=True)


@go_planes.wrong("the planes come first")
def _(board, liberties):
    return np.moveaxis(_planes(board, liberties), -1, 0)


@go_planes.wrong("liberties before the stones")
def _(board, liberties):
    return np.roll(_planes(board, liberties), 8, axis=-1)


@go_planes.wrong("seven or more")
def _(board, liberties):
    return _planes(board, liberties, most=7)


@go_planes.wrong("the count itself")
def _(board, liberties):
    out = _planes(board, liberties)
    out[..., 3:] *= liberties[..., None]
    return out


go_network = Task("go_network", points=2, probe=probes.network)


@go_network.cases
def _(rng):
    """Several sizes, channels, widths and depths, one layer alone among them."""
    return [(7, 3, 6, 3), (9, 5, 4, 2), (5, 11, 3, 1), (6, 2, 5, 5)]


def _network(size, channels, filters, layers, padding="same", first=5, rest=3, activation="relu", bias=True, shared=False, last="softmax",
             own=True, pool=False, twice=False):
    """The policy network; the options are mistakes."""
    x = inputs = keras.Input((size, size, channels))
    for number in range(layers + twice):
        x = keras.layers.Conv2D(filters, rest if number else first, padding=padding, activation=activation, use_bias=bias)(x)
    if pool:
        x = keras.layers.MaxPooling2D(3, strides=1, padding="same")(x)
    x = keras.layers.Conv2D(1, 1, use_bias=shared)(x)
    x = go.BiasPerPoint()(x) if own else x
    if last == "map":
        return keras.Model(inputs, keras.layers.Flatten()(keras.layers.Softmax(axis=2)(x)))
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Activation(last)(x) if last else x)


@go_network.right("a Sequential model")
def _(size, channels, filters, layers):
    model = keras.Sequential([keras.Input((size, size, channels))])
    for number in range(layers):
        model.add(keras.layers.Conv2D(filters, 5 if number == 0 else 3, padding="same"))
        model.add(keras.layers.ReLU())
    for layer in (keras.layers.Conv2D(1, 1, use_bias=False), go.BiasPerPoint(), keras.layers.Reshape((size * size,)), keras.layers.Softmax()):
        model.add(layer)
    return model


@go_network.right("frames of zeros, as the paper says it")
def _(size, channels, filters, layers):
    x = inputs = keras.Input((size, size, channels))
    for number in range(layers):
        x = keras.layers.ZeroPadding2D(1 if number else 2)(x)
        x = keras.ops.relu(keras.layers.Conv2D(filters, 3 if number else 5)(x))
    scores = go.BiasPerPoint()(keras.layers.Conv2D(1, (1, 1), use_bias=False)(x))
    return keras.Model(inputs, keras.ops.softmax(keras.ops.reshape(scores, (-1, size * size))))


@go_network.wrong("a shared bias beside those of the points")
def _(*case):
    return _network(*case, shared=True)


@go_network.wrong("a shared bias instead")
def _(*case):
    return _network(*case, shared=True, own=False)


@go_network.wrong("softmax over each row")
def _(*case):
    return _network(*case, last="map")


@go_network.wrong("no softmax")
def _(*case):
    return _network(*case, last=None)


@go_network.wrong("sigmoid for softmax")
def _(*case):
    return _network(*case, last="sigmoid")


@go_network.wrong("no ReLU")
def _(*case):
    return _network(*case, activation=None)


@go_network.wrong("3x3 in the first layer")
def _(*case):
    return _network(*case, first=3)


@go_network.wrong("5x5 in all layers")
def _(*case):
    return _network(*case, rest=5)


@go_network.wrong("pools before the last layer")
def _(*case):
    return _network(*case, pool=True)


@go_network.wrong("one layer too many")
def _(*case):
    return _network(*case, twice=True)


@go_network.wrong("filters without a bias")
def _(*case):
    return _network(*case, bias=False)


@go_network.wrong("always 9x9")
def _(size, *case):
    return _network(9, *case)


go_bill = Task("go_bill", points=1)


@go_bill.cases
def _(rng):
    """The published network, its other widths, small boards, one layer, and numbers too large for an int32."""
    draw = [tuple(int(n) for n in (rng.integers(5, 20), rng.integers(1, 50), rng.integers(2, 400), rng.integers(1, 16))) for _ in range(4)]
    return [(19, 48, 192, 12), (19, 48, 384, 12), (9, 3, 32, 1), (19, 17, 2_000, 40), *draw]


def _bill(size, channels, filters, layers, own=None, hidden=1, first=25, head=1, more=0, reach=2, start=5, framed=False):
    kernels = first * channels * filters + (layers - 1 + more) * 9 * filters**2 + filters
    own = size**2 if own is None else own
    places = size**2
    work = kernels * places
    if framed:
        work = first * channels * filters * (size - 4) ** 2 + ((layers - 1) * 9 * filters**2 + filters) * (size - 2) ** 2
    return kernels * head + hidden * layers * filters + own, work, start + reach * (layers - 1)


@go_bill.right("sums")
def _(*case):
    return list(_bill(*case))


@go_bill.right("asks Keras")
def _(size, channels, filters, layers):
    parameters, work, c = size * size, 0, channels
    for number in range(layers):
        k = 3 if number else 5
        layer = keras.layers.Conv2D(1, k)
        layer.build((None, size, size, c))
        parameters += filters * layer.count_params()
        work += filters * (layer.count_params() - 1) * size * size
        c = filters
    return parameters + filters, work + filters * size * size, 3 + 2 * layers


@go_bill.wrong("one bias for all points")
def _(*case):
    return _bill(*case, own=1)


@go_bill.wrong("both kinds of bias in the last layer")
def _(*case):
    return _bill(case[0], *case[1:], own=case[0] ** 2 + 1)


@go_bill.wrong("filters without a bias")
def _(*case):
    return _bill(*case, hidden=0)


@go_bill.wrong("3x3 in the first layer")
def _(*case):
    return _bill(*case, first=9)


@go_bill.wrong("one layer too many")
def _(*case):
    return _bill(*case, more=1)


@go_bill.wrong("valid padding")
def _(*case):
    return _bill(*case, framed=True)


@go_bill.wrong("the field grows by three")
def _(size, channels, filters, layers):
    return _bill(size, channels, filters, layers, reach=3)


@go_bill.wrong("the field begins with three")
def _(*case):
    return _bill(*case, start=3)


@go_bill.wrong("integer overflow")
def _(*case):
    return [np.array(value).astype(np.int32) for value in _bill(*case)]


@go_bill.wrong("the biases multiply, too")
def _(size, channels, filters, layers):
    parameters, work, field = _bill(size, channels, filters, layers)
    return parameters, parameters * size**2, field


go_average = Task("go_average", points=2)


@go_average.cases
def _(rng):
    """Answers of several sizes that differ from view to view, and one point that must come back to its place."""
    point = np.zeros((4, 4))
    point[0, 1] = 1
    return [(rng.random((8, size, size)),) for size in (3, 5, 7)] + [(np.stack([_turn(point, n) for n in range(8)]),)]


def _turn(a, number):
    a = np.rot90(a, number % 4)
    return a[:, ::-1] if number >= 4 else a


def _average(answers, turn_back, combine=np.mean):
    return combine([turn_back(a, number) for number, a in enumerate(answers)], axis=0)


@go_average.right("three more quarter turns")
def _(answers):
    total = np.zeros(answers.shape[1:])
    for number in range(8):
        view = np.fliplr(answers[number]) if number > 3 else answers[number]
        for _ in range((4 - number % 4) % 4):
            view = np.rot90(view)
        total = total + view / 8
    return total.tolist()


@go_average.right("numbers the points and looks where they went")
def _(answers):
    size = answers.shape[-1]
    names = np.arange(size * size).reshape(size, size)
    mean = np.zeros(size * size)
    for number in range(8):
        mean[_turn(names, number).ravel()] += answers[number].ravel()
    return (mean / 8).reshape(size, size)


@go_average.wrong("turned on instead of back")
def _(answers):
    return _average(answers, _turn)


@go_average.wrong("turned back before the mirror is undone")
def _(answers):
    def back(a, number):
        a = np.rot90(a, -(number % 4))
        return a[:, ::-1] if number >= 4 else a

    return _average(answers, back)


@go_average.wrong("not turned at all")
def _(answers):
    return _average(answers, lambda a, number: a)


@go_average.wrong("the mirror is not undone")
def _(answers):
    return _average(answers, lambda a, number: np.rot90(a, -(number % 4)))


@go_average.wrong("mirrored up and down")
def _(answers):
    return _average(answers, lambda a, number: np.rot90(a[::-1] if number >= 4 else a, -(number % 4)))


@go_average.wrong("the sum")
def _(answers):
    return _average(answers, lambda a, number: np.rot90(a[:, ::-1] if number >= 4 else a, -(number % 4)), np.sum)


@go_average.wrong("the largest answer")
def _(answers):
    return _average(answers, lambda a, number: np.rot90(a[:, ::-1] if number >= 4 else a, -(number % 4)), np.max)


@go_average.wrong("four views only")
def _(answers):
    return _average(answers[:4], lambda a, number: np.rot90(a, -number))


@go_average.wrong("the first view")
def _(answers):
    return answers[0]
