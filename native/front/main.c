/*
 * vhost-front: guests without a VM, for tests. Takes commands as lines of JSON on stdin and
 * answers each with a line on stdout; ends with stdin.
 *
 *   {"do":"open","guest":"a","path":"/…","listen":true,"packed":true,…}  -> {"features":"0x…"}
 *   {"do":"send","guest":"a","frames":["ffff…"],"piece":64}              -> {"left":0}
 *     with "header":"0100…" the virtio-net header of these frames
 *   {"do":"receive"}, or of one "guest"                           -> {"frames":{"b":["ffff…"]}}
 *     with "headers":true each frame has its virtio-net header's first 10 bytes before it
 *   {"do":"disconnect"|"connect"|"close","guest":"a"}                    -> {}
 *   {"do":"traffic","guests":["a","b",…]}, later {"do":"quiet"}          -> {"directions":[…]}
 *   {"do":"attack","guest":"m","name":"loop","ms":300,"seed":1}          -> {"done":17}
 */
#include <errno.h>
#include <jansson.h>
#include <linux/virtio_net.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"
#include "traffic.h"

#define MAX_GUESTS 256
#define CONNECT_MS 15000
#define SEND_MS 5000
#define RECEIVE_MAX 1024
#define FRAME_MAX 70000
#define HEADER 10

static struct front *guests[MAX_GUESTS];
static struct traffic *traffic;
static int traffic_pairs;

/* An answer that says what was wrong. */
static json_t *
wrong(const char *problem)
{
	return json_pack("{s:s}", "error", problem);
}

static struct front **
slot_of(const char *name)
{
	for (int i = 0; i < MAX_GUESTS; i++)
		if (guests[i] && name && !strcmp(guests[i]->config.name, name))
			return &guests[i];
	return NULL;
}

static struct front *
guest_of(json_t *command)
{
	struct front **slot = slot_of(json_string_value(json_object_get(command, "guest")));

	return slot ? *slot : NULL;
}

