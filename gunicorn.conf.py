"""How gunicorn serves Dreamscape; PORT and WEB_CONCURRENCY come from the environment."""
import os

from dotenv import load_dotenv

load_dotenv()
bind = f"0.0.0.0:{os.environ.get('PORT') or 5000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
# Threads let a page be served while another request waits for Cloudinary.
threads = 4
# Nobody steers it from outside, so it leaves no socket in the home folder.
control_socket_disable = True


def post_worker_init(worker):
    """Make missing indexes, or say why the database cannot be used."""
    from app import prepare_database

    prepare_database()
