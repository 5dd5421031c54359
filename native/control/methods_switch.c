#include <rte_lcore.h>

#include "methods.h"
#include "uplink_json.h"

#include "../datapath/uplink.h"

static json_t *
describe_settings(const struct vswitch *sw)
{
	const struct settings *s = &sw->settings;

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "ageing", (int)setting(&s->ageing),
		"idle_sleep", (int)setting(&s->idle_sleep), "stats", (int)setting(&s->stats),
		"rx_retry", (int)setting(&s->rx_retry), "rx_retry_num",
		(int)setting(&s->rx_retry_num), "rx_retry_delay", (int)setting(&s->rx_retry_delay));
}

json_t *
method_switch_info(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	json_t *lcores = json_array();
	unsigned int lcore;

	RTE_LCORE_FOREACH (lcore) {
		int ports = 0;

		for (uint16_t i = 0; i < MAX_PORTS; i++)
			ports += sw->ports[i].used && sw->ports[i].lcore == lcore;
		json_array_append_new(
			lcores, json_pack("{s:i, s:i, s:i}", "lcore", (int)lcore, "cpu",
					rte_lcore_to_cpu_id((int)lcore), "ports", ports));
	}
	return json_pack("{s:o, s:o*, s:i, s:b, s:b, s:b, s:i, s:i, s:o}", "lcores", lcores,
		"uplink", sw->uplink ? uplink_describe(sw->uplink) : NULL, "vm2vm", sw->vm2vm,
		"mergeable", sw->mergeable, "tx_csum", sw->tx_csum, "tso", sw->tso, "max_frame",
		(int)sw->max_frame, "max_ports", MAX_PORTS, "settings", describe_settings(sw));
}

json_t *
method_switch_set(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	/* Ranges as on the command line (options.c). */
	struct {
		const char *name;
		uint32_t *field;
		json_int_t min, max, value;
	} rows[] = {
		{"ageing", &sw->settings.ageing, 1, 1000000, -1},
		{"idle_sleep", &sw->settings.idle_sleep, 0, 100000, -1},
		{"stats", &sw->settings.stats, 0, 86400, -1},
		{"rx_retry", &sw->settings.rx_retry, 0, 1, -1},
		{"rx_retry_num", &sw->settings.rx_retry_num, 0, 100, -1},
		{"rx_retry_delay", &sw->settings.rx_retry_delay, 0, 1000, -1},
	};
	bool changed = false;

	/* All are checked before the first is set. */
	for (size_t i = 0; i < RTE_DIM(rows); i++)
		if (!rpc_integer(call, rows[i].name, rows[i].min, rows[i].max, &rows[i].value))
			return NULL;
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		if (rows[i].value < 0 || rows[i].value == setting(rows[i].field))
			continue;
		setting_change(rows[i].field, rows[i].value);
		changed = true;
	}
	return json_pack("{s:b, s:o}", "changed", changed, "settings", describe_settings(sw));
}
