#!/usr/bin/env bash
# Sourced by setup/setup and setup/parts.sh.

# before_13: whether this release of Debian is 12 or older. Testing has no number.
before_13() {
	local release
	release=$(sed -n 's/^VERSION_ID="\{0,1\}\([0-9]*\).*/\1/p' /etc/os-release)
	[ "${release:-13}" -lt 13 ]
}
