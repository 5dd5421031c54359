/*
 * Attacks on the forwarding lcore's time: what virtio allows, or nearly so, that takes the most
 * work. Rings are laid out once and then shown again and again, so that the attacker itself has
 * next to nothing to do.
 */
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "attack_ring.h"

#define TABLE 511 /* descriptors of an indirect table */
#define SEGMENTED 65000
#define HEADERS (14 + 20 + 20)
/* The largest ring that vhost-user knows. */
#define LARGEST_RING 32768
#define BREATH_US 20
/* The helper's address. */
#define BROADCASTER 5

void
attack_nothing(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		attacker->done++;
		usleep(BREATH_US);
	}
}

/* All of a split ring's descriptors are this one; show() makes them available. */
static void
lay_out(struct front_ring *ring, uint64_t guest, uint32_t length, uint16_t flags)
{
	struct driver *driver = &ring->driver;
	struct vring_desc *descs = (struct vring_desc *)(driver->region[0] + DRIVER_DESC_AT);
	struct vring_avail *avail = (struct vring_avail *)(driver->region[0] + DRIVER_AVAIL_AT);

	for (uint16_t i = 0; i < driver->size; i++) {
		descs[i] = (struct vring_desc){guest, length, flags, 0};
		avail->ring[i] = i;
	}
}

static void
show(struct front_ring *ring)
{
	struct driver *driver = &ring->driver;
	struct vring_avail *avail = (struct vring_avail *)(driver->region[0] + DRIVER_AVAIL_AT);
	const struct vring_used *used =
		(const struct vring_used *)(driver->region[0] + DRIVER_USED_AT);

	__atomic_store_n(&avail->idx, __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) + driver->size,
		__ATOMIC_RELEASE);
}

/* The same table of descriptors of `length` bytes behind each buffer of the ring. */
static void
lay_out_tables(struct front_ring *ring, uint32_t length, uint16_t flags)
{
	struct driver *driver = &ring->driver;
	struct vring_desc *table = (struct vring_desc *)(driver->region[0] + DRIVER_INDIRECT_AT);
	uint64_t at = driver->base + DRIVER_BUFFERS_AT;

	for (uint16_t i = 0; i < TABLE; i++)
		table[i] = (struct vring_desc){at + (uint64_t)i * length, length,
			flags | (i + 1 < TABLE ? VRING_DESC_F_NEXT : 0), i + 1};
	lay_out(ring, driver->base + DRIVER_INDIRECT_AT, TABLE * sizeof(*table),
		VRING_DESC_F_INDIRECT);
}

/* Broadcasts of the attacker's helper, or of itself. */
static void
broadcast(struct attacker *attacker)
{
	struct front *front = attacker->helper;
	uint8_t frame[ATTACK_FRAME];

	attacker_make_frame(frame, BROADCASTER, true);
	while (front && front_send(front, 0, frame, sizeof(frame), 0))
		;
	if (front)
		front_reclaim(front, 0);
}

/* Waits for others' frames, or has some sent. */
static void
receive(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		broadcast(attacker);
		attacker->done++;
		usleep(BREATH_US);
	}
}

static void
send_all(struct attacker *attacker)
{
	struct front *front = attacker->front;

	while (attacker_goes_on(attacker)) {
		for (uint16_t pair = 0; pair < front->config.pairs; pair++)
			show(&front->ring[2 * pair + 1]);
		attacker->done++;
		usleep(BREATH_US);
	}
}

static void
make_segmented(struct front_ring *ring, uint16_t segment)
{
	const struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = HEADERS,
		.gso_size = segment,
		.csum_start = 14 + 20,
		.csum_offset = 16,
	};
	uint8_t *at = ring->driver.region[0] + DRIVER_BUFFERS_AT, *frame = at + FRONT_HEADER;

	memset(at, 0, FRONT_HEADER + HEADERS);
	memcpy(at, &header, sizeof(header));
	attacker_make_frame(frame, 6, true);
	frame[12] = 0x08; /* IPv4 */
	frame[13] = 0x00;
	frame[14] = 0x45;
	frame[14 + 9] = IPPROTO_TCP;
	frame[34 + 12] = 0x50; /* a TCP header of five words */
	lay_out(ring, ring->driver.base + DRIVER_BUFFERS_AT, FRONT_HEADER + SEGMENTED, 0);
}

