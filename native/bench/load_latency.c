/*
 * vhost-load's latencies. Pings: the round trip of a single frame, from port 0 to port 1 and back;
 * a frame that does not come is lost, and the next one starts, after a pause if one is wanted.
 * Paced: frames from port 0 to port 1 that are due by the clock, each with the time at which it was
 * shown; one that finds no room in a ring is lost, as one that never arrives. Echo: the same, there
 * and back. Counted ones have no time, for a rate that is as high as can be. When the processor was
 * taken from us, no frames were due meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include "load_run.h"

#define LOST_MS 200
/* Between two looks at the clock there is no more than this when nobody has the processor. */
#define TAKEN_US 50
/* What a ring needs at most to become half empty; faster rates are not sustained anyway. */
#define CATCH_UP_US 1000
#define BURST 32

/* Sends a frame from one port, and waits until it is at the other; false: lost. */
static bool
cross(struct load *load, uint32_t from)
{
	struct port *port = &load->port[from];
	struct lane *lane = &load->port[!from].receive;
	uint64_t late = rte_rdtsc() + (uint64_t)(load->tsc_hz * LOST_MS / 1e3);
	const uint8_t *frame;

	put_addresses(port, port->send.shown++, from, !from);
	show_sent(port);
	while (!(frame = next_frame(lane))) {
		rte_pause();
		if (rte_rdtsc() > late)
			return false;
	}
	load->misplaced += number_of(frame) != !from;
	give_back(lane);
	show(lane);
	return true;
}

/*
 * Whether the forwarder stands still although it has frames, as one does that has no processor:
 * what finds no room then, and until it has caught up, is told apart (stalled).
 */
struct watch {
	uint64_t moved;   /* when it last took a frame, or had none */
	uint64_t caught;  /* until then it may catch up */
	uint64_t lost;    /* before it stood still */
	uint64_t ns;      /* all of its standing still, in cycles */
	uint64_t stalled; /* frames */
	uint16_t done;
	uint32_t away; /* how often we were, and did not receive */
};

static void
watch(struct watch *watch, const struct load *load, uint64_t now)
{
	const struct lane *lane = &load->port[0].send;
	uint64_t still = (uint64_t)(load->tsc_hz * TAKEN_US / 1e6);
	uint16_t done = used_at(lane);

	if (done == watch->done && done != lane->shown)
		return;
	if (now - watch->moved > still) {
		watch->ns += now - watch->moved;
		watch->caught = now + (uint64_t)(load->tsc_hz * CATCH_UP_US / 1e6);
	}
	/* A ring that is half empty again has caught up. */
	if (now < watch->caught) {
		watch->stalled += load->lost - watch->lost;
		if ((uint16_t)(lane->shown - done) < RING / 2)
			watch->caught = 0;
	}
	watch->lost = load->lost;
	watch->moved = now;
	watch->done = done;
}

/* The processor was taken from us: we do not know since when it stands still, if it does. */
static void
looked_away(struct watch *watch, const struct load *load, uint64_t now)
{
	watch->moved = now;
	watch->caught = now + (uint64_t)(load->tsc_hz * CATCH_UP_US / 1e6);
	watch->away++;
}

/* taken, ns: of the run, without the wait for late frames. */
static void
print(struct load *load, uint64_t ns, uint64_t taken, const struct watch *watch)
{
	printf("{\"sent\":%" PRIu64 ",\"lost\":%" PRIi64 ",\"misplaced\":%" PRIu64
	       ",\"stalled\":%" PRIu64 ",\"stalled_ns\":%.0f,\"taken\":%" PRIu64 ",\"ns\":%" PRIu64
	       ",\"tsc_hz\":%.0f,\"latency\":",
		load->sent, (int64_t)load->lost, load->misplaced, watch->stalled,
		(double)watch->ns / load->tsc_hz * 1e9, taken, ns, load->tsc_hz);
	samples_print(&load->samples, 1e9 / load->tsc_hz);
	puts("}");
}

/* Without giving the processor away, which it would have to come back from. */
static void
rest(const struct load *load)
{
	uint64_t end = rte_rdtsc() + (uint64_t)(load->tsc_hz * load->options.pause / 1e6);

	while (rte_rdtsc() < end)
		rte_pause();
}

