"""Pages about the site: ours, an operator's own in Markdown, and security.txt."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from support.html_checker import check_page
from support.page_parser import hrefs, words_shown

import app as site
from dreamscape import pages
from dreamscape.pages import PAGE_BYTES, PAGES, longest_window, parse_own_page
from dreamscape.reports import RULES
from dreamscape.settings import SESSION_LIFETIME
from dreamscape.subjects import all_subjects

CONTACT = "help+dreams@example.org"
EVERY = sorted(PAGES)


@pytest.fixture
def contact(monkeypatch):
    """Have the operator name an address."""
    monkeypatch.setitem(site.settings, "CONTACT_EMAIL", CONTACT)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write an operator's page: own("about", "# Hello")."""
    monkeypatch.setitem(site.settings, "PAGES", tmp_path / "pages")
    (tmp_path / "pages").mkdir()

    def write(name, text):
        """Write the file; return its path."""
        path = tmp_path / "pages" / f"{name}.md"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# Our own #####################################################################


@pytest.mark.parametrize("name", EVERY)
def test_a_visitor_reads_a_page_about_the_site(db, visitor, name):
    """R59."""
    answer = visitor.get(f"/{name}")

    assert answer.status_code == 200
    assert f"<title>{PAGES[name][0]} · Dreamscape</title>" in answer.text
    assert f'<meta name="description" content="{PAGES[name][1]}">' in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere", "/dreams/sail-around-the-world"])
@pytest.mark.parametrize("name", [None, "bob"])
def test_every_page_leads_to_them(db, dream, visitor, sign_in, path, name):
    """R59."""
    client = sign_in(name) if name else visitor
    page = client.get(path, follow_redirects=True).text

    assert hrefs(page.partition("<footer")[2]) == ["/about", "/rules", "/privacy"]
    assert page.partition("<body")[2].count("Write down what you hope for") == 1


@pytest.mark.parametrize("name", ["about", "privacy", "rules"])
def test_the_contact_is_named(db, visitor, contact, name):
    """R59."""
    page = visitor.get(f"/{name}").text

    assert f"mailto:{CONTACT}" in hrefs(page)
    assert CONTACT in words_shown(page)
    assert "test copy" not in page


@pytest.mark.parametrize("name", ["about", "privacy"])
def test_without_a_contact_the_page_says_that_it_is_a_test_copy(db, visitor, name):
    """R59."""
    page = visitor.get(f"/{name}").text

    assert "it's probably a local or test copy" in page
    assert "mailto:" not in page


def test_a_contact_with_signs_of_an_address_makes_one_address(db, visitor, monkeypatch):
    monkeypatch.setitem(site.settings, "CONTACT_EMAIL", "a?b&c%d\"<@example.org")

    page = visitor.get("/about").text

    assert "mailto:a%3Fb%26c%25d%22%3C@example.org" in hrefs(page)


def test_signing_up_leads_to_the_rules_and_to_privacy(db, visitor):
    """R59."""
    form = visitor.get("/signup").text.partition("<main")[2].partition("</form>")[0]

    assert {"/rules", "/privacy"} <= set(hrefs(form))


def test_there_are_few_rules_each_with_an_anchor(db, visitor):
    """R59."""
    page = visitor.get("/rules").text

    assert 3 < len(RULES) <= 10
    assert re.findall(r'<li id="(\w+)"', page) == [*RULES]
    assert all(rule.sentence in words_shown(page) for rule in RULES.values())


@pytest.mark.parametrize("name", EVERY)
def test_a_database_that_is_away_keeps_no_visitor_from_them(visitor, monkeypatch, name):
    monkeypatch.setattr("dreamscape.database.db.database", None)

    assert visitor.get(f"/{name}").status_code == 200


# What the page on privacy says of each collection; None for what is about nobody.
TOLD = {
    "dreamers": "Your email address.", "dreams": "your dreams and comments",
    "comments": "stays, without your name", "follows": "Of follows, cheers, likes and dislikes",
    "cheers": "Of follows, cheers, likes and dislikes",
    "blocks": "Who you've blocked.", "updates": "the updates of your dreams",
    "reactions": "Of follows, cheers, likes and dislikes", "reports": "Moderators see reports",
    "audit": "moderators' log", "slugs": "we keep a code made from each",
    "drafts": "Drafts of what you couldn't send", "mails": "Our emails go through",
    "offers": "Your offers of help", "messages": "the messages about them",
    "asks": "whom you asked for help",
    "notifications": "Your notifications, for 90 days",
    "limits": "we count attempts", "topics": None, "leftovers": None,
}


