#!/usr/bin/env python3
"""in-guest.py GUEST SECONDS COMMAND: waits until a guest of this server has booted, and runs a command of its shell
(lab/guest/init reads them on the second serial port); prints what it says; status 1 when the time is over."""
import os
import socket
import sys
import time

guest, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3]
end = time.monotonic() + seconds


def left():
    if time.monotonic() > end:
        sys.exit(f"in-guest: {guest}: no answer after {seconds} s")
    return max(1, end - time.monotonic())


while True:
    try:
        with open(f"/var/log/libvirt/qemu/{guest}.serial", errors="replace") as log:
            if "guest: ready" in log.read():
                break
    except FileNotFoundError:
        pass
    left()
    time.sleep(1)
tty = socket.socket(socket.AF_UNIX)
tty.connect(f"/var/lib/libvirt/qemu/{guest}.tty")
# The guest puts the marks together, so that no echo of this line looks like them.
mark = f"<<{os.getpid()}>>"
tty.sendall(f"m='<<'{os.getpid()}'>>'; echo \"$m\"; ( {command}\n) </dev/null 2>&1; echo \"$m $?\"\n".encode())
said = b""
while f"{mark} ".encode() not in said:
    tty.settimeout(left())
    said += tty.recv(4096)
text = said.decode(errors="replace").split(f"{mark}\n", 1)[-1]
print(text.split(f"{mark} ")[0], end="")
