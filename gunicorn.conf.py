"""How gunicorn serves Dreamscape; PORT and WEB_CONCURRENCY come from the environment."""
import os
import runpy
import subprocess  # nosec B404  # it tries the settings and nothing else
import sys
from pathlib import Path

from dotenv import load_dotenv


def read_count(name, default):
    """Return a setting as a positive number, or stop the start with one line."""
    value = os.environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 65_535:
        sys.exit(f"Dreamscape cannot start: {name} must be from 1 to 65535, not {value!r}.")
    return int(value)


load_dotenv()
if Path("env.py").exists():
    runpy.run_path("env.py")
bind = f"0.0.0.0:{read_count('PORT', 5000)}"
workers = read_count("WEB_CONCURRENCY", os.cpu_count() or 1)
# Threads let a page be served while others wait for Cloudinary, or for their turn to be converted.
threads = 12
# With --reload a change of these starts it anew, too.
reload_extra_files = [str(path) for folder in ("static", "templates")
                      for path in Path(folder).rglob("*.*")]
# Nobody steers it from outside, so it leaves no socket in the home folder.
control_socket_disable = True


def on_starting(server):
    """Stop before any worker starts, when the settings are wrong: one line, said once."""
    # Nothing of this comes from outside.
    if subprocess.run([sys.executable, "-c", "import app"], check=False).returncode:  # nosec B603
        sys.exit(3)


def post_worker_init(worker):
    """Make missing indexes, or say why the database cannot be used."""
    from app import prepare_database

    prepare_database()
