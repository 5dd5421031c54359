/*
 * Asks guests to kick, or not to (virtio 1.2, 2.7.10 and 2.8.10).
 */
#include <linux/virtio_ring.h>

#include "ring.h"

/* Split, behind the used ring: the index of the buffer with which the guest is to kick. */
static uint16_t *
avail_event(const struct ring *ring)
{
	return (uint16_t *)&ring->used->ring[ring->size];
}

void
ring_ask_kick(struct ring *ring)
{
	if (ring->features & RING_PACKED) {
		__atomic_store_n(&ring->device_event->flags, VRING_PACKED_EVENT_FLAG_ENABLE,
			__ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&ring->used->flags, 0, __ATOMIC_RELAXED);
	if (ring->features & RING_EVENT_INDEX)
		__atomic_store_n(avail_event(ring), ring->avail_at, __ATOMIC_RELAXED);
}

void
ring_ask_no_kick(struct ring *ring)
{
	if (ring->features & RING_PACKED) {
		__atomic_store_n(&ring->device_event->flags, VRING_PACKED_EVENT_FLAG_DISABLE,
			__ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&ring->used->flags, VRING_USED_F_NO_NOTIFY, __ATOMIC_RELAXED);
	/* A buffer that is made available already: once in 65,536 there is a kick in vain. */
	if (ring->features & RING_EVENT_INDEX)
		__atomic_store_n(
			avail_event(ring), (uint16_t)(ring->avail_at - 1), __ATOMIC_RELAXED);
}
