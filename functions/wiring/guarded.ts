import { type Redact, redactedError } from '../../lib/adapters/redact.ts';

/** A handler whose faults reach the log without secrets, whoever threw them. */
export const guarded =
  <Arguments extends unknown[], Answer>(
    redact: Redact,
    handle: (...event: Arguments) => Promise<Answer>,
  ): ((...event: Arguments) => Promise<Answer>) =>
  async (...event) => {
    try {
      return await handle(...event);
    } catch (fault) {
      throw redactedError(fault, redact);
    }
  };
