/** What to do for a guest whose port drops frames because their source is not its MAC (`spoofed`). */
export const OTHER_ADDRESSES =
  "if its guest forwards for others (nested bridge, VRRP, containers with a MAC of their own), write pinned: false into its spec or trustGuestRxFilters='yes' into its <interface>; until its next start: 'vmlane switch set PORT --other-macs 1'";
