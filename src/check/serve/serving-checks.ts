import type { Check } from '../check.ts';
import { batchChunked } from './batch-chunked.ts';
import { batchParameters } from './batch-parameters.ts';
import { bindToPort } from './bind-to-port.ts';
import { serveAccept } from './serve-accept.ts';
import { serveAddress } from './serve-address.ts';
import { serveBadBody } from './serve-bad-body.ts';
import { serveConcurrency } from './serve-concurrency.ts';
import { serveContentLength } from './serve-content-length.ts';
import { serveContentType } from './serve-content-type.ts';
import { serveHeaders } from './serve-headers.ts';
import { serveInvocation } from './serve-invocation.ts';
import { serveKeepAlive } from './serve-keep-alive.ts';
import { serveMemory } from './serve-memory.ts';
import { serveNetwork } from './serve-network.ts';
import { servePayload } from './serve-payload.ts';
import { servePing } from './serve-ping.ts';
import { servePingUnderLoad } from './serve-ping-under-load.ts';
import { serveReadOnlyModel } from './serve-read-only-model.ts';
import { serveRestart } from './serve-restart.ts';
import { serveRuns } from './serve-runs.ts';
import { serveSigterm } from './serve-sigterm.ts';
import { serveStopTime } from './serve-stop-time.ts';
import { serveSurvives } from './serve-survives.ts';

/** Checks of serving, and batch transform, which asks the same server, in the order in which they are looked at. */
export const servingChecks: readonly Check[] = [
  serveRuns,
  serveAddress,
  servePing,
  serveReadOnlyModel,
  serveInvocation,
  serveContentLength,
  serveKeepAlive,
  serveHeaders,
  serveConcurrency,
  serveAccept,
  servePingUnderLoad,
  serveSurvives,
  serveBadBody,
  serveContentType,
  servePayload,
  serveMemory,
  serveNetwork,
  serveRestart,
  serveSigterm,
  serveStopTime,
  bindToPort,
  batchParameters,
  batchChunked,
];
