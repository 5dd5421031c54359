#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "captures.h"
#include "clock.h"

#include "../base/control_thread.h"
#include "../base/log.h"
#include "../datapath/capture.h"

/* Between two looks at the queues: lcores tell nobody. */
#define LOOK_MS 1
/* Of one capture, before the others have their turn. */
#define TURN_BYTES (1u << 20)

/* A capture and its reader. */
struct stream {
	struct capture *capture;
	int fd;
	bool asked_to_end;  /* the reader has closed its side */
	bool complete;      /* all is queued that there will be */
	bool blocked;       /* the reader is to take something first */
	uint64_t since;     /* milliseconds: nothing was to be read, or something was read */
	uint32_t described; /* interfaces */
	/* Blocks beside the queue, which go before what is in it. */
	uint8_t *out;
	size_t out_size, out_length, out_sent;
	struct stream *next;
};

struct captures {
	struct vswitch *sw;
	pthread_t thread;
	bool runs; /* the thread; the control thread's */
	int wake;
	pthread_mutex_t lock; /* of the next two */
	struct stream *arrived;
	bool stop;
	/* The thread's. */
	struct stream *streams[LIMIT_CAPTURES];
	int n;
};

struct captures *
captures_create(struct vswitch *sw)
{
	struct captures *captures = calloc(1, sizeof(*captures));

	if (!captures)
		return NULL;
	captures->sw = sw;
	captures->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (captures->wake < 0) {
		free(captures);
		return NULL;
	}
	pthread_mutex_init(&captures->lock, NULL);
	return captures;
}

/* Room for another block beside the queue; NULL: no memory. */
static uint8_t *
room_for_block(struct stream *stream)
{
	size_t size = stream->out_length + PCAPNG_BLOCK_MAX;
	uint8_t *out;

	if (size <= stream->out_size)
		return stream->out + stream->out_length;
	out = realloc(stream->out, 2 * size);
	if (!out)
		return NULL;
	stream->out = out;
	stream->out_size = 2 * size;
	return out + stream->out_length;
}

/* The interfaces that are known and not described yet. */
static bool
describe(struct stream *stream)
{
	struct capture *capture = stream->capture;
	uint32_t n = __atomic_load_n(&capture->n_interfaces, __ATOMIC_ACQUIRE);
	uint8_t *to;

	for (; stream->described < n; stream->described++) {
		to = room_for_block(stream);
		if (!to)
			return false;
		stream->out_length += pcapng_interface(
			to, capture->interfaces[stream->described].name, capture->snap);
	}
	return true;
}

