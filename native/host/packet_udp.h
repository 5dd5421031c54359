/*
 * UDP datagrams that the kernel hands over as one (UDP_SEGMENT, as QUIC's senders use it, over a
 * veth): cut into what they are, each with its own headers. Their checksums stay to be completed,
 * as those of any frame.
 *
 * TCP's segments are cut by ../ring, and only for those that do not take them whole; virtio knows
 * no such thing of UDP that guests would take.
 */
#ifndef HOST_PACKET_UDP_H
#define HOST_PACKET_UDP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A frame that is being cut. */
struct packet_udp {
	uint8_t *frame; /* NULL: never needed yet */
	uint32_t length, payload_at, sent;
	uint16_t network_at, udp_at, size;
	uint16_t pieces;
	bool ipv6;
};

/* Of a frame with its header. */
bool
packet_udp_is_merged(const uint8_t *place);
/* False with errno: EINVAL, it is no such frame as its header says; ENOMEM. */
bool
packet_udp_begin(struct packet_udp *udp, const uint8_t *place, uint32_t length);
/* The next datagram, with a header; returns its bytes, 0: there is none. */
ssize_t
packet_udp_next(struct packet_udp *udp, uint8_t *place);
void
packet_udp_clear(struct packet_udp *udp);
void
packet_udp_free(struct packet_udp *udp);

#endif
