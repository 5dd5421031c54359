/* An address as the protocol has it: six bytes in lower case, with colons between. */
#ifndef MAC_JSON_H
#define MAC_JSON_H

#include <jansson.h>
#include <stdint.h>

static inline json_t *
mac_json(const uint8_t mac[6])
{
	return json_sprintf(
		"%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

#endif
