#include <rte_vhost.h>

#include "vhost_appear.h"
#include "vhost_device.h"
#include "vhost_hold.h"
#include "vhost_message.h"
#include "vhost_peer.h"

#include "../base/log.h"

/* Offloads that rte_vhost would offer, and that are never offered. */
#define NO_OFFLOADS                                                                                \
	(1ULL << VIRTIO_NET_F_GUEST_ECN | 1ULL << VIRTIO_NET_F_GUEST_UFO |                         \
		1ULL << VIRTIO_NET_F_HOST_ECN | 1ULL << VIRTIO_NET_F_HOST_UFO)

/* Rounds of vhost_redial() to the next attempt to listen at a socket that was closed for a link. */
#define LISTEN_AGAIN_IN 100
/* And to the next look at which folders sockets that are dialled are in. */
#define FOLDERS_ANEW_IN 10

struct vhost_owner vhost_owner;
struct vhost_socket *vhost_sockets;

/* rte_vhost logs a line for each attempt at a socket. Returns the level to be set again. */
static int
be_quiet(int log)
{
	int level = rte_log_get_level(log);

	if (log >= 0)
		rte_log_set_level(log, RTE_LOG_EMERG);
	return level;
}

/* Of a socket that is never opened. */
#define KEEPER "vmlane-keeps-the-thread"

/*
 * From DPDK 24.11 on rte_vhost ends its thread with the last socket, and waits up to a second for
 * that: each dial that nobody answers would hold up the control thread so long. This one is
 * registered and never started, so nothing is bound and nobody can reach it; there is always one
 * left.
 */
static void
keep_thread(void)
{
	int log = rte_log_register("lib.vhost.config"), level = be_quiet(log);

	if (rte_vhost_driver_register(KEEPER, 0) < 0)
		LOG(WARNING, "rte_vhost has no room for a socket that keeps its thread; dialling "
			     "may be slow");
	if (log >= 0)
		rte_log_set_level(log, level);
}

void
vhost_init(const struct vhost_owner *owner)
{
	vhost_owner = *owner;
	vhost_appear_init();
	keep_thread();
}

void
vhost_end(void)
{
	(void)rte_vhost_driver_unregister(KEEPER);
	vhost_appear_end();
}

/* What rte_vhost would offer, and guests are not offered. */
static uint64_t
withheld(void)
{
	uint64_t without = NO_OFFLOADS | vhost_owner.features_off;

	if (!vhost_owner.tx_csum)
		without |= GUEST_CHECKSUMS;
	if (!vhost_owner.tso)
		without |= GUEST_SEGMENTATION;
	if (!vhost_owner.mergeable)
		without |= 1ULL << VIRTIO_NET_F_MRG_RXBUF;
	return without;
}

uint64_t
vhost_features(void)
{
	uint64_t features;

	if (rte_vhost_driver_get_features(KEEPER, &features) < 0)
		return 0;
	return features & ~withheld();
}

/* Listens, or dials once. */
static bool
go(const struct vhost_socket *socket)
{
	bool dials = socket->listener == LISTENER_QEMU, done;

	if (dials)
		vhost_message_hold();
	done = rte_vhost_driver_start(socket->path) == 0;
	if (dials)
		vhost_message_release();
	return done;
}

/* Registers the socket with rte_vhost, and listens or dials there. */
static bool
start(struct vhost_socket *socket)
{
	const char *path = socket->path;
	uint64_t flags = 0;

	if (socket->listener == LISTENER_QEMU)
		flags = RTE_VHOST_USER_CLIENT | RTE_VHOST_USER_NO_RECONNECT;
	if (rte_vhost_driver_register(path, flags) < 0)
		return false;
	if (rte_vhost_driver_disable_features(path, withheld()) < 0 ||
		rte_vhost_driver_callback_register(path, &vhost_device_callbacks) < 0 ||
		!go(socket)) {
		rte_vhost_driver_unregister(path);
		return false;
	}
	socket->registered = true;
	return true;
}

static void
unlink_socket(struct vhost_socket *socket)
{
	struct vhost_socket **link = &vhost_sockets;

	pthread_mutex_lock(vhost_owner.lock);
	while (*link != socket)
		link = &(*link)->next;
	*link = socket->next;
	pthread_mutex_unlock(vhost_owner.lock);
}

