"""Cross-site request forgery: a form of another site is refused and saved as no draft."""

import pytest
from browser.factories import add_dream, add_person, reload_person
from playwright.sync_api import expect

from dreamscape.database import db

EVIL = """<!doctype html><meta name="referrer" content="no-referrer"><title>Win a boat</title>
<form method="post" action="{action}"><input name="reason" value="Well deserved">
<input name="body" value="Buy gold"></form><script>document.forms[0].submit()</script>"""


@pytest.fixture
def admin(site_database):
    """An administrator."""
    return add_person("Gil", "Gardener", role="administrator")


def post_from_other_site(page, website, monitor, path):
    """Open a page of another site that posts a form to a path of ours."""
    page.route("http://evil.localhost/", lambda route: route.fulfill(
        body=EVIL.format(action=website.url + path), content_type="text/html"))
    with page.expect_navigation(url=f"{website.url}/**"):
        page.goto("http://evil.localhost/")
    monitor.problems.remove("a request to http://evil.localhost/")


@pytest.fixture(autouse=True)
def refused(monitor):
    """Expect the console error about the 403."""
    monitor.expect_status(403)


def test_another_site_cannot_make_a_moderator_act_or_leave_a_comment_as_a_draft(
        website, visit, monitor, admin, ada, bob):
    page, path = visit("/moderation", admin), f"/dreams/{add_dream(ada)['slug']}/comments"
    for act in ("promote", "suspend"):
        post_from_other_site(page, website, monitor, f"/moderation/dreamer/{bob['_id']}/{act}")
        page.goto("/dreamscape")

        assert reload_person(bob)["role"] is None, act
        assert reload_person(bob)["suspended"] is None, act
        assert db.drafts.count_documents({"path": {"$regex": "moderation"}}) == 0, act

    post_from_other_site(page, website, monitor, path)

    expect(page.get_by_text("Buy gold")).to_have_count(0)
    assert db.drafts.count_documents({"path": path}) == 0
