"""Changes that change nothing a test could notice: (path, line before, line after): reason."""

INSTANT = "no test comes in the very microsecond in which something ends"

EQUIVALENT = {
    ("dreamscape/visibility.py",
     'return is_unconfirmed(dreamer) and dreamer["ends_at"] <= datetime.now(UTC)',
     'return is_unconfirmed(dreamer) and dreamer["ends_at"] < datetime.now(UTC)'): INSTANT,
}
