/*
 * Tests of captures' filters: programs that tcpdump compiled, and any programs beside the kernel's
 * own interpreter and checks, which a socket's filter is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "bpf.h"

#include "../ring/ring.h"

#define LONGEST 200
#define PIECE 23
#define PROGRAMS 4000
#define STEPS 24

struct laid {
	struct frame frame;
	struct ring_segment segments[LONGEST / PIECE + 1];
};

/* A frame with its head, and the rest in pieces. */
static void
lay(struct laid *laid, uint8_t *bytes, uint32_t length)
{
	uint32_t done = RTE_MIN(length, (uint32_t)FRAME_HEAD);

	memset(laid, 0xa5, sizeof(*laid));
	laid->frame = (struct frame){
		.length = length, .head_length = (uint16_t)done, .segments = laid->segments};
	/* What an earlier frame left. */
	memset(laid->frame.head, 0x5a, FRAME_HEAD);
	memcpy(laid->frame.head, bytes, done);
	while (done < length) {
		uint32_t run = RTE_MIN((uint32_t)PIECE, length - done);

		laid->segments[laid->frame.n_segments++] =
			(struct ring_segment){.at = bytes + done, .length = run};
		done += run;
	}
}

/* Of one frame; 0: it is not taken. */
static uint32_t
kept_of(const struct sock_filter *program, size_t n, uint8_t *bytes, uint32_t length)
{
	struct bpf *bpf = bpf_create(program, n);
	struct laid laid;
	const struct frame *frames[] = {&laid.frame};
	uint32_t kept[BURST] = {0}, taken;

	assert_non_null(bpf);
	lay(&laid, bytes, length);
	taken = bpf_run(bpf, frames, 1, 0, kept);
	bpf_destroy(bpf);
	return taken ? kept[0] : 0;
}

/* tcp port 80 */
static const struct sock_filter web[] = {
	{0x28, 0, 0, 12},
	{0x15, 0, 6, 0x86dd},
	{0x30, 0, 0, 20},
	{0x15, 0, 15, 6},
	{0x28, 0, 0, 54},
	{0x15, 12, 0, 80},
	{0x28, 0, 0, 56},
	{0x15, 10, 11, 80},
	{0x15, 0, 10, 0x800},
	{0x30, 0, 0, 23},
	{0x15, 0, 8, 6},
	{0x28, 0, 0, 20},
	{0x45, 6, 0, 0x1fff},
	{0xb1, 0, 0, 14},
	{0x48, 0, 0, 14},
	{0x15, 2, 0, 80},
	{0x48, 0, 0, 16},
	{0x15, 0, 1, 80},
	{0x6, 0, 0, 262144},
	{0x6, 0, 0, 0},
};

/* TCP over IPv4 with so many words of header, between these ports. */
static uint32_t
make_tcp(uint8_t *at, uint8_t words, uint16_t from, uint16_t to)
{
	uint32_t header = 14 + words * 4u;

	memset(at, 0, LONGEST);
	at[12] = 0x08;
	at[14] = (uint8_t)(0x40 | words);
	at[23] = 6;
	at[header] = (uint8_t)(from >> 8);
	at[header + 1] = (uint8_t)from;
	at[header + 2] = (uint8_t)(to >> 8);
	at[header + 3] = (uint8_t)to;
	return header + 20;
}

static void
ports_are_found_in_heads_and_behind(void **state)
{
	uint8_t bytes[LONGEST];
	uint32_t length;

	(void)state;
	for (uint8_t words = 5; words <= 15; words++) {
		length = make_tcp(bytes, words, 4000, 80);
		assert_int_equal(kept_of(web, RTE_DIM(web), bytes, length), 262144);
		length = make_tcp(bytes, words, 80, 4000);
		assert_int_equal(kept_of(web, RTE_DIM(web), bytes, length), 262144);
		length = make_tcp(bytes, words, 4000, 81);
		assert_int_equal(kept_of(web, RTE_DIM(web), bytes, length), 0);
		/* Cut before the second port. */
		length = make_tcp(bytes, words, 4000, 80);
		assert_int_equal(kept_of(web, RTE_DIM(web), bytes, length - 18), 0);
	}
	length = make_tcp(bytes, 5, 80, 80);
	bytes[21] = 1; /* a later fragment */
	assert_int_equal(kept_of(web, RTE_DIM(web), bytes, length), 0);
}

