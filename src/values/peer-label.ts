import { PEER_LABEL } from '../contract/bounds.js';

/** Whether a port may have this as its `peer_label`. */
export function isPeerLabel(text: string): boolean {
  return text.length <= PEER_LABEL.max && PEER_LABEL.pattern.test(text);
}
