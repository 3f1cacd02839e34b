"""Signed notes, certificates, checkpoints, and the tree they are about."""
import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .records import MAX_INTEGER, TIME

MAX_NOTE = 16 * 1024
MAX_SIGNATURES = 16
MAX_NAME = 256
MAGIC = "countersign certificate v1"
NO_PREVIOUS = base64.b64encode(bytes(32)).decode()
NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


def from_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def number(text):
    return int(text) if NUMBER.fullmatch(text) and int(text) <= MAX_INTEGER else None


def is_name(text):
    return 1 <= len(text.encode("utf-16-le")) // 2 <= MAX_NAME and not any(
        letter in "+\ufeff" or letter.isspace() for letter in text
    )


@dataclass(frozen=True)
class Key:
    name: str
    public: bytes

    @property
    def id(self):
        return hashlib.sha256(self.name.encode() + b"\n\x01" + self.public).digest()[:4]

    def __str__(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"


def parse_key(line):
    parts = line.split("+", 2)
    if len(parts) != 3 or not is_name(parts[0]) or not KEY_ID.fullmatch(parts[1]):
        return None
    data = from_base64(parts[2])
    if data is None or len(data) != 33 or data[0] != 1:
        return None
    key = Key(parts[0], data[1:])
    return key if key.id.hex() == parts[1] else None


@dataclass(frozen=True)
class Note:
    text: str
    signatures: tuple

    def is_signed_by(self, key):
        claims = [signature for name, key_id, signature in self.signatures if (name, key_id) == (key.name, key.id)]
        return claims != [] and all(is_signature(key, self.text, claim) for claim in claims)


def is_signature(key, text, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        return True
    except (InvalidSignature, ValueError):
        return False


def parse_note(note):
    if type(note) is not str:
        return None
    try:
        size = len(note.encode())
    except UnicodeEncodeError:
        return None
    is_plain = not any((letter < " " and letter != "\n") or "\x7f" <= letter <= "\x9f" for letter in note)
    blank = note.rfind("\n\n")
    if size > MAX_NOTE or not is_plain or blank < 1 or not note.endswith("\n"):
        return None
    signatures = [parse_signature(line) for line in note[blank + 2 : -1].split("\n")]
    if len(signatures) > MAX_SIGNATURES or None in signatures:
        return None
    return Note(note[: blank + 1], tuple(signatures))


def parse_signature(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not is_name(parts[1]):
        return None
    data = from_base64(parts[2])
    return None if data is None or len(data) < 5 else (parts[1], data[:4], data[4:])


@dataclass(frozen=True)
class Certificate:
    note: Note
    ledger: str
    counter: int
    previous: str
    key: Key
    issuer: Key

    @property
    def hash(self):
        return base64.b64encode(hashlib.sha256(self.note.text.encode()).digest()).decode()


def parse_certificate(note):
    lines = note.text.split("\n") if note else []
    if len(lines) != 8 or lines[0] != MAGIC or lines[7] != "":
        return None
    _, ledger, counter, previous, time, run_key, issuer, _ = lines
    counter, key, issuer = number(counter), parse_key(run_key), parse_key(issuer)
    digest = from_base64(previous)
    if counter is None or key is None or issuer is None or key.name != ledger or not TIME.fullmatch(time):
        return None
    return Certificate(note, ledger, counter, previous, key, issuer) if digest and len(digest) == 32 else None


@dataclass(frozen=True)
class Checkpoint:
    ledger: str
    size: int
    root: bytes


def parse_checkpoint(note):
    lines = note.text.split("\n") if note else []
    if len(lines) != 4 or lines[0] == "" or lines[3] != "":
        return None
    size, root = number(lines[1]), from_base64(lines[2])
    return Checkpoint(lines[0], size, root) if size is not None and root and len(root) == 32 else None


class Tree:
    """Walks forward; as many hashes as the size has bits."""

    def __init__(self):
        self.size = 0
        self.roots = []

    def append(self, leaf):
        before = self.size
        while before % 2 == 1:
            leaf = hashlib.sha256(b"\x01" + self.roots.pop() + leaf).digest()
            before //= 2
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        if not self.roots:
            return hashlib.sha256(b"").digest()
        *rest, root = self.roots
        for left in reversed(rest):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root
