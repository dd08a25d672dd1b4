declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** An in-memory DynamoDB; times in milliseconds that a table stays in its transient states. */
  export default function dynalite(options: {
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }): Server;
}
