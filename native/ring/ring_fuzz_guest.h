/*
 * Fuzz fixture: a guest whose rings, indirect tables and buffers are whatever the fuzzer likes.
 *
 * Its memory is a few kilobytes, laid out anew for each input without an allocation. Each part of
 * a ring is a region of exactly its size, with bytes around it that AddressSanitizer guards; all
 * of them are guest memory that descriptors may point to, too.
 */
#ifndef RING_FUZZ_GUEST_H
#define RING_FUZZ_GUEST_H

#include "ring.h"

#include "../fuzz/input.h"

enum part { HIGH, LOW, DESC, AVAIL, USED, PARTS };

extern struct ring ring;

/* Features, size and position of the ring, then all that is in its memory. */
void
set_up(struct input *input);

uint8_t *
part(enum part part);
bool
is_packed(void);

/* A descriptor in six bytes: those of the flags that virtio does not have bend the rest. */
void
write_descriptor(struct input *input, uint8_t *to);
/* Says that the next n buffers are available, as the fuzzer would seldom guess. */
void
offer(uint16_t n);
/* One byte of the guest's memory. */
void
change(struct input *input);

#endif
