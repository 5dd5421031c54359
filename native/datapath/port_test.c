/*
 * Tests of a port's own address, in the table and in the filters of devices; of its link; and of
 * what is noted of ports for those who watch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "events.h"
#include "fdb.h"
#include "lcore.h"
#include "news.h"
#include "device.h"
#include "port_place.h"
#include "vswitch.h"

#include "../host/host_port.h"
#include "../vhost/guest_folder.h"
#include "../vhost/unix_socket.h"

static struct vswitch *sw;
/* Somebody without rings. */
static struct guest somebody;
/* The last filter asked for, and how many were. */
static struct {
	uint16_t port, n;
	uint8_t mac[6];
} filter;

static const struct vhost_socket *checked;
static unsigned int n_checked;

/* Stand-ins: sockets and lcores do not matter here; the filter and checks are noted. */
void
devices_accept(struct vswitch *of, uint16_t port, const uint8_t mac[6])
{
	(void)of;
	filter.port = port;
	filter.n++;
	memcpy(filter.mac, mac, 6);
}

void
news_take(struct vswitch *of)
{
	(void)of;
}

/* Whether the last one was held when it was opened. */
static bool opened_held;

bool
vhost_open(struct vhost_socket *socket)
{
	opened_held = socket->held;
	return true;
}

void
vhost_close(struct vhost_socket *socket)
{
	(void)socket;
}

/* No port here has an interface. */
struct host_port *
host_port_open(const struct host_wish *wish)
{
	(void)wish;
	return NULL;
}

void
host_port_close(struct host_port *host, struct host_counts *last)
{
	(void)host;
	*last = (struct host_counts){0};
}

struct guest *
host_port_guest(struct host_port *host)
{
	(void)host;
	return NULL;
}

bool
host_port_set_carrier(struct host_port *host, bool up)
{
	(void)host;
	(void)up;
	return true;
}

bool
host_port_is_lost(const struct host_port *host)
{
	(void)host;
	return false;
}

void
host_port_count(const struct host_port *host, struct host_counts *counts)
{
	(void)host;
	*counts = (struct host_counts){0};
}

void
vhost_check_peer(struct vhost_socket *socket)
{
	checked = socket;
	n_checked++;
}

bool
guest_folder_make(const char *path, enum listener listener)
{
	(void)path;
	(void)listener;
	return true;
}

void
guest_folder_remove(const char *path)
{
	(void)path;
}

bool
unix_socket_clear(const char *path)
{
	(void)path;
	return true;
}

void
captures_note_port(struct vswitch *owner, struct port *port)
{
	(void)owner;
	(void)port;
}

void
lcore_forget(struct lcore *lcore, uint16_t port)
{
	(void)lcore;
	(void)port;
}

void
counters_collect(struct counters *sum, const struct counters *one)
{
	(void)sum;
	(void)one;
}

void
guest_faults(const struct guest *guest, uint64_t *bad_chains, uint16_t *broken)
{
	(void)guest;
	(void)bad_chains;
	(void)broken;
}

static int
set_up(void **state)
{
	size_t size = rte_rcu_qsbr_get_memsize(1);

	(void)state;
	sw = calloc(1, sizeof(*sw));
	assert_non_null(sw);
	pthread_mutex_init(&sw->lock, NULL);
	sw->readers = aligned_alloc(RTE_CACHE_LINE_SIZE, size);
	sw->fdb = fdb_create(64, 100);
	sw->events = events_create();
	assert_non_null(sw->events);
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++) {
		sw->counters[i] = calloc(MAX_PORTS, sizeof(*sw->counters[i]));
		assert_non_null(sw->counters[i]);
	}
	assert_int_equal(rte_rcu_qsbr_init(sw->readers, 1), 0);
	memset(&filter, 0, sizeof(filter));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fdb_destroy(sw->fdb);
	events_destroy(sw->events);
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++)
		free(sw->counters[i]);
	free(sw->readers);
	pthread_mutex_destroy(&sw->lock);
	free(sw);
	return 0;
}

static const uint8_t own[6] = {2, 0, 0, 0, 0, 0x0a}, other[6] = {2, 0, 0, 0, 0, 0x0b};

static struct port_config
config_of(const uint8_t mac[6])
{
	struct port_config config;

	port_config_init(&config);
	strcpy(config.name, "a");
	strcpy(config.path, "/a");
	config.has_mac = true;
	memcpy(config.mac, mac, 6);
	return config;
}

static struct port *
add(const struct port_config *config)
{
	struct port *port;

	assert_int_equal(port_add(sw, config, PORT_ANY, &port), PORT_ADDED);
	return port;
}

/* Forwarding would not report it: it learns nothing about an address that is pinned. */
static void
its_address_is_for_devices(void **state)
{
	struct port_config config = config_of(own);
	struct port *port = add(&config);

	(void)state;
	assert_int_equal(filter.n, 1);
	assert_int_equal(filter.port, port->id);
	assert_memory_equal(filter.mac, own, 6);
	for (int second = 0; second < 3; second++)
		port_refresh(sw, port);
	assert_int_equal(filter.n, 1);
	config = config_of(other);
	port_change(sw, port, &config);
	assert_int_equal(filter.n, 2);
	assert_memory_equal(filter.mac, other, 6);
}

