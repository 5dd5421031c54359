/*
 * libFuzzer target: a vhost-user peer that sends any messages with any file descriptors, read the
 * way rte_vhost reads. What must hold: a message is accepted exactly when a simple model of the
 * rules of vhost_message.h allows it; the descriptors of refused messages, and of those that
 * never reached the hook, are closed, and no others are.
 *
 * Input: messages, each as: how it is handled, its descriptors, header and payload.
 */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>

#include "vhost_message.h"

#include "../fuzz/input.h"

#define MESSAGES 16
#define HEADER 12
#define FDS_READ 8 /* rte_vhost has room for these */
#define FILE_SIZE 8192
#define PAYLOAD 264

/* Kinds of descriptors to send. */
enum kind { MEMORY, SHORT, EVENT, BLOCKING_EVENT, PIPE, SOCKET, DEVICE, FOLDER, KINDS };

static int originals[KINDS];
static int ours, theirs; /* ends of the connection */
/* A message as rte_vhost holds it, with bytes around it that AddressSanitizer guards. */
static uint8_t room[64 + 512] __attribute__((aligned(64)));
static struct vhost_message *const message = (struct vhost_message *)(room + 64);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int pipes[2], pair[2];

	(void)argc;
	(void)argv;
	MUST(pipe(pipes) == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	ours = pair[0];
	theirs = pair[1];
	originals[MEMORY] = memfd_create("memory", MFD_CLOEXEC);
	originals[SHORT] = memfd_create("short", MFD_CLOEXEC);
	MUST(ftruncate(originals[MEMORY], FILE_SIZE) == 0 && ftruncate(originals[SHORT], 1) == 0);
	originals[EVENT] = eventfd(0, EFD_NONBLOCK);
	originals[BLOCKING_EVENT] = eventfd(0, 0);
	originals[PIPE] = pipes[1];
	originals[SOCKET] = ours;
	originals[DEVICE] = open("/dev/null", O_RDWR | O_CLOEXEC);
	originals[FOLDER] = open("/", O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < KINDS; i++)
		MUST(originals[i] >= 0);
	ASAN_POISON_MEMORY_REGION(room, sizeof(room));
	ASAN_UNPOISON_MEMORY_REGION(message, sizeof(*message));
	return 0;
}

/* Number of the next descriptor: higher when one was left open. */
static int
lowest_free(void)
{
	int fd = fcntl(originals[DEVICE], F_DUPFD_CLOEXEC, 0);

	MUST(fd >= 0);
	close(fd);
	return fd;
}

static void
send_message(const enum kind *kinds, int n)
{
	char control[CMSG_SPACE(2 * FDS_READ * sizeof(int))] __attribute__((aligned(8))) = {0};
	/* Without a payload: who announces one and does not send it is refused before the hook. */
	uint8_t head[HEADER] = {0};
	struct iovec bytes = {head, HEADER};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
	struct cmsghdr *rights = (struct cmsghdr *)control;
	int fds[2 * FDS_READ];

	for (int i = 0; i < n; i++)
		fds[i] = originals[kinds[i]];
	if (n > 0) {
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(n * sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, n * sizeof(int));
	}
	MUST(sendmsg(theirs, &header, 0) == HEADER);
}

/* Reads like rte_vhost. Returns the number of descriptors. */
static int
receive_header(int fds[FDS_READ])
{
	char control[CMSG_SPACE(FDS_READ * sizeof(int))] __attribute__((aligned(8)));
	uint8_t bytes[HEADER];
	struct iovec part = {bytes, HEADER};
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *rights;
	int n = 0;

	MUST(recvmsg(ours, &header, 0) == HEADER);
	rights = CMSG_FIRSTHDR(&header);
	if (rights) {
		n = (int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(rights), n * sizeof(int));
	}
	return n;
}

static bool
is_file_of(enum kind kind, uint64_t offset, uint64_t size)
{
	unsigned __int128 end = (unsigned __int128)offset + size;

	return size > 0 && end <= (kind == MEMORY ? FILE_SIZE : kind == SHORT ? 1 : 0);
}

/* Smallest payload of a request; -1: unknown request. */
static int
least(uint32_t request)
{
	switch (request) {
	case REQUEST_GET_FEATURES:
	case REQUEST_SET_OWNER:
	case REQUEST_RESET_OWNER:
	case REQUEST_SET_LOG_FD:
	case REQUEST_GET_PROTOCOL_FEATURES:
	case REQUEST_GET_QUEUE_NUM:
	case REQUEST_SET_SLAVE_REQ_FD:
	case REQUEST_GET_STATUS:
		return 0;
	case REQUEST_SET_LOG_BASE:
		return 16;
	case REQUEST_SET_MEM_TABLE:
	case REQUEST_SET_VRING_ADDR:
		return 40;
	default:
		return (request > 0 && request <= 20) || request == REQUEST_SET_STATUS ? 8 : -1;
	}
}

