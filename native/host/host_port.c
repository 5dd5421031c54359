#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_lcore.h>

#include "host_port.h"
#include "host_rings.h"
#include "interface.h"

#include "../base/contract.h"
#include "../base/control_thread.h"
#include "../vhost/guest.h"

/* Frames that are moved one way before the other has its turn. */
#define TURN 64

enum { STOP, RECEIVE, TRANSMIT, KICK, EVENTS };

struct host_port {
	struct interface interface;
	int event[EVENTS]; /* eventfds: the end; interrupts of the two rings; kicks for an lcore */
	char name[INTERFACE_NAME_MAX + 1];
	struct host_rings rings;
	struct guest *guest;
	pthread_t thread;
	/* shared: written by the thread, read by the control thread */
	bool lost;
	/* shared: written by the thread, read by the control thread */
	uint64_t counts[HOST_COUNTS];
	bool no_room; /* the thread's: the kernel takes no more for now */
};

static void
lose(struct host_port *host)
{
	__atomic_store_n(&host->lost, true, __ATOMIC_RELAXED);
}

static void
count(struct host_port *host, enum host_count what)
{
	__atomic_store_n(&host->counts[what], host->counts[what] + 1, __ATOMIC_RELAXED);
}

static void
count_given(struct host_port *host, enum given given)
{
	if (given == GIVEN_GONE)
		lose(host);
	if (given == GIVEN)
		count(host, HOST_GIVEN);
	else
		count(host, given == GIVEN_TOO_LONG ? HOST_TOO_LONG : HOST_DOWN);
}

/* From the lcores to the kernel. True: there may be more. */
static bool
receive(struct host_port *host)
{
	struct host_ring *ring = &host->rings.receive;
	struct iovec pieces[HOST_MAX_PIECES];

	host->no_room = false;
	for (int i = 0; i < TURN; i++) {
		int n = host_rings_receive(ring, pieces);
		enum given given;

		if (n == 0)
			return false;
		given = interface_give(&host->interface, pieces, n);
		host->no_room = given == GIVEN_LATER;
		if (host->no_room)
			return false;
		count_given(host, given);
		host_rings_received(ring, n);
	}
	return true;
}

enum taken { TAKEN_SOME, TAKEN_ALL, TAKEN_NO_PLACE };

/* From the kernel to the lcores. */
static enum taken
transmit(struct host_port *host)
{
	struct host_ring *ring = &host->rings.transmit;

	for (int i = 0; i < TURN; i++) {
		uint8_t *place = host_rings_place(ring);
		ssize_t n;

		if (!place)
			return TAKEN_NO_PLACE;
		n = interface_take(&host->interface, place, ring->room);
		if (n == TAKE_GONE)
			lose(host);
		if (n == TAKE_GONE || n == TAKE_NOTHING)
			return TAKEN_ALL;
		count(host, n == TAKE_LOST ? HOST_UNSAID : HOST_TAKEN);
		if (n != TAKE_LOST && host_rings_send(ring, n))
			eventfd_write(host->event[KICK], 1);
	}
	return TAKEN_SOME;
}

/* One round; when nothing is left to do, waits until there is. False: it is to end. */
static bool
serve(struct host_port *host)
{
	enum taken taken = transmit(host);
	bool more = receive(host);
	struct pollfd polls[KICK + 1];
	uint64_t n;

	if (taken == TAKEN_NO_PLACE)
		more |= host_rings_want(&host->rings.transmit, true);
	if (!more && !host->no_room && taken != TAKEN_SOME)
		more = host_rings_want(&host->rings.receive, true);
	for (int i = 0; i < KICK; i++)
		polls[i] = (struct pollfd){.fd = host->event[i], .events = POLLIN};
	polls[KICK] = (struct pollfd){.fd = host->interface.fd,
		.events = (short)((taken == TAKEN_NO_PLACE ? 0 : POLLIN) |
				  (host->no_room ? POLLOUT : 0))};
	if (poll(polls, KICK + 1, more || taken == TAKEN_SOME ? 0 : -1) < 0 && errno != EINTR)
		lose(host);
	host_rings_want(&host->rings.receive, false);
	host_rings_want(&host->rings.transmit, false);
	for (int i = RECEIVE; i < KICK; i++)
		if (polls[i].revents)
			(void)!read(host->event[i], &n, sizeof(n)); /* EAGAIN: it has been read */
	if (polls[KICK].revents & interface_fault(&host->interface))
		lose(host);
	return !polls[STOP].revents && !__atomic_load_n(&host->lost, __ATOMIC_RELAXED);
}

