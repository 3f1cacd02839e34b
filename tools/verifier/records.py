"""The bytes of a record: canonical JSON, members, leaf."""
import base64
import hashlib
import json
import math
import re

TOPIC_OF = {
    **dict.fromkeys(
        ["session.opened", "session.received", "session.held", "session.closed", "session.denied", "session.aborted",
         "refusals.counted"],
        "events",
    ),
    "payload.part": "payloads",
    **dict.fromkeys(
        ["approval.requested", "approval.decided", "approval.consumed", "approval.expired", "approval.withdrawn"],
        "approvals",
    ),
    **dict.fromkeys(
        [
            "ledger.opened", "ledger.closed", "ledger.degraded", "ledger.gap_declared", "ledger.witnessed",
            "ledger.pruned",
            "policy.loaded", "policy.rejected", "kafka.topics_drifted",
            "payload.revealed", "payload.reveal_refused", "evidence.exported",
            "key.loaded", "key.rejected", "key.rotated", "key.shredded", "key.held", "key.released",
        ],
        "admin",
    ),
}  # fmt: skip
ONE_PARTITION = {"approvals", "admin"}
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
FIRST_PREV = "A" * 43
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
TO_ESCAPE = re.compile(r'["\\\x00-\x1f]')


class NotCanonical(Exception):
    pass


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    """None for anything that is not the one spelling of some bytes."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, TypeError):
        return None
    return data if base64url(data) == text else None


def leaf_of(value):
    return hashlib.sha256(b"\x00" + value).digest()


def is_count(value):
    return type(value) is int and 0 <= value <= MAX_INTEGER


def canonical(value, depth=0):
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is int:
        if abs(value) > MAX_INTEGER:
            raise NotCanonical
        return str(value)
    if type(value) is str:
        return string(value)
    if depth == MAX_DEPTH:
        raise NotCanonical
    if type(value) is list:
        return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
    if type(value) is dict:
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(string(key) + ":" + canonical(value[key], depth + 1) for key in keys) + "}"
    raise NotCanonical  # a float


def string(text):
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotCanonical
    return '"' + TO_ESCAPE.sub(lambda match: ESCAPES.get(match[0], f"\\u{ord(match[0]):04x}"), text) + '"'


def read_json(text):
    """Raises ValueError and RecursionError."""
    return json.loads(text, parse_constant=refuse_constant, parse_int=bounded)


def refuse_constant(_):
    raise ValueError("NaN and infinities are not JSON")


def bounded(digits):
    """Python takes hours for millions of digits, or refuses them. No integer that means something here is as long; infinity is none."""
    return int(digits) if len(digits) <= len(str(-MAX_INTEGER)) else math.inf


def parse(value):
    """(record, None), or (None, the reason why the bytes are none)."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None, "not_utf8"
    try:
        record = read_json(text)
    except RecursionError:
        return None, "not_canonical"
    except ValueError:
        return None, "not_json"
    if type(record) is not dict:
        return None, "not_a_record"
    try:
        if canonical(record) != text:
            return None, "not_canonical"
    except (NotCanonical, RecursionError):
        return None, "not_canonical"
    return (record, None) if is_record(record) else (None, "not_a_record")


def is_record(record):
    chain = record.get("chain")
    return (
        record.keys() - {"session"} == {"chain", "data", "time", "type", "v"}
        and type(record.get("session", "")) is str
        and type(record["v"]) is int
        and record["v"] == 1
        and type(record["data"]) is dict
        and type(record["time"]) is str
        and TIME.fullmatch(record["time"]) is not None
        and type(record["type"]) is str
        and record["type"] in TOPIC_OF
        and type(chain) is dict
        and chain.keys() == {"ledger", "prev", "pseq", "seq"}
        and type(chain["ledger"]) is str
        and type(chain["prev"]) is str
        and is_count(chain["pseq"])
        and is_count(chain["seq"])
    )


def partition_of(ledger, topic, partitions):
    if topic in ONE_PARTITION:
        return 0
    value = 0x811C9DC5
    for byte in ledger.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value % partitions


def opening_of(record):
    """partitions and previous of a ledger.opened; None when it has not the members of one."""
    data = record["data"]
    partitions, previous = data.get("partitions"), data.get("previous")
    if record["type"] != "ledger.opened" or type(partitions) is not int or partitions < 1 or "previous" not in data:
        return None
    if previous is not None:
        if type(previous) is not dict:
            return None
        ledger, records, root = (previous.get(name) for name in ("ledger", "records", "root"))
        if type(ledger) is not str or type(records) is not int or type(root) is not str:
            return None
    return {"partitions": partitions, "previous": previous}


def pruning_of(record):
    """(ledger, size, root) of a ledger.pruned; None when it is another record, or not readable."""
    if record["type"] != "ledger.pruned":
        return None
    ledger, size, root = (record["data"].get(name) for name in ("ledger", "size", "root"))
    data = from_base64url(root) if type(root) is str else None
    is_one = type(ledger) is str and is_count(size) and size > 0 and data is not None and len(data) == 32
    return (ledger, size, data) if is_one else None


def witnessed_of(record):
    """[(ledger, size, root)] of a ledger.witnessed."""
    peers = record["data"].get("peers") if record["type"] == "ledger.witnessed" else None
    for peer in peers if type(peers) is list else []:
        if type(peer) is not dict:
            continue
        ledger, size, root = peer.get("ledger"), peer.get("size"), peer.get("root")
        data = from_base64url(root) if type(root) is str else None
        if type(ledger) is str and is_count(size) and size > 0 and data is not None and len(data) == 32:
            yield ledger, size, data
