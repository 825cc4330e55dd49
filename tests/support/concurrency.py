"""Run functions at the same moment, each in a thread of its own."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

START_TIMEOUT = 20  # seconds


def run_concurrently(*functions):
    """Call every function in its own thread, started by a barrier; return the results."""
    barrier = Barrier(len(functions))

    def call(function):
        """Wait until all threads have started, then call."""
        barrier.wait(START_TIMEOUT)
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))


def post_concurrently(clients, path, **fields):
    """Post the same form from several test clients at once; return the responses."""
    data = [{"csrf_token": client.token(), **fields} for client in clients]
    return run_concurrently(*(partial(client.post, path, data=fields)
                              for client, fields in zip(clients, data, strict=True)))


def at_once(work, count=20):
    """Call work(number) in ``count`` threads at the same time; return the results."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))
