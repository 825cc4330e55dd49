"""Who may do what: every route and method, for each role, against a written table."""

import re
from datetime import UTC, datetime, timedelta

import mongomock
import pytest
from bson import ObjectId
from flask.testing import FlaskClient
from support.fields import FIELDS, NAMES, NEEDS, OPEN_NEED, PASSWORD
from support.patches import use_database

import app as site
from dreamscape.database import db as site_db
from dreamscape.visibility import MODERATORS

# ada owns the dream, the comment on it and the page that the addresses are about, and the dreamer
# has offered her help, with a message; "suspended" is
# a dreamer with a sign-in from before; "another" is another administrator. A cell is the status;
# "login" is a 303 to the sign-in. What comes after a route's name is what the address or the form
# is about, where that decides.
TABLE = """
METHOD ROUTE                       anonymous dreamer owner moderator administrator suspended
GET  static                        200   200 200 200 200 200
GET  asset                         200   200 200 200 200 200
GET  drawn                         200   200 200 200 200 200
GET  upload                        404   404 404 404 404 404
GET  healthz                       200   200 200 200 200 200
GET  robots                        200   200 200 200 200 200
GET  dreamers                      login 200 200 200 200 login
GET  landing                       200   303 303 303 303 200
GET  about                         200   200 200 200 200 200
GET  rules                         200   200 200 200 200 200
GET  privacy                       200   200 200 200 200 200
GET  security_txt                  200   200 200 200 200 200
GET  signup                        200   303 303 303 303 200
POST signup                        303   303 303 303 303 303
GET  login                         200   303 303 303 303 200
POST login                         303   303 303 303 303 303
POST login as-suspended            422   422 422 422 422 422
POST logout                        303   303 303 303 303 303
GET  password_reset                200   200 200 200 200 200
POST password_reset                303   303 303 303 303 303
GET  password_reset_set            200   200 200 200 200 200
POST password_reset_set            303   303 303 303 303 303
GET  draft_list                    login 200 200 200 200 login
GET  draft_show                    login 404 200 404 404 login
POST draft_delete                  login 404 303 404 404 login
GET  confirm                       login 303 303 303 303 login
POST confirm                       login 303 303 303 303 login
GET  confirm_address               200   200 200 200 200 200
POST confirm_address               login login login login login login
GET  profile                       login 200 200 200 200 login
POST profile                       login 303 303 303 303 login
GET  profile_about                 login 200 200 200 200 login
POST profile_about                 login 303 303 303 303 login
GET  profile_picture               login 200 200 200 200 login
POST profile_picture               login 303 303 303 303 login
GET  profile_skills                login 200 200 200 200 login
POST profile_skills                login 303 303 303 303 login
GET  profile_interests             login 200 200 200 200 login
POST profile_interests             login 303 303 303 303 login
POST profile_reminder              login 303 303 303 303 login
GET  profile_notifications         login 200 200 200 200 login
POST profile_notifications         login 303 303 303 303 login
GET  notifications                 login 200 200 200 200 login
POST notifications_read            login 303 303 303 303 login
GET  unsubscribe                   200   200 200 200 200 200
POST unsubscribe                   303   303 303 303 303 303
GET  profile_password              login 200 200 200 200 login
POST profile_password              login 303 303 303 303 login
GET  change_password               303   303 303 303 303 303
POST sign_in_end                   login 303 303 303 303 login
GET  profile_data                  login 200 200 200 200 login
POST profile_data                  login 200 200 200 200 login
POST profile_delete                login 303 303 303 303 login
GET  dreamscape                    200   200 200 200 200 200
GET  dreams                        login 200 200 200 200 login
GET  dreambuilder                  login 200 200 200 200 login
POST dreambuilder                  login 303 303 303 303 login
POST dream_autosave                login 200 200 200 200 login
GET  dream_show                    200   200 200 200 200 200
GET  dream_show hidden             404   404 200 200 200 404
GET  dream_card                    200   200 200 200 200 200
GET  dream_card hidden             404   404 404 404 404 404
GET  feed                          200   200 200 200 200 200
GET  topic_feed                    200   200 200 200 200 200
GET  dreamer_feed                  200   200 200 200 200 200
GET  dream_feed                    200   200 200 200 200 200
GET  dream_feed hidden             404   404 404 404 404 404
GET  sitemap                       200   200 200 200 200 200
GET  dream_picture                 login 403 200 403 403 login
POST dream_picture                 login 403 303 403 403 login
GET  dream_edit                    login 403 200 403 403 login
POST dream_edit                    login 403 303 403 403 login
POST dream_edit hidden             login 404 303 403 403 login
POST dream_delete                  login 403 303 303 303 login
POST need_found                    login 403 303 403 403 login
POST need_open                     login 403 303 403 403 login
POST need_found hidden             login 404 303 403 403 login
POST dream_ask                     login 403 303 403 403 login
POST dream_state                   login 403 303 403 403 login
POST dream_state hidden            login 404 303 403 403 login
GET  dream_story                   login 403 200 403 403 login
POST dream_story                   login 403 303 403 403 login
POST line_add                      login 403 403 403 403 login
POST line_add came-true            login 303 403 403 403 login
POST dream_follow                  login 303 403 303 303 login
POST dream_follow hidden           login 404 403 303 303 login
POST dream_unfollow                login 303 403 303 303 login
POST dream_cheer                   login 303 403 303 303 login
POST dream_cheer hidden            login 404 403 303 303 login
POST dream_uncheer                 login 303 403 303 303 login
GET  dream_report                  login 200 403 200 200 login
POST dream_report                  login 303 403 303 303 login
POST comment_add                   login 303 303 303 303 login
GET  comment_show                  302   302 302 302 302 302
GET  comment_show hidden           404   404 302 302 302 404
POST comment_add hidden            login 404 303 303 303 login
POST comment_edit                  login 403 303 403 403 login
POST comment_delete                login 403 303 303 303 login
POST comment_reaction              login 303 403 303 303 login
GET  comment_report                login 200 403 200 200 login
POST comment_report                login 303 403 303 303 login
POST comment_report hidden         login 404 403 303 303 login
POST update_add                    login 403 303 403 403 login
POST update_add hidden             login 404 303 403 403 login
POST update_edit                   login 403 303 403 403 login
POST update_delete                 login 403 303 303 303 login
GET  update_report                 login 200 403 200 200 login
POST update_report                 login 303 403 303 303 login
POST update_report hidden          login 404 403 303 303 login
POST moderation_act update/hide    login 403 403 303 303 login
GET  offers                        login 200 200 200 200 login
GET  offer_new                     login 200 403 200 200 login
POST offer_new                     login 303 403 303 303 login
POST offer_new hidden              login 404 403 404 404 login
GET  offer_show                    login 200 200 404 404 login
GET  offer_show reported           login 200 200 200 200 login
POST message_add                   login 303 303 404 404 login
POST offer_step offer/accept       login 403 303 404 404 login
POST offer_step offer/decline      login 403 303 404 404 login
POST offer_step offer/withdraw     login 303 403 404 404 login
POST offer_step offer/done         login 303 303 404 404 login
POST offer_undo offer/accept       login 403 303 404 404 login
POST offer_thanks done             login 403 303 404 404 login
POST thanks_act offer/remove       login 403 303 404 404 login
POST thanks_act offer/hide         login 303 403 404 404 login
GET  message_report                login 403 200 404 404 login
POST message_report                login 403 303 404 404 login
GET  moderation_case message       login 403 403 404 404 login
GET  moderation_case reported-message       login 403 403 200 200 login
POST moderation_act reported-message/hide   login 403 403 303 303 login
POST moderation_act message/hide            login 403 403 404 404 login
GET  dreamer_show                  200   200 200 200 200 200
POST dreamer_follow                login 303 403 303 303 login
POST dreamer_unfollow              login 303 403 303 303 login
POST dreamer_block                 login 303 403 303 303 login
POST dreamer_unblock               login 303 403 303 303 login
GET  dreamer_report                login 200 403 200 200 login
POST dreamer_report                login 303 403 303 303 login
GET  decision_show                 login 404 200 404 404 login
GET  decision_answer               login 404 200 404 404 login
POST decision_answer               login 404 303 404 404 login
GET  moderation_queue              login 403 403 200 200 login
GET  moderation_audit              login 403 403 200 200 login
GET  moderation_topics             login 403 403 200 200 login
GET  moderation_topic_new          login 403 403 200 200 login
POST moderation_topic_new          login 403 403 303 303 login
GET  moderation_topic              login 403 403 200 200 login
POST moderation_topic              login 403 403 303 303 login
GET  moderation_case dream         login 403 403 200 200 login
GET  moderation_case dreamer       login 403 403 200 200 login
POST moderation_act dream/hide     login 403 403 303 303 login
POST moderation_act dream/show     login 403 403 303 303 login
POST moderation_act hidden-dream/show     login 403 403 403 303 login
POST moderation_act dream/delete   login 403 403 303 303 login
POST moderation_act dream/dismiss  login 403 403 303 303 login
POST moderation_act dream/suspend  login 403 403 303 303 login
POST moderation_act dream/promote  login 403 403 403 403 login
POST moderation_act comment/hide   login 403 403 303 303 login
POST moderation_act comment/delete login 403 403 303 303 login
POST moderation_act owner/suspend  login 403 403 303 303 login
POST moderation_act owner/restore  login 403 403 303 303 login
POST moderation_act owner/dismiss  login 403 403 303 303 login
POST moderation_act owner/promote  login 403 403 403 303 login
POST moderation_act owner/demote   login 403 403 403 303 login
POST moderation_act moderator/suspend     login 403 403 403 303 login
POST moderation_act moderator/demote      login 403 403 403 303 login
POST moderation_act administrator/suspend login 403 403 403 403 login
POST moderation_act another/suspend       login 403 403 403 403 login
POST moderation_act another/demote        login 403 403 403 403 login
POST moderation_act administrator/demote  login 403 403 403 403 login
"""
ROLES, *LINES = [line.split() for line in TABLE.strip().splitlines()]
ROLES = ROLES[2:]
ROWS = {" ".join(line[:-6]): dict(zip(ROLES, line[-6:], strict=True)) for line in LINES}
RULES = {rule.endpoint: rule for rule in site.app.url_map.iter_rules()}
TAKEN = {f"{method} {name}" for name, rule in RULES.items()
         for method in rule.methods - {"HEAD", "OPTIONS"}}
