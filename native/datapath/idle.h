/*
 * What an lcore does when there is nothing to do: it polls, naps, or waits.
 *
 *     frames      for CALM_US none        kick, wake
 *     polls ───────────────────────> waits ───────> a round: frames? polls : waits
 *
 * It polls as long as frames come, and CALM_US after the last one. Then it asks the guests whose
 * rings it polls to kick, looks once more for what they made available meanwhile (ring_ask_kick()),
 * and waits, by epoll, for a kick or for another thread (lcores_wake()). A frame ends the wait, and
 * guests are asked not to kick any more. `idle_wait` says whether an lcore may wait, and
 * `idle_sleep` how long it naps before and instead.
 *
 * An lcore that waits or naps is offline to the topology's readers (../datapath/port.h), so nobody
 * waits for it; and it looks at the topology anew afterwards.
 *
 * What a guest can cost. A kick without a frame costs a round. After two of them within NAP_US the
 * lcore does not listen for NAP_US: all false kicks of all guests together cost two rounds in that
 * time, and other guests' frames come that much later at most. A guest whose ring has no
 * eventfd for kicks is looked at every NAP_US, and so is one that may not send for now. Nobody
 * reads a guest's eventfd, as that could block: the edge that a kick makes is what is waited for.
 * One who does not kick although asked to is looked at every LATE_MS.
 *
 * An lcore that polls a device of DPDK's never waits: most drivers have no interrupts that could be
 * waited for, or lose frames in a burst before one is served.
 */
#ifndef IDLE_H
#define IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct lcore;

struct idle {
	int epoll;      /* kicks of the guests of the topology `heard`; -1: there is none */
	int wake;       /* eventfd, for other threads */
	uint32_t heard; /* that topology's number */
	uint32_t seen;  /* number of the one that was polled last */
	bool isolated;  /* the lcore has its processor for itself */
	bool deaf;      /* there is a ring whose guest cannot kick */
	bool asked;     /* guests may have been asked to kick */
	bool ready;     /* one has something all the same */
	bool timed_out; /* the last wait ended so */
	/* How often it waited, and found frames after a wait that timed out: nobody had kicked. */
	/* shared: written by the lcore, read by the control thread */
	uint64_t waits, late;
	/* Of the time stamp counter: the last frame, another topology, the last wait's end, and
	 * that of a wait in vain before. */
	uint64_t frame, changed, woken, vain;
};

/* For the lcore with this number. False with errno. */
bool
idle_open(struct idle *idle, unsigned int id);
void
idle_close(struct idle *idle);

/* After a round without frames that leaves nothing to do; the last one's topology may be gone. */
void
idle_rest(struct lcore *lcore, unsigned int id);

/* After a round with frames, while `asked`: asks the guests of its topology not to kick. */
void
idle_ask_no_kicks(struct lcore *lcore, unsigned int id);

#endif
