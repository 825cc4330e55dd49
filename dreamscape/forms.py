"""The forms of the site, and which of their fields drafts store."""
from wtforms import PasswordField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from dreamscape.fields import (
    EMAIL_INPUT, NAME_LENGTH, AudienceField, Form, PictureField, Required, Switch, TermsField,
    TopicsField, check_deliverable, check_own_password, email_field, field_names, hidden_field,
    length_validators, new_password_field, own_password_field, refuse_web_address, text_field,
    text_or_none, textarea_field,
)
from dreamscape.text import EMAIL_LENGTH, clean_line, idempotency_key, quoted
from dreamscape import convert
from dreamscape.accounts import is_new_email
from dreamscape.database import DREAM_DEFAULTS, DREAM_TEXTS
from dreamscape.dreams import dream_words
from dreamscape.limits import add_use_if_left
from dreamscape.moderation import SUSPENSIONS
from dreamscape.needs import (
    NEED_LENGTH, NEEDS, edited_needs, find_helped_ids, need_fields, need_texts,
)
from dreamscape.notifications import EMAIL_CHOICES, EMAIL_KINDS
from dreamscape.reports import OTHER_RULE, REASON_LENGTH, RULE_CHOICES
from dreamscape.settings import REQUEST_BYTES
from dreamscape.topics import MAX_TOPICS


class SignupForm(Form):
    """Sign-up; the rest of the profile follows in stages."""

    first_name = text_field("First name", NAME_LENGTH, "Enter your first name.",
                            validators=[refuse_web_address], autocomplete="given-name")
    last_name = text_field("Last name", NAME_LENGTH, "Enter your last name.",
                           validators=[refuse_web_address], autocomplete="family-name")
    # A password manager stores it beside the password: it is what one signs in with.
    email = email_field(check_deliverable, autocomplete="username")
    password = new_password_field()


class LoginForm(Form):
    """Sign-in with email address and password."""

    email = StringField("Email", length_validators("Enter your email address.", EMAIL_LENGTH),
                        filters=[clean_line],
                        render_kw=EMAIL_INPUT | {"autocomplete": "username"})
    password = PasswordField("Password", [Required("Enter your password.")],
                             filters=[text_or_none], render_kw={"autocomplete": "current-password"})


class ConfirmAgainForm(Form):
    """The address to which the confirmation link is sent again, for correction."""

    email = email_field(check_deliverable)


BIO_LENGTH = 1_000  # characters
LOCATION_LENGTH = 100  # characters
FORM_BYTES = 5_000  # of a request with a picture, for everything but the picture


class AboutForm(Form):
    """First stage of the profile: bio and location."""

    bio = textarea_field("About you", BIO_LENGTH,
                         hint="What drives you? What should people know about you?")
    location = text_field("Where you are", LOCATION_LENGTH, autocomplete="address-level2",
                          hint="City, region or country – whatever you're happy to share.")


class PictureForm(Form):
    """Upload or removal of a picture."""

    picture = PictureField("Picture", render_kw={
        "accept": convert.MIME_TYPES, "data-js": "picture", "data-kinds": convert.FORMAT_NAMES,
        "data-limit": REQUEST_BYTES - FORM_BYTES},
        description=f"{convert.FORMAT_NAMES}, up to {REQUEST_BYTES // 1_000_000} MB.")
    remove = Switch("Remove picture", unsent=False)


class SkillsForm(Form):
    """Third stage of the profile: skills and experiences."""

    skills = TermsField("Skills", description="What can you do? One skill at a time.")
    experiences = TermsField(
        "Experiences", description="What have you done or lived through that could help "
                                   "someone else?")
    suggestable = Switch("Suggest me to people who need my skills", unsent=True, default=True)


class InterestsForm(Form):
    """Last stage of the profile: topics of interest."""

    interests = TopicsField("Interests", 0, MAX_TOPICS,
                            description="We use these to suggest dreams.")


