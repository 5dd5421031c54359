#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "learned_json.h"
#include "methods.h"
#include "port_json.h"
#include "state.h"

#include "../datapath/events.h"
#include "../datapath/port_guest.h"
#include "../datapath/port_place.h"

/* By enum peer_source. */
static const char *const peer_checks[] = {"no", "connection", "process"};

/* With the lock. */
static json_t *
describe_queues(const struct port *port)
{
	uint16_t n = port_queues(port);
	json_t *queues = json_array();

	for (uint16_t i = 0; i < n; i++) {
		int lcore = port_polled_by(port, i);

		json_array_append_new(
			queues, json_integer(lcore >= 0 ? lcore : (int)port_queue_lcore(port, i)));
	}
	return queues;
}

static json_t *
describe_pinned_queues(const struct port *port)
{
	json_t *queues = json_array();

	for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++)
		if (port->queue[i].pinned)
			json_array_append_new(queues, json_integer(i));
	return queues;
}

static json_t *
describe(struct vswitch *sw, struct port *port)
{
	json_t *object = port_config_to_json(&port->config), *places;
	uint64_t features = 0;
	uint16_t queues = 0;
	int lcore, n_captures;
	enum peer_source checked;
	char text[20], learned[ADDRESS_LIST_MAX + 1];
	struct guest *guest;
	bool up;

	pthread_mutex_lock(&sw->lock);
	up = port_guest_is_up(port);
	checked = port->vhost.checked;
	guest = port_guest(port);
	if (guest) {
		features = guest->features;
		queues = guest->n_receive;
	}
	lcore = (int)port_queue_lcore(port, 0);
	n_captures = __builtin_popcountll(port->captures);
	places = describe_queues(port);
	pthread_mutex_unlock(&sw->lock);
	snprintf(text, sizeof(text), "0x%lx", features);
	json_object_update_new(object,
		json_pack("{s:i, s:s, s:s, s:i, s:s, s:i, s:b, s:o, s:o, s:i, s:s?, s:i, s:s}",
			"id", port->id, "state", up ? "up" : "waiting", "link_state",
			port->link_down ? "down" : "up", "queues", queues, "features", text,
			"lcore", lcore, "pinned", port_queue_is_pinned(port, 0), "queue_lcores",
			places, "pinned_queues", describe_pinned_queues(port), "tag",
			port_tag(port), "learned",
			learned_text(&port->learned, vswitch_now(sw), learned), "captures",
			n_captures, "peer_checked", peer_checks[checked]));
	return object;
}

static json_t *
conflict(struct rpc_call *call, const struct port_config *asked, const struct port *other)
{
	return rpc_fail(call, RPC_CONFLICT,
		"%s: port %s has %s (listener %s, VLAN %d) and other settings than asked for; "
		"change it with port.set, or remove it with port.remove",
		asked->name, other->config.name,
		other->config.device[0]	     ? other->config.device
		: other->config.interface[0] ? other->config.interface
					     : other->config.path,
		port_listener_name(other->config.listener), other->config.vlan);
}

/* The requested port cannot be told from the other by their tags. */
static json_t *
tag_taken(struct rpc_call *call, const struct port_config *asked, const struct port *other)
{
	const char *name = asked->name, *in = other->config.name;
	uint16_t vlan = asked->vlan;

	if (asked->vlan_mode == VLAN_MODE_PER_GUEST)
		return rpc_fail(call, RPC_CONFLICT,
			"%s: port %s, which is in no VLAN, would have the tag %d there, which is "
			"another port's VLAN; put %s into a VLAN, or choose another vlan_mode",
			name, in, port_tag(other), in);

	return vlan ? rpc_fail(call, RPC_CONFLICT,
			      "%s: %d is the tag of port %s, which is in no VLAN, at a device with "
			      "a "
			      "tag per guest; choose another VLAN, or put %s into one",
			      name, vlan, in, in)
		    : rpc_fail(call, RPC_CONFLICT,
			      "%s: in no VLAN its tag at a device with a tag per guest would be "
			      "%d, "
			      "which is the VLAN of port %s; keep a VLAN, or change that of %s",
			      name, port_tag(other), in, in);
}

/* The relay that is asked for has two ends already. */
static json_t *
relay_full(struct rpc_call *call, const struct port_config *asked, const struct port *other)
{
	return rpc_fail(call, RPC_CONFLICT,
		"%s: relay %s has two ends already, such as port %s; remove one, or choose another "
		"relay",
		asked->name, asked->relay, other->config.name);
}

struct port *
methods_named_port(struct rpc_call *call)
{
	const char *name = rpc_string(call, "name");
	struct port *port = name ? port_by_name(call->context, name) : NULL;

	if (name && !port)
		rpc_bad_param(call, "name", "the name of a port that exists; see port.list");
	return port;
}

