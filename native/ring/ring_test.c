/*
 * The rings against a driver in the same process (driver.h): every test runs over split and
 * packed, direct and indirect.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_common.h>

#include "driver.h"
#include "peek.h"

#define HEADER 12
#define DATA (DRIVER_BASE + 512 * 1024)
/* The last byte of the first region. */
#define SEAM (DRIVER_BASE + DRIVER_REGION)

struct kind {
	const char *name;
	uint8_t features;
	bool indirect;
};

static const struct kind kinds[] = {
	{"split", 0, false},
	{"split, indirect", 0, true},
	{"packed", RING_PACKED, false},
	{"packed, indirect", RING_PACKED, true},
};
#define KINDS RTE_DIM(kinds)

static void
fill(uint8_t *bytes, uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = seed * 31 + i * 7 + (i >> 8);
}

static uint32_t
frame_bytes(const struct frame *frame, uint8_t *to)
{
	memcpy(to, frame->head, frame->head_length);
	to += frame->head_length;
	for (uint16_t i = 0; i < frame->n_segments; i++) {
		memcpy(to, frame->segments[i].at, frame->segments[i].length);
		to += frame->segments[i].length;
	}
	return frame->length;
}

/* What stands before the frames that send() sends. */
static struct virtio_net_hdr_mrg_rxbuf sent_header;

/* Sends `length` bytes as header + data in pieces of `piece` from `at`; one chain. */
static uint16_t
send(struct driver *driver, bool indirect, uint64_t at, const uint8_t *bytes, uint32_t length,
	uint32_t piece)
{
	struct driver_buffer buffers[64];
	uint32_t left = HEADER + length;
	uint16_t n = 0;

	driver_write(driver, at, &sent_header, HEADER);
	driver_write(driver, at + HEADER, bytes, length);
	for (; left > 0; n++) {
		uint32_t run = RTE_MIN(left, piece);

		buffers[n] = (struct driver_buffer){at, run};
		at += run;
		left -= run;
	}
	return driver_add(driver, buffers, n, false, indirect);
}

static void
frames_arrive_whole(void **state)
{
	static const uint32_t lengths[] = {14, 60, 63, 64, 65, 128, 300, 1514, 9000};
	static const uint32_t pieces[] = {100000, 12, 13, 70, 500};
	static struct burst burst;
	uint8_t sent[9000], got[9000];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (uint32_t l = 0; l < RTE_DIM(lengths); l++)
			for (uint32_t p = 0; p < RTE_DIM(pieces); p++) {
				/* Once in one region, once over the seam at several places. */
				for (uint64_t at = SEAM - 2000; at <= SEAM; at += 250) {
					struct driver driver;
					uint16_t id, used;
					uint32_t length;

					if (lengths[l] / pieces[p] > 60)
						continue;
					driver_init(&driver, kind->features, DRIVER_RING);
					fill(sent, lengths[l], l + p);
					id = send(&driver, kind->indirect, at, sent, lengths[l],
						pieces[p]);
					assert_int_equal(ring_peek(&driver.ring, &burst), 1);
					assert_int_equal(
						frame_bytes(&burst.frame[0], got), lengths[l]);
					assert_memory_equal(sent, got, lengths[l]);
					assert_false(driver_used(&driver, &used, &length));
					ring_release(&driver.ring, &burst);
					assert_true(driver_used(&driver, &used, &length));
					assert_int_equal(used, id);
					assert_int_equal(ring_peek(&driver.ring, &burst), 0);
					driver_free(&driver);
				}
			}
}

static void
rings_turn_over(void **state)
{
	static struct burst burst;
	uint8_t sent[100], got[100];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		uint32_t in = 0, out = 0;
		/* 48 is no power of two: packed rings may have any size. */
		uint16_t size = kind->features & RING_PACKED ? 48 : 64;

		driver_init(&driver, kind->features, size);
		while (out < 70000) {
			uint16_t used, n;
			uint32_t length;

			while (in - out < 10) {
				fill(sent, sizeof(sent), in);
				send(&driver, kind->indirect, DATA + in % 16 * 256, sent,
					sizeof(sent), in % 3 ? 1000 : 40);
				in++;
			}
			n = ring_peek(&driver.ring, &burst);
			assert_int_equal(n, 10);
			for (uint16_t i = 0; i < n; i++) {
				fill(sent, sizeof(sent), out++);
				frame_bytes(&burst.frame[i], got);
				assert_memory_equal(sent, got, sizeof(sent));
			}
			ring_release(&driver.ring, &burst);
			while (driver_used(&driver, &used, &length))
				n--;
			assert_int_equal(n, 0);
		}
		driver_free(&driver);
	}
}

