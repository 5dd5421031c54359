/*
 * Tests of accounts: in the long run nobody gets more than a share, and who owes nothing never
 * waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "budget.h"

#define ROUNDS 10000

/* What a port gets done that would cause work of `price` each time that it is served. */
static uint64_t
work(uint64_t price)
{
	struct balance balance = {0};
	uint64_t done = 0;

	for (int round = 0; round < ROUNDS; round++)
		if (balance_may_send(&balance)) {
			debt_add(&balance.sending, price);
			done += price;
		}
	return done;
}

static void
nobody_gets_more_than_a_share(void **state)
{
	const uint64_t share = (uint64_t)ROUNDS * ROUND_BUDGET;
	static const uint64_t costly[] = {
		ROUND_BUDGET + 1, 3 * ROUND_BUDGET / 2, 7 * ROUND_BUDGET, BUDGET_CREDIT, 200000000};

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(costly); i++) {
		uint64_t done = work(costly[i]);

		assert_in_range(done, share - ROUND_BUDGET, share + costly[i]);
	}
}

static void
who_takes_less_never_waits(void **state)
{
	(void)state;
	assert_int_equal(work(ROUND_BUDGET), (uint64_t)ROUNDS * ROUND_BUDGET);
	assert_int_equal(work(1), ROUNDS);
	/* A burst of standard frames is one of them. */
	assert_true(price_of_burst(&(struct burst){
			    .n = BURST, .walked = BURST, .bytes = BURST * FRAME_STANDARD}) <=
		    ROUND_BUDGET);
}

static void
debts_do_not_wrap(void **state)
{
	struct balance balance = {0};

	(void)state;
	debt_add(&balance.sending, UINT64_MAX / 2);
	debt_add(&balance.sending, UINT64_MAX / 2);
	assert_int_equal(balance.sending, UINT32_MAX);
	assert_false(balance_may_send(&balance));
}

/* Rounds go by whether frames come or not, and their number turns over. */
static void
a_receiver_earns_by_the_round(void **state)
{
	struct balance balance = {0};
	uint32_t round = UINT32_MAX - 1;

	(void)state;
	assert_true(balance_may_receive(&balance, round));
	balance_charge_receiver(&balance, 3 * ROUND_BUDGET, round);
	assert_false(balance_may_receive(&balance, round));
	assert_false(balance_may_receive(&balance, round + 1));
	assert_false(balance_may_receive(&balance, round + 2));
	assert_true(balance_may_receive(&balance, round + 3));
	assert_true(balance_may_receive(&balance, round + 1000));
	/* What was not needed is not saved up. */
	balance_charge_receiver(&balance, 2 * ROUND_BUDGET, round + 2000);
	assert_false(balance_may_receive(&balance, round + 2000));
}

/* As many as gso.h makes of it: a frame that is lost is counted. */
static void
headers_alone_are_a_segment(void **state)
{
	struct frame frame = {.length = 54,
		.offload = {.flags = FRAME_TSO4, .header_length = 54, .segment_size = 100}};

	(void)state;
	assert_int_equal(frame_segments(&frame), 1);
	frame.length = 154;
	assert_int_equal(frame_segments(&frame), 1);
	frame.length = 155;
	assert_int_equal(frame_segments(&frame), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_gets_more_than_a_share),
		cmocka_unit_test(who_takes_less_never_waits),
		cmocka_unit_test(debts_do_not_wrap),
		cmocka_unit_test(a_receiver_earns_by_the_round),
		cmocka_unit_test(headers_alone_are_a_segment),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
