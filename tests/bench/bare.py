"""The bare page, of which all figures are multiples: a Flask route that reads no database.

It renders, by a template compiled once, ITEMS items of WORDS words with a link and three short
lines each, from memory; gunicorn serves it with the site's own settings.
"""

from itertools import cycle, islice

from flask import Flask, render_template
from jinja2 import DictLoader

from bench import texts

ITEMS, WORDS, LINES = 20, 280, 3
PAGE = """<!doctype html><html lang="en"><title>Dreams</title><ul>{% for item in items %}
<li><a href="/dreams/{{ item.slug }}">{{ item.title }}</a> <p>{{ item.text }}
{% for line in item.lines %}<p>{{ line }}
{% endfor %}{% endfor %}</ul>"""


def make_items():
    """Return the items: {slug, title, text, lines}."""
    words = cycle(word for body in texts.BODIES for word in body.split())
    return [{"slug": f"dream-{number}", "title": texts.TITLES[number],
             "text": " ".join(islice(words, WORDS)), "lines": texts.TITLES[:LINES]}
            for number in range(ITEMS)]


items = make_items()
bare = Flask(__name__, static_folder=None)
bare.jinja_loader = DictLoader({"bare.html": PAGE})


@bare.get("/bare")
def show():
    """Render the page."""
    return render_template("bare.html", items=items)


@bare.get("/healthz")
def healthz():
    """Answer that the app has started."""
    return {"status": "ok"}
