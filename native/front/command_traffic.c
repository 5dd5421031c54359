/*
 * Commands for traffic and attacks.
 */
#include <unistd.h>

#include "attack.h"
#include "command.h"
#include "flows.h"
#include "traffic.h"

static struct traffic *traffic;
static int traffic_pairs;
static struct flows *flows;

json_t *
start_traffic(json_t *command)
{
	struct front *some[2 * TRAFFIC_MAX_PAIRS];
	json_t *names = json_object_get(command, "guests"), *name;
	size_t i;

	if (traffic || json_array_size(names) > 2 * TRAFFIC_MAX_PAIRS || json_array_size(names) % 2)
		return command_wrong("one at a time, and guests in pairs");
	json_array_foreach (names, i, name) {
		struct front **slot = guest_slot(json_string_value(name));

		if (!slot)
			return command_wrong("no such guest");
		some[i] = *slot;
	}
	traffic_pairs = json_array_size(names) / 2;
	traffic = traffic_start(some, traffic_pairs, command_number(command, "rate", 0),
		command_flag(command, "first"));
	return traffic ? json_object() : command_wrong("no thread, or no right to go first");
}

json_t *
stop_traffic(void)
{
	struct traffic_count count[2 * TRAFFIC_MAX_PAIRS];
	json_t *directions = json_array();
	uint32_t reconnects;

	if (!traffic)
		return command_wrong("there is no traffic");
	reconnects = traffic_stop(traffic, count);
	traffic = NULL;
	for (int i = 0; i < 2 * traffic_pairs; i++)
		json_array_append_new(directions,
			json_pack("{s:I, s:I, s:I, s:I, s:I, s:f}", "sent",
				(json_int_t)count[i].sent, "received",
				(json_int_t)count[i].received, "lost", (json_int_t)count[i].lost,
				"repeated", (json_int_t)count[i].repeated, "foreign",
				(json_int_t)count[i].foreign, "longestMs",
				(double)count[i].longest_us / 1000));
	return json_pack("{s:o, s:i}", "directions", directions, "reconnects", (int)reconnects);
}

json_t *
start_flows(json_t *command)
{
	json_t *names = json_object_get(command, "guests");
	struct front **a = guest_slot(json_string_value(json_array_get(names, 0))),
		     **b = guest_slot(json_string_value(json_array_get(names, 1)));

	if (flows || !a || !b)
		return command_wrong("one at a time, and between two guests");
	flows = flows_start(*a, *b, command_number(command, "perPair", 1));
	return flows ? json_object() : command_wrong("no thread");
}

json_t *
stop_flows(void)
{
	struct flows_count count;

	if (!flows)
		return command_wrong("there are no flows");
	flows_stop(flows, &count);
	flows = NULL;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "flows",
		(json_int_t)count.flows, "sent", (json_int_t)count.sent, "received",
		(json_int_t)count.received, "missing", (json_int_t)count.missing, "early",
		(json_int_t)count.early, "late", (json_int_t)count.late, "moved",
		(json_int_t)count.moved, "foreign", (json_int_t)count.foreign, "least",
		(json_int_t)count.least);
}

static json_t *
seen(void)
{
	struct traffic_window window;

	traffic_look(traffic, &window);
	return json_pack("{s:f, s:I, s:I, s:I, s:f}", "ms", (double)window.us / 1000, "sent",
		(json_int_t)window.sent, "received", (json_int_t)window.received, "foreign",
		(json_int_t)window.foreign, "longestMs", (double)window.longest_us / 1000);
}

json_t *
watch_traffic(json_t *command)
{
	if (!traffic)
		return command_wrong("there is no traffic");
	json_decref(seen());
	usleep(command_number(command, "ms", 300) * 1000);
	return seen();
}

/* The attack itself begins: what came before was getting there. */
static void
begin_to_watch(void *context)
{
	(void)context;
	if (traffic)
		json_decref(seen());
}

static void
end_watch(void *context)
{
	json_t **watched = context;

	if (traffic)
		*watched = seen();
}

json_t *
attack_with(json_t *command)
{
	const char *name = json_string_value(json_object_get(command, "name"));
	struct front *front = command_guest(command),
		     **helper = guest_slot(json_string_value(json_object_get(command, "helper")));
	json_t *watched = NULL;
	int64_t done = -1;

	if (front && name)
		done = attack(front, helper ? *helper : NULL, name,
			command_number(command, "ms", 300), command_number(command, "seed", 1),
			(struct attack_watch){begin_to_watch, end_watch, &watched});
	if (done < 0) {
		json_decref(watched);
		return command_wrong("no such guest or attack, or the switch is not reached");
	}
	return json_pack("{s:I, s:o*}", "done", (json_int_t)done, "watched", watched);
}
