/*
 * Tests of pools and queues, with what DPDK 22.11's drivers report (their dev_infos_get): igb for
 * the 82576 and the I350, ixgbe, i40e with 4 queues for each of 34 pools beside 64 of its own,
 * bnxt, fm10k; and of which ports such a NIC can sort frames for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "port.h"
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

static const struct sorted {
	const char *port;
	struct vmdq_report report;
	uint16_t id;
	enum vlan_mode mode;
	uint16_t vlan;
	const char *trunks, *device;
	uint16_t unmapped; /* the VLAN for which software must sort; 0: the NIC can */
} sorted[] = {
	{"in no VLAN", {8, 0, 0, 16, 16}, 0, VLAN_MODE_ACCESS, 0, NULL, "", 0},
	{"the last map", {8, 0, 0, 16, 16}, 31, VLAN_MODE_ACCESS, 0, NULL, "", 0},
	{"beyond the maps", {8, 0, 0, 16, 16}, 32, VLAN_MODE_ACCESS, 0, NULL, "", 1032},
	{"not with more maps", {64, 0, 0, 128, 128}, 32, VLAN_MODE_ACCESS, 0, NULL, "", 0},
	{"beyond these", {64, 0, 0, 128, 128}, 64, VLAN_MODE_ACCESS, 0, NULL, "", 1064},
	{"X710, the last map", {34, 1, 64, 136, 200}, 63, VLAN_MODE_ACCESS, 0, NULL, "", 0},
	{"a VLAN of its own", {8, 0, 0, 16, 16}, 0, VLAN_MODE_ACCESS, 100, NULL, "", 100},
	{"its tag as VLAN", {8, 0, 0, 16, 16}, 3, VLAN_MODE_ACCESS, 1003, NULL, "", 0},
	{"of the same pool", {8, 0, 0, 16, 16}, 3, VLAN_MODE_ACCESS, 1010, NULL, "", 0},
	{"of another pool", {8, 0, 0, 16, 16}, 3, VLAN_MODE_ACCESS, 1004, NULL, "", 1004},
	{"transparent", {8, 0, 0, 16, 16}, 0, VLAN_MODE_TRANSPARENT, 100, NULL, "", 100},
	{"a trunk of all", {64, 0, 0, 128, 128}, 0, VLAN_MODE_TRUNK, 0, NULL, "", 1},
	{"a trunk of some", {8, 0, 0, 16, 16}, 0, VLAN_MODE_TRUNK, 0, "1000,4094", "", 4094},
	{"a trunk of its own", {8, 0, 0, 16, 16}, 0, VLAN_MODE_TRUNK, 0, "1000,1007", "", 0},
	{"a native VLAN", {8, 0, 0, 16, 16}, 0, VLAN_MODE_NATIVE_UNTAGGED, 7, "1000", "", 7},
	{"a native tag", {8, 0, 0, 16, 16}, 0, VLAN_MODE_NATIVE_TAGGED, 1000, "8", "", 8},
	/* No frame of the NIC is for them. */
	{"a device in none", {8, 0, 0, 16, 16}, 1022, VLAN_MODE_ACCESS, 0, NULL, "net_memif0", 0},
	{"the NIC itself", {8, 0, 0, 16, 16}, 1023, VLAN_MODE_PER_GUEST, 0, NULL, "net_x", 0},
	{"a device in one", {8, 0, 0, 16, 16}, 1022, VLAN_MODE_ACCESS, 5, NULL, "net_memif0", 5},
};

static void
a_nic_sorts_for_ports_that_its_maps_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sorted) / sizeof(*sorted); i++) {
		const struct sorted *row = &sorted[i];
		const struct vmdq vmdq = vmdq_plan(&row->report);
		struct port_config config = {.vlan_mode = row->mode, .vlan = row->vlan};
		struct vlan_set vlans;
		uint16_t unmapped;

		strcpy(config.device, row->device);
		if (row->trunks)
			assert_true(vlan_set_parse(&config.trunks, row->trunks));
		else
			vlan_set_fill(&config.trunks);
		port_vlans(&config, row->id, &vlans);
		unmapped = vmdq_unmapped(&vmdq, row->id, &vlans);
		if (unmapped != row->unmapped)
			fail_msg("%s: %u is not mapped; want %u", row->port, unmapped,
				row->unmapped);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_nic_has_its_numbers),
		cmocka_unit_test(a_nic_sorts_for_ports_that_its_maps_know),
	};

	return cmocka_run_group_tests_name("vmdq", tests, NULL, NULL);
}