/* As small as they may be where everybody gets them. */
void
attack_segments(struct attacker *attacker)
{
	make_segmented(attacker_transmit_ring(attacker), 520);
	send_all(attacker);
}

/* As small as they may be at all, to the helper. */
void
attack_fine_segments(struct attacker *attacker)
{
	struct front_ring *ring = attacker_transmit_ring(attacker);
	uint8_t frame[ATTACK_FRAME];

	broadcast(attacker);
	make_segmented(ring, 48);
	attacker_make_frame(frame, BROADCASTER, true);
	memcpy(ring->driver.region[0] + DRIVER_BUFFERS_AT + FRONT_HEADER, frame + 6, 6);
	send_all(attacker);
}

/* Smaller than anybody's. */
void
attack_tiny_segments(struct attacker *attacker)
{
	make_segmented(attacker_transmit_ring(attacker), 32);
	send_all(attacker);
}

void
attack_empty_pairs(struct attacker *attacker)
{
	struct front *front = attacker->front;

	for (uint16_t pair = 0; pair < front->config.pairs; pair++)
		lay_out_tables(&front->ring[2 * pair + 1], 0, 0);
	send_all(attacker);
}

/* One receive buffer of nothing but empty descriptors, over the largest ring there can be. */
static void
lay_out_empty_packed(struct front_ring *ring)
{
	struct vring_packed_desc *descs =
		(struct vring_packed_desc *)(ring->driver.region[0] + DRIVER_REGION);

	ring->claimed_size = LARGEST_RING;
	ring->claimed_at = DRIVER_REGION;
	for (uint32_t i = 0; i < LARGEST_RING; i++)
		descs[i] = (struct vring_packed_desc){ring->driver.base + DRIVER_BUFFERS_AT, 0, 0,
			VRING_DESC_F_WRITE | 1u << VRING_PACKED_DESC_F_AVAIL |
				(i + 1 < LARGEST_RING ? VRING_DESC_F_NEXT : 0)};
}

void
attack_empty_packed(struct attacker *attacker)
{
	struct front_ring *ring = attacker_receive_ring(attacker);

	lay_out_empty_packed(ring);
	if (attacker_restart(attacker))
		receive(attacker);
	ring->claimed_size = 0;
}

void
attack_empty_merging(struct attacker *attacker)
{
	struct front_ring *ring = attacker_receive_ring(attacker);

	lay_out_tables(ring, 0, VRING_DESC_F_WRITE);
	show(ring);
	receive(attacker);
}

/* Frames in pieces of one byte. */
void
attack_slivers(struct attacker *attacker)
{
	struct front_ring *ring = attacker_transmit_ring(attacker);
	uint8_t *at = ring->driver.region[0] + DRIVER_BUFFERS_AT;

	memset(at, 0, FRONT_HEADER);
	attacker_make_frame(at + FRONT_HEADER, 7, true);
	lay_out_tables(ring, 1, 0);
	send_all(attacker);
}

/* Receive buffers that each take a header and four bytes; frames need many of them. */
void
attack_crumbs(struct attacker *attacker)
{
	struct front_ring *ring = attacker_receive_ring(attacker);
	uint8_t frame[FRONT_HEADER + 4];

	lay_out(ring, ring->driver.base + DRIVER_BUFFERS_AT, sizeof(frame), VRING_DESC_F_WRITE);
	while (attacker_goes_on(attacker)) {
		show(ring);
		broadcast(attacker);
		attacker->done++;
		usleep(BREATH_US);
	}
}
