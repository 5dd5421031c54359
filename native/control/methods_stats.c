#include <rte_cycles.h>
#include <rte_lcore.h>

#include "device_json.h"
#include "methods.h"

#include "../base/log.h"
#include "../datapath/fdb.h"
#include "../datapath/lcore.h"

static json_t *
describe_counters(const struct vswitch *sw, uint16_t id)
{
	json_t *drops = json_object();
	struct counters sum;

	port_counters(sw, id, &sum);
	for (int i = 0; i < DROP_REASONS; i++)
		json_object_set_new(drops, drop_names[i], json_integer((json_int_t)sum.drops[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "rx_packets", (json_int_t)sum.rx_packets,
		"rx_bytes", (json_int_t)sum.rx_bytes, "tx_packets", (json_int_t)sum.tx_packets,
		"tx_bytes", (json_int_t)sum.tx_bytes, "drops", drops);
}

static json_t *
describe(struct vswitch *sw, const struct port *port)
{
	json_t *object = describe_counters(sw, port->id);
	uint64_t left_out = log_left_out(port->config.name) + log_left_out(port->config.path);
	struct port_faults faults;

	port_faults(sw, port, &faults);
	json_object_update_new(object,
		json_pack("{s:s, s:I, s:i, s:I, s:I, s:I}", "name", port->config.name, "bad_chains",
			(json_int_t)faults.bad_chains, "broken", faults.broken, "refused",
			(json_int_t)faults.refused, "wrong_label", (json_int_t)faults.wrong_label,
			"log_left_out", (json_int_t)left_out));
	if (port->device)
		json_object_set_new(object, "nic", device_nic_counters(port->device));
	return object;
}

static json_t *
describe_uplink(const struct vswitch *sw, const struct port *port)
{
	json_t *object = describe_counters(sw, port->id);

	json_object_set_new(object, "nic", device_nic_counters(port->device));
	return object;
}

static json_t *
describe_fdb(const struct vswitch *sw)
{
	struct fdb_stats s;

	fdb_get_stats(sw->fdb, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "entries", (json_int_t)s.entries,
		"capacity", (json_int_t)s.capacity, "learned", (json_int_t)s.learned, "moved",
		(json_int_t)s.moved, "aged", (json_int_t)s.aged, "evicted", (json_int_t)s.evicted,
		"refused", (json_int_t)s.refused);
}

static json_t *
describe_lcores(const struct vswitch *sw)
{
	json_t *lcores = json_array();
	unsigned int lcore;

	RTE_LCORE_FOREACH (lcore) {
		uint64_t cycles, frames, waits, late;

		lcore_busy(sw->lcores[lcore], &cycles, &frames);
		lcore_waited(sw->lcores[lcore], &waits, &late);
		json_array_append_new(lcores,
			json_pack("{s:i, s:I, s:I, s:I, s:I, s:I}", "lcore", lcore, "busy_cycles",
				(json_int_t)cycles, "busy_packets", (json_int_t)frames, "balanced",
				(json_int_t)sw->balanced[lcore], "waits", (json_int_t)waits, "late",
				(json_int_t)late));
	}
	return lcores;
}

json_t *
method_stats_get(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	const struct port *only = NULL;
	const char *name = rpc_text(call, "port");
	const struct port *uplink = device_per_guest(sw);
	json_t *ports, *lcores;

	if (name && !(only = port_by_name(sw, name)))
		return rpc_bad_param(call, "port", "the name of a port that exists; see port.list");
	ports = json_array();
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used && (!only || only == &sw->ports[i]))
			json_array_append_new(ports, describe(sw, &sw->ports[i]));
	lcores = describe_lcores(sw);
	return json_pack("{s:o, s:o, s:O, s:o, s:I, s:o*}", "ports", ports, "fdb", describe_fdb(sw),
		"lcores", lcores, "cores", lcores, "tsc", (json_int_t)rte_rdtsc(), "uplink",
		uplink ? describe_uplink(sw, uplink) : NULL);
}
