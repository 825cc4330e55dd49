"""Equivalent changes, which no test can notice: (path, line before, line after): reason."""

INSTANT = "no test comes in the very microsecond in which something ends"

EQUIVALENT = {
    ("dreamscape/visibility.py",
     'return is_unconfirmed(dreamer) and dreamer["ends_at"] <= datetime.now(UTC)',
     'return is_unconfirmed(dreamer) and dreamer["ends_at"] < datetime.now(UTC)'): INSTANT,
    ("dreamscape/database.py", '"drafts": [IndexModel("expires_at", expireAfterSeconds=0),',
     '"drafts": [IndexModel("expires_at", expireAfterSeconds=1),'):
    "the server deletes what has expired once a minute",
    ("dreamscape/smtp.py", 'or getattr(error, "smtp_code", 0) >= 500)',
     'or getattr(error, "smtp_code", 1) >= 500)'): "both are no code",
    ("dreamscape/pages.py", "data = file.read(PAGE_BYTES + 1)",
     "data = file.read(PAGE_BYTES + 2)"): "either is more than the file may have",
    ("dreamscape/text.py", "@lru_cache(maxsize=4_096)", "@lru_cache()"): "it only takes longer",
    ("dreamscape/lives.py",
     'if added and not db.dreams.find_one({"_id": dream["_id"]}, {"_id": 1}):',
     'if added and not db.dreams.find_one({"_id": dream["_id"]}, {"_id": 2}):'):
    "both ask for the key alone",
}
