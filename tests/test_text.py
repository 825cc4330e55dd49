"""What is done with texts: cleaning, words for search, links, addresses, and words on pages."""

import pytest
from jinja2.utils import urlize

from dreamscape.text import may_contain_link, smtp_address


@pytest.mark.parametrize("address", ["é@example.com", "nobody"])
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
