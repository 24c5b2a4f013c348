"""Chapter 21: the rules of Go, for one board and for many, the search and the policy network."""

import numpy as np
import pytest

from course.cells import go

RANDOM = go.positions(30, 6, seed=3)


def read(picture):
    return np.array([[{"X": 1, "O": -1, ".": 0}[point] for point in line] for line in picture.split()])


def test_a_chain_and_its_liberties():
    board = read(".O... OXX.. ..... ..O.. .....")
    stones, liberties = go.chain(board, (1, 1))
    assert stones == {(1, 1), (1, 2)}
    assert liberties == {(0, 2), (1, 3), (2, 1), (2, 2)}
    assert go.chain(read("X. .."), (0, 0)) == ({(0, 0)}, {(0, 1), (1, 0)})


@pytest.mark.parametrize("board, point, after", [
    (".XX.. XOO.. .XX.. ..... .....", (1, 3), ".XX.. X..X. .XX.. ..... ....."),  # two stones
    ("OX. .X. ...", (1, 0), ".X. XX. ..."),                                       # in the corner
    ("XO. O.. ...", (1, 1), "XO. OX. ..."),                                       # black's own stone in atari is no matter
    ("OXO X.X OXO", (1, 1), None),                                                # black fills the last point: suicide
    (".OX OXX XX.", (0, 0), "X.X .XX XX."),                                       # no liberty, but it takes two chains
])
def test_captures_and_suicide(board, point, after):
    board = read(board)
    before = board.copy()
    if after is None:
        with pytest.raises(ValueError, match="Suicide"):
            go.play(board, point, 1)
    else:
        assert np.array_equal(go.play(board, point, 1), read(after))
    assert np.array_equal(board, before), "the board stays as it is"


def test_a_point_that_is_taken():
    with pytest.raises(ValueError, match="already"):
        go.play(read("X. .."), (0, 0), -1)


def test_ko_holds_for_one_move():
    ko = read("..... .XO.. XO.O. .XO.. .....")
    taken = go.play(ko, (2, 2), 1)
    assert taken[2, 1] == 0
    with pytest.raises(ValueError, match="Ko"):
        go.play(taken, (2, 1), -1, before=ko)
    elsewhere = go.play(go.play(taken, (0, 0), -1), (4, 4), 1)
    assert go.play(elsewhere, (2, 1), -1, before=taken)[2, 2] == 0


def test_the_batch_knows_the_same_rules():
    """Chains, liberties, captures and legal moves of many boards equal those of one after the other."""
    for colour in (1, -1):
        numbers, _, liberties, stones = go.chains(RANDOM, colour)
        for b, row, column in zip(*np.nonzero(RANDOM == colour)):
            group, free = go.chain(RANDOM[b], (row, column))
            assert stones[numbers[b, row, column]] == len(group) and liberties[numbers[b, row, column]] == len(free)
    taken, allowed = go.captures(RANDOM), go.legal(RANDOM)
    assert not allowed[RANDOM != 0].any()
    for b, row, column in zip(*np.nonzero(RANDOM == 0)):
        try:
            after = go.play(RANDOM[b], (row, column), 1)
        except ValueError:
            assert not allowed[b, row, column]
            continue
        assert allowed[b, row, column]
        assert taken[b, row, column] == (RANDOM[b] == -1).sum() - (after == -1).sum()


def test_positions_are_legal_and_made_from_the_seed():
    assert (go.captures(RANDOM).max(axis=(1, 2)) > 0).all()
    for colour in (1, -1):
        numbers, _, liberties, _ = go.chains(RANDOM, colour)
        assert liberties[1:].min() > 0 and numbers.max() == len(liberties) - 1
    assert np.array_equal(RANDOM, go.positions(30, 6, seed=3))
    assert np.array_equal(RANDOM[:10], go.positions(10, 6, seed=3))


@pytest.mark.parametrize("board, best", [
    ("..... .XX.. XOO.. .XX.. .....", {(2, 3)}),        # a capture wins
    ("..... .OO.. OXX.. .OO.. .....", {(2, 3)}),        # the only way out
])
def test_the_search_sees_what_it_must(board, best):
    values = go.search(read(board)[None])[0]
    assert set(zip(*np.nonzero(values == values.max()))) == best


def test_the_search_leaves_the_board_as_it_is_and_forbids_suicide():
    boards = read("OXO X.X OXO")[None]
    before = boards.copy()
    assert np.isneginf(go.search(boards)).all() and np.array_equal(boards, before)


def test_the_search_takes_two_threats_for_one():
    board = read("..... .O.O. OX.XO ..... .....")  # black between its stones threatens nothing; see what white does
    white_to_move = -board
    values = go.search(white_to_move[None])[0]
    assert values.max() >= 400, "white can threaten two captures at once"


def test_a_match_counts_for_the_right_player():
    def anywhere(boards):
        return np.zeros(boards.shape)

    assert go.match(go.search, anywhere, 40, 5, seed=1) > 0.9
    assert go.match(anywhere, go.search, 40, 5, seed=1) < 0.1


def test_lessons_are_the_moves_of_the_search():
    boards, best = go.lessons(4, 5, seed=1)
    values = go.search(boards)
    assert np.array_equal(best, values == values.max(axis=(1, 2), keepdims=True))
    assert len(np.unique(boards, axis=0)) == len(boards) and (boards == 0).all(axis=(1, 2)).sum() == 1


@pytest.mark.parametrize("filters, parameters", [(128, 1_777_641), (192, 3_882_793), (256, 6_798_953)])
def test_the_policy_network_is_the_published_one(filters, parameters):
    model = go.policy(size=19, channels=48, filters=filters, layers=12)
    assert model.count_params() == parameters
    assert model.output_shape == (None, 361)
    kernels = [layer.kernel_size for layer in model.layers if hasattr(layer, "kernel_size")]
    assert kernels == [(5, 5)] + 11 * [(3, 3)] + [(1, 1)]


def test_each_point_has_a_bias_of_its_own():
    model = go.policy(size=5, channels=3, filters=4, layers=2)
    kernels = model.get_weights()
    bias = np.arange(25.0).reshape(5, 5, 1)
    model.set_weights([np.zeros_like(w) for w in kernels[:-1]] + [bias])
    p = np.asarray(model(np.zeros((1, 5, 5, 3), "float32")))[0]
    assert np.allclose(p, np.exp(bias.ravel()) / np.exp(bias).sum(), atol=1e-6)


def test_targets_share_the_probability():
    best = np.zeros((2, 3, 3), bool)
    best[0, 0, :2] = best[1, 2, 2] = True
    assert np.allclose(go.shared(best), [[0.5, 0.5] + 7 * [0], 8 * [0] + [1]])
