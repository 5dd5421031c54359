#!/usr/bin/env python3
"""ask.py LABEL USER SOCKET: asks at a vhost-user socket as QEMU does first, in an AppArmor profile or with a SELinux
context, and as a user; prints what came of it: an errno, `closed`, `silence` or `answered`."""
import errno
import os
import pwd
import socket
import struct
import sys

GET_FEATURES = struct.pack("<III", 1, 1, 0)
# By exit status, as a guest may write nowhere; the others are an errno.
OUTCOMES = {200: "answered", 201: "closed", 202: "silence", 203: "not asked"}
ANSWERED, CLOSED, SILENCE, UNASKED = OUTCOMES


def ask(path):
    try:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(20)
        peer.connect(path)
        peer.send(GET_FEATURES)
        return ANSWERED if peer.recv(20) else CLOSED
    except socket.timeout:
        return SILENCE
    except ConnectionError:
        return CLOSED
    except OSError as error:
        return error.errno


def become(label, account):
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    # A context has colons.
    path, text = ("current", label) if ":" in label else ("apparmor/current", f"changeprofile {label}")
    current = os.open(f"/proc/self/attr/{path}", os.O_WRONLY)
    os.write(current, text.encode())
    os.close(current)


label, user, path = sys.argv[1:]
account = pwd.getpwnam(user)
# What Python loads later, a guest's profile would not let it read.
"".encode("idna")
child = os.fork()
if child == 0:
    outcome = UNASKED
    try:
        become(label, account)
        outcome = ask(path)
    finally:
        os._exit(outcome)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(OUTCOMES.get(status) or errno.errorcode[status])
