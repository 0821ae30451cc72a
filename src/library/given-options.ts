// Made by `node scripts/option-types.mjs` from src/options/options.ts. Do not edit: run it again.

/** `K=V` as a map; an entry that is undefined is not there. */
export type NamedValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** The options of `sm-local train`. */
export interface TrainGiven {
  /** The request as JSON or YAML, as the AWS CLI takes it (--cli-input-json); - for standard input. Flags win over it (`--request`). */
  readonly request?: string | undefined;
  /**
   * Name of the job or endpoint (`--name`).
   *
   * @defaultValue <image>-<time>
   */
  readonly name?: string | undefined;
  /** A channel: a directory or file of this machine, or an s3:// address; one of the request gets its data from there (`--input`). */
  readonly input?: readonly string[] | NamedValues | undefined;
  /**
   * How all channels are read, or one: File, FastFile or Pipe (`--input-mode`).
   *
   * @defaultValue File
   */
  readonly inputMode?: string | readonly string[] | NamedValues | undefined;
  /** The directory that stands for an EFS or FSx file system of the request, or for a directory of one (`--file-system`). */
  readonly fileSystem?: readonly string[] | NamedValues | undefined;
  /**
   * What File mode calls the objects of a manifest: their whole keys, or what its entries say (`--manifest-names`).
   *
   * @defaultValue whole-key
   */
  readonly manifestNames?: 'whole-key' | 'relative' | undefined;
  /**
   * Fail a job that has not opened the first FIFO of a channel in Pipe mode within this time (`--pipe-within`).
   *
   * @defaultValue wait for ever
   */
  readonly pipeWithin?: string | number | undefined;
  /** A channel's content type, or the request's (`--content-type`). */
  readonly contentType?: string | readonly string[] | NamedValues | undefined;
  /** Source code that the image runs, all of it, delivered as the SageMaker Python SDK does it (`--source-dir`). */
  readonly sourceDir?: string | undefined;
  /**
   * The program: a path in the source directory, or a file that comes alone. Hyperparameters of a job are then JSON, or texts as JSON
   * strings (`--entry-point`).
   */
  readonly entryPoint?: string | undefined;
  /** Hyperparameter (`--hp`). */
  readonly hp?: readonly string[] | NamedValues | undefined;
  /** JSON or YAML file of hyperparameters, all of them strings (`--hyperparameters`). */
  readonly hyperparameters?: string | undefined;
  /** Environment variable of the container (`--env`). */
  readonly env?: readonly string[] | NamedValues | undefined;
  /** Replaces the image's ENTRYPOINT (ContainerEntrypoint), parts split at commas (`--entrypoint`). */
  readonly entrypoint?: string | undefined;
  /** Replaces the argument "train" (ContainerArguments), parts split at commas (`--args`). */
  readonly args?: string | undefined;
  /**
   * RoleArn of the request; nothing is asked of it (`--role`).
   *
   * @defaultValue one of sm-local
   */
  readonly role?: string | undefined;
  /**
   * Instance type the container is told (`--instance-type`).
   *
   * @defaultValue ml.m5.large
   */
  readonly instanceType?: string | undefined;
  /**
   * How many instances (`--instance-count`).
   *
   * @defaultValue 1
   */
  readonly instanceCount?: string | number | undefined;
  /** Give containers the processors and the memory of the instance type, as far as the engine has them (`--instance-limits`). */
  readonly instanceLimits?: boolean | undefined;
  /** Give the hosts of instance groups another order, as the cloud may; the same for the same seed (`--shuffle-hosts`). */
  readonly shuffleHosts?: string | number | undefined;
  /**
   * MaxRuntimeInSeconds, same as --limit run=… (`--max-run`).
   *
   * @defaultValue 24h
   */
  readonly maxRun?: string | number | undefined;
  /**
   * Interrupt the spot instances so long after the program began, and begin again; given twice, the second attempt too
   * (`--interrupt-after`).
   */
  readonly interruptAfter?: readonly (string | number)[] | undefined;
  /** MaxWaitTimeInSeconds of a spot job, over all its attempts (`--max-wait`). */
  readonly maxWait?: string | number | undefined;
  /**
   * A command or an address that gets EventBridge's event at each change of the job's status, as JSON on its input or as a POST
   * (`--hook`).
   */
  readonly hook?: readonly string[] | undefined;
  /** A limit by its name, e.g. startup=30s, invocation=5s, stop-grace=10s, payload=6MB (`--limit`). */
  readonly limit?: readonly string[] | NamedValues | undefined;
  /**
   * Run the clock of time limits so many times as fast: with 60, one minute takes a second. How quick a /ping must be stays (`--speed`).
   *
   * @defaultValue 1
   */
  readonly speed?: string | number | undefined;
  /** Metric found in the log: the first group of the regular expression is its value (`--metric`). */
  readonly metric?: readonly string[] | NamedValues | undefined;
  /** CheckpointConfig: where checkpoints are kept (`--checkpoints`). */
  readonly checkpoints?: string | undefined;
  /** EnableNetworkIsolation: containers reach nothing but each other (`--network-isolation`). */
  readonly networkIsolation?: boolean | undefined;
  /** GPUs to hand to the container: all, or how many (`--gpus`). */
  readonly gpus?: string | number | undefined;
  /**
   * Where the artifacts go (`--output`).
   *
   * @defaultValue ./sm-local-output
   */
  readonly output?: string | undefined;
  /**
   * Of the artifacts (CompressionType) (`--compression`).
   *
   * @defaultValue gzip
   */
  readonly compression?: 'gzip' | 'none' | undefined;
  /** Build argument of a directory's Dockerfile; without a value it is taken from the environment (`--build-arg`). */
  readonly buildArg?: readonly string[] | NamedValues | undefined;
  /**
   * How files reach containers: bind mounts, or volumes and the archive API (`--workspace`, $SM_LOCAL_WORKSPACE).
   *
   * @defaultValue tried out once
   */
  readonly workspace?: 'bind' | 'archive' | undefined;
  /**
   * The S3 that s3:// addresses lead to: MinIO, LocalStack or AWS (docs/s3-endpoint.md) (`--s3-endpoint`, $SM_LOCAL_S3_ENDPOINT).
   *
   * @defaultValue the buckets in the home
   */
  readonly s3Endpoint?: string | undefined;
  /**
   * Where containers find AWS credentials: at the address of the cloud, as environment variables, or nowhere (`--credentials`,
   * $SM_LOCAL_CREDENTIALS).
   *
   * @defaultValue network, or else environment
   */
  readonly credentials?: 'network' | 'environment' | 'none' | undefined;
  /**
   * Hand containers temporary credentials of this role, got by your own AWS CLI, in place of ones that are good for nothing
   * (`--assume-role`).
   */
  readonly assumeRole?: string | undefined;
  /** Profile of the AWS configuration, for the role or the log-in to ECR (`--profile`). */
  readonly profile?: string | undefined;
  /** Directory modes as seen in the cloud (`--cloud-modes`). */
  readonly cloudModes?: boolean | undefined;
  /**
   * Region in ARNs and containers (`--region`, $AWS_REGION).
   *
   * @defaultValue us-east-1
   */
  readonly region?: string | undefined;
  /**
   * Account in ARNs, twelve digits (`--account`, $SM_LOCAL_ACCOUNT).
   *
   * @defaultValue 000000000000
   */
  readonly account?: string | undefined;
  /**
   * Directory of all local state (`--home`, $SM_LOCAL_HOME).
   *
   * @defaultValue ~/.sm-local
   */
  readonly home?: string | undefined;
}

