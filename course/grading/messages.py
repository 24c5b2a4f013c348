"""What a hand-in's process may say, and in which order: CELL OUTPUT PICTURE ... CELL ... TASK ANSWER ... END.

The process is the student's. The keeper and the grader read it with the same `Reader`, byte for byte, and believe nothing
but what has its form: each message has a largest size, each step comes at most once and in its order, an answer belongs to
the task that was asked last. Whatever else comes ends the run.
"""

import json
import struct

from . import plain

HEAD = struct.Struct("<cI")  # kind and length of a message
CELL, OUTPUT, PICTURE, TASK, ANSWER, END = b"C", b"O", b"P", b"T", b"A", b"X"
PNG = b"\x89PNG\r\n\x1a\n"
MAX_ERROR = 500  # characters of an exception's text
MAX_PICTURE = 2 * 2**20  # bytes
MAX_PIXELS = 4 * 10**6  # a browser takes four bytes for each, however few came
MAX_LINE = 10**6


class Nonsense(ValueError):
    """A message that is none, or not here, or not again."""


def is_picture(data):
    """Whether bytes begin as a PNG of a size that a page can show."""
    width, height = struct.unpack(">II", data[16:24].ljust(8, b"\xff"))
    return data.startswith(PNG + b"\0\0\0\rIHDR") and width * height <= MAX_PIXELS


class Reader:
    """Put messages together from bytes, and check each.

    Parameters
    ----------
    cells, tasks : int
        How many there are.
    limits : dict
        Fields of `Limits`: output_characters, pictures, output_mb.
    """

    def __init__(self, cells, tasks, limits):
        self.count = {CELL: cells, TASK: tasks}
        self.left = limits["output_mb"] * 2**20
        self.pictures, self.characters = limits["pictures"], limits["output_characters"] + 10
        # In JSON a character may become the twelve of a surrogate pair's escapes.
        text = 12 * (self.characters + 2 * MAX_ERROR) + 100
        self.sizes = {CELL: 6, TASK: 6, OUTPUT: text, PICTURE: MAX_PICTURE, ANSWER: plain.MAX_BYTES + plain.LENGTH.size, END: 1000}
        self.buffer = bytearray()
        self.payload = b""  # of the last message, as it came
        self.kind, self.number = None, {CELL: -1, TASK: -1}  # what came last; the last cell and the last task
        self.shown = 0  # pictures of this cell

    def feed(self, data):
        """Take bytes in; gives the messages that are whole, as pairs (kind, content).

        Content: the number of a CELL or TASK, a dict for OUTPUT, bytes for the others.

        Raises
        ------
        Nonsense
        OverflowError
            When all messages together are larger than the limit.
        """
        self.buffer += data
        self.left -= len(data)
        if self.left < 0:
            raise OverflowError
        while len(self.buffer) >= HEAD.size:
            kind, length = HEAD.unpack_from(self.buffer)
            if length > self.sizes.get(kind, -1):
                raise Nonsense
            end = HEAD.size + length
            if len(self.buffer) < end:
                return
            self.payload = bytes(self.buffer[HEAD.size:end])
            del self.buffer[:end]
            yield kind, self._checked(kind, self.payload)

    def _checked(self, kind, payload):
        before = {CELL: (None, OUTPUT, PICTURE), OUTPUT: (CELL,), PICTURE: (OUTPUT, PICTURE),
                  TASK: (None, OUTPUT, PICTURE, ANSWER), ANSWER: (TASK,), END: (None, CELL, OUTPUT, PICTURE, TASK, ANSWER)}
        if self.kind not in before[kind]:
            raise Nonsense
        self.kind = kind
        if kind in (CELL, TASK):
            if not payload.isdigit() or not self.number[kind] < int(payload) < self.count[kind]:
                raise Nonsense
            self.number[kind], self.shown = int(payload), 0
            return int(payload)
        if kind == OUTPUT:
            return self._output(payload)
        if kind == PICTURE:
            self.shown += 1
            if self.shown > self.pictures or not is_picture(payload):
                raise Nonsense
        return payload

    def _output(self, payload):
        """Text and error of a cell: ``{"text": str, "error": None or [name, text, line or None]}``."""
        try:
            said = json.loads(payload)
        except (ValueError, RecursionError):
            raise Nonsense from None
        if not isinstance(said, dict) or said.keys() != {"text", "error"}:
            raise Nonsense
        text, error = said["text"], said["error"]
        if not isinstance(text, str) or len(text) > self.characters:
            raise Nonsense
        if error is not None:
            if not isinstance(error, list) or len(error) != 3:
                raise Nonsense
            name, words, line = error
            if not (isinstance(name, str) and isinstance(words, str) and len(name) <= MAX_ERROR and len(words) <= MAX_ERROR
                    and (line is None or type(line) is int and 0 < line < MAX_LINE)):
                raise Nonsense
        return said
