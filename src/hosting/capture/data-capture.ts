import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { type CapturedSide, capturedSides, encodingOf, isCaptureEnabled } from '../../contract/data-capture.ts';
import type { Seconds } from '../../engine/engine.ts';
import type { ObjectStore } from '../../store/objects.ts';
import { type CallKeeper, CapturedCall, type FinishedCall } from './call.ts';
import { type CaptureDestination, captureDestination } from './destination.ts';
import { LineWriter } from './line-writer.ts';
import { CaptureMemory, callCost } from './memory.ts';

export interface DataCaptureOptions {
  /** Its name. */
  readonly endpoint: string;
  /** A sentence for the user. */
  readonly onWarning: (message: string) => void;
  /** The clock; the real one by default. */
  readonly now?: () => Date;
  /** From 0 to below 1; chooses the calls. */
  readonly random?: () => number;
  /** Ids of events and objects; random UUIDs by default. */
  readonly newId?: () => string;
  /** From the first line to the writing of its object; 1 by default. */
  readonly flushAfter?: Seconds;
  /** Bytes of data at which an object is written at once; 1 MiB by default. */
  readonly flushSize?: number;
  /** Bytes that may be held of calls under way and lines not yet written; 64 MiB by default. */
  readonly memory?: number;
}

/** Where a destination is opened. */
export interface CapturePlace {
  /** Opens the store that s3:// addresses lead to. */
  readonly objects: () => Promise<ObjectStore>;
  /** A directory of this process, for what is being written. It has to outlive the capture. */
  readonly temporary: string;
}

/** Undefined where the configuration has it disabled. Errors: NoSuchBucket, DiskTrouble, SourceNotSupported, InvalidRequest. */
export async function openDataCapture(
  config: DataCaptureConfig,
  { objects, temporary }: CapturePlace,
  options: DataCaptureOptions,
): Promise<DataCapture | undefined> {
  if (!isCaptureEnabled(config)) return undefined;
  return new DataCapture(config, await captureDestination(config.DestinationS3Uri ?? '', objects, temporary), options);
}

/**
 * Writes down the invocations of an endpoint. Invocations never wait for it: what is to be written is encoded and written after the answer,
 * and where more would have to be held than may be, or nothing can be written, calls go uncaptured, of which the user is told. Nothing is lost
 * in a regular stop; of a killed process the lines of the last second are (`flushAfter`), and those that could not be written yet.
 */
export class DataCapture implements CallKeeper {
  readonly sides: { readonly input: boolean; readonly output: boolean };
  readonly memory: CaptureMemory;
  readonly newId: () => string;
  readonly #config: DataCaptureConfig;
  readonly #options: DataCaptureOptions;
  readonly #destination: CaptureDestination;
  readonly #now: () => Date;
  readonly #random: () => number;
  readonly #writer: LineWriter;
  #running = 0;
  #dropped = 0;
  #isFullTold = false;
  #closed: Promise<void> | undefined;
  #idle: () => void = () => {};

  constructor(config: DataCaptureConfig, destination: CaptureDestination, options: DataCaptureOptions) {
    const { endpoint, now = () => new Date(), random = Math.random, newId = randomUUID, flushAfter = 1, flushSize = 2 ** 20 } = options;
    this.sides = capturedSides(config);
    this.memory = new CaptureMemory(limitOf(options));
    this.newId = newId;
    this.#config = config;
    this.#options = options;
    this.#destination = destination;
    this.#now = now;
    this.#random = random;
    this.#writer = new LineWriter({
      ...{ endpoint, destination, newId, flushAfter, flushSize },
      onWritten: (calls) => {
        for (const { taken } of calls) this.memory.give(taken);
      },
      onTrouble: (why) => this.#warn(`captured data cannot be written to ${destination.uri} and waits for the next attempt: ${why}`),
    });
  }

  /** False while something cannot be written. */
  get isWorking(): boolean {
    return this.#writer.trouble === undefined;
  }

  /** A call has come. Undefined when it is not one of those that are captured. `headers`: the request's. */
  begin(variant: string, headers: IncomingHttpHeaders): CapturedCall | undefined {
    if (this.#random() * 100 >= (this.#config.InitialSamplingPercentage ?? 0) || this.#closed !== undefined) return undefined;
    if (!this.memory.take(callCost)) {
      this.#dropped += 1;
      this.full();
      return undefined;
    }
    this.#running += 1;
    return new CapturedCall(this, {
      variant,
      contentType: headers['content-type'],
      inferenceId: textOf(headers['x-amzn-sagemaker-inference-id']),
      customAttributes: textOf(headers['x-amzn-sagemaker-custom-attributes']),
      inferenceTime: this.#now(),
    });
  }

  sideOf(contentType: string): CapturedSide {
    return { observedContentType: contentType, encoding: encodingOf(contentType, this.#config.CaptureContentTypeHeader) };
  }

  full(): void {
    if (this.#isFullTold) return;
    this.#isFullTold = true;
    this.#warn(`${megabytes(limitOf(this.#options))} of calls wait to be written. What comes beyond that is not captured`);
  }

  over(call: FinishedCall | 'failed' | 'dropped'): void {
    this.#running -= 1;
    if (call === 'dropped') this.#dropped += 1;
    else if (call !== 'failed') this.#writer.add(call);
    if (this.#running === 0) this.#idle();
  }

  /** Takes no more calls, waits for those under way, and writes everything. What could not be captured is told as a warning. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    const unwritten = await this.#writer.close();
    if (this.#dropped > 0) this.#warn(`${calls(this.#dropped)} not captured, since too much waited to be written`);
    if (unwritten > 0) this.#warn(`${calls(unwritten)} not written to ${this.#destination.uri}: ${this.#writer.trouble}`);
  }

  #warn(message: string): void {
    this.#options.onWarning(`Data capture of ${this.#options.endpoint}: ${message.replace(/\.$/, '')}.`);
  }
}

const limitOf = ({ memory = 64 * 2 ** 20 }: DataCaptureOptions): number => memory;

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

const calls = (count: number): string => (count === 1 ? '1 call was' : `${count} calls were`);

const textOf = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
