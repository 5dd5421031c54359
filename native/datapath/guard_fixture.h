/*
 * Test fixture: a guarded guest, and frames from it.
 */
#ifndef GUARD_FIXTURE_H
#define GUARD_FIXTURE_H

#include "guard.h"

extern struct guards guards; /* all of them, and its addresses 10.0.0.5 and fd00::5 */
extern struct learned learned;
extern uint8_t bytes[600]; /* the present frame */
extern uint32_t length, now;
extern const uint8_t *port_mac; /* NULL: the port has none */

extern const uint8_t guest_mac[6], other_mac[6]; /* 52:54:00:00:00:05, …:06 */
#define OWN "10.0.0.5"
#define OTHER "10.0.0.6"
#define OWN_6 "fd00::5"
#define OTHER_6 "fd00::6"
#define OWN_LOCAL "fe80::5054:ff:fe00:5"
#define OTHER_LOCAL "fe80::5054:ff:fe00:6"

int
guard_set_up(void **state);

/* Parts of the frame, in order. */
void
eth(uint16_t type);
void
tag(uint16_t type, uint16_t next);
void
put16(uint16_t value);
void
put(const void *from, uint32_t n);
void
fill(uint32_t n);
/* options: bytes beyond the header's 20, zeros; fragment: the word with its offset. */
void
ipv4(const char *from, const char *to, uint8_t protocol, uint32_t options, uint16_t fragment);
void
udp(uint16_t from, uint16_t to);
void
arp(uint16_t op, const uint8_t mac[6], const char *address);
/* BOOTP with one option 53, and 51 if there is a lease. */
void
dhcp(uint8_t op, uint8_t type, const char *client, const char *yours, const uint8_t mac[6],
	uint32_t lease);
/* Its payload's length is filled in by sent() and comes(). */
void
ipv6(const char *from, const char *to, uint8_t next);
/* 8 bytes of an extension header. */
void
extension(uint8_t next, uint16_t fragment);
void
icmp(uint8_t type, uint8_t code);
void
put_address(const char *ipv6);
/* Of neighbour discovery, 1 or 2. */
void
mac_option(uint8_t type, const uint8_t mac[6]);

/* The guest asks for an address, with the number 0 that dhcp() has. */
enum drop
asks(void);
/* What the guards say to the frame: from the guest; for it, as the second. */
enum drop
sent(void);
/* Likewise, with the length that IPv6's header has. */
enum drop
sent_as_it_is(void);
enum drop
comes(void);

#endif
