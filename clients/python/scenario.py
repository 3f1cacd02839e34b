"""Runs one function of a client script: JSON from stdin, JSON to stdout, an exception to stderr and exit code 1."""

import json
import sys
from collections.abc import Callable, Sequence


def main(scenarios: Sequence[Callable[[dict], dict]], name: str) -> None:
    by_name = {scenario.__name__: scenario for scenario in scenarios}
    print(json.dumps(by_name[name](json.load(sys.stdin))))
