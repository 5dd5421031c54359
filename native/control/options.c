#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "options.h"

/* What an option's value is; NUMBER and FLAG go into a field by offset. */
enum kind {
	NUMBER,
	FLAG,
	SWITCH, /* takes no value */
	PATH,
	SOCKET,
	MASK,
	REFUSED,
	HELP,
	VERSION,
};

struct rule {
	const char *name;
	enum kind kind;
	size_t field;
	uint32_t min, max;
	const char *reason; /* REFUSED */
};

#define FIELD(name) offsetof(struct options, name)

/* getopt's value of a long option is its place here. */
static const struct rule rules[] = {
	{"socket-file", SOCKET, 0, 0, 0, NULL},
	{"dev-basename", SOCKET, 0, 0, 0, NULL},
	{"client", SWITCH, FIELD(client), 0, 0, NULL},
	{"control-socket", PATH, FIELD(control_socket), 0, 0, NULL},
	{"state-file", PATH, FIELD(state_file), 0, 0, NULL},
	{"ageing", NUMBER, FIELD(ageing), 1, 1000000, NULL},
	{"idle-sleep", NUMBER, FIELD(idle_sleep), 0, 100000, NULL},
	{"stats", NUMBER, FIELD(stats), 0, 86400, NULL},
	{"mergeable", FLAG, FIELD(mergeable), 0, 0, NULL},
	{"vlan-strip", FLAG, FIELD(vlan_strip), 0, 0, NULL},
	{"vm2vm", NUMBER, FIELD(vm2vm), 0, 2, NULL},
	{"rx-retry", NUMBER, FIELD(rx_retry), 0, 1, NULL},
	{"rx-retry-num", NUMBER, FIELD(rx_retry_num), 0, 100, NULL},
	{"rx-retry-delay", NUMBER, FIELD(rx_retry_delay), 0, 1000, NULL},
	{"total-num-mbufs", NUMBER, FIELD(total_num_mbufs), 1, 16777216, NULL},
	{"tx-csum", FLAG, FIELD(tx_csum), 0, 0, NULL},
	{"tso", FLAG, FIELD(tso), 0, 0, NULL},
	{"dmas", REFUSED, 0, 0, 0, "copies are made by the lcores here; leave it out"},
	{"builtin-net-driver", REFUSED, 0, 0, 0,
		"this switch has one data path, its own; leave it out"},
	{"help", HELP, 0, 0, 0, NULL},
	{"version", VERSION, 0, 0, 0, NULL},
	/* Short ones, reached by letter. */
	{"p", MASK, 0, 0, 0, NULL},
	{"P", SWITCH, FIELD(promiscuous), 0, 0, NULL},
};
#define N_RULES (sizeof(rules) / sizeof(*rules))
#define N_LONG (N_RULES - 2)

static const char usage[] =
	"Usage: vhost-switch [EAL OPTION]... -- [OPTION]...\n"
	"Switches Ethernet frames between virtual machines over vhost-user, and a NIC.\n"
	"\n"
	"  --socket-file PATH     a vhost-user port (repeatable; alias --dev-basename); a bare\n"
	"                         name is made in the current directory\n"
	"  --client               dial the socket files; QEMU listens\n"
	"  -p HEX                 mask of the uplink's DPDK port, one bit; without it, none\n"
	"  -P                     promiscuous uplink; broadcast and multicast reach guests\n"
	"  --vm2vm 0|1|2          guest to guest: 0 over the uplink, 1 here, 2 in the NIC (1)\n"
	"  --vlan-strip 0|1       take the uplink's tag off; 0 shows it to guests (1)\n"
	"  --mergeable 0|1        offer mergeable receive buffers, large frames and MTU (0)\n"
	"  --rx-retry 0|1         wait for a guest whose ring is full, uplink to guest (1)\n"
	"  --rx-retry-num N       how often, 0-100 (4)\n"
	"  --rx-retry-delay US    how long between, 0-1000 (15)\n"
	"  --total-num-mbufs N    frames that the uplink may hold, at least (as needed)\n"
	"  --ageing SECONDS       forget an address after this long in silence, 1-1000000 (300)\n"
	"  --idle-sleep US        sleep this long when idle, 0-100000; 0 polls always (0)\n"
	"  --stats SECONDS        print a table this often, 0-86400; 0 never (0)\n"
	"  --control-socket PATH  where to take commands (" DEFAULT_CONTROL_SOCKET ")\n"
	"  --state-file PATH      keep the ports in this file over a restart\n"
	"  --tx-csum 0|1          offer checksum offload to guests (0)\n"
	"  --tso 0|1              offer TCP segmentation offload, too; 1 implies --tx-csum 1 (0)\n"
	"  --version, --help\n"
	"\n"
	"Every EAL lcore forwards; commands are served by a thread of their own.\n"
	"Example, one lcore and two guests whose QEMU listens:\n"
	"  vhost-switch -l 0 --no-pci -- --client \\\n"
	"    --socket-file /run/vmlane/a.sock --socket-file /run/vmlane/b.sock\n"
	"Example, with a NIC that is bound to vfio-pci:\n"
	"  vhost-switch -l 2,3 -a 0000:3b:00.0 -- -p 1 -P --client --socket-file "
	"/run/vmlane/a.sock\n";

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

	snprintf(text, sizeof(text), "%s%s", rule->name[1] ? "--" : "-", rule->name);
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
		return invalid(rule, "an absolute path of at most 107 bytes without ..");
	*field = optarg;
	return OPTIONS_OK;
}

