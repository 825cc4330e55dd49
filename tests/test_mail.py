"""The outbox: what is sent, what is tried again and given up, and refused addresses."""

import ast
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.header import Header
from html import escape, unescape
from pathlib import Path

import pytest
from bson import ObjectId
from conftest import find_ada
from support.failing_database import outage
from support.mail import ASKED, ask, send_mail, wait_for_mail

import app as site
from dreamscape import indexes, mail
from dreamscape.indexes import prepare_database
from dreamscape.mail import (
    COMPOSERS, JOBS, NOTICES, add_mail, find_mail_delay, schedule_mail, send_due_mails,
    set_mail_lease,
)
from dreamscape.smtp import MAIL_DEADLINE


@pytest.fixture
def ada(db, dreamer):
    """Ada's document."""
    return dreamer("ada")


# The mail ####################################################################


def test_a_mail_that_went_out_is_not_kept(db, ada, visitor, server):
    ask(visitor)

    server.wait_for(1)
    assert db.mails.count_documents({}) == 0


def test_without_a_mail_server_the_mail_is_printed(ada, visitor, capsys):
    ask(visitor)

    printed = capsys.readouterr().out
    assert "To: ada@example.com\nSubject: Reset your Dreamscape password\n" in printed
    assert "\nhttp://127.0.0.1:5000/password-reset/ey" in printed


def find_kinds(codes):
    """Return the kinds of email that some code adds to the outbox, by a constant."""
    calls = [node for code in codes for node in ast.walk(ast.parse(code))
             if isinstance(node, ast.Call) and ast.unparse(node.func) == "add_mail"]
    return {node.value for call in calls for node in ast.walk(call.args[0])
            if isinstance(node, ast.Constant)}


def test_every_kind_of_mail_that_is_queued_can_be_composed():
    folder = Path(site.__file__).parent
    kinds = find_kinds(path.read_text("utf-8")
                       for path in (folder / "app.py", *(folder / "dreamscape").glob("*.py")))

    assert {"password_reset", "confirm", "address_changed"} <= kinds
    assert kinds <= {*COMPOSERS}


@pytest.mark.parametrize("kind", NOTICES)
def test_a_mail_tells_the_same_as_text_and_as_html(kind):
    with site.app.app_context():
        mail = COMPOSERS[kind]({"email": "ada@example.com"})

    subject, words, _ = NOTICES[kind]
    assert mail.subject == subject
    assert all(NOTICES[kind][2])
    assert f"<title>{escape(subject)} · Dreamscape</title>" in mail.html
    for part in (mail.body, unescape(mail.html)):
        assert words in " ".join(part.split())
        for path in NOTICES[kind][2].values():
            assert f"http://127.0.0.1:5000{path}" in part


# Those about notifications are in test_digests.py.
@pytest.mark.parametrize("kind", sorted({*COMPOSERS} - {"notification", "digest"}))
def test_every_mail_says_that_no_person_wrote_it(db, ada, dreamer, server, kind):
    una = dreamer("una", email="old@example.com", unconfirmed_email="una@example.com",
                  suspended={"until": None, "reason": "Spam"})
    with site.app.app_context():
        add_mail(kind, "una@example.com" if kind == "confirm" else "ada@example.com", una)

    message, = server.wait_for(1)
    assert message["Auto-Submitted"] == "auto-generated"
    assert {"OOF", "AutoReply"} <= {*message["X-Auto-Response-Suppress"].split(", ")}
    assert re.fullmatch(r"<[^@>]+@127\.0\.0\.1>", message["Message-ID"])
    assert message["Date"].datetime - datetime.now(UTC) < timedelta(minutes=1)


# Refused addresses ###########################################################


@pytest.mark.parametrize(("reply", "noted"), [
    ("452 4.2.2 Mailbox full", "ada@example.com"), ("530 5.7.0 Sign in first", None)])
def test_an_address_that_was_refused_for_a_day_is_noted(db, waiting, server, reply, noted):
    waiting(timedelta(hours=25))
    server.replies["RCPT"] = reply

    send_mail()

    assert find_ada(db).get("failed_email") == noted
    assert db.mails.count_documents({}) == 0


def test_a_server_that_was_busy_for_a_day_notes_nothing(db, waiting):
    waiting(timedelta(hours=25))

    send_mail()

    assert "failed_email" not in find_ada(db)


