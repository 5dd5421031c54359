#!/usr/bin/env python3
"""The PFs of two 82576 as devices of one vhost-switch, and a VF of each for somebody else.

Each card carries frames between its own functions by their addresses only. So what a VF sends to a VF of
the other card reaches the switch only if the card has that address as one of its PF's. Who has a VF is a
vhost-switch of its own with a guest: to the cards it is what a DPDK program in a guest would be. (The
kernel's igbvf gets no link from DPDK's driver of the PF.)

  guest a --- switch --- VF of card a    PF --- vhost-switch --- PF    VF of card b --- switch --- guest b

Prints what happens, a line each; status 0 when both hear each other.
"""

import argparse
import os
import sys
import time

from bench import BROADCAST, START_SECONDS, ask
from card import DEVICES, write
from frames import frame
from fronts import Fronts
from programs import FOLDER, SLOW, Program, run

READY_SECONDS = 120 * SLOW
TOKEN = f"{FOLDER}/token"


def cards():
    found = []
    for name in sorted(os.listdir(DEVICES)):
        with open(f"{DEVICES}/{name}/device") as device:
            if device.read().strip() == "0x10c9":
                found.append(name)
    return found


def bind(address, driver):
    write(f"{DEVICES}/{address}/driver_override", driver)
    write("/sys/bus/pci/drivers_probe", address)


def until(what, happened):
    end = time.monotonic() + READY_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise RuntimeError(f"not: {what}, after {READY_SECONDS} s")
        time.sleep(0.2)
    print(what, flush=True)


def start(program, title, devices, *more):
    """devices: of the switch, by their names."""
    eal = ["-l", "0", "-m", "160", "--file-prefix", title]
    own = ["--control-socket", f"{FOLDER}/{title}.control", "--idle-sleep", "1000"]
    own += ["--vf-token-file", TOKEN, *more]
    for name, device in devices.items():
        eal += ["-a", device]
        own += ["--device", f"{name}={device}"]
    return Program(title, [program, *eal, "--", *own])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    parser.add_argument("--front", required=True, help="the vhost-front program")
    options = parser.parse_args()
    run("modprobe", "vfio-pci")
    write("/sys/module/vfio_pci/parameters/enable_sriov", "Y")
    write(TOKEN, "14d63f20-8445-11ea-8900-1f9ce7d5650d\n")
    os.chmod(TOKEN, 0o600)
    pfs = dict(zip("ab", cards(), strict=True))
    for pf in pfs.values():
        bind(pf, "vfio-pci")
        write(f"{DEVICES}/{pf}/sriov_numvfs", "1")
    control = f"{FOLDER}/switch.control"
    switch = start(options.switch, "switch", pfs)
    switch.wait_until("there", lambda: os.path.exists(control), START_SECONDS)
    fronts = Fronts(options.front)
    tenants, guests, macs = [], {}, {}
    for name, pf in pfs.items():
        vf = os.path.basename(os.path.realpath(f"{DEVICES}/{pf}/virtfn0"))
        path = f"{FOLDER}/{name}.sock"
        tenant = start(options.switch, name, {"vf": vf}, "--socket-file", path)
        tenant.wait_until("there", lambda path=path: os.path.exists(path), START_SECONDS)
        tenants.append(tenant)
        guests[name] = fronts.open(name, path)
        (device,) = ask("switch.info", control=f"{FOLDER}/{name}.control")["devices"]
        macs[name] = device["mac"].lower()

    def hears(one, other, to):
        # The echo of its broadcast moved its address to the VF's side of its own switch.
        guests[other].send(frame(f"{other} is here", macs[one], macs[other]))
        name = f"{one} to {to} at {time.monotonic():.1f}"
        guests[one].send(frame(name, to, macs[one]))
        return guests[other].wait_for(name, 1)

    def filters(enough):
        return all(enough(one["filters"]) for one in ask("switch.info", control=control)["devices"])

    def isolate(yes):
        for name in "ab":
            print(f"isolated {yes}: {ask('port.set', control=control, name=name, isolated=yes)}"[:60])

    def known():
        """Each speaks to everybody, so the switch knows where it is."""
        for one in "ab":
            guests[one].send(frame(f"hello of {one}", BROADCAST, macs[one]))
        return filters(lambda n: n > 0)

    try:
        # QEMU's card gives a broadcast back to the function that sent it: two would go round for ever.
        isolate(1)
        until("each PF has the address of the other's VF", known)
        isolate(0)
        for one, other in ("ab", "ba"):
            until(
                f"{one} to {other}: heard",
                lambda one=one, other=other: hears(one, other, macs[other]),
            )
        ask("switch.set", control=control, ageing=10)
        until("silent: the cards have no such addresses", lambda: filters(lambda n: n == 0))
    except RuntimeError:
        switch.show_log(60)
        for method in ("switch.info", "fdb.list", "stats.get"):
            print(ask(method, control=control), flush=True)
        raise
    fronts.end()
    for tenant in tenants:
        tenant.end()
    switch.end()
    return 0


for network in ("all", "default"):
    run("sysctl", "-qw", f"net.ipv6.conf.{network}.disable_ipv6=1")
os.makedirs(FOLDER, exist_ok=True)
sys.exit(main())
