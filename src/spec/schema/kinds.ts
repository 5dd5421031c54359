/** Kinds of value that several parts of the schema use. */
import * as z from 'zod';
import { VLAN } from '../../contract/bounds.js';
import { CPU_MAX, cpuSet } from '../../values/cpu-set.js';
import { quote } from '../../values/problems.js';
import { vlansOfList } from '../../values/vlan-list.js';
import { refused } from '../fields.js';

export const yesNo = z.boolean({ error: 'give true or false' });

export function count(min: number, max: number, of: string) {
  const error = `give a whole number of ${of}, ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function list<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'give a list' });
}

/** A list of at most `max` items. */
export function shortList<T extends z.ZodType>(item: T, max: number, why: string) {
  return list(item).superRefine((value, context) => {
    if (value.length <= max) return;
    refused(context, { problem: `has ${value.length}, ${why}`, remedy: `give at most ${max}` });
  });
}

export function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  const most = values.slice(0, -1).join(', ');
  return z.enum(values, { error: `give ${most} or ${values.at(-1)}` });
}

/** Numbers of CPUs or nodes in the kernel's notation, `0-3,8`; a single one may be a YAML number. */
export function numbers(of: string) {
  const error = `give numbers of ${of}, such as 2 or 0-3,8`;
  return z
    .union([z.int({ error }), z.string({ error })], { error })
    .superRefine((value, context) => {
      if (cpuSet(value)?.length) return;
      refused(context, {
        problem: `${JSON.stringify(value)} is not a set of numbers from 0 to ${CPU_MAX}`,
        remedy: error,
      });
    });
}

const vlanError = `give a VLAN, 1 to ${VLAN.max}`;
export const vlan = z
  .int({ error: vlanError })
  .min(1, { error: vlanError })
  .max(VLAN.max, { error: vlanError })
  .optional();

const vlansError = `give VLANs 1 to ${VLAN.max} and ranges of them, such as 10,20-29`;
/** VLANs of a trunk, or that are offered; a single one may be a YAML number. */
export const vlanList = z
  .union([z.int({ error: vlansError }), z.string({ error: vlansError })], { error: vlansError })
  .superRefine((value, context) => {
    if (vlansOfList(String(value))) return;
    const problem = `${quote(String(value))} is no list of VLANs`;
    refused(context, { problem, remedy: vlansError });
  });