/** The options of `sm-local serve`. */
export interface ServeGiven {
  /** The request as JSON or YAML, as the AWS CLI takes it (--cli-input-json); - for standard input. Flags win over it (`--request`). */
  readonly request?: string | undefined;
  /** A directory, a model.tar.gz, the name of a training job, or an s3:// address: a prefix ends in / (`--model`). */
  readonly model?: string | undefined;
  /** Source code that the image runs, all of it, delivered as the SageMaker Python SDK does it (`--source-dir`). */
  readonly sourceDir?: string | undefined;
  /**
   * The program: a path in the source directory, or a file that comes alone. Hyperparameters of a job are then JSON, or texts as JSON
   * strings (`--entry-point`).
   */
  readonly entryPoint?: string | undefined;
  /** Let the container write into a copy of the model, as some older images do (`--writable-model`). */
  readonly writableModel?: boolean | undefined;
  /**
   * Name of the job or endpoint (`--name`).
   *
   * @defaultValue <image>-<time>
   */
  readonly name?: string | undefined;
  /**
   * Port on 127.0.0.1; 0 takes a free one (`--port`).
   *
   * @defaultValue a free port
   */
  readonly port?: string | number | undefined;
  /** Environment variable of the container (`--env`). */
  readonly env?: readonly string[] | NamedValues | undefined;
  /** A limit by its name, e.g. startup=30s, invocation=5s, stop-grace=10s, payload=6MB (`--limit`). */
  readonly limit?: readonly string[] | NamedValues | undefined;
  /**
   * Run the clock of time limits so many times as fast: with 60, one minute takes a second. How quick a /ping must be stays (`--speed`).
   *
   * @defaultValue 1
   */
  readonly speed?: string | number | undefined;
  /**
   * A fault on demand: latency=100ms, error=5%, timeout=1%, reset=1%, stream-break=1%, kill-instance-every=30s, and how (docs/faults.md)
   * (`--fault`).
   */
  readonly fault?: readonly string[] | NamedValues | undefined;
  /** Pass the container's answers through untouched (`--raw`). */
  readonly raw?: boolean | undefined;
  /** Write down every invocation there, as DataCaptureConfig does it with the Python SDK's defaults (`--capture`). */
  readonly capture?: string | undefined;
  /** Fail at the first exit during start-up (`--fast-fail`). */
  readonly fastFail?: boolean | undefined;
  /**
   * Instance type the container is told (`--instance-type`).
   *
   * @defaultValue ml.m5.large
   */
  readonly instanceType?: string | undefined;
  /**
   * How many instances (`--instance-count`).
   *
   * @defaultValue 1
   */
  readonly instanceCount?: string | number | undefined;
  /** Give containers the processors and the memory of the instance type, as far as the engine has them (`--instance-limits`). */
  readonly instanceLimits?: boolean | undefined;
  /** GPUs to hand to the container: all, or how many (`--gpus`). */
  readonly gpus?: string | number | undefined;
  /** Build argument of a directory's Dockerfile; without a value it is taken from the environment (`--build-arg`). */
  readonly buildArg?: readonly string[] | NamedValues | undefined;
  /**
   * How files reach containers: bind mounts, or volumes and the archive API (`--workspace`, $SM_LOCAL_WORKSPACE).
   *
   * @defaultValue tried out once
   */
  readonly workspace?: 'bind' | 'archive' | undefined;
  /**
   * The S3 that s3:// addresses lead to: MinIO, LocalStack or AWS (docs/s3-endpoint.md) (`--s3-endpoint`, $SM_LOCAL_S3_ENDPOINT).
   *
   * @defaultValue the buckets in the home
   */
  readonly s3Endpoint?: string | undefined;
  /**
   * Where containers find AWS credentials: at the address of the cloud, as environment variables, or nowhere (`--credentials`,
   * $SM_LOCAL_CREDENTIALS).
   *
   * @defaultValue network, or else environment
   */
  readonly credentials?: 'network' | 'environment' | 'none' | undefined;
  /**
   * Hand containers temporary credentials of this role, got by your own AWS CLI, in place of ones that are good for nothing
   * (`--assume-role`).
   */
  readonly assumeRole?: string | undefined;
  /** Profile of the AWS configuration, for the role or the log-in to ECR (`--profile`). */
  readonly profile?: string | undefined;
  /**
   * Region in ARNs and containers (`--region`, $AWS_REGION).
   *
   * @defaultValue us-east-1
   */
  readonly region?: string | undefined;
  /**
   * Account in ARNs, twelve digits (`--account`, $SM_LOCAL_ACCOUNT).
   *
   * @defaultValue 000000000000
   */
  readonly account?: string | undefined;
  /**
   * Directory of all local state (`--home`, $SM_LOCAL_HOME).
   *
   * @defaultValue ~/.sm-local
   */
  readonly home?: string | undefined;
}

