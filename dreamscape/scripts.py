"""Joins ES modules into one script, so that a page makes one request."""

import re

IMPORT = re.compile(r'^import ({ \w+(?:, \w+)* }) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def join_modules(modules, main):
    """Return one script with a module and all its imports.

    modules: {name: text}; main: the name of the module to start with. Each module becomes a
    function that returns its exports, so that its other names stay local; it cannot await at its
    top level. Two modules must not import each other. Raises ValueError for an import or export
    of another form than those above.
    """
    joined = {}

    def add(name):
        """Add a module, after those that it imports."""
        if name in joined:
            return
        text = modules[name]
        for _, imported in IMPORT.findall(text):
            add(imported)
        exports = ", ".join(found[2] for found in EXPORT.finditer(text))
        text = EXPORT.sub(r"\1 \2", IMPORT.sub(r"const \1 = modules.\2;", text))
        if left := LEFT.search(text):
            raise ValueError(f"{name}.js cannot be joined because of this line: {left[0]}")
        joined[name] = f"modules.{name} = (() => {{\n{text}\nreturn {{ {exports} }};\n}})();\n"

    add(main)
    return "".join(["const modules = {};\n", *joined.values()])
