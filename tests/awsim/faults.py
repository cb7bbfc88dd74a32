"""Faults on order, and a count of every call.

Not for: the shape of errors (errors.py) and the sockets that some faults tear (door.py). Invariant: a fault with a
`count` fires exactly that often, also when eight calls come at once.
"""

import random
import threading

EFFECTS = ("error", "corrupt", "truncate", "lose-answer", "vanish")
KEYS = {
    "service", "op", "account", "region", "match", "skip", "count", "rate", "delay_ms", "code", "status", "reason",
    "effect",
}  # fmt: skip


class Plan:
    """What shall go wrong, and how often each operation was called."""

    def __init__(self):
        self.lock = threading.Lock()
        self.faults = []
        self.calls = {}

    def replace(self, faults):
        """Takes a new list of faults; refuses one that could never do what its author thinks."""
        if not isinstance(faults, list):
            raise ValueError("faults must be a list")
        for fault in faults:
            unknown = sorted(set(fault) - KEYS)
            if unknown:
                raise ValueError(f"unknown keys: {', '.join(unknown)}")
            if fault.get("effect", "error") not in EFFECTS:
                raise ValueError(f"effect must be one of {', '.join(EFFECTS)}")
            if not fault.get("code") and not fault.get("effect") and not fault.get("delay_ms"):
                raise ValueError("a fault needs a code, an effect or a delay_ms")
        with self.lock:
            self.faults = [dict(fault) for fault in faults]

    def reset_calls(self):
        with self.lock:
            self.calls = {}

    def state(self):
        with self.lock:
            return {"faults": [dict(fault) for fault in self.faults], "calls": dict(self.calls)}

    def due(self, call):
        """Counts the call and returns the faults that strike it, in order."""
        with self.lock:
            name = f"{call.service}.{call.operation}"
            self.calls[name] = self.calls.get(name, 0) + 1
            return [dict(fault) for fault in self.faults if self.strikes(fault, call)]

    @staticmethod
    def strikes(fault, call):
        fits = (
            fault.get("service", call.service) == call.service
            and fault.get("op", call.operation) == call.operation
            and fault.get("account", call.account) == call.account
            and fault.get("region", call.region) == call.region
            and fault.get("match", "") in call.text
            and fault.get("count", 1) > 0
        )
        if not fits:
            return False
        if fault.get("skip", 0) > 0:
            fault["skip"] -= 1
            return False
        if random.random() >= fault.get("rate", 1):
            return False
        if "count" in fault:
            fault["count"] -= 1
        return True