static struct frame
make_frame(const uint8_t *bytes, uint32_t length, struct ring_segment *segment)
{
	struct frame frame = {
		.length = length, .head_length = RTE_MIN(length, (uint32_t)FRAME_HEAD)};

	memcpy(frame.head, bytes, frame.head_length);
	if (length > FRAME_HEAD) {
		*segment = (struct ring_segment){
			.from = bytes + FRAME_HEAD, .length = length - FRAME_HEAD};
		frame.segments = segment;
		frame.n_segments = 1;
	}
	return frame;
}

static struct ring_put_result
put_one(struct ring *ring, const uint8_t *bytes, uint32_t length)
{
	struct ring_segment segment;
	struct frame frame = make_frame(bytes, length, &segment);
	const struct frame *frames[] = {&frame};

	return ring_put(ring, frames, 1);
}

static void
frames_are_delivered_whole(void **state)
{
	static const uint32_t lengths[] = {14, 60, 64, 65, 300, 1514};
	static const uint32_t pieces[] = {2000, 12, 13, 70, 500};
	uint8_t sent[1514], got[1514], header[HEADER], expected[HEADER] = {[10] = 1};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (uint32_t l = 0; l < RTE_DIM(lengths); l++)
			for (uint32_t p = 0; p < RTE_DIM(pieces); p++)
				for (uint64_t at = SEAM - 2000; at <= SEAM; at += 250) {
					struct driver_buffer buffers[64];
					struct driver driver;
					uint32_t left = HEADER + lengths[l] + 5, length;
					uint64_t next = at;
					uint16_t n = 0, id, used;

					if (left / pieces[p] > 60)
						continue;
					driver_init(&driver, kind->features, DRIVER_RING);
					for (; left > 0; n++) {
						buffers[n] = (struct driver_buffer){
							next, RTE_MIN(left, pieces[p])};
						next += buffers[n].length;
						left -= buffers[n].length;
					}
					id = driver_add(&driver, buffers, n, true, kind->indirect);
					fill(sent, lengths[l], l);
					assert_int_equal(
						put_one(&driver.ring, sent, lengths[l]).sent, 1);
					assert_true(driver_used(&driver, &used, &length));
					assert_int_equal(used, id);
					assert_int_equal(length, HEADER + lengths[l]);
					driver_read(&driver, at, header, HEADER);
					assert_memory_equal(header, expected, HEADER);
					driver_read(&driver, at + HEADER, got, lengths[l]);
					assert_memory_equal(sent, got, lengths[l]);
					/* Not a byte behind the frame. */
					assert_int_equal(
						*driver_at(&driver, at + HEADER + lengths[l]), 0);
					assert_int_equal(
						put_one(&driver.ring, sent, lengths[l]).full, 1);
					driver_free(&driver);
				}
}

static void
buffers_merge(void **state)
{
	uint8_t sent[9000], got[9000], header[HEADER], expected[HEADER] = {[10] = 7};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		uint32_t length, at = 0;
		uint16_t used, first;

		driver_init(&driver, kind->features | RING_MERGEABLE, DRIVER_RING);
		for (int i = 0; i < 6; i++) {
			struct driver_buffer buffer = {DATA + i * 2048, 1500};

			driver_add(&driver, &buffer, 1, true, kind->indirect);
		}
		fill(sent, sizeof(sent), 3);
		/* Six buffers do not hold it: nothing is taken. */
		assert_int_equal(put_one(&driver.ring, sent, sizeof(sent)).full, 1);
		assert_false(driver_used(&driver, &used, &length));
		driver_add(&driver, &(struct driver_buffer){DATA + 6 * 2048, 1500}, 1, true,
			kind->indirect);
		assert_int_equal(put_one(&driver.ring, sent, sizeof(sent)).sent, 1);
		driver_read(&driver, DATA, header, HEADER);
		assert_memory_equal(header, expected, HEADER);
		for (int i = 0; i < 7; i++) {
			assert_true(driver_used(&driver, &used, &length));
			assert_int_equal(length, i < 6 ? 1500 : HEADER + 9000 - 6 * 1500);
			first = i == 0 ? HEADER : 0;
			driver_read(&driver, DATA + i * 2048 + first, got + at, length - first);
			at += length - first;
		}
		assert_int_equal(at, sizeof(sent));
		assert_memory_equal(sent, got, sizeof(sent));
		driver_free(&driver);
	}
}

