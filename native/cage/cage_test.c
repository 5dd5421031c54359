/*
 * Tests of what a process can do before and after: in children, as there is no way back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cage.h"
#include "calls.h"

#define NOBODY 65534

static char folder[] = "/tmp/cage-test.XXXXXX";
static char control_socket[64], state_file[64];

/* Ends the child with the number of the line that is wrong. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(__LINE__ % 120 + 1);                                                 \
	} while (0)

/* What a child wrote to stderr, and how it ended. */
static int
in_child(void (*act)(void), char *said, size_t size)
{
	int pipes[2], status;
	size_t n = 0;
	ssize_t more;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	close(pipes[1]);
	while ((more = read(pipes[0], said + n, size - 1 - n)) > 0)
		n += more;
	said[n] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* confined: to files in the folder. */
static void
prepare(struct cage *cage, const char *user, bool confined)
{
	const struct cage_wish wish = {
		.user = user,
		.folders = (char *[]){folder},
		.n_folders = confined,
		.state_file = state_file,
		.control_socket = control_socket,
		.eal = (char *[]){(char *)"switch"},
		.n_eal = 1,
	};

	MUST(cage_prepare(cage, &wish));
}

static void
enter(void)
{
	struct cage cage;

	prepare(&cage, NULL, true);
	MUST(cage_close(&cage));
}

static void *
wait_for_ever(void *arg)
{
	while (pause() < 0)
		; /* interrupted */
	return arg;
}

static void
make_thread(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
}

/* With a thread that was there before, as the EAL's are. */
static void
become_nobody(void)
{
	struct cage cage;
	struct stat stat;
	int fd;

	prepare(&cage, "65534", false);
	MUST(getuid() == 0);
	make_thread();
	MUST(cage_close(&cage));
	MUST(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	fd = open(state_file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	MUST(fd >= 0 && fstat(fd, &stat) == 0 && stat.st_uid == NOBODY);
}

/* One that was made too early keeps what it had, and that is seen. */
static void
leave_a_thread_out(void)
{
	struct cage cage;

	make_thread();
	prepare(&cage, "65534", false);
	MUST(!cage_close(&cage));
}

static void
become_who_is_not_there(void)
{
	struct account account;

	MUST(!account_find("no-such-account", NULL, &account));
}

static void
give_a_folder_of_others(void)
{
	struct account account;

	MUST(chmod(folder, 0777) == 0);
	MUST(account_find("65534", NULL, &account));
	MUST(!account_give(&account, control_socket));
}

/* Under the umask of a switch, which is for sockets. */
static void
make_a_folder(void)
{
	struct account account;
	char path[sizeof(state_file) + 8];
	struct stat stat;

	snprintf(path, sizeof(path), "%s/new/ports.json", folder);
	umask(0117);
	MUST(account_find(NULL, NULL, &account) && account_give(&account, path));
	*strrchr(path, '/') = '\0';
	MUST(lstat(path, &stat) == 0 && rmdir(path) == 0);
	MUST((stat.st_mode & 07777) == 0700);
}

static void
run_a_program(void)
{
	enter();
	execl("/bin/true", "true", (char *)NULL);
}

static void
take_the_handler_away(void)
{
	enter();
	(void)signal(SIGSYS, SIG_IGN);
}

static void
map_code(void)
{
	enter();
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
dial_the_net(void)
{
	enter();
	socket(AF_INET, SOCK_STREAM, 0);
}

static void
open_files(void)
{
	char path[sizeof(state_file) + 8];

	enter();
	MUST(open("/proc/self/status", O_RDONLY | O_CLOEXEC) >= 0);
	snprintf(path, sizeof(path), "%s.new", state_file);
	MUST(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	MUST(open("/tmp/cage-test-elsewhere", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0);
	MUST(errno == EACCES);
	MUST(open("/root", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
}

/* Who stays who it is, and names no folder. */
static void
open_elsewhere(void)
{
	struct cage cage;

	prepare(&cage, NULL, false);
	MUST(cage_close(&cage));
	MUST(open("/tmp/cage-test-elsewhere", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	MUST(unlink("/tmp/cage-test-elsewhere") == 0);
}

static void
make_a_thread(void)
{
	pthread_t thread;

	enter();
	MUST(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
	MUST(pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0);
}

/* Everything works, and nothing is said. */
static void
works(void (*act)(void))
{
	char said[512];

	int status = in_child(act, said, sizeof(said));

	assert_string_equal(said, "");
	assert_int_equal(status, 0);
}

static void
test_becomes_another_user(void **state)
{
	char said[512];

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can */
	works(become_nobody);
	assert_int_equal(in_child(leave_a_thread_out, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "a thread kept rights that it should have given up"));
	assert_int_equal(in_child(become_who_is_not_there, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "--user no-such-account: there is no such account"));
	assert_int_equal(in_child(give_a_folder_of_others, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "its folder cannot be given to user 65534"));
	assert_int_equal(chmod(folder, 0755), 0);
}

static void
test_makes_a_folder_that_it_can_enter(void **state)
{
	(void)state;
	works(make_a_folder);
}

static void
test_reaches_its_files_only(void **state)
{
	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0)
		skip(); /* this kernel has no Landlock */
	works(open_files);
	works(open_elsewhere);
}

static void
ends_with(void (*act)(void), const char *call)
{
	char said[512];
	int status = in_child(act, said, sizeof(said));

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	assert_non_null(strstr(said, call));
}

static void
test_calls_end_the_process(void **state)
{
	(void)state;
	if (!CALLS_CONFINED)
		skip(); /* this build has sanitizers */
	ends_with(run_a_program, "system call execve is not allowed to a running switch");
	ends_with(map_code, "system call mmap is not allowed");
	ends_with(dial_the_net, "system call socket is not allowed");
	ends_with(take_the_handler_away, "");
	works(make_a_thread);
}

static int
make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755) < 0)
		return -1;
	snprintf(control_socket, sizeof(control_socket), "%s/s.sock", folder);
	snprintf(state_file, sizeof(state_file), "%s/state/ports.json", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	char path[sizeof(state_file) + 8];

	(void)state;
	snprintf(path, sizeof(path), "%s.new", state_file);
	unlink(path);
	unlink(state_file);
	*strrchr(state_file, '/') = '\0';
	return rmdir(state_file) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_becomes_another_user),
		cmocka_unit_test(test_makes_a_folder_that_it_can_enter),
		cmocka_unit_test(test_reaches_its_files_only),
		cmocka_unit_test(test_calls_end_the_process),
	};

	return cmocka_run_group_tests_name("cage", tests, make_folder, remove_folder);
}
