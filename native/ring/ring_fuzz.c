/*
 * libFuzzer target: a guest whose rings, indirect tables and buffers are whatever the fuzzer
 * likes, and change while they are read. What must hold: no byte outside the guest's memory is
 * touched (AddressSanitizer watches), every call ends, and what put says it sent is no more than
 * it was given.
 *
 * Input: features, then bytes for the first region, then single bytes to change between calls.
 */
#include <assert.h>
#include <string.h>

#include "driver.h"

#define LAYOUT (80 * 1024) /* rings and the begin of the indirect tables */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
change(struct driver *driver, const uint8_t **data, size_t *size)
{
	uint32_t at;

	if (*size < 4)
		return;
	at = ((*data)[0] | (*data)[1] << 8 | (*data)[2] << 16) % LAYOUT;
	driver->region[0][at] = (*data)[3];
	*data += 4;
	*size -= 4;
}

/* The layout in few bytes: where rings begin matters more than what lies between. */
static void
lay_out(struct driver *driver, const uint8_t **data, size_t *size)
{
	static const uint32_t parts[] = {0, 16384, 32768, 65536};

	for (uint32_t p = 0; p < sizeof(parts) / sizeof(*parts); p++) {
		size_t n = *size < 512 ? *size : 512;

		memcpy(driver->region[0] + parts[p], *data, n);
		*data += n;
		*size -= n;
	}
}

/* Descriptors whose addresses mostly point into memory, so that the fuzzer gets past the map. */
static void
aim(struct driver *driver)
{
	for (uint32_t i = 0; i < 64; i++) {
		uint64_t *address = (uint64_t *)(driver->region[0] + i * 16);
		uint64_t *indirect = (uint64_t *)(driver->region[0] + 65536 + i * 16);

		if (*address % 8)
			*address = DRIVER_BASE + *address % (2 * DRIVER_REGION);
		if (*indirect % 8)
			*indirect = DRIVER_BASE + *indirect % (2 * DRIVER_REGION);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct burst burst;
	static uint8_t bytes[4096];
	static struct driver driver;
	uint8_t features;
	uint16_t ring_size;

	if (size < 2)
		return 0;
	features = data[0] & (RING_MERGEABLE | RING_EVENT_INDEX | RING_PACKED);
	ring_size = 1u << (1 + data[1] % 6);
	data += 2;
	size -= 2;
	driver_init(&driver, features, ring_size);
	lay_out(&driver, &data, &size);
	aim(&driver);
	for (int i = 0; i < 16 && !driver.ring.broken; i++) {
		struct frame frame = {.length = size % 3000, .head_length = 0, .n_segments = 1};
		struct ring_segment segment = {bytes, frame.length};
		const struct frame *frames[] = {&frame, &frame, &frame};
		struct ring_put_result result;

		frame.segments = &segment;
		frame.n_segments = frame.length ? 1 : 0;
		change(&driver, &data, &size);
		if (i % 2) {
			result = ring_put(&driver.ring, frames, 3);
			assert(result.sent + result.full + result.small + result.busy == 3);
			continue;
		}
		ring_peek(&driver.ring, &burst);
		change(&driver, &data, &size);
		for (uint16_t f = 0; f < burst.n; f++) {
			uint32_t length = burst.frame[f].head_length;

			for (uint16_t s = 0; s < burst.frame[f].n_segments; s++) {
				const struct ring_segment *at = &burst.frame[f].segments[s];

				length += at->length;
				if (at->length) /* readable to its last byte */
					bytes[0] ^= at->at[0] ^ at->at[at->length - 1];
			}
			assert(length == burst.frame[f].length);
		}
		ring_release(&driver.ring, &burst);
	}
	driver_free(&driver);
	return 0;
}