/* A TCP segment over IPv4 that is to be cut; the rest is filled. */
static void
fill_tcp(uint8_t *bytes, uint32_t n)
{
	static const uint8_t start[] = "\x02\0\0\0\0\x0b\x02\0\0\0\0\x0a\x08\0"
				       "\x45\0\0\0\0\0\0\0\x40\x06";

	fill(bytes, n, 5);
	memcpy(bytes, start, sizeof(start) - 1);
	bytes[46] = 0x50;
}

static const struct virtio_net_hdr tso4 = {
	.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	.hdr_len = 54,
	.gso_size = 1000,
	.csum_start = 34,
	.csum_offset = 16,
};

/* However header and frame are cut up; and only where they were negotiated. */
static void
offloads_are_read_once(void **state)
{
	static const uint32_t lengths[] = {54, 60, 64, 75, 1514, 3000};
	static const uint32_t pieces[] = {100000, 10, 12, 13, 70, 500};
	static const uint8_t features[] = {
		0, RING_CSUM, RING_CSUM | RING_TSO4, RING_CSUM | RING_TSO6};
	static const uint8_t flags[] = {
		0, FRAME_BAD_OFFLOAD, FRAME_PARTIAL | FRAME_TSO4, FRAME_BAD_OFFLOAD};
	static struct burst burst;
	uint8_t sent[3000], got[3000];

	(void)state;
	sent_header.hdr = tso4;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (uint32_t f = 0; f < RTE_DIM(features); f++)
			for (uint32_t i = 0; i < RTE_DIM(lengths) * RTE_DIM(pieces); i++) {
				uint32_t length = lengths[i % RTE_DIM(lengths)];
				uint32_t piece = pieces[i / RTE_DIM(lengths)];
				struct driver driver;
				const struct frame *frame = &burst.frame[0];

				if (length / piece > 60)
					continue;
				driver_init(&driver, kind->features | features[f], DRIVER_RING);
				fill_tcp(sent, length);
				send(&driver, kind->indirect, SEAM - 30, sent, length, piece);
				/* Nothing was there in a burst before. */
				memset(&burst, 0xff, sizeof(burst));
				assert_int_equal(ring_peek(&driver.ring, &burst), 1);
				assert_int_equal(frame_bytes(frame, got), length);
				assert_memory_equal(sent, got, length);
				assert_int_equal(frame->offload.flags, flags[f]);
				if (frame->offload.flags & FRAME_TSO) {
					assert_int_equal(frame->offload.header_length, 54);
					assert_int_equal(frame->offload.segment_size, 1000);
					assert_int_equal(frame->offload.checksum_start, 34);
					assert_int_equal(frame->offload.checksum_offset, 16);
				}
				ring_release(&driver.ring, &burst);
				driver_free(&driver);
			}
	sent_header.hdr = (struct virtio_net_hdr){0};
}

/* Beside frames without one, in buffers of any kind, and only to who negotiated it. */
static void
offloads_are_passed_on(void **state)
{
	static const uint32_t pieces[] = {70000, 5, 12, 1024};
	static uint8_t bytes[3000], got[3000];
	static const struct virtio_net_hdr none = {0};

	(void)state;
	fill_tcp(bytes, sizeof(bytes));
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (uint32_t p = 0; p < 2 * RTE_DIM(pieces); p++) {
			uint32_t piece = pieces[p / 2], length = piece < 100 ? 60 : sizeof(bytes);
			bool takes = p % 2;
			struct ring_segment segments[2];
			struct frame frames[2] = {make_frame(bytes, length, &segments[0]),
				make_frame(bytes, length, &segments[1])};
			const struct frame *batch[] = {&frames[0], &frames[1]};
			struct driver driver;

			driver_init(&driver, kind->features | (takes ? RING_CSUM | RING_TSO4 : 0),
				DRIVER_RING);
			frames[0].offload = (struct frame_offload){
				FRAME_PARTIAL | FRAME_TSO4, 34, 16, 1000, 54};
			for (uint32_t i = 0; i < 2; i++) {
				struct driver_buffer buffers[64];
				uint64_t at = DATA + (uint64_t)i * 4096;
				uint16_t n = 0;

				for (uint32_t left = HEADER + length; left > 0; n++) {
					uint32_t run = RTE_MIN(left, piece);

					buffers[n] = (struct driver_buffer){at, run};
					at += run;
					left -= run;
				}
				driver_add(&driver, buffers, n, true, kind->indirect);
			}
			assert_int_equal(ring_put(&driver.ring, batch, 2).sent, 2);
			for (uint32_t i = 0; i < 2; i++) {
				struct virtio_net_hdr_mrg_rxbuf header;

				driver_read(&driver, DATA + i * 4096, &header, HEADER);
				assert_memory_equal(
					&header.hdr, takes && i == 0 ? &tso4 : &none, sizeof(none));
				assert_int_equal(header.num_buffers, 1);
				driver_read(&driver, DATA + i * 4096 + HEADER, got, length);
				assert_memory_equal(got, bytes, length);
			}
			driver_free(&driver);
		}
}

