/*
 * vhost-load: guests without a VM for the scale benchmark. Drives any number of ports of a switch
 * that listens. Each port has its own addresses; every frame has 64 bytes and another pair of
 * addresses.
 *
 *     vhost-load PORTS ADDRESSES RUN FOLDER [IDLE]
 *
 * It connects to the sockets FOLDER/0, FOLDER/1, …, makes every address known, and prints "ready".
 * From then on it sends in windows: every port prepares its frames, all are made available at
 * once, and the next window begins when all have arrived. So the switch always finds full rings,
 * although it is faster than the one core that feeds it. RUN frames in a row have the same
 * addresses. IDLE more ports are connected, and never send. When stdin ends it stops and prints one
 * line of JSON: sent       frames lost       frames that never arrived misplaced  frames that
 * arrived at a port without that destination
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_pause.h>

#include "load_port.h"

#include "../front/clock.h"

#define MAX_ADDRESSES 1000000
/* Frames per port. About as many arrive at each port, and a ring holds twice that. */
#define WINDOW 128
#define WINDOW_MS 1000
/* Windows between two looks at stdin. */
#define LOOK 64

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static struct port ports[MAX_PORTS];
static uint32_t n_ports, n_addresses, run, n_idle;
static uint64_t sent, lost, misplaced;

/* Address number n lives behind port n % n_ports. */
static void
put_mac(uint8_t *at, uint32_t n)
{
	const uint8_t mac[6] = {2, 0, n >> 24, n >> 16, n >> 8, n};

	memcpy(at, mac, sizeof(mac));
}

static uint32_t
number_of(const uint8_t *mac)
{
	return (uint32_t)mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5];
}

static void
put_frame(struct port *port, uint16_t at, uint32_t source, uint32_t destination)
{
	uint8_t *frame = port->send.buffers + (size_t)(at % RING) * BUFFER + HEADER;

	put_mac(frame, destination);
	put_mac(frame + 6, source);
}

static void
prepare(struct port *port, uint32_t own)
{
	for (uint16_t i = 0; i < WINDOW; i++) {
		if (port->left == 0) {
			port->source += n_ports;
			if (port->source >= n_addresses)
				port->source = own;
			do
				port->destination = (port->destination + 1) % n_addresses;
			while (port->destination % n_ports == own);
			port->left = run;
		}
		port->left--;
		put_frame(port, port->send.shown + i, port->source, port->destination);
	}
	port->send.shown += WINDOW;
}

static void
show(struct lane *lane)
{
	__atomic_store_n(&lane->avail->idx, lane->shown, __ATOMIC_RELEASE);
}

static uint16_t
used_at(const struct lane *lane)
{
	return __atomic_load_n(&lane->used->idx, __ATOMIC_ACQUIRE);
}

/* Waits until the switch has used all buffers that were made available; false: timeout. */
static bool
wait_sent(void)
{
	uint64_t end = now_ms() + WINDOW_MS;

	/* The switch serves ports in order, so polling the others would only disturb it. */
	for (uint32_t i = n_ports; i-- > 0;)
		while (used_at(&ports[i].send) != ports[i].send.shown) {
			for (int pauses = 0; pauses < 50; pauses++)
				rte_pause();
			if (now_ms() > end)
				return false;
		}
	return true;
}

/* Takes received frames and gives their buffers back. Returns the number of frames. */
static uint32_t
receive(struct port *port, uint32_t own)
{
	struct lane *lane = &port->receive;
	uint16_t end = used_at(lane), n = end - lane->seen;

	for (; lane->seen != end; lane->seen++) {
		uint32_t id = lane->used->ring[lane->seen % RING].id % RING;
		const uint8_t *frame = lane->buffers + (size_t)id * BUFFER + HEADER;

		misplaced += number_of(frame) % n_ports != own;
		lane->avail->ring[lane->shown++ % RING] = id;
	}
	show(lane);
	return n;
}

static bool
window(void)
{
	uint32_t came = 0;

	for (uint32_t i = 0; i < n_ports; i++)
		prepare(&ports[i], i);
	for (uint32_t i = 0; i < n_ports; i++)
		show(&ports[i].send);
	sent += n_ports * WINDOW;
	if (!wait_sent())
		return false;
	/* The switch returns a sender's buffer only after it delivered the frame. */
	for (uint32_t i = 0; i < n_ports; i++)
		came += receive(&ports[i], i);
	lost += n_ports * WINDOW - came;
	return true;
}

/* Each address sends one frame to its own port's first one: the switch learns it without a flood.
 */
static bool
teach(void)
{
	for (uint32_t first = 0; first < n_addresses; first += n_ports * WINDOW) {
		for (uint32_t p = 0; p < n_ports; p++) {
			for (uint32_t i = 0; i < WINDOW; i++) {
				uint32_t n = first + i * n_ports + p;

				put_frame(&ports[p], ports[p].send.shown + i,
					n < n_addresses ? n : p, p);
			}
			ports[p].send.shown += WINDOW;
			show(&ports[p].send);
		}
		if (!wait_sent())
			return false;
	}
	/* The first frame, sent to itself, may have been flooded. */
	for (uint32_t p = 0; p < n_ports; p++)
		receive(&ports[p], p);
	misplaced = 0;
	return true;
}

static bool
stdin_ended(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, 0) > 0;
}

static bool
number(const char *text, uint32_t least, uint32_t most, uint32_t *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*value = n;
	return *text && !*end && n >= least && n <= most;
}

int
main(int argc, char **argv)
{
	bool going;

	if (argc < 5 || argc > 6 || !number(argv[1], 2, MAX_PORTS, &n_ports) ||
		!number(argv[2], n_ports, MAX_ADDRESSES, &n_addresses) ||
		!number(argv[3], 1, 1000000, &run) ||
		(argc == 6 && !number(argv[5], 0, MAX_PORTS - n_ports, &n_idle))) {
		fputs("Usage: vhost-load PORTS ADDRESSES RUN FOLDER [IDLE]\n", stderr);
		return EXIT_USAGE;
	}
	for (uint32_t i = 0; i < n_ports + n_idle; i++)
		if (!connect_port(&ports[i], argv[4], i)) {
			fprintf(stderr,
				"vhost-load: port %u: cannot connect (%s); huge pages and the "
				"switch are needed\n",
				i, strerror(errno));
			return EXIT_FAILED;
		}
	going = teach();
	if (going) {
		puts("ready");
		fflush(stdout);
	}
	for (uint32_t n = 0; going && (n % LOOK || !stdin_ended()); n++)
		going = window();
	if (!going)
		fputs("vhost-load: the switch does not take frames any more\n", stderr);
	printf("{\"sent\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"misplaced\":%" PRIu64 "}\n", sent,
		lost, misplaced);
	for (uint32_t i = 0; i < n_ports; i++)
		front_destroy(ports[i].front);
	return going ? EXIT_DONE : EXIT_FAILED;
}
