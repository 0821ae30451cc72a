// Bundles the command line into dist/cli: one entry, and a chunk for each command, loaded when the command runs.
// Start-up time is the time of imports: unbundled, the container client alone costs three times what a bare Node does.

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * The container client loads an SSH client and gRPC at its top, which nothing here uses: ssh:// goes through the ssh program, and BuildKit
 * sessions are opened by code of ours. Both stay out of the bundle; what is used rarely is loaded at its first use.
 */
const lazily = {
  name: 'lazily',
  setup({ onLoad }) {
    onLoad({ filter: /docker-modem\/lib\/ssh\.js$/ }, () => ({
      contents: 'module.exports = function () { throw new Error("ssh:// has a way of its own."); };',
      loader: 'js',
    }));
    onLoad({ filter: /dockerode\/lib\/session\.js$/ }, () => ({
      contents: 'module.exports = function () { throw new Error("BuildKit sessions are not part of this bundle."); };',
      loader: 'js',
    }));
    // Used by its own way of making build contexts, which is not ours.
    onLoad({ filter: /dockerode\/lib\/util\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace("var DockerIgnore = require('@balena/dockerignore');", '')
        .replace("var tar = require('tar-fs');", "var tar = { pack: (...given) => require('tar-fs').pack(...given) };")
        .replaceAll('DockerIgnore(', "require('@balena/dockerignore')("),
      loader: 'js',
    }));
    // It formats every request for a debug line that is never printed; with an agent among the options that takes milliseconds.
    onLoad({ filter: /docker-modem\/lib\/modem\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace("debug = require('debug')('modem'),", 'debug = function () {},'),
      loader: 'js',
    }));
  },
};

const outdir = 'dist/cli';
await rm(outdir, { recursive: true, force: true });
const result = await build({
  entryPoints: { main: 'src/cli/main.ts' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  keepNames: false,
  sourcemap: false,
  legalComments: 'none',
  metafile: process.argv.includes('--sizes'),
  plugins: [lazily],
  external: ['@aws-sdk/client-ecr', '@aws-sdk/client-s3'], // brought by those who need it
  // Bundled CommonJS asks for Node's own modules with require, which an ES module does not have.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});

if (result.metafile) {
  for (const [file, { bytes }] of Object.entries(result.metafile.outputs).sort((a, b) => b[1].bytes - a[1].bytes)) {
    process.stdout.write(`${String(bytes).padStart(8)}  ${file}\n`);
  }
}
