import { lookAt, type Root } from '../look/index.js';

/** Whether systemd runs this system, or will run the image. Source: sd_booted(3). */
export function hasSystemd(root: Root = '/'): boolean {
  const look = lookAt(root);
  const signs = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];
  return (look.live ? ['/run/systemd/system'] : signs).some((path) => look.exists(path));
}
