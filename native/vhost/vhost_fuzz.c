/*
 * libFuzzer target: guests that come, say anything in any order, change and cut off their memory,
 * and go, while frames are taken from their rings and put into them, and while ports are closed. It
 * runs all of this room on rte_vhost, which is compiled with it from DPDK's source and watched as
 * well. What must hold: forwarding never sees a guest that went; its rings and memory can be read;
 * each connection that ends leaves no descriptor open, no memory mapped, and its port as it was.
 *
 * Input: operations. One thread does the work of the control thread, of rte_vhost's and of an
 * lcore, so that a run depends on its input only.
 */
#include <fcntl.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_eal.h>

#include "fault.h"
#include "vhost_fuzz_guest.h"
#include "vhost_fuzz_library.h"
#include "vhost_device.h"

#include "../ring/interrupt.h"
#include "../ring/peek.h"

#define OPERATIONS 64
#define CONNECTIONS 2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct vhost_socket port = {
	.name = "p", .path = "/vhost_fuzz", .peer_label = "", .listener = LISTENER_SWITCH};
static struct guest *forwarding; /* what lcores see */
static uint32_t queue_limit = 3;
static int peers[CONNECTIONS]; /* guests' ends, -1: none */
static struct sigaction repair;
static struct burst burst;
static uint32_t mappings; /* of guests' memory */

static void
publish(void *context)
{
	(void)context;
	MUST(pthread_mutex_trylock(&lock) != 0);
	forwarding = port.guest;
}

static void
tell(void *context, struct vhost_socket *socket, bool up)
{
	(void)context;
	(void)socket;
	(void)up;
}

static void
announce(void *context, struct vhost_socket *socket, const uint8_t mac[6])
{
	(void)context;
	MUST(socket == &port && pthread_mutex_trylock(&lock) != 0);
	(void)*(const volatile uint8_t *)mac;
}

static uint32_t
limit(void *context, enum vhost_limit which)
{
	(void)context;
	/* The time of day must not decide. */
	return which == VHOST_LIMIT_MESSAGES ? 0 : 64;
}

/* One that fault.c does not repair is a finding, of which libFuzzer keeps the input. */
static void
on_bus(int number, siginfo_t *info, void *context)
{
	struct sigaction now;

	repair.sa_sigaction(number, info, context);
	MUST(sigaction(SIGBUS, NULL, &now) == 0 && now.sa_handler != SIG_DFL);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *eal[] = {"vhost_fuzz", "--no-huge", "-m", "64", "--no-pci", "--no-shconf",
		"--file-prefix", "vhost_fuzz", "--no-telemetry", "--log-level", "emergency",
		"--lcores", "0"};
	static const struct vhost_owner owner = {.lock = &lock,
		.publish = publish,
		.tell = tell,
		.announce = announce,
		.limit = limit,
		.queue_limit = &queue_limit,
		.mergeable = true,
		.tx_csum = true,
		.tso = true};
	cpu_set_t cpus;

	(void)argc;
	(void)argv;
	/* The EAL binds this thread to a processor, which another fuzzer may be using. */
	MUST(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	MUST(rte_eal_init(sizeof(eal) / sizeof(*eal), eal) >= 0);
	MUST(sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
	MUST(interrupt_prepare(1));
	interrupt_own();
	vhost_init(&owner);
	guest_init();
	return 0;
}

/* After libFuzzer has installed its own. */
static void
watch_faults(void)
{
	static bool done;
	struct sigaction action = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};

	if (done)
		return;
	MUST(fault_install() && sigaction(SIGBUS, NULL, &repair) == 0);
	MUST(sigaction(SIGBUS, &action, NULL) == 0);
	done = true;
}

/* Number of the next descriptor: higher when one was left open. */
static int
lowest_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	MUST(fd >= 0);
	close(fd);
	return fd;
}

void *
library_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *mapped = mmap(at, length, protection, flags, fd, offset);

	mappings += mapped != MAP_FAILED;
	return mapped;
}

int
library_munmap(void *at, size_t length)
{
	int error = munmap(at, length);

	mappings -= error == 0;
	return error;
}

static void
look_at(const volatile uint8_t *at, uint64_t length)
{
	(void)at[0];
	(void)at[length - 1];
}

