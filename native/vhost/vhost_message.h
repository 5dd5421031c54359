/*
 * Checks vhost-user messages before rte_vhost acts on them.
 *
 * rte_vhost trusts its peer in ways that a hostile guest can use: it waits without a limit for a
 * message's second half (on the one thread that serves all guests), forgets to close the file
 * descriptors of messages that it refuses early, maps files shorter than announced, and passes us
 * any descriptor as an interrupt. So it reads through our recvmsg(), which refuses a message that
 * has not arrived as a whole and notes the descriptors; and its hook before each message calls us.
 * Descriptors of messages that are refused, or never reach the hook, are closed. It answers through
 * our sendmsg(), which does not wait either. Its hook for a new connection does not name that's
 * descriptor, so our accept() and connect() note it.
 *
 * Threads: rte_vhost's, each for itself.
 */
#ifndef VHOST_MESSAGE_H
#define VHOST_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VHOST_MESSAGE_REGIONS 8

/* Requests of the vhost-user protocol ("Front-end message types") for a network device. */
enum vhost_request {
	REQUEST_GET_FEATURES = 1,
	REQUEST_SET_FEATURES = 2,
	REQUEST_SET_OWNER = 3,
	REQUEST_RESET_OWNER = 4,
	REQUEST_SET_MEM_TABLE = 5,
	REQUEST_SET_LOG_BASE = 6,
	REQUEST_SET_LOG_FD = 7,
	REQUEST_SET_VRING_NUM = 8,
	REQUEST_SET_VRING_ADDR = 9,
	REQUEST_SET_VRING_BASE = 10,
	REQUEST_GET_VRING_BASE = 11,
	REQUEST_SET_VRING_KICK = 12,
	REQUEST_SET_VRING_CALL = 13,
	REQUEST_SET_VRING_ERR = 14,
	REQUEST_GET_PROTOCOL_FEATURES = 15,
	REQUEST_SET_PROTOCOL_FEATURES = 16,
	REQUEST_GET_QUEUE_NUM = 17,
	REQUEST_SET_VRING_ENABLE = 18,
	REQUEST_SEND_RARP = 19,
	REQUEST_NET_SET_MTU = 20,
	REQUEST_SET_SLAVE_REQ_FD = 21,
	REQUEST_SET_STATUS = 39,
	REQUEST_GET_STATUS = 40,
};

/* A message as rte_vhost passes it to its hooks. */
struct vhost_message {
	uint32_t request, flags, size;
	union {
		uint64_t number;
		struct {
			uint32_t n, padding;
			struct {
				uint64_t guest, size, user, offset;
			} region[VHOST_MESSAGE_REGIONS];
		} memory;
		struct {
			uint64_t size, offset;
		} log;
	};
} __attribute__((packed));

/* Whether a message is about one ring, and which. It may be too short to be. */
bool
vhost_message_ring(const struct vhost_message *message, uint32_t *ring);

/* Why rte_vhost must not see this message with these descriptors; NULL: it may. */
const char *
vhost_message_problem(const struct vhost_message *message, const int *fds, int n_fds);

/*
 * In the hook: the same for the last message read by this thread. If it is valid, rte_vhost owns
 * its descriptors from here on; otherwise they are closed.
 */
const char *
vhost_message_admit(const struct vhost_message *message);

/* The connection that this thread has made or accepted last, if it is open; else -1. */
int
vhost_message_connection(void);

/* Whether the connection that is ending had a part of a message last. */
bool
vhost_message_was_partial(void);

/* Closes the descriptors of a message that never reached the hook. */
void
vhost_message_forget(void);

/*
 * From one to the other rte_vhost gets no message. It dials on the caller's thread, and has its own
 * read from the connection before it has put that on the socket's list: of a peer that goes at
 * once, its thread would take off the list, and free, what the caller then puts on it. From
 * DPDK 24.11 on, whose thread wakes up at once, each such peer ended the switch.
 */
void
vhost_message_hold(void);

void
vhost_message_release(void);

#endif