class AccountForm(Form):
    """Names and email address; changing the address requires the password."""

    first_name, last_name = SignupForm.first_name, SignupForm.last_name
    email = email_field()
    current_password = PasswordField(
        "Current password (only needed to change your email)", filters=[text_or_none],
        render_kw={"autocomplete": "current-password"})

    def validate_email(self, field):
        """Require an address that can be mailed to, if it is valid and new."""
        if is_new_email(self.viewer, field.data):
            check_deliverable(self, field)

    def validate_current_password(self, field):
        """Require the password if the email address is valid and new."""
        if not self.email.errors and is_new_email(self.viewer, self.email.data):
            check_own_password(self, field)

    def validate(self, **options):
        """Apply the rate limits of new names and addresses, if all fields are valid."""
        if not super().validate(**options):
            return False
        renamed = f"{self.first_name.data} {self.last_name.data}" != self.viewer["name"]
        viewer_key = str(self.viewer["_id"])
        if renamed and not add_use_if_left("new name", viewer_key):
            self.first_name.errors = ["You can only change your name five times a day. Please try "
                                      "again tomorrow."]
        has_new_email = is_new_email(self.viewer, self.email.data)
        if has_new_email and not add_use_if_left("confirmation mail", viewer_key):
            self.email.errors = ["That's a lot of new addresses. Please try again in 15 minutes."]
        return not self.first_name.errors and not self.email.errors


class PasswordForm(Form):
    """Change of the password."""

    current_password = own_password_field()
    password = new_password_field("New password")


class OwnPasswordForm(Form):
    """The viewer's password, required for export and deletion."""

    current_password = own_password_field()


TITLE_LENGTH = 100  # characters
DESCRIPTION_LENGTH = 3_000  # characters
ALT_LENGTH = 300  # characters
DREAM_TOPICS = (1, 5)


class DreamForm(Form):
    """The Dreambuilder: a new dream."""

    title = text_field("Your dream in one line", TITLE_LENGTH, "Give your dream a title.",
                       "For example: “See snow together with my father.”")
    description = textarea_field("Tell us more", DESCRIPTION_LENGTH, "Tell us a little more.",
                                 "Why does it matter to you? What do you already have?", rows=6)
    needs = TermsField("Needs", NEED_LENGTH, NEEDS, blanks=NEEDS, description=(
        "What would help? Up to five things, one at a time: a skill, a thing to borrow, an hour of "
        "someone's time."))
    topics = TopicsField("Topics", *DREAM_TOPICS,
                         description="To share a dream, choose one to five.")
    comments_enabled = Switch("Allow comments", unsent=True, default=True)
    audience = AudienceField("Who can see it?", description="You can change this later. A draft, "
                             "which only you can see, may be unfinished.")
    # The id of a draft, how often it was saved, and the form's idempotency key.
    draft, version, once = hidden_field(), hidden_field(), hidden_field()

    def is_draft(self):
        """Return whether what is sent is to be a draft, which may lack texts."""
        return self.audience.data == "me"

    def validate(self, **options):
        """Require of a draft no more than one text or topic."""
        is_valid, texts = super().validate(**options), [self[name] for name in DREAM_TEXTS]
        if not self.is_draft():
            return is_valid
        for field in (*texts, self.topics):
            field.errors = field.errors if field.data else []
        if not any(field.data for field in (*texts, self.topics, self.needs)):
            self.title.errors = ["Write something first."]
        return not any(field.errors for field in self)

    def find_all_needs(self):
        """Return the dream's needs once the form is accepted."""
        return edited_needs([], self.needs.data)


class DreamEditForm(DreamForm):
    """An existing dream; unlike in a new one, a missing checkbox means unchecked."""

    comments_enabled = Switch("Allow comments", unsent=False)

    def __init__(self, data, **kwargs):
        """Fill the form with a dream."""
        self.dream = data
        super().__init__(data=data | {
            "needs": need_texts(data), "audience": data["audience"] or "everybody",
            "draft": str(data["_id"]) if data["draft"] else "",
            # Else it would be saved as the title.
            "title": "" if data["draft"] and data["title"] == DREAM_DEFAULTS["title"]
            else data["title"]}, **kwargs)

    def is_draft(self):
        """Return whether the dream is a draft and stays one."""
        return self.dream["draft"] and super().is_draft()

    def validate_needs(self, field):
        """Refuse so many needs that none is left for one that somebody helps with."""
        needs = self.find_all_needs()
        if len(needs) > NEEDS:
            raise ValidationError(f"{quoted(needs[-1]['text'])} stays on the list because someone "
                                  f"helps with it. You can list up to {NEEDS}.")

    def find_all_needs(self):
        """Return the dream's needs once the form is accepted, with those that stay on the list."""
        helped_ids = find_helped_ids(self.dream)
        return edited_needs(self.dream["needs"], self.needs.data, helped_ids)


