"""Every form and field: lengths, rules, and the message of each refusal."""
import unicodedata
from collections import Counter
from itertools import islice

import regex
from email_validator import EmailNotValidError
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField, Field, PasswordField, SelectField, SelectMultipleField, StringField,
    TextAreaField, ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.validators import Length, StopValidation

from dreamscape.text import (
    EMAIL_LENGTH, clean_line, clean_text, field_length, fold, fold_typed, once_key, parse_email,
    quoted,
)
from dreamscape import convert
from dreamscape.accounts import is_new_address
from dreamscape.dreams import dream_words
from dreamscape.limits import add_use_if_left
from dreamscape.moderation import SUSPENSIONS
from dreamscape.passwords import COMMON_PASSWORDS, PASSWORD_LENGTH, is_password
from dreamscape.reports import REASON_LENGTH
from dreamscape.settings import REQUEST_BYTES
from dreamscape.topics import TOPICS_MOST, offered_topics


# Fields ######################################################################

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
        cut = [text for text in field.raw_data or [] if is_cut(field.name, text)]
        if cut or not max(0, self.min) <= len(field.data or "") <= self.max:
            raise StopValidation(self.message)


def is_cut(name, text):
    """Return whether a field's text was truncated as it came in."""
    return isinstance(text, str) and len(text) >= field_length(name)


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
        ascii_email = parse_email(fold_typed(field.data)).ascii_email
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
        counts = Counter(map(fold, short))
        problems = {f"You've listed {quoted(term)} more than once."
                    for term in short if term and counts[fold(term)] > 1}
        problems |= {f"{quoted(term[:20] + '…')} is longer than {TERM_LENGTH} characters."
                     for term in self.data if len(term) > TERM_LENGTH}
        cut = [value for value in self.raw_data or [] if is_cut(self.name, value)]
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


# Forms #######################################################################


class SignupForm(Form):
    """What is asked of a new dreamer; all else comes later, stage by stage."""

    first_name = text_field("First name", NAME_LENGTH, "Enter your first name.",
                            validators=[no_web_address], autocomplete="given-name")
    last_name = text_field("Last name", NAME_LENGTH, "Enter your last name.",
                           validators=[no_web_address], autocomplete="family-name")
    email = email_field()
    password = new_password_field()


class LoginForm(Form):
    """Address and password of a dreamer."""

    email = StringField("Email", length_validators("Enter your email address.", EMAIL_LENGTH),
                        filters=[clean_line],
                        render_kw={"type": "email", "autocomplete": "username"})
    password = PasswordField("Password", [Filled("Enter your password.")],
                             filters=[only_text], render_kw={"autocomplete": "current-password"})


class ConfirmAgainForm(Form):
    """The address that the link is sent to, which somebody unconfirmed may correct."""

    email = email_field()


BIO_LENGTH = 1_000  # characters
LOCATION_LENGTH = 100  # characters
FORM_BYTES = 5_000  # of a request that brings a picture, for all else in it


class AboutForm(Form):
    """Who a dreamer is, in their own words."""

    bio = textarea_field("About you", BIO_LENGTH,
                         hint="What drives you? What should people know about you?")
    location = text_field("Where you are", LOCATION_LENGTH, autocomplete="address-level2",
                          hint="City, region or country – whatever you're happy to share.")


class PictureForm(Form):
    """A dreamer's picture."""

    picture = FileField("Picture", render_kw={
        "accept": convert.TYPES, "data-js": "picture", "data-kinds": convert.KINDS,
        "data-limit": REQUEST_BYTES - FORM_BYTES},
                        description=f"{convert.KINDS}, up to {REQUEST_BYTES // 1_000_000} MB.")
    remove = Switch("Remove picture", unsent=False)


class SkillsForm(Form):
    """What a dreamer can do and has been through."""

    skills = TermsField("Skills", description="What can you do? One skill at a time.")
    experiences = TermsField(
        "Experiences", description="What have you done or lived through that could help "
                                   "someone else?")


class InterestsForm(Form):
    """The topics a dreamer cares for."""

    interests = TopicsField("Interests", 0, TOPICS_MOST,
                            description="We use these to suggest dreams.")