json_t *
methods_changed(struct vswitch *sw, bool changed, struct port *port)
{
	return json_pack("{s:b, s:o}", "changed", changed, "port", describe(sw, port));
}

/* errno says why. */
static json_t *
no_folder(struct rpc_call *call, const char *path)
{
	if (errno == EPERM)
		return rpc_fail(call, RPC_CONFLICT,
			"%s: its folder, or the one above, belongs to another user, or others may "
			"replace what is in there; change that, or choose another path",
			path);
	if (errno == ENOTDIR)
		return rpc_fail(call, RPC_CONFLICT,
			"%s: its folder is a file or a link; remove that, or choose another path",
			path);
	return rpc_fail(call, RPC_INTERNAL,
		"%s: its folder is not there and cannot be made (%s); make it, or give the "
		"folder above the set-group-ID bit",
		path, strerror(errno));
}

/* The interface of a port that was added cannot be taken, so the port is removed again. */
static json_t *
no_interface(struct rpc_call *call, struct port *port)
{
	char interface[INTERFACE_NAME_MAX + 1];
	int error = port->interface_error;

	strcpy(interface, port->config.interface);
	port_remove(call->context, port);
	switch (error) {
	case EPERM: /* the kernel's answer to who may not make one, too */
	case ENODEV:
		return rpc_fail(call, RPC_CONFLICT,
			"%s: there is no such tap, or it is another user's; make it as root: ip "
			"tuntap add %s mode tap user %u",
			interface, interface, geteuid());
	case EACCES:
		return rpc_fail(call, RPC_CONFLICT,
			"%s: its device node is another user's, or the switch is older than the "
			"folder of device nodes; restart the switch",
			interface);
	case EBUSY:
		return rpc_fail(call, RPC_CONFLICT,
			"%s: another program has it; choose another interface", interface);
	case EINVAL:
		return rpc_fail(call, RPC_CONFLICT,
			"%s: it is no tap; choose another name, and make a tap of it", interface);
	default:
		return rpc_fail(call, RPC_INTERNAL,
			"%s: %s; see that the kernel has taps and the switch may open /dev/net/tun",
			interface, strerror(error));
	}
}

/* What is said of a port that is not saved. */
static void
not_added(struct rpc_call *call, const struct port *port)
{
	const struct vswitch *sw = call->context;

	rpc_unsaved(call, "%s: cannot be written, so port %s was not added; see the switch's log",
		state_path(sw->state), port->config.name);
}

/* A new port is kept over a restart. */
static json_t *
added(struct rpc_call *call, struct port *port)
{
	struct vswitch *sw = call->context;
	char name[PORT_NAME_MAX + 1];

	strcpy(name, port->config.name);
	if (port->interface_error)
		return no_interface(call, port);
	state_forget(sw->state, name);
	if (state_pend(sw, port))
		not_added(call, port);
	return methods_changed(sw, true, port);
}

json_t *
method_port_add(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	struct port_config config;
	const char *bad, *want;
	struct port *port;

	port_config_init(&config);
	want = port_config_from_json(call->params, &config, &bad);
	if (want)
		return rpc_bad_param(call, bad, want);
	if ((config.interface[0] || config.device[0]) && call->level < LEVEL_ADMINISTER)
		return rpc_denied(call, "port.add with an interface or a device", LEVEL_ADMINISTER);
	/* There is a network behind it, unless the request says otherwise. */
	if (config.device[0] && !json_object_get(call->params, "address_limit"))
		config.address_limit = ADDRESS_LIMIT_MAX;
	switch (port_add(sw, &config, PORT_ANY, &port)) {
	case PORT_ADDED:
		return added(call, port);
	case PORT_SAME:
		/* Another client may have asked at the same time. */
		if (state_is_pending(sw, port))
			not_added(call, port);
		return methods_changed(sw, false, port);
	case PORT_CONFLICT:
		return conflict(call, &config, port);
	case PORT_FULL:
		return rpc_fail(call, RPC_CONFLICT, "%s: all %d ports are taken; remove one first",
			config.name, MAX_PORTS);
	case PORT_PATH_TAKEN:
		return rpc_fail(call, RPC_CONFLICT,
			"%s: something else is there or listens there; choose another path or "
			"remove it",
			config.path);
	case PORT_NO_FOLDER:
		return no_folder(call, config.path);
	case PORT_TAG_TAKEN:
		return tag_taken(call, &config, port);
	case PORT_RELAY_FULL:
		return relay_full(call, &config, port);
	case PORT_NO_DEVICE:
		return rpc_fail(call, RPC_CONFLICT, "%s: %s", config.device, port->device_problem);
	case PORT_FAILED:
		break;
	}
	return rpc_fail(
		call, RPC_INTERNAL, "%s: cannot be opened; see the switch's log", config.path);
}

