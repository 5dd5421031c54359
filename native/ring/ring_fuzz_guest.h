/*
 * Fuzz fixture: a guest with rings, indirect tables and buffers chosen by the fuzzer.
 *
 * Its memory is a few kilobytes, laid out anew for each input without an allocation. Each part of
 * a ring is a region of exactly its size, with bytes around it that AddressSanitizer guards; all
 * parts are guest memory, so descriptors may point to them, too.
 */
#ifndef RING_FUZZ_GUEST_H
#define RING_FUZZ_GUEST_H

#include "ring.h"

#include "../fuzz/input.h"

enum part { HIGH, LOW, DESC, AVAIL, USED, PARTS };

extern struct ring ring;

/* Features, size and position of the ring, then the contents of its memory. */
void
set_up(struct input *input);

uint8_t *
part(enum part part);
bool
is_packed(void);

/* A descriptor in six bytes: flags unknown to virtio distort the rest. */
void
write_descriptor(struct input *input, uint8_t *to);
/* Makes the next n buffers available, which the fuzzer would seldom guess. */
void
offer(uint16_t n);
/* One byte of the guest's memory. */
void
change(struct input *input);
/* Bytes that are to change while they are read, from here on (ring_fuzz_loads.c). */
void
plan_changes(struct input *input);
void
forget_changes(void);
bool
is_guest(const uint8_t *byte);

#endif
