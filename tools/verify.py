#!/usr/bin/env python3
"""Verifies ledgers: docs/ledger-format.md. Needs Python 3.9 or newer and the package `cryptography`; no network, nothing of the gateway.

    verify.py DIRECTORY|BUNDLE.jsonl [--key KEY|FILE]... [--anchor DIR] [--json]
    verify.py --pack DIRECTORY       [--key KEY|FILE]... [--anchor DIR] [--json]

Exit codes: 0 consistent, 10 altered, 11 gap, 12 fork, 13 signature, 14 not closed, 2 unreadable or wrong usage.
"""
import argparse
import itertools
import json
import sqlite3
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # in a pack, its own cache would be a file that nobody signed

from verifier.findings import Findings
from verifier.notes import NO_PREVIOUS, parse_key
from verifier.pack import Pack
from verifier.samples import Samples
from verifier.sources import Bundle, Directory, Unreadable, anchored_ledgers
from verifier.walk import Walk, open_certificate
from verifier.witnessed import Witnessed

MAX_UNENDED = 100
NO_ANCHOR = "No anchor was given (--anchor): this is not resistant to the host's administrator."
NO_KEY = "No key was pinned (--key): the ledgers vouch for themselves."
OWN_KEYS = "So does the pack: whoever replaced all of it would pass."
OWN_ANCHOR = "That anchor is the copy in the pack, made by whoever exported it: --anchor names the anchor itself."


def source_of(path):
    return Directory(path) if path.is_dir() else Bundle(path)


def verify_pack(pack, pinned, anchored):
    findings, walks = Findings(), []
    pack.check_files(findings)
    if pack.is_plain:
        try:
            source = Bundle(pack.records)
            if not source.ledgers:
                raise Unreadable(f"{pack.records} holds no ledger")
            samples = Samples(pack, source, pinned, findings)
            anchored = anchored_ledgers(pack.anchor) if anchored is None and pack.anchor else anchored or {}
            walks = verify(source, pinned, anchored, findings, samples)[1]
            samples.check_counts()
        except (OSError, Unreadable) as error:
            findings.add("pack", "unreadable", detail=str(error))
    carried = {walk.seal.certificate.issuer for walk in walks if walk.seal.certificate}
    pack.check_note(pinned or carried, findings)
    return findings, walks


def verify(source, pinned, anchored, findings=None, samples=None):
    findings, walks = findings or Findings(), []
    witnessed = Witnessed(source)
    for replica, ledgers in source.replicas():
        is_writing = source.is_writing(replica)  # asked first: a writer that closes meanwhile has done nothing wrong
        sessions, of_replica, unread = {}, [], set()
        for ledger in ledgers:
            others = (witnessed.of(ledger.ledger), samples.heads(ledger.ledger) if samples else ())
            of_anchor = anchored.get(ledger.ledger)
            walk = walk_one(ledger, sessions, findings, pinned, of_anchor, others, samples)
            if walk is None:
                unread.add(ledger.ledger)
            else:
                of_replica.append(walk)
        check_pruning(of_replica, source, replica, witnessed, findings)
        check_succession(of_replica, is_writing, sessions, unread, findings)
        check_certificates(of_replica, bool(pinned), findings)
        walks += of_replica
    check_missing(source, pinned, anchored, witnessed, findings)
    return findings, walks


def walk_one(ledger, sessions, findings, pinned, anchored, others, samples):
    try:
        with ledger:
            for reason in ledger.file_findings():
                findings.add(ledger.ledger, reason)
            walk = Walk(ledger, sessions, findings, pinned, anchored, others, samples)
            walk.run()
            return walk
    except (sqlite3.Error, Unreadable, OSError) as error:
        findings.drop(ledger.ledger)
        findings.add(ledger.ledger, "unreadable", detail=str(error))
        return None


def check_pruning(walks, source, replica, witnessed, findings):
    """Ledgers are pruned in their order, so the record that says so of the newest one lies behind what is gone."""
    newest = next((walk for walk in reversed(walks) if walk.pruned_to), None)
    if newest is None or witnessed.may_be_pruned_to(newest.ledger) >= newest.pruned_to:
        return
    # Its writer may have gone on since it was asked what it says, and has said so before the first record went.
    witnessed.read(next((ledgers for name, ledgers in source.replicas() if name == replica), []))
    if witnessed.may_be_pruned_to(newest.ledger) < newest.pruned_to:
        findings.add(newest.ledger, "pruned_unrecorded", 1, f"to {newest.pruned_to - 1}")


def check_succession(walks, is_writing, sessions, unread, findings):
    before, named = {}, set()
    for walk in walks:
        previous = walk.opening and walk.opening["previous"]
        if walk.opening and previous is None and before:
            findings.add(walk.ledger, "two_beginnings", 0)
        if previous:
            check_link(walk, previous, before, unread, findings)
            if previous["ledger"] in named:
                findings.add(walk.ledger, "two_successors", 0)
            named.add(previous["ledger"])
        before[walk.ledger] = walk
    writing = walks[-1].ledger if walks and is_writing and not walks[-1].closed else None
    for walk in walks:
        if not walk.closed and walk.ledger != writing and walk.ledger not in named:
            findings.add(walk.ledger, "not_closed")
    unended = ((session, *place) for session, place in sessions.items() if place[0] != writing)
    for session, ledger, seq in itertools.islice(unended, MAX_UNENDED):
        findings.add(ledger, "session_without_end", seq, session)


def check_link(walk, previous, before, unread, findings):
    found = before.get(previous["ledger"])
    records = previous["records"]
    if found is None:
        if previous["ledger"] not in unread:
            findings.add(walk.ledger, "ledger_missing", 0, previous["ledger"])
    elif found.next < records:
        findings.add(found.ledger, "tail_missing", found.next, f"to {records - 1}")
    elif found.next > records:
        findings.add(found.ledger, "records_after_successor", records)
    elif found.root is not None and found.root != previous["root"]:
        findings.add(found.ledger, "previous_root_differs", records - 1)


