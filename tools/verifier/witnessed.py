"""What ledgers say of each other."""
import sqlite3

from .records import parse, pruning_of, witnessed_of
from .sources import Unreadable


class Witnessed:
    """On disk when it is large. Replicas witness each other in both directions, so it is read before the first is walked."""

    def __init__(self, source):
        self.db = sqlite3.connect("")
        self.db.execute("CREATE TABLE head (ledger, size, root, by, PRIMARY KEY (ledger, size, by, root)) WITHOUT ROWID")
        for _, ledgers in source.replicas():
            self.read(ledgers)

    def read(self, ledgers):
        for ledger in ledgers:
            self.db.executemany("INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?)", said_by(ledger))

    def of(self, ledger):
        return self.db.execute("SELECT size, root, by FROM head WHERE ledger = ? ORDER BY size, by DESC", (ledger,))

    def may_be_pruned_to(self, ledger):
        sql = "SELECT MAX(size) FROM head WHERE ledger = ? AND by = 'pruning'"
        return self.db.execute(sql, (ledger,)).fetchone()[0] or 0

    def ledgers(self):
        return [ledger for (ledger,) in self.db.execute("SELECT DISTINCT ledger FROM head WHERE by = 'witness'")]


def said_by(ledger):
    try:
        with ledger:
            for value in ledger.witnesses():
                record, _ = parse(value)
                if record is None:
                    continue
                yield from ((*head, "witness") for head in witnessed_of(record))
                pruning = pruning_of(record)
                if pruning and may_prune(ledger.ledger, pruning[0]):
                    yield (*pruning, "pruning")
    except (sqlite3.Error, Unreadable):
        return  # told when it is walked


def may_prune(by, ledger):
    """A replica prunes its own ledgers only: those of before, and the one that it writes."""
    return by.rpartition("/")[0] == ledger.rpartition("/")[0] and by >= ledger
