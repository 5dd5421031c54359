#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "running.h"

#define NIC "<interface type='vhostuser'"
#define NIC_END "</interface>"
#define PATH " path='"
#define NAME "<target dev='"
/* A guest's is some ten thousand bytes. */
#define FILE_MAX (8 * 1024 * 1024)

/* Of a NIC; each may be NULL. */
struct nic {
	char *path;
	char *name;
};

/* What follows `before` up to the quote, to be freed. `text` is cut behind the NIC. */
static char *
value_after(const char *text, const char *before)
{
	const char *at = strstr(text, before);

	return at ? strndup(at + strlen(before), strcspn(at + strlen(before), "'")) : NULL;
}

/* Calls `visit` with each NIC until it returns true. */
static bool
each_nic(char *text, bool (*visit)(const struct nic *nic, void *context), void *context)
{
	bool found = false;
	char *start, *end;

	while (!found && (start = strstr(text, NIC)) && (end = strstr(start, NIC_END))) {
		struct nic nic;

		*end = '\0';
		nic = (struct nic){
			.path = value_after(start, PATH), .name = value_after(start, NAME)};
		found = visit(&nic, context);
		free(nic.path);
		free(nic.name);
		text = end + 1;
	}
	return found;
}

/* The file's text, to be freed; NULL: it is none of libvirt's. */
static char *
read_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat found;
	char *text = NULL;
	size_t length = 0;
	ssize_t n = 1;

	if (fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_size < FILE_MAX)
		text = malloc((size_t)found.st_size + 1);
	while (text && length < (size_t)found.st_size && n > 0) {
		n = read(fd, text + length, (size_t)found.st_size - length);
		length += n > 0 ? (size_t)n : 0;
	}
	if (text)
		text[length] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void
each_file(const char *folder, bool (*visit)(const struct nic *nic, void *context), void *context)
{
	DIR *files = opendir(folder);
	const struct dirent *file;
	bool found = false;

	while (files && !found && (file = readdir(files))) {
		const char *dot = strrchr(file->d_name, '.');
		char *text;

		if (!dot || strcmp(dot, ".xml"))
			continue;
		text = read_file(dirfd(files), file->d_name);
		found = text && each_nic(text, visit, context);
		free(text);
	}
	if (files)
		closedir(files);
}

static bool
add_path(const struct nic *nic, void *context)
{
	if (nic->path)
		json_object_set_new(context, nic->path, json_true());
	return false;
}

json_t *
running_sockets(const char *folder)
{
	json_t *sockets = json_object();

	if (sockets)
		each_file(folder, add_path, sockets);
	return sockets;
}

struct wanted {
	const char *name;
	char *path;
};

static bool
is_wanted(const struct nic *nic, void *context)
{
	struct wanted *wanted = context;

	if (!nic->path || !nic->name || strcmp(nic->name, wanted->name))
		return false;
	wanted->path = strdup(nic->path);
	return true;
}

char *
running_socket_of(const char *folder, const char *name)
{
	struct wanted wanted = {.name = name};

	each_file(folder, is_wanted, &wanted);
	return wanted.path;
}
