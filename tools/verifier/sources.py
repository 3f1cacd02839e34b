"""Where ledgers come from: a directory of SQLite files, or a bundle of JSON lines; and the folder of an anchor."""
import re
import sqlite3
from pathlib import Path

from .records import MAX_INTEGER, read_json

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
CHECKPOINT = re.compile(r"([0-9]{16})\.note", re.ASCII)
APPLICATION_ID = 0x43534C32
PRUNED_APPLICATION_ID = 0x43534C33
SCHEMA = {
    'CREATE TABLE record (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, session TEXT, time TEXT NOT NULL, topic TEXT NOT NULL, "partition" INTEGER NOT NULL, pseq INTEGER NOT NULL, leaf BLOB NOT NULL, value BLOB NOT NULL) STRICT',
    'CREATE UNIQUE INDEX record_lane ON record (topic, "partition", pseq)',
    "CREATE INDEX record_session ON record (session, type) WHERE session IS NOT NULL",
    "CREATE TABLE certificate (counter INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT",
    "CREATE TABLE tip (size INTEGER NOT NULL, note TEXT NOT NULL) STRICT",
    "CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL) STRICT",
    "CREATE TABLE room (bytes BLOB NOT NULL) STRICT",
}
PRUNED_SCHEMA = SCHEMA | {"CREATE TABLE pruned (state TEXT NOT NULL) STRICT"}
MAX_NOTE = 16 * 1024
MAX_LINE = 8 * 1024 * 1024


class Unreadable(Exception):
    pass


def connect(file):
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    db.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return db


class SqliteLedger:
    def __init__(self, ledger, file):
        self.ledger, self.file = ledger, file

    def __enter__(self):
        self.db = connect(self.file)
        self.db.execute("PRAGMA trusted_schema = OFF")
        self.db.execute("PRAGMA cell_size_check = ON")
        self.db.execute("BEGIN")
        return self

    def __exit__(self, *_):
        self.db.close()

    def file_findings(self):
        found = [sql for (sql,) in self.db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")]
        (application_id,) = self.db.execute("PRAGMA application_id").fetchone()
        schema = {APPLICATION_ID: SCHEMA, PRUNED_APPLICATION_ID: PRUNED_SCHEMA}.get(application_id, set())
        if len(found) != len(schema) or set(found) != schema:
            yield "schema_differs"
        if self.db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            yield "index_damaged"

    def select(self, table, rest):
        is_there = self.db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).fetchone()
        return self.db.execute(f"SELECT {rest}") if is_there else iter(())

    def certificates(self):
        return list(self.select("certificate", "counter, note FROM certificate LIMIT 2"))

    def tips(self):
        return list(self.select("tip", "size, note FROM tip LIMIT 2"))

    def pruned(self):
        """(whether anything stands in the place of pruned records, what does)."""
        is_there = self.db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'pruned'").fetchone()
        rows = self.db.execute("SELECT state FROM pruned LIMIT 2").fetchall() if is_there else []
        return is_there is not None, rows[0][0] if len(rows) == 1 else None

    def published(self):
        return self.select("checkpoint", "number, size, note FROM checkpoint ORDER BY size, number")

    def rows(self):
        columns = ["seq", "type", "session", "time", "topic", "partition", "pseq", "leaf", "value"]
        names = ", ".join(f'"{name}"' for name in columns)
        for row in self.db.execute(f"SELECT {names} FROM record ORDER BY seq"):
            yield dict(zip(columns, row))

    def witnesses(self):
        sql = "SELECT value FROM record WHERE topic = 'admin' AND type IN ('ledger.witnessed', 'ledger.pruned')"
        return (value for (value,) in self.db.execute(sql))


