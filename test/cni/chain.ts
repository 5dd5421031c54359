/** Lists of plugins: ours, and Debian's (setup/podman-parts), called as a runtime calls them. */
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { cached } from '../../lab/cache.js';
import { namesOf } from '../../src/cni/call/names.js';
import { DEVICE_NODES } from '../../src/contract/bounds.js';
import { ip } from '../switching/tap.js';
import { type Called, call, callPlugin } from './plugin.js';

/** Debian's. */
export const PLUGINS = join(cached('podman'), 'root/usr/lib/cni');

/** What a runtime gets of a call that has gone well and has no result. */
export const DONE: Called = { exitCode: 0, answer: undefined };

/** Of our macvtaps. */
export const nodesOf = (container: string) =>
  ['chain', 'chain/net1'].map(
    (network) => `${DEVICE_NODES}/${namesOf(network, { container, ifname: 'eth0' }).tap}`,
  );

/** One of a list, with its settings. */
export interface Plugin {
  type: string;
  [key: string]: unknown;
}

/** A container, which is a network namespace of its name, and its list of plugins, called in libcni's order. */
export class Chain {
  /** Of the last plugin; undefined before ADD. */
  // biome-ignore lint/suspicious/noExplicitAny: as a runtime gets it
  result: any;

  constructor(
    readonly name: string,
    readonly cniVersion: string,
    readonly plugins: readonly Plugin[],
    /** Of the settings. */
    readonly folder: string,
  ) {}

  get netns(): string {
    return `/run/netns/${this.name}`;
  }

  /** One plugin's call. */
  async run(command: string, plugin: Plugin, more: object = {}): Promise<Called> {
    const settings = { cniVersion: this.cniVersion, name: 'chain', ...plugin, ...more };
    const env = {
      ...{ CNI_CONTAINERID: this.name, CNI_NETNS: this.netns, CNI_IFNAME: 'eth0' },
      CNI_PATH: PLUGINS,
    };
    if (plugin.type === 'vmlane-cni') return call(command, settings, env, this.folder);
    const { stderr: _, ...called } = await callPlugin(
      join(PLUGINS, plugin.type),
      command,
      settings,
      env,
      this.folder,
    );
    return called;
  }

  /** Resolves to the error of the plugin that fails, which ends it. */
  async add(): Promise<Called['answer']> {
    let prevResult: unknown;
    for (const plugin of this.plugins) {
      const { exitCode, answer } = await this.run('ADD', plugin, { prevResult });
      if (exitCode !== 0) return answer;
      prevResult = answer;
    }
    this.result = prevResult;
    return undefined;
  }

  async check(): Promise<Called['answer']> {
    for (const plugin of this.plugins) {
      const { answer } = await this.run('CHECK', plugin, { prevResult: this.result });
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async del(isMeant: (plugin: Plugin) => boolean = () => true): Promise<void> {
    const prevResult = this.result;
    for (const plugin of this.plugins.toReversed().filter(isMeant))
      expect(await this.run('DEL', plugin, { prevResult }), plugin.type).toEqual(DONE);
  }

  inside(...words: string[]): Promise<string> {
    return ip('-n', this.name, ...words);
  }

  async setting(path: string): Promise<string> {
    const words = ['netns', 'exec', this.name, 'cat', `/proc/sys/net/ipv4/conf/${path}`];
    return (await execa('ip', words)).stdout;
  }
}
