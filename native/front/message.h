/*
 * vhost-user messages on the wire, from the front end's side (vhost-user protocol, "Message
 * Specification"). Can send wrong ones: nothing here checks the content.
 */
#ifndef FRONT_MESSAGE_H
#define FRONT_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_LOG_BASE = 6,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	SET_VRING_ENABLE = 18,
	SEND_RARP = 19,
};

#define MESSAGE_VERSION 1u
#define MESSAGE_REPLY 4u
#define MESSAGE_NEED_REPLY 8u
#define MESSAGE_HEADER 12
#define MESSAGE_REGIONS 8
/* In the number of a message about a ring's eventfd: there is none. */
#define MESSAGE_NO_FD (1u << 8)

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t number;
		struct {
			uint32_t index, value;
		} ring;
		struct {
			uint32_t index, flags;
			uint64_t desc, used, avail, log;
		} address;
		struct {
			uint32_t n, padding;
			struct {
				uint64_t guest, size, user, offset;
			} region[MESSAGE_REGIONS];
		} memory;
		struct {
			uint64_t size, offset;
		} log;
		uint8_t bytes[512];
	};
} __attribute__((packed));

/* Sends header and size bytes (at most what the union holds) with fds. False: the peer is gone. */
bool
message_send(int socket, struct message *message, const int *fds, int n_fds);

/* Waits for a whole message; file descriptors in it are closed. False: none, or the peer is gone.
 */
bool
message_receive(int socket, struct message *message, int timeout_ms);

#endif
