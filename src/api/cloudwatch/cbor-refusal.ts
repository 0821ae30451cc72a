import { requestIdHeader, send } from '../../hosting/answer.ts';
import type { Exchange } from '../service.ts';

/**
 * Says to a client that speaks CBOR, in CBOR, that CloudWatch does not here. The clients that are tested speak JSON or the query protocol; one that
 * was told to speak CBOR would find no words of ours in anything else. Source: Smithy, "Smithy RPC v2 CBOR protocol".
 */
export function refuseCbor({ response, requestId }: Exchange): void {
  const message = 'sm-local speaks AWS JSON 1.0 and the query protocol for CloudWatch, not CBOR. Choose one of them in the client.';
  const body = Buffer.concat([Buffer.of(mapOfTwo), text('__type'), text('NotImplementedException'), text('message'), text(message)]);
  send(response, 400, [requestIdHeader, requestId, 'smithy-protocol', 'rpc-v2-cbor', 'Content-Type', 'application/cbor'], body);
}

/** Whether a request is in that protocol, which has addresses of its own. */
export const isCbor = ({ request }: Exchange): boolean =>
  request.headers['smithy-protocol'] === 'rpc-v2-cbor' || (request.url ?? '').startsWith('/service/');

const mapOfTwo = 0xa2;

/** RFC 8949: a text of less than 256 bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([bytes.length < 24 ? Buffer.of(0x60 + bytes.length) : Buffer.of(0x78, bytes.length), bytes]);
}
