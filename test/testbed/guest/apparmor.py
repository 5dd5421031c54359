#!/usr/bin/env python3
"""What AppArmor lets guests' processes do with each other's sockets.

apparmor.py PARTS RULES PROFILE=SOCKET...: PARTS holds Debian's packages of AppArmor and libvirt,
unpacked; RULES is what vmlane writes for all guests; each PROFILE is what libvirt calls a guest's,
and SOCKET the path of its NIC's. For every guest a line per socket; test/testbed/apparmor.test.ts
knows the answers.
"""
import errno
import os
import shutil
import socket
import subprocess
import sys

LOCAL = "/etc/apparmor.d/local/abstractions/libvirt-qemu"
TEMPLATE = "/etc/apparmor.d/libvirt/TEMPLATE.qemu"
# No rule names it.
ELSEWHERE = "/run/elsewhere.sock"


def install(parts, rules):
    for folder in "etc", "usr":
        shutil.copytree(f"{parts}/{folder}", f"/{folder}", dirs_exist_ok=True, symlinks=True)
    os.makedirs(os.path.dirname(LOCAL), exist_ok=True)
    shutil.copy(rules, LOCAL)
    if not os.path.exists("/sys/kernel/security/apparmor"):
        subprocess.run(["mount", "-t", "securityfs", "securityfs", "/sys/kernel/security"], check=True)


def load(parts, profile):
    """As virt-aa-helper does at a guest's first start."""
    with open(TEMPLATE) as file:
        text = file.read().replace("LIBVIRT_TEMPLATE", profile)
    # This guest's tree is in a chroot, and AppArmor sees whole paths.
    text = text.replace("flags=(", "flags=(chroot_relative,")
    path = f"/etc/apparmor.d/libvirt/{profile}"
    with open(path, "w") as file:
        file.write(text)
    subprocess.run([f"{parts}/sbin/apparmor_parser", "--replace", "--skip-cache", path], check=True)


def listen(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    return listener


def attempt(act):
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"


def confined(profile, act):
    """What a process answers that has the profile of the guest, as QEMU has."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with open("/proc/self/attr/apparmor/current", "w") as current:
            current.write(f"changeprofile {profile}")
        os.write(writer, act().encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return text if status == 0 else f"status {status}"


def dial(path):
    socket.socket(socket.AF_UNIX).connect(path)


def tries(path):
    folder = os.path.dirname(path)
    tried = {
        "dial": lambda: dial(path),
        "open": lambda: open(f"{folder}/file.sock", "r+b").close(),
        "make": lambda: socket.socket(socket.AF_UNIX).bind(f"{folder}/{os.getpid()}.sock"),
    }
    return " ".join(f"{name} {attempt(act)}" for name, act in tried.items())


def main():
    parts, rules, *guests = sys.argv[1:]
    guests = dict(guest.split("=", 1) for guest in guests)
    install(parts, rules)
    for profile in guests:
        load(parts, profile)
    listeners = [listen(path) for path in [*guests.values(), ELSEWHERE]]
    for path in guests.values():
        open(f"{os.path.dirname(path)}/file.sock", "w").close()
    for profile in guests:
        print(profile, "elsewhere: dial", confined(profile, lambda: attempt(lambda: dial(ELSEWHERE))))
        for other, path in guests.items():
            print(profile, f"{other}:", confined(profile, lambda: tries(path)))
    for listener in listeners:
        listener.close()


main()
