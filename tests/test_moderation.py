"""Moderation: what is reported, what is done about it, and that each act is in the log."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from bson import ObjectId
from support.failing_database import outage
from support.page_parser import (
    comments_shown, dreams_shown, error_of, form_of, hrefs, next_href, next_of, words_shown,
)
from support.concurrency import post_concurrently

import app as site
from dreamscape import moderation, reports, topics
from dreamscape.blocks import add_block
from dreamscape.database import db as site_db
from dreamscape.comments import add_comment
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream
from dreamscape.leaving import dump_json, find_exported_documents, remove_dreamer
from dreamscape.moderation import ACTS, CONTENT_ACTS, SUSPENSIONS, set_hidden, set_role
from dreamscape.reports import RULES, add_report, count_open_reports
from dreamscape.updates import add_update
from dreamscape.topics import TOPICS, topics_cache
from dreamscape.text import quoted

SLUG = "sail-around-the-world"
WHY = "It is not kind."


@pytest.fixture
def admin(dreamer, sign_in):
    """The browser of zoe, an administrator."""
    dreamer("zoe", role="administrator")
    return sign_in("zoe")


@pytest.fixture
def act(sign_in):
    """Do something as a moderator: act("hide", "dream", dream)."""
    def send(act, kind, document, client=None, **fields):
        """Send the act; return the answer."""
        path = f"/moderation/{kind}/{document['_id']}/{act}"
        return (client or sign_in("mod")).send(path, **{"reason": WHY} | fields)

    return send


def report_of(kind, dream, comment):
    """Return the address that reports ada's dream, or bob's comment."""
    return f"/dreams/{dream['slug']}/report" if kind == "dream" else (
        f"/comments/{comment['_id']}/report")


KINDS = [("dream", "bob"), ("comment", "ada")]  # and who may report it

# Reporting ###################################################################


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_report_is_kept_with_what_it_is_about(db, dream, comment, dreamer, sign_in, kind, name):
    sign_in(name).send(report_of(kind, dream, comment), reason=WHY)

    kept, target = db.reports.find_one(), {"dream": dream, "comment": comment}[kind]
    told = {key: kept[key] for key in ("dreamer_id", "kind", "target_id", "reason")}
    assert told == {"dreamer_id": dreamer(name)["_id"], "kind": kind, "reason": WHY,
                    "target_id": target["_id"]}
    assert kept["called"] == target.get("title", target.get("body"))


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_report_leads_back_and_says_what_comes_next(db, dream, comment, sign_in, kind, name):
    """R44."""
    client = sign_in(name)

    answer = client.send(report_of(kind, dream, comment), reason=WHY, next="/dreamscape?q=sail")

    at = {"dream": f"dream-{SLUG}", "comment": f"comment-{comment['_id']}"}[kind]
    assert answer.location == f"/dreamscape?q=sail#{at}"
    assert "A moderator will take a look." in client.get("/dreamscape").text


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_report_keeps_the_rule_it_is_about(db, dream, comment, sign_in, kind, name):
    """R59."""
    sign_in(name).send(report_of(kind, dream, comment), reason=WHY, rule="kindness")

    assert db.reports.find_one()["rule"] == "kindness"


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_report_without_a_rule_is_about_something_else(db, dream, comment, sign_in, kind, name):
    """R59."""
    sign_in(name).send(report_of(kind, dream, comment), reason=WHY)

    assert db.reports.find_one()["rule"] == "other"


@pytest.mark.parametrize("rule", ["nonsense", "", "Kindness", "kindness\x00x", "$ne"])
def test_an_unknown_rule_is_refused_by_its_field(db, dream, sign_in, rule):
    """R59."""
    answer = sign_in("bob").send(f"/dreams/{SLUG}/report", reason=WHY, rule=rule)

    assert answer.status_code == 422
    assert error_of(answer, "rule") == "Please choose a rule from the list."
    assert WHY in answer.text
    assert db.reports.count_documents({}) == 0


def test_the_error_summary_leads_to_the_rules(db, dream, sign_in):
    page = sign_in("bob").send(f"/dreams/{SLUG}/report", reason=WHY, rule="unknown").text

    assert '<a href="#rule">' in page
    assert '<fieldset class="field field--group" id="rule" tabindex="-1" aria-' in page


def test_a_suspension_takes_one_of_these():
    """Days, as the form sends them."""
    assert SUSPENSIONS == {"7": "A week", "30": "A month", "365": "A year",
                           "for-good": "Permanently"}


def test_the_rules_are_these():
    """Reports and decisions store their ids."""
    assert [*RULES] == ["kindness", "respect", "privacy", "honesty", "scams", "authorship",
                        "safety", "law"]
    assert all(all(rule) for rule in RULES.values())


def test_the_form_offers_the_rules_of_the_page_and_something_else(db, dream, sign_in):
    """R59."""
    bob = sign_in("bob")

    offered = re.findall(r'name="rule" type="radio" value="(\w+)"',
                         bob.get(f"/dreams/{SLUG}/report").text)

    assert offered == [*re.findall(r'<li id="(\w+)"', bob.get("/rules").text), "other"]


def test_a_refused_report_keeps_its_rule(db, dream, sign_in):
    """R4, R59."""
    answer = sign_in("bob").send(f"/dreams/{SLUG}/report", reason="x" * 501, rule="safety")

    assert form_of(answer, "reason")["rule"] == ["safety"]


@pytest.mark.parametrize("place", ["/moderation", "/moderation/dream/{}"])
def test_moderators_see_the_rule_of_a_report(db, dream, dreamer, sign_in, place):
    """R59."""
    add_report(dreamer("bob"), "dream", dream, WHY, "kindness")

    page = sign_in("mod").get(place.format(dream["_id"])).text

    assert "/rules#kindness" in hrefs(page)
    assert "Rule: Be kind" in words_shown(page)


@pytest.mark.parametrize("place", ["/moderation", "/moderation/dream/{}"])
@pytest.mark.parametrize(("rule", "shown"), [("other", True), ("gone", False), (None, False)])
def test_an_old_or_other_rule_breaks_no_page(db, dream, dreamer, sign_in, place, rule, shown):
    """R28."""
    add_report(dreamer("bob"), "dream", dream, WHY, rule)

    words = words_shown(sign_in("mod").get(place.format(dream["_id"])).text)

    assert WHY in words
    assert ("Rule: Something else" in words, "Rule:" in words) == (shown, shown)


def test_who_reported_something_downloads_its_rule(db, dream, dreamer):
    """R59."""
    add_report(dreamer("bob"), "dream", dream, WHY, "kindness")

    exported = dict(find_exported_documents(complete_dreamer(dreamer("bob"))))

    assert exported["reports"]["rule"] == "kindness"


def test_a_rule_waits_with_its_report_until_after_the_sign_in(db, dream, sign_in):
    """R29, R59."""
    bob = sign_in("bob")
    db.dreamers.update_many({}, {"$set": {"sign_ins": []}})

    answer = bob.post(f"/dreams/{SLUG}/report", data={"reason": WHY, "rule": "safety"},
                      headers={"Origin": "http://localhost"})

    page = sign_in("bob").get(next_of(answer))
    assert form_of(page, "reason")["rule"] == ["safety"]


def test_a_rule_alone_makes_no_draft(db, dream, sign_in):
    bob = sign_in("bob")
    db.dreamers.update_many({}, {"$set": {"sign_ins": []}})

    bob.post(f"/dreams/{SLUG}/report", data={"reason": "", "rule": "safety"},
             headers={"Origin": "http://localhost"})

    assert db.drafts.count_documents({}) == 0


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_report_is_asked_about_first(db, dream, comment, sign_in, kind, name):
    answer = sign_in(name).get(report_of(kind, dream, comment) + "?next=/dreamscape")

    assert '<input type="hidden" name="next" value="/dreamscape">' in answer.text
    assert db.reports.count_documents({}) == 0


@pytest.mark.parametrize(("reason", "says"), [
    ("", "Tell us what&#39;s wrong."), (" \n\t ", "Tell us what&#39;s wrong."),
    ("x" * 501, "Please use at most 500 characters.")])
def test_a_report_without_a_fitting_reason_is_refused(db, dream, sign_in, reason, says):
    answer = sign_in("bob").send(f"/dreams/{SLUG}/report", reason=reason, rule="other")

    assert answer.status_code == 422
    assert says in answer.text
    assert db.reports.count_documents({}) == 0


def test_no_rule_is_chosen_before_somebody_does(db, dream, sign_in):
    """R59: so a report sent at once asks for the rule, and for nothing else."""
    bob = sign_in("bob")
    chosen = form_of(bob.get(f"/dreams/{SLUG}/report"), "reason").get("rule")

    answer = bob.send(f"/dreams/{SLUG}/report", reason=" ")

    assert (chosen, answer.status_code) == (None, 422)
    assert error_of(answer, "rule") == "Please choose a rule from the list."
    assert 'id="reason-error"' not in answer.text
    assert db.reports.count_documents({}) == 0


@pytest.mark.parametrize(("kind", "name"), [("dream", "ada"), ("comment", "bob")])
def test_nobody_reports_what_is_their_own(db, dream, comment, sign_in, kind, name):
    answer = sign_in(name).send(report_of(kind, dream, comment), reason=WHY)

    assert answer.status_code == 403
    assert db.reports.count_documents({}) == 0


def test_a_thing_is_reported_once_by_a_dreamer(real_db, dream, sign_in):
    """R46."""
    post_concurrently([sign_in("bob") for _ in range(6)], f"/dreams/{SLUG}/report", reason=WHY)

    assert real_db.reports.count_documents({}) == 1


def test_several_dreamers_report_the_same(db, dream, sign_in):
    for name in ("bob", "mallory"):
        sign_in(name).send(f"/dreams/{SLUG}/report", reason=WHY)

    assert db.reports.count_documents({}) == 2


@pytest.mark.parametrize("is_blocked", [False, True])
def test_a_person_is_reported_from_their_page(db, dreamer, sign_in, is_blocked):
    """Also from the page that stands for it after a block."""
    ada, bob = dreamer("ada"), sign_in("bob")
    if is_blocked:
        add_block(dreamer("bob"), ada)
    assert "/dreamers/ada-lovelace/report" in hrefs(bob.get("/dreamers/ada-lovelace").text)
    assert "Ada Lovelace" in words_shown(bob.get("/dreamers/ada-lovelace/report").text)

    answer = bob.send("/dreamers/ada-lovelace/report", reason=WHY, rule="honesty")

    kept = db.reports.find_one()
    assert answer.location == "/dreamers/ada-lovelace"
    assert {key: kept[key] for key in ("kind", "target_id", "about_id", "called", "rule")} == {
        "kind": "dreamer", "target_id": ada["_id"], "about_id": ada["_id"],
        "called": "Ada Lovelace", "rule": "honesty"}
    case = sign_in("mod").get(f"/moderation/dreamer/{ada['_id']}").text
    assert WHY in words_shown(case)
    assert "this person" in words_shown(sign_in("mod").get("/moderation").text)


def test_no_page_asks_to_report_oneself(dreamer, sign_in):
    ada = sign_in("ada")

    assert "/report" not in ada.get("/dreamers/ada-lovelace").text
    assert ada.get("/dreamers/ada-lovelace/report").status_code == 403


def test_reports_about_a_person_end_with_their_account(db, dreamer):
    ada = complete_dreamer(dreamer("ada"))
    add_report(dreamer("bob"), "dreamer", ada | {"dreamer_id": ada["_id"]}, WHY)

    remove_dreamer(ada)

    assert db.reports.count_documents({}) == 0


def test_a_report_about_what_goes_that_moment_does_not_stay(db, dream, dreamer):
    db.dreams.delete_many({})

    assert not add_report(dreamer("bob"), "dream", dream, WHY)
    assert db.reports.count_documents({}) == 0


def test_a_report_about_what_goes_that_moment_leaves_those_of_others(db, dream, dreamer):
    add_report(dreamer("mallory"), "dream", dream, WHY)
    db.dreams.delete_many({})

    assert not add_report(dreamer("bob"), "dream", dream, WHY)
    assert [each["dreamer_id"] for each in db.reports.find()] == [dreamer("mallory")["_id"]]


def test_the_words_of_a_report_are_kept_until_after_the_sign_in(db, dream, sign_in):
    """R29."""
    bob = sign_in("bob")
    db.dreamers.update_many({}, {"$set": {"sign_ins": []}})

    answer = bob.post(f"/dreams/{SLUG}/report", data={"reason": WHY},
                      headers={"Origin": "http://localhost"})

    assert answer.location.startswith(f"/login?next=/dreams/{SLUG}/report")
    assert db.drafts.find_one()["fields"] == [["reason", [WHY]]]


@pytest.mark.parametrize(("name", "offered"), [
    ("bob", {"dream"}), ("ada", {"comment"}), ("mallory", {"dream", "comment"}), ("mod", set())])
def test_reporting_is_offered_for_what_others_wrote(db, dream, comment, sign_in, name, offered):
    links = hrefs(sign_in(name).get(f"/dreams/{SLUG}").text)

    shown = {kind for kind, _ in KINDS
             if any(link.startswith(report_of(kind, dream, comment)) for link in links)}
    assert shown == offered


def test_a_visitor_is_not_offered_to_report(db, dream, comment, visitor):
    assert "/report" not in visitor.get(f"/dreams/{SLUG}").text


# What was reported and deleted ###############################################

AUTHORS = {"dream": "ada", "comment": "bob", "update": "ada"}


@pytest.fixture
def reported_thing(db, dream, comment, dreamer):
    """Report a dream, a comment or an update by mallory; return (the document, its path)."""
    def add(kind):
        """Return the document and the path of its page."""
        if kind == "update":
            add_update(dreamer("ada"), dream, "You fool.")
        thing = {"dream": dream, "comment": comment}.get(kind) or db.updates.find_one()
        add_report(dreamer("mallory"), kind, thing, WHY, "kindness")
        return thing, f"/dreams/{SLUG}" if kind == "dream" else f"/{kind}s/{thing['_id']}"

    return add


@pytest.mark.parametrize(("kind", "author"), AUTHORS.items())
def test_what_its_author_deletes_stays_readable_for_moderators(
        db, reported_thing, sign_in, kind, author):
    """Until they decide: else a report would be undone by whom it is about."""
    thing, path = reported_thing(kind)

    sign_in(author).send(f"{path}/delete", confirm="1")

    assert db[f"{kind}s"].find_one({"_id": thing["_id"]}) is None
    case = words_shown(sign_in("mod").get(f"/moderation/{kind}/{thing['_id']}").text)
    assert thing.get("description", thing.get("body")) in case
    assert "This was deleted." in case
    assert "As it was reported:" in case
    assert WHY in case


EDITS = {
    "dream": {"title": "Row", "description": "Gently.", "topics": "travel",
              "audience": "everybody"},
    "comment": {"body": "Lovely!"}, "update": {"body": "Lovely!"}}


@pytest.mark.parametrize("kind", AUTHORS)
def test_what_its_author_edits_stays_readable_for_moderators(reported_thing, sign_in, kind):
    thing, path = reported_thing(kind)
    mod, case = sign_in("mod"), f"/moderation/{kind}/{thing['_id']}"
    words = words_of_reports(mod, case)

    sign_in(AUTHORS[kind]).send(f"{path}/edit", **EDITS[kind])

    shown = [thing.get("title"), thing.get("description", thing.get("body"))]
    assert (words, words_of_reports(mod, case)) == ("", "\n".join(filter(None, shown)))


def words_of_reports(client, path):
    """Return what the reports of a case say that it said, if that isn't what it still says."""
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", client.get(path).text, re.DOTALL)
    return "\n".join(unescape(text) for quote in quotes for text in re.findall(
        r'<p dir="auto">(?:<b>)?([^<]*)', quote))