static bool
is_fine(const enum kind *kinds, int n)
{
	int size = least(message->request);
	bool fine;

	if (size < 0 || message->size < (uint32_t)size || (message->flags & 3) != 1)
		return false;
	switch (message->request) {
	case REQUEST_SET_MEM_TABLE:
		fine = n > 0 && message->memory.n == (uint32_t)n &&
		       message->size >= 8 + 32 * (uint32_t)n;
		for (int i = 0; fine && i < n; i++)
			fine = is_file_of(kinds[i], message->memory.region[i].offset,
				message->memory.region[i].size);
		return fine;
	case REQUEST_SET_LOG_BASE:
		return n == 1 && message->log.offset == 0 &&
		       is_file_of(kinds[0], 0, message->log.size);
	case REQUEST_SET_VRING_KICK:
	case REQUEST_SET_VRING_CALL:
	case REQUEST_SET_VRING_ERR:
		return n == 1 ? kinds[0] == EVENT || kinds[0] == BLOCKING_EVENT
			      : n == 0 && message->number & 1 << 8;
	case REQUEST_SET_LOG_FD:
	case REQUEST_SET_SLAVE_REQ_FD:
		return n == 1;
	default:
		return n == 0;
	}
}

static void
write_number(struct input *input, uint64_t *number)
{
	static const uint64_t usual[] = {
		0, 1, 256, 4096, FILE_SIZE, INT64_MAX, 1ull << 63, UINT64_MAX};
	uint8_t what = input_byte(input);

	*number = what & 128 ? input_short(input) : usual[what % 8];
	*number += what & 64 ? 1 : what & 32 ? -1 : 0;
}

/* A message, mostly an almost valid one. */
static void
write_message(struct input *input, int n_fds)
{
	uint8_t request = input_byte(input), what = input_byte(input);
	uint64_t numbers[2];

	memset(message, 0, sizeof(*message));
	message->request = request < 128 ? request % 48 : input_short(input) * 0x10001u;
	message->flags = what & 3 ? 1 : input_byte(input);
	message->size = what & 4 ? input_short(input) % (PAYLOAD + 1) : PAYLOAD;
	if (message->request == REQUEST_SET_MEM_TABLE) {
		message->memory.n = what & 8 ? input_byte(input) : n_fds;
		for (int i = 0; i < VHOST_MESSAGE_REGIONS; i++) {
			write_number(input, &numbers[0]);
			write_number(input, &numbers[1]);
			message->memory.region[i].offset = numbers[0];
			message->memory.region[i].size = numbers[1];
		}
		return;
	}
	write_number(input, &numbers[0]);
	write_number(input, &numbers[1]);
	message->log.size = numbers[0];
	message->log.offset = numbers[1];
}

static void
are_open(const int *fds, int n, bool open)
{
	for (int i = 0; i < n; i++)
		MUST((fcntl(fds[i], F_GETFD) >= 0) == open);
}

static void
exchange(struct input *input, int lowest)
{
	uint8_t what = input_byte(input);
	int n = what % 4 < 3 ? what % 4 : (what >> 2) % (2 * FDS_READ), fds[FDS_READ], got;
	enum kind kinds[2 * FDS_READ];
	uint8_t fate = input_byte(input);

	for (int i = 0; i < n; i++)
		kinds[i] = input_byte(input) % KINDS;
	write_message(input, n);
	send_message(kinds, n);
	got = receive_header(fds);
	MUST(got == (n < FDS_READ ? n : FDS_READ));
	are_open(fds, got, true);
	if (fate % 8 == 0) /* the next message is read before the hook was called */
		return;
	if (fate % 8 == 1 || got < n) {
		vhost_message_forget(); /* the connection ends */
		MUST(lowest_free() == lowest);
		return;
	}
	if (vhost_message_admit(message)) {
		MUST(!is_fine(kinds, n));
		MUST(lowest_free() == lowest);
		return;
	}
	MUST(is_fine(kinds, n));
	are_open(fds, got, true);
	if (got == 1 && (kinds[0] == EVENT || kinds[0] == BLOCKING_EVENT) &&
		message->request >= REQUEST_SET_VRING_KICK &&
		message->request <= REQUEST_SET_VRING_ERR)
		MUST(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	/* rte_vhost owns them now, whatever comes next. */
	vhost_message_forget();
	are_open(fds, got, true);
	for (int i = 0; i < got; i++)
		close(fds[i]);
	MUST(lowest_free() == lowest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	int lowest = lowest_free();

	/* They share their file status with the sent descriptors. */
	MUST(fcntl(originals[BLOCKING_EVENT], F_SETFL, 0) == 0);
	for (int i = 0; i < MESSAGES && input.left > 0; i++)
		exchange(&input, lowest);
	vhost_message_forget();
	MUST(lowest_free() == lowest);
	return 0;
}