static void
a_small_buffer_costs_one_frame(void **state)
{
	uint8_t bytes[1514] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct ring_segment segments[3];
		struct frame frames[3] = {
			make_frame(bytes, 60, &segments[0]),
			make_frame(bytes, 1514, &segments[1]),
			make_frame(bytes, 70, &segments[2]),
		};
		const struct frame *batch[] = {&frames[0], &frames[1], &frames[2]};
		struct ring_put_result result;
		struct driver driver;
		uint32_t length;
		uint16_t used;

		driver_init(&driver, kind->features, DRIVER_RING);
		for (int i = 0; i < 3; i++)
			driver_add(&driver, &(struct driver_buffer){DATA + i * 256, 100}, 1, true,
				kind->indirect);
		result = ring_put(&driver.ring, batch, 3);
		assert_int_equal(result.sent, 2);
		assert_int_equal(result.small, 1);
		assert_int_equal(result.sent_bytes, 130);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(length, 72);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(length, 82);
		driver_free(&driver);
	}
}

static uint64_t
interrupts(int fd)
{
	eventfd_t n;

	return eventfd_read(fd, &n) == 0 ? n : 0;
}

static void
interrupts_only_who_asks(void **state)
{
	uint8_t bytes[60] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;

		driver_init(&driver, kind->features, DRIVER_RING);
		driver.ring.call_fd = eventfd(0, EFD_NONBLOCK);
		for (int i = 0; i < 2; i++)
			driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true, false);
		driver_want_interrupts(&driver, false);
		put_one(&driver.ring, bytes, sizeof(bytes));
		assert_int_equal(interrupts(driver.ring.call_fd), 0);
		driver_want_interrupts(&driver, true);
		put_one(&driver.ring, bytes, sizeof(bytes));
		assert_int_equal(interrupts(driver.ring.call_fd), 1);
		close(driver.ring.call_fd);
		driver_free(&driver);
	}
}

static void
event_index_is_obeyed(void **state)
{
	uint8_t bytes[60] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		/* Started near the end, so that the index wraps on the way. */
		for (uint16_t start = 0; start < 16; start++) {
			struct driver driver;
			uint16_t used, signals = 0;
			uint32_t length;

			driver_init(&driver, kind->features | RING_EVENT_INDEX, 16);
			driver.ring.call_fd = eventfd(0, EFD_NONBLOCK);
			for (uint16_t i = 0; i < start; i++) {
				driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true,
					false);
				put_one(&driver.ring, bytes, sizeof(bytes));
				assert_true(driver_used(&driver, &used, &length));
			}
			interrupts(driver.ring.call_fd);
			driver_want_event(&driver, 4);
			for (uint16_t i = 0; i < 10; i++) {
				driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true,
					false);
				put_one(&driver.ring, bytes, sizeof(bytes));
				if (interrupts(driver.ring.call_fd)) {
					assert_int_equal(i, 4);
					signals++;
				}
			}
			assert_int_equal(signals, 1);
			close(driver.ring.call_fd);
			driver_free(&driver);
		}
	}
}

