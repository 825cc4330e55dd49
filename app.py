"""Dreamscape: write down what you hope for, and find the people who help it come true.

How a request flows: hooks load the viewer and check the CSRF token -> a guard checks the
permission -> a loader finds the document or answers 404 -> one function reads or writes ->
a template is rendered, or a 303 redirects.

This module holds what needs an HTTP request: hooks, limits of bodies and uploads, guards, routes,
error pages, the cache of rendered cards; and two helpers, for storing pictures (in a folder or at
Cloudinary) and for JWT tokens. All else is in dreamscape/.
"""
import functools
import hashlib
import hmac
import io
import logging
import math
import re
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from urllib.request import urlopen

import jwt
from flask import (
    Flask, abort, after_this_request, flash, g, has_request_context, redirect, render_template,
    request, send_from_directory, session, stream_template, stream_with_context, url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask_compress import Compress
from flask_mail import Mail
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from markupsafe import escape
from pymongo.errors import PyMongoError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import (
    BadRequest, ClientDisconnected, HTTPException, MethodNotAllowed, NotFound,
    RequestEntityTooLarge, SecurityError, ServiceUnavailable, TooManyRequests, UnprocessableEntity,
    UnsupportedMediaType,
)
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms import ValidationError

from dreamscape.forms import (
    COMMENT_LENGTH, DRAFT_FIELDS, DRAFT_NOUNS, LINE_LENGTH, MESSAGE_LENGTH, THANKS_LENGTH,
    UNTYPED_FIELDS, AboutForm, AccountForm, ActForm, AnswerForm, CommentForm, ConfirmAgainForm,
    DreamEditForm, DreamForm, DreamPictureForm, EmailsForm, InterestsForm, LineForm, LoginForm,
    MessageForm, NewDreamForm, OfferForm, OwnPasswordForm, PasswordForm, PictureForm, ReportForm,
    ResetForm, ResetRequestForm, SignupForm, SkillsForm, StoryForm, ThanksForm, TopicForm,
    UpdateForm, dream_fields,
)
from dreamscape.fields import Form, aria_attributes
from dreamscape.text import (
    PATH_LENGTH, ago, clean_line, clean_text, counted, fold_email, paragraphs, printable_xml,
    quoted, safe_path, split_links,
)
from dreamscape import convert, lives
from dreamscape.commands import COMMANDS
from dreamscape.accounts import (
    CONFIRM_LIFE, RESET_LIFE, add_dreamer, add_sign_in, end_sign_ins, find_confirmed_message,
    find_dreamer_by_password, find_same_unconfirmed, find_session_dreamer, find_sign_ins,
    is_email_pending, remove_sign_ins, resend_mail, set_account, set_email_confirmed,
    set_password, sign_in_refusal, sign_up_key,
)
from dreamscape.audience import (
    EDITED_MEANWHILE, draft_values, edit_dream, find_draft_topics, save_first_picture, set_draft,
    share_dream,
)
from dreamscape.assets import ASSETS, ASSETS_VERSION
from dreamscape.bodies import (
    PARAGRAPH_FIELDS, InMemoryRequest, drain_request_body, start_body_timer,
)
from dreamscape.blocks import MAX_BLOCKS, find_blocked_page, find_dreamer_or_blocked, set_blocked
from dreamscape.comments import (
    REACTIONS, COMMENTS_PAGE, add_comment, find_comment, find_comments, find_cursor_of,
    find_card_details, is_collapsed, set_comment, set_reaction,
)
from dreamscape.cheers import set_cheering
from dreamscape.database import CursorError, find_database, parse_id, short_message
from dreamscape.desk import PARTS, find_desk
from dreamscape.indexes import find_missing_indexes, wait_for_unique_indexes
from dreamscape.digests import describe_stop, set_email_choices, stop_emails, undo_stop
from dreamscape.drafts import (
    DRAFT_LIFETIME, TOO_LARGE, add_draft, find_draft, find_drafts, is_too_large, remove_draft,
)
from dreamscape.dreamers import (
    STAGES, TERM_FIELDS, complete_dreamer, email_of, find_dreamer_document, find_dreamer,
    find_suggested_terms, find_viewer, find_visible_dreamer, set_dreamer, undeliverable_email,
    unfinished_stages,
)
from dreamscape.dreams import find_dream_of, find_visible_dream, set_need_found, version_of
from dreamscape.feed import FEED_VIEWS, PERSONAL_VIEWS, WHOLE_VIEWS
from dreamscape.first_words import with_first_word
from dreamscape.follows import find_viewer_state, set_following
from dreamscape.help import (
    ANSWER_TIME, STATE_LABELS, STEPS, add_message, add_offer, add_other_words, find_given_offer,
    find_offer, find_offer_context, find_offers_page, find_own_message, find_reported_messages,
    find_waiting, offer_refusal, press_step, press_undo, role_in, undoable_step, writing_refusal,
)
from dreamscape.intents import (
    find_intended, follow_intended, intended_path, parse_sign_in_fields, short_sign_in_fields,
)
from dreamscape.thanks import OFFERED_ON_DREAM, THANKS_ACTS, set_thanks
from dreamscape.people import CARD_FIELDS, find_people_page, find_profile, find_search_summary
from dreamscape.matching import add_asked, find_helpers, find_view_page
from dreamscape.needs import find_need, is_living, open_needs
from dreamscape.leaving import export_files, remove_dreamer, stream_zip
from dreamscape.limits import (
    LIMITS, account_key, add_use, limit_wait, network_of, reading_wait, remove_uncounted_uses,
    remove_uses,
)
from dreamscape.log import JSONFormatter, log_event, logger
from dreamscape.mail import add_mail, can_mail, use_web
from dreamscape.mentions import split_mentions
from dreamscape.moderation import (
    ACTS, CONTENT_ACTS, SUSPENSIONS, allowed_acts, decision_title, execute_act, find_case,
    find_decision, offered_acts, remove_thing, set_answer, set_hidden_by_reports, set_topic,
    suggested_rule,
)
from dreamscape.notifications import (
    EMAIL_KINDS, MAX_UNREAD, email_choice, find_notices_page, set_offer_read, set_read,
)
from dreamscape.pages import (
    BODY_TIMED_OUT, ERRORS, OTHER_ERROR, format_security_txt, page_context,
)
from dreamscape.passwords import key_lock, update_outdated_hash
from dreamscape.pictures import (
    PictureError, StoreError, find_card, has_card, save_picture, use_store,
)
from dreamscape.placeholders import (
    PLACEHOLDER_GLOBALS, card_cache, join_fragments, partial_cache, split_placeholders,
)
from dreamscape.publishing import FEEDS, IN_SITEMAP, find_sitemap
from dreamscape.reports import (
    RULE_CHOICES, RULES, add_report, count_open_reports, find_entries_page, find_report,
    find_reports_page, words_of,
)
from dreamscape.settings import (
    HEADERS, REQUEST_BYTES, absolute_url, derived_key, is_own_host, normalise_host, settings,
)
from dreamscape.shared import content_key
from dreamscape.slugs import find_by_slug
from dreamscape.topics import find_topics, is_topic, new_topic_slug, offered_topics, topic_name
from dreamscape.updates import (
    add_update, find_card_update, find_update, save_update_picture, set_update,
)
from dreamscape.uploads import acquire_slot, release_slot
from dreamscape.visibility import (
    current_suspension, has_ended, is_apart, is_listed, is_moderator, is_on_own, is_public,
    is_public_dreamer, is_same, is_shown, is_unconfirmed, may_remove, may_see,
)
from dreamscape.visits import count_new, note_view
from dreamscape.welcome import find_welcome

# Application #################################################################

IMMUTABLE_AGE = 31_536_000  # seconds: max-age of a response that never changes at its URL


class Site(Flask):
    """Flask without the request's path in its log of exceptions."""

    def log_exception(self, exc_info):
        """Log an unhandled exception with its traceback."""
        self.logger.error("Something broke on our side", exc_info=exc_info)


app = Site(__name__)
app.config.from_mapping(settings)
app.request_class = InMemoryRequest
app.jinja_options["trim_blocks"] = app.jinja_options["lstrip_blocks"] = True
# Browsers ask for it where no page names an icon, as beside a feed or a picture.
app.add_url_rule("/favicon.ico", "static", defaults={"filename": "img/favicon.ico"})
if settings["BEHIND_PROXY"]:
    # Trust the X-Forwarded headers of the nearest proxy only: clients can send others.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
csrf = CSRFProtect(app)
Mail(app)  # a flask_mail.Message reads the default sender from app.extensions


@app.before_request
def refuse_foreign_address():
    """Refuse another host, and a SCRIPT_NAME: the site is mounted at the root."""
    if not is_own_host(request.host) or request.environ.get("SCRIPT_NAME"):
        raise SecurityError


@app.before_request
def refuse_unsupported_request():
    """Answer 404 to a path that is too long, and 415 to a POST whose body is not a form."""
    if len(request.path) > PATH_LENGTH:
        answer_before_body()
        abort(404)
    if request.method == "POST" and request.url_rule and not request.has_form:
        abort(415)


# Log #########################################################################
#
# One JSON line for each request and each event, on standard output, with routes, ids and
# numbers: never a path or a query, which contain tokens, nor anything that a person typed.
# Only in development, without a mail server, are the emails printed among them.

STATUS_EVENTS = {403: "refused", 429: "limited"}


def request_log_fields():
    """Return the log fields of the current request; {} outside of a request."""
    if not has_request_context():
        return {}
    viewer = g.get("viewer")
    return {"request_id": request.id, "route": request.url_rule and request.url_rule.rule,
            "dreamer_id": viewer and viewer["_id"]}


@app.after_request
def log_request(response):
    """Log the status and the duration, and add the X-Request-ID header."""
    if response.status_code in STATUS_EVENTS:
        log_event(STATUS_EVENTS[response.status_code])
    logger.info("request", extra={"fields": {
        "event": "request", "method": request.method, "status": response.status_code,
        "ms": round((time.monotonic() - request.began) * 1_000)}})
    response.headers["X-Request-ID"] = request.id
    return response


# Runs before log_request, which was registered first: so that logs the final status and duration.
Compress(app)
log_handler = logging.StreamHandler(sys.stdout)
log_handler.setFormatter(JSONFormatter(request_log_fields))
# On the root logger, for the records of other libraries too.
logging.getLogger().addHandler(log_handler)
logger.setLevel(logging.INFO)


# Deadline of request bodies ##################################################

@app.before_request
def start_body_deadline():
    """Start the deadline of the request body."""
    # Without it Werkzeug raises ClientDisconnected for a truncated body.
    request.environ.pop("wsgi.input_terminated", None)
    if request.content_length:
        g.body_timer = start_body_timer(request.environ)


@app.teardown_request
def end_body_deadline(error):
    """Cancel the timer of the request body."""
    if timer := g.pop("body_timer", None):
        timer.cancel()


# Viewer ######################################################################

SESSIONLESS = ("static", "healthz", "robots", "security_txt", "upload", "drawn", "asset",
               "dream_card", "sitemap", *FEEDS)  # read no session
LATE = 0.25  # seconds in which a request usually has its body and its turn


class PageSessions(SecureCookieSessionInterface):
    """Flask's sessions; a response for a shared cache, or in the background, sets no cookie."""

    def save_session(self, app, session, response):
        """Save the session; a late background answer would undo a newer sign-in or message."""
        if request.endpoint not in SESSIONLESS:
            super().save_session(app, session, response)
        if request.headers.get("X-Fragment") == "none":
            response.headers.remove("Set-Cookie")


app.session_interface = PageSessions()


@app.before_request
def load_viewer():
    """Set ``g.viewer`` to the signed-in dreamer or None; clear a session that has ended.

    ``g.former_id`` is the dreamer whose sign-in ended; ``g.open_reports`` is the number in a
    moderator's menu.
    """
    g.viewer, g.former_id, g.open_reports, g.loaded_at = None, None, 0, time.monotonic()
    if request.endpoint in SESSIONLESS:
        return
    wait_for_unique_indexes()
    if "sign_in" not in session:
        return
    dreamer = find_session_dreamer(parse_id(session.get("dreamer_id")), session.get("sign_in"))
    if dreamer:
        g.viewer = dreamer
        g.open_reports = count_open_reports(g.viewer) if is_moderator(g.viewer) else 0
    else:
        g.former_id = parse_id(session.get("dreamer_id"))
        session.clear()


def load_viewer_again():
    """Load the viewer of a request that has waited: their rights may have ended meanwhile."""
    if g.viewer and time.monotonic() - g.loaded_at > LATE:
        load_viewer()


# Large bodies ################################################################

# The endpoints that accept large bodies.
PICTURE_PAGES = ("profile_picture", "dreambuilder", "dream_picture", "dream_story", "update_add",
                 "update_edit")
LARGE_BYTES = 1_000_000  # maximum of any other body, more than all texts of a form


@app.before_request
def refuse_large_body():
    """Answer 413 before a large body is read, unless it is a picture of the viewer's.

    A chunked body, which no browser sends, is refused too: it has no Content-Length.
    """
    is_picture, size = request.endpoint in PICTURE_PAGES, request.content_length or 0
    limit = REQUEST_BYTES if g.viewer and is_picture else LARGE_BYTES
    if g.former_id and is_picture and LARGE_BYTES < size <= REQUEST_BYTES:
        answer_before_body()
        flash_message("You've been signed out. Please sign in and choose your picture again.")
        return redirect(url_for("login", next=current_path()), 303)
    if size > limit or "Transfer-Encoding" in request.headers:
        raise RequestEntityTooLarge
    return None


@app.before_request
def acquire_upload_slot():
    """Limit concurrent uploads by viewer and memory; 429 if none ends in time."""
    if not g.viewer or request.method != "POST" or request.endpoint not in PICTURE_PAGES:
        return
    # A small upload counts as LARGE_BYTES, so that many of them leave threads for pages.
    size = max(request.content_length or 0, LARGE_BYTES)
    if refusal := acquire_slot(g.viewer, size, by_network()):
        answer_before_body()
        abort(429, refusal)
    g.upload_of = g.viewer["_id"]


@app.teardown_request
def release_upload_slot(error):
    """Release the upload slot of this request."""
    if viewer_id := g.pop("upload_of", None):
        release_slot(viewer_id)


# Guards ######################################################################

# Endpoints that publish something, or change what others see: they need a confirmed address.
CONFIRMED_ONLY = ("comment_reaction", "dream_ask", "dream_state", "dreamer_block",
                  *(name for name in DRAFT_FIELDS if not name.startswith("profile_")))
# Mail programs post to them from anywhere (RFC 8058): the token in the URL decides.
BY_TOKEN_ALONE = ("unsubscribe",)


def is_own_origin(origin):
    """Return whether an Origin header names this site."""
    own_origins = settings["BASE_URL"], f"{request.scheme}://{request.host}"
    return normalise_host(origin) in own_origins


@app.before_request
def refuse_forged_post():
    """Refuse a POST from another site, and an action without this session's token.

    The form of a route that also answers GET checks the token itself, and is shown again;
    a visitor changes nothing, for login_required redirects them to the sign-in.
    """
    if request.method != "POST":
        return
    # Parsed here, so that a too large form is refused before anything else looks at it.
    _ = request.form
    end_body_deadline(None)
    load_viewer_again()
    if request.endpoint in BY_TOKEN_ALONE:
        return
    fetch_site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin") or "null"
    # Browsers hide the origin as "null" at times: then the token decides.
    is_foreign = origin != "null" and not is_own_origin(origin)
    if fetch_site not in ("same-origin", "none") or is_foreign:
        request.form = MultiDict()  # The error page must not show another site's text.
        abort(403, "This came from another site, so nothing was changed.")
    if g.viewer and request.url_rule and not has_page():
        csrf.protect()


@app.before_request
def ask_to_confirm():
    """Redirect an unconfirmed dreamer to /confirm before they publish anything."""
    asks = request.method == "POST" and request.endpoint in CONFIRMED_ONLY
    if not asks or not is_unconfirmed(g.viewer) or not has_valid_token():
        return None
    draft = add_typed_draft(g.viewer["_id"])
    flash_message(message_with_draft("Please confirm your email address first.", draft))
    return redirect(url_for("confirm"), 303)


def has_valid_token():
    """Return whether the posted CSRF token is this session's."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def login_required(view):
    """Let signed-in dreamers in; redirect others to the sign-in, which leads back."""
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        """Call the view, or save a draft and redirect to the sign-in."""
        return view(*args, **kwargs) if g.viewer else redirect_to_sign_in()
    guarded.asks_for_sign_in = True
    return guarded


def moderator_required(view):
    """Let only moderators in; 403 for other dreamers, the sign-in for visitors."""
    @login_required
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        """Call the view, or answer 403."""
        if is_moderator(g.viewer):
            return view(*args, **kwargs)
        return abort(403, "Only moderators can do that.")
    return guarded


def is_viewer(dreamer_id):
    """Return whether the viewer is this dreamer."""
    return is_same(g.viewer, dreamer_id)


# Pages and redirects #########################################################

URL_CACHE_SIZE = 2_000  # paths, cached in each worker: 12 MB at most
url_adapter = app.url_map.bind("")  # builds and matches paths outside of a request
INTENDED_ACTS = {"dream_follow": "follow", "dream_cheer": "cheer",
                 "dreamer_follow": "follow-dreamer"}
# Which an error page shows again.
LONG_TEXTS = ("title", "thanks", *sorted(PARAGRAPH_FIELDS))


def page_to_return_to():
    """Return the path to open after a sign-in: this page, or a draft of what was posted.

    The draft is saved for a dreamer whose sign-in has ended, and only if our own page sent the
    form: another site must not put its text into somebody's draft.
    """
    own = g.former_id and is_own_origin(request.headers.get("Origin", settings["BASE_URL"]))
    draft = add_typed_draft(g.former_id) if own and request.method == "POST" else None
    if g.former_id:
        flash_message(message_with_draft("You've been signed out. Please sign in again.", draft))
    return draft_url(draft) if draft else current_path()


def redirect_to_sign_in():
    """Redirect a visitor to the sign-in, which leads back; a follow or cheer happens after it."""
    act = INTENDED_ACTS.get(request.endpoint)
    intent = {"intent": f"{act}:{request.view_args['slug']}"} if act else {}
    return redirect(url_for("login", next=page_to_return_to(), **intent), 303)


def has_page():
    """Return whether the route of this request also answers GET."""
    return bool(request.url_rule) and "GET" in request.url_rule.methods


def readable_form():
    """Return the posted form, for an error page; an empty one if the body cannot be read."""
    try:
        return request.form
    except (ClientDisconnected, RequestEntityTooLarge):
        return MultiDict()


def typed_texts():
    """Return the posted texts, else those of the draft in the query, for an error page."""
    form = readable_form()
    if not form:
        with suppress(PyMongoError):  # The error page is shown without them.
            draft = find_draft(g.get("viewer"), request.args.get("draft"))
            form = draft["fields"] if draft else form
    return [*filter(None, (clean_text(text) for name in LONG_TEXTS for text in form.getlist(name)))]


@app.template_global("url_for")
@functools.lru_cache(URL_CACHE_SIZE, typed=True)
def cached_url(endpoint, **values):
    """Return a path of this site from a cache; a page holds hundreds, many of them equal.

    The adapter is bound to no request, so a path depends on the arguments alone. For URLs with
    a host, as emails need them, there is ``absolute_url``.
    """
    return url_adapter.build(endpoint, values)


@app.template_global()
def current_path():
    """Return the path and query of this page, for the ``next`` of its forms.

    In the response to a POST: the ``next`` that was posted, else the path if it answers GET.
    """
    if request.method != "POST":
        return safe_path(request.full_path.rstrip("?")) or url_for("landing")
    own = safe_path(request.path) if has_page() else None
    return safe_path(request.form.get("next")) or own or url_for("dreamscape")


@app.template_global()
def next_page(cursor):
    """Return the URL of the next page of a list, with the rest of the query unchanged."""
    query = page_args().to_dict(flat=False) | {"cursor": [cursor]}
    return f"{urlsplit(current_path()).path}?{urlencode(query, doseq=True)}"


@app.template_global()
def page_args():
    """Return the query of this page; for a POST, that of the page its form was on."""
    if request.method != "POST":
        return request.args
    return MultiDict(parse_qsl(urlsplit(current_path()).query))


def redirect_back(fallback, fragment="", find_changed=None, changed_id=None, expanded_id=None):
    """Redirect to the posted ``next``, or to ``fallback``, at an element's id.

    expanded_id: a collapsed comment that is shown expanded there. A request for a fragment
    (see Fragments) gets one with the context ``find_changed(changed_id)`` instead.
    """
    if find_changed and "X-Fragment" in request.headers:
        return render_page("fragment.html", **find_changed(changed_id))
    target, _, own_fragment = (safe_path(request.form.get("next")) or fallback).partition("#")
    if expanded_id and expanded_id not in target:
        target += f"{'&' if '?' in target else '?'}open={expanded_id}"
    fragment = fragment or own_fragment
    return redirect(f"{target}#{fragment}" if fragment else target, 303)


def flash_message(text, undo=None, is_error=False):
    """Show a message on the next page, with a button that posts to ``undo`` if given."""
    # One message at most: browsers drop a session cookie above 4,093 bytes.
    session.pop("_flashes", None)
    flash({"text": text, "undo": undo, "next": undo and current_path(), "is_error": is_error})


def render_page(template, form=None, **context):
    """Render a page; the status is 422 if its form has errors."""
    errors = form is not None and form.errors
    if errors and "csrf_token" in errors:
        log_event("form_not_ours")
    return render_template(template, form=form, **context), 422 if errors else 200


def abort_gone(kind):
    """Answer 404; redirect an action back to its page with a message instead.

    If text was posted it is a 404 all the same, whose page shows the text. A GET may be of a
    mistyped address, so its 404 doesn't say that anything was ever there.
    """
    if request.method != "POST":
        abort(404)
    target = safe_path(request.form.get("next"))
    sentence = f"That {'person' if kind == 'dreamer' else kind} isn't there any more."
    if not target or typed_texts():
        abort(404, sentence)
    flash_message(sentence)
    abort(redirect(target, 303))


def abort_moved(endpoint, slug):
    """Redirect from an old slug to the present one, with the query.

    no-store: after a rename and back, browsers would loop between two cached redirects.
    """
    query = urlencode(request.args.to_dict(flat=False), doseq=True)
    moved = redirect(url_for(endpoint, slug=slug) + ("?" + query if query else ""), 301)
    moved.headers["Cache-Control"] = "no-store"
    abort(moved)


def get_by_slug_or_404(kind, find, slug):
    """Return the dream or dreamer of a slug; redirect from an old slug to the new one.

    kind: "dream" or "dreamer"; find: the query for one document that a viewer may see.
    """
    document = find_by_slug(kind, find, g.viewer, slug) or abort_gone(kind)
    if request.method != "POST" and document["slug"] != slug:
        abort_moved(request.endpoint, document["slug"])
    return document


# Drafts ######################################################################


def typed_fields():
    """Return the posted fields that a draft stores, {name: [values]}; {} if all are empty."""
    fields = {name: [clean_text(value) for value in request.form.getlist(name)]
              for name in DRAFT_FIELDS.get(request.endpoint, ()) if name in request.form}
    typed = [value for name in fields.keys() - UNTYPED_FIELDS for value in fields[name]]
    return fields if any(typed) else {}


def add_typed_draft(dreamer_id):
    """Store the posted fields as a dreamer's draft; return it, or None if all are empty.

    Answers 422 if they are too large, and 429 to too many drafts; both show the texts.
    """
    if not (fields := typed_fields()):
        return None
    if is_too_large(fields):
        abort(422, TOO_LARGE)
    add_request(("draft", "draft from a network"))
    return add_draft(dreamer_id, request.path, fields) or abort(429)


def message_with_draft(message, draft):
    """Return a message, and that what was typed was stored if there is a draft of it."""
    return f"{message} We've kept what you wrote." if draft else message


@app.after_request
def remove_sent_draft(response):
    """Delete the draft that the query names once its form is accepted."""
    token = request.args.get("draft")
    if request.method == "POST" and token and g.get("viewer") and response.status_code < 400:
        remove_draft(g.viewer, token)
    return response


def draft_url(draft):
    """Return the URL of a draft: its form's page, or draft_show for a form without a page."""
    with suppress(MethodNotAllowed, NotFound):
        url_adapter.match(draft["path"], "GET")
        return f"{draft['path']}?draft={draft['_id']}"
    return url_for("draft_show", token=draft["_id"])


def find_draft_subject(draft):
    """Return {noun, dream, offer}: what a draft is, and what it is about, None if it's gone."""
    try:
        endpoint, values = url_adapter.match(draft["path"], "POST")
    except NotFound:
        return {"noun": "comment"}  # an older version of the site had the path
    noun = DRAFT_NOUNS.get(endpoint, "comment")
    key, value = next(iter(values.items()))
    if key == "offer_id":
        return {"noun": noun, "offer": find_offer(g.viewer, parse_id(value))}
    if key == "slug":
        return {"noun": noun, "dream": find_by_slug("dream", find_visible_dream, g.viewer, value)}
    find_edited = find_update if key == "update_id" else find_comment
    edited, paths = find_edited({"_id": parse_id(value)}), [draft["fields"].get("next", "")]
    return {"noun": noun, "dream": edited and find_dream_of(g.viewer, edited, paths)}


@app.template_global("find_drafts")
def viewer_drafts(path=None):
    """Return the viewer's unsent drafts with their URLs; those for one path if given."""
    return [draft | {"url": draft_url(draft)} for draft in find_drafts(g.viewer, path)]


@app.get("/drafts")
@login_required
def draft_list():
    """List the viewer's unsent drafts."""
    return render_page("draft/list.html", drafts=viewer_drafts())


@app.post("/drafts/<token>/delete")
@login_required
def draft_delete(token):
    """Discard a draft."""
    remove_draft(g.viewer, token) or abort_gone("draft")
    flash_message("Draft discarded.")
    return redirect(url_for("draft_list"), 303)


@app.get("/drafts/<token>")
@login_required
def draft_show(token):
    """Show a draft of a comment or a message in a form that posts it."""
    draft = find_draft(g.viewer, token) or abort(404)
    if (page := draft_url(draft)) != request.path:
        return redirect(page, 303)
    return render_page("draft/show.html", draft=draft, **find_draft_subject(draft))


# Rate limits #################################################################


def by_network():
    """Return the network a request comes from."""
    return network_of(request.remote_addr or "")


def by_viewer():
    """Return the id of the viewer, or of a viewer whose sign-in ended; else the network."""
    dreamer_id = g.viewer["_id"] if g.viewer else g.former_id
    return str(dreamer_id) if dreamer_id else by_network()


def by_account():
    """Return the rate limits' key of the posted email address."""
    return account_key(request.form.get("email", ""))


LIMIT_KEYS = {"network": by_network, "viewer": by_viewer, "account": by_account,
              "account and network": lambda: f"{by_account()} {by_network()}",
              "account and wide network":
                  lambda: f"{by_account()} {network_of(request.remote_addr or '', 24, 48)}"}


def refuse_too_many(seconds):
    """Answer 429 with the time until the window of a limit ends."""
    wait = counted(math.ceil(seconds / 60), "minute")
    raise TooManyRequests(f"{ERRORS[429][1]} Please try again in {wait}.", retry_after=seconds)


def add_request(names):
    """Count this request in rows of LIMITS; return {name: counter's id}, or answer 429."""
    counters, count = {}, 0
    for name in names if settings["RATELIMIT_ENABLED"] else ():
        is_first, limit = count == 1, LIMITS[name]
        counters[name], count = add_use(name, LIMIT_KEYS[limit.keyed_by]())
        if count > limit.rate.amount and not (limit.exempts_first and is_first):
            remove_uses([*counters.values()])
            refuse_too_many(limit_wait(name))
    return counters


def limited(*names):
    """Return a decorator that limits the rate of a view's POSTs by rows of LIMITS."""
    def decorate(view):
        """Wrap the view."""
        @functools.wraps(view)
        def guarded(*args, **kwargs):
            """Count the request, call the view, and uncount what its status exempts."""
            if request.method != "POST":
                return view(*args, **kwargs)
            counters, status = add_request(names), None
            try:
                response = app.make_response(view(*args, **kwargs))
                status = response.status_code
            finally:
                remove_uncounted_uses(counters, status)
            return response
        guarded.limits = names
        return guarded
    return decorate


def make_form(form_class, **kwargs):
    """Return a form for the viewer, filled from the POST or the draft in the query.

    ``draft`` fills the form of a page; ``undo`` makes a POST without fields send the draft.
    """
    if token := request.args.get("undo" if request.method == "POST" else "draft"):
        draft = find_draft(g.viewer, token, request.path)
        kwargs |= {"formdata": draft["fields"]} if draft else {}
    return form_class(viewer=g.viewer, **kwargs)


@app.template_global()
def form_key():
    """Return a random idempotency key for a form; those of a list share one.

    A unique index holds it together with the author, the dream and the words.
    """
    return secrets.token_urlsafe(8)


# Picture store ###############################################################

STORE_TIMEOUT = 10  # seconds for Cloudinary to respond
store_calls = ThreadPoolExecutor(max_workers=16, thread_name_prefix="store")


@functools.cache
def cloudinary_sdk():
    """Return Cloudinary's SDK; imported late, for it reads CLOUDINARY_URL when imported."""
    import cloudinary.uploader
    return cloudinary


def call_cloudinary(method, *args, **options):
    """Call a method of Cloudinary's uploader; raise OSError on a failure or a timeout.

    In a thread: the SDK's timeout limits each retry and each read, but not the whole call.
    """
    sdk = cloudinary_sdk()
    call = store_calls.submit(getattr(sdk.uploader, method), *args, resource_type="image",
                              timeout=STORE_TIMEOUT, **options)
    try:
        call.result(STORE_TIMEOUT)
    except (sdk.exceptions.Error, ValueError) as error:
        raise OSError(str(error)) from error


@contextmanager
def store_failures(action):
    """Log an OSError of the picture store and raise StoreError instead."""
    try:
        yield
    except OSError as error:
        logger.error("The picture store failed at %s: %s", action, error)
        raise StoreError from error


def stored_names(name, width=convert.MAX_WIDTH):
    """Return the file names of a picture in the folder: whole, and in each smaller width."""
    return [name, *[f"{name}-{smaller}" for smaller in convert.widths_below(width)]]


def store_picture(name, converted):
    """Store a picture under a name; raise StoreError if that fails.

    converted: as convert.encode_versions returns it. Cloudinary scales pictures itself.
    """
    whole, width, _, smaller = converted
    with store_failures(f"storing {name}"):
        if settings["CLOUDINARY_URL"]:
            call_cloudinary("upload", io.BytesIO(whole), filename=name, public_id=name)
        else:
            for own_name, data in zip(stored_names(name, width), [whole, *smaller], strict=True):
                store_file(own_name, data)


def store_file(name, data):
    """Write a file into the folder of pictures atomically."""
    folder = settings["UPLOADS"]
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}"
    part.write_bytes(data)
    part.replace(folder / name)