IDS = {role: ObjectId()
       for role in [*ROLES, "another", "dream", "comment", "unconfirmed", "offer", "message",
                    "decision", "update"]}
FIELDS = FIELDS | {
    "login": {"email": "dreamer@example.com", "password": PASSWORD},
    "login as-suspended": {"email": "suspended@example.com", "password": PASSWORD},
    "profile": NAMES | {"email": "other@example.com"},
    "dream_ask": {"need": OPEN_NEED["id"], "dreamer": "dreamer"},
}
# What a form that decides nothing else carries.
ANY = {"confirm": "1", "reason": "It is not kind.", "current_password": PASSWORD}


@pytest.fixture
def db(monkeypatch):
    """An empty database, one is enough: who may do what is decided before it is asked."""
    use_database(monkeypatch, mongomock.MongoClient(tz_aware=True)["tests"])
    return site_db


@pytest.fixture
def put_up(db, password_hash):
    """Empty the database and put everybody and everything up: put_up("hidden")."""
    def put(about):
        """Put it up, the dream and the comment hidden if the row is about that."""
        for name in db.list_collection_names():
            db[name].delete_many({})
        db.dreamers.insert_many([
            {"_id": IDS[role], "email": f"{role}@example.com", "slug": role, "first_name": role,
             "password": password_hash, "sign_ins": [{"id": role}],
             "role": role if role in MODERATORS else None,
             "suspended": {"until": None, "reason": "Rude"} if role == "suspended" else None}
            for role in ROLES[1:]])
        db.dreamers.insert_one({"_id": IDS["another"], "role": "administrator"})
        shared = {"dreamer_id": IDS["owner"]}
        dream = shared | {"_id": IDS["dream"], "slug": "a-dream", "title": "Sail", "comments": 1,
                          **NEEDS}
        comment = shared | {"_id": IDS["comment"], "dream_id": IDS["dream"], "body": "Bravo"}
        db.dreams.insert_one(dream | ({"hidden": "Rude"} if "hidden" in about else {})
                             | ({"state": "came-true"} if "came-true" in about else {}))
        db.comments.insert_one(comment | ({"hidden": "Rude"} if "hidden" in about else {}))
        update = shared | {"_id": IDS["update"], "dream_id": IDS["dream"], "body": "We sailed."}
        db.updates.insert_one(update | ({"hidden": "Rude"} if "hidden" in about else {}))
        db.follows.insert_one({"dreamer_id": IDS["dreamer"], "dream_id": IDS["dream"]})
        db.dreamers.insert_one({
            "_id": IDS["unconfirmed"], "unconfirmed_email": "unconfirmed@example.com",
            "ends_at": datetime.now(UTC) + timedelta(days=7)})
        db.offers.insert_one({
            "_id": IDS["offer"], "dream_id": IDS["dream"], "need_id": "tent", "messages": 1,
            "dreamer_id": IDS["dreamer"], "owner_id": IDS["owner"],
            "state": "done" if about.endswith(" done") else "accepted", "was": "offered"})
        db.messages.insert_one({
            "_id": IDS["message"], "offer_id": IDS["offer"], "dreamer_id": IDS["dreamer"],
            "body": "I have one."} | ({"reported": True} if "reported" in about else {}))
        db.drafts.insert_one({"_id": "draft", "dreamer_id": IDS["owner"], "fields": [],
                              "is_undo": False, "expires_at": datetime.now(UTC),
                              "path": "/dreams/a-dream/comments"})
        db.audit.insert_one({"_id": IDS["decision"], "act": "hide", "kind": "dream",
                             "target_id": IDS["dream"], "about_id": IDS["owner"]})

    return put


