"""Programs that are started in the testbed's guest: with a log each, watched, and ended."""

import os
import signal
import subprocess
import time

FOLDER = "/run/testbed"
# How many times longer the host has told us to wait (lab/slow.ts).
SLOW = float(os.environ.get("VMLANE_TEST_SLOW", "1"))
END_SECONDS = 60 * SLOW  # the switch takes less than one; the rest is for a busy machine


class Program:
    def __init__(self, title, command):
        self.title = title
        self.log = f"{FOLDER}/{title}.log"
        print(f"$ {' '.join(command)}", flush=True)
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def wait_until(self, what, happened, seconds):
        """Fails when it ends before it has happened, or takes longer."""
        start = time.monotonic()
        while not happened():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.title}: ended ({self._status()}) before {what}")
            if time.monotonic() - start > seconds:
                raise RuntimeError(f"{self.title}: not {what} after {seconds} s")
            time.sleep(0.1)
        print(f"{self.title}: {what} after {time.monotonic() - start:.1f} s", flush=True)

    def runs(self):
        return self._process.poll() is None

    def end(self):
        """Tells it to, then waits; fails when it does not end, or not well."""
        if self.runs():
            start = time.monotonic()
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._show_threads()
                self.kill()
                raise RuntimeError(f"{self.title}: does not end within {END_SECONDS} s") from None
            print(f"{self.title}: ended after {time.monotonic() - start:.1f} s", flush=True)
        if self._process.returncode != 0:
            raise RuntimeError(f"{self.title}: ended with {self._status()}")

    def kill(self):
        if self.runs():
            self._process.kill()
            self._process.wait()

    def show_log(self, lines=40):
        print(f"--- {self.title} ({self._status()}), last lines of {self.log}")
        print("\n".join(self.said().splitlines()[-lines:]), flush=True)

    def _show_threads(self):
        """What each of its threads waits for, as the kernel sees it."""
        folder = f"/proc/{self._process.pid}/task"
        for thread in sorted(os.listdir(folder), key=int):
            print(f"--- {self.title}, thread {thread}")
            for what in ("comm", "syscall", "stack"):
                with open(f"{folder}/{thread}/{what}") as file:
                    print(file.read().rstrip(), flush=True)

    def _status(self):
        code = self._process.poll()
        if code is None:
            return "runs"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"


def run(*command):
    """A short command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120 * SLOW, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout
