/*
 * The uplink as the protocol shows it.
 */
#ifndef UPLINK_JSON_H
#define UPLINK_JSON_H

#include <jansson.h>

struct uplink;

/* What it is and why, and its counters, for switch.info and stats.get; a new reference. */
json_t *
uplink_describe(struct uplink *uplink);
json_t *
uplink_nic_counters(struct uplink *uplink);

#endif
