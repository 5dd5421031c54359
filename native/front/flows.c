#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "flows.h"

#define MAGIC 0x666c6f77u
#define FRAME_LENGTH 128
/* Of a pair: less than the receive ring that they all go to holds. */
#define MAX_IN_FLIGHT 64
#define PER_ROUND 16
#define ROUND_US 50
#define DRAIN_MS 2000

struct payload {
	uint8_t to[6], from[6];
	uint16_t type;
	uint32_t magic;
	uint32_t flow;
	uint64_t number;
} __attribute__((packed));

struct flow {
	struct front *from;
	uint16_t pair;
	uint16_t ring; /* that the last one came in */
	struct payload payload;
	uint64_t sent, received, next;
};

struct flows {
	pthread_t thread;
	/* shared: written by whoever stops it, read by the thread */
	bool stop;
	struct front *guest[2];
	struct flows_count count;
	uint32_t n;
	struct flow flow[];
};

static void
send_some(struct flow *flow)
{
	uint8_t frame[FRAME_LENGTH] = {0};

	for (int i = 0; i < PER_ROUND; i++) {
		if (front_reclaim(flow->from, flow->pair) >= MAX_IN_FLIGHT)
			return;
		flow->payload.number = flow->sent;
		memcpy(frame, &flow->payload, sizeof(flow->payload));
		if (!front_send(flow->from, flow->pair, frame, sizeof(frame), 0))
			return;
		flow->sent++;
	}
}

static void
note(struct flows *flows, struct flow *flow, uint64_t number, uint16_t ring)
{
	struct flows_count *count = &flows->count;

	count->received++;
	count->moved += flow->received > 0 && flow->ring != ring;
	count->early += number > flow->next;
	count->late += number < flow->next;
	flow->received++;
	flow->ring = ring;
	if (number >= flow->next)
		flow->next = number + 1;
}

static void
receive_all(struct flows *flows, struct front *to, uint16_t ring)
{
	uint8_t frame[2048];
	struct payload got;

	/* Not without an end, should it come faster than it is taken. */
	for (int n = 0; n < 4 * DRIVER_RING; n++) {
		int length = front_receive(to, ring, frame, sizeof(frame));

		if (length < 0)
			return;
		memcpy(&got, frame, sizeof(got));
		if (length != FRAME_LENGTH || got.magic != MAGIC || got.flow >= flows->n ||
			flows->flow[got.flow].from == to)
			flows->count.foreign++;
		else
			note(flows, &flows->flow[got.flow], got.number, ring);
	}
}

/* Returns what the switch has not taken yet. */
static uint32_t
one_round(struct flows *flows, bool sends)
{
	uint32_t in_flight = 0;

	for (uint32_t i = 0; i < flows->n; i++) {
		if (sends)
			send_some(&flows->flow[i]);
		in_flight += front_reclaim(flows->flow[i].from, flows->flow[i].pair);
	}
	for (int i = 0; i < 2; i++)
		for (uint16_t ring = 0; ring < flows->guest[i]->config.pairs; ring++)
			receive_all(flows, flows->guest[i], ring);
	return in_flight;
}

static void *
run(void *arg)
{
	struct flows *flows = arg;
	uint64_t stopped;

	while (!__atomic_load_n(&flows->stop, __ATOMIC_RELAXED)) {
		one_round(flows, true);
		usleep(ROUND_US);
	}
	stopped = now_ms();
	while (one_round(flows, false) > 0 && now_ms() - stopped < DRAIN_MS)
		usleep(ROUND_US);
	/* What was taken last is delivered by the end of that round. */
	usleep(DRAIN_MS * 1000 / 20);
	one_round(flows, false);
	return NULL;
}

struct flows *
flows_start(struct front *a, struct front *b, uint32_t per_pair)
{
	struct front *guest[2] = {a, b};
	uint32_t n = per_pair * (a->config.pairs + b->config.pairs), at = 0;
	struct flows *flows = calloc(1, sizeof(*flows) + n * sizeof(struct flow));

	if (!flows)
		return NULL;
	flows->n = n;
	flows->guest[0] = a;
	flows->guest[1] = b;
	for (uint8_t i = 0; i < 2; i++)
		for (uint32_t k = 0; k < per_pair * guest[i]->config.pairs; k++, at++)
			flows->flow[at] = (struct flow){
				.from = guest[i],
				.pair = (uint16_t)(k % guest[i]->config.pairs),
				.payload = {.to = {2, 0xab, 0, 0, 0, i ^ 1},
					.from = {2, 0xab, 0, 0, 0, i},
					.type = 0xb588,
					.magic = MAGIC,
					.flow = at},
			};
	if (pthread_create(&flows->thread, NULL, run, flows)) {
		free(flows);
		return NULL;
	}
	return flows;
}

void
flows_stop(struct flows *flows, struct flows_count *count)
{
	__atomic_store_n(&flows->stop, true, __ATOMIC_RELAXED);
	pthread_join(flows->thread, NULL);
	*count = flows->count;
	count->flows = flows->n;
	count->least = flows->n ? UINT64_MAX : 0;
	for (uint32_t i = 0; i < flows->n; i++) {
		const struct flow *flow = &flows->flow[i];

		count->sent += flow->sent;
		if (flow->received < flow->sent)
			count->missing += flow->sent - flow->received;
		if (flow->received < count->least)
			count->least = flow->received;
	}
	free(flows);
}
