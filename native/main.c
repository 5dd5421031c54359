/*
 * vhost-switch: ordered start, reverse stop.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "base/control_thread.h"
#include "base/log.h"
#include "base/log_out.h"
#include "cage/cage.h"
#include "control/captures.h"
#include "control/command_ports.h"
#include "control/control.h"
#include "control/options.h"
#include "control/state.h"
#include "control/vf_token.h"
#include "datapath/forward.h"
#include "datapath/lcore.h"
#include "datapath/vswitch.h"
#include "ring/interrupt.h"
#include "vhost/fault.h"
#include "vhost/vhost.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static bool
create_lcores(struct vswitch *sw)
{
	unsigned int lcore;

	RTE_LCORE_FOREACH (lcore)
		if (!(sw->lcores[lcore] = lcore_create(sw, lcore))) {
			fprintf(stderr, "vhost-switch: lcore %u: %s; %s\n", lcore, strerror(errno),
				errno == ENOMEM ? "give the EAL a larger -m"
						: "raise the limit of open files");
			return false;
		}
	return true;
}

/* Threads name themselves: another one's name is a file, which Landlock keeps from being written.
 */
static void *
serve(void *control)
{
	prctl(PR_SET_NAME, "control");
	return control_main(control);
}

static int
forward(void *sw)
{
	char name[16];

	/* The main thread's name is that of the process in ps and top. */
	if (rte_lcore_id() != rte_get_main_lcore()) {
		snprintf(name, sizeof(name), "lcore-%u", rte_lcore_id());
		prctl(PR_SET_NAME, name);
	}
	return forward_main(sw);
}

static int
forward_until_stopped(struct vswitch *sw, struct control *control)
{
	/* From here on, the control thread's. */
	uint16_t n_ports = sw->n_ports;
	pthread_t thread;

	errno = control_thread_start(&thread, "control", serve, control);
	if (errno) {
		fprintf(stderr, "vhost-switch: control thread: %s; raise the limit of threads\n",
			strerror(errno));
		return EXIT_FAILED;
	}
	LOG(INFO, "ready, %u lcores, %u ports", rte_lcore_count(), n_ports);
	rte_eal_mp_remote_launch(forward, sw, CALL_MAIN);
	rte_eal_mp_wait_lcore();
	pthread_join(thread, NULL);
	LOG(INFO, "stopping");
	return EXIT_DONE;
}

static void
apply(struct vswitch *sw, const struct options *options)
{
	sw->mergeable = options->mergeable;
	sw->max_frame = options->mergeable ? FRAME_LARGEST : FRAME_STANDARD;
	sw->vlan_strip = options->vlan_strip;
	sw->promiscuous = options->promiscuous;
	sw->n_mbufs = options->total_num_mbufs;
	sw->tx_csum = options->tx_csum;
	sw->tso = options->tso;
	sw->features_off = options->features_off;
	sw->finishes = sw->tx_csum;
	sw->vm2vm = options->vm2vm;
#define SETTING(key, option, min, max, standard) setting_change(&sw->settings.key, options->key);
	EACH_SWITCH_SETTING(SETTING)
#undef SETTING
}

static bool
prepare_cage(struct cage *cage, const struct options *options, int n_eal, char **eal)
{
	const struct cage_wish wish = {
		.user = options->user,
		.group = options->group,
		.state_file = options->state_file,
		.log_file = options->log_file,
		.control_socket = options->control_socket,
		.sockets = options->sockets,
		.n_sockets = options->n_sockets,
		.folders = options->folders,
		.n_folders = options->n_folders,
		.eal = eal,
		.n_eal = n_eal,
		.devices = options->devices,
		.n_devices = options->n_devices,
		.drivers = command_needs_drivers(options),
	};

	return cage_prepare(cage, &wish);
}

