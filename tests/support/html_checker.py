"""Check HTML pages for errors, and parse their forms as a browser would send them."""

import re
from collections import Counter, defaultdict
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import unquote

import html5lib
from html5lib.constants import E as PARSE_ERRORS
from html5lib.constants import voidElements

VOID_TAGS = voidElements | {"wbr"}
FOREIGN_TAGS = {"svg", "math"}
NEVER_NESTED_TAGS = {"a", "button", "form", "label"}
NAMED_TAGS = ("a", "button", "summary", "legend", "h1", "h2", "h3", "h4")
CONTROL_TAGS = {"input", "select", "textarea"}
INTERACTIVE_TAGS = CONTROL_TAGS | {"a", "button", "details", "embed", "iframe", "label"}
LABELABLE_TAGS = CONTROL_TAGS | {"button", "meter", "output", "progress"}
# Their value is their label, or an alt that the rule for images asks for.
TYPES_WITHOUT_LABEL = {"hidden", "submit", "button", "reset", "image"}
TYPES_NOT_SENT = {"submit", "button", "reset", "image", "file"}
ARIA_IDS = ("controls", "describedby", "details", "errormessage", "labelledby", "owns")
ID_ATTRIBUTES = ("for", "list", "form", "popovertarget", "commandfor")
ID_ATTRIBUTES += tuple(f"aria-{name}" for name in ARIA_IDS)
TAG = re.compile(r"<[a-z][^>]*>", re.IGNORECASE)
# An attribute of a tag; the site quotes every value.
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*"([^"]*)\"""")
# An <article> without another one or an h1 in it.
ARTICLE = re.compile(r"<article\b(?:(?!<article\b|<h1\b).)*?</article>", re.DOTALL)
EMPTY_ARTICLE = "<article></article>"
ARTICLE_PAGE = (
    '<!doctype html><html lang="en"><head><title>Part</title></head><body><h1>Part</h1>',
    "</body></html>")
DATA_SCRIPT_TYPES = {"application/json", "application/ld+json"}
URL_ENCODED = "application/x-www-form-urlencoded"
SHOWN_CHARACTERS = 100


# Public ######################################################################


def check_page(html, check=None):
    """Return the errors of a whole page as sentences; an empty list for a valid one.

    check: the function that checks each part, check_part by default.
    """
    parts = split_page(html)
    return [*_id_faults(html), *_error_faults(html),
            *(fault for part in parts for fault in (check or check_part)(part))]


def split_page(html):
    """Return a page with its articles empty, and a page for each article.

    Parsing takes most of the time, and the articles of many pages are alike.
    """
    return [ARTICLE.sub(EMPTY_ARTICLE, html),
            *(f"{ARTICLE_PAGE[0]}{article}{ARTICLE_PAGE[1]}" for article in ARTICLE.findall(html))]


def check_part(html):
    """Return the errors of one of the pages that split_page returns."""
    page = _Page(html)
    return [fault for rule in RULES for fault in rule(page)]


def forms(html):
    """Return each form's {"action", "method", "enctype", "fields"} as a browser parses them.

    fields: {name: [values]} that the unchanged form would send, with line breaks as CRLF, without
    buttons and files. action: "" if the form posts to the address of its page.
    """
    page = _Page(html)
    return [
        {
            "action": form.get("action", ""),
            "method": form.get("method", "get").lower(),
            "enctype": form.get("enctype", URL_ENCODED).lower(),
            "fields": page.fields(form),
        }
        for form in page.all("form")
        # A template's content is inert without JavaScript.
        if not any(around.tag == "template" for around in page.ancestors(form))
    ]


# Page ########################################################################


class _Page:
    """A parsed page: its elements, their parents, and the controls of each form."""

    def __init__(self, html):
        """Parse a page as browsers do, and record the parse errors."""
        builder = html5lib.getTreeBuilder("etree")
        parser = html5lib.HTMLParser(builder, namespaceHTMLElements=False)
        self.html = html
        self.root = parser.parse(html)
        self.parse_errors = parser.errors
        # A comment's tag is a function; an SVG element's has a namespace in braces.
        self.elements = [each for each in self.root.iter() if isinstance(each.tag, str)]
        self.parents = {child: parent for parent in self.elements for child in parent}
        self.by_id = {each.get("id"): each for each in self.elements if "id" in each.attrib}

    def all(self, *tags):
        """Return the elements with one of these tags, in document order."""
        return [element for element in self.elements if element.tag in tags]

    def ancestors(self, element):
        """Yield the ancestors of an element, the nearest first."""
        while (element := self.parents.get(element)) is not None:
            yield element

    def form_of(self, control):
        """Return a control's form owner; if it has none, None or another element."""
        if "form" in control.attrib:
            return self.by_id.get(control.get("form"))
        # A form does not own the controls of a template inside it.
        owners = ("form", "template")
        return next((each for each in self.ancestors(control) if each.tag in owners), None)

    def fields(self, form):
        """Return {name: [values]} that the unchanged form sends."""
        fields = {}
        for control in self.controls[form]:
            name = control.get("name")
            if name and not self.is_disabled(control):
                fields.setdefault(name, []).extend(_sent_values(control))
        return {name: values for name, values in fields.items() if values}

    @cached_property
    def controls(self):
        """Return {form: its controls}."""
        controls = defaultdict(list)
        for control in self.all(*CONTROL_TAGS):
            controls[self.form_of(control)].append(control)
        return controls

    def is_disabled(self, control):
        """Return True for a control that is disabled, itself or by a fieldset."""
        inside = control
        for around in self.ancestors(control):
            # Controls in the first legend of a disabled fieldset stay enabled.
            is_off = "disabled" in around.attrib and inside is not around.find("legend")
            if around.tag == "fieldset" and is_off:
                return True
            inside = around
        return "disabled" in control.attrib

    def is_labelled(self, control):
        """Return True for a control with a non-empty accessible name."""
        if control.get("aria-label", "").strip():
            return True
        named_by = [self.by_id.get(each) for each in control.get("aria-labelledby", "").split()]
        labels = self.labels[control]
        return any(_words(each).strip() for each in named_by + labels if each is not None)

    @cached_property
    def labels(self):
        """Return {control: its labels}."""
        labels = defaultdict(list)
        for label in self.all("label"):
            labels[self.labelled_by(label)].append(label)
        return labels

    def labelled_by(self, label):
        """Return the element that a label is for, or None."""
        if "for" in label.attrib:
            return self.by_id.get(label.get("for"))
        inside = (each for each in label.iter() if each.tag in LABELABLE_TAGS)
        return next((each for each in inside if _kind(each) != "hidden"), None)


