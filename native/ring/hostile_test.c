/*
 * Tests of hostile descriptors: chains that lead nowhere, out of memory or in a loop cost their
 * guest a chain or its ring, and other guests nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/virtio_ring.h>

#include "ring_fixture.h"

#define CHAIN_LIMIT 512

/* Writes a split descriptor of the ring itself. */
static void
set_desc(struct driver *driver, uint16_t i, uint64_t guest, uint32_t length, uint16_t flags,
	uint16_t next)
{
	((struct vring_desc *)driver->region[0])[i] =
		(struct vring_desc){guest, length, flags, next};
}

/* An unusable chain goes back to the guest, and the next frame is served. */
static void
bad_chains_cost_nobody_else(void **state)
{
	static struct burst burst;
	static const struct {
		const char *why;
		uint64_t guest;
		uint32_t length;
		uint16_t flags, next;
	} bad[] = {
		{"outside", 0x1000, 100, 0, 0},
		{"below the region", DRIVER_BASE - 1, 100, 0, 0},
		{"over the end", DRIVER_BASE + 2 * DRIVER_REGION - 50, 100, 0, 0},
		{"wraps", UINT64_MAX - 10, 100, 0, 0},
		{"huge", DATA, UINT32_MAX, 0, 0},
		{"writable", DATA, 100, VRING_DESC_F_WRITE, 0},
		{"loop", DATA, 100, VRING_DESC_F_NEXT, 0},
		{"next outside", DATA, 100, VRING_DESC_F_NEXT, 9999},
		{"indirect empty", DATA, 0, VRING_DESC_F_INDIRECT, 0},
		{"indirect odd", DATA, 17, VRING_DESC_F_INDIRECT, 0},
		{"indirect outside", 0x1000, 16, VRING_DESC_F_INDIRECT, 0},
		{"indirect misaligned", DATA + 1, 16, VRING_DESC_F_INDIRECT, 0},
		{"indirect and next", DATA, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 0},
		{"indirect huge", DATA, 0xfffffff0, VRING_DESC_F_INDIRECT, 0},
	};
	uint8_t bytes[60];

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(bad); i++) {
		struct driver driver;
		uint32_t length;
		uint16_t used;

		driver_init(&driver, 0, DRIVER_RING);
		send_frame(&driver, false, DATA, bytes, sizeof(bytes), 1000);
		set_desc(&driver, 0, bad[i].guest, bad[i].length, bad[i].flags, bad[i].next);
		fill(bytes, sizeof(bytes), i);
		send_frame(&driver, false, DATA + 4096, bytes, sizeof(bytes), 1000);
		if (ring_peek(&driver.ring, &burst) != 1)
			fail_msg("%s: the good frame is missing", bad[i].why);
		assert_memory_equal(burst.frame[0].head, bytes, sizeof(bytes));
		assert_int_equal(driver.ring.bad_chains, 1);
		assert_false(driver.ring.broken);
		ring_release(&driver.ring, &burst);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(used, 0);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(used, 1);
		driver_free(&driver);
	}
}

static void
nested_indirect_tables_are_refused(void **state)
{
	static struct burst burst;

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct driver driver;
		struct vring_desc inner = {DATA, 100, VRING_DESC_F_INDIRECT, 0};

		driver_init(&driver, packed ? RING_PACKED : 0, DRIVER_RING);
		driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, false, true);
		if (packed)
			((struct vring_packed_desc *)(driver.region[0] + 65536))->flags =
				VRING_DESC_F_INDIRECT;
		else
			driver_write(&driver, DRIVER_BASE + 65536, &inner, sizeof(inner));
		assert_int_equal(ring_peek(&driver.ring, &burst), 0);
		assert_int_equal(driver.ring.bad_chains, 1);
		driver_free(&driver);
	}
}

static void
an_indirect_loop_ends(void **state)
{
	static struct burst burst;
	struct vring_desc loop = {DATA, 100, VRING_DESC_F_NEXT, 0};
	struct driver driver;

	(void)state;
	driver_init(&driver, 0, DRIVER_RING);
	driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, false, true);
	driver_write(&driver, DRIVER_BASE + 65536, &loop, sizeof(loop));
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_int_equal(driver.ring.bad_chains, 1);
	driver_free(&driver);
}

/* Empty buffers fill neither a frame nor the segments' pool; only their number limits the walk. */
static void
a_chain_of_empty_buffers_ends(void **state)
{
	static struct burst burst;
	const uint32_t n = 1000, table = 65536;

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct driver_buffer buffer = {DRIVER_BASE + table, n * sizeof(struct vring_desc)};
		struct driver driver;

		driver_init(&driver, packed ? RING_PACKED : 0, DRIVER_RING);
		driver_add(&driver, &buffer, 1, false, false);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t length = i == n - 1 ? 100 : 0;
			struct vring_desc split = {
				DATA, length, i == n - 1 ? 0 : VRING_DESC_F_NEXT, i + 1};
			struct vring_packed_desc flat = {DATA, length, 0, 0};

			driver_write(&driver, DRIVER_BASE + table + i * 16,
				packed ? (void *)&flat : (void *)&split, 16);
		}
		if (packed)
			((struct vring_packed_desc *)driver.region[0])->flags |=
				VRING_DESC_F_INDIRECT;
		else
			set_desc(&driver, 0, buffer.guest, buffer.length, VRING_DESC_F_INDIRECT, 0);
		assert_int_equal(ring_peek(&driver.ring, &burst), 0);
		assert_int_equal(driver.ring.bad_chains, 1);
		driver_free(&driver);
	}
}

