/*
 * The ports, kept in a file over a restart of the switch.
 *
 * The file is JSON: {"version": 1, "ports": [{"name", "path", ... as in port.add}]}. It is replaced
 * as a whole (written beside, then renamed), so a switch that is killed leaves the old or the new.
 */
#ifndef STATE_H
#define STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "../datapath/vswitch.h"

/* Adds the ports of sw->state_file. True when there is no file yet. False with a log line. */
bool
state_load(struct vswitch *sw);

/* Writes sw->state_file, mode 0600; true when there is none to write. False with a log line. */
bool
state_save(const struct vswitch *sw);

#endif
