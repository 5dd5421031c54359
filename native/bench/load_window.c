/*
 * vhost-load's windows: every port prepares its frames, all are made available at once, and the
 * next window begins when all have arrived. So the switch always finds full rings, although it is
 * faster than the one core that feeds it. What a window took from its showing until all of it was
 * used, divided by its frames, is the figure: no forwarder need count cycles for it.
 */
#include <inttypes.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "load_run.h"

#include "../front/clock.h"

#define SENT_MS 1000
/* Also for a forwarder that waits for its processor; a loss spoils the run anyway. */
#define ARRIVED_MS 200
/* Polling takes the line away from the switch, and so does a poll too late. */
#define PAUSES 8
/* Of LOAD_BACK: it sends back what comes. */
#define RETURNING 1

static void
prepare(struct load *load, uint32_t own)
{
	const struct load_options *options = &load->options;
	struct port *port = &load->port[own];

	for (uint16_t i = 0; i < options->window; i++) {
		if (port->left == 0) {
			port->source += options->ports;
			if (port->source >= options->addresses)
				port->source = own;
			do
				port->destination = (port->destination + 1) % options->addresses;
			while (port->destination % options->ports == own);
			port->left = options->run;
		}
		port->left--;
		put_addresses(port, port->send.shown + i, port->source, port->destination);
	}
	port->send.shown += options->window;
}

static void
pause_between_polls(void)
{
	for (int i = 0; i < PAUSES; i++)
		rte_pause();
}

/* Waits until the switch has used all buffers that were made available; false: timeout. */
bool
wait_sent(const struct load *load)
{
	uint64_t end = now_ms() + SENT_MS;

	/* The switch serves ports in order, so polling the others would only disturb it. */
	for (uint32_t i = load->options.ports; i-- > 0;)
		while (used_at(&load->port[i].send) != load->port[i].send.shown) {
			pause_between_polls();
			if (now_ms() > end)
				return false;
		}
	return true;
}

static uint32_t
arrived(const struct load *load)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < load->options.ports; i++)
		n += (uint16_t)(used_at(&load->port[i].receive) - load->port[i].receive.seen);
	return n;
}

/* A forwarder that copies twice returns a sender's buffers before it delivers. */
void
wait_arrived(const struct load *load, uint32_t buffers)
{
	uint64_t end;

	if (arrived(load) >= buffers)
		return;
	end = now_ms() + ARRIVED_MS;
	while (arrived(load) < buffers && now_ms() <= end)
		pause_between_polls();
}

/* Takes received frames and gives their buffers back. Returns the number of frames. */
static uint32_t
receive(struct load *load, uint32_t own)
{
	struct lane *lane = &load->port[own].receive;
	const uint8_t *frame;
	uint32_t n = 0;

	for (; (frame = next_frame(lane)); n++) {
		load->misplaced += number_of(frame) % load->options.ports != own;
		give_back(lane);
	}
	show(lane);
	return n;
}

/* The same for a port that sends them back, in the next window. */
static uint32_t
turn_back(struct load *load)
{
	struct port *port = &load->port[RETURNING];
	const uint8_t *frame;
	uint32_t n = 0;

	for (; (frame = next_frame(&port->receive)); n++) {
		load->misplaced += number_of(frame) != RETURNING;
		send_back(port, RETURNING, !RETURNING);
	}
	show(&port->receive);
	load->returning = n;
	return n;
}

static bool
window(struct load *load)
{
	bool back = load->options.mode == LOAD_BACK;
	uint32_t frames = load->options.window * (back ? 1 : load->options.ports), came = 0;
	uint64_t begin;

	for (uint32_t i = 0; i < (back ? 1 : load->options.ports); i++)
		prepare(load, i);
	if (back)
		frames += load->returning;
	begin = rte_rdtsc();
	for (uint32_t i = 0; i < load->options.ports; i++)
		show_sent(&load->port[i]);
	if (!wait_sent(load))
		return false;
	wait_arrived(load, frames);
	samples_add(&load->samples, rte_rdtsc() - begin);
	for (uint32_t i = 0; i < load->options.ports; i++)
		came += back && i == RETURNING ? turn_back(load) : receive(load, i);
	load->sent += frames;
	/* Those that a former window missed may have come in this one. */
	load->lost += (uint64_t)frames - came;
	return true;
}

/* Each address sends one frame to its own port's first one: the switch learns it without a flood.
 */
static bool
teach(struct load *load)
{
	const struct load_options *options = &load->options;
	uint32_t each = options->window;

	for (uint32_t first = 0; first < options->addresses; first += options->ports * each) {
		for (uint32_t p = 0; p < options->ports; p++) {
			struct port *port = &load->port[p];

			for (uint32_t i = 0; i < each; i++) {
				uint32_t n = first + i * options->ports + p;

				put_addresses(port, port->send.shown + i,
					n < options->addresses ? n : p, p);
			}
			port->send.shown += each;
			show_sent(port);
		}
		if (!wait_sent(load))
			return false;
	}
	/* The first frame, sent to itself, may have been flooded; a hub delivers them all. */
	wait_arrived(load, options->ports * each);
	for (uint32_t p = 0; p < options->ports; p++)
		receive(load, p);
	return true;
}

bool
warm_up(struct load *load)
{
	bool going = teach(load);

	for (int i = 0; going && i < WARM_UP; i++)
		going = window(load);
	return going;
}

void
print_windows(struct load *load, const struct load_end *end, uint32_t bytes)
{
	double frames = (double)load->options.ports * load->options.window;
	uint64_t ns = load_nanoseconds(load, end);

	printf("{\"sent\":%" PRIu64 ",\"lost\":%" PRIi64 ",\"misplaced\":%" PRIu64
	       ",\"bytes\":%u,\"windows\":%u,\"ns\":%" PRIu64 ",\"tsc_hz\":%.0f,\"cycles\":",
		load->sent, (int64_t)load->lost, load->misplaced, bytes, (uint32_t)load->samples.n,
		ns, load->tsc_hz);
	samples_print(&load->samples, 1 / frames);
	puts("}");
}

bool
run_windows(struct load *load)
{
	struct load_end end = load_begin(load);
	bool going = true;

	while (going && load_goes_on(&end))
		going = window(load);
	print_windows(load, &end, load->options.length);
	return going;
}
