"""What reports hide by themselves, and moderators' decisions as those read them whom they concern.

Ada's dream or bob's comment is reported or decided about.
"""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from support.concurrency import post_concurrently, run_concurrently
from support.mail import send_mail
from support.page_parser import comments_shown, error_of, form_of, hrefs, next_of, words_shown

import app as site
from dreamscape import moderation
from dreamscape.comments import complete_comment
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream
from dreamscape.moderation import (
    DECISIONS, HIDING_REPORTS, REPORTED, REPORTERS, add_audit, find_decision, set_answer,
    set_cleared, set_hidden, set_hidden_by_reports, set_role, set_suspended,
)
from dreamscape.notifications import find_notices, notify
from dreamscape.reports import add_report
from dreamscape.updates import add_update, complete_update

SLUG = "sail-around-the-world"
WHY = "It is not kind."
KINDS = ["dream", "comment"]
AUTHORS = {"dream": "ada", "comment": "bob"}


@pytest.fixture
def things(dream, comment):
    """Ada's dream and bob's comment on it, as stored."""
    return {"dream": dream, "comment": comment}


@pytest.fixture
def report(db, things):
    """Report a thing by somebody: report("dream", days=8) adds a person who is so many days old."""
    complete = {"dream": complete_dream, "comment": complete_comment, "dreamer": complete_dreamer}

    def add(kind, days=8, **fields):
        """Report it as a new person."""
        joined = datetime.now(UTC) - timedelta(days=days)
        # Of several made within a second each has an id of its own.
        dreamer_id = ObjectId(ObjectId.from_datetime(joined).binary[:4] + ObjectId().binary[4:])
        person = complete_dreamer({"_id": dreamer_id} | fields)
        db.dreamers.insert_one({"_id": dreamer_id} | fields)
        thing = complete[kind](things[kind])
        add_report(person, kind, thing, WHY)
        set_hidden_by_reports(kind, thing)

    return add


@pytest.fixture
def act(sign_in, things, dreamer):
    """Do something as a moderator: act("hide", "dream")."""
    def send(act, kind, **fields):
        """Send the act; return the answer."""
        thing = things[kind] if kind in KINDS else dreamer("ada")
        return sign_in("mod").send(f"/moderation/{kind}/{thing['_id']}/{act}",
                                   **{"reason": WHY} | fields)

    return send


def stored(db, kind):
    """Return the thing as it is stored now."""
    return db[f"{kind}s"].find_one({})


# Hidden by reports ###########################################################


@pytest.mark.parametrize("kind", KINDS)
def test_what_three_people_report_is_hidden(db, report, visitor, kind):
    """R72."""
    for _ in range(HIDING_REPORTS):
        report(kind)

    assert (stored(db, kind)["hidden"], stored(db, kind)["hidden_role"]) == (REPORTED, "site")
    page = visitor.get(f"/dreams/{SLUG}")
    assert page.status_code == 404 if kind == "dream" else comments_shown(page.text) == []


def test_a_person_whom_three_people_report_is_not_hidden(db, report, things, dreamer, visitor):
    things["dreamer"] = dreamer("ada") | {"dreamer_id": dreamer("ada")["_id"]}
    for _ in range(HIDING_REPORTS):
        report("dreamer")

    assert db.reports.count_documents({"kind": "dreamer", "weighs": True}) == HIDING_REPORTS
    assert "hidden" not in db.dreamers.find_one({"_id": dreamer("ada")["_id"]})
    assert db.audit.count_documents({}) == 0
    assert visitor.get("/dreamers/ada-lovelace").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("third", [
    {"days": 6}, {"ends_at": datetime(2099, 1, 1, tzinfo=UTC)}, None])
def test_fewer_or_new_or_unconfirmed_people_hide_nothing(db, report, kind, third):
    """R72."""
    for fields in ({}, {}, third):
        if fields is not None:
            report(kind, **fields)

    assert "hidden" not in stored(db, kind)