def test_thanks_are_no_other_words_than_those_that_reports_hid(
        db, dream, reported_thing, sign_in, monkeypatch):
    """They are moderated with the dream."""
    monkeypatch.setattr(moderation, "HIDING_REPORTS", 1)
    db.offers.insert_one({"dream_id": dream["_id"], "thanks": "A tent", "thanks_hidden": False})
    reported_thing("dream")
    db.reports.update_one({}, {"$set": {"weighs": True}})

    moderation.set_hidden_by_reports("dream", dream)

    assert db.audit.find_one()["words"].endswith("Thanks: A tent")
    assert words_of_reports(sign_in("mod"), f"/moderation/dream/{dream['_id']}") == ""


def test_words_that_several_reported_are_shown_once(dreamer, comment, reported_thing, sign_in):
    reported_thing("comment")
    add_report(dreamer("ada"), "comment", comment, WHY)
    sign_in("bob").send(f"/comments/{comment['_id']}/edit", body="Lovely!")

    assert words_of_reports(sign_in("mod"), f"/moderation/comment/{comment['_id']}") == (
        comment["body"])


def test_what_becomes_private_stays_readable_as_it_was_reported(db, reported_thing, sign_in):
    """But not what is written in private."""
    thing, path = reported_thing("dream")

    sign_in("ada").send(f"{path}/edit", **EDITS["dream"] | {"audience": "me"})

    case = sign_in("mod").get(f"/moderation/dream/{thing['_id']}").text
    assert db.dreams.find_one()["description"] == "Gently."
    assert (thing["description"] in words_shown(case), "Gently." in case) == (True, False)


def test_a_decision_shows_the_words_it_was_about(comment, act, sign_in):
    act("dismiss", "comment", comment)
    sign_in("bob").send(f"/comments/{comment['_id']}/edit", body="Lovely!")

    assert words_of_reports(sign_in("mod"), f"/moderation/comment/{comment['_id']}") == (
        comment["body"])


def test_a_report_about_a_person_keeps_their_profile(db, dreamer, sign_in):
    eve = dreamer("eve", bio="Buy!", location="Rome", skills=["spam"],
                  experiences=["fraud", "jail"])
    target = complete_dreamer(eve) | {"dreamer_id": eve["_id"]}
    add_report(dreamer("mallory"), "dreamer", target, WHY)
    mod, case = sign_in("mod"), f"/moderation/dreamer/{eve['_id']}"
    present, same = mod.get(case).text, words_of_reports(mod, case)

    db.dreamers.update_one({"_id": eve["_id"]}, {"$set": {"bio": "", "skills": [], "location": ""}})

    words = ["Buy!", "Rome", "Skill: spam", "Experience: fraud", "Experience: jail"]
    assert [word for word in words if word not in present] == []
    assert (same, words_of_reports(mod, case)) == ("", "\n".join([complete_dreamer(eve)["name"],
                                                                  *words]))


