/*
 * vhost-copy: the yardstick. rte_vhost's own data path between two vhost-user ports, and nothing
 * else: frames of one guest go to the other without an address look-up.
 *
 *     vhost-copy [EAL OPTION]... -- SOCKET SOCKET
 *
 * It listens on both sockets. Four times a second, and at exit, it prints one line of JSON with
 * counters since its start:
 *   tsc, tsc_hz   the time stamp counter now, and its rate
 *   busy_cycles   cycles of polls that found packets, as Open vSwitch counts its processing cycles
 *   packets       packets that those polls found
 *   bytes         bytes of these packets
 *   dropped       packets without room in the other guest
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_net.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_vhost.h>

#define BURST 32
#define MBUFS 16384
#define MBUF_CACHE 256
#define N_PORTS 2
#define PERIOD_NS 250000000
/* The guest's rings as rte_vhost numbers them: receive, transmit. */
#define RECEIVE 0
#define TRANSMIT 1

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

struct counters {
	uint64_t busy_cycles, packets, bytes, dropped;
};

static const char *paths[N_PORTS];
/*
 * Written by rte_vhost's thread when a guest comes or goes, read by the loop; -1: no guest.
 * The loop counts its rounds in `round`, so that a guest is released only when unused.
 */
static int vids[N_PORTS] = {-1, -1};
static uint64_t rounds;
static bool stop;
/* Written by the loop alone, read by the printing thread. */
static struct counters counters;

static void
add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static int
port_of(int vid)
{
	char path[256];

	if (rte_vhost_get_ifname(vid, path, sizeof(path)) < 0)
		return -1;
	for (int i = 0; i < N_PORTS; i++)
		if (!strcmp(path, paths[i]))
			return i;
	return -1;
}

static int
guest_up(int vid)
{
	int port = port_of(vid);

	if (port < 0)
		return -1;
	/* The loop polls: the guest need not kick. */
	rte_vhost_enable_guest_notification(vid, RECEIVE, 0);
	rte_vhost_enable_guest_notification(vid, TRANSMIT, 0);
	__atomic_store_n(&vids[port], vid, __ATOMIC_SEQ_CST);
	return 0;
}

static void
guest_down(int vid)
{
	int port = port_of(vid);
	unsigned long long before;

	if (port < 0)
		return;
	__atomic_store_n(&vids[port], -1, __ATOMIC_SEQ_CST);
	/* The second round from now begins after this one, so it has seen the store. */
	before = __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < before + 2 &&
		!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		rte_pause();
}

static const struct rte_vhost_device_ops callbacks = {
	.new_device = guest_up,
	.destroy_device = guest_down,
};

static uint16_t
copy(int from, int to, struct rte_mempool *pool)
{
	struct rte_mbuf *mbufs[BURST];
	uint16_t n = rte_vhost_dequeue_burst(from, TRANSMIT, pool, mbufs, BURST), sent = 0;
	uint64_t bytes = 0;

	if (n == 0)
		return 0;
	for (uint16_t i = 0; i < n; i++)
		bytes += mbufs[i]->pkt_len;
	if (to >= 0)
		sent = rte_vhost_enqueue_burst(to, RECEIVE, mbufs, n);
	rte_pktmbuf_free_bulk(mbufs, n);
	add(&counters.packets, n);
	add(&counters.bytes, bytes);
	add(&counters.dropped, n - sent);
	return n;
}

static void
loop(struct rte_mempool *pool)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
		for (int i = 0; i < N_PORTS; i++) {
			uint64_t start = rte_rdtsc();
			int from = __atomic_load_n(&vids[i], __ATOMIC_SEQ_CST);

			if (from >= 0 &&
				copy(from, __atomic_load_n(&vids[!i], __ATOMIC_SEQ_CST), pool))
				add(&counters.busy_cycles, rte_rdtsc() - start);
		}
	}
}

static uint64_t
value(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
print(void)
{
	printf("{\"tsc\":%" PRIu64 ",\"tsc_hz\":%" PRIu64 ",\"busy_cycles\":%" PRIu64
	       ",\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n",
		rte_rdtsc(), rte_get_tsc_hz(), value(&counters.busy_cycles),
		value(&counters.packets), value(&counters.bytes), value(&counters.dropped));
	fflush(stdout);
}

/* Prints until a signal comes. The signals are blocked in every thread. */
static void *
report(void *arg)
{
	const sigset_t *signals = arg;
	const struct timespec period = {.tv_nsec = PERIOD_NS};

	while (sigtimedwait(signals, NULL, &period) < 0 && (errno == EAGAIN || errno == EINTR))
		print();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	return NULL;
}

/* Same features as vhost-switch: no offloads, and each frame in one buffer. */
static bool
listen_at(const char *path)
{
	const uint64_t without = 1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_GUEST_CSUM |
				 1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6 |
				 1ULL << VIRTIO_NET_F_GUEST_ECN | 1ULL << VIRTIO_NET_F_GUEST_UFO |
				 1ULL << VIRTIO_NET_F_HOST_TSO4 | 1ULL << VIRTIO_NET_F_HOST_TSO6 |
				 1ULL << VIRTIO_NET_F_HOST_ECN | 1ULL << VIRTIO_NET_F_HOST_UFO |
				 1ULL << VIRTIO_NET_F_MRG_RXBUF;

	unlink(path);
	if (rte_vhost_driver_register(path, 0) < 0 ||
		rte_vhost_driver_disable_features(path, without) < 0 ||
		rte_vhost_driver_callback_register(path, &callbacks) < 0 ||
		rte_vhost_driver_start(path) < 0) {
		fprintf(stderr, "vhost-copy: %s: cannot listen there; check its folder\n", path);
		return false;
	}
	return true;
}

static int
run(sigset_t *signals)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create(
		"mbufs", MBUFS, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
	pthread_t thread;

	if (!pool) {
		fprintf(stderr, "vhost-copy: mbufs: %s; give the EAL a larger -m\n",
			rte_strerror(rte_errno));
		return EXIT_FAILED;
	}
	for (int i = 0; i < N_PORTS; i++)
		if (!listen_at(paths[i]))
			return EXIT_FAILED;
	if (rte_ctrl_thread_create(&thread, "report", NULL, report, signals)) {
		fprintf(stderr, "vhost-copy: a thread for its output: %s; raise their limit\n",
			strerror(errno));
		return EXIT_FAILED;
	}
	loop(pool);
	pthread_join(thread, NULL);
	for (int i = 0; i < N_PORTS; i++)
		rte_vhost_driver_unregister(paths[i]);
	print();
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	sigset_t signals;
	int used, result;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	used = rte_eal_init(argc, argv);
	if (used < 0) {
		fprintf(stderr, "vhost-copy: EAL: %s; see its lines above\n",
			rte_strerror(rte_errno));
		return EXIT_USAGE;
	}
	if (argc - used != 1 + N_PORTS) {
		fputs("Usage: vhost-copy [EAL OPTION]... -- SOCKET SOCKET\n", stderr);
		return EXIT_USAGE;
	}
	for (int i = 0; i < N_PORTS; i++)
		paths[i] = argv[used + 1 + i];
	result = run(&signals);
	rte_eal_cleanup();
	return result;
}
