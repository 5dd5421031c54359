/*
 * The control protocol's numbers and words. Generated from protocol.yaml by `npm run generate`.
 *
 * Lists are macros that take a macro: EACH_DROP_REASON(X) is X(symbol, name, side) for each reason.
 * So a user of the list handles all of them and cannot forget one.
 */
/* clang-format off */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdint.h>

#define PROTOCOL_VERSION 1

#define DEFAULT_CONTROL_SOCKET "/run/vmlane/switch.sock"

#define DEVICE_NODES "/dev/vmlane"

#define STATIC_PORTS "static:"

/* a request's line, its newline included */
#define LIMIT_REQUEST_BYTES 65536
/* an answer's line that vmlane's client accepts */
#define LIMIT_ANSWER_BYTES 8388608
/* unread answers of a client; beyond that it is disconnected */
#define LIMIT_WAITING_BYTES 4194304
/* unread events of a client; what comes beyond that it misses */
#define LIMIT_WATCH_BYTES 262144
/* connections at once */
#define LIMIT_CLIENTS 64
/* ports of a switch */
#define LIMIT_PORTS 1023
/* captures at once */
#define LIMIT_CAPTURES 64
/* members of a bond */
#define LIMIT_BOND_MEMBERS 8

#define PORT_NAME_MAX 63
#define PORT_NAME_WANT "1 to 63 letters, digits or . _ : -, the first a letter or digit"
#define SOCKET_PATH_MAX 107
#define SOCKET_PATH_WANT "an absolute path of at most 107 bytes without .. or control characters"
#define MAC_WANT "a unicast address as \"52:54:00:12:34:56\", or null"
#define VLAN_MAX 4094
#define PEER_LABEL_MAX 255
#define PEER_LABEL_WANT "1 to 255 printable ASCII characters without blanks, or null"
#define INTERFACE_NAME_MAX 15
#define INTERFACE_NAME_WANT "1 to 15 letters, digits or . _ -, the first a letter or digit, or null"
#define LISTENER_WANT "\"qemu\" or \"switch\""
enum listener { LISTENER_QEMU, LISTENER_SWITCH };
#define LISTENER_WORDS {"qemu", "switch"}
#define VLAN_MODE_WANT "\"access\", \"trunk\", \"native-tagged\", \"native-untagged\" or \"transparent\"; of a device also \"per-guest\""
enum vlan_mode { VLAN_MODE_ACCESS, VLAN_MODE_TRUNK, VLAN_MODE_NATIVE_TAGGED, VLAN_MODE_NATIVE_UNTAGGED, VLAN_MODE_TRANSPARENT, VLAN_MODE_PER_GUEST };
#define VLAN_MODE_WORDS {"access", "trunk", "native-tagged", "native-untagged", "transparent", "per-guest"}
#define LINK_WANT "\"auto\", \"enable\" or \"disable\""
enum link { LINK_AUTO, LINK_ENABLE, LINK_DISABLE };
#define LINK_WORDS {"auto", "enable", "disable"}
#define VLAN_LIST_MAX 4095
#define VLAN_LIST_WANT "VLANs 1 to 4094 and ranges of them, as \"10,20-29\", or null"
#define DEVICE_NAME_MAX 255
#define DEVICE_NAME_WANT "a device as the EAL takes it, as \"0000:3b:00.0\" or \"net_tap0,iface=up0\", or null"
#define ADDRESS_LIST_MAX 735
#define ADDRESS_LIST_WANT "1 to 16 unicast addresses of IPv4 and IPv6 with commas between, as \"10.0.0.5,fd00::5\", or null"
#define GUARD_WANT "ipv4, ipv6, arp, servers or others"
enum guard { GUARD_IPV4, GUARD_IPV6, GUARD_ARP, GUARD_SERVERS, GUARD_OTHERS };
#define GUARD_WORDS {"ipv4", "ipv6", "arp", "servers", "others"}
#define GUARD_LIST_MAX 63
#define GUARD_LIST_WANT "ipv4, ipv6, arp, servers and others, as far as wanted, with commas between, or null"
#define ADDRESS_LEARNING_WANT "\"none\", \"dhcp\" or \"any\""
enum address_learning { ADDRESS_LEARNING_NONE, ADDRESS_LEARNING_DHCP, ADDRESS_LEARNING_ANY };
#define ADDRESS_LEARNING_WORDS {"none", "dhcp", "any"}
enum client_level { LEVEL_LOOK, LEVEL_CHANGE, LEVEL_ADMINISTER };
#define LEVEL_WORDS {"look", "change", "administer"}
enum event_name { EVENT_PORT_ADDED, EVENT_PORT_CHANGED, EVENT_PORT_REMOVED, EVENT_PORT_UP, EVENT_PORT_DOWN, EVENT_LINK_UP, EVENT_LINK_DOWN, EVENT_ADDRESS_LEARNED, EVENT_ADDRESS_MOVED, EVENT_ADDRESS_REFUSED, EVENT_LIMIT, EVENT_MISSED };
#define EVENT_WORDS {"port-added", "port-changed", "port-removed", "port-up", "port-down", "link-up", "link-down", "address-learned", "address-moved", "address-refused", "limit", "missed"}

