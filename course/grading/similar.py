"""Pairs of hand-ins whose code is nearly the same: a hint for a talk, never a verdict."""

import ast
import builtins
import hashlib
import math
import re
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from .. import ROOT
from . import handin, judging

LEAST = 3  # nodes of a piece of code that says something
PIECES = 12  # of a hand-in that can be compared
ALIKE = 0.5  # share from which a pair is shown
PAIRS = 30  # of one exercise
CELL = 20_000  # characters; a longer cell is not compared
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
NAMES = {"name", "asname", "id", "arg", "names"}  # fields that hold a name
ORDERLESS = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.And, ast.Or, ast.Eq, ast.NotEq)


@dataclass
class Code:
    """A hand-in's code, as it is compared and as it is shown.

    Attributes
    ----------
    pieces : set of int
        Statements and expressions without names, comments and order.
    blocks : list of (list of str, dict of int to int)
        Each top-level statement: its lines, and the piece that begins in a line (from 0).
    """

    pieces: set = field(default_factory=set)
    blocks: list = field(default_factory=list)


def read(cells):
    """Code of a notebook's cells. A cell that Python cannot read is left out."""
    code = Code()
    for source in cells:
        tree = _parse(source) if len(source) <= CELL else None
        lines = source.splitlines()
        for statement in tree.body if tree else ():
            places = {}
            try:
                _piece(statement, code.pieces, places)
            except RecursionError:
                continue
            first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))]) - 1
            code.blocks.append((lines[first:statement.end_lineno], {line - 1 - first: piece for line, piece in places.items()}))
    return code


def of_notebook(data):
    """`read` for `judging.bounded`: yields the Code of a notebook's bytes, nothing when it cannot be read."""
    try:
        yield read(handin.code_cells(data))
    except (handin.Unreadable, MemoryError):
        return


def _parse(source):
    for text in (source, re.sub(r"^([ \t]*)[%!].*$", r"\1pass", source, flags=re.M)):  # commands of the notebook
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _piece(node, pieces, places):
    """A number for a piece of code, the same for whoever wrote it, and its size. Pieces in it are added to `pieces`."""
    parts, size = [type(node).__name__], 1
    for name, value in ast.iter_fields(node):
        if name in ("ctx", "type_comment", "kind", "type_ignores", "returns", "annotation"):
            continue
        inner = []
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a text that stands alone says what a comment says
            if isinstance(child, ast.AST):
                number, count = _piece(child, pieces, places)
                if name not in BLOCKS:  # a loop is compared without what stands in it
                    inner.append(number)
                    size += count
            elif name in NAMES and isinstance(child, str):
                inner.append(child if hasattr(builtins, child) else "_")
            elif name == "value" and isinstance(child, str):
                inner.append("text")
            else:
                inner.append(repr(child))
        if name == "keywords" or isinstance(getattr(node, "op", None), ORDERLESS):
            inner.sort(key=str)
        parts.append((name, tuple(inner)))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ORDERLESS):
        parts = [parts[0], *sorted((part[1] for part in parts[1:]), key=str)]
    number = int.from_bytes(hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=8).digest(), "big")
    if size >= LEAST and isinstance(node, (ast.expr, ast.stmt)):
        pieces.add(number)
        if isinstance(node, ast.stmt):
            last = node.end_lineno if not any(hasattr(node, name) for name in BLOCKS) else node.lineno
            places.update(dict.fromkeys(range(node.lineno, last + 1), number))
    return number, size


def given(name):
    """Pieces that every student got: those of the exercise."""
    path = ROOT / "exercises" / f"{name}.ipynb"
    return read(handin.code_cells(path.read_bytes())).pieces if path.is_file() else set()


def pairs(codes, known=frozenset()):
    """Pairs that are alike, most alike first: (share, number of one, number of the other, shared pieces).

    A piece counts the less, the more hand-ins have it; what all were given (`known`) does not count.
    """
    mine = [code.pieces - known for code in codes]
    count = {}
    for pieces in mine:
        for piece in pieces:
            count[piece] = count.get(piece, 0) + 1
    column = {piece: number for number, piece in enumerate(piece for piece, hands in count.items() if hands > 1)}
    weights = {piece: math.log((len(codes) + 1) / max(hands, 2)) for piece, hands in count.items()}
    whole = np.array([math.fsum(weights[piece] for piece in pieces) for pieces in mine])
    rows = [(row, column[piece], math.sqrt(weights[piece])) for row, pieces in enumerate(mine) if len(pieces) >= PIECES
            for piece in pieces if piece in column]
    if not rows:
        return []
    place, piece, weight = zip(*rows)
    matrix = sparse.csr_matrix((weight, (place, piece)), shape=(len(codes), len(column)))
    both = sparse.triu(matrix @ matrix.T, k=1).tocoo()
    found = [(float(round(2 * shared / (whole[a] + whole[b]), 3)), int(a), int(b)) for a, b, shared in zip(both.row, both.col, both.data)]
    found = sorted((pair for pair in found if pair[0] >= ALIKE), key=lambda pair: (-pair[0], *pair[1:]))
    return [(share, a, b, mine[a] & mine[b]) for share, a, b in found[:PAIRS]]


def shown(code, shared):
    """Blocks of a hand-in that hold shared pieces: lists of (line, whether it is shared)."""
    blocks = []
    for lines, places in code.blocks:
        marks = [places.get(number) in shared for number in range(len(lines))]
        if any(marks):
            blocks.append(list(zip(lines, marks)))
    return blocks


def compare(results, items):
    """What similar.html shows: {exercise: [(share, result, result, blocks, blocks), ...]}.

    Parameters
    ----------
    results : dict
        From `tables.counted`.
    items : list of HandIn
    """
    by_place = {(item.student, item.path): item for item in items}
    found = {}
    for name, mine in results.items():
        known, codes, those = given(name), [], []
        for _, result in sorted(mine.items()):
            try:
                data = by_place[result["student"], result["file"]].bytes(2**20 * result["settings"]["limits"]["notebook_mb"])
            except (KeyError, handin.Unreadable):
                continue
            for code in judging.bounded(of_notebook, data):
                codes.append(code)
                those.append(result)
        found[name] = [(share, those[a], those[b], shown(codes[a], shared), shown(codes[b], shared))
                       for share, a, b, shared in pairs(codes, known)]
    return found
