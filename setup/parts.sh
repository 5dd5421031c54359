#!/usr/bin/env bash
# Sourced by the scripts that put what they fetch into the cache: guest-parts, testbed-parts and others, which unpack
# Debian packages without installing them, and test/debian13. They set $part, the prefix of their messages,
# and $cache.

. setup/release.sh

say() { printf '%s: %s\n' "${part:?}" "$*" >&2; }
die() {
	say "$*"
	exit 1
}

# apt_downloads -> how this machine's apt downloads, by a proxy say, for another apt's settings
apt_downloads() { apt-config dump | grep '^Acquire::' || true; }

# candidate PACKAGE [APT-OPTION…] -> the version that apt would fetch, or nothing
candidate() { apt-cache policy "$@" | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'; }

# kernel_package ALIAS -> the package behind Debian's name for a newest kernel
kernel_package() {
	apt-cache depends "$1" 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }'
}

# make_work: a temporary folder, $work, beside the destination of its content
make_work() {
	if ! mkdir -p "${cache:?}" 2>/dev/null || [ ! -w "$cache" ]; then
		die "$cache: cannot be written; run this once as root: sudo bash $0"
	fi
	work=$(mktemp -d "$cache/.new.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	# apt downloads as its own user, which must be able to write here.
	chmod 755 "$work"
	if id _apt >/dev/null 2>&1; then chown _apt "$work"; fi
}

# unpack_into ROOT DEB…: the packages' files; what newer releases have in /usr alone is found at its old
# place, too
unpack_into() {
	local root=$1 deb name
	shift
	for deb in "$@"; do
		dpkg-deb -x "$deb" "$root"
	done
	for name in bin sbin lib; do
		[ -e "$root/$name" ] || [ ! -d "$root/usr/$name" ] || ln -s "usr/$name" "$root/$name"
	done
}

# copy_modules ROOT RELEASE DIR NAME…: the kernel modules NAME…, with everything they depend on,
# from the kernel unpacked in ROOT to DIR/NN-name.ko, to be loaded in the order of NN
copy_modules() {
	local root=$1 release=$2 to=$3 name number=0 file
	local -A seen=()
	shift 3
	mkdir "$to"
	depmod --basedir "$root" "$release"
	for name in "$@"; do
		while read -r _ file _; do
			[ -z "${seen[$file]-}" ] || continue
			seen[$file]=1
			number=$((number + 1))
			name=$(printf '%02d' $number)-$(basename "$file" .xz)
			# The guest's insmod reads no compressed ones.
			case $file in
			*.xz) xz --decompress --stdout "$file" >"$to/$name" ;;
			*) cp "$file" "$to/$name" ;;
			esac
		done < <(modprobe --dirname "$root" --set-version "$release" --show-depends "$name" | grep '^insmod ')
	done
	[ "$number" -gt 0 ] || die "kernel $release: holds none of the modules $*; report this"
}

# newer GROUP -> the group that belongs to it from Debian 13 on, if this is such a release
newer() { before_13 || printf '%s-13\n' "$1"; }

# in_group GROUP -> its packages in setup/packages that this release has, as NAME=VERSION
in_group() {
	local name version
	awk -v group="$1" -v newer="$(newer "$1")" '$1 == group || $1 == newer { print $2 }' setup/packages | while read -r name; do
		version=$(candidate "$name")
		[ -z "$version" ] || printf '%s=%s\n' "$name" "$version"
	done
}

# fetch_root GROUP PACKAGE PROGRAM…: the group's packages, among them PACKAGE, unpacked into $cache/GROUP/root, and
# `version` beside it. PROGRAM, a path in there, must find its libraries, there or on this machine. A result that is
# there is kept; to fetch it anew, remove the folder.
fetch_root() {
	local group=$1 package=$2 again="bash $0" wanted lacking
	shift 2
	[ ! -f "$cache/$group/version" ] || return 0
	mapfile -t wanted < <(in_group "$group")
	if [[ " ${wanted[*]-} " != *" $package="* ]] && [ "$(id -u)" = 0 ]; then
		apt-get update -q >&2 || die "apt-get update failed; see above, then run: $again"
		mapfile -t wanted < <(in_group "$group")
	fi
	[[ " ${wanted[*]-} " = *" $package="* ]] || die "$package: apt does not know it; run: apt-get update && $again"

	make_work
	say "fetching ${wanted[*]}"
	# apt compares the files with the hashes in the signed lists.
	(cd "$work" && apt-get download -q "${wanted[@]}" >&2) ||
		die "$package: cannot be downloaded; see above, then run: $again"
	mkdir "$work/new"
	unpack_into "$work/new/root" "$work"/*.deb
	ls "${@/#/$work/new/root/}" >/dev/null
	# ldd fails for a static program, which needs none.
	lacking=$({ LD_LIBRARY_PATH=$(printf '%s:' "$work"/new/root/{,usr/}lib/*-linux-gnu) ldd "${@/#/$work/new/root/}" 2>&1 || true; } |
		awk '/not found/ { print $1 }')
	[ -z "$lacking" ] ||
		die "$package: needs libraries that this machine lacks: ${lacking//$'\n'/ }; add the packages that hold them to setup/packages"
	printf '%s\n' "${wanted[*]}" >"$work/new/version"
	[ ! -e "$cache/$group" ] || mv "$cache/$group" "$work/old"
	mv "$work/new" "$cache/$group"
}
