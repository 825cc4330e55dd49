"""The floor under every page: the same template and the same dreams, but from memory.

A bare Flask with none of the site's hooks, served as the site is. At the address of a page it
renders what the site rendered there; at /bare a tiny template over the same twenty dreams; at
/bytes it sends a page that is finished. BENCH_PAGES names the file of what the site showed, which
measure.py writes.
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
# What is shown by address: (template, context, viewer). The file is our own.
PAGES = pickle.loads(Path(os.environ["BENCH_PAGES"]).read_bytes())

floor = Flask(__name__, static_folder=None, root_path=site.app.root_path)
floor.config.from_mapping(SECRET_KEY=site.app.config["SECRET_KEY"], WTF_CSRF_TIME_LIMIT=None)
floor.jinja_options |= site.app.jinja_options
floor.jinja_loader = ChoiceLoader([floor.jinja_loader, DictLoader({"bare.html": BARE})])
for kept in ("globals", "filters", "tests"):
    own, others = getattr(floor.jinja_env, kept), getattr(site.app.jinja_env, kept)
    own.update({name: value for name, value in others.items()
                if name not in own or name == "url_for"})
# Every address can be written; only what is shown here can be asked for.
for rule in site.app.url_map.iter_rules():
    if rule.endpoint not in ("healthz", "static"):
        floor.url_map.add(rule.empty())
floor.add_url_rule("/static/<path:filename>", "static")


def show(**values):
    """Render a page from memory."""
    template, context, g.viewer = PAGES[request.full_path.rstrip("?")]
    g.open_reports = 0
    return render_template(template, **context)


@floor.get("/bare")
def bare():
    """Loop over twenty items in a tiny template."""
    return render_template("bare.html", dreams=PAGES["/dreamscape"][1]["dreams"])


@floor.get("/bytes")
def finished():
    """Send a page that is finished."""
    return BYTES


@floor.get("/healthz")
def healthz():
    """Say that all is well."""
    return {"status": "ok"}


for endpoint in ("dreamscape", "dreams", "dream_show", "dreamer_show"):
    floor.view_functions[endpoint] = show
with floor.test_request_context("/dreamscape"):
    BYTES = show().encode()
