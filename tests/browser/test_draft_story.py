"""A draft over two devices: written on one, found on the other, previewed and published."""

import re

import pytest
from playwright.sync_api import expect

from browser.factories import picture_file

SAVED = "Draft saved. Only you can see it."


def expect_message(person, sentence):
    """Fail unless the page says a sentence."""
    expect(person.page.get_by_role("status").first).to_contain_text(sentence)


def leave_to_another_app(page):
    """Have the browser hide the page, as a phone does when another app is opened."""
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")


def write_draft(person, scripts):
    """Write a title in the Dreambuilder; it is saved by itself, else by a button."""
    person.fill(Your_dream_in_one_line="A house in a tree")
    if scripts:
        leave_to_another_app(person.page)
        expect(person.page.get_by_text("Draft saved.")).to_be_visible()
    else:
        person.tap("button", "^Save as a draft$")
        expect_message(person, SAVED)


def finish_draft(person):
    """Find the draft among one's dreams, write the rest, and give it a picture."""
    person.tap("link", "^A house in a tree$")
    person.tap("link", "^Edit")
    person.fill(Tell_us_more="With a rope ladder.")
    person.page.get_by_label("Home").check()
    person.tap("button", "^Save$")
    expect_message(person, SAVED)
    person.tap("link", "^Add a picture$")
    person.page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    person.tap("button", "^Save picture$")


def test_a_draft_is_written_on_two_devices_and_published_with_its_picture(phone, ada, bob, scripts):
    """R68."""
    first, second = phone("/dreambuilder", ada), phone("/dreams", ada)
    reader = phone("/dreamscape", bob)
    write_draft(first, scripts)
    second.page.reload()
    finish_draft(second)
    preview = second.page.get_by_role("article", name="A house in a tree")
    expect(preview).to_contain_text("Only you see this")
    address = second.page.url
    assert reader.page.request.get(address).status == 404

    second.tap("button", "^Publish$")

    expect_message(second, "Your dream is out in the world.")
    reader.page.goto("/dreamscape")
    card = reader.page.get_by_role("article").first
    expect(card).to_contain_text("A house in a tree")
    expect(card.locator(".picture")).to_have_attribute("src", second.page.locator(
        ".enlarge").get_attribute("href"))
    reader.page.goto(address)
    assert re.search(r"/dreams/a-house-in-a-tree(-\d+)?$", reader.page.url)


HOLD = """const later = setTimeout;
  window.held = []; // what waits for 20 seconds
  window.setTimeout = (run, pause, ...rest) =>
    pause === 20_000 ? (held.push(run), -1) : later(run, pause, ...rest);"""


def test_a_draft_is_saved_every_20_seconds_if_it_changed(visit, listen, run_first, ada):
    """R68."""
    page = visit("about:blank", ada)
    run_first(page, HOLD)
    page.goto("/dreambuilder")
    sent, seen = [], []
    listen(page, "request", lambda asked: sent.append(asked) if "draft" in asked.url else None)

    for words in ("Fly", "Fly high"), ("Fly high",), ("Fly far",):
        for each in words:
            page.get_by_label("Your dream in one line").fill(each)
        seen.append((page.evaluate("held.length"), len(sent)))
        page.evaluate("() => held.pop()()")
        page.evaluate("() => fetch('/healthz')")  # after what would have been sent
        # The next one would wait for an answer that is on its way, and for no further pause.
        expect(page.get_by_text("Draft saved.")).to_be_visible()

    assert [*seen, len(sent)] == [(1, 0), (1, 1), (1, 1), 2]


def test_going_back_to_a_saved_draft_goes_on_with_it(visit, ada, website):
    """R68."""
    page = visit("/dreambuilder", ada)
    page.get_by_label("Your dream in one line").fill("Fly")
    leave_to_another_app(page)
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    page.goto("/dreambuilder")
    expect(page.get_by_text("You began")).to_be_hidden()

    page.go_back()
    page.get_by_label("Your dream in one line").fill("Fly higher")
    leave_to_another_app(page)

    expect(page.get_by_text("Draft saved.")).to_be_visible()
    drafts = website.database.dreams.find({"dreamer_id": ada["_id"]})
    assert [dream["title"] for dream in drafts] == ["Fly higher"]


