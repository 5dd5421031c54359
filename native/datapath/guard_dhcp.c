/* Addresses that servers gave, and that guests gave back (RFC 2131, 2132). */
#include <rte_byteorder.h>
#include <rte_ip.h>

#include "guard_parts.h"

/* Behind UDP's header. */
enum {
	AT_MESSAGE = 8,
	AT_NUMBER = AT_MESSAGE + 4,
	AT_CLIENT = AT_MESSAGE + 12, /* address of a client that has one */
	AT_YOURS = AT_MESSAGE + 16,
	AT_RELAY = AT_MESSAGE + 24,
	AT_MAC = AT_MESSAGE + 28,
	AT_MAC_END = AT_MAC + RTE_ETHER_ADDR_LEN,
	AT_COOKIE = AT_MESSAGE + 236,
	AT_OPTIONS = AT_MESSAGE + 240,
};

enum { BOOT_REQUEST = 1, BOOT_REPLY = 2 };
enum { DECLINE = 4, ACKNOWLEDGE = 5, RELEASE = 7 };
enum { PAD = 0, REQUESTED = 50, LEASE = 51, TYPE = 53, END = 255 };

struct message {
	uint8_t type; /* 0: none */
	uint32_t number;
	uint32_t client, yours, requested;
	uint32_t lease; /* seconds */
};

static uint32_t
word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void
take_option(struct message *message, const uint8_t *option)
{
	const uint8_t *value = option + 2;
	uint8_t length = option[1];

	if (option[0] == TYPE && length == 1)
		message->type = *value;
	else if (option[0] == LEASE && length == sizeof(uint32_t))
		message->lease = rte_be_to_cpu_32(word(value));
	else if (option[0] == REQUESTED && length == sizeof(uint32_t))
		message->requested = word(value);
}

/* An option that is not whole ends them. */
static void
take_options(struct message *message, const uint8_t *at, const uint8_t *end)
{
	while (at < end && *at != END) {
		if (*at == PAD) {
			at++;
			continue;
		}
		if (end - at < 2 || end - at < 2 + at[1])
			return;
		take_option(message, at);
		at += 2 + at[1];
	}
}

/* A fragment of a message is none: what a guard does not ask for would be in another. */
static bool
is_fragment(const struct packet *packet)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(packet->at + packet->l3);

	return ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
}

enum drop
guard_request(const struct guards *guard, struct learned *learned, struct packet *packet,
	uint32_t udp, uint32_t now)
{
	const uint8_t *at = packet->at + udp;
	uint32_t client;

	if (is_fragment(packet) || !has_bytes(packet, udp + AT_MAC_END))
		return DROP_UNREADABLE;
	if (at[AT_MESSAGE] != BOOT_REQUEST || word(at + AT_RELAY) != 0)
		return DROP_ROGUE_SERVER;
	client = word(at + AT_CLIENT);
	/* Whose lease it is: one that is given back in another's name is soon the guest's. */
	if (at[AT_MESSAGE + 1] != 1 || at[AT_MESSAGE + 2] != RTE_ETHER_ADDR_LEN ||
		memcmp(at + AT_MAC, source_mac(packet), RTE_ETHER_ADDR_LEN) != 0)
		return DROP_SPOOFED_IP;
	return !guard_has(guard, GUARD_IPV4) || client == 0 ||
			       guard_owns_ipv4(guard, learned, client, now)
		       ? DROP_REASONS
		       : DROP_SPOOFED_IP;
}

/* False: it is not of this guest. */
static bool
read_message(struct message *message, const struct packet *packet, uint8_t op, const uint8_t mac[6])
{
	static const uint8_t cookie[] = {99, 130, 83, 99};
	const uint8_t *at = packet->at + packet->dhcp;

	*message = (struct message){.type = 0};
	if (!packet->dhcp || packet->readable < packet->dhcp + AT_OPTIONS || at[AT_MESSAGE] != op ||
		at[AT_MESSAGE + 1] != 1 || at[AT_MESSAGE + 2] != RTE_ETHER_ADDR_LEN ||
		memcmp(at + AT_MAC, mac, RTE_ETHER_ADDR_LEN) != 0 ||
		memcmp(at + AT_COOKIE, cookie, sizeof(cookie)) != 0)
		return false;
	message->number = word(at + AT_NUMBER);
	message->client = word(at + AT_CLIENT);
	message->yours = word(at + AT_YOURS);
	take_options(message, at + AT_OPTIONS, packet->at + packet->readable);
	return true;
}

/*
 * From one of its servers. The guest's own answer is none, whoever brings it back: a router that
 * was asked to. Neither is one to what the guest has not asked.
 */
static bool
is_believed(const struct guards *guard, const struct learned *learned, const struct packet *packet,
	const struct message *message, uint32_t now)
{
	uint32_t source = word(packet->at + packet->l3 + offsetof(struct rte_ipv4_hdr, src_addr));

	if (!address_list_is_empty(&guard->servers) &&
		!address_list_has_ipv4(&guard->servers, source))
		return false;
	return !address_list_has_ipv4(&guard->addresses, source) &&
	       !learned_has(learned, source, now) && learned_has_asked(learned, message->number);
}

void
guard_note_answer(const struct guards *guard, struct learned *learned, const struct packet *packet,
	const uint8_t mac[6], uint32_t now)
{
	struct message message;

	if (!read_message(&message, packet, BOOT_REPLY, mac) || message.type != ACKNOWLEDGE ||
		!message.lease || !ipv4_is_unicast(message.yours) ||
		!is_believed(guard, learned, packet, &message, now))
		return;
	learned_add(learned, message.yours,
		message.lease < LEARNED_FOR_EVER - now ? now + message.lease : LEARNED_FOR_EVER,
		now);
}

void
guard_note_request(struct learned *learned, const struct packet *packet, const uint8_t mac[6])
{
	struct message message;

	if (!read_message(&message, packet, BOOT_REQUEST, mac))
		return;
	if (message.type == RELEASE)
		learned_remove(learned, message.client);
	else if (message.type == DECLINE)
		learned_remove(learned, message.requested);
	else
		learned_ask(learned, message.number);
}
