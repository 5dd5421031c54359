import type { TestProject } from 'vitest/node';
import { missingParts } from './parts.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why there is no testbed on this machine; null: there is one. */
    noTestbed: string | null;
  }
}

/** Before the tests, once: without a network, an attempt to fetch may take a while. */
export default async function fetch({ provide }: TestProject): Promise<void> {
  const missing = await missingParts();
  if (missing !== undefined) console.log(`skipped, there is no testbed: ${missing}`);
  provide('noTestbed', missing ?? null);
}
