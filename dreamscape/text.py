"""Text without the database: cleaning input, search tokens, email addresses, formatting."""
import hashlib
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime

import regex
from email_validator import EmailNotValidError, validate_email


# Cleaning ####################################################################

LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029]")
CONTROLS = regex.compile(r"[[\p{Cc}\p{Cs}]--[\n\t]]", regex.V1)
VISIBLE = regex.compile(r"[^\p{Z}\p{C}]")
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def clean_text(text):
    """Return input stripped, with \\n as line ends and without control characters.

    None stays None; other values that aren't text, such as a file, become "".
    """
    if not isinstance(text, str):
        return None if text is None else ""
    text = CONTROLS.sub("", LINE_ENDS.sub("\n", text)).strip()
    # Text of whitespace and invisible characters alone counts as empty.
    return text if VISIBLE.search(text) else ""


def clean_line(text):
    """Return clean_text on one line, without bidirectional control characters."""
    text = clean_text(text)
    return text and " ".join(BIDI_CONTROLS.sub("", text).split())


def printable_xml(text):
    """Return a text without the characters that XML 1.0 forbids, even as references."""
    return NOT_XML.sub("", text)


def fold_case(text):
    """Return a text normalised for comparison: NFKC, case-folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def idempotency_key(*parts):
    """Return a SHA-256 of some texts: with a unique index it makes an insert idempotent."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# Search tokens ###############################################################

PREFIX_LENGTH = 15  # characters, of the longest indexed prefix of a word
# Often omitted in searches: accents, and the vowel signs of Hebrew and Arabic.
ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Scripts without spaces between words.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTERS = r"\p{L}\p{M}\p{N}"
WORDS = regex.compile(
    rf"[{UNSPACED}][{UNSPACED}\p{{M}}]*|[[{LETTERS}]--[{UNSPACED}]]+[+#]*", regex.V1)
STARTS_UNSPACED = regex.compile(rf"[{UNSPACED}]", regex.V1)


def split_words(text):
    """Return the words of a text in their order, case-folded and without accents.

    Scripts without spaces are split into overlapping bigrams.
    """
    decomposed = unicodedata.normalize("NFKD", fold_case(text))
    bare = unicodedata.normalize("NFC", ACCENTS.sub("", decomposed))
    words = []
    for run in WORDS.findall(bare):
        bigrams = (run[i:i + 2] for i in range(len(run)))
        words.extend(bigrams if STARTS_UNSPACED.match(run) else [run])
    return words


def index_words(text, mark=""):
    """Return a text's tokens for the search index: prefixes of each word, and "word." whole.

    mark: a prefix of each token. An author's name is stored as "@name" tokens among the words of
    a dream, so that a new name can replace the old one.
    """
    words = set(split_words(text))
    prefixes = {word[:size] for word in words
                for size in range(1, min(len(word), PREFIX_LENGTH) + 1)}
    return sorted(f"{mark}{token}" for token in prefixes | {f"{word}." for word in words})


def longest_first(words):
    """Return words longest first: long words are rarer (Zipf), so more selective in a query."""
    return sorted(words, key=len, reverse=True)


def skill_words(skill):
    """Return the tokens that match dreams asking for a skill; [] if it has no words."""
    # The last character of an unspaced run is a token only where a run of the dream ends.
    words = [word for word in split_words(skill)
             if len(word) > 1 or not STARTS_UNSPACED.match(word)]
    return [f"{word}." for word in longest_first(words)]


# Paths #######################################################################

PATH_LENGTH = 1_500  # characters; longer paths are rejected


def safe_path(path):
    """Return ``path`` if it is a path of this site, else None: prevents open redirects."""
    if not path or len(path) > PATH_LENGTH or not re.match(r"/(?![/\\])", path):
        return None
    return None if "\\" in path or any(not character.isprintable() for character in path) else path


# Email addresses #############################################################

EMAIL_LENGTH = 254  # characters, the limit of SMTP


def lower_email(address):
    """Return an address in NFKC, stripped and in lower case.

    Without casefold(): in IDNA 2008 faß.de and fass.de are different domains.
    """
    return unicodedata.normalize("NFKC", address).strip().lower()


def parse_email(address):
    """Return email-validator's result for an address; raise EmailNotValidError."""
    # No DNS lookup: an undeliverable address fails when it is sent to. .test is for development.
    return validate_email(address, check_deliverability=False, test_environment=True)


def fold_email(address):
    """Return an address normalised for comparison; raise EmailNotValidError, a ValueError."""
    return parse_email(lower_email(address)).normalized


def smtp_address(address):
    """Return an address for SMTP, its domain in Punycode; raise UnicodeError.

    Flask-Mail would use IDNA 2003, which can encode it as a different domain.
    """
    try:
        ascii_email = parse_email(address).ascii_email
    except EmailNotValidError as error:
        raise UnicodeError("not a mail address") from error
    if not ascii_email:
        raise UnicodeError("letters before the @ that need SMTPUTF8")
    return ascii_email


def fold_email_or_none(address):
    """Return fold_email of an address, or None if it is invalid or too long."""
    with suppress(EmailNotValidError):
        return fold_email(address) if len(address) <= EMAIL_LENGTH else None


# Formatting ##################################################################

LINK_SIGNS = re.compile(r"\S\.\S|://|@")  # each link that urlize makes contains one
AGES = ((31_536_000, "year"), (2_592_000, "month"), (604_800, "week"), (86_400, "day"),
        (3_600, "hour"), (60, "minute"))  # seconds


def ago(moment):
    """Return the age of a datetime in words: "3 hours ago"."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for length, unit in AGES:
        if count := int(seconds // length) if seconds >= length else 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def paragraphs(text):
    """Return the paragraphs of a text, which blank lines separate."""
    return [part for part in re.split(r"\n\s*\n", text) if part.strip()]


def may_contain_link(text):
    """Return whether a text may contain a link: a cheap test before urlize, which is slow."""
    return bool(LINK_SIGNS.search(text))


def quoted(text):
    """Return a text in quotes and Unicode isolates, so that its direction stays inside."""
    return f"“\u2068{text}\u2069”"


def counted(count, noun):
    """Return a count with its noun: "1 comment", "2 comments"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
