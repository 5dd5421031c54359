/*
 * What vhost-load does with its ports (load.c). Each run counts anew, ends after its milliseconds,
 * or when stdin has something or ends, and prints a line of JSON. False: the switch does not take
 * frames any more.
 */
#ifndef BENCH_LOAD_RUN_H
#define BENCH_LOAD_RUN_H

#include "load_options.h"
#include "load_port.h"
#include "samples.h"

struct load {
	struct load_options options;
	struct port port[MAX_PORTS];
	struct samples samples;
	double tsc_hz;
	uint64_t sent, lost, misplaced; /* frames */
};

/* Each address sends a frame, so that the switch knows it; then some windows, uncounted. */
bool
warm_up(struct load *load);

/* Windows: the switch always finds full rings (load_window.c). */
bool
run_windows(struct load *load);

/* Single frames, to and fro; and frames at a rate (load_latency.c). */
bool
run_ping(struct load *load);
bool
run_paced(struct load *load);

/* A run's end. */
struct load_end {
	uint64_t begin, end; /* of the time stamp counter; end 0: stdin ends it */
	uint32_t looks;
};

struct load_end
load_begin(const struct load *load);
bool
load_goes_on(struct load_end *end);
uint64_t
load_nanoseconds(const struct load *load, const struct load_end *end);

#endif
