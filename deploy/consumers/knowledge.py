"""What a reader of topics has to remember to tell a duplicate from a gap: docs/kafka.md, "Reading it right". No Kafka in here."""
import base64
import hashlib
import json
import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS position (topic, "partition", next_offset NOT NULL, first_offset NOT NULL, PRIMARY KEY (topic, "partition"));
CREATE TABLE IF NOT EXISTS lane (topic, "partition", ledger, next_pseq NOT NULL, last_seq NOT NULL,
  PRIMARY KEY (topic, "partition", ledger)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (topic, "partition", ledger, pseq, leaf NOT NULL,
  PRIMARY KEY (topic, "partition", ledger, pseq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gap (topic, "partition", ledger, first_pseq, last_pseq NOT NULL, kind NOT NULL,
  PRIMARY KEY (topic, "partition", ledger, first_pseq)) WITHOUT ROWID;
"""

# Somebody wrote or changed what the gateway did not.
ALTERED = {"conflict", "leaf_differs", "foreign", "disordered"}


class Knowledge:
    """
    Everything that is known of what was read, in one SQLite file: next number of each lane, the last `remember` leaves of it, and
    the gaps that are still open. A lane is one (topic, partition, ledger).
    """

    def __init__(self, file, remember=10_000):
        self.remember = remember
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(SCHEMA)

    def next_offset(self, topic, partition):
        row = self.db.execute('SELECT next_offset FROM position WHERE topic = ? AND "partition" = ?', (topic, partition)).fetchone()
        return row and row[0]

    def open_gaps(self, topic):
        rows = self.db.execute(
            'SELECT "partition", ledger, first_pseq, last_pseq FROM gap WHERE topic = ? AND kind = \'gap\' ORDER BY 1, 2, 3', (topic,)
        )
        return [dict(zip(("partition", "ledger", "first_pseq", "last_pseq"), row)) for row in rows]

    def begin(self):
        self.db.execute("BEGIN IMMEDIATE")

    def commit(self):
        self.db.execute("COMMIT")

    def judge(self, topic, partition, offset, value, leaf_header):
        """Takes one message. Returns whether it is a record to pass on, and what is to be said of it (a kind, and details)."""
        self._moved(topic, partition, offset)
        chain = chain_of(value)
        if chain is None:
            return False, [("foreign", {})]
        ledger, seq, pseq = chain
        leaf = hashlib.sha256(b"\0" + value).digest()
        lane = (topic, partition, ledger)
        where = {"ledger": ledger, "seq": seq, "pseq": pseq}
        findings = []
        if leaf_header is not None and leaf_header != base64.urlsafe_b64encode(leaf).rstrip(b"="):
            findings.append(("leaf_differs", where))
        row = self.db.execute('SELECT next_pseq, last_seq FROM lane WHERE topic = ? AND "partition" = ? AND ledger = ?', lane).fetchone()
        next_pseq, last_seq = row or (0, -1)
        if pseq < next_pseq:
            is_new, said = self._again(lane, pseq, leaf, where)
            return is_new, findings + said
        if seq <= last_seq:
            return False, findings + [("disordered", where)]
        if pseq > next_pseq:
            findings.append(self._gap(lane, next_pseq, pseq - 1, is_first=row is None))
        self.db.execute("REPLACE INTO lane VALUES (?, ?, ?, ?, ?)", (*lane, pseq + 1, seq))
        self._remember(lane, pseq, leaf)
        return True, findings

    def _moved(self, topic, partition, offset):
        self.db.execute(
            "INSERT INTO position VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset",
            (topic, partition, offset + 1, offset),
        )

    def _gap(self, lane, first, last, is_first):
        """
        Where reading began behind the first offset, the first records of a ledger may be there and unread, or gone by retention:
        that is said, and is no gap.
        """
        (begun,) = self.db.execute('SELECT first_offset FROM position WHERE topic = ? AND "partition" = ?', lane[:2]).fetchone()
        kind = "start_unknown" if is_first and begun > 0 else "gap"
        self.db.execute("REPLACE INTO gap VALUES (?, ?, ?, ?, ?, ?)", (*lane, first, last, kind))
        return kind, {"ledger": lane[2], "first_pseq": first, "last_pseq": last}

    def _again(self, lane, pseq, leaf, where):
        """A number below the next one: late, if it was missing; else a duplicate, if it is the same bytes."""
        key = (*lane, pseq)
        in_lane = 'topic = ? AND "partition" = ? AND ledger = ?'
        gap = self.db.execute(
            f"SELECT first_pseq, last_pseq, kind FROM gap WHERE {in_lane} AND first_pseq <= ? ORDER BY first_pseq DESC LIMIT 1", key
        ).fetchone()
        if gap is not None and pseq <= gap[1]:
            first, last, kind = gap
            self.db.execute(f"DELETE FROM gap WHERE {in_lane} AND first_pseq = ?", (*lane, first))
            for rest in ((first, pseq - 1), (pseq + 1, last)):
                if rest[0] <= rest[1]:
                    self.db.execute("REPLACE INTO gap VALUES (?, ?, ?, ?, ?, ?)", (*lane, *rest, kind))
            self._remember(lane, pseq, leaf)
            return True, [("late", where)]
        seen = self.db.execute(f"SELECT leaf FROM seen WHERE {in_lane} AND pseq = ?", key).fetchone()
        if seen is None:
            return False, [("duplicate_unchecked", where)]
        return False, [("duplicate" if seen[0] == leaf else "conflict", where)]

    def _remember(self, lane, pseq, leaf):
        self.db.execute("REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", (*lane, pseq, leaf))
        self.db.execute(
            'DELETE FROM seen WHERE topic = ? AND "partition" = ? AND ledger = ? AND pseq <= ?', (*lane, pseq - self.remember)
        )


def chain_of(value):
    """(ledger, seq, pseq) of a record; None when it is none."""
    try:
        chain = json.loads(value)["chain"]
        ledger, seq, pseq = chain["ledger"], chain["seq"], chain["pseq"]
    except (ValueError, TypeError, KeyError):
        return None
    numbers = all(type(number) is int and 0 <= number < 2**53 for number in (seq, pseq))
    return (ledger, seq, pseq) if isinstance(ledger, str) and numbers else None
