#!/usr/bin/env bash
# Sourced by those who make a Debian of their own from the mirror of this machine's apt. They source
# setup/parts.sh, too.

# The first mirror of apt's that is one of Debian's archive.
mirror() {
	# shellcheck disable=SC2016 # apt's own
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
		grep -E '/debian/?$' | head -n 1
}

# bootstrap RELEASE FOLDER PACKAGE,…
bootstrap() {
	local from
	command -v debootstrap >/dev/null || die 'debootstrap: is not installed; run: bash setup/setup --with systems'
	from=$(mirror) || true
	[ -n "$from" ] || die "apt: knows no mirror of Debian's; add one to its sources"
	debootstrap --force-check-gpg --variant=minbase ${3:+--include="$3"} "$1" "$2" "$from" >&2
}

lent=etc/apt/apt.conf.d/00lent

# lend_apt SYSTEM: its apt downloads as this machine's does
lend_apt() { apt_downloads >"$1/$lent"; }

# take_apt SYSTEM: takes that back
take_apt() { rm -f "$1/$lent"; }

# hurry_apt SYSTEM: a mirror's bad moment is waited for, and nobody keeps what dpkg would sync to the disk
hurry_apt() {
	printf '%s\n' 'Acquire::Retries "5";' 'DPkg::Options { "--force-unsafe-io"; };' >"$1/etc/apt/apt.conf.d/90hurry"
}

# within SYSTEM VARIABLE=VALUE… COMMAND…: as a whole system, whose processes all end with the command
within() {
	# shellcheck disable=SC2016 # the inner shell's
	unshare --mount --propagation private --pid --fork --kill-child bash -euc '
		mount --rbind "$1" "$1"
		cd "$1"
		mkdir -p .outside
		mount -t proc proc proc
		mount -t sysfs sys sys
		[ ! -d /sys/fs/cgroup ] || mount --rbind /sys/fs/cgroup sys/fs/cgroup
		mount --rbind /dev dev
		mount -t tmpfs run run
		mount -t tmpfs tmp tmp
		pivot_root . .outside
		umount -l .outside
		cd /
		shift
		# Not exec: this shell is process 1 in there, and reaps what others leave behind.
		env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "$@" || exit
		exit 0
	' within "$@"
}
