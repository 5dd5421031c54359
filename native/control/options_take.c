#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_vhost.h>

#include "check.h"
#include "options_take.h"

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
take_form(const struct rule *rule, enum log_form *field)
{
	static const char *const words[] = {
		[LOG_FORM_AUTO] = "auto", [LOG_FORM_TEXT] = "text", [LOG_FORM_JSON] = "json"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(optarg, words[i])) {
			*field = (enum log_form)i;
			return OPTIONS_OK;
		}
	return invalid(rule, "auto, text or json");
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

/* Without these no guest can migrate, or be served at all. */
#define FEATURES_NEEDED                                                                            \
	(1ULL << VHOST_F_LOG_ALL | 1ULL << VHOST_USER_F_PROTOCOL_FEATURES |                        \
		1ULL << VIRTIO_F_VERSION_1)

static enum options_result
take_features(const struct rule *rule, uint64_t *field)
{
	char *end;
	unsigned long long mask;

	errno = 0;
	mask = strtoull(optarg, &end, 16);
	if (!isxdigit(optarg[0]) || *end || errno || (mask & FEATURES_NEEDED))
		return invalid(rule, "a hexadecimal mask of virtio's features, without bits 26, 30 "
				     "and 32, which are needed");
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
take_device(struct options *options, const struct rule *rule)
{
	const char *device = strchr(optarg, '=');
	char *copy = strdup(optarg);

	if (!copy)
		return invalid(rule, "the machine more memory");
	copy[device ? device - optarg : 0] = '\0';
	if (!check_port_name(copy) || !check_device_name(device + 1)) {
		free(copy);
		return invalid(rule, "NAME=DEVICE: the port's name, " PORT_NAME_WANT
				     "; and a device, as 0000:3b:00.0 or net_tap0,iface=up0");
	}
	copy[device - optarg] = '=';
	if (append(&options->devices, &options->n_devices, copy))
		return OPTIONS_OK;
	free(copy);
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

enum options_result
options_take(struct options *options, const struct rule *rule)
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
	case FORM:
		return take_form(rule, field);
	case DEVICE:
		return take_device(options, rule);
	case MASK:
		return take_mask(rule, &options->port_mask);
	case FEATURES:
		return take_features(rule, field);
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
