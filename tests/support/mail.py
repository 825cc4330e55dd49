"""Have the site send its mail in a test, and ask it for mail."""

import threading

import app as site

ASKED = "If there&#39;s an account for that address, we&#39;ve emailed you a link."


def set_mail(monkeypatch, **settings):
    """Have the site send its mail with these settings, for this test."""
    for name, value in settings.items():
        monkeypatch.setitem(site.settings, name, value)


def wait_for_mail():
    """Wait until the mail that is due was sent, or failed."""
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == 0:
            thread.join()


def ask(client, email="ada@example.com", **options):
    """Ask for a link and wait until its mail went out, or failed; return the answer."""
    form = {"csrf_token": client.token(), "email": email}
    answer = client.post("/password-reset", data=form, **options)
    wait_for_mail()
    return answer


def send_mail():
    """Send what is due; return what the command says."""
    return site.app.test_cli_runner().invoke(args=["send-mail"]).output
