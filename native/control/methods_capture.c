#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "methods.h"

#include "../datapath/bpf.h"
#include "../datapath/capture.h"

static bool
take_ports(struct rpc_call *call, struct capture *capture)
{
	json_t *ports = json_object_get(call->params, "ports"), *port;
	size_t i;

	capture->all = !ports;
	if (!ports)
		return true;
	if (json_is_array(ports) && json_array_size(ports) <= LIMIT_PORTS)
		capture->names = calloc(json_array_size(ports) + 1, sizeof(*capture->names));
	if (!capture->names) {
		rpc_bad_param(call, "ports", "a list of ports' names");
		return false;
	}
	json_array_foreach (ports, i, port) {
		const char *name = json_string_value(port);

		if (!name || strlen(name) != json_string_length(port) || !check_port_name(name)) {
			rpc_bad_param(
				call, "ports", "a list of ports' names, each " PORT_NAME_WANT);
			return false;
		}
		strcpy(capture->names[capture->n_names++], name);
	}
	return true;
}

static bool
take_number(json_t *from, size_t place, json_int_t most, json_int_t *number)
{
	json_t *value = json_array_get(from, place);

	*number = json_integer_value(value);
	return json_is_integer(value) && *number >= 0 && *number <= most;
}

static bool
take_step(json_t *from, struct sock_filter *step)
{
	json_int_t code, jt, jf, k;

	if (json_array_size(from) != 4 || !take_number(from, 0, UINT16_MAX, &code) ||
		!take_number(from, 1, UINT8_MAX, &jt) || !take_number(from, 2, UINT8_MAX, &jf) ||
		!take_number(from, 3, UINT32_MAX, &k))
		return false;
	*step = (struct sock_filter){(uint16_t)code, (uint8_t)jt, (uint8_t)jf, (uint32_t)k};
	return true;
}

static bool
take_filter(struct rpc_call *call, struct capture *capture)
{
	struct sock_filter program[BPF_MOST];
	json_t *filter = json_object_get(call->params, "filter"), *step;
	const char *problem;
	size_t n = json_array_size(filter), at;

	if (!filter)
		return true;
	if (!json_is_array(filter) || n > BPF_MOST) {
		rpc_bad_param(
			call, "filter", "a list of at most " RTE_STR(BPF_MOST) " instructions");
		return false;
	}
	json_array_foreach (filter, at, step)
		if (!take_step(step, &program[at])) {
			rpc_bad_param(call, "filter",
				"instructions, each as [code, jt, jf, k] in numbers");
			return false;
		}
	problem = bpf_problem(program, n, &at);
	if (problem) {
		call->error.data = json_pack("{s:s}", "param", "filter");
		rpc_fail(call, RPC_PARAMS,
			"filter: instruction %zu %s; let tcpdump -ddd compile it", at, problem);
		return false;
	}
	capture->filter = bpf_create(program, n);
	if (!capture->filter)
		rpc_fail(call, RPC_INTERNAL, "filter: no memory; free some");
	return capture->filter;
}

static bool
take_direction(struct rpc_call *call, struct capture *capture)
{
	const char *direction = rpc_text(call, "direction");

	capture->flags = PCAPNG_IN | PCAPNG_OUT;
	if (!json_object_get(call->params, "direction"))
		return true;
	if (direction && !strcmp(direction, "in"))
		capture->flags = PCAPNG_IN;
	else if (direction && !strcmp(direction, "out"))
		capture->flags = PCAPNG_OUT;
	else if (!direction || strcmp(direction, "both") != 0)
		rpc_bad_param(call, "direction", "\"in\", \"out\" or \"both\"");
	return !call->error.code;
}

static bool
take_drops(struct rpc_call *call, struct capture *capture)
{
	json_t *drops = json_object_get(call->params, "drops");

	capture->drops = !json_is_false(drops);
	if (drops && !json_is_boolean(drops))
		rpc_bad_param(call, "drops", "true or false");
	return !call->error.code;
}

/* Those that it is in. */
static int
count_ports(struct vswitch *sw, const struct capture *capture)
{
	int n = 0;

	pthread_mutex_lock(&sw->lock);
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		n += sw->ports[i].used && sw->ports[i].captures & capture->bit;
	pthread_mutex_unlock(&sw->lock);
	return n;
}

json_t *
method_capture_start(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	struct capture *capture = capture_create();

	if (!capture)
		return rpc_fail(call, RPC_INTERNAL, "capture: no memory; free some");
	capture->snap = (uint32_t)rpc_integer(call, "snap", CAPTURE_START_SNAP_DEFAULT);
	if (!take_ports(call, capture) || !take_direction(call, capture) ||
		!take_drops(call, capture) || !take_filter(call, capture)) {
		capture_destroy(capture);
		return NULL;
	}
	if (!capture_begin(sw, capture)) {
		capture_destroy(capture);
		return rpc_fail(call, RPC_CONFLICT, "capture: %d run already; end one of them",
			LIMIT_CAPTURES);
	}
	*call->stream = capture;
	return json_pack("{s:i}", "ports", count_ports(sw, capture));
}
