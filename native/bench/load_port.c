/*
 * vhost-load's ports: connects them and lays out their rings (load_port.h).
 */
#include <errno.h>
#include <stdio.h>

#include "load_port.h"

/* Distance between two ports' rings, not a power of two either; all fit beside the buffers. */
#define SHIFT (130 * 64)
#define SHIFTS 128
_Static_assert(DRIVER_BUFFERS_AT + RING * BUFFER + SHIFTS * SHIFT <= FRONT_RING_MEMORY,
	"guest memory holds a ring, its buffers and the shift");
#define CONNECT_MS 5000

static struct lane
lane_of(struct front_ring *ring)
{
	uint8_t *memory = ring->driver.region[0];

	return (struct lane){
		.avail = (struct vring_avail *)(memory + DRIVER_AVAIL_AT),
		.used = (const struct vring_used *)(memory + DRIVER_USED_AT),
		.buffers = memory + DRIVER_BUFFERS_AT,
		.shown = ring->driver.avail_at,
	};
}

bool
connect_port(struct port *port, const char *folder, uint32_t i)
{
	struct front_config config = {.huge = true,
		.size = RING,
		.pairs = 1,
		.regions = 1,
		.buffer = BUFFER,
		.shift = i % SHIFTS * SHIFT};
	struct front_ring *ring;

	snprintf(config.name, sizeof(config.name), "%u", i);
	if (snprintf(config.path, sizeof(config.path), "%s/%u", folder, i) >=
		(int)sizeof(config.path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	port->front = front_create(&config);
	if (!port->front || !front_connect(port->front, CONNECT_MS))
		return false;
	/* Receive buffers are available already; transmit buffers have the same layout. */
	ring = &port->front->ring[1];
	port->send = lane_of(ring);
	port->receive = lane_of(&port->front->ring[0]);
	for (uint16_t b = 0; b < RING; b++) {
		struct vring_desc *desc =
			(struct vring_desc *)(ring->driver.region[0] + DRIVER_DESC_AT);

		desc[b] = (struct vring_desc){
			.addr = ring->driver.base + DRIVER_BUFFERS_AT + (uint64_t)b * BUFFER,
			.len = HEADER + FRAME};
		port->send.avail->ring[b] = b;
	}
	port->source = i;
	port->destination = i;
	return true;
}
