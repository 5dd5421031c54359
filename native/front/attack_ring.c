/*
 * Attacks on the rings: descriptors that lie, and memory that changes while it is read.
 */
#include <fcntl.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

#define FRAME 100
/* A switch that has not used a buffer for this long has given the ring up. */
#define PATIENCE_US 3000

static struct front_ring *
receive_ring(struct attacker *attacker)
{
	return &attacker->front->ring[0];
}

static struct front_ring *
transmit_ring(struct attacker *attacker)
{
	return &attacker->front->ring[1];
}

static uint32_t
pick(struct attacker *attacker, uint32_t n)
{
	return attacker_random(attacker) % n;
}

/* Fills a frame of its own with a source address of its own. */
static void
make_frame(uint8_t frame[FRAME], uint64_t source, bool broadcast)
{
	memset(frame, 0, FRAME);
	memset(frame, broadcast ? 0xff : 0x06, 6);
	frame[6] = 2;
	memcpy(frame + 7, &source, 5);
	frame[12] = 0x88;
	frame[13] = 0xb6;
}

/* Waits until the switch has used everything, or makes a new start when it does not. */
static bool
settle(struct attacker *attacker)
{
	for (int waited = 0; waited < PATIENCE_US; waited += 100) {
		if (front_reclaim(attacker->front, 0) == 0)
			return true;
		usleep(100);
	}
	return attacker_restart(attacker);
}

/* Offers what driver_add() makes of these buffers on the ring, whatever they say. */
static void
offer(struct attacker *attacker, struct front_ring *ring, const struct driver_buffer *buffers,
	uint16_t n, bool writable, bool indirect)
{
	uint16_t id = driver_add(&ring->driver, buffers, n, writable, indirect);
	uint16_t slots = indirect ? 1 : n;

	if (ring == transmit_ring(attacker)) {
		ring->count[id] = slots;
		ring->in_flight += slots;
	} else {
		ring->buffer[id] = ring->driver.base + DRIVER_BUFFERS_AT;
	}
	attacker->done++;
}

/* The same to both rings; every second time the receive ring gets it, too. */
static void
offer_both(
	struct attacker *attacker, const struct driver_buffer *buffers, uint16_t n, bool indirect)
{
	offer(attacker, transmit_ring(attacker), buffers, n, false, indirect);
	if (pick(attacker, 64) == 0)
		offer(attacker, receive_ring(attacker), buffers, n, true, indirect);
}

static uint64_t
wild_address(struct attacker *attacker)
{
	uint64_t end = DRIVER_BASE + attacker->front->memory_size;
	uint64_t places[] = {0, 8, DRIVER_BASE - 1, DRIVER_BASE - 60, end, end - 1, end - 50,
		end + 4096, UINT64_MAX, UINT64_MAX - 50, (uintptr_t)attacker->front->memory,
		attacker_random(attacker)};

	return places[pick(attacker, 12)];
}

void
attack_outside(struct attacker *attacker)
{
	while (attacker_goes_on(attacker) && settle(attacker)) {
		struct driver_buffer buffers[] = {
			{DRIVER_BASE + DRIVER_BUFFERS_AT, 60},
			{wild_address(attacker), 1 + pick(attacker, 2000)},
		};
		int first = pick(attacker, 2);

		offer_both(attacker, buffers + first, 2 - first, false);
	}
}

void
attack_lengths(struct attacker *attacker)
{
	static const uint32_t lengths[] = {0, 1, 11, 12, 13, 25, 26, 65535, 65547, 1u << 20,
		(1u << 20) + 1, 1u << 31, ~0u, ~0u - 11};

	while (attacker_goes_on(attacker) && settle(attacker)) {
		struct driver_buffer buffers[32];
		uint16_t n = 1 + pick(attacker, 32);

		for (uint16_t i = 0; i < n; i++)
			buffers[i] = (struct driver_buffer){
				DRIVER_BASE + pick(attacker, 2 * DRIVER_REGION),
				lengths[pick(attacker, 14)]};
		offer_both(attacker, buffers, n, false);
	}
}

