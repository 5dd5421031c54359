/** Our reader of libvirt's configuration files, against libvirtd itself. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patience } from '../../lab/slow.js';
import { parseConf } from '../../src/system/libvirt/conf.js';

const PATH = '/etc/libvirt/qemu.conf';
let before: string | undefined;
beforeAll(async () => {
  await mkdir('/etc/libvirt', { recursive: true });
  before = await readFile(PATH, 'utf8').catch(() => undefined);
});
afterAll(() => (before === undefined ? rm(PATH) : writeFile(PATH, before)));

/** libvirtd ends at once over a file that it cannot read. */
async function refusal(text: string): Promise<string | undefined> {
  await writeFile(PATH, text);
  const ran = await execa('libvirtd', { reject: false, timeout: patience(60_000) });
  return /configuration file syntax error: \/etc\/libvirt\/qemu\.conf:(.*)$/m.exec(ran.stderr)?.[1];
}

test.each([
  'user root\n',
  '\n\nuser = \n',
  'user = yes\n',
  'user = "root\n',
  "user = 'root",
  'user = """root, and no end\n',
  'user = """r\n',
  '_user = "root"\n',
  ' \n\n',
  'user = "root" group = "root"\n',
  '# all is well\nuser = "root"; # group\n= 1\n',
  'cgroup_device_acl = [ "/dev/null" "/dev/full" ]\n',
  'cgroup_device_acl = [\n  "/dev/null",\n  # and\n  "/dev/full"\n]\n',
  'cgroup_device_acl = [ "/dev/null",, "/dev/full" ]\n',
  'cgroup_device_acl = [ "/dev/null"\n\n',
  'max_files = -\n',
  'user.x = "root"\n',
  'cgroup_device_acl = [ "/dev/null",\n',
])('%j is refused at the same line for the same reason', async (text) => {
  const { error } = parseConf(text);
  expect(await refusal(text)).toBe(`${error?.line}: ${error?.problem}`);
});

/** That it has read the file shows in what it says of the user. */
test.each([
  ['user = "nobody-1"; group = "root" # first', 'nobody-1'],
  ['user="nobody-1"\nuser = "root"\n', 'nobody-1'],
  ['\tcgroup_device_acl = [ "/dev/null", ]\r\nuser = \'no"body\'\r\n', 'no"body'],
  ['user = """no\nbody 1"""', 'no\nbody 1'],
  ['max_files = +5\nuser = "nobody-1"\n', 'nobody-1'],
  ['other = [ 1, [ "x", [] ] ]\nuser = "nobody-1"\n', 'nobody-1'],
])('%j is read in the same way', async (text, user) => {
  const { settings, error } = parseConf(text);
  expect(error).toBeUndefined();
  expect(settings.find(({ name }) => name === 'user')?.value).toBe(user);
  await writeFile(PATH, text);
  const ran = await execa('libvirtd', { reject: false, timeout: patience(60_000) });
  expect(ran.stderr).toContain(`Failed to parse user '${user}'`);
});
