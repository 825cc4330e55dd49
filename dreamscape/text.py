"""Text without the database: cleaning input, search tokens, email addresses, formatting."""
import hashlib
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

import regex
from email_validator import EmailNotValidError, validate_email


# Cleaning ####################################################################

LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029]")
CONTROLS = regex.compile(r"[[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]--[\n\t]]", regex.V1)
# Anything but spaces, controls, fillers, marks without a letter, and the blanks of Braille, music
# and hieroglyphs; and but U+FFFC, which apps paste in place of what isn't text.
VISIBLE = regex.compile(r"[^\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}"
                        r"\u2800\ufffc\U00013441\U00013442\U0001d159]")
# Combining marks beyond what any script puts on one letter: Tibetan stacks have up to eight, and of
# marks that belong to no script, such as accents, phonetic notation has up to four. Format
# characters between the marks don't end the sequence.
EXCESS_MARKS = regex.compile(
    r"(?:(?:[\p{M}&&\p{Inherited}]\p{Cf}*+){4}|(?:\p{M}\p{Cf}*+){8})\K[\p{M}\p{Cf}]*\p{M}",
    regex.V1)
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def clean_text(text):
    """Return input stripped, with \\n as line ends, without controls and excess marks.

    None stays None; other values that aren't text, such as a file, become "".
    """
    if not isinstance(text, str):
        return None if text is None else ""
    text = EXCESS_MARKS.sub("", CONTROLS.sub("", LINE_ENDS.sub("\n", text))).strip()
    # Text without visible characters counts as empty.
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


# Words #######################################################################

# Often omitted in searches: accents, and the vowel signs of Hebrew and Arabic. Of Cyrillic й and
# ё this leaves и and е: many people leave the dots of ё out, and few words differ by й alone.
ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Scripts without spaces between words.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTERS = r"\p{L}\p{M}\p{N}"
# What joins the words of a compound: apostrophes and quotes typed for them, hyphens and the dot of
# Catalan l·l; and invisible format characters, such as the soft hyphen.
LETTER_SIGNS = "\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\ua78c"  # of category Letter
SIGNS = f"{LETTER_SIGNS}'‘’‛`′\"“”\u05f3\u05f4\u2010\u058a·‧\\-"
INVISIBLE = r"[\p{Default_Ignorable_Code_Point}&&\p{Cf}]"
JOIN = rf"(?:{INVISIBLE}++(?:[{SIGNS}]{INVISIBLE}*+)?+|[{SIGNS}]{INVISIBLE}*+)"
SPACED_WORD = rf"[[{LETTERS}]--[{UNSPACED}]--[{SIGNS}]]++[+#]*+"
UNSPACED_DIGIT = rf"[[{UNSPACED}]&&\p{{Nd}}]"
UNSPACED_RUN = rf"[[{UNSPACED}]--\p{{Nd}}][[{UNSPACED}\p{{M}}]--\p{{Nd}}]*+"
# Looked for where a run of them begins only: else the time would grow with the square of a run.
FIRST_SIGNS = rf"(?:(?<![{LETTER_SIGNS}])[{LETTER_SIGNS}]++)?+"
# Numbers of scripts without spaces; other runs of these scripts; words that signs may join.
COMPOUNDS = regex.compile(
    rf"{UNSPACED_DIGIT}[{UNSPACED_DIGIT}\p{{M}}]*+|{UNSPACED_RUN}(?:{INVISIBLE}++{UNSPACED_RUN})*+"
    rf"|{FIRST_SIGNS}{SPACED_WORD}(?:{JOIN}{SPACED_WORD})*+[{LETTER_SIGNS}]*+", regex.V1)
PARTS = regex.compile(rf"[^{INVISIBLE}{SIGNS}]++", regex.V1)
# Removed before splitting: variation selectors, Hangul fillers and other ignorable characters.
IGNORED = regex.compile(r"[\p{Default_Ignorable_Code_Point}--\p{Cf}]", regex.V1)
FORMATS = regex.compile(INVISIBLE, regex.V1)
STARTS_UNSPACED = regex.compile(rf"[{UNSPACED}]", regex.V1)
# An acute accent typed as an apostrophe, and Hebrew's maqaf: ACCENTS would remove both.
SIGNS_IN_ACCENTS = str.maketrans({"\u00b4": "'", "\u05be": "-"})

