#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "port_json.h"

#include "../datapath/port.h"

/* port.c is not linked here. */
void
port_config_init(struct port_config *config)
{
	*config = (struct port_config){.address_limit = ADDRESS_LIMIT_MAX};
	vlan_set_fill(&config->trunks);
}

static const char *
take(const char *text, struct port_config *config)
{
	json_t *object = json_loads(text, JSON_ALLOW_NUL, NULL);
	const char *bad, *want;

	assert_non_null(object);
	port_config_init(config);
	want = port_config_from_json(object, config, &bad);
	json_decref(object);
	return want ? bad : NULL;
}

static void
there_and_back(void **state)
{
	struct port_config config, again;
	json_t *object;
	const char *bad;

	(void)state;
	assert_null(take("{\"name\":\"a\",\"path\":\"/run/a\",\"listener\":\"switch\",\"vlan\":7,"
			 "\"mac\":\"52:54:00:00:00:0A\",\"address_limit\":3,\"flood_limit\":9,"
			 "\"peer_label\":\"system_u:system_r:svirt_t:s0:c1,c2\"}",
		&config));
	assert_string_equal(config.name, "a");
	assert_int_equal(config.listener, LISTENER_SWITCH);
	assert_int_equal(config.vlan, 7);
	assert_true(config.has_mac);
	assert_memory_equal(config.mac, ((uint8_t[]){0x52, 0x54, 0, 0, 0, 0x0a}), 6);
	assert_string_equal(config.peer_label, "system_u:system_r:svirt_t:s0:c1,c2");
	object = port_config_to_json(&config);
	memset(&again, 0, sizeof(again));
	assert_null(port_config_from_json(object, &again, &bad));
	assert_string_equal(config.path, again.path);
	assert_int_equal(config.listener, again.listener);
	assert_int_equal(config.vlan, again.vlan);
	assert_memory_equal(config.mac, again.mac, 6);
	assert_int_equal(config.address_limit, again.address_limit);
	assert_int_equal(config.flood_limit, again.flood_limit);
	assert_string_equal(config.peer_label, again.peer_label);
	json_decref(object);
}

/* Instead of a socket. */
static void
an_interface(void **state)
{
	struct port_config config, again;
	json_t *object;
	const char *bad;

	(void)state;
	assert_null(take("{\"name\":\"a\",\"path\":\"\",\"interface\":\"host0\"}", &config));
	assert_string_equal(config.interface, "host0");
	assert_string_equal(config.path, "");
	object = port_config_to_json(&config);
	memset(&again, 0, sizeof(again));
	assert_null(port_config_from_json(object, &again, &bad));
	assert_string_equal(again.interface, "host0");
	json_decref(object);
	assert_null(take("{\"name\":\"a\",\"path\":\"/run/a\",\"interface\":null}", &config));
	object = port_config_to_json(&config);
	assert_true(json_is_null(json_object_get(object, "interface")));
	json_decref(object);
}

static void
a_device(void **state)
{
	struct port_config config;

	(void)state;
	assert_null(take("{\"name\":\"a\",\"path\":\"\",\"device\":\"net_tap0,iface=up0\","
			 "\"vlan_mode\":\"per-guest\"}",
		&config));
	assert_string_equal(config.device, "net_tap0,iface=up0");
	assert_int_equal(config.vlan_mode, VLAN_MODE_PER_GUEST);
}

static void
guards(void **state)
{
	struct port_config config, again;
	json_t *object;
	const char *bad;

	(void)state;
	assert_null(take("{\"name\":\"a\",\"path\":\"/run/"
			 "a\",\"mac\":\"52:54:00:00:00:0a\",\"guards\":\"arp,ipv4\","
			 "\"ip_addresses\":\"fd00::5,10.0.0.5\",\"address_learning\":\"dhcp\","
			 "\"dhcp_servers\":\"10.0.0.1\"}",
		&config));
	object = port_config_to_json(&config);
	assert_string_equal(json_string_value(json_object_get(object, "guards")), "ipv4,arp");
	assert_string_equal(
		json_string_value(json_object_get(object, "ip_addresses")), "10.0.0.5,fd00::5");
	memset(&again, 0, sizeof(again));
	assert_null(port_config_from_json(object, &again, &bad));
	assert_true(guards_same(&config.guards, &again.guards));
	json_decref(object);
	object = json_loads("{\"guards\":null,\"ip_addresses\":null,\"dhcp_servers\":null,"
			    "\"address_learning\":\"none\"}",
		0, NULL);
	assert_null(port_config_from_json(object, &again, &bad));
	memset(&config.guards, 0, sizeof(config.guards));
	assert_true(guards_same(&config.guards, &again.guards));
	json_decref(object);
}

