/*
 * Fuzz fixture: a guest's messages and memory (vhost_fuzz_guest.h).
 */
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_vhost.h>

#include "vhost_fuzz_guest.h"
#include "vhost_message.h"

#define PAGE 4096
#define HEADER 12
#define PAYLOAD 264
#define MAX_FDS 8
#define USER 0x700000000000 /* guest's addresses in its own process */
#define AVAIL 1024          /* parts of a ring's page */
#define USED 2048

/* A message as sent, with the parts that vhost_message.h does not name. */
struct sent {
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
			} region[VHOST_MESSAGE_REGIONS];
		} memory;
		struct {
			uint64_t size, offset;
		} log;
		uint8_t bytes[PAYLOAD];
	};
} __attribute__((packed));

enum kind { MEMORY, EVENT, BLOCKING_EVENT, SOCKET, KINDS };
static int fds_of[KINDS];

static const uint8_t requests[] = {REQUEST_GET_FEATURES, REQUEST_SET_FEATURES, REQUEST_SET_OWNER,
	REQUEST_RESET_OWNER, REQUEST_SET_MEM_TABLE, REQUEST_SET_LOG_BASE, REQUEST_SET_LOG_FD,
	REQUEST_SET_VRING_NUM, REQUEST_SET_VRING_ADDR, REQUEST_SET_VRING_BASE,
	REQUEST_GET_VRING_BASE, REQUEST_SET_VRING_KICK, REQUEST_SET_VRING_CALL,
	REQUEST_SET_VRING_ERR, REQUEST_GET_PROTOCOL_FEATURES, REQUEST_SET_PROTOCOL_FEATURES,
	REQUEST_GET_QUEUE_NUM, REQUEST_SET_VRING_ENABLE, REQUEST_SEND_RARP, REQUEST_NET_SET_MTU,
	REQUEST_SET_SLAVE_REQ_FD, REQUEST_SET_STATUS, REQUEST_GET_STATUS, 22 /* IOTLB_MSG */,
	24 /* GET_CONFIG */, 31 /* GET_INFLIGHT_FD */, 32 /* SET_INFLIGHT_FD */};

void
guest_init(void)
{
	int pair[2];

	fds_of[MEMORY] = memfd_create("guest", MFD_CLOEXEC);
	fds_of[EVENT] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	fds_of[BLOCKING_EVENT] = eventfd(0, EFD_CLOEXEC);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	fds_of[SOCKET] = pair[0];
	for (int i = 0; i < KINDS; i++)
		MUST(fds_of[i] >= 0);
}

void
guest_reset(void)
{
	MUST(ftruncate(fds_of[MEMORY], 0) == 0 && ftruncate(fds_of[MEMORY], GUEST_BYTES) == 0);
}

static void
put(uint64_t at, const void *bytes, size_t n)
{
	/* Not through a mapping, as the file may have been cut off. */
	if (at < GUEST_BYTES && n <= GUEST_BYTES - at)
		MUST(pwrite(fds_of[MEMORY], bytes, n, (off_t)at) == (ssize_t)n);
}