def test_a_report_on_the_site_hides_too(db, dream, report, dreamer, sign_in, monkeypatch):
    """R72."""
    monkeypatch.setattr("dreamscape.reports.REPORTER_AGE", timedelta(0))
    for name in ("bob", "mallory", "zoe"):
        sign_in(name).send(f"/dreams/{SLUG}/report", rule="kindness")

    assert stored(db, "dream")["hidden"] == REPORTED


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_reports_at_the_same_moment_hide_once(db, comment, report):
    """R72: so the dream's comments are counted down once, and its author is told once."""
    run_concurrently(*[lambda: report("comment")] * 5)

    assert db.dreams.find_one()["comments"] == 0
    assert db.audit.count_documents({}) == count_told(db) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("decided", ["show", "dismiss"])
@pytest.mark.parametrize("before", [2, 3])
def test_what_a_moderator_leaves_up_is_not_hidden_by_reports_again(
        db, report, act, kind, decided, before):
    """R72."""
    for _ in range(before):
        report(kind)

    act(decided, kind)
    for _ in range(HIDING_REPORTS):
        report(kind)

    assert "hidden" not in stored(db, kind)
    assert db.dreams.find_one()["comments"] == 1


def test_a_report_that_comes_in_after_the_decision_hides_nothing(db, dream, report, act):
    report("dream")
    report("dream")
    act("dismiss", "dream")
    db.reports.insert_many([{"dreamer_id": n, "target_id": dream["_id"], "weighs": True}
                            for n in range(3)])

    set_hidden_by_reports("dream", complete_dream(dream))

    assert "hidden" not in stored(db, "dream")


def test_an_edit_after_the_decision_can_be_hidden_by_reports(db, report, act, sign_in):
    act("dismiss", "dream")
    sign_in("ada").send(f"/dreams/{SLUG}/edit", title="Rude", description="Words.",
                        topics="travel")

    for _ in range(HIDING_REPORTS):
        report("dream")

    assert stored(db, "dream")["hidden"] == REPORTED


@pytest.mark.parametrize("kind", KINDS)
def test_a_moderator_makes_what_reports_hid_their_own_decision(db, report, act, kind):
    for _ in range(HIDING_REPORTS):
        report(kind)

    act("hide", kind)

    assert (stored(db, kind)["hidden"], stored(db, kind)["hidden_role"]) == (WHY, "moderator")
    assert db.dreams.find_one()["comments"] == (kind == "dream")


def test_what_a_moderator_hid_is_not_hidden_by_reports(db, report, act):
    act("hide", "dream")

    for _ in range(HIDING_REPORTS):
        report("dream")

    assert stored(db, "dream")["hidden"] == WHY


def test_its_author_reads_why_it_is_hidden(report, sign_in):
    for _ in range(HIDING_REPORTS):
        report("dream")

    words = words_shown(sign_in("ada").get(f"/dreams/{SLUG}").text)

    assert f"Hidden for now. Only you and moderators can see it. Reason: {REPORTED}" in words


# Reporting ###################################################################


@pytest.mark.parametrize(("rule", "status"), [("safety", 303), ("other", 422)])
def test_a_rule_says_enough_but_something_else_needs_words(db, dream, sign_in, rule, status):
    answer = sign_in("bob").send(f"/dreams/{SLUG}/report", rule=rule, reason="")

    assert answer.status_code == status
    assert db.reports.count_documents({}) == (status == 303)


def test_a_report_without_words_breaks_no_page(db, dream, sign_in):
    sign_in("bob").send(f"/dreams/{SLUG}/report", rule="safety")
    mod = sign_in("mod")

    assert "Rule: Keep people safe" in words_shown(mod.get("/moderation").text)
    assert mod.get(f"/moderation/dream/{dream['_id']}").status_code == 200


def test_who_reported_something_reads_so_instead_of_an_empty_form(dream, sign_in):
    bob = sign_in("bob")
    bob.send(f"/dreams/{SLUG}/report", rule="safety")

    page = bob.get(f"/dreams/{SLUG}/report?next=/dreamscape").text

    assert "You've reported this dream" in words_shown(page)
    assert 'name="rule"' not in page
    assert 'href="/dreamscape">Back' in page


