#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "../base/sizes.h"

/* Letters, digits and signs, the first no sign. */
static bool
is_name(const char *name, size_t max, const char *signs)
{
	size_t len = strlen(name);

	if (len == 0 || len > max || !isascii(name[0]) || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = name[i];

		if (!isascii(c) || (!isalnum(c) && !strchr(signs, c)))
			return false;
	}
	return true;
}

bool
check_port_name(const char *name)
{
	return is_name(name, PORT_NAME_MAX, "._:-");
}

bool
check_interface_name(const char *name)
{
	return is_name(name, INTERFACE_NAME_MAX, "._-");
}

bool
check_socket_path(const char *path)
{
	size_t len = strlen(path);

	if (path[0] != '/' || len < 2 || len > SOCKET_PATH_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)path[i]))
			return false;
	for (const char *part = path; part; part = strchr(part + 1, '/'))
		if (!strncmp(part, "/..", 3) && (part[3] == '/' || part[3] == '\0'))
			return false;
	return path[len - 1] != '/';
}

bool
check_peer_label(const char *label)
{
	size_t len = strlen(label);

	for (size_t i = 0; i < len; i++)
		if (label[i] < '!' || label[i] > '~')
			return false;
	return len > 0 && len <= PEER_LABEL_MAX;
}

bool
check_device_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (name[i] < '!' || name[i] > '~')
			return false;
	return len > 0 && len <= DEVICE_NAME_MAX && isalnum((unsigned char)name[0]);
}

bool
check_number(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
	unsigned long number;
	char *end;

	/* strtoul() accepts signs and leading blanks, which are wrong here. */
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || number < min || number > max)
		return false;
	*value = number;
	return true;
}
