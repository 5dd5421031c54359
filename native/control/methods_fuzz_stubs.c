/*
 * Fuzz fixture: stand-ins for all that the methods reach beside the port table. Sockets of ports
 * are none: the fuzzer names paths at will.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device_json.h"

#include "../base/log.h"
#include "../datapath/announce.h"
#include "../datapath/lcore.h"
#include "../datapath/fdb.h"
#include "../datapath/trace.h"
#include "../datapath/device.h"
#include "../host/host_port.h"
#include "../vhost/guest.h"
#include "../vhost/guest_folder.h"
#include "../vhost/unix_socket.h"
#include "../vhost/vhost.h"

uint64_t
log_left_out(const char *subject)
{
	(void)subject;
	return 0;
}

void
log_level(uint32_t level)
{
	(void)level;
}

/* Everybody else gets it, with a tag or without. */
bool
trace_run(struct vswitch *sw, const struct port *port, const uint8_t *bytes, uint32_t length,
	struct trace *trace)
{
	*trace = (struct trace){.decision = {.to = TO_FLOOD}, .source_at = FDB_NONE};
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		if (!sw->ports[i].used || &sw->ports[i] == port)
			continue;
		trace->to[trace->n_to].port = i;
		trace->to[trace->n_to++].tag = (bytes[0] + length) % 2 ? (int)i : -1;
	}
	trace->lost[0].port = trace->destination_at = port->id;
	trace->n_lost = 1;
	return true;
}

void
vhost_init(const struct vhost_owner *owner)
{
	(void)owner;
	abort();
}

bool
vhost_open(struct vhost_socket *socket)
{
	return !strstr(socket->path, "denied");
}

void
vhost_close(struct vhost_socket *socket)
{
	(void)socket;
}

/* There is no interface. */
struct host_port *
host_port_open(const struct host_wish *wish)
{
	errno = strstr(wish->interface, "busy") ? EBUSY : ENODEV;
	return NULL;
}

void
host_port_close(struct host_port *host, struct host_counts *last)
{
	(void)host;
	(void)last;
	abort();
}

struct guest *
host_port_guest(struct host_port *host)
{
	(void)host;
	abort();
}

bool
host_port_set_carrier(struct host_port *host, bool up)
{
	(void)host;
	(void)up;
	abort();
}

bool
host_port_is_lost(const struct host_port *host)
{
	(void)host;
	abort();
}

void
host_port_count(const struct host_port *host, struct host_counts *counts)
{
	(void)host;
	(void)counts;
	abort();
}

void
vhost_check_peer(struct vhost_socket *socket)
{
	(void)socket;
}

void
announce(struct vswitch *owner, struct port *port, const uint8_t mac[6])
{
	(void)owner;
	(void)port;
	(void)mac;
	abort();
}

bool
unix_socket_clear(const char *path)
{
	return !strstr(path, "busy");
}

bool
guest_folder_make(const char *path, enum listener listener)
{
	(void)listener;
	errno = strstr(path, "link") ? ENOTDIR : EPERM;
	return !strstr(path, "link") && !strstr(path, "foreign");
}

void
guest_folder_remove(const char *path)
{
	(void)path;
}

void
lcore_forget(struct lcore *lcore, uint16_t port)
{
	(void)lcore;
	(void)port;
}

void
lcore_busy(const struct lcore *lcore, uint64_t *cycles, uint64_t *frames)
{
	(void)lcore;
	*cycles = *frames = 0;
}

bool
lcore_pair(const struct lcore *lcore, unsigned int place, struct pair_count *count)
{
	(void)lcore;
	*count = (struct pair_count){.from = (uint16_t)(place % 4), .to = 1, .packets = place};
	return place < 8;
}

void
lcore_waited(const struct lcore *lcore, uint64_t *waits, uint64_t *late)
{
	(void)lcore;
	*waits = *late = 0;
}

void
guest_faults(const struct guest *guest, uint64_t *bad_chains, uint16_t *broken)
{
	(void)guest;
	(void)bad_chains;
	(void)broken;
}

void
devices_accept_all(struct vswitch *of)
{
	(void)of;
}

void
devices_accept(struct vswitch *of, uint16_t port, const uint8_t mac[6])
{
	(void)of;
	(void)port;
	(void)mac;
}

json_t *
device_describe(struct device *device, const char *port)
{
	(void)device;
	(void)port;
	abort();
}

json_t *
device_nic_counters(struct device *device)
{
	(void)device;
	abort();
}

struct port *
device_per_guest(struct vswitch *of)
{
	(void)of;
	return NULL;
}

uint64_t
vhost_features(void)
{
	return 0;
}
