import { relative, resolve } from 'node:path';
import { quoted } from '../contract/client-settings.ts';
import { closest } from '../contract/closest.ts';
import { fail } from '../errors.ts';
import { absolutePath } from '../host-paths.ts';
import { layOut } from '../init/lay-out.ts';
import { checkedName, nameFor, projectFiles } from '../init/project-files.ts';
import { isTemplateName, readTemplate, type TemplateFile, type TemplateName, templateNames, templates } from '../init/templates.ts';
import type { InitValues } from '../options/init-options.ts';
import { type Answers, askForProject } from './init-questions.ts';
import { type Io, resultStyle, troubleOf } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { catchInterrupts, codeOfInterruption } from './signals.ts';

/** `sm-local init`: a project of a template. Asks on a terminal, unless flags say what is wanted. Returns the exit code. */
export async function init(word: string | undefined, values: InitValues, io: Io): Promise<number> {
  using interrupts = catchInterrupts();
  try {
    const answers = givenAnswers(word, values, io) ?? (await askForProject({ directory: word, values, io, signal: interrupts.stop }));
    const directory = resolve(absolutePath(answers.directory, io.cwd));
    const name = values.name === undefined ? nameFor(directory) : checkedName(values.name);
    const files = projectFiles(await readTemplate(answers.template), { name, withVscode: !values['no-vscode'], ...answers });
    await layOut(files, directory, { force: values.force, signal: interrupts.stop });
    await tell({ directory, name, template: answers.template, files }, values, io);
    return 0;
  } catch (error) {
    return codeOfInterruption(error, interrupts);
  }
}

/** What flags say; undefined when somebody is there to be asked. Errors: WrongUsage. */
function givenAnswers(word: string | undefined, values: InitValues, io: Io): Answers | undefined {
  const rest = { directory: word ?? '.', withTests: !values['no-tests'], withCi: values.ci };
  if (values.template !== undefined) return { template: checkedTemplate(values.template), ...rest };
  if (values.yes) return { template: 'python', ...rest };
  if (troubleOf(io).isTerminal && process.stdin.isTTY) return undefined;
  throw fail('WrongUsage', {
    message: 'Nobody can be asked what the project is to start from.',
    remedy: `Say so: sm-local init ${word ?? '.'} --template ${templateNames.join('|')}`,
  });
}

function checkedTemplate(text: string): TemplateName {
  if (isTemplateName(text)) return text;
  const list = templateNames.map((name) => `${name} (${templates[name]})`).join(', ');
  const near = closest(text, templateNames);
  throw fail('WrongUsage', {
    message: `--template ${text}: there is no such template.`,
    remedy: `${near ? `Did you mean ${near}? ` : ''}Use one of: ${list}.`,
  });
}

interface Made {
  readonly directory: string;
  readonly name: string;
  readonly template: TemplateName;
  readonly files: readonly TemplateFile[];
}

async function tell({ directory, name, template, files }: Made, values: InitValues, io: Io): Promise<void> {
  const paths = files.map(({ path }) => path);
  if (values.json) {
    await jsonLine(io, { event: 'result', directory, name, template, files: paths });
    return;
  }
  const { bold, dim } = resultStyle(io);
  const below = relative(io.cwd, directory);
  const here = below.startsWith('..') ? directory : below;
  const commands = [
    ['sm-local check', 'would SageMaker accept the image?'],
    [`sm-local train --name ${name}-1`, 'on data/train'],
    [`sm-local serve --model ${name}-1`, 'and, from another terminal: sm-local invoke'],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  await io.out.write(
    [
      `${bold(name)} is in ${here === '' ? 'this directory' : here}: ${templates[template]}.`,
      ...paths.map((path) => `  ${path}`),
      '',
      'Next:',
      ...(here === '' ? [] : [`  cd ${asWord(here)}`]),
      ...commands.map(([command, what]) => `  ${command.padEnd(width)}  ${dim(`# ${what}`)}`),
      '',
    ].join('\n'),
  );
}

/** As a shell takes it, and what it starts: not for an option. */
function asWord(path: string): string {
  const plain = path.startsWith('-') ? `./${path}` : path;
  return /^[\w./-]+$/.test(plain) ? plain : quoted(plain);
}
