/*
 * Fuzz fixture: a guest's memory, filled by the fuzzer (ring_fuzz_guest.h).
 */
#include <linux/virtio_ring.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "ring_fuzz_guest.h"

#define MAX_RING 64
#define TABLE 8 /* descriptors of an indirect table */

/* Adjacent in this order in guest addresses, not in the host's. */
static const uint16_t at[PARTS] = {1536, 512, 7168, 9216, 10240};
static uint8_t arena[12288] __attribute__((aligned(4096)));

struct ring ring;

static struct memory memory;
static uint32_t span; /* bytes of guest memory */

uint8_t *
part(enum part part)
{
	return memory.region[part].host;
}

bool
is_guest(const uint8_t *byte)
{
	return (uintptr_t)byte - (uintptr_t)arena < sizeof(arena);
}

bool
is_packed(void)
{
	return ring.features & RING_PACKED;
}

/* Everything logged as written must be guest memory, or the used part. */
static void
log_guest(void *context, uint64_t guest, uint64_t length)
{
	(void)context;
	MUST(length > 0 && length <= span);
	MUST(guest - memory.region[0].guest <= span - length);
}

static void
log_used(void *context, uint64_t offset, uint64_t length)
{
	uint64_t size = memory.region[is_packed() ? DESC : USED].size;

	(void)context;
	MUST(length > 0 && offset <= size && length <= size - offset);
}

static void
lay_out(uint64_t base)
{
	const uint32_t sizes[PARTS] = {
		[HIGH] = 4096, /* first, as it is the largest: buffers here take the fast path */
		[LOW] = 1000,  /* an indirect table that begins here may end in the next region */
		[DESC] = ring.size * 16u,
		[AVAIL] = is_packed() ? 4 : 6 + ring.size * 2,
		[USED] = is_packed() ? 4 : 6 + ring.size * 8,
	};

	ASAN_UNPOISON_MEMORY_REGION(arena, sizeof(arena));
	memset(arena, 0, sizeof(arena));
	ASAN_POISON_MEMORY_REGION(arena, sizeof(arena));
	memory.n = PARTS;
	span = 0;
	for (int i = 0; i < PARTS; i++) {
		memory.region[i] = (struct memory_region){base + span, sizes[i], arena + at[i]};
		ASAN_UNPOISON_MEMORY_REGION(arena + at[i], sizes[i]);
		span += sizes[i];
	}
}

void
write_descriptor(struct input *input, uint8_t *to)
{
	uint64_t address = input_short(input);
	uint32_t length = input_short(input);
	uint8_t bits = input_byte(input), last = input_byte(input);
	uint16_t flags = bits & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT);

	if (is_packed())
		flags |= (bits & 8 ? 1u << VRING_PACKED_DESC_F_AVAIL : 0) |
			 (bits & 16 ? 1u << VRING_PACKED_DESC_F_USED : 0);
	/* A table's beginning, or anywhere. */
	address = bits & 64 ? memory.region[HIGH].size + address % 3 * TABLE * 16
			    : address % (span + 16);
	if (bits & 128) /* only the address of the descriptor is wrong */
		address += 1ull << 40;
	if (flags & VRING_DESC_F_INDIRECT)
		length = length % 256 ? length % (2 * TABLE + 1) * 16 : length;
	else
		length = bits & 32 ? length << 8 : length % 2048;
	address += memory.region[0].guest;
	memcpy(to, &address, 8);
	memcpy(to + 8, &length, 4);
	memcpy(to + (is_packed() ? 14 : 12), &flags, 2);
	memcpy(to + (is_packed() ? 12 : 14), &(uint16_t){last}, 2);
}

void
offer(uint16_t n)
{
	uint16_t position = ring.avail_at;
	bool wrap = ring.avail_wrap;

	if (!is_packed()) {
		position += n % (ring.size + 2); /* one more than there can be */
		memcpy(part(AVAIL) + 2, &position, 2);
		return;
	}
	for (n %= ring.size + 1; n > 0; n--) {
		uint8_t *flags = part(DESC) + position * 16 + 15; /* bits 8 to 15 */

		*flags = wrap ? 0 : 0x80;
		flags[-1] = (flags[-1] & 0x7f) | (wrap ? 0x80 : 0);
		if (++position == ring.size) {
			position = 0;
			wrap = !wrap;
		}
	}
}

void
set_up(struct input *input)
{
	uint8_t features = input_byte(input), size = input_byte(input);
	uint16_t position = input_short(input);

	forget_changes();
	memset(&ring, 0, sizeof(ring));
	ring.features = features & (RING_MERGEABLE | RING_EVENT_INDEX | RING_PACKED | RING_LOG);
	ring.features |= input_byte(input) & (RING_CSUM | RING_TSO4 | RING_TSO6);
	ring.size = is_packed() ? 1 + size % MAX_RING : 1 << size % 7;
	ring.header_length = features & (RING_MERGEABLE | 64) ? 12 : 10;
	/* Regions may cross the end of the address space: then addresses wrap. */
	lay_out(features & 128 ? UINT64_MAX - 4096 : 0x40000000);
	ring.desc = (struct vring_desc *)part(DESC);
	ring.avail = (struct vring_avail *)part(AVAIL);
	ring.used = (struct vring_used *)part(USED);
	ring.memory = &memory;
	ring.call_fd = -1;
	ring.log = (struct ring_log){log_guest, log_used, NULL};
	if (is_packed())
		position = position % ring.size | (position & 1 << 15);
	ring_set_base(&ring, position, position);

	for (uint16_t i = 0; i < ring.size; i++)
		write_descriptor(input, part(DESC) + i * 16);
	for (uint16_t i = 0; i < 2 * TABLE; i++)
		write_descriptor(input, part(LOW) + i * 16);
	for (uint32_t i = 0; i < memory.region[AVAIL].size; i++)
		part(AVAIL)[i] = i < 4 || i % 2 == 0 ? input_byte(input) : 0;
	offer(0);
}

void
change(struct input *input)
{
	uint32_t where = input_short(input) % span;

	for (int i = 0; i < PARTS; i++) {
		if (where < memory.region[i].size) {
			part(i)[where] = input_byte(input);
			return;
		}
		where -= memory.region[i].size;
	}
}
