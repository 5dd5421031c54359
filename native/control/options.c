#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "options.h"

/* Kinds of option values; NUMBER and FLAG are stored in a field by offset. */
enum kind {
	NUMBER,
	FLAG,
	SWITCH, /* takes no value */
	TEXT,
	PATH,
	SOCKET,
	FOLDER,
	MASK,
	GROUP, /* of clients that get the level `min` */
	REFUSED,
	REFUSED_SWITCH, /* takes no value either */
	HELP,
	VERSION,
};

struct rule {
	const char *name;
	enum kind kind;
	size_t field;
	uint32_t min, max;
	const char *reason; /* REFUSED, REFUSED_SWITCH */
	char letter;        /* 0: none */
};

#define FIELD(name) offsetof(struct options, name)

static const struct rule rules[] = {
	{.name = "socket-file", .kind = SOCKET},
	{.name = "dev-basename", .kind = SOCKET},
	{.name = "client", .kind = SWITCH, .field = FIELD(client)},
	{.name = "control-socket", .kind = PATH, .field = FIELD(control_socket)},
	{.name = "state-file", .kind = PATH, .field = FIELD(state_file)},
	{.name = "user", .kind = TEXT, .field = FIELD(user)},
	{.name = "group", .kind = TEXT, .field = FIELD(group)},
	{.name = "folder", .kind = FOLDER},
	{.name = "capture-folder", .kind = PATH, .field = FIELD(capture_folder)},
	{.name = "look-group", .kind = GROUP, .min = LEVEL_LOOK},
	{.name = "change-group", .kind = GROUP, .min = LEVEL_CHANGE},
	{.name = "admin-group", .kind = GROUP, .min = LEVEL_ADMINISTER},
#define SETTING(key, option, least, most, standard)                                                \
	{.name = (option), .kind = NUMBER, .field = FIELD(key), .min = (least), .max = (most)},
	EACH_SWITCH_SETTING(SETTING)
#undef SETTING
		{.name = "mergeable", .kind = FLAG, .field = FIELD(mergeable)},
	{.name = "vlan-strip", .kind = FLAG, .field = FIELD(vlan_strip)},
	{.name = "vm2vm", .kind = NUMBER, .field = FIELD(vm2vm), .max = 2},
	{.name = "total-num-mbufs",
		.kind = NUMBER,
		.field = FIELD(total_num_mbufs),
		.min = 1,
		.max = 16777216},
	{.name = "tx-csum", .kind = FLAG, .field = FIELD(tx_csum)},
	{.name = "tso", .kind = FLAG, .field = FIELD(tso)},
	{.name = "dmas",
		.kind = REFUSED,
		.reason = "copies are made by the lcores here; leave it out"},
	{.name = "builtin-net-driver",
		.kind = REFUSED_SWITCH,
		.reason = "this switch has one data path, its own; leave it out"},
	{.name = "help", .kind = HELP, .letter = 'h'},
	{.name = "version", .kind = VERSION},
	{.kind = MASK, .letter = 'p'},
	{.kind = SWITCH, .field = FIELD(promiscuous), .letter = 'P'},
};
#define N_RULES (sizeof(rules) / sizeof(*rules))
/* getopt's value of a long option: its place in the table, above all letters. */
#define LONG_FIRST 256

int
options_own_start(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return argc;
}

/* The option as the user wrote it. */
static const char *
spelt(const struct rule *rule)
{
	static char text[32];

	if (rule->name)
		snprintf(text, sizeof(text), "--%s", rule->name);
	else
		snprintf(text, sizeof(text), "-%c", rule->letter);
	return text;
}

static enum options_result
invalid(const struct rule *rule, const char *want)
{
	fprintf(stderr, "vhost-switch: %s: '%s' is not possible; give %s\n", spelt(rule), optarg,
		want);
	return OPTIONS_INVALID;
}

static enum options_result
take_number(const struct rule *rule, uint32_t *field)
{
	unsigned long value;
	char want[64];

	if (!check_number(optarg, rule->min, rule->max, &value)) {
		snprintf(want, sizeof(want), "a number from %u to %u", rule->min, rule->max);
		return invalid(rule, want);
	}
	*field = value;
	return OPTIONS_OK;
}

static enum options_result
take_flag(const struct rule *rule, bool *field)
{
	if (strcmp(optarg, "0") && strcmp(optarg, "1"))
		return invalid(rule, "0 or 1");
	*field = optarg[0] == '1';
	return OPTIONS_OK;
}

static enum options_result
take_path(const struct rule *rule, const char **field)
{
	if (!check_socket_path(optarg))
		return invalid(rule, SOCKET_PATH_WANT);
	*field = optarg;
	return OPTIONS_OK;
}

static enum options_result
take_text(const struct rule *rule, const char **field)
{
	if (!optarg[0])
		return invalid(rule, "a name");
	*field = optarg;
	return OPTIONS_OK;
}

/* Hexadecimal, as in the EAL and the sample; with or without 0x. */
static enum options_result
take_mask(const struct rule *rule, uint64_t *field)
{
	char *end;
	unsigned long long mask = strtoull(optarg, &end, 16);

	if (!optarg[0] || optarg[0] == '-' || optarg[0] == '+' || *end || mask > UINT32_MAX ||
		(mask & (mask - 1)))
		return invalid(rule, "a hexadecimal mask with one bit, as 1 for DPDK port 0, or 0");
	*field = mask;
	return OPTIONS_OK;
}

/* One more at the end of a list; the path is the list's then. */
static bool
append(char ***list, size_t *n, char *path)
{
	char **longer = realloc(*list, (*n + 1) * sizeof(*longer));

	if (!longer)
		return false;
	*list = longer;
	longer[(*n)++] = path;
	return true;
}

