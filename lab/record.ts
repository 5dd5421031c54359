/**
 * Records `vmlane demo`, in the private world, into docs/demo.json, and makes docs/demo.svg of it: `npm run demo:svg`.
 * Programs are shown under the names that packages give them.
 */
import { writeFile } from 'node:fs/promises';
import { wrapperFile } from '../src/host/wrap/installation.js';
import { INSTALLED, nativeProgram, packageRoot } from '../src/switch/paths.js';
import { progress } from '../src/trial/progress.js';
import type { Step } from '../src/trial/record.js';
import { castSvg, type Recording } from './cast.js';
import { PARTS } from './guest-image.js';
import { vmlane } from './vmlane.js';

const root = packageRoot();
const files = {
  kernel: `${PARTS}/vmlinuz`,
  modules: `${PARTS}/modules`,
  busybox: `${PARTS}/busybox`,
};
const words = Object.entries(files).flatMap(([name, path]) => [`--${name}`, path]);
const said = await vmlane(['demo', '--accel', 'tcg', ...words, '--json'], progress());

/** Programs of the checkout, and what packages have in their place. */
const PROGRAMS = [
  [wrapperFile(), 'qemu-wrap'],
  [nativeProgram('vhost-switch'), nativeProgram('vhost-switch', INSTALLED)],
] as const;

function asPackaged(step: Step): Step {
  const text = PROGRAMS.reduce((so, [ours, theirs]) => so.replaceAll(ours, theirs), step.text);
  return { ...step, text };
}

const steps = (JSON.parse(said).steps as Step[]).map(asPackaged);
const recording: Recording = { typed: 'vmlane demo', steps };
await writeFile(`${root}/docs/demo.json`, `${JSON.stringify(recording, undefined, 2)}\n`);
await writeFile(`${root}/docs/demo.svg`, castSvg(recording));
