"""Changes that change nothing a test could notice: (path, line before, line after): reason."""

EQUIVALENT = {}
