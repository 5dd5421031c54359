/*
 * Captures: copies of frames of some ports or all, for a reader each.
 *
 * A port's frames are those that its guest sends (in) and those that are for its guest (out).
 * Frames that are dropped are among them, each once, with the reason: at the port where it is
 * counted. Forwarding lcores filter frames, and copy them as pcapng blocks into a capture's queue
 * (blocks.h); its reader's thread takes them out (../control/captures.h). When the queue is full,
 * frames are missing from the capture, not from anybody else, and are counted.
 *
 * A capture is a bit in a topology's masks, by port. An lcore that sees none costs a capture
 * nothing but that look. What a capture is does not change while it runs, but for the interfaces
 * that it knows: a port has its number there before forwarding sees the port.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blocks.h"
#include "counters.h"
#include "pcapng.h"

#include "../base/sizes.h"

struct bpf;
struct frame;
struct lcore;
struct port;
struct vswitch;

/* Interfaces of one capture: ports by name, those that went included. */
#define CAPTURE_INTERFACES (2 * MAX_PORTS)

struct capture_interface {
	char name[PORT_NAME_MAX + 1];
	/* Frames that found no room, */
	/* shared: written by lcores, read by the reader's thread */
	uint64_t lost;
	/* and those of them of which no packet has told. */
	/* shared: written and read by lcores */
	uint64_t untold;
};

struct capture {
	/* Fixed while it runs. */
	struct bpf *filter; /* NULL: takes all */
	uint32_t snap;      /* bytes of a frame at most */
	uint32_t flags;     /* PCAPNG_IN, PCAPNG_OUT */
	bool drops;         /* frames that are dropped, too */
	bool all;           /* ports */
	size_t n_names;     /* of ports otherwise */
	char (*names)[PORT_NAME_MAX + 1];

	uint64_t bit; /* in masks; 0: it does not run */
	struct blocks blocks;
	/* By port, before forwarding sees it; UINT16_MAX: none. */
	uint16_t interface_of[MAX_PORTS];
	/* shared: written under the switch's lock, read by the reader's thread */
	uint32_t n_interfaces;
	struct capture_interface interfaces[CAPTURE_INTERFACES];
};

/* One that takes everything of no port; NULL: no memory. */
struct capture *
capture_create(void);
/* It does not run. NULL is allowed. */
void
capture_destroy(struct capture *capture);

/*
 * Any thread but lcores; the lock must not be held. Begin: false: LIMIT_CAPTURES run already. When
 * end returns, no lcore uses it any more.
 */
bool
capture_begin(struct vswitch *sw, struct capture *capture);
void
capture_end(struct vswitch *sw, struct capture *capture);

/* Under the lock, before a port is seen: those that it is in note it. */
void
captures_note_port(struct vswitch *sw, struct port *port);

/*
 * Frames of a port, for the captures whose bits are set: up to BURST in one direction (PCAPNG_IN,
 * PCAPNG_OUT). reasons: by frame, 0 if it was not dropped, else its reason and 1; NULL: none was.
 */
void
capture_frames(const struct vswitch *sw, uint64_t captures, uint16_t port,
	const struct frame *const *frames, uint16_t n, uint32_t direction, const uint8_t *reasons)
	__attribute__((noinline));

/* The same of one that is dropped. */
void
capture_drop(const struct vswitch *sw, uint64_t captures, uint16_t port, const struct frame *frame,
	uint32_t direction, enum drop reason) __attribute__((cold));

#endif
