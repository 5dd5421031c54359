// As cliui.cjs.
module.exports = (...given) =>
  require('../../node_modules/string-width/index.js').default(...given);