# Marks that a search may leave out; not those of kana, which make different letters.
MARKS = regex.compile(
    r"[[\p{M}&&[\p{Inherited}\p{Arabic}\p{Hebrew}\p{Syriac}\p{Cyrillic}]]--[\u3099\u309a]]"
    rf"|[{INVISIBLE}{SIGNS}]|\N{{ARABIC TATWEEL}}", regex.V1)
NAMED_MARK = re.compile("(?:LATIN|CYRILLIC|ARABIC) .+? WITH ")
# What people type for a letter that their keyboard lacks and Unicode doesn't decompose. In Arabic
# script as Lucene's Arabic and Persian normalizers, with more of heh, which keyboards mix up. Not
# Urdu's yeh barree: it makes another word.
FOLDED_LETTERS = {
    "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ȷ": "j", "ŋ": "n", "ə": "e", "ɛ": "e",
    "ɔ": "o", "ĸ": "k", "ү": "у", "ө": "о", "ә": "а",
    **dict.fromkeys(("\N{ARABIC LETTER TEH MARBUTA}", "\N{ARABIC LETTER TEH MARBUTA GOAL}",
                     "\N{ARABIC LETTER HEH GOAL}", "\N{ARABIC LETTER HEH DOACHASHMEE}",
                     "\N{ARABIC LETTER AE}"), "\N{ARABIC LETTER HEH}"),
    "\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER FARSI YEH}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER KEHEH}": "\N{ARABIC LETTER KAF}",
    "\N{ARABIC LETTER ALEF WASLA}": "\N{ARABIC LETTER ALEF}",
    "\N{HEBREW LIGATURE YIDDISH DOUBLE VAV}": 2 * "\N{HEBREW LETTER VAV}",
    "\N{HEBREW LIGATURE YIDDISH VAV YOD}": "\N{HEBREW LETTER VAV}\N{HEBREW LETTER YOD}",
    "\N{HEBREW LIGATURE YIDDISH DOUBLE YOD}": 2 * "\N{HEBREW LETTER YOD}"}


@lru_cache(maxsize=4_096)
def fold_letter(letter):
    """Return a letter without its stroke, hook or other mark, and a digit as ASCII.

    Letters stay in their script, in which people search.
    """
    name = unicodedata.name(letter, "")
    if MARKS.match(letter) or name.endswith("SIGN NUKTA"):
        return ""
    if NAMED_MARK.match(name):
        with suppress(KeyError):  # Some marked letters have no unmarked one.
            return fold_letter(unicodedata.lookup(name.partition(" WITH ")[0]))
    return FOLDED_LETTERS.get(letter) or str(unicodedata.decimal(letter, letter))


def fold_word(word):
    """Return a word as it is indexed: of folded letters, without signs inside."""
    if word.isascii() and word.isalnum():
        return word
    letters = map(fold_letter, unicodedata.normalize("NFKD", word))
    return unicodedata.normalize("NFC", "".join(letters))


def split_words(text):
    """Return (word, whole) for each word of a text in order, case-folded and without accents.

    whole: the compound that the word is a part of ("o’connell" for "connell"), or the word again.
    Scripts without spaces are split into overlapping bigrams.
    """
    visible = IGNORED.sub("", fold_case(text.translate(SIGNS_IN_ACCENTS)))
    bare = ACCENTS.sub("", unicodedata.normalize("NFKD", visible))
    words = []
    for compound in COMPOUNDS.findall(unicodedata.normalize("NFC", bare)):
        parts, is_unspaced = PARTS.findall(compound), STARTS_UNSPACED.match(compound)
        if is_unspaced:
            parts = [part[i:i + 2] for part in parts for i in range(len(part))]
        # Of scripts without spaces only numbers are words as a whole: ๒๕๖๗ is found by 2567.
        has_whole = not is_unspaced or compound[0].isdecimal()
        words += [(part, compound if has_whole else part) for part in parts if fold_word(part)]
    return words


# Search tokens ###############################################################

