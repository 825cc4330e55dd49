"""Serve the site with the demo data on a temporary database, for tools."""

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from support.database import DatabaseServer
from support.own_settings import use_own_settings
from support.website import ROOT, Website

SECRET_KEY = "a secret of the tools, long enough"


@contextmanager
def demo_site():
    """Serve the demo; the settings apply to this process too, so that app can be imported."""
    with (
        tempfile.TemporaryDirectory(prefix="dreamscape-demo-") as folder,
        DatabaseServer(Path(folder, "database")) as database,
    ):
        use_own_settings(MONGO_URI=database.uri, DATA_DIR=folder, SECRET_KEY=SECRET_KEY)
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "seed-demo"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with Website(database.uri, Path(folder)) as website:
            yield website
