import type { OptionName } from '../options/options.ts';
import type { CommandName } from './command-table.ts';

/** What is to be known of a command besides what it takes and does: for its help, for completion and for the first run. */
export interface CommandHelp {
  readonly summary: string;
  /** The words besides the options, in their order. The last one may come more often than once, where the command takes more of them. */
  readonly words?: readonly CommandWord[];
  /** Command lines, as a person types them, and what they do. `$0` is the program. A test parses each. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Where an option means something else than for the other commands. */
  readonly meanings?: Readonly<Partial<Record<OptionName, string>>>;
}

export interface CommandWord {
  readonly name: string;
  readonly describe: string;
  /** What completion offers. */
  readonly what: 'image' | 'directory' | 'address' | 'endpoint' | 'kind' | 'kind-and-name' | 'shell';
}

const kindWords = 'training-job, endpoint, model or endpoint-config';

const image = (otherwise: string): CommandWord => ({
  name: 'image',
  describe: `an image, or a directory with a Dockerfile; that of ${otherwise} when there is none`,
  what: 'image',
});

const named: CommandWord = {
  name: 'name',
  describe: `its name; before it its kind (${kindWords}), when several kinds have the name`,
  what: 'kind-and-name',
};

export const commandHelp: Readonly<Record<CommandName, CommandHelp>> = {
  train: {
    summary: 'run one training job and print its outcome',
    words: [image('the request or of sm-local.yaml')],
    examples: [
      ['$0 train', 'what sm-local.yaml of this directory says (docs/project-file.md)'],
      ['$0 train -f request.json -i train=./data', 'the request of an AWS CLI user, on local data'],
      ['$0 train ./my-image -i train=./data --hp epochs=10', 'build a directory and train on ./data'],
      ["$0 train my-image:1 -i train=./data --metric 'loss=loss: ([0-9.]+)'", 'pick a metric out of the log'],
    ],
  },
  serve: {
    summary: 'start an endpoint and serve it until Ctrl-C',
    words: [image('the requests or of sm-local.yaml')],
    examples: [
      ['$0 serve my-image:1 --model ./model', 'serve a model directory on http://127.0.0.1:8080'],
      ['$0 serve ./my-image --model iris-2026-01-31-12-00-00-000', "serve a training job's model"],
      ['$0 serve -f endpoints.yaml', 'serve what CreateModel, CreateEndpointConfig and CreateEndpoint ask for'],
    ],
  },
  invoke: {
    summary: 'send one request to an endpoint and print the answer',
    words: [{ name: 'endpoint', describe: 'its name; may be left out when one endpoint runs', what: 'endpoint' }],
    examples: [
      ["$0 invoke --content-type text/csv --body '5.1,3.5,1.4,0.2'", 'invoke the only endpoint'],
      ['$0 invoke my-endpoint --body @request.json', 'send a file'],
      ['$0 invoke --stream --body \'{"prompt": "Once"}\'', 'print the answer while it is being made'],
    ],
  },
  check: {
    summary: 'say why the cloud would refuse an image, or break it, and what to do',
    words: [image('sm-local.yaml')],
    examples: [
      ['$0 check ./my-image', 'everything that can be checked without your data'],
      ['$0 check my-image:1 -i train=./data --hp epochs=1', 'train on your data'],
      ['$0 check my-image:1 --serve --model ./model --body @sample.json --content-type application/json', 'serve your model'],
      ['$0 check . --format sarif --report check.sarif', 'for a code host, beside the lines of the Dockerfile'],
      ['$0 check . --baseline known.json --write-baseline', 'from now on, fail on what is new alone'],
    ],
  },
  build: {
    summary: 'build a directory with a Dockerfile, and print the name and the id of the image',
    words: [{ name: 'directory', describe: 'that of sm-local.yaml when there is none', what: 'directory' }],
    examples: [
      ['$0 build ./my-image', 'as sm-local/my-image:latest, which is what train and serve call it'],
      ['$0 build . -t my-image:1 --build-arg VERSION=3', 'under a name of your own'],
      ['$0 build . --secret id=pip,env=PIP_TOKEN', 'for RUN --mount=type=secret,id=pip, which takes BuildKit (docs/images.md)'],
    ],
  },
  push: {
    summary: 'push an image to a registry, and print its address with the digest',
    words: [
      { name: 'image', describe: 'an image of the engine', what: 'image' },
      { name: 'address', describe: "registry/repository:tag; without a tag, the image's own", what: 'address' },
    ],
    examples: [
      ['$0 push my-image:1 123456789012.dkr.ecr.eu-west-1.amazonaws.com/my-image', 'to ECR, with the log-in of docker'],
      ['$0 push my-image:1 123456789012.dkr.ecr.eu-west-1.amazonaws.com/my-image --ecr-login', 'with a token of the AWS SDK'],
      ['$0 push my-image:1 me/my-image', 'to Docker Hub'],
    ],
  },
  ls: {
    summary: 'list jobs and endpoints, the latest first',
    words: [{ name: 'kind', describe: kindWords, what: 'kind' }],
    examples: [
      ['$0 ls', 'everything there is'],
      ['$0 ls training-job --size', 'the training jobs, and how much disk they take'],
    ],
  },
  describe: {
    summary: "print AWS's Describe answer for a job or an endpoint",
    words: [named],
    examples: [
      ['$0 describe iris-1', 'by its name, when one thing alone has it'],
      ['$0 describe endpoint iris', 'by kind and name'],
    ],
  },
  logs: {
    summary: 'print what the containers of a job or an endpoint printed',
    words: [named],
    examples: [
      ['$0 logs iris-1 -f', 'from the first line on, until the job is over'],
      ['$0 logs endpoint iris --tail 20', 'the last lines of an endpoint'],
    ],
  },
  stop: {
    summary: 'stop a job or an endpoint and wait for its end',
    words: [named],
    examples: [
      ['$0 stop iris-1', 'SIGTERM, the grace, SIGKILL; a job keeps its model'],
      ['$0 stop endpoint iris --now', 'without the grace'],
    ],
  },
  clean: {
    summary: 'finish what processes that are gone left, and remove what nobody owns',
    examples: [
      ['$0 clean', 'jobs without a process are finished; containers, networks, volumes and temporary files without an owner go'],
      ['$0 clean --older-than 7d', 'also records, logs, models and images that were not used for a week'],
    ],
  },
  up: {
    summary: "serve AWS's APIs (SageMaker, S3, CloudWatch Logs, STS, …) on one port until Ctrl-C",
    examples: [
      ['$0 up', 'on http://127.0.0.1:4570; set clients up with: eval "$(sm-local env)"'],
      ['$0 up --detach', 'in the background, until sm-local down'],
      ['$0 up --ephemeral --port 0', 'for a test run: a free port, and nothing stays'],
    ],
  },
  status: {
    summary: 'say whether sm-local up runs, and where',
    examples: [
      ['$0 status', 'for people; the exit code is 0 when it runs'],
      ['$0 status --json', 'for programs: its address, its process, its account and region'],
    ],
  },
  down: {
    summary: 'end sm-local up, with its jobs and endpoints unless it keeps them',
    examples: [
      ['$0 down', 'and wait for its end'],
      ['$0 down --now', 'without the grace that containers have'],
    ],
  },
  reset: {
    summary: 'empty home: every record, log, object and model, and what they have in the engine',
    examples: [
      ['$0 reset', 'asks first'],
      ['$0 reset --yes --home ./state', 'without asking, of another home'],
    ],
  },
  env: {
    summary: 'print the settings that lead AWS clients to sm-local up',
    examples: [
      ['eval "$($0 env)"', 'for this shell'],
      ['$0 env --format fish | source', 'for fish'],
      ['docker run --env-file <($0 env --format docker) …', 'for a container'],
    ],
  },
  init: {
    summary: 'make a project: a Dockerfile, train, serve, sm-local.yaml, data and tests that work',
    words: [{ name: 'directory', describe: 'where; this directory when it is left out and nobody can be asked', what: 'directory' }],
    meanings: { name: 'of the endpoint, and of jobs with a number behind it' },
    examples: [
      ['$0 init', 'asks what is wanted'],
      ['$0 init my-model --template scikit-learn', 'asks nothing'],
      ['$0 init . --template python --no-tests', 'in this directory, without tests'],
    ],
  },
  doctor: {
    summary: 'look at the engine, the disk, the ports, … and say what will not work, why, and what to do',
    examples: [
      ['$0 doctor', 'a line a thing; the exit code is 3 when something will not work'],
      ['$0 doctor --engine ssh://me@gpu-box', 'of another engine'],
    ],
  },
  completion: {
    summary: 'print a script that has your shell complete commands, flags, names and files',
    words: [{ name: 'shell', describe: 'bash, zsh or fish; your own when it is left out', what: 'shell' }],
    examples: [
      ['source <($0 completion bash)', 'in ~/.bashrc'],
      ['source <($0 completion zsh)', 'in ~/.zshrc, after compinit'],
      ['$0 completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
};