def _words(element):
    """Return an element's text, with images as their alt and without controls."""
    if not isinstance(element.tag, str) or element.tag in CONTROL_TAGS:
        return ""
    parts = [element.get("alt", ""), element.text or ""]
    for child in element:
        parts += [_words(child), child.tail or ""]
    return "".join(parts)


def _sent_values(control):
    """Return the list of values that an enabled control sends."""
    kind = _kind(control)
    if control.tag == "select":
        values = _selected_values(control)
    elif control.tag == "textarea":
        values = ["".join(control.itertext())]
    elif kind in TYPES_NOT_SENT:
        values = []
    elif kind in ("checkbox", "radio"):
        values = [control.get("value", "on")] if "checked" in control.attrib else []
    elif kind == "hidden":
        values = [control.get("value", "")]
    else:
        values = [re.sub(r"[\r\n]", "", control.get("value", ""))]
    return [re.sub(r"\r\n?|\n", "\r\n", value) for value in values]


def _selected_values(select):
    """Return the values of a select's selected, enabled options."""
    options = list(select.iter("option"))
    disabled = {each for each in options if "disabled" in each.attrib}
    for group in select.iter("optgroup"):
        disabled.update(group if "disabled" in group.attrib else ())
    chosen = [each for each in options if "selected" in each.attrib]
    if "multiple" not in select.attrib:
        enabled = [each for each in options if each not in disabled]
        is_dropdown = select.get("size", "1") in ("", "0", "1")
        chosen = chosen[-1:] or (enabled[:1] if is_dropdown else [])
    return [_option_value(each) for each in chosen if each not in disabled]


