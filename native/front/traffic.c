#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "traffic.h"

#define MAGIC 0x564d4c41u
#define FRAME_LENGTH 200
/* Less than a receive ring holds: we cause no loss ourselves. */
#define MAX_IN_FLIGHT 64
#define PER_ROUND 16
#define ROUND_US 100
#define DRAIN_MS 2000
/* Open loop: between two looks at the rings, and what says that we were kept from looking. */
#define OPEN_ROUND_US 20
#define KEPT_AWAY_US 1000

struct payload {
	uint8_t to[6], from[6];
	uint16_t type;
	uint16_t direction;
	uint32_t magic;
	uint64_t number;
} __attribute__((packed));

struct direction {
	struct front *from, *to;
	struct payload payload;
	uint64_t next, last_us;
	struct traffic_count count;
	uint64_t window_longest_us;
};

struct traffic {
	pthread_t thread;
	/* shared: written by whoever stops it, read by the thread */
	bool stop;
	int n; /* directions */
	uint32_t rate;
	uint64_t due_us; /* open loop: until when frames were sent */
	double due;      /* and the part of a frame that was not */
	uint32_t reconnects;
	/* shared: written by whoever looks, read by the thread */
	uint32_t looks_wanted;
	/* shared: written by the thread, read by whoever looks */
	uint32_t looks_done;
	uint64_t looked_us;
	struct traffic_window total, window; /* up to the last look; of it */
	struct direction direction[2 * TRAFFIC_MAX_PAIRS];
};

static void
send_some(struct direction *direction)
{
	uint8_t frame[FRAME_LENGTH] = {0};

	for (int i = 0; i < PER_ROUND; i++) {
		if (front_reclaim(direction->from, 0) >= MAX_IN_FLIGHT)
			return;
		direction->payload.number = direction->count.sent;
		memcpy(frame, &direction->payload, sizeof(direction->payload));
		/* Now and then a broadcast, so that others have something to receive, too. */
		if (direction->count.sent % 16 == 0)
			memset(frame, 0xff, 6);
		if (!front_send(direction->from, 0, frame, sizeof(frame), 0))
			return;
		direction->count.sent++;
	}
}

/* Sends what is due; what finds no room is lost, as its number never comes. */
static void
send_due(struct direction *direction, uint32_t due)
{
	uint8_t frame[FRAME_LENGTH] = {0};

	for (uint32_t i = 0; i < due; i++) {
		direction->payload.number = direction->count.sent + i;
		memcpy(frame, &direction->payload, sizeof(direction->payload));
		if (direction->payload.number % 16 == 0)
			memset(frame, 0xff, 6);
		if (!front_send(direction->from, 0, frame, sizeof(frame), 0))
			break;
	}
	direction->count.sent += due;
}

/* How many frames of a direction are due now. */
static uint32_t
frames_due(struct traffic *traffic)
{
	uint64_t now = now_us(), passed = now - traffic->due_us;
	uint32_t due;

	traffic->due_us = now;
	if (passed > KEPT_AWAY_US) {
		for (int i = 0; i < traffic->n; i++)
			traffic->direction[i].last_us = 0;
		return 0;
	}
	traffic->due += (double)passed * traffic->rate / 1e6;
	due = (uint32_t)traffic->due;
	traffic->due -= due;
	return due;
}

static void
note_gap(struct direction *direction, uint64_t now)
{
	uint64_t gap = direction->last_us ? now - direction->last_us : 0;

	if (gap > direction->count.longest_us)
		direction->count.longest_us = gap;
	if (gap > direction->window_longest_us)
		direction->window_longest_us = gap;
}

static void
receive_all(struct direction *direction)
{
	struct traffic_count *count = &direction->count;
	uint8_t frame[2048];
	struct payload got;
	uint64_t now;
	int length;

	/* Not without an end, should it come faster than it is taken. */
	for (int n = 0; n < 4 * DRIVER_RING; n++) {
		length = front_receive(direction->to, 0, frame, sizeof(frame));
		if (length < 0)
			break;
		memcpy(&got, frame, sizeof(got));
		if (length != FRAME_LENGTH || got.magic != MAGIC ||
			got.direction != direction->payload.direction) {
			count->foreign++;
			continue;
		}
		count->received++;
		if (got.number < direction->next) {
			count->repeated++;
			continue;
		}
		count->lost += got.number - direction->next;
		direction->next = got.number + 1;
		now = now_us();
		note_gap(direction, now);
		direction->last_us = now;
	}
}

static void
reconnect(struct traffic *traffic)
{
	for (int i = 0; i < traffic->n; i++) {
		struct front *front = traffic->direction[i].from;

		if (front_is_lost(front) && front_connect(front, 20))
			traffic->reconnects++;
	}
}

