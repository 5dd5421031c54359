/* The questions that are ours, in libvirt's words, and those that are not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "question.h"

#define ASK(...) question_of((char *[]){__VA_ARGS__, NULL})
#define FIND "--no-headings", "--columns=name", "find", "Interface"
#define LIST                                                                                       \
	"--if-exists", "--format=list", "--data=json", "--no-headings", "--columns=statistics",    \
		"list", "Interface"

static void
assert_asks(struct question question, enum question_kind kind, const char *about, unsigned timeout)
{
	assert_int_equal(question.kind, kind);
	assert_string_equal(question.about, about);
	assert_int_equal(question.timeout, timeout);
}

static void
test_ours(void **state)
{
	(void)state;
	assert_asks(ASK("--timeout=5", FIND, "options:vhost-server-path=/a b"), QUESTION_PATH,
		"/a b", 5);
	assert_asks(ASK(FIND, "options:vhost-server-path="), QUESTION_PATH, "", 0);
	assert_asks(ASK("--timeout=10", "get", "Interface", "0.sock", "name"), QUESTION_FILE,
		"0.sock", 10);
	assert_asks(ASK("--timeout=0", LIST, "web1.0"), QUESTION_STATISTICS, "web1.0", 0);
	assert_asks(ASK("--timeout=3600", LIST, "--x"), QUESTION_STATISTICS, "--x", 3600);
}

static void
test_not_ours(void **state)
{
	char *const none[] = {NULL};

	(void)state;
	assert_int_equal(question_of(none).kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=5").kind, QUESTION_OTHER);
	assert_int_equal(ASK("show").kind, QUESTION_OTHER);
	assert_int_equal(
		ASK("--timeout=5", "--", "--if-exists", "del-port", "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK(FIND).kind, QUESTION_OTHER);
	assert_int_equal(ASK(FIND, "name=x").kind, QUESTION_OTHER);
	assert_int_equal(ASK(FIND, "options:vhost-server-path=/a", "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("get", "Interface", "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("get", "Interface", "x", "ofport").kind, QUESTION_OTHER);
	assert_int_equal(ASK("get", "Interface", "x", "name", "type").kind, QUESTION_OTHER);
	assert_int_equal(ASK("get", "Port", "x", "name").kind, QUESTION_OTHER);
	assert_int_equal(ASK(LIST).kind, QUESTION_OTHER);
	assert_int_equal(ASK(LIST, "x", "y").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=", LIST, "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=-1", LIST, "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=3601", LIST, "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=99999999999", LIST, "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=5x", LIST, "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--timeout=5", "--timeout=5", LIST, "x").kind, QUESTION_OTHER);
	assert_int_equal(ASK("--db=unix:/x", LIST, "x").kind, QUESTION_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