PREFIX_LENGTH = 15  # characters, of the longest indexed prefix of a word
ENGLISH_WORD = re.compile("[a-z]{3,}")
# (ending of a word, endings of its singular or plural); the first row that matches counts.
ENDINGS = (
    (regex.compile("ies$"), ("ie", "y")), (regex.compile("(?<=[sxzo]|ch|sh)es$"), ("e", "")),
    (regex.compile("us$"), ("u", "uses")), (regex.compile("(?<!s)s$"), ("",)),
    (regex.compile("(?<=[^aeiou])y$"), ("ies",)), (regex.compile("o$"), ("os", "oes")),
    (regex.compile("(?<=[sxz]|ch|sh)$"), ("es",)), (regex.compile("$"), ("s",)))
NO_PLURALS = {"news", "lens"}


def index_words(text, mark=""):
    """Return a text's tokens for the search index: prefixes of each word, and "word." whole.

    mark: a prefix of each token. An author's name is stored as "@name" tokens among the words of
    a dream, so that a new name can replace the old one.
    """
    # Parts, too, are words: people find "l’eau" by "eau".
    texts = {text, FORMATS.sub("", text)}
    unfolded = {word for part in texts for pair in split_words(part) for word in pair}
    words = set(map(fold_word, unfolded))
    prefixes = {word[:size] for word in words
                for size in range(1, min(len(word), PREFIX_LENGTH) + 1)}
    return sorted(f"{mark}{token}" for token in prefixes | {f"{word}." for word in words})


def spellings(word, whole):
    """Return the tokens by which a word may be indexed: alone or in its compound.

    First folded; then unfolded, as in older dreams before ``flask recount``.
    """
    return list(dict.fromkeys([fold_word(word), fold_word(whole), word, whole]))


def other_numbers(word):
    """Return the English singulars and plurals that a word may have, by simple rules."""
    if not ENGLISH_WORD.fullmatch(word) or word in NO_PLURALS:
        return []
    ending, others = next(row for row in ENDINGS if row[0].search(word))
    forms = (ending.sub(other, word, 1) for other in others)
    return [form for form in forms if ENGLISH_WORD.fullmatch(form)]


def search_words(text, most):
    """Return [tokens] for each word of a search, longest first; a match has one of each.

    A word matches words and names by prefix. most: how many words count.
    """
    found = []
    for pair in longest_first(split_words(text)[:most]):
        words = spellings(*pair)
        prefixes = dict.fromkeys(word[:PREFIX_LENGTH] for word in words)
        forms = [f"{form}." for form in other_numbers(words[0]) if not form.startswith(words[0])]
        found.append([f"{mark}{prefix}" for mark in ("", "@") for prefix in prefixes] + forms)
    return found


def longest_first(pairs):
    """Return pairs, longest word first: long words are rarer (Zipf), so more selective."""
    return sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)


def skill_words(skill):
    """Return [tokens] for each word of a skill, longest first; a match has one of each.

    [] if the skill has no words.
    """
    # The last character of an unspaced run is a token only where a run of the dream ends.
    pairs = [pair for pair in split_words(skill)
             if len(pair[0]) > 1 or not STARTS_UNSPACED.match(pair[0])]
    alternatives = [spellings(*pair) for pair in longest_first(pairs)]
    return [[f"{word}." for word in [*words, *other_numbers(words[0])]] for words in alternatives]


# Words of needs and skills ###################################################

# Words that say too little for a need and a skill to match by them: in English, then in German,
# French and Spanish.
STOP_WORDS = frozenset(re.findall(r"\S+", """
    about after again all also an and any anybody anyone are around as at away back be became
    because become been before being big both but by can come could day days did do does done each
    enough every few find first for from full get give given go going good got great had half hand
    has have help helped helper helpers helping her his hour hours how idea ideas if in into is it
    its just keep kind know large like little long look looking lot lots made make many me minute
    minutes month months more most much my need needed needs never new nice no not of off old on
    once one only or other our out over own pair people person place please put ran really run set
    she small so some somebody someone something spare still take taken than that the their them
    then there these they thing things this those three through time times to together too took
    two under until up us use used using very want was way we week weekend weekends weeks well went
    were what when where which while who whoever whose will with within without work worked would
    year years you your
    als am auf aus bei das dem den der des die ein eine einen einer es fur hat ich im ist jemand
    man mein mich mir mit nach nicht oder sich sie um und von vor wer wie wir zu zum zur
    au aux avec ce ces cette dans de du elle en est et il je la le les leur lui mais mes mon ne
    nos notre nous ou par pas plus pour qu que qui sa se ses son sur un une vous
    al como con del el esta lo los mas mi muy para pero por se sin su sus una uno unos y ya
    """))
