#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <rte_log.h>

#include "log_out.h"
#include "time_text.h"

#define JOURNAL "/run/systemd/journal/socket"
#define LINE_BYTES 8192

static const char *file;
static bool json;
static int journal = -1;
static int out = STDERR_FILENO;
static bool is_socket; /* out */
static bool is_cut;    /* its last line has no end */

static int
open_file(void)
{
	int fd = open(
		file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat stat;

	if (fd < 0)
		return -1;
	/* A link of any kind may be to somebody else's file. */
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_nlink == 1)
		return fd;
	close(fd);
	errno = EEXIST;
	return -1;
}

/* What others print, libraries and the table of ports, goes there, too. */
static bool
become(int fd)
{
	return dup3(fd, STDOUT_FILENO, 0) >= 0 && dup3(fd, STDERR_FILENO, 0) >= 0;
}

static bool
journal_reads_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat stat;

	return stream && sscanf(stream, "%lu:%lu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &stat) == 0 && stat.st_dev == device && stat.st_ino == inode;
}

/*
 * Standard error, so that nobody waits for who should read it. A pipe and a terminal are opened
 * anew: the flag would be that of all who have them.
 */
static void
take_stderr(void)
{
	struct stat stat;
	int fd;

	out = STDERR_FILENO;
	if (fstat(STDERR_FILENO, &stat) < 0)
		return;
	is_socket = S_ISSOCK(stat.st_mode);
	if (!S_ISFIFO(stat.st_mode) && !S_ISCHR(stat.st_mode))
		return;
	fd = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) /* else it is another user's terminal */
		out = fd;
}

bool
log_out_open(const char *path, enum log_form form)
{
	json = form == LOG_FORM_JSON;
	file = path;
	if (file) {
		int fd = open_file();

		if (fd < 0 || !become(fd)) {
			fprintf(stderr,
				"vhost-switch: --log-file %s: %s; name a file of its own, or a new "
				"one "
				"in a folder that is there\n",
				path, strerror(errno));
			return false;
		}
		out = fd;
		is_socket = false;
		return true;
	}
	take_stderr();
	if (form == LOG_FORM_AUTO && journal_reads_stderr())
		journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return true;
}

bool
log_out_give(uid_t user, gid_t group)
{
	return !file || fchown(out, user, group) == 0;
}

const char *
log_out_file(void)
{
	return file;
}

bool
log_out_reopen(void)
{
	int fd = open_file();
	bool done;

	if (fd < 0)
		return false;
	/* Under its number, as another thread may be writing. */
	done = dup3(fd, out, O_CLOEXEC) >= 0 && become(fd);
	close(fd);
	return done;
}

static const char *
level_word(uint32_t level)
{
	static const char *const words[] = {
		"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};

	return words[(level - RTE_LOG_EMERG) % (sizeof(words) / sizeof(*words))];
}

/* A path of a socket may have any bytes; JSON's text has characters. */
static json_t *
string_of(const char *text, size_t length)
{
	json_t *string = json_stringn(text, length);
	char plain[LINE_BYTES];

	if (string)
		return string;
	length = RTE_MIN(length, sizeof(plain));
	for (size_t i = 0; i < length; i++)
		plain[i] = (text[i] & 0x80) ? '?' : text[i];
	return json_stringn(plain, length);
}

static int
put_json(char bytes[LINE_BYTES], const char *time, const struct log_line *line)
{
	json_t *object = json_pack("{s:s, s:s}", "time", time, "level", level_word(line->level));
	size_t length;

	if (line->port)
		json_object_set_new(object, "port", string_of(line->port, line->port_length));
	json_object_set_new(object, "message", string_of(line->text, line->length));
	length = json_dumpb(object, bytes, LINE_BYTES - 1, JSON_COMPACT);
	json_decref(object);
	if (length == 0 || length >= LINE_BYTES)
		return -1;
	bytes[length] = '\n';
	return (int)length + 1;
}

static int
put_journal(char bytes[LINE_BYTES], const struct log_line *line)
{
	/* RTE_LOG_EMERG is 1, syslog's 0. */
	return snprintf(bytes, LINE_BYTES,
		"PRIORITY=%u\nSYSLOG_IDENTIFIER=vhost-switch\n%s%.*s%sMESSAGE=%.*s\n",
		line->level - RTE_LOG_EMERG, line->port ? "VMLANE_PORT=" : "",
		line->port ? (int)line->port_length : 0, line->port ? line->port : "",
		line->port ? "\n" : "", (int)line->length, line->text);
}

static bool
to_journal(const char *bytes, int length)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL};

	return sendto(journal, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const struct sockaddr *)&address, sizeof(address)) == length;
}

static ssize_t
put(int fd, const char *bytes, int length)
{
	return is_socket ? send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL)
			 : write(fd, bytes, length);
}

/* All of it, or nothing: what does not fit ends where the next line begins. */
static bool
to_out(const char *bytes, int length)
{
	ssize_t n;

	if (is_cut && put(out, "\n", 1) != 1)
		return false;
	n = put(out, bytes, length);
	is_cut = n > 0 && n < length;
	return n == length;
}

bool
log_out_write(const struct log_line *line)
{
	char bytes[LINE_BYTES], time[TIME_TEXT];
	struct timespec now;
	int length;

	clock_gettime(CLOCK_REALTIME, &now);
	time_text(time, &now, 6);
	if (journal >= 0)
		length = put_journal(bytes, line);
	else if (json)
		length = put_json(bytes, time, line);
	else
		length = snprintf(bytes, sizeof(bytes), "%s %s %s%.*s\n", time,
			level_word(line->level), line->ours ? "vhost-switch: " : "",
			(int)line->length, line->text);
	if (length < 0 || length >= LINE_BYTES)
		return false;
	if (journal >= 0)
		return to_journal(bytes, length);
	return to_out(bytes, length);
}
