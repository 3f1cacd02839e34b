"""Verifies many places in one process: `{"path","keys","anchor"}` a line in, `{"exitCode","reasons"}` a line out. For tests.

Of a pack (`{"pack","keys"}`) each reason comes with its detail."""
import json
import sys
from pathlib import Path

from verify import Pack, anchored_ledgers, keys_of, source_of, verify, verify_pack

for line in sys.stdin:
    asked = json.loads(line)
    pinned = [key for given in asked["keys"] for key in keys_of(given)]
    if "pack" in asked:
        findings, _ = verify_pack(Pack(Path(asked["pack"])), pinned, None)
        reasons = {f"{finding['reason']} {finding['detail'] or ''}".strip() for finding in findings.found}
    else:
        anchored = anchored_ledgers(asked["anchor"]) if asked["anchor"] else {}
        findings, _ = verify(source_of(Path(asked["path"])), pinned, anchored)
        reasons = {finding["reason"] for finding in findings.found}
    print(json.dumps({"exitCode": findings.exit_code, "reasons": sorted(reasons)}), flush=True)
