/*
 * JSON-RPC 2.0 on lines: one request in, one answer out. Knows the rules of PROTOCOL.md, but
 * neither sockets nor ports; the caller passes a table of methods.
 */
#ifndef RPC_H
#define RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../base/contract.h"

struct rpc_error {
	int code; /* 0: none */
	char message[512];
	json_t *data; /* NULL, or owned */
};

/* Who asks. */
struct rpc_client {
	enum client_level level;
	bool watches; /* it is to be told what happens; set by a method */
	void *stream; /* what a method has begun, which follows its answer; NULL: further requests
		       */
};

/* A request under way. */
struct rpc_call {
	void *context;
	enum client_level level; /* the client's */
	void **stream; /* what follows the answer, instead of further ones; NULL: nothing */
	bool *watches;
	json_t *params; /* an object, perhaps empty */
	struct rpc_error error;
	/* What is said instead of the result when that cannot be kept over a restart; code 0: it
	 * need not be. */
	struct rpc_error unsaved;
};

/* How rpc_answer() checks a parameter before the method runs. */
enum rpc_kind {
	RPC_INTEGER, /* from min to max */
	RPC_TEXT,    /* without NUL, of at most max bytes; 0: any */
	RPC_OTHER,   /* the method checks it */
};

struct rpc_param {
	const char *name; /* NULL ends a list */
	bool optional;
	enum rpc_kind kind;
	json_int_t min, max;
};

struct rpc_method {
	const char *name;
	const char *summary;
	enum client_level level; /* that a client needs */
	const struct rpc_param *params;
	json_t *(*handle)(
		struct rpc_call *call); /* a new reference, or NULL with call->error set */
};

struct rpc_table {
	const struct rpc_method *methods;
	size_t n;
	void *context;
};

/* A level's name in the protocol. */
const char *
rpc_level_name(enum client_level level);

/* The client's level does not suffice for what it asks. Returns NULL, with the error set. */
json_t *
rpc_denied(struct rpc_call *call, const char *what, enum client_level level);

/*
 * Answer to a line (without its newline) of a client, as a line with newline; malloc'd, NULL: no
 * memory. *unsaved: NULL, or likewise what to say when the change that it made is not saved; until
 * it is, neither may be said.
 */
char *
rpc_answer(const struct rpc_table *table, struct rpc_client *client, const char *line,
	size_t length, char **unsaved);

/* A line that answers nothing. Takes over params; malloc'd, NULL: no memory. */
char *
rpc_notification(const char *method, json_t *params);

/* An error answer without a request, e.g. for a line that is too long. */
char *
rpc_refusal(int code, const char *message);

/* Sets the error; returns NULL, so that a handler can return it. */
json_t *
rpc_fail(struct rpc_call *call, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Sets what is said instead of the result if that is not saved. */
void
rpc_unsaved(struct rpc_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
json_t *
rpc_bad_param(struct rpc_call *call, const char *name, const char *want);

/* Value of an optional parameter that was checked already; `absent` when it was not given. */
json_int_t
rpc_integer(const struct rpc_call *call, const char *name, json_int_t absent);
const char *
rpc_text(const struct rpc_call *call, const char *name);

/* A parameter that the method checks, as a string without NUL; NULL: it is none, the error is set.
 */
const char *
rpc_string(struct rpc_call *call, const char *name);

#endif