def _option_value(option):
    """Return an option's value, or its text where it has none."""
    return option.get("value", " ".join("".join(option.itertext()).split()))


def _kind(control):
    """Return an input's type in lower case, "text" by default; "" for other elements."""
    return control.get("type", "text").lower() if control.tag == "input" else ""


def _start_tag(element):
    """Return an element's start tag, shortened, for an error message."""
    attributes = "".join(f' {name}="{value}"' for name, value in element.attrib.items())
    return _shortened(f"<{element.tag.rpartition('}')[2]}{attributes}>")


def _shortened(text):
    """Return a text on one line, truncated."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[:SHOWN_CHARACTERS]}…"


# Rules about ids: each takes a whole page's source ###########################


def _attributes(html):
    """Yield (start tag, its attributes with a value) of each element."""
    for tag in TAG.findall(html):
        yield tag, dict(ATTRIBUTE.findall(tag))


def _id_faults(html):
    """Yield what is wrong with ids: empty or duplicate ones, and references to missing ones."""
    elements = [*_attributes(html)]
    counts = Counter(each["id"] for _, each in elements if "id" in each)
    for name, count in counts.items():
        if count > 1:
            yield f'id="{name}" is there {count} times'
        if not name or name.split() != [name]:
            yield f'id="{name}" is empty or has spaces'
    for tag, attributes in elements:
        for attribute, name in _references(attributes):
            if name not in counts:
                yield f'{attribute}="{name}" points to no id: {_shortened(tag)}'


def _references(attributes):
    """Yield an (attribute, id) for every id that an element refers to."""
    for attribute in ID_ATTRIBUTES:
        if attribute in attributes:
            for name in attributes[attribute].split() or [""]:
                yield attribute, name
    # "#" and "#top" lead to the top of every page.
    target = attributes.get("href", "")
    if target.startswith("#") and target.lower() not in ("#", "#top"):
        yield "href", unquote(target[1:])


def _error_faults(html):
    """Yield fields with an error to which no link of the page leads."""
    elements = [*_attributes(html)]
    linked = {unquote(each["href"][1:]) for tag, each in elements
              if tag.startswith("<a ") and each.get("href", "").startswith("#")}
    for tag, each in elements:
        if each.get("aria-invalid") == "true" and each.get("id") not in linked:
            yield f"no link leads to this error: {_shortened(tag)}"


# Rules: each takes the page of a part and yields error messages ##############


def _parse_faults(page):
    """Find parse errors."""
    lines = page.html.split("\n")
    for (number, _), code, data in page.parse_errors:
        text = lines[min(number, len(lines)) - 1]
        yield f"line {number}: {PARSE_ERRORS.get(code, code) % data} {_shortened(text)}"


def _tag_faults(page):
    """Find unclosed tags, stray end tags and illegal nesting."""
    reader = _TagReader()
    reader.feed(page.html)
    reader.close()
    return reader.faults


def _head_faults(page):
    """Find a missing language, title or h1, and a second h1."""
    if not page.root.get("lang", "").strip():
        yield "html has no lang"
    titles = [_words(title).strip() for title in page.all("title")]
    if len(titles) != 1 or not titles[0]:
        yield f"there must be one title with words in it, not {titles}"
    headings = [_words(heading).strip() for heading in page.all("h1")]
    if len(headings) != 1:
        yield f"there must be one h1, not {headings}"


def _image_faults(page):
    """Find images without alt, width or height."""
    for image in page.all("img"):
        if "alt" not in image.attrib:
            yield f"no alt: {_start_tag(image)}"
        for side in ("width", "height"):
            if not image.get(side, "").isdigit():
                yield f"no {side} in pixels: {_start_tag(image)}"


def _form_faults(page):
    """Find controls without a label, and POST forms without a CSRF token."""
    for control in page.all(*CONTROL_TAGS):
        if _kind(control) not in TYPES_WITHOUT_LABEL and not page.is_labelled(control):
            yield f"no label: {_start_tag(control)}"
    for form in page.all("form"):
        is_post = form.get("method", "").lower() == "post"
        if is_post and page.fields(form).get("csrf_token", [""]) == [""]:
            yield f"no csrf_token: {_start_tag(form)}"


def _name_faults(page):
    """Find links, buttons, headings and the like without a word that names them."""
    for element in page.all(*NAMED_TAGS):
        around = (element, *page.ancestors(element))
        is_hidden = any(each.get("aria-hidden") == "true" for each in around)
        if not (is_hidden or page.is_labelled(element) or _words(element).strip()):
            yield f"no words: {_start_tag(element)}"


def _inline_faults(page):
    """Find inline styles, scripts and event handlers."""
    for element in page.elements:
        name = element.tag.rpartition("}")[2]
        if name == "style" or "style" in element.attrib:
            yield f"inline style: {_start_tag(element)}"
        if any(attribute.startswith("on") for attribute in element.attrib):
            yield f"inline handler: {_start_tag(element)}"
        if element.get("href", "").strip().lower().startswith("javascript:"):
            yield f"inline handler: {_start_tag(element)}"
        is_data = element.get("type", "").lower() in DATA_SCRIPT_TYPES
        if name == "script" and "src" not in element.attrib and not is_data:
            yield f"inline script: {_start_tag(element)}"


def _nesting_faults(page):
    """Find interactive elements inside links and buttons."""
    for element in page.all(*INTERACTIVE_TAGS):
        for around in page.ancestors(element):
            if around.tag in ("a", "button") and _kind(element) != "hidden":
                yield f"{_start_tag(element)} inside {_start_tag(around)}"


class _TagReader(HTMLParser):
    """Collect unclosed and stray tags as faults."""

    # The content of these is text; older Pythons leave out the last two.
    CDATA_CONTENT_ELEMENTS = ("script", "style", "textarea", "title")

    def __init__(self):
        """Start with no open tags."""
        super().__init__()
        self.faults = []
        self._open = []

    def handle_starttag(self, tag, attributes):
        """Record a tag as open, unless it is void."""
        if tag in NEVER_NESTED_TAGS and self._is_open(tag):
            self._report(f"<{tag}> inside <{tag}>")
        if tag not in VOID_TAGS:
            self._open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag, attributes):
        """Accept <tag/> in SVG and for void tags; elsewhere browsers ignore the slash."""
        self.handle_starttag(tag, attributes)
        if tag not in VOID_TAGS:
            if not any(self._is_open(foreign) for foreign in FOREIGN_TAGS):
                self._report(f"<{tag}/> does not close <{tag}>")
            self._open.pop()

    def handle_endtag(self, tag):
        """Close the last tag of this name, and report unclosed tags inside it."""
        if not self._is_open(tag):
            self._report(f"</{tag}> closes nothing")
            return
        while self._open[-1][0] != tag:
            self._report_last_open()
        self._open.pop()

    def close(self):
        """Report the tags that are still open at the end of the page."""
        super().close()
        while self._open:
            self._report_last_open()

    def _is_open(self, tag):
        """Return True if a tag of this name is open."""
        return any(name == tag for name, _ in self._open)

    def _report_last_open(self):
        """Report the last open tag as not closed, and remove it."""
        tag, number = self._open.pop()
        self.faults.append(f"line {number}: <{tag}> is not closed")

    def _report(self, fault):
        """Add a fault with the current line number."""
        self.faults.append(f"line {self.getpos()[0]}: {fault}")


RULES = (
    _parse_faults,
    _tag_faults,
    _head_faults,
    _image_faults,
    _form_faults,
    _name_faults,
    _inline_faults,
    _nesting_faults,
)