@pytest.mark.parametrize("kind", AUTHORS)
def test_on_what_is_deleted_moderators_dismiss_or_suspend(db, reported_thing, dreamer, sign_in,
                                                          act, kind):
    thing, path = reported_thing(kind)
    sign_in(AUTHORS[kind]).send(f"{path}/delete", confirm="1")
    page = sign_in("mod").get(f"/moderation/{kind}/{thing['_id']}").text

    assert set(re.findall(r'formaction="[^"]*/(\w+)"', page)) == {"dismiss", "suspend"}
    assert act("hide", kind, thing).status_code == 403
    assert act("suspend", kind, thing, days="7").status_code == 303
    assert dreamer(AUTHORS[kind])["suspended"]
    assert db.reports.count_documents({}) == 0


def test_a_report_outlives_a_block(db, dream, comment, dreamer, sign_in):
    """People report, then block: that deletes the comment."""
    add_report(dreamer("ada"), "comment", comment, WHY)

    add_block(dreamer("ada"), dreamer("bob"))

    assert db.comments.count_documents({}) == 0
    assert comment["body"] in words_shown(
        sign_in("mod").get(f"/moderation/comment/{comment['_id']}").text)


def test_a_reported_comment_outlives_its_dream_for_moderators(db, comment, reported_thing, sign_in):
    reported_thing("comment")

    sign_in("ada").send(f"/dreams/{SLUG}/delete", confirm="1")

    assert comment["body"] in words_shown(
        sign_in("mod").get(f"/moderation/comment/{comment['_id']}").text)


def test_who_wrote_what_is_deleted_sees_no_report_about_it(db, reported_thing, admin, sign_in):
    thing, path = reported_thing("comment")
    db.dreamers.update_one({"_id": thing["dreamer_id"]}, {"$set": {"role": "moderator"}})
    bob = sign_in("bob")
    bob.send(f"{path}/delete", confirm="1")

    case = bob.get(f"/moderation/comment/{thing['_id']}").text
    assert WHY not in case
    assert "There's nothing you can change here." in case


def test_a_deletion_by_a_moderator_closes_the_reports_also_on_the_page(db, reported_thing, sign_in):
    thing, path = reported_thing("comment")

    sign_in("mod").send(f"{path}/delete", confirm="1", reason=WHY)

    assert db.reports.count_documents({}) == 0
    assert db.audit.find_one()["words"] == thing["body"]


@pytest.mark.parametrize("kind", AUTHORS)
def test_what_was_deleted_leaves_with_its_author(db, reported_thing, dreamer, sign_in, kind):
    _, path = reported_thing(kind)
    sign_in(AUTHORS[kind]).send(f"{path}/delete", confirm="1")

    remove_dreamer(complete_dreamer(dreamer(AUTHORS[kind])))

    assert db.reports.count_documents({}) == 0


@pytest.mark.parametrize("kind", ["dream", "update"])
def test_a_report_about_what_goes_with_an_account_goes_too(db, reported_thing, dreamer, kind):
    reported_thing(kind)

    remove_dreamer(complete_dreamer(dreamer("ada")))

    assert db.reports.count_documents({}) == 0


def test_a_report_about_a_comment_on_ones_own_dream_goes_with_the_account(db, dream, dreamer):
    add_comment(dreamer("ada"), dream, "You fool.")
    add_report(dreamer("mallory"), "comment", db.comments.find_one(), WHY)

    remove_dreamer(complete_dreamer(dreamer("ada")))

    assert db.reports.count_documents({}) == 0


def test_a_report_about_a_comment_that_stays_forgets_its_author(db, reported_thing, dreamer):
    reported_thing("comment")

    remove_dreamer(complete_dreamer(dreamer("bob")))

    kept = db.reports.find_one()
    assert (kept["about_id"], "words" in kept) == ("", False)
    assert kept["called"] == "of someone who has left"


def test_a_report_of_an_older_version_shows_what_it_calls_the_deleted(
        db, comment, reported_thing, sign_in):
    _, path = reported_thing("comment")
    db.reports.update_one({}, {"$unset": {"words": ""}})

    sign_in("bob").send(f"{path}/delete", confirm="1")

    assert comment["body"][:100] in words_shown(
        sign_in("mod").get(f"/moderation/comment/{comment['_id']}").text)


def test_of_what_is_deleted_an_old_report_that_names_nobody_shows_nothing(
        db, comment, reported_thing, sign_in):
    """R28: the viewer may be who wrote it, and must not read who reported it."""
    _, path = reported_thing("comment")
    db.reports.update_one({}, {"$unset": {"words": "", "about_id": ""}})

    sign_in("bob").send(f"{path}/delete", confirm="1")

    answer = sign_in("mod").get(f"/moderation/comment/{comment['_id']}")
    assert answer.status_code == 404


def test_who_reported_something_does_not_download_its_words(db, reported_thing, dreamer):
    thing, _ = reported_thing("dream")

    exported = dict(find_exported_documents(complete_dreamer(dreamer("mallory"))))

    assert thing["description"] not in exported["reports"].values()


# The section #################################################################


@pytest.fixture
def reported(dream, comment, dreamer):
    """Ada's dream and bob's comment on it, each reported."""
    add_report(dreamer("bob"), "dream", dream, "It is about a boat.")
    add_report(dreamer("ada"), "comment", comment, "It is about a sail.")


def test_what_was_reported_is_listed_newest_first(db, reported, sign_in):
    words = words_shown(sign_in("mod").get("/moderation").text)

    assert words.index("It is about a sail.") < words.index("It is about a boat.")
    assert quoted("I have a sail to give away.") in words
    assert "Ada Lovelace reported this comment" in words


def test_a_report_leads_to_what_can_be_done(db, dream, comment, reported, sign_in):
    links = hrefs(sign_in("mod").get("/moderation").text)

    assert f"/moderation/dream/{dream['_id']}" in links
    assert f"/moderation/comment/{comment['_id']}" in links


@pytest.mark.parametrize(("path", "says"), [
    ("/moderation", "No open reports."),
    ("/moderation/audit", "Nothing logged yet."),
    ("/moderation?cursor=6b01d3882cd1ffaec9805c6c", "No older reports."),
    ("/moderation/audit?cursor=6b01d3882cd1ffaec9805c6c", "No older entries.")])
def test_an_empty_list_says_so(db, sign_in, path, says):
    """R35."""
    assert says in sign_in("mod").get(path).text


@pytest.mark.parametrize(("path", "collection"), [
    ("/moderation", "reports"), ("/moderation/audit", "audit")])
def test_lists_come_in_pages(db, sign_in, path, collection):
    """R48."""
    db[collection].insert_many([
        {"dreamer_id": ObjectId(), "kind": "dream", "act": "hide", "target_id": ObjectId(),
         "called": f"Number {number}.", "reason": WHY} for number in range(45)])
    client, words, href = sign_in("mod"), "", path

    while href:
        page = client.get(href).text
        words, href = words + words_shown(page), next_href(page)

    assert [words.count(quoted(f"Number {number}.")) for number in range(45)] == [1] * 45


@pytest.mark.parametrize("path", ["/moderation", "/moderation/audit"])
def test_a_half_written_entry_breaks_no_page(db, sign_in, path):
    """R28."""
    for collection in ("reports", "audit"):
        db[collection].insert_one({})

    assert sign_in("mod").get(path).status_code == 200


@pytest.mark.parametrize("fields", [{}, {"dream_id": ObjectId()}], ids=["empty", "of a dream"])
@pytest.mark.parametrize("kind", ["dream", "comment", "dreamer"])
def test_a_half_written_thing_can_be_looked_after(db, sign_in, act, kind, fields):
    """R28."""
    thing = {"_id": db[f"{kind}s"].insert_one({**fields}).inserted_id}

    assert sign_in("mod").get(f"/moderation/{kind}/{thing['_id']}").status_code == 200
    assert act("suspend" if kind == "dreamer" else "delete", kind, thing).status_code == 303


@pytest.mark.parametrize("path", ["/moderation?cursor=x", "/moderation/dream/x",
                                  "/moderation/comment/6b01d3882cd1ffaec9805c6c",
                                  "/moderation/dreamer/x",
                                  "/moderation/topic/6b01d3882cd1ffaec9805c6c"])
def test_an_address_of_nothing_is_404(db, sign_in, path):
    """R3."""
    assert sign_in("mod").get(path).status_code == 404


@pytest.mark.parametrize(("name", "shown"), [("mod", True), ("bob", False)])
def test_the_menu_leads_moderators_to_the_section(db, dream, sign_in, name, shown):
    links = hrefs(sign_in(name).get("/dreams").text)

    assert ("/moderation" in links) == shown


def test_the_menu_counts_what_is_open(db, reported, sign_in):
    assert "Moderation (2) open reports" in words_shown(sign_in("mod").get("/dreams").text)


def test_one_report_is_counted_in_the_singular(db, dream, dreamer, sign_in):
    add_report(dreamer("bob"), "dream", complete_dream(dream), WHY)

    assert "Moderation (1) open report " in words_shown(sign_in("mod").get("/dreams").text)


@pytest.mark.parametrize("path", ["/moderation", "/dreams/nothing"])
def test_a_count_that_fails_is_told_like_any_failure(db, sign_in, path):
    """R2."""
    client = sign_in("mod")

    with outage(1):
        answer = client.get(path)

    assert answer.status_code == 503


def test_the_menu_counts_to_a_limit(db, monkeypatch):
    monkeypatch.setattr("dreamscape.reports.MAX_COUNTED_REPORTS", 3)
    db.reports.insert_many([{"dreamer_id": n, "target_id": n} for n in range(5)])

    assert count_open_reports({"_id": 9}) == 3


