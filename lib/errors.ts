/**
 * A fault: something is broken and somebody must act. An expected "no" is data, never one of these. Classes that
 * run in a Lambda spell their names out: minified code knows none, and alarms and logs go by them.
 */
export class LiquidatorError extends Error {
  /** @param message what happened, then what to do about it. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An environment variable or configuration file is missing or wrong. */
export class ConfigError extends LiquidatorError {
  override name = 'ConfigError';
}

/** An event does not have the documented shape. */
export class EventError extends LiquidatorError {
  override name = 'EventError';
}

/** A node refused, failed or contradicted itself. */
export class ChainError extends LiquidatorError {
  override name = 'ChainError';
}

/** A contract does not answer as the protocol's interface promises. */
export class ContractError extends LiquidatorError {
  override name = 'ContractError';
}

/** Another Lambda of ours could not be invoked, or failed. */
export class InvocationError extends LiquidatorError {
  override name = 'InvocationError';
}

/** The ledger could not be read or written. */
export class StoreError extends LiquidatorError {
  override name = 'StoreError';
}

/** The key that signs cannot be used, or signed with another key. */
export class SignerError extends LiquidatorError {
  override name = 'SignerError';
}
