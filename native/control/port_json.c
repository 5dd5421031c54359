#include <string.h>

#include <rte_ether.h>

#include "check.h"
#include "guard_json.h"
#include "mac_json.h"
#include "port_json.h"

#include "../datapath/port.h"

/* A numeric setting and its field. */
struct number {
	const char *key;
	size_t offset, size;
	json_int_t min, max;
	const char *want;
};

static const struct number numbers[] = {
#define NUMBER(type, key, min, max, standard)                                                      \
	{#key, offsetof(struct port_config, key), sizeof(type), min, max,                          \
		"an integer from " #min " to " #max},
	EACH_PORT_NUMBER(NUMBER)
#undef NUMBER
};
#define N_NUMBERS (sizeof(numbers) / sizeof(*numbers))

static const char *const listeners[] = LISTENER_WORDS, *const former_listeners[] =
							       PORT_LISTENER_FORMER_WORDS;
#define N_LISTENERS (sizeof(listeners) / sizeof(*listeners))

static const char *const vlan_modes[] = VLAN_MODE_WORDS, *const links[] = LINK_WORDS;
#define N_VLAN_MODES (sizeof(vlan_modes) / sizeof(*vlan_modes))
#define N_LINKS (sizeof(links) / sizeof(*links))

const char *
port_listener_name(enum listener listener)
{
	return listeners[listener];
}

static json_int_t
load(const struct port_config *config, const struct number *number)
{
	const void *field = (const char *)config + number->offset;

	return number->size == sizeof(uint16_t) ? *(const uint16_t *)field
						: *(const uint32_t *)field;
}

static void
store(struct port_config *config, const struct number *number, json_int_t value)
{
	void *field = (char *)config + number->offset;

	if (number->size == sizeof(uint16_t))
		*(uint16_t *)field = (uint16_t)value;
	else
		*(uint32_t *)field = (uint32_t)value;
}

json_t *
port_config_to_json(const struct port_config *config)
{
	const char *label = config->peer_label[0] ? config->peer_label : NULL;
	const char *interface = config->interface[0] ? config->interface : NULL;
	const char *device = config->device[0] ? config->device : NULL;
	char trunks[VLAN_LIST_MAX + 1];
	json_t *object = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s, s:n, s:s?, s:s, s:s, s:n}",
		"name", config->name, "path", config->path, "interface", interface, "device",
		device, "listener", listeners[config->listener], PORT_LISTENER_FORMER_KEY,
		former_listeners[config->listener], "mac", "peer_label", label, "vlan_mode",
		vlan_modes[config->vlan_mode], "link", links[config->link], "trunks");

	for (size_t i = 0; i < N_NUMBERS; i++)
		json_object_set_new(
			object, numbers[i].key, json_integer(load(config, &numbers[i])));
	json_object_set_new(
		object, "relay", config->relay[0] ? json_string(config->relay) : json_null());
	guard_json_add(object, &config->guards);
	if (!vlan_set_is_full(&config->trunks)) {
		vlan_set_print(&config->trunks, trunks);
		json_object_set_new(object, "trunks", json_string(trunks));
	}
	if (config->has_mac)
		json_object_set_new(object, "mac", mac_json(config->mac));
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
	/* Six octets in the usual notation; DPDK's parser accepts other forms, too. */
	if (!text || strlen(text) != 17 || rte_ether_unformat_addr(text, &mac) ||
		!rte_is_valid_assigned_ether_addr(&mac))
		return false;
	config->has_mac = true;
	memcpy(config->mac, mac.addr_bytes, sizeof(config->mac));
	return true;
}

/* A name that may be absent: null. */
static bool
take_name(json_t *value, bool (*is_valid)(const char *), char *name)
{
	const char *text = json_is_null(value) ? "" : text_of(value);

	if (!text || (*text ? !is_valid(text) : !json_is_null(value)))
		return false;
	strcpy(name, text); /* checked to fit */
	return true;
}

/* The number of a word; -1: it is none of them. */
static int
word_of(json_t *value, const char *const *words, int n)
{
	const char *text = text_of(value);

	for (int i = 0; text && i < n; i++)
		if (!strcmp(text, words[i]))
			return i;
	return -1;
}

static bool
take_vlan_mode(json_t *value, struct port_config *config)
{
	int mode = word_of(value, vlan_modes, N_VLAN_MODES);

	if (mode >= 0)
		config->vlan_mode = (enum vlan_mode)mode;
	return mode >= 0;
}

