/** `README.txt` of a pack: for somebody who has the folder and nothing else. */
export function readmeText({
  from,
  to,
  made,
}: {
  readonly from: string;
  readonly to: string;
  readonly made: string;
}): string {
  return `Evidence of calls to inference endpoints, from ${from} to ${to} (without it).
Exported by Countersign at ${made}.

report.html      the report; opens in any browser, offline
csv/             its tables, complete
records.jsonl    every ledger, record by record, as a whole: the records of the period and all others, so that none can be left out
sample/          drawn sessions: each record with the proof that it is under a checkpoint which the key of its run signed
keys/            the long-term keys, as the exporting host has them
anchor/          a copy of the anchored checkpoints, if an anchor was given
verify/          a verifier: Python 3.9 or newer with the package cryptography
SHA256SUMS       of every other file
pack.note        the period and the SHA-256 of SHA256SUMS, signed by the long-term key

To check it, without a network:

    python3 verify/verify.py --pack . --key KEY --anchor ANCHOR

KEY is the line that "countersign ledger key" printed when somebody outside the operation wrote it down; what is in keys/ is this pack's
word for itself. ANCHOR is the folder of the anchor itself, where the administrators of the host do not reach; without --anchor the copy in
anchor/ counts. A verifier that comes with what it verifies proves little: take the one of a release of Countersign, it is the same.

Exit code 0: everything is as it was signed. 10 altered, 11 missing, 12 forked, 13 not signed by the key, 2 unreadable. 14: a ledger or a
session has no end; so looks what was still being written when the pack was made, and its end is in the next pack.

What that proves: the files are those that the holder of the long-term key exported; no record of these ledgers was altered, removed or
inserted after it was written, up to the newest checkpoint of the anchor against the administrators of the host too.
What it does not prove: that what was recorded is true; that every call was recorded (the report holds the access log of Envoy against the
ledgers, if it was given one); that the report draws the right conclusions (it can be computed again from records.jsonl); without ANCHOR,
anything against whoever had the host and its keys.
`;
}
