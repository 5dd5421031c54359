import { lookAt, type Root } from '../look/index.js';

/** Whether systemd is init of this system, or will be init of the image. Source: sd_booted(3). */
export function hasSystemd(root: Root = '/'): boolean {
  const look = lookAt(root);
  const signs = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];
  return (look.live ? ['/run/systemd/system'] : signs).some((path) => look.exists(path));
}
