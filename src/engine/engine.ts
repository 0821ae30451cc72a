import type { Readable } from 'node:stream';
import type { Proxies } from './proxies.ts';

/** The seam between sm-local and whatever runs containers. No type of an engine's client crosses it. */
export interface Engine extends AsyncDisposable {
  readonly address: EngineAddress;
  /** Asked once; the answer is kept. */
  describe(): Promise<EngineDescription>;
  /** What the user's docker config says of this engine; read when it is first asked for. */
  settings(): EngineSettings;
  /** Whether it answers now. Errors: EngineUnreachable, EngineForbidden. */
  ping(): Promise<void>;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly containers: Containers;
  /** What happens to containers that carry `labels`, from now until `signal` aborts. */
  events(labels: Labels, signal: AbortSignal): AsyncIterable<ContainerEvent>;
  /** The way from here to a port published on the engine's machine (`ContainerState.ports`). Errors: EngineUnreachable, EngineForbidden. */
  reach(port: number): Promise<Reached>;
}

/** An address on this side. */
export interface Reached {
  readonly host: string;
  readonly port: number;
  /** Ends what relays to the engine's machine, where something does. */
  close(): void;
}

/** Where the engine is and which rule found it, e.g. `DOCKER_HOST` or `docker context "colima"`. */
export interface EngineAddress {
  readonly host: string;
  readonly rule: string;
  readonly tls?: {
    /** PEM texts. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    /** Takes any certificate of the engine's. */
    readonly isUnverified?: true;
  };
}

export interface EngineSettings {
  /** Builds get them by themselves; containers get them where their plan says so. */
  readonly proxies: Proxies | undefined;
  /** What is wrong with the config. */
  readonly warnings: readonly string[];
}

export interface EngineDescription {
  readonly kind: 'docker' | 'podman';
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly id: string;
  /** The engine's own operating system text, e.g. `Docker Desktop` or `Debian GNU/Linux 12`. */
  readonly operatingSystem: string;
  /** Go's names: `linux`, `amd64`, `arm64`. */
  readonly os: string;
  readonly architecture: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly rootless: boolean;
  readonly cgroupVersion: string;
  readonly storageDriver: string;
  /** Where it keeps images and volumes, on its machine. */
  readonly dataDirectory: string;
  /** Whether a runtime for NVIDIA GPUs is registered. */
  readonly hasGpuRuntime: boolean;
  /** Whether it runs on this machine as root, so that container addresses can be reached from here. */
  readonly isNative: boolean;
  /** Whether SELinux keeps containers from files that are not labelled for them. */
  readonly usesSelinux: boolean;
  /** Whether what `putArchive` writes below a directory reaches what is mounted further down; else it has to be told the mount's own path. */
  readonly archivesReachMounts: boolean;
  /** Whether containers go on, and their exit codes stay true, while the engine itself is away: live restore, or no daemon at all. */
  readonly keepsContainers: boolean;
  /** Whether the engine itself says that a container was killed for want of memory; where not, it follows from other signs. */
  readonly reportsOutOfMemory: boolean;
}

export type Labels = Readonly<Record<string, string>>;
export type Seconds = number;

// --- images -------------------------------------------------------------------------------------

export interface Images {
  /**
   * The image, for whatever platform; pulled when the engine lacks it, with the credentials that the docker config has for its registry.
   * Errors: ImageNotFound, RegistryDenied, RegistryLimit, RegistryUnreachable, RegistryUntrusted, WrongPlatform, EngineDiskFull, PullFailed.
   */
  ensure(reference: string, options?: EnsureOptions): Promise<Image>;
  inspect(reference: string): Promise<Image | undefined>;
  /**
   * Builds a directory with a Dockerfile: with Docker's legacy builder, or with BuildKit where the Dockerfile needs that and the engine has it.
   * Errors: BuildFailed (with the last lines of the step), BuilderLacks, InputUnreadable.
   */
  build(spec: BuildSpec, options?: BuildOptions): Promise<Image>;
  /**
   * An image with its layers, as `docker save` gives it: a tar stream with a manifest.json, layers as tar archives of their own or, in the layout
   * of OCI, as blobs that may be compressed. To be read to its end, or destroyed. Errors, also of the stream: EngineUnreachable, EngineFailed,
   * the signal's reason.
   */
  save(reference: string, signal: AbortSignal): Promise<Readable>;
  /**
   * Pushes an image to a registry under an address in full, `registry/path:tag`, with the credentials that the docker config has for it. Where the
   * image has not got this name it is given it for as long as the push takes.
   * Errors: ImageUnknown, RegistryDenied, RegistryLimit, RegistryUnreachable, RegistryUntrusted, RepositoryMissing, PushFailed.
   */
  push(image: string, address: string, options?: PushOptions): Promise<Pushed>;
  /** Those with a name, and those that have lost theirs to a later build; not the steps of builds. */
  list(labels: Labels): Promise<readonly ImageSummary[]>;
  /** Removing what is gone already is not an error. */
  remove(reference: string): Promise<void>;
  /** Removes it unless a container, running or not, or another image needs it. Whether it is gone. */
  removeUnused(reference: string): Promise<boolean>;
}

