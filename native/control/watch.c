#include <stdio.h>
#include <stdlib.h>

#include "clients.h"
#include "rpc.h"
#include "watch.h"

#include "../datapath/events.h"
#include "../datapath/vswitch.h"

static const char *const event_words[] = EVENT_WORDS;

static json_t *
event_object(const struct timespec *time, enum event_name what)
{
	char day[32], text[48];
	struct tm utc;

	gmtime_r(&time->tv_sec, &utc);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03ldZ", day, time->tv_nsec / 1000000);
	return json_pack("{s:s, s:s}", "time", text, "event", event_words[what]);
}

static json_t *
describe_address(const uint8_t mac[6])
{
	return json_sprintf(
		"%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

char *
watch_line(const struct event *event)
{
	json_t *object = event_object(&event->time, event->what);

	json_object_set_new(object, "port", json_string(event->port));
	if (event->has_address) {
		json_object_set_new(object, "mac", describe_address(event->mac));
		json_object_set_new(object, "vlan", json_integer(event->vlan));
	}
	if (event->from[0])
		json_object_set_new(object, "from", json_string(event->from));
	if (event->reason) {
		json_object_set_new(object, "reason", json_string(event->reason));
		json_object_set_new(object, "count", json_integer((json_int_t)event->count));
	}
	return rpc_notification("event", object);
}

char *
watch_missed_line(uint64_t missed)
{
	struct timespec now;
	json_t *object;

	clock_gettime(CLOCK_REALTIME, &now);
	object = event_object(&now, EVENT_MISSED);
	json_object_set_new(object, "missed", json_integer((json_int_t)missed));
	return rpc_notification("event", object);
}

void
watch_round(struct clients *clients, struct vswitch *sw)
{
	struct event event;

	while (events_next(sw, &event)) {
		char *line = watch_line(&event);

		clients_tell(clients, line);
		free(line);
	}
	clients_tell_missed(clients, events_missed(sw));
	events_watch(sw, clients_watch(clients));
}
