#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_lcore.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "mirror.h"

#include "../ring/ring.h"

#define BUFFERS 2048 /* between two flushes */
#define SNAP 2048    /* bytes kept of a frame */

/* pcap with nanoseconds, link type Ethernet; in the writer's byte order, as the format allows. */
struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap, link;
};

struct record {
	uint32_t seconds, nanoseconds;
	uint32_t kept, length;
	uint8_t bytes[SNAP];
};

struct mirror {
	FILE *file;
	char *path;
	struct rte_mempool *records; /* free ones */
	struct rte_ring *filled;     /* records to be written */
	uint64_t written;            /* frames; control thread */
	uint64_t bytes, most;        /* of the file; control thread */
	/* shared: written by all, read by the control thread */
	uint64_t lost;
};

/* DPDK's objects have names of their own: the mirror's address makes them unique. */
static void
name_of(char *name, size_t size, const char *kind, const struct mirror *mirror)
{
	snprintf(name, size, "%s-%lx", kind, (unsigned long)(uintptr_t)mirror);
}

struct mirror *
mirror_open(int fd, const char *path, uint64_t most)
{
	struct file_header header = {0xa1b23c4d, 2, 4, 0, 0, SNAP, 1};
	struct mirror *mirror = calloc(1, sizeof(*mirror));
	char name[RTE_RING_NAMESIZE];
	int error;

	if (!mirror || !(mirror->file = fdopen(fd, "w"))) {
		close(fd);
		free(mirror);
		errno = ENOMEM;
		return NULL;
	}
	mirror->bytes = sizeof(header);
	mirror->most = most;
	mirror->path = strdup(path);
	if (mirror->path && fwrite(&header, sizeof(header), 1, mirror->file) == 1) {
		errno = ENOMEM;
		name_of(name, sizeof(name), "records", mirror);
		/* No device reads them, so they may cross pages: else each of 4 KiB has but one. */
		mirror->records = rte_mempool_create(name, BUFFERS, sizeof(struct record), 0, 0,
			NULL, NULL, NULL, NULL, (int)rte_socket_id(), RTE_MEMPOOL_F_NO_IOVA_CONTIG);
		name_of(name, sizeof(name), "filled", mirror);
		mirror->filled =
			rte_ring_create(name, BUFFERS, (int)rte_socket_id(), RING_F_EXACT_SZ);
		if (mirror->records && mirror->filled)
			return mirror;
	}
	error = errno;
	mirror_close(mirror);
	errno = error;
	return NULL;
}

void
mirror_frame(struct mirror *mirror, const struct frame *frame)
{
	struct record *record;
	struct timespec time;
	uint32_t kept;

	if (rte_mempool_get(mirror->records, (void **)&record)) {
		__atomic_fetch_add(&mirror->lost, 1, __ATOMIC_RELAXED);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &time); /* vDSO: no system call */
	record->seconds = time.tv_sec;
	record->nanoseconds = time.tv_nsec;
	record->length = frame->length;
	kept = frame->head_length;
	memcpy(record->bytes, frame->head, kept);
	for (uint16_t i = 0; i < frame->n_segments && kept < SNAP; i++) {
		uint32_t run = RTE_MIN(frame->segments[i].length, SNAP - kept);

		memcpy(record->bytes + kept, frame->segments[i].at, run);
		kept += run;
	}
	record->kept = kept;
	rte_ring_enqueue(mirror->filled, record);
}

static bool
write_record(struct mirror *mirror, const struct record *record, size_t size)
{
	errno = EFBIG;
	if (mirror->bytes + size > mirror->most || fwrite(record, size, 1, mirror->file) != 1) {
		__atomic_fetch_add(&mirror->lost, 1, __ATOMIC_RELAXED);
		return false;
	}
	mirror->bytes += size;
	mirror->written++;
	return true;
}

int
mirror_flush(struct mirror *mirror)
{
	struct record *record;
	int error = 0;

	while (rte_ring_dequeue(mirror->filled, (void **)&record) == 0) {
		size_t size = offsetof(struct record, bytes) + record->kept;

		if (!write_record(mirror, record, size))
			error = errno;
		rte_mempool_put(mirror->records, record);
	}
	errno = 0;
	if (fflush(mirror->file))
		error = errno;
	return error;
}

void
mirror_close(struct mirror *mirror)
{
	if (!mirror)
		return;
	if (mirror->filled && mirror->records)
		(void)mirror_flush(mirror); /* the last chance to complete the file */
	if (mirror->file)
		(void)fclose(mirror->file);
	rte_ring_free(mirror->filled);
	rte_mempool_free(mirror->records);
	free(mirror->path);
	free(mirror);
}

const char *
mirror_path(const struct mirror *mirror)
{
	return mirror->path;
}

uint64_t
mirror_written(const struct mirror *mirror)
{
	return mirror->written;
}

uint64_t
mirror_lost(const struct mirror *mirror)
{
	return __atomic_load_n(&mirror->lost, __ATOMIC_RELAXED);
}
