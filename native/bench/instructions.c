/*
 * vhost-instructions: what a frame costs in instructions, a figure that no neighbour disturbs.
 *
 *     valgrind --tool=callgrind '--toggle-collect=counted_round*' vhost-instructions SCENARIO
 * ROUNDS
 *
 * The switch's own loop, round by round, with guests in this process: before each round every busy
 * one shows a burst and takes back what it has got, which is not counted. So each round does the
 * same, whatever else the machine does. It prints one line of JSON: the frames that were forwarded,
 * and the compiler. What callgrind collected, divided by the frames, is the figure
 * (bench/instructions.ts).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include "local_guest.h"

#include "../datapath/bpf.h"
#include "../datapath/capture.h"
#include "../datapath/device.h"
#include "../datapath/fdb.h"
#include "../datapath/forward.h"
#include "../datapath/lcore.h"
#include "../datapath/vswitch.h"

/* Rounds after which rings have wrapped, and those after which a silent port is known to be one. */
#define SETTLE 32
#define SETTLE_IDLE 300
/* An address number that nobody has. */
#define NOBODY 0xffffff00u
/* Frames in a round that a port may have copied to 63 others, by its budget (budget.h). */
#define FLOODED 2

/* Another one makes other instructions. */
#define TEXT_OF(number) #number
#define COMPILER_OF(name, number) name " " TEXT_OF(number)
#ifdef __clang__
#define COMPILER COMPILER_OF("clang", __clang_major__)
#else
#define COMPILER COMPILER_OF("gcc", __GNUC__)
#endif

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

struct scenario {
	const char *name;
	uint8_t features; /* RING_* of all rings */
	uint16_t busy, idle;
	uint16_t length;
	uint16_t run; /* frames in a row with the same addresses */
	uint32_t addresses;
	bool relayed;      /* the busy one with a device, which sends as much as it does */
	uint16_t flooded;  /* so many ports share a VLAN, and all frames go to all of them */
	uint32_t captured; /* frames of these directions, by a filter that takes none */
};

static const struct scenario scenarios[] = {
	{"64", 0, 2, 0, 64, BURST, 2, false, 0, 0},
	{"64-captured-in", 0, 2, 0, 64, BURST, 2, false, 0, PCAPNG_IN},
	{"64-captured", 0, 2, 0, 64, BURST, 2, false, 0, PCAPNG_IN | PCAPNG_OUT},
	{"64-packed", RING_PACKED, 2, 0, 64, BURST, 2, false, 0, 0},
	{"64-runs-of-4", 0, 2, 0, 64, 4, 64, false, 0, 0},
	{"64-mixed", 0, 2, 0, 64, 1, 64, false, 0, 0},
	{"64-mergeable", RING_MERGEABLE, 2, 0, 64, BURST, 2, false, 0, 0},
	{"64-offloads", RING_CSUM | RING_TSO4 | RING_TSO6, 2, 0, 64, BURST, 2, false, 0, 0},
	{"1514", 0, 2, 0, 1514, BURST, 2, false, 0, 0},
	{"64-among-200-idle", 0, 2, 200, 64, BURST, 2, false, 0, 0},
	{"64-ports", 0, 64, 0, 64, 1, 6400, false, 0, 0},
	{"64-relay", 0, 1, 0, 64, BURST, 1, true, 0, 0},
	{"flood-64", 0, 1, 63, 64, BURST, 1, false, 64, 0},
	{"flood-64-of-1000", 0, 1, 999, 64, BURST, 1, false, 64, 0},
};

static struct local_guest *guests;
static struct vswitch *sw;
static struct lcore *lcore;

