import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { uncovered } from './coverage.ts';
import { freePort } from './free-port.ts';
import { baseImage, projectRoot } from './real-engine.ts';
import { type Snippet, snippetsOf } from './snippets.ts';

/** Where the reader of a page is: an empty directory with the package in its `node_modules`, the project's examples, and a home of its own. */
export interface Reader extends AsyncDisposable {
  readonly path: string;
  readonly home: string;
  /** Does what a page says, from top to bottom; what all of it printed. It fails with that when something is not as the page says. */
  follow(page: string, how?: Following): Promise<string>;
}

export interface Following {
  /** Names of images and directories, which every test process calls otherwise: others build them at the same time, on the same engine. */
  readonly ownNames?: readonly string[];
  /** Also what takes long and is marked `run by: test:all`. */
  readonly isLong?: boolean;
}

/** `packages`: a `node_modules` with the package and its command; by default a view of this project's. */
export async function reader(packages?: string): Promise<Reader> {
  const path = await mkdtemp(join(tmpdir(), 'sm-local-reader-'));
  const home = join(path, 'home');
  const iris = join(path, 'examples', ownName('iris'));
  await cp(join(projectRoot, 'examples/iris'), iris, { recursive: true });
  const dockerfile = await readFile(join(iris, 'Dockerfile'), 'utf8');
  await writeFile(join(iris, 'Dockerfile'), dockerfile.replace('python:3.11-slim', baseImage()));
  if (packages === undefined) await showPackages(path);
  else await symlink(packages, join(path, 'node_modules'));
  const env = { ...process.env, ...uncovered, SM_LOCAL_HOME: home, BASE_IMAGE: baseImage() };
  return {
    path,
    home,
    async follow(page, { ownNames = [], isLong = false } = {}) {
      const snippets = snippetsOf(page).filter(({ marks }) => marks['not run'] === undefined && (isLong || marks['run by'] === undefined));
      const program = programOf(snippets, [...ownNames, 'examples/iris'], await freePort(), await freePort());
      return await run(program, path, env);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const ownName = (name: string): string => `${name}-${process.pid}`;

/** `npx` is a process of npm's, which takes a second: here it is a short cut to the same command. */
async function showPackages(path: string): Promise<void> {
  await mkdir(join(path, 'node_modules/.bin'), { recursive: true });
  await symlink(projectRoot, join(path, 'node_modules/sm-local'));
  const command = `#!/bin/sh\n[ "$1" = sm-local ] && shift\nexec ${process.execPath} ${projectRoot}/bin/sm-local.js "$@"\n`;
  for (const name of ['npx', 'sm-local']) await writeFile(join(path, 'node_modules/.bin', name), command, { mode: 0o755 });
}

/** One bash program, so that directories and variables stay as a page leaves them. */
function programOf(snippets: readonly Snippet[], ownNames: readonly string[], port: number, apiPort: number): string {
  const named = (block: string): string =>
    ownNames.reduce((all, name) => all.replaceAll(new RegExp(`(?<![\\w-])${name}(?!\\w)`, 'g'), ownName(name)), block);
  const own = (block: string): string =>
    named(block)
      .replaceAll(/(sm-local serve)\b/g, `$1 --port ${port}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replaceAll(/(sm-local up)\b/g, `$1 --port ${apiPort}`);
  const steps = snippets.flatMap((snippet) => {
    const { file, before, stays, ends, prints } = snippet.marks;
    const block = own(before === undefined ? snippet.text : `${before}\n${snippet.text}`);
    const what = `${snippet.page}:${snippet.line}`;
    if (file !== undefined) return [`write ${quoted(named(file))} <<'END OF FILE'\n${withBase(snippet.text)}END OF FILE`];
    if (snippet.language !== 'sh') return [];
    if (stays !== undefined) return [`stay ${quoted(what)} ${quoted(own(stays))} ${quoted(block)}`];
    return [
      `begin ${quoted(what)}\n${ends === undefined ? `{\n${block}} >"$log" 2>&1 || is $? 0` : `(\n${block}) >"$log" 2>&1 && is 0 ${ends} || is $? ${ends}`}\n${prints === undefined ? '' : `shows ${quoted(own(prints))}`}`,
    ];
  });
  return [prelude, ...steps].join('\n');
}

const withBase = (dockerfile: string): string => dockerfile.replaceAll('python:3.11-slim', baseImage());
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const prelude = `
export PATH="$PWD/node_modules/.bin:$PATH"
top=$PWD; mkdir -p "$top/logs"; log=; what=; staying=()
set -m
# What npx has started may need longer than npx itself: the whole group has to be gone.
trap 'for pid in "\${staying[@]}"; do kill -TERM -- "-$pid" 2>/dev/null; done; wait; for pid in "\${staying[@]}"; do while kill -0 -- "-$pid" 2>/dev/null; do sleep 0.05; done; done' EXIT
broken() { echo "$what: $1"; for file in "$top"/logs/*; do echo "--- $file"; cat "$file"; done; exit 9; }
begin() { what=$1; log="$top/logs/$(printf %s "$1" | tr '/:' '--')"; }
is() { [ "$1" = "$2" ] || broken "ended with $1, not with $2"; }
shows() { grep -qF -- "$1" "$log" || broken "did not print: $1"; }
write() { mkdir -p "$(dirname "$1")"; cat > "$1"; }
stay() {
  begin "$1"
  bash -c "$3" >"$log" 2>&1 & staying+=($!)
  until grep -qF -- "$2" "$log"; do kill -0 $! 2>/dev/null || broken "ended before it printed: $2"; sleep 0.05; done
}
`;

async function run(program: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
  const child = spawn('bash', ['-c', `${program}\ncat "$top"/logs/*`], { cwd, env: kept, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await code) !== 0) throw new Error(`The page is not followed (${await code}):\n${out}\n${err}`);
  return out;
}
