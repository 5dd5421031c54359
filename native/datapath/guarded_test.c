/*
 * Tests of guards at work on a burst of frames, of which some get a tag on their way out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "device.h"
#include "lcore.h"
#include "capture.h"

/* Last: its frame's length would hide others'. */
#include "guard_fixture.h"

enum { SENDER, RECEIVER, MEMBERS };
#define FRAMES 200
#define LENGTH 120

static struct lcore *lcore;
static struct topology *topology;
static struct port *port;
static struct frame frames[FRAMES];
static struct ring_segment segments[FRAMES];
static uint8_t memory[FRAMES][LENGTH]; /* the sender's */
/* What the receiver got, in order. */
static uint8_t received[FRAMES][LENGTH + TAG_BYTES];
static uint16_t n_received;

/* Stand-ins: the receiver's ring notes what it gets; there is no device, capture, limit or trunk.
 */
struct ring_put_result
ring_put_due(struct ring *ring, const struct frame *const *got, uint16_t n, struct ring_due *due)
{
	(void)ring;
	*due = (struct ring_due){.count = 0};
	for (uint16_t i = 0; i < n; i++)
		frame_peek(got[i], received[n_received++], LENGTH + TAG_BYTES);
	return (struct ring_put_result){.sent = n};
}

void
ring_expect(const struct ring *ring)
{
	(void)ring;
}

void
ring_notify(const struct ring_due *due, uint16_t n)
{
	(void)due;
	(void)n;
}

struct device_sent
device_send(struct device *device, uint16_t queue, const struct frame *const *got, uint16_t n)
{
	(void)device;
	(void)queue;
	(void)got;
	return (struct device_sent){.full = n};
}

bool
device_takes(const struct device *device, const struct frame *frame)
{
	(void)device;
	(void)frame;
	return false;
}

void
capture_frames(const struct vswitch *sw, uint64_t captures, uint16_t id,
	const struct frame *const *got, uint16_t n, uint32_t direction, const uint8_t *reasons)
{
	(void)sw;
	(void)captures;
	(void)id;
	(void)got;
	(void)n;
	(void)direction;
	(void)reasons;
}

void
capture_drop(const struct vswitch *sw, uint64_t captures, uint16_t id, const struct frame *frame,
	uint32_t direction, enum drop reason)
{
	(void)sw;
	(void)captures;
	(void)id;
	(void)frame;
	(void)direction;
	(void)reason;
}

enum egress
egress_of_trunk(const struct topology *of, uint16_t place, uint16_t domain)
{
	(void)of;
	(void)place;
	(void)domain;
	return EGRESS_TAGGED;
}

bool
frame_strays(const struct frame *frame, enum form form)
{
	(void)frame;
	(void)form;
	return false;
}

static int
set_up(void **state)
{
	struct guest *guest = calloc(1, sizeof(*guest) + sizeof(struct guest_ring));

	lcore = aligned_alloc(64, RTE_ALIGN_CEIL(sizeof(*lcore), 64));
	topology = calloc(1, sizeof(*topology));
	port = calloc(1, sizeof(*port));
	if (!guest || !lcore || !topology || !port)
		abort();
	memset(lcore, 0, sizeof(*lcore));
	lcore->counters = calloc(MAX_PORTS, sizeof(*lcore->counters));
	if (!lcore->counters)
		abort();
	guest->n_receive = 1;
	lcore->topology = topology;
	topology->n = MEMBERS;
	for (unsigned int i = 0; i < MEMBERS; i++)
		topology->member[i] =
			(struct member){.id = i, .guest = guest, .port = port, .vlan = 10};
	guard_set_up(state);
	topology->guards[SENDER] = guards;
	n_received = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(topology->member[0].guest);
	free(lcore->counters);
	free(lcore);
	free(topology);
	free(port);
	return 0;
}

/* The frame that the fixture has made, as the i-th; its last bytes say so. */
static void
take(int i)
{
	struct frame *frame = &frames[i];

	length = LENGTH;
	bytes[LENGTH - 2] = (uint8_t)i;
	bytes[LENGTH - 1] = 0x77;
	memcpy(memory[i], bytes, LENGTH);
	memset(frame, 0, sizeof(*frame));
	frame->length = LENGTH;
	frame->head_length = FRAME_HEAD;
	memcpy(frame->head, bytes, FRAME_HEAD);
	segments[i] = (struct ring_segment){
		.from = memory[i] + FRAME_HEAD, .length = LENGTH - FRAME_HEAD};
	frame->segments = &segments[i];
	frame->n_segments = 1;
}

static void
advertises(void)
{
	eth(0x86dd);
	ipv6(OWN_6, "ff02::1", IPPROTO_ICMPV6);
	icmp(136, 0);
	put_address(OWN_6);
	mac_option(2, guest_mac);
	bytes[14 + 5] = (uint8_t)(length - 14 - 40);
}

/*
 * Each receiver gets the bytes that were looked at, although all places for tags, and for copies,
 * are used up several times in one burst.
 */
static void
each_gets_its_own_copy(void **state)
{
	const struct decision decision = {.to = RECEIVER, .retag = RETAG_PUSH, .tag = 10};

	(void)state;
	for (int i = 0; i < FRAMES; i++) {
		/* None of those that a guard copies, so that places for tags end first. */
		bool plain = i < RETAGGED - 4 || i % 5 == 0;

		if (plain) {
			eth(0x800);
			ipv4(OWN, OTHER, IPPROTO_TCP, 0, 0);
		} else {
			advertises();
		}
		take(i);
		assert_true(guarded_admits(lcore, &topology->member[SENDER], &frames[i]));
		/* From now on it is the guest's to change. */
		if (!plain)
			memset(memory[i] + FRAME_HEAD, 0xee, LENGTH - FRAME_HEAD);
		stage_decided(lcore, &frames[i], &decision);
	}
	deliver_all(lcore);
	assert_int_equal(n_received, FRAMES);
	for (int i = 0; i < FRAMES; i++) {
		const uint8_t *end = received[i] + LENGTH + TAG_BYTES - 2;

		if (end[0] != i || end[1] != 0x77)
			fail_msg("frame %d ends with %x %x", i, end[0], end[1]);
	}
}

/* A checksum that is to be written over what was read, in a run of frames or not. */
static void
checksums_stay_behind(void **state)
{
	static const struct {
		uint16_t place;
		bool passes;
	} cases[] = {{26, false}, {28, false}, {33, false}, {34, true}, {50, true}};

	(void)state;
	for (int run = 0; run < 2; run++)
		for (size_t i = 0; i < RTE_DIM(cases); i++) {
			lcore->guard_run.source_and_type = 0;
			eth(0x800);
			ipv4(OWN, OTHER, IPPROTO_TCP, 0, 0);
			take(0);
			if (run)
				assert_true(guarded_admits(
					lcore, &topology->member[SENDER], &frames[0]));
			frames[0].offload = (struct frame_offload){.flags = FRAME_PARTIAL,
				.checksum_start = 14,
				.checksum_offset = cases[i].place - 14};
			assert_int_equal(
				guarded_admits(lcore, &topology->member[SENDER], &frames[0]),
				cases[i].passes);
		}
	/* Nor over what is in a copy. */
	advertises();
	take(0);
	frames[0].offload = (struct frame_offload){
		.flags = FRAME_PARTIAL, .checksum_start = 14, .checksum_offset = 62 - 14};
	assert_false(guarded_admits(lcore, &topology->member[SENDER], &frames[0]));
	assert_int_equal(lcore->counters[SENDER].drops[DROP_BAD_OFFLOAD], 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_gets_its_own_copy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(checksums_stay_behind, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