/* As one that was added and whose guest has come. */
static bool
add_port(const struct scenario *scenario, uint16_t id)
{
	struct port *port = &sw->ports[id];

	if (!local_guest_create(&guests[id], scenario->features, scenario->length))
		return false;
	/* The first one that it sends is its first. */
	guests[id].source = scenario->addresses;
	guests[id].destination = id;
	port_config_init(&port->config);
	if (scenario->flooded) {
		port->config.vlan = id < scenario->flooded ? 1 : 2;
		port->config.flood_limit = 0;
	}
	port->used = true;
	port->id = id;
	port->lcore = rte_lcore_id();
	port->vhost.guest = guests[id].guest;
	fdb_set_limit(sw->fdb, id, ADDRESS_LIMIT_MAX);
	return true;
}

/* A relay's device. It frees what it gets, and its frames are of 64 bytes, whatever is in them. */
static bool
add_relay(uint16_t id)
{
	char problem[DEVICE_PROBLEM_MAX];
	struct port *port = &sw->ports[id];

	port_config_init(&port->config);
	port->used = true;
	port->id = id;
	port->lcore = rte_lcore_id();
	port->device = device_open(sw, "net_null0", false, problem);
	if (!port->device) {
		fprintf(stderr, "vhost-instructions: net_null0: %s\n", problem);
		return false;
	}
	for (uint16_t end = 0; end <= id; end++)
		snprintf(sw->ports[end].config.relay, sizeof(port->config.relay), "1");
	relay_join(sw);
	return true;
}

/* Of a busy port. */
static uint16_t
frames_a_round(const struct scenario *scenario)
{
	return scenario->flooded ? FLOODED : BURST;
}

/*
 * Address number n lives behind busy port n % busy. To each source its destinations in turn;
 * teaching: all of its own port's first, so that the switch learns them without a flood.
 */
static void
prepare(const struct scenario *scenario, uint16_t own, bool teaching)
{
	struct local_guest *guest = &guests[own];

	for (uint16_t i = 0; i < frames_a_round(scenario); i++) {
		if (scenario->flooded) {
			local_guest_prepare(guest, i, own, NOBODY);
			continue;
		}
		if (guest->left == 0) {
			guest->source += scenario->busy;
			if (guest->source >= scenario->addresses)
				guest->source = own;
			do
				guest->destination = (guest->destination + 1) % scenario->addresses;
			while (!scenario->relayed && guest->destination % scenario->busy == own);
			guest->left = teaching ? 1 : scenario->run;
		}
		guest->left--;
		local_guest_prepare(guest, i, guest->source, teaching ? own : guest->destination);
	}
}

/* All ports, by the filter `ether host 02:00:00:00:99:99` as tcpdump compiles it. */
static bool
capture(uint32_t directions)
{
	static const struct sock_filter nobody[] = {
		{0x20, 0, 0, 8},
		{0x15, 0, 2, 0x00009999},
		{0x28, 0, 0, 6},
		{0x15, 4, 0, 0x0200},
		{0x20, 0, 0, 2},
		{0x15, 0, 3, 0x00009999},
		{0x28, 0, 0, 0},
		{0x15, 0, 1, 0x0200},
		{0x06, 0, 0, 262144},
		{0x06, 0, 0, 0},
	};
	struct capture *one = capture_create();

	if (!one || !(one->filter = bpf_create(nobody, RTE_DIM(nobody))))
		return false;
	one->all = true;
	one->drops = true;
	one->flags = directions;
	return capture_begin(sw, one);
}

/* What is counted: by its name, so it must keep that. */
static __attribute__((noinline)) uint32_t
counted_round(void)
{
	return forward_round(lcore, rte_lcore_id());
}

/* Returns the number of frames that the switch took. */
static uint32_t
one_round(const struct scenario *scenario, bool teaching, bool counted)
{
	uint16_t takers = RTE_MAX(scenario->busy, scenario->flooded);
	uint32_t frames;

	for (uint16_t i = 0; i < scenario->busy; i++) {
		prepare(scenario, i, teaching);
		local_guest_show(&guests[i], frames_a_round(scenario));
	}
	frames = counted ? counted_round() : forward_round(lcore, rte_lcore_id());
	for (uint16_t i = 0; i < takers; i++)
		local_guest_take(&guests[i], scenario->flooded ? 0 : i,
			scenario->flooded ? 1 : scenario->busy);
	return frames;
}

