#!/usr/bin/env python3
"""vhost-switch (bench.py): who receives which frame and, with the 82576 as uplink, through which of
the card's pools.

Prints a line for every frame, ok or WRONG; status 0 when none was wrong and nothing crashed.
"""

import argparse
import signal
import sys
import time

from bench import BROADCAST, WIRE, Bench, address, ask, pool, tag, title
from exchange import Exchange
from frames import frame
from programs import SLOW, run

MULTICAST = "01:00:5e:00:00:fb"
NOBODY = "02:00:00:00:99:99"
OWN_VLAN = 100
FILTERS_SECONDS = 60 * SLOW
# Until the card has counted a frame: most on a busy machine, and enough for one it leaves out.
COUNT_SECONDS, IGNORE_SECONDS = 60 * SLOW, 0.3


class Checks:
    def __init__(self, bench):
        self.bench = bench
        self.ports = bench.ports
        self.guests = bench.guests
        self.uplink = bench.options.uplink
        self.promiscuous = bench.options.promiscuous
        self.wrong = 0

    def uplink_is_vmdq(self):
        """The switch says that the card sorts, and has given it a filter for each guest."""
        want = {"driver": "net_e1000_igb", "classification": "vmdq", "pools": 8, "link": "up"}
        want |= {"promiscuous": self.promiscuous, "filters": len(self.guests)}
        self.uplink_is("the uplink", want)

    def uplink_is(self, name, want):
        """What the switch says of the card, as soon as it is that."""
        end = time.monotonic() + FILTERS_SECONDS
        while True:
            uplink = ask("switch.info").get("uplink", {})
            got = {key: uplink.get(key) for key in want}
            if got == want or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.tell(name, got, want)

    def from_wire(self):
        """Every guest hears its VLAN, and nothing else."""
        exchange = Exchange(self.ports)

        def send(name, to, vlan, expected=(), may=False):
            exchange.add(f"wire to {name}", "wire", to, WIRE, vlan, expected, may)

        beyond = tag(len(self.guests))
        for number in self.guests:
            me, mine = title(number), [(title(number), None)]
            send(f"{me}, its VLAN", address(number), tag(number), mine)
            for other in self.guests:
                if other != number:
                    send(f"{me}, VLAN of {title(other)}", address(number), tag(other))
            send(f"{me}, VLAN of no guest", address(number), beyond)
            send(f"{me}, VLAN 1", address(number), 1)
            send(f"{me}, priority tag", address(number), 0)
            send(f"{me}, untagged", address(number), None)
            send(f"nobody, VLAN of {me}", NOBODY, tag(number))
            every = mine if self.promiscuous else []
            send(f"all, VLAN of {me}", BROADCAST, tag(number), every)
            # QEMU's card knows nothing of a pool that takes every multicast (VMOLR.MPME).
            send(f"a group, VLAN of {me}", MULTICAST, tag(number), every, may=True)
        for name, to in [("nobody", NOBODY), ("all", BROADCAST), ("a group", MULTICAST)]:
            send(f"{name}, untagged", to, None)
            send(f"{name}, VLAN of no guest", to, beyond)
        self.wrong += exchange.run()

    def through_pools(self):
        """The card itself sorts; what belongs to no guest is in the host's pool, if anywhere."""
        for number in self.guests:
            me, mine = address(number), tag(number)
            self.through_pool(f"{title(number)}, its VLAN", me, mine, [pool(number)])
            every = [pool(number)] if self.promiscuous else []
            self.through_pool(f"all, VLAN of {title(number)}", BROADCAST, mine, every)
            self.through_pool(f"nobody, VLAN of {title(number)}", NOBODY, mine, [0])
            self.through_pool(f"{title(number)}, VLAN of another", me, tag(number + 1), [0])
            self.through_pool(f"{title(number)}, untagged", me, None, [0])

    def through_pool(self, name, to, vlan, want):
        before = self.bench.card.received()
        self.ports["wire"].send(frame(f"{name}, once more", to, WIRE, vlan))
        end = time.monotonic() + (COUNT_SECONDS if want else IGNORE_SECONDS)
        got = []
        while not got and time.monotonic() < end:
            now = self.bench.card.received()
            got = [i for i, count in enumerate(now) for _ in range(count - before[i])]
            time.sleep(0.01)
        self.tell(f"wire to {name}, pools", got, want)

    def guest_to_guest(self):
        """What guests say is heard by whom it is for, and on the wire in their VLAN."""
        exchange = Exchange(self.ports)
        for number in self.guests:
            me = title(number)
            others = [(title(other), None) for other in self.guests if other != number]
            wire = [("wire", tag(number))] if self.uplink else []
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

    def come_and_go(self, number):
        """What is on its way to a guest that has left reaches nobody; back again, it hears."""
        self.bench.leave(number)
        self.one_from_wire(f"{title(number)}, which has left", number, [])
        self.bench.join(number)
        self.bench.make_known(number)
        self.bench.make_reachable(number)
        self.one_from_wire(f"{title(number)}, which is back", number, [(title(number), None)])

    def own_vlan(self, number):
        """In a VLAN that the card cannot sort by, a guest hears what it should, as do the others:
        the switch sorts from then on, and says why."""
        port = f"guest{number}.sock"
        here = {"classification": "software", "pools": 0, "filters": 0, "link": "up"}
        here["why"] = f"the NIC's VMDq maps have no VLAN {OWN_VLAN} for port {port}"
        ask("port.set", name=port, vlan=OWN_VLAN)
        self.uplink_is("the uplink, with a VLAN of its own", here)
        self.ports[title(number)].send(frame("hello in a VLAN", BROADCAST, address(number)))
        self.bench.make_reachable(number, OWN_VLAN)
        exchange = Exchange(self.ports)
        for other in self.guests:
            me, vlan = title(other), OWN_VLAN if other == number else tag(other)
            mine = [(me, None)]
            every = mine if self.promiscuous else []
            to = address(other)
            exchange.add(f"wire to {me}, now", "wire", to, WIRE, vlan, mine)
            exchange.add(f"wire to all, VLAN of {me} now", "wire", BROADCAST, WIRE, vlan, every)
            exchange.add(f"{me} to the wire, now", me, WIRE, to, expected=[("wire", vlan)])
        exchange.add("wire to all, tag that was", "wire", BROADCAST, WIRE, tag(number))
        exchange.add("wire to all, untagged, now", "wire", BROADCAST, WIRE)
        self.wrong += exchange.run()
        self.bench.end()
        self.bench.start_switch()
        self.uplink_is("the uplink, with a VLAN of its own, after a restart", here)
        ask("port.set", name=port, vlan=0)
        self.uplink_is("the uplink, without that VLAN", here)

    def one_from_wire(self, name, number, expected):
        exchange = Exchange(self.ports)
        exchange.add(f"wire to {name}", "wire", address(number), WIRE, tag(number), expected)
        self.wrong += exchange.run()

    def tell(self, name, got, want):
        if got == want:
            print(f"ok: {name}: {got}", flush=True)
        else:
            self.fail(f"{name}: {got}; want {want}")

    def fail(self, text):
        self.wrong += 1
        print(f"WRONG: {text}", flush=True)

    def all(self):
        self.bench.start()
        if self.uplink:
            self.uplink_is_vmdq()
            self.from_wire()
            self.through_pools()
        self.guest_to_guest()
        if self.uplink:
            self.come_and_go(len(self.guests) - 1)
            self.own_vlan(0)


def time_is_over(*_):
    """Once: what is done then to explain it is to be left alone."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise RuntimeError("the time for all this is over")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    parser.add_argument("--front", required=True, help="the vhost-front program")
    parser.add_argument("--guests", type=int, default=8)
    parser.add_argument("--uplink", action="store_true", help="with the 82576")
    parser.add_argument("--promiscuous", action="store_true", help="gives -P to the switch")
    bench = Bench(parser.parse_args())
    checks = Checks(bench)
    signal.signal(signal.SIGTERM, time_is_over)
    for step in (checks.all, bench.end):
        before = checks.wrong
        try:
            step()
        except (RuntimeError, OSError) as error:
            checks.fail(error)
        if checks.wrong > before:
            bench.explain()
    bench.kill()
    print(f"{checks.wrong} wrong")
    return 1 if checks.wrong else 0


for name in ("all", "default"):
    run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")
sys.exit(main())