@pytest.mark.parametrize("kind", ["dream", "comment", "dreamer"])
def test_moderators_find_what_they_can_do_where_a_thing_stands(
        db, dream, comment, dreamer, sign_in, kind):
    target = {"dream": dream, "comment": comment, "dreamer": dreamer("ada")}[kind]
    place = "/dreamers/ada-lovelace" if kind == "dreamer" else f"/dreams/{SLUG}"

    address = f"/moderation/{kind}/{target['_id']}"

    assert address in hrefs(sign_in("mod").get(place).text)
    assert address not in hrefs(sign_in("mallory").get(place).text)


def test_a_case_shows_the_thing_and_what_was_said_of_it(db, comment, reported, sign_in):
    words = words_shown(sign_in("mod").get(f"/moderation/comment/{comment['_id']}").text)

    assert "I have a sail to give away." in words
    assert "It is about a sail." in words
    assert "It is about a boat." not in words


def offered(client, kind, document):
    """Return the acts that the page of a case offers."""
    page = client.get(f"/moderation/{kind}/{document['_id']}").text
    return [act for act in ACTS if f'formaction="/moderation/{kind}/{document["_id"]}/{act}"'
            in page]


@pytest.mark.parametrize(("kind", "fields", "expected"), [
    ("dream", {}, ["hide", "delete", "suspend"]),
    ("dream", {"hidden": WHY, "hidden_role": "moderator"}, ["show", "delete", "suspend"]),
    ("comment", {}, ["hide", "delete", "suspend"]), ("dreamer", {}, ["suspend"]),
    ("dreamer", {"suspended": {"until": None, "reason": WHY}}, ["restore"]),
    ("dreamer", {"role": "moderator"}, []), ("dreamer", {"role": "administrator"}, [])])
def test_a_moderator_is_offered_what_would_change_something(
        db, dream, comment, dreamer, sign_in, kind, fields, expected):
    target = {"dream": dream, "comment": comment, "dreamer": dreamer("ada")}[kind]
    db[f"{kind}s"].update_one({"_id": target["_id"]}, {"$set": fields or {"x": 1}})

    assert offered(sign_in("mod"), kind, target) == expected


def test_a_report_can_be_dismissed_where_there_is_one(db, dream, reported, sign_in):
    assert "dismiss" in offered(sign_in("mod"), "dream", dream)


@pytest.mark.parametrize(("role", "expected"), [
    (None, ["suspend", "promote"]), ("moderator", ["suspend", "demote"]),
    ("administrator", [])])
def test_an_administrator_is_offered_roles_too(db, dreamer, admin, role, expected):
    assert offered(admin, "dreamer", dreamer("ada", role=role)) == expected


def test_an_administrator_is_offered_nothing_about_themselves(db, dreamer, admin):
    assert offered(admin, "dreamer", dreamer("zoe")) == []


def test_a_thing_whose_dreamer_left_can_be_looked_after(db, comment, act):
    db.comments.update_one({}, {"$set": {"dreamer_id": None}})

    assert act("hide", "comment", comment).status_code == 303
    assert act("suspend", "comment", comment).status_code == 403


# What is their own ###########################################################


@pytest.fixture
def accused(make_dream, dreamer):
    """Mod's dream and a comment on it by mod, each reported by bob."""
    mine = make_dream("mod", title="My own dream")
    comment_id = add_comment(dreamer("mod"), mine, "My own comment.")
    own = {"dream": mine, "comment": site_db.comments.find_one({"_id": comment_id})}
    for kind, thing in own.items():
        add_report(dreamer("bob"), kind, thing, f"It is about a {kind}.")
    return own


@pytest.mark.parametrize("place", ["/moderation", "dream", "comment"])
def test_nobody_sees_who_reported_what_is_their_own(db, accused, sign_in, place):
    path = place if place == "/moderation" else f"/moderation/{place}/{accused[place]['_id']}"

    words = words_shown(sign_in("mod").get(path).text)

    assert "Bob" not in words
    assert "It is about a" not in words


@pytest.mark.parametrize("place", ["/moderation", "dream", "comment"])
def test_others_see_who_reported_it(db, accused, admin, place):
    path = place if place == "/moderation" else f"/moderation/{place}/{accused[place]['_id']}"

    words = words_shown(admin.get(path).text)

    assert "Bob Builder" in words
    assert "It is about a" in words


def test_the_menu_does_not_count_reports_about_what_is_ones_own(db, accused, sign_in, admin):
    menus = [words_shown(client.get("/dreams").text) for client in (sign_in("mod"), admin)]

    assert ["open reports" in words for words in menus] == [False, True]


@pytest.mark.parametrize("role", ["moderator", "administrator"])
@pytest.mark.parametrize("kind", ["dream", "comment"])
@pytest.mark.parametrize("what", ["hide", "show", "delete", "dismiss", "suspend"])
def test_nobody_acts_as_a_moderator_on_what_is_their_own(db, accused, act, role, kind, what):
    db.dreamers.update_one({"email": "mod@example.com"}, {"$set": {"role": role}})
    db[f"{kind}s"].update_one({"_id": accused[kind]["_id"]}, {"$set": {"hidden": WHY}})

    answer = act(what, kind, accused[kind])

    assert answer.status_code == 403
    assert (db.reports.count_documents({}), db.audit.count_documents({})) == (2, 0)
    assert db[f"{kind}s"].find_one({"_id": accused[kind]["_id"]})["hidden"] == WHY


def test_nothing_is_offered_about_what_is_ones_own(db, accused, sign_in):
    assert offered(sign_in("mod"), "dream", accused["dream"]) == []


def test_a_moderator_deletes_their_own_as_everybody_does(db, accused, sign_in):
    sign_in("mod").send(f"/dreams/{accused['dream']['slug']}/delete", confirm="1")

    assert (db.dreams.count_documents({}), db.audit.count_documents({})) == (0, 0)


@pytest.mark.parametrize("viewer", ["mod", "zoe"])
def test_a_list_with_an_old_report_does_not_tell_who_wrote_it(db, accused, admin, sign_in, viewer):
    """R28: it does not say whose thing it is about, so it might be the viewer's own."""
    db.reports.update_many({}, {"$unset": {"about_id": ""}})

    page = sign_in(viewer).get("/moderation").text

    assert "Bob" not in words_shown(page)
    assert f"/moderation/dream/{accused['dream']['_id']}" in hrefs(page)


def test_a_list_goes_on_past_reports_about_what_is_ones_own(db, dreamer, sign_in):
    """R48."""
    mine, others = dreamer("mod")["_id"], ObjectId()
    for about_id, size in ((others, 1), (mine, 25)):
        db.reports.insert_many([{"dreamer_id": ObjectId(), "target_id": ObjectId(), "reason": WHY,
                                 "about_id": about_id} for _ in range(size)])
    client = sign_in("mod")
    first = client.get("/moderation").text

    assert "No open reports." not in first
    assert WHY not in first
    assert words_shown(client.get(next_href(first)).text).count(WHY) == 1


def test_a_report_about_what_somebody_left_behind_is_listed_whole(db, comment, dreamer, sign_in):
    db.comments.update_one({}, {"$set": {"dreamer_id": None}})
    add_report(dreamer("ada"), "comment", db.comments.find_one(), "It is about a sail.")

    assert "It is about a sail." in words_shown(sign_in("mod").get("/moderation").text)


def test_a_moderator_who_reported_something_judges_it_like_others(db, dream, dreamer, act):
    """They could act without a report just as well; the log names them either way."""
    add_report(dreamer("mod"), "dream", dream, WHY)

    assert act("hide", "dream", dream).status_code == 303
    assert db.audit.find_one()["dreamer_id"] == dreamer("mod")["_id"]


# Acts and the log ############################################################

DONE = [("hide", "dream"), ("hide", "comment"), ("show", "dream"), ("delete", "dream"),
        ("delete", "comment"), ("dismiss", "dream"), ("dismiss", "comment"), ("suspend", "dream"),
        ("suspend", "comment"), ("suspend", "dreamer"), ("restore", "dreamer"),
        ("promote", "dreamer"), ("demote", "dreamer")]


@pytest.mark.parametrize(("what", "kind"), DONE)
def test_each_act_is_in_the_log(db, dream, comment, dreamer, admin, act, what, kind):
    target = {"dream": dream, "comment": comment, "dreamer": dreamer("bob")}[kind]
    before = datetime.now(UTC) - timedelta(seconds=2)

    act(what, kind, target, admin)

    entry = db.audit.find_one()
    thing = target if what in CONTENT_ACTS else dreamer("ada" if kind == "dream" else "bob")
    told = [entry[key] for key in ("dreamer_id", "role", "act", "target_id", "reason")]
    assert told == [dreamer("zoe")["_id"], "administrator", what, thing["_id"], WHY]
    assert entry["kind"] == (kind if what in CONTENT_ACTS else "dreamer")
    assert before < entry["_id"].generation_time


@pytest.mark.parametrize(("kind", "called"), [
    ("dream", "Sail around the world"), ("comment", "I have a sail to give away."),
    ("dreamer", "Bob Builder")])
def test_the_log_says_what_a_thing_was_called(db, dream, comment, dreamer, act, kind, called):
    target = {"dream": dream, "comment": comment, "dreamer": dreamer("bob")}[kind]

    act("suspend" if kind == "dreamer" else "delete", kind, target)

    assert db.audit.find_one()["called"] == called


