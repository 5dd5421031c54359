#include <stdio.h>
#include <string.h>

#include "log.h"
#include "log_out.h"
#include "rate.h"

#define NO_SUBJECT_TIMES 10
#define BUCKETS 8192 /* some thousand subjects; two that share one share its rate */
#define LINE_MAX_BYTES 4096

struct bucket {
	/* Under the stream's lock. */
	struct rate rate;
	uint32_t untold; /* left out since a line passed */
	/* shared: written under the stream's lock, read by the control thread */
	uint64_t left_out;
};

static struct bucket buckets[BUCKETS];
static const uint32_t no_limit;
/* shared: written by the main thread, read by all that log */
static const uint32_t *rate = &no_limit;
/* Of ours and rte_vhost's lines: as the EAL's --log-level has them. */
static struct type {
	const char *name;
	int id, level; /* as they were */
} types[] = {{.name = "user1"}, {.name = "lib.vhost.config"}, {.name = "lib.vhost.data"}};

/* FNV-1a. */
static struct bucket *
bucket_of(const char *subject, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)subject[i]) * 0x100000001b3ULL;
	return &buckets[length ? 1 + (hash ^ hash >> 32) % (BUCKETS - 1) : 0];
}

/* "USER1: vhost-switch: port NAME: …" is ours, "VHOST_CONFIG: (/PATH) …" rte_vhost's. */
static const char *
subject_of(const char *line, size_t size, size_t *length, bool *is_port)
{
	static const char mark[] = "USER1: vhost-switch: port ";
	/* At the beginning: a socket's path may have the same words. */
	const char *at =
		size >= sizeof(mark) - 1 && !memcmp(line, mark, sizeof(mark) - 1) ? line : NULL;
	const char *end = NULL;

	*length = 0;
	*is_port = at != NULL;
	if (at) {
		at += sizeof(mark) - 1;
		end = memmem(at, line + size - at, ": ", 2);
	} else if ((at = memmem(line, size, ": (/", 4))) {
		at += 3;
		end = memchr(at, ')', line + size - at);
	}
	if (end)
		*length = end - at;
	else
		*is_port = false;
	return end ? at : "";
}

static bool
put(const char *line, size_t size, const char *port, size_t port_length)
{
	static const char prefix[] = "USER1: vhost-switch: ";
	bool ours = size >= sizeof(prefix) - 1 && !memcmp(line, prefix, sizeof(prefix) - 1);
	size_t begin = ours ? sizeof(prefix) - 1 : 0;
	int level = rte_log_cur_msg_loglevel();

	return log_out_write(&(struct log_line){
		.level = level > 0 ? (uint32_t)level : RTE_LOG_INFO,
		.ours = ours,
		.port = port,
		.port_length = port_length,
		.text = line + begin,
		.length = size - begin,
	});
}

static bool
put_untold(uint32_t n, const char *subject, size_t length, bool is_port, uint32_t per_second)
{
	char line[LINE_MAX_BYTES];
	int size = snprintf(line, sizeof(line),
		"USER1: vhost-switch: %u lines about %.*s were left out (--log-limit %u, "
		"or nobody took them)",
		n, length ? (int)length : 7, length ? subject : "no port", per_second);

	return size < (int)sizeof(line) && put(line, size, is_port ? subject : NULL, length);
}

/* Without what a terminal would obey, and without the newline. */
static size_t
plain(char text[LINE_MAX_BYTES], const char *line, size_t size)
{
	size = RTE_MIN(size, (size_t)LINE_MAX_BYTES);
	if (size > 0 && line[size - 1] == '\n')
		size--;
	for (size_t i = 0; i < size; i++)
		text[i] = line[i] == 0x7f || (uint8_t)line[i] < ' ' ? '?' : line[i];
	return size;
}

static void
write_line(const char *line, size_t size)
{
	const uint32_t *limit = __atomic_load_n(&rate, __ATOMIC_ACQUIRE);
	uint32_t per_second = __atomic_load_n(limit, __ATOMIC_RELAXED);
	char text[LINE_MAX_BYTES];
	size_t length, n = plain(text, line, size);
	bool is_port;
	const char *subject = subject_of(text, n, &length, &is_port);
	struct bucket *bucket = bucket_of(subject, length);

	if (rate_take(
		    &bucket->rate, length ? per_second : (uint64_t)per_second * NO_SUBJECT_TIMES)) {
		if (bucket->untold &&
			put_untold(bucket->untold, subject, length, is_port, per_second))
			bucket->untold = 0;
		if (put(text, n, is_port ? subject : NULL, length))
			return;
	}
	/* Too many, or the disk is full, or nobody reads the pipe. */
	bucket->untold++;
	__atomic_fetch_add(&bucket->left_out, 1, __ATOMIC_RELAXED);
}

/* Under the stream's lock. One line, unless two threads wrote at the same time. */
static ssize_t
write_lines(void *cookie, const char *text, size_t size)
{
	const char *end = text + size;

	(void)cookie;
	while (text < end) {
		const char *next = memchr(text, '\n', end - text);

		next = next ? next + 1 : end;
		write_line(text, next - text);
		text = next;
	}
	return (ssize_t)size;
}

void
log_limit_change(const uint32_t *limit)
{
	__atomic_store_n(&rate, limit ? limit : &no_limit, __ATOMIC_RELEASE);
}

bool
log_limit(const uint32_t *limit)
{
	static char room[LINE_MAX_BYTES];
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_lines});

	if (!stream)
		return false;
	/* A line is flushed as a whole by who wrote it. */
	setvbuf(stream, room, _IOFBF, sizeof(room));
	log_limit_change(limit);
	if (rte_openlog_stream(stream) == 0)
		return true;
	fclose(stream);
	return false;
}

uint64_t
log_left_out(const char *subject)
{
	const struct bucket *bucket = bucket_of(subject, strlen(subject));

	return __atomic_load_n(&bucket->left_out, __ATOMIC_RELAXED);
}

void
log_level(uint32_t level)
{
	static bool known;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct type *type = &types[i];

		if (!known) {
			type->id = rte_log_register(type->name);
			type->level = rte_log_get_level(type->id);
		}
		if (type->id >= 0 && type->level >= 0)
			(void)rte_log_set_level(type->id, level ? level : (uint32_t)type->level);
	}
	known = true;
}
