"""One ledger: its records in their order, its signed side, and whether both say the same."""
import heapq

from .findings import KIND_OF
from .notes import Tree, parse_certificate, parse_checkpoint, parse_note
from .pruned import parse_pruned
from .records import FIRST_PREV, TOPIC_OF, base64url, from_base64url, is_count, leaf_of, opening_of, parse, partition_of

DIFFERS = {
    "checkpoint": "root_differs",
    "anchor": "anchor_differs",
    "witness": "witness_differs",
    "pruning": "pruned_differs",
    "sample": "sample_not_proven",
}
COVERS_MORE = {
    "checkpoint": "tail_cut",
    "anchor": "anchored_more",
    "witness": "witnessed_more",
    "pruning": "pruned_differs",
    "sample": "sample_not_proven",
}
STARTS = {"session.opened", "session.held"}
ENDS = {"session.closed", "session.denied", "session.aborted"}
MAX_OPEN_SESSIONS = 100_000
MAX_GAPS = 1000
MAX_TIPS = 8


def open_certificate(text, ledger, pinned):
    """(certificate, None), or (None, why not)."""
    note = parse_note(text)
    certificate = parse_certificate(note)
    if certificate is None or certificate.ledger != ledger:
        return None, "no_certificate"
    if any(note.is_signed_by(key) for key in pinned or [certificate.issuer]):
        return certificate, None
    return None, "certificate_forged"


class Seal:
    """Steps 7 and 8: certificate, tip, published, anchored and witnessed checkpoints of one ledger."""

    def __init__(self, source, pinned, anchored, others, report):
        self.source, self.pinned, self.anchored, self.others, self.report = source, pinned, anchored, others, report
        self.published_count = self.published_size = 0
        rows = source.certificates()
        text = rows[0][1] if len(rows) == 1 else None
        self.certificate, why = open_certificate(text, source.ledger, pinned)
        if why:
            report(why)
        elif rows[0][0] not in (None, self.certificate.counter):
            report("column_differs", detail="certificate.counter")
        self.tip = self.open_tip(source.tips())

    def open_tip(self, rows):
        if len(rows) != 1:
            return self.report("no_checkpoint")
        size, text = rows[0]
        tip, why = self.open(text, self.certificate)
        if why:
            return self.report(why)
        if tip and size not in (None, tip.size):
            self.report("column_differs", detail="tip.size")
        return tip

    def open(self, text, certificate):
        """(None, None): it is a checkpoint, but nobody knows of which key."""
        note = parse_note(text)
        checkpoint = parse_checkpoint(note)
        if checkpoint is None or checkpoint.ledger != self.source.ledger:
            return None, "no_checkpoint"
        if certificate is None:
            return None, None
        return (checkpoint, None) if note.is_signed_by(certificate.key) else (None, "checkpoint_forged")

    def heads(self):
        tip = [(self.tip.size, self.tip.root, "checkpoint")] if self.tip else []
        return heapq.merge(self.published(), tip, self.anchored_heads(), *self.others, key=lambda head: head[0])

    def published(self):
        for position, size, text in self.source.published():
            checkpoint, why = self.open(text, self.certificate)
            if position not in (None, self.published_count):
                self.report("checkpoints_missing", detail=f"from number {self.published_count}")
            self.published_count = (self.published_count if position is None else position) + 1
            if why:
                self.report("checkpoint_forged", size - 1 if type(size) is int else None)
            if checkpoint is None:
                continue
            before, self.published_size = self.published_size, max(self.published_size, checkpoint.size)
            if size not in (None, checkpoint.size) or checkpoint.size <= before:
                self.report("column_differs", detail="checkpoint.size")
            if checkpoint.size > before:
                yield checkpoint.size, checkpoint.root, "checkpoint"

    def anchored_heads(self):
        if self.anchored is None:
            return
        certificate, why = open_certificate(self.anchored.certificate(), self.source.ledger, self.pinned)
        if why:
            self.report("anchor_forged")
            return
        if self.certificate and self.certificate.hash != certificate.hash:
            self.report("anchored_certificate_differs")
        for size, text in self.anchored.checkpoints():
            checkpoint, _ = self.open(text, certificate)
            if checkpoint and checkpoint.size == size:
                yield size, checkpoint.root, "anchor"
            else:
                self.report("anchor_forged", size - 1)

    def end(self, records, closed):
        if self.tip and self.tip.size < records:
            self.report("records_unsigned", self.tip.size)
        is_last_missing = closed and self.tip and self.published_size < self.tip.size
        if self.published_count == 0 or is_last_missing:
            self.report("checkpoints_missing", detail=f"from number {self.published_count}")


