"""Runs functions of a client script as a test asks for them: a line of JSON in, a line of JSON out, each in a thread of its own.

One process for all of them, because importing these packages takes longer than most of the calls.
"""

import json
import sys
import threading
import traceback
from collections.abc import Callable

Scenario = Callable[[dict], dict]


def main(*scenarios: Scenario) -> None:
    by_name = {scenario.__name__: scenario for scenario in scenarios}
    lock = threading.Lock()

    def answer(request: dict) -> None:
        try:
            outcome = {"result": by_name[request["scenario"]](request["given"])}
        except Exception:
            outcome = {"raised": traceback.format_exc()}
        with lock:
            print(json.dumps({"id": request["id"], **outcome}), flush=True)

    for line in sys.stdin:
        threading.Thread(target=answer, args=[json.loads(line)]).start()
