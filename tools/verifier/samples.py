"""The drawn sessions of a pack: each record under a checkpoint that the key of its run signed, and all that the ledgers have of it."""
import hashlib
import os
import sqlite3

from .notes import from_base64, parse_checkpoint, parse_note
from .pack import PLACE, SAMPLE, open_file
from .records import MAX_INTEGER, is_count, leaf_of, parse, read_json
from .sources import MAX_LINE, is_text
from .walk import open_certificate

REASON = "sample_not_proven"
HEAD_END = b'"records":[\n'
LAST_LINE = b"]}\n"
SUFFIX = ".json"
MAX_SAMPLES = 100_000
MAX_PROOF = MAX_INTEGER.bit_length()
MAX_DETAIL = 200


class NotProven(Exception):
    pass


class Samples:
    """Read before the ledgers are walked; the walk then says whether the checkpoints hold for the records that it sees."""

    def __init__(self, pack, source, pinned, findings):
        self.findings, self.pinned = findings, pinned
        self.ledgers = {ledger.ledger: ledger for _, of_replica in source.replicas() for ledger in of_replica}
        self.counts = {}
        self.db = sqlite3.connect("")
        self.db.execute("CREATE TABLE head (ledger, size, root, PRIMARY KEY (ledger, size, root)) WITHOUT ROWID")
        self.db.execute("CREATE TABLE given (ledger, seq, PRIMARY KEY (ledger, seq)) WITHOUT ROWID")
        folder = pack.root / SAMPLE
        if folder.is_dir():
            with os.scandir(folder) as found:
                for entry in found:
                    self.read(entry.name, entry.path)

    def heads(self, ledger):
        return self.db.execute("SELECT size, root, 'sample' FROM head WHERE ledger = ? ORDER BY size", (ledger,))

    def saw(self, session):
        if session in self.counts:
            self.counts[session][1] += 1

    def check_counts(self):
        for session, (given, found) in self.counts.items():
            if given != found:
                self.report(session + SUFFIX, f"{given} of {found} records of the session")

    def report(self, name, why):
        self.findings.add(PLACE, REASON, detail=f"{SAMPLE}/{name}: {why}"[:MAX_DETAIL])

    def read(self, name, path):
        file = open_file(path)
        if file is None or not name.endswith(SUFFIX) or len(self.counts) == MAX_SAMPLES:
            self.report(name, "not a file of a sample")
            return
        self.db.execute("DELETE FROM given")
        with file:
            try:
                session, checkpoints = self.read_head(name, file.readline(MAX_LINE))
                self.counts[session] = counts = [0, 0]
                for line in iter(lambda: file.readline(MAX_LINE), LAST_LINE):
                    counts[0] += self.read_record(name, line, checkpoints) == session
                if file.read(1) != b"":
                    raise NotProven("it goes on after its end")
            except NotProven as why:
                self.report(name, str(why))

    def read_head(self, name, line):
        if not line.endswith(HEAD_END):
            raise NotProven("its first line is none")
        head = members(line + LAST_LINE, {"v", "session", "checkpoints", "records"})
        if (type(head["v"]), head["v"]) != (int, 1) or type(head["checkpoints"]) is not list or head["session"] != name[: -len(SUFFIX)]:
            raise NotProven("its first line is none")
        checkpoints = {}
        for each in head["checkpoints"]:
            if type(each) is not dict or each.keys() != {"ledger", "note"} or not is_text(each["ledger"]):
                raise NotProven("its first line is none")
            checkpoint = self.open(each)
            if checkpoint is None or each["ledger"] in checkpoints:
                self.report(name, f"the checkpoint of {each['ledger']} is not one that its run signed")
                continue
            checkpoints[each["ledger"]] = checkpoint
            row = (checkpoint.ledger, checkpoint.size, checkpoint.root)
            self.db.execute("INSERT OR IGNORE INTO head VALUES (?, ?, ?)", row)
        return head["session"], checkpoints

    def open(self, given):
        ledger = self.ledgers.get(given["ledger"])
        if ledger is None:
            return None
        certificate, _ = open_certificate(ledger.certificates()[0][1], ledger.ledger, self.pinned)
        note = parse_note(given["note"])
        checkpoint = parse_checkpoint(note)
        if certificate is None or checkpoint is None or checkpoint.ledger != ledger.ledger:
            return None
        return checkpoint if note.is_signed_by(certificate.key) else None

    def read_record(self, name, line, checkpoints):
        """Its session."""
        given = members(line.rstrip(b"\n").rstrip(b","), {"ledger", "seq", "value", "proof"})
        ledger, seq = given["ledger"], given["seq"]
        if not is_text(ledger) or not is_count(seq) or not is_text(given["value"]):
            raise NotProven("a line that is no record")
        value = given["value"].encode()
        record, _ = parse(value)
        if record is None or (record["chain"]["ledger"], record["chain"]["seq"]) != (ledger, seq):
            self.report(name, f"not a record at {seq} of {ledger}")
            return None
        try:
            self.db.execute("INSERT INTO given VALUES (?, ?)", (ledger, seq))
        except sqlite3.IntegrityError:
            self.report(name, f"{seq} of {ledger} twice")
            return None
        checkpoint, proof = checkpoints.get(ledger), hashes(given["proof"])
        if checkpoint is None or proof is None or not is_included(leaf_of(value), seq, checkpoint, proof):
            self.report(name, f"no proof that {seq} of {ledger} is this")
            return None
        return record.get("session")


def members(line, names):
    try:
        value = read_json(line.decode())
    except (ValueError, RecursionError) as error:
        raise NotProven("a line that is not JSON") from error
    if type(value) is not dict or value.keys() != names:
        raise NotProven("a line with other members")
    return value


def hashes(proof):
    if type(proof) is not list or len(proof) > MAX_PROOF:
        return None
    nodes = [from_base64(node) if type(node) is str else None for node in proof]
    return nodes if all(node is not None and len(node) == 32 for node in nodes) else None


def is_included(leaf, seq, checkpoint, proof):
    """RFC 9162 section 2.1.3.2."""
    if seq >= checkpoint.size:
        return False
    place, last, node = seq, checkpoint.size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        place, last = place // 2, last // 2
    return last == 0 and node == checkpoint.root
