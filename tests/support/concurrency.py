"""Do several things at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

START_SECONDS = 20


def together(*actions):
    """Call every action in a thread of its own, all at once; return what they return."""
    start = Barrier(len(actions))

    def begin(action):
        """Wait for the others, then act."""
        start.wait(START_SECONDS)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(begin, actions))


def press(clients, path, **fields):
    """Send the same form from several browsers at once; return the answers."""
    sent = [{"csrf_token": client.token(), **fields} for client in clients]
    return together(*(partial(client.post, path, data=data)
                      for client, data in zip(clients, sent, strict=True)))
