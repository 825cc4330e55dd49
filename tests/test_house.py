"""Where code lives: routes in app.py, all else in dreamscape/, whose modules import one way."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from inspect import getsource, unwrap
from pathlib import Path

import pytest

import app as site
import dreamscape

ROOT = Path(site.__file__).parent
MODULES = {path.stem: path.read_text("utf-8") for path in (ROOT / "dreamscape").glob("[!_]*.py")}
# The modules as the package's docstring lists them; each imports only modules above it.
ORDER = re.findall(r"^(\w+)  +\S", dreamscape.__doc__, re.MULTILINE)
WEB = {"app", "g", "request", "session", "abort", "url_for", "flash", "render_template"}


def find_imports(code):
    """Return what some code imports, as {"dreamscape.text.fold_case", "app"}."""
    nodes = [*ast.walk(ast.parse(code))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {f"{'.' * node.level}{node.module or ''}.{alias.name}" for node in nodes
                    if isinstance(node, ast.ImportFrom) for alias in node.names}


def find_names(node):
    """Return the names that a syntax tree reads or sets, those it imports included."""
    return {name for each in ast.walk(node) for name in (
        [each.id] if isinstance(each, ast.Name) else
        [each.asname or each.name] if isinstance(each, ast.alias) else [])}


def find_app_imports(code):
    """Return the imports of app, and relative ones, which would hide what they import."""
    return sorted(name for name in find_imports(code) if name.partition(".")[0] in ("app", ""))


def find_later_imports(module, code):
    """Return the modules that a module imports but that do not stand above it."""
    imported = {name.split(".")[1] for name in find_imports(code)
                if name.startswith("dreamscape.")}
    return sorted(imported.difference(ORDER[:ORDER.index(module)]))


def find_web_names(code):
    """Return the names of the web that some code uses."""
    return sorted(find_names(ast.parse(code)) & WEB)


def find_views(code):
    """Return the functions of some code that a decorator makes a route of the app."""
    return [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)
            and any(ast.unparse(made).startswith(("app.get(", "app.post(", "app.route("))
                    for made in node.decorator_list)]


def find_views_with_database(code):
    """Return the names of the views that use the database themselves."""
    return [view.name for view in find_views(code) if "db" in find_names(view)]


def test_every_module_has_its_place_in_the_order():
    assert sorted(ORDER) == sorted(MODULES)


@pytest.mark.parametrize("module", ORDER)
def test_a_module_does_not_import_the_web(module):
    assert find_app_imports(MODULES[module]) == []


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_modules_before_it(module):
    assert find_later_imports(module, MODULES[module]) == []


@pytest.mark.parametrize("module", ORDER)
def test_a_module_names_nothing_of_the_web(module):
    assert find_web_names(MODULES[module]) == []


def test_every_view_is_in_app():
    views = {unwrap(view) for endpoint, view in site.app.view_functions.items()
             if endpoint != "static"}  # Flask's own

    assert {view.__module__ for view in views} == {"app"}
    found = {view.name for view in find_views((ROOT / "app.py").read_text("utf-8"))}
    assert {view.__name__ for view in views} <= found


def test_no_view_names_the_database():
    assert find_views_with_database((ROOT / "app.py").read_text("utf-8")) == []


@pytest.mark.parametrize("code", ["import app", "import app as site", "from app import store",
                                  "def late():\n    import app", "from . import text"])
def test_an_import_of_the_web_would_be_noticed(code):
    assert find_app_imports(code)


@pytest.mark.parametrize("code", ["import dreamscape.forms", "from dreamscape import forms",
                                  "from dreamscape.forms import DreamForm",
                                  "def late():\n    from dreamscape import forms",
                                  "from dreamscape.text import fold"])
def test_an_import_of_a_later_module_would_be_noticed(code):
    assert find_later_imports("text", code)


@pytest.mark.parametrize("name", sorted(WEB))
def test_a_name_of_the_web_would_be_noticed(name):
    assert find_web_names(f"def work():\n    return {name}.thing") == [name]
    assert find_web_names(f"from flask import {name}") == [name]


def test_a_view_with_the_database_would_be_noticed():
    code = "@app.get('/')\n@login_required\ndef landing():\n    return db.dreams.find_one()"

    assert find_views_with_database(code) == ["landing"]


@pytest.mark.parametrize("module", ["leaving", "dreams", "database"])
def test_whoever_imports_a_part_of_the_house_gets_the_subjects_of_all(module):
    code = (f"import dreamscape.{module}\n"
            "from dreamscape.database import INDEXES\n"
            "from dreamscape.subjects import all_subjects\n"
            "print(INDEXES.keys() - dict(all_subjects()).keys())")

    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)

    assert ended.stdout == b"set()\n"


# Where it is #################################################################

WHERE = (ROOT / "docs/where.md").read_text("utf-8")
NAME = re.compile(r"`([a-z_]+)\.(?!py`)(\w+)`")


def find_unknown_names(text):
    """Return each ``module.name`` of a text that doesn't exist."""
    return [f"{module}.{name}" for module, name in NAME.findall(text) if not hasattr(
        import_module(module if module == "app" else f"dreamscape.{module}"), name)]


def find_rows(text):
    """Return [(view, the queries it asks)] of the table of pages."""
    rows = [line.split("|")[2:4] for line in text.splitlines() if "| `app." in line]
    return [(view[1], queries) for views, queries in rows for view in NAME.findall(views)]


def find_wrong_rows(text):
    """Return the views that name none of their row's queries."""
    return [view for view, queries in find_rows(text)
            if not any(f"{name}(" in getsource(getattr(site, view))
                       for _, name in NAME.findall(queries))]


def test_what_the_index_names_exists_and_each_page_asks_its_query():
    assert len(find_rows(WHERE)) > 10
    assert find_unknown_names(WHERE) == find_wrong_rows(WHERE) == []
    assert [path for path in re.findall(r"`([a-z]+/[\w./]+)`", WHERE)
            if not (ROOT / path).exists()] == []


def test_a_name_of_the_index_that_is_gone_would_be_noticed():
    assert find_unknown_names("`dreams.find_nothing` `app.landing`") == ["dreams.find_nothing"]
    assert find_wrong_rows("| a page | `app.landing` | `desk.find_desk` |") == ["landing"]