/* Its guest was elsewhere, behind a device, whose filter went; now it is here. */
static void
its_address_comes_back(void **state)
{
	const struct fdb_place here = {.pinned = true};
	struct port_config config = config_of(own);
	struct port *port = add(&config);
	uint64_t key = fdb_key(own, 0, false);

	(void)state;
	assert_true(fdb_move(sw->fdb, key, &here, MAX_PORTS - 1, 1, false));
	port_refresh(sw, port);
	assert_int_equal(fdb_lookup(sw->fdb, key), MAX_PORTS - 1);
	assert_int_equal(filter.n, 1);
	port->vhost.guest = &somebody;
	port_refresh(sw, port);
	assert_int_equal(fdb_lookup(sw->fdb, key), port->id);
	assert_int_equal(filter.n, 2);
}

/* What it has learned is forgotten when it may not use it any more, and only then. */
static void
others_go_with_the_setting(void **state)
{
	struct port_config config = config_of(own);
	uint64_t key = fdb_key(other, 0, false);
	struct port *port;

	(void)state;
	config.other_macs = 1;
	port = add(&config);
	assert_int_equal(fdb_learn(sw->fdb, key, port->id, 1), FDB_NEW);
	config.flood_limit = 7;
	port_change(sw, port, &config);
	assert_int_equal(fdb_lookup(sw->fdb, key), port->id);
	config.other_macs = 0;
	port_change(sw, port, &config);
	assert_int_equal(fdb_lookup(sw->fdb, key), FDB_NONE);
	assert_int_equal(fdb_lookup(sw->fdb, fdb_key(own, 0, false)), port->id);
}

/* Whoever is at the socket already is judged by the label that the port has now. */
static void
a_changed_label_is_checked(void **state)
{
	struct port_config config = config_of(own);
	struct port *port;

	(void)state;
	strcpy(config.peer_label, "libvirt-1");
	port = add(&config);
	assert_string_equal(port->vhost.peer_label, "libvirt-1");
	n_checked = 0;
	config.flood_limit = 7;
	assert_false(port_config_same(&port->config, &config));
	port_change(sw, port, &config);
	assert_int_equal(n_checked, 0);
	strcpy(config.peer_label, "libvirt-2");
	assert_false(port_config_same(&port->config, &config));
	port_change(sw, port, &config);
	assert_int_equal(n_checked, 1);
	assert_ptr_equal(checked, &port->vhost);
	assert_string_equal(port->vhost.peer_label, "libvirt-2");
}

/* Of a, by its setting and by that of the other guest in its relay. */
static void
links_are_set_or_the_relays(void **state)
{
	struct port_config config, far;
	struct port *a, *b;

	(void)state;
	port_config_init(&config);
	strcpy(config.name, "a");
	strcpy(config.path, "/a");
	strcpy(config.relay, "r");
	far = config;
	strcpy(far.name, "b");
	strcpy(far.path, "/b");
	a = add(&config);
	assert_false(a->link_down);
	a->vhost.guest = &somebody;
	far.link = LINK_DISABLE;
	b = add(&far);
	assert_true(b->link_down && b->vhost.held && opened_held);
	assert_true(a->link_down && a->vhost.held);
	assert_int_equal(sw->topology->index[a->id], PLACE_NO_LINK);
	config.link = LINK_ENABLE;
	assert_false(port_config_same(&a->config, &config));
	port_change(sw, a, &config);
	assert_false(a->link_down || a->vhost.held);
	assert_true(b->link_down);
	config.link = LINK_AUTO;
	port_change(sw, a, &config);
	assert_true(a->link_down);
	port_remove(sw, b);
	assert_false(a->link_down);
	/* The next port in that place has a link. */
	far.link = LINK_AUTO;
	far.relay[0] = '\0';
	assert_ptr_equal(add(&far), b);
	assert_false(b->link_down || b->vhost.held);
}

static void *
pin(void *port)
{
	port_pin(sw, port, ((struct port *)port)->lcore);
	return NULL;
}

/*
 * Whoever has the lock may publish a topology, and would with it give all queues of a device to one
 * lcore while others poll them. The wait lets a fault show; without one, nothing depends on it.
 */
static void
who_is_pinned_changes_under_the_lock(void **state)
{
	struct port_config config = config_of(own);
	struct port *port = add(&config);
	pthread_t thread;

	(void)state;
	pthread_mutex_lock(&sw->lock);
	assert_int_equal(pthread_create(&thread, NULL, pin, port), 0);
	usleep(100000);
	assert_false(port->pinned);
	pthread_mutex_unlock(&sw->lock);
	pthread_join(thread, NULL);
	assert_true(port->pinned);
	assert_false(port->between_lcores);
}

static void
expect(enum event_name what, const char *port, const char *from)
{
	struct event event;

	assert_true(events_next(sw, &event));
	assert_int_equal(event.what, what);
	assert_string_equal(event.port, port);
	assert_string_equal(event.from, from);
}

