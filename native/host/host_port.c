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
#include "tap.h"

#include "../base/contract.h"
#include "../vhost/guest.h"

/* Frames that are moved one way before the other has its turn. */
#define TURN 64

enum { STOP, RECEIVE, TRANSMIT, EVENTS };

struct host_port {
	int tap;
	int event[EVENTS]; /* eventfds: the end; interrupts of the two rings */
	char interface[INTERFACE_NAME_MAX + 1];
	struct host_rings rings;
	struct guest *guest;
	pthread_t thread;
	/* shared: written by the thread, read by the control thread */
	bool lost;
	/* shared: written by the thread, read by the control thread */
	uint64_t dropped;
};

static void
lose(struct host_port *host)
{
	__atomic_store_n(&host->lost, true, __ATOMIC_RELAXED);
}

/* From the lcores to the kernel. True: there may be more. */
static bool
receive(struct host_port *host)
{
	struct host_ring *ring = &host->rings.receive;
	struct iovec pieces[HOST_MAX_PIECES];

	for (int i = 0; i < TURN; i++) {
		int n = host_rings_receive(ring, pieces);

		if (n == 0)
			return false;
		/* EIO: it is down. Whatever else it is, the kernel does not take this frame. */
		if (writev(host->tap, pieces, n) < 0) {
			if (errno == EBADFD)
				lose(host);
			__atomic_store_n(&host->dropped, host->dropped + 1, __ATOMIC_RELAXED);
		}
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
		n = read(host->tap, place, ring->room);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			lose(host);
		if (n < 0)
			return TAKEN_ALL;
		host_rings_send(ring, n);
	}
	return TAKEN_SOME;
}

/* One round; when nothing is left to do, waits until there is. False: it is to end. */
static bool
serve(struct host_port *host)
{
	enum taken taken = transmit(host);
	bool more = receive(host);
	struct pollfd polls[EVENTS + 1];
	uint64_t n;

	if (taken == TAKEN_NO_PLACE)
		more |= host_rings_want(&host->rings.transmit, true);
	if (!more && taken != TAKEN_SOME)
		more = host_rings_want(&host->rings.receive, true);
	for (int i = 0; i < EVENTS; i++)
		polls[i] = (struct pollfd){.fd = host->event[i], .events = POLLIN};
	polls[EVENTS] = (struct pollfd){
		.fd = host->tap, .events = (short)(taken == TAKEN_NO_PLACE ? 0 : POLLIN)};
	if (poll(polls, EVENTS + 1, more || taken == TAKEN_SOME ? 0 : -1) < 0 && errno != EINTR)
		lose(host);
	host_rings_want(&host->rings.receive, false);
	host_rings_want(&host->rings.transmit, false);
	for (int i = RECEIVE; i < EVENTS; i++)
		if (polls[i].revents)
			(void)!read(host->event[i], &n, sizeof(n)); /* EAGAIN: it has been read */
	/* The kernel reports POLLERR of an interface that is gone. */
	if (polls[EVENTS].revents & (POLLERR | POLLNVAL))
		lose(host);
	return !polls[STOP].revents && !__atomic_load_n(&host->lost, __ATOMIC_RELAXED);
}

static void *
run(void *argument)
{
	struct host_port *host = argument;

	prctl(PR_SET_NAME, host->interface);
	while (serve(host))
		;
	return NULL;
}

/* The virtio features that a guest with such rings would have negotiated. */
static uint64_t
features(const struct host_wish *wish)
{
	return 1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_NET_F_MRG_RXBUF |
	       (wish->tx_csum ? GUEST_CHECKSUMS : 0) | (wish->tso ? GUEST_SEGMENTATION : 0);
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
	const uint32_t frame = wish->tso ? FRAME_MAX : wish->max_frame;

	host->tap = tap_open(wish->interface);
	if (host->tap < 0 || !tap_leave(host->tap, guest_ring_features(features(wish), false)))
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
	if (host->tap >= 0)
		close(host->tap);
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
	snprintf(host->interface, sizeof(host->interface), "%s", wish->interface);
	opened = open_all(host, wish);
	/* A control thread runs where no lcore does, if there is such a place. */
	if (opened && (errno = -rte_ctrl_thread_create(&host->thread, NULL, NULL, run, host)) == 0)
		return host;
	close_all(host);
	return NULL;
}

uint64_t
host_port_close(struct host_port *host)
{
	uint64_t dropped;

	eventfd_write(host->event[STOP], 1);
	pthread_join(host->thread, NULL);
	dropped = host_port_dropped(host);
	close_all(host);
	return dropped;
}

struct guest *
host_port_guest(struct host_port *host)
{
	return host->guest;
}

bool
host_port_is_lost(const struct host_port *host)
{
	return __atomic_load_n(&host->lost, __ATOMIC_RELAXED) || tap_is_gone(host->tap);
}

uint64_t
host_port_dropped(const struct host_port *host)
{
	return __atomic_load_n(&host->dropped, __ATOMIC_RELAXED);
}