/** The options of `sm-local up`. */
export interface UpGiven {
  /**
   * Port on 127.0.0.1; 0 takes a free one (`--port`).
   *
   * @defaultValue a free port
   */
  readonly port?: string | number | undefined;
  /**
   * The S3 that s3:// addresses lead to: MinIO, LocalStack or AWS (docs/s3-endpoint.md) (`--s3-endpoint`, $SM_LOCAL_S3_ENDPOINT).
   *
   * @defaultValue the buckets in the home
   */
  readonly s3Endpoint?: string | undefined;
  /**
   * Tell containers where this API is, as AWS_ENDPOINT_URL (`--callback`, $SM_LOCAL_CALLBACK).
   *
   * @defaultValue on
   */
  readonly callback?: 'on' | 'off' | undefined;
  /**
   * Hold DescribeTrainingJob's answer so long, or until the status changes, for clients that sleep between their questions
   * (`--long-poll`).
   */
  readonly longPoll?: string | number | undefined;
  /** A limit by its name, e.g. startup=30s, invocation=5s, stop-grace=10s, payload=6MB (`--limit`). */
  readonly limit?: readonly string[] | NamedValues | undefined;
  /**
   * Run the clock of time limits so many times as fast: with 60, one minute takes a second. How quick a /ping must be stays (`--speed`).
   *
   * @defaultValue 1
   */
  readonly speed?: string | number | undefined;
  /**
   * A fault on demand: latency=100ms, error=5%, timeout=1%, reset=1%, stream-break=1%, kill-instance-every=30s, and how (docs/faults.md)
   * (`--fault`).
   */
  readonly fault?: readonly string[] | NamedValues | undefined;
  /** Fail at the first exit during start-up (`--fast-fail`). */
  readonly fastFail?: boolean | undefined;
  /** Give containers the processors and the memory of the instance type, as far as the engine has them (`--instance-limits`). */
  readonly instanceLimits?: boolean | undefined;
  /** GPUs to hand to the container: all, or how many (`--gpus`). */
  readonly gpus?: string | number | undefined;
  /**
   * How files reach containers: bind mounts, or volumes and the archive API (`--workspace`, $SM_LOCAL_WORKSPACE).
   *
   * @defaultValue tried out once
   */
  readonly workspace?: 'bind' | 'archive' | undefined;
  /**
   * Where containers find AWS credentials: at the address of the cloud, as environment variables, or nowhere (`--credentials`,
   * $SM_LOCAL_CREDENTIALS).
   *
   * @defaultValue network, or else environment
   */
  readonly credentials?: 'network' | 'environment' | 'none' | undefined;
  /**
   * Hand containers temporary credentials of this role, got by your own AWS CLI, in place of ones that are good for nothing
   * (`--assume-role`).
   */
  readonly assumeRole?: string | undefined;
  /** Profile of the AWS configuration, for the role or the log-in to ECR (`--profile`). */
  readonly profile?: string | undefined;
  /**
   * Region in ARNs and containers (`--region`, $AWS_REGION).
   *
   * @defaultValue us-east-1
   */
  readonly region?: string | undefined;
  /**
   * Account in ARNs, twelve digits (`--account`, $SM_LOCAL_ACCOUNT).
   *
   * @defaultValue 000000000000
   */
  readonly account?: string | undefined;
  /**
   * Directory of all local state (`--home`, $SM_LOCAL_HOME).
   *
   * @defaultValue ~/.sm-local
   */
  readonly home?: string | undefined;
}