@pytest.fixture(scope="module")
def clients():
    """A browser for each role."""
    return {role: site.app.test_client() for role in ROLES}


def address(row):
    """Return the address of a row of the table."""
    name, _, about = row.partition(" ")
    target, _, act = about.removeprefix("hidden-").removeprefix("reported-").partition("/")
    slugs = {"dreamer": "owner", "moderation": "travel", "topic": "travel"}
    values = {"filename": "img/logo.svg", "mark": "others", "version": "others",
              "file": "main.js", "name": "nothing",
              "comment_id": IDS["comment"], "decision_id": IDS["decision"],
              "document_id": IDS.get(target, IDS["owner"]),
              "kind": target if target in (
                  "dream", "comment", "message", "update") else "dreamer",
              "act": act or "hide", "step": act or "accept",
              "offer_id": IDS["offer"], "message_id": IDS["message"], "update_id": IDS["update"],
              "slug": slugs.get(name.partition("_")[0], "a-dream"),
              "token": token_of(name), "need_id": OPEN_NEED["id"]}
    return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: str(values[found[1]]), RULES[name].rule)


def token_of(name):
    """Return a token that is good for a route: for its owner, or for somebody unconfirmed."""
    audiences = {"password_reset_set": ("password-reset", "owner"),
                 "confirm_address": ("confirm-address", "unconfirmed"),
                 "unsubscribe": ("unsubscribe", "owner")}
    if name not in audiences:
        return "draft"
    audience, role = audiences[name]
    return site.make_token(audience, site_db.dreamers.find_one({"_id": IDS[role]}))


