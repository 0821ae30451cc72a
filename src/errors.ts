/** Who has to act: decides the exit code of the CLI and the tone of the message. */
export type Blame = 'caller' | 'image' | 'host' | 'us';

interface Entry {
  readonly blame: Blame;
  /** How AWS clients see it: the error type and the HTTP status. */
  readonly aws: { readonly type: string; readonly status: number };
  readonly message: (detail: never) => string;
  /** What the reader can do about it. */
  readonly remedy: (detail: never) => string;
}

/** For codes whose text and way out depend on the case. */
interface Told {
  readonly message: string;
  readonly remedy: string;
}

/** `why`: what whoever was asked on the way to the engine had to say; `install`: how to get an engine, where there seems to be none. */
interface EngineTrouble {
  readonly where: string;
  readonly why?: string;
  readonly install?: string;
}

const because = ({ why }: EngineTrouble): string => (why === undefined ? '.' : `: ${why}`);

/**
 * `why`: what the registry or the engine said; `login`: the command that makes the user known there; `user`: whose credentials were shown, as far
 * as they have a name.
 */
interface RegistryTrouble {
  readonly image: string;
  /** A pull when left out. */
  readonly does?: 'pull' | 'push';
  readonly user?: string;
  readonly registry: string;
  readonly why: string;
  readonly login: string;
  /** Whether credentials were shown. */
  readonly hadLogin: boolean;
  /** Why a credential helper could not be asked for some. */
  readonly trouble?: string;
  /** An image of the engine that may have been meant. */
  readonly near?: string;
}

const didYouMean = ({ near }: { readonly near?: string }): string => (near === undefined ? '' : `Did you mean ${near}? `);

/** Where a build failed: `2/5`, the line of the Dockerfile, and how the step's command ended, as far as there is one. */
interface BuildPlace {
  readonly step?: string;
  readonly line?: number;
  readonly exitCode?: number;
}

const pushLogin = ({ hadLogin, login, registry }: RegistryTrouble): string => {
  const again = `${hadLogin ? 'They have expired, or are of somebody who may not push there. Log in again' : 'Log in'}: ${login}`;
  return /\.amazonaws\.com/.test(registry) ? `${again}\nOr let the AWS SDK get a token for this push: --ecr-login` : again;
};

const whatFails = ({ image, does }: RegistryTrouble): string =>
  does === 'push' ? `The image cannot be pushed to ${image}` : `The image ${image} is not on this engine`;

/** The docker program takes the same way, so it is the shortest way to find out what is wrong. */
const throughSsh = ({ where }: EngineTrouble): string | undefined =>
  where.startsWith('ssh:') ? `Make this work first: docker -H ${where} version` : undefined;

/** `does`: what was asked of the store; `why`: what it said. */
interface StoreTrouble {
  readonly where: string;
  readonly does: string;
  readonly why: string;
}

const validation = { type: 'ValidationException', status: 400 } as const;
const notFound = { type: 'ResourceNotFound', status: 400 } as const;
const internal = { type: 'InternalFailure', status: 500 } as const;