def check_certificates(walks, is_pinned, findings):
    certificates = {walk.ledger: walk.seal.certificate for walk in walks}
    for walk in walks:
        own = walk.seal.certificate
        if own is None or walk.opening is None:
            continue
        previous = walk.opening["previous"]
        if previous is None:
            if (own.counter, own.previous) != (0, NO_PREVIOUS):
                findings.add(walk.ledger, "certificate_differs", detail=f"number {own.counter} of a first ledger")
            continue
        before = certificates.get(previous["ledger"])
        if before is None:
            continue
        if (own.counter, own.previous) != (before.counter + 1, before.hash):
            findings.add(walk.ledger, "certificate_differs", detail=f"number {own.counter} after {before.counter}")
        elif not is_pinned and own.issuer != before.issuer and not own.note.is_signed_by(before.issuer):
            findings.add(walk.ledger, "issuer_changed")


def check_missing(source, pinned, anchored, witnessed, findings):
    ledgers = {ledger.ledger for _, of_replica in source.replicas() for ledger in of_replica}
    replicas = {ledger.rpartition("/")[0] for ledger in ledgers}
    for ledger in anchored.keys() - ledgers:
        certificate, _ = open_certificate(anchored[ledger].certificate(), ledger, pinned)
        findings.add(ledger, "anchored_ledger_missing" if certificate else "anchor_forged")
    for ledger in set(witnessed.ledgers()) - ledgers - anchored.keys():
        if ledger.rpartition("/")[0] in replicas:
            findings.add(ledger, "witnessed_ledger_missing")


def keys_of(given):
    path = Path(given)
    try:
        lines = path.read_text().splitlines() if path.is_file() else [given]
    except ValueError:
        raise Unreadable(f"--key {given}: not a key") from None
    keys = [parse_key(line.strip()) for line in lines if line.strip()]
    if not keys or None in keys:
        raise Unreadable(f"--key {given}: not a key")
    return keys


def ledger_report(walk):
    pruned = {"to": walk.pruned_to, "checkpoints_not_computable": walk.passed} if walk.pruned_to else None
    return {"id": walk.ledger, "records": walk.next, "root": walk.root, "pruned": pruned}


def pruned_text(walk):
    if not walk.pruned_to:
        return ""
    return f"  pruned: 1 to {walk.pruned_to - 1} are in Kafka, {walk.passed} checkpoints of less cannot be computed here"


def report(findings, walks, pinned, anchor, pack, as_json):
    carried = sorted({str(walk.seal.certificate.issuer) for walk in walks if walk.seal.certificate})
    if as_json:
        print(json.dumps(to_json(findings, walks, pinned, carried, anchor, pack)))
        return
    if pack:
        print(f"pack  {pack.files} files  {pack.says()}")
    for walk in walks:
        print(f"{walk.ledger}  {walk.next} records  {'closed' if walk.closed else 'open'}{pruned_text(walk)}")
    for finding in findings.found:
        place = "" if finding["seq"] is None else f" at {finding['seq']}"
        detail = "" if finding["detail"] is None else f" ({ascii(finding['detail'])})"
        print(f"{finding['kind'].upper()}  {finding['ledger']}{place}: {finding['reason']}{detail}")
    print("consistent" if findings.exit_code == 0 else f"NOT consistent (exit {findings.exit_code})")
    for key in pinned:
        print(f"trusted key, pinned: {key}")
    for key in carried:
        print(f"key of the ledgers: {key}")
    print(f"trusted anchor: {anchor}" if anchor else NO_ANCHOR)
    if pack and pack.anchor == anchor and anchor:
        print(OWN_ANCHOR)
    if not pinned:
        print(f"{NO_KEY} {OWN_KEYS}" if pack else NO_KEY)


def to_json(findings, walks, pinned, carried, anchor, pack):
    ledgers = [ledger_report(walk) for walk in walks]
    keys = {"pinned_keys": [str(key) for key in pinned], "keys_of_the_ledgers": carried}
    return {
        "exit_code": findings.exit_code,
        "ledgers": ledgers,
        "findings": findings.found,
        "more_findings": findings.more,
        "trusted": {**keys, "anchor": anchor and str(anchor)},
        **({"pack": pack.to_json()} if pack else {}),
    }


def main():
    parser = argparse.ArgumentParser(description="verifies ledgers and evidence packs, see docs/ledger-format.md")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("path", type=Path, nargs="?", help="a folder of ledgers, or a bundle")
    place.add_argument("--pack", type=Path, help="the folder of an evidence pack")
    parser.add_argument("--key", action="append", default=[], help="a long-term key to trust, or a file of them")
    parser.add_argument("--anchor", help="folder with anchored checkpoints")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    pack, anchor = None, arguments.anchor
    try:
        pinned = [key for given in arguments.key for key in keys_of(given)]
        anchored = anchored_ledgers(anchor) if anchor else None
        if arguments.pack:
            pack = Pack(arguments.pack)
            findings, walks = verify_pack(pack, pinned, anchored)
            anchor = anchor or pack.anchor
        else:
            source = source_of(arguments.path)
            if not any(ledgers for _, ledgers in source.replicas()) and not anchored:
                raise Unreadable(f"{arguments.path} holds no ledger")
            findings, walks = verify(source, pinned, anchored or {})
    except (OSError, Unreadable) as error:
        print(error, file=sys.stderr)
        return 2
    report(findings, walks, pinned, anchor, pack, arguments.json)
    return findings.exit_code


if __name__ == "__main__":
    sys.exit(main())
