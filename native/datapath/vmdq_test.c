/*
 * Tests of pools and queues, with what DPDK 22.11's drivers report (their dev_infos_get): igb for
 * the 82576 and the I350, ixgbe, i40e with 4 queues for each of 34 pools beside 64 of its own,
 * bnxt, fm10k.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vmdq.h"

static const struct row {
	const char *nic;
	struct vmdq_report report; /* pools, pool base, queue base, queues, all queues */
	uint16_t queues, first, guests, maps;
	uint64_t first_bit, last_bit;
} rows[] = {
	{"82576", {8, 0, 0, 16, 16}, 16, 1, 7, 32, 1ULL << 1, 1ULL << 7},
	{"I350", {8, 0, 0, 8, 8}, 8, 1, 7, 32, 1ULL << 1, 1ULL << 7},
	{"82599", {64, 0, 0, 128, 128}, 128, 1, 63, 64, 1ULL << 1, 1ULL << 63},
	{"X710", {34, 1, 64, 136, 200}, 200, 1, 34, 64, 1ULL << 0, 1ULL << 33},
	{"X710, all pools", {64, 1, 64, 256, 320}, 320, 1, 64, 64, 1ULL << 0, 1ULL << 63},
	{"bnxt", {64, 0, 0, 64, 128}, 64, 1, 63, 64, 1ULL << 1, 1ULL << 63},
	{"fm10k", {64, 0, 0, 128, 128}, 128, 1, 63, 64, 1ULL << 1, 1ULL << 63},
	/* Fewer queues than pools are what there is. */
	{"few queues", {64, 0, 0, 128, 32}, 32, 1, 63, 64, 1ULL << 1, 1ULL << 63},
};

static void
each_nic_has_its_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct vmdq vmdq = vmdq_plan(&row->report);

		if (vmdq.queues != row->queues || vmdq.first != row->first ||
			vmdq.guests != row->guests || vmdq.maps != row->maps)
			fail_msg("%s: %u queues, pools from %u on, %u for guests, %u maps",
				row->nic, vmdq.queues, vmdq.first, vmdq.guests, vmdq.maps);
		assert_int_equal(vmdq_pool_of(&vmdq, 0), row->first);
		assert_int_equal(vmdq_bit_of(&vmdq, 0), row->first_bit);
		assert_int_equal(vmdq_bit_of(&vmdq, row->guests - 1), row->last_bit);
		/* More ports than pools share them, and never the host's. */
		for (uint16_t port = 0; port < 1023; port++) {
			assert_in_range(vmdq_pool_of(&vmdq, port), row->first,
				row->first + row->guests - 1);
			assert_int_equal(
				vmdq_pool_of(&vmdq, port), vmdq_pool_of(&vmdq, port % row->guests));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_nic_has_its_numbers)};

	return cmocka_run_group_tests_name("vmdq", tests, NULL, NULL);
}
