#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.(); // Node 22 and later: the second start compiles nothing
const { main } = await import('../dist/cli/main.js');
process.exitCode = await main(process.argv.slice(2));
