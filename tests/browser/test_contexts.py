"""A browser context that was used before holds nothing of that for the next test."""

from browser.conftest import PHONE, clear_context

MARK = """() => { sessionStorage.test = localStorage.test = document.cookie = "test=1"; }"""
MARKS = """async () => [sessionStorage.length, localStorage.length, document.cookie, innerWidth,
  matchMedia("(prefers-color-scheme: dark)").matches, matchMedia("print").matches,
  getComputedStyle(document.documentElement).fontSize,
  (await navigator.permissions.query({ name: "clipboard-write" })).state]"""
CLEAN = [0, 0, "", PHONE["viewport"]["width"], False, False, "16px",
         "prompt"]


def test_a_cleared_context_has_one_page_without_what_a_test_left(
        visit, website, devtools, ada):
    page = visit("/profile", ada, **PHONE)
    page.evaluate(MARK)
    page.route("**/login", lambda route: route.abort())
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(media="print", color_scheme="dark")
    devtools(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    page.context.grant_permissions(["clipboard-write"])
    page.context.new_page()
    assert page.evaluate(MARKS) == [1, 1, "test=1", 1280, True, True, "32px", "granted"]

    assert clear_context(page.context, website.url, PHONE)

    assert page.context.pages == [page]
    assert page.context.cookies() == []
    assert page.goto("/profile").url.endswith("/login?next=/profile")
    assert page.evaluate(MARKS) == CLEAN


def test_a_context_without_a_page_is_not_used_again(visit, website):
    page = visit("/login")
    page.close()

    assert not clear_context(page.context, website.url, {})
