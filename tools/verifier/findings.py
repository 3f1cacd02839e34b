"""What can be wrong, in the order of its weight."""

KINDS = [
    ("fork", 12, "repeated_seq two_successors two_beginnings"),
    (
        "signature",
        13,
        "no_certificate certificate_forged certificate_differs issuer_changed no_checkpoint checkpoint_forged"
        " anchored_certificate_differs anchor_forged pack_forged",
    ),
    (
        "altered",
        10,
        "leaf_differs prev_differs seq_differs pseq_differs reordered not_utf8 not_json not_canonical not_a_record"
        " wrong_ledger no_opening record_after_close root_differs anchor_differs witness_differs records_unsigned"
        " previous_root_differs records_after_successor pruned_differs schema_differs"
        " pack_altered pack_file_added sample_not_proven",
    ),
    (
        "gap",
        11,
        "records_missing pruned_unrecorded no_records tail_cut tail_missing checkpoints_missing anchored_more witnessed_more"
        " anchored_ledger_missing witnessed_ledger_missing ledger_missing pack_file_missing",
    ),
    ("index", 10, "column_differs index_damaged"),
    ("unreadable", 2, "unreadable"),
    ("not_closed", 14, "not_closed session_without_end"),
]
KIND_OF = {reason: kind for kind, _, reasons in KINDS for reason in reasons.split()}
MAX_PER_REASON = 20


class Findings:
    """Of each reason and ledger the first few; the rest is counted."""

    def __init__(self):
        self.found = []
        self.counts = {}

    def add(self, ledger, reason, seq=None, detail=None):
        key = (ledger, reason)
        self.counts[key] = self.counts.get(key, 0) + 1
        if self.counts[key] <= MAX_PER_REASON:
            self.found.append({"ledger": ledger, "kind": KIND_OF[reason], "reason": reason, "seq": seq, "detail": detail})

    def drop(self, ledger):
        self.found = [finding for finding in self.found if finding["ledger"] != ledger]
        self.counts = {key: count for key, count in self.counts.items() if key[0] != ledger}

    @property
    def more(self):
        return sum(max(0, count - MAX_PER_REASON) for count in self.counts.values())

    @property
    def exit_code(self):
        kinds = {finding["kind"] for finding in self.found}
        return next((code for kind, code, _ in KINDS if kind in kinds), 0)
