"""The fields of forms: lengths, rules, and the message of each refusal."""
import unicodedata
from collections import Counter
from itertools import islice

import regex
from email_validator import EmailNotValidError
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField, Field, PasswordField, SelectMultipleField, StringField,
    TextAreaField, ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.validators import Length, StopValidation

from dreamscape.text import (
    EMAIL_LENGTH, clean_line, clean_text, fold_case, lower_email, parse_email, quoted,
)
from dreamscape.passwords import COMMON_PASSWORDS, PASSWORD_LENGTH, is_password
from dreamscape.topics import offered_topics

FIELD_LENGTH = 2_000  # characters read of a value of a form or a query
PARAGRAPHS_LENGTH = 100_000  # characters read of a field for paragraphs
NAME_LENGTH = 50  # characters
TERM_LENGTH = 60  # characters of a skill or an experience
TERMS = 30  # skills, and experiences, of one dreamer
FALSE_VALUES = ("", "0", "false", "off", "no")
INVISIBLE = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]")
# With a dot inside, names are initials or short titles before a capital: "J.Smith", "St.John",
# "Dr.No"; or as short in a script that has no capitals.
WEB_ADDRESS = regex.compile(r"""
    @ | :// | [^\s.]\.\w\S*/ | \b(?i:www)[.。] | \S。\S
    | (?:[\p{L}\p{N}-]\p{M}*){4,}(?:\.\w+)*\.\w{2}      # Evil.Com
    | [^\s.]\.(?:[\p{Ll}-][\w-]|\p{N})                 # x.com, 10.0.0.1
    | \.(?i:com|info|net|org)\b                         # X.Com
    """, regex.VERBOSE)


class Form(FlaskForm):
    """A form of this site. viewer: who fills it in, a dreamer or None."""

    def __init__(self, viewer=None, **kwargs):
        """Fill the form from what was posted, or ``formdata`` if given."""
        self.viewer = viewer
        super().__init__(**kwargs)

    def fields(self, *names):
        """Return {name: data} of some fields, with "" for what was left out."""
        return {name: "" if self[name].data is None else self[name].data for name in names}


def field_names(form_class):
    """Return the names of a form class's own fields, in their order."""
    fields = {name: getattr(form_class, name) for name in dir(form_class)}
    unbound = {name: field for name, field in fields.items() if isinstance(field, UnboundField)}
    return sorted(unbound, key=lambda name: unbound[name].creation_counter)


class Filled:
    """A validator that refuses an empty field, with a sentence of the form's own."""

    def __init__(self, message):
        """Keep the sentence, and have browsers ask for the field too."""
        self.message, self.field_flags = message, {"required": True}

    def __call__(self, form, field):
        """Stop at an empty field: other messages would only repeat it."""
        if not field.data:
            raise StopValidation(self.message)


class StopLength(Length):
    """WTForms' Length, but it stops the validation chain."""

    def __call__(self, form, field):
        """Stop at a wrong length, and at a text that was cut as it came in."""
        cut = [text for text in field.raw_data or [] if is_cut(field, text)]
        if cut or not max(0, self.min) <= len(field.data or "") <= self.max:
            raise StopValidation(self.message)


def is_cut(field, text):
    """Return whether a field's text was truncated as it came in."""
    longest = PARAGRAPHS_LENGTH if isinstance(field, TextAreaField) else FIELD_LENGTH
    return isinstance(text, str) and len(text) >= longest


def length_validators(required, size, *more):
    """Return the validators of a text field: what it says when empty, its length, and more."""
    too_long = f"Please use at most {size:,} characters."
    return [*([Filled(required)] if required else []), StopLength(max=size, message=too_long),
            *more]


def text_field(label, size, required=None, hint="", validators=(), **render):
    """Return a field for one line of text; ``required`` is what it says when empty."""
    return StringField(label, length_validators(required, size, *validators), filters=[clean_line],
                       description=hint, render_kw=render)


def textarea_field(label, size, required=None, hint="", **render):
    """Return a field for paragraphs of text; ``required`` is what it says when empty."""
    return TextAreaField(label, length_validators(required, size), filters=[clean_text],
                         description=hint,
                         render_kw={"rows": 6, "data-js": "grow count"} | render)


def valid_email(form, field):
    """Refuse what cannot be a mail address, or is one we cannot send to, and say why."""
    try:
        ascii_email = parse_email(lower_email(field.data)).ascii_email
    except EmailNotValidError as error:
        raise ValidationError(f"That doesn't look like an email address. {error}") from error
    if not ascii_email:
        raise ValidationError("We can't send email to addresses with letters like “é” before the "
                              "@. Please use another one.")


