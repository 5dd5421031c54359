#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "answer.h"
#include "print.h"
#include "running.h"

#include "../base/contract.h"

/* libvirt's, where it says none. */
#define USUAL_TIMEOUT 5

/* A name of ours for a NIC; see answer_file. */
#define TOKEN "vmlane-"
#define TOKEN_DIGITS 12

/* The folder of libvirt's files; a test has its own. */
static const char *
libvirt_folder(void)
{
	const char *given = secure_getenv("VMLANE_LIBVIRT_STATE");

	return given && *given ? given : RUNNING_FOLDER;
}

static enum ask_result
ask(const char *method, json_t *params, struct timespec until, json_t **result)
{
	const char *given = secure_getenv("VMLANE_SWITCH");

	*result = NULL;
	/* Not even UTF-8. */
	if (!params)
		return ASK_REFUSED;
	return ask_switch(
		given && *given ? given : DEFAULT_CONTROL_SOCKET, method, params, until, result);
}

static const char *
text_of(const json_t *port, const char *key)
{
	return json_string_value(json_object_get(port, key));
}

/* The port with this socket; NULL: none. */
static const char *
name_at(const json_t *ports, const char *path)
{
	for (size_t i = 0; i < json_array_size(ports); i++) {
		const char *one = text_of(json_array_get(ports, i), "path");

		if (one && !strcmp(one, path))
			return text_of(json_array_get(ports, i), "name");
	}
	return NULL;
}

/* A name that nobody has, for a NIC that will be known by its socket. */
static bool
print_token(void)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return false;
	return printf(TOKEN "%0*" PRIx64 "\n", TOKEN_DIGITS, number >> (64 - 4 * TOKEN_DIGITS)) > 0;
}

static bool
is_token(const char *name)
{
	size_t n = strlen(TOKEN);

	return !strncmp(name, TOKEN, n) && strlen(name) == n + TOKEN_DIGITS &&
	       strspn(name + n, "0123456789abcdef") == TOKEN_DIGITS;
}

/*
 * Where the switch listens, libvirt asks by the last part of the path only, and once: while it
 * starts the guest. So it is one of the ports with such a path whose guest does not run yet. If
 * these are several, as guests are started side by side, it gets a name by which its path is found
 * when it runs.
 */
static enum ask_result
answer_file(const json_t *ports, const char *file)
{
	json_t *sockets = running_sockets(libvirt_folder());
	const char *name = NULL;
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(ports); i++) {
		const char *path = text_of(json_array_get(ports, i), "path");
		const char *last = path ? strrchr(path, '/') : NULL;

		if (!last || strcmp(last + 1, file) || json_object_get(sockets, path))
			continue;
		name = text_of(json_array_get(ports, i), "name");
		n++;
	}
	json_decref(sockets);
	if (!name)
		return ASK_REFUSED;
	return (n == 1 ? print_name(name) : print_token()) ? ASK_ANSWERED : ASK_NOBODY;
}

static enum ask_result
answer_name(const struct question *question, struct timespec until)
{
	json_t *result;
	enum ask_result how = ask("port.list", json_object(), until, &result);
	const json_t *ports = json_object_get(result, "ports");
	const char *name = name_at(ports, question->about);

	if (how == ASK_ANSWERED && question->kind == QUESTION_FILE)
		how = answer_file(ports, question->about);
	else if (how == ASK_ANSWERED && (!name || !print_name(name)))
		how = ASK_REFUSED;
	json_decref(result);
	return how;
}

/* The name of the port behind a token, to be freed; NULL: it is none. */
static char *
behind_token(const char *token, struct timespec until)
{
	char *path = is_token(token) ? running_socket_of(libvirt_folder(), token) : NULL;
	char *name = NULL;
	json_t *result;

	if (!path)
		return NULL;
	if (ask("port.list", json_object(), until, &result) == ASK_ANSWERED) {
		const char *found = name_at(json_object_get(result, "ports"), path);

		name = found ? strdup(found) : NULL;
	}
	json_decref(result);
	free(path);
	return name;
}

static enum ask_result
answer_statistics(const char *about, struct timespec until)
{
	char *behind = behind_token(about, until);
	json_t *params = json_pack("{s:s}", "port", behind ? behind : about);
	json_t *result;
	enum ask_result how = ask("stats.get", params, until, &result);
	const json_t *ports = json_object_get(result, "ports");

	if (how == ASK_ANSWERED &&
		(json_array_size(ports) != 1 || !print_statistics(json_array_get(ports, 0))))
		how = ASK_REFUSED;
	json_decref(result);
	free(behind);
	return how;
}

enum ask_result
answer(const struct question *question)
{
	struct timespec until = ask_until(question->timeout ? question->timeout : USUAL_TIMEOUT);

	switch (question->kind) {
	case QUESTION_STATISTICS:
		return answer_statistics(question->about, until);
	case QUESTION_PATH:
	case QUESTION_FILE:
		return answer_name(question, until);
	case QUESTION_OTHER:
		break;
	}
	return ASK_REFUSED;
}
