#!/usr/bin/env python3
"""A relay of a virtual function and a guest, made with `vmlane relay` as built.

The kernel's igb has the 82576 and gives a VF; vfio-pci has that, and the switch gets it when it starts.

  wire --- 82576's VF --- vhost-switch --- guest        no look-up in between

It is removed and added, and its switch is killed and started again, while frames come for the guest.

Prints each command with its status, and a line for every frame, ok or WRONG; status 0 when none was wrong.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time

from bench import BROADCAST, CONTROL, START_SECONDS, WIRE, ask
from card import DEVICES, find, write
from exchange import Exchange
from frames import Port, frame, whole
from fronts import Fronts
from pdus import compare
from programs import FOLDER, SLOW, Program, run

GUEST = "02:00:00:00:00:01"
OTHER = "02:00:00:00:00:02"
SOCKET = f"{FOLDER}/guest.sock"
XML = f"{FOLDER}/guest.xml"
DOMAIN = """<domain type='qemu'>
  <name>guest</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <interface type='vhostuser'>
      <mac address='{mac}'/><source type='unix' path='{socket}' mode='client'/><model type='virtio'/>
    </interface>
  </devices>
</domain>
"""
READY_SECONDS = 120 * SLOW
# The card passes frames of these VLANs to the VF: those of pdus.py.
TRUNKS = "7,100"


def vmlane(*words):
    """Its output; the command, its status and what it says are printed."""
    environment = os.environ | {"VMLANE_SWITCH": CONTROL, "VMLANE_SWITCH_TIMEOUT": "60"}
    done = subprocess.run(
        ["node", "dist/bin/main.js", *words], capture_output=True, text=True, env=environment
    )
    print(f"{' '.join(words)}: {done.returncode}: {done.stderr.strip()}", flush=True)
    return done.stdout


def virtual_function():
    """Its PF's interface, and its address, with vfio-pci; its own MAC is the guest's."""
    card = find()
    run("modprobe", "igb")
    write(f"{DEVICES}/{card}/sriov_drivers_autoprobe", "0")
    write(f"{DEVICES}/{card}/sriov_numvfs", "1")
    (interface,) = os.listdir(f"{DEVICES}/{card}/net")
    for one in (interface, "wire"):
        run("ip", "link", "set", one, "mtu", "9000", "up")
    run("ip", "link", "set", interface, "vf", "0", "mac", GUEST)
    vf = os.path.basename(os.path.realpath(f"{DEVICES}/{card}/virtfn0"))
    run("modprobe", "vfio-pci")
    write(f"{DEVICES}/{vf}/driver_override", "vfio-pci")
    write("/sys/bus/pci/drivers_probe", vf)
    return interface, vf


def judge(interface, mac, *settings):
    """What validate says of a guest with that MAC, the VF set so at its PF: what is an error of relay-mac."""
    if settings:
        run("ip", "link", "set", interface, "vf", "0", *settings)
    with open(XML, "w") as file:
        file.write(DOMAIN.format(mac=mac, socket=SOCKET))
    found = json.loads(vmlane("domain", "validate", XML, "--json"))
    said = [one["problem"] for one in found if one["rule"] == "relay-mac"]
    print(f"{' '.join(settings) or 'as it is'}: {'; '.join(said) or 'right'}", flush=True)


def start(program, vf=None):
    """As vmlane switch start does it: without a device there is no look at PCI."""
    eal = ["-l", "0", "-m", "256", "--file-prefix", "switch"]
    eal += ["-a", vf] if vf else ["--no-pci"]
    own = ["--control-socket", CONTROL, "--idle-sleep", "100", "--mergeable", "1"]
    own += ["--device", f"relay:1.vf={vf}"] if vf else []
    own += ["--state-file", f"{FOLDER}/ports.json"]
    return Program("switch", [program, *eal, "--", *own])


def has_guest_port():
    return any(port["path"] == SOCKET for port in ask("port.list").get("ports", []))


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
    # A real card drops it, unless the spoof check is off.
    frames.add(f"guest as another to wire, {when}", "guest", WIRE, OTHER, expected=to_wire)
    # QEMU's card gives a broadcast back to the function that sent it.
    frames.add(f"guest to all, {when}", "guest", BROADCAST, GUEST, expected=to_wire + to_guest)
    frames.add(f"guest to wire, tagged, {when}", "guest", WIRE, GUEST, 7, [("wire", 7)])
    return frames.run()


class Ends:
    """The wire and a guest, which leaves and comes back with its connection."""

    def __init__(self, program):
        self.fronts = Fronts(program)
        self.ports = {"wire": Port("wire")}

    def come(self):
        guest = self.fronts.open("guest", SOCKET, mergeable=True)
        self.ports["guest"] = guest
        meet(self.ports)

    def leave(self):
        self.ports.pop("guest").close()

    def compare(self, when):
        guest, wire = (self.ports["guest"], GUEST), (self.ports["wire"], WIRE)
        return compare(when, {"wire to guest": wire + guest, "guest to wire": guest + wire})


class Traffic(threading.Thread):
    """Numbered frames from the wire to the guest, until it is over."""

    def __init__(self, wire, title):
        super().__init__(daemon=True)
        self._wire, self._title, self._over, self.sent = wire, title, False, 0
        self.start()

    def run(self):
        while not self._over:
            self._wire.send(whole(f"{self._title} {self.sent}", GUEST, WIRE, length=300))
            self.sent += 1
            time.sleep(0.005)

    def end(self):
        self._over = True
        self.join()


def numbers(guest, title):
    return [int(name.rsplit(" ", 1)[1]) for name, _ in guest.seen() if name.startswith(f"{title} ")]


def heard(guest, traffic, title, after=-1):
    """Waits for frames behind that one; the last number. What came is in order, each once and whole."""
    end = time.monotonic() + READY_SECONDS
    while not (came := numbers(guest, title)) or came[-1] < after + 20:
        if time.monotonic() > end:
            raise RuntimeError(f"{title}: nothing behind {after} of {traffic.sent}")
        time.sleep(0.05)
    exact = all(
        guest.bytes_of(f"{title} {i}") == whole(f"{title} {i}", GUEST, WIRE, length=300) for i in came
    )
    print(f"{title}: {'in order, each once' if came == sorted(set(came)) else f'NOT: {came}'}", end="")
    print(f", {'each whole' if exact else 'NOT whole'}", flush=True)
    return came[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    parser.add_argument("--front", required=True, help="the vhost-front program")
    options = parser.parse_args()
    interface, vf = virtual_function()
    add = ["relay", "add", "1", "--pci-addr", vf.split(":", 1)[1], "--path", SOCKET]
    switch = start(options.switch)
    switch.wait_until("there", lambda: os.path.exists(CONTROL), START_SECONDS)
    vmlane(*add)
    switch.end()
    switch = start(options.switch, vf)
    switch.wait_until("there again", lambda: os.path.exists(CONTROL), START_SECONDS)
    vmlane(*add, "--trunks", TRUNKS)
    print(vmlane("relay", "stats", "--include-inactive"), end="")
    ends = Ends(options.front)
    ends.come()
    wrong = exchange(ends.ports, "at first") + ends.compare("at first")
    print(vmlane("relay", "list"), end="")
    judge(interface, GUEST)
    judge(interface, OTHER)
    # With a VF that may send what it will, frames for another do not come all the same, also once its
    # driver has asked for all (after the kill): igb's driver of the PF gives that to no VF.
    judge(interface, OTHER, "spoofchk", "off", "trust", "on")
    # Its guest leaves and comes, and so do its parts, while frames come for it.
    traffic = Traffic(ends.ports["wire"], "removed")
    last = heard(ends.ports["guest"], traffic, "removed")
    vmlane("relay", "remove", "1")
    ends.leave()
    vmlane(*add, "--trunks", TRUNKS)
    ends.come()
    heard(ends.ports["guest"], traffic, "removed", last)
    traffic.end()
    wrong += exchange(ends.ports, "after its removal")
    traffic = Traffic(ends.ports["wire"], "killed")
    last = heard(ends.ports["guest"], traffic, "killed")
    switch.kill()
    ends.leave()
    switch = start(options.switch, vf)
    # Its sockets were there all the time, as those that nobody listens at.
    switch.wait_until("there once more", has_guest_port, START_SECONDS)
    ends.come()
    heard(ends.ports["guest"], traffic, "killed", last)
    traffic.end()
    wrong += exchange(ends.ports, "after a kill") + ends.compare("after a kill")
    print(vmlane("relay", "port-control", "query_pci", "--vhost-path", SOCKET), end="")
    ends.leave()
    ends.fronts.end()
    print(vmlane("relay", "port-control", "remove", "--virtio-id", "1", "--pci-addr", vf), end="")
    switch.end()
    print(f"{wrong} wrong")
    return 1 if wrong else 0


for network in ("all", "default"):
    run("sysctl", "-qw", f"net.ipv6.conf.{network}.disable_ipv6=1")
sys.exit(main())