def read_stored(name):
    """Return (file name, content) of a stored picture; its URL if it cannot be read."""
    try:
        if not settings["CLOUDINARY_URL"]:
            return f"pictures/{name}.webp", (settings["UPLOADS"] / name).read_bytes()
        # The URL is Cloudinary's, built from a stored name.
        with urlopen(picture_url(name), timeout=STORE_TIMEOUT) as response:  # nosec B310  # above
            return f"pictures/{name}.webp", response.read()
    except OSError as error:
        logger.error("The picture %s could not be read: %s", name, error)
        return f"pictures/{name}.txt", absolute_url(picture_url(name))


def delete_stored(name):
    """Delete a picture in all its widths, if it exists; raise StoreError if that fails."""
    with store_failures(f"deleting {name}"):
        if settings["CLOUDINARY_URL"]:
            call_cloudinary("destroy", name, invalidate=True)
        else:
            for own_name in stored_names(name):
                for file in (own_name, f".{own_name}"):  # the latter is half-written
                    (settings["UPLOADS"] / file).unlink(missing_ok=True)


use_store(store_picture, delete_stored)


# Pictures of dreams and dreamers #############################################


@app.template_global()
def picture_url(name, width=None):
    """Return the URL of a stored picture, whole or in one of its widths."""
    if settings["CLOUDINARY_URL"]:
        smaller = {"width": width, "crop": "limit"} if width else {}
        return cloudinary_sdk().utils.cloudinary_url(name, secure=True, **smaller)[0]
    return cached_url("upload", name=f"{name}-{width}" if width else name)


