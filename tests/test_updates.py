"""Updates of dreams (R65), telling followers of them, and their part in the score (R66)."""
import pytest

from dreamscape.dreamers import find_viewer
from dreamscape.follows import set_following
from dreamscape.mail import send_due_mails, set_mail_lease
from dreamscape.updates import (
    add_update, find_update, find_updates, remove_update, set_update,
)
from dreamscape.dreams import find_dream


@pytest.fixture
def ada_viewer(dreamer):
    """Ada, as functions take a viewer."""
    return find_viewer(dreamer("ada"))


@pytest.fixture
def add(outbox, dream, ada_viewer):
    """A function that adds an update to ada's dream, and returns it: add("We sailed.")."""
    def work(body="We sailed.", **fields):
        """Return the update; nobody is told before the test sends the mail."""
        return find_update({"_id": add_update(ada_viewer, dream, body, **fields)})

    return work


def stored(db, dream):
    """Return ada's dream as it is stored now."""
    return db.dreams.find_one({"_id": dream["_id"]})


def test_the_dream_holds_its_newest_update(db, dream, add):
    """R65: A copy of it, so that a card needs no further call."""
    add("One.")
    newest = add("Two." * 200)
    assert stored(db, dream)["newest_update"] == {
        "id": newest["_id"], "body": ("Two." * 200)[:200], "at": newest["created_at"]}
    assert stored(db, dream)["updates"] == 2


def test_a_dream_has_one_story(db, dream, add):
    """The second press finds the first one's, and it is in no list of updates."""
    first = add("", state="came-true")
    assert add("Another", state="came-true")["_id"] == first["_id"]
    found = find_updates(find_dream({"_id": dream["_id"]}), None, None)
    assert (found["updates"], found["story"]["_id"]) == ([], first["_id"])


def test_followers_are_told(db, dream, add, dreamer):
    """R65: By the outbox, which queues one entry."""
    set_following(find_viewer(dreamer("bob")), {"dream_id": dream["_id"]}, True)
    add()
    assert db.mails.count_documents({"kind": "tell_update"}) == 1
    send_due_mails()
    assert [each["dreamer_id"] for each in db.notifications.find({"kind": "update"})] == [
        dreamer("bob")["_id"]]
    assert not db.mails.count_documents({"kind": "tell_update"})


def post(client, dream, body="We sailed.", **fields):
    """Post an update to a dream; return the answer."""
    return client.send(f"/dreams/{dream['slug']}/updates", body=body, **fields)


def test_an_update_is_posted_and_shown(db, outbox, dream, ada, visitor):
    """R65."""
    answer = post(ada, dream)
    update = db.updates.find_one()
    assert answer.location == f"/dreams/{dream['slug']}#update-{update['_id']}"
    page = visitor.get(f"/dreams/{dream['slug']}").text
    assert f'id="update-{update["_id"]}"' in page
    assert "We sailed." in page
