#!/usr/bin/env python3
"""vhost-switch with guests and, if asked for, the 82576 as uplink: who receives which frame.

  vhost-switch 82576 --- wire        wire: this process, on the testbed's second network card
    |  |  |
    |  |  '--- guest 2               a guest: testpmd, virtio_user here and a tap there, at which
    |  '------ guest 1               this process sends and receives
    '--------- guest 0

Prints a line for every frame, ok or WRONG; status 0 when none was wrong and nothing crashed.
"""

import argparse
import json
import os
import signal
import socket
import sys
import time

from exchange import Exchange
from frames import Port, frame
from programs import FOLDER, Program, quit_testpmd, run, terminate

CONTROL = f"{FOLDER}/control"
BROADCAST = "ff:ff:ff:ff:ff:ff"
MULTICAST = "01:00:5e:00:00:fb"
NOBODY = "02:00:00:00:99:99"
WIRE = "02:00:00:00:77:77"
START_SECONDS = 180
READY_SECONDS = 30


def tag(number):
    return 1000 + number


def address(number):
    return f"02:00:00:00:00:{number:02x}"


def title(number):
    return f"guest {number}"


def card():
    """PCI address of the 82576, bound to vfio-pci."""
    folder = "/sys/bus/pci/devices"
    for name in sorted(os.listdir(folder)):
        with open(f"{folder}/{name}/vendor") as vendor, open(f"{folder}/{name}/device") as device:
            if (vendor.read().strip(), device.read().strip()) == ("0x8086", "0x10c9"):
                break
    else:
        raise RuntimeError("no 82576 among the PCI devices")
    run("modprobe", "vfio-pci")
    with open(f"{folder}/{name}/driver_override", "w") as override:
        override.write("vfio-pci")
    with open("/sys/bus/pci/drivers_probe", "w") as probe:
        probe.write(name)
    driver = os.path.basename(os.path.realpath(f"{folder}/{name}/driver"))
    if driver != "vfio-pci":
        raise RuntimeError(f"{name}: bound to {driver} instead of vfio-pci")
    return name


def ask(path, method):
    """One request on the switch's control socket; its result, or what went wrong."""
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method})
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(path)
            connection.sendall(f"{request}\n".encode())
            answer = json.loads(connection.makefile().readline())
    except (OSError, ValueError) as error:
        return str(error)
    return answer.get("result", answer.get("error"))


