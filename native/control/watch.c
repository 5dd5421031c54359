#include <stdlib.h>

#include "clients.h"
#include "mac_json.h"
#include "rpc.h"
#include "watch.h"

#include "../base/time_text.h"
#include "../datapath/events.h"
#include "../datapath/vswitch.h"

static const char *const event_words[] = EVENT_WORDS;

static json_t *
event_object(const struct timespec *time, enum event_name what)
{
	char text[TIME_TEXT];

	time_text(text, time, 3);
	return json_pack("{s:s, s:s}", "time", text, "event", event_words[what]);
}

char *
watch_line(const struct event *event)
{
	json_t *object = event_object(&event->time, event->what);

	json_object_set_new(object, "port", json_string(event->port));
	if (event->has_address) {
		json_object_set_new(object, "mac", mac_json(event->mac));
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