void
attack_indirect(struct attacker *attacker)
{
	static const uint32_t lengths[] = {0, 1, 15, 16, 17, 32, 65536 * 16, 65537 * 16, ~0u};
	struct driver *driver = &transmit_ring(attacker)->driver;

	while (attacker_goes_on(attacker) && settle(attacker)) {
		struct vring_desc table[4];
		struct driver_buffer buffers[] = {{driver->base + DRIVER_BUFFERS_AT, 16}};

		/* Tables that loop, nest, or lead nowhere; then lies about where the table is. */
		for (int i = 0; i < 4; i++)
			table[i] = (struct vring_desc){
				pick(attacker, 2) ? buffers[0].guest : wild_address(attacker), 60,
				pick(attacker, 8), pick(attacker, 6)};
		offer(attacker, transmit_ring(attacker), buffers, 1, false, true);
		driver_write(driver, driver->base + driver->indirect_at - 16, table, 16);
		driver_write(driver, driver->base + DRIVER_BUFFERS_AT, table, sizeof(table));
		((struct vring_desc *)driver->region[0])[pick(attacker, driver->size)].len =
			lengths[pick(attacker, 9)];
		((struct vring_desc *)driver->region[0])[pick(attacker, driver->size)].addr =
			pick(attacker, 2) ? wild_address(attacker) : buffers[0].guest;
	}
}

/* Flags of the packed descriptor at the driver's position that make it available. */
static uint16_t
available(const struct driver *driver)
{
	return driver->avail_wrap ? 1u << VRING_PACKED_DESC_F_AVAIL
				  : 1u << VRING_PACKED_DESC_F_USED;
}

void
attack_loop(struct attacker *attacker)
{
	while (attacker_goes_on(attacker) && settle(attacker)) {
		struct front_ring *ring =
			pick(attacker, 64) ? transmit_ring(attacker) : receive_ring(attacker);
		struct driver *driver = &ring->driver;
		bool writable = ring == receive_ring(attacker);
		struct driver_buffer buffers[] = {{driver->base + DRIVER_BUFFERS_AT, 16},
			{driver->base + DRIVER_BUFFERS_AT, 16}};
		struct vring_desc *descs = (struct vring_desc *)driver->region[0];
		uint16_t head = driver->next_id;

		if (driver->features & RING_PACKED) {
			/* A table whose every entry says that one more follows. */
			offer(attacker, ring, buffers, 2, writable, true);
			continue;
		}
		/* The chain is made beforehand: driver_add() then only publishes its last one. */
		offer(attacker, ring, buffers, 2, writable, false);
		descs[(head + 1) % driver->size].next = head;
		descs[(head + 1) % driver->size].flags |= VRING_DESC_F_NEXT;
		descs[head].next = pick(attacker, 2) ? head : (head + 1) % driver->size;
	}
}

void
attack_endless(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		struct driver *driver = &transmit_ring(attacker)->driver;
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

void
attack_index(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		struct driver *driver =
			&(pick(attacker, 2) ? transmit_ring(attacker) : receive_ring(attacker))
				 ->driver;
		struct vring_avail *avail =
			(struct vring_avail *)(driver->region[0] + DRIVER_AVAIL_AT);
		uint16_t value = attacker_random(attacker);

		if (pick(attacker, 2))
			avail->ring[pick(attacker, driver->size)] = value;
		else
			__atomic_store_n(&avail->idx, pick(attacker, 4) ? value % 8 : value,
				__ATOMIC_RELEASE);
		attacker->done++;
		if (pick(attacker, 32) == 0 && !attacker_restart(attacker))
			return;
	}
}

void
attack_used(struct attacker *attacker)
{
	uint8_t frame[FRAME];

	while (attacker_goes_on(attacker) && settle(attacker)) {
		make_frame(frame, 1, false);
		for (int i = 0; i < 8; i++)
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
		for (int i = 0; i < 2000; i++) {
			struct driver *driver = &attacker->front->ring[i % 2].driver;
			uint8_t *used =
				driver->region[0] +
				(driver->features & RING_PACKED ? DRIVER_DESC_AT : DRIVER_USED_AT);

			used[pick(attacker, 4 + 16 * driver->size)] = attacker_random(attacker);
		}
		attacker->done++;
	}
}