class DreamPictureForm(PictureForm):
    """A dream's picture and its alternative text."""

    alt = text_field("Describe the picture for people who can't see it", ALT_LENGTH)


class NewDreamForm(DreamForm, DreamPictureForm):
    """A new dream, with a picture or without."""


DREAM_FIELDS = [name for name in field_names(DreamForm)
                if name not in ("draft", "version", "once")]


def dream_fields(form, author):
    """Return a dream's fields from a form, with its search words and idempotency key."""
    fields = form.fields(*DREAM_FIELDS)
    fields["audience"] = None if fields["audience"] == "everybody" else fields["audience"]
    fields |= need_fields(edited_needs([], fields["needs"]))
    key = idempotency_key(*(fields[name] for name in DREAM_TEXTS), *fields["topics"])
    words = dream_words(fields | {"needs": form.find_all_needs()}, author["name"])
    return fields | {"words": words, "once": key}


COMMENT_LENGTH = 2_000  # characters


class CommentForm(Form):
    """A new comment, or an edited one. parent: the id of the comment that it answers, or ""."""

    parent = hidden_field()
    body = textarea_field("Comment", COMMENT_LENGTH, "Please write something first.", rows=4)


class UpdateForm(DreamPictureForm):
    """An update of a dream, new or edited, with a picture or without."""

    body = textarea_field("What happened?", COMMENT_LENGTH, "Please write something first.", rows=4)

    def __init__(self, update=None, **kwargs):
        """Fill the form with an update, if it edits one."""
        data = {"body": update["body"], "alt": update["picture_alt"]} if update else None
        super().__init__(data=data, **kwargs)


STORY_LENGTH = 3_000  # characters
ANSWERS_LENGTH = 1_000  # characters
TOOK_LENGTH = 100  # characters
LINE_LENGTH = 200  # characters


class StoryTextForm(Form):
    """The story of how a dream came true: four prompts, all of them optional."""

    story = textarea_field("What happened?", STORY_LENGTH,
                           hint="As long or as short as you like.", rows=8)
    helped = textarea_field("Who and what helped?", ANSWERS_LENGTH, rows=3)
    took = text_field("How long did it take?", TOOK_LENGTH)
    advice = textarea_field("What would you tell others?", ANSWERS_LENGTH, rows=3)


class StoryForm(StoryTextForm, DreamPictureForm):
    """A story with its picture."""


class LineForm(Form):
    """A line beside the story of how somebody's dream came true."""

    body = text_field("Your line", LINE_LENGTH, "Please write something first.",
                      "One line to stand beside the story, as you were part of it.")


OFFER_LENGTH = 1_000  # characters
MESSAGE_LENGTH = 2_000  # characters
THANKS_LENGTH = 140  # characters


class OfferForm(Form):
    """An offer of help. need: the id of what it is about, "" for the dream as such."""

    need = hidden_field()
    message = textarea_field("Your message", OFFER_LENGTH, "Please write something first.",
                             "What can you do, and when? Only the two of you can read this.")


class MessageForm(Form):
    """A message about an offer."""

    body = textarea_field("Your message", MESSAGE_LENGTH, "Please write something first.", rows=4)


class ThanksForm(Form):
    """The public thanks for help, in one line."""

    thanks = text_field("Your thanks in one line", THANKS_LENGTH, "Please write something first.",
                        "Everyone can read it, here and on their page. For example: “Lent us a "
                        "tent for a week.”")


