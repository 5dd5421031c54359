#include <string.h>

#include <rte_vhost.h>

#include "guest.h"
#include "vhost_device.h"
#include "vhost_limits.h"
#include "vhost_message.h"
#include "vhost_peer.h"

#include "../base/log.h"
#include "../base/sizes.h"

/* The socket of connection vid, under the lock; NULL: none. */
static struct vhost_socket *
socket_of(int vid)
{
	struct vhost_socket *socket = vhost_sockets;

	while (socket && socket->connection != vid)
		socket = socket->next;
	return socket;
}

static struct vhost_socket *
socket_by_path(const char *path)
{
	struct vhost_socket *socket = vhost_sockets;

	while (socket && strcmp(socket->path, path) != 0)
		socket = socket->next;
	return socket;
}

void
vhost_device_pause(struct vhost_socket *socket)
{
	struct guest *guest = socket->guest;

	if (!guest)
		return;
	socket->guest = NULL;
	vhost_owner.publish(vhost_owner.context);
	if (__atomic_load_n(&guest->lost_memory, __ATOMIC_RELAXED))
		LOG(ERR, "port %s: its guest cut off memory that it shared; its rings were stopped",
			socket->name);
	guest_save(guest, &socket->places);
	guest_faults(guest, &socket->earlier_bad_chains, &(uint16_t){0});
	guest_destroy(guest);
}

void
vhost_device_down(struct vhost_socket *socket)
{
	vhost_device_pause(socket);
	if (socket->up)
		vhost_owner.tell(vhost_owner.context, socket, false);
	socket->up = false;
}

static void
resume_guest(struct vhost_socket *socket)
{
	socket->guest = guest_create(socket->connection, socket->enabled, &socket->places);
	vhost_owner.publish(vhost_owner.context);
}

static int
guest_up(int vid)
{
	struct vhost_socket *socket;

	pthread_mutex_lock(vhost_owner.lock);
	socket = socket_of(vid);
	if (socket) {
		socket->up = true;
		vhost_owner.tell(vhost_owner.context, socket, true);
		resume_guest(socket);
	}
	pthread_mutex_unlock(vhost_owner.lock);
	if (socket)
		LOG(INFO, "port %s: guest is up", socket->name);
	return socket ? 0 : -1;
}

static void
guest_down(int vid)
{
	struct vhost_socket *socket;

	pthread_mutex_lock(vhost_owner.lock);
	socket = socket_of(vid);
	if (socket)
		vhost_device_down(socket);
	pthread_mutex_unlock(vhost_owner.lock);
	if (socket)
		LOG(INFO, "port %s: guest is gone", socket->name);
}

/* A ring became ready, or ceases to be. */
static int
ring_changed(int vid, uint16_t ring, int enable)
{
	struct vhost_socket *socket;

	pthread_mutex_lock(vhost_owner.lock);
	socket = socket_of(vid);
	if (socket && ring < GUEST_MAX_RINGS) {
		socket->enabled[ring] = enable;
		if (socket->up) {
			vhost_device_pause(socket);
			resume_guest(socket);
		}
	}
	pthread_mutex_unlock(vhost_owner.lock);
	return 0;
}

/*
 * Requests (vhost-user protocol, "Front-end message types") that change memory or rings under
 * forwarding: the guest's rings are paused while rte_vhost handles them. rte_vhost itself only
 * pauses its own data path.
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

/* Why a guest may not have the ring that its message is about; NULL: it may. */
static const char *
ring_problem(const struct vhost_message *message)
{
	uint32_t ring;

	if (!vhost_message_ring(message, &ring) ||
		ring / 2 < __atomic_load_n(vhost_owner.queue_limit, __ATOMIC_RELAXED))
		return NULL;
	return "a ring beyond the queue pairs that guests may have (queue_limit)";
}

/* rte_vhost would answer what it could serve. QEMU does not start with more queue pairs. */
static enum rte_vhost_msg_result
answer_queue_limit(struct vhost_message *message)
{
	message->number = __atomic_load_n(vhost_owner.queue_limit, __ATOMIC_RELAXED);
	message->size = sizeof(message->number);
	return RTE_VHOST_MSG_RESULT_REPLY;
}

/* Under the lock. Why the message is refused, which is counted; NULL: it is not. */
static const char *
refusal(struct vhost_socket *socket, const struct vhost_message *message)
{
	const char *problem = vhost_limits_rate(socket);

	if (!problem)
		problem = vhost_limits_memory(socket, message);
	if (!problem)
		problem = ring_problem(message);
	if (problem)
		vhost_message_forget();
	else
		problem = vhost_message_admit(message);
	if (problem) {
		socket->refused++;
		LOG(ERR, "port %s: its guest sends %s; refused", socket->name, problem);
	}
	return problem;
}

