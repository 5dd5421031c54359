/*
 * Sizes that several parts agree on.
 */
#ifndef SIZES_H
#define SIZES_H

#include "../datapath/fdb.h"

/* The uplink is a port to the address table and the counters, but has no entry in the port table.
 */
#define UPLINK_ID (FDB_MAX_PORTS - 1)
#define MAX_PORTS (FDB_MAX_PORTS - 1)

/* Ethernet with one VLAN tag, and the largest that mergeable buffers allow; without FCS. */
#define FRAME_STANDARD 1522
#define FRAME_LARGEST 65535

#define ADDRESS_LIMIT 65536u

#endif