static void
base_survives_a_restart(void **state)
{
	static struct burst burst;
	uint8_t bytes[60];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		uint16_t avail, used;

		driver_init(&driver, kind->features, 16);
		for (uint32_t i = 0; i < 50; i++) {
			fill(bytes, sizeof(bytes), i);
			send(&driver, kind->indirect, DATA, bytes, sizeof(bytes), 1000);
			assert_int_equal(ring_peek(&driver.ring, &burst), 1);
			ring_release(&driver.ring, &burst);
			ring_get_base(&driver.ring, &avail, &used);
			assert_int_equal(avail, used);
			/* As if another switch took over. */
			ring_set_base(&driver.ring, 0, 0);
			ring_set_base(&driver.ring, avail, used);
		}
		driver_free(&driver);
	}
}

struct logged {
	uint64_t guest, guest_bytes, used_bytes;
};

static void
log_guest(void *context, uint64_t guest, uint64_t length)
{
	struct logged *logged = context;

	logged->guest = guest;
	logged->guest_bytes += length;
}

static void
log_used(void *context, uint64_t offset, uint64_t length)
{
	struct logged *logged = context;

	(void)offset;
	logged->used_bytes += length;
}

static void
dirty_pages_are_logged(void **state)
{
	uint8_t bytes[60] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct logged logged = {0};
		struct driver driver;

		driver_init(&driver, kind->features | RING_LOG, DRIVER_RING);
		driver.ring.log = (struct ring_log){log_guest, log_used, &logged};
		driver_add(
			&driver, &(struct driver_buffer){SEAM - 20, 100}, 1, true, kind->indirect);
		assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).sent, 1);
		/* 72 bytes over the seam: 20 in the first region, 52 in the second. */
		assert_int_equal(logged.guest_bytes, HEADER + sizeof(bytes));
		assert_int_equal(logged.guest, SEAM);
		assert_true(logged.used_bytes >= 10);
		driver_free(&driver);
	}
}

/* Writes a split descriptor of the ring itself. */
static void
set_desc(struct driver *driver, uint16_t i, uint64_t guest, uint32_t length, uint16_t flags,
	uint16_t next)
{
	((struct vring_desc *)driver->region[0])[i] =
		(struct vring_desc){guest, length, flags, next};
}

/* A chain that cannot be used goes back to the guest, and the next frame is served. */
static void
bad_chains_cost_nobody_else(void **state)
{
	static struct burst burst;
	static const struct {
		const char *why;
		uint64_t guest;
		uint32_t length;
		uint16_t flags, next;
	} bad[] = {
		{"outside", 0x1000, 100, 0, 0},
		{"below the region", DRIVER_BASE - 1, 100, 0, 0},
		{"over the end", DRIVER_BASE + 2 * DRIVER_REGION - 50, 100, 0, 0},
		{"wraps", UINT64_MAX - 10, 100, 0, 0},
		{"huge", DATA, UINT32_MAX, 0, 0},
		{"writable", DATA, 100, VRING_DESC_F_WRITE, 0},
		{"loop", DATA, 100, VRING_DESC_F_NEXT, 0},
		{"next outside", DATA, 100, VRING_DESC_F_NEXT, 9999},
		{"indirect empty", DATA, 0, VRING_DESC_F_INDIRECT, 0},
		{"indirect odd", DATA, 17, VRING_DESC_F_INDIRECT, 0},
		{"indirect outside", 0x1000, 16, VRING_DESC_F_INDIRECT, 0},
		{"indirect misaligned", DATA + 1, 16, VRING_DESC_F_INDIRECT, 0},
		{"indirect and next", DATA, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 0},
		{"indirect huge", DATA, 0xfffffff0, VRING_DESC_F_INDIRECT, 0},
	};
	uint8_t bytes[60];

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(bad); i++) {
		struct driver driver;
		uint32_t length;
		uint16_t used;

		driver_init(&driver, 0, DRIVER_RING);
		send(&driver, false, DATA, bytes, sizeof(bytes), 1000);
		set_desc(&driver, 0, bad[i].guest, bad[i].length, bad[i].flags, bad[i].next);
		fill(bytes, sizeof(bytes), i);
		send(&driver, false, DATA + 4096, bytes, sizeof(bytes), 1000);
		if (ring_peek(&driver.ring, &burst) != 1)
			fail_msg("%s: the good frame is missing", bad[i].why);
		assert_memory_equal(burst.frame[0].head, bytes, sizeof(bytes));
		assert_int_equal(driver.ring.bad_chains, 1);
		assert_false(driver.ring.broken);
		ring_release(&driver.ring, &burst);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(used, 0);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(used, 1);
		driver_free(&driver);
	}
}