/* A change that is kept over a restart. */
static void
save(struct rpc_call *call, const char *what)
{
	const struct vswitch *sw = call->context;

	if (state_pend(sw, NULL))
		rpc_unsaved(call, "%s: cannot be written; %s holds until the switch restarts",
			state_path(sw->state), what);
}

/* A request without an lcore. */
#define LCORE_UNSAID (-2)
/* One that leaves the choice to the switch. */
#define LCORE_ANY (-1)

static bool
take_lcore(struct rpc_call *call, json_int_t *lcore)
{
	*lcore = rpc_integer(call, "lcore", LCORE_UNSAID);
	if (*lcore < 0 || rte_lcore_is_enabled(*lcore))
		return true;
	rpc_bad_param(call, "lcore", "an lcore that forwards; see switch.info");
	return false;
}

/* A request for the whole port. */
#define QUEUE_ALL (-1)

static bool
take_queue(struct rpc_call *call, const struct port *port, json_int_t lcore, json_int_t *queue)
{
	*queue = rpc_integer(call, "queue", QUEUE_ALL);
	if (*queue == QUEUE_ALL)
		return true;
	if (lcore == LCORE_UNSAID)
		rpc_bad_param(call, "lcore", "the lcore for that queue");
	else if (port_dpdk(port))
		rpc_bad_param(call, "queue",
			"none for a device: one lcore has all its queues, or all lcores share them "
			"out");
	else
		return true;
	return false;
}

/* Whether that was something new. */
static bool
choose_queue_lcore(struct vswitch *sw, struct port *port, uint16_t pair, json_int_t lcore)
{
	const struct queue *queue = &port->queue[pair];
	bool is_so = lcore == LCORE_ANY ? !queue->chosen
					: queue->pinned && port_queue_lcore(port, pair) == lcore;

	if (is_so)
		return false;
	if (lcore == LCORE_ANY)
		queue_unpin(sw, port, pair);
	else
		queue_pin(sw, port, pair, (unsigned int)lcore);
	return true;
}

/* The same. */
static bool
choose_lcore(struct vswitch *sw, struct port *port, json_int_t lcore)
{
	bool is_so =
		lcore == LCORE_ANY ? port->choice.lcore < 0 : port->pinned && port->lcore == lcore;

	if (is_so && !port_has_queue_choices(port))
		return false;
	if (lcore == LCORE_ANY)
		port_unpin(sw, port);
	else
		port_pin(sw, port, (unsigned int)lcore);
	return true;
}

static bool
choose(struct vswitch *sw, struct port *port, json_int_t lcore, json_int_t queue)
{
	if (lcore == LCORE_UNSAID)
		return false;
	return queue == QUEUE_ALL ? choose_lcore(sw, port, lcore)
				  : choose_queue_lcore(sw, port, (uint16_t)queue, lcore);
}

json_t *
method_port_set(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	struct port *port = methods_named_port(call), *other;
	struct port_config config;
	const char *bad, *want;
	json_int_t lcore, queue;
	bool changed;

	if (!port || !take_lcore(call, &lcore) || !take_queue(call, port, lcore, &queue))
		return NULL;
	config = port->config;
	want = port_config_from_json(call->params, &config, &bad);
	if (want)
		return rpc_bad_param(call, bad, want);
	if ((config.vlan_mode == VLAN_MODE_PER_GUEST) !=
		(port->config.vlan_mode == VLAN_MODE_PER_GUEST))
		return rpc_bad_param(call, "vlan_mode",
			"as it is, as far as per-guest goes: the device is set up for it; remove "
			"the "
			"port and add it anew");
	changed = !port_config_same(&config, &port->config);
	if ((other = port_of_full_relay(sw, &config)))
		return relay_full(call, &config, other);
	other = config.device[0] || config.relay[0] ? NULL : port_of_tag(sw, port->id, config.vlan);
	if (other)
		return tag_taken(call, &config, other);
	if (changed)
		port_change(sw, port, &config);
	changed |= choose(sw, port, lcore, queue);
	if (changed) {
		event_note(sw, EVENT_PORT_CHANGED, port);
		save(call, "the change");
	}
	return methods_changed(sw, changed, port);
}

json_t *
method_port_remove(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	const char *name = rpc_string(call, "name");
	struct port *port;

	if (!name)
		return NULL;
	port = port_by_name(sw, name);
	if (!state_forget(sw->state, name) && !port)
		return json_pack("{s:b}", "changed", 0);
	if (port)
		port_remove(sw, port);
	save(call, "the removal");
	return json_pack("{s:b}", "changed", 1);
}

json_t *
method_port_list(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	json_t *ports = json_array();

	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			json_array_append_new(ports, describe(sw, &sw->ports[i]));
	return json_pack("{s:o}", "ports", ports);
}