@app.template_global()
def avatar_url(dreamer):
    """Return the URL of a dreamer's small picture, or of the one that is drawn for them."""
    return (picture_url(dreamer["picture"], 160) if dreamer.get("picture") else
            cached_url("drawn", kind="dreamer", document_id=dreamer.get("_id") or "0" * 24))


@app.template_global()
def picture_srcset(document):
    """Return the srcset of a document's picture: the URL of each of its widths."""
    name, whole = document["picture"], document["picture_width"]
    return ", ".join([*[f"{picture_url(name, width)} {width}w"
                        for width in convert.widths_below(whole)],
                      f"{picture_url(name)} {whole}w"])


def cache_forever(response):
    """Set Cache-Control so that a response is cached forever; return it."""
    response.headers["Cache-Control"] = f"public, max-age={IMMUTABLE_AGE}, immutable"
    return response


@app.get("/uploads/<name>")
def upload(name):
    """Send a locally stored picture; its name is never reused.

    A picture stored before there were widths is sent whole for each of them.
    """
    folder = settings["UPLOADS"]
    if settings["CLOUDINARY_URL"] or not re.fullmatch(r"[\w-]{1,120}", name, re.ASCII):
        abort(404)
    whole, _, width = name.rpartition("-")
    if width in map(str, convert.WIDTHS) and not (folder / name).exists():
        name = whole
    response = cache_forever(send_from_directory(folder, name, mimetype="image/webp"))
    # A browser that opens a picture alone applies its own inline styles to the page around it.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@app.get("/drawn/<any(dream, dreamer):kind>/<document_id>.svg")
def drawn(kind, document_id):
    """Send the placeholder picture that is generated from a document's id."""
    own_id = parse_id(document_id) or abort(404)
    digest = hashlib.sha256(own_id.binary).digest()
    numbers = [byte / 255 for byte in digest]  # from 0 to 1: the parameters of the drawing
    response = app.make_response(render_template(f"drawn/{kind}.svg", n=numbers))
    response.mimetype = "image/svg+xml"
    return cache_forever(response)


# Style sheet and scripts #####################################################

ASSET_TYPES = {"css": "text/css", "js": "text/javascript"}


@app.template_global()
@functools.cache
def asset_url(name):
    """Return the URL of the style sheet or a script, with the hash of all assets in it."""
    return cached_url("asset", version=ASSETS_VERSION, file=name)


@app.get("/assets/<version>/<file>")
def asset(version, file):
    """Send the style sheet or a script, cached forever if its URL holds the current hash."""
    text = ASSETS.get(file) or abort(404)
    response = app.response_class(text, mimetype=ASSET_TYPES[file.rpartition(".")[2]])
    # The text of this version must not be cached at the URL of another.
    response.cache_control.no_store = True
    return cache_forever(response) if version == ASSETS_VERSION else response


# Tokens ######################################################################

JWT_ALGORITHM = "HS256"
TOKENS = {  # audience: (path of its page, lifetime, values that invalidate it by changing)
    "password-reset": ("password-reset", RESET_LIFE, lambda dreamer: {
        "password": dreamer.get("password"), "address": email_of(dreamer)}),
    "confirm-address": ("confirm", CONFIRM_LIFE, lambda dreamer: {
        "address": dreamer.get("unconfirmed_email") or dreamer.get("email")}),
    "unsubscribe": ("unsubscribe", None, lambda dreamer: {}),  # in emails, it never expires
}


def fingerprint(audience, text):
    """Return the HMAC of a value that a token is bound to."""
    return hmac.new(derived_key(audience), (text or "").encode(), "sha256").hexdigest()


def find_fingerprints(audience, dreamer):
    """Return {claim: fingerprint}: a token is valid while all of them are the same."""
    texts = TOKENS[audience][2](dreamer)
    return {claim: fingerprint(audience, text) for claim, text in texts.items()}


def make_token(audience, dreamer, **claims):
    """Return a signed JWT for a dreamer and one purpose, its audience."""
    life = TOKENS[audience][1]
    claims |= {"sub": str(dreamer["_id"]), "aud": audience} | find_fingerprints(audience, dreamer)
    claims |= {"exp": datetime.now(UTC) + life} if life else {}
    return jwt.encode(claims, derived_key(audience), JWT_ALGORITHM)


def parse_token(audience, token):
    """Return the claims of a token; None if it is invalid or expired."""
    required = ["aud", "sub", "exp"] if TOKENS[audience][1] else ["aud", "sub"]
    try:
        return jwt.decode(token, derived_key(audience), algorithms=[JWT_ALGORITHM],
                          audience=audience, options={"require": required})
    except jwt.PyJWTError:
        return None


def find_token_dreamer(audience, token):
    """Return the dreamer of a token; None if it is invalid or expired, or they are gone."""
    claims = parse_token(audience, token)
    if not claims:
        return None
    dreamer = find_dreamer_document({"_id": parse_id(claims["sub"])})
    is_valid = dreamer and not has_ended(dreamer) and all(
        hmac.compare_digest(str(claims.get(claim)).encode(), expected.encode())
        for claim, expected in find_fingerprints(audience, dreamer).items())
    return dreamer if is_valid else None


def make_link(audience, dreamer, **claims):
    """Return the URL of a page with a token in it, for an email."""
    return absolute_url(f"/{TOKENS[audience][0]}/{make_token(audience, dreamer, **claims)}")


use_web(render_template, make_link, app.app_context)


def one_at_a_time(view):
    """Have a view's POSTs of one network run one after the other in this worker.

    So others wait for one password hash of a network at most, however many it asks for.
    """
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        """Call the view, for a POST with the lock of its network."""
        if request.method != "POST":
            return view(*args, **kwargs)
        with key_lock(by_network()):
            load_viewer_again()
            return view(*args, **kwargs)
    return guarded


# Sign-ins ####################################################################


def start_session(dreamer):
    """Sign a dreamer in with a new session in this browser."""
    sign_in = add_sign_in(dreamer, request.user_agent.string) or abort(
        403, "Your password has just been changed. Please sign in with the new one.")
    session.clear()
    session.permanent = True
    session.update(dreamer_id=str(dreamer["_id"]), sign_in=sign_in)


@app.post("/profile/sign-ins/<mark>/end")
@login_required
def sign_in_end(mark):
    """End one of the viewer's sign-ins, or with "others" all but this one."""
    if not end_sign_ins(g.viewer, session["sign_in"], mark):
        abort_gone("session")
    flash_message("Signed out on your other devices." if mark == "others"
                  else "Signed out on that device.")
    return redirect(url_for("profile", _anchor="sign-ins"), 303)


# What was pressed before a sign-in ###########################################
#
# ``next`` is the page to return to, ``intent`` what a visitor pressed there: see intents.py. Links
# between the sign-in, the sign-up and the password reset carry both in the query, their forms as
# hidden fields; only the POST that signs in follows the dream.


@app.template_global()
def sign_in_fields():
    """Return {next, intent}, those that are valid, for links to the sign-in and its forms.

    From a page of dreams the sign-in leads back to it. A reset link in an email names neither:
    the session of who asked for it does.
    """
    if request.endpoint in RETURN_PAGES:
        return {"next": current_path()}
    is_reset = request.endpoint == "password_reset_set"
    return parse_sign_in_fields(session.get("after_reset", {}) if is_reset
                                else request.args.to_dict() | readable_form().to_dict())


def complete_sign_in(dreamer, fallback, message=""):
    """Sign a dreamer in, follow the dream that they pressed before, and redirect."""
    fields = sign_in_fields()
    start_session(dreamer)
    if message := f"{message} {follow_intended(find_viewer(dreamer), fields)}".strip():
        flash_message(message)
    return redirect(intended_path(fields) or url_for(fallback), 303)


# Sign-up and sign-in #########################################################


@app.get("/")
def landing():
    """Show the landing page: the newest dreams, and one that came true with help."""
    if g.viewer:
        return redirect(url_for("dreamscape"), 303)
    return render_page("landing.html", **find_welcome())


