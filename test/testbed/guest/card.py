"""The testbed's 82576, for Python: given to vfio, and its own count of what it sorted where."""

import mmap
import os

from programs import run

DEVICES = "/sys/bus/pci/devices"
POOLS = 8
# Good packets received, a register for each pool (PVFGPRC); reading does not clear it.
RECEIVED, NEXT_POOL = 0x10010, 0x100


class Card:
    """Bound to vfio-pci."""

    def __init__(self):
        self.address = find()
        run("modprobe", "vfio-pci")
        write(f"{DEVICES}/{self.address}/driver_override", "vfio-pci")
        write("/sys/bus/pci/drivers_probe", self.address)
        driver = os.path.basename(os.path.realpath(f"{DEVICES}/{self.address}/driver"))
        if driver != "vfio-pci":
            raise RuntimeError(f"{self.address}: bound to {driver} instead of vfio-pci")

    def received(self):
        """Frames that each pool got since the card was reset; while somebody drives it."""
        with open(f"{DEVICES}/{self.address}/resource0", "rb") as file:
            with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
                with memoryview(memory).cast("I") as registers:
                    return [registers[(RECEIVED + i * NEXT_POOL) // 4] for i in range(POOLS)]


def find():
    for name in sorted(os.listdir(DEVICES)):
        folder = f"{DEVICES}/{name}"
        with open(f"{folder}/vendor") as vendor, open(f"{folder}/device") as device:
            if (vendor.read().strip(), device.read().strip()) == ("0x8086", "0x10c9"):
                return name
    raise RuntimeError("no 82576 among the PCI devices")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
