"""Gunicorn's configuration; PORT and WEB_CONCURRENCY come from the environment.

A slow client (slowloris) occupies a thread: gthread has no timeout for request headers, and a
timer (dreamscape/bodies.py) ends slow request bodies, after 30 seconds plus the time that their
size takes at 100 kB/s: 130 seconds for 10 MB. With ``threads`` below, 200 slow clients don't slow
pages down. Against more, use a proxy that buffers requests, ends those that take longer than a
minute, limits connections per address, and terminates TLS.
nginx does all this (client_header_timeout, client_body_timeout, limit_conn and, by default,
proxy_request_buffering). Heroku's router ends a request after 30 seconds, but does not buffer
bodies.
"""
import ctypes
import os
import shlex
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
# A stopping worker answers accepted requests and closes the listening socket. Connections still
# in the backlog are reset then; a proxy retries them.
worker_class = "gthread"
# Measured with 200 slow clients, half of them sending a body, on two workers: with "sync" and with
# 4 threads no page was answered within 15 seconds, with 256 threads each within 0.05. Threads start
# on demand: a worker grew by 6 MB.
threads = 256
# Heroku allows 30 seconds for a request, and 30 between SIGTERM and SIGKILL.
timeout, graceful_timeout = 30, 25
# Longer than a proxy keeps idle connections (Heroku's router: 90 seconds), so that the proxy closes
# them: otherwise it may send a request while this side closes. Short for direct clients.
keepalive = 100 if behind_proxy else 2
# --reload watches these, too.
reload_extra_files = [str(path) for folder in ("static", "templates")
                      for path in Path(folder).rglob("*.*")]
# The control socket is unused, and would be created in the home folder.
control_socket_disable = True
# Forwarded headers are trusted in app.py only, with BEHIND_PROXY. The default of the first is
# FORWARDED_ALLOW_IPS, which Heroku sets to *; the default of the second would allow clients to set
# SCRIPT_NAME and PATH_INFO.
forwarded_allow_ips, forwarder_headers = "", "NONE"  # no address; a header that doesn't exist
# app.py logs each request; an access log would contain paths and IP addresses.
accesslog = None
# Preloaded, a wrong setting stops the start with one line, before workers are forked, and workers
# start faster and share memory. app.py opens connections only in workers. --reload can't replace an
# app that is preloaded.
preload_app = "--reload" not in [*sys.argv, *shlex.split(os.environ.get("GUNICORN_CMD_ARGS", ""))]
MMAP_THRESHOLD, LARGE_BLOCK = -3, 1_000_000  # glibc's M_MMAP_THRESHOLD, in bytes
ARENA_MAX, ARENAS = -8, 2  # glibc's M_ARENA_MAX; by default eight for each processor


def post_fork(server, worker):
    """Make glibc return freed large buffers to the system, and use few arenas.

    Each arena keeps the memory that its threads freed. As only one thread at a time runs Python,
    more arenas would hardly make allocations faster.
    """
    with suppress(AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(MMAP_THRESHOLD, LARGE_BLOCK)
        libc.mallopt(ARENA_MAX, ARENAS)


def post_worker_init(worker):
    """Log in the app's JSON format; build missing indexes, or log why the database fails."""
    from app import log_handler
    from dreamscape.indexes import prepare_database

    worker.log.error_log.handlers = [log_handler]
    prepare_database()
