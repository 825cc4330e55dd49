"""Tests of the placeholders in cached HTML."""
from markupsafe import Markup, escape

from dreamscape.placeholders import PLACEHOLDERS, fill_placeholders, split_placeholders


def fill(html, **makers):
    """Return what becomes of HTML with placeholders."""
    return fill_placeholders(split_placeholders(html), makers)


def test_each_placeholder_gets_its_value_and_the_text_around_stays():
    html = escape("<") + Markup("<b>{csrf_token}</b>{form_key}{csrf_token}").format(**PLACEHOLDERS)

    filled = fill(html, csrf_token=lambda: "T", form_key=lambda: "K")

    assert filled == "&lt;<b>T</b>KT"
    assert isinstance(filled, Markup)


def test_a_value_is_escaped():
    assert fill(PLACEHOLDERS["current_path"], current_path=lambda: '/?q="<') == "/?q=&#34;&lt;"


def test_a_path_in_a_query_is_another_value():
    html = f"/login?next={PLACEHOLDERS['current_path']}#x {PLACEHOLDERS['current_path']}"

    filled = fill(html, current_path=lambda: "/?q=a", next_path=lambda: "/%3Fq%3Da")

    assert filled == "/login?next=/%3Fq%3Da#x /?q=a"


def test_a_value_that_is_not_needed_is_not_made():
    assert fill("nothing here") == "nothing here"
    assert fill("") == ""


def test_several_lists_of_parts_are_filled_one_after_the_other():
    parts = [part for each in "ab"
             for part in split_placeholders(each + PLACEHOLDERS["form_key"])]

    assert fill_placeholders(parts, {"form_key": lambda: "!"}) == "a!b!"


def test_the_placeholders_are_seven_that_nobody_can_guess():
    assert {*PLACEHOLDERS} == {"csrf_token", "form_key", "current_path", "next_path",
                               "viewer_avatar", "viewer_name", "viewer_url"}
    assert all(len(text) > 32 + len(name) for name, text in PLACEHOLDERS.items())
