#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "local_guest.h"

#include "../ring/packed.h"

#define RING 256
/* Like DPDK's: not a power of two, which would put all frames into a few cache sets. */
#define BUFFER 2304
#define HEADER 12
/* Layout of a ring's memory. */
#define AVAIL_AT 4096
#define USED_AT 8192
#define BUFFERS_AT 16384
#define RING_MEMORY (BUFFERS_AT + RING * BUFFER)
#define BASE 0x40000000ull

static uint8_t *
buffer_of(const struct local_ring *ring, uint32_t n)
{
	return ring->memory + BUFFERS_AT + (size_t)(n % RING) * BUFFER;
}

static bool
is_packed(const struct local_ring *ring)
{
	return ring->ring->features & RING_PACKED;
}

/* What the descriptor's flags are in a packed ring when buffer n has been made available. */
static uint16_t
available(uint16_t n)
{
	return n / RING % 2 ? PACKED_USED : PACKED_AVAIL;
}

static void
lay_out(struct local_ring *local, struct ring *ring, const struct memory *memory, uint64_t guest,
	uint8_t features, uint32_t length)
{
	struct vring_desc *desc = (struct vring_desc *)local->memory;
	struct vring_packed_desc *packed = (struct vring_packed_desc *)local->memory;
	struct vring_avail *avail = (struct vring_avail *)(local->memory + AVAIL_AT);

	*ring = (struct ring){
		.desc = desc,
		.avail = avail,
		.used = (struct vring_used *)(local->memory + USED_AT),
		.memory = memory,
		.size = RING,
		.features = features,
		.header_length = HEADER,
		.call_fd = -1,
	};
	local->ring = ring;
	ring_set_base(
		ring, features & RING_PACKED ? 0x8000 : 0, features & RING_PACKED ? 0x8000 : 0);
	for (uint16_t i = 0; i < RING; i++) {
		uint64_t at = guest + BUFFERS_AT + (uint64_t)i * BUFFER;

		if (features & RING_PACKED)
			packed[i] = (struct vring_packed_desc){.addr = at, .len = length, .id = i};
		else
			desc[i] = (struct vring_desc){.addr = at, .len = length};
		/* A packed ring has the driver's event structure there: no interrupts. */
		if (!(features & RING_PACKED))
			avail->ring[i] = i;
	}
	if (features & RING_PACKED)
		((struct vring_packed_desc_event *)avail)->flags = VRING_PACKED_EVENT_FLAG_DISABLE;
	else
		avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
}

static void
make_writable(struct local_ring *local)
{
	for (uint16_t i = 0; i < RING; i++)
		if (!is_packed(local))
			((struct vring_desc *)local->memory)[i].flags = VRING_DESC_F_WRITE;
}

/* Makes n buffers available, in a packed ring with these lengths and flags. */
static void
show(struct local_ring *local, uint16_t n, uint32_t length, uint16_t flags)
{
	struct vring_packed_desc *packed = (struct vring_packed_desc *)local->memory;
	struct vring_avail *avail = (struct vring_avail *)(local->memory + AVAIL_AT);

	if (!is_packed(local)) {
		local->shown += n;
		__atomic_store_n(&avail->idx, local->shown, __ATOMIC_RELEASE);
		return;
	}
	for (; n > 0; n--, local->shown++) {
		packed[local->shown % RING].len = length;
		packed[local->shown % RING].flags = available(local->shown) | flags;
	}
}

bool
local_guest_create(struct local_guest *local, uint8_t features, uint16_t length)
{
	uint8_t *memory = calloc(2, RING_MEMORY);
	struct guest *guest = calloc(1, sizeof(*guest) + 2 * sizeof(guest->ring[0]));

	if (!memory || !guest) {
		free(memory);
		free(guest);
		return false;
	}
	*local = (struct local_guest){.guest = guest,
		.receive.memory = memory,
		.send.memory = memory + RING_MEMORY,
		.length = length};
	guest->memory.n = 1;
	guest->memory.region[0] =
		(struct memory_region){.guest = BASE, .size = 2 * RING_MEMORY, .host = memory};
	guest->n_pairs = 1;
	guest->n_receive = 1;
	guest->ring[0].enabled = guest->ring[1].enabled = true;
	lay_out(&local->receive, &guest->ring[0].ring, &guest->memory, BASE, features, BUFFER);
	lay_out(&local->send, &guest->ring[1].ring, &guest->memory, BASE + RING_MEMORY, features,
		HEADER + length);
	make_writable(&local->receive);
	show(&local->receive, RING, BUFFER, VRING_DESC_F_WRITE);
	return true;
}

void
local_guest_destroy(struct local_guest *local)
{
	if (local->guest)
		free(local->receive.memory);
	free(local->guest);
}

static void
put_mac(uint8_t *at, uint32_t n)
{
	const uint8_t mac[6] = {2, 0, n >> 24, n >> 16, n >> 8, n};

	memcpy(at, mac, sizeof(mac));
}

void
local_guest_prepare(struct local_guest *local, uint16_t i, uint32_t source, uint32_t destination)
{
	uint8_t *frame = buffer_of(&local->send, local->send.shown + i) + HEADER;

	put_mac(frame, destination);
	put_mac(frame + 6, source);
}

void
local_guest_show(struct local_guest *local, uint16_t n)
{
	show(&local->send, n, HEADER + local->length, 0);
}

/* Buffers that the switch has used since the last look. */
static uint16_t
n_used(const struct local_ring *local)
{
	const struct vring_packed_desc *packed = (const struct vring_packed_desc *)local->memory;
	uint16_t n = 0;

	if (!is_packed(local))
		return ((const struct vring_used *)(local->memory + USED_AT))->idx - local->seen;
	for (; n < (uint16_t)(local->shown - local->seen); n++) {
		uint16_t at = local->seen + n, flags = packed[at % RING].flags;
		bool wrap = at / RING % 2 == 0;

		if (!!(flags & PACKED_AVAIL) != wrap || !!(flags & PACKED_USED) != wrap)
			break;
	}
	return n;
}

void
local_guest_take(struct local_guest *local, uint32_t own, uint32_t of)
{
	uint16_t n = n_used(&local->receive);

	local->send.seen += n_used(&local->send);
	for (uint16_t i = 0; i < n; i++, local->receive.seen++) {
		const uint8_t *mac = buffer_of(&local->receive, local->receive.seen) + HEADER;
		uint32_t destination = (uint32_t)mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5];

		local->misplaced += destination % of != own;
	}
	local->came += n;
	show(&local->receive, n, BUFFER, VRING_DESC_F_WRITE);
}
