import { command } from '../../command.js';
import { offOptions, turnOff } from './off.js';

/** `vmlane domain destroy` */
export const domainDestroy = command({
  path: ['domain', 'destroy'],
  summary: "Take a guest's power off at once; its ports leave the switch",
  positionals: { NAME: { describe: "the domain's name" } },
  options: offOptions,
  examples: [
    ['domain destroy web1', 'what is not on its disks is lost; its definition stays'],
    ['domain destroy web1 --dry-run', 'show what would be done'],
  ],
  async run(values, io) {
    const { destroyDomain } = await import('../../../guests/stop.js');
    return turnOff(values, io, 'would lose its power', async (libvirt) => {
      const changed = await destroyDomain(libvirt, values.NAME);
      return { changed, forced: changed };
    });
  },
});
