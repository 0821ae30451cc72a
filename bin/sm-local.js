#!/usr/bin/env node
'use strict';

const { dirname } = require('node:path');

const words = process.argv.slice(2);
const { answered } = require('../dist/cli/ready.cjs');

answered(words).then(async (isAnswered) => {
  if (isAnswered) return;
  const { compiledLoader } = require('./compiled.js');
  const load = compiledLoader(dirname(require.resolve('../dist/cli/main.cjs')), words[0]);
  process.exitCode = await load('main.cjs').main(words);
});
