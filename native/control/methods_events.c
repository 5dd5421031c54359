#include "methods.h"

json_t *
method_events_watch(struct rpc_call *call)
{
	bool changed = !*call->watches;

	*call->watches = true;
	return json_pack("{s:b}", "changed", changed);
}
