/*
 * vhost-copy: the yardstick. rte_vhost's own data path between two vhost-user ports, and nothing
 * else: frames of one guest go to the other without an address look-up.
 *
 *     vhost-copy [EAL OPTION]... -- SOCKET SOCKET
 */
#include <linux/virtio_net.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_vhost.h>

#include "pair.h"

#define BURST 32
#define MBUFS 16384
#define MBUF_CACHE 256

static struct rte_mempool *pool;

static bool
prepare(void)
{
	pool = rte_pktmbuf_pool_create(
		"mbufs", MBUFS, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
	if (!pool)
		fprintf(stderr, "vhost-copy: mbufs: %s; give the EAL a larger -m\n",
			rte_strerror(rte_errno));
	return pool;
}

static void
forward(int from, const int vid[N_PORTS])
{
	struct rte_mbuf *mbufs[BURST];
	uint16_t n = rte_vhost_dequeue_burst(vid[from], TRANSMIT, pool, mbufs, BURST);

	if (n == 0)
		return;
	if (vid[!from] >= 0)
		rte_vhost_enqueue_burst(vid[!from], RECEIVE, mbufs, n);
	rte_pktmbuf_free_bulk(mbufs, n);
}

/* Same features as vhost-switch: no offloads, and each frame in one buffer. */
static const struct pair pair = {
	.name = "vhost-copy",
	.features = 1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_GUEST_CSUM |
		    1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6 |
		    1ULL << VIRTIO_NET_F_GUEST_ECN | 1ULL << VIRTIO_NET_F_GUEST_UFO |
		    1ULL << VIRTIO_NET_F_HOST_TSO4 | 1ULL << VIRTIO_NET_F_HOST_TSO6 |
		    1ULL << VIRTIO_NET_F_HOST_ECN | 1ULL << VIRTIO_NET_F_HOST_UFO |
		    1ULL << VIRTIO_NET_F_MRG_RXBUF,
	.prepare = prepare,
	.forward = forward,
};

int
main(int argc, char **argv)
{
	return pair_run(argc, argv, &pair);
}
