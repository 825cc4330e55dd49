"""Valid fields of the form of each route that accepts one, by endpoint."""
from datetime import UTC, datetime

from bson import ObjectId

PASSWORD = "correct horse battery"
PROOF = {"current_password": PASSWORD}
DREAM = {"title": "Sail away", "description": "Far.", "topics": "travel"}
NAMES = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}
# Needs of ada's dream: an open one that bob could help with, and one that is found.
OPEN_NEED = {"id": "6" * 24, "text": "Weaving", "since": datetime(2026, 1, 1, tzinfo=UTC)}
FOUND_NEED = OPEN_NEED | {"id": "7" * 24, "text": "A tent", "found_at": OPEN_NEED["since"]}
NEEDS = {"needs": [OPEN_NEED, FOUND_NEED], "need_words": ["weaving."],
         "needed_at": ObjectId(OPEN_NEED["id"])}
WEAVER = {"skills": ["weaving"], "help_words": ["weaving."]}
FIELDS = {
    "comment_add": {"body": "Bravo"}, "comment_edit": {"body": "Two."},
    "comment_reaction": {"value": "like"}, "comment_delete": {"confirm": "1"},
    "dream_delete": {"confirm": "1"}, "profile_delete": PROOF | {"confirm": "1"},
    "profile_password": PROOF | {"password": "a quite new one"}, "profile_data": PROOF,
    "dreambuilder": DREAM, "dream_autosave": DREAM, "dream_edit": DREAM,
    "dream_picture": {"remove": "1"},
    "profile_picture": {"remove": "1"}, "profile": NAMES, "profile_about": {"bio": "I count."},
    "profile_skills": {"skills": "C++"}, "profile_interests": {"interests": "travel"},
    "confirm": {"email": "una@example.com"},
    "signup": NAMES | {"email": "new@example.com", "password": "long enough"},
    "login": {"email": "bob@example.com", "password": PASSWORD},
    "dream_state": {"state": "under-way"}, "line_add": {"body": "I was there."},
    "dream_story": {"story": "We sailed.", "helped": "The wind", "took": "A year", "advice": "Go."},
    "update_add": {"body": "We sailed."}, "update_edit": {"body": "We landed."},
    "update_delete": {"confirm": "1"}, "update_report": {"reason": "Unkind."},
    "dream_ask": {"need": OPEN_NEED["id"], "dreamer": "bob-builder"},
    "dream_report": {"reason": "Unkind."}, "comment_report": {"reason": "Unkind."},
    "dreamer_report": {"reason": "Unkind."},
    "offer_new": {"message": "I have a tent."}, "message_add": {"body": "On Friday?"},
    "offer_thanks": {"thanks": "Lent a tent"}, "message_report": {"reason": "Unkind."},
    "decision_answer": {"answer": "I meant no harm."},
    "moderation_act": {"reason": "Unkind."},
    "moderation_topic": {"name": "Journeys", "reason": "Shorter."},
    "moderation_topic_new": {"name": "Sailing", "reason": "Asked for."},
    "password_reset": {"email": "nobody@example.com"}, "password_reset_set": {"password": PASSWORD},
}
