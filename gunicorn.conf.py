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
import runpy
import socket
import struct
import subprocess  # nosec B404  # it tries the settings and nothing else
import sys
import time
from contextlib import suppress
from pathlib import Path

from dotenv import load_dotenv
from gunicorn.workers.gthread import ThreadWorker


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
# Measured with 200 slow clients, half of them in the body, on two workers: with "sync" and
# with 4 threads no page came in 15 seconds, with 256 each within 0.05. Threads are made when
# they are needed: a worker grew by 6 MB.
threads = 256
# Heroku gives 30 seconds: to a request, and to a process that is asked to stop.
timeout, graceful_timeout = 30, 25
# A proxy keeps its connections open (Heroku's router for 90 seconds) and should be the one that
# closes them: else it may ask by one that is just being closed. Strangers get little time.
keepalive = 100 if os.environ.get("BEHIND_PROXY", "").lower() in ("1", "true", "yes", "on") else 2
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


class DrainingWorker(ThreadWorker):
    """Threads that, when asked to stop, still serve whoever stands at the door."""

    def set_accept_enabled(self, enabled):
        """Before the door is shut for good, let in whom the kernel has made wait there."""
        super().set_accept_enabled(enabled)
        if self.alive or enabled:  # enabled: it was asked to stop before it had started
            return
        for listener in self.sockets:
            while self.let_in(listener):
                pass
            # From now on it is told at once that nobody is there.
            listener.close()

    def let_in(self, listener):
        """Accept one connection; False when none waits."""
        before = self.nr_conns
        self.accept(listener)
        return self.nr_conns > before


worker_class = DrainingWorker
# A program of Linux's socket filter, https://docs.kernel.org/networking/filter.html: what knocks
# (its flags, byte 13, have SYN and not ACK) is not heard; what comes from a guest is let in.
NOBODY_NEW = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0),
              (0x06, 0, 0, 0xFFFF_FFFF))
SO_ATTACH_FILTER = 26  # which Python's socket does not name
GREETING = 0.1  # seconds in which who has knocked comes to stand at the door
MMAP_THRESHOLD, LARGE_BLOCK = -3, 1_000_000  # glibc's M_MMAP_THRESHOLD, in bytes


def on_starting(server):
    """Stop before any worker starts, when the settings are wrong: one line, said once."""
    # Nothing of this comes from outside.
    if subprocess.run([sys.executable, "-c", "import app"], check=False).returncode:  # nosec B603
        sys.exit(3)
    stop = server.stop

    def shut_and_stop(graceful=True):
        """Let nobody new come before all leave: who came in between would find nobody there."""
        # After SIGUSR2 another gunicorn serves at the same door.
        if graceful and not server.reexec_pid and sys.platform == "linux":
            for listener in server.LISTENERS:
                refuse_new(listener.sock)
            time.sleep(GREETING)
        stop(graceful)

    server.stop = shut_and_stop


def refuse_new(listener):
    """Have the kernel leave out whoever comes to a listening socket from now on."""
    steps = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in NOBODY_NEW))
    program = struct.pack("HP", len(NOBODY_NEW), ctypes.addressof(steps))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def post_fork(server, worker):
    """Have glibc, where it is, give the memory of pictures back instead of keeping it a thread."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE_BLOCK)


def post_worker_init(worker):
    """Make missing indexes, or say why the database cannot be used; log as the app does."""
    from app import log_lines, prepare_database

    worker.log.error_log.handlers = [log_lines]
    prepare_database()
