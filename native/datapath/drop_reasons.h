/*
 * Why frames are dropped: all there is to register. DROP_REASON(symbol, name in the protocol, who
 * counts it: RECEIVER, SENDER or UPLINK). Included wherever the list is needed, with DROP_REASON()
 * defined for what is needed of it.
 */
/* clang-format off */
DROP_REASON(RING_FULL, "ring_full", RECEIVER)
DROP_REASON(RING_BUSY, "ring_busy", RECEIVER)
DROP_REASON(BUFFER_SMALL, "buffer_small", RECEIVER)
DROP_REASON(NOT_READY, "not_ready", RECEIVER)
DROP_REASON(SAME_PORT, "same_port", SENDER)
DROP_REASON(TOO_SHORT, "too_short", SENDER)
DROP_REASON(TOO_LONG, "too_long", SENDER)
DROP_REASON(BAD_SOURCE, "bad_source", SENDER)
DROP_REASON(VLAN_TAGGED, "vlan_tagged", SENDER)
DROP_REASON(NO_PORT, "no_port", SENDER)
DROP_REASON(SPOOFED, "spoofed", SENDER)
DROP_REASON(FLOOD_LIMIT, "flood_limit", SENDER)
DROP_REASON(TAG_UNKNOWN, "tag_unknown", UPLINK)
DROP_REASON(UNMATCHED, "unmatched", UPLINK)
DROP_REASON(MULTICAST, "multicast", UPLINK)
DROP_REASON(NO_BUFFER, "no_buffer", UPLINK)
DROP_REASON(BAD_OFFLOAD, "bad_offload", SENDER)
/* clang-format on */
