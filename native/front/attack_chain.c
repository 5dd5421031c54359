/*
 * Attacks on the rings: descriptors that lie, and endless chains.
 */
#include <linux/virtio_ring.h>
#include <unistd.h>

#include "attack_ring.h"

/* Puts it on the transmit ring; every second time on the receive ring, too. */
static void
offer_both(
	struct attacker *attacker, const struct driver_buffer *buffers, uint16_t n, bool indirect)
{
	attacker_offer(attacker, attacker_transmit_ring(attacker), buffers, n, false, indirect);
	if (attacker_pick(attacker, 64) == 0)
		attacker_offer(
			attacker, attacker_receive_ring(attacker), buffers, n, true, indirect);
}

void
attack_outside(struct attacker *attacker)
{
	while (attacker_goes_on(attacker) && attacker_settle(attacker)) {
		struct driver_buffer buffers[] = {
			{DRIVER_BASE + DRIVER_BUFFERS_AT, 60},
			{attacker_wild_address(attacker), 1 + attacker_pick(attacker, 2000)},
		};
		int first = attacker_pick(attacker, 2);

		offer_both(attacker, buffers + first, 2 - first, false);
	}
}

void
attack_lengths(struct attacker *attacker)
{
	static const uint32_t lengths[] = {0, 1, 11, 12, 13, 25, 26, 65535, 65547, 1u << 20,
		(1u << 20) + 1, 1u << 31, ~0u, ~0u - 11};

	while (attacker_goes_on(attacker) && attacker_settle(attacker)) {
		struct driver_buffer buffers[32];
		uint16_t n = 1 + attacker_pick(attacker, 32);

		for (uint16_t i = 0; i < n; i++)
			buffers[i] = (struct driver_buffer){
				DRIVER_BASE + attacker_pick(attacker, 2 * DRIVER_REGION),
				lengths[attacker_pick(attacker, 14)]};
		offer_both(attacker, buffers, n, false);
	}
}

void
attack_indirect(struct attacker *attacker)
{
	static const uint32_t lengths[] = {0, 1, 15, 16, 17, 32, 65536 * 16, 65537 * 16, ~0u};
	struct driver *driver = &attacker_transmit_ring(attacker)->driver;

	while (attacker_goes_on(attacker) && attacker_settle(attacker)) {
		struct vring_desc table[4];
		struct driver_buffer buffers[] = {{driver->base + DRIVER_BUFFERS_AT, 16}};

		/* Tables that loop, nest, or lead nowhere; then wrong addresses of the table. */
		for (int i = 0; i < 4; i++)
			table[i] = (struct vring_desc){attacker_pick(attacker, 2)
							       ? buffers[0].guest
							       : attacker_wild_address(attacker),
				60, attacker_pick(attacker, 8), attacker_pick(attacker, 6)};
		attacker_offer(attacker, attacker_transmit_ring(attacker), buffers, 1, false, true);
		driver_write(driver, driver->base + driver->indirect_at - 16, table, 16);
		driver_write(driver, driver->base + DRIVER_BUFFERS_AT, table, sizeof(table));
		((struct vring_desc *)driver->region[0])[attacker_pick(attacker, driver->size)]
			.len = lengths[attacker_pick(attacker, 9)];
		((struct vring_desc *)driver->region[0])[attacker_pick(attacker, driver->size)]
			.addr = attacker_pick(attacker, 2) ? attacker_wild_address(attacker)
							   : buffers[0].guest;
	}
}

/* Flags that make the packed descriptor at the driver's position available. */
static uint16_t
available(const struct driver *driver)
{
	return driver->avail_wrap ? 1u << VRING_PACKED_DESC_F_AVAIL
				  : 1u << VRING_PACKED_DESC_F_USED;
}

void
attack_loop(struct attacker *attacker)
{
	while (attacker_goes_on(attacker) && attacker_settle(attacker)) {
		struct front_ring *ring = attacker_pick(attacker, 64)
						  ? attacker_transmit_ring(attacker)
						  : attacker_receive_ring(attacker);
		struct driver *driver = &ring->driver;
		bool writable = ring == attacker_receive_ring(attacker);
		struct driver_buffer buffers[] = {{driver->base + DRIVER_BUFFERS_AT, 16},
			{driver->base + DRIVER_BUFFERS_AT, 16}};
		struct vring_desc *descs = (struct vring_desc *)driver->region[0];
		uint16_t head = driver->next_id;

		if (driver->features & RING_PACKED) {
			/* A table in which each entry says that one more follows. */
			attacker_offer(attacker, ring, buffers, 2, writable, true);
			continue;
		}
		/* The chain is prepared first: driver_add() only publishes its last one. */
		attacker_offer(attacker, ring, buffers, 2, writable, false);
		descs[(head + 1) % driver->size].next = head;
		descs[(head + 1) % driver->size].flags |= VRING_DESC_F_NEXT;
		descs[head].next = attacker_pick(attacker, 2) ? head : (head + 1) % driver->size;
	}
}

void
attack_endless(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		struct driver *driver = &attacker_transmit_ring(attacker)->driver;
		struct vring_desc *descs = (struct vring_desc *)driver->region[0];
		struct vring_avail *avail =
			(struct vring_avail *)(driver->region[0] + DRIVER_AVAIL_AT);

		for (uint16_t i = 0; i < driver->size; i++) {
			descs[i] = (struct vring_desc){driver->base + DRIVER_BUFFERS_AT, 1,
				VRING_DESC_F_NEXT, (i + 1) % driver->size};
			if (driver->features & RING_PACKED) {
				descs[i].flags = i; /* packed: the id */
				descs[i].next = VRING_DESC_F_NEXT | available(driver);
			} else {
				avail->ring[i] = i;
			}
		}
		if (!(driver->features & RING_PACKED))
			__atomic_store_n(&avail->idx, driver->size, __ATOMIC_RELEASE);
		attacker->done++;
		usleep(1000);
		if (!attacker_restart(attacker))
			return;
	}
}
