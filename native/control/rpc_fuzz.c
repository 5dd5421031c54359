/*
 * libFuzzer target: a client of the control socket that sends anything, cut into any pieces, and
 * reads its answers or does not. It goes through the real connection, dispatcher, methods and port
 * table. What must hold: each line gets one answer, which is a JSON-RPC message, whatever the
 * pieces; a line without an end gets one, too, and then the connection ends; what piles up for a
 * client that does not read is bounded; a connection whose client has gone closes.
 *
 * Sockets and files of ports are stand-ins: the fuzzer names paths at will, and would empty
 * this machine's files through port.mirror.
 *
 * Input: how pieces are cut and how it ends, then the client's bytes; those from 0x80 on stand for
 * pieces of requests, so that requests that mean something are likely (spell()).
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
#include "uplink_json.h"

#include "../datapath/announce.h"
#include "../datapath/fdb.h"
#include "../datapath/lcore.h"
#include "../datapath/mirror.h"
#include "../datapath/uplink.h"
#include "../fuzz/input.h"
#include "../vhost/unix_socket.h"
#include "../vhost/vhost.h"

#define MAX_BYTES (400u << 10)
#define MAX_WAITING (8u << 20) /* client.c's own bound, and some answers */
#define FDB_BUCKETS 2
#define QUOTE 0xff /* before a byte that stands for itself */

enum {
	DEAF = 1,   /* reads no answer before the end */
	ABRUPT = 2, /* closes instead of saying that it will send no more */
	HALF = 4,   /* what it sends last has no end */
};

/* Messages quote so much of a value; a character may be cut in two there. */
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa4"

/* Values that a parameter may be given, right and wrong. */
static const struct {
	const char *name, *values[6];
} params[] = {
	{"name", {"\"a\"", "\"b\"", "\"c\"", "7", "\"\"", ("\"" LONG LONG "\"")}},
	{"path", {"\"/run/a\"", "\"/run/b\"", "\"/run/busy\"", "\"/run/denied\"", "null"}},
	{"mode", {"\"client\"", "\"server\"", "\"\""}},
	{"vlan", {"0", "5", "4094", "4095", "-1"}},
	{"mac", {"\"02:00:00:00:00:01\"", "\"02:00:00:00:00:02\"", "\"ff:ff:ff:ff:ff:ff\"",
			"null"}},
	{"address_limit", {"1", "65536", "0"}},
	{"flood_limit", {"0", "7", "-1"}},
	{"lcore", {"0", "1", "128"}},
	{"port", {"\"a\"", "\"b\"", "[{}]"}},
	{"limit", {"1", "1000000", "0"}},
	{"protocol", {"1", "2", "2147483648", "\"1\""}},
	{"client", {"\"me\"", "{}"}},
};
/* Of those that are not in the list, and words for any place. */
static const char *const numbers[] = {
	"0", "1", "100", "1001", "9223372036854775807", "1.5", "true"};
static const char *const words[] = {"}}\n", "}", ",", "\n", ":", "\"", "[", "{", "[]", "{}", "null",
	"1e9", "\\u0000", "\\ud834\\udd1e", "\xc3\xa4", "\xf0\x9d\x84\x9e", "\"jsonrpc\":\"2.0\"",
	"\"id\":", "\"method\":\"", "\"params\":", "\"name\":\"", "\"path\":\"/", "\"client\":\"",
	"\"vlan?\":", LONG, ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" LONG "\"}\n")};
#define BLANKS 4096 /* one more word is as many: JSON does not mind, lines grow long */

static struct vswitch *sw;
static struct rpc_table table;
static struct client client;
static int peer; /* the client's end */
static char bytes[MAX_BYTES];
static char answers[2u << 20];
static size_t answers_length, n_answers;

void
vhost_init(const struct vhost_owner *owner)
{
	(void)owner;
	abort();
}

bool
vhost_open(struct vhost_socket *socket)
{
	return !strstr(socket->path, "denied");
}

void
vhost_close(struct vhost_socket *socket)
{
	(void)socket;
}

void
announce(struct vswitch *owner, struct port *port, const uint8_t mac[6])
{
	(void)owner;
	(void)port;
	(void)mac;
	abort();
}

bool
unix_socket_clear(const char *path)
{
	return !strstr(path, "busy");
}

struct mirror {
	char path[SOCKET_PATH_MAX + 1];
};

struct mirror *
mirror_open(const char *path)
{
	struct mirror *mirror = strstr(path, "denied") ? NULL : malloc(sizeof(*mirror));

	if (mirror)
		strcpy(mirror->path, path);
	else
		errno = EACCES;
	return mirror;
}

void
mirror_close(struct mirror *mirror)
{
	free(mirror);
}

const char *
mirror_path(const struct mirror *mirror)
{
	return mirror->path;
}

uint64_t
mirror_written(const struct mirror *mirror)
{
	(void)mirror;
	return 1;
}

uint64_t
mirror_lost(const struct mirror *mirror)
{
	(void)mirror;
	return 0;
}

void
lcore_busy(const struct lcore *lcore, uint64_t *cycles, uint64_t *frames)
{
	(void)lcore;
	*cycles = *frames = 0;
}

void
guest_faults(const struct guest *guest, uint64_t *bad_chains, uint16_t *broken)
{
	(void)guest;
	(void)bad_chains;
	(void)broken;
}

