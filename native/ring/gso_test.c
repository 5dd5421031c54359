/*
 * Tests of segments and checksums made in software, checked with the tests' own checksum and
 * against the original frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "gso_fixture.h"

static const struct sample samples[] = {
	{"IPv4", false, 0, 0, 0, 20000, 1460},
	{"IPv4, options", false, 0, 40, 40, 20001, 1000},
	{"IPv4, tagged", false, 1, 0, 12, 65000, 1448},
	{"IPv4, two tags", false, 2, 4, 12, 5000, 1448},
	{"IPv4, odd", false, 0, 0, 12, 3333, 333},
	{"IPv4, whole number of segments", false, 0, 0, 0, 3000, 1000},
	{"IPv4, one segment", false, 0, 0, 0, 100, 1460},
	{"IPv4, no payload", false, 0, 0, 0, 0, 1460},
	{"IPv4, tiny segments", false, 0, 0, 12, 4001, 48},
	{"IPv6", true, 0, 0, 0, 20000, 1440},
	{"IPv6, tagged, odd", true, 1, 0, 12, 9999, 1427},
	{"IPv6, extension header", true, 0, 24, 12, 9000, 1400},
	{"IPv6, largest", true, 1, 0, 40, 65400, 1440},
};

static void
check_segment(const struct built *b, const struct sample *sample, const struct frame *frame,
	uint32_t number_of, uint32_t sent, bool last)
{
	static uint8_t got[70000];
	uint32_t n = bytes_of(frame, got), payload = n - b->data;
	const uint8_t *ip = got + b->network, *tcp = got + b->tcp;
	uint8_t flags = ACK | (last ? FIN | PSH : 0) | (number_of == 0 ? CWR : 0);

	assert_int_equal(frame->offload.flags, FRAME_VALID);
	assert_in_range(n, b->data, b->data + sample->segment_size);
	assert_true(last || payload == sample->segment_size);
	assert_memory_equal(got, b->bytes, b->network);
	assert_memory_equal(got + b->data, b->bytes + b->data + sent, payload);
	if (sample->ipv6) {
		assert_int_equal(word(ip + 4), n - b->network - 40);
		assert_memory_equal(ip + 6, b->bytes + b->network + 6, b->tcp - b->network - 6);
	} else {
		assert_int_equal(word(ip + 2), n - b->network);
		assert_int_equal(word(ip + 4), (uint16_t)(0xfffe + number_of));
		assert_int_equal(sum16(0, ip, b->tcp - b->network), 0xffff);
		assert_memory_equal(ip + 12, b->bytes + b->network + 12, b->tcp - b->network - 12);
	}
	assert_int_equal(number(tcp + 4), (uint32_t)(0xfffff000 + sent));
	assert_int_equal(tcp[13], flags);
	assert_memory_equal(tcp + 18, b->bytes + b->tcp + 18, b->data - b->tcp - 18);
	assert_int_equal(
		sum16(pseudo_sum(ip, sample->ipv6, 6, n - b->tcp), tcp, n - b->tcp), 0xffff);
}

static void
segments_are_as_tcp_would_send_them(void **state)
{
	static const uint32_t pieces[] = {70000, 700, 4096, 151};
	static struct gso_frames room;

	(void)state;
	for (uint32_t s = 0; s < RTE_DIM(samples); s++)
		for (uint32_t p = 0; p < RTE_DIM(pieces); p++) {
			const struct sample *sample = &samples[s];
			struct gso gso;
			const struct frame *piece;
			uint32_t sent = 0, n = 0;

			build(&built, sample);
			if (built.length / pieces[p] >= BURST_SEGMENTS)
				continue;
			lay_out(&built, pieces[p]);
			assert_int_equal(flags_of(&built, ALL),
				FRAME_PARTIAL | (sample->ipv6 ? FRAME_TSO6 : FRAME_TSO4));
			gso_clear(&room);
			gso_begin(&gso, &built.frame);
			while (!gso.done) {
				piece = gso_next(&gso, &room);
				if (!piece) {
					assert_true(room.n > 0);
					gso_clear(&room);
					continue;
				}
				check_segment(&built, sample, piece, n++, sent, gso.done);
				sent += piece->length - built.data;
			}
			assert_null(gso_next(&gso, &room));
			assert_int_equal(sent, sample->payload);
			assert_int_equal(
				n, RTE_MAX(1u, (sample->payload + sample->segment_size - 1) /
						       sample->segment_size));
		}
}

static void
checksums_are_completed(void **state)
{
	static const uint32_t lengths[] = {0, 1, 5, 9, 10, 11, 100, 101, 1448, 9001};
	static const uint32_t pieces[] = {70000, 1, 3, 64, 700};
	static struct gso_frames room;
	static uint8_t got[70000];

	(void)state;
	for (uint32_t s = 0; s < RTE_DIM(samples); s++)
		for (uint32_t l = 0; l < RTE_DIM(lengths); l++)
			for (uint32_t p = 0; p < RTE_DIM(pieces); p++) {
				struct sample sample = samples[s];
				struct gso gso;
				const struct frame *piece;
				uint32_t n;

				sample.payload = lengths[l];
				sample.segment_size = 0;
				build(&built, &sample);
				if (built.length / pieces[p] >= BURST_SEGMENTS)
					continue;
				lay_out(&built, pieces[p]);
				assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
				gso_clear(&room);
				gso_begin(&gso, &built.frame);
				piece = gso_next(&gso, &room);
				assert_non_null(piece);
				assert_true(gso.done);
				assert_int_equal(piece->offload.flags, FRAME_VALID);
				n = bytes_of(piece, got);
				assert_int_equal(n, built.length);
				assert_int_equal(sum16(pseudo_sum(got + built.network, sample.ipv6,
							       6, n - built.tcp),
							 got + built.tcp, n - built.tcp),
					0xffff);
				memcpy(got + built.tcp + 16, built.bytes + built.tcp + 16, 2);
				assert_memory_equal(got, built.bytes, n);
			}
}

/* The covered range and the checksum's place are free: in the head, behind it, and across. */
static void
a_checksum_may_stand_anywhere(void **state)
{
	static struct gso_frames room;
	static uint8_t got[70000];

	(void)state;
	for (uint16_t at = 14; at < 198; at++) {
		struct gso gso;
		uint16_t start = at > 40 ? at - 24 : 14;

		build(&built, &(struct sample){.payload = 146});
		assert_int_equal(built.length, 200);
		lay_out(&built, 7);
		built.header.csum_start = start;
		built.header.csum_offset = at - start;
		assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
		gso_clear(&room);
		gso_begin(&gso, &built.frame);
		bytes_of(gso_next(&gso, &room), got); /* NOLINT: there is room */
		memcpy(&got[at], &built.bytes[at], 2);
		assert_memory_equal(got, built.bytes, 200);
		bytes_of(&room.frame[0], got);
		/* With the value that was there before, the sum from the start on is all ones. */
		if ((at - start) % 2 == 0)
			assert_int_equal(
				sum16(word(built.bytes + at), got + start, 200 - start), 0xffff);
	}
}

