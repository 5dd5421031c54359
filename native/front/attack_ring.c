/*
 * Shared parts of the attacks on the rings (attack_ring.h).
 */
#include <string.h>
#include <unistd.h>

#include "attack_ring.h"

/* A switch that used no buffer for this long has given up the ring. */
#define PATIENCE_US 3000

struct front_ring *
attacker_receive_ring(struct attacker *attacker)
{
	return &attacker->front->ring[0];
}

struct front_ring *
attacker_transmit_ring(struct attacker *attacker)
{
	return &attacker->front->ring[1];
}

uint32_t
attacker_pick(struct attacker *attacker, uint32_t n)
{
	return attacker_random(attacker) % n;
}

void
attacker_make_frame(uint8_t frame[ATTACK_FRAME], uint64_t source, bool broadcast)
{
	memset(frame, 0, ATTACK_FRAME);
	memset(frame, broadcast ? 0xff : 0x06, 6);
	frame[6] = 2;
	memcpy(frame + 7, &source, 5);
	frame[12] = 0x88;
	frame[13] = 0xb6;
}

bool
attacker_settle(struct attacker *attacker)
{
	for (int waited = 0; waited < PATIENCE_US; waited += 100) {
		if (front_reclaim(attacker->front, 0) == 0)
			return true;
		usleep(100);
	}
	return attacker_restart(attacker);
}

void
attacker_offer(struct attacker *attacker, struct front_ring *ring,
	const struct driver_buffer *buffers, uint16_t n, bool writable, bool indirect)
{
	uint16_t id = driver_add(&ring->driver, buffers, n, writable, indirect);
	uint16_t slots = indirect ? 1 : n;

	if (ring == attacker_transmit_ring(attacker)) {
		ring->count[id] = slots;
		ring->in_flight += slots;
		front_kick(attacker->front, ring);
	} else {
		ring->buffer[id] = ring->driver.base + DRIVER_BUFFERS_AT;
	}
	attacker->done++;
}

uint64_t
attacker_wild_address(struct attacker *attacker)
{
	uint64_t end = DRIVER_BASE + attacker->front->memory_size;
	uint64_t places[] = {0, 8, DRIVER_BASE - 1, DRIVER_BASE - 60, end, end - 1, end - 50,
		end + 4096, UINT64_MAX, UINT64_MAX - 50, (uintptr_t)attacker->front->memory,
		attacker_random(attacker)};

	return places[attacker_pick(attacker, 12)];
}
