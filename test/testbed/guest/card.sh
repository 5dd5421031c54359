#!/usr/bin/env bash
# Sourced by scripts that run in the testbed's guest and use its 82576.

# card -> PCI address of the 82576's physical function
card() {
	local device
	for device in /sys/bus/pci/devices/*; do
		if [ "$(<"$device/vendor"):$(<"$device/device")" = 0x8086:0x10c9 ]; then
			printf '%s\n' "${device##*/}"
			return
		fi
	done
	printf 'no 82576 among the PCI devices\n' >&2
	return 1
}

# driver DEVICE -> its name, or none
driver() {
	local link
	link=$(readlink "/sys/bus/pci/devices/$1/driver") || link=none
	printf '%s\n' "${link##*/}"
}

# group DEVICE -> number of its IOMMU group
group() { basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"; }

# bind DEVICE DRIVER: gives it to that driver, and to that only; '' for its own
bind() {
	local device=/sys/bus/pci/devices/$1
	[ ! -e "$device/driver" ] || echo "$1" >"$device/driver/unbind"
	echo "$2" >"$device/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
}

# attempt FILE VALUE -> ok, or the error that writing the value to the file gives
attempt() {
	local said
	if said=$({ printf '%s' "$2" >"$1"; } 2>&1); then
		printf 'ok\n'
	else
		printf '%s\n' "${said##*: }"
	fi
}
