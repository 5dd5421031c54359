#include <linux/virtio_ring.h>

#include "place.h"

#include "packed.h"

#define WRAP (1u << 15)

static bool
is_used_bit(const struct ring *ring, uint32_t at)
{
	return __atomic_load_n(&ring->packed[at].flags, __ATOMIC_ACQUIRE) & PACKED_USED;
}

bool
ring_own_place(const struct ring *ring, uint16_t *base)
{
	uint32_t at = 1;
	bool wrap = is_used_bit(ring, 0);

	while (at < ring->size && is_used_bit(ring, at) == wrap)
		at++;
	for (uint32_t i = at; i < ring->size; i++)
		if (is_used_bit(ring, i) == wrap)
			return false;
	*base = at < ring->size ? at | (wrap ? WRAP : 0) : wrap ? 0 : WRAP;
	return true;
}
