"""Forms: the words beside each field, its length, its defaults, and what a draft of it stores."""

from inspect import getmembers

from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField
from wtforms.meta import DefaultMeta

import app as site
from dreamscape import fields, forms
from dreamscape.bodies import field_length
from dreamscape.fields import Required, StopLength

KINDS = "JPEG, PNG, WebP, GIF, AVIF and HEIC"
EMAIL = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
NEW_PASSWORD = (256, "Choose a password.", "At least 8 characters. A few random words work well.",
                {"autocomplete": "new-password"})
OLD_PASSWORD = ("Current password", None, "Enter your password to confirm.", "",
                {"autocomplete": "current-password"})
SOMETHING = "Please write something first."
WHY = ("Reason", 500, "Please give a reason.",
       "The person affected can read this. It's kept in the log.", {"rows": 3})


def for_email(autocomplete):
    """Return the row of an email address."""
    return ("Email", 254, "Enter your email address.", "", EMAIL | {"autocomplete": autocomplete})


def switch(label):
    """Return the row of a field that has nothing but a label."""
    return label, None, "", "", {}


NAMES = {"first_name": ("First name", 50, "Enter your first name.", "",
                        {"autocomplete": "given-name"}),
         "last_name": ("Last name", 50, "Enter your last name.", "",
                       {"autocomplete": "family-name"})}
FIELDS = {  # {field: (label, most characters, what is said if it is empty, hint, attributes)}
    "SignupForm": NAMES | {"email": for_email("username"), "password": ("Password", *NEW_PASSWORD)},
    "LoginForm": {
        "email": for_email("username"),
        "password": ("Password", None, "Enter your password.", "",
                     {"autocomplete": "current-password"})},
    "ConfirmAgainForm": {"email": for_email("email")},
    "AboutForm": {
        "bio": ("About you", 1_000, "", "What drives you? What should people know about you?",
                {"rows": 6}),
        "location": ("Where you are", 100, "",
                     "City, region or country – whatever you're happy to share.",
                     {"autocomplete": "address-level2"})},
    "PictureForm": {
        "picture": ("Picture", None, "", f"{KINDS}, up to 10 MB.", {
            "accept": "image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic,image/heif",
            "data-js": "picture", "data-kinds": KINDS, "data-limit": 9_995_000}),
        "remove": switch("Remove picture")},
    "SkillsForm": {
        "skills": ("Skills", None, "", "What can you do? One skill at a time.", {}),
        "experiences": ("Experiences", None, "", "What have you done or lived through that could "
                        "help someone else?", {}),
        "suggestable": switch("Suggest me to people who need my skills")},
    "InterestsForm": {"interests": ("Interests", None, "", "We use these to suggest dreams.", {})},
    "AccountForm": NAMES | {
        "email": for_email("email"),
        "current_password": ("Current password (only needed to change your email)", None, "", "",
                             {"autocomplete": "current-password"})},
    "PasswordForm": {"current_password": OLD_PASSWORD, "password": ("New password", *NEW_PASSWORD)},
    "OwnPasswordForm": {"current_password": OLD_PASSWORD},
    "DreamForm": {
        "title": ("Your dream in one line", 100, "Give your dream a title.",
                  "For example: “See snow together with my father.”", {}),
        "description": ("Tell us more", 3_000, "Tell us a little more.",
                        "Why does it matter to you? What do you already have?", {"rows": 6}),
        "needs": ("Needs", None, "", "What would help? Up to five things, one at a time: a skill, "
                  "a thing to borrow, an hour of someone's time.", {}),
        "topics": ("Topics", None, "", "To share a dream, choose one to five.", {}),
        "comments_enabled": switch("Allow comments"),
        "audience": ("Who can see it?", None, "", "You can change this later. A draft, which only "
                     "you can see, may be unfinished.", {})},
    "DreamEditForm": {"comments_enabled": switch("Allow comments")},
    "DreamPictureForm": {
        "alt": ("Describe the picture for people who can't see it", 300, "", "", {})},
    "CommentForm": {"body": ("Comment", 2_000, SOMETHING, "", {"rows": 4})},
    "UpdateForm": {"body": ("What happened?", 2_000, SOMETHING, "", {"rows": 4})},
    "StoryTextForm": {
        "story": ("What happened?", 3_000, "", "As long or as short as you like.", {"rows": 8}),
        "helped": ("Who and what helped?", 1_000, "", "", {"rows": 3}),
        "took": ("How long did it take?", 100, "", "", {}),
        "advice": ("What would you tell others?", 1_000, "", "", {"rows": 3})},
    "LineForm": {"body": ("Your line", 200, SOMETHING, "One line to stand beside the story, as you "
                          "were part of it.", {})},
    "OfferForm": {"message": ("Your message", 1_000, SOMETHING, "What can you do, and when? Only "
                              "the two of you can read this.", {"rows": 6})},
    "MessageForm": {"body": ("Your message", 2_000, SOMETHING, "", {"rows": 4})},
    "ThanksForm": {"thanks": ("Your thanks in one line", 140, SOMETHING, "Everyone can read it, "
                              "here and on their page. For example: “Lent us a tent for a week.”",
                              {})},
    "ReportForm": {
        "rule": switch("Which rule is it about?"),
        "reason": ("What's wrong?", 500, "", "Needed only if it's something else. Only "
                   "moderators see this. We never tell the author who reported them.",
                   {"rows": 4})},
    "ActForm": {"reason": WHY, "rule": switch("Rule"), "days": switch("Length of suspension")},
    "AnswerForm": {"answer": ("Your answer", 1_000, SOMETHING, "You can answer once. Moderators "
                              "will read it.", {"rows": 5})},
    "TopicForm": {
        "name": ("Name", 40, "Give the topic a name.", "Dreams with this topic keep it if you "
                 "rename it.", {}),
        "offered": switch("People can choose it"), "reason": WHY},
    "ResetRequestForm": {"email": for_email("email")},
    "ResetForm": {"password": ("Password", *NEW_PASSWORD)},
    "EmailsForm": {
        "comment": switch("Comments on your dreams"), "reply": switch("Replies to your comments"),
        "mention": switch("Mentions of you"), "cheer": switch("Cheers for your dreams"),
        "follow": switch("New followers of you and your dreams"),
        "offer": switch("Offers of help, and what becomes of them"),
        "message": switch("Messages about an offer"), "ask": switch("People who ask for your help"),
        "update": switch("Updates of dreams you follow"),
        "came_true": switch("Dreams you follow or helped with that came true"),
        "thanks": switch("Thanks for your help"), "moderation": switch("Decisions of moderators")},
}
COUNTED = {"data-js": "grow count"}  # a textarea grows, and says how many characters are left


