#!/usr/bin/env python3
"""The 82576's PF as a device of one vhost-switch, and a VF of it for somebody else, at once.

vfio-pci has both. Who has the VF is a second vhost-switch here: to vfio and to the card it is what QEMU
or a DPDK program would be, and nobody's kernel has to boot for it.

  wire --- 82576's PF --- vhost-switch "pf" --- guest
               |
               '--- VF --- vhost-switch "vf" --- tenant

Prints each command with its status, and a line for every frame, ok or WRONG; status 0 when none was wrong.
"""

import argparse
import os
import stat
import subprocess
import sys
import time

from bench import BROADCAST, CONTROL, START_SECONDS, WIRE, ask
from card import DEVICES, find, write
from exchange import Exchange
from frames import Port, frame
from fronts import Fronts
from programs import FOLDER, SLOW, Program, run

GUEST = "02:00:00:00:00:01"
TENANT = "02:00:00:00:00:02"
SOCKET = f"{FOLDER}/guest.sock"
TENANTS = f"{FOLDER}/tenant.sock"
TOKEN = f"{CONTROL}.d/vf-token"
READY_SECONDS = 120 * SLOW


def vmlane(*words):
    """Its output; the command, its status and what it says are printed."""
    environment = os.environ | {"VMLANE_SWITCH": CONTROL, "VMLANE_SWITCH_TIMEOUT": "60"}
    done = subprocess.run(
        ["node", "dist/bin/main.js", *words], capture_output=True, text=True, env=environment
    )
    said = done.stderr.strip().replace("vmlane: ", "").replace("\n", " | ")
    print(f"{' '.join(words)}: {done.returncode}: {said}", flush=True)
    return done.stdout + done.stderr


def start_tenant(program, title, vf, *more):
    eal = ["-l", "1", "-m", "256", "--file-prefix", title, "-a", vf]
    own = ["--control-socket", f"{FOLDER}/{title}.control", "--idle-sleep", "100"]
    own += ["--device", f"vf={vf}", "--socket-file", TENANTS, *more]
    return Program(title, [program, *eal, "--", *own])


def is_refused(switch, why):
    """Whether it ends by itself, with that in its log."""
    end = time.monotonic() + START_SECONDS
    while switch.runs() and time.monotonic() < end:
        time.sleep(0.1)
    ended = not switch.runs()
    print(f"without the token: {'refused' if ended and why in switch.said() else 'NOT refused'}")
    if not ended or why not in switch.said():
        switch.show_log()
    switch.kill()


def meet(ports):
    """The link of a VF takes its time."""
    for title, to in (("guest", GUEST), ("tenant", TENANT)):
        end = time.monotonic() + READY_SECONDS
        while True:
            name = f"hello {title} at {time.monotonic():.1f}"
            ports["wire"].send(frame(name, BROADCAST, WIRE))
            if ports[title].wait_for(name, 0.5):
                break
            if time.monotonic() > end:
                raise RuntimeError(f"the {title} does not hear the wire")


def exchange(ports, tenant):
    """tenant: the VF's own address, which is the only one that the card knows of it."""
    frames = Exchange(ports)
    frames.add("wire to guest", "wire", GUEST, WIRE, expected=[("guest", None)])
    frames.add("wire to tenant", "wire", tenant, WIRE, expected=[("tenant", None)])
    frames.add("wire to all", "wire", BROADCAST, WIRE, None, [("guest", None), ("tenant", None)])
    frames.add("tenant to wire", "tenant", WIRE, tenant, expected=[("wire", None)])
    frames.add("guest to tenant", "guest", tenant, GUEST, expected=[("tenant", None)])
    return frames.run()


def leaks(token, programs, *texts):
    """Where the token can be read that should not have it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", errors="replace") as file:
                if token in file.read():
                    found.append(f"arguments of {pid}")
        except OSError:
            continue  # it has ended
    found += [program.title for program in programs if token in program.said()]
    found += [f"text {i}" for i, text in enumerate(texts) if token in text]
    return ", ".join(found) or "nowhere"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switch", required=True, help="the vhost-switch program")
    parser.add_argument("--front", required=True, help="the vhost-front program")
    options = parser.parse_args()
    card = find()
    run("modprobe", "vfio-pci")
    vmlane("sriov", "set", card, "2")
    vmlane("sriov", "bind", card)
    dry = vmlane("sriov", "set", card, "2", "--dry-run")
    print("\n".join(f"  {line.strip()}" for line in dry.splitlines() if "/sys/" in line))
    vmlane("sriov", "set", card, "2")
    vf, _ = (os.path.basename(os.path.realpath(f"{DEVICES}/{card}/virtfn{i}")) for i in (0, 1))
    print(f"VF: {vf} with {os.path.basename(os.path.realpath(f'{DEVICES}/{vf}/driver'))}")
    words = ["--device", f"pf={card}", "--cpus", "0", "--memory", "256", "--idle-sleep", "100"]
    words += ["--socket-file", SOCKET]
    os.environ["VMLANE_SWITCH_BINARY"] = options.switch
    dry = vmlane("switch", "start", *words, "--dry-run")
    print(f"  the token's file: {'--vf-token-file ' + TOKEN in dry}, made: {os.path.exists(TOKEN)}")
    vmlane("switch", "start", *words)
    with open(TOKEN) as file:
        token = file.read().strip()
    print(f"the token: {len(token)} characters, mode {stat.S_IMODE(os.stat(TOKEN).st_mode):o}")
    vmlane("sriov", "set", card, "1")
    is_refused(start_tenant(options.switch, "without", vf), "cannot be")
    tenant = start_tenant(options.switch, "tenant", vf, "--vf-token-file", TOKEN)
    tenant.wait_until("there", lambda: os.path.exists(TENANTS), START_SECONDS)
    fronts = Fronts(options.front)
    ports = {
        "wire": Port("wire"),
        "guest": fronts.open("guest", SOCKET),
        "tenant": fronts.open("tenant", TENANTS),
    }
    meet(ports)
    (device,) = ask("switch.info", control=f"{FOLDER}/tenant.control")["devices"]
    wrong = exchange(ports, device["mac"].lower())
    info = vmlane("switch", "info", "--json")
    with open(f"{os.path.dirname(CONTROL)}/{os.path.basename(CONTROL)}.log") as log:
        print(f"the token is also: {leaks(token, [tenant], dry, info, log.read())}")
    # With the VF held, the PF opens again for who has the same token only.
    vmlane("switch", "stop")
    vmlane("switch", "start", *words)
    with open(TOKEN) as file:
        print(f"after a restart: {'the same token' if file.read().strip() == token else 'another'}")
    fronts.end()
    tenant.end()
    vmlane("switch", "stop")
    print(f"{wrong} wrong")
    return 1 if wrong else 0


for network in ("all", "default"):
    run("sysctl", "-qw", f"net.ipv6.conf.{network}.disable_ipv6=1")
sys.exit(main())