def email_field():
    """Return a field for a mail address."""
    return StringField("Email", length_validators("Enter your email address.", EMAIL_LENGTH,
                                                  valid_email), filters=[clean_line],
                       render_kw={"type": "email", "autocomplete": "email"})


def no_web_address(form, field):
    """Refuse a name that mail programs may show as a link."""
    name = INVISIBLE.sub("", unicodedata.normalize("NFKC", field.data))
    if WEB_ADDRESS.search(name):
        raise ValidationError("Names can't contain web addresses.")


class TermsField(Field):
    """Terms in a dreamer's own words, one an input; inputs left empty do not count."""

    def process_formdata(self, valuelist):
        """Take the terms as typed, their blanks squeezed."""
        told = islice(filter(None, valuelist), 10 * TERMS)
        self.data = [clean_line(value) for value in told]

    def pre_validate(self, form):
        """Refuse blank, repeated, overlong and too many terms, naming each one."""
        short = [term for term in self.data if len(term) <= TERM_LENGTH]
        counts = Counter(map(fold_case, short))
        problems = {f"You've listed {quoted(term)} more than once."
                    for term in short if term and counts[fold_case(term)] > 1}
        problems |= {f"{quoted(term[:20] + '…')} is longer than {TERM_LENGTH} characters."
                     for term in self.data if len(term) > TERM_LENGTH}
        cut = [value for value in self.raw_data or [] if is_cut(self, value)]
        problems |= {f"Please use at most {TERM_LENGTH} characters per item."} if cut else set()
        problems |= {"One of the items is blank."} if "" in self.data else set()
        problems |= {f"You can add up to {TERMS}."} if len(self.data) > TERMS else set()
        if problems:
            raise StopValidation(" ".join(sorted(problems)))


class TopicsField(SelectMultipleField):
    """Topics to tick, each counted once."""

    def __init__(self, label, least, most, **kwargs):
        """Allow ``least`` to ``most`` topics."""
        super().__init__(label, coerce=clean_line,
                         choices=[SelectChoice(*topic) for topic in offered_topics().items()],
                         filters=[lambda slugs: list(dict.fromkeys(slugs or []))], **kwargs)
        self.least, self.most = least, most

    def pre_validate(self, form):
        """Refuse unknown topics, too few and too many."""
        super().pre_validate(form)
        if not self.least <= len(self.data) <= self.most:
            raise StopValidation(f"Please choose {self.least} to {self.most} topics.")


class Switch(BooleanField):
    """A box to tick beside a hidden "0", so that unticked differs from not sent at all."""

    def __init__(self, label, unsent, **kwargs):
        """Mean ``unsent`` when the form holds neither the box nor the hidden field."""
        super().__init__(label, **kwargs)
        self.unsent = unsent

    def process_formdata(self, valuelist):
        """Be on when any value says so."""
        sent = [value not in FALSE_VALUES for value in valuelist]
        self.data = any(sent) if sent else self.unsent


def only_text(value):
    """Return a password exactly as typed, and None for what is no text."""
    return value if isinstance(value, str) else None


def uncommon(form, field):
    """Refuse a password that many others have, for it is the first to be guessed."""
    if field.data.lower() in COMMON_PASSWORDS:
        raise ValidationError("That password is too common and easy to guess. Try three or four "
                              "random words.")


def new_password_field(label="Password"):
    """Return a field for a password that is to be kept."""
    shortest, longest = PASSWORD_LENGTH
    too_long = f"Please use {shortest} to {longest} characters."
    return PasswordField(
        label, [Filled("Choose a password."), StopLength(shortest, longest, too_long),
                uncommon],
        filters=[only_text],
        description=f"At least {shortest} characters. A few random words work well.",
        render_kw={"autocomplete": "new-password"})


def own_password(form, field):
    """Refuse what is not the viewer's password."""
    if not is_password(form.viewer, field.data or ""):
        raise ValidationError("That's not your current password." if field.data else
                              "Enter your password to confirm.")


def own_password_field():
    """Return a field in which the viewer proves to be who they are."""
    return PasswordField("Current password", [Filled("Enter your password to confirm."),
                                              own_password],
                         filters=[only_text], render_kw={"autocomplete": "current-password"})


def described(field, name):
    """Return the attributes that tie a control to its hint and its errors."""
    shown = {"hint": field.description, "error": field.errors}
    texts = [f"{name}-{kind}" for kind in shown if shown[kind]]
    invalid = {"aria-invalid": "true"} if field.errors else {}
    return invalid | ({"aria-describedby": " ".join(texts)} if texts else {})
