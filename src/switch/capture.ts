/** A mirrored port's frames, taken out of the switch's file into one of the user's. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failed, InvalidInput } from '../values/errors.js';
import type { SwitchClient } from './client.js';

/** How a capture is taken. */
export interface CaptureOptions {
  /** Replaces a regular file that is there. */
  force?: boolean | undefined;
  /** Ends it. */
  signal: AbortSignal;
}

/** How it went. */
export interface Captured {
  bytes: number;
  /** False: the switch ended it, as its file was full or could not be written. */
  asked: boolean;
}

const PAUSE_MS = 200;

/**
 * Mirrors a port until `signal`, and moves what the switch writes into `file`, which this user makes
 * with the user's own rights: the switch opens no file of anybody's. Its own file is gone afterwards.
 * @throws InvalidInput, Failed
 */
export async function capture(
  client: Pick<SwitchClient, 'mirrorPort' | 'ports'>,
  name: string,
  file: string,
  { force, signal }: CaptureOptions,
): Promise<Captured> {
  const replaces = await mustBeFree(file, force);
  const { changed, port } = await client.mirrorPort(name, true);
  const from = port.mirror;
  if (!changed || !from) throw mirroredAlready(name, from);
  const end = () => client.mirrorPort(name, false);
  if (!isCapture(from, name)) {
    await end();
    throw notACapture(name, from);
  }
  const over = async () => {
    if (signal.aborted) return 'asked';
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    const now = (await client.ports()).find((one) => one.name === name);
    return now?.mirror === from ? undefined : 'ended';
  };
  try {
    const to = await newFile(file, replaces);
    try {
      return await copied(from, to, over, end);
    } finally {
      await to.close();
    }
  } finally {
    // Also when it could not be read or copied: nobody knows of it.
    try {
      await end();
    } finally {
      await rm(from, { force: true });
    }
  }
}

/**
 * Whether a path is that of a capture, PORT.N.pcap (native/control/captures.h). It is removed with this user's
 * rights, mostly root's, and a switch that has been taken over may name any file.
 */
function isCapture(path: string, port: string): boolean {
  const file = basename(path);
  return (
    isAbsolute(path) &&
    file.startsWith(`${port}.`) &&
    /^\d+\.pcap$/.test(file.slice(port.length + 1))
  );
}

/** Copies what there is, until `over` says that no more comes; then what had come until then. */
async function copied(
  path: string,
  to: FileHandle,
  over: () => Promise<'asked' | 'ended' | undefined>,
  end: () => Promise<unknown>,
): Promise<Captured> {
  const from = await openCapture(path);
  try {
    const chunk = Buffer.alloc(1 << 20);
    let bytes = 0;
    const drain = async () => {
      for (;;) {
        const { bytesRead } = await from.read(chunk, 0, chunk.length, bytes);
        if (bytesRead === 0) return;
        await to.appendFile(chunk.subarray(0, bytesRead));
        bytes += bytesRead;
      }
    };
    for (;;) {
      await drain();
      const why = await over();
      if (why === undefined) continue;
      await end();
      await drain();
      return { bytes, asked: why === 'asked' };
    }
  } finally {
    await from.close();
  }
}

async function openCapture(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const trouble = {
      thing: path,
      problem: `the switch's file cannot be read (${code})`,
      remedy: "run as root; captures are the switch's user's",
    };
    throw new Failed(trouble, { cause });
  }
}

/** Whether a file is to be replaced. @throws InvalidInput for what must not be */
async function mustBeFree(path: string, force: boolean | undefined): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (!there || (force && there.isFile())) return there !== undefined;
  throw new InvalidInput({
    thing: path,
    problem: there.isFile() ? 'is there already' : 'is there already, and no regular file',
    remedy: there.isFile() ? 'name another, or replace it with --force' : 'name another',
  });
}

/** A new file, mode 0600, or the one that is there, emptied. */
async function newFile(path: string, replaces: boolean): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC, O_NONBLOCK } = constants;
  const how = replaces ? O_TRUNC | O_NONBLOCK : O_CREAT | O_EXCL;
  try {
    return await open(path, O_WRONLY | O_NOFOLLOW | how, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const trouble = { thing: path, problem: `cannot be written (${code})`, remedy: 'name another' };
    throw new Failed(trouble, { cause });
  }
}

function notACapture(name: string, path: string): Failed {
  return new Failed({
    thing: `port ${name}`,
    problem: `the switch says that it is mirrored to ${path}, which is no capture of it`,
    remedy: 'see what runs there: vmlane switch info',
  });
}

function mirroredAlready(name: string, path: string | null | undefined): Failed {
  return new Failed({
    thing: `port ${name}`,
    problem: `is mirrored already, to ${path}`,
    remedy: `end that: vmlane switch mirror ${name} --stop`,
  });
}
