"""The processes that serve: how long one takes to start, and how large it is."""

import os
import signal
import urllib.request
from statistics import median
from time import perf_counter

import psutil
from support.website import Website

STARTS = 5
WAIT = 30  # seconds


class Floor(Website):
    """The pages from memory, served as the site is."""

    command = ("gunicorn", "bench.floor:floor")


def find_workers(website):
    """Return the processes of a website that serve."""
    return psutil.Process(website.process.pid).children()


def memory(website):
    """Return the megabytes of each worker, those it shares with others included."""
    return [round(worker.memory_info().rss / 1_000_000, 1) for worker in find_workers(website)]


def start_again(website):
    """Kill the one worker; return the seconds until the next one answers.

    The door stays open meanwhile, for gunicorn's master holds it: so one request waits for
    just as long as the worker needs.
    """
    os.kill(find_workers(website)[0].pid, signal.SIGKILL)
    began = perf_counter()
    urllib.request.urlopen(f"{website.url}/healthz", timeout=WAIT).read()
    return perf_counter() - began


def measure_start(uri, folder, **settings):
    """Return the seconds a worker takes to start, and its megabytes before its first page."""
    with Website(uri, folder, WEB_CONCURRENCY="1", **settings) as website:
        seconds = [start_again(website) for _ in range(STARTS)]
        return {"seconds": round(median(seconds), 3), "megabytes": memory(website)[0]}
