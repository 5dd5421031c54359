#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "methods.h"

#include "../base/rate.h"
#include "../datapath/fdb.h"
#include "../datapath/trace.h"

/* Bytes of two hexadecimal digits each; their number, or -1. */
static int
bytes_of(const char *text, uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	size_t n = 0;

	for (; text[0] && text[1]; text += 2) {
		const char *high = strchr(digits, text[0]), *low = strchr(digits, text[1]);

		if (!high || !low || n == size)
			return -1;
		bytes[n++] = (uint8_t)((high - digits) % 16 << 4 | (low - digits) % 16);
	}
	return text[0] ? -1 : (int)n;
}

static const char *
source_word(enum trace_source source)
{
	static const char *const words[] = {
		[SOURCE_UNSEEN] = "unseen",
		[SOURCE_KNOWN] = "known",
		[SOURCE_LEARNED] = "learned",
		[SOURCE_MOVED] = "moved",
		[SOURCE_HELD] = "held",
		[SOURCE_OTHER] = "kept",
	};

	return words[source];
}

static const char *
name_of(const struct vswitch *sw, uint16_t port)
{
	return sw->ports[port].config.name;
}

static json_t *
describe_receivers(const struct vswitch *sw, const struct trace *trace)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < trace->n_to; i++) {
		json_t *one = json_pack("{s:s}", "port", name_of(sw, trace->to[i].port));

		if (trace->to[i].tag >= 0)
			json_object_set_new(one, "tag", json_integer(trace->to[i].tag));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
describe_drops(const struct vswitch *sw, const struct trace *trace)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < trace->n_lost; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "port", name_of(sw, trace->lost[i].port),
				      "reason", drop_names[trace->lost[i].reason]));
	return list;
}

static void
set_port(json_t *answer, const char *key, const struct vswitch *sw, uint16_t port)
{
	if (port != FDB_NONE)
		json_object_set_new(answer, key, json_string(name_of(sw, port)));
}

/*
 * A trace takes some milliseconds of the control thread, which others wait for, and a line of a
 * client has hardly more than its port's name. So many a second, of all clients.
 */
#define TRACES 50

static bool
may_try(struct rpc_call *call)
{
	static struct rate rate;

	if (rate_take(&rate, TRACES))
		return true;
	rpc_fail(call, RPC_CONFLICT, "trace: more than %d frames a second; wait a second", TRACES);
	return false;
}

json_t *
method_trace_frame(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	struct port *port = methods_named_port(call);
	uint8_t bytes[FRAME_STANDARD];
	struct trace *trace;
	json_t *answer;
	int length;

	if (!port)
		return NULL;
	length = bytes_of(rpc_text(call, "frame"), bytes, sizeof(bytes));
	if (length <= 0)
		return rpc_bad_param(call, "frame",
			"1 to " RTE_STR(FRAME_STANDARD) " bytes, as hexadecimal digits");
	if (!may_try(call))
		return NULL;
	trace = malloc(sizeof(*trace));
	if (!trace || !trace_run(sw, port, bytes, (uint32_t)length, trace)) {
		free(trace);
		rpc_fail(call, RPC_INTERNAL, "memory: %s; free some MiB", strerror(errno));
		return NULL;
	}
	answer = json_pack("{s:i, s:s, s:b, s:o, s:o}", "vlan", (int)trace->decision.domain,
		"source", source_word(trace->source), "flooded",
		trace->decided && trace->decision.to == TO_FLOOD, "to",
		describe_receivers(sw, trace), "drops", describe_drops(sw, trace));
	set_port(answer, "source_at", sw, trace->source_at);
	set_port(answer, "destination_at", sw, trace->destination_at);
	free(trace);
	return answer;
}
