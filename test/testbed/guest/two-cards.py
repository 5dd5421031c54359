#!/usr/bin/env python3
"""The PFs of two 82576 as devices of one vhost-switch, and a VF of each in a network namespace.

Each card carries frames between its own functions by their addresses only. So what a VF sends to a VF of
the other card reaches the switch only if the card has that address as one of its PF's. The VFs have the
kernel's igbvf, as in a guest; no kernel has to boot for that.

  namespace a: VF --- card a --- PF   vhost-switch   PF --- card b --- VF :namespace b

Prints what happens, a line each; status 0 when both hear each other.
"""

import argparse
import os
import subprocess
import sys
import time

from bench import CONTROL, START_SECONDS, ask
from card import DEVICES, write
from programs import FOLDER, SLOW, Program, run

READY_SECONDS = 180 * SLOW
NETS = {"a": "10.9.0.1", "b": "10.9.0.2"}


def cards():
    found = []
    for name in sorted(os.listdir(DEVICES)):
        with open(f"{DEVICES}/{name}/device") as device:
            if device.read().strip() == "0x10c9":
                found.append(name)
    return found


def bind(address, driver):
    folder = f"{DEVICES}/{address}"
    if os.path.exists(f"{folder}/driver"):
        write(f"{folder}/driver/unbind", address)
    write(f"{folder}/driver_override", driver)
    write("/sys/bus/pci/drivers_probe", address)


def inside(name, *command):
    return subprocess.run(
        ["ip", "netns", "exec", name, *command], capture_output=True, text=True, check=False
    )


def until(what, seconds, happened):
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise RuntimeError(f"not {what} after {seconds} s")
        time.sleep(0.5)
    print(what, flush=True)


def give(name, vf, address):
    """The VF's interface to a namespace; its MAC."""
    bind(vf, "igbvf")
    (interface,) = os.listdir(f"{DEVICES}/{vf}/net")
    run("ip", "netns", "add", name)
    run("ip", "link", "set", interface, "netns", name)
    run("ip", "-n", name, "address", "add", f"{address}/24", "dev", interface)
    run("ip", "-n", name, "link", "set", interface, "up")
    mac = inside(name, "cat", f"/sys/class/net/{interface}/address").stdout.strip()
    return interface, mac


def ping(name, to, count=1):
    return inside(name, os.environ["BUSYBOX"], "ping", "-c", str(count), "-W", "4", to)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    options = parser.parse_args()
    pfs = dict(zip("ab", cards(), strict=True))
    run("modprobe", "-a", "vfio-pci", "igbvf")
    write("/sys/module/vfio_pci/parameters/enable_sriov", "Y")
    write(f"{FOLDER}/token", "14d63f20-8445-11ea-8900-1f9ce7d5650d\n")
    os.chmod(f"{FOLDER}/token", 0o600)
    eal = ["-l", "0", "-m", "256", "--file-prefix", "switch"]
    own = ["--control-socket", CONTROL, "--idle-sleep", "100"]
    own += ["--vf-token-file", f"{FOLDER}/token"]
    for name, pf in pfs.items():
        bind(pf, "vfio-pci")
        write(f"{DEVICES}/{pf}/sriov_numvfs", "1")
        eal += ["-a", pf]
        own += ["--device", f"{name}={pf}"]
    switch = Program("switch", [options.switch, *eal, "--", *own])
    switch.wait_until("there", lambda: os.path.exists(CONTROL), START_SECONDS)
    links, macs = {}, {}
    for name, pf in pfs.items():
        vf = os.path.basename(os.path.realpath(f"{DEVICES}/{pf}/virtfn0"))
        links[name], macs[name] = give(name, vf, NETS[name])
    # No broadcasts but one at first: QEMU's card gives each back to the function that sent it.
    for one, other in ("ab", "ba"):
        words = ["neighbour", "replace", NETS[other], "lladdr", macs[other], "dev", links[one]]
        run("ip", "-n", one, *words)
    for name in "ab":
        until(
            f"{name}: link",
            READY_SECONDS,
            lambda name=name: inside(name, "cat", f"/sys/class/net/{links[name]}/carrier").stdout
            == "1\n",
        )

    def known():
        """Each speaks to everybody until the other's card has its address."""
        for name in "ab":
            inside(name, os.environ["BUSYBOX"], "arping", "-c", "1", "-U", "-I", links[name], NETS[name])
        return all(device["filters"] >= 1 for device in ask("switch.info").get("devices", []))

    try:
        until("each PF has the other's VF among its addresses", READY_SECONDS, known)
        until("a hears b", READY_SECONDS, lambda: ping("a", NETS["b"]).returncode == 0)
        for one, other in ("ab", "ba"):
            said = ping(one, NETS[other], 5).stdout
            print(f"{one} to {other}: {[line for line in said.splitlines() if 'received' in line]}")
    except RuntimeError:
        switch.show_log(60)
        print(ask("switch.info"), ask("fdb.list"), ask("stats.get"), sep="\n", flush=True)
        raise
    for device in ask("switch.info")["devices"]:
        print(f"{device['of']}: {device['filters']} filters, {device['filters_missed']} missed")
    # With their VF gone, they go, too, when they are as old as addresses become.
    for name in "ab":
        run("ip", "-n", name, "link", "set", links[name], "down")
    ask("switch.set", ageing=10)
    until(
        "silent: the addresses are gone from the cards",
        READY_SECONDS,
        lambda: all(device["filters"] == 0 for device in ask("switch.info")["devices"]),
    )
    switch.end()
    return 0


for network in ("all", "default"):
    run("sysctl", "-qw", f"net.ipv6.conf.{network}.disable_ipv6=1")
os.makedirs(FOLDER, exist_ok=True)
sys.exit(main())
