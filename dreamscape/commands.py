"""The commands of ``flask --app app COMMAND``: maintenance, administrators, the demo."""
import functools
import json
import sys
import time
from pathlib import Path

import click
import pymongo
from flask.cli import with_appcontext
from pymongo.errors import PyMongoError

from dreamscape.accounts import find_dreamer_by_email, find_expired_dreamers, update_claimed_emails
from dreamscape.blocks import set_block_flags
from dreamscape.comments import add_missing_thread_ids, set_recent_comments
from dreamscape.database import COUNTS, DATABASE_TIMEOUT, find_batches, find_database, short_message
from dreamscape.demo import (
    DEMO_EMAIL, DEMO_PASSWORD, add_demo, find_any_document, remove_partial_demo,
)
from dreamscape.digests import add_digests
from dreamscape.dreamers import (
    WORD_FIELDS, add_missing_help_words, complete_dreamer, set_dreamer, set_dreamer_words,
)
from dreamscape.dreams import set_derived_fields
from dreamscape.first_words import set_unanswered
from dreamscape.indexes import INDEX_TIMEOUT, add_indexes
from dreamscape.leaving import remove_dreamer
from dreamscape.log import log_event
from dreamscape.mail import count_mails, send_due_mails, web
from dreamscape.moderation import COMMAND_LINE, add_audit, set_role
from dreamscape.needs import set_need_fields
from dreamscape.pictures import sweep_leftovers
from dreamscape.repairs import REFERENCES, remove_dangling_edges, set_counts, set_edges_counted
from dreamscape.settings import settings
from dreamscape.settling import lapse_offers, update_blocked_offers
from dreamscape.updates import set_newest_update

COMMANDS = []  # which app.py registers with Flask
DEMO_TEXTS = Path(__file__).parent.parent / "templates/demo.json"
DATABASE_START = 60  # seconds init-db waits for a database that is starting


def command(name):
    """Return a decorator that registers a ``flask`` command; database errors end in one line."""
    def register(work):
        """Add the command to COMMANDS."""
        @click.command(name)
        @with_appcontext
        @functools.wraps(work)
        def guarded(*args, **kwargs):
            """Run the command, or end it with a message."""
            try:
                work(*args, **kwargs)
            except PyMongoError as error:
                sentence = f"The database cannot be used: {short_message(error)}"
                raise click.ClickException(sentence) from error
        COMMANDS.append(guarded)
        return guarded
    return register


@command("init-db")
def init_db():
    """Make all indexes, waiting for a database that is just starting; mend old documents."""
    deadline = time.monotonic() + DATABASE_START
    while not find_database() and time.monotonic() < deadline:
        time.sleep(1)  # One that is starting may refuse at once, without a wait.
    with pymongo.timeout(INDEX_TIMEOUT if find_database() else DATABASE_TIMEOUT / 1_000):
        update_claimed_emails()
        add_indexes()
        add_missing_help_words()
        add_missing_thread_ids()


def get_confirmed_dreamer(email):
    """Return the dreamer with a confirmed address, and say who it is; end the command if none."""
    dreamer = find_dreamer_by_email(email)
    if not dreamer:
        raise click.ClickException(f"No one has confirmed the address {email}.")
    dreamer = complete_dreamer(dreamer)
    since = dreamer["_id"].generation_time
    click.echo(f"{dreamer['name']} ({dreamer['slug']}), on Dreamscape since {since:%-d %B %Y}")
    return dreamer


@command("reset-link")
@click.argument("email")
def reset_link(email):
    """Print a link that sets a new password for the person with this email."""
    dreamer = get_confirmed_dreamer(email)
    log_event("reset_asked", dreamer_id=dreamer["_id"])
    click.echo(web.make_link("password-reset", dreamer))


@command("sweep-accounts")
def sweep_accounts():
    """Delete accounts whose address was not confirmed in time, with all they hold."""
    count = 0
    for dreamer in find_expired_dreamers():
        remove_dreamer(dreamer)
        count += 1
    click.echo(f"Accounts deleted: {count}")


