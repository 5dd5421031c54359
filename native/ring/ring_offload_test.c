/*
 * Tests of virtio-net headers in transit: read from one guest's ring, passed on to another guest
 * that negotiated them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ring_fixture.h"

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

/* However header and frame are split; and only where offloads were negotiated. */
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
				send_frame(&driver, kind->indirect, SEAM - 30, sent, length, piece);
				/* The previous burst found nothing. */
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

/* Among frames without one, in buffers of any kind, and only to guests that negotiated it. */
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
				.flags = FRAME_PARTIAL | FRAME_TSO4,
				.checksum_start = 34,
				.checksum_offset = 16,
				.segment_size = 1000,
				.header_length = 54,
			};
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offloads_are_read_once),
		cmocka_unit_test(offloads_are_passed_on),
	};

	return cmocka_run_group_tests_name("ring_offload", tests, NULL, NULL);
}
