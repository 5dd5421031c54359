/*
 * Keeps the ports in a file over a restart of the switch.
 *
 * The file is JSON: {"version": 1, "ports": [{"name", "path", ... as in port.add, "id",
 * "learned"}]}. It is replaced
 * as a whole (written beside, synced, then renamed), so a killed switch or a power failure leaves
 * the old or the new one. A method answers when the new one is on the disk: what all clients ask
 * for at once is saved at once (state_pend()).
 *
 * The switch starts whatever is wrong with the file, and forgets nothing:
 *  - A file that is cut short, is no JSON or has no list of ports, or that others can have written,
 *    is renamed to FILE.bad, and logged. The one before of that name is gone. A FIFO or link is
 *    removed.
 *  - A port that cannot be added, such as one whose folder is missing, is logged and stays in the
 *    file: the next start tries again. port.add and port.remove with its name replace or remove it.
 * Only a file of another version is refused, and left as it is: the release that wrote it reads it.
 */
#ifndef STATE_H
#define STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "../datapath/vswitch.h"

/*
 * Takes the file for this switch until it is closed, or the process ends. NULL with a log line when
 * another switch has it.
 */
struct state *
state_open(const char *file);
/* NULL is fine, here and below: there is no file. */
void
state_close(struct state *state);
const char *
state_path(const struct state *state);

/* Adds the ports of the file. True when there is none yet. False with a log line. */
bool
state_load(struct vswitch *sw);

/* Writes the file, mode 0600. False with a log line. */
bool
state_save(const struct vswitch *sw);

/*
 * The ports have changed, and that is to be saved before anybody is told. added: a port that is
 * new, or NULL. False: there is no file.
 */
bool
state_pend(const struct vswitch *sw, const struct port *added);
/* Whether the port is new and was not saved yet. */
bool
state_is_pending(const struct vswitch *sw, const struct port *port);
/*
 * Saves what pends, if anything does. False, with a log line: it could not be, and ports that were
 * new are removed again.
 */
bool
state_save_pending(struct vswitch *sw);

/* Now and then: writes the file if guards have learnt something, or forgotten it. */
void
state_refresh(const struct vswitch *sw);

/* Drops a port that could not be added. False: there is none of this name. */
bool
state_forget(struct state *state, const char *name);

#endif
