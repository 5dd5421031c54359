/*
 * Relays: two ports, each of which gets all that the other sends. Nothing is learned, looked up or
 * changed, so a frame may have any tags, source and destination; rings, prices, limits and captures
 * are those of any port.
 */
#include <stdio.h>
#include <string.h>

#include "classify_parts.h"

#define END_LENGTH strlen(".vf")

int
relay(const struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, struct decision *decision)
{
	enum drop flaw = length_flaw_of(sw, frame);
	int place = topology->index[from->far];

	decision->domain = decision->tag = 0;
	decision->form = FORM_PLAIN;
	decision->retag = RETAG_NO;
	if (unlikely(flaw != DROP_REASONS))
		return drop(decision, from->id, flaw);
	if (unlikely(from->far == from->id))
		return drop(decision, from->id, DROP_NO_PORT);
	return likely(place >= 0) ? place : drop(decision, from->far, absence(place));
}

bool
port_is_static(const char *name, char relay[PORT_NAME_MAX + 1])
{
	const char *own = name + strlen(STATIC_PORTS);
	size_t length;

	if (strncmp(name, STATIC_PORTS, strlen(STATIC_PORTS)) != 0)
		return false;
	length = strlen(own);
	if (length <= END_LENGTH)
		return false;
	length -= END_LENGTH;
	if (strcmp(own + length, ".vf") != 0 && strcmp(own + length, ".vm") != 0)
		return false;
	if (relay)
		snprintf(relay, PORT_NAME_MAX + 1, "%.*s", (int)length, own);
	return true;
}

static bool
is_end_of(const struct port *port, const char *name)
{
	return port->used && port->config.relay[0] && !strcmp(port->config.relay, name);
}

struct port *
port_of_full_relay(struct vswitch *sw, const struct port_config *config)
{
	struct port *first = NULL;

	for (uint16_t i = 0; config->relay[0] && i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];

		if (!is_end_of(port, config->relay) || !strcmp(port->config.name, config->name))
			continue;
		if (first)
			return first;
		first = port;
	}
	return NULL;
}

static struct port *
far_end(struct vswitch *sw, const struct port *port)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (&sw->ports[i] != port && is_end_of(&sw->ports[i], port->config.relay))
			return &sw->ports[i];
	return NULL;
}

void
relay_join(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];
		struct port *far = port->used && port->config.relay[0] ? far_end(sw, port) : NULL;

		if (port->far != far)
			port->far = far;
	}
}