static uint32_t
number(json_t *command, const char *key, uint32_t otherwise)
{
	json_t *value = json_object_get(command, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static bool
flag(json_t *command, const char *key)
{
	return json_is_true(json_object_get(command, key));
}

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

static json_t *
connected(struct front *front)
{
	char features[20];

	if (!front_connect(front, CONNECT_MS))
		return wrong("the switch is not reached, or refuses");
	snprintf(features, sizeof(features), "0x%lx", front->features);
	return json_pack("{s:s}", "features", features);
}

static json_t *
open_guest(json_t *command)
{
	const char *name = json_string_value(json_object_get(command, "guest"));
	const char *path = json_string_value(json_object_get(command, "path"));
	struct front_config config = {
		.listen = flag(command, "listen"),
		.packed = flag(command, "packed"),
		.mergeable = flag(command, "mergeable"),
		.event_index = flag(command, "eventIndex"),
		.indirect = flag(command, "indirect"),
		.legacy = flag(command, "legacy"),
		.offloads = offloads_of(json_object_get(command, "offloads")),
		.size = number(command, "size", DRIVER_RING),
		.pairs = number(command, "pairs", 1),
		.regions = number(command, "regions", 1),
		.buffer = number(command, "buffer", 2048),
	};

	if (!name || !path || strlen(name) >= sizeof(config.name) ||
		strlen(path) >= sizeof(config.path) || slot_of(name) || config.pairs < 1 ||
		config.pairs > FRONT_MAX_PAIRS || config.size > DRIVER_RING || config.regions < 1 ||
		config.regions > MESSAGE_REGIONS ||
		config.size * config.buffer > FRONT_RING_MEMORY - DRIVER_BUFFERS_AT)
		return wrong("a setting is missing or not possible");
	strcpy(config.name, name);
	strcpy(config.path, path);
	for (int i = 0; i < MAX_GUESTS; i++) {
		if (guests[i])
			continue;
		guests[i] = front_create(&config);
		if (!guests[i])
			return wrong(strerror(errno));
		return flag(command, "later") ? json_object() : connected(guests[i]);
	}
	return wrong("too many guests");
}

static json_t *
close_guest(json_t *command)
{
	struct front **slot = slot_of(json_string_value(json_object_get(command, "guest")));

	if (!slot)
		return wrong("no such guest");
	front_destroy(*slot);
	*slot = NULL;
	return json_object();
}

static int
unhex(const char *text, uint8_t *bytes)
{
	size_t length = strlen(text) / 2;

	for (size_t i = 0; i < length; i++) {
		char two[] = {text[2 * i], text[2 * i + 1], 0};

		bytes[i] = strtoul(two, NULL, 16);
	}
	return length;
}

/* Sends all and waits until the switch has used them: then they are where they go. */
static json_t *
send_frames(json_t *command)
{
	static uint8_t frame[FRAME_MAX];
	struct front *front = guest_of(command);
	json_t *frames = json_object_get(command, "frames"), *text;
	const char *header = json_string_value(json_object_get(command, "header"));
	uint16_t pair = number(command, "pair", 0), left;
	size_t i;

	if (!front || pair >= front->config.pairs)
		return wrong("no such guest");
	memset(front->send_header, 0, sizeof(front->send_header));
	if (header && strlen(header) <= 2 * sizeof(front->send_header))
		unhex(header, front->send_header);
	if (json_object_get(command, "at"))
		front->ring[2 * pair + 1].arena_at = number(command, "at", 0);
	json_array_foreach (frames, i, text) {
		int length = unhex(json_string_value(text), frame), tries = 0;

		while (!front_send(front, pair, frame, length, number(command, "piece", 0))) {
			if (tries++ == SEND_MS)
				return wrong("the switch takes no more frames");
			usleep(1000);
			front_reclaim(front, pair);
		}
	}
	for (int tries = 0; (left = front_reclaim(front, pair)) && tries < SEND_MS; tries++)
		usleep(1000);
	return json_pack("{s:i}", "left", left);
}

/* What has come in for a guest; not without an end, should it come faster than it is taken. */
static json_t *
take_frames(struct front *front, bool headers)
{
	static uint8_t bytes[HEADER + FRAME_MAX];
	static char text[2 * sizeof(bytes) + 1];
	/* The header goes before the frame when it is wanted. */
	uint8_t *frame = bytes + HEADER;
	json_t *frames = json_array();
	int length;

	for (uint16_t pair = 0; pair < front->config.pairs; pair++) {
		while (json_array_size(frames) < RECEIVE_MAX &&
			(length = front_receive(front, pair, frame, FRAME_MAX)) >= 0) {
			const uint8_t *from = headers ? bytes : frame;

			memcpy(bytes, front->receive_header, HEADER);
			length += frame - from;
			for (int i = 0; i < length; i++) {
				text[2 * i] = "0123456789abcdef"[from[i] >> 4];
				text[2 * i + 1] = "0123456789abcdef"[from[i] & 15];
			}
			text[2 * length] = 0;
			json_array_append_new(frames, json_string(text));
		}
	}
	return frames;
}

/* Of one guest, or of all those who got any. */
static json_t *
receive_frames(json_t *command)
{
	struct front *front = guest_of(command);
	json_t *all = json_object(), *frames;

	for (int i = 0; i < MAX_GUESTS; i++) {
		if (!guests[i] || (front && guests[i] != front))
			continue;
		frames = take_frames(guests[i], flag(command, "headers"));
		if (json_array_size(frames))
			json_object_set(all, guests[i]->config.name, frames);
		json_decref(frames);
	}
	return json_pack("{s:o}", "frames", all);
}

static json_t *
start_traffic(json_t *command)
{
	struct front *some[2 * TRAFFIC_MAX_PAIRS];
	json_t *names = json_object_get(command, "guests"), *name;
	size_t i;

	if (traffic || json_array_size(names) > 2 * TRAFFIC_MAX_PAIRS || json_array_size(names) % 2)
		return wrong("one at a time, and guests in pairs");
	json_array_foreach (names, i, name) {
		struct front **slot = slot_of(json_string_value(name));

		if (!slot)
			return wrong("no such guest");
		some[i] = *slot;
	}
	traffic_pairs = json_array_size(names) / 2;
	traffic = traffic_start(some, traffic_pairs);
	return traffic ? json_object() : wrong("no thread");
}

static json_t *
stop_traffic(void)
{
	struct traffic_count count[2 * TRAFFIC_MAX_PAIRS];
	json_t *directions = json_array();
	uint32_t reconnects;

	if (!traffic)
		return wrong("there is no traffic");
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

static json_t *
attack_with(json_t *command)
{
	const char *name = json_string_value(json_object_get(command, "name"));
	struct front *front = guest_of(command);
	int64_t done = -1;

	if (front && name)
		done = attack(front, name, number(command, "ms", 300), number(command, "seed", 1));
	return done < 0 ? wrong("no such guest or attack, or the switch is not reached")
			: json_pack("{s:I}", "done", (json_int_t)done);
}

static json_t *
obey(json_t *command)
{
	const char *what = json_string_value(json_object_get(command, "do"));
	struct front *front = guest_of(command);

	if (!what)
		return wrong("not a command");
	if (!strcmp(what, "open"))
		return open_guest(command);
	if (!strcmp(what, "close"))
		return close_guest(command);
	if (!strcmp(what, "send"))
		return send_frames(command);
	if (!strcmp(what, "receive"))
		return receive_frames(command);
	if (!strcmp(what, "traffic"))
		return start_traffic(command);
	if (!strcmp(what, "quiet"))
		return stop_traffic();
	if (!strcmp(what, "attack"))
		return attack_with(command);
	if (!strcmp(what, "connect") && front)
		return connected(front);
	if (!strcmp(what, "disconnect") && front) {
		front_disconnect(front);
		return json_object();
	}
	return wrong("no such command or guest");
}

int
main(void)
{
	char *line = NULL;
	size_t room = 0;

	signal(SIGPIPE, SIG_IGN);
	while (getline(&line, &room, stdin) > 0) {
		json_t *command = json_loads(line, 0, NULL);
		json_t *answer = command ? obey(command) : wrong("not JSON");

		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
		json_decref(answer);
		json_decref(command);
	}
	free(line);
	return 0;
}
