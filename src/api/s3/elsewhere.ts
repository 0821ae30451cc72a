import type { Service } from '../service.ts';
import { sendS3Error } from './answer.ts';
import { refuse } from './errors.ts';

/**
 * What S3's clients are told where objects are in an S3 elsewhere: requests are signed for the host that they are sent to, so that they cannot
 * be handed on.
 */
export const s3Elsewhere =
  (url: string): Service =>
  async (exchange) => {
    const message = `Objects are in ${url}, not here. Send requests for S3 there: set AWS_ENDPOINT_URL_S3=${url}, as sm-local env does.`;
    sendS3Error(exchange, exchange.request.url?.split('?')[0] ?? '/', refuse('InvalidRequest', {}, message));
  };
