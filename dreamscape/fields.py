"""Fields and validators that the forms share, with their lengths and error messages."""
import unicodedata
from collections import Counter
from itertools import islice

import regex
from email_validator import EmailNotValidError
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField, Field, HiddenField, PasswordField, RadioField, SelectMultipleField, StringField,
    TextAreaField, ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.validators import Length, StopValidation

from dreamscape.text import (
    EMAIL_LENGTH, clean_line, clean_text, fold_case, lower_email, parse_email, quoted,
)
from dreamscape.passwords import COMMON_PASSWORDS, PASSWORD_LENGTH, is_still_password
from dreamscape.smtp import can_deliver_to
from dreamscape.topics import offered_topics, topic_name
from dreamscape.visibility import AUDIENCES

FIELD_LENGTH = 2_000  # characters to which a value of a form or a query is truncated
PARAGRAPHS_LENGTH = 100_000  # characters to which the value of a textarea is truncated
NAME_LENGTH = 50  # characters
TERM_LENGTH = 60  # characters of a skill or an experience
TERMS = 30  # skills, and as many experiences, of one dreamer
FALSE_VALUES = ("", "0", "false", "off", "no")
INVISIBLE = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]")
# What mail programs may turn into links. Not matched are names with initials or short titles before
# a capital, such as "J.Smith", "St.John" and "Dr.No", or as short in a script without capitals.
WEB_ADDRESS = regex.compile(r"""
    @ | :// | [^\s.]\.\w\S*/ | \b(?i:www)[.。] | \S。\S
    | (?:[\p{L}\p{N}-]\p{M}*){4,}(?:\.\w+)*\.\w{2}      # Evil.Com
    | [^\s.]\.(?:[\p{Ll}-][\w-]|\p{N})                 # x.com, 10.0.0.1
    | \.(?i:com|info|net|org)\b                         # X.Com
    """, regex.VERBOSE)


class Form(FlaskForm):
    """A form of this site. viewer: the signed-in dreamer who fills it in, or None."""

    def __init__(self, viewer=None, **kwargs):
        """Populate the form from the request, or from ``formdata`` if given."""
        self.viewer = viewer
        super().__init__(**kwargs)

    def fields(self, *names):
        """Return {name: data} of some fields, with "" for missing ones."""
        return {name: "" if self[name].data is None else self[name].data for name in names}


def is_form_class(value):
    """Return whether a value is a class of forms."""
    return isinstance(value, type) and issubclass(value, Form)


def field_names(form_class):
    """Return the names of a form class's fields, in the order of their definition."""
    fields = {name: getattr(form_class, name) for name in dir(form_class)}
    unbound = {name: field for name, field in fields.items() if isinstance(field, UnboundField)}
    return sorted(unbound, key=lambda name: unbound[name].creation_counter)


class Required:
    """A validator that rejects an empty field with a message and stops the chain."""

    def __init__(self, message):
        """Set the message, and the HTML attribute ``required``."""
        self.message, self.field_flags = message, {"required": True}

    def __call__(self, form, field):
        """Stop the validation chain if the field is empty."""
        if not field.data:
            raise StopValidation(self.message)


class StopLength(Length):
    """WTForms' Length, which also rejects truncated values and stops the chain."""

    def __call__(self, form, field):
        """Stop the validation chain if the length is wrong or a raw value was truncated."""
        truncated = any(is_truncated(field, text) for text in field.raw_data or [])
        if truncated or not max(0, self.min) <= len(field.data or "") <= self.max:
            raise StopValidation(self.message)


def is_truncated(field, text):
    """Return whether a field's raw value has the length to which requests are truncated."""
    limit = PARAGRAPHS_LENGTH if isinstance(field, TextAreaField) else FIELD_LENGTH
    return isinstance(text, str) and len(text) >= limit