def test_the_log_shows_who_did_what_and_why(db, dreamer, sign_in, act):
    act("suspend", "dreamer", dreamer("bob"), days="30")

    words = words_shown(sign_in("mod").get("/moderation/audit").text)

    assert "Mo Derator (moderator)" in words
    assert f"suspended {quoted('Bob Builder')} (a month)" in words
    assert WHY in words


@pytest.mark.parametrize("what", ["hide", "delete", "dismiss", "suspend"])
@pytest.mark.parametrize(("reason", "says"), [
    ("", "Please give a reason."), ("x" * 501, "Please use at most 500 characters.")])
def test_no_act_goes_without_a_reason(db, dream, reported, act, what, reason, says):
    answer = act(what, "dream", dream, reason=reason)

    assert answer.status_code == 422
    assert says in answer.text
    assert db.audit.count_documents({}) == 0
    stored = db.dreams.find_one()
    assert stored["_id"] == dream["_id"]
    assert "hidden" not in stored


@pytest.mark.parametrize("days", ["", "-1", "8", "x", "9" * 30])
def test_a_suspension_lasts_as_long_as_is_offered(db, dreamer, act, days):
    answer = act("suspend", "dreamer", dreamer("bob"), days=days)

    assert answer.status_code == 422
    assert "suspended" not in dreamer("bob")


@pytest.mark.parametrize("what", ["hide", "show", "delete", "dismiss", "suspend"])
def test_an_act_closes_the_reports_about_its_thing(db, dream, comment, reported, act, what):
    act(what, "comment", comment)

    assert [report["kind"] for report in db.reports.find()] == ["dream"]


@pytest.mark.parametrize(("what", "kind"), DONE)
def test_no_dreamer_acts_as_a_moderator(db, dream, comment, dreamer, sign_in, act, what, kind):
    target = {"dream": dream, "comment": comment, "dreamer": dreamer("ada")}[kind]

    answer = act(what, kind, target, sign_in("mallory"))

    assert answer.status_code == 403
    assert db.audit.count_documents({}) == 0


@pytest.mark.parametrize("what", ["vanish", "make-admin", "promote", "demote", "hide"])
def test_no_moderator_acts_beyond_their_rights(db, dreamer, act, what):
    answer = act(what, "dreamer", dreamer("bob"))

    assert answer.status_code == 403
    assert db.audit.count_documents({}) == 0
    assert dreamer("bob")["role"] is None


@pytest.mark.parametrize("what", ["suspend", "restore", "promote"])
@pytest.mark.parametrize("role", ["moderator", "administrator"])
def test_a_moderator_is_not_above_others(db, dreamer, act, role, what):
    answer = act(what, "dreamer", dreamer("ada", role=role))

    assert answer.status_code == 403
    assert "suspended" not in dreamer("ada")


@pytest.mark.parametrize("what", ["suspend", "restore", "promote", "demote"])
@pytest.mark.parametrize("kind", ["dreamer", "dream"])
def test_one_administrator_does_nothing_to_another(db, dream, dreamer, admin, act, kind, what):
    db.dreamers.update_one({"_id": dream["dreamer_id"]}, {"$set": {"role": "administrator"}})

    answer = act(what, kind, dreamer("ada") if kind == "dreamer" else dream, admin)

    assert answer.status_code == 403
    assert "suspended" not in dreamer("ada")


@pytest.mark.parametrize("what", ["suspend", "promote", "demote"])
def test_an_administrator_does_nothing_to_themselves(db, dreamer, admin, act, what):
    answer = act(what, "dreamer", dreamer("zoe"), admin)

    assert answer.status_code == 403
    assert dreamer("zoe")["role"] == "administrator"


def test_an_administrator_suspends_a_moderator(db, dreamer, admin, act):
    act("suspend", "dreamer", dreamer("mod"), admin)

    assert dreamer("mod")["suspended"]["reason"] == WHY


def test_an_act_on_what_is_gone_says_so(db, dream, act):
    db.dreams.delete_many({})

    answer = act("hide", "dream", dream)

    assert answer.status_code == 404
    assert WHY in answer.text


@pytest.mark.parametrize("db", ["mongomock"], indirect=True)
def test_no_act_goes_without_its_entry_wherever_the_database_fails(db, dream, sign_in):
    """R5."""
    client, path, seen = sign_in("mod"), f"/moderation/dream/{dream['_id']}/hide", set()
    fields = {"csrf_token": client.token(), "reason": WHY}

    for after in range(10):
        with outage(after):
            client.post(path, data=fields)
        seen.add((bool(db.audit.find_one()), "hidden" in db.dreams.find_one()))

    assert seen == {(False, False), (True, False), (True, True)}


@pytest.mark.parametrize(("kind", "path"), [
    ("dream", f"/dreams/{SLUG}/delete"), ("comment", "/comments/{comment}/delete")])
def test_a_moderator_who_deletes_where_a_thing_stands_is_in_the_log(
        db, dream, comment, sign_in, kind, path):
    sign_in("mod").send(path.format(comment=comment["_id"]), confirm="1")

    entry = db.audit.find_one()
    assert (entry["act"], entry["kind"], entry["role"]) == ("delete", kind, "moderator")
    assert entry["reason"] == "Deleted from its page."


@pytest.mark.parametrize(("name", "path"), [
    ("ada", f"/dreams/{SLUG}/delete"), ("ada", "/comments/{comment}/delete"),
    ("bob", "/comments/{comment}/delete")])
def test_who_deletes_what_is_their_own_is_not_in_the_log(
        db, dream, comment, sign_in, name, path):
    sign_in(name).send(path.format(comment=comment["_id"]), confirm="1")

    assert db.audit.count_documents({}) == 0


def test_the_log_forgets_the_name_of_who_left(db, dreamer, act):
    act("suspend", "dreamer", dreamer("bob"))

    remove_dreamer(complete_dreamer(dreamer("bob")))

    assert db.audit.find_one()["called"] == "someone who has left"


@pytest.mark.parametrize("kind", ["dream", "comment"])
def test_the_log_forgets_the_words_of_who_left(db, dream, comment, dreamer, sign_in, act, kind):
    thing, whose = {"dream": (dream, "ada"), "comment": (comment, "bob")}[kind]
    act("delete", kind, thing)

    remove_dreamer(complete_dreamer(dreamer(whose)))

    entry, words = db.audit.find_one(), words_shown(sign_in("mod").get("/moderation/audit").text)
    assert (entry["called"], "about_id" in entry) == ("of someone who has left", False)
    assert f"deleted the {kind} {quoted('of someone who has left')}" in words


def test_the_log_keeps_what_was_called_of_who_stays(db, comment, dreamer, act):
    act("delete", "comment", comment)

    remove_dreamer(complete_dreamer(dreamer("ada")))

    assert db.audit.find_one()["called"] == "I have a sail to give away."


@pytest.mark.parametrize("collection", ["reports", "audit"])
def test_reports_and_the_log_can_be_written_as_json(db, dream, reported, act, collection):
    """R6."""
    act("suspend", "dreamer", {"_id": dream["dreamer_id"]})

    document = db[collection].find_one()
    assert json.loads(dump_json(document))["_id"] == str(document["_id"])


# Hidden ######################################################################

LISTS = ["/dreamscape", "/dreamscape?view=trending", "/dreamscape?view=for-you",
         "/dreamscape?view=following", "/dreamscape?q=sail", "/dreamscape?topic=travel",
         "/dreamers/ada-lovelace"]


@pytest.fixture
def hidden(dream, comment, act):
    """Ada's dream with bob's comment, hidden."""
    act("hide", "dream", dream)


@pytest.mark.parametrize("path", LISTS)
def test_a_hidden_dream_is_gone_from_every_list(db, dream, sign_in, act, path):
    client = sign_in("bob")
    client.send(f"/dreams/{SLUG}/follow")
    before = dreams_shown(client.get(path).text)

    act("hide", "dream", dream)

    assert (before, dreams_shown(client.get(path).text)) == ([SLUG], [])


@pytest.mark.parametrize("path", ["/", "/dreamers/ada-lovelace"])
def test_a_visitor_finds_no_hidden_dream(db, hidden, visitor, path):
    assert dreams_shown(visitor.get(path).text) == []


@pytest.mark.parametrize(("name", "status"), [
    ("ada", 200), ("mod", 200), ("bob", 404), ("mallory", 404), (None, 404)])
def test_the_address_of_a_hidden_dream_is_there_for_few(
        db, hidden, sign_in, visitor, name, status):
    client = sign_in(name) if name else visitor

    assert client.get(f"/dreams/{SLUG}").status_code == status


@pytest.mark.parametrize("action", ["follow", "unfollow", "comments", "report"])
def test_nothing_can_be_done_with_a_hidden_dream(db, hidden, sign_in, action):
    before = db.follows.count_documents({}), db.comments.count_documents({})

    answer = sign_in("mallory").send(f"/dreams/{SLUG}/{action}", body="Hm", reason=WHY)

    assert answer.status_code == 404
    assert (db.follows.count_documents({}), db.comments.count_documents({})) == before


@pytest.mark.parametrize("action", ["edit", "delete", "reaction"])
def test_a_comment_on_a_hidden_dream_is_hidden_too(db, hidden, comment, sign_in, action):
    answer = sign_in("bob").send(f"/comments/{comment['_id']}/{action}", body="Hm", value="like")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", [f"/dreams/{SLUG}", "/dreams", "/dreamers/ada-lovelace"])