/* What no packet can tell any more. */
static bool
add_statistics(struct stream *stream)
{
	struct capture *capture = stream->capture;
	struct timespec time;
	uint8_t *to;

	if (!describe(stream))
		return false;
	clock_gettime(CLOCK_REALTIME, &time);
	for (uint32_t i = 0; i < stream->described; i++) {
		to = room_for_block(stream);
		if (!to)
			return false;
		stream->out_length += pcapng_statistics(to, i,
			__atomic_load_n(&capture->interfaces[i].lost, __ATOMIC_RELAXED),
			(uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
	}
	return true;
}

static bool
begin(struct stream *stream)
{
	uint8_t *to = room_for_block(stream);

	if (!to)
		return false;
	stream->out_length += pcapng_section(to);
	return describe(stream);
}

static void
end(struct captures *captures, struct stream *stream)
{
	if (stream->capture->bit)
		capture_end(captures->sw, stream->capture);
	capture_destroy(stream->capture);
	close(stream->fd);
	free(stream->out);
	free(stream);
}

void
captures_abandon(struct captures *captures, struct capture *capture)
{
	capture_end(captures->sw, capture);
	capture_destroy(capture);
}

/* What is to be sent next; its length, 0: nothing. False: no memory. */
static bool
next_bytes(struct stream *stream, const uint8_t **from, size_t *length)
{
	struct blocks *blocks = &stream->capture->blocks;
	const uint32_t *block;

	for (;;) {
		*from = stream->out + stream->out_sent;
		*length = stream->out_length - stream->out_sent;
		if (*length)
			return true;
		*from = blocks_unsent(blocks, length);
		if (*length)
			return true;
		for (size_t n = 0; n < TURN_BYTES && (block = blocks_next(blocks)); n += block[1]) {
			const struct pcapng_packet *packet = (const void *)block;

			if (packet->interface >= stream->described)
				break;
			blocks_take(blocks, block);
		}
		*from = blocks_unsent(blocks, length);
		if (*length)
			return true;
		if (block) {
			if (!describe(stream))
				return false;
		} else if (stream->asked_to_end && !stream->complete) {
			stream->complete = true;
			if (!add_statistics(stream))
				return false;
		} else {
			return true;
		}
	}
}

static void
note_sent(struct stream *stream, size_t n)
{
	if (stream->out_sent == stream->out_length) {
		blocks_sent(&stream->capture->blocks, n);
		return;
	}
	stream->out_sent += n;
	if (stream->out_sent == stream->out_length)
		stream->out_sent = stream->out_length = 0;
}

/* Sends what there is, as far as the reader takes it. False: it is over. */
static bool
send_turn(struct stream *stream, uint64_t now, size_t *sent)
{
	const uint8_t *from;
	size_t length;

	for (size_t turn = 0; turn < TURN_BYTES;) {
		ssize_t n;

		if (!next_bytes(stream, &from, &length))
			return false;
		stream->since = length && stream->blocked ? stream->since : now;
		if (length == 0)
			return !stream->complete;
		n = send(stream->fd, from, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		stream->blocked = n < 0 && errno == EAGAIN;
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		stream->since = now;
		note_sent(stream, (size_t)n);
		turn += (size_t)n;
		*sent += (size_t)n;
	}
	return true;
}

/* Whether the reader has closed its side, or is gone. What it says is nothing to us. */
static void
listen_to(struct captures *captures, struct stream *stream)
{
	char said[256];
	ssize_t n = recv(stream->fd, said, sizeof(said), MSG_DONTWAIT);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	stream->asked_to_end = true;
	capture_end(captures->sw, stream->capture);
}

/* False: it is over. */
static bool
serve(struct captures *captures, struct stream *stream, short events, size_t *sent)
{
	uint64_t now = clock_ms(), most = setting(&captures->sw->settings.client_idle) * 1000ull;

	if (!stream->asked_to_end && (events & (POLLIN | POLLHUP | POLLERR)))
		listen_to(captures, stream);
	if (!stream->blocked || (events & (POLLOUT | POLLHUP | POLLERR)))
		return send_turn(stream, now, sent);
	if (now - stream->since <= most)
		return true;
	LOG(INFO, "capture: its reader has taken nothing for %lu s; it ends",
		(unsigned long)(most / 1000));
	return false;
}

/* False: they are to stop. */
static bool
take_arrived(struct captures *captures)
{
	uint64_t times;
	bool stop;

	(void)!read(captures->wake, &times, sizeof(times));
	pthread_mutex_lock(&captures->lock);
	while (captures->arrived && captures->n < LIMIT_CAPTURES) {
		struct stream *stream = captures->arrived;

		captures->arrived = stream->next;
		captures->streams[captures->n++] = stream;
	}
	stop = captures->stop;
	pthread_mutex_unlock(&captures->lock);
	return !stop;
}

static int
wait_for_events(const struct captures *captures, struct pollfd *polls, size_t sent)
{
	int timeout = captures->n == 0 ? -1 : sent >= TURN_BYTES ? 0 : LOOK_MS;

	for (int i = 0; i < captures->n; i++) {
		const struct stream *stream = captures->streams[i];
		short in = stream->asked_to_end ? 0 : POLLIN, out = stream->blocked ? POLLOUT : 0;

		polls[i] = (struct pollfd){.fd = stream->fd, .events = (short)(in | out)};
	}
	polls[captures->n] = (struct pollfd){.fd = captures->wake, .events = POLLIN};
	return poll(polls, (nfds_t)captures->n + 1, timeout);
}

static void *
captures_main(void *arg)
{
	struct captures *captures = arg;
	struct pollfd polls[LIMIT_CAPTURES + 1];
	size_t sent = 0;

	prctl(PR_SET_NAME, "captures");
	while (take_arrived(captures)) {
		if (wait_for_events(captures, polls, sent) < 0)
			continue;
		sent = 0;
		/* From the end on: the last one takes the place of one that ends. */
		for (int i = captures->n; i-- > 0;) {
			if (serve(captures, captures->streams[i], polls[i].revents, &sent))
				continue;
			end(captures, captures->streams[i]);
			captures->streams[i] = captures->streams[--captures->n];
		}
	}
	return NULL;
}

static void
tell(const struct captures *captures)
{
	const uint64_t once = 1;

	(void)!write(captures->wake, &once, sizeof(once));
}

static bool
start_thread(struct captures *captures)
{
	if (!captures->runs)
		captures->runs = control_thread_start(&captures->thread, "captures", captures_main,
					 captures) == 0;
	return captures->runs;
}

void
captures_give(struct captures *captures, struct capture *capture, int fd)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		captures_abandon(captures, capture);
		close(fd);
		return;
	}
	*stream = (struct stream){.capture = capture, .fd = fd, .since = clock_ms()};
	if (!begin(stream) || !start_thread(captures)) {
		LOG(ERR, "capture: no memory, or no thread; it ends");
		end(captures, stream);
		return;
	}
	pthread_mutex_lock(&captures->lock);
	stream->next = captures->arrived;
	captures->arrived = stream;
	pthread_mutex_unlock(&captures->lock);
	tell(captures);
}

/* Those that their readers will not see: the last bytes go as far as they are taken at once. */
static void
end_all(struct captures *captures)
{
	size_t sent = 0;

	(void)take_arrived(captures);
	for (int i = 0; i < captures->n; i++) {
		struct stream *stream = captures->streams[i];

		if (!stream->asked_to_end)
			capture_end(captures->sw, stream->capture);
		stream->asked_to_end = true;
		(void)send_turn(stream, clock_ms(), &sent);
		end(captures, stream);
	}
	captures->n = 0;
	/* Whose connections were clients' still. */
	for (int i = 0; i < LIMIT_CAPTURES; i++)
		if (captures->sw->capture[i])
			captures_abandon(captures, captures->sw->capture[i]);
}

void
captures_destroy(struct captures *captures)
{
	if (!captures)
		return;
	pthread_mutex_lock(&captures->lock);
	captures->stop = true;
	pthread_mutex_unlock(&captures->lock);
	tell(captures);
	if (captures->runs)
		pthread_join(captures->thread, NULL);
	end_all(captures);
	close(captures->wake);
	pthread_mutex_destroy(&captures->lock);
	free(captures);
}
