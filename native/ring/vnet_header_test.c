/*
 * Tests of virtio-net headers: which are accepted and which are lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <rte_common.h>

#include "gso_fixture.h"

static void
lies_are_told_apart(void **state)
{
	static const struct sample good = {.payload = 5000, .segment_size = 1460},
				   good6 = {.ipv6 = true, .payload = 5000, .segment_size = 1440};
	struct virtio_net_hdr *header = &built.header;

	(void)state;
#define LIES(what, features)                                                                       \
	do {                                                                                       \
		build(&built, &good);                                                              \
		what;                                                                              \
		lay_out(&built, 700);                                                              \
		assert_int_equal(flags_of(&built, features), FRAME_BAD_OFFLOAD);                   \
		assert_int_equal(frame_wire_length(&built.frame), UINT32_MAX);                     \
	} while (0)
	LIES(header->csum_start = 13, ALL);
	LIES(header->csum_start = built.length - 17, ALL);
	LIES(header->csum_start = 0xffff, ALL);
	LIES(header->csum_offset = 0xffff, ALL);
	/* Into a tag, whatever its kind. */
	LIES((header->gso_type = 0, header->csum_start = 17, memcpy(built.bytes + 12, "\x81\0", 2)),
		ALL);
	LIES((header->gso_type = 0, header->csum_start = 17, memcpy(built.bytes + 12, "\x91\0", 2)),
		ALL);
	LIES((header->gso_type = 0, header->csum_start = 21,
		     memcpy(built.bytes + 12, "\x81\0\0\0\x88\xa8", 6)),
		ALL);
	LIES((header->gso_type = 0, header->csum_offset = built.length - built.tcp - 1), ALL);
	/* A NIC would be told of a header that is not there. */
	LIES((header->gso_type = 0, built.bytes[built.network] = 0x44), ALL);
	LIES((header->gso_type = 0, built.bytes[built.network] = 0x40), ALL);
	LIES(header->csum_offset = 6, ALL);
	LIES(header->csum_start += 4, ALL);
	LIES(header->gso_size = 0, ALL);
	LIES(header->flags = 0, ALL);
	LIES(header->gso_type = VIRTIO_NET_HDR_GSO_TCPV6, ALL);
	LIES(header->gso_type = VIRTIO_NET_HDR_GSO_UDP, ALL);
	LIES(header->gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN, ALL);
	LIES(header->gso_type = 77, ALL);
	/* Not negotiated. */
	LIES((void)0, RING_CSUM);
	LIES((void)0, RING_CSUM | RING_TSO6);
	LIES(built.bytes[12] = 9, ALL);
	LIES(built.bytes[built.network] = 0x55, ALL);
	LIES(built.bytes[built.network] = 0x44, ALL);
	LIES(built.bytes[built.network] = 0x4f, ALL);
	LIES(built.bytes[built.network + 9] = 17, ALL);
	LIES(built.bytes[built.network + 6] = 0x20, ALL); /* a fragment */
	LIES(built.bytes[built.network + 7] = 1, ALL);
	LIES(built.bytes[built.tcp + 12] = 0x40, ALL);
	LIES((built.length = built.tcp + 24, built.bytes[built.tcp + 12] = 0xf0), ALL);
	LIES(built.length = built.tcp + 19, ALL);
	LIES(built.length = 14 + 65536, ALL); /* more than IP can express */
	LIES(memcpy(built.bytes + 12, "\x81\0\0\x01\x81\0\0\x01\x81\0\0\x01\x08\0", 14), ALL);
#undef LIES
	build(&built, &good6);
	built.bytes[built.network + 6] = 43; /* routing */
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	build(&built, &good6);
	built.bytes[built.network] = 0x45;
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	/* Extension headers up to the end of the examined bytes, and beyond. */
	build(&built, &good6);
	built.bytes[built.network + 6] = 60;
	for (int i = 54; i < 4000; i += 8)
		memcpy(built.bytes + i, "\x3c\0", 2);
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	/* Shorter than any header. */
	for (uint32_t length = 0; length < 54; length++) {
		build(&built, length % 2 ? &good : &good6);
		built.length = length;
		lay_out(&built, 700);
		assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	}
}

/* Segments so small that only an attacker can want them are told from other lies. */
static void
fine_segments_are_refused(void **state)
{
	static const uint16_t fine[] = {1, 32, 47};

	(void)state;
	build(&built, &(struct sample){.payload = 5000, .segment_size = 48});
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL | FRAME_TSO4);
	for (uint32_t i = 0; i < RTE_DIM(fine); i++) {
		built.header.gso_size = fine[i];
		lay_out(&built, 700);
		assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD | FRAME_TOO_FINE);
		assert_int_equal(frame_wire_length(&built.frame), UINT32_MAX);
	}
}

static void
what_is_no_lie_is_kept(void **state)
{
	uint8_t header[10];

	(void)state;
	build(&built, &(struct sample){.payload = 5000, .segment_size = 1460});
	/* A hint, and a flag that only devices set: both are ignored. */
	built.header.hdr_len = 9999;
	built.header.flags |= VIRTIO_NET_HDR_F_DATA_VALID;
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL | FRAME_TSO4);
	assert_int_equal(frame_wire_length(&built.frame), 54 + 1460);
	vnet_header_write(&built.frame, header);
	built.header.hdr_len = 54;
	built.header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	assert_memory_equal(header, &built.header, sizeof(header));
	built.header = (struct virtio_net_hdr){0};
	assert_int_equal(flags_of(&built, ALL), 0);
	assert_int_equal(frame_wire_length(&built.frame), built.length);
	vnet_header_write(&built.frame, header);
	assert_memory_equal(header, &built.header, sizeof(header));
	built.frame.offload.flags = FRAME_VALID;
	vnet_header_write(&built.frame, header);
	assert_int_equal(header[0], VIRTIO_NET_HDR_F_DATA_VALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lies_are_told_apart),
		cmocka_unit_test(fine_segments_are_refused),
		cmocka_unit_test(what_is_no_lie_is_kept),
	};

	return cmocka_run_group_tests_name("vnet_header", tests, NULL, NULL);
}
