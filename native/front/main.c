/*
 * vhost-front: guests without a VM, for tests. Takes commands as lines of JSON on stdin and
 * answers each with a line on stdout; ends with stdin.
 *
 *   {"do":"open","guest":"a","path":"/…","listen":true,"packed":true,…}  -> {"features":"0x…"}
 *   {"do":"send","guest":"a","frames":["ffff…"],"piece":64}              -> {"left":0}
 *     with "header":"0100…" the virtio-net header of these frames
 *   {"do":"receive"}, or with one "guest"                         -> {"frames":{"b":["ffff…"]}}
 *     with "headers":true the first 10 bytes of its virtio-net header precede each frame
 *   {"do":"announce","guest":"a","macs":["020000000001"],"times":5}      -> {}
 *   {"do":"disconnect"|"connect"|"close","guest":"a"}                    -> {}
 *   {"do":"traffic","guests":["a","b",…]}, later {"do":"quiet"}          -> {"directions":[…]}
 *     with "rate":50000 an open loop of so many frames a second in each direction, with
 *     "first":true before all other work of the processor
 *   {"do":"flows","guests":["a","b"],"perPair":2}, later {"do":"still"}  -> {"sent":…,"late":0,…}
 *     numbered flows of all their queue pairs, both ways
 *   {"do":"log","guest":"a","back":"ffff…","peer":"b","frame":"ffff…"}
 *     traffic between them while a moves to another host, so far as the switch sees that, with
 *     "header":"0100…" the virtio-net header of b's         -> {"lost":["ring 0 + 0x8000"],…}
 *   {"do":"watch","ms":300}, while there is traffic      -> {"sent":…,"received":…,"longestMs":…}
 *   {"do":"attack","guest":"m","name":"loop","ms":300,"seed":1}          -> {"done":17}
 *     with "helper":"n" another guest that is up takes part;
 *     while there is traffic also "watched": the same for the time that the attack took
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

static json_t *
obey(json_t *command)
{
	const char *what = json_string_value(json_object_get(command, "do"));
	struct front *front = command_guest(command);

	if (!what)
		return command_wrong("not a command");
	if (!strcmp(what, "open"))
		return open_guest(command);
	if (!strcmp(what, "close"))
		return close_guest(command);
	if (!strcmp(what, "announce"))
		return announce_guest(command);
	if (!strcmp(what, "send"))
		return send_frames(command);
	if (!strcmp(what, "receive"))
		return receive_frames(command);
	if (!strcmp(what, "traffic"))
		return start_traffic(command);
	if (!strcmp(what, "quiet"))
		return stop_traffic();
	if (!strcmp(what, "flows"))
		return start_flows(command);
	if (!strcmp(what, "still"))
		return stop_flows();
	if (!strcmp(what, "log"))
		return log_guest(command);
	if (!strcmp(what, "watch"))
		return watch_traffic(command);
	if (!strcmp(what, "attack"))
		return attack_with(command);
	if (!strcmp(what, "connect") && front)
		return connect_guest(front, COMMAND_CONNECT_MS);
	if (!strcmp(what, "disconnect") && front) {
		front_disconnect(front);
		return json_object();
	}
	return command_wrong("no such command or guest");
}

int
main(void)
{
	char *line = NULL;
	size_t room = 0;

	signal(SIGPIPE, SIG_IGN);
	umask(0); /* the switch, which dials our sockets, may be another user */
	while (getline(&line, &room, stdin) > 0) {
		json_t *command = json_loads(line, 0, NULL);
		json_t *answer = command ? obey(command) : command_wrong("not JSON");

		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
		json_decref(answer);
		json_decref(command);
	}
	free(line);
	return 0;
}
