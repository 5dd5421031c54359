/*
 * Sizes that several parts agree on.
 */
#ifndef SIZES_H
#define SIZES_H

#include "contract.h"

#ifndef MAX_PORTS /* fuzz targets have fewer */
#define MAX_PORTS LIMIT_PORTS
#endif

/* To the address table and the counters the uplink is a port; the port table has no entry for it.
 */
#define UPLINK_ID MAX_PORTS
#define FDB_MAX_PORTS (MAX_PORTS + 1)

/* Ethernet with one VLAN tag, and the largest that mergeable buffers allow; without FCS. */
#define FRAME_STANDARD 1522
#define FRAME_LARGEST 65535

#endif
