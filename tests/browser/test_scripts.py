"""A script that was joined from modules runs in a browser."""

from dreamscape.assets import join_modules

MODULES = {
    "main": """import { first, LIMIT } from "./first.js";
import { second } from "./second.js";

export const result = first().then((words) => [words, second(), LIMIT]);""",
    "first": """import { second } from "./second.js";

const name = "first";
export const LIMIT = 3;

export async function first() {
  return `${name} after ${second()}`;
}""",
    "second": """const name = "second";

export function second() {
  return name;
}"""}


def test_modules_run_after_what_they_import_and_keep_their_names(visit):
    page, script = visit("/login"), join_modules(MODULES, "main")

    result = page.evaluate(f"() => {{\n{script}\nreturn modules.main.result;\n}}")

    assert result == ["first after second", "second", 3]