def test_a_draft_holds_a_need_that_was_typed_but_not_added(visit, ada, website):
    """R68: once as it is typed, once as a chip; one that can't be added keeps nothing from it."""
    page, saved = visit("/dreambuilder", ada), []
    page.get_by_label("Your dream in one line").fill("Fly")
    need = page.get_by_label("Needs: add one")
    for typed, key in ("Wings", "Tab"), ("Wings", "Enter"), ("wings", "Tab"), ("A map", "Tab"):
        need.fill(typed)
        need.press(key)
        with page.expect_response("**/dreambuilder/draft") as save:
            page.get_by_label("Tell us more").fill(f"{len(saved)}")
            leave_to_another_app(page)
        assert save.value.status == 200
        dream = website.database.dreams.find_one({"dreamer_id": ada["_id"]})
        saved.append([each["text"] for each in dream["needs"]])

    page.reload()

    assert saved == [["Wings"], ["Wings"], ["Wings"], ["Wings", "A map"]]
    expect(page.get_by_role("group", name="Needs").get_by_role("listitem")).to_have_count(2)


def test_a_draft_restored_has_the_need_that_was_not_added_once(visit, ada):
    """R29."""
    page = visit("/dreambuilder", ada)
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Needs: add one").fill("Wings")
    page.goto("/dreambuilder")

    page.get_by_role("button", name="Restore draft").click()

    needs = page.get_by_role("group", name="Needs")
    expect(needs.get_by_role("listitem")).to_have_count(1)
    expect(needs.get_by_label("Needs: add one")).to_have_value("")


def test_a_draft_that_is_saved_by_itself_says_that_its_picture_is_not(visit, ada):
    """R68: only its words are; a picture has to be sent."""
    page = visit("/dreambuilder", ada)
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())

    leave_to_another_app(page)

    expect(page.get_by_text("Draft saved, but not its picture.")).to_be_visible()


def test_a_dream_for_oneself_is_still_that_once_its_unsent_draft_is_restored(
        visit, ada, website, look):
    """Else the next press would publish it; drafts of an older version change nobody's choice."""
    page = visit("/dreambuilder", ada, **look)
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Tell us more").fill("Tell nobody.")
    page.get_by_label("Only me").check()
    page.goto("/dreambuilder")
    expect(page.get_by_text("You began “Fly”.")).to_be_visible()

    page.get_by_role("button", name="Restore draft").click()

    expect(page.get_by_label("Only me")).to_be_checked()
    page.evaluate("""() => {
      const key = Object.keys(localStorage).find((each) => each.startsWith("draft "));
      localStorage.setItem(key, JSON.stringify([["description", "Old."]]));
    }""")
    page.goto("/dreambuilder")
    page.get_by_role("button", name="Restore draft").click()
    expect(page.get_by_label("Everybody")).to_be_checked()


@pytest.mark.parametrize(("button", "is_draft"), [
    ("Save as a draft", True), ("Share this dream", None)])
def test_a_restored_form_goes_on_with_the_draft_that_was_saved_on_leaving(
        visit, ada, website, button, is_draft):
    """Nobody reads the answer to that; the same dream must not stand there twice."""
    own = {"dreamer_id": ada["_id"]}
    page = visit("/dreambuilder", ada)
    page.route("**/dreambuilder/draft", lambda route: (route.fetch(), route.fulfill(status=204)))
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Tell us more").fill("High.")
    page.get_by_label("Travel").check()
    with page.expect_response("**/dreambuilder/draft"):
        leave_to_another_app(page)
    assert website.database.dreams.count_documents(own) == 1
    page.goto("/dreambuilder")
    page.get_by_role("button", name="Restore draft").click()
    page.get_by_label("Tell us more").fill("Higher.")

    page.get_by_role("button", name=button).click()

    page.wait_for_url(lambda address: not address.endswith("/dreambuilder"))
    dreams = website.database.dreams.find(own)
    assert [(dream["description"], dream.get("draft")) for dream in dreams] == [
        ("Higher.", is_draft)]