def test_a_mail_that_arrives_removes_the_note(db, ada, visitor, server):
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(visitor)
    server.clear()

    ask(visitor)

    assert len(server.messages) == 1
    assert "failed_email" not in find_ada(db)


def test_only_accounts_with_the_refused_address_are_noted(db, ada, dreamer, visitor, server):
    dreamer("bob")
    server.replies["RCPT"] = "550 5.1.1 No such user"

    ask(visitor)

    assert "failed_email" not in dreamer("bob")


def test_a_refused_mail_to_an_unknown_address_notes_nothing(db, dreamer, server):
    db.dreamers.insert_one({"first_name": "Someone without an address"})
    server.replies["RCPT"] = "550 5.1.1 No such user"
    with site.app.app_context():
        add_mail("welcome", "nobody@example.com")
        wait_for_mail()

    assert not db.dreamers.find_one({"failed_email": {"$exists": True}})


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_who_asked_for_a_refused_mail_is_told_the_same(ada, visitor, server, email):
    """R40."""
    server.replies["RCPT"] = "550 5.1.1 No such user"

    ask(visitor, email)

    page = visitor.get("/password-reset").text
    assert ASKED in page
    assert "deliver" not in page


def test_the_owner_is_told_on_every_page_and_can_have_it_tried_again(db, ada, sign_in, server):
    client = sign_in("ada")
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(site.app.test_client())
    page = client.get("/dreams").text
    assert "We couldn't deliver email to <span dir=\"auto\">ada@example.com</span>." in page
    assert '<a class="button button--quiet" href="/profile">Change address</a>' in page
    server.clear()

    client.send("/confirm", email="ada@example.com")
    wait_for_mail()

    assert server.messages[0]["subject"] == "Our email reaches you again"
    assert "We couldn't deliver" not in client.get("/dreams").text


def test_the_owner_is_told_again_if_it_fails_again(db, ada, sign_in, server):
    client = sign_in("ada")
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(site.app.test_client())

    client.send("/confirm", email="ada@example.com")
    wait_for_mail()

    assert "We couldn't deliver" in client.get("/confirm").text


def test_no_one_else_is_told(db, ada, sign_in, visitor, server):
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(visitor)

    pages = [client.get("/dreamers/ada-lovelace").text for client in (visitor, sign_in("bob"))]

    assert not any("deliver" in page or "ada@example.com" in page for page in pages)


# A mail that cannot be sent ##################################################


def make_due(db):
    """Let the pause after a failed mail be over."""
    db.mails.update_many({}, {"$set": {"due_at": datetime.now(UTC)}})


def test_a_mail_that_failed_is_logged_and_kept(db, ada, visitor, server, caplog):
    """R40."""
    server.refuse = True

    ask(visitor)

    kept = db.mails.find_one()
    assert f"A mail (password_reset, {kept['_id']}) was not sent, try 1: " in caplog.text
    assert kept["tries"] == 1


def test_a_mail_that_failed_gives_the_same_answer(ada, visitor, server):
    """R40."""
    server.refuse = True

    ask(visitor)

    assert ASKED in visitor.get("/password-reset").text


def test_a_log_about_mail_tells_no_link(ada, visitor, server, caplog):
    server.refuse = True

    ask(visitor)

    assert "password-reset/" not in caplog.text


def test_a_mail_that_failed_is_tried_again(db, ada, visitor, server, outbox):
    """R40."""
    ask(visitor)
    server.refuse = True
    assert site.app.test_cli_runner().invoke(args=["send-mail"]).output.endswith(": 1\n")

    server.clear()
    make_due(db)
    tried = site.app.test_cli_runner().invoke(args=["send-mail"])

    assert tried.output == "Emails still to be sent: 0\n"
    assert len(server.messages) == 1


def test_a_mail_that_failed_rests_before_it_is_tried_again(ada, visitor, server, outbox):
    """R40."""
    ask(visitor)
    server.refuse = True
    site.app.test_cli_runner().invoke(args=["send-mail"])
    server.clear()

    site.app.test_cli_runner().invoke(args=["send-mail"])

    assert server.messages == []


