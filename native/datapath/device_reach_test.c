/*
 * Which addresses a card is given. Its driver is a stand-in: no emulated VF's driver takes further
 * addresses; test/testbed/two-cards.test.ts has an emulated PF.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "device_reach.h"
#include "device_setup.h"
#include "vswitch.h"

/* The card. */
static struct {
	int room, error;
	uint32_t pool;
	int n, adds, removes;
	struct rte_ether_addr mac[DEVICE_MAX_FILTERS];
} card;

int
rte_eth_dev_mac_addr_add(uint16_t port, struct rte_ether_addr *mac, uint32_t pool)
{
	assert_int_equal(port, 3);
	card.adds++;
	if (card.error || card.n >= card.room)
		return card.error ? card.error : -ENOSPC;
	card.pool = pool;
	card.mac[card.n++] = *mac;
	return 0;
}

int
rte_eth_dev_mac_addr_remove(uint16_t port, struct rte_ether_addr *mac)
{
	assert_int_equal(port, 3);
	card.removes++;
	for (int i = 0; i < card.n; i++)
		if (rte_is_same_ether_addr(&card.mac[i], mac)) {
			card.mac[i] = card.mac[--card.n];
			return 0;
		}
	return -EINVAL;
}

/* None that PCI has. */
int
rte_eth_dev_get_name_by_port(uint16_t port, char *name)
{
	(void)port;
	strcpy(name, "net_null0");
	return 0;
}

static struct device device;
static struct vswitch *sw;

static void
plug(int room, int error, uint16_t max_vfs, const char *driver)
{
	const struct rte_eth_dev_info info = {.max_vfs = max_vfs};

	memset(&card, 0, sizeof(card));
	card.room = room;
	card.error = error;
	memset(&device, 0, sizeof(device));
	device.port = 3;
	strcpy(device.driver, driver);
	device_reach_plan(&device, &info);
}

static void
offer(uint16_t port, uint8_t number)
{
	device_reach(&device, sw, port, (uint8_t[]){2, 0, 0, 0, port, number});
}

static bool
has(uint16_t port, uint8_t number)
{
	const struct rte_ether_addr mac = {{2, 0, 0, 0, port, number}};

	for (int i = 0; i < card.n; i++)
		if (rte_is_same_ether_addr(&card.mac[i], &mac))
			return true;
	return false;
}

static void
next_second(uint16_t removed)
{
	sw->news_lost = false;
	device_reach_refresh(&device, sw, removed);
}

static void
test_only_of_such_a_card(void **state)
{
	(void)state;
	plug(8, 0, 0, "net_ixgbe");
	offer(1, 1);
	assert_int_equal(card.adds, 0);
	plug(8, 0, 4, "net_ixgbe");
	offer(1, 1);
	offer(1, 1);
	assert_int_equal(card.adds, 1);
	assert_true(has(1, 1));
}

static void
test_the_pfs_own_pool(void **state)
{
	(void)state;
	plug(8, 0, 4, "net_e1000_igb");
	offer(1, 1);
	assert_int_equal(card.pool, 4);
	plug(8, 0, 63, "net_ixgbe");
	offer(1, 1);
	assert_int_equal(card.pool, 63);
	plug(8, 0, 32, "net_i40e");
	offer(1, 1);
	assert_int_equal(card.pool, 0);
}

static void
test_changes_are_bounded(void **state)
{
	(void)state;
	plug(100, 0, 4, "net_ixgbe");
	for (int i = 0; i < 40; i++)
		offer(1, i);
	assert_int_equal(card.adds, REACH_CHANGES);
	next_second(0);
	assert_true(sw->news_lost); /* the others are looked for */
	for (int i = 0; i < 40; i++)
		offer(1, i);
	assert_int_equal(card.n, 2 * REACH_CHANGES);
	next_second(0);
	next_second(0);
	assert_false(sw->news_lost);
	assert_int_equal(device.reach_missed, 0);
}

/* One that invents addresses against one with two, and a fixed one. */
static void
test_who_has_most_loses(void **state)
{
	struct port_config *config = &sw->ports[1].config;

	(void)state;
	plug(4, 0, 4, "net_ixgbe");
	config->has_mac = true;
	memcpy(config->mac, (uint8_t[]){2, 0, 0, 0, 1, 0}, 6);
	for (int i = 0; i < 6; i++)
		offer(1, i);
	assert_int_equal(card.n, 4);
	assert_int_equal(device.reach_missed, 2);
	offer(2, 0);
	offer(2, 1);
	assert_true(has(1, 0) && has(2, 0) && has(2, 1));
	assert_int_equal(card.n, 4);
	/* Two each: nobody has more than one less than the other. */
	offer(2, 2);
	offer(1, 9);
	assert_false(has(2, 2) || has(1, 9));
	assert_true(has(1, 0) && has(2, 0) && has(2, 1));
	config->has_mac = false;
}