class Walk:
    """Steps 1 to 6, and the roots of step 8."""

    def __init__(self, source, sessions, findings, pinned, anchored, others, samples=None):
        self.source, self.sessions, self.findings, self.ledger = source, sessions, findings, source.ledger
        self.next, self.tips, self.gaps = 0, [FIRST_PREV], []
        self.lanes, self.is_from_start = {}, True
        self.closed, self.opening = False, None
        self.tree, self.is_lost, self.root = Tree(), False, None
        self.pruned_to, self.passed, self.samples = 0, 0, samples
        self.seal = Seal(source, pinned, anchored, others, self.report)

    def report(self, reason, seq=None, detail=None):
        self.findings.add(self.ledger, reason, seq, detail)

    def spoil(self, reason, seq=None, detail=None):
        """A finding after which the tree is not known any more."""
        self.is_lost = self.is_lost or KIND_OF[reason] != "index"
        self.report(reason, seq, detail)

    def run(self):
        heads = self.seal.heads()
        head = self.compare(next(heads, None), heads)
        for position, row in enumerate(self.source.rows()):
            self.row(row)
            head = self.compare(head, heads)
            if position == 0:
                head = self.resume(head, heads)
        for first, last in self.gaps:
            self.spoil("records_missing", first, f"to {last}")
        if self.next == 0:
            self.spoil("no_records")
        more = {}
        while head:
            if head[0] > self.next:
                more[head[2]] = head[0]
            head = next(heads, None)
        for by, size in more.items():
            self.report(COVERS_MORE[by], self.next, f"to {size - 1}")
        self.root = None if self.is_lost else base64url(self.tree.root())
        self.seal.end(self.next, self.closed)

    def resume(self, head, heads):
        """After record 0, where those after it were pruned."""
        is_there, found = self.source.pruned()
        pruned = parse_pruned(found) if is_there else None
        if is_there and pruned is None:
            self.spoil("pruned_differs")
        if pruned is None or self.next != 1:
            return head
        first = from_base64url(self.tips[0])
        if not pruned.holds_first(first):
            self.spoil("pruned_differs", 0, "ledger.opened")
        self.next = self.pruned_to = pruned.size
        self.tips, self.lanes = [pruned.prev], dict(pruned.lanes)
        while head and head[0] < pruned.size:
            self.passed += 1
            head = next(heads, None)
        if not self.is_lost:
            self.tree.size, self.tree.roots = pruned.size, pruned.roots
        return self.compare(head, heads)

    def compare(self, head, heads):
        """Passes by the heads of the size that the tree has now."""
        while head and not self.is_lost and head[0] == self.tree.size:
            if head[1] != self.tree.root():
                self.spoil(DIFFERS[head[2]], max(0, head[0] - 1))
            head = next(heads, None)
        return head

    def row(self, row):
        value = row["value"] if type(row["value"]) is bytes else b""
        leaf = leaf_of(value)
        stored = row.get("leaf", leaf)
        is_intact = stored == leaf
        record, why = parse(value)
        place = self.place_of(row, record, is_intact)
        if not is_intact:
            self.spoil("leaf_differs", place)
        if why:
            self.spoil(why, place)
        is_new = self.step(place, record, leaf, stored)
        if record and is_new:
            self.read(record, place)
        else:
            self.forget_lanes()
        if not self.is_lost:
            self.tree.append(leaf)
        if record:
            self.compare_columns(row, record, place)

    def place_of(self, row, record, is_intact):
        said = record["chain"]["seq"] if record else None
        if said == self.next:
            return said
        if record and is_intact:
            if record["chain"]["prev"] not in self.tips:
                return said
            self.spoil("seq_differs", self.next, f"says {said}")
            return self.next
        column = row.get("seq")
        return column if is_count(column) and column > self.next else self.next

    def step(self, place, record, leaf, stored):
        if 0 < place < self.pruned_to:
            self.spoil("pruned_differs", place, "a record that was pruned")
            self.forget_lanes()
            return False
        if place < self.next:
            was_missing = self.take_gap(place)
            self.spoil("reordered" if was_missing else "repeated_seq", place)
            if place == self.next - 1 and len(self.tips) < MAX_TIPS:
                self.tips.append(base64url(leaf))
            self.forget_lanes()
            return was_missing
        if place > self.next:
            self.add_gap(self.next, place - 1)
            self.tips = []
            self.forget_lanes()
        if record and self.tips and record["chain"]["prev"] not in self.tips:
            self.spoil("prev_differs", place)
        self.tips = [base64url(leaf), base64url(stored) if type(stored) is bytes else ""]
        self.next = place + 1
        return True

    def read(self, record, place):
        chain, kind = record["chain"], record["type"]
        if chain["ledger"] != self.ledger:
            self.spoil("wrong_ledger", place)
        topic = TOPIC_OF[kind]
        expected = self.lanes.get(topic, 0 if self.is_from_start else chain["pseq"])
        if chain["pseq"] != expected:
            self.spoil("pseq_differs", place, f"{chain['pseq']} instead of {expected}")
        self.lanes[topic] = expected + 1
        if self.closed:
            self.spoil("record_after_close", place)
        self.closed = self.closed or kind == "ledger.closed"
        if place == 0:
            self.opening = opening_of(record)
            if self.opening is None:
                self.spoil("no_opening", place)
        session = record.get("session")
        if session is not None and self.samples:
            self.samples.saw(session)
        if session is not None and kind in ENDS:
            self.sessions.pop(session, None)
        if session is not None and kind in STARTS and len(self.sessions) < MAX_OPEN_SESSIONS:
            self.sessions.setdefault(session, (self.ledger, place))

    def compare_columns(self, row, record, place):
        topic, chain = TOPIC_OF[record["type"]], record["chain"]
        expected = {
            "seq": chain["seq"], "type": record["type"], "session": record.get("session"), "time": record["time"],
            "topic": topic, "pseq": chain["pseq"],
        }  # fmt: skip
        if self.opening:
            expected["partition"] = partition_of(self.ledger, topic, self.opening["partitions"])
        for name, value in expected.items():
            if name in row and row[name] != value:
                self.report("column_differs", place, name)

    def forget_lanes(self):
        self.lanes, self.is_from_start, self.is_lost = {}, False, True

    def add_gap(self, first, last):
        self.gaps.append((first, last))
        if len(self.gaps) > MAX_GAPS:
            oldest = self.gaps.pop(0)
            self.spoil("records_missing", oldest[0], f"to {oldest[1]}")

    def take_gap(self, place):
        for index, (first, last) in enumerate(self.gaps):
            if first <= place <= last:
                rest = [(first, place - 1), (place + 1, last)]
                self.gaps[index : index + 1] = [gap for gap in rest if gap[0] <= gap[1]]
                return True
        return False
