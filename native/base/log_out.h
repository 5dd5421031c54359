/*
 * Where log lines go, and in which form: to standard error, which may be a file that is opened anew
 * when it was rotated, or to the journal.
 *
 *   text     2026-11-29T20:40:01.123456Z info vhost-switch: port web: guest is up
 *   json     {"time":"2026-…Z","level":"info","port":"web","message":"port web: guest is up"}
 *   journal  MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and VMLANE_PORT
 *
 * The journal is told by its native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), a
 * datagram a line: sd_journal_send() would open its socket later, when the cage is closed.
 *
 * Threads: the caller's lock for log_out_write(); the others are the main and the control thread's.
 */
#ifndef LOG_OUT_H
#define LOG_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

/* AUTO: the journal if it is what reads standard error (JOURNAL_STREAM, systemd.exec(5)). */
enum log_form { LOG_FORM_AUTO, LOG_FORM_TEXT, LOG_FORM_JSON };

struct log_line {
	uint32_t level;   /* RTE_LOG_…: 1 most urgent, 8 debug */
	bool ours;        /* the switch's, not a library's, which has its name in the text */
	const char *port; /* name of the port that it is about, not terminated; or NULL */
	size_t port_length;
	const char *text; /* without newline and control characters */
	size_t length;
};

/*
 * file: NULL, or what standard output and error become; made with mode 0600, or appended to; no
 * link. False with a line on stderr.
 */
bool
log_out_open(const char *file, enum log_form form);

/* Gives the file to a user, who then may open it anew. False with errno. */
bool
log_out_give(uid_t user, gid_t group);

/* False: it could not be written, or who should read it does not: nobody waits for that. */
bool
log_out_write(const struct log_line *line);

/* The file's path; NULL: it is none. */
const char *
log_out_file(void);

/* Opens it anew, as it was renamed or removed. False with errno: lines go where they went. */
bool
log_out_reopen(void);

#endif
