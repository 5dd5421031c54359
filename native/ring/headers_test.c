/*
 * Tests of where headers begin: also of packets whose sender wants it not to be found, or found
 * elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "headers.h"

#define ETHERNET 14
#define IPV6 40

static uint8_t bytes[UINT16_MAX];

/* An IPv6 packet without a tag, whose first header is `next`. */
static void
make_ipv6(uint8_t next)
{
	memset(bytes, 0, sizeof(bytes));
	bytes[12] = 0x86;
	bytes[13] = 0xdd;
	bytes[ETHERNET] = 0x60;
	bytes[ETHERNET + 6] = next;
}

/* An extension header of (units + 1) * 8 bytes. */
static void
extend(uint32_t at, uint8_t next, uint8_t units)
{
	bytes[at] = next;
	bytes[at + 1] = units;
}

static void
test_behind_extensions(void **state)
{
	struct headers headers;

	(void)state;
	make_ipv6(IPPROTO_HOPOPTS);
	extend(ETHERNET + IPV6, IPPROTO_DSTOPTS, 0);
	extend(ETHERNET + IPV6 + 8, IPPROTO_UDP, 1);
	assert_true(headers_find(bytes, 200, &headers));
	assert_true(headers.ipv6);
	assert_int_equal(headers.network, ETHERNET);
	assert_int_equal(headers.transport, ETHERNET + IPV6 + 24);
	assert_int_equal(headers.protocol, IPPROTO_UDP);
	assert_false(headers_find(bytes, ETHERNET + IPV6 + 7, &headers));
	assert_false(headers_find(bytes, ETHERNET + IPV6 + 8 + 15, &headers));
	assert_true(headers_find(bytes, ETHERNET + IPV6 + 8 + 16, &headers));
}

/* 32 headers of 2 KiB lead beyond 16 bits, and back to the first one. */
static void
test_extensions_end(void **state)
{
	struct headers headers;

	(void)state;
	make_ipv6(IPPROTO_HOPOPTS);
	for (uint32_t at = ETHERNET + IPV6; at + 8 < sizeof(bytes); at += 2048)
		extend(at, IPPROTO_DSTOPTS, 255);
	assert_false(headers_find(bytes, sizeof(bytes), &headers));
}

static void
test_behind_tags(void **state)
{
	struct headers headers;

	(void)state;
	make_ipv6(IPPROTO_TCP);
	memmove(bytes + 20, bytes + 12, 100);
	memcpy(bytes + 12, "\x88\xa8\0\5\x81\0\0\6", 8);
	assert_true(headers_find(bytes, 200, &headers));
	assert_int_equal(headers.network, ETHERNET + 8);
	assert_int_equal(headers.transport, ETHERNET + 8 + IPV6);
	assert_int_equal(headers.protocol, IPPROTO_TCP);
}

static void
test_ipv4(void **state)
{
	struct headers headers;

	(void)state;
	memset(bytes, 0, 100);
	bytes[12] = 8;
	bytes[ETHERNET] = 0x46;
	bytes[ETHERNET + 9] = IPPROTO_SCTP;
	assert_true(headers_find(bytes, 100, &headers));
	assert_false(headers.ipv6);
	assert_int_equal(headers.transport, ETHERNET + 24);
	assert_int_equal(headers.protocol, IPPROTO_SCTP);
	bytes[ETHERNET + 6] = 0x20; /* more fragments */
	assert_false(headers_find(bytes, 100, &headers));
	bytes[ETHERNET + 6] = 0;
	bytes[ETHERNET] = 0x44; /* shorter than a header */
	assert_false(headers_find(bytes, 100, &headers));
	bytes[12] = 9;
	assert_false(headers_find(bytes, 100, &headers));
	assert_false(headers_find(bytes, 5, &headers));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behind_extensions),
		cmocka_unit_test(test_extensions_end),
		cmocka_unit_test(test_behind_tags),
		cmocka_unit_test(test_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
