"""The gunicorn workers: their processor time and memory, and how long one takes to start."""

import os
import signal
import urllib.request
from statistics import median
from time import perf_counter

import psutil
from support.website import Website

STARTS = 5
TIMEOUT = 30  # seconds


class Bare(Website):
    """The bare page of bare.py, under gunicorn as the site is."""

    command = ("gunicorn", "bench.bare:bare")


def find_workers(website):
    """Return the worker processes of a website."""
    return psutil.Process(website.process.pid).children()


def processor_seconds(website):
    """Return the processor time of all workers so far, with that of their child processes."""
    return sum(sum(worker.cpu_times()[:4]) for worker in find_workers(website))


def memory(website):
    """Return the memory of each worker in megabytes (RSS, with shared pages)."""
    return [round(worker.memory_info().rss / 1_000_000, 1) for worker in find_workers(website)]


def restart_worker(website):
    """Kill the one worker; return the seconds until the next one responds.

    gunicorn's master holds the listening socket, so a request waits in its backlog until the
    new worker has started.
    """
    os.kill(find_workers(website)[0].pid, signal.SIGKILL)
    began = perf_counter()
    urllib.request.urlopen(f"{website.url}/healthz", timeout=TIMEOUT).read()
    return perf_counter() - began


def measure_start(uri, folder, **settings):
    """Return the start-up time of a worker, and its memory before its first page."""
    with Website(uri, folder, WEB_CONCURRENCY="1", **settings) as website:
        seconds = [restart_worker(website) for _ in range(STARTS)]
        return {"seconds": round(median(seconds), 3), "megabytes": memory(website)[0]}
