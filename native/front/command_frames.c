/*
 * Commands about frames: sent, received.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define SEND_MS 5000
#define RECEIVE_MAX 1024
#define FRAME_MAX 70000
#define HEADER 10

/* Sends all and waits until the switch has used them: by then they are delivered. */
json_t *
send_frames(json_t *command)
{
	static uint8_t frame[FRAME_MAX];
	struct front *front = command_guest(command);
	json_t *frames = json_object_get(command, "frames"), *text;
	const char *header = json_string_value(json_object_get(command, "header"));
	uint16_t pair = command_number(command, "pair", 0), left;
	size_t i;

	if (!front || pair >= front->config.pairs)
		return command_wrong("no such guest");
	memset(front->send_header, 0, sizeof(front->send_header));
	if (header && strlen(header) <= 2 * sizeof(front->send_header))
		command_bytes(header, front->send_header);
	if (json_object_get(command, "at"))
		front->ring[2 * pair + 1].arena_at = command_number(command, "at", 0);
	json_array_foreach (frames, i, text) {
		int length = command_bytes(json_string_value(text), frame), tries = 0;

		while (!front_send(
			front, pair, frame, length, command_number(command, "piece", 0))) {
			if (tries++ == SEND_MS)
				return command_wrong("the switch takes no more frames");
			usleep(1000);
			front_reclaim(front, pair);
		}
	}
	for (int tries = 0; (left = front_reclaim(front, pair)) && tries < SEND_MS; tries++)
		usleep(1000);
	return json_pack("{s:i}", "left", left);
}

/* Received frames of a guest; bounded, as frames may come faster than they are taken. */
static json_t *
take_frames(struct front *front, bool headers)
{
	static uint8_t bytes[HEADER + FRAME_MAX];
	static char text[2 * sizeof(bytes) + 1];
	/* The header precedes the frame when it is wanted. */
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

/* Frames of one guest, or of all that received any. */
json_t *
receive_frames(json_t *command)
{
	struct front *front = command_guest(command);
	json_t *all = json_object(), *frames;

	for (int i = 0; i < MAX_GUESTS; i++) {
		if (!guests[i] || (front && guests[i] != front))
			continue;
		frames = take_frames(guests[i], command_flag(command, "headers"));
		if (json_array_size(frames))
			json_object_set(all, guests[i]->config.name, frames);
		json_decref(frames);
	}
	return json_pack("{s:o}", "frames", all);
}
