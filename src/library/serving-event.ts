import type { HostedEvent } from '../endpoints/hosted-endpoint.ts';
import type { ImageObserver } from '../image.ts';
import type { LogEvent, Told } from './event-feed.ts';

/** What is told of endpoints: each event with its time, lines of their containers among them. */
export type ServingEvent = Told<HostedEvent | Parameters<ImageObserver['event']>[0] | LogEvent>;
