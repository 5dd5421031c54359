#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "captures.h"
#include "client.h"
#include "clients.h"
#include "watch.h"

#include "../base/log.h"
#include "../datapath/vswitch.h"
#include "../vhost/unix_socket.h"

/* How long a client has to take the answer that refused it. */
#define REFUSED_MS 10000
#define PLACES (CLIENTS_POLLS - 1)

struct connection {
	struct client client;
	struct peer peer;
	struct rpc_client asks;
	uint64_t missed;         /* events that it was not told, if it watches */
	uint64_t progress;       /* the client's, when it was looked at last */
	uint64_t since;          /* milliseconds: idle since then */
	struct capture *capture; /* that follows the answer; NULL: none */
};

struct clients {
	const struct rpc_table *table;
	const struct authority *authority;
	const uint32_t *idle; /* a setting */
	const char *path;
	int listener;
	struct connection places[PLACES]; /* after LIMIT_CLIENTS those that are refused */
};

struct clients *
clients_create(const struct rpc_table *table, const char *path, const struct authority *authority,
	const uint32_t *idle)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (!clients)
		return NULL;
	clients->table = table;
	clients->authority = authority;
	clients->idle = idle;
	clients->path = path;
	for (int i = 0; i < PLACES; i++)
		clients->places[i].client.fd = -1;
	clients->listener = unix_socket_listen(path, LIMIT_CLIENTS, authority->n ? 0666 : 0600);
	if (clients->listener >= 0)
		return clients;
	fprintf(stderr, "vhost-switch: %s: %s; %s\n", path, strerror(errno),
		errno == EADDRINUSE ? "another switch listens there, stop it or choose another "
				      "--control-socket"
				    : "check that its folder exists and may be written to");
	free(clients);
	return NULL;
}

static bool
is_free(const struct connection *place)
{
	return place->client.fd < 0;
}

static int
places_of(const struct clients *clients, uid_t user)
{
	int n = 0;

	for (int i = 0; i < LIMIT_CLIENTS; i++)
		n += !is_free(&clients->places[i]) && clients->places[i].peer.user == user;
	return n;
}

/* How much rather than others a client gives way; 0: it does not. */
static int
gives_way(const struct clients *clients, const struct connection *place, const struct peer *to)
{
	int theirs;

	if (place->client.refused)
		return LIMIT_CLIENTS + 1;
	if (place->peer.master)
		return 0;
	theirs = places_of(clients, place->peer.user);
	/* One more than the newcomer's user would have: otherwise the two would take turns. */
	return to->master || theirs > places_of(clients, to->user) + 1 ? theirs : 0;
}

/* Its capture has a connection of its own as soon as the answer is out, or goes with the client. */
static void
pass_capture_on(struct clients *clients, struct connection *place)
{
	const struct vswitch *sw = clients->table->context;
	int fd = client_take(&place->client);

	if (!place->capture || (fd < 0 && !is_free(place)))
		return;
	if (fd >= 0)
		captures_give(sw->captures, place->capture, fd);
	else
		captures_abandon(sw->captures, place->capture);
	place->capture = NULL;
}

/* A place for a newcomer, taken from another if need be; NULL: there is none. */
static struct connection *
place_for(struct clients *clients, const struct peer *peer)
{
	struct connection *victim = NULL;
	int most = 0;

	for (int i = 0; i < LIMIT_CLIENTS; i++) {
		struct connection *place = &clients->places[i];
		int way;

		if (is_free(place))
			return place;
		way = gives_way(clients, place, peer);
		if (way > most || (way && way == most && place->since < victim->since)) {
			most = way;
			victim = place;
		}
	}
	if (victim) {
		LOG(INFO, "control: a connection of user %u gives way to one of user %u",
			victim->peer.user, peer->user);
		client_close(&victim->client);
		pass_capture_on(clients, victim);
	}
	return victim;
}

/* A place for one that is to be refused: the one that has been there longest goes. */
static struct connection *
place_to_refuse(struct clients *clients)
{
	struct connection *oldest = &clients->places[LIMIT_CLIENTS];

	for (int i = LIMIT_CLIENTS; i < PLACES; i++) {
		struct connection *place = &clients->places[i];

		if (is_free(place))
			return place;
		if (place->since < oldest->since)
			oldest = place;
	}
	client_close(&oldest->client);
	return oldest;
}

static char *
refusal_of(const struct peer *peer)
{
	char message[200];

	if (peer->allowed) {
		snprintf(message, sizeof(message),
			"switch: %d clients are connected already; close one", LIMIT_CLIENTS);
		return rpc_refusal(RPC_CLIENTS, message);
	}
	snprintf(message, sizeof(message),
		"user %u: has no level at this switch; ask as root, or start the switch with "
		"--look-group, --change-group or --admin-group and one of the user's groups",
		peer->user);
	return rpc_refusal(RPC_DENIED, message);
}

