"""Every single change that could be made to some code: one thing swapped, dropped or emptied.

A change replaces part of the source, so that the rest keeps its lines and comments.
"""
import ast
import re
from typing import NamedTuple

COMPARISONS = {ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Lt: ("<", "<="),
               ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
               ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"),
               ast.IsNot: ("is not", "is")}
ARITHMETIC = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
              ast.FloorDiv: ("//", "*"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|")}
BOOLEAN = {ast.And: ("and", "or"), ast.Or: ("or", "and")}
LARGE = 100  # larger numbers are doubled, because adding one would change nothing
DELETED = (ast.AugAssign, ast.Raise, ast.Delete, ast.Continue, ast.Break)


class Change(NamedTuple):
    """A change of one file; start and end are offsets in its source, a str."""

    path: str
    kind: str
    start: int
    end: int
    text: str


class Source:
    """The source of a file, by offsets instead of lines and columns of UTF-8."""

    def __init__(self, code):
        """Find where the lines begin."""
        self.code, self.lines = code, code.splitlines(keepends=True)
        self.begins = [0]
        for line in self.lines:
            self.begins.append(self.begins[-1] + len(line))

    def offset(self, line, column):
        """Return the offset of a line and a column in bytes."""
        prefix = self.lines[line - 1].encode()[:column] if column else b""
        return self.begins[line - 1] + len(prefix.decode())

    def span(self, node):
        """Return the offsets (start, end) of a node."""
        return (self.offset(node.lineno, node.col_offset),
                self.offset(node.end_lineno, node.end_col_offset))

    def text(self, node):
        """Return a node's source."""
        return self.code[slice(*self.span(node))]

    def replace(self, node, text):
        """Return the change (start, end, text) that replaces a node."""
        return (*self.span(node), text)

    def swap(self, left, right, old, new):
        """Yield the change of the operator between two nodes."""
        start, end = self.span(left)[1], self.span(right)[0]
        if match := re.search(rf"(?<!\w){re.escape(old)}(?!\w)", self.code[start:end]):
            yield start + match.start(), start + match.end(), new

    def drop(self, spans):
        """Yield the changes that each drop one of several entries and a comma beside it."""
        for place, (start, end) in enumerate(spans):
            if place + 1 < len(spans):
                end = spans[place + 1][0]
            elif place:
                start = spans[place - 1][1]
            else:
                end += len(re.match(r"\s*,\s*|", self.code[end:])[0])
            yield start, end, ""


def swap_operators(source, node):
    """Yield swaps of comparisons, of and/or, and of arithmetic."""
    match node:
        case ast.Compare():
            terms = [node.left, *node.comparators]
            pairs = zip(terms, terms[1:], map(COMPARISONS.get, map(type, node.ops)), strict=False)
        case ast.BoolOp():
            words = BOOLEAN[type(node.op)]
            pairs = [(*pair, words) for pair in zip(node.values, node.values[1:], strict=False)]
        case ast.BinOp():
            pairs = [(node.left, node.right, ARITHMETIC.get(type(node.op)))]
        case _:
            pairs = []
    for left, right, words in pairs:
        if words:
            yield from source.swap(left, right, *words)


def change_constants(source, node):
    """Yield another value for a number, True or False, and "" for a text."""
    match node:
        case ast.Constant(value=bool()):
            yield source.replace(node, str(not node.value))
        case ast.Constant(value=int() | float()):
            yield source.replace(node, repr(
                node.value + 1 if node.value < LARGE else node.value * 2))
        case ast.Constant(value=str() | bytes()) if node.value:
            yield source.replace(node, repr(node.value[:0]))


def swap_branches(source, node):
    """Yield a conditional expression with its values swapped, and a condition without its not."""
    match node:
        case ast.IfExp():
            body, test, other = map(source.text, (node.body, node.test, node.orelse))
            yield source.replace(node, f"{other} if {test} else {body}")
        case ast.UnaryOp(op=ast.Not()):
            yield source.replace(node, re.sub(r"^not\b\s*", "", source.text(node)))


def drop_parts(source, node):
    """Yield a call without a keyword argument, a dict without an entry, a def undecorated."""
    match node:
        case ast.Call():
            yield from source.drop([source.span(each) for each in node.keywords])
        case ast.Dict():
            yield from source.drop([
                (source.span(key)[0], source.span(value)[1])
                for key, value in zip(node.keys, node.values, strict=True) if key])
        case ast.FunctionDef():
            for each in node.decorator_list:
                yield source.begins[each.lineno - 1], source.begins[each.end_lineno], ""


def delete_statements(source, node):
    """Yield a statement replaced by pass, and a return without its value."""
    match node:
        case ast.Return(value=ast.expr()) if not is_false(node.value):
            yield source.replace(node, "return None")
        case ast.Expr(value=ast.Call()):
            yield source.replace(node, "pass")
        case ast.Assign() if not any(isinstance(each, ast.Name) for each in node.targets):
            yield source.replace(node, "pass")
        case ast.stmt() if isinstance(node, DELETED):
            yield source.replace(node, "pass")


def is_false(node):
    """Return whether an expression is False or None, between which callers do not differ."""
    return isinstance(node, ast.Constant) and node.value in (False, None)


KINDS = (swap_operators, change_constants, swap_branches, drop_parts, delete_statements)


def walk(node):
    """Yield the nodes that may be changed: no docstrings, and nothing inside f-strings.

    Python 3.11 does not know the places of what an f-string holds.
    """
    yield node
    for child in ast.iter_child_nodes(node):
        is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_text and not isinstance(child, ast.JoinedStr):
            yield from walk(child)


def apply(code, change):
    """Return some code with a change made."""
    return code[:change.start] + change.text + code[change.end:]


def is_valid(code, changed):
    """Return whether changed code parses, and to something else than before."""
    try:
        return ast.dump(ast.parse(changed)) != ast.dump(ast.parse(code))
    except SyntaxError:
        return False


def find_changes(path, code):
    """Return every change that could be made to a file; see is_valid."""
    source = Source(code)
    return [Change(path, kind.__name__, *span) for node in walk(ast.parse(code))
            for kind in KINDS for span in kind(source, node)]


def affected_lines(code, change):
    """Return (lines, names): a change shows when a line runs, or what reads a name.

    Inside a function those of its statement, and None; else, for it runs at import, those of the
    definition that it is part of, and the names that are defined there: none for a decorator's,
    which may enter the function in a table that any test looks at.
    """
    tree, line = ast.parse(code), code.count("\n", 0, change.start) + 1
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
                 and node.body[0].lineno <= line <= node.end_lineno]
    if functions:
        return header_lines(innermost(functions[-1], line)), None
    top = next(node for node in tree.body
               if line <= node.end_lineno and line >= first_line(node))
    names = defined_names(top) if line >= top.lineno else set()
    return range(top.lineno, top.end_lineno + 1), names


def first_line(node):
    """Return the line that a statement begins in, its decorators included."""
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])


def innermost(node, line):
    """Return the statement deepest inside a node that a line is part of."""
    inside = [child for child in ast.walk(node) if isinstance(child, ast.stmt)
              and first_line(child) <= line <= child.end_lineno]
    return max(inside, key=lambda child: (child.lineno, child.col_offset))


def header_lines(statement):
    """Return the lines of a statement without the statements inside it."""
    body = getattr(statement, "body", None)
    end = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno
    return range(statement.lineno, end + 1)


def defined_names(statement):
    """Return the names that a statement of a module defines."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    return {node.id for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def lines_that_read(code, names):
    """Return the lines of some code that read one of some names, whatever it is an attribute of."""
    return {node.lineno for node in ast.walk(ast.parse(code))
            if (getattr(node, "id", None) in names or getattr(node, "attr", None) in names)}
