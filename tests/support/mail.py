"""Let the site send mail in a test, and request a password reset."""

import threading

import app as site

ASKED = "If there&#39;s an account for that address, we&#39;ve emailed you a link."


def set_mail(monkeypatch, **settings):
    """Set the site's mail settings for this test."""
    for name, value in settings.items():
        monkeypatch.setitem(site.settings, name, value)


def wait_for_mail():
    """Wait until the mail that is due was sent or has failed."""
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == 0:
            thread.join()


def ask(client, email="ada@example.com", **options):
    """Request a reset link, wait until its mail was sent or has failed; return the response."""
    form = {"csrf_token": client.token(), "email": email}
    answer = client.post("/password-reset", data=form, **options)
    wait_for_mail()
    return answer


def send_mail():
    """Run ``flask send-mail``; return its output."""
    return site.app.test_cli_runner().invoke(args=["send-mail"]).output
