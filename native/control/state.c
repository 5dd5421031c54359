#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "learned_json.h"
#include "pin_json.h"
#include "port_json.h"
#include "state.h"
#include "state_text.h"

#include "../base/log.h"
#include "../datapath/port_place.h"
#include "../vhost/own_file.h"

#define VERSION 1
/* Of every port a few hundred bytes: whatever is longer is not ours. */
#define MAX_BYTES (16 << 20)
#define LEARNED_SECONDS 5 /* between two looks at what was learnt */

struct state {
	char *file;
	int lock;
	json_t *left; /* ports of the file that could not be added */
	struct state_lines *lines;
	uint64_t learned; /* learned_mark() of the ports when that was written */
	uint32_t next;    /* when to look again */
	bool pends;       /* something is to be saved; by port: it is new */
	bool is_new[MAX_PORTS];
};

static void
give_back(struct state *state)
{
	state_lines_destroy(state->lines);
	json_decref(state->left);
	free(state->file);
	free(state);
}

struct state *
state_open(const char *file)
{
	struct state *state = calloc(1, sizeof(*state));
	char beside[PATH_MAX];
	int error;

	/* A file of its own, as the state file is replaced at each change. */
	snprintf(beside, sizeof(beside), "%s.lock", file);
	errno = ENOMEM;
	if (state && (state->file = strdup(file)) && (state->left = json_array()) &&
		(state->lines = state_lines_create())) {
		state->lock = own_file_lock(beside);
		if (state->lock >= 0)
			return state;
	}
	error = errno;
	LOG(ERR, "%s: %s; %s", file,
		error == EWOULDBLOCK ? "another switch keeps its ports there" : strerror(error),
		error == EWOULDBLOCK ? "give this switch a --state-file of its own"
				     : "check that its folder exists and may be written to");
	if (state)
		give_back(state);
	return NULL;
}

void
state_close(struct state *state)
{
	if (!state)
		return;
	close(state->lock);
	give_back(state);
}

const char *
state_path(const struct state *state)
{
	return state ? state->file : "no file";
}

/* Why not, or NULL. */
static const char *
load_port(struct vswitch *sw, json_t *entry)
{
	json_t *id = json_object_get(entry, "id");
	struct port_config config;
	struct learned learned;
	struct lcore_choice choice, queues[GUEST_MAX_PAIRS];
	struct port *port;
	const char *bad;

	port_config_init(&config);
	if ((id && (!json_is_integer(id) || json_integer_value(id) < 0 ||
			   json_integer_value(id) >= MAX_PORTS)) ||
		!json_is_object(entry) || port_config_from_json(entry, &config, &bad) ||
		!learned_from_json(&learned, json_object_get(entry, "learned"), vswitch_now(sw)) ||
		!pin_from_json(&choice, json_object_get(entry, "pinned")) ||
		!queue_pins_from_json(queues, json_object_get(entry, "pinned_queues")) ||
		!config.name[0] || (!config.path[0] && !config.interface[0] && !config.device[0]))
		return "these are no settings of a port; repair or remove them";
	if (port_is_static(config.name, NULL))
		return "its name is that of a static relay's port, which no state file has; give "
		       "it another one";
	switch (port_add(sw, &config, id ? (int)json_integer_value(id) : PORT_ANY, &port)) {
	case PORT_ADDED:
		learned_copy(&port->learned, &learned);
		if (choice.lcore >= 0)
			port_pin_again(sw, port, choice);
		for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++)
			if (queues[i].lcore >= 0)
				queue_pin_again(sw, port, i, queues[i]);
		/* fall through */
	case PORT_SAME:
		return NULL;
	case PORT_TAG_TAKEN:
		return "its tag at a device with a tag per guest is another port's, and one of "
		       "them "
		       "is in no VLAN; change its VLAN";
	case PORT_RELAY_FULL:
		return "its relay has two other ends; remove one";
	case PORT_CONFLICT:
		return "another port has its name or path; remove one";
	case PORT_FULL:
		return "all ports are taken; remove one";
	case PORT_PATH_TAKEN:
		return "something else is at its path; mend that and add it again";
	case PORT_NO_FOLDER:
		return "its folder is missing, or belongs to another user; mend that and add it "
		       "again";
	case PORT_NO_DEVICE:
		return port->device_problem;
	case PORT_FAILED:
		break;
	}
	return "its socket cannot be opened; add it again";
}

static void
load_ports(struct vswitch *sw, json_t *ports)
{
	json_t *entry;
	size_t i;

	json_array_foreach (ports, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		const char *why = load_port(sw, entry);

		if (!why)
			continue;
		LOG(WARNING,
			"%s: port %.63s is not added and stays in the file until it is removed: %s",
			sw->state->file, name ? name : "without a name", why);
		json_array_append(sw->state->left, entry);
	}
	ports_place(sw);
}