@app.route("/signup", methods=["GET", "POST"])
@one_at_a_time
@limited("sign-up to an account from a network", "sign-up to an account from a wide network",
         "sign-up to an account", "sign-up from a network")
def signup():
    """Add an account, sign in and redirect to what was pressed, else to the first stage."""
    if g.viewer:
        fallback = "profile_about" if request.method == "POST" else "dreamscape"
        return redirect(intended_path(sign_in_fields()) or url_for(fallback), 303)
    form = make_form(SignupForm)
    if form.validate_on_submit():
        session_key = session.get("csrf_token") or secrets.token_hex()
        if dreamer := add_dreamer(form.data, sign_up_key(session_key, form.data)):
            return complete_sign_in(dreamer, "profile_about")
        form.email.errors = ["There's already an account with this email. Please sign in instead."]
    return render_page("account/signup.html", form)


@app.route("/login", methods=["GET", "POST"])
@one_at_a_time
@limited("sign-in to an account from a network", "sign-in to an account from a wide network",
         "sign-in to an account", "sign-in from a network")
def login():
    """Sign a dreamer in and redirect to what they pressed, or to ``next``."""
    if request.method != "POST" and g.viewer:
        return redirect(intended_path(sign_in_fields()) or url_for("dreamscape"), 303)
    form = make_form(LoginForm)
    if form.validate_on_submit():
        with key_lock(by_account()):
            dreamer = find_dreamer_by_password(form.email.data, form.password.data)
        refusal = sign_in_refusal(dreamer)
        if not refusal:
            dreamer = update_outdated_hash(dreamer, form.password.data)
            return complete_sign_in(dreamer, "dreamscape")
        # No field is to blame for a suspension.
        (form.form_errors if dreamer else form.password.errors).append(refusal)
    return render_page("account/login.html", form)


@app.post("/logout")
def logout():
    """End this sign-in and clear the session."""
    if g.viewer:
        remove_sign_ins(g.viewer, [session["sign_in"]])
    session.clear()
    flash_message("You're signed out. See you soon.")
    return redirect(url_for("landing"), 303)


# Email confirmation ##########################################################


def path_after_confirming():
    """Return the path to open after a confirmation: the viewer's drafts, else the feed."""
    drafts = viewer_drafts()
    only = drafts[0]["url"] if len(drafts) == 1 else None
    return only or url_for("draft_list" if drafts else "dreamscape")


@app.route("/confirm", methods=["GET", "POST"])
@login_required
@limited("confirmation mail")
def confirm():
    """Show where email was sent; send it again, to a corrected address if one is given."""
    if not g.viewer["unconfirmed_email"] and not undeliverable_email(g.viewer):
        if request.args.get("checked"):  # not after a sign-in, which that message led to
            flash_message(find_confirmed_message(g.viewer))
        return redirect(path_after_confirming(), 303)
    form = make_form(ConfirmAgainForm, data={"email": g.viewer["unconfirmed_email"]})
    if not form.validate_on_submit():
        return render_page("account/confirm.html", form, drafts=viewer_drafts())
    flash_message(f"We've sent an email to {resend_mail(g.viewer, form.email.data)}.")
    return redirect_back(url_for("confirm"))


@app.route("/confirm/<token>", methods=["GET", "POST"])
def confirm_address(token):
    """Confirm an address, on POST only: mail scanners follow links."""
    dreamer, form = find_token_dreamer("confirm-address", token), make_form(Form)
    if dreamer and not is_viewer(dreamer["_id"]) and find_same_unconfirmed(dreamer):
        return ask_owner_to_sign_in()
    if dreamer and dreamer.get("unconfirmed_email") and not form.validate_on_submit():
        return render_page("account/confirm_address.html", form, dreamer=complete_dreamer(dreamer))
    if not dreamer or (form.validate_on_submit() and not set_email_confirmed(dreamer)):
        return refuse_confirm_link()
    flash_message(find_confirmed_message(dreamer))
    # Others sign in, then /confirm redirects to the drafts.
    return redirect(path_after_confirming() if is_viewer(dreamer["_id"])
                    else url_for("login", next=url_for("confirm")), 303)


def ask_owner_to_sign_in():
    """Redirect a visitor to the sign-in; refuse a viewer the link of another account."""
    if g.viewer:
        return refuse_confirm_link()
    flash_message("Several people signed up with this email. Please sign in to your account first.")
    return redirect(url_for("login", next=request.path), 303)


def refuse_confirm_link():
    """Answer 422: the link has expired, was replaced or was used too late."""
    log_event("confirm_refused")
    return render_template("account/confirm_refused.html"), 422


# Profile #####################################################################


@app.template_global()
def stages_to_mention():
    """Return the unfinished stages for the header; [] if dismissed or past the last."""
    viewer = g.get("viewer")  # not set if a hook before load_viewer refused the request
    if viewer and request.endpoint == [*STAGES][-1]:
        session["staged"] = True  # until the next sign-in
    is_quiet = not viewer or viewer["reminded"] or request.endpoint in STAGES
    return [] if is_quiet or session.get("staged") else unfinished_stages(viewer)


@app.template_global()
def stage_after(stage):
    """Return the URL of the stage after this one; the feed's after the last."""
    return url_for([*STAGES, "dreamscape"][[*STAGES].index(stage) + 1])


def redirect_to_next_stage(stage, interests=()):
    """Redirect from a saved stage to the next; with first interests to dreams that share them."""
    joins = interests and not g.viewer["interests"]
    flash_message(f"You're in, {g.viewer['first_name']}. “For you” shows dreams that share your "
                  "interests." if joins else "Saved.")
    return redirect(url_for("dreamscape", view="for-you") if joins else stage_after(stage), 303)


TEXT_STAGES = {"profile_about": ("profile/about.html", AboutForm, "bio", "location"),
               "profile_skills": ("profile/skills.html", SkillsForm, *TERM_FIELDS, "suggestable"),
               "profile_interests": ("profile/interests.html", InterestsForm, "interests")}


@app.route("/profile/about", methods=["GET", "POST"], endpoint="profile_about")
@app.route("/profile/skills", methods=["GET", "POST"], endpoint="profile_skills")
@app.route("/profile/interests", methods=["GET", "POST"], endpoint="profile_interests")
@login_required
def profile_texts():
    """Change the fields of a stage of the viewer's profile, a row of TEXT_STAGES."""
    template, form_class, *fields = TEXT_STAGES[request.endpoint]
    form = make_form(form_class, data=g.viewer)
    if not form.validate_on_submit():
        return render_page(template, form, offered={
            name: find_suggested_terms(g.viewer, name) for name in TERM_FIELDS if name in fields})
    set_dreamer(g.viewer, form.fields(*fields))
    return redirect_to_next_stage(request.endpoint, form.data.get("interests"))


@app.route("/profile/picture", methods=["GET", "POST"])
@login_required
@limited("picture")
def profile_picture():
    """Change the viewer's picture: the second stage."""
    form = make_form(PictureForm)
    if not form.validate_on_submit() or not save_picture(form, "dreamers", g.viewer):
        return render_page("profile/picture.html", form)
    return redirect_to_next_stage("profile_picture")


@app.post("/profile/reminder")
@login_required
def profile_reminder():
    """Dismiss the reminder of unfinished stages."""
    set_dreamer(g.viewer, {"reminded": True})
    return redirect_back(url_for("dreamscape"))


# Account #####################################################################


@app.route("/profile", methods=["GET", "POST"])
@one_at_a_time
@login_required
@limited("own password")
def profile():
    """Show and change the viewer's account."""
    form = make_form(AccountForm, data=g.viewer | {"email": email_of(g.viewer)})
    if form.validate_on_submit():
        if set_account(g.viewer, form.fields("first_name", "last_name", "email")):
            flash_message(
                "Profile saved." if not is_email_pending(g.viewer, form.email.data) else
                f"We've sent a link to {form.email.data}. Your email changes once you confirm it.")
            return redirect(url_for("profile"), 303)
        form.email.errors = ["This email belongs to another account."]
    blocked, cursor = find_blocked_page(g.viewer, page_args().get("cursor"))
    return render_page("profile/account.html", form, left=unfinished_stages(g.viewer),
                       sign_ins=find_sign_ins(g.viewer, session["sign_in"]), blocked=blocked,
                       cursor=cursor)


@app.route("/profile/password", methods=["GET", "POST"])
@one_at_a_time
@login_required
@limited("own password")
def profile_password():
    """Change the viewer's password; every other sign-in ends."""
    form = make_form(PasswordForm)
    if form.validate_on_submit() and (changed := set_password(g.viewer, form.password.data)):
        start_session(g.viewer | {"password": changed})
        flash_message("Password changed. You've been signed out on your other devices.")
        return redirect(url_for("profile"), 303)
    return render_page("profile/password.html", form)


@app.get("/.well-known/change-password")
def change_password():
    """Redirect password managers from the well-known address to the form."""
    return redirect(url_for("profile_password"), 303)


# Export and account deletion #################################################


@app.route("/profile/data", methods=["GET", "POST"])
@one_at_a_time
@login_required
@limited("own password", "export")
def profile_data():
    """Send everything stored about the viewer as a zip, after a check of the password."""
    form = make_form(OwnPasswordForm)
    if not form.validate_on_submit():
        return render_page("profile/data.html", form)
    return app.response_class(
        stream_with_context(stream_zip(export_files(g.viewer, stream_template, read_stored))),
        mimetype="application/zip",
        headers={"Content-Disposition": "attachment; filename=dreamscape.zip"})


@app.post("/profile/delete")
@one_at_a_time
@login_required
@limited("own password")
def profile_delete():
    """Delete the account and all it owns, after a check of the password."""
    confirmed = request.form.get("confirm") == "1"
    form = make_form(OwnPasswordForm) if confirmed else make_form(OwnPasswordForm, formdata=None)
    if not confirmed or not form.validate():
        return render_page("profile/delete.html", form)
    stayed = remove_dreamer(g.viewer)
    session.clear()
    flash_message("Your account is deleted."
                  + (" Comments you left stay, without your name." if stayed else ""))
    return redirect(url_for("landing"), 303)


# Notifications ###############################################################


@app.get("/notifications")
@login_required
def notifications():
    """Show the viewer's notifications, and correct their number; it marks none as read.

    notifications_read does that, for the button and, once the page was visible, for seen.js: a
    GET may be a prefetch.
    """
    page = find_notices_page(g.viewer, request.args.get("cursor"))
    g.viewer["unread"] = page.pop("unread")
    return render_page("notifications.html", **page)


@app.post("/notifications/read")
@login_required
def notifications_read():
    """Mark the viewer's notifications as read: all, or those that a page showed."""
    since = request.form.get("since")
    set_read(g.viewer, since, request.form.get("until"))
    if not since:
        flash_message("All marked as read.")
    return redirect(url_for("notifications"), 303)


@app.route("/profile/notifications", methods=["GET", "POST"])
@login_required
def profile_notifications():
    """Change how the viewer is emailed about each kind of notification."""
    form = make_form(EmailsForm, data={kind: email_choice(g.viewer, kind) for kind in EMAIL_KINDS})
    if not form.validate_on_submit():
        return render_page("profile/notifications.html", form)
    set_email_choices(g.viewer, form.choices())
    flash_message("Saved.")
    return redirect(url_for("profile_notifications"), 303)


@app.route("/unsubscribe/<token>", methods=["GET", "POST"])
def unsubscribe(token):
    """Stop a kind of email, on POST only, or undo that; needs no session, only the token."""
    dreamer = find_token_dreamer("unsubscribe", token) or abort(404)
    stops = parse_token("unsubscribe", token).get("kind", "")
    if request.method == "POST":
        undo = request.form.get("undo")
        (undo_stop if undo else stop_emails)(dreamer, stops)
        # A mail program gets no redirect, as RFC 8058 advises, and no form with its cookie.
        if "List-Unsubscribe" in request.form:
            return "Saved.", {"Content-Type": "text/plain"}
        flash_message("You'll get these emails again." if undo else "Saved.")
        return redirect(url_for("unsubscribe", token=token), 303)
    return render_page("account/unsubscribe.html", **describe_stop(dreamer, stops))


# Dreamscape ##################################################################

QUERY_LENGTH = 100  # characters
RETURN_PAGES = ("dreamscape", "dream_show", "dreamer_show")  # a sign-in from there leads back
DREAM_PAGES = (*RETURN_PAGES, "comment_show", "dreams", "dreamers", "landing",
               "dream_card", *FEEDS)


@app.before_request
def limit_reading():
    """Limit the rate at which a viewer, or a network of visitors, reads dreams (429).

    Of the Dreambuilder only with words in its query: stories.js reads similar dreams there.
    """
    is_reading = request.endpoint in DREAM_PAGES or any(
        name in request.args for name in lives.COMPARED_TEXTS)
    if not is_reading or not settings["RATELIMIT_ENABLED"]:
        return
    if seconds := reading_wait(by_viewer(), is_visitor=not g.viewer):
        refuse_too_many(seconds)


def parse_search():
    """Return the search text of the query."""
    return clean_line(request.args.get("q", "")[:QUERY_LENGTH])


def parse_feed_args():
    """Return the state of the feed from the query; 404 for an unknown topic."""
    view, topic = request.args.get("view"), request.args.get("topic") or None
    note_view(g.viewer, view, session)
    if topic and not is_topic(topic):
        abort(404)
    return {"view": view if view in FEED_VIEWS else "latest", "topic": topic,
            "own": bool(g.viewer) and request.args.get("own") == "1", "q": parse_search()}


