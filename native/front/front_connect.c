/*
 * A guest's socket: dialled or listening, and the messages on it until the device is up.
 */
#include <errno.h>
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "front.h"

#define REPLY_TIMEOUT_MS 10000
#define PROTOCOL_FEATURES 30 /* bit of the virtio features */
#define PROTOCOL_MQ 0
#define PROTOCOL_LOG_SHMFD 1
#define PROTOCOL_REPLY_ACK 3
#define WRAP 0x8000

static struct sockaddr_un
address_of(const struct front *front)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, front->config.path, sizeof(address.sun_path));
	return address;
}

bool
front_listen(struct front *front)
{
	struct sockaddr_un address = address_of(front);

	unlink(front->config.path);
	front->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return front->listener >= 0 &&
	       bind(front->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       listen(front->listener, 4) == 0;
}

void
front_disconnect(struct front *front)
{
	if (front->socket >= 0)
		close(front->socket);
	front->socket = -1;
}

bool
front_is_lost(const struct front *front)
{
	char byte;
	ssize_t n = -1;

	errno = EBADF;
	if (front->socket >= 0)
		n = recv(front->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static int
dial(const struct front *front)
{
	struct sockaddr_un address = address_of(front);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	usleep(1000);
	return -1;
}

bool
front_reach(struct front *front, int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;

	front_disconnect(front);
	do {
		if (front->config.listen) {
			struct pollfd ready = {.fd = front->listener, .events = POLLIN};

			(void)poll(&ready, 1, 10);
			front->socket = accept4(front->listener, NULL, NULL, SOCK_CLOEXEC);
		} else {
			front->socket = dial(front);
		}
	} while (front->socket < 0 && now_ms() < end);
	return front->socket >= 0;
}

static bool
ask(struct front *front, uint32_t request, uint64_t *number)
{
	struct message message = {.request = request, .flags = MESSAGE_VERSION};

	if (!message_send(front->socket, &message, NULL, 0) ||
		!message_receive(front->socket, &message, REPLY_TIMEOUT_MS))
		return false;
	*number = message.number;
	return true;
}

bool
front_tell(struct front *front, struct message *message, const int *fds, int n_fds)
{
	message->flags = MESSAGE_VERSION | (front->acknowledges ? MESSAGE_NEED_REPLY : 0);
	if (!front->acknowledges)
		return message_send(front->socket, message, fds, n_fds);
	return message_send(front->socket, message, fds, n_fds) &&
	       message_receive(front->socket, message, REPLY_TIMEOUT_MS) && message->number == 0;
}

static bool
tell_number(struct front *front, uint32_t request, uint64_t number)
{
	struct message message = {.request = request, .size = 8, .number = number};

	return front_tell(front, &message, NULL, 0);
}

static bool
tell_ring(struct front *front, uint32_t request, uint32_t index, uint32_t value)
{
	struct message message = {.request = request, .size = 8, .ring = {index, value}};

	return front_tell(front, &message, NULL, 0);
}

static bool
tell_memory(struct front *front)
{
	uint32_t n = front->config.regions;
	uint64_t size = front->memory_size / n;
	struct message message = {.request = SET_MEM_TABLE, .size = 8 + n * 32, .memory = {.n = n}};
	int fds[MESSAGE_REGIONS];

	for (uint32_t i = 0; i < n; i++) {
		message.memory.region[i].guest = DRIVER_BASE + i * size;
		message.memory.region[i].size = size;
		message.memory.region[i].user = (uintptr_t)front->memory + i * size;
		message.memory.region[i].offset = i * size;
		fds[i] = front->memory_fd;
	}
	return front_tell(front, &message, fds, n);
}

/* Where the switch continues: behind the last used buffer. */
static uint32_t
base_of(const struct driver *driver)
{
	struct driver copy = *driver;
	uint32_t length;
	uint16_t id;

	/* Bounded: the content may have been made up (attack_memory.c). */
	for (uint16_t i = 0; i < copy.size && driver_used(&copy, &id, &length); i++)
		;
	if (copy.features & RING_PACKED)
		return copy.used_at | (copy.used_wrap ? WRAP : 0);
	return copy.used_at;
}

static bool
tell_fd(struct front *front, uint32_t request, uint32_t index, int fd)
{
	struct message message = {
		.request = request, .size = 8, .number = index | (fd < 0 ? MESSAGE_NO_FD : 0)};

	return front_tell(front, &message, &fd, fd >= 0);
}

bool
front_tell_addresses(struct front *front, uint16_t i, bool log)
{
	const struct front_ring *ring = &front->ring[i];
	const uint8_t *at = ring->driver.region[0];
	struct message message = {.request = SET_VRING_ADDR,
		.size = 40,
		.address = {.index = i,
			.flags = log ? 1 << VHOST_VRING_F_LOG : 0,
			.desc = (uintptr_t)at +
				(ring->claimed_size ? ring->claimed_at : DRIVER_DESC_AT),
			.used = (uintptr_t)at + DRIVER_USED_AT,
			.avail = (uintptr_t)at + DRIVER_AVAIL_AT,
			/* QEMU's choice for packed rings, too, which have only flags there. */
			.log = ring->driver.base + DRIVER_USED_AT}};

	return front_tell(front, &message, NULL, 0);
}

static bool
start_ring(struct front *front, uint16_t i)
{
	const struct front_ring *ring = &front->ring[i];
	const struct driver *driver = &ring->driver;

	return tell_ring(front, SET_VRING_NUM, i,
		       ring->claimed_size ? ring->claimed_size : driver->size) &&
	       tell_ring(front, SET_VRING_BASE, i, base_of(driver)) &&
	       front_tell_addresses(front, i, false) &&
	       tell_fd(front, SET_VRING_CALL, i, front->ring[i].call) &&
	       tell_fd(front, SET_VRING_KICK, i, front->config.kickless ? -1 : front->ring[i].kick);
}

static uint64_t
wanted(const struct front_config *config)
{
	return 1ull << PROTOCOL_FEATURES | (config->legacy ? 0 : 1ull << VIRTIO_F_VERSION_1) |
	       (config->packed ? 1ull << VIRTIO_F_RING_PACKED : 0) |
	       (config->mergeable ? 1ull << VIRTIO_NET_F_MRG_RXBUF : 0) |
	       (config->event_index ? 1ull << VIRTIO_RING_F_EVENT_IDX : 0) |
	       (config->indirect ? 1ull << VIRTIO_RING_F_INDIRECT_DESC : 0) | config->offloads |
	       (config->pairs > 1 ? 1ull << VIRTIO_NET_F_MQ : 0);
}

/* Other switches may answer none of the messages that do not ask (vhost-user, REPLY_ACK). */
static bool
negotiate_protocol(struct front *front)
{
	uint64_t offered,
		ours = 1 << PROTOCOL_MQ | 1 << PROTOCOL_LOG_SHMFD | 1 << PROTOCOL_REPLY_ACK;

	front->acknowledges = false;
	if (!(front->features & 1ull << PROTOCOL_FEATURES))
		return true;
	if (!ask(front, GET_PROTOCOL_FEATURES, &offered) ||
		!tell_number(front, SET_PROTOCOL_FEATURES, offered & ours))
		return false;
	front->acknowledges = offered & 1 << PROTOCOL_REPLY_ACK;
	return true;
}

bool
front_negotiate(struct front *front)
{
	const struct front_config *config = &front->config;
	uint64_t offered, ignored;

	if (!ask(front, GET_FEATURES, &offered))
		return false;
	front->features = offered & wanted(config);
	front->header_length =
		front->features & (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_NET_F_MRG_RXBUF)
			? 12
			: 10;
	if (!negotiate_protocol(front) || !tell_number(front, SET_OWNER, 0) ||
		!tell_number(front, SET_FEATURES, front->features) || !tell_memory(front))
		return false;
	for (uint16_t i = 0; i < 2 * config->pairs; i++)
		if (!start_ring(front, i))
			return false;
	/* Without protocol features rings are enabled from their beginning. */
	for (uint16_t i = 0; i < 2 * config->pairs; i++)
		if (front->features & 1ull << PROTOCOL_FEATURES &&
			!tell_ring(front, SET_VRING_ENABLE, i, 1))
			return false;
	/* The answer to one more message means that the last one has taken effect. */
	return ask(front, GET_FEATURES, &ignored);
}

bool
front_connect(struct front *front, int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;

	/* A listening switch refuses us until it has seen the former connection end. */
	do {
		if (front_reach(front, timeout_ms) && front_negotiate(front))
			return true;
		usleep(1000);
	} while (now_ms() < end);
	return false;
}
