#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "control.h"
#include "methods.h"

#include "../base/log.h"
#include "../datapath/fdb.h"
#include "../datapath/mirror.h"
#include "../datapath/news.h"
#include "../datapath/uplink.h"
#include "../datapath/vswitch.h"
#include "../vhost/unix_socket.h"
#include "../vhost/vhost.h"

#define TICK_MS 100

struct control {
	struct vswitch *sw;
	struct rpc_table table;
	const char *path;
	int listener, signals;
	uint32_t next_stats;  /* second of the next table */
	uint64_t next_redial; /* milliseconds */
	struct timespec start;
	struct client clients[LIMIT_CLIENTS];
};

struct control *
control_create(struct vswitch *sw, const char *path)
{
	struct control *control = calloc(1, sizeof(*control));
	sigset_t signals;

	if (!control)
		return NULL;
	control->sw = sw;
	control->table = (struct rpc_table){switch_methods, n_switch_methods, sw};
	control->path = path;
	clock_gettime(CLOCK_MONOTONIC, &control->start);
	for (int i = 0; i < LIMIT_CLIENTS; i++)
		control->clients[i].fd = -1;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	control->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	control->listener = unix_socket_listen(path, LIMIT_CLIENTS);
	if (control->listener < 0 || control->signals < 0) {
		fprintf(stderr, "vhost-switch: %s: %s; %s\n", path, strerror(errno),
			errno == EADDRINUSE
				? "another switch listens there, stop it or choose another "
				  "--control-socket"
				: "check that its folder exists and may be written to");
		free(control);
		return NULL;
	}
	return control;
}

static void
accept_client(struct control *control)
{
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	char *refusal, message[80];

	if (fd < 0)
		return;
	for (int i = 0; i < LIMIT_CLIENTS; i++) {
		if (control->clients[i].fd >= 0)
			continue;
		client_open(&control->clients[i], fd);
		return;
	}
	snprintf(message, sizeof(message), "switch: %d clients are connected already; close one",
		LIMIT_CLIENTS);
	refusal = rpc_refusal(RPC_CLIENTS, message);
	if (refusal)
		(void)send(fd, refusal, strlen(refusal), MSG_NOSIGNAL | MSG_DONTWAIT);
	free(refusal);
	close(fd);
}

static void
print_stats(struct vswitch *sw)
{
	struct counters sum;

	printf("%-32s %-8s %14s %14s %14s\n", "port", "state", "rx_packets", "tx_packets", "drops");
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];
		uint64_t drops = 0;
		bool up;

		if (!port->used)
			continue;
		pthread_mutex_lock(&sw->lock);
		up = port->vhost.up;
		pthread_mutex_unlock(&sw->lock);
		port_counters(sw, i, &sum);
		for (int d = 0; d < DROP_REASONS; d++)
			drops += sum.drops[d];
		printf("%-32s %-8s %14lu %14lu %14lu\n", port->config.name, up ? "up" : "waiting",
			sum.rx_packets, sum.tx_packets, drops);
	}
	fflush(stdout);
}

static void
flush_mirrors(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];
		int error = port->mirror ? mirror_flush(port->mirror) : 0;

		if (!error)
			continue;
		LOG(ERR, "port %s: mirror %s: %s; mirroring ends", port->config.name,
			mirror_path(port->mirror), strerror(error));
		mirror_close(port_mirror(sw, port, NULL));
	}
}

/* Every second: ageing, filters, tables. A pass over the address table takes up to 16 seconds. */
static void
each_second(struct control *control, uint32_t now)
{
	struct vswitch *sw = control->sw;
	uint32_t ageing = setting(&sw->settings.ageing), stats = setting(&sw->settings.stats);
	uint32_t pass = ageing >= 32 ? 16 : (ageing + 1) / 2;

	fdb_age(sw->fdb, now, ageing, fdb_buckets(sw->fdb) / pass);
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			port_refresh(sw, &sw->ports[i]);
	if (sw->uplink)
		uplink_refresh(sw->uplink, sw);
	if (stats && now >= control->next_stats) {
		control->next_stats = now + stats;
		print_stats(sw);
	}
}

static void
tick(struct control *control)
{
	struct vswitch *sw = control->sw;
	struct timespec time;
	uint32_t now;

	news_take(sw);
	flush_mirrors(sw);
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = time.tv_sec - control->start.tv_sec;
	if (now == vswitch_now(sw))
		return;
	__atomic_store_n(&sw->now, now, __ATOMIC_RELAXED);
	each_second(control, now);
}

/* Every TICK_MS, however many requests come in between. */
static void
redial(struct control *control)
{
	struct timespec time;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &time);
	now = time.tv_sec * 1000ull + time.tv_nsec / 1000000;
	if (now < control->next_redial)
		return;
	control->next_redial = now + TICK_MS;
	vhost_redial();
}

/*
 * logrotate and its like send SIGHUP to have a log file reopened. Our log is stderr, so there is
 * nothing to reopen, and no reason to end.
 */
static bool
stop_asked(const struct control *control)
{
	struct signalfd_siginfo signal;

	while (read(control->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo != SIGHUP)
			return true;
		LOG(INFO, "SIGHUP: nothing to be opened anew, as the log goes to stderr");
	}
	return false;
}

static char *
answer(void *context, const char *line, size_t length)
{
	return rpc_answer(context, line, length);
}

void *
control_main(void *arg)
{
	struct control *control = arg;
	struct pollfd polls[LIMIT_CLIENTS + 2];
	struct pollfd *listener = &polls[LIMIT_CLIENTS], *signals = &polls[LIMIT_CLIENTS + 1];

	for (;;) {
		for (int i = 0; i < LIMIT_CLIENTS; i++)
			polls[i] = (struct pollfd){
				.fd = control->clients[i].fd,
				.events = client_events(&control->clients[i]),
			};
		*listener = (struct pollfd){.fd = control->listener, .events = POLLIN};
		*signals = (struct pollfd){.fd = control->signals, .events = POLLIN};
		if (poll(polls, LIMIT_CLIENTS + 2, TICK_MS) < 0 && errno != EINTR) {
			LOG(ERR, "poll: %s; stopping", strerror(errno));
			break;
		}
		tick(control);
		redial(control);
		if (signals->revents && stop_asked(control))
			break;
		for (int i = 0; i < LIMIT_CLIENTS; i++)
			if (polls[i].fd >= 0 && polls[i].revents)
				client_serve(&control->clients[i], polls[i].revents, answer,
					&control->table);
		if (listener->revents)
			accept_client(control);
	}
	__atomic_store_n(&control->sw->stop, true, __ATOMIC_RELAXED);
	return NULL;
}

void
control_destroy(struct control *control)
{
	for (int i = 0; i < LIMIT_CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			client_close(&control->clients[i]);
	close(control->listener);
	close(control->signals);
	unlink(control->path);
	free(control);
}
