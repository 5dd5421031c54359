#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pause.h>
#include <rte_vhost.h>

#include "pair.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const struct pair *pair;
static const char *paths[N_PORTS];
/*
 * Written by rte_vhost's thread when a guest comes or goes, read by the loop; -1: no guest. The
 * loop counts its rounds, so that a guest is released only when unused.
 */
static int vids[N_PORTS] = {-1, -1};
static uint64_t rounds;
static volatile sig_atomic_t stop;

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

	if (port < 0 || (pair->up && !pair->up(port, vid)))
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
	uint64_t before;

	if (port < 0)
		return;
	__atomic_store_n(&vids[port], -1, __ATOMIC_SEQ_CST);
	/* The second round from now begins after this one, so it has seen the store. */
	before = __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < before + 2 && !stop)
		rte_pause();
	if (pair->down)
		pair->down(port, vid);
}

static const struct rte_vhost_device_ops callbacks = {
	.new_device = guest_up,
	.destroy_device = guest_down,
};

static void
loop(void)
{
	while (!stop) {
		__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
		for (int i = 0; i < N_PORTS; i++) {
			int now[N_PORTS];

			for (int p = 0; p < N_PORTS; p++)
				now[p] = __atomic_load_n(&vids[p], __ATOMIC_SEQ_CST);
			if (now[i] >= 0)
				pair->forward(i, now);
		}
	}
}

static bool
listen_at(const char *path)
{
	unlink(path);
	if (rte_vhost_driver_register(path, 0) < 0 ||
		(pair->own_rings ? rte_vhost_driver_set_features(path, pair->features)
				 : rte_vhost_driver_disable_features(path, pair->features)) < 0 ||
		rte_vhost_driver_callback_register(path, &callbacks) < 0 ||
		rte_vhost_driver_start(path) < 0) {
		fprintf(stderr, "%s: %s: cannot listen there; check its folder\n", pair->name,
			path);
		return false;
	}
	return true;
}

static void
end(int signal)
{
	(void)signal;
	stop = 1;
}

int
pair_run(int argc, char **argv, const struct pair *of)
{
	int used = rte_eal_init(argc, argv);

	pair = of;
	if (used < 0) {
		fprintf(stderr, "%s: EAL: %s; see its lines above\n", pair->name,
			rte_strerror(rte_errno));
		return EXIT_USAGE;
	}
	if (argc - used != 1 + N_PORTS) {
		fprintf(stderr, "Usage: %s [EAL OPTION]... -- SOCKET SOCKET\n", pair->name);
		return EXIT_USAGE;
	}
	signal(SIGINT, end);
	signal(SIGTERM, end);
	if (pair->prepare && !pair->prepare())
		return EXIT_FAILED;
	for (int i = 0; i < N_PORTS; i++)
		paths[i] = argv[used + 1 + i];
	for (int i = 0; i < N_PORTS; i++)
		if (!listen_at(paths[i]))
			return EXIT_FAILED;
	loop();
	for (int i = 0; i < N_PORTS; i++)
		rte_vhost_driver_unregister(paths[i]);
	rte_eal_cleanup();
	return EXIT_DONE;
}
