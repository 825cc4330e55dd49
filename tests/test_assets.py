"""Joining modules into one script; tests/browser/test_scripts.py runs one."""

import re
from pathlib import Path

import pytest

from dreamscape.assets import join_modules

FILES = {file.stem: file.read_text("utf-8")
         for file in Path(__file__).parents[1].glob("static/js/*.js")}
JOINED = join_modules(FILES, "main")

MODULES = {
    "main": """import { second } from "./second.js";
import { first } from "./first.js";""",
    "first": """import { second } from "./second.js";

export const first = second();""",
    "second": "export async function second() {}",
    "unused": "throw new Error();"}


def test_a_module_is_in_the_script_once_and_only_if_imported():
    joined = join_modules(MODULES, "main")

    assert [joined.count(f"modules.{name} = ") for name in MODULES] == [1, 1, 1, 0]


def test_an_import_of_nothing_is_an_error():
    with pytest.raises(KeyError):
        join_modules({"main": MODULES["main"]}, "main")


@pytest.mark.parametrize("line", [
    "export class Thing {}", "export default 1;", "export { first };", "export let first = 1;",
    'import { second } from "./second.js"; // for first', 'import second from "./second.js";',
    'import { second as other } from "./second.js";',
    "import {\n  second,\n} from './second.js';", 'import "./second.js";'])
def test_an_import_or_export_of_another_form_is_an_error_that_names_the_file(line):
    with pytest.raises(ValueError, match=r"first\.js .*: (?:im|ex)port"):
        join_modules(MODULES | {"first": f"const some = 1;\n{line}\n"}, "main")


def test_no_import_or_export_of_the_sites_scripts_is_left():
    """Those of another form than the two that are joined would be."""
    assert re.findall(r"^\s*(?:import|export)\b.*|\bimport\(.*", JOINED, re.MULTILINE) == []


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"theme"}))
def test_every_script_is_part_of_main(name):
    """theme.js alone is a script of its own, which blocks the first paint."""
    assert f"\nmodules.{name} = " in JOINED


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_script_imports_only_what_is_exported_and_used(name):
    for names, module in re.findall(r'^import { (.*) } from "\./(\w+)\.js";$', FILES[name],
                                    re.MULTILINE):
        for each in names.split(", "):
            assert re.search(rf"^export (?:async )?(?:function|const) {each}\b", FILES[module],
                             re.MULTILINE)
            assert len(re.findall(rf"\b{each}\b", FILES[name])) > 1
