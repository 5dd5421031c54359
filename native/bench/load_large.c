/*
 * vhost-load's large frames: windows (load_window.c) of TCP segments that are to be cut for the
 * wire, as Linux's guests send them, and take them where they have agreed to. A frame is a chain of
 * pages, at both ends. Between windows the guests write each line of what they send and read each
 * line of what came, as real ones do, so the copy finds them where it would there.
 */
#include <inttypes.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdio.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>

#include "load_run.h"

#define PAGE 4096
#define HEADER (int)sizeof(struct virtio_net_hdr_mrg_rxbuf)
#define ETHER 14
#define SEGMENTS_AT (ETHER + 40)
#define SEGMENT 1448
/* The most that IPv4 can say. */
#define FRAME (SEGMENTS_AT + 45 * SEGMENT)
#define PAGES ((HEADER + FRAME + PAGE - 1) / PAGE)
/* Frames that a ring holds. */
#define PLACES (RING / PAGES)
#define LINE 64
#define CONNECT_MS 5000
#define OFFLOADS                                                                                   \
	(1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_HOST_TSO4 |                              \
		1ULL << VIRTIO_NET_F_HOST_TSO6 | 1ULL << VIRTIO_NET_F_GUEST_CSUM |                 \
		1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6)

_Static_assert(PLACES *PAGES == RING, "frames fill the ring");
_Static_assert(DRIVER_BUFFERS_AT + RING * PAGE <= FRONT_RING_MEMORY, "guest memory holds a ring");

/* The frame at a place of the ring, with its virtio-net header. */
static uint8_t *
place(const struct lane *lane, uint16_t at)
{
	return lane->buffers + (size_t)(at % PLACES) * PAGES * PAGE;
}

/* From port number `own` to the other one. Checksums are left out, as is said. */
static void
fill(uint8_t *at, uint32_t own)
{
	const uint16_t ip = FRAME - ETHER;
	const struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = SEGMENTS_AT,
		.gso_size = SEGMENT,
		.csum_start = ETHER + 20,
		.csum_offset = 16,
	};
	const uint8_t rest[] = {0x08, 0x00,                                /* IPv4 */
		0x45, 0, ip >> 8, (uint8_t)ip, 0, 0, 0x40, 0, 64, 6, 0, 0, /* TCP, not to be cut */
		198, 18, 0, 1, 198, 18, 0, 2, /* for benchmarks, RFC 2544 */
		0x30, 0, 0x30, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0};

	memcpy(at, &header, sizeof(header));
	put_mac(at + HEADER, !own);
	put_mac(at + HEADER + 6, own);
	memcpy(at + HEADER + 12, rest, sizeof(rest));
}

bool
connect_large(struct port *port, const char *path, uint32_t own, bool listens)
{
	struct front_config config = {.huge = true,
		.listen = listens,
		.mergeable = true,
		.offloads = OFFLOADS,
		.size = RING,
		.pairs = 1,
		.regions = 1,
		.buffer = PAGE};
	struct front_ring *ring;
	struct vring_desc *desc;

	snprintf(config.name, sizeof(config.name), "%u", own);
	snprintf(config.path, sizeof(config.path), "%s", path);
	port->front = front_create(&config);
	if (!port->front || !front_connect(port->front, CONNECT_MS))
		return false;
	if ((port->front->features & OFFLOADS) != OFFLOADS) {
		fputs("vhost-load: the switch does not offer TSO\n", stderr);
		return false;
	}
	ring = &port->front->ring[1];
	port->send = lane_of(port->front, ring);
	port->receive = lane_of(port->front, &port->front->ring[0]);
	port->send.buffers -= port->front->header_length;
	port->receive.buffers -= port->front->header_length;
	desc = (struct vring_desc *)(ring->driver.region[0] + DRIVER_DESC_AT);
	for (uint16_t i = 0; i < RING; i++) {
		bool last = i % PAGES == PAGES - 1;

		desc[i] = (struct vring_desc){
			.addr = ring->driver.base + DRIVER_BUFFERS_AT + (uint64_t)i * PAGE,
			.len = last ? HEADER + FRAME - (PAGES - 1) * PAGE : PAGE,
			.flags = last ? 0 : VRING_DESC_F_NEXT,
			.next = i + 1,
		};
	}
	for (int i = 0; i < PLACES; i++)
		fill(place(&port->send, i), own);
	return true;
}

/* A word of each line, behind the headers. */
static void
write_lines(uint8_t *frame, uint64_t value)
{
	for (int at = 2 * LINE; at + LINE <= FRAME; at += LINE)
		memcpy(frame + at, &value, sizeof(value));
}

static void
prepare(struct port *port, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++, port->send.shown++) {
		uint16_t at = port->send.shown % PLACES;

		write_lines(place(&port->send, at), port->send.shown);
		port->send.avail->ring[port->send.shown % RING] = at * PAGES;
	}
}

/* One that came whole: 1, otherwise 0. Reads it all, and gives its buffers back. */
static uint32_t
take(struct port *port, uint32_t own, uint64_t *sum)
{
	struct lane *lane = &port->receive;
	const uint8_t *first =
		lane->buffers + (size_t)(lane->used->ring[lane->seen % RING].id % RING) * PAGE;
	struct virtio_net_hdr_mrg_rxbuf header;
	bool whole;

	memcpy(&header, first, sizeof(header));
	whole = header.num_buffers == PAGES && number_of(first + HEADER) == own &&
		header.hdr.gso_type == VIRTIO_NET_HDR_GSO_TCPV4;
	for (uint16_t n = RTE_MAX(header.num_buffers, 1); n > 0; n--) {
		uint16_t id = lane->used->ring[lane->seen++ % RING].id % RING;
		const uint8_t *page = lane->buffers + (size_t)id * PAGE;

		for (int at = 0; at < PAGE; at += LINE)
			*sum += page[at];
		lane->avail->ring[lane->shown++ % RING] = id;
	}
	return whole;
}

static bool
window(struct load *load, uint64_t *sum)
{
	uint32_t n = load->options.window, came = 0, pages = load->options.ports * n * PAGES;
	uint64_t begin;

	for (uint32_t i = 0; i < load->options.ports; i++)
		prepare(&load->port[i], n);
	begin = rte_rdtsc();
	for (uint32_t i = 0; i < load->options.ports; i++)
		show(&load->port[i].send);
	if (!wait_sent(load))
		return false;
	wait_arrived(load, pages);
	samples_add(&load->samples, rte_rdtsc() - begin);
	for (uint32_t i = 0; i < load->options.ports; i++) {
		struct port *port = &load->port[i];

		while (used_at(&port->receive) != port->receive.seen) {
			if (take(port, i, sum))
				came++;
			else
				load->misplaced++;
		}
		show(&port->receive);
	}
	load->sent += (uint64_t)load->options.ports * n;
	load->lost += (uint64_t)load->options.ports * n - came;
	return true;
}

bool
warm_up_large(struct load *load)
{
	uint64_t sum = 0;
	bool going = true;

	/* Each learns the other's address by the first. */
	for (int i = 0; going && i < WARM_UP; i++)
		going = window(load, &sum);
	return going;
}

bool
run_large(struct load *load)
{
	struct load_end end = load_begin(load);
	uint64_t sum = 0;
	bool going = true;

	while (going && load_goes_on(&end))
		going = window(load, &sum);
	/* What was read must not be left out as useless. */
	__asm__ volatile("" : : "r"(sum));
	print_windows(load, &end, FRAME);
	return going;
}