/* The frame as one receiver gets it. */
static void
finish(uint8_t *got)
{
	static struct gso_frames room;
	struct gso gso;

	gso_clear(&room);
	gso_begin(&gso, &built.frame);
	bytes_of(gso_next(&gso, &room), got); /* NOLINT: there is room */
	assert_int_equal(room.frame[0].offload.flags, FRAME_VALID);
}

/* For several receivers the bytes are summed once: what changes afterwards does not count. */
static void
a_sum_serves_all_receivers(void **state)
{
	static uint8_t alone[2000], first[2000], second[2000];

	(void)state;
	build(&built, &(struct sample){.payload = 1000});
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
	finish(alone);
	frame_sum(&built.frame);
	assert_int_equal(built.frame.offload.flags, FRAME_PARTIAL | FRAME_SUMMED);
	finish(first);
	assert_memory_equal(first, alone, built.length);
	built.bytes[built.length - 1] ^= 0xff;
	frame_sum(&built.frame);
	finish(second);
	assert_memory_equal(second, first, built.length - 1);
	assert_int_not_equal(second[built.length - 1], first[built.length - 1]);
	/* Segments have sums of their own. */
	build(&built, &(struct sample){.payload = 1000, .segment_size = 500});
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL | FRAME_TSO4);
	frame_sum(&built.frame);
	assert_int_equal(built.frame.offload.flags, FRAME_PARTIAL | FRAME_TSO4);
}

/* In UDP, 0 means "no checksum". */
static void
no_checksum_becomes_zero(void **state)
{
	static struct gso_frames room;
	static uint8_t got[70000];
	struct gso gso;

	(void)state;
	build(&built, &(struct sample){.payload = 0});
	memset(built.bytes + built.tcp, 0, 20);
	built.bytes[built.tcp] = built.bytes[built.tcp + 1] = 0xff;
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
	gso_clear(&room);
	gso_begin(&gso, &built.frame);
	bytes_of(gso_next(&gso, &room), got); /* NOLINT: there is room */
	assert_int_equal(word(got + built.tcp + 16), 0xffff);
}

/* Any header and frame: refused, or can be completed. */
static void
nonsense_does_no_harm(void **state)
{
	static struct gso_frames room;
	static uint8_t got[80000];
	uint32_t believed = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 200000; i++) {
		const struct sample *sample = &samples[i % RTE_DIM(samples)];
		uint8_t header[VNET_HEADER_MAX] = {0};
		struct gso gso;
		const struct frame *piece;
		struct sample small = *sample;
		uint32_t sent = 0;

		small.payload %= 3000;
		if (i % 64 == 0 || i < (int)RTE_DIM(samples))
			build(&built, &small);
		for (int n = rand() % 4; n > 0; n--)
			built.bytes[rand() % 200] = rand();
		lay_out(&built, 1 + rand() % 300 + built.length / 400);
		memcpy(header, &built.header, sizeof(built.header));
		for (int n = rand() % 3; n > 0; n--)
			header[rand() % 10] = rand() % 3 ? rand() % 80 : rand();
		vnet_header_read(&built.frame, header, ALL);
		if (!(built.frame.offload.flags & FRAME_UNFINISHED))
			continue;
		believed++;
		gso_clear(&room);
		gso_begin(&gso, &built.frame);
		while (!gso.done) {
			piece = gso_next(&gso, &room);
			if (!piece) {
				gso_clear(&room);
				continue;
			}
			assert_true(piece->length <= frame_wire_length(&built.frame));
			bytes_of(piece, got);
			sent += piece->length - built.frame.offload.header_length;
		}
		assert_int_equal(sent, built.length - built.frame.offload.header_length);
	}
	assert_in_range(believed, 1000, 199000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_as_tcp_would_send_them),
		cmocka_unit_test(checksums_are_completed),
		cmocka_unit_test(a_checksum_may_stand_anywhere),
		cmocka_unit_test(a_sum_serves_all_receivers),
		cmocka_unit_test(no_checksum_becomes_zero),
		cmocka_unit_test(nonsense_does_no_harm),
	};

	return cmocka_run_group_tests_name("gso", tests, NULL, NULL);
}