/* False with a log line. */
static bool
has_our_version(const char *path, json_t *root)
{
	json_t *version = json_object_get(root, "version");
	char *text;

	if (json_is_integer(version) && json_integer_value(version) == VERSION)
		return true;
	text = version ? json_dumps(version, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	LOG(ERR,
		"%s: version %.32s, this switch reads version %d; start the release that wrote "
		"it, or move the file away",
		path, text ? text : "missing", VERSION);
	free(text);
	return false;
}

/* True when the switch may start without it. */
static bool
set_aside(const char *path, const char *why)
{
	char aside[PATH_MAX];
	struct stat stat;

	/* A FIFO or a link has nothing to be kept, and Landlock lets none be made under a new name.
	 */
	if (lstat(path, &stat) == 0 && !S_ISREG(stat.st_mode) && unlink(path) == 0) {
		LOG(ERR, "%s: %s; it is removed, and the switch starts without ports", path, why);
		return true;
	}
	snprintf(aside, sizeof(aside), "%s.bad", path);
	if (rename(path, aside) == 0) {
		LOG(ERR, "%s: %s; it is %s now, and the switch starts without its ports", path, why,
			aside);
		return true;
	}
	LOG(ERR, "%s: %s, and it cannot be renamed to %s (%s); remove it", path, why, aside,
		strerror(errno));
	return false;
}

/* The file's value; NULL: there is none, *why tells, or it is absent. */
static json_t *
read_file(const char *path, char *why, size_t size)
{
	json_error_t error;
	struct stat stat;
	json_t *root = NULL;
	int fd = own_file_open(path);

	why[0] = '\0';
	if (fd < 0) {
		if (errno != ENOENT)
			snprintf(why, size, "not a file of this switch's user (%s)",
				strerror(errno));
		return NULL;
	}
	if (fstat(fd, &stat) < 0 || stat.st_size > MAX_BYTES)
		snprintf(why, size, "longer than %d bytes", MAX_BYTES);
	else if (!(root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error)))
		snprintf(why, size, "not JSON (%s, line %d)", error.text, error.line);
	close(fd);
	return root;
}

bool
state_load(struct vswitch *sw)
{
	const char *path;
	char why[200];
	json_t *root, *ports;
	bool loaded;

	if (!sw->state)
		return true;
	path = sw->state->file;
	root = read_file(path, why, sizeof(why));
	if (!root)
		return !why[0] || set_aside(path, why);
	ports = json_object_get(root, "ports");
	if (!json_is_array(ports))
		loaded = set_aside(path, "no list of ports in it");
	else if ((loaded = has_our_version(path, root)))
		load_ports(sw, ports);
	json_decref(root);
	return loaded;
}

bool
state_forget(struct state *state, const char *name)
{
	json_t *entry;
	size_t i;

	if (!state)
		return false;
	json_array_foreach (state->left, i, entry) {
		const char *left = json_string_value(json_object_get(entry, "name"));

		if (left && !strcmp(left, name))
			return json_array_remove(state->left, i) == 0;
	}
	return false;
}

bool
state_save(const struct vswitch *sw)
{
	struct state *state = sw->state;
	char *text;
	bool done;

	if (!state)
		return true;
	text = state_text(sw, state->lines, VERSION, state->left);
	errno = text ? errno : ENOMEM;
	done = text && own_file_replace(state->file, text, strlen(text));
	if (!done)
		LOG(ERR, "%s: cannot write (%s)", state->file, strerror(errno));
	free(text);
	return done;
}

bool
state_pend(const struct vswitch *sw, const struct port *added)
{
	if (!sw->state)
		return false;
	sw->state->pends = true;
	if (added)
		sw->state->is_new[added->id] = true;
	return true;
}

bool
state_is_pending(const struct vswitch *sw, const struct port *port)
{
	return sw->state && sw->state->is_new[port->id];
}

bool
state_save_pending(struct vswitch *sw)
{
	struct state *state = sw->state;
	bool saved;

	if (!state || !state->pends)
		return true;
	saved = state_save(sw);
	for (uint16_t i = 0; i < MAX_PORTS && !saved; i++)
		if (state->is_new[i] && sw->ports[i].used)
			port_remove(sw, &sw->ports[i]);
	state->pends = false;
	memset(state->is_new, 0, sizeof(state->is_new));
	return saved;
}

void
state_refresh(const struct vswitch *sw)
{
	uint32_t now = vswitch_now(sw);
	uint64_t learned = 0;

	if (!sw->state || now < sw->state->next)
		return;
	sw->state->next = now + LEARNED_SECONDS;
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			learned = learned * 31 + learned_mark(&sw->ports[i].learned);
	if (learned != sw->state->learned)
		(void)state_save(sw);
	sw->state->learned = learned;
}
