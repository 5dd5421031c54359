/*
 * One connection of the control socket: whole lines in, queued answers out. Knows neither
 * JSON nor the switch.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/contract.h"

/* An answer that does not hold if what it says is not saved. */
struct tentative {
	size_t at, length; /* in `out` */
	char *unsaved;     /* what to say instead */
};

struct client {
	int fd;            /* -1: free */
	bool closing;      /* no more requests; closed when the answers are out */
	bool refused;      /* further input is discarded */
	bool handing;      /* no more requests; when the answers are out, it is another's */
	uint64_t progress; /* lines answered, and times that answers went out */
	size_t discarded;
	size_t in_length;
	char in[LIMIT_REQUEST_BYTES];
	char *out;
	size_t out_size, out_length, out_sent; /* room in out, bytes in it, of these sent */
	struct tentative *tentative;           /* those since client_answer(), in order */
	size_t n_tentative;
};

/*
 * Answers a line (without newline) with a malloc'd line; NULL closes the connection. *unsaved:
 * NULL, or what to say instead if what the answer says is not saved; malloc'd.
 */
typedef char *
client_handler(void *context, const char *line, size_t length, char **unsaved);

void
client_open(struct client *client, int fd);
void
client_close(struct client *client);

/* Takes over a last answer (malloc'd), and closes when the client has read it. */
void
client_refuse(struct client *client, char *answer);

/* No line is answered any more: the connection is another's (client_take()) afterwards. */
void
client_hand(struct client *client);
/* Its descriptor, if it is to be handed on and all answers are out; its place is free then. -1:
 * not. */
int
client_take(struct client *client);
/*
 * Takes over a line that it did not ask for (malloc'd), to be sent with what else there is, unless
 * more than `room` bytes would wait then, or it is NULL. False: it is left out.
 */
bool
client_tell(struct client *client, char *line, size_t room);
/* Whether all is sent that there is for it. */
bool
client_has_all(const struct client *client);

/* Events to poll for. */
short
client_events(const struct client *client);

/*
 * Handles what poll() returned: reads, and answers each whole line through handler. A client that
 * sends an overlong line gets one error answer and is closed; one that does not read its answers is
 * cut off.
 */
void
client_serve(struct client *client, short events, client_handler *handler, void *context);

/* After client_serve(), if it is still open: sends. saved: whether its answers' changes are. */
void
client_answer(struct client *client, bool saved);

#endif
