/*
 * The value of one option: what it may be, and where it goes.
 */
#ifndef OPTIONS_TAKE_H
#define OPTIONS_TAKE_H

#include "options.h"

/* Kinds of option values; NUMBER and FLAG are stored in a field by offset. */
enum kind {
	NUMBER,
	FLAG,
	SWITCH, /* takes no value */
	TEXT,
	PATH,
	SOCKET,
	FOLDER,
	FORM,   /* of the log's lines */
	DEVICE, /* appended to options->devices */
	MASK,
	FEATURES, /* of virtio, as bits */
	GROUP,    /* of clients that get the level `min` */
	REFUSED,
	REFUSED_SWITCH, /* takes no value either */
	HELP,
	VERSION,
};

struct rule {
	const char *name;
	enum kind kind;
	size_t field;
	uint32_t min, max;
	const char *reason; /* REFUSED, REFUSED_SWITCH */
	char letter;        /* 0: none */
};

/* Takes optarg, getopt's value of the option; without one for a kind that has none. */
enum options_result
options_take(struct options *options, const struct rule *rule);

#endif