static void
send_message(int socket, const struct sent *message, size_t length, const int *fds, int n)
{
	char control[CMSG_SPACE(MAX_FDS * sizeof(int))] __attribute__((aligned(8))) = {0};
	struct iovec part = {(void *)(uintptr_t)message, length};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *rights = (struct cmsghdr *)control;

	if (n > 0) {
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(n * sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, n * sizeof(int));
	}
	/* The other end may be gone. */
	(void)sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
say(int socket, uint32_t request, struct sent *message, uint32_t size, const int *fds, int n)
{
	message->request = request;
	message->flags = 1;
	message->size = size;
	send_message(socket, message, HEADER + size, fds, n);
}

static uint64_t
features(uint8_t bits)
{
	return 1ULL << VHOST_USER_F_PROTOCOL_FEATURES | 1ULL << VIRTIO_F_VERSION_1 |
	       (bits & 1 ? 1ULL << VIRTIO_F_RING_PACKED : 0) |
	       (bits & 2 ? 1ULL << VIRTIO_NET_F_MRG_RXBUF : 0) |
	       (bits & 4 ? 1ULL << VIRTIO_RING_F_EVENT_IDX : 0) |
	       (bits & 8 ? 1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_GUEST_CSUM : 0) |
	       (bits & 16 ? 1ULL << VHOST_F_LOG_ALL : 0) |
	       (bits & 32 ? 1ULL << VIRTIO_NET_F_MQ : 0);
}

/* The guest's memory in so many regions of the one file, as far as they are whole pages. */
static int
describe_memory(struct sent *message, int n, int *fds)
{
	uint64_t size = RTE_ALIGN_CEIL(GUEST_BYTES / n, PAGE);

	message->memory.n = n;
	for (int i = 0; i < n; i++) {
		message->memory.region[i].guest = i * size;
		message->memory.region[i].size = size;
		message->memory.region[i].user = USER + i * size;
		message->memory.region[i].offset = i * size;
		fds[i] = fds_of[MEMORY];
	}
	return 8 + 32 * n;
}

static void
describe_ring(struct sent *message, uint8_t ring)
{
	uint64_t page = USER + ring * PAGE;

	message->address.index = ring;
	message->address.flags = 0;
	message->address.desc = page;
	message->address.avail = page + AVAIL;
	message->address.used = page + USED;
	message->address.log = ring * PAGE;
}

static void
bring_up_ring(int socket, uint8_t ring, uint8_t size, uint16_t base)
{
	struct sent message = {0};

	message.ring.index = ring;
	message.ring.value = size;
	say(socket, REQUEST_SET_VRING_NUM, &message, 8, NULL, 0);
	message.ring.value = base;
	say(socket, REQUEST_SET_VRING_BASE, &message, 8, NULL, 0);
	describe_ring(&message, ring);
	say(socket, REQUEST_SET_VRING_ADDR, &message, 40, NULL, 0);
	message.number = ring;
	say(socket, REQUEST_SET_VRING_CALL, &message, 8, &fds_of[EVENT], 1);
	message.number = ring;
	say(socket, REQUEST_SET_VRING_KICK, &message, 8, &fds_of[EVENT], 1);
	message.ring.value = 1;
	say(socket, REQUEST_SET_VRING_ENABLE, &message, 8, NULL, 0);
}

void
guest_bring_up(struct input *input, int socket)
{
	uint8_t bits = input_byte(input), what = input_byte(input), n = 1 + what % 8;
	struct sent message = {0};
	int fds[MAX_FDS];

	say(socket, REQUEST_SET_OWNER, &message, 0, NULL, 0);
	message.number = features(bits);
	say(socket, REQUEST_SET_FEATURES, &message, 8, NULL, 0);
	say(socket, REQUEST_SET_MEM_TABLE, &message, describe_memory(&message, n, fds), fds, n);
	for (int ring = 0; ring < 2 + (what >> 3) % 4; ring++)
		bring_up_ring(socket, ring, 1 << (what >> 5) % 7, input->left ? *input->at : 0);
}

static uint64_t
number(struct input *input)
{
	static const uint64_t usual[] = {0, 1, 2, PAGE, GUEST_BYTES, USER, INT64_MAX, UINT64_MAX};
	uint8_t what = input_byte(input);

	if (what & 128)
		return USER + input_short(input);
	return what & 64 ? input_short(input) : usual[what % 8] + (what & 32 ? 1 : 0);
}

/* The valid content, of which some numbers are replaced. */
static void
fill(struct input *input, struct sent *message, uint32_t request, int *fds)
{
	uint8_t what = input_byte(input);

	memset(message, 0, sizeof(*message));
	switch (request) {
	case REQUEST_SET_MEM_TABLE:
		(void)describe_memory(message, 1 + what % 8, fds);
		break;
	case REQUEST_SET_VRING_ADDR:
		describe_ring(message, what % GUEST_RINGS);
		break;
	case REQUEST_SET_LOG_BASE:
		message->log.size = 1 << what % 16;
		break;
	case REQUEST_SET_FEATURES:
		message->number = features(what);
		break;
	default:
		message->ring.index = what % GUEST_RINGS;
		message->ring.value = what >> 3;
	}
	for (uint8_t n = input_byte(input) % 4; n > 0; n--) {
		uint64_t value = number(input);

		memcpy(message->bytes + input_byte(input) % (PAYLOAD / 8) * 8, &value,
			sizeof(value));
	}
}

void
guest_say(struct input *input, int socket)
{
	uint8_t what = input_byte(input), how = input_byte(input);
	uint32_t request = requests[what % RTE_DIM(requests)], size = 8;
	int fds[MAX_FDS], n = 0;
	struct sent message;

	fill(input, &message, request, fds);
	if (request == REQUEST_SET_MEM_TABLE) {
		n = RTE_MIN(message.memory.n, (uint32_t)MAX_FDS);
		size = 8 + 32 * n;
	} else if (request == REQUEST_SET_VRING_ADDR) {
		size = 40;
	} else if (request == REQUEST_SET_LOG_BASE) {
		size = 16;
	}
	for (int i = request == REQUEST_SET_MEM_TABLE ? n : 0; i < MAX_FDS; i++)
		fds[i] = fds_of[(how >> 2) % KINDS];
	if (request != REQUEST_SET_MEM_TABLE)
		n = how % 4 < 3 ? how % 4 : 8;
	if (how & 16) /* of another size than it should have */
		size = input_byte(input) % 2 ? input_short(input) % (PAYLOAD + 1) : PAYLOAD;
	message.request = request;
	message.flags = how & 32 ? input_byte(input) : 1;
	message.size = how & 64 ? input_short(input) : size;
	send_message(socket, &message, how & 128 ? input_byte(input) % (HEADER + 8) : HEADER + size,
		fds, n);
}

void
guest_write(struct input *input)
{
	uint8_t what = input_byte(input), ring = what % GUEST_RINGS;
	uint64_t page = ring * PAGE;
	struct vring_desc desc;
	uint16_t word;

	switch (what >> 6) {
	case 0: /* a descriptor, split or packed */
		desc.addr = input_byte(input) * 256ULL;
		desc.len = input_short(input);
		desc.flags = input_short(input);
		desc.next = input_byte(input) & 64 ? input_short(input) : desc.flags & 3;
		put(page + input_byte(input) % 64 * sizeof(desc), &desc, sizeof(desc));
		break;
	case 1: /* the split ring's avail part: flags, index, ring */
		word = input_byte(input);
		put(page + AVAIL + input_byte(input) % 70 * 2, &word, sizeof(word));
		break;
	case 2:
		word = input_short(input);
		put(page + AVAIL + 2, &word, sizeof(word));
		break;
	default:
		word = input_short(input);
		put(input_short(input), &word, sizeof(word));
	}
}

void
guest_truncate(struct input *input)
{
	uint8_t what = input_byte(input);

	MUST(ftruncate(fds_of[MEMORY], what & 128 ? GUEST_BYTES : what % 16 * PAGE) == 0);
}
