/*
 * What the switch would do with a frame. The same functions decide as in forwarding: an lcore that
 * delivers nothing works on copies of all that forwarding writes (addresses, ports' own state,
 * counters), so that nothing is learned, counted, paid for or sent.
 *
 * Threads: the control thread. It takes some milliseconds and 15 MiB.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "classify.h"

/* What became of a frame's source address. */
enum trace_source {
	SOURCE_UNSEEN, /* the frame went nowhere before that, or there is no table in its way */
	SOURCE_KNOWN,  /* it is where it was */
	SOURCE_LEARNED,
	SOURCE_MOVED, /* here, from another port */
	SOURCE_HELD,  /* another port has it, and the frame goes nowhere */
	SOURCE_OTHER, /* another port keeps it, or none does: a port may have no more, or the table
		       */
};

struct trace {
	struct decision decision; /* classify()'s; to, drop and drop_at hold if `decided` */
	bool decided;             /* no guard stopped it before */
	enum trace_source source;
	uint16_t source_at, destination_at; /* ports that have these addresses; FDB_NONE: nobody */
	uint16_t n_to, n_lost;
	/* Who gets it. tag: the VLAN id of the tag that it then has; -1: none. */
	struct {
		uint16_t port;
		int tag;
	} to[MAX_PORTS];
	/* Who does not, or did not let it pass. */
	struct {
		uint16_t port;
		enum drop reason;
	} lost[MAX_PORTS];
};

/*
 * From a port, of so many bytes without FCS, 1 to FRAME_LARGEST; from a device with a tag per
 * guest, with that tag. False with errno: no memory.
 */
bool
trace_run(struct vswitch *sw, const struct port *port, const uint8_t *bytes, uint32_t length,
	struct trace *trace);

#endif
