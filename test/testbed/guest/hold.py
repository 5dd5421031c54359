#!/usr/bin/env python3
"""Opens a device through vfio, as QEMU and DPDK do, says so, and holds it until it is killed."""

import fcntl
import os
import signal
import sys

# Source: linux/vfio.h.
SET_IOMMU, GROUP_SET_CONTAINER, GROUP_GET_DEVICE_FD = 0x3B66, 0x3B68, 0x3B6A
TYPE1 = 1

group, address = sys.argv[1:]
container = os.open("/dev/vfio/vfio", os.O_RDWR)
file = os.open(f"/dev/vfio/{group}", os.O_RDWR)
fcntl.ioctl(file, GROUP_SET_CONTAINER, container.to_bytes(4, sys.byteorder))
fcntl.ioctl(container, SET_IOMMU, TYPE1)
fcntl.ioctl(file, GROUP_GET_DEVICE_FD, address.encode() + b"\0")
print("held", flush=True)
signal.pause()
