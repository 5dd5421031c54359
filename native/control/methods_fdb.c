#include "mac_json.h"
#include "methods.h"

#include "../datapath/fdb.h"

struct listing {
	struct vswitch *sw;
	json_t *entries;
	json_int_t limit, total;
	json_int_t next;         /* place of the first that was left out; -1: none */
	json_int_t vlan;         /* -1: any */
	const struct port *port; /* NULL: any */
};

static bool
add_entry(const struct fdb_view *view, void *arg)
{
	struct listing *listing = arg;
	const struct port *port = &listing->sw->ports[view->port];

	/* Its port was just removed; the entry is about to be flushed. */
	if (!port->used || (listing->port && port != listing->port) ||
		(listing->vlan >= 0 && view->vlan != listing->vlan))
		return true;
	if (listing->total++ >= listing->limit) {
		if (listing->next < 0)
			listing->next = view->place;
		return true;
	}
	json_array_append_new(listing->entries,
		json_pack("{s:o, s:i, s:b, s:s, s:i, s:b, s:b}", "mac", mac_json(view->mac), "vlan",
			view->vlan, "own_tag", view->own_tag, "port", port->config.name, "age",
			(int)view->age, "pinned", view->pinned, "fixed", view->pinned));
	return true;
}

json_t *
method_fdb_list(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	struct listing listing = {
		.sw = sw,
		.limit = rpc_integer(call, "limit", FDB_LIST_LIMIT_DEFAULT),
		.vlan = rpc_integer(call, "vlan", -1),
		.next = -1,
	};
	const char *name = rpc_text(call, "port");
	json_t *answer;

	if (name && !(listing.port = port_by_name(sw, name)))
		return rpc_bad_param(call, "port", "the name of a port that exists; see port.list");
	listing.entries = json_array();
	fdb_walk_from(sw->fdb, vswitch_now(sw), (uint32_t)rpc_integer(call, "after", 0), add_entry,
		&listing);
	answer = json_pack("{s:o, s:I}", "entries", listing.entries, "total", listing.total);
	if (listing.next >= 0)
		json_object_set_new(answer, "next", json_integer(listing.next));
	return answer;
}