# Told ########################################################################

TOLD = [("hide", "dream"), ("hide", "comment"), ("delete", "dream"), ("delete", "comment"),
        ("suspend", "dreamer"), ("suspend", "dream")]


def decision_of(db, name, dreamer):
    """Return the address of the decision that somebody was told of last."""
    told = [*db.notifications.find({"dreamer_id": dreamer(name)["_id"], "kind": "moderation"})]
    return f"/decisions/{told[-1]['acts'][-1]['about']}" if told else None


def count_told(db):
    """Return how many notifications tell of a decision."""
    return db.notifications.count_documents({"kind": "moderation"})


@pytest.mark.parametrize(("what", "kind"), TOLD)
def test_an_act_tells_whom_it_concerns(db, dreamer, act, what, kind):
    """R73."""
    act(what, kind)

    told = db.notifications.find_one({"kind": "moderation"})
    assert count_told(db) == 1
    assert told["dreamer_id"] == dreamer(AUTHORS.get(kind, "ada"))["_id"]
    about = db.audit.find_one()["_id"]
    assert told["acts"] == [{"by": None, "about": about, "abouts": [about]}]


@pytest.mark.parametrize(("first", "then", "kind"), [
    ("hide", "show", "dream"), ("hide", "show", "comment"), ("suspend", "restore", "dreamer")])
def test_the_end_of_a_decision_is_told_too(db, act, first, then, kind):
    """R73."""
    for what in (first, then):
        act(what, kind)

    assert count_told(db) == 2


@pytest.mark.parametrize(("what", "kind"), [
    ("dismiss", "dream"), ("show", "dream"), ("restore", "dreamer")])
def test_what_changes_nothing_is_not_told(db, act, what, kind):
    act(what, kind)

    assert count_told(db) == 0


def test_two_moderators_who_press_at_once_tell_once(real_db, dream, sign_in):
    post_concurrently([sign_in("mod") for _ in range(4)], f"/moderation/dream/{dream['_id']}/hide",
                      reason=WHY)

    assert count_told(real_db) == 1


@pytest.mark.parametrize(("kind", "path"), [
    ("dream", f"/dreams/{SLUG}/delete"), ("comment", "/comments/{comment}/delete")])
def test_who_deletes_as_a_moderator_where_a_thing_stands_tells_too(
        db, comment, dreamer, sign_in, kind, path):
    """R73."""
    sign_in("mod").send(path.format(comment=comment["_id"]), confirm="1")

    assert decision_of(db, AUTHORS[kind], dreamer)


def test_nobody_is_told_of_what_is_their_own_or_of_the_owner_of_a_dream(db, comment, sign_in):
    sign_in("ada").send(f"/comments/{comment['_id']}/delete", confirm="1")

    assert count_told(db) == 0


def test_an_act_on_what_somebody_left_behind_tells_nobody(db, comment, act):
    db.comments.update_one({}, {"$set": {"dreamer_id": None}})

    assert act("hide", "comment").status_code == 303
    assert count_told(db) == 0


@pytest.fixture
def told(db, dreamer, act, sign_in, report):
    """A function that decides something and returns (the browser, the address) of the author."""
    def decide(what="hide", kind="dream", **fields):
        """Decide it."""
        act(what, kind, **{"rule": "kindness"} | fields)
        name = AUTHORS.get(kind, "ada")
        return sign_in(name), decision_of(db, name, dreamer)

    return decide


@pytest.mark.parametrize(("what", "kind", "says"), [
    ("hide", "dream", "We hid your dream “Sail around the world”"),
    ("hide", "comment", "We hid your comment “I have a sail to give away.”"),
    ("delete", "dream", "We deleted your dream “Sail around the world”")])
def test_a_notification_and_its_email_say_what_was_decided(
        db, told, outbox, server, what, kind, says):
    """R70, R73."""
    client, _ = told(what, kind)
    send_mail()

    page = words_shown(client.get("/notifications").text)

    [mail] = server.messages
    assert says in page.replace("\u2068", "").replace("\u2069", "")
    assert mail["subject"] == says