static void
bursts_part_and_are_told_apart(void **state)
{
	static uint8_t bytes[BURST][LONGEST];
	static struct laid laid[BURST];
	struct bpf *bpf = bpf_create(web, RTE_DIM(web));
	const struct frame *frames[BURST];
	uint32_t kept[BURST], want = 0;

	(void)state;
	assert_non_null(bpf);
	for (uint32_t i = 0; i < BURST; i++) {
		bool is_web = i % 3 == 0;

		lay(&laid[i], bytes[i], make_tcp(bytes[i], 5 + i % 11, 4000, is_web ? 80 : 22));
		frames[i] = &laid[i].frame;
		want |= (uint32_t)is_web << i;
	}
	assert_int_equal(bpf_run(bpf, frames, UINT32_MAX, RTE_ETHER_HDR_LEN, kept), want);
	assert_int_equal(bpf_run(bpf, frames, 0xff00ff00, 0, kept), want & 0xff00ff00);
	assert_int_equal(bpf_run(bpf, frames, 0, 0, kept), 0);
	bpf_destroy(bpf);
}

static void
bad_programs_are_refused(void **state)
{
	static const struct {
		struct sock_filter program[3];
		size_t n, at;
		const char *why;
	} cases[] = {
		{.n = 0, .why = "is missing"},
		{{{BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0}, {BPF_RET, 0, 0, 0}}, 2, 0,
			"divides by zero"},
		{{{BPF_ALU | BPF_MOD | BPF_K, 0, 0, 0}, {BPF_RET, 0, 0, 0}}, 2, 0,
			"divides by zero"},
		{{{BPF_ALU | BPF_LSH | BPF_K, 0, 0, 32}, {BPF_RET, 0, 0, 0}}, 2, 0,
			"shifts by more than 31 bits"},
		{{{BPF_LD | BPF_IMM, 0, 0, 1}, {BPF_ST, 0, 0, 16}, {BPF_RET, 0, 0, 0}}, 3, 1,
			"has a slot of memory that there is not"},
		{{{BPF_LDX | BPF_MEM, 0, 0, UINT32_MAX}, {BPF_RET, 0, 0, 0}}, 2, 0,
			"has a slot of memory that there is not"},
		{{{BPF_JMP | BPF_JEQ, 1, 0, 0}, {BPF_RET, 0, 0, 0}}, 2, 0, "jumps beyond the end"},
		{{{BPF_JMP | BPF_JEQ, 0, 1, 0}, {BPF_RET, 0, 0, 0}}, 2, 0, "jumps beyond the end"},
		{{{BPF_JMP | BPF_JA, 0, 0, UINT32_MAX}, {BPF_RET, 0, 0, 0}}, 2, 0,
			"jumps beyond the end"},
		{{{0x99, 0, 0, 0}, {BPF_RET, 0, 0, 0}}, 2, 0, "is no instruction of classic BPF"},
		{{{0x100, 0, 0, 0}, {BPF_RET, 0, 0, 0}}, 2, 0, "is no instruction of classic BPF"},
		{{{BPF_RET, 0, 0, 0}, {BPF_LD | BPF_IMM, 0, 0, 0}}, 2, 1,
			"is the last, and does not return"},
	};
	static struct sock_filter many[BPF_MOST + 1];
	size_t at;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const char *why = bpf_problem(cases[i].program, cases[i].n, &at);

		assert_non_null(why);
		assert_string_equal(why, cases[i].why);
		assert_int_equal(at, cases[i].at);
	}
	for (size_t i = 0; i <= BPF_MOST; i++)
		many[i] = (struct sock_filter){.code = BPF_RET};
	assert_null(bpf_problem(many, BPF_MOST, &at));
	assert_non_null(bpf_problem(many, BPF_MOST + 1, &at));
}

static uint32_t
pick(uint32_t n)
{
	return (uint32_t)random() % n;
}

