/** The folder of a demo, in which all that it makes is. */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SWITCH_USER } from '../switch/launch.js';
import { readAccounts } from '../system/accounts/table.js';
import { ROOTS_LOCKS } from '../system/files/lock.js';
import { Failed } from '../values/errors.js';
import { GUEST_FOLDER_MODE, RUN_FOLDER, RUN_FOLDER_MODE } from '../values/socket-path.js';
import { FILES } from './plan.js';

/** Begins the folder's name. */
const PREFIX = 'demo-';

/** As the folder is called before there is one. */
export const EXAMPLE_FOLDER = join(RUN_FOLDER, `${PREFIX}XXXXXX`);

/** Folders of the host that whoever is first makes, and that others may come to use meanwhile. */
const SHARED = [RUN_FOLDER, ROOTS_LOCKS, '/run/dpdk'];

/** Makes the folder, calls `use`, and removes it with all that is in it. @throws Failed if it cannot be made */
export async function withTrialFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const absent = SHARED.filter((one) => !existsSync(one));
  await runFolder();
  try {
    const folder = await mkdtemp(join(RUN_FOLDER, PREFIX)).catch((cause) => {
      throw cannotBeMade(cause);
    });
    try {
      await shareWithSwitch(folder);
      return await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    // One that is not empty stays.
    for (const one of absent) await rmdir(one).catch(() => undefined);
  }
}

/**
 * The folder is for nobody else, but a switch of root's becomes an account of its own, which makes guests' sockets: it
 * may enter, and what it makes sockets in is its own.
 */
async function shareWithSwitch(folder: string): Promise<void> {
  const guests = join(folder, FILES.guests);
  await mkdir(guests);
  const account = switchAccount();
  if (account !== undefined) {
    await chown(folder, 0, account.gid);
    await chmod(folder, 0o710);
    await chown(guests, account.uid, account.gid);
  }
  await chmod(guests, GUEST_FOLDER_MODE);
}

function switchAccount(): { uid: number; gid: number } | undefined {
  const row = readAccounts('user').find(([name]) => name === SWITCH_USER);
  return row && { uid: Number(row[2]), gid: Number(row[3]) };
}

async function runFolder(): Promise<void> {
  try {
    await mkdir(RUN_FOLDER);
    await chmod(RUN_FOLDER, RUN_FOLDER_MODE);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotBeMade(cause);
  }
}

function cannotBeMade(cause: unknown): Failed {
  const problem = `no folder can be made there (${(cause as NodeJS.ErrnoException).code})`;
  return new Failed({ thing: RUN_FOLDER, problem, remedy: 'see who may write there' }, { cause });
}