def find_fields(form_class):
    """Return {name: unbound field} of the visible fields that a form adds to its parents'."""
    return {name: field for name, field in vars(form_class).items()
            if isinstance(field, UnboundField)
            and field.field_class.__name__ != "HiddenField"}


def describe(name, unbound):
    """Return a field as FIELDS has it."""
    field = unbound.bind(form=None, name=name, _meta=DefaultMeta())
    empty = [each.message for each in field.validators if isinstance(each, Required)]
    most = [each.max for each in field.validators if isinstance(each, StopLength)]
    attributes = field.render_kw or {}
    if unbound.field_class.__name__ == "TextAreaField":
        assert COUNTED.items() <= attributes.items()
        attributes = {key: value for key, value in attributes.items() if key not in COUNTED}
    return (field.label.text, next(iter(most), None), next(iter(empty), ""), field.description,
            attributes)


def test_each_field_has_these_words_and_this_length():
    classes = {name: each for name, each in getmembers(forms, fields.is_form_class)
               if find_fields(each)}

    assert {name: {field: describe(field, unbound) for field, unbound in find_fields(each).items()}
            for name, each in classes.items()} == FIELDS


def test_these_fields_are_filled_in_before_anybody_does():
    """And these values a request has that leaves a field out."""
    with site.app.test_request_context():
        filled = {name: [form[field].data for form in (form_class(), form_class(
            formdata=MultiDict({"csrf_token": "x"}))) for field in names.split()]
            for name, form_class, names in (
                ("skills", forms.SkillsForm, "skills suggestable"),
                ("picture", forms.PictureForm, "remove"), ("topic", forms.TopicForm, "offered"),
                ("dream", forms.DreamForm, "comments_enabled audience topics"),
                ("report", forms.ReportForm, "rule"), ("act", forms.ActForm, "rule days"))}

    assert filled == {
        "skills": [[], True, [], True], "picture": [False, False], "topic": [True, True],
        "dream": [True, "everybody", [], True, "everybody", []],
        "report": [None, None], "act": ["other", "7", "other", "7"]}


def test_so_many_terms_and_topics_can_be_listed():
    with site.app.test_request_context():
        skills, dream, interests = forms.SkillsForm(), forms.DreamForm(), forms.InterestsForm()

    assert [(field.size, field.most, field.blanks) for field in (
        skills.skills, skills.experiences, dream.needs)] == [(60, 30, 3), (60, 30, 3), (80, 5, 5)]
    assert [(field.least, field.most) for field in (dream.topics, interests.interests)] == [
        (1, 5), (0, 100)]


def test_so_much_of_a_request_is_read():
    assert (fields.FIELD_LENGTH, fields.PARAGRAPHS_LENGTH, forms.FORM_BYTES) == (
        2_000, 100_000, 5_000)
    assert [field_length(name) for name in ("title", "body", "bio")] == [
        2_000, 100_000, 100_000]
    assert [*fields.FALSE_VALUES] == ["", "0", "false", "off", "no"]


# What a draft of each form stores; what nobody typed makes none.
COMMENT = {"parent", "body", "next"}
REPORT = {"rule", "reason", "next"}
DREAM = {"title", "description", "needs", "topics", "comments_enabled", "audience", "draft",
         "version", "once"}
STORED = {
    "dreambuilder": DREAM, "dream_edit": DREAM,
    **dict.fromkeys(("comment_add", "comment_edit", "update_add", "update_edit"), COMMENT),
    **dict.fromkeys(("update_report", "message_report", "dream_report", "comment_report",
                     "dreamer_report"), REPORT),
    "line_add": {"body", "next"}, "dream_story": {"story", "helped", "took", "advice"},
    "offer_new": {"need", "message"}, "message_add": {"body"}, "offer_thanks": {"thanks"},
    "decision_answer": {"answer"}, "profile_about": {"bio", "location"},
    "profile_skills": {"skills", "experiences", "suggestable"}, "profile_interests": {"interests"}}


def test_a_draft_stores_these_fields():
    assert {name: {*stored} for name, stored in forms.DRAFT_FIELDS.items()} == STORED
    assert {*forms.UNTYPED_FIELDS} == {
        "next", "comments_enabled", "rule", "suggestable", "need", "audience", "draft", "version",
        "once", "parent"}
    assert {**forms.DRAFT_NOUNS} == {"message_add": "message", "offer_thanks": "thanks",
                                     "update_add": "update", "update_edit": "update"}
