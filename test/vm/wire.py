#!/usr/bin/env python3
"""Sends one Ethernet frame on a network device and prints the frames that come back.

Usage: wire.py DEVICE HEX SECONDS
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
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((device, 0))
wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
wire.send(frame)
end = time.monotonic() + seconds
while (left := end - time.monotonic()) > 0:
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
    print(data.hex(), flush=True)
