/*
 * Attacks on the socket: vhost-user messages that are wrong, truncated, or come at the wrong
 * time.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"

#define REACH_MS 5000

static struct message
random_message(struct attacker *attacker)
{
	struct message message = {
		.request = attacker_random(attacker) % 48,
		.flags = MESSAGE_VERSION | (attacker_random(attacker) % 4 ? 0 : MESSAGE_NEED_REPLY),
		.size = 8,
	};
	uint32_t words = attacker_random(attacker) % 40;

	if (attacker_random(attacker) % 4 == 0)
		message.size = attacker_random(attacker) % sizeof(message.bytes);
	if (attacker_random(attacker) % 64 == 0)
		message.size = attacker_random(attacker);
	if (attacker_random(attacker) % 64 == 0)
		message.flags = attacker_random(attacker);
	/* Small numbers get further than large ones. */
	for (uint32_t i = 0; i < words; i++) {
		uint64_t value = attacker_random(attacker) >> (attacker_random(attacker) % 64);

		memcpy(&message.bytes[i * 8], &value, 8);
	}
	return message;
}

static int
random_fds(struct attacker *attacker, int fds[8])
{
	struct front *front = attacker->front;
	int n = attacker_random(attacker) % 3 ? (int)(attacker_random(attacker) % 3)
					      : (int)(attacker_random(attacker) % 9);

	for (int i = 0; i < n; i++)
		fds[i] = attacker_random(attacker) % 2 ? front->memory_fd : front->ring[0].call;
	return n;
}

/* Discards replies. */
static void
drain(const struct front *front)
{
	struct message reply;

	while (message_receive(front->socket, &reply, 0))
		;
}

void
attack_garbage(struct attacker *attacker)
{
	struct front *front = attacker->front;

	while (attacker_goes_on(attacker)) {
		struct message message = random_message(attacker);
		int fds[8], n = random_fds(attacker, fds);

		if (front->socket < 0) {
			/* Half of the time after a valid beginning. */
			if (!front_reach(front, REACH_MS) ||
				(attacker_random(attacker) % 2 && !front_negotiate(front)))
				continue;
		}
		attacker->done++;
		drain(front);
		if (!message_send(front->socket, &message, fds, n) || front_is_lost(front))
			front_disconnect(front);
	}
}

void
attack_truncated(struct attacker *attacker)
{
	struct front *front = attacker->front;

	while (attacker_goes_on(attacker)) {
		struct message message = random_message(attacker);
		uint32_t whole = MESSAGE_HEADER + message.size % 64;

		if (!front_reach(front, REACH_MS))
			continue;
		/* Starts the next attempt while the switch still waits for the rest. */
		if (write(front->socket, &message, attacker_random(attacker) % whole) < 0)
			continue;
		attacker->done++;
	}
}

