"""Cleaning what was typed, words for search, email addresses, and words on pages."""
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
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def clean_text(text):
    """Return typed text without control characters, its line ends as newlines, stripped.

    Anything that is not text, as a file sent under a text field's name, becomes "".
    """
    if not isinstance(text, str):
        return None if text is None else ""
    text = CONTROLS.sub("", LINE_ENDS.sub("\n", text)).strip()
    # What consists of blanks and invisible characters alone says nothing.
    return text if VISIBLE.search(text) else ""


def clean_line(text):
    """Return clean_text on one line, without marks that turn the writing direction."""
    text = clean_text(text)
    return text and " ".join(BIDI_CONTROLS.sub("", text).split())


def fold(text):
    """Return the form of a term in which equal terms are equal."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def once_key(*parts):
    """Return the key under which a unique index takes the same text only once."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# Words for search ############################################################

PREFIX_LENGTH = 15  # characters of a word that searching compares
# What is often left out: accents, and the vowel signs of Hebrew and Arabic.
ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Scripts that set no spaces between words.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTERS = r"\p{L}\p{M}\p{N}"
WORDS = regex.compile(
    rf"[{UNSPACED}][{UNSPACED}\p{{M}}]*|[[{LETTERS}]--[{UNSPACED}]]+[+#]*", regex.V1)
STARTS_UNSPACED = regex.compile(rf"[{UNSPACED}]", regex.V1)


def words_of(text):
    """Return the words of a text, folded and without accents, in their order.

    Where a script sets no spaces every character begins a word of two characters.
    """
    folded = unicodedata.normalize("NFKD", fold(text))
    bare = unicodedata.normalize("NFC", ACCENTS.sub("", folded))
    words = []
    for run in WORDS.findall(bare):
        pairs = (run[i:i + 2] for i in range(len(run)))
        words.extend(pairs if STARTS_UNSPACED.match(run) else [run])
    return words


def index_words(text, mark=""):
    """Return what a search finds a text by: the beginnings of each word, and "word." whole.

    ``mark`` goes before each one: names are kept as "@name" beside the other words of a
    dream, so that a new name can replace the old one.
    """
    words = set(words_of(text))
    starts = {word[:size] for word in words for size in range(1, min(len(word), PREFIX_LENGTH) + 1)}
    return sorted(f"{mark}{token}" for token in starts | {f"{word}." for word in words})


def longest_first(words):
    """Return words, those first that are likely the rarest: long ones, as Zipf found."""
    return sorted(words, key=len, reverse=True)


def skill_words(skill):
    """Return the words that a dream holds which asks for a skill; [] for one without words."""
    # The last character of an unspaced run stands alone only where a run of the dream ends.
    words = [word for word in words_of(skill) if len(word) > 1 or not STARTS_UNSPACED.match(word)]
    return [f"{word}." for word in longest_first(words)]


# Paths #######################################################################

PATH_LENGTH = 1_500  # characters of a path that is read


def safe_path(path):
    """Return ``path`` when it is one of this site's own, else None."""
    if not path or len(path) > PATH_LENGTH or not re.match(r"/(?![/\\])", path):
        return None
    return None if "\\" in path or any(not character.isprintable() for character in path) else path


# Email addresses #############################################################

EMAIL_LENGTH = 254  # characters, as SMTP allows


def fold_typed(address):
    """Normalise an address for comparison: NFKC, stripped, lower case.

    Not by casefold(): faß.de and fass.de are two domains by IDNA 2008.
    """
    return unicodedata.normalize("NFKC", address).strip().lower()


def parse_email(address):
    """Return email-validator's result for an address; EmailNotValidError if it is none."""
    # Whether a domain takes mail is for the mail to find out; .test is for trying things.
    return validate_email(address, check_deliverability=False, test_environment=True)


def fold_email(address):
    """Return the form of an address in which equal addresses are equal; ValueError if none."""
    return parse_email(fold_typed(address)).normalized


def smtp_address(address):
    """Return a folded address as SMTP takes it, its domain in Punycode; UnicodeError if none.

    Flask-Mail would encode the domain by IDNA 2003, and send to another one.
    """
    try:
        ascii_email = parse_email(address).ascii_email
    except EmailNotValidError as error:
        raise UnicodeError("not a mail address") from error
    if not ascii_email:
        raise UnicodeError("letters before the @ that need SMTPUTF8")
    return ascii_email


def fold_known_email(address):
    """Return an address folded, or None for what is none."""
    with suppress(EmailNotValidError):
        return fold_email(address) if len(address) <= EMAIL_LENGTH else None


# Words on pages ##############################################################

ADDRESS_SIGNS = re.compile(r"\S\.\S|://|@")  # one of these is in whatever urlize makes a link
AGES = ((31_536_000, "year"), (2_592_000, "month"), (604_800, "week"), (86_400, "day"),
        (3_600, "hour"), (60, "minute"))  # seconds


def ago(moment):
    """Return how long ago a moment was, in words: "3 hours ago"."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for length, unit in AGES:
        if count := int(seconds // length) if seconds >= length else 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def paragraphs(text):
    """Return the paragraphs of a text: what stands between blank lines."""
    return [part for part in re.split(r"\n\s*\n", text) if part.strip()]


def may_hold_address(text):
    """Return whether a text is worth looking for addresses, which takes long (see linked)."""
    return bool(ADDRESS_SIGNS.search(text))


def quoted(text):
    """Return a text in quotes, isolated: whatever its script, it turns nothing around it."""
    return f"“\u2068{text}\u2069”"


def counted(count, noun):
    """Return a count with its noun: "1 comment", "2 comments"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
