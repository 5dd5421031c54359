/*
 * Which of DPDK's devices a name is. Each is used once: by us, as DPDK's owner of it.
 *
 * Threads: the control thread.
 */
#ifndef DEVICE_PROBE_H
#define DEVICE_PROBE_H

#include "device.h"

/* Whether DPDK has it already, and its port there. */
bool
device_is_known(const char *name, uint16_t *port);

/*
 * Whether this switch may open it now: a running one has given up its rights. per_guest: it has a
 * tag per guest, for what the problem says.
 */
bool
device_may_probe(const struct vswitch *sw, const char *name, bool per_guest,
	char problem[DEVICE_PROBLEM_MAX]);

/* A device that DPDK has, or gets now. False: problem says why not. */
bool
device_probe(const struct vswitch *sw, const char *name, bool per_guest, uint16_t *port,
	char problem[DEVICE_PROBLEM_MAX]);

/* False: it is another port's. */
bool
device_own(uint16_t port);
void
device_disown(uint16_t port);
/* Of one that is stopped: closes it, and it is DPDK's no more. An error, or 0. */
int
device_let_go(uint16_t port);

#endif
