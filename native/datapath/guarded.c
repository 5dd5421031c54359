#include <rte_ether.h>

#include "guarded.h"
#include "lcore.h"

/* Of a message of DHCP: Ethernet, IPv4 and UDP at their longest, BOOTP, and RFC 2132's 312 bytes.
 */
#define MESSAGE_BYTES 640

/* Headers that go on behind the head. */
static __attribute__((noinline)) enum drop
look_further(struct lcore *lcore, const struct member *from, const struct guards *guard,
	struct frame *frame, struct packet *packet)
{
	if (lcore->guard_copies.n == COPIES) {
		deliver_all(lcore);
		guard_copies_clear(&lcore->guard_copies);
	}
	*packet = guard_copy(&lcore->guard_copies, frame);
	packet->mac = from->has_mac ? from->mac : NULL;
	return packet->at ? guard_outgoing(guard, &from->port->learned, packet, lcore->now)
			  : DROP_UNREADABLE;
}

bool
guarded_admits(struct lcore *lcore, const struct member *from, struct frame *frame)
{
	const struct guards *guard = &lcore->topology->guards[from - lcore->topology->member];
	struct packet packet = {.at = frame->head,
		.mac = from->has_mac ? from->mac : NULL,
		.readable = frame->head_length,
		.length = frame->length};
	uint8_t message[MESSAGE_BYTES];
	enum drop flaw;

	/* That is another guest's, or none: classify() says so. */
	if (frame->length < RTE_ETHER_HDR_LEN ||
		(from->only_mac && memcmp(frame->head + RTE_ETHER_ADDR_LEN, from->mac, 6) != 0))
		return true;
	if (likely(guard_run_has(&lcore->guard_run, frame) &&
		    frame_unsettled_at(frame) >= PLAIN_PORTS + 4))
		return true;
	flaw = guard_outgoing(guard, &from->port->learned, &packet, lcore->now);
	if (unlikely(flaw == DROP_UNREADABLE && packet.cut))
		flaw = look_further(lcore, from, guard, frame, &packet);
	if (unlikely(flaw == DROP_REASONS && frame_unsettled_at(frame) < packet.seen))
		flaw = DROP_BAD_OFFLOAD;
	if (unlikely(flaw != DROP_REASONS)) {
		lcore_drop(lcore, from->id, frame, flaw);
		return false;
	}
	if (unlikely(packet.dhcp)) {
		packet.readable = frame_peek(frame, message, sizeof(message));
		packet.at = message;
		guard_note_request(&from->port->learned, &packet, from->mac);
	}
	guard_run_begin(&lcore->guard_run, frame);
	return true;
}

static bool
is_admitted(struct lcore *lcore, const struct member *to, const struct guards *guard,
	const struct frame *frame)
{
	struct packet packet = {
		.at = frame->head, .readable = frame->head_length, .length = frame->length};
	uint8_t message[MESSAGE_BYTES];
	enum drop flaw = guard_incoming(guard, &packet);

	if (flaw != DROP_REASONS) {
		lcore_drop(lcore, to->id, frame, flaw);
		return false;
	}
	if (packet.dhcp && guard->learning != ADDRESS_LEARNING_NONE) {
		packet.readable = frame_peek(frame, message, sizeof(message));
		packet.at = message;
		guard_note_answer(guard, &to->port->learned, &packet, to->mac, lcore->now);
	}
	return true;
}

void
guarded_deliver(struct lcore *lcore, const struct member *to, uint16_t index, struct batch *batch)
{
	const struct guards *guard = &lcore->topology->guards[index];
	bool plain = guard_has(guard, GUARD_IPV4) || !guard_has(guard, GUARD_OTHERS);
	uint16_t n = 0;

	for (uint16_t i = 0; i < batch->n; i++)
		if (likely(plain && guard_is_plain(batch->frames[i]->head,
					    batch->frames[i]->head_length)) ||
			is_admitted(lcore, to, guard, batch->frames[i]))
			batch->frames[n++] = batch->frames[i];
	batch->n = n;
}
