/*
 * Sizes that several parts agree on.
 */
#ifndef SIZES_H
#define SIZES_H

#include "contract.h"

#ifndef MAX_PORTS /* fuzz targets have fewer */
#define MAX_PORTS LIMIT_PORTS
#endif

/* Ethernet with one VLAN tag, and the largest that mergeable buffers allow; without FCS. */
#define FRAME_STANDARD 1522
#define FRAME_LARGEST 65535

/* A VLAN tag. */
#define TAG_BYTES 4

#endif