def outcome(response):
    """Return what the table says of an answer."""
    if response.status_code == 303 and response.location.startswith("/login?next="):
        return "login"
    return str(response.status_code)


def sign_in_again(client, role):
    """Put a browser's session in order, whatever the last form did to it."""
    with client.session_transaction() as session:
        token = session.get("csrf_token")
        session.clear()
        session.update({"csrf_token": token} if token else {})
        if role != "anonymous":
            session.update(dreamer_id=str(IDS[role]), sign_in=role, _permanent=True)
    if role == "suspended":
        client.get("/login")  # The page of the form ends the session that has ended.


def test_the_table_holds_every_route_and_method():
    assert {" ".join(row.split()[:2]) for row in ROWS} == TAKEN


@pytest.mark.parametrize("row", ROWS)
def test_each_role_may_do_what_the_table_says(put_up, clients, row):
    method, _, what = row.partition(" ")
    name, found = what.partition(" ")[0], {}
    put_up(what)

    for role, client in clients.items():
        if method == "POST":
            put_up(what)
        sign_in_again(client, role)
        path, fields = address(what), ANY | (FIELDS.get(what) or FIELDS.get(name, {}))
        found[role] = outcome(client.send(path, **fields) if method == "POST" else client.get(path))

    assert found == ROWS[row]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_no_role_uses_a_method_that_a_route_does_not_take(put_up, clients, method):
    put_up("")
    names = sorted(name for name in RULES if f"{method} {name}" not in TAKEN)

    taken = []
    for role, client in clients.items():
        sign_in_again(client, role)
        taken += [(name, role) for name in names
                  if FlaskClient.open(client, address(name), method=method).status_code != 405]

    assert names
    assert taken == []
