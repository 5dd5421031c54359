#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "pcapng.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define LINK_ETHERNET 1

/* Options; the same numbers mean other things in other blocks. */
enum {
	END = 0,
	COMMENT = 1,
	SECTION_HARDWARE = 2,
	SECTION_SYSTEM = 3,
	SECTION_PROGRAM = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	STATISTICS_LOST = 5,
	PACKET_FLAGS = 2,
	PACKET_LOST = 4,
};

static uint32_t
padded(size_t n)
{
	return (uint32_t)(n + 3) & ~3u;
}

static uint8_t *
put_word(uint8_t *to, uint32_t word)
{
	memcpy(to, &word, sizeof(word));
	return to + sizeof(word);
}

static uint8_t *
put_option(uint8_t *to, uint16_t code, const void *value, size_t n)
{
	uint16_t head[] = {code, (uint16_t)n};

	memcpy(to, head, sizeof(head));
	to += sizeof(head);
	memset(to + (n & ~(size_t)3), 0, padded(n) - (n & ~(size_t)3));
	memcpy(to, value, n);
	return to + padded(n);
}

static uint8_t *
put_text(uint8_t *to, uint16_t code, const char *text)
{
	return put_option(to, code, text, strlen(text));
}

/* A block's first word, and its length at both ends. */
static uint32_t
finish(uint8_t *block, uint32_t type, uint8_t *end)
{
	uint32_t length;

	end = put_word(end, END);
	length = (uint32_t)(end - block) + sizeof(length);
	put_word(end, length);
	put_word(put_word(block, type), length);
	return length;
}

uint32_t
pcapng_section(uint8_t *to)
{
	const int64_t unknown = -1;
	struct utsname machine;
	char text[160];
	uint8_t *at = put_word(to + 8, BYTE_ORDER_MAGIC);

	at = put_word(at, 1); /* version 1.0 */
	memcpy(at, &unknown, sizeof(unknown));
	at += sizeof(unknown);
	if (uname(&machine) == 0) {
		at = put_text(at, SECTION_HARDWARE, machine.machine);
		snprintf(text, sizeof(text), "%s %s", machine.sysname, machine.release);
		at = put_text(at, SECTION_SYSTEM, text);
	}
	at = put_text(at, SECTION_PROGRAM, "vmlane vhost-switch " SWITCH_VERSION);
	return finish(to, PCAPNG_SECTION, at);
}

uint32_t
pcapng_interface(uint8_t *to, const char *name, uint32_t snap)
{
	const uint8_t nanoseconds = 9;
	uint8_t *at = put_word(put_word(to + 8, LINK_ETHERNET), snap);

	at = put_text(at, INTERFACE_NAME, name);
	at = put_option(at, INTERFACE_RESOLUTION, &nanoseconds, 1);
	return finish(to, PCAPNG_INTERFACE, at);
}

uint32_t
pcapng_statistics(uint8_t *to, uint32_t interface, uint64_t lost, uint64_t nanoseconds)
{
	uint8_t *at = put_word(to + 8, interface);

	at = put_word(put_word(at, (uint32_t)(nanoseconds >> 32)), (uint32_t)nanoseconds);
	at = put_option(at, STATISTICS_LOST, &lost, sizeof(lost));
	return finish(to, PCAPNG_STATISTICS, at);
}

uint32_t
pcapng_packet_length(uint32_t kept, const struct pcapng_said *said)
{
	uint32_t n = sizeof(struct pcapng_packet) + padded(kept) + 8;

	if (said->lost)
		n += 12;
	if (said->comment)
		n += 4 + padded(strlen(said->comment));
	return n + 8;
}

void
pcapng_packet_end(uint8_t *to, uint32_t kept, const struct pcapng_said *said, uint32_t length)
{
	uint32_t padding = padded(kept) - kept;

	memset(to, 0, padding);
	to = put_option(to + padding, PACKET_FLAGS, &said->flags, sizeof(said->flags));
	if (said->lost)
		to = put_option(to, PACKET_LOST, &said->lost, sizeof(said->lost));
	if (said->comment)
		to = put_text(to, COMMENT, said->comment);
	put_word(put_word(to, END), length);
}
