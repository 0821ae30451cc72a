import { fileURLToPath } from 'node:url';
import { openEngine } from '../engine/open.ts';
import { isError, reasonOf } from '../errors.ts';
import { type Io, resultStyle } from './io.ts';

/** `sm-local` alone: what it is, how to begin, and whether there is an engine, on stdout. Returns the exit code, which is that of `--help`. */
export async function welcome(io: Io): Promise<number> {
  const { bold, dim } = resultStyle(io);
  const beginnings = [
    ['sm-local init my-model', 'make a project that works: Dockerfile, train, serve, data and tests'],
    ['sm-local train', 'run its training job, as sm-local.yaml there says; or: sm-local train <image|dir> -i train=./data'],
    ['sm-local serve --model <job>', 'serve what a job has trained on http://127.0.0.1:8080'],
  ] as const;
  const width = Math.max(...beginnings.map(([line]) => line.length));
  await io.out.write(`Run your own images as SageMaker would, on your own container engine.

${beginnings.map(([line, what]) => `  ${bold(line.padEnd(width))}   ${what}`).join('\n')}

All commands: sm-local help. One of them: sm-local help train. What will not work here: sm-local doctor.
${dim(`Documentation: ${fileURLToPath(new URL('README.md', import.meta.resolve('sm-local/package.json')))}`)}
`);
  await io.out.write(await engineLine());
  return 0;
}

/** An engine that takes its time is not waited for. */
async function engineLine(): Promise<string> {
  try {
    await using engine = await openEngine(undefined);
    const { host, rule } = engine.address;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, patience, 'late' as const);
    });
    const answer = await Promise.race([engine.ping(), late]).finally(() => clearTimeout(timer));
    return answer === 'late' ? '' : `Container engine: ${host} answers (${rule}).\n`;
  } catch (error) {
    return `${reasonOf(error)}\n${isError(error) ? `${error.remedy}\n` : ''}`;
  }
}

/** Milliseconds. */
const patience = 300;