export interface ImageSummary {
  /** `sha256:…` */
  readonly id: string;
  /** `repository:tag`, and `repository@digest` for what a registry has; none when it has lost its name. */
  readonly references: readonly string[];
  /** Milliseconds since 1970: when it was built, or last named, as a build does also whose steps were all there. */
  readonly builtAt: number;
}

export interface Image {
  /** `sha256:…`; hand this on, never a tag, which can move. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly os: string;
  readonly architecture: string;
  /** Bytes. */
  readonly size: number;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Empty when the image names none, which means root. */
  readonly user: string;
  readonly workingDirectory: string;
  readonly labels: Labels;
  /** Instructions that whoever builds upon it runs: ONBUILD. */
  readonly triggers?: readonly string[];
}

export interface EnsureOptions {
  /** What to pull where there is a choice: `linux/amd64`, `linux/arm64`, … */
  readonly platform?: string;
  /** Told when a pull begins, and as it goes on. */
  readonly onProgress?: (progress: PullProgress) => void;
  /** Told of credentials that could not be had; the registry is then asked without. */
  readonly onWarning?: (message: string) => void;
  /** When it aborts, the pull ends and its reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface PullProgress {
  readonly image: string;
  /** Layers are unpacked while others still arrive; `unpack` is what is left when all of them are here. */
  readonly stage: 'download' | 'unpack';
  /** Bytes, of all layers that the engine lacks. */
  readonly done: number;
  /** Unknown until every layer has begun to arrive. */
  readonly total?: number;
}

export interface BuildSpec {
  readonly directory: string;
  /** What it is called; `otherTags` are more names. */
  readonly tag: string;
  readonly otherTags?: readonly string[];
  /** Relative to the directory, or absolute and anywhere; `Dockerfile` when left out. */
  readonly dockerfile?: string;
  /** Those of the docker config's proxies that are not among them come along. They stay in the image's history. */
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** What steps may read while they run and no image ever holds: RUN --mount=type=secret. */
  readonly secrets?: ReadonlyMap<string, BuildSecret>;
  readonly target?: string;
  readonly platform?: string;
  readonly labels?: Labels;
  /** Every step anew. */
  readonly noCache?: boolean;
  /** Base images anew, where their registry has newer ones. */
  readonly pull?: boolean;
  /** Images whose layers may serve as the cache. */
  readonly cacheFrom?: readonly string[];
}

export interface BuildSecret {
  readonly content: Buffer;
  /** The file that it comes from, absolute: one in the directory is left out of what the builder gets. */
  readonly path?: string;
}

export interface BuildOptions {
  /** Each step when it begins and when it ends. */
  readonly onStep?: (step: BuildStep) => void;
  /** Each line that the commands of a step print; `step` is its place. */
  readonly onLine?: (line: string, step?: string) => void;
  /** Of the pull of a base image. */
  readonly onProgress?: (progress: PullProgress) => void;
  /** Bytes of the directory that have been sent so far. */
  readonly onContext?: (sent: number) => void;
  /** Told of what is as it should be and yet not to be guessed. */
  readonly onNote?: (message: string) => void;
  readonly onWarning?: (message: string) => void;
  /** When it aborts, the engine gives up the build and its reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface BuildStep {
  /** `2/5`; the stage in front where there are several and the builder counts by stage: `builder 2/5`. */
  readonly place: string;
  /** The instruction: `RUN make`. */
  readonly text: string;
  readonly state: 'begun' | 'done' | 'cached' | 'failed';
  /** How long it took, when it has ended. */
  readonly seconds?: number;
  /** Where it begins in the Dockerfile, from 1, as far as that can be told. */
  readonly line?: number;
}

