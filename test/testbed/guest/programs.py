"""Programs that are started in the testbed's guest: with a log each, watched, and ended."""

import itertools
import os
import re
import signal
import subprocess
import time

FOLDER = "/run/testbed"
END_SECONDS = 60


class Program:
    _count = itertools.count(1)

    def __init__(self, title, command):
        self.title = title
        self.log = f"{FOLDER}/{title.replace(' ', '-')}.{next(Program._count)}.log"
        print(f"$ {' '.join(command)}", flush=True)
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def pid(self):
        return self._process.pid

    def tell(self, line):
        """A line for its stdin."""
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

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

    def wait_for_words(self, pattern, seconds):
        self.wait_until(
            f"'{pattern}' said", lambda: re.search(pattern, self.said()) is not None, seconds
        )

    def runs(self):
        return self._process.poll() is None

    def end(self, how):
        """Calls how(self), then waits; fails when it does not end, or not well."""
        if self.runs():
            how(self)
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError(f"{self.title}: does not end within {END_SECONDS} s") from None
        if self._process.returncode != 0:
            raise RuntimeError(f"{self.title}: ended with {self._status()}")

    def kill(self):
        if self.runs():
            self._process.kill()
            self._process.wait()

    def show_log(self, lines=40):
        print(f"--- {self.title} ({self._status()}), last lines of {self.log}")
        print("\n".join(self.said().splitlines()[-lines:]), flush=True)

    def _status(self):
        code = self._process.poll()
        if code is None:
            return "runs"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"


def terminate(program):
    os.kill(program.pid, signal.SIGTERM)


def quit_testpmd(program):
    program.tell("quit")


def run(*command):
    """A short command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout
