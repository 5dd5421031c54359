/** Order of names for people: numbers in them as numbers, so that web2 comes before web10. */
export const byName: (a: string, b: string) => number = new Intl.Collator('en', {
  numeric: true,
}).compare;
