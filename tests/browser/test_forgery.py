"""What a page of another site makes a browser send never waits here for somebody to send it."""

import pytest
from browser.factories import add_dream, add_person, fresh_person
from playwright.sync_api import expect

import app as site

EVIL = """<!doctype html><meta name="referrer" content="no-referrer"><title>Win a boat</title>
<form method="post" action="{action}"><input name="reason" value="Well deserved">
<input name="body" value="Buy gold"></form><script>document.forms[0].submit()</script>"""


@pytest.fixture
def admin(stage):
    """Somebody who may make moderators."""
    return add_person("Gil", "Gardener", role="administrator")


def lure(page, place, watch, path):
    """Lead a browser to another site, whose page sends a form to a path of ours."""
    page.route("http://evil.localhost/", lambda route: route.fulfill(
        body=EVIL.format(action=place.url + path), content_type="text/html"))
    with page.expect_navigation(url=f"{place.url}/**"):
        page.goto("http://evil.localhost/")
    watch.complaints.remove("a request to http://evil.localhost/")


@pytest.fixture(autouse=True)
def refused(watch):
    """The browser says that what another site sent was refused."""
    watch.expect(403)


@pytest.mark.parametrize("act", ["promote", "suspend"])
def test_no_page_elsewhere_has_a_moderator_act(place, visit, watch, admin, bob, act):
    page = visit("/moderation", admin)

    lure(page, place, watch, f"/moderation/dreamer/{bob['_id']}/{act}")
    page.goto("/dreamscape")

    assert fresh_person(bob)["role"] is None
    assert fresh_person(bob)["suspended"] is None
    assert site.db.drafts.count_documents({"path": {"$regex": "moderation"}}) == 0


def test_no_page_elsewhere_writes_a_comment_to_be_sent(place, visit, watch, admin, ada):
    page, path = visit("/moderation", admin), f"/dreams/{add_dream(ada)['slug']}/comments"

    lure(page, place, watch, path)

    expect(page.get_by_text("Buy gold")).to_have_count(0)
    assert site.db.drafts.count_documents({"path": path}) == 0
