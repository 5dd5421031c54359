/** The protocol's names, `idle_sleep`, in the form of options and of TypeScript's keys. */

export type Kebab<S extends string> = S extends `${infer A}_${infer B}` ? `${A}-${Kebab<B>}` : S;
export type Camel<S extends string> = S extends `${infer A}_${infer B}`
  ? `${A}${Capitalize<Camel<B>>}`
  : S;

/** `idle_sleep` → `idle-sleep` */
export function kebab<S extends string>(name: S): Kebab<S> {
  return name.replaceAll('_', '-') as Kebab<S>;
}

/** `idle_sleep` → `idleSleep` */
export function camel<S extends string>(name: S): Camel<S> {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as Camel<S>;
}
