"""What stands in the place of records that were pruned: the tree over them, and where the next record goes on."""
import hashlib

from .records import TOPIC_OF, NotCanonical, base64url, canonical, from_base64url, is_count, read_json

MAX_LENGTH = 16 * 1024


class Pruned:
    def __init__(self, state):
        self.size, self.prev, self.lanes = state["size"], state["prev"], state["pseq"]
        self.path = [from_base64url(text) for text in state["path"]]
        self.roots = [from_base64url(text) for text in state["tree"]]

    def holds_first(self, leaf):
        for right in self.path:
            leaf = hashlib.sha256(b"\x01" + leaf + right).digest()
        return leaf == self.roots[0]


def parse_pruned(text):
    """None for anything that no writer would have written."""
    if type(text) is not str or len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_LENGTH:
        return None
    try:
        state = read_json(text)
        if type(state) is not dict or canonical(state) != text:
            return None
    except (ValueError, RecursionError, NotCanonical):
        return None
    return Pruned(state) if is_state(state) else None


def is_state(state):
    if state.keys() != {"path", "prev", "pseq", "size", "tree"} or not is_count(state["size"]) or state["size"] < 2:
        return False
    size, lanes = state["size"], state["pseq"]
    digits = f"{size:b}"
    return (
        are_hashes(state["path"], len(digits) - 1)
        and are_hashes(state["tree"], digits.count("1"))
        and are_hashes([state["prev"]], 1)
        and type(lanes) is dict
        and lanes.keys() <= set(TOPIC_OF.values())
        and all(is_count(count) and count > 0 for count in lanes.values())
        and sum(lanes.values()) == size
        and "admin" in lanes
        and (size % 2 == 0 or state["tree"][-1] == state["prev"])
    )


def are_hashes(texts, count):
    if type(texts) is not list or len(texts) != count or not all(type(text) is str for text in texts):
        return False
    return all((data := from_base64url(text)) is not None and len(data) == 32 for text in texts)
