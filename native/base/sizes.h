/*
 * Sizes that several parts agree on.
 */
#ifndef SIZES_H
#define SIZES_H

#ifndef FDB_MAX_PORTS /* fuzz targets have fewer */
#define FDB_MAX_PORTS 1024
#endif

/* The uplink is a port to the address table and the counters, but has no entry in the port table.
 */
#define UPLINK_ID (FDB_MAX_PORTS - 1)
#define MAX_PORTS (FDB_MAX_PORTS - 1)

/* Ethernet with one VLAN tag, and the largest that mergeable buffers allow; without FCS. */
#define FRAME_STANDARD 1522
#define FRAME_LARGEST 65535

#define ADDRESS_LIMIT 65536u

#define PORT_NAME_MAX 63
/* sizeof(sockaddr_un.sun_path) less the NUL. */
#define SOCKET_PATH_MAX 107
#define VLAN_MAX 4094

#endif
