"""Mentions: whom ``@Name`` names, what is linked, and who is notified."""

import pytest
from support.page_parser import hrefs, words_shown

from dreamscape import mentions
from dreamscape.blocks import add_block
from dreamscape.comments import add_comment, find_comment
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream
from dreamscape.leaving import remove_dreamer
from dreamscape.mentions import find_mentions, name_spans, split_mentions


@pytest.fixture
def say(dream, dreamer):
    """A function that lets somebody comment or reply: say("bob", "Hello", parent)."""
    def add(name, body="Hello", parent=None):
        """Return the complete comment."""
        _id = add_comment(complete_dreamer(dreamer(name)), complete_dream(dream), body,
                          parent=parent)
        return find_comment({"_id": _id})

    return add


@pytest.fixture
def mentioned(dream, dreamer):
    """A function that returns what mallory would mention with a text: {name: text}."""
    def find(text):
        """Return it by first names."""
        found = find_mentions(complete_dreamer(dreamer("mallory")), complete_dream(dream), text)
        return {site_db.dreamers.find_one({"_id": _id})["first_name"]: text
                for _id, text in found.items()}

    return find


def told(dreamer, name):
    """Return the kinds of a dreamer's notifications."""
    return sorted(each["kind"] for each in site_db.notifications.find(
        {"dreamer_id": dreamer(name)["_id"]}))


@pytest.mark.parametrize(("text", "expected"), [
    ("Ask @Bob Builder and @ada!", {"Bob": "@Bob Builder", "Ada": "@ada"}), ("@Bobby, me@Bob", {}),
    ("https://example.org/@Bob", {}), ("@Mallory @Zoe @ @@Bob", {})])
def test_a_name_in_the_conversation_after_an_at_is_a_mention(db, say, mentioned, text, expected):
    """R69: the owner and who commented, but nobody else."""
    say("bob")

    assert mentioned(text) == expected


def test_nobody_of_another_dream_or_of_a_line_beside_the_story_is_mentioned(
        db, dream, make_dream, dreamer, mentioned):
    """R69: nor of a hidden comment."""
    db.comments.insert_one({"dream_id": dream["_id"], "dreamer_id": dreamer("dora")["_id"],
                            "hidden": "Spam", "body": "Buy."})
    add_comment(complete_dreamer(dreamer("bob")), complete_dream(make_dream(title="Row")), "Hello")
    db.comments.insert_one({"dream_id": dream["_id"], "dreamer_id": dreamer("cleo")["_id"],
                            "line": True, "body": "What a day."})

    assert mentioned("@Bob, @Cleo, @Dora and @Ada") == {"Ada": "@Ada"}


def test_no_more_are_mentioned_than_the_limit(db, say, mentioned, monkeypatch):
    monkeypatch.setattr(mentions, "MENTIONS", 1)
    say("bob")

    assert mentioned("@Bob and @Ada") == {"Bob": "@Bob"}


def test_a_name_that_is_longer_in_lower_case_is_found(db, say, dreamer, mentioned):
    """R69: str.lower makes two characters of the first letter."""
    dreamer("cleo", first_name="\u0130pek", last_name="Y\u0131lmaz")
    say("cleo")

    assert mentioned("Ask @\u0130pek!") == {"\u0130pek": "@\u0130pek"}


def test_a_first_name_that_two_people_share_mentions_neither(db, say, dreamer, mentioned):
    """R69: the whole name does."""
    dreamer("cleo", first_name="Bob", last_name="Person")
    say("bob"), say("cleo")

    assert mentioned("@Bob") == {}
    assert mentioned("@Bob Person") == {"Bob": "@Bob Person"}


def test_many_at_signs_cost_little():
    names = {"n" * length for length in range(1, 101)}

    assert name_spans(" @" * 1_000, names) == []


def test_a_part_of_a_text_is_linked_where_somebody_is_mentioned():
    assert split_mentions("So @Ada, hi", {"@Ada": "ada-lovelace"}) == [
        ("So ", ""), ("@Ada", "ada-lovelace"), (", hi", "")]


def test_a_mention_links_to_the_person(db, say, dream, visitor):
    """R69."""
    say("bob", "Thank you, @Ada Lovelace!")

    page = visitor.get(f"/dreams/{dream['slug']}").text

    text = page.partition('class="comment__text">')[2].partition("</div>")[0]
    assert hrefs(text) == ["/dreamers/ada-lovelace"]


def test_a_mention_of_somebody_who_left_is_only_text(db, say, dream, dreamer, visitor):
    """R69."""
    say("bob"), say("mallory", "Hear, @Bob!")

    remove_dreamer(complete_dreamer(dreamer("bob")))

    text = visitor.get(f"/dreams/{dream['slug']}").text.rpartition('class="comment__text">')[2]
    assert "@Bob!" in text and hrefs(text.partition("</div>")[0]) == []


def test_each_person_is_told_of_a_comment_once(db, say, dreamer):
    """R69: of a reply rather than of a mention, of that rather than of a comment."""
    first, _ = say("bob"), say("cleo")

    say("mallory", "@Bob, @Cleo and @Ada!", first)

    assert [told(dreamer, name) for name in ("bob", "cleo", "ada")] == [
        ["reply"], ["mention"], ["comment", "mention"]]


def test_who_is_blocked_is_neither_mentioned_nor_told(say, dreamer, mentioned):
    """R72."""
    bob, _ = dreamer("bob"), say("bob")
    add_block(complete_dreamer(bob), complete_dreamer(dreamer("mallory")))
    viewer = {**complete_dreamer(dreamer("mallory")), "apart": {bob["_id"]}}

    assert find_mentions(viewer, {"_id": None, "dreamer_id": bob["_id"]}, "@Bob") == {}
    assert "mention" not in told(dreamer, "bob")


def test_who_is_blocked_is_not_named_in_what_others_say(say, dream, dreamer, sign_in):
    """R72."""
    say("eve", "@Bob, yes", say("bob"))
    add_block(complete_dreamer(dreamer("mallory")), complete_dreamer(dreamer("bob")))

    shown = [sign_in(name).get(f"/dreams/{dream['slug']}").text for name in ("ada", "mallory")]

    assert ["to <bdi>Bob Builder" in page for page in shown] == [True, False]
    assert ["/dreamers/bob-builder" in hrefs(page) for page in shown] == [True, False]


def test_an_edit_tells_only_those_it_mentions_anew(say, dreamer, sign_in):
    """R69."""
    say("bob"), say("cleo")
    comment = say("mallory", "@Bob!")
    site_db.notifications.delete_many({})

    sign_in("mallory").send(f"/comments/{comment['_id']}/edit", body="@Bob and @Cleo!")

    assert [told(dreamer, name) for name in ("bob", "cleo", "ada")] == [[], ["mention"], []]


def test_a_notice_of_a_reply_leads_to_it(say, sign_in):
    """R69, R70."""
    reply = say("ada", "Which one?", say("bob"))

    page = sign_in("bob").get("/notifications").text

    assert "Ada Lovelace\u2069 replied to your comment" in words_shown(page)
    assert f"/comments/{reply['_id']}" in hrefs(page)


def test_ten_people_of_the_200_newest_comments_can_be_mentioned():
    assert [mentions.MENTIONS, mentions.RECENT_SPEAKERS] == [10, 200]
