"""Verifies many places in one process: `{"path","keys","anchor"}` a line in, `{"exitCode","reasons"}` a line out. For tests."""
import json
import sys
from pathlib import Path

from verify import anchored_ledgers, keys_of, source_of, verify

for line in sys.stdin:
    asked = json.loads(line)
    pinned = [key for given in asked["keys"] for key in keys_of(given)]
    anchored = anchored_ledgers(asked["anchor"]) if asked["anchor"] else {}
    findings, _ = verify(source_of(Path(asked["path"])), pinned, anchored)
    reasons = sorted({finding["reason"] for finding in findings.found})
    print(json.dumps({"exitCode": findings.exit_code, "reasons": reasons}), flush=True)
