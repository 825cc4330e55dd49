"""What is done with texts: cleaning, words for search, links, addresses, and words on pages."""

from datetime import UTC, datetime, timedelta

import pytest
from jinja2.utils import urlize

from dreamscape.text import (
    ago, clean_line, clean_text, fold_case, may_contain_link, smtp_address, split_words,
)


@pytest.mark.parametrize("address", ["a b@example.com", "nobody"])
def test_mail_to_an_address_smtp_cannot_take_fails_in_a_known_way(monkeypatch, address):
    with pytest.raises(UnicodeError):
        smtp_address(address)


@pytest.mark.parametrize("text", [
    "", "No address, in two sentences. None at all.", "<b>&</b> 3.5 m", "see www.example.com",
    "a@b.org", "(https://example.com/a?b=c&d)", "example.net,", "mailto:me@example.com", "@home",
    "http://localhost", "http://[::1]/", "a%.com", "x..com", "пример.com", "https://", "1.2.3.4"])
def test_a_text_without_the_signs_of_an_address_has_none(text):
    """To look for the signs first is quicker, and must miss nothing."""
    assert may_contain_link(text) or "<a " not in urlize(text)


@pytest.mark.parametrize(("text", "cleaned"), [
    ("  Hello\r\n\r\nthere ", "Hello\n\nthere"), ("a\rb\u2028c", "a\nb\nc"),
    ("\0a\x07b", "ab"), ("\u200b \u2066", ""), ("", ""), (None, None), (b"file", "")])
def test_a_text_is_cleaned_but_keeps_its_lines(text, cleaned):
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(("text", "line"), [
    ("a\n b\tc", "a b c"), ("\u202egpj.exe", "gpj.exe"), (None, None)])
def test_a_line_has_no_line_ends_and_no_bidirectional_controls(text, line):
    assert clean_line(text) == line


@pytest.mark.parametrize(("text", "folded"), [
    ("Public  SPEAKING", "public speaking"), ("ﬁsh", "fish"), ("Straße", "strasse"),
    ("ＣＡ", "ca")])
def test_texts_that_read_alike_are_folded_alike(text, folded):
    assert fold_case(text) == folded


@pytest.mark.parametrize(("text", "words"), [
    ("Sail, sail away!", ["sail", "sail", "away"]), ("C++ & C#", ["c++", "c#"]),
    ("Café", ["cafe"]), ("環遊世", ["環遊", "遊世", "世"]), ("¿…?", [])])
def test_a_text_is_split_into_words_for_search(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize(("age", "words"), [
    ({"seconds": 59}, "just now"), ({"seconds": 60}, "1 minute ago"), ({"hours": 3}, "3 hours ago"),
    ({"days": 13}, "1 week ago"), ({"days": 800}, "2 years ago"), ({"days": -1}, "just now")])
def test_an_age_is_told_in_its_largest_unit(age, words):
    assert ago(datetime.now(UTC) - timedelta(**age)) == words