/* Any instruction, mostly of a program that is taken. */
static struct sock_filter
any_step(size_t behind)
{
	static const uint16_t codes[] = {0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x81, 0x00, 0x01,
		0xb1, 0x60, 0x61, 0x02, 0x03, 0x07, 0x87, 0x06, 0x16, 0x05, 0x15, 0x1d, 0x25, 0x2d,
		0x35, 0x3d, 0x45, 0x4d, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x94, 0x9c,
		0x54, 0x5c, 0x44, 0x4c, 0xa4, 0xac, 0x64, 0x6c, 0x74, 0x7c, 0x84};
	struct sock_filter step = {.code = codes[pick(RTE_DIM(codes))], .k = pick(LONGEST)};
	/* Loads and comparisons, of which programs mostly are. */
	if (pick(2))
		step.code = pick(2) ? codes[pick(3)] : 0x15;
	step.jt = (uint8_t)pick(RTE_MIN((uint32_t)behind, 4u) + 1);
	step.jf = (uint8_t)pick(RTE_MIN((uint32_t)behind, 4u) + 1);
	if (BPF_CLASS(step.code) == BPF_LD || step.code == 0xb1)
		step.k = pick(8) ? pick(FRAME_HEAD + 8) : pick(LONGEST);
	if (step.code == 0x05)
		step.k = pick((uint32_t)RTE_MIN(behind, 3u) + 1);
	if (step.code == 0x15)
		step.k = pick(3);
	if (step.code == 0x64 || step.code == 0x74)
		step.k = pick(33);
	if (step.code == 0x34 || step.code == 0x94)
		step.k = pick(4);
	/* The kernel refuses to load what was not stored. */
	if (step.code == 0x60 || step.code == 0x61 || step.code == 0x02 || step.code == 0x03)
		step.k = pick(17);
	if (step.code == 0x06)
		step.k = pick(LONGEST);
	return step;
}

/* What the kernel keeps of it: a datagram, cut; 0: nothing. */
static uint32_t
kernels_answer(const int pair[2], const uint8_t *bytes, uint32_t length)
{
	uint8_t came[LONGEST];
	ssize_t n;

	assert_int_equal(send(pair[0], bytes, length, 0), length);
	n = recv(pair[1], came, sizeof(came), MSG_DONTWAIT);
	return n < 0 ? 0 : (uint32_t)n;
}

/* Of slots that are loaded, but perhaps not stored before, the kernel has a stricter opinion. */
static bool
loads_slots(const struct sock_filter *program, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (program[i].code == 0x60 || program[i].code == 0x61)
			return true;
	return false;
}

static void
compare_with_kernel(const int pair[2], const struct sock_filter *program, size_t n)
{
	static uint8_t bytes[BURST][LONGEST];
	static struct laid laid[BURST];
	struct bpf *bpf = bpf_create(program, n);
	uint32_t kept[BURST], taken, which = pick(3) ? UINT32_MAX : (uint32_t)random();
	const struct frame *frames[BURST];

	assert_non_null(bpf);
	for (uint32_t i = 0; i < BURST; i++) {
		uint32_t length = pick(4) ? 60 + pick(LONGEST - 60) : 1 + pick(LONGEST - 1);

		for (uint32_t b = 0; b < LONGEST; b++)
			bytes[i][b] = (uint8_t)pick(3); /* so that comparisons go both ways */
		lay(&laid[i], bytes[i], length);
		frames[i] = &laid[i].frame;
	}
	taken = bpf_run(bpf, frames, which, 0, kept);
	for (uint32_t i = 0; i < BURST; i++) {
		uint32_t length = laid[i].frame.length, mine = 0;

		if (taken & 1u << i)
			mine = RTE_MIN(kept[i], length);
		if (which & 1u << i)
			assert_int_equal(mine, kernels_answer(pair, bytes[i], length));
		else
			assert_int_equal(mine, 0);
	}
	bpf_destroy(bpf);
}

static void
any_program_does_as_in_the_kernel(void **state)
{
	struct sock_filter program[STEPS];
	struct sock_fprog filter = {.filter = program};
	int pair[2], ran = 0, refused = 0;
	size_t at;

	(void)state;
	srandom(1);
	assert_return_code(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), errno);
	for (int i = 0; i < PROGRAMS; i++) {
		size_t n = 1 + pick(STEPS);
		bool mine, kernels;

		for (size_t s = 0; s < n; s++)
			program[s] = any_step(n - 1 - s);
		if (pick(50))
			program[n - 1] = (struct sock_filter){.code = BPF_RET, .k = pick(LONGEST)};
		filter.len = (unsigned short)n;
		mine = !bpf_problem(program, n, &at);
		kernels = setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &filter,
				  sizeof(filter)) == 0;
		if (mine != kernels && !loads_slots(program, n))
			fail_msg("program %d: the kernel says %s", i, kernels ? "yes" : "no");
		assert_true(mine || !kernels);
		refused += !mine;
		ran += kernels;
		if (kernels)
			compare_with_kernel(pair, program, n);
	}
	assert_in_range(ran, PROGRAMS / 4, PROGRAMS);
	assert_in_range(refused, PROGRAMS / 100, PROGRAMS);
	close(pair[0]);
	close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_found_in_heads_and_behind),
		cmocka_unit_test(bursts_part_and_are_told_apart),
		cmocka_unit_test(bad_programs_are_refused),
		cmocka_unit_test(any_program_does_as_in_the_kernel),
	};

	return cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
}
