/*
 * vhost-load: guests without a VM, and memif devices, a load that is never slower than the switch.
 * Drives any number of ports of a switch that listens.
 *
 *     vhost-load [OPTION]... FOLDER | SOCKET | memif:SOCKET...
 *
 * It connects to the sockets, of a folder 0, 1, …, makes every address known, and prints "ready".
 * Each line on stdin starts a run (load_window.c, load_large.c, load_latency.c), after which one
 * line of JSON has its figures. When stdin ends, it ends. All have: sent           frames lost
 * frames that never arrived misplaced      frames that arrived at a port without that destination,
 * or, large, not whole bytes          of a frame, of windows ns, tsc_hz     the run's duration; the
 * time stamp counter's rate Windows: windows, and cycles, quantiles of the time stamp counter's
 * cycles a frame. Pings and paced frames: latency, quantiles in nanoseconds, and taken, nanoseconds
 * without the processor; stalled_ns, how long the switch took nothing though it had frames, and
 * stalled, how many found no room then or while we had no processor.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "load_run.h"

#include "../front/clock.h"

#define SAMPLES (1 << 20)
#define CALIBRATE_US 20000
/* Between two looks at stdin. */
#define LOOK 64

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static struct load load;

static double
measure_tsc_hz(void)
{
	uint64_t us = now_us(), tsc = rte_rdtsc(), now;

	do
		now = now_us();
	while (now - us < CALIBRATE_US);
	return (double)(rte_rdtsc() - tsc) * 1e6 / (double)(now - us);
}

struct load_end
load_begin(const struct load *of)
{
	struct load_end end = {.begin = rte_rdtsc()};

	if (of->options.milliseconds > 0)
		end.end = end.begin + (uint64_t)(of->tsc_hz * of->options.milliseconds / 1e3);
	return end;
}

bool
load_goes_on(struct load_end *end)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	if (end->end > 0)
		return rte_rdtsc() < end->end;
	return ++end->looks % LOOK || poll(&in, 1, 0) == 0;
}

uint64_t
load_nanoseconds(const struct load *of, const struct load_end *end)
{
	return (uint64_t)((double)(rte_rdtsc() - end->begin) / of->tsc_hz * 1e9);
}

static bool
connect_ports(void)
{
	const struct load_options *options = &load.options;
	char path[256];

	for (uint32_t i = 0; i < options->ports + options->idle; i++) {
		if (options->n_paths == 1)
			snprintf(path, sizeof(path), "%s/%u", options->paths[0], i);
		else
			snprintf(path, sizeof(path), "%s", options->paths[i]);
		if (options->mode == LOAD_LARGE
				? connect_large(&load.port[i], path, i, options->listens)
				: connect_port(&load.port[i], path, i, options->length))
			continue;
		fprintf(stderr,
			"vhost-load: %s: cannot connect (%s); huge pages and the switch are "
			"needed\n",
			path, strerror(errno));
		return false;
	}
	return true;
}

static bool
run(void)
{
	load.sent = load.lost = load.misplaced = load.samples.n = 0;
	switch (load.options.mode) {
	case LOAD_PING:
		return run_ping(&load);
	case LOAD_PACED:
	case LOAD_ECHO:
		return run_paced(&load);
	case LOAD_LARGE:
		return run_large(&load);
	case LOAD_WINDOW:
	case LOAD_BACK:
	default:
		return run_windows(&load);
	}
}

/* Reads a line and no more, as the next one is another run's. False: stdin has ended. */
static bool
told_to_go(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == 1)
		if (byte == '\n')
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	bool going;

	if (!load_options(argc, argv, &load.options))
		return EXIT_USAGE;
	if (!samples_create(&load.samples, SAMPLES)) {
		fputs("vhost-load: no memory\n", stderr);
		return EXIT_FAILED;
	}
	load.tsc_hz = measure_tsc_hz();
	if (!connect_ports())
		return EXIT_FAILED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	going = load.options.mode == LOAD_LARGE ? warm_up_large(&load) : warm_up(&load);
	if (going)
		puts("ready");
	while (going && told_to_go())
		going = run();
	if (!going)
		fputs("vhost-load: the switch does not take frames any more\n", stderr);
	for (uint32_t i = 0; i < load.options.ports + load.options.idle; i++)
		disconnect_port(&load.port[i]);
	return going ? EXIT_DONE : EXIT_FAILED;
}