class ReportForm(Form):
    """Report of what somebody wrote; one of words alone is about something else."""

    rule = RadioField("Which rule is it about?", coerce=clean_line,
                      choices=[SelectChoice(*choice) for choice in RULE_CHOICES.items()],
                      validate_choice=False,
                      validators=[AnyOf(RULE_CHOICES, "Please choose a rule from the list.")])
    reason = textarea_field(
        "What's wrong?", REASON_LENGTH,
        hint="Needed only if it's something else. Only moderators see this. We never tell the "
             "author who reported them.", rows=4)

    def validate(self, **kwargs):
        """Set OTHER_RULE if there are words but no rule."""
        if self.rule.data is None and self.reason.data:
            self.rule.data = OTHER_RULE
        return super().validate(**kwargs)

    def validate_reason(self, field):
        """Require words unless a rule says what is wrong."""
        if not field.data and self.rule.data == OTHER_RULE:
            raise ValidationError("Tell us what's wrong.")


class ActForm(Form):
    """A moderator's reason for an act, the rule it is about, and the length of a suspension."""

    reason = textarea_field("Reason", REASON_LENGTH, "Please give a reason.",
                            "The person affected can read this. It's kept in the log.", rows=3)
    rule = SelectField("Rule", coerce=clean_line, default=OTHER_RULE,
                       choices=[SelectChoice(*choice) for choice in RULE_CHOICES.items()])
    days = SelectField("Length of suspension", coerce=clean_line, default="7",
                       choices=[SelectChoice(*length) for length in SUSPENSIONS.items()])


ANSWER_LENGTH = 1_000  # characters


class AnswerForm(Form):
    """The answer of whom a moderator's decision concerns."""

    answer = textarea_field("Your answer", ANSWER_LENGTH, "Please write something first.",
                            "You can answer once. Moderators will read it.", rows=5)


TOPIC_LENGTH = 40  # characters


class TopicForm(Form):
    """A topic of the site, and the reason for adding or changing it."""

    name = text_field("Name", TOPIC_LENGTH, "Give the topic a name.",
                      "Dreams with this topic keep it if you rename it.")
    offered = Switch("People can choose it", unsent=True, default=True)
    reason = ActForm.reason


class ResetRequestForm(Form):
    """Request of a reset link."""

    email = email_field(check_deliverable)


class ResetForm(Form):
    """The new password after a reset link."""

    password = new_password_field()


class EmailsForm(Form):
    """How a dreamer is emailed about each kind of notification. all: one choice for every kind.

    One field a kind; one that is missing from a request keeps its value.
    """

    all = hidden_field()

    def choices(self):
        """Return {kind: choice} of the form."""
        if self.all.data in EMAIL_CHOICES:
            return dict.fromkeys(EMAIL_KINDS, self.all.data)
        return self.fields(*EMAIL_KINDS)


for name, row in EMAIL_KINDS.items():
    setattr(EmailsForm, name, SelectField(row.label, coerce=clean_line, choices=[
        SelectChoice(*choice) for choice in EMAIL_CHOICES.items()]))


# Drafts ######################################################################

DRAFT_FIELDS = {  # endpoint: the fields that a draft stores; next: where to return to
    endpoint: (*field_names(form_class), *more) for endpoint, form_class, *more in (
        ("dreambuilder", DreamForm), ("dream_edit", DreamEditForm),
        ("comment_add", CommentForm, "next"), ("comment_edit", CommentForm, "next"),
        ("line_add", LineForm, "next"), ("dream_story", StoryTextForm),
        ("update_add", CommentForm, "next"), ("update_edit", CommentForm, "next"),
        ("update_report", ReportForm, "next"),
        ("offer_new", OfferForm), ("message_add", MessageForm), ("offer_thanks", ThanksForm),
        ("message_report", ReportForm, "next"),
        ("dream_report", ReportForm, "next"), ("comment_report", ReportForm, "next"),
        ("dreamer_report", ReportForm, "next"),
        ("decision_answer", AnswerForm),
        ("profile_about", AboutForm), ("profile_skills", SkillsForm),
        ("profile_interests", InterestsForm))
}
# Those that make no draft alone: nobody has typed them.
UNTYPED_FIELDS = {"next", "comments_enabled", "rule", "suggestable", "need", "audience", "draft",
                  "version", "once", "parent"}
DRAFT_NOUNS = {"message_add": "message", "offer_thanks": "thanks", "update_add": "update",
               "update_edit": "update"}  # else a comment
