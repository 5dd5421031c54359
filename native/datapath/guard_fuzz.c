/*
 * Fuzz target: frames of any bytes and length against guards of any kind. Nothing beyond a frame's
 * bytes is read, and what passes under a guard is the guest's, as an independent look says.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"

#include "../ring/ring.h"

/* Behind the header of UDP. */
#define NUMBER (8 + 4)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether an IPv4 source or an ARP sender is another's; looks at frames with at most one tag. */
static bool
is_anothers(const uint8_t *frame, size_t size, uint32_t own)
{
	bool tagged = size >= 18 && frame[12] == 0x81 && frame[13] == 0;
	const uint8_t *type = frame + (tagged ? 16 : 12);
	size_t left = size - (size_t)(type + 2 - frame);
	uint32_t who;

	if (size < 18)
		return false;
	/* In SNAP behind LLC, which no guard reads. */
	if (type[0] < 6 && size >= 26 && type[2] == 0xaa)
		return type[8] == 0x08 && (type[9] == 0x00 || type[9] == 0x06);
	if (type[0] != 0x08 || (type[1] != 0x00 && type[1] != 0x06))
		return false;
	if (left < 20)
		return true;
	memcpy(&who, type + 2 + (type[1] ? 14 : 12), sizeof(who));
	return who != own && who != 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guards guards = {.checks = 0};
	struct learned learned = {.slot = {0}};
	uint32_t head, own = htonl(0x0a000005);
	struct packet packet;
	enum drop drop;
	uint8_t *copy;

	if (size < 3 || !address_list_parse(&guards.addresses, "10.0.0.5,fd00::5") ||
		!address_list_parse(&guards.servers, "10.0.0.1,fd00::1"))
		return 0;
	guards.checks = data[0] & 0x1f;
	guards.learning = data[1] & 1 ? ADDRESS_LEARNING_DHCP : ADDRESS_LEARNING_NONE;
	data += 2;
	size -= 2;
	head = (uint32_t)(size < FRAME_HEAD ? size : FRAME_HEAD);
	/* As long as what may be read, so that one byte more is found. */
	copy = malloc(size < GUARD_BYTES ? size : GUARD_BYTES);
	if (!copy)
		abort();
	memcpy(copy, data, head);
	packet = (struct packet){.at = copy, .readable = head, .length = (uint32_t)size};
	drop = guard_outgoing(&guards, &learned, &packet, 1);
	if (drop == DROP_UNREADABLE && packet.cut) {
		packet.readable = (uint32_t)(size < GUARD_BYTES ? size : GUARD_BYTES);
		memcpy(copy, data, packet.readable);
		drop = guard_outgoing(&guards, &learned, &packet, 1);
	}
	if (drop == DROP_REASONS && packet.seen > packet.readable)
		abort();
	if (drop == DROP_REASONS && guard_has(&guards, GUARD_IPV4) &&
		guard_has(&guards, GUARD_ARP) && is_anothers(data, size, own))
		abort();
	free(copy);
	copy = malloc(size);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	packet = (struct packet){.at = copy, .readable = head, .length = (uint32_t)size};
	if (guard_incoming(&guards, &packet) == DROP_REASONS) {
		uint32_t number = 0;

		packet.readable = (uint32_t)size;
		/* It is an answer, if the guest asked. */
		if (packet.dhcp && size >= packet.dhcp + NUMBER + sizeof(number))
			memcpy(&number, copy + packet.dhcp + NUMBER, sizeof(number));
		learned_ask(&learned, number);
		if (packet.dhcp)
			guard_note_answer(&guards, &learned, &packet, copy, 1);
	}
	free(copy);
	return 0;
}
