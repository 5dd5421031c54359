/*
 * The methods of PROTOCOL.md. Each handler takes its struct vswitch from call->context; all run
 * on the control thread.
 */
#ifndef METHODS_H
#define METHODS_H

#include "rpc.h"

#include "../datapath/vswitch.h"

extern const struct rpc_method switch_methods[];
extern const size_t n_switch_methods;

/* method_fdb_list() and so on, one for each. */
#define METHOD(symbol, name, summary, level, params) json_t *method_##symbol(struct rpc_call *call);
EACH_METHOD(METHOD)
#undef METHOD

/* The port named by a parameter; NULL with the error set. */
struct port *
methods_named_port(struct rpc_call *call);
/* The answer of a method that may have changed a port. */
json_t *
methods_changed(struct vswitch *sw, bool changed, struct port *port);

#endif
