"""Each rule for what the sandbox may say, with one message that this rule alone refuses."""

import json
import struct
import zlib

import pytest

from course.grading import messages
from course.grading.messages import ANSWER, CELL, END, HEAD, OUTPUT, PICTURE, TASK

LIMITS = {"output_characters": 100, "pictures": 2, "output_mb": 1}


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PICTURE_OF_ONE_PIXEL = (messages.PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
                        + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))


def output(text="x", error=None, **more):
    return OUTPUT, json.dumps({"text": text, "error": error, **more}).encode()


def read(*said):
    """All that a reader of three cells and two tasks gives for these messages."""
    reader = messages.Reader(3, 2, LIMITS)
    return list(reader.feed(b"".join(HEAD.pack(kind, len(data)) + data for kind, data in said)))


FIRST, PIXEL = (CELL, b"0"), (PICTURE, PICTURE_OF_ONE_PIXEL)


def test_what_is_in_order_is_read():
    said = [FIRST, output(), PIXEL, PIXEL, (CELL, b"2"), output("x" * 100, ["NameError", "y", 3]), (TASK, b"1"), (ANSWER, b"abc"), (END, b"{}")]
    found = read(*said)
    assert [kind for kind, _ in found] == [kind for kind, _ in said]
    assert found[0][1] == 0 and found[1][1] == {"text": "x", "error": None} and found[6][1] == 1 and found[7][1] == b"abc"


def test_a_message_is_read_when_it_is_whole():
    reader, data = messages.Reader(3, 2, LIMITS), HEAD.pack(CELL, 1) + b"0"
    assert list(reader.feed(data[:-1])) == [] and list(reader.feed(data[-1:])) == [(CELL, 0)]


@pytest.mark.parametrize("said", [
    [output()], [FIRST, output(), output()], [PIXEL], [(ANSWER, b"")], [FIRST, output(), (ANSWER, b"")], [(END, b""), (END, b"")],
    [(b"?", b"")], [FIRST, (CELL, b"1")],
    [(CELL, b"3")], [(TASK, b"2")], [(CELL, b"-1")], [(CELL, b"x")], [FIRST, output(), FIRST], [(CELL, b"1"), output(), FIRST],
    [FIRST, output(), PIXEL, PIXEL, PIXEL], [FIRST, output(), (PICTURE, b"GIF89a")], [(END, b"x" * 1001)],
    [FIRST, (OUTPUT, b"nonsense")], [FIRST, (OUTPUT, b"[" * 1000)], [FIRST, (OUTPUT, b"[]")], [FIRST, output(more=1)], [FIRST, output(text=1)],
    [FIRST, output(text="x" * 200)], [FIRST, output(error="x")], [FIRST, output(error=["a", "b"])], [FIRST, output(error=[1, "b", 1])],
    [FIRST, output(error=["a", 1, 1])], [FIRST, output(error=["a", "b", 0])], [FIRST, output(error=["a", "b", "1"])], [FIRST, output(error=["a", "b", True])],
    [FIRST, output(error=["a", "b", messages.MAX_LINE])], [FIRST, output(error=["a" * (messages.MAX_ERROR + 1), "b", 1])],
    [FIRST, output(error=["a", "b" * (messages.MAX_ERROR + 1), 1])],
], ids=lambda said: " ".join(repr(data[:24]) for _, data in said[-2:]))
def test_anything_else_is_nonsense(said):
    with pytest.raises(messages.Nonsense):
        read(*said)


def test_all_together_have_a_limit():
    assert len(read((TASK, b"0"), (ANSWER, bytes(2**19)))) == 2
    with pytest.raises(OverflowError):
        read((TASK, b"0"), (ANSWER, bytes(2**20)))
