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

struct lane
lane_of(const struct front *front, const struct front_ring *ring)
{
	uint8_t *memory = ring->driver.region[0];

	struct vring_avail *avail = (struct vring_avail *)(memory + DRIVER_AVAIL_AT);
	const struct vring_used *used = (const struct vring_used *)(memory + DRIVER_USED_AT);

	return (struct lane){
		.show_at = &avail->idx,
		.done_at = &used->idx,
		.quiet_at = &used->flags,
		.kick = ring->kick,
		.avail = avail,
		.used = used,
		.desc = (struct vring_desc *)(memory + DRIVER_DESC_AT),
		.buffers = memory + DRIVER_BUFFERS_AT + front->header_length,
		.shown = ring->driver.avail_at,
	};
}

/* All but the addresses of Ethernet, which are written anew for each frame. */
static void
fill_frame(uint8_t *frame, uint16_t length)
{
	uint16_t ip = length - 14, udp = length - 34;
	const uint8_t headers[] = {0x08, 0x00,                  /* IPv4 */
		0x45, 0, ip >> 8, ip, 0, 0, 0, 0, 64, 17, 0, 0, /* its checksum follows */
		198, 18, 0, 1, 198, 18, 0, 2,                   /* for benchmarks, RFC 2544 */
		0, 9, 0, 9, udp >> 8, udp, 0, 0};
	uint32_t sum = 0;

	memcpy(frame + 12, headers, sizeof(headers));
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[24] = sum >> 8;
	frame[25] = sum;
}

static void
place_frames(struct lane *lane)
{
	for (uint16_t b = 0; b < RING; b++)
		lane->frame[b] = lane->buffers + (size_t)b * BUFFER;
}

static struct lane
memif_lane(const struct memif *memif, int which)
{
	struct memif_ring *ring = memif->ring[which];
	struct lane lane = {
		.show_at = &ring->head,
		.done_at = &ring->tail,
		.quiet_at = &ring->flags,
		.kick = memif->kick[which],
		.buffers = memif->buffers[which],
		.slot = ring->slot,
		.shown = ring->head,
	};

	place_frames(&lane);
	return lane;
}

const char *
memif_path(const char *path, uint16_t *queue)
{
	const char *rest = path + strlen(MEMIF);

	*queue = 0;
	if (strncmp(path, MEMIF, strlen(MEMIF)) != 0)
		return NULL;
	if (*rest > '0' && *rest <= '0' + MEMIF_MAX_QUEUE)
		*queue = *rest++ - '0';
	return *rest == ':' ? rest + 1 : NULL;
}

static bool
connect_memif(struct port *port, const char *path, uint16_t queue, uint32_t length)
{
	struct memif_config config = {
		.path = path, .distance = BUFFER, .length = length, .queue = queue};

	port->memif = memif_connect(&config, CONNECT_MS);
	if (!port->memif)
		return false;
	port->send = memif_lane(port->memif, MEMIF_SEND);
	port->receive = memif_lane(port->memif, MEMIF_RECEIVE);
	return true;
}

static bool
connect_guest(struct port *port, const char *path, uint32_t i, uint32_t length)
{
	struct front_config config = {.huge = true,
		.size = RING,
		.pairs = 1,
		.regions = 1,
		.buffer = BUFFER,
		.shift = i % SHIFTS * SHIFT};
	struct front_ring *ring;

	snprintf(config.name, sizeof(config.name), "%u", i);
	if (snprintf(config.path, sizeof(config.path), "%s", path) >= (int)sizeof(config.path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	port->front = front_create(&config);
	if (!port->front || !front_connect(port->front, CONNECT_MS))
		return false;
	/* Receive buffers are available already; transmit buffers have the same layout. */
	ring = &port->front->ring[1];
	port->send = lane_of(port->front, ring);
	port->receive = lane_of(port->front, &port->front->ring[0]);
	place_frames(&port->send);
	place_frames(&port->receive);
	for (uint16_t b = 0; b < RING; b++) {
		port->send.desc[b] = (struct vring_desc){
			.addr = ring->driver.base + DRIVER_BUFFERS_AT + (uint64_t)b * BUFFER,
			.len = port->front->header_length + length};
		port->send.avail->ring[b] = b;
	}
	return true;
}

bool
connect_port(struct port *port, const char *path, uint32_t i, uint32_t length)
{
	uint16_t queue;
	const char *device = memif_path(path, &queue);

	if (device ? !connect_memif(port, device, queue, length)
		   : !connect_guest(port, path, i, length))
		return false;
	for (uint16_t b = 0; b < RING; b++)
		fill_frame(frame_at(&port->send, b), length);
	port->source = i;
	port->destination = i;
	return true;
}

void
disconnect_port(struct port *port)
{
	if (port->front)
		front_destroy(port->front);
	if (port->memif)
		memif_disconnect(port->memif);
}