/* Reading what forwarding may read faults nowhere, but where the guest cut it off. */
static void
is_sound(void)
{
	struct guest *guest = forwarding;

	MUST(guest == port.guest && (!guest || (port.up && guest->vid == port.connection)));
	MUST(pthread_mutex_trylock(&lock) == 0 && pthread_mutex_unlock(&lock) == 0);
	if (!guest)
		return;
	for (uint32_t i = 0; i < guest->memory.n; i++)
		look_at(guest->memory.region[i].host, guest->memory.region[i].size);
	for (uint16_t i = 0; i < guest->n_pairs * 2; i++) {
		const struct ring *ring = &guest->ring[i].ring;

		if (!guest->ring[i].enabled)
			continue;
		MUST(i / 2 < queue_limit && ring->size > 0);
		look_at((const volatile uint8_t *)ring->desc, ring->size * sizeof(*ring->desc));
	}
}

static void
take(struct ring *ring)
{
	uint16_t n = ring_ready(ring) ? ring_peek(ring, &burst) : 0;

	for (uint16_t i = 0; i < n; i++)
		for (uint16_t s = 0; s < burst.frame[i].n_segments; s++)
			look_at(burst.frame[i].segments[s].at, burst.frame[i].segments[s].length);
	if (n > 0)
		ring_release(ring, &burst);
}

static void
give(struct ring *ring, uint32_t length)
{
	static uint8_t bytes[2048];
	struct ring_segment segment = {.at = bytes, .length = length};
	struct frame frame = {.length = length, .n_segments = 1, .segments = &segment};
	const struct frame *frames[] = {&frame};
	struct ring_put_result result = ring_put(ring, frames, 1);

	MUST(result.sent + result.full + result.small == 1);
}

static void
forward(uint8_t what)
{
	struct guest *guest = forwarding;

	for (uint16_t i = 0; guest && i < guest->n_pairs * 2; i++) {
		if (!guest->ring[i].enabled)
			continue;
		if (i % 2)
			take(&guest->ring[i].ring);
		else
			give(&guest->ring[i].ring, 1 + what * 7);
	}
}

/* Answers are read, so that there is room for more. */
static void
serve(void)
{
	char answers[4096];

	for (int rounds = 0; library_serve(); rounds++)
		MUST(rounds < 1000);
	for (int i = 0; i < CONNECTIONS; i++)
		while (peers[i] >= 0 && recv(peers[i], answers, sizeof(answers), MSG_DONTWAIT) > 0)
			;
}

static void
hang_up(int i)
{
	if (peers[i] < 0)
		return;
	close(peers[i]);
	peers[i] = -1;
	serve();
}

static void
dial(int i)
{
	int pair[2];

	hang_up(i);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	peers[i] = pair[1];
	library_connect(port.path, pair[0]);
}

static void
close_port(void)
{
	vhost_close(&port);
	MUST(!forwarding && !port.guest && !port.up && port.connection == VHOST_DOWN);
	MUST(!vhost_sockets);
}

static void
operate(struct input *input)
{
	uint8_t what = input_byte(input);
	int i = what >> 4 & 1;

	switch (what % 16) {
	case 0:
		guest_bring_up(input, peers[0]);
		break;
	case 1:
		dial(i);
		break;
	case 2:
		hang_up(i);
		break;
	case 3:
		close_port();
		MUST(vhost_open(&port));
		break;
	case 4:
		guest_truncate(input);
		break;
	case 5:
	case 6:
	case 7:
		guest_write(input);
		break;
	case 8:
	case 9:
		forward(what >> 4);
		break;
	default:
		guest_say(input, peers[i]);
		if (what & 32) /* the next one comes at once */
			return;
	}
	serve();
	is_sound();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	int lowest = lowest_free();

	watch_faults();
	guest_reset();
	memset(peers, -1, sizeof(peers));
	MUST(vhost_open(&port));
	dial(0);
	for (int i = 0; i < OPERATIONS && input.left > 0; i++)
		operate(&input);
	serve();
	hang_up(1);
	hang_up(0);
	MUST(!forwarding && port.connection == VHOST_DOWN && !port.up && port.memory == 0);
	close_port();
	MUST(lowest_free() == lowest);
	MUST(mappings == 0);
	return 0;
}