class Bench:
    def __init__(self, options):
        self.options = options
        self.programs = []
        self.switch = None
        self.guests = {}
        self.ports = {}
        self.wrong = self.explained = 0

    def start_switch(self):
        eal = ["-l", "0", "-m", "256", "--file-prefix", "switch"]
        own = ["--control-socket", CONTROL, "--idle-sleep", "100"]
        if self.options.uplink:
            eal += ["-a", card()]
            own += ["-p", "1"] + (["-P"] if self.options.promiscuous else [])
        else:
            eal += ["--no-pci"]
        for number in range(self.options.guests):
            own += ["--socket-file", self.socket(number)]
        command = [self.options.switch, *eal, "--", *own, *self.options.switch_option]
        self.switch = self.start("switch", command)
        last = self.socket(self.options.guests - 1)
        self.switch.wait_until("its sockets there", lambda: os.path.exists(last), START_SECONDS)

    def start_guest(self, number):
        eal = ["--lcores", "0@(0-1),1@(0-1)", "--single-file-segments", "--no-pci", "-m", "64"]
        eal += ["--file-prefix", f"guest{number}"]
        virtio = f"virtio_user0,path={self.socket(number)},queues=1,queue_size=256"
        eal += ["--vdev", f"{virtio},mac={address(number)}"]
        eal += ["--vdev", f"net_tap0,iface=guest{number}"]
        own = ["-i", "--total-num-mbufs=2048", "--forward-mode=io"]
        self.guests[number] = self.start(title(number), ["dpdk-testpmd", *eal, "--", *own])

    def join_guest(self, number):
        """Waits until the guest, started before, is up."""
        guest = self.guests[number]
        guest.wait_for_words("testpmd> ", START_SECONDS)
        run("ip", "link", "set", f"guest{number}", "up")
        self.ports[title(number)] = Port(f"guest{number}")
        guest.tell("start")

    def leave_guest(self, number):
        self.ports.pop(title(number)).close()
        self.guests.pop(number).end(quit_testpmd)

    def make_known(self, number):
        """The guest speaks until the others, and the wire, have heard it."""
        name = f"hello of {title(number)} at {time.monotonic():.1f}"
        others = {who: port for who, port in self.ports.items() if who != title(number)}
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            self.ports[title(number)].send(frame(name, BROADCAST, address(number)))
            if all(port.wait_for(name, 0.5) for port in others.values()):
                return
        deaf = [who for who, port in others.items() if not port.wait_for(name, 0)]
        self.fail(f"{title(number)} speaks, but is not heard by {', '.join(deaf)}")

    def make_reachable(self, number):
        """The wire speaks to the guest until it hears."""
        name = f"hello to {title(number)} at {time.monotonic():.1f}"
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            data = frame(name, address(number), WIRE, tag(number))
            self.ports["wire"].send(data)
            if self.ports[title(number)].wait_for(name, 0.5):
                return
        self.fail(f"{title(number)} does not hear the wire in its VLAN")

    def guest_to_guest(self):
        exchange = Exchange(self.ports)
        for number in self.guests:
            me = title(number)
            others = [(title(other), None) for other in self.guests if other != number]
            wire = [("wire", tag(number))] if self.options.uplink else []
            source = address(number)
            for other in self.guests:
                if other != number:
                    name = f"{me} to {title(other)}"
                    exchange.add(name, me, address(other), source, expected=[(title(other), None)])
            exchange.add(f"{me} to itself", me, source, source)
            for what, to in [("all", BROADCAST), ("nobody", NOBODY)]:
                exchange.add(f"{me} to {what}", me, to, source, expected=others + wire)
            if wire:
                exchange.add(f"{me} to the wire", me, WIRE, source, expected=wire)
        self.wrong += exchange.run()

    def from_wire(self):
        exchange = Exchange(self.ports)

        def send(name, to, vlan, expected=(), may=False):
            exchange.add(f"wire to {name}", "wire", to, WIRE, vlan, expected, may)

        for number in self.guests:
            me, mine = title(number), [(title(number), None)]
            send(f"{me}, its VLAN", address(number), tag(number), mine)
            for other in self.guests:
                if other != number:
                    send(f"{me}, VLAN of {title(other)}", address(number), tag(other))
            send(f"{me}, VLAN of no guest", address(number), tag(self.options.guests))
            send(f"{me}, VLAN 1", address(number), 1)
            send(f"{me}, priority tag", address(number), 0)
            send(f"{me}, untagged", address(number), None)
            send(f"nobody, VLAN of {me}", NOBODY, tag(number))
            every = mine if self.options.promiscuous else []
            send(f"all, VLAN of {me}", BROADCAST, tag(number), every)
            # QEMU's card knows nothing of a pool that takes every multicast (VMOLR.MPME).
            send(f"a group, VLAN of {me}", MULTICAST, tag(number), every, may=True)
        send("nobody, untagged", NOBODY, None)
        send("all, untagged", BROADCAST, None)
        send("all, VLAN of no guest", BROADCAST, tag(self.options.guests))
        self.wrong += exchange.run()

    def come_and_go(self, number):
        """What is on its way to a guest that has left reaches nobody; back again, it hears."""
        self.leave_guest(number)
        exchange = Exchange(self.ports)
        name = f"wire to {title(number)}, which has left"
        exchange.add(name, "wire", address(number), WIRE, tag(number))
        self.wrong += exchange.run()
        self.start_guest(number)
        self.join_guest(number)
        self.make_known(number)
        self.make_reachable(number)
        exchange = Exchange(self.ports)
        name = f"wire to {title(number)}, which is back"
        exchange.add(name, "wire", address(number), WIRE, tag(number), [(title(number), None)])
        self.wrong += exchange.run()

    def work(self):
        for name in ("all", "default"):
            with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w") as file:
                file.write("1")
        run("modprobe", "tun")
        self.start_switch()
        for number in range(self.options.guests):
            self.start_guest(number)
        for number in range(self.options.guests):
            self.join_guest(number)
        if self.options.uplink:
            self.ports["wire"] = Port("wire")
        for number in self.guests:
            self.make_known(number)
        if self.options.uplink:
            for number in self.guests:
                self.make_reachable(number)
            self.from_wire()
        self.guest_to_guest()
        if self.options.uplink:
            self.come_and_go(self.options.guests - 1)

    def start(self, name, command):
        program = Program(name, command)
        self.programs.append(program)
        return program

    def end(self):
        for number in list(self.guests):
            self.leave_guest(number)
        self.switch.end(terminate)

    def explain(self):
        """Shows what there is to be known, if something went wrong since the last time."""
        if self.wrong == self.explained:
            return
        self.explained = self.wrong
        for program in self.programs:
            program.show_log()
        if not self.switch or not self.switch.runs():
            return
        for method in ("switch.info", "port.list", "fdb.list", "stats.get"):
            print(f"--- {method}\n{json.dumps(ask(CONTROL, method), indent=1)}", flush=True)

    def fail(self, text):
        self.wrong += 1
        print(f"WRONG: {text}", flush=True)

    def socket(self, number):
        return f"{FOLDER}/guest{number}.sock"


def time_is_over(*_):
    """Once: what is done then to explain it is to be left alone."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise RuntimeError("the time for all this is over")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    parser.add_argument("--guests", type=int, default=3)
    parser.add_argument("--uplink", action="store_true", help="with the 82576")
    parser.add_argument("--promiscuous", action="store_true", help="gives -P to the switch")
    parser.add_argument("--switch-option", action="append", default=[], help="one more for it")
    bench = Bench(parser.parse_args())
    signal.signal(signal.SIGTERM, time_is_over)
    for step in (bench.work, bench.explain, bench.end, bench.explain):
        try:
            step()
        except (RuntimeError, OSError) as error:
            bench.fail(error)
    for program in bench.programs:
        program.kill()
    print(f"{bench.wrong} wrong")
    return 1 if bench.wrong else 0


sys.exit(main())
