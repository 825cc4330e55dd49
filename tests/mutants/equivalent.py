"""Equivalent changes, which no test can notice: (path, line before, line after): reason."""

INSTANT = "no test comes in the very microsecond in which something ends"

EQUIVALENT = {
    ("dreamscape/comments.py",
     'comment = {"_id": ObjectId(), "dream_id": dream["_id"], "dreamer_id": dreamer["_id"],',
     'comment = {"dream_id": dream["_id"], "dreamer_id": dreamer["_id"],'):
    "the driver adds an _id to the document itself",
    ("dreamscape/visibility.py",
     'return is_unconfirmed(dreamer) and dreamer["ends_at"] <= datetime.now(UTC)',
     'return is_unconfirmed(dreamer) and dreamer["ends_at"] < datetime.now(UTC)'): INSTANT,
    ("dreamscape/database.py", '"drafts": [IndexModel("expires_at", expireAfterSeconds=0),',
     '"drafts": [IndexModel("expires_at", expireAfterSeconds=1),'):
    "the server deletes what has expired once a minute",
    ("dreamscape/demo.py",
     'shade = ImageOps.colorize(Image.new("L", (1, 1), grey), hill, horizon).getpixel((0, 0))',
     'shade = ImageOps.colorize(Image.new("L", (2, 1), grey), hill, horizon).getpixel((0, 0))'):
    "only one pixel of it is used",
    ("dreamscape/demo.py",
     'ridge = [(x, base + sum(height / 25 * math.sin(x / width * pace + start)',
     'ridge = [(x, base - sum(height / 25 * math.sin(x / width * pace + start)'):
    "another hill, as random as the one before",
    ("dreamscape/smtp.py", 'or getattr(error, "smtp_code", 0) >= 500)',
     'or getattr(error, "smtp_code", 1) >= 500)'): "both are no code",
}
