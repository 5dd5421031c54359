// Made when it is first asked: qemu-wrap's start-up snapshot cannot hold one.
let collator: Intl.Collator | undefined;

/** Order of names for people: numbers in them as numbers, so that web2 comes before web10. */
export function byName(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}