#define EACH_PORT_NUMBER(NUMBER) /* type, key, min, max, default */ \
	NUMBER(uint16_t, vlan, 0, 4094, 0) \
	NUMBER(uint16_t, other_macs, 0, 1, 0) \
	NUMBER(uint32_t, address_limit, 1, 65536, 4096) \
	NUMBER(uint32_t, flood_limit, 0, 100000000, 0) \
	NUMBER(uint16_t, isolated, 0, 1, 0) \
	NUMBER(uint32_t, inbound, 0, 12500000, 0) \
	NUMBER(uint32_t, inbound_peak, 0, 12500000, 0) \
	NUMBER(uint32_t, inbound_burst, 0, 12500000, 0) \
	NUMBER(uint32_t, outbound, 0, 12500000, 0) \
	NUMBER(uint32_t, outbound_peak, 0, 12500000, 0) \
	NUMBER(uint32_t, outbound_burst, 0, 12500000, 0)
#define PORT_LISTENER_DEFAULT LISTENER_QEMU
#define PORT_LISTENER_FORMER_KEY "mode"
#define PORT_LISTENER_FORMER_WORDS {"client", "server"}
#define PORT_VLAN_MODE_DEFAULT VLAN_MODE_ACCESS
#define OTHER_MACS_MAX 1
#define ADDRESS_LIMIT_MAX 65536
#define FLOOD_LIMIT_MAX 100000000
#define PORT_LINK_DEFAULT LINK_AUTO
#define ISOLATED_MAX 1
#define INBOUND_MAX 12500000
#define INBOUND_PEAK_MAX 12500000
#define INBOUND_BURST_MAX 12500000
#define OUTBOUND_MAX 12500000
#define OUTBOUND_PEAK_MAX 12500000
#define OUTBOUND_BURST_MAX 12500000
#define PORT_ADDRESS_LEARNING_DEFAULT ADDRESS_LEARNING_NONE

#define EACH_SWITCH_SETTING(SETTING) /* key, option, min, max, default */ \
	SETTING(ageing, "ageing", 1, 1000000, 300) \
	SETTING(hold, "hold", 0, 1000000, 3) \
	SETTING(move_limit, "move-limit", 0, 1000000, 100) \
	SETTING(queue_limit, "queue-limit", 1, 128, 16) \
	SETTING(idle_sleep, "idle-sleep", 0, 100000, 0) \
	SETTING(idle_wait, "idle-wait", 0, 2, 2) \
	SETTING(stats, "stats", 0, 86400, 0) \
	SETTING(rx_retry, "rx-retry", 0, 1, 1) \
	SETTING(rx_retry_num, "rx-retry-num", 0, 100, 4) \
	SETTING(rx_retry_delay, "rx-retry-delay", 0, 1000, 15) \
	SETTING(message_limit, "message-limit", 0, 1000000, 1000) \
	SETTING(log_limit, "log-limit", 0, 100000, 20) \
	SETTING(log_level, "log-level", 0, 8, 0) \
	SETTING(guest_memory, "guest-memory", 0, 1073741824, 0) \
	SETTING(guest_memory_all, "guest-memory-all", 0, 1073741824, 0) \
	SETTING(client_idle, "client-idle", 1, 86400, 300) \
	SETTING(balance, "balance", 0, 1, 0) \
	SETTING(balance_sensitivity, "balance-sensitivity", 1, 100, 25) \
	SETTING(balance_interval, "balance-interval", 1, 3600, 5)