def test_a_mail_that_failed_is_tried_again_by_itself(ada, visitor, server, monkeypatch):
    """R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.8))
    server.refuse = True
    ask(visitor)

    server.clear()

    assert server.wait_for(1, timeout=20)


@pytest.fixture
def waiting(db, ada, server, outbox):
    """Put a mail of some age into the outbox, tried some times, of a server that refuses it."""
    def add(age=timedelta(0), tries=0):
        """Add it."""
        server.refuse = True
        now = datetime.now(UTC)
        db.mails.insert_one({"_id": ObjectId.from_datetime(now - age), "kind": "password_reset",
                             "email": "ada@example.com", "tries": tries, "due_at": now})

    return add


@pytest.mark.parametrize(("tries", "minutes"), [
    (0, 1), (1, 2), (2, 4), (6, 64), (7, 128), (8, 240), (9, 240), (10_000, 240)])
def test_the_pauses_of_a_mail_that_fails_grow(db, waiting, tries, minutes):
    """R40."""
    waiting(tries=tries)

    send_mail()

    pause = db.mails.find_one()["due_at"] - datetime.now(UTC)
    assert timedelta(minutes=minutes, seconds=-9) < pause <= timedelta(minutes=minutes)


@pytest.mark.parametrize(("age", "remaining"), [
    (timedelta(0), 1), (timedelta(hours=23), 1), (timedelta(hours=25), 0)])
def test_a_mail_that_fails_is_given_up_after_a_day(db, waiting, age, remaining):
    """R40."""
    waiting(age, tries=12)

    assert send_mail() == f"Emails still to be sent: {remaining}\n"
    assert db.mails.count_documents({}) == remaining


def test_a_mail_that_is_given_up_is_logged_as_an_error(db, waiting, caplog):
    """R40."""
    waiting(timedelta(hours=25))
    mail_id = db.mails.find_one()["_id"]

    send_mail()

    record, = [each for each in caplog.records if each.levelname == "ERROR"]
    assert f"A mail (password_reset, {mail_id}) is given up after try 1: " in record.getMessage()


def test_an_old_mail_is_tried_once_more_before_it_is_given_up(db, waiting, server):
    """R40: the site may have been down for days."""
    waiting(timedelta(days=3))
    server.refuse = False

    send_mail()

    assert len(server.messages) == 1


@pytest.fixture
def broken(db, monkeypatch):
    """Put an email or a job whose function fails into the outbox: broken(kinds)."""
    def add(kinds, age=timedelta(0), **fields):
        """Return its _id."""
        monkeypatch.setitem(kinds, "broken", lambda entry: entry["missing"])
        due = datetime.now(UTC) - timedelta(hours=1)
        return db.mails.insert_one({"_id": ObjectId.from_datetime(due - age), "kind": "broken",
                                    "tries": 0, "due_at": due, **fields}).inserted_id

    return add


def test_a_mail_that_cannot_be_composed_does_not_end_the_sending(db, server, broken, monkeypatch):
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.2))
    broken(COMPOSERS)
    queue_welcome(db)

    schedule_mail(0)

    assert server.wait_for(1)[0]["subject"] == "Welcome to Dreamscape"


def raise_in_template(entry):
    """Compose a mail with a template that names nothing of its context."""
    return site.app.jinja_env.from_string("{{ dream.title }}").render()


@pytest.mark.parametrize("function", [
    lambda entry: entry["missing"], lambda entry: entry.missing, lambda entry: 1 / 0,
    lambda entry: int(entry["kind"]), lambda entry: entry + 1, raise_in_template,
    lambda entry: Header("a\nb: c").encode()],
    ids=["key", "attribute", "zero", "value", "type", "template", "header"])
def test_mails_that_cannot_be_composed_hold_back_no_other(
        db, server, broken, monkeypatch, caplog, function):
    """The traceback of each is logged; the others are sent by the same run."""
    for age in range(5):  # minutes, as two a second apart may get the same _id
        broken(COMPOSERS, timedelta(minutes=age))
    monkeypatch.setitem(COMPOSERS, "broken", function)
    queue_welcome(db)

    assert send_mail() == "Emails still to be sent: 5\n"

    assert [mail["subject"] for mail in server.messages] == ["Welcome to Dreamscape"]
    assert len([record for record in caplog.records if record.exc_info]) == 5


@pytest.mark.parametrize("kinds", [COMPOSERS, JOBS])
def test_an_unexpected_error_is_retried_later(db, broken, outbox, kinds):
    broken(kinds, tries=301, parts=299)

    send_due_mails()

    pause = db.mails.find_one()["due_at"] - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=-9) < pause <= timedelta(minutes=4)


class UnlistedError(Exception):
    """Is not among BUGS."""


def raise_unlisted(entry):
    """Raise UnlistedError."""
    raise UnlistedError


@pytest.mark.parametrize("kinds", [COMPOSERS, JOBS])
@pytest.mark.parametrize(("age", "left"), [(timedelta(0), 1), (timedelta(hours=24), 0)])
def test_an_error_that_ends_the_run_is_retried_later_or_given_up(
        db, broken, outbox, monkeypatch, kinds, age, left):
    broken(kinds, age)
    monkeypatch.setitem(kinds, "broken", raise_unlisted)

    with pytest.raises(UnlistedError):
        send_due_mails()

    due = datetime.now(UTC) + timedelta(seconds=50)
    assert db.mails.count_documents({}) == left
    assert db.mails.count_documents({"due_at": {"$lt": due}}) == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_after_an_error_that_ends_the_run_the_next_one_starts_soon(db, timers, broken, monkeypatch):
    broken(COMPOSERS)
    monkeypatch.setitem(COMPOSERS, "broken", raise_unlisted)

    schedule_mail(0)
    end_timers(0)

    assert timers() == [1]


@pytest.mark.parametrize("kinds", [COMPOSERS, JOBS])
def test_an_unexpected_error_is_given_up_after_a_day(db, broken, outbox, caplog, kinds):
    mail_id = broken(kinds, timedelta(hours=24))

    send_due_mails()

    assert db.mails.find_one() is None
    assert f"A mail (broken, {mail_id}) is given up after try 1: KeyError('missing')" in caplog.text


@pytest.mark.parametrize("entry", [{"kind": "a kind of a newer version"}, {}])
def test_a_mail_nobody_can_write_is_not_lost_in_silence(db, caplog, outbox, entry):
    """R40."""
    db.mails.insert_one(entry | {"due_at": datetime.now(UTC)})

    assert send_mail() == "Emails still to be sent: 1\n"
    assert "was not sent, try 1: " in caplog.text


def test_the_mail_that_is_due_first_is_sent_first(db, outbox):
    now = datetime.now(UTC)
    due = {name: now - timedelta(hours=hours) for name, hours in (("b", 2), ("a", 3), ("c", 1))}
    db.mails.insert_many([{"kind": name, "due_at": at, "tries": 0} for name, at in due.items()])
    db.mails.insert_one({"kind": "without a time", "tries": 0})

    assert find_mail_delay() == 0
    assert [set_mail_lease()["kind"] for _ in due] == ["a", "b", "c"]
    assert set_mail_lease() is None
    assert 110 < find_mail_delay() <= 120


def test_what_a_new_mail_waits_with_is_what_a_try_changes(db, outbox):
    add_mail("welcome", "ada@example.com")

    before, entry = db.mails.find_one(), set_mail_lease()

    assert before.keys() == {"_id", "kind", "email", "dreamer_id", "tries", "due_at"}
    assert (before["tries"], entry["tries"], before["dreamer_id"]) == (0, 1, None)


def test_a_mail_that_no_server_takes_is_logged_without_its_address(db, ada, waiting, server,
                                                                   caplog):
    waiting()
    server.refuse = False
    server.replies["RCPT"] = "550 5.1.1 No such user"
    mail_id = db.mails.find_one()["_id"]

    send_mail()

    record, = [each for each in caplog.records if each.levelname == "ERROR"]
    assert f"A mail (password_reset, {mail_id}) cannot be sent: " in record.getMessage()
    assert "ada@" not in record.getMessage()


def test_send_mail_says_how_many_remain_though_none_is_due(db, waiting):
    waiting()
    send_mail()

    assert send_mail() == "Emails still to be sent: 1\n"


def test_one_mail_that_fails_does_not_hold_up_others(db, ada, dreamer, visitor, server, outbox):
    """R40: here one whose address this mail server does not take."""
    db.mails.insert_one({"kind": "password_reset", "email": "ädä@example.com", "tries": 0,
                         "due_at": datetime.now(UTC) - timedelta(hours=1)})
    dreamer("ädä")
    ask(visitor)

    site.app.test_cli_runner().invoke(args=["send-mail"])

    assert [message.recipients for message in server.messages][-1] == ["ada@example.com"]


def test_two_who_send_at_once_send_each_mail_once(real_db, dreamer, visitor, server, outbox):
    dreamer("ada")
    ask(visitor)

    with ThreadPoolExecutor(4) as pool:
        [*pool.map(lambda _: site.app.test_cli_runner().invoke(args=["send-mail"]), range(4))]

    assert len(server.messages) == 1


def test_a_mail_that_is_being_sent_belongs_to_one_sender_past_the_deadline(db, ada, outbox):
    """R40."""
    add_mail("password_reset", "ada@example.com")

    entry = set_mail_lease()

    lease = entry["due_at"] - datetime.now(UTC)
    assert lease > timedelta(seconds=2 * MAIL_DEADLINE - 9)


# When mail is sent ###########################################################


def queue_welcome(db):
    """Add an email to the outbox that nothing sends yet, as if its worker had ended."""
    db.mails.insert_one({"kind": "welcome", "email": "ada@example.com", "tries": 0,
                         "due_at": datetime.now(UTC)})


def test_mail_that_waits_is_sent_when_a_worker_starts(db, server):
    """R40."""
    queue_welcome(db)

    prepare_database()

    assert server.wait_for(1)


def test_mail_that_waits_is_sent_after_a_start_without_a_database(db, server, monkeypatch):
    """R2, R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.2))
    monkeypatch.setattr("dreamscape.indexes.all_indexes_ready", threading.Event())
    monkeypatch.setattr("dreamscape.indexes.INDEX_RETRY_DELAY", 0.1)
    queue_welcome(db)

    with outage(0):
        prepare_database()
        end_timers(0)
        assert server.messages == []

    assert server.wait_for(1)


