/*
 * JSON-RPC 2.0 on lines: one request in, one answer out. Knows the rules of PROTOCOL.md, but
 * neither sockets nor ports; the methods are a table that the caller gives.
 */
#ifndef RPC_H
#define RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum rpc_code {
	RPC_PARSE = -32700,
	RPC_REQUEST = -32600,
	RPC_METHOD = -32601,
	RPC_PARAMS = -32602,
	RPC_INTERNAL = -32603,
	RPC_VERSION = -32001,
	RPC_CONFLICT = -32002,
	RPC_CLIENTS = -32003,
};

struct rpc_error {
	int code; /* 0: none */
	char message[512];
	json_t *data; /* NULL, or owned */
};

/* A request under way. */
struct rpc_call {
	void *context;
	json_t *params; /* an object, perhaps empty */
	struct rpc_error error;
};

struct rpc_method {
	const char *name;
	const char *summary;
	const char *params[8]; /* names, "?" behind those that may be absent; NULL ends */
	json_t *(*handle)(
		struct rpc_call *call); /* a new reference, or NULL with call->error set */
};

struct rpc_table {
	const struct rpc_method *methods;
	size_t n;
	void *context;
};

/* Answer to a line (without its newline) as a line with newline; malloc'd, NULL: no memory. */
char *
rpc_answer(const struct rpc_table *table, const char *line, size_t length);

/* Answer that is an error without a request, e.g. for a line that is too long. */
char *
rpc_refusal(int code, const char *message);

/* Sets the error; returns NULL, so that a handler can return it. */
json_t *
rpc_fail(struct rpc_call *call, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
json_t *
rpc_bad_param(struct rpc_call *call, const char *name, const char *want);

/*
 * A parameter's value. Absent: *value stays as it is, true. Of another type or, for integers, out
 * of range: the error is set, false.
 */
bool
rpc_string(struct rpc_call *call, const char *name, const char **value);
bool
rpc_integer(
	struct rpc_call *call, const char *name, json_int_t min, json_int_t max, json_int_t *value);

#endif
