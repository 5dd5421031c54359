#!/usr/bin/env python3
"""The 82576 under the kernel's driver, with VLAN interfaces, against the wire: shows that frames
get from one end of the wire to the other, both ways, with their tags, before anything of ours is
tried on it."""

import glob
import os
import sys

from exchange import Exchange
from frames import Port
from programs import run

WIRE, OTHER, BROADCAST = "02:00:00:00:77:77", "02:00:00:00:99:99", "ff:ff:ff:ff:ff:ff"
TAGS = (1000, 1001)


def main():
    run("modprobe", "igb")
    run("modprobe", "8021q")
    path = next(
        link
        for link in glob.glob("/sys/class/net/*")
        if os.path.realpath(f"{link}/device/driver").endswith("/igb")
    )
    name = os.path.basename(path)
    with open(f"{path}/address") as file:
        mac = file.read().strip()
    run("ip", "link", "set", name, "up")
    for tag in TAGS:
        vlan = f"{name}.{tag}"
        run("ip", "link", "add", "link", name, "name", vlan, "type", "vlan", "id", str(tag))
        run("ip", "link", "set", vlan, "up")
    ports = {"wire": Port("wire"), "card": Port(name)}
    ports |= {f"vlan {tag}": Port(f"{name}.{tag}") for tag in TAGS}
    run("sh", "-c", f"for i in $(seq 300); do grep -qx 1 {path}/carrier && exit; sleep 0.1; done")

    exchange = Exchange(ports)
    for tag in TAGS:
        # The card's own port shows every frame as it came, the VLAN's what is left of it.
        both = [("card", tag), (f"vlan {tag}", None)]
        exchange.add(f"to VLAN {tag}", "wire", mac, WIRE, tag, both)
        exchange.add(f"to all in VLAN {tag}", "wire", BROADCAST, WIRE, tag, both)
        exchange.add(f"from VLAN {tag}", f"vlan {tag}", OTHER, mac, None, [("wire", tag)])
    exchange.add("to the card, untagged", "wire", mac, WIRE, None, [("card", None)])
    exchange.add("from the card, untagged", "card", OTHER, mac, None, [("wire", None)])
    exchange.add("from the card, tagged", "card", OTHER, mac, 7, [("wire", 7)])
    return 1 if exchange.run() else 0


sys.exit(main())