def length_validators(required, size, *more):
    """Return a text field's validators; ``required`` is the message for an empty one."""
    too_long = f"Please use at most {size:,} characters."
    return [*([Required(required)] if required else []), StopLength(max=size, message=too_long),
            *more]


def hidden_field():
    """Return a hidden field, which is shown again without characters that HTML forbids."""
    return HiddenField(filters=[lambda value: clean_line(str(value or ""))])


def text_field(label, size, required=None, hint="", validators=(), **render):
    """Return a single-line text field; ``required`` is the message for an empty value."""
    return StringField(label, length_validators(required, size, *validators), filters=[clean_line],
                       description=hint, render_kw=render)


def textarea_field(label, size, required=None, hint="", **render):
    """Return a textarea; ``required`` is the message for an empty value."""
    return TextAreaField(label, length_validators(required, size), filters=[clean_text],
                         description=hint,
                         render_kw={"rows": 6, "data-js": "grow count"} | render)


def check_email(form, field):
    """Reject an invalid email address, and stop the validation chain."""
    try:
        parse_email(lower_email(field.data))
    except EmailNotValidError as error:
        reason = str(error).replace("period", "dot")  # British English
        raise StopValidation(f"That doesn't look like an email address. {reason}") from error


def check_deliverable(form, field):
    """Reject a valid email address that the mail server is known not to take."""
    if not can_deliver_to(lower_email(field.data)):
        raise ValidationError("We can't send email to addresses with letters like “é” before the "
                              "@. Please use another one.")


# No type="email": browsers refuse letters like é before the @ there, with no way to send them.
EMAIL_INPUT = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}


def email_field(*validators, autocomplete="email"):
    """Return a field for a valid email address."""
    return StringField("Email", length_validators("Enter your email address.", EMAIL_LENGTH,
                                                  check_email, *validators), filters=[clean_line],
                       render_kw=EMAIL_INPUT | {"autocomplete": autocomplete})


def refuse_web_address(form, field):
    """Reject a name that mail programs may turn into a link."""
    name = INVISIBLE.sub("", unicodedata.normalize("NFKC", field.data))
    if WEB_ADDRESS.search(name):
        raise ValidationError("Names can't contain web addresses.")


class TermsField(Field):
    """A list of free-text terms, one an input; empty inputs are ignored.

    size: characters of a term; most: terms; blanks: empty inputs for more, without JavaScript.
    """

    def __init__(self, label, size=TERM_LENGTH, most=TERMS, blanks=3, **kwargs):
        """Set the limits."""
        super().__init__(label, default=list, **kwargs)
        self.size, self.most, self.blanks = size, most, blanks

    def inputs(self):
        """Return the values of the inputs: the terms, then blanks, one at least."""
        terms = self.data or []
        return [*terms, *[""] * max(1, min(self.blanks, self.most - len(terms)))]

    def process_formdata(self, valuelist):
        """Clean the terms; those far beyond the limit are dropped unread."""
        values = islice(filter(None, valuelist), 10 * self.most)
        self.data = [clean_line(value) for value in values]

    def pre_validate(self, form):
        """Reject blank, repeated, too long and too many terms, naming each one."""
        short = [term for term in self.data if len(term) <= self.size]
        counts = Counter(map(fold_case, short))
        problems = {f"You've listed {quoted(term)} more than once."
                    for term in short if term and counts[fold_case(term)] > 1}
        problems |= {f"{quoted(term[:20] + '…')} is longer than {self.size} characters."
                     for term in self.data if len(term) > self.size}
        truncated = any(is_truncated(self, value) for value in self.raw_data or [])
        if truncated:
            problems.add(f"Please use at most {self.size} characters per item.")
        problems |= {"One of the items is blank."} if "" in self.data else set()
        problems |= {f"You can add up to {self.most}."} if len(self.data) > self.most else set()
        if problems:
            raise StopValidation(" ".join(sorted(problems)))


