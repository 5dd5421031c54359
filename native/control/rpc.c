#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"

json_t *
rpc_fail(struct rpc_call *call, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(call->error.message, sizeof(call->error.message), format, args);
	va_end(args);
	call->error.code = code;
	return NULL;
}

void
rpc_unsaved(struct rpc_call *call, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(call->unsaved.message, sizeof(call->unsaved.message), format, args);
	va_end(args);
	call->unsaved.code = RPC_INTERNAL;
}

json_t *
rpc_bad_param(struct rpc_call *call, const char *name, const char *want)
{
	json_t *value = json_object_get(call->params, name);
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	call->error.data = json_pack("{s:s}", "param", name);
	if (value)
		rpc_fail(call, RPC_PARAMS, "%s: %.128s is not possible; give %s", name,
			text ? text : "it", want);
	else
		rpc_fail(call, RPC_PARAMS, "%s: missing; give %s", name, want);
	free(text);
	return NULL;
}

/* A NUL inside would hide what follows it from every check. */
static const char *
string_of(json_t *param)
{
	const char *text = json_string_value(param);

	return text && strlen(text) == json_string_length(param) ? text : NULL;
}

const char *
rpc_string(struct rpc_call *call, const char *name)
{
	const char *text = string_of(json_object_get(call->params, name));

	if (!text)
		rpc_bad_param(call, name, "a string");
	return text;
}

const char *
rpc_text(const struct rpc_call *call, const char *name)
{
	return json_string_value(json_object_get(call->params, name));
}

json_int_t
rpc_integer(const struct rpc_call *call, const char *name, json_int_t absent)
{
	json_t *param = json_object_get(call->params, name);

	return param ? json_integer_value(param) : absent;
}

/* Whether a parameter matches its description; otherwise the error is set. */
static bool
check_param(struct rpc_call *call, const struct rpc_param *param)
{
	json_t *value = json_object_get(call->params, param->name);
	const char *text;
	char want[80];

	if (!value) {
		if (!param->optional)
			rpc_bad_param(call, param->name, "it");
		return param->optional;
	}
	switch (param->kind) {
	case RPC_INTEGER:
		if (json_is_integer(value) && json_integer_value(value) >= param->min &&
			json_integer_value(value) <= param->max)
			return true;
		snprintf(want, sizeof(want),
			"an integer from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT,
			param->min, param->max);
		break;
	case RPC_TEXT:
		text = string_of(value);
		if (text && (!param->max || strlen(text) <= (size_t)param->max))
			return true;
		snprintf(want, sizeof(want), "a string");
		if (param->max)
			snprintf(want, sizeof(want),
				"a string of at most %" JSON_INTEGER_FORMAT " bytes", param->max);
		break;
	default:
		return true;
	}
	rpc_bad_param(call, param->name, want);
	return false;
}

static char *
render(json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL, *line = NULL;
	size_t length = text ? strlen(text) : 0;

	if (text)
		line = realloc(text, length + 2);
	if (line)
		memcpy(line + length, "\n", 2);
	else
		free(text);
	json_decref(message);
	return line;
}

/* Length of the UTF-8 character at the start of text; 0: not a valid one. */
static size_t
character(const char *text)
{
	for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
		json_t *string = json_stringn(text, length);

		json_decref(string);
		if (string)
			return length;
	}
	return 0;
}

/*
 * A message quotes what the client sent, as far as there is room: a character may be cut in two.
 * JSON does not allow that, so its bytes become question marks.
 */
static void
make_utf8(char *text)
{
	while (*text) {
		size_t length = character(text);

		if (!length)
			*text = '?';
		text += length ? length : 1;
	}
}

static char *
render_error(json_t *id, struct rpc_error *error)
{
	json_t *body;

	make_utf8(error->message);
	body = json_pack("{s:i, s:s}", "code", error->code, "message", error->message);

	if (body && error->data)
		json_object_set(body, "data", error->data);
	return render(json_pack("{s:s, s:O?, s:o}", "jsonrpc", "2.0", "id", id, "error", body));
}

char *
rpc_refusal(int code, const char *message)
{
	struct rpc_error error = {.code = code};

	snprintf(error.message, sizeof(error.message), "%s", message);
	return render_error(json_null(), &error);
}

char *
rpc_notification(const char *method, json_t *params)
{
	return render(
		json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params));
}

static bool
is_param(const struct rpc_method *method, const char *name)
{
	for (const struct rpc_param *param = method->params; param->name; param++)
		if (!strcmp(param->name, name))
			return true;
	return false;
}

