"""Which code of a notebook depends on which, found by the names that the statements share."""

import ast
import difflib
import symtable

from . import notebook

MODULES = {"np", "plt", "keras"}  # read by all cells; np.random.seed() is no change of one
CHANGE = {"fit", "compile", "build", "train_on_batch", "set_weights", "load_weights", "assign", "append", "extend", "insert", "update",
          "setdefault", "pop", "sort", "shuffle", "add", "remove", "clear"}  # methods that change what they belong to


def _names(statement):
    """Names that a statement gives a value, and the names that it reads from outside; those local to a function are neither."""
    sets, reads, tables = set(), set(), [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            outermost = table.get_type() == "module"
            if outermost and (symbol.is_assigned() or symbol.is_imported()):
                sets.add(symbol.get_name())
            if symbol.is_referenced() and (outermost or symbol.is_global()):
                reads.add(symbol.get_name())
    if isinstance(statement, (ast.For, ast.With)):  # their variables have a value before they are read,
        reads -= sets
    reads |= sets & {name for node in ast.walk(statement) for name in _updated(node)}  # but not in total += i
    return sets, reads


def _updated(node):
    """Names that an assignment makes from their own old value."""
    match node:
        case ast.AugAssign(ast.Name(name)):
            yield name
        case ast.Assign(targets, value):
            old = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name) and part.id in old)


def _changed(statement):
    """Names whose value a statement changes in place: runs[name] = ..., rows.append(...), history = model.fit(...)."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            node = node.value.func
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGE:
            node = node.func
        elif not (isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)):
            continue
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
            if isinstance(node, ast.Name):
                yield node.id


def _reports(statement):
    """Whether a statement reports a figure, which `comparison()` will show."""
    return any(isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "report" for node in ast.walk(statement))


def _statements(nb, figures=False):
    """All statements of the code cells: (number of the cell, text, names that it gives, that it changes in place, that it reads).

    With `figures`, the list of all figures is changed by whoever reports one.
    """
    every = [(n, statement) for n, cell in enumerate(notebook.code_cells(nb)) for statement in ast.parse(cell.source).body]
    inside = {}  # what a function reads when it is called, perhaps from a cell behind its own
    for _, statement in every:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            inside.setdefault(statement.name, set()).update(_names(statement)[1])
    for n, statement in every:
        gives, reads = _names(statement)
        table = {"RESULTS"} if figures and _reports(statement) else set()
        changes = set(_changed(statement)) | table
        if isinstance(statement, ast.If):  # perhaps
            gives, changes = set(), changes | gives
        new = reads - MODULES
        while new:
            reads |= new
            new = set().union(*(inside.get(name, set()) for name in new)) - reads - MODULES
        yield n, ast.unparse(statement), gives, changes, reads - MODULES - table


def _behind(uses, numbers):
    """Numbers of the (gives, changes, reads) that `numbers` depend on, themselves among them."""
    wanted, found = set(), set()
    for number, (gives, changes, reads) in reversed(list(enumerate(uses))):
        if number in numbers or (gives | changes) & wanted:
            found.add(number)
            wanted = wanted - gives | reads
    return found


def program(nb, numbers):
    """Code to run for the outputs of the code cells `numbers`: these, all shared cells, and of the others the statements that they depend on.

    Returns
    -------
    dict
        Number of each cell: its code.
    """
    cells, statements = notebook.code_cells(nb), list(_statements(nb))
    wanted = {*numbers, *(n for n, cell in enumerate(cells) if "cell" in cell.metadata.get("course", {}))}
    found = _behind([tuple(names) for _, _, *names in statements], {i for i, (n, *_) in enumerate(statements) if n in wanted})
    needed = {n: [text for i, (m, text, *_) in enumerate(statements) if m == n and i in found] for n in range(len(cells))}
    return {n: cells[n].source if n in wanted else "\n\n".join(needed[n]) for n in sorted(needed) if needed[n] or n in wanted}


def touched(old, new):
    """What a change of code leads to, statement by statement.

    Returns
    -------
    same : dict
        Number of each code cell of `new` that `old` has, too, and that depends on no statement that came or went: its number there.
    others : set of int
        Numbers of all other code cells of `new`.
    """
    before, after = list(_statements(old, figures=True)), list(_statements(new, figures=True))
    matcher = difflib.SequenceMatcher(None, [text for _, text, *_ in before], [text for _, text, *_ in after], autojunk=False)
    pairs = {block.b + i: block.a + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    gone, come = set(range(len(before))) - set(pairs.values()), set(range(len(after))) - set(pairs)
    uses = [[tuple(names) for _, _, *names in statements] for statements in (before, after)]
    kept = {j: i for j, i in pairs.items() if not (_behind(uses[1], {j}) & come or _behind(uses[0], {i}) & gone)}
    same = {}
    for number in {n for n, *_ in after}:
        own = [j for j, (n, *_) in enumerate(after) if n == number]
        theirs = {before[kept[j]][0] if j in kept else None for j in own}
        if len(theirs) == 1 and None not in theirs and len(own) == sum(n in theirs for n, *_ in before):
            same[number] = theirs.pop()
    return same, set(range(len(notebook.code_cells(new)))) - set(same)
