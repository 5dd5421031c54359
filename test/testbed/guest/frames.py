"""Ethernet frames in the testbed's guest: made by name, sent and received on network interfaces.

Every frame carries its name as payload under an EtherType of its own, so whoever receives it can
say which one it is, and frames of other programs are told apart. Nothing but Python and Linux.
"""

import random
import select
import socket
import struct
import threading
import time

ETHERTYPE = 0x88B5  # for local experiments, IEEE 802
VLAN = 0x8100
TAGS = (VLAN, 0x88A8)  # of 802.1Q and 802.1ad
SHORTEST = 60  # without FCS

SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_AUXDATA, PACKET_MR_PROMISC = 263, 1, 8, 1
STATUS_VLAN_VALID = 1 << 4  # of PACKET_AUXDATA
ETH_P_ALL = 3


def frame(name, to, source, vlan=None):
    """A frame with that name; to and source are addresses as text, vlan its tag."""
    tag = b"" if vlan is None else struct.pack("!HH", VLAN, vlan)
    data = mac(to) + mac(source) + tag + body(name)
    return data.ljust(SHORTEST + len(tag), b"\0")


def whole(name, to, source, tags=(), length=SHORTEST):
    """One of that length, tags not counted, without any filler; tags are (TPID, TCI) each."""
    head, text = mac(to) + mac(source), body(name)
    more = random.Random(name).randbytes(length - len(head) - len(text))
    return head + b"".join(struct.pack("!HH", *tag) for tag in tags) + text + more


def body(name):
    text = name.encode()
    return struct.pack("!HH", ETHERTYPE, len(text)) + text


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def name_and_vlan(data):
    """What frame() was given, or None for a frame that is not of ours; of two tags, the outer one."""
    vlan = None
    while len(data) >= 16 and struct.unpack_from("!H", data, 12)[0] in TAGS:
        tci = struct.unpack_from("!H", data, 14)[0]
        vlan = tci & 0xFFF if vlan is None else vlan
        data = data[:12] + data[16:]
    if len(data) < 16 or data[12:14] != struct.pack("!H", ETHERTYPE):
        return None
    length = struct.unpack_from("!H", data, 14)[0]
    return data[16 : 16 + length].decode(errors="replace"), vlan


class Listener:
    """Has seen(): (name, vlan) of every named frame that came in so far, in order; bytes_of each."""

    def __init__(self):
        self._seen = []
        self._bytes = {}

    def bytes_of(self, name):
        """The last one of that name as it came, tags included, or None."""
        self.seen()
        return self._bytes.get(name)

    def _came(self, data):
        found = name_and_vlan(data)
        if found:
            self._seen.append(found)
            self._bytes[found[0]] = data

    def wait_for(self, name, seconds):
        """Waits until a frame of that name is there; its (name, vlan), or None."""
        end = time.monotonic() + seconds
        while True:
            found = next((one for one in self.seen() if one[0] == name), None)
            if found or time.monotonic() > end:
                return found
            time.sleep(0.05)


class Port(Listener):
    """A network interface: sends frames, and collects the named ones that come in."""

    def __init__(self, interface):
        super().__init__()
        self.interface = interface
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.bind((interface, ETH_P_ALL))
        index = socket.if_nametoindex(interface)
        promiscuous = struct.pack("iHH8s", index, PACKET_MR_PROMISC, 0, b"")
        self._socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous)
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def send(self, data):
        self._socket.send(data)

    def seen(self):
        with self._lock:
            return list(self._seen)

    def close(self):
        self._stopping = True
        self._thread.join()
        self._socket.close()

    def _receive(self):
        while not self._stopping:
            if not select.select([self._socket], [], [], 0.2)[0]:
                continue
            try:
                data, ancillary, _, address = self._socket.recvmsg(65536, 64)
            except OSError:
                continue  # the interface is down: it may come back
            if address[2] == socket.PACKET_OUTGOING:
                continue
            with self._lock:
                self._came(with_tag(data, ancillary))


def with_tag(data, ancillary):
    """The frame as it was on the wire: the kernel takes its VLAN tag off and tells it beside."""
    for level, kind, value in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            # struct tpacket_auxdata
            status, _, _, _, _, tci, tpid = struct.unpack_from("IIIHHHH", value)
            if status & STATUS_VLAN_VALID:
                return data[:12] + struct.pack("!HH", tpid or VLAN, tci) + data[12:]
    return data
