#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer_label.h"

/* Newer than the oldest headers we are built with. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* What the kernel may write: a label of the longest size, a mode, and one byte that is too much. */
#define TEXT_ROOM (PEER_LABEL_ROOM + 32)

void
peer_label_name(const char *text, size_t size, char label[PEER_LABEL_ROOM])
{
	const char *mode;
	size_t length = 0;

	while (size > 0 && (text[size - 1] == '\0' || text[size - 1] == '\n'))
		size--;
	if (size > 0 && text[size - 1] == ')' && (mode = memrchr(text, '(', size)) && mode > text &&
		mode[-1] == ' ')
		size = mode - 1 - text;
	for (; length < size && length < PEER_LABEL_ROOM - 1; length++)
		label[length] = text[length] < ' ' || text[length] > '~' ? '?' : text[length];
	label[length] = '\0';
}

static bool
of_connection(int fd, char label[PEER_LABEL_ROOM])
{
	char text[TEXT_ROOM];
	socklen_t size = sizeof(text);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERSEC, text, &size) < 0) {
		if (errno != ERANGE)
			return false;
		memset(text, '?', size = sizeof(text));
	}
	peer_label_name(text, size, label);
	return true;
}

/* A descriptor of the process, or -1 where the kernel has none; *gone: it ended long ago. */
static int
process_of(int fd, bool *gone)
{
	socklen_t size = sizeof(int);
	int process;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0)
		return process;
	*gone = errno == EINVAL || errno == ESRCH;
	return -1;
}

int
peer_process(int fd)
{
	bool gone;

	return process_of(fd, &gone);
}

/* Readable once the process has ended. */
static bool
has_ended(int process)
{
	struct pollfd event = {.fd = process, .events = POLLIN};

	return poll(&event, 1, 0) != 0;
}

/* Bytes of the label that were read; -1 with errno. */
static ssize_t
read_label(pid_t pid, char text[TEXT_ROOM])
{
	char path[48];
	ssize_t size;
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%d/attr/current", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	size = read(fd, text, TEXT_ROOM);
	error = errno;
	close(fd);
	errno = error;
	return size;
}

/* Whether /proc shows others' processes (not with hidepid), so that one that it lacks is gone. */
static bool
sees_processes(void)
{
	return access("/proc/1", F_OK) == 0;
}

static enum peer_source
of_process(int fd, char label[PEER_LABEL_ROOM])
{
	char text[TEXT_ROOM];
	struct ucred peer;
	socklen_t size = sizeof(peer);
	bool gone = false;
	int process, error;
	ssize_t length;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid <= 0)
		return PEER_UNKNOWN;
	process = process_of(fd, &gone);
	length = read_label(peer.pid, text);
	error = errno;
	if (process >= 0) {
		gone = has_ended(process);
		close(process);
	}
	if (length < 0 && (error == ENOENT || error == ESRCH))
		gone = gone || sees_processes();
	if (gone)
		return PEER_GONE;
	if (length <= 0)
		return PEER_UNKNOWN;
	peer_label_name(text, length, label);
	return PEER_PROCESS;
}

enum peer_source
peer_label_read(int fd, enum listener listener, char label[PEER_LABEL_ROOM])
{
	label[0] = '\0';
	if (listener == LISTENER_SWITCH && of_connection(fd, label))
		return PEER_CONNECTION;
	return of_process(fd, label);
}
