/* Files with tokens, good and bad, and what reaches the EAL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vf_token.h"

#define TOKEN "14d63f20-8445-11ea-8900-1f9ce7d5650d"

static char folder[] = "/tmp/vf-token-test.XXXXXX";
static char path[64], said[512];

/* What it says on stderr while it reads. */
static bool
read_token(struct vf_token *token, const char *from)
{
	int before = dup(STDERR_FILENO), pipes[2];
	ssize_t n;
	bool done;

	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
	done = vf_token_read(token, from);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	close(pipes[1]);
	n = read(pipes[0], said, sizeof(said) - 1);
	said[n < 0 ? 0 : n] = '\0';
	close(pipes[0]);
	return done;
}

static void
fill(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void
test_the_eal_gets_it(void **state)
{
	char *argv[] = {(char *)"switch", (char *)"-l", (char *)"0", (char *)"--"}, **with;
	struct vf_token token;
	int argc = 3;

	(void)state;
	fill(TOKEN "\n", 0600);
	assert_true(read_token(&token, path));
	assert_string_equal(said, "");
	with = vf_token_add(&token, &argc, argv);
	assert_int_equal(argc, 4);
	assert_ptr_equal(with[2], argv[2]);
	assert_string_equal(with[3], "--vfio-vf-token=" TOKEN);
	/* The process's own arguments, which others see, are as they were. */
	assert_string_equal(argv[3], "--");
	vf_token_forget(&token);
	assert_null(token.argument);
}

static void
test_none(void **state)
{
	char *argv[] = {(char *)"switch"};
	struct vf_token token;
	int argc = 1;

	(void)state;
	assert_true(vf_token_read(&token, NULL));
	assert_ptr_equal(vf_token_add(&token, &argc, argv), argv);
	assert_int_equal(argc, 1);
	vf_token_forget(&token);
}

static void
is_refused(const char *text, mode_t mode, const char *why)
{
	struct vf_token token;

	fill(text, mode);
	assert_false(read_token(&token, path));
	assert_non_null(strstr(said, why));
	assert_non_null(strchr(said, '\n'));
	assert_null(strchr(said, '\n')[1] ? said : NULL);
	if (strlen(text) > 8)
		assert_null(strstr(said, text));
}

static void
test_what_is_no_token(void **state)
{
	static const char *const texts[] = {"", "\n", "14d63f20", (TOKEN "\n\n"), (TOKEN "0"),
		(" " TOKEN), "14d63f20-8445-11ea-8900-1f9ce7d5650x",
		"00000000-0000-0000-0000-000000000000", "14d63f2084451-1ea-8900-1f9ce7d5650d0"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		is_refused(texts[i], 0600, "it has no UUID");
}

static void
test_files_that_others_reach(void **state)
{
	char link[80];
	struct vf_token token;

	(void)state;
	is_refused(TOKEN, 0640, "others may read it");
	is_refused(TOKEN, 0604, "others may read it");
	is_refused(TOKEN, 0620, "others may have written it");
	fill(TOKEN, 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_false(read_token(&token, path));
		assert_non_null(strstr(said, "others may have written it"));
		assert_int_equal(chown(path, 0, 0), 0);
	}
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_false(read_token(&token, link));
	assert_non_null(strstr(said, "others may have written it"));
	unlink(link);
	assert_false(read_token(&token, link));
	assert_non_null(strstr(said, "No such file"));
	assert_false(read_token(&token, folder));
}

static int
make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/token", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_eal_gets_it),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_what_is_no_token),
		cmocka_unit_test(test_files_that_others_reach),
	};

	return cmocka_run_group_tests_name("vf_token", tests, make_folder, remove_folder);
}
