import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type Write, WriteError, type Writer } from '../../src/system/devices/sysfs.js';

/** What a kernel would refuse; undefined: nothing. */
export type Refusal = (write: Write) => string | undefined;

/**
 * A writer that does to a tree what Linux 6.1 does to sysfs: `sriov_numvfs` refuses to go from one
 * count to another, and drivers come and go by override, `unbind` and `drivers_probe`.
 */
export class FakeKernel {
  readonly written: string[] = [];

  constructor(
    readonly root: string,
    /** The driver of its own of every function. */
    readonly native: string,
    readonly refuse: Refusal = () => undefined,
  ) {}

  readonly write: Writer = async (write) => {
    const refused = this.refuse(write);
    if (refused !== undefined) throw new WriteError(write, refused);
    this.written.push(`${basename(write.path)}=${write.value}`);
    const name = basename(write.path);
    if (name === 'sriov_numvfs') this.#count(write);
    else if (name === 'unbind') rmSync(join(this.#device(write.value), 'driver'));
    else if (name === 'drivers_probe') this.#probe(write.value);
    else writeFileSync(write.path, `${write.value === '' ? '(null)' : write.value}\n`);
  };

  driver(address: string): string | undefined {
    const link = join(this.#device(address), 'driver');
    return existsSync(link) ? basename(readlinkSync(link)) : undefined;
  }

  #device(address: string): string {
    return join(this.root, 'sys/bus/pci/devices', address);
  }

  #count(write: Write): void {
    const now = readFileSync(write.path, 'utf8').trim();
    if (now !== '0' && write.value !== '0') throw new WriteError(write, 'Device or resource busy');
    const folder = join(write.path, '..');
    for (let i = 0; i < Number(now); i++) unlinkSync(join(folder, `virtfn${i}`));
    for (let i = 0; i < Number(write.value); i++) {
      const address = `0000:02:10.${2 * i}`;
      symlinkSync(`../${address}`, join(folder, `virtfn${i}`));
      mkdirSync(this.#device(address), { recursive: true });
      writeFileSync(join(this.#device(address), 'vendor'), '0x8086\n');
      writeFileSync(join(this.#device(address), 'device'), '0x10ed\n');
    }
    writeFileSync(write.path, `${write.value}\n`);
  }

  #probe(address: string): void {
    const folder = this.#device(address);
    const override = readFileSync(join(folder, 'driver_override'), 'utf8').trim();
    const driver = override === '(null)' ? this.native : override;
    mkdirSync(join(this.root, 'sys/bus/pci/drivers', driver), { recursive: true });
    symlinkSync(`../../drivers/${driver}`, join(folder, 'driver'));
  }
}
