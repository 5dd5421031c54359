/*
 * vhost-lines: what a cache line's round trip between two processors takes. A host that moves the
 * processors of a virtual machine moves this figure, and with it what any forwarder costs, by a
 * factor of two or three.
 *
 *     vhost-lines CPU CPU
 *
 * It prints one line of JSON: round_trips, their number, and cycles, quantiles of the time stamp
 * counter's cycles of one. Two processors that share a cache take some hundreds, others more than
 * a thousand.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "samples.h"

#include "../front/clock.h"

#define ROUND_TRIPS 20000
/* When others have one of the processors all the time. */
#define LIMIT_MS 2000
/* Fewer tell nothing. */
#define ENOUGH 1000
#define LOOK 64
#define MAX_CPU 1023

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

/* Alone in its line, and in the pair of lines that some processors fetch. */
static struct {
	_Alignas(128) uint32_t turn; /* odd: the answering thread's; written by both */
	_Alignas(128) bool stop;     /* written by main's thread */
} shared;

static bool
stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static void *
answer(void *arg)
{
	const int *cpu = arg;

	if (!stay_on(*cpu))
		return arg;
	while (!__atomic_load_n(&shared.stop, __ATOMIC_RELAXED)) {
		uint32_t turn = __atomic_load_n(&shared.turn, __ATOMIC_ACQUIRE);

		if (turn % 2)
			__atomic_store_n(&shared.turn, turn + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* False: no answer within the time. */
static bool
round_trip(struct samples *samples, uint64_t end)
{
	uint64_t begin = rte_rdtsc();
	uint32_t turn = shared.turn;

	__atomic_store_n(&shared.turn, turn + 1, __ATOMIC_RELEASE);
	for (uint32_t looks = 1; __atomic_load_n(&shared.turn, __ATOMIC_ACQUIRE) != turn + 2;
		looks++)
		if (looks % LOOK == 0 && now_ms() > end)
			return false;
	samples_add(samples, rte_rdtsc() - begin);
	return true;
}

static int
measure(struct samples *samples, int cpus[2])
{
	uint64_t end = now_ms() + LIMIT_MS;
	pthread_t thread;
	void *failed;
	int error = pthread_create(&thread, NULL, answer, &cpus[1]);

	if (error) {
		fprintf(stderr, "vhost-lines: a thread: %s; raise their limit\n", strerror(error));
		return EXIT_FAILED;
	}
	for (int i = 0; i < ROUND_TRIPS && round_trip(samples, end); i++)
		;
	__atomic_store_n(&shared.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, &failed);
	if (failed || samples->n < ENOUGH) {
		fprintf(stderr, "vhost-lines: processor %d: %s\n", cpus[1],
			failed ? "not possible; name one of ours"
			       : "hardly any answer; end what else runs there");
		return EXIT_FAILED;
	}
	printf("{\"round_trips\":%" PRIu64 ",\"cycles\":", samples->n);
	samples_print(samples, 1);
	puts("}");
	return EXIT_DONE;
}

static bool
cpu_of(const char *text, int *cpu)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*cpu = (int)n;
	return *text >= '0' && *text <= '9' && !*end && n <= MAX_CPU;
}

int
main(int argc, char **argv)
{
	struct samples samples;
	int cpus[2];

	if (argc != 3 || !cpu_of(argv[1], &cpus[0]) || !cpu_of(argv[2], &cpus[1]) ||
		cpus[0] == cpus[1]) {
		fputs("Usage: vhost-lines CPU CPU, two different ones\n", stderr);
		return EXIT_USAGE;
	}
	if (!samples_create(&samples, ROUND_TRIPS)) {
		fputs("vhost-lines: no memory\n", stderr);
		return EXIT_FAILED;
	}
	if (!stay_on(cpus[0])) {
		fprintf(stderr, "vhost-lines: processor %d: %s; name one of ours\n", cpus[0],
			strerror(errno));
		return EXIT_FAILED;
	}
	return measure(&samples, cpus);
}
