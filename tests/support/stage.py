"""The site with the demo on a database of its own, for tools that are no tests."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from support.database import DatabaseServer
from support.website import ROOT, Website

SECRET_KEY = "a secret of the tools, long enough"


@contextmanager
def demo_site():
    """Serve the demo for a while; the settings are this process's too, so that app can be used."""
    with (
        tempfile.TemporaryDirectory(prefix="dreamscape-stage-") as folder,
        DatabaseServer(Path(folder, "database")) as database,
    ):
        os.environ |= {"MONGO_URI": database.uri, "DATA_DIR": folder, "SECRET_KEY": SECRET_KEY}
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "seed-demo"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with Website(database.uri, Path(folder)) as website:
            yield website
