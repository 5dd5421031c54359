// Lays out help: what it needs of ICU takes longer to load than most commands take to run.
module.exports = (...given) => require('../../node_modules/cliui/index.mjs').default(...given);
