/*
 * Commands for traffic and attacks.
 */
#include "attack.h"
#include "command.h"
#include "traffic.h"

static struct traffic *traffic;
static int traffic_pairs;

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
	traffic = traffic_start(some, traffic_pairs);
	return traffic ? json_object() : command_wrong("no thread");
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
attack_with(json_t *command)
{
	const char *name = json_string_value(json_object_get(command, "name"));
	struct front *front = command_guest(command);
	int64_t done = -1;

	if (front && name)
		done = attack(front, name, command_number(command, "ms", 300),
			command_number(command, "seed", 1));
	return done < 0 ? command_wrong("no such guest or attack, or the switch is not reached")
			: json_pack("{s:I}", "done", (json_int_t)done);
}
