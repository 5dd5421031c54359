#include <string.h>
#include <sys/mman.h>

#include "blocks.h"

#define MASK (BLOCKS_BYTES - 1ull)
/* In place of a type: from here to the end of the memory there is nothing. */
#define NOTHING UINT32_MAX

bool
blocks_open(struct blocks *blocks)
{
	/* Not from the heap, which keeps what was used once; here an unused page costs nothing. */
	void *memory = mmap(NULL, BLOCKS_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*blocks = (struct blocks){.memory = memory == MAP_FAILED ? NULL : memory};
	return blocks->memory;
}

void
blocks_close(struct blocks *blocks)
{
	(void)munmap(blocks->memory, BLOCKS_BYTES);
}

static uint32_t *
word_at(const struct blocks *blocks, uint64_t at)
{
	return (uint32_t *)(void *)(blocks->memory + (at & MASK));
}

uint32_t *
blocks_reserve(struct blocks *blocks, uint32_t n)
{
	uint64_t at = __atomic_load_n(&blocks->reserved, __ATOMIC_RELAXED), left, skipped;
	int64_t used;

	do {
		left = BLOCKS_BYTES - (at & MASK);
		skipped = left < n ? left : 0;
		/* The word behind the last block stays 0: there the reader stops. */
		/* Negative: `at` is an old one, which the exchange finds. */
		used = (int64_t)(at + skipped + n -
				 __atomic_load_n(&blocks->freed, __ATOMIC_ACQUIRE));
		if (used > (int64_t)(BLOCKS_BYTES - sizeof(uint32_t)))
			return NULL;
	} while (!__atomic_compare_exchange_n(&blocks->reserved, &at, at + skipped + n, true,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if (skipped)
		blocks_publish(word_at(blocks, at), NOTHING);
	return word_at(blocks, at + skipped);
}

void
blocks_publish(uint32_t *block, uint32_t type)
{
	__atomic_store_n(block, type, __ATOMIC_RELEASE);
}

/* Gives room back, as far as whole words of it are not needed any more. */
static void
give_back(struct blocks *blocks)
{
	uint64_t from = __atomic_load_n(&blocks->freed, __ATOMIC_RELAXED),
		 to = blocks->sent & ~3ull;

	if (from == to)
		return;
	/* What was sent is in one piece. */
	memset(word_at(blocks, from), 0, to - from);
	__atomic_store_n(&blocks->freed, to, __ATOMIC_RELEASE);
}

const uint32_t *
blocks_next(struct blocks *blocks)
{
	const uint32_t *block = word_at(blocks, blocks->found);
	uint32_t type = __atomic_load_n(block, __ATOMIC_ACQUIRE);
	bool unsent = blocks->sent != blocks->found;

	/* What is sent in one go is in one piece. */
	if (unsent && (type == NOTHING || (blocks->found & MASK) == 0))
		return NULL;
	if (type != NOTHING)
		return type ? block : NULL;
	blocks->found = blocks->sent = (blocks->found | MASK) + 1;
	give_back(blocks);
	return blocks_next(blocks);
}

void
blocks_take(struct blocks *blocks, const uint32_t *block)
{
	blocks->found += block[1];
}

const uint8_t *
blocks_unsent(const struct blocks *blocks, size_t *length)
{
	*length = blocks->found - blocks->sent;
	return blocks->memory + (blocks->sent & MASK);
}

void
blocks_sent(struct blocks *blocks, size_t n)
{
	blocks->sent += n;
	give_back(blocks);
}
