"""What has no place in the site's code, each as a function that finds it."""

import ast
import re

# Calls that wait for somebody else, and functions that take a regular expression.
WAITING = {"urlopen", "create_connection", "SMTP", "SMTP_SSL", "HTTPConnection", "HTTPSConnection",
           "run", "check_output", "communicate"}
MATCHING = {"compile", "match", "fullmatch", "search", "findall", "finditer", "sub", "split"}
WRITTEN = (ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.Load)


def find_text(pattern):
    """Return a rule: nothing in the code looks like this."""
    return lambda code: [found[0] for found in re.finditer(pattern, code)]


def find_nodes(code, kind):
    """Return every part of some code that is of a kind."""
    return [node for node in ast.walk(ast.parse(code)) if isinstance(node, kind)]


def find_endless_waits(code):
    """Return calls that wait for somebody else and do not say how long."""
    return [ast.unparse(call) for call in find_nodes(code, ast.Call)
            if ast.unparse(call.func).rpartition(".")[2] in WAITING
            and "timeout" not in {given.arg for given in call.keywords}]


def is_written(pattern):
    """Return whether a regular expression stands in the code, made of constants alone."""
    return all(isinstance(node, WRITTEN) or (isinstance(node, ast.Name) and node.id.isupper())
               for node in ast.walk(pattern))


def find_made_patterns(code):
    """Return uses of regular expressions that might be made of people's text."""
    calls = [(ast.unparse(call.func).partition("."), call) for call in find_nodes(code, ast.Call)]
    return [ast.unparse(call) for (module, _, name), call in calls
            if module in ("re", "regex") and name in MATCHING and not is_written(call.args[0])]


def find_made_operators(code):
    """Return keys of documents and queries that are put together: one might become $where."""
    return [ast.unparse(key) for document in find_nodes(code, ast.Dict) for key in document.keys
            if isinstance(key, (ast.JoinedStr, ast.BinOp, ast.Call))]


def find_names_read(code, part):
    """Return the names that some code asks a part of the request for, as "args"."""
    source, names = f"request.{part}", []
    names += [call.args[0] for call in find_nodes(code, ast.Call)
              if ast.unparse(call.func) in (f"{source}.get", f"{source}.getlist")]
    names += [node.slice for node in find_nodes(code, ast.Subscript)
              if ast.unparse(node.value) == source]
    names += [node.left for node in find_nodes(code, ast.Compare)
              if ast.unparse(node.comparators[-1]) == source]
    return {node.value for name in names for node in ast.walk(name)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}


UNWANTED = {
    "a handler of everything":
        find_text(r"except\s*:|(?:except|suppress)\W[^:\n]*\b(?:Base)?Exception\b"),
    "code made of text": find_text(r"(?<![.\w])(?:eval|exec|compile|__import__)\("),
    "a page made of text": find_text(r"\bMarkup\b|render_template_string|from_string"),
    "a query that runs code": find_text(r"\$(?:where|function|accumulator|regex)\b"),
    "a way to wherever was asked": find_text(r"redirect\(\s*request\."),
    "a certificate unread":
        find_text(r"verify\s*=\s*False|CERT_NONE|_unverified|hostname\s*=\s*False"),
    "a picture decoded by the site": find_text(r"\bImage\.open\b|\bImageFile\b|\.frombytes\("),
    "a wait without end": find_endless_waits,
    "a pattern made of text": find_made_patterns,
    "an operator made of text": find_made_operators,
}
