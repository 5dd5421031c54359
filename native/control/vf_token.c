#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_uuid.h>

#include "vf_token.h"

#include "../vhost/own_file.h"

#define OPTION "--vfio-vf-token="
#define UUID_LENGTH (RTE_UUID_STRLEN - 1)

static bool
refused(const char *path, const char *problem, const char *remedy)
{
	fprintf(stderr, "vhost-switch: --vf-token-file %s: %s; %s\n", path, problem, remedy);
	return false;
}

/* One UUID, and not that of zeroes, which is the EAL's word for none; a newline may follow. */
static bool
is_token(char *text, ssize_t length)
{
	rte_uuid_t uuid;

	if (length == UUID_LENGTH + 1 && text[UUID_LENGTH] == '\n')
		length--;
	text[length < 0 ? 0 : length] = '\0';
	return length == UUID_LENGTH && strlen(text) == UUID_LENGTH &&
	       rte_uuid_parse(text, uuid) == 0 && !rte_uuid_is_null(uuid);
}

static bool
is_closed_to_others(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 && !(stat.st_mode & (S_IRWXG | S_IRWXO));
}

bool
vf_token_read(struct vf_token *token, const char *path)
{
	static const char whose[] = "let it be yours or root's alone, with mode 600";
	char text[UUID_LENGTH + 3];
	bool closed;
	ssize_t n;
	int fd;

	*token = (struct vf_token){0};
	if (!path)
		return true;
	fd = own_file_open(path);
	if (fd < 0)
		return errno == EEXIST || errno == ELOOP
			       ? refused(path, "others may have written it", whose)
			       : refused(path, strerror(errno), "give a file with a UUID");
	closed = is_closed_to_others(fd);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (!closed)
		refused(path, "others may read it", whose);
	else if (!is_token(text, n))
		refused(path, "it has no UUID", "write one into it: umask 077; uuidgen >FILE");
	else if (asprintf(&token->argument, OPTION "%s", text) < 0) {
		token->argument = NULL;
		refused(path, "no memory", "free some");
	}
	explicit_bzero(text, sizeof(text));
	return token->argument;
}

char **
vf_token_add(struct vf_token *token, int *argc, char **argv)
{
	if (!token->argument)
		return argv;
	token->argv = calloc(*argc + 2, sizeof(*token->argv));
	if (!token->argv)
		return NULL;
	memcpy(token->argv, argv, *argc * sizeof(*argv));
	token->argv[(*argc)++] = token->argument;
	return token->argv;
}

void
vf_token_forget(struct vf_token *token)
{
	if (token->argument)
		explicit_bzero(token->argument, strlen(token->argument));
	free(token->argument);
	free(token->argv);
	*token = (struct vf_token){0};
}
