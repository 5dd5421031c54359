/*
 * Which VLANs a VF's card is asked to pass. The card is a stand-in, so that it can be full;
 * test/testbed/relay.test.ts has an emulated one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>

#include "device_setup.h"
#include "port.h"

static struct {
	int room, n, calls;
	struct vlan_set passed;
} card;

int
rte_eth_dev_vlan_filter(uint16_t port, uint16_t vlan, int on)
{
	assert_int_equal(port, 3);
	assert_int_not_equal(vlan_set_has(&card.passed, vlan), on);
	card.calls++;
	if (on && card.n >= card.room)
		return -ENOSPC;
	card.n += on ? 1 : -1;
	card.passed.word[vlan / 64] ^= 1ULL << vlan % 64;
	return 0;
}

static struct device device;
static struct port_config config;

static void
plug(int room)
{
	memset(&card, 0, sizeof(card));
	card.room = room;
	memset(&device, 0, sizeof(device));
	device.port = 3;
	device.sorts_vlans = true;
	memset(&config, 0, sizeof(config));
	vlan_set_fill(&config.trunks);
}

static void
ask(enum vlan_mode mode, uint16_t vlan, const char *trunks, const char *want)
{
	char text[VLAN_LIST_MAX + 1];

	config.vlan_mode = mode;
	config.vlan = vlan;
	if (trunks)
		assert_true(vlan_set_parse(&config.trunks, trunks));
	else
		vlan_set_fill(&config.trunks);
	device_follow_vlans(&device, &config);
	vlan_set_print(&card.passed, text);
	assert_string_equal(text, want);
	assert_memory_equal(&card.passed, &device.vlans, sizeof(card.passed));
}

static void
test_modes(void **state)
{
	(void)state;
	plug(32);
	/* In a relay: check_relay() allows no other mode. */
	ask(VLAN_MODE_ACCESS, 0, "7,100-102", "7,100-102");
	ask(VLAN_MODE_TRUNK, 0, "7,8", "7,8");
	ask(VLAN_MODE_NATIVE_TAGGED, 5, "7", "5,7");
	ask(VLAN_MODE_NATIVE_UNTAGGED, 5, "7", "7");
	ask(VLAN_MODE_NATIVE_TAGGED, 5, NULL, "5");
	ask(VLAN_MODE_TRUNK, 0, NULL, "");
	ask(VLAN_MODE_ACCESS, 5, NULL, "");
}

static void
test_only_changes_are_asked(void **state)
{
	(void)state;
	plug(32);
	ask(VLAN_MODE_TRUNK, 0, "1,4094", "1,4094");
	assert_int_equal(card.calls, 2);
	ask(VLAN_MODE_TRUNK, 0, "1,4094", "1,4094");
	assert_int_equal(card.calls, 2);
	ask(VLAN_MODE_TRUNK, 0, "1,9", "1,9");
	assert_int_equal(card.calls, 4);
}

static void
test_a_full_card(void **state)
{
	(void)state;
	plug(2);
	ask(VLAN_MODE_TRUNK, 0, "7,8,9", "7,8");
	/* What goes makes room, whatever its number. */
	ask(VLAN_MODE_TRUNK, 0, "1,8", "1,8");
	ask(VLAN_MODE_TRUNK, 0, "8,9", "8,9");
}

static void
test_no_vf(void **state)
{
	(void)state;
	plug(32);
	device.sorts_vlans = false;
	ask(VLAN_MODE_TRUNK, 0, "7", "");
	assert_int_equal(card.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_only_changes_are_asked),
		cmocka_unit_test(test_a_full_card),
		cmocka_unit_test(test_no_vf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
