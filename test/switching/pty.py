"""Runs a command at a pseudo terminal: ROWS COLUMNS COMMAND...

What the command shows goes to stdout. Lines of JSON on stdin say what happens to it: {"keys": TEXT},
{"size": [ROWS, COLUMNS]}, {"signal": NUMBER}. At the end a line of JSON follows: its exit status, and
whether the terminal is as it was.
"""
import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import termios


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    rows, columns, *command = sys.argv[1:]
    ours, theirs = os.openpty()
    resize(ours, int(rows), int(columns))
    before = termios.tcgetattr(theirs)
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs,
                             start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    said = b""
    ears = [ours, 0]
    while child.poll() is None or select.select([ours], [], [], 0)[0]:
        ready = select.select(ears, [], [], 0.05)[0]
        if ours in ready:
            os.write(1, os.read(ours, 65536))
        if 0 in ready:
            some = os.read(0, 65536)
            if not some:
                ears.remove(0)
            said += some
            *lines, said = said.split(b"\n")
            for line in lines:
                order = json.loads(line)
                if "keys" in order:
                    os.write(ours, order["keys"].encode())
                if "size" in order:
                    resize(ours, *order["size"])
                    child.send_signal(signal.SIGWINCH)
                if "signal" in order:
                    child.send_signal(order["signal"])
    restored = termios.tcgetattr(theirs) == before
    print("\n" + json.dumps({"status": child.returncode, "restored": restored}), flush=True)


main()
