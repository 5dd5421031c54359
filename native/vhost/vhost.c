#include <linux/virtio_net.h>
#include <string.h>

#include <rte_vhost.h>

#include "guest.h"
#include "vhost.h"
#include "vhost_message.h"

#include "../base/log.h"
#include "../datapath/announce.h"
#include "../datapath/vswitch.h"

/* Offloads that rte_vhost would offer: those of --tx-csum, those of --tso, and never. */
#define CHECKSUMS (1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_GUEST_CSUM)
#define SEGMENTATION                                                                               \
	(1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6 |                       \
		1ULL << VIRTIO_NET_F_HOST_TSO4 | 1ULL << VIRTIO_NET_F_HOST_TSO6)
#define NO_OFFLOADS                                                                                \
	(1ULL << VIRTIO_NET_F_GUEST_ECN | 1ULL << VIRTIO_NET_F_GUEST_UFO |                         \
		1ULL << VIRTIO_NET_F_HOST_ECN | 1ULL << VIRTIO_NET_F_HOST_UFO)

/* rte_vhost's callbacks carry no context. One switch per process. */
static struct vswitch *owner;

/* The port whose guest speaks over connection vid, under owner->lock; NULL: none. */
static struct port *
port_of(int vid)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (owner->ports[i].used && owner->ports[i].connection == vid)
			return &owner->ports[i];
	return NULL;
}

/* Takes the guest's rings out of forwarding; rte_vhost then knows how far they came. */
static void
pause_guest(struct port *port)
{
	struct guest *guest = port->guest;

	if (!guest)
		return;
	port->guest = NULL;
	topology_publish(owner);
	if (guest->lost_memory)
		LOG(ERR, "port %s: its guest cut off memory that it shared; its rings were stopped",
			port->config.name);
	guest_save(guest);
	guest_faults(guest, &port->bad_chains, &(uint16_t){0});
	guest_destroy(guest);
}

static void
resume_guest(struct port *port)
{
	port->guest = guest_create(port->connection, port->enabled);
	topology_publish(owner);
}

static int
guest_up(int vid)
{
	struct port *port;

	pthread_mutex_lock(&owner->lock);
	port = port_of(vid);
	if (port) {
		port->up = true;
		resume_guest(port);
	}
	pthread_mutex_unlock(&owner->lock);
	if (port)
		LOG(INFO, "port %s: guest is up", port->config.name);
	return port ? 0 : -1;
}

static void
guest_down(int vid)
{
	struct port *port;

	pthread_mutex_lock(&owner->lock);
	port = port_of(vid);
	if (port) {
		pause_guest(port);
		port->up = false;
	}
	pthread_mutex_unlock(&owner->lock);
	if (port)
		LOG(INFO, "port %s: guest is gone", port->config.name);
}

/* A ring became ready, or ceases to be. */
static int
ring_changed(int vid, uint16_t ring, int enable)
{
	struct port *port;

	pthread_mutex_lock(&owner->lock);
	port = port_of(vid);
	if (port && ring < GUEST_MAX_RINGS) {
		port->enabled[ring] = enable;
		if (port->up) {
			pause_guest(port);
			resume_guest(port);
		}
	}
	pthread_mutex_unlock(&owner->lock);
	return 0;
}

/*
 * Requests (vhost-user protocol, "Front-end message types") that change memory or rings under
 * forwarding: the guest's rings are paused while rte_vhost handles them. rte_vhost would only
 * keep its own data path away.
 */
static bool
changes_rings(uint32_t request)
{
	static const uint64_t changing =
		1ULL << REQUEST_SET_FEATURES | 1ULL << REQUEST_SET_MEM_TABLE |
		1ULL << REQUEST_SET_LOG_BASE | 1ULL << REQUEST_SET_VRING_NUM |
		1ULL << REQUEST_SET_VRING_ADDR | 1ULL << REQUEST_SET_VRING_BASE |
		1ULL << REQUEST_SET_VRING_KICK | 1ULL << REQUEST_SET_VRING_CALL |
		1ULL << REQUEST_SET_VRING_ENABLE;

	return request < 64 && (changing >> request & 1);
}

