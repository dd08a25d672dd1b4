import { openEventStream } from '../../lib/adapters/sources/event-stream.ts';
import { openNodeStream } from '../../lib/adapters/sources/node-stream.ts';
import type { Sources } from '../../lib/watcher/watch.ts';
import type { World } from './world.ts';

/** Nodes are named by place and host: their URLs have keys in them. */
export const sourcesIn = ({ network, secrets }: World): Sources => ({
  nodes: secrets.wsUrls.map((url, index) => ({ name: `${index + 1}.${new URL(url).hostname}`, url })),
  hintStreamUrl: network.mevShare?.streamUrl,
  openNode: openNodeStream,
  openEventStream,
});
