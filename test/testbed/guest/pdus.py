"""PDUs of every shape, each sent once and compared byte by byte with what comes out at the other end."""

import time

from exchange import ARRIVE_SECONDS
from frames import VLAN, whole

SERVICE = 0x88A8  # the outer tag of 802.1ad
LONGEST, JUMBO = 1514, 4000  # without tags

SHAPES = {
    "untagged": {},
    "untagged, longest": {"length": LONGEST},
    "tagged": {"tags": [(VLAN, 7)]},
    "tagged with a priority": {"tags": [(VLAN, 0xA007)]},
    "tagged with a priority only": {"tags": [(VLAN, 0xA000)]},
    "tagged, longest": {"tags": [(VLAN, 7)], "length": LONGEST},
    "QinQ": {"tags": [(SERVICE, 100), (VLAN, 7)]},
    "QinQ of two C-tags": {"tags": [(VLAN, 100), (VLAN, 7)]},
    "QinQ, longest": {"tags": [(SERVICE, 100), (VLAN, 7)], "length": LONGEST},
    "jumbo": {"length": JUMBO},
    "jumbo, tagged": {"tags": [(VLAN, 7)], "length": JUMBO},
}


def compare(when, ways):
    """ways: title -> (port, its MAC, other port, other's MAC). Prints a line each; returns how many are wrong."""
    wrong = 0
    for title, (by, source, at, to) in ways.items():
        for shape, of in SHAPES.items():
            name = f"{title}, {when}: {shape}"
            sent = whole(name, to, source, **{"tags": (), "length": 100, **of})
            by.send(sent)
            end = time.monotonic() + ARRIVE_SECONDS
            while (came := at.bytes_of(name)) is None and time.monotonic() < end:
                time.sleep(0.02)
            # A card may fill up what is short.
            same = came is not None and came.rstrip(b"\0") == sent.rstrip(b"\0")
            wrong += not same
            what = "nothing" if came is None else f"{len(came)} bytes, {came[12:24].hex()}"
            print(f"ok: {name}" if same else f"WRONG: {name}: {what}", flush=True)
    return wrong