static void
trunks(void **state)
{
	struct port_config config, again;
	json_t *object;
	const char *bad;

	(void)state;
	assert_null(take("{\"name\":\"a\",\"path\":\"/run/a\",\"vlan_mode\":\"native-untagged\","
			 "\"vlan\":5,\"link\":\"disable\",\"trunks\":\"30,10-12\"}",
		&config));
	assert_int_equal(config.link, LINK_DISABLE);
	assert_int_equal(config.vlan_mode, VLAN_MODE_NATIVE_UNTAGGED);
	object = port_config_to_json(&config);
	assert_string_equal(json_string_value(json_object_get(object, "trunks")), "10-12,30");
	port_config_init(&again);
	assert_null(port_config_from_json(object, &again, &bad));
	assert_memory_equal(&config.trunks, &again.trunks, sizeof(config.trunks));
	assert_int_equal(again.link, LINK_DISABLE);
	json_decref(object);
	/* All of them, by either way to say it. */
	assert_null(take("{\"vlan_mode\":\"trunk\",\"trunks\":\"1-4094\"}", &config));
	object = port_config_to_json(&config);
	assert_true(json_is_null(json_object_get(object, "trunks")));
	assert_string_equal(json_string_value(json_object_get(object, "vlan_mode")), "trunk");
	json_decref(object);
}

static void
absent_keys_stay_and_null_clears(void **state)
{
	struct port_config config;
	const char *bad;
	json_t *object;

	(void)state;
	assert_null(take("{}", &config));
	assert_int_equal(config.listener, LISTENER_QEMU);
	assert_int_equal(config.address_limit, ADDRESS_LIMIT_MAX);
	assert_null(take("{\"mac\":null}", &config));
	assert_false(config.has_mac);
	assert_string_equal(config.peer_label, "");
	strcpy(config.peer_label, "libvirt-1");
	object = port_config_to_json(&config);
	assert_string_equal(json_string_value(json_object_get(object, "peer_label")), "libvirt-1");
	json_decref(object);
	object = json_pack("{s:n}", "peer_label");
	assert_null(port_config_from_json(object, &config, &bad));
	assert_string_equal(config.peer_label, "");
	json_decref(object);
}

/* From a state file of the previous version, or a client that was not updated. */
static void
former_names_are_taken(void **state)
{
	struct port_config config;
	json_t *object;

	(void)state;
	assert_null(take("{\"mode\":\"server\"}", &config));
	assert_int_equal(config.listener, LISTENER_SWITCH);
	assert_null(take("{\"mode\":\"client\",\"listener\":\"qemu\"}", &config));
	assert_int_equal(config.listener, LISTENER_QEMU);
	object = port_config_to_json(&config);
	assert_string_equal(json_string_value(json_object_get(object, "listener")), "qemu");
	assert_string_equal(json_string_value(json_object_get(object, "mode")), "client");
	json_decref(object);
}