def test_its_dreamer_reads_why_a_dream_is_hidden(db, hidden, sign_in, path):
    words = words_shown(sign_in("ada").get(path).text)

    assert "Hidden by a moderator. Only you and moderators can see it." in words
    assert f"Reason: {WHY}" in words


def test_a_moderator_reads_that_its_author_sees_a_hidden_dream(db, hidden, sign_in):
    words = words_shown(sign_in("mod").get(f"/dreams/{SLUG}").text)

    assert "Only the author and moderators can see it." in words


@pytest.mark.parametrize("name", ["ada", "mod"])
def test_nobody_is_asked_to_share_or_comment_on_a_hidden_dream(db, dream, sign_in, act, name):
    act("hide", "dream", dream)

    words = words_shown(sign_in(name).get(f"/dreams/{SLUG}").text)

    assert "No comments yet." in words
    assert "Share your dream" not in words and "Be the first" not in words


@pytest.mark.parametrize("kind", ["dream", "comment"])
def test_what_is_hidden_can_be_shown_again(db, dream, comment, visitor, act, kind):
    target = {"dream": dream, "comment": comment}[kind]
    act("hide", kind, target)

    act("show", kind, target)

    page = visitor.get(f"/dreams/{SLUG}").text
    assert comments_shown(page) == [str(comment["_id"])]
    assert "Hidden by a moderator" not in page
    assert db.dreams.find_one()["recent_comments"] == [comment["_id"]]


@pytest.mark.parametrize("kind", ["dream", "comment"])
@pytest.mark.parametrize(("hider", "shower", "shown"), [
    ("mod", "mod", True), ("mod", "zoe", True), ("zoe", "mod", False), ("zoe", "zoe", True),
    (None, "mod", False), (None, "zoe", True)])
def test_only_the_same_or_a_higher_role_shows_again_what_was_hidden(
        db, dream, comment, admin, sign_in, act, kind, hider, shower, shown):
    """None: hidden before it was kept who did."""
    target, found = {"dream": dream, "comment": comment}[kind], db[f"{kind}s"]
    if hider:
        act("hide", kind, target, sign_in(hider))
    else:
        found.update_one({"_id": target["_id"]}, {"$set": {"hidden": WHY}})

    answer = act("show", kind, target, sign_in(shower))

    assert answer.status_code == (303 if shown else 403)
    assert ("hidden" not in found.find_one({"_id": target["_id"]})) == shown


def test_hiding_again_does_not_lower_the_role(db, dream, admin, act):
    act("hide", "dream", dream, admin)
    act("hide", "dream", dream)

    assert act("show", "dream", dream).status_code == 403


def test_what_is_hidden_anew_that_moment_stays_hidden(db, dream, admin, act):
    act("hide", "dream", dream)
    seen = complete_dream(db.dreams.find_one())
    act("show", "dream", dream)
    act("hide", "dream", dream, admin)

    set_hidden("dream", seen, None)

    assert db.dreams.find_one()["hidden"] == WHY


def test_deleting_a_hidden_comment_offers_no_undo(db, comment, sign_in, act):
    act("hide", "comment", comment)
    bob = sign_in("bob")

    answer = bob.send(f"/comments/{comment['_id']}/delete", confirm="1")

    page = bob.get(answer.location).text
    assert "Comment deleted." in page
    assert "undo=" not in page
    assert db.drafts.count_documents({}) == 0


def test_a_comment_is_shown_again_though_its_dream_is_gone(db, dream, comment, act):
    act("hide", "comment", comment)
    db.dreams.delete_many({})

    assert act("show", "comment", comment).status_code == 303
    assert "hidden" not in db.comments.find_one()


def test_an_edited_dream_stays_hidden(db, hidden, sign_in):
    sign_in("ada").send(f"/dreams/{SLUG}/edit", title="Fly", description="Far.", topics="travel")

    assert db.dreams.find_one()["hidden"] == WHY


@pytest.mark.parametrize(("name", "shown"), [
    ("bob", True), ("mod", True), ("ada", False), (None, False)])
def test_a_hidden_comment_is_shown_to_few(db, comment, act, sign_in, visitor, name, shown):
    act("hide", "comment", comment)

    page = (sign_in(name) if name else visitor).get(f"/dreams/{SLUG}").text

    assert (comments_shown(page) == [str(comment["_id"])]) == shown
    assert (WHY in page) == shown


def test_a_hidden_comment_is_on_no_card(db, comment, act, sign_in):
    act("hide", "comment", comment)

    assert comments_shown(sign_in("mod").get("/dreamscape").text) == []


@pytest.mark.parametrize(("presses", "expected"), [
    ("hide", 0), ("hide hide", 0), ("hide show", 1), ("show", 1), ("hide show show", 1),
    ("hide delete", 0), ("delete", 0)])
def test_a_hidden_comment_counts_only_while_it_is_shown(db, dream, comment, act, presses, expected):
    for what in presses.split():
        act(what, "comment", comment)

    assert db.dreams.find_one()["comments"] == expected


@pytest.mark.parametrize("what", ["hide", "show"])
def test_acts_at_the_same_moment_count_once(real_db, dream, comment, dreamer, sign_in, act, what):
    act("show" if what == "hide" else "hide", "comment", comment)

    post_concurrently([sign_in("mod") for _ in range(6)],
                      f"/moderation/comment/{comment['_id']}/{what}", reason=WHY)

    assert real_db.dreams.find_one()["comments"] == (what == "show")


def test_an_older_comment_takes_the_place_of_a_hidden_one(db, dream, comment, dreamer, act):
    newer = [add_comment(dreamer("mallory"), dream, f"Number {n}.") for n in range(12)]

    for comment_id in newer[2:]:
        act("hide", "comment", {"_id": comment_id})

    assert db.dreams.find_one()["recent_comments"] == [comment["_id"], *newer[:2]]


@pytest.mark.parametrize("action", ["delete", "reaction", "report"])
def test_nothing_can_be_done_with_a_hidden_comment(db, comment, act, sign_in, action):
    act("hide", "comment", comment)

    answer = sign_in("ada").send(f"/comments/{comment['_id']}/{action}", value="like", reason=WHY)

    assert answer.status_code == 404


def test_nothing_hidden_has_to_be_mended(db, dream, comment, dreamer, outbox, act):
    add_comment(dreamer("ada"), dream, "Thank you.")
    act("hide", "comment", comment)

    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"


def test_recounting_leaves_hidden_comments_out(db, dream, comment, act):
    act("hide", "comment", comment)
    change = {"comments": 7, "recent_comments": [comment["_id"]]}
    db.dreams.update_one({}, {"$set": change})

    site.app.test_cli_runner().invoke(args=["recount"])

    mended = db.dreams.find_one()
    assert (mended["comments"], mended["recent_comments"]) == (0, [])


# Suspended ###################################################################


@pytest.mark.parametrize(("days", "expected"), [("7", 7), ("30", 30), ("365", 365)])
def test_a_suspension_ends_when_it_was_said(db, dreamer, act, days, expected):
    act("suspend", "dreamer", dreamer("bob"), days=days)

    left = dreamer("bob")["suspended"]["until"] - datetime.now(UTC)
    assert timedelta(days=expected, minutes=-1) < left <= timedelta(days=expected)


def test_a_suspension_for_good_has_no_end(db, dreamer, act):
    act("suspend", "dreamer", dreamer("bob"), days="for-good")

    assert dreamer("bob")["suspended"] == {"until": None, "reason": WHY}


def test_a_suspension_ends_every_session_at_once(db, dreamer, sign_in, act):
    """R30."""
    clients = [sign_in("bob") for _ in range(2)]

    act("suspend", "dreamer", dreamer("bob"))

    assert [client.get("/dreams").location for client in clients] == ["/login?next=/dreams"] * 2
    assert dreamer("bob")["sign_ins"] == []


def test_a_sign_in_that_a_suspension_missed_is_dead_too(db, dreamer, sign_in):
    """R30."""
    client = sign_in("bob")
    db.dreamers.update_one({"slug": "bob-builder"}, {"$set": {"suspended": {"until": None}}})

    assert client.get("/dreams").location == "/login?next=/dreams"


LOGIN = {"email": "bob@example.com", "password": "correct horse battery"}


@pytest.mark.parametrize(("until", "says"), [
    (None, "This account has been suspended permanently."),
    (datetime(2099, 3, 4, 5, 6, tzinfo=UTC), "suspended until 4 March 2099, 05:06 UTC.")])
def test_the_sign_in_tells_how_long_and_why(db, dreamer, visitor, until, says):
    dreamer("bob", suspended={"until": until, "reason": WHY})

    answer = visitor.send("/login", **LOGIN)

    assert answer.status_code == 422
    assert says in answer.text
    assert WHY in answer.text


@pytest.mark.parametrize("contact", [None, "help@example.com"])
def test_a_suspension_is_told_above_the_form_with_whom_to_write_to(
        db, dreamer, visitor, monkeypatch, contact):
    """R73: no field is to blame."""
    monkeypatch.setitem(site.settings, "CONTACT_EMAIL", contact)
    dreamer("bob", suspended={"until": None, "reason": WHY})

    page = visitor.send("/login", **LOGIN).text

    told = page.partition("notice--error")[2].partition("</section>")[0]
    assert "suspended permanently" in told
    assert re.findall('href="([^"]*)"', told) == [f"mailto:{contact}"] * bool(contact)
    assert "fields marked below" not in page
    assert 'aria-invalid="true"' not in page


