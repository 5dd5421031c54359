#!/usr/bin/env python3
"""A port's peer_label, with processes that SELinux or AppArmor (which, the kernel's command line says)
has given labels like those of libvirt's guests: who is answered by vhost-switch, and who is not.

Prints a line for every question, ok or WRONG; status 0 when none was wrong and nothing crashed.
"""

import argparse
import json
import os
import pwd
import socket
import struct
import subprocess
import sys
import time

from bench import CONTROL, READY_SECONDS, START_SECONDS, ask
from fronts import Fronts
from programs import FOLDER, SLOW, Program, run

HERE = os.path.dirname(os.path.abspath(__file__))
USER = "nobody"
GUESTS = f"{FOLDER}/guests"
GET_FEATURES = struct.pack("<III", 1, 1, 0)


class SELinux:
    one, two = (f"system_u:system_r:svirt_t:s0:{of}" for of in ("c1,c2", "c3,c4"))
    # Where the switch listens, and where it dials.
    checked = {"switch": "connection", "qemu": "process"}

    def __init__(self, tools):
        policy = f"{FOLDER}/policy"
        run(f"{tools}/usr/bin/secilc", "-o", policy, "-f", os.devnull, "-c", "33", f"{HERE}/labels.cil")
        run("mount", "-t", "selinuxfs", "selinux", "/sys/fs/selinux")
        with open(policy, "rb") as file:
            whole = file.read()
        # The kernel takes it in one piece.
        load = os.open("/sys/fs/selinux/load", os.O_WRONLY)
        os.write(load, whole)
        os.close(load)

    def become(self, label):
        return lambda: become(label)


class AppArmor:
    one, two = "libvirt-one", "libvirt-two"
    # Before Linux 6.17, AppArmor says nothing of Unix sockets.
    checked = {"switch": "process", "qemu": "process"}

    def __init__(self, tools):
        run("mount", "-t", "securityfs", "securityfs", "/sys/kernel/security")
        parser = [f"{tools}/sbin/apparmor_parser", "--config-file", os.devnull]
        run(*parser, "--base", f"{tools}/etc/apparmor.d", "-K", "-a", f"{HERE}/labels.apparmor")

    def become(self, label):
        return lambda: become(f"exec {label}")


def become(label):
    """In a new process: the label that it has from the next exec on. Its sockets are for all users."""
    os.umask(0)
    with open("/proc/self/attr/exec", "w") as file:
        file.write(label)


def stranger(path, listens):
    """In a process of its own: asks as QEMU does first, and says what it gets to hear."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(READY_SECONDS)
        if listens:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.settimeout(READY_SECONDS)
                listener.bind(path)
                os.chmod(path, 0o666)
                listener.listen()
                peer = listener.accept()[0]
        else:
            peer.connect(path)
        with peer:
            peer.settimeout(READY_SECONDS)
            try:
                peer.sendall(GET_FEATURES)
                heard = peer.recv(100)
            except (ConnectionResetError, BrokenPipeError):
                heard = b""
    if listens:
        os.unlink(path)
    print("answered" if heard else "hung up")


class Checks:
    def __init__(self, module, options):
        self.module = module
        self.options = options
        self.wrong = 0

    def tell(self, name, got, want):
        print(f"{'ok' if got == want else 'WRONG'}: {name}: {got}", flush=True)
        if got != want:
            self.wrong += 1
            print(f"  want {want}", flush=True)

    def port(self, name):
        return next(port for port in ask("port.list")["ports"] if port["name"] == name)

    def counted(self, name):
        [port] = ask("stats.get", port=name)["ports"]
        return [port["wrong_label"], port["refused"]]

    def wait_for_state(self, name, state):
        end = time.monotonic() + READY_SECONDS
        while self.port(name)["state"] != state and time.monotonic() < end:
            time.sleep(0.1)
        return self.port(name)["state"]

    def hears(self, label, path, listens):
        """What a process with the label gets to hear at the path."""
        words = [sys.executable, __file__, "--stranger", path, *(["--listens"] if listens else [])]
        done = subprocess.run(
            words,
            preexec_fn=self.module.become(label),
            capture_output=True,
            text=True,
            timeout=2 * READY_SECONDS,
            check=False,
        )
        return done.stdout.strip() or done.stderr.strip()

    def of_port(self, listener):
        """A port of guest one, where the switch listens or dials."""
        one, two = self.module.one, self.module.two
        name, path, listens = listener, f"{GUESTS}/{listener}.sock", listener == "qemu"
        added = ask("port.add", name=name, path=path, listener=listener, peer_label=one)
        self.tell(f"{name}: its label", added["port"]["peer_label"], one)
        self.tell(f"{name}: another", self.hears(two, path, listens), "hung up")
        self.tell(f"{name}: none in particular", self.hears_nothing(path, listens), "hung up")
        self.tell(f"{name}: counted", self.counted(name), [2, 2])
        self.tell(f"{name}: its own", self.hears(one, path, listens), "answered")
        fronts = Fronts(self.options.front, self.module.become(one))
        fronts.open("one", path, listens)
        self.tell(f"{name}: guest", self.state(name), ["up", self.module.checked[listener]])
        ask("port.set", name=name, peer_label=two)
        self.tell(f"{name}: relabelled", self.wait_for_state(name, "waiting"), "waiting")
        # Where it listens, the switch may have dialled it again already.
        self.tell(f"{name}: counted too", self.counted(name) >= [3, 3], True)
        fronts.kill()
        if listens:
            os.unlink(path)
        fronts = Fronts(self.options.front, self.module.become(two))
        fronts.open("two", path, listens)
        self.tell(f"{name}: next", self.state(name), ["up", self.module.checked[listener]])
        fronts.end()

    def hears_nothing(self, path, listens):
        """As hears(), with the label of this process."""
        words = [sys.executable, __file__, "--stranger", path, *(["--listens"] if listens else [])]
        return run(*words).strip()

    def state(self, name):
        port = self.port(name)
        return [port["state"], port["peer_checked"]]

    def all(self):
        user = pwd.getpwnam(USER)
        os.makedirs(GUESTS)
        os.chown(GUESTS, user.pw_uid, user.pw_gid)
        eal = ["-l", "0", "-m", "256", "--no-pci", "--file-prefix", "switch"]
        own = ["--control-socket", CONTROL, "--user", USER, "--folder", GUESTS, "--idle-sleep", "100"]
        switch = Program("switch", [self.options.switch, *eal, "--", *own])
        try:
            switch.wait_until("up", lambda: "version" in ask("hello", protocol=1), START_SECONDS)
            for listener in ("switch", "qemu"):
                self.of_port(listener)
            one, two = self.module.one, self.module.two
            text = f"a process with the security label {two} is at its socket, not {one}"
            for name in ("switch", "qemu"):
                self.tell(f"{name}: the log", f"port {name}: {text}" in switch.said(), True)
        finally:
            if self.wrong:
                switch.show_log()
            switch.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stranger", metavar="PATH")
    parser.add_argument("--listens", action="store_true")
    parser.add_argument("--switch", help="the vhost-switch program")
    parser.add_argument("--front", help="the vhost-front program")
    parser.add_argument("--tools", help="unpacked packages secilc and apparmor")
    options = parser.parse_args()
    if options.stranger:
        stranger(options.stranger, options.listens)
        return 0
    with open("/proc/cmdline") as file:
        module = SELinux if "security=selinux" in file.read() else AppArmor
    checks = Checks(module(options.tools), options)
    checks.all()
    print(f"{checks.wrong} wrong")
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