bool
run_ping(struct load *load)
{
	struct load_end end = load_begin(load);

	while (load_goes_on(&end)) {
		uint64_t begin;

		rest(load);
		begin = rte_rdtsc();
		load->sent++;
		if (cross(load, 0) && cross(load, 1))
			samples_add(&load->samples, rte_rdtsc() - begin);
		else
			load->lost++;
	}
	print(load, load_nanoseconds(load, &end), 0, &(struct watch){0});
	return load->lost < load->sent;
}

/* Shows n frames; those without room are lost. */
static void
send_due(struct load *load, uint32_t n)
{
	struct port *port = &load->port[0];
	uint16_t room = RING - (uint16_t)(port->send.shown - used_at(&port->send));
	uint32_t fit = RTE_MIN(n, room);
	uint64_t now = rte_rdtsc();

	for (uint32_t i = 0; i < fit; i++) {
		put_addresses(port, port->send.shown, 0, 1);
		if (!load->options.count)
			memcpy(frame_at(&port->send, port->send.shown) + PAYLOAD_AT, &now,
				sizeof(now));
		port->send.shown++;
	}
	show_sent(port);
	load->sent += n;
	load->lost += n - fit;
}

/* Port 1 sends back what has arrived there; without room it is lost. */
static void
turn_back(struct load *load)
{
	struct port *port = &load->port[1];
	uint16_t room = RING - (uint16_t)(port->send.shown - used_at(&port->send));
	const uint8_t *frame;
	uint32_t n = 0;

	for (; (frame = next_frame(&port->receive)); n++) {
		load->misplaced += number_of(frame) != 1;
		if (n < room)
			send_back(port, 1, 0);
		else
			give_back(&port->receive);
	}
	if (n == 0)
		return;
	show(&port->receive);
	show_sent(port);
}

/* What has arrived at a port. Returns the number of frames. */
static uint32_t
take_arrived(struct load *load, uint32_t to)
{
	struct lane *lane = &load->port[to].receive;
	const uint8_t *frame;
	uint64_t now, then;
	uint32_t n = 0;

	for (; (frame = next_frame(lane)); n++) {
		if (!load->options.count) {
			now = rte_rdtsc();
			memcpy(&then, frame + PAYLOAD_AT, sizeof(then));
			samples_add(&load->samples, now - then);
		}
		load->misplaced += number_of(frame) != to;
		give_back(lane);
	}
	if (n > 0)
		show(lane);
	return n;
}

static uint32_t
take(struct load *load)
{
	if (load->options.mode != LOAD_ECHO)
		return take_arrived(load, 1);
	turn_back(load);
	return take_arrived(load, 0);
}

bool
run_paced(struct load *load)
{
	struct load_end end = load_begin(load);
	double cycles = load->tsc_hz / load->options.rate;
	uint64_t taken_after = (uint64_t)(load->tsc_hz * TAKEN_US / 1e6);
	uint64_t last = rte_rdtsc(), came = 0, taken = 0, late, ns;
	double due = (double)last;
	struct watch forwarder = {.moved = last, .done = used_at(&load->port[0].send)};

	while (load_goes_on(&end)) {
		uint64_t now = rte_rdtsc();
		uint32_t n = 0;

		if (now - last > taken_after) {
			due += (double)(now - last);
			taken += now - last;
			looked_away(&forwarder, load, now);
		}
		watch(&forwarder, load, now);
		last = now;
		for (; n < BURST && due <= (double)now; n++)
			due += cycles;
		if (n > 0)
			send_due(load, n);
		came += take(load);
	}
	ns = load_nanoseconds(load, &end);
	late = rte_rdtsc() + (uint64_t)(load->tsc_hz * LOST_MS / 1e3);
	while (came < load->sent - load->lost && rte_rdtsc() < late)
		came += take(load);
	/* What a full ring to us cost. */
	forwarder.stalled +=
		RTE_MIN(load->sent - load->lost - came, (uint64_t)forwarder.away * RING);
	load->lost = load->sent - came;
	print(load, ns, (uint64_t)((double)taken / load->tsc_hz * 1e9), &forwarder);
	return came > 0;
}