/* Hexadecimal, as the EAL and the sample have it; with or without 0x. */
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

static enum options_result
take_socket(struct options *options, const struct rule *rule)
{
	char cwd[PATH_MAX], *path = NULL;
	char **sockets;

	if (optarg[0] == '/')
		path = strdup(optarg);
	else if (!getcwd(cwd, sizeof(cwd)) || asprintf(&path, "%s/%s", cwd, optarg) < 0)
		path = NULL;
	if (!path || !check_socket_path(path)) {
		free(path);
		return invalid(rule, "a path of at most 107 bytes without ..");
	}
	for (size_t i = 0; i < options->n_sockets; i++)
		if (!strcmp(options->sockets[i], path)) {
			free(path);
			return invalid(rule, "each socket once");
		}
	sockets = realloc(options->sockets, (options->n_sockets + 1) * sizeof(*sockets));
	if (!sockets) {
		free(path);
		return invalid(rule, "the machine more memory");
	}
	options->sockets = sockets;
	options->sockets[options->n_sockets++] = path;
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
	case PATH:
		return take_path(rule, field);
	case SOCKET:
		return take_socket(options, rule);
	case MASK:
		return take_mask(rule, &options->port_mask);
	case REFUSED:
		return refuse(rule);
	case HELP:
		fputs(usage, stdout);
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
	return rule->kind != SWITCH && rule->kind != HELP && rule->kind != VERSION &&
	       strcmp(rule->name, "builtin-net-driver") != 0;
}

static const struct rule *
rule_of(int opt)
{
	switch (opt) {
	case 'p':
		return &rules[N_LONG];
	case 'P':
		return &rules[N_LONG + 1];
	case 'h':
		return &rules[N_LONG - 2];
	default:
		return &rules[opt - 256];
	}
}

enum options_result
options_parse(struct options *options, int argc, char **argv)
{
	struct option long_options[N_LONG + 1] = {0};
	int opt;

	for (size_t i = 0; i < N_LONG; i++)
		long_options[i] = (struct option){rules[i].name,
			takes_value(&rules[i]) ? required_argument : no_argument, NULL,
			256 + (int)i};
	*options = (struct options){
		.control_socket = DEFAULT_CONTROL_SOCKET,
		.vlan_strip = true,
		.vm2vm = 1,
		.ageing = 300,
		.rx_retry = 1,
		.rx_retry_num = 4,
		.rx_retry_delay = 15,
	};
	optind = 0; /* glibc: start anew, the EAL has used it */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:hp:P", long_options, NULL)) != -1) {
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
	/* A segment's checksum is whoever's who cuts it: virtio has no segmentation without. */
	options->tx_csum |= options->tso;
	return OPTIONS_OK;
}

void
options_free(struct options *options)
{
	for (size_t i = 0; i < options->n_sockets; i++)
		free(options->sockets[i]);
	free(options->sockets);
	options->sockets = NULL;
	options->n_sockets = 0;
}
