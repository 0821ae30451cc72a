import yargs, { type Argv } from 'yargs';
import { fail } from '../errors.ts';
import { defaultOf } from '../options/defaults.ts';
import { optionOf } from '../options/options.ts';
import { commands } from './command-table.ts';
import type { Io } from './io.ts';

/** Parses any command line, words what is wrong with it, and runs its command. Errors: WrongUsage, and whatever the command raises. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const into = (code: number): void => {
    exitCode = code;
  };
  const parser = configure(yargs([...argv]), argv, io)
    .command(
      'train [image]',
      'run one training job and print its outcome',
      (y) =>
        withOptions(y, 'train')
          .positional('image', {
            type: 'string',
            describe: 'an image, or a directory with a Dockerfile; that of the request or of sm-local.yaml when there is none',
          })
          .example('$0 train', 'what sm-local.yaml of this directory says (docs/project-file.md)')
          .example('$0 train -f request.json -i train=./data', 'the request of an AWS CLI user, on local data')
          .example('$0 train ./my-image -i train=./data --hp epochs=10', 'build a directory and train on ./data')
          .example("$0 train my-image:1 -i train=./data --metric 'loss=loss: ([0-9.]+)'", 'pick a metric out of the log'),
      async ({ image, ...args }) => into(await commands.train.run(image === undefined ? [] : [image], args, io)),
    )
    .command(
      'serve [image]',
      'start an endpoint and serve it until Ctrl-C',
      (y) =>
        withOptions(y, 'serve')
          .positional('image', {
            type: 'string',
            describe: 'an image, or a directory with a Dockerfile; that of the requests or of sm-local.yaml when there is none',
          })
          .example('$0 serve my-image:1 --model ./model', 'serve a model directory on http://127.0.0.1:8080')
          .example('$0 serve ./my-image --model iris-2026-01-31-12-00-00-000', "serve a training job's model")
          .example('$0 serve -f endpoints.yaml', 'serve what CreateModel, CreateEndpointConfig and CreateEndpoint ask for'),
      async ({ image, ...args }) => into(await commands.serve.run(image === undefined ? [] : [image], args, io)),
    )
    .command(
      'invoke [endpoint]',
      'send one request to an endpoint and print the answer',
      (y) =>
        withOptions(y, 'invoke')
          .positional('endpoint', { type: 'string', describe: 'its name; may be left out when one endpoint runs' })
          .example("$0 invoke --content-type text/csv --body '5.1,3.5,1.4,0.2'", 'invoke the only endpoint')
          .example('$0 invoke my-endpoint --body @request.json', 'send a file')
          .example('$0 invoke --stream --body \'{"prompt": "Once"}\'', 'print the answer while it is being made'),
      async ({ endpoint, ...args }) => into(await commands.invoke.run(endpoint === undefined ? [] : [endpoint], args, io)),
    )
    .command(
      'check [image]',
      'say why the cloud would refuse an image, or break it, and what to do',
      (y) =>
        withOptions(y, 'check')
          .positional('image', {
            type: 'string',
            describe: 'an image, or a directory with a Dockerfile; that of sm-local.yaml when there is none',
          })
          .example('$0 check ./my-image', 'everything that can be checked without your data')
          .example('$0 check my-image:1 -i train=./data --hp epochs=1', 'train on your data')
          .example('$0 check my-image:1 --serve --model ./model --body @sample.json --content-type application/json', 'serve your model')
          .example('$0 check . --format sarif --report check.sarif', 'for a code host, beside the lines of the Dockerfile')
          .example('$0 check . --baseline known.json --write-baseline', 'from now on, fail on what is new alone'),
      async ({ image, ...args }) => into(await commands.check.run(image === undefined ? [] : [image], args, io)),
    )
    .command(
      'build [directory]',
      'build a directory with a Dockerfile, and print the name and the id of the image',
      (y) =>
        withOptions(y, 'build')
          .positional('directory', { type: 'string', describe: 'that of sm-local.yaml when there is none' })
          .example('$0 build ./my-image', 'as sm-local/my-image:latest, which is what train and serve call it')
          .example('$0 build . -t my-image:1 --build-arg VERSION=3', 'under a name of your own')
          .example('$0 build . --secret id=pip,env=PIP_TOKEN', 'for RUN --mount=type=secret,id=pip, which takes BuildKit (docs/images.md)'),
      async ({ directory, ...args }) => into(await commands.build.run(directory === undefined ? [] : [directory], args, io)),
    )
    .command(
      'push <image> <address>',
      'push an image to a registry, and print its address with the digest',
      (y) =>
        withOptions(y, 'push')
          .positional('image', { type: 'string', demandOption: true, describe: 'an image of the engine' })
          .positional('address', {
            type: 'string',
            demandOption: true,
            describe: "registry/repository:tag; without a tag, the image's own",
          })
          .example('$0 push my-image:1 123456789012.dkr.ecr.eu-west-1.amazonaws.com/my-image', 'to ECR, with the log-in of docker')
          .example('$0 push my-image:1 123456789012.dkr.ecr.eu-west-1.amazonaws.com/my-image --ecr-login', 'with a token of the AWS SDK')
          .example('$0 push my-image:1 me/my-image', 'to Docker Hub'),
      async ({ image, address, ...args }) => into(await commands.push.run([image, address], args, io)),
    )
    .command(
      'ls [kind]',
      'list jobs and endpoints, the latest first',
      (y) =>
        withOptions(y, 'ls')
          .positional('kind', { type: 'string', describe: kindWords })
          .example('$0 ls', 'everything there is')
          .example('$0 ls training-job --size', 'the training jobs, and how much disk they take'),
      async ({ kind, ...args }) => into(await commands.ls.run(kind === undefined ? [] : [kind], args, io)),
    )
    .command(
      'describe <name..>',
      "print AWS's Describe answer for a job or an endpoint",
      (y) =>
        named(withOptions(y, 'describe'))
          .example('$0 describe iris-1', 'by its name, when one thing alone has it')
          .example('$0 describe endpoint iris', 'by kind and name'),
      async ({ name, ...args }) => into(await commands.describe.run(name, args, io)),
    )
    .command(
      'logs <name..>',
      'print what the containers of a job or an endpoint printed',
      (y) =>
        named(withOptions(y, 'logs'))
          .example('$0 logs iris-1 -f', 'from the first line on, until the job is over')
          .example('$0 logs endpoint iris --tail 20', 'the last lines of an endpoint'),
      async ({ name, ...args }) => into(await commands.logs.run(name, args, io)),
    )
    .command(
      'stop <name..>',
      'stop a job or an endpoint and wait for its end',
      (y) =>
        named(withOptions(y, 'stop'))
          .example('$0 stop iris-1', 'SIGTERM, the grace, SIGKILL; a job keeps its model')
          .example('$0 stop endpoint iris --now', 'without the grace'),
      async ({ name, ...args }) => into(await commands.stop.run(name, args, io)),
    )
    .command(
      'clean',
      'finish what processes that are gone left, and remove what nobody owns',
      (y) =>
        withOptions(y, 'clean')
          .example('$0 clean', 'jobs without a process are finished; containers, networks, volumes and temporary files without an owner go')
          .example('$0 clean --older-than 7d', 'also records, logs, models and images that were not used for a week'),
      async (args) => into(await commands.clean.run([], args, io)),
    )
    .command(
      'up',
      "serve AWS's APIs (SageMaker, S3, CloudWatch Logs, STS, …) on one port until Ctrl-C",
      (y) =>
        withOptions(y, 'up')
          .example('$0 up', 'on http://127.0.0.1:4570; set clients up with: eval "$(sm-local env)"')
          .example('$0 up --detach', 'in the background, until sm-local down')
          .example('$0 up --ephemeral --port 0', 'for a test run: a free port, and nothing stays'),
      async (args) => into(await commands.up.run([], args, io)),
    )
    .command(
      'status',
      'say whether sm-local up runs, and where',
      (y) => withOptions(y, 'status'),
      async (args) => into(await commands.status.run([], args, io)),
    )
    .command(
      'down',
      'end sm-local up, with its jobs and endpoints unless it keeps them',
      (y) => withOptions(y, 'down'),
      async (args) => into(await commands.down.run([], args, io)),
    )
    .command(
      'reset',
      'empty home: every record, log, object and model, and what they have in the engine',
      (y) => withOptions(y, 'reset'),
      async (args) => into(await commands.reset.run([], args, io)),
    )
    .command(
      'env',
      'print the settings that lead AWS clients to sm-local up',
      (y) =>
        withOptions(y, 'env')
          .example('eval "$($0 env)"', 'for this shell')
          .example('$0 env --format fish | source', 'for fish')
          .example('docker run --env-file <($0 env --format docker) …', 'for a container'),
      async (args) => into(await commands.env.run([], args, io)),
    )
    .command(
      'init [directory]',
      'make a project: a Dockerfile, train, serve, sm-local.yaml, data and tests that work',
      (y) =>
        withOptions(y, 'init')
          .option('name', { describe: 'of the endpoint, and of jobs with a number behind it  NAME', defaultDescription: "the directory's" })
          .positional('directory', { type: 'string', describe: 'where; this directory when it is left out and nobody can be asked' })
          .example('$0 init', 'asks what is wanted')
          .example('$0 init my-model --template scikit-learn', 'asks nothing')
          .example('$0 init . --template python --no-tests', 'in this directory, without tests'),
      async ({ directory, ...args }) => into(await commands.init.run(directory === undefined ? [] : [directory], args, io)),
    )
    .command(
      'doctor',
      'look at the engine, the disk, the ports, … and say what will not work, why, and what to do',
      (y) => withOptions(y, 'doctor'),
      async (args) => into(await commands.doctor.run([], args, io)),
    )
    .demandCommand(1, 'There is no command.');
  await parser.parseAsync();
  return exitCode;
}

const kindWords = 'training-job, endpoint, model or endpoint-config';

const named = <T>(parser: Argv<T>) =>
  parser.positional('name', {
    type: 'string',
    array: true,
    demandOption: true,
    describe: `its name; before it its kind (${kindWords}), when several kinds have the name`,
  });

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
      // The parser has errors of its own, such as that a flag lacks its value; all others are what a command has thrown.
      if (error && error.name !== 'YError') throw error;
      const said = plain(message ?? error?.message ?? '', argv);
      throw fail('WrongUsage', { message: said, remedy: 'See: sm-local --help, or sm-local <command> --help' });
    });
}

/** The parser's own sentences where they speak of parsing instead of what is wrong. */
function plain(message: string, argv: readonly string[]): string {
  const command = argv.find((word) => !word.startsWith('-'));
  if (message.startsWith('Did you mean')) return `There is no command "${command}". ${message}`;
  if (message.startsWith('Unknown argument') && !message.includes('-') && message.endsWith(` ${command}`))
    return `There is no command "${command}".`;
  if (message.startsWith('Not enough non-option arguments')) {
    if (command === 'push') return 'sm-local push needs an image and the address that it goes to.';
    return `sm-local ${command} needs the name of a job or an endpoint.`;
  }
  if (message.startsWith('Not enough arguments following: ')) {
    return `--${message.slice('Not enough arguments following: '.length)} needs a value.`;
  }
  return message;
}

function withOptions<T>(parser: Argv<T>, command: keyof typeof commands): Argv<T> {
  for (const name of commands[command].options) {
    const { type, describe, alias, env, value } = optionOf(name);
    const byDefault = defaultOf(name, command);
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