static void
nested_indirect_tables_are_refused(void **state)
{
	static struct burst burst;

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct driver driver;
		struct vring_desc inner = {DATA, 100, VRING_DESC_F_INDIRECT, 0};

		driver_init(&driver, packed ? RING_PACKED : 0, DRIVER_RING);
		driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, false, true);
		if (packed)
			((struct vring_packed_desc *)(driver.region[0] + 65536))->flags =
				VRING_DESC_F_INDIRECT;
		else
			driver_write(&driver, DRIVER_BASE + 65536, &inner, sizeof(inner));
		assert_int_equal(ring_peek(&driver.ring, &burst), 0);
		assert_int_equal(driver.ring.bad_chains, 1);
		driver_free(&driver);
	}
}

static void
an_indirect_loop_ends(void **state)
{
	static struct burst burst;
	struct vring_desc loop = {DATA, 100, VRING_DESC_F_NEXT, 0};
	struct driver driver;

	(void)state;
	driver_init(&driver, 0, DRIVER_RING);
	driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, false, true);
	driver_write(&driver, DRIVER_BASE + 65536, &loop, sizeof(loop));
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_int_equal(driver.ring.bad_chains, 1);
	driver_free(&driver);
}

/* Empty buffers fill neither a frame nor the segments' pool; only their number tells the end. */
static void
a_chain_of_empty_buffers_ends(void **state)
{
	static struct burst burst;
	const uint32_t n = 1000, table = 65536;

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct driver_buffer buffer = {DRIVER_BASE + table, n * sizeof(struct vring_desc)};
		struct driver driver;

		driver_init(&driver, packed ? RING_PACKED : 0, DRIVER_RING);
		driver_add(&driver, &buffer, 1, false, false);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t length = i == n - 1 ? 100 : 0;
			struct vring_desc split = {
				DATA, length, i == n - 1 ? 0 : VRING_DESC_F_NEXT, i + 1};
			struct vring_packed_desc flat = {DATA, length, 0, 0};

			driver_write(&driver, DRIVER_BASE + table + i * 16,
				packed ? (void *)&flat : (void *)&split, 16);
		}
		if (packed)
			((struct vring_packed_desc *)driver.region[0])->flags |=
				VRING_DESC_F_INDIRECT;
		else
			set_desc(&driver, 0, buffer.guest, buffer.length, VRING_DESC_F_INDIRECT, 0);
		assert_int_equal(ring_peek(&driver.ring, &burst), 0);
		assert_int_equal(driver.ring.bad_chains, 1);
		driver_free(&driver);
	}
}

static void
a_broken_ring_is_left_alone(void **state)
{
	static struct burst burst;
	uint8_t bytes[60] = {0};
	struct driver driver;
	struct vring_avail *avail;

	(void)state;
	/* An index that ran away. */
	driver_init(&driver, 0, DRIVER_RING);
	avail = (struct vring_avail *)(driver.region[0] + 16384);
	avail->idx = DRIVER_RING + 1;
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	avail->idx = 0;
	send(&driver, false, DATA, bytes, sizeof(bytes), 1000);
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	driver_free(&driver);

	/* A head outside the table. */
	driver_init(&driver, 0, DRIVER_RING);
	send(&driver, false, DATA, bytes, sizeof(bytes), 1000);
	((struct vring_avail *)(driver.region[0] + 16384))->ring[0] = DRIVER_RING;
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	driver_free(&driver);

	/* A packed chain without an end. */
	driver_init(&driver, RING_PACKED, 16);
	for (int i = 0; i < 16; i++)
		((struct vring_packed_desc *)driver.region[0])[i] = (struct vring_packed_desc){
			DATA, 60, 0, VRING_DESC_F_NEXT | 1u << VRING_PACKED_DESC_F_AVAIL};
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	driver_free(&driver);

	/* A receive ring whose buffer cannot be used. */
	driver_init(&driver, 0, DRIVER_RING);
	driver_add(&driver, &(struct driver_buffer){0x1000, 2000}, 1, true, false);
	assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).full, 1);
	assert_true(driver.ring.broken);
	driver_free(&driver);
}

