#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ask.h"

#include "../base/contract.h"

struct timespec
ask_until(unsigned int seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += seconds;
	return now;
}

/* Waits for the socket; false: the time is over. */
static bool
ready(int fd, short events, struct timespec until)
{
	struct pollfd one = {.fd = fd, .events = events};

	for (;;) {
		struct timespec now = ask_until(0);
		long ms = (until.tv_sec - now.tv_sec) * 1000 +
			  (until.tv_nsec - now.tv_nsec) / 1000000;

		if (ms <= 0)
			return false;
		if (poll(&one, 1, ms > INT_MAX ? INT_MAX : (int)ms) > 0)
			return true;
	}
}

/* Whether root or this user listens there. */
static bool
is_trusted(int fd)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return false;
	return credentials.uid == 0 || credentials.uid == geteuid();
}

static enum ask_result
dial(const char *path, struct timespec until, int *fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return ASK_NOBODY;
	memcpy(address.sun_path, path, strlen(path) + 1);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return ASK_NOBODY;
	/* Of a stream of AF_UNIX: its queue of connections is full. */
	while (connect(*fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != EAGAIN)
			return ASK_NOBODY;
		if (poll(NULL, 0, 10) < 0 || ask_until(0).tv_sec > until.tv_sec)
			return ASK_LATE;
	}
	return is_trusted(*fd) ? ASK_ANSWERED : ASK_NOBODY;
}

static enum ask_result
say(int fd, const char *line, size_t length, struct timespec until)
{
	while (length > 0) {
		ssize_t n = send(fd, line, length, MSG_NOSIGNAL);

		if (n > 0) {
			line += n;
			length -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return ASK_NOBODY;
		} else if (!ready(fd, POLLOUT, until)) {
			return ASK_LATE;
		}
	}
	return ASK_ANSWERED;
}

/* Reads a line, without its end, into *line, to be freed. */
static enum ask_result
hear(int fd, struct timespec until, char **line, size_t *length)
{
	size_t room = 0;

	*line = NULL;
	*length = 0;
	for (;;) {
		char *end;
		ssize_t n;

		if (*length == room) {
			char *more;

			room = room ? 2 * room : 65536;
			if (room > 2 * (size_t)LIMIT_ANSWER_BYTES)
				return ASK_NOBODY;
			more = realloc(*line, room);
			if (!more)
				return ASK_NOBODY;
			*line = more;
		}
		n = recv(fd, *line + *length, room - *length, 0);
		if (n > 0) {
			end = memchr(*line + *length, '\n', (size_t)n);
			*length += (size_t)n;
			if (!end)
				continue;
			*length = (size_t)(end - *line);
			return ASK_ANSWERED;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return ASK_NOBODY;
		if (!ready(fd, POLLIN, until))
			return ASK_LATE;
	}
}

/* Takes the result out of an answer. */
static enum ask_result
take(const char *line, size_t length, json_t **result)
{
	json_t *answer = json_loadb(line, length, 0, NULL);
	enum ask_result how = ASK_NOBODY;

	*result = json_object_get(answer, "result");
	if (*result) {
		json_incref(*result);
		how = ASK_ANSWERED;
	} else if (json_integer_value(json_object_get(json_object_get(answer, "error"), "code")) ==
		   RPC_PARAMS) {
		how = ASK_REFUSED;
	}
	json_decref(answer);
	return how;
}

static enum ask_result
converse(int fd, json_t *request, struct timespec until, json_t **result)
{
	char *text = json_dumps(request, JSON_COMPACT);
	char *line = NULL;
	size_t length;
	enum ask_result how = text ? say(fd, text, strlen(text), until) : ASK_NOBODY;

	if (how == ASK_ANSWERED)
		how = say(fd, "\n", 1, until);
	if (how == ASK_ANSWERED)
		how = hear(fd, until, &line, &length);
	if (how == ASK_ANSWERED)
		how = take(line, length, result);
	free(text);
	free(line);
	return how;
}

enum ask_result
ask_switch(const char *socket_path, const char *method, json_t *params, struct timespec until,
	json_t **result)
{
	json_t *request = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method",
		method, "params", params);
	int fd = -1;
	enum ask_result how = request ? dial(socket_path, until, &fd) : ASK_NOBODY;

	*result = NULL;
	if (how == ASK_ANSWERED)
		how = converse(fd, request, until, result);
	json_decref(request);
	if (fd >= 0)
		close(fd);
	return how;
}