@pytest.mark.parametrize(("entry", "says"), [
    ({"act": "show"}, "Your dream “Sail” is visible again"),
    ({"act": "restore", "kind": "dreamer"}, "Your account works again"),
    ({"act": "praise"}, "A moderator decided about “Sail”")])
def test_a_decision_of_another_version_is_told_too(db, dreamer, entry, says):
    ada = complete_dreamer(dreamer("ada"))
    audit_id = db.audit.insert_one({"about_id": ada["_id"], "called": "Sail"} | entry).inserted_id
    notify("moderation", ada["_id"], {"audit_id": audit_id}, None)

    [notice] = find_notices({"dreamer_id": ada["_id"]}, ada, 20)[1]

    assert notice["text"].replace("\u2068", "").replace("\u2069", "") == says


@pytest.mark.parametrize(("what", "kind", "title"), [
    ("hide", "dream", "We hid your dream"), ("hide", "comment", "We hid your comment"),
    ("delete", "dream", "We deleted your dream"),
    ("delete", "comment", "We deleted your comment")])
def test_a_decision_says_what_why_by_which_rule_and_about_which_words(told, what, kind, title):
    """R73."""
    client, path = told(what, kind)

    page = client.get(path).text

    words = {"dream": "With a boat I build myself.", "comment": "I have a sail to give away."}
    shown = words_shown(page)
    assert [each in shown for each in (title, WHY, "Rule: Be kind", words[kind])] == [True] * 4
    assert "/rules#kindness" in hrefs(page)


@pytest.mark.parametrize(("kind", "words"), [
    ("dream", "Sail around the world"), ("comment", "I have a sail to give away.")])
def test_a_notification_of_a_decision_says_what_it_is_about(told, kind, words):
    client, _ = told("hide", kind)

    assert words in words_shown(client.get("/notifications").text)


def test_a_decision_names_neither_who_decided_nor_who_reported(db, dream, dreamer, told):
    """R73."""
    add_report(dreamer("mallory"), "dream", complete_dream(dream), "I saw it.")
    client, path = told()

    words = words_shown(client.get(path).text)

    assert not any(name in words for name in ("Mallory", "Derator", "I saw it."))


@pytest.mark.parametrize("name", ["bob", "mod", "mallory"])
def test_a_decision_is_for_whom_it_concerns_alone(told, sign_in, name):
    _, path = told()

    assert sign_in(name).get(path).status_code == 404


@pytest.mark.parametrize("decision_id", ["x", "0" * 24, "6b01d3882cd1ffaec9805c6c"])
def test_a_decision_that_is_none_is_not_there(db, sign_in, decision_id):
    """R3."""
    assert sign_in("ada").get(f"/decisions/{decision_id}").status_code == 404


@pytest.mark.parametrize("act", sorted(DECISIONS))
def test_a_half_written_entry_breaks_no_decision(db, dreamer, sign_in, act):
    """R28."""
    entry = db.audit.insert_one({"about_id": dreamer("ada")["_id"], "act": act}).inserted_id

    assert sign_in("ada").get(f"/decisions/{entry}").status_code == 200


# Answered ####################################################################


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["hide", "delete"])
def test_an_answer_is_for_moderators_in_queue_and_case(db, things, told, sign_in, what, kind):
    """R73: of what was deleted too."""
    client, path = told(what, kind)

    client.send(f"{path}/answer", answer="I meant no harm.")

    mod = sign_in("mod")
    queue, case = mod.get("/moderation").text, f"/moderation/{kind}/{things[kind]['_id']}"
    assert f"answered a decision about this {kind}" in words_shown(queue)
    assert "Moderation (1) open report" in words_shown(queue)
    assert case in hrefs(queue)
    assert "I meant no harm." in words_shown(mod.get(case).text)


def test_an_answer_leads_back_and_stays_readable(told):
    client, path = told()

    answer = client.send(f"{path}/answer", answer="I meant no harm.")

    page = client.get(answer.location).text
    assert answer.location == path
    assert "Moderators will read your answer." in words_shown(page)
    assert "Your answer I meant no harm." in words_shown(page)
    assert 'name="answer"' not in page


