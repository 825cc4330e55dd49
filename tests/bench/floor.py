"""The baseline of every page: the same templates and contexts, without hooks and database.

A minimal Flask app under gunicorn, as the site is. At the path of a page it renders the site's
template with the context recorded there; at /bare a tiny template over the same twenty dreams;
at /bytes it sends a page that was rendered before. BENCH_PAGES is the file of the contexts,
which measure.py writes.
"""

import os
import pickle
from pathlib import Path

from flask import Flask, g, render_template, request
from jinja2 import ChoiceLoader, DictLoader

import app as site

BARE = """<!doctype html><title>Dreams</title><ul>{% for dream in dreams %}
<li><b>{{ dream.title }}</b> by {{ dream.author.name }}: {{ dream.followers }}
{% endfor %}</ul>"""
# {path: (template, context, viewer)}. measure.py wrote the file, so it is safe to unpickle.
PAGES = pickle.loads(Path(os.environ["BENCH_PAGES"]).read_bytes())

floor = Flask(__name__, static_folder=None, root_path=site.app.root_path)
floor.config.from_mapping(SECRET_KEY=site.app.config["SECRET_KEY"], WTF_CSRF_TIME_LIMIT=None)
floor.jinja_options |= site.app.jinja_options
floor.jinja_loader = ChoiceLoader([floor.jinja_loader, DictLoader({"bare.html": BARE})])
for kind in ("globals", "filters", "tests"):
    own, others = getattr(floor.jinja_env, kind), getattr(site.app.jinja_env, kind)
    own.update({name: value for name, value in others.items()
                if name not in own or name == "url_for"})
# url_for can build every URL; only the endpoints below have a view.
for rule in site.app.url_map.iter_rules():
    if rule.endpoint not in ("healthz", "static"):
        floor.url_map.add(rule.empty())
floor.add_url_rule("/static/<path:filename>", "static")


def show(**values):
    """Render a page from its recorded context."""
    template, context, g.viewer = PAGES[request.full_path.rstrip("?")]
    g.open_reports = 0
    return render_template(template, **context)


@floor.get("/bare")
def bare():
    """Render a tiny template with a loop over twenty items."""
    return render_template("bare.html", dreams=PAGES["/dreamscape"][1]["dreams"])


@floor.get("/bytes")
def rendered_before():
    """Send a page that was rendered when the app started."""
    return BYTES


@floor.get("/healthz")
def healthz():
    """Answer that the app has started."""
    return {"status": "ok"}


for endpoint in ("dreamscape", "dreams", "dream_show", "dreamer_show"):
    floor.view_functions[endpoint] = show
with floor.test_request_context("/dreamscape"):
    BYTES = show().encode()
