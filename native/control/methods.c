#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_version.h>

#include "methods.h"

#include "../base/log.h"

#define PROTOCOL 1

/* A line of its own in the log is not the client's to make. */
static void
log_client(const char *client)
{
	char name[65] = "without a name";

	if (client)
		snprintf(name, sizeof(name), "%s", client);
	for (char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	LOG(DEBUG, "client: %s", name);
}

static json_t *
method_hello(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	json_int_t protocol = 0;
	const char *client = NULL;

	if (!rpc_integer(call, "protocol", 0, INT32_MAX, &protocol) ||
		!rpc_string(call, "client", &client))
		return NULL;
	if (client && strlen(client) > 64)
		return rpc_bad_param(call, "client", "at most 64 bytes");
	if (protocol != PROTOCOL) {
		call->error.data = json_pack("{s:[i]}", "supported", PROTOCOL);
		return rpc_fail(call, RPC_VERSION,
			"protocol: this switch speaks version %d, not %d; use a matching vmlane",
			PROTOCOL, (int)protocol);
	}
	log_client(client);
	return json_pack("{s:i, s:s, s:s, s:s, s:i, s:i}", "protocol", PROTOCOL, "name",
		"vhost-switch", "version", SWITCH_VERSION, "dpdk", rte_version(), "pid",
		(int)getpid(), "uptime", (int)vswitch_now(sw));
}

static json_t *
method_list(struct rpc_call *call)
{
	json_t *methods = json_array();

	(void)call;
	for (size_t i = 0; i < n_switch_methods; i++) {
		const struct rpc_method *method = &switch_methods[i];
		json_t *params = json_array();

		for (size_t p = 0; method->params[p]; p++)
			json_array_append_new(params, json_string(method->params[p]));
		json_array_append_new(
			methods, json_pack("{s:s, s:s, s:o}", "name", method->name, "summary",
					 method->summary, "params", params));
	}
	return json_pack("{s:o}", "methods", methods);
}

/* In alphabetical order, as method.list promises. */
const struct rpc_method switch_methods[] = {
	{"fdb.list", "learned addresses", {"vlan?", "port?", "limit?"}, method_fdb_list},
	{"hello", "agree on the protocol's version", {"protocol", "client?"}, method_hello},
	{"method.list", "this list", {NULL}, method_list},
	{"port.add", "add a vhost-user port",
		{"name", "path", "mode?", "vlan?", "mac?", "address_limit?", "flood_limit?"},
		method_port_add},
	{"port.list", "ports and their state", {NULL}, method_port_list},
	{"port.mirror", "copy a port's frames to a pcap file, or stop that", {"name", "path?"},
		method_port_mirror},
	{"port.remove", "remove a port", {"name"}, method_port_remove},
	{"port.set", "change a port's settings, or the lcore that polls it",
		{"name", "vlan?", "mac?", "address_limit?", "flood_limit?", "lcore?"},
		method_port_set},
	{"stats.get", "counters of ports, uplink, lcores and the address table", {"port?"},
		method_stats_get},
	{"switch.info", "lcores, uplink, settings", {NULL}, method_switch_info},
	{"switch.set", "change settings while it runs",
		{"ageing?", "idle_sleep?", "stats?", "rx_retry?", "rx_retry_num?",
			"rx_retry_delay?"},
		method_switch_set},
};
const size_t n_switch_methods = RTE_DIM(switch_methods);
