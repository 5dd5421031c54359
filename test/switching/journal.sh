#!/bin/bash
# A journal of its own, in a mount namespace of its own (unshare --mount), and a program whose standard
# error it reads, as systemd starts one. Then what the journal has, a line of JSON for each entry.
# Usage: journal.sh UNTIL PROGRAM [WORD]...
# The program is ended when the journal has an entry with the message UNTIL.
set -euo pipefail
until=$1
shift
# Whole: where no systemd ran, it lacks their folders.
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal
/lib/systemd/systemd-journald 2>/dev/null &
journald=$!
program=
trap 'kill $journald $program 2>/dev/null || true' EXIT
while [[ ! -S /run/systemd/journal/stdout ]]; do sleep 0.05; done

# JOURNAL_STREAM is what systemd sets (systemd.exec(5)); systemd-cat only connects.
# shellcheck disable=SC2016
systemd-cat --identifier=stderr bash -c '
  export JOURNAL_STREAM
  JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2)
  exec "$@"' started "$@" &
program=$!
entries() { journalctl --directory=/run/log/journal --no-pager --quiet "$@"; }
while ! entries --output=cat | grep --fixed-strings --quiet "$until"; do
  kill -0 $program
  sleep 0.05
done
kill $program
wait $program || true
program=
journalctl --sync 2>/dev/null || sleep 0.5
entries --output=json SYSLOG_IDENTIFIER=vhost-switch
