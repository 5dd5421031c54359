/** A file, or a folder if it has no content, of a guest's root. */
export interface Entry {
  /** Without a slash before it; folders come before what is in them. */
  path: string;
  mode: number;
  content?: Uint8Array;
}

const FOLDER = 0o040000;
const FILE = 0o100000;
const TRAILER = 'TRAILER!!!';

/**
 * An initramfs in the only form that every kernel unpacks, cpio's "newc" (the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst), all of it root's. Not compressed: unpacking would take
 * the guest more time than reading saves.
 */
export function initramfs(entries: readonly Entry[]): Buffer {
  const all = entries.map((one, index) => member(one, index + 1));
  return Buffer.concat([...all, member({ path: TRAILER, mode: 0 }, 0)]);
}

function member({ path, mode, content }: Entry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const type = inode === 0 ? 0 : content === undefined ? FOLDER : FILE;
  const links = 1;
  const size = content?.length ?? 0;
  // uid, gid; time; size; numbers of two devices; the name's length; no checksum.
  const fields = [inode, type | mode, 0, 0, links, 0, size, 0, 0, 0, 0, name.length, 0];
  const header = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return Buffer.concat([
    padded(Buffer.concat([Buffer.from(`070701${header}`), name])),
    padded(content),
  ]);
}

/** Both the name and the content end at a multiple of four. */
function padded(bytes: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
