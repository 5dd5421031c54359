#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"

#define MAX_FDS 16

bool
message_send(int socket, struct message *message, const int *fds, int n_fds)
{
	size_t length =
		message->size < sizeof(message->bytes) ? message->size : sizeof(message->bytes);
	struct iovec bytes = {message, MESSAGE_HEADER + length};
	union {
		char space[CMSG_SPACE(MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};

	if (n_fds > 0) {
		struct cmsghdr *rights = &control.align;

		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, n_fds * sizeof(int));
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL) == (ssize_t)bytes.iov_len;
}

static void
close_rights(struct msghdr *header)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(header);

	for (; part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at < part->cmsg_len; at += sizeof(int)) {
			int fd;

			memcpy(&fd, (char *)part + at, sizeof(fd));
			close(fd);
		}
	}
}

/* Fills `length` bytes. */
static bool
receive(int socket, void *to, size_t length, int timeout_ms)
{
	while (length > 0) {
		char control[CMSG_SPACE(MAX_FDS * sizeof(int))] __attribute__((aligned(8)));
		struct iovec bytes = {to, length};
		struct msghdr header = {.msg_iov = &bytes,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control)};
		struct pollfd ready = {.fd = socket, .events = POLLIN};
		ssize_t n;

		if (poll(&ready, 1, timeout_ms) <= 0)
			return false;
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
		if (n <= 0)
			return false;
		close_rights(&header);
		to = (char *)to + n;
		length -= n;
	}
	return true;
}

bool
message_receive(int socket, struct message *message, int timeout_ms)
{
	return receive(socket, message, MESSAGE_HEADER, timeout_ms) &&
	       message->size <= sizeof(message->bytes) &&
	       receive(socket, message->bytes, message->size, timeout_ms);
}
