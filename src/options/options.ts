/** One option of the command line: declared once; flags, types, environment variables and the documentation derive from it. */
interface Option {
  readonly describe: string;
  readonly type: 'string' | 'boolean' | 'list';
  /** Short form. */
  readonly alias?: string;
  /** Shown in the help; applied where the option is used. */
  readonly default?: string;
  /** Environment variable that sets it when the flag is not given. */
  readonly env?: string;
  /** How the value looks: for the help, and for `value-shape.ts`, which reads from it what a value may be. */
  readonly value?: string;
  /**
   * That the value, or in `K=V` what is behind the `=`, is a file or a directory. `place`: unless it is an address. `stream`: unless it is `-`.
   * `model`: unless it is the name of a job. `program`: unless it lies in a source directory. `body`: behind an `@`. `secret`: behind `src=`. Relative ones start at
   * the current directory, in a project file at the directory of that.
   */
  readonly path?: PathKind;
}

export type PathKind = 'path' | 'place' | 'stream' | 'model' | 'program' | 'body' | 'secret';

const options = {
  // --- everywhere
  home: {
    type: 'string',
    describe: 'directory of all local state',
    env: 'SM_LOCAL_HOME',
    default: '~/.sm-local',
    value: 'DIR',
    path: 'path',
  },
  engine: {
    type: 'string',
    describe: 'address of the container engine',
    env: 'SM_LOCAL_ENGINE',
    default: "as the docker program's",
    value: 'URL',
  },
  json: { type: 'boolean', describe: 'print one JSON object per event on stdout (docs/json.md)' },
  quiet: { type: 'boolean', alias: 'q', describe: 'print results and errors alone' },
  verbose: { type: 'boolean', alias: 'v', describe: 'also print what is decided and why, what it took, and what errors come from' },
  region: { type: 'string', describe: 'region in ARNs and containers', env: 'AWS_REGION', default: 'us-east-1', value: 'REGION' },
  account: { type: 'string', describe: 'account in ARNs, twelve digits', env: 'SM_LOCAL_ACCOUNT', default: '000000000000', value: 'ID' },

  's3-endpoint': {
    type: 'string',
    describe: 'the S3 that s3:// addresses lead to: MinIO, LocalStack or AWS (docs/s3-endpoint.md)',
    env: 'SM_LOCAL_S3_ENDPOINT',
    default: 'the buckets in the home',
    value: 'URL',
  },

  project: {
    type: 'string',
    describe: 'the project file, or the directory that holds it; none for none (docs/project-file.md)',
    env: 'SM_LOCAL_PROJECT',
    default: 'sm-local.yaml here or above',
    value: 'FILE|DIR|none',
  },

  // --- train and serve
  name: { type: 'string', describe: 'name of the job or endpoint', default: '<image>-<time>', value: 'NAME' },
  env: { type: 'list', describe: 'environment variable of the container', value: 'K=V' },
  limit: { type: 'list', describe: 'a limit by its name, e.g. startup=30s, invocation=5s, stop-grace=10s, payload=6MB', value: 'K=V' },
  speed: {
    type: 'string',
    describe: 'run the clock of time limits so many times as fast: with 60, one minute takes a second. How quick a /ping must be stays',
    default: '1',
    value: 'N',
  },
  'build-arg': {
    type: 'list',
    describe: "build argument of a directory's Dockerfile; without a value it is taken from the environment",
    value: 'K[=V]',
  },
  'instance-type': { type: 'string', describe: 'instance type the container is told', default: 'ml.m5.large', value: 'TYPE' },
  'instance-limits': {
    type: 'boolean',
    describe: 'give containers the processors and the memory of the instance type, as far as the engine has them',
  },
  gpus: { type: 'string', describe: 'GPUs to hand to the container: all, or how many', value: 'all|N' },
  workspace: {
    type: 'string',
    describe: 'how files reach containers: bind mounts, or volumes and the archive API',
    env: 'SM_LOCAL_WORKSPACE',
    default: 'tried out once',
    value: 'bind|archive',
  },
  credentials: {
    type: 'string',
    describe: 'where containers find AWS credentials: at the address of the cloud, as environment variables, or nowhere',
    env: 'SM_LOCAL_CREDENTIALS',
    default: 'network, or else environment',
    value: 'network|environment|none',
  },
  'assume-role': {
    type: 'string',
    describe: 'hand containers temporary credentials of this role, got by your own AWS CLI, in place of ones that are good for nothing',
    value: 'ARN',
  },
  debug: {
    type: 'boolean',
    describe:
      'have debugpy, or the inspector of Node, listen in the containers, and lift time limits while somebody has attached (docs/debug.md)',
  },
  'debug-wait': { type: 'boolean', describe: '--debug, and the program waits until somebody has attached' },
  'debug-port': {
    type: 'string',
    describe: 'port on 127.0.0.1 for the debugger of the first container, and the next ones for others; 0 takes free ones',
    default: '5678 for debugpy, 9229 for Node',
    value: 'PORT',
  },
  watch: { type: 'boolean', describe: 'begin again with each change of the code, by the shortest way there is (docs/watch.md)' },
  sync: {
    type: 'list',
    describe: 'with --watch: what changes below this path goes to that directory of the container without a build, e.g. /opt/program=./src',
    value: 'TARGET=PATH',
    path: 'path',
  },
  profile: { type: 'string', describe: 'profile of the AWS configuration, for the role or the log-in to ECR', value: 'PROFILE' },

  // --- train
  request: {
    type: 'string',
    alias: 'f',
    describe: 'the request as JSON or YAML, as the AWS CLI takes it (--cli-input-json); - for standard input. Flags win over it',
    value: 'FILE',
    path: 'stream',
  },
  input: {
    type: 'list',
    alias: 'i',
    describe: 'a channel: a directory or file of this machine, or an s3:// address; one of the request gets its data from there',
    value: 'CHANNEL=PATH|URI',
    path: 'place',
  },
  'input-mode': {
    type: 'list',
    describe: 'how all channels are read, or one: File, FastFile or Pipe',
    default: 'File',
    value: '[CHANNEL=]MODE',
  },
  'file-system': {
    type: 'list',
    describe: 'the directory that stands for an EFS or FSx file system of the request, or for a directory of one',
    value: 'ID[/PATH]=DIR',
    path: 'path',
  },
  'manifest-names': {
    type: 'string',
    describe: 'what File mode calls the objects of a manifest: their whole keys, or what its entries say',
    default: 'whole-key',
    value: 'whole-key|relative',
  },
  'pipe-within': {
    type: 'string',
    describe: 'fail a job that has not opened the first FIFO of a channel in Pipe mode within this time',
    default: 'wait for ever',
    value: 'TIME',
  },
  'content-type': { type: 'list', describe: "a channel's content type, or the request's", value: '[CHANNEL=]TYPE' },
  'source-dir': {
    type: 'string',
    describe: 'source code that the image runs, all of it, delivered as the SageMaker Python SDK does it',
    value: 'DIR',
    path: 'path',
  },
  'entry-point': {
    type: 'string',
    describe:
      'the program: a path in the source directory, or a file that comes alone. Hyperparameters of a job are then JSON, or texts as JSON strings',
    value: 'FILE',
    path: 'program',
  },
  hp: { type: 'list', describe: 'hyperparameter', value: 'K=V' },
  hyperparameters: { type: 'string', describe: 'JSON or YAML file of hyperparameters, all of them strings', value: 'FILE', path: 'stream' },
  role: { type: 'string', describe: 'RoleArn of the request; nothing is asked of it', default: 'one of sm-local', value: 'ARN' },
  'instance-count': { type: 'string', describe: 'how many instances', default: '1', value: 'N' },
  'shuffle-hosts': {
    type: 'string',
    describe: 'give the hosts of instance groups another order, as the cloud may; the same for the same seed',
    value: 'SEED',
  },
  checkpoints: { type: 'string', describe: 'CheckpointConfig: where checkpoints are kept', value: 'DIR|URI', path: 'place' },
  'network-isolation': { type: 'boolean', describe: 'EnableNetworkIsolation: containers reach nothing but each other' },
  compression: { type: 'string', describe: 'of the artifacts (CompressionType)', default: 'gzip', value: 'gzip|none' },
  entrypoint: { type: 'string', describe: "replaces the image's ENTRYPOINT (ContainerEntrypoint), parts split at commas", value: 'A,B' },
  args: { type: 'string', describe: 'replaces the argument "train" (ContainerArguments), parts split at commas', value: 'A,B' },
  'max-run': { type: 'string', describe: 'MaxRuntimeInSeconds, same as --limit run=…', default: '24h', value: 'TIME' },
  'interrupt-after': {
    type: 'list',
    describe: 'interrupt the spot instances so long after the program began, and begin again; given twice, the second attempt too',
    value: 'TIME',
  },
  'max-wait': { type: 'string', describe: 'MaxWaitTimeInSeconds of a spot job, over all its attempts', value: 'TIME' },
  hook: {
    type: 'list',
    describe: "a command or an address that gets EventBridge's event at each change of the job's status, as JSON on its input or as a POST",
    value: 'COMMAND|URL',
  },
  metric: {
    type: 'list',
    describe: 'metric found in the log: the first group of the regular expression is its value',
    value: 'NAME=REGEX',
  },
  output: { type: 'string', describe: 'where the artifacts go', default: './sm-local-output', value: 'DIR|URI', path: 'place' },
  'dry-run': { type: 'boolean', describe: 'print what would be created, and create nothing but the image' },
  'cloud-modes': { type: 'boolean', describe: 'directory modes as seen in the cloud' },

  // --- serve and invoke
  model: {
    type: 'string',
    describe: 'a directory, a model.tar.gz, the name of a training job, or an s3:// address: a prefix ends in /',
    value: 'MODEL',
    path: 'model',
  },
  'writable-model': { type: 'boolean', describe: 'let the container write into a copy of the model, as some older images do' },
  port: {
    type: 'string',
    alias: 'p',
    describe: 'port on 127.0.0.1; 0 takes a free one',
    default: '8080; 4570 for up',
    value: 'PORT',
  },
  fault: {
    type: 'list',
    describe:
      'a fault on demand: latency=100ms, error=5%, timeout=1%, reset=1%, stream-break=1%, kill-instance-every=30s, and how (docs/faults.md)',
    value: 'K=V',
  },
  raw: { type: 'boolean', describe: "pass the container's answers through untouched" },
  'access-log': {
    type: 'string',
    describe: 'append a line of JSON for each invocation to this file; - for standard error',
    value: 'FILE',
    path: 'stream',
  },
  capture: {
    type: 'string',
    describe: "write down every invocation there, as DataCaptureConfig does it with the Python SDK's defaults",
    value: 'DIR|URI',
    path: 'place',
  },
  'fast-fail': { type: 'boolean', describe: 'fail at the first exit during start-up' },
  body: { type: 'string', describe: 'request body: text, @FILE, or - for standard input', default: '-', value: 'BODY', path: 'body' },
  stream: { type: 'boolean', describe: 'InvokeEndpointWithResponseStream: print each part of the answer as it comes' },
  'custom-attributes': { type: 'string', describe: 'handed to the container verbatim', value: 'TEXT' },
  'target-variant': { type: 'string', describe: 'the variant to ask', value: 'NAME' },
  'inference-id': { type: 'string', describe: 'an identifier of your own for the request', value: 'ID' },
  'session-id': { type: 'string', describe: 'the session it belongs to; NEW_SESSION opens one, without --stream', value: 'ID' },
  owner: { type: 'string', describe: 'end what this process had, once it is gone, without a grace', value: 'ID' },
  'older-than': {
    type: 'string',
    describe: 'also remove records and logs of what ended before that, unpacked models, and images that were built and are not used',
    value: 'TIME',
  },

  // --- check
  train: { type: 'boolean', describe: 'the image is for training: check it as that' },
  serve: { type: 'boolean', describe: 'the image is for serving: check it as that' },
  'multi-model': { type: 'boolean', describe: 'the image is for multi-model endpoints: check it as that' },
  only: {
    type: 'list',
    describe: 'make only this check, or those of this area: image, train, serve, batch, multi-model',
    value: 'CHECK|AREA',
  },
  skip: { type: 'list', describe: 'leave out this check, or those of this area', value: 'CHECK|AREA' },
  explain: { type: 'string', describe: 'print the page of a check: why the cloud cares, and what to do', value: 'CHECK' },
  'fail-on': {
    type: 'string',
    describe: 'the least severe finding that fails the whole check',
    default: 'error',
    value: 'error|warning|note',
  },
  baseline: {
    type: 'string',
    describe: 'a file of findings that are known and do not fail the whole check',
    value: 'FILE',
    path: 'path',
  },
  'write-baseline': { type: 'boolean', describe: 'write what is found into the file that --baseline names' },
  report: { type: 'string', describe: 'a file that the findings are written to in place of standard output', value: 'FILE', path: 'path' },

  // --- up and what belongs to it
  detach: { type: 'boolean', alias: 'd', describe: 'go on in the background; sm-local down ends it' },
  keep: { type: 'boolean', describe: 'at the end, leave jobs and endpoints running for the next sm-local up' },
  ephemeral: { type: 'boolean', describe: 'a home of its own, which goes with everything in it at the end' },
  callback: {
    type: 'string',
    describe: 'tell containers where this API is, as AWS_ENDPOINT_URL',
    env: 'SM_LOCAL_CALLBACK',
    default: 'on',
    value: 'on|off',
  },
  'long-poll': {
    type: 'string',
    describe: "hold DescribeTrainingJob's answer so long, or until the status changes, for clients that sleep between their questions",
    value: 'TIME',
  },
  format: {
    type: 'string',
    describe: 'how it is written: settings as bash, fish, powershell, dotenv, json or docker, findings as text, json, junit or sarif',
    value: 'FORMAT',
  },
  yes: { type: 'boolean', alias: 'y', describe: 'do not ask' },

  // --- build and push
  tag: {
    type: 'list',
    alias: 't',
    describe: 'what the image is called; may be given several times',
    default: 'sm-local/<directory>:latest',
    value: 'NAME[:TAG]',
  },
  file: { type: 'string', alias: 'f', describe: 'the Dockerfile', default: 'Dockerfile in the directory', value: 'FILE', path: 'path' },
  target: { type: 'string', describe: 'the stage to build', default: 'the last one', value: 'STAGE' },
  platform: {
    type: 'string',
    describe: 'what the image is for',
    env: 'DOCKER_DEFAULT_PLATFORM',
    default: "linux/amd64, as SageMaker's instances are",
    value: 'OS/ARCHITECTURE',
  },
  'no-cache': { type: 'boolean', describe: 'run every step anew' },
  pull: { type: 'boolean', describe: 'look in their registries for newer base images' },
  'cache-from': { type: 'list', describe: 'an image whose layers may serve as the cache', value: 'IMAGE' },
  secret: {
    type: 'list',
    describe: 'what a step may read with RUN --mount=type=secret, and no image holds: id=ID,src=FILE or id=ID,env=VARIABLE',
    value: 'SECRET',
    path: 'secret',
  },
  label: { type: 'list', describe: 'a label of the image', value: 'K=V' },
  'ecr-login': { type: 'boolean', describe: 'have the AWS SDK get a token of ECR for this push (@aws-sdk/client-ecr)' },

  // --- init
  template: { type: 'string', describe: 'what the project starts from', value: 'python|scikit-learn|node|r' },
  force: { type: 'boolean', describe: 'write over files that are there' },
  'no-tests': { type: 'boolean', describe: 'leave out the tests of the image' },
  'no-vscode': { type: 'boolean', describe: 'leave out .vscode/launch.json, with which Visual Studio Code attaches (docs/debug.md)' },
  ci: { type: 'boolean', describe: 'add a workflow for GitHub that checks and tests the image' },

  // --- ls, describe, logs, stop
  follow: { type: 'boolean', alias: 'f', describe: 'go on with new lines until it is over' },
  tail: { type: 'string', describe: 'only the last lines', value: 'N' },
  timestamps: { type: 'boolean', alias: 't', describe: 'put the time in front of each line' },
  size: { type: 'boolean', describe: 'show how much disk each one takes' },
  now: { type: 'boolean', describe: 'kill it at once, without the grace' },
  accept: { type: 'string', describe: 'Accept header', value: 'TYPE' },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof options;
type ValueOf<O extends Option> = O['type'] extends 'boolean' ? boolean : O['type'] extends 'list' ? readonly string[] : string;

/** The values of the named options: absent ones are undefined, lists empty, switches false. */
export type Values<Names extends OptionName> = {
  readonly [Name in Names]: (typeof options)[Name]['type'] extends 'string' ? string | undefined : ValueOf<(typeof options)[Name]>;
};

export const optionNames = Object.keys(options) as OptionName[];
export const optionOf = (name: OptionName): Option => options[name];
