/*
 * Copies bytes between guests, and prefetches cache lines.
 */
#ifndef RING_COPY_H
#define RING_COPY_H

#include <string.h>

#include <rte_memcpy.h>
#include <rte_prefetch.h>

#include "ring.h"

#define LINE RTE_CACHE_LINE_SIZE

/* For writing. DPDK's own prefetches for reading unless the build assumes PREFETCHW.
 */
static __rte_always_inline void
prefetch_write(const void *at)
{
#ifdef __x86_64__
	/* Every x86-64 processor knows it, or treats it as a no-op. */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
#else
	__builtin_prefetch(at, 1);
#endif
}

/* Prefetches the lines of `n` items of `size` bytes from `at` on. */
static __rte_always_inline void
fetch(const void *at, uint32_t n, uint32_t size)
{
	const char *line = at;

	for (const char *end = line + n * size; line < end; line += LINE)
		rte_prefetch0(line);
}

#ifdef SANITIZED
/* Sanitizers check the C library's copies, and take a minute to compile DPDK's unrolled moves. */
#define copy_short memcpy
#else
#define copy_short rte_memcpy
#endif

/* At least 64 bytes, by moves of 64, the last of which overlaps the one before. */
static __rte_always_inline void
copy_by_moves(uint8_t *to, const uint8_t *from, uint32_t length)
{
	/* Copies from one lcore's cache to another's gain nothing from wider moves. */
	const uint8_t *last = from + length - 64;
	uint8_t *to_last = to + length - 64;

	for (; from < last; from += 64, to += 64)
		rte_mov64(to, from);
	rte_mov64(to_last, last);
}

/* From so many bytes on the processor's own string copy may be faster (copy.c). */
#define COPY_LONG 512

/*
 * At least COPY_LONG bytes. What is stored may become visible in any order, but before what is
 * stored later: that a buffer is filled is seen after it is.
 */
void
copy_long(uint8_t *to, const uint8_t *from, uint32_t length);

static __rte_always_inline void
copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
	if (length == FRAME_HEAD)
		rte_mov64(to, from);
	else if (length < 64)
		copy_short(to, from, length);
	else if (length < COPY_LONG)
		copy_by_moves(to, from, length);
	else
		copy_long(to, from, length);
}

/* For tests: from how many bytes on copy_long() uses the string copy. */
extern uint32_t copy_string_least;

#endif
