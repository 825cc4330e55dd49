"""One script joined from modules, so that a page requests one file instead of one for each."""

import re

IMPORT = re.compile(r'^import ({ [\w, ]+ }) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


def join_modules(modules, main):
    """Return one script of a module and all that it imports: {name: text}, the first name.

    Each module becomes a function that returns its exports, so that its other names stay local.
    Imports and exports are lines of the forms above; two modules must not import each other.
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
        joined[name] = f"modules.{name} = (() => {{\n{text}\nreturn {{ {exports} }};\n}})();\n"

    add(main)
    return "".join(["const modules = {};\n", *joined.values()])
