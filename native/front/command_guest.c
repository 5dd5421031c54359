/*
 * Commands about guests: opened, connected, closed.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"

static uint64_t
offloads_of(json_t *names)
{
	static const struct {
		const char *name;
		int bit;
	} known[] = {
		{"csum", VIRTIO_NET_F_CSUM},
		{"host_tso4", VIRTIO_NET_F_HOST_TSO4},
		{"host_tso6", VIRTIO_NET_F_HOST_TSO6},
		{"guest_csum", VIRTIO_NET_F_GUEST_CSUM},
		{"guest_tso4", VIRTIO_NET_F_GUEST_TSO4},
		{"guest_tso6", VIRTIO_NET_F_GUEST_TSO6},
	};
	uint64_t bits = 0;
	json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
			if (!strcmp(json_string_value(name), known[k].name))
				bits |= 1ull << known[k].bit;
	return bits;
}

json_t *
connect_guest(struct front *front, uint32_t ms)
{
	char features[20];

	if (!front_connect(front, ms))
		return command_wrong("the switch is not reached, or refuses");
	snprintf(features, sizeof(features), "0x%lx", front->features);
	return json_pack("{s:s}", "features", features);
}

json_t *
open_guest(json_t *command)
{
	const char *name = json_string_value(json_object_get(command, "guest"));
	const char *path = json_string_value(json_object_get(command, "path"));
	struct front_config config = {
		.listen = command_flag(command, "listen"),
		.packed = command_flag(command, "packed"),
		.mergeable = command_flag(command, "mergeable"),
		.event_index = command_flag(command, "eventIndex"),
		.indirect = command_flag(command, "indirect"),
		.legacy = command_flag(command, "legacy"),
		.mute = command_flag(command, "mute"),
		.kickless = command_flag(command, "kickless"),
		.offloads = offloads_of(json_object_get(command, "offloads")),
		.size = command_number(command, "size", DRIVER_RING),
		.pairs = command_number(command, "pairs", 1),
		.regions = command_number(command, "regions", 1),
		.buffer = command_number(command, "buffer", 2048),
		.shift = command_number(command, "shift", 0),
	};

	if (!name || !path || strlen(name) >= sizeof(config.name) ||
		strlen(path) >= sizeof(config.path) || guest_slot(name) || config.pairs < 1 ||
		config.pairs > FRONT_MAX_PAIRS || config.size > DRIVER_RING || config.regions < 1 ||
		config.regions > MESSAGE_REGIONS ||
		config.size * config.buffer + config.shift >
			FRONT_RING_MEMORY - DRIVER_BUFFERS_AT ||
		config.shift % 64)
		return command_wrong("a setting is missing or not possible");
	strcpy(config.name, name);
	strcpy(config.path, path);
	for (int i = 0; i < MAX_GUESTS; i++) {
		if (guests[i])
			continue;
		guests[i] = front_create(&config);
		if (!guests[i])
			return command_wrong(strerror(errno));
		return command_flag(command, "later")
			       ? json_object()
			       : connect_guest(guests[i],
					 command_number(command, "ms", COMMAND_CONNECT_MS));
	}
	return command_wrong("too many guests");
}

json_t *
close_guest(json_t *command)
{
	struct front **slot = guest_slot(json_string_value(json_object_get(command, "guest")));

	if (!slot)
		return command_wrong("no such guest");
	front_destroy(*slot);
	*slot = NULL;
	return json_object();
}

/* The switch answers in order: what is asked last says that all before it was done. */
static bool
is_done(struct front *front)
{
	struct message message = {.request = GET_PROTOCOL_FEATURES, .flags = MESSAGE_VERSION};

	return message_send(front->socket, &message, NULL, 0) &&
	       message_receive(front->socket, &message, COMMAND_CONNECT_MS);
}

json_t *
announce_guest(json_t *command)
{
	struct front *front = command_guest(command);
	uint32_t times = command_number(command, "times", 1);
	json_t *macs = json_object_get(command, "macs"), *mac;
	size_t i;

	if (!front || front->socket < 0)
		return command_wrong("no such guest");
	for (uint32_t n = 0; n < times; n++)
		json_array_foreach (macs, i, mac) {
			/* The address is the number's first six bytes. */
			struct message message = {
				.request = SEND_RARP,
				.flags = MESSAGE_VERSION,
				.size = sizeof(message.number),
				.number = htobe64(strtoull(json_string_value(mac), NULL, 16) << 16),
			};

			if (!message_send(front->socket, &message, NULL, 0))
				return command_wrong("the switch is gone");
		}
	return is_done(front) ? json_object() : command_wrong("the switch does not answer");
}
