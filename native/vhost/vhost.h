/*
 * The only user of rte_vhost's protocol side: sockets, negotiation, and guests that come and go.
 *
 * Knows sockets and guests; not ports, VLANs or addresses. Reports changes to the owner of the
 * sockets by calls (struct vhost_owner).
 *
 * Threads: rte_vhost calls back from threads of its own (and from the caller's, inside
 * vhost_close()); the callbacks change the socket's guest under the owner's lock and have that
 * published. A reloaded driver, a reboot of the guest and the end of QEMU all look the same here:
 * the device goes, and perhaps comes back.
 */
#ifndef VHOST_H
#define VHOST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest.h"
#include "peer_label.h"

#include "../base/contract.h"
#include "../base/rate.h"

/* Milliseconds between attempts at a socket that has appeared. */
#define VHOST_APPEAR_MS 2

/* In place of a connection's number, which is 0 or more. */
#define VHOST_DOWN (-1)

/* One vhost-user socket and the guest behind it. */
struct vhost_socket {
	/* Fixed while the socket is open; owned by the caller. */
	const char *name; /* for the log */
	const char *path;
	enum listener listener; /* the other side dials */
	bool registered;        /* rte_vhost has the socket; the control thread's */
	struct vhost_socket *next;
	/* Under the owner's lock: */
	const char *peer_label; /* the only one its guest's QEMU may have, the owner's; "": any */
	int connection;         /* rte_vhost's device number, VHOST_DOWN: no connection */
	bool up;                /* the guest's device runs */
	bool leaving;           /* being closed: no guest may connect any more */
	struct guest *guest;    /* NULL: no device, or paused while it changes */
	bool enabled[GUEST_MAX_RINGS];
	struct guest_places places;
	uint64_t earlier_bad_chains; /* of guests before this one */
	uint64_t refused;            /* messages and connections; since the socket was opened */
	uint64_t wrong_label;        /* connections among them: not peer_label */
	uint64_t memory;             /* bytes that the guest has shared */
	struct rate messages;        /* that the guest may send */
	int peer;                    /* our descriptor of the connection, -1: none */
	enum peer_source checked;    /* how its label was found to be peer_label */
	bool expelled;               /* it was not: nothing from it is read any more */
	uint8_t redial_in;           /* rounds of vhost_redial() */
	/* The control thread's (vhost_appear.h), of one that is dialled: */
	int watch;           /* of its folder, -1: none */
	bool appeared;       /* something has, at its path */
	uint8_t early_dials; /* that it may have before the next round */
	/* The control thread's (vhost_hold.h): its guest is to see a link that is down. */
	bool held;
	/* Who was hung up on for that. */
	bool hung_up;
	int held_process; /* of the peer, -1: unknown */
	ino_t held_inode; /* where it listens */
};

enum vhost_limit {
	VHOST_LIMIT_MESSAGES,   /* a second, of each port */
	VHOST_LIMIT_MEMORY,     /* MiB, of each port; 0: the host's */
	VHOST_LIMIT_MEMORY_ALL, /* MiB, of all ports; 0: several times the host's */
};

/* The owner of the sockets. One per process, as rte_vhost's callbacks carry no context. */
struct vhost_owner {
	pthread_mutex_t *lock;
	/* Under the lock: a guest came or went. On return no lcore uses a guest that went. */
	void (*publish)(void *context);
	/* Under the lock: a guest comes, or went. */
	void (*tell)(void *context, struct vhost_socket *socket, bool up);
	/* Under the lock: announce mac for a guest that has migrated here. */
	void (*announce)(void *context, struct vhost_socket *socket, const uint8_t mac[6]);
	/* May change at any time. */
	uint32_t (*limit)(void *context, enum vhost_limit which);
	void *context;
	/* Queue pairs that a guest may have. */
	/* shared: written by the control thread, read by rte_vhost's */
	const uint32_t *queue_limit;
	/* Offered to guests; tso not without tx_csum. */
	bool mergeable, tx_csum, tso;
	uint64_t features_off; /* never offered */
};

/* Before the first socket is opened. */
void
vhost_init(const struct vhost_owner *owner);

/* After the last one is closed. */
void
vhost_end(void);

/* The virtio features that guests are offered, as bits; 0: rte_vhost does not tell. */
uint64_t
vhost_features(void);

/* Listens on the socket, or dials it. False, with a log line: it cannot listen. */
bool
vhost_open(struct vhost_socket *socket);

/*
 * Control thread, a few times a second: dials sockets without a connection, and ends those of
 * guests that are to see no link (`held`).
 */
void
vhost_redial(void);

/*
 * Readable when sockets have appeared that vhost_dial_appeared() is to dial, VHOST_APPEAR_MS apart;
 * -1: the kernel does not tell.
 */
int
vhost_appeared(void);
/* Control thread. Whether there are such that do not answer yet. */
bool
vhost_dial_appeared(void);

/* Under the lock: peer_label has changed. Disconnects a guest that has another. */
void
vhost_check_peer(struct vhost_socket *socket);

/* Takes the guest down, closes the socket and, if we listened, removes it. Not under the lock. */
void
vhost_close(struct vhost_socket *socket);

#endif
