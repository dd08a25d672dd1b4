import type { DialectName } from '../../network-file.ts';
import { type FlashbotsRelayOptions, flashbotsRelay, type Relay } from '../relay.ts';
import { builderRelay, type Refund } from './builder-relay.ts';
import { DIALECTS } from './dialect.ts';

export interface ConfiguredRelay extends FlashbotsRelayOptions {
  readonly dialect: DialectName;
  readonly refund?: Refund | undefined;
}

/** The relay that a configuration names, in the dialect that it speaks. */
export function relayOf({ dialect, ...relay }: ConfiguredRelay): Relay {
  return dialect === 'flashbots'
    ? flashbotsRelay(relay)
    : builderRelay({ ...relay, dialect: DIALECTS[dialect] });
}