@app.template_global()
def feed_url(feed, **changes):
    """Return the URL of a feed's first page, with some of its state changed."""
    state = feed | changes | {"own": "1" if (feed | changes)["own"] else None}
    return cached_url("dreamscape", **{key: value for key, value in state.items() if value})


@app.get("/dreamscape")
def dreamscape():
    """Show a page of the feed: the view, topic and search of the query."""
    feed, cursor = parse_feed_args(), request.args.get("cursor")
    if not g.viewer and feed["view"] in PERSONAL_VIEWS:
        return redirect_to_sign_in()
    unfollowed_id = parse_id(session.pop("unfollowed_id", None))
    dreams, next_cursor = find_view_page(g.viewer, feed, unfollowed_id, cursor, by_network())
    found = None if cursor else find_search_summary(g.viewer, feed, dreams, next_cursor,
                                                    by_network())
    dreams = with_first_word(g.viewer, feed, cursor, dreams, session)
    new = count_new(g.viewer, feed, cursor, dreams, session, int(time.time()))
    return render_page("dreamscape.html", feed=feed, dreams=dreams, cursor=next_cursor,
                       found=found, new=new, **find_card_details(g.viewer, dreams or []))


@app.get("/dreams")
@login_required
def dreams():
    """Show the viewer's own dreams, or one part of them."""
    part = request.args.get("part")
    if part and part not in PARTS:
        abort(404)
    return render_page("dream/list.html", part=part,
                       **find_desk(g.viewer, part, request.args.get("cursor")))


# Cached HTML #################################################################
#
# A per-process LRU cache of rendered HTML fragments, for all viewers: cards of dreams in lists,
# comments, dreams on a profile, people in a list and the header. The key is all that the HTML
# depends on but the PLACEHOLDERS, at which it is stored split: they are replaced before it is sent.

# Made only where needed: a CSRF token sets a session cookie.
PLACEHOLDER_MAKERS = {
    "csrf_token": generate_csrf, "form_key": form_key, "current_path": current_path,
    "next_path": lambda: quote(current_path()), "viewer_avatar": lambda: avatar_url(g.viewer),
    "viewer_name": lambda: g.viewer["first_name"] or "Me",
    "viewer_url": lambda: cached_url("dreamer_show", slug=g.viewer["slug"])}
HEADER_PAGES = ("dreamscape", "dreambuilder", "dreams", "notifications")  # which it marks


def viewer_key(*documents):
    """Return the part of a cache key that depends on who sees the documents."""
    # Access to g is slow, and a page of the feed has eighty keys.
    viewer = g.viewer
    if not viewer:
        return (None,)
    return is_moderator(viewer), *(viewer["_id"] == each["dreamer_id"] for each in documents)


def comment_key(comment, dream, reactions, on_card):
    """Return the cache key of a comment: all its HTML depends on but the PLACEHOLDERS."""
    return (content_key(comment), *viewer_key(comment, dream), reactions.get(comment["_id"]),
            on_card, dream["slug"], dream["audience"], dream["comments_enabled"],
            ago(comment["created_at"]), is_collapsed(comment) and is_expanded(comment))


def card_key(dream, comments, first, followed, reactions, cheered):
    """Return the cache key of a card: all its HTML depends on but the PLACEHOLDERS."""
    update = find_card_update(dream)
    return (content_key(dream), first, dream["_id"] in followed, dream["dreamer_id"] in followed,
            dream["_id"] in cheered, *viewer_key(dream),
            ago(update["at"] if update else dream["created_at"]),
            *((topic_name(topic), is_topic(topic)) for topic in dream["topics"]), comments is None,
            *(comment_key(comment, dream, reactions, True) for comment in comments or ()))


def render_partial(template, **context):
    """Return the HTML of a partial, split at the PLACEHOLDERS in it and in its comments."""
    context |= PLACEHOLDER_GLOBALS | {
        "show_comments": functools.partial(show_comments, makers=PLACEHOLDER_GLOBALS)}
    app.update_template_context(context)
    return split_placeholders(escape(app.jinja_env.get_template(template).make_module(context)))


@partial_cache(key=comment_key)
def render_comment(comment, dream, reactions, on_card):
    """Return a comment's HTML, split."""
    return render_partial("partials/comment.html", comment=comment, dream=dream,
                          reactions=reactions, on_card=on_card)


@partial_cache(key=lambda dream: (content_key(dream), *viewer_key(dream), ago(
    dream["state_at"] or dream["created_at"])))
def render_teaser(dream):
    """Return the HTML of a dream on its dreamer's page, split."""
    return render_partial("partials/dream_teaser.html", dream=dream)


@partial_cache(key=lambda person, following: (content_key(
    {name: person[name] for name in CARD_FIELDS}), is_viewer(person["_id"]), following))
def render_person(person, following):
    """Return the HTML of a person in a list, split."""
    return render_partial("partials/person_card.html", dreamer=person, following=following)


@card_cache(key=card_key)
def render_card(dream, comments, first, followed, reactions, cheered):
    """Return a card's HTML, split (first: as the first of its page)."""
    return render_partial("partials/dream_card.html", dream=dream, comments=comments, eager=first,
                          followed=followed, reactions=reactions, cheered=cheered)


@partial_cache(key=lambda *seen: seen)
def render_header(endpoint, view, unread, moderates, open_reports):
    """Return the HTML of the header of anybody who is signed in, split."""
    return render_partial("partials/header.html", is_dreamer=True, endpoint=endpoint, view=view,
                          unread=unread, moderates=moderates, open_reports=open_reports)


@app.template_global()
def show_header():
    """Return the HTML of the viewer's header."""
    page = request.endpoint if request.endpoint in HEADER_PAGES else None
    return join_fragments([render_header(page, session.get("view"), g.viewer["unread"],
                                         is_moderator(g.viewer), g.open_reports)],
                          PLACEHOLDER_MAKERS)


@app.template_global()
def show_comments(comments, dream, reactions, on_card, makers=PLACEHOLDER_MAKERS):
    """Return the HTML of comments on a dream."""
    return join_fragments((render_comment(comment, dream, reactions, on_card)
                           for comment in comments), makers)


@app.template_global("cards")
def show_cards(dreams, comments=None, followed=(), reactions=None, cheered=()):
    """Return the HTML of dreams' cards; the others: as find_card_details returns them."""
    return join_fragments((render_card(
        dream, comments and comments[dream["_id"]], not number, followed, reactions or {}, cheered)
        for number, dream in enumerate(dreams)), PLACEHOLDER_MAKERS)


# Dreams ######################################################################

DRAFT_ACTIONS = ("dream_edit", "dream_picture", "dream_delete")


def get_dream_or_404(slug):
    """Return the dream of a present or former slug; 404 if the viewer may see none.

    Of a draft only DRAFT_ACTIONS are allowed: publishing would lose what others add.
    """
    dream = get_by_slug_or_404("dream", find_visible_dream, slug)
    if dream["draft"] and request.method == "POST" and request.endpoint not in DRAFT_ACTIONS:
        abort(422, "Publish this draft first.")
    return dream


def dream_url(dream):
    """Return the URL of a dream's page."""
    return url_for("dream_show", slug=dream["slug"])


def get_own_dream_or_404(slug):
    """Return the viewer's own dream; 403 for another's."""
    dream = get_dream_or_404(slug)
    if not is_viewer(dream["dreamer_id"]):
        abort(403, "This is someone else's dream.")
    return dream


@app.route("/dreambuilder", methods=["GET", "POST"])
@login_required
@limited("dream")
def dreambuilder():
    """Add a dream, or a draft of one, and redirect to it, or to the form for its picture.

    The query may hold the first words: stories.js asks with them for people who did this.
    """
    form = make_form(NewDreamForm, data={name: request.args.get(name)
                                         for name in lives.COMPARED_TEXTS})
    if form.validate_on_submit():
        slug, message = share_dream(g.viewer, dream_fields(form, g.viewer),
                                    **form.fields("draft", "version", "once"))
        if slug:
            page, more = save_first_picture(form, slug)
            flash_message(f"{message} {more}".strip(), is_error=bool(form.picture.errors))
            session["next_steps"] = slug
            return redirect(url_for(page, slug=slug), 303)
        is_edited = message == EDITED_MEANWHILE
        (form.form_errors if is_edited else form.title.errors).append(message)
        form.version.data = "" if is_edited else form.version.data  # then the next press saves it
    return render_page("dream/new.html", form, similar=lives.find_similar(g.viewer, form.data))


@app.post("/dreambuilder/draft")
@login_required
@limited("autosave")
def dream_autosave():
    """Save a draft while it is written; return {draft, version, other}: see set_draft."""
    form = make_form(DreamForm, data=find_draft_topics(g.viewer, request.form.get("draft")))
    form.audience.data = "me"
    if not form.validate_on_submit():
        abort(422)
    if not form.draft.data:
        add_request(("dream",))
    return set_draft(g.viewer, dream_fields(form, g.viewer),
                     **form.fields("draft", "version", "once"))


@app.route("/dreams/<slug>/picture", methods=["GET", "POST"])
@login_required
@limited("picture")
def dream_picture(slug):
    """Set or remove a dream's picture."""
    dream = get_own_dream_or_404(slug)
    form = make_form(DreamPictureForm, data={"alt": dream["picture_alt"]})
    if not (form.validate_on_submit() and save_picture(form, "dreams", dream, form.alt.data or "")):
        return render_page("dream/picture.html", form, dream=dream)
    flash_message("Picture saved.")
    return redirect(url_for("dream_show", slug=slug), 303)


@app.get("/dreams/<slug>")
def dream_show(slug):
    """Show one dream with updates and comments; once after it was shared, what to do next."""
    dream = get_dream_or_404(slug)
    life = lives.find_life(g.viewer, dream, *map(request.args.get, ("updates", "cursor", "thanks")))
    page = render_page("dream/show.html", dream=dream, helpers=find_helpers(g.viewer, dream),
                       next_steps=session.get("next_steps") == dream["slug"] and bool(
                           session.pop("next_steps")), **life,
                       **find_viewer_state(g.viewer, [dream], life["comments"]))
    return *page, {} if is_public(dream) else {"X-Robots-Tag": "noindex"}


@app.route("/dreams/<slug>/edit", methods=["GET", "POST"])
@login_required
@limited("edit")
def dream_edit(slug):
    """Change a dream, save a draft or publish it."""
    dream = get_own_dream_or_404(slug)
    form = make_form(DreamEditForm, data=dream | {"version": version_of(dream)})
    if form.validate_on_submit():
        new_slug, message = edit_dream(g.viewer, dream, dream_fields(form, g.viewer),
                                       **form.fields("draft", "version"))
        if new_slug:
            flash_message(message)
            session["next_steps"] = dream["draft"] and new_slug
            return redirect(url_for("dream_show", slug=new_slug), 303)
        (form.form_errors if message == EDITED_MEANWHILE else form.title.errors).append(message)
        form.version.data = version_of(get_own_dream_or_404(slug))
    return render_page("dream/edit.html", form, dream=dream,
                       similar=lives.find_similar(g.viewer, form.data))


@app.post("/dreams/<slug>/delete")
@login_required
def dream_delete(slug):
    """Delete a dream after a page that asks for confirmation."""
    dream = get_dream_or_404(slug)
    if not may_remove(g.viewer, dream):
        abort(403, "You can only delete your own dreams.")
    if request.form.get("confirm") != "1":
        return render_page("dream/delete.html", dream=dream)
    remove_thing(g.viewer, "dream", dream, dream, request.form.get("reason", ""))
    flash_message(f"Deleted {quoted(dream['title'])}.")
    return redirect(url_for("dreams" if is_viewer(dream["dreamer_id"]) else "dreamscape"), 303)


# Lives of dreams #############################################################


@app.post("/dreams/<slug>/state")
@login_required
@limited("state of a dream")
def dream_state(slug):
    """Change the state of the viewer's dream; one that came true leads to its story."""
    dream, state = get_own_dream_or_404(slug), request.values.get("state")
    undo = url_for("dream_state", slug=dream["slug"], state=dream["state"])
    if state not in lives.STATES or not lives.set_state(g.viewer, dream, state):
        abort(422, "This dream has changed meanwhile, so nothing was done.")
    flash_message(lives.STATES[state].message, undo if state != dream["state"] else None)
    session["next_steps"] = request.form.get("state") == "came-true" and dream["slug"]
    if session["next_steps"]:
        return redirect(url_for("dream_story", slug=dream["slug"]), 303)
    return redirect_back(dream_url(dream), f"dream-{dream['slug']}")


@app.route("/dreams/<slug>/story", methods=["GET", "POST"])
@login_required
@limited("picture")
def dream_story(slug):
    """Set the story of how the viewer's dream came true, and its state if it hasn't yet."""
    dream = get_own_dream_or_404(slug)
    story = lives.find_story(dream)
    form = make_form(StoryForm, data=story)
    if form.validate_on_submit():
        story_id = lives.set_story(g.viewer, dream, form.data) or abort_gone("dream")
        return redirect_to_update(dream, form, story_id, lives.story_message(form.data))
    return render_page("dream/story.html", form, dream=dream, story=story)


@app.post("/dreams/<slug>/line")
@login_required
@limited("comment")
def line_add(slug):
    """Set the viewer's line beside the story of a dream that they followed or helped."""
    dream, form = get_dream_or_404(slug), make_form(LineForm)
    if not lives.find_may_add_line(g.viewer, dream):
        abort(403, "Only people who follow or helped a dream that came true can add a line.")
    if not form.validate_on_submit():
        return render_page("comment/edit.html", form, dream=dream, post_to=request.path)
    line_id = lives.set_line(g.viewer, dream, form.body.data) or abort_gone("dream")
    flash_message("Line posted.")
    return redirect_back(dream_url(dream), f"comment-{line_id}")


