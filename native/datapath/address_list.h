/*
 * Short lists of IP addresses: those of a guest, and those of servers.
 */
#ifndef ADDRESS_LIST_H
#define ADDRESS_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../base/contract.h"

/* Of both kinds together. */
#define ADDRESSES_MAX 16
#define IPV6_BYTES 16

/* In wire order, each kind sorted, so that equal lists are equal bytes. */
struct address_list {
	uint16_t n_ipv4, n_ipv6;
	uint32_t ipv4[ADDRESSES_MAX];
	uint8_t ipv6[ADDRESSES_MAX][IPV6_BYTES];
};

static inline bool
address_list_is_empty(const struct address_list *list)
{
	return !list->n_ipv4 && !list->n_ipv6;
}

static inline bool
address_list_has_ipv4(const struct address_list *list, uint32_t address)
{
	for (uint16_t i = 0; i < list->n_ipv4; i++)
		if (list->ipv4[i] == address)
			return true;
	return false;
}

static inline bool
address_list_has_ipv6(const struct address_list *list, const uint8_t address[IPV6_BYTES])
{
	for (uint16_t i = 0; i < list->n_ipv6; i++)
		if (!memcmp(list->ipv6[i], address, IPV6_BYTES))
			return true;
	return false;
}

/* Whether a host may have it. In wire order. */
bool
ipv4_is_unicast(uint32_t address);

/* "10.0.0.5,fd00::5" in any order. False: it is none, too long, or has what is no host's. */
bool
address_list_parse(struct address_list *list, const char *text);
/* IPv4 first. "": it is empty. */
void
address_list_print(const struct address_list *list, char text[ADDRESS_LIST_MAX + 1]);

#endif
