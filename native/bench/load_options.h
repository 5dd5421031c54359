/* vhost-load's command line. */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum load_mode { LOAD_WINDOW, LOAD_PING, LOAD_PACED, LOAD_ECHO, LOAD_LARGE, LOAD_BACK };

struct load_options {
	uint32_t ports, idle;
	uint32_t addresses;
	uint32_t run;          /* frames in a row with the same addresses */
	uint32_t length;       /* of a frame, without FCS */
	uint32_t window;       /* frames of a port */
	uint32_t rate;         /* of LOAD_PACED and LOAD_ECHO, frames a second */
	uint32_t pause;        /* of LOAD_PING, microseconds between two */
	uint32_t milliseconds; /* of a run; 0: until stdin has something, or ends */
	enum load_mode mode;
	bool listens; /* the switch dials */
	bool count;   /* of LOAD_PACED and LOAD_ECHO: no latencies */
	/* One folder, whose sockets are 0, 1, …, or a socket for each port (load_port.h). */
	char *const *paths;
	int n_paths;
};

/* False: they are wrong, which was said. */
bool
load_options(int argc, char **argv, struct load_options *options);

#endif
