#include <string.h>

#include "guard_json.h"

#include "../datapath/port.h"

static const char *const learnings[] = ADDRESS_LEARNING_WORDS;
#define N_LEARNINGS (sizeof(learnings) / sizeof(*learnings))

void
guard_json_add(json_t *object, const struct guards *guard)
{
	char addresses[ADDRESS_LIST_MAX + 1], servers[ADDRESS_LIST_MAX + 1];
	char checks[GUARD_LIST_MAX + 1];

	guard_print(guard->checks, checks);
	address_list_print(&guard->addresses, addresses);
	address_list_print(&guard->servers, servers);
	json_object_update_new(object,
		json_pack("{s:s?, s:s?, s:s, s:s?}", "guards", *checks ? checks : NULL,
			"ip_addresses", *addresses ? addresses : NULL, "address_learning",
			learnings[guard->learning], "dhcp_servers", *servers ? servers : NULL));
}

/* A string without NUL, or NULL. */
static const char *
text_of(json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool
take_guards(json_t *value, struct port_config *config)
{
	const char *text = text_of(value);

	config->guards.checks = 0;
	return json_is_null(value) || (text && guard_parse(&config->guards.checks, text));
}

static bool
take_addresses(json_t *value, struct address_list *addresses)
{
	const char *text = text_of(value);

	memset(addresses, 0, sizeof(*addresses));
	return json_is_null(value) || (text && address_list_parse(addresses, text));
}

static bool
take_learning(json_t *value, struct port_config *config)
{
	const char *text = text_of(value);

	for (size_t i = 0; text && i < N_LEARNINGS; i++)
		if (!strcmp(text, learnings[i])) {
			config->guards.learning = (enum address_learning)i;
			return true;
		}
	return false;
}

const char *
guard_json_take(json_t *object, struct port_config *config, const char **bad)
{
	struct guards *guard = &config->guards;
	json_t *value;

	if ((value = json_object_get(object, *bad = "guards")) && !take_guards(value, config))
		return GUARD_LIST_WANT;
	if ((value = json_object_get(object, *bad = "ip_addresses")) &&
		!take_addresses(value, &guard->addresses))
		return ADDRESS_LIST_WANT;
	if ((value = json_object_get(object, *bad = "dhcp_servers")) &&
		!take_addresses(value, &guard->servers))
		return ADDRESS_LIST_WANT;
	if ((value = json_object_get(object, *bad = "address_learning")) &&
		!take_learning(value, config))
		return ADDRESS_LEARNING_WANT;
	return NULL;
}

const char *
guard_json_check(const struct port_config *config, const char **bad)
{
	const struct guards *guard = &config->guards;

	*bad = "guards";
	if (config->device[0] && guard->checks)
		return "null, as the port is a device";
	*bad = "dhcp_servers";
	if (config->device[0] && !address_list_is_empty(&guard->servers))
		return "null, as the port is a device";
	*bad = "address_learning";
	if (guard->learning == ADDRESS_LEARNING_NONE)
		return NULL;
	if (!guard_has(guard, GUARD_IPV4) && !guard_has(guard, GUARD_ARP))
		return "\"none\", as the port has no guard ipv4 or arp";
	return config->has_mac
		       ? NULL
		       : "\"none\", as the port has no mac, by which answers of DHCP are known";
}