# Needs #######################################################################


@app.post("/dreams/<slug>/needs/<need_id>/found", endpoint="need_found", defaults={"found": True})
@app.post("/dreams/<slug>/needs/<need_id>/open", endpoint="need_open", defaults={"found": False})
@login_required
def need_finding(slug, need_id, found):
    """Mark a need of the viewer's dream as found, or open it again."""
    dream = get_own_dream_or_404(slug)
    need = set_need_found(dream, need_id, found) or abort_gone("need")
    undo = url_for("need_open" if found else "need_found", slug=dream["slug"], need_id=need_id)
    flash_message(f"{quoted(need['text'])} is marked as {'found' if found else 'needed'}.", undo)
    return redirect_back(dream_url(dream), f"dream-{dream['slug']}")


@app.post("/dreams/<slug>/ask")
@login_required
@limited("ask")
def dream_ask(slug):
    """Ask somebody who could help with a need of the viewer's dream."""
    dream = get_own_dream_or_404(slug)
    need = find_need(dream, request.form.get("need")) or abort_gone("need")
    helper = get_dreamer_or_404(request.form.get("dreamer", ""))
    flash_message(add_asked(g.viewer, dream, need, helper))
    return redirect_back(dream_url(dream), "helpers", find_changed_dream, dream["_id"])


# For other sites and programs #################################################

FEED_AGE, CARD_AGE, SITEMAP_AGE = 300, 3_600, 3_600  # seconds, in shared caches


def send_cached(content, mimetype, seconds):
    """Send what shared caches may store; answer 304 if the client's copy is current."""
    response = app.response_class(content, mimetype=mimetype)
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.add_etag()
    return response.make_conditional(request)


@app.get("/dreams/<slug>/card.png")
def dream_card(slug):
    """Send a dream's card; if none can be drawn now, redirect to the site's own picture."""
    dream = get_dream_or_404(slug)
    if not is_public(dream):
        abort(404)
    if settings["CLOUDINARY_URL"] and has_card(dream):
        return redirect(picture_url(dream["card"]))
    try:
        png = find_card(dream, read_stored, by_network())
    except PictureError:
        return redirect(url_for("static", filename="img/share.png"))
    return send_cached(png, "image/png", CARD_AGE)


@app.get("/feed.atom", endpoint="feed")
@app.get("/topics/<slug>/feed.atom", endpoint="topic_feed")
@app.get("/dreamers/<slug>/feed.atom", endpoint="dreamer_feed")
@app.get("/dreams/<slug>/feed.atom", endpoint="dream_feed")
def atom_feed(slug=None):
    """Send an Atom feed: of the site, of a topic, of a dreamer, or of one dream."""
    load = {"dreamer_feed": get_dreamer_or_404, "dream_feed": get_dream_or_404}
    subject = load[request.endpoint](slug) if request.endpoint in load else slug
    feed = FEEDS[request.endpoint](subject) or abort(404)
    xml = printable_xml(render_template("feed.xml", **feed))
    return send_cached(xml, "application/atom+xml", FEED_AGE)


@app.get("/sitemap.xml")
def sitemap():
    """Send the addresses of all public pages, or an index of files where there are many."""
    add_request(("sitemap",))
    of, after = request.args.get("of"), request.args.get("after")
    if (of and of not in IN_SITEMAP) or (after and not parse_id(after)):
        abort(404)
    pages = [*map(url_for, ("landing", "dreamscape", "about", "rules", "privacy")),
             *(url_for("dreamscape", topic=topic) for topic in offered_topics())]
    xml = find_sitemap(pages, of, parse_id(after))
    return send_cached(xml, "application/xml", SITEMAP_AGE)


# Comments ####################################################################


@app.template_test("expanded")
def is_expanded(comment):
    """Return whether a collapsed comment is expanded: ``open`` names it, or it got a reaction."""
    return (str(comment["_id"]) in page_args().getlist("open")
            or request.endpoint == "comment_reaction")


def get_on_dream_or_404(kind, find, document_id, **query):
    """Return (document, its dream) by its id and a query; 404 if the viewer may not see both."""
    document = find({"_id": parse_id(document_id), **query}) or abort_gone(kind)
    if not may_see(g.viewer, document):
        abort_gone(kind)
    draft = find_draft(g.viewer, request.args.get("draft"), request.path) or {"fields": {}}
    paths = [request.full_path, request.form.get("next", ""), draft["fields"].get("next", "")]
    return document, find_dream_of(g.viewer, document, paths) or abort_gone("dream")


get_comment_or_404 = functools.partial(
    get_on_dream_or_404, "comment", lambda query: find_comment(query, g.viewer))
get_update_or_404 = functools.partial(get_on_dream_or_404, "update", find_update)


def get_parent_or_404(dream, comment_id):
    """Return the comment of a dream that a reply answers; None without an id."""
    if not comment_id:
        return None
    comment, _ = get_comment_or_404(comment_id, dream_id=dream["_id"], line=None)
    return comment


@app.get("/comments/<comment_id>")
def comment_show(comment_id):
    """Redirect to a comment on its page of the dream's conversation."""
    comment, dream = get_comment_or_404(comment_id)
    cursor = find_cursor_of(dream, g.viewer, comment)
    page = url_for("dream_show", slug=dream["slug"], cursor=cursor)
    return redirect(f"{page}#comment-{comment_id}")


@app.post("/dreams/<slug>/comments")
@login_required
@limited("comment")
def comment_add(slug):
    """Add a comment to a dream."""
    dream, form = get_dream_or_404(slug), make_form(CommentForm)
    if not dream["comments_enabled"]:
        abort(403, "Comments are turned off for this dream.")
    if not form.validate_on_submit():
        return render_page("comment/edit.html", form, dream=dream, post_to=request.path)
    parent = get_parent_or_404(dream, form.parent.data)
    comment_id = add_comment(g.viewer, dream, form.body.data, request.form.get("once", ""),
                             parent) or abort_gone("dream")
    flash_message("Comment posted.")
    if dream["comments"] >= COMMENTS_PAGE and current_path().startswith(dream_url(dream)):
        return redirect(url_for("comment_show", comment_id=comment_id), 303)
    return redirect_back(dream_url(dream), f"comment-{comment_id}",
                         find_changed_comments, dream["_id"])


def add_undo(comment, dream):
    """Store a deleted comment as its author's draft; return the URL that posts it again.

    None for other viewers, and for a hidden comment, which would become visible again.
    """
    if comment["hidden"] or not is_viewer(comment["dreamer_id"]):
        return None
    path = url_for("comment_add", slug=dream["slug"])
    fields = {"body": [comment["body"]], "parent": [str(comment["parent_id"] or "")]}
    draft = add_draft(g.viewer["_id"], path, fields, is_undo=True)
    return draft and f"{path}?undo={draft['_id']}"


@app.post("/comments/<comment_id>/edit")
@login_required
@limited("edit")
def comment_edit(comment_id):
    """Change the viewer's own comment."""
    comment, dream = get_comment_or_404(comment_id)
    if not is_viewer(comment["dreamer_id"]):
        abort(403, "You can only edit your own comments.")
    form = make_form(LineForm if comment["line"] else CommentForm)
    if form.validate_on_submit():
        if set_comment(g.viewer, dream, comment, form.body.data):
            flash_message("Comment updated.")
            return redirect_back(dream_url(dream), f"comment-{comment_id}",
                                 find_changed_comment, comment["_id"])
        form.body.errors = ["You've already posted this comment."]
    return render_page("comment/edit.html", form, dream=dream, post_to=request.path)


@app.post("/comments/<comment_id>/delete")
@login_required
def comment_delete(comment_id):
    """Delete a comment after a page that asks for confirmation."""
    comment, dream = get_comment_or_404(comment_id)
    if not may_remove(g.viewer, comment, dream):
        abort(403, "Only the author or the dream's owner can delete a comment.")
    if request.form.get("confirm") != "1":
        return render_page("comment/delete.html", comment=comment, dream=dream)
    remove_thing(g.viewer, "comment", comment, dream, request.form.get("reason", ""))
    flash_message("Comment deleted.", add_undo(comment, dream))
    return redirect_back(dream_url(dream), f"dream-{dream['slug']}",
                         find_changed_comments, dream["_id"])


@app.post("/comments/<comment_id>/reaction")
@login_required
@limited("reaction")
def comment_reaction(comment_id):
    """Like or dislike a comment, or take that back."""
    comment, dream = get_comment_or_404(comment_id)
    if is_viewer(comment["dreamer_id"]):
        abort(403, "You can't react to your own comment.")
    value = request.form.get("value")
    if value not in REACTIONS:
        abort(422, "Choose like, dislike or none.")
    set_reaction(g.viewer, comment, value)
    return redirect_back(dream_url(dream), f"comment-{comment_id}",
                         find_changed_comment, comment["_id"],
                         expanded_id=comment_id if is_collapsed(comment) else None)


# Updates #####################################################################


@app.post("/dreams/<slug>/updates", endpoint="update_add")
@app.post("/updates/<update_id>/edit", endpoint="update_edit")
@login_required
@limited("update")
def update_save(slug=None, update_id=None):
    """Add an update to the viewer's dream, or change one; its words, then its picture."""
    update, dream = get_update_or_404(update_id) if update_id else (None, get_dream_or_404(slug))
    if not is_viewer(dream["dreamer_id"]):
        abort(403, "This is someone else's dream.")
    form = make_form(UpdateForm, update=update)
    if form.validate_on_submit():
        if not update:
            saved_id = add_update(g.viewer, dream, form.body.data, request.form.get("once", ""))
            return redirect_to_update(dream, form, saved_id or abort_gone("dream"),
                                      "Update posted.")
        if set_update(update, form.body.data):
            return redirect_to_update(dream, form, update["_id"], "Update saved.")
        form.body.errors = ["You've already posted this update."]
    return render_page("update/edit.html", form, dream=dream, update=update)


def redirect_to_update(dream, form, update_id, message):
    """Save the picture of an update whose words are saved, and redirect to it."""
    unsaved = save_update_picture(form, update_id)
    flash_message(" ".join([message, *unsaved]), is_error=bool(unsaved))
    fragment = f"update-{update_id}" if session.get("next_steps") != dream["slug"] else ""
    return redirect_back(dream_url(dream), fragment)


@app.post("/updates/<update_id>/delete")
@login_required
def update_delete(update_id):
    """Delete an update after a page that asks for confirmation."""
    update, dream = get_update_or_404(update_id)
    if not may_remove(g.viewer, update, dream):
        abort(403, "You can only delete your own updates.")
    if request.form.get("confirm") != "1":
        return render_page("update/delete.html", update=update, dream=dream)
    remove_thing(g.viewer, "update", update, dream, request.form.get("reason", ""))
    flash_message("Update deleted.")
    return redirect_back(dream_url(dream), "updates")


# Follows and cheers ##########################################################


@app.post("/dreams/<slug>/cheer", endpoint="dream_cheer", defaults={"wanted": True})
@app.post("/dreams/<slug>/uncheer", endpoint="dream_uncheer", defaults={"wanted": False})
@login_required
@limited("cheer")
def dream_cheering(slug, wanted):
    """Cheer a dream, or take that back."""
    dream = get_dream_or_404(slug)
    if is_viewer(dream["dreamer_id"]):
        abort(403, "You can't cheer your own dream.")
    if not set_cheering(g.viewer, dream, wanted):
        abort_gone("dream")
    flash_message("You cheered this dream." if wanted else "You've taken your cheer back.")
    return redirect_back(dream_url(dream), f"dream-{dream['slug']}",
                         find_changed_dream, dream["_id"])


def follow(target, wanted, label, undo, fallback, fragment=""):
    """Follow or unfollow a dream or a dreamer, and redirect back to the button.

    label: the title or the name, for the message. undo: the URL that undoes an unfollow.
    """
    target_id = next(iter(target.values()))
    if not set_following(g.viewer, target, wanted):
        abort_gone("dream" if "dream_id" in target else "person")
    if wanted:
        flash_message(f"You're following {label}.")
    else:
        if "view=following" in current_path():
            # The list shows it once more, so that the redirect finds its position.
            session["unfollowed_id"] = str(target_id)
        flash_message(f"You've unfollowed {label}.", undo)
    find_changed = find_changed_dream if "dream_id" in target else find_changed_dreamer
    return redirect_back(fallback, fragment, find_changed, target_id)


def get_dreamer_or_404(slug, find=find_visible_dreamer):
    """Return the dreamer of a present or former slug; 404 if the viewer may see none."""
    return get_by_slug_or_404("dreamer", find, slug)


@app.get("/dreamers")
@login_required
def dreamers():
    """Show the people that a search finds, or the newest ones."""
    text = parse_search()
    people, cursor = find_people_page(g.viewer, text, request.args.get("cursor"))
    return render_page("dreamer/list.html", text=text, people=people, cursor=cursor,
                       **find_viewer_state(g.viewer, dreamers=people or []))


@app.get("/dreamers/<slug>")
def dreamer_show(slug):
    """Show a dreamer and their dreams."""
    dreamer = get_dreamer_or_404(slug, find_dreamer_or_blocked)
    if is_apart(g.viewer, dreamer["_id"]):
        return render_page("dreamer/blocked.html", dreamer=dreamer)
    return render_page("dreamer/show.html", dreamer=dreamer, **find_profile(
        g.viewer, dreamer, *map(request.args.get, ("cursor", "thanks"))))


