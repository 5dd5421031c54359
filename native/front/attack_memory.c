/*
 * Attacks on the rings: memory that changes while it is read, or goes away.
 */
#include <linux/virtio_ring.h>
#include <unistd.h>

#include "attack_ring.h"

void
attack_index(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		struct driver *driver =
			&(attacker_pick(attacker, 2) ? attacker_transmit_ring(attacker)
						     : attacker_receive_ring(attacker))
				 ->driver;
		struct vring_avail *avail =
			(struct vring_avail *)(driver->region[0] + DRIVER_AVAIL_AT);
		uint16_t value = attacker_random(attacker);

		if (attacker_pick(attacker, 2))
			avail->ring[attacker_pick(attacker, driver->size)] = value;
		else
			__atomic_store_n(&avail->idx,
				attacker_pick(attacker, 4) ? value % 8 : value, __ATOMIC_RELEASE);
		attacker->done++;
		if (attacker_pick(attacker, 32) == 0 && !attacker_restart(attacker))
			return;
	}
}

void
attack_used(struct attacker *attacker)
{
	uint8_t frame[ATTACK_FRAME];

	while (attacker_goes_on(attacker) && attacker_settle(attacker)) {
		attacker_make_frame(frame, 1, false);
		for (int i = 0; i < 8; i++)
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
		for (int i = 0; i < 2000; i++) {
			struct driver *driver = &attacker->front->ring[i % 2].driver;
			uint8_t *used =
				driver->region[0] +
				(driver->features & RING_PACKED ? DRIVER_DESC_AT : DRIVER_USED_AT);

			used[attacker_pick(attacker, 4 + 16 * driver->size)] =
				attacker_random(attacker);
		}
		attacker->done++;
	}
}

/* Valid frames; their descriptors turn bad and good again while the switch may read them. */
void
attack_race(struct attacker *attacker)
{
	uint8_t frame[ATTACK_FRAME];

	while (attacker_goes_on(attacker) && attacker_settle(attacker)) {
		struct driver *driver = &attacker_transmit_ring(attacker)->driver;
		struct vring_desc *descs = (struct vring_desc *)driver->region[0];

		attacker_make_frame(frame, 2, false);
		for (int i = 0; i < 32; i++)
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
		for (int i = 0; i < 3000; i++) {
			struct vring_desc *desc = &descs[attacker_pick(attacker, driver->size)];
			uint64_t address = desc->addr;

			__atomic_store_n(
				&desc->addr, attacker_wild_address(attacker), __ATOMIC_RELAXED);
			__atomic_store_n(&desc->len, attacker_pick(attacker, 2) ? ~0u : 100,
				__ATOMIC_RELAXED);
			__atomic_store_n(&desc->addr, address, __ATOMIC_RELAXED);
			__atomic_store_n(&desc->len, 112, __ATOMIC_RELAXED);
			if (!(driver->features & RING_PACKED)) {
				__atomic_fetch_xor(
					&desc->flags, VRING_DESC_F_INDIRECT, __ATOMIC_RELAXED);
				__atomic_fetch_xor(
					&desc->flags, VRING_DESC_F_INDIRECT, __ATOMIC_RELAXED);
			}
		}
		attacker->done++;
	}
}

void
attack_scribble(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		for (int i = 0; i < 20000; i++) {
			struct driver *driver =
				&attacker->front->ring[attacker_pick(attacker, 2)].driver;
			uint32_t part = attacker_pick(attacker, 4) * 16384;

			driver->region[0][part + attacker_pick(attacker, 4096)] =
				attacker_random(attacker);
		}
		attacker->done++;
		if (!attacker_restart(attacker))
			return;
	}
}

/*
 * Truncates its memory under the switch: all of it, or the buffers while the rings stay. Memory
 * that is gone must not be touched here.
 */
void
attack_truncate(struct attacker *attacker)
{
	struct front *front = attacker->front;
	struct front_ring *ring = attacker_transmit_ring(attacker);
	uint64_t rings = FRONT_RING_MEMORY + DRIVER_BUFFERS_AT;
	uint64_t cuts[] = {0, 4096, rings, rings + 4096};

	for (int64_t round = 0; attacker_goes_on(attacker); attacker->done = ++round) {
		uint64_t cut = cuts[round % 4];
		struct driver_buffer buffers[] = {
			{DRIVER_BASE + rings + 4096 - 20, 1000},
			{DRIVER_BASE + rings + 512 * 1024, 1400},
		};

		for (int i = 0; i < 64; i++)
			attacker_offer(attacker, ring, &buffers[i % 2], 1, false, false);
		for (int i = 0; i < 32; i++)
			attacker_offer(attacker, attacker_receive_ring(attacker), &buffers[i % 2],
				1, true, false);
		if (ftruncate(front->memory_fd, cut))
			return;
		/* Buffers that the rings still offer come on top, if the rings are still there. */
		for (int i = 0; i < 64 && cut >= rings; i++)
			attacker_offer(attacker, ring, &buffers[i % 2], 1, false, false);
		usleep(5000);
		front_disconnect(front);
		if (ftruncate(front->memory_fd, front->memory_size) || !attacker_restart(attacker))
			return;
	}
}