static int
run(const struct options *options, const struct cage *cage)
{
	struct vswitch *sw = vswitch_create();
	struct control *control = NULL;
	int result = EXIT_FAILED;
	unsigned int lcore;

	if (!sw) {
		fprintf(stderr, "vhost-switch: memory: %s; give the EAL a larger -m\n",
			rte_errno ? rte_strerror(rte_errno) : "not enough");
		goto out;
	}
	apply(sw, options);
	sw->captures = captures_create(sw);
	if (!sw->captures) {
		fprintf(stderr, "vhost-switch: captures: %s; raise the limit of open files\n",
			strerror(errno));
		goto out;
	}
	log_limit_change(&sw->settings.log_limit);
	log_level(setting(&sw->settings.log_level));
	if (!interrupt_prepare(rte_lcore_count())) {
		fprintf(stderr,
			"vhost-switch: kernel AIO, by which guests are interrupted: %s; %s\n",
			strerror(errno),
			errno == EAGAIN ? "others have it all, raise the sysctl fs.aio-max-nr"
					: "let the system call filter pass io_setup, io_submit and "
					  "io_destroy");
		goto out;
	}
	vswitch_serve(sw);
	if (!command_devices_open(sw, options))
		goto out;
	/* Before the ports: a second switch by mistake must not touch the first one's sockets. */
	control = control_create(sw, options->control_socket, &options->authority);
	if (!control || !create_lcores(sw))
		goto out;
	/* From here on without rights: what the state file and guests say is not to be trusted. */
	sw->running = cage_close(cage);
	if (sw->running && command_ports_add(sw, options))
		result = forward_until_stopped(sw, control);
out:
	if (sw) {
		captures_destroy(sw->captures);
		vswitch_empty(sw);
		vhost_end();
		RTE_LCORE_FOREACH (lcore)
			lcore_destroy(sw->lcores[lcore]);
		state_close(sw->state);
		log_limit_change(NULL); /* it is part of what goes */
		vswitch_destroy(sw);
		interrupt_finish();
	}
	if (control)
		control_destroy(control);
	return result;
}

static bool
start_eal(struct vf_token *token, int argc, char **argv)
{
	char **with = vf_token_add(token, &argc, argv);

	if (with && rte_eal_init(argc, with) >= 0)
		return true;
	fprintf(stderr, "vhost-switch: EAL: %s; see its lines above\n",
		with ? rte_strerror(rte_errno) : strerror(ENOMEM));
	return false;
}

/* Before the EAL, which has much to say. */
static bool
start_log(const struct options *options)
{
	if (!log_out_open(options->log_file, options->log_form))
		return false;
	/* Without a limit: no guest says anything yet. */
	if (log_limit(NULL))
		return true;
	fprintf(stderr, "vhost-switch: log: %s; report this\n", strerror(errno));
	return false;
}

/* All that takes rights to read or to open; an exit code. */
static int
start(const struct options *options, int n_eal, char **eal)
{
	struct vf_token token;
	struct cage cage;
	int result = EXIT_USAGE;

	if (!start_log(options))
		return EXIT_USAGE;
	if (!vf_token_read(&token, options->vf_token_file))
		return EXIT_USAGE;
	if (!prepare_cage(&cage, options, n_eal, eal))
		result = EXIT_FAILED;
	else if (start_eal(&token, n_eal, eal))
		result = EXIT_DONE;
	vf_token_forget(&token);
	if (result != EXIT_DONE)
		return result;
	result = run(options, &cage);
	rte_eal_cleanup();
	return result;
}

/* Blocked before any thread starts: only the control thread's signalfd takes them. */
static void
block_signals(void)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

int
main(int argc, char **argv)
{
	int own = options_own_start(argc, argv), result;
	struct options options;

	/* Without a "--", a lone --help or --version is meant for us rather than for the EAL. */
	if (own == argc && argc == 2 &&
		(!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version")))
		own = 0;
	switch (options_parse(&options, argc - own, argv + own)) {
	case OPTIONS_HELP:
		return EXIT_DONE;
	case OPTIONS_INVALID:
		return EXIT_USAGE;
	case OPTIONS_OK:
		break;
	}
	block_signals();
	/* Threads inherit it. What sleeps for microseconds may be late by one, instead of 50. */
	(void)prctl(PR_SET_TIMERSLACK, 1000);
	if (!fault_install()) {
		fprintf(stderr, "vhost-switch: SIGBUS: %s; report this\n", strerror(errno));
		options_free(&options);
		return EXIT_FAILED;
	}
	umask(0117);
	result = start(&options, own, argv);
	options_free(&options);
	return result;
}
