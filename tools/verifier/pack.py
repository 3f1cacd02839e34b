"""The folder of an evidence pack: its files against SHA256SUMS, and SHA256SUMS against pack.note. Nothing outside of it is opened."""
import hashlib
import os
import re
import sqlite3
import stat
from dataclasses import dataclass

from .notes import MAX_NOTE, Note, from_base64, parse_note
from .records import TIME
from .sources import Unreadable

PLACE = "pack"
SUMS, NOTE, RECORDS, ANCHOR, SAMPLE = "SHA256SUMS", "pack.note", "records.jsonl", "anchor", "sample"
MAGIC = "countersign evidence v1"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*", re.ASCII)
LINE = re.compile(rb"([0-9a-f]{64})  ([A-Za-z0-9._/-]{1,512})\n")
MAX_LINE = 1024
MAX_DEPTH = 16
CHUNK = 1024 * 1024
# A file is opened as what it was when its folder was listed: no link is followed, and no pipe waited for.
FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Statement:
    note: Note
    begin: str
    end: str
    made: str
    sums: bytes


class Pack:
    def __init__(self, root):
        if not root.is_dir():
            raise Unreadable(f"{root} is no folder")
        self.root, self.records, self.files, self.is_plain = root, root / RECORDS, 0, False
        self.sums = hash_of(root / SUMS)
        self.statement = read_statement(root / NOTE)

    @property
    def anchor(self):
        return self.root / ANCHOR if self.is_plain and (self.root / ANCHOR).is_dir() else None

    def check_files(self, findings):
        """Its files may be read further afterwards if it `is_plain`: where a name among them leads elsewhere they are not."""
        listed, is_plain = self.read_sums(findings), True
        for name, path, is_file in entries(self.root):
            self.files += 1
            is_plain = is_plain and is_file
            if is_file and name in (SUMS, NOTE):
                continue
            expected = find(listed, name)
            if listed is None:
                continue
            if expected is None:
                findings.add(PLACE, "pack_file_added", detail=name[:MAX_LINE])
            elif not is_file or hash_of(path) != expected:
                findings.add(PLACE, "pack_altered", detail=name)
        if listed is not None:
            for (name,) in listed.execute("SELECT name FROM listed WHERE NOT seen ORDER BY name"):
                findings.add(PLACE, "pack_file_missing", detail=name)
            if find(listed, RECORDS) is None:
                findings.add(PLACE, "pack_file_missing", detail=RECORDS)
        self.is_plain = is_plain

    def read_sums(self, findings):
        """On disk when it is large. None: there is nothing that files could be held against."""
        if self.sums is None:
            return findings.add(PLACE, "pack_file_missing", detail=SUMS)
        listed, before = sqlite3.connect(""), b""
        listed.execute("CREATE TABLE listed (name PRIMARY KEY, hash, seen DEFAULT 0) WITHOUT ROWID")
        with open_file(self.root / SUMS) as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                match = LINE.fullmatch(line)
                name = match and match[2].decode()
                if not match or match[2] <= before or not NAME.fullmatch(name) or name in (SUMS, NOTE):
                    return findings.add(PLACE, "pack_altered", detail=f"{SUMS}, line {number}")
                listed.execute("INSERT INTO listed (name, hash) VALUES (?, ?)", (name, match[1].decode()))
                before = match[2]
        return listed

    def says(self):
        return f"{self.statement.begin} to {self.statement.end}, made {self.statement.made}" if self.statement else "unsigned"

    def to_json(self):
        said = self.statement
        return {"files": self.files, "from": said and said.begin, "to": said and said.end, "made": said and said.made}

    def check_note(self, trusted, findings):
        if self.statement is None:
            findings.add(PLACE, "pack_forged", detail=f"{NOTE} is missing, or is none")
            return
        if not any(self.statement.note.is_signed_by(key) for key in trusted):
            findings.add(PLACE, "pack_forged", detail=f"{NOTE} is not signed by a key that is trusted")
        if self.sums is not None and self.statement.sums.hex() != self.sums:
            findings.add(PLACE, "pack_altered", detail=SUMS)


def find(listed, name):
    """Names that no line can have may be of any bytes."""
    if listed is None or not NAME.fullmatch(name):
        return None
    row = listed.execute("SELECT hash FROM listed WHERE name = ?", (name,)).fetchone()
    if row:
        listed.execute("UPDATE listed SET seen = 1 WHERE name = ?", (name,))
    return row and row[0]


def entries(folder, prefix="", depth=0):
    """(name in the pack, path, whether it is a regular file) of everything that is no folder, and of folders too deep to be one of a pack."""
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                yield from entries(entry.path, f"{prefix}{entry.name}/", depth + 1)
            else:
                yield prefix + entry.name, entry.path, entry.is_file(follow_symlinks=False)


def open_file(path):
    """None for everything but a regular file at this very place."""
    try:
        descriptor = os.open(path, FLAGS)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None


def hash_of(path):
    file = open_file(path)
    if file is None:
        return None
    digest = hashlib.sha256()
    with file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def read_statement(path):
    file = open_file(path)
    if file is None:
        return None
    with file:
        data = file.read(MAX_NOTE + 1)
    try:
        note = parse_note(data.decode())
    except UnicodeDecodeError:
        return None
    lines = note.text.split("\n") if note else []
    if len(lines) != 6 or lines[0] != MAGIC or lines[5] != "" or not all(TIME.fullmatch(line) for line in lines[1:4]):
        return None
    sums = from_base64(lines[4])
    return Statement(note, *lines[1:4], sums) if sums and len(sums) == 32 else None
