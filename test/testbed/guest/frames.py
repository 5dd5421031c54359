"""Ethernet frames in the testbed's guest: made by name, sent and received on network interfaces.

Every frame carries its name as payload under an EtherType of its own, so whoever receives it can
say which one it is, and frames of other programs are told apart. Nothing but Python and Linux.
"""

import select
import socket
import struct
import threading
import time

ETHERTYPE = 0x88B5  # for local experiments, IEEE 802
VLAN = 0x8100
SHORTEST = 60  # without FCS

SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_AUXDATA, PACKET_MR_PROMISC = 263, 1, 8, 1
STATUS_VLAN_VALID = 1 << 4  # of PACKET_AUXDATA
ETH_P_ALL = 3


def frame(name, to, source, vlan=None):
    """A frame with that name; to and source are addresses as text, vlan its tag."""
    tag = b"" if vlan is None else struct.pack("!HH", VLAN, vlan)
    head = mac(to) + mac(source) + tag + struct.pack("!H", ETHERTYPE)
    text = name.encode()
    return (head + struct.pack("!H", len(text)) + text).ljust(SHORTEST + len(tag), b"\0")


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def name_and_vlan(data):
    """What frame() was given, or None for a frame that is not of ours."""
    vlan = None
    if data[12:14] == struct.pack("!H", VLAN):
        vlan = struct.unpack_from("!H", data, 14)[0] & 0xFFF
        data = data[:12] + data[16:]
    if len(data) < 16 or data[12:14] != struct.pack("!H", ETHERTYPE):
        return None
    length = struct.unpack_from("!H", data, 14)[0]
    return data[16 : 16 + length].decode(errors="replace"), vlan


class Listener:
    """Has seen(): (name, vlan) of every named frame that came in so far, in order."""

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
        self.interface = interface
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.bind((interface, ETH_P_ALL))
        index = socket.if_nametoindex(interface)
        promiscuous = struct.pack("iHH8s", index, PACKET_MR_PROMISC, 0, b"")
        self._socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous)
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._lock = threading.Lock()
        self._seen = []
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
            found = name_and_vlan(with_tag(data, ancillary))
            if found:
                with self._lock:
                    self._seen.append(found)


def with_tag(data, ancillary):
    """The frame as it was on the wire: the kernel takes its VLAN tag off and tells it beside."""
    for level, kind, value in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            # struct tpacket_auxdata
            status, _, _, _, _, tci, tpid = struct.unpack_from("IIIHHHH", value)
            if status & STATUS_VLAN_VALID:
                return data[:12] + struct.pack("!HH", tpid or VLAN, tci) + data[12:]
    return data
