// Bundles the command line into dist/cli, and writes its help beside it.
// Start-up time is the time of imports: unbundled, the container client alone costs three times what a bare Node does. So all of ours is one file of
// CommonJS, of which V8's code can be kept (bin/compiled.js), and in which a module runs when it is first imported. Packages that are needed rarely
// have files of their own: reading what is not needed takes time too.
//
//   node scripts/bundle.mjs [--sizes]
//   node scripts/bundle.mjs --map FILE
//
// `--sizes` tells what is how large in it; `--map` writes the source map of the main file and nothing else, for whoever has to make sense of a profile.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { writeHelp } from './help-texts.mjs';

/** What packages load at their top and nothing here uses, or only rarely: file -> its text in the bundle. */
const leaner = [
  // ssh:// goes through the ssh program, and BuildKit sessions are opened by code of ours.
  [/docker-modem\/lib\/ssh\.js$/, () => 'module.exports = function () { throw new Error("ssh:// has a way of its own."); };'],
  [
    /dockerode\/lib\/session\.js$/,
    () => 'module.exports = function () { throw new Error("BuildKit sessions have a way of their own."); };',
  ],
  // Used by its own way of making build contexts, which is not ours.
  [
    /dockerode\/lib\/util\.js$/,
    replacing(
      ["var DockerIgnore = require('@balena/dockerignore');", ''],
      ["var tar = require('tar-fs');", "var tar = { pack: (...given) => require('tar-fs').pack(...given) };"],
      ['DockerIgnore(', "require('@balena/dockerignore')("],
    ),
  ],
  // It formats every request for a debug line that is never printed; with an agent among the options that takes milliseconds.
  [/docker-modem\/lib\/modem\.js$/, replacing(["debug = require('debug')('modem'),", 'debug = function () {},'])],
  // Bodies are read by code of ours; its tables of character sets are a sixth of all.
  [/body-parser\/index\.js$/, () => 'module.exports = {};'],
  [/dockerode\/lib\/buildkit\.js$/, () => 'throw new Error("What BuildKit tells is read by code of ours.");'],
  // Nobody here speaks HTTP/2.
  [
    /undici\/lib\/dispatcher\/client\.js$/,
    replacing(["const connectH2 = require('./client-h2.js')", "const connectH2 = (...given) => require('./client-h2.js')(...given)"]),
  ],
];

/** Package -> what is loaded as a file of its own when it is first asked for. */
const apart = {
  chokidar: "export * from 'chokidar';",
  express: "module.exports = require('express');",
  // For processors that cannot work on several numbers at once.
  'llhttp-wasm': "module.exports = require('undici/lib/llhttp/llhttp-wasm.js');",
  yaml: "export * from 'yaml';",
  yargs: "module.exports = require('yargs').default;",
};

const keepingApart = {
  name: 'keeping-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^(chokidar|express|yaml|yargs)$/ }, ({ path }) => ({ path: `./${path}.cjs`, external: true }));
    onResolve({ filter: /\/llhttp-wasm\.js$/ }, () => ({ path: './llhttp-wasm.cjs', external: true }));
  },
};

/** The pool alone: all of it, with fetch, WebSocket and the copy of itself that Node has, takes thrice as long to load. */
const poolOfUndici = {
  name: 'pool-of-undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'pool', namespace: 'undici' }));
    onLoad({ filter: /^pool$/, namespace: 'undici' }, () => ({
      contents: `
        exports.Pool = require('undici/lib/dispatcher/pool.js');
        exports.Pool.prototype.request = require('undici/lib/api/api-request.js'); // which its own index does for all dispatchers`,
      resolveDir: process.cwd(),
    }));
  },
};

const leanly = {
  name: 'leanly',
  setup({ onLoad }) {
    for (const [filter, change] of leaner) {
      onLoad({ filter }, async ({ path }) => ({ contents: change(await readFile(path, 'utf8'), path), loader: 'js' }));
    }
  },
};

/** Errors: a text that is not there, since then the package has changed. */
function replacing(...changes) {
  return (text, path) =>
    changes.reduce((changed, [from, to]) => {
      if (!changed.includes(from)) throw new Error(`${path} has no ${from} any more`);
      return changed.replaceAll(from, to);
    }, text);
}

const { values } = parseArgs({ options: { sizes: { type: 'boolean' }, map: { type: 'string' } } });
const outdir = 'dist/cli';
const main = { entryPoints: ['src/cli/main.ts'], plugins: [leanly, keepingApart, poolOfUndici] };
if (values.map === undefined) await bundleAll();
else await writeFile(values.map, await mapOf('main', main));

async function bundleAll() {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const sizes = [await bundle('ready', { entryPoints: ['src/cli/ready.ts'] }), await bundle('main', main, asScript)];
  for (const [name, contents] of Object.entries(apart)) {
    sizes.push(await bundle(name, { stdin: { contents, resolveDir: process.cwd() }, plugins: [leanly] }, asScript));
  }
  await writeHelp(outdir);
  if (values.sizes) process.stdout.write(sizes.map(sizesText).join('\n'));
}

/** Returns the size of everything in it. */
async function bundle(name, options, finish = (text) => text) {
  const { outputFiles, metafile } = await built(name, options);
  const [{ text }] = outputFiles;
  await writeFile(`${outdir}/${name}.cjs`, finish(text));
  return { name, inputs: Object.values(metafile.outputs)[0].inputs };
}

async function mapOf(name, options) {
  const { outputFiles } = await built(name, { ...options, sourcemap: 'external' });
  return outputFiles.find(({ path }) => path.endsWith('.map')).text;
}

function built(name, options) {
  return build({
    outfile: `${outdir}/${name}.cjs`,
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    keepNames: false,
    sourcemap: false,
    legalComments: 'none',
    metafile: true,
    external: ['@aws-sdk/client-ecr', '@aws-sdk/client-s3'], // brought by those who need it
    supported: { 'dynamic-import': false }, // code that was kept does not know who imports
    define: { 'import.meta.url': '__url', 'import.meta.resolve': '__resolve' },
    banner: {
      js: "const{pathToFileURL:__toUrl}=require('node:url'),__url=__toUrl(__filename).href,__resolve=(name)=>__toUrl(require.resolve(name)).href;",
    },
    logLevel: 'warning',
    ...options,
  });
}

/**
 * A script whose value is the function that Node makes of a module. V8 takes code for that of any text of the same length, so the code of this one goes
 * by the name in its first line (bin/compiled.js).
 */
function asScript(text) {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `/* ${digest} */ (function (exports, require, module, __filename, __dirname) { ${text}\n})`;
}

/** By package, or by directory of ours; the largest first. */
function sizesText({ name, inputs }) {
  const sums = new Map();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const [, whose = file.split('/').slice(0, 2).join('/')] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    sums.set(whose, (sums.get(whose) ?? 0) + bytesInOutput);
  }
  const lines = [...sums].sort(([, one], [, other]) => other - one).map(([whose, bytes]) => `${String(bytes).padStart(8)}  ${whose}\n`);
  return `${name}\n${lines.join('')}`;
}
