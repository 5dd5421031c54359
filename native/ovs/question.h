/*
 * What libvirt asks Open vSwitch's ovs-vsctl about a vhost-user NIC, in its exact words (9.0;
 * src/util/virnetdevopenvswitch.c there). Everything else is somebody else's question.
 *
 *   find Interface options:vhost-server-path=PATH   the interface's name, where QEMU listens
 *   get Interface FILE name                         the same, where the switch listens: the last
 * part of the path list Interface NAME                             its statistics
 */
#ifndef QUESTION_H
#define QUESTION_H

enum question_kind {
	QUESTION_OTHER, /* not for us */
	QUESTION_PATH,
	QUESTION_FILE,
	QUESTION_STATISTICS,
};

struct question {
	enum question_kind kind;
	const char *about;    /* path, last part of a path, or name; points into the arguments */
	unsigned int timeout; /* in seconds; 0: libvirt's default */
};

/* Reads the arguments behind the program's name, up to NULL. */
struct question
question_of(char *const *words);

#endif
