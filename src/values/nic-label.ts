/** A NIC in messages: its place among the domain's interfaces, and its MAC if that is known. */
export function nicLabel({ index, mac }: { index: number; mac: string | undefined }): string {
  return `NIC ${index}${mac === undefined ? '' : ` (${mac})`}`;
}