class Directory:
    def __init__(self, path):
        self.path = path

    def replicas(self):
        """(replica, ledgers by name), for each replica."""
        for service in folders(self.path):
            for replica in folders(service):
                name = f"{service.name}/{replica.name}"
                files = sorted(file for file in replica.glob("*.db") if ULID.fullmatch(file.stem))
                yield name, [SqliteLedger(f"{name}/{file.stem}", file) for file in files]

    def is_writing(self, replica):
        lock = self.path / replica / "writer.lock"
        if not lock.exists():
            return False
        db = sqlite3.connect(f"{lock.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            db.execute("SELECT 1 FROM sqlite_schema").fetchone()
            return False
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                return True
            raise
        finally:
            db.close()


class BundleLedger:
    """One ledger of a bundle, read from where it begins in the file."""

    def __init__(self, bundle, offset, head):
        self.bundle, self.offset, self.head, self.ledger = bundle, offset, head, head["ledger"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def file_findings(self):
        return ()

    def certificates(self):
        return [(None, self.head.get("certificate"))]

    def tips(self):
        return [(None, self.head.get("tip"))]

    def pruned(self):
        return "pruned" in self.head, self.head.get("pruned")

    def lines(self):
        with open(self.bundle, "rb") as file:
            file.seek(self.offset)
            for _, line in read_lines(file):
                if "ledger" in line or "end" in line:
                    return
                yield line

    def published(self):
        return ((None, None, line["checkpoint"]) for line in self.lines() if "checkpoint" in line)

    def rows(self):
        for value in (line["record"] for line in self.lines() if "record" in line):
            yield {"value": value.encode()}

    def witnesses(self):
        types = (b'"type":"ledger.witnessed"', b'"type":"ledger.pruned"')
        return (row["value"] for row in self.rows() if any(name in row["value"] for name in types))


class Bundle:
    def __init__(self, path):
        with open(path, "rb") as file:
            lines = read_lines(file)
            if next(lines, (0, {}))[1] != {"bundle": "countersign ledgers v1"}:
                raise Unreadable("not a bundle")
            self.ledgers, ids, records, end = [], set(), 0, None
            for offset, line in lines:
                if end is not None:
                    raise Unreadable("lines after the end")
                if not is_line(line, ids):
                    raise Unreadable("a line that is none of a bundle")
                if "ledger" in line:
                    ids.add(line["ledger"])
                    self.ledgers.append(BundleLedger(path, offset, line))
                records += "record" in line
                end = line.get("end")
            if end != {"ledgers": len(self.ledgers), "records": records}:
                raise Unreadable("cut off: its end is missing or counts otherwise")

    def replicas(self):
        by_replica = {}
        for ledger in self.ledgers:
            by_replica.setdefault(ledger.ledger.rpartition("/")[0], []).append(ledger)
        return by_replica.items()

    def is_writing(self, _):
        return False


def is_line(line, before):
    names = set(line)
    if "ledger" in names:
        return is_id(line["ledger"]) and line["ledger"] not in before and names <= {"ledger", "certificate", "tip", "pruned"}
    if names == {"record"}:
        return before != set() and is_text(line["record"])
    return names == {"end"} or (names == {"checkpoint"} and before != set())


def is_id(value):
    parts = value.split("/") if type(value) is str else []
    return len(parts) == 3 and all(NAME.fullmatch(part) for part in parts[:2]) and ULID.fullmatch(parts[2]) is not None


def is_text(value):
    try:
        return type(value) is str and value.encode() is not None
    except UnicodeEncodeError:
        return False


def read_lines(file):
    """(offset of the next line, object)."""
    while line := file.readline(MAX_LINE):
        if not line.endswith(b"\n"):
            raise Unreadable("it ends within a line, or one is too long")
        try:
            value = read_json(line.decode())
        except (ValueError, RecursionError) as error:
            raise Unreadable("a line that is not JSON") from error
        if type(value) is not dict:
            raise Unreadable("a line that is not an object")
        yield file.tell(), value


class AnchoredLedger:
    """What is there now: it is read before the ledgers, so what comes meanwhile is not seen."""

    def __init__(self, folder):
        self.folder = folder
        names = (CHECKPOINT.fullmatch(file.name) for file in folder.iterdir())
        self.sizes = sorted(size for name in names if name and 0 < (size := int(name[1])) <= MAX_INTEGER)

    def certificate(self):
        return read_note(self.folder / "certificate.note")

    def checkpoints(self):
        return ((size, read_note(self.folder / f"{size:016d}.note")) for size in self.sizes)


def anchored_ledgers(path):
    return {
        f"{service.name}/{replica.name}/{ledger.name}": AnchoredLedger(ledger)
        for service in folders(path)
        for replica in folders(service)
        for ledger in folders(replica, ULID)
    }


def read_note(file):
    try:
        with open(file, "rb") as opened:
            data = opened.read(MAX_NOTE + 1)
        return data.decode("utf-8") if len(data) <= MAX_NOTE else None
    except (OSError, UnicodeDecodeError):
        return None


def folders(path, pattern=NAME):
    return sorted(entry for entry in Path(path).iterdir() if pattern.fullmatch(entry.name) and entry.is_dir())