static void
a_chain_shorter_than_its_header(void **state)
{
	static struct burst burst;

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;

		driver_init(&driver, kind->features, DRIVER_RING);
		driver_add(&driver, &(struct driver_buffer){DATA, 11}, 1, false, kind->indirect);
		driver_add(&driver, &(struct driver_buffer){DATA, 12}, 1, false, kind->indirect);
		assert_int_equal(ring_peek(&driver.ring, &burst), 2);
		assert_int_equal(burst.frame[0].length, 0);
		assert_int_equal(burst.frame[1].length, 0);
		ring_release(&driver.ring, &burst);
		driver_free(&driver);
	}
}

#define RACE_FRAMES 40000

/* Each writer numbers its frames; what arrives must be whole, and in order per writer. */
struct writer {
	struct ring *ring;
	uint32_t number;
	uint64_t busy;
};

static void *
write_frames(void *arg)
{
	struct writer *writer = arg;
	uint32_t bytes[25];

	for (uint32_t i = 0; i < RACE_FRAMES;) {
		struct ring_put_result result;

		for (uint32_t j = 0; j < RTE_DIM(bytes); j++)
			bytes[j] = writer->number << 24 | i;
		result = put_one(writer->ring, (uint8_t *)bytes, sizeof(bytes));
		i += result.sent;
		writer->busy += result.busy;
	}
	return NULL;
}

static void
several_cores_fill_one_ring(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		uint32_t bytes[25], next[2] = {0}, length;
		uint64_t where[DRIVER_RING];
		struct writer writers[2];
		struct driver driver;
		pthread_t threads[2];
		uint16_t id;

		driver_init(&driver, packed ? RING_PACKED : 0, DRIVER_RING);
		for (uint32_t i = 0; i < DRIVER_RING; i++) {
			uint64_t at = DATA + i * 256;

			id = driver_add(&driver, &(struct driver_buffer){at, 200}, 1, true, false);
			where[id] = at;
		}
		for (uint32_t i = 0; i < 2; i++) {
			writers[i] = (struct writer){&driver.ring, i, 0};
			pthread_create(&threads[i], NULL, write_frames, &writers[i]);
		}
		while (next[0] + next[1] < 2 * RACE_FRAMES) {
			uint32_t writer;
			uint64_t at;

			if (!driver_used(&driver, &id, &length))
				continue;
			assert_int_equal(length, HEADER + sizeof(bytes));
			at = where[id];
			memcpy(bytes, driver_at(&driver, at) + HEADER, sizeof(bytes));
			writer = bytes[0] >> 24;
			assert_int_equal(bytes[0] & 0xffffff, next[writer]++);
			for (uint32_t j = 1; j < RTE_DIM(bytes); j++)
				assert_int_equal(bytes[j], bytes[0]);
			driver.next_id = id;
			where[driver_add(
				&driver, &(struct driver_buffer){at, 200}, 1, true, false)] = at;
		}
		for (uint32_t i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		driver_free(&driver);
	}
}

static void
a_claimed_ring_is_not_waited_for(void **state)
{
	uint8_t bytes[60] = {0};
	struct driver driver;

	(void)state;
	driver_init(&driver, 0, DRIVER_RING);
	driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true, false);
	__atomic_store_n(&driver.ring.claimed, true, __ATOMIC_RELAXED);
	assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).busy, 1);
	__atomic_store_n(&driver.ring.claimed, false, __ATOMIC_RELAXED);
	assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).sent, 1);
	driver_free(&driver);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_whole),
		cmocka_unit_test(rings_turn_over),
		cmocka_unit_test(frames_are_delivered_whole),
		cmocka_unit_test(buffers_merge),
		cmocka_unit_test(offloads_are_read_once),
		cmocka_unit_test(offloads_are_passed_on),
		cmocka_unit_test(a_small_buffer_costs_one_frame),
		cmocka_unit_test(interrupts_only_who_asks),
		cmocka_unit_test(event_index_is_obeyed),
		cmocka_unit_test(base_survives_a_restart),
		cmocka_unit_test(dirty_pages_are_logged),
		cmocka_unit_test(bad_chains_cost_nobody_else),
		cmocka_unit_test(nested_indirect_tables_are_refused),
		cmocka_unit_test(an_indirect_loop_ends),
		cmocka_unit_test(a_chain_of_empty_buffers_ends),
		cmocka_unit_test(a_broken_ring_is_left_alone),
		cmocka_unit_test(a_chain_shorter_than_its_header),
		cmocka_unit_test(several_cores_fill_one_ring),
		cmocka_unit_test(a_claimed_ring_is_not_waited_for),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
