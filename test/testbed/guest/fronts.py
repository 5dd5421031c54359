"""Guests without a VM for Python: native/front, which plays them all in one process.

Each is sent to and heard like a port of frames.py. They start at once and take no processor while
nothing happens, which a driver that polls does; and what they got is exact.
"""

import json
import subprocess

from frames import Listener
from programs import END_SECONDS


class Fronts:
    """The process. Guests are known to it by their titles."""

    def __init__(self, program, become=None):
        """become is called in the process before it is vhost-front."""
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=become
        )

    def open(self, title, path, listen=False, mergeable=False):
        """A guest, once its device is up at the switch: that listens there, or it does."""
        self.ask("open", guest=title, path=path, listen=listen, mergeable=mergeable)
        return Front(self, title)

    def ask(self, what, **more):
        """One command (native/front/main.c); its answer."""
        command = json.dumps({"do": what, **more})
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "vhost-front has ended"}
        if "error" in answer:
            raise RuntimeError(f"{command[:100]}: {answer['error']}")
        return answer

    def end(self):
        self._process.stdin.close()
        status = self._process.wait(END_SECONDS)
        if status != 0:
            raise RuntimeError(f"vhost-front ended with {status}")

    def kill(self):
        self._process.kill()
        self._process.wait()


class Front(Listener):
    """One guest."""

    def __init__(self, fronts, title):
        super().__init__()
        self._fronts = fronts
        self._title = title

    def send(self, data):
        """Returns when the switch has taken it."""
        left = self._fronts.ask("send", guest=self._title, frames=[data.hex()])["left"]
        if left:
            raise RuntimeError(f"{self._title}: the switch does not take its frame")

    def seen(self):
        answer = self._fronts.ask("receive", guest=self._title)
        for text in answer["frames"].get(self._title, []):
            self._came(bytes.fromhex(text))
        return list(self._seen)

    def close(self):
        self._fronts.ask("close", guest=self._title)
