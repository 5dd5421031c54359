#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "rpc.h"

#define MAX_DISCARDED (64u << 20)

void
client_open(struct client *client, int fd)
{
	client->fd = fd;
	client->closing = client->refused = client->handing = false;
	client->discarded = 0;
	client->progress = 0;
	client->in_length = client->out_size = client->out_length = client->out_sent = 0;
	client->tentative = NULL;
	client->n_tentative = 0;
}

static void
forget_tentative(struct client *client)
{
	for (size_t i = 0; i < client->n_tentative; i++)
		free(client->tentative[i].unsaved);
	free(client->tentative);
	client->tentative = NULL;
	client->n_tentative = 0;
}

static void
forget(struct client *client)
{
	forget_tentative(client);
	free(client->out);
	client->fd = -1;
	client->out = NULL;
}

void
client_close(struct client *client)
{
	close(client->fd);
	forget(client);
}

short
client_events(const struct client *client)
{
	bool deaf = (client->closing && !client->refused) || client->handing;
	short events = deaf ? 0 : POLLIN;

	return client->out_sent < client->out_length ? events | POLLOUT : events;
}

/* Makes room for n more bytes. Doubles the buffer, so that many answers are seldom copied. */
static bool
make_room(struct client *client, size_t n)
{
	size_t size = client->out_length + n;
	char *out;

	if (size <= client->out_size)
		return true;
	if (size < 2 * client->out_size)
		size = 2 * client->out_size;
	out = realloc(client->out, size);
	if (!out)
		return false;
	client->out = out;
	client->out_size = size;
	return true;
}

/* Takes over an answer. */
static void
queue(struct client *client, char *answer)
{
	size_t length = answer ? strlen(answer) : 0,
	       waiting = client->out_length - client->out_sent;

	if (client->out_sent) {
		memmove(client->out, client->out + client->out_sent, waiting);
		client->out_length = waiting;
		client->out_sent = 0;
	}
	/* A single answer may have any length; the limit is on those queued before it. */
	if (!answer || waiting > LIMIT_WAITING_BYTES || !make_room(client, length)) {
		free(answer);
		client_close(client);
		return;
	}
	if (client->out)
		memcpy(client->out + waiting, answer, length);
	client->out_length = waiting + length;
	free(answer);
}

/* What was queued last is tentative. Takes over what is to be said instead. */
static void
note_tentative(struct client *client, size_t length, char *unsaved)
{
	struct tentative *more = NULL;

	if (client->fd >= 0)
		more = realloc(client->tentative, (client->n_tentative + 1) * sizeof(*more));
	if (!more) {
		free(unsaved);
		if (client->fd >= 0)
			client_close(client);
		return;
	}
	client->tentative = more;
	more[client->n_tentative++] = (struct tentative){
		.at = client->out_length - length, .length = length, .unsaved = unsaved};
}

static void
queue_copy(struct client *client, const char *text, size_t length)
{
	if (client->fd >= 0 && length > 0)
		queue(client, strndup(text, length));
}

/* Says of all tentative answers that they do not hold: none of them was sent yet. */
static void
take_back(struct client *client)
{
	struct client before = *client;
	size_t at = 0;

	client->out = NULL;
	client->out_size = client->out_length = client->out_sent = 0;
	client->tentative = NULL;
	client->n_tentative = 0;
	for (size_t i = 0; i < before.n_tentative; i++) {
		const struct tentative *one = &before.tentative[i];

		queue_copy(client, before.out + at, one->at - at);
		queue_copy(client, one->unsaved, strlen(one->unsaved));
		at = one->at + one->length;
	}
	queue_copy(client, before.out + at, before.out_length - at);
	forget_tentative(&before);
	free(before.out);
}

void
client_refuse(struct client *client, char *answer)
{
	client->closing = client->refused = true;
	queue(client, answer);
}

void
client_hand(struct client *client)
{
	client->handing = true;
}

int
client_take(struct client *client)
{
	int fd = client->fd;

	if (fd < 0 || !client->handing || client->out_sent < client->out_length)
		return -1;
	forget(client);
	return fd;
}

bool
client_has_all(const struct client *client)
{
	return client->out_sent == client->out_length;
}

bool
client_tell(struct client *client, char *line, size_t room)
{
	if (!line || client->out_length - client->out_sent + strlen(line) > room) {
		free(line);
		return false;
	}
	queue(client, line);
	return true;
}

static void
send_waiting(struct client *client)
{
	ssize_t n = 0;

	if (client->out_sent < client->out_length)
		n = send(client->fd, client->out + client->out_sent,
			client->out_length - client->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		client_close(client);
		return;
	}
	if (n > 0) {
		client->out_sent += n;
		client->progress++;
	}
	if (!client->closing || client->out_sent < client->out_length)
		return;
	if (client->refused)
		(void)shutdown(client->fd, SHUT_WR); /* harmless when repeated */
	else
		client_close(client);
}

static void
answer_lines(struct client *client, client_handler *handler, void *context)
{
	char *line = client->in, *end, message[80];
	size_t rest = client->in_length;

	while (client->fd >= 0 && !client->handing && (end = memchr(line, '\n', rest))) {
		char *unsaved, *answer = handler(context, line, end - line, &unsaved);
		size_t length = answer ? strlen(answer) : 0;

		client->progress++;
		queue(client, answer);
		if (unsaved)
			note_tentative(client, length, unsaved);
		rest -= end + 1 - line;
		line = end + 1;
	}
	if (client->fd < 0 || client->handing)
		return;
	memmove(client->in, line, rest);
	client->in_length = rest;
	if (rest == sizeof(client->in)) {
		snprintf(message, sizeof(message),
			"line: longer than %d bytes; send shorter requests", LIMIT_REQUEST_BYTES);
		client_refuse(client, rpc_refusal(RPC_REQUEST, message));
	}
}

static void
receive(struct client *client, client_handler *handler, void *context)
{
	ssize_t n = recv(client->fd, client->in + client->in_length,
		sizeof(client->in) - client->in_length, MSG_DONTWAIT);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_close(client);
		return;
	}
	if (n == 0) {
		client->closing = true; /* it may still read its answers */
	} else {
		client->in_length += n;
		answer_lines(client, handler, context);
	}
}

/*
 * Closing with unread input would reset the connection, and the peer would lose the answer that
 * says why. So the rest is read and discarded until the peer is done, within a bound.
 */
static void
discard(struct client *client)
{
	ssize_t n = recv(client->fd, client->in, sizeof(client->in), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		client->discarded += n;
	if (n <= 0 || client->discarded > MAX_DISCARDED)
		client_close(client);
}

void
client_serve(struct client *client, short events, client_handler *handler, void *context)
{
	if (client->refused && (events & POLLIN)) {
		discard(client);
	} else if ((client->closing || client->handing) && (events & (POLLHUP | POLLERR))) {
		client_close(client);
		return;
	}
	if (!client->closing && !client->handing && (events & (POLLIN | POLLHUP | POLLERR)))
		receive(client, handler, context);
}

void
client_answer(struct client *client, bool saved)
{
	if (!saved && client->n_tentative > 0)
		take_back(client);
	if (client->fd < 0)
		return;
	forget_tentative(client);
	send_waiting(client);
}