@app.post("/dreams/<slug>/follow", endpoint="dream_follow", defaults={"wanted": True})
@app.post("/dreams/<slug>/unfollow", endpoint="dream_unfollow", defaults={"wanted": False})
@login_required
@limited("follow")
def dream_following(slug, wanted):
    """Follow or unfollow a dream."""
    dream = get_dream_or_404(slug)
    if is_viewer(dream["dreamer_id"]):
        abort(403, "You can't follow your own dream.")
    return follow({"dream_id": dream["_id"]}, wanted, quoted(dream["title"]),
                  url_for("dream_follow", slug=slug), dream_url(dream),
                  f"dream-{dream['slug']}")


@app.post("/dreamers/<slug>/follow", endpoint="dreamer_follow", defaults={"wanted": True})
@app.post("/dreamers/<slug>/unfollow", endpoint="dreamer_unfollow", defaults={"wanted": False})
@login_required
@limited("follow")
def dreamer_following(slug, wanted):
    """Follow or unfollow a dreamer."""
    dreamer = get_dreamer_or_404(slug)
    if is_viewer(dreamer["_id"]):
        abort(403, "You can't follow yourself.")
    return follow({"followed_id": dreamer["_id"]}, wanted, dreamer["name"],
                  url_for("dreamer_follow", slug=slug), url_for("dreamer_show", slug=slug))


# Offers ######################################################################

ALREADY_OFFERED = "You've already offered to help with this."
OFFER_CHANGED = "This offer has changed meanwhile, so nothing was done."


def get_offer_or_404(offer_id, *roles):
    """Return an offer of the viewer's, given or received; 403 if they have none of the roles."""
    offer = find_offer(g.viewer, parse_id(offer_id)) or abort(404)
    if roles and role_in(g.viewer, offer) not in roles:
        abort(403, "Only the other person can do that.")
    return offer


def get_need_or_abort(dream, need_id):
    """Return the need of a dream that the viewer may offer to help with; {} without an id.

    Redirects to the offer that they made before; a GET to the dream if it needs no help now.
    """
    gone = "This dream doesn't ask for that any more."
    need = (find_need(dream, need_id) or abort(404, gone)) if need_id else {}
    if is_viewer(dream["dreamer_id"]):
        abort(403, "This is your own dream.")
    offer = find_given_offer(g.viewer, dream, need_id)
    # One without a message is of an interrupted request: repeating that request completes it.
    if offer and offer.get("messages"):
        if is_too_large(typed_fields()):
            abort(422, f"{ALREADY_OFFERED} {TOO_LARGE}")
        flash_message(ALREADY_OFFERED)
        draft = add_other_words(g.viewer, offer, clean_text(request.form.get("message", "")))
        page = draft_url(draft) if draft else url_for("offer_show", offer_id=offer["_id"])
        abort(redirect(page, 303))
    if request.method != "POST" and "draft" not in request.args and offer_refusal(dream):
        flash_message(offer_refusal(dream))
        abort(redirect(dream_url(dream), 303))
    if need.get("found_at"):
        abort(403, "Someone has already helped with that.")
    return need


@app.get("/offers")
@login_required
def offers():
    """Show the viewer's offers, given and received."""
    own_offers, cursor = find_offers_page(g.viewer, request.args.get("cursor"))
    return render_page("offer/list.html", offers=own_offers, cursor=cursor,
                       waiting=find_waiting(g.viewer))


@app.route("/dreams/<slug>/offers/new", methods=["GET", "POST"])
@login_required
@limited("offer")
def offer_new(slug):
    """Offer help with a need of a dream, or with the dream as such; leads to the offer."""
    dream = get_dream_or_404(slug)
    form = make_form(OfferForm, data={"need": request.args.get("need", "")})
    need = get_need_or_abort(dream, form.need.data)
    if refusal := offer_refusal(dream):
        form.message.errors = [refusal]
    elif form.validate_on_submit():
        offer_id, is_new = add_offer(g.viewer, dream, need, form.message.data)
        if not offer_id:
            abort_gone("dream")
        flash_message(f"Offer sent to {dream['author']['name']}." if is_new else ALREADY_OFFERED)
        return redirect(url_for("offer_show", offer_id=offer_id), 303)
    return render_page("offer/new.html", form, dream=dream, need=need)


@app.get("/offers/<offer_id>")
@login_required
def offer_show(offer_id):
    """Show an offer to its two people, and to moderators the messages that were reported."""
    offer = find_offer(g.viewer, parse_id(offer_id))
    if not offer:
        if not is_moderator(g.viewer):
            abort(404)
        reported = find_reported_messages(parse_id(offer_id)) or abort(404)
        return render_page("offer/reported.html", messages=reported)
    set_offer_read(g.viewer, offer)
    return render_page("offer/show.html", offer=offer, **find_offer_context(
        g.viewer, offer, request.args.get("cursor")))


@app.post("/offers/<offer_id>/messages")
@login_required
@limited("message")
def message_add(offer_id):
    """Add a message to an offer."""
    offer, form = get_offer_or_404(offer_id), make_form(MessageForm)
    if form.validate_on_submit():
        refusal, key = writing_refusal(g.viewer, offer), request.form.get("once", "")
        if not refusal and add_message(g.viewer, offer, form.body.data, key):
            flash_message("Message sent.")
            return redirect_back(url_for("offer_show", offer_id=offer_id), "write")
        form.body.errors = [refusal or OFFER_CHANGED]
    return render_page("offer/write.html", form, offer=offer)


@app.post("/offers/<offer_id>/<any(accept, decline, withdraw, done):step>", endpoint="offer_step",
          defaults={"wanted": True})
@app.post("/offers/<offer_id>/<any(accept, decline, withdraw, done):step>/undo",
          endpoint="offer_undo", defaults={"wanted": False})
@login_required
@limited("step of an offer")
def offer_stepping(offer_id, step, wanted):
    """Accept, decline or withdraw an offer or mark it as done; or take that back."""
    offer = get_offer_or_404(offer_id, *STEPS[step].by)
    if not (press_step if wanted else press_undo)(g.viewer, offer, step):
        flash_message(OFFER_CHANGED)
    elif wanted:
        undo = undoable_step(g.viewer, offer | {"state": STEPS[step].after}) == step
        flash_message(STEPS[step].message,
                      url_for("offer_undo", offer_id=offer_id, step=step) if undo else None)
    else:
        flash_message("Undone.")
    return redirect_back(url_for("offer_show", offer_id=offer_id))


@app.post("/offers/<offer_id>/thanks")
@login_required
@limited("step of an offer")
def offer_thanks(offer_id):
    """Thank the helper in public, in one line; again to change the line."""
    offer, form = get_offer_or_404(offer_id, "owner"), make_form(ThanksForm)
    if form.validate_on_submit():
        if set_thanks(offer, g.viewer, form.thanks.data):
            said = "Saved, and still hidden." if offer["thanks_hidden"] else "Thanks posted."
            undo = url_for("thanks_act", offer_id=offer_id, act="remove")
            flash_message(said, undo if not offer["thanks"] else None)
            return redirect_back(url_for("offer_show", offer_id=offer_id))
        form.thanks.errors = ["You can say thanks once the help is done."]
    return render_page("offer/write.html", form, offer=offer)


@app.post("/offers/<offer_id>/thanks/<any(remove, hide, show):act>")
@login_required
@limited("step of an offer")
def thanks_act(offer_id, act):
    """Remove the thanks that the viewer wrote; or hide or show those that the viewer got."""
    row = THANKS_ACTS[act]
    row.change(get_offer_or_404(offer_id, row.by))
    flash_message(row.message, row.undo and url_for("thanks_act", offer_id=offer_id, act=row.undo))
    return redirect_back(url_for("offer_show", offer_id=offer_id))


# Blocks ######################################################################


@app.post("/dreamers/<slug>/block", endpoint="dreamer_block", defaults={"wanted": True})
@app.post("/dreamers/<slug>/unblock", endpoint="dreamer_unblock", defaults={"wanted": False})
@login_required
@limited("block")
def dreamer_blocking(slug, wanted):
    """Block a dreamer, or end that."""
    dreamer = get_dreamer_or_404(slug, find_dreamer_or_blocked)
    if is_viewer(dreamer["_id"]):
        abort(403, "You can't block yourself.")
    if not set_blocked(g.viewer, dreamer, wanted):
        abort(422, f"You've blocked {MAX_BLOCKS:,} people, and that's the limit.")
    # Without an undo, which would not bring back what a block deletes.
    flash_message(f"You've blocked {dreamer['name']}. You can unblock them in your account."
                  if wanted else f"You've unblocked {dreamer['name']}.")
    return redirect_back(url_for("dreamer_show", slug=slug))


# Reports #####################################################################


def get_reported_or_404(slug=None, comment_id=None, message_id=None, update_id=None):
    """Return (kind, document, page) of what the viewer may see and report; else abort.

    page: the path to return to without a ``next``, with the fragment of what is reported.
    """
    if request.endpoint == "dreamer_report":
        who = get_dreamer_or_404(slug, find_dreamer_or_blocked)
        return "dreamer", who | {"dreamer_id": who["_id"]}, url_for("dreamer_show", slug=slug)
    if message_id:
        message = find_own_message(g.viewer, parse_id(message_id)) or abort(404)
        page = url_for("offer_show", offer_id=message["offer_id"])
        return "message", message, f"{page}#message-{message_id}"
    for kind, get, document_id in (("comment", get_comment_or_404, comment_id),
                                   ("update", get_update_or_404, update_id)):
        if document_id:
            document, dream = get(document_id)
            return kind, document, f"{dream_url(dream)}#{kind}-{document_id}"
    dream = get_dream_or_404(slug)
    return "dream", dream, f"{dream_url(dream)}#dream-{dream['slug']}"


@app.route("/dreams/<slug>/report", endpoint="dream_report", methods=["GET", "POST"])
@app.route("/dreamers/<slug>/report", endpoint="dreamer_report", methods=["GET", "POST"])
@app.route("/comments/<comment_id>/report", endpoint="comment_report", methods=["GET", "POST"])
@app.route("/messages/<message_id>/report", endpoint="message_report", methods=["GET", "POST"])
@app.route("/updates/<update_id>/report", endpoint="update_report", methods=["GET", "POST"])
@login_required
@limited("report")
def report(**reported):
    """Report somebody, or what they wrote, to the moderators."""
    (kind, target, page), form = get_reported_or_404(**reported), make_form(ReportForm)
    if is_viewer(target["dreamer_id"]):
        abort(403, "This is yours. You can edit or delete it.")
    if not form.validate_on_submit():
        return render_page("moderation/report.html", form, kind=kind, target=target, page=page,
                           is_reported=bool(find_report(g.viewer, target)),
                           next=safe_path(request.values.get("next")) or "")
    if not add_report(g.viewer, kind, target, form.reason.data or "", form.rule.data):
        abort_gone(kind)
    set_hidden_by_reports(kind, target)
    flash_message("Thanks. A moderator will take a look.")
    return redirect_back(page, page.partition("#")[2])


# Moderation ##################################################################


@app.template_global()
def case_url(entry):
    """Return the URL of the case or topic that a report or an audit entry is about."""
    if entry["kind"] == "topic":
        return url_for("moderation_topic", slug=entry["target_id"])
    return url_for("moderation_case", kind=entry["kind"], document_id=entry["target_id"])


@app.get("/moderation")
@moderator_required
def moderation_queue():
    """List the open reports."""
    reports, cursor = find_reports_page(g.viewer, request.args.get("cursor"))
    return render_page("moderation/queue.html", reports=reports, cursor=cursor)


@app.get("/moderation/audit")
@moderator_required
def moderation_audit():
    """Show the audit log."""
    entries, cursor = find_entries_page("audit", request.args.get("cursor"))
    return render_page("moderation/audit.html", entries=entries, cursor=cursor)


@app.get("/moderation/<any(dream, comment, dreamer, message, update):kind>/<document_id>")
@moderator_required
def moderation_case(kind, document_id):
    """Show a case: the content, its reports and decisions, and the possible ones."""
    case = find_case(g.viewer, kind, document_id) or abort_gone(kind)
    form = make_form(ActForm, data={"rule": suggested_rule(case)})
    return render_page("moderation/case.html", form, case=case)


@app.post("/moderation/<any(dream, comment, dreamer, message, update):kind>/<document_id>/<act>")
@moderator_required
def moderation_act(kind, document_id, act):
    """Carry out a moderator's decision, which needs a reason."""
    case = find_case(g.viewer, kind, document_id) or abort_gone(kind)
    form = make_form(ActForm)
    if act not in allowed_acts(g.viewer, case):
        abort(403, "You can't make this decision.")
    if not form.validate_on_submit():
        return render_page("moderation/case.html", form, case=case)
    execute_act(g.viewer, case, act, form.data)
    flash_message("Done. Logged.")
    return redirect(url_for("moderation_queue"), 303)


@app.get("/decisions/<decision_id>", endpoint="decision_show")
@app.route("/decisions/<decision_id>/answer", methods=["GET", "POST"])
@login_required
@limited("answer")
def decision_answer(decision_id):
    """Show the viewer a moderator's decision about them, which they can answer once."""
    decision = find_decision(g.viewer, parse_id(decision_id)) or abort(404)
    form = make_form(AnswerForm)
    if form.validate_on_submit():
        if set_answer(g.viewer, decision, form.answer.data):
            flash_message("Thanks. Moderators will read your answer.")
            return redirect(url_for("decision_show", decision_id=decision_id), 303)
        form.answer.errors = ["You've already answered this."]
    return render_page("decision/show.html", form, decision=decision)


