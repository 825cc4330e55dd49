"""What is done with texts: cleaning, words for search, links, addresses, and words on pages."""

import unicodedata
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import process_time

import pytest

from dreamscape import text
from dreamscape.text import (
    LINK, LINK_SIGNS, ago, clean_line, clean_text, fold_case, paragraphs, smtp_address, split_links,
    split_words,
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
    assert LINK_SIGNS.search(text) or not LINK.search(text)


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
    assert [word for word, _ in split_words(text)] == words


@pytest.mark.parametrize(("age", "words"), [
    ({"seconds": 59}, "just now"), ({"seconds": 60}, "1 minute ago"), ({"hours": 3}, "3 hours ago"),
    ({"days": 13}, "1 week ago"), ({"days": 800}, "2 years ago"), ({"days": -1}, "just now")])
def test_an_age_is_told_in_its_largest_unit(age, words):
    assert ago(datetime.now(UTC) - timedelta(**age)) == words


# What can't be seen, and what piles up #######################################

UNSEEN = (
    *"\u3164\u115f\u1160\uffa0\u2800\u034f\ufe0f\u180b\u17b4\U000e0100\U0001d159",  # reported
    *"\u00ad\u200b\u200d\u2060\ufeff\u061c\u2065\U0001d173",  # format characters
    "\u0301", "\u0e31", "\u093e", "\u20dd", "\u3099",  # marks without a letter
    "\ufffc", "\U00013441", "\U00013442",  # no text, and the blanks of hieroglyphs
    "\ue000", "\U0010fffd", "\u0378", "\U000e0041\U000e007f",  # private, unassigned, tags
    "\u1680\u3000\u2003 \u00a0")


@pytest.mark.parametrize("text", [*UNSEEN, "".join(UNSEEN)], ids=ascii)
def test_what_cannot_be_seen_counts_as_nothing(text):
    assert clean_text(text) == clean_line(f"\n{text}\u200b ") == ""


@pytest.mark.parametrize("text", [
    "❤️", "👩‍👩‍👧", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f", "🇹🇷", "👍🏽", "می‌خواهم", "ക്‍",
    "श्रीमान्‌को", "葛󠄀",
    "\u3164a", "É", "´", "…", "⠁", "￼a", "ᄀ\u1160", "١", "ॐ", "𓀀", "〼", "𝅗"], ids=ascii)
def test_what_can_be_seen_stays_as_typed(text):
    assert clean_text(text) == clean_line(text) == text


def test_a_paragraph_in_which_nothing_can_be_seen_is_none():
    assert paragraphs("One.\n\n\u3164\n\n\u2800\n\nTwo.") == ["One.", "Two."]


@pytest.mark.parametrize("text", [
    unicodedata.normalize("NFD", "Ễ ậ Ǘ"), "שָּֽׁ֣ יְרוּשָׁלִַ֔ם", "ཧྐྵྨླྺྼྻྃ", "ก็ ที่ กั้",
    "လျှို့ မြွှောင်း",
    "क्षि॑ँ", "ٱلرَّحۡمَـٰنِ ضَّٰ", "ɔ̰̃́̀", "1️⃣", "ノ゙"], ids=ascii)
def test_no_mark_of_a_writing_is_cut(text):
    assert clean_text(text) == text


@pytest.mark.parametrize(("pile", "most"), [
    ("\u0301", 4), ("\u0301\u0316\u0338", 4), ("\u0e34", 8), ("\u0e49", 8), ("\u064b", 4),
    ("\u0301\u200d", 4), ("\u0301\u034f", 4), ("\u20dd", 4), ("\u3099", 4), ("\u0fb2", 8),
    ("\u0301\u0e34", 8)], ids=ascii)
def test_a_letter_has_a_few_marks_at_most(pile, most):
    text = clean_line(f"a{pile * 30}b")

    marks = [letter for letter in text if unicodedata.combining(letter) or
             unicodedata.category(letter).startswith("M")]
    assert text[0] + text[-1] == "ab"
    assert len(marks) == most


@pytest.mark.parametrize("unit", [
    "\u0301", "\u0301\u200b", "a\u0301\u200b", "\u200b", "\u0301\u0e34", "\u2800", "\n "])
def test_cleaning_an_endless_text_takes_no_time(unit):
    begin = process_time()

    clean_text(unit * 50_000)

    assert process_time() - begin < 0.5


# Links #######################################################################


def find_links(text):
    """Return what is a link in a text, and check that the parts are the whole text."""
    parts = split_links(text)
    assert "".join(part for part, _ in parts) == text
    return [part for part, url in parts if url]


A = "https://example.org/a"


@pytest.mark.parametrize(("text", "url"), [
    ("Https://example.org/a", A), ("HTTPS://EXAMPLE.ORG/A", "https://EXAMPLE.ORG/A"),
    ("hTTp://example.org", "http://example.org"), ("example.com/A", "https://example.com/A"),
    ("WWW.example.org", "https://WWW.example.org"), ("ada@example.org", "mailto:ada@example.org"),
    ("MailTo:ada@example.org", "mailto:ada@example.org")])
def test_a_link_leads_where_it_says(text, url):
    assert split_links(text) == [("", ""), (text, url), ("", "")]


@pytest.mark.parametrize("around", [
    "“%s”", "”%s”", "„%s“", "‚%s‘", "«%s»", "»%s«", "« %s »", "‹%s›", "‘%s’", "「%s」", "『%s』",
    "（%s）", "《%s》", "〈%s〉", "【%s】", "〔%s〕", "［%s］", "＜%s＞", "＂%s＂",
    '"%s"', "'%s'", "(%s)", "[%s]", "{%s}", "<%s>", "`%s`", "**%s**", "(%s).", "“%s”.",
    "\u2068%s\u2069", "请看%s。", "見て、%s！", "여기%s", "ดู%s", "ဒီ%s", "%s…", "%s...",
    "%s!", "%s?", "%s;", "%s:", "%s,", "%s.", "%s？", "%s；", "%s：", "%s、", "%s，", "%s．",
    "%s؟", "%s، ثم", "%s؛", "%s।", "%s։",
    "%s ‒", "%s—", "–%s", "-%s", "•%s", "%s*", "[here](%s)は", "a (%s), b"])
@pytest.mark.parametrize("address", [
    "https://example.org", "http://example.org/b/", "www.example.org", "example.com",
    "https://пример.рф/б/", "ada@example.org"])
def test_what_stands_around_an_address_is_not_part_of_it(around, address):
    assert find_links(around.replace("%s", address)) == [address]


@pytest.mark.parametrize("address", [
    "https://пример.рф", "пример.рф", "www.пример.рф/а", "https://bücher.example/", "bücher.com",
    "www.bücher.example", "παράδειγμα.ελ", "مثال.مصر", "https://例え.テスト/", "https://उदाहरण.भारत",
    "https://xn--e1afmkfd.xn--p1ai/", "https://می‌خواهم.ایران/", "почта@пример.рф",
    "jürgen@bücher.example", "o'brien+a@mail.example.org", "日本語.com", "x.com", "a-b.org",
    "https://en.wikipedia.org/wiki/Sail_(song)", "https://example.org/a_(b_(c))_d",
    "https://fr.wikipedia.org/wiki/Côte_d’Ivoire", "https://ja.wikipedia.org/wiki/日本",
    "https://example.org/a?b=c&d[]=e#!/f", "https://example.org?a=b", "https://example.org:8080/x",
    "http://localhost:5000/x", "http://192.168.0.1/x", "http://[::1]:80/x", "example.com:80/a",
    "https://example.org/a%20b~c!d;e=f,g", "https://example.org/dQw4w9_-", "https://a_b.example.org",
    "https://web.archive.org/web/2020/http://example.com/", "https://example.org/@ada/1.5,2",
    "https://example.org/👩‍👧"])
def test_an_address_is_a_link_as_a_whole(address):
    assert find_links(f"{address} ({address}) {address}.") == [address] * 3


@pytest.mark.parametrize("text", [
    "javascript:alert(1)", "JavaScript://example.org/%0aalert(1)", "data:text/html,x",
    "ftp://a.org/",
    "xhttps://example.org", "//example.org/a", "I like it.so much", "Привет.Как дела",
    "3.5 m", "@home", "https://", "https://user:word@example.org/",
    "https://example.org@evil.example/", "README.md",
    "example.com.invalid", "../example.com", "@example.com", "https://a", "www.", "a@b",
    "https://example.org\\@evil.example"])
def test_what_only_looks_like_an_address_is_no_link(text):
    assert {url.partition("//")[2] for _, url in split_links(text)} <= {"", "a"}


@pytest.mark.parametrize("text", [
    "https://example.org/\"onclick=", "https://example.org/'><script>", "https://e.org/\u202egnp",
    "javascript:https://example.org", "a@b.org?bcc=c@d.org"])
def test_no_link_has_a_quote_or_another_scheme(text):
    urls = [url for _, url in split_links(text) if url]

    assert urls
    assert set("".join(urls)) & set("\"<>?\u202e") == set()
    assert {url.partition(":")[0] for url in urls} <= {"http", "https", "mailto"}


@pytest.mark.parametrize("unit", [
    ".", "(", "a.", "http://", "@", "a@", "www.", "-", '"', "a-", "日a", "日a.", "a.@", ":1",
    "a.b-",
    "https://a:", "https://e.org/(", "https://e.org/[", "https://e.org/((a)", "https://e.org/.)a"])
@pytest.mark.parametrize("start", ["", "https://e.org/", "https://", "a@", "https://e.org/("])
def test_links_of_an_endless_text_take_no_time(start, unit):
    begin = process_time()

    split_links(start + unit * (20_000 // len(unit)))

    assert process_time() - begin < 0.5


def test_of_texts_there_are_these_numbers():
    numbers = {"PREFIX_LENGTH": 15, "PATH_LENGTH": 1_500, "EMAIL_LENGTH": 254, "AGES": (
        (365 * 86_400, "year"), (30 * 86_400, "month"), (7 * 86_400, "week"), (86_400, "day"),
        (3_600, "hour"), (60, "minute"))}

    assert {name: getattr(text, name) for name in numbers} == numbers


# Search and matching, as tables ##############################################


@pytest.mark.parametrize(("word", "others"), [
    ("sail", "sails"), ("sails", "sail"), ("boxes", "boxe box"), ("cities", "citie city"),
    ("city", "cities"), ("bus", "buses"), ("glass", "glasses"), ("hero", "heros heroes"),
    ("heroes", "heroe hero"), ("church", "churches"), ("day", "days"), ("movies", "movie movy"),
    ("lens", ""), ("news", ""), ("go", ""), ("ox", ""), ("as", ""), ("Café", "")])
def test_an_english_word_has_these_other_numbers(word, others):
    assert " ".join(text.other_numbers(word)) == others


def test_a_text_is_indexed_by_these_tokens():
    assert text.index_words("Sail o'neil", "@") == [
        "@n", "@ne", "@nei", "@neil", "@neil.", "@o", "@o.", "@on", "@one", "@onei", "@oneil",
        "@oneil.", "@s", "@sa", "@sai", "@sail", "@sail."]
    assert text.index_words("a" * 20) == [*("a" * size for size in range(1, 16)), f"{'a' * 20}."]
    assert text.spellings("Łódź", "Łł") == ["Lodz", "Ll", "Łódź", "Łł"]
    assert split_words("o’connell ๒๕๖๗ 環遊") == [
        ("o", "o’connell"), ("connell", "o’connell"), ("๒๕", "๒๕๖๗"), ("๕๖", "๒๕๖๗"),
        ("๖๗", "๒๕๖๗"), ("๗", "๒๕๖๗"), ("環遊", "環遊"), ("遊", "遊")]


def test_a_search_looks_for_these_tokens():
    assert text.search_words("sails o'neil boats ships", 4) == [
        ["sails", "@sails", "sail."], ["boats", "@boats", "boat."],
        ["neil", "oneil", "o'neil", "@neil", "@oneil", "@o'neil"],
        ["o", "oneil", "o'neil", "@o", "@oneil", "@o'neil"]]
    assert text.search_words("boxes", 4) == [["boxes", "@boxes", "boxe.", "box."]]
    assert text.search_words("a" * 20, 1) == [["a" * 15, f"@{'a' * 15}"]]
    assert text.skill_words("C++ weaving 製本") == [["weaving.", "weavings."], ["c++."], ["製本."]]
    assert text.skill_words("製") == []


def test_needs_and_skills_match_by_these_words():
    words = ("a", "ab", "12", "the", "製本", "の", "のこ", "製")

    assert [word for word in words if text.is_matching_word(word)] == ["ab", "製本"]
    assert text.matching_words(["The weaving of hats", "a 12 hats x 製本の"]) == [
        "weaving.", "hats.", "製本."]
    assert text.with_other_numbers(["hat.", "loom."], 9) == ["hat.", "loom.", "hats.", "looms."]
    assert text.with_other_numbers(["hat.", "loom."], 3) == ["hat.", "loom.", "hats."]


@pytest.mark.parametrize("part", ["a-", "a\u2019", "\u0664\u200d"])
def test_a_compound_of_many_parts_is_folded_once(monkeypatch, part):
    """Folding it for each of its parts took minutes for 100,000 characters."""
    folded, fold = [], text.fold_word
    monkeypatch.setattr(text, "fold_word", lambda word: folded.append(len(word)) or fold(word))

    text.matching_words([part * 1_000])

    assert sum(folded) <= 4_000


def test_a_letter_is_folded_so():
    folded = {letter: text.fold_letter(letter) for letter in "aøđßجआ़０٣ّŁ'ӱ"}

    assert folded == {"a": "a", "ø": "o", "đ": "d", "ß": "ß", "ج": "ج", "आ": "आ", "़": "",
                      "０": "0", "٣": "3", "ّ": "", "Ł": "L", "'": "", "ӱ": "у"}


def test_these_paths_are_of_this_site():
    longest = f"/{'x' * 1_499}"
    paths = ("/a?b", "//a", "/\\a", "a", "", None, "/a\\b", "/a\nb", "/a\ud800", longest,
             f"{longest}x", f"/{'夢' * 499}", f"/{'夢' * 500}")

    assert [path for path in paths if text.safe_path(path)] == ["/a?b", longest, f"/{'夢' * 499}"]


def test_an_email_address_is_folded_so():
    assert text.lower_email(" ＡDA@Example.COM ") == "ada@example.com"
    assert text.fold_email("ADA@bücher.example") == "ada@bücher.example"
    assert smtp_address("ada@bücher.example") == "ada@xn--bcher-kva.example"
    assert [text.smtp_domain(name) for name in ("bücher.example", "127.0.0.1")] == [
        "xn--bcher-kva.example", "127.0.0.1"]
    spaces = " " * (254 - len("ada@b.test"))
    assert [text.fold_email_or_none(each) for each in (
        "ada", "ada@b.test", f"ada@b.test{spaces}", f"ada@b.test{spaces} ")] == [
        None, "ada@b.test", "ada@b.test", None]


def test_words_on_pages_are_these():
    assert [text.counted(count, "dream") for count in range(3)] == [
        "0 dreams", "1 dream", "2 dreams"]
    assert text.quoted("Sail") == "“\u2068Sail\u2069”"
    assert text.printable_xml("a\0b\ufffec") == "abc"


@pytest.mark.parametrize("sign", ["\ufdd0", "\ufffe", "\uffff", "\U0001ffff"])
def test_signs_that_are_no_characters_are_left_out(sign):
    """A page that holds one is no valid HTML."""
    assert text.clean_text(f"a{sign}b") == "ab"
    assert text.idempotency_key("a", "b") == sha256(b"a\0b").hexdigest()


def test_no_address_is_looked_up_in_dns(monkeypatch):
    """An undeliverable one fails when it is sent to."""
    monkeypatch.delattr("email_validator.deliverability.validate_email_deliverability")

    assert text.fold_email("ada@example.org") == "ada@example.org"
