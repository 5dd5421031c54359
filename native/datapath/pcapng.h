/*
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng) that a capture consists of, in this
 * machine's byte order, as the format allows. All lengths are multiples of 4.
 */
#ifndef PCAPNG_H
#define PCAPNG_H

#include <stdint.h>

#include "../base/contract.h"

#define PCAPNG_SECTION 0x0a0d0d0au
#define PCAPNG_INTERFACE 1u
#define PCAPNG_STATISTICS 5u
#define PCAPNG_PACKET 6u

/* What a section, or an interface's description or statistics, take at most. */
#define PCAPNG_BLOCK_MAX 512

/* A packet's block before the packet's bytes. */
struct pcapng_packet {
	uint32_t type, length;
	uint32_t interface;
	uint32_t time_high, time_low; /* of nanoseconds */
	uint32_t kept, of;            /* bytes */
};

/* Bits of a packet's flags. */
#define PCAPNG_IN 1u
#define PCAPNG_OUT 2u

/* What is said of a packet beside its bytes. */
struct pcapng_said {
	uint32_t flags;
	uint64_t lost;       /* packets of the interface's since the one before; 0: is not said */
	const char *comment; /* NULL: none */
};

/* Each writes a block, and returns its length. */
uint32_t
pcapng_section(uint8_t *to);
uint32_t
pcapng_interface(uint8_t *to, const char *name, uint32_t snap);
uint32_t
pcapng_statistics(uint8_t *to, uint32_t interface, uint64_t lost, uint64_t nanoseconds);

/* Bytes of a packet's block. */
uint32_t
pcapng_packet_length(uint32_t kept, const struct pcapng_said *said);
/* What stands behind its bytes: padding, options, the length again. The block is so long. */
void
pcapng_packet_end(uint8_t *to, uint32_t kept, const struct pcapng_said *said, uint32_t length);

#endif
