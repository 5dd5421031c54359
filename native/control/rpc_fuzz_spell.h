/*
 * Fuzz fixture: the client's bytes. Those from 0x80 on stand for pieces of requests, so that
 * valid requests are likely.
 */
#ifndef RPC_FUZZ_SPELL_H
#define RPC_FUZZ_SPELL_H

#include "../fuzz/input.h"

#define MAX_BYTES (400u << 10)

extern char bytes[MAX_BYTES];

/* Converts all of the input into bytes. Returns their number. */
size_t
spell(struct input *input);
/* Appends as much as fits behind the first `length` bytes; returns the new length. */
size_t
append_text(size_t length, const char *text);

#endif
