#!/usr/bin/env python3
"""A relay of a virtual function and a guest, made with `vmlane relay` as built.

The kernel's igb has the 82576 and gives a VF; vfio-pci has that, and the switch gets it when it starts.

  wire --- 82576's VF --- vhost-switch --- guest        no look-up in between

Prints each command with its status, and a line for every frame, ok or WRONG; status 0 when none was wrong.
"""

import argparse
import os
import subprocess
import sys
import time

from bench import BROADCAST, CONTROL, START_SECONDS, WIRE
from card import DEVICES, find, write
from exchange import Exchange
from frames import Port, frame
from fronts import Fronts
from programs import FOLDER, SLOW, Program, run

GUEST = "02:00:00:00:00:01"
OTHER = "02:00:00:00:00:02"
SOCKET = f"{FOLDER}/guest.sock"
READY_SECONDS = 120 * SLOW


def vmlane(*words):
    """Its output; the command, its status and what it says are printed."""
    environment = os.environ | {"VMLANE_SWITCH": CONTROL, "VMLANE_SWITCH_TIMEOUT": "60"}
    done = subprocess.run(
        ["node", "dist/bin/main.js", *words], capture_output=True, text=True, env=environment
    )
    print(f"{' '.join(words)}: {done.returncode}: {done.stderr.strip()}", flush=True)
    return done.stdout


def virtual_function():
    """Its address, with vfio-pci; its own MAC is the guest's."""
    card = find()
    run("modprobe", "igb")
    write(f"{DEVICES}/{card}/sriov_drivers_autoprobe", "0")
    write(f"{DEVICES}/{card}/sriov_numvfs", "1")
    (interface,) = os.listdir(f"{DEVICES}/{card}/net")
    run("ip", "link", "set", interface, "up")
    run("ip", "link", "set", interface, "vf", "0", "mac", GUEST)
    vf = os.path.basename(os.path.realpath(f"{DEVICES}/{card}/virtfn0"))
    run("modprobe", "vfio-pci")
    write(f"{DEVICES}/{vf}/driver_override", "vfio-pci")
    write("/sys/bus/pci/drivers_probe", vf)
    return vf


def start(program, vf=None):
    """As vmlane switch start does it: without a device there is no look at PCI."""
    eal = ["-l", "0", "-m", "256", "--file-prefix", "switch"]
    eal += ["-a", vf] if vf else ["--no-pci"]
    own = ["--control-socket", CONTROL, "--idle-sleep", "100"]
    own += ["--device", f"relay:1.vf={vf}"] if vf else []
    own += ["--state-file", f"{FOLDER}/ports.json"]
    return Program("switch", [program, *eal, "--", *own])


def meet(ports):
    """The link of a VF takes its time."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        name = f"hello at {time.monotonic():.1f}"
        ports["wire"].send(frame(name, GUEST, WIRE))
        if ports["guest"].wait_for(name, 0.5):
            return
    raise RuntimeError("the guest does not hear the wire")


def exchange(ports, when):
    frames = Exchange(ports)
    to_guest, to_wire = [("guest", None)], [("wire", None)]
    frames.add(f"wire to guest, {when}", "wire", GUEST, WIRE, expected=to_guest)
    frames.add(f"wire to all, {when}", "wire", BROADCAST, WIRE, expected=to_guest)
    frames.add(f"wire to another, {when}", "wire", OTHER, WIRE)
    frames.add(f"guest to wire, {when}", "guest", WIRE, GUEST, expected=to_wire)
    # QEMU's card gives a broadcast back to the function that sent it.
    frames.add(f"guest to all, {when}", "guest", BROADCAST, GUEST, expected=to_wire + to_guest)
    frames.add(f"guest to wire, tagged, {when}", "guest", WIRE, GUEST, 7, [("wire", 7)])
    return frames.run()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    parser.add_argument("--front", required=True, help="the vhost-front program")
    options = parser.parse_args()
    vf = virtual_function()
    short = vf.split(":", 1)[1]
    add = ["relay", "add", "1", "--pci-addr", short, "--path", SOCKET]
    switch = start(options.switch)
    switch.wait_until("there", lambda: os.path.exists(CONTROL), START_SECONDS)
    vmlane(*add)
    switch.end()
    switch = start(options.switch, vf)
    switch.wait_until("there again", lambda: os.path.exists(CONTROL), START_SECONDS)
    vmlane(*add)
    print(vmlane("relay", "stats", "--include-inactive"), end="")
    fronts = Fronts(options.front)
    ports = {"wire": Port("wire"), "guest": fronts.open("guest", SOCKET)}
    meet(ports)
    wrong = exchange(ports, "at first")
    print(vmlane("relay", "list"), end="")
    ports["guest"].close()
    switch.end()
    switch = start(options.switch, vf)
    switch.wait_until("there once more", lambda: os.path.exists(SOCKET), START_SECONDS)
    ports["guest"] = fronts.open("guest", SOCKET)
    meet(ports)
    wrong += exchange(ports, "after a restart")
    print(vmlane("relay", "port-control", "query_pci", "--vhost-path", SOCKET), end="")
    ports["guest"].close()
    fronts.end()
    print(vmlane("relay", "port-control", "remove", "--virtio-id", "1", "--pci-addr", vf), end="")
    switch.end()
    print(f"{wrong} wrong")
    return 1 if wrong else 0


for network in ("all", "default"):
    run("sysctl", "-qw", f"net.ipv6.conf.{network}.disable_ipv6=1")
sys.exit(main())
