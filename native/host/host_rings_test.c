/*
 * Tests of the two queues of an interface, against the ring code that lcores use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include <rte_common.h>

#include "host_rings.h"

#include "../ring/ring.h"

static struct host_rings rings;
static struct ring receive, transmit;
static struct burst burst;

static int
set_up(void **state)
{
	(void)state;
	assert_true(host_rings_create(&rings, HOST_HEADER + FRAME_MAX));
	host_rings_show(&rings, &rings.receive, RING_MERGEABLE, -1, &receive);
	host_rings_show(&rings, &rings.transmit, 0, -1, &transmit);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	host_rings_destroy(&rings);
	return 0;
}

static void
fill(uint8_t *bytes, uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(i * 31 + seed * 7 + i / 256);
}

/* An lcore delivers a frame. */
static struct ring_put_result
deliver(const uint8_t *bytes, uint32_t length)
{
	struct ring_segment rest = {.from = bytes + RTE_MIN(length, (uint32_t)FRAME_HEAD),
		.length = length - RTE_MIN(length, (uint32_t)FRAME_HEAD)};
	struct frame frame = {.length = length,
		.head_length = RTE_MIN(length, (uint32_t)FRAME_HEAD),
		.n_segments = rest.length > 0,
		.segments = &rest};
	const struct frame *frames[] = {&frame};

	memcpy(frame.head, bytes, frame.head_length);
	return ring_put(&receive, frames, 1);
}

static void
frames_of_lcores_arrive(void **state)
{
	static uint8_t sent[65535], got[HOST_HEADER + 65535];
	struct iovec pieces[HOST_MAX_PIECES];

	(void)state;
	assert_int_equal(host_rings_receive(&rings.receive, pieces), 0);
	/* Several times round the ring, frames of one buffer and of many. */
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t length = i % 7 == 0 ? 60000 + i : 14 + i % 1600, at = 0;
		int n;

		fill(sent, length, i);
		assert_int_equal(deliver(sent, length).sent, 1);
		n = host_rings_receive(&rings.receive, pieces);
		assert_int_equal(
			n, (HOST_HEADER + length + HOST_RECEIVE_ROOM - 1) / HOST_RECEIVE_ROOM);
		for (int p = 0; p < n; p++) {
			memcpy(got + at, pieces[p].iov_base, pieces[p].iov_len);
			at += pieces[p].iov_len;
		}
		assert_int_equal(at, HOST_HEADER + length);
		assert_memory_equal(got + HOST_HEADER, sent, length);
		host_rings_received(&rings.receive, n);
		assert_int_equal(host_rings_receive(&rings.receive, pieces), 0);
	}
}

static void
a_full_queue_takes_no_more(void **state)
{
	struct iovec pieces[HOST_MAX_PIECES];
	uint8_t sent[100];
	int n = 0;

	(void)state;
	fill(sent, sizeof(sent), 1);
	while (deliver(sent, sizeof(sent)).sent)
		n++;
	assert_int_equal(n, HOST_RECEIVE_BUFFERS);
	assert_int_equal(host_rings_receive(&rings.receive, pieces), 1);
	host_rings_received(&rings.receive, 1);
	assert_int_equal(deliver(sent, sizeof(sent)).sent, 1);
	assert_int_equal(deliver(sent, sizeof(sent)).full, 1);
}

/* Sends a frame as the thread does; false: there is no place. */
static bool
send(const uint8_t *bytes, uint32_t length)
{
	uint8_t *place = host_rings_place(&rings.transmit);

	if (!place)
		return false;
	memset(place, 0, HOST_HEADER);
	memcpy(place + HOST_HEADER, bytes, length);
	(void)host_rings_send(&rings.transmit, HOST_HEADER + length);
	return true;
}

/* Whoever waits asks first, then looks. */
static void
who_waits_is_kicked(void **state)
{
	uint8_t *place;

	(void)state;
	for (int i = 0; i < 3; i++) {
		ring_ask_no_kick(&transmit);
		place = host_rings_place(&rings.transmit);
		assert_non_null(place);
		assert_false(host_rings_send(&rings.transmit, HOST_HEADER + 60));
		ring_ask_kick(&transmit);
		assert_true(ring_ready(&transmit));
		place = host_rings_place(&rings.transmit);
		assert_non_null(place);
		assert_true(host_rings_send(&rings.transmit, HOST_HEADER + 60));
	}
}

static void
frames_reach_lcores(void **state)
{
	static uint8_t sent[65535], got[65535];

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t length = i % 7 == 0 ? 60000 + i : 14 + i % 1600, at;
		const struct frame *frame = &burst.frame[0];

		fill(sent, length, i);
		assert_true(send(sent, length));
		assert_int_equal(ring_begin(&transmit, &burst), 1);
		ring_heads(&burst);
		assert_int_equal(frame->length, length);
		at = frame->head_length;
		memcpy(got, frame->head, at);
		for (uint16_t s = 0; s < frame->n_segments; s++) {
			memcpy(got + at, frame->segments[s].from, frame->segments[s].length);
			at += frame->segments[s].length;
		}
		assert_int_equal(at, length);
		assert_memory_equal(got, sent, length);
		ring_release_due(&transmit, &burst);
	}
}

static void
places_come_back(void **state)
{
	uint8_t sent[100];
	int n = 0;

	(void)state;
	fill(sent, sizeof(sent), 2);
	while (send(sent, sizeof(sent)))
		n++;
	assert_int_equal(n, HOST_TRANSMIT_BUFFERS);
	assert_int_equal(ring_begin(&transmit, &burst), BURST);
	ring_release_due(&transmit, &burst);
	for (n = 0; send(sent, sizeof(sent));)
		n++;
	assert_int_equal(n, BURST);
}

static void
nobody_sleeps_over_a_frame(void **state)
{
	struct iovec pieces[HOST_MAX_PIECES];
	uint8_t sent[100];

	(void)state;
	fill(sent, sizeof(sent), 3);
	assert_false(host_rings_want(&rings.receive, true));
	assert_int_equal(rings.receive.avail->flags, 0);
	assert_int_equal(deliver(sent, sizeof(sent)).sent, 1);
	assert_true(host_rings_want(&rings.receive, true));
	assert_false(host_rings_want(&rings.receive, false));
	assert_int_equal(rings.receive.avail->flags, VRING_AVAIL_F_NO_INTERRUPT);
	assert_int_equal(host_rings_receive(&rings.receive, pieces), 1);
	host_rings_received(&rings.receive, 1);
	assert_false(host_rings_want(&rings.receive, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_of_lcores_arrive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_queue_takes_no_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_waits_is_kicked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(frames_reach_lcores, set_up, tear_down),
		cmocka_unit_test_setup_teardown(places_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_sleeps_over_a_frame, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("host_rings", tests, NULL, NULL);
}