class AccountForm(Form):
    """A dreamer's names and address; the password only where the address changes."""

    first_name, last_name = SignupForm.first_name, SignupForm.last_name
    email = SignupForm.email
    current_password = PasswordField(
        "Current password (only needed to change your email)", filters=[only_text],
        render_kw={"autocomplete": "current-password"})

    def validate_current_password(self, field):
        """Ask for the password of whoever gives a new address that is one."""
        if not self.email.errors and is_new_address(self.viewer, self.email.data):
            own_password(self, field)

    def validate(self, **options):
        """Refuse a new name or address, once all else is right, when there were too many."""
        if not super().validate(**options):
            return False
        renamed = f"{self.first_name.data} {self.last_name.data}" != self.viewer["name"]
        viewer_key = str(self.viewer["_id"])
        if renamed and not add_use_if_left("new name", viewer_key):
            self.first_name.errors = ["You can only change your name five times a day. Please try "
                                      "again tomorrow."]
        moved = is_new_address(self.viewer, self.email.data)
        if moved and not add_use_if_left("confirmation mail", viewer_key):
            self.email.errors = ["That's a lot of new addresses. Please try again in 15 minutes."]
        return not self.first_name.errors and not self.email.errors


class PasswordForm(Form):
    """The password now and the new one."""

    current_password = own_password_field()
    password = new_password_field("New password")


class ProofForm(Form):
    """The viewer's password, for what only they may do."""

    current_password = own_password_field()


TITLE_LENGTH = 100  # characters
DESCRIPTION_LENGTH = 3_000  # characters
ALT_LENGTH = 300  # characters
DREAM_TOPICS = (1, 5)


class DreamForm(Form):
    """The Dreambuilder."""

    title = text_field("Your dream in one line", TITLE_LENGTH, "Give your dream a title.",
                       "What do you hope for?")
    description = textarea_field("Tell us more", DESCRIPTION_LENGTH, "Tell us a little more.",
                                 "Why does it matter to you? What do you already have? What would "
                                 "help?", rows=10)
    topics = TopicsField("Topics", *DREAM_TOPICS, description="Choose one to five.")
    comments_enabled = Switch("Allow comments", unsent=True, default=True)


class DreamEditForm(DreamForm):
    """The Dreambuilder for a dream that exists."""

    comments_enabled = Switch("Allow comments", unsent=False)


class DreamPictureForm(PictureForm):
    """A dream's picture, and words for who cannot see it."""

    alt = text_field("Describe the picture for people who can't see it", ALT_LENGTH)


def dream_fields(form, author):
    """Return the fields of a dream that a form decides."""
    fields = form.fields(*field_names(DreamForm))
    return fields | {"words": dream_words(fields, author["name"]),
                     "once": once_key(fields["title"], fields["description"], *fields["topics"])}


COMMENT_LENGTH = 2_000  # characters


class CommentForm(Form):
    """One comment."""

    body = textarea_field("Comment", COMMENT_LENGTH, "Please write something first.", rows=4)


class ReportForm(Form):
    """Why something is reported."""

    reason = textarea_field("What's wrong with it?", REASON_LENGTH, "Tell us what's wrong with it.",
                            "Only moderators see this. We never tell the author who reported them.",
                            rows=4)


class ActForm(Form):
    """Why a moderator does something, and for how long where it ends."""

    reason = textarea_field("Reason", REASON_LENGTH, "Please give a reason.",
                            "The person affected can read this. It's kept in the log.", rows=3)
    days = SelectField("Length of suspension", coerce=clean_line, default="7",
                       choices=[SelectChoice(*length) for length in SUSPENSIONS.items()])


TOPIC_LENGTH = 40  # characters


class TopicForm(Form):
    """A topic of the site, and why it is added or changed."""

    name = text_field("Name", TOPIC_LENGTH, "Give the topic a name.",
                      "Dreams with this topic keep it if you rename it.")
    offered = Switch("People can choose it", unsent=True, default=True)
    reason = ActForm.reason


class ResetRequestForm(Form):
    """Whose password is to be reset."""

    email = email_field()


class ResetForm(Form):
    """The new password."""

    password = new_password_field()


# Drafts ######################################################################

DRAFT_FIELDS = {  # endpoint: the fields of its form that a draft holds, and where to return to
    endpoint: (*field_names(form_class), *more) for endpoint, form_class, *more in (
        ("dreambuilder", DreamForm), ("dream_edit", DreamEditForm),
        ("comment_add", CommentForm, "next"), ("comment_edit", CommentForm, "next"),
        ("dream_report", ReportForm, "next"), ("comment_report", ReportForm, "next"),
        ("profile_about", AboutForm), ("profile_skills", SkillsForm),
        ("profile_interests", InterestsForm))
}
