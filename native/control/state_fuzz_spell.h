/*
 * Fuzz fixture: the text of a state file. Bytes from 0x80 on stand for pieces of one, so that ports
 * are likely.
 */
#ifndef STATE_FUZZ_SPELL_H
#define STATE_FUZZ_SPELL_H

#include "../fuzz/input.h"

#define MAX_TEXT 16384

extern char text[MAX_TEXT];
extern size_t text_length;

/* Converts all of the input into text. */
void
spell(struct input *input);

#endif
