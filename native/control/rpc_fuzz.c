/*
 * libFuzzer target: a client of the control socket that sends anything, cut into any pieces, and
 * reads its answers or does not. It runs the real connection, dispatcher, methods and port table.
 * What must hold: each line gets one answer, which is a JSON-RPC message, whatever the pieces; a
 * line without an end gets one, too, and then the connection ends; answers queued for a client
 * that does not read are bounded; a connection closes when its client has gone.
 *
 * Input: how pieces are cut and how the connection ends, then the client's bytes
 * (rpc_fuzz_spell.h). Everything outside the control socket is a stand-in (methods_fuzz_stubs.c).
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_eal.h>

#include "client.h"
#include "methods.h"
#include "rpc_fuzz_spell.h"

#include "../datapath/capture.h"
#include "../datapath/fdb.h"
#include "../fuzz/input.h"

#define MAX_WAITING (2u * LIMIT_WAITING_BYTES) /* the bound, and some answers */
#define FDB_BUCKETS 2

enum {
	DEAF = 1,    /* reads no answer before the end */
	ABRUPT = 2,  /* closes instead of shutting down its sending side */
	HALF = 4,    /* its last line has no end */
	UNSAVED = 8, /* what every other line changes cannot be saved */
};

static struct vswitch *sw;
static struct rpc_table table;
static struct client client;
static int peer; /* the client's end */
static bool unsaved_mode;
static unsigned int n_lines;
static char answers[2u << 20];
static size_t answers_length, n_answers;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *eal[] = {"rpc_fuzz", "--no-huge", "-m", "64", "--no-pci", "--no-shconf",
		"--file-prefix", "rpc_fuzz", "--no-telemetry", "--log-level", "error", "--lcores",
		"0"};
	cpu_set_t cpus;

	(void)argc;
	(void)argv;
	/* The EAL binds this thread to a processor, which another fuzzer may be using. */
	MUST(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	MUST(rte_eal_init(sizeof(eal) / sizeof(*eal), eal) >= 0);
	MUST(sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
	sw = vswitch_create();
	MUST(sw);
	/* Small, as removing a port scans the whole table. */
	fdb_destroy(sw->fdb);
	sw->fdb = fdb_create(FDB_BUCKETS, ADDRESS_LIMIT_MAX);
	MUST(sw->fdb);
	table = (struct rpc_table){switch_methods, n_switch_methods, sw};
	return 0;
}

/* The state of a new switch, but for some learned addresses. */
static void
reset(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	for (uint16_t i = 0; i < MAX_PORTS && sw->n_ports; i++)
		if (sw->ports[i].used)
			port_remove(sw, &sw->ports[i]);
	MUST(sw->n_ports == 0);
	fdb_flush_port(sw->fdb, 0);
	fdb_flush_port(sw->fdb, MAX_PORTS - 1);
	fdb_learn(sw->fdb, fdb_key(mac, 0, false), 0, 0);
	fdb_learn(sw->fdb, fdb_key(mac, 7, false), MAX_PORTS - 1, 0);
	memset((void *)&sw->settings, 0, sizeof(sw->settings));
}

/* How many answers these bytes must get. */
static size_t
expected(size_t length)
{
	size_t n = 0, line = 0;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n') {
			n++;
			line = 0;
		} else if (++line == LIMIT_REQUEST_BYTES) {
			return n + 1;
		}
	}
	return n;
}

static void
check_answer(const char *line, size_t length)
{
	json_t *answer = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	json_t *error = json_object_get(answer, "error"), *id = json_object_get(answer, "id");

	MUST(json_is_object(answer));
	MUST(json_is_string(json_object_get(answer, "jsonrpc")));
	MUST(json_is_string(id) || json_is_integer(id) || json_is_null(id));
	MUST(!error == !!json_object_get(answer, "result"));
	MUST(!error || (json_is_integer(json_object_get(error, "code")) &&
			       json_is_string(json_object_get(error, "message"))));
	json_decref(answer);
	n_answers++;
}

static void
read_answers(void)
{
	char *line = answers, *end;
	ssize_t n;

	while ((n = recv(peer, answers + answers_length, sizeof(answers) - answers_length,
			MSG_DONTWAIT)) > 0)
		answers_length += n;
	MUST(answers_length < sizeof(answers));
	while ((end = memchr(line, '\n', answers + answers_length - line))) {
		check_answer(line, end - line);
		line = end + 1;
	}
	answers_length -= line - answers;
	memmove(answers, line, answers_length);
}

static char *
answer(void *context, const char *line, size_t length, char **unsaved)
{
	static struct rpc_client asker = {.level = LEVEL_ADMINISTER};
	char *said = rpc_answer(context, &asker, line, length, unsaved);

	/* What follows the answer is another's; here the client goes on. */
	if (asker.stream) {
		capture_end(table.context, asker.stream);
		capture_destroy(asker.stream);
		asker.stream = NULL;
	}
	MUST(!*unsaved); /* there is no file */
	if (unsaved_mode && ++n_lines % 2)
		*unsaved = rpc_refusal(RPC_INTERNAL, "not saved");
	return said;
}

/* Does the control thread's work until there is none left. */
static void
serve(bool deaf)
{
	for (int rounds = 0; client.fd >= 0; rounds++) {
		struct pollfd ready = {.fd = client.fd, .events = client_events(&client)};

		if (poll(&ready, 1, 0) != 1)
			break;
		client_serve(&client, ready.revents, answer, &table);
		if (client.fd >= 0)
			client_answer(&client, !unsaved_mode);
		MUST(client.fd < 0 || client.out_length - client.out_sent <= MAX_WAITING);
		if (!deaf)
			read_answers();
		MUST(rounds < 10000);
	}
}

/* Pieces of a few bytes or many, by a generator that the input seeds. */
static size_t
piece(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return 1 + (*state >> 8) % (1u << (*state >> 28));
}

static void
say(size_t length, uint8_t seed, bool deaf)
{
	uint32_t state = seed * 0x9e3779b9u;
	size_t at = 0;

	while (at < length && client.fd >= 0) {
		/* Seed 0: as much as possible at once. */
		size_t n = seed ? piece(&state) : length;
		ssize_t sent;

		if (n > length - at)
			n = length - at;
		sent = send(peer, bytes + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		MUST(sent > 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
		serve(deaf);
		if (sent < 0 && deaf) /* full of unread answers */
			break;
		at += sent > 0 ? sent : 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t seed = input_byte(&input), how = input_byte(&input);
	bool deaf = how & DEAF;
	size_t length = spell(&input);
	int pair[2];

	unsaved_mode = how & UNSAVED;
	n_lines = 0;
	if (!(how & HALF))
		length = append_text(length, "}}\n");
	reset();
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	peer = pair[1];
	client_open(&client, pair[0]);
	answers_length = n_answers = 0;
	say(length, seed, deaf);
	if (how & ABRUPT) {
		close(peer);
	} else {
		if (!deaf)
			MUST(n_answers == expected(length) && answers_length == 0);
		(void)shutdown(peer, SHUT_WR);
	}
	serve(deaf || how & ABRUPT);
	if (!(how & ABRUPT)) {
		read_answers();
		serve(false); /* input that was still waiting */
		read_answers();
		close(peer);
	}
	serve(true);
	MUST(client.fd < 0);
	return 0;
}