static void
test_room_that_is_free_again(void **state)
{
	(void)state;
	plug(2, 0, 4, "net_ixgbe");
	for (int i = 0; i < 3; i++)
		offer(1, i);
	assert_true(device.filters_full);
	/* As device_refresh() does it with an address that is gone. */
	assert_int_equal(rte_eth_dev_mac_addr_remove(3, &device.filter[0].mac), 0);
	device.filter[0] = device.filter[--device.n_filters];
	next_second(1);
	assert_true(sw->news_lost);
	assert_false(device.filters_full);
	offer(1, 2);
	assert_true(has(1, 2));
}

static void
test_a_driver_that_takes_none(void **state)
{
	(void)state;
	plug(8, -ENOTSUP, 4, "net_e1000_igb_vf");
	for (int i = 0; i < 9; i++)
		offer(1, i);
	assert_int_equal(card.adds, 1);
	assert_int_equal(device.reach_missed, 1);
	next_second(0);
	assert_false(sw->news_lost);
	assert_true(device.filters_full);
}

/* A PF that does not answer, say. */
static void
test_an_error_that_passes(void **state)
{
	(void)state;
	plug(8, -EIO, 4, "net_iavf");
	offer(1, 1);
	offer(1, 1);
	assert_int_equal(card.adds, 1); /* once a second */
	next_second(0);
	assert_true(sw->news_lost);
	card.error = 0;
	offer(1, 1);
	offer(1, 2);
	assert_true(has(1, 1) && has(1, 2));
}

/* Of a card that is full, with another device, for which the table is gone through each second. */
static void
test_it_is_said_once(void **state)
{
	(void)state;
	plug(1, 0, 4, "net_ixgbe");
	sw->n_device_ports = 2;
	offer(1, 1);
	for (int i = 0; i < 3; i++) {
		offer(2, 1);
		assert_true(device.filters_full);
		next_second(0);
		assert_true(device.filters_full);
	}
	/* Nobody wants more: the next one who does is told of. */
	next_second(0);
	assert_false(device.filters_full);
	sw->n_device_ports = 0;
}

/* Else each of the addresses that a guest invents would cost a search. */
static void
test_who_lost_is_not_heard_again_in_that_second(void **state)
{
	(void)state;
	plug(4, 0, 4, "net_ixgbe");
	for (int i = 0; i < 2; i++) {
		offer(1, i);
		offer(2, i);
	}
	offer(2, 2); /* finds out how much room there is */
	offer(2, 2);
	assert_false(has(2, 2));
	/* One of port 2's moves to port 1, which has two more then. */
	device_reach(&device, sw, 1, (uint8_t[]){2, 0, 0, 0, 2, 0});
	offer(2, 2);
	assert_false(has(2, 2));
	assert_int_equal(device.reach_missed, 3);
	next_second(0);
	offer(2, 2);
	assert_true(has(2, 2));
}

/* It is behind another port now, which has it counted. */
static void
test_an_address_that_moves(void **state)
{
	(void)state;
	plug(8, 0, 4, "net_ixgbe");
	device_reach(&device, sw, 1, (uint8_t[]){2, 0, 0, 0, 1, 1});
	device_reach(&device, sw, 2, (uint8_t[]){2, 0, 0, 0, 1, 1});
	assert_int_equal(card.adds, 1);
	assert_int_equal(device.filter[0].port, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_of_such_a_card),
		cmocka_unit_test(test_the_pfs_own_pool),
		cmocka_unit_test(test_changes_are_bounded),
		cmocka_unit_test(test_who_has_most_loses),
		cmocka_unit_test(test_room_that_is_free_again),
		cmocka_unit_test(test_a_driver_that_takes_none),
		cmocka_unit_test(test_an_error_that_passes),
		cmocka_unit_test(test_it_is_said_once),
		cmocka_unit_test(test_who_lost_is_not_heard_again_in_that_second),
		cmocka_unit_test(test_an_address_that_moves),
	};

	sw = calloc(1, sizeof(*sw));
	return sw ? cmocka_run_group_tests_name("device_reach", tests, NULL, NULL) : 1;
}
