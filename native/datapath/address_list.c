#include <arpa/inet.h>
#include <stdio.h>

#include "address_list.h"

bool
ipv4_is_unicast(uint32_t address)
{
	uint8_t first = ntohl(address) >> 24;

	return first != 0 && first != 127 && first < 224;
}

static bool
ipv6_is_unicast(const struct in6_addr *address)
{
	return !IN6_IS_ADDR_UNSPECIFIED(address) && !IN6_IS_ADDR_LOOPBACK(address) &&
	       !IN6_IS_ADDR_MULTICAST(address) && !IN6_IS_ADDR_V4MAPPED(address);
}

static void
add_ipv4(struct address_list *list, uint32_t address)
{
	uint16_t at = list->n_ipv4++;

	for (; at > 0 && memcmp(&list->ipv4[at - 1], &address, sizeof(address)) > 0; at--)
		list->ipv4[at] = list->ipv4[at - 1];
	list->ipv4[at] = address;
}

static void
add_ipv6(struct address_list *list, const uint8_t address[IPV6_BYTES])
{
	uint16_t at = list->n_ipv6++;

	for (; at > 0 && memcmp(list->ipv6[at - 1], address, IPV6_BYTES) > 0; at--)
		memcpy(list->ipv6[at], list->ipv6[at - 1], IPV6_BYTES);
	memcpy(list->ipv6[at], address, IPV6_BYTES);
}

/* What is there already counts once. */
static bool
add(struct address_list *list, const char *text)
{
	bool full = list->n_ipv4 + list->n_ipv6 == ADDRESSES_MAX;
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		if (address_list_has_ipv4(list, ipv4.s_addr))
			return true;
		if (full || !ipv4_is_unicast(ipv4.s_addr))
			return false;
		add_ipv4(list, ipv4.s_addr);
		return true;
	}
	if (inet_pton(AF_INET6, text, &ipv6) != 1)
		return false;
	if (address_list_has_ipv6(list, ipv6.s6_addr))
		return true;
	if (full || !ipv6_is_unicast(&ipv6))
		return false;
	add_ipv6(list, ipv6.s6_addr);
	return true;
}

bool
address_list_parse(struct address_list *list, const char *text)
{
	char one[INET6_ADDRSTRLEN];

	memset(list, 0, sizeof(*list));
	if (strlen(text) > ADDRESS_LIST_MAX)
		return false;
	for (;; text++) {
		size_t length = strcspn(text, ",");

		if (length >= sizeof(one))
			return false;
		memcpy(one, text, length);
		one[length] = '\0';
		if (!add(list, one))
			return false;
		text += length;
		if (*text == '\0')
			return true;
	}
}

void
address_list_print(const struct address_list *list, char text[ADDRESS_LIST_MAX + 1])
{
	uint16_t n = list->n_ipv4 + list->n_ipv6;
	char *at = text;

	*at = '\0';
	for (uint16_t i = 0; i < n; i++) {
		size_t left = (size_t)(text + ADDRESS_LIST_MAX + 1 - at);
		uint16_t of_ipv6 = i - list->n_ipv4;

		if (i > 0) {
			*at++ = ',';
			left--;
		}
		/* It cannot fail: the longest 16 fit. */
		if (i < list->n_ipv4)
			(void)inet_ntop(AF_INET, &list->ipv4[i], at, (socklen_t)left);
		else
			(void)inet_ntop(AF_INET6, list->ipv6[of_ipv6], at, (socklen_t)left);
		at += strlen(at);
	}
}