static void
a_broken_ring_is_left_alone(void **state)
{
	static struct burst burst;
	uint8_t bytes[60] = {0};
	struct driver driver;
	struct vring_avail *avail;

	(void)state;
	/* An index far ahead. */
	driver_init(&driver, 0, DRIVER_RING);
	avail = (struct vring_avail *)(driver.region[0] + 16384);
	avail->idx = DRIVER_RING + 1;
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	avail->idx = 0;
	send_frame(&driver, false, DATA, bytes, sizeof(bytes), 1000);
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	driver_free(&driver);

	/* A head outside the table. */
	driver_init(&driver, 0, DRIVER_RING);
	send_frame(&driver, false, DATA, bytes, sizeof(bytes), 1000);
	((struct vring_avail *)(driver.region[0] + 16384))->ring[0] = DRIVER_RING;
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	driver_free(&driver);

	/* An endless packed chain. */
	driver_init(&driver, RING_PACKED, 16);
	for (int i = 0; i < 16; i++)
		((struct vring_packed_desc *)driver.region[0])[i] = (struct vring_packed_desc){
			DATA, 60, 0, VRING_DESC_F_NEXT | 1u << VRING_PACKED_DESC_F_AVAIL};
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	driver_free(&driver);

	/* A receive ring with an unusable buffer. */
	driver_init(&driver, 0, DRIVER_RING);
	driver_add(&driver, &(struct driver_buffer){0x1000, 2000}, 1, true, false);
	assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).full, 1);
	assert_true(driver.ring.broken);
	driver_free(&driver);
}

/* What begins behind a chain of any length cannot be known; a walk to its end would take too long.
 */
static void
a_long_packed_chain_ends(void **state)
{
	static struct burst burst;
	struct driver driver;

	(void)state;
	driver_init(&driver, RING_PACKED, DRIVER_RING);
	driver.ring.size = 32768;
	for (uint32_t i = 0; i < 32768; i++)
		((struct vring_packed_desc *)driver.region[0])[i] = (struct vring_packed_desc){DATA,
			1, 0,
			(i < 32767 ? VRING_DESC_F_NEXT : 0) | 1u << VRING_PACKED_DESC_F_AVAIL};
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_true(driver.ring.broken);
	assert_in_range(burst.walked, 1, CHAIN_LIMIT);
	driver_free(&driver);
}

/* Many bad chains are read a few at a time, and a burst is no longer than its pool. */
static void
a_burst_reads_so_much(void **state)
{
	static struct burst burst;
	struct driver_buffer table = {DRIVER_BASE + 65536, 500 * sizeof(struct vring_desc)};
	struct driver driver;

	(void)state;
	driver_init(&driver, 0, DRIVER_RING);
	for (uint16_t i = 0; i < 500; i++) {
		struct vring_desc desc = {i < 499 ? DATA : 0, 1, VRING_DESC_F_NEXT, i + 1};

		driver_write(&driver, table.guest + i * sizeof(desc), &desc, sizeof(desc));
	}
	for (uint16_t i = 0; i < BURST; i++) {
		driver_add(&driver, &table, 1, false, false);
		set_desc(&driver, i, table.guest, table.length, VRING_DESC_F_INDIRECT, 0);
	}
	assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_in_range(burst.walked, 500, 2 * CHAIN_LIMIT);
	assert_in_range(driver.ring.bad_chains, 1, 2);
	while (driver.ring.bad_chains < BURST)
		assert_int_equal(ring_peek(&driver.ring, &burst), 0);
	assert_false(driver.ring.broken);
	driver_free(&driver);
}

/* A receive ring of buffers that hold nothing is read once, then left alone. */
static void
empty_receive_buffers_break_the_ring(void **state)
{
	const uint8_t bytes[60] = {0};

	(void)state;
	for (int packed = 0; packed < 2; packed++)
		for (int length = 0; length < HEADER; length += HEADER - 1)
			for (int merge = 0; merge < 2; merge++) {
				struct driver driver;
				struct driver_buffer buffer = {DATA, length};

				driver_init(&driver,
					(packed ? RING_PACKED : 0) | (merge ? RING_MERGEABLE : 0),
					DRIVER_RING);
				for (int i = 0; i < 64; i++)
					driver_add(&driver, &buffer, 1, true, false);
				assert_int_equal(
					put_one(&driver.ring, bytes, sizeof(bytes)).full, 1);
				assert_true(driver.ring.broken);
				assert_int_equal(
					put_one(&driver.ring, bytes, sizeof(bytes)).walked, 0);
				driver_free(&driver);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_chains_cost_nobody_else),
		cmocka_unit_test(nested_indirect_tables_are_refused),
		cmocka_unit_test(an_indirect_loop_ends),
		cmocka_unit_test(a_chain_of_empty_buffers_ends),
		cmocka_unit_test(a_broken_ring_is_left_alone),
		cmocka_unit_test(a_long_packed_chain_ends),
		cmocka_unit_test(a_burst_reads_so_much),
		cmocka_unit_test(empty_receive_buffers_break_the_ring),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
