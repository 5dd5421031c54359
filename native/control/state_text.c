#include <stdio.h>
#include <stdlib.h>

#include "learned_json.h"
#include "pin_json.h"
#include "port_json.h"
#include "state_text.h"

#include "../datapath/port_place.h"

/* A port's line, and what it was made of. */
struct line {
	struct port_config config;
	struct lcore_choice choice;
	bool has_queue_choices;
	char *text;
};

struct state_lines {
	struct line *line[MAX_PORTS]; /* by number; NULL: none so far */
};

struct state_lines *
state_lines_create(void)
{
	return calloc(1, sizeof(struct state_lines));
}

static void
forget(struct line **line)
{
	if (*line)
		free((*line)->text);
	free(*line);
	*line = NULL;
}

void
state_lines_destroy(struct state_lines *lines)
{
	for (uint16_t i = 0; lines && i < MAX_PORTS; i++)
		forget(&lines->line[i]);
	free(lines);
}

static char *
text_of(const struct vswitch *sw, const struct port *port)
{
	json_t *entry = port_config_to_json(&port->config), *pins;
	char *text;

	/* Without a VLAN the port's tag depends on its number. */
	json_object_set_new(entry, "id", json_integer(port->id));
	if (!learned_is_untouched(&port->learned))
		json_object_set_new(
			entry, "learned", learned_to_json(&port->learned, vswitch_now(sw)));
	if (port->choice.lcore >= 0)
		json_object_set_new(entry, "pinned", pin_to_json(port->choice));
	if ((pins = queue_pins_to_json(port)))
		json_object_set_new(entry, "pinned_queues", pins);
	text = json_dumps(entry, JSON_COMPACT);
	json_decref(entry);
	return text;
}

static bool
is_still_so(const struct line *line, const struct port *port)
{
	/* What was learnt says how much longer it holds, so it is another text each second. */
	return line && learned_is_untouched(&port->learned) && !line->has_queue_choices &&
	       !port_has_queue_choices(port) && port_config_same(&line->config, &port->config) &&
	       line->choice.lcore == port->choice.lcore && line->choice.cpu == port->choice.cpu;
}

/* NULL: no memory. */
static const char *
line_of(const struct vswitch *sw, struct line **line, const struct port *port)
{
	char *text;

	if (is_still_so(*line, port))
		return (*line)->text;
	forget(line);
	text = text_of(sw, port);
	*line = text ? calloc(1, sizeof(**line)) : NULL;
	if (!*line) {
		free(text);
		return NULL;
	}
	**line = (struct line){
		.config = port->config,
		.choice = port->choice,
		.has_queue_choices = port_has_queue_choices(port),
		.text = text,
	};
	return text;
}

/* False: no memory. */
static bool
write_ports(FILE *file, const struct vswitch *sw, struct state_lines *lines, const char **comma)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		const struct port *port = &sw->ports[i];
		const char *text;

		if (!port->used || port_is_static(port->config.name, NULL)) {
			forget(&lines->line[i]);
			continue;
		}
		text = line_of(sw, &lines->line[i], port);
		if (!text || fprintf(file, "%s\n%s", *comma, text) < 0)
			return false;
		*comma = ",";
	}
	return true;
}

static bool
write_left(FILE *file, json_t *left, const char **comma)
{
	json_t *entry;
	size_t i;

	json_array_foreach (left, i, entry) {
		char *text = json_dumps(entry, JSON_COMPACT | JSON_ENCODE_ANY);
		bool done = text && fprintf(file, "%s\n%s", *comma, text) >= 0;

		free(text);
		if (!done)
			return false;
		*comma = ",";
	}
	return true;
}

char *
state_text(const struct vswitch *sw, struct state_lines *lines, int version, json_t *left)
{
	const char *comma = "";
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	bool done;

	if (!file)
		return NULL;
	done = fprintf(file, "{\"version\": %d, \"ports\": [", version) >= 0 &&
	       write_ports(file, sw, lines, &comma) && write_left(file, left, &comma) &&
	       fprintf(file, "\n]}") >= 0;
	if (fclose(file) == 0 && done)
		return text;
	free(text);
	return NULL;
}
