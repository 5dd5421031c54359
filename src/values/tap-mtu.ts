/** What a tap's MTU may be, in bytes. Source: tun_net_init in drivers/net/tun.c, IP's least (RFC 791). */
export const TAP_MTU = { min: 68, max: 65_521 } as const;
