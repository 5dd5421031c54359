#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load_options.h"
#include "load_port.h"

#define MAX_ADDRESSES 1000000
#define MAX_MS 600000
#define MAX_PAUSE 1000000
/* More than any forwarder's core moves: a search begins at twice what windows achieve. */
#define MAX_RATE 1000000000

static const char usage[] =
	"Usage: vhost-load [OPTION]... FOLDER | SOCKET | memif:SOCKET...\n"
	"  --ports N         ports that send, 2-256 (2)\n"
	"  --idle N          ports that never send, beside those (0)\n"
	"  --addresses N     of all ports (as many as ports)\n"
	"  --run N           frames in a row with the same addresses (1)\n"
	"  --length N        bytes of a frame, 60-1514 (64)\n"
	"  --mode MODE       window, ping, paced, echo, large: windows of TSO, back: windows of\n"
	"                    the first port, which the second one, a guest, sends back (window)\n"
	"  --window N        frames that a port shows at once, 1-256 (128)\n"
	"  --rate N          of paced and echo: frames a second (1000)\n"
	"  --pause N         of ping: microseconds before each, 0-1000000 (0)\n"
	"  --count           of paced and echo: what arrives, without latencies\n"
	"  --listen          makes the sockets, which the switch dials; of large\n"
	"  --milliseconds N  of a run (0: until stdin has something, or ends)\n";

static const struct option names[] = {
	{"ports", required_argument, NULL, 'p'},
	{"idle", required_argument, NULL, 'i'},
	{"addresses", required_argument, NULL, 'a'},
	{"run", required_argument, NULL, 'r'},
	{"length", required_argument, NULL, 'l'},
	{"mode", required_argument, NULL, 'm'},
	{"window", required_argument, NULL, 'w'},
	{"rate", required_argument, NULL, 'R'},
	{"listen", no_argument, NULL, 'L'},
	{"count", no_argument, NULL, 'c'},
	{"pause", required_argument, NULL, 'P'},
	{"milliseconds", required_argument, NULL, 't'},
	{0},
};

static bool
number(const char *text, uint32_t least, uint32_t most, uint32_t *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*value = n;
	return *text >= '0' && *text <= '9' && !*end && n >= least && n <= most;
}

static bool
mode_of(const char *text, enum load_mode *mode)
{
	static const char *const modes[] = {"window", "ping", "paced", "echo", "large", "back"};

	for (int i = 0; i < 6; i++)
		if (!strcmp(text, modes[i])) {
			*mode = i;
			return true;
		}
	return false;
}

static bool
read_option(int name, const char *value, struct load_options *options)
{
	switch (name) {
	case 'p':
		return number(value, 2, MAX_PORTS, &options->ports);
	case 'i':
		return number(value, 0, MAX_PORTS - 2, &options->idle);
	case 'a':
		return number(value, 2, MAX_ADDRESSES, &options->addresses);
	case 'r':
		return number(value, 1, 1000000, &options->run);
	case 'l':
		return number(value, 60, MAX_FRAME, &options->length);
	case 'm':
		return mode_of(value, &options->mode);
	case 'w':
		return number(value, 1, RING, &options->window);
	case 'R':
		return number(value, 1, MAX_RATE, &options->rate);
	case 'L':
		return options->listens = true;
	case 'c':
		return options->count = true;
	case 'P':
		return number(value, 0, MAX_PAUSE, &options->pause);
	case 't':
		return number(value, 0, MAX_MS, &options->milliseconds);
	default:
		return false;
	}
}

static bool
is_guest(const struct load_options *options, int i)
{
	uint16_t queue;

	return options->n_paths == 1 || !memif_path(options->paths[i], &queue);
}

static bool
fit_together(const struct load_options *options)
{
	bool paced = options->mode == LOAD_PACED || options->mode == LOAD_ECHO;
	bool returns = options->mode == LOAD_BACK || options->mode == LOAD_ECHO;

	return options->addresses >= options->ports &&
	       options->ports + options->idle <= MAX_PORTS &&
	       (options->mode == LOAD_WINDOW || options->ports == 2) &&
	       (options->mode == LOAD_LARGE || !options->listens) && (paced || !options->count) &&
	       (options->n_paths == 1 ||
		       options->n_paths == (int)(options->ports + options->idle)) &&
	       (!returns || is_guest(options, 1)) &&
	       (options->mode != LOAD_LARGE || (is_guest(options, 0) && is_guest(options, 1)));
}

bool
load_options(int argc, char **argv, struct load_options *options)
{
	int name, index = 0;

	*options = (struct load_options){
		.ports = 2, .run = 1, .length = 64, .window = RING / 2, .rate = 1000};
	while ((name = getopt_long(argc, argv, "", names, &index)) != -1) {
		if (read_option(name, optarg, options))
			continue;
		/* getopt has named what it does not know. */
		if (name != '?')
			fprintf(stderr, "vhost-load: --%s: '%s' is not possible; see below\n",
				names[index].name, optarg);
		fputs(usage, stderr);
		return false;
	}
	/* A ring holds 16 of these; half of them. */
	if (options->mode == LOAD_LARGE)
		options->window = 8;
	if (options->addresses == 0)
		options->addresses = options->ports;
	options->paths = argv + optind;
	options->n_paths = argc - optind;
	if (fit_together(options))
		return true;
	fprintf(stderr,
		"vhost-load: %u ports, %u idle ones, %u addresses, %d paths do not fit together; "
		"give each port an address and a socket, the other modes two ports, --listen to "
		"large, --count to paced and echo, and a memif not to large, nor as the second "
		"port to echo and back\n%s",
		options->ports, options->idle, options->addresses, options->n_paths, usage);
	return false;
}
