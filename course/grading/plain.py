"""Plain data between the sandbox and the judge: numbers, text, lists, dicts and arrays, never pickles.

The form: the length of a text, the text, then the bytes of all arrays, one after the other. The text is a tree in JSON; an array
stands there as ``{"__array__": [dtype, shape]}`` and takes the bytes that come next. So each byte is used once, nothing is
compressed, and what is read can never grow beyond a small multiple of what came.
"""

import json
import math
import re
import struct

import numpy as np

MAX_BYTES = 64 * 2**20  # of one answer
MAX_TEXT = 4 * 2**20  # of them for the tree: as Python's objects it may take some twenty times as much
MAX_DEPTH = 20
MAX_DIGITS = 300  # of one whole number: Python needs a time that grows with their square
LENGTH = struct.Struct("<I")
DTYPE = re.compile(r"[<>|=]?([biufc][1-9][0-9]?|U[0-9]{1,6})")


class NotPlain(ValueError):
    """The data holds something that is no number, text, list, dict or array."""


def pack(tree):
    """Write nested plain data as bytes.

    Parameters
    ----------
    tree : None, bool, number, str, array, or list, tuple or dict of these
        Tensors and whatever else turns into an array is stored as one. Tuples become lists.

    Returns
    -------
    bytes

    Raises
    ------
    NotPlain
        For anything else, and for more than `MAX_BYTES` or `MAX_DEPTH` levels.
    """
    arrays = []

    def walk(value, depth=0):
        if depth > MAX_DEPTH:
            raise NotPlain(f"it is nested more than {MAX_DEPTH} levels deep")
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            if value.bit_length() > 3 * MAX_DIGITS:
                raise NotPlain("it is or holds a whole number of hundreds of digits")
            return int(value)
        if isinstance(value, (float, np.floating)):
            return float(value)
        if isinstance(value, complex):
            return {"__complex__": [value.real, value.imag]}
        if isinstance(value, (list, tuple)):
            return [walk(v, depth + 1) for v in value]
        if isinstance(value, dict):
            return {str(k): walk(v, depth + 1) for k, v in value.items()}
        if not hasattr(value, "__array__"):
            raise NotPlain(f"it is or holds a {type(value).__name__}")
        array = np.asarray(value)
        if array.dtype.kind not in "biufcU":
            raise NotPlain(f"it is or holds an array of {array.dtype}")
        if array.ndim == 0:
            return walk(array.item(), depth + 1)
        arrays.append(array)
        return {"__array__": [array.dtype.str, list(array.shape)]}

    text = json.dumps(walk(tree)).encode()
    if len(text) > MAX_TEXT or len(text) + sum(a.nbytes for a in arrays) > MAX_BYTES:
        raise NotPlain(f"it is larger than {MAX_BYTES // 2**20} MB, or its lists and texts than {MAX_TEXT // 2**20} MB")
    return b"".join([LENGTH.pack(len(text)), text, *(a.tobytes() for a in arrays)])


def unpack(data):
    """Read what `pack` wrote. The bytes may come from anybody.

    Memory and time are bounded by the number of bytes.

    Raises
    ------
    NotPlain
        When they are anything else.
    """
    data = memoryview(data)
    if not LENGTH.size <= len(data) <= MAX_BYTES + LENGTH.size:
        raise NotPlain("it cannot be read")
    start = LENGTH.size + LENGTH.unpack_from(data)[0]
    if start > len(data) or start > MAX_TEXT + LENGTH.size:
        raise NotPlain("it cannot be read")

    def whole(digits):
        if len(digits) > MAX_DIGITS:
            raise NotPlain("it holds a whole number of hundreds of digits")
        return int(digits)

    def array(dtype, shape):
        nonlocal start
        if not (isinstance(dtype, str) and DTYPE.fullmatch(dtype) and isinstance(shape, list) and 1 <= len(shape) <= 32
                and all(type(n) is int and 0 <= n < 2**31 for n in shape)):
            raise NotPlain("it holds an array that cannot be")
        dtype, count = np.dtype(dtype), math.prod(shape)
        if dtype.itemsize == 0 or count * dtype.itemsize > len(data) - start:
            raise NotPlain("it holds an array without its bytes")
        found = np.frombuffer(data, dtype, count, start).reshape(shape).copy()
        start += found.nbytes
        return found

    def walk(value, depth=0):
        if depth > MAX_DEPTH + 1:
            raise NotPlain("it is nested too deep")
        if isinstance(value, list):
            return [walk(v, depth + 1) for v in value]
        if isinstance(value, dict):
            if "__array__" in value:
                return array(*value["__array__"])
            if "__complex__" in value:
                real, imaginary = value["__complex__"]
                return complex(float(real), float(imaginary))
            return {k: walk(v, depth + 1) for k, v in value.items()}
        return value

    try:
        found = walk(json.loads(bytes(data[LENGTH.size:start]), parse_int=whole))
        if start != len(data):
            raise NotPlain("it holds bytes that belong to nothing")
        return found
    except NotPlain:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        raise NotPlain("it cannot be read") from None


