/** What QEMU's machines call their RAM, and how much of it they have without -m. */

/** The RAM of a machine. */
export interface MachineRam {
  /** Name of its block in saved states and migrations; undefined: not known. */
  id: string | undefined;
  /** Bytes without -m. */
  bytes: number;
}

type Row = readonly [machine: RegExp, id: string, mebibytes: number];

interface Machines {
  /** QEMU's default; undefined: it has none. */
  usual: string | undefined;
  /** The first that fits decides. */
  rows: readonly Row[];
}

const X86: Machines = {
  usual: 'pc',
  rows: [
    [/^(microvm|nitro)/, 'microvm.ram', 128],
    // All others are PCs, whatever a distribution calls them: ubuntu-q35, rhel6.0.0, xenfv.
    [/^(?!none$|x-remote$|xenpv$)/, 'pc.ram', 128],
  ],
};
const ARM: Machines = { usual: undefined, rows: [[/^virt/, 'mach-virt.ram', 128]] };
const RISCV: Machines = {
  usual: 'spike',
  rows: [
    [/^virt/, 'riscv_virt_board.ram', 128],
    [/^spike/, 'riscv.spike.ram', 128],
  ],
};
const S390: Machines = { usual: 's390-ccw-virtio', rows: [[/^s390/, 's390.ram', 128]] };
const PPC64: Machines = {
  usual: 'pseries',
  rows: [
    [/^pseries/, 'ppc_spapr.ram', 512],
    [/^powernv/, 'pnv.ram', 1024],
  ],
};

/** By the emulator's name, `qemu-system-ARCH`. Seen with QEMU 7.2, `info ramblock`. */
const MACHINES: ReadonlyMap<string, Machines> = new Map([
  ['x86_64', X86],
  ['i386', X86],
  ['aarch64', ARM],
  ['arm', ARM],
  ['riscv64', RISCV],
  ['riscv32', RISCV],
  ['s390x', S390],
  ['ppc64', PPC64],
  ['ppc64le', PPC64],
  ['loongarch64', { usual: 'virt', rows: [[/^virt/, 'loongarch.ram', 1024]] }],
]);

/** For an emulator whose architecture its name does not tell, such as qemu-kvm: machines that only one has. */
const ANY: Machines = {
  usual: 'pc',
  rows: [
    ...S390.rows,
    ...PPC64.rows,
    ...ARM.rows,
    [/^(pc|microvm|isapc|xenfv|ubuntu|rhel\d)|q35/, '', 0],
  ],
};

const MIB = 1024 ** 2;
/** Of most machines. */
const DEFAULT_MIB = 128;

/** The architecture in an emulator's name. */
export function architectureOf(emulator: string): string | undefined {
  const [, name] = /(?:^|\/)qemu-system-(\w+)[^/]*$/.exec(emulator) ?? [];
  return name;
}

/** The machine that QEMU takes without -machine; undefined: it has none, or is not known. */
export function usualMachine(architecture: string | undefined): string | undefined {
  if (architecture === undefined) return ANY.usual;
  return MACHINES.get(architecture)?.usual;
}

/** The RAM of a machine, of the usual one without a name. */
export function ramOf(
  architecture: string | undefined,
  machine = usualMachine(architecture) ?? '',
): MachineRam {
  const { rows } = (architecture === undefined ? ANY : MACHINES.get(architecture)) ?? { rows: [] };
  const row = rows.find(([pattern]) => pattern.test(machine));
  if (row?.[1] === '') return ramOf('x86_64', machine);
  return { id: row?.[1], bytes: (row?.[2] ?? DEFAULT_MIB) * MIB };
}
