"""Every page and state of the site, with a function that opens it.

PAGES holds (name, who, visit_page): who is "visitor", "maya" of the demo, "newcomer",
"unconfirmed" or "admin"; visit_page(page, data) opens the page and returns the response. data is
what add_page_data returned. A page whose name is a number answers with that status, one with
"refused" in its name with 422.
"""

import secrets
from types import SimpleNamespace

from bson import ObjectId
from werkzeug.exceptions import default_exceptions

from browser.factories import (
    PASSWORD, add_comment, add_dream, add_person, add_unconfirmed, photo,
)

import app as site
from dreamscape.demo import DEMO_EMAIL
from dreamscape.accounts import find_dreamer_by_email
from dreamscape.audience import set_draft
from dreamscape.blocks import add_block
from dreamscape.cheers import set_cheering
from dreamscape.comments import remove_comment
from dreamscape.moderation import find_decision, set_answer
from dreamscape.dreamers import complete_dreamer, find_dreamer
from dreamscape.matching import add_ask
from dreamscape.help import add_message, add_offer, complete_message
from dreamscape.moderation import add_audit
from dreamscape.thanks import set_thanks
from dreamscape.dreams import set_need_found
from dreamscape.needs import edited_needs, need_fields
from dreamscape.reports import add_report
from dreamscape.drafts import add_draft
from dreamscape.pictures import set_picture
from dreamscape.updates import add_update, find_update
from dreamscape.database import NEWEST_FIRST, db, find_with_authors