static void
expect_no_more(void)
{
	struct event event;

	assert_false(events_next(sw, &event));
}

static void
what_happens_to_ports_is_noted_in_order(void **state)
{
	struct port_config config = config_of(own), far;
	struct port *a, *b;

	(void)state;
	config.has_mac = false;
	strcpy(config.relay, "r");
	far = config;
	strcpy(far.name, "b");
	strcpy(far.path, "/b");
	a = add(&config);
	expect_no_more(); /* nobody watches */
	events_watch(sw, true);
	b = add(&far);
	far.link = LINK_DISABLE;
	port_change(sw, b, &far);
	event_note_address(sw, EVENT_ADDRESS_MOVED, a, fdb_key(other, 7, true), b->id);
	port_remove(sw, b);
	event_note_address(sw, EVENT_ADDRESS_REFUSED, a, fdb_key(other, 7, true), b->id);
	expect(EVENT_PORT_ADDED, "b", "");
	expect(EVENT_LINK_DOWN, "a", "b");
	expect(EVENT_LINK_DOWN, "b", "");
	expect(EVENT_ADDRESS_MOVED, "a", "b");
	expect(EVENT_PORT_REMOVED, "b", "");
	expect(EVENT_LINK_UP, "a", "");
	expect(EVENT_ADDRESS_REFUSED, "a", ""); /* the other one is gone */
	expect_no_more();
	assert_int_equal(events_missed(sw), 0);
}

static void
an_address_is_noted_with_its_vlan(void **state)
{
	struct port_config config = config_of(own);
	struct port *port = add(&config);
	struct event event;

	(void)state;
	events_watch(sw, true);
	event_note_address(sw, EVENT_ADDRESS_LEARNED, port, fdb_key(other, 4094, true), port->id);
	assert_true(events_next(sw, &event));
	assert_true(event.has_address);
	assert_memory_equal(event.mac, other, 6);
	assert_int_equal(event.vlan, 4094);
	assert_string_equal(event.from, "");
}

/* Nobody waits for those who watch: what finds no room is counted, here and where it came from. */
static void
what_finds_no_room_is_counted(void **state)
{
	struct port_config config = config_of(own);
	const struct port *port = add(&config);
	struct event event;
	uint64_t noted = 0;

	(void)state;
	events_watch(sw, true);
	for (int i = 0; i < 10000; i++)
		noted += event_note(sw, EVENT_PORT_CHANGED, port) != NULL;
	assert_in_range(noted, 1, 9999);
	__atomic_store_n(&sw->news_missed, 3, __ATOMIC_RELAXED);
	assert_int_equal(events_missed(sw), 10000 - noted + 3);
	assert_int_equal(events_missed(sw), 0);
	while (events_next(sw, &event))
		noted--;
	assert_int_equal(noted, 0);
	/* What is left when the last one goes is nobody's. */
	event_note(sw, EVENT_PORT_CHANGED, port);
	events_watch(sw, false);
	events_watch(sw, true);
	expect_no_more();
}

static void
expect_limit(const char *reason, uint64_t count)
{
	struct event event;

	assert_true(events_next(sw, &event));
	assert_int_equal(event.what, EVENT_LIMIT);
	assert_string_equal(event.reason, reason);
	assert_int_equal(event.count, count);
}

static void
second(uint32_t now)
{
	__atomic_store_n(&sw->now, now, __ATOMIC_RELAXED);
	events_refresh(sw);
}

static void
a_limit_is_told_once_in_ten_seconds(void **state)
{
	struct port_config config = config_of(own);
	struct port *port;
	uint8_t mac[6] = {2, 0, 0, 0, 1};

	(void)state;
	config.has_mac = false;
	config.address_limit = 3;
	port = add(&config);
	port->vhost.refused = 7;
	events_watch(sw, true);
	second(100);
	expect_no_more(); /* that was before */
	port->vhost.refused = 9;
	second(101);
	expect_limit("refused", 2);
	for (uint32_t now = 102; now < 111; now++) {
		port->vhost.refused++;
		second(now);
	}
	expect_no_more();
	port->vhost.refused++;
	second(111);
	expect_limit("refused", 1);
	for (uint8_t i = 0; i < 3; i++) {
		mac[5] = i;
		assert_int_equal(fdb_learn(sw->fdb, fdb_key(mac, 0, false), port->id, 0), FDB_NEW);
	}
	second(112);
	expect_limit("address_limit", 0);
	second(200);
	expect_no_more(); /* it still has them all */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(its_address_is_for_devices),
		TEST(its_address_comes_back),
		TEST(others_go_with_the_setting),
		TEST(a_changed_label_is_checked),
		TEST(links_are_set_or_the_relays),
		TEST(who_is_pinned_changes_under_the_lock),
		TEST(what_happens_to_ports_is_noted_in_order),
		TEST(an_address_is_noted_with_its_vlan),
		TEST(what_finds_no_room_is_counted),
		TEST(a_limit_is_told_once_in_ten_seconds),
#undef TEST
	};

	return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
