/*
 * Fuzz fixture: frames as an lcore has them. They are made in the same few places again and again,
 * and what a longer frame left behind a shorter one's end stays there.
 */
#ifndef CLASSIFY_FUZZ_FRAMES_H
#define CLASSIFY_FUZZ_FRAMES_H

#include "../fuzz/input.h"
#include "../ring/ring.h"

#define BURST_FRAMES 4

/* Clean places. */
void
frames_clear(void);

void
write_mac(uint8_t *to, uint8_t what);

/* Any frame in place i, often one like that in the place before. */
const struct frame *
write_frame(struct input *input, int i);

#endif
