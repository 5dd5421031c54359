"""A process with QEMU's user that is after another guest's memory. Prints what it got as a line of JSON.

    thief.py back PATH      dials PATH as a switch would, and says what a switch says
    thief.py front PATH     dials PATH as a QEMU would, and asks for all that a switch has
    thief.py replace PATH   puts a socket of its own at PATH
"""

import errno
import json
import mmap
import os
import socket
import struct
import sys

GET_FEATURES, SET_OWNER, SET_MEM_TABLE, GET_PROTOCOL_FEATURES, GET_QUEUE_NUM, GET_CONFIG = 1, 3, 5, 15, 17, 24
FEATURES = 2**64 - 1
PROTOCOL = 1 << 0 | 1 << 3  # queues, acknowledgements
REPLY, WANTS_REPLY = 4, 8


def receive(peer):
    """The next message: its request, its flags, its descriptors."""
    head, fds, _, _ = socket.recv_fds(peer, 12, 8)
    if len(head) < 12:
        return None, 0, list(fds)
    request, flags, size = struct.unpack("<III", head)
    body = b""
    while len(body) < size:
        more = peer.recv(size - len(body))
        if not more:
            return None, 0, list(fds)
        body += more
    return request, flags, list(fds)


def send(peer, request, body=b"", flags=1):
    peer.sendall(struct.pack("<III", request, flags, len(body)) + body)


def dial(path):
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.settimeout(float(os.environ.get("THIEF_SECONDS", "20")))
    peer.connect(path)
    return peer


def back(path):
    peer = dial(path)
    answers = {GET_FEATURES: FEATURES, GET_PROTOCOL_FEATURES: PROTOCOL, GET_QUEUE_NUM: 8}
    while True:
        request, flags, fds = receive(peer)
        if request is None:
            return {"memory": 0}
        if request == SET_MEM_TABLE:
            return {"memory": sum(len(mmap.mmap(fd, os.fstat(fd).st_size)) for fd in fds)}
        if request in answers or flags & WANTS_REPLY:
            send(peer, request, struct.pack("<Q", answers.get(request, 0)), 1 | REPLY)


def front(path):
    peer = dial(path)
    found = 0
    send(peer, SET_OWNER)
    for request in (GET_FEATURES, GET_PROTOCOL_FEATURES, GET_QUEUE_NUM):
        send(peer, request)
        answered, _, fds = receive(peer)
        found += len(fds)
        if answered is None:
            break
    return {"descriptors": found}


def replace(path):
    def attempt(act, *words):
        try:
            act(*words)
            return "done"
        except OSError as error:
            return errno.errorcode[error.errno]

    own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.path.dirname(path)
    return {
        "unlink": attempt(os.unlink, path),
        "rename": attempt(os.rename, path, path + ".old"),
        "folder": attempt(os.rename, folder, folder + ".old"),
        "bind": attempt(own.bind, path),
        "beside": attempt(own.bind, path + ".new"),
    }


if __name__ == "__main__":
    try:
        print(json.dumps({"back": back, "front": front, "replace": replace}[sys.argv[1]](sys.argv[2])))
    except OSError as error:
        print(json.dumps({"error": errno.errorcode.get(error.errno or 0, type(error).__name__)}))