/* A look: what was since the one before. */
static void
answer_look(struct traffic *traffic)
{
	uint32_t wanted = __atomic_load_n(&traffic->looks_wanted, __ATOMIC_ACQUIRE);
	uint64_t now = now_us();
	struct traffic_window total = {0}, *window = &traffic->window;

	if (wanted == traffic->looks_done)
		return;
	window->longest_us = 0;
	for (int i = 0; i < traffic->n; i++) {
		struct direction *direction = &traffic->direction[i];

		note_gap(direction, now);
		total.sent += direction->count.sent;
		total.received += direction->count.received;
		total.foreign += direction->count.foreign;
		if (direction->window_longest_us > window->longest_us)
			window->longest_us = direction->window_longest_us;
		direction->window_longest_us = 0;
		/* A pause that goes on belongs to both. */
	}
	window->us = now - traffic->looked_us;
	window->sent = total.sent - traffic->total.sent;
	window->received = total.received - traffic->total.received;
	window->foreign = total.foreign - traffic->total.foreign;
	traffic->total = total;
	traffic->looked_us = now;
	__atomic_store_n(&traffic->looks_done, wanted, __ATOMIC_RELEASE);
}

void
traffic_look(struct traffic *traffic, struct traffic_window *window)
{
	uint32_t wanted = traffic->looks_wanted + 1;

	__atomic_store_n(&traffic->looks_wanted, wanted, __ATOMIC_RELEASE);
	while (__atomic_load_n(&traffic->looks_done, __ATOMIC_ACQUIRE) != wanted)
		usleep(OPEN_ROUND_US);
	*window = traffic->window;
}

static void *
run(void *arg)
{
	struct traffic *traffic = arg;
	uint64_t stopped = 0;

	traffic->due_us = traffic->looked_us = now_us();
	for (;;) {
		uint32_t in_flight = 0, due = traffic->rate ? frames_due(traffic) : 0;

		if (!stopped && __atomic_load_n(&traffic->stop, __ATOMIC_RELAXED))
			stopped = now_us();
		reconnect(traffic);
		for (int i = 0; i < traffic->n; i++) {
			struct direction *direction = &traffic->direction[i];

			if (!stopped && traffic->rate)
				send_due(direction, due);
			else if (!stopped)
				send_some(direction);
			in_flight += front_reclaim(direction->from, 0);
			receive_all(direction);
		}
		if (stopped && (in_flight == 0 || now_us() - stopped > DRAIN_MS * 1000ull))
			break;
		answer_look(traffic);
		usleep(traffic->rate ? OPEN_ROUND_US : ROUND_US);
	}
	for (int i = 0; i < traffic->n; i++) {
		struct direction *direction = &traffic->direction[i];

		receive_all(direction);
		/* Frames that never came at the end are lost, too. */
		direction->count.lost += direction->count.sent - direction->next;
	}
	return NULL;
}

struct traffic *
traffic_start(struct front *const *guests, int n, uint32_t rate, bool first)
{
	const struct sched_param priority = {.sched_priority = 1};
	struct traffic *traffic = calloc(1, sizeof(*traffic));
	struct traffic_count ignored[2 * TRAFFIC_MAX_PAIRS];

	if (!traffic)
		return NULL;
	traffic->n = 2 * n;
	traffic->rate = rate;
	for (int i = 0; i < 2 * n; i++) {
		struct direction *direction = &traffic->direction[i];

		direction->from = guests[i];
		direction->to = guests[i ^ 1];
		direction->payload = (struct payload){
			.to = {2, 0xaa, 0, 0, 0, i ^ 1},
			.from = {2, 0xaa, 0, 0, 0, i},
			.type = 0xb588,
			.direction = i,
			.magic = MAGIC,
		};
	}
	if (pthread_create(&traffic->thread, NULL, run, traffic)) {
		free(traffic);
		return NULL;
	}
	if (first && pthread_setschedparam(traffic->thread, SCHED_FIFO, &priority)) {
		traffic_stop(traffic, ignored);
		return NULL;
	}
	return traffic;
}

uint32_t
traffic_stop(struct traffic *traffic, struct traffic_count *count)
{
	uint32_t reconnects;

	__atomic_store_n(&traffic->stop, true, __ATOMIC_RELAXED);
	pthread_join(traffic->thread, NULL);
	for (int i = 0; i < traffic->n; i++)
		count[i] = traffic->direction[i].count;
	reconnects = traffic->reconnects;
	free(traffic);
	return reconnects;
}
