/*
 * The uplink in the protocol's JSON.
 */
#ifndef UPLINK_JSON_H
#define UPLINK_JSON_H

#include <jansson.h>

struct uplink;

/* Its description and counters, for switch.info and stats.get; a new reference. */
json_t *
uplink_describe(struct uplink *uplink);
json_t *
uplink_nic_counters(struct uplink *uplink);

#endif
