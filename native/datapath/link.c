#include <string.h>

#include "device.h"
#include "events.h"
#include "link.h"
#include "port_guest.h"
#include "vswitch.h"

#include "../base/log.h"

/* Looks at a device without a link, until it has none. */
#define PATIENCE 2

/* Whether what is at this end of a relay has a link. */
static bool
end_is_up(const struct port *port)
{
	if (port->config.link == LINK_DISABLE)
		return false;
	return port->linkless < PATIENCE;
}

static bool
is_up(const struct port *port)
{
	if (port->config.link != LINK_AUTO)
		return port->config.link == LINK_ENABLE;
	/* Nobody behind a device sees its port's link, and what comes from there is counted. */
	return port->config.device[0] || !port->far || end_is_up(port->far);
}

static void
note(struct vswitch *sw, const struct port *port, bool up)
{
	struct event *event = event_note(sw, up ? EVENT_LINK_UP : EVENT_LINK_DOWN, port);

	if (event && !up && port->config.link != LINK_DISABLE)
		strcpy(event->from, port->far->config.name);
}

static void
set(struct vswitch *sw, struct port *port, bool up)
{
	pthread_mutex_lock(&sw->lock);
	port->link_down = !up;
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
	port_guest_link(port);
	note(sw, port, up);
	if (up)
		LOG(INFO, "port %s: link is up", port->config.name);
	else if (port->config.link == LINK_DISABLE)
		LOG(INFO, "port %s: link is down, as it is set (link)", port->config.name);
	else
		LOG(INFO, "port %s: link is down, as that of port %s is", port->config.name,
			port->far->config.name);
}

void
link_settle(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];
		bool up = port->used && is_up(port);

		if (port->used && up == port->link_down)
			set(sw, port, up);
	}
}

void
link_refresh(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];

		if (!port->used || !port->device || !port->far || device_link_is_up(port->device))
			port->linkless = 0;
		else if (port->linkless < PATIENCE)
			port->linkless++;
	}
	link_settle(sw);
}