def test_a_wrong_password_hears_of_no_suspension(db, dreamer, visitor):
    dreamer("bob", suspended={"until": None, "reason": WHY})

    answer = visitor.send("/login", **LOGIN | {"password": "wrong"})

    assert "That email or password isn&#39;t right." in answer.text
    assert "suspended" not in answer.text
    assert 'id="password-error"' in answer.text


@pytest.mark.parametrize("suspended", [
    None, {"until": datetime(2020, 1, 1, tzinfo=UTC), "reason": WHY}])
def test_who_is_suspended_no_longer_signs_in(db, dreamer, visitor, suspended):
    dreamer("bob", suspended=suspended)

    assert visitor.send("/login", **LOGIN).status_code == 303


def test_who_was_let_back_signs_in(db, dreamer, visitor, act):
    for what in ("suspend", "restore"):
        act(what, "dreamer", dreamer("bob"))

    assert visitor.send("/login", **LOGIN).status_code == 303


def test_signing_up_again_is_no_way_around_a_suspension(db, dreamer, visitor):
    dreamer("bob", suspended={"until": None, "reason": WHY})

    visitor.send("/signup", first_name="Bob", last_name="Builder", **LOGIN)

    assert visitor.get("/dreams").location == "/login?next=/dreams"


def test_what_a_suspended_dreamer_shared_stays(db, dream, visitor, act):
    act("suspend", "dream", dream)

    assert visitor.get(f"/dreams/{SLUG}").status_code == 200


# Roles #######################################################################


def test_a_role_counts_at_the_next_request(db, dreamer, sign_in, admin, act):
    client = sign_in("bob")

    statuses = []
    for what in ("promote", "demote"):
        act(what, "dreamer", dreamer("bob"), admin)
        statuses.append(client.get("/moderation").status_code)

    assert statuses == [200, 403]


def test_an_administrator_is_made_no_moderator(db, dreamer, admin, act):
    answer = act("promote", "dreamer", dreamer("ada", role="administrator"), admin)

    assert answer.status_code == 403
    assert dreamer("ada")["role"] == "administrator"


def test_a_role_changes_only_from_what_it_was(db, dreamer):
    set_role(dreamer("ada", role="administrator"), None, "moderator")

    assert dreamer("ada")["role"] == "administrator"


def test_making_an_administrator_is_in_the_log(db, dreamer, sign_in):
    dreamer("bob")

    site.app.test_cli_runner().invoke(args=["make-admin", "bob@example.com"])

    words = words_shown(sign_in("mod").get("/moderation/audit").text)
    assert ("The command line just now gave administrator rights to "
            + quoted("Bob Builder")) in words


@pytest.mark.parametrize(("role", "button"), [
    (None, "Make Bob 100% a moderator"), ("moderator", "Remove Bob 100% as moderator")])
def test_a_button_names_whose_role_it_changes(db, dreamer, sign_in, role, button):
    person = dreamer("bob", role=role, last_name="100%")
    dreamer("ada", role="administrator")

    page = sign_in("ada").get(f"/moderation/dreamer/{person['_id']}").text

    assert f">{button}</button>" in page


# What a page costs ###########################################################


@pytest.mark.parametrize("path", ["/moderation", "/moderation/audit", "/moderation/dream/{dream}",
                                  "/moderation/comment/{comment}", "/moderation/dreamer/{ada}"])
def test_a_page_of_moderation_costs_few_database_calls(
        real_db, dream, comment, reported, calls, sign_in, path):
    client = sign_in("mod")
    client.get("/dreams")
    calls.commands.clear()

    client.get(path.format(dream=dream["_id"], comment=comment["_id"], ada=dream["dreamer_id"]))

    assert len(calls.commands) <= 5


# Topics ######################################################################


@pytest.fixture
def shape(sign_in):
    """Add or change a topic as a moderator: shape("travel", name="Journeys")."""
    def send(slug, **fields):
        """Send the form; return the answer."""
        return sign_in("mod").send(f"/moderation/topics/{slug}", **{"reason": WHY} | fields)

    return send


def topics_of(client, path="/dreambuilder"):
    """Return {slug: name} of the topics that a form offers."""
    found = re.findall(r'value="([\w-]+)" id="\w+-[\w-]+".*?>\s*<label[^>]*>([^<]+)<',
                       client.get(path).text)
    return dict(found)


def test_a_new_topic_can_be_chosen_and_looked_for(db, shape, sign_in):
    assert shape("new", name="Sailing & boats").location == "/moderation/topics"

    client = sign_in("bob")
    assert topics_of(client)["sailing-boats"] == "Sailing &amp; boats"
    client.send("/dreambuilder", title="To sea", description="Far.", topics="sailing-boats")
    page = sign_in("ada").get("/dreamscape?topic=sailing-boats")
    assert dreams_shown(page.text) == ["to-sea"]
    assert db.dreams.find_one()["topics"] == ["sailing-boats"]


def test_a_topic_gets_another_name_wherever_it_is_shown(db, shape, dream, sign_in):
    shape("travel", name="Journeys")

    client = sign_in("bob")
    assert {topics_of(client, path)["travel"]
            for path in ("/dreambuilder", "/profile/interests")} == {"Journeys"}
    assert ">Journeys</a>" in client.get(f"/dreams/{SLUG}").text
    assert '<option value="travel">Journeys' in client.get("/dreamscape").text


def test_a_topic_that_is_not_offered_is_kept_where_it_was_chosen(db, shape, dream, sign_in):
    shape("travel", name="Travel", offered="0")

    client = sign_in("bob")
    refused = client.send("/dreambuilder", title="To sea", description="Far.", topics="travel")
    assert "travel" not in topics_of(client)
    assert refused.status_code == 422
    assert dreams_shown(client.get("/dreamscape?topic=travel").text) == [SLUG]
    assert 'selected>Travel<' in client.get("/dreamscape?topic=travel").text


def test_a_topic_can_be_offered_again(db, shape, sign_in):
    shape("travel", name="Travel", offered="0")
    shape("travel", name="Travel", offered="1")

    assert "travel" in topics_of(sign_in("bob"))


def test_what_is_done_with_a_topic_is_in_the_log(db, shape, dreamer, sign_in):
    shape("new", name="Sailing", reason="Many ask for it.")
    shape("sailing", name="Sailing", offered="0", reason="Few do.")

    log = [[entry[key] for key in ("dreamer_id", "act", "kind", "called", "reason")]
           for entry in db.audit.find()]
    mod = dreamer("mod")["_id"]
    assert log == [[mod, "offer", "topic", "Sailing", "Many ask for it."],
                   [mod, "withdraw", "topic", "Sailing", "Few do."]]
    page = sign_in("mod").get("/moderation/audit").text
    assert "stopped offering the topic" in words_shown(page)
    assert "/moderation/topics/sailing" in hrefs(page)


@pytest.mark.parametrize(("fields", "says"), [
    ({"name": ""}, "Give the topic a name."), ({"name": "x" * 41}, "at most 40 characters"),
    ({"name": "Sailing", "reason": ""}, "Please give a reason."),
    ({"name": "TRAVEL"}, "That topic already exists"), ({"name": "!?"}, "has no letters")])
def test_a_topic_that_cannot_be_is_refused_by_the_field(db, shape, fields, says):
    answer = shape("new", **fields)

    assert answer.status_code == 422
    assert says in answer.text
    assert db.topics.count_documents({}) == db.audit.count_documents({}) == 0


def test_there_are_never_more_topics_than_a_page_can_offer(db, shape, monkeypatch):
    monkeypatch.setattr("dreamscape.topics.MAX_TOPICS", len(TOPICS))

    assert shape("new", name="Sailing").status_code == 422


def test_a_topic_that_is_none_is_not_there(db, shape):
    assert shape("nothing", name="Nothing").status_code == 404


def test_a_worker_learns_what_another_changed(db, sign_in):
    db.topics.insert_one({"_id": "sailing", "name": "Sailing"})
    before = topics_of(sign_in("bob"))

    topics_cache["until"] = 0  # a minute has gone by
    after = topics_of(sign_in("bob"))

    assert ("sailing" in before, after["sailing"]) == (False, "Sailing")


def test_a_moderator_sees_at_once_what_another_worker_changed(db, shape, sign_in):
    db.topics.insert_one({"_id": "sailing", "name": "Sailing"})

    page = sign_in("mod").get("/moderation/topics").text
    again = shape("new", name="Sailing")

    assert "/moderation/topics/sailing" in hrefs(page)
    assert again.status_code == 422


def test_what_an_administrator_hides_once_more_takes_one_to_show(db, dream, dreamer, sign_in):
    sign_in("mod").send(f"/moderation/dream/{dream['_id']}/hide", reason=WHY)
    dreamer("gil", role="administrator")
    sign_in("gil").send(f"/moderation/dream/{dream['_id']}/hide", reason=WHY)

    answer = sign_in("mod").send(f"/moderation/dream/{dream['_id']}/show", reason=WHY)

    assert answer.status_code == 403
    assert db.dreams.find_one()["hidden"] == WHY


