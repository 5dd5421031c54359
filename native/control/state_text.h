/*
 * The state file's text. Each port is a line of it, which is kept until the port has other
 * settings: with many ports, making them anew would be most of the time that a change takes.
 */
#ifndef STATE_TEXT_H
#define STATE_TEXT_H

#include <jansson.h>

#include "../datapath/vswitch.h"

/* The lines of ports as they were last written. */
struct state_lines;

/* NULL: no memory. */
struct state_lines *
state_lines_create(void);
/* NULL is fine. */
void
state_lines_destroy(struct state_lines *lines);

/*
 * All ports that are kept over a restart, and entries that could not be added. To be freed. NULL:
 * no memory.
 */
char *
state_text(const struct vswitch *sw, struct state_lines *lines, int version, json_t *left);

#endif