@command("lapse-offers")
def lapse():
    """Let offers lapse that nobody has answered for two weeks, and tell both people."""
    click.echo(f"Offers lapsed: {lapse_offers()}")


@command("make-admin")
@click.argument("email")
def make_admin(email):
    """Make the person with this email an administrator."""
    dreamer = get_confirmed_dreamer(email)
    if sys.stdin.isatty():
        click.confirm("Make this person an administrator?", abort=True)
    add_audit(COMMAND_LINE, "make-admin", "dreamer", dreamer, "Asked for on the command line.")
    set_dreamer(dreamer, {"role": "administrator"})
    log_event("role_given", dreamer_id=dreamer["_id"], role="administrator")
    click.echo(f"{dreamer['name']} is an administrator.")


@command("remove-admin")
@click.argument("email")
def remove_admin(email):
    """Take the role from the administrator with this address."""
    dreamer = complete_dreamer(find_dreamer_by_email(email) or {})
    if dreamer["role"] != "administrator":
        raise click.ClickException(f"No administrator has the address {email}.")
    add_audit(COMMAND_LINE, "remove-admin", "dreamer", dreamer, "Asked for on the command line.")
    set_role(dreamer, "administrator", None)
    click.echo(f"{dreamer['name']} is no longer an administrator.")


@command("send-mail")
def send_mail():
    """Send what is due in the outbox, and say how many mails remain."""
    send_due_mails()
    click.echo(f"Emails still to be sent: {count_mails()}")


@command("send-digests")
def send_digests():
    """Queue the day's email of everybody with something new; the site's workers send it."""
    click.echo(f"Daily emails queued: {add_digests()}")


@command("sweep-pictures")
def sweep_pictures():
    """Delete pictures that belong to nobody: failed deletes and broken-off uploads."""
    done = sweep_leftovers()
    click.echo(f"Pictures deleted: {done['deleted']}, in use: {done['in use']}, "
               f"failed and kept for the next sweep: {done['failed']}")


@command("recount")
def recount():
    """Remove orphaned edges; mend stored counts, recent comments, scores, search words, flags.

    End the offers that blocks of an older version left open.
    """
    mended = sum(remove_dangling_edges(*end) for end in REFERENCES)
    mended += set_edges_counted("follows") + set_edges_counted("cheers")
    mended += sum(set_counts(*count) for count in COUNTS) + add_missing_thread_ids()
    for batch in find_batches("dreams", {"draft": None}, None):
        mended += sum(map(set_derived_fields, batch)) + sum(map(set_need_fields, batch))
        mended += sum(map(set_recent_comments, batch)) + set_unanswered(batch)
        mended += sum(set_newest_update(dream["_id"]) for dream in batch)
    fields = dict.fromkeys(("words", "help_words", "has_blocks", *WORD_FIELDS), 1)
    for batch in find_batches("dreamers", {}, fields):
        mended += sum(map(set_dreamer_words, batch)) + set_block_flags(batch)
    mended += sum(map(update_blocked_offers, find_batches("blocks", {}, None)))
    click.echo(f"Mended: {mended}")


@command("seed-demo")
@click.option("--if-empty", is_flag=True, help="Do nothing if the database isn't empty.")
def seed_demo(if_empty):
    """Fill an empty database with demo data, and print how to sign in."""
    occupied = find_any_document()
    if occupied and not if_empty:
        raise click.ClickException("This database isn't empty. Nothing was changed.")
    if not occupied:
        remove_partial_demo()
        add_demo(json.loads(DEMO_TEXTS.read_text("utf-8")))
    click.echo(f"\n  Dreamscape is at {settings['BASE_URL']}")
    if find_dreamer_by_email(DEMO_EMAIL):
        click.echo(f"  Demo sign-in: {DEMO_EMAIL}, password {DEMO_PASSWORD}\n")
