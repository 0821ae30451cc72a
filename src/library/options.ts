import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { HostingRequests } from '../endpoints/serve.ts';
import type { Engine, JoinedNetwork } from '../engine/engine.ts';
import type { Alarms } from '../hosting/alarms.ts';
import type { CheckFinding } from './check-report.ts';
import type { ReadOptions } from './event-feed.ts';
import type { CheckGiven, ServeGiven, TrainGiven, UpGiven } from './given-options.ts';
import type { ServingEvent } from './serving-event.ts';

/** What every function of the library takes beside the options of its command. */
export interface SessionOptions {
  /** Relative paths start here; the current directory of the process by default. */
  readonly cwd?: string;
  /** A project file to start from: the path of an `sm-local.yaml`, or of its directory. None by default. Options win over it. */
  readonly project?: string;
  /** The engine: its address, or one that is open already, which stays open. Found as the docker program finds it by default. */
  readonly engine?: string | Engine;
  /**
   * Uses a home of its own, below the one that `home` names, and removes it with everything in it at the end; after a process that was
   * killed, the next one does so.
   */
  readonly ephemeral?: boolean;
  /** Labels of everything that is made in the engine, beside those of sm-local. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Networks of the user's, by id or name, that containers join besides their own, unless they are isolated. */
  readonly networks?: readonly JoinedNetwork[];
  /** Names that containers find in their hosts file, and the addresses; `host-gateway` is that of the engine's machine. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** Bucket -> a directory that is its content; other buckets are in home. */
  readonly buckets?: Readonly<Record<string, string>>;
  /** Ends what was begun, as Ctrl-C does: SIGTERM, the grace, SIGKILL; the reason is thrown when everything is removed. */
  readonly signal?: AbortSignal;
}

/** What `train` takes: the options of `sm-local train`, and what a program says beside them. */
export interface TrainOptions extends TrainGiven, SessionOptions {
  /** An image, or a directory with a Dockerfile, which is built first. May be left out where the request, or the project file, names one. */
  readonly image?: string;
  /** A CreateTrainingJob request that everything else goes on top of; `request` names a file with one. */
  readonly requestMembers?: Partial<CreateTrainingJobRequest>;
}

/** What `serve` takes: the options of `sm-local serve`, but on a free port unless one is named, and what a program says beside them. */
export interface ServeOptions extends ServeGiven, SessionOptions {
  /** An image, or a directory with a Dockerfile, which is built first. May be left out where the requests, or the project file, name one. */
  readonly image?: string;
  /** Requests that everything else goes on top of; `request` names a file with them. */
  readonly requests?: HostingRequests;
  /** What guards deployments, in place of the alarms of the requests. */
  readonly alarms?: Alarms;
  /**
   * The endpoints go on without this process: the next `serve` with the same home, which does the same, takes them up as they are, and disposing
   * them leaves them. `stop` ends them.
   */
  readonly lasting?: boolean;
  /** Called before anything begins, with what is told from then on: also of endpoints that do not come into service. */
  readonly onBegin?: (telling: { events(options?: ReadOptions): AsyncIterable<ServingEvent> }) => void;
}

/**
 * What `startEmulator` takes: the options of `sm-local up`, but on a free port unless one is named, and ephemeral unless it is told otherwise or
 * a home is named.
 */
export interface StartOptions extends UpGiven, SessionOptions {}

/** What `check` takes: the options of `sm-local check`, and what a program says beside them. Everything it makes is ephemeral. */
export interface CheckOptions extends CheckGiven, Pick<SessionOptions, 'cwd' | 'project' | 'engine' | 'labels' | 'signal'> {
  /** An image, or a directory with a Dockerfile, which is built first. May be left out where the project file names one. */
  readonly image?: string;
  /** Told each finding as it is there. */
  readonly onFinding?: (finding: CheckFinding) => void;
}

/** Those of `serve` that mean something without a container; `name` is `replies` by default. */
export interface WithRepliesOptions extends Pick<ServeGiven, 'name' | 'port' | 'limit' | 'speed' | 'fault' | 'capture'> {
  /** A relative path of `capture` starts here; the current directory of the process by default. */
  readonly cwd?: string;
  /** Ends it at any moment; a promise that is still waited for rejects with its reason. */
  readonly signal?: AbortSignal;
}