def test_a_form_that_is_gone_back_to_publishes_the_draft_that_was_saved_on_leaving(
        visit, ada, website, wait_until):
    """The browser fills in what was typed: the same dream must not stay among the drafts."""
    page, dreams = visit("/dreambuilder", ada), website.database.dreams
    own = {"dreamer_id": ada["_id"]}
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Tell us more").fill("High.")
    page.get_by_label("Travel").check()
    page.goto("/offers")
    wait_until(lambda: dreams.count_documents(own) == 1)
    page.go_back()
    expect(page.get_by_label("Tell us more")).to_have_value("High.")
    expect(page.get_by_role("button", name="Restore draft")).to_have_count(0)

    page.get_by_role("button", name="Share this dream").click()

    page.wait_for_url(lambda address: not address.endswith("/dreambuilder"))
    assert [(dream["title"], dream.get("draft")) for dream in dreams.find(own)] == [("Fly", None)]


def test_an_unsent_draft_is_announced(visit, devtools, ada):
    """What a script puts into a live region that is there already is read aloud."""
    page = visit("/dreambuilder", ada)
    page.get_by_label("Tell us more").fill("High.")
    session = devtools(page)
    session.send("Page.enable")
    session.send("Page.addScriptToEvaluateOnNewDocument", {"source": """
      new MutationObserver((changes) => changes.forEach(({ target }) => {
        if (target.matches?.(".draft[role=status]")) window.announced = target.textContent;
      })).observe(document, { childList: true, subtree: true });
    """})

    page.goto("/dreambuilder")

    expect(page.get_by_role("button", name="Restore draft")).to_be_visible()
    assert page.evaluate("window.announced").startswith("You have an unsent draft.")


def share(page):
    """Write a dream, with a need, and publish it."""
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Tell us more").fill("High.")
    page.get_by_label("Needs: add one").fill("A kite")
    page.get_by_role("button", name="Add to Needs").click()
    page.get_by_label("Travel").check()
    page.get_by_role("button", name="Share this dream").click()


def test_going_back_after_publishing_saves_no_draft_until_something_changes(
        visit, ada, website, wait_until):
    """R46, R68: nor is the dream shared twice."""
    own = {"dreamer_id": ada["_id"]}
    page = visit("/dreambuilder", ada)
    share(page)
    page.wait_for_url("**/picture")
    page.go_back()
    expect(page.get_by_label("Tell us more")).to_have_value("High.")

    page.goto("/dreams")

    expect(page.get_by_role("link", name="Fly", exact=True)).to_have_count(1)
    page.go_back()
    page.get_by_role("button", name="Share this dream").click()
    page.wait_for_url("**/picture")
    assert website.database.dreams.count_documents(own) == 1
    page.go_back()
    page.get_by_label("Tell us more").fill("Higher.")
    leave_to_another_app(page)
    wait_until(lambda: website.database.dreams.count_documents(own | {"draft": True}) == 1)