/* Refuses unknown keys and values that the contract does not allow; then runs the method. */
static json_t *
run(const struct rpc_method *method, struct rpc_call *call)
{
	const char *key;
	json_t *value;

	json_object_foreach (call->params, key, value) {
		if (is_param(method, key))
			continue;
		call->error.data = json_pack("{s:s}", "param", key);
		return rpc_fail(call, RPC_PARAMS,
			"%.64s: %s has no such parameter; see method.list", key, method->name);
	}
	for (const struct rpc_param *param = method->params; param->name; param++)
		if (!check_param(call, param))
			return NULL;
	return method->handle(call);
}

const char *
rpc_level_name(enum client_level level)
{
	static const char *const names[] = LEVEL_WORDS;

	return names[level];
}

json_t *
rpc_denied(struct rpc_call *call, const char *what, enum client_level level)
{
	static const char *const options[] = {"--look-group", "--change-group", "--admin-group"};

	call->error.data = json_pack("{s:s}", "level", rpc_level_name(level));
	return rpc_fail(call, RPC_DENIED,
		"%s: needs the level %s, this client has %s; ask as root, or start the switch with "
		"%s and one of the client's groups",
		what, rpc_level_name(level), rpc_level_name(call->level), options[level]);
}

static json_t *
dispatch(const struct rpc_table *table, json_t *request, struct rpc_call *call)
{
	const char *name = json_string_value(json_object_get(request, "method"));
	json_t *params = json_object_get(request, "params");

	if (params && !json_is_object(params))
		return rpc_fail(call, RPC_REQUEST, "params: not an object; give named parameters");
	call->params = params ? params : json_object();
	for (size_t i = 0; i < table->n; i++)
		if (!strcmp(table->methods[i].name, name)) {
			const struct rpc_method *method = &table->methods[i];
			json_t *result = method->level <= call->level
						 ? run(method, call)
						 : rpc_denied(call, method->name, method->level);

			if (!params)
				json_decref(call->params);
			return result;
		}
	if (!params)
		json_decref(call->params);
	return rpc_fail(call, RPC_METHOD, "%.64s: no such method; see method.list", name);
}

/* Why a message is not a valid request, or NULL. */
static const char *
not_a_request(json_t *message)
{
	const char *version = json_string_value(json_object_get(message, "jsonrpc"));
	json_t *id = json_object_get(message, "id");

	if (json_is_array(message))
		return "batch: not taken here; send one request a line";
	if (!json_is_object(message) || !version || strcmp(version, "2.0"))
		return "message: not a JSON-RPC 2.0 request; say \"jsonrpc\":\"2.0\"";
	if (!json_is_string(json_object_get(message, "method")))
		return "method: missing or not a string; give a method's name";
	if (!id)
		return "id: missing; notifications are not taken here, give an id";
	if (!json_is_string(id) && !json_is_integer(id))
		return "id: neither string nor integer; give one of these";
	return NULL;
}

char *
rpc_answer(const struct rpc_table *table, struct rpc_client *client, const char *line,
	size_t length, char **unsaved)
{
	struct rpc_call call = {.context = table->context,
		.level = client->level,
		.watches = &client->watches,
		.stream = &client->stream};
	json_error_t parse;
	json_t *request, *id, *result;
	const char *problem;
	char *answer;

	*unsaved = NULL;
	request = json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &parse);
	if (!request) {
		snprintf(call.error.message, sizeof(call.error.message),
			"line: not JSON (%s, column %d); send one JSON object a line", parse.text,
			parse.column);
		return rpc_refusal(RPC_PARSE, call.error.message);
	}
	id = json_object_get(request, "id");
	problem = not_a_request(request);
	if (problem) {
		call.error.code = RPC_REQUEST;
		snprintf(call.error.message, sizeof(call.error.message), "%s", problem);
		answer = render_error(
			json_is_string(id) || json_is_integer(id) ? id : json_null(), &call.error);
		json_decref(request);
		return answer;
	}
	result = dispatch(table, request, &call);
	if (result && call.unsaved.code)
		*unsaved = render_error(id, &call.unsaved);
	if (result)
		answer = render(
			json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
	else
		answer = render_error(id, &call.error);
	json_decref(call.error.data);
	json_decref(request);
	/* Without memory for both nothing is said. */
	if (call.unsaved.code && result && !*unsaved) {
		free(answer);
		return NULL;
	}
	return answer;
}
