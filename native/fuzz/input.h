/*
 * Shared parts of the fuzz targets: libFuzzer's entry points, and an input that is consumed byte
 * by byte. Past its end it reads as zeros, so every input is valid.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct input {
	const uint8_t *at;
	size_t left;
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Once, before the first input. */
int
LLVMFuzzerInitialize(int *argc, char ***argv);

/* Like assert(), but active in every build. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static inline uint8_t
input_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

/* Little-endian. */
static inline uint16_t
input_short(struct input *input)
{
	uint16_t low = input_byte(input);

	return low | input_byte(input) << 8;
}

#endif