static bool
take_link(json_t *value, struct port_config *config)
{
	int link = word_of(value, links, N_LINKS);

	if (link >= 0)
		config->link = (enum link)link;
	return link >= 0;
}

static bool
take_trunks(json_t *value, struct port_config *config)
{
	const char *text = text_of(value);

	memset(&config->trunks, 0, sizeof(config->trunks));
	if (json_is_null(value)) {
		vlan_set_fill(&config->trunks);
		return true;
	}
	return text && strlen(text) <= VLAN_LIST_MAX && vlan_set_parse(&config->trunks, text);
}

static bool
has_no_socket(const struct port_config *config)
{
	return config->interface[0] || config->device[0];
}

/* Such a port has an empty path. */
static bool
take_path(json_t *value, struct port_config *config)
{
	const char *text = text_of(value);

	if (!text || (has_no_socket(config) ? *text != '\0' : !check_socket_path(text)))
		return false;
	strcpy(config->path, text); /* checked to fit */
	return true;
}

static bool
take_listener(json_t *value, const char *const *words, struct port_config *config)
{
	int listener = word_of(value, words, N_LISTENERS);

	if (listener >= 0)
		config->listener = (enum listener)listener;
	return listener >= 0;
}

/* Under its name or its former one; both must agree. */
static const char *
take_listeners(json_t *object, struct port_config *config, const char **bad)
{
	json_t *now = json_object_get(object, "listener"),
	       *before = json_object_get(object, PORT_LISTENER_FORMER_KEY);
	enum listener said;

	*bad = "listener";
	if (now && !take_listener(now, listeners, config))
		return LISTENER_WANT;
	said = config->listener;
	*bad = PORT_LISTENER_FORMER_KEY;
	if (before && !take_listener(before, former_listeners, config))
		return "\"client\" or \"server\"; or better listener, \"qemu\" or \"switch\"";
	return now && before && config->listener != said ? "only listener" : NULL;
}

const char *
port_config_from_json(json_t *object, struct port_config *config, const char **bad)
{
	const char *text;
	json_t *value;

	if ((value = json_object_get(object, *bad = "name"))) {
		text = text_of(value);
		if (!text || !check_port_name(text))
			return PORT_NAME_WANT;
		strcpy(config->name, text); /* checked to fit */
	}
	if ((value = json_object_get(object, *bad = "interface")) &&
		!take_name(value, check_interface_name, config->interface))
		return INTERFACE_NAME_WANT;
	if ((value = json_object_get(object, *bad = "device")) &&
		!take_name(value, check_device_name, config->device))
		return DEVICE_NAME_WANT;
	if ((value = json_object_get(object, *bad = "path")) && !take_path(value, config))
		return has_no_socket(config) ? "\"\", as the port has an interface or a device"
					     : SOCKET_PATH_WANT;
	if ((value = json_object_get(object, *bad = "vlan_mode")) && !take_vlan_mode(value, config))
		return VLAN_MODE_WANT;
	if ((value = json_object_get(object, *bad = "link")) && !take_link(value, config))
		return LINK_WANT;
	if ((value = json_object_get(object, *bad = "trunks")) && !take_trunks(value, config))
		return VLAN_LIST_WANT;
	if ((text = take_listeners(object, config, bad)))
		return text;
	if ((value = json_object_get(object, *bad = "mac")) && !take_mac(value, config))
		return MAC_WANT;
	if ((value = json_object_get(object, *bad = "peer_label")) &&
		!take_name(value, check_peer_label, config->peer_label))
		return PEER_LABEL_WANT;
	if ((value = json_object_get(object, *bad = "relay")) &&
		!take_name(value, check_port_name, config->relay))
		return PORT_NAME_WANT ", or null";
	if ((text = guard_json_take(object, config, bad)))
		return text;
	*bad = "peer_label";
	if (has_no_socket(config) && config->peer_label[0])
		return "null, as the port has no vhost-user socket";
	for (size_t i = 0; i < N_NUMBERS; i++) {
		const struct number *number = &numbers[i];

		if (!(value = json_object_get(object, *bad = number->key)))
			continue;
		if (!json_is_integer(value) || json_integer_value(value) < number->min ||
			json_integer_value(value) > number->max)
			return number->want;
		store(config, number, json_integer_value(value));
	}
	return port_json_check(config, bad);
}