/* One well-formed message with random numbers. */
static void
some_step(struct attacker *attacker)
{
	static const uint32_t odd[] = {0, 1, 2, 3, 63, 255, 256, 1024, 32768, 32769, 65535, ~0u};
	struct front *front = attacker->front;
	uint32_t index = attacker_random(attacker) % 3, value = odd[attacker_random(attacker) % 12];
	uint64_t memory = (uintptr_t)front->memory, size = front->memory_size;
	/* An address near the ends of memory or anywhere in it. */
	uint64_t places[] = {0, 16384, 32768, size - 8, size - 64, size - 4096, size + 4096,
		attacker_random(attacker) % size};
	struct message message = {.flags = MESSAGE_VERSION, .size = 8, .ring = {index, value}};
	int fds[2] = {front->memory_fd, front->ring[0].call}, n = 0;

	switch (attacker_random(attacker) % 11) {
	case 0:
		message.request = SET_FEATURES;
		message.number =
			attacker_random(attacker) & (1ull << 34 | 1ull << 32 | 1ull << 30 |
							    1ull << 29 | 1ull << 26 | 1ull << 15);
		break;
	case 1:
		message = (struct message){.request = SET_MEM_TABLE,
			.flags = MESSAGE_VERSION,
			.size = 40,
			.memory = {.n = 1}};
		message.memory.region[0].guest = DRIVER_BASE;
		message.memory.region[0].size = value % 3 ? size : value;
		message.memory.region[0].user = memory;
		message.memory.region[0].offset = value % 5 ? 0 : value;
		n = 1;
		break;
	case 2:
		message.request = SET_VRING_NUM;
		break;
	case 3:
		message.request = SET_VRING_ADDR;
		message.size = 40;
		message.address.flags = 0;
		message.address.index = index;
		message.address.desc = memory + places[attacker_random(attacker) % 8];
		message.address.avail = memory + places[attacker_random(attacker) % 8];
		message.address.used = memory + places[attacker_random(attacker) % 8];
		message.address.log = 0;
		break;
	case 4:
		message.request = SET_VRING_BASE;
		break;
	case 5:
		message.request = GET_VRING_BASE;
		break;
	case 6:
	case 7:
		message.request = value % 2 ? SET_VRING_KICK : SET_VRING_CALL;
		fds[0] = value % 5 ? front->ring[0].call : front->memory_fd;
		message.number = index | (value == 63 ? 256 : 0);
		n = value % 7 ? 1 : 0;
		break;
	case 8:
		message.request = SET_VRING_ENABLE;
		message.ring.value = value % 2;
		break;
	case 9:
		message.request = SET_LOG_BASE;
		message.size = 16;
		message.log.size = value;
		message.log.offset =
			attacker_random(attacker) % 4 ? 0 : places[attacker_random(attacker) % 8];
		n = 1;
		break;
	default:
		message.request = SET_PROTOCOL_FEATURES;
		message.number = attacker_random(attacker);
	}
	if (!message_send(front->socket, &message, fds, n))
		front_disconnect(front);
}

void
attack_reordered(struct attacker *attacker)
{
	struct front *front = attacker->front;

	while (attacker_goes_on(attacker)) {
		front_disconnect(front);
		front_reset(front);
		if (!front_reach(front, REACH_MS) ||
			(attacker_random(attacker) % 4 && !front_negotiate(front)))
			continue;
		for (int i = 0; i < 24 && front->socket >= 0; i++) {
			some_step(attacker);
			attacker->done++;
			if (front->socket >= 0)
				drain(front);
		}
	}
}

void
attack_storm(struct attacker *attacker)
{
	struct front *front = attacker->front;

	while (attacker_goes_on(attacker)) {
		front_reset(front);
		if (attacker_random(attacker) % 4 ? front_reach(front, REACH_MS)
						  : front_connect(front, REACH_MS))
			attacker->done++;
		front_disconnect(front);
	}
}

void
attack_half_open(struct attacker *attacker)
{
	struct message message = {
		.request = SET_FEATURES, .flags = MESSAGE_VERSION, .size = 8, .number = 0};

	while (attacker_goes_on(attacker)) {
		if (!front_reach(attacker->front, REACH_MS) ||
			write(attacker->front->socket, &message, MESSAGE_HEADER + 3) < 0)
			continue;
		attacker->done++;
		while (attacker_goes_on(attacker) && !front_is_lost(attacker->front))
			usleep(1000);
	}
}

/* A file shorter than the memory announced for it. */
void
attack_short_memory(struct attacker *attacker)
{
	struct front *front = attacker->front;
	int whole = front->memory_fd;

	while (attacker_goes_on(attacker)) {
		front->memory_fd = memfd_create("short", MFD_CLOEXEC);
		if (ftruncate(front->memory_fd, attacker->done % 2 ? 0 : 4096) == 0 &&
			front_reach(front, REACH_MS)) {
			(void)front_negotiate(front);
			attacker->done++;
			usleep(1000);
		}
		front_disconnect(front);
		close(front->memory_fd);
	}
	front->memory_fd = whole;
}