def test_a_page_from_the_cache_saves_no_draft_of_what_was_sent(visit, ada, website):
    """R68: where going back shows the page as it was left."""
    page = visit("/dreambuilder", ada)
    page.route("**/dreambuilder", lambda route: route.fulfill(status=204))
    with page.expect_response("**/dreambuilder"):
        share(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    leave_to_another_app(page)
    with page.expect_response("**/dreambuilder/draft") as answer:
        page.get_by_label("Tell us more").fill("Higher.")
        leave_to_another_app(page)

    assert answer.value.ok
    dreams = website.database.dreams.find({"dreamer_id": ada["_id"]})
    assert [(dream["description"], dream["version"]) for dream in dreams] == [("Higher.", 1)]


def refuse_need(page, monitor):
    """Add a need twice; the form refuses that without sending anything."""
    need = page.get_by_label("Needs: add one")
    for key in ("Enter", "Tab"):
        need.fill("A kite")
        need.press(key)
    page.get_by_role("button", name="Share this dream").click()
    expect(page.get_by_text("You've already added")).to_be_visible()
    need.fill("")


def refuse_picture(page, monitor):
    """Choose a picture and send the form; the answer is 429."""
    monitor.expect_status(429)
    page.route("**/dreambuilder", lambda route: route.fulfill(
        status=429, content_type="text/html", body="<p data-sentence>Too many pictures.</p>"))
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    page.get_by_role("button", name="Share this dream").click()
    expect(page.get_by_text("Too many pictures.")).to_be_visible()


@pytest.mark.parametrize("refuse", [refuse_need, refuse_picture])
def test_what_is_typed_after_a_refusal_is_saved_as_a_draft(visit, monitor, ada, website, refuse):
    """R68."""
    page = visit("/dreambuilder", ada)
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Tell us more").fill("High.")
    page.get_by_label("Travel").check()
    refuse(page, monitor)

    page.get_by_label("Tell us more").fill("Higher.")
    leave_to_another_app(page)

    expect(page.get_by_text("Draft saved")).to_be_visible()
    drafts = website.database.dreams.find({"dreamer_id": ada["_id"]})
    assert [dream["description"] for dream in drafts] == ["Higher."]


def test_what_the_page_asks_by_itself_sets_no_cookie(visit, ada):
    """A late answer would sign in who was before, or lose the message of what was sent since."""
    page = visit("/dreambuilder", ada)

    with page.expect_response("**/draft") as save, page.expect_response("**/*?title=*") as stories:
        page.get_by_label("Your dream in one line").fill("Fly")
        leave_to_another_app(page)

    for answer in (save.value, stories.value):
        assert (answer.status, answer.header_value("set-cookie")) == (200, None)


@pytest.mark.parametrize(("other", "sentence"), [
    (True, "This draft was published or deleted"), (False, "as many drafts as we can keep")])
def test_a_draft_that_can_not_be_saved_is_not_tried_again_after_a_refusal(
        visit, ada, other, sentence):
    """R68: and what is said of it is true."""
    page, sent = visit("/dreambuilder", ada), []
    page.route("**/dreambuilder/draft", lambda route: (
        sent.append(route), route.fulfill(json={"draft": "", "version": 0, "other": other})))
    page.get_by_label("Your dream in one line").fill("Fly")
    page.get_by_label("Tell us more").fill("High.")
    leave_to_another_app(page)
    expect(page.get_by_text(sentence)).to_be_visible()
    page.get_by_role("button", name="Share this dream").click()
    expect(page.get_by_text("Please choose 1 to 5 topics.")).to_be_visible()

    page.get_by_label("Tell us more").fill("Higher.")
    leave_to_another_app(page)

    page.evaluate("() => fetch('/healthz')")  # after what would have been sent
    assert len(sent) == 1
    assert page.url.endswith("/dreambuilder")


def test_the_second_device_is_told_that_the_first_one_changed_the_draft(visit, ada, look):
    """R68."""
    pages = [visit("/dreambuilder", ada, **look)]
    pages[0].get_by_label("Your dream in one line").fill("Fly")
    leave_to_another_app(pages[0])
    expect(pages[0].get_by_text("Draft saved.")).to_be_visible()
    pages.append(pages[0].context.new_page())
    pages[1].goto(f"/dreams/{pages[0].locator('[name=draft]').input_value()}/edit")

    for page, words in zip(pages, ("Higher", "Further"), strict=True):
        page.get_by_label("Tell us more").fill(words)
        with page.expect_response("**/dreambuilder/draft"):  # one after the other
            leave_to_another_app(page)

    expect(pages[1].get_by_text("You changed it on another device too")).to_be_visible()
