#!/usr/bin/env bash
# Sourced by the scripts that put what they fetch into the cache: guest-parts, testbed-parts and others, which unpack
# Debian packages without installing them, and test/debian13. They set $part, the prefix of their messages,
# and $cache.

say() { printf '%s: %s\n' "${part:?}" "$*" >&2; }
die() {
	say "$*"
	exit 1
}

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
