"""The style sheet and the scripts, each joined from its files, so that a page requests one."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"

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


def read_assets():
    """Return ({name: text}, hash): theme.js; style.css and main.js, joined from their files."""
    styles, scripts = ({file.stem: file.read_text("utf-8") for file in sorted(
        Path(STATIC, kind).glob(f"*.{kind}"))} for kind in ("css", "js"))
    assets = {"style.css": "\n".join(styles.values()), "theme.js": scripts["theme"],
              "main.js": join_modules(scripts, "main")}
    return assets, hashlib.sha256("".join(assets.values()).encode()).hexdigest()[:12]


ASSETS, ASSETS_VERSION = read_assets()