static enum rte_vhost_msg_result
before_message(int vid, void *message)
{
	const char *problem = vhost_message_admit(message);
	struct port *port;

	if (problem || changes_rings(*(uint32_t *)message)) {
		pthread_mutex_lock(&owner->lock);
		port = port_of(vid);
		if (problem)
			LOG(ERR, "port %s: its guest sends %s; refused",
				port ? port->config.name : "none", problem);
		else if (port)
			pause_guest(port);
		pthread_mutex_unlock(&owner->lock);
	}
	if (problem)
		return RTE_VHOST_MSG_RESULT_ERR;
	fault_expect(); /* rte_vhost looks into the rings */
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

/* The guest has migrated here; its address is in the first bytes of the message's number. */
static void
announce_guest(int vid, const struct vhost_message *message)
{
	uint8_t mac[8];
	struct port *port;

	if (message->size != sizeof(message->number))
		return;
	memcpy(mac, &message->number, sizeof(mac));
	pthread_mutex_lock(&owner->lock);
	port = port_of(vid);
	if (port)
		announce(owner, port, mac);
	pthread_mutex_unlock(&owner->lock);
}

static enum rte_vhost_msg_result
after_message(int vid, void *message)
{
	struct port *port;

	fault_expect_no_more();
	if (*(uint32_t *)message == REQUEST_SEND_RARP)
		announce_guest(vid, message);
	if (changes_rings(*(uint32_t *)message)) {
		pthread_mutex_lock(&owner->lock);
		port = port_of(vid);
		if (port && port->up && !port->guest)
			resume_guest(port);
		pthread_mutex_unlock(&owner->lock);
	}
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

static const struct rte_vhost_user_extern_ops message_hooks = {
	.pre_msg_handle = before_message,
	.post_msg_handle = after_message,
};

/* A socket in server mode takes any number of connections; a port has one guest. */
static int
connected(int vid)
{
	char path[SOCKET_PATH_MAX + 2];
	struct port *port = NULL;
	bool taken = false;

	pthread_mutex_lock(&owner->lock);
	if (rte_vhost_get_ifname(vid, path, sizeof(path)) == 0)
		port = port_by_path(owner, path);
	if (port) {
		taken = port->connection != PORT_DOWN || port->leaving;
		if (!taken) {
			port->connection = vid;
			memset(port->enabled, 0, sizeof(port->enabled));
		}
	}
	pthread_mutex_unlock(&owner->lock);
	if (!port || taken) {
		LOG(ERR, "%s: a second guest on one socket is refused",
			port ? path : "unknown socket");
		return -1;
	}
	return rte_vhost_extern_callback_register(vid, &message_hooks, NULL);
}

static void
disconnected(int vid)
{
	struct port *port;

	/* After a message that failed, there was no other end to it. */
	fault_expect_no_more();
	vhost_message_forget();
	pthread_mutex_lock(&owner->lock);
	port = port_of(vid);
	if (port)
		port->connection = PORT_DOWN;
	pthread_mutex_unlock(&owner->lock);
}

static const struct rte_vhost_device_ops callbacks = {
	.new_connection = connected,
	.destroy_connection = disconnected,
	.new_device = guest_up,
	.destroy_device = guest_down,
	.vring_state_changed = ring_changed,
};

/* Takes the socket into rte_vhost and listens there, or dials once. */
static bool
start(const struct vswitch *sw, struct port *port)
{
	const char *path = port->config.path;
	uint64_t without = NO_OFFLOADS, flags = 0;

	if (!sw->tx_csum)
		without |= CHECKSUMS;
	if (!sw->tso)
		without |= SEGMENTATION;
	if (!sw->mergeable)
		without |= 1ULL << VIRTIO_NET_F_MRG_RXBUF;
	if (port->config.dial)
		flags = RTE_VHOST_USER_CLIENT | RTE_VHOST_USER_NO_RECONNECT;
	if (rte_vhost_driver_register(path, flags) < 0)
		return false;
	if (rte_vhost_driver_disable_features(path, without) < 0 ||
		rte_vhost_driver_callback_register(path, &callbacks) < 0 ||
		rte_vhost_driver_start(path) < 0) {
		rte_vhost_driver_unregister(path);
		return false;
	}
	port->registered = true;
	return true;
}

bool
vhost_open(struct vswitch *sw, struct port *port)
{
	owner = sw;
	pthread_mutex_lock(&sw->lock);
	port->connection = PORT_DOWN;
	port->up = port->leaving = port->registered = false;
	pthread_mutex_unlock(&sw->lock);
	/* Nobody there to be dialled is no failure; vhost_redial() goes on. */
	if (start(sw, port) || port->config.dial)
		return true;
	LOG(ERR, "%s: cannot listen", port->config.path);
	return false;
}

void
vhost_close(struct port *port)
{
	/*
	 * Taken down here, as rte_vhost does not say that a connection ends which it ends itself;
	 * and before that, as it may then give the device's number to another port's guest.
	 */
	pthread_mutex_lock(&owner->lock);
	port->leaving = true;
	pause_guest(port);
	port->up = false;
	port->connection = PORT_DOWN;
	pthread_mutex_unlock(&owner->lock);
	if (port->registered && rte_vhost_driver_unregister(port->config.path) < 0)
		LOG(ERR, "%s: rte_vhost does not know this socket", port->config.path);
	port->registered = false;
}

/*
 * rte_vhost could dial again by itself, but keeps what it needs for that after the socket was
 * unregistered while the guest was leaving.
 */
void
vhost_redial(struct vswitch *sw)
{
	int log = rte_log_register("lib.vhost.config"), level = rte_log_get_level(log);

	/* It has a line for each attempt. */
	if (log >= 0)
		rte_log_set_level(log, RTE_LOG_EMERG);
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];
		bool down;

		if (!port->used || !port->config.dial)
			continue;
		pthread_mutex_lock(&sw->lock);
		down = port->connection == PORT_DOWN;
		pthread_mutex_unlock(&sw->lock);
		if (!down)
			continue;
		if (port->registered)
			rte_vhost_driver_unregister(port->config.path);
		port->registered = false;
		start(sw, port);
	}
	if (log >= 0)
		rte_log_set_level(log, level);
}
