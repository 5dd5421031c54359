#!/usr/bin/env python3
"""A guest that is prepared for DPDK as the example spec says, and forwards what it gets by testpmd.

  switch on the host --- virtio-net at 0000:00:06.0 --- vfio-pci or uio_pci_generic --- testpmd

Runs the given commands as cloud-init runs those of `bootcmd` (each by sh, in their order; cloud-init
itself is not here), then forwards until FRAMES have come, each to PEER, and ends.
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
    parser.add_argument("--frames", required=True, type=int)
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
    end, received = time.monotonic() + SECONDS, 0
    while received < options.frames and time.monotonic() < end:
        time.sleep(0.5)
        print("show port stats 0", file=testpmd.stdin, flush=True)
        for line in testpmd.stdout:
            found = re.search(r"RX-packets: (\d+)", line)
            if found:
                received = int(found[1])
                break
            if "Invalid port" in line or "No probed" in line:
                raise RuntimeError(f"testpmd has no port: {line.rstrip()}")
            print(line.rstrip(), flush=True)
    said, _ = testpmd.communicate("stop\nquit\n", timeout=SECONDS)
    print(said, flush=True)
    print(f"received: {'enough' if received >= options.frames else received}")
    return testpmd.returncode


sys.exit(main())
