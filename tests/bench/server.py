"""The benchmark's own database server, whose files are used again by the next run."""

import dev_database
from support.database import MongoServer, SecantusServer, pick_port

CACHE_GIGABYTES = 4  # of mongod, at most; the files of a million dreams are larger


class KeptServer(MongoServer):
    """A mongod on files that stay: its replica set knows it by its port, which stays too."""

    def _command(self):
        """Return the command that starts it, on the port of the first start."""
        port_path = self.storage_path.with_name("port")
        if not port_path.exists():
            port_path.write_text(str(pick_port()))
        self._port = int(port_path.read_text())
        return dev_database.mongod_command(self.storage_path, self._port, CACHE_GIGABYTES)


def start_server(folder):
    """Return a running server with its files in a folder; a SecantusDB where no mongod runs."""
    folder.mkdir(parents=True, exist_ok=True)
    server = KeptServer if dev_database.find_mongod() else SecantusServer
    return server(folder / "database", durable=False)
