"""Static checks of the site's code: each finds one pattern that is forbidden there."""

import ast
import functools
import re

# Calls that block on another process or host, and functions that take a regular expression.
BLOCKING = {"urlopen", "create_connection", "SMTP", "SMTP_SSL", "HTTPConnection", "HTTPSConnection",
           "run", "check_output", "communicate"}
USES_REGEX = {"compile", "match", "fullmatch", "search", "findall", "finditer", "sub", "split"}
CONSTANTS = (ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.Load)


def find_matches(pattern):
    """Return a check that finds matches of a regular expression in code."""
    return lambda code: [found[0] for found in re.finditer(pattern, code)]


@functools.lru_cache(2)
def all_nodes(code):
    """Return the AST nodes of some code."""
    return list(ast.walk(ast.parse(code)))


def find_nodes(code, kind):
    """Return the AST nodes of a class in some code."""
    return [node for node in all_nodes(code) if isinstance(node, kind)]


def find_calls_without_timeout(code):
    """Return blocking calls without a timeout."""
    return [ast.unparse(call) for call in find_nodes(code, ast.Call)
            if ast.unparse(call.func).rpartition(".")[2] in BLOCKING
            and "timeout" not in {given.arg for given in call.keywords}]


def is_constant(pattern):
    """Return whether a regular expression is made of constants alone."""
    return all(isinstance(node, CONSTANTS) or (isinstance(node, ast.Name) and node.id.isupper())
               for node in ast.walk(pattern))


def find_dynamic_patterns(code):
    """Return uses of regular expressions that may contain user input."""
    calls = [(ast.unparse(call.func).partition("."), call) for call in find_nodes(code, ast.Call)]
    return [ast.unparse(call) for (module, _, name), call in calls
            if module in ("re", "regex") and name in USES_REGEX and not is_constant(call.args[0])]


def find_dynamic_operators(code):
    """Return computed keys of documents and queries: one might become $where."""
    return [ast.unparse(key) for document in find_nodes(code, ast.Dict) for key in document.keys
            if isinstance(key, (ast.JoinedStr, ast.BinOp, ast.Call))]


# Functions that show a text to people, which is an argument.
SHOWS_TEXT = {"flash_message", "abort", "text_field", "textarea_field", "TermsField", "TopicsField",
          "Switch", "Required", "PictureError", "AnyOf", "abort_gone", "refuse"}


def find_empty_sentences(code):
    """Return such calls whose text is empty, or a concatenation that begins with an empty one."""
    def begins_empty(node):
        """Return whether an expression is "", or a sum or formatting whose first operand is."""
        while isinstance(node, ast.BinOp):
            node = node.left
        return isinstance(node, ast.Constant) and node.value == ""

    return [ast.unparse(call) for call in find_nodes(code, ast.Call)
            if ast.unparse(call.func).rpartition(".")[2] in SHOWS_TEXT
            and any(map(begins_empty, [*call.args, *(each.value for each in call.keywords)]))]


def find_names_read(code, part):
    """Return the keys that some code reads from a part of the request, such as "args"."""
    source, names = f"request.{part}", []
    names += [call.args[0] for call in find_nodes(code, ast.Call)
              if ast.unparse(call.func) in (f"{source}.get", f"{source}.getlist")]
    names += [node.slice for node in find_nodes(code, ast.Subscript)
              if ast.unparse(node.value) == source]
    names += [node.left for node in find_nodes(code, ast.Compare)
              if ast.unparse(node.comparators[-1]) == source]
    return {node.value for name in names for node in ast.walk(name)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}


FORBIDDEN_CODE = {
    "a catch-all handler":
        find_matches(r"except\s*:|(?:except|suppress)\W[^:\n]*\b(?:Base)?Exception\b"),
    "eval or exec": find_matches(r"(?<![.\w])(?:eval|exec|compile|__import__)\("),
    "HTML built from strings": find_matches(r"\bMarkup\b|render_template_string|from_string"),
    "a query operator that runs code": find_matches(r"\$(?:where|function|accumulator|regex)\b"),
    "an open redirect": find_matches(r"redirect\(\s*request\."),
    "TLS verification turned off":
        find_matches(r"verify\s*=\s*False|CERT_NONE|_unverified|hostname\s*=\s*False"),
    "an image decoded in the web process":
        find_matches(r"\bImage\.open\b|\bImageFile\b|\.frombytes\("),
    "a call without a timeout": find_calls_without_timeout,
    "a dynamic regular expression": find_dynamic_patterns,
    "a dynamic query operator": find_dynamic_operators,
    "an empty sentence": find_empty_sentences,
}