def test_an_outbox_that_could_not_be_read_is_read_again(db, server, monkeypatch, caplog):
    """R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.2))
    queue_welcome(db)

    with outage(0):
        schedule_mail(0)
        end_timers(0)

    assert server.wait_for(1)
    assert "The outbox could not be read: the database went away" in caplog.text


def test_an_outbox_that_could_not_be_read_rests_for_a_minute(db, timers):
    with outage(0):
        schedule_mail(0)
        end_timers(0)

    assert timers() == [60]


def test_a_mail_whose_removal_failed_does_not_end_the_sending(db, server, monkeypatch):
    """R40: it comes twice, which is better than never."""
    for name in ("MAIL_RETRY_DELAY", "MAIL_LEASE"):
        monkeypatch.setattr(f"dreamscape.mail.{name}", timedelta(seconds=0.2))
    queue_welcome(db)

    with outage(1):
        schedule_mail(0)
        end_timers(0)

    assert server.wait_for(2)


def end_timers(interval):
    """Wait for the timers of an interval to have gone off."""
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == interval:
            thread.join()


@pytest.fixture
def timers(db, monkeypatch):
    """The timers that wait for mail, none of which ever goes off; see ``outbox``."""
    monkeypatch.setattr("dreamscape.mail.mail_timer", {"timer": None, "at": 0.0})
    yield lambda: [round(thread.interval) for thread in threading.enumerate()
                   if isinstance(thread, threading.Timer) and not thread.finished.is_set()]


@pytest.mark.parametrize(("delays", "left"), [
    ([60], [60]), ([60, 240], [60]), ([240, 60], [60]), ([60, 60, 60], [60])])
def test_one_timer_waits_for_the_mail_due_first(timers, delays, left):
    for delay in delays:
        schedule_mail(delay)

    assert timers() == left


@pytest.mark.parametrize(("pauses", "left"), [([], [60]), ([240], [240]), ([240, 60, 90], [60])])
def test_the_timer_comes_back_when_the_next_mail_is_due(db, timers, pauses, left):
    """R40: in an empty outbox, after a minute, for commands add mail too."""
    due = [datetime.now(UTC) + timedelta(seconds=pause) for pause in pauses]
    db.mails.insert_many([{"due_at": at} for at in due]) if due else None

    schedule_mail(0)
    end_timers(0)

    assert timers() == left


def test_of_the_outbox_there_are_these_times():
    times = {"MAIL_DEADLINE": 60, "MAIL_LEASE": timedelta(minutes=2),
             "MAIL_RETRY_DELAY": timedelta(minutes=1), "MAX_MAIL_RETRY_DELAY": timedelta(hours=4),
             "MAIL_MAX_AGE": timedelta(days=1), "OUTBOX_DELAY": 60, "BUG_DELAY": 1}

    assert {name: getattr(mail, name) for name in times} == times
    assert [indexes.INDEX_TIMEOUT, indexes.INDEX_RETRY_DELAY] == [86_400, 10]