static enum options_result
take_socket(struct options *options, const struct rule *rule)
{
	char cwd[PATH_MAX], *path = NULL;

	if (optarg[0] == '/')
		path = strdup(optarg);
	else if (!getcwd(cwd, sizeof(cwd)) || asprintf(&path, "%s/%s", cwd, optarg) < 0)
		path = NULL;
	if (!path || !check_socket_path(path)) {
		free(path);
		return invalid(rule, SOCKET_PATH_WANT);
	}
	for (size_t i = 0; i < options->n_sockets; i++)
		if (!strcmp(options->sockets[i], path)) {
			free(path);
			return invalid(rule, "each socket once");
		}
	if (append(&options->sockets, &options->n_sockets, path))
		return OPTIONS_OK;
	free(path);
	return invalid(rule, "the machine more memory");
}

static enum options_result
take_folder(struct options *options, const struct rule *rule)
{
	char *path;

	if (!check_socket_path(optarg))
		return invalid(rule, SOCKET_PATH_WANT);
	path = strdup(optarg);
	if (path && append(&options->folders, &options->n_folders, path))
		return OPTIONS_OK;
	free(path);
	return invalid(rule, "the machine more memory");
}

static enum options_result
take_group(struct options *options, const struct rule *rule)
{
	gid_t group;

	if (!authority_group(optarg, &group))
		return invalid(rule, "a group of this host, by name or number, other than 65534");
	if (!authority_add(&options->authority, group, rule->min))
		return invalid(rule, "fewer groups");
	return OPTIONS_OK;
}

static enum options_result
refuse(const struct rule *rule)
{
	fprintf(stderr, "vhost-switch: %s: not supported; %s\n", spelt(rule), rule->reason);
	return OPTIONS_INVALID;
}

static enum options_result
take(struct options *options, const struct rule *rule)
{
	void *field = (char *)options + rule->field;

	switch (rule->kind) {
	case NUMBER:
		return take_number(rule, field);
	case FLAG:
		return take_flag(rule, field);
	case SWITCH:
		*(bool *)field = true;
		return OPTIONS_OK;
	case TEXT:
		return take_text(rule, field);
	case PATH:
		return take_path(rule, field);
	case SOCKET:
		return take_socket(options, rule);
	case FOLDER:
		return take_folder(options, rule);
	case MASK:
		return take_mask(rule, &options->port_mask);
	case GROUP:
		return take_group(options, rule);
	case REFUSED:
	case REFUSED_SWITCH:
		return refuse(rule);
	case HELP:
		fputs(options_usage, stdout);
		return OPTIONS_HELP;
	case VERSION:
		break;
	}
	puts("vhost-switch " SWITCH_VERSION);
	return OPTIONS_HELP;
}

static bool
takes_value(const struct rule *rule)
{
	return rule->kind != SWITCH && rule->kind != REFUSED_SWITCH && rule->kind != HELP &&
	       rule->kind != VERSION;
}

/* The rule for what getopt returned; it returns only what describe() announced. */
static const struct rule *
rule_of(int opt)
{
	const struct rule *rule = rules;

	if (opt >= LONG_FIRST)
		return &rules[opt - LONG_FIRST];
	while (rule->letter != opt)
		rule++;
	return rule;
}

/* Announces the rules to getopt: long options, and letters appended to `letters`. */
static void
describe(struct option *longs, char *letters)
{
	letters += strlen(letters);
	for (size_t i = 0; i < N_RULES; i++) {
		bool value = takes_value(&rules[i]);

		if (rules[i].name)
			*longs++ = (struct option){rules[i].name,
				value ? required_argument : no_argument, NULL, LONG_FIRST + (int)i};
		if (rules[i].letter)
			*letters++ = rules[i].letter;
		if (rules[i].letter && value)
			*letters++ = ':';
	}
}

enum options_result
options_parse(struct options *options, int argc, char **argv)
{
	struct option longs[N_RULES + 1] = {0};
	/* Stops at the first non-option; ":" tells a missing value from an unknown option. */
	char letters[2 * N_RULES + 3] = "+:";
	int opt;

	describe(longs, letters);
	*options = (struct options){.control_socket = DEFAULT_CONTROL_SOCKET,
		.vlan_strip = true,
		.vm2vm = 1,
#define SETTING(key, option, min, max, standard) .key = (standard),
		EACH_SWITCH_SETTING(SETTING)
#undef SETTING
	};
	optind = 0; /* glibc: restart, the EAL has used it */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		enum options_result result;

		if (opt == '?' || opt == ':') {
			fprintf(stderr, "vhost-switch: %s: %s; see vhost-switch --help\n",
				argv[optind - 1], opt == ':' ? "value missing" : "unknown option");
			return OPTIONS_INVALID;
		}
		result = take(options, rule_of(opt));
		if (result != OPTIONS_OK)
			return result;
	}
	if (optind < argc) {
		fprintf(stderr, "vhost-switch: %s: not an option; see vhost-switch --help\n",
			argv[optind]);
		return OPTIONS_INVALID;
	}
	if (options->vm2vm != 1 && !options->port_mask) {
		fprintf(stderr,
			"vhost-switch: --vm2vm %u: there is no uplink to send to; give -p or "
			"--vm2vm 1\n",
			options->vm2vm);
		return OPTIONS_INVALID;
	}
	/* Cutting segments means making their checksums: virtio has no TSO without checksums. */
	options->tx_csum |= options->tso;
	return OPTIONS_OK;
}

static void
free_list(char ***list, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
	*n = 0;
}

void
options_free(struct options *options)
{
	free_list(&options->sockets, &options->n_sockets);
	free_list(&options->folders, &options->n_folders);
}