# Of scripts without spaces only these pairs of characters are likely to be words.
UNSPACED_WORD = regex.compile(r"[\p{Han}\p{Katakana}]{2}")


def is_matching_word(word):
    """Return whether a need and a skill match by a word: no stop word, letter or number."""
    if STARTS_UNSPACED.match(word):
        return bool(UNSPACED_WORD.fullmatch(word))
    return len(word) > 1 and not word.isnumeric() and word not in STOP_WORDS


def matching_words(texts):
    """Return the tokens by which needs match skills, "word." whole, each once and in order."""
    # Each once: each part of a long compound comes with the whole of it.
    unfolded = dict.fromkeys(word for text in texts for pair in split_words(text) for word in pair)
    return list(dict.fromkeys(f"{word}." for word in map(fold_word, unfolded)
                              if is_matching_word(word)))


def with_other_numbers(tokens, most):
    """Return at most ``most`` tokens of matching_words and, last, their singulars and plurals."""
    others = (f"{form}." for token in tokens for form in other_numbers(token[:-1]))
    return list(dict.fromkeys([*tokens, *others]))[:most]


# Paths #######################################################################

PATH_LENGTH = 1_500  # bytes of UTF-8, or characters of a request's; longer paths are rejected


def safe_path(path):
    """Return ``path`` if it is a path of this site, else None: prevents open redirects."""
    if not path or not re.match(r"/(?![/\\])", path) or not path.isprintable():
        return None
    # Each byte takes three characters in the URL of a sign-in that returns there.
    return path if len(path.encode()) <= PATH_LENGTH and "\\" not in path else None


# Email addresses #############################################################

EMAIL_LENGTH = 254  # characters, the limit of SMTP


def lower_email(address):
    """Return an address in NFKC, stripped and in lower case.

    Without casefold(): in IDNA 2008 faß.de and fass.de are different domains.
    """
    return unicodedata.normalize("NFKC", address).strip().lower()


def parse_email(address):
    """Return email-validator's result for an address; raise EmailNotValidError."""
    # test_environment: no DNS lookup, for an undeliverable address fails when it is sent to; and
    # .test is allowed, for development.
    return validate_email(address, test_environment=True)


def fold_email(address):
    """Return an address normalised for comparison; raise EmailNotValidError, a ValueError."""
    return parse_email(lower_email(address)).normalized


def smtp_address(address):
    """Return an address for SMTP, its domain in Punycode by IDNA 2008; raise UnicodeError.

    Letters beyond ASCII before the @ stay: they need SMTPUTF8.
    """
    try:
        parsed = parse_email(address)
    except EmailNotValidError as error:
        raise UnicodeError("not a mail address") from error
    return f"{parsed.local_part}@{parsed.ascii_domain}"


def smtp_domain(domain):
    """Return a domain in Punycode by IDNA 2008; what is no domain, as 127.0.0.1, as it is."""
    with suppress(EmailNotValidError):
        return parse_email(f"postmaster@{domain}").ascii_domain
    return domain


def fold_email_or_none(address):
    """Return fold_email of an address, or None if it is invalid or too long."""
    with suppress(EmailNotValidError):
        return fold_email(address) if len(address) <= EMAIL_LENGTH else None


# Formatting ##################################################################

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
    return [part for part in re.split(r"\n\s*\n", text) if VISIBLE.search(part)]


def quoted(text):
    """Return a text in quotes and Unicode isolates, so that its direction stays inside."""
    return f"“\u2068{text}\u2069”"


