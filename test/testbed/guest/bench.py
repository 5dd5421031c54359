"""vhost-switch with its guests and, if asked for, the 82576 as uplink, on the testbed's machine.

  vhost-switch 82576 --- wire        wire: this process, on the machine's second network card
    |  |  |
    |  |  '--- guest 2               a guest: vhost-front plays it; this process tells it what to
    |  '------ guest 1               send and asks what it got
    '--------- guest 0
"""

import json
import os
import socket
import time

from card import POOLS, Card
from frames import Port, frame
from fronts import Fronts
from programs import FOLDER, SLOW, Program

CONTROL = f"{FOLDER}/control"
BROADCAST = "ff:ff:ff:ff:ff:ff"
WIRE = "02:00:00:00:77:77"
START_SECONDS = 300 * SLOW
READY_SECONDS = 120 * SLOW


def tag(number):
    """VLAN of a guest's port towards the wire."""
    return 1000 + number


def pool(number):
    """Where the card sorts its frames. Pool 0 is the host's; guests share the others."""
    return 1 + number % (POOLS - 1)


def address(number):
    return f"02:00:00:00:00:{number:02x}"


def title(number):
    return f"guest {number}"


def ask(method, control=CONTROL, **params):
    """One request on a switch's control socket; its result, or what went wrong."""
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60 * SLOW)
            connection.connect(control)
            connection.sendall(f"{request}\n".encode())
            answer = json.loads(connection.makefile().readline())
    except (OSError, ValueError) as error:
        return {"error": str(error)}
    return answer.get("result", answer)


def socket_of(number):
    return f"{FOLDER}/guest{number}.sock"


class Bench:
    """ports: title -> what frames are sent to and seen at: the wire, and guests that are there."""

    def __init__(self, options):
        self.options = options
        self.guests = range(options.guests)
        self.switch = self.card = self.fronts = None
        self.ports = {}

    def start(self):
        if self.options.uplink:
            self.card = Card()
            self.ports["wire"] = Port("wire")
        self.start_switch()
        self.fronts = Fronts(self.options.front)
        for number in self.guests:
            self.join(number)
        for number in self.guests:
            self.make_known(number)
            self.make_reachable(number)

    def start_switch(self):
        """Without guests; it has the ports of the one before."""
        eal = ["-l", "0", "-m", "256", "--file-prefix", "switch"]
        own = ["--control-socket", CONTROL, "--idle-sleep", "100"]
        own += ["--state-file", f"{FOLDER}/ports.json"]
        if self.options.uplink:
            eal += ["-a", self.card.address]
            own += ["-p", "1"] + (["-P"] if self.options.promiscuous else [])
        else:
            eal += ["--no-pci"]
        for number in self.guests:
            own += ["--socket-file", socket_of(number)]
        self.switch = Program("switch", [self.options.switch, *eal, "--", *own])
        last = socket_of(self.options.guests - 1)
        self.switch.wait_until("its sockets there", lambda: os.path.exists(last), START_SECONDS)

    def join(self, number):
        self.ports[title(number)] = self.fronts.open(title(number), socket_of(number))

    def leave(self, number):
        self.ports.pop(title(number)).close()

    def make_known(self, number):
        """The guest speaks until the others, and the wire, have heard it."""
        name = f"hello of {title(number)} at {time.monotonic():.1f}"
        others = [port for who, port in self.ports.items() if who != title(number)]
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            self.ports[title(number)].send(frame(name, BROADCAST, address(number)))
            if all(port.wait_for(name, 0.5) for port in others):
                return
        deaf = [who for who, port in self.ports.items() if not port.wait_for(name, 0)]
        raise RuntimeError(f"{title(number)} speaks, but is not heard by {', '.join(deaf)}")

    def make_reachable(self, number, vlan=None):
        """The wire speaks to the guest until it hears; in its VLAN, or another one that it has."""
        if not self.options.uplink:
            return
        name = f"hello to {title(number)} at {time.monotonic():.1f}"
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            self.ports["wire"].send(frame(name, address(number), WIRE, vlan or tag(number)))
            if self.ports[title(number)].wait_for(name, 0.5):
                return
        raise RuntimeError(f"{title(number)} does not hear the wire in its VLAN")

    def end(self):
        """In order, as a host would do it."""
        for number in self.guests:
            if title(number) in self.ports:
                self.leave(number)
        if self.fronts:
            self.fronts.end()
        if self.switch:
            self.switch.end()

    def kill(self):
        for program in (self.fronts, self.switch):
            if program:
                program.kill()

    def explain(self):
        """Shows what there is to be known."""
        if not self.switch:
            return
        self.switch.show_log()
        for method in ("switch.info", "port.list", "fdb.list", "stats.get"):
            print(f"--- {method}\n{json.dumps(ask(method), indent=1)}", flush=True)
