/*
 * Tests of a capture's queue: every block comes once, whole and in its writer's order, whatever is
 * sent of it at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"

#define WRITERS 3
#define EACH_WRITES 60000

static struct blocks blocks;

static uint32_t
pick(unsigned int *seed, uint32_t n)
{
	return (uint32_t)rand_r(seed) % n;
}

/* Of its writer's number i: as many words as both ends and this say, all with its number. */
static bool
write_one(uint32_t writer, uint32_t i, unsigned int *seed)
{
	uint32_t words = 4 + pick(seed, 300);
	uint32_t *block = blocks_reserve(&blocks, words * 4);

	if (!block)
		return false;
	block[1] = words * 4;
	block[2] = writer;
	for (uint32_t w = 3; w < words; w++)
		block[w] = i;
	blocks_publish(block, 6);
	return true;
}

static void *
write_all(void *number)
{
	uint32_t writer = (uint32_t)(uintptr_t)number, i = 0;
	unsigned int seed = writer;

	while (i < EACH_WRITES)
		if (write_one(writer, i, &seed))
			i++;
		else
			sched_yield();
	return NULL;
}

/* Takes what there is, and "sends" some of it: words whose bytes may come in two parts. */
static size_t
read_some(uint8_t *to, unsigned int *seed)
{
	const uint32_t *block;
	const uint8_t *from;
	size_t length;

	for (int n = 0; n < 50 && (block = blocks_next(&blocks)); n++)
		blocks_take(&blocks, block);
	from = blocks_unsent(&blocks, &length);
	if (length > 7000)
		length = 1 + pick(seed, 7000);
	memcpy(to, from, length);
	blocks_sent(&blocks, length);
	return length;
}

static void
blocks_come_whole_and_in_order(void **state)
{
	static uint8_t held[1 << 16];
	uint32_t next[WRITERS] = {0}, n = 0;
	pthread_t threads[WRITERS];
	unsigned int seed = 9;
	size_t length = 0;

	(void)state;
	assert_true(blocks_open(&blocks));
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_all, (void *)i), 0);
	while (n < WRITERS * EACH_WRITES) {
		size_t at = 0, more = read_some(held + length, &seed);

		if (!more)
			sched_yield();
		length += more;
		for (uint32_t words[2]; length - at >= sizeof(words); n++) {
			uint32_t block[304];

			memcpy(words, held + at, sizeof(words));
			assert_int_equal(words[0], 6);
			if (length - at < words[1])
				break;
			memcpy(block, held + at, words[1]);
			assert_in_range(block[2], 0, WRITERS - 1);
			for (uint32_t w = 3; w < words[1] / 4; w++)
				assert_int_equal(block[w], next[block[2]]);
			next[block[2]]++;
			at += words[1];
		}
		length -= at;
		memmove(held, held + at, length);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_null(blocks_next(&blocks));
	blocks_close(&blocks);
}

static void
a_full_queue_takes_no_more_and_has_room_again(void **state)
{
	unsigned int seed = 1;
	uint8_t some[8000];
	uint32_t n = 0;

	(void)state;
	assert_true(blocks_open(&blocks));
	for (int round = 0; round < 5; round++) {
		while (write_one(0, n, &seed))
			n++;
		/* All but what a block may take. */
		assert_true(blocks.reserved - blocks.freed > BLOCKS_BYTES - 2 * 304 * 4);
		while (read_some(some, &seed) > 0)
			;
		assert_int_equal(blocks.freed, blocks.reserved);
	}
	assert_in_range(n, 5 * BLOCKS_BYTES / (304 * 4), 5 * BLOCKS_BYTES / 16);
	blocks_close(&blocks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_whole_and_in_order),
		cmocka_unit_test(a_full_queue_takes_no_more_and_has_room_again),
	};

	return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