static void
accept_client(struct clients *clients, uint64_t now_ms)
{
	int fd = accept4(clients->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct connection *place;
	struct peer peer;
	bool refused;

	if (fd < 0)
		return;
	if (!peer_of(fd, clients->authority, &peer)) {
		LOG(ERR, "control: a client's user is not known: %s", strerror(errno));
		close(fd);
		return;
	}
	place = peer.allowed ? place_for(clients, &peer) : NULL;
	refused = !place;
	if (refused)
		place = place_to_refuse(clients);
	client_open(&place->client, fd);
	place->peer = peer;
	place->asks = (struct rpc_client){.level = peer.level};
	place->missed = 0;
	place->since = now_ms;
	place->progress = 0;
	place->capture = NULL;
	if (refused)
		client_refuse(&place->client, refusal_of(&peer));
}

/* What a line is answered with. */
struct asker {
	const struct rpc_table *table;
	struct connection *place;
};

static char *
answer(void *context, const char *line, size_t length, char **unsaved)
{
	const struct asker *asker = context;
	struct connection *place = asker->place;
	char *said = rpc_answer(asker->table, &place->asks, line, length, unsaved);

	if (place->asks.stream) {
		place->capture = place->asks.stream;
		place->asks.stream = NULL;
		/* No line comes between the capture's bytes. */
		place->asks.watches = false;
		client_hand(&place->client);
	}
	return said;
}

void
clients_poll(const struct clients *clients, struct pollfd polls[CLIENTS_POLLS])
{
	for (int i = 0; i < PLACES; i++)
		polls[i] = (struct pollfd){
			.fd = clients->places[i].client.fd,
			.events = client_events(&clients->places[i].client),
		};
	polls[PLACES] = (struct pollfd){.fd = clients->listener, .events = POLLIN};
}

/* Whether it has been idle for too long. */
static bool
is_over(const struct clients *clients, struct connection *place, uint64_t now_ms)
{
	uint64_t most = place->client.refused ? REFUSED_MS : setting(clients->idle) * 1000ull;

	/* Who watches has nothing to ask. */
	if (place->client.progress != place->progress ||
		(place->asks.watches && client_has_all(&place->client))) {
		place->progress = place->client.progress;
		place->since = now_ms;
	}
	return now_ms - place->since > most;
}

void
clients_serve(struct clients *clients, const struct pollfd polls[CLIENTS_POLLS])
{
	for (int i = 0; i < PLACES; i++) {
		struct connection *place = &clients->places[i];
		struct asker asker = {clients->table, place};

		if (is_free(place))
			continue;
		if (polls[i].revents)
			client_serve(&place->client, polls[i].revents, answer, &asker);
	}
}

void
clients_answer(struct clients *clients, const struct pollfd polls[CLIENTS_POLLS], uint64_t now_ms,
	bool saved)
{
	for (int i = 0; i < PLACES; i++) {
		struct connection *place = &clients->places[i];

		if (!is_free(place) && polls[i].revents)
			client_answer(&place->client, saved);
		if (!is_free(place) && is_over(clients, place, now_ms))
			client_close(&place->client);
		pass_capture_on(clients, place);
	}
	if (polls[PLACES].revents)
		accept_client(clients, now_ms);
}

static bool
watches(const struct connection *place)
{
	return !is_free(place) && place->asks.watches && !place->client.closing;
}

bool
clients_watch(const struct clients *clients)
{
	for (int i = 0; i < PLACES; i++)
		if (watches(&clients->places[i]))
			return true;
	return false;
}

/* False: it has read too little for that. */
static bool
tell_missed(struct connection *place)
{
	if (place->missed && client_tell(&place->client, watch_missed_line(place->missed),
				     LIMIT_WATCH_BYTES / 2))
		place->missed = 0;
	return !place->missed;
}

void
clients_tell(struct clients *clients, const char *line)
{
	for (int i = 0; i < PLACES; i++) {
		struct connection *place = &clients->places[i];

		if (!watches(place))
			continue;
		if (!tell_missed(place) || !line ||
			!client_tell(&place->client, strdup(line), LIMIT_WATCH_BYTES))
			place->missed++;
	}
}

void
clients_tell_missed(struct clients *clients, uint64_t more)
{
	for (int i = 0; i < PLACES; i++) {
		struct connection *place = &clients->places[i];

		if (!watches(place))
			continue;
		place->missed += more;
		tell_missed(place);
	}
}

void
clients_destroy(struct clients *clients)
{
	if (!clients)
		return;
	for (int i = 0; i < PLACES; i++)
		if (!is_free(&clients->places[i]))
			client_close(&clients->places[i].client);
	close(clients->listener);
	unlink(clients->path);
	free(clients);
}
