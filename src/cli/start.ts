#!/usr/bin/env node
import { bundleIn } from './bundle.js';
/**
 * The program `vmlane`: runs the bundle of main.ts beside it, with what V8 has compiled of it before
 * (setup/cli). Where that was made by another Node, V8 compiles the bundle anew and all is the same,
 * only later.
 */
import type * as program from './main.js';

const { main } = bundleIn(import.meta.dirname).load('main.js') as typeof program;
main(process.argv.slice(2));