/** Every error sm-local raises. Callers test `error.code`, never the text. */
const catalogue = {
  // --- the caller -----------------------------------------------------------------------------
  InvalidRequest: {
    blame: 'caller',
    aws: validation,
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  ResourceInUse: {
    blame: 'caller',
    aws: { type: 'ResourceInUse', status: 400 },
    message: (detail: { message: string }) => detail.message,
    remedy: () => 'Choose another name.',
  },
  AlreadyExists: {
    blame: 'caller',
    aws: validation, // where training jobs have ResourceInUse: contract control-plane §7
    message: (detail: { message: string }) => detail.message,
    remedy: () => 'Choose another name, or delete the one there is.',
  },
  StillInUse: {
    blame: 'caller',
    aws: { type: 'ResourceInUse', status: 400 },
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  WrongUsage: {
    blame: 'caller',
    aws: validation,
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  ProjectInvalid: {
    blame: 'caller',
    aws: validation,
    message: (detail: { mistakes: readonly string[] }) => [...detail.mistakes].join('\n'),
    remedy: () => 'Correct the project file there; the schema (sm-local/schema.json) has every key. --project none leaves it out.',
  },
  InputNotFound: {
    blame: 'caller',
    aws: validation,
    message: (detail: { what: string; path: string }) => `${detail.what}: there is no file or directory ${detail.path}.`,
    remedy: () => 'Check the path; relative paths start at the current directory.',
  },
  InputUnreadable: {
    blame: 'caller',
    aws: validation,
    message: (detail: { what: string; path: string; why: string; remedy?: string }) =>
      `${detail.what}: ${detail.path} cannot be used: ${detail.why}.`,
    remedy: (detail: { remedy?: string }) => detail.remedy ?? 'Make it readable for you, or name another one.',
  },
  WatchFailed: {
    blame: 'host',
    aws: internal,
    message: (detail: { why: string; isLimit: boolean }) => `Changes of files cannot be watched: ${detail.why}.`,
    remedy: ({ isLimit }: { isLimit: boolean }) =>
      isLimit
        ? 'This machine lets you watch no more files. Leave out what is not code with .dockerignore or .gitignore, or allow more: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512. CHOKIDAR_USEPOLLING=1 does without, and is slower.'
        : 'CHOKIDAR_USEPOLLING=1 in the environment looks at the files themselves, as is needed on some network drives.',
  },
  FilesInTheWay: {
    blame: 'caller',
    aws: validation,
    message: (detail: { directory: string; files: string; canForce: boolean }) =>
      `Nothing was written, because of what is in ${detail.directory} already: ${detail.files}.`,
    remedy: ({ canForce }: { canForce: boolean }) =>
      canForce ? 'Name another directory, or write over these with --force.' : 'Name another directory, or move them away.',
  },
  ProjectNotWritten: {
    blame: 'caller',
    aws: validation,
    message: (detail: { directory: string; why: string }) => `Nothing was written to ${detail.directory}: ${detail.why}.`,
    remedy: () => 'Name another directory, or see to what it says: permissions, links, free space.',
  },
  InputNameInvalid: {
    blame: 'caller',
    aws: validation,
    message: (detail: { what: string; key: string; why: string }) =>
      `${detail.what}: the object ${JSON.stringify(detail.key)} cannot become a file: ${detail.why}.`,
    remedy: () => 'Rename the object, or choose a prefix that leaves it out.',
  },
  InputNamesClash: {
    blame: 'caller',
    aws: validation,
    message: (detail: { what: string; name: string; one: string; other: string }) =>
      `${detail.what}: the objects ${JSON.stringify(detail.one)} and ${JSON.stringify(detail.other)} cannot both be there: ` +
      `both need ${JSON.stringify(detail.name)} in the directory of the channel.`,
    remedy: () => 'Rename one of them, or choose a prefix that takes in only one; a prefix that ends in "/" takes in one directory.',
  },
  RecordingInvalid: {
    blame: 'caller',
    aws: validation,
    message: (detail: { path: string; line: number; why: string }) =>
      `Line ${detail.line} of the recording ${detail.path} cannot be replayed: ${detail.why}.`,
    remedy: () =>
      'A recording has lines of data capture, as sm-local serve --capture and SageMaker write them: take the line out, or record anew.',
  },
  ManifestInvalid: {
    blame: 'caller',
    aws: validation,
    message: (detail: Told & { what: string; uri: string; place: string }) =>
      `${detail.what}: the manifest ${detail.uri} cannot be used: ${detail.place} ${detail.message}.`,
    remedy: (detail: Told) => detail.remedy,
  },
  DataDownloadFailed: {
    blame: 'caller',
    aws: validation,
    message: (detail: Told) => detail.message, // AWS's own words: contract/failure.ts
    remedy: (detail: Told) => detail.remedy,
  },
  PreparationFailed: {
    blame: 'caller',
    aws: validation,
    message: (detail: Told) => detail.message, // AWS's own words: contract/failure.ts
    remedy: (detail: Told) => detail.remedy,
  },
  FileSystemUnknown: {
    blame: 'caller',
    aws: validation,
    message: (detail: { what: string; type: string; id: string }) =>
      `${detail.what}: no local directory stands for the ${detail.type} file system ${detail.id}.`,
    remedy: (detail: { id: string }) => `Say which one does: --file-system ${detail.id}=/some/directory`,
  },
  SourceNotSupported: {
    blame: 'caller',
    aws: validation,
    message: (detail: { what: string; uri: string }) => `${detail.what}: ${detail.uri} is not an address that can be read here.`,
    remedy: () => 'Copy the objects to a directory first (aws s3 cp --recursive …) and name that directory, as a path or with file://.',
  },
  NetworkNotFound: {
    blame: 'caller',
    aws: validation,
    message: (detail: { network: string; where: string }) => `There is no network ${detail.network} in the engine at ${detail.where}.`,
    remedy: () => 'Make it first; docker network ls shows those there are. An engine elsewhere is chosen with --engine or DOCKER_HOST.',
  },
  ResourceNotFound: {
    blame: 'caller',
    aws: notFound,
    message: (detail: { what: string; near?: string }) => `Could not find ${detail.what}.`,
    remedy: (detail: { near?: string }) =>
      detail.near ? `Did you mean ${detail.near}?` : 'Check the name; sm-local ls shows those there are.',
  },
  ModelArchiveInvalid: {
    blame: 'caller',
    aws: validation,
    message: (detail: { url: string; why: string }) =>
      `Failed to extract model data archive from URL "${detail.url}". Please ensure that the object located at the URL is a valid tar.gz archive. (${detail.why})`,
    remedy: () => 'Make the archive with: tar -czf model.tar.gz -C <model directory> .',
  },
  ModelArchiveTooLarge: {
    blame: 'caller',
    aws: validation,
    message: (detail: { url: string; bytes: number }) =>
      `The model data archive at ${detail.url} is too large: it unpacks to more than ${detail.bytes} bytes.`,
    remedy: () => 'Leave out of the model what it does not need, or give the variant a greater VolumeSizeInGB.',
  },
  ModelDataNotFound: {
    blame: 'caller',
    aws: validation,
    message: (detail: { url: string }) => `Could not find model data at ${detail.url}.`, // AWS's own words: contract/failure.ts
    remedy: () => 'Check the address: capitals count, a prefix ends in a slash, and a ModelDataUrl names one archive.',
  },
  ModelDataInvalid: {
    blame: 'caller',
    aws: validation,
    message: (detail: { url: string; why: string }) => `The model data at ${detail.url} cannot be deployed: ${detail.why}.`,
    remedy: () => 'Rename or remove the object; copy models with aws s3 cp --recursive, not with folders of the S3 console.',
  },
  EndpointUnreachable: {
    blame: 'caller',
    aws: { type: 'ServiceUnavailable', status: 503 },
    message: (detail: { url: string; why: string }) => `The endpoint at ${detail.url} does not answer: ${detail.why}`,
    remedy: () => 'See whether its sm-local serve still runs.',
  },
  ImageNotFound: {
    blame: 'caller',
    aws: validation,
    message: (detail: { image: string; why: string; near?: string }) =>
      `The image ${detail.image} is not on this engine and could not be pulled: ${detail.why}`,
    remedy: (detail: { near?: string }) =>
      `${didYouMean(detail)}Check its name and its tag (docker images shows what the engine has), or build it first.`,
  },
  HomeNewer: {
    blame: 'caller',
    aws: internal,
    message: (detail: { home: string; found: string; known: string }) =>
      `${detail.home} was written by a newer sm-local (format ${detail.found}; this one knows ${detail.known}).`,
    remedy: () => 'Update sm-local, or set SM_LOCAL_HOME to another directory.',
  },

  HomeNotOurs: {
    blame: 'caller',
    aws: internal,
    message: (detail: { home: string }) => `${detail.home} holds files that are not from sm-local.`,
    remedy: () => 'Set SM_LOCAL_HOME, or --home, to an empty or a new directory.',
  },
  NameAmbiguous: {
    blame: 'caller',
    aws: validation,
    message: (detail: { name: string; kinds: string }) => `"${detail.name}" is the name of more than one thing: ${detail.kinds}.`,
    remedy: () => 'Write the kind in front of the name.',
  },
  RoleNotAssumed: {
    blame: 'caller',
    aws: validation,
    message: (detail: { arn: string; why: string; remedy: string }) => `The role ${detail.arn} could not be assumed: ${detail.why}`,
    remedy: (detail: { remedy: string }) => detail.remedy,
  },

  InvalidBucketName: {
    blame: 'caller',
    aws: { type: 'InvalidBucketName', status: 400 },
    message: (detail: { bucket: string; why: string }) => `The specified bucket is not valid: ${detail.why}.`,
    remedy: () => 'Take 3 to 63 lower-case letters, digits and hyphens that begin and end with a letter or a digit.',
  },
  NoSuchBucket: {
    blame: 'caller',
    aws: { type: 'NoSuchBucket', status: 404 },
    message: (detail: { bucket: string; what?: string }) =>
      `${detail.what === undefined ? '' : `${detail.what}: `}The specified bucket does not exist: ${detail.bucket}.`,
    remedy: () => 'Create it, or check its name; without --s3-endpoint, buckets are the directories in buckets/ of the home directory.',
  },
  BucketExists: {
    blame: 'caller',
    aws: { type: 'BucketAlreadyOwnedByYou', status: 409 },
    message: (detail: { bucket: string }) => `The bucket ${detail.bucket} exists already, and it is yours.`,
    remedy: () => 'Use it, or choose another name.',
  },
  BucketNotEmpty: {
    blame: 'caller',
    aws: { type: 'BucketNotEmpty', status: 409 },
    message: (detail: { bucket: string; why: string }) => `The bucket ${detail.bucket} cannot be removed: ${detail.why}.`,
    remedy: () => 'Remove what is in it first.',
  },
  BucketMapped: {
    blame: 'caller',
    aws: { type: 'AccessDenied', status: 403 },
    message: (detail: { bucket: string; directory: string }) =>
      `The bucket ${detail.bucket} is the directory ${detail.directory}, which is not removed with it.`,
    remedy: () => 'Take it out of the mapped buckets instead.',
  },
  NoSuchKey: {
    blame: 'caller',
    aws: { type: 'NoSuchKey', status: 404 },
    message: (detail: { bucket: string; key: string }) => `The specified key does not exist: s3://${detail.bucket}/${detail.key}`,
    remedy: () => 'Check the key: capitals and slashes count.',
  },
  KeyTooLong: {
    blame: 'caller',
    aws: { type: 'KeyTooLongError', status: 400 },
    message: (detail: { key: string; bytes: number }) =>
      `Your key is too long: ${detail.bytes} bytes, and 1024 are allowed: ${detail.key.slice(0, 100)}…`,
    remedy: () => 'Choose a shorter key.',
  },
  KeyNotStorable: {
    blame: 'caller',
    aws: { type: 'InvalidRequest', status: 400 },
    message: (detail: { bucket: string; key: string; why: string }) =>
      `The object ${JSON.stringify(detail.key)} cannot be in the bucket ${detail.bucket}: ${detail.why}.`,
    remedy: () => 'Choose another key; a bucket that is not mapped to a directory of yours takes every key.',
  },
  PreconditionFailed: {
    blame: 'caller',
    aws: { type: 'PreconditionFailed', status: 412 },
    message: (detail: { bucket: string; key: string; why: string }) =>
      `At least one of the pre-conditions you specified did not hold: s3://${detail.bucket}/${detail.key} ${detail.why}.`,
    remedy: () => 'Look at the object as it is now, and try again.',
  },
  InvalidRange: {
    blame: 'caller',
    aws: { type: 'InvalidRange', status: 416 },
    message: (detail: { size: number }) => `The requested range is not satisfiable: the object has ${detail.size} bytes.`,
    remedy: () => 'Ask for bytes from 0 up to the size of the object.',
  },

  NotSerializable: {
    blame: 'caller',
    aws: { type: 'SerializationException', status: 400 },
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  InvalidParameter: {
    blame: 'caller',
    aws: { type: 'InvalidParameterException', status: 400 },
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  QueryInvalid: {
    blame: 'caller',
    aws: { type: 'ValidationError', status: 400 },
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  MetricParameterInvalid: {
    blame: 'caller',
    aws: { type: 'InvalidParameterValue', status: 400 },
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  MetricParametersClash: {
    blame: 'caller',
    aws: { type: 'InvalidParameterCombination', status: 400 },
    message: (detail: Told) => detail.message,
    remedy: (detail: Told) => detail.remedy,
  },
  AlarmNotFound: {
    blame: 'caller',
    aws: { type: 'ResourceNotFound', status: 404 },
    message: (detail: { name: string }) => `There is no alarm of the name ${detail.name}.`,
    remedy: () => 'Check the name, the region, and the account of your access key.',
  },
  LogsNotFound: {
    blame: 'caller',
    aws: { type: 'ResourceNotFoundException', status: 400 },
    message: (detail: { what: 'group' | 'stream' }) => `The specified log ${detail.what} does not exist.`, // CloudWatch Logs' own words
    remedy: () => 'Check the name, the region, and the account of your access key; a group comes to be with the first job that logs to it.',
  },
  LogsExist: {
    blame: 'caller',
    aws: { type: 'ResourceAlreadyExistsException', status: 400 },
    message: (detail: { what: 'group' | 'stream' }) => `The specified log ${detail.what} already exists`, // without a full stop, as there
    remedy: () => 'Use it, or choose another name.',
  },
  LogsKept: {
    blame: 'caller',
    aws: { type: 'OperationAbortedException', status: 400 },
    message: (detail: { what: string }) =>
      `${detail.what} holds what jobs or endpoints have logged. It goes with their records: sm-local clean --older-than 0s`,
    remedy: () => 'Remove old jobs and endpoints with sm-local clean.',
  },
  NoSuchUpload: {
    blame: 'caller',
    aws: { type: 'NoSuchUpload', status: 404 },
    message: (_detail: { id: string }) =>
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    remedy: () => 'Begin a new one; uploads that nothing is added to for a week are removed.',
  },
  StoreDenied: {
    blame: 'caller',
    aws: { type: 'AccessDenied', status: 403 },
    message: (detail: StoreTrouble) => `The S3 at ${detail.where} does not let sm-local ${detail.does}: ${detail.why}.`,
    remedy: () =>
      'Give keys that may with SM_LOCAL_S3_ACCESS_KEY_ID and SM_LOCAL_S3_SECRET_ACCESS_KEY, a profile with SM_LOCAL_S3_PROFILE, or let the AWS SDK find its own (AWS_ACCESS_KEY_ID, AWS_PROFILE, …).',
  },

  // --- the image ------------------------------------------------------------------------------
  BuildFailed: {
    blame: 'image',
    aws: validation,
    message: (detail: Told & BuildPlace & { directory: string }) =>
      `The image of ${detail.directory} could not be built: ${detail.message}`,
    remedy: (detail: Told) => detail.remedy,
  },
  ImageUnreadable: {
    blame: 'image',
    aws: validation,
    message: (detail: { image: string; why: string }) => `What is in the image ${detail.image} could not be read: ${detail.why}`,
    remedy: () => 'Try docker save with it: when the engine cannot save it either, build or pull it anew.',
  },
  BuilderLacks: {
    blame: 'host',
    aws: validation,
    message: (detail: { lines: readonly string[]; remedy: string }) => [...detail.lines].map((line) => `${line}.`).join('\n'),
    remedy: (detail: { remedy: string }) => detail.remedy,
  },
  NotStartable: {
    blame: 'image',
    aws: validation,
    // The runtime's own sentence, as the cloud's log shows it. `unexecutable`: the program, when it is there without its executable bit.
    message: (detail: { message: string; unexecutable?: string }) => detail.message,
    remedy: ({ unexecutable: program }: { unexecutable?: string }) =>
      program !== undefined
        ? `${program} is in the image, but lacks its executable bit. Set it: chmod +x on the file before it is copied, or RUN chmod +x ${program} in the Dockerfile.`
        : 'SageMaker runs the image with the one argument "train" or "serve": give it an executable of that name on PATH, or an exec-form ENTRYPOINT that takes the argument.',
  },
  TrainingJobFailed: {
    blame: 'image',
    aws: internal,
    message: ({ name, status, why, lines }: { name: string; status: string; why: string; lines: string }) =>
      `The training job ${name} is ${status}: ${why}\n${lines}`,
    remedy: () => 'Its last lines say what its program did; train() alone gives a job that failed as a result.',
  },
  EndpointFailed: {
    blame: 'image',
    aws: internal,
    message: ({ name, why, lines }: { name: string; why: string; lines: string; exit?: { code: number; oomKilled: boolean } }) =>
      `The endpoint ${name} did not come into service: ${why}\n${lines}`,
    // `exit`: of the program, when it ended by itself.
    remedy: ({ exit }: { exit?: { code: number; oomKilled: boolean } }) =>
      exit
        ? `Its program ended by itself, with exit code ${exit.code}${exit.oomKilled ? ' as memory ran out' : ''}, before it answered GET /ping with status 200: ${exit.oomKilled ? 'use less, or give the engine more' : 'its last lines say why'}. A server must go on until SIGTERM.`
        : 'The server must listen on 0.0.0.0:8080 and answer GET /ping with status 200 within 2 s; until then every other answer means "not yet".',
  },
  WaitGivenUp: {
    blame: 'image',
    aws: internal,
    message: ({ name, why, lines }: { name: string; why: string; lines: string }) =>
      `The endpoint ${name} is in service, but its wait strategy gave up: ${why}\n${lines}`,
    remedy: () => 'Correct what is waited for, or give it more time: withStartupTimeout(milliseconds).',
  },
  ModelDownloadTimedOut: {
    blame: 'image',
    aws: internal,
    message: (detail: { url: string; seconds: number }) =>
      `The model data at ${detail.url} could not be fetched and unpacked within ${detail.seconds} s.`,
    remedy: () => 'Make it smaller, or allow more time: ModelDataDownloadTimeoutInSeconds of the variant, or --limit download=…',
  },
  PipesLost: {
    blame: 'host',
    aws: internal,
    message: (detail: { name: string }) =>
      `The pipes of training job ${detail.name} ended with the process that filled them, so its program may not have got all of its data.`,
    remedy: () => 'Run it again.',
  },
  FilesNotShared: {
    blame: 'host',
    aws: internal,
    message: (detail: { what: string; why: string }) => `${detail.what} cannot be had on this engine: ${detail.why}.`,
    remedy: () => 'Use an engine of this very machine, or File mode with a directory.',
  },
  PipeTimedOut: {
    blame: 'image',
    aws: internal,
    message: (detail: { channel: string; seconds: number }) =>
      `SageMaker pipe channel timed out: nothing opened /opt/ml/input/data/${detail.channel}_0 within ${detail.seconds} s.`,
    remedy: (detail: { channel: string }) =>
      `Read the channel in your program, leave ${detail.channel} out of the request, or set its InputMode to File.`,
  },
  ModelError: {
    blame: 'image',
    aws: { type: 'ModelError', status: 424 },
    message: (detail: { message: string }) => detail.message,
    remedy: () => "Look at the container's own log lines.",
  },

  // --- the host and its engine ----------------------------------------------------------------
  EngineUnreachable: {
    blame: 'host',
    aws: internal,
    message: (detail: EngineTrouble & { rule: string }) =>
      `No container engine answers at ${detail.where} (${detail.rule})${because(detail)}`,
    remedy: (detail: EngineTrouble) =>
      throughSsh(detail) ??
      `${detail.install === undefined ? '' : `${detail.install}\n`}Start Docker (or Colima, Rancher Desktop, OrbStack, podman), or name its address with --engine or DOCKER_HOST.`,
  },
  BaseUnreachable: {
    blame: 'host',
    aws: internal,
    message: (detail: Told & BuildPlace & { directory: string }) =>
      `The image of ${detail.directory} could not be built: ${detail.message}`,
    remedy: (detail: Told) => detail.remedy,
  },
  ReaperNotStarted: {
    blame: 'host',
    aws: internal,
    message: ({ why }: { why: string }) => `The reaper of testcontainers did not start: ${why}`,
    remedy: () =>
      'Make its image available (RYUK_CONTAINER_IMAGE names another one), or do without: TESTCONTAINERS_RYUK_DISABLED=true; what a killed run leaves goes with the next one.',
  },
  EngineForbidden: {
    blame: 'host',
    aws: internal,
    message: (detail: EngineTrouble) => `You may not talk to the container engine at ${detail.where}${because(detail)}`,
    remedy: (detail: EngineTrouble) =>
      throughSsh(detail) ??
      'Join the group that owns the socket (sudo usermod -aG docker "$USER", then log in again), or use a rootless engine.',
  },
  EngineContextUnknown: {
    blame: 'host',
    aws: internal,
    message: (detail: { context: string; rule: string }) => `The docker context "${detail.context}" (${detail.rule}) does not exist.`,
    remedy: () => 'List contexts with: docker context ls',
  },
  EngineFailed: {
    blame: 'host',
    aws: internal,
    /** `isInUse`: it was to remove what something else uses. */
    message: (detail: { action: string; message: string; isInUse?: true }) =>
      `The container engine could not ${detail.action}: ${detail.message}`,
    remedy: () => "Look at the engine's own log; if it ran out of disk space, docker system df shows where it went.",
  },
  ContainerGone: {
    blame: 'host',
    aws: internal,
    message: (detail: { id: string }) => `The container ${detail.id.slice(0, 12)} was removed by somebody else.`,
    remedy: () => 'End jobs with Ctrl-C or sm-local stop, not through the engine.',
  },
  RegistryDenied: {
    blame: 'host',
    aws: validation,
    message: (detail: RegistryTrouble) =>
      detail.does === 'push'
        ? `${whatFails(detail)}: the registry ${detail.registry} refuses ${detail.user === undefined ? 'who does not log in' : `the login of ${detail.user}`}: ${detail.why}`
        : `${whatFails(detail)}, and the registry ${detail.registry} does not hand it out: ${detail.why}`,
    remedy: (detail: RegistryTrouble) =>
      detail.trouble !== undefined
        ? 'Repair the credential helper of the docker config, which docker login would ask too; or take it out there, and log in again.'
        : detail.does === 'push'
          ? pushLogin(detail)
          : detail.hadLogin
            ? `The credentials in the docker config were refused: they have expired, or are of somebody who may not pull it. Log in again: ${detail.login}`
            : `${didYouMean(detail)}Log in and try again: ${detail.login}\nRegistries give the same answer for a name that does not exist, so check it too.`,
  },
  RegistryLimit: {
    blame: 'host',
    aws: internal,
    message: (detail: RegistryTrouble) =>
      `${whatFails(detail)}, and the registry ${detail.registry} allows no more ${detail.does === 'push' ? 'pushes' : 'pulls'} for now: ${detail.why}`,
    remedy: (detail: RegistryTrouble) =>
      detail.hadLogin
        ? `Wait, or ${detail.does === 'push' ? 'push to' : 'take the image from'} another registry.`
        : `Wait, or log in, which raises the limit: ${detail.login}`,
  },
  RegistryUnreachable: {
    blame: 'host',
    aws: internal,
    message: (detail: RegistryTrouble) =>
      `${whatFails(detail)}, and the engine cannot reach the registry ${detail.registry}: ${detail.why}`,
    remedy: ({ does, near }: RegistryTrouble) =>
      does === 'push'
        ? "Check the address, and the engine's own network, name service and proxy (docker info): it is the engine that pushes."
        : `${didYouMean({ ...(near !== undefined && { near }) })}Check the name of the image (docker images shows what the engine has), and the engine's own network, name service and proxy (docker info): it is the engine that pulls.`,
  },
  RegistryUntrusted: {
    blame: 'host',
    aws: internal,
    message: (detail: RegistryTrouble) =>
      `${whatFails(detail)}, and the engine does not trust the registry ${detail.registry}: ${detail.why}`,
    remedy: (detail: RegistryTrouble) =>
      /gave HTTP response to HTTPS client/.test(detail.why)
        ? `It speaks plain HTTP, where the engine wants TLS: give it a certificate, or name ${detail.registry} under "insecure-registries" in the engine's daemon.json (podman: registries.conf).`
        : `Give the engine the certificate of the authority that vouches for it (/etc/docker/certs.d/${detail.registry}/ca.crt on the engine's machine), or, where it has none, name it under "insecure-registries" in the engine's daemon.json.`,
  },
  RepositoryMissing: {
    blame: 'caller',
    aws: validation,
    message: (detail: { image: string; registry: string; why: string; create: string | undefined }) =>
      `The image cannot be pushed to ${detail.image}: there is no such repository in ${detail.registry}: ${detail.why}`,
    remedy: ({ create }: { create: string | undefined }) =>
      create === undefined ? 'Create the repository first, or correct the address.' : `Create it first: ${create}`,
  },
  PushFailed: {
    blame: 'host',
    aws: internal,
    message: (detail: { image: string; why: string }) => `The image cannot be pushed to ${detail.image}: ${detail.why}`,
    remedy: () => "Look at the registry's own log, and at the engine's; docker push asks the same engine.",
  },
  ImageMissing: {
    blame: 'caller',
    aws: validation,
    message: (detail: { image: string; near?: string }) => `There is no image ${detail.image} on this engine.`,
    remedy: ({ near }: { near?: string }) =>
      near === undefined ? 'docker images shows those there are; sm-local build makes one of a directory.' : `Did you mean ${near}?`,
  },
  EcrClientMissing: {
    blame: 'host',
    aws: internal,
    message: (detail: { why: string }) => `--ecr-login needs the package @aws-sdk/client-ecr, which cannot be loaded: ${detail.why}`,
    remedy: () => 'Install it where sm-local is: npm install @aws-sdk/client-ecr (with -g, if sm-local was).',
  },
  EcrLoginFailed: {
    blame: 'host',
    aws: internal,
    message: (detail: { registry: string; why: string }) => `ECR gives no token for ${detail.registry}: ${detail.why}`,
    remedy: () =>
      'See who you are for the AWS SDK: aws sts get-caller-identity (with --profile, where you gave one). The role needs ecr:GetAuthorizationToken.',
  },
  PullFailed: {
    blame: 'host',
    aws: internal,
    message: (detail: { image: string; why: string }) =>
      `The image ${detail.image} is not on this engine and could not be pulled: ${detail.why}`,
    remedy: (detail: { image: string }) => `Try docker pull ${detail.image}, which asks the same engine, and look at the engine's own log.`,
  },
  EngineDiskFull: {
    blame: 'host',
    aws: internal,
    message: (detail: { action: string; why: string }) =>
      `The container engine's disk is full; it could not ${detail.action}: ${detail.why}`,
    remedy: () => 'docker system df shows what takes the room; docker image prune and docker builder prune make some.',
  },
  WrongPlatform: {
    blame: 'host',
    aws: validation,
    message: (detail: { image: string; platform: string; wanted: string }) =>
      `The image ${detail.image} is for ${detail.platform}; ${detail.wanted} is wanted.`,
    remedy: (detail: { wanted: string }) =>
      `Build it for ${detail.wanted} (docker build --platform ${detail.wanted} …), or set DOCKER_DEFAULT_PLATFORM to the one that it is for.`,
  },
  StoreClientMissing: {
    blame: 'host',
    aws: internal,
    message: (detail: { why: string }) => `--s3-endpoint needs the package @aws-sdk/client-s3, which cannot be loaded: ${detail.why}`,
    remedy: () => 'Install it where sm-local is: npm install @aws-sdk/client-s3 (with -g, if sm-local was).',
  },
  StoreUnreachable: {
    blame: 'host',
    aws: internal,
    message: (detail: { where: string; why: string }) => `No S3 answers at ${detail.where}: ${detail.why}.`,
    remedy: () =>
      'Start it, or correct its address in --s3-endpoint (SM_LOCAL_S3_ENDPOINT); without one, objects live in the home directory.',
  },
  StoreFailed: {
    blame: 'host',
    aws: internal,
    message: (detail: StoreTrouble) => `The S3 at ${detail.where} could not ${detail.does}: ${detail.why}.`,
    remedy: () => 'Look at its own log; try the same with another client (aws --endpoint-url … s3api).',
  },
  PortTaken: {
    blame: 'host',
    aws: internal,
    /** `option`: which one chooses another. */
    message: (detail: { address: string; port: number; option?: string }) => `Port ${detail.port} on ${detail.address} is taken.`,
    remedy: ({ option = '--port' }: { option?: string }) =>
      `Stop what listens there, or choose another with ${option} (0 takes a free one).`,
  },
  ApiRunning: {
    blame: 'caller',
    aws: internal,
    message: (detail: { home: string; pid: number; url?: string }) =>
      `sm-local up already runs for the home ${detail.home}: ${detail.url ?? 'it is starting'} (process ${detail.pid}).`,
    remedy: () => 'Use that one, end it with sm-local down, or choose another home with --home (and another --port).',
  },
  ApiNotRunning: {
    blame: 'caller',
    aws: internal,
    message: (detail: { home: string }) => `sm-local up does not run for the home ${detail.home}.`,
    remedy: () => 'Start it: sm-local up. Another home is named with --home or SM_LOCAL_HOME.',
  },
  InstanceQuota: {
    blame: 'caller',
    aws: { type: 'ResourceLimitExceeded', status: 400 },
    message: (detail: { message: string }) => detail.message, // AWS's own words: contract/instance-quota.ts
    remedy: () => 'Ask for fewer instances: each is a container on this machine.',
  },
  ApiEnding: {
    blame: 'caller',
    aws: { type: 'ServiceUnavailable', status: 503 },
    message: (_detail: Record<string, never>) => 'sm-local up is ending; it begins nothing any more.',
    remedy: () => 'Start it again: sm-local up.',
  },
  OwnerElsewhere: {
    blame: 'caller',
    aws: internal,
    message: (detail: { what: string; socket: string }) =>
      `${detail.what} belongs to a process on another machine that shares this home, and cannot be reached from here.`,
    remedy: (detail: { socket: string }) => `End it there. When that machine is no more, say so: rm ${detail.socket}`,
  },
  HomeInUse: {
    blame: 'caller',
    aws: internal,
    message: (detail: { home: string; by: string }) => `The home ${detail.home} is in use: ${detail.by}.`,
    remedy: () =>
      'End it first: sm-local down ends sm-local up, sm-local stop a job or an endpoint; a program or a test run ends by itself.',
  },
  DebuggerMissing: {
    blame: 'image',
    aws: internal,
    message: (detail: { of: string; why: string }) => `There is no debugger in ${detail.of}: ${detail.why}`,
    remedy: () => 'Have the Dockerfile install it, with RUN pip install debugpy, or leave out --debug.',
  },
  NoGpu: {
    blame: 'host',
    aws: { type: 'ResourceLimitExceeded', status: 400 },
    message: (detail: { wanted: string; why: string }) => `GPUs were asked for (${detail.wanted}) and this engine has none: ${detail.why}`,
    remedy: () => 'Install the NVIDIA container toolkit, or ask for a CPU instance type and leave out --gpus.',
  },
  CredentialsUnavailable: {
    blame: 'host',
    aws: internal,
    message: (detail: { why: string; remedy: string }) => `Containers cannot have credentials at 169.254.170.2: ${detail.why}.`,
    remedy: (detail: { remedy: string }) => detail.remedy,
  },
  RecordBroken: {
    blame: 'host',
    aws: internal,
    message: (detail: { path: string; why: string }) => `The record ${detail.path} is not whole: ${detail.why}`,
    remedy: () => 'Put the file right, or remove it; sm-local clean then removes what it had in the engine. Nothing else depends on it.',
  },
  DiskTrouble: {
    blame: 'host',
    aws: internal,
    message: (detail: { action: string; path: string; why: string }) => `Could not ${detail.action} ${detail.path}: ${detail.why}`,
    remedy: () => 'Check free space and permissions there; SM_LOCAL_HOME and --output choose other places.',
  },
  ArtifactsNotWritten: {
    blame: 'host',
    aws: internal,
    message: (detail: { name: string; why: string; collected: string }) =>
      `The archives of training job ${detail.name} could not be written: ${detail.why}. What it left is kept in ${detail.collected}.`,
    remedy: (detail: { collected: string }) =>
      `Make room, or choose another directory with --output the next time. This makes the archive: tar -czf model.tar.gz -C ${detail.collected}/model .`,
  },

  // --- sm-local itself ------------------------------------------------------------------------
  InvalidTransition: {
    blame: 'us',
    aws: internal,
    message: (detail: { what: string; from: string; to: string }) => `${detail.what} cannot go from ${detail.from} to ${detail.to}.`,
    remedy: () => 'This is a defect in sm-local. Please report it with this message.',
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof catalogue;
type Detail<C extends ErrorCode> = Parameters<(typeof catalogue)[C]['message']>[0];

/** An error of the catalogue. `code` and `detail` are stable; `message` and `remedy` are for people. */
export class SmLocalError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'SmLocalError';
  readonly code: C;
  readonly blame: Blame;
  readonly remedy: string;
  readonly aws: { readonly type: string; readonly status: number };
  /** What the message is made of; its type follows from the code. */
  readonly detail: Detail<C>;

  constructor(code: C, detail: Detail<C>, cause?: unknown) {
    const entry: Entry = catalogue[code];
    super(entry.message(detail as never), cause === undefined ? undefined : { cause });
    this.code = code;
    this.blame = entry.blame;
    this.aws = entry.aws;
    this.remedy = entry.remedy(detail as never);
    this.detail = detail;
  }
}

/** Makes, not throws, the error: `throw fail('EngineForbidden', { where })`. The detail's type follows from the code. */
export const fail = <C extends ErrorCode>(code: C, detail: Detail<C>, cause?: unknown): SmLocalError<C> =>
  new SmLocalError(code, detail, cause);

/** Whether `error` comes from the catalogue; with a code, whether it is that one. */
export function isError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is SmLocalError<C> {
  return error instanceof SmLocalError && (code === undefined || error.code === code);
}

/**
 * Whether it is an error, of whichever realm: Jest loads modules into realms of their own, and what Node's own functions throw is of another, where
 * `instanceof Error` says no.
 */
export const isAnyError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string' && 'name' in value;

/** What any thrown value says, for a message that wraps it. */
export const reasonOf = (error: unknown): string => (isAnyError(error) ? error.message : String(error));

/** The codes, for the test that compares the catalogue with the documentation. */
export const errorCodes = Object.keys(catalogue) as ErrorCode[];