static enum rte_vhost_msg_result
before_message(int vid, void *message)
{
	struct vhost_socket *socket;
	bool refused;

	pthread_mutex_lock(vhost_owner.lock);
	socket = socket_of(vid);
	refused = !socket || socket->expelled || refusal(socket, message);
	if (!refused && changes_rings(*(uint32_t *)message))
		vhost_device_pause(socket);
	pthread_mutex_unlock(vhost_owner.lock);
	if (refused)
		return RTE_VHOST_MSG_RESULT_ERR;
	if (*(uint32_t *)message == REQUEST_GET_QUEUE_NUM)
		return answer_queue_limit(message);
	fault_expect(); /* rte_vhost reads the rings */
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

/* The guest has migrated here; the first bytes of the message's number are its address. */
static void
announce_guest(int vid, const struct vhost_message *message)
{
	uint8_t mac[8];
	struct vhost_socket *socket;

	if (message->size != sizeof(message->number))
		return;
	memcpy(mac, &message->number, sizeof(mac));
	pthread_mutex_lock(vhost_owner.lock);
	socket = socket_of(vid);
	if (socket)
		vhost_owner.announce(vhost_owner.context, socket, mac);
	pthread_mutex_unlock(vhost_owner.lock);
}

static enum rte_vhost_msg_result
after_message(int vid, void *message)
{
	struct vhost_socket *socket;

	fault_expect_no_more();
	if (*(uint32_t *)message == REQUEST_SEND_RARP)
		announce_guest(vid, message);
	if (changes_rings(*(uint32_t *)message)) {
		pthread_mutex_lock(vhost_owner.lock);
		socket = socket_of(vid);
		if (socket && socket->up && !socket->guest)
			resume_guest(socket);
		pthread_mutex_unlock(vhost_owner.lock);
	}
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

static const struct rte_vhost_user_extern_ops message_hooks = {
	.pre_msg_handle = before_message,
	.post_msg_handle = after_message,
};

/*
 * Under the lock. Why a new connection is refused, or NULL. A listening socket accepts any number
 * of them; a port has one guest.
 */
static const char *
admission(struct vhost_socket *socket, char room[VHOST_PEER_PROBLEM_ROOM])
{
	const char *problem;

	if (socket->connection != VHOST_DOWN || socket->leaving)
		return "a second guest on one socket";
	problem = vhost_limits_rate(socket);
	return problem ? problem : vhost_peer_meet(socket, vhost_message_connection(), room);
}

static int
connected(int vid)
{
	char path[SOCKET_PATH_MAX + 2], room[VHOST_PEER_PROBLEM_ROOM];
	struct vhost_socket *socket = NULL;
	const char *problem = "no such socket";

	pthread_mutex_lock(vhost_owner.lock);
	if (rte_vhost_get_ifname(vid, path, sizeof(path)) == 0)
		socket = socket_by_path(path);
	if (socket) {
		problem = admission(socket, room);
		if (problem)
			socket->refused++;
		else {
			socket->connection = vid;
			memset(socket->enabled, 0, sizeof(socket->enabled));
			memset(socket->places.known, 0, sizeof(socket->places.known));
		}
	}
	pthread_mutex_unlock(vhost_owner.lock);
	if (problem) {
		LOG(ERR, "port %s: %s; refused", socket ? socket->name : "none", problem);
		return -1;
	}
	return rte_vhost_extern_callback_register(vid, &message_hooks, NULL);
}

static void
disconnected(int vid)
{
	bool partial = vhost_message_was_partial();
	struct vhost_socket *socket;

	/* A failed message ends only here: its last hook was not called. */
	fault_expect_no_more();
	vhost_message_forget();
	pthread_mutex_lock(vhost_owner.lock);
	socket = socket_of(vid);
	if (socket) {
		socket->connection = VHOST_DOWN;
		socket->memory = 0;
		vhost_peer_forget(socket);
		socket->refused += partial;
		if (partial)
			LOG(ERR, "port %s: its guest sends a part of a message; refused",
				socket->name);
	}
	pthread_mutex_unlock(vhost_owner.lock);
}

const struct rte_vhost_device_ops vhost_device_callbacks = {
	.new_connection = connected,
	.destroy_connection = disconnected,
	.new_device = guest_up,
	.destroy_device = guest_down,
	.vring_state_changed = ring_changed,
};
