#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_version.h>

#include "methods.h"

#include "../base/log.h"

/* A client must not be able to forge log lines. */
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

json_t *
method_hello(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	json_int_t protocol = rpc_integer(call, "protocol", 0);
	const char *client = rpc_text(call, "client");

	if (protocol != PROTOCOL_VERSION) {
		call->error.data = json_pack("{s:[i]}", "supported", PROTOCOL_VERSION);
		return rpc_fail(call, RPC_VERSION,
			"protocol: this switch speaks version %d, not %d; use a matching vmlane",
			PROTOCOL_VERSION, (int)protocol);
	}
	log_client(client);
	return json_pack("{s:i, s:s, s:s, s:s, s:i, s:i}", "protocol", PROTOCOL_VERSION, "name",
		"vhost-switch", "version", SWITCH_VERSION, "dpdk", rte_version(), "pid",
		(int)getpid(), "uptime", (int)vswitch_now(sw));
}

json_t *
method_method_list(struct rpc_call *call)
{
	json_t *methods = json_array();

	(void)call;
	for (size_t i = 0; i < n_switch_methods; i++) {
		const struct rpc_method *method = &switch_methods[i];
		json_t *params = json_array();

		for (const struct rpc_param *param = method->params; param->name; param++)
			json_array_append_new(params,
				json_sprintf("%s%s", param->name, param->optional ? "?" : ""));
		json_array_append_new(
			methods, json_pack("{s:s, s:s, s:s, s:o}", "name", method->name, "summary",
					 method->summary, "level", rpc_level_name(method->level),
					 "params", params));
	}
	return json_pack("{s:o}", "methods", methods);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): params is a list, with its commas */
/* In alphabetical order, as method.list promises. */
const struct rpc_method switch_methods[] = {
#define PARAM(name, optional, kind, min, max) {(name), (optional), RPC_##kind, (min), (max)},
#define METHOD(symbol, name, summary, level, params)                                               \
	{(name), (summary), (level), (const struct rpc_param[]){params{0}}, method_##symbol},
	EACH_METHOD(METHOD)
#undef METHOD
#undef PARAM
};
/* NOLINTEND(bugprone-macro-parentheses) */
const size_t n_switch_methods = RTE_DIM(switch_methods);