export interface PushOptions {
  readonly onProgress?: (progress: PushProgress) => void;
  readonly onRetry?: (retry: PushRetry) => void;
  readonly onWarning?: (message: string) => void;
  /** Shown to the registry in place of what the docker config has. */
  readonly login?: { readonly username: string; readonly password: string };
  /** When it aborts, the push ends and its reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface PushProgress {
  /** Bytes, of all layers that the registry lacks, as far as they have begun. */
  readonly done: number;
  readonly total: number;
  /** How many layers it has already, and how many the image has. */
  readonly present: number;
  readonly layers: number;
}

/** The engine waits before it sends a layer again; it does not say why the last try failed. */
export interface PushRetry {
  readonly seconds: number;
  /** From 1, of the whole push. */
  readonly count: number;
}

export interface Pushed {
  /** `address@sha256:…` */
  readonly reference: string;
  readonly digest: string;
}

// --- networks and volumes -----------------------------------------------------------------------

export interface Networks {
  create(spec: NetworkSpec): Promise<Network>;
  /** Removing what is gone already is not an error. */
  remove(id: string): Promise<void>;
  list(labels: Labels): Promise<readonly { readonly id: string; readonly labels: Labels }[]>;
  /** The one of this id or name. */
  find(network: string): Promise<FoundNetwork | undefined>;
  /** The IPv4 address that the engine's machine has in a network; undefined when there is no such network, or it has none in it. */
  gateway(network: string): Promise<string | undefined>;
}

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  /** No way out of it. The engine's machine stays within reach, by its address in the network and by all its others. */
  readonly internal?: boolean;
  /** `internal`, and no way to the engine's machine either. Engines that cannot do that: EngineFailed. */
  readonly isolated?: boolean;
  /** Its containers may ask for addresses of their own (`ContainerSpec.address`): it gets a block that nobody else has. */
  readonly fixedAddresses?: boolean;
  /** `10.0.0.0/24`; the engine picks a free one when absent. */
  readonly subnet?: string;
  /** The address of the engine's machine in it. */
  readonly gateway?: string;
}

export interface Network {
  readonly id: string;
  /** `198.19.7.0/24`; absent when the engine chose it. */
  readonly subnet?: string;
}

export interface FoundNetwork {
  readonly id: string;
  readonly name: string;
}

export interface Volumes {
  create(spec: VolumeSpec): Promise<Volume>;
  /** Removing what is gone already is not an error. */
  remove(name: string): Promise<void>;
  list(labels: Labels): Promise<readonly { readonly name: string; readonly labels: Labels }[]>;
}

export interface VolumeSpec {
  readonly name: string;
  readonly labels: Labels;
  /** Options of the engine's `local` driver: what `mount -t TYPE -o OPTIONS DEVICE` would get. */
  readonly mount?: { readonly type: string; readonly device: string; readonly options: string };
}

export interface Volume {
  readonly name: string;
  /** Where the engine keeps it, on the engine's machine. */
  readonly mountpoint: string;
}

// --- containers ---------------------------------------------------------------------------------

export interface Containers {
  create(spec: ContainerSpec): Promise<CreatedContainer>;
  /** A container that another process started. */
  open(id: string): Promise<StartedContainer | undefined>;
  /**
   * A container that another process made, started if it never was; undefined when there is none. A start that the engine is still busy
   * with is waited for. Errors: as `CreatedContainer.start`.
   */
  ensureStarted(id: string): Promise<StartedContainer | undefined>;
  /** A container that has ended, started once more as it is. Errors: as `CreatedContainer.start`. */
  startAgain(id: string): Promise<StartedContainer>;
  list(labels: Labels): Promise<readonly ContainerSummary[]>;
  /** Kills and removes; removing what is gone already is not an error. */
  remove(id: string): Promise<void>;
}

export interface ContainerSpec {
  readonly name?: string;
  /** Image id. */
  readonly image: string;
  /** Replaces the image's ENTRYPOINT, and drops its CMD, when given. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly labels: Labels;
  readonly mounts: readonly Mount[];
  /**
   * Tar archives of this machine, laid over the image's files one after the other before it starts: names relative to `/`, each entry with its
   * mode and its owner.
   */
  readonly patches?: readonly string[];
  /** `bridge`, `none`, or the id of a network of ours. */
  readonly network?: string;
  readonly aliases?: readonly string[];
  /** Those that it is in besides, from its start on; not together with `none`. */
  readonly networks?: readonly JoinedNetwork[];
  /** IPv4 address in a network with `fixedAddresses`. */
  readonly address?: string;
  /** Lines of the hosts file: name -> address. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly shmSize?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly cpus?: number;
  readonly gpus?: 'all' | number;
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  /**
   * TCP ports published on the engine's machine: on 127.0.0.1, or on all its addresses where the engine itself is reached over a network.
   * The engine picks the machine's port; `Engine.reach` leads there.
   */
  readonly publish?: readonly number[];
}

