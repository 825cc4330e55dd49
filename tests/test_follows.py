"""Following dreams and dreamers: counts that stay true, and a way back from every press."""

from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import unquote

import pytest
from support.failing_database import outage
from support.page_parser import dreams_shown, form_to, words_shown
from support.concurrency import post_concurrently, run_concurrently

import app as site
from dreamscape import follows, intents
from dreamscape.cheers import set_cheering
from dreamscape.comments import add_comment, set_reaction
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import trend_score
from dreamscape.follows import find_viewer_state, set_following

FEED = "/dreamscape?view=following&own=1&q=sail"
KINDS = ["dreams/sail-around-the-world", "dreamers/ada-lovelace"]

LEAVING = {"confirm": "1", "current_password": "correct horse battery"}


def count_of(database, kind):
    """Return the stored count of followers of ada, or of her dream."""
    return database[kind.partition("/")[0]].find_one({"slug": kind.partition("/")[2]})["followers"]


# Following ###################################################################


@pytest.mark.parametrize("kind", KINDS)
def test_a_follow_is_kept_and_counted(db, dream, sign_in, kind):
    sign_in("bob").send(f"/{kind}/follow")

    assert db.follows.count_documents({}) == count_of(db, kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_unfollow_is_kept_and_counted(db, dream, sign_in, kind):
    client = sign_in("bob")
    client.send(f"/{kind}/follow")

    client.send(f"/{kind}/unfollow")

    assert db.follows.count_documents({}) == count_of(db, kind) == 0


@pytest.mark.parametrize(("presses", "expected"), [
    ("follow follow", 1), ("unfollow", 0), ("follow unfollow unfollow", 0),
    ("follow unfollow follow", 1)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_press_says_the_wanted_state(db, dream, sign_in, kind, presses, expected):
    """R46."""
    client = sign_in("bob")

    for action in presses.split():
        client.send(f"/{kind}/{action}")

    assert db.follows.count_documents({}) == count_of(db, kind) == expected


def test_a_dream_and_its_dreamer_are_followed_apart(db, dream, sign_in):
    client = sign_in("bob")

    for kind in KINDS:
        client.send(f"/{kind}/follow")
    client.send(f"/{KINDS[0]}/unfollow")

    assert [count_of(db, kind) for kind in KINDS] == [0, 1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["follow", "unfollow"])
def test_nobody_follows_what_is_their_own(db, dream, sign_in, kind, action):
    response = sign_in("ada").send(f"/{kind}/{action}")

    assert response.status_code == 403
    assert db.follows.count_documents({}) == 0


@pytest.mark.parametrize("path", ["/dreams/sail-around-the-world", "/dreamers/ada-lovelace",
                                  "/dreamscape?own=1"])
def test_following_what_is_ones_own_is_not_offered(db, dream, sign_in, path):
    page = sign_in("ada").get(path).text

    assert "/follow" not in page


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["follow", "unfollow"])
def test_following_is_not_for_looking_at(db, dream, sign_in, kind, action):
    assert sign_in("bob").get(f"/{kind}/{action}").status_code == 405


@pytest.mark.parametrize("kind", KINDS)
def test_a_visitor_who_follows_is_led_to_the_sign_in(db, dream, visitor, kind):
    response = visitor.send(f"/{kind}/follow", next="/dreams/sail-around-the-world")

    intent = "&intent=" + ("follow:sail-around-the-world" if kind.startswith("dreams/")
                           else "follow-dreamer:ada-lovelace")
    assert unquote(response.location) == "/login?next=/dreams/sail-around-the-world" + intent
    assert db.follows.count_documents({}) == 0


# What is shown ###############################################################


@pytest.mark.parametrize("path", ["/dreams/sail-around-the-world", "/dreamscape"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_press_turns_the_button(db, dream, sign_in, kind, path):
    """R44."""
    client = sign_in("bob")
    before = client.get(path).text
    client.send(f"/{kind}/follow")

    after = client.get(path).text

    assert (f'"/{kind}/follow"' in before, f'"/{kind}/unfollow"' in before) == (True, False)
    assert (f'"/{kind}/follow"' in after, f'"/{kind}/unfollow"' in after) == (False, True)


def test_the_button_of_a_dreamer_without_dreams_turns_too(db, dreamer, sign_in):
    dreamer("ada")
    client = sign_in("bob")
    client.send("/dreamers/ada-lovelace/follow")

    assert '"/dreamers/ada-lovelace/unfollow"' in client.get("/dreamers/ada-lovelace").text


def test_a_button_does_not_turn_for_others(db, dream, sign_in):
    sign_in("bob").send("/dreams/sail-around-the-world/follow")

    page = sign_in("mallory").get("/dreams/sail-around-the-world").text

    assert '"/dreams/sail-around-the-world/follow"' in page


@pytest.mark.parametrize(("kind", "is_shown"), [*zip(KINDS, (True, False), strict=True)])
def test_the_count_of_followers_is_shown_of_dreams_alone(
        db, dream, sign_in, visitor, kind, is_shown):
    """R62: on a person's page the number of dreams that they helped stands there."""
    for name in ("bob", "mallory"):
        sign_in(name).send(f"/{kind}/follow")

    assert ("2 followers" in words_shown(visitor.get(f"/{kind}").text)) == is_shown


# At the same moment ##########################################################

EIGHT = ("bob", "cleo", "dan", "eve", "kim", "li", "mallory", "zoe")


@pytest.mark.parametrize("kind", KINDS)
def test_a_follow_from_eight_tabs_at_once_counts_once(real_db, dream, sign_in, kind):
    """R46."""
    post_concurrently([sign_in("bob") for _ in range(8)], f"/{kind}/follow")

    assert real_db.follows.count_documents({}) == count_of(real_db, kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_eight_dreamers_who_follow_at_once_all_count(real_db, dream, sign_in, kind):
    post_concurrently([sign_in(name) for name in EIGHT], f"/{kind}/follow")

    assert real_db.follows.count_documents({}) == count_of(real_db, kind) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_an_unfollow_from_eight_tabs_at_once_counts_once(real_db, dream, sign_in, kind):
    """R46."""
    sign_in("mallory").send(f"/{kind}/follow")
    sign_in("bob").send(f"/{kind}/follow")

    post_concurrently([sign_in("bob") for _ in range(8)], f"/{kind}/unfollow")

    assert real_db.follows.count_documents({}) == count_of(real_db, kind) == 1


@pytest.mark.parametrize("key", ["dream_id", "followed_id"])
def test_changes_of_mind_at_once_leave_the_count_true(real_db, dream, dreamer, key):
    """R46."""
    target = {key: dream["_id"] if key == "dream_id" else dreamer("ada")["_id"]}
    bob, wanted = dreamer("bob"), (True, False) * 4

    run_concurrently(*(partial(set_following, bob, target, each) for each in wanted))

    kind = KINDS[key == "followed_id"]
    assert real_db.follows.count_documents({}) == count_of(real_db, kind)


def test_follows_at_once_leave_a_true_score(real_db, dream, sign_in):
    """R41."""
    post_concurrently([sign_in(name) for name in EIGHT], f"/{KINDS[0]}/follow")

    stored = real_db.dreams.find_one({})
    assert stored["score"] == pytest.approx(trend_score(stored))


@pytest.mark.parametrize("answer_lost", [False, True])
@pytest.mark.parametrize("after", range(1, 5))
@pytest.mark.parametrize("kind", KINDS)
def test_a_follow_interrupted_anywhere_is_mended(db, dream, sign_in, kind, after, answer_lost):
    """R5."""
    client = sign_in("bob")
    fields = {"csrf_token": client.token()}
    with outage(after, answer_lost):
        client.post(f"/{kind}/follow", data=fields)

    client.post(f"/{kind}/follow", data=fields)
    site.app.test_cli_runner().invoke(args=["recount"])

    assert db.follows.count_documents({}) == count_of(db, kind) == 1


# Where a press leads #########################################################


@pytest.mark.parametrize("action", ["follow", "unfollow"])
def test_a_press_on_a_dream_returns_to_it_with_all_state(db, dream, sign_in, action):
    """R43, R44."""
    response = sign_in("bob").send(f"/{KINDS[0]}/{action}", next=FEED)

    assert response.location == f"{FEED}#dream-sail-around-the-world"


@pytest.mark.parametrize("action", ["follow", "unfollow"])
def test_a_press_on_a_dreamer_returns_to_the_dream_it_was_pressed_at(db, dream, sign_in, action):
    """R43, R44."""
    client = sign_in("bob")
    client.send(f"/{KINDS[1]}/follow") if action == "unfollow" else None
    address = "/dreamscape?view=latest&own=1&q=sail"
    fields = form_to(client.get(address).text, f"/{KINDS[1]}/{action}")

    response = client.post(f"/{KINDS[1]}/{action}", data=fields)

    assert response.location == f"{address}#dream-sail-around-the-world"


@pytest.mark.parametrize(("kind", "location"), [
    (KINDS[0], "/dreams/sail-around-the-world#dream-sail-around-the-world"),
    (KINDS[1], "/dreamers/ada-lovelace")])
def test_a_press_that_does_not_say_where_from_leads_to_what_was_followed(
        db, dream, sign_in, kind, location):
    """R44."""
    assert sign_in("bob").send(f"/{kind}/follow").location == location


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_done_is_said_once(db, dream, sign_in, kind):
    client = sign_in("bob")
    location = client.send(f"/{kind}/follow", next="/dreamscape").location

    first, again = client.get(location).text, client.get(location).text

    assert "You're following " in words_shown(first)
    assert "You're following " not in words_shown(again)


# What no longer fits #########################################################


@pytest.fixture
def unfollowed(db, dream, sign_in):
    """Follow something in one press and unfollow it from the feed: unfollowed(kind)."""
    def press_twice(kind, feed=FEED):
        """Return bob's browser and where the second press led."""
        client = sign_in("bob")
        client.send(f"/{kind}/follow", next=feed)
        fields = form_to(client.get(feed).text, f"/{kind}/unfollow")
        return client, client.post(f"/{kind}/unfollow", data=fields).location

    return press_twice


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_unfollowed_keeps_its_place_once_more(unfollowed, kind):
    """R47."""
    client, location = unfollowed(kind)

    page = client.get(location).text

    assert location == f"{FEED}#dream-sail-around-the-world"
    assert dreams_shown(page) == ["sail-around-the-world"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_unfollowed_is_said_and_can_be_undone(unfollowed, db, kind):
    """R47."""
    client, location = unfollowed(kind)
    page = client.get(location).text
    notice = page.partition('class="notice"')[2].partition("</div>")[0]

    client.post(f"/{kind}/follow", data=form_to(notice, f"/{kind}/follow"))

    assert "unfollowed" in notice
    assert count_of(db, kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_undo_returns_to_the_whole_address(unfollowed, kind):
    """R43, R47."""
    client, location = unfollowed(kind)
    notice = client.get(location).text.partition('class="notice"')[2].partition("</div>")[0]

    response = client.post(f"/{kind}/follow", data=form_to(notice, f"/{kind}/follow"))

    assert response.location.partition("#")[0] == FEED


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_unfollowed_is_gone_on_reload(unfollowed, kind):
    """R46, R47."""
    client, location = unfollowed(kind)
    client.get(location)

    assert dreams_shown(client.get(location).text) == []


def test_an_unfollowed_dream_does_not_slip_past_a_topic(unfollowed):
    """R47: it stays where it was seen, and nowhere else."""
    client, _ = unfollowed(KINDS[0])

    page = client.get("/dreamscape?view=following&topic=music").text

    assert dreams_shown(page) == []


@pytest.mark.parametrize("page", ["/dreamscape?view=newest", "/dreams/sail-around-the-world"])
def test_what_was_unfollowed_on_another_page_is_not_shown_among_the_followed(
        db, dream, sign_in, page):
    """R47: only where it was seen among them would it jump."""
    client = sign_in("bob")
    client.send(f"/{KINDS[0]}/follow")

    client.send(f"/{KINDS[0]}/unfollow", next=page)

    assert dreams_shown(client.get(FEED).text) == []


@pytest.mark.parametrize("action", ["follow", "unfollow"])
@pytest.mark.parametrize("collection", ["dreams", "dreamers"])
def test_a_press_on_what_vanished_leads_back_and_says_so(db, dream, sign_in, action, collection):
    """R47."""
    kind = next(kind for kind in KINDS if kind.startswith(f"{collection}/"))
    client = sign_in("bob")
    db[collection].delete_many({"slug": kind.partition("/")[2]})

    response = client.send(f"/{kind}/{action}", next="/dreamscape?q=a")

    assert response.location == "/dreamscape?q=a"
    assert "there any more" in words_shown(client.get(response.location).text)


@pytest.mark.parametrize("key", ["dream_id", "followed_id"])
def test_a_follow_of_what_vanished_at_that_moment_does_not_stay(db, dream, dreamer, key):
    """R47."""
    target = {key: dream["_id"] if key == "dream_id" else dreamer("ada")["_id"]}
    bob = dreamer("bob")
    db.dreams.delete_many({}), db.dreamers.delete_many({"slug": "ada-lovelace"})

    assert set_following(bob, target, True) is False
    assert db.follows.count_documents({}) == 0


def test_the_dreams_of_a_dreamer_who_left_are_followed_by_nobody(db, dream, sign_in, dreamer):
    client = sign_in("bob")
    client.send(f"/{KINDS[1]}/follow"), client.send(f"/{KINDS[0]}/follow")

    sign_in("ada").send("/profile/delete", **LEAVING)

    assert db.follows.count_documents({}) == 0


def test_followers_who_leave_are_counted_no_more(db, dream, sign_in):
    for kind in KINDS:
        sign_in("bob").send(f"/{kind}/follow")

    sign_in("bob").send("/profile/delete", **LEAVING)

    assert [count_of(db, kind) for kind in KINDS] == [0, 0]


def test_of_what_a_viewer_did_a_page_reads_its_own_dreams_alone(db, dream, make_dream, dreamer):
    other, bob = make_dream(title="Another one"), complete_dreamer(dreamer("bob"))
    set_following(bob, {"dream_id": other["_id"]}, True)
    set_cheering(bob, other, True)
    set_reaction(bob, {"_id": add_comment(bob, other, "Bravo"), "dream_id": other["_id"]}, "like")

    state = find_viewer_state(bob, [dream])

    assert state == {"followed": set(), "reactions": {}, "cheered": set()}


def test_of_follows_there_are_these_numbers():
    assert [follows.MAX_FOLLOWED_DREAMERS, intents.SESSION_FIELDS_LENGTH] == [10_000, 1_500]


def test_a_page_knows_what_its_viewer_did_and_nobody_elses(db, make_dream, dreamer):
    """Of what the page shows; with another viewer who did all the rest."""
    bob, mallory = complete_dreamer(dreamer("bob")), complete_dreamer(dreamer("mallory"))
    first, second = make_dream(), make_dream("mod", "Bake bread")
    said = [db.comments.find_one({"_id": add_comment(dreamer("ada"), first, body)})
            for body in ("One.", "Two.", "Three.")]
    for comment, value in zip(said, ("like", "dislike"), strict=False):
        set_reaction(bob, comment, value)
    set_reaction(mallory, said[2], "like")
    set_cheering(bob, first, True)
    set_cheering(mallory, second, True)
    set_following(bob, {"dream_id": second["_id"]}, True)
    set_following(bob, {"followed_id": first["dreamer_id"]}, True)
    set_following(mallory, {"dream_id": first["_id"]}, True)

    state = find_viewer_state(bob, [first, second], said)

    assert state == {
        "followed": {second["_id"], first["dreamer_id"]}, "cheered": {first["_id"]},
        "reactions": {said[0]["_id"]: "like", said[1]["_id"]: "dislike"}}
    assert find_viewer_state(bob, [], [], [dreamer("ada")])["followed"] == {first["dreamer_id"]}
    assert find_viewer_state(bob, [first])["reactions"] == {}
    assert find_viewer_state(None, [first, second], said) == {
        "followed": set(), "reactions": {}, "cheered": set()}


def test_follows_before_a_confirmation_count_after_it(db, dream, dreamer):
    una = complete_dreamer(dreamer("una", unconfirmed_email="una@example.com",
                                   ends_at=datetime.now(UTC) + timedelta(days=1)))
    targets = [{"dream_id": dream["_id"]}, {"followed_id": dream["dreamer_id"]}]
    for target in targets:
        set_following(una, target, True)
    set_following(complete_dreamer(dreamer("mallory", unconfirmed_email="m@example.com", ends_at=(
        una["ends_at"]))), targets[0], True)
    counts = [[count_of(db, kind) for kind in KINDS]]

    for _ in range(2):
        follows.count_edges(una)
        counts.append([count_of(db, kind) for kind in KINDS])

    assert counts == [[0, 0], [1, 1], [1, 1]]
    assert db.follows.count_documents({"uncounted": True}) == 1
    told = [*db.notifications.find({"dreamer_id": dream["dreamer_id"]})]
    assert {each["kind"] for each in told} == {"follow", "follower"}


def test_an_uncounted_follow_that_ends_counts_nothing(db, dream, dreamer):
    una = complete_dreamer(dreamer("una", unconfirmed_email="una@example.com",
                                   ends_at=datetime.now(UTC) + timedelta(days=1)))
    target = {"dream_id": dream["_id"]}

    results = [set_following(una, target, wanted) for wanted in (True, True, False, False)]

    assert results == [True] * 4
    assert (count_of(db, KINDS[0]), db.follows.count_documents({})) == (0, 0)
    assert db.notifications.count_documents({}) <= 1


def test_who_leaves_takes_their_own_follows_and_followers_alone(db, dream, dreamer):
    ada, bob, mallory = (complete_dreamer(dreamer(name)) for name in ("ada", "bob", "mallory"))
    for viewer, target in ((bob, {"dream_id": dream["_id"]}), (bob, {"followed_id": ada["_id"]}),
                           (mallory, {"followed_id": bob["_id"]}),
                           (mallory, {"dream_id": dream["_id"]}),
                           (mallory, {"followed_id": ada["_id"]})):
        set_following(viewer, target, True)

    follows.remove_all_follows(bob)

    assert {each["dreamer_id"] for each in db.follows.find()} == {mallory["_id"]}
    assert [count_of(db, kind) for kind in KINDS] == [1, 1]
    assert db.dreamers.find_one({"_id": bob["_id"]})["followers"] == 0


def test_a_block_ends_the_follows_of_two_people_alone(db, dream, make_dream, dreamer):
    ada, bob, mallory = (complete_dreamer(dreamer(name)) for name in ("ada", "bob", "mallory"))
    others = make_dream("mallory", "Bake bread")
    for viewer in (bob, mallory):
        for target in ({"dream_id": dream["_id"]}, {"followed_id": ada["_id"]},
                       {"dream_id": others["_id"]}):
            set_following(viewer, target, True)

    follows.remove_follows_between(ada, bob)

    assert [count_of(db, kind) for kind in KINDS] == [1, 1]
    left = [(each["dreamer_id"], each.get("dream_id")) for each in db.follows.find()]
    assert sorted(left, key=str) == sorted([
        (mallory["_id"], dream["_id"]), (mallory["_id"], None), (mallory["_id"], others["_id"]),
        (bob["_id"], others["_id"])], key=str)


def test_what_a_visitor_pressed_leads_on_after_the_sign_in(db, dream, dreamer):
    fields = intents.parse_sign_in_fields({"next": "/dreamscape#x", "intent": "follow:sail-around"})
    other = intents.parse_sign_in_fields({"next": "//evil.example", "intent": "unfollow:x"})
    start = intents.parse_sign_in_fields({"intent": "dreambuilder"})
    bob, slug = complete_dreamer(dreamer("bob")), dream["slug"]

    assert (fields, other) == ({"next": "/dreamscape#x", "intent": "follow:sail-around"}, {})
    assert [intents.intended_act(each) for each in (fields, other, start)] == [
        ("follow", "sail-around"), ("", ""), ("dreambuilder", "")]
    assert [intents.intended_path(each) for each in (
        fields, other, start, {"next": "/about"}, {"intent": "follow:x"}, {"intent": "help:x"},
        {"intent": "help:x", "next": "/dreams/x/offers/new?need=1"},
        {"intent": "follow-dreamer:x"}, {"intent": "follow-dreamer:x", "next": "/a#b"})] == [
        "/dreamscape#dream-sail-around", None, "/dreambuilder", "/about", "/dreams/x#dream-x",
        "/dreams/x/offers/new", "/dreams/x/offers/new?need=1", "/dreamers/x", "/a#b"]
    sizes = [len(intents.short_sign_in_fields({"next": "x" * size})) for size in (1_495, 1_496)]
    assert sizes == [1, 0]
    says = [intents.follow_intended(viewer, each) for viewer, each in (
        (bob, {}), (bob, {"intent": f"help:{slug}"}), (bob, {"intent": f"follow:{slug}"}),
        (bob, {"intent": f"cheer:{slug}"}), (bob, {"intent": "cheer:none"}),
        (complete_dreamer(dreamer("ada")), {"intent": f"follow:{slug}"}),
        (bob, {"intent": "follow-dreamer:bob-builder"}), (bob, {"intent": "follow-dreamer:no"}),
        (bob, {"intent": "follow-dreamer:ada-lovelace"}))]
    assert says == ["", "", "You're following “\u2068Sail around the world\u2069”.",
                    "You cheered “\u2068Sail around the world\u2069”.",
                    "That dream isn't there any more.", "You can't follow your own dream.",
                    "You can't follow yourself.", "That person isn't there any more.",
                    "You're following Ada Lovelace."]
    assert count_of(db, KINDS[0]) == 1