class TopicsField(SelectMultipleField):
    """Checkboxes for topics; duplicates are removed."""

    def __init__(self, label, least, most, **kwargs):
        """Allow ``least`` to ``most`` topics."""
        super().__init__(label, coerce=clean_line,
                         choices=[SelectChoice(*topic) for topic in offered_topics().items()],
                         filters=[lambda slugs: list(dict.fromkeys(slugs or []))], **kwargs)
        self.least, self.most = least, most
        self.refusal = f"Please choose {least} to {most} topics."  # topics.js says it, too

    def process_data(self, value):
        """Offer the topics chosen before, too, which may have been withdrawn since."""
        super().process_data(value)
        withdrawn = set(self.data or ()) - {choice.value for choice in self.choices}
        self.choices += [SelectChoice(slug, topic_name(slug)) for slug in sorted(withdrawn)]

    def pre_validate(self, form):
        """Reject unknown topics, too few and too many."""
        if not set(self.data) <= {choice.value for choice in self.choices}:
            raise StopValidation("Please choose topics from the list.")
        if not self.least <= len(self.data) <= self.most:
            raise StopValidation(self.refusal)


class Switch(BooleanField):
    """A checkbox beside a hidden "0", so that unchecked differs from missing."""

    def __init__(self, label, unsent, **kwargs):
        """Set the value for a request with neither: ``unsent``."""
        super().__init__(label, **kwargs)
        self.unsent = unsent

    def process_formdata(self, valuelist):
        """Set True if any value is true, and ``unsent`` without any."""
        values = [value not in FALSE_VALUES for value in valuelist]
        self.data = any(values) if values else self.unsent


class AudienceField(RadioField):
    """Who sees a dream. Of several values the last counts, as that of the button pressed."""

    def __init__(self, label, **kwargs):
        """Offer AUDIENCES; default: everybody."""
        super().__init__(label, coerce=clean_line, default="everybody", choices=[
            SelectChoice(*audience) for audience in AUDIENCES.items()], **kwargs)

    def process_formdata(self, valuelist):
        """Set the last value; without any the data stays."""
        super().process_formdata(valuelist[-1:])


class PictureField(FileField):
    """A file to upload, whose data is never the name of a stored picture."""

    def process_data(self, value):
        """Begin without a file, whatever is stored."""
        super().process_data(None)


def text_or_none(value):
    """Return a password unchanged, or None if it isn't text but an uploaded file."""
    return value if isinstance(value, str) else None


def refuse_common_password(form, field):
    """Reject a password on the list of common ones."""
    if field.data.lower() in COMMON_PASSWORDS:
        raise ValidationError("That password is too common and easy to guess. Try three or four "
                              "random words.")


def new_password_field(label="Password"):
    """Return a field for a new password."""
    shortest, longest = PASSWORD_LENGTH
    too_long = f"Please use {shortest} to {longest} characters."
    return PasswordField(
        label, [Required("Choose a password."), StopLength(shortest, longest, too_long),
                refuse_common_password],
        filters=[text_or_none],
        description=f"At least {shortest} characters. A few random words work well.",
        render_kw={"autocomplete": "new-password"})


def check_own_password(form, field):
    """Reject anything but the viewer's password."""
    if not is_still_password(form.viewer, field.data or ""):
        raise ValidationError("That's not your current password." if field.data else
                              "Enter your password to confirm.")


def own_password_field():
    """Return a field that asks for the viewer's current password."""
    return PasswordField("Current password", [Required("Enter your password to confirm."),
                                              check_own_password],
                         filters=[text_or_none], render_kw={"autocomplete": "current-password"})


def aria_attributes(field, name):
    """Return the ARIA attributes that link a control to its hint and its errors."""
    texts = {"hint": field.description, "error": field.errors}
    ids = [f"{name}-{kind}" for kind in texts if texts[kind]]
    invalid = {"aria-invalid": "true"} if field.errors else {}
    return invalid | ({"aria-describedby": " ".join(ids)} if ids else {})
