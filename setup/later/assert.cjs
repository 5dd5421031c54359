// yargs takes two functions of it.
exports.strictEqual = (...given) => require('node:assert').strictEqual(...given);
exports.notStrictEqual = (...given) => require('node:assert').notStrictEqual(...given);
