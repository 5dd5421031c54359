/*
 * Fuzz fixture: the guest's side of a vhost-user connection, with memory that it changes at will.
 */
#ifndef VHOST_FUZZ_GUEST_H
#define VHOST_FUZZ_GUEST_H

#include "../fuzz/input.h"

#define GUEST_RINGS 8     /* the switch allows fewer */
#define GUEST_BYTES 65536 /* a page for each ring, then buffers */

/* Descriptors that it sends, once. */
void
guest_init(void);
/* Its memory is whole again, and empty. */
void
guest_reset(void);

/* What a well-behaved guest sends until its device runs: any features, rings and memory. */
void
guest_bring_up(struct input *input, int socket);
/* One message, mostly a nearly valid one. */
void
guest_say(struct input *input, int socket);
/* One descriptor, index, or any bytes of its memory. */
void
guest_write(struct input *input);
/* Cuts its memory off, or makes it whole again. */
void
guest_truncate(struct input *input);

#endif