#define SWITCH_SETTINGS_USAGE \
	"  --ageing SECONDS       seconds until a silent address is forgotten, 1-1000000\n" \
	"                         (300)\n" \
	"  --hold SECONDS         seconds of silence before another port takes an\n" \
	"                         address; 0: at once, 0-1000000 (3)\n" \
	"  --move-limit N         addresses per second that a port may take from others,\n" \
	"                         0-1000000 (100)\n" \
	"  --queue-limit N        limit on a guest's queue pairs, 1-128 (16)\n" \
	"  --idle-sleep US        microseconds to sleep when idle; 0: poll, 0-100000 (0)\n" \
	"  --idle-wait 0|1|2      wait for guests' kicks when idle; 0: never, 1: always,\n" \
	"                         2: not on isolated processors, 0-2 (2)\n" \
	"  --stats SECONDS        seconds between tables in the log; 0: none, 0-86400 (0)\n" \
	"  --rx-retry 0|1         wait for a guest with a full ring, device to guest (1)\n" \
	"  --rx-retry-num N       number of waits, 0-100 (4)\n" \
	"  --rx-retry-delay US    microseconds per wait, 0-1000 (15)\n" \
	"  --message-limit N      limit on vhost-user messages per second and port,\n" \
	"                         bursts of ten times that; 0: no limit, 0-1000000 (1000)\n" \
	"  --log-limit LINES      limit on log lines per second and port, bursts of ten\n" \
	"                         times that; 0: no limit, 0-100000 (20)\n" \
	"  --log-level LEVEL      log lines up to this level: 4 errors, 5 warnings, 6\n" \
	"                         notices, 7 information, 8 debugging; 0: what the EAL's\n" \
	"                         --log-level says, 0-8 (0)\n" \
	"  --guest-memory MIB     limit on a guest's shared memory in MiB; 0: the host's\n" \
	"                         memory, 0-1073741824 (0)\n" \
	"  --guest-memory-all MIB limit on all guests' shared memory in MiB; 0: eight\n" \
	"                         times the host's, 0-1073741824 (0)\n" \
	"  --client-idle SECONDS  seconds until a client that asks nothing is\n" \
	"                         disconnected, 1-86400 (300)\n" \
	"  --balance 0|1          1: queue pairs move between lcores of a NUMA node,\n" \
	"                         towards equal load; pinned ones stay (0)\n" \
	"  --balance-sensitivity N percent of an lcore by which a move must bring two\n" \
	"                         lcores' loads closer, 1-100 (25)\n" \
	"  --balance-interval SECONDS seconds between two looks at the loads, 1-3600 (5)\n"

#define EACH_DROP_REASON(DROP_REASON) /* symbol, name, where it is counted */ \
	DROP_REASON(RING_FULL, "ring_full", receiver) \
	DROP_REASON(RING_BUSY, "ring_busy", receiver) \
	DROP_REASON(BUFFER_SMALL, "buffer_small", receiver) \
	DROP_REASON(RING_COSTLY, "ring_costly", receiver) \
	DROP_REASON(RATE_LIMIT, "rate_limit", receiver) \
	DROP_REASON(NOT_READY, "not_ready", receiver) \
	DROP_REASON(LINK_DOWN, "link_down", receiver) \
	DROP_REASON(INTERFACE_DOWN, "interface_down", receiver) \
	DROP_REASON(SAME_PORT, "same_port", sender) \
	DROP_REASON(TOO_SHORT, "too_short", sender) \
	DROP_REASON(TOO_LONG, "too_long", sender) \
	DROP_REASON(BAD_SOURCE, "bad_source", sender) \
	DROP_REASON(VLAN_TAGGED, "vlan_tagged", sender) \
	DROP_REASON(ISOLATED, "isolated", sender) \
	DROP_REASON(VLAN_UNKNOWN, "vlan_unknown", sender) \
	DROP_REASON(NO_PORT, "no_port", sender) \
	DROP_REASON(SPOOFED, "spoofed", sender) \
	DROP_REASON(SPOOFED_IP, "spoofed_ip", sender) \
	DROP_REASON(SPOOFED_ARP, "spoofed_arp", sender) \
	DROP_REASON(SPOOFED_ND, "spoofed_nd", sender) \
	DROP_REASON(ROGUE_SERVER, "rogue_server", sender) \
	DROP_REASON(OTHER_PROTOCOL, "other_protocol", sender) \
	DROP_REASON(UNREADABLE, "unreadable", sender) \
	DROP_REASON(ADDRESS_HELD, "address_held", sender) \
	DROP_REASON(FLOOD_LIMIT, "flood_limit", sender) \
	DROP_REASON(ADDRESS_LIMIT, "address_limit", sender) \
	DROP_REASON(TAG_UNKNOWN, "tag_unknown", device) \
	DROP_REASON(UNMATCHED, "unmatched", device) \
	DROP_REASON(MULTICAST, "multicast", device) \
	DROP_REASON(NO_BUFFER, "no_buffer", device) \
	DROP_REASON(RESERVED, "reserved", device) \
	DROP_REASON(BAD_OFFLOAD, "bad_offload", sender) \
	DROP_REASON(TOO_FINE, "too_fine", sender)

