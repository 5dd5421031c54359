#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "clients.h"
#include "clock.h"
#include "control.h"
#include "state.h"
#include "methods.h"
#include "watch.h"

#include "../base/log.h"
#include "../base/log_out.h"
#include "../datapath/balance.h"
#include "../datapath/events.h"
#include "../datapath/fdb.h"
#include "../datapath/lcore.h"
#include "../datapath/link.h"
#include "../datapath/news.h"
#include "../datapath/port_guest.h"
#include "../datapath/vswitch.h"
#include "../vhost/vhost.h"

#define TICK_MS 100

struct control {
	struct vswitch *sw;
	struct rpc_table table;
	struct clients *clients;
	int signals;
	uint32_t next_stats;  /* second of the next table */
	uint64_t next_redial; /* milliseconds */
	uint64_t next_dial;   /* likewise, of sockets that have appeared */
	bool appearing;       /* there are such that do not answer yet */
	struct timespec start;
	struct balance_reading balance;
};

/* A descriptor for the signals that are blocked everywhere; -1 with a line on stderr. */
static int
open_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		fprintf(stderr, "vhost-switch: signals: %s; raise the limit of open files\n",
			strerror(errno));
	return fd;
}

struct control *
control_create(struct vswitch *sw, const char *path, const struct authority *authority)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->sw = sw;
	control->table = (struct rpc_table){switch_methods, n_switch_methods, sw};
	clock_gettime(CLOCK_MONOTONIC, &control->start);
	control->signals = open_signals();
	if (control->signals >= 0)
		control->clients =
			clients_create(&control->table, path, authority, &sw->settings.client_idle);
	if (control->clients)
		return control;
	if (control->signals >= 0)
		close(control->signals);
	free(control);
	return NULL;
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
		up = port_guest_is_up(port);
		pthread_mutex_unlock(&sw->lock);
		port_counters(sw, i, &sum);
		for (int d = 0; d < DROP_REASONS; d++)
			drops += sum.drops[d];
		printf("%-32s %-8s %14lu %14lu %14lu\n", port->config.name, up ? "up" : "waiting",
			sum.rx_packets, sum.tx_packets, drops);
	}
	fflush(stdout);
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
		if (sw->ports[i].used) {
			port_refresh(sw, &sw->ports[i]);
			port_guest_refresh(sw, &sw->ports[i]);
		}
	link_refresh(sw);
	state_refresh(sw);
	balance_refresh(sw, &control->balance);
	events_refresh(sw);
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
	uint64_t now = clock_ms();

	if (now < control->next_redial)
		return;
	control->next_redial = now + TICK_MS;
	vhost_redial();
}

/* Has poll() wait for sockets to appear, too, if it is time. Milliseconds that it may wait. */
static int
await_appeared(const struct control *control, struct pollfd *appeared)
{
	uint64_t now = clock_ms();
	bool later = now < control->next_dial;

	*appeared = (struct pollfd){.fd = later ? -1 : vhost_appeared(), .events = POLLIN};
	if (later)
		return (int)(control->next_dial - now);
	return control->appearing ? 0 : TICK_MS;
}

/* With a pause after it: who makes sockets all the time does not have all of this thread. */
static void
dial_appeared(struct control *control, bool more)
{
	if (clock_ms() < control->next_dial || !(more || control->appearing))
		return;
	control->appearing = vhost_dial_appeared();
	control->next_dial = clock_ms() + VHOST_APPEAR_MS;
}

/*
 * SIGHUP, as logrotate and `systemctl reload` send it, has the log file opened anew, and is no
 * reason to end.
 */
static void
reopen_log(void)
{
	const char *file = log_out_file();

	if (!file)
		LOG(INFO, "SIGHUP: nothing to be opened anew, as the log goes to stderr");
	else if (log_out_reopen())
		LOG(INFO, "SIGHUP: %s is opened anew", file);
	else
		LOG(ERR,
			"SIGHUP: %s: %s; lines go where they went: have it made for the switch's "
			"user",
			file, strerror(errno));
}

static bool
stop_asked(const struct control *control)
{
	struct signalfd_siginfo signal;

	while (read(control->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo != SIGHUP)
			return true;
		reopen_log();
	}
	return false;
}

void *
control_main(void *arg)
{
	struct control *control = arg;
	struct pollfd polls[CLIENTS_POLLS + 2];
	struct pollfd *signals = &polls[CLIENTS_POLLS], *appeared = signals + 1;
	int timeout;

	for (;;) {
		clients_poll(control->clients, polls);
		*signals = (struct pollfd){.fd = control->signals, .events = POLLIN};
		timeout = await_appeared(control, appeared);
		if (poll(polls, CLIENTS_POLLS + 2, timeout) < 0 && errno != EINTR) {
			LOG(ERR, "poll: %s; stopping", strerror(errno));
			break;
		}
		tick(control);
		redial(control);
		dial_appeared(control, appeared->revents);
		if (signals->revents && stop_asked(control))
			break;
		clients_serve(control->clients, polls);
		clients_answer(
			control->clients, polls, clock_ms(), state_save_pending(control->sw));
		watch_round(control->clients, control->sw);
	}
	__atomic_store_n(&control->sw->stop, true, __ATOMIC_RELAXED);
	lcores_wake(control->sw);
	return NULL;
}

void
control_destroy(struct control *control)
{
	balance_forget(&control->balance);
	clients_destroy(control->clients);
	close(control->signals);
	free(control);
}
