/*
 * libFuzzer target: a state file that holds anything, or is no file, and is loaded by a switch that
 * starts. What must hold: whatever is there, the switch starts, unless it is the file of another
 * version, which is left as it is; what cannot be used is set aside as it was; of a list of ports,
 * each is there afterwards, or still in the file, and then a line of the log says so; what is saved
 * then loads as the same, to the last byte.
 *
 * Input: what is there, then the file's bytes (state_fuzz_spell.h). Sockets of ports are stand-ins
 * (methods_fuzz_stubs.c).
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_log.h>

#include "port_json.h"
#include "state.h"
#include "state_fuzz_spell.h"

#include "../datapath/fdb.h"

#define FDB_BUCKETS 2

/* What is at the path. */
enum kind { FILE_OF_OURS, FILE_OF_OTHERS, FIFO, LINK, FOLDER, KINDS };

static struct vswitch *sw;
static char folder[64] = "/tmp/state_fuzz.XXXXXX";
static char path[80], aside[96], target[80];
static char saved[2][MAX_TEXT * 64];
static size_t saved_length[2];
static uint32_t lines; /* of the log */

static ssize_t
count_lines(void *cookie, const char *said, size_t length)
{
	(void)cookie;
	for (size_t i = 0; i < length; i++)
		lines += said[i] == '\n';
	return (ssize_t)length;
}

static void
remove_folder(void)
{
	rmdir(folder);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *eal[] = {"state_fuzz", "--no-huge", "-m", "64", "--no-pci", "--no-shconf",
		"--file-prefix", "state_fuzz", "--no-telemetry", "--log-level", "warning",
		"--lcores", "0"};
	const char *below = getenv("TMPDIR");
	cpu_set_t cpus;
	FILE *log;

	(void)argc;
	(void)argv;
	/* The EAL binds this thread to a processor, which another fuzzer may be using. */
	MUST(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	MUST(rte_eal_init(sizeof(eal) / sizeof(*eal), eal) >= 0);
	MUST(sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
	log = fopencookie(NULL, "w", (cookie_io_functions_t){.write = count_lines});
	MUST(log && setvbuf(log, NULL, _IONBF, 0) == 0 && rte_openlog_stream(log) == 0);
	sw = vswitch_create();
	MUST(sw);
	/* Small, as removing a port scans the whole table. */
	fdb_destroy(sw->fdb);
	sw->fdb = fdb_create(FDB_BUCKETS, ADDRESS_LIMIT_MAX);
	MUST(sw->fdb);
	if (below && strlen(below) < sizeof(folder) - sizeof("/state_fuzz.XXXXXX"))
		sprintf(folder, "%s/state_fuzz.XXXXXX", below);
	MUST(mkdtemp(folder) && atexit(remove_folder) == 0);
	sprintf(path, "%s/ports", folder);
	sprintf(aside, "%s.bad", path);
	sprintf(target, "%s/target", folder);
	return 0;
}

static void
write_file(const char *to, mode_t mode)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	MUST(fd >= 0 && fchmod(fd, mode) == 0);
	MUST(write(fd, text, text_length) == (ssize_t)text_length && close(fd) == 0);
}

static size_t
read_file(const char *from, char *to, size_t size)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	MUST(fd >= 0);
	n = read(fd, to, size);
	MUST(n >= 0 && (size_t)n < size && close(fd) == 0);
	return n;
}

static void
put(enum kind kind)
{
	switch (kind) {
	case FIFO:
		MUST(mkfifo(path, 0600) == 0);
		break;
	case LINK:
		write_file(target, 0600);
		MUST(symlink(target, path) == 0);
		break;
	case FOLDER:
		MUST(mkdir(path, 0700) == 0);
		break;
	default:
		write_file(path, kind == FILE_OF_OURS ? 0600 : 0622);
	}
}

static void
clear(void)
{
	char lock[96];

	sprintf(lock, "%s.lock", path);
	unlink(path);
	unlink(target);
	unlink(lock);
	if (unlink(aside) < 0)
		rmdir(aside);
}

static void
holds_text(const char *file)
{
	size_t length = read_file(file, saved[0], sizeof(saved[0]));

	MUST(length == text_length && memcmp(saved[0], text, length) == 0);
}

/* A switch that starts, does nothing and ends; what it has saved goes into saved[n]. */
static bool
start(int n)
{
	bool loaded;

	lines = 0;
	sw->state = state_open(path);
	MUST(sw->state);
	loaded = state_load(sw);
	if (loaded) {
		uint32_t before = lines;

		MUST(state_save(sw) && lines == before);
		saved_length[n] = read_file(path, saved[n], sizeof(saved[n]));
	}
	return loaded;
}

static void
end(void)
{
	state_close(sw->state);
	sw->state = NULL;
	for (uint16_t i = 0; i < MAX_PORTS && sw->n_ports; i++)
		if (sw->ports[i].used)
			port_remove(sw, &sw->ports[i]);
	MUST(sw->n_ports == 0);
}

/* Whether a port of the file before is one of the file after. */
static bool
is_same_port(json_t *before, json_t *after)
{
	struct port_config one, other;
	const char *bad;

	if (json_equal(before, after))
		return true;
	port_config_init(&one);
	port_config_init(&other);
	return json_is_object(before) && !port_config_from_json(before, &one, &bad) &&
	       !port_config_from_json(after, &other, &bad) && port_config_same(&one, &other);
}

static void
nothing_is_lost(json_t *ports)
{
	json_t *root = json_loadb(saved[0], saved_length[0], JSON_REJECT_DUPLICATES, NULL);
	json_t *after = json_object_get(root, "ports"), *entry, *other;
	size_t i, j;

	MUST(json_is_array(after) && json_array_size(after) <= json_array_size(ports));
	/* A line for each that is only in the file. */
	MUST(json_array_size(after) == sw->n_ports + lines);
	json_array_foreach (ports, i, entry) {
		bool found = false;

		json_array_foreach (after, j, other)
			found = found || is_same_port(entry, other);
		MUST(found);
	}
	json_decref(root);
}

static void
check(enum kind kind, bool loaded)
{
	json_t *root = kind == FILE_OF_OURS
			       ? json_loadb(text, text_length, JSON_REJECT_DUPLICATES, NULL)
			       : NULL;
	json_t *ports = json_object_get(root, "ports"), *version = json_object_get(root, "version");

	if (!json_is_array(ports)) {
		MUST(loaded && sw->n_ports == 0 && lines == 1);
		if (kind == FILE_OF_OURS || kind == FILE_OF_OTHERS)
			holds_text(aside);
		if (kind == LINK)
			holds_text(target);
	} else if (!json_is_integer(version) || json_integer_value(version) != 1) {
		MUST(!loaded && lines == 1);
		holds_text(path);
	} else {
		MUST(loaded && access(aside, F_OK) < 0);
		nothing_is_lost(ports);
	}
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t what = input_byte(&input);
	/* Nearly always a file: of what is not one the bytes do not matter. */
	enum kind kind = what < 0xf0 ? FILE_OF_OURS : what % KINDS;
	bool loaded;

	spell(&input);
	put(kind);
	loaded = start(0);
	check(kind, loaded);
	end();
	if (loaded) {
		saved_length[0] = read_file(path, saved[0], sizeof(saved[0]));
		MUST(start(1));
		MUST(saved_length[0] == saved_length[1] &&
			memcmp(saved[0], saved[1], saved_length[0]) == 0);
		end();
	}
	clear();
	return 0;
}
