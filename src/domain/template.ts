/** A guest put into a domain that somebody else has written. */
import { InvalidInput } from '../errors.js';
import type { Guest } from '../spec/index.js';
import { applyEdits, type Edit, leadOf, quoteOf, removal, setAttribute, stepOf } from './edits.js';
import { type Builder, DEVICES, DOMAIN } from './elements.js';
import { attribute, childrenOf, type Placed } from './markup.js';
import { openDomain } from './open.js';
import type { Target } from './target.js';
import { type Element, render } from './xml.js';

/** What a template's own elements win over: a guest's spec does not speak of these. */
const DEFAULTS = ['features', 'clock', 'events', 'pm', 'controller', 'memballoon', 'rng'];
/** Devices that a guest adds to the template's. */
const ADDED = ['disk', 'interface', 'serial', 'console', 'channel'];
/** Says how much memory there is, beside `<memory>`. */
const MEMORY = ['maxMemory', 'currentMemory'];

/**
 * The template with the guest in it. What the spec says replaces the template's element of that name;
 * disks, interfaces, serial ports, consoles and channels are added to the template's; all else of the
 * template stays, byte for byte. @throws InvalidInput for a template that is no domain
 */
export function fillTemplate(template: string, guest: Guest, target: Target): string {
  const text = withContent(template);
  const domain = openDomain(text);
  const quote = quoteOf(text, domain);
  const kind = guest.accel === 'kvm' ? 'kvm' : 'qemu';
  const edits = [setAttribute(domain, 'type', kind, quote)];
  edits.push(
    ...MEMORY.flatMap((name) => childrenOf(domain, name)).map((one) => removal(text, one)),
  );
  checkSecureBoot(domain, guest);
  const [devices] = childrenOf(domain, 'devices');
  const outer = devices ? DOMAIN.filter(({ name }) => name !== 'devices') : DOMAIN;
  edits.push(...fill(text, domain, outer, guest, target));
  if (devices) edits.push(...fill(text, devices, DEVICES, guest, target));
  return applyEdits(text, edits);
}

/** The guest's variables are guarded by SMM, and features are the template's. */
function checkSecureBoot(domain: Placed, { firmware }: Guest): void {
  const [features] = childrenOf(domain, 'features');
  if (firmware.type === 'bios' || !firmware.secureBoot || features === undefined) return;
  if (attribute(childrenOf(features, 'smm')[0], 'state') === 'on') return;
  const problem = 'has no SMM, which secure boot needs';
  throw new InvalidInput({
    ...{ thing: 'template', problem, remedy: "add <smm state='on'/> to its <features>" },
  });
}

/** With start and end tags where things are to be put in. */
function withContent(xml: string): string {
  const domain = openDomain(xml);
  const bare = [domain, ...childrenOf(domain, 'devices')].filter(({ inner }) => !inner);
  const edits = bare.map(({ name, nameEnd, end }) => ({
    start: nameEnd,
    end,
    text: `></${name}>`,
  }));
  return applyEdits(xml, edits);
}

function fill(
  text: string,
  parent: Placed,
  builders: readonly Builder[],
  guest: Guest,
  target: Target,
): Edit[] {
  const edits: Edit[] = [];
  // New elements go behind the last one that stands before them in our order.
  let anchor: Placed | undefined;
  for (const { name, build } of builders) {
    const built = build(guest, target);
    const names = new Set([name, ...built.map((one) => one.name)]);
    const there = parent.children.filter((one) => names.has(one.name));
    if (name === 'metadata' && there[0] !== undefined && built[0] !== undefined) {
      edits.push(joinMetadata(text, there[0], built[0]));
    } else if (ADDED.includes(name) || there.length === 0) {
      edits.push(...insert(text, parent, there.at(-1) ?? anchor, built));
    } else if (!DEFAULTS.includes(name) && built.length > 0) {
      edits.push(...replace(text, there, built));
    } else if (DEFAULTS.includes(name)) {
      const missing = built.filter((one) => !there.some((other) => sameKind(one, other)));
      edits.push(...insert(text, parent, there.at(-1), missing));
    }
    anchor = there.at(-1) ?? anchor;
  }
  return edits;
}

/** USB's controller is not SCSI's; of the others there is one. */
function sameKind({ name, attributes }: Element, there: Placed): boolean {
  if (name !== there.name) return false;
  return name !== 'controller' || attributes.type === attribute(there, 'type');
}

function insert(
  text: string,
  parent: Placed,
  anchor: Placed | undefined,
  built: readonly Element[],
): Edit[] {
  if (built.length === 0) return [];
  const model = anchor ?? parent.children[0] ?? parent;
  const lead = leadOf(text, model.start);
  const at = anchor?.end ?? parent.inner?.start ?? parent.nameEnd;
  return [{ start: at, end: at, text: built.map((one) => indented(one, lead)).join('') }];
}

/** The first is put where the old one was; others of the name go. */
function replace(text: string, there: readonly Placed[], built: readonly Element[]): Edit[] {
  const [first, ...rest] = there;
  if (first === undefined) return [];
  const lead = leadOf(text, first.start);
  const whole = built.map((one) => indented(one, lead)).join('');
  return [
    { start: first.start, end: first.end, text: whole.slice(lead.length) },
    ...rest.map((one) => removal(text, one)),
  ];
}

/** libvirt allows one element of a namespace. */
function joinMetadata(text: string, there: Placed, built: Element): Edit {
  const ours = typeof built.content === 'string' ? [] : built.content;
  const known = new Set(there.children.map((one) => one.name));
  const twice = ours.find(({ name }) => known.has(name));
  if (twice !== undefined) {
    const problem = `has <${twice.name}> of another guest`;
    throw new InvalidInput({ thing: 'template', problem, remedy: 'take it out' });
  }
  const lead = leadOf(text, there.start);
  const inner = lead + stepOf(text, there, there.children[0] ?? there);
  const inside = ours.map((one) => indented(one, inner)).join('');
  if (there.inner) return { start: there.inner.start, end: there.inner.start, text: inside };
  return { start: there.nameEnd, end: there.end, text: `>${inside}${lead}</metadata>` };
}

/** An element's text on lines that begin with `lead`, the first one too. */
function indented(one: Element, lead: string): string {
  const lines = render(one).trimEnd().split('\n');
  // Values hold no line ends, so each is a line of its own.
  return lead === ''
    ? lines.map((line) => line.trim()).join('')
    : lines.map((line) => lead + line).join('');
}
