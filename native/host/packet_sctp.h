/*
 * Checksums of SCTP that were left out. Theirs is a CRC (RFC 9260, 6.8), which nobody behind us
 * completes: to a virtio-net header, as to ../ring, each checksum is that of TCP and UDP.
 */
#ifndef HOST_PACKET_SCTP_H
#define HOST_PACKET_SCTP_H

#include <stdint.h>

/* Completes it, and says so in the header before the frame; of any other frame, does nothing. */
void
packet_sctp_complete(uint8_t *place, uint32_t length);

#endif
