/*
 * Fuzz fixture: the client's bytes. Those from 0x80 on stand for pieces of requests, so that
 * requests that mean something are likely.
 */
#ifndef RPC_FUZZ_SPELL_H
#define RPC_FUZZ_SPELL_H

#include "../fuzz/input.h"

#define MAX_BYTES (400u << 10)

extern char bytes[MAX_BYTES];

/* Puts all of the input into bytes. Returns how many they are. */
size_t
spell(struct input *input);
/* Adds to the first `length` of bytes as much as there is room for; returns how many they are. */
size_t
append_text(size_t length, const char *text);

#endif
