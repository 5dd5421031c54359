#include <stdio.h>
#include <string.h>

#include <rte_ether.h>

#include "check.h"
#include "port_json.h"

#include "../datapath/port.h"

json_t *
port_config_to_json(const struct port_config *config)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];
	const uint8_t *mac = config->mac;
	json_t *object = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:n}", "name", config->name,
		"path", config->path, "mode", config->dial ? "client" : "server", "vlan",
		config->vlan, "address_limit", (int)config->address_limit, "flood_limit",
		(int)config->flood_limit, "mac");

	if (config->has_mac) {
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
		json_object_set_new(object, "mac", json_string(text));
	}
	return object;
}

/* A string without NUL, or NULL. */
static const char *
text_of(json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool
take_mac(json_t *value, struct port_config *config)
{
	const char *text = text_of(value);
	struct rte_ether_addr mac;

	if (json_is_null(value)) {
		config->has_mac = false;
		memset(config->mac, 0, sizeof(config->mac));
		return true;
	}
	/* Six octets in the usual notation: DPDK's parser takes other forms, too. */
	if (!text || strlen(text) != 17 || rte_ether_unformat_addr(text, &mac) ||
		!rte_is_valid_assigned_ether_addr(&mac))
		return false;
	config->has_mac = true;
	memcpy(config->mac, mac.addr_bytes, sizeof(config->mac));
	return true;
}

static bool
take_number(json_t *value, json_int_t min, json_int_t max, json_int_t *number)
{
	*number = json_integer_value(value);
	return json_is_integer(value) && *number >= min && *number <= max;
}

const char *
port_config_from_json(json_t *object, struct port_config *config, const char **bad)
{
	const char *text;
	json_int_t number;
	json_t *value;

	if ((value = json_object_get(object, *bad = "name"))) {
		text = text_of(value);
		if (!text || !check_port_name(text))
			return "1 to 63 letters, digits or . _ : -, the first a letter or digit";
		strcpy(config->name, text); /* checked to fit */
	}
	if ((value = json_object_get(object, *bad = "path"))) {
		text = text_of(value);
		if (!text || !check_socket_path(text))
			return "an absolute path of at most 107 bytes without .. or control "
			       "characters";
		strcpy(config->path, text);
	}
	if ((value = json_object_get(object, *bad = "mode"))) {
		text = text_of(value);
		if (!text || (strcmp(text, "client") && strcmp(text, "server")))
			return "\"client\" or \"server\"";
		config->dial = !strcmp(text, "client");
	}
	if ((value = json_object_get(object, *bad = "vlan"))) {
		if (!take_number(value, 0, VLAN_MAX, &number))
			return "an integer from 0 to 4094";
		config->vlan = number;
	}
	if ((value = json_object_get(object, *bad = "mac")) && !take_mac(value, config))
		return "a unicast address as \"52:54:00:12:34:56\", or null";
	if ((value = json_object_get(object, *bad = "address_limit"))) {
		if (!take_number(value, 1, ADDRESS_LIMIT, &number))
			return "an integer from 1 to 65536";
		config->address_limit = number;
	}
	if ((value = json_object_get(object, *bad = "flood_limit"))) {
		if (!take_number(value, 0, 100000000, &number))
			return "an integer from 0 to 100000000";
		config->flood_limit = number;
	}
	return NULL;
}
