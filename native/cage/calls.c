#include <errno.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "calls.h"

/* Whatever their arguments are. First what interrupts guests and sleeps, once a round at most. */
static const int harmless[] = {
	SCMP_SYS(io_submit),
	SCMP_SYS(write),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(sched_yield),
	/* waiting and time */
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(epoll_create),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2),
	SCMP_SYS(futex),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(io_destroy),
	SCMP_SYS(io_getevents),
	SCMP_SYS(pause),
	SCMP_SYS(pipe2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pselect6),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(select),
	SCMP_SYS(time),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	/* memory, of which nothing becomes executable */
	SCMP_SYS(brk),
	SCMP_SYS(get_mempolicy),
	SCMP_SYS(madvise),
	SCMP_SYS(mbind),
	SCMP_SYS(membarrier),
	SCMP_SYS(memfd_create),
	SCMP_SYS(mincore),
	SCMP_SYS(mlock),
	SCMP_SYS(mlock2),
	SCMP_SYS(mremap),
	SCMP_SYS(munlock),
	SCMP_SYS(munmap),
	SCMP_SYS(set_mempolicy),
	/* files: where, Landlock and the user's rights say */
	SCMP_SYS(access),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(dup3),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fallocate),
	SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat),
	SCMP_SYS(fcntl),
	SCMP_SYS(fdatasync),
	SCMP_SYS(flock),
	SCMP_SYS(fstat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(inotify_add_watch),
	SCMP_SYS(inotify_rm_watch),
	SCMP_SYS(lseek),
	SCMP_SYS(lstat),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(read),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(readv),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(rmdir),
	SCMP_SYS(stat),
	SCMP_SYS(statfs),
	SCMP_SYS(statx),
	SCMP_SYS(umask),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(writev),
	/* sockets that are there */
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(bind),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(listen),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	/* this process, its threads and signals */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(getcpu),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sched_get_priority_max),
	SCMP_SYS(sched_get_priority_min),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler),
	SCMP_SYS(sched_setaffinity),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(signalfd4),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
};

#define NAMES 512
#define NAME_SIZE 32
static char names[NAMES][NAME_SIZE];

/* Kept, as the library's own look-up allocates. */
static void
learn_names(void)
{
	for (int i = 0; i < NAMES; i++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);

		snprintf(names[i], sizeof(names[i]), "%s", name ? name : "");
		free(name);
	}
}

/* A call that is not allowed; in one write, as other threads may be writing lines, too. */
static void
on_call(int number, siginfo_t *info, void *context)
{
	int call = info->si_syscall;
	bool known = call >= 0 && call < NAMES && names[call][0];
	char line[200], *end = line;

	(void)number;
	(void)context;
	end = stpcpy(end, "vhost-switch: system call ");
	end = stpcpy(end, known ? names[call] : "without a name");
	end = stpcpy(end, " is not allowed to a running switch; it ends here. Report this with the "
			  "lines above\n");
	(void)!write(STDERR_FILENO, line, end - line); /* the process ends, heard or not */
	/* Which the filter answers by killing the process: see below. */
	signal(SIGSYS, SIG_DFL);
	_exit(128 + SIGSYS);
}

static bool
allow_all(scmp_filter_ctx filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) < 0)
			return false;
	for (size_t i = 0; i < 3; i++)
		seccomp_syscall_priority(filter, calls[i], 255 - i);
	return true;
}

static bool
allow_some(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp conditions[] = {
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD),
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0),
		SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0),
		SCMP_A2(SCMP_CMP_EQ, 0, 0),
		SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0),
		SCMP_A1(SCMP_CMP_EQ, TCGETS, 0),
		SCMP_A0(SCMP_CMP_NE, SIGSYS, 0),
		SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0),
		SCMP_A1(SCMP_CMP_EQ, TUNSETIFF, 0),
		SCMP_A1(SCMP_CMP_EQ, TUNGETIFF, 0),
		SCMP_A1(SCMP_CMP_EQ, TUNSETVNETHDRSZ, 0),
		SCMP_A1(SCMP_CMP_EQ, TUNSETOFFLOAD, 0),
		SCMP_A1(SCMP_CMP_EQ, SIOCGIFINDEX, 0),
		SCMP_A1(SCMP_CMP_EQ, SIOCGIFHWADDR, 0),
		SCMP_A1(SCMP_CMP_EQ, SIOCGIFMTU, 0),
		SCMP_A1(SCMP_CMP_EQ, SIOCGIFFLAGS, 0),
		SCMP_A1(SCMP_CMP_EQ, TUNSETCARRIER, 0),
	};
	const struct {
		int call, condition;
	} rules[] = {
		{SCMP_SYS(mmap), 0},
		{SCMP_SYS(mprotect), 0},
		{SCMP_SYS(clone), 1},
		{SCMP_SYS(tgkill), 2},
		{SCMP_SYS(prctl), 3},
		{SCMP_SYS(prlimit64), 4}, /* reads */
		{SCMP_SYS(socket), 5},
		{SCMP_SYS(socketpair), 5},
		{SCMP_SYS(ioctl), 6}, /* is it a terminal? */
		{SCMP_SYS(ioctl), 8}, /* how much can be read? */
		/* taps of this user */
		{SCMP_SYS(ioctl), 9},
		{SCMP_SYS(ioctl), 10},
		{SCMP_SYS(ioctl), 11},
		{SCMP_SYS(ioctl), 12},
		{SCMP_SYS(ioctl), 17},
		/* what an interface of the kernel's is, for packet sockets that are there */
		{SCMP_SYS(ioctl), 13},
		{SCMP_SYS(ioctl), 14},
		{SCMP_SYS(ioctl), 15},
		{SCMP_SYS(ioctl), 16},
		{SCMP_SYS(rt_sigaction), 7},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1,
			    &conditions[rules[i].condition]) < 0)
			return false;
	/* Its arguments are in memory, where a filter does not look: glibc then takes clone(). */
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       /* Nobody takes our handler away and goes on. */
	       seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(rt_sigaction), 1,
		       SCMP_A0(SCMP_CMP_EQ, SIGSYS, 0)) == 0;
}

/* Drivers ask devices and the kernel's network by these; which devices, Landlock says. */
static bool
allow_drivers(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 0) == 0 &&
	       /*
		* af_xdp takes its program off when it is closed, which a switch has no right to any
		* more: it is refused, and the switch ends as it should.
		*/
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(bpf), 0) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		       SCMP_A0(SCMP_CMP_EQ, AF_INET, 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		       SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0)) == 0;
}

static bool
load(scmp_filter_ctx filter)
{
	/*
	 * CTL_SSB: a kernel before 5.16 otherwise turns speculative store bypass off in threads
	 * with a filter, which slows forwarding down. No guest's code runs in here.
	 */
	return seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1) == 0 && seccomp_load(filter) == 0;
}

bool
calls_confine(bool drivers)
{
	struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO};
	scmp_filter_ctx filter;
	bool done;

	if (!CALLS_CONFINED)
		return true;
	learn_names();
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return false;
	filter = seccomp_init(SCMP_ACT_TRAP);
	errno = ENOMEM;
	done = filter && allow_all(filter, harmless, sizeof(harmless) / sizeof(*harmless)) &&
	       allow_some(filter) && (!drivers || allow_drivers(filter)) && load(filter);
	seccomp_release(filter);
	return done;
}
