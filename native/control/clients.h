/*
 * The control socket and all its connections.
 *
 * Each client is judged once, when it is accepted (peer.h). There are LIMIT_CLIENTS places. When
 * all are taken a newcomer gets that of another: first of one that was refused and has not gone
 * yet, then of the user with the most connections, if the newcomer's user has fewer; the one that
 * has been idle longest goes. Root's and the switch's own user's give way to nobody, and have no
 * need to wait: to them any other client gives way. So no user keeps others out by keeping
 * connections open.
 * A few more places are for those that are refused, until they have read why.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "peer.h"
#include "rpc.h"

/* What clients_poll() fills in. */
#define CLIENTS_POLLS (LIMIT_CLIENTS + 8 + 1)

struct clients;

/*
 * Listens on path. Table, authority and idle stay the caller's. idle: seconds until a client that
 * asks nothing, and takes no answer, is disconnected; it may change. NULL with a line on stderr.
 */
struct clients *
clients_create(const struct rpc_table *table, const char *path, const struct authority *authority,
	const uint32_t *idle);

/* What to wait for. */
void
clients_poll(const struct clients *clients, struct pollfd polls[CLIENTS_POLLS]);

/*
 * Deals with what poll() found, in two steps: does what is asked, and then says so. In between its
 * caller saves it, once for all. saved: that was done. now_ms: of a clock that only goes forward.
 */
void
clients_serve(struct clients *clients, const struct pollfd polls[CLIENTS_POLLS]);
void
clients_answer(struct clients *clients, const struct pollfd polls[CLIENTS_POLLS], uint64_t now_ms,
	bool saved);

/* Whether one of them is to be told what happens (events.watch). */
bool
clients_watch(const struct clients *clients);
/*
 * Tells those a line, NULL: there was no memory for it. It is left out for one with
 * LIMIT_WATCH_BYTES that it has not read. How many were, it is told when it has read half of that.
 */
void
clients_tell(struct clients *clients, const char *line);
/* Likewise, each round: so many lines more there never were. */
void
clients_tell_missed(struct clients *clients, uint64_t more);

/* Closes all and removes the socket. NULL is fine. */
void
clients_destroy(struct clients *clients);

#endif
