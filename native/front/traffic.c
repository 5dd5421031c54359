#include <pthread.h>
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
};

struct traffic {
	pthread_t thread;
	bool stop;
	int n; /* directions */
	uint32_t reconnects;
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

static void
receive_all(struct direction *direction)
{
	struct traffic_count *count = &direction->count;
	uint8_t frame[2048];
	struct payload got;
	uint64_t now;
	int length;

	while ((length = front_receive(direction->to, 0, frame, sizeof(frame))) >= 0) {
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
		if (direction->last_us && now - direction->last_us > count->longest_us)
			count->longest_us = now - direction->last_us;
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

static void *
run(void *arg)
{
	struct traffic *traffic = arg;
	uint64_t stopped = 0;

	for (;;) {
		uint32_t in_flight = 0;

		if (!stopped && __atomic_load_n(&traffic->stop, __ATOMIC_RELAXED))
			stopped = now_us();
		reconnect(traffic);
		for (int i = 0; i < traffic->n; i++) {
			struct direction *direction = &traffic->direction[i];

			if (!stopped)
				send_some(direction);
			in_flight += front_reclaim(direction->from, 0);
			receive_all(direction);
		}
		if (stopped && (in_flight == 0 || now_us() - stopped > DRAIN_MS * 1000ull))
			break;
		usleep(ROUND_US);
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
traffic_start(struct front *const *guests, int n)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));

	if (!traffic)
		return NULL;
	traffic->n = 2 * n;
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