static bool
make(const struct scenario *scenario)
{
	sw = vswitch_create();
	if (!sw)
		return false;
	sw->max_frame = FRAME_STANDARD;
	sw->vm2vm = VM2VM_SOFTWARE;
	sw->vlan_strip = true;
	sw->finishes = scenario->features & RING_CSUM;
	lcore = lcore_create(sw, rte_lcore_id());
	guests = calloc(scenario->busy + scenario->idle, sizeof(*guests));
	if (!lcore || !guests)
		return false;
	for (uint16_t i = 0; i < scenario->busy + scenario->idle; i++)
		if (!add_port(scenario, i))
			return false;
	if (scenario->relayed && !add_relay(scenario->busy))
		return false;
	topology_publish(sw);
	return !scenario->captured || capture(scenario->captured);
}

/* After this every address is known, and every idle port is known to be one. */
static void
settle(const struct scenario *scenario)
{
	for (uint32_t n = 0;
		!scenario->relayed && n <= scenario->addresses / scenario->busy / BURST; n++)
		one_round(scenario, true, false);
	for (uint32_t n = 0; n < (scenario->idle ? SETTLE_IDLE : SETTLE); n++)
		one_round(scenario, false, false);
	for (uint16_t i = 0; i < scenario->busy + scenario->idle; i++)
		guests[i].came = guests[i].misplaced = 0;
}

/* Fails unless each round took a burst of each, and each frame came to whom it was for. */
static int
count(const struct scenario *scenario, uint32_t rounds)
{
	uint64_t frames = 0, came = 0, misplaced = 0;
	uint16_t copies = scenario->flooded ? scenario->flooded - 1 : 1;

	settle(scenario);
	for (uint32_t n = 0; n < rounds; n++)
		frames += one_round(scenario, false, true);
	for (uint16_t i = 0; i < scenario->busy + scenario->idle; i++) {
		came += guests[i].came;
		misplaced += guests[i].misplaced;
	}
	printf("{\"frames\":%" PRIu64 ",\"compiler\":\"" COMPILER "\"}\n", frames);
	/* A relay's other half went to the device. */
	if (scenario->relayed)
		came *= 2;
	if (frames == (uint64_t)rounds * (scenario->busy + scenario->relayed) *
				frames_a_round(scenario) &&
		came == frames * copies && misplaced == 0)
		return EXIT_DONE;
	fprintf(stderr, "vhost-instructions: %" PRIu64 " frames came, %" PRIu64 " misplaced\n",
		came, misplaced);
	return EXIT_FAILED;
}

static const struct scenario *
scenario_of(const char *name)
{
	for (size_t i = 0; i < RTE_DIM(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

static int
usage(void)
{
	fputs("Usage: vhost-instructions SCENARIO ROUNDS, or `list`\n", stderr);
	return EXIT_USAGE;
}

static int
list(void)
{
	for (size_t i = 0; i < RTE_DIM(scenarios); i++)
		puts(scenarios[i].name);
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	const char *eal[] = {argv[0], "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry",
		"--log-level=error", "-l0", "-m64", "--vdev=net_null0,size=64"};
	const struct scenario *scenario = argc == 3 ? scenario_of(argv[1]) : NULL;
	char *end = NULL;
	unsigned long rounds = scenario ? strtoul(argv[2], &end, 10) : 0;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	if (!scenario || *end || rounds == 0 || rounds > 1000000)
		return usage();
	if (rte_eal_init(RTE_DIM(eal), (char **)(uintptr_t)eal) < 0 || !make(scenario)) {
		fputs("vhost-instructions: no memory\n", stderr);
		return EXIT_FAILED;
	}
	return count(scenario, rounds);
}
