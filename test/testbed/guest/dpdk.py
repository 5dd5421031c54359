#!/usr/bin/env python3
"""A guest that is prepared for DPDK as the example spec says, and forwards what it gets by testpmd.

  switch on the host --- virtio-net at 0000:00:06.0 --- vfio-pci or uio_pci_generic --- testpmd

Runs the given commands as cloud-init runs those of `bootcmd` (each by sh, in their order; cloud-init
itself is not here), then forwards all that comes to PEER until a frame of over 1,023 bytes comes: by
that the host says that it has heard enough.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

from card import DEVICES
from programs import SLOW, run

ADDRESS = "0000:00:06.0"
SECONDS = 240 * SLOW
WORDS = ["-l", "0-1", "-a", ADDRESS, "--", "-i", "--total-num-mbufs=4096"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootcmd", required=True, help="a JSON list of commands")
    parser.add_argument("--peer", required=True, help="MAC of who gets the frames")
    options = parser.parse_args()
    run("modprobe", "virtio_pci")
    for command in json.loads(options.bootcmd):
        print(f"$ {command}", flush=True)
        subprocess.run(["sh", "-c", command], check=True)
    driver = os.path.basename(os.path.realpath(f"{DEVICES}/{ADDRESS}/driver"))
    print(f"driver: {driver}", flush=True)
    testpmd = subprocess.Popen(
        ["stdbuf", "-oL", "dpdk-testpmd", *WORDS, f"--eth-peer=0,{options.peer}"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    print("set fwd mac retry\nstart", file=testpmd.stdin, flush=True)
    end, asked = time.monotonic() + SECONDS, False
    while not asked and time.monotonic() < end:
        time.sleep(0.5)
        print("show port xstats 0\nshow port stats 0", file=testpmd.stdin, flush=True)
        for line in testpmd.stdout:
            # Of each queue.
            asked = asked or bool(re.search(r"rx_q\d+_size_1024_1518_packets: [1-9]", line))
            if "RX-packets:" in line:
                break
            if "Invalid port" in line or "No probed" in line:
                raise RuntimeError(f"testpmd has no port: {line.rstrip()}")
            if "_" not in line:
                print(line.rstrip(), flush=True)
    said, _ = testpmd.communicate("stop\nquit\n", timeout=SECONDS)
    print(said, flush=True)
    print(f"ended by: {'the host' if asked else 'time'}")
    return testpmd.returncode


sys.exit(main())
