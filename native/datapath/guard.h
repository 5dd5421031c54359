/*
 * Guards of a port: what its guest may send in its own name, as libvirt's network filters say it.
 * Knows frames' bytes; neither rings nor ports.
 *
 *     ipv4     source is one of the guest's addresses; of 0.0.0.0 only DHCP's requests
 *     ipv6     likewise; also the link-local address that the MAC makes (RFC 4291, 2.5.6), requests
 *              of DHCPv6 from any link-local one, and what hosts send without any address.
 *              Neighbour discovery is for the guest's own addresses and with its own MAC
 *     arp      requests and replies whose sender is the guest, and probes for its addresses
 *     servers  the guest is no DHCP server and no router: nothing to a DHCP client's port, no
 *              advertisements, no redirects, nothing of DHCP that is relayed
 *     others   of IPv4, IPv6 and ARP only what has a guard, both ways; of others only QEMU's RARP
 *
 * A frame is looked at behind one tag. What cannot be read does not pass: a guard whose question
 * cannot be answered says no. So it is with a second tag, with IP or ARP in LLC and SNAP, which
 * Windows takes, with headers cut short, and with those that go on beyond GUARD_BYTES. What was
 * read is what the receiver gets (guarded.h).
 *
 * A request of DHCP is in the guest's own name: a server would else give it another's address, and
 * take it from that one.
 *
 * A guest's IPv4 addresses may be learnt: from acknowledgements of DHCP that answer what it asked,
 * or, if it never had any, from the first that it uses itself.
 */
#ifndef GUARD_H
#define GUARD_H

#include "address_list.h"
#include "counters.h"
#include "learned.h"

/* Bytes at a frame's beginning within which its headers must be. */
#define GUARD_BYTES 192

struct guards {
	uint8_t checks; /* bit of each enum guard */
	enum address_learning learning : 8;
	struct address_list addresses, servers;
};

/* The beginning of a frame, and what is found there. */
struct packet {
	const uint8_t *at;
	const uint8_t *mac;        /* of the port; NULL: it has none, and the source counts */
	uint32_t readable, length; /* bytes at `at`, and of the frame */
	uint32_t seen;             /* end of what was read; nobody may write there any more */
	uint16_t type;             /* behind a tag */
	uint32_t l3;               /* where that begins */
	uint32_t dhcp;             /* where UDP's header of DHCP over IPv4 begins; 0: it is none */
	bool cut;                  /* more than the readable bytes was to be read */
};

/* Of a frame without a tag, IPv4 without options behind it. */
#define PLAIN_SOURCE (14 + 12)
#define PLAIN_PORTS (14 + 20)

/* Whether it is such a frame, and not DHCP or ICMP: who sends it is all that a guard asks then. */
static inline bool
guard_is_plain(const uint8_t *frame, uint32_t readable)
{
	const uint8_t *port = frame + PLAIN_PORTS + 2; /* of a server 67, of a client 68 */

	if (readable < PLAIN_PORTS + 4 || frame[12] != 0x08 || frame[13] != 0x00 ||
		frame[14] != 0x45)
		return false;
	if (frame[23] == 1 /* ICMP */)
		return false;
	return frame[23] != 17 /* UDP */ || port[0] != 0 || (port[1] != 67 && port[1] != 68);
}

static inline bool
guard_has(const struct guards *guard, enum guard which)
{
	return guard->checks >> which & 1;
}

/*
 * The guard may need more than it was given: then it says DROP_UNREADABLE, and packet->cut. Both
 * return DROP_REASONS if the frame passes.
 */
enum drop
guard_outgoing(
	const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now);
enum drop
guard_incoming(const struct guards *guard, struct packet *packet);

static inline bool
guards_same(const struct guards *a, const struct guards *b)
{
	return a->checks == b->checks && a->learning == b->learning &&
	       !memcmp(&a->addresses, &b->addresses, sizeof(a->addresses)) &&
	       !memcmp(&a->servers, &b->servers, sizeof(a->servers));
}

/* Whether whoever was believed `before` is still: the list of servers names all of them, or is
 * none. */
static inline bool
guards_know_servers(const struct guards *guard, const struct guards *before)
{
	if (address_list_is_empty(&guard->servers))
		return true;
	if (address_list_is_empty(&before->servers))
		return false;
	for (uint16_t i = 0; i < before->servers.n_ipv4; i++)
		if (!address_list_has_ipv4(&guard->servers, before->servers.ipv4[i]))
			return false;
	return true;
}

/* Whether guard_incoming() has anything to say, or to find. */
static inline bool
guard_has_incoming(const struct guards *guard)
{
	return guard_has(guard, GUARD_OTHERS) || guard->learning != ADDRESS_LEARNING_NONE ||
	       !address_list_is_empty(&guard->servers);
}

/* Takes notice of a message of DHCP for a guest, or from it; as much as is readable. */
void
guard_note_answer(const struct guards *guard, struct learned *learned, const struct packet *packet,
	const uint8_t mac[6], uint32_t now);
void
guard_note_request(struct learned *learned, const struct packet *packet, const uint8_t mac[6]);

/* "arp,ipv4" in any order. False: it is none. */
bool
guard_parse(uint8_t *checks, const char *text);
/* "": none. */
void
guard_print(uint8_t checks, char text[GUARD_LIST_MAX + 1]);

#endif
