/*
 * Attacks on the rings: valid frames, interrupts and kicks that cost the switch more than they
 * should.
 */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "attack_ring.h"

/* Never empties its receive ring, and gives the switch buffers for one frame only. */
void
attack_stuck(struct attacker *attacker)
{
	while (attacker_goes_on(attacker))
		usleep(1000);
	attacker->done++;
}

static void
flood(struct attacker *attacker, bool broadcast)
{
	uint8_t frame[ATTACK_FRAME];

	while (attacker_goes_on(attacker)) {
		attacker_make_frame(frame, broadcast ? 3 : attacker->done, broadcast);
		if (front_send(attacker->front, 0, frame, sizeof(frame), 0))
			attacker->done++;
		else
			front_reclaim(attacker->front, 0);
	}
}

void
attack_sources(struct attacker *attacker)
{
	flood(attacker, false);
}

void
attack_broadcasts(struct attacker *attacker)
{
	flood(attacker, true);
}

/*
 * Asks for interrupts on a descriptor that blocks writers: an eventfd with a full counter, or a
 * full pipe.
 */
void
attack_interrupts(struct attacker *attacker)
{
	struct front_ring *ring = attacker_transmit_ring(attacker);
	uint8_t frame[ATTACK_FRAME], byte = 0;
	int mine = ring->call, pipes[2];

	attacker_make_frame(frame, 4, false);
	while (attacker_goes_on(attacker)) {
		if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
			break;
		while (write(pipes[1], &byte, 1) == 1)
			;
		fcntl(pipes[1], F_SETFL, 0);
		ring->call = pipes[1];
		if (attacker->done++ % 2) {
			ring->call = eventfd(0, EFD_CLOEXEC);
			eventfd_write(ring->call, UINT64_MAX - 1);
		}
		front_disconnect(attacker->front);
		front_reset(attacker->front);
		if (front_connect(attacker->front, 20)) {
			driver_want_interrupts(&ring->driver, true);
			/* The switch may have made it non-blocking. */
			fcntl(ring->call, F_SETFL, 0);
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
			usleep(20000);
		}
		front_disconnect(attacker->front);
		if (ring->call != pipes[1])
			close(ring->call);
		close(pipes[0]);
		close(pipes[1]);
	}
	ring->call = mine;
}

/* Kicks without a frame, as fast as it can. */
void
attack_kicks(struct attacker *attacker)
{
	while (attacker_goes_on(attacker)) {
		eventfd_write(attacker_transmit_ring(attacker)->kick, 1);
		attacker->done++;
	}
}

/* Another kind each time. */
static int
blocking_kick(int64_t i)
{
	struct epoll_event event = {.events = EPOLLIN};
	int kick, pipes[2];

	switch (i % 4) {
	case 0:
		if (pipe2(pipes, O_CLOEXEC))
			return -1;
		close(pipes[1]);
		return pipes[0];
	case 1:
		kick = epoll_create1(EPOLL_CLOEXEC);
		epoll_ctl(kick, EPOLL_CTL_ADD, STDIN_FILENO, &event);
		return kick;
	default:
		kick = eventfd(0, EFD_CLOEXEC);
		eventfd_write(kick, i % 4 == 2 ? UINT64_MAX - 1 : 0);
		return kick;
	}
}

/*
 * Gives the switch kicks that block who reads or writes them, eventfds with a full counter or an
 * empty one; and such that are no eventfds, an epoll and the end of a pipe. And sends.
 */
void
attack_full_kicks(struct attacker *attacker)
{
	struct front_ring *ring = attacker_transmit_ring(attacker);
	uint8_t frame[ATTACK_FRAME];
	int mine = ring->kick;

	attacker_make_frame(frame, 4, false);
	while (attacker_goes_on(attacker)) {
		ring->kick = blocking_kick(attacker->done++);
		front_disconnect(attacker->front);
		front_reset(attacker->front);
		if (front_connect(attacker->front, 20)) {
			/* The switch has made it non-blocking. */
			fcntl(ring->kick, F_SETFL, 0);
			attacker->front->config.mute = true; /* it would block us */
			front_send(attacker->front, 0, frame, sizeof(frame), 0);
			attacker->front->config.mute = false;
			usleep(20000);
		}
		front_disconnect(attacker->front);
		close(ring->kick);
	}
	ring->kick = mine;
}
