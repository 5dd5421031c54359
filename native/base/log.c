#include <stdio.h>
#include <string.h>

#include "log.h"
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
static FILE *below; /* where the EAL would write */

/* FNV-1a. */
static struct bucket *
bucket_of(const char *subject, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)subject[i]) * 0x100000001b3ULL;
	return &buckets[length ? 1 + (hash ^ hash >> 32) % (BUCKETS - 1) : 0];
}

/* "vhost-switch: port NAME: …" is ours, "VHOST_CONFIG: (/PATH) …" rte_vhost's. */
static const char *
subject_of(const char *line, size_t size, size_t *length)
{
	static const char mark[] = "vhost-switch: port ";
	const char *at = memmem(line, size, mark, sizeof(mark) - 1), *end = NULL;

	*length = 0;
	if (at) {
		at += sizeof(mark) - 1;
		end = memmem(at, line + size - at, ": ", 2);
	} else if ((at = memmem(line, size, ": (/", 4))) {
		at += 3;
		end = memchr(at, ')', line + size - at);
	}
	if (end)
		*length = end - at;
	return end ? at : "";
}

static void
write_line(const char *line, size_t size)
{
	const uint32_t *limit = __atomic_load_n(&rate, __ATOMIC_ACQUIRE);
	uint32_t per_second = __atomic_load_n(limit, __ATOMIC_RELAXED);
	size_t length;
	const char *subject = subject_of(line, size, &length);
	struct bucket *bucket = bucket_of(subject, length);

	if (!rate_take(
		    &bucket->rate, length ? per_second : (uint64_t)per_second * NO_SUBJECT_TIMES)) {
		bucket->untold++;
		__atomic_fetch_add(&bucket->left_out, 1, __ATOMIC_RELAXED);
		return;
	}
	if (bucket->untold)
		fprintf(below, "vhost-switch: %u lines about %.*s were left out (--log-limit %u)\n",
			bucket->untold, length ? (int)length : 7, length ? subject : "no port",
			per_second);
	bucket->untold = 0;
	fwrite(line, 1, size, below);
	fflush(below);
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
	below = rte_log_get_stream();
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
