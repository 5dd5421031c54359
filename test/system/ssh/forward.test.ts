import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forwardSocket } from '../../../src/system/ssh/forward.js';
import { sshHost } from '../../../src/values/ssh-host.js';
import { inFolder } from '../../switch/folder.js';

/** Stands in for ssh, whose moment between both calls is too short to meet it on purpose. */
const SLOW = `#!/usr/bin/env python3
import socket, sys, time
path = sys.argv[sys.argv.index("-L") + 1].rsplit(":", 1)[0]
made = socket.socket(socket.AF_UNIX)
made.bind(path)
time.sleep(0.5)
made.listen()
sys.stdin.read()
`;

test('a socket that is brought here is listened to when it is handed over', () =>
  inFolder(async (folder) => {
    const program = join(folder, 'ssh');
    await writeFile(program, SLOW);
    await chmod(program, 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${folder}:${before}`;
    try {
      const { path, close } = await forwardSocket(sshHost('hostb', 'TO'), '/run/there.sock');
      const dialled = createConnection(path);
      await expect(once(dialled, 'connect')).resolves.toEqual([]);
      dialled.destroy();
      await close();
    } finally {
      process.env.PATH = before;
    }
  }));
