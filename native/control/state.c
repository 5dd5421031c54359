#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "port_json.h"
#include "state.h"

#include "../base/log.h"

#define VERSION 1

static bool
load_port(struct vswitch *sw, json_t *entry)
{
	json_t *id = json_object_get(entry, "id");
	struct port_config config;
	struct port *port;
	const char *bad;

	port_config_init(&config);
	if ((id && (!json_is_integer(id) || json_integer_value(id) < 0 ||
			   json_integer_value(id) >= MAX_PORTS)) ||
		!json_is_object(entry) || port_config_from_json(entry, &config, &bad) ||
		!config.name[0] || !config.path[0])
		return false;
	switch (port_add(sw, &config, id ? (int)json_integer_value(id) : PORT_ANY, &port)) {
	case PORT_ADDED:
	case PORT_SAME:
		return true;
	case PORT_TAG_TAKEN:
		LOG(ERR,
			"port %s: %d is the tag of port %s towards the uplink, and one of them is "
			"in no VLAN; change its VLAN",
			config.name, port_tag(port), port->config.name);
		return false;
	default:
		return false;
	}
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

/* The lock is a file of its own, as the state file is replaced at each change. */
bool
state_lock(const char *state_file)
{
	char beside[PATH_MAX];
	int fd;

	if (!state_file)
		return true;
	snprintf(beside, sizeof(beside), "%s.lock", state_file);
	fd = open(beside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		LOG(ERR, "%s: cannot open (%s)", beside, strerror(errno));
		return false;
	}
	/* Open until the process ends, and the lock with it. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	LOG(ERR, "%s: %s; give this switch a --state-file of its own", state_file,
		errno == EWOULDBLOCK ? "another switch keeps its ports there" : strerror(errno));
	close(fd);
	return false;
}

bool
state_load(struct vswitch *sw)
{
	json_t *root, *ports, *entry;
	json_error_t error;
	size_t i;

	if (!sw->state_file || (access(sw->state_file, F_OK) < 0 && errno == ENOENT))
		return true;
	root = json_load_file(sw->state_file, JSON_REJECT_DUPLICATES, &error);
	if (root && !has_our_version(sw->state_file, root)) {
		json_decref(root);
		return false;
	}
	ports = json_object_get(root, "ports");
	if (!json_is_array(ports)) {
		LOG(ERR, "%s: no list of ports in it (%s); repair or remove the file",
			sw->state_file, root ? "wrong shape" : error.text);
		json_decref(root);
		return false;
	}
	json_array_foreach (ports, i, entry) {
		if (load_port(sw, entry))
			continue;
		LOG(ERR, "%s: port %zu cannot be added; repair or remove the file", sw->state_file,
			i);
		json_decref(root);
		return false;
	}
	json_decref(root);
	return true;
}

static json_t *
describe(const struct vswitch *sw)
{
	json_t *ports = json_array();

	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		const struct port *port = &sw->ports[i];
		json_t *entry;

		if (!port->used)
			continue;
		entry = port_config_to_json(&port->config);
		/* Without a VLAN the port's tag depends on its number. */
		json_object_set_new(entry, "id", json_integer(port->id));
		json_array_append_new(ports, entry);
	}
	return json_pack("{s:i, s:o}", "version", VERSION, "ports", ports);
}

static bool
write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0)
			return false;
		text += n;
		length -= n;
	}
	return true;
}

/* In one write: jansson's json_dumpfd() does a system call for each token. */
static bool
write_file(const char *path, json_t *root)
{
	char *text = json_dumps(root, JSON_INDENT(1));
	bool done = false;
	int fd = -1;

	if (text)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		done = write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1) &&
		       fdatasync(fd) == 0;
		done = close(fd) == 0 && done;
	}
	free(text);
	return done;
}

/* Syncs the folder of a renamed file. */
static bool
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	int fd;
	bool done;

	snprintf(folder, sizeof(folder), "%s", path);
	*(strrchr(folder, '/') + 1) = '\0'; /* the path is absolute */
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = fsync(fd) == 0;
	return close(fd) == 0 && done;
}

bool
state_save(const struct vswitch *sw)
{
	char beside[PATH_MAX];
	json_t *root;
	bool done;

	if (!sw->state_file)
		return true;
	snprintf(beside, sizeof(beside), "%s.new", sw->state_file);
	root = describe(sw);
	errno = ENOMEM;
	done = root && write_file(beside, root) && rename(beside, sw->state_file) == 0 &&
	       sync_folder(sw->state_file);
	if (!done)
		LOG(ERR, "%s: cannot write (%s)", sw->state_file, strerror(errno));
	json_decref(root);
	return done;
}
