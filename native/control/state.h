/*
 * Keeps the ports in a file over a restart of the switch.
 *
 * The file is JSON: {"version": 1, "ports": [{"name", "path", ... as in port.add}]}. It is replaced
 * as a whole (written beside, synced, then renamed), so a killed switch or a power failure leaves
 * the old or the new one. A method answers when the new one is on the disk. A file of another
 * version, or without one, is refused and left unchanged.
 */
#ifndef STATE_H
#define STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "../datapath/vswitch.h"

/*
 * Locks the file for this switch until its process ends; true when there is none. False with a
 * log line when another switch holds it.
 */
bool
state_lock(const char *state_file);

/* Adds the ports of sw->state_file. True when there is no file yet. False with a log line. */
bool
state_load(struct vswitch *sw);

/* Writes sw->state_file, mode 0600; true when there is none to write. False with a log line. */
bool
state_save(const struct vswitch *sw);

#endif