/* There is no uplink. */
void
uplink_accept_vlan(struct uplink *uplink, uint16_t tag)
{
	(void)uplink;
	(void)tag;
	abort();
}

json_t *
uplink_describe(struct uplink *uplink)
{
	(void)uplink;
	abort();
}

json_t *
uplink_nic_counters(struct uplink *uplink)
{
	(void)uplink;
	abort();
}

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
	/* A port that is removed has the whole table looked through: a small one. */
	fdb_destroy(sw->fdb);
	sw->fdb = fdb_create(FDB_BUCKETS, ADDRESS_LIMIT);
	MUST(sw->fdb);
	table = (struct rpc_table){switch_methods, n_switch_methods, sw};
	return 0;
}

/* Everything as in a new switch, but for some learned addresses. */
static void
reset(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	for (uint16_t i = 0; i < MAX_PORTS && sw->n_ports; i++)
		if (sw->ports[i].used)
			port_remove(sw, &sw->ports[i]);
	MUST(sw->n_ports == 0);
	fdb_flush_port(sw->fdb, 0);
	fdb_flush_port(sw->fdb, UPLINK_ID);
	fdb_learn(sw->fdb, fdb_key(mac, 0, false), 0, 0);
	fdb_learn(sw->fdb, fdb_key(mac, 7, false), UPLINK_ID, 0);
	memset((void *)&sw->settings, 0, sizeof(sw->settings));
}

static size_t
append(size_t length, const char *text, size_t n)
{
	if (n > sizeof(bytes) - length)
		n = sizeof(bytes) - length;
	memcpy(bytes + length, text, n);
	return length + n;
}

static size_t
append_text(size_t length, const char *text)
{
	return append(length, text, strlen(text));
}

/* One of a parameter's values. */
static const char *
value_of(const char *name, size_t length, uint8_t choice)
{
	size_t n = 0;

	for (size_t p = 0; p < RTE_DIM(params); p++) {
		if (strncmp(params[p].name, name, length) != 0 || params[p].name[length])
			continue;
		do {
			n++;
		} while (n < RTE_DIM(params[p].values) && params[p].values[n]);
		return params[p].values[choice % n];
	}
	return numbers[choice % RTE_DIM(numbers)];
}

/* One more parameter of a method that is not given yet, if there is any. */
static size_t
spell_param(size_t length, const struct rpc_method *method, uint8_t choice, uint8_t *given)
{
	size_t n = 0, at, name_length;
	const char *name;

	while (method->params[n])
		n++;
	if (n == 0 || *given == (1u << n) - 1)
		return length;
	for (at = choice % n; *given & 1u << at; at = (at + 1) % n)
		;
	name = method->params[at];
	name_length = strcspn(name, "?");
	length = append_text(length, *given ? ",\"" : "\"");
	length = append(length, name, name_length);
	length = append_text(length, "\":");
	*given |= 1u << at;
	return append_text(length, value_of(name, name_length, choice / n));
}

/* The client's bytes. A request's begin, its parameters, and its end are a byte each. */
static size_t
spell(struct input *input)
{
	static const char blanks[BLANKS] = {[0 ... BLANKS - 1] = ' '};
	const struct rpc_method *method = NULL; /* of a request that has begun */
	uint8_t given = 0;                      /* a bit for each parameter that it has */
	size_t length = 0;

	while (input->left > 0) {
		uint8_t byte = input_byte(input);

		if (byte < 0x80 || byte == QUOTE) {
			byte = byte == QUOTE ? input_byte(input) : byte;
			length = append(length, (char *)&byte, 1);
		} else if (byte - 0xe0 == RTE_DIM(words)) {
			length = append(length, blanks, sizeof(blanks));
		} else if (byte >= 0xe0) {
			length = append_text(length, words[(byte - 0xe0) % RTE_DIM(words)]);
		} else if (!method) {
			method = &switch_methods[byte % n_switch_methods];
			given = 0;
			length = append_text(length, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"");
			length = append_text(length, method->name);
			length = append_text(length, "\",\"params\":{");
		} else if (byte < 0xc8) {
			length = spell_param(length, method, byte - 0x80, &given);
		} else {
			method = NULL;
			length = append_text(length, "}}\n");
		}
	}
	return length;
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
		} else if (++line == CLIENT_MAX_LINE) {
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
answer(void *context, const char *line, size_t length)
{
	return rpc_answer(context, line, length);
}

/* What the control thread does, until there is nothing to do. */
static void
serve(bool deaf)
{
	for (int rounds = 0; client.fd >= 0; rounds++) {
		struct pollfd ready = {.fd = client.fd, .events = client_events(&client)};

		if (poll(&ready, 1, 0) != 1)
			break;
		client_serve(&client, ready.revents, answer, &table);
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
		/* Seed 0: as much as goes at once. */
		size_t n = seed ? piece(&state) : length;
		ssize_t sent;

		if (n > length - at)
			n = length - at;
		sent = send(peer, bytes + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		MUST(sent > 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
		serve(deaf);
		if (sent < 0 && deaf) /* it is full of answers that nobody reads */
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
		serve(false); /* what was still waiting */
		read_answers();
		close(peer);
	}
	serve(true);
	MUST(client.fd < 0);
	return 0;
}