enum rpc_code {
	RPC_PARSE = -32700, /* the line is not JSON; `id` is null */
	RPC_REQUEST = -32600, /* not a request */
	RPC_METHOD = -32601, /* no such method */
	RPC_PARAMS = -32602, /* a parameter is missing, unknown or out of range; `data.param` names it */
	RPC_INTERNAL = -32603, /* the switch failed; the message says where */
	RPC_VERSION = -32001, /* protocol versions do not agree; `data.supported` lists this switch's */
	RPC_CONFLICT = -32002, /* conflict with what exists */
	RPC_CLIENTS = -32003, /* too many clients */
	RPC_DENIED = -32004, /* the client's level does not allow it; `data.level` is the one needed */
};

/* PARAM(name, optional, kind, min, max): INTEGER, TEXT (max bytes, 0: any), or OTHER (the method checks it). */
#define EACH_METHOD(METHOD) /* symbol, name, summary, level, parameters */ \
	METHOD(capture_start, "capture.start", "capture frames, which follow the answer", LEVEL_ADMINISTER, \
		PARAM("ports", true, OTHER, 0, 0) \
		PARAM("filter", true, OTHER, 0, 0) \
		PARAM("snap", true, INTEGER, 1, 262144) \
		PARAM("drops", true, OTHER, 0, 0) \
		PARAM("direction", true, OTHER, 0, 0)) \
	METHOD(events_watch, "events.watch", "tell this client what happens from now on", LEVEL_LOOK,) \
	METHOD(fdb_list, "fdb.list", "addresses that were learned", LEVEL_LOOK, \
		PARAM("vlan", true, INTEGER, 0, 4094) \
		PARAM("port", true, TEXT, 0, 0) \
		PARAM("limit", true, INTEGER, 1, 10000) \
		PARAM("after", true, INTEGER, 0, 4294967295)) \
	METHOD(hello, "hello", "agree on the protocol's version", LEVEL_LOOK, \
		PARAM("protocol", false, INTEGER, 0, 2147483647) \
		PARAM("client", true, TEXT, 0, 64)) \
	METHOD(method_list, "method.list", "this list", LEVEL_LOOK,) \
	METHOD(pairs_get, "pairs.get", "the busiest pairs of ports", LEVEL_LOOK, \
		PARAM("limit", true, INTEGER, 1, 1000)) \
	METHOD(port_add, "port.add", "add a port", LEVEL_CHANGE, \
		PARAM("name", false, OTHER, 0, 0) \
		PARAM("path", false, OTHER, 0, 0) \
		PARAM("interface", true, OTHER, 0, 0) \
		PARAM("device", true, OTHER, 0, 0) \
		PARAM("listener", true, OTHER, 0, 0) \
		PARAM("mode", true, OTHER, 0, 0) \
		PARAM("vlan", true, INTEGER, 0, 4094) \
		PARAM("vlan_mode", true, OTHER, 0, 0) \
		PARAM("trunks", true, OTHER, 0, 0) \
		PARAM("mac", true, OTHER, 0, 0) \
		PARAM("other_macs", true, INTEGER, 0, 1) \
		PARAM("address_limit", true, INTEGER, 1, 65536) \
		PARAM("flood_limit", true, INTEGER, 0, 100000000) \
		PARAM("relay", true, OTHER, 0, 0) \
		PARAM("link", true, OTHER, 0, 0) \
		PARAM("isolated", true, INTEGER, 0, 1) \
		PARAM("inbound", true, INTEGER, 0, 12500000) \
		PARAM("inbound_peak", true, INTEGER, 0, 12500000) \
		PARAM("inbound_burst", true, INTEGER, 0, 12500000) \
		PARAM("outbound", true, INTEGER, 0, 12500000) \
		PARAM("outbound_peak", true, INTEGER, 0, 12500000) \
		PARAM("outbound_burst", true, INTEGER, 0, 12500000) \
		PARAM("guards", true, OTHER, 0, 0) \
		PARAM("ip_addresses", true, OTHER, 0, 0) \
		PARAM("address_learning", true, OTHER, 0, 0) \
		PARAM("dhcp_servers", true, OTHER, 0, 0) \
		PARAM("peer_label", true, OTHER, 0, 0)) \
	METHOD(port_list, "port.list", "ports and their state", LEVEL_LOOK,) \
	METHOD(port_remove, "port.remove", "remove a port", LEVEL_CHANGE, \
		PARAM("name", false, OTHER, 0, 0)) \
	METHOD(port_set, "port.set", "change a port's settings, or the lcores that poll it", LEVEL_CHANGE, \
		PARAM("name", false, OTHER, 0, 0) \
		PARAM("vlan", true, INTEGER, 0, 4094) \
		PARAM("vlan_mode", true, OTHER, 0, 0) \
		PARAM("trunks", true, OTHER, 0, 0) \
		PARAM("mac", true, OTHER, 0, 0) \
		PARAM("other_macs", true, INTEGER, 0, 1) \
		PARAM("address_limit", true, INTEGER, 1, 65536) \
		PARAM("flood_limit", true, INTEGER, 0, 100000000) \
		PARAM("relay", true, OTHER, 0, 0) \
		PARAM("link", true, OTHER, 0, 0) \
		PARAM("isolated", true, INTEGER, 0, 1) \
		PARAM("inbound", true, INTEGER, 0, 12500000) \
		PARAM("inbound_peak", true, INTEGER, 0, 12500000) \
		PARAM("inbound_burst", true, INTEGER, 0, 12500000) \
		PARAM("outbound", true, INTEGER, 0, 12500000) \
		PARAM("outbound_peak", true, INTEGER, 0, 12500000) \
		PARAM("outbound_burst", true, INTEGER, 0, 12500000) \
		PARAM("guards", true, OTHER, 0, 0) \
		PARAM("ip_addresses", true, OTHER, 0, 0) \
		PARAM("address_learning", true, OTHER, 0, 0) \
		PARAM("dhcp_servers", true, OTHER, 0, 0) \
		PARAM("peer_label", true, OTHER, 0, 0) \
		PARAM("lcore", true, INTEGER, -1, 127) \
		PARAM("queue", true, INTEGER, 0, 127)) \
	METHOD(stats_get, "stats.get", "counters of ports, lcores and the address table", LEVEL_LOOK, \
		PARAM("port", true, TEXT, 0, 0)) \
	METHOD(switch_info, "switch.info", "lcores, devices, settings", LEVEL_LOOK,) \
	METHOD(switch_set, "switch.set", "change settings while it runs", LEVEL_ADMINISTER, \
		PARAM("ageing", true, INTEGER, 1, 1000000) \
		PARAM("hold", true, INTEGER, 0, 1000000) \
		PARAM("move_limit", true, INTEGER, 0, 1000000) \
		PARAM("queue_limit", true, INTEGER, 1, 128) \
		PARAM("idle_sleep", true, INTEGER, 0, 100000) \
		PARAM("idle_wait", true, INTEGER, 0, 2) \
		PARAM("stats", true, INTEGER, 0, 86400) \
		PARAM("rx_retry", true, INTEGER, 0, 1) \
		PARAM("rx_retry_num", true, INTEGER, 0, 100) \
		PARAM("rx_retry_delay", true, INTEGER, 0, 1000) \
		PARAM("message_limit", true, INTEGER, 0, 1000000) \
		PARAM("log_limit", true, INTEGER, 0, 100000) \
		PARAM("log_level", true, INTEGER, 0, 8) \
		PARAM("guest_memory", true, INTEGER, 0, 1073741824) \
		PARAM("guest_memory_all", true, INTEGER, 0, 1073741824) \
		PARAM("client_idle", true, INTEGER, 1, 86400) \
		PARAM("balance", true, INTEGER, 0, 1) \
		PARAM("balance_sensitivity", true, INTEGER, 1, 100) \
		PARAM("balance_interval", true, INTEGER, 1, 3600)) \
	METHOD(trace_frame, "trace.frame", "what the switch would do with a frame", LEVEL_LOOK, \
		PARAM("name", false, TEXT, 0, 0) \
		PARAM("frame", false, TEXT, 0, 3044))
#define CAPTURE_START_SNAP_DEFAULT 262144
#define FDB_LIST_LIMIT_DEFAULT 10000
#define PAIRS_GET_LIMIT_DEFAULT 100

#endif