def difference(answer, reference, rtol=1e-4, atol=1e-6):
    """Say how an answer differs from the reference, or None.

    Whole numbers and text must be equal, but for the rounding of another algorithm; numbers with a fraction must be close;
    lists and arrays of numbers are the same.

    Returns
    -------
    str or None
        A phrase such as "a wrong shape". It tells nothing of the expected value.
    """
    if isinstance(reference, dict):
        if not isinstance(answer, dict):
            return "no dict"
        if set(answer) != set(reference):
            return "a dict with other keys"
        for key, value in reference.items():
            if found := difference(answer[key], value, rtol, atol):
                return f'{found} under "{key}"'
        return None
    if reference is None or isinstance(reference, (str, bool)):
        same = type(answer) is type(reference)
        if same and isinstance(answer, str):
            return None if answer.strip() == reference.strip() else "a wrong text"
        if isinstance(reference, bool) and isinstance(answer, (int, float)):
            same = True
        return None if same and answer == reference else "a wrong value"
    as_array = _numbers(reference)
    if as_array is None:  # a list of other things
        if not isinstance(answer, list):
            return "no list"
        if len(answer) != len(reference):
            return "a list of a wrong length"
        found = (difference(a, r, rtol, atol) for a, r in zip(answer, reference))
        return next((f for f in found if f), None)
    numbers = _numbers(answer)
    if numbers is None:
        return "nothing" if answer is None else "no number" if as_array.ndim == 0 else "no array of numbers"
    if numbers.shape != as_array.shape:
        return "a wrong shape"
    if not np.isfinite(numbers).all() and np.isfinite(as_array).all():
        return "values that are not finite"
    if as_array.dtype.kind in "biu":
        return None if _same_whole(numbers, as_array) else "wrong values" if as_array.ndim else "a wrong value"
    close = np.allclose(numbers, as_array, rtol=rtol, atol=atol, equal_nan=True)
    return None if close else "wrong values" if as_array.ndim else "a wrong value"


def first_difference(answer, reference, phrases):
    """The phrase of the first part that differs, or None.

    Parameters
    ----------
    answer, reference : dict
    phrases : dict of str to str
        For each key that is compared what to say of it, in the order in which it is told.
    """
    return next((phrase for key, phrase in phrases.items() if difference(answer[key], reference[key])), None)


def _same_whole(numbers, whole):
    """Whether numbers are whole ones, up to rounding noise: a Fourier transform gives 3.0000000000001 for 3."""
    if np.array_equal(numbers, whole):
        return True
    if numbers.dtype.kind not in "fc" or whole.dtype.kind == "b" or not np.isfinite(numbers).all():
        return False
    expected = whole.astype(np.float64)
    noise = np.clip(1e-9 * np.abs(expected).max(initial=0), 1e-12, 1e-3)  # a fraction is a mistake, however large the numbers are
    return bool((np.abs(numbers - expected) <= noise).all())


def _numbers(value):
    """A number, a list or an array of numbers as an array; else None."""
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):  # a list of lists of several lengths
        return None
    return array if array.dtype.kind in "biufc" else None
