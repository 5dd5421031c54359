/** What the manual says of `vmlane domain apply`. */
export const manual = `
The folder has a file for each guest, a spec or domain XML. Apply compares them with libvirt and with the switch, prints what
is to be done, and does it: guests are defined or defined anew, ports of running guests are set. Running it again
changes nothing. Begin with the plan:

  vmlane domain apply -f guests --dry-run
  vmlane domain apply -f guests

WHAT IS COMPARED

Each domain carries a mark in its metadata, with digests of the file and of what libvirt made of it. They tell that
the file has changed, or that somebody has edited the domain; the file wins, and the plan shows the difference.

RUNNING GUESTS

Settings of ports are set at once. Everything else takes effect at the guest's next start: --restart shuts it down and starts
it now, and --start starts guests that are off. A guest that does not shut down within --timeout is left running,
unless --force is given; the others go on, and the exit status is 1.

THE SET

Guests belong to a set: the folder on this host or, with --set, that name, wherever the folder is. --prune undefines guests
of the set that no file describes any more: those that are off and, with --destroy, those that run. Other guests are
never touched.

WHEN SOMETHING FAILS

Every file is read and checked first; each that is wrong gets a line, and nothing is changed. If libvirt
refuses a definition, all definitions, autostart and ports are as they were. Ctrl-C ends it after the current step. Two
runs for one set do not go on at once: the second is refused, and told which process the first one is.
`;
