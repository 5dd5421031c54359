#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options_take.h"

#define FIELD(name) offsetof(struct options, name)

static const struct rule rules[] = {
	{.name = "socket-file", .kind = SOCKET},
	{.name = "dev-basename", .kind = SOCKET},
	{.name = "device", .kind = DEVICE},
	{.name = "client", .kind = SWITCH, .field = FIELD(client)},
	{.name = "control-socket", .kind = PATH, .field = FIELD(control_socket)},
	{.name = "state-file", .kind = PATH, .field = FIELD(state_file)},
	{.name = "vf-token-file", .kind = PATH, .field = FIELD(vf_token_file)},
	{.name = "user", .kind = TEXT, .field = FIELD(user)},
	{.name = "group", .kind = TEXT, .field = FIELD(group)},
	{.name = "folder", .kind = FOLDER},
	{.name = "log-file", .kind = PATH, .field = FIELD(log_file)},
	{.name = "log-format", .kind = FORM, .field = FIELD(log_form)},
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
	{.name = "features-off", .kind = FEATURES, .field = FIELD(features_off)},
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
		result = options_take(options, rule_of(opt));
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
			"vhost-switch: --vm2vm %u: there is no device to send to; give -p or "
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
	free_list(&options->devices, &options->n_devices);
}
