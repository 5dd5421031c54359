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

json_t *
method_fdb_list(struct rpc_call *call);
json_t *
method_port_add(struct rpc_call *call);
json_t *
method_port_list(struct rpc_call *call);
json_t *
method_port_mirror(struct rpc_call *call);
json_t *
method_port_remove(struct rpc_call *call);
json_t *
method_port_set(struct rpc_call *call);
json_t *
method_stats_get(struct rpc_call *call);
json_t *
method_switch_info(struct rpc_call *call);
json_t *
method_switch_set(struct rpc_call *call);

#endif
