#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"

static json_t *
echo(struct rpc_call *call)
{
	return json_pack("{s:s, s:I, s:i}", "text", rpc_text(call, "text"), "times",
		rpc_integer(call, "times", 1), "context", *(int *)call->context);
}

static int context = 42;
static const struct rpc_param params[] = {
	{"text", false, RPC_TEXT, 0, 600},
	{"times", true, RPC_INTEGER, 1, 3},
	{0},
};
static const struct rpc_method methods[] = {{"echo", "say it", LEVEL_CHANGE, params, echo}};
static const struct rpc_table table = {methods, 1, &context};

static void
expect_at(enum client_level level, const char *line, const char *answer)
{
	struct rpc_client client = {.level = level};
	char *unsaved, *got = rpc_answer(&table, &client, line, strlen(line), &unsaved);

	assert_non_null(got);
	assert_null(unsaved);
	if (!strstr(got, answer))
		fail_msg("%s\n  answered %s  without %s", line, got, answer);
	assert_int_equal(got[strlen(got) - 1], '\n');
	assert_null(memchr(got, '\n', strlen(got) - 1));
	free(got);
}

static void
expect(const char *line, const char *answer)
{
	expect_at(LEVEL_CHANGE, line, answer);
}

static void
answers(void **state)
{
	(void)state;
	expect("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"echo\",\"params\":{\"text\":\"a\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"text\":\"a\",\"times\":1,\"context\":"
		"42}}");
	expect("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"echo\",\"params\":{\"text\":\"a\","
	       "\"times\":3}}",
		"\"id\":\"x\",\"result\":{\"text\":\"a\",\"times\":3");
}

static void
refuses_what_is_no_request(void **state)
{
	(void)state;
	expect("", "-32700");
	expect("{", "-32700");
	expect("{\"id\":1,\"id\":2}", "-32700");
	expect("\xff", "-32700");
	expect("7", "-32600");
	expect("null", "-32600");
	expect("[]", "batch");
	expect("{\"id\":1,\"method\":\"echo\"}", "-32600");
	expect("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"echo\"}", "-32600");
	expect("{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}", "notifications");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"echo\"}", "\"id\":null,\"error\"");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":3}", "-32600");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":[]}", "-32600");
}

static void
refuses_bad_calls(void **state)
{
	(void)state;
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nope\"}", "-32601");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}", "text: missing");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"a\","
	       "\"tim\":1}}",
		"\"data\":{\"param\":\"tim\"}");
	/* The mark of an optional parameter is not part of its name. */
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"a\","
	       "\"times?\":1}}",
		"\"data\":{\"param\":\"times?\"}");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":4}}",
		"text: 4 is not possible; give a string");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"a\","
	       "\"times\":4}}",
		"times: 4 is not possible; give an integer from 1 to 3");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"a\","
	       "\"times\":true}}",
		"-32602");
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A message quotes 64 or 128 bytes; a character cut there must not lose the answer. */
static void
quotes_are_cut_anywhere(void **state)
{
	(void)state;
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" A63 "\xc3\xa4\"}",
		"\"message\":\"" A63 "?: no such method");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"b" A63 "\xc3\xa4\"}",
		"\"message\":\"b" A63 ": no such method");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xf0\x9d\x84\x9e\"}",
		"\"message\":\"\xf0\x9d\x84\x9e: no such method");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"a\",\"" A63
	       "\xf0\x9d\x84\x9e\":1}}",
		"\"message\":\"" A63 "?: echo has no such parameter");
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"a\","
	       "\"times\":\"" A63 A63 "\xc3\xa4\"}}",
		A63 "? is not possible");
}

static void
a_level_includes_those_below(void **state)
{
	const char *line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{"
			   "\"text\":\"a\"}}";

	(void)state;
	expect_at(LEVEL_ADMINISTER, line, "\"result\"");
	expect_at(LEVEL_CHANGE, line, "\"result\"");
	expect_at(LEVEL_LOOK, line, "\"code\":-32004");
	expect_at(LEVEL_LOOK, line, "\"data\":{\"level\":\"change\"}");
	expect_at(LEVEL_LOOK, line,
		"echo: needs the level change, this client has look; ask as root, or start the "
		"switch with --change-group and one of the client's groups");
	/* Whether there is such a method is no secret. */
	expect_at(LEVEL_LOOK, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nope\"}", "-32601");
}

static void
refusal_has_no_id(void **state)
{
	char *text = rpc_refusal(RPC_CLIENTS, "full");

	(void)state;
	assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32003,"
				  "\"message\":\"full\"}}\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(refuses_what_is_no_request),
		cmocka_unit_test(refuses_bad_calls),
		cmocka_unit_test(quotes_are_cut_anywhere),
		cmocka_unit_test(a_level_includes_those_below),
		cmocka_unit_test(refusal_has_no_id),
	};

	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