/* Good frames whose descriptors turn bad and good again while the switch may be reading them. */
void
attack_race(struct attacker *attacker)
{
	uint8_t frame[FRAME];

	while (attacker_goes_on(attacker) && settle(attacker)) {
		struct driver *driver = &transmit_ring(attacker)->driver;
		struct vring_desc *descs = (struct vring_desc *)driver->region[0];

		make_frame(frame, 2, false);
		for (int i = 0; i < 32; i++)
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
		for (int i = 0; i < 3000; i++) {
			struct vring_desc *desc = &descs[pick(attacker, driver->size)];
			uint64_t address = desc->addr;

			__atomic_store_n(&desc->addr, wild_address(attacker), __ATOMIC_RELAXED);
			__atomic_store_n(
				&desc->len, pick(attacker, 2) ? ~0u : 100, __ATOMIC_RELAXED);
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
			struct driver *driver = &attacker->front->ring[pick(attacker, 2)].driver;
			uint32_t part = pick(attacker, 4) * 16384;

			driver->region[0][part + pick(attacker, 4096)] = attacker_random(attacker);
		}
		attacker->done++;
		if (!attacker_restart(attacker))
			return;
	}
}

/* Takes nothing out of its receive ring, and hands the switch buffers for one frame only. */
void
attack_stuck(struct attacker *attacker)
{
	while (attacker_goes_on(attacker))
		usleep(1000);
	attacker->done++;
}

static void
flood(struct attacker *attacker, bool broadcast)
{
	uint8_t frame[FRAME];

	while (attacker_goes_on(attacker)) {
		make_frame(frame, broadcast ? 3 : attacker->done, broadcast);
		if (front_send(attacker->front, 0, frame, sizeof(frame), 0))
			attacker->done++;
		else
			front_reclaim(attacker->front, 0);
	}
}

void
attack_sources(struct attacker *attacker)
{
	flood(attacker, false);
}

void
attack_broadcasts(struct attacker *attacker)
{
	flood(attacker, true);
}

/*
 * Wants interrupts over something on which a write does not return: a counter that is full and
 * blocks, or a full pipe.
 */
void
attack_interrupts(struct attacker *attacker)
{
	struct front_ring *ring = transmit_ring(attacker);
	uint8_t frame[FRAME], byte = 0;
	int mine = ring->call, pipes[2];

	make_frame(frame, 4, false);
	while (attacker_goes_on(attacker)) {
		if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
			break;
		while (write(pipes[1], &byte, 1) == 1)
			;
		fcntl(pipes[1], F_SETFL, 0);
		ring->call = pipes[1];
		if (attacker->done++ % 2) {
			ring->call = eventfd(0, EFD_CLOEXEC);
			eventfd_write(ring->call, UINT64_MAX - 1);
		}
		front_disconnect(attacker->front);
		front_reset(attacker->front);
		if (front_connect(attacker->front, 20)) {
			driver_want_interrupts(&ring->driver, true);
			/* It may have been made non-blocking on the way. */
			fcntl(ring->call, F_SETFL, 0);
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
			usleep(20000);
		}
		front_disconnect(attacker->front);
		if (ring->call != pipes[1])
			close(ring->call);
		close(pipes[0]);
		close(pipes[1]);
	}
	ring->call = mine;
}

/*
 * Cuts its memory off under the switch: all of it, or the buffers, while the rings stay. Nothing
 * of what is gone may be touched here.
 */
void
attack_truncate(struct attacker *attacker)
{
	struct front *front = attacker->front;
	struct front_ring *ring = transmit_ring(attacker);
	uint64_t rings = FRONT_RING_MEMORY + DRIVER_BUFFERS_AT;
	uint64_t cuts[] = {0, 4096, rings, rings + 4096};

	for (int64_t round = 0; attacker_goes_on(attacker); attacker->done = ++round) {
		uint64_t cut = cuts[round % 4];
		struct driver_buffer buffers[] = {
			{DRIVER_BASE + rings + 4096 - 20, 1000},
			{DRIVER_BASE + rings + 512 * 1024, 1400},
		};

		for (int i = 0; i < 64; i++)
			offer(attacker, ring, &buffers[i % 2], 1, false, false);
		for (int i = 0; i < 32; i++)
			offer(attacker, receive_ring(attacker), &buffers[i % 2], 1, true, false);
		if (ftruncate(front->memory_fd, cut))
			return;
		/* What the rings still offer comes on top, if they are still there. */
		for (int i = 0; i < 64 && cut >= rings; i++)
			offer(attacker, ring, &buffers[i % 2], 1, false, false);
		usleep(5000);
		front_disconnect(front);
		if (ftruncate(front->memory_fd, front->memory_size) || !attacker_restart(attacker))
			return;
	}
}
