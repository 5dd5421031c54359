#include <inttypes.h>
#include <stdio.h>

#include <rte_lcore.h>

#include "device_json.h"
#include "methods.h"

#include "../base/log.h"
#include "../datapath/lcore.h"
#include "../datapath/port_place.h"
#include "../datapath/processors.h"
#include "../datapath/vswitch.h"
#include "../vhost/vhost.h"

static json_t *
describe_settings(const struct vswitch *sw)
{
	json_t *object = json_object();

#define SETTING(key, option, min, max, standard)                                                   \
	json_object_set_new(object, #key, json_integer(setting(&sw->settings.key)));
	EACH_SWITCH_SETTING(SETTING)
#undef SETTING
	return object;
}

static json_t *
describe_devices(struct vswitch *sw)
{
	json_t *devices = json_array();

	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].device)
			json_array_append_new(devices,
				device_describe(sw->ports[i].device, sw->ports[i].config.name));
	return devices;
}

/* What an lcore polls. */
struct polled {
	int ports, queues;
	uint16_t last; /* port that was counted, and one */
};

static void
count_polled(struct vswitch *sw, struct polled polled[RTE_MAX_LCORE])
{
	pthread_mutex_lock(&sw->lock);
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		const struct port *port = &sw->ports[i];
		uint16_t n = port->used ? port_queues(port) : 0;

		/* A port whose guest is not there yet is its lcore's all the same. */
		if (port->used && n == 0)
			polled[port->lcore].ports++;
		for (uint16_t k = 0; k < n; k++) {
			int lcore = port_polled_by(port, k);

			if (lcore < 0)
				continue;
			polled[lcore].queues++;
			polled[lcore].ports += polled[lcore].last != i + 1;
			polled[lcore].last = i + 1;
		}
	}
	pthread_mutex_unlock(&sw->lock);
}

json_t *
method_switch_info(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	const struct port *uplink = device_per_guest(sw);
	struct polled polled[RTE_MAX_LCORE] = {0};
	json_t *lcores = json_array();
	unsigned int lcore;
	char features[24];

	snprintf(features, sizeof(features), "0x%" PRIx64, vhost_features());
	count_polled(sw, polled);
	RTE_LCORE_FOREACH (lcore)
		json_array_append_new(lcores,
			json_pack("{s:i, s:i, s:o*, s:i, s:i}", "lcore", (int)lcore, "cpu",
				lcore_cpu(lcore), "node", describe_node(sw->lcore_node[lcore]),
				"ports", polled[lcore].ports, "queues", polled[lcore].queues));
	return json_pack("{s:o, s:o, s:o*, s:i, s:b, s:b, s:b, s:s, s:i, s:i, s:o}", "lcores",
		lcores, "devices", describe_devices(sw), "uplink",
		uplink ? device_describe(uplink->device, uplink->config.name) : NULL, "vm2vm",
		sw->vm2vm, "mergeable", sw->mergeable, "tx_csum", sw->tx_csum, "tso", sw->tso,
		"features", features, "max_frame", (int)sw->max_frame, "max_ports", MAX_PORTS,
		"settings", describe_settings(sw));
}

/* value: -1: unchanged. True when the setting changed. */
static bool
change(uint32_t *field, json_int_t value)
{
	if (value < 0 || value == setting(field))
		return false;
	setting_change(field, (uint32_t)value);
	return true;
}

json_t *
method_switch_set(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	bool changed = false;

#define SETTING(key, option, min, max, standard)                                                   \
	changed |= change(&sw->settings.key, rpc_integer(call, #key, -1));
	EACH_SWITCH_SETTING(SETTING)
#undef SETTING
	if (changed)
		lcores_wake(sw);
	log_level(setting(&sw->settings.log_level));
	return json_pack("{s:b, s:o}", "changed", changed, "settings", describe_settings(sw));
}