def counted(count, noun):
    """Return a count with its noun: "1 comment", "2 comments"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


# Links #######################################################################

LINK_SIGNS = re.compile(r"\S\.\S|://|@")  # each link contains one; most words don't
# The hosts that are links without "www.": under others, "it.so" and "блог.сайт" would be too.
KNOWN_TLDS = ("com|net|int|edu|gov|org|info|mil|рф|бел|укр|срб|мкд|бг|мон|қаз|ею|ευ|ελ|հայ|გე|ישראל"
              "|مصر|السعودية|امارات|ایران|پاکستان|भारत|ভারত|ไทย|中国|中國|台灣|台湾|香港|한국")
NEIGHBOURS = rf"{UNSPACED}\p{{Hangul}}"  # stand beside an address without a space
NAME = r"\p{L}\p{M}\p{N}_%\u200c\u200d\-"  # in a host's name
INNER = rf"[[{NAME}]--[A-Za-z]]|(?<![{NEIGHBOURS}])[A-Za-z]"
LABEL = rf"[{NAME}](?:{INNER})*+\."
TLD = (r"(?:(?i:xn--)[A-Za-z\d\-]{2,59}+|[A-Za-z]{2,63}+"
       r"|[[\p{L}\p{M}\u200c\u200d]--[A-Za-z]]{2,63}+)")
HOST_END = rf"(?![[{NAME}@]--[{NEIGHBOURS}]]|\.[\p{{L}}\p{{N}}])"
# In a path: PLAIN may end it, POINT may not, GROUP is balanced brackets. Other brackets, quotes and
# the punctuation of Chinese and Japanese end the address.
PLAIN = r"[[\p{L}\p{M}\p{N}\p{S}_\u200c\u200d/\#%&@\\・\-]--[<>＜＞`]]"
POINT = r"[[.,;:!?'’‘*`\p{Po}\p{Pd}]--[\-\"#%&/@\\…・\u3000-\u303f\uff00-\uffef]]"
INSIDE = rf"(?:{PLAIN}|{POINT})"
GROUP = rf"(?:\((?:{INSIDE}|\({INSIDE}*+\))*+\)|\[{INSIDE}*+\]|\{{{INSIDE}*+\}})"
LINK = regex.compile(rf"""
    (?: (?<![A-Za-z\d+]) (?P<scheme>(?i:https?)://)
        (?! [[\x21-\x7e]--[/?\#@]]*@ )               # a user name, which can feign a host
        (?: (?: (?:[{NAME}]++\.)* {TLD} | \d{{1,3}}(?:\.\d{{1,3}}){{3}} ) {HOST_END}
          | \[[\da-fA-F]{{0,4}}:[\da-fA-F:]{{1,35}}\] )
      | (?: (?<![{NAME}.@/\\]) | (?<=(?<!\S)-) | (?<=[{NEIGHBOURS}])(?=[A-Za-z]) )
        (?=[\p{{L}}\p{{N}}_%])
        (?: (?<![+:]) (?:(?i:mailto):)? (?P<email> [\p{{L}}\p{{N}}_]
            (?: {INNER} | [.!$&'*+/=^{{|}}~] ){{0,63}}+ @ (?:{LABEL})+ {TLD} ) {HOST_END}
          | (?: (?i:www)\.(?:{LABEL})* {TLD} | (?:{LABEL})+ (?i:{KNOWN_TLDS}) ) {HOST_END} )
    )
    (?(email) | (?: :\d{{1,5}}(?!\d) )?
                (?: (?=[/?\#]) (?: {POINT}*+ (?:{PLAIN}|{GROUP}) )*+ )? )
    """, regex.V1 | regex.VERBOSE)


def split_links(text):
    """Return a text in parts with the URL of each, "" for what isn't a link: [(part, url)]."""
    parts, end = [], 0
    for word in re.finditer(r"\S+", text):
        # LINK_SIGNS is much quicker than LINK.
        for link in LINK.finditer(text, *word.span()) if LINK_SIGNS.search(word[0]) else ():
            parts += [(text[end:link.start()], ""), (link[0], link_url(link))]
            end = link.end()
    return [*parts, (text[end:], "")]


def link_url(link):
    """Return the URL of a match of LINK: an http, https or mailto one."""
    if link["email"]:
        return f"mailto:{link['email']}"
    scheme = link["scheme"] or ""
    return f"{scheme.lower() or 'https://'}{link[0][len(scheme):]}"