bool
vhost_open(struct vhost_socket *socket)
{
	pthread_mutex_lock(vhost_owner.lock);
	socket->connection = VHOST_DOWN;
	socket->up = socket->leaving = socket->registered = false;
	socket->earlier_bad_chains = socket->refused = socket->wrong_label = socket->memory = 0;
	socket->peer = -1;
	socket->checked = PEER_UNKNOWN;
	socket->expelled = socket->hung_up = false;
	guest_places_clear(&socket->places);
	socket->redial_in = 0;
	socket->messages = (struct rate){0};
	socket->watch = -1;
	socket->appeared = false;
	socket->next = vhost_sockets;
	vhost_sockets = socket;
	pthread_mutex_unlock(vhost_owner.lock);
	vhost_appear_renew(socket, true);
	/* A peer that does not listen yet is no failure; vhost_redial() retries. */
	if (start(socket) || socket->listener == LISTENER_QEMU)
		return true;
	LOG(ERR, "%s: cannot listen", socket->path);
	unlink_socket(socket);
	return false;
}

/* Takes the guest down, and closes the socket. */
static void
leave(struct vhost_socket *socket)
{
	/*
	 * Taken down here, as rte_vhost does not report the end of a connection that it ends
	 * itself; and before that, as it may then reuse the number for another port's guest.
	 */
	pthread_mutex_lock(vhost_owner.lock);
	socket->leaving = true;
	vhost_device_down(socket);
	socket->connection = VHOST_DOWN;
	socket->memory = 0;
	vhost_peer_forget(socket);
	pthread_mutex_unlock(vhost_owner.lock);
	if (socket->registered && rte_vhost_driver_unregister(socket->path) < 0)
		LOG(ERR, "%s: rte_vhost does not know this socket", socket->path);
	socket->registered = false;
}

void
vhost_close(struct vhost_socket *socket)
{
	leave(socket);
	vhost_hold_forget(socket);
	unlink_socket(socket);
	vhost_appear_forget(socket);
}

static void
hang_up(struct vhost_socket *socket)
{
	vhost_hold_note(socket);
	leave(socket);
	pthread_mutex_lock(vhost_owner.lock);
	socket->leaving = false;
	pthread_mutex_unlock(vhost_owner.lock);
}

/* Whether somebody is to dial it now, or to listen there again. A round is one less to wait for. */
static bool
is_due(struct vhost_socket *socket, bool round)
{
	bool down;

	if (socket->registered && socket->listener == LISTENER_SWITCH)
		return false;
	if (vhost_hold_keeps_away(socket))
		return false;
	pthread_mutex_lock(vhost_owner.lock);
	down = socket->connection == VHOST_DOWN;
	if (down && socket->redial_in) {
		socket->redial_in -= round;
		down = false;
	}
	pthread_mutex_unlock(vhost_owner.lock);
	return down;
}

/*
 * Dials it, or listens there again. rte_vhost could redial by itself, but keeps its state for that
 * when the socket is unregistered while the guest is leaving.
 */
static void
start_again(struct vhost_socket *socket)
{
	int log = rte_log_register("lib.vhost.config"), level = be_quiet(log);

	if (socket->registered)
		rte_vhost_driver_unregister(socket->path);
	socket->registered = false;
	if (!start(socket) && socket->listener == LISTENER_SWITCH) {
		LOG(ERR, "%s: cannot listen again; something else may be there", socket->path);
		socket->redial_in = LISTEN_AGAIN_IN;
	}
	if (log >= 0)
		rte_log_set_level(log, level);
}

void
vhost_redial(void)
{
	static unsigned round;
	bool anew = round++ % FOLDERS_ANEW_IN == 0;

	/* Only this thread changes the list. */
	for (struct vhost_socket *socket = vhost_sockets; socket; socket = socket->next) {
		if (vhost_hold_is_due(socket))
			hang_up(socket);
		if (!is_due(socket, true))
			continue;
		vhost_appear_renew(socket, anew);
		start_again(socket);
	}
}

bool
vhost_dial_appeared(void)
{
	bool more = false;

	vhost_appear_read();
	for (struct vhost_socket *socket = vhost_sockets; socket; socket = socket->next) {
		if (!vhost_appear_is_due(socket))
			continue;
		if (is_due(socket, false))
			start_again(socket);
		socket->appeared = is_due(socket, false);
		more |= socket->appeared;
	}
	return more;
}
