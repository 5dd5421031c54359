#!/usr/bin/env bash
# Sourced by build and rpm/build, in the checkout.
# shellcheck shell=bash

# copied TO: the checkout without what is built from it, and with the packages of npm, which nobody writes to
copied() {
	local to=$1
	mkdir -p "$to"
	# A second biome.json would keep Biome from checking this checkout.
	tar -c --exclude=./biome.json --exclude=./build --exclude=./dist --exclude=./node_modules --exclude=./.git . | tar -x -C "$to"
	cp -al node_modules "$to/"
	for part in man completions; do
		[ ! -d "build/$part" ] || { mkdir -p "$to/build" && cp -r "build/$part" "$to/build/"; }
	done
	(cd "$to" && node_modules/.bin/esbuild packaging/files.ts --bundle --platform=node --format=esm --packages=external \
		--outfile=build/files.mjs --log-level=warning)
}