/** The options of `sm-local check`. */
export interface CheckGiven {
  /** The image is for training: check it as that (`--train`). */
  readonly train?: boolean | undefined;
  /** The image is for serving: check it as that (`--serve`). */
  readonly serve?: boolean | undefined;
  /** The image is for multi-model endpoints: check it as that (`--multi-model`). */
  readonly multiModel?: boolean | undefined;
  /** Make only this check, or those of this area: image, train, serve, batch, multi-model (`--only`). */
  readonly only?: readonly string[] | undefined;
  /** Leave out this check, or those of this area (`--skip`). */
  readonly skip?: readonly string[] | undefined;
  /**
   * The least severe finding that fails the whole check (`--fail-on`).
   *
   * @defaultValue error
   */
  readonly failOn?: 'error' | 'warning' | 'note' | undefined;
  /** A file of findings that are known and do not fail the whole check (`--baseline`). */
  readonly baseline?: string | undefined;
  /**
   * A channel: a directory or file of this machine, or an s3:// address; one of the request gets its data from there (`--input`).
   *
   * @defaultValue data that is made up
   */
  readonly input?: readonly string[] | NamedValues | undefined;
  /**
   * How all channels are read, or one: File, FastFile or Pipe (`--input-mode`).
   *
   * @defaultValue File
   */
  readonly inputMode?: string | readonly string[] | NamedValues | undefined;
  /** Hyperparameter (`--hp`). */
  readonly hp?: readonly string[] | NamedValues | undefined;
  /** JSON or YAML file of hyperparameters, all of them strings (`--hyperparameters`). */
  readonly hyperparameters?: string | undefined;
  /**
   * MaxRuntimeInSeconds, same as --limit run=… (`--max-run`).
   *
   * @defaultValue 60s for each trial
   */
  readonly maxRun?: string | number | undefined;
  /**
   * A directory, a model.tar.gz, the name of a training job, or an s3:// address: a prefix ends in / (`--model`).
   *
   * @defaultValue what the training leaves
   */
  readonly model?: string | undefined;
  /**
   * Request body: text, @FILE, or - for standard input (`--body`).
   *
   * @defaultValue a few that are made up
   */
  readonly body?: string | undefined;
  /** A channel's content type, or the request's (`--content-type`). */
  readonly contentType?: string | readonly string[] | NamedValues | undefined;
  /** Accept header (`--accept`). */
  readonly accept?: string | undefined;
  /** Environment variable of the container (`--env`). */
  readonly env?: readonly string[] | NamedValues | undefined;
  /** A limit by its name, e.g. startup=30s, invocation=5s, stop-grace=10s, payload=6MB (`--limit`). */
  readonly limit?: readonly string[] | NamedValues | undefined;
  /**
   * Instance type the container is told (`--instance-type`).
   *
   * @defaultValue ml.m5.large
   */
  readonly instanceType?: string | undefined;
  /** GPUs to hand to the container: all, or how many (`--gpus`). */
  readonly gpus?: string | number | undefined;
  /** Build argument of a directory's Dockerfile; without a value it is taken from the environment (`--build-arg`). */
  readonly buildArg?: readonly string[] | NamedValues | undefined;
  /**
   * How files reach containers: bind mounts, or volumes and the archive API (`--workspace`, $SM_LOCAL_WORKSPACE).
   *
   * @defaultValue tried out once
   */
  readonly workspace?: 'bind' | 'archive' | undefined;
  /**
   * Where containers find AWS credentials: at the address of the cloud, as environment variables, or nowhere (`--credentials`,
   * $SM_LOCAL_CREDENTIALS).
   *
   * @defaultValue network, or else environment
   */
  readonly credentials?: 'network' | 'environment' | 'none' | undefined;
  /**
   * Region in ARNs and containers (`--region`, $AWS_REGION).
   *
   * @defaultValue us-east-1
   */
  readonly region?: string | undefined;
  /**
   * Account in ARNs, twelve digits (`--account`, $SM_LOCAL_ACCOUNT).
   *
   * @defaultValue 000000000000
   */
  readonly account?: string | undefined;
  /**
   * Directory of all local state (`--home`, $SM_LOCAL_HOME).
   *
   * @defaultValue ~/.sm-local
   */
  readonly home?: string | undefined;
}