SEND = """([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  const token = document.querySelector("[name=csrf_token]");
  for (const [name, value] of Object.entries({csrf_token: token ? token.value : "", ...fields})) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value === "10 MB" ? "x".repeat(10500000) : value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""


def add_page_data():
    """Add documents that the demo lacks; return people, slugs, ids and tokens."""
    maya = complete_dreamer(find_dreamer_by_email(DEMO_EMAIL))
    other = add_person("Zoë", "Ångström", bio="I build boats.\n\nSlowly.", location="Turku")
    plain = add_dream(
        other, "A dream without a picture", "Only words.", topics=["travel", "home", "arts"]
    )
    loud = add_dream(other, "A dream that people talk about " + "and on " * 9, "Words. " * 300)
    mute = add_dream(other, "A dream without comments", comments_enabled=False)
    talk = [
        add_comment(
            maya if number % 2 else other, loud, f"Word {number}. " * (1 + 40 * (number == 3))
        )
        for number in range(5)
    ]
    db.comments.update_one({"_id": talk[2]["_id"]}, {"$set": {"dislikes": 5}})
    gone = add_comment(maya, loud, "Gone soon.")
    for parent in (talk[0], gone):
        add_comment(maya, loud, "I think so too, @Zoë Ångström. " * 9, parent)
    remove_comment(gone)
    set_cheering(maya, loud, True)
    mine = add_dream(maya, "A dream of mine", "In my own words.")
    add_comment(other, mine)
    drawn = add_dream(other, "A dream with a picture")
    set_picture("dreams", drawn, photo(), "boat.jpg", "A boat at dusk")
    for owner, told in ((maya, mine), (other, drawn)):
        add_update(owner, told, "We began.")
        update = find_update({"_id": add_update(owner, told, "We found a mast. " * 12)})
        set_picture("updates", update, photo(), "boat.jpg", "A mast")
    needs = need_fields(edited_needs([], ["Woodworking", "A tent " + "and a pole " * 5, "w" * 80]))
    needy = add_dream(other, "A dream that needs help", **needs)
    my_needy = add_dream(maya, "A dream of mine that needs help", **need_fields(edited_needs(
        [], ["Weaving, an afternoon of it", "Someone who can bake", "A map drawing"])))
    add_ask(my_needy, my_needy["needs"][0], find_dreamer({"first_name": "Hana"}))
    set_need_found(my_needy, my_needy["needs"][1]["id"], True)
    hidden = add_dream(maya, "A dream that is hidden", hidden="It asks for money.")
    unpublished = set_draft(maya, {"title": "A dream that is a draft", "topics": ["home"],
                                   "description": "Half a sentence", "comments_enabled": True,
                                   "needs": edited_needs([], ["A carpenter"])})["draft"]
    admin = add_person("Gil", "Gardener", role="administrator")
    banned = add_person("Rude", "Rover", suspended={"until": None, "reason": "It was spam."})
    calm = add_person("Calm", "Keeper", role="moderator")
    for kind, thing in (("dream", loud), ("comment", talk[1])):
        add_report(other, kind, thing, "This is unkind to people. " * 9, "kindness")
    add_audit(admin, "hide", "dream", hidden, "It asks for money.")
    add_audit(admin, "suspend", "dreamer", banned, "It was spam.", days="for-good")
    decision, answered = (
        add_audit(admin, act, "dream", hidden, "It asks for money. " * 6, rule="scams",
                  words="Please send me some money.\n\nSoon.")
        for act in ("hide", "delete")
    )
    set_answer(maya, find_decision(maya, answered), "I only asked for a little. " * 9)
    for name in ("Bully", "Bore"):
        add_block(maya, add_person(name, "Blocked", bio="You can't see this."))
    add_report(maya, "dream", mute, "", "scams")
    unloved = find_dreamer({"first_name": "Bully"})
    draft = add_draft(
        maya["_id"],
        f"/dreams/{plain['slug']}/comments",
        {"body": ["Half a sentence"], "next": ["/"]},
    )
    unconfirmed = add_unconfirmed("Una", "Umbra")
    return SimpleNamespace(
        maya=maya,
        newcomer=add_person("New", "Comer", reminded=False),
        offers=add_offer_pages(maya, other, drawn, mine),
        admin=admin,
        banned=banned,
        calm=calm,
        hidden=hidden["slug"],
        hidden_id=hidden["_id"],
        unpublished=unpublished,
        unloved=unloved["slug"],
        decision=decision,
        answered=answered,
        reported=loud["_id"],
        other=other["slug"],
        plain=plain["slug"],
        loud=loud["slug"],
        mute=mute["slug"],
        mine=mine["slug"],
        needy=needy["slug"],
        my_needy=my_needy["slug"],
        drawn=drawn["slug"],
        update=str(find_update({"dream_id": mine["_id"]})["_id"]),
        comment=str(talk[1]["_id"]),
        others_comment=str(talk[0]["_id"]),
        draft=draft["_id"],
        unconfirmed=unconfirmed,
        stop=site.make_token("unsubscribe", other, kind="comment"),
        confirm_token=site.make_token("confirm-address", unconfirmed),
        token=site.make_token("password-reset", db.dreamers.find_one({"_id": other["_id"]})),
        ada_of_demo=find_with_authors(
            "dreamers", {"slug": {"$exists": True}}, NEWEST_FIRST, 9, {"slug": 1}
        )[-1]["slug"],
    )


def add_offer_pages(maya, other, dream, mine):
    """Add offers in four states to what add_page_data added; return {name: id}."""
    ids = {}
    for number, state in enumerate(("offered", "accepted", "done", "closed")):
        helper, owner, about = (maya, other, dream) if number % 2 else (other, maya, mine)
        offer_id, _ = add_offer(helper, about,
                                {"id": str(ObjectId()), "text": f"Help that is {state}"},
                                "I could lend a hand. " * 9)
        for turn in range(60 if state == "accepted" else 2):
            add_message((owner, helper)[turn % 2], {"_id": offer_id, "dreamer_id": helper["_id"],
                        "owner_id": owner["_id"], "dream_id": about["_id"]}, f"Word {turn}. " * 9)
        db.offers.update_one({"_id": offer_id}, {"$set": {"state": state, "was": "offered"}})
        ids[state] = str(offer_id)
    set_thanks(db.offers.find_one({"_id": ObjectId(ids["done"])}), maya, "Lent us a tent")
    message = db.messages.find_one({"offer_id": ObjectId(ids["offered"]),
                                    "dreamer_id": other["_id"]})
    add_report(maya, "message", complete_message(message), "A scam.", "scams")
    return ids | {"message": str(message["_id"])}


def path(text):
    """Return a visit_page of a path with {names} of the data."""
    return lambda page, data: page.goto(text.format(**vars(data)))


def error_page(code):
    """Return a visit_page of an error page that a browser test cannot provoke."""
    with site.app.test_request_context("/dreamscape"):
        site.g.viewer = None
        html = site.show_error(default_exceptions[code]()).get_data(as_text=True)

    def visit_page(page, data):
        """Open /failing, answered with the error page."""
        page.route("**/failing", lambda route: route.fulfill(
            status=code, body=html, content_type="text/html"), times=1)
        return page.goto("/failing")

    return visit_page


def submit(start, action, **fields):
    """Return a visit_page of the response to a form submitted from a page."""

    def visit_page(page, data):
        """Open the page, submit the form, return the response."""
        page.goto(start.format(**vars(data)))
        with page.expect_navigation() as answer:
            values = {name: value.format(**vars(data)) for name, value in fields.items()}
            page.evaluate(SEND, [action.format(**vars(data)), values])
        return answer.value

    return visit_page


def celebrate(page, data):
    """Share a dream of its own with people who have the link, and open it; return the response."""
    share = submit("/dreambuilder", "/dreambuilder", title=f"Fly {secrets.token_hex(4)}",
                   description="High.", topics="sport", needs="weaving", audience="link")
    share(page, data)
    return page.goto(page.url.removesuffix("/picture"))


FEW = "topic=adventure"  # few dreams, none by a test: "latest" covers a full page
VISITOR = {
    "landing": path("/"),
    "login": path("/login"),
    "signup": path("/signup"),
    "login refused for the suspended": submit(
        "/login", "/login", email="{banned[email]}", password=PASSWORD
    ),
    "login refused": submit("/login", "/login", email="nobody@example.com", password="wrong"),
    "signup refused": submit(
        "/signup", "/signup", first_name="", last_name="", email="x", password="y"
    ),
    "signed out": submit("/signup", "/logout"),
    "reset": path("/password-reset"),
    "reset sent": submit("/password-reset", "/password-reset", email="a@example.com"),
    "reset set": path("/password-reset/{token}"),
    "reset refused": path("/password-reset/dead"),
    "confirm address": path("/confirm/{confirm_token}"),
    "confirm refused": path("/confirm/dead"),
    "dream as visitor": path("/dreams/{loud}"),
    "dreamer as visitor": path("/dreamers/{other}"),
    "about the site": path("/about"),
    "rules": path("/rules"),
    "privacy": path("/privacy"),
    "dream with needs as visitor": path("/dreams/{needy}"),
    "feed as visitor": path(f"/dreamscape?{FEW}"),
    "found as visitor": path("/dreamscape?q=cloak&view=trending"),
    "unsubscribe": path("/unsubscribe/{stop}"),
    "unsubscribed": submit("/unsubscribe/{stop}", "/unsubscribe/{stop}"),
    "nothing found as visitor": path("/dreamscape?q=xyzzy"),
    "signup to follow": path("/signup?intent=follow:{loud}&next=/dreamscape"),
    "login to follow": path("/login?intent=follow:{loud}&next=/dreamscape"),
    "reset before a dream": path("/password-reset?intent=dreambuilder"),
    "404": path("/nowhere"),
    "405": path("/logout"),
    **{str(code): error_page(code) for code in (429, 500, 503)},
}
MAYA = {
    "about": path("/profile/about"),
    "profile picture": path("/profile/picture"),
    "skills": path("/profile/skills"),
    "skills refused": submit("/profile/skills", "/profile/skills", skills="x" * 70),
    "interests": path("/profile/interests"),
    "account": path("/profile"),
    "notifications": path("/notifications"),
    "email notifications": path("/profile/notifications"),
    "password": path("/profile/password"),
    "password refused": submit("/profile/password", "/profile/password", password="short"),
    "data": path("/profile/data"),
    "account refused": submit("/profile", "/profile", first_name="", email="x"),
    "latest": path("/dreamscape"),
    "trending": path(f"/dreamscape?view=trending&{FEW}"),
    "for you": path("/dreamscape?view=for-you&topic=health"),
    "following": path(f"/dreamscape?view=following&{FEW}"),
    "can you help": path("/dreamscape?view=needs"),
    "nothing found among needs": path("/dreamscape?view=needs&q=xyzzy"),
    "dream with needs": path("/dreams/{needy}"),
    "dream with needs of mine": path("/dreams/{my_needy}"),
    "dream with needs of mine, edited": path("/dreams/{my_needy}/edit"),
    "needs refused": submit("/dreambuilder", "/dreambuilder", needs="x" * 90),
    "mine too": path(f"/dreamscape?own=1&{FEW}"),
    "topic": path(f"/dreamscape?{FEW}"),
    "found": path("/dreamscape?q=cloak"),
    "nothing found": path("/dreamscape?q=xyzzy"),
    "dream of mine": path("/dreams/{mine}"),
    "dream of others": path("/dreams/{drawn}"),
    "dream without a picture": path("/dreams/{plain}"),
    "dream with comments": path("/dreams/{loud}"),
    "dream without comments": path("/dreams/{mute}"),
    "dreamer": path("/dreamers/{other}"),
    "myself": path("/dreamers/{ada_of_demo}"),
    "my dreams": path("/dreams"),
    "people": path("/dreamers"),
    "people for a skill": path("/dreamers?q=weaving"),
    "nobody found": path("/dreamers?q=xyzzy"),
    "dreams and people found": path("/dreamscape?q=w"),
    "dreambuilder": path("/dreambuilder"),
    "dreambuilder refused": submit("/dreambuilder", "/dreambuilder", title=""),
    "dream edit": path("/dreams/{mine}/edit"),
    "dream that is a draft": path("/dreams/{unpublished}"),
    "dream picture": path("/dreams/{mine}/picture"),
    "dream picture refused": submit("/dreams/{mine}/picture", "/dreams/{mine}/picture", alt="x"),
    "delete dream?": submit("/dreams/{mine}", "/dreams/{mine}/delete"),
    "update refused": submit("/dreams/{mine}", "/dreams/{mine}/updates", body=""),
    "delete update?": submit("/dreams/{mine}", "/updates/{update}/delete"),
    "delete comment?": submit("/dreams/{loud}", "/comments/{comment}/delete"),
    "delete account?": submit("/profile", "/profile/delete"),
    "comment refused": submit("/dreams/{loud}", "/dreams/{loud}/comments", body=""),
    "403": path("/dreams/{loud}/edit"),
    "413": submit("/dreambuilder", "/dreambuilder", description="10 MB"),
    "422": submit("/dreams/{loud}", "/comments/{others_comment}/reaction", value="hug"),
    "unfollowed": submit(
        "/dreams", "/dreams/{drawn}/unfollow", next=f"/dreamscape?view=following&{FEW}"
    ),
    "dream that came true": path("/dreams/keep-bees-without-frightening-the-neighbours"),
    "dream just shared": celebrate,
    "story": path("/dreams/keep-bees-without-frightening-the-neighbours/story"),
    "offers": path("/offers"),
    "offer": path("/dreams/{drawn}/offers/new"),
    "offer refused": submit(
        "/dreams/{drawn}/offers/new", "/dreams/{drawn}/offers/new", message=""
    ),
    **{f"offer that is {state}": path(f"/offers/{{offers[{state}]}}") for state in (
        "offered", "accepted", "done", "closed")},
    "message refused": submit(
        "/offers/{offers[accepted]}", "/offers/{offers[accepted]}/messages", body=""
    ),
    "report message?": path("/messages/{offers[message]}/report"),
    "draft": path("/drafts/{draft}"),
    "drafts": path("/drafts"),
    "hidden dream of mine": path("/dreams/{hidden}"),
    "report dream?": path("/dreams/{drawn}/report"),
    "report person?": path("/dreamers/{other}/report"),
    "reported already": path("/dreams/{mute}/report"),
    "somebody blocked": path("/dreamers/{unloved}"),
    "decision": path("/decisions/{decision}"),
    "decision answered": path("/decisions/{answered}"),
    "rules for somebody signed in": path("/rules"),
    "report refused": submit("/dreams/{loud}", "/comments/{others_comment}/report", reason=""),
}
NEWCOMER = {
    "welcome": path(f"/dreamscape?{FEW}"),
    "following nobody": path("/dreamscape?view=following"),
    "can you help without skills": path("/dreamscape?view=needs&topic=adventure"),
    "no dreams yet": path("/dreams"),
    "nobody yet": path("/dreamers/{newcomer[slug]}"),
    "about nothing yet": path("/profile/about"),
    "no picture yet": path("/profile/picture"),
    "no skills yet": path("/profile/skills"),
    "no drafts yet": path("/drafts"),
    "no offers yet": path("/offers"),
    "no notifications yet": path("/notifications"),
}
UNCONFIRMED = {
    "unconfirmed": path(f"/dreamscape?{FEW}"),
    "confirm": path("/confirm"),
    "confirm refused for its address": submit("/confirm", "/confirm", email="nonsense"),
    "dream that waits": submit(
        "/dreambuilder", "/dreambuilder", title="Fly", description="High", topics="sport"
    ),
}
ADMIN = {
    "moderation": path("/moderation"),
    "topics": path("/moderation/topics"),
    "a topic": path("/moderation/topics/travel"),
    "new topic refused": submit("/moderation", "/moderation/topics/new", name=""),
    "moderation log": path("/moderation/audit"),
    "moderation of a dream": path("/moderation/dream/{reported}"),
    "moderation of a comment": path("/moderation/comment/{comment}"),
    "moderation of a message": path("/moderation/message/{offers[message]}"),
    "reported messages": path("/offers/{offers[offered]}"),
    "moderation of a dreamer": path("/moderation/dreamer/{banned[_id]}"),
    "moderation of what was answered": path("/moderation/dream/{hidden_id}"),
    "moderation refused": submit("/moderation", "/moderation/dream/{reported}/hide", reason=""),
    "dream for a moderator": path("/dreams/{loud}"),
    "dreamer for a moderator": path("/dreamers/{calm[slug]}"),
    "no older reports": path("/moderation?cursor=" + "0" * 24),
}
PAGES = [
    (name, who, visit_page)
    for who, visits in (("visitor", VISITOR), ("maya", MAYA), ("newcomer", NEWCOMER),
                       ("unconfirmed", UNCONFIRMED), ("admin", ADMIN))
    for name, visit_page in visits.items()
]