def test_privacy_tells_of_everything_that_is_stored(db, visitor, server):
    """R59: what a new collection stores has to be told there."""
    words = words_shown(visitor.get("/privacy").text)

    assert TOLD.keys() == dict(all_subjects()).keys()
    assert [told for told in TOLD.values() if told and told not in words] == []


def test_privacy_names_the_times_in_the_settings(db, visitor, server, monkeypatch):
    """R59."""
    monkeypatch.setattr("dreamscape.pages.DRAFT_LIFETIME", timedelta(days=41))
    monkeypatch.setattr("dreamscape.pages.UNCONFIRMED_LIFE", timedelta(days=42))
    monkeypatch.setattr("dreamscape.pages.MAIL_MAX_AGE", timedelta(hours=43))

    words = words_shown(visitor.get("/privacy").text)

    assert all(told in words for told in ("for 41 days", "after 42 days", "after 43 hours"))
    assert f"{SESSION_LIFETIME.days} days after your last visit" in words


@pytest.mark.parametrize(("keys", "longest"), [
    (("network",), timedelta(minutes=15)), (("network", "viewer"), timedelta(days=1))])
def test_the_longest_time_of_a_counter_is_that_of_its_limits(keys, longest):
    assert longest_window(*keys) == longest


@pytest.mark.parametrize(("url", "told"), [
    (None, "Pictures are stored on this site."),
    ("cloudinary://a:b@c", "Pictures are stored by Cloudinary")])
def test_privacy_tells_where_pictures_are(db, visitor, monkeypatch, url, told):
    monkeypatch.setitem(site.settings, "CLOUDINARY_URL", url)

    assert told in words_shown(visitor.get("/privacy").text)


def test_privacy_names_the_only_cookie(db, visitor):
    visitor.get("/login")
    assert visitor.get_cookie(site.settings["SESSION_COOKIE_NAME"])

    page = visitor.get("/privacy").text

    assert f"<code>{site.settings['SESSION_COOKIE_NAME']}</code>" in page


# An operator's own ###########################################################


@pytest.mark.parametrize("name", EVERY)
def test_an_operator_replaces_a_page(db, visitor, own, name):
    """R59."""
    own(name, "# The *Tea* House\n\nWe meet [here](https://example.org).")

    page = visitor.get(f"/{name}").text

    assert "<title>The Tea House · Dreamscape</title>" in page
    assert re.findall("<h1[^>]*>([^<]*)", page) == ["The Tea House"]
    assert '<p>We meet <a href="https://example.org">here</a>.</p>' in page


def test_a_changed_page_is_shown_at_once(db, visitor, own):
    """R59."""
    own("about", "First")
    tag = visitor.get("/about").headers["ETag"]
    path = own("about", "Second")
    assert "<p>Second</p>" in visitor.get("/about", headers={"If-None-Match": tag}).text

    path.unlink()

    assert "Who runs this site" in visitor.get("/about").text


def test_a_replaced_page_is_cached_like_ours(db, visitor, own):
    own("about", "Hello")

    headers = visitor.get("/about").headers

    assert headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("text", [
    "No heading", "## Second level", "Words\n\n# Late", "#", "[a]: b", "\ufeff# \u200b"])
def test_a_page_without_a_title_has_ours(db, visitor, own, text):
    own("about", text)

    assert re.findall("<h1[^>]*>([^<]*)", visitor.get("/about").text) == ["About Dreamscape"]


@pytest.mark.parametrize(("text", "tags"), [
    ("# A\n# B\n## C\n# D", "h2 h3 h2"), ("# A\n\n#### B\n## C", "h2 h2"),
    ("x\n\n# A\n\n###### B\n\n### C", "h2 h3 h3"), ("A\n=\nB\n-\n> # C", "h2 h2"),
    ("\n".join("#" * level + " x" for level in range(1, 7)), "h2 h3 h4 h5 h6"),
    ("x\n" + "\n".join("#" * level + " x" for level in range(1, 7)), "h2 h3 h4 h5 h6 h6")])
