#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "captures.h"
#include "methods.h"

#include "../datapath/mirror.h"

/* A new capture of a port; NULL with the error set. */
static struct mirror *
new_mirror(struct rpc_call *call, const struct port *port)
{
	struct vswitch *sw = call->context;
	uint64_t most = (uint64_t)setting(&sw->settings.capture_size) << 20;
	uint32_t files = setting(&sw->settings.capture_files);
	char path[CAPTURE_PATH_SIZE];
	struct mirror *mirror;
	int fd;

	if (!sw->captures) {
		rpc_fail(call, RPC_CONFLICT,
			"%s: this switch has no folder for captures; start it with "
			"--capture-folder",
			port->config.name);
		return NULL;
	}
	fd = captures_create(sw->captures, port->config.name, files, path);
	if (fd < 0 && errno == EDQUOT) {
		rpc_fail(call, RPC_CONFLICT,
			"%s: %u captures are there already; remove one, or raise capture_files",
			sw->captures, files);
		return NULL;
	}
	if (fd < 0) {
		rpc_fail(call, RPC_INTERNAL,
			"%s: %s; see that it is a folder in which only the switch's user writes",
			sw->captures, strerror(errno));
		return NULL;
	}
	mirror = mirror_open(fd, path, most);
	if (!mirror) {
		rpc_fail(call, RPC_INTERNAL, "%s: %s; free memory, or room for files", path,
			strerror(errno));
		(void)unlink(path); /* empty, and one of capture_files */
	}
	return mirror;
}

json_t *
method_port_mirror(struct rpc_call *call)
{
	struct port *port = methods_named_port(call);
	json_t *on = json_object_get(call->params, "on");
	struct mirror *mirror = NULL;

	if (!port)
		return NULL;
	if (!json_is_boolean(on))
		return rpc_bad_param(call, "on", "true or false");
	if (json_is_true(on) == (port->mirror != NULL))
		return methods_changed(call->context, false, port);
	if (json_is_true(on) && !(mirror = new_mirror(call, port)))
		return NULL;
	mirror_close(port_mirror(call->context, port, mirror));
	return methods_changed(call->context, true, port);
}