static void
wrong_values_are_named(void **state)
{
	static const char *const wrong[][2] = {
		{"name", "{\"name\":\"a b\"}"},
		{"name", "{\"name\":7}"},
		{"path", "{\"path\":\"a\"}"},
		{"path", "{\"path\":\"/a\\u0000b\"}"},
		{"path", "{\"path\":\"\"}"},
		{"path", "{\"path\":\"/run/a\",\"interface\":\"host0\"}"},
		{"path", "{\"path\":\"/run/a\",\"device\":\"net_null0\"}"},
		{"device", "{\"device\":\"\"}"},
		{"device", "{\"device\":7}"},
		{"device", "{\"device\":\"net_null0 x\"}"},
		{"device", "{\"device\":\"-a\"}"},
		{"device", "{\"device\":\"net_null0\",\"interface\":\"host0\"}"},
		{"vlan_mode", "{\"vlan_mode\":\"Trunk\"}"},
		{"vlan_mode", "{\"vlan_mode\":null}"},
		{"link", "{\"link\":\"down\"}"},
		{"link", "{\"link\":null}"},
		{"link", "{\"link\":1}"},
		{"vlan_mode", "{\"vlan_mode\":\"per-guest\"}"},
		{"trunks", "{\"vlan_mode\":\"trunk\",\"trunks\":\"\"}"},
		{"trunks", "{\"vlan_mode\":\"trunk\",\"trunks\":[10]}"},
		{"trunks", "{\"vlan_mode\":\"trunk\",\"trunks\":\"10\\u0000\"}"},
		{"trunks", "{\"vlan_mode\":\"trunk\",\"trunks\":\"0\"}"},
		{"trunks", "{\"trunks\":\"10\"}"},
		{"vlan", "{\"vlan_mode\":\"trunk\",\"vlan\":5}"},
		{"guards", "{\"guards\":\"\"}"},
		{"guards", "{\"guards\":\"ipv5\"}"},
		{"guards", "{\"guards\":\"arp,\"}"},
		{"guards", "{\"guards\":[\"arp\"]}"},
		{"guards", "{\"guards\":\"arp\\u0000\"}"},
		{"guards", "{\"device\":\"net_tap0\",\"guards\":\"arp\"}"},
		{"ip_addresses", "{\"ip_addresses\":\"\"}"},
		{"ip_addresses", "{\"ip_addresses\":\"10.0.0.0/8\"}"},
		{"ip_addresses", "{\"ip_addresses\":5}"},
		{"dhcp_servers", "{\"dhcp_servers\":\"ff02::1\"}"},
		{"dhcp_servers", "{\"device\":\"net_tap0\",\"dhcp_servers\":\"10.0.0.1\"}"},
		{"address_learning", "{\"address_learning\":\"arp\"}"},
		{"address_learning", "{\"address_learning\":null}"},
		{"address_learning", "{\"address_learning\":\"dhcp\",\"guards\":\"ipv4\"}"},
		{"address_learning",
			"{\"address_learning\":\"any\",\"mac\":\"52:54:00:00:00:0a\"}"},
		{"vlan", "{\"vlan_mode\":\"native-tagged\"}"},
		{"relay", "{\"relay\":\"\"}"},
		{"relay", "{\"relay\":\"a b\"}"},
		{"relay", "{\"relay\":1}"},
		{"vlan", "{\"relay\":\"r\",\"vlan\":5}"},
		{"vlan_mode", "{\"relay\":\"r\",\"vlan_mode\":\"trunk\"}"},
		{"vlan_mode",
			"{\"device\":\"net_null0\",\"relay\":\"r\",\"vlan_mode\":\"per-guest\"}"},
		{"trunks", "{\"relay\":\"r\",\"trunks\":\"7\"}"},
		{"mac", "{\"relay\":\"r\",\"mac\":\"52:54:00:00:00:0a\"}"},
		{"isolated", "{\"relay\":\"r\",\"isolated\":1}"},
		{"guards", "{\"relay\":\"r\",\"guards\":\"arp\"}"},
		{"dhcp_servers", "{\"relay\":\"r\",\"dhcp_servers\":\"10.0.0.1\"}"},
		{"interface", "{\"interface\":\"\"}"},
		{"interface", "{\"interface\":7}"},
		{"interface", "{\"interface\":\"..\"}"},
		{"interface", "{\"interface\":\"tap%d\"}"},
		{"interface", "{\"interface\":\"a/b\"}"},
		{"interface", "{\"interface\":\"abcdefghijklmnop\"}"},
		{"interface", "{\"interface\":\"a\\u0000\"}"},
		{"peer_label", "{\"interface\":\"host0\",\"peer_label\":\"libvirt-1\"}"},
		{"listener", "{\"listener\":\"both\"}"},
		{"listener", "{\"listener\":null}"},
		{"mode", "{\"mode\":\"both\"}"},
		{"mode", "{\"mode\":\"client\",\"listener\":\"switch\"}"},
		{"vlan", "{\"vlan\":4095}"},
		{"vlan", "{\"vlan\":\"7\"}"},
		{"mac", "{\"mac\":\"52:54:00:00:00\"}"},
		{"mac", "{\"mac\":\"01:00:00:00:00:01\"}"},
		{"mac", "{\"mac\":\"00:00:00:00:00:00\"}"},
		{"mac", "{\"mac\":\"5254.0000.000a.00\"}"},
		{"address_limit", "{\"address_limit\":0}"},
		{"address_limit", "{\"address_limit\":65537}"},
		{"flood_limit", "{\"flood_limit\":-1}"},
		{"peer_label", "{\"peer_label\":\"\"}"},
		{"peer_label", "{\"peer_label\":7}"},
		{"peer_label", "{\"peer_label\":\"a b\"}"},
		{"peer_label", "{\"peer_label\":\"a\\nb\"}"},
		{"peer_label", "{\"peer_label\":\"a\\u0000\"}"},
		{"peer_label", "{\"peer_label\":\"\u00e4\"}"},
		{"flood_limit", "{\"flood_limit\":100000001}"},
	};
	struct port_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *bad = take(wrong[i][1], &config);

		if (!bad)
			fail_msg("%s was taken", wrong[i][1]);
		assert_string_equal(bad, wrong[i][0]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(an_interface),
		cmocka_unit_test(a_device),
		cmocka_unit_test(guards),
		cmocka_unit_test(trunks),
		cmocka_unit_test(absent_keys_stay_and_null_clears),
		cmocka_unit_test(former_names_are_taken),
		cmocka_unit_test(wrong_values_are_named),
	};

	return cmocka_run_group_tests_name("port_json", tests, NULL, NULL);
}
