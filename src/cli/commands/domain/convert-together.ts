/** Which options of `vmlane domain convert` go together. */
import { InvalidInput } from '../../../values/errors.js';

/** Options that exclude each other. */
export type Together = Partial<
  Record<
    'nic' | 'vf' | 'vf-pool' | 'relay' | 'socket-dir' | 'network' | 'network-xml' | 'domain',
    unknown
  >
>;

/** @throws InvalidInput for options that have no meaning together */
export function checkTogether(values: Together & { revert?: boolean | undefined }): void {
  const refuse = (thing: string, other: string, remedy: string) => {
    const problem = `has no meaning with --${other}`;
    throw new InvalidInput({ thing: `--${thing}`, problem, remedy });
  };
  const given = (['nic', 'vf', 'vf-pool', 'relay', 'socket-dir', 'network'] as const).filter(
    (name) => values[name],
  );
  const [first] = given;
  if (values.revert && first) refuse(first, 'revert', 'leave it out: everything is given back');
  const xml = 'network-xml';
  if (values[xml]) {
    if (values.domain !== undefined) refuse(xml, 'domain', 'leave it out: libvirt is asked');
    const against = (['revert', 'vf', 'vf-pool', 'relay'] as const).find((name) => values[name]);
    if (against) refuse(xml, against, 'leave it out');
  }
  const [one, other] = given.filter((name) => name !== 'nic');
  if (one && other) refuse(other, one, 'give one of them');
}
