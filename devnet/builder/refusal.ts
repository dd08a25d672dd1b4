import { LiquidatorError } from '../../lib/errors.ts';

/** What a relay answers instead of a result. */
export class Refusal extends LiquidatorError {
  readonly code: number;
  readonly httpStatus: number;

  constructor(message: string, code = -32602, httpStatus = 400) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

/** Of the execution node behind the relay: JSON-RPC over HTTP 200, as geth answers. */
export const executionRefusal = (message: string): Refusal => new Refusal(message, -32000, 200);
