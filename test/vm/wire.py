#!/usr/bin/env python3
"""Sends one Ethernet frame on a network device and prints the frames that come back.

Usage: wire.py DEVICE HEX SECONDS [WANTED MOST]
Listens for SECONDS, and for longer, up to MOST, until WANTED frames with a tag have come. Says
"ready" on stderr when it hears.
Output: one frame a line, hexadecimal, with its VLAN tag where the kernel took it off.
"""
import socket
import struct
import sys
import time

PACKET_AUXDATA = 8
SOL_PACKET = 263
TP_STATUS_VLAN_VALID = 1 << 4
PACKET_OUTGOING = 4

device, frame, seconds = sys.argv[1], bytes.fromhex(sys.argv[2]), float(sys.argv[3])
wanted, most = (int(sys.argv[4]), float(sys.argv[5])) if len(sys.argv) > 4 else (0, seconds)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((device, 0))
wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
wire.send(frame)
print("ready", file=sys.stderr, flush=True)
start = time.monotonic()
while (left := start + (most if wanted > 0 else seconds) - time.monotonic()) > 0:
    wire.settimeout(left)
    try:
        data, ancillary, _, address = wire.recvmsg(65536, 256)
    except TimeoutError:
        break
    if address[2] == PACKET_OUTGOING:
        continue
    for _, kind, value in ancillary:
        status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", value[:20])
        if kind == PACKET_AUXDATA and status & TP_STATUS_VLAN_VALID:
            data = data[:12] + struct.pack("!HH", tpid or 0x8100, tci) + data[12:]
    if data[12:14] == b"\x81\x00":
        wanted -= 1
    print(data.hex(), flush=True)