def test_a_moderator_has_these_acts():
    assert {**ACTS} == {
        "hide": ("Hide", "hid"), "show": ("Show again", "unhid"),
        "delete": ("Delete permanently", "deleted"),
        "dismiss": ("Dismiss reports", "dismissed the reports about"),
        "suspend": ("Suspend %s", "suspended"), "restore": ("Unsuspend %s", "unsuspended"),
        "promote": ("Make %s a moderator", "gave moderator rights to"),
        "demote": ("Remove %s as moderator", "removed moderator rights from"),
        "make-admin": ("", "gave administrator rights to"),
        "remove-admin": ("", "removed administrator rights from"),
        "offer": ("", "offered"), "withdraw": ("", "stopped offering")}
    groups = ("CONTENT_ACTS", "DREAMER_ACTS", "ROLE_ACTS")
    assert [" ".join(getattr(moderation, name)) for name in groups] == [
        "hide show delete dismiss", "suspend restore", "promote demote"]
    assert [moderation.COMMAND_LINE["role"], moderation.REPORTERS["role"]] == [
        "command line", "site"]


def test_of_reports_there_are_these_numbers():
    numbers = {"REASON_LENGTH": 500, "LABEL_LENGTH": 100, "REPORTS_PAGE": 20,
               "REPORTER_AGE": timedelta(days=7), "MAX_COUNTED_REPORTS": 99, "OTHER_RULE": "other",
               "REPORT_DEFAULTS": {
                   "kind": "dream", "target_id": "unknown", "called": "", "rule": "", "reason": "",
                   "role": "", "act": "", "days": "", "dreamer_id": None, "about_id": None,
                   "words": "", "answer": "", "decision_id": None}}

    assert {name: getattr(reports, name) for name in numbers} == numbers
    assert reports.RULE_CHOICES["other"] == "Something else"


def test_these_are_the_topics():
    assert {**topics.TOPICS} == {
        "adventure": "Adventure", "arts": "Arts and crafts", "community": "Community",
        "family": "Family and friends", "health": "Health", "home": "Home and garden",
        "learning": "Learning", "music": "Music", "nature": "Nature and animals", "sport": "Sport",
        "technology": "Technology", "travel": "Travel", "work": "Work and business",
        "writing": "Writing"}
    assert [topics.MAX_TOPICS, topics.TOPICS_CACHE_TTL] == [100, 60]
    assert {**topics.TOPIC_DEFAULTS} == {"name": "A topic", "offered": True}
    assert all(topic["offered"] for topic in topics.DEFAULT_TOPICS.values())


# Which acts are allowed, as a table ##########################################

PERSON = {"_id": "ada", "role": None, "ends_at": None, "suspended": None}
ALL_ON_CONTENT, ON_PEOPLE, ROLES = "hide show delete dismiss", "suspend restore", "promote demote"


@pytest.mark.parametrize(("case", "moderator", "administrator"), [
    ({}, f"{ALL_ON_CONTENT} {ON_PEOPLE}", f"{ALL_ON_CONTENT} {ON_PEOPLE}"),
    ({"document": {"hidden": "Unkind.", "hidden_role": "administrator"}},
     f"hide delete dismiss {ON_PEOPLE}", f"{ALL_ON_CONTENT} {ON_PEOPLE}"),
    ({"document": {"hidden": "Unkind.", "hidden_role": None}},
     f"hide delete dismiss {ON_PEOPLE}", f"{ALL_ON_CONTENT} {ON_PEOPLE}"),
    ({"document": {"hidden": "Unkind.", "hidden_role": "site"}},
     f"{ALL_ON_CONTENT} {ON_PEOPLE}", f"{ALL_ON_CONTENT} {ON_PEOPLE}"),
    ({"document": {"hidden": None, "is_gone": True}},
     f"dismiss {ON_PEOPLE}", f"dismiss {ON_PEOPLE}"),
    ({"dreamer": None}, ALL_ON_CONTENT, ALL_ON_CONTENT),
    ({"dreamer": PERSON | {"role": "moderator"}},
     ALL_ON_CONTENT, f"{ALL_ON_CONTENT} {ON_PEOPLE}"),
    ({"dreamer": PERSON | {"role": "administrator"}}, ALL_ON_CONTENT, ALL_ON_CONTENT),
    ({"kind": "dreamer"}, f"dismiss {ON_PEOPLE}", f"dismiss {ON_PEOPLE} {ROLES}"),
    ({"kind": "dreamer", "dreamer": PERSON | {"ends_at": 1}},
     f"dismiss {ON_PEOPLE}", f"dismiss {ON_PEOPLE}"),
    ({"dreamer": PERSON | {"_id": "mod"}}, "", f"{ALL_ON_CONTENT} {ON_PEOPLE}")])
def test_these_acts_are_allowed(case, moderator, administrator):
    case = {"kind": "dream", "document": {"hidden": None}, "dreamer": PERSON} | case
    viewers = [{"_id": "mod", "role": "moderator"}, {"_id": "zoe", "role": "administrator"}]

    assert [" ".join(moderation.allowed_acts(viewer, case)) for viewer in viewers] == [
        moderator, administrator]


@pytest.mark.parametrize(("case", "offered"), [
    ({}, "hide delete suspend"), ({"reports": [1]}, "hide delete dismiss suspend"),
    ({"document": {"hidden": "Unkind.", "hidden_role": "moderator"}}, "show delete suspend"),
    ({"document": {"hidden": "Unkind.", "hidden_role": "site"}}, "hide show delete suspend"),
    ({"dreamer": PERSON | {"suspended": {"until": None}}}, "hide delete restore"),
    ({"kind": "dreamer"}, "suspend promote"),
    ({"kind": "dreamer", "dreamer": PERSON | {"role": "moderator"}}, "suspend demote"),
    ({"kind": "dreamer", "dreamer": PERSON | {"suspended": {"until": None}}}, "restore"),
    ({"dreamer": None}, "hide delete")])
def test_only_acts_that_change_something_are_offered(case, offered):
    case = {"kind": "dream", "document": {"hidden": None}, "dreamer": PERSON, "reports": []} | case

    acts = moderation.offered_acts({"_id": "zoe", "role": "administrator"}, case)

    assert " ".join(acts) == offered


def test_an_act_concerns_one_document_alone(db, dream, make_dream, dreamer):
    other, ada, bob = make_dream("bob", "Bake bread"), dreamer("ada"), dreamer("bob")
    complete = complete_dream(dream)

    results = [set_hidden("dream", complete, WHY, "moderator"),
               set_hidden("dream", complete, "Other words.", "moderator"),
               set_hidden("dream", complete, "Worse.", "administrator"),
               set_hidden("dream", complete | {"hidden_role": "moderator"}, None),
               moderation.set_cleared("dream", complete, "administrator"),
               moderation.set_suspended(complete_dreamer(ada), WHY, "7"),
               set_role(ada, "moderator", None), set_role(ada, None, "moderator")]

    assert results == [True, False, True, False, True, True, False, True]
    assert [("hidden" in each, each.get("cleared")) for each in db.dreams.find().sort("_id")] == [
        (False, True), (False, None)]
    people = {each["_id"]: each for each in db.dreamers.find()}
    assert [people[each["_id"]]["role"] for each in (ada, bob)] == ["moderator", None]
    assert "suspended" not in people[bob["_id"]]
    week = people[ada["_id"]]["suspended"]["until"] - datetime.now(UTC)
    assert timedelta(days=6.9) < week < timedelta(days=7)
    assert db.dreams.find_one({"_id": other["_id"]}) == other


def test_reports_of_one_person_or_thing_go_alone(db, dream, make_dream, dreamer):
    ada, bob, eve = (complete_dreamer(dreamer(name)) for name in ("ada", "bob", "eve"))
    other = make_dream("bob", "Bake bread")
    for reporter, target in ((bob, dream), (eve, dream), (eve, other)):
        assert add_report(reporter, "dream", target, WHY, "scams")
    counts = [count_open_reports(viewer) for viewer in (ada, bob, eve)]

    reports.remove_reports_of(bob)

    left = {each["target_id"]: each for each in db.reports.find()}
    assert counts == [1, 2, 3]
    assert {_id: (each["dreamer_id"], each["about_id"]) for _id, each in left.items()} == {
        dream["_id"]: (eve["_id"], ada["_id"])}
    assert [left[dream["_id"]].get(key) for key in (
        "kind", "called", "rule", "reason", "weighs")] == [
        "dream", "Sail around the world", "scams", WHY, None]
    assert add_report(bob, "dream", other, WHY)
    reports.remove_reports(dream["_id"])
    assert [each["target_id"] for each in db.reports.find()] == [other["_id"]]


def test_reports_of_confirmed_people_weigh_after_a_week():
    now = datetime.now(UTC)
    people = [{"_id": ObjectId.from_datetime(now - age)} | more for age, more in (
        (timedelta(days=7, minutes=1), {}), (timedelta(days=7, minutes=-1), {}),
        (timedelta(days=8), {"ends_at": now}))]

    assert [reports.is_counted_reporter(person) for person in people] == [True, False, False]


def test_what_was_reported_is_called_so():
    long = {"body": "x" * 101, "title": "Sail", "name": "Ada"}

    assert [reports.label_of(kind, long) for kind in (
        "dream", "dreamer", "comment", "message", "update")] == ["Sail", "Ada", *["x" * 100] * 3]
    assert reports.words_of("dream", {
        "title": "Sail", "description": "Far.", "picture_alt": "A boat",
        "needs": [{"text": "A sail"}, {"text": "Wind"}], "thanks": ["Lent one"]}) == (
        "Far.\n\nPicture: A boat\n\nNeeds: A sail\n\nNeeds: Wind\n\nThanks: Lent one")