export interface JoinedNetwork {
  /** Its id or name. */
  readonly network: string;
  /** What the container is called there. */
  readonly aliases?: readonly string[];
}

export type Mount =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: 'volume'; readonly source: string; readonly target: string; readonly readOnly: boolean };

export interface ContainerSummary {
  readonly id: string;
  /** Image id. */
  readonly image: string;
  readonly labels: Labels;
  /** Docker's words: `created`, `running`, `exited`, … */
  readonly state: string;
}

export interface Container {
  readonly id: string;
  /** Writes a tar stream below `path`; when the stream fails, so does this, with its error. Works before the start too. */
  putArchive(path: string, tar: Readable): Promise<void>;
  /**
   * `path` as a tar stream, to be read to its end, whose names begin with the last part of `path`; undefined when there is no such path. A
   * path that ends in `/.` means what is in the directory, with names relative to it; podman names what is in a mount rightly only so.
   * Errors: ContainerGone.
   */
  getArchive(path: string): Promise<Readable | undefined>;
  inspect(): Promise<ContainerState>;
  /** What is different in its own file system from that of the image, directories included; what is mounted is not part of it. */
  changes(): Promise<readonly FileChange[]>;
  /** Kills and removes, with anonymous volumes; twice is not an error. */
  remove(): Promise<void>;
}

/** Not started yet: attach first, so that no line is lost. */
export interface CreatedContainer extends Container {
  /** Output from the very first byte; the promise it returns settles when the stream is open. */
  attach(onOutput: (output: Output) => void): Promise<Attachment>;
  /** Errors: NotStartable (the image's fault), PortTaken, NoGpu, EngineFailed. */
  start(): Promise<StartedContainer>;
}

export interface StartedContainer extends Container {
  /** Settles when the container has ended, however it did. Errors: EngineUnreachable when the engine goes away meanwhile. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, then SIGKILL after `grace`; returns when it has ended. */
  stop(grace: Seconds): Promise<Exit>;
  kill(signal: string): Promise<void>;
  /**
   * Whether it may have ended by a signal that was sent to it through the engine, by whomever, or by the engine itself when it ended. Asked right
   * after its end.
   */
  wasSignalled(): Promise<boolean>;
  exec(command: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  /** What it takes of its machine now; undefined when it does not run. */
  usage(): Promise<Usage | undefined>;
  /** What it has printed so far, with the times at which the engine took it, and with `follow` what it will. */
  logs(onOutput: (output: Output) => void, options?: { readonly follow?: boolean }): Promise<Attachment>;
}

export interface Usage {
  /** Seconds that processors have spent on it since its start, all of them together. */
  readonly cpuSeconds: number;
  /** Bytes that it holds, without what the kernel only keeps for it. */
  readonly memory: number;
  /** Bytes that it may have. */
  readonly memoryLimit: number;
}

export interface Attachment {
  /** Settles when the last byte has been delivered. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
  /** When the engine took it, in milliseconds since 1970, if it says. */
  readonly time?: number;
}

export interface Exit {
  readonly code: number;
  readonly oomKilled: boolean;
}

export interface ContainerState {
  readonly running: boolean;
  /** Whether it was ever started. */
  readonly started: boolean;
  readonly exit: Exit | undefined;
  /** When it ended, by the engine's clock. */
  readonly endedAt: Date | undefined;
  /** Of its first process, on the engine's machine, while it runs. */
  readonly pid: number | undefined;
  /** Address in its network; undefined without a network or when not running. */
  readonly address: string | undefined;
  /** Container port -> port of the engine's machine. */
  readonly ports: ReadonlyMap<number, number>;
}

export interface FileChange {
  readonly path: string;
  readonly kind: 'modified' | 'added' | 'deleted';
}

export interface ContainerEvent {
  readonly id: string;
  /** Docker's words: `start`, `die`, `oom`, `destroy`, … */
  readonly action: string;
  readonly labels: Labels;
}