def test_headings_are_numbered_without_a_gap_below_the_only_h1(text, tags):
    """R34."""
    html = parse_own_page(text).html

    assert re.findall(r"<(h\d)>", html) == tags.split()
    assert re.findall(r"</(h\d)>", html) == tags.split()


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "x <b onclick=alert(1)>y</b>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt&colon;alert(1))", "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))", "<javascript:alert(1)>", "[x](vbscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)", "![x](javascript:alert(1))",
    '[x](/y "\\"onmouseover=alert(1)")', "[x]: javascript:alert(1)\n\n[x]",
    "# <script>alert(1)</script>", "``` \"onclick=alert(1)\nx\n```", "| a |\n|:-:|\n| b |",
    "</div></main><form action=//evil.example>", "<!-- x", "<?php x", "{{ 7 * 7 }}", "a\0b\x1b\x85"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_harms_nobody(db, visitor, own, text):
    """R59."""
    own("about", f"{text}\n\nThe end.")

    page = visitor.get("/about").text

    assert check_page(page) == []
    assert page.count("<script") == visitor.get("/rules").text.count("<script")
    assert not re.search(r'(?i)<[^>]*\s(?:on\w+|style)=|="\s*(?:javascript|vbscript|data):', page)
    assert "49" not in words_shown(page)


def test_the_same_markdown_could_do_harm_otherwise(own):
    """Not vacuous: the links that are good stay links."""
    html = parse_own_page("[x](/y) <https://example.org> ![z](/z.png)").html

    assert hrefs(html) == ["/y", "https://example.org"]
    assert '<img src="/z.png" alt="z">' in html


@pytest.mark.parametrize("content", [
    b"\xff\xfe# x", b"# caf\xe9", b"x" * (PAGE_BYTES + 1)], ids=["UTF-16", "Latin-1", "long"])
def test_a_file_that_cannot_be_used_is_logged_and_ours_is_shown(db, visitor, own, caplog, content):
    """R59."""
    own("about", content)

    page = visitor.get("/about").text

    assert "Who runs this site" in page
    assert "pages/about.md is not shown" in caplog.text


def test_a_file_that_cannot_be_read_is_logged_and_ours_is_shown(db, visitor, own, caplog):
    """R5: reading this one fails with an OSError, on Linux."""
    own("about", "x").unlink()
    (site.settings["PAGES"] / "about.md").symlink_to("/proc/self/mem")

    assert "Who runs this site" in visitor.get("/about").text
    assert "pages/about.md is not shown" in caplog.text


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u200b", "\ufeff"])
def test_an_empty_file_replaces_nothing(db, visitor, own, text):
    own("about", text)

    assert "Who runs this site" in visitor.get("/about").text


def test_the_longest_page_is_shown(db, visitor, own):
    own("about", "word " * (PAGE_BYTES // 5))

    assert visitor.get("/about").text.count("word") >= PAGE_BYTES // 5


# security.txt ################################################################


def fields_of(visitor):
    """Return the fields of security.txt, {name: value}."""
    lines = visitor.get("/.well-known/security.txt").text.splitlines()
    return dict(line.split(": ", 1) for line in lines if not line.startswith("#"))


def test_security_txt_names_whom_to_tell_of_a_hole(db, visitor, contact):
    """R58, R59: RFC 9116."""
    fields = fields_of(visitor)

    assert fields.pop("Expires")
    assert fields == {
        "Contact": f"mailto:{CONTACT}", "Preferred-Languages": "en",
        "Canonical": f"{site.settings['BASE_URL']}/.well-known/security.txt"}


def test_security_txt_expires_within_a_year(db, visitor):
    """R59."""
    expires = datetime.fromisoformat(fields_of(visitor)["Expires"])

    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


def test_security_txt_is_plain_text_for_everybody(visitor, sign_in, db):
    for client in (visitor, sign_in("bob")):
        answer = client.get("/.well-known/security.txt")

        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Set-Cookie" not in answer.headers


def test_security_txt_of_a_test_copy_says_so(db, visitor):
    text = visitor.get("/.well-known/security.txt").text

    assert text.startswith("# Nobody has set up a contact: this is a local or test copy.\n")
    assert f"Contact: mailto:{site.settings['MAIL_DEFAULT_SENDER']}\n" in text


def test_these_are_the_pages():
    assert {**PAGES} == {
        "about": ("About Dreamscape",
                  "What Dreamscape is, how it works, and who runs this site."),
        "rules": ("Our rules", "What we ask of everyone on Dreamscape, and what moderators do."),
        "privacy": ("Your privacy", "What Dreamscape stores about you, for how long, who can see "
                                    "it, and how to download or delete it.")}
    assert (pages.SECURITY_TXT_LIFE.days, PAGE_BYTES, pages.PAGE_CACHE) == (180, 30_000, 6)
