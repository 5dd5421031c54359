#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "forward.h"
#include "lcore.h"
#include "processors.h"

/* As long as KVM polls before a processor of a guest's sleeps (halt_poll_ns). */
#define CALM_US 200
/* After another topology: guests that come, or send messages all the time, are no calm. */
#define CHANGED_US 10000
#define NAP_US 50
#define LATE_MS 100
/* Rounds without a frame before an idle lcore pauses, so that a trickle is not delayed. */
#define IDLE_ROUNDS 64
/* Kicks that one call tells of; of more, the next one does. */
#define EVENTS 64

enum { IDLE_WAIT_NEVER, IDLE_WAIT_ALWAYS, IDLE_WAIT_UNLESS_ISOLATED };

bool
idle_open(struct idle *idle, unsigned int id)
{
	*idle = (struct idle){
		.epoll = -1,
		.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.isolated = lcore_is_isolated(id),
	};
	return idle->wake >= 0;
}

void
idle_close(struct idle *idle)
{
	if (idle->epoll >= 0)
		close(idle->epoll);
	close(idle->wake);
}

/* Calls a function for each transmit ring that the lcore polls. */
static void
each_ring(struct lcore *lcore, unsigned int id,
	void (*call)(struct lcore *lcore, struct guest_ring *ring))
{
	const struct topology *topology = lcore->topology;

	for (uint32_t i = topology->polled[id].begin; i < topology->polled[id].end; i++) {
		const struct polled_port *polled = &topology->poll[i];
		struct guest *guest = topology->member[polled->place].guest;

		for (uint16_t k = 0; k < polled->n; k++)
			call(lcore, &guest->ring[topology->pair[polled->first + k] * 2 + 1]);
	}
}

static bool
listen_to(struct idle *idle, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events};

	return fd >= 0 && epoll_ctl(idle->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
hear_ring(struct lcore *lcore, struct guest_ring *ring)
{
	/* Or the kernel has no memory for one more. */
	if (!listen_to(&lcore->idle, ring->kick_fd, EPOLLIN | EPOLLET))
		lcore->idle.deaf = true;
}

/*
 * Another topology may have other guests' eventfds, with the same numbers; those that were closed
 * here and are open elsewhere can not be taken out of an epoll. So it is made anew.
 */
static void
hear(struct lcore *lcore, unsigned int id)
{
	struct idle *idle = &lcore->idle;

	if (idle->epoll >= 0 && idle->heard == lcore->topology->number)
		return;
	if (idle->epoll >= 0)
		close(idle->epoll);
	idle->epoll = epoll_create1(EPOLL_CLOEXEC);
	idle->heard = lcore->topology->number;
	idle->deaf = !listen_to(idle, idle->wake, EPOLLIN);
	each_ring(lcore, id, hear_ring);
}

static void
ask_kick(struct lcore *lcore, struct guest_ring *ring)
{
	(void)lcore;
	ring_ask_kick(&ring->ring);
}

static void
ask_no_kick(struct lcore *lcore, struct guest_ring *ring)
{
	(void)lcore;
	ring_ask_no_kick(&ring->ring);
}

void
idle_ask_no_kicks(struct lcore *lcore, unsigned int id)
{
	lcore->idle.asked = false;
	counter_add(&lcore->idle.late, lcore->idle.timed_out);
	lcore->idle.timed_out = false;
	each_ring(lcore, id, ask_no_kick);
}

static void
look(struct lcore *lcore, struct guest_ring *ring)
{
	lcore->idle.ready |= ring_ready(&ring->ring);
}

/* Whether guests made nothing available before they saw that they are to kick. */
static bool
all_will_kick(struct lcore *lcore, unsigned int id)
{
	struct idle *idle = &lcore->idle;

	idle->asked = true;
	each_ring(lcore, id, ask_kick);
	/* A guest makes available, then looks whether to kick; we ask, then look. */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	idle->ready = false;
	each_ring(lcore, id, look);
	return !idle->ready;
}

/* For a while, whatever happens. */
static void
nap(struct lcore *lcore, unsigned int id, uint32_t us)
{
	rte_rcu_qsbr_thread_offline(lcore->sw->readers, id);
	rte_delay_us_sleep(us);
	rte_rcu_qsbr_thread_online(lcore->sw->readers, id);
}

static void
wait_for_kick(struct lcore *lcore, unsigned int id)
{
	struct idle *idle = &lcore->idle;
	struct epoll_event events[EVENTS];
	eventfd_t n;

	counter_add(&idle->waits, 1);
	rte_rcu_qsbr_thread_offline(lcore->sw->readers, id);
	idle->timed_out = epoll_wait(idle->epoll, events, EVENTS, LATE_MS) == 0;
	(void)eventfd_read(idle->wake, &n);
	rte_rcu_qsbr_thread_online(lcore->sw->readers, id);
}

static uint64_t
cycles(const struct lcore *lcore, uint64_t us)
{
	return lcore->tsc_per_second * us / 1000000;
}

/* Whether waits end, but not with a frame, one soon after the other. */
static bool
wakes_in_vain(struct lcore *lcore)
{
	struct idle *idle = &lcore->idle;
	uint64_t before = idle->vain;

	if (idle->woken <= idle->frame)
		return false;
	idle->vain = idle->woken;
	return idle->woken - before < cycles(lcore, NAP_US);
}

static void
wait_for_work(struct lcore *lcore, unsigned int id)
{
	struct idle *idle = &lcore->idle;

	hear(lcore, id);
	if (idle->deaf || wakes_in_vain(lcore))
		nap(lcore, id, NAP_US);
	else if (all_will_kick(lcore, id))
		wait_for_kick(lcore, id);
	idle->woken = rte_rdtsc();
}

static bool
may_wait(const struct lcore *lcore)
{
	uint32_t wait = setting(&lcore->sw->settings.idle_wait);

	return wait == IDLE_WAIT_ALWAYS ||
	       (wait == IDLE_WAIT_UNLESS_ISOLATED && !lcore->idle.isolated);
}

static bool
is_calm(struct lcore *lcore)
{
	struct idle *idle = &lcore->idle;
	uint64_t now = rte_rdtsc();

	if (idle->seen != lcore->polled_of)
		idle->changed = now;
	idle->seen = lcore->polled_of;
	return now - idle->frame > cycles(lcore, CALM_US) &&
	       now - idle->changed > cycles(lcore, CHANGED_US);
}

void
idle_rest(struct lcore *lcore, unsigned int id)
{
	uint32_t pause = setting(&lcore->sw->settings.idle_sleep);

	if (lcore->empty <= IDLE_ROUNDS)
		return;
	lcore->topology = __atomic_load_n(&lcore->sw->topology, __ATOMIC_ACQUIRE);
	if (may_wait(lcore) && is_calm(lcore) && !forward_polls_devices(lcore))
		wait_for_work(lcore, id);
	else if (pause)
		nap(lcore, id, pause);
}
