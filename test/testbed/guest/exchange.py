"""A table of frames that are sent, who must receive each, and whether that is what happened."""

import time
from dataclasses import dataclass

from frames import Port, frame
from programs import SLOW

ARRIVE_SECONDS = 60 * SLOW  # most that a frame may take on a busy machine; most take milliseconds
SETTLE_SECONDS = 0.5  # after the last one, for frames that should not have come


@dataclass
class Sent:
    name: str
    by: Port
    to: str
    source: str
    vlan: int | None
    expected: list  # of (port's title, VLAN tag or None)
    may: bool  # it is right, too, if they get none


class Exchange:
    """ports: title -> Port. Frames are added, then sent and compared, all at once."""

    def __init__(self, ports):
        self.ports = ports
        self.frames = []

    def add(self, name, by, to, source, vlan=None, expected=(), may=False):
        expected = sorted(expected, key=str)
        self.frames.append(Sent(name, self.ports[by], to, source, vlan, expected, may))

    def run(self):
        """Sends each frame once; prints one line per frame; returns how many went wrong."""
        for one in self.frames:
            one.by.send(frame(one.name, one.to, one.source, one.vlan))
            time.sleep(0.002)  # a busy machine's queues are not to fill
        end = time.monotonic() + ARRIVE_SECONDS
        while time.monotonic() < end and any(
            not one.may and set(one.expected) - set(self._receivers(one.name))
            for one in self.frames
        ):
            time.sleep(0.1)
        time.sleep(SETTLE_SECONDS)
        wrong = 0
        for one in self.frames:
            received = sorted(self._receivers(one.name), key=str)
            if received == one.expected or (one.may and not received):
                print(f"ok: {one.name}: {told(received)}", flush=True)
            else:
                wrong += 1
                print(f"WRONG: {one.name}: {told(received)}; want {told(one.expected)}", flush=True)
        self.frames = []
        return wrong

    def _receivers(self, name):
        """Each copy of the frame, as (port's title, tag)."""
        return [
            (title, vlan)
            for title, port in self.ports.items()
            for seen, vlan in port.seen()
            if seen == name
        ]


def told(receivers):
    if not receivers:
        return "nobody"
    return ", ".join(
        f"{title} untagged" if vlan is None else f"{title} tag {vlan}" for title, vlan in receivers
    )
