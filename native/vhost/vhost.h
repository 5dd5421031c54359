/*
 * The only user of rte_vhost's protocol side: sockets, negotiation, and guests that come and go.
 *
 * Knows sockets and guests; not ports, VLANs or addresses. Whom the sockets belong to is told by
 * calls (struct vhost_owner) what concerns it.
 *
 * Threads: rte_vhost calls back from threads of its own (and from the caller's, inside
 * vhost_close()); the callbacks change the socket's guest under the owner's lock and have that
 * published. A guest's driver that is reloaded, a guest that reboots and a QEMU that ends all look
 * the same here: the device goes, and perhaps comes back.
 */
#ifndef VHOST_H
#define VHOST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#include "../base/contract.h"

/* Instead of a connection's number, which is 0 or more. */
#define VHOST_DOWN (-1)

/* One vhost-user socket and the guest behind it. */
struct vhost_socket {
	/* Fixed while the socket is open; the caller's. */
	const char *name; /* for the log */
	const char *path;
	enum listener listener; /* the other side dials */
	bool registered;        /* rte_vhost has the socket; the control thread's */
	struct vhost_socket *next;
	/* Under the owner's lock: */
	int connection;      /* rte_vhost's device number, VHOST_DOWN: nobody is connected */
	bool up;             /* the guest's device runs */
	bool leaving;        /* is being closed: no guest may connect any more */
	struct guest *guest; /* NULL: no device, or paused while it changes */
	bool enabled[GUEST_MAX_RINGS];
	uint64_t earlier_bad_chains; /* of guests before this one */
};

/* Whose the sockets are. One per process, as rte_vhost's callbacks carry no context. */
struct vhost_owner {
	pthread_mutex_t *lock;
	/* Under the lock: a guest came or went. On return no lcore uses one that went. */
	void (*publish)(void *context);
	/* Under the lock: a guest that has migrated here asks to be announced under mac. */
	void (*announce)(void *context, struct vhost_socket *socket, const uint8_t mac[6]);
	void *context;
	/* Offered to guests; tso not without tx_csum. */
	bool mergeable, tx_csum, tso;
};

/* Before the first socket is opened. */
void
vhost_init(const struct vhost_owner *owner);

/* Listens on the socket, or dials it. False, with a log line: it cannot listen. */
bool
vhost_open(struct vhost_socket *socket);

/* Control thread, a few times a second: dials where nobody was there, or is no more. */
void
vhost_redial(void);

/* Takes the guest down, closes the socket and, if we listened, removes it. Not under the lock. */
void
vhost_close(struct vhost_socket *socket);

#endif
