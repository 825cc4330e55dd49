"""How gunicorn serves Dreamscape; PORT and WEB_CONCURRENCY come from the environment.

A request that comes slowly keeps a thread waiting: its head for as long as it likes, for
gunicorn's threads know no time limit, and its body for a minute, by a timer of app.py. With
THREADS of them 200 such clients leave pages as quick as ever; a proxy in front has to cover
more: take in heads and bodies before it passes them on, end those that take longer than a
minute, limit connections an address, and speak TLS.
nginx does all this (by client_header_timeout, client_body_timeout, limit_conn and, as a
default, proxy_request_buffering); Heroku's router ends a request after 30 seconds but does
not hold back bodies.
"""
import ctypes
import os
import subprocess  # nosec B404  # it tries the settings and nothing else
import sys
from contextlib import suppress
from pathlib import Path

from dreamscape.settings import SettingError, load_environment, read_boolean, read_number

load_environment()
try:
    bind = f"0.0.0.0:{read_number(os.environ, 'PORT', 5000)}"
    workers = read_number(os.environ, "WEB_CONCURRENCY", os.cpu_count() or 1)
    behind_proxy = read_boolean(os.environ, "BEHIND_PROXY")
except SettingError as error:
    sys.exit(f"Dreamscape cannot start: {error}")
# A stopping worker answers what it has accepted and closes the listening socket. Connections that
# are still in the backlog are reset then: a proxy retries them.
worker_class = "gthread"
# Measured with 200 slow clients, half of them in the body, on two workers: with "sync" and
# with 4 threads no page came in 15 seconds, with 256 each within 0.05. Threads are made when
# they are needed: a worker grew by 6 MB.
threads = 256
# Heroku gives 30 seconds: to a request, and to a process that is asked to stop.
timeout, graceful_timeout = 30, 25
# A proxy keeps its connections open (Heroku's router for 90 seconds) and should be the one that
# closes them: else it may ask by one that is just being closed. Strangers get little time.
keepalive = 100 if behind_proxy else 2
# With --reload a change of these starts it anew, too.
reload_extra_files = [str(path) for folder in ("static", "templates")
                      for path in Path(folder).rglob("*.*")]
# Nobody steers it from outside, so it leaves no socket in the home folder.
control_socket_disable = True
# Trust no forwarded headers here: with BEHIND_PROXY app.py does. Unset,
# the first is FORWARDED_ALLOW_IPS, which Heroku sets to everybody, and the second would let them
# set SCRIPT_NAME and PATH_INFO.
forwarded_allow_ips, forwarder_headers = "", "NONE"  # no address, and no header has that name
# app.py writes a line of its own for each request; this one would tell paths and addresses.
accesslog = None
MMAP_THRESHOLD, LARGE_BLOCK = -3, 1_000_000  # glibc's M_MMAP_THRESHOLD, in bytes


def on_starting(server):
    """Stop with one line before any worker starts when the settings are wrong."""
    # In a process of its own: what app opens must not be shared by forked workers.
    if subprocess.run([sys.executable, "-c", "import app"], check=False).returncode:  # nosec B603
        sys.exit(3)


def post_fork(server, worker):
    """Have glibc, where it is, return freed pictures to the system: it keeps them per thread."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE_BLOCK)


def post_worker_init(worker):
    """Make missing indexes, or say why the database cannot be used; log as the app does."""
    from app import log_lines, prepare_database

    worker.log.error_log.handlers = [log_lines]
    prepare_database()
