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

struct load_end;

struct load {
	struct load_options options;
	struct port port[MAX_PORTS];
	struct samples samples;
	double tsc_hz;
	uint64_t sent, lost, misplaced; /* frames */
	uint32_t returning;             /* of LOAD_BACK: frames that the next window has, too */
};

/* Each address sends a frame, so that the switch knows it; then some windows, uncounted. */
bool
warm_up(struct load *load);

/* Windows: the switch always finds full rings (load_window.c). */
bool
run_windows(struct load *load);

/* The same with TCP segments of 64 KiB, which nobody cuts (load_large.c). */
bool
warm_up_large(struct load *load);
bool
run_large(struct load *load);

/* Parts of a window: false, timeout; buffers that have come to all ports, of so many. */
#define WARM_UP 64
bool
wait_sent(const struct load *load);
void
wait_arrived(const struct load *load, uint32_t buffers);
/* After a run of windows; bytes: of a frame. */
void
print_windows(struct load *load, const struct load_end *end, uint32_t bytes);

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