def test_a_decision_is_answered_once(db, told):
    """R73."""
    client, path = told()
    client.send(f"{path}/answer", answer="I meant no harm.")

    again = client.send(f"{path}/answer", answer="And another thing.")

    assert error_of(again, "answer") == "You've already answered this."
    assert "And another thing." in again.text
    assert (db.audit.find_one()["answer"], db.reports.count_documents({})) == (
        "I meant no harm.", 1)


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_answers_at_the_same_moment_count_once(db, dreamer, told):
    told()
    ada = complete_dreamer(dreamer("ada"))
    decision = find_decision(ada, db.audit.find_one()["_id"])

    results = run_concurrently(*[lambda: set_answer(ada, decision, "Sorry.")] * 5)

    assert results == [True] * 5
    assert db.reports.count_documents({}) == 1


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_of_different_answers_at_the_same_moment_one_counts(db, dreamer, told):
    told()
    ada = complete_dreamer(dreamer("ada"))
    decision = find_decision(ada, db.audit.find_one()["_id"])

    results = run_concurrently(*[lambda text=text: set_answer(ada, decision, text)
                                 for text in "abcde"])

    assert sorted(results) == [False] * 4 + [True]


def test_the_same_answer_sent_twice_is_taken_both_times(db, told):
    """R46."""
    client, path = told()

    answers = [client.send(f"{path}/answer", answer="I meant no harm.") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert db.reports.count_documents({}) == 1


def test_the_answer_to_a_second_decision_is_in_the_queue_too(db, told, sign_in):
    """R73: a deletion on the dream's own page closes the first one."""
    client, path = told()
    client.send(f"{path}/answer", answer="I meant no harm.")
    sign_in("mod").send(f"/dreams/{SLUG}/delete", confirm="1", reason=WHY, rule="scams")
    [second] = db.audit.find({"act": "delete"})

    client.send(f"/decisions/{second['_id']}/answer", answer="Please bring it back.")

    [report] = db.reports.find()
    assert (report["reason"], report["decision_id"]) == ("Please bring it back.", second["_id"])


def test_an_answer_is_closed_by_the_next_decision_and_not_opened_again(db, told, act):
    client, path = told()
    client.send(f"{path}/answer", answer="I meant no harm.")

    act("dismiss", "dream")
    client.send(f"{path}/answer", answer="I meant no harm.")

    assert db.reports.count_documents({}) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_of_what_was_deleted_is_there_until_its_answer_is_closed(
        db, things, told, act, sign_in, kind):
    client, path = told("delete", kind)
    client.send(f"{path}/answer", answer="I meant no harm.")
    case = f"/moderation/{kind}/{things[kind]['_id']}"
    before = sign_in("mod").get(case).text

    statuses = [act(what, kind).status_code for what in ("hide", "dismiss", "dismiss")]

    assert "This was deleted." in words_shown(before)
    assert statuses == [403, 303, 404]


def test_an_answer_survives_a_recount(db, told):
    client, path = told("delete")
    client.send(f"{path}/answer", answer="I meant no harm.")

    site.app.test_cli_runner().invoke(args=["recount"])

    assert db.reports.count_documents({}) == 1


@pytest.mark.parametrize(("text", "says"), [
    ("", "Please write something first."), ("x" * 1_001, "at most 1,000 characters")])
def test_an_answer_that_does_not_fit_is_refused(db, told, text, says):
    client, path = told()

    answer = client.send(f"{path}/answer", answer=text)

    assert answer.status_code == 422
    assert says in error_of(answer, "answer")
    assert "answer" not in db.audit.find_one()


def test_an_answer_waits_until_after_the_sign_in(db, told, sign_in):
    client, path = told()
    db.dreamers.update_many({}, {"$set": {"sign_ins": []}})

    answer = client.post(f"{path}/answer", data={"answer": "I meant no harm."},
                         headers={"Origin": "http://localhost"})

    page = sign_in("ada").get(next_of(answer))
    assert form_of(page, "answer")["answer"] == ["I meant no harm."]


# Suspended ###################################################################


@pytest.mark.parametrize(("days", "says"), [("for-good", "permanently"), ("7", "until")])
def test_who_is_suspended_gets_an_email(db, server, outbox, act, days, says):
    """R73: for they can't sign in."""
    act("suspend", "dreamer", days=days)

    send_mail()

    [mail] = server.messages
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert mail["to"] == "ada@example.com"
    assert f"Your account has been suspended {says}" in text
    assert WHY in text


def test_the_email_says_whom_to_write_to(db, server, outbox, act, monkeypatch):
    """R73."""
    monkeypatch.setitem(site.settings, "CONTACT_EMAIL", "help@example.com")
    act("suspend", "dreamer")

    send_mail()

    [mail] = server.messages
    assert "write to help@example.com and tell us why." in " ".join(
        mail.get_body(("plain",)).get_content().split())


def test_who_is_let_back_reads_how_long_it_was(db, told, act, dreamer, sign_in):
    """R73."""
    _, path = told("suspend", "dreamer", days="30")
    act("restore", "dreamer")

    words = words_shown(sign_in("ada").get(path).text)

    assert "We suspended your account" in words
    assert "(a month)" in words


def test_three_reports_hide_something_and_say_so():
    assert (HIDING_REPORTS, REPORTED) == (
        3, "Several people reported this. A moderator will take a look.")


def test_a_decision_says_one_of_these():
    assert {**DECISIONS} == {
        "hide": "We hid your %s", "show": "Your %s is visible again",
        "dismiss": "Your %s is visible again", "delete": "We deleted your %s",
        "suspend": "We suspended your account", "restore": "Your account works again"}


def test_reports_of_other_things_hide_nothing(db, dream, make_dream, dreamer):
    others = [make_dream("bob", title) for title in ("Bake bread", "Sing")]
    set_hidden("dream", complete_dream(others[1]), WHY, "site")
    db.reports.insert_many([{"dreamer_id": number, "target_id": each["_id"], "weighs": True}
                            for number, each in enumerate((dream, dream, *others, *others))])

    set_hidden_by_reports("dream", complete_dream(dream))
    assert set_hidden("dream", complete_dream(dream), WHY, "moderator")
    assert not set_hidden("dream", complete_dream(others[0]), None)

    assert [each.get("hidden_role") for each in db.dreams.find().sort("_id")] == [
        "moderator", None, "site"]


def test_what_was_deleted_or_is_private_is_named_to_moderators_so():
    """As its newest report calls it, else the log, while a report or an answer is open."""
    answer = {"called": "Answered", "decision_id": ObjectId(), "about_id": "ada"}
    decided = {"called": "Sail", "about_id": "ada"}
    entries = {"reports": [answer], "decisions": [decided]}
    reported = [answer, {"called": "Reported", "decision_id": None, "about_id": "ada"}]
    own = {"_id": ObjectId(), "dreamer_id": "ada", "title": "Row", "body": "Row"}

    def absent(document, kind="dream", **change):
        """Return the document that is shown instead."""
        return moderation.absent_document(kind, own["_id"], document, entries | change)

    gone, private = absent(None), absent(own)
    keys = ("_id", "dreamer_id", "title", "description", "is_gone", "is_private")
    assert [gone[key] for key in keys] == [own["_id"], "ada", "Sail", "", True, False]
    assert [private[key] for key in keys] == [own["_id"], "ada", "Sail", "", True, True]
    assert absent(None, reports=reported)["title"] == "Reported"
    assert (absent(own, "comment")["body"], absent(None, "comment")["dreamer_id"]) == ("", "ada")
    assert absent(own, reports=[])["title"] == "Sail"
    assert absent(own, reports=[], decisions=[]) is None
    assert [absent(None, kind, **change) for kind, change in (
        ("dreamer", {}), ("dream", {"reports": []}), ("dream", {"decisions": []}),
        ("dream", {"decisions": [decided | {"about_id": None}]}))] == [None] * 4


def test_a_suspension_is_mailed_with_its_reason(db, dreamer, monkeypatch):
    bob = dreamer("bob", suspended={"until": None, "reason": WHY})
    monkeypatch.setitem(site.settings, "CONTACT_EMAIL", "team@example.com")

    with site.app.app_context():
        message, none = (moderation.compose_suspension_mail(
            {"email": "bob@example.com", "dreamer_id": _id}) for _id in (bob["_id"], ObjectId()))

    assert (message.subject, message.recipients, none) == (
        "Your Dreamscape account has been suspended", ["bob@example.com"], None)
    assert "has been suspended permanently. Reason:" in message.body
    assert "If you think that's wrong, write to team@example.com and tell us why." in message.body
    assert "http://127.0.0.1:5000/rules" in message.body


# Beside others ###############################################################


@pytest.fixture
def two_dreams(db, make_dream):
    """Two dreams of ada's that reports hid, complete."""
    dreams = [make_dream(title=title) for title in ("Sail", "Row")]
    for dream in dreams:
        set_hidden("dream", complete_dream(dream), REPORTED, REPORTERS["role"])
    return [complete_dream(db.dreams.find_one({"_id": dream["_id"]})) for dream in dreams]


def test_what_is_decided_about_a_thing_changes_no_other(db, two_dreams):
    first, second = two_dreams
    before = db.dreams.find_one({"_id": first["_id"]})

    assert set_hidden("dream", second, WHY, "administrator")
    assert set_cleared("dream", second, "administrator")

    after = db.dreams.find_one({"_id": second["_id"]})
    assert db.dreams.find_one({"_id": first["_id"]}) == before
    assert {key: after.get(key) for key in ("hidden", "hidden_role", "cleared")} == {
        "hidden": None, "hidden_role": None, "cleared": True}
    assert "hidden_role" not in after


def test_what_nobody_hid_cannot_be_shown_again(db, dream):
    assert not set_cleared("dream", complete_dream(dream), None)


def test_an_answer_is_of_one_decision(db, two_dreams, dreamer):
    first, second = (add_audit(complete_dreamer(dreamer("mod")), "hide", "dream", dream, WHY)
                     for dream in two_dreams)
    ada = complete_dreamer(dreamer("ada"))
    decision = find_decision(ada, second)

    answered = [set_answer(ada, decision, text) for text in ("It is kind.", "Again.")]

    assert (decision["_id"], answered) == (second, [True, False])
    assert {entry["_id"]: entry.get("answer") for entry in db.audit.find()} == {
        first: None, second: "It is kind."}


def test_a_role_is_given_to_one_person_who_still_has_the_one_before(db, dreamer):
    for name in ("ada", "bob"):
        dreamer(name)

    given = [set_role(dreamer("bob"), before, "moderator") for before in (None, None)]

    assert given == [True, False]
    assert [dreamer(name)["role"] for name in ("ada", "bob")] == [None, "moderator"]


def test_what_reports_hide_is_told_with_the_words_that_were_reported(db, report, dreamer):
    for _ in range(HIDING_REPORTS):
        report("comment")

    [entry] = db.audit.find()
    assert (entry["act"], entry["words"], entry["about_id"]) == (
        "hide", "I have a sail to give away.", dreamer("bob")["_id"])
    assert db.notifications.count_documents(
        {"dreamer_id": dreamer("bob")["_id"], "kind": "moderation"}) == 1


def test_an_update_that_is_hidden_and_shown_again_counts_once(db, dream, dreamer):
    update_id = add_update(dreamer("ada"), dream, "The hull is done.")
    counts = []

    for reason in (None, "Rude.", None):
        update = complete_update(db.updates.find_one({"_id": update_id}))
        set_hidden("update", update, reason, "moderator")
        counts.append(db.dreams.find_one()["updates"])

    assert counts == [1, 0, 1]


def test_only_a_suspension_is_mailed_and_only_once(db, outbox, dreamer):
    ada, counts = complete_dreamer(dreamer("ada")), []

    for reason in (None, WHY, WHY, None):
        set_suspended(ada, reason, "for-good")
        counts.append(db.mails.count_documents({}))

    assert counts == [0, 1, 1, 1]
