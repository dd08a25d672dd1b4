export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** With its intrinsic functions still in it: see `resolve`. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}