static void *
run(void *argument)
{
	struct host_port *host = argument;

	prctl(PR_SET_NAME, host->name);
	while (serve(host))
		;
	return NULL;
}

/* The virtio features that a guest with such rings would have negotiated. */
static uint64_t
features(const struct host_wish *wish)
{
	return 1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_NET_F_MRG_RXBUF |
	       (wish->tx_csum || wish->packet ? GUEST_CHECKSUMS : 0) |
	       (wish->tso || wish->packet ? GUEST_SEGMENTATION : 0);
}

static struct guest *
make_guest(const struct host_port *host, const struct host_wish *wish)
{
	const size_t size =
		RTE_ALIGN_CEIL(sizeof(struct guest) + 2 * sizeof(struct guest_ring), 64);
	struct guest *guest = aligned_alloc(64, size);

	if (!guest)
		return NULL;
	memset(guest, 0, size);
	guest->vid = -1; /* rte_vhost does not know it */
	guest->features = features(wish);
	guest->n_pairs = guest->n_receive = 1;
	for (uint16_t i = 0; i < 2; i++) {
		guest->ring[i].vid = -1;
		guest->ring[i].index = i;
		guest->ring[i].enabled = true;
		guest->ring[i].kick_fd = i ? host->event[KICK] : -1;
	}
	host_rings_show(&host->rings, &host->rings.receive,
		guest_ring_features(guest->features, true), host->event[RECEIVE],
		&guest->ring[0].ring);
	host_rings_show(&host->rings, &host->rings.transmit,
		guest_ring_features(guest->features, false), host->event[TRANSMIT],
		&guest->ring[1].ring);
	return guest;
}

static bool
open_all(struct host_port *host, const struct host_wish *wish)
{
	const uint32_t frame = wish->tso || wish->packet ? FRAME_MAX : wish->max_frame;

	if (!interface_open(&host->interface, wish->interface, wish->packet,
		    guest_ring_features(features(wish), false)))
		return false;
	for (int i = 0; i < EVENTS; i++) {
		host->event[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (host->event[i] < 0)
			return false;
	}
	/* One more byte: of a longer frame the kernel gives what fits, which is too long then, too.
	 */
	if (!host_rings_create(&host->rings, HOST_HEADER + frame + 1))
		return false;
	host->guest = make_guest(host, wish);
	errno = ENOMEM;
	return host->guest;
}

static void
close_all(struct host_port *host)
{
	int error = errno;

	if (host->rings.memory.n)
		host_rings_destroy(&host->rings);
	for (int i = 0; i < EVENTS; i++)
		if (host->event[i] >= 0)
			close(host->event[i]);
	interface_close(&host->interface);
	free(host->guest);
	free(host);
	errno = error;
}

struct host_port *
host_port_open(const struct host_wish *wish)
{
	struct host_port *host = calloc(1, sizeof(*host));
	bool opened;

	if (!host)
		return NULL;
	memset(host->event, 0xff, sizeof(host->event));
	host->interface.fd = -1;
	snprintf(host->name, sizeof(host->name), "%s", wish->interface);
	opened = open_all(host, wish);
	/* A control thread runs where no lcore does, if there is such a place. */
	if (opened && (errno = control_thread_start(&host->thread, NULL, run, host)) == 0)
		return host;
	close_all(host);
	return NULL;
}

void
host_port_close(struct host_port *host, struct host_counts *last)
{
	eventfd_write(host->event[STOP], 1);
	pthread_join(host->thread, NULL);
	host_port_count(host, last);
	close_all(host);
}

struct guest *
host_port_guest(struct host_port *host)
{
	return host->guest;
}

bool
host_port_is_lost(const struct host_port *host)
{
	return __atomic_load_n(&host->lost, __ATOMIC_RELAXED) ||
	       interface_is_gone(&host->interface);
}

bool
host_port_set_carrier(struct host_port *host, bool up)
{
	return interface_set_carrier(&host->interface, up);
}

void
host_port_count(const struct host_port *host, struct host_counts *counts)
{
	for (int i = 0; i < HOST_COUNTS; i++)
		counts->of[i] = __atomic_load_n(&host->counts[i], __ATOMIC_RELAXED);
}
