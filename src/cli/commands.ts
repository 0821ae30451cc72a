import yargs, { type Argv } from 'yargs';
import { fail } from '../errors.ts';
import { type OptionName, optionOf, type Values } from '../options.ts';
import { cleanOptions } from './clean-options.ts';
import { invokeOptions } from './invoke-options.ts';
import type { Io } from './io.ts';
import { serveOptions } from './serve-options.ts';
import { trainOptions } from './train-options.ts';

/** Parses the command line and runs its command. Errors: WrongUsage, and whatever the command raises. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const into = (code: number): void => {
    exitCode = code;
  };
  const parser = configure(yargs([...argv]), argv, io)
    .command(
      'train <image>',
      'run one training job and print its outcome',
      (y) =>
        withOptions(y, trainOptions)
          .positional('image', { type: 'string', demandOption: true, describe: 'an image, or a directory with a Dockerfile' })
          .example('$0 train ./my-image -i train=./data --hp epochs=10', 'build a directory and train on ./data')
          .example("$0 train my-image:1 -i train=./data --metric 'loss=loss: ([0-9.]+)'", 'pick a metric out of the log'),
      async ({ image, ...args }) => into(await (await import('./train.ts')).train(image, valuesOf(trainOptions, args, io), io)),
    )
    .command(
      'serve <image>',
      'start an endpoint and serve it until Ctrl-C',
      (y) =>
        withOptions(y, serveOptions)
          .positional('image', { type: 'string', demandOption: true, describe: 'an image, or a directory with a Dockerfile' })
          .example('$0 serve my-image:1 --model ./model', 'serve a model directory on http://127.0.0.1:8080')
          .example('$0 serve ./my-image --model iris-2026-01-31-12-00-00-000', "serve a training job's model"),
      async ({ image, ...args }) => into(await (await import('./serve.ts')).serve(image, valuesOf(serveOptions, args, io), io)),
    )
    .command(
      'invoke [endpoint]',
      'send one request to an endpoint and print the answer',
      (y) =>
        withOptions(y, invokeOptions)
          .positional('endpoint', { type: 'string', describe: 'its name; may be left out when one endpoint runs' })
          .example("$0 invoke --content-type text/csv --body '5.1,3.5,1.4,0.2'", 'invoke the only endpoint')
          .example('$0 invoke my-endpoint --body @request.json', 'send a file'),
      async ({ endpoint, ...args }) => into(await (await import('./invoke.ts')).invoke(endpoint, valuesOf(invokeOptions, args, io), io)),
    )
    .command(
      'clean',
      'remove what processes that are gone left behind',
      (y) => withOptions(y, cleanOptions).example('$0 clean', 'containers, networks, volumes and temporary files without an owner'),
      async (args) => into(await (await import('./clean.ts')).clean(valuesOf(cleanOptions, args, io), io)),
    )
    .demandCommand(1, 'There is no command.');
  await parser.parseAsync();
  return exitCode;
}

function configure(parser: Argv, argv: readonly string[], io: Io): Argv {
  return parser
    .scriptName('sm-local')
    .usage('$0 <command> [options]\n\nRun your own images as SageMaker would, on your own container engine.')
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'greedy-arrays': false,
      'duplicate-arguments-array': true,
    })
    .strict()
    .recommendCommands()
    .version(false)
    .option('version', { type: 'boolean', describe: 'show the version', global: false })
    .help()
    .wrap(Math.min(120, io.out.width ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? fail('WrongUsage', { message: plain(message, argv), remedy: 'See: sm-local --help, or sm-local <command> --help' });
    });
}

/** The parser's own sentences where they speak of parsing instead of what is wrong. */
function plain(message: string, argv: readonly string[]): string {
  const command = argv.find((word) => !word.startsWith('-'));
  if (message.startsWith('Did you mean')) return `There is no command "${command}". ${message}`;
  if (message.startsWith('Unknown argument') && !message.includes('-') && message.endsWith(` ${command}`))
    return `There is no command "${command}".`;
  if (message.startsWith('Not enough non-option arguments')) return `sm-local ${command} needs an image, or a directory with a Dockerfile.`;
  return message;
}

function withOptions<T>(parser: Argv<T>, names: readonly OptionName[]): Argv<T> {
  for (const name of names) {
    const { type, describe, alias, default: byDefault, env, value } = optionOf(name);
    parser.option(name, {
      describe: `${describe}${value ? `  ${value}` : ''}${env ? `  [$${env}]` : ''}`,
      ...(alias && { alias }),
      ...(byDefault && { defaultDescription: byDefault }),
      ...(type === 'boolean' ? { boolean: true } : { string: true, requiresArg: true }),
      ...(type === 'list' && { array: true }),
    });
  }
  return parser;
}

/** The declared options with their environment variables applied; an option that takes one value must not be given twice. */
function valuesOf<Names extends OptionName>(names: readonly Names[], args: Readonly<Record<string, unknown>>, io: Io): Values<Names> {
  const value = (name: OptionName): unknown => {
    const { type, env } = optionOf(name);
    const given = args[name];
    if (type === 'list') return given ?? [];
    if (type === 'boolean') return given === true;
    if (Array.isArray(given)) throw fail('WrongUsage', { message: `--${name} was given ${given.length} times.`, remedy: 'Give it once.' });
    return given ?? (env ? io.env[env] || undefined : undefined);
  };
  return Object.fromEntries(names.map((name) => [name, value(name)])) as unknown as Values<Names>;
}