@app.get("/moderation/topics")
@moderator_required
def moderation_topics():
    """List the site's topics for moderators to change."""
    return render_page("moderation/topics.html", topics=find_topics(fresh=True))


@app.route("/moderation/topics/new", methods=["GET", "POST"], endpoint="moderation_topic_new")
@app.route("/moderation/topics/<slug>", methods=["GET", "POST"])
@moderator_required
def moderation_topic(slug=None):
    """Add a topic, or rename one and set whether people may choose it."""
    topic = slug and (find_topics(fresh=True).get(slug) or abort_gone("topic"))
    form = make_form(TopicForm, data=topic)
    if form.validate_on_submit():
        if changed := slug or new_topic_slug(form.name.data):
            set_topic(g.viewer, changed, form.data)
            flash_message("Topic saved. Logged.")
            return redirect(url_for("moderation_topics"), 303)
        form.name.errors = ["That topic already exists, or its name has no letters."]
    return render_page("moderation/topic.html", form, slug=slug)


# Fragments ###################################################################
#
# JavaScript sends an action with the header X-Fragment and gets fragment.html: the flash message
# and the changed elements, rendered by the partials of the page itself, so that both stay the same.
# X-Fragment is "card_comments" for a card's comments, "none" in the background, else "comments".


def find_changed_dream(dream_id):
    """Return the present template context of a dream's facts, and of who could help."""
    dream = find_visible_dream(g.viewer, {"_id": dream_id}) or abort(404)
    return {"dream": dream, "helpers": find_helpers(g.viewer, dream),
            **find_viewer_state(g.viewer, [dream])}


def find_changed_dreamer(dreamer_id):
    """Return the present template context of a dreamer's facts."""
    dreamer = find_dreamer({"_id": dreamer_id}) or abort(404)
    return {"dreamer": dreamer, **find_viewer_state(g.viewer, dreamers=[dreamer])}


def find_changed_comment(comment_id):
    """Return the present template context of one comment."""
    comment, dream = get_comment_or_404(str(comment_id))
    return {"comment": comment, "dream": dream, **find_viewer_state(g.viewer, comments=[comment])}


def find_changed_comments(dream_id):
    """Return the present template context of a dream's facts and comments."""
    dream = find_visible_dream(g.viewer, {"_id": dream_id}) or abort(404)
    on_card = request.headers["X-Fragment"] == "card_comments"
    if on_card:
        details = find_card_details(g.viewer, [dream])
        return details | {"dream": dream, "comments": details["comments"][dream_id], "cursor": None}
    comments, cursor = find_comments(dream, g.viewer, page_args().get("cursor"))
    return {"dream": dream, "comments": comments, "cursor": cursor,
            **find_viewer_state(g.viewer, [dream], comments)}


@app.after_request
def replace_redirect(response):
    """Answer 204 with the Location instead of a redirect, which fetch() would hide."""
    if "X-Fragment" in request.headers and response.location:
        response.status_code = 204
        response.set_data(b"")
    return response


# About the site ##############################################################


@app.get("/about", endpoint="about")
@app.get("/rules", endpoint="rules")
@app.get("/privacy", endpoint="privacy")
def site_page():
    """Show a page about the site: the operator's own, or ours."""
    page = page_context(request.endpoint)
    return render_page("site/page.html" if page["own"] else f"site/{page['name']}.html", **page)


@app.get("/.well-known/security.txt")
def security_txt():
    """Send where to report security holes."""
    return format_security_txt(), {"Content-Type": "text/plain; charset=utf-8",
                                   "Cache-Control": f"public, max-age={PUBLIC_AGE}"}


# Password reset ##############################################################


def refuse_reset_link():
    """Show the form that asks for a link, with the error that this one is invalid."""
    log_event("reset_refused")
    form = make_form(ResetRequestForm, formdata=None)
    return render_template("account/password_reset.html", form=form, refused=True), 422


@app.route("/password-reset", methods=["GET", "POST"])
@limited("reset of an account", "reset from a network")
def password_reset():
    """Email a link; the response is the same whether or not there is an account."""
    form = make_form(ResetRequestForm)
    if not can_mail():
        status = 422 if request.method == "POST" else 200
        return render_template("account/password_reset_off.html"), status
    if not form.validate_on_submit():
        return render_page("account/password_reset.html", form)
    add_mail("password_reset", fold_email(form.email.data))
    log_event("reset_asked")
    session["after_reset"] = short_sign_in_fields(sign_in_fields())
    flash_message("If there's an account for that address, we've emailed you a link.")
    return redirect(url_for("password_reset", **sign_in_fields()), 303)


@app.route("/password-reset/<token>", methods=["GET", "POST"])
@one_at_a_time
def password_reset_set(token):
    """Set a new password, with the token of a link."""
    dreamer, form = find_token_dreamer("password-reset", token), make_form(ResetForm)
    if not dreamer:
        return refuse_reset_link()
    if not form.validate_on_submit():
        return render_page("account/password_reset_set.html", form, email=email_of(dreamer))
    if not (changed := set_password(dreamer, form.password.data)):
        return refuse_reset_link()
    if is_unconfirmed(dreamer) and not set_email_confirmed(dreamer):
        return refuse_reset_link()  # another account has confirmed the address meanwhile
    return sign_in_after_reset(dreamer | {"password": changed})


def sign_in_after_reset(dreamer):
    """Sign in a dreamer who set a new password, unless they are suspended, and redirect."""
    if sign_in_refusal(dreamer):  # whose reason may be too long for the session's cookie
        session.clear()
        flash_message("Password changed, but this account is suspended. Sign in to read why.")
        return redirect(url_for("login"), 303)
    # The reset has confirmed the address: /confirm redirects to the drafts that waited for it.
    return complete_sign_in(
        dreamer, "confirm" if is_unconfirmed(dreamer) else "dreamscape",
        "Password changed. You're signed in here, and signed out everywhere else.")


# Errors ######################################################################

RETRY_AFTER = 10  # seconds
PUBLIC = ("landing", *RETURN_PAGES, "about", "rules", "privacy")  # shared caches
PUBLIC_AGE = 60  # seconds
# All else is noindex. robots.txt must not disallow it, or crawlers couldn't see the header.
INDEXABLE = (*PUBLIC, "static", "upload", "drawn", "asset", "robots", "dream_card", "sitemap",
             *FEEDS)


@app.after_request
def add_headers(response):
    """Add the security headers, Cache-Control and noindex."""
    if request.endpoint in ("password_reset_set", "confirm_address", "unsubscribe"):
        # The URL holds a token.
        response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint not in INDEXABLE or "q" in request.args:
        response.headers["X-Robots-Tag"] = "noindex"
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if settings["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint not in SESSIONLESS:
        add_cache_headers(response)
    return response


def add_cache_headers(response):
    """Set Cache-Control for a page; answer 304 if a visitor's cached page is current."""
    if g.get("viewer") or (session.accessed and (session or session.modified)):
        response.headers["Cache-Control"] = "private, no-store"
    elif request.endpoint in PUBLIC and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={PUBLIC_AGE}"
        response.add_etag()
        response.make_conditional(request)


@app.errorhandler(HTTPException)
def show_error(error):
    """Show an error page with the site's message and the posted texts."""
    is_own = error.description != type(error).description
    title, sentence, retry_label = ERRORS.get(error.code, OTHER_ERROR)
    response = app.make_response((render_template(
        "error.html", title=title, sentence=error.description if is_own else sentence,
        retry_label=retry_label, retry_url=retry_path(), typed=typed_texts()), error.code))
    response.headers.extend(error.get_headers()[1:])
    return response


app.register_error_handler(CursorError, lambda error: show_error(NotFound()))


@app.errorhandler(SecurityError)
def show_foreign_host(error):
    """Answer 400 to a request for another host, which a page's links would lead to."""
    answer_before_body()
    return app.response_class("This isn't the address of this site.\n", 400, mimetype="text/plain")


@app.errorhandler(RequestEntityTooLarge)
def show_too_large(error):
    """Answer 413 before the body is read; ask a visitor with a picture to sign in first."""
    answer_before_body()
    if request.endpoint not in PICTURE_PAGES or (request.content_length or 0) <= LARGE_BYTES:
        return show_error(RequestEntityTooLarge("Nothing was changed. Please send less at a time."))
    return show_error(RequestEntityTooLarge(
        ERRORS[413][1] if g.get("viewer") else "To send a picture, please sign in first."))


@app.errorhandler(UnsupportedMediaType)
def show_not_a_form(error):
    """Answer 415 before the body is read."""
    answer_before_body()
    return show_error(error)


@app.errorhandler(ClientDisconnected)
def show_too_slow(error):
    """Answer 400 to a body that took too long; nobody reads it after a real disconnect."""
    request.form = MultiDict()
    return show_error(BadRequest(BODY_TIMED_OUT))


def answer_before_body():
    """Respond without the body, then drain it: browsers ignore an early response."""
    request.form = MultiDict()  # Reading it as a form would wait for it, or raise again.
    if not request.content_length:
        return
    environ = request.environ

    @after_this_request
    def drain_when_sent(response):
        """Drain the body once the response is sent."""
        response.call_on_close(functools.partial(drain_request_body, environ))
        return response


@app.errorhandler(CSRFError)
def show_expired_form(error):
    """Answer 422 to an invalid CSRF token; show a comment's form ready to be sent again.

    Only if our own page sent it: another site's text is never shown ready to be sent.
    """
    log_event("form_not_ours")
    fields = typed_fields()
    if not fields or not is_own_origin(request.headers.get("Origin", "")):
        return show_error(UnprocessableEntity(
            "This form expired, so nothing was changed. Please go back and try again."))
    draft = {"path": request.path, "fields": MultiDict(fields), "expired": True}
    return render_template("draft/show.html", draft=draft, **find_draft_subject(draft)), 422


@app.errorhandler(PyMongoError)
def show_unavailable(error):
    """Answer 503 while the database fails; the next request tries it again."""
    logger.error("The database failed: %s", short_message(error))
    if (request.content_length or 0) > LARGE_BYTES:
        answer_before_body()
    g.viewer = None
    return show_error(ServiceUnavailable(retry_after=RETRY_AFTER))


def retry_path():
    """Return the path to retry a failed request: its own if it answers GET, else the feed."""
    if request.endpoint in ("login", "signup", "password_reset"):
        return url_for(request.endpoint, **sign_in_fields())
    own = safe_path(request.full_path.rstrip("?")) if has_page() else None
    return own or url_for("dreamscape")


@app.get("/robots.txt")
def robots():
    """Send robots.txt, which disallows nothing: X-Robots-Tag says which pages are noindex."""
    text = f"User-agent: *\nDisallow:\n\nSitemap: {absolute_url(url_for('sitemap'))}\n"
    return send_cached(text, "text/plain", SITEMAP_AGE)


@app.get("/healthz")
def healthz():
    """Return for a monitor whether the database responds, and which indexes are missing."""
    if not find_database():
        return {"status": "the database cannot be reached"}, 503
    missing = find_missing_indexes()
    return {"status": "ok"} | ({"missing_indexes": missing} if missing else {})


# Template globals, filters and tests #########################################

app.jinja_env.globals.update(
    ACTS=ACTS, COMMENT_LENGTH=COMMENT_LENGTH, CONTENT_ACTS=CONTENT_ACTS,
    DRAFT_DAYS=DRAFT_LIFETIME.days, FEED_VIEWS=FEED_VIEWS, LINE_LENGTH=LINE_LENGTH,
    MAX_UNREAD=MAX_UNREAD, MESSAGE_LENGTH=MESSAGE_LENGTH, OFFER_DAYS=ANSWER_TIME.days,
    OFFERED_ON_DREAM=OFFERED_ON_DREAM, OFFER_STATES=STATE_LABELS, PARTS=PARTS,
    PERSONAL_VIEWS=PERSONAL_VIEWS, QUERY_LENGTH=QUERY_LENGTH, RULES=RULES,
    RULE_CHOICES=RULE_CHOICES, STAGES=STAGES, STATES=lives.STATES, SUSPENSIONS=SUSPENSIONS,
    THANKS_LENGTH=THANKS_LENGTH, WHOLE_VIEWS=WHOLE_VIEWS, absolute_url=absolute_url,
    aria_attributes=aria_attributes, card_update=find_card_update,
    current_suspension=current_suspension, decision_title=decision_title, draft_values=draft_values,
    email_of=email_of, intended=lambda: find_intended(None, sign_in_fields()),
    is_moderator=is_moderator, is_unconfirmed=is_unconfirmed, is_viewer=is_viewer,
    looks_after=lambda document, dream=None: is_on_own(g.viewer, document, dream),
    may_add_line=lives.may_add_line, offered_acts=lambda case: offered_acts(g.viewer, case),
    offered_topics=offered_topics, open_needs=open_needs,
    show_people=lambda people, followed: join_fragments((
        render_person(each, each["_id"] in followed) for each in people), PLACEHOLDER_MAKERS),
    show_teasers=lambda dreams: join_fragments(map(render_teaser, dreams), PLACEHOLDER_MAKERS),
    undeliverable_email=undeliverable_email,
    update_form=lambda update: UpdateForm(update, viewer=g.viewer, formdata=None),
    words_of=words_of)
app.jinja_env.filters.update(ago=ago, counted=counted, paragraphs=paragraphs, quoted=quoted,
                             split_links=split_links, split_mentions=split_mentions,
                             topic_name=topic_name)
app.jinja_env.tests.update(
    collapsed=is_collapsed, known_topic=is_topic, listed=is_listed, living=is_living,
    public=is_public, public_dreamer=is_public_dreamer, shown=is_shown)


# Commands ####################################################################

for command in COMMANDS:
    app.cli.add_command(command)
